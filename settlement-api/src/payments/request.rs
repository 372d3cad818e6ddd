//! A payment as a core system asks for it in JSON, or an order of a file, and the message made of it.
//!
//! # Place      core bank, files, standing orders -> [request] -> intake
//! # Invariants P16 what a request says is in the message: screened, delivered, shown
//! # Absent     what only a message of the core system's own says: instructions to agents, reports to
//! #            authorities, taxes

use iso20022::{
    AccountId as MessageAccount, Agent, ChargeBearer, ClearingSystem, CurrencyAmount, Pacs008,
    Party, PostalAddress, Purpose, SettlementMethod, view::OrderParty,
};
use jiff::civil::Date;
use ledger_core::{
    digest::{Domain, Hash32},
    money::Currency,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    customers::account_of,
    fx::paying,
    gateway::Gateway,
    openapi::text::{Amount, BicCode, CurrencyCode, IbanCode, LeiCode},
    payments::{
        address::AddressInput, advice::AdviceInput, before, queue::QueueInput, value_date::day_of,
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
    /// What it is for: a line of up to 140 characters.
    pub remittance: Option<String>,
    /// The settled quote whose money is paid: all that was got by it, for the customer for whom it
    /// was. The message then names instructed amount, rate and charges.
    #[schema(value_type = Option<crate::openapi::text::Id>)]
    pub exchange: Option<String>,
    /// The day of UTC on which it settles; the first possible one if absent. A payment for a day
    /// ahead waits at this gateway.
    #[schema(value_type = Option<crate::openapi::text::Day>)]
    pub settlement_date: Option<String>,
    /// Further lines of what it is for.
    #[serde(default)]
    pub further_remittance: Vec<String>,
    /// Which documents and which claim it is for.
    #[serde(default)]
    pub structured_remittance: Vec<AdviceInput>,
    /// On whose behalf is paid, when it is not the debtor's own payment.
    pub ultimate_debtor: Option<UltimateInput>,
    /// Who is paid in the end, when it is not the creditor.
    pub ultimate_creditor: Option<UltimateInput>,
    /// What for: a code of the external list of purposes.
    pub purpose: Option<PurposeInput>,
    /// The category of that: a code of the external list of categories.
    pub category_purpose: Option<PurposeInput>,
    /// Who bears the charges, which no bank takes from the payment: `SLEV` if absent. With
    /// `exchange` it is what the quote says.
    pub charge_bearer: Option<BearerInput>,
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

    /// The hash by which a resend is known: of the form that a request had when it said no more than
    /// such a request says, so that a resend is known after an upgrade, too. How it waits for money is no
    /// part of it.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        match before::Request::of(self) {
            Some(before) => Domain::Content.hash_of(&before),
            None => Domain::Content.hash_of(self),
        }
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
    /// LEI of an organisation.
    #[schema(value_type = Option<LeiCode>)]
    pub lei: Option<String>,
    /// BIC of an organisation.
    #[schema(value_type = Option<BicCode>)]
    pub bic: Option<String>,
}

/// Who pays or is paid behind a customer: screened as everybody, and told to the creditor's bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UltimateInput {
    /// Its name.
    pub name: Option<String>,
    /// LEI of an organisation.
    #[schema(value_type = Option<LeiCode>)]
    pub lei: Option<String>,
    /// BIC of an organisation.
    #[schema(value_type = Option<BicCode>)]
    pub bic: Option<String>,
    /// Where it can be written to.
    pub address: Option<AddressInput>,
}

/// What a payment is for: a code, or a name of the debtor's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PurposeInput {
    /// A code of the external list; this or `proprietary`.
    #[schema(example = "SUPP")]
    pub code: Option<String>,
    /// A name of up to 35 characters.
    pub proprietary: Option<String>,
}

/// Who bears the charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum BearerInput {
    /// The debtor.
    Debt,
    /// The creditor.
    Cred,
    /// Each those of its side.
    Shar,
    /// As the service level says.
    Slev,
}

impl BearerInput {
    /// As messages spell it.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        [Self::Debt, Self::Cred, Self::Shar, Self::Slev]
            .into_iter()
            .find(|bearer| bearer.bearer().as_str() == code)
    }

    /// As messages have it.
    #[must_use]
    pub const fn bearer(self) -> ChargeBearer {
        match self {
            Self::Debt => ChargeBearer::Debtor,
            Self::Cred => ChargeBearer::Creditor,
            Self::Shar => ChargeBearer::Shared,
            Self::Slev => ChargeBearer::ServiceLevel,
        }
    }
}

impl PurposeInput {
    fn purpose(&self) -> Result<Purpose, Refused> {
        match (&self.code, &self.proprietary) {
            (Some(code), None) => Ok(Purpose::Code(code.clone())),
            (None, Some(own)) => Ok(Purpose::Proprietary(own.clone())),
            _ => Err(Refused::Malformed("a purpose is a code or a proprietary name")),
        }
    }
}

impl From<Purpose> for PurposeInput {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Code(code) => Self { code: Some(code), proprietary: None },
            Purpose::Proprietary(own) => Self { code: None, proprietary: Some(own) },
        }
    }
}

impl UltimateInput {
    fn party(&self) -> Party {
        let address = self.address.clone().map(PostalAddress::from);
        let (name, bic, lei) = (self.name.clone(), self.bic.clone(), self.lei.clone());
        Party { name, address, bic, lei, country_of_residence: None }
    }
}

impl From<OrderParty> for UltimateInput {
    fn from(party: OrderParty) -> Self {
        let OrderParty { name, address, bic, lei } = party;
        Self { name, lei, bic, address: address.map(AddressInput::from) }
    }
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
        let (name, bic, lei) = (Some(self.name.clone()), self.bic.clone(), self.lei.clone());
        Party { name, address, bic, lei, country_of_residence: None }
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
        charge_bearer: request.charge_bearer.unwrap_or(BearerInput::Slev).bearer(),
        instructing_agent: own_agent.clone(),
        instructed_agent: other_agent.clone(),
        debtor_agent: own_agent,
        creditor_agent: other_agent,
        debtor: request.debtor.party(),
        creditor: request.creditor.party(),
        debtor_account: Some(request.debtor.account()?),
        creditor_account: Some(request.creditor.account()?),
        ultimate_debtor: request.ultimate_debtor.as_ref().map(UltimateInput::party),
        ultimate_creditor: request.ultimate_creditor.as_ref().map(UltimateInput::party),
        purpose: request.purpose.as_ref().map(PurposeInput::purpose).transpose()?,
        category_purpose: request
            .category_purpose
            .as_ref()
            .map(PurposeInput::purpose)
            .transpose()?,
        remittance: request.remittance.iter().chain(&request.further_remittance).cloned().collect(),
        structured: request.structured_remittance.iter().map(AdviceInput::structured).collect(),
        instructed_amount: None,
        exchange_rate: None,
        charges: Vec::new(),
    };
    if let Some(exchange) = request.exchanged()? {
        if request.charge_bearer.is_some() {
            return Err(Refused::Malformed("with exchange, charge_bearer is what the quote says"));
        }
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
    ("RmtInf/Strd", "structured_remittance"),
    ("CtgyPurp", "category_purpose"),
    ("Purp", "purpose"),
    ("UltmtDbtr", "ultimate_debtor"),
    ("UltmtCdtr", "ultimate_creditor"),
    ("Dbtr/Id", "debtor.lei or debtor.bic"),
    ("Cdtr/Id", "creditor.lei or creditor.bic"),
];
