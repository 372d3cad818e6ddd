//! Hold, transfer and post: every refusal, in order of precedence.

mod entering;
mod parts;

use crate::{
    account::{Account, AccountStatus},
    authority::{KeyRecord, Role},
    command::{Acceptance, Command, GateAttestation, Hold, Payment, Post, Transfer, VoidReason},
    digest::Hash32,
    id::{AccountId, LegId, Lei, PartyId, Uetr},
    member::{Member, MemberStatus},
    money::{Currency, Money},
    party::{Party, StandingStatus},
    payment::{LegRecord, LegState, MAX_HOLD_MS},
    queue::Enqueue,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    schedule::Schedule,
    signature::Signed,
    testing::{Actor, Bank, World, commands::sign, custodian_lei, jpy, usd},
    tests::{
        faults::{Fault, check, fault, lasting, refused},
        forecasts::foretold,
        movements::{demanding, denying, recent, stopped},
        queues::full_queue,
        spending::{counted, decreed, full},
    },
    time::LedgerTime,
};
use entering::entering_faults;
pub(super) use entering::{key_limited, two_persons};

pub(super) fn frozen(world: &World, id: &AccountId) -> (Name, Record) {
    let Some(Record::Account(account)) = world.record(&Name::Account(*id)) else { panic!() };
    let account = Account { status: AccountStatus::Frozen, ..account.clone() };
    (Name::Account(*id), Record::Account(account))
}

pub(super) fn suspended(world: &World, bank: &Bank) -> (Name, Record) {
    let Some(Record::Member(member)) = world.record(&Name::Member(bank.lei)) else { panic!() };
    let member = Member { status: MemberStatus::Suspended, ..member.clone() };
    (Name::Member(bank.lei), Record::Member(member))
}

pub(super) fn key(actor: &Actor, active: bool) -> (Name, Record) {
    let record = KeyRecord { active, ..KeyRecord::new(actor.grant) };
    (Name::Key(actor.grant.key), Record::Key(record))
}

fn standing(world: &World, party: PartyId, change: impl FnOnce(&mut Party)) -> (Name, Record) {
    let Some(Record::Party(found)) = world.record(&Name::Party(party)) else { panic!() };
    let mut found = *found;
    change(&mut found);
    (Name::Party(party), Record::Party(found))
}

/// A payment from A to B as it would be sent, part by part.
#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    c: Bank,
    organisation: Lei,
    signers: Vec<Actor>,
    payment: Payment,
    gate_by: Actor,
    gate_payment: Option<Hash32>,
    gate_expires: LedgerTime,
    accepted_by: Actor,
    accepted_payment: Option<Hash32>,
    accepted_until: LedgerTime,
    credit: AccountId,
    creditor: PartyId,
    hold_expires: LedgerTime,
    leg_used: bool,
    plants: Vec<(Name, Record)>,
}

impl Case {
    fn new() -> Self {
        let (mut world, [a, b, c]) = World::funded(1_000);
        let payment = world.payment(&a, &b, Money::new(usd(), 100));
        let later = world.now().after(60_000);
        let credit = world.account(&b, usd());
        Self {
            a,
            b,
            c,
            organisation: a.lei,
            signers: vec![a.settlement()],
            payment,
            gate_by: a.gate(),
            gate_payment: None,
            gate_expires: later,
            accepted_by: b.settlement(),
            accepted_payment: None,
            accepted_until: later,
            credit,
            creditor: b.party(1),
            hold_expires: later,
            leg_used: false,
            plants: Vec::new(),
            world,
        }
    }

    fn gate(&self) -> Signed<GateAttestation> {
        let attestation = GateAttestation {
            payment: self.gate_payment.unwrap_or(self.payment.hash()),
            list_version: Hash32::ZERO,
            rule_version: 1,
            expires: self.gate_expires,
        };
        Signed::new(attestation, &self.gate_by.signer()).unwrap()
    }

    fn acceptance(&self) -> Signed<Acceptance> {
        let acceptance = Acceptance {
            payment: self.accepted_payment.unwrap_or(self.payment.hash()),
            credit: self.credit,
            creditor: self.creditor,
            expires: self.accepted_until,
        };
        Signed::new(acceptance, &self.accepted_by.signer()).unwrap()
    }

    fn run(&self, command: Command) -> Outcome {
        let mut world = self.world.clone();
        let mut plants = self.plants.clone();
        if self.leg_used {
            let leg = self.payment.leg;
            let state = LegState::Voided(VoidReason::Rejected);
            let record = LegRecord { leg, state, credited: None };
            plants.push((Name::Leg(leg.id()), Record::Leg(record)));
        }
        world.plant(plants);
        let body = world.body(self.organisation, command);
        let before = lasting(&world.state);
        let signed = sign(body, &self.signers.iter().collect::<Vec<_>>());
        let (foretold, _) = foretold(&world, &signed);
        let outcome = world.run(&signed);
        assert_eq!(foretold, outcome, "a forecast says what a block does");
        if matches!(outcome, Outcome::Refused(_)) {
            assert_eq!(lasting(&world.state), before, "a refused command changed something");
        }
        outcome
    }

    fn hold(&self) -> Outcome {
        let (payment, expires) = (self.payment, self.hold_expires);
        self.run(Command::Hold(Hold { payment, gate: self.gate(), expires }))
    }

    fn transfer(&self) -> Outcome {
        let (gate, acceptance) = (self.gate(), self.acceptance());
        self.run(Command::Transfer(Transfer { payment: self.payment, gate, acceptance }))
    }

    fn schedule(&self) -> Outcome {
        let (payment, at) = (self.payment, self.hold_expires);
        let (gate, acceptance) = (self.gate(), self.acceptance());
        self.run(Command::Schedule(Schedule { payment, gate, acceptance, at }))
    }

    fn enqueue(&self) -> Outcome {
        let (payment, expires, priority) = (self.payment, self.hold_expires, 1);
        let (gate, acceptance) = (self.gate(), self.acceptance());
        self.run(Command::Enqueue(Enqueue { payment, gate, acceptance, priority, expires }))
    }

    fn pay(&mut self, currency: Currency, minor: u128) {
        self.payment.money = Money::new(currency, minor);
    }
}

/// What can be wrong with whoever sends.
fn sender_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::KeyUnknown, &["unknown"], |c: &mut Case| {
            c.signers.push(Actor::new(c.a.lei, Role::Settlement, "nobody"));
        }),
        fault(Refusal::KeyRevoked, &["settlement"], |c| {
            c.plants.push(key(&c.a.settlement(), false));
        }),
        fault(Refusal::WrongOrganisation, &["other"], |c| c.signers.push(c.b.gate())),
        fault(Refusal::WrongRole, &["settlement"], |c| {
            let settlement = c.a.settlement();
            c.signers.retain(|signer| *signer != settlement);
            c.signers.push(c.a.compliance());
        }),
        fault(Refusal::MemberUnknown, &["settlement", "unknown", "other", "member"], |c| {
            let stranger = Actor::new(custodian_lei(), Role::Settlement, "stranger");
            c.organisation = custodian_lei();
            c.signers = vec![stranger];
            c.plants.push(key(&stranger, true));
        }),
        fault(Refusal::MemberSuspended, &["member"], |c| {
            c.plants.push(suspended(&c.world, &c.a));
        }),
    ]
}

/// What can be wrong with a payment and its clearance.
fn payment_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::CurrencyUnknown, &["currency"], |c: &mut Case| {
            let minor = c.payment.money.minor();
            c.pay(Currency::new("XAU").unwrap(), minor);
        }),
        fault(Refusal::AmountZero, &["amount"], |c| c.pay(c.payment.money.currency(), 0)),
        fault(Refusal::UetrMalformed, &["uetr"], |c| {
            c.payment.leg.uetr = Uetr::new([0xff; 16]);
        }),
        fault(Refusal::SameMember, &["leg"], |c| {
            c.payment.leg.instructed = c.a.lei;
            c.payment.leg.instructing = c.a.lei;
        }),
        fault(Refusal::LegUsed, &["used", "stranger"], |c| c.leg_used = true),
        fault(Refusal::NotYourLeg, &["leg"], |c| {
            c.payment.leg.instructing = c.c.lei;
            c.payment.leg.instructed = c.a.lei;
        }),
        fault(Refusal::NotYourLeg, &["leg", "stranger"], |c| c.payment.leg.instructing = c.c.lei),
        fault(Refusal::GateMismatch, &["gate hash"], |c| c.gate_payment = Some(Hash32::ZERO)),
        fault(Refusal::GateMismatch, &["gate key"], |c| c.gate_by = c.b.gate()),
        fault(Refusal::GateMismatch, &["gate key"], |c| c.gate_by = c.a.compliance()),
        fault(Refusal::GateMismatch, &["gate key"], |c| {
            c.gate_by = Actor::new(c.a.lei, Role::Gate, "nobody");
        }),
        fault(Refusal::GateMismatch, &["gate key"], |c| c.plants.push(key(&c.a.gate(), false))),
        fault(Refusal::GateExpired, &["gate expiry"], |c| c.gate_expires = c.world.now()),
    ]
}

/// What can be wrong with the payer's account and customer.
fn debit_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::AccountUnknown, &["debit"], |c: &mut Case| {
            c.payment.debit = AccountId::new([0; 32]);
        }),
        fault(Refusal::NotYourAccount, &["debit"], |c| {
            c.payment.debit = c.world.account(&c.c, usd());
        }),
        fault(Refusal::AccountFrozen, &["debit record"], |c| {
            c.plants.push(frozen(&c.world, &c.world.account(&c.a, usd())));
        }),
        fault(Refusal::CurrencyMismatch, &["debit", "debit record"], |c| {
            c.payment.debit = c.world.account(&c.a, jpy());
        }),
        fault(Refusal::StandingMissing, &["debtor"], |c| c.payment.debtor = PartyId::new([0; 32])),
        fault(Refusal::StandingMissing, &["debtor"], |c| c.payment.debtor = c.b.party(1)),
        fault(Refusal::StandingRevoked, &["debtor"], |c| {
            let status = StandingStatus::Revoked;
            c.plants.push(standing(&c.world, c.a.party(1), |p| p.status = status));
        }),
        fault(Refusal::StandingExpired, &["debtor"], |c| {
            let now = c.world.now();
            c.plants.push(standing(&c.world, c.a.party(1), |p| p.expires = now.after(1)));
        }),
        fault(Refusal::CounterpartyNotEligible, &["payee"], |c| {
            c.plants.push(suspended(&c.world, &c.b));
        }),
        fault(Refusal::InsufficientFunds, &["amount"], |c| {
            c.pay(c.payment.money.currency(), 1_001)
        }),
    ]
}

/// Limits that the payer's customer can meet.
fn limit_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::PaymentLimit, &["limits"], |c: &mut Case| {
            c.plants.push(decreed(usd(), full(Some(99), Some(99))));
        }),
        fault(Refusal::WindowLimit, &["limits"], |c| {
            c.plants.push(decreed(usd(), full(Some(100), Some(99))));
        }),
        fault(Refusal::WindowLimit, &["limits"], |c| {
            c.plants.push(decreed(usd(), full(Some(1_001), Some(1_100))));
            c.plants.push(counted(&c.world, &c.a, 1, 1_001));
        }),
    ]
}

/// What network compliance can demand of the payer, and have stopped.
fn compliance_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::CurrencyFrozen, &["movement"], |c: &mut Case| {
            c.plants.push(stopped(usd()));
        }),
        fault(Refusal::ScreeningOutdated, &["lists"], |c| c.plants.push(recent(1, 0))),
        fault(Refusal::ScreeningOutdated, &["lists"], |c| c.plants.push(recent(0, 2))),
        fault(Refusal::PolicyForbids, &["movement"], |c| {
            c.plants.extend(denying(usd(), |terms, id| terms.sender = Some(id), &[c.a.lei]));
        }),
    ]
}

/// What network compliance can demand where the payee is known.
fn payee_compliance_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::PayeeClearanceMissing, &["movement"], |c: &mut Case| {
            c.plants.push(demanding(usd(), |terms| terms.payee_clearance = Some(100)));
        }),
        fault(Refusal::CounterpartyNotEligible, &["movement"], |c| {
            c.plants.extend(denying(usd(), |terms, id| terms.recipient = Some(id), &[c.b.lei]));
        }),
    ]
}

/// What can be wrong with the payee's yes, account and customer.
fn credit_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::AcceptanceMismatch, &["accepted hash"], |c: &mut Case| {
            c.accepted_payment = Some(Hash32::ZERO);
        }),
        fault(Refusal::AcceptanceMismatch, &["accepted key"], |c| {
            c.accepted_by = c.a.settlement();
        }),
        fault(Refusal::AcceptanceMismatch, &["accepted key"], |c| c.accepted_by = c.b.gate()),
        fault(Refusal::AcceptanceMismatch, &["accepted key"], |c| {
            c.plants.push(key(&c.b.settlement(), false));
        }),
        fault(Refusal::AcceptanceExpired, &["accepted until"], |c| {
            c.accepted_until = c.world.now();
        }),
        fault(Refusal::AccountUnknown, &["credit"], |c| c.credit = AccountId::new([0; 32])),
        fault(Refusal::NotYourAccount, &["credit"], |c| c.credit = c.world.account(&c.c, usd())),
        fault(Refusal::CurrencyMismatch, &["credit", "credit record"], |c| {
            c.credit = c.world.account(&c.b, jpy());
        }),
        fault(Refusal::CounterpartyNotEligible, &["credit record"], |c| {
            c.plants.push(frozen(&c.world, &c.world.account(&c.b, usd())));
        }),
        fault(Refusal::CounterpartyNotEligible, &["creditor"], |c| c.creditor = c.a.party(1)),
        fault(Refusal::CounterpartyNotEligible, &["creditor"], |c| {
            let status = StandingStatus::Revoked;
            c.plants.push(standing(&c.world, c.b.party(1), |p| p.status = status));
        }),
    ]
}

#[test]
fn k1_k3_k4_k6_i9_i10_a_hold_is_refused_for_the_first_reason_that_applies() {
    let mut faults = sender_faults();
    faults.push(fault(Refusal::OutOfRange, &["hold"], |c| c.hold_expires = c.world.now()));
    faults.push(fault(Refusal::OutOfRange, &["hold"], |c| {
        c.hold_expires = c.world.now().after(MAX_HOLD_MS + 60_000);
    }));
    faults.extend(payment_faults());
    faults.extend(debit_faults());
    faults.extend(limit_faults());
    faults.extend(compliance_faults());
    faults.extend(entering_faults());
    check(&Case::new(), Effect::Held, &faults, Case::hold);
}

#[test]
fn k1_k3_k4_k5_k6_i9_i10_a_schedule_is_refused_for_the_first_reason_that_applies() {
    let mut faults = sender_faults();
    faults.push(fault(Refusal::OutOfRange, &["hold"], |c| c.hold_expires = c.world.now()));
    faults.push(fault(Refusal::OutOfRange, &["hold"], |c| {
        c.hold_expires = c.world.now().after(MAX_HOLD_MS + 60_000);
    }));
    faults.extend(payment_faults());
    faults.extend(debit_faults());
    faults.extend(limit_faults());
    faults.extend(credit_faults());
    faults.extend(compliance_faults());
    faults.extend(payee_compliance_faults());
    faults.extend(entering_faults());
    check(&Case::new(), Effect::Scheduled, &faults, Case::schedule);
}

/// With something ahead in the queue, or with nothing there, so that the payment settles at once.
#[test]
fn k1_k3_q1_a_payment_is_not_queued_for_the_first_reason_that_applies() {
    let mut faults = sender_faults();
    faults.push(fault(Refusal::OutOfRange, &["hold"], |c| c.hold_expires = c.world.now()));
    faults.push(fault(Refusal::OutOfRange, &["hold"], |c| {
        c.hold_expires = c.world.now().after(MAX_HOLD_MS + 60_000);
    }));
    faults.extend(payment_faults());
    faults.extend(debit_faults());
    faults.retain(|fault| fault.says != Refusal::InsufficientFunds);
    faults.extend(limit_faults());
    faults.extend(credit_faults());
    faults.extend(compliance_faults());
    faults.extend(payee_compliance_faults());
    faults.extend(entering_faults());
    check(&Case::new(), Effect::Settled, &faults, Case::enqueue);
    let mut ahead = Case::new();
    let large = ahead.world.payment(&ahead.a, &ahead.b, Money::new(usd(), 1_001));
    let first = ahead.world.enqueue(&large, 1);
    ahead.world.apply(&first);
    faults.push(fault(Refusal::QueueFull, &["queue", "debit", "currency"], |c| {
        c.plants.push(full_queue(&c.world, &c.payment.debit));
    }));
    check(&ahead, Effect::Queued, &faults, Case::enqueue);
}

#[test]
fn k1_k3_k4_k5_k6_i9_i10_a_transfer_is_refused_for_the_first_reason_that_applies() {
    let mut faults = sender_faults();
    faults.extend(payment_faults());
    faults.extend(debit_faults());
    faults.extend(limit_faults());
    faults.extend(credit_faults());
    faults.extend(compliance_faults());
    faults.extend(payee_compliance_faults());
    faults.extend(entering_faults());
    check(&Case::new(), Effect::Settled, &faults, Case::transfer);
}

/// A held payment as it would be posted, by A or by B.
#[derive(Clone)]
struct PostCase {
    case: Case,
    leg: LegId,
    record: LegRecord,
}

impl PostCase {
    fn new(by_payee: bool) -> Self {
        let mut case = Case::new();
        let command = case.world.hold(&case.a.clone(), &case.payment.clone());
        case.world.apply(&command);
        if by_payee {
            case.organisation = case.b.lei;
            case.signers = vec![case.b.settlement()];
            // A revoked settlement key of B would be the sender's: the acceptance has its own.
            let second = Actor::new(case.b.lei, Role::Settlement, "second");
            case.accepted_by = second;
            case.plants.push(key(&second, true));
        }
        let leg = case.payment.leg.id();
        let Some(Record::Leg(record)) = case.world.record(&Name::Leg(leg)) else { panic!() };
        Self { record: record.clone(), leg, case }
    }

    fn run(&self) -> Outcome {
        let mut case = self.case.clone();
        case.plants.push((Name::Leg(self.record.leg.id()), Record::Leg(self.record.clone())));
        case.run(Command::Post(Post { leg: self.leg, acceptance: case.acceptance() }))
    }
}

fn leg_faults() -> Vec<Fault<PostCase>> {
    vec![
        fault(Refusal::WrongRole, &["signers"], |c: &mut PostCase| {
            let sender = if c.case.organisation == c.case.a.lei { c.case.a } else { c.case.b };
            c.case.signers = vec![sender.gate()];
        }),
        fault(Refusal::MemberSuspended, &["sender"], |c| {
            let sender = if c.case.organisation == c.case.a.lei { c.case.a } else { c.case.b };
            c.case.plants.push(suspended(&c.case.world, &sender));
        }),
        fault(Refusal::LegUnknown, &["leg"], |c| c.leg = LegId::new([0; 32])),
        fault(Refusal::LegNotHeld, &["record"], |c| c.record.state = LegState::Closed),
        fault(Refusal::HoldExpired, &["record"], |c| {
            if let LegState::Held { expires, .. } = &mut c.record.state {
                *expires = c.case.world.now();
            }
        }),
        fault(Refusal::AcceptanceMismatch, &["hash"], |c| {
            c.case.accepted_payment = Some(Hash32::ZERO);
        }),
        fault(Refusal::AcceptanceMismatch, &["key"], |c| {
            c.case.accepted_by = c.case.a.settlement()
        }),
        fault(Refusal::AcceptanceExpired, &["until"], |c| {
            c.case.accepted_until = c.case.world.now();
        }),
        fault(Refusal::AccountUnknown, &["credit"], |c| c.case.credit = AccountId::new([0; 32])),
        fault(Refusal::NotYourAccount, &["credit"], |c| {
            c.case.credit = c.case.world.account(&c.case.a, usd());
        }),
        fault(Refusal::CurrencyMismatch, &["credit", "credit record"], |c| {
            c.case.credit = c.case.world.account(&c.case.b, jpy());
        }),
    ]
}

/// What network compliance can demand of both sides; the payer is A and the payee B.
fn held_compliance_faults(by_payee: bool) -> Vec<Fault<PostCase>> {
    let (payer, payee) = if by_payee {
        (Refusal::CounterpartyNotEligible, Refusal::PolicyForbids)
    } else {
        (Refusal::PolicyForbids, Refusal::CounterpartyNotEligible)
    };
    vec![
        fault(Refusal::CurrencyFrozen, &["movement"], |c: &mut PostCase| {
            c.case.plants.push(stopped(usd()));
        }),
        fault(Refusal::ScreeningOutdated, &["lists"], |c| c.case.plants.push(recent(1, 0))),
        fault(Refusal::PayeeClearanceMissing, &["movement"], |c| {
            c.case.plants.push(demanding(usd(), |terms| terms.payee_clearance = Some(100)));
        }),
        fault(payer, &["movement"], |c| {
            let lei = c.case.a.lei;
            c.case.plants.extend(denying(usd(), |terms, id| terms.sender = Some(id), &[lei]));
        }),
        fault(payee, &["movement"], |c| {
            let lei = c.case.b.lei;
            c.case.plants.extend(denying(usd(), |terms, id| terms.recipient = Some(id), &[lei]));
        }),
    ]
}

fn freeze_credit(c: &mut PostCase) {
    let account = c.case.world.account(&c.case.b, usd());
    c.case.plants.push(frozen(&c.case.world, &account));
}

fn freeze_debit(c: &mut PostCase) {
    let account = c.case.world.account(&c.case.a, usd());
    c.case.plants.push(frozen(&c.case.world, &account));
}

fn revoke_debtor(c: &mut PostCase) {
    let party = c.case.a.party(1);
    c.case.plants.push(standing(&c.case.world, party, |p| p.status = StandingStatus::Revoked));
}

fn revoke_creditor(c: &mut PostCase) {
    let party = c.case.b.party(1);
    c.case.plants.push(standing(&c.case.world, party, |p| p.status = StandingStatus::Revoked));
}

#[test]
fn k1_k4_k5_k6_i9_i10_a_post_by_the_payee_hears_its_own_reasons_and_a_neutral_one() {
    let mut faults = leg_faults();
    faults.push(fault(Refusal::AccountFrozen, &["credit record"], freeze_credit));
    faults.push(fault(Refusal::StandingRevoked, &["creditor"], revoke_creditor));
    faults.push(fault(Refusal::CounterpartyNotEligible, &["debit record"], freeze_debit));
    faults.push(fault(Refusal::CounterpartyNotEligible, &["debtor"], revoke_debtor));
    faults.push(fault(Refusal::CounterpartyNotEligible, &["payer"], |c| {
        c.case.plants.push(suspended(&c.case.world, &c.case.a));
    }));
    faults.extend(held_compliance_faults(true));
    check(&PostCase::new(true), Effect::Settled, &faults, PostCase::run);
}

#[test]
fn k1_k4_k5_k6_i9_i10_a_post_by_the_payer_hears_its_own_reasons_and_a_neutral_one() {
    let mut faults = leg_faults();
    faults.push(fault(Refusal::AccountFrozen, &["debit record"], freeze_debit));
    faults.push(fault(Refusal::StandingRevoked, &["debtor"], revoke_debtor));
    faults.push(fault(Refusal::CounterpartyNotEligible, &["credit record"], freeze_credit));
    faults.push(fault(Refusal::CounterpartyNotEligible, &["creditor"], revoke_creditor));
    faults.push(fault(Refusal::CounterpartyNotEligible, &["payee"], |c| {
        c.case.plants.push(suspended(&c.case.world, &c.case.b));
    }));
    faults.extend(held_compliance_faults(false));
    check(&PostCase::new(false), Effect::Settled, &faults, PostCase::run);
}

#[test]
fn i10_frozen_money_stays_in_supply_and_a_released_hold_stays_frozen() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let payment = world.payment(&a, &b, Money::new(usd(), 400));
    let hold = world.hold(&a, &payment);
    world.apply(&hold);
    let freeze = frozen(&world, &payment.debit);
    world.plant(vec![freeze]);
    let post = world.post(&b, &b, &payment);
    assert_eq!(refused(&mut world, &post), Refusal::CounterpartyNotEligible);
    let void = world.void(&b, &payment, VoidReason::Rejected);
    world.apply(&void);
    let other = world.payment(&a, &b, Money::new(usd(), 1));
    let transfer = world.transfer(&a, &b, &other);
    assert_eq!(refused(&mut world, &transfer), Refusal::AccountFrozen);
    assert_eq!(crate::testing::recount(&world.state)[&usd()].supply, 3_000);
}

#[test]
fn i9_a_stranger_cannot_tell_a_used_leg_from_an_unused_one() {
    let (mut world, [a, b, c]) = World::funded(1_000);
    let used = world.payment(&a, &b, Money::new(usd(), 1));
    let unused = world.payment(&a, &b, Money::new(usd(), 1));
    let transfer = world.transfer(&a, &b, &used);
    world.apply(&transfer);
    for payment in [used, unused] {
        let hold = world.hold(&c, &payment);
        assert_eq!(refused(&mut world, &hold), Refusal::NotYourLeg);
        let close = world.close(&c, &payment.leg);
        assert_eq!(refused(&mut world, &close), Refusal::NotYourLeg);
        let post = world.post(&c, &b, &payment);
        assert_eq!(refused(&mut world, &post), Refusal::LegUnknown);
        for reason in [VoidReason::Rejected, VoidReason::Withdrawn, VoidReason::Expired] {
            let void = world.void(&c, &payment, reason);
            assert_eq!(refused(&mut world, &void), Refusal::LegUnknown);
        }
    }
}
