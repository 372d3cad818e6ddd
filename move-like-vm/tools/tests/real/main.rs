//! The tools on binaries that other compilers of the family wrote.
#![expect(clippy::print_stdout, reason = "a run says what it counted and what it skipped")]

mod data;

use move_assembler::{Unit, assemble_unit};
use move_like_vm::decode;
use move_like_vm::format::AddressWidth;
use move_tools::binary::{self, Kind};
use move_tools::{cases, disassembly};

#[test]
fn the_kind_of_every_real_binary_is_told_from_its_bytes() {
    let tasks = data::cases().into_iter().flat_map(|case| case.tasks);
    for task in tasks {
        let bytes = hex::decode(&task.bytecode_hex).expect("hexadecimal");
        assert_eq!(binary::kind(&bytes), task.kind, "{}", task.bytecode_hex);
    }
}

/// Exceptions are files whose list of tables is what was damaged: their fault is the same for both kinds.
#[test]
fn the_kind_of_a_damaged_real_binary_is_mostly_that_of_the_whole_one() {
    let (mut scripts, mut modules) = ((0_usize, 0_usize), (0_usize, 0_usize));
    for task in data::cases().into_iter().flat_map(|case| case.tasks) {
        let bytes = hex::decode(&task.bytecode_hex).expect("hexadecimal");
        let counts = if task.kind == Kind::Script { &mut scripts } else { &mut modules };
        for at in 0..bytes.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= change;
                counts.0 += 1;
                counts.1 += usize::from(binary::kind(&damaged) != task.kind);
            }
        }
    }
    println!(
        "told wrongly: {} of {} scripts, {} of {} modules",
        scripts.1, scripts.0, modules.1, modules.0
    );
    assert!(scripts.1 * 50 <= scripts.0 && modules.1 * 50 <= modules.0, "{scripts:?} {modules:?}");
}

#[test]
fn the_width_of_addresses_is_told_from_the_binaries_together() {
    let tasks: Vec<_> = data::cases().into_iter().flat_map(|case| case.tasks).collect();
    if tasks.is_empty() {
        return;
    }
    let short: Vec<Vec<u8>> =
        tasks.iter().map(|task| hex::decode(&task.bytecode_hex).expect("hexadecimal")).collect();
    assert_eq!(binary::width(short.iter().map(Vec::as_slice)), AddressWidth::Sixteen);
    let long: Vec<Vec<u8>> = short
        .iter()
        .filter_map(|bytes| {
            let module = decode::checked_module(bytes, AddressWidth::Sixteen).ok()?;
            move_like_vm::encode::module(&module).ok()
        })
        .collect();
    assert_eq!(binary::width(long.iter().map(Vec::as_slice)), AddressWidth::ThirtyTwo);
}

#[test]
fn every_real_binary_is_shown_as_a_text_that_assembles() {
    for task in data::cases().into_iter().flat_map(|case| case.tasks) {
        let bytes = hex::decode(&task.bytecode_hex).expect("hexadecimal");
        let Ok(text) = disassembly::text(&bytes, AddressWidth::Sixteen) else { continue };
        let kind = match assemble_unit(&text).expect("a text of ours") {
            Unit::Module(_) => Kind::Module,
            Unit::Script(_) => Kind::Script,
        };
        assert_eq!(kind, task.kind, "{text}");
    }
}

fn different(options: &cases::Options) -> Vec<cases::Outcome> {
    let mut different = Vec::new();
    let count = cases::run(&data::cases(), options, |outcome| {
        if !outcome.ok {
            different.push(outcome.clone());
        }
    });
    println!("{count}");
    different
}

#[test]
fn every_case_comes_out_as_the_reference_says() {
    for checked in [false, true] {
        let found = different(&cases::Options { checked, ..cases::Options::default() });
        let found: Vec<_> = found.iter().map(|outcome| outcome.json().expect("json")).collect();
        assert!(found.is_empty(), "checked: {checked}\n{}", found.join("\n"));
    }
}

#[test]
fn only_scripts_that_miss_their_arguments_come_out_otherwise_when_they_get_them() {
    let passing = cases::Passing::Named;
    for outcome in different(&cases::Options { passing, ..cases::Options::default() }) {
        for (expected, got) in outcome.expected.iter().zip(&outcome.got) {
            let missed = expected.starts_with("NUMBER_OF") && expected.ends_with("_MISMATCH");
            assert!(expected == got || missed, "{}: {expected}, {got}", outcome.id);
            assert!(got != "NOT_UNDERSTOOD" && got != "PANIC", "{}: {got}", outcome.id);
        }
    }
}
