//! pacs.002.001.10, the payment status report: what became of one transaction.
//!
//! # Absent on purpose
//! Proofs inside the message: a detached proof is named in [`StatusReason::lines`]. Group statuses,
//! charges and the copy of the original transaction are allowed and not read.

use crate::error::Iso20022Error;
use crate::pacs008::{code, code_list};
use crate::party::Agent;
use crate::schema::{Many, Node, Once, Optional, Sequence, Wanted};
use crate::xml::{Element, Writer};
use jiff::civil::Date;
use uuid::Uuid;

/// The message name that is read and written.
pub const MESSAGE_NAME: &str = "pacs.002.001.10";
/// The namespace that is read and written.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10";

/// A status report about exactly one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pacs002 {
    /// `MsgId` of this report, 1 to 35 characters.
    pub msg_id: String,
    /// `CreDtTm` of this report as written.
    pub created: String,
    /// Who sends the report.
    pub instructing_agent: Option<Agent>,
    /// Who receives the report.
    pub instructed_agent: Option<Agent>,
    /// The message that the report is about.
    pub original: Option<OriginalGroup>,
    /// `StsId`, 1 to 35 characters.
    pub status_id: Option<String>,
    /// `OrgnlInstrId`.
    pub instr_id: Option<String>,
    /// `OrgnlEndToEndId`.
    pub end_to_end_id: Option<String>,
    /// `OrgnlTxId`.
    pub tx_id: Option<String>,
    /// `OrgnlUETR`. Ours always have one; other senders may leave it out.
    pub uetr: Option<Uuid>,
    /// What became of the transaction.
    pub status: TxStatus,
    /// Why.
    pub reasons: Vec<StatusReason>,
    /// `AccptncDtTm` as written.
    pub accepted_at: Option<String>,
    /// `FctvIntrBkSttlmDt`: when it settled.
    pub effective_settlement: Option<EffectiveDate>,
    /// `ClrSysRef`, 1 to 35 characters.
    pub clearing_system_ref: Option<String>,
}

/// The message that a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalGroup {
    /// Its `MsgId`.
    pub msg_id: String,
    /// Its message name, such as `pacs.008.001.08`.
    pub msg_name_id: String,
    /// Its `CreDtTm` as written.
    pub created: Option<String>,
}

/// A date of settlement, booking or value, with or without its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectiveDate {
    /// A business date.
    Date(Date),
    /// A date and time as written.
    DateTime(String),
}

/// Why a transaction has its status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusReason {
    /// The reason, when one is named.
    pub reason: Option<Reason>,
    /// `AddtlInf`: lines of 1 to 105 characters.
    pub lines: Vec<String>,
}

/// A reason of the external list or of the network's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A code of 1 to 4 characters, such as `AC03`.
    Code(String),
    /// A text of 1 to 35 characters.
    Proprietary(String),
}

code_list! {
    /// `TxSts`: what became of a transaction.
    TxStatus {
        /// The message has arrived.
        Received = "RCVD",
        /// The message passed the technical checks.
        TechnicallyAccepted = "ACTC",
        /// The customer's profile was checked too.
        ProfileAccepted = "ACCP",
        /// Funds were checked and are held.
        FundsChecked = "ACFC",
        /// Settlement has begun.
        SettlementInProcess = "ACSP",
        /// Accepted with a change.
        AcceptedWithChange = "ACWC",
        /// Accepted by the creditor's bank, not yet credited.
        AcceptedWithoutPosting = "ACWP",
        /// Waiting, for example for an answer.
        Pending = "PDNG",
        /// Settled between the banks.
        Settled = "ACSC",
        /// Credited to the creditor.
        Credited = "ACCC",
        /// Blocked after acceptance.
        Blocked = "BLCK",
        /// Cancelled.
        Cancelled = "CANC",
        /// Refused.
        Rejected = "RJCT",
    }
}

const WANTED: Wanted = Wanted {
    element: "FIToFIPmtStsRpt",
    family: "pacs.002.001.",
    name: MESSAGE_NAME,
    versions: MESSAGE_NAME..=MESSAGE_NAME,
    absent: |found| Iso20022Error::NotAPacs002 { found },
};

impl Pacs002 {
    /// Finds and reads the one pacs.002.001.10 in a document, under any envelope and prefix.
    ///
    /// Agents and the original message may stand at the group or at the transaction, where they are
    /// written.
    pub fn find(bytes: &[u8]) -> Result<Self, Iso20022Error> {
        let root = Element::parse(bytes)?;
        let message = WANTED.locate(&root)?.sequence(MESSAGE)?;
        let header = message.need("GrpHdr")?.sequence(GROUP_HEADER)?;
        let count = message.all("TxInfAndSts").count();
        if count > 1 {
            return Err(Iso20022Error::MultipleTransactions { count });
        }
        let transaction = message.need("TxInfAndSts")?.sequence(TRANSACTION)?;
        let original = match transaction.child("OrgnlGrpInf") {
            Some(group) => Some(OriginalGroup::read(group.sequence(ORIGINAL)?)?),
            None => message.optional("OrgnlGrpInfAndSts", |group| {
                OriginalGroup::read(group.sequence(ORIGINAL_AND_STATUS)?)
            })?,
        };
        let agent = |name| match transaction.optional(name, Agent::read)? {
            Some(agent) => Ok(Some(agent)),
            None => header.optional(name, Agent::read),
        };
        let max_35 = |node: Node<'_>| node.text(35);
        Ok(Self {
            msg_id: header.need("MsgId")?.text(35)?,
            created: header.need("CreDtTm")?.date_time()?,
            instructing_agent: agent("InstgAgt")?,
            instructed_agent: agent("InstdAgt")?,
            original,
            status_id: transaction.optional("StsId", max_35)?,
            instr_id: transaction.optional("OrgnlInstrId", max_35)?,
            end_to_end_id: transaction.optional("OrgnlEndToEndId", max_35)?,
            tx_id: transaction.optional("OrgnlTxId", max_35)?,
            uetr: transaction.optional("OrgnlUETR", Node::uetr)?,
            status: code(&transaction.need("TxSts")?, TxStatus::from_code)?,
            reasons: transaction
                .all("StsRsnInf")
                .map(StatusReason::read)
                .collect::<Result<_, _>>()?,
            accepted_at: transaction.optional("AccptncDtTm", Node::date_time)?,
            effective_settlement: transaction.optional("FctvIntrBkSttlmDt", EffectiveDate::read)?,
            clearing_system_ref: transaction.optional("ClrSysRef", max_35)?,
        })
    }

    /// Whether [`Pacs002::to_xml`] writes a document that is valid and reads back as this value.
    pub fn check(&self) -> Result<(), Iso20022Error> {
        WANTED.is_written(self, &Self::find(self.to_xml().as_bytes())?)
    }

    /// Writes a `Document` in pacs.002.001.10, valid when [`Pacs002::check`] says so.
    pub fn to_xml(&self) -> String {
        let mut out = Writer::new();
        self.write(&mut out);
        out.finish()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.root("Document", NAMESPACE, |out| {
            out.element(WANTED.element, |out| {
                out.element("GrpHdr", |out| self.write_header(out));
                out.element("TxInfAndSts", |out| self.write_transaction(out));
            });
        });
    }

    fn write_header(&self, out: &mut Writer) {
        out.leaf("MsgId", &self.msg_id);
        out.leaf("CreDtTm", &self.created);
    }

    fn write_transaction(&self, out: &mut Writer) {
        out.optional("StsId", self.status_id.as_deref());
        if let Some(original) = &self.original {
            out.element("OrgnlGrpInf", |out| {
                out.leaf("OrgnlMsgId", &original.msg_id);
                out.leaf("OrgnlMsgNmId", &original.msg_name_id);
                out.optional("OrgnlCreDtTm", original.created.as_deref());
            });
        }
        out.optional("OrgnlInstrId", self.instr_id.as_deref());
        out.optional("OrgnlEndToEndId", self.end_to_end_id.as_deref());
        out.optional("OrgnlTxId", self.tx_id.as_deref());
        out.optional("OrgnlUETR", self.uetr.map(|uetr| uetr.to_string()).as_deref());
        out.leaf("TxSts", self.status.as_str());
        for reason in &self.reasons {
            reason.write(out);
        }
        out.optional("AccptncDtTm", self.accepted_at.as_deref());
        if let Some(date) = &self.effective_settlement {
            date.write("FctvIntrBkSttlmDt", out);
        }
        out.optional("ClrSysRef", self.clearing_system_ref.as_deref());
        if let Some(agent) = &self.instructing_agent {
            agent.write("InstgAgt", out);
        }
        if let Some(agent) = &self.instructed_agent {
            agent.write("InstdAgt", out);
        }
    }
}

impl OriginalGroup {
    fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        Ok(Self {
            msg_id: node.need("OrgnlMsgId")?.text(35)?,
            msg_name_id: node.need("OrgnlMsgNmId")?.text(35)?,
            created: node.optional("OrgnlCreDtTm", Node::date_time)?,
        })
    }
}

impl EffectiveDate {
    pub(crate) fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let (chosen, name) = node.choice(&["Dt", "DtTm"])?;
        if name == "Dt" {
            chosen.date().map(Self::Date)
        } else {
            chosen.date_time().map(Self::DateTime)
        }
    }

    pub(crate) fn write(&self, name: &'static str, out: &mut Writer) {
        out.element(name, |out| match self {
            Self::Date(date) => out.leaf("Dt", &date.to_string()),
            Self::DateTime(time) => out.leaf("DtTm", time),
        });
    }
}

impl StatusReason {
    fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let node = node.sequence(REASON)?;
        let reason = node.optional("Rsn", |reason| {
            let (chosen, name) = reason.choice(&["Cd", "Prtry"])?;
            if name == "Cd" {
                chosen.text(4).map(Reason::Code)
            } else {
                chosen.text(35).map(Reason::Proprietary)
            }
        })?;
        let lines = node.all("AddtlInf").map(|line| line.text(105)).collect::<Result<_, _>>()?;
        Ok(Self { reason, lines })
    }

    fn write(&self, out: &mut Writer) {
        out.element("StsRsnInf", |out| {
            match &self.reason {
                Some(Reason::Code(code)) => out.element("Rsn", |out| out.leaf("Cd", code)),
                Some(Reason::Proprietary(text)) => {
                    out.element("Rsn", |out| out.leaf("Prtry", text));
                }
                None => {}
            }
            for line in &self.lines {
                out.leaf("AddtlInf", line);
            }
        });
    }
}

const MESSAGE: Sequence =
    &[("GrpHdr", Once), ("OrgnlGrpInfAndSts", Many), ("TxInfAndSts", Many), ("SplmtryData", Many)];
const GROUP_HEADER: Sequence =
    &[("MsgId", Once), ("CreDtTm", Once), ("InstgAgt", Optional), ("InstdAgt", Optional)];
const ORIGINAL: Sequence =
    &[("OrgnlMsgId", Once), ("OrgnlMsgNmId", Once), ("OrgnlCreDtTm", Optional)];
const ORIGINAL_AND_STATUS: Sequence = &[
    ("OrgnlMsgId", Once),
    ("OrgnlMsgNmId", Once),
    ("OrgnlCreDtTm", Optional),
    ("OrgnlNbOfTxs", Optional),
    ("OrgnlCtrlSum", Optional),
    ("GrpSts", Optional),
    ("StsRsnInf", Many),
    ("NbOfTxsPerSts", Many),
];
const REASON: Sequence = &[("Orgtr", Optional), ("Rsn", Optional), ("AddtlInf", Many)];
const TRANSACTION: Sequence = &[
    ("StsId", Optional),
    ("OrgnlGrpInf", Optional),
    ("OrgnlInstrId", Optional),
    ("OrgnlEndToEndId", Optional),
    ("OrgnlTxId", Optional),
    ("OrgnlUETR", Optional),
    ("TxSts", Optional),
    ("StsRsnInf", Many),
    ("ChrgsInf", Many),
    ("AccptncDtTm", Optional),
    ("FctvIntrBkSttlmDt", Optional),
    ("AcctSvcrRef", Optional),
    ("ClrSysRef", Optional),
    ("InstgAgt", Optional),
    ("InstdAgt", Optional),
    ("OrgnlTxRef", Optional),
    ("SplmtryData", Many),
];
