//! Records of the state tree, the names they are found by, and the leaves that hold them.

use ledger_core::{
    account::{Account, AccountStatus, CurrencyRecord},
    address::{Addresses, ValidatorAddress},
    anchor::Anchors,
    asset::{AssetStatus, SurrenderState},
    authority::{KeyRecord, Operators, Person, Role},
    ballot::{Ballot, Membership},
    command::VoidReason,
    controls::{ByClass, MintControls, MintWindow},
    digest::{Domain, Hash32},
    directory::{DirectoryNotice, DirectoryTerms, Due, FormerKey},
    genesis::{Thresholds, VoteKey, VoteSignature},
    growth::Growth,
    halt::{Halt, HaltedBy},
    id::{AccountId, LegId, PartyId, PersonId},
    key_limits::KeyLimits,
    member::{Holdings, Member, MemberStatus, Retiring},
    merkle::LogHead,
    misconduct::{Contradiction, Evidence, Misconduct, Offence},
    movement::MovementControls,
    parameters::{Change, Parameters, Pending, Persons, Values},
    party::{Level, Party, StandingStatus},
    payment::{LegRecord, LegState},
    policy::{Policy, PolicyEntry, PolicyMode, Subject},
    program::{ModuleKey, ResourceKey},
    proof::{SlotContent, SlotLeaf},
    proposal::{Proposal, ProposalStatus},
    proposal_kind::ProposalKind,
    queue::{Place, Queue},
    record::{ChainRecord, Name, Record, RequestRecord, Window},
    redemption::{Redemption, RedemptionState},
    reserve::{EntryRecord, EvidenceClass, Reserve, ReserveBooks},
    rules::{Acting, Rules, RulesVersion, Signalled},
    screening::{Clearance, ClearedBy, ScreeningList, ScreeningTerms},
    seizure::{Disposal, Seizure},
    share::Lane,
    signing::{AccountPolicy, MemberPolicy},
    sliding::{BucketLength, SlidingSum},
    spending::{PaymentControls, Spent},
    sub_account::{SubAccount, SubAccounts},
    time::Height,
    validators::{Committee, Expelled},
};

use crate::{
    pin::{Pin, check},
    programs,
    samples::{
        ACCOUNT, BALANCES, CHAIN, COMMAND, ENTRY, NOW, PARTY, POLICY, RESERVE, TOTALS, actions,
        bank_a, bank_b, books, clear, committee_change, custodian, directory, directory_change,
        entry, evidence, genesis, hash, key, key_terms, leg, mint_request, mint_terms, money,
        movement_terms, naming, order, payment, payment_terms, quarantine, queue_terms, role_key,
        steps, text, usd, validator_address,
    },
    units,
};

fn head(count: u64, byte: u8) -> LogHead {
    LogHead { count, root: hash(byte) }
}

fn chain() -> ChainRecord {
    ChainRecord { chain: CHAIN, blinding: hash(0xb0) }
}

fn currency() -> CurrencyRecord {
    CurrencyRecord {
        code: usd(),
        scale: 2,
        issuer: bank_b(),
        totals: TOTALS,
        paid: 50,
        reserves: vec![RESERVE],
        journal: head(9, 0x71),
    }
}

fn account() -> Account {
    Account {
        id: ACCOUNT,
        member: bank_a(),
        currency: usd(),
        status: AccountStatus::Active,
        balances: BALANCES,
        journal: head(5, 0x72),
    }
}

fn party() -> Party {
    Party {
        party: PARTY,
        member: bank_a(),
        level: Level::Enhanced,
        status: StandingStatus::Active,
        expires: NOW.after(31_536_000_000),
        evidence: hash(0xed),
        frozen: false,
    }
}

fn reserve() -> Reserve {
    Reserve {
        id: RESERVE,
        custodian: custodian(),
        issuer: bank_b(),
        currency: usd(),
        class: EvidenceClass::Custodian,
        books: books(),
        journal: LogHead { count: 21, root: hash(0x7b) },
    }
}

fn growth() -> Growth {
    let growth = Growth::new(bank_a()).with(Lane::Business, NOW, 3);
    growth.with(Lane::Business, NOW.after(3_600_000), 5).with(Lane::Duty, NOW, 7)
}

fn seizure() -> Seizure {
    let order = order(Disposal::Burn);
    Seizure { id: COMMAND, organisation: bank_b(), member: bank_a(), order, time: NOW }
}

fn proposal() -> Proposal {
    let action = actions().remove(4).1;
    Proposal {
        id: COMMAND,
        organisation: bank_b(),
        content: action.content(),
        action,
        policy_version: 1,
        approvals: vec![key(0x22)],
        expires: NOW.after(604_800_000),
        status: ProposalStatus::Open,
    }
}

fn leg_record(state: LegState) -> LegRecord {
    LegRecord { leg: leg(), state, credited: None }
}

fn settled() -> LegState {
    LegState::Settled {
        debit: ACCOUNT,
        debtor: PARTY,
        credit: AccountId::new([0xa2; 32]),
        creditor: PartyId::new([0xbc; 32]),
        money: money(),
        returned: 1_000,
        height: Height::new(42),
    }
}

fn scheduled() -> LegState {
    LegState::Scheduled {
        payment: payment(),
        credit: AccountId::new([0xa2; 32]),
        creditor: PartyId::new([0xbc; 32]),
        entered: NOW,
        at: NOW.after(86_400_000),
    }
}

fn queued() -> LegState {
    LegState::Queued {
        payment: payment(),
        credit: AccountId::new([0xa2; 32]),
        creditor: PartyId::new([0xbc; 32]),
        entered: NOW,
        expires: NOW.after(3_600_000),
    }
}

fn queue() -> Queue {
    let place = |leg, priority, sequence| Place {
        leg,
        priority,
        sequence,
        since: Height::new(40 + sequence),
    };
    Queue {
        account: ACCOUNT,
        member: bank_a(),
        next: 3,
        terms: queue_terms(),
        places: vec![place(leg().id(), 9, 2), place(LegId::new([0x1e; 32]), 8, 0)],
    }
}

fn redemption(state: RedemptionState) -> Redemption {
    Redemption {
        id: COMMAND,
        member: bank_a(),
        account: ACCOUNT,
        money: money(),
        reserve: RESERVE,
        entered: NOW,
        after: 17,
        paid: Some(ENTRY),
        state,
    }
}

fn window() -> Window {
    Window { height: Height::new(42), until: NOW.after(300_000), ids: head(4, 0x73) }
}

fn entry_record() -> EntryRecord {
    EntryRecord { id: ENTRY, entry: entry(), credits: 900, debits: 300, used: false }
}

fn request() -> RequestRecord {
    let request = mint_request();
    RequestRecord { id: COMMAND, member: bank_a(), request, entered: NOW, used: true }
}

fn mint_controls() -> MintControls {
    let by_class = |custodian, trustee, agent| ByClass { custodian, trustee, agent };
    let mut recent = MintWindow { bucket: 498_192, ..MintWindow::default() };
    recent.sums[0] = by_class(1, 2, 3);
    recent.sums[24] = by_class(4, 5, 6);
    MintControls {
        terms: mint_terms(),
        stopped: true,
        minted: 70,
        recent,
        ..MintControls::new(usd())
    }
}

fn spent() -> Spent {
    let mut recent = SlidingSum { bucket: 498_192, ..SlidingSum::default() };
    (recent.sums[0], recent.sums[24]) = (7, 8);
    Spent { party: PARTY, currency: usd(), length: BucketLength::of(86_400_000), recent }
}

fn key_limits() -> KeyLimits {
    let person = PersonId::new([1; 16]);
    let recent = spent().recent;
    KeyLimits { person, currency: usd(), terms: key_terms(), recent }
}

/// Parameters after a change, with another one that waits.
fn parameters() -> Parameters {
    let waits = Pending { at: Height::new(7_000), change: Change::CommandTtl(120_000) };
    let values = Values {
        persons: vec![Persons { kind: ProposalKind::Mint, persons: 3 }],
        version: 2,
        pending: vec![waits],
        ..Values::new(genesis().limits, Thresholds { operator: 2, treasury: 3 })
    };
    Parameters { values, currencies: vec![usd()], journal: head(4, 0x7c) }
}

/// The committee of genesis, with another one decided.
fn committee() -> Committee {
    let (next, journal) = (Some(committee_change()), head(5, 0x7d));
    Committee { next, journal, ..Committee::new(&genesis()) }
}

/// One per variant, by name.
fn records() -> Vec<(&'static str, Record)> {
    let person = Person {
        person: PersonId::new([1; 16]),
        organisation: bank_a(),
        roles: Role::Settlement.bit() | Role::Transport.bit(),
    };
    let grant = role_key(1, Role::Settlement, bank_a());
    let holdings = Holdings { member: bank_a(), accounts: head(2, 0x74), parties: head(3, 0x75) };
    let mut operators = vec![key(0x20), key(0x21)];
    operators.sort();
    let controls = MovementControls { currency: usd(), stopped: true, terms: movement_terms() };
    let list = ScreeningList { list: hash(0x11), sequence: 8, registered: NOW };
    let listed = PolicyEntry { policy: POLICY, subject: Subject::Party(PARTY), listed: true };
    let retiring = vec![Retiring { key: key(1), until: NOW }];
    let policy =
        MemberPolicy { version: 7, settlement: 3, admin: 4, ..MemberPolicy::new(bank_a()) };
    let sub = AccountId::new([0xa2; 32]);
    let limits = PaymentControls { currency: usd(), terms: payment_terms(), since: NOW };
    one_of_each!(Record {
        Record::Origin => "origin", Record::Origin;
        Record::Chain(_) => "chain", Record::Chain(chain());
        Record::Currency(_) => "currency", Record::Currency(currency());
        Record::Member(_) => "member",
            Record::Member(Member { retiring, ..Member::new(directory()) });
        Record::Holdings(_) => "holdings", Record::Holdings(holdings);
        Record::Account(_) => "account", Record::Account(account());
        Record::Party(_) => "party", Record::Party(party());
        Record::Person(_) => "person", Record::Person(person);
        Record::Key(_) => "key", Record::Key(KeyRecord { until: Some(NOW), ..KeyRecord::new(grant) });
        Record::Reserve(_) => "reserve", Record::Reserve(reserve());
        Record::Entry(_) => "entry", Record::Entry(entry_record());
        Record::Request(_) => "request", Record::Request(request());
        Record::Proposal(_) => "proposal", Record::Proposal(proposal());
        Record::Leg(_) => "leg", Record::Leg(leg_record(settled()));
        Record::Window(_) => "window", Record::Window(window());
        Record::Sequence(_) => "sequence", Record::Sequence(ENTRY);
        Record::Redemption(_) => "redemption",
            Record::Redemption(redemption(RedemptionState::Locked));
        Record::Operators(_) => "operators", Record::Operators(Operators { keys: operators });
        Record::Anchors(_) => "anchors",
            Record::Anchors(Anchors { member: bank_a(), roots: head(6, 0x76) });
        Record::MintControls(_) => "mint_controls", Record::MintControls(Box::new(mint_controls()));
        Record::PaymentTerms(_) => "payment_terms", Record::PaymentTerms(limits);
        Record::Spent(_) => "spent", Record::Spent(Box::new(spent()));
        Record::MovementControls(_) => "movement_controls", Record::MovementControls(controls);
        Record::ScreeningTerms(_) => "screening_terms",
            Record::ScreeningTerms(ScreeningTerms { lists: 9, minimum: 8, rule_version: 7 });
        Record::ScreeningList(_) => "screening_list", Record::ScreeningList(list);
        Record::Clearance(_) => "clearance",
            Record::Clearance(Clearance { member: bank_b(), said: clear() });
        Record::Seizure(_) => "seizure", Record::Seizure(Box::new(seizure()));
        Record::Policy(_) => "policy",
            Record::Policy(Policy { id: POLICY, mode: PolicyMode::Allow, listed: 3 });
        Record::PolicyEntry(_) => "policy_entry", Record::PolicyEntry(listed);
        Record::MemberPolicy(_) => "member_policy", Record::MemberPolicy(policy);
        Record::AccountPolicy(_) => "account_policy",
            Record::AccountPolicy(AccountPolicy { account: ACCOUNT, steps: steps() });
        Record::KeyLimits(_) => "key_limits", Record::KeyLimits(Box::new(key_limits()));
        Record::SubAccount(_) => "sub_account",
            Record::SubAccount(SubAccount { account: sub, parent: ACCOUNT, label: hash(0x1a) });
        Record::SubAccounts(_) => "sub_accounts",
            Record::SubAccounts(SubAccounts { parent: ACCOUNT, accounts: vec![sub] });
        Record::Queue(_) => "queue", Record::Queue(Box::new(queue()));
        Record::Asset(_) => "asset", units::asset(AssetStatus::Active);
        Record::Position(_) => "position", units::position();
        Record::Surrender(_) => "surrender", units::surrendered(SurrenderState::Open);
        Record::Growth(_) => "growth", Record::Growth(Box::new(growth()));
        Record::Parameters(_) => "parameters", Record::Parameters(Box::new(parameters()));
        Record::Membership(_) => "membership", Record::Membership(Membership { active: 12 });
        Record::Ballot(_) => "ballot",
            Record::Ballot(Ballot { proposal: COMMAND, votes: vec![bank_a(), bank_b()] });
        Record::Committee(_) => "committee", Record::Committee(Box::new(committee()));
        Record::Vault(_) => "vault", programs::vault();
        Record::Module(_) => "module", programs::module();
        Record::Resource(_) => "resource", programs::resource();
        Record::Misconduct(_) => "misconduct", misconduct();
        Record::Expelled(_) => "expelled",
            Record::Expelled(Expelled { vote_keys: vec![VoteKey::new([0x51; 96])] });
        Record::Halt(_) => "halt", Record::Halt(Box::new(Halt {
            number: 300,
            by: HaltedBy::Operators,
            height: Height::new(42),
            from: NOW,
            until: NOW.after(3_600_000),
            reference: text("CASE-1"),
            resumed: Some(Height::new(43)),
        }));
        Record::Quarantine(_) => "quarantine", Record::Quarantine(Box::new(quarantine()));
        Record::Rules(_) => "rules", Record::Rules(Box::new(rules()));
        Record::Addresses(_) => "addresses", Record::Addresses(Box::new(addresses()));
        Record::DirectoryNotice(_) => "directory_notice",
            Record::DirectoryNotice(Box::new(directory_notice()));
        Record::DirectoryTerms(_) => "directory_terms", Record::DirectoryTerms(DirectoryTerms {
            notice_ms: 86_400_000,
            due: vec![Due { at: NOW.after(86_400_000), member: bank_a() }],
        });
    })
}

/// What waits, and a key that was replaced.
fn directory_notice() -> DirectoryNotice {
    DirectoryNotice {
        member: bank_a(),
        waiting: Some(directory_change()),
        naming: Some(naming()),
        former: vec![FormerKey { key: hash(0xe0), until: NOW.after(60_000) }],
    }
}

/// One offence of each kind.
fn misconduct() -> Record {
    let one = evidence();
    let Contradiction::Notarize(first, second) = one.votes else { unreachable!() };
    let skip = VoteSignature::new([0x63; 48]);
    let finalize = Contradiction::Finalize(first, second);
    let skipped = Contradiction::SkipAndFinalize { skip, finalize: first };
    let offence = |(votes, height)| Offence {
        evidence: Evidence { votes, ..one },
        vote_key: VoteKey::new([0x51; 96]),
        height: Height::new(height),
        time: NOW,
    };
    let offences = [(one.votes, 42), (finalize, 43), (skipped, 44)].map(offence).to_vec();
    Record::Misconduct(Box::new(Misconduct { validator: one.validator, offences }))
}

/// Two versions acted, one is decided, and two validators know more.
fn rules() -> Rules {
    let acting =
        |number, since| Acting { version: RulesVersion::new(number), since: Height::new(since) };
    let signalled = |byte, number| Signalled {
        validator: key(byte),
        version: RulesVersion::new(number),
        height: Height::new(8_200),
    };
    Rules {
        acted: vec![acting(2, 4_096), acting(4, 8_192)],
        next: Some(acting(300, 16_384)),
        signals: vec![signalled(0x41, 300), signalled(0x42, 301)],
    }
}

fn addresses() -> Addresses {
    let other = ValidatorAddress { validator: key(0x42), address: text("[2001:db8::7]:7001") };
    Addresses { validators: vec![validator_address(), other] }
}

/// The states a record can be in, where it has some.
fn states() -> Vec<(String, Record)> {
    let mut all: Vec<(String, Record)> = Vec::new();
    let mut add = |name: String, record| all.push((name, record));
    let held = LegState::Held { payment: payment(), entered: NOW, expires: NOW.after(60_000) };
    for (name, state) in one_of_each!(LegState {
        LegState::Held { .. } => "held", held;
        LegState::Settled { .. } => "settled", settled();
        LegState::Voided(_) => "voided", LegState::Voided(VoidReason::Expired);
        LegState::Closed => "closed", LegState::Closed;
        LegState::Scheduled { .. } => "scheduled", scheduled();
        LegState::Queued { .. } => "queued", queued();
        LegState::Delivered { .. } => "delivered", units::delivered();
    }) {
        add(format!("leg/{name}"), Record::Leg(leg_record(state)));
    }
    let credited = LegRecord { credited: Some(NOW.after(10_000)), ..leg_record(settled()) };
    add("leg/credited".to_owned(), Record::Leg(credited));
    for (name, state) in one_of_each!(RedemptionState {
        RedemptionState::Locked => "locked", RedemptionState::Locked;
        RedemptionState::Instructed => "instructed", RedemptionState::Instructed;
        RedemptionState::Burned(_) => "burned", RedemptionState::Burned(ENTRY);
        RedemptionState::Cancelled => "cancelled", RedemptionState::Cancelled;
    }) {
        add(format!("redemption/{name}"), Record::Redemption(redemption(state)));
    }
    for (name, status) in one_of_each!(ProposalStatus {
        ProposalStatus::Open => "open", ProposalStatus::Open;
        ProposalStatus::Executed => "executed", ProposalStatus::Executed;
        ProposalStatus::BeforeMembers => "before_members", ProposalStatus::BeforeMembers;
    }) {
        add(format!("proposal/{name}"), Record::Proposal(Proposal { status, ..proposal() }));
    }
    for (name, status) in one_of_each!(AccountStatus {
        AccountStatus::Active => "active", AccountStatus::Active;
        AccountStatus::Frozen => "frozen", AccountStatus::Frozen;
    }) {
        add(format!("account/{name}"), Record::Account(Account { status, ..account() }));
    }
    for (name, status) in one_of_each!(MemberStatus {
        MemberStatus::Active => "active", MemberStatus::Active;
        MemberStatus::Suspended => "suspended", MemberStatus::Suspended;
    }) {
        let member = Member { status, ..Member::new(directory()) };
        add(format!("member/{name}"), Record::Member(member));
    }
    let revoked =
        KeyRecord { active: false, ..KeyRecord::new(role_key(1, Role::Settlement, bank_a())) };
    add("key/revoked".to_owned(), Record::Key(revoked));
    let books = ReserveBooks { attested: None, ..books() };
    add(
        "mint_controls/genesis".to_owned(),
        Record::MintControls(Box::new(MintControls::new(usd()))),
    );
    let reserve = Reserve { books, ..reserve() };
    add("reserve/not_attested".to_owned(), Record::Reserve(reserve));
    all.extend(units::states());
    all
}

#[test]
fn w1_w7_vectors_of_every_record_and_its_states() {
    let mut pins: Vec<Pin> =
        records().iter().map(|(name, record)| Pin::of(*name, record)).collect();
    pins.extend(states().into_iter().map(|(name, record)| Pin::of(name, &record)));
    let salt = hash(0x5b);
    let record = Record::Account(account());
    let used = SlotContent::Used { key: hash(0x10), next: Hash32::MAX, record };
    for (name, content) in one_of_each!(SlotContent {
        SlotContent::Free { .. } => "free", SlotContent::Free { next: Some(7) };
        SlotContent::Used { .. } => "used", used;
    }) {
        let leaf = SlotLeaf { slot: 11, content };
        pins.push(Pin::of(format!("slot_leaf/{name}"), &leaf).leaf(&salt, &leaf.leaf(&salt)));
    }
    check(
        "records",
        "Records of the state tree, one per variant, then the states that records can be in, then \
         leaves of the tree: leaf is SHA-256(00 || salt || bytes).",
        &pins,
    );
}

#[test]
fn w7_vectors_of_the_key_of_every_name() {
    let names = one_of_each!(Name {
        Name::Origin => "origin", Name::Origin;
        Name::Chain => "chain", Name::Chain;
        Name::Currency(_) => "currency", Name::Currency(usd());
        Name::Member(_) => "member", Name::Member(bank_a());
        Name::Holdings(_) => "holdings", Name::Holdings(bank_a());
        Name::Account(_) => "account", Name::Account(ACCOUNT);
        Name::Party(_) => "party", Name::Party(PARTY);
        Name::Person(_) => "person", Name::Person(PersonId::new([1; 16]));
        Name::Key(_) => "key", Name::Key(key(1));
        Name::Reserve(_) => "reserve", Name::Reserve(RESERVE);
        Name::Entry(_) => "entry", Name::Entry(ENTRY);
        Name::Request(_) => "request", Name::Request(COMMAND);
        Name::Proposal(_) => "proposal", Name::Proposal(COMMAND);
        Name::Leg(_) => "leg", Name::Leg(LegId::new([0x1e; 32]));
        Name::Window(_) => "window", Name::Window(Height::new(42));
        Name::Sequence(..) => "sequence", Name::Sequence(RESERVE, 18);
        Name::Redemption(_) => "redemption", Name::Redemption(COMMAND);
        Name::Operators => "operators", Name::Operators;
        Name::Anchors(_) => "anchors", Name::Anchors(bank_a());
        Name::MintControls(_) => "mint_controls", Name::MintControls(usd());
        Name::PaymentTerms(_) => "payment_terms", Name::PaymentTerms(usd());
        Name::Spent(..) => "spent", Name::Spent(PARTY, usd());
        Name::MovementControls(_) => "movement_controls", Name::MovementControls(usd());
        Name::ScreeningTerms => "screening_terms", Name::ScreeningTerms;
        Name::ScreeningList(_) => "screening_list", Name::ScreeningList(hash(0x11));
        Name::Clearance(..) => "clearance",
            Name::Clearance(payment().hash(), bank_b(), ClearedBy::Payee);
        Name::Seizure(_) => "seizure", Name::Seizure(COMMAND);
        Name::Policy(_) => "policy", Name::Policy(POLICY);
        Name::PolicyEntry(..) => "policy_entry", Name::PolicyEntry(POLICY, Subject::Party(PARTY));
        Name::MemberPolicy(_) => "member_policy", Name::MemberPolicy(bank_a());
        Name::AccountPolicy(_) => "account_policy", Name::AccountPolicy(ACCOUNT);
        Name::KeyLimits(..) => "key_limits", Name::KeyLimits(PersonId::new([1; 16]), usd());
        Name::SubAccount(_) => "sub_account", Name::SubAccount(ACCOUNT);
        Name::SubAccounts(_) => "sub_accounts", Name::SubAccounts(ACCOUNT);
        Name::Queue(_) => "queue", Name::Queue(ACCOUNT);
        Name::Asset(_) => "asset", Name::Asset(units::isin());
        Name::Position(..) => "position", Name::Position(ACCOUNT, units::isin());
        Name::Surrender(_) => "surrender", Name::Surrender(COMMAND);
        Name::Growth(_) => "growth", Name::Growth(bank_a());
        Name::Parameters => "parameters", Name::Parameters;
        Name::Membership => "membership", Name::Membership;
        Name::Ballot(_) => "ballot", Name::Ballot(COMMAND);
        Name::Committee => "committee", Name::Committee;
        Name::Vault(_) => "vault", Name::Vault(programs::VAULT);
        Name::Module(_) => "module", Name::Module(ModuleKey::of(&ACCOUNT, "escrow"));
        Name::Resource(_) => "resource",
            Name::Resource(ResourceKey::of(&ACCOUNT, &programs::tag()));
        Name::Misconduct(_) => "misconduct", Name::Misconduct(key(0x41));
        Name::Expelled => "expelled", Name::Expelled;
        Name::Halt => "halt", Name::Halt;
        Name::Quarantine(_) => "quarantine", Name::Quarantine(Height::new(42));
        Name::Rules => "rules", Name::Rules;
        Name::Addresses => "addresses", Name::Addresses;
        Name::DirectoryNotice(_) => "directory_notice", Name::DirectoryNotice(bank_a());
        Name::DirectoryTerms => "directory_terms", Name::DirectoryTerms;
    });
    let pins: Vec<Pin> = names
        .iter()
        .map(|(name, value)| match value {
            // The lower end of the order of keys is no hash.
            Name::Origin => Pin::of(*name, value).fact("key", value.key().to_hex()),
            _ => Pin::of(*name, value).hashed(Domain::Key, value.key().get()),
        })
        .collect();
    check(
        "names",
        "Names of records: digest is the key under which the record stands in the state tree (W7). \
         The key of the origin is zero.",
        &pins,
    );
}
