//! What a command declares that it costs a block is at least what it does: signatures that are
//! checked and records that change, each made one counting twice.

use crate::{
    account::{Account, AccountStatus, Balances},
    block::Verified,
    bulk::{BulkLeg, BulkMode},
    codec::{decode, encode},
    command::{Action, Command, Identified, SignedCommand, VoidReason},
    controls::MintTerms,
    digest::{Domain, Hash32},
    freeze::FreezeTarget,
    id::{AccountId, LegId, PartyId, PolicyId, Text},
    key_limits::KeyTerms,
    limits::{
        ACCUSATION_UNITS, GAS_PER_UNIT, MAX_DIRECTORY_KEYS, MAX_LEGS_SWEPT, MAX_POLICY_SUBJECTS,
        MAX_SET_LEGS,
    },
    merkle::LogHead,
    misconduct::MisconductKind,
    money::Money,
    party::{Level, Party, StandingStatus},
    policy::{PolicyMode, Subject},
    proof::SlotContent,
    queue::QueueTerms,
    receipt::{Effect, Kind, Outcome},
    record::{Name, Record},
    reserve::EvidenceClass,
    rotation::Rotation,
    rules::RulesVersion,
    screening::ClearedBy,
    seizure::{Disposal, SeizureOrder},
    signing::Step,
    sliding::MIN_WINDOW_MS,
    spending::{PaymentLimits, PaymentTerms},
    state::{State, WriteSet},
    sub_account::{Move, OpenSub},
    testing::{
        Actor, BLOCK_MS, Bank, World,
        assets::{bond, units},
        commands::LASTS_MS,
        commands::entry_id,
        commands::sign,
        governing::validator,
        jpy, lei,
        misconduct::evidence,
        programs::code,
        usd,
    },
    tests::contracts,
    time::LedgerTime,
};

/// Records that a block changed, each made one counting twice, as does what its organisation made,
/// which is a new record once. Left out is what every block with commands writes, and leaves whose
/// record came out as it was: those linked to a new one, and currencies in which money only moved.
pub(super) fn touched(before: &State, set: &WriteSet) -> u32 {
    let counts = set.slots().values().map(|stored| match stored.content.as_ref() {
        SlotContent::Free { .. } => 0,
        SlotContent::Used { record: Record::Chain(_) | Record::Window(_), .. } => 0,
        SlotContent::Used { key, record, .. } => {
            match before.slot_of(key).and_then(|slot| before.record_in(slot)) {
                Some(old) if old == record => 0,
                Some(Record::Growth(_)) | None => 2,
                Some(_) => 1,
            }
        }
    });
    counts.sum()
}

/// Records that a command declares, with those that were paid for when its action was proposed.
pub(super) fn declared(before: &State, command: &SignedCommand) -> u32 {
    use crate::draft::Records as _;
    let signatures = u32::try_from(command.claims().len()).unwrap();
    let prepaid = match &command.body.command {
        Command::Approve(approval) => match before.record(&Name::Proposal(approval.proposal)) {
            Some(Record::Proposal(proposal)) => proposal.action.prepaid(),
            _ => 0,
        },
        _ => 0,
    };
    (command.units(0) - u32::try_from(gas(command)).unwrap()) / 10 - signatures + prepaid
}

/// Units that a call costs for its gas: V12.
fn gas(command: &SignedCommand) -> usize {
    match &command.body.command {
        Command::Invoke(invoke) => {
            usize::try_from(invoke.call.gas_limit.div_ceil(GAS_PER_UNIT)).unwrap()
        }
        Command::Accuse(_) => usize::try_from(ACCUSATION_UNITS).unwrap(),
        _ => 0,
    }
}

/// Records that the dearest form of each kind declares, in the order of kinds: what the table of L1 in
/// docs/spec/ledger.md says for four signers, sixteen legs of a set or bulk, two of a netting set, a call with
/// one account and two records.
const DECLARED: [u32; 37] = [
    4, 10, 5, 3, 9, 4, 14, 6, 4, 13, 4, 10, 4, 4, 4, 2, 12, 6, 178, 88, 14, 6, 4, 4, 14, 3, 4, 332,
    10, 178, 6, 4, 4, 15, 7, 4, 4,
];
const MOST: Option<u128> = Some(u128::MAX);
const POLICY: PolicyId = PolicyId::new([0x70; 32]);

/// The four persons of A that settle.
fn four(a: &Bank) -> [Actor; 4] {
    [a.settlement(), a.clerk(1), a.clerk(2), a.clerk(3)]
}

/// A command of A that all four sign.
fn by_four(world: &mut World, a: &Bank, command: Command) -> SignedCommand {
    let body = world.body(a.lei, command);
    sign(body, &four(a).each_ref())
}

/// A command that A's four persons sign instead of one.
fn again(world: &mut World, a: &Bank, command: SignedCommand) -> SignedCommand {
    by_four(world, a, command.body.command)
}

/// A network in which everything is counted and kept: customers' payments, four persons' entries,
/// clearances.
pub(super) fn counted() -> (World, [Bank; 3]) {
    let (mut world, banks) = World::funded(1_000_000);
    let a = banks[0];
    world.appoint_compliance();
    world.appoint_admins(&a);
    world.appoint_solver();
    for actor in &four(&a)[1..] {
        world.register_own(&a, actor);
    }
    let terms = KeyTerms { window_ms: MIN_WINDOW_MS, per_command: MOST, per_window: MOST };
    for actor in &four(&a) {
        for currency in [usd(), jpy()] {
            world.limit_key(&a, actor, currency, terms);
        }
    }
    world.complied(Action::RegisterList { list: Hash32::ZERO });
    let full = PaymentLimits { per_payment: MOST, per_window: MOST };
    for currency in [usd(), jpy()] {
        let terms = PaymentTerms { full, ..PaymentTerms::default() };
        let commands = world.set_payment_terms(currency, terms);
        world.apply_all(&commands);
    }
    (world, banks)
}

/// Gives a bank customers and accounts with ten cents each, by decree.
fn decree(world: &mut World, bank: &Bank, count: u8) -> Vec<(PartyId, AccountId)> {
    let Some(Record::Currency(currency)) = world.record(&Name::Currency(usd())) else { panic!() };
    let mut currency = currency.clone();
    currency.totals.available += 10 * u128::from(count);
    currency.totals.supply += 10 * u128::from(count);
    let mut records = vec![(Name::Currency(usd()), Record::Currency(currency))];
    let expires = world.now().after(LASTS_MS);
    let pairs: Vec<_> = (0..count)
        .map(|number| {
            let id = AccountId::new(*Domain::Content.hash_of(&(bank.lei, "own", number)).get());
            (bank.party(100 + number), id)
        })
        .collect();
    for (party, id) in &pairs {
        let standing = Party {
            party: *party,
            member: bank.lei,
            level: Level::Full,
            status: StandingStatus::Active,
            expires,
            evidence: Hash32::ZERO,
            frozen: false,
        };
        let account = Account {
            id: *id,
            member: bank.lei,
            currency: usd(),
            status: AccountStatus::Active,
            balances: Balances { available: 10, ..Balances::default() },
            journal: LogHead::EMPTY,
        };
        records.push((Name::Party(*party), Record::Party(standing)));
        records.push((Name::Account(*id), Record::Account(account)));
    }
    world.plant(records);
    pairs
}

/// The most expensive form of a kind of command, and how many records it touches.
pub(super) fn dearest(kind: Kind, world: &mut World, [a, b, c]: [Bank; 3]) -> (SignedCommand, u32) {
    let money = Money::new(usd(), 100);
    match kind {
        Kind::Propose => {
            let own = world.account(&a, usd());
            let action = Action::SetAccountPolicy { account: own, steps: Vec::new() };
            (world.propose(&a.admin(1), action), 4)
        }
        Kind::Approve => {
            let (parent, blind, label) = (world.account(&a, usd()), world.nonce(), world.nonce());
            let action = Action::OpenSubAccount(OpenSub { parent, blind, label });
            let [proposal, approval] = world.administer(&a, action);
            world.apply(&proposal);
            (approval, 10)
        }
        Kind::SetStanding => (world.standing(&a, a.party(9)), 5),
        Kind::Attest => (world.attest(usd(), 7), 1),
        Kind::RecordEntry => {
            let preburn = world.preburn(&a, money);
            world.apply(&preburn);
            let payout = world.payout_to(&a, money, &preburn.body.id());
            (world.record_entry(&payout), 9)
        }
        Kind::RequestMint => (world.request_mint(&a, money, "R"), 4),
        Kind::Freeze => (world.freeze(FreezeTarget::Currency(usd())), 4),
        Kind::Anchor => (world.anchor(&a, Hash32::MAX), 4),
        Kind::Preburn => {
            let preburn = world.preburn(&a, money);
            (again(world, &a, preburn), 10)
        }
        Kind::CancelRedemption => {
            let preburn = world.preburn(&a, money);
            world.apply(&preburn);
            (world.cancel_redemption(&a, preburn.body.id()), 3)
        }
        Kind::Clear => {
            let payment = world.payment(&a, &b, money);
            (world.clear(&b, world.cleared(ClearedBy::Payee, &payment)), 4)
        }
        Kind::WithdrawApproval => {
            let [proposal, _] = world.decide(Action::SuspendMember { member: b.lei });
            world.apply(&proposal);
            let proposal = proposal.body.id();
            (world.sign(&Actor::operator(1), Command::WithdrawApproval { proposal }), 1)
        }
        Kind::Move => {
            let (from, to) = (world.account(&a, usd()), decree(world, &a, 1)[0].1);
            (by_four(world, &a, Command::Move(Move { from, to, money })), 2)
        }
        Kind::Invoke => {
            contracts::decreed(world);
            let holders = vec![world.named(&a, usd(), 100)];
            let arguments = vec![code(usd()), encode(&100u128)];
            let mut call = world.call(("trials", "keep"), &[&a], holders, arguments);
            call.records = 2;
            let invoke = world.cleared_call(&a, call);
            (by_four(world, &a, Command::Invoke(invoke)), 14)
        }
        Kind::Hold
        | Kind::Post
        | Kind::PostPart
        | Kind::Void
        | Kind::Transfer
        | Kind::Close
        | Kind::ConfirmCredit
        | Kind::Return
        | Kind::Schedule
        | Kind::Release => dearest_payment(kind, world, [a, b]),
        Kind::Settle | Kind::Bulk => dearest_of_several(kind, world, [a, b]),
        Kind::Enqueue | Kind::Requeue | Kind::SetQueueTerms | Kind::SettleQueued => {
            dearest_queued(kind, world, [a, b, c])
        }
        Kind::Accuse => {
            let Some(Record::Committee(mut listed)) = world.record(&Name::Committee).cloned()
            else {
                panic!("no committee")
            };
            listed.validators = (1..=5).map(validator).collect();
            world.plant(vec![(Name::Committee, Record::Committee(listed))]);
            let found = evidence(&world.genesis.chain_id(), 1, (0, 1), MisconductKind::Notarize);
            (world.accuse(2, found), 7)
        }
        Kind::Signal => {
            let Some(Record::Committee(mut listed)) = world.record(&Name::Committee).cloned()
            else {
                panic!("no committee")
            };
            listed.validators = (1..=5).map(validator).collect();
            world.plant(vec![(Name::Committee, Record::Committee(listed))]);
            (world.signal(2, RulesVersion::KNOWN), 4)
        }
        Kind::Halt => {
            world.appoint_emergency();
            (world.halt(), 4)
        }
        Kind::Deliver | Kind::Exchange | Kind::Surrender | Kind::Reclaim => {
            dearest_of_units(kind, world, [a, b])
        }
    }
}

fn dearest_payment(kind: Kind, world: &mut World, [a, b]: [Bank; 2]) -> (SignedCommand, u32) {
    let payment = world.payment(&a, &b, Money::new(usd(), 100));
    let hold = world.hold(&a, &payment);
    let transfer = world.transfer(&a, &b, &payment);
    match kind {
        Kind::Hold => (again(world, &a, hold), 14),
        Kind::Transfer => (again(world, &a, transfer), 12),
        Kind::Schedule => {
            let schedule = world.schedule(&a, &b, &payment, LASTS_MS);
            (again(world, &a, schedule), 14)
        }
        Kind::Close => (world.close(&a, &payment.leg), 4),
        Kind::ConfirmCredit => {
            world.apply(&transfer);
            (world.confirm_credit(&b, payment.leg.id(), world.now()), 1)
        }
        Kind::Return => {
            let payment = world.payment(&b, &a, Money::new(usd(), 100));
            let paid = world.transfer(&b, &a, &payment);
            world.apply(&paid);
            let back = world.give_back(&payment, 100);
            (again(world, &a, back), 11)
        }
        Kind::Release => {
            let legs = (0..=MAX_LEGS_SWEPT).map(|_| world.payment(&a, &b, payment.money));
            let legs: Vec<_> = legs.collect();
            let due = world.now().after(LASTS_MS);
            let schedules = legs.iter().map(|payment| world.schedule(&a, &b, payment, LASTS_MS));
            let schedules: Vec<_> = schedules.collect();
            world.apply_all(&schedules);
            let last = world.state.due_legs(due).last();
            world.block_at(LedgerTime::new(due.get() - BLOCK_MS), &[]);
            (world.sign(&a.settlement(), Command::Release { leg: last.unwrap() }), 4)
        }
        _ => {
            world.apply(&hold);
            match kind {
                Kind::Post => (world.post(&b, &b, &payment), 4),
                Kind::PostPart => (world.post_part(&b, &b, &payment, 1), 4),
                _ => (world.void(&a, &payment, VoidReason::Withdrawn), 3),
            }
        }
    }
}

fn dearest_of_several(kind: Kind, world: &mut World, [a, b]: [Bank; 2]) -> (SignedCommand, u32) {
    let count = MAX_SET_LEGS;
    let payers = decree(world, &a, u8::try_from(count).unwrap());
    let payees = decree(world, &b, u8::try_from(count).unwrap());
    let legs = u32::try_from(count).unwrap();
    if kind == Kind::Settle {
        let mut set = Vec::new();
        for ((debtor, debit), (creditor, credit)) in payers.into_iter().zip(payees) {
            let mut leg = world.set_leg(&a, &b, Money::new(usd(), 10));
            (leg.payment.debit, leg.payment.debtor) = (debit, debtor);
            (leg.credit, leg.creditor) = (credit, creditor);
            set.push(leg);
        }
        let set = world.set(&a, &set);
        return (by_four(world, &a, Command::Settle(set)), legs * 6 + 6);
    }
    let mut groups = world.groups(&a, usd(), &[(b, &vec![1; count])]);
    let pairs = payers.into_iter().zip(payees);
    for (leg, ((debtor, _), (creditor, credit))) in groups[0].legs.iter_mut().zip(pairs) {
        *leg = BulkLeg { debtor, creditor, credit, ..*leg };
    }
    let bulk = world.bulk(&a, BulkMode::Whole, usd(), groups);
    (by_four(world, &a, Command::Bulk(bulk)), legs * 5 + 7)
}

fn dearest_queued(kind: Kind, world: &mut World, [a, b, _]: [Bank; 3]) -> (SignedCommand, u32) {
    let terms = QueueTerms::default();
    if kind == Kind::SetQueueTerms {
        return (world.set_queue_terms(&a, usd(), terms), 4);
    }
    let large = Money::new(usd(), 2_000_000);
    let [there, back] = [(a, b), (b, a)].map(|(from, to)| world.payment(&from, &to, large));
    let [first, second] = [there, back].map(|payment| world.enqueue(&payment, 1));
    if kind == Kind::Enqueue {
        return (again(world, &a, first), 14);
    }
    world.apply_all(&[first, second]);
    let legs: [LegId; 2] = [there.leg.id(), back.leg.id()];
    match kind {
        Kind::Requeue => (world.requeue(&a, legs[0], 9), 1),
        _ => (world.settle_queued(&Actor::solver(), &legs), 6),
    }
}

fn dearest_of_units(kind: Kind, world: &mut World, [a, b]: [Bank; 2]) -> (SignedCommand, u32) {
    let some = units(bond(), 10);
    world.register_assets();
    let issued = world.issue(&a, units(bond(), 1_000));
    world.apply_all(&issued);
    match kind {
        Kind::Deliver => {
            let delivery = world.delivery(&a, &b, some);
            let deliver = world.deliver(&delivery);
            (again(world, &a, deliver), 7)
        }
        Kind::Exchange => {
            let count = MAX_SET_LEGS / 2;
            let payers = decree(world, &b, u8::try_from(count).unwrap());
            let payees = decree(world, &a, u8::try_from(count).unwrap());
            let mut payments = Vec::new();
            for ((debtor, debit), (creditor, credit)) in payers.into_iter().zip(payees) {
                let mut leg = world.set_leg(&b, &a, Money::new(usd(), 10));
                (leg.payment.debit, leg.payment.debtor) = (debit, debtor);
                (leg.credit, leg.creditor) = (credit, creditor);
                payments.push(leg);
            }
            let deliveries: Vec<_> = (0..count).map(|_| world.unit_leg(&a, &b, some)).collect();
            let exchange = world.exchange(&a, &payments, &deliveries);
            (by_four(world, &a, Command::Exchange(exchange)), 69)
        }
        _ => {
            let surrender = world.surrender(&a, some);
            if kind == Kind::Surrender {
                return (again(world, &a, surrender), 6);
            }
            world.apply(&surrender);
            (world.reclaim(&a, surrender.body.id()), 3)
        }
    }
}

/// Every kind of command there is, with as many signatures as it may have.
#[test]
fn l1_every_command_declares_what_it_does() {
    let (base, banks) = counted();
    let kinds: Vec<Kind> = (0u8..).map_while(|index| decode(&[index], 1).ok()).collect();
    assert_eq!(kinds.len(), DECLARED.len(), "a kind without a row");
    for (kind, listed) in kinds.into_iter().zip(DECLARED) {
        let mut world = base.clone();
        let (command, expected) = dearest(kind, &mut world, banks);
        assert_eq!(Kind::of(&command.body.command), kind);
        let before = world.state.clone();
        let set = world.block(std::slice::from_ref(&command));
        let own = |id| id == command.body.id();
        let applied = |outcome| matches!(outcome, Outcome::Applied(_));
        assert!(set.receipts.iter().all(|r| applied(r.outcome)), "{kind:?} {:?}", set.receipts);
        // What the ledger ended by itself in the same block, each a leg of its own.
        let ended = set.receipts.iter().filter(|receipt| !own(receipt.command)).count();
        let touched = touched(&before, &set) - u32::try_from(ended).unwrap();
        assert_eq!(touched, expected, "{kind:?}");
        let declared = declared(&before, &command);
        assert!(declared >= touched, "{kind:?} declares {declared} of {touched}");
        assert_eq!(declared, listed, "{kind:?}");
        // Every signature is counted, every hundred bytes, and the gas of a call.
        let identified = Identified::new(command.clone());
        let (bytes, claims) = (identified.bytes(), identified.claims().len());
        let units = declared as usize * 10 + claims * 10 + bytes.div_ceil(100) + gas(&command);
        assert_eq!(identified.units() as usize, units, "{kind:?}");
        assert!(claims >= command.signatures.len() && Verified::check(identified).is_ok());
    }
}

/// Sixteen keys of as many persons.
fn admission() -> Action {
    let bank = Bank::new("BANKX");
    let count = u8::try_from(MAX_DIRECTORY_KEYS).unwrap();
    let mut directory = bank.directory();
    directory.keys = (0..count).map(|number| bank.clerk(number).grant).collect();
    directory.keys.sort_by_key(|grant| grant.key);
    Action::AdmitMember(directory)
}

/// Actions that touch most; `true` where an approval alone would not pay for it.
fn actions(world: &mut World, [a, b, _]: [Bank; 3]) -> Vec<([SignedCommand; 2], bool)> {
    let (own, other) = (world.account(&a, usd()), world.account(&b, usd()));
    let subjects = 0..u8::try_from(MAX_POLICY_SUBJECTS).unwrap();
    let subjects: Vec<_> = subjects.map(|n| Subject::Party(a.party(100 + n))).collect();
    let money = Money::new(usd(), 50);
    let (entry, request) = (world.credit_from(&a, money, "M"), world.request_mint(&a, money, "M"));
    let commands = [world.record_entry(&entry), request.clone(), world.preburn(&a, money)];
    world.apply_all(&commands);
    let redemption = commands[2].body.id();
    let payout = world.payout_to(&a, money, &redemption);
    let commands = [world.record_entry(&payout), world.freeze(FreezeTarget::Account(other))];
    world.apply_all(&commands);
    let policy = world.comply(Action::CreatePolicy { policy: POLICY, mode: PolicyMode::Deny });
    world.apply_all(&policy);
    let order = SeizureOrder {
        from: other,
        party: None,
        money,
        disposal: Disposal::Deliver(own),
        reference: Text::new("ORDER").unwrap(),
    };
    let rotation =
        Rotation { old: a.gate().grant.key, new: a.gate().with_key(9).grant.key, overlap_ms: 1 };
    let terms = MintTerms { max_age_ms: 5_000, ..MintTerms::default() };
    let steps = vec![Step { from: 1, persons: 1 }];
    vec![
        (world.decide(admission()), true),
        (world.comply(Action::ListInPolicy { policy: POLICY, subjects, listed: true }), true),
        (
            world.treasure(Action::Mint { request: request.body.id(), entry: entry_id(&entry) }),
            false,
        ),
        (world.treasure(Action::ConfirmPayout { redemption, entry: entry_id(&payout) }), false),
        (world.register_key(Actor::new(a.lei, crate::authority::Role::Admin, "x").grant), false),
        (world.set_mint_terms(usd(), terms), false),
        (
            world.decide(Action::RegisterReserve {
                custodian: lei("OTHER"),
                currency: usd(),
                account: Hash32::MAX,
                class: EvidenceClass::Trustee,
                haircut: 1,
            }),
            false,
        ),
        (world.comply(Action::Seize(order)), false),
        (world.comply(Action::RegisterList { list: Hash32::MAX }), false),
        (world.administer(&a, Action::RotateOwnKey(rotation)), false),
        (world.administer(&a, Action::SetAccountPolicy { account: own, steps }), false),
    ]
}

#[test]
fn l1_an_action_is_paid_for_by_its_approval_and_the_largest_by_who_proposes_them() {
    let (mut world, banks) = counted();
    let rows = actions(&mut world, banks);
    for ([proposal, approval], prepaid) in rows {
        let mut world = world.clone();
        let before = world.state.clone();
        let first = world.block(std::slice::from_ref(&proposal));
        let proposed = (touched(&before, &first), declared(&before, &proposal));
        let before = world.state.clone();
        let second = world.block(std::slice::from_ref(&approval));
        let Outcome::Applied(effect) = second.receipts[0].outcome else {
            panic!("{:?}", second.receipts)
        };
        assert_ne!(effect, Effect::Approved);
        let what = &proposal.body.command;
        let done = touched(&before, &second);
        let alone = approval.units(0) / 10 - 1;
        assert!(proposed.0 + done <= proposed.1 + alone, "{what:?}: {proposed:?} {done} {alone}");
        assert_eq!(done > alone, prepaid, "{what:?}: {done} of {alone}");
    }
}
