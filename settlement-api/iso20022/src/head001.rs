//! head.001.001.02, the business application header: who sends which message to whom.
//!
//! # Place
//! Stands before a document in one envelope, see [`crate::envelope`]. Versions 02 and 03 are read,
//! 02 is written.
//!
//! # Absent on purpose
//! Character sets, market practices, processing dates, copies, possible duplicates, priorities,
//! signatures, related headers and addresses are allowed and not read, so the received bytes stay
//! the original. Whether sender and document are those of the header is the caller's question, for
//! which [`institutions`] says whom the header names.

use crate::document::parts;
use crate::error::Iso20022Error;
use crate::party::{Agent, PartyOrAgent, PartyOrAgentNames, Spelling};
use crate::schema::{Many, Node, Once, Optional, Sequence, Wanted};
use crate::xml::{Element, Writer};

/// The message name that is written.
pub const MESSAGE_NAME: &str = "head.001.001.02";
/// The namespace that is written.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:head.001.001.02";

const NAMES: PartyOrAgentNames = ["OrgId", "FIId"];

/// A header about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessHeader {
    /// `Fr`: who sends.
    pub from: PartyOrAgent,
    /// `To`: who receives.
    pub to: PartyOrAgent,
    /// `BizMsgIdr`, 1 to 35 characters.
    pub biz_msg_idr: String,
    /// `MsgDefIdr`: the name of the message, such as `pacs.008.001.08`.
    pub msg_def_idr: String,
    /// `BizSvc`: the service under whose rules the message is sent, 1 to 35 characters.
    pub biz_svc: Option<String>,
    /// `CreDt` as written.
    pub created: String,
}

/// Who sends and who receives by the header of a document, in whatever version, each by the names of
/// [`Agent::identifiers`]; nothing where there is no header, or where it names no institution.
pub fn institutions(bytes: &[u8]) -> [Vec<String>; 2] {
    let found = Element::parse(bytes).ok();
    let header = found.as_ref().and_then(|root| parts(root).ok()?.header);
    ["Fr", "To"].map(|end| {
        let institution = header.and_then(|header| header.element.at(end)?.at("FIId/FinInstnId"));
        institution.map(named).unwrap_or_default()
    })
}

fn named(institution: &Element) -> Vec<String> {
    let text = |path: &str| {
        let text = institution.text_at(path).map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let agent = Agent {
        bicfi: text("BICFI").or_else(|| text("BIC")),
        lei: text("LEI"),
        clearing_system_code: text("ClrSysMmbId/ClrSysId/Cd"),
        clearing_system_proprietary: text("ClrSysMmbId/ClrSysId/Prtry"),
        clearing_member_id: text("ClrSysMmbId/MmbId"),
        ..Agent::default()
    };
    agent.identifiers()
}

const WANTED: Wanted = Wanted {
    element: "AppHdr",
    family: "head.001.001.",
    name: MESSAGE_NAME,
    versions: MESSAGE_NAME..="head.001.001.03",
    absent: |_| Iso20022Error::NoBusinessHeader,
};

impl BusinessHeader {
    /// Finds and reads the one header in a document, under any envelope and prefix.
    pub fn find(bytes: &[u8]) -> Result<Self, Iso20022Error> {
        let root = Element::parse(bytes)?;
        let header = WANTED.locate(&root)?.sequence(HEADER)?;
        let party = |name| PartyOrAgent::read(header.need(name)?, NAMES, Spelling::Pinned);
        Ok(Self {
            from: party("Fr")?,
            to: party("To")?,
            biz_msg_idr: header.need("BizMsgIdr")?.text(35)?,
            msg_def_idr: header.need("MsgDefIdr")?.text(35)?,
            biz_svc: header.optional("BizSvc", |service: Node<'_>| service.text(35))?,
            created: header.need("CreDt")?.date_time()?,
        })
    }

    /// Whether [`BusinessHeader::to_xml`] writes a header that is valid and reads back as this
    /// value.
    pub fn check(&self) -> Result<(), Iso20022Error> {
        WANTED.is_written(self, &Self::find(self.to_xml().as_bytes())?)
    }

    /// Writes an `AppHdr` in head.001.001.02, valid when [`BusinessHeader::check`] says so.
    pub fn to_xml(&self) -> String {
        let mut out = Writer::new();
        self.write(&mut out);
        out.finish()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.root(WANTED.element, NAMESPACE, |out| {
            self.from.write("Fr", NAMES, out);
            self.to.write("To", NAMES, out);
            out.leaf("BizMsgIdr", &self.biz_msg_idr);
            out.leaf("MsgDefIdr", &self.msg_def_idr);
            out.optional("BizSvc", self.biz_svc.as_deref());
            out.leaf("CreDt", &self.created);
        });
    }
}

const HEADER: Sequence = &[
    ("CharSet", Optional),
    ("Fr", Once),
    ("To", Once),
    ("BizMsgIdr", Once),
    ("MsgDefIdr", Once),
    ("BizSvc", Optional),
    ("MktPrctc", Optional),
    ("CreDt", Once),
    ("BizPrcgDt", Optional),
    ("CpyDplct", Optional),
    ("PssblDplct", Optional),
    ("Prty", Optional),
    ("Sgntr", Optional),
    ("Rltd", Many),
];
