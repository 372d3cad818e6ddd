//! Sub-accounts: opened by their member, and moves between its accounts (I5, I7, I10, K3, K7).

use super::{administered, dollars, refuses, signed_by, tried};
use crate::{
    account::{Account, Balances},
    command::{Action, Command},
    digest::Hash32,
    freeze::FreezeTarget,
    id::AccountId,
    key_limits::KeyTerms,
    limits::MAX_SUB_ACCOUNTS,
    money::{Currency, Money},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    sub_account::{Move, OpenSub, SubAccount, SubAccounts},
    testing::{Actor, Bank, World, jpy, recount, usd},
    tests::{
        faults::{check, fault, refused},
        payments::{frozen, key, suspended},
        spending::full,
    },
};

fn balances(world: &World, id: AccountId) -> Balances {
    match world.record(&Name::Account(id)) {
        Some(Record::Account(account)) => account.balances,
        _ => panic!("no account"),
    }
}

#[derive(Clone)]
struct Opening {
    world: World,
    a: Bank,
    b: Bank,
    asked: OpenSub,
    plants: Vec<(Name, Record)>,
}

fn open(case: &Opening) -> Outcome {
    let mut world = case.world.clone();
    world.plant(case.plants.clone());
    tried(&world, &case.a, &Action::OpenSubAccount(case.asked))
}

#[test]
fn i5_a_sub_account_is_refused_for_the_first_reason_that_applies() {
    let (mut world, [a, b, _]) = administered(10);
    let (parent, blind, label) = (world.account(&a, usd()), world.nonce(), world.nonce());
    let asked = OpenSub { parent, blind, label };
    let good = Opening { world, a, b, asked, plants: Vec::new() };
    let faults = [
        fault(Refusal::MemberSuspended, &["member"], |c: &mut Opening| {
            c.plants.push(suspended(&c.world, &c.a));
        }),
        fault(Refusal::AlreadyExists, &["blind", "parent"], |c| {
            let (name, _) = frozen(&c.world, &c.world.account(&c.a, usd()));
            let Some(Record::Account(account)) = c.world.record(&name) else { panic!() };
            let chain = c.world.genesis.chain_id();
            let id = AccountId::derive(&chain, &c.a.lei, usd(), &c.asked.blind);
            let taken = Account { id, balances: Balances::default(), ..account.clone() };
            c.plants.push((Name::Account(id), Record::Account(taken)));
        }),
        fault(Refusal::AccountUnknown, &["parent"], |c| c.asked.parent = AccountId::new([0; 32])),
        fault(Refusal::NotYourAccount, &["parent"], |c| {
            c.asked.parent = c.world.account(&c.b, usd());
        }),
        fault(Refusal::AccountFrozen, &["frozen", "parent"], |c| {
            c.plants.push(frozen(&c.world, &c.asked.parent));
        }),
        fault(Refusal::SubAccountsFull, &["full", "parent"], |c| {
            let stamp = |number: usize| AccountId::new([u8::try_from(number).unwrap(); 32]);
            let accounts = (0..MAX_SUB_ACCOUNTS).map(stamp).collect();
            let full = SubAccounts { parent: c.asked.parent, accounts };
            c.plants.push((Name::SubAccounts(c.asked.parent), Record::SubAccounts(full)));
        }),
        fault(Refusal::SubAccountsFull, &["full", "parent"], |c| {
            let account = c.asked.parent;
            let parent = AccountId::new([1; 32]);
            let sub = SubAccount { account, parent, label: Hash32::ZERO };
            c.plants.push((Name::SubAccount(account), Record::SubAccount(sub)));
        }),
    ];
    check(&good, Effect::Executed, &faults, open);
    // Of another's account it tells nothing, not even the currency.
    let mut strange = good.clone();
    (faults[1].make)(&mut strange);
    strange.asked.parent = strange.world.account(&strange.b, usd());
    assert_eq!(open(&strange), Outcome::Refused(Refusal::NotYourAccount));
}

#[test]
fn i5_a_member_opens_sub_accounts_that_are_listed_and_shown_to_it_only() {
    let (mut world, [a, ..]) = administered(10);
    let count = |world: &World| match world.record(&Name::Holdings(a.lei)) {
        Some(Record::Holdings(holdings)) => holdings.accounts.count,
        _ => panic!("no holdings"),
    };
    let (before, parent) = (count(&world), world.account(&a, jpy()));
    let (blind, label) = (world.nonce(), world.nonce());
    let [proposal, approval] =
        world.administer(&a, Action::OpenSubAccount(OpenSub { parent, blind, label }));
    let receipts = world.block(&[proposal, approval]).receipts;
    let id = AccountId::derive(&world.genesis.chain_id(), &a.lei, jpy(), &blind);
    assert_eq!(receipts[1].outcome, Outcome::Applied(Effect::Executed));
    assert_eq!((receipts[1].credit, &receipts[1].parties[..]), (Some(id), &[a.lei][..]));
    assert_eq!(count(&world), before + 1);
    let Some(Record::Account(account)) = world.record(&Name::Account(id)) else { panic!() };
    assert_eq!((account.member, account.currency), (a.lei, jpy()));
    assert_eq!(account.balances, Balances::default());
    let sub = SubAccount { account: id, parent, label };
    assert_eq!(world.record(&Name::SubAccount(id)), Some(&Record::SubAccount(sub)));
    let under = SubAccounts { parent, accounts: vec![id] };
    assert_eq!(world.record(&Name::SubAccounts(parent)), Some(&Record::SubAccounts(under)));
    let nested = OpenSub { parent: id, blind: label, label };
    refuses(&world, &a, &[(Action::OpenSubAccount(nested), Refusal::SubAccountsFull)]);
    while world.open_sub(&a, jpy()) != id && count(&world) < before + 64 {}
    let (blind, label) = (world.nonce(), world.nonce());
    let one_more = Action::OpenSubAccount(OpenSub { parent, blind, label });
    refuses(&world, &a, &[(one_more, Refusal::SubAccountsFull)]);
}

/// A has 100 dollars in its account, and a sub-account.
#[derive(Clone)]
struct Moving {
    world: World,
    a: Bank,
    b: Bank,
    by: Actor,
    asked: Move,
    plants: Vec<(Name, Record)>,
}

impl Moving {
    fn new() -> Self {
        let (mut world, [a, b, _]) = administered(100);
        let (from, to) = (world.account(&a, usd()), world.open_sub(&a, usd()));
        let asked = Move { from, to, money: dollars(100) };
        Self { world, a, b, by: a.settlement(), asked, plants: Vec::new() }
    }

    fn run(&self) -> Outcome {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        let command = world.sign(&self.by, Command::Move(self.asked));
        world.run(&command)
    }
}

#[test]
fn i7_i10_k5_a_move_is_refused_for_the_first_reason_that_applies() {
    let faults = [
        fault(Refusal::KeyRevoked, &["by"], |c: &mut Moving| {
            c.plants.push(key(&c.a.settlement(), false));
        }),
        fault(Refusal::WrongRole, &["by"], |c| c.by = c.a.admin(1)),
        fault(Refusal::MemberSuspended, &["member"], |c| {
            c.plants.push(suspended(&c.world, &c.a));
        }),
        fault(Refusal::CurrencyUnknown, &["money"], |c| {
            c.asked.money = Money::new(Currency::new("XAU").unwrap(), 1);
        }),
        fault(Refusal::AmountZero, &["money"], |c| c.asked.money = dollars(0)),
        fault(Refusal::AccountUnknown, &["from"], |c| c.asked.from = AccountId::new([0; 32])),
        fault(Refusal::AccountUnknown, &["to"], |c| c.asked.to = AccountId::new([0; 32])),
        fault(Refusal::NotYourAccount, &["from"], |c| {
            c.asked.from = c.world.account(&c.b, usd());
        }),
        fault(Refusal::NotYourAccount, &["to"], |c| c.asked.to = c.world.account(&c.b, usd())),
        fault(Refusal::AccountFrozen, &["from", "frozen"], |c| {
            c.plants.push(frozen(&c.world, &c.asked.from));
        }),
        fault(Refusal::AccountFrozen, &["to", "frozen"], |c| {
            c.plants.push(frozen(&c.world, &c.asked.to));
        }),
        fault(Refusal::CurrencyMismatch, &["from"], |c| {
            c.asked.from = c.world.account(&c.a, jpy());
        }),
        fault(Refusal::CurrencyMismatch, &["to"], |c| {
            c.asked.to = c.world.account(&c.a, jpy());
        }),
        fault(Refusal::InsufficientFunds, &["money", "from"], |c| c.asked.money = dollars(101)),
        fault(Refusal::SignersTooFew, &["policy", "from"], |c| {
            let policy = crate::signing::MemberPolicy {
                settlement: 2,
                ..crate::signing::MemberPolicy::new(c.a.lei)
            };
            c.plants.push((Name::MemberPolicy(c.a.lei), Record::MemberPolicy(policy)));
        }),
        fault(Refusal::SameAccount, &["to", "from"], |c| c.asked.to = c.asked.from),
    ];
    check(&Moving::new(), Effect::Moved, &faults, Moving::run);
}

#[test]
fn i7_a_move_keeps_supply_and_is_told_to_its_member_only() {
    let Moving { mut world, a, asked, .. } = Moving::new();
    let before = recount(&world.state);
    let out = world.move_own(&a, asked.from, asked.to, dollars(30));
    let receipts = world.block(&[out]).receipts;
    let receipt = &receipts[0];
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::Moved));
    assert_eq!(receipt.parties, [a.lei]);
    assert_eq!((receipt.debit, receipt.credit), (Some(asked.from), Some(asked.to)));
    assert_eq!((receipt.money, receipt.leg), (Some(dollars(30)), None));
    let back = world.move_own(&a, asked.to, asked.from, dollars(10));
    assert_eq!(world.apply(&back), Effect::Moved);
    assert_eq!(balances(&world, asked.from).available, 80);
    assert_eq!(balances(&world, asked.to).available, 20);
    assert_eq!(recount(&world.state), before);
}

#[test]
fn i10_no_move_takes_money_out_of_a_freeze_or_into_one() {
    let Moving { mut world, a, asked, .. } = Moving::new();
    world.appoint_compliance();
    let half = world.move_own(&a, asked.from, asked.to, dollars(50));
    world.apply(&half);
    for target in [asked.from, asked.to] {
        let freeze = world.freeze(FreezeTarget::Account(target));
        world.apply(&freeze);
        for (from, to) in [(asked.from, asked.to), (asked.to, asked.from)] {
            let command = world.move_own(&a, from, to, dollars(1));
            assert_eq!(refused(&mut world, &command), Refusal::AccountFrozen);
        }
        let lift = world.unfreeze(FreezeTarget::Account(target));
        world.apply_all(&lift);
    }
}

#[test]
fn k1_k3_a_sub_account_is_no_way_round_standing_a_freeze_of_a_customer_or_its_limit() {
    let Moving { mut world, a, b, asked, .. } = Moving::new();
    world.appoint_compliance();
    let terms = world.set_payment_terms(usd(), full(Some(40), Some(60)));
    world.apply_all(&terms);
    let half = world.move_own(&a, asked.from, asked.to, dollars(50));
    world.apply(&half);
    assert_eq!(world.spent(a.party(1), usd()), 0, "a move is nobody's payment");
    let pay = |world: &mut World, debit, minor| {
        let mut payment = world.payment(&a, &b, dollars(minor));
        payment.debit = debit;
        world.transfer(&a, &b, &payment)
    };
    // Limits are the customer's, over all accounts of its member.
    let first = pay(&mut world, asked.from, 35);
    assert_eq!(world.apply(&first), Effect::Settled);
    let large = pay(&mut world, asked.to, 41);
    assert_eq!(refused(&mut world, &large), Refusal::PaymentLimit);
    let much = pay(&mut world, asked.to, 26);
    assert_eq!(refused(&mut world, &much), Refusal::WindowLimit);
    let rest = pay(&mut world, asked.to, 25);
    assert_eq!(world.apply(&rest), Effect::Settled);
    assert_eq!(world.spent(a.party(1), usd()), 60);
    let freeze = world.freeze(FreezeTarget::Party(a.party(1)));
    world.apply(&freeze);
    for debit in [asked.from, asked.to] {
        let command = pay(&mut world, debit, 1);
        assert_eq!(refused(&mut world, &command), Refusal::AccountFrozen);
    }
    // No payment goes to oneself, so that nobody's clearance is needed where nobody else is paid.
    let mut to_itself = world.payment(&a, &a, dollars(1));
    to_itself.debit = asked.to;
    let command = world.transfer(&a, &a, &to_itself);
    assert_eq!(refused(&mut world, &command), Refusal::SameMember);
}

#[test]
fn k7_a_sub_account_is_no_way_round_the_persons_or_limits_of_keys() {
    let Moving { mut world, a, b, asked, .. } = Moving::new();
    let clerk = a.clerk(1);
    world.register_own(&a, &clerk);
    world.set_steps(&a, asked.from, &[(20, 2)]);
    let large = world.move_own(&a, asked.from, asked.to, dollars(20));
    assert_eq!(refused(&mut world, &large), Refusal::SignersTooFew);
    let large = signed_by(&large, &[&a.settlement(), &clerk]);
    assert_eq!(world.apply(&large), Effect::Moved);
    for _ in 0..2 {
        let small = world.move_own(&a, asked.from, asked.to, dollars(19));
        assert_eq!(world.apply(&small), Effect::Moved);
    }
    // What was gathered under a sub-account goes by the steps of the account above it.
    let pay = |world: &mut World, minor| {
        let mut payment = world.payment(&a, &b, dollars(minor));
        payment.debit = asked.to;
        world.transfer(&a, &b, &payment)
    };
    let gathered = pay(&mut world, 20);
    assert_eq!(refused(&mut world, &gathered), Refusal::SignersTooFew);
    world.set_steps(&a, asked.to, &[(25, 1)]);
    let own_steps = pay(&mut world, 25);
    assert_eq!(world.apply(&own_steps), Effect::Settled, "unless it has steps of its own");
    let below = pay(&mut world, 24);
    assert_eq!(refused(&mut world, &below), Refusal::SignersTooFew);
    // A move goes by the steps of the account that gives.
    let down = world.move_own(&a, asked.from, asked.to, dollars(25));
    assert_eq!(refused(&mut world, &down), Refusal::SignersTooFew);
    let up = world.move_own(&a, asked.to, asked.from, dollars(25));
    assert_eq!(world.apply(&up), Effect::Moved);
    let down = world.move_own(&a, asked.from, asked.to, dollars(25));
    assert_eq!(world.apply(&signed_by(&down, &[&a.settlement(), &clerk])), Effect::Moved);
    // A person's limit is over all accounts; a move spends nothing.
    let terms = KeyTerms { window_ms: 60_000, per_command: None, per_window: Some(9) };
    world.limit_key(&a, &clerk, usd(), terms);
    let by_clerk = world.move_own(&a, asked.to, asked.from, dollars(10));
    assert_eq!(world.apply(&signed_by(&by_clerk, &[&clerk])), Effect::Moved);
    let payment = pay(&mut world, 9);
    let payment = signed_by(&payment, &[&clerk]);
    assert_eq!(world.apply(&payment), Effect::Settled);
    let own = world.payment(&a, &b, dollars(1));
    let own = signed_by(&world.transfer(&a, &b, &own), &[&clerk]);
    assert_eq!(refused(&mut world, &own), Refusal::KeyWindowLimit);
}
