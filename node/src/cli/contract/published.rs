//! `florin contract module`: what is published under a name, and since when.
//!
//! # Place      ledger port -> [published] -> a person
//! # Invariants nothing is shown without its proof, which can be kept as a file

use std::path::PathBuf;

use clap::Args;
use ledger_core::{
    digest::Hash32,
    id::{AccountId, Text},
    program::{EntryFunction, ModuleKey, TypeTag, entry_functions},
    record::{Name, Record},
};
use serde::Serialize;
use settlement_api::payments::report::file_hash;
use verifier::RecordFile;

use super::{ContractFailure, OWNER_ONLY, address};
use crate::{
    cli::{keygen, ledger::LedgerArgs, ui},
    keyfile,
};

/// Options of `florin contract module`.
#[derive(Debug, Args)]
pub(crate) struct ModuleArgs {
    /// The address that it is at, in hex.
    #[arg(long, value_parser = address)]
    at: AccountId,
    /// Its name.
    #[arg(long, value_parser = keygen::text)]
    name: Text,
    #[command(flatten)]
    ledger: LedgerArgs,
    /// The file to write the proof to, for `florin verify`.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// A published module as a person reads it.
#[derive(Debug, Serialize)]
struct Shown {
    address: AccountId,
    name: Text,
    /// The block that published this version.
    published: u64,
    bytes: usize,
    sha256: Hash32,
    entry_functions: Vec<Function>,
}

/// A function that a call may name.
#[derive(Debug, Serialize)]
struct Function {
    name: String,
    type_parameters: usize,
    signers: usize,
    /// Types of the arguments; `?` for one that depends on a type argument.
    parameters: Vec<String>,
}

impl From<EntryFunction> for Function {
    fn from(entry: EntryFunction) -> Self {
        let text = |type_: Option<TypeTag>| type_.map_or("?".to_owned(), |type_| type_.to_string());
        let EntryFunction { name, type_parameters, signers, parameters } = entry;
        let parameters = parameters.into_iter().map(text).collect();
        Self { name, type_parameters, signers, parameters }
    }
}

/// Reads a module and prints what it offers.
pub(super) async fn show(args: &ModuleArgs) -> Result<(), ContractFailure> {
    let (client, genesis) = args.ledger.client()?;
    let name = Name::Module(ModuleKey::of(&args.at, args.name.get()));
    let Some((Record::Module(module), proved)) = client.record(&name).await? else {
        return Err(ContractFailure::NotPublished { address: args.at, name: args.name.clone() });
    };
    let functions = entry_functions(&module.bytes).map_err(ContractFailure::Unreadable)?;
    let shown = Shown {
        address: module.address,
        name: module.name.clone(),
        published: module.published.get(),
        bytes: module.bytes.len(),
        sha256: file_hash(&module.bytes),
        entry_functions: functions.into_iter().map(Function::from).collect(),
    };
    if let Some(path) = &args.out {
        let certified = &proved.certified;
        let (header, certificate) = (&certified.header, &certified.certificate);
        let file = RecordFile::build(&name, &proved.proof, header, certificate, &genesis)?;
        keyfile::write_new(path, file.as_bytes(), OWNER_ONLY)?;
    }
    ui::line(&serde_json::to_string_pretty(&shown).map_err(ContractFailure::Unshowable)?);
    Ok(())
}
