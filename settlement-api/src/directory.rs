//! The member directory as this gateway last read it from the ledger, with proofs.
//!
//! # Place      finds the beneficiary bank of a payment, its endpoint and its keys
//! # Invariants only proved entries are here; one that is gone from the ledger is gone here at the
//! #            next reading, every two seconds
//! #            B13 what is decided of an entry and does not act yet is here beside it
//! # Absent     proof that what a validator showed is the latest state (planned)

pub mod waits;
pub(crate) mod watch;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ledger_core::{
    authority::Role,
    id::{Lei, Text},
    member::{DirectoryEntry, MemberStatus},
    record::{Name, Record},
    signature::PublicKey,
};
use verifier::RecordFile;

use self::waits::Waits;
use crate::{
    gateway::{Gateway, GatewayFault},
    ledger_port::{LedgerClient, PortError},
    refused::Refused,
};

/// Characters of a BIC that name a party (ISO 9362); three more name a branch of it.
const PARTY: usize = 8;

/// Proved directory entries of active members.
#[derive(Clone)]
pub struct Directory {
    ledger: LedgerClient,
    entries: Arc<RwLock<Vec<DirectoryEntry>>>,
    waiting: Arc<RwLock<BTreeMap<Lei, Vec<Waits>>>>,
    read: Arc<AtomicBool>,
}

impl Directory {
    /// An empty directory that will read from the ledger.
    #[must_use]
    pub fn new(ledger: LedgerClient) -> Self {
        Self { ledger, entries: Arc::default(), waiting: Arc::default(), read: Arc::default() }
    }

    /// Reads the directory now.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn refresh(&self) -> Result<(), PortError> {
        // Before the entries: what acts meanwhile is seen as done, not as taken back.
        let waiting = self.waiting().await;
        let members = self.ledger.directory().await?;
        let active = members.into_iter().filter(|m| m.status == MemberStatus::Active);
        let read: Vec<DirectoryEntry> = active.map(|member| member.directory).collect();
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        match waiting {
            Ok(Some(waiting)) => {
                *self.waiting.write().unwrap_or_else(PoisonError::into_inner) = waiting;
            }
            Ok(None) => {}
            Err(fault) => tracing::debug!(%fault, "directory.waiting"),
        }
        *entries = read;
        self.read.store(true, Ordering::Release);
        Ok(())
    }

    /// What is decided and does not act yet; nothing when a validator that is behind was asked.
    async fn waiting(&self) -> Result<Option<BTreeMap<Lei, Vec<Waits>>>, PortError> {
        let terms = match self.ledger.record(&Name::DirectoryTerms).await {
            Ok(Some((Record::DirectoryTerms(terms), _))) => terms,
            Ok(_) => {
                let known = self.waiting.read().unwrap_or_else(PoisonError::into_inner);
                return Ok(known.is_empty().then(BTreeMap::new));
            }
            // A validator of an earlier version of the rules knows no such record: nothing waits there.
            Err(PortError::Refused(problem)) if problem.status().as_u16() == 400 => {
                return Ok(Some(BTreeMap::new()));
            }
            Err(fault) => return Err(fault),
        };
        let mut waiting = BTreeMap::new();
        for due in &terms.due {
            let found = self.ledger.record(&Name::DirectoryNotice(due.member)).await?;
            let Some((Record::DirectoryNotice(notice), _)) = found else { return Ok(None) };
            waiting.insert(due.member, Waits::of(&notice));
        }
        Ok(Some(waiting))
    }

    /// Every member's entry, and what is decided of it and does not act yet.
    #[must_use]
    pub fn all(&self) -> Vec<(DirectoryEntry, Vec<Waits>)> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let waiting = self.waiting.read().unwrap_or_else(PoisonError::into_inner);
        let waits = |lei: &Lei| waiting.get(lei).cloned().unwrap_or_default();
        entries.iter().map(|entry| (entry.clone(), waits(&entry.lei))).collect()
    }

    /// As if these entries had been read.
    #[cfg(test)]
    pub(crate) fn learn(&self, entries: Vec<DirectoryEntry>) {
        *self.entries.write().unwrap_or_else(PoisonError::into_inner) = entries;
    }

    /// Reads the directory again every two seconds.
    pub async fn follow(self) {
        loop {
            let pause = match self.refresh().await {
                Ok(()) => Duration::from_secs(2),
                Err(fault) => {
                    tracing::debug!(%fault, "directory.follow");
                    Duration::from_millis(200)
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// The entry that `matching` picks.
    fn find(&self, matching: impl Fn(&DirectoryEntry) -> bool) -> Option<DirectoryEntry> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.iter().find(|entry| matching(entry)).cloned()
    }

    /// A member by its LEI.
    #[must_use]
    pub fn member(&self, lei: &Lei) -> Option<DirectoryEntry> {
        self.find(|entry| entry.lei == *lei)
    }

    /// Whether it was read since the process started.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.read.load(Ordering::Acquire)
    }

    /// A member by any of the names under which a message knows it; nobody when they are names of
    /// two members, or one of them cannot be this member's.
    #[must_use]
    pub fn by_alias(&self, names: &[String]) -> Option<DirectoryEntry> {
        let aliases: Vec<Text> = names.iter().filter_map(|name| Text::new(name)).collect();
        let is_named = |entry: &DirectoryEntry| {
            aliases.iter().any(|alias| entry.aliases.contains(alias))
                || names.iter().any(|name| name.strip_prefix("LEI:") == Some(entry.lei.text()))
        };
        let named = self.find(is_named)?;
        let another = self.find(|entry| entry.lei != named.lei && is_named(entry));
        let strange = names.iter().any(|name| contradicts(&named, name));
        (another.is_none() && !strange).then_some(named)
    }

    /// The member that a key in a role belongs to.
    #[must_use]
    pub fn by_key(&self, key: &PublicKey, role: Role) -> Option<DirectoryEntry> {
        self.find(|entry| entry.keys.iter().any(|k| k.key == *key && k.role == role))
    }
}

/// A member's record as the ledger has it now, as a `florin-record-1` file: whose keys are whose.
///
/// # Errors
/// [`Refused::AgentUnknown`]; [`GatewayFault`].
pub(crate) async fn shown(gateway: &Gateway, lei: Lei) -> Result<String, Refused> {
    let name = Name::Member(lei);
    let found = gateway.ledger.record(&name).await.map_err(GatewayFault::from)?;
    let (_, proved) = found.ok_or(Refused::AgentUnknown)?;
    let (header, certificate) = (&proved.certified.header, &proved.certified.certificate);
    RecordFile::build(&name, &proved.proof, header, certificate, gateway.genesis())
        .map_err(|_| GatewayFault::Port(PortError::ProofInvalid).into())
}

/// Whether a name that the directory does not give a member cannot be its: another LEI, or a BIC of a
/// party that none of the member's BICs is of (its first eight characters; what follows is a
/// branch). Numbers in clearing systems say nothing: a bank has many.
fn contradicts(member: &DirectoryEntry, name: &str) -> bool {
    let party = |bic: &str| bic.chars().take(PARTY).collect::<String>();
    if member.aliases.iter().any(|alias| alias.get() == name) {
        return false;
    }
    if let Some(lei) = name.strip_prefix("LEI:") {
        return lei != member.lei.text();
    }
    let Some(bic) = name.strip_prefix("BIC:") else { return false };
    let own = member.aliases.iter().filter_map(|alias| alias.get().strip_prefix("BIC:"));
    let mut own = own.map(party).peekable();
    own.peek().is_some() && !own.any(|known| known == party(bic))
}
