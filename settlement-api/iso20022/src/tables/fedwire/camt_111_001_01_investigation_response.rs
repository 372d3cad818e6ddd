//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_InvestigationResponse_camt_111_001_01_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;

pub(crate) static SCHEMA: Schema = Schema { name: "camt.111.001.01", usage: "InvestigationResponse", message: one("InvstgtnRspn", &InvestigationResponseV01), in_document: true };

pub(crate) static BranchAndFinancialInstitutionIdentification6__1: Type = seq("BranchAndFinancialInstitutionIdentification6__1", &[one("FinInstnId", &FinancialInstitutionIdentification18__1)]);
pub(crate) static ClearingSystemIdentification2Choice__1: Type = choice("ClearingSystemIdentification2Choice__1", &[one("Cd", &ExternalClearingSystemIdentification1Code_fixed)]);
pub(crate) static ClearingSystemMemberIdentification2__1: Type = seq("ClearingSystemMemberIdentification2__1", &[one("ClrSysId", &ClearingSystemIdentification2Choice__1), one("MmbId", &RoutingNumber_FRS_1)]);
pub(crate) static ExternalClearingSystemIdentification1Code_fixed: Type = codes("ExternalClearingSystemIdentification1Code_fixed", &["USABA"]);
pub(crate) static ExternalInvestigationStatus1Code: Type = text("ExternalInvestigationStatus1Code", 1, 4);
pub(crate) static ExternalInvestigationStatusReason1Code: Type = text("ExternalInvestigationStatusReason1Code", 1, 4);
pub(crate) static ExternalInvestigationSubType1Code: Type = text("ExternalInvestigationSubType1Code", 1, 4);
pub(crate) static ExternalInvestigationType1Code: Type = text("ExternalInvestigationType1Code", 1, 4);
pub(crate) static FinancialInstitutionIdentification18__1: Type = seq("FinancialInstitutionIdentification18__1", &[one("ClrSysMmbId", &ClearingSystemMemberIdentification2__1)]);
pub(crate) static IMAD_FedwireFunds_1: Type = bounded_pattern("IMAD_FedwireFunds_1", 22, 22, r"[0-9]{8}[A-Z0-9]{8}[0-9]{6}");
pub(crate) static InvestigationData2__1: Type = seq("InvestigationData2__1", &[one("RspnData", &InvestigationDataRecord1Choice__1)]);
pub(crate) static InvestigationDataRecord1Choice__1: Type = choice("InvestigationDataRecord1Choice__1", &[one("RspnNrrtv", &Max500Text)]);
pub(crate) static InvestigationRequest3__1: Type = seq("InvestigationRequest3__1", &[one("MsgId", &Max35Text), opt("RqstrInvstgtnId", &Max35Text), opt("RspndrInvstgtnId", &Max35Text), one("InvstgtnTp", &InvestigationType1Choice__1), opt("InvstgtnSubTp", &InvestigationSubType1Choice__1), one("Rqstr", &Party40Choice__1), one("Rspndr", &Party40Choice__1)]);
pub(crate) static InvestigationResponse3__1: Type = seq("InvestigationResponse3__1", &[one("MsgId", &IMAD_FedwireFunds_1), opt("RspndrInvstgtnId", &Max35Text), one("InvstgtnSts", &InvestigationStatus2__1), many("InvstgtnData", &InvestigationData2__1)]);
pub(crate) static InvestigationResponseV01: Type = seq("InvestigationResponseV01", &[one("InvstgtnRspn", &InvestigationResponse3__1), one("OrgnlInvstgtnReq", &InvestigationRequest3__1)]);
pub(crate) static InvestigationStatus2__1: Type = seq("InvestigationStatus2__1", &[one("Sts", &ExternalInvestigationStatus1Code), opt("StsRsn", &InvestigationStatusReason1Choice__1)]);
pub(crate) static InvestigationStatusReason1Choice__1: Type = choice("InvestigationStatusReason1Choice__1", &[one("Cd", &ExternalInvestigationStatusReason1Code)]);
pub(crate) static InvestigationSubType1Choice__1: Type = choice("InvestigationSubType1Choice__1", &[one("Cd", &ExternalInvestigationSubType1Code)]);
pub(crate) static InvestigationType1Choice__1: Type = choice("InvestigationType1Choice__1", &[one("Cd", &ExternalInvestigationType1Code)]);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static Max500Text: Type = text("Max500Text", 1, 500);
pub(crate) static Party40Choice__1: Type = choice("Party40Choice__1", &[one("Agt", &BranchAndFinancialInstitutionIdentification6__1)]);
pub(crate) static RoutingNumber_FRS_1: Type = bounded_pattern("RoutingNumber_FRS_1", 9, 9, r"[0-9]{9,9}");
