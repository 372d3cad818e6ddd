//! What is encoded is decoded as it was, and what is decoded is encoded as it was.

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::format::{AddressWidth, CompiledModule, CompiledScript, sample};
use crate::{decode, encode};

/// Draws the same cases in every run.
fn runner() -> TestRunner {
    let config = Config { cases: 500, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

const WIDTHS: [AddressWidth; 2] = [AddressWidth::Sixteen, AddressWidth::ThirtyTwo];

fn module_survives(module: &CompiledModule, width: AddressWidth) -> Result<(), TestCaseError> {
    if let Ok(bytes) = encode::module_with(module, width) {
        let again = decode::module_with(&bytes, width);
        proptest::prop_assert_eq!(again.as_ref(), Ok(module));
    }
    Ok(())
}

fn script_survives(script: &CompiledScript, width: AddressWidth) -> Result<(), TestCaseError> {
    if let Ok(bytes) = encode::script_with(script, width) {
        let again = decode::script_with(&bytes, width);
        proptest::prop_assert_eq!(again.as_ref(), Ok(script));
    }
    Ok(())
}

#[test]
fn any_module_is_decoded_as_it_was_encoded() {
    runner()
        .run(&sample::any_module(), |mut module| {
            proptest::prop_assert!(encode::module(&module).is_ok());
            module_survives(&module, AddressWidth::ThirtyTwo)?;
            module.version = 5;
            module_survives(&module, AddressWidth::ThirtyTwo)?;
            module.addresses.iter_mut().for_each(|address| address[..16].fill(0));
            WIDTHS.into_iter().try_for_each(|width| module_survives(&module, width))
        })
        .expect("every module survives");
}

#[test]
fn any_script_is_decoded_as_it_was_encoded() {
    runner()
        .run(&sample::any_script(), |mut script| {
            proptest::prop_assert!(encode::script(&script).is_ok());
            script.addresses.iter_mut().for_each(|address| address[..16].fill(0));
            WIDTHS.into_iter().try_for_each(|width| script_survives(&script, width))
        })
        .expect("every script survives");
}

#[test]
fn a_module_with_every_table_and_instruction_survives_with_either_width() {
    for width in WIDTHS {
        let module = sample::module();
        let bytes = encode::module_with(&module, width).expect("writable");
        assert_eq!(decode::module_with(&bytes, width), Ok(module));
        let script = sample::script();
        let bytes = encode::script_with(&script, width).expect("writable");
        assert_eq!(decode::script_with(&bytes, width), Ok(script));
    }
}

/// What follows the tail is no part of the module, so it is lost.
#[test]
fn a_prefix_is_refused_and_a_suffix_is_ignored() {
    let module = sample::module();
    let mut bytes = encode::module(&module).expect("writable");
    for end in 0..bytes.len() {
        assert!(decode::module(&bytes[..end]).is_err(), "the first {end} bytes");
    }
    bytes.extend([0xFF; 9]);
    assert_eq!(decode::module(&bytes), Ok(module));
}

/// Whatever is accepted has an encoding that is accepted as the same.
fn holds(bytes: &[u8]) -> bool {
    if let Ok(module) = decode::module(bytes) {
        let again = encode::module(&module).expect("what was read can be written");
        assert_eq!(decode::module(&again).as_ref(), Ok(&module));
        return true;
    }
    false
}

#[test]
fn every_byte_of_a_module_may_have_every_value() {
    let bytes = encode::module(&sample::module()).expect("writable");
    let mut accepted = 0_usize;
    for position in 0..bytes.len() {
        let mut changed = bytes.clone();
        for value in 0..=u8::MAX {
            changed[position] = value;
            accepted += usize::from(holds(&changed));
        }
    }
    assert!(accepted > bytes.len(), "some changes are harmless: {accepted}");
}

/// The order of tables in the directory says nothing.
#[test]
fn the_directory_may_list_tables_in_any_order() {
    let module = sample::module();
    let bytes = encode::module(&module).expect("writable");
    assert_eq!(bytes[8], 15, "every table is there");
    // one byte for the kind, then offset and size of one or two bytes each
    let mut rows: Vec<Vec<u8>> = Vec::new();
    let mut at = 9;
    for _ in 0..15 {
        let start = at;
        at += 1;
        for _ in 0..2 {
            at += if bytes[at] & 0x80 == 0 { 1 } else { 2 };
        }
        rows.push(bytes[start..at].to_vec());
    }
    for turn in 0..15 {
        rows.rotate_left(turn);
        rows.swap(0, 7);
        let turned = [&bytes[..9], &rows.concat(), &bytes[at..]].concat();
        assert_eq!(decode::module(&turned).as_ref(), Ok(&module));
    }
}
