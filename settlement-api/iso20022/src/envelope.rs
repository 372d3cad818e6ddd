//! A business application header and its document in one element.
//!
//! # Place
//! Around everything that is sent as a whole message. What comes in is found under any envelope,
//! this one included.
//!
//! # Absent on purpose
//! Several documents under one header, signatures, transport data.

use crate::camt054::{self, Camt054};
use crate::convert::canonical_xml;
use crate::error::Iso20022Error;
use crate::head001::BusinessHeader;
use crate::pacs002::{self, Pacs002};
use crate::pacs008::{self, Pacs008};
use crate::validate::Finding;
use crate::xml::Writer;

/// The namespace of the envelope.
pub const NAMESPACE: &str = "urn:florin:envelope:1";

/// A document that this crate writes.
#[derive(Debug, Clone, Copy)]
pub enum Document<'a> {
    /// A customer credit transfer.
    Pacs008(&'a Pacs008),
    /// A payment status report.
    Pacs002(&'a Pacs002),
    /// A notification of debits and credits.
    Camt054(&'a Camt054),
}

impl Document<'_> {
    /// What the header before this document gives as `MsgDefIdr`.
    pub fn message_name(self) -> &'static str {
        match self {
            Self::Pacs008(_) => pacs008::MESSAGE_NAME,
            Self::Pacs002(_) => pacs002::MESSAGE_NAME,
            Self::Camt054(_) => camt054::MESSAGE_NAME,
        }
    }

    fn write(self, out: &mut Writer) {
        match self {
            Self::Pacs008(payment) => payment.write(out),
            Self::Pacs002(report) => report.write(out),
            Self::Camt054(notification) => notification.write(out),
        }
    }
}

/// Writes a `BusinessMessage` with the header and, after it, the document that it names.
///
/// The envelope is Florin's own: ISO 20022 defines header and document and leaves what holds them
/// together to the transport. Receivers who know another envelope take the two elements out.
/// Header and document are written as they are; their own checks say whether each is valid.
pub fn in_envelope(
    header: &BusinessHeader,
    document: Document<'_>,
) -> Result<String, Iso20022Error> {
    if header.msg_def_idr != document.message_name() {
        let (header, document) = (header.msg_def_idr.clone(), document.message_name());
        return Err(Iso20022Error::HeaderMismatch { header, document });
    }
    let mut out = Writer::new();
    out.root("BusinessMessage", NAMESPACE, |out| {
        header.write(out);
        document.write(out);
    });
    Ok(out.finish())
}

/// The same around a document that is written already, such as by [`crate::view::View::to_xml`]: what
/// comes out follows the schemas of header and document, or the rules say that they break.
pub fn under_header(header: &BusinessHeader, document: &str) -> Result<String, Vec<Finding>> {
    let (header, document) = (header.to_xml(), without_declaration(document));
    let header = without_declaration(&header);
    canonical_xml(
        format!("<BusinessMessage xmlns=\"{NAMESPACE}\">{header}{document}</BusinessMessage>")
            .as_bytes(),
    )
}

fn without_declaration(xml: &str) -> &str {
    match xml.split_once("?>") {
        Some((declaration, rest)) if declaration.starts_with("<?xml") => rest,
        _ => xml,
    }
}
