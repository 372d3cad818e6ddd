//! The halt: a network that takes nothing which moves money, while its blocks go on.
//!
//! ```text
//! emergency: Halt, one key                 24 hours
//! operators: HaltNetwork                   until the time it names, 7 days at most
//!                |
//!              halted: no money and no unit moves; what is governed goes on
//!                |
//! operators: ResumeNetwork{halt}, or its time is over: whichever is first
//! ```
//!
//! # Place      `execute` asks before each command's rule and before it sweeps, `proposal` before an action
//! #            happens
//! # Invariants D9 while halted no balance, position or vault changes; D10 who halts is one emergency key or
//! #            operators, and a halt ends by itself; D11 only operators end it before, and for the halt
//! #            that they have seen
//! # Absent     a halt of one member (`suspension`), of one currency (`freeze`); history of halts (their
//! #            receipts)

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    command::{Action, Command},
    draft::{Draft, Records, Signers},
    execute::Facts,
    id::{Lei, Text},
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    time::{Height, LedgerTime},
};

/// How long a halt by one emergency key lasts, in milliseconds: a day.
pub const EMERGENCY_HALT_MS: u64 = 24 * 60 * 60 * 1_000;
/// The longest that operators halt at once, in milliseconds: seven days, as long as their proposals last.
pub const MAX_HALT_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// Who halted. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HaltedBy {
    /// One emergency key.
    Emergency,
    /// Operators, by a proposal.
    Operators,
}

/// What operators decide when they halt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HaltOrder {
    /// When it ends by itself: at most [`MAX_HALT_MS`] ahead.
    pub until: LedgerTime,
    /// The case in the operators' books.
    pub reference: Text,
}

/// The record of the last halt; none before the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// Its number: 1 for the first, one more with every decision to halt.
    pub number: u64,
    /// Who decided it.
    pub by: HaltedBy,
    /// The block that decided it.
    pub height: Height,
    /// From when on.
    pub from: LedgerTime,
    /// From when on no longer: the time it was decided for, or at which it was lifted.
    pub until: LedgerTime,
    /// The case.
    pub reference: Text,
    /// The block in which operators lifted it, if they did.
    pub resumed: Option<Height>,
}

impl Halt {
    /// The last halt of a ledger.
    #[must_use]
    pub fn of(view: &dyn Records) -> Option<&Self> {
        match view.record(&Name::Halt) {
            Some(Record::Halt(found)) => Some(found),
            _ => None,
        }
    }

    /// Whether it is on at a ledger time.
    #[must_use]
    pub fn is_on(&self, now: LedgerTime) -> bool {
        now < self.until
    }
}

/// Whether a ledger is halted at this time.
#[must_use]
pub fn is_halted(view: &dyn Records, now: LedgerTime) -> bool {
    Halt::of(view).is_some_and(|halt| halt.is_on(now))
}

fn last<'d>(draft: &'d Draft<'_>) -> Option<&'d Halt> {
    match draft.get(&Name::Halt) {
        Some(Record::Halt(found)) => Some(found),
        _ => None,
    }
}

fn is_on(draft: &Draft<'_>) -> bool {
    last(draft).is_some_and(|halt| halt.is_on(draft.now()))
}

/// Whether a halted ledger takes a command: what is governed, and what is said about the world (D9).
#[must_use]
pub const fn takes(command: &Command) -> bool {
    match command {
        Command::Propose { .. }
        | Command::Approve(_)
        | Command::WithdrawApproval { .. }
        | Command::Attest(_)
        | Command::RecordEntry(_)
        | Command::Freeze(_)
        | Command::Accuse(_)
        | Command::Halt { .. }
        | Command::Signal { .. } => true,
        Command::SetStanding(_)
        | Command::RequestMint(_)
        | Command::Hold(_)
        | Command::Post(_)
        | Command::Void(_)
        | Command::Transfer(_)
        | Command::Close(_)
        | Command::Preburn(_)
        | Command::CancelRedemption { .. }
        | Command::Anchor { .. }
        | Command::ConfirmCredit { .. }
        | Command::Return(_)
        | Command::PostPart(_)
        | Command::Settle(_)
        | Command::Bulk(_)
        | Command::Schedule(_)
        | Command::Release { .. }
        | Command::Clear(_)
        | Command::Move(_)
        | Command::Enqueue(_)
        | Command::Requeue { .. }
        | Command::SetQueueTerms { .. }
        | Command::SettleQueued(_)
        | Command::Deliver(_)
        | Command::Exchange(_)
        | Command::Surrender(_)
        | Command::Reclaim { .. }
        | Command::Invoke(_) => false,
    }
}

/// Whether an action may move money or units, so that it does not happen while the ledger is halted.
#[must_use]
pub const fn moves(action: &Action) -> bool {
    match action {
        Action::Mint { .. }
        | Action::InstructPayout { .. }
        | Action::ConfirmPayout { .. }
        | Action::CancelPayout { .. }
        | Action::Seize(_)
        | Action::IssueUnits { .. }
        | Action::CancelUnits { .. } => true,
        Action::AdmitMember(_)
        | Action::OpenAccount { .. }
        | Action::RegisterReserve { .. }
        | Action::RegisterKey(_)
        | Action::Unfreeze { .. }
        | Action::RevokeKey { .. }
        | Action::SetMintTerms { .. }
        | Action::SetPaymentTerms { .. }
        | Action::RegisterList { .. }
        | Action::SetScreening { .. }
        | Action::SetMovementTerms { .. }
        | Action::CreatePolicy { .. }
        | Action::ListInPolicy { .. }
        | Action::SuspendMember { .. }
        | Action::ReinstateMember { .. }
        | Action::RotateKey(_)
        | Action::RotateOwnKey(_)
        | Action::RegisterOwnKey(_)
        | Action::RevokeOwnKey { .. }
        | Action::SetRolePolicy { .. }
        | Action::SetAccountPolicy { .. }
        | Action::SetKeyLimits { .. }
        | Action::OpenSubAccount(_)
        | Action::RegisterAsset(_)
        | Action::SetAssetStatus { .. }
        | Action::ChangeParameters(_)
        | Action::ChangeValidators(_)
        | Action::Vote { .. }
        | Action::PublishModules(_)
        | Action::HaltNetwork(_)
        | Action::ResumeNetwork { .. }
        | Action::MoveValidator(_)
        | Action::ChangeDirectory(_)
        | Action::RevokeMessageKey { .. }
        | Action::NameMember(_)
        | Action::SetDirectoryTerms { .. } => false,
    }
}

/// Refuses a command that a halted ledger does not take, before its rule runs: the rule may be the
/// reason for the halt.
///
/// # Errors
/// [`Refusal::LedgerHalted`].
pub(crate) fn check(draft: &Draft<'_>, command: &Command) -> Result<(), Refusal> {
    if !takes(command) && is_on(draft) { Err(Refusal::LedgerHalted) } else { Ok(()) }
}

/// Refuses an action that does not happen while the ledger is halted, before its rule runs.
///
/// # Errors
/// [`Refusal::LedgerHalted`].
pub(crate) fn check_action(draft: &Draft<'_>, action: &Action) -> Result<(), Refusal> {
    if moves(action) && is_on(draft) { Err(Refusal::LedgerHalted) } else { Ok(()) }
}

/// Halts at once, by one emergency key. It neither lengthens a halt nor shortens one.
///
/// # Errors
/// [`Refusal::WrongRole`], [`Refusal::LedgerHalted`].
pub(crate) fn halt(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    signers: &Signers,
    reference: Text,
) -> Result<Facts, Refusal> {
    signers.require(Role::Emergency)?;
    if is_on(draft) {
        return Err(Refusal::LedgerHalted);
    }
    let until = draft.now().after(EMERGENCY_HALT_MS);
    put(draft, HaltedBy::Emergency, HaltOrder { until, reference });
    Ok(Facts::new(Effect::NetworkHalted, vec![*organisation]))
}

/// Operators halt, or give a halt another end: from now on it is theirs.
///
/// # Errors
/// [`Refusal::OutOfRange`].
pub(crate) fn decide(draft: &mut Draft<'_>, order: &HaltOrder) -> Result<Facts, Refusal> {
    if order.until <= draft.now() || order.until > draft.now().after(MAX_HALT_MS) {
        return Err(Refusal::OutOfRange);
    }
    put(draft, HaltedBy::Operators, order.clone());
    Ok(Facts::new(Effect::NetworkHalted, Vec::new()))
}

fn put(draft: &mut Draft<'_>, by: HaltedBy, HaltOrder { until, reference }: HaltOrder) {
    let number = last(draft).map_or(0, |halt| halt.number).saturating_add(1);
    let (height, from) = (draft.moment.height, draft.now());
    let halt = Halt { number, by, height, from, until, reference, resumed: None };
    draft.put(&Name::Halt, Record::Halt(Box::new(halt)));
}

/// Operators end a halt before its time. What they decide is about the halt that they name: what was
/// said about an earlier one does not end a later one.
///
/// # Errors
/// [`Refusal::NotHalted`].
pub(crate) fn resume(draft: &mut Draft<'_>, number: u64) -> Result<Facts, Refusal> {
    let now = draft.now();
    let halt = last(draft).filter(|halt| halt.is_on(now) && halt.number == number);
    let halt = halt.ok_or(Refusal::NotHalted)?.clone();
    let resumed = Some(draft.moment.height);
    let halt = Halt { until: now, resumed, ..halt };
    draft.put(&Name::Halt, Record::Halt(Box::new(halt)));
    Ok(Facts::new(Effect::NetworkResumed, Vec::new()))
}
