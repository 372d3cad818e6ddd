//! What is refused in a notification, with which code, and where; damage causes no panic.
#![allow(clippy::print_stdout, reason = "a figure is worth seeing")]

use iso20022::{
    Camt054, FIXTURE_CAMT054_BATCH_DEBIT, FIXTURE_CAMT054_CREDIT, FIXTURE_PACS008, Iso20022Error,
    Pacs008,
};

/// The batch with its first `from` replaced, refused.
fn refusal_with(from: &str, to: &str) -> Iso20022Error {
    assert!(FIXTURE_CAMT054_BATCH_DEBIT.contains(from), "{from} is not in the fixture");
    let document = FIXTURE_CAMT054_BATCH_DEBIT.replacen(from, to, 1);
    Camt054::find(document.as_bytes()).expect_err(&format!("{from} to {to}"))
}

/// What the refusals have in common: text to replace, its replacement, place and code.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str);

fn assert_refused(below: &str, rows: &[Row<'_>]) {
    for (from, to, place, code) in rows {
        let error = refusal_with(from, to);
        assert_eq!(error.code(), *code, "{to}: {error}");
        assert_eq!(error.path(), Some(format!("{below}{place}").as_str()), "{to}: {error}");
    }
}

const NOTIFICATION: &str = "BkToCstmrDbtCdtNtfctn/Ntfctn";
const ENTRY: &str = "BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry";
const PAYMENT: &str = "BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry/NtryDtls/TxDtls";

#[test]
fn an_entry_whose_sum_is_not_certain_is_refused() {
    assert_refused(
        ENTRY,
        &[
            ("18230.75</Amt>", "0.00</Amt>", "/Amt", "amount_zero"),
            ("18230.75</Amt>", "0</Amt>", "/Amt", "amount_zero"),
            ("18230.75</Amt>", "-18230.75</Amt>", "/Amt", "amount_malformed"),
            ("18230.75</Amt>", "+18230.75</Amt>", "/Amt", "amount_malformed"),
            ("18230.75</Amt>", "1.823075e4</Amt>", "/Amt", "amount_malformed"),
            ("18230.75</Amt>", "18,230.75</Amt>", "/Amt", "amount_malformed"),
            ("18230.75</Amt>", " 18230.75</Amt>", "/Amt", "amount_malformed"),
            ("18230.75</Amt>", "18230.750</Amt>", "/Amt", "amount_too_many_decimals"),
            ("18230.75</Amt>", "12345678901234567.89</Amt>", "/Amt", "amount_too_many_digits"),
            ("18230.75</Amt>", "18230.76</Amt>", "/Amt", "sum_mismatch"),
            ("Amt Ccy=\"USD\">18", "Amt Ccy=\"EUR\">18", "/Amt", "currency_mismatch"),
            ("Amt Ccy=\"USD\">18", "Amt Ccy=\"usd\">18", "/Amt", "schema_violation"),
            ("Amt Ccy=\"USD\">18", "Amt>18", "/Amt/@Ccy", "schema_violation"),
            ("<Amt Ccy=\"USD\">18230.75</Amt>", "", "/Amt", "schema_violation"),
            ("<Ccy>USD<", "<Ccy>GBP<", "/Amt", "currency_mismatch"),
        ],
    );
}

#[test]
fn an_entry_whose_direction_or_status_is_not_certain_is_refused() {
    let schema = "schema_violation";
    assert_refused(
        ENTRY,
        &[
            ("<CdtDbtInd>DBIT</CdtDbtInd>", "", "/CdtDbtInd", schema),
            ("<CdtDbtInd>DBIT<", "<CdtDbtInd>DEBT<", "/CdtDbtInd", schema),
            ("<CdtDbtInd>DBIT<", "<CdtDbtInd>dbit<", "/CdtDbtInd", schema),
            (
                "<CdtDbtInd>DBIT</CdtDbtInd>",
                "<CdtDbtInd>DBIT</CdtDbtInd><CdtDbtInd>CRDT</CdtDbtInd>",
                "/CdtDbtInd",
                schema,
            ),
            ("<Sts>", "<RvslInd>yes</RvslInd><Sts>", "/RvslInd", schema),
            ("<Cd>BOOK</Cd>", "<Cd>DONE</Cd>", "/Sts/Cd", schema),
            ("<Cd>BOOK</Cd>", "<Prtry>BOOK</Prtry>", "/Sts/Prtry", schema),
            ("<Cd>BOOK</Cd>", "<Cd>BOOK</Cd><Cd>PDNG</Cd>", "/Sts/Cd", schema),
            ("<Cd>BOOK</Cd>", "BOOK<Cd>PDNG</Cd>", "/Sts", schema),
            ("<Cd>BOOK</Cd>", "BOOKED", "/Sts", schema),
            ("<Cd>BOOK</Cd>", "", "/Sts", schema),
        ],
    );
    // Turned round, the entry is no longer what its payments come to.
    let error = refusal_with("<CdtDbtInd>DBIT<", "<CdtDbtInd>CRDT<");
    assert_eq!(error.code(), "sum_mismatch");
}

#[test]
fn a_payment_whose_part_is_not_certain_is_refused() {
    let schema = "schema_violation";
    assert_refused(
        PAYMENT,
        &[
            (">0.05<", ">0.00<", "/Amt", "amount_zero"),
            (">0.05<", ">-0.05<", "/Amt", "amount_malformed"),
            ("Ccy=\"USD\">0.05", "Ccy=\"EUR\">0.05", "/Amt", "currency_mismatch"),
            (">0.05</Amt>", ">0.05</Amt><Amt Ccy=\"USD\">1</Amt>", "/Amt", schema),
        ],
    );
    let sum = refusal_with(">0.05<", ">0.06<");
    assert_eq!((sum.code(), sum.path()), ("sum_mismatch", Some(&*format!("{ENTRY}/Amt"))));

    let (head, tail) = FIXTURE_CAMT054_BATCH_DEBIT.split_once(">0.05</Amt>").unwrap();
    let tail = tail.replacen("<CdtDbtInd>DBIT</CdtDbtInd>", "", 1);
    let without = format!("{head}>0.05</Amt>{tail}");
    let error = Camt054::find(without.as_bytes()).unwrap_err();
    assert_eq!(error.path(), Some(&*format!("{PAYMENT}/CdtDbtInd")));
    let against = format!("{head}>0.05</Amt><CdtDbtInd>CRDT</CdtDbtInd>{tail}");
    assert_eq!(Camt054::find(against.as_bytes()).unwrap_err().code(), "sum_mismatch");
}

#[test]
fn a_batch_that_counts_other_than_it_lists_is_refused() {
    let error = refusal_with("<NbOfTxs>3<", "<NbOfTxs>25<");
    assert_eq!(error, Iso20022Error::TransactionCountMismatch { declared: 25, found: 3 });
    let error = refusal_with("<NbOfTxs>3<", "<NbOfTxs>three<");
    assert_eq!(error.path(), Some(&*format!("{ENTRY}/NtryDtls/Btch/NbOfTxs")));
    let (head, tail) = FIXTURE_CAMT054_BATCH_DEBIT.split_once("<TxDtls>").unwrap();
    let (_, tail) = tail.rsplit_once("</TxDtls>").unwrap();
    let unlisted = Camt054::find(format!("{head}{tail}").as_bytes()).unwrap();
    assert!(unlisted.notifications[0].entries[0].transactions.is_empty());
}

#[test]
fn every_other_fact_is_held_to_the_schema() {
    let schema = "schema_violation";
    let long = "x".repeat(36);
    assert_refused(
        NOTIFICATION,
        &[
            ("<Id>HG-0072-1</Id>", "", "/Id", schema),
            ("HG-0072-1", &long, "/Id", schema),
            ("<Id>00417744</Id>", "", "/Acct/Id/Othr/Id", schema),
            ("<Ccy>USD<", "<Ccy>US<", "/Acct/Ccy", schema),
            ("QHTRGB2L", "QHTRGB2", "/Acct/Svcr/FinInstnId/BICFI", "bad_bic"),
            (
                "<BICFI>QHTRGB2L</BICFI>",
                "<BIC>QHTRGB2L</BIC><BICFI>QHTRGB2L</BICFI>",
                "/Acct/Svcr/FinInstnId/BIC",
                schema,
            ),
            ("HG20261103D00340<", &format!("{long}<"), "/Ntry/AcctSvcrRef", schema),
            ("2026-11-04<", "2026-11-31<", "/Ntry/ValDt/Dt", schema),
            ("T16:44:58+01:00<", "T24:44:58+01:00<", "/Ntry/BookgDt/DtTm", schema),
            ("<Cd>ICDT</Cd>", "<Cd>ICDTS</Cd>", "/Ntry/BkTxCd/Domn/Fmly/Cd", schema),
            ("<SubFmlyCd>XBCT</SubFmlyCd>", "", "/Ntry/BkTxCd/Domn/Fmly/SubFmlyCd", schema),
            ("<Issr>Harrowgate Trust</Issr>", "<Issr/>", "/Ntry/BkTxCd/Prtry/Issr", schema),
            ("<BkTxCd>", "<BkTxCd/><BkTxCd>", "/Ntry/BkTxCd", schema),
            ("<BookgDt>", "<Unknown/><BookgDt>", "/Ntry/Unknown", schema),
            ("-4a08-", "-1a08-", "/Ntry/NtryDtls/TxDtls/Refs/UETR", "bad_uetr"),
            (
                "0161</LEI>",
                "0162</LEI>",
                "/Ntry/NtryDtls/TxDtls/RltdAgts/CdtrAgt/FinInstnId/LEI",
                "bad_lei",
            ),
            ("<Pty>", "<Pty/><Pty>", "/Ntry/NtryDtls/TxDtls/RltdPties/Cdtr/Pty", schema),
            (
                "<Pty>",
                "<Agt/><Pty>",
                "/Ntry/NtryDtls/TxDtls/RltdPties/Cdtr/Pty",
                "schema_violation",
            ),
        ],
    );
    let error = Camt054::find(FIXTURE_CAMT054_CREDIT.replace(">GB52", ">GB53").as_bytes());
    assert_eq!(error.unwrap_err().code(), "bad_iban");
    let none = refusal_with("camt.054.001.08", "camt.053.001.08");
    assert_eq!(none, Iso20022Error::NotACamt054 { found: Some("camt.053.001.08".to_owned()) });
}

#[test]
fn a_booking_without_any_code_is_refused() {
    let (head, tail) = FIXTURE_CAMT054_BATCH_DEBIT.split_once("<BkTxCd>").unwrap();
    let (_, tail) = tail.split_once("</BkTxCd>").unwrap();
    let error = Camt054::find(format!("{head}<BkTxCd/>{tail}").as_bytes()).unwrap_err();
    assert_eq!(error.path(), Some(&*format!("{ENTRY}/BkTxCd")));
}

#[test]
fn an_amount_where_version_2_has_none_is_refused() {
    let error = refusal_with("camt.054.001.08", "camt.054.001.02");
    assert_eq!(error.path(), Some(&*format!("{PAYMENT}/Amt")));
}

#[test]
fn a_document_type_and_a_second_message_are_refused() {
    let error = refusal_with("<Document", "<!DOCTYPE a [<!ENTITY b \"b\">]><Document");
    assert_eq!(error.code(), "dtd_refused");
    let start = FIXTURE_CAMT054_BATCH_DEBIT.find("<Document").unwrap();
    let document = &FIXTURE_CAMT054_BATCH_DEBIT[start..];
    let twice = format!("<Two>{document}{document}</Two>");
    let error = Camt054::find(twice.as_bytes()).unwrap_err();
    assert_eq!(error, Iso20022Error::MultipleMessages { count: 2 });
}

#[test]
fn each_kind_of_message_is_named_when_the_other_is_sent() {
    let found = |name: &str| Some(name.to_owned());
    assert_eq!(
        Camt054::find(FIXTURE_PACS008.as_bytes()),
        Err(Iso20022Error::NotACamt054 { found: found("pacs.008.001.08") })
    );
    assert_eq!(
        Pacs008::find(FIXTURE_CAMT054_CREDIT.as_bytes()),
        Err(Iso20022Error::NotAPacs008 { found: found("camt.054.001.08") })
    );
}

#[test]
fn a_notification_cut_anywhere_is_refused() {
    for fixture in [FIXTURE_CAMT054_CREDIT, FIXTURE_CAMT054_BATCH_DEBIT] {
        for length in 0..fixture.trim_end().len() {
            assert!(Camt054::find(&fixture.as_bytes()[..length]).is_err(), "{length} bytes");
        }
    }
}

#[test]
fn no_flipped_bit_causes_a_panic_and_what_is_still_read_is_written_and_read_back() {
    let (mut flips, mut accepted) = (0, 0);
    for fixture in [FIXTURE_CAMT054_CREDIT, FIXTURE_CAMT054_BATCH_DEBIT] {
        let mut bytes = fixture.as_bytes().to_vec();
        for at in 0..bytes.len() {
            for mask in [0x01, 0x20, 0xff] {
                bytes[at] ^= mask;
                flips += 1;
                if let Ok(message) = Camt054::find(&bytes) {
                    accepted += 1;
                    let written = message.to_xml();
                    let again = Camt054::find(written.as_bytes());
                    let changed = String::from_utf8_lossy(&bytes);
                    assert_eq!(again.as_ref(), Ok(&message), "{changed}");
                    assert_eq!(again.unwrap().to_xml(), written);
                }
                bytes[at] ^= mask;
            }
        }
    }
    println!("{accepted} of {flips} flips leave a notification");
}
