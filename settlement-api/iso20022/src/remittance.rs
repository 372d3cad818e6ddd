//! What a payment is for, in lines and in references: `RmtInf`.
//!
//! # Place
//! [`Structured`] goes on as it was read, whatever it says; [`Advice`] is what core systems say of it in
//! JSON and orders, and what is shown to them.

use crate::error::Iso20022Error;
use crate::party::CurrencyAmount;
use crate::schema::{Many, Node};
use crate::validate::Finding;
use crate::view::{Part, part};
use crate::xml::{Element, Writer};
use std::sync::Arc;

/// One `RmtInf/Strd` of a message (`StructuredRemittanceInformation16`), as it was read: it goes on
/// as it is, and nobody on the way changes it. It is the same wherever it stands.
#[derive(Debug, Clone)]
pub struct Structured(Element);

impl Structured {
    fn written(&self) -> String {
        let mut out = Writer::default();
        out.copy(&self.0);
        out.finish()
    }
}

impl PartialEq for Structured {
    fn eq(&self, other: &Self) -> bool {
        self.written() == other.written()
    }
}

impl Eq for Structured {}

impl Structured {
    /// What it says of documents and references; the rest of it stands in the message.
    pub fn advice(&self) -> Advice {
        Advice::take_part(&self.0).unwrap_or_default()
    }
}

impl From<&Advice> for Structured {
    fn from(advice: &Advice) -> Self {
        let mut element = Element::new(&Arc::from(""), "Strd");
        advice.put_part(&mut element);
        Self(element)
    }
}

/// As it stands in a message that is known to be valid.
impl Part for Structured {
    fn take_part(element: &Element) -> Result<Self, Vec<Finding>> {
        Ok(Self(element.clone()))
    }

    fn put_part(&self, element: &mut Element) {
        element.children.clone_from(&self.0.children);
        for child in &mut element.children {
            belong(child, &element.namespace);
        }
    }
}

/// Puts an element and all below it into the namespace of the message that it goes into.
fn belong(element: &mut Element, namespace: &Arc<str>) {
    element.namespace = Arc::clone(namespace);
    for child in &mut element.children {
        belong(child, namespace);
    }
}

part! {
    /// Which documents and which claim a payment is for.
    #[derive(Default)]
    Advice {
        /// Invoices and the like.
        documents: Vec<AdviceDocument> = "RfrdDocInf",
        /// What was due for them.
        due: Option<CurrencyAmount> = "RfrdDocAmt/DuePyblAmt",
        /// What is paid for them.
        remitted: Option<CurrencyAmount> = "RfrdDocAmt/RmtdAmt",
        /// What kind of reference the creditor's is, such as `SCOR`.
        reference_type: Option<String> = "CdtrRefInf/Tp/CdOrPrtry/Cd",
        /// Who gave references of that kind.
        reference_issuer: Option<String> = "CdtrRefInf/Tp/Issr",
        /// The creditor's own reference, 1 to 35 characters.
        reference: Option<String> = "CdtrRefInf/Ref",
        /// Lines of up to 140 characters.
        additional: Vec<String> = "AddtlRmtInf",
    }
    always {}
}

part! {
    /// An invoice or another document.
    AdviceDocument {
        /// Such as `CINV`.
        code: Option<String> = "Tp/CdOrPrtry/Cd",
        /// 1 to 35 characters.
        number: Option<String> = "Nb",
        /// Its day.
        date: Option<String> = "RltdDt",
    }
    always {}
}

/// What `RmtInf` says: lines of `Ustrd`, and what is in `Strd`.
pub(crate) fn read_remittance(
    node: Node<'_>,
) -> Result<(Vec<String>, Vec<Structured>), Iso20022Error> {
    let node = node.sequence(&[("Ustrd", Many), ("Strd", Many)])?;
    let lines = node.all("Ustrd").map(|line| line.text(140)).collect::<Result<_, _>>()?;
    Ok((lines, node.all("Strd").map(|part| Structured(part.element().clone())).collect()))
}

/// Writes `RmtInf` when it says anything.
pub(crate) fn write_remittance((lines, structured): (&[String], &[Structured]), out: &mut Writer) {
    if lines.is_empty() && structured.is_empty() {
        return;
    }
    out.element("RmtInf", |out| {
        for line in lines {
            out.leaf("Ustrd", line);
        }
        for part in structured {
            out.copy(&part.0);
        }
    });
}
