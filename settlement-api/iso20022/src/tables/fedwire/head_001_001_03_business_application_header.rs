//! @generated from fedwire-2025/Fedwire_Funds_Service_Release_2025_BusinessApplicationHeader_head_001_001_03_20241122_1718_iso15.xsd by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

use crate::table::{Schema, Type};
use crate::table::words::*;
use crate::table::Shape;

pub(crate) static SCHEMA: Schema = Schema { name: "head.001.001.03", usage: "BusinessApplicationHeader", message: one("AppHdr", &BusinessApplicationHeaderV03), in_document: false };

pub(crate) static BranchAndFinancialInstitutionIdentification6__1: Type = seq("BranchAndFinancialInstitutionIdentification6__1", &[one("FinInstnId", &FinancialInstitutionIdentification18__1)]);
pub(crate) static BusinessApplicationHeader7__1: Type = seq("BusinessApplicationHeader7__1", &[one("Fr", &Party44Choice__1), one("To", &Party44Choice__1), one("BizMsgIdr", &Max35Text), one("MsgDefIdr", &MessageNameIdentification_FRS_1), one("BizSvc", &BusinessService_FedwireFunds_1), one("MktPrctc", &ImplementationSpecification1__2), one("CreDt", &ISODateTime), opt("BizPrcgDt", &ISODateTime), opt("PssblDplct", &YesNoIndicator)]);
pub(crate) static BusinessApplicationHeaderV03: Type = seq("BusinessApplicationHeaderV03", &[one("Fr", &Party44Choice__1), one("To", &Party44Choice__1), one("BizMsgIdr", &Max35Text), one("MsgDefIdr", &MessageNameIdentification_FRS_1), one("BizSvc", &BusinessService_FedwireFunds_1), one("MktPrctc", &ImplementationSpecification1__1), one("CreDt", &ISODateTime), opt("BizPrcgDt", &ISODateTime), opt("CpyDplct", &CopyDuplicate1Code__1), opt("PssblDplct", &YesNoIndicator), opt("Rltd", &BusinessApplicationHeader7__1)]);
pub(crate) static BusinessService_FedwireFunds_1: Type = codes("BusinessService_FedwireFunds_1", &["TEST", "PROD"]);
pub(crate) static ClearingSystemMemberIdentification2__1: Type = seq("ClearingSystemMemberIdentification2__1", &[one("MmbId", &ConnectionPartyIdentifier_FedwireFunds_1)]);
pub(crate) static ConnectionPartyIdentifier_FedwireFunds_1: Type = pattern("ConnectionPartyIdentifier_FedwireFunds_1", r"[A-Z0-9]{9,9}");
pub(crate) static CopyDuplicate1Code__1: Type = codes("CopyDuplicate1Code__1", &["DUPL"]);
pub(crate) static FinancialInstitutionIdentification18__1: Type = seq("FinancialInstitutionIdentification18__1", &[one("ClrSysMmbId", &ClearingSystemMemberIdentification2__1)]);
pub(crate) static ISODateTime: Type = plain("ISODateTime", Shape::DateTime);
pub(crate) static ImplementationSpecification1__1: Type = seq("ImplementationSpecification1__1", &[one("Regy", &Max350Text_fixed), one("Id", &MarketPracticeIdentification_FedwireFunds_1)]);
pub(crate) static ImplementationSpecification1__2: Type = seq("ImplementationSpecification1__2", &[one("Regy", &Max350Text_fixed), one("Id", &Max2048Text)]);
pub(crate) static MarketPracticeIdentification_FedwireFunds_1: Type = bounded_pattern("MarketPracticeIdentification_FedwireFunds_1", 14, 18, r"frb([.]{1,1})fedwire([.]{1,1})(([a-z]{3,3}[.]{1,1})){0,1}01");
pub(crate) static Max2048Text: Type = text("Max2048Text", 1, 2048);
pub(crate) static Max350Text_fixed: Type = codes("Max350Text_fixed", &["www2.swift.com/mystandards/#/group/Federal_Reserve_Financial_Services/Fedwire_Funds_Service"]);
pub(crate) static Max35Text: Type = text("Max35Text", 1, 35);
pub(crate) static MessageNameIdentification_FRS_1: Type = bounded_pattern("MessageNameIdentification_FRS_1", 15, 15, r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}[.]{1,1}001[.]{1,1}[0-9]{2,2}");
pub(crate) static Party44Choice__1: Type = choice("Party44Choice__1", &[one("FIId", &BranchAndFinancialInstitutionIdentification6__1)]);
pub(crate) static YesNoIndicator: Type = plain("YesNoIndicator", Shape::Boolean);
