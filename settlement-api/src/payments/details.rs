//! What the message of a payment says, for whoever asks for that payment.
//!
//! # Place      report -> [details]
//! # Invariants P16 read from the message that was screened and delivered, at both banks
//! # Absent     instructions to agents, reports to authorities, taxes, agents between the banks: they
//! #            stand in the message itself (`GET /v1/payments/{uetr}/message`)

use iso20022::{AccountId, Agent, Charge, CurrencyAmount, Pacs008, Party};
use ledger_core::{command::Payment, id::MessageKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    address::AddressInput,
    advice::{AdviceAmount, AdviceInput},
    message,
    request::PurposeInput,
};
use crate::{
    gateway::Gateway,
    openapi::text::{Amount, BicCode, CurrencyCode, IbanCode, LeiCode, Uetr},
};

/// What a payment's message says.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DetailsReport {
    /// Name and version of the message that was delivered.
    #[schema(example = "pacs.008.001.08")]
    pub message: &'static str,
    /// `MsgId`.
    pub message_id: String,
    /// `InstrId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction_id: Option<String>,
    /// `TxId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// Who pays.
    pub debtor: PartyReport,
    /// Who is paid.
    pub creditor: PartyReport,
    /// On whose behalf is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ultimate_debtor: Option<PartyReport>,
    /// Who is paid in the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ultimate_creditor: Option<PartyReport>,
    /// What for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<PurposeInput>,
    /// The category of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_purpose: Option<PurposeInput>,
    /// Who bears the charges: `DEBT`, `CRED`, `SHAR` or `SLEV`. A bank's own payment does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge_bearer: Option<&'static str>,
    /// Charges that banks on the way have taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<ChargeReport>,
    /// What the debtor ordered, before charges and exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructed: Option<AdviceAmount>,
    /// The rate of the exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange_rate: Option<String>,
    /// What for, in lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remittance: Vec<String>,
    /// What for, in references.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub structured_remittance: Vec<AdviceInput>,
}

/// A party of a payment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartyReport {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// LEI of an organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LeiCode>)]
    pub lei: Option<String>,
    /// BIC of an organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BicCode>)]
    pub bic: Option<String>,
    /// Where it can be written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<AddressInput>,
    /// IBAN of its account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<IbanCode>)]
    pub iban: Option<String>,
    /// Another number of its account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Its bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentReport>,
}

/// A bank, as the message names it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AgentReport {
    /// BIC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BicCode>)]
    pub bic: Option<String>,
    /// LEI.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LeiCode>)]
    pub lei: Option<String>,
    /// Identification by a clearing system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clearing_member: Option<String>,
}

/// A charge.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChargeReport {
    /// Decimal text.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Who took it.
    pub agent: AgentReport,
}

impl DetailsReport {
    /// What a message says; nothing of one that cannot be read.
    #[must_use]
    pub fn of(gateway: &Gateway, xml: &[u8]) -> Option<Self> {
        let read = message::read(gateway, xml).ok()?;
        let kind = read.kind;
        let told = Self::told(message::name_of(kind), read.said(gateway));
        let charge_bearer = told.charge_bearer.filter(|_| kind == MessageKind::Pacs008);
        Some(Self { charge_bearer, ..told })
    }

    /// What the description of the API shows.
    #[must_use]
    pub fn example() -> Option<Self> {
        let message = Pacs008::find(iso20022::FIXTURE_PACS008.as_bytes()).ok()?;
        Some(Self::told(iso20022::pacs008::MESSAGE_NAME, message))
    }

    fn told(name: &'static str, message: Pacs008) -> Self {
        let behind = |party: Party| PartyReport::of(party, None, None);
        let charges = message.charges.into_iter().map(ChargeReport::of);
        let amount = |CurrencyAmount { currency, text }| AdviceAmount { amount: text, currency };
        Self {
            message: name,
            message_id: message.msg_id,
            instruction_id: message.instr_id,
            transaction_id: message.tx_id,
            debtor: PartyReport::of(
                message.debtor,
                message.debtor_account,
                Some(message.debtor_agent),
            ),
            creditor: PartyReport::of(
                message.creditor,
                message.creditor_account,
                Some(message.creditor_agent),
            ),
            ultimate_debtor: message.ultimate_debtor.map(behind),
            ultimate_creditor: message.ultimate_creditor.map(behind),
            purpose: message.purpose.map(PurposeInput::from),
            category_purpose: message.category_purpose.map(PurposeInput::from),
            charge_bearer: Some(message.charge_bearer.as_str()),
            charges: charges.collect(),
            instructed: message.instructed_amount.map(amount),
            exchange_rate: message.exchange_rate,
            remittance: message.remittance,
            structured_remittance: message
                .structured
                .iter()
                .map(|one| AdviceInput::from(one.advice()))
                .collect(),
        }
    }
}

impl ChargeReport {
    /// As a message says it.
    #[must_use]
    pub fn of(charge: Charge) -> Self {
        Self {
            amount: charge.amount.text,
            currency: charge.amount.currency,
            agent: AgentReport::of(charge.agent),
        }
    }
}

impl PartyReport {
    fn of(party: Party, account: Option<AccountId>, agent: Option<Agent>) -> Self {
        let (iban, account) = match account {
            Some(AccountId::Iban(iban)) => (Some(iban), None),
            Some(AccountId::Other(account)) => (None, Some(account)),
            None => (None, None),
        };
        let Party { name, address, bic, lei, country_of_residence: _ } = party;
        let address = address.map(AddressInput::from);
        Self { name, lei, bic, address, iban, account, agent: agent.map(AgentReport::of) }
    }
}

impl AgentReport {
    fn of(agent: Agent) -> Self {
        Self { bic: agent.bicfi, lei: agent.lei, clearing_member: agent.clearing_member_id }
    }
}

/// A payment of customers, as the cover of it tells.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CoveredReport {
    /// Its UETR: that of its cover.
    #[schema(value_type = Uetr)]
    pub uetr: String,
    /// The customer that pays.
    pub debtor: CoveredPartyReport,
    /// The customer that is paid.
    pub creditor: CoveredPartyReport,
    /// What it is for; further lines on lines of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remittance: Option<String>,
    /// What the debtor instructed, as decimal text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>)]
    pub instructed_amount: Option<String>,
    /// In which currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CurrencyCode>)]
    pub instructed_currency: Option<String>,
}

/// A side of a payment that is covered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CoveredPartyReport {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// On whose behalf it pays, or whom the money reaches in the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ultimate: Option<String>,
    /// IBAN of its account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<IbanCode>)]
    pub iban: Option<String>,
    /// Another number of its account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// BIC of its bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BicCode>)]
    pub agent_bic: Option<String>,
    /// LEI of its bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LeiCode>)]
    pub agent_lei: Option<String>,
}

impl CoveredReport {
    /// What the message of a payment tells of the one that it covers.
    pub(super) fn of(payment: &Payment, xml: &[u8]) -> Option<Self> {
        let told = message::covered(payment.leg.kind, xml)?;
        let (instructed_currency, instructed_amount) =
            told.instructed_amount.map(|amount| (amount.currency, amount.text)).unzip();
        Some(Self {
            uetr: payment.leg.uetr.to_text(),
            debtor: CoveredPartyReport {
                name: told.debtor,
                ultimate: told.ultimate_debtor,
                iban: told.debtor_iban,
                account: told.debtor_account,
                agent_bic: told.debtor_agent,
                agent_lei: told.debtor_agent_lei,
            },
            creditor: CoveredPartyReport {
                name: told.creditor,
                ultimate: told.ultimate_creditor,
                iban: told.creditor_iban,
                account: told.creditor_account,
                agent_bic: told.creditor_agent,
                agent_lei: told.creditor_agent_lei,
            },
            remittance: Some(told.remittance.join("\n")).filter(|lines| !lines.is_empty()),
            instructed_amount,
            instructed_currency,
        })
    }
}

#[cfg(test)]
mod tests {
    use iso20022::FIXTURE_PACS008;

    use super::*;

    #[test]
    fn p16_a_payment_is_shown_with_what_its_message_says() {
        let more = FIXTURE_PACS008
            .replace("</CdtrAcct>", "</CdtrAcct><UltmtCdtr><Nm>Last Holder</Nm></UltmtCdtr>")
            .replace("<RmtInf>", "<Purp><Cd>SUPP</Cd></Purp><RmtInf>")
            .replace("</Ustrd>", "</Ustrd><Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd>");
        let message = Pacs008::find(more.as_bytes()).unwrap();
        let told = DetailsReport::told("pacs.008.001.08", message.clone());
        assert_eq!(told.debtor.name, message.debtor.name);
        assert_eq!(told.creditor.agent.unwrap().bic, message.creditor_agent.bicfi);
        assert_eq!(told.ultimate_creditor.unwrap().name.as_deref(), Some("Last Holder"));
        assert_eq!(told.purpose.unwrap().code.as_deref(), Some("SUPP"));
        assert_eq!(told.structured_remittance[0].reference.as_deref(), Some("RF18"));
        assert_eq!(told.remittance, message.remittance);
        assert_eq!(told.charge_bearer, Some(message.charge_bearer.as_str()));
    }
}
