//! Commands: what a member, custodian, treasury or operator signs.
//!
//! One closed enum; its order is part of the wire format and only ever appended to. The identity
//! of a command is the hash of its body, so the same request signed twice is one command.
//!
//! # Place      gateway signs -> ledger port -> mempool -> block -> [execute]
//! # Invariants W5 the id leaves signatures out and names the signers; W6 signers are
//! #            sorted, none twice, and each has one signature
//! # Absent     what a command does (see `execute`); screening and personal data (gateways)

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    authority::RoleKey,
    codec::{CodecError, decode, encode},
    controls::MintTerms,
    digest::{Domain, Hash32},
    freeze::FreezeTarget,
    id::{AccountId, ChainId, CommandId, EntryId, Leg, LegId, Lei, PartyId, ReserveId, Text},
    limits::{MAX_COMMAND_BYTES, MAX_SIGNATURES},
    member::DirectoryEntry,
    money::{Currency, Money},
    party::{Level, StandingStatus},
    reserve::{Attestation, BankEntry, EvidenceClass},
    signature::{
        Claim, KeySignature, PublicKey, Signature, Signed, Signer, SignerError, Statement,
    },
    time::LedgerTime,
};

/// What is asked of the ledger. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Puts an action before a second person.
    Propose {
        /// What is to happen.
        action: Action,
        /// Until when approvals count.
        expires: LedgerTime,
    },
    /// A further person's yes to a proposal; the last one needed makes it happen.
    Approve(Approval),
    /// A member's statement about one of its customers.
    SetStanding(SetStanding),
    /// A custodian's signed balance of a reserve account.
    Attest(Attestation),
    /// One booked entry of a reserve account, credit or debit, signed by its custodian.
    RecordEntry(BankEntry),
    /// A member's request to be given tokens for money it paid in.
    RequestMint(MintRequest),
    /// Earmarks money for a payment until the beneficiary bank answers.
    Hold(Hold),
    /// Settles a held payment with the beneficiary bank's acceptance.
    Post(Post),
    /// Gives a held payment's money back.
    Void(Void),
    /// Settles a payment at once, with the acceptance already given.
    Transfer(Transfer),
    /// Fixes a leg for ever: after it the leg cannot settle; its receipt says whether it had.
    Close(Leg),
    /// Locks tokens that shall be paid out.
    Preburn(Preburn),
    /// The holder takes a redemption back before its payout is instructed.
    CancelRedemption {
        /// The command that preburned.
        redemption: CommandId,
    },
    /// Stops an account, a customer or the minting of a currency at once.
    Freeze(Freeze),
    /// A member's commitment to what it may want to show later.
    Anchor {
        /// Salted root.
        root: Hash32,
    },
    /// The payee's bank says that its customer has the money of a settled leg.
    ConfirmCredit {
        /// The settled leg.
        leg: LegId,
        /// Since when.
        at: LedgerTime,
    },
}

/// What needs more than one person. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Admits an institution to the network.
    AdmitMember(DirectoryEntry),
    /// Opens a member's settlement account in a currency.
    OpenAccount {
        /// Whose.
        member: Lei,
        /// In which currency.
        currency: Currency,
        /// Random bytes that make the address unguessable.
        blind: Hash32,
    },
    /// Registers an account at a custodian as part of a currency's reserves.
    RegisterReserve {
        /// The bank that holds it.
        custodian: Lei,
        /// The currency.
        currency: Currency,
        /// Salted commitment to the account's number.
        account: Hash32,
        /// Who signs for it.
        class: EvidenceClass,
        /// Part of its balance that does not count, in basis points.
        haircut: u16,
    },
    /// Registers a key: a custodian's, an agent's, an operator's, a regulator's, a member's.
    RegisterKey(RoleKey),
    /// Creates tokens against one bank entry and one member's request.
    Mint {
        /// The paying member's request.
        request: CommandId,
        /// The credit entry that pays for it.
        entry: EntryId,
    },
    /// Tells the network that a redemption's payout was instructed.
    InstructPayout {
        /// The command that preburned.
        redemption: CommandId,
    },
    /// Destroys preburned tokens against one bank entry.
    ConfirmPayout {
        /// The command that preburned.
        redemption: CommandId,
        /// The debit entry that paid them out.
        entry: EntryId,
    },
    /// Gives preburned tokens back: the custodian did not pay.
    CancelPayout {
        /// The command that preburned.
        redemption: CommandId,
    },
    /// Lifts a freeze.
    Unfreeze {
        /// What was frozen.
        target: FreezeTarget,
    },
    /// Revokes a key, at once and for ever.
    RevokeKey {
        /// Which.
        key: PublicKey,
    },
    /// Sets what a currency's treasury may mint, and how fresh attestations must be for it.
    SetMintTerms {
        /// The currency.
        currency: Currency,
        /// All its terms: they replace those before.
        terms: MintTerms,
    },
}

impl Action {
    /// What approvals name: hash of the canonical bytes.
    #[must_use]
    pub fn content(&self) -> Hash32 {
        Domain::Proposal.hash_of(self)
    }
}

/// A person's yes, bound to exactly what was proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The command that proposed it.
    pub proposal: CommandId,
    /// Hash of the proposed action, as the approver saw it.
    pub content: Hash32,
    /// Version of the approval policy the approver acted under.
    pub policy_version: u32,
}

/// A member's statement about a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetStanding {
    /// The customer's handle.
    pub party: PartyId,
    /// How well it is known.
    pub level: Level,
    /// Whether it may pay and be paid.
    pub status: StandingStatus,
    /// Until when.
    pub expires: LedgerTime,
    /// Salted commitment to the evidence, which stays with the member.
    pub evidence: Hash32,
}

/// A member's request to mint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MintRequest {
    /// The account to credit.
    pub account: AccountId,
    /// How much.
    pub money: Money,
    /// The reserve account into which the member paid.
    pub reserve: ReserveId,
    /// The reference under which it paid.
    pub reference: Text,
}

/// Locks tokens for redemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preburn {
    /// The account whose tokens are redeemed.
    pub account: AccountId,
    /// How much.
    pub money: Money,
    /// The reserve account that shall pay.
    pub reserve: ReserveId,
}

/// Stops an account, a customer or the minting of a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// What.
    pub target: FreezeTarget,
    /// The case in the books of network compliance, by a name that says nothing to others.
    pub reference: Text,
}

/// A payment as both signatures over it see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// What makes it unique.
    pub leg: Leg,
    /// The account that pays.
    pub debit: AccountId,
    /// The customer on whose behalf.
    pub debtor: PartyId,
    /// How much.
    pub money: Money,
    /// Salted commitment to the message that was delivered to the beneficiary bank.
    pub message: Hash32,
}

impl Payment {
    /// What gate and payee sign about: hash of the canonical bytes.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Domain::Payment.hash_of(self)
    }
}

/// The paying member's gate says that the payment passed screening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateAttestation {
    /// [`Payment::hash`].
    pub payment: Hash32,
    /// Which sanctions list it was screened against.
    pub list_version: Hash32,
    /// Which rules.
    pub rule_version: u32,
    /// Until when the hold or transfer may be ordered.
    pub expires: LedgerTime,
}

impl Statement for GateAttestation {
    fn domain(&self) -> Domain {
        Domain::Gate
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// The beneficiary bank's yes: where the money shall go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// [`Payment::hash`].
    pub payment: Hash32,
    /// The account to credit.
    pub credit: AccountId,
    /// The customer who is paid.
    pub creditor: PartyId,
    /// Until when the payment may settle.
    pub expires: LedgerTime,
}

impl Statement for Acceptance {
    fn domain(&self) -> Domain {
        Domain::Acceptance
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// Earmarks money for a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The payment.
    pub payment: Payment,
    /// Its clearance.
    pub gate: Signed<GateAttestation>,
    /// Until when it can be posted; from then on either bank can void it.
    pub expires: LedgerTime,
}

/// Settles a held payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// The held leg.
    pub leg: LegId,
    /// The beneficiary bank's yes.
    pub acceptance: Signed<Acceptance>,
}

/// Why a hold ended without settlement. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VoidReason {
    /// The beneficiary bank said no.
    Rejected,
    /// The payer withdrew it before it was posted.
    Withdrawn,
    /// The hold's time was over.
    Expired,
}

/// Gives a held payment's money back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// The held leg.
    pub leg: LegId,
    /// Why.
    pub reason: VoidReason,
}

/// Settles a payment at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The payment.
    pub payment: Payment,
    /// Its clearance.
    pub gate: Signed<GateAttestation>,
    /// The beneficiary bank's yes.
    pub acceptance: Signed<Acceptance>,
}

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
        let command: Self = decode(bytes, MAX_COMMAND_BYTES)?;
        command.check_shape()?;
        Ok(command)
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
        let digest = self.body.digest();
        let signed = self.body.signers.iter().zip(&self.signatures);
        let mut claims: Vec<Claim> = signed
            .map(|(key, signature)| KeySignature { key: *key, signature: *signature })
            .map(|by| Claim { by, digest })
            .collect();
        match &self.body.command {
            Command::Hold(hold) => claims.push(hold.gate.claim()),
            Command::Post(post) => claims.push(post.acceptance.claim()),
            Command::Transfer(transfer) => {
                claims.push(transfer.gate.claim());
                claims.push(transfer.acceptance.claim());
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
            | Command::ConfirmCredit { .. } => {}
        }
        claims
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
    /// hundred bytes.
    #[must_use]
    pub fn units(&self, encoded_bytes: usize) -> u32 {
        let records: u32 = match &self.body.command {
            Command::SetStanding(_) | Command::Attest(_) => 3,
            Command::RecordEntry(_) => 5,
            Command::Propose { .. }
            | Command::RequestMint(_)
            | Command::Freeze(_)
            | Command::Anchor { .. }
            | Command::ConfirmCredit { .. } => 2,
            Command::Approve(_) => 8,
            Command::Hold(_)
            | Command::Void(_)
            | Command::Close(_)
            | Command::Preburn(_)
            | Command::CancelRedemption { .. } => 4,
            Command::Post(_) | Command::Transfer(_) => 6,
        };
        let signatures = u32::try_from(self.claims().len()).unwrap_or(u32::MAX);
        let bytes = u32::try_from(encoded_bytes.div_ceil(100)).unwrap_or(u32::MAX);
        records.saturating_add(signatures).saturating_mul(10).saturating_add(bytes)
    }
}
