//! camt.054: what a settled payment did to this bank's settlement account, in the words of its
//! stored message, for its core system.
//!
//! # Invariants written only from a proved receipt of settlement; the settlement account is named
//! #            by the first 32 hex digits of its address (P5)
//! # Absent     statements of a day (planned)

use iso20022::{
    AccountId, Agent, BankTransactionCode, BusinessHeader, Camt054, CreditDebit, CurrencyAmount,
    Document, Entry, EntryStatus, Notification, NotifiedAccount, Pacs008, PartyOrAgent, References,
    Transaction, camt054::DomainCode, in_envelope, pacs002::EffectiveDate,
};
use ledger_core::{
    command::Payment,
    receipt::{Effect, Receipt},
};
use uuid::Uuid;
use verifier::summary::{amount, rfc3339};

use crate::{gateway::Gateway, payments::report::file_hash, refused::Refused};

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
    let receipt = settled.ok_or(Refused::NotSettled)?.proof.receipt;
    let file = gateway.view.receipt_file(&receipt.command, gateway.ledger.committee())?;
    let hash = file_hash(file.unwrap_or_default().as_bytes());
    let own = Agent { lei: Some(gateway.lei().text().to_owned()), ..Agent::default() };
    let created = rfc3339(receipt.irrevocable);
    let id = Uuid::from_bytes(*payment.leg.uetr.get()).simple().to_string();
    let camt = Camt054 {
        msg_id: id.clone(),
        created: created.clone(),
        notifications: vec![Notification {
            id: id.clone(),
            account: NotifiedAccount {
                id: account(&receipt, side),
                currency: Some(message.amount.currency.clone()),
                servicer: None,
            },
            entries: vec![entry(gateway, payment, message, (&receipt, side), hash.to_hex())],
        }],
    };
    camt.check()?;
    let header = BusinessHeader {
        from: PartyOrAgent::Agent(own.clone()),
        to: PartyOrAgent::Agent(own),
        biz_msg_idr: id,
        msg_def_idr: Document::Camt054(&camt).message_name().to_owned(),
        biz_svc: None,
        created,
    };
    Ok(in_envelope(&header, Document::Camt054(&camt))?)
}

fn account(receipt: &Receipt, side: Side) -> AccountId {
    let address = match side {
        Side::Payer => receipt.debit,
        Side::Payee => receipt.credit,
    };
    AccountId::Other(short(&address.map(|id| id.to_hex()).unwrap_or_default()))
}

fn short(hex: &str) -> String {
    hex.chars().take(REFERENCE).collect()
}

fn entry(
    gateway: &Gateway,
    payment: &Payment,
    message: &Pacs008,
    (receipt, side): (&Receipt, Side),
    receipt_hash: String,
) -> Entry {
    let direction = match side {
        Side::Payer => CreditDebit::Debit,
        Side::Payee => CreditDebit::Credit,
    };
    let money = CurrencyAmount {
        currency: message.amount.currency.clone(),
        text: amount(gateway.genesis(), &payment.money).unwrap_or_default(),
    };
    let at = Some(EffectiveDate::DateTime(rfc3339(receipt.irrevocable)));
    let servicer_ref = Some(short(&receipt.command.to_hex()));
    let uetr = Uuid::from_bytes(*payment.leg.uetr.get());
    let party = |party: &iso20022::Party| {
        // A notification names parties; where to write to them stands in the message.
        Some(PartyOrAgent::Party(iso20022::Party { address: None, ..party.clone() }))
    };
    let transaction = Transaction {
        references: References {
            msg_id: Some(message.msg_id.clone()),
            account_servicer_ref: servicer_ref.clone(),
            instr_id: message.instr_id.clone(),
            end_to_end_id: Some(message.end_to_end_id.clone()),
            uetr: Some(uetr),
            tx_id: message.tx_id.clone(),
        },
        amount: Some(money.clone()),
        direction: Some(direction),
        code: None,
        debtor: party(&message.debtor),
        debtor_account: message.debtor_account.clone(),
        creditor: party(&message.creditor),
        creditor_account: message.creditor_account.clone(),
        debtor_agent: Some(message.debtor_agent.clone()),
        creditor_agent: Some(message.creditor_agent.clone()),
        remittance: message.remittance.clone(),
        additional_information: Some(format!("florin-receipt-1 sha256:{receipt_hash}")),
    };
    Entry {
        reference: Some(uetr.simple().to_string()),
        amount: money,
        direction,
        reversal: false,
        status: EntryStatus::Booked,
        booked: at.clone(),
        value: at,
        account_servicer_ref: servicer_ref,
        code: BankTransactionCode { domain: Some(domain_code(side)), proprietary: None },
        transactions: vec![transaction],
    }
}

/// Credit transfers between banks of the external code list: issued and received.
fn domain_code(side: Side) -> DomainCode {
    let family = match side {
        Side::Payer => "ICDT",
        Side::Payee => "RCDT",
    };
    let text = str::to_owned;
    DomainCode { domain: text("PMNT"), family: text(family), sub_family: text("DMCT") }
}
