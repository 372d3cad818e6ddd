//! What is sent: the body of an event, and the headers of Standard Webhooks 1.0.
//!
//! # Invariants the id of an event is the same at every attempt and at every endpoint; what is signed
//! #            is id, time and the bytes of the body

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ledger_core::id::Lei;
use serde::Serialize;
use sha2::Sha256;
use utoipa::ToSchema;

use crate::{
    events::feed::{Event, EventReport},
    openapi::text::Time,
};

/// The body of a request to an endpoint.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WebhookEvent {
    /// `payment.status`, `return.status` when a payment's money goes back, `recall.status` when it is
    /// asked back, `directory.entry`, `case.clock`.
    pub r#type: &'static str,
    /// When the gateway noted it, RFC 3339.
    #[schema(value_type = Time)]
    pub timestamp: String,
    /// The event as `GET /v1/events` tells it.
    pub data: EventReport,
}

impl WebhookEvent {
    /// Of an event.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let data = event.report();
        let r#type = match data.about {
            "return" => "return.status",
            "recall" => "recall.status",
            "directory" => "directory.entry",
            "case" => "case.clock",
            _ => "payment.status",
        };
        Self { r#type, timestamp: data.at.clone(), data }
    }
}

/// The `webhook-id` of an event of an institution's feed.
#[must_use]
pub fn id(lei: &Lei, number: u64) -> String {
    format!("evt_{lei}_{number}")
}

/// A symmetric key as both sides write it down.
#[must_use]
pub fn written(secret: &[u8]) -> String {
    format!("whsec_{}", BASE64_STANDARD.encode(secret))
}

/// The `webhook-signature`: one member per secret, separated by blanks.
#[must_use]
pub fn signature<'s>(
    secrets: impl IntoIterator<Item = &'s [u8]>,
    (id, unix_s, body): (&str, u64, &[u8]),
) -> String {
    let one = |secret: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
        mac.update(format!("{id}.{unix_s}.").as_bytes());
        mac.update(body);
        Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
    };
    let members: Vec<String> = secrets.into_iter().filter_map(one).collect();
    members.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the reference libraries.
    #[test]
    fn e2_the_signature_is_that_of_standard_webhooks() {
        let secret = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed =
            ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, &br#"{"test": 2432232314}"#[..]);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature([secret.as_slice()], signed), expected);
        let two = signature([secret.as_slice(), &[7; 32]], signed);
        assert_eq!(two.split(' ').count(), 2);
        assert!(two.starts_with(&format!("{expected} v1,")));
        assert_eq!(written(&secret), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }
}
