//! What receipts say: when a matter was entered, its leg, accounts and money, and who is told; of a
//! refused command what it asked for, to nobody but its sender.

use crate::{
    asset::{AssetStatus, Deliver},
    command::{Action, Command, Payment, SignedCommand, VoidReason},
    controls::MintTerms,
    digest::Hash32,
    freeze::FreezeTarget,
    id::{AccountId, Leg, Lei},
    money::Money,
    movement::MovementTerms,
    payment::LegState,
    queue::QueueTerms,
    receipt::{Effect, Outcome, Receipt},
    record::{Name, Record},
    refusal::Refusal,
    reserve::{Counterparty, EvidenceClass},
    rotation::Rotation,
    spending::PaymentTerms,
    sub_account::Move,
    testing::{
        Actor, Bank, World,
        assets::{bond, units},
        commands::{entry_id, sign},
        compliance_lei, custodian_lei, issuer_lei, operator_lei, usd,
    },
    tests::payments::suspended,
    time::LedgerTime,
};

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

/// What a receipt says besides its outcome; entered when it was decided, unless something is told.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    entered: Option<LedgerTime>,
    leg: Option<Leg>,
    debit: Option<AccountId>,
    credit: Option<AccountId>,
    money: Option<Money>,
    parties: Vec<Lei>,
}

impl Told {
    /// Of nothing but who is told.
    fn to(parties: &[Lei]) -> Self {
        Self { parties: parties.to_vec(), ..Self::default() }
    }

    /// Of a payment, to both its banks.
    fn of(payment: &Payment) -> Self {
        Self {
            leg: Some(payment.leg),
            debit: Some(payment.debit),
            money: Some(payment.money),
            ..Self::to(&[payment.leg.instructing, payment.leg.instructed])
        }
    }

    fn credited(self, account: AccountId) -> Self {
        Self { credit: Some(account), ..self }
    }

    fn since(self, entered: LedgerTime) -> Self {
        Self { entered: Some(entered), ..self }
    }

    /// What a receipt of the block of this time says.
    fn by(receipt: &Receipt, time: LedgerTime) -> Self {
        assert_eq!(receipt.irrevocable, time);
        Self {
            entered: (receipt.entered != time).then_some(receipt.entered),
            leg: receipt.leg,
            debit: receipt.debit,
            credit: receipt.credit,
            money: receipt.money,
            parties: receipt.parties.clone(),
        }
    }
}

/// Orders commands; the last one's receipt has this effect and says this, and parties are in order.
fn shows(world: &mut World, commands: &[SignedCommand], effect: Effect, told: Told) {
    let set = world.block(commands);
    let receipt = set.receipts.last().unwrap();
    assert_eq!(receipt.outcome, Outcome::Applied(effect));
    let mut told = told;
    told.parties.sort();
    told.parties.dedup();
    assert_eq!(Told::by(receipt, set.header.time), told, "{:?} {effect:?}", receipt.kind);
}

fn shows_one(world: &mut World, command: SignedCommand, effect: Effect, told: Told) {
    shows(world, &[command], effect, told);
}

#[test]
fn i9_receipts_of_a_held_payment_name_leg_accounts_money_and_both_banks() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let to = world.account(&b, usd());
    let held = |world: &mut World| {
        let payment = world.payment(&a, &b, dollars(100));
        let command = world.hold(&a, &payment);
        shows_one(world, command, Effect::Held, Told::of(&payment));
        (payment, world.now())
    };
    let (payment, entered) = held(&mut world);
    let post = world.post(&b, &b, &payment);
    let settled = Told::of(&payment).credited(to).since(entered);
    shows_one(&mut world, post, Effect::Settled, settled.clone());
    let close = world.close(&a, &payment.leg);
    let closed = Told { entered: None, money: None, ..settled };
    shows_one(&mut world, close, Effect::ClosedSettled, closed.clone());
    let confirm = world.confirm_credit(&b, payment.leg.id(), world.now());
    shows_one(&mut world, confirm, Effect::CreditConfirmed, closed);
    let back = world.payment_back(&payment, 7);
    let give = world.give_back(&payment, 7);
    let given = Told::of(&back).credited(payment.debit);
    shows_one(&mut world, give, Effect::Settled, given);
    // A part of it.
    let (payment, entered) = held(&mut world);
    let part = world.post_part(&b, &b, &payment, 30);
    let of_part = Payment { money: dollars(30), ..payment };
    let told = Told::of(&of_part).credited(to).since(entered);
    shows_one(&mut world, part, Effect::Settled, told);
    // Voided, and closed.
    let (payment, entered) = held(&mut world);
    let void = world.void(&b, &payment, VoidReason::Rejected);
    let told = Told::of(&payment).since(entered);
    shows_one(&mut world, void, Effect::Voided(VoidReason::Rejected), told);
    let close = world.close(&a, &payment.leg);
    let fixed = Told { debit: None, money: None, ..Told::of(&payment) };
    shows_one(&mut world, close, Effect::ClosedUnsettled, fixed);
    let (payment, entered) = held(&mut world);
    let close = world.close(&a, &payment.leg);
    let told = Told::of(&payment).since(entered);
    shows_one(&mut world, close, Effect::ClosedUnsettled, told);
}

#[test]
fn i9_q2_receipts_of_what_settles_at_once_or_later_name_who_is_paid() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let to = world.account(&b, usd());
    let payment = world.payment(&a, &b, dollars(100));
    let transfer = world.transfer(&a, &b, &payment);
    shows_one(&mut world, transfer, Effect::Settled, Told::of(&payment).credited(to));
    // Its record says the same, and where it settled.
    let Some(Record::Leg(leg)) = world.record(&Name::Leg(payment.leg.id())) else { panic!() };
    let expected = LegState::Settled {
        debit: payment.debit,
        debtor: payment.debtor,
        credit: to,
        creditor: b.party(1),
        money: payment.money,
        returned: 0,
        height: world.state.header().height,
    };
    assert_eq!(leg.state, expected);
    let at_once = world.payment(&a, &b, dollars(100));
    let enqueue = world.enqueue(&at_once, 1);
    shows_one(&mut world, enqueue, Effect::Settled, Told::of(&at_once).credited(to));
    // Scheduled, and withdrawn; scheduled, and freed by the ledger.
    let payment = world.payment(&a, &b, dollars(100));
    let schedule = world.schedule(&a, &b, &payment, 30_000);
    shows_one(&mut world, schedule, Effect::Scheduled, Told::of(&payment).credited(to));
    let told = Told::of(&payment).since(world.now());
    let void = world.void(&a, &payment, VoidReason::Withdrawn);
    shows_one(&mut world, void, Effect::Voided(VoidReason::Withdrawn), told);
    let payment = world.payment(&a, &b, dollars(100));
    let schedule = world.schedule(&a, &b, &payment, 30_000);
    world.apply(&schedule);
    let (entered, at) = (world.now(), world.now().after(30_000));
    let suspend = world.decide(Action::SuspendMember { member: b.lei });
    world.apply_all(&suspend);
    let set = world.block_at(at, &[]);
    let mut told = Told::of(&payment).since(entered);
    told.parties.sort();
    assert_eq!(Told::by(&set.receipts[0], at), told);
    let reinstate = world.decide(Action::ReinstateMember { member: b.lei });
    world.apply_all(&reinstate);
    // Queued: a new place is the payer's own affair.
    let payment = world.payment(&a, &b, dollars(5_000));
    let enqueue = world.enqueue(&payment, 1);
    shows_one(&mut world, enqueue, Effect::Queued, Told::of(&payment).credited(to));
    let told = Told::of(&payment).since(world.now());
    let own = Told { parties: vec![a.lei], ..told.clone() };
    let requeue = world.requeue(&a, payment.leg.id(), 2);
    shows_one(&mut world, requeue, Effect::Requeued, own);
    let close = world.close(&a, &payment.leg);
    shows_one(&mut world, close, Effect::ClosedUnsettled, told);
    let terms = world.set_queue_terms(&a, usd(), QueueTerms::default());
    let own = Told { debit: Some(payment.debit), ..Told::to(&[a.lei]) };
    shows_one(&mut world, terms, Effect::QueueTermsSet, own);
    let never = world.payment(&a, &b, dollars(1));
    let close = world.close(&a, &never.leg);
    let told = Told { debit: None, money: None, ..Told::of(&never) };
    shows_one(&mut world, close, Effect::ClosedUnsettled, told);
}

#[test]
fn i3_receipts_of_evidence_and_mints_go_to_custodian_issuer_and_who_is_paid() {
    let (mut world, [a, ..]) = World::running();
    let (issuer, custodian) = (issuer_lei(), custodian_lei());
    let account = world.account(&a, usd());
    let mut attestation = world.attestation(usd(), 7);
    attestation.available = 5;
    let attest = world.sign(&Actor::custodian(), Command::Attest(attestation));
    let told = Told { money: Some(dollars(7)), ..Told::to(&[custodian, issuer]) };
    shows_one(&mut world, attest, Effect::Attested, told);
    let mut entry = world.credit_from(&a, dollars(500), "INV1");
    let record = world.record_entry(&entry);
    let told = Told { money: Some(dollars(500)), ..Told::to(&[custodian, issuer, a.lei]) };
    shows_one(&mut world, record, Effect::EntryRecorded, told);
    let cited = entry_id(&entry);
    for counterparty in [Counterparty::Internal, Counterparty::Other] {
        (entry.sequence, entry.detail) = (entry.sequence + 1, entry.detail + 1);
        entry.counterparty = counterparty;
        let record = world.record_entry(&entry);
        let told = Told { money: Some(dollars(500)), ..Told::to(&[custodian, issuer]) };
        shows_one(&mut world, record, Effect::EntryRecorded, told);
    }
    let request = world.request_mint(&a, dollars(500), "INV1");
    let id = request.body.id();
    let told = Told { money: Some(dollars(500)), ..Told::to(&[a.lei, issuer]) }.credited(account);
    shows_one(&mut world, request, Effect::MintRequested, told.clone());
    let entered = world.now();
    let mint = world.mint(id, cited);
    let told = Told { parties: vec![a.lei, issuer, custodian], ..told }.since(entered);
    shows(&mut world, &mint, Effect::Minted, told);
}

#[test]
fn i3_receipts_of_redemptions_go_to_holder_and_treasury() {
    let (mut world, [a, ..]) = World::funded(1_000);
    let locked = |world: &mut World| {
        let preburn = world.preburn(&a, dollars(10));
        let told = Told {
            debit: Some(world.account(&a, usd())),
            money: Some(dollars(10)),
            ..Told::to(&[a.lei, issuer_lei()])
        };
        let id = preburn.body.id();
        shows_one(world, preburn, Effect::Preburned, told.clone());
        (id, told.since(world.now()))
    };
    let (id, told) = locked(&mut world);
    let cancel = world.cancel_redemption(&a, id);
    shows_one(&mut world, cancel, Effect::RedemptionCancelled, told);
    let (redemption, told) = locked(&mut world);
    let instruct = world.treasure(Action::InstructPayout { redemption });
    shows(&mut world, &instruct, Effect::PayoutInstructed, told.clone());
    let bounced = world.treasure(Action::CancelPayout { redemption });
    shows(&mut world, &bounced, Effect::PayoutCancelled, told);
    let (redemption, told) = locked(&mut world);
    let payout = world.payout_to(&a, dollars(10), &redemption);
    let record = world.record_entry(&payout);
    world.apply(&record);
    let entry = entry_id(&payout);
    let burn = world.treasure(Action::ConfirmPayout { redemption, entry });
    let told = Told { parties: vec![a.lei, issuer_lei(), custodian_lei()], ..told };
    shows(&mut world, &burn, Effect::Burned, told);
}

/// Every action of operators whose receipt is `executed`, and who is told besides them.
#[test]
fn i5_what_operators_decide_is_told_to_whom_it_concerns() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    world.register_assets();
    let d = Bank::new("BANKD");
    let open = Action::OpenAccount { member: a.lei, currency: usd(), blind: Hash32::ZERO };
    let opened = AccountId::derive(&world.genesis.chain_id(), &a.lei, usd(), &Hash32::ZERO);
    let reserve = Action::RegisterReserve {
        custodian: custodian_lei(),
        currency: usd(),
        account: Hash32::ZERO,
        class: EvidenceClass::Trustee,
        haircut: 10_000,
    };
    let clerk = b.clerk(7).grant;
    let rotation =
        Rotation { old: b.gate().grant.key, new: b.gate().with_key(2).grant.key, overlap_ms: 0 };
    let (currency, registrar) = (usd(), crate::testing::assets::registrar_lei(bond()));
    let other = crate::asset::AssetCode::of_network("NOTE20411").unwrap();
    let terms = crate::asset::AssetTerms { code: other, ..world.asset_terms(bond()) };
    let rows = [
        (Action::AdmitMember(d.directory()), Told::to(&[d.lei])),
        (open, Told::to(&[a.lei]).credited(opened)),
        (reserve, Told::to(&[custodian_lei(), issuer_lei()])),
        (Action::RegisterKey(clerk), Told::to(&[b.lei])),
        (Action::SetMintTerms { currency, terms: MintTerms::default() }, Told::to(&[issuer_lei()])),
        (
            Action::SetPaymentTerms { currency, terms: PaymentTerms::default() },
            Told::to(&[issuer_lei()]),
        ),
        (Action::SuspendMember { member: b.lei }, Told::to(&[b.lei])),
        (Action::ReinstateMember { member: b.lei }, Told::to(&[b.lei])),
        (Action::RotateKey(rotation), Told::to(&[b.lei])),
        (Action::RegisterAsset(terms), Told::to(&[registrar])),
        (
            Action::SetAssetStatus { asset: bond(), status: AssetStatus::Suspended },
            Told::to(&[registrar]),
        ),
    ];
    for (action, mut told) in rows {
        told.parties.push(operator_lei());
        let commands = world.decide(action);
        shows(&mut world, &commands, Effect::Executed, told);
    }
    let revoke = world.decide(Action::RevokeKey { key: clerk.key });
    shows(&mut world, &revoke, Effect::KeyRevoked, Told::to(&[b.lei, operator_lei()]));
}

#[test]
fn i10_k6_what_compliance_decides_is_told_to_whom_it_concerns() {
    let (mut world, [a, ..]) = World::funded(1_000);
    world.appoint_compliance();
    let (own, account) = (compliance_lei(), world.account(&a, usd()));
    let terms = Action::SetMovementTerms { currency: usd(), terms: MovementTerms::default() };
    let commands = world.comply(terms);
    shows(&mut world, &commands, Effect::Executed, Told::to(&[own, issuer_lei()]));
    for (target, debit, parties) in [
        (FreezeTarget::Account(account), Some(account), vec![own, a.lei]),
        (FreezeTarget::Party(a.party(1)), None, vec![own]),
        (FreezeTarget::Minting(usd()), None, vec![own, issuer_lei()]),
        (FreezeTarget::Currency(usd()), None, vec![own, issuer_lei()]),
    ] {
        let told = Told { debit, ..Told::to(&parties) };
        let freeze = world.freeze(target);
        shows_one(&mut world, freeze, Effect::Frozen, told.clone());
        let lift = world.unfreeze(target);
        shows(&mut world, &lift, Effect::Unfrozen, told);
    }
}

#[test]
fn a3_a4_i9_receipts_of_units_name_accounts_and_legs() {
    let (mut world, [a, b, _]) = World::with_units(1_000, 1_000);
    let [from, to] = [a, b].map(|bank| world.account(&bank, usd()));
    let some = units(bond(), 7);
    let registrar = crate::testing::assets::registrar_lei(bond());
    let delivery = world.delivery(&a, &b, some);
    let deliver = world.deliver(&delivery);
    let told = Told { leg: Some(delivery.leg()), debit: Some(from), ..Told::to(&[a.lei, b.lei]) }
        .credited(to);
    shows_one(&mut world, deliver, Effect::UnitsDelivered(some), told.clone());
    let close = world.close(&a, &delivery.leg());
    shows_one(&mut world, close, Effect::ClosedSettled, told);
    let surrender = world.surrender(&a, some);
    let id = surrender.body.id();
    let told = Told { debit: Some(from), ..Told::to(&[a.lei, registrar]) };
    shows_one(&mut world, surrender, Effect::UnitsSurrendered(some), told.clone());
    let told = told.since(world.now());
    let back = world.reclaim(&a, id);
    shows_one(&mut world, back, Effect::UnitsReclaimed(some), told.clone());
    let issue = world.issue(&a, some);
    let issued = Told::to(&[a.lei, registrar]).credited(from);
    shows(&mut world, &issue, Effect::UnitsIssued(some), issued);
    let surrender = world.surrender(&a, some);
    world.apply(&surrender);
    let told = told.since(world.now());
    let cancel = world.cancel_units(bond(), surrender.body.id());
    shows(&mut world, &cancel, Effect::UnitsCancelled(some), told);
}

/// Each command, refused since no key of the needed role signs it, or since its member is suspended:
/// what its receipt names.
#[test]
fn i9_a_refused_command_names_what_it_asked_for_and_is_told_to_its_sender_only() {
    let (mut world, [a, b, _]) = World::with_units(1_000, 1_000);
    let payment = world.payment(&a, &b, dollars(5));
    let settled = world.payment(&b, &a, dollars(9));
    let transfer = world.transfer(&b, &a, &settled);
    world.apply(&transfer);
    let back = world.payment_back(&settled, 3);
    let delivery = world.delivery(&a, &b, units(bond(), 1));
    let acceptance = world.delivery_accepted(&delivery);
    let account = world.account(&a, usd());
    let moved = Move { from: account, to: account, money: dollars(2) };
    let id = payment.leg.id();
    let of = |payment: &Payment| (Some(payment.leg), Some(payment.money));
    let rows = [
        (world.hold(&a, &payment), of(&payment)),
        (world.transfer(&a, &b, &payment), of(&payment)),
        (world.schedule(&a, &b, &payment, 30_000), of(&payment)),
        (world.enqueue(&payment, 1), of(&payment)),
        (world.give_back(&settled, 3), of(&back)),
        (world.close(&a, &payment.leg), (Some(payment.leg), None)),
        (world.request_mint(&a, dollars(4), "R"), (None, Some(dollars(4)))),
        (world.preburn(&a, dollars(6)), (None, Some(dollars(6)))),
        (world.sign(&a.settlement(), Command::Move(moved)), (None, Some(dollars(2)))),
        (
            world.sign(&a.settlement(), Command::Deliver(Deliver { delivery, acceptance })),
            (Some(delivery.leg()), None),
        ),
        (world.post(&a, &b, &payment), (None, None)),
        (world.post_part(&a, &b, &payment, 1), (None, None)),
        (world.void(&a, &payment, VoidReason::Withdrawn), (None, None)),
        (world.sign(&a.settlement(), Command::Release { leg: id }), (None, None)),
        (world.requeue(&a, id, 1), (None, None)),
        (world.set_queue_terms(&a, usd(), QueueTerms::default()), (None, None)),
        (world.cancel_redemption(&a, transfer.body.id()), (None, None)),
        (world.confirm_credit(&a, id, world.now()), (None, None)),
        (world.anchor(&a, Hash32::ZERO), (None, None)),
        (world.surrender(&a, units(bond(), 1)), (None, None)),
        (world.reclaim(&a, transfer.body.id()), (None, None)),
    ];
    let mut stopped = world.clone();
    stopped.plant(vec![suspended(&world, &a)]);
    for (command, (leg, money)) in rows {
        let by_gate = sign(command.body.clone(), &[&a.gate()]);
        for (world, command, refusal) in [
            (&mut world, by_gate, Refusal::WrongRole),
            (&mut stopped, command, Refusal::MemberSuspended),
        ] {
            let set = world.block(&[command]);
            let receipt = &set.receipts[0];
            assert_eq!(receipt.outcome, Outcome::Refused(refusal), "{:?}", receipt.kind);
            let told = Told { leg, money, ..Told::to(&[a.lei]) };
            assert_eq!(Told::by(receipt, set.header.time), told, "{:?}", receipt.kind);
        }
    }
}
