//! The business application header and the envelope around header and document.
#![allow(clippy::print_stdout, reason = "a skipped check says so")]

mod oracle;

use iso20022::{
    Agent, BusinessHeader, Camt054, Document, FIXTURE_CAMT054_CREDIT, FIXTURE_PACS008,
    Iso20022Error, Pacs002, Pacs008, Party, PartyOrAgent, TxStatus, in_envelope,
};
use oracle::{assert_valid, data};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn by_bic(bic: &str) -> PartyOrAgent {
    PartyOrAgent::Agent(Agent { bicfi: some(bic), ..Agent::default() })
}

fn header() -> BusinessHeader {
    BusinessHeader {
        from: by_bic("QLVBUS3N"),
        to: by_bic("QNFJDEF1"),
        biz_msg_idr: "LINDENVALE-20261102-000417".to_owned(),
        msg_def_idr: "pacs.008.001.08".to_owned(),
        biz_svc: some("florin.settlement.01"),
        created: "2026-11-02T14:05:11Z".to_owned(),
    }
}

#[test]
fn the_headers_of_the_fixtures_read_as_what_they_say() {
    assert_eq!(BusinessHeader::find(FIXTURE_PACS008.as_bytes()), Ok(header()));
    let notified = BusinessHeader::find(FIXTURE_CAMT054_CREDIT.as_bytes()).unwrap();
    let issuer = Party {
        name: some("Marlstone Issuance GmbH"),
        lei: some("ZZQM00MARLSTONE00064"),
        ..Party::default()
    };
    assert_eq!(notified.from, by_bic("QHTRGB2L"));
    assert_eq!(notified.to, PartyOrAgent::Party(issuer));
    assert_eq!(notified.msg_def_idr, "camt.054.001.08");
}

#[test]
fn a_header_of_every_kind_of_sender_is_valid_and_reads_back_equal() {
    let senders = [
        by_bic("QLVBUS3NXXX"),
        PartyOrAgent::Agent(Agent { lei: some("ZZQL00LINDENVALE0161"), ..Agent::default() }),
        PartyOrAgent::Agent(Agent {
            clearing_system_code: some("USABA"),
            clearing_member_id: some("111111111"),
            ..Agent::default()
        }),
        PartyOrAgent::Party(Party { lei: some("ZZQM00MARLSTONE00064"), ..Party::default() }),
        PartyOrAgent::Party(Party {
            name: some("A&B <\"'> ]]>"),
            bic: some("ORCHUS33"),
            country_of_residence: some("US"),
            ..Party::default()
        }),
    ];
    for from in senders {
        for biz_svc in [None, some("florin.settlement.01")] {
            let header = BusinessHeader { from: from.clone(), biz_svc, ..header() };
            let document = header.to_xml();
            assert_eq!(BusinessHeader::find(document.as_bytes()).as_ref(), Ok(&header));
            assert_eq!(header.check(), Ok(()));
            assert_valid(&document, "head.001.001.02");
        }
    }
}

#[test]
fn header_and_document_in_one_envelope_are_both_found_again() {
    let payment = Pacs008::find(FIXTURE_PACS008.as_bytes()).unwrap();
    let notification = Camt054::find(FIXTURE_CAMT054_CREDIT.as_bytes()).unwrap();
    let report = Pacs002 {
        msg_id: "S".to_owned(),
        created: "2026-11-02T14:05:13Z".to_owned(),
        instructing_agent: None,
        instructed_agent: None,
        original: None,
        status_id: None,
        instr_id: None,
        end_to_end_id: None,
        tx_id: None,
        uetr: None,
        status: TxStatus::Settled,
        reasons: Vec::new(),
        accepted_at: None,
        effective_settlement: None,
        clearing_system_ref: None,
    };
    let documents =
        [Document::Pacs008(&payment), Document::Pacs002(&report), Document::Camt054(&notification)];
    for document in documents {
        let header = BusinessHeader { msg_def_idr: document.message_name().to_owned(), ..header() };
        let sent = in_envelope(&header, document).unwrap();
        assert!(sent.contains("<BusinessMessage xmlns=\"urn:florin:envelope:1\">\n  <AppHdr"));
        assert_eq!(BusinessHeader::find(sent.as_bytes()), Ok(header));
        match document {
            Document::Pacs008(payment) => {
                assert_eq!(Pacs008::find(sent.as_bytes()).as_ref(), Ok(payment));
            }
            Document::Pacs002(report) => {
                assert_eq!(Pacs002::find(sent.as_bytes()).as_ref(), Ok(report));
            }
            Document::Camt054(notification) => {
                assert_eq!(Camt054::find(sent.as_bytes()).as_ref(), Ok(notification));
            }
        }
        let start = sent.find("<AppHdr").unwrap();
        let end = sent.find("</AppHdr>").unwrap() + "</AppHdr>".len();
        assert_valid(&sent[start..end], "head.001.001.02");
        let end_of_document = sent.find("</BusinessMessage>").unwrap();
        assert_valid(sent[end..end_of_document].trim_start(), document.message_name());
    }
}

#[test]
fn a_header_that_names_another_document_is_not_sent_with_this_one() {
    let notification = Camt054::find(FIXTURE_CAMT054_CREDIT.as_bytes()).unwrap();
    let error = in_envelope(&header(), Document::Camt054(&notification)).unwrap_err();
    let expected = Iso20022Error::HeaderMismatch {
        header: "pacs.008.001.08".to_owned(),
        document: "camt.054.001.08",
    };
    assert_eq!(error, expected);
    assert_eq!((error.code(), error.path()), ("header_mismatch", None));
}

#[test]
fn a_header_is_held_to_the_schema_and_refused_with_its_path() {
    let long = "x".repeat(36);
    let rows = [
        (
            "<BICFI>QLVBUS3N</BICFI>",
            "<BICFI>QLVBUS3</BICFI>",
            "/Fr/FIId/FinInstnId/BICFI",
            "bad_bic",
        ),
        ("<BICFI>QLVBUS3N</BICFI>", "<LEI>1</LEI>", "/Fr/FIId/FinInstnId/LEI", "bad_lei"),
        ("BICFI>", "BIC>", "", "malformed_xml"),
        (
            "<BICFI>QLVBUS3N</BICFI>",
            "<BIC>QLVBUS3N</BIC>",
            "/Fr/FIId/FinInstnId/BIC",
            "schema_violation",
        ),
        ("<FIId>", "<OrgId/><FIId>", "/Fr/FIId", "schema_violation"),
        ("<Fr>", "<Fr/><Fr>", "/Fr", "schema_violation"),
        ("<To>", "<Rltd/><To>", "/To", "schema_violation"),
        (
            "<BizMsgIdr>LINDENVALE-20261102-000417<",
            "<BizMsgIdr><",
            "/BizMsgIdr",
            "schema_violation",
        ),
        ("<MsgDefIdr>pacs.008.001.08</MsgDefIdr>", "", "/MsgDefIdr", "schema_violation"),
        ("florin.settlement.01", &long, "/BizSvc", "schema_violation"),
        ("T14:05:11Z</CreDt>", "</CreDt>", "/CreDt", "schema_violation"),
    ];
    for (from, to, place, code) in rows {
        let document = FIXTURE_PACS008.replacen(from, to, 1);
        let error = BusinessHeader::find(document.as_bytes()).unwrap_err();
        assert_eq!(error.code(), code, "{to}: {error}");
        if !place.is_empty() {
            assert_eq!(error.path(), Some(&*format!("AppHdr{place}")), "{to}: {error}");
        }
    }
}

#[test]
fn a_missing_second_or_unknown_header_is_refused() {
    let bare = header().to_xml();
    let element = bare.split_once('\n').unwrap().1;
    let code = |document: &str| BusinessHeader::find(document.as_bytes()).unwrap_err();
    assert_eq!(code("<Document/>"), Iso20022Error::NoBusinessHeader);
    assert_eq!(code(&bare.replace("head.001", "pacs.008")).code(), "no_business_header");
    let twice = format!("<Two>{element}{element}</Two>");
    assert_eq!(code(&twice), Iso20022Error::MultipleMessages { count: 2 });
    for version in ["01", "04"] {
        let other = bare.replace("head.001.001.02", &format!("head.001.001.{version}"));
        assert_eq!(code(&other).code(), "unknown_version");
    }
    let newer = bare.replace("head.001.001.02", "head.001.001.03");
    assert_eq!(BusinessHeader::find(newer.as_bytes()), Ok(header()));
}

#[test]
fn no_damage_to_a_header_causes_a_panic() {
    let bytes = header().to_xml().into_bytes();
    for at in 0..bytes.len() {
        let _ = BusinessHeader::find(&bytes[..at]);
        for mask in (0..8).map(|bit| 1_u8 << bit).chain([0xff]) {
            let mut flipped = bytes.clone();
            flipped[at] ^= mask;
            if let Ok(read) = BusinessHeader::find(&flipped) {
                assert_eq!(read.check(), Ok(()), "{}", String::from_utf8_lossy(&flipped));
            }
        }
    }
}

#[test]
fn real_headers_that_name_both_sides_are_read_and_empty_ones_refused() {
    let Ok(entries) = std::fs::read_dir(data().join("samples/fednow")) else {
        println!("skipped: no data");
        return;
    };
    let mut read = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        match BusinessHeader::find(&bytes) {
            Ok(header) => {
                read += 1;
                assert_eq!(header.check(), Ok(()), "{}", path.display());
                assert_valid(&header.to_xml(), "head.001.001.02");
            }
            Err(error) => {
                println!("{}: {error}", path.display());
                let known = ["no_business_header", "multiple_messages", "schema_violation"];
                assert!(known.contains(&error.code()), "{}: {error}", path.display());
            }
        }
    }
    assert!(read >= 1, "no sample has a header with both sides");
}
