//! Where every unit is: balances of the banks and the supply, as their gateways prove them.

use serde_json::{Value, json};

use crate::network::{Network, Request, until};

/// Media type of a message.
pub const XML: &str = "application/xml";
/// The currency of the demo's network.
pub const CURRENCY: &str = "USD";
/// UETR of the message that the demo paid.
pub const FIXTURE_UETR: &str = "3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163";
/// Banks with an account.
const BANKS: [&str; 3] = ["bank-a", "bank-b", "bank-c"];

/// Minor units by bank and class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    /// Bank A's, not earmarked.
    pub a: u128,
    /// Bank B's, not earmarked.
    pub b: u128,
    /// Bank C's, not earmarked.
    pub c: u128,
    /// Earmarked for payments, of all.
    pub held: u128,
    /// Locked for redemption, of all.
    pub preburned: u128,
    /// By the issuer's proof.
    pub supply: u128,
}

impl Books {
    /// As the gateways say now, each by a proof of its own, which may be of another height.
    ///
    /// # Panics
    /// When a gateway does not answer.
    #[must_use]
    pub fn read(network: &Network) -> Self {
        let accounts = BANKS.map(|bank| {
            let answer = network.get(bank, &format!("{bank}-core"), "/v1/accounts");
            assert_eq!(answer.status, 200, "{bank}: {answer:?}");
            let accounts = answer.json();
            let mut all = accounts.as_array().into_iter().flatten();
            all.find(|account| account["currency"] == CURRENCY).cloned().unwrap_or_default()
        });
        let supply = network.get("treasury", "treasury-maker", &format!("/v1/supply/{CURRENCY}"));
        let of = |class: &str| accounts.each_ref().map(|account| minor(&account[class]));
        let [a, b, c] = of("available");
        let supply = minor(&supply.json()["supply"]);
        let (held, preburned) = (of("held").iter().sum(), of("preburned").iter().sum());
        Self { a, b, c, held, preburned, supply }
    }

    /// Whether nothing is earmarked and all of the supply is somewhere (I1).
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.held == 0 && self.a + self.b + self.c + self.preburned == self.supply
    }

    /// The books once nothing is under way any more.
    ///
    /// # Panics
    /// When they do not add up in time.
    #[must_use]
    pub fn settled(network: &Network) -> Self {
        let mut books = Self::read(network);
        let settled = until(|| {
            books = Self::read(network);
            books.is_settled()
        });
        assert!(settled, "{books:?}");
        books
    }

    /// Waits until the books are these: a validator that is asked may be a block behind.
    ///
    /// # Panics
    /// When they do not become it.
    pub fn assert_still(&self, network: &Network, after: &str) {
        let mut books = Self::read(network);
        let same = until(|| {
            books = Self::read(network);
            books == *self
        });
        assert!(same, "after {after}: {books:?} instead of {self:?}");
    }
}

/// Minor units of a decimal text with two places.
#[must_use]
pub fn minor(text: &Value) -> u128 {
    let digits = text.as_str().unwrap_or_default().replace('.', "");
    digits.parse().unwrap_or_else(|_| panic!("{text} is no amount"))
}

/// An UETR of the tests' own: version 4, never used by the demo.
#[must_use]
pub fn uetr(n: u64) -> String {
    format!("00000000-0000-4000-8000-{n:012x}")
}

/// Bank A's core sends a pacs.008.
#[must_use]
pub fn pay(network: &Network, xml: &str) -> crate::http::Answer {
    let body = (XML, xml.as_bytes());
    network
        .call("bank-a", Request { client: "bank-a-core", target: ("POST", "/v1/payments"), body })
}

/// A bank's compliance registers a customer; more fields change what is said by default.
///
/// # Panics
/// When it is refused.
pub fn register(network: &Network, bank: &str, number: &str, more: &Value) {
    let mut body =
        json!({"name": format!("Customer {number}"), "account": number, "level": "full"});
    for (field, value) in more.as_object().into_iter().flatten() {
        body[field] = value.clone();
    }
    if body["expires"].is_null() {
        body["valid_days"] = 30.into();
    }
    let answer = network.post(bank, &format!("{bank}-compliance"), "/v1/customers", &body);
    assert_eq!(answer.status, 200, "{body}: {answer:?}");
}

/// The handle by which the ledger knows a bank's customer.
///
/// # Panics
/// When the bank has no such customer.
#[must_use]
pub fn party(network: &Network, bank: &str, number: &str) -> String {
    let all = network.get(bank, &format!("{bank}-compliance"), "/v1/customers").json();
    let named = |customer: &&Value| {
        customer["account"].as_str().is_some_and(|account| account.ends_with(number))
    };
    let found = all.as_array().into_iter().flatten().find(named);
    let party = found.and_then(|customer| customer["party"].as_str());
    party.unwrap_or_else(|| panic!("{bank} has no customer {number}: {all}")).to_owned()
}
