//! camt.110.001.01, the inquiry.

use super::underlying::{ExternalCode, UnderlyingData2Choice};
use crate::table::words::{choice, codes, many, one, opt, seq, some, text};
use crate::table::{Schema, Type};
use crate::tables::iso::camt_056_001_08::CancellationReason33Choice;
use crate::tables::iso::pain_013_001_07::{
    ActiveCurrencyAndAmount, ActiveOrHistoricCurrencyAndAmount, DateAndDateTime2Choice, DatePeriod2,
    Document12, DocumentFormat1Choice, DocumentType1Choice, ISODate, Max35Text, Max140Text,
    Max2048Text, NameAndAddress16, Number, PartyIdentification135, PercentageRate,
    SupplementaryData1,
};
use crate::tables::iso::pacs_028_001_03::{Party40Choice, UUIDv4Identifier};
use crate::tables::written::party::CashAccount40;

pub(crate) static SCHEMA: Schema = Schema { name: "camt.110.001.01", usage: "", message: one("InvstgtnReq", &InvestigationRequestV01), in_document: true };

static AdditionalRequestData1Choice: Type = choice("AdditionalRequestData1Choice", &[one("ReqdDbtAuthstn", &DebitAuthorisation3), one("ReqdCompstn", &CompensationRequest1), one("ReqdValtn", &AdjustmentRequest1), one("ReqNrrtv", &Max500Text)]);
static AdjustmentRequest1: Type = seq("AdjustmentRequest1", &[opt("Prd", &DatePeriod5)]);
static CompensationRequest1: Type = seq("CompensationRequest1", &[opt("CompstnAcct", &CashAccount40), one("Prd", &DatePeriod2), opt("Amt", &ActiveCurrencyAndAmount), opt("XpctdValDt", &ISODate), opt("IntrstRate", &PercentageRate), many("Rsn", &Max140Text)]);
pub(super) static DatePeriod5: Type = seq("DatePeriod5", &[one("CurValDt", &ISODate), one("ReqdValDt", &ISODate)]);
static DebitAuthorisation3: Type = seq("DebitAuthorisation3", &[one("CxlRsn", &CancellationReason33Choice), opt("AmtToDbt", &ActiveOrHistoricCurrencyAndAmount), opt("Acct", &CashAccount40), opt("ValDtToDbt", &ISODate), many("AddtlCxlRsnInf", &Max140Text)]);
pub(super) static FileData1: Type = seq("FileData1", &[opt("Tp", &DocumentType1Choice), one("Id", &Max35Text), opt("IsseDt", &DateAndDateTime2Choice), opt("Frmt", &DocumentFormat1Choice), opt("FileNm", &Max140Text), opt("NtwkRef", &Max140Text), opt("FileLctnElctrncAdr", &Max2048Text)]);
static InvestigationActionReason1: Type = seq("InvestigationActionReason1", &[opt("Orgtr", &PartyIdentification135), one("Rsn", &CodeOrProprietary), many("AddtlInf", &Max105Text)]);
static InvestigationLocationData1: Type = seq("InvestigationLocationData1", &[one("Mtd", &InvestigationLocationMethod1Code), opt("ElctrncAdr", &Max2048Text), opt("PstlAdr", &NameAndAddress16)]);
static InvestigationLocationMethod1Code: Type = codes("InvestigationLocationMethod1Code", &["EDIC", "EMAL", "FAXI", "POST", "SMSM", "URID"]);
static InvestigationReason2: Type = seq("InvestigationReason2", &[opt("Seq", &Number), one("Rsn", &InvestigationReason1Choice), opt("RsnSubTp", &InvestigationReasonSubType1Choice), opt("AddtlReqData", &AdditionalRequestData1Choice), opt("RltdInvstgtnData", &RelatedInvestigationData1), many("NclsdFile", &Document12), many("RltdFileData", &FileData1)]);
/// A code of an external list or a name of one's own: the shape of all choices of reasons and types.
pub(super) static CodeOrProprietary: Type = choice("CodeOrProprietary", &[one("Cd", &ExternalCode), one("Prtry", &Max35Text)]);
pub(super) static ExternalInvestigationReason1Code: Type = text("ExternalInvestigationReason1Code", 1, 4);
pub(super) static ExternalInvestigationReasonSubType1Code: Type = text("ExternalInvestigationReasonSubType1Code", 1, 4);
static ExternalInvestigationType1Code: Type = text("ExternalInvestigationType1Code", 1, 4);
static ExternalInvestigationSubType1Code: Type = text("ExternalInvestigationSubType1Code", 1, 4);
pub(super) static InvestigationReason1Choice: Type = choice("InvestigationReason1Choice", &[one("Cd", &ExternalInvestigationReason1Code), one("Prtry", &Max35Text)]);
pub(super) static InvestigationReasonSubType1Choice: Type = choice("InvestigationReasonSubType1Choice", &[one("Cd", &ExternalInvestigationReasonSubType1Code), one("Prtry", &Max35Text)]);
static InvestigationSubType1Choice: Type = choice("InvestigationSubType1Choice", &[one("Cd", &ExternalInvestigationSubType1Code), one("Prtry", &Max35Text)]);
static InvestigationType1Choice: Type = choice("InvestigationType1Choice", &[one("Cd", &ExternalInvestigationType1Code), one("Prtry", &Max35Text)]);
static InvestigationRequest2: Type = seq("InvestigationRequest2", &[one("MsgId", &Max35Text), opt("RqstrInvstgtnId", &Max35Text), opt("RspndrInvstgtnId", &Max35Text), opt("EIR", &UUIDv4Identifier), opt("ReqActn", &InvestigationRequestAction1), one("InvstgtnTp", &InvestigationType1Choice), opt("InvstgtnSubTp", &InvestigationSubType1Choice), opt("UndrlygInstrm", &CodeOrProprietary), one("Undrlyg", &UnderlyingData2Choice), one("Rqstr", &Party40Choice), one("Rspndr", &Party40Choice), opt("ReqOrgtr", &Party40Choice), opt("XpctdRspndr", &Party40Choice), many("SvcLvl", &CodeOrProprietary)]);
pub(super) static InvestigationRequest3: Type = seq("InvestigationRequest3", &[one("MsgId", &Max35Text), opt("RqstrInvstgtnId", &Max35Text), opt("RspndrInvstgtnId", &Max35Text), opt("EIR", &UUIDv4Identifier), opt("ReqActn", &InvestigationRequestAction1), one("InvstgtnTp", &InvestigationType1Choice), opt("InvstgtnSubTp", &InvestigationSubType1Choice), opt("UndrlygInstrm", &CodeOrProprietary), opt("Undrlyg", &UnderlyingData2Choice), one("Rqstr", &Party40Choice), one("Rspndr", &Party40Choice), opt("ReqOrgtr", &Party40Choice), opt("XpctdRspndr", &Party40Choice), many("SvcLvl", &CodeOrProprietary)]);
static InvestigationRequestAction1: Type = seq("InvestigationRequestAction1", &[one("Actn", &CodeOrProprietary), opt("ActnRsn", &InvestigationActionReason1)]);
static InvestigationRequestV01: Type = seq("InvestigationRequestV01", &[one("InvstgtnReq", &InvestigationRequest2), some("InvstgtnData", &InvestigationReason2), many("SplmtryData", &SupplementaryData1)]);
static Max105Text: Type = text("Max105Text", 1, 105);
pub(super) static Max500Text: Type = text("Max500Text", 1, 500);
pub(super) static RelatedInvestigationData1: Type = seq("RelatedInvestigationData1", &[opt("InvstgtnId", &Max35Text), many("Lctn", &InvestigationLocationData1)]);
