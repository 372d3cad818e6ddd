//! The official schemas as judges of what is written.

use std::path::PathBuf;
use std::process::Command;

/// The folder of schemas and real messages, which are not part of the repository.
pub(crate) fn data() -> PathBuf {
    std::env::var_os("FLORIN_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    )
}

/// Validates with xmllint where it and the schema are present.
pub(crate) fn assert_valid(document: &str, message: &str) {
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
