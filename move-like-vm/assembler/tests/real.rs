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
    [told, Some(beside), Some(PathBuf::from("/work/shared/data"))]
        .into_iter()
        .flatten()
        .map(|data| data.join("move-bytecode/cases.jsonl"))
        .find(|file| file.is_file())
}

#[test]
fn every_real_binary_that_decodes_survives_as_text() {
    let Some(path) = cases() else {
        println!("skipped: no data");
        return;
    };
    let text = std::fs::read_to_string(path).expect("the cases are text");
    let mut survived = 0_usize;
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a case");
        for task in case["tasks"].as_array().expect("tasks") {
            let name = format!("{} step {}", case["id"], task["step"]);
            let hexadecimal = task["bytecode_hex"].as_str().expect("a word");
            let bytes = hex::decode(hexadecimal).expect("hexadecimal");
            if task["kind"] == "module" {
                let Ok(module) = decode::module_with(&bytes, AddressWidth::Sixteen) else {
                    continue;
                };
                let text = disassemble(&module);
                assert_eq!(assemble(&text), Ok(module), "{name}\n{text}");
            } else {
                let Ok(script) = decode::script_with(&bytes, AddressWidth::Sixteen) else {
                    continue;
                };
                let text = disassemble_script(&script);
                assert_eq!(assemble_script(&text), Ok(script), "{name}\n{text}");
            }
            survived += 1;
        }
    }
    assert!(survived > 0, "no binary decodes");
    println!("{survived} binaries survive as text");
}
