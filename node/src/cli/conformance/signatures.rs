//! Requests whose signature does not count.

use std::sync::Arc;

use florin_client::exchange::SignedRequest;
use florin_client::http_signature::unix_now_s;
use reqwest::header::HeaderValue;
use serde_json::json;
use settlement_api::keys::random_32;

use super::kit::{Fault, Held, Kit, differs, refused};
use crate::keyfile::TransportKey;

const READ: &str = "/v1/accounts";

impl Kit {
    fn signed(&self) -> Result<SignedRequest, Fault> {
        Ok(self.gateway.http().sign(self.get(READ))?)
    }

    async fn refuses(&self, request: &SignedRequest, code: &str) -> Held {
        let answer = self.gateway.http().send_signed(request).await?;
        refused(&answer, (401, code))
    }

    pub(super) async fn sig_good(&self) -> Held {
        let answer = self.gateway.http().send_signed(&self.signed()?).await?;
        let got = answer.status.to_string();
        if answer.is_success() { Ok(got) } else { differs(got) }
    }

    pub(super) async fn sig_missing(&self) -> Held {
        let mut request = self.signed()?;
        request.headers.remove("signature");
        request.headers.remove("signature-input");
        self.refuses(&request, "signature_missing").await
    }

    pub(super) async fn sig_nonce(&self) -> Held {
        let request = self.signed()?;
        let first = self.gateway.http().send_signed(&request).await?;
        if !first.is_success() {
            return differs(format!("{} the first time", first.status));
        }
        self.refuses(&request, "nonce_reused").await
    }

    pub(super) async fn sig_altered(&self) -> Held {
        let mut request = self.signed()?;
        let changed = request.headers.get("signature").and_then(|value| {
            let text = value.to_str().ok()?;
            // The first digit after `sig1=:` stands for the first six bits.
            let (head, digits) = text.split_at_checked(6)?;
            let first = if digits.starts_with('A') { "B" } else { "A" };
            HeaderValue::from_str(&format!("{head}{first}{}", digits.get(1..)?)).ok()
        });
        request.headers.insert("signature", changed.ok_or(Fault::NotRun("no signature"))?);
        self.refuses(&request, "signature_invalid").await
    }

    pub(super) async fn sig_path(&self) -> Held {
        let mut request = self.signed()?;
        request.url.set_path("/v1/customers");
        self.refuses(&request, "signature_invalid").await
    }

    /// A signature made so many seconds from now.
    pub(super) async fn sig_at(&self, seconds: i64, code: &str) -> Held {
        let then = unix_now_s().saturating_add_signed(seconds);
        let request = self.gateway.http().sign_at(self.get(READ), then)?;
        self.refuses(&request, code).await
    }

    pub(super) async fn sig_digest(&self) -> Held {
        let post = self.post("/v1/payments", &json!({"amount": "1.00"}));
        let mut request = self.gateway.http().sign(post)?;
        request.body = r#"{"amount":"9.00"}"#.into();
        self.refuses(&request, "content_digest_mismatch").await
    }

    pub(super) async fn sig_key(&self) -> Held {
        let stranger = TransportKey::from_secret(random_32().get());
        let stranger = self.gateway.http().signing_as(Arc::new(stranger));
        let request = stranger.sign(self.get(READ))?;
        self.refuses(&request, "key_unknown").await
    }
}
