//! Names, codes and orders that others rely on.

use std::collections::BTreeSet;

use ledger_core::codec::{decode, encode};

use super::support::acts;
use crate::{
    case::Stage,
    content::{Code, Field, Line},
    kind::{Kind, Level},
    refused::Refused,
};

#[test]
fn b4_every_kind_has_its_iso_messages_and_codes() {
    let names: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.name()), Some(kind));
        let messages = kind.messages();
        let investigation = messages.asks == "camt.110.001.01";
        assert_eq!(kind.code().is_some(), investigation, "{kind:?}");
        assert_eq!(messages.answers == "camt.111.001.01", investigation, "{kind:?}");
    }
    let asked = |name: &str| Kind::from_name(name).unwrap().messages();
    assert_eq!(asked("UTAP").also_asks, Some("camt.026.001.07"));
    assert_eq!(asked("UTAP").also_answers, Some("camt.028.001.09"));
    assert_eq!(asked("CCNR").also_asks, Some("camt.027.001.07"));
    assert_eq!(asked("cancel").asks, "camt.056.001.08");
    assert_eq!(asked("cancel").answers, "camt.029.001.09");
    assert_eq!(asked("modify").asks, "camt.087.001.06");
    assert_eq!(asked("status").asks, "pacs.028.001.03");
}

#[test]
fn b4_levels_contain_each_other() {
    let [one, two, three] = [Level::One, Level::Two, Level::Three].map(Level::fields);
    assert!(one.iter().all(|field| two.contains(field)) && one.len() < two.len());
    assert_eq!(two, three);
    assert!(Level::Three.wants_document() && !Level::Two.wants_document());
}

#[test]
fn b1_names_and_codes_are_distinct_and_snake_case() {
    let codes: BTreeSet<&str> = Refused::ALL.iter().map(Refused::code).collect();
    assert_eq!(codes.len(), Refused::ALL.len());
    let snake = |c: char| c.is_ascii_lowercase() || c == '_';
    assert!(codes.iter().all(|code| code.chars().all(snake)));
    assert!(Refused::ALL.windows(2).all(|pair| pair[0] < pair[1]), "not in their order");
    let fields: BTreeSet<&str> = Field::ALL.iter().map(|field| field.name()).collect();
    assert_eq!(fields.len(), Field::ALL.len());
    for field in Field::ALL {
        assert_eq!(Field::from_name(field.name()), Some(field));
        assert!(Code::new(field.reason()).is_some());
    }
    let stages: BTreeSet<&str> = Stage::ALL.iter().map(|stage| stage.name()).collect();
    assert_eq!(stages.len(), Stage::ALL.len());
    assert!(Stage::ALL.iter().all(|stage| Code::new(stage.iso_status()).is_some()));
}

/// The first byte of an enum is its place: a new variant goes to the end.
#[test]
fn b1_the_order_of_acts_and_kinds_is_wire_format() {
    let first = |bytes: Vec<u8>| bytes[0];
    let order = [
        "open", "accept", "interim", "forward", "answer", "reject", "close", "reopen", "withdraw",
        "expire",
    ];
    for (at, name) in (0u8..).zip(order) {
        assert_eq!(first(encode(&acts()[name])), at, "{name}");
    }
    let kinds: Vec<Kind> = Kind::ALL.into_iter().skip(5).collect();
    for (at, kind) in (0u8..).zip(kinds) {
        assert_eq!(first(encode(&kind)), at, "{kind:?}");
    }
    for (at, field) in (0u8..).zip(Field::ALL) {
        assert_eq!(encode(&field), [at]);
    }
    for (at, stage) in (0u8..).zip(Stage::ALL) {
        assert_eq!(encode(&stage), [at]);
    }
}

#[test]
fn b1_lines_and_codes_are_bounded_when_they_are_decoded_too() {
    assert!(Line::new("").is_none() && Line::new("a\nb").is_none());
    assert!(Line::new(&"ü".repeat(140)).is_some() && Line::new(&"ü".repeat(141)).is_none());
    assert!(decode::<Line>(&encode(&"x".repeat(141)), 999).is_err());
    assert!(decode::<Line>(&encode(&"x".repeat(140)), 999).is_ok());
    for bad in ["", "ABC", "ABCDE", "abcd", "AB D"] {
        assert!(Code::new(bad).is_none(), "{bad}");
    }
    assert!(decode::<Code>(b"abcd", 9).is_err());
    assert_eq!(decode::<Code>(b"RJCR", 9).ok(), Code::new("RJCR"));
}
