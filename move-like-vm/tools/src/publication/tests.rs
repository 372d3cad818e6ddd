use move_assembler::assemble;
use move_like_vm::encode;
use move_like_vm::runtime::native::{Declared, Natives, StandardNatives};

use super::*;

const BASE: &str = "module 0x1::base\npublic fun one(): u64 { ld_u64 1 ret }";
const OTHER_BASE: &str = "module 0x1::base\npublic fun one(): u8 { ld_u8 1 ret }";
const USER: &str = "module 0x1::user\nfun two(): u64 { call 0x1::base::one ret }
    tables { functions { 0x1::base::one(): u64 } }";
const WRONG_USER: &str = "module 0x1::user\nfun two(): u8 { call 0x1::base::one ret }
    tables { functions { 0x1::base::one(): u8 } }";
const BACK: &str = "module 0x1::base\npublic fun one(): u64 { call 0x1::user::two ret }
    tables { functions { 0x1::user::two(): u64 } }";
const FORTH: &str = "module 0x1::user\npublic fun two(): u64 { call 0x1::base::one ret }
    tables { functions { 0x1::base::one(): u64 } }";
const BROKEN: &str = "module 0x1::base\npublic fun one(): u64 { ld_true ret }";
const NATIVE: &str = "module 0x1::base\nnative public fun nobody_has_this()";

/// The statuses of some texts, published together on top of others.
fn statuses(new: &[&str], old: &[&str]) -> Vec<String> {
    statuses_with(new, old, &StandardNatives)
}

fn statuses_with(new: &[&str], old: &[&str], natives: &dyn Natives) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |prefix: &str, texts: &[&str]| -> Vec<PathBuf> {
        let written = texts.iter().enumerate().map(|(number, text)| {
            let path = folder.path().join(format!("{prefix}{number}.mv"));
            let module = assemble(text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
            std::fs::write(&path, encode::module(&module).expect("writable")).expect("a file");
            path
        });
        written.collect()
    };
    let (new, old) = (write("new", new), write("old", old));
    let verdicts = files(&new, &old, &Config::network(), natives);
    verdicts.into_iter().map(|verdict| verdict.status).collect()
}

#[test]
fn modules_are_published_in_the_order_of_their_dependencies() {
    assert_eq!(statuses(&[USER, BASE], &[]), ["EXECUTED", "EXECUTED"]);
    assert_eq!(statuses(&[USER], &[BASE]), ["EXECUTED"]);
}

#[test]
fn what_cannot_be_published_has_its_status() {
    let rows: &[(&[&str], &[&str], &[&str])] = &[
        (&[USER], &[], &["LINKER_ERROR"]),
        (&[WRONG_USER, BASE], &[], &["TYPE_MISMATCH", "EXECUTED"]),
        (&[OTHER_BASE], &[BASE], &["BACKWARD_INCOMPATIBLE_MODULE_UPDATE"]),
        (&[BASE], &[BASE], &["EXECUTED"]),
        (&[BROKEN], &[], &["RET_TYPE_MISMATCH_ERROR"]),
        (&[NATIVE], &[], &["MISSING_DEPENDENCY"]),
        (&[BACK], &[BASE, FORTH], &["CYCLIC_MODULE_DEPENDENCY"]),
    ];
    for (new, old, expected) in rows {
        assert_eq!(&statuses(new, old), expected, "{new:?} on {old:?}");
    }
}

#[test]
fn modules_in_a_circle_are_refused() {
    let circle = "CYCLIC_MODULE_DEPENDENCY";
    assert_eq!(statuses(&[BACK, FORTH], &[]), [circle, circle]);
}

#[test]
fn natives_that_nobody_provides_may_be_let_pass() {
    assert_eq!(statuses(&[NATIVE], &[]), ["MISSING_DEPENDENCY"]);
    assert_eq!(statuses_with(&[NATIVE], &[], &Declared(StandardNatives)), ["EXECUTED"]);
}
