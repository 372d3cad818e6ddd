//! The case room of a payment at one bank: its agents, and all cases that this bank holds with them.
//!
//! Several cases run side by side; each has its own two sides, and nobody else reads it. The other
//! bank of a payment has a room of its own, in which the cases between the two are the same.
//!
//! # Place      genuine letters -> [room] -> case
//! # Invariants B1 a case is found by its identity and payment; B6 a child names its parent at its
//! #            requester only
//! # Absent     how a bank knows the agents of a payment: its messages and forwards say so

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::{
    id::{LegId, Lei, Uetr},
    time::LedgerTime,
};

use crate::{
    case::{Case, Side, Stepped},
    limits::{MAX_AGENTS, MAX_CASES, MAX_OPEN_CASES},
    message::{Act, CaseId, Genuine},
    refused::Refused,
};

/// The room of one payment at one bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    me: Lei,
    uetr: Uetr,
    agents: BTreeSet<Lei>,
    legs: BTreeSet<LegId>,
    cases: BTreeMap<CaseId, Case>,
}

impl Room {
    /// A room for a payment of which this bank knows these agents and legs; more than
    /// [`MAX_AGENTS`] are not taken in.
    #[must_use]
    pub fn new(
        me: Lei,
        uetr: Uetr,
        agents: impl IntoIterator<Item = Lei>,
        legs: impl IntoIterator<Item = LegId>,
    ) -> Self {
        let mut agents: BTreeSet<Lei> = agents.into_iter().take(MAX_AGENTS).collect();
        agents.insert(me);
        let legs = legs.into_iter().take(MAX_AGENTS).collect();
        Self { me, uetr, agents, legs, cases: BTreeMap::new() }
    }

    /// Puts a case that was kept back into its room; its two sides are agents from then on.
    pub fn restore(&mut self, case: Case) {
        self.agents.extend([case.requester, case.responder]);
        self.legs.insert(case.payment.leg);
        self.cases.insert(case.id, case);
    }

    /// Who takes part in the payment, as this bank knows it.
    #[must_use]
    pub const fn agents(&self) -> &BTreeSet<Lei> {
        &self.agents
    }

    /// A case.
    #[must_use]
    pub fn case(&self, id: &CaseId) -> Option<&Case> {
        self.cases.get(id)
    }

    /// All cases, in the order of their identities.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.values()
    }

    /// A message, of this bank or of another: the case afterwards and what to do next. The room takes
    /// it over with [`Room::restore`], once it is kept.
    ///
    /// # Errors
    /// Those of [`Case::open`] and [`Case::step`]; before them [`Refused::UnknownPayment`],
    /// [`Refused::NotAnAgent`], [`Refused::TooManyCases`] for a first message,
    /// [`Refused::UnknownCase`] for another, [`Refused::AnswerIncomplete`] at last.
    pub fn step(&self, genuine: &Genuine, now: LedgerTime) -> Result<Stepped, Refused> {
        let message = genuine.message();
        if let Some(case) = self.cases.get(&message.case) {
            let stepped = case.step(message, now)?;
            if !stepped.known {
                case.check_answer(message, genuine.content())?;
            }
            return Ok(stepped);
        }
        let Act::Open(opening) = message.act else { return Err(Refused::UnknownCase) };
        if message.payment.uetr != self.uetr || !self.legs.contains(&message.payment.leg) {
            return Err(Refused::UnknownPayment);
        }
        let mine = message.from == self.me || message.to == self.me;
        if !mine || !self.agents.contains(&message.from) || !self.agents.contains(&message.to) {
            return Err(Refused::NotAnAgent);
        }
        let open = self.cases.values().filter(|case| case.stage().writer().is_some()).count();
        if open >= MAX_OPEN_CASES || self.cases.len() >= MAX_CASES {
            return Err(Refused::TooManyCases);
        }
        let me = if message.from == self.me { Side::Requester } else { Side::Responder };
        if let (Side::Requester, Some(parent)) = (me, opening.parent) {
            let parent = self.cases.get(&parent).ok_or(Refused::ForwardMismatch)?;
            let hops = parent.opening.hops.checked_add(1);
            if parent.me != Some(Side::Responder) || hops != Some(opening.hops) {
                return Err(Refused::ForwardMismatch);
            }
            if opening.answer_by > parent.answer_by() {
                return Err(Refused::DeadlineOutOfRange);
            }
        }
        Case::open(message, genuine.content(), Some(me), now)
    }
}
