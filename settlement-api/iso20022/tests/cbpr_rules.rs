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
    row("cbpr.reference_characters", P8, "ORCHARD/INV", "ORCHARD//INV", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtId/EndToEndId"),
    row("cbpr.reference_characters", C56, "LV-CXL-3", "LV_CXL_3", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/CxlId"),
    row("cbpr.settlement_date", P4, "<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>", "", "PmtRtr/TxInf[1]/IntrBkSttlmDt"),
    row("cbpr.charge_bearer", P8, "<ChrgBr>CRED", "<ChrgBr>SLEV", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/ChrgBr"),
    row("cbpr.charges_of_creditor", P8, "<ChrgsInf>…</ChrgsInf>", "", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/ChrgsInf"),
    row("cbpr.amount_digits", P9, ">1000000.00<", ">1000000000000.00<", "FICdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
    row("cbpr.commodity", P9, "Ccy=\"EUR\"", "Ccy=\"XAU\"", "FICdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
    row("cbpr.service_level", P8, "<Cd>G001<", "<Cd>G004<", "FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtTpInf/SvcLvl[1]/Cd"),
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
    row("cbpr.cancellation_identification", C56, "<CxlId>LV-CXL-3</CxlId>", "", "FIToFIPmtCxlReq/Undrlyg[1]/TxInf[1]/CxlId"),
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
];

#[test]
fn every_rule_is_kept_and_broken() {
    assert_rows(ROWS, Some(Pack::Cbpr2026));
}

#[test]
fn no_rule_is_without_a_row() {
    for rule in usage_rules(Pack::Cbpr2026) {
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
