//! Payments: made once, followed to their end, and believed by their proof.
//!
//! # Place      core systems -> [payments] -> gateway; reports -> [`crate::proof`] -> the caller
//! # Invariants what is paid has its UETR before it is sent, so it can be sent again; a report's end
//! #            counts only with a proof that names the payment (see [`crate::proof`])

use std::{fmt, time::Duration};

use iso20022::Pacs008;
use ledger_core::id::{Lei, Uetr};
use reqwest::{
    Method,
    header::{ACCEPT, HeaderValue},
};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    error::Error,
    events::Direction,
    exchange::ClientResponse,
    gateway::{CommandReport, Gateway, JSON, Key, prefer_wait, refusal, segment},
    proof::{Expected, Field, ProofError, Rejected, Settled, check_credited, is_named},
    queue::{Place, Waits},
    reviews::Review,
};

const XML: &str = "application/xml";
const REPORT: &str = "a payment's report";
/// The pause between two looks at a payment.
const LOOK: Duration = Duration::from_millis(250);

/// ISO 20022 status of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Received.
    Rcvd,
    /// The gate cleared it; its hold is on its way.
    Actc,
    /// Its funds are held.
    Acfc,
    /// The beneficiary bank looks at it.
    Pdng,
    /// The beneficiary bank accepted.
    Acwp,
    /// Settled.
    Acsc,
    /// The beneficiary's customer has the money.
    Accc,
    /// Ended without settlement.
    Rjct,
}

impl Status {
    /// The code of ISO 20022.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rcvd => "RCVD",
            Self::Actc => "ACTC",
            Self::Acfc => "ACFC",
            Self::Pdng => "PDNG",
            Self::Acwp => "ACWP",
            Self::Acsc => "ACSC",
            Self::Accc => "ACCC",
            Self::Rjct => "RJCT",
        }
    }

    /// In plain words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Rcvd => "received",
            Self::Actc => "cleared, funds being held",
            Self::Acfc => "funds held, on its way to the other bank",
            Self::Pdng => "waiting for the beneficiary bank, for money, or for its settlement day",
            Self::Acwp => "accepted by the beneficiary bank",
            Self::Acsc => "settled",
            Self::Accc => "settled, and the beneficiary's customer has the money",
            Self::Rjct => "rejected",
        }
    }

    /// Whether money moved, as the gateway says.
    #[must_use]
    pub const fn says_settled(self) -> bool {
        matches!(self, Self::Acsc | Self::Accc)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The holder's name.
    pub name: String,
    /// IBAN; this or `account`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iban: Option<String>,
    /// Another account number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// A bank: by BIC, by the LEI under which it is a member, or both. With the LEI, a proof must name
/// that member; with a BIC alone, the proof says which member was paid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// BIC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bic: Option<String>,
    /// LEI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lei: Option<String>,
}

/// A payment that is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// UETR. [`NewPayment::uetr`] makes one: keep it with the order, so that the order can be sent
    /// again after anything.
    pub uetr: String,
    /// The debtor's own reference.
    pub end_to_end_id: String,
    /// Decimal text, e.g. `12500.00`.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Who pays.
    pub debtor: Party,
    /// Who is paid.
    pub creditor: Party,
    /// Whose bank is paid.
    pub creditor_agent: Agent,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remittance: Option<String>,
    /// The day of UTC on which it settles, YYYY-MM-DD; the first possible one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement_date: Option<String>,
    /// How it waits when the bank has not the money for it; by the bank's settings if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<Waits>,
}

impl NewPayment {
    /// A new UETR.
    #[must_use]
    pub fn uetr() -> String {
        uuid::Uuid::new_v4().hyphenated().to_string()
    }
}

/// A payment as its gateway reports it: what it says, not what is proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentReport {
    /// UETR.
    pub uetr: String,
    /// Which way.
    pub direction: Direction,
    /// ISO 20022 status.
    pub status: Status,
    /// LEI of the bank that pays.
    pub instructing: String,
    /// LEI of the bank that is paid.
    pub instructed: String,
    /// Decimal text.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The debtor's reference.
    pub end_to_end_id: String,
    /// The day on which an own payment settles, YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement_date: Option<String>,
    /// Why it was rejected, or waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The receipt that proves the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptReport>,
    /// The receipt of the beneficiary bank's word that its customer has the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<ReceiptReport>,
    /// The review of a payment to this bank that waits for one of its people, or did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// Where it waits until its bank has the money for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<Place>,
    /// The customers' payment that it covers, of the same UETR, when it is a pacs.009 COV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<Covered>,
    /// Statuses so far, with the gateway's time.
    pub timeline: Vec<TimelineEntry>,
}

/// A payment of customers, as the cover of it tells: the paying bank's word, which no receipt proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Its UETR: that of its cover.
    pub uetr: String,
    /// The customer that pays.
    pub debtor: CoveredParty,
    /// The customer that is paid.
    pub creditor: CoveredParty,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remittance: Option<String>,
    /// What the debtor instructed, as decimal text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructed_amount: Option<String>,
    /// In which currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructed_currency: Option<String>,
}

/// A side of a payment that is covered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredParty {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// On whose behalf it pays, or whom the money reaches in the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ultimate: Option<String>,
    /// IBAN of its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iban: Option<String>,
    /// Another number of its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// BIC of its bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_bic: Option<String>,
    /// LEI of its bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_lei: Option<String>,
}

/// Why a payment was rejected, or waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The stable code.
    pub code: String,
    /// ISO 20022 external status reason.
    pub iso_reason: String,
    /// What the person said who rejected it at the beneficiary bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub information: Option<String>,
}

/// A receipt by hash and link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptReport {
    /// The command.
    pub command_id: String,
    /// Hex SHA-256 of the receipt file.
    pub sha256: String,
    /// Where to fetch it.
    pub href: String,
}

/// A status and when the gateway saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// ISO 20022 status.
    pub status: String,
    /// RFC 3339.
    pub at: String,
}

/// What the caller knows of a payment before the gateway says anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// UETR.
    pub uetr: Uetr,
    /// Amount and currency, of an own order.
    pub money: Option<ledger_core::money::Money>,
    /// LEI of the bank that is paid, where the order names it so.
    pub instructed: Option<Lei>,
    /// Which way, if the caller knows.
    pub direction: Option<Direction>,
}

impl Asked {
    /// Only its UETR is known.
    ///
    /// # Errors
    /// [`Error::Unsendable`], when it is no UETR.
    pub fn uetr(text: &str) -> Result<Self, Error> {
        let uuid = iso20022::identifier::parse_uetr(text);
        let uuid = uuid.ok_or(Error::Unsendable("the UETR (a version 4 UUID in lower case)"))?;
        let uetr = Uetr::new(*uuid.as_bytes());
        Ok(Self { uetr, money: None, instructed: None, direction: None })
    }
}

/// How far a payment is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// It settled, or was rejected.
    Settled,
    /// The beneficiary's customer has the money, or it was rejected.
    Credited,
}

/// How much of a payment is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Proved {
    Nothing,
    Settled(Box<Settled>),
    Rejected(Box<Rejected>),
}

/// A payment: what its gateway says, and what is proved of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    asked: Asked,
    report: PaymentReport,
    proved: Proved,
    credited: bool,
}

impl Tracked {
    /// What the gateway says.
    #[must_use]
    pub const fn report(&self) -> &PaymentReport {
        &self.report
    }

    /// The proof that it settled, checked against the trusted committee.
    #[must_use]
    pub fn settled(&self) -> Option<&Settled> {
        if let Proved::Settled(settled) = &self.proved { Some(settled) } else { None }
    }

    /// The proof that it ended without settlement. A payment that was rejected before it reached the
    /// ledger has none.
    #[must_use]
    pub fn rejected(&self) -> Option<&Rejected> {
        if let Proved::Rejected(rejected) = &self.proved { Some(rejected) } else { None }
    }

    /// Whether the beneficiary bank's word that its customer has the money is proved.
    #[must_use]
    pub const fn credited(&self) -> bool {
        self.credited
    }

    /// The status, as far as it may be believed: what is said to be settled is proved to be, or
    /// there would be an error in the place of this value.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.report.status
    }

    /// What was asked about.
    #[must_use]
    pub const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Whether there is nothing more to wait for.
    #[must_use]
    pub fn is_at(&self, until: Until) -> bool {
        match (self.status(), until) {
            (Status::Rjct | Status::Accc, _) | (Status::Acsc, Until::Settled) => true,
            (Status::Acsc, Until::Credited)
            | (Status::Rcvd | Status::Actc | Status::Acfc | Status::Pdng | Status::Acwp, _) => {
                false
            }
        }
    }
}

impl Gateway {
    /// Pays, and says what the gateway knows after [`crate::Limits::wait`]. The same payment again
    /// is the same payment.
    ///
    /// # Errors
    /// [`Error`]. A payment that was taken in and rejected is no error: see its status.
    pub async fn pay(&self, payment: &NewPayment) -> Result<Tracked, Error> {
        let money = self.trust.money(&payment.amount, &payment.currency)?;
        let instructed = payment.creditor_agent.lei.as_deref().and_then(Lei::new);
        let asked = Asked {
            money: Some(money),
            instructed,
            direction: Some(Direction::Outgoing),
            ..Asked::uetr(&payment.uetr)?
        };
        let body = serde_json::to_vec(payment).map_err(|_| Error::Unsendable("the payment"))?;
        self.enter(asked, body, JSON).await
    }

    /// Pays a pacs.008, under any envelope, as it is. Its agents are names of the directory, so which
    /// member is paid is checked only if the caller says it.
    ///
    /// # Errors
    /// As [`Gateway::pay`]; [`Error::Message`].
    pub async fn pay_message(&self, xml: &[u8], instructed: Option<Lei>) -> Result<Tracked, Error> {
        let message = Pacs008::find(xml)?;
        let money = self.trust.money(&message.amount.text, &message.amount.currency)?;
        let asked = Asked {
            uetr: Uetr::new(*message.uetr_or_derived().as_bytes()),
            money: Some(money),
            instructed,
            direction: Some(Direction::Outgoing),
        };
        self.enter(asked, xml.to_vec(), XML).await
    }

    async fn enter(&self, asked: Asked, body: Vec<u8>, media: &str) -> Result<Tracked, Error> {
        let mut request = self.request(Method::POST, "/v1/payments", body);
        request.content_type = Some(media.to_owned());
        request.unsigned_headers.insert(ACCEPT, HeaderValue::from_static(JSON));
        prefer_wait(&mut request, self.limits.wait);
        // A payment is its own idempotency key: leg and content.
        let answer = self.repeated(&request).await?;
        self.tracked(asked, report(&answer)?).await
    }

    /// A payment as it stands, at either bank.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Proof`] when what the gateway says is not what is proved.
    pub async fn payment(&self, asked: &Asked) -> Result<Tracked, Error> {
        let path = format!("/v1/payments/{}", asked.uetr.to_text());
        let report = self.get(&path, REPORT).await?;
        self.tracked(asked.clone(), report).await
    }

    /// Waits for the end of a payment, at most so long.
    ///
    /// # Errors
    /// [`Error::Waited`] when it is not at its end by then; otherwise as [`Gateway::payment`].
    pub async fn wait(
        &self,
        payment: &Tracked,
        until: Until,
        at_most: Duration,
    ) -> Result<Tracked, Error> {
        let deadline = Instant::now() + at_most;
        let mut known = payment.clone();
        while !known.is_at(until) {
            if Instant::now() >= deadline {
                return Err(Error::Waited { status: known.status(), waited: at_most });
            }
            tokio::time::sleep(LOOK).await;
            known = self.payment(&known.asked).await?;
        }
        Ok(known)
    }

    /// Says, as the beneficiary bank, that the customer has the money.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn confirm_credit(&self, asked: &Asked, key: &Key) -> Result<CommandReport, Error> {
        let path = format!("/v1/payments/{}/credit", asked.uetr.to_text());
        self.post(&path, key, &serde_json::json!({}), "a command's report").await
    }

    /// Compares a report with what was asked, and proves what it claims.
    async fn tracked(&self, asked: Asked, report: PaymentReport) -> Result<Tracked, Error> {
        let mut expected = self.expected(&asked, &report)?;
        let mut tracked = Tracked { asked, report, proved: Proved::Nothing, credited: false };
        let report = &tracked.report;
        if !report.status.says_settled() && report.status != Status::Rjct {
            return Ok(tracked);
        }
        let own = Some(self.account_named(&report.currency).await?.0);
        match report.direction {
            Direction::Outgoing => expected.debit = own,
            Direction::Incoming => expected.credit = own,
        }
        tracked.proved = match (&report.receipt, report.status) {
            (None, Status::Rjct) => Proved::Nothing,
            (None, status) => Err(ProofError::Missing { said: status.code() })?,
            (Some(receipt), Status::Rjct) => {
                let file = self.receipt(receipt).await?;
                Proved::Rejected(Box::new(Rejected::check(&file, &expected, &self.trust)?))
            }
            (Some(receipt), _) => {
                let file = self.receipt(receipt).await?;
                Proved::Settled(Box::new(Settled::check(&file, &expected, &self.trust)?))
            }
        };
        if report.status == Status::Accc {
            let said = ProofError::Missing { said: "ACCC" };
            let file = self.receipt(report.confirmation.as_ref().ok_or(said)?).await?;
            check_credited(&file, &expected, &self.trust)?;
            tracked.credited = true;
        }
        Ok(tracked)
    }

    /// The payment that a proof must name: by the order as far as it says, else by the report.
    fn expected(&self, asked: &Asked, report: &PaymentReport) -> Result<Expected, Error> {
        let other = |field| Err(Error::OtherPayment(field));
        let unreadable = Error::Unreadable { status: 200, expected: REPORT };
        let (Some(instructing), Some(instructed)) =
            (Lei::new(&report.instructing), Lei::new(&report.instructed))
        else {
            return Err(unreadable);
        };
        let own = match report.direction {
            Direction::Outgoing => (instructing, Field::Payer),
            Direction::Incoming => (instructed, Field::Payee),
        };
        let money = self.trust.money(&report.amount, &report.currency)?;
        if Asked::uetr(&report.uetr)?.uetr != asked.uetr {
            return other(Field::Uetr);
        }
        // A cover has the UETR of what it covers (P11).
        if report.covers.as_ref().is_some_and(|covered| covered.uetr != report.uetr) {
            return other(Field::Uetr);
        }
        if asked.direction.is_some_and(|direction| direction != report.direction) {
            return other(Field::Direction);
        }
        if own.0 != self.member {
            return other(own.1);
        }
        if asked.instructed.is_some_and(|lei| lei != instructed) {
            return other(Field::Payee);
        }
        if let Some(known) = asked.money {
            if known.currency() != money.currency() {
                return other(Field::Currency);
            }
            if known.minor() != money.minor() {
                return other(Field::Amount);
            }
        }
        let uetr = asked.uetr;
        Ok(Expected { uetr, money, instructing, instructed, debit: None, credit: None })
    }

    /// A receipt file, if it is the one that is named by its hash.
    async fn receipt(&self, named: &ReceiptReport) -> Result<Vec<u8>, Error> {
        let command = segment(&named.command_id, "the command")?;
        let file = self.fetch(&format!("/v1/receipts/{command}")).await?;
        if is_named(&file, &named.sha256) { Ok(file) } else { Err(ProofError::OtherFile.into()) }
    }
}

/// The report in an answer to a payment: 200, 202, and 422 when it was taken in and rejected.
fn report(answer: &ClientResponse) -> Result<PaymentReport, Error> {
    let taken = answer.is_success() || (answer.status == 422 && answer.problem().is_none());
    if !taken {
        return Err(refusal(answer, REPORT));
    }
    serde_json::from_slice(&answer.body)
        .map_err(|_| Error::Unreadable { status: answer.status, expected: REPORT })
}

#[cfg(test)]
mod tests;
