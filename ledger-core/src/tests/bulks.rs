//! Bulks: many payments under one signature, as a whole or each by itself.

use crate::{
    bulk::{Bulk, BulkGroup, BulkLeg, BulkMode},
    codec::CodecError,
    command::{Action, Command, CommandError, SignedCommand},
    digest::Hash32,
    execute::execute,
    id::{AccountId, MessageKind, PartyId, Uetr},
    limits::{MAX_BULK_BYTES, MAX_BULK_GROUPS, MAX_BULK_LEGS, MAX_COMMAND_BYTES},
    money::Currency,
    movement::MovementTerms,
    party::{Level, Party},
    policy::Subject,
    program::Bundle,
    receipt::{Effect, Kind, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    signature::Signed,
    spending::PaymentTerms,
    testing::{Actor, Bank, World, assert_i1, commands::sign, jpy, usd},
    tests::{
        faults::{Fault, check, fault, lasting, refused},
        movements::{demanding, denying_each, recent, stopped},
        payments::{frozen, key_limited, suspended, two_persons},
        spending::{counted, decreed, full, limits},
    },
};

/// A pays B twice and C once, as a whole.
#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    c: Bank,
    by: Actor,
    groups: Vec<BulkGroup>,
    change: fn(&mut Bulk, &Case),
    plants: Vec<(Name, Record)>,
}

impl Case {
    fn new() -> Self {
        let (mut world, [a, b, c]) = World::funded(1_000);
        let groups = world.groups(&a, usd(), &[(b, &[100, 200]), (c, &[300])]);
        let (by, plants) = (a.settlement(), Vec::new());
        Self { world, a, b, c, by, groups, change: |_, _| {}, plants }
    }

    fn run_as(&self, mode: BulkMode) -> Vec<Outcome> {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        let mut bulk = world.bulk(&self.a, mode, usd(), self.groups.clone());
        (self.change)(&mut bulk, self);
        let body = world.body(self.by.grant.organisation, Command::Bulk(bulk));
        let before = lasting(&world.state);
        let receipts = world.block(&[sign(body, &[&self.by])]).receipts;
        let outcomes: Vec<_> = receipts.iter().map(|receipt| receipt.outcome).collect();
        if outcomes.iter().all(|outcome| matches!(outcome, Outcome::Refused(_))) {
            assert_eq!(lasting(&world.state), before, "a refused bulk changed something");
        }
        assert_i1(&world.state);
        outcomes
    }

    /// As a whole: one refusal, or every leg settled.
    fn run(&self) -> Outcome {
        let outcomes = self.run_as(BulkMode::Whole);
        let legs: usize = self.groups.iter().map(|group| group.legs.len()).sum();
        let refused = matches!(outcomes[0], Outcome::Refused(_));
        assert_eq!(outcomes.len(), if refused { 1 } else { legs });
        assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]));
        outcomes[0]
    }

    fn leg(&mut self) -> &mut BulkLeg {
        &mut self.groups[0].legs[1]
    }
}

/// The first group's consent by another key.
fn consented(bulk: &mut Bulk, by: &Actor) {
    bulk.consents[0] = Signed::new(bulk.consents[0].value, &by.signer()).unwrap();
}

/// What all payments of a bulk have in common.
fn common_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = c.a.gate()),
        fault(Refusal::MemberSuspended, &["a"], |c| c.plants.push(suspended(&c.world, &c.a))),
        fault(Refusal::CurrencyUnknown, &["change"], |c| {
            c.change = |bulk, _| bulk.currency = Currency::new("XAU").unwrap();
        }),
        fault(Refusal::OutOfRange, &["change"], |c| {
            c.change = |bulk, _| bulk.consents.truncate(1);
        }),
        fault(Refusal::OutOfRange, &["change"], |c| {
            c.change = |bulk, _| bulk.consents.push(bulk.consents[0].clone());
        }),
        fault(Refusal::OutOfRange, &["change"], |c| {
            c.change = |bulk, _| (bulk.groups, bulk.consents) = (Vec::new(), Vec::new());
        }),
        fault(Refusal::OutOfRange, &["change"], |c| {
            c.change = |bulk, _| bulk.groups[1].legs.clear();
        }),
        fault(Refusal::OutOfRange, &["change"], |c| {
            c.change = |bulk, _| bulk.groups[1].instructed = bulk.groups[0].instructed;
        }),
        fault(Refusal::GateMismatch, &["change"], |c| {
            c.change = |bulk, _| bulk.groups[1].legs[0].minor = 301;
        }),
        fault(Refusal::AcceptanceMismatch, &["change"], |c| {
            c.change = |bulk, _| bulk.consents.reverse();
        }),
        // What B is paid, C consents to; and B, but not with the key for it.
        fault(Refusal::AcceptanceMismatch, &["change"], |c| {
            c.change = |bulk, c| consented(bulk, &c.c.settlement());
        }),
        fault(Refusal::AcceptanceMismatch, &["change"], |c| {
            c.change = |bulk, c| consented(bulk, &c.b.gate());
        }),
        fault(Refusal::AccountFrozen, &["account"], |c| {
            c.plants.push(frozen(&c.world, &c.world.account(&c.a, usd())));
        }),
        fault(Refusal::CurrencyFrozen, &["movement"], |c| c.plants.push(stopped(usd()))),
        fault(Refusal::ScreeningOutdated, &["lists"], |c| c.plants.push(recent(1, 0))),
        fault(Refusal::SignersTooFew, &["persons"], |c| c.plants.push(two_persons(&c.a))),
        fault(Refusal::KeyCommandLimit, &["key limits"], |c| {
            c.plants.push(key_limited(&c.a, Some(399), None));
        }),
    ]
}

/// A customer of level basic, by decree.
fn basic(world: &World, id: PartyId) -> (Name, Record) {
    let Some(Record::Party(party)) = world.record(&Name::Party(id)) else { panic!() };
    (Name::Party(id), Record::Party(Party { level: Level::Basic, ..*party }))
}

/// What can be wrong with one payment of it.
fn leg_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::AmountZero, &["minor"], |c: &mut Case| c.leg().minor = 0),
        fault(Refusal::UetrMalformed, &["uetr"], |c| c.leg().uetr = Uetr::new([0; 16])),
        fault(Refusal::LegUsed, &["uetr"], |c| c.leg().uetr = c.groups[0].legs[0].uetr),
        fault(Refusal::AccountUnknown, &["credit"], |c| {
            c.leg().credit = AccountId::new([0; 32]);
        }),
        fault(Refusal::CurrencyMismatch, &["credit"], |c| {
            c.leg().credit = c.world.account(&c.b, jpy());
        }),
        fault(Refusal::StandingMissing, &["debtor"], |c| c.leg().debtor = c.b.party(1)),
        fault(Refusal::CounterpartyNotEligible, &["creditor"], |c| {
            c.leg().creditor = c.a.party(1);
        }),
        fault(Refusal::InsufficientFunds, &["minor"], |c| c.leg().minor = 901),
        // Of another customer than the other payments'.
        fault(Refusal::PaymentLimit, &["debtor"], |c| {
            c.plants.push(decreed(usd(), {
                PaymentTerms { basic: limits(Some(199), None), ..PaymentTerms::default() }
            }));
            c.plants.push(basic(&c.world, c.a.party(2)));
            c.leg().debtor = c.a.party(2);
        }),
        fault(Refusal::WindowLimit, &["debtor"], |c| {
            c.plants.push(decreed(usd(), full(None, Some(1_000))));
            c.plants.push(counted(&c.world, &c.a, 2, 801));
            c.leg().debtor = c.a.party(2);
        }),
        fault(Refusal::PayeeClearanceMissing, &["movement", "minor"], |c| {
            c.plants.push(demanding(usd(), |terms| terms.payee_clearance = Some(200)));
            c.groups[1].legs[0].minor = 199;
        }),
        fault(Refusal::PolicyForbids, &["movement", "debtor"], |c| {
            let subject = Subject::Party(c.a.party(2));
            c.plants.extend(denying_each(usd(), |terms, id| terms.sender = Some(id), &[subject]));
            c.leg().debtor = c.a.party(2);
        }),
        fault(Refusal::CounterpartyNotEligible, &["movement", "creditor"], |c| {
            let subject = Subject::Party(c.b.party(2));
            let of_payees: fn(&mut MovementTerms, _) = |terms, id| terms.recipient = Some(id);
            c.plants.extend(denying_each(usd(), of_payees, &[subject]));
            c.leg().creditor = c.b.party(2);
        }),
        fault(Refusal::KeyWindowLimit, &["minor", "key limits"], |c| {
            c.plants.push(key_limited(&c.a, None, Some(400)));
            c.leg().minor = 500;
        }),
    ]
}

#[test]
fn i9_i10_k3_k4_k5_k6_a_bulk_is_refused_for_the_first_reason_that_applies() {
    check(&Case::new(), Effect::Settled, &common_faults(), Case::run);
    check(&Case::new(), Effect::Settled, &leg_faults(), Case::run);
    // What all have in common comes first.
    for common in common_faults() {
        for leg in leg_faults() {
            if common.parts.iter().any(|part| leg.parts.contains(part)) {
                continue;
            }
            let mut case = Case::new();
            (common.make)(&mut case);
            (leg.make)(&mut case);
            let frozen = common.says == Refusal::AccountFrozen;
            assert!(case.run() == Outcome::Refused(common.says) || frozen);
        }
    }
}

#[test]
fn i9_each_payment_of_a_bulk_settles_or_is_refused_by_itself() {
    let settled = Outcome::Applied(Effect::Settled);
    for fault in leg_faults() {
        let mut case = Case::new();
        (fault.make)(&mut case);
        let outcomes = case.run_as(BulkMode::Each);
        assert_eq!(outcomes, [settled, Outcome::Refused(fault.says), settled]);
    }
    for fault in common_faults() {
        let mut case = Case::new();
        (fault.make)(&mut case);
        assert_eq!(case.run_as(BulkMode::Each), [Outcome::Refused(fault.says)]);
    }
}

#[test]
fn i9_a_refusal_within_a_whole_names_its_leg_and_receipts_their_own() {
    let mut case = Case::new();
    case.leg().minor = 901;
    let leg = case.groups[0].legs[1];
    let bulk = case.world.bulk(&case.a, BulkMode::Whole, usd(), case.groups.clone());
    let command = case.world.sign(&case.by, Command::Bulk(bulk));
    let receipts = case.world.block(&[command]).receipts;
    assert_eq!(receipts.len(), 1);
    assert_eq!(receipts[0].leg.map(|leg| leg.uetr), Some(leg.uetr));
    assert_eq!(receipts[0].money.map(|money| money.minor()), Some(901));
    assert_eq!(receipts[0].parties, [case.a.lei]);
    let good = Case::new();
    let mut world = good.world.clone();
    let bulk = world.bulk(&good.a, BulkMode::Whole, usd(), good.groups.clone());
    let command = world.sign(&good.by, Command::Bulk(bulk));
    let receipts = world.block(&[command]).receipts;
    let legs = good.groups.iter().flat_map(|group| group.legs.iter().map(move |leg| (group, leg)));
    for (receipt, (group, leg)) in receipts.iter().zip(legs) {
        assert_eq!((receipt.kind, receipt.outcome), {
            (Kind::Bulk, Outcome::Applied(Effect::Settled))
        });
        let named = receipt.leg.unwrap();
        assert_eq!((named.uetr, named.instructed), (leg.uetr, group.instructed));
        let mut parties = vec![good.a.lei, group.instructed];
        parties.sort();
        assert_eq!((receipt.parties.clone(), receipt.credit), (parties, Some(leg.credit)));
    }
    assert_eq!(world.available(&good.a, usd()), 400);
}

#[test]
fn i9_a_bulk_executed_twice_pays_once() {
    let case = Case::new();
    let mut world = case.world.clone();
    let bulk = world.bulk(&case.a, BulkMode::Each, usd(), case.groups.clone());
    let command = world.sign(&case.by, Command::Bulk(bulk.clone()));
    assert_eq!(world.block(&[command.clone(), command.clone()]).receipts.len(), 3);
    assert!(world.block(&[command]).receipts.is_empty());
    let under_another_id = world.sign(&case.by, Command::Bulk(bulk));
    let outcomes: Vec<_> =
        world.block(&[under_another_id]).receipts.iter().map(|receipt| receipt.outcome).collect();
    assert_eq!(outcomes, [Outcome::Refused(Refusal::LegUsed); 3]);
    assert_eq!(world.available(&case.a, usd()), 400);
}

#[test]
fn l1_only_a_bulk_may_be_longer_than_other_commands_and_never_beyond_its_bound() {
    let (mut world, [a, b, _]) = World::running();
    let amounts = vec![1u128; MAX_BULK_LEGS];
    let groups = world.groups(&a, usd(), &[(b, &amounts)]);
    let bulk = world.bulk(&a, BulkMode::Each, usd(), groups.clone());
    let command = world.sign(&a.settlement(), Command::Bulk(bulk));
    let bytes = command.to_bytes();
    assert!(bytes.len() > MAX_COMMAND_BYTES && bytes.len() <= MAX_BULK_BYTES);
    assert_eq!(SignedCommand::from_bytes(&bytes), Ok(command));
    // So many are looked at: the payer has nothing, and the payments are none.
    let most = world.bulk(&a, BulkMode::Whole, usd(), groups.clone());
    let most = world.sign(&a.settlement(), Command::Bulk(most));
    assert_eq!(most.max_bytes(), MAX_BULK_BYTES);
    let block = world.propose_block(world.next_time(), &[most]);
    let set = execute(&world.state, &block.accept_finalized(world.state.header()).unwrap());
    assert_eq!(set.receipts[0].outcome, Outcome::Refused(Refusal::InsufficientFunds));
    // One leg more is refused by the ledger, not by its bytes.
    let mut more = groups.clone();
    let copy = more[0].legs[0];
    more[0].legs.push(copy);
    let bulk = world.bulk(&a, BulkMode::Whole, usd(), more);
    let too_many = world.sign(&a.settlement(), Command::Bulk(bulk));
    let block = world.propose_block(world.next_time(), &[too_many]);
    let set = execute(&world.state, &block.accept_finalized(world.state.header()).unwrap());
    assert_eq!(set.receipts[0].outcome, Outcome::Refused(Refusal::OutOfRange));
    let mut set = world.set(&a, &[]);
    let leg = world.set_leg(&a, &b, crate::money::Money::new(usd(), 1));
    set.legs = vec![leg; 100];
    let long = world.sign(&a.settlement(), Command::Settle(set)).to_bytes();
    let refusal = SignedCommand::from_bytes(&long).unwrap_err();
    let too_long = |found, limit| CommandError::Codec(CodecError::TooLong { found, limit });
    assert_eq!(refusal, too_long(long.len(), MAX_COMMAND_BYTES));
    // To the byte: of any other command, and of whatever it is.
    let mut with = |length: usize| {
        let bundle = Bundle { address: AccountId::new([7; 32]), modules: vec![vec![0; length]] };
        world.propose(&Actor::operator(1), Action::PublishModules(bundle)).to_bytes()
    };
    let length = 1_000 + MAX_COMMAND_BYTES - with(1_000).len();
    let fits = with(length);
    assert_eq!(fits.len(), MAX_COMMAND_BYTES);
    assert!(SignedCommand::from_bytes(&fits).is_ok());
    let beyond = with(length + 1);
    let expected = too_long(MAX_COMMAND_BYTES + 1, MAX_COMMAND_BYTES);
    assert_eq!(SignedCommand::from_bytes(&beyond), Err(expected));
    let (found, limit) = (MAX_BULK_BYTES + 1, MAX_BULK_BYTES);
    assert_eq!(SignedCommand::from_bytes(&vec![0; found]), Err(too_long(found, limit)));
    let nothing = SignedCommand::from_bytes(&vec![0; limit]).unwrap_err();
    assert!(!matches!(nothing, CommandError::Codec(CodecError::TooLong { .. })));
}

#[test]
fn i9_a_bulk_pays_at_most_thirty_two_banks_and_makes_no_returns() {
    let case = Case::new();
    let mut world = case.world.clone();
    let group = |n: usize| {
        let bank = Bank::new(&format!("BANK{n:02}X"));
        BulkGroup { instructed: bank.lei, legs: case.groups[0].legs.clone() }
    };
    for (count, expected) in
        [(MAX_BULK_GROUPS, Refusal::AcceptanceMismatch), (MAX_BULK_GROUPS + 1, Refusal::OutOfRange)]
    {
        let groups: Vec<_> = (0..count).map(group).collect();
        let bulk = world.bulk(&case.a, BulkMode::Whole, usd(), groups);
        let command = world.sign(&case.by, Command::Bulk(bulk));
        assert_eq!(refused(&mut world, &command), expected, "{count}");
    }
    let mut bulk = world.bulk(&case.a, BulkMode::Whole, usd(), case.groups.clone());
    bulk.kind = MessageKind::Pacs004;
    let gate = crate::command::GateAttestation {
        payment: bulk.hash(&case.a.lei),
        list_version: Hash32::ZERO,
        ..bulk.gate.value
    };
    bulk.gate = crate::signature::Signed::new(gate, &case.a.gate().signer()).unwrap();
    for (index, group) in case.groups.iter().enumerate() {
        let to = bulk.group_hash(&case.a.lei, group);
        bulk.consents[index] = world.consent(&Bank { lei: group.instructed }, to);
    }
    let command = world.sign(&case.by, Command::Bulk(bulk));
    assert_eq!(refused(&mut world, &command), Refusal::ReturnMismatch);
}
