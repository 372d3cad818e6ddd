//! Messages that cross: whatever is on its way, both banks end alike.

use proptest::prelude::*;

use super::support::{DAY, NOW, acts, after, answer, next, opened};
use crate::{
    case::{Case, Effect, Side, Stage},
    limits::GRACE_MS,
    message::{Act, CaseId},
    refused::Refused,
};
use ledger_core::digest::Hash32;

/// Writes a message at one copy.
fn write(case: &Case, side: Side, act: Act, ms: u64) -> Option<(Case, crate::Message)> {
    let now = NOW.after(ms);
    let message = next(case, side, act, now);
    case.step(&message, now).ok().map(|stepped| (stepped.case, message))
}

#[test]
fn b3_an_interrupt_wins_over_whatever_crosses_it() {
    let rows: [&[Act]; 5] = [
        &[Act::Accept],
        &[Act::Accept, answer()],
        &[Act::Reject(super::support::code("AGNT"))],
        &[Act::Accept, acts()["forward"], answer()],
        &[Act::Accept, acts()["interim"], acts()["interim"]],
    ];
    for replies in rows {
        let (mut asks, mut replies_copy) = (opened(Side::Requester), opened(Side::Responder));
        let (case, withdraw) = write(&asks, Side::Requester, Act::Withdraw, 1_000).unwrap();
        asks = case;
        let mut written = Vec::new();
        for act in replies {
            let (case, message) = write(&replies_copy, Side::Responder, *act, 2_000).unwrap();
            replies_copy = case;
            written.push(message);
        }
        let now = NOW.after(9_000);
        for message in &written {
            let stepped = asks.step(message, now).unwrap();
            assert_eq!(stepped.effects, [], "what was crossed has no effect");
            asks = stepped.case;
        }
        let stepped = replies_copy.step(&withdraw, now).unwrap();
        assert_eq!(stepped.effects[0], Effect::Ended(Stage::Withdrawn));
        assert_eq!(stepped.case.agreed(), asks.agreed(), "{replies:?}");
        assert_eq!(asks.stage(), Stage::Withdrawn);
    }
}

#[test]
fn b3_b6_a_responder_who_forwarded_withdraws_its_children() {
    let case = after(&opened(Side::Responder), &[(Side::Responder, Act::Accept)]);
    let child = CaseId::new(Hash32::new([0xcd; 32]));
    let case = after(&case, &[(Side::Responder, acts()["forward"])]);
    let now = NOW.after(50_000);
    let stepped = case.step(&next(&case, Side::Requester, Act::Withdraw, now), now).unwrap();
    assert_eq!(stepped.effects, [Effect::Ended(Stage::Withdrawn), Effect::WithdrawChild(child)]);
}

#[test]
fn b3_only_an_interrupt_may_cross_and_the_crossed_must_have_been_lawful() {
    let asks = opened(Side::Requester);
    let replies = opened(Side::Responder);
    let (_, accept) = write(&replies, Side::Responder, Act::Accept, 1_000).unwrap();
    let accepted = replies.step(&accept, NOW.after(1_000)).unwrap().case;
    let now = NOW.after(9_000);
    // The requester has not read the acceptance and closes: it was not its turn.
    let close = next(&asks, Side::Requester, Act::Close, now);
    assert_eq!(accepted.step(&close, now).map(|_| ()), Err(Refused::WrongWriter));
    // The responder answers without having accepted, and that crosses a withdrawal.
    let (withdrawn, _) = write(&asks, Side::Requester, Act::Withdraw, 1_000).unwrap();
    let hasty = next(&replies, Side::Responder, answer(), now);
    assert_eq!(withdrawn.step(&hasty, now).map(|_| ()), Err(Refused::IllegalTransition));
    // The responder writes although it has not even read the opening.
    let mut blind = accept;
    blind.seen = crate::message::Seen::default();
    assert_eq!(asks.step(&blind, now).map(|_| ()), Err(Refused::SeenMismatch));
    // After the interrupt was read, nobody writes.
    let late = next(&withdrawn, Side::Responder, Act::Accept, now);
    assert_eq!(withdrawn.step(&late, now).map(|_| ()), Err(Refused::CaseEnded));
}

/// One bank of the simulation: its copy, and all that it wrote, in order.
struct Bank {
    side: Side,
    case: Case,
    written: Vec<crate::Message>,
    read: usize,
}

impl Bank {
    fn new(side: Side) -> Self {
        Self { side, case: opened(side), written: Vec::new(), read: 0 }
    }

    fn act(&mut self, act: Act, ms: u64) {
        if let Some((case, message)) = write(&self.case, self.side, act, ms) {
            self.case = case;
            self.written.push(message);
        }
    }

    fn read_from(&mut self, other: &Self, ms: u64) {
        if let Some(message) = other.written.get(self.read) {
            let stepped = self.case.step(message, NOW.after(ms));
            self.case = stepped.expect("what one copy let its writer write, the other takes").case;
            self.read += 1;
        }
    }
}

proptest! {
    /// Both banks write whenever their copy lets them, and read each other at any time, in order.
    #[test]
    fn b3_any_interleaving_ends_alike_on_both_sides(
        moves in prop::collection::vec((0u8..4, 0usize..10, 0u64..20_000_000), 1..60)
    ) {
        let (mut asks, mut replies) = (Bank::new(Side::Requester), Bank::new(Side::Responder));
        let list: Vec<Act> = acts().into_values().collect();
        let mut ms = 1_000;
        for (what, which, pause) in moves {
            ms += pause / 4;
            let act = match list[which] {
                Act::Reopen { .. } => Act::Reopen { answer_by: NOW.after(ms + DAY) },
                Act::Forward { to, .. } => {
                    let mut child = [0xcd; 32];
                    child[..8].copy_from_slice(&ms.to_le_bytes());
                    Act::Forward { child: CaseId::new(Hash32::new(child)), to }
                }
                other => other,
            };
            match what {
                0 => asks.act(act, ms),
                1 => replies.act(act, ms),
                2 => asks.read_from(&replies, ms),
                _ => replies.read_from(&asks, ms),
            }
        }
        let end = ms + DAY + GRACE_MS;
        for _ in 0..60 {
            asks.read_from(&replies, end);
            replies.read_from(&asks, end);
        }
        prop_assert_eq!(asks.case.agreed(), replies.case.agreed());
        prop_assert_eq!(asks.read, replies.written.len());
        prop_assert_eq!(replies.read, asks.written.len());
    }
}
