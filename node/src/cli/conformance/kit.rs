//! What cases share: the gateways, the payment that later cases look at, and raw requests.

use std::{fmt, time::Duration};

use florin_client::{
    Agent, Error, Gateway, NewPayment, Party, Tracked,
    exchange::{ClientRequest, ClientResponse},
};
use reqwest::{
    Method,
    header::{ACCEPT, HeaderName, HeaderValue},
};
use serde_json::Value;

/// How long the end of anything is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
const JSON: &str = "application/json";

/// What a case came to: what it got, if that is right.
pub(super) type Held = Result<String, Fault>;

/// Why a case did not hold.
#[derive(Debug)]
pub(super) enum Fault {
    /// Something else came.
    Differs(String),
    /// It could not be run.
    NotRun(&'static str),
    /// A call failed.
    Call(Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs(got) => f.write_str(got),
            Self::NotRun(why) => write!(f, "not run: {why}"),
            Self::Call(error) => write!(f, "{}: {error}", error.code()),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl From<florin_client::exchange::ClientError> for Fault {
    fn from(error: florin_client::exchange::ClientError) -> Self {
        Self::Call(error.into())
    }
}

/// What a run is given.
pub(super) struct Parts {
    pub(super) gateway: Gateway,
    pub(super) payer: Option<Party>,
    pub(super) second: Option<Gateway>,
    pub(super) peer: Option<Gateway>,
    pub(super) peer_payer: Option<Party>,
    pub(super) peer_second: Option<Gateway>,
    pub(super) currency: String,
    pub(super) amount: String,
}

/// A run.
pub(super) struct Kit {
    pub(super) gateway: Gateway,
    payer: Option<Party>,
    second: Option<Gateway>,
    peer: Option<Gateway>,
    peer_payer: Option<Party>,
    peer_second: Option<Gateway>,
    pub(super) currency: String,
    amount: String,
    /// The payment out, with its order.
    pub(super) paid: Option<(NewPayment, Tracked)>,
    /// The payment in.
    pub(super) received: Option<Tracked>,
    /// A case in which this bank's answer is prepared and not approved.
    pub(super) prepared: Option<(String, String)>,
}

impl Kit {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { gateway, payer, second, peer, peer_payer, peer_second, currency, amount } =
            parts;
        Self {
            gateway,
            payer,
            second,
            peer,
            peer_payer,
            peer_second,
            currency,
            amount,
            paid: None,
            received: None,
            prepared: None,
        }
    }

    pub(super) fn peer(&self) -> Result<&Gateway, Fault> {
        self.peer.as_ref().ok_or(Fault::NotRun("needs --peer"))
    }

    pub(super) fn second(&self) -> Result<&Gateway, Fault> {
        self.second.as_ref().ok_or(Fault::NotRun("needs --second"))
    }

    pub(super) fn peer_second(&self) -> Result<&Gateway, Fault> {
        self.peer_second.as_ref().ok_or(Fault::NotRun("needs --peer-second"))
    }

    /// A new payment from this bank's payer to the peer's.
    pub(super) fn payment_out(&self) -> Result<NewPayment, Fault> {
        let (from, to) = self.payers()?;
        Ok(self.payment(from, to, self.peer()?))
    }

    /// A new payment from the peer's payer to this bank's.
    pub(super) fn payment_in(&self) -> Result<NewPayment, Fault> {
        let (to, from) = self.payers()?;
        Ok(self.payment(from, to, &self.gateway))
    }

    /// Both banks' customers.
    fn payers(&self) -> Result<(&Party, &Party), Fault> {
        let own = self.payer.as_ref().ok_or(Fault::NotRun("needs [payer] in the profile"))?;
        self.peer()?;
        let other = self.peer_payer.as_ref();
        Ok((own, other.ok_or(Fault::NotRun("needs [payer] in the peer's profile"))?))
    }

    fn payment(&self, from: &Party, to: &Party, bank: &Gateway) -> NewPayment {
        NewPayment {
            uetr: NewPayment::uetr(),
            end_to_end_id: "CONFORMANCE".to_owned(),
            amount: self.amount.clone(),
            currency: self.currency.clone(),
            debtor: from.clone(),
            creditor: to.clone(),
            creditor_agent: Agent { bic: None, lei: Some(bank.member().to_string()) },
            remittance: None,
            settlement_date: None,
            queue: None,
        }
    }

    /// A request to the gateway under test, not yet signed.
    pub(super) fn get(&self, path: &str) -> ClientRequest {
        ClientRequest::get(format!("{}{path}", self.gateway.url()))
    }

    /// As [`Kit::get`], with a body.
    pub(super) fn post(&self, path: &str, body: &Value) -> ClientRequest {
        let url = format!("{}{path}", self.gateway.url());
        let mut request = ClientRequest::post(url, JSON, body.to_string());
        request.method = Method::POST;
        let headers = [
            (ACCEPT, HeaderValue::from_static(JSON)),
            (HeaderName::from_static("prefer"), HeaderValue::from_static("wait=20")),
        ];
        request.unsigned_headers.extend(headers);
        request
    }

    pub(super) async fn send(&self, request: ClientRequest) -> Result<ClientResponse, Fault> {
        Ok(self.gateway.http().send(request).await?)
    }

    /// Runs the case with this id.
    pub(super) async fn run(&mut self, id: &str) -> Held {
        match id {
            "sig-good" => self.sig_good().await,
            "sig-missing" => self.sig_missing().await,
            "sig-nonce" => self.sig_nonce().await,
            "sig-altered" => self.sig_altered().await,
            "sig-path" => self.sig_path().await,
            "sig-expired" => self.sig_at(-600, "signature_expired").await,
            "sig-future" => self.sig_at(600, "signature_created_in_future").await,
            "sig-digest" => self.sig_digest().await,
            "sig-key" => self.sig_key().await,
            "pay-out" => self.pay_out().await,
            "pay-again" => self.pay_again().await,
            "pay-conflict" => self.pay_conflict().await,
            "pay-unknown" => self.pay_unknown().await,
            "pay-uetr" => self.pay_uetr().await,
            "pay-decimals" => self.pay_amount("1.00001", "amount_too_many_decimals").await,
            "pay-zero" => self.pay_amount("0", "amount_zero").await,
            "pay-currency" => self.pay_currency().await,
            "pay-bic" => self.pay_bic("NOT-A-BIC", (400, "bad_bic")).await,
            "pay-agent" => self.pay_bic("ZZZZZZ99", (422, "agent_unknown")).await,
            "pay-debtor" => self.pay_debtor().await,
            "pay-shape" => self.pay_shape().await,
            "pay-funds" => self.pay_funds().await,
            "in-settled" => self.in_settled().await,
            "in-credit" => self.in_credit().await,
            "in-key" => self.in_key().await,
            "case-ask" => self.case_ask().await,
            "case-answer" => self.case_answer().await,
            "case-four-eyes" => self.case_four_eyes(),
            "case-unknown" => self.case_unknown().await,
            "stm-sum" => self.stm_sum().await,
            "stm-proof" => self.stm_proof().await,
            "stm-chain" => self.stm_chain().await,
            "evt-pages" => self.evt_pages().await,
            "evt-resume" => self.evt_resume().await,
            "evt-order" => self.evt_order().await,
            _ => Err(Fault::NotRun("no such case")),
        }
    }
}

/// Something else came than must.
pub(super) fn differs<T>(got: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Differs(got.into()))
}

/// Whether an answer is a problem with this status and code.
pub(super) fn refused(answer: &ClientResponse, (status, code): (u16, &str)) -> Held {
    let stated = answer.problem();
    let got = format!(
        "{} {}",
        answer.status,
        stated.as_ref().map_or("no problem+json", |problem| problem.code())
    );
    let right = stated.is_some_and(|p| p.code() == code && p.status == status);
    if right && answer.status == status { Ok(got) } else { differs(got) }
}
