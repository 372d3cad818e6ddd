//! Every refusal of a message, in the order in which it is looked for.

use ledger_core::{digest::Hash32, id::LegId, signature::Signed};

use super::support::{
    CHAIN, DAY, Directory, NOW, after, answer, bank, first, genuine, letter, next, opened, opening,
    payment, room, signer,
};
use crate::{
    case::{Case, Side},
    content::{Code, Content, Document, Field, Given, Line},
    kind::{Kind, Level},
    limits::{MAX_HOPS, MAX_OPEN_CASES},
    message::{Act, Answering, CaseId, Message, MessageId, Opening, Seen},
    refused::Refused,
    room::Room,
};

type Change = fn(&mut Message);

/// A message that would be taken, with ever more wrong about it: the first that is wrong is said.
#[test]
fn b1_b2_b4_b5_the_first_thing_that_is_wrong_is_said() {
    let case = after(&opened(Side::Requester), &[(Side::Responder, Act::Accept)]);
    let now = NOW.after(DAY);
    let rows: [(Change, Refused); 13] = [
        (|m| m.written = NOW.after(DAY + 1), Refused::AnswerLate),
        (|m| m.written = NOW.after(3 * DAY), Refused::FromFuture),
        (|m| m.written = NOW, Refused::TimeBackwards),
        (|m| m.act = Act::Accept, Refused::IllegalTransition),
        (|m| m.act = Act::Close, Refused::IllegalTransition),
        (|m| m.seen = Seen::default(), Refused::SeenMismatch),
        (|m| m.seen.count = 2, Refused::SeenMismatch),
        (|m| m.previous = Hash32::ZERO, Refused::ChainBroken),
        (|m| m.number = 2, Refused::Gap { expected: 1 }),
        (|m| m.number = 0, Refused::NumberReused),
        (|m| m.payment.leg = LegId::new([9; 32]), Refused::WrongPayment),
        (|m| m.to = bank('C'), Refused::NotAParty),
        (|m| m.case = CaseId::new(Hash32::ZERO), Refused::UnknownCase),
    ];
    let good = next(&case, Side::Responder, answer(), NOW.after(5_000));
    assert!(case.step(&good, now).is_ok());
    let mut worse = good;
    for (change, refused) in rows {
        let mut bad = good;
        change(&mut bad);
        assert_eq!(case.step(&bad, now), Err(refused));
        change(&mut worse);
        if !matches!(refused, Refused::IllegalTransition) {
            assert_eq!(case.step(&worse, now), Err(refused), "after all the others");
        }
    }
    worse.chain = ledger_core::id::ChainId::new([0; 32]);
    assert_eq!(case.step(&worse, now), Err(Refused::WrongNetwork));
}

#[test]
fn b2_the_wrong_side_and_an_ended_case_are_refused() {
    let case = opened(Side::Requester);
    let now = NOW.after(1_000);
    let refused = case.step(&next(&case, Side::Requester, Act::Close, now), now);
    assert_eq!(refused, Err(Refused::WrongWriter));
    let answered = after(&case, &[(Side::Responder, Act::Accept), (Side::Responder, answer())]);
    let refused = answered.step(&next(&answered, Side::Responder, answer(), now), now);
    assert_eq!(refused, Err(Refused::WrongWriter));
    let closed = after(&answered, &[(Side::Requester, Act::Close)]);
    for side in [Side::Requester, Side::Responder] {
        let refused = closed.step(&next(&closed, side, Act::Withdraw, now), now);
        assert_eq!(refused, Err(Refused::CaseEnded));
    }
}

#[test]
fn b5_the_same_message_changes_nothing_and_another_of_its_id_is_refused() {
    let case = opened(Side::Requester);
    let now = NOW.after(1_000);
    let accept = next(&case, Side::Responder, Act::Accept, now);
    let taken = case.step(&accept, now).unwrap();
    let again = taken.case.step(&accept, now).unwrap();
    assert!(again.known && again.effects.is_empty());
    assert_eq!(again.case, taken.case);
    let mut other = accept;
    other.content = Hash32::new([1; 32]);
    assert_eq!(taken.case.step(&other, now), Err(Refused::DuplicateConflict));
    let mut renamed = other;
    renamed.id = MessageId::new([9; 16]);
    assert_eq!(taken.case.step(&renamed, now), Err(Refused::NumberReused));
}

#[test]
fn b1_an_opening_is_refused_for_each_of_its_facts() {
    type Change = fn(&mut Message, &mut Opening);
    let good = opening(Kind::Utap);
    let content = Content::default();
    let rows: [(Change, Refused); 11] = [
        (|m, _| m.to = m.from, Refused::NotAParty),
        (|m, _| m.case = CaseId::new(Hash32::ZERO), Refused::IdentityMismatch),
        (|m, _| m.payment.leg = LegId::new([9; 32]), Refused::IdentityMismatch),
        (|m, _| m.number = 1, Refused::Gap { expected: 0 }),
        (|m, _| m.previous = Hash32::new([1; 32]), Refused::ChainBroken),
        (|m, _| m.seen.count = 1, Refused::SeenMismatch),
        (|m, _| m.written = NOW.after(300_001), Refused::FromFuture),
        (|_, o| o.answer_by = NOW.after(29_999), Refused::DeadlineOutOfRange),
        (|_, o| o.answer_by = NOW.after(30 * DAY + 1), Refused::DeadlineOutOfRange),
        (|_, o| o.hops = 1, Refused::ForwardMismatch),
        (
            |_, o| (o.parent, o.hops) = (Some(CaseId::new(Hash32::ZERO)), MAX_HOPS + 1),
            Refused::TooManyForwards,
        ),
    ];
    let open = |m: &Message| Case::open(m, &content, Some(Side::Responder), NOW).map(|_| ());
    assert_eq!(open(&first(good, &content)), Ok(()));
    for (change, refused) in rows {
        let (mut message, mut changed) = (first(good, &content), good);
        change(&mut message, &mut changed);
        message.act = Act::Open(changed);
        assert_eq!(open(&message), Err(refused));
    }
    for patience in [30_000, 30 * DAY] {
        let good = Opening { answer_by: NOW.after(patience), ..good };
        assert_eq!(open(&first(good, &content)), Ok(()));
    }
    let mut other = first(good, &content);
    other.act = Act::Accept;
    assert_eq!(open(&other), Err(Refused::UnknownCase));
}

#[test]
fn b1_a_room_takes_messages_of_its_payment_and_agents_only() {
    let content = Content::default();
    let good = first(opening(Kind::Utap), &content);
    let now = NOW.after(1_000);
    assert!(room('B').step(&genuine(good), now).is_ok());
    let with = |agents: &[char], leg: LegId| {
        Room::new(bank('B'), payment().uetr, agents.iter().map(|c| bank(*c)), [leg])
    };
    let unknown = with(&['A'], LegId::new([9; 32])).step(&genuine(good), now);
    assert_eq!(unknown, Err(Refused::UnknownPayment));
    let stranger = with(&['C'], payment().leg).step(&genuine(good), now);
    assert_eq!(stranger, Err(Refused::NotAnAgent));
    assert_eq!(room('C').step(&genuine(good), now), Err(Refused::NotAnAgent));
    let accept = next(&opened(Side::Responder), Side::Responder, Act::Accept, now);
    assert_eq!(room('A').step(&genuine(accept), now), Err(Refused::UnknownCase));
}

#[test]
fn b1_a_room_holds_64_open_cases_side_by_side() {
    let mut room = room('B');
    let open = |n: u8, room: &Room| {
        let content = Content::default();
        let opening = Opening { nonce: Hash32::new([n; 32]), ..opening(Kind::Utap) };
        room.step(&genuine(first(opening, &content)), NOW)
    };
    for n in 0..u8::try_from(MAX_OPEN_CASES).unwrap() {
        let stepped = open(n, &room).unwrap();
        room.restore(stepped.case);
    }
    assert_eq!(open(200, &room), Err(Refused::TooManyCases));
    // One that ends makes room, and the others stay as they are.
    let case = room.cases().next().unwrap().clone();
    let now = NOW.after(1_000);
    let reject = next(&case, Side::Responder, Act::Reject(Code::new("DU01").unwrap()), now);
    room.restore(room.step(&genuine(reject), now).unwrap().case);
    assert_eq!(room.cases().filter(|case| case.stage().writer().is_some()).count(), 63);
    assert!(open(200, &room).is_ok());
}

#[test]
fn b1_a_letter_is_genuine_or_refused_in_this_order() {
    let document = Document { salt: Hash32::new([5; 32]), bytes: vec![1, 2, 3] };
    let text = ledger_core::id::Text::new("application/pdf").unwrap();
    let mark = document.mark(Line::new("invoice").unwrap(), text);
    let content = Content { documents: vec![mark], ..Content::default() };
    let message = first(opening(Kind::Utap), &content);
    let good = letter(message, content.clone(), vec![document]);
    let check = |l: &crate::Letter| l.clone().genuine(&CHAIN, &Directory).map(|_| ());
    assert_eq!(check(&good), Ok(()));

    let mut bad = good.clone();
    bad.documents[0].bytes[0] ^= 1;
    assert_eq!(check(&bad), Err(Refused::DocumentMismatch));
    bad.documents.clear();
    assert_eq!(check(&bad), Err(Refused::DocumentMismatch));
    bad.salt = Hash32::new([1; 32]);
    assert_eq!(check(&bad), Err(Refused::ContentMismatch));
    bad.content.asked = vec![Field::Purpose, Field::DebtorName];
    assert_eq!(check(&bad), Err(Refused::ContentMalformed));
    bad.content.lines = vec![Line::new("x").unwrap(); 17];
    assert_eq!(check(&bad), Err(Refused::ContentTooLarge));
    bad.message = Signed::new(message, &signer(&bank('C'))).unwrap();
    assert_eq!(check(&bad), Err(Refused::NotSigned));
    let mut forged = good.clone();
    forged.message.value.number = 1;
    assert_eq!(check(&forged), Err(Refused::NotSigned));
    bad.message.value.chain = ledger_core::id::ChainId::new([0; 32]);
    assert_eq!(check(&bad), Err(Refused::WrongNetwork));
    bad.documents = vec![Document { salt: Hash32::ZERO, bytes: vec![0; 1 << 20] }];
    assert_eq!(check(&bad), Err(Refused::LetterTooLong));
}

fn given(fields: &[Field]) -> Content {
    let mut fields = fields.to_vec();
    fields.sort();
    let value = Line::new("x").unwrap();
    let given = fields.into_iter().map(|field| Given { field, value: value.clone() }).collect();
    Content { given, ..Content::default() }
}

#[test]
fn b2_an_answer_gives_what_level_and_question_ask_for() {
    let ask = |level: Option<Level>, asked: &[Field]| {
        let content = Content { asked: asked.to_vec(), ..Content::default() };
        let opening = Opening { level, ..opening(Kind::Utap) };
        let message = first(opening, &content);
        let case = Case::open(&message, &content, Some(Side::Responder), NOW).unwrap().case;
        after(&case, &[(Side::Responder, Act::Accept)])
    };
    let document = Document { salt: Hash32::ZERO, bytes: vec![1] };
    let mark =
        document.mark(Line::new("id").unwrap(), ledger_core::id::Text::new("image/png").unwrap());
    let with_document = Content { documents: vec![mark], ..given(Level::Three.fields()) };
    let refused = Err(Refused::AnswerIncomplete);
    let rows = [
        (ask(None, &[]), given(&[]), Ok(())),
        (ask(None, &[Field::Purpose]), given(&[]), refused),
        (ask(None, &[Field::Purpose]), given(&[Field::Purpose]), Ok(())),
        (ask(Some(Level::One), &[]), given(&Level::One.fields()[1..]), refused),
        (ask(Some(Level::One), &[]), given(Level::One.fields()), Ok(())),
        (ask(Some(Level::Two), &[]), given(Level::One.fields()), refused),
        (ask(Some(Level::Two), &[]), given(Level::Two.fields()), Ok(())),
        (ask(Some(Level::Three), &[]), given(Level::Three.fields()), refused),
        (ask(Some(Level::Three), &[]), with_document, Ok(())),
    ];
    for (case, content, expected) in rows {
        let message = next(&case, Side::Responder, answer(), NOW.after(5_000));
        assert_eq!(case.check_answer(&message, &content), expected);
        let nothing = Answering { outcome: Code::new("NINF").unwrap(), relayed: None, rule: None };
        let message = next(&case, Side::Responder, Act::Answer(nothing), NOW.after(5_000));
        assert_eq!(case.check_answer(&message, &given(&[])), Ok(()));
    }
}
