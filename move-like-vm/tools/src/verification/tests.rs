use move_assembler::{assemble, assemble_script};
use move_like_vm::encode;

use super::*;

const GOOD: &str = "module 0x1::m\nfun f(): u64 { ld_u64 1 ret }";
const BAD: &str = "module 0x1::m\nfun f(): u64 { ld_true ret }";
const SCRIPT: &str = "script fun main(a: u64) { move_loc a pop ret }";

fn written() -> (tempfile::TempDir, Vec<std::path::PathBuf>) {
    let folder = tempfile::tempdir().expect("a folder");
    let module = |text| encode::module(&assemble(text).expect("complete")).expect("writable");
    let script = encode::script(&assemble_script(SCRIPT).expect("complete")).expect("writable");
    let files = [
        ("good.mv", module(GOOD)),
        ("bad.mv", module(BAD)),
        ("script.mv", script),
        ("text.mv", b"module".to_vec()),
        ("empty.mv", Vec::new()),
    ];
    let mut paths: Vec<_> = Vec::new();
    for (name, bytes) in files {
        paths.push(folder.path().join(name));
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    }
    paths.push(folder.path().join("absent.mv"));
    (folder, paths)
}

#[test]
fn every_file_has_its_line_whatever_it_holds() {
    let (_folder, paths) = written();
    let verdicts = files(&paths, &Options::default());
    let statuses: Vec<&str> = verdicts.iter().map(|verdict| verdict.status.as_str()).collect();
    let expected =
        ["EXECUTED", "RET_TYPE_MISMATCH_ERROR", "EXECUTED", "BAD_MAGIC", "BAD_MAGIC", "UNREADABLE"];
    assert_eq!(statuses, expected);
    assert_eq!(verdicts[1].place.as_deref(), Some("function 0, instruction 1"));
    let json: serde_json::Value =
        serde_json::from_str(&verdicts[1].json().expect("json")).expect("json");
    let keys: Vec<&String> = json.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["file", "status"]);
    let table = Table(&verdicts).to_string();
    assert_eq!(table.lines().count(), 6);
    assert!(table.contains("bad.mv (function 0, instruction 1)"), "{table}");
}

#[test]
fn a_kind_that_is_said_is_not_told_from_the_content() {
    let (_folder, paths) = written();
    let options = Options { kind: Some(Kind::Module), ..Options::default() };
    let verdicts = files(&paths[2..3], &options);
    assert_eq!(verdicts[0].status, "NO_MODULE_HANDLES");
}
