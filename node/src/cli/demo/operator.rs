//! The network operator of the demo: two persons and a way to the ledger.

use std::{path::Path, sync::Arc, time::Duration};

use ledger_core::{
    command::{Action, Approval, Body, Command, SignedCommand},
    proposal::POLICY_VERSION,
    receipt::Outcome,
    signature::{MemorySigner, Signer},
    time::Height,
};
use settlement_api::{
    client::{ClientRequest, SignedClient},
    keys::random_32,
    ledger_port::{LedgerClient, PortStatus, ProvedReceipt, STATUS},
};
use verifier::Committee;

use super::{
    DemoError,
    network::{Network, card},
    story::{PATIENCE, signed_client},
};
use crate::{
    cli::keygen::Card,
    keyfile::{self, TransportKey},
};

/// The network operator: two persons and a way to the ledger.
pub(super) struct Operator {
    ledger: LedgerClient,
    client: SignedClient,
    maker: MemorySigner,
    checker: MemorySigner,
    organisation: ledger_core::id::Lei,
    chain: ledger_core::id::ChainId,
    after: (Height, u32),
}

impl Operator {
    pub(super) fn new(folder: &Path, network: &Network) -> Result<Self, DemoError> {
        let keys = folder.join("operator/keys");
        let bad = |error: keyfile::KeyFileError| DemoError::unexpected("key", error.to_string());
        let transport = keys.join("service/transport.key");
        let committee = Committee::new(&network.genesis)
            .map_err(|error| DemoError::unexpected("genesis", error.to_string()))?;
        let signer = Arc::new(TransportKey::load(&transport).map_err(bad)?);
        let Card::Institution { lei, .. } = card(&keys.join("maker"))? else {
            return Err(DemoError::unexpected("operator", "not an institution's card"));
        };
        Ok(Self {
            ledger: LedgerClient::new(network.ledger_urls(), signer, Arc::new(committee))?,
            client: signed_client(&transport)?,
            maker: keyfile::ledger_signer(&keys.join("maker/operator.key")).map_err(bad)?,
            checker: keyfile::ledger_signer(&keys.join("checker/operator.key")).map_err(bad)?,
            organisation: lei,
            chain: network.genesis.chain_id(),
            after: (Height::new(0), 0),
        })
    }

    /// One person proposes, another approves; the proved receipt of the approval.
    pub(super) async fn decide(&mut self, action: Action) -> Result<ProvedReceipt, DemoError> {
        let now = self.ledger.latest().await?.header.time;
        let content = action.content();
        let expires = now.after(3_600_000);
        let maker = self.sign(Command::Propose { action, expires }, now, &self.maker)?;
        let proposed = self.settle(&maker).await?;
        if !matches!(proposed.proof.receipt.outcome, Outcome::Applied(_)) {
            return Ok(proposed);
        }
        let proposal = maker.body.id();
        let approval = Approval { proposal, content, policy_version: POLICY_VERSION };
        let checker = self.sign(Command::Approve(approval), now, &self.checker)?;
        self.settle(&checker).await
    }

    fn sign(
        &self,
        command: Command,
        now: ledger_core::time::LedgerTime,
        signer: &dyn Signer,
    ) -> Result<SignedCommand, DemoError> {
        let body = Body {
            chain: self.chain,
            organisation: self.organisation,
            signers: Vec::new(),
            nonce: random_32(),
            expires: now.after(60_000),
            command,
        };
        SignedCommand::sign(body, &[signer])
            .map_err(|error| DemoError::unexpected("operator key", error.to_string()))
    }

    /// Submits a command and waits for its proved receipt.
    async fn settle(&mut self, command: &SignedCommand) -> Result<ProvedReceipt, DemoError> {
        let id = self.ledger.submit(command).await?;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < deadline {
            for proved in self.ledger.receipts(self.after, Duration::from_secs(2)).await? {
                let receipt = &proved.proof.receipt;
                self.after = (receipt.height, receipt.index);
                if receipt.command == id {
                    return Ok(proved);
                }
            }
        }
        Err(DemoError::unexpected("operator's command", "no receipt in time"))
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
