//! Message anchors: what this member exchanged with others, committed to the ledger once per
//! interval as one salted root; sent when nothing was exchanged, too, so that the ledger shows
//! neither who talked to whom nor how much.
//!
//! ```text
//! message answered -> pending row -> [one batch per interval] -> Anchor{root} -> its receipt
//! ```
//!
//! # Place      inbox, workflow and cases leave rows -> [anchors] -> outbox
//! # Invariants P4 a row is in a batch whose anchor was executed, or is still pending; after a crash
//! #            it may be in two
//! # Absent     access records, which will be rows of their own (planned)

use std::{collections::BTreeMap, sync::Arc, time::Duration};

pub use interbank::delivery::AnchoredMessage;
use interbank::evidence::CaseRow;
use ledger_core::{
    codec::decode,
    command::{Body, Command},
    digest::{Hash32, leaf_hash},
    id::{CommandId, LegId},
    merkle::Tree,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    gateway::{CommandOutcome, Gateway, GatewayFault},
    keys::{Purpose, random_32},
    outbox::stored,
    port::{KeyValue, Pair, StoreFault, Write},
};

const PENDING: &[u8] = b"anchor/pending/";
/// The batch whose anchor has no receipt yet.
const OPEN: &[u8] = b"anchor/open";
const BATCH: &[u8] = b"anchor/batch/";
/// Batches by leg.
const BY_LEG: &[u8] = b"anchor/leg/";
/// Messages of cases that wait for the next batch, as their book leaves them.
const CASES_PENDING: &[u8] = interbank::book::PENDING;
/// Rows of cases of a batch, whose leaves follow those of payments.
const CASES: &[u8] = b"anchor/case-batch/";
/// Batches by message of a case.
const BY_MESSAGE: &[u8] = b"anchor/case-message/";
/// Rows of a batch at most; what is left goes into the next.
const MAX_ROWS: usize = 65_536;
const MAX_BATCH: usize = 16 << 20;
/// How long one look at an anchor's fate lasts.
const LOOK: Duration = Duration::from_secs(20);
/// Pause after a fault.
const PAUSE: Duration = Duration::from_secs(1);

/// One interval's rows and the command that anchors them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Batch {
    /// Salt of the first leaf, which stands for nothing and blinds the root.
    blank: Hash32,
    /// Salted rows, in the order of their leaves.
    rows: Vec<(Hash32, AnchoredMessage)>,
    /// What was signed: its hash is the command's id, and it names the root.
    body: Body,
}

/// Salted rows of cases, in the order of their leaves.
type CaseRows = Vec<(Hash32, CaseRow)>;

/// That a message is under an anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorProof<R = AnchoredMessage> {
    /// The row.
    pub row: R,
    /// Its leaf's salt.
    pub salt: Hash32,
    /// Its leaf's place.
    pub index: u64,
    /// Number of leaves.
    pub size: u64,
    /// From its leaf to the root.
    pub path: Vec<Hash32>,
    /// The body of the command that names the root; the command's receipt is in the party view.
    pub body: Body,
}

/// What must be written for a message to be anchored with the next batch.
pub(crate) fn pending(row: &AnchoredMessage) -> Write {
    stored([PENDING, row.leg.get()].concat(), row)
}

/// Anchors once per interval, for ever.
pub(crate) async fn run(gateway: Arc<Gateway>, interval: Duration) {
    loop {
        let next = tokio::time::Instant::now() + interval;
        while let Err(fault) = once(&gateway).await {
            tracing::warn!(%fault, "anchors.run");
            tokio::time::sleep(PAUSE).await;
        }
        tokio::time::sleep_until(next).await;
    }
}

/// Finishes the batch that a crash left open, or makes a new one, and waits for its receipt.
pub(crate) async fn once(gateway: &Gateway) -> Result<(), GatewayFault> {
    let store = gateway.store.as_ref();
    let open = match store.get(OPEN)? {
        Some(bytes) => decode(&bytes, CommandId::LEN).map_err(|_| StoreFault::Damaged)?,
        None => begin(gateway).await?,
    };
    loop {
        match gateway.outcome(&open, LOOK).await? {
            CommandOutcome::Pending => {}
            CommandOutcome::Applied => return Ok(store.write(vec![(OPEN.to_vec(), None)])?),
            CommandOutcome::Refused(refusal) => {
                tracing::error!(code = refusal.code(), "anchors.refused");
                return Ok(give_back(store, &open)?);
            }
            CommandOutcome::Expired => return Ok(give_back(store, &open)?),
        }
    }
}

/// Makes a batch of what is pending and submits its anchor.
async fn begin(gateway: &Gateway) -> Result<CommandId, GatewayFault> {
    let store = gateway.store.as_ref();
    let mut found = store.scan(PENDING, MAX_ROWS)?;
    let rows = salted(&found)?;
    let found_cases = store.scan(CASES_PENDING, MAX_ROWS)?;
    let cases: CaseRows = salted(&found_cases)?;
    found.extend(found_cases);
    let blank = random_32();
    let root = tree(&blank, &rows, &cases).root();
    let signer = gateway.keys.signer(Purpose::Settlement)?;
    let (signed, write) = gateway.outbox.prepare(Command::Anchor { root }, &[signer]).await?;
    let id = signed.body.id();
    let mut writes = vec![write, stored(OPEN.to_vec(), &id)];
    writes.extend(found.into_iter().map(|(key, _)| (key, None)));
    writes.extend(rows.iter().map(|(_, row)| stored(key(BY_LEG, row.leg.get()), &id)));
    writes.extend(cases.iter().map(|(_, row)| stored(key(BY_MESSAGE, row.message.get()), &id)));
    writes.push(stored(key(CASES, id.get()), &cases));
    let batch = Batch { blank, rows, body: signed.body.clone() };
    writes.push(stored(key(BATCH, id.get()), &batch));
    store.write(writes)?;
    gateway.outbox.send(&signed).await;
    Ok(id)
}

/// Rows with a salt each.
fn salted<R: DeserializeOwned>(found: &[Pair]) -> Result<Vec<(Hash32, R)>, StoreFault> {
    let row = |bytes: &[u8]| decode(bytes, MAX_BATCH).map_err(|_| StoreFault::Damaged);
    found.iter().map(|(_, bytes)| Ok((random_32(), row(bytes)?))).collect()
}

/// An anchor that had no effect: its rows are pending again.
fn give_back(store: &dyn KeyValue, id: &CommandId) -> Result<(), StoreFault> {
    let batch = batch(store, id)?.ok_or(StoreFault::Damaged)?;
    let mut writes = vec![(OPEN.to_vec(), None), (key(BATCH, id.get()), None)];
    for (_, row) in &batch.rows {
        writes.push((key(BY_LEG, row.leg.get()), None));
        writes.push(pending(row));
    }
    writes.push((key(CASES, id.get()), None));
    for (_, row) in cases(store, id)? {
        writes.push((key(BY_MESSAGE, row.message.get()), None));
        writes.push(stored(key(CASES_PENDING, row.message.get()), &row));
    }
    store.write(writes)
}

/// The anchor of a leg's message; `None` before the interval's end.
///
/// # Errors
/// [`StoreFault`].
pub fn proof(store: &dyn KeyValue, leg: &LegId) -> Result<Option<AnchorProof>, StoreFault> {
    let Some(bytes) = store.get(&key(BY_LEG, leg.get()))? else { return Ok(None) };
    let id: CommandId = decode(&bytes, CommandId::LEN).map_err(|_| StoreFault::Damaged)?;
    let Batch { blank, rows, body } = batch(store, &id)?.ok_or(StoreFault::Damaged)?;
    let tree = tree(&blank, &rows, &cases(store, &id)?);
    let found = (1u64..).zip(&rows).find(|(_, (_, row))| row.leg == *leg);
    let (index, (salt, row)) = found.ok_or(StoreFault::Damaged)?;
    let path = tree.path(index, tree.len(), &BTreeMap::new()).ok_or(StoreFault::Damaged)?;
    Ok(Some(AnchorProof { row: *row, salt: *salt, index, size: tree.len(), path, body }))
}

/// The anchor of a message of a case, by its digest; `None` before the interval's end.
///
/// # Errors
/// [`StoreFault`].
pub fn case_proof(
    store: &dyn KeyValue,
    message: &Hash32,
) -> Result<Option<AnchorProof<CaseRow>>, StoreFault> {
    let Some(bytes) = store.get(&key(BY_MESSAGE, message.get()))? else { return Ok(None) };
    let id: CommandId = decode(&bytes, CommandId::LEN).map_err(|_| StoreFault::Damaged)?;
    let Batch { blank, rows, body } = batch(store, &id)?.ok_or(StoreFault::Damaged)?;
    let cases = cases(store, &id)?;
    let tree = tree(&blank, &rows, &cases);
    let first = u64::try_from(rows.len()).map_err(|_| StoreFault::Damaged)?.saturating_add(1);
    let found = (first..).zip(&cases).find(|(_, (_, row))| row.message == *message);
    let (index, (salt, row)) = found.ok_or(StoreFault::Damaged)?;
    let path = tree.path(index, tree.len(), &BTreeMap::new()).ok_or(StoreFault::Damaged)?;
    Ok(Some(AnchorProof { row: *row, salt: *salt, index, size: tree.len(), path, body }))
}

/// Rows of cases of a batch; none in one of before there were any.
fn cases(store: &dyn KeyValue, id: &CommandId) -> Result<CaseRows, StoreFault> {
    match store.get(&key(CASES, id.get()))? {
        Some(bytes) => decode(&bytes, MAX_BATCH).map_err(|_| StoreFault::Damaged),
        None => Ok(Vec::new()),
    }
}

fn batch(store: &dyn KeyValue, id: &CommandId) -> Result<Option<Batch>, StoreFault> {
    match store.get(&key(BATCH, id.get()))? {
        Some(bytes) => decode(&bytes, MAX_BATCH).map(Some).map_err(|_| StoreFault::Damaged),
        None => Ok(None),
    }
}

/// The tree under an anchor: a blank leaf, then one per row, of payments before those of cases.
fn tree(blank: &Hash32, rows: &[(Hash32, AnchoredMessage)], cases: &[(Hash32, CaseRow)]) -> Tree {
    let first = leaf_hash(blank, &[]);
    let leaves = rows.iter().map(|(salt, row)| row.leaf(salt));
    let leaves = leaves.chain(cases.iter().map(|(salt, row)| row.leaf(salt)));
    Tree::new(std::iter::once(first).chain(leaves).collect())
}

fn key(prefix: &[u8], name: &[u8]) -> Vec<u8> {
    [prefix, name].concat()
}

#[cfg(test)]
mod tests {
    use ledger_core::{
        id::{ChainId, Lei},
        merkle::root_from_path,
        time::LedgerTime,
    };

    use super::*;
    use crate::port::MemoryStore;

    fn row(n: u8) -> AnchoredMessage {
        let hash = Hash32::new([n; 32]);
        AnchoredMessage { leg: LegId::new([n; 32]), message: hash, answer: hash, at: 7 }
    }

    fn case_row(n: u8) -> CaseRow {
        let case = interbank::CaseId::new(Hash32::new([n; 32]));
        CaseRow { case, message: Hash32::new([n + 100; 32]), at: 7 }
    }

    /// A store with one batch of these rows, and the batch's command.
    fn anchored(rows: &[AnchoredMessage], of_cases: &[CaseRow]) -> (MemoryStore, CommandId) {
        let store = MemoryStore::default();
        let blank = Hash32::new([9; 32]);
        let rows: Vec<_> = rows.iter().map(|row| (Hash32::new([8; 32]), *row)).collect();
        let cases: Vec<_> = of_cases.iter().map(|row| (Hash32::new([6; 32]), *row)).collect();
        let body = Body {
            chain: ChainId::new([0; 32]),
            organisation: Lei::new("529900T8BM49AURSDO55").unwrap(),
            signers: Vec::new(),
            nonce: Hash32::ZERO,
            expires: LedgerTime::new(1),
            command: Command::Anchor { root: tree(&blank, &rows, &cases).root() },
        };
        let id = body.id();
        let mut writes: Vec<_> =
            rows.iter().map(|(_, row)| stored(key(BY_LEG, row.leg.get()), &id)).collect();
        let by_message = cases.iter().map(|(_, row)| key(BY_MESSAGE, row.message.get()));
        writes.extend(by_message.map(|key| stored(key, &id)));
        // A batch of before there were cases has no rows of them.
        if !cases.is_empty() {
            writes.push(stored(key(CASES, id.get()), &cases));
        }
        writes.push(stored(OPEN.to_vec(), &id));
        writes.push(stored(key(BATCH, id.get()), &Batch { blank, rows, body }));
        store.write(writes).unwrap();
        (store, id)
    }

    #[test]
    fn p4_every_row_of_a_batch_leads_to_the_root_that_its_command_names() {
        for count in 1u8..9 {
            let rows: Vec<_> = (1..=count).map(row).collect();
            let of_cases: Vec<_> = (1..count).map(case_row).collect();
            let (store, id) = anchored(&rows, &of_cases);
            for row in of_cases {
                let proof = case_proof(&store, &row.message).unwrap().unwrap();
                assert_eq!((proof.row, proof.body.id()), (row, id));
                let leaf = proof.row.leaf(&proof.salt);
                let root = root_from_path(leaf, proof.index, proof.size, &proof.path);
                assert_eq!(Command::Anchor { root: root.unwrap() }, proof.body.command);
            }
            for row in rows {
                let proof = proof(&store, &row.leg).unwrap().unwrap();
                assert_eq!((proof.row, proof.body.id()), (row, id));
                let leaf = proof.row.leaf(&proof.salt);
                let root = root_from_path(leaf, proof.index, proof.size, &proof.path);
                assert_eq!(Command::Anchor { root: root.unwrap() }, proof.body.command);
            }
        }
    }

    #[test]
    fn p4_rows_of_an_anchor_without_effect_are_pending_again() {
        let (store, id) = anchored(&[row(1), row(2)], &[case_row(1), case_row(2)]);
        give_back(&store, &id).unwrap();
        assert_eq!(case_proof(&store, &case_row(1).message), Ok(None));
        let of_cases: Vec<(Hash32, CaseRow)> =
            salted(&store.scan(CASES_PENDING, 9).unwrap()).unwrap();
        let of_cases: Vec<_> = of_cases.into_iter().map(|(_, row)| row).collect();
        assert_eq!(of_cases, [case_row(1), case_row(2)]);
        assert_eq!(proof(&store, &row(1).leg), Ok(None));
        assert_eq!(store.get(OPEN), Ok(None));
        let pending = store.scan(PENDING, 9).unwrap();
        assert_eq!(pending.len(), 2);
    }

    #[test]
    fn p4_the_root_of_an_empty_interval_is_blinded() {
        let root = |blank| tree(&Hash32::new([blank; 32]), &[], &[]).root();
        assert_ne!(root(1), root(2));
        assert_ne!(root(1), Hash32::ZERO);
    }
}
