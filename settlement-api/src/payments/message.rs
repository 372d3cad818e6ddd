//! What brings a payment: a customer's pacs.008, or a pacs.009 by which a bank pays for itself.
//!
//! Both are read into the fields of a pacs.008, so that one workflow carries both. In a pacs.009 CORE
//! debtor and creditor are the banks; where it names no account, it is the one that the bank has
//! registered for itself under its LEI. A COV is such a payment, too, and tells besides which
//! payment of customers it covers. A message of another version is said in the pinned one first.
//!
//! # Place      intake, inbox, reports, recalls -> [message]
//! # Invariants P10 a bank's own payment is one customer's like any other: standing, lists, limits;
//! #            P17 what goes on is in the pinned version; P11 a cover has the UETR of the payment that it covers
//! # Absent     payments for banks that are no members

use std::borrow::Cow;

use iso20022::{
    AccountId, Agent, ChargeBearer, ClearingSystem, Iso20022Error, Pacs008, Party,
    SettlementMethod, convert,
    identifier::{parse_date, parse_uetr},
    version,
    view::{Pacs009, UnderlyingPayment, View as _},
};
use ledger_core::id::MessageKind;

use crate::{gateway::Gateway, refused::Refused};

/// A payment message, and which it is.
#[derive(Clone, Debug)]
pub struct Read {
    /// pacs.008 or pacs.009.
    pub kind: MessageKind,
    /// What it says.
    pub message: Pacs008,
}

impl Read {
    /// What the message itself says: without the names and accounts that stand for banks which it names
    /// by codes alone.
    #[must_use]
    pub fn said(self, gateway: &Gateway) -> Pacs008 {
        let mut message = self.message;
        if self.kind != MessageKind::Pacs009 {
            return message;
        }
        let sides = [
            (&message.debtor_agent, &mut message.debtor, &mut message.debtor_account),
            (&message.creditor_agent, &mut message.creditor, &mut message.creditor_account),
        ];
        for (bank, party, held) in sides {
            if party.name == self::party(gateway, None, bank).name {
                party.name = None;
            }
            if *held == account(gateway, (None, None), bank) {
                *held = None;
            }
        }
        message
    }
}

/// A payment message as it goes on: in the pinned version, whichever it came in.
#[derive(Clone, Debug)]
pub struct Taken<'a> {
    /// What it says.
    pub read: Read,
    /// Its bytes: as they came, or rewritten.
    pub xml: Cow<'a, [u8]>,
    /// The name that it came with, where that is another version.
    pub came_as: Option<String>,
}

/// Reads a payment message of any version that is read, and says it in the pinned one (P17).
///
/// # Errors
/// As [`read`]; [`Refused::Rules`] of what the pinned version has no equal for.
pub fn take<'a>(gateway: &Gateway, bytes: &'a [u8]) -> Result<Taken<'a>, Refused> {
    let found = match Pacs008::find(bytes) {
        Ok(message) => {
            let read = Read { kind: MessageKind::Pacs008, message };
            return Ok(Taken { read, xml: Cow::Borrowed(bytes), came_as: None });
        }
        Err(Iso20022Error::UnknownVersion { found, .. }) => Some(found),
        Err(Iso20022Error::NotAPacs008 { found }) => found,
        Err(_) => None,
    };
    let repinned = match found.filter(|name| version::reading(name).is_some()) {
        Some(_) => convert::repinned(bytes).map_err(Refused::Rules)?,
        None => None,
    };
    let (xml, came_as) = match repinned {
        Some(other) => (Cow::Owned(other.xml.into_bytes()), Some(other.came_as)),
        None => (Cow::Borrowed(bytes), None),
    };
    Ok(Taken { read: read(gateway, &xml)?, xml, came_as })
}

/// The message's name and version, as others name it.
#[must_use]
pub const fn name_of(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Pacs009 => "pacs.009.001.08",
        MessageKind::Pacs008 | MessageKind::Pacs004 | MessageKind::Sese023 => {
            iso20022::pacs008::MESSAGE_NAME
        }
    }
}

/// Whether a reference to a message names this kind, in whatever version.
#[must_use]
pub fn is_named(kind: MessageKind, name: &str) -> bool {
    let family = name_of(kind).get(..9).unwrap_or_default();
    name.starts_with(family)
}

/// Reads a payment message.
///
/// # Errors
/// [`Refused::Message`], [`Refused::Rules`]; [`Refused::CoverUetr`]; [`Refused::Malformed`] when a
/// pacs.009 is for others than its two banks.
pub fn read(gateway: &Gateway, xml: &[u8]) -> Result<Read, Refused> {
    match Pacs008::find(xml) {
        Ok(message) => Ok(Read { kind: MessageKind::Pacs008, message }),
        Err(Iso20022Error::NotAPacs008 { found }) if is_other(found.as_deref()) => {
            let core = Pacs009::find(xml).map_err(Refused::Rules)?;
            let message = own(gateway, core)?;
            Ok(Read { kind: MessageKind::Pacs009, message })
        }
        Err(error) => Err(error.into()),
    }
}

/// The customers' payment that a pacs.009 covers, if it covers one.
#[must_use]
pub fn covered(kind: MessageKind, xml: &[u8]) -> Option<UnderlyingPayment> {
    if kind == MessageKind::Pacs009 { Pacs009::find(xml).ok()?.underlying } else { None }
}

fn is_other(found: Option<&str>) -> bool {
    found.is_some_and(|name| is_named(MessageKind::Pacs009, name))
}

/// The fields of a bank's own payment.
fn own(gateway: &Gateway, core: Pacs009) -> Result<Pacs008, Refused> {
    if core.is_cover() && core.uetr.is_none() {
        return Err(Refused::CoverUetr);
    }
    let apart = [
        &core.debtor_agent,
        &core.debtor_agent_lei,
        &core.creditor_agent,
        &core.creditor_agent_lei,
    ];
    if apart.iter().any(|agent| agent.is_some()) {
        return Err(Refused::Malformed("Dbtr and Cdtr are the two banks: no DbtrAgt or CdtrAgt"));
    }
    let uetr = core.uetr.as_deref().map(|text| parse_uetr(text.trim()).ok_or(Refused::BadUetr));
    let clearing_system = core.clearing_system.map(ClearingSystem::Code);
    let debtor = agent(core.debtor, core.debtor_lei, core.debtor_member);
    let creditor = agent(core.creditor, core.creditor_lei, core.creditor_member);
    let instructing = agent(core.instructing_agent, core.instructing_agent_lei, None);
    let instructed = agent(core.instructed_agent, core.instructed_agent_lei, None);
    let date = core.settlement_date.or(core.group_settlement_date);
    let group_instructing = agent(core.group_instructing_agent, None, None);
    let group_instructed = agent(core.group_instructed_agent, None, None);
    Ok(Pacs008 {
        msg_id: core.msg_id,
        created: core.created,
        settlement_method: SettlementMethod::from_code(core.settlement_method.trim())
            .ok_or(Refused::SettlementMethod)?,
        clearing_system: clearing_system
            .or(core.clearing_system_proprietary.map(ClearingSystem::Proprietary)),
        instr_id: core.instruction_id,
        end_to_end_id: core.end_to_end_id,
        tx_id: core.tx_id,
        uetr: uetr.transpose()?,
        amount: core.amount,
        settlement_date: date.as_deref().and_then(|text| parse_date(text.trim())),
        charge_bearer: ChargeBearer::ServiceLevel,
        instructing_agent: named([instructing, group_instructing, debtor.clone()]),
        instructed_agent: named([instructed, group_instructed, creditor.clone()]),
        debtor_account: account(gateway, (core.debtor_iban, core.debtor_account), &debtor),
        creditor_account: account(gateway, (core.creditor_iban, core.creditor_account), &creditor),
        debtor: party(gateway, core.debtor_name, &debtor),
        creditor: party(gateway, core.creditor_name, &creditor),
        debtor_agent: debtor,
        creditor_agent: creditor,
        ultimate_debtor: None,
        ultimate_creditor: None,
        purpose: core.purpose,
        category_purpose: core.category_purpose,
        remittance: core.remittance,
        structured: Vec::new(),
        instructed_amount: None,
        exchange_rate: None,
        charges: Vec::new(),
    })
}

fn agent(bicfi: Option<String>, lei: Option<String>, member: Option<String>) -> Agent {
    Agent { bicfi, lei, clearing_member_id: member, ..Agent::default() }
}

/// The first that names anybody.
fn named(agents: [Agent; 3]) -> Agent {
    agents.into_iter().find(|agent| !agent.identifiers().is_empty()).unwrap_or_default()
}

fn lei_of(gateway: &Gateway, bank: &Agent) -> Option<String> {
    let entry = gateway.directory.by_alias(&bank.identifiers());
    entry.map(|entry| entry.lei.text().to_owned()).or_else(|| bank.lei.clone())
}

/// The account that a bank's payment names, or the one that the bank has under its LEI.
fn account(
    gateway: &Gateway,
    (iban, other): (Option<String>, Option<String>),
    bank: &Agent,
) -> Option<AccountId> {
    let given = iban.map(AccountId::Iban).or(other.map(AccountId::Other));
    given.or_else(|| lei_of(gateway, bank).map(AccountId::Other))
}

/// A bank as a party: by its name, or by what identifies it.
fn party(gateway: &Gateway, name: Option<String>, bank: &Agent) -> Party {
    let name = name.or_else(|| lei_of(gateway, bank)).or_else(|| bank.bicfi.clone());
    Party { name, ..Party::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_a_reference_names_a_kind_in_any_version() {
        for (kind, name, same) in [
            (MessageKind::Pacs008, "pacs.008.001.10", true),
            (MessageKind::Pacs008, "pacs.009.001.08", false),
            (MessageKind::Pacs009, "pacs.009.001.10", true),
            (MessageKind::Pacs009, "pacs.0091", false),
            (MessageKind::Pacs009, "pacs.008.001.08", false),
        ] {
            assert_eq!(is_named(kind, name), same, "{kind:?} {name}");
        }
        assert!(is_other(Some("pacs.009.001.08")) && !is_other(Some("camt.054.001.08")));
    }
}
