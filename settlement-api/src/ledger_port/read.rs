//! Reading what validators say, and believing what proves itself.
//!
//! # Place      [`LedgerClient`]'s questions -> [read] -> [`super::hedge`] -> validators
//! # Invariants an answer counts when all of it is proved and is what was asked for; a validator that
//! #            answers something else is passed over like one that does not answer; G4 that there is no
//! #            such thing counts when so many say so that one of them is honest
//! # Absent     that there is more, or later, than what is shown: callers ask several where that matters

use std::{collections::BTreeSet, sync::PoisonError, time::Duration};

use ledger_core::{codec::decode, digest::Hash32};
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use verifier::VerifyError;

use super::{
    BlockPage, Certified, DirectoryPage, HandoverPage, LedgerClient, MAX_ANSWER, PortError,
    ProvedReceipt, ProvedRecord, ReceiptPage,
    hedge::{BESIDE, Tell},
    refused,
};
use crate::client::ClientRequest;

/// What a validator says, with what proves it.
pub(super) trait Proved: DeserializeOwned + Send + Sync + 'static {
    /// Headers that must be certified.
    fn headers(&self) -> Vec<&Certified> {
        Vec::new()
    }

    /// Whether all of it holds under them.
    fn holds(&self) -> bool {
        true
    }
}

impl Proved for Certified {
    fn headers(&self) -> Vec<&Certified> {
        vec![self]
    }
}

impl Proved for ReceiptPage {
    fn headers(&self) -> Vec<&Certified> {
        self.receipts.iter().map(|proved| &proved.certified).collect()
    }

    fn holds(&self) -> bool {
        let holds = |ProvedReceipt { proof, certified }: &ProvedReceipt| {
            proof.holds_under(&certified.header.results)
        };
        self.receipts.iter().all(holds)
    }
}

impl Proved for ProvedRecord {
    fn headers(&self) -> Vec<&Certified> {
        vec![&self.certified]
    }

    fn holds(&self) -> bool {
        self.proof.holds_under(&self.certified.header.results)
    }
}

impl Proved for DirectoryPage {
    fn headers(&self) -> Vec<&Certified> {
        vec![&self.certified]
    }

    fn holds(&self) -> bool {
        let results = &self.certified.header.results;
        self.members.iter().all(|proof| proof.holds_under(results))
    }
}

/// Each block carries its own certificate (W25).
impl Proved for BlockPage {}

/// Each handover carries its own certificate (W23).
impl Proved for HandoverPage {}

impl LedgerClient {
    /// Reads what a validator may wait so long to say, proves itself and is what was asked for. One that
    /// answers something else counts as one that does not answer; of those that say that there is no such
    /// thing as many are asked as are [`LedgerClient::witnesses`], and one that shows it is believed.
    pub(super) async fn read<T: Proved>(
        &self,
        path: &str,
        wait: Duration,
        asked: impl Fn(&T) -> bool + Clone + Send + 'static,
    ) -> Result<T, PortError> {
        // Who is asked in vain is not asked any longer when another has answered.
        let mut asking = JoinSet::new();
        let start = |number: usize, tell: Tell<Result<T, PortError>>| {
            let Some(validator) = self.validators.get(number) else { return false };
            let (client, asked) = (self.clone(), asked.clone());
            let url = format!("{validator}{path}");
            asking.spawn(async move {
                // The caller may be gone.
                let _ = tell.send((number, client.read_one(url, asked).await));
            });
            true
        };
        let mut answer = Err(PortError::NoValidators);
        let mut more = self.witnesses();
        let heard = |heard: Result<T, PortError>| {
            more = if heard.is_ok() { 0 } else { more.saturating_sub(1) };
            answer = heard;
            more
        };
        self.ask(1, wait.saturating_add(BESIDE), start, heard).await?;
        answer
    }

    /// What one validator says; that there is no such thing is an answer as well.
    async fn read_one<T: Proved>(
        &self,
        url: String,
        asked: impl Fn(&T) -> bool,
    ) -> Result<Result<T, PortError>, PortError> {
        let answer = match self.client.send(ClientRequest::get(url)).await {
            Ok(answer) if answer.is_success() => answer,
            Ok(answer) => match refused(&answer) {
                none @ PortError::Refused(_) if answer.status == 404 => return Ok(Err(none)),
                fault => return Err(fault),
            },
            Err(error) => return Err(PortError::Unreachable(error)),
        };
        let unreadable = PortError::Unreadable { status: answer.status };
        let said: T = decode(&answer.body, MAX_ANSWER).map_err(|_| unreadable)?;
        for certified in said.headers() {
            self.check(certified).await?;
        }
        if said.holds() && asked(&said) { Ok(Ok(said)) } else { Err(PortError::ProofInvalid) }
    }

    /// Checks a certificate once per header. One of a committee that is not known makes it ask for those
    /// that came after.
    async fn check(&self, certified: &Certified) -> Result<(), PortError> {
        match self.check_known(certified) {
            Err(VerifyError::OtherCommittee) => self.learn().await?,
            known => return known.map_err(|_| PortError::ProofInvalid),
        }
        self.check_known(certified).map_err(|_| PortError::ProofInvalid)
    }

    fn check_known(&self, certified: &Certified) -> Result<(), VerifyError> {
        let digest = certified.header.digest();
        let known = |set: &BTreeSet<Hash32>| set.contains(&digest);
        if known(&self.checked.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        self.committee.verify(&certified.header, &certified.certificate)?;
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if checked.len() > 4_096 {
            checked.clear();
        }
        checked.insert(digest);
        Ok(())
    }
}
