//! What contracts ask the ledger (V14), and tables (V15).

use move_like_vm::status::Status;

use crate::{
    codec::encode,
    command::{Action, Command, SetStanding},
    freeze::FreezeTarget,
    id::{AccountId, PolicyId, ReserveId},
    invoke::Call,
    movement::MovementTerms,
    party::{Level, StandingStatus},
    policy::{PolicyMode, Subject},
    program::Bundle,
    receipt::{Effect, Outcome, Receipt},
    record::{Name, Record},
    refusal::Refusal,
    reserve::Attestation,
    rules::{Acting, Rules, RulesVersion},
    testing::{
        Bank, EPOCH_LENGTH, World, genesis,
        programs::{address, code},
        usd,
    },
    tests::{
        contracts::{own, populated, publish},
        faults::lasting,
    },
    time::{Height, LedgerTime},
    vault::VaultId,
};

/// What tests ask through. Every function stops with the number of what is not as expected.
const OWN: &str = r"
module florin::own {
    use florin::chain;
    use florin::claim::{Self, Claim};
    use florin::iso20022;
    use florin::queue::{Self, Queue};
    use florin::reserve;
    use florin::status;
    use florin::table::{Self, Table};

    public entry fun block(height: u64, epoch: u64) {
        assert!(chain::height() == height, 1);
        assert!(chain::epoch() == epoch, 2);
    }

    public entry fun may(holder: address, currency: vector<u8>, pay: bool, be_paid: bool) {
        assert!(status::may_pay(holder, copy currency) == pay, 1);
        assert!(status::may_be_paid(holder, currency) == be_paid, 2);
    }

    public entry fun frozen(holder: address, currency: vector<u8>, is: bool) {
        assert!(status::is_frozen(holder, currency) == is, 1);
    }

    public entry fun level(holder: address, currency: vector<u8>, least: u8, is: bool) {
        assert!(status::has_level(holder, currency, least) == is, 1);
    }

    public entry fun member(holder: address, entity: vector<u8>, is: bool) {
        assert!((status::member_of(holder) == copy entity) == is, 1);
        assert!(status::is_member(entity), 2);
    }

    public entry fun no_member(entity: vector<u8>) { assert!(!status::is_member(entity), 1); }

    public entry fun reserves(currency: vector<u8>, covered: bool, attested_ms: u64) {
        assert!(reserve::is_covered(copy currency) == covered, 1);
        assert!(reserve::attested_ms(currency) == attested_ms, 2);
    }

    public entry fun anchor(message: vector<u8>, hash: vector<u8>) { iso20022::anchor(message, hash); }

    struct Shelf has key { one: Table<u64, u64>, other: Table<u64, u64> }

    public entry fun open(a: &signer) { move_to(a, Shelf { one: table::new(), other: table::new() }); }

    public entry fun put(at: address, first: u64, count: u64, value: u64) acquires Shelf {
        let shelf = borrow_global_mut<Shelf>(at);
        while (count > 0) {
            table::add(&mut shelf.one, first, value);
            first = first + 1;
            count = count - 1;
        };
    }

    public entry fun change(at: address, key: u64, value: u64) acquires Shelf {
        *table::borrow_mut(&mut borrow_global_mut<Shelf>(at).one, key) = value;
    }

    public entry fun has(at: address, key: u64, value: u64, length: u64) acquires Shelf {
        let shelf = borrow_global<Shelf>(at);
        assert!(*table::borrow(&shelf.one, key) == value, 1);
        assert!(table::length(&shelf.one) == length, 2);
        assert!(!table::contains(&shelf.other, key), 3);
    }

    public entry fun take(at: address, key: u64, stop: bool) acquires Shelf {
        table::remove(&mut borrow_global_mut<Shelf>(at).one, key);
        assert!(!stop, 7);
    }

    struct Till has key { line: Queue<Claim> }

    public entry fun wait(a: &signer, currency: vector<u8>, one: u128, other: u128) {
        let line = queue::new();
        queue::push(&mut line, claim::withdraw(a, copy currency, one));
        queue::push(&mut line, claim::withdraw(a, currency, other));
        move_to(a, Till { line });
    }

    public entry fun serve(at: address, to: address) acquires Till {
        claim::deposit(queue::pop(&mut borrow_global_mut<Till>(at).line), to);
    }
}
";

/// Puts the later version in force, by decree.
fn upgraded(world: &mut World) {
    let acting = Acting { version: RulesVersion::NATIVES, since: Height::new(1) };
    let rules = Rules { acted: vec![acting], ..Rules::default() };
    world.plant(vec![(Name::Rules, Record::Rules(Box::new(rules)))]);
}

/// Banks A, B and C with money, and the modules of the later version.
fn asking() -> (World, [Bank; 3]) {
    let mut world = World::found(genesis());
    publish(&mut world);
    upgraded(&mut world);
    let modules = own(OWN);
    for modules in [&modules[..6], &modules[6..]] {
        let bundle = Bundle { address: address(2), modules: modules.to_vec() };
        let commands = world.decide(Action::PublishModules(bundle));
        world.apply_all(&commands);
    }
    populated(world, 1_000)
}

fn call_of(world: &mut World, by: &Bank, function: &str, arguments: Vec<Vec<u8>>) -> Call {
    let holders = vec![world.named(by, usd(), 0)];
    world.call(("own", function), &[], holders, arguments)
}

fn sent(world: &mut World, by: &Bank, call: Call) -> Receipt {
    let command = world.invoke(by, call);
    world.block(&[command]).receipts.remove(0)
}

fn asked(world: &mut World, by: &Bank, function: &str, arguments: Vec<Vec<u8>>) -> Receipt {
    let call = call_of(world, by, function, arguments);
    sent(world, by, call)
}

fn done(receipt: &Receipt) {
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::Invoked), "{:?}", receipt.run);
}

/// With which code it was stopped.
fn stopped(receipt: &Receipt) -> Option<u64> {
    assert_eq!(receipt.outcome, Outcome::Refused(Refusal::CallFailed));
    receipt.run.as_ref().unwrap().code
}

fn refused(refusal: Refusal) -> Option<u64> {
    Some((0x46 << 16) | refusal.number())
}

fn may(holder: AccountId, pay: bool, be_paid: bool) -> Vec<Vec<u8>> {
    vec![encode(&holder), code(usd()), encode(&pay), encode(&be_paid)]
}

#[test]
fn v14_natives_are_linked_from_their_version_on() {
    let later = Bundle { address: address(2), modules: own(OWN)[..1].to_vec() };
    let mut world = World::found(genesis());
    publish(&mut world);
    let ends = |world: &mut World| {
        let commands = world.decide(Action::PublishModules(later.clone()));
        let receipt = world.block(&commands).receipts.remove(1);
        (receipt.outcome, receipt.run.map(|run| run.status))
    };
    let status = Status::MissingDependency.number();
    let refused = (Outcome::Refused(Refusal::ModuleRefused), Some(status));
    assert_eq!(ends(&mut world), refused);
    upgraded(&mut world);
    let published = (Outcome::Applied(Effect::Executed), Some(Status::Executed.number()));
    assert_eq!(ends(&mut world), published);
}

#[test]
fn v14_a_contract_is_told_whether_an_account_can_take_part_and_not_why() {
    type Change = fn(&mut World, &Bank);
    let rows: [(Change, bool, bool); 7] = [
        (|_, _| {}, true, true),
        (
            |world, b| {
                let freeze = world.freeze(FreezeTarget::Account(world.account(b, usd())));
                world.apply(&freeze);
            },
            false,
            false,
        ),
        (
            |world, b| {
                let freeze = world.freeze(FreezeTarget::Party(b.party(1)));
                world.apply(&freeze);
            },
            false,
            false,
        ),
        (
            |world, b| {
                let said = world.good_standing(b.party(1));
                let said = SetStanding { status: StandingStatus::Revoked, ..said };
                let command = world.sign(&b.compliance(), Command::SetStanding(said));
                world.apply(&command);
            },
            false,
            false,
        ),
        (
            |world, _| {
                let freeze = world.freeze(FreezeTarget::Currency(usd()));
                world.apply(&freeze);
            },
            false,
            false,
        ),
        (
            |world, b| demands(world, b, |policy| MovementTerms { sender: policy, ..NONE }),
            false,
            true,
        ),
        (
            |world, b| demands(world, b, |policy| MovementTerms { recipient: policy, ..NONE }),
            true,
            false,
        ),
    ];
    let (mut world, [a, b, _]) = asking();
    world.appoint_compliance();
    for (row, (change, pay, be_paid)) in rows.into_iter().enumerate() {
        let mut world = world.clone();
        change(&mut world, &b);
        // Asked by the bank itself and by another, in a call that names the account.
        for by in [&a, &b] {
            let holders = vec![world.named(&a, usd(), 0), world.named(&b, usd(), 0)];
            let arguments = may(world.holder(&b), pay, be_paid);
            let call = world.call(("own", "may"), &[], holders, arguments);
            let receipt = sent(&mut world, by, call);
            assert_eq!(
                receipt.outcome,
                Outcome::Applied(Effect::Invoked),
                "row {row}: {:?}",
                receipt.run
            );
        }
    }
}

const NONE: MovementTerms =
    MovementTerms { payee_clearance: None, sender: None, recipient: None, mint_recipient: None };

/// A policy that keeps a bank's first customer away.
fn demands(world: &mut World, b: &Bank, terms: fn(Option<PolicyId>) -> MovementTerms) {
    let policy = PolicyId::new([7; 32]);
    world.policy(policy, PolicyMode::Deny, &[Subject::Party(b.party(1))]);
    world.demand(usd(), terms(Some(policy)));
}

#[test]
fn v14_nothing_is_told_of_accounts_that_the_call_does_not_name() {
    let (mut world, [a, b, _]) = asking();
    let not_named = refused(Refusal::PayeeNotNamed);
    let (other, own) = (world.holder(&b), world.holder(&a));
    let yen = vec![encode(&own), encode(&b"JPY".to_vec()), encode(&true), encode(&true)];
    let none = vec![encode(&own), encode(&b"dollars".to_vec()), encode(&true), encode(&true)];
    let lei = encode(&a.lei.text().as_bytes().to_vec());
    for (function, arguments, expected) in [
        ("may", may(other, true, true), not_named),
        ("may", yen, not_named),
        ("may", none, refused(Refusal::CurrencyUnknown)),
        ("frozen", vec![encode(&other), code(usd()), encode(&false)], not_named),
        ("level", vec![encode(&other), code(usd()), vec![0], encode(&true)], not_named),
        ("member", vec![encode(&other), lei, encode(&false)], not_named),
    ] {
        let receipt = asked(&mut world, &a, function, arguments);
        assert_eq!(stopped(&receipt), expected, "{function}");
    }
    // Of another member's account, named as it is, nobody says that it is frozen.
    let call = |world: &mut World| {
        let holders = vec![world.named(&a, usd(), 0), world.named(&b, usd(), 0)];
        let arguments = vec![encode(&other), code(usd()), encode(&false)];
        world.call(("own", "frozen"), &[], holders, arguments)
    };
    let of_others = call(&mut world);
    assert_eq!(stopped(&sent(&mut world, &a, of_others)), refused(Refusal::NotYourAccount));
    let own = call(&mut world);
    done(&sent(&mut world, &b, own));
}

#[test]
fn v14_customers_levels_members_and_blocks_are_what_the_ledger_says() {
    let (mut world, [a, ..]) = asking();
    let holder = world.holder(&a);
    let level = |world: &mut World, least: u8, is: bool| {
        let arguments = vec![encode(&holder), code(usd()), vec![least], encode(&is)];
        done(&asked(world, &a, "level", arguments));
    };
    level(&mut world, 2, true);
    level(&mut world, 3, false);
    let said = world.good_standing(a.party(1));
    let said = SetStanding { level: Level::Enhanced, ..said };
    let enhanced = world.sign(&a.compliance(), Command::SetStanding(said));
    world.apply(&enhanced);
    level(&mut world, 3, true);
    level(&mut world, 4, false);
    let numbers = [Level::None, Level::Basic, Level::Full, Level::Enhanced].map(Level::number);
    assert_eq!(numbers, [0, 1, 2, 3]);
    let lei = encode(&a.lei.text().as_bytes().to_vec());
    done(&asked(&mut world, &a, "member", vec![encode(&holder), lei, encode(&true)]));
    for nobody in [&b"BANKX000000000000022"[..], b"no identifier", b""] {
        done(&asked(&mut world, &a, "no_member", vec![encode(&nobody.to_vec())]));
    }
    let next = world.state.header().height.next().get();
    let block = vec![encode(&next), encode(&(next / EPOCH_LENGTH))];
    done(&asked(&mut world, &a, "block", block));
}

#[test]
fn v14_reserves_are_covered_while_attestations_are_fresh() {
    let (mut world, [a, ..]) = asking();
    let said = |world: &World| {
        let (attestation, _) = world.reserve_record(usd()).books.attested.unwrap();
        encode(&attestation.as_of.get())
    };
    let fresh = vec![code(usd()), encode(&true), said(&world)];
    done(&asked(&mut world, &a, "reserves", fresh));
    let age = genesis().limits.attestation_max_age_ms;
    let later = world.now().after(age + 1);
    world.block_at(later, &[]);
    let stale = vec![code(usd()), encode(&false), said(&world)];
    done(&asked(&mut world, &a, "reserves", stale));
    let unknown = vec![encode(&b"XXX".to_vec()), encode(&false), encode(&0u64)];
    let receipt = asked(&mut world, &a, "reserves", unknown);
    assert_eq!(stopped(&receipt), refused(Refusal::CurrencyUnknown));
}

#[test]
fn v14_reserves_are_attested_as_of_the_oldest_of_their_accounts() {
    let (mut world, [a, ..]) = asking();
    let first = world.reserve_record(usd()).clone();
    let (attestation, turnover) = first.books.attested.unwrap();
    let Some(Record::Currency(currency)) = world.record(&Name::Currency(usd())).cloned() else {
        panic!("no currency")
    };
    let id = ReserveId::new([9; 32]);
    let mut currency = currency;
    currency.reserves.push(id);
    currency.reserves.sort();
    world.plant(vec![(Name::Currency(usd()), Record::Currency(currency))]);
    let own = attestation.as_of;
    for (second, oldest) in [
        (Some(own.after(1)), own.get()),
        (Some(LedgerTime::new(own.get() - 1)), own.get() - 1),
        (None, 0),
    ] {
        let mut second_account = first.clone();
        second_account.id = id;
        second_account.books.attested =
            second.map(|as_of| (Attestation { as_of, ..attestation }, turnover));
        world.plant(vec![(Name::Reserve(id), Record::Reserve(second_account))]);
        let said = vec![code(usd()), encode(&true), encode(&oldest)];
        done(&asked(&mut world, &a, "reserves", said));
    }
}

#[test]
fn v13_v14_a_message_is_tied_to_a_call() {
    let (mut world, [a, ..]) = asking();
    let (message, hash) = (b"pacs.008.001.08".to_vec(), vec![7u8; 32]);
    let receipt = asked(&mut world, &a, "anchor", vec![encode(&message), encode(&hash)]);
    let events = receipt.run.unwrap().events;
    assert_eq!(events[0].value, encode(&(message, hash)));
    assert!(events[0].tag.windows(8).any(|part| part == b"Anchored"));
    let receipt = asked(&mut world, &a, "anchor", vec![encode(&b"pacs.008".to_vec()), vec![0]]);
    assert_eq!(stopped(&receipt), Some(980));
}

/// A shelf of bank A's.
fn shelf(world: &mut World, a: &Bank) -> Vec<u8> {
    let holders = vec![world.named(a, usd(), 0)];
    let call = world.call(("own", "open"), &[a], holders, Vec::new());
    done(&sent(world, a, call));
    encode(&world.holder(a))
}

#[test]
fn v15_each_item_of_a_table_is_a_record_of_its_own() {
    let (mut world, [a, b, _]) = asking();
    let at = shelf(&mut world, &a);
    let put =
        |first: u64, count: u64| vec![at.clone(), encode(&first), encode(&count), encode(&5u64)];
    let resources = |world: &World| {
        world.state.records().filter(|record| matches!(record, Record::Resource(_))).count()
    };
    let before = resources(&world);
    done(&asked(&mut world, &a, "put", put(0, 15)));
    assert_eq!(resources(&world), before + 15);
    // The shelf and sixteen items are one record more than the call may change.
    let (kept, receipt) = (lasting(&world.state), asked(&mut world, &a, "put", put(20, 16)));
    let limit = Status::StorageWriteLimitReached.number();
    assert_eq!((receipt.run.unwrap().status, lasting(&world.state) == kept), (limit, true));
    // Whoever may call it reaches the items, in a later block as well; an item changes alone.
    let change = vec![at.clone(), encode(&3u64), encode(&6u64)];
    done(&asked(&mut world, &b, "change", change));
    for (key, value) in [(3u64, 6u64), (4, 5)] {
        let has = vec![at.clone(), encode(&key), encode(&value), encode(&15u64)];
        done(&asked(&mut world, &b, "has", has));
    }
    let again = vec![at.clone(), encode(&3u64), encode(&1u64), encode(&1u64)];
    assert_eq!(stopped(&asked(&mut world, &a, "put", again)), Some(900));
    let absent = vec![at.clone(), encode(&99u64), encode(&1u64)];
    assert_eq!(stopped(&asked(&mut world, &a, "change", absent)), Some(901));
    // What stops takes nothing out; what comes to its end does, and the record is gone.
    let take = |stop: bool| vec![at.clone(), encode(&3u64), encode(&stop)];
    assert_eq!(stopped(&asked(&mut world, &a, "take", take(true))), Some(7));
    assert_eq!(resources(&world), before + 15);
    done(&asked(&mut world, &a, "take", take(false)));
    assert_eq!(resources(&world), before + 14);
}

#[test]
fn i1_v15_claims_wait_in_a_queue_beside_their_vaults() {
    let (mut world, [a, b, _]) = asking();
    let holders = vec![world.named(&a, usd(), 30)];
    let arguments = vec![code(usd()), encode(&10u128), encode(&20u128)];
    let call = world.call(("own", "wait"), &[&a], holders, arguments);
    let command = world.invoke(&a, call);
    // The table has the first id of the command, the vaults have the next two.
    let made = [0, 1, 2].map(|place| VaultId::derive(&command.body.id(), place));
    done(&world.block(&[command]).receipts[0]);
    let is_vault = |id: &VaultId| world.record(&Name::Vault(*id)).is_some();
    assert_eq!(made.each_ref().map(is_vault), [false, true, true]);
    for (paid, left) in [(10, 20), (30, 0)] {
        let holders = vec![world.named(&a, usd(), 0), world.named(&b, usd(), 0)];
        let arguments = vec![encode(&world.holder(&a)), encode(&world.holder(&b))];
        let call = world.call(("own", "serve"), &[], holders, arguments);
        done(&sent(&mut world, &b, call));
        assert_eq!(world.available(&b, usd()), 1_000 + paid);
        let Some(Record::Currency(found)) = world.record(&Name::Currency(usd())) else { panic!() };
        assert_eq!(found.totals.contract, left);
    }
}
