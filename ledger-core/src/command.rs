//! Commands: what a member, custodian, treasury or operator signs.
//!
//! One closed enum; its order is part of the wire format and only ever appended to. The identity
//! of a command is the hash of its body, so the same request signed twice is one command.
//!
//! # Place      gateway signs -> ledger port -> mempool -> block -> [execute]
//! # Invariants W5 the id leaves signatures out and names the signers; W6 signers are
//! #            sorted, none twice, and each has one signature
//! # Absent     what a command does (see `execute`); screening and personal data (gateways)

mod signed;

use serde::{Deserialize, Serialize};

use crate::{
    address::ValidatorAddress,
    asset::{AssetCode, AssetStatus, AssetTerms, Deliver, Surrender, Units},
    authority::{Role, RoleKey},
    bulk::Bulk,
    codec::encode,
    controls::MintTerms,
    digest::{Domain, Hash32},
    directory::{DirectoryChange, Naming},
    exchange::Exchange,
    freeze::FreezeTarget,
    halt::HaltOrder,
    id::{AccountId, CommandId, EntryId, Leg, LegId, Lei, PartyId, PolicyId, ReserveId, Text},
    invoke::Invoke,
    key_limits::KeyTerms,
    member::DirectoryEntry,
    misconduct::Evidence,
    money::{Currency, Money},
    movement::MovementTerms,
    parameters::ParameterChanges,
    party::{Level, StandingStatus},
    policy::{PolicyMode, Subject},
    program::Bundle,
    queue::{Enqueue, NettingSet, QueueTerms},
    reserve::{Attestation, BankEntry, EvidenceClass},
    returns::Return,
    rotation::Rotation,
    rules::RulesVersion,
    schedule::Schedule,
    screening::Clear,
    seizure::SeizureOrder,
    settlement::Settle,
    signature::{PublicKey, Signed, Statement},
    signing::Step,
    spending::PaymentTerms,
    sub_account::{Move, OpenSub},
    time::LedgerTime,
    validators::CommitteeChange,
};

pub use signed::{Body, CommandError, Identified, SignedCommand, ids_of};

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
    /// Stops an account, a customer, the minting of a currency or a currency at once.
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
    /// Gives back, in full or in part, what a settled payment brought.
    Return(Return),
    /// Settles a part of a held payment; the rest is free again.
    PostPart(PostPart),
    /// Settles several legs of several payers at once, or none.
    Settle(Settle),
    /// Settles many payments from one account under one signature.
    Bulk(Bulk),
    /// Earmarks money for a payment that settles by itself at a later ledger time.
    Schedule(Schedule),
    /// Settles a scheduled payment whose time has come.
    Release {
        /// The scheduled leg.
        leg: LegId,
    },
    /// A member says that a payment passed its screening: the payer's anew, or the payee's.
    Clear(Clear),
    /// Moves money between two accounts of the sender.
    Move(Move),
    /// Puts a payment into the queue of the account that pays, or settles it if nothing keeps it.
    Enqueue(Enqueue),
    /// Gives a queued payment another priority: it takes a new place.
    Requeue {
        /// The queued leg.
        leg: LegId,
        /// How urgent it is: larger goes first.
        priority: u32,
    },
    /// A member's own choices about what waits to be paid from an account.
    SetQueueTerms {
        /// The account.
        account: AccountId,
        /// All its terms: they replace those before.
        terms: QueueTerms,
    },
    /// Settles queued payments at once, or none.
    SettleQueued(NettingSet),
    /// Delivers units of an asset free of payment, with the acceptance already given.
    Deliver(Deliver),
    /// Settles legs in money and legs in units at once, or none.
    Exchange(Exchange),
    /// Gives units up, so that their registrar may cancel them.
    Surrender(Surrender),
    /// The holder takes a surrender back before it is cancelled.
    Reclaim {
        /// The command that surrendered.
        surrender: CommandId,
    },
    /// The persons who sign take back their yes to a proposal that still collects approvals.
    WithdrawApproval {
        /// The command that proposed it.
        proposal: CommandId,
    },
    /// Calls a function of a published module.
    Invoke(Invoke),
    /// Shows that a validator cast two votes that contradict each other.
    Accuse(Evidence),
    /// Halts the network at once, by one emergency key.
    Halt {
        /// The case, by a name that says nothing to others.
        reference: Text,
    },
    /// Validators say which version of the rules they know at most.
    Signal {
        /// The version.
        version: RulesVersion,
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
    /// Sets what may be paid in a currency on behalf of one customer, by its level.
    SetPaymentTerms {
        /// The currency.
        currency: Currency,
        /// All its terms: they replace those before.
        terms: PaymentTerms,
    },
    /// Registers a sanctions list as the most recent of the network.
    RegisterList {
        /// Its version.
        list: Hash32,
    },
    /// Sets the oldest list and rules under which a payment may still be cleared.
    SetScreening {
        /// The oldest list; without one any list will do.
        oldest: Option<Hash32>,
        /// The oldest version of rules.
        rule_version: u32,
    },
    /// Sets what is demanded of all movements of a currency.
    SetMovementTerms {
        /// The currency.
        currency: Currency,
        /// All its terms: they replace those before.
        terms: MovementTerms,
    },
    /// Carries out a court's order.
    Seize(SeizureOrder),
    /// Makes a policy that lists nobody.
    CreatePolicy {
        /// Its name: random bytes.
        policy: PolicyId,
        /// What being listed means.
        mode: PolicyMode,
    },
    /// Lists subjects in a policy, or takes them off its list.
    ListInPolicy {
        /// The policy.
        policy: PolicyId,
        /// Whom; at most [`crate::limits::MAX_POLICY_SUBJECTS`].
        subjects: Vec<Subject>,
        /// Whether they are listed from now on.
        listed: bool,
    },
    /// Stops a member until it is reinstated.
    SuspendMember {
        /// Which.
        member: Lei,
    },
    /// Lets a suspended member act again.
    ReinstateMember {
        /// Which.
        member: Lei,
    },
    /// Operators replace a key by another of the same person, role and organisation.
    RotateKey(Rotation),
    /// A member's administrators replace one of its keys in the same way.
    RotateOwnKey(Rotation),
    /// A member's administrators register a further key of it.
    RegisterOwnKey(RoleKey),
    /// A member's administrators revoke one of its keys, at once and for ever.
    RevokeOwnKey {
        /// Which.
        key: PublicKey,
    },
    /// A member's administrators set how many persons its commands in a role need.
    SetRolePolicy {
        /// Settlement or admin.
        role: Role,
        /// How many distinct persons.
        persons: u8,
    },
    /// A member's administrators set how many persons debits of one of its accounts need.
    SetAccountPolicy {
        /// Which account.
        account: AccountId,
        /// All its steps: they replace those before.
        steps: Vec<Step>,
    },
    /// A member's administrators limit what may be entered with one of its settlement keys.
    SetKeyLimits {
        /// Which key; the limits are those of all settlement keys of its person.
        key: PublicKey,
        /// In which currency.
        currency: Currency,
        /// All its limits: they replace those before.
        terms: KeyTerms,
    },
    /// A member's administrators open an account under one that it has.
    OpenSubAccount(OpenSub),
    /// Registers an asset, of which there is nothing yet.
    RegisterAsset(AssetTerms),
    /// Sets whether units of an asset move.
    SetAssetStatus {
        /// Which asset.
        asset: AssetCode,
        /// Whether they do.
        status: AssetStatus,
    },
    /// A registrar creates units of its asset.
    IssueUnits {
        /// The account that is given.
        account: AccountId,
        /// What and how much.
        units: Units,
    },
    /// A registrar destroys units that their holder surrendered.
    CancelUnits {
        /// The command that surrendered.
        surrender: CommandId,
    },
    /// Changes parameters of the network from a block on; members vote on it.
    ChangeParameters(ParameterChanges),
    /// Decides who validates from a block on; members vote on it.
    ChangeValidators(CommitteeChange),
    /// A member's administrators vote on what is before the members.
    Vote {
        /// What the vote is about, bound as an approval is.
        said: Approval,
        /// Yes, or that the member takes its yes back.
        yes: bool,
    },
    /// Publishes modules of contracts; members vote on those of the network's own.
    PublishModules(Bundle),
    /// Halts the network, or gives a halt another end.
    HaltNetwork(HaltOrder),
    /// Ends a halt before its time.
    ResumeNetwork {
        /// Its number.
        halt: u64,
    },
    /// Says where a validator is reached by the others; members vote on it.
    MoveValidator(ValidatorAddress),
    /// A member's administrators change how others reach it, after notice.
    ChangeDirectory(DirectoryChange),
    /// A member's administrators revoke a key to which messages for it were sealed, at once.
    RevokeMessageKey {
        /// Which.
        key: Hash32,
        /// The key in its place, where it is the one in the directory entry.
        replacement: Option<Hash32>,
    },
    /// Operators say under which names messages know a member, after notice.
    NameMember(Naming),
    /// Operators set how long changes of directory entries are known before they act.
    SetDirectoryTerms {
        /// In milliseconds.
        notice_ms: u64,
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

/// Stops an account, a customer, the minting of a currency or a currency.
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

    /// [`Payment::hash`] of each, side by side.
    #[must_use]
    pub fn hashes(payments: &[Self]) -> Vec<Hash32> {
        Domain::Payment.hashes_of(payments)
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
    /// [`Payment::hash`], or [`crate::asset::Delivery::hash`].
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

/// Settles a part of a held payment: the beneficiary bank takes less than was earmarked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostPart {
    /// The held leg and the beneficiary bank's yes.
    pub post: Post,
    /// How much of it, in minor units.
    pub minor: u128,
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
    /// A scheduled payment could not settle when its time came.
    NotReleased,
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
