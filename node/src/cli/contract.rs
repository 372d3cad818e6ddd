//! `florin contract`: what it takes to publish contracts on the ledger and to call one.
//!
//! ```text
//! publish   binaries ──> the proposal, as JSON for `florin command sign`
//! vote      the signed proposal ──> a member's vote for it, as JSON for the same
//! module    a name ──> what is published under it, since which height, with which functions
//! call      a description ──> the call, in hex: the same bytes for everybody who signs
//! show      the call, as JSON, with the hash that is signed
//! clear     the call and a gate's key ──> its clearance       once for each account that signs
//! consent   the call and a settlement key ──> its consent     once for each other member in it
//! sign      the call, clearances, consents ──> a command for `florin command send`
//! ```
//!
//! Call, clearances and consents are files that members send each other. What a call costs at most is
//! said by `florin move gas-profile`.
//!
//! # Place      a person -> [contract] -> files
//! # Invariants whoever signs can see the whole call before (`show`); no command is sent from here
//! # Absent     customers' screening: who clears says against which list

mod published;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use ledger_core::{
    codec::{decode, encode},
    command::{Action, Approval, Command, GateAttestation},
    digest::Hash32,
    id::{AccountId, Text},
    invoke::{Call, Invoke, Named},
    limits::MAX_PAYLOAD_BYTES,
    program::Bundle,
    proposal::POLICY_VERSION,
    proposal_kind::ProposalKind,
    settlement::Consent,
    signature::{Signed, SignerError, Statement},
    time::LedgerTime,
};
use move_like_vm::status::Status;
use move_tools::cases::arguments::Arguments;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use settlement_api::ledger_port::PortError;
use verifier::VerifyError;

use crate::{
    cli::{
        call,
        command::{self, CommandFailure, Signing},
        input::{self, InputError},
        ledger::LedgerFailure,
        ui::{self, Failure},
    },
    keyfile::{self, KeyFileError},
};

/// Permissions of what is written: it names accounts and amounts.
const OWNER_ONLY: u32 = 0o600;
/// Seconds within which a call is made if its description does not say.
const CALL_S: u64 = 3_600;

/// Publish or call.
#[derive(Debug, Subcommand)]
pub(crate) enum ContractArgs {
    /// Print the proposal to publish modules, as JSON for `florin command sign`.
    Publish(PublishArgs),
    /// Print a member's vote for a signed proposal, as JSON for `florin command sign`.
    Vote(VoteArgs),
    /// Show a published module: since when, and which functions calls may name.
    Module(published::ModuleArgs),
    /// Make a call of a description in JSON; prints its bytes in hex.
    Call(DescribeArgs),
    /// Show a call as JSON, with the hash that is signed.
    Show(ShowArgs),
    /// Clear a call with the gate's key of a member whose account signs it.
    Clear(ClearArgs),
    /// Consent to a call with a settlement key of another member that has an account in it.
    Consent(ConsentArgs),
    /// Sign a call with what others signed: a command for `florin command send`.
    Sign(SignArgs),
}

/// Options of `florin contract publish`.
#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// Binaries, each behind those that it names.
    #[arg(required = true)]
    binaries: Vec<PathBuf>,
    /// The address that they are at, in hex.
    #[arg(long, value_parser = address)]
    at: AccountId,
    /// Seconds until the proposal can no longer be approved.
    #[arg(long, default_value_t = 3_600)]
    expires_in: u64,
}

/// Options of `florin contract vote`.
#[derive(Debug, Args)]
pub(crate) struct VoteArgs {
    /// The signed proposal of the operators, in hex: a file, or `-` for standard input.
    proposal: PathBuf,
    /// Take the member's vote back.
    #[arg(long)]
    take_back: bool,
    /// The version of the network's policy in force, under which the proposal was made.
    #[arg(long, default_value_t = POLICY_VERSION)]
    policy_version: u32,
    /// Seconds until the member's other administrators can no longer approve.
    #[arg(long, default_value_t = 3_600)]
    expires_in: u64,
}

/// Options of `florin contract call`.
#[derive(Debug, Args)]
pub(crate) struct DescribeArgs {
    /// The call as JSON: a file, or `-` for standard input.
    description: PathBuf,
    /// The file to write instead of stdout.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Options of `florin contract show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The call in hex: a file, or `-` for standard input.
    call: PathBuf,
}

/// Options of `florin contract clear`.
#[derive(Debug, Args)]
pub(crate) struct ClearArgs {
    /// The call in hex.
    call: PathBuf,
    /// The gate's key file.
    #[arg(long)]
    key: PathBuf,
    /// The sanctions list that the parties were screened against, by its SHA-256 in hex.
    #[arg(long, value_parser = digest)]
    list: Hash32,
    /// The version of the rules they were screened by.
    #[arg(long)]
    rules: u32,
    /// Seconds until the call can no longer be made.
    #[arg(long, default_value_t = 600)]
    expires_in: u64,
    /// The file to write instead of stdout.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Options of `florin contract consent`.
#[derive(Debug, Args)]
pub(crate) struct ConsentArgs {
    /// The call in hex.
    call: PathBuf,
    /// A settlement key file.
    #[arg(long)]
    key: PathBuf,
    /// Seconds until the call can no longer be made.
    #[arg(long, default_value_t = 600)]
    expires_in: u64,
    /// The file to write instead of stdout.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Options of `florin contract sign`.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The call in hex.
    call: PathBuf,
    /// A clearance; repeatable, in the order of the call's signers.
    #[arg(long = "clearance")]
    clearances: Vec<PathBuf>,
    /// A consent; repeatable.
    #[arg(long = "consent")]
    consents: Vec<PathBuf>,
    #[command(flatten)]
    signing: Signing,
}

/// 32 bytes, or `0x` and fewer digits of a number.
fn address(text: &str) -> Result<AccountId, String> {
    let full = match text.strip_prefix("0x") {
        Some(digits) if (1..=64).contains(&digits.len()) => format!("{digits:0>64}"),
        _ => text.to_owned(),
    };
    bytes_32(&full).map(AccountId::new)
}

fn bytes_32(text: &str) -> Result<[u8; 32], String> {
    let bytes = hex::decode(text).map_err(|error| error.to_string())?;
    bytes.try_into().map_err(|_| "32 bytes are 64 digits".to_owned())
}

fn digest(text: &str) -> Result<Hash32, String> {
    bytes_32(text).map(Hash32::new)
}

/// A call as a person describes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    address: AccountId,
    module: Text,
    function: Text,
    /// Type arguments: `u64`, `0x1::coin::Coin<u8>`.
    #[serde(default)]
    types: Vec<String>,
    /// Arguments behind the signers: `7`, `7u128`, `@0x1`, `"text"`, `x"00ff"`, `true`, `[1, 2]`.
    #[serde(default)]
    arguments: Vec<String>,
    gas_limit: u64,
    records: u16,
    /// Seconds from now within which it is made or never; an hour if absent, at most a day.
    valid_s: Option<u64>,
    signers: Vec<AccountId>,
    holders: Vec<Named>,
}

impl Description {
    fn call(self) -> Result<Call, ContractFailure> {
        let (types, values) = (self.types.join(" "), self.arguments.join(" "));
        let passed = Arguments::parse(&format!("--type-args {types} --args {values}"));
        // The first word is an option of ours.
        let passed = passed.map_err(|unknown| ContractFailure::Argument { word: unknown.word })?;
        Ok(Call {
            address: self.address,
            module: self.module,
            function: self.function,
            types: passed.type_arguments.iter().map(|tag| tag.to_bytes()).collect(),
            arguments: passed.values,
            gas_limit: self.gas_limit,
            records: self.records,
            signers: self.signers,
            holders: self.holders,
            until: command::in_seconds(self.valid_s.unwrap_or(CALL_S)),
            nonce: command::random_nonce(),
        })
    }
}

/// A call with what is signed of it.
#[derive(Debug, Serialize)]
struct Shown {
    call_hash: Hash32,
    call: Call,
}

/// Why nothing was made of a call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContractFailure {
    /// The ledger cannot be asked.
    #[error(transparent)]
    Ledger(#[from] LedgerFailure),
    /// A file cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A key or an output file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// A type or an argument is none.
    #[error(
        "types or arguments: word {word}, the options --type-args and --args counted, is not understood"
    )]
    Argument {
        /// Which word.
        word: usize,
    },
    /// The file is not hex, or not of what it should be.
    #[error("{path} is no {what} in hex; make it with `florin contract {made_by}`")]
    Other {
        /// Which file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// What makes one.
        made_by: &'static str,
    },
    /// Members do not vote on what is proposed.
    #[error(
        "members do not vote on this: only on what is at 0x1 and 0x2, and on the network itself"
    )]
    NoVote,
    /// Nothing stands under the name.
    #[error("no module {} is published at {address}", .name.get())]
    NotPublished {
        /// Where.
        address: AccountId,
        /// Which.
        name: Text,
    },
    /// What is published cannot be read here.
    #[error("the module cannot be read: {}", .0.name())]
    Unreadable(Status),
    /// The ledger port.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The genesis names no committee.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// What is shown has no JSON.
    #[error("cannot be shown: {0}")]
    Unshowable(serde_json::Error),
    /// A key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The command was not signed.
    #[error(transparent)]
    Command(#[from] CommandFailure),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &ContractArgs) -> Result<ExitCode, Failure> {
    let done = match args {
        ContractArgs::Publish(args) => publish(args),
        ContractArgs::Vote(args) => vote(args),
        ContractArgs::Module(args) => {
            let runtime = call::runtime().map_err(Failure::of)?;
            return runtime
                .block_on(published::show(args))
                .map(|()| ExitCode::SUCCESS)
                .map_err(Failure::of);
        }
        ContractArgs::Call(args) => describe(args),
        ContractArgs::Show(args) => show(args),
        ContractArgs::Clear(args) => clear(args),
        ContractArgs::Consent(args) => consent(args),
        ContractArgs::Sign(args) => sign(args),
    };
    done.map_err(Failure::usage)?;
    Ok(ExitCode::SUCCESS)
}

fn publish(args: &PublishArgs) -> Result<(), ContractFailure> {
    let modules = args.binaries.iter().map(|path| input::bytes(path)).collect::<Result<_, _>>()?;
    let action = Action::PublishModules(Bundle { address: args.at, modules });
    print_json(&Command::Propose { action, expires: command::in_seconds(args.expires_in) })
}

fn vote(args: &VoteArgs) -> Result<(), ContractFailure> {
    let signed = command::read_command(&args.proposal)?;
    let Command::Propose { action, .. } = &signed.body.command else {
        return Err(ContractFailure::NoVote);
    };
    if !ProposalKind::of(action).is_some_and(ProposalKind::before_members) {
        return Err(ContractFailure::NoVote);
    }
    let (proposal, content) = (signed.body.id(), action.content());
    let said = Approval { proposal, content, policy_version: args.policy_version };
    let action = Action::Vote { said, yes: !args.take_back };
    print_json(&Command::Propose { action, expires: command::in_seconds(args.expires_in) })
}

fn describe(args: &DescribeArgs) -> Result<(), ContractFailure> {
    let description: Description = input::json(&args.description)?;
    let call = description.call()?;
    ui::note(&format!("call {}", call.hash()));
    write(&call, args.out.as_deref())
}

fn show(args: &ShowArgs) -> Result<(), ContractFailure> {
    let call = read_call(&args.call)?;
    print_json(&Shown { call_hash: call.hash(), call })
}

fn clear(args: &ClearArgs) -> Result<(), ContractFailure> {
    let clearance = GateAttestation {
        payment: read_call(&args.call)?.hash(),
        list_version: args.list,
        rule_version: args.rules,
        expires: command::in_seconds(args.expires_in),
    };
    attest(clearance, &args.key, args.out.as_deref())
}

fn consent(args: &ConsentArgs) -> Result<(), ContractFailure> {
    let to = read_call(&args.call)?.hash();
    let expires: LedgerTime = command::in_seconds(args.expires_in);
    attest(Consent { to, expires }, &args.key, args.out.as_deref())
}

fn sign(args: &SignArgs) -> Result<(), ContractFailure> {
    let gates = args.clearances.iter().map(|path| read(path, "clearance", "clear"));
    let consents = args.consents.iter().map(|path| read(path, "consent", "consent"));
    let invoke = Invoke {
        call: read_call(&args.call)?,
        gates: gates.collect::<Result<_, _>>()?,
        consents: consents.collect::<Result<_, _>>()?,
    };
    args.signing.sign(Command::Invoke(invoke))?;
    Ok(())
}

/// Signs a statement with the key in a file.
fn attest<T: Statement + Serialize>(
    statement: T,
    key: &Path,
    out: Option<&Path>,
) -> Result<(), ContractFailure> {
    let signed = Signed::new(statement, &keyfile::ledger_signer(key)?)?;
    write(&signed, out)
}

fn read_call(path: &Path) -> Result<Call, ContractFailure> {
    read(path, "call", "call")
}

fn read<T: DeserializeOwned>(
    path: &Path,
    what: &'static str,
    made_by: &'static str,
) -> Result<T, ContractFailure> {
    let bytes = hex::decode(input::bytes(path)?.trim_ascii()).ok();
    let value = bytes.and_then(|bytes| decode(&bytes, MAX_PAYLOAD_BYTES).ok());
    value.ok_or(ContractFailure::Other { path: path.to_path_buf(), what, made_by })
}

fn write<T: Serialize>(value: &T, out: Option<&Path>) -> Result<(), ContractFailure> {
    let text = format!("{}\n", hex::encode(encode(value)));
    match out {
        Some(path) => keyfile::write_new(path, text.as_bytes(), OWNER_ONLY)?,
        None => ui::bytes(text.as_bytes()),
    }
    Ok(())
}

fn print_json<T: Serialize>(value: &T) -> Result<(), ContractFailure> {
    ui::line(&serde_json::to_string(value).map_err(ContractFailure::Unshowable)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0101010101010101010101010101010101010101010101010101010101010101";

    fn description(arguments: &str) -> String {
        format!(
            r#"{{"address": "{ONE}", "module": "escrow", "function": "open", "types": ["u64"],
                "arguments": [{arguments}], "gas_limit": 1000, "records": 2, "signers": ["{ONE}"],
                "holders": [{{"name": "{ONE}", "account": "{ONE}", "party": "{ONE}", "cap": 40}}]}}"#
        )
    }

    fn call(arguments: &str) -> Result<Call, ContractFailure> {
        serde_json::from_str::<Description>(&description(arguments)).unwrap().call()
    }

    #[test]
    fn a_description_becomes_a_call_with_typed_arguments() {
        let made = call(r#""@0x1", "40u128", "true", "\"EUR\"""#).unwrap();
        let mut one = [0u8; 32];
        one[31] = 1;
        let expected = [encode(&one), encode(&40u128), encode(&true), encode(&b"EUR".to_vec())];
        assert_eq!(made.arguments, expected);
        assert_eq!((made.types.len(), made.holders[0].cap), (1, 40));
        let again = call(r#""@0x1", "40u128", "true", "\"EUR\"""#).unwrap();
        assert_ne!(again.hash(), made.hash(), "two calls of the same are two calls");
        assert!(matches!(call(r#""forty""#), Err(ContractFailure::Argument { word: 3 })));
    }

    #[test]
    fn an_address_may_be_written_as_a_short_number() {
        assert_eq!(address("0x2"), address(&format!("{:0>64}", "2")));
        assert_eq!(address(ONE), Ok(AccountId::new([1; 32])));
        for bad in ["2", "0x", "0xg", &format!("0x{}", "1".repeat(65))] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_vote_names_what_the_operators_proposed_and_nothing_else_is_voted_on() {
        use ledger_core::{
            command::{Body, SignedCommand},
            id::{ChainId, Lei},
            signature::MemorySigner,
        };
        let folder = tempfile::tempdir().unwrap();
        let proposed = |number: u8| {
            let mut at = [0; 32];
            at[31] = number;
            let bundle = Bundle { address: AccountId::new(at), modules: vec![vec![1]] };
            let action = Action::PublishModules(bundle);
            let body = Body {
                chain: ChainId::new([1; 32]),
                organisation: Lei::new("529900T8BM49AURSDO55").unwrap(),
                signers: Vec::new(),
                nonce: Hash32::ZERO,
                expires: LedgerTime::new(2),
                command: Command::Propose { action, expires: LedgerTime::new(3) },
            };
            let signed = SignedCommand::sign(body, &[&MemorySigner::new(&[7; 32])]).unwrap();
            let path = folder.path().join(number.to_string());
            std::fs::write(&path, hex::encode(signed.to_bytes())).unwrap();
            VoteArgs { proposal: path, take_back: false, policy_version: 1, expires_in: 60 }
        };
        assert!(vote(&proposed(2)).is_ok());
        assert!(matches!(vote(&proposed(3)), Err(ContractFailure::NoVote)));
    }

    #[test]
    fn what_the_gate_and_the_others_sign_is_the_hash_of_the_call() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let made = call("\"1\"").unwrap();
        write(&made, Some(&path("call"))).unwrap();
        let key = path("key");
        keyfile::write(&key, &[7; 32]).unwrap();
        let (expires_in, out) = (60, Some(path("clearance")));
        let list = Hash32::new([7; 32]);
        clear(&ClearArgs { call: path("call"), key: key.clone(), list, rules: 3, expires_in, out })
            .unwrap();
        let out = Some(path("consent"));
        consent(&ConsentArgs { call: path("call"), key, expires_in, out }).unwrap();
        let cleared: Signed<GateAttestation> =
            read(&path("clearance"), "clearance", "clear").unwrap();
        let agreed: Signed<Consent> = read(&path("consent"), "consent", "consent").unwrap();
        assert_eq!((cleared.value.payment, agreed.value.to), (made.hash(), made.hash()));
        assert_eq!((cleared.value.list_version, cleared.value.rule_version), (list, 3));
        let wrong = read::<Call>(&path("consent"), "call", "call").unwrap_err();
        assert!(wrong.to_string().contains("florin contract call"), "{wrong}");
    }
}
