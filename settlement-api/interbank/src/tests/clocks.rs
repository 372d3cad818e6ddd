//! What is due, to the millisecond, once.

use ledger_core::time::LedgerTime;
use proptest::prelude::*;

use super::support::{DAY, NOW, after, answer, next, opened};
use crate::{
    case::{Case, Effect, Side, Stage},
    limits::{CLOSE_AFTER_MS, GRACE_MS},
    message::Act,
    refused::Refused,
};

/// Effects at each of these times, asked one after the other.
fn at(case: &Case, times: &[u64]) -> Vec<Vec<Effect>> {
    let mut case = case.clone();
    let mut all = Vec::new();
    for time in times {
        let (later, effects) = case.due(NOW.after(*time));
        case = later;
        all.push(effects);
    }
    all
}

#[test]
fn b4_reminders_escalation_and_expiry_come_at_their_millisecond() {
    let half = DAY / 2;
    let most = DAY / 10 * 8;
    let times =
        [half - 1, half, most - 1, most, DAY - 1, DAY, DAY + GRACE_MS - 1, DAY + GRACE_MS, 9 * DAY];
    let [r50, r80] = [50, 80].map(|percent| vec![Effect::Remind(percent)]);
    let (none, escalate, expire) = (vec![], vec![Effect::Escalate], vec![Effect::Expire]);
    let asked = [&none, &r50, &none, &r80, &none, &escalate, &none, &expire, &none];
    let asked: Vec<Vec<Effect>> = asked.into_iter().cloned().collect();
    assert_eq!(at(&opened(Side::Requester), &times), asked);
    let mut replies = asked;
    replies[7] = vec![];
    assert_eq!(at(&opened(Side::Responder), &times), replies);
}

#[test]
fn b4_who_asks_late_is_told_everything_once_in_its_order() {
    let all = vec![Effect::Remind(50), Effect::Remind(80), Effect::Escalate, Effect::Expire];
    assert_eq!(at(&opened(Side::Requester), &[2 * DAY, 2 * DAY]), [all, vec![]]);
}

#[test]
fn b4_an_answer_stops_the_clock_and_closes_by_itself_after_five_days() {
    let acts = [(Side::Responder, Act::Accept), (Side::Responder, answer())];
    let case = after(&opened(Side::Requester), &acts);
    let closes = 2_000 + CLOSE_AFTER_MS;
    assert_eq!(case.next_due(), Some(NOW.after(closes)));
    assert_eq!(at(&case, &[closes - 1, closes, closes]), [vec![], vec![Effect::Close], vec![]]);
    let replies = after(&opened(Side::Responder), &acts);
    assert_eq!((replies.next_due(), at(&replies, &[9 * DAY])), (None, vec![vec![]]));
}

#[test]
fn b4_a_reopened_case_has_a_new_clock() {
    let again = Act::Reopen { answer_by: NOW.after(2 * DAY) };
    let acts = [(Side::Responder, Act::Accept), (Side::Responder, answer())];
    let case = opened(Side::Requester).due(NOW.after(DAY - 1)).0;
    let case = after(&after(&case, &acts), &[(Side::Requester, again)]);
    assert_eq!(case.stage(), Stage::Reopened);
    // It was written right after the answer, which it had read.
    let half = 2_000 + (2 * DAY - 2_000) / 100 * 50;
    assert_eq!(case.next_due(), Some(NOW.after(half)));
    assert_eq!(at(&case, &[half]), [vec![Effect::Remind(50)]]);
}

#[test]
fn b4_answers_and_expiry_keep_the_deadline_to_the_millisecond() {
    let case = after(&opened(Side::Requester), &[(Side::Responder, Act::Accept)]);
    let write = |side, act, ms| {
        let now = NOW.after(ms);
        case.step(&next(&case, side, act, now), now).map(|stepped| stepped.case.stage())
    };
    assert_eq!(write(Side::Responder, answer(), DAY), Ok(Stage::Answered));
    assert_eq!(write(Side::Responder, answer(), DAY + 1), Err(Refused::AnswerLate));
    let over = DAY + GRACE_MS;
    assert_eq!(write(Side::Requester, Act::Expire, over), Ok(Stage::Expired));
    assert_eq!(write(Side::Requester, Act::Expire, over - 1), Err(Refused::NotDue));
    // An answer that was written in time and comes long after is one, as long as nobody ended it.
    let answer = next(&case, Side::Responder, answer(), NOW.after(DAY));
    assert!(case.step(&answer, NOW.after(20 * DAY)).is_ok());
}

#[test]
fn b4_an_ended_case_and_a_third_partys_copy_have_no_clock() {
    let ended = after(&opened(Side::Requester), &[(Side::Requester, Act::Withdraw)]);
    assert_eq!(ended.next_due(), None);
    let mut copy = opened(Side::Requester);
    copy.me = None;
    assert_eq!(copy.due(LedgerTime::new(u64::MAX)).1, []);
}

proptest! {
    #[test]
    fn b4_however_often_it_is_asked_each_mark_acts_once(
        mut times in prop::collection::vec(0..3 * DAY, 1..30)
    ) {
        times.sort_unstable();
        times.push(3 * DAY);
        let given: Vec<Effect> =
            at(&opened(Side::Requester), &times).into_iter().flatten().collect();
        let all = [Effect::Remind(50), Effect::Remind(80), Effect::Escalate, Effect::Expire];
        prop_assert_eq!(given, all);
    }

    #[test]
    fn b4_nothing_is_due_before_next_due_and_something_then(
        times in prop::collection::vec(1..DAY, 1..10)
    ) {
        let mut case = opened(Side::Requester);
        let mut now = NOW;
        for pause in times {
            now = now.after(pause);
            let expected = case.next_due().is_some_and(|due| due <= now);
            let (later, effects) = case.due(now);
            prop_assert_eq!(!effects.is_empty(), expected);
            case = later;
        }
    }
}
