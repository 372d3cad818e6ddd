//! How fast messages are read, held to their schemas and rules, and turned into JSON.
//!
//! ```text
//! cargo bench -p iso20022 --bench check
//! ```
//!
//! The baseline is quick-xml reading the events of the same bytes and keeping nothing. Each figure is the
//! median of five rounds on one thread, after one that is not counted.
//!
//! # Absent     large statements; what other messages take
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a bench reads the clock, prints what it measured, and stops at the unexpected"
)]

use iso20022::check::check;
use iso20022::convert::{canonical_xml, xml_to_json};
use iso20022::rules::Pack;
use iso20022::table::Schema;
use iso20022::validate::validate;
use iso20022::xml::Element;
use iso20022::{Pacs008, tables};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 5;
const PASSES: usize = 2000;

fn main() {
    let text = include_str!("../fixtures/cbpr/pacs.008.xml");
    let bytes = text.as_bytes();
    println!("one pacs.008.001.08 of {} bytes with its header", bytes.len());
    report("quick-xml, events only", bytes.len(), || {
        let mut reader = Reader::from_str(text);
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => break,
                event => {
                    black_box(event);
                }
            }
        }
    });
    report("hardened reader, tree", bytes.len(), || {
        black_box(Element::parse(bytes).unwrap());
    });
    let schema: &Schema = tables::named("pacs.008.001.08").unwrap();
    report("tree and schema", bytes.len(), || {
        let root = Element::parse(bytes).unwrap();
        let message = root.at("Document/FIToFICstmrCdtTrf").unwrap();
        assert!(black_box(validate(message, &schema.message, &schema.namespace())).is_empty());
    });
    report("check, the standard's rules", bytes.len(), || {
        assert!(black_box(check(bytes, None)).ok());
    });
    report("check, cbpr-2026 too", bytes.len(), || {
        assert!(black_box(check(bytes, Some(Pack::Cbpr2026))).ok());
    });
    report("to the typed pacs.008", bytes.len(), || {
        let _ = black_box(Pacs008::find(bytes));
    });
    report("to JSON", bytes.len(), || {
        black_box(xml_to_json(bytes).unwrap());
    });
    report("to canonical XML", bytes.len(), || {
        black_box(canonical_xml(bytes).unwrap());
    });
}

fn report(name: &str, bytes: usize, mut run: impl FnMut()) {
    let mut rounds: Vec<f64> = (0..=ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..PASSES).for_each(|_| run());
            start.elapsed().as_secs_f64() / PASSES as f64
        })
        .skip(1)
        .collect();
    rounds.sort_by(f64::total_cmp);
    let seconds = rounds[ROUNDS / 2];
    let megabytes = bytes as f64 / seconds / 1e6;
    println!(
        "{name:30} {:>9.1} us {megabytes:>8.1} MB/s {:>9.0} messages/s",
        seconds * 1e6,
        1.0 / seconds
    );
}
