//! A question that goes on to the next agent, and its answer's way back.

use ledger_core::{
    digest::Hash32,
    id::{LegId, Lei},
    signature::Statement as _,
};

use super::support::{
    CHAIN, DAY, Directory, NOW, acts, after, answer, bank, first, genuine, letter, next, opened,
    payment, room,
};
use crate::{
    case::{Case, Effect, Side, Stage},
    content::{Content, Field, Given, Line},
    forward::{Forwarding, forward, relay},
    limits::MAX_HOPS,
    message::{Act, Genuine, Message, Opening},
    refused::Refused,
    room::Room,
};

const NONCE: Hash32 = Hash32::new([0x77; 32]);

/// A bank, asked about the leg that all three know.
fn to(letter: char) -> (Lei, LegId) {
    (bank(letter), payment().leg)
}

/// The first message of a child.
fn child_of(forwarding: &Forwarding, asked: &Content) -> Message {
    let base = first(forwarding.opening, asked);
    Message {
        case: forwarding.child,
        from: bank('B'),
        to: bank('C'),
        written: NOW.after(2_000),
        ..base
    }
}

/// B's room with the case of A, accepted.
fn accepted() -> Room {
    let mut room = room('B');
    room.restore(after(&opened(Side::Responder), &[(Side::Responder, Act::Accept)]));
    room
}

fn changed(case: &Case, change: fn(&mut Case)) -> Case {
    let mut case = case.clone();
    change(&mut case);
    case
}

fn take(room: &mut Room, letter: &Genuine) -> Vec<Effect> {
    let stepped = room.step(letter, NOW.after(60_000)).unwrap();
    room.restore(stepped.case);
    stepped.effects
}

#[test]
fn b6_a_question_goes_on_and_the_answer_travels_back() {
    let (mut b, mut c) = (accepted(), room('C'));
    let parent: Case = b.cases().next().unwrap().clone();
    let forwarding = forward(&parent, to('C'), NONCE, NOW.after(2_000)).unwrap();
    let asked = Content { asked: vec![Field::Purpose], ..Content::default() };
    let opening = letter(child_of(&forwarding, &asked), asked, Vec::new());
    let opening = opening.genuine(&CHAIN, &Directory).unwrap();
    assert_eq!(take(&mut b, &opening), []);
    assert_eq!(take(&mut c, &opening), [Effect::Turn]);
    let told = genuine(next(&parent, Side::Responder, forwarding.act, NOW.after(2_000)));
    assert_eq!(take(&mut b, &told), [Effect::Turn]);
    assert_eq!(b.case(&parent.id).unwrap().stage(), Stage::Forwarded);

    let child = c.case(&forwarding.child).unwrap().clone();
    let accept = genuine(next(&child, Side::Responder, Act::Accept, NOW.after(3_000)));
    let _ = (take(&mut c, &accept), take(&mut b, &accept));
    let child = c.case(&forwarding.child).unwrap().clone();
    let value = Line::new("invoice 4711").unwrap();
    let says =
        Content { given: vec![Given { field: Field::Purpose, value }], ..Content::default() };
    let mut message = next(&child, Side::Responder, answer(), NOW.after(4_000));
    message.content = says.commitment(&Hash32::ZERO);
    let answered = letter(message, says.clone(), Vec::new()).genuine(&CHAIN, &Directory).unwrap();
    let _ = take(&mut c, &answered);
    assert_eq!(take(&mut b, &answered), [Effect::Turn, Effect::AnswerParent(parent.id)]);

    let (parent, child) = (b.case(&parent.id).unwrap(), b.case(&forwarding.child).unwrap());
    let (act, content, documents) = relay(parent, child, &answered).unwrap();
    assert_eq!((&content, documents.len()), (&says, 0));
    let Act::Answer(answering) = act else { panic!("an answer") };
    assert_eq!(answering.relayed, Some(answered.message().digest()));
    // The next agent's room knows nothing of the first case.
    assert!(c.case(&parent.id).is_none());
}

#[test]
fn b6_a_case_is_forwarded_to_a_third_bank_in_time_and_not_too_deep() {
    let open = opened(Side::Responder);
    let case = after(&open, &[(Side::Responder, Act::Accept)]);
    let at = NOW.after(2_000);
    let rows = [
        (forward(&open, to('C'), NONCE, at), Refused::IllegalTransition),
        (forward(&case, to('A'), NONCE, at), Refused::ForwardMismatch),
        (forward(&case, to('B'), NONCE, at), Refused::ForwardMismatch),
        (forward(&case, to('C'), NONCE, NOW.after(DAY - 33_000)), Refused::DeadlineOutOfRange),
        (forward(&case, to('C'), NONCE, NOW.after(2 * DAY)), Refused::DeadlineOutOfRange),
        (
            forward(&changed(&case, |c| c.me = Some(Side::Requester)), to('C'), NONCE, at),
            Refused::WrongWriter,
        ),
        (
            forward(&changed(&case, |c| c.opening.hops = MAX_HOPS), to('C'), NONCE, at),
            Refused::TooManyForwards,
        ),
    ];
    for (found, refused) in rows {
        assert_eq!(found, Err(refused));
    }
    let forwarding = forward(&case, to('C'), NONCE, NOW).unwrap();
    assert_eq!(forwarding.opening.answer_by, NOW.after(DAY / 10 * 9));
    assert_eq!((forwarding.opening.hops, forwarding.opening.parent), (1, Some(case.id)));
}

#[test]
fn b6_forwards_are_counted_named_once_and_go_elsewhere() {
    let case = after(&opened(Side::Responder), &[(Side::Responder, Act::Accept)]);
    let now = NOW.after(90_000);
    let write = |case: &Case, act| {
        case.step(&next(case, Side::Responder, act, now), now).map(|stepped| stepped.case)
    };
    let child = |n: u8| crate::CaseId::new(Hash32::new([n; 32]));
    for to in ['A', 'B'] {
        let back = Act::Forward { child: child(1), to: bank(to) };
        assert_eq!(write(&case, back), Err(Refused::ForwardMismatch));
    }
    let mut case = case;
    for n in 0..8 {
        case = write(&case, Act::Forward { child: child(n), to: bank('C') }).unwrap();
        let again = Act::Forward { child: child(n), to: bank('C') };
        let refused = if n < 7 { Refused::ForwardMismatch } else { Refused::TooManyForwards };
        assert_eq!(write(&case, again), Err(refused));
    }
    assert_eq!(case.forwards().len(), 8);
}

#[test]
fn b6_a_child_belongs_to_an_own_parent_and_ends_before_it() {
    let b = accepted();
    let parent = b.cases().next().unwrap();
    let good = forward(parent, to('C'), NONCE, NOW.after(2_000)).unwrap();
    let step = |room: &Room, change: fn(&mut Opening)| {
        let mut opening = good.opening;
        change(&mut opening);
        let changed = Forwarding { opening, ..good };
        let child = genuine(child_of(&changed, &Content::default()));
        room.step(&child, NOW.after(3_000)).map(|_| ())
    };
    assert_eq!(step(&b, |_| {}), Ok(()));
    assert_eq!(step(&room('B'), |_| {}), Err(Refused::ForwardMismatch));
    assert_eq!(step(&b, |o| o.hops = 2), Err(Refused::ForwardMismatch));
    let late: fn(&mut Opening) = |o| o.answer_by = NOW.after(DAY + 1);
    assert_eq!(step(&b, late), Err(Refused::DeadlineOutOfRange));
    // The next agent cannot check any of it, and need not.
    assert_eq!(step(&room('C'), late), Ok(()));
}

#[test]
fn b6_only_a_childs_last_answer_is_passed_on() {
    let parent = after(
        &opened(Side::Responder),
        &[(Side::Responder, Act::Accept), (Side::Responder, acts()["forward"])],
    );
    // A case of the same banks that is no child.
    let other = after(
        &opened(Side::Requester),
        &[(Side::Responder, Act::Accept), (Side::Responder, answer())],
    );
    let message = next(&opened(Side::Responder), Side::Responder, answer(), NOW);
    let refused = relay(&parent, &other, &genuine(message)).map(|_| ());
    assert_eq!(refused, Err(Refused::NotTheChildsAnswer));
}
