//! The official schemas as judges of what is written.

use std::{path::PathBuf, process::Command};

/// The folder of schemas, which are not part of the repository.
fn data() -> PathBuf {
    std::env::var_os("FLORIN_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    )
}

/// Holds a message to our table and rules, and to the official schema where that and xmllint are
/// present.
pub(crate) fn assert_valid(document: &str, message: &str) {
    let judged = iso20022::check::check(document.as_bytes(), None);
    assert!(judged.ok(), "{:?}\n{document}", judged.errors);
    let named = [judged.message.unwrap(), judged.version.unwrap()].join(".");
    assert_eq!(named, message);
    let schema = data().join(format!("xsd/iso/{message}.xsd"));
    if !schema.exists() {
        println!("skipped: no data");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("document.xml");
    std::fs::write(&file, document).unwrap();
    let run = Command::new("xmllint").arg("--noout").arg("--schema").arg(schema).arg(file).output();
    match run {
        Err(_) => println!("skipped: no xmllint"),
        Ok(run) => {
            let said = String::from_utf8_lossy(&run.stderr).into_owned();
            assert!(run.status.success(), "{said}\n{document}");
        }
    }
}
