//! Intake: a pacs.008 or a JSON request becomes a payment record, or a refusal that says why.
//!
//! # Place      first step of a payment; nothing is written unless everything here holds
//! # Invariants P2 only settlement method CLRG with a clearing system of this network moves tokens;
//! #            P3 a resend of the same content is the same payment, other content is a conflict

use iso20022::{
    AccountId as MessageAccount, Agent, ChargeBearer, ClearingSystem, CurrencyAmount, Pacs008,
    Party, PostalAddress, SettlementMethod,
};
use jiff::civil::Date;
use ledger_core::{
    command::Payment,
    digest::{Domain, Hash32},
    id::{Leg, Lei, MessageKind, Uetr},
    money::{Currency, Money},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    customers::{CustomerRecord, account_of},
    fx::paying,
    gateway::Gateway,
    keys::random_32,
    openapi::text::{Amount, BicCode, CurrencyCode, IbanCode, LeiCode},
    payments::{
        address::AddressInput,
        delivery::commitment,
        message::Read,
        queue::QueueInput,
        record::{Original, PaymentRecord, Stage},
        value_date::day_of,
    },
    refused::Refused,
};

/// A payment as a core system asks for it in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentRequest {
    /// UETR; one is made when absent.
    #[schema(value_type = Option<crate::openapi::text::Uetr>)]
    pub uetr: Option<String>,
    /// The debtor's own reference.
    pub end_to_end_id: String,
    /// Decimal text, e.g. `"12500.00"`.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Who pays.
    pub debtor: PartyInput,
    /// Who is paid.
    pub creditor: PartyInput,
    /// BIC of the creditor's bank, or its LEI.
    pub creditor_agent: AgentInput,
    /// What it is for.
    pub remittance: Option<String>,
    /// The settled quote whose money is paid: all that was got by it, for the customer for whom it
    /// was. The message then names instructed amount, rate and charges.
    #[schema(value_type = Option<crate::openapi::text::Id>)]
    pub exchange: Option<String>,
    /// The day of UTC on which it settles; the first possible one if absent. A payment for a day
    /// ahead waits at this gateway.
    #[schema(value_type = Option<crate::openapi::text::Day>)]
    pub settlement_date: Option<String>,
    /// How it waits when this bank has not the money for it; by the bank's settings if absent. It is no
    /// part of standing orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "QueueInput::shown", deserialize_with = "QueueInput::read")]
    pub queue: Option<QueueInput>,
}

impl PaymentRequest {
    /// The quote of its exchange.
    ///
    /// # Errors
    /// [`Refused::Malformed`].
    pub fn exchanged(&self) -> Result<Option<Hash32>, Refused> {
        self.exchange.as_deref().map(paying::parse_quote).transpose()
    }

    /// The day that it asks for.
    ///
    /// # Errors
    /// [`Refused::Malformed`].
    pub fn day(&self) -> Result<Option<Date>, Refused> {
        self.settlement_date.as_deref().map(day_of).transpose()
    }
}

/// A customer in a JSON request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartyInput {
    /// The holder's name.
    pub name: String,
    /// IBAN; this or `account`.
    #[schema(value_type = Option<IbanCode>)]
    pub iban: Option<String>,
    /// Another account number.
    pub account: Option<String>,
    /// Where the holder can be written to; it is screened and reaches the creditor's bank.
    #[serde(default)]
    pub address: Option<AddressInput>,
}

/// A bank in a JSON request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentInput {
    /// BIC; this, `lei` or both.
    #[schema(value_type = Option<BicCode>)]
    pub bic: Option<String>,
    /// LEI.
    #[schema(value_type = Option<LeiCode>)]
    pub lei: Option<String>,
}

impl AgentInput {
    /// As messages name a bank.
    #[must_use]
    pub fn agent(&self) -> Agent {
        Agent { bicfi: self.bic.clone(), lei: self.lei.clone(), ..Agent::default() }
    }
}

impl PartyInput {
    fn party(&self) -> Party {
        let address = self.address.clone().map(PostalAddress::from);
        Party { name: Some(self.name.clone()), address, ..Party::default() }
    }

    fn account(&self) -> Result<MessageAccount, Refused> {
        account_of(self.iban.as_ref(), self.account.as_ref())
    }
}

/// Turns a JSON request into the message that will be delivered.
///
/// # Errors
/// [`Refused`].
pub fn message_of(gateway: &Gateway, request: &PaymentRequest) -> Result<Pacs008, Refused> {
    let own = gateway.directory.member(gateway.lei()).ok_or(Refused::NotReady)?;
    let own_bic = own.aliases.iter().find_map(|a| a.get().strip_prefix("BIC:"));
    let own_agent = Agent {
        bicfi: own_bic.map(ToOwned::to_owned),
        lei: Some(gateway.lei().text().to_owned()),
        ..Agent::default()
    };
    let other_agent = request.creditor_agent.agent();
    let uetr = match &request.uetr {
        Some(text) => iso20022::identifier::parse_uetr(text).ok_or(Refused::BadUetr)?,
        None => uuid::Uuid::new_v4(),
    };
    let now = gateway.clock();
    // Whether the day may be asked for is judged after a resend was looked for (P3).
    let settles =
        gateway.value_dates.settles(Currency::new(&request.currency), request.day()?, now);
    let day = match (settles, request.day()?) {
        (Ok(settles), _) => day_of(&settles.day)?,
        (Err(_), Some(asked)) => asked,
        (Err(refused), None) => return Err(refused),
    };
    let created = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut message = Pacs008 {
        msg_id: uetr.simple().to_string(),
        created,
        settlement_method: SettlementMethod::Clearing,
        clearing_system: Some(ClearingSystem::Proprietary("FLORIN".to_owned())),
        instr_id: Some(uetr.simple().to_string().chars().take(INSTRUCTION).collect()),
        end_to_end_id: request.end_to_end_id.clone(),
        tx_id: None,
        uetr: Some(uetr),
        amount: CurrencyAmount { currency: request.currency.clone(), text: request.amount.clone() },
        settlement_date: Some(day),
        charge_bearer: ChargeBearer::ServiceLevel,
        instructing_agent: own_agent.clone(),
        instructed_agent: other_agent.clone(),
        debtor_agent: own_agent,
        creditor_agent: other_agent,
        debtor: request.debtor.party(),
        creditor: request.creditor.party(),
        debtor_account: Some(request.debtor.account()?),
        creditor_account: Some(request.creditor.account()?),
        remittance: request.remittance.clone().into_iter().collect(),
        structured: Vec::new(),
        instructed_amount: None,
        exchange_rate: None,
        charges: Vec::new(),
    };
    if let Some(exchange) = request.exchanged()? {
        paying::say(gateway, &exchange, &mut message)?;
    }
    message.check().map_err(|error| error.of_field(FIELDS))?;
    Ok(message)
}

/// Characters of an instruction's identification, as older messages carry it.
const INSTRUCTION: usize = 16;
/// The places of the message that a JSON request fills, and its names for them.
const FIELDS: &[(&str, &str)] = &[
    ("PmtId/EndToEndId", "end_to_end_id"),
    ("IntrBkSttlmAmt", "amount or currency"),
    ("InstdAgt/FinInstnId/BICFI", "creditor_agent.bic"),
    ("InstdAgt/FinInstnId/LEI", "creditor_agent.lei"),
    ("CdtrAgt/FinInstnId/BICFI", "creditor_agent.bic"),
    ("CdtrAgt/FinInstnId/LEI", "creditor_agent.lei"),
    ("Dbtr/Nm", "debtor.name"),
    ("Cdtr/Nm", "creditor.name"),
    ("DbtrAcct/Id/IBAN", "debtor.iban"),
    ("CdtrAcct/Id/IBAN", "creditor.iban"),
    ("DbtrAcct/Id/Othr/Id", "debtor.account"),
    ("CdtrAcct/Id/Othr/Id", "creditor.account"),
    ("RmtInf/Ustrd", "remittance"),
];

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
    /// What makes two messages one payment, whatever their UETRs (P13); JSON has no such references.
    pub twin: Option<Hash32>,
    /// How it waits for money, if a JSON request says so.
    pub queue: Option<QueueInput>,
    /// The settlement priority that a message names.
    pub urgency: Option<String>,
}

impl Asked {
    /// A message as it came.
    #[must_use]
    pub fn message(read: &Read, xml: &[u8]) -> Self {
        Self {
            kind: read.kind,
            xml: xml.to_vec(),
            request: Domain::Content.hash(xml),
            exchange: None,
            day: None,
            twin: Some(twin(&read.message)),
            queue: None,
            urgency: Pacs008::settlement_priority(xml),
        }
    }

    /// A JSON request and the message made of it.
    #[must_use]
    pub fn json(request: &PaymentRequest, message: &Pacs008) -> Self {
        let (exchange, day) = (request.exchanged().ok().flatten(), request.day().ok().flatten());
        let queue = request.queue.clone();
        let request = match &queue {
            // Its bytes are no part of the request's.
            Some(queue) => {
                Domain::Content.hash_of(&(request, queue.wait, queue.priority, &queue.expires))
            }
            None => Domain::Content.hash_of(request),
        };
        let (kind, xml) = (MessageKind::Pacs008, message.to_xml().into_bytes());
        Self { kind, xml, request, exchange, day, twin: None, queue, urgency: None }
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

/// The names that screening looks at: every name and line that a pacs.008 holds, wherever it stands.
///
/// # Errors
/// [`Refused::Message`].
pub fn names_of(xml: &[u8]) -> Result<Vec<String>, Refused> {
    Ok(Pacs008::names(xml)?)
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
    // The name it is registered under counts as well as the one that the message gives it.
    let names = names_of(xml)?.into_iter().chain([customer.name]).collect();
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
    use iso20022::FIXTURE_PACS008;

    use super::*;

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
        let read = Read { kind: MessageKind::Pacs008, message: message() };
        let of = |xml| Asked::message(&read, xml).request;
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
    fn screening_sees_every_name_and_the_remittance() {
        let message = message();
        let named = FIXTURE_PACS008
            .replace("</CdtrAcct>", "</CdtrAcct><UltmtCdtr><Nm>Last Holder</Nm></UltmtCdtr>");
        let names = names_of(named.as_bytes()).unwrap();
        assert!(names.iter().any(|name| name == "Last Holder"));
        for expected in [&message.debtor.name, &message.creditor.name].into_iter().flatten() {
            assert!(names.contains(expected));
        }
        assert!(message.remittance.iter().all(|line| names.contains(line)));
    }
}
