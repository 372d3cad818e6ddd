//! Posts in part: every refusal of their own, in order of precedence (I9).

use super::{PostCase, suspended};
use crate::{
    command::{Command, Post, PostPart},
    id::LegId,
    payment::LegState,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
};

/// What comes of a post of so much by whoever the case says.
fn post(case: &PostCase, minor: u128) -> Outcome {
    let mut sent = case.case.clone();
    let record = case.record.clone();
    sent.plants.push((Name::Leg(record.leg.id()), Record::Leg(record)));
    let post = Post { leg: case.leg, acceptance: sent.acceptance() };
    sent.run(Command::PostPart(PostPart { post, minor }))
}

fn suspend(c: &mut PostCase) {
    let sender = if c.case.organisation == c.case.a.lei { c.case.a } else { c.case.b };
    c.case.plants.push(suspended(&c.case.world, &sender));
}

fn expire(c: &mut PostCase) {
    if let LegState::Held { expires, .. } = &mut c.record.state {
        *expires = c.case.world.now();
    }
}

#[test]
fn i9_a_post_in_part_is_refused_for_the_first_reason_that_applies() {
    type Change = fn(&mut PostCase);
    let unknown: Change = |c| c.leg = LegId::new([0; 32]);
    let closed: Change = |c| c.record.state = LegState::Closed;
    // By the payee or not, what is changed, how much of a hundred is posted, what is heard.
    let rows: [(bool, &[Change], u128, Refusal); 14] = [
        (true, &[suspend], 0, Refusal::MemberSuspended),
        (true, &[unknown], 0, Refusal::AmountZero),
        (true, &[closed], 0, Refusal::AmountZero),
        (true, &[expire], 0, Refusal::AmountZero),
        (false, &[], 0, Refusal::AmountZero),
        // That it is more than is held applies only where something is held.
        (true, &[unknown], 101, Refusal::LegUnknown),
        (true, &[closed], 101, Refusal::LegNotHeld),
        (true, &[expire], 101, Refusal::OutOfRange),
        (false, &[], 101, Refusal::OutOfRange),
        (true, &[closed], 100, Refusal::LegNotHeld),
        (true, &[expire], 100, Refusal::HoldExpired),
        (false, &[expire], 100, Refusal::HoldExpired),
        (false, &[], 100, Refusal::NotYourLeg),
        (false, &[suspend], 100, Refusal::MemberSuspended),
    ];
    for (row, (by_payee, changes, minor, refusal)) in rows.into_iter().enumerate() {
        let mut case = PostCase::new(by_payee);
        changes.iter().for_each(|change| change(&mut case));
        assert_eq!(post(&case, minor), Outcome::Refused(refusal), "row {row}");
    }
    assert_eq!(post(&PostCase::new(true), 100), Outcome::Applied(Effect::Settled));
}
