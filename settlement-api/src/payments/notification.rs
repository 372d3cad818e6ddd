//! camt.054: what a settled payment did to this bank's settlement account, in the words of its
//! stored message, for its core system.
//!
//! # Invariants written only from a proved receipt of settlement; the settlement account is named
//! #            by the first 32 hex digits of its address (P5)
//! # Absent     statements of a day (`statements`)

use iso20022::{
    AccountId, Agent, BankTransactionCode, BusinessHeader, Camt054, CreditDebit, CurrencyAmount,
    Document, Entry, EntryStatus, Notification, NotifiedAccount, Pacs008, Party, PartyOrAgent,
    References, Transaction, camt054::DomainCode, in_envelope, pacs002::EffectiveDate,
};
use ledger_core::{
    command::Payment,
    digest::Hash32,
    id::{Lei, MessageKind},
    receipt::{Effect, Receipt},
};
use uuid::Uuid;
use verifier::summary::amount;

use crate::{
    gateway::Gateway,
    headed::{Repeated, Route, instant},
    party_view,
    payments::report::file_hash,
    refused::Refused,
};

/// Characters of an account's address or a command's id that fit a reference of ISO 20022.
const REFERENCE: usize = 32;

/// Which side of the payment this bank is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Its account was debited.
    Payer,
    /// Its account was credited.
    Payee,
}

/// The notification of a settled payment, under a business header.
///
/// # Errors
/// [`Refused::NotSettled`]; faults of the store; [`Refused::Message`] when the stored message names
/// what a notification cannot.
pub fn notification(
    gateway: &Gateway,
    payment: &Payment,
    message: &Pacs008,
    side: Side,
) -> Result<String, Refused> {
    let settled = gateway.view.leg_effect(&payment.leg.id(), Effect::Settled)?;
    let settled = settled.ok_or(Refused::NotSettled)?;
    // Of a command about several legs, this one's receipt.
    let file = party_view::file_of(&settled, gateway.ledger.committee())?;
    let receipt = settled.proof.receipt;
    let settlement = Settlement {
        bank: *gateway.lei(),
        home: Route::home(gateway),
        kind: payment.leg.kind,
        side,
        message,
        uetr: Uuid::from_bytes(*payment.leg.uetr.get()),
        amount: amount(gateway.genesis(), &payment.money).unwrap_or_default(),
        receipt: &receipt,
        file_hash: file_hash(file.as_bytes()),
    };
    settlement.told()
}

/// A settled payment from one bank's side.
struct Settlement<'a> {
    bank: Lei,
    /// From the gateway to the bank's core system.
    home: Route,
    kind: MessageKind,
    side: Side,
    message: &'a Pacs008,
    uetr: Uuid,
    /// Decimal text.
    amount: String,
    receipt: &'a Receipt,
    file_hash: Hash32,
}

impl Settlement<'_> {
    fn told(&self) -> Result<String, Refused> {
        let own = Agent { lei: Some(self.bank.text().to_owned()), ..Agent::default() };
        let created = instant(self.receipt.irrevocable);
        let id = self.uetr.simple().to_string();
        let camt = Camt054 {
            msg_id: id.clone(),
            created: created.clone(),
            notifications: vec![Notification {
                id: id.clone(),
                account: NotifiedAccount {
                    id: self.account(),
                    currency: Some(self.message.amount.currency.clone()),
                    servicer: None,
                },
                entries: vec![self.entry()],
            }],
        };
        camt.check()?;
        let name = Document::Camt054(&camt).message_name();
        let told = Repeated { id: &id, name, created: &created };
        let header = self.home.header(&told).unwrap_or_else(|| BusinessHeader {
            from: PartyOrAgent::Agent(own.clone()),
            to: PartyOrAgent::Agent(own),
            biz_msg_idr: id.clone(),
            msg_def_idr: name.to_owned(),
            biz_svc: None,
            created: created.clone(),
        });
        Ok(in_envelope(&header, Document::Camt054(&camt))?)
    }

    /// This bank's settlement account, as messages name it.
    fn account(&self) -> AccountId {
        let address = match self.side {
            Side::Payer => self.receipt.debit,
            Side::Payee => self.receipt.credit,
        };
        AccountId::Other(short(&address.map(|id| id.to_hex()).unwrap_or_default()))
    }

    fn direction(&self) -> CreditDebit {
        match self.side {
            Side::Payer => CreditDebit::Debit,
            Side::Payee => CreditDebit::Credit,
        }
    }

    fn money(&self) -> CurrencyAmount {
        let currency = self.message.amount.currency.clone();
        CurrencyAmount { currency, text: self.amount.clone() }
    }

    fn servicer_ref(&self) -> Option<String> {
        Some(short(&self.receipt.command.to_hex()))
    }

    fn entry(&self) -> Entry {
        let at = Some(EffectiveDate::DateTime(instant(self.receipt.irrevocable)));
        Entry {
            reference: Some(self.uetr.simple().to_string()),
            amount: self.money(),
            direction: self.direction(),
            reversal: false,
            status: EntryStatus::Booked,
            booked: at.clone(),
            value: at,
            account_servicer_ref: self.servicer_ref(),
            code: BankTransactionCode {
                domain: Some(domain_code(self.side, self.kind)),
                proprietary: None,
            },
            transactions: vec![self.transaction()],
        }
    }

    fn transaction(&self) -> Transaction {
        let message = self.message;
        Transaction {
            references: References {
                msg_id: Some(message.msg_id.clone()),
                account_servicer_ref: self.servicer_ref(),
                instr_id: message.instr_id.clone(),
                end_to_end_id: Some(message.end_to_end_id.clone()),
                uetr: Some(self.uetr),
                tx_id: message.tx_id.clone(),
            },
            amount: Some(self.money()),
            direction: Some(self.direction()),
            code: None,
            debtor: named(&message.debtor),
            debtor_account: message.debtor_account.clone(),
            creditor: named(&message.creditor),
            creditor_account: message.creditor_account.clone(),
            ultimate_debtor: message.ultimate_debtor.as_ref().and_then(named),
            ultimate_creditor: message.ultimate_creditor.as_ref().and_then(named),
            purpose: message.purpose.clone(),
            instructed_amount: message.instructed_amount.clone(),
            charges: message.charges.clone(),
            debtor_agent: Some(message.debtor_agent.clone()),
            creditor_agent: Some(message.creditor_agent.clone()),
            remittance: message.remittance.clone(),
            structured: message.structured.clone(),
            additional_information: Some(format!("florin-receipt-1 sha256:{}", self.file_hash)),
        }
    }
}

/// A notification names parties; where to write to them stands in the message.
fn named(party: &Party) -> Option<PartyOrAgent> {
    Some(PartyOrAgent::Party(Party { address: None, ..party.clone() }))
}

fn short(hex: &str) -> String {
    hex.chars().take(REFERENCE).collect()
}

/// Credit transfers between banks of the external code list: issued and received.
fn domain_code(side: Side, kind: MessageKind) -> DomainCode {
    let family = match side {
        Side::Payer => "ICDT",
        Side::Payee => "RCDT",
    };
    let own = matches!(kind, MessageKind::Pacs009);
    let sub_family = if own { "FICT" } else { "DMCT" };
    let text = str::to_owned;
    DomainCode { domain: text("PMNT"), family: text(family), sub_family: text(sub_family) }
}

#[cfg(test)]
mod tests {
    use crate::headed::Named;

    fn nobody() -> Named {
        Named { bic: None, lei: String::new() }
    }

    use iso20022::FIXTURE_PACS008;
    use ledger_core::{
        id::{AccountId as Address, CommandId},
        receipt::{Kind, Outcome},
        time::{Height, LedgerTime},
    };

    use super::*;

    fn lei() -> Lei {
        Lei::new("529900T8BM49AURSDO55").unwrap()
    }

    fn told(side: Side) -> Camt054 {
        let message = Pacs008::find(FIXTURE_PACS008.as_bytes()).unwrap();
        let receipt = Receipt {
            version: 1,
            height: Height::new(7),
            index: 0,
            entered: LedgerTime::new(1),
            irrevocable: LedgerTime::new(1_767_225_600_123),
            command: CommandId::new([0xab; 32]),
            organisation: lei(),
            kind: Kind::Post,
            outcome: Outcome::Applied(Effect::Settled),
            leg: None,
            debit: Some(Address::new([0x11; 32])),
            credit: Some(Address::new([0x22; 32])),
            money: None,
            parties: Vec::new(),
            run: None,
        };
        let settlement = Settlement {
            home: Route::between(nobody(), nobody()),
            kind: MessageKind::Pacs008,
            bank: lei(),
            side,
            uetr: message.uetr_or_derived(),
            amount: "12500.00".to_owned(),
            message: &message,
            receipt: &receipt,
            file_hash: Hash32::new([5; 32]),
        };
        let xml = settlement.told().unwrap();
        let header = BusinessHeader::find(xml.as_bytes()).unwrap();
        assert_eq!(header.msg_def_idr, "camt.054.001.08");
        Camt054::find(xml.as_bytes()).unwrap()
    }

    #[test]
    fn p5_each_side_is_told_of_its_own_account_in_its_own_direction() {
        let sides =
            [(Side::Payer, CreditDebit::Debit, "11"), (Side::Payee, CreditDebit::Credit, "22")];
        for (side, direction, byte) in sides {
            let camt = told(side);
            let account = &camt.notifications[0].account.id;
            assert_eq!(*account, AccountId::Other(byte.repeat(16)));
            let entry = &camt.notifications[0].entries[0];
            assert_eq!((entry.direction, entry.status), (direction, EntryStatus::Booked));
            assert_eq!(entry.amount.text, "12500.00");
        }
    }

    #[test]
    fn p5_the_entry_names_the_settling_command_and_its_receipt_file() {
        let camt = told(Side::Payee);
        let entry = &camt.notifications[0].entries[0];
        assert_eq!(entry.account_servicer_ref.as_deref(), Some("ab".repeat(16).as_str()));
        let line = entry.transactions[0].additional_information.as_deref().unwrap();
        assert_eq!(line, format!("florin-receipt-1 sha256:{}", "05".repeat(32)));
        let message = Pacs008::find(FIXTURE_PACS008.as_bytes()).unwrap();
        assert_eq!(entry.transactions[0].remittance, message.remittance);
    }
}
