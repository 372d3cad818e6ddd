//! A small network in memory, for tests of this and other crates.
//!
//! Keys, handles and nonces follow from names and a counter, so two runs give the same bytes. A
//! [`World`] executes every block the way a validator does and recounts I1 from the accounts after
//! each, without looking at the totals that the rules maintain.
//!
//! # Place      behind the feature `testing`; commands are made in [`commands`]
//! # Absent     consensus, certificates (see the `testing` modules of those crates), secrecy
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test that meets the unexpected shall stop there"
)]

mod administration;
pub mod assets;
pub mod commands;
pub mod compliance;
pub mod governing;
pub mod misconduct;
mod plant;
pub mod programs;
mod queues;
pub mod several;

pub use plant::planted;

use std::{collections::BTreeMap, convert::Infallible};

use rand_core::{TryCryptoRng, TryRng};

use crate::{
    account::{AccountStatus, Totals},
    authority::{Role, RoleKey},
    block::{Block, Context, Header, Results, ValidBlock, encode_payload},
    command::SignedCommand,
    digest::{Domain, Hash32},
    draft::Records as _,
    epoch::Epochs,
    execute::execute,
    genesis::{
        CurrencyTerms, FORMAT, Genesis, Limits, Thresholds, Validator, VoteKey, VoteSignature,
    },
    id::{AccountId, Lei, PartyId, PersonId, ReserveId, Text},
    journal::SaltUse,
    member::DirectoryEntry,
    merkle::Tree,
    money::{Currency, Money},
    proof::ReceiptProof,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    signature::{MemorySigner, Signer as _},
    state::{Restored, State, WriteSet},
    time::{Height, LedgerTime},
};

/// When the network was founded.
pub const FOUNDED: LedgerTime = LedgerTime::new(1_800_000_000_000);
/// Ledger time between two blocks of a [`World`], in milliseconds.
pub const BLOCK_MS: u64 = 1_000;
/// Blocks in an epoch.
pub const EPOCH_LENGTH: u64 = 32;
/// The network's bounds.
pub const LIMITS: Limits = Limits {
    block_bytes: 1024 * 1024,
    block_units: 1_000_000,
    command_ttl_ms: 600_000,
    attestation_max_age_ms: 24 * 60 * 60 * 1_000,
    organisation_share: 8_000,
    growth_quota: 1_000_000,
};

/// Random bytes that are not random: the weights of batch verification, in tests.
#[derive(Clone, Debug, Default)]
pub struct TestRng(u64);

impl TryRng for TestRng {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.try_next_u64()? as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        for chunk in into.chunks_mut(32) {
            self.0 += 1;
            let block = Domain::Content.hash(&self.0.to_le_bytes());
            chunk.copy_from_slice(&block.get()[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for TestRng {}

/// US dollars, scale 2.
#[must_use]
pub fn usd() -> Currency {
    Currency::new("USD").unwrap()
}

/// Yen, scale 0.
#[must_use]
pub fn jpy() -> Currency {
    Currency::new("JPY").unwrap()
}

/// A valid, invented LEI that begins with a name of uppercase letters and digits.
///
/// # Panics
/// When the name does not fit.
#[must_use]
pub fn lei(name: &str) -> Lei {
    let stem = format!("{name:0<18}");
    let digits: String =
        format!("{stem}00").chars().map(|c| c.to_digit(36).unwrap().to_string()).collect();
    let rest = digits.bytes().fold(0u32, |rest, d| (rest * 10 + u32::from(d - b'0')) % 97);
    Lei::new(&format!("{stem}{:02}", 98 - rest)).unwrap()
}

/// Who founds and runs the network.
#[must_use]
pub fn operator_lei() -> Lei {
    lei("OPERATOR")
}

/// Who issues both currencies.
#[must_use]
pub fn issuer_lei() -> Lei {
    lei("ISSUER")
}

/// Who holds the reserves.
#[must_use]
pub fn custodian_lei() -> Lei {
    lei("CUSTODIAN")
}

/// Who freezes.
#[must_use]
pub fn compliance_lei() -> Lei {
    lei("COMPLIANCE")
}

/// A person of an organisation with one key. The same person and role make the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Key, role, person and organisation.
    pub grant: RoleKey,
    secret: [u8; 32],
}

impl Actor {
    /// A person, known by name within its organisation, with its key for a role.
    #[must_use]
    pub fn new(organisation: Lei, role: Role, person: &str) -> Self {
        let secret = *Domain::Content.hash_of(&(organisation, role, person)).get();
        let handle = Domain::Content.hash_of(&(organisation, person));
        let grant = RoleKey {
            key: MemorySigner::new(&secret).public_key(),
            role,
            person: PersonId::new(handle.get()[..16].try_into().unwrap()),
            organisation,
        };
        Self { grant, secret }
    }

    /// Its key.
    #[must_use]
    pub fn signer(&self) -> MemorySigner {
        MemorySigner::new(&self.secret)
    }

    /// A person of the operator: 1 is the maker, 2 the checker.
    #[must_use]
    pub fn operator(number: u8) -> Self {
        Self::new(operator_lei(), Role::Operator, &format!("operator {number}"))
    }

    /// A person of the issuer's treasury: 1 is the maker, 2 the checker.
    #[must_use]
    pub fn treasury(number: u8) -> Self {
        Self::new(issuer_lei(), Role::Treasury, &format!("treasury {number}"))
    }

    /// A person of network compliance, registered by [`World::appoint_compliance`].
    #[must_use]
    pub fn network_compliance(number: u8) -> Self {
        let person = format!("compliance {number}");
        Self::new(compliance_lei(), Role::NetworkCompliance, &person)
    }

    /// The custodian's person.
    #[must_use]
    pub fn custodian() -> Self {
        Self::new(custodian_lei(), Role::Custodian, "custodian")
    }
}

/// A member of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bank {
    /// Its identifier.
    pub lei: Lei,
}

impl Bank {
    /// The bank of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { lei: lei(name) }
    }

    /// Its person with the settlement key.
    #[must_use]
    pub fn settlement(&self) -> Actor {
        Actor::new(self.lei, Role::Settlement, "settlement")
    }

    /// Its person with the gate key.
    #[must_use]
    pub fn gate(&self) -> Actor {
        Actor::new(self.lei, Role::Gate, "gate")
    }

    /// Its person with the compliance key.
    #[must_use]
    pub fn compliance(&self) -> Actor {
        Actor::new(self.lei, Role::Compliance, "compliance")
    }

    /// The handle of one of its customers.
    #[must_use]
    pub fn party(&self, number: u8) -> PartyId {
        PartyId::new(*Domain::Content.hash_of(&(self.lei, "party", number)).get())
    }

    /// Its entry in the directory, with the three keys above.
    #[must_use]
    pub fn directory(&self) -> DirectoryEntry {
        let mut keys = vec![self.settlement().grant, self.gate().grant, self.compliance().grant];
        keys.sort_by_key(|grant| grant.key);
        DirectoryEntry {
            lei: self.lei,
            aliases: Vec::new(),
            endpoint: Text::new("https://gateway.test").unwrap(),
            encryption: Domain::Content.hash_of(&self.lei),
            keys,
        }
    }
}

/// The genesis of the network: two currencies, two operators, two persons of treasury, no member.
#[must_use]
pub fn genesis() -> Genesis {
    let dummy = |number: u8| Validator {
        name: Text::new("validator").unwrap(),
        identity: MemorySigner::new(&[number; 32]).public_key(),
        vote_key: VoteKey::new([number; 96]),
        proof_of_possession: VoteSignature::new([number; 48]),
    };
    let mut validators: Vec<_> = (1..=4).map(dummy).collect();
    validators.sort_by_key(|v| v.identity);
    let people = [1, 2].map(|n| [Actor::operator(n).grant, Actor::treasury(n).grant]);
    let mut role_keys: Vec<_> = people.into_iter().flatten().collect();
    role_keys.sort_by_key(|grant| grant.key);
    let terms = |code, scale| CurrencyTerms { code, scale, issuer: issuer_lei() };
    Genesis {
        format: FORMAT.to_owned(),
        name: Text::new("test").unwrap(),
        time: FOUNDED,
        epoch: 0,
        epoch_length: EPOCH_LENGTH,
        limits: LIMITS,
        validators,
        currencies: vec![terms(jpy(), 0), terms(usd(), 2)],
        members: Vec::new(),
        role_keys,
        thresholds: Thresholds { operator: 2, treasury: 2 },
    }
}

/// What accounts and vaults hold, by currency, with the classes summed; `supply` is the sum of classes,
/// and `frozen` the part of it in frozen accounts.
///
/// # Panics
/// When a sum overflows.
#[must_use]
pub fn recount(state: &State) -> BTreeMap<Currency, Totals> {
    let mut found: BTreeMap<Currency, Totals> = BTreeMap::new();
    for record in state.records() {
        if let Record::Vault(vault) = record {
            let (sums, part) =
                (found.entry(vault.money.currency()).or_default(), vault.money.minor());
            sums.contract = sums.contract.checked_add(part).expect("I1: a class overflows");
            sums.supply = sums.supply.checked_add(part).expect("I1: supply overflows");
        }
        let Record::Account(account) = record else { continue };
        let sums = found.entry(account.currency).or_default();
        for (sum, part) in [
            (&mut sums.available, account.balances.available),
            (&mut sums.held, account.balances.held),
            (&mut sums.preburned, account.balances.preburned),
        ] {
            *sum = sum.checked_add(part).expect("I1: a class overflows");
            sums.supply = sums.supply.checked_add(part).expect("I1: supply overflows");
            if account.status == AccountStatus::Frozen {
                sums.frozen = sums.frozen.checked_add(part).expect("I10: what is frozen overflows");
            }
        }
    }
    found
}

/// Asserts I1: the totals kept are those that accounts and vaults have.
///
/// # Panics
/// When they are not.
pub fn assert_i1(state: &State) {
    let counted = recount(state);
    for record in state.records() {
        let Record::Currency(currency) = record else { continue };
        let sums = counted.get(&currency.code).copied().unwrap_or_default();
        assert_eq!(currency.totals, sums, "I1: {}", currency.code);
    }
}

/// A network and everything that happened to it.
#[derive(Clone, Debug)]
pub struct World {
    /// How it was founded.
    pub genesis: Genesis,
    /// Its state after the last block.
    pub state: State,
    /// What each block changed, genesis first.
    pub sets: Vec<WriteSet>,
    /// The blocks, the first being of height 1.
    pub blocks: Vec<Block>,
    counter: u64,
}

impl World {
    /// The network after genesis.
    ///
    /// # Panics
    /// When the genesis is none.
    #[must_use]
    pub fn found(genesis: Genesis) -> Self {
        genesis.check().expect("a genesis");
        let (state, set) = State::genesis(&genesis).expect("a genesis");
        Self { genesis, state, sets: vec![set], blocks: Vec::new(), counter: 0 }
    }

    /// A running network: banks A, B and C with accounts in both currencies, three customers each
    /// in good standing, reserve accounts with attestations of nothing, and no money.
    #[must_use]
    pub fn running() -> (Self, [Bank; 3]) {
        let mut world = Self::found(genesis());
        let banks = ["BANKA", "BANKB", "BANKC"].map(Bank::new);
        world.open_reserves();
        for bank in &banks {
            world.admit(bank);
        }
        (world, banks)
    }

    /// As [`Self::running`], each bank with `minor` of both currencies.
    #[must_use]
    pub fn funded(minor: u128) -> (Self, [Bank; 3]) {
        let (mut world, banks) = Self::running();
        for bank in &banks {
            for currency in [usd(), jpy()] {
                world.fund(bank, Money::new(currency, minor));
            }
        }
        (world, banks)
    }

    /// Ledger time of the last block.
    #[must_use]
    pub const fn now(&self) -> LedgerTime {
        self.state.header().time
    }

    /// Ledger time of the block that [`Self::block`] makes next.
    #[must_use]
    pub const fn next_time(&self) -> LedgerTime {
        self.now().after(BLOCK_MS)
    }

    /// Bytes that were not seen before in this world.
    pub fn nonce(&mut self) -> Hash32 {
        self.counter += 1;
        Domain::Content.hash_of(&("nonce", self.counter))
    }

    /// The settlement account of a bank as [`Self::admit`] opens it.
    #[must_use]
    pub fn account(&self, bank: &Bank, currency: Currency) -> AccountId {
        let chain = self.genesis.chain_id();
        AccountId::derive(&chain, &bank.lei, currency, &commands::blind(bank, currency))
    }

    /// The reserve account of a currency as [`Self::open_reserves`] registers it.
    #[must_use]
    pub fn reserve(&self, currency: Currency) -> ReserveId {
        ReserveId::derive(&custodian_lei(), currency, &commands::iban(currency))
    }

    /// A block that a leader might propose now: not executed.
    #[must_use]
    pub fn propose_block(&self, time: LedgerTime, commands: &[SignedCommand]) -> Block {
        let parent = self.state.header();
        let height = parent.height.get();
        let leader = self.genesis.validators[0].identity;
        let epoch = Epochs::of(&self.genesis).containing(Height::new(height + 1));
        let context = Context { epoch, view: height + 1, parent_view: height, leader };
        let payload = encode_payload(commands);
        let mut header = parent.child(context, time, &payload, self.declarable());
        let committee = match self.state.record(&Name::Committee) {
            Some(Record::Committee(found)) => found.of_epoch(epoch + 1, parent.height),
            _ => None,
        };
        if let Some(next) = committee.filter(|found| found.epochs().is_last(header.height)) {
            header.next_committee = next.hash();
        }
        Block { header, payload }
    }

    /// The results that the next header may declare: the last block's, and as long as that is
    /// genesis, what the header of genesis declares of itself.
    #[must_use]
    pub const fn declarable(&self) -> Results {
        let header = self.state.header();
        if header.height.get() == 0 { header.results } else { *self.state.results() }
    }

    /// Validates a block as its voters do.
    ///
    /// # Panics
    /// When it is not valid.
    #[must_use]
    pub fn validate(&self, block: &Block) -> ValidBlock {
        let limits = self.state.limits_at(block.header.height).expect("bounds of the next block");
        let valid = block.validate(self.state.header(), &limits, TestRng::default());
        valid.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Orders and executes commands one second after the last block.
    pub fn block(&mut self, commands: &[SignedCommand]) -> WriteSet {
        self.block_at(self.next_time(), commands)
    }

    /// Orders and executes commands at a time; asserts I1 and A1 by recounting.
    ///
    /// # Panics
    /// When the block is not valid, or I1 or A1 does not hold after it.
    pub fn block_at(&mut self, time: LedgerTime, commands: &[SignedCommand]) -> WriteSet {
        let block = self.propose_block(time, commands);
        let set = execute(&self.state, &self.validate(&block));
        self.state.apply(&set);
        assert_i1(&self.state);
        assets::assert_a1(&self.state);
        self.blocks.push(block);
        self.sets.push(set.clone());
        set
    }

    /// What came of one command in a block of its own.
    pub fn run(&mut self, command: &SignedCommand) -> Outcome {
        let set = self.block(std::slice::from_ref(command));
        assert_eq!(set.receipts.len(), 1, "one command, one receipt");
        set.receipts[0].outcome
    }

    /// The effect of one command in a block of its own.
    ///
    /// # Panics
    /// When it is refused.
    pub fn apply(&mut self, command: &SignedCommand) -> Effect {
        match self.run(command) {
            Outcome::Applied(effect) => effect,
            Outcome::Refused(refusal) => panic!("{}: {:?}", refusal.code(), command.body.command),
        }
    }

    /// Orders commands that must all be applied.
    ///
    /// # Panics
    /// When one is refused.
    pub fn apply_all(&mut self, commands: &[SignedCommand]) {
        for receipt in self.block(commands).receipts {
            let applied = matches!(receipt.outcome, Outcome::Applied(_));
            assert!(applied, "{:?}: {:?}", receipt.kind, receipt.outcome);
        }
    }

    /// The record under a name.
    #[must_use]
    pub fn record(&self, name: &Name) -> Option<&Record> {
        use crate::draft::Records as _;
        self.state.record(name)
    }

    /// What a store keeps of the write sets of the first blocks, up to a height.
    ///
    /// # Panics
    /// When there is no such block.
    #[must_use]
    pub fn kept(&self, height: Height) -> Restored {
        let sets = &self.sets[..=usize::try_from(height.get()).unwrap()];
        let last = sets.last().unwrap();
        let (mut slots, mut frontiers) = (Vec::new(), BTreeMap::new());
        let mut windows = BTreeMap::new();
        for set in sets {
            for (slot, stored) in set.slots() {
                let at = usize::try_from(*slot).unwrap();
                if at == slots.len() {
                    slots.push(stored.clone())
                } else {
                    slots[at] = stored.clone()
                }
            }
            frontiers.extend(set.lists.frontiers.clone());
            for swept in &set.lists.swept {
                windows.remove(swept);
            }
            if !set.lists.ids.is_empty() {
                windows.insert(set.header.height, set.lists.ids.clone());
            }
        }
        Restored {
            header: last.header,
            results: last.results,
            slots,
            free: last.head().free,
            history: sets.iter().map(|set| set.history).collect(),
            frontiers,
            windows,
        }
    }

    /// The header of a height.
    #[must_use]
    pub fn header(&self, height: Height) -> &Header {
        &self.sets[usize::try_from(height.get()).unwrap()].header
    }

    /// Proof of a receipt under the results of a later block.
    #[must_use]
    pub fn prove_receipt(&self, height: Height, index: u32, as_of: Height) -> Option<ReceiptProof> {
        let set = self.sets.get(usize::try_from(height.get()).ok()?)?;
        let salt = |index| SaltUse::Receipt(height, index).salt(&set.blinding);
        let leaves = set.receipts.iter().map(|receipt| receipt.leaf(&salt(receipt.index)));
        let tree = Tree::new(leaves.collect());
        Some(ReceiptProof {
            receipt: set.receipts.get(usize::try_from(index).ok()?)?.clone(),
            salt: salt(index),
            path: tree.path(u64::from(index), tree.len(), &BTreeMap::new())?,
            history: set.history,
            history_path: self.state.prove_block(height, as_of)?,
        })
    }

    /// What an account has free, or nothing when there is no such account.
    #[must_use]
    pub fn available(&self, bank: &Bank, currency: Currency) -> u128 {
        match self.record(&Name::Account(self.account(bank, currency))) {
            Some(Record::Account(account)) => account.balances.available,
            _ => 0,
        }
    }
}
