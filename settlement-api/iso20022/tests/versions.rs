//! Other versions than the pinned ones: read where the meaning is equal, refused where not.
#![allow(clippy::print_stdout, reason = "a skipped check says so")]

use iso20022::check::check;
use iso20022::convert::{canonical_xml, convert};
use iso20022::version::{VERSIONS, reading};
use std::path::PathBuf;

const OLD: &str = include_str!("../fixtures/camt.053.001.02.xml");
const P8: &str = include_str!("../fixtures/cbpr/pacs.008.xml");

#[test]
fn a_statement_of_2009_becomes_the_same_statement_of_today() {
    let report = check(OLD.as_bytes(), None);
    assert!(report.ok(), "{:?}", report.errors);
    assert_eq!(
        (report.message.as_deref(), report.version.as_deref()),
        (Some("camt.053"), Some("001.02"))
    );
    let xml = canonical_xml(OLD.as_bytes()).unwrap();
    for said in [
        "camt.053.001.08",
        "<BICFI>QNFJDEF1</BICFI>",
        "<Cd>BOOK</Cd>",
        "<TtlNetNtry>",
        "<Pty>",
        "<Rcrd>",
    ] {
        assert!(xml.contains(said), "{said}\n{xml}");
    }
    assert!(check(xml.as_bytes(), None).ok());
}

#[test]
fn an_error_in_an_older_version_is_found_by_its_own_table() {
    let broken = OLD.replace("<Sts>BOOK</Sts>", "<Sts>OOPS</Sts>");
    let report = check(broken.as_bytes(), None);
    assert!(report.errors.iter().any(|one| one.rule == "schema.code"), "{:?}", report.errors);
}

/// Every row of the table: the ends are read, what lies beyond is not.
#[test]
fn versions_are_read_from_the_first_to_the_last() {
    for row in VERSIONS {
        let name = |version: u8| format!("{}{version:02}", row.message);
        assert!(row.read.contains(&row.pinned), "{}", row.message);
        for version in row.read.clone() {
            let reading = reading(&name(version)).unwrap();
            assert!(reading.pinned.name.starts_with(row.message));
        }
        assert!(reading(&name(row.read.end() + 1)).is_none());
        assert!(reading(&name(row.read.start() - 1)).is_none());
    }
}

#[test]
fn a_newer_version_is_read_where_it_says_nothing_new() {
    let newer = P8.replace("pacs.008.001.08", "pacs.008.001.10");
    assert!(check(newer.as_bytes(), None).ok(), "{:?}", check(newer.as_bytes(), None).errors);
    let new_fact =
        newer.replace("<Nm>Henrike Vossbrink</Nm>\n", "<Nm>Henrike Vossbrink</Nm><Xtra>1</Xtra>\n");
    let report = check(new_fact.as_bytes(), None);
    let told = report.errors.iter().any(|one| one.text.starts_with("read as pacs.008.001.08"));
    assert!(told, "{:?}", report.errors);
}

#[test]
fn an_unknown_version_is_refused_by_name() {
    let report = check(P8.replace("pacs.008.001.08", "pacs.008.001.99").as_bytes(), None);
    assert_eq!(report.errors[0].rule, "document.version");
    let report = check(b"<a xmlns=\"urn:iso:std:iso:20022:tech:xsd:auth.001.001.01\"/>", None);
    assert_eq!(report.errors[0].rule, "document.unknown_message");
    let report = check(b"<a/>", None);
    assert_eq!(report.errors[0].rule, "document.no_message");
    let report = check(b"<!DOCTYPE a><a/>", None);
    assert_eq!(report.errors[0].rule, "xml.dtd_refused");
}

/// Real messages of two networks and a bank, which are not part of the repository.
#[test]
fn real_messages_are_read() {
    let data = std::env::var_os("FLORIN_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let samples = data.join("samples");
    if !samples.exists() {
        println!("skipped: no data");
        return;
    }
    for file in [
        "rtp/pacs008.xml",
        "rtp/pacs009.xml",
        "rtp/pacs002.ACTC.xml",
        "rtp/pacs002.RJCT.xml",
        "rtp/camt029.xml",
        "rtp/camt056.refund.xml",
        "rtp/pain013.xml",
        "rtp/pain014.ACTC.xml",
        "fednow/sample-participant-to-fednow-message.xml",
        "fednow/fednow-sample-message-pacs002.xml",
        "fednow/fednow-sample-message-admi002.xml",
        "fednow/admi004-ping.xml",
    ] {
        let bytes = std::fs::read(samples.join(file)).unwrap();
        let report = check(&bytes, None);
        assert!(report.ok(), "{file}: {:?}", report.errors);
        assert!(convert(&bytes).is_ok(), "{file}");
    }
    let statement = std::fs::read(samples.join("bank-camt.053.001.02.xml")).unwrap();
    let report = check(&statement, None);
    assert!(report.ok(), "{:?}", report.errors);
    assert!(convert(&statement).is_ok());
}
