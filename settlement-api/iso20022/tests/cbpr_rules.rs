//! cbpr-2026: each rule kept, each broken.

mod rows;

use iso20022::check::check;
use iso20022::rules::{Pack, usage_rules};
use rows::{Row, assert_rows, row};

const P8: &str = include_str!("../fixtures/cbpr/pacs.008.xml");
const P9: &str = include_str!("../fixtures/cbpr/pacs.009.xml");
const COV: &str = include_str!("../fixtures/cbpr/pacs.009-cov.xml");
const P2: &str = include_str!("../fixtures/cbpr/pacs.002.xml");
const P4: &str = include_str!("../fixtures/cbpr/pacs.004.xml");
const C56: &str = include_str!("../fixtures/cbpr/camt.056.xml");
const C29: &str = include_str!("../fixtures/cbpr/camt.029.xml");
const C53: &str = include_str!("../fixtures/cbpr/camt.053.xml");
const C54: &str = include_str!("../fixtures/cbpr/camt.054.xml");
const O1: &str = include_str!("../fixtures/cbpr/pain.001.xml");

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("cbpr.header", P8, "<AppHdr…</AppHdr>", "", "AppHdr"),
    row("cbpr.header_version", P8, "head.001.001.02", "head.001.001.03", "AppHdr"),
    row("cbpr.message_version", P4, "tech:xsd:pacs.004.001.09", "tech:xsd:pacs.004.001.10", "PmtRtr"),
    row("cbpr.header_reference", P8, "<BizMsgIdr>LV-20261123-0417", "<BizMsgIdr>LV-20261123-0418", "AppHdr/BizMsgIdr"),
    row("cbpr.header_reference", C56, "<BizMsgIdr>LV-20261123-0003", "<BizMsgIdr>LV-20261123-0418", "AppHdr/BizMsgIdr"),
    row("cbpr.header_reference_characters", P8, "<BizMsgIdr>LV-2", "<BizMsgIdr>/LV-2", "AppHdr/BizMsgIdr"),
    row("cbpr.header_service", P8, "<BizSvc>swift.cbprplus.04</BizSvc>", "", "AppHdr/BizSvc"),
    row("cbpr.header_service", P8, "swift.cbprplus.04", "swift.fin.04", "AppHdr/BizSvc"),
    row("cbpr.header_cover_service", COV, ".cov.", ".", "AppHdr/BizSvc"),
    row("cbpr.header_cover_service", P9, "swift.cbprplus.04", "swift.cbprplus.cov.04", "AppHdr/BizSvc"),
    row("cbpr.header_created", P8, "09:30:00+00:00", "09:30:00Z", "AppHdr/CreDt"),
    row("cbpr.header_bic", P8, "<Fr><FIId><FinInstnId><BICFI>QLVBUS3N</BICFI>", "<Fr><FIId><FinInstnId><LEI>ZZQL00LINDENVALE0161</LEI>", "AppHdr/Fr/FIId/FinInstnId/BICFI"),
    row("cbpr.header_from", P8, "<Fr><FIId><FinInstnId><BICFI>QLVBUS3N", "<Fr><FIId><FinInstnId><BICFI>QHTRGB2L", "AppHdr/Fr/FIId/FinInstnId/BICFI"),
    row("cbpr.header_to", P8, "<To><FIId><FinInstnId><BICFI>QNFJDEF1", "<To><FIId><FinInstnId><BICFI>QHTRGB2L", "AppHdr/To/FIId/FinInstnId/BICFI"),
    row("cbpr.header_signature", P8, "+00:00</CreDt>", "+00:00</CreDt><Sgntr><s xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/></Sgntr>", "AppHdr/Sgntr"),
    row("cbpr.one_transaction", P2, "<TxInfAndSts>", "<TxInfAndSts><OrgnlTxId>1</OrgnlTxId></TxInfAndSts><TxInfAndSts>", "FIToFIPmtStsRpt/TxInfAndSts[2]"),
    row("cbpr.one_transaction", P2, "<TxInfAndSts>…</TxInfAndSts>", "", "FIToFIPmtStsRpt"),
    row("cbpr.created", P8, "09:29:58+00:00", "09:29:58", "FIToFICstmrCdtTrf/GrpHdr/CreDtTm"),
    row("cbpr.created", C29, "09:29:58+00:00", "09:29:58Z", "RsltnOfInvstgtn/Assgnmt/CreDtTm"),
    row("cbpr.group_header", P8, "</NbOfTxs>", "</NbOfTxs><TtlIntrBkSttlmAmt Ccy=\"USD\">12490.00</TtlIntrBkSttlmAmt>", "FIToFICstmrCdtTrf/GrpHdr/TtlIntrBkSttlmAmt"),
    row("cbpr.settlement_method", P9, "<SttlmMtd>INDA", "<SttlmMtd>CLRG", "FICdtTrf/GrpHdr/SttlmInf/SttlmMtd"),
    row("cbpr.settlement_method", COV, "<SttlmMtd>INDA</SttlmMtd>", "<SttlmMtd>COVE</SttlmMtd><InstgRmbrsmntAgt><FinInstnId><BICFI>QLVBUS3N</BICFI></FinInstnId></InstgRmbrsmntAgt>", "FICdtTrf/GrpHdr/SttlmInf/SttlmMtd"),
    row("cbpr.return_settlement_method", P4, "<SttlmMtd>INDA", "<SttlmMtd>CLRG", "PmtRtr/GrpHdr/SttlmInf/SttlmMtd"),
    row("cbpr.clearing_system", P9, "<SttlmMtd>INDA</SttlmMtd>", "<SttlmMtd>CLRG</SttlmMtd><ClrSys><Cd>TGT</Cd></ClrSys>", "FICdtTrf/GrpHdr/SttlmInf/ClrSys"),
    row("cbpr.uetr", P8, "<UETR>3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163</UETR>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtId/UETR"),
    row("cbpr.instruction_identification", P8, "<InstrId>LV-INSTR-000417</InstrId>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtId/InstrId"),
    row("cbpr.instruction_identification", P8, "LV-INSTR-000417", "LV-INSTR-00000417", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtId/InstrId"),
    row("cbpr.reference_characters", P8, "ORCHARD/INV", "ORCHARD_INV", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtId/EndToEndId"),
    row("cbpr.reference_characters", C56, "LV-CXL-3", "LV_CXL_3", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/CxlId"),
    row("cbpr.reference_characters", P9, "<EndToEndId>LV-FI-000900", "<EndToEndId>LV-FI-000900-AB/1", "FICdtTrf/CdtTrfTxInf[1]/PmtId/EndToEndId"),
    row("cbpr.settlement_date", P4, "<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>", "", "PmtRtr/TxInf[1]/IntrBkSttlmDt"),
    row("cbpr.charge_bearer", P8, "<ChrgBr>CRED", "<ChrgBr>SLEV", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/ChrgBr"),
    row("cbpr.charges_of_creditor", P8, "<ChrgsInf>…</ChrgsInf>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/ChrgsInf"),
    row("cbpr.amount_digits", P9, ">1000000.00<", ">1000000000000.00<", "FICdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
    row("cbpr.commodity", P9, "Ccy=\"EUR\"", "Ccy=\"XAU\"", "FICdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
    row("cbpr.service_level", P8, "<Cd>G001<", "<Cd>G004<", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtTpInf/SvcLvl[1]/Cd"),
    row("cbpr.service_level", P8, "<Cd>G001<", "<Cd>G003<", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtTpInf/SvcLvl[1]/Cd"),
    row("cbpr.service_level", P9, "<Cd>G004<", "<Cd>G001<", "FICdtTrf/CdtTrfTxInf[1]/PmtTpInf/SvcLvl[1]/Cd"),
    row("cbpr.remittance", P8, "</Ustrd>", "</Ustrd><Strd><AddtlRmtInf>A</AddtlRmtInf></Strd>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/RmtInf/Strd[1]"),
    row("cbpr.remittance", P8, "<RmtInf>", "<RltdRmtInf><RmtId>A</RmtId></RltdRmtInf><RmtInf>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/RmtInf"),
    row("cbpr.remittance_once", P8, "</Ustrd>", "</Ustrd><Ustrd>More</Ustrd>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/RmtInf/Ustrd[2]"),
    row("cbpr.instruction_length", P8, "/ACC/Advise by post", "/ACC/Advise by post and by telephone both", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstrForNxtAgt[1]/InstrInf"),
    row("cbpr.supplementary_data", P8, "</RmtInf>", "</RmtInf><SplmtryData><Envlp><a xmlns=\"urn:a\"/></Envlp></SplmtryData>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/SplmtryData[1]"),
    row("cbpr.characters", P8, "Henrike Vossbrink", "Henrike Voßbrink", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Cdtr/Nm"),
    row("cbpr.instructing_agent", P8, "<InstgAgt><FinInstnId><BICFI>QLVBUS3N</BICFI>", "<InstgAgt><FinInstnId><LEI>ZZQL00LINDENVALE0161</LEI>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstgAgt/FinInstnId/BICFI"),
    row("cbpr.instructed_agent", P2, "<InstdAgt>…</InstdAgt>", "", "FIToFIPmtStsRpt/TxInfAndSts[1]/InstdAgt/FinInstnId/BICFI"),
    row("cbpr.instructing_agent_plain", P8, "<InstgAgt><FinInstnId><BICFI>QLVBUS3N</BICFI>", "<InstgAgt><FinInstnId><BICFI>QLVBUS3N</BICFI><Nm>L</Nm>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstgAgt/FinInstnId/Nm"),
    row("cbpr.agent_identified", P8, "<DbtrAgt><FinInstnId><BICFI>QLVBUS3N</BICFI>", "<DbtrAgt><FinInstnId><LEI>ZZQL00LINDENVALE0161</LEI>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/DbtrAgt/FinInstnId"),
    row("cbpr.agent_name_and_address", P8, "<Nm>Bankhaus Nordfjell</Nm>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAgt/FinInstnId/Nm"),
    row("cbpr.agent_name_and_address", P8, "<Nm>Bankhaus Nordfjell</Nm>…</PstlAdr>", "<Nm>Bankhaus Nordfjell</Nm>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAgt/FinInstnId/PstlAdr"),
    row("cbpr.agent_by_bic", P8, "<ClrSysMmbId><ClrSysId><Cd>DEBLZ</Cd></ClrSysId><MmbId>99999999</MmbId></ClrSysMmbId>", "<BICFI>QNFJDEF1</BICFI>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAgt/FinInstnId/Nm"),
    row("cbpr.agent_other", P8, "<DbtrAgt><FinInstnId><BICFI>QLVBUS3N</BICFI>", "<DbtrAgt><FinInstnId><BICFI>QLVBUS3N</BICFI><Othr><Id>1</Id></Othr>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/DbtrAgt/FinInstnId/Othr"),
    row("cbpr.clearing_member_system", P8, "<ClrSysId><Cd>DEBLZ</Cd></ClrSysId>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAgt/FinInstnId/ClrSysMmbId/ClrSysId/Cd"),
    row("cbpr.party_named", P8, "<Nm>Henrike Vossbrink</Nm>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Cdtr/Nm"),
    row("cbpr.party_address_named", P8, "<Nm>Henrike Vossbrink</Nm>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Cdtr/Nm"),
    row("cbpr.party_named", COV, "<Nm>Henrike Vossbrink</Nm><PstlAdr><TwnNm>Kiel</TwnNm><Ctry>DE</Ctry></PstlAdr>", "<CtryOfRes>DE</CtryOfRes>", "FICdtTrf/CdtTrfTxInf[1]/UndrlygCstmrCdtTrf/Cdtr/Nm"),
    row("cbpr.party_address_named", COV, "<Nm>Henrike Vossbrink</Nm>", "", "FICdtTrf/CdtTrfTxInf[1]/UndrlygCstmrCdtTrf/Cdtr/Nm"),
    row("cbpr.remittance_once", COV, "</UndrlygCstmrCdtTrf>", "<RmtInf><Ustrd>A</Ustrd><Ustrd>B</Ustrd></RmtInf></UndrlygCstmrCdtTrf>", "FICdtTrf/CdtTrfTxInf[1]/UndrlygCstmrCdtTrf/RmtInf/Ustrd[2]"),
    row("cbpr.commodity", COV, "</UndrlygCstmrCdtTrf>", "<InstdAmt Ccy=\"XAU\">1.00</InstdAmt></UndrlygCstmrCdtTrf>", "FICdtTrf/CdtTrfTxInf[1]/UndrlygCstmrCdtTrf/InstdAmt"),
    row("cbpr.address_town", COV, "<TwnNm>Kiel</TwnNm>", "", "FICdtTrf/CdtTrfTxInf[1]/UndrlygCstmrCdtTrf/Cdtr/PstlAdr/TwnNm"),
    row("cbpr.address_town", P8, "<TwnNm>Brattleboro</TwnNm>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/PstlAdr/TwnNm"),
    row("cbpr.address_country", P8, "<Ctry>US</Ctry>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/PstlAdr/Ctry"),
    row("cbpr.address_town", P8, "<TwnNm>Kiel</TwnNm>\n            <Ctry>DE</Ctry>\n            <AdrLine>", "<AdrLine>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Cdtr/PstlAdr/TwnNm"),
    row("cbpr.address_lines", P8, "<AdrLine>24103", "<AdrLine>2</AdrLine><AdrLine>24103", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Cdtr/PstlAdr/AdrLine[3]"),
    row("cbpr.address_repeats", P8, "<AdrLine>24103", "<AdrLine>KIEL", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Cdtr/PstlAdr/AdrLine[2]"),
    row("cbpr.address_type", P8, "<PstlAdr>", "<PstlAdr><AdrTp><Cd>ADDR</Cd></AdrTp>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/PstlAdr/AdrTp"),
    row("cbpr.original_uetr", P2, "<OrgnlUETR>…</OrgnlUETR>", "", "FIToFIPmtStsRpt/TxInfAndSts[1]/OrgnlUETR"),
    row("cbpr.original_uetr", P4, "<OrgnlUETR>…</OrgnlUETR>", "", "PmtRtr/TxInf[1]/OrgnlUETR"),
    row("cbpr.original_uetr", C56, "<OrgnlUETR>…</OrgnlUETR>", "", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/OrgnlUETR"),
    row("cbpr.original_uetr", C29, "<OrgnlUETR>…</OrgnlUETR>", "", "RsltnOfInvstgtn/CxlDtls[1]/TxInfAndSts[1]/OrgnlUETR"),
    row("cbpr.original_message", P2, "<OrgnlGrpInf>…</OrgnlGrpInf>", "", "FIToFIPmtStsRpt/TxInfAndSts[1]/OrgnlGrpInf/OrgnlMsgId"),
    row("cbpr.status_of_group", P2, "<TxInfAndSts>", "<OrgnlGrpInfAndSts><OrgnlMsgId>A</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInfAndSts><TxInfAndSts>", "FIToFIPmtStsRpt/OrgnlGrpInfAndSts[1]"),
    row("cbpr.status", P2, "<TxSts>RJCT</TxSts>", "", "FIToFIPmtStsRpt/TxInfAndSts[1]/TxSts"),
    row("cbpr.original_end_to_end", P2, "<OrgnlEndToEndId>…</OrgnlEndToEndId>", "", "FIToFIPmtStsRpt/TxInfAndSts[1]/OrgnlEndToEndId"),
    row("cbpr.rejection_reason", P2, "<StsRsnInf>…</StsRsnInf>", "", "FIToFIPmtStsRpt/TxInfAndSts[1]/StsRsnInf/Rsn"),
    row("cbpr.return_reason", P4, "<RtrRsnInf>…</RtrRsnInf>", "", "PmtRtr/TxInf[1]/RtrRsnInf/Rsn"),
    row("cbpr.return_chain", P4, "<RtrChain>…</RtrChain>", "", "PmtRtr/TxInf[1]/RtrChain"),
    row("cbpr.cancellation_case", C56, "<Case>…</Case>", "", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/Case/Id"),
    row("cbpr.cancellation_reason", C56, "<CxlRsnInf>…</CxlRsnInf>", "", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/CxlRsnInf/Rsn"),
    row("cbpr.cancellation_original", C56, "<OrgnlIntrBkSttlmDt>…</OrgnlIntrBkSttlmDt>", "", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/OrgnlIntrBkSttlmDt"),
    row("cbpr.resolution_status", C29, "<Conf>RJCR", "<Conf>INFO", "RsltnOfInvstgtn/Sts/Conf"),
    row("cbpr.resolution_reason", C29, "<CxlStsRsnInf>…</CxlStsRsnInf>", "", "RsltnOfInvstgtn/CxlDtls[1]/TxInfAndSts[1]/CxlStsRsnInf/Rsn"),
    row("cbpr.resolved_case", C29, "<RslvdCase>…</RslvdCase>", "", "RsltnOfInvstgtn/CxlDtls[1]/TxInfAndSts[1]/RslvdCase/Id"),
    row("cbpr.one_statement", C53, "<Stmt>", "<Stmt><Id>1</Id><Acct><Id><Othr><Id>1</Id></Othr></Id></Acct><Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal></Stmt><Stmt>", "BkToCstmrStmt/Stmt[2]"),
    row("cbpr.statement_page", C53, "<StmtPgntn>…</StmtPgntn>", "", "BkToCstmrStmt/Stmt[1]/StmtPgntn"),
    row("cbpr.statement_balances", C53, "<Cd>OPBD", "<Cd>ITBD", "BkToCstmrStmt/Stmt[1]/Bal"),
    row("cbpr.instructed_amount", P8, "<ChrgBr>CRED</ChrgBr>…</ChrgsInf>", "<ChrgBr>SHAR</ChrgBr>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
    row("cbpr.exchanged_amount", P8, "<InstdAmt Ccy=\"USD\">12500.00</InstdAmt>…</ChrgsInf>", "<InstdAmt Ccy=\"EUR\">10000.00</InstdAmt><XchgRate>1.2616</XchgRate><ChrgBr>SHAR</ChrgBr>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
    row("cbpr.blank", P8, "<TwnNm>Brattleboro<", "<TwnNm> <", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/PstlAdr/TwnNm"),
    row("cbpr.account_characters", P8, "700418825531", "/700418825531", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/DbtrAcct/Id/Othr/Id"),
    row("cbpr.agent_branch", P8, "</FinInstnId></DbtrAgt>", "</FinInstnId><BrnchId><Id>1</Id></BrnchId></DbtrAgt>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/DbtrAgt/BrnchId"),
    row("cbpr.contact_details", P8, "</PstlAdr>\n        </Dbtr>", "</PstlAdr><CtctDtls><Nm>A</Nm></CtctDtls></Dbtr>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/CtctDtls"),
    row("cbpr.party_other", P8, "</PstlAdr>\n        </Dbtr>", "</PstlAdr><Id><OrgId><Othr><Id>1</Id></Othr><Othr><Id>2</Id></Othr><Othr><Id>3</Id></Othr></OrgId></Id></Dbtr>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/Id/OrgId/Othr[3]"),
    row("cbpr.clearing_member_form", P8, "<MmbId>99999999", "<MmbId>9999999", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
    row("cbpr.clearing_member_form", P8, "<Cd>DEBLZ</Cd></ClrSysId><MmbId>99999999", "<Cd>USABA</Cd></ClrSysId><MmbId>12100024A", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
    row("cbpr.clearing_member_form", P8, "<Cd>DEBLZ</Cd></ClrSysId><MmbId>99999999", "<Cd>INFSC</Cd></ClrSysId><MmbId>HDFC000000", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
    row("cbpr.clearing_member_form", P8, "<Cd>DEBLZ</Cd></ClrSysId><MmbId>99999999", "<Cd>JPZGN</Cd></ClrSysId><MmbId>00010010", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
    row("cbpr.charges_of_debtor", P8, "<ChrgBr>CRED</ChrgBr>", "<ChrgBr>DEBT</ChrgBr><ChrgsInf><Amt Ccy=\"USD\">10.00</Amt><Agt><FinInstnId><BICFI>QLVBUS3N</BICFI></FinInstnId></Agt></ChrgsInf>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/ChrgsInf[2]"),
    row("cbpr.instruction_codes", P8, "<InstrForNxtAgt>", "<InstrForCdtrAgt><Cd>PHOB</Cd></InstrForCdtrAgt><InstrForCdtrAgt><Cd>TELB</Cd></InstrForCdtrAgt><InstrForNxtAgt>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstrForCdtrAgt[2]/Cd"),
    row("cbpr.instruction_codes", P8, "<InstrForNxtAgt>", "<InstrForCdtrAgt><Cd>HOLD</Cd></InstrForCdtrAgt><InstrForCdtrAgt><Cd>HOLD</Cd></InstrForCdtrAgt><InstrForNxtAgt>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstrForCdtrAgt[2]/Cd"),
    row("cbpr.original_message_name", P2, "<OrgnlMsgNmId>pacs.008.001.08", "<OrgnlMsgNmId>pacs.008", "FIToFIPmtStsRpt/TxInfAndSts[1]/OrgnlGrpInf/OrgnlMsgNmId"),
    row("cbpr.status_information", P2, "<AddtlInf>", "<AddtlInf>A</AddtlInf><AddtlInf>B</AddtlInf><AddtlInf>", "FIToFIPmtStsRpt/TxInfAndSts[1]/StsRsnInf[1]/AddtlInf[3]"),
    row("cbpr.return_identification", P4, "<RtrId>NF-RTR-2</RtrId>", "", "PmtRtr/TxInf[1]/RtrId"),
    row("cbpr.return_identification", P4, "NF-RTR-2", "NF-RTR-2-12345678", "PmtRtr/TxInf[1]/RtrId"),
    row("cbpr.return_original", P4, "<OrgnlIntrBkSttlmAmt…</OrgnlIntrBkSttlmAmt>", "", "PmtRtr/TxInf[1]/OrgnlIntrBkSttlmAmt"),
    row("cbpr.returned_amount", P4, "<RtrdIntrBkSttlmAmt Ccy=\"USD\">12490.00", "<RtrdIntrBkSttlmAmt Ccy=\"USD\">12490.01", "PmtRtr/TxInf[1]/RtrdIntrBkSttlmAmt"),
    row("cbpr.original_end_to_end", P4, "<OrgnlEndToEndId>…</OrgnlEndToEndId>", "", "PmtRtr/TxInf[1]/OrgnlEndToEndId"),
    row("cbpr.original_end_to_end", C56, "<OrgnlEndToEndId>…</OrgnlEndToEndId>", "", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/OrgnlEndToEndId"),
    row("cbpr.assignment_agents", C56, "<Assgne><Agt><FinInstnId><BICFI>QNFJDEF1</BICFI>", "<Assgne><Agt><FinInstnId><LEI>ZZQN00NORDFJELLB0244</LEI>", "FIToFIPmtCxlReq/Assgnmt/Assgne/Agt/FinInstnId/BICFI"),
    row("cbpr.header_assignment", C56, "<Assgnr><Agt><FinInstnId><BICFI>QLVBUS3N", "<Assgnr><Agt><FinInstnId><BICFI>QHTRGB2L", "AppHdr/Fr/FIId/FinInstnId/BICFI"),
    row("cbpr.header_assignment", C29, "<Assgne><Agt><FinInstnId><BICFI>Q", "<Assgne><Agt><FinInstnId><BICFI>Z", "AppHdr/To/FIId/FinInstnId/BICFI"),
    row("cbpr.case_identification", C56, "<Id>LV-CASE-1<", "<Id>LV-CASE-123456789<", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/Case/Id"),
    row("cbpr.control_data", C56, "<Undrlyg>", "<CtrlData><NbOfTxs>1</NbOfTxs></CtrlData><Undrlyg>", "FIToFIPmtCxlReq/CtrlData"),
    row("cbpr.header_service", P8, "swift.cbprplus.04", "swift.cbprplus.4x", "AppHdr/BizSvc"),
    row("cbpr.header_cover_service", P8, "swift.cbprplus.04", "swift.cbprplus.cov.04", "AppHdr/BizSvc"),
    row("cbpr.header_priority", P8, "+00:00</CreDt>", "+00:00</CreDt><Prty>HIGH</Prty>", "AppHdr/Prty"),
    row("cbpr.header_copy", C54, "<CpyDplct>DUPL", "<CpyDplct>CODU", "AppHdr/CpyDplct"),
    row("cbpr.service_level_once", P8, "<SvcLvl><Cd>G001</Cd></SvcLvl>", "<SvcLvl><Cd>G001</Cd></SvcLvl><SvcLvl><Cd>G001</Cd></SvcLvl>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtTpInf/SvcLvl[2]/Cd"),
    row("cbpr.service_level_once", P8, "<SvcLvl><Cd>G001</Cd></SvcLvl>", "<SvcLvl><Cd>G001</Cd></SvcLvl><SvcLvl><Cd>SDVA</Cd></SvcLvl><SvcLvl><Cd>URGP</Cd></SvcLvl><SvcLvl><Cd>NURG</Cd></SvcLvl>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtTpInf/SvcLvl[4]"),
    row("cbpr.remittance", O1, "<RmtInf>…</RmtInf>", "<RmtInf><Ustrd>A</Ustrd><Strd><AddtlRmtInf>B</AddtlRmtInf></Strd></RmtInf>", "CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[1]/RmtInf/Strd[1]"),
    row("cbpr.charges_of_creditor", P4, "<ChrgBr>SHAR", "<ChrgBr>CRED", "PmtRtr/TxInf[1]/ChrgsInf"),
    row("cbpr.instruction_codes", P8, "<InstrForNxtAgt>", "<InstrForCdtrAgt><Cd>CHQB</Cd></InstrForCdtrAgt><InstrForCdtrAgt><Cd>HOLD</Cd></InstrForCdtrAgt><InstrForNxtAgt>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstrForCdtrAgt[2]/Cd"),
    row("cbpr.currency", C53, "<Ccy>EUR<", "<Ccy>EUX<", "BkToCstmrStmt/Stmt[1]/Acct/Ccy"),
    row("cbpr.currency", P8, "InstdAmt Ccy=\"USD\"", "InstdAmt Ccy=\"DEM\"", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstdAmt"),
    row("cbpr.party_by_bic", P8, "</PstlAdr>\n        </Dbtr>", "</PstlAdr><Id><OrgId><AnyBIC>QLVBUS3N</AnyBIC></OrgId></Id></Dbtr>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/Nm"),
    row("cbpr.party_by_bic", P4, "<Dbtr><Pty><Nm>Henrike Vossbrink</Nm>", "<Dbtr><Pty><Nm>Henrike Vossbrink</Nm><Id><OrgId><AnyBIC>QLVBUS3N</AnyBIC></OrgId></Id>", "PmtRtr/TxInf[1]/RtrChain/Dbtr/Pty/Nm"),
    row("cbpr.party_named", P8, "<Dbtr>", "<UltmtDbtr><CtryOfRes>DE</CtryOfRes></UltmtDbtr><Dbtr>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/UltmtDbtr/Nm"),
    row("cbpr.party_named", P4, "<Cdtr><Pty><Nm>Orchard and Finch Cabinetmakers LLC</Nm>", "<Cdtr><Pty><CtryOfRes>US</CtryOfRes>", "PmtRtr/TxInf[1]/RtrChain/Cdtr/Pty/Nm"),
    row("cbpr.party_address_named", O1, "<Cdtr><Nm>Henrike Vossbrink</Nm>", "<Cdtr>", "CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[1]/Cdtr/Nm"),
    row("cbpr.party_address_named", O1, "<InitgPty><Nm>Orchard and Finch Cabinetmakers LLC</Nm>", "<InitgPty><PstlAdr><TwnNm>Kiel</TwnNm><Ctry>DE</Ctry></PstlAdr>", "CstmrCdtTrfInitn/GrpHdr/InitgPty/Nm"),
    row("cbpr.address_town", O1, "<TwnNm>Kiel</TwnNm>", "", "CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[1]/Cdtr/PstlAdr/TwnNm"),
    row("cbpr.debtor_account", P8, "<DbtrAcct>…</DbtrAcct>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/DbtrAcct"),
    row("cbpr.address_repeats", P8, "<AdrLine>24103", "<AdrLine>24103 Kiel", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Cdtr/PstlAdr/AdrLine[2]"),
    row("cbpr.address_repeats", P8, "<Ctry>DE</Ctry>\n            <AdrLine>", "<Ctry>DE</Ctry>\n            <AdrLine>DE</AdrLine><AdrLine>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Cdtr/PstlAdr/AdrLine[1]"),
    row("cbpr.rejection_date", P2, "<InstgAgt>", "<FctvIntrBkSttlmDt><Dt>2026-11-23</Dt></FctvIntrBkSttlmDt><InstgAgt>", "FIToFIPmtStsRpt/TxInfAndSts[1]/FctvIntrBkSttlmDt"),
    row("cbpr.settled_reason", P2, "<TxSts>RJCT", "<TxSts>ACCC", "FIToFIPmtStsRpt/TxInfAndSts[1]/StsRsnInf[1]/Rsn"),
    row("cbpr.originator", P2, "<StsRsnInf>", "<StsRsnInf><Orgtr><CtryOfRes>DE</CtryOfRes></Orgtr>", "FIToFIPmtStsRpt/TxInfAndSts[1]/StsRsnInf[1]/Orgtr/Nm"),
    row("cbpr.originator", P4, "<RtrRsnInf>", "<RtrRsnInf><Orgtr><PstlAdr><TwnNm>Kiel</TwnNm><Ctry>DE</Ctry></PstlAdr><Id><OrgId><AnyBIC>QLVBUS3N</AnyBIC></OrgId></Id></Orgtr>", "PmtRtr/TxInf[1]/RtrRsnInf[1]/Orgtr/Nm"),
    row("cbpr.original_payment_name", P2, "<OrgnlMsgNmId>pacs.008.001.08", "<OrgnlMsgNmId>camt.056.001.08", "FIToFIPmtStsRpt/TxInfAndSts[1]/OrgnlGrpInf/OrgnlMsgNmId"),
    row("cbpr.original_payment_name", P4, "<OrgnlMsgNmId>pacs.008.001.08", "<OrgnlMsgNmId>MT199", "PmtRtr/TxInf[1]/OrgnlGrpInf/OrgnlMsgNmId"),
    row("cbpr.resolution_identification", C29, "<CxlStsId>…</CxlStsId>", "", "RsltnOfInvstgtn/CxlDtls[1]/TxInfAndSts[1]/CxlStsId"),
    row("cbpr.page_number", C54, "<PgNb>1<", "<PgNb>00<", "BkToCstmrDbtCdtNtfctn/Ntfctn[1]/NtfctnPgntn/PgNb"),
    row("cbpr.owner_named", C54, "<Ownr><Nm>Bankhaus Nordfjell</Nm>", "<Ownr>", "BkToCstmrDbtCdtNtfctn/Ntfctn[1]/Acct/Ownr/Nm"),
    row("cbpr.entry_dated", C54, "<BookgDt>…</BookgDt>", "", "BkToCstmrDbtCdtNtfctn/Ntfctn[1]/Ntry[1]/BookgDt"),
    row("cbpr.entry_reference", C54, "<InstrId>LV", "<InstrId>/LV", "BkToCstmrDbtCdtNtfctn/Ntfctn[1]/Ntry[1]/NtryDtls[1]/TxDtls[1]/Refs/InstrId"),
    row("cbpr.total_of_records", C53, "<CdtDbtInd>DBIT</CdtDbtInd></TxDtls>", "<CdtDbtInd>DBIT</CdtDbtInd><Chrgs><TtlChrgsAndTaxAmt Ccy=\"EUR\">6.00</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy=\"EUR\">3.00</Amt></Rcrd><Rcrd><Amt Ccy=\"EUR\">2.00</Amt></Rcrd></Chrgs></TxDtls>", "BkToCstmrStmt/Stmt[1]/Ntry[2]/NtryDtls[1]/TxDtls[1]/Chrgs/TtlChrgsAndTaxAmt"),
    row("cbpr.total_of_records", C53, "<CdtDbtInd>DBIT</CdtDbtInd></TxDtls>", "<CdtDbtInd>DBIT</CdtDbtInd><Intrst><TtlIntrstAndTaxAmt Ccy=\"EUR\">0.40</TtlIntrstAndTaxAmt><Rcrd><Amt Ccy=\"EUR\">0.50</Amt><CdtDbtInd>CRDT</CdtDbtInd></Rcrd></Intrst></TxDtls>", "BkToCstmrStmt/Stmt[1]/Ntry[2]/NtryDtls[1]/TxDtls[1]/Intrst/TtlIntrstAndTaxAmt"),
    row("cbpr.return_repeats", P4, "<RtrRsnInf>…</RtrRsnInf>", "<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf><OrgnlTxRef><IntrBkSttlmAmt Ccy=\"USD\">12490.00</IntrBkSttlmAmt></OrgnlTxRef>", "PmtRtr/TxInf[1]/OrgnlTxRef/IntrBkSttlmAmt"),
    row("cbpr.returned_rate", P4, "</IntrBkSttlmDt>", "</IntrBkSttlmDt><RtrdInstdAmt Ccy=\"GBP\">9900.00</RtrdInstdAmt>", "PmtRtr/TxInf[1]/XchgRate"),
    row("cbpr.returned_rate", P4, "</IntrBkSttlmDt>", "</IntrBkSttlmDt><RtrdInstdAmt Ccy=\"USD\">12490.00</RtrdInstdAmt><XchgRate>1.5</XchgRate>", "PmtRtr/TxInf[1]/XchgRate"),
    row("cbpr.returned_instructed", P4, "</IntrBkSttlmDt>", "</IntrBkSttlmDt><RtrdInstdAmt Ccy=\"USD\">12500.00</RtrdInstdAmt>", "PmtRtr/TxInf[1]/RtrdIntrBkSttlmAmt"),
    row("cbpr.return_of_charges", P4, "</ChrgBr>", "</ChrgBr><ChrgsInf><Amt Ccy=\"USD\">10.00</Amt><Agt><FinInstnId><BICFI>QLVBUS3N</BICFI></FinInstnId></Agt></ChrgsInf>", "PmtRtr/TxInf[1]/RtrdInstdAmt"),
    row("cbpr.return_part", P4, "<RtrdIntrBkSttlmAmt Ccy=\"USD\">12490.00", "<RtrdIntrBkSttlmAmt Ccy=\"USD\">12000.00", "PmtRtr/TxInf[1]/RtrdIntrBkSttlmAmt"),
    row("cbpr.one_order", O1, "      </PmtInf>", "<CdtTrfTxInf><PmtId><EndToEndId>2</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"USD\">1.00</InstdAmt></Amt></CdtTrfTxInf></PmtInf>", "CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[2]"),
    row("cbpr.order_identification", O1, "<PmtInfId>LV-20261123-0001", "<PmtInfId>LV-20261123-0002", "CstmrCdtTrfInitn/PmtInf[1]/PmtInfId"),
    row("cbpr.header_from", P8, "<Fr><FIId><FinInstnId><BICFI>QLVBUS3N", "<Fr><FIId><FinInstnId><BICFI>QLVBUS3NABC", "AppHdr/Fr/FIId/FinInstnId/BICFI"),
    row("cbpr.date_time", C54, "        <CreDtTm>2026-11-23T09:29:58+00:00", "        <CreDtTm>2026-11-23T09:29:58Z", "BkToCstmrDbtCdtNtfctn/Ntfctn[1]/CreDtTm"),
    row("cbpr.instruction_count", P8, "<InstrForNxtAgt>", "<InstrForNxtAgt><InstrInf>A</InstrInf></InstrForNxtAgt><InstrForNxtAgt><InstrInf>A</InstrInf></InstrForNxtAgt><InstrForNxtAgt><InstrInf>A</InstrInf></InstrForNxtAgt><InstrForNxtAgt><InstrInf>A</InstrInf></InstrForNxtAgt><InstrForNxtAgt><InstrInf>A</InstrInf></InstrForNxtAgt><InstrForNxtAgt><InstrInf>A</InstrInf></InstrForNxtAgt><InstrForNxtAgt>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstrForNxtAgt[7]"),
    row("cbpr.instruction_count", P8, "<InstrForNxtAgt>", "<InstrForCdtrAgt><InstrInf>A</InstrInf></InstrForCdtrAgt><InstrForCdtrAgt><InstrInf>A</InstrInf></InstrForCdtrAgt><InstrForCdtrAgt><InstrInf>A</InstrInf></InstrForCdtrAgt><InstrForNxtAgt>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstrForCdtrAgt[3]"),
    row("cbpr.instruction_next_code", P8, "<InstrForNxtAgt>", "<InstrForNxtAgt><Cd>PHOA</Cd></InstrForNxtAgt><InstrForNxtAgt>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstrForNxtAgt[1]/Cd"),
    row("cbpr.commodity", C56, "Ccy=\"USD\"", "Ccy=\"XAU\"", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/OrgnlIntrBkSttlmAmt"),
    row("cbpr.case_identification", C29, "LV-CASE-1", "LV-CASE-123456789", "RsltnOfInvstgtn/CxlDtls[1]/TxInfAndSts[1]/RslvdCase/Id"),
    row("cbpr.original_payment_name", C56, "<OrgnlMsgNmId>pacs.008.001.08", "<OrgnlMsgNmId>pain.001.001.09", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/OrgnlGrpInf/OrgnlMsgNmId"),
    row("cbpr.reason_once", P4, "<RtrRsnInf>", "<RtrRsnInf><Rsn><Cd>AC01</Cd></Rsn></RtrRsnInf><RtrRsnInf>", "PmtRtr/TxInf[1]/RtrRsnInf[2]"),
    row("cbpr.reason_once", C56, "<CxlRsnInf>", "<CxlRsnInf><Rsn><Cd>FRAD</Cd></Rsn></CxlRsnInf><CxlRsnInf>", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/CxlRsnInf[2]"),
    row("cbpr.of_the_transaction", C29, "<Sts>", "<RslvdCase><Id>1</Id><Cretr><Agt><FinInstnId><BICFI>QLVBUS3N</BICFI></FinInstnId></Agt></Cretr></RslvdCase><Sts>", "RsltnOfInvstgtn/RslvdCase"),
    row("cbpr.of_the_transaction", C56, "<Undrlyg>", "<Case><Id>1</Id><Cretr><Agt><FinInstnId><BICFI>QLVBUS3N</BICFI></FinInstnId></Agt></Cretr></Case><Undrlyg>", "FIToFIPmtCxlReq/Case"),
    row("cbpr.of_the_transaction", P4, "<TxInf>", "<OrgnlGrpInf><OrgnlMsgId>A</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf><TxInf>", "PmtRtr/OrgnlGrpInf"),
    row("cbpr.order_creditor", O1, "<Cdtr>…</Cdtr>", "", "CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[1]/Cdtr"),
    row("cbpr.account_currency", C53, "<Ccy>EUR", "<Ccy>USD", "BkToCstmrStmt/Stmt[1]/Bal[1]/Amt"),
    row("cbpr.pagination_once", C54, "+00:00</CreDtTm></GrpHdr>", "+00:00</CreDtTm><MsgPgntn><PgNb>1</PgNb><LastPgInd>true</LastPgInd></MsgPgntn></GrpHdr>", "BkToCstmrDbtCdtNtfctn/Ntfctn[1]/NtfctnPgntn"),
    row("cbpr.transaction_number", P8, "<NbOfTxs>1", "<NbOfTxs>01", "FIToFICstmrCdtTrf/GrpHdr/NbOfTxs"),
    row("cbpr.reason_code", P4, "<Rsn><Cd>AC04</Cd></Rsn>", "<Rsn><Prtry>CLOSED</Prtry></Rsn>", "PmtRtr/TxInf[1]/RtrRsnInf[1]/Rsn/Prtry"),
    row("cbpr.party_named", O1, "<Cdtr><Nm>Henrike Vossbrink</Nm><PstlAdr><TwnNm>Kiel</TwnNm><Ctry>DE</Ctry></PstlAdr>", "<Cdtr><CtryOfRes>DE</CtryOfRes>", "CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[1]/Cdtr/Nm"),
    row("cbpr.header_service_kind", P8, "swift.cbprplus.04", "swift.cbprplus.adv.04", "AppHdr/BizSvc"),
    row("cbpr.header_service_kind", P8, "swift.cbprplus.04", "swift.cbprplus.xyz.04", "AppHdr/BizSvc"),
    row("cbpr.header_service_kind", P4, "swift.cbprplus.04", "swift.cbprplus.stp.04", "AppHdr/BizSvc"),
    row("cbpr.advice_settlement", P9, "<SttlmMtd>INDA</SttlmMtd>", "<SttlmMtd>COVE</SttlmMtd><InstgRmbrsmntAgt><FinInstnId><BICFI>QLVBUS3N</BICFI></FinInstnId></InstgRmbrsmntAgt>", "FICdtTrf/GrpHdr/SttlmInf/SttlmMtd"),
    row("cbpr.advice_settlement", P9, "swift.cbprplus.04", "swift.cbprplus.adv.04", "FICdtTrf/GrpHdr/SttlmInf/SttlmMtd"),
    row("cbpr.straight_through", P8, "swift.cbprplus.04", "swift.cbprplus.stp.04", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstrForNxtAgt[1]"),
    row("cbpr.return_settlement_method", P4, "<SttlmMtd>INDA", "<SttlmMtd>COVE", "PmtRtr/GrpHdr/SttlmInf/SttlmMtd"),
    row("cbpr.return_charge_bearer", P4, "<ChrgBr>SHAR</ChrgBr>", "", "PmtRtr/TxInf[1]/ChrgBr"),
    row("cbpr.return_charge_bearer", P4, "<ChrgBr>SHAR", "<ChrgBr>DEBT", "PmtRtr/TxInf[1]/ChrgBr"),
    row("cbpr.header_times", P8, "+00:00</CreDt>", "+00:00</CreDt><BizPrcgDt>2026-11-23T09:30:00Z</BizPrcgDt>", "AppHdr/BizPrcgDt"),
    row("cbpr.times", P9, "<InstgAgt>", "<SttlmTmReq><CLSTm>10:00:00Z</CLSTm></SttlmTmReq><InstgAgt>", "FICdtTrf/CdtTrfTxInf[1]/SttlmTmReq/CLSTm"),
    row("cbpr.plain_date", P8, "2026-11-23</IntrBkSttlmDt>", "2026-11-23+01:00</IntrBkSttlmDt>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmDt"),
    row("cbpr.empty", P8, "<RmtInf>…</RmtInf>", "<RmtInf/>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/RmtInf"),
    row("cbpr.text_characters", P8, "/ACC/Advise", "/ACC/Advise @", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/InstrForNxtAgt[1]/InstrInf"),
    row("cbpr.text_characters", P8, "<DbtrAcct><Id><Othr><Id>700418825531</Id></Othr></Id>", "<DbtrAcct><Id><Othr><Id>700418825531</Id></Othr></Id><Nm>Main #1</Nm>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/DbtrAcct/Nm"),
    row("cbpr.text_characters", P2, "<Cd>NARR</Cd>", "<Prtry>A_B</Prtry>", "FIToFIPmtStsRpt/TxInfAndSts[1]/StsRsnInf[1]/Rsn/Prtry"),
    row("cbpr.text_characters", C56, "<Rsn><Cd>DUPL</Cd></Rsn>", "<Rsn><Cd>DUPL</Cd></Rsn><AddtlInf>twice #</AddtlInf>", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/CxlRsnInf[1]/AddtlInf[1]"),
    row("cbpr.creditor_account", P8, "<CdtrAcct>…</CdtrAcct>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/CdtrAcct"),
    row("cbpr.proxy_type", P8, "<DbtrAcct><Id><Othr><Id>700418825531</Id></Othr></Id>", "<DbtrAcct><Id><Othr><Id>700418825531</Id></Othr></Id><Prxy><Id>a@b.example</Id></Prxy>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/DbtrAcct/Prxy/Tp"),
    row("cbpr.unused", P8, "<RmtInf>", "<Tax><RefNb>1</RefNb></Tax><RmtInf>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Tax"),
    row("cbpr.unused", P9, "</Cdtr>", "</Cdtr><UltmtCdtr><FinInstnId><BICFI>QNFJDEF1</BICFI></FinInstnId></UltmtCdtr>", "FICdtTrf/CdtTrfTxInf[1]/UltmtCdtr"),
    row("cbpr.unused", P2, "<InstgAgt>", "<AccptncDtTm>2026-11-23T09:29:58+00:00</AccptncDtTm><InstgAgt>", "FIToFIPmtStsRpt/TxInfAndSts[1]/AccptncDtTm"),
    row("cbpr.original_instruction", P2, "LV-INSTR-000417", "LV-INSTR-00000417", "FIToFIPmtStsRpt/TxInfAndSts[1]/OrgnlInstrId"),
    row("cbpr.case_identification", C56, "LV-CXL-3", "LV-CXL-3-AAAAAAAAA", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/CxlId"),
    row("cbpr.group_header", P4, "</NbOfTxs>", "</NbOfTxs><TtlRtrdIntrBkSttlmAmt Ccy=\"USD\">12490.00</TtlRtrdIntrBkSttlmAmt>", "PmtRtr/GrpHdr/TtlRtrdIntrBkSttlmAmt"),
    row("cbpr.group_header", P2, "+00:00</CreDtTm></GrpHdr>", "+00:00</CreDtTm><InstgAgt><FinInstnId><BICFI>QLVBUS3N</BICFI></FinInstnId></InstgAgt></GrpHdr>", "FIToFIPmtStsRpt/GrpHdr/InstgAgt"),
    row("cbpr.uetr", O1, "<UETR>3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163</UETR>", "", "CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[1]/PmtId/UETR"),
    row("cbpr.charge_bearer", O1, "        <CdtTrfTxInf>", "        <ChrgBr>SLEV</ChrgBr><CdtTrfTxInf>", "CstmrCdtTrfInitn/PmtInf[1]/ChrgBr"),
    row("cbpr.order_level", O1, "        <CdtTrfTxInf>…<CdtrAgt>", "        <ChrgBr>SHAR</ChrgBr><CdtTrfTxInf><PmtId><EndToEndId>1</EndToEndId><UETR>3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163</UETR></PmtId><Amt><InstdAmt Ccy=\"USD\">1.00</InstdAmt></Amt><ChrgBr>SHAR</ChrgBr><CdtrAgt>", "CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[1]/ChrgBr"),
    row("cbpr.amount_digits", C56, ">12490.00<", ">1234567890123.45<", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/OrgnlIntrBkSttlmAmt"),
    row("cbpr.commodity", P4, "<OrgnlIntrBkSttlmAmt Ccy=\"USD\">12490.00</OrgnlIntrBkSttlmAmt>…</TxInf>", "<RtrdIntrBkSttlmAmt Ccy=\"USD\">12490.00</RtrdIntrBkSttlmAmt><OrgnlTxRef><IntrBkSttlmAmt Ccy=\"XAU\">1</IntrBkSttlmAmt></OrgnlTxRef></TxInf>", "PmtRtr/TxInf[1]/OrgnlTxRef/IntrBkSttlmAmt"),
    row("cbpr.remittance_once", P4, "<RtrRsnInf>…</RtrRsnInf>", "<OrgnlTxRef><RmtInf><Ustrd>A</Ustrd><Ustrd>B</Ustrd></RmtInf></OrgnlTxRef>", "PmtRtr/TxInf[1]/OrgnlTxRef/RmtInf/Ustrd[2]"),
    row("cbpr.party_named", P4, "<RtrRsnInf>…</RtrRsnInf>", "<OrgnlTxRef><Dbtr><Pty><CtryOfRes>US</CtryOfRes></Pty></Dbtr></OrgnlTxRef>", "PmtRtr/TxInf[1]/OrgnlTxRef/Dbtr/Pty/Nm"),
    row("cbpr.party_address_named", O1, "<RmtInf>…</RmtInf>", "<RmtInf><Strd><Invcr><PstlAdr><TwnNm>Kiel</TwnNm><Ctry>DE</Ctry></PstlAdr></Invcr></Strd></RmtInf>", "CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[1]/RmtInf/Strd[1]/Invcr/Nm"),
    row("cbpr.address_town", P2, "<StsRsnInf>", "<StsRsnInf><Orgtr><Nm>A</Nm><PstlAdr><AdrLine>Hafen 1</AdrLine></PstlAdr></Orgtr>", "FIToFIPmtStsRpt/TxInfAndSts[1]/StsRsnInf[1]/Orgtr/PstlAdr/TwnNm"),
    row("cbpr.contact_details", P2, "<StsRsnInf>", "<StsRsnInf><Orgtr><Nm>A</Nm><CtctDtls><Nm>B</Nm></CtctDtls></Orgtr>", "FIToFIPmtStsRpt/TxInfAndSts[1]/StsRsnInf[1]/Orgtr/CtctDtls"),
    row("cbpr.agent_branch", P2, "</FinInstnId></InstgAgt>", "</FinInstnId><BrnchId><Id>1</Id></BrnchId></InstgAgt>", "FIToFIPmtStsRpt/TxInfAndSts[1]/InstgAgt/BrnchId"),
    row("cbpr.agent_other", P2, "<InstgAgt><FinInstnId><BICFI>QLVBUS3N</BICFI>", "<InstgAgt><FinInstnId><BICFI>QLVBUS3N</BICFI><Othr><Id>1</Id></Othr>", "FIToFIPmtStsRpt/TxInfAndSts[1]/InstgAgt/FinInstnId/Othr"),
    row("cbpr.address_repeats", P8, "<AdrLine>24103", "<AdrLine>Kiel, Hafen 1", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Cdtr/PstlAdr/AdrLine[2]"),
    row("cbpr.address_repeats", P8, "<AdrLine>24103", "<AdrLine>Hafen 1 DE", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Cdtr/PstlAdr/AdrLine[2]"),
    row("cbpr.address_repeats", P8, "<AdrLine>Am Alten Speicher 7b", "<AdrLine>Am Alten Speicher 7b, Kiel", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Cdtr/PstlAdr/AdrLine[1]"),
    row("cbpr.address_repeats", P8, "<BldgNb>48</BldgNb>…<Ctry>US</Ctry>", "<TwnNm>Brattleboro</TwnNm><Ctry>US</Ctry><AdrLine>48 Millrace Lane</AdrLine>", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/PstlAdr/AdrLine[1]"),
    row("cbpr.balance_interim", C53, "<PgNb>1<", "<PgNb>2<", "BkToCstmrStmt/Stmt[1]/Bal[1]"),
    row("cbpr.balance_interim", C53, "<LastPgInd>true", "<LastPgInd>false", "BkToCstmrStmt/Stmt[1]/Bal[2]"),
    row("cbpr.sequence_number", C53, "<ElctrncSeqNb>223</ElctrncSeqNb>", "", "BkToCstmrStmt/Stmt[1]/ElctrncSeqNb"),
    row("cbpr.account_currency_named", C54, "<Ccy>USD</Ccy>", "", "BkToCstmrDbtCdtNtfctn/Ntfctn[1]/Acct/Ccy"),
    row("cbpr.bank_transaction_domain", C54, "<Cd>PMNT</Cd>", "<Cd>PAYM</Cd>", "BkToCstmrDbtCdtNtfctn/Ntfctn[1]/Ntry[1]/BkTxCd/Domn/Cd"),
    row("cbpr.entry_details", C53, "<NtryDtls><Btch><NbOfTxs>1</NbOfTxs></Btch>…</NtryDtls>", "<NtryDtls><Btch><NbOfTxs>9</NbOfTxs></Btch></NtryDtls>", "BkToCstmrStmt/Stmt[1]/Ntry[2]/NtryDtls[1]/TxDtls"),
    row("cbpr.entry_dated", C53, "<BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><Dt>2026-11-20</Dt></ValDt>", "", "BkToCstmrStmt/Stmt[1]/Ntry[1]/BookgDt"),
];

#[test]
fn every_rule_is_kept_and_broken() {
    assert_rows(ROWS, Some(Pack::Cbpr2026));
}

#[test]
fn structured_remittance_ends_at_nine_thousand_characters() {
    let line = "x".repeat(140);
    let lines = format!("<AddtlRmtInf>{line}</AddtlRmtInf>").repeat(3);
    let advice = |count: usize| format!("<Strd>{lines}</Strd>").repeat(count);
    let paid =
        |count| P8.replace("<Ustrd>Invoice 2209, two walnut workbenches</Ustrd>", &advice(count));
    let stated = |count| {
        let remittance = format!("<RmtInf>{}</RmtInf></TxDtls>", advice(count));
        C53.replacen("</TxDtls>", &remittance, 1)
    };
    for with in [&paid as &dyn Fn(usize) -> String, &stated] {
        assert_eq!(broken(&with(21)), Vec::<String>::new());
        assert_eq!(broken(&with(22)), [BY_A_TEST]);
    }
}

/// A copy goes to another bank than the payment does.
#[test]
fn a_copy_may_go_to_somebody_else() {
    let elsewhere = P8.replacen("<BICFI>QNFJDEF1", "<BICFI>QHTRGB2L", 1);
    assert!(!check(elsewhere.as_bytes(), Some(Pack::Cbpr2026)).ok());
    let copy = elsewhere.replace("+00:00</CreDt>", "+00:00</CreDt><CpyDplct>COPY</CpyDplct>");
    assert!(check(copy.as_bytes(), Some(Pack::Cbpr2026)).ok());
}

/// Without instructions a payment goes straight through, but not without the creditor's account.
#[test]
fn what_goes_straight_through_names_an_account() {
    let through = P8.replace("swift.cbprplus.04", "swift.cbprplus.stp.04");
    let through = through
        .replace("<InstrForNxtAgt><InstrInf>/ACC/Advise by post</InstrInf></InstrForNxtAgt>", "");
    assert_eq!(broken(&through), Vec::<String>::new());
    let by_name = through
        .replace("<CdtrAcct><Id><IBAN>DE39999999990012345678</IBAN></Id></CdtrAcct>", "")
        .replacen("</PstlAdr>\n        </Cdtr>", WITH_AN_IDENTIFICATION, 1);
    assert_eq!(broken(&by_name), [ALSO_BY_A_TEST]);
}

/// Within Europe what goes straight through says the IBANs of both; elsewhere one is enough.
#[test]
fn what_goes_straight_through_europe_names_ibans() {
    let through = P8.replace("swift.cbprplus.04", "swift.cbprplus.stp.04");
    let through = through
        .replace("<InstrForNxtAgt><InstrInf>/ACC/Advise by post</InstrInf></InstrForNxtAgt>", "");
    let within = |from: &str, to: &str| {
        let banks = "<DbtrAgt><FinInstnId><BICFI>QLVBUS3N</BICFI></FinInstnId></DbtrAgt>";
        let (start, end) = (through.find("<CdtrAgt>"), through.find("</CdtrAgt>"));
        let creditor = &through[start.expect("a start")..end.expect("an end")];
        through
            .replace(creditor, &format!("<CdtrAgt><FinInstnId><BICFI>{to}</BICFI></FinInstnId>"))
            .replace(banks, &banks.replace("QLVBUS3N", from))
    };
    for (from, to, missing) in [
        ("QNFJFRPP", "QNFJDEF1", true),
        ("QNFJFRPP", "QNFJMCMC", true),
        ("QNFJDEF1", "QNFJMCMC", false),
        ("QLVBUS3N", "QNFJDEF1", false),
    ] {
        let expected = if missing { vec![ONLY_BY_A_TEST.to_owned()] } else { Vec::new() };
        assert_eq!(broken(&within(from, to)), expected, "{from} {to}");
    }
}

/// Whatever the guide has as optional, or lets stand, breaks no rule.
#[test]
fn what_the_guide_lets_stand_is_kept() {
    let rows = [
        (C56, "<CxlId>LV-CXL-3</CxlId>", ""),
        (
            C53,
            "<CdtDbtInd>DBIT</CdtDbtInd></TxDtls>",
            "<CdtDbtInd>DBIT</CdtDbtInd><Chrgs><TtlChrgsAndTaxAmt Ccy=\"EUR\">5.00</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy=\"EUR\">3.00</Amt></Rcrd><Rcrd><Amt Ccy=\"EUR\">2.00</Amt></Rcrd></Chrgs></TxDtls>",
        ),
        (
            C53,
            "<CdtDbtInd>DBIT</CdtDbtInd></TxDtls>",
            "<CdtDbtInd>DBIT</CdtDbtInd><Chrgs><TtlChrgsAndTaxAmt Ccy=\"EUR\">1.00</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy=\"EUR\">3.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Rcrd><Rcrd><Amt Ccy=\"EUR\">2.00</Amt></Rcrd></Chrgs></TxDtls>",
        ),
        (C56, "<OrgnlInstrId>LV-INSTR-000417</OrgnlInstrId>", ""),
        (O1, "2026-11-23T09:29:58+00:00", "2026-11-23T09:29:58Z"),
        (P8, "<AdrLine>24103", "<AdrLine>Kieler Tor, IT"),
        (P8, "<TwnNm>Kiel</TwnNm>", "<TwnNm>Alten</TwnNm>"),
        (P8, "Henrike Vossbrink", "Voss &amp; Brink #1 @ {a|b}"),
        (P8, "Invoice 2209,", "Invoice #2209 &amp; 2210,"),
        (C53, "<LastPgInd>true", "<LastPgInd>1"),
        (C53, "<ElctrncSeqNb>223</ElctrncSeqNb>", "<LglSeqNb>4</LglSeqNb>"),
    ];
    for (message, from, to) in rows {
        assert!(message.contains(from), "{from}");
        assert_eq!(broken(&message.replace(from, to)), Vec::<String>::new(), "{from} {to}");
    }
    let original = "<OrgnlIntrBkSttlmAmt Ccy=\"USD\">12490.00</OrgnlIntrBkSttlmAmt>";
    let reference = "</RtrRsnInf><OrgnlTxRef><IntrBkSttlmAmt Ccy=\"USD\">12490.00</IntrBkSttlmAmt></OrgnlTxRef>";
    let told_there = P4.replace(original, "").replace("</RtrRsnInf>", reference);
    assert_eq!(broken(&told_there), Vec::<String>::new());
}

/// Pages between the first and the last have balances of their own.
#[test]
fn balances_between_pages_are_interim() {
    let marked = |code: &str| format!("<Cd>{code}</Cd></CdOrPrtry><SubTp><Cd>INTM</Cd></SubTp>");
    let page = C53
        .replace("<PgNb>1<", "<PgNb>2<")
        .replace("<LastPgInd>true", "<LastPgInd>false")
        .replace("<Cd>OPBD</Cd></CdOrPrtry>", &marked("OPBD"))
        .replace("<Cd>CLBD</Cd></CdOrPrtry>", &marked("CLBD"));
    assert_eq!(broken(&page), Vec::<String>::new());
}

/// An advice is settled by a cover, and says so in its service.
#[test]
fn an_advice_is_settled_by_cover() {
    let advice = P9
        .replace("swift.cbprplus.04", "swift.cbprplus.adv.04")
        .replace("<SttlmMtd>INDA</SttlmMtd>", "<SttlmMtd>COVE</SttlmMtd><InstgRmbrsmntAgt><FinInstnId><BICFI>QLVBUS3N</BICFI></FinInstnId></InstgRmbrsmntAgt>");
    assert_eq!(broken(&advice), Vec::<String>::new());
}

fn broken(message: &str) -> Vec<String> {
    let found = check(message.as_bytes(), Some(Pack::Cbpr2026)).errors;
    found.into_iter().map(|one| one.rule).collect()
}

const WITH_AN_IDENTIFICATION: &str =
    "</PstlAdr><Id><PrvtId><Othr><Id>1</Id></Othr></PrvtId></Id></Cdtr>";

const BY_A_TEST: &str = "cbpr.remittance_length";
const ALSO_BY_A_TEST: &str = "cbpr.straight_through_account";
const ONLY_BY_A_TEST: &str = "cbpr.straight_through_iban";

#[test]
fn no_rule_is_without_a_row() {
    let by_a_test = [BY_A_TEST, ALSO_BY_A_TEST, ONLY_BY_A_TEST];
    for rule in usage_rules(Pack::Cbpr2026).filter(|rule| !by_a_test.contains(&rule.id)) {
        assert!(ROWS.iter().any(|row| row.rule == rule.id), "{}", rule.id);
    }
}

/// Without the guide, what only the guide forbids is allowed.
#[test]
fn a_guide_is_asked_only_where_it_is_named() {
    let local = P8.replace("<UETR>3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163</UETR>", "");
    assert!(check(local.as_bytes(), None).ok());
    assert!(!check(local.as_bytes(), Some(Pack::Cbpr2026)).ok());
}
