//! Which debits pay a redemption, and which burn it (I2, I3).

use super::{From, MINOR, decided, dollars, reach};
use crate::{
    command::Action,
    digest::Hash32,
    id::{CommandId, ReserveId, Text},
    receipt::Effect,
    record::{Name, Record},
    redemption::Redemption,
    refusal::Refusal,
    reserve::{BankEntry, Counterparty, Direction, EvidenceClass},
    testing::{Bank, World, commands::entry_id, custodian_lei, usd},
    tests::faults::refused,
};

fn redemption(world: &World, id: CommandId) -> Redemption {
    match world.record(&Name::Redemption(id)) {
        Some(Record::Redemption(found)) => *found,
        other => panic!("{other:?}"),
    }
}

/// What of the dollars is paid out and waits to be burned.
fn owed(world: &World) -> u128 {
    match world.record(&Name::Currency(usd())) {
        Some(Record::Currency(currency)) => currency.paid,
        other => panic!("{other:?}"),
    }
}

#[test]
fn i2_a_debit_that_agrees_only_in_part_pays_nothing() {
    let (mut start, [a, b, _], id, _) = reach(From::Locked);
    let second = start.decide(Action::RegisterReserve {
        custodian: custodian_lei(),
        currency: usd(),
        account: Hash32::ZERO,
        class: EvidenceClass::Custodian,
        haircut: 0,
    });
    start.apply_all(&second);
    let changes: [fn(&mut BankEntry, &Bank); 5] = [
        // Out of another reserve account of the currency.
        |entry, _| {
            entry.reserve = ReserveId::derive(&custodian_lei(), usd(), &Hash32::ZERO);
            entry.sequence = 1;
        },
        |entry, _| entry.minor += 1,
        |entry, _| entry.direction = Direction::Credit,
        |entry, b| entry.counterparty = Counterparty::Member(b.lei),
        |entry, _| entry.counterparty = Counterparty::Internal,
    ];
    for change in changes {
        let mut world = start.clone();
        let mut entry = world.payout_to(&a, dollars(MINOR), &id);
        change(&mut entry, &b);
        let record = world.record_entry(&entry);
        world.apply(&record);
        assert_eq!(redemption(&world, id).paid, None, "{entry:?}");
        let cancel = world.cancel_redemption(&a, id);
        assert_eq!(world.apply(&cancel), Effect::RedemptionCancelled);
    }
}

#[test]
fn i2_a_debit_pays_nothing_when_its_redemption_has_ended_or_was_paid() {
    for from in [From::Burned, From::Cancelled, From::LockedPaid] {
        let (mut world, [a, ..], id, entry) = reach(from);
        let paid = |world: &World| {
            let found = redemption(world, id);
            (found.paid, owed(world))
        };
        let before = paid(&world);
        let late = world.payout_to(&a, dollars(MINOR), &id);
        let record = world.record_entry(&late);
        world.apply(&record);
        assert_eq!(paid(&world), before, "{from:?}");
        assert_eq!(before.0.unwrap_or(entry), entry, "{from:?}");
    }
}

#[test]
fn i3_a_debit_of_before_the_preburn_burns_nothing() {
    let (mut world, [a, ..]) = World::funded(1_000);
    let unnamed = |world: &mut World| {
        let entry = world.payout_to(&a, dollars(MINOR), &CommandId::new([0; 32]));
        let entry = BankEntry { reference: Text::new("R").unwrap(), ..entry };
        let record = world.record_entry(&entry);
        world.apply(&record);
        entry_id(&entry)
    };
    let early = unnamed(&mut world);
    let preburn = world.preburn(&a, dollars(MINOR));
    world.apply(&preburn);
    let late = unnamed(&mut world);
    let redemption = preburn.body.id();
    let approval = decided(&mut world, Action::ConfirmPayout { redemption, entry: early });
    assert_eq!(refused(&mut world, &approval), Refusal::EntryMismatch);
    let approval = decided(&mut world, Action::ConfirmPayout { redemption, entry: late });
    assert_eq!(world.apply(&approval), Effect::Burned);
}
