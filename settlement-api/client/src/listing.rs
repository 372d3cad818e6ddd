//! Payments of both directions in the order in which they came to the gateway, page by page.

use serde::{Deserialize, Serialize};

use crate::{error::Error, gateway::Gateway, payments::PaymentReport};

/// Which payments; what is left out is every one's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedPayments {
    /// With this status of ISO 20022 now.
    pub status: Option<String>,
    /// `outgoing` or `incoming`.
    pub direction: Option<String>,
    /// With this reference of the debtor's.
    pub end_to_end_id: Option<String>,
    /// Which came at this RFC 3339 time or later.
    pub from: Option<String>,
    /// Which came before this time.
    pub to: Option<String>,
    /// On from the page that ended with this.
    pub after: Option<u64>,
    /// At most so many, 1 to 200.
    pub limit: Option<u32>,
}

/// A page of payments: what the gateway says, not what is proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentsPage {
    /// In the order in which they came.
    pub payments: Vec<PaymentReport>,
    /// Where the next page begins, if anything comes after this one; a short or empty page may not be the
    /// last.
    pub after: Option<u64>,
}

impl WantedPayments {
    fn query(&self) -> String {
        let Self { status, direction, end_to_end_id, from, to, after, limit } = self.clone();
        let numbers = [after.map(|n| n.to_string()), limit.map(|n| n.to_string())];
        let [after, limit] = numbers;
        let given = [
            ("status", status),
            ("direction", direction),
            ("end_to_end_id", end_to_end_id),
            ("from", from),
            ("to", to),
            ("after", after),
            ("limit", limit),
        ];
        let parts = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let parts: Vec<_> = parts.map(|(name, value)| format!("{name}={}", sent(&value))).collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

/// A value as a query carries it.
fn sent(value: &str) -> String {
    let one = |byte: u8| match byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    value.bytes().map(one).collect()
}

impl Gateway {
    /// A page of payments that this bank sent or that were delivered to it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn payments(&self, wanted: &WantedPayments) -> Result<PaymentsPage, Error> {
        self.get(&format!("/v1/payments{}", wanted.query()), "a list of payments").await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_a_query_and_nothing_in_it_begins_another_part() {
        assert_eq!(WantedPayments::default().query(), "");
        let wanted = WantedPayments {
            status: Some("ACSC".to_owned()),
            end_to_end_id: Some("RENT 7&limit=1".to_owned()),
            from: Some("2026-11-23T00:00:00Z".to_owned()),
            after: Some(17),
            limit: Some(5),
            ..WantedPayments::default()
        };
        let expected = "?status=ACSC&end_to_end_id=RENT%207%26limit%3D1\
                        &from=2026-11-23T00%3A00%3A00Z&after=17&limit=5";
        assert_eq!(wanted.query(), expected);
    }
}
