//! The table of transitions, row by row, and an independent model of whole lives.

use proptest::prelude::*;

use super::support::{NOW, acts, after, answer, code, next, opened};
use crate::{
    case::{Case, Effect, Side, Stage},
    limits::{GRACE_MS, MAX_MESSAGES, MAX_REOPENED},
    message::{Act, CaseId},
    refused::Refused,
};

/// Every arrow of docs/spec/interbank.md: from, who, act, to.
const ARROWS: [(Stage, Side, &str, Stage); 29] = [
    (Stage::Opened, Side::Responder, "accept", Stage::Assigned),
    (Stage::Opened, Side::Responder, "reject", Stage::Rejected),
    (Stage::Opened, Side::Requester, "withdraw", Stage::Withdrawn),
    (Stage::Opened, Side::Requester, "expire", Stage::Expired),
    (Stage::Assigned, Side::Responder, "interim", Stage::Interim),
    (Stage::Assigned, Side::Responder, "forward", Stage::Forwarded),
    (Stage::Assigned, Side::Responder, "answer", Stage::Answered),
    (Stage::Assigned, Side::Responder, "reject", Stage::Rejected),
    (Stage::Assigned, Side::Requester, "withdraw", Stage::Withdrawn),
    (Stage::Assigned, Side::Requester, "expire", Stage::Expired),
    (Stage::Interim, Side::Responder, "interim", Stage::Interim),
    (Stage::Interim, Side::Responder, "forward", Stage::Forwarded),
    (Stage::Interim, Side::Responder, "answer", Stage::Answered),
    (Stage::Interim, Side::Responder, "reject", Stage::Rejected),
    (Stage::Interim, Side::Requester, "withdraw", Stage::Withdrawn),
    (Stage::Interim, Side::Requester, "expire", Stage::Expired),
    (Stage::Forwarded, Side::Responder, "interim", Stage::Interim),
    (Stage::Forwarded, Side::Responder, "forward", Stage::Forwarded),
    (Stage::Forwarded, Side::Responder, "answer", Stage::Answered),
    (Stage::Forwarded, Side::Responder, "reject", Stage::Rejected),
    (Stage::Forwarded, Side::Requester, "withdraw", Stage::Withdrawn),
    (Stage::Forwarded, Side::Requester, "expire", Stage::Expired),
    (Stage::Answered, Side::Requester, "close", Stage::Closed),
    (Stage::Answered, Side::Requester, "reopen", Stage::Reopened),
    (Stage::Reopened, Side::Responder, "interim", Stage::Interim),
    (Stage::Reopened, Side::Responder, "forward", Stage::Forwarded),
    (Stage::Reopened, Side::Responder, "answer", Stage::Answered),
    (Stage::Reopened, Side::Responder, "reject", Stage::Rejected),
    (Stage::Reopened, Side::Requester, "withdraw", Stage::Withdrawn),
];

/// The last arrow, apart so that rows and limits stay readable.
const LAST: (Stage, Side, &str, Stage) =
    (Stage::Reopened, Side::Requester, "expire", Stage::Expired);

#[test]
fn b2_the_table_has_these_arrows_and_no_other() {
    for stage in Stage::ALL {
        for side in [Side::Requester, Side::Responder] {
            for (name, act) in acts() {
                let arrow = ARROWS
                    .iter()
                    .chain([&LAST])
                    .find(|(from, who, does, _)| (*from, *who, *does) == (stage, side, name));
                let found = stage.after(side, &act);
                let told = format!("{stage:?} {side:?} {name}");
                match (arrow, stage.writer()) {
                    (Some((.., to)), _) => assert_eq!(found, Ok(*to), "{told}"),
                    (None, None) => assert_eq!(found, Err(Refused::CaseEnded), "{told}"),
                    (None, Some(writer)) if writer != side => {
                        assert_eq!(found, Err(Refused::WrongWriter), "{told}");
                    }
                    (None, Some(_)) => {
                        assert_eq!(found, Err(Refused::IllegalTransition), "{told}");
                    }
                }
            }
        }
    }
}

#[test]
fn b2_the_side_whose_turn_it_is_is_told() {
    type Row<'a> = (Side, &'a [(Side, Act)], &'a [Effect]);
    use Side::{Requester, Responder};
    let rows: [Row<'_>; 5] = [
        (Responder, &[(Responder, Act::Accept)], &[Effect::Turn]),
        (Requester, &[(Responder, Act::Accept)], &[]),
        (Requester, &[(Responder, Act::Accept), (Responder, answer())], &[Effect::Turn]),
        (Responder, &[(Responder, Act::Reject(code("AGNT")))], &[Effect::Ended(Stage::Rejected)]),
        (Responder, &[(Requester, Act::Withdraw)], &[Effect::Ended(Stage::Withdrawn)]),
    ];
    for (me, acts, effects) in rows {
        let (last, before) = acts.split_last().unwrap();
        let case = after(&opened(me), before);
        let now = NOW.after(60_000);
        let stepped = case.step(&next(&case, last.0, last.1, now), now).unwrap();
        assert_eq!(stepped.effects, effects, "{me:?} {acts:?}");
    }
}

#[test]
fn b2_a_case_is_reopened_three_times_and_holds_64_messages_of_a_side() {
    use Side::{Requester, Responder};
    let again = Act::Reopen { answer_by: NOW.after(9_000_000) };
    let mut acts = vec![(Responder, Act::Accept), (Responder, answer())];
    for _ in 0..MAX_REOPENED {
        acts.extend([(Requester, again), (Responder, answer())]);
    }
    let case = after(&opened(Requester), &acts);
    let refused = case.step(&next(&case, Requester, again, NOW.after(99_000)), NOW.after(99_000));
    assert_eq!(refused, Err(Refused::ReopenedTooOften));

    let mut acts = vec![(Responder, Act::Accept)];
    acts.resize(usize::try_from(MAX_MESSAGES).unwrap(), (Responder, Act::Interim(code("INPO"))));
    let case = after(&opened(Requester), &acts);
    assert_eq!(case.agreed().responder.count, MAX_MESSAGES);
    let now = NOW.after(999_000);
    let refused = case.step(&next(&case, Responder, answer(), now), now);
    assert_eq!(refused, Err(Refused::TooManyMessages));
    // The requester can still end it.
    assert!(case.step(&next(&case, Requester, Act::Withdraw, now), now).is_ok());
}

/// What a case is to a reader who knows nothing of chains: a state, two counters.
#[derive(Debug)]
struct Model {
    stage: &'static str,
    reopened: u8,
    forwards: u8,
}

impl Model {
    /// The rules of docs/spec/interbank.md in other words than the table's.
    fn allows(
        &self,
        requester: bool,
        act: &Act,
        late: bool,
        overdue: bool,
    ) -> Option<&'static str> {
        let waits = ["opened", "assigned", "interim", "forwarded", "reopened"];
        let open = waits.contains(&self.stage);
        let taken_on = open && self.stage != "opened";
        match (act.name(), requester) {
            ("accept", false) if self.stage == "opened" => Some("assigned"),
            ("interim", false) if taken_on => Some("interim"),
            ("forward", false) if taken_on && self.forwards < 8 => Some("forwarded"),
            ("answer", false) if taken_on && !late => Some("answered"),
            ("reject", false) if open => Some("rejected"),
            ("close", true) if self.stage == "answered" => Some("closed"),
            ("reopen", true) if self.stage == "answered" && self.reopened < 3 => Some("reopened"),
            ("withdraw", true) if open => Some("withdrawn"),
            ("expire", true) if open && overdue => Some("expired"),
            _ => None,
        }
    }
}

proptest! {
    #[test]
    fn b2_any_series_of_acts_does_what_the_model_says(
        series in prop::collection::vec((any::<bool>(), 1usize..10, 0u64..90_000_000), 1..40)
    ) {
        let mut case: Case = opened(Side::Requester);
        let mut model = Model { stage: "opened", reopened: 0, forwards: 0 };
        let acts: Vec<Act> = acts().into_values().filter(|a| a.name() != "open").collect();
        let mut now = NOW;
        for (requester, which, pause) in series {
            now = now.after(pause / 8);
            let act = match acts[which % acts.len()] {
                Act::Forward { to, .. } => {
                    let mut child = [model.forwards; 32];
                    child[31] = 0xfe;
                    Act::Forward { child: CaseId::new(ledger_core::digest::Hash32::new(child)), to }
                }
                Act::Reopen { .. } => Act::Reopen { answer_by: now.after(40_000_000) },
                other => other,
            };
            let side = if requester { Side::Requester } else { Side::Responder };
            let late = now > case.answer_by();
            let overdue = now >= case.answer_by().after(GRACE_MS);
            let stepped = case.step(&next(&case, side, act, now), now);
            let expected = model.allows(requester, &act, late, overdue);
            prop_assert_eq!(stepped.as_ref().ok().map(|s| s.case.stage().name()), expected);
            if let (Ok(stepped), Some(stage)) = (stepped, expected) {
                case = stepped.case;
                model.stage = stage;
                model.reopened += u8::from(act.name() == "reopen");
                model.forwards += u8::from(act.name() == "forward");
            }
        }
    }
}
