//! The network that is simulated: validators with real vote keys, three banks, two currencies, money.
//!
//! Everything after genesis is made by signed commands, which the cluster itself orders and executes
//! before anything goes wrong.
//!
//! # Place      scenario -> [founding] -> ledger-core `testing`
//! # Absent     secrecy: all keys follow from numbers

use std::collections::BTreeMap;

use consensus::{Beginning, Distance, IdentitySecret, NodeConfig, VoteSecret, simulation::address};
use ledger_core::{
    codec::decode,
    command::SignedCommand,
    controls::MintTerms,
    digest::Hash32,
    genesis::{Genesis, Validator},
    id::Text,
    limits::MAX_PAYLOAD_BYTES,
    money::Money,
    rules::RulesVersion,
    state::State,
    testing::{Actor, Bank, World, commands::entry_id, genesis, jpy, usd},
    time::LedgerTime,
};

/// What each bank begins with, of both currencies.
pub const FUNDS: u128 = 1_000_000;
/// What treasury may mint of dollars after that.
pub const MINTS: u128 = 700;
/// Part of the yen reserve that does not count, in basis points.
const HAIRCUT: u16 = 33;
/// How long a command may wait, in milliseconds: short, so that the ledger forgets ids within a run.
pub const TTL_MS: u64 = 60_000;

struct Secrets {
    identity: IdentitySecret,
    vote: VoteSecret,
}

/// The network.
pub struct Founding {
    /// How it begins.
    pub genesis: Genesis,
    /// Makes commands; its state is that after the founding.
    pub world: World,
    /// Its members.
    pub banks: [Bank; 3],
    /// Commands that make it, to be executed in this order, batch by batch.
    pub batches: Vec<Vec<SignedCommand>>,
    /// Which version of the rules a validator knows, where that is not the first.
    pub knows: BTreeMap<usize, RulesVersion>,
    root: Hash32,
    secrets: Vec<Secrets>,
}

fn secrets(validators: usize) -> Vec<Secrets> {
    let secret = |number: usize| {
        let number = u8::try_from(number).expect("few validators");
        Secrets {
            identity: IdentitySecret::from_bytes([1 + number; 32]),
            vote: VoteSecret::from_bytes(&[0x11 + number; 32]).expect("a scalar"),
        }
    };
    let mut secrets: Vec<_> = (0..validators).map(secret).collect();
    secrets.sort_by_key(|s| s.identity.public_key());
    secrets
}

/// As the ledger's own generators do, with a haircut on yen.
fn open_reserves(world: &mut World) {
    let mut commands = world.register_key(Actor::custodian().grant).to_vec();
    commands.extend(world.register_reserve(usd(), 0));
    commands.extend(world.register_reserve(jpy(), HAIRCUT));
    world.apply_all(&commands);
    let attestations = [world.attest(usd(), 0), world.attest(jpy(), 0)];
    world.apply_all(&attestations);
}

/// A mint for which the reserve lacks less than one yen: refused, unless somebody rounds up.
fn mint_at_the_edge(world: &mut World, bank: &Bank) {
    let minor = 777;
    let money = Money::new(jpy(), minor);
    let entry = world.credit_from(bank, money, "edge");
    let booked = world.record_entry(&entry);
    let asked = world.request_mint(bank, money, "edge");
    let request = asked.body.id();
    world.apply_all(&[booked, asked]);
    let needed = 3 * FUNDS + minor;
    let balance = (needed * 10_000 - 1) / (10_000 - u128::from(HAIRCUT));
    let attested = world.attest(jpy(), balance);
    world.apply(&attested);
    let mint = world.mint(request, entry_id(&entry));
    world.block(&mint);
}

impl Founding {
    /// A network of so many validators, with epochs of so many blocks.
    ///
    /// # Panics
    /// When the ledger's own generators do not make one.
    #[must_use]
    pub fn new(validators: usize, epoch_length: u64) -> Self {
        let secrets = secrets(validators);
        let card = |(index, s): (usize, &Secrets)| Validator {
            name: Text::new(&format!("validator-{index}")).expect("a name"),
            identity: s.identity.public_key(),
            vote_key: s.vote.vote_key(),
            proof_of_possession: s.vote.prove_possession(),
        };
        let mut genesis = genesis();
        genesis.validators = secrets.iter().enumerate().map(card).collect();
        genesis.limits.command_ttl_ms = TTL_MS;
        genesis.epoch_length = epoch_length;
        let mut world = World::found(genesis.clone());
        let banks = ["BANKA", "BANKB", "BANKC"].map(Bank::new);
        open_reserves(&mut world);
        for bank in &banks {
            world.admit(bank);
        }
        for bank in &banks {
            for currency in [usd(), jpy()] {
                world.fund(bank, Money::new(currency, FUNDS));
            }
        }
        mint_at_the_edge(&mut world, &banks[0]);
        world.appoint_compliance();
        let terms = MintTerms { allowance: Some(3 * FUNDS + MINTS), ..MintTerms::default() };
        let terms = world.set_mint_terms(usd(), terms);
        world.apply_all(&terms);
        let batch = |payload: &Vec<u8>| decode(payload, MAX_PAYLOAD_BYTES).expect("commands");
        let batches = world.blocks.iter().map(|block| batch(&block.payload)).collect();
        let (_, set) = State::genesis(&genesis).expect("a genesis");
        let root = set.results.state_root;
        let knows = BTreeMap::new();
        Self { genesis, world, banks, batches, knows, root, secrets }
    }

    /// Ledger time at which the cluster starts: all that the founding signed is valid then.
    #[must_use]
    pub fn begins(&self) -> LedgerTime {
        self.world.now().after(1_000)
    }

    /// What a validator's engine needs to know.
    #[must_use]
    pub fn config(&self, index: usize) -> NodeConfig {
        let secrets = &self.secrets[index];
        let places = self.genesis.validators.iter().enumerate();
        let peers: BTreeMap<_, _> = places.map(|(at, v)| (v.identity, address(at))).collect();
        NodeConfig {
            genesis: self.genesis.clone(),
            genesis_state_root: self.root,
            identity: secrets.identity.clone(),
            votes: vec![secrets.vote.clone()],
            listen: address(index),
            peers,
            storage: std::path::PathBuf::new(),
            beginning: Beginning::default(),
            rules: self.knows.get(&index).copied().unwrap_or(RulesVersion::BASE),
            distance: Distance::Wide,
        }
    }
}
