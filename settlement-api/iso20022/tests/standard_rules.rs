//! Rules of the standard across fields: each kept, each broken.

mod rows;

use iso20022::rules::standard_rules;
use rows::{Row, assert_rows, row};

const P8: &str = include_str!("../fixtures/cbpr/pacs.008.xml");
const P9: &str = include_str!("../fixtures/cbpr/pacs.009.xml");
const P2: &str = include_str!("../fixtures/cbpr/pacs.002.xml");
const P4: &str = include_str!("../fixtures/cbpr/pacs.004.xml");
const C53: &str = include_str!("../fixtures/cbpr/camt.053.xml");

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("iso.iban", P8, "DE39999999990012345678", "DE38999999990012345678", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAcct/Id/IBAN"),
    row("iso.iban", C53, "DE39999999990012345678", "ZZ39999999990012345678", "BkToCstmrStmt/Stmt[1]/Acct/Id/IBAN"),
    row("iso.bic_country", P8, "QLVBUS3N", "QLVBQQ3N", "AppHdr/Fr/FIId/FinInstnId/BICFI"),
    row("iso.lei", P9, "<Dbtr><FinInstnId><BICFI>QLVBUS3N</BICFI>", "<Dbtr><FinInstnId><BICFI>QLVBUS3N</BICFI><LEI>ZZQL00LINDENVALE0162</LEI>", "FICdtTrf/CdtTrfTxInf[1]/Dbtr/FinInstnId/LEI"),
    row("iso.country", P8, "<Ctry>US</Ctry>", "<Ctry>UK</Ctry>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/PstlAdr/Ctry"),
    row("iso.currency", P9, "IntrBkSttlmAmt Ccy=\"EUR\"", "IntrBkSttlmAmt Ccy=\"EUX\"", "FICdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
    row("iso.currency_decimals", P9, "Ccy=\"EUR\">1000000.00", "Ccy=\"JPY\">1000000.00", "FICdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
    row("iso.external_code", P8, "<Cd>DEBLZ</Cd>", "<Cd>DEBLX</Cd>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAgt/FinInstnId/ClrSysMmbId/ClrSysId/Cd"),
    row("iso.period", P8, "<Ustrd>Invoice 2209, two walnut workbenches</Ustrd>", "<Strd><TaxRmt><Rcrd><Prd><FrToDt><FrDt>2026-02-01</FrDt><ToDt>2026-01-01</ToDt></FrToDt></Prd></Rcrd></TaxRmt></Strd>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/RmtInf/Strd[1]/TaxRmt/Rcrd[1]/Prd/FrToDt"),
    row("iso.period", C53, "<ToDtTm>2026-11-20T23:59:59", "<ToDtTm>2026-11-19T23:59:59", "BkToCstmrStmt/Stmt[1]/FrToDt"),
    row("iso.birth_date", P8, "</PstlAdr>\n        </Dbtr>", "</PstlAdr><Id><PrvtId><DtAndPlcOfBirth><BirthDt>2026-11-25</BirthDt><CityOfBirth>Kiel</CityOfBirth><CtryOfBirth>DE</CtryOfBirth></DtAndPlcOfBirth></PrvtId></Id></Dbtr>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/Id/PrvtId/DtAndPlcOfBirth/BirthDt"),
    row("iso.header_message", P8, "<MsgDefIdr>pacs.008.001.08", "<MsgDefIdr>pacs.008.001.09", "AppHdr/MsgDefIdr"),
    row("iso.narrative", P2, "<AddtlInf>Reference of creditor not known</AddtlInf>", "", "FIToFIPmtStsRpt/TxInfAndSts[1]/StsRsnInf[1]/AddtlInf"),
    row("iso.transaction_count", P8, "<NbOfTxs>1<", "<NbOfTxs>2<", "FIToFICstmrCdtTrf/GrpHdr/NbOfTxs"),
    row("iso.control_sum", P8, "</NbOfTxs>", "</NbOfTxs><CtrlSum>12490.01</CtrlSum>", "FIToFICstmrCdtTrf/GrpHdr/CtrlSum"),
    row("iso.total_amount", P8, "</NbOfTxs>", "</NbOfTxs><TtlIntrBkSttlmAmt Ccy=\"EUR\">12490.00</TtlIntrBkSttlmAmt>", "FIToFICstmrCdtTrf/GrpHdr/TtlIntrBkSttlmAmt"),
    row("iso.total_amount", P4, "</NbOfTxs>", "</NbOfTxs><TtlRtrdIntrBkSttlmAmt Ccy=\"USD\">1.00</TtlRtrdIntrBkSttlmAmt>", "PmtRtr/GrpHdr/TtlRtrdIntrBkSttlmAmt"),
    row("iso.amount_zero", P9, ">1000000.00<", ">0.00<", "FICdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
    row("iso.exchange_rate", P8, "<InstdAmt Ccy=\"USD\">", "<InstdAmt Ccy=\"GBP\">", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/XchgRate"),
    row("iso.exchange_rate", P8, "</InstdAmt>", "</InstdAmt><XchgRate>1.5</XchgRate>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/XchgRate"),
    row("iso.charges_instructed", P8, "<InstdAmt Ccy=\"USD\">12500.00</InstdAmt>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstdAmt"),
    row("iso.charges_sum", P8, "<Amt Ccy=\"USD\">10.00", "<Amt Ccy=\"USD\">10.01", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
    row("iso.agent_order", P8, "<Dbtr>", "<IntrmyAgt2><FinInstnId><BICFI>QLVBUS3N</BICFI></FinInstnId></IntrmyAgt2><Dbtr>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrmyAgt2"),
    row("iso.agent_account", P8, "<Dbtr>", "<IntrmyAgt1Acct><Id><Othr><Id>1</Id></Othr></Id></IntrmyAgt1Acct><Dbtr>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrmyAgt1Acct"),
    row("iso.cheque_account", P8, "<InstrForNxtAgt>", "<InstrForCdtrAgt><Cd>CHQB</Cd></InstrForCdtrAgt><InstrForNxtAgt>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAcct"),
    row("iso.one_level", P8, "<SttlmInf>", "<IntrBkSttlmDt>2026-11-23</IntrBkSttlmDt><SttlmInf>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmDt"),
    row("iso.settlement_method", P8, "<SttlmMtd>INGA", "<SttlmMtd>COVE", "FIToFICstmrCdtTrf/GrpHdr/SttlmInf/SttlmAcct"),
    row("iso.cover_agent", P8, "<SttlmMtd>INGA", "<SttlmMtd>COVE", "FIToFICstmrCdtTrf/GrpHdr/SttlmInf/InstgRmbrsmntAgt"),
    row("iso.third_reimbursement_agent", P9, "</SttlmMtd>", "</SttlmMtd><ThrdRmbrsmntAgt><FinInstnId><BICFI>QLVBUS3N</BICFI></FinInstnId></ThrdRmbrsmntAgt>", "FICdtTrf/GrpHdr/SttlmInf/ThrdRmbrsmntAgt"),
    row("iso.settlement_date", P9, "<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>", "", "FICdtTrf/CdtTrfTxInf[1]/IntrBkSttlmDt"),
    row("iso.settlement_before_creation", P9, "<IntrBkSttlmDt>2026-11-24", "<IntrBkSttlmDt>2026-11-21", "FICdtTrf/CdtTrfTxInf[1]/IntrBkSttlmDt"),
    row("iso.balance_chain", C53, ">75.50<", ">75.51<", "BkToCstmrStmt/Stmt[1]/Bal[2]"),
    row("iso.balance_chain", C53, "<Amt Ccy=\"EUR\">200.00</Amt><CdtDbtInd>CRDT", "<Amt Ccy=\"EUR\">200.00</Amt><CdtDbtInd>DBIT", "BkToCstmrStmt/Stmt[1]/Bal[2]"),
    row("iso.balance_once", C53, "<TxsSummry>", "<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">100.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal><TxsSummry>", "BkToCstmrStmt/Stmt[1]/Bal[3]"),
    row("iso.entry_totals", C53, "<NbOfNtries>3<", "<NbOfNtries>4<", "BkToCstmrStmt/Stmt[1]/TxsSummry/TtlNtries/NbOfNtries"),
    row("iso.entry_totals", C53, "<Sum>25.00<", "<Sum>25.10<", "BkToCstmrStmt/Stmt[1]/TxsSummry/TtlDbtNtries/Sum"),
    row("iso.entry_totals", C53, "<Amt>175.50<", "<Amt>175.00<", "BkToCstmrStmt/Stmt[1]/TxsSummry/TtlNtries/TtlNetNtry"),
    row("iso.batch_count", C53, "<NbOfTxs>1<", "<NbOfTxs>2<", "BkToCstmrStmt/Stmt[1]/Ntry[2]/NtryDtls[1]/Btch/NbOfTxs"),
];

#[test]
fn every_rule_is_kept_and_broken() {
    assert_rows(ROWS, None);
}

#[test]
fn no_rule_is_without_a_row() {
    for rule in standard_rules() {
        assert!(ROWS.iter().any(|row| row.rule == rule.id), "{}", rule.id);
    }
}
