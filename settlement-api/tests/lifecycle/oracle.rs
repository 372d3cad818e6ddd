//! The official schemas as judges of what is written.

use std::{path::PathBuf, process::Command};

/// The folder of schemas, which are not part of the repository.
fn data() -> PathBuf {
    std::env::var_os("FLORIN_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    )
}

/// Holds a message to our table and rules, and to the official schemas where those and xmllint are
/// present: its header and its document each to its own.
pub(crate) fn assert_valid(text: &str, message: &str) {
    let judged = iso20022::check::check(text.as_bytes(), None);
    assert!(judged.ok(), "{:?}\n{text}", judged.errors);
    let named = [judged.message.unwrap(), judged.version.unwrap()].join(".");
    assert_eq!(named, message);
    let element = |name: &str| {
        let (start, end) = (text.find(&format!("<{name} "))?, format!("</{name}>"));
        text[start..].find(&end).map(|at| &text[start..start + at + end.len()])
    };
    assert_fits(element("Document").unwrap_or(text), message);
    if let Some(header) = element("AppHdr") {
        assert_fits(header, "head.001.001.02");
    }
}

fn assert_fits(document: &str, message: &str) {
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

/// Holds a message to the guide of correspondents, too.
pub(crate) fn assert_exchanged(text: &str, message: &str) {
    assert_valid(text, message);
    let judged = iso20022::check::check(text.as_bytes(), Some(iso20022::rules::Pack::Cbpr2026));
    assert!(judged.ok(), "{:?}\n{text}", judged.errors);
}
