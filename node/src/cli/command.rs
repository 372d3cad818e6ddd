//! `florin command`: a role's own signed command, for operators, treasury, custodians, overseers.
//!
//! # Place      JSON of a `ledger_core` command -> [sign] -> a file in hex -> [send] -> ledger port
//! # Invariants keys that sign commands and the key that signs the request are different files
//! # Absent     resubmission: the same file may be sent again, it is one command

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use ledger_core::{
    command::{Approval, Body, Command, CommandError, SignedCommand},
    digest::Hash32,
    genesis::Genesis,
    id::{CommandId, Lei},
    proposal::POLICY_VERSION,
    signature::{MemorySigner, PublicKey, Signer, SignerError},
    time::{Height, LedgerTime},
};
use rand_core::{Rng as _, UnwrapErr};
use serde::Serialize;
use settlement_api::ledger_port::{LedgerClient, MAX_WAIT_MS, PortError, ProvedReceipt};
use verifier::{Committee, ReceiptFile, VerifyError};

use crate::{
    cli::{
        call,
        input::{self, InputError},
        keygen,
        ledger::{LedgerArgs, LedgerFailure},
        ui::{self, Failure},
        verify,
    },
    keyfile::{self, KeyFileError},
};

/// Permissions of a command's file and of a receipt's: nobody else's business.
const OWNER_ONLY: u32 = 0o600;

/// Sign or send.
#[derive(Debug, Subcommand)]
pub(crate) enum CommandArgs {
    /// Sign a command described in JSON; prints its bytes in hex.
    Sign(SignArgs),
    /// Send a signed command to a ledger port.
    Send(SendArgs),
    /// Show a signed command as JSON, with what an approval of it must name.
    Show(ShowArgs),
}

/// Options of `florin command sign`.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The command as JSON: a file, `-` for standard input, or the text itself from `{` on.
    #[arg(long)]
    data: String,
    #[command(flatten)]
    signing: Signing,
}

/// Who signs a command, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct Signing {
    /// A key file that signs; repeatable.
    #[arg(long = "key", required = true)]
    keys: Vec<PathBuf>,
    /// Whose command.
    #[arg(long, value_parser = keygen::lei)]
    organisation: Lei,
    /// The network.
    #[arg(long)]
    genesis: PathBuf,
    /// Seconds until it can no longer be ordered; the network's limit if not given.
    #[arg(long)]
    expires_in: Option<u64>,
    /// The file to write instead of stdout.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Options of `florin command send`.
#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// The signed command in hex: a file, or `-` for standard input.
    command: PathBuf,
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Seconds to wait for the receipt; 0 waits for none.
    #[arg(long, default_value_t = 0)]
    wait: u64,
    /// Look for the receipt from this height on; from now on if not given.
    #[arg(long)]
    from_height: Option<u64>,
    /// The file to write the receipt to.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Options of `florin command show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The signed command in hex: a file, or `-` for standard input.
    command: PathBuf,
}

/// A signed command as a person reads it.
#[derive(Debug, Serialize)]
struct Shown {
    command_id: CommandId,
    body: Body,
    signed_by: Vec<PublicKey>,
    signatures_hold: bool,
    /// The approval of a proposal, ready to be signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    approve: Option<Command>,
}

/// Why a command was not signed or sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandFailure {
    /// A file cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A key or an output file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// What is shown has no JSON.
    #[error("cannot be shown: {0}")]
    Unshowable(serde_json::Error),
    /// The description is no command.
    #[error("--data: {0}")]
    Description(serde_json::Error),
    /// A key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The signed command is not one.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The file is not hex.
    #[error("{path} is not a signed command in hex; make it with `florin command sign`")]
    NotHex {
        /// Which file.
        path: PathBuf,
    },
    /// The genesis names no committee, or a receipt does not fit it.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The ledger cannot be asked.
    #[error(transparent)]
    Ledger(#[from] LedgerFailure),
    /// The ledger port.
    #[error(transparent)]
    Port(#[from] PortError),
    /// No receipt in time.
    #[error("no receipt within {seconds} s; send the same file again, it is one command")]
    NoReceipt {
        /// How long was waited.
        seconds: u64,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: CommandArgs) -> Result<ExitCode, Failure> {
    match args {
        CommandArgs::Sign(args) => sign(&args).map_err(Failure::usage),
        CommandArgs::Send(args) => {
            let runtime = call::runtime().map_err(Failure::of)?;
            runtime.block_on(send(&args)).map_err(Failure::of)
        }
        CommandArgs::Show(args) => show(&args).map_err(Failure::usage),
    }
}

fn sign(args: &SignArgs) -> Result<ExitCode, CommandFailure> {
    let text = if args.data.trim_start().starts_with('{') {
        args.data.clone().into_bytes()
    } else {
        input::bytes(Path::new(&args.data))?
    };
    let command: Command = serde_json::from_slice(&text).map_err(CommandFailure::Description)?;
    args.signing.sign(command)?;
    Ok(ExitCode::SUCCESS)
}

impl Signing {
    /// Writes the signed command in hex, and notes its id.
    pub(crate) fn sign(&self, command: Command) -> Result<(), CommandFailure> {
        let genesis = input::genesis(&self.genesis)?;
        let keys: Result<Vec<MemorySigner>, KeyFileError> =
            self.keys.iter().map(|path| keyfile::ledger_signer(path)).collect();
        let keys = keys?;
        let signers: Vec<&dyn Signer> = keys.iter().map(|key| key as &dyn Signer).collect();
        let body = Body {
            chain: genesis.chain_id(),
            organisation: self.organisation,
            signers: Vec::new(),
            nonce: random_nonce(),
            expires: expiry(&genesis, self.expires_in),
            command,
        };
        let signed = SignedCommand::sign(body, &signers)?;
        signed.check_shape()?;
        let text = format!("{}\n", hex::encode(signed.to_bytes()));
        match &self.out {
            Some(path) => keyfile::write_new(path, text.as_bytes(), OWNER_ONLY)?,
            None => ui::bytes(text.as_bytes()),
        }
        ui::note(&format!("command {}", signed.body.id()));
        Ok(())
    }
}

pub(crate) fn random_nonce() -> Hash32 {
    let mut nonce = [0; 32];
    UnwrapErr(rand::rngs::SysRng).fill_bytes(&mut nonce);
    Hash32::new(nonce)
}

/// A second less than the network allows, since its clock may be behind ours.
fn expiry(genesis: &Genesis, seconds: Option<u64>) -> LedgerTime {
    const CLOCK_MS: u64 = 1_000;
    let longest = genesis.limits.command_ttl_ms.saturating_sub(CLOCK_MS);
    let wanted = seconds.map_or(longest, |seconds| seconds.saturating_mul(1_000).min(longest));
    in_ms(wanted)
}

/// So many seconds from now, by this machine's clock.
pub(crate) fn in_seconds(seconds: u64) -> LedgerTime {
    in_ms(seconds.saturating_mul(1_000))
}

fn in_ms(wanted: u64) -> LedgerTime {
    let now = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default();
    LedgerTime::new(now).after(wanted)
}

async fn send(args: &SendArgs) -> Result<ExitCode, CommandFailure> {
    let command = read_command(&args.command)?;
    let (client, genesis) = args.ledger.client()?;
    let after = match args.from_height {
        Some(height) => (Height::new(height.saturating_sub(1)), u32::MAX),
        None if args.wait == 0 => (Height::new(0), 0),
        None => (client.latest().await?.header.results.height, u32::MAX),
    };
    let id = client.submit(&command).await?;
    ui::note(&format!("command {id}"));
    if args.wait == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let proved = receipt_of(&client, id, after, args.wait).await?;
    let certified = &proved.certified;
    let file =
        ReceiptFile::build(&proved.proof, &certified.header, &certified.certificate, &genesis)?;
    if let Some(path) = &args.out {
        keyfile::write_new(path, file.as_bytes(), OWNER_ONLY)?;
    }
    let finding = verify::check(file.as_bytes(), &Committee::new(&genesis)?);
    ui::line(finding.text());
    Ok(ExitCode::from(finding.exit()))
}

fn show(args: &ShowArgs) -> Result<ExitCode, CommandFailure> {
    let command = read_command(&args.command)?;
    let text = serde_json::to_string_pretty(&shown(command)).map_err(CommandFailure::Unshowable)?;
    ui::line(&text);
    Ok(ExitCode::SUCCESS)
}

fn shown(command: SignedCommand) -> Shown {
    let command_id = command.body.id();
    let approve = match &command.body.command {
        Command::Propose { action, .. } => Some(Command::Approve(Approval {
            proposal: command_id,
            content: action.content(),
            policy_version: POLICY_VERSION,
        })),
        _ => None,
    };
    Shown {
        command_id,
        signed_by: command.body.signers.clone(),
        signatures_hold: command.check_signatures().is_ok(),
        approve,
        body: command.body,
    }
}

pub(crate) fn read_command(path: &Path) -> Result<SignedCommand, CommandFailure> {
    let text = input::bytes(path)?;
    let not_hex = || CommandFailure::NotHex { path: path.to_path_buf() };
    let bytes = hex::decode(text.trim_ascii()).map_err(|_| not_hex())?;
    Ok(SignedCommand::from_bytes(&bytes)?)
}

/// Reads the organisation's receipts until the command's is among them.
async fn receipt_of(
    client: &LedgerClient,
    id: CommandId,
    mut after: (Height, u32),
    seconds: u64,
) -> Result<ProvedReceipt, CommandFailure> {
    let started = Instant::now();
    let patience = Duration::from_secs(seconds);
    loop {
        let left = patience.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(CommandFailure::NoReceipt { seconds });
        }
        let page = client.receipts(after, left.min(Duration::from_millis(MAX_WAIT_MS))).await?;
        for proved in page {
            let receipt = &proved.proof.receipt;
            after = (receipt.height, receipt.index);
            if receipt.command == id {
                return Ok(proved);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::{command::Action, id::ChainId, money::Currency};

    use super::*;

    const OPERATOR: &str = "529900T8BM49AURSDO55";

    fn propose() -> SignedCommand {
        let action = Action::OpenAccount {
            member: Lei::new(OPERATOR).unwrap(),
            currency: Currency::new("EUR").unwrap(),
            blind: Hash32::ZERO,
        };
        let body = Body {
            chain: ChainId::new([1; 32]),
            organisation: Lei::new(OPERATOR).unwrap(),
            signers: Vec::new(),
            nonce: Hash32::ZERO,
            expires: LedgerTime::new(2),
            command: Command::Propose { action, expires: LedgerTime::new(3) },
        };
        SignedCommand::sign(body, &[&MemorySigner::new(&[7; 32])]).unwrap()
    }

    #[test]
    fn a_command_survives_json_and_hex() {
        let signed = propose();
        let json = serde_json::to_string(&signed.body.command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), signed.body.command);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("command");
        std::fs::write(&path, format!("{}\n", hex::encode(signed.to_bytes()))).unwrap();
        assert_eq!(read_command(&path).unwrap(), signed);
        std::fs::write(&path, "xyz").unwrap();
        assert!(matches!(read_command(&path), Err(CommandFailure::NotHex { .. })));
    }

    #[test]
    fn a_shown_proposal_carries_its_approval() {
        let signed = propose();
        let Command::Propose { action, .. } = &signed.body.command else {
            panic!("it is a proposal")
        };
        let (id, content) = (signed.body.id(), action.content());
        let shown = shown(signed);
        assert!(shown.signatures_hold);
        let Some(Command::Approve(approval)) = shown.approve else { panic!("no approval") };
        assert_eq!((approval.proposal, approval.content), (id, content));
    }

    #[test]
    fn an_expiry_stays_below_the_networks_limit() {
        let genesis = verifier::testing::TestNetwork::new(1).genesis;
        let now = u64::try_from(Timestamp::now().as_millisecond()).unwrap();
        for seconds in [None, Some(5), Some(u64::MAX)] {
            let expires = expiry(&genesis, seconds).get();
            assert!(expires >= now && expires < now + genesis.limits.command_ttl_ms, "{seconds:?}");
        }
    }
}
