//! Screening as the ledger sees it: which sanctions lists and rules are recent enough, and what a
//! member's screening said of a payment.
//!
//! ```text
//! two persons of network compliance: RegisterList   the next in the order of lists
//!                                    SetScreening   the oldest list and rules that still count
//! Hold, Schedule                                    keep the clearance they came with, once there are lists
//! Clear                                             the payer's gate says yes anew; the payee's compliance says yes
//! ```
//!
//! # Place      `movement` asks when a payment is entered, and again when its money moves
//! # Invariants K4 no money moves on a clearance older than the minimum in force when it moves; K5 at
//! #            and above a currency's threshold none without the payee's compliance
//! # Absent     lists themselves and what they say of anybody (gateways)

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    command::{GateAttestation, Payment},
    digest::Hash32,
    draft::{Draft, Signers},
    execute::Facts,
    id::Lei,
    money::Money,
    movement,
    payment::MAX_HOLD_MS,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    time::LedgerTime,
};

/// On which side of a payment a member cleared it. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClearedBy {
    /// The payer's, by its gate.
    Payer,
    /// The payee's, by its compliance.
    Payee,
}

impl ClearedBy {
    /// The role of the keys that say so.
    const fn role(self) -> Role {
        match self {
            Self::Payer => Role::Gate,
            Self::Payee => Role::Compliance,
        }
    }
}

/// A member says that a payment passed its screening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clear {
    /// On which side of it.
    pub by: ClearedBy,
    /// [`Payment::hash`].
    pub payment: Hash32,
    /// Which sanctions list it was screened against.
    pub list_version: Hash32,
    /// Which rules.
    pub rule_version: u32,
    /// Until when that is good; at most [`MAX_HOLD_MS`] ahead.
    pub expires: LedgerTime,
}

/// What a member's screening said last of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clearance {
    /// Whose.
    pub member: Lei,
    /// What it said.
    pub said: Clear,
}

/// A sanctions list of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreeningList {
    /// Its version, a hash.
    pub list: Hash32,
    /// Its place in the order of lists, from 1 on.
    pub sequence: u64,
    /// When it was registered.
    pub registered: LedgerTime,
}

/// What is recent enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ScreeningTerms {
    /// How many lists were registered.
    pub lists: u64,
    /// Place of the oldest list that still counts; 0 as long as any does, registered or not.
    pub minimum: u64,
    /// Version of the oldest rules that still count.
    pub rule_version: u32,
}

/// How it is known that a payment passed its payer's screening.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clearing<'a> {
    /// By the clearance that came with the command.
    Given(&'a GateAttestation),
    /// By the one that was kept, or came since; its money moves at the word of a member.
    Kept,
    /// As [`Self::Kept`], and the ledger itself moves the money at the time that was set.
    Due,
    /// It was looked at before, for many payments together.
    Common,
}

/// Whether clearances of a payment are too old (K4), and whether the payee's is missing or, but for
/// what settles at a time set before, expired (K5).
pub(crate) fn faults(
    draft: &Draft<'_>,
    payment: &Payment,
    settles: bool,
    clearing: Clearing<'_>,
) -> [Option<Refusal>; 2] {
    let leg = payment.leg;
    let hash = || draft.payment_hash(payment);
    let payer = match clearing {
        Clearing::Given(gate) => outdated(draft, Some((gate.list_version, gate.rule_version))),
        Clearing::Kept | Clearing::Due => {
            let kept = said(draft, hash(), &leg.instructing, ClearedBy::Payer);
            outdated(draft, kept.map(|said| (said.list_version, said.rule_version)))
        }
        Clearing::Common => None,
    };
    let terms = movement::controls(draft, payment.money.currency()).terms;
    if !settles || !terms.needs_payee(payment.money.minor()) {
        return [payer, None];
    }
    let by_payee = said(draft, hash(), &leg.instructed, ClearedBy::Payee);
    let fresh = |said: &Clear| matches!(clearing, Clearing::Due) || said.expires > draft.now();
    let Some(yes) = by_payee.filter(fresh) else {
        return [payer, Some(Refusal::PayeeClearanceMissing)];
    };
    [payer.or_else(|| outdated(draft, Some((yes.list_version, yes.rule_version)))), None]
}

/// Whether a list or rules are older than the network demands (K4).
pub(crate) fn outdated(draft: &Draft<'_>, by: Option<(Hash32, u32)>) -> Option<Refusal> {
    let terms = terms(draft)?;
    if terms.minimum == 0 && terms.rule_version == 0 {
        return None;
    }
    let recent = by.is_some_and(|(list, rules)| {
        let listed = match draft.get(&Name::ScreeningList(list)) {
            Some(Record::ScreeningList(found)) => found.sequence,
            _ => 0,
        };
        listed >= terms.minimum && rules >= terms.rule_version
    });
    (!recent).then_some(Refusal::ScreeningOutdated)
}

/// Whether a payee's compliance has cleared what has this hash, where it is so large that it must (K5);
/// and whether that is too old (K4).
pub(crate) fn payee_faults(
    draft: &Draft<'_>,
    (hash, payee): (Hash32, &Lei),
    money: Money,
) -> [Option<Refusal>; 2] {
    if !movement::controls(draft, money.currency()).terms.needs_payee(money.minor()) {
        return [None, None];
    }
    let yes = said(draft, hash, payee, ClearedBy::Payee).filter(|yes| yes.expires > draft.now());
    match yes {
        Some(yes) => [outdated(draft, Some((yes.list_version, yes.rule_version))), None],
        None => [None, Some(Refusal::PayeeClearanceMissing)],
    }
}

/// The older of two clearances.
pub(crate) fn older(draft: &Draft<'_>, one: (Hash32, u32), other: (Hash32, u32)) -> (Hash32, u32) {
    let place = |list: Hash32| match draft.get(&Name::ScreeningList(list)) {
        Some(Record::ScreeningList(found)) => found.sequence,
        _ => 0,
    };
    let list = if place(other.0) < place(one.0) { other.0 } else { one.0 };
    (list, one.1.min(other.1))
}

/// Keeps the clearance of a payment whose money moves later, in a network that has lists or rules.
pub(crate) fn keep(draft: &mut Draft<'_>, payment: &Payment, gate: &GateAttestation) {
    if terms(draft).is_some() {
        let said = Clear {
            by: ClearedBy::Payer,
            payment: payment.hash(),
            list_version: gate.list_version,
            rule_version: gate.rule_version,
            expires: gate.expires,
        };
        put(draft, payment.leg.instructing, said);
    }
}

/// Records that a payment passed a member's screening; what the member said of it before is replaced.
///
/// # Errors
/// [`Refusal::WrongRole`], those about the member, [`Refusal::OutOfRange`],
/// [`Refusal::ScreeningOutdated`].
pub(crate) fn clear(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    said: &Clear,
) -> Result<Facts, Refusal> {
    signers.require(said.by.role())?;
    draft.active_member(member)?;
    let now = draft.now();
    if said.expires <= now || said.expires > now.after(MAX_HOLD_MS) {
        return Err(Refusal::OutOfRange);
    }
    let outdated = outdated(draft, Some((said.list_version, said.rule_version)));
    outdated.map_or(Ok(()), Err)?;
    put(draft, *member, *said);
    Ok(Facts::new(Effect::Cleared, vec![*member]))
}

/// Registers a list as the most recent.
///
/// # Errors
/// [`Refusal::AlreadyExists`].
pub(crate) fn register_list(draft: &mut Draft<'_>, list: Hash32) -> Result<(), Refusal> {
    let name = Name::ScreeningList(list);
    if draft.get(&name).is_some() {
        return Err(Refusal::AlreadyExists);
    }
    let terms = terms(draft).unwrap_or_default();
    let sequence = terms.lists.checked_add(1).ok_or(Refusal::InternalFault)?;
    let registered = draft.now();
    draft.put(&name, Record::ScreeningList(ScreeningList { list, sequence, registered }));
    let terms = ScreeningTerms { lists: sequence, ..terms };
    draft.put(&Name::ScreeningTerms, Record::ScreeningTerms(terms));
    Ok(())
}

/// Sets what is recent enough, as a whole.
///
/// # Errors
/// [`Refusal::ListUnknown`].
pub(crate) fn set_terms(
    draft: &mut Draft<'_>,
    oldest: Option<Hash32>,
    rule_version: u32,
) -> Result<(), Refusal> {
    let minimum = match oldest.map(|list| draft.get(&Name::ScreeningList(list))) {
        None => 0,
        Some(Some(Record::ScreeningList(found))) => found.sequence,
        Some(_) => return Err(Refusal::ListUnknown),
    };
    let terms = ScreeningTerms { minimum, rule_version, ..terms(draft).unwrap_or_default() };
    draft.put(&Name::ScreeningTerms, Record::ScreeningTerms(terms));
    Ok(())
}

fn terms(draft: &Draft<'_>) -> Option<ScreeningTerms> {
    match draft.get(&Name::ScreeningTerms) {
        Some(Record::ScreeningTerms(terms)) => Some(*terms),
        _ => None,
    }
}

fn said(draft: &Draft<'_>, payment: Hash32, member: &Lei, by: ClearedBy) -> Option<Clear> {
    match draft.get(&Name::Clearance(payment, *member, by)) {
        Some(Record::Clearance(found)) => Some(found.said),
        _ => None,
    }
}

fn put(draft: &mut Draft<'_>, member: Lei, said: Clear) {
    let name = Name::Clearance(said.payment, member, said.by);
    draft.put(&name, Record::Clearance(Clearance { member, said }));
}
