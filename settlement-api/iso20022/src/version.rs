//! Which versions of a message are read, and as what.
//!
//! # Place
//! A version with a table of its own is held to that table. Then every version but the pinned one is
//! rewritten into the pinned one, where each fact has the same meaning and another name or place;
//! what cannot be rewritten departs from the pinned table and is refused for that.
//!
//! # Absent on purpose
//! Facts invented to fill what an older version did not have; facts dropped that the pinned version
//! does not have.

use crate::table::{NAMESPACE_START, Schema};
use crate::tables;
use crate::xml::Element;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The versions of one message.
#[derive(Debug)]
pub struct Versions {
    /// The message without its version's last part, such as `pacs.008.001.`.
    pub message: &'static str,
    /// The version that is written.
    pub pinned: u8,
    /// The versions that are read.
    pub read: RangeInclusive<u8>,
}

const fn row(message: &'static str, pinned: u8, read: RangeInclusive<u8>) -> Versions {
    Versions { message, pinned, read }
}

/// Every message of the pinned set.
pub static VERSIONS: &[Versions] = &[
    row("acmt.023.001.", 4, 2..=4),
    row("acmt.024.001.", 4, 2..=4),
    row("admi.002.001.", 1, 1..=1),
    row("admi.004.001.", 2, 1..=2),
    row("admi.006.001.", 1, 1..=1),
    row("admi.007.001.", 1, 1..=1),
    row("admi.011.001.", 1, 1..=1),
    row("camt.026.001.", 7, 7..=10),
    row("camt.028.001.", 9, 9..=12),
    row("camt.029.001.", 9, 8..=13),
    row("camt.052.001.", 8, 2..=13),
    row("camt.053.001.", 8, 2..=13),
    row("camt.054.001.", 8, 2..=13),
    row("camt.055.001.", 9, 8..=12),
    row("camt.056.001.", 8, 6..=11),
    row("camt.060.001.", 5, 3..=7),
    row("camt.110.001.", 1, 1..=1),
    row("camt.111.001.", 1, 1..=2),
    row("head.001.001.", 2, 1..=4),
    row("pacs.002.001.", 10, 3..=15),
    row("pacs.004.001.", 10, 2..=14),
    row("pacs.008.001.", 8, 2..=13),
    row("pacs.009.001.", 8, 2..=12),
    row("pacs.028.001.", 3, 1..=6),
    row("pain.001.001.", 9, 3..=12),
    row("pain.002.001.", 10, 3..=14),
    row("pain.013.001.", 7, 5..=11),
    row("pain.014.001.", 7, 5..=11),
];

/// Names that a message's element had in a version.
pub(crate) static OTHER_NAMES: &[(&str, &str)] = &[("pacs.009.001.02", "FinInstnCdtTrf")];

/// How a version is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// The table that a document must follow as it stands, where there is one of that version.
    pub own: Option<&'static Schema>,
    /// The table of the version that it is read as.
    pub pinned: &'static Schema,
}

/// How a message of this full name is read; nothing for a message or version that is not.
pub fn reading(name: &str) -> Option<Reading> {
    let (start, number) = name.rsplit_once('.')?;
    let number: u8 = number.parse().ok()?;
    let of = |row: &&Versions| row.message.strip_suffix('.') == Some(start);
    let versions = VERSIONS.iter().find(of)?;
    if !versions.read.contains(&number) {
        return None;
    }
    let own = tables::named(name);
    // Two versions of the return are written: one network asks for 09, another for 10.
    let pinned = match own {
        Some(own) if own.name == "pacs.004.001.09" => own,
        _ => tables::named(&format!("{}{:02}", versions.message, versions.pinned))?,
    };
    Some(Reading { own, pinned })
}

/// The versions of a message that are read, for people.
pub fn read_versions(name: &str) -> Option<String> {
    let (start, _) = name.rsplit_once('.')?;
    let of = |row: &&Versions| row.message.strip_suffix('.') == Some(start);
    let versions = VERSIONS.iter().find(of)?;
    let (first, last) = (versions.read.start(), versions.read.end());
    Some(format!("{start}.{first:02} to {start}.{last:02}"))
}

/// A message as the pinned version says it.
pub fn rewritten(message: &Element, pinned: &Schema) -> Element {
    let from = Arc::clone(&message.namespace);
    let namespace: Arc<str> = Arc::from(format!("{NAMESPACE_START}{}", pinned.name));
    let mut out = message.clone();
    out.name = pinned.message.name.to_owned();
    rename(&mut out, &from, &namespace);
    out
}

fn rename(element: &mut Element, from: &Arc<str>, namespace: &Arc<str>) {
    if element.namespace == *from {
        element.namespace = Arc::clone(namespace);
    }
    for child in &mut element.children {
        rename(child, from, namespace);
        let new_name = match (element.name.as_str(), child.name.as_str()) {
            ("FinInstnId", "BIC") => Some("BICFI"),
            ("OrgId", "BICOrBEI") => Some("AnyBIC"),
            ("ChrgsInf", "Pty") => Some("Agt"),
            ("CdtTrfTxInf" | "TxInf", "PrvsInstgAgt") => Some("PrvsInstgAgt1"),
            ("CdtTrfTxInf" | "TxInf", "PrvsInstgAgtAcct") => Some("PrvsInstgAgt1Acct"),
            ("Rate", "Rate") => Some("Tp"),
            ("Tp" | "Rate", "PctgRate") => Some("Pctg"),
            ("Tp" | "Rate", "TxtlRate") => Some("Othr"),
            _ => None,
        };
        if let Some(name) = new_name {
            child.name = name.to_owned();
        }
        match (element.name.as_str(), child.name.as_str()) {
            ("PstlAdr" | "Adr", "AdrTp") | ("Ntry", "Sts") => wrap_text(child, "Cd", namespace),
            ("PmtInf" | "OrgnlTxRef", "ReqdExctnDt") => wrap_text(child, "Dt", namespace),
            (
                "RltdPties" | "OrgnlTxRef",
                "InitgPty" | "Dbtr" | "UltmtDbtr" | "Cdtr" | "UltmtCdtr" | "TradgPty",
            ) => wrap_party(child, namespace),
            _ => {}
        }
    }
    match element.name.as_str() {
        "Ntry" | "TxDtls" => gather_charges(element, namespace),
        "TtlNtries" | "TtlNtriesPerBkTxCd" => gather_net(element, namespace),
        "RltdRmtInf" => gather_location(element, namespace),
        _ => {}
    }
}

/// `<AdrTp>HOME</AdrTp>` becomes `<AdrTp><Cd>HOME</Cd></AdrTp>`.
fn wrap_text(element: &mut Element, name: &str, namespace: &Arc<str>) {
    if element.children.is_empty() {
        let mut inner = Element::new(namespace, name);
        inner.text = std::mem::take(&mut element.text);
        inner.line = element.line;
        element.children.push(inner);
    }
}

/// A party becomes the choice between a party and an agent.
fn wrap_party(element: &mut Element, namespace: &Arc<str>) {
    if !element.children.iter().any(|child| matches!(child.name.as_str(), "Pty" | "Agt")) {
        let mut inner = Element::new(namespace, "Pty");
        inner.children = std::mem::take(&mut element.children);
        inner.line = element.line;
        element.children.push(inner);
    }
}

/// Charges of which each was an element of its own become records of one element.
fn gather_charges(element: &mut Element, namespace: &Arc<str>) {
    let is_single = |child: &Element| child.name == "Chrgs" && child.at("Amt").is_some();
    let Some(first) = element.children.iter().position(is_single) else { return };
    let mut gathered = Element::new(namespace, "Chrgs");
    let (singles, others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut element.children).into_iter().partition(is_single);
    element.children = others;
    for mut single in singles {
        gathered.line = gathered.line.max(single.line);
        single.name = "Rcrd".to_owned();
        let is_total = |child: &Element| child.name == "TtlChrgsAndTaxAmt";
        let (totals, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut single.children).into_iter().partition(is_total);
        single.children = rest;
        for part in &mut single.children {
            if part.name == "Pty" {
                part.name = "Agt".to_owned();
            }
        }
        gathered.children.splice(0..0, totals);
        gathered.children.push(single);
    }
    let at = first.min(element.children.len());
    element.children.insert(at, gathered);
}

/// Net amount and its direction become one element.
fn gather_net(element: &mut Element, namespace: &Arc<str>) {
    let Some(at) = element.children.iter().position(|child| child.name == "TtlNetNtryAmt") else {
        return;
    };
    let is_net = |child: &Element| matches!(child.name.as_str(), "TtlNetNtryAmt" | "CdtDbtInd");
    let (mut net, others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut element.children).into_iter().partition(is_net);
    for part in &mut net {
        if part.name == "TtlNetNtryAmt" {
            part.name = "Amt".to_owned();
        }
    }
    let mut gathered = Element::new(namespace, "TtlNetNtry");
    gathered.line = net.first().map_or(0, |part| part.line);
    gathered.children = net;
    element.children = others;
    let at = at.min(element.children.len());
    element.children.insert(at, gathered);
}

/// Where remittance advice lies becomes one element.
fn gather_location(element: &mut Element, namespace: &Arc<str>) {
    let new_name = |name: &str| match name {
        "RmtLctnMtd" => Some("Mtd"),
        "RmtLctnElctrncAdr" => Some("ElctrncAdr"),
        "RmtLctnPstlAdr" => Some("PstlAdr"),
        _ => None,
    };
    let is_location = |child: &Element| new_name(&child.name).is_some();
    if !element.children.iter().any(is_location) {
        return;
    }
    let (mut parts, others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut element.children).into_iter().partition(is_location);
    for part in &mut parts {
        if let Some(name) = new_name(&part.name) {
            part.name = name.to_owned();
        }
    }
    let mut gathered = Element::new(namespace, "RmtLctnDtls");
    gathered.line = parts.first().map_or(0, |part| part.line);
    gathered.children = parts;
    element.children = others;
    element.children.push(gathered);
}
