//! The ledger port: how institutions reach validators. Paths, bodies, and the client.
//!
//! Bodies are canonical BCS (`application/vnd.florin.bcs`) where a proof is carried, JSON where a
//! person reads. Every request is signed by a key that stands on the ledger; what an institution
//! may read is decided by the validator, and every answer is checked here before it is believed.
//!
//! # Place      gateway -> [ledger_port] -> validator (served by `node::ledger_port`)
//! # Invariants nothing that a validator says about the ledger is used without its proof
//! # Absent     retries beyond trying the next validator (callers own their deadlines)

use std::{
    collections::BTreeSet,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use ledger_core::{
    block::Header,
    codec::encode,
    digest::Hash32,
    genesis::Validator,
    id::CommandId,
    limits::MAX_BULK_BYTES,
    member::Member,
    proof::{ReceiptProof, RecordProof, SlotContent},
    record::{Name, Record},
    signature::PublicKey,
    time::Height,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use verifier::{Committee, Handover};

use crate::{
    client::{ClientError, ClientLimits, ClientResponse, SignedClient},
    http_signature::{RequestSigner, unix_now_s},
    openapi::text::Id,
    problem::Problem,
    tls::ServerTrust,
};

mod hedge;
pub mod journal;
mod read;
mod submit;

/// Media type of canonical bodies.
pub const BCS: &str = "application/vnd.florin.bcs";
/// POST: a signed command's canonical bytes; answers 202 with [`Submitted`].
pub const COMMANDS: &str = "/ledger/v1/commands";
/// POST: the canonical bytes of a list of 1 to [`BATCH_COMMANDS`] signed commands of the caller's
/// organisation, [`BATCH_BYTES`] in all; answers 200 with [`SubmittedBatch`].
pub const COMMAND_BATCHES: &str = "/ledger/v1/command-batches";
/// Commands of one batch at most.
pub const BATCH_COMMANDS: usize = 1_024;
/// Bytes of one batch at most.
pub const BATCH_BYTES: usize = MAX_BULK_BYTES;
/// GET `?after=H.I&limit=N&wait_ms=M`: a [`ReceiptPage`] of the caller's receipts after the one at
/// height H, index I (`0.0` for all: genesis has none).
pub const RECEIPTS: &str = "/ledger/v1/receipts";
/// GET `/{hex of a BCS Name}`: a [`ProvedRecord`].
pub const RECORDS: &str = "/ledger/v1/records";
/// GET: a [`DirectoryPage`].
pub const DIRECTORY: &str = "/ledger/v1/directory";
/// GET: the latest [`Certified`] header.
pub const LATEST_HEADER: &str = "/ledger/v1/headers/latest";
/// GET: [`PortStatus`].
pub const STATUS: &str = "/ledger/v1/status";
/// GET `?from=H&limit=N&wait_ms=M`: a [`BlockPage`] from height H >= 1 on, for overseers only (W24).
pub const BLOCKS: &str = "/ledger/v1/blocks";
/// GET `?after=E`: a [`HandoverPage`] of the committees that begin after epoch E (W23).
pub const HANDOVERS: &str = "/ledger/v1/handovers";
/// Handovers of one page at most.
pub const PAGE_HANDOVERS: usize = 64;
/// Blocks of one page at most.
pub const PAGE_BLOCKS: usize = 64;
/// Blocks of one page when nothing is said.
pub const DEFAULT_PAGE_BLOCKS: usize = 32;
/// Bytes of payloads after which a page ends.
pub const PAGE_BLOCK_BYTES: usize = 4 << 20;
/// Receipts of one page at most.
pub const PAGE_RECEIPTS: usize = 256;
/// Milliseconds that a request for receipts may wait for one.
pub const MAX_WAIT_MS: u64 = 10_000;
/// How long this client has a validator wait: while one waits that stands still, nothing is heard.
const LONGEST_POLL: Duration = Duration::from_secs(1);
/// By how much the latest header's time may be behind this machine's clock, in milliseconds.
const OLD_MS: u64 = 5_000;
/// Bytes of an answer at most.
const MAX_ANSWER: usize = 16 << 20;

/// A validator took a command in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Submitted {
    /// Its identity.
    #[schema(value_type = Id)]
    pub command_id: CommandId,
}

/// What a validator did with each command of a batch, in its order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubmittedBatch {
    /// One for each command.
    pub commands: Vec<BatchOutcome>,
}

/// What a validator did with one command of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum BatchOutcome {
    /// It took it in.
    Taken {
        /// Its identity.
        #[schema(value_type = Id)]
        command_id: CommandId,
    },
    /// It did not.
    Refused {
        /// Why: a code that `POST /ledger/v1/commands` would answer as a problem.
        code: String,
        /// Whether the same bytes may be taken later.
        retry: bool,
    },
}

/// Where a validator is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PortStatus {
    /// The network.
    #[schema(value_type = Id)]
    pub chain_id: Hash32,
    /// Height of the last executed block.
    #[schema(value_type = u64)]
    pub height: Height,
    /// State root after it.
    #[schema(value_type = Id)]
    pub state_root: Hash32,
    /// Height of the latest certified header.
    #[schema(value_type = u64)]
    pub certified: Height,
    /// Height whose results that header declares.
    #[schema(value_type = u64)]
    pub proven: Height,
    /// Commands waiting in the mempool.
    pub mempool: usize,
}

/// A header and the certificate over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certified {
    /// The header.
    pub header: Header,
    /// The engine's finalization of it.
    pub certificate: Vec<u8>,
}

/// A receipt and everything that proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvedReceipt {
    /// From the receipt to the history root.
    pub proof: ReceiptProof,
    /// The certified header that declares that root.
    pub certified: Certified,
}

/// Receipts of one institution, in ledger order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptPage {
    /// The receipts.
    pub receipts: Vec<ProvedReceipt>,
}

/// A record and everything that proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvedRecord {
    /// From the record to the state root.
    pub proof: RecordProof,
    /// The certified header that declares that root.
    pub certified: Certified,
}

/// The members of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryPage {
    /// One [`Record::Member`] each.
    pub members: Vec<RecordProof>,
    /// The certified header that declares their root.
    pub certified: Certified,
}

/// A finalized block as a validator gives it. Believed only under a certificate that holds (W25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenBlock {
    /// Its header.
    pub header: Header,
    /// The commands' bytes.
    #[serde(with = "serde_bytes")]
    pub payload: Vec<u8>,
    /// The validator's own certificate of the header, where it has one.
    pub certificate: Option<Vec<u8>>,
}

/// Finalized blocks, ascending by one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockPage {
    /// The blocks.
    pub blocks: Vec<GivenBlock>,
}

/// A committee hands over to another (W23).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenHandover {
    /// The last header of an epoch, which names the validators.
    pub header: Header,
    /// Its certificate.
    pub certificate: Vec<u8>,
    /// The validators from the next epoch on, ascending by identity.
    pub validators: Vec<Validator>,
}

/// Handovers in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverPage {
    /// The handovers.
    pub handovers: Vec<GivenHandover>,
}

/// The member that a proof of the directory is about.
fn member(proof: &RecordProof) -> Option<&Member> {
    match &proof.leaf.content {
        SlotContent::Used { key, record: Record::Member(member), .. } => {
            (*key == Name::Member(member.directory.lei).key()).then_some(member)
        }
        _ => None,
    }
}

/// Why the ledger could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// No validator answered; the last failure is given.
    #[error("no validator answered: {0}; check that one of them is reachable")]
    Unreachable(ClientError),
    /// A validator refused.
    #[error("the ledger port refused ({}): {}", .0.code(), .0.detail())]
    Refused(Box<Problem>),
    /// A validator answered something else than its protocol.
    #[error("a validator answered {status} with something unreadable; ask its operator")]
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
    /// A proof did not hold: the validator lies or is broken.
    #[error("a validator's proof does not hold; stop using it and tell its operator")]
    ProofInvalid,
    /// Every validator owes answers to as many batches as it may.
    #[error("no validator has answered what it was given; check that they run")]
    Owed,
    /// No validator is configured.
    #[error("no validator is configured; name at least one under [ledger_port] validators")]
    NoValidators,
}

/// Asks validators, checks what they answer.
#[derive(Clone)]
pub struct LedgerClient {
    validators: Arc<Vec<String>>,
    /// The validator that is asked first: one that did well.
    preferred: Arc<AtomicUsize>,
    /// What is left of the batches to which each validator may owe an answer.
    owing: Arc<Vec<Arc<Semaphore>>>,
    client: SignedClient,
    committee: Arc<Committee>,
    /// Digests of headers whose certificates were checked.
    checked: Arc<Mutex<BTreeSet<Hash32>>>,
    /// Height of the header that proved the latest directory.
    directory_at: Arc<AtomicU64>,
}

impl LedgerClient {
    /// A client of these validators (base URLs), signing requests with a key on the ledger. Over TLS it
    /// believes the identities of the latest committee that it knows (Z4).
    ///
    /// # Errors
    /// [`PortError::Unreachable`] when no HTTP client can be made.
    pub fn new(
        validators: Vec<String>,
        signer: Arc<dyn RequestSigner>,
        committee: Arc<Committee>,
    ) -> Result<Self, PortError> {
        Self::believing(validators, signer, committee, Vec::new())
    }

    /// As [`Self::new`], and over TLS also believes these keys: of observers that serve the port, or of
    /// validators that came after all that are known.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn believing(
        validators: Vec<String>,
        signer: Arc<dyn RequestSigner>,
        committee: Arc<Committee>,
        others: Vec<PublicKey>,
    ) -> Result<Self, PortError> {
        let identities = Arc::clone(&committee);
        let known = move |key: &[u8; 32]| {
            let key = PublicKey::new(*key);
            identities.is_validator(&key) || others.contains(&key)
        };
        let trust = ServerTrust::Keys(Arc::new(known));
        let limits = ClientLimits {
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_millis(MAX_WAIT_MS + 5_000),
            response_bytes: MAX_ANSWER,
        };
        Ok(Self {
            owing: Arc::new(
                validators.iter().map(|_| Arc::new(Semaphore::new(submit::OWED))).collect(),
            ),
            validators: Arc::new(validators),
            preferred: Arc::new(AtomicUsize::new(0)),
            client: SignedClient::trusting(signer, limits, &trust)
                .map_err(PortError::Unreachable)?,
            committee,
            checked: Arc::new(Mutex::new(BTreeSet::new())),
            directory_at: Arc::default(),
        })
    }

    /// The committee whose certificates are believed.
    #[must_use]
    pub fn committee(&self) -> &Committee {
        &self.committee
    }

    /// The caller's receipts after a place in the ledger, waiting up to `wait` for one.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn receipts(
        &self,
        after: (Height, u32),
        wait: Duration,
    ) -> Result<Vec<ProvedReceipt>, PortError> {
        let wait = wait.min(LONGEST_POLL);
        let (height, index) = after;
        let path = format!(
            "{RECEIPTS}?after={height}.{index}&limit={PAGE_RECEIPTS}&wait_ms={}",
            wait.as_millis()
        );
        let page: ReceiptPage = self.read(&path, wait, |_| true).await?;
        Ok(page.receipts)
    }

    /// A record with its proof; `None` when there is none or it is not the caller's to see.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn record(&self, name: &Name) -> Result<Option<(Record, ProvedRecord)>, PortError> {
        let path = format!("{RECORDS}/{}", hex::encode(encode(name)));
        let key = name.key();
        let asked = move |proved: &ProvedRecord| proved.proof.record(&key).is_some();
        match self.read(&path, Duration::ZERO, asked).await {
            Ok(proved) => {
                let record = proved.proof.record(&key).cloned();
                Ok(Some((record.ok_or(PortError::ProofInvalid)?, proved)))
            }
            Err(PortError::Refused(problem)) if problem.status().as_u16() == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every member's directory entry as it stands at the time of the header that proves it, each with
    /// its proof checked; never as of an earlier height than before.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn directory(&self) -> Result<Vec<Member>, PortError> {
        let at = Arc::clone(&self.directory_at);
        let asked = move |page: &DirectoryPage| {
            page.certified.header.height.get() >= at.load(Ordering::Relaxed)
                && page.members.iter().all(|proof| member(proof).is_some())
        };
        let page = self.read(DIRECTORY, Duration::ZERO, asked).await?;
        let header = &page.certified.header;
        self.directory_at.fetch_max(header.height.get(), Ordering::Relaxed);
        self.note_age(header);
        let members = page.members.iter().filter_map(member);
        Ok(members.map(|member| member.clone().written_at(header.time, None)).collect())
    }

    /// Blocks from a height on as a validator gives them, waiting up to `wait` for one; nothing about
    /// them is checked here.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn blocks(&self, from: Height, wait: Duration) -> Result<BlockPage, PortError> {
        let wait = wait.min(LONGEST_POLL);
        let path = format!("{BLOCKS}?from={from}&limit={PAGE_BLOCKS}&wait_ms={}", wait.as_millis());
        self.read(&path, wait, |_| true).await
    }

    /// Asks for the committees that begin after the latest that is known, and believes those that are
    /// handed over to.
    ///
    /// # Errors
    /// [`PortError`]; those before the first that does not hold are known now.
    pub async fn learn_committees(&self) -> Result<(), PortError> {
        self.learn().await
    }

    // In a box, since reading learns of committees, and learning reads.
    fn learn(&self) -> Pin<Box<dyn Future<Output = Result<(), PortError>> + Send + '_>> {
        Box::pin(async {
            loop {
                let after = self.committee.latest().map_or(0, |latest| latest.since);
                let path = format!("{HANDOVERS}?after={after}");
                let page: HandoverPage = self.read(&path, Duration::ZERO, |_| true).await?;
                let count = page.handovers.len();
                for GivenHandover { header, certificate, validators } in page.handovers {
                    let handover = Handover { header, certificate, validators };
                    self.committee.learn(&handover).map_err(|_| PortError::ProofInvalid)?;
                }
                if count < PAGE_HANDOVERS {
                    return Ok(());
                }
            }
        })
    }

    /// Asks another validator first from now on.
    pub fn turn(&self) {
        let next = self.preferred.load(Ordering::Relaxed).saturating_add(1);
        let next = next.checked_rem(self.validators.len()).unwrap_or(0);
        self.preferred.store(next, Ordering::Relaxed);
    }

    /// The latest certified header.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn latest(&self) -> Result<Certified, PortError> {
        let certified: Certified = self.read(LATEST_HEADER, Duration::ZERO, |_| true).await?;
        self.note_age(&certified.header);
        Ok(certified)
    }

    /// Asks another validator next time when what one shows is old: it may be cut off from the others.
    fn note_age(&self, header: &Header) {
        if header.time.get().saturating_add(OLD_MS) < unix_now_s().saturating_mul(1_000) {
            self.turn();
        }
    }

    /// A client of each validator by itself, the preferred one first.
    pub(crate) fn each(&self) -> impl Iterator<Item = Self> {
        self.in_order().map(|(number, validator)| Self {
            validators: Arc::new(vec![validator.clone()]),
            preferred: Arc::default(),
            owing: Arc::new(self.owing.get(number).cloned().into_iter().collect()),
            ..self.clone()
        })
    }

    /// Of how many validators one at least says all that it knows, as far as so many are configured.
    pub(crate) fn witnesses(&self) -> usize {
        self.committee.witnesses().min(self.validators.len())
    }

    /// Validators, the preferred one first.
    fn in_order(&self) -> impl Iterator<Item = (usize, &String)> {
        let first = self.preferred.load(Ordering::Relaxed);
        let numbered = || self.validators.iter().enumerate();
        numbered().skip(first).chain(numbered().take(first))
    }
}

fn refused(answer: &ClientResponse) -> PortError {
    match Problem::of(answer) {
        Some(problem) => PortError::Refused(Box::new(problem)),
        None => PortError::Unreadable { status: answer.status },
    }
}
