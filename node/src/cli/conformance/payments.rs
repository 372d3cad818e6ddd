//! Payments out and in, and those that must be refused.

use florin_client::{Asked, Direction, Key, NewPayment, Status, Tracked, Until};
use serde_json::{Value, json};

use super::kit::{Fault, Held, Kit, PATIENCE, differs, refused};

const PAYMENTS: &str = "/v1/payments";

impl Kit {
    pub(super) async fn pay_out(&mut self) -> Held {
        let order = self.payment_out()?;
        let sent = self.gateway.pay(&order).await?;
        let end = self.gateway.wait(&sent, Until::Settled, PATIENCE).await?;
        let got = proved(&end);
        self.paid = Some((order, end));
        got
    }

    fn paid(&self) -> Result<&(NewPayment, Tracked), Fault> {
        self.paid.as_ref().ok_or(Fault::NotRun("needs the payment of pay-out"))
    }

    pub(super) async fn pay_again(&self) -> Held {
        let (order, before) = self.paid()?;
        let again = self.gateway.pay(order).await?;
        let receipt = |known: &Tracked| known.settled().map(|settled| settled.receipt().command);
        let same = receipt(&again).is_some() && receipt(&again) == receipt(before);
        if same { Ok("200, the same receipt".to_owned()) } else { differs("another receipt") }
    }

    pub(super) async fn pay_conflict(&self) -> Held {
        let (order, _) = self.paid()?;
        let other = NewPayment { remittance: Some("something else".to_owned()), ..order.clone() };
        self.pay_refused(&json!(other), (409, "leg_conflict")).await
    }

    pub(super) async fn pay_unknown(&self) -> Held {
        let answer = self.send(self.get(&format!("{PAYMENTS}/{}", NewPayment::uetr()))).await?;
        refused(&answer, (404, "not_found"))
    }

    pub(super) async fn pay_uetr(&self) -> Held {
        let answer = self.send(self.get(&format!("{PAYMENTS}/no-uetr"))).await?;
        refused(&answer, (422, "bad_uetr"))
    }

    pub(super) async fn pay_amount(&self, amount: &str, code: &str) -> Held {
        self.pay_changed("amount", json!(amount), (422, code)).await
    }

    pub(super) async fn pay_currency(&self) -> Held {
        // Of ISO 4217, for tests only: no network has it.
        self.pay_changed("currency", json!("XTS"), (422, "currency_unknown")).await
    }

    pub(super) async fn pay_bic(&self, bic: &str, expected: (u16, &str)) -> Held {
        self.pay_changed("creditor_agent", json!({"bic": bic}), expected).await
    }

    pub(super) async fn pay_debtor(&self) -> Held {
        let nobody = json!({"name": "Nobody Known", "account": "CONFORMANCE-NOBODY"});
        self.pay_changed("debtor", nobody, (422, "debtor_unknown")).await
    }

    pub(super) async fn pay_shape(&self) -> Held {
        self.pay_changed("colour", json!("blue"), (400, "request_malformed")).await
    }

    /// A new payment with one field changed.
    async fn pay_changed(&self, field: &str, value: Value, expected: (u16, &str)) -> Held {
        let mut body = json!(self.payment_out()?);
        body[field] = value;
        self.pay_refused(&body, expected).await
    }

    async fn pay_refused(&self, body: &Value, expected: (u16, &str)) -> Held {
        refused(&self.send(self.post(PAYMENTS, body)).await?, expected)
    }

    pub(super) async fn pay_funds(&self) -> Held {
        let order = self.payment_out()?;
        let scaled = if order.amount.contains('.') { "99999999999.00" } else { "99999999999" };
        let order = NewPayment { amount: scaled.to_owned(), ..order };
        let sent = self.gateway.pay(&order).await?;
        let end = self.gateway.wait(&sent, Until::Settled, PATIENCE).await?;
        let reason = end.report().reason.as_ref();
        let got = format!(
            "{} {}{}",
            end.status(),
            reason
                .map(|reason| format!("{} {}", reason.code, reason.iso_reason))
                .unwrap_or_default(),
            if end.rejected().is_some() { ", proved" } else { ", no proof" }
        );
        if got == "RJCT insufficient_funds AM04, proved" { Ok(got) } else { differs(got) }
    }

    pub(super) async fn in_settled(&mut self) -> Held {
        let order = self.payment_in()?;
        let peer = self.peer()?;
        let sent = peer.pay(&order).await?;
        peer.wait(&sent, Until::Settled, PATIENCE).await?;
        let asked = Asked {
            money: sent.asked().money,
            direction: Some(Direction::Incoming),
            ..Asked::uetr(&order.uetr)?
        };
        let known = self.gateway.payment(&asked).await?;
        let end = self.gateway.wait(&known, Until::Settled, PATIENCE).await?;
        let got = proved(&end);
        self.received = Some(end);
        got
    }

    pub(super) async fn in_credit(&self) -> Held {
        let received =
            self.received.as_ref().ok_or(Fault::NotRun("needs the payment of in-settled"))?;
        self.gateway.confirm_credit(received.asked(), &Key::random()).await?;
        let end = self.gateway.wait(received, Until::Credited, PATIENCE).await?;
        if end.credited() { Ok("ACCC, proved".to_owned()) } else { differs(end.status().code()) }
    }

    pub(super) async fn in_key(&self) -> Held {
        let path = format!("{PAYMENTS}/{}/credit", NewPayment::uetr());
        refused(&self.send(self.post(&path, &json!({}))).await?, (400, "idempotency_key_missing"))
    }
}

fn proved(end: &Tracked) -> Held {
    match (end.status(), end.settled()) {
        (Status::Acsc | Status::Accc, Some(_)) => Ok(format!("{}, proved", end.status())),
        (status, _) => {
            let reason = end.report().reason.as_ref().map(|reason| reason.code.clone());
            differs(format!("{status} {}", reason.unwrap_or_default()))
        }
    }
}
