//! Binaries that other compilers of the family wrote survive as text.

use std::path::PathBuf;

use move_assembler::{assemble, assemble_script, disassemble, disassemble_script};
use move_like_vm::decode;
use move_like_vm::format::AddressWidth;
use serde_json::Value;

/// The file with the cases, if it is there.
fn cases() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told where the data is")]
    let told = std::env::var_os("FLORIN_DATA").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    [told, Some(beside)]
        .into_iter()
        .flatten()
        .map(|data| data.join("move-bytecode/cases.jsonl"))
        .find(|file| file.is_file())
}

/// Every binary of the cases with its name, and whether it is a module; none where there is no data.
fn binaries() -> Vec<(String, bool, Vec<u8>)> {
    let Some(path) = cases() else { return Vec::new() };
    let text = std::fs::read_to_string(path).expect("the cases are text");
    let mut binaries = Vec::new();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a case");
        for task in case["tasks"].as_array().expect("tasks") {
            let name = format!("{} step {}", case["id"], task["step"]);
            let hexadecimal = task["bytecode_hex"].as_str().expect("a word");
            let bytes = hex::decode(hexadecimal).expect("hexadecimal");
            binaries.push((name, task["kind"] == "module", bytes));
        }
    }
    binaries
}

/// Whether the binary decodes; if so, it must come back from its text.
fn survives(name: &str, is_module: bool, bytes: &[u8]) -> bool {
    if is_module {
        let Ok(module) = decode::module_with(bytes, AddressWidth::Sixteen) else { return false };
        let text = disassemble(&module);
        assert_eq!(assemble(&text), Ok(module), "{name}\n{text}");
    } else {
        let Ok(script) = decode::script_with(bytes, AddressWidth::Sixteen) else { return false };
        let text = disassemble_script(&script);
        assert_eq!(assemble_script(&text), Ok(script), "{name}\n{text}");
    }
    true
}

#[test]
fn every_real_binary_that_decodes_survives_as_text() {
    let binaries = binaries();
    let survived =
        binaries.iter().filter(|(name, is_module, bytes)| survives(name, *is_module, bytes));
    assert_eq!(survived.count(), binaries.len());
    println!("{} binaries survive as text", binaries.len());
}

#[test]
fn damaged_binaries_that_decode_survive_as_text() {
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % u64::try_from(below).expect("small")).expect("small")
    };
    let binaries = binaries();
    let mut survived = 0_usize;
    for (name, is_module, bytes) in &binaries {
        for _ in 0..40 {
            let mut damaged = bytes.clone();
            for _ in 0..=random(3) {
                let at = random(damaged.len());
                damaged[at] = u8::try_from(random(256)).expect("a byte");
            }
            survived += usize::from(survives(name, *is_module, &damaged));
        }
    }
    assert!(survived > 0 || binaries.is_empty(), "no damaged binary decodes");
    println!("{survived} damaged binaries survive as text");
}
