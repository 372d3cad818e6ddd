//! Vaults, step by step: what is taken is checked as a hold, what is paid as its settlement, and a
//! frozen owner's money goes home and nowhere else.

use crate::{
    account::Totals,
    digest::Hash32,
    draft::{Changes, Draft, Moment},
    id::{AccountId, CommandId, Lei, PartyId},
    money::{Currency, Money},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    screening::{Clear, Clearance, ClearedBy, ScreeningList},
    testing::{Bank, World, assert_i1, jpy, usd},
    tests::{
        faults::{Fault, check, fault},
        movements::{demanding, denying, recent, stopped},
        payments::{frozen, suspended},
        spending::{decreed, full},
    },
    vault::{Holder, Payout, Screened, Vault, VaultId, close, cut, merge, open, pay},
};

const FIRST: VaultId = VaultId::new([1; 32]);
const SECOND: VaultId = VaultId::new([2; 32]);
const CALL: Hash32 = Hash32::new([7; 32]);
const SCREENED: Screened = (Hash32::ZERO, 0);

/// One step over a state.
fn step<T>(
    world: &World,
    of: impl FnOnce(&mut Draft<'_>) -> Result<T, Refusal>,
) -> Result<Changes, Refusal> {
    let height = world.state.header().height.next();
    let moment = Moment { height, time: world.next_time(), limits: world.limits() };
    let mut draft = Draft::new(&world.state, moment, CommandId::new([9; 32]));
    of(&mut draft)?;
    draft.finish()
}

/// Takes the changes of a step; what was taken away stands as nothing.
fn take(world: &mut World, changes: Changes) {
    let records = changes.records.into_iter();
    world.plant(records.map(|(name, record)| (name, (*record).clone())).collect());
    assert_i1(&world.state);
}

fn holder(world: &World, bank: &Bank, currency: Currency) -> Holder {
    let account = world.account(bank, currency);
    Holder { name: account, account, member: bank.lei, party: bank.party(1) }
}

fn totals(world: &World, currency: Currency) -> Totals {
    match world.record(&Name::Currency(currency)) {
        Some(Record::Currency(found)) => found.totals,
        other => panic!("{other:?}"),
    }
}

fn vault(world: &World, id: &VaultId) -> Option<Vault> {
    match world.record(&Name::Vault(*id)) {
        Some(Record::Vault(found)) => Some(**found),
        _ => None,
    }
}

/// A has 100 dollars, of which 40 are in the first vault.
fn begun() -> (World, [Bank; 3]) {
    let (mut world, banks) = World::funded(100);
    let owner = holder(&world, &banks[0], usd());
    let sum = Money::new(usd(), 40);
    let opened = step(&world, |draft| open(draft, &banks[0].lei, FIRST, (owner, sum), SCREENED));
    take(&mut world, opened.unwrap());
    (world, banks)
}

/// A takes 40 dollars, or its vault of so much pays B.
#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    c: Bank,
    reader: Lei,
    owner: Holder,
    money: Money,
    payout: Payout,
    plants: Vec<(Name, Record)>,
}

impl Case {
    fn new() -> Self {
        let (world, [a, b, c]) = begun();
        let owner = holder(&world, &a, usd());
        let to = holder(&world, &b, usd());
        let payout = Payout { to, cleared: None, call: CALL, before: 0 };
        let money = Money::new(usd(), 40);
        Self { world, a, b, c, reader: a.lei, owner, money, payout, plants: Vec::new() }
    }

    fn seen_by_another() -> Self {
        let case = Self::new();
        Self { reader: case.c.lei, ..case }
    }

    fn run(&self, of: impl FnOnce(&mut Draft<'_>) -> Result<(), Refusal>) -> Outcome {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        match step(&world, of) {
            Ok(_) => Outcome::Applied(Effect::Executed),
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    fn open(&self) -> Outcome {
        self.run(|draft| open(draft, &self.reader, SECOND, (self.owner, self.money), SCREENED))
    }

    fn pay(&self) -> Outcome {
        self.run(|draft| pay(draft, &self.reader, &FIRST, &self.payout))
    }

    /// The first vault, otherwise.
    fn other_vault(&mut self, make: impl Fn(&mut Vault)) {
        let mut other = vault(&self.world, &FIRST).unwrap();
        make(&mut other);
        self.plants.push((Name::Vault(FIRST), Record::Vault(Box::new(other))));
    }

    /// B's account with so much in it that nothing more fits.
    fn fill_b(&mut self) {
        let name = Name::Account(self.payout.to.account);
        let Some(Record::Account(account)) = self.world.record(&name).cloned() else { panic!() };
        let mut account = account;
        account.balances.available = u128::MAX;
        self.plants.push((name, Record::Account(account)));
    }
}

fn faults_of_the_owner() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::MemberSuspended, &["a"], |c: &mut Case| {
            c.plants.push(suspended(&c.world, &c.a));
        }),
        fault(Refusal::AccountFrozen, &["own account"], |c| {
            c.plants.push(frozen(&c.world, &c.owner.account));
        }),
        fault(Refusal::CurrencyFrozen, &["usd"], |c| c.plants.push(stopped(usd()))),
        fault(Refusal::ScreeningOutdated, &["lists"], |c| c.plants.push(recent(1, 0))),
        fault(Refusal::PolicyForbids, &["usd"], |c| {
            c.plants.extend(denying(usd(), |terms, id| terms.sender = Some(id), &[c.a.lei]));
        }),
    ]
}

#[test]
fn v1_k1_k3_k4_k6_i10_taking_is_refused_for_the_first_reason_that_applies() {
    let mut faults = faults_of_the_owner();
    faults.extend([
        fault(Refusal::AmountZero, &["money"], |c: &mut Case| c.money = Money::new(usd(), 0)),
        fault(Refusal::AccountUnknown, &["owner", "own account"], |c| {
            c.owner.account = AccountId::new([0; 32]);
        }),
        fault(Refusal::NotYourAccount, &["owner", "own account"], |c| {
            c.owner.account = c.world.account(&c.b, usd());
        }),
        fault(Refusal::CurrencyMismatch, &["owner", "own account"], |c| {
            c.owner.account = c.world.account(&c.a, jpy());
        }),
        fault(Refusal::StandingMissing, &["customer"], |c| {
            c.owner.party = PartyId::new([0; 32]);
        }),
        fault(Refusal::InsufficientFunds, &["money"], |c| c.money = Money::new(usd(), 61)),
        fault(Refusal::PaymentLimit, &["limit"], |c| {
            c.plants.push(decreed(usd(), full(Some(39), None)));
        }),
        fault(Refusal::WindowLimit, &["limit"], |c| {
            c.plants.push(decreed(usd(), full(None, Some(39))));
        }),
    ]);
    let good = Case::new();
    check(&good, Effect::Executed, &faults, Case::open);
    let unknown = Money::new(Currency::new("XAU").unwrap(), 1);
    let outcome = Case { money: unknown, ..good }.open();
    assert_eq!(outcome, Outcome::Refused(Refusal::CurrencyUnknown));
}

#[test]
fn v2_k1_k4_k5_k6_i10_paying_is_refused_for_the_first_reason_that_applies() {
    let mut faults = faults_of_the_owner();
    faults.extend([
        fault(Refusal::AmountZero, &["vault"], |c: &mut Case| {
            c.other_vault(|vault| vault.money = Money::new(usd(), 0));
        }),
        fault(Refusal::AccountUnknown, &["to", "b account"], |c| {
            c.payout.to.account = AccountId::new([0; 32]);
        }),
        fault(Refusal::NotYourAccount, &["to", "b account"], |c| {
            c.payout.to.account = c.world.account(&c.c, usd());
        }),
        fault(Refusal::CurrencyMismatch, &["to", "b account"], |c| {
            c.payout.to.account = c.world.account(&c.b, jpy());
        }),
        fault(Refusal::StandingMissing, &["vault"], |c| {
            c.other_vault(|vault| vault.owner.party = PartyId::new([0; 32]));
        }),
        fault(Refusal::CounterpartyNotEligible, &["b account"], |c| {
            c.plants.push(frozen(&c.world, &c.payout.to.account));
        }),
        fault(Refusal::CounterpartyNotEligible, &["b"], |c| {
            c.plants.push(suspended(&c.world, &c.b));
        }),
        fault(Refusal::CounterpartyNotEligible, &["customer of b"], |c| {
            c.payout.to.party = PartyId::new([0; 32]);
        }),
        fault(Refusal::CounterpartyNotEligible, &["usd"], |c| {
            c.plants.extend(denying(usd(), |terms, id| terms.recipient = Some(id), &[c.b.lei]));
        }),
        fault(Refusal::AmountOverflow, &["b account", "to"], |c| c.fill_b()),
        fault(Refusal::PayeeClearanceMissing, &["usd"], |c| {
            c.plants.push(demanding(usd(), |terms| terms.payee_clearance = Some(40)));
        }),
    ]);
    check(&Case::new(), Effect::Executed, &faults, Case::pay);
    // Nor does nothing go back to its owner.
    let mut back = Case::new();
    back.payout.to = back.owner;
    assert_eq!(back.pay(), Outcome::Applied(Effect::Executed));
    back.other_vault(|vault| vault.money = Money::new(usd(), 0));
    assert_eq!(back.pay(), Outcome::Refused(Refusal::AmountZero));
}

#[test]
fn v1_v2_what_is_wrong_with_another_member_has_one_neutral_name() {
    let rows: [fn(&mut Case); 3] = [
        |c| c.plants.push(suspended(&c.world, &c.a)),
        |c| c.plants.push(frozen(&c.world, &c.owner.account)),
        |c| c.plants.extend(denying(usd(), |terms, id| terms.sender = Some(id), &[c.a.lei])),
    ];
    for (row, make) in rows.into_iter().enumerate() {
        let mut case = Case::seen_by_another();
        assert_eq!(case.open(), Outcome::Applied(Effect::Executed));
        make(&mut case);
        for outcome in [case.open(), case.pay()] {
            assert_eq!(outcome, Outcome::Refused(Refusal::CounterpartyNotEligible), "row {row}");
        }
    }
    let mut poor = Case::seen_by_another();
    poor.money = Money::new(usd(), 61);
    assert_eq!(poor.open(), Outcome::Refused(Refusal::CounterpartyNotEligible));
}

#[test]
fn v3_i1_i7_money_goes_through_vaults_and_stays_the_same() {
    let (mut world, [a, b, _]) = begun();
    assert_eq!((world.available(&a, usd()), totals(&world, usd()).contract), (60, 40));
    let parted = step(&world, |draft| cut(draft, &a.lei, &FIRST, (SECOND, 15)));
    take(&mut world, parted.unwrap());
    let minor = |world: &World, id| vault(world, id).map(|vault| vault.money.minor());
    assert_eq!((minor(&world, &FIRST), minor(&world, &SECOND)), (Some(25), Some(15)));
    assert_eq!(step(&world, |draft| close(draft, &FIRST)).err(), Some(Refusal::VaultNotEmpty));
    let merged = step(&world, |draft| merge(draft, &a.lei, &SECOND, &FIRST));
    take(&mut world, merged.unwrap());
    assert_eq!((minor(&world, &FIRST), minor(&world, &SECOND)), (None, Some(40)));
    let emptied = step(&world, |draft| {
        cut(draft, &a.lei, &SECOND, (FIRST, 40))?;
        close(draft, &SECOND)?;
        cut(draft, &a.lei, &FIRST, (SECOND, 0))?;
        close(draft, &SECOND)
    });
    take(&mut world, emptied.unwrap());
    assert_eq!((minor(&world, &FIRST), minor(&world, &SECOND)), (Some(40), None));
    let to = holder(&world, &b, usd());
    let payout = Payout { to, cleared: None, call: CALL, before: 0 };
    let paid = step(&world, |draft| pay(draft, &a.lei, &FIRST, &payout));
    take(&mut world, paid.unwrap());
    assert_eq!((world.available(&a, usd()), world.available(&b, usd())), (60, 140));
    assert_eq!((vault(&world, &FIRST), totals(&world, usd()).contract), (None, 0));
}

#[test]
fn v3_vaults_are_cut_and_merged_within_their_bounds() {
    let (world, [a, b, _]) = begun();
    let owner = holder(&world, &a, usd());
    let cut_too_much = step(&world, |draft| cut(draft, &a.lei, &FIRST, (SECOND, 41)));
    assert_eq!(cut_too_much.err(), Some(Refusal::InsufficientFunds));
    let nothing = VaultId::new([0; 32]);
    type Step = fn(&mut Draft<'_>, &Lei, &VaultId) -> Result<(), Refusal>;
    let steps: [Step; 4] = [
        |draft, who, id| cut(draft, who, id, (SECOND, 0)),
        |draft, who, id| merge(draft, who, &FIRST, id),
        |draft, who, id| merge(draft, who, id, &FIRST),
        |draft, _, id| close(draft, id),
    ];
    for of in steps {
        let refused = step(&world, |draft| of(draft, &a.lei, &nothing));
        assert_eq!(refused.err(), Some(Refusal::InternalFault));
    }
    let itself = step(&world, |draft| merge(draft, &a.lei, &FIRST, &FIRST));
    assert_eq!(itself.err(), Some(Refusal::InternalFault));
    let empty = step(&world, |draft| {
        cut(draft, &a.lei, &FIRST, (SECOND, 0))?;
        merge(draft, &a.lei, &SECOND, &SECOND)
    });
    assert_eq!(empty.err(), Some(Refusal::InternalFault));
    let mixed = |other: Holder, money: Money| {
        let merged = step(&world, |draft| {
            open(draft, &a.lei, SECOND, (other, money), SCREENED)?;
            merge(draft, &a.lei, &FIRST, &SECOND)
        });
        merged.err()
    };
    let dollar = Money::new(usd(), 1);
    assert_eq!(mixed(owner, dollar), None);
    let of_b = holder(&world, &b, usd());
    assert_eq!(mixed(of_b, dollar), Some(Refusal::VaultOwnerMismatch));
    let of_another = Holder { party: a.party(2), ..owner };
    assert_eq!(mixed(of_another, dollar), Some(Refusal::VaultOwnerMismatch));
    let yen = holder(&world, &a, jpy());
    assert_eq!(mixed(yen, Money::new(jpy(), 1)), Some(Refusal::CurrencyMismatch));
    // Of two owners, either's freeze is heard first.
    let mut world = world;
    let one = Money::new(usd(), 1);
    let opened = step(&world, |draft| open(draft, &b.lei, SECOND, (of_b, one), SCREENED));
    take(&mut world, opened.unwrap());
    let plant = frozen(&world, &owner.account);
    world.plant(vec![plant]);
    for (into, from) in [(FIRST, SECOND), (SECOND, FIRST)] {
        let refused = step(&world, |draft| merge(draft, &a.lei, &into, &from));
        assert_eq!(refused.err(), Some(Refusal::AccountFrozen));
    }
}

#[test]
fn v4_i10_a_frozen_owners_vault_goes_back_to_its_account_and_nowhere_else() {
    let (world, [a, b, c]) = begun();
    let owner = holder(&world, &a, usd());
    let to = |to| Payout { to, cleared: None, call: CALL, before: 0 };
    let customer = {
        let Some(Record::Party(party)) = world.record(&Name::Party(owner.party)).cloned() else {
            panic!("no customer")
        };
        let mut party = party;
        party.frozen = true;
        (Name::Party(owner.party), Record::Party(party))
    };
    for plant in [frozen(&world, &owner.account), customer] {
        let mut world = world.clone();
        world.plant(vec![plant, stopped(jpy())]);
        let sides = [(a.lei, Refusal::AccountFrozen), (c.lei, Refusal::CounterpartyNotEligible)];
        for (reader, refusal) in sides {
            let paid =
                step(&world, |draft| pay(draft, &reader, &FIRST, &to(holder(&world, &b, usd()))));
            assert_eq!(paid.err(), Some(refusal));
            let parted = step(&world, |draft| cut(draft, &reader, &FIRST, (SECOND, 1)));
            assert_eq!(parted.err(), Some(refusal));
            let merged = step(&world, |draft| {
                let part = Vault { id: SECOND, ..*draft.vault(&FIRST)? };
                draft.set_vault(&SECOND, Some(part))?;
                merge(draft, &reader, &FIRST, &SECOND)
            });
            assert_eq!(merged.err(), Some(refusal));
        }
        // Its account for another customer is not where it came from.
        let other = Holder { party: a.party(2), ..owner };
        let paid = step(&world, |draft| pay(draft, &a.lei, &FIRST, &to(other)));
        assert_eq!(paid.err(), Some(Refusal::AccountFrozen));
        let frozen_before = totals(&world, usd()).frozen;
        let back = step(&world, |draft| pay(draft, &c.lei, &FIRST, &to(owner)));
        take(&mut world, back.unwrap());
        assert_eq!(world.available(&a, usd()), 100);
        let grown = if frozen_before == 0 { 0 } else { frozen_before + 40 };
        assert_eq!(totals(&world, usd()).frozen, grown);
    }
}

#[test]
fn v2_k4_an_old_clearance_pays_where_the_call_is_cleared_anew_and_home() {
    let (mut world, [a, b, _]) = begun();
    let new = Hash32::new([3; 32]);
    let list = ScreeningList { list: new, sequence: 2, registered: world.now() };
    world.plant(vec![(Name::ScreeningList(new), Record::ScreeningList(list)), recent(2, 0)]);
    let run = |to, cleared| {
        let payout = Payout { to, cleared, call: CALL, before: 0 };
        step(&world, |draft| pay(draft, &a.lei, &FIRST, &payout)).err()
    };
    let (other, own) = (holder(&world, &b, usd()), holder(&world, &a, usd()));
    assert_eq!(run(other, None), Some(Refusal::ScreeningOutdated));
    assert_eq!(run(other, Some(SCREENED)), Some(Refusal::ScreeningOutdated));
    assert_eq!(run(other, Some((new, 0))), None);
    assert_eq!(run(own, None), None);
    // Merged, the older clearance stays; no list is older than one that is not registered.
    let first = ScreeningList { list: new, sequence: 1, registered: world.now() };
    world.plant(vec![(Name::ScreeningList(new), Record::ScreeningList(first))]);
    for (into, from) in [(FIRST, SECOND), (SECOND, FIRST)] {
        let merged = step(&world, |draft| {
            let part =
                Vault { id: SECOND, list_version: new, rule_version: 5, ..*draft.vault(&FIRST)? };
            draft.set_vault(&SECOND, Some(part))?;
            merge(draft, &a.lei, &into, &from)?;
            let kept = *draft.vault(&into)?;
            assert_eq!((kept.list_version, kept.rule_version), (Hash32::ZERO, 0));
            Ok(())
        });
        assert!(merged.is_err(), "money from nowhere was let through");
    }
}

#[test]
fn v2_k5_what_one_call_pays_to_an_account_is_taken_together() {
    let (mut world, [a, b, _]) = begun();
    world.plant(vec![demanding(usd(), |terms| terms.payee_clearance = Some(50))]);
    let to = holder(&world, &b, usd());
    let run = |world: &World, before| {
        let payout = Payout { to, cleared: None, call: CALL, before };
        step(world, |draft| pay(draft, &a.lei, &FIRST, &payout)).err()
    };
    assert_eq!(run(&world, 9), None);
    for before in [10, u128::MAX] {
        assert_eq!(run(&world, before), Some(Refusal::PayeeClearanceMissing));
    }
    let said = Clear {
        by: ClearedBy::Payee,
        payment: CALL,
        list_version: Hash32::ZERO,
        rule_version: 0,
        expires: world.next_time(),
    };
    let name = Name::Clearance(CALL, b.lei, ClearedBy::Payee);
    // What is planted takes a height too.
    let mut later = world.clone();
    later.plant(Vec::new());
    for (lasts, expected) in [(0, Some(Refusal::PayeeClearanceMissing)), (1, None)] {
        let said = Clear { expires: later.next_time().after(lasts), ..said };
        let mut world = world.clone();
        world.plant(vec![(name, Record::Clearance(Clearance { member: b.lei, said }))]);
        assert_eq!(run(&world, 10), expected, "{lasts}");
    }
}

#[test]
fn v5_contracts_are_told_the_numbers_that_refusals_have() {
    let source = include_str!("../../../move-like-vm/contracts/sources/claim.move");
    for (name, refusal) in [
        ("REFUSED_ZERO", Refusal::AmountZero),
        ("REFUSED_FROZEN", Refusal::AccountFrozen),
        ("REFUSED_CURRENCY", Refusal::CurrencyMismatch),
        ("REFUSED_PAYEE", Refusal::CounterpartyNotEligible),
        ("REFUSED_FUNDS", Refusal::InsufficientFunds),
        ("REFUSED_NOT_EMPTY", Refusal::VaultNotEmpty),
        ("REFUSED_OWNER", Refusal::VaultOwnerMismatch),
    ] {
        let code = (0x46u64 << 16) | refusal.number();
        let line = format!("const {name}: u64 = {code:#x};");
        assert!(source.contains(&line), "claim.move: {line}");
    }
    let events = include_str!("../../../move-like-vm/contracts/sources/event.move");
    let code = (0x46u64 << 16) | Refusal::OutOfRange.number();
    assert!(events.contains(&format!("const REFUSED: u64 = {code:#x};")), "event.move");
}
