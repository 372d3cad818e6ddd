//! The custodian's core system: books money on the reserve account and says so in a camt.054.

use iso20022::{
    AccountId, Agent, BankTransactionCode, BusinessHeader, Camt054, CreditDebit, CurrencyAmount,
    Document, Entry, EntryStatus, Notification, NotifiedAccount, PartyOrAgent, References,
    Transaction, camt054::ProprietaryCode, in_envelope,
};
use ledger_core::id::{Lei, ReserveId};
use serde_json::{Value, json};

use super::{
    DemoError,
    story::{JSON, Stage, XML, json_of},
};

/// The reserve account's number in the custodian's books.
pub(super) const RESERVE_NUMBER: &str = "RESERVE-0001";

/// One booking on the reserve account.
pub(super) struct Booking<'a> {
    /// The custodian's own reference, which it never uses again.
    pub(super) servicer_reference: &'a str,
    pub(super) direction: CreditDebit,
    /// Decimal text.
    pub(super) amount: &'a str,
    /// What the remitter wrote.
    pub(super) reference: &'a str,
}

impl Stage<'_> {
    /// The custodian's gateway is told which reserve account its core's messages name.
    pub(super) async fn introduce(&self, registered: &Value) -> Result<(), DemoError> {
        let own = json!({
            "currency": self.plot.currency, "number": RESERVE_NUMBER, "salt": registered["drawn"]["salt"],
        });
        let body = (JSON, own.to_string().into_bytes());
        let answer = self.send("custodian", "custodian-core", "/v1/reserves", body, JSON).await?;
        match answer.status {
            200 => Ok(()),
            _ => Err(DemoError::unexpected("/v1/reserves", json_of(&answer)?.to_string())),
        }
    }

    /// Books money from or to bank A and tells its gateway in a camt.054; what was recorded.
    pub(super) async fn book(&mut self, booking: &Booking<'_>) -> Result<Value, DemoError> {
        let xml = self.camt054(booking)?;
        self.tell.keep_message("camt.054-custodian", xml.as_bytes())?;
        let (client, path) = ("custodian-core", "/v1/notifications");
        let body = (XML, xml.into_bytes());
        let answer = self.send("custodian", client, path, body, JSON).await?;
        let recorded = json_of(&answer)?;
        let command = recorded[0]["command_id"].as_str().unwrap_or_default();
        if command.is_empty() {
            return Err(DemoError::unexpected(path, recorded.to_string()));
        }
        self.get("custodian", client, &format!("/v1/commands/{command}")).await
    }

    /// The balance after it, vouched for.
    pub(super) async fn attest(
        &self,
        reserve: &ReserveId,
        balance: &str,
    ) -> Result<Value, DemoError> {
        let body = json!({"reserve": reserve.to_hex(), "balance": balance, "available": balance});
        self.post("custodian", "custodian-core", "/v1/attestations", &body).await
    }

    fn camt054(&self, booking: &Booking<'_>) -> Result<String, DemoError> {
        let bank = |lei: &Lei| Agent { lei: Some(lei.text().to_owned()), ..Agent::default() };
        let (custodian, member) = (bank(&self.cast.custodian), bank(&self.cast.bank_a));
        let amount = CurrencyAmount {
            currency: self.plot.currency.clone(),
            text: booking.amount.to_owned(),
        };
        let (debtor_agent, creditor_agent) = match booking.direction {
            CreditDebit::Credit => (member, custodian.clone()),
            CreditDebit::Debit => (custodian.clone(), member),
        };
        let transaction = Transaction {
            references: References {
                account_servicer_ref: Some(booking.servicer_reference.to_owned()),
                ..References::default()
            },
            amount: Some(amount.clone()),
            direction: Some(booking.direction),
            debtor_agent: Some(debtor_agent),
            creditor_agent: Some(creditor_agent),
            remittance: vec![booking.reference.to_owned()],
            ..Transaction::default()
        };
        let code = ProprietaryCode { code: "RESERVE".to_owned(), issuer: None };
        let entry = Entry {
            reference: None,
            amount,
            direction: booking.direction,
            reversal: false,
            status: EntryStatus::Booked,
            booked: None,
            value: None,
            account_servicer_ref: Some(booking.servicer_reference.to_owned()),
            code: BankTransactionCode { domain: None, proprietary: Some(code) },
            transactions: vec![transaction],
        };
        let created = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let message = Camt054 {
            msg_id: booking.servicer_reference.to_owned(),
            created: created.clone(),
            notifications: vec![Notification {
                id: booking.servicer_reference.to_owned(),
                account: NotifiedAccount {
                    id: AccountId::Other(RESERVE_NUMBER.to_owned()),
                    currency: Some(self.plot.currency.clone()),
                    servicer: Some(custodian.clone()),
                },
                entries: vec![entry],
            }],
        };
        message.check()?;
        let header = BusinessHeader {
            from: PartyOrAgent::Agent(custodian.clone()),
            to: PartyOrAgent::Agent(custodian),
            biz_msg_idr: booking.servicer_reference.to_owned(),
            msg_def_idr: Document::Camt054(&message).message_name().to_owned(),
            biz_svc: None,
            created,
        };
        Ok(in_envelope(&header, Document::Camt054(&message))?)
    }
}
