//! Intake: a pacs.008 or a JSON request becomes a payment record, or a refusal that says why.
//!
//! # Place      first step of a payment; nothing is written unless everything here holds
//! # Invariants P2 only settlement method CLRG with a clearing system of this network moves tokens;
//! #            P3 a resend of the same content is the same payment, other content is a conflict

use iso20022::{AccountId as MessageAccount, Agent, Pacs008, SettlementMethod};
use jiff::civil::Date;
use ledger_core::{
    command::Payment,
    digest::{Domain, Hash32},
    id::{Leg, Lei, MessageKind, Uetr},
    money::Money,
};
use serde::Deserialize;

use crate::{
    customers::CustomerRecord,
    gateway::Gateway,
    keys::random_32,
    payments::{
        delivery::commitment,
        message::Taken,
        queue::QueueInput,
        record::{Original, PaymentRecord, Stage},
        request::PaymentRequest,
    },
    refused::Refused,
};

/// What becomes of a message that repeats another one under another UETR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// It pays: the UETR alone says which payment is meant.
    #[default]
    Pay,
    /// It is refused (P13).
    Refuse,
}

/// What was asked: the message that will be delivered, and the hash by which a resend is known.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Which message brings it.
    pub kind: MessageKind,
    /// The pacs.008.
    pub xml: Vec<u8>,
    /// Hash of the request as it came.
    pub request: Hash32,
    /// The exchange whose money is paid.
    pub exchange: Option<Hash32>,
    /// The day that a JSON request asks for; a message says its own.
    pub day: Option<Date>,
    /// The bytes and the name of a message that came in another version than it goes on in.
    pub came: Option<Came>,
    /// What makes two messages one payment, whatever their UETRs (P13); JSON has no such references.
    pub twin: Option<Hash32>,
    /// How it waits for money, if a JSON request says so.
    pub queue: Option<QueueInput>,
    /// The settlement priority that a message names.
    pub urgency: Option<String>,
}

/// A message as it came, where that is not how it goes on.
#[derive(Clone, Debug)]
pub struct Came {
    /// Name and version, such as `pacs.008.001.10`.
    pub name: String,
    /// Its bytes.
    pub xml: Vec<u8>,
}

impl Asked {
    /// A message as it was taken, and as it came: a resend is known by its own bytes.
    #[must_use]
    pub fn message(taken: &Taken<'_>, bytes: &[u8]) -> Self {
        let came = |name: &String| Came { name: name.clone(), xml: bytes.to_vec() };
        Self {
            kind: taken.read.kind,
            xml: taken.xml.to_vec(),
            request: Domain::Content.hash(bytes),
            exchange: None,
            day: None,
            came: taken.came_as.as_ref().map(came),
            twin: Some(twin(&taken.read.message)),
            queue: None,
            urgency: Pacs008::settlement_priority(&taken.xml),
        }
    }

    /// A JSON request and the message made of it.
    #[must_use]
    pub fn json(request: &PaymentRequest, message: &Pacs008) -> Self {
        let (exchange, day) = (request.exchanged().ok().flatten(), request.day().ok().flatten());
        let queue = request.queue.clone();
        let request = match &queue {
            // Its bytes are no part of the request's.
            Some(queue) => Domain::Content.hash_of(&(
                request.hash(),
                queue.wait,
                queue.priority,
                &queue.expires,
            )),
            None => request.hash(),
        };
        let (kind, xml) = (MessageKind::Pacs008, message.to_xml().into_bytes());
        Self { kind, xml, request, exchange, day, came: None, twin: None, queue, urgency: None }
    }
}

/// References, amount, accounts, banks and day of a message.
fn twin(message: &Pacs008) -> Hash32 {
    let references = [
        Some(message.msg_id.as_str()),
        message.instr_id.as_deref(),
        Some(message.end_to_end_id.as_str()),
        message.tx_id.as_deref(),
    ];
    let account =
        |account: &Option<MessageAccount>| account.as_ref().map(MessageAccount::identifier);
    let accounts = [account(&message.debtor_account), account(&message.creditor_account)];
    let agents = [message.instructing_agent.identifiers(), message.instructed_agent.identifiers()];
    let amount = (message.amount.currency.as_str(), message.amount.text.as_str());
    let day = message.settlement_date.map(|day| day.to_string());
    Domain::Content.hash_of(&(references, amount, accounts, agents, day))
}

/// Whether the message settles here (P2).
///
/// # Errors
/// [`Refused::SettlementMethod`], [`Refused::ClearingSystem`].
pub fn check_settlement(message: &Pacs008, ours: &[String]) -> Result<(), Refused> {
    if message.settlement_method != SettlementMethod::Clearing {
        return Err(Refused::SettlementMethod);
    }
    match &message.clearing_system {
        Some(system) if ours.iter().any(|code| code == system.as_str()) => Ok(()),
        _ => Err(Refused::ClearingSystem),
    }
}

/// The amount of a message in a currency of the network.
///
/// # Errors
/// [`Refused::CurrencyUnknown`], [`Refused::Amount`], [`Refused::AmountZero`].
pub fn money_of(gateway: &Gateway, message: &Pacs008) -> Result<Money, Refused> {
    let terms = gateway.terms(&message.amount.currency).ok_or(Refused::CurrencyUnknown)?;
    let minor = message.amount.minor(terms.scale).map_err(Refused::Amount)?;
    if minor == 0 { Err(Refused::AmountZero) } else { Ok(Money::new(terms.code, minor)) }
}

/// What screening looks at: every text of a message, wherever it stands (K2).
///
/// # Errors
/// [`Refused::Message`].
pub fn names_of(xml: &[u8]) -> Result<Vec<String>, Refused> {
    Ok(Pacs008::texts(xml)?)
}

/// A UETR of version 4's shape that follows from a hash.
#[must_use]
pub fn uetr_of(hash: &Hash32) -> uuid::Uuid {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.get()).for_each(|(to, from)| *to = *from);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// The leg that a message is about, when its two banks are these.
#[must_use]
pub fn leg_of((kind, message): (MessageKind, &Pacs008), instructing: Lei, instructed: Lei) -> Leg {
    let uetr = Uetr::new(*message.uetr_or_derived().as_bytes());
    Leg { instructing, uetr, kind, instructed }
}

/// Whether an agent is a member, as far as a message identifies it.
pub(crate) fn is_of(gateway: &Gateway, agent: &Agent, member: &Lei) -> bool {
    let names = agent.identifiers();
    names.is_empty() || gateway.directory.by_alias(&names).is_some_and(|entry| entry.lei == *member)
}

/// Whether a document's header names the two banks of its message, as far as it names members: who
/// passes messages on, as a clearing system does, is not one.
///
/// # Errors
/// [`Refused::HeaderAgents`].
pub(crate) fn check_header(gateway: &Gateway, xml: &[u8], banks: [&Lei; 2]) -> Result<(), Refused> {
    for (said, bank) in iso20022::head001::institutions(xml).iter().zip(banks) {
        for name in said {
            let found = gateway.directory.by_alias(std::slice::from_ref(name));
            // A bank code is one of banks: one that nobody has here is not the bank's, either.
            let stranger = found.is_none() && !name.starts_with("CLR:");
            if stranger || found.is_some_and(|entry| entry.lei != *bank) {
                return Err(Refused::HeaderAgents);
            }
        }
    }
    Ok(())
}

/// What the gate looks at: the message as it goes on, what stood around one that was rewritten and does
/// not go on, and the name under which the paying customer is registered.
fn screened(asked: &Asked, customer: String) -> Result<Vec<String>, Refused> {
    let mut names = names_of(&asked.xml)?;
    if let Some(came) = &asked.came {
        names.extend(names_of(&came.xml)?);
    }
    names.push(customer);
    Ok(names)
}

/// Takes a message in: the record that a workflow will drive. Nothing is written here.
///
/// # Errors
/// [`Refused`], in the order settlement method, agents, header, amount, day, accounts, rules of the standard.
pub fn take(gateway: &Gateway, message: &Pacs008, asked: &Asked) -> Result<PaymentRecord, Refused> {
    let xml = asked.xml.as_slice();
    check_settlement(message, &gateway.clearing_systems)?;
    let own = gateway.directory.by_alias(&message.instructing_agent.identifiers());
    if own.is_none_or(|entry| entry.lei != *gateway.lei()) {
        return Err(Refused::NotOurAgent);
    }
    let instructed = gateway
        .directory
        .by_alias(&message.instructed_agent.identifiers())
        .ok_or(Refused::AgentUnknown)?;
    // The tokens go from the debtor's bank to the creditor's; nobody between passes them on.
    if !is_of(gateway, &message.debtor_agent, gateway.lei()) {
        return Err(Refused::NotOurAgent);
    }
    if !is_of(gateway, &message.creditor_agent, &instructed.lei) {
        return Err(Refused::AgentUnknown);
    }
    check_header(gateway, xml, [gateway.lei(), &instructed.lei])?;
    let money = money_of(gateway, message)?;
    let wanted = asked.day.or(message.settlement_date);
    let settles = gateway.value_dates.settles(Some(money.currency()), wanted, gateway.clock())?;
    let account = gateway.account(money.currency()).ok_or(Refused::NoAccount)?;
    let number = message.debtor_account.as_ref().ok_or(Refused::DebtorUnknown)?.identifier();
    let customer =
        CustomerRecord::load(gateway.store.as_ref(), &number)?.ok_or(Refused::DebtorUnknown)?;
    // What was read above has refusals of its own; header, codes and sums are judged here.
    let judged = iso20022::check::check(xml, None);
    if !judged.ok() {
        return Err(Refused::Rules(judged.errors));
    }
    let names = screened(asked, customer.name)?;
    let salt = random_32();
    let payment = Payment {
        leg: leg_of((asked.kind, message), *gateway.lei(), instructed.lei),
        debit: account.id,
        debtor: customer.party,
        money,
        message: commitment(&salt, xml),
    };
    let now = Gateway::now_ms();
    let waits = settles.from > gateway.value_now();
    let mut timeline = vec![("RCVD".to_owned(), now)];
    if waits {
        timeline.push(("PDNG".to_owned(), now));
    }
    Ok(PaymentRecord {
        payment,
        salt,
        xml: xml.to_vec(),
        request: asked.request,
        original: Original {
            msg_id: message.msg_id.clone(),
            instr_id: message.instr_id.clone(),
            end_to_end_id: message.end_to_end_id.clone(),
            tx_id: message.tx_id.clone(),
        },
        debtor_account: number,
        names,
        answer_by: gateway.answer_by(),
        stage: if waits { Stage::Waiting } else { Stage::Received },
        timeline,
        settles,
    })
}

#[cfg(test)]
mod tests {
    use iso20022::{ClearingSystem, FIXTURE_PACS008};

    use super::*;
    use crate::payments::message::Read;

    fn message() -> Pacs008 {
        Pacs008::find(FIXTURE_PACS008.as_bytes()).unwrap()
    }

    #[test]
    fn p2_only_clearing_in_a_system_of_ours_settles() {
        let ours = ["FLORIN".to_owned(), "TCH".to_owned()];
        assert!(check_settlement(&message(), &ours).is_ok());
        for method in [
            SettlementMethod::InstructedAgent,
            SettlementMethod::InstructingAgent,
            SettlementMethod::Cover,
        ] {
            let other = Pacs008 { settlement_method: method, ..message() };
            let refused = check_settlement(&other, &ours).unwrap_err();
            assert_eq!(refused.code(), "settlement_method_unsupported");
        }
        let code = |code: &str| Some(ClearingSystem::Code(code.to_owned()));
        for (system, settles) in [(code("TCH"), true), (code("FDN"), false), (None, false)] {
            let other = Pacs008 { clearing_system: system, ..message() };
            assert_eq!(check_settlement(&other, &ours).is_ok(), settles);
        }
    }

    #[test]
    fn p3_a_request_is_known_by_its_content() {
        let xml = FIXTURE_PACS008.as_bytes();
        let of = |xml: &[u8]| {
            let read = Read { kind: MessageKind::Pacs008, message: message() };
            let taken = Taken { read, xml: xml.to_vec().into(), came_as: None };
            Asked::message(&taken, xml).request
        };
        assert_eq!(of(xml), of(xml));
        let changed = FIXTURE_PACS008.replace("12500.00", "12500.01");
        assert_ne!(of(changed.as_bytes()), of(xml));
    }

    #[test]
    fn p13_a_message_is_another_ones_twin_unless_it_says_something_else_than_its_uetr() {
        let of = |from: &str, to: &str| {
            let changed = FIXTURE_PACS008.replace(from, to);
            assert_ne!(changed, FIXTURE_PACS008, "{from}");
            twin(&Pacs008::find(changed.as_bytes()).unwrap())
        };
        let own = twin(&message());
        let uetr = message().uetr.unwrap().to_string();
        assert_eq!(of(&uetr, "9c2a5e8f-04d7-4163-8f6c-9a527d1e4b80"), own);
        let texts = [
            Some(message().msg_id),
            message().instr_id,
            Some(message().end_to_end_id),
            message().tx_id,
            Some(message().amount.text),
            message().debtor_account.map(|account| account.identifier()),
            message().creditor_account.map(|account| account.identifier()),
            message().settlement_date.map(|day| day.to_string()),
        ];
        for text in texts.into_iter().flatten() {
            // Of an account, without the kind of its number.
            let text = text.rsplit(':').next().unwrap_or_default();
            let other = match text.strip_suffix('1') {
                Some(stem) => format!("{stem}2"),
                None => format!("{}1", &text[..text.len() - 1]),
            };
            let changed = FIXTURE_PACS008.replace(text, &other);
            let Ok(changed) = Pacs008::find(changed.as_bytes()) else { continue };
            assert_ne!(twin(&changed), own, "{text}");
        }
    }

    #[test]
    fn k2_screening_sees_every_text_wherever_it_stands() {
        let message = message();
        let named = FIXTURE_PACS008
            .replace(
                "</CdtrAcct>",
                "</CdtrAcct><UltmtCdtr><Nm>Last Holder</Nm><PstlAdr><TwnNm>Sunken City</TwnNm>\
                 </PstlAdr></UltmtCdtr><Purp><Prtry>Gift to Hidden Hand</Prtry></Purp>\
                 <RgltryRptg><Dtls><Inf>For Third Man</Inf></Dtls></RgltryRptg>",
            )
            .replace(
                "</CdtTrfTxInf>",
                "<SplmtryData><Envlp><x xmlns=\"urn:x\" \
                by=\"Written Aside\">Foreign Word</x></Envlp></SplmtryData></CdtTrfTxInf>",
            );
        let names = names_of(named.as_bytes()).unwrap();
        for expected in [
            "Last Holder",
            "Sunken City",
            "Gift to Hidden Hand",
            "For Third Man",
            "Foreign Word",
            "Written Aside",
            message.end_to_end_id.as_str(),
        ] {
            assert!(names.iter().any(|name| name == expected), "{expected}: {names:?}");
        }
        for expected in [&message.debtor.name, &message.creditor.name].into_iter().flatten() {
            assert!(names.contains(expected));
        }
        assert!(message.remittance.iter().all(|line| names.contains(line)));
        let each: std::collections::BTreeSet<&String> = names.iter().collect();
        assert_eq!(each.len(), names.len());
    }
}
