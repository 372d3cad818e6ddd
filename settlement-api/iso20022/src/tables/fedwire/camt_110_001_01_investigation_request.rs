//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_InvestigationRequest_camt_110_001_01_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "camt.110.001.01", usage: "InvestigationRequest", message: one("InvstgtnReq", &InvestigationRequestV01), in_document: true };

pub(crate) static ActiveOrHistoricCurrencyAndAmount: Type = amount("ActiveOrHistoricCurrencyAndAmount", &ActiveOrHistoricCurrencyAndAmount_SimpleType, "Ccy", &ActiveOrHistoricCurrencyCode);
pub(crate) static ActiveOrHistoricCurrencyAndAmount_SimpleType: Type = unsigned("ActiveOrHistoricCurrencyAndAmount_SimpleType", 18, 5);
pub(crate) static ActiveOrHistoricCurrencyCode: Type = pattern("ActiveOrHistoricCurrencyCode", r"[A-Z]{3,3}");
pub(crate) static AdditionalRequestData1Choice__1: Type = choice("AdditionalRequestData1Choice__1", &[one("ReqNrrtv", &Max500Text)]);
pub(crate) static BranchAndFinancialInstitutionIdentification6__1: Type = seq("BranchAndFinancialInstitutionIdentification6__1", &[one("FinInstnId", &FinancialInstitutionIdentification18__1)]);
pub(crate) static ClearingSystemIdentification2Choice__1: Type = choice("ClearingSystemIdentification2Choice__1", &[one("Cd", &ExternalClearingSystemIdentification1Code_fixed)]);
pub(crate) static ClearingSystemMemberIdentification2__1: Type = seq("ClearingSystemMemberIdentification2__1", &[one("ClrSysId", &ClearingSystemIdentification2Choice__1), one("MmbId", &RoutingNumber_FRS_1)]);
pub(crate) static DateAndDateTime2Choice__1: Type = choice("DateAndDateTime2Choice__1", &[one("Dt", &ISODate)]);
pub(crate) static ExternalClearingSystemIdentification1Code_fixed: Type = codes("ExternalClearingSystemIdentification1Code_fixed", &["USABA"]);
pub(crate) static ExternalInvestigationReason1Code: Type = text("ExternalInvestigationReason1Code", 1, 4);
pub(crate) static ExternalInvestigationReasonSubType1Code: Type = text("ExternalInvestigationReasonSubType1Code", 1, 4);
pub(crate) static ExternalInvestigationSubType1Code: Type = text("ExternalInvestigationSubType1Code", 1, 4);
pub(crate) static ExternalInvestigationType1Code: Type = text("ExternalInvestigationType1Code", 1, 4);
pub(crate) static FinancialInstitutionIdentification18__1: Type = seq("FinancialInstitutionIdentification18__1", &[one("ClrSysMmbId", &ClearingSystemMemberIdentification2__1)]);
pub(crate) static IMAD_FedwireFunds_1: Type = bounded_pattern("IMAD_FedwireFunds_1", 22, 22, r"[0-9]{8}[A-Z0-9]{8}[0-9]{6}");
pub(crate) static ISODate: Type = plain("ISODate", Shape::Date);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static InvestigationReason1Choice__1: Type = choice("InvestigationReason1Choice__1", &[one("Cd", &ExternalInvestigationReason1Code)]);
pub(crate) static InvestigationReason2__1: Type = seq("InvestigationReason2__1", &[one("Rsn", &InvestigationReason1Choice__1), opt("RsnSubTp", &InvestigationReasonSubType1Choice__1), opt("AddtlReqData", &AdditionalRequestData1Choice__1)]);
pub(crate) static InvestigationReasonSubType1Choice__1: Type = choice("InvestigationReasonSubType1Choice__1", &[one("Cd", &ExternalInvestigationReasonSubType1Code)]);
pub(crate) static InvestigationRequest2__1: Type = seq("InvestigationRequest2__1", &[one("MsgId", &IMAD_FedwireFunds_1), opt("RqstrInvstgtnId", &Max35Text), opt("RspndrInvstgtnId", &Max35Text), one("InvstgtnTp", &InvestigationType1Choice__1), opt("InvstgtnSubTp", &InvestigationSubType1Choice__1), one("Undrlyg", &UnderlyingData2Choice__1), one("Rqstr", &Party40Choice__1), one("Rspndr", &Party40Choice__1)]);
pub(crate) static InvestigationRequestV01: Type = seq("InvestigationRequestV01", &[one("InvstgtnReq", &InvestigationRequest2__1), some("InvstgtnData", &InvestigationReason2__1)]);
pub(crate) static InvestigationSubType1Choice__1: Type = choice("InvestigationSubType1Choice__1", &[one("Cd", &ExternalInvestigationSubType1Code)]);
pub(crate) static InvestigationType1Choice__1: Type = choice("InvestigationType1Choice__1", &[one("Cd", &ExternalInvestigationType1Code)]);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max500Text: Type = text("Max500Text", 1, 500);
pub(crate) static MessageNameIdentification_FRS_1: Type = bounded_pattern("MessageNameIdentification_FRS_1", 15, 15, r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}[.]{1,1}001[.]{1,1}[0-9]{2,2}");
pub(crate) static Party40Choice__1: Type = choice("Party40Choice__1", &[one("Agt", &BranchAndFinancialInstitutionIdentification6__1)]);
pub(crate) static RoutingNumber_FRS_1: Type = bounded_pattern("RoutingNumber_FRS_1", 9, 9, r"[0-9]{9,9}");
pub(crate) static UUIDv4Identifier: Type = pattern("UUIDv4Identifier", r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}");
pub(crate) static UnderlyingData2Choice__1: Type = choice("UnderlyingData2Choice__1", &[one("Initn", &UnderlyingPaymentInstruction8__1), one("IntrBk", &UnderlyingPaymentTransaction7__1)]);
pub(crate) static UnderlyingGroupInformation1__1: Type = seq("UnderlyingGroupInformation1__1", &[one("OrgnlMsgId", &Max35Text), one("OrgnlMsgNmId", &MessageNameIdentification_FRS_1), one("OrgnlCreDtTm", &ISODateTime)]);
pub(crate) static UnderlyingPaymentInstruction8__1: Type = seq("UnderlyingPaymentInstruction8__1", &[one("OrgnlGrpInf", &UnderlyingGroupInformation1__1), opt("OrgnlPmtInfId", &Max35Text), opt("OrgnlInstrId", &Max35Text), opt("OrgnlEndToEndId", &Max35Text), one("OrgnlUETR", &UUIDv4Identifier), opt("OrgnlInstdAmt", &ActiveOrHistoricCurrencyAndAmount), one("ReqdExctnDt", &DateAndDateTime2Choice__1)]);
pub(crate) static UnderlyingPaymentTransaction7__1: Type = seq("UnderlyingPaymentTransaction7__1", &[one("OrgnlGrpInf", &UnderlyingGroupInformation1__1), opt("OrgnlInstrId", &Max35Text), opt("OrgnlEndToEndId", &Max35Text), opt("OrgnlTxId", &Max35Text), one("OrgnlUETR", &UUIDv4Identifier), opt("OrgnlIntrBkSttlmAmt", &ActiveOrHistoricCurrencyAndAmount), opt("OrgnlIntrBkSttlmDt", &ISODate)]);
