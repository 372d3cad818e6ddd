//! The journal of an account, as a ledger that executed its movements would hold it.

use ledger_core::{
    account::{Account, Balances},
    block::Header,
    codec::{decode, encode},
    digest::{Domain, Hash32, leaf_hash},
    id::CommandId,
    journal::{JournalEntry, LogName, Movement, MovementKind, SaltUse, closing_after},
    merkle::{Frontier, LogHead, Tree, range_path},
    proof::RecordProof,
    record::{Name, Record},
    state::LogAppend,
    time::{Height, LedgerTime},
};

use super::TestNetwork;
use crate::history::{HistoryProof, ShownBlock, ShownEntry, ShownMovement, Span};

/// An account with its journal.
#[derive(Clone, Debug)]
pub struct TestJournal {
    /// The account, whose record commits to the rows.
    pub account: Account,
    /// The journal's rows as a store holds them.
    pub rows: Vec<LogAppend>,
}

impl TestJournal {
    /// The blinding secret of a block.
    #[must_use]
    pub fn blinding(height: Height) -> Hash32 {
        Domain::Blinding.hash(&height.get().to_le_bytes())
    }

    /// A movement by a command of this number.
    #[must_use]
    pub fn movement(number: u8, kind: MovementKind, minor: u128) -> Movement {
        Movement { command: CommandId::new([number; 32]), kind, minor }
    }

    /// The journal of an account that began with nothing and was moved so, by height.
    ///
    /// # Panics
    /// When the movements cannot be made.
    #[must_use]
    pub fn new(account: &Account, blocks: &[(u64, Vec<Movement>)]) -> Self {
        let mut closing = Balances::default();
        let entries = blocks.iter().map(|(height, movements)| {
            closing = closing_after(closing, movements).expect("movements that can be made");
            (*height, movements.clone(), closing)
        });
        Self::of(account, entries.collect())
    }

    /// A journal of these closing balances, whether they follow or not.
    #[must_use]
    pub fn of(account: &Account, blocks: Vec<(u64, Vec<Movement>, Balances)>) -> Self {
        let log = LogName::Account(account.id);
        let (mut tree, mut rows) = (Frontier::default(), Vec::new());
        let mut account = Account { balances: Balances::default(), ..account.clone() };
        for (index, (height, movements, closing)) in (0u64..).zip(blocks) {
            let (height, time) = (Height::new(height), LedgerTime::new(1_767_225_600_000));
            let blinding = Self::blinding(height);
            let mut moved = Frontier::default();
            for (at, movement) in (0u64..).zip(&movements) {
                let salt = SaltUse::Movement(height, account.id, at).salt(&blinding);
                moved.push(leaf_hash(&salt, &encode(movement)));
            }
            let time = time.after(height.get() * 1_000);
            let bytes = encode(&JournalEntry { height, time, movements: moved.head(), closing });
            let salt = SaltUse::Log(height, log, index).salt(&blinding);
            tree.push(leaf_hash(&salt, &bytes));
            rows.push(LogAppend { log, index, salt, bytes, detail: encode(&movements) });
            account.balances = closing;
        }
        account.journal = tree.head();
        Self { account, rows }
    }

    /// Six blocks: money is minted, held, paid, received, preburned and burned.
    #[must_use]
    pub fn sample(network: &TestNetwork) -> Self {
        let kinds = [
            (1, vec![(MovementKind::Minted, 100_000)]),
            (2, vec![(MovementKind::Held, 30_000), (MovementKind::Paid, 1_000)]),
            (4, vec![(MovementKind::PaidFromHold, 25_000), (MovementKind::Released, 5_000)]),
            (5, vec![(MovementKind::Received, 7), (MovementKind::Preburned, 9_000)]),
            (6, vec![(MovementKind::PreburnReleased, 2_000), (MovementKind::Received, 7)]),
            (7, vec![(MovementKind::Burned, 7_000)]),
        ];
        let blocks = kinds.map(|(height, kinds)| {
            let numbered = (0u8..).zip(kinds);
            let moved = |(at, (kind, minor))| Self::movement(16 * height + at, kind, minor);
            (u64::from(height), numbered.map(moved).collect())
        });
        Self::new(&network.account(), &blocks)
    }

    /// Proof of the account's record, and a header at height 9 that reports results up to height 7.
    #[must_use]
    pub fn record_proof(&self, network: &TestNetwork) -> (RecordProof, Header) {
        network.record_proof(&Name::Account(self.account.id), Record::Account(self.account.clone()))
    }

    /// The history between two heights.
    #[must_use]
    pub fn proof(&self, from: u64, to: u64) -> HistoryProof {
        let blocks: Vec<_> = self.rows.iter().map(|row| self.block(row)).collect();
        let height = |block: &ShownBlock| block.shown.entry.height.get();
        let start = blocks.iter().filter(|block| height(block) < from).count();
        let end = blocks.iter().filter(|block| height(block) <= to).count();
        let run = start.saturating_sub(1)..(end + 1).min(blocks.len());
        let tree = self.tree();
        let (first, count) = (run.start as u64, tree.len());
        let path = match run.end.checked_sub(1) {
            Some(last) => range_path(&tree, &(first..=last as u64), count).expect("a run"),
            None => Vec::new(),
        };
        HistoryProof {
            span: Span { from: Height::new(from), to: Height::new(to) },
            index: first,
            path,
            before: (start > 0).then(|| blocks[start - 1].shown),
            after: blocks.get(end).map(|block| block.shown),
            blocks: blocks.get(start..end).unwrap_or_default().to_vec(),
        }
    }

    /// The journal as a tree.
    #[must_use]
    pub fn tree(&self) -> Tree {
        Tree::new(self.rows.iter().map(|row| leaf_hash(&row.salt, &row.bytes)).collect())
    }

    /// The head that the account's record commits to.
    #[must_use]
    pub const fn head(&self) -> LogHead {
        self.account.journal
    }

    fn block(&self, row: &LogAppend) -> ShownBlock {
        let entry: JournalEntry = decode(&row.bytes, 512).expect("an entry");
        let movements: Vec<Movement> = decode(&row.detail, 1 << 23).expect("movements");
        let blinding = Self::blinding(entry.height);
        let movements = (0u64..).zip(movements).map(|(at, movement)| {
            let usage = SaltUse::Movement(entry.height, self.account.id, at);
            ShownMovement { movement, salt: usage.salt(&blinding) }
        });
        ShownBlock { shown: ShownEntry { entry, salt: row.salt }, movements: movements.collect() }
    }
}
