//! Receipts: what a command did, or why it did nothing. Every executed command has one; one that
//! settled several legs has one for each of them.
//!
//! # Place      one leaf each in the receipt tree of its block, under the history root
//! # Invariants I9 a receipt never changes; W8 its leaf is salted, so it shows nothing of others
//! # Absent     balances (a counterparty sees the receipt too)

use move_like_vm::{runtime::TypeTag, status::Status};
use serde::{Deserialize, Serialize};

use crate::{
    asset::Units,
    codec::encode,
    command::{Command, VoidReason},
    digest::{Hash32, leaf_hash},
    id::{AccountId, CommandId, Leg, Lei},
    merkle::LogHead,
    money::Money,
    program::ModuleKey,
    refusal::Refusal,
    time::{Height, LedgerTime},
};

/// Version of [`Receipt`].
pub const RECEIPT_VERSION: u8 = 1;

/// What kind of command a receipt is of. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// [`Command::Propose`].
    Propose,
    /// [`Command::Approve`].
    Approve,
    /// [`Command::SetStanding`].
    SetStanding,
    /// [`Command::Attest`].
    Attest,
    /// [`Command::RecordEntry`].
    RecordEntry,
    /// [`Command::RequestMint`].
    RequestMint,
    /// [`Command::Hold`].
    Hold,
    /// [`Command::Post`].
    Post,
    /// [`Command::Void`].
    Void,
    /// [`Command::Transfer`].
    Transfer,
    /// [`Command::Close`].
    Close,
    /// [`Command::Preburn`].
    Preburn,
    /// [`Command::CancelRedemption`].
    CancelRedemption,
    /// [`Command::Freeze`].
    Freeze,
    /// [`Command::Anchor`].
    Anchor,
    /// [`Command::ConfirmCredit`].
    ConfirmCredit,
    /// [`Command::Return`].
    Return,
    /// [`Command::PostPart`].
    PostPart,
    /// [`Command::Settle`].
    Settle,
    /// [`Command::Bulk`].
    Bulk,
    /// [`Command::Schedule`].
    Schedule,
    /// [`Command::Release`], or the ledger itself at the beginning of a block.
    Release,
    /// [`Command::Clear`].
    Clear,
    /// [`Command::Move`].
    Move,
    /// [`Command::Enqueue`].
    Enqueue,
    /// [`Command::Requeue`].
    Requeue,
    /// [`Command::SetQueueTerms`].
    SetQueueTerms,
    /// [`Command::SettleQueued`].
    SettleQueued,
    /// [`Command::Deliver`].
    Deliver,
    /// [`Command::Exchange`].
    Exchange,
    /// [`Command::Surrender`].
    Surrender,
    /// [`Command::Reclaim`].
    Reclaim,
    /// [`Command::WithdrawApproval`].
    WithdrawApproval,
    /// [`Command::Invoke`].
    Invoke,
    /// [`Command::Accuse`].
    Accuse,
    /// [`Command::Halt`].
    Halt,
    /// [`Command::Signal`].
    Signal,
}

impl Kind {
    /// The kind of a command.
    #[must_use]
    pub const fn of(command: &Command) -> Self {
        match command {
            Command::Propose { .. } => Self::Propose,
            Command::Approve(_) => Self::Approve,
            Command::SetStanding(_) => Self::SetStanding,
            Command::Attest(_) => Self::Attest,
            Command::RecordEntry(_) => Self::RecordEntry,
            Command::RequestMint(_) => Self::RequestMint,
            Command::Hold(_) => Self::Hold,
            Command::Post(_) => Self::Post,
            Command::Void(_) => Self::Void,
            Command::Transfer(_) => Self::Transfer,
            Command::Close(_) => Self::Close,
            Command::Preburn(_) => Self::Preburn,
            Command::CancelRedemption { .. } => Self::CancelRedemption,
            Command::Freeze(_) => Self::Freeze,
            Command::Anchor { .. } => Self::Anchor,
            Command::ConfirmCredit { .. } => Self::ConfirmCredit,
            Command::Return(_) => Self::Return,
            Command::PostPart(_) => Self::PostPart,
            Command::Settle(_) => Self::Settle,
            Command::Bulk(_) => Self::Bulk,
            Command::Schedule(_) => Self::Schedule,
            Command::Release { .. } => Self::Release,
            Command::Clear(_) => Self::Clear,
            Command::Move(_) => Self::Move,
            Command::Enqueue(_) => Self::Enqueue,
            Command::Requeue { .. } => Self::Requeue,
            Command::SetQueueTerms { .. } => Self::SetQueueTerms,
            Command::SettleQueued(_) => Self::SettleQueued,
            Command::Deliver(_) => Self::Deliver,
            Command::Exchange(_) => Self::Exchange,
            Command::Surrender(_) => Self::Surrender,
            Command::Reclaim { .. } => Self::Reclaim,
            Command::WithdrawApproval { .. } => Self::WithdrawApproval,
            Command::Invoke(_) => Self::Invoke,
            Command::Accuse(_) => Self::Accuse,
            Command::Halt { .. } => Self::Halt,
            Command::Signal { .. } => Self::Signal,
        }
    }

    /// Its name in files and on screens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Approve => "approve",
            Self::SetStanding => "set_standing",
            Self::Attest => "attest",
            Self::RecordEntry => "record_entry",
            Self::RequestMint => "request_mint",
            Self::Hold => "hold",
            Self::Post => "post",
            Self::Void => "void",
            Self::Transfer => "transfer",
            Self::Close => "close",
            Self::Preburn => "preburn",
            Self::CancelRedemption => "cancel_redemption",
            Self::Freeze => "freeze",
            Self::Anchor => "anchor",
            Self::ConfirmCredit => "confirm_credit",
            Self::Return => "return",
            Self::PostPart => "post_part",
            Self::Settle => "settle",
            Self::Bulk => "bulk",
            Self::Schedule => "schedule",
            Self::Release => "release",
            Self::Clear => "clear",
            Self::Move => "move",
            Self::Enqueue => "enqueue",
            Self::Requeue => "requeue",
            Self::SetQueueTerms => "set_queue_terms",
            Self::SettleQueued => "settle_queued",
            Self::Deliver => "deliver",
            Self::Exchange => "exchange",
            Self::Surrender => "surrender",
            Self::Reclaim => "reclaim",
            Self::WithdrawApproval => "withdraw_approval",
            Self::Invoke => "invoke",
            Self::Accuse => "accuse",
            Self::Halt => "halt",
            Self::Signal => "signal",
        }
    }
}

/// What an applied command did. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// A proposal stands before further persons.
    Proposed,
    /// A further person said yes; more are needed.
    Approved,
    /// The last person needed said yes and the action happened.
    Executed,
    /// Tokens were created.
    Minted,
    /// A customer's standing was set.
    StandingSet,
    /// A balance was attested.
    Attested,
    /// A bank entry was recorded.
    EntryRecorded,
    /// A mint was requested.
    MintRequested,
    /// Money was earmarked.
    Held,
    /// Money moved: the payment is settled.
    Settled,
    /// An earmark was given back.
    Voided(VoidReason),
    /// The leg is fixed; it had not settled and never can.
    ClosedUnsettled,
    /// The leg is fixed; it had settled.
    ClosedSettled,
    /// Tokens were locked for redemption.
    Preburned,
    /// The holder took a redemption back.
    RedemptionCancelled,
    /// A redemption's payout was instructed.
    PayoutInstructed,
    /// Tokens were destroyed: their payout is booked.
    Burned,
    /// A payout will not happen; its tokens were given back.
    PayoutCancelled,
    /// An account, a customer, minting or a currency was stopped.
    Frozen,
    /// A freeze was lifted.
    Unfrozen,
    /// A key was revoked.
    KeyRevoked,
    /// A member's commitment was recorded.
    Anchored,
    /// The payee's bank confirmed that its customer was credited.
    CreditConfirmed,
    /// Money was earmarked for a payment that settles by itself later.
    Scheduled,
    /// A member's clearance of a payment was recorded.
    Cleared,
    /// Frozen money was moved by a court's order.
    Seized,
    /// Frozen money was destroyed by a court's order.
    BurnedByOrder,
    /// Money moved between two accounts of one member.
    Moved,
    /// A payment waits in the queue of the account that pays.
    Queued,
    /// A queued payment took a new place.
    Requeued,
    /// The terms of an account's queue were set.
    QueueTermsSet,
    /// Units of an asset were created.
    UnitsIssued(Units),
    /// Units moved between two members: the delivery is settled.
    UnitsDelivered(Units),
    /// Units were given up, so that their registrar may cancel them.
    UnitsSurrendered(Units),
    /// The holder took surrendered units back.
    UnitsReclaimed(Units),
    /// Surrendered units were destroyed.
    UnitsCancelled(Units),
    /// A person took back its yes to a proposal.
    ApprovalWithdrawn,
    /// A function of a contract ran to its end.
    Invoked,
    /// A validator's misconduct was recorded.
    MisconductRecorded,
    /// The network was halted.
    NetworkHalted,
    /// A halt was ended before its time.
    NetworkResumed,
    /// Validators said which version of the rules they know.
    RulesSignalled,
}

impl Effect {
    /// Its name in files and on screens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Executed => "executed",
            Self::Minted => "minted",
            Self::StandingSet => "standing_set",
            Self::Attested => "attested",
            Self::EntryRecorded => "entry_recorded",
            Self::MintRequested => "mint_requested",
            Self::Held => "held",
            Self::Settled => "settled",
            Self::Voided(VoidReason::Rejected) => "voided_rejected",
            Self::Voided(VoidReason::Withdrawn) => "voided_withdrawn",
            Self::Voided(VoidReason::Expired) => "voided_expired",
            Self::Voided(VoidReason::NotReleased) => "voided_not_released",
            Self::ClosedUnsettled => "closed_unsettled",
            Self::ClosedSettled => "closed_settled",
            Self::Preburned => "preburned",
            Self::RedemptionCancelled => "redemption_cancelled",
            Self::PayoutInstructed => "payout_instructed",
            Self::Burned => "burned",
            Self::PayoutCancelled => "payout_cancelled",
            Self::Frozen => "frozen",
            Self::Unfrozen => "unfrozen",
            Self::KeyRevoked => "key_revoked",
            Self::Anchored => "anchored",
            Self::CreditConfirmed => "credit_confirmed",
            Self::Scheduled => "scheduled",
            Self::Cleared => "cleared",
            Self::Seized => "seized",
            Self::BurnedByOrder => "burned_by_order",
            Self::Moved => "moved",
            Self::Queued => "queued",
            Self::Requeued => "requeued",
            Self::QueueTermsSet => "queue_terms_set",
            Self::UnitsIssued(_) => "units_issued",
            Self::UnitsDelivered(_) => "units_delivered",
            Self::UnitsSurrendered(_) => "units_surrendered",
            Self::UnitsReclaimed(_) => "units_reclaimed",
            Self::UnitsCancelled(_) => "units_cancelled",
            Self::ApprovalWithdrawn => "approval_withdrawn",
            Self::Invoked => "invoked",
            Self::MisconductRecorded => "misconduct_recorded",
            Self::NetworkHalted => "network_halted",
            Self::NetworkResumed => "network_resumed",
            Self::RulesSignalled => "rules_signalled",
        }
    }
}

/// A place in the code of a published module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePlace {
    /// The module.
    pub module: ModuleKey,
    /// The index of the function's definition.
    pub function: u16,
    /// The index of the instruction in its code.
    pub instruction: u16,
}

/// What a contract tells the parties of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its type in BCS, which is a struct. Only the module that defines it makes values of it.
    pub tag: Vec<u8>,
    /// The value, in BCS.
    pub value: Vec<u8>,
}

/// What the machine says of a call, or of modules that were to be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Gas that was used.
    pub gas_used: u64,
    /// Move's number of how it ended: 4001 where it came to its end.
    pub status: u16,
    /// The code of an abort, or of a refused vector operation.
    pub code: Option<u64>,
    /// Where a call stopped.
    pub place: Option<CodePlace>,
    /// What contracts told while it ran, in order; nothing of a call that stopped.
    pub events: Vec<Event>,
}

/// Applied, or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It had this effect.
    Applied(Effect),
    /// It had none, for this reason.
    Refused(Refusal),
}

/// What the ledger says about one command, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Always [`RECEIPT_VERSION`].
    pub version: u8,
    /// Height of its block.
    pub height: Height,
    /// Its place among the receipts of its block.
    pub index: u32,
    /// When the matter was entered: its hold or request, else its block.
    pub entered: LedgerTime,
    /// When it became irrevocable: the time of its block.
    pub irrevocable: LedgerTime,
    /// The command.
    pub command: CommandId,
    /// Whose command.
    pub organisation: Lei,
    /// What kind.
    pub kind: Kind,
    /// What came of it.
    pub outcome: Outcome,
    /// The leg, for payments.
    pub leg: Option<Leg>,
    /// The account that pays.
    pub debit: Option<AccountId>,
    /// The account that is paid.
    pub credit: Option<AccountId>,
    /// How much.
    pub money: Option<Money>,
    /// Who may see it, sorted.
    pub parties: Vec<Lei>,
    /// What the machine says, where it ran.
    pub run: Option<Run>,
}

impl Event {
    /// The struct that it is, as Move writes it; `None` where the bytes are no type.
    #[must_use]
    pub fn type_name(&self) -> Option<String> {
        TypeTag::from_bytes(&self.tag).ok().map(|tag| tag.to_string())
    }
}

impl Run {
    /// Whether it came to its end.
    #[must_use]
    pub const fn is_executed(&self) -> bool {
        self.status == Status::Executed.number()
    }

    /// Move's name of how it ended.
    #[must_use]
    pub fn status_name(&self) -> Option<&'static str> {
        let mut all = Status::ALL.iter();
        all.find(|status| status.number() == self.status).map(|status| status.name())
    }
}

impl Receipt {
    /// Its leaf in the receipt tree of its block.
    #[must_use]
    pub fn leaf(&self, salt: &Hash32) -> Hash32 {
        leaf_hash(salt, &encode(self))
    }
}

/// A block in the history tree: what it was and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLeaf {
    /// Height of the block.
    pub height: Height,
    /// Digest of its header.
    pub digest: Hash32,
    /// Number of receipts and root over them.
    pub receipts: LogHead,
    /// State root after it.
    pub state_root: Hash32,
}

impl HistoryLeaf {
    /// Its hash in the history tree. Unsalted: everything in it is a blinded hash already.
    #[must_use]
    pub fn leaf(&self) -> Hash32 {
        leaf_hash(&Hash32::ZERO, &encode(self))
    }
}
