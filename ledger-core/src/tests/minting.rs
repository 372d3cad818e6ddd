//! Requests to mint and mints: I2 at its bound, I3, and every refusal in order of precedence.

use crate::{
    account::{Account, AccountStatus, CurrencyRecord},
    authority::Role,
    command::{Action, Approval, Command, MintRequest},
    controls::MintControls,
    digest::Hash32,
    freshness::Freshness,
    id::{AccountId, CommandId, EntryId, ReserveId, Text},
    money::{Currency, Money},
    movement::MovementTerms,
    proposal::Proposal,
    receipt::{Effect, Outcome},
    record::{Name, Record, RequestRecord},
    refusal::Refusal,
    reserve::{Counterparty, Direction, EntryRecord, Reserve},
    testing::{
        Actor, BLOCK_MS, Bank, World,
        commands::{entry_id, sign},
        custodian_lei, issuer_lei, jpy, usd,
    },
    tests::{
        faults::{Fault, check, fault, refused},
        movements::{denying, stopped},
        payments::{frozen, key, suspended},
    },
};

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

/// A mint one approval away, with every record it reads.
#[derive(Clone)]
struct Mint {
    world: World,
    a: Bank,
    b: Bank,
    approver: Actor,
    approval: Approval,
    request_id: CommandId,
    entry_id: EntryId,
    proposal: Proposal,
    request: RequestRecord,
    entry: EntryRecord,
    reserve: Reserve,
    currency: CurrencyRecord,
    controls: MintControls,
    account: Account,
    plants: Vec<(Name, Record)>,
}

impl Mint {
    fn new() -> Self {
        let (mut world, [a, b, _]) = World::running();
        let entry = world.credit_from(&a, dollars(500), "INV1");
        let request = world.request_mint(&a, dollars(500), "INV1");
        let [proposal, _] = world.mint(request.body.id(), entry_id(&entry));
        let commands = [world.record_entry(&entry), request.clone(), proposal.clone()];
        world.apply_all(&commands);
        macro_rules! take {
            ($kind:ident, $name:expr) => {
                match world.record(&$name) {
                    Some(Record::$kind(record)) => record.clone(),
                    other => panic!("{other:?}"),
                }
            };
        }
        let (request_id, entry_id) = (request.body.id(), entry_id(&entry));
        let proposal: Proposal = take!(Proposal, Name::Proposal(proposal.body.id()));
        let (id, content) = (proposal.id, proposal.content);
        Self {
            a,
            b,
            approver: Actor::treasury(2),
            approval: Approval { proposal: id, content, policy_version: 1 },
            request_id,
            entry_id,
            proposal,
            request: take!(Request, Name::Request(request_id)),
            entry: take!(Entry, Name::Entry(entry_id)),
            reserve: take!(Reserve, Name::Reserve(world.reserve(usd()))),
            currency: take!(Currency, Name::Currency(usd())),
            controls: world.mint_controls(usd()).clone(),
            account: take!(Account, Name::Account(world.account(&a, usd()))),
            plants: Vec::new(),
            world,
        }
    }

    fn run(&self) -> Outcome {
        let mut world = self.world.clone();
        let mut proposal = self.proposal.clone();
        proposal.action = Action::Mint { request: self.request_id, entry: self.entry_id };
        let mut plants = self.plants.clone();
        plants.extend([
            (Name::Proposal(proposal.id), Record::Proposal(proposal)),
            (Name::Request(self.request.id), Record::Request(self.request.clone())),
            (Name::Entry(self.entry.id), Record::Entry(self.entry.clone())),
            (Name::Reserve(self.reserve.id), Record::Reserve(self.reserve.clone())),
            (Name::Currency(usd()), Record::Currency(self.currency.clone())),
            (Name::MintControls(usd()), Record::MintControls(Box::new(self.controls.clone()))),
            (Name::Account(self.account.id), Record::Account(self.account.clone())),
        ]);
        world.plant(plants);
        let command = world.sign(&self.approver, Command::Approve(self.approval));
        match world.run(&command) {
            Outcome::Refused(refusal) => {
                let command = world.sign(&self.approver, Command::Approve(self.approval));
                assert_eq!(refused(&mut world, &command), refusal, "a refusal is repeatable");
                Outcome::Refused(refusal)
            }
            applied @ Outcome::Applied(_) => applied,
        }
    }
}

fn mint_faults() -> Vec<Fault<Mint>> {
    vec![
        fault(Refusal::MemberSuspended, &["request id"], |c: &mut Mint| {
            c.plants.push(suspended(&c.world, &c.a));
        }),
        fault(Refusal::MintRequestUnknown, &["request id"], |c| {
            c.request_id = CommandId::new([0; 32]);
        }),
        fault(Refusal::MintRequestUsed, &["used"], |c| c.request.used = true),
        fault(Refusal::EntryUnknown, &["entry id"], |c| c.entry_id = EntryId::new([0; 32])),
        fault(Refusal::EntryUsed, &["entry used"], |c| c.entry.used = true),
        fault(Refusal::EntryNotExternalCredit, &["from"], |c| {
            c.entry.entry.counterparty = Counterparty::Internal;
        }),
        fault(Refusal::EntryNotExternalCredit, &["from"], |c| {
            c.entry.entry.direction = Direction::Debit;
        }),
        fault(Refusal::ThirdPartyPayer, &["from"], |c| {
            c.entry.entry.counterparty = Counterparty::Member(c.b.lei);
        }),
        fault(Refusal::ThirdPartyPayer, &["from"], |c| {
            c.entry.entry.counterparty = Counterparty::Other;
        }),
        fault(Refusal::EntryMismatch, &["minor"], |c| c.entry.entry.minor += 1),
        fault(Refusal::EntryMismatch, &["reference"], |c| {
            c.request.request.reference = Text::new("INV2").unwrap();
        }),
        fault(Refusal::EntryMismatch, &["reserve"], |c| {
            c.entry.entry.reserve = c.world.reserve(jpy());
        }),
        fault(Refusal::NotTheIssuer, &["issuer"], |c| c.currency.issuer = custodian_lei()),
        fault(Refusal::AttestationStale, &["attested"], |c| c.reserve.books.attested = None),
        fault(Refusal::AttestationStale, &["attested"], |c| c.currency.reserves.clear()),
        fault(Refusal::ReserveShort, &["attested"], |c| {
            c.reserve.books.turnover.debits += 1;
        }),
        fault(Refusal::AccountUnknown, &["account"], |c| {
            c.request.request.account = AccountId::new([0; 32]);
        }),
        fault(Refusal::NotYourAccount, &["account"], |c| {
            c.request.request.account = c.world.account(&c.b, usd());
        }),
        fault(Refusal::AccountFrozen, &["account"], |c| {
            c.account.status = AccountStatus::Frozen;
        }),
        fault(Refusal::MintingOff, &["switch"], |c| c.controls.stopped = true),
        fault(Refusal::AllowanceExceeded, &["allowance"], |c| {
            c.controls.terms.allowance = Some(499);
        }),
        fault(Refusal::MintCapReached, &["caps"], |c| c.controls.terms.caps.all = Some(499)),
        fault(Refusal::MintCapReached, &["caps"], |c| {
            c.controls.terms.caps.custodian = Some(499);
        }),
        fault(Refusal::CustodianConcentration, &["concentration"], |c| {
            c.controls.terms.concentration = 9_999;
        }),
        fault(Refusal::CurrencyFrozen, &["movement"], |c| c.plants.push(stopped(usd()))),
        fault(Refusal::CounterpartyNotEligible, &["movement"], |c| {
            let of_mints: fn(&mut MovementTerms, _) = |terms, id| terms.mint_recipient = Some(id);
            c.plants.extend(denying(usd(), of_mints, &[c.a.lei]));
        }),
    ]
}

#[test]
fn i2_i3_i6_i10_k6_a_mint_is_refused_for_the_first_reason_that_applies() {
    check(&Mint::new(), Effect::Minted, &mint_faults(), Mint::run);
}

#[test]
fn i5_reasons_of_the_approval_come_before_those_of_the_mint() {
    type Make = fn(&mut Mint);
    let approval_faults: [(Refusal, Make); 5] = [
        (Refusal::ProposalUnknown, |c| c.approval.proposal = CommandId::new([0; 32])),
        (Refusal::ProposalExpired, |c| c.proposal.expires = c.world.now()),
        (Refusal::ApprovalContentMismatch, |c| c.approval.content = Hash32::ZERO),
        (Refusal::ApprovalPolicyMismatch, |c| c.approval.policy_version = 2),
        (Refusal::SamePerson, |c| c.approver = Actor::treasury(1)),
    ];
    for (refusal, make) in approval_faults {
        for fault in mint_faults() {
            let mut case = Mint::new();
            (fault.make)(&mut case);
            make(&mut case);
            assert_eq!(case.run(), Outcome::Refused(refusal), "{:?}", fault.parts);
        }
    }
}

#[derive(Clone)]
struct Request {
    world: World,
    a: Bank,
    b: Bank,
    by: Actor,
    request: MintRequest,
    plants: Vec<(Name, Record)>,
}

impl Request {
    fn run(&self) -> Outcome {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        let body = world.body(self.a.lei, Command::RequestMint(self.request.clone()));
        world.run(&sign(body, &[&self.by]))
    }
}

#[test]
fn i3_a_request_is_refused_for_the_first_reason_that_applies() {
    let (world, [a, b, _]) = World::running();
    let request = world.mint_request(&a, dollars(500), "INV1");
    let good = Request { world, a, b, by: a.settlement(), request, plants: Vec::new() };
    let faults = [
        fault(Refusal::WrongRole, &["by"], |c: &mut Request| c.by = c.a.compliance()),
        fault(Refusal::MemberSuspended, &["member"], |c| c.plants.push(suspended(&c.world, &c.a))),
        fault(Refusal::CurrencyUnknown, &["currency"], |c| {
            let minor = c.request.money.minor();
            c.request.money = Money::new(Currency::new("XAU").unwrap(), minor);
        }),
        fault(Refusal::ReserveUnknown, &["reserve"], |c| {
            c.request.reserve = ReserveId::new([0; 32]);
        }),
        fault(Refusal::AmountZero, &["minor"], |c| {
            c.request.money = Money::new(c.request.money.currency(), 0);
        }),
        fault(Refusal::AccountUnknown, &["account"], |c| {
            c.request.account = AccountId::new([0; 32]);
        }),
        fault(Refusal::NotYourAccount, &["account"], |c| {
            c.request.account = c.world.account(&c.b, usd());
        }),
        fault(Refusal::AccountFrozen, &["account"], |c| {
            c.plants.push(frozen(&c.world, &c.request.account));
        }),
        fault(Refusal::CurrencyMismatch, &["account"], |c| {
            c.request.account = c.world.account(&c.a, jpy());
        }),
        fault(Refusal::CurrencyMismatch, &["reserve"], |c| {
            c.request.reserve = c.world.reserve(jpy());
        }),
    ];
    check(&good, Effect::MintRequested, &faults, Request::run);
}

/// An entry of a bank, its request, and treasury's mint of it; what came of the approval.
pub(super) fn try_mint(world: &mut World, bank: &Bank, minor: u128) -> Outcome {
    let reference = world.nonce().to_hex();
    let entry = world.credit_from(bank, dollars(minor), &reference);
    let request = world.request_mint(bank, dollars(minor), &reference);
    let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
    let commands = [world.record_entry(&entry), request, proposal];
    world.apply_all(&commands);
    world.run(&approval)
}

#[test]
fn i2_a_mint_is_supported_to_the_last_unit_and_not_one_further() {
    for (attested, minted, expected) in [
        // The entry itself supports what it pays for; the attested balance is of before it.
        (0u128, 500u128, Outcome::Applied(Effect::Minted)),
        (7, 500, Outcome::Applied(Effect::Minted)),
    ] {
        let (mut world, [a, ..]) = World::running();
        let attest = world.attest(usd(), attested);
        world.apply(&attest);
        assert_eq!(try_mint(&mut world, &a, minted), expected);
    }
    // A later attestation that includes the entry replaces it: 500 are there, then 499.
    for (balance, expected) in [
        (500u128, Outcome::Applied(Effect::Minted)),
        (499, Outcome::Refused(Refusal::ReserveShort)),
    ] {
        let (mut world, [a, ..]) = World::running();
        let entry = world.credit_from(&a, dollars(500), "INV1");
        let request = world.request_mint(&a, dollars(500), "INV1");
        let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
        let commands = [world.record_entry(&entry), request, proposal];
        world.apply_all(&commands);
        let attest = world.attest(usd(), balance);
        world.apply(&attest);
        assert_eq!(world.run(&approval), expected, "{balance}");
    }
}

#[test]
fn i2_an_attestation_supports_mints_up_to_its_last_millisecond() {
    for (late, expected) in
        [(0, Outcome::Applied(Effect::Minted)), (1, Outcome::Refused(Refusal::AttestationStale))]
    {
        let (mut world, [a, ..]) = World::running();
        let as_of = world.reserve_record(usd()).books.attested.as_ref().unwrap().0.as_of;
        let entry = world.credit_from(&a, dollars(500), "INV1");
        let request = world.request_mint(&a, dollars(500), "INV1");
        let commands = [world.record_entry(&entry), request.clone()];
        world.apply_all(&commands);
        let age = world.genesis.limits.attestation_max_age_ms + late;
        world.block_at(as_of.after(age - 2 * BLOCK_MS), &[]);
        let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
        world.apply(&proposal);
        assert_eq!(world.run(&approval), expected, "{late} ms late");
        assert_eq!(world.now(), as_of.after(age));
    }
}

#[test]
fn i2_a_stale_attestation_halts_minting_only() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let max_age = world.genesis.limits.attestation_max_age_ms;
    world.block_at(world.now().after(max_age + 1), &[]);
    assert_eq!(try_mint(&mut world, &a, 1), Outcome::Refused(Refusal::AttestationStale));
    let payment = world.payment(&a, &b, dollars(1));
    let transfer = world.transfer(&a, &b, &payment);
    assert_eq!(world.apply(&transfer), Effect::Settled);
    let attest = world.attest(usd(), 3_001);
    world.apply(&attest);
    assert_eq!(try_mint(&mut world, &a, 1), Outcome::Applied(Effect::Minted));
}

#[test]
fn i2_a_haircut_counts_against_what_is_attested() {
    let (mut world, [a, ..]) = World::running();
    let mut reserve = world.reserve_record(usd()).clone();
    reserve.books.haircut = 100;
    world.plant(vec![(Name::Reserve(reserve.id), Record::Reserve(reserve))]);
    for (balance, expected) in
        [(504, Outcome::Refused(Refusal::ReserveShort)), (506, Outcome::Applied(Effect::Minted))]
    {
        let mut world = world.clone();
        let entry = world.credit_from(&a, dollars(500), "INV1");
        let request = world.request_mint(&a, dollars(500), "INV1");
        let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
        let commands = [world.record_entry(&entry), request, proposal];
        world.apply_all(&commands);
        let attest = world.attest(usd(), balance);
        world.apply(&attest);
        assert_eq!(world.run(&approval), expected, "{balance}");
    }
}

#[test]
fn i2_an_overdrawn_account_counts_against_the_others() {
    let (mut world, [a, ..]) = World::running();
    let mut second = world.reserve_record(usd()).clone();
    second.id = ReserveId::new([9; 32]);
    second.books.turnover.debits = 200;
    let Some(Record::Currency(currency)) = world.record(&Name::Currency(usd())) else { panic!() };
    let mut currency = currency.clone();
    currency.reserves.push(second.id);
    currency.reserves.sort();
    world.plant(vec![
        (Name::Reserve(second.id), Record::Reserve(second.clone())),
        (Name::Currency(usd()), Record::Currency(currency)),
    ]);
    assert_eq!(second.books.effective(world.now(), &Freshness::every_day(u64::MAX)), Some(0));
    for (attested, expected) in
        [(199, Outcome::Refused(Refusal::ReserveShort)), (200, Outcome::Applied(Effect::Minted))]
    {
        let mut world = world.clone();
        let attest = world.attest(usd(), attested);
        world.apply(&attest);
        assert_eq!(try_mint(&mut world, &a, 500), expected, "{attested}");
    }
}

#[test]
fn i3_one_entry_and_one_request_make_one_mint() {
    let (mut world, [a, ..]) = World::running();
    let entry = world.credit_from(&a, dollars(500), "INV1");
    let (one, two) = (
        world.request_mint(&a, dollars(500), "INV1"),
        world.request_mint(&a, dollars(500), "INV1"),
    );
    let mut other = world.credit_from(&a, dollars(500), "INV1");
    other.sequence += 1;
    let commands =
        [world.record_entry(&entry), world.record_entry(&other), one.clone(), two.clone()];
    world.apply_all(&commands);
    let first = world.mint(one.body.id(), entry_id(&entry));
    world.apply_all(&first);
    assert_eq!(world.available(&a, usd()), 500);
    for (request, entry, refusal) in [
        (&one, &other, Refusal::MintRequestUsed),
        (&one, &entry, Refusal::MintRequestUsed),
        (&two, &entry, Refusal::EntryUsed),
    ] {
        let [proposal, approval] = world.mint(request.body.id(), entry_id(entry));
        world.apply(&proposal);
        assert_eq!(refused(&mut world, &approval), refusal);
    }
    let second = world.mint(two.body.id(), entry_id(&other));
    world.apply_all(&second);
    assert_eq!(world.available(&a, usd()), 1_000);
}

#[test]
fn i5_who_approved_once_cannot_approve_again_and_an_executed_proposal_is_over() {
    let (mut world, [a, ..]) = World::running();
    let entry = world.credit_from(&a, dollars(500), "INV1");
    let request = world.request_mint(&a, dollars(500), "INV1");
    let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
    let commands = [world.record_entry(&entry), request, proposal.clone()];
    world.apply_all(&commands);
    let by_maker = world.approve(&Actor::treasury(1), &proposal);
    assert_eq!(refused(&mut world, &by_maker), Refusal::SamePerson);
    // A second key of the maker is still the maker.
    let second = Actor::new(issuer_lei(), Role::Treasury, "treasury 1, second key");
    let mut grant = second.grant;
    grant.person = Actor::treasury(1).grant.person;
    let registered = world.register_key(grant);
    world.apply_all(&registered);
    let by_second_key = world.approve(&second, &proposal);
    assert_eq!(refused(&mut world, &by_second_key), Refusal::SamePerson);
    assert_eq!(world.apply(&approval), Effect::Minted);
    let again = world.approve(&Actor::treasury(2), &proposal);
    assert_eq!(refused(&mut world, &again), Refusal::ProposalExecuted);
}

#[test]
fn i5_a_key_revoked_after_it_said_yes_no_longer_counts() {
    let case = Mint::new();
    let mut world = case.world.clone();
    world.plant(vec![key(&Actor::treasury(1), false)]);
    let approve = world.sign(&Actor::treasury(2), Command::Approve(case.approval));
    assert_eq!(world.apply(&approve), Effect::Approved);
    let third = Actor::treasury(3);
    let registered = world.register_key(third.grant);
    world.apply_all(&registered);
    let approve = world.sign(&third, Command::Approve(case.approval));
    assert_eq!(world.apply(&approve), Effect::Minted);
}
