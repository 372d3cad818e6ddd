//! Attestations and bank entries: who may say them, in which order, and what adds up.

use crate::{
    authority::Role,
    command::Command,
    digest::Hash32,
    freshness::Freshness,
    id::ReserveId,
    money::Money,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    reserve::{Attestation, BankEntry, Counterparty, Direction, EvidenceClass},
    testing::{Actor, Bank, World, custodian_lei, issuer_lei, usd},
    tests::{
        faults::{check, fault, refused},
        payments::key,
    },
};

#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    by: Actor,
    attestation: Attestation,
    entry: BankEntry,
    plants: Vec<(Name, Record)>,
}

impl Case {
    /// A reserve account with one entry and one attestation that includes it.
    fn new() -> Self {
        let (mut world, [a, ..]) = World::running();
        let entry = world.credit_from(&a, Money::new(usd(), 10), "R1");
        let record = world.record_entry(&entry);
        world.apply(&record);
        let attest = world.attest(usd(), 10);
        world.apply(&attest);
        let next = BankEntry { sequence: 2, detail: 1, ..entry };
        let attestation = world.attestation(usd(), 20);
        Self { a, by: Actor::custodian(), attestation, entry: next, plants: Vec::new(), world }
    }

    fn run(&self, command: Command) -> Outcome {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        let command = world.sign(&self.by, command);
        world.run(&command)
    }
}

fn nobodies() -> Vec<crate::tests::faults::Fault<Case>> {
    vec![
        fault(Refusal::NotTheCustodian, &["by"], |c: &mut Case| c.by = Actor::treasury(1)),
        fault(Refusal::NotTheCustodian, &["by"], |c| c.by = c.a.settlement()),
        fault(Refusal::NotTheCustodian, &["by"], |c| {
            c.by = Actor::new(issuer_lei(), Role::Custodian, "its own custodian");
            c.plants.push(key(&c.by, true));
        }),
        fault(Refusal::NotTheCustodian, &["by"], |c| {
            c.by = Actor::new(custodian_lei(), Role::Agent, "agent");
            c.plants.push(key(&c.by, true));
        }),
    ]
}

#[test]
fn i2_an_attestation_is_refused_for_the_first_reason_that_applies() {
    let mut faults = vec![
        fault(Refusal::OutOfRange, &["available"], |c: &mut Case| c.attestation.available = 21),
        fault(Refusal::ReserveUnknown, &["reserve"], |c| {
            c.attestation.reserve = ReserveId::new([0; 32]);
        }),
        fault(Refusal::AttestationFromFuture, &["as of"], |c| {
            c.attestation.as_of = c.world.next_time().after(2);
        }),
        fault(Refusal::AttestationOlder, &["as of"], |c| {
            c.attestation.as_of = crate::testing::FOUNDED;
        }),
        fault(Refusal::AttestationChain, &["previous"], |c| {
            c.attestation.previous = Hash32::ZERO;
        }),
        fault(Refusal::AttestationEntry, &["entry"], |c| c.attestation.last_entry = 0),
        fault(Refusal::AttestationEntry, &["entry"], |c| c.attestation.last_entry = 2),
        fault(Refusal::AttestationEntry, &["entry"], |c| c.attestation.last_entry = u64::MAX),
    ];
    faults.extend(nobodies());
    check(&Case::new(), Effect::Attested, &faults, |c| c.run(Command::Attest(c.attestation)));
}

#[test]
fn i3_an_entry_is_refused_for_the_first_reason_that_applies() {
    let mut faults = vec![
        fault(Refusal::ReserveUnknown, &["reserve"], |c: &mut Case| {
            c.entry.reserve = ReserveId::new([0; 32]);
        }),
        fault(Refusal::EntryDuplicate, &["detail"], |c| c.entry.detail = 0),
        fault(Refusal::EntrySequence, &["sequence"], |c| c.entry.sequence = 1),
        fault(Refusal::EntrySequence, &["sequence"], |c| c.entry.sequence = 3),
        fault(Refusal::EntrySequence, &["sequence"], |c| c.entry.sequence = u64::MAX),
        fault(Refusal::AmountZero, &["minor"], |c| c.entry.minor = 0),
        fault(Refusal::AmountOverflow, &["minor"], |c| c.entry.minor = u128::MAX),
    ];
    faults.extend(nobodies());
    let run = |c: &Case| c.run(Command::RecordEntry(c.entry.clone()));
    check(&Case::new(), Effect::EntryRecorded, &faults, run);
}

#[test]
fn i3_treasury_can_never_write_an_entry() {
    let case = Case::new();
    let mut world = case.world.clone();
    for treasurer in [Actor::treasury(1), Actor::treasury(2)] {
        let command = world.sign(&treasurer, Command::RecordEntry(case.entry.clone()));
        assert_eq!(refused(&mut world, &command), Refusal::NotTheCustodian);
        // And no treasurer can be given a key that could.
        for role in [Role::Custodian, Role::Agent, Role::Operator] {
            let mut grant = Actor::new(issuer_lei(), role, "hat").grant;
            grant.person = treasurer.grant.person;
            let [proposal, approval] = world.register_key(grant);
            world.apply(&proposal);
            assert_eq!(refused(&mut world, &approval), Refusal::RoleConflict, "{role:?}");
        }
    }
}

#[test]
fn i3_an_agents_account_takes_the_agents_word_only() {
    let case = Case::new();
    let mut world = case.world.clone();
    let mut reserve = world.reserve_record(usd()).clone();
    reserve.class = EvidenceClass::Agent;
    let agent = Actor::new(custodian_lei(), Role::Agent, "agent");
    world.plant(vec![(Name::Reserve(reserve.id), Record::Reserve(reserve)), key(&agent, true)]);
    let by_custodian = world.record_entry(&case.entry);
    assert_eq!(refused(&mut world, &by_custodian), Refusal::NotTheCustodian);
    let by_agent = world.sign(&agent, Command::RecordEntry(case.entry));
    assert_eq!(world.apply(&by_agent), Effect::EntryRecorded);
}

#[test]
fn i2_turnover_as_of_the_attested_entry_is_what_the_entries_add_up_to() {
    let (mut world, [a, ..]) = World::running();
    let mut sums = (0u128, 0u128);
    let mut history = vec![sums];
    for (minor, direction) in [
        (100, Direction::Credit),
        (30, Direction::Debit),
        (7, Direction::Credit),
        (77, Direction::Debit),
    ] {
        let entry = world.credit_from(&a, Money::new(usd(), minor), "R");
        let entry = BankEntry { direction, counterparty: Counterparty::Internal, ..entry };
        let record = world.record_entry(&entry);
        world.apply(&record);
        match direction {
            Direction::Credit => sums.0 += minor,
            Direction::Debit => sums.1 += minor,
        }
        history.push(sums);
    }
    for last_entry in 0..=4u64 {
        let attestation = Attestation { last_entry, ..world.attestation(usd(), 1_000) };
        let command = world.sign(&Actor::custodian(), Command::Attest(attestation));
        world.apply(&command);
        let reserve = world.reserve_record(usd());
        let (_, then) = reserve.books.attested.as_ref().unwrap();
        let at = usize::try_from(last_entry).unwrap();
        assert_eq!((then.credits, then.debits), history[at]);
        let later = (sums.0 - history[at].0) as i128 - (sums.1 - history[at].1) as i128;
        let effective =
            reserve.books.effective(world.now(), &Freshness::every_day(u64::MAX)).unwrap();
        assert_eq!(effective as i128, 1_000 + later, "{last_entry}");
    }
}
