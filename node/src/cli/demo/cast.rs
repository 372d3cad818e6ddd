//! Who plays: invented institutions, and what the message says about its two banks.

use iso20022::{Agent, Pacs008};
use ledger_core::id::{Lei, Text};

use super::DemoError;
use crate::cli::lei;

/// The institutions of the demo.
pub(super) struct Cast {
    pub(super) operator: Lei,
    pub(super) treasury: Lei,
    pub(super) custodian: Lei,
    pub(super) bank_a: Lei,
    pub(super) bank_b: Lei,
    /// A member that has no part in any payment.
    pub(super) bank_c: Lei,
    /// The network's compliance office.
    pub(super) compliance: Lei,
    /// The overseer.
    pub(super) regulator: Lei,
}

impl Cast {
    /// Invented institutions; their identifiers belong to nobody.
    pub(super) fn invent() -> Option<Self> {
        Some(Self {
            operator: lei("ZZZZ00FLORINOPERAT")?,
            treasury: lei("ZZZZ00FLORINTREASU")?,
            custodian: lei("ZZZZ00FLORINCUSTOD")?,
            bank_a: lei("ZZZZ00FLORINBANKA0")?,
            bank_b: lei("ZZZZ00FLORINBANKB0")?,
            bank_c: lei("ZZZZ00FLORINBANKC0")?,
            compliance: lei("ZZZZ00FLORINCOMPLI")?,
            regulator: lei("ZZZZ00FLORINREGULA")?,
        })
    }
}

/// The names under which a message knows a bank, as directory aliases.
pub(super) fn aliases(agent: &Agent) -> Vec<Text> {
    let mut aliases: Vec<Text> =
        agent.identifiers().iter().filter_map(|name| Text::new(name)).collect();
    aliases.sort();
    aliases.dedup();
    aliases
}

/// What the story needs to know of the message.
pub(super) struct Plot {
    pub(super) currency: String,
    pub(super) scale: u8,
    pub(super) minor: u128,
    pub(super) debtor: Customer,
    pub(super) creditor: Customer,
    pub(super) clearing_system: String,
}

/// A customer in the message.
pub(super) struct Customer {
    pub(super) name: String,
    /// `iban` or `account`, as the gateway's API calls it.
    pub(super) field: &'static str,
    pub(super) number: String,
}

impl Plot {
    /// Reads the message.
    pub(super) fn of(message: &Pacs008) -> Result<Self, DemoError> {
        let currency = message.amount.currency.clone();
        let scale = iso20022::currency_scale(&currency)
            .ok_or(DemoError::Unpayable("names no active ISO 4217 currency"))?;
        let minor = message
            .amount
            .minor(scale)
            .map_err(|_| DemoError::Unpayable("has an amount that its currency does not allow"))?;
        let customer = |name: &Option<String>, account: &Option<iso20022::AccountId>, whose| {
            let (field, number) = match account {
                Some(iso20022::AccountId::Iban(iban)) => ("iban", iban.clone()),
                Some(iso20022::AccountId::Other(other)) => ("account", other.clone()),
                None => return Err(DemoError::Unpayable(whose)),
            };
            let name = name.clone().unwrap_or_else(|| "unnamed".to_owned());
            Ok(Customer { name, field, number })
        };
        if aliases(&message.instructing_agent) == aliases(&message.instructed_agent) {
            return Err(DemoError::Unpayable("names the same bank, or none, on both sides"));
        }
        Ok(Self {
            debtor: customer(&message.debtor.name, &message.debtor_account, "has no DbtrAcct")?,
            creditor: customer(
                &message.creditor.name,
                &message.creditor_account,
                "has no CdtrAcct",
            )?,
            clearing_system: message
                .clearing_system
                .as_ref()
                .map_or_else(|| "FLORIN".to_owned(), |system| system.as_str().to_owned()),
            currency,
            scale,
            minor,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_institution_of_the_cast_has_an_identifier_of_its_own() {
        let cast = Cast::invent().unwrap();
        let offices = [cast.operator, cast.treasury, cast.custodian, cast.compliance];
        let others = [cast.bank_a, cast.bank_b, cast.bank_c, cast.regulator];
        let all = [offices, others].concat();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn the_fixture_can_be_played() {
        let message = Pacs008::find(iso20022::FIXTURE_PACS008.as_bytes()).unwrap();
        let plot = Plot::of(&message).unwrap();
        assert_eq!((plot.currency.as_str(), plot.minor), ("USD", 1_250_000));
    }
}
