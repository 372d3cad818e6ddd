//! fedwire-2025: the service's tables, each kind of rule kept and broken.

mod rows;

use iso20022::check::check;
use iso20022::rules::{Pack, usage_rules};
use rows::{Row, assert_rows, row};

const P28: &str = include_str!("../fixtures/fedwire/pacs.028.xml");

const COV: &str = include_str!("../fixtures/fedwire/pacs.009-cov.xml");

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("fedwire.header", P28, "<AppHdr…</AppHdr>", "", "AppHdr"),
    row("fedwire.header_version", P28, "head.001.001.03", "head.001.001.02", "AppHdr"),
    row("fedwire.message", P28, "tech:xsd:pacs.028.001.03", "tech:xsd:pacs.028.001.04", "FIToFIPmtStsReq"),
    row("fedwire.required", P28, "<OrgnlUETR>…</OrgnlUETR>", "", "FIToFIPmtStsReq/TxInf/OrgnlUETR"),
    row("fedwire.required", P28, "<OrgnlCreDtTm>…</OrgnlCreDtTm>", "", "FIToFIPmtStsReq/TxInf/OrgnlGrpInf/OrgnlCreDtTm"),
    row("fedwire.not_used", P28, "<InstgAgt><FinInstnId>", "<InstgAgt><FinInstnId><BICFI>QLVBUS3N</BICFI>", "FIToFIPmtStsReq/TxInf/InstgAgt/FinInstnId/BICFI"),
    row("fedwire.repeated", P28, "</FIToFIPmtStsReq>", "<TxInf><OrgnlGrpInf><OrgnlMsgId>20261123QLVB0001000417</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf></TxInf></FIToFIPmtStsReq>", "FIToFIPmtStsReq/TxInf"),
    row("fedwire.code", P28, "<Cd>USABA</Cd>", "<Cd>CHBCC</Cd>", "FIToFIPmtStsReq/TxInf/InstgAgt/FinInstnId/ClrSysMmbId/ClrSysId/Cd"),
    row("fedwire.length", P28, "999999991", "99999999", "FIToFIPmtStsReq/TxInf/InstgAgt/FinInstnId/ClrSysMmbId/MmbId"),
    row("fedwire.format", P28, "999999991", "99999999A", "FIToFIPmtStsReq/TxInf/InstgAgt/FinInstnId/ClrSysMmbId/MmbId"),
    row("fedwire.format", P28, "QLVB00001", "qlvb00001", "AppHdr/Fr/FIId/FinInstnId/ClrSysMmbId/MmbId"),
    row("fedwire.code", P28, "<BizSvc>TEST", "<BizSvc>swift.cbprplus.02", "AppHdr/BizSvc"),
    row("fedwire.header_reference", P28, "<BizMsgIdr>LV-STATUS-0001", "<BizMsgIdr>LV-STATUS-0002", "AppHdr/BizMsgIdr"),
    row("fedwire.amount_limit", COV, ">12490.00<", ">10000000000.00<", "FICdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
    row("fedwire.cover", COV, "<Prtry>COVS", "<Prtry>BTRS", "FICdtTrf/CdtTrfTxInf[1]/PmtTpInf/LclInstrm/Prtry"),
    row("fedwire.cover", COV, "<UndrlygCstmrCdtTrf>…</UndrlygCstmrCdtTrf>", "", "FICdtTrf/CdtTrfTxInf[1]/PmtTpInf/LclInstrm/Prtry"),
];

#[test]
fn every_rule_is_kept_and_broken() {
    assert_rows(ROWS, Some(Pack::Fedwire2025));
}

#[test]
fn no_rule_written_by_hand_is_without_a_row() {
    for rule in usage_rules(Pack::Fedwire2025) {
        assert!(ROWS.iter().any(|row| row.rule == rule.id), "{}", rule.id);
    }
}

/// The service moves a cent less than ten billion dollars.
#[test]
fn the_greatest_sum_of_one_transfer_is_moved() {
    let greatest = COV.replace(">12490.00<", ">9999999999.99<");
    let found = check(greatest.as_bytes(), Some(Pack::Fedwire2025));
    assert!(found.ok(), "{found:?}");
}

#[test]
fn what_a_table_narrows_is_open_in_the_base_message() {
    assert!(check(P28.as_bytes(), None).ok(), "{:?}", check(P28.as_bytes(), None));
    let wider = P28.replace("<BizSvc>TEST", "<BizSvc>anything");
    assert!(check(wider.as_bytes(), None).ok());
}
