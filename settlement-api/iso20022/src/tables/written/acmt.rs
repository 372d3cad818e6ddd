//! acmt.023.001.04 and acmt.024.001.04: whose account is this, and the answer.

use super::party::{
    BranchAndFinancialInstitutionIdentification8, CashAccount40, Party50Choice,
    PartyIdentification272,
};
use crate::table::words::{choice, many, one, opt, plain, seq, some, text};
use crate::table::{Schema, Shape, Type};
use crate::tables::iso::pacs_004_001_10::{ISODateTime, Max35Text, SupplementaryData1};

pub(super) static REQUEST: Schema = Schema { name: "acmt.023.001.04", usage: "", message: one("IdVrfctnReq", &IdentificationVerificationRequestV04), in_document: true };
pub(super) static REPORT: Schema = Schema { name: "acmt.024.001.04", usage: "", message: one("IdVrfctnRpt", &IdentificationVerificationReportV04), in_document: true };

static ExternalVerificationReason1Code: Type = text("ExternalVerificationReason1Code", 1, 4);
static IdentificationAssignment4: Type = seq("IdentificationAssignment4", &[one("MsgId", &Max35Text), one("CreDtTm", &ISODateTime), opt("Cretr", &Party50Choice), opt("FrstAgt", &BranchAndFinancialInstitutionIdentification8), one("Assgnr", &Party50Choice), one("Assgne", &Party50Choice)]);
static IdentificationInformation5: Type = seq("IdentificationInformation5", &[opt("Pty", &PartyIdentification272), opt("Acct", &CashAccount40), opt("Agt", &BranchAndFinancialInstitutionIdentification8)]);
static IdentificationVerification5: Type = seq("IdentificationVerification5", &[one("Id", &Max35Text), one("PtyAndAcctId", &IdentificationInformation5)]);
static IdentificationVerificationIndicator: Type = plain("IdentificationVerificationIndicator", Shape::Boolean);
static IdentificationVerificationReportV04: Type = seq("IdentificationVerificationReportV04", &[one("Assgnmt", &IdentificationAssignment4), opt("OrgnlAssgnmt", &MessageIdentification8), some("Rpt", &VerificationReport5), many("SplmtryData", &SupplementaryData1)]);
static IdentificationVerificationRequestV04: Type = seq("IdentificationVerificationRequestV04", &[one("Assgnmt", &IdentificationAssignment4), some("Vrfctn", &IdentificationVerification5), many("SplmtryData", &SupplementaryData1)]);
static MessageIdentification8: Type = seq("MessageIdentification8", &[opt("MsgId", &Max35Text), opt("CreDtTm", &ISODateTime), opt("FrstAgt", &BranchAndFinancialInstitutionIdentification8)]);
static VerificationReason1Choice: Type = choice("VerificationReason1Choice", &[one("Cd", &ExternalVerificationReason1Code), one("Prtry", &Max35Text)]);
static VerificationReport5: Type = seq("VerificationReport5", &[one("OrgnlId", &Max35Text), one("Vrfctn", &IdentificationVerificationIndicator), opt("Rsn", &VerificationReason1Choice), opt("OrgnlPtyAndAcctId", &IdentificationInformation5), opt("UpdtdPtyAndAcctId", &IdentificationInformation5)]);
