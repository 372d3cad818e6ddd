//! Assets: who registers, issues and cancels, and what is refused (A1, A2, A3, A6, A7).

mod lives;

use crate::{
    account::Balances,
    asset::{
        Asset, AssetCode, AssetEntry, AssetStatus, Surrender, SurrenderState, UnitTotals, Units,
    },
    authority::Role,
    codec::{decode, encode},
    command::{Action, Command},
    digest::leaf_hash,
    draft::{Draft, Moment},
    freeze::FreezeTarget,
    id::{AccountId, CommandId},
    journal::{JournalEntry, LogName, Movement, MovementKind, SaltUse, closing_after},
    merkle::Frontier,
    money::{Currency, Money},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    signing::{AccountPolicy, Step},
    state::{RestoreError, State},
    testing::{
        Actor, Bank, World,
        assets::{bond, registrar_lei, share, units},
        commands::sign,
        compliance_lei, operator_lei, usd,
    },
    tests::{
        faults::{check, fault, refused},
        payments::{frozen, suspended},
    },
};

/// An asset that nobody registered.
pub(super) fn unknown() -> AssetCode {
    AssetCode::of_network("000000000").unwrap()
}

/// An asset with another status, by decree.
pub(super) fn with_status(world: &World, code: AssetCode, status: AssetStatus) -> (Name, Record) {
    let asset = Asset { status, ..world.asset(code).clone() };
    (Name::Asset(code), Record::Asset(Box::new(asset)))
}

/// An account whose greatest debits need two persons, by decree.
pub(super) fn needing_two(account: AccountId) -> (Name, Record) {
    let steps = vec![Step { from: u128::MAX, persons: 2 }];
    (Name::AccountPolicy(account), Record::AccountPolicy(AccountPolicy { account, steps }))
}

/// An action and who decides it.
#[derive(Clone)]
struct Decision {
    world: World,
    banks: [Bank; 3],
    by: [Actor; 2],
    action: Action,
    plants: Vec<(Name, Record)>,
}

impl Decision {
    fn of_operators(action: Action) -> Self {
        let (world, banks) = World::with_units(1_000, 1_000);
        let by = [1, 2].map(Actor::operator);
        Self { world, banks, by, action, plants: Vec::new() }
    }

    fn of_registrar(action: fn(&mut World, &[Bank; 3]) -> Action) -> Self {
        let (mut world, banks) = World::with_units(1_000, 1_000);
        let by = [1, 2].map(|number| Actor::registrar(bond(), number));
        let action = action(&mut world, &banks);
        Self { world, banks, by, action, plants: Vec::new() }
    }

    fn run(&self) -> Outcome {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        let proposal = world.propose(&self.by[0], self.action.clone());
        world.apply(&proposal);
        let approval = world.approve(&self.by[1], &proposal);
        match world.run(&approval) {
            Outcome::Refused(refusal) => {
                let approval = world.approve(&self.by[1], &proposal);
                assert_eq!(refused(&mut world, &approval), refusal, "a refusal is repeatable");
                Outcome::Refused(refusal)
            }
            applied @ Outcome::Applied(_) => applied,
        }
    }

    fn issued(&mut self) -> (&mut AccountId, &mut Units) {
        match &mut self.action {
            Action::IssueUnits { account, units } => (account, units),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a2_an_asset_is_registered_once_with_at_most_eighteen_decimals() {
    let world = World::with_units(1, 1).0;
    let terms = crate::asset::AssetTerms { code: unknown(), ..world.asset_terms(bond()) };
    let good = Decision::of_operators(Action::RegisterAsset(terms.clone()));
    let faults = [
        fault(Refusal::AlreadyExists, &["code"], |c: &mut Decision| {
            let Action::RegisterAsset(terms) = &mut c.action else { panic!() };
            terms.code = bond();
        }),
        fault(Refusal::OutOfRange, &["scale"], |c| {
            let Action::RegisterAsset(terms) = &mut c.action else { panic!() };
            terms.scale = 19;
        }),
    ];
    check(&good, Effect::Executed, &faults, Decision::run);
    for (scale, fits) in [(0, true), (18, true), (19, false), (u8::MAX, false)] {
        let action = Action::RegisterAsset(crate::asset::AssetTerms { scale, ..terms.clone() });
        let outcome = Decision { action, ..good.clone() }.run();
        assert_eq!(outcome == Outcome::Applied(Effect::Executed), fits, "{scale}");
    }
}

#[test]
fn a2_a3_each_action_belongs_to_one_role_and_needs_two_persons() {
    let (mut world, [a, ..]) = World::with_units(1, 1);
    let account = world.account(&a, usd());
    let registering = Action::RegisterAsset(crate::asset::AssetTerms {
        code: unknown(),
        ..world.asset_terms(bond())
    });
    let status = Action::SetAssetStatus { asset: bond(), status: AssetStatus::Suspended };
    let issue = Action::IssueUnits { account, units: units(bond(), 1) };
    let cancel = Action::CancelUnits { surrender: CommandId::new([1; 32]) };
    let registrar = [1, 2].map(|number| Actor::registrar(bond(), number));
    let operator = [1, 2].map(Actor::operator);
    for (action, right, wrong) in [
        (registering, operator, registrar),
        (status, operator, registrar),
        (issue, registrar, operator),
        (cancel, registrar, operator),
    ] {
        let command = world.propose(&wrong[0], action.clone());
        assert_eq!(refused(&mut world, &command), Refusal::WrongRole, "{action:?}");
        let proposal = world.propose(&right[0], action);
        assert_eq!(world.apply(&proposal), Effect::Proposed);
        let again = world.approve(&right[0], &proposal);
        assert_eq!(refused(&mut world, &again), Refusal::SamePerson);
    }
}

#[test]
fn a7_every_change_of_status() {
    use AssetStatus::{Active, Matured, Suspended};
    for (from, to, expected) in [
        (Active, Active, Ok(Active)),
        (Active, Suspended, Ok(Suspended)),
        (Active, Matured, Ok(Matured)),
        (Suspended, Active, Ok(Active)),
        (Suspended, Suspended, Ok(Suspended)),
        (Suspended, Matured, Ok(Matured)),
        (Matured, Active, Err(Refusal::AssetMatured)),
        (Matured, Suspended, Err(Refusal::AssetMatured)),
        (Matured, Matured, Err(Refusal::AssetMatured)),
    ] {
        let (mut world, _) = World::with_units(1, 1);
        let first = world.set_status(bond(), from);
        world.apply_all(&first);
        let [proposal, approval] = world.set_status(bond(), to);
        world.apply(&proposal);
        let outcome = match world.run(&approval) {
            Outcome::Applied(_) => Ok(world.asset(bond()).status),
            Outcome::Refused(refusal) => Err(refusal),
        };
        assert_eq!(outcome, expected, "{from:?} to {to:?}");
        assert_eq!(world.asset(share()).status, Active);
    }
    let unknown = Action::SetAssetStatus { asset: unknown(), status: Active };
    let outcome = Decision::of_operators(unknown).run();
    assert_eq!(outcome, Outcome::Refused(Refusal::AssetUnknown));
}

#[test]
fn a3_a7_i10_an_issue_is_refused_for_the_first_reason_that_applies() {
    let good = Decision::of_registrar(|world, [a, ..]| Action::IssueUnits {
        account: world.account(a, usd()),
        units: units(bond(), 5),
    });
    let faults = [
        fault(Refusal::AmountZero, &["count"], |c: &mut Decision| c.issued().1.count = 0),
        fault(Refusal::AccountUnknown, &["account"], |c| {
            *c.issued().0 = AccountId::new([0; 32]);
        }),
        // Why a member cannot take part is not told to a registrar.
        fault(Refusal::CounterpartyNotEligible, &["frozen"], |c| {
            let account = c.world.account(&c.banks[0], usd());
            c.plants.push(frozen(&c.world, &account));
        }),
        fault(Refusal::CounterpartyNotEligible, &["member"], |c| {
            c.plants.push(suspended(&c.world, &c.banks[0]));
        }),
        fault(Refusal::AmountOverflow, &["count", "asset"], |c| c.issued().1.count = u128::MAX),
        fault(Refusal::AssetUnknown, &["asset"], |c| c.issued().1.asset = unknown()),
        fault(Refusal::NotTheRegistrar, &["by"], |c| {
            c.by = [1, 2].map(|number| Actor::registrar(share(), number));
        }),
        fault(Refusal::AssetSuspended, &["status"], |c| {
            c.plants.push(with_status(&c.world, bond(), AssetStatus::Suspended));
        }),
        fault(Refusal::AssetMatured, &["status"], |c| {
            c.plants.push(with_status(&c.world, bond(), AssetStatus::Matured));
        }),
    ];
    check(&good, Effect::UnitsIssued(units(bond(), 5)), &faults, Decision::run);
}

#[test]
fn a1_a3_units_are_issued_up_to_what_can_be_counted_per_asset() {
    let (mut world, [a, b, _]) = World::with_units(1, 1);
    let rest = u128::MAX - 3;
    let [proposal, approval] = world.issue(&a, units(bond(), rest + 1));
    world.apply(&proposal);
    assert_eq!(refused(&mut world, &approval), Refusal::AmountOverflow);
    let fits = world.issue(&a, units(bond(), rest));
    world.apply_all(&fits);
    assert_eq!(world.asset(bond()).totals.issued, u128::MAX);
    assert_eq!(world.position(&a, bond()).available, u128::MAX - 2);
    for bank in [&a, &b] {
        let [proposal, approval] = world.issue(bank, units(bond(), 1));
        world.apply(&proposal);
        assert_eq!(refused(&mut world, &approval), Refusal::AmountOverflow);
    }
    // Another asset is counted by itself; and all of it can be delivered and given up again.
    let other = world.issue(&a, units(share(), u128::MAX - 3));
    world.apply_all(&other);
    let all = world.delivery(&a, &b, units(bond(), u128::MAX - 2));
    let command = world.deliver(&all);
    world.apply(&command);
    let surrender = world.surrender(&b, units(bond(), u128::MAX - 1));
    world.apply(&surrender);
    let cancel = world.cancel_units(bond(), surrender.body.id());
    world.apply_all(&cancel);
    assert_eq!(world.asset(bond()).totals.issued, 1);
}

/// A surrender as it would be sent, part by part.
#[derive(Clone)]
struct GivenUp {
    world: World,
    banks: [Bank; 3],
    by: Actor,
    asked: Surrender,
    plants: Vec<(Name, Record)>,
}

impl GivenUp {
    fn run(&self) -> Outcome {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        let body = world.body(self.by.grant.organisation, Command::Surrender(self.asked));
        world.run(&sign(body, &[&self.by]))
    }
}

#[test]
fn a3_a7_k7_i10_a_surrender_is_refused_for_the_first_reason_that_applies() {
    let (world, banks) = World::with_units(1_000, 1_000);
    let asked = Surrender { account: world.account(&banks[0], usd()), units: units(bond(), 1_000) };
    let good = GivenUp { world, banks, by: banks[0].settlement(), asked, plants: Vec::new() };
    let faults = [
        fault(Refusal::WrongRole, &["by"], |c: &mut GivenUp| c.by = c.banks[0].gate()),
        fault(Refusal::MemberSuspended, &["a"], |c| {
            c.plants.push(suspended(&c.world, &c.banks[0]));
        }),
        fault(Refusal::AmountZero, &["count"], |c| c.asked.units.count = 0),
        fault(Refusal::AccountUnknown, &["account"], |c| {
            c.asked.account = AccountId::new([0; 32]);
        }),
        fault(Refusal::NotYourAccount, &["account"], |c| {
            c.asked.account = c.world.account(&c.banks[1], usd());
        }),
        fault(Refusal::AccountFrozen, &["frozen"], |c| {
            let account = c.world.account(&c.banks[0], usd());
            c.plants.push(frozen(&c.world, &account));
        }),
        fault(Refusal::InsufficientFunds, &["count", "asset"], |c| c.asked.units.count = 1_001),
        fault(Refusal::SignersTooFew, &["persons"], |c| {
            c.plants.push(needing_two(c.world.account(&c.banks[0], usd())));
        }),
        fault(Refusal::AssetUnknown, &["asset"], |c| c.asked.units.asset = unknown()),
        fault(Refusal::AssetSuspended, &["status"], |c| {
            c.plants.push(with_status(&c.world, bond(), AssetStatus::Suspended));
        }),
    ];
    check(&good, Effect::UnitsSurrendered(asked.units), &faults, GivenUp::run);
    // What has matured is what is given up.
    let matured = with_status(&good.world, bond(), AssetStatus::Matured);
    let matured = GivenUp { plants: vec![matured], ..good.clone() };
    assert_eq!(matured.run(), Outcome::Applied(Effect::UnitsSurrendered(asked.units)));
    // An account in another currency of the same member holds none of them.
    let yen = good.world.account(&good.banks[0], crate::testing::jpy());
    let empty = GivenUp { asked: Surrender { account: yen, ..asked }, ..good };
    assert_eq!(empty.run(), Outcome::Refused(Refusal::InsufficientFunds));
}

fn surrendered(world: &World) -> CommandId {
    let found = world.state.records().find_map(|record| match record {
        Record::Surrender(record) => Some(record.id),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn a3_a7_i10_a_cancel_is_refused_for_the_first_reason_that_applies() {
    let good = Decision::of_registrar(|world, [a, ..]| {
        let command = world.surrender(a, units(bond(), 7));
        world.apply(&command);
        Action::CancelUnits { surrender: command.body.id() }
    });
    let faults = [
        fault(
            Refusal::SurrenderUnknown,
            &["surrender", "frozen", "by", "status", "state"],
            |c: &mut Decision| {
                c.action = Action::CancelUnits { surrender: CommandId::new([0; 32]) };
            },
        ),
        fault(Refusal::CounterpartyNotEligible, &["frozen"], |c| {
            let account = c.world.account(&c.banks[0], usd());
            c.plants.push(frozen(&c.world, &account));
        }),
        fault(Refusal::NotTheRegistrar, &["by"], |c| {
            c.by = [1, 2].map(|number| Actor::registrar(share(), number));
        }),
        fault(Refusal::AssetSuspended, &["status"], |c| {
            c.plants.push(with_status(&c.world, bond(), AssetStatus::Suspended));
        }),
        fault(Refusal::SurrenderEnded, &["state"], |c| {
            let name = Name::Surrender(surrendered(&c.world));
            let Some(Record::Surrender(record)) = c.world.record(&name) else { panic!() };
            let record =
                crate::asset::SurrenderRecord { state: SurrenderState::Reclaimed, ..*record };
            c.plants.push((name, Record::Surrender(record)));
        }),
    ];
    check(&good, Effect::UnitsCancelled(units(bond(), 7)), &faults, Decision::run);
    // A member that was suspended since is still relieved of what it gave up.
    let member = suspended(&good.world, &good.banks[0]);
    let suspended = Decision { plants: vec![member], ..good };
    assert_eq!(suspended.run(), Outcome::Applied(Effect::UnitsCancelled(units(bond(), 7))));
}

#[test]
fn a3_only_its_holder_takes_a_surrender_back_and_only_once() {
    let (mut world, [a, b, _]) = World::with_units(1_000, 1_000);
    let command = world.surrender(&a, units(bond(), 7));
    world.apply(&command);
    let id = command.body.id();
    let position = |world: &World| world.position(&a, bond());
    assert_eq!(position(&world), Balances { available: 993, held: 0, preburned: 7 });
    for (by, surrender, refusal) in [
        (a.gate(), id, Refusal::WrongRole),
        (b.settlement(), id, Refusal::SurrenderUnknown),
        (a.settlement(), CommandId::new([0; 32]), Refusal::SurrenderUnknown),
    ] {
        let command = world.sign(&by, Command::Reclaim { surrender });
        assert_eq!(refused(&mut world, &command), refusal);
    }
    // Also in a frozen account: the units are free again, and frozen with it.
    world.appoint_compliance();
    let freeze = world.freeze(FreezeTarget::Account(world.account(&a, usd())));
    world.apply(&freeze);
    let back = world.reclaim(&a, id);
    assert_eq!(world.apply(&back), Effect::UnitsReclaimed(units(bond(), 7)));
    assert_eq!(position(&world), Balances { available: 1_000, held: 0, preburned: 0 });
    let again = world.reclaim(&a, id);
    assert_eq!(refused(&mut world, &again), Refusal::SurrenderEnded);
    let [proposal, approval] = world.cancel_units(bond(), id);
    world.apply(&proposal);
    assert_eq!(refused(&mut world, &approval), Refusal::CounterpartyNotEligible);
}

#[test]
fn a3_receipts_say_how_many_units_and_go_to_holder_and_registrar() {
    let (mut world, [a, ..]) = World::with_units(1_000, 1_000);
    let account = world.account(&a, usd());
    let (registrar, seven) = (registrar_lei(bond()), units(bond(), 7));
    let parties = |more: crate::id::Lei| {
        let mut parties = vec![a.lei, registrar, more];
        parties.sort();
        parties.dedup();
        parties
    };
    let issue = world.issue(&a, seven);
    let receipt = world.block(&issue).receipts[1].clone();
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::UnitsIssued(seven)));
    assert_eq!((receipt.credit, receipt.money), (Some(account), None));
    assert_eq!(receipt.parties, parties(registrar));
    let surrender = world.surrender(&a, seven);
    let entered = world.next_time();
    let receipt = world.block(std::slice::from_ref(&surrender)).receipts[0].clone();
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::UnitsSurrendered(seven)));
    assert_eq!((receipt.debit, receipt.parties), (Some(account), parties(a.lei)));
    let cancel = world.cancel_units(bond(), surrender.body.id());
    let receipt = world.block(&cancel).receipts[1].clone();
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::UnitsCancelled(seven)));
    assert_eq!((receipt.entered, receipt.parties), (entered, parties(a.lei)));
    let status = world.set_status(bond(), AssetStatus::Matured);
    let receipt = world.block(&status).receipts[1].clone();
    let mut expected = vec![registrar, operator_lei()];
    expected.sort();
    assert_eq!(receipt.parties, expected);
    assert_ne!(compliance_lei(), registrar);
}

/// Asserts that journals of positions and assets follow from their movements and say what the
/// records say, an entry for each block that touched them and no other (A6).
///
/// # Panics
/// When they do not.
pub(super) fn assert_journals(world: &World) {
    use std::collections::BTreeMap;
    let mut positions: BTreeMap<(AccountId, AssetCode), Balances> = BTreeMap::new();
    let mut assets: BTreeMap<AssetCode, (AssetStatus, UnitTotals)> = BTreeMap::new();
    for set in &world.sets {
        for row in &set.lists.logs {
            match row.log {
                LogName::Position(account, asset) => {
                    let entry: JournalEntry = decode(&row.bytes, 512).unwrap();
                    let movements: Vec<Movement> = decode(&row.detail, 1 << 20).unwrap();
                    assert_eq!((entry.height, entry.time), (set.header.height, set.header.time));
                    assert_eq!(entry.movements.count, movements.len() as u64);
                    assert!(!movements.is_empty());
                    let before = positions.get(&(account, asset)).copied().unwrap_or_default();
                    let closing = closing_after(before, &movements).expect("A6");
                    assert_eq!(closing, entry.closing, "A6");
                    let mut tree = Frontier::default();
                    for (at, movement) in (0u64..).zip(&movements) {
                        let of = SaltUse::UnitMovement(entry.height, account, asset, at);
                        tree.push(leaf_hash(&of.salt(&set.blinding), &encode(movement)));
                    }
                    assert_eq!(tree.head(), entry.movements, "A6");
                    positions.insert((account, asset), closing);
                }
                LogName::Asset(code) => {
                    let entry: AssetEntry = decode(&row.bytes, 512).unwrap();
                    assert_eq!((entry.height, entry.time), (set.header.height, set.header.time));
                    let told = (entry.status, entry.closing);
                    assert_ne!(assets.insert(code, told), Some(told), "A6: nothing changed");
                }
                _ => {}
            }
        }
    }
    for record in world.state.records() {
        match record {
            Record::Position(kept) => {
                let told = positions.remove(&(kept.account, kept.asset));
                assert_eq!(told, Some(kept.balances), "A6");
            }
            Record::Asset(kept) => {
                let told = assets.remove(&kept.terms.code);
                assert_eq!(told, Some((kept.status, kept.totals)), "A6");
            }
            _ => {}
        }
    }
    assert!(positions.is_empty() && assets.is_empty());
}

#[test]
fn a6_every_block_that_touched_a_position_or_an_asset_is_in_its_journal() {
    let (mut world, [a, b, _]) = World::with_units(1_000, 1_000);
    let there = world.delivery(&a, &b, units(bond(), 30));
    let more = world.delivery(&a, &b, units(bond(), 4));
    let commands =
        [world.deliver(&there), world.deliver(&more), world.surrender(&b, units(bond(), 9))];
    let set = world.block(&commands);
    let rows = |log: LogName| set.lists.logs.iter().filter(move |row| row.log == log);
    let account = world.account(&b, usd());
    let row = rows(LogName::Position(account, bond())).next().unwrap();
    let movements: Vec<Movement> = decode(&row.detail, 1 << 20).unwrap();
    let told: Vec<_> = movements.iter().map(|moved| (moved.kind, moved.minor)).collect();
    let expected =
        [(MovementKind::Received, 30), (MovementKind::Received, 4), (MovementKind::Preburned, 9)];
    assert_eq!(told, expected);
    assert_eq!(rows(LogName::Position(account, bond())).count(), 1);
    assert_eq!(rows(LogName::Position(account, share())).count(), 0);
    // A delivery changes no sum; a surrender does.
    assert_eq!(rows(LogName::Asset(bond())).count(), 1);
    assert_eq!(rows(LogName::Asset(share())).count(), 0);
    assert_eq!(world.block(&[]).lists.logs.len(), 0);
    let again = world.delivery(&a, &b, units(bond(), 1));
    let command = world.deliver(&again);
    let set = world.block(&[command]);
    assert!(!set.lists.logs.iter().any(|row| row.log == LogName::Asset(bond())));
    assert_journals(&world);
    // No money moved in any of it.
    assert!([&a, &b].iter().all(|bank| world.available(bank, usd()) == 1_000));
}

#[test]
fn a3_a_registrar_appoints_nobody_and_moves_nothing() {
    let (mut world, [a, b, _]) = World::with_units(1_000, 1_000);
    let by = Actor::registrar(bond(), 1);
    assert_eq!(by.grant.role, Role::Registrar);
    let delivery = world.delivery(&a, &b, units(bond(), 1));
    let acceptance = world.delivery_accepted(&delivery);
    let payment = world.payment(&a, &b, Money::new(usd(), 1));
    let surrender = Surrender { account: world.account(&a, usd()), units: units(bond(), 1) };
    let unheard = Action::OpenAccount {
        member: a.lei,
        currency: Currency::new("USD").unwrap(),
        blind: crate::digest::Hash32::ZERO,
    };
    let expires = world.now().after(1_000);
    for command in [
        Command::Deliver(crate::asset::Deliver { delivery, acceptance }),
        Command::Surrender(surrender),
        Command::Close(payment.leg),
        Command::Propose { action: unheard, expires },
    ] {
        let command = world.sign(&by, command);
        assert_eq!(refused(&mut world, &command), Refusal::WrongRole);
    }
}

#[test]
fn a6_i11_a_lost_edge_of_a_journal_of_units_is_noticed() {
    let (world, [a, ..]) = World::with_units(10, 10);
    let kept = || world.kept(world.state.header().height);
    assert!(State::restore(kept()).is_ok());
    for log in [LogName::Asset(bond()), LogName::Position(world.account(&a, usd()), bond())] {
        let mut damaged = kept();
        assert!(damaged.frontiers.remove(&log).is_some());
        assert_eq!(State::restore(damaged).err(), Some(RestoreError::List), "{log:?}");
    }
}

#[test]
fn a1_what_would_unbalance_an_asset_is_not_taken() {
    let (world, [a, ..]) = World::with_units(10, 10);
    let moment = Moment {
        height: world.state.header().height.next(),
        time: world.next_time(),
        limits: world.state.parameters().values.limits,
    };
    let draft = || Draft::new(&world.state, moment, CommandId::new([1; 32]));
    let account = world.account(&a, usd());
    // Given or taken alone, units come from nowhere or are lost.
    let mut given = draft();
    crate::asset::give(&mut given, &account, units(bond(), 1)).unwrap();
    assert_eq!(given.finish().err(), Some(Refusal::InternalFault));
    let mut taken = draft();
    crate::asset::take(&mut taken, &account, units(bond(), 1)).unwrap();
    assert_eq!(taken.finish().err(), Some(Refusal::InternalFault));
    let mut both = draft();
    crate::asset::take(&mut both, &account, units(bond(), 1)).unwrap();
    crate::asset::give(&mut both, &account, units(bond(), 1)).unwrap();
    assert!(both.finish().is_ok());
}
