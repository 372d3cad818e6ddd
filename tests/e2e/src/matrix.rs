//! A matrix of bad input: each row is one request, what it must be answered, and that nothing
//! else came of it.

use crate::{
    books::Books,
    http::{Answer, PROBLEM},
    network::{Network, until},
};

/// What a row must be answered.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// The ISO 20022 reason; empty where a payment message gets none.
    pub iso: &'static str,
}

/// The rows so far.
pub struct Matrix<'a> {
    network: &'a Network,
    books: Books,
    rows: usize,
    wrong: Vec<String>,
}

impl<'a> Matrix<'a> {
    /// A matrix of requests none of which may change the books.
    #[must_use]
    pub fn new(network: &'a Network) -> Self {
        Self { network, books: Books::settled(network), rows: 0, wrong: Vec::new() }
    }

    /// Asks and checks: the answer, its media type, that it was counted, that the books stand.
    pub fn row(
        &mut self,
        what: &str,
        gateway: &str,
        (status, code, iso): (u16, &'static str, &'static str),
        ask: impl FnOnce() -> Answer,
    ) -> Answer {
        self.rows += 1;
        let expected = Expected { status, code, iso };
        let before = self.network.counters(gateway);
        let answer = ask();
        if let Some(wrong) = wrong(&answer, expected) {
            self.wrong.push(format!("{what}: {wrong}: {answer:?}"));
        }
        let names = counted_as(&answer, expected);
        let risen = until_risen(self.network, gateway, &before, &names);
        if !risen {
            self.wrong.push(format!("{what}: none of {names:?} was counted"));
        }
        self.books.assert_still(self.network, what);
        answer
    }

    /// Notes what a row's answer should also have been.
    pub fn also(&mut self, what: &str, holds: bool) {
        if !holds {
            self.wrong.push(what.to_owned());
        }
    }

    /// How the books stand from here on: a step between the rows may move money.
    pub fn begin_anew(&mut self) {
        self.books = Books::settled(self.network);
    }

    /// Ends the matrix.
    ///
    /// # Panics
    /// When a row was not as it should be; all of them are named.
    pub fn finish(self) {
        assert!(self.rows > 0);
        let Self { rows, wrong, .. } = self;
        assert!(wrong.is_empty(), "{} of {rows} rows:\n{}", wrong.len(), wrong.join("\n"));
    }
}

fn wrong(answer: &Answer, expected: Expected) -> Option<String> {
    let Expected { status, code, iso } = expected;
    let found = (answer.status, answer.code(), answer.iso_reason());
    if found != (status, code.to_owned(), iso.to_owned()) {
        return Some(format!("{found:?} instead of {expected:?}"));
    }
    // A payment that was rejected is answered by its report (docs/api.md), all else by a problem.
    let json = answer.json();
    if json["reason"].is_object() {
        let rejected = json["status"] == "RJCT" && answer.media == "application/json";
        return (!rejected).then(|| "not a report of a rejected payment".to_owned());
    }
    let named = json["type"] == format!("urn:florin:problem:{code}");
    let helps = !json["detail"].as_str().unwrap_or_default().is_empty();
    let whole = named && helps && json["status"] == status && answer.media == PROBLEM;
    (!whole).then(|| "not a whole problem".to_owned())
}

/// The counters of which one must rise.
fn counted_as(answer: &Answer, expected: Expected) -> Vec<String> {
    let Expected { status, code, .. } = expected;
    if answer.json()["reason"].is_object() {
        let ledger = format!("florin_gateway_refusals_total{{code=\"{code}\"}}");
        return vec![ledger, "florin_gateway_payments_total{status=\"RJCT\"}".to_owned()];
    }
    vec![format!("florin_gateway_requests_total{{code=\"{code}\",status=\"{status}\"}}")]
}

/// Whether one of the counters rises soon: some are counted just after the answer.
fn until_risen(
    network: &Network,
    gateway: &str,
    before: &std::collections::BTreeMap<String, u64>,
    names: &[String],
) -> bool {
    let mut tries = 0;
    let mut risen = false;
    let _ = until(|| {
        let now = network.counters(gateway);
        let rose = |name: &String| now.get(name) > before.get(name);
        risen = names.iter().any(rose);
        tries += 1;
        risen || tries > 50
    });
    risen
}
