//! Rules that answer, and the two persons behind every answer.

use std::collections::BTreeSet;

use ledger_core::{digest::Hash32, id::PersonId};

use super::support::{DAY, NOW, after, answer, bank, code, first, opening};
use crate::{
    case::{Case, Side},
    content::{Content, Field, Given, Line},
    kind::{Kind, Level},
    message::{Act, Opening},
    refused::Refused,
    rule::{Draft, Release, Rule, Terms},
};

const ANNA: PersonId = PersonId::new([1; 16]);
const BERT: PersonId = PersonId::new([2; 16]);

fn terms() -> Terms {
    Terms {
        kinds: BTreeSet::from([Kind::Utap, Kind::Status]),
        requesters: BTreeSet::from([bank('A')]),
        level: Some(Level::One),
        gives: Level::One.fields().iter().copied().chain([Field::Purpose]).collect(),
        outcome: code("INFO"),
        release: Release::AtOnce,
        until: NOW.after(DAY),
    }
}

fn in_force(terms: Terms) -> Rule {
    let rule = Rule::propose(terms, ANNA);
    let digest = rule.digest();
    rule.approve(&digest, BERT).unwrap()
}

fn asks(kind: Kind, level: Option<Level>, asked: &[Field]) -> Case {
    let content = Content { asked: asked.to_vec(), ..Content::default() };
    let message = first(Opening { level, ..opening(kind) }, &content);
    Case::open(&message, &content, Some(Side::Responder), NOW).unwrap().case
}

fn changed(case: &Case, change: fn(&mut Case)) -> Case {
    let mut case = case.clone();
    change(&mut case);
    case
}

fn facts() -> Vec<Given> {
    let value = |field: Field| Line::new(field.name()).unwrap();
    let fields = Level::Two.fields().iter();
    fields.map(|field| Given { field: *field, value: value(*field) }).collect()
}

#[test]
fn b7_a_rule_acts_from_a_second_persons_yes_until_its_end_or_anyones_no() {
    let proposed = Rule::propose(terms(), ANNA);
    let digest = proposed.digest();
    assert!(!proposed.is_in_force(NOW));
    assert_eq!(proposed.clone().approve(&digest, ANNA), Err(Refused::SamePerson));
    let other = Hash32::ZERO;
    assert_eq!(proposed.clone().approve(&other, BERT), Err(Refused::ApprovalMismatch));
    let rule = proposed.clone().approve(&digest, BERT).unwrap();
    assert!(rule.is_in_force(NOW) && rule.is_in_force(NOW.after(DAY - 1)));
    assert!(!rule.is_in_force(NOW.after(DAY)));
    let withdrawn = rule.withdraw();
    assert!(!withdrawn.is_in_force(NOW));
    assert_eq!(withdrawn.clone().approve(&digest, BERT), Err(Refused::RuleNotInForce));
    let case = asks(Kind::Utap, None, &[Field::Purpose]);
    assert_eq!(withdrawn.answer(&case, &facts(), NOW), Err(Refused::RuleNotInForce));
    assert_eq!(proposed.answer(&case, &facts(), NOW), Err(Refused::RuleNotInForce));
}

#[test]
fn b7_a_rule_answers_wholly_what_it_covers_and_leaves_the_rest_to_persons() {
    let rule = in_force(terms());
    let covered = asks(Kind::Utap, Some(Level::One), &[Field::Purpose]);
    let draft = rule.answer(&covered, &facts(), NOW).unwrap().unwrap();
    let given: Vec<Field> = draft.content.given.iter().map(|given| given.field).collect();
    let mut expected: Vec<Field> = Level::One.fields().to_vec();
    expected.push(Field::Purpose);
    expected.sort();
    assert_eq!(given, expected);
    let Act::Answer(answering) = draft.act else { panic!("an answer") };
    assert_eq!(answering.rule, Some(rule.digest()));
    let rest = [
        asks(Kind::Ccnr, None, &[Field::Purpose]),
        asks(Kind::Utap, Some(Level::Two), &[]),
        asks(Kind::Utap, Some(Level::Three), &[]),
        asks(Kind::Utap, None, &[Field::SourceOfFunds]),
        asks(Kind::Utap, None, &[]),
        changed(&covered, |case| case.me = Some(Side::Requester)),
        changed(&covered, |case| case.requester = bank('C')),
    ];
    for case in rest {
        assert_eq!(rule.answer(&case, &facts(), NOW), Ok(None), "{:?}", case.opening);
    }
    let unknown: Vec<Given> = facts().into_iter().filter(|g| g.field != Field::Purpose).collect();
    assert_eq!(rule.answer(&covered, &unknown, NOW), Ok(None));
    let anybody = in_force(Terms { requesters: BTreeSet::new(), ..terms() });
    let of_c = changed(&covered, |case| case.requester = bank('C'));
    assert!(anybody.answer(&of_c, &facts(), NOW).unwrap().is_some());
}

#[test]
fn b7_without_the_opt_out_one_person_looks_at_what_a_rule_prepared() {
    let case = asks(Kind::Utap, None, &[Field::Purpose]);
    let at_once = in_force(terms()).answer(&case, &facts(), NOW).unwrap().unwrap();
    assert!(at_once.is_released());
    let one = in_force(Terms { release: Release::OnePerson, ..terms() });
    let draft = one.answer(&case, &facts(), NOW).unwrap().unwrap();
    assert!(!draft.is_released());
    let digest = draft.digest();
    assert!(draft.release(&digest, ANNA).unwrap().is_released());
}

#[test]
fn b7_an_answer_by_hand_needs_two_persons_and_other_acts_one() {
    let draft = Draft::by(ANNA, answer(), Content::default());
    let digest = draft.digest();
    assert!(!draft.is_released());
    assert_eq!(draft.clone().release(&digest, ANNA), Err(Refused::SamePerson));
    assert_eq!(draft.clone().release(&Hash32::ZERO, BERT), Err(Refused::ApprovalMismatch));
    assert!(draft.release(&digest, BERT).unwrap().is_released());
    for act in [Act::Accept, Act::Close, Act::Withdraw] {
        assert!(Draft::by(ANNA, act, Content::default()).is_released());
    }
}

#[test]
fn b7_what_a_rule_answers_is_lawful_in_its_case() {
    let rule = in_force(terms());
    let case = after(&asks(Kind::Utap, Some(Level::One), &[]), &[(Side::Responder, Act::Accept)]);
    let draft = rule.answer(&case, &facts(), NOW).unwrap().unwrap();
    let id = crate::MessageId::new([9; 16]);
    let commitment = draft.content.commitment(&Hash32::ZERO);
    let message = case.next(Side::Responder, id, draft.act, commitment, NOW);
    assert_eq!(draft.content.check(), Ok(()));
    assert_eq!(case.check_answer(&message, &draft.content), Ok(()));
    assert!(case.step(&message, NOW.after(5_000)).is_ok());
}
