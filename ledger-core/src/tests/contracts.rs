//! Contracts that tests publish: those of `move-like-vm/contracts`, and some that are up to no good.

use std::{collections::BTreeMap, sync::OnceLock};

use move_compiler::{Options, SourceFile, compile};
use move_like_vm::encode;

use crate::{
    command::Action,
    id::{AccountId, Text},
    money::Money,
    program::{Bundle, Module, ModuleKey},
    record::{Name, Record},
    testing::{Bank, World, genesis, jpy, programs::address, usd},
};

macro_rules! sources {
    ($folder:literal: $($name:literal),*) => {
        vec![$(SourceFile::new(
            $name,
            include_str!(concat!("../../../move-like-vm/contracts/", $folder, $name, ".move")),
        )),*]
    };
}

/// What tests want of contracts that those of the library do not do.
const TRIALS: &str = r"
module florin::trials {
    use std::signer;
    use std::vector;
    use florin::claim::{Self, Claim};
    use florin::dvp;
    use florin::event;

    struct Kept has key { claim: Claim }
    struct Note has key { bytes: vector<u8> }
    struct Told has copy, drop { number: u64 }
    struct Said has copy, drop { bytes: vector<u8> }
    struct Bond has store { face: u64 }
    struct Bonds has key { all: vector<Bond> }

    public entry fun nothing() {}
    public entry fun stop(code: u64) { abort code }
    public entry fun turn(rounds: u64) { let i = 0; while (i < rounds) { i = i + 1 }; }
    public entry fun add(one: u64, other: u64) { one + other; }
    public fun not_entry() {}
    public entry fun split_hairs<T>() {}

    /// Takes twice and gives both to one.
    public entry fun take_twice(owner: &signer, to: address, currency: vector<u8>, one: u128, other: u128) {
        let claim = claim::withdraw(owner, copy currency, one);
        claim::join(&mut claim, claim::withdraw(owner, currency, other));
        claim::deposit(claim, to);
    }

    /// Pays one twice.
    public entry fun pay_twice(owner: &signer, to: address, currency: vector<u8>, one: u128, other: u128) {
        claim::deposit(claim::withdraw(owner, copy currency, one), to);
        claim::deposit(claim::withdraw(owner, currency, other), to);
    }

    /// Takes a sum apart, pays it, and destroys what is left.
    public entry fun pay_all_of(owner: &signer, to: address, currency: vector<u8>, minor: u128) {
        let claim = claim::withdraw(owner, currency, minor);
        claim::deposit(claim::split(&mut claim, minor), to);
        claim::destroy_empty(claim);
    }

    public entry fun keep(owner: &signer, currency: vector<u8>, minor: u128) {
        move_to(owner, Kept { claim: claim::withdraw(owner, currency, minor) });
    }

    public entry fun give(owner: address, to: address) acquires Kept {
        let Kept { claim } = move_from<Kept>(owner);
        claim::deposit(claim, to);
    }

    public entry fun give_part(owner: address, to: address, minor: u128) acquires Kept {
        claim::deposit(claim::split(&mut borrow_global_mut<Kept>(owner).claim, minor), to);
    }

    public entry fun note(owner: &signer, bytes: vector<u8>) {
        move_to(owner, Note { bytes });
    }

    public entry fun note_doubled(owner: &signer, bytes: vector<u8>, more: vector<u8>) {
        let same = copy bytes;
        vector::append(&mut bytes, same);
        vector::append(&mut bytes, more);
        move_to(owner, Note { bytes });
    }

    public entry fun tell(number: u64) { event::emit(Told { number }); }

    public entry fun say(times: u64, bytes: vector<u8>) {
        while (times > 0) { event::emit(Said { bytes: copy bytes }); times = times - 1; };
    }

    public entry fun tell_number(number: u64) { event::emit(number); }

    public entry fun tell_and_stop(code: u64) { event::emit(Told { number: code }); abort code }

    public entry fun offer_bond(seller: &signer, buyer: address, currency: vector<u8>, minor: u128, until_ms: u64) {
        dvp::offer(seller, Bond { face: 1 }, buyer, currency, minor, until_ms);
    }

    public entry fun buy_bond(buyer: &signer, seller: address, number: u64, currency: vector<u8>, minor: u128) acquires Bonds {
        let (bond, owed) = dvp::take<Bond>(buyer, seller, number);
        dvp::pay(owed, claim::withdraw(buyer, currency, minor));
        let at = signer::address_of(buyer);
        if (!exists<Bonds>(at)) move_to(buyer, Bonds { all: vector[] });
        vector::push_back(&mut borrow_global_mut<Bonds>(at).all, bond);
    }
}
";

fn addresses() -> BTreeMap<String, [u8; 32]> {
    let at = |number| *address(number).get();
    BTreeMap::from([("std".to_owned(), at(1)), ("florin".to_owned(), at(2))])
}

/// A module's name, address and bytes.
type Binary = (String, [u8; 32], Vec<u8>);

/// Binaries by name, each behind those that it names.
fn binaries() -> &'static Vec<Binary> {
    static BINARIES: OnceLock<Vec<Binary>> = OnceLock::new();
    BINARIES.get_or_init(|| {
        let mut files = sources!("standard/sources/": "signer", "vector");
        files.extend(sources!("sources/": "claim", "event", "ledger", "register"));
        files.extend(sources!("sources/": "escrow", "pvp", "dvp"));
        files.push(SourceFile::new("trials", TRIALS));
        let units = compile(&files, &addresses(), &[], Options::default()).expect("they compile");
        let modules = units.iter().filter_map(|unit| Some((unit.name.clone(), unit.module()?)));
        let binaries = modules.map(|(name, module)| {
            let own = module.tables().module_handle(module.self_module_handle).unwrap();
            let at = *module.tables().address(own.address).unwrap();
            (name, at, encode::module(module).expect("it can be written"))
        });
        binaries.collect()
    })
}

/// The module `own` from its source, which may name those of the network.
pub(super) fn compiled(source: &str) -> Vec<u8> {
    own(source).pop().expect("a module")
}

/// The same, with all modules of the later version before it.
pub(super) fn own(source: &str) -> Vec<Vec<u8>> {
    let mut files = sources!("standard/sources/": "signer", "vector");
    files.extend(sources!("sources/": "claim", "event", "ledger"));
    files.extend(sources!("sources/": "chain", "status", "reserve", "table", "queue", "iso20022"));
    files.push(SourceFile::new("other", source));
    let units = compile(&files, &addresses(), &[], Options::default()).expect("it compiles");
    let names = ["chain", "status", "reserve", "table", "queue", "iso20022", "own"];
    let modules = names.map(|name| {
        let unit = units.iter().find(|unit| unit.name == name);
        encode::module(unit.and_then(|unit| unit.module()).expect("a module")).unwrap()
    });
    modules.to_vec()
}

/// The modules of an address, or some of them.
pub(super) fn bundle(number: u8, names: &[&str]) -> Bundle {
    let at = address(number);
    let own = binaries().iter().filter(|(name, of, _)| {
        *of == *at.get() && (names.is_empty() || names.contains(&name.as_str()))
    });
    Bundle { address: at, modules: own.map(|(.., bytes)| bytes.clone()).collect() }
}

/// All modules, by decree.
pub(super) fn decreed(world: &mut World) {
    let modules = binaries().iter().map(|(name, at, bytes)| {
        let (address, name) = (AccountId::new(*at), Text::new(name).unwrap());
        let key = Name::Module(ModuleKey::of(&address, name.get()));
        let (bytes, published) = (bytes.clone(), world.state.header().height);
        (key, Record::Module(Box::new(Module { address, name, bytes, published })))
    });
    let modules = modules.collect();
    world.plant(modules);
}

/// Publishes all of them in a network that has no members yet. Takes a block for each command.
pub(super) fn publish(world: &mut World) {
    let first = ["claim", "event", "ledger", "register"];
    let later = ["escrow", "pvp", "dvp", "trials"];
    for bundle in [bundle(1, &[]), bundle(2, &first), bundle(2, &later)] {
        let commands = world.decide(Action::PublishModules(bundle));
        world.apply_all(&commands);
    }
}

/// Banks A, B and C with `minor` of both currencies, and all modules.
pub(super) fn network(minor: u128) -> (World, [Bank; 3]) {
    let mut world = World::found(genesis());
    publish(&mut world);
    populated(world, minor)
}

/// The same in a network whose modules are published already.
pub(super) fn populated(mut world: World, minor: u128) -> (World, [Bank; 3]) {
    let banks = ["BANKA", "BANKB", "BANKC"].map(Bank::new);
    world.open_reserves();
    for bank in &banks {
        world.admit(bank);
    }
    for bank in &banks {
        for currency in [usd(), jpy()] {
            world.fund(bank, Money::new(currency, minor));
        }
    }
    (world, banks)
}
