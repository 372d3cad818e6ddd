//! Times at their millisecond: what must lie ahead is over when ledger time reaches it, and lies no
//! further ahead than its bound.

use crate::{
    asset::Deliver,
    bulk::BulkMode,
    command::{Acceptance, Action, Command, Hold, Payment, SignedCommand, Transfer, VoidReason},
    exchange::Exchange,
    money::Money,
    payment::MAX_HOLD_MS,
    proposal::MAX_PROPOSAL_MS,
    queue::Enqueue,
    receipt::{Effect, Outcome},
    refusal::Refusal,
    reserve::Attestation,
    returns::Return,
    schedule::Schedule,
    screening::{Clear, ClearedBy},
    settlement::Consent,
    signature::Signed,
    testing::{
        Actor, Bank, World,
        assets::{bond, units},
        jpy, usd,
    },
    time::LedgerTime,
};

/// Banks with money and units, and a payment from A to B that has settled.
#[derive(Clone)]
struct Start {
    world: World,
    a: Bank,
    b: Bank,
    settled: Payment,
}

impl Start {
    fn new() -> Self {
        let (mut world, [a, b, _]) = World::with_units(1_000, 1_000);
        let settled = world.payment(&a, &b, dollars(50));
        let transfer = world.transfer(&a, &b, &settled);
        world.apply(&transfer);
        Self { world, a, b, settled }
    }

    /// A further payment of A to B.
    fn payment(&mut self) -> Payment {
        let (a, b) = (self.a, self.b);
        self.world.payment(&a, &b, dollars(5))
    }
}

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

/// A transfer of A's with other times of clearance and acceptance.
fn transfer(s: &mut Start, gate: Option<LedgerTime>, yes: Option<LedgerTime>) -> SignedCommand {
    let payment = s.payment();
    let mut cleared = s.world.clearance(&s.a, &payment).value;
    cleared.expires = gate.unwrap_or(cleared.expires);
    let mut accepted = s.world.acceptance(&s.b, &payment).value;
    accepted.expires = yes.unwrap_or(accepted.expires);
    let gate = Signed::new(cleared, &s.a.gate().signer()).unwrap();
    let acceptance = Signed::new(accepted, &s.b.settlement().signer()).unwrap();
    let asked = Transfer { payment, gate, acceptance };
    s.world.sign(&s.a.settlement(), Command::Transfer(asked))
}

fn hold(s: &mut Start, expires: LedgerTime) -> SignedCommand {
    let payment = s.payment();
    let gate = s.world.clearance(&s.a, &payment);
    s.world.sign(&s.a.settlement(), Command::Hold(Hold { payment, gate, expires }))
}

fn schedule(s: &mut Start, at: LedgerTime) -> SignedCommand {
    let payment = s.payment();
    let (gate, acceptance) =
        (s.world.clearance(&s.a, &payment), s.world.acceptance(&s.b, &payment));
    let asked = Schedule { payment, gate, acceptance, at };
    s.world.sign(&s.a.settlement(), Command::Schedule(asked))
}

fn enqueue(s: &mut Start, expires: LedgerTime) -> SignedCommand {
    let payment = s.payment();
    let command = s.world.enqueue(&payment, 1);
    let Command::Enqueue(asked) = command.body.command else { panic!() };
    s.world.sign(&s.a.settlement(), Command::Enqueue(Enqueue { expires, ..asked }))
}

fn clear(s: &mut Start, expires: LedgerTime) -> SignedCommand {
    let payment = s.payment();
    let said = s.world.cleared(ClearedBy::Payee, &payment);
    let by = s.b;
    s.world.clear(&by, Clear { expires, ..said })
}

fn propose(s: &mut Start, expires: LedgerTime) -> SignedCommand {
    let action = Action::SuspendMember { member: s.b.lei };
    s.world.sign(&Actor::operator(1), Command::Propose { action, expires })
}

/// The consent of B to something, good until then.
fn consented(s: &Start, consent: &Signed<Consent>, expires: LedgerTime) -> Signed<Consent> {
    Signed::new(Consent { expires, ..consent.value }, &s.b.settlement().signer()).unwrap()
}

fn bulk(s: &mut Start, gate: Option<LedgerTime>, yes: Option<LedgerTime>) -> SignedCommand {
    let (a, b) = (s.a, s.b);
    let groups = s.world.groups(&a, usd(), &[(b, &[5])]);
    let mut bulk = s.world.bulk(&a, BulkMode::Whole, usd(), groups);
    if let Some(expires) = gate {
        let cleared = crate::command::GateAttestation { expires, ..bulk.gate.value };
        bulk.gate = Signed::new(cleared, &a.gate().signer()).unwrap();
    }
    if let Some(expires) = yes {
        bulk.consents[0] = consented(s, &bulk.consents[0], expires);
    }
    s.world.sign(&a.settlement(), Command::Bulk(bulk))
}

fn set(s: &mut Start, expires: LedgerTime) -> SignedCommand {
    let (a, b) = (s.a, s.b);
    let legs = [s.world.set_leg(&a, &b, dollars(5)), s.world.set_leg(&b, &a, Money::new(jpy(), 5))];
    let mut set = s.world.set(&a, &legs);
    set.consents[0] = consented(s, &set.consents[0], expires);
    s.world.sign(&a.settlement(), Command::Settle(set))
}

fn exchange(s: &mut Start, expires: LedgerTime) -> SignedCommand {
    let (a, b) = (s.a, s.b);
    let payments = [s.world.set_leg(&b, &a, dollars(5))];
    let deliveries = [s.world.unit_leg(&a, &b, units(bond(), 5))];
    let mut asked: Exchange = s.world.exchange(&a, &payments, &deliveries);
    asked.consents[0] = consented(s, &asked.consents[0], expires);
    s.world.sign(&a.settlement(), Command::Exchange(asked))
}

fn give_back(s: &mut Start, expires: LedgerTime) -> SignedCommand {
    let command = s.world.give_back(&s.settled, 5);
    let Command::Return(asked) = command.body.command else { panic!() };
    let gate = crate::command::GateAttestation { expires, ..asked.gate.value };
    let gate = Signed::new(gate, &s.b.gate().signer()).unwrap();
    s.world.sign(&s.b.settlement(), Command::Return(Return { gate, ..asked }))
}

fn deliver(s: &mut Start, expires: LedgerTime) -> SignedCommand {
    let (a, b) = (s.a, s.b);
    let delivery = s.world.delivery(&a, &b, units(bond(), 5));
    let accepted = Acceptance { expires, ..s.world.delivery_accepted(&delivery).value };
    let acceptance = Signed::new(accepted, &b.settlement().signer()).unwrap();
    s.world.sign(&a.settlement(), Command::Deliver(Deliver { delivery, acceptance }))
}

type Make = fn(&mut Start, LedgerTime) -> SignedCommand;

/// What comes of a command that names this time, in the next block.
fn outcome(start: &Start, make: Make, time: LedgerTime) -> Outcome {
    let mut start = start.clone();
    let command = make(&mut start, time);
    start.world.block(&[command]).receipts[0].outcome
}

#[test]
fn k4_k5_i5_i9_q1_a4_a5_what_must_lie_ahead_is_over_at_its_own_millisecond() {
    let rows: [(&str, Make, Refusal); 13] = [
        ("a hold", hold, Refusal::OutOfRange),
        ("a schedule", schedule, Refusal::OutOfRange),
        ("a place in a queue", enqueue, Refusal::OutOfRange),
        ("what screening said", clear, Refusal::OutOfRange),
        ("a proposal", propose, Refusal::OutOfRange),
        ("a clearance", |s, t| transfer(s, Some(t), None), Refusal::GateExpired),
        ("an acceptance", |s, t| transfer(s, None, Some(t)), Refusal::AcceptanceExpired),
        ("a bulk's clearance", |s, t| bulk(s, Some(t), None), Refusal::GateExpired),
        ("a consent to a group", |s, t| bulk(s, None, Some(t)), Refusal::AcceptanceExpired),
        ("a consent to a set", set, Refusal::AcceptanceExpired),
        ("a consent to an exchange", exchange, Refusal::AcceptanceExpired),
        ("a return's clearance", give_back, Refusal::GateExpired),
        ("an acceptance of units", deliver, Refusal::AcceptanceExpired),
    ];
    let start = Start::new();
    let now = start.world.next_time();
    for (what, make, refusal) in rows {
        assert_eq!(outcome(&start, make, now), Outcome::Refused(refusal), "{what} until now");
        let good = outcome(&start, make, now.after(1));
        assert!(matches!(good, Outcome::Applied(_)), "{what}: {good:?}");
    }
}

#[test]
fn k4_i5_i9_q1_what_lies_ahead_lies_within_its_bound_to_the_millisecond() {
    let rows: [(&str, Make, u64); 5] = [
        ("a hold", hold, MAX_HOLD_MS),
        ("a schedule", schedule, MAX_HOLD_MS),
        ("a place in a queue", enqueue, MAX_HOLD_MS),
        ("what screening said", clear, MAX_HOLD_MS),
        ("a proposal", propose, MAX_PROPOSAL_MS),
    ];
    let start = Start::new();
    let now = start.world.next_time();
    for (what, make, bound) in rows {
        let good = outcome(&start, make, now.after(bound));
        assert!(matches!(good, Outcome::Applied(_)), "{what}: {good:?}");
        let far = outcome(&start, make, now.after(bound + 1));
        assert_eq!(far, Outcome::Refused(Refusal::OutOfRange), "{what}");
    }
}

fn confirm(s: &mut Start, at: LedgerTime) -> SignedCommand {
    s.world.confirm_credit(&s.b.clone(), s.settled.leg.id(), at)
}

fn attest(s: &mut Start, as_of: LedgerTime) -> SignedCommand {
    let attestation = Attestation { as_of, ..s.world.attestation(usd(), 3_000) };
    s.world.sign(&Actor::custodian(), Command::Attest(attestation))
}

#[test]
fn i2_i9_what_is_said_of_the_past_may_be_of_now_and_not_of_the_next_millisecond() {
    let rows: [(&str, Make, Refusal); 2] = [
        ("a confirmation of credit", confirm, Refusal::OutOfRange),
        ("an attestation", attest, Refusal::AttestationFromFuture),
    ];
    let start = Start::new();
    let now = start.world.next_time();
    for (what, make, refusal) in rows {
        let good = outcome(&start, make, now);
        assert!(matches!(good, Outcome::Applied(_)), "{what}: {good:?}");
        assert_eq!(outcome(&start, make, now.after(1)), Outcome::Refused(refusal), "{what}");
    }
    // Nor of before the one in force, whose own time it may have.
    let last = start.world.reserve_record(usd()).books.attested.unwrap().0.as_of;
    let same = outcome(&start, attest, last);
    assert_eq!(same, Outcome::Applied(Effect::Attested));
    let older = outcome(&start, attest, LedgerTime::new(last.get() - 1));
    assert_eq!(older, Outcome::Refused(Refusal::AttestationOlder));
}

/// What ends a hold, one millisecond before it expires and when it does.
#[test]
fn i9_a_hold_is_posted_until_it_expires_and_voided_as_expired_from_then_on() {
    let settled = Outcome::Applied(Effect::Settled);
    let expired = Outcome::Refused(Refusal::HoldExpired);
    type End = fn(&mut World, [Bank; 2], &Payment) -> SignedCommand;
    let rows: [(&str, End, Outcome, Outcome); 3] = [
        ("posted", |w, [_, b], p| w.post(&b, &b, p), settled, expired),
        ("posted in part", |w, [_, b], p| w.post_part(&b, &b, p, 1), settled, expired),
        (
            "voided",
            |w, [a, _], p| w.void(&a, p, VoidReason::Expired),
            Outcome::Refused(Refusal::HoldNotExpired),
            Outcome::Applied(Effect::Voided(VoidReason::Expired)),
        ),
    ];
    for (what, end, before, after) in rows {
        let mut start = Start::new();
        let expires = start.world.now().after(10_000);
        let command = hold(&mut start, expires);
        let Command::Hold(held) = &command.body.command else { panic!() };
        let payment = held.payment;
        start.world.apply(&command);
        for (time, expected) in [(LedgerTime::new(expires.get() - 1), before), (expires, after)] {
            let (mut world, banks) = (start.world.clone(), [start.a, start.b]);
            let command = end(&mut world, banks, &payment);
            let receipts = world.block_at(time, &[command]).receipts;
            assert_eq!(receipts[0].outcome, expected, "{what} at {time:?}");
        }
    }
}

#[test]
fn i5_a_proposal_collects_approvals_until_it_expires() {
    let mut start = Start::new();
    let expires = start.world.now().after(10_000);
    let proposal = propose(&mut start, expires);
    start.world.apply(&proposal);
    for (time, expected) in [
        (LedgerTime::new(expires.get() - 1), Outcome::Applied(Effect::Executed)),
        (expires, Outcome::Refused(Refusal::ProposalExpired)),
    ] {
        let mut world = start.world.clone();
        let approval = world.approve(&Actor::operator(2), &proposal);
        assert_eq!(world.block_at(time, &[approval]).receipts[0].outcome, expected);
    }
}
