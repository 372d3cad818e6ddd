//! Reading, writing and deriving, against our own fixture, real samples and the official schemas.
#![allow(clippy::print_stdout, reason = "a skipped check says so")]

mod oracle;

use iso20022::{
    AccountId, Advice, Agent, Charge, ChargeBearer, ClearingSystem, CurrencyAmount, EffectiveDate,
    FIXTURE_PACS008, OriginalGroup, Pacs002, Pacs008, Party, PostalAddress, Purpose, Reason,
    SettlementMethod, StatusReason, TxStatus,
};
use oracle::{assert_valid, data};
use uuid::Uuid;

fn fixture() -> Pacs008 {
    Pacs008::find(FIXTURE_PACS008.as_bytes()).unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// The fixture's part between a start and an end tag, both included.
fn part(tag: &str) -> &'static str {
    let start = FIXTURE_PACS008.find(&format!("<{tag}")).unwrap();
    let end_tag = format!("</{tag}>");
    let end = FIXTURE_PACS008.find(&end_tag).unwrap() + end_tag.len();
    &FIXTURE_PACS008[start..end]
}

#[test]
fn the_fixture_is_valid_in_header_and_document() {
    assert_valid(part("AppHdr"), "head.001.001.02");
    assert_valid(part("Document"), "pacs.008.001.08");
}

#[test]
fn the_fixture_reads_as_what_it_says() {
    let payment = fixture();
    assert_eq!(payment.msg_id, "LINDENVALE-20261102-000417");
    assert_eq!(payment.created, "2026-11-02T14:05:11Z");
    assert_eq!(payment.settlement_method, SettlementMethod::Clearing);
    assert_eq!(payment.clearing_system, Some(ClearingSystem::Proprietary("FLORIN".to_owned())));
    assert_eq!(payment.instr_id, some("LV-INSTR-000417"));
    assert_eq!(payment.end_to_end_id, "ORCHARD-INV-2209");
    assert_eq!(payment.tx_id, some("LV-TX-000417"));
    assert_eq!(payment.uetr_or_derived().to_string(), "3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163");
    assert_eq!(payment.amount.currency, "USD");
    assert_eq!(payment.amount.minor(2), Ok(1_250_000));
    assert_eq!(payment.settlement_date.unwrap().to_string(), "2026-11-02");
    assert_eq!(payment.charge_bearer, ChargeBearer::Shared);
    assert_eq!(
        payment.instructing_agent.identifiers(),
        ["BIC:QLVBUS3N", "LEI:ZZQL00LINDENVALE0161"]
    );
    assert_eq!(payment.creditor_agent.name, some("Bankhaus Nordfjell AG"));
    assert_eq!(payment.debtor.name, some("Orchard & Finch Cabinetmakers LLC"));
    assert_eq!(payment.debtor.country(), Some("US"));
    assert_eq!(payment.debtor_account, Some(AccountId::Other("700418825531".to_owned())));
    assert_eq!(payment.creditor_account.unwrap().identifier(), "IBAN:DE39999999990012345678");
    assert_eq!(payment.remittance, ["Invoice 2209, two walnut workbenches"]);
    assert!(payment.charges.is_empty());
}

#[test]
fn every_real_pacs_008_is_read() {
    let mut read = 0;
    for folder in ["samples/rtp", "samples/fednow"] {
        let Ok(entries) = std::fs::read_dir(data().join(folder)) else {
            println!("skipped: no data");
            return;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            if !String::from_utf8_lossy(&bytes).contains("FIToFICstmrCdtTrf>") {
                let error = Pacs008::find(&bytes).unwrap_err();
                assert_eq!(error.code(), "unknown_message", "{}: {error}", path.display());
                continue;
            }
            let payment =
                Pacs008::find(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            println!("{}: {} {}", path.display(), payment.msg_id, payment.uetr_or_derived());
            assert!(!payment.instructing_agent.identifiers().is_empty());
            assert_eq!(payment.uetr_or_derived().get_version_num(), 4);
            assert_eq!(payment.check(), Ok(()));
            assert_valid(&payment.to_xml(), "pacs.008.001.08");
            read += 1;
        }
    }
    assert!(read >= 2, "only {read} samples hold a pacs.008");
}

#[test]
fn real_status_reports_with_one_transaction_are_read() {
    let names = [
        "rtp/pacs002.ACTC.xml",
        "rtp/pacs002.RJCT.xml",
        "fednow/fednow-sample-message-pacs002.xml",
    ];
    for name in names {
        let Ok(bytes) = std::fs::read(data().join("samples").join(name)) else {
            println!("skipped: no data");
            continue;
        };
        let report = Pacs002::find(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(report.original.is_some(), "{name}");
        assert!(report.instructing_agent.is_some(), "{name}");
        assert_eq!(report.check(), Ok(()));
        assert_valid(&report.to_xml(), "pacs.002.001.10");
    }
}

#[test]
fn the_prefix_and_the_envelope_do_not_matter() {
    let document = part("Document");
    let prefixed = document
        .replace("xmlns=", "xmlns:p=")
        .replace("</", "</p:")
        .replace('<', "<p:")
        .replace("<p:/p:", "</p:");
    assert_eq!(Pacs008::find(prefixed.as_bytes()).unwrap(), fixture());
    let bare = document.replace("<Document", "<Envelope").replace("</Document", "</Envelope");
    assert_eq!(Pacs008::find(bare.as_bytes()).unwrap(), fixture());
}

#[test]
fn agents_fall_back_from_header_to_transaction_to_debtor_and_creditor_agent() {
    let start = FIXTURE_PACS008.find("<InstgAgt>").unwrap();
    let end = FIXTURE_PACS008.find("</InstdAgt>").unwrap() + "</InstdAgt>".len();
    let stated = &FIXTURE_PACS008[start..end];
    let without = FIXTURE_PACS008.replacen(stated, "", 1);
    let payment = Pacs008::find(without.as_bytes()).unwrap();
    assert_eq!(payment.instructing_agent, payment.debtor_agent);
    assert_eq!(payment.instructed_agent, payment.creditor_agent);
    let moved = without.replacen("<Dbtr>", &format!("{stated}<Dbtr>"), 1);
    assert_eq!(Pacs008::find(moved.as_bytes()).unwrap(), fixture());
}

#[test]
fn a_missing_uetr_is_derived_and_the_derivation_is_pinned() {
    let mut payment = Pacs008 { uetr: None, ..fixture() };
    // SHA-256("BIC:QLVBUS3N" 1f "LINDENVALE-20261102-000417" 1f "LV-TX-000417")
    let pinned = "3df886d1-3f5d-4af7-a5d4-e02c05d27f7a";
    assert_eq!(payment.uetr_or_derived().to_string(), pinned);
    payment.instructing_agent.bicfi = some("QLVBUS3NXXX");
    assert_eq!(payment.uetr_or_derived().to_string(), pinned, "head office is the same bank");
    payment.tx_id = None;
    assert_eq!(payment.uetr_or_derived().to_string(), "bbf0e164-455f-4c34-bff7-e92d0db5fa70");
    assert_eq!(payment.uetr_or_derived().get_version_num(), 4);
    payment.instructing_agent = Agent { name: some("Lindenvale"), ..Agent::default() };
    let by_name = payment.uetr_or_derived();
    payment.instructing_agent.name = None;
    assert_ne!(payment.uetr_or_derived(), by_name);
}

#[test]
fn aliases_of_an_agent_are_canonical_and_cannot_be_confused() {
    let clearing = |code: Option<&str>, proprietary: Option<&str>, member: &str| {
        let agent = Agent {
            clearing_system_code: code.map(str::to_owned),
            clearing_system_proprietary: proprietary.map(str::to_owned),
            clearing_member_id: some(member),
            ..Agent::default()
        };
        agent.identifiers().join(" ")
    };
    assert_eq!(clearing(Some("USABA"), None, "111111111"), "CLR:USABA:111111111");
    assert_eq!(clearing(None, None, "234567891"), "CLR::234567891");
    assert_eq!(clearing(None, Some("A:B%"), "C"), "CLR:PRTRY/A%3AB%25:C");
    assert_eq!(clearing(None, None, "USABA:1"), "CLR::USABA:1");
    for (bic, alias) in [
        ("QLVBUS3N", "BIC:QLVBUS3N"),
        ("QLVBUS3NXXX", "BIC:QLVBUS3N"),
        ("QLVBUS3NBTV", "BIC:QLVBUS3NBTV"),
        ("QLVBUXXX", "BIC:QLVBUXXX"),
    ] {
        let agent = Agent { bicfi: some(bic), ..Agent::default() };
        assert_eq!(agent.identifiers(), [alias]);
    }
    assert!(Agent::default().identifiers().is_empty());
}

/// Every field filled, with characters that need escaping.
fn full_pacs008() -> Pacs008 {
    let awkward = "A&B <\"'> ]]> \t Zürich 東京 \u{1f4b6}";
    let address = PostalAddress {
        department: some("Treasury"),
        sub_department: some("Desk 4"),
        street: some(awkward),
        building_number: some("48"),
        building_name: some("Mill"),
        floor: some("3"),
        post_box: some("77"),
        room: some("12"),
        post_code: some("05301"),
        town: some("Brattleboro"),
        town_location: some("West"),
        district: some("Windham"),
        subdivision: some("VT"),
        country: some("US"),
        lines: vec!["Line one".to_owned(), "Line two".to_owned()],
    };
    let member = Agent {
        clearing_system_code: some("USABA"),
        clearing_member_id: some("111111111"),
        name: some("Bank"),
        ..Agent::default()
    };
    Pacs008 {
        clearing_system: Some(ClearingSystem::Code("FDN".to_owned())),
        instructed_amount: Some(CurrencyAmount { currency: "EUR".into(), text: "11500.5".into() }),
        exchange_rate: some("1.0869565217"),
        charges: vec![Charge {
            amount: CurrencyAmount { currency: "USD".into(), text: "4.25".into() },
            agent: member.clone(),
        }],
        instructing_agent: Agent {
            clearing_system_proprietary: some("A:B"),
            clearing_member_id: some("C"),
            ..Agent::default()
        },
        instructed_agent: member,
        debtor: Party {
            name: some(awkward),
            address: Some(address),
            bic: some("ORCHUS33"),
            lei: some("ZZQL00LINDENVALE0161"),
            country_of_residence: some("US"),
        },
        ultimate_debtor: Some(Party {
            name: some(awkward),
            address: Some(PostalAddress { country: some("US"), ..PostalAddress::default() }),
            lei: some("ZZQL00LINDENVALE0161"),
            ..Party::default()
        }),
        ultimate_creditor: Some(Party { name: some("Last Holder"), ..Party::default() }),
        purpose: Some(Purpose::Code("SUPP".to_owned())),
        category_purpose: Some(Purpose::Proprietary("HARVEST".to_owned())),
        remittance: vec![awkward.to_owned(), " \r\n kept as is ".to_owned()],
        structured: vec![
            (&Advice { reference: some("RF18539007547034"), ..Advice::default() }).into(),
        ],
        ..fixture()
    }
}

#[test]
fn what_is_written_is_valid_and_reads_back_equal() {
    let bare = Pacs008 {
        clearing_system: None,
        instr_id: None,
        tx_id: None,
        uetr: None,
        settlement_date: None,
        debtor: Party::default(),
        debtor_account: None,
        creditor_account: None,
        remittance: Vec::new(),
        instructing_agent: Agent::default(),
        ..fixture()
    };
    for payment in [fixture(), full_pacs008(), bare] {
        let document = payment.to_xml();
        assert_eq!(Pacs008::find(document.as_bytes()).as_ref(), Ok(&payment), "{document}");
        assert_valid(&document, "pacs.008.001.08");
    }
}

#[test]
fn writing_is_indented_by_two_spaces_and_escaped() {
    let document = full_pacs008().to_xml();
    assert!(document.starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08\">\n  \
         <FIToFICstmrCdtTrf>\n    <GrpHdr>\n      <MsgId>"
    ));
    assert!(document.contains("<Nm>A&amp;B &lt;&quot;'&gt; ]]&gt; \t Zürich"));
    assert!(document.contains("<Ustrd> &#13;\n kept as is </Ustrd>"));
}

#[test]
fn values_that_no_message_can_carry_fail_the_check_with_a_place() {
    let place = |change: fn(&mut Pacs008)| {
        let mut payment = fixture();
        change(&mut payment);
        let error = payment.check().unwrap_err();
        error.path().unwrap_or(error.code()).to_owned()
    };
    let tx = "FIToFICstmrCdtTrf/CdtTrfTxInf";
    assert_eq!(place(|p| p.tx_id = some("")), format!("{tx}/PmtId/TxId"));
    assert_eq!(place(|p| p.debtor.name = Some("x".repeat(141))), format!("{tx}/Dbtr/Nm"));
    assert_eq!(place(|p| p.amount.text = "1e3".into()), format!("{tx}/IntrBkSttlmAmt"));
    assert_eq!(place(|p| p.uetr = Some(Uuid::nil())), format!("{tx}/PmtId/UETR"));
    assert_eq!(place(|p| p.remittance = vec!["\u{1}".into()]), "FIToFICstmrCdtTrf");
    assert_eq!(place(|p| p.instructed_agent.clearing_system_code = some("X")), "FIToFICstmrCdtTrf");
}

fn report(status: TxStatus) -> Pacs002 {
    Pacs002 {
        msg_id: "FLORIN-STS-0001".to_owned(),
        created: "2026-11-02T14:05:13Z".to_owned(),
        instructing_agent: Some(fixture().instructing_agent),
        instructed_agent: None,
        original: Some(OriginalGroup {
            msg_id: fixture().msg_id,
            msg_name_id: "pacs.008.001.08".to_owned(),
            created: Some(fixture().created),
        }),
        status_id: some("STS-1"),
        instr_id: fixture().instr_id,
        end_to_end_id: Some(fixture().end_to_end_id),
        tx_id: fixture().tx_id,
        uetr: Some(fixture().uetr_or_derived()),
        status,
        reasons: vec![
            StatusReason {
                reason: Some(Reason::Code("AC03".to_owned())),
                lines: vec!["receipt 17/3".to_owned(), "x".repeat(105)],
            },
            StatusReason { reason: Some(Reason::Proprietary("LIMIT".into())), lines: Vec::new() },
            StatusReason::default(),
        ],
        accepted_at: some("2026-11-02T14:05:12.250Z"),
        effective_settlement: Some(EffectiveDate::Date(jiff::civil::date(2026, 11, 2))),
        clearing_system_ref: some("17-3"),
    }
}

#[test]
fn a_status_report_of_every_status_is_valid_and_reads_back_equal() {
    for status in TxStatus::ALL {
        let report = report(*status);
        let document = report.to_xml();
        assert_eq!(Pacs002::find(document.as_bytes()).as_ref(), Ok(&report), "{document}");
        assert_valid(&document, "pacs.002.001.10");
    }
    let short = Pacs002 {
        instructing_agent: None,
        original: None,
        status_id: None,
        instr_id: None,
        end_to_end_id: None,
        tx_id: None,
        reasons: Vec::new(),
        accepted_at: None,
        effective_settlement: Some(EffectiveDate::DateTime("2026-11-02T14:05:13Z".to_owned())),
        clearing_system_ref: None,
        ..report(TxStatus::Settled)
    };
    assert_eq!(Pacs002::find(short.to_xml().as_bytes()).as_ref(), Ok(&short));
    assert_valid(&short.to_xml(), "pacs.002.001.10");
}

#[test]
fn a_status_report_with_a_line_too_long_or_an_unknown_status_is_refused() {
    let mut long = report(TxStatus::Rejected);
    long.reasons[0].lines[1].push('x');
    let path = "FIToFIPmtStsRpt/TxInfAndSts/StsRsnInf/AddtlInf";
    assert_eq!(long.check().unwrap_err().path(), Some(path));
    long.reasons = vec![StatusReason { reason: Some(Reason::Code("AC003".into())), lines: vec![] }];
    let path = "FIToFIPmtStsRpt/TxInfAndSts/StsRsnInf/Rsn/Cd";
    assert_eq!(long.check().unwrap_err().path(), Some(path));
    let document = report(TxStatus::Rejected).to_xml();
    let unknown = document.replace(">RJCT<", ">DONE<");
    let error = Pacs002::find(unknown.as_bytes()).unwrap_err();
    assert_eq!(error.path(), Some("FIToFIPmtStsRpt/TxInfAndSts/TxSts"));
    let newer = document.replace("pacs.002.001.10", "pacs.002.001.12");
    assert_eq!(Pacs002::find(newer.as_bytes()).unwrap_err().code(), "unknown_version");
}
