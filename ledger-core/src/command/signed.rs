//! A command as it travels: what is signed, by whom, and what it costs a block.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Action, Command, PostPart, Transfer};
use crate::{
    asset::Deliver,
    codec::{CodecError, decode, encode},
    digest::{Domain, Hash32},
    id::{ChainId, CommandId, Lei},
    limits::{
        ACCUSATION_UNITS, GAS_PER_UNIT, MAX_BULK_BYTES, MAX_COMMAND_BYTES, MAX_PASSED,
        MAX_SIGNATURES,
    },
    queue::Enqueue,
    schedule::Schedule,
    signature::{
        Claim, KeySignature, PublicKey, Signature, Signed, Signer, SignerError, Statement,
    },
    time::LedgerTime,
};

/// What is signed: the command and what binds it to one network, sender and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The network.
    pub chain: ChainId,
    /// Whose command it is.
    pub organisation: Lei,
    /// The keys that sign it, sorted: part of the id, so that nobody can add or swap a signature
    /// and burn it. [`SignedCommand::sign`] fills them in.
    pub signers: Vec<PublicKey>,
    /// Thirty-two random bytes: makes the id fresh and blinds what is derived from the block.
    pub nonce: Hash32,
    /// After this ledger time the command can no longer be ordered.
    pub expires: LedgerTime,
    /// What is asked.
    pub command: Command,
}

impl Body {
    /// The command's identity.
    #[must_use]
    pub fn id(&self) -> CommandId {
        CommandId::new(*self.digest().get())
    }
}

impl Statement for Body {
    fn domain(&self) -> Domain {
        Domain::Command
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// A command as it travels: body and signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCommand {
    /// What was signed.
    pub body: Body,
    /// One signature for each of the body's signers, in their order.
    pub signatures: Vec<Signature>,
}

/// A statement that another than the sender signed, whatever it says.
trait Attached {
    fn claim(&self) -> Claim;
}

impl<T: Statement> Attached for Signed<T> {
    fn claim(&self) -> Claim {
        Self::claim(self)
    }
}

/// The identities of several commands, hashed side by side.
#[must_use]
pub fn ids_of(commands: &[SignedCommand]) -> Vec<CommandId> {
    let bodies: Vec<Vec<u8>> = commands.iter().map(|command| command.body.bytes()).collect();
    let ids = Domain::Command.hashes(&bodies).into_iter();
    ids.map(|id| CommandId::new(*id.get())).collect()
}

/// A command with what is computed of it once: its identity and its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    id: CommandId,
    bytes: usize,
    command: SignedCommand,
}

impl Identified {
    /// Encodes and hashes it.
    #[must_use]
    pub fn new(command: SignedCommand) -> Self {
        let body = command.body.bytes();
        let id = CommandId::new(*command.body.domain().hash(&body).get());
        // A struct's bytes are those of its fields.
        let bytes = body.len().saturating_add(encode(&command.signatures).len());
        Self { id, bytes, command }
    }

    /// As [`Self::new`] for each of several, hashed side by side.
    #[must_use]
    pub fn all(commands: Vec<SignedCommand>) -> Vec<Self> {
        let bodies: Vec<Vec<u8>> = commands.iter().map(|command| command.body.bytes()).collect();
        let ids = Domain::Command.hashes(&bodies).into_iter().zip(bodies);
        let all = commands.into_iter().zip(ids).map(|(command, (id, body))| {
            let bytes = body.len().saturating_add(encode(&command.signatures).len());
            Self { id: CommandId::new(*id.get()), bytes, command }
        });
        all.collect()
    }

    /// Its identity.
    #[must_use]
    pub const fn id(&self) -> CommandId {
        self.id
    }

    /// Length of its canonical bytes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The command.
    #[must_use]
    pub const fn get(&self) -> &SignedCommand {
        &self.command
    }

    /// As [`SignedCommand::units`].
    #[must_use]
    pub fn units(&self) -> u32 {
        self.command.units(self.bytes)
    }

    /// As [`SignedCommand::claims`].
    #[must_use]
    pub fn claims(&self) -> Vec<Claim> {
        self.command.claims_under(Hash32::new(*self.id.get()))
    }
}

/// Why bytes are not a command that a block may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Not canonical bytes of a command.
    #[error("command: {0}")]
    Codec(#[from] CodecError),
    /// None, too many, unsorted or repeated signers, or not one signature for each.
    #[error("a command names 1 to {MAX_SIGNATURES} signers, sorted, and has a signature of each")]
    Signatures,
    /// A signature does not hold.
    #[error("a signature does not hold; sign the body's digest with the named key")]
    BadSignature,
    /// For another network.
    #[error("the command is for another network; check the chain id")]
    OtherChain,
    /// Its time is over.
    #[error("the command has expired; make a new one")]
    Expired,
    /// Its expiry lies too far ahead.
    #[error("the command's expiry lies further ahead than the network allows")]
    ExpiryTooFar,
}

/// Adds each of these.
fn attach<'a>(attached: &mut Vec<&'a dyn Attached>, each: &'a [impl Attached]) {
    for one in each {
        attached.push(one);
    }
}

impl SignedCommand {
    /// Signs a body with each of the signers.
    ///
    /// # Errors
    /// As the signers'.
    pub fn sign(body: Body, signers: &[&dyn Signer]) -> Result<Self, SignerError> {
        let sorted: BTreeMap<PublicKey, &dyn Signer> =
            signers.iter().map(|signer| (signer.public_key(), *signer)).collect();
        let body = Body { signers: sorted.keys().copied().collect(), ..body };
        let signatures: Result<_, _> = sorted.values().map(|signer| signer.sign(&body)).collect();
        Ok(Self { signatures: signatures?, body })
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Decodes and checks everything but signatures, network and time.
    ///
    /// # Errors
    /// [`CommandError::Codec`], [`CommandError::Signatures`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CommandError> {
        let command: Self = decode(bytes, MAX_BULK_BYTES)?;
        let limit = command.max_bytes();
        if bytes.len() > limit {
            return Err(CodecError::TooLong { found: bytes.len(), limit }.into());
        }
        command.check_shape()?;
        Ok(command)
    }

    /// Bytes that a command of its kind may have.
    #[must_use]
    pub const fn max_bytes(&self) -> usize {
        match self.body.command {
            Command::Bulk(_) => MAX_BULK_BYTES,
            _ => MAX_COMMAND_BYTES,
        }
    }

    /// Whether its signatures are in number and order as W6 wants them.
    ///
    /// # Errors
    /// [`CommandError::Signatures`].
    pub fn check_shape(&self) -> Result<(), CommandError> {
        let signers = &self.body.signers;
        let sorted = signers.windows(2).all(|pair| match pair {
            [left, right] => left < right,
            _ => true,
        });
        let fits = (1..=MAX_SIGNATURES).contains(&signers.len());
        if sorted && fits && signers.len() == self.signatures.len() {
            Ok(())
        } else {
            Err(CommandError::Signatures)
        }
    }

    /// Whether a block of this network at this time may hold it.
    ///
    /// # Errors
    /// [`CommandError::OtherChain`], [`CommandError::Expired`], [`CommandError::ExpiryTooFar`].
    pub fn check_binding(
        &self,
        chain: &ChainId,
        time: LedgerTime,
        ttl_ms: u64,
    ) -> Result<(), CommandError> {
        if self.body.chain != *chain {
            return Err(CommandError::OtherChain);
        }
        if self.body.expires <= time {
            return Err(CommandError::Expired);
        }
        if self.body.expires > time.after(ttl_ms) {
            return Err(CommandError::ExpiryTooFar);
        }
        Ok(())
    }

    /// Every signature that must hold for the command to be well-signed: its own and those of
    /// gate and payee inside it.
    #[must_use]
    pub fn claims(&self) -> Vec<Claim> {
        self.claims_under(self.body.digest())
    }

    /// As [`Self::claims`], when the body's digest is known.
    fn claims_under(&self, digest: Hash32) -> Vec<Claim> {
        let signed = self.body.signers.iter().zip(&self.signatures);
        let own = signed.map(|(key, signature)| KeySignature { key: *key, signature: *signature });
        let own = own.map(|by| Claim { by, digest });
        own.chain(self.attached().into_iter().map(Attached::claim)).collect()
    }

    /// What others signed inside it.
    fn attached(&self) -> Vec<&dyn Attached> {
        let mut attached: Vec<&dyn Attached> = Vec::new();
        match &self.body.command {
            Command::Hold(hold) => attached.push(&hold.gate),
            Command::Deliver(Deliver { acceptance, .. }) => attached.push(acceptance),
            Command::Exchange(exchange) => {
                for gate in &exchange.gates {
                    attached.push(gate);
                }
                for consent in &exchange.consents {
                    attached.push(consent);
                }
            }
            Command::Invoke(invoke) => {
                attach(&mut attached, &invoke.gates);
                attach(&mut attached, &invoke.consents);
            }
            Command::Post(post) | Command::PostPart(PostPart { post, .. }) => {
                attached.push(&post.acceptance);
            }
            Command::Return(asked) => attached.push(&asked.gate),
            Command::Settle(settle) => {
                for gate in &settle.gates {
                    attached.push(gate);
                }
                for consent in &settle.consents {
                    attached.push(consent);
                }
            }
            Command::Bulk(bulk) => {
                attached.push(&bulk.gate);
                for consent in &bulk.consents {
                    attached.push(consent);
                }
            }
            Command::Transfer(Transfer { gate, acceptance, .. })
            | Command::Schedule(Schedule { gate, acceptance, .. })
            | Command::Enqueue(Enqueue { gate, acceptance, .. }) => {
                attached.push(gate);
                attached.push(acceptance);
            }
            Command::Propose { .. }
            | Command::Approve(_)
            | Command::SetStanding(_)
            | Command::Attest(_)
            | Command::RecordEntry(_)
            | Command::RequestMint(_)
            | Command::Void(_)
            | Command::Close(_)
            | Command::Preburn(_)
            | Command::CancelRedemption { .. }
            | Command::Freeze(_)
            | Command::Anchor { .. }
            | Command::ConfirmCredit { .. }
            | Command::Release { .. }
            | Command::Clear(_)
            | Command::Move(_)
            | Command::Requeue { .. }
            | Command::SetQueueTerms { .. }
            | Command::SettleQueued(_)
            | Command::Surrender(_)
            | Command::Reclaim { .. }
            | Command::WithdrawApproval { .. }
            | Command::Accuse(_)
            | Command::Halt { .. }
            | Command::Signal { .. } => {}
        }
        attached
    }

    /// Checks its signatures one by one.
    ///
    /// # Errors
    /// [`CommandError::BadSignature`].
    pub fn check_signatures(&self) -> Result<(), CommandError> {
        if self.claims().iter().all(Claim::holds) {
            Ok(())
        } else {
            Err(CommandError::BadSignature)
        }
    }

    /// Units of work it costs a block: ten per signature, ten per record it may touch, one per
    /// hundred bytes, one per [`GAS_PER_UNIT`] of a call's gas. A record that it may make counts twice: the one below it is linked to it.
    #[must_use]
    pub fn units(&self, encoded_bytes: usize) -> u32 {
        let many = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let records = |legs: usize, each: u32| many(legs).saturating_mul(each).saturating_add(2);
        // Whoever signs a debit may have a limit of keys that counts it.
        let signers = many(self.body.signers.len());
        let signed = |records: u32| records.saturating_add(signers);
        let persons =
            |consents: usize| many(self.body.signers.len().max(consents).min(MAX_SIGNATURES));
        let records: u32 = match &self.body.command {
            Command::Propose { action, .. } => action.prepaid().saturating_add(4),
            Command::SetStanding(_) => 5,
            Command::Attest(_) | Command::Requeue { .. } => 3,
            Command::RecordEntry(_) => 9,
            Command::ConfirmCredit { .. } => 2,
            Command::Approve(_) => 10,
            // The first stop of a currency makes the record of its controls.
            Command::RequestMint(_)
            | Command::Freeze(_)
            | Command::Halt { .. }
            | Command::Signal { .. }
            | Command::Anchor { .. }
            | Command::Clear(_)
            | Command::SetQueueTerms { .. }
            | Command::Void(_)
            | Command::Close(_)
            | Command::CancelRedemption { .. }
            | Command::Move(_) => 4,
            Command::Post(_) | Command::PostPart(_) | Command::Release { .. } => 6,
            Command::Preburn(_) => signed(6),
            Command::Return(_) => signed(8),
            Command::Transfer(_) => signed(9),
            Command::Hold(_) | Command::Schedule(_) | Command::Enqueue(_) => signed(10),
            Command::Settle(settle) => {
                records(settle.legs.len(), persons(settle.consents.len()).saturating_add(7))
            }
            Command::Exchange(exchange) => {
                let legs = exchange.payments.len().saturating_add(exchange.deliveries.len());
                records(legs, persons(exchange.consents.len()).saturating_add(7))
            }
            Command::Bulk(bulk) => signed(records(bulk.len(), 5).saturating_add(2)),
            Command::Deliver(_) => 10,
            Command::Surrender(_) => 6,
            Command::Reclaim { .. } => 4,
            // What it passes is looked at as well.
            Command::SettleQueued(set) => records(set.legs.len().saturating_add(MAX_PASSED), 5),
            Command::WithdrawApproval { .. } => 4,
            // Its record, who is expelled, and the committee.
            Command::Accuse(_) => 7,
            // What it may make; of each account what is counted for it.
            Command::Invoke(invoke) => {
                let each = persons(invoke.consents.len()).saturating_add(7);
                let named = many(invoke.call.holders.len()).saturating_mul(each);
                named.saturating_add(u32::from(invoke.call.records).saturating_mul(2))
            }
        };
        let gas = match &self.body.command {
            Command::Invoke(invoke) => invoke.call.gas_limit.div_ceil(GAS_PER_UNIT),
            Command::Accuse(_) => ACCUSATION_UNITS.into(),
            _ => 0,
        };
        let gas = u32::try_from(gas).unwrap_or(u32::MAX);
        let signatures = many(self.body.signers.len().saturating_add(self.attached().len()));
        let bytes = many(encoded_bytes.div_ceil(100));
        let worked = records.saturating_add(signatures).saturating_mul(10);
        worked.saturating_add(bytes).saturating_add(gas)
    }
}

impl Action {
    /// Records that the command which proposes an action pays for, beyond those that every approval
    /// pays for: an approval does not say what it carries out.
    pub(crate) fn prepaid(&self) -> u32 {
        let twice = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).saturating_mul(2);
        match self {
            // Key and person of each.
            Self::AdmitMember(directory) => twice(directory.keys.len().saturating_mul(2)),
            Self::ListInPolicy { subjects, .. } => twice(subjects.len()),
            // Each is verified: that costs as much as a record for 25 bytes.
            Self::PublishModules(bundle) => {
                let bytes = bundle.modules.iter().map(Vec::len).fold(0, usize::saturating_add);
                let bytes = u32::try_from(bytes.div_ceil(25)).unwrap_or(u32::MAX);
                twice(bundle.modules.len()).saturating_add(bytes)
            }
            Self::OpenAccount { .. }
            | Self::RegisterReserve { .. }
            | Self::RegisterKey(_)
            | Self::Mint { .. }
            | Self::InstructPayout { .. }
            | Self::ConfirmPayout { .. }
            | Self::CancelPayout { .. }
            | Self::Unfreeze { .. }
            | Self::RevokeKey { .. }
            | Self::SetMintTerms { .. }
            | Self::SetPaymentTerms { .. }
            | Self::RegisterList { .. }
            | Self::SetScreening { .. }
            | Self::SetMovementTerms { .. }
            | Self::Seize(_)
            | Self::CreatePolicy { .. }
            | Self::SuspendMember { .. }
            | Self::ReinstateMember { .. }
            | Self::RotateKey(_)
            | Self::RotateOwnKey(_)
            | Self::RegisterOwnKey(_)
            | Self::RevokeOwnKey { .. }
            | Self::SetRolePolicy { .. }
            | Self::SetAccountPolicy { .. }
            | Self::SetKeyLimits { .. }
            | Self::OpenSubAccount(_)
            | Self::RegisterAsset(_)
            | Self::SetAssetStatus { .. }
            | Self::IssueUnits { .. }
            | Self::CancelUnits { .. }
            | Self::ChangeParameters(_)
            | Self::ChangeValidators(_)
            | Self::HaltNetwork(_)
            | Self::ResumeNetwork { .. }
            | Self::MoveValidator(_)
            | Self::RevokeMessageKey { .. }
            | Self::SetDirectoryTerms { .. } => 0,
            // The entry and its notice, once more when they act.
            Self::ChangeDirectory(_) | Self::NameMember(_) => 6,
            // All votes for what is before the members are counted again.
            Self::Vote { .. } => 20,
        }
    }
}
