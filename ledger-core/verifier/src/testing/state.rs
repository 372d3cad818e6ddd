//! A state of a few records, and what a member has in it.

use std::collections::BTreeMap;

use ledger_core::{
    account::{Account, CurrencyRecord, Totals},
    block::{Header, Results},
    codec::encode,
    digest::{Domain, Hash32, leaf_hash},
    id::{AccountId, PartyId},
    journal::{LogName, MovementKind, SaltUse},
    liabilities::LiabilityTree,
    member::Holdings,
    merkle::{LogHead, Tree, range_path},
    money::Currency,
    proof::{BlockProof, RecordProof, SlotContent, SlotLeaf, StateHead},
    receipt::HistoryLeaf,
    record::{Name, Record},
    state::LogAppend,
    time::Height,
};

use super::{TestJournal, TestNetwork, currency, lei};
use crate::{
    history::Span,
    list::{ListKind, ListProof, ShownId},
    payments::{PaymentRole, PaymentsProof, PaymentsQuery, ShownAccount},
};

/// Records of one state with their proofs.
#[derive(Clone, Debug)]
pub struct TestState {
    proofs: BTreeMap<Hash32, RecordProof>,
    /// A header at height 9 that reports results up to height 7.
    pub header: Header,
}

impl TestState {
    /// A state of these records.
    #[must_use]
    pub fn new(network: &TestNetwork, records: &[(Name, Record)]) -> Self {
        let salt = |slot: u64| Domain::Salt.hash(&slot.to_le_bytes());
        let origin = [(Name::Origin, Record::Origin)];
        let all: Vec<_> = origin.iter().chain(records).collect();
        let mut keys: Vec<_> = all.iter().map(|(name, _)| name.key()).collect();
        keys.sort_unstable();
        let next = |key: Hash32| keys.iter().find(|other| **other > key).copied();
        let leaves: Vec<_> = (0u64..)
            .zip(&all)
            .map(|(slot, (name, record))| {
                let (key, record) = (name.key(), record.clone());
                let next = next(key).unwrap_or(Hash32::MAX);
                SlotLeaf { slot, content: SlotContent::Used { key, next, record } }
            })
            .collect();
        let tree = Tree::new(leaves.iter().map(|leaf| leaf.leaf(&salt(leaf.slot))).collect());
        let head = StateHead { slots: tree.len(), free: None, tree: tree.root() };
        let results = Results {
            height: Height::new(7),
            state_root: head.root(),
            history_root: Hash32::new([0xdd; 32]),
        };
        let proofs = leaves.into_iter().zip(&all).map(|(leaf, (name, _))| {
            let path = tree.path(leaf.slot, tree.len(), &BTreeMap::new()).expect("a path");
            (name.key(), RecordProof { salt: salt(leaf.slot), leaf, path, head })
        });
        Self { proofs: proofs.collect(), header: network.header(9, results) }
    }

    /// The proof of what stands under a name, or that nothing does: that of the leaf below.
    ///
    /// # Panics
    /// Never: the origin is below every key.
    #[must_use]
    pub fn proof(&self, name: &Name) -> RecordProof {
        self.proofs.range(..=name.key()).next_back().expect("the origin").1.clone()
    }

    /// The proof of what stands under a name.
    #[must_use]
    pub fn prove(&self, name: &Name) -> Option<RecordProof> {
        self.proofs.get(&name.key()).cloned()
    }
}

/// A member with three accounts, of which two are in dollars, and two customers.
#[derive(Clone, Debug)]
pub struct TestMember {
    /// What its record commits to.
    pub holdings: Holdings,
    /// Its accounts, in order of opening.
    pub accounts: Vec<TestJournal>,
    /// The rows of its lists as a store holds them.
    pub rows: Vec<LogAppend>,
    /// Its records, and that of dollars, in one state.
    pub state: TestState,
}

impl TestMember {
    /// The member of a network.
    #[must_use]
    pub fn new(network: &TestNetwork) -> Self {
        let dollars = TestJournal::sample(network);
        let other = |byte, code| Account {
            id: AccountId::new([byte; 32]),
            currency: currency(code),
            ..network.account()
        };
        let yen = [(3, vec![TestJournal::movement(200, MovementKind::Received, 900)])];
        let more = [
            (2, vec![TestJournal::movement(210, MovementKind::Received, 5_000)]),
            (4, vec![TestJournal::movement(211, MovementKind::Paid, 1_500)]),
        ];
        let yen = TestJournal::new(&other(0xbb, "JPY"), &yen);
        let more = TestJournal::new(&other(0xcc, "USD"), &more);
        Self::of(network, vec![dollars, yen, more])
    }

    /// A member that has these accounts.
    #[must_use]
    pub fn of(network: &TestNetwork, accounts: Vec<TestJournal>) -> Self {
        let member = lei("PAYER");
        let ids = accounts.iter().map(|journal| encode(&journal.account.id));
        let mut rows = rows(LogName::MemberAccounts(member), ids.collect());
        let customers = [1, 2].map(|byte| encode(&PartyId::new([byte; 32])));
        rows.extend(self::rows(LogName::MemberParties(member), customers.to_vec()));
        let head = |log| tree(&rows, &log).head();
        let holdings = Holdings {
            member,
            accounts: head(LogName::MemberAccounts(member)),
            parties: head(LogName::MemberParties(member)),
        };
        let dollars = accounts.iter().filter(|one| one.account.currency == currency("USD"));
        let dollars = dollars.fold(0, |sum, one| sum + one.account.balances.sum().unwrap_or(0));
        let mut records = vec![
            (Name::Holdings(member), Record::Holdings(holdings)),
            (Name::Currency(currency("USD")), Record::Currency(terms(dollars))),
        ];
        records.extend(accounts.iter().map(|journal| {
            (Name::Account(journal.account.id), Record::Account(journal.account.clone()))
        }));
        Self { holdings, accounts, rows, state: TestState::new(network, &records) }
    }

    /// So many entries of one of its lists from a place on.
    #[must_use]
    pub fn list(&self, kind: ListKind, index: u64, shown: usize) -> ListProof {
        let log = match kind {
            ListKind::Accounts => LogName::MemberAccounts(self.holdings.member),
            ListKind::Customers => LogName::MemberParties(self.holdings.member),
        };
        let of_list = self.rows.iter().filter(|row| row.log == log);
        let run = of_list.skip(index as usize).take(shown);
        let id = |row: &LogAppend| row.bytes.as_slice().try_into().expect("32 bytes");
        let entries: Vec<_> = run.map(|row| ShownId { id: id(row), salt: row.salt }).collect();
        let tree = tree(&self.rows, &log);
        let last = (index + entries.len() as u64).saturating_sub(1);
        let path = range_path(&tree, &(index..=last), tree.len()).unwrap_or_default();
        ListProof { kind, index, path, entries }
    }

    /// All its accounts with the histories that may hold such payments.
    #[must_use]
    pub fn payments(
        &self,
        role: PaymentRole,
        asked: Option<Currency>,
        (from, to): (u64, u64),
    ) -> PaymentsProof {
        let accounts = self.accounts.iter().map(|journal| {
            let account = &journal.account;
            let history = asked.is_none_or(|asked| asked == account.currency);
            ShownAccount {
                record: self.state.proof(&Name::Account(account.id)),
                history: history.then(|| journal.proof(from, to)),
            }
        });
        let span = Span { from: Height::new(from), to: Height::new(to) };
        PaymentsProof {
            query: PaymentsQuery { role, currency: asked, span },
            list: self.list(ListKind::Accounts, 0, usize::MAX),
            accounts: accounts.collect(),
        }
    }

    /// The tree over its accounts in dollars, as if it were the only member.
    ///
    /// # Panics
    /// When the balances add up to more than can be counted.
    #[must_use]
    pub fn liabilities(&self) -> LiabilityTree {
        let accounts = self.accounts.iter().map(|journal| journal.account.clone());
        let dollars: Vec<_> = accounts.filter(|one| one.currency == currency("USD")).collect();
        let height = Height::new(7);
        let blinding = TestJournal::blinding(height);
        LiabilityTree::new(&dollars, height, &blinding).expect("sums that can be counted")
    }
}

/// Dollars, of which accounts hold so much and contracts 5.00.
fn terms(held: u128) -> CurrencyRecord {
    CurrencyRecord {
        code: currency("USD"),
        scale: 2,
        issuer: lei("ISSUER"),
        totals: Totals { supply: held + 500, available: held, contract: 500, ..Totals::default() },
        paid: 0,
        reserves: Vec::new(),
        journal: LogHead::EMPTY,
    }
}

fn rows(log: LogName, entries: Vec<Vec<u8>>) -> Vec<LogAppend> {
    let row = |(index, bytes): (u64, Vec<u8>)| {
        let height = Height::new(1);
        let salt = SaltUse::Log(height, log, index).salt(&TestJournal::blinding(height));
        LogAppend { log, index, salt, bytes, detail: Vec::new() }
    };
    (0..).zip(entries).map(row).collect()
}

fn tree(rows: &[LogAppend], log: &LogName) -> Tree {
    let of_list = rows.iter().filter(|row| row.log == *log);
    Tree::new(of_list.map(|row| leaf_hash(&row.salt, &row.bytes)).collect())
}

/// A history of blocks, and headers that declare its beginnings.
#[derive(Clone, Debug)]
pub struct TestChain {
    /// The blocks, from genesis on.
    pub blocks: Vec<HistoryLeaf>,
}

impl TestChain {
    /// A history of so many blocks.
    #[must_use]
    pub fn new(blocks: u64) -> Self {
        let leaf = |height: u64| HistoryLeaf {
            height: Height::new(height),
            digest: Domain::Content.hash(&height.to_le_bytes()),
            receipts: LogHead { count: height, root: Domain::Salt.hash(&height.to_le_bytes()) },
            state_root: Domain::State.hash(&height.to_le_bytes()),
        };
        Self { blocks: (0..blocks).map(leaf).collect() }
    }

    fn tree(&self, blocks: u64) -> Tree {
        Tree::new(self.blocks.iter().take(blocks as usize).map(HistoryLeaf::leaf).collect())
    }

    /// The header two blocks above this height, which reports results up to it.
    #[must_use]
    pub fn header(&self, network: &TestNetwork, covered: u64) -> Header {
        let state_root = self.blocks[covered as usize].state_root;
        let history_root = self.tree(covered + 1).root();
        let results = Results { height: Height::new(covered), state_root, history_root };
        network.header(covered + 2, results)
    }

    /// A block in the history up to a height.
    ///
    /// # Panics
    /// When the block is above that height.
    #[must_use]
    pub fn proof(&self, block: u64, covered: u64) -> BlockProof {
        let path = self.tree(covered + 1).path(block, covered + 1, &BTreeMap::new());
        let history = self.blocks[block as usize];
        BlockProof { history, history_path: path.expect("a block of the history") }
    }
}
