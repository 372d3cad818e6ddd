//! How the demo looks at the validators: through the ledger port, as the operator's service does.

use std::path::Path;

use settlement_api::{
    client::{ClientRequest, SignedClient},
    ledger_port::{PortStatus, STATUS},
    tls::ServerTrust,
};

use super::{DemoError, story::signed_client};

/// A way to the ledger port.
pub(super) struct Operator {
    client: SignedClient,
}

impl Operator {
    pub(super) fn new(folder: &Path, server: &ServerTrust) -> Result<Self, DemoError> {
        let key = folder.join("operator/keys/service/transport.key");
        Ok(Self { client: signed_client(&key, server)? })
    }

    /// Where every validator is; `None` when one does not say.
    pub(super) async fn statuses(&self, urls: &[String]) -> Option<Vec<PortStatus>> {
        let mut all = Vec::new();
        for url in urls {
            let answer = self.client.send(ClientRequest::get(format!("{url}{STATUS}"))).await;
            all.push(serde_json::from_slice(&answer.ok()?.body).ok()?);
        }
        Some(all)
    }
}
