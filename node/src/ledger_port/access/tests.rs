use ledger_core::{
    account::{Account, AccountStatus, Balances, CurrencyRecord, Totals},
    anchor::Anchors,
    asset::{
        Asset, AssetCode, AssetStatus, AssetTerms, Position, Surrender, SurrenderRecord,
        SurrenderState, UnitTotals, Units,
    },
    authority::{Operators, Person, RoleKey},
    ballot::{Ballot, Membership},
    command::{Action, MintRequest},
    controls::MintControls,
    digest::Hash32,
    growth::Growth,
    halt::{Halt, HaltedBy},
    id::{
        AccountId, ChainId, CommandId, EntryId, Leg, LegId, MessageKind, PartyId, PersonId,
        PolicyId, Text, Uetr,
    },
    key_limits::{KeyLimits, KeyTerms},
    member::{DirectoryEntry, Holdings, Member},
    merkle::LogHead,
    misconduct::Misconduct,
    money::{Currency, Money},
    movement::{MovementControls, MovementTerms},
    parameters::Parameters,
    party::{Level, Party, StandingStatus},
    payment::{LegRecord, LegState},
    policy::{Policy, PolicyEntry, PolicyMode, Subject},
    program::{Module, ModuleKey, Resource, ResourceKey},
    proposal::{Proposal, ProposalStatus},
    queue::{Queue, QueueTerms},
    record::{ChainRecord, RequestRecord, Window},
    redemption::{Redemption, RedemptionState},
    reserve::{BankEntry, Direction, EntryRecord, EvidenceClass, Reserve, ReserveBooks},
    screening::{Clear, Clearance, ClearedBy, ScreeningList, ScreeningTerms},
    seizure::{Seizure, SeizureOrder},
    signature::PublicKey,
    signing::{AccountPolicy, MemberPolicy},
    sliding::{BucketLength, SlidingSum},
    spending::{PaymentControls, PaymentTerms, Spent},
    sub_account::{SubAccount, SubAccounts},
    time::{Height, LedgerTime},
    validators::{Committee, CommitteeChange, Expelled},
    vault::{Holder, Vault, VaultId},
};
use verifier::testing::TestNetwork;

use super::*;

/// Everyone who may ask, in the order of the columns below.
const CALLERS: [(&str, &str, Role); 6] = [
    ("bank A", BANK_A, Role::Settlement),
    ("bank B", BANK_B, Role::Transport),
    ("bank C", BANK_C, Role::Admin),
    ("custodian", CUSTODIAN, Role::Custodian),
    ("issuer", ISSUER, Role::Treasury),
    ("regulator", OVERSEER, Role::Regulator),
];
const BANK_A: &str = "529900T8BM49AURSDO55";
const BANK_B: &str = "7LTWFZYICNSX8D621K86";
const BANK_C: &str = "54930084UKLVMY22DS16";
const CUSTODIAN: &str = "HWUPKR0MPOU8FGXBT394";
const ISSUER: &str = "INR2EJN1ERAN0W5ZP974";
const OVERSEER: &str = "549300DTUYXVMJXZNY75";
const COMPLIANCE: &str = "ZZZZ00FLORINCOMPLI66";

fn lei(text: &str) -> Lei {
    Lei::new(text).unwrap_or_else(|| panic!("{text}"))
}

fn eur() -> Currency {
    Currency::new("EUR").unwrap()
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

const RESERVE: ReserveId = ReserveId::new([5; 32]);

fn person() -> Record {
    Record::Person(Person { person: key().grant.person, organisation: lei(BANK_A), roles: 0 })
}

fn reserve() -> Record {
    Record::Reserve(Reserve {
        id: RESERVE,
        custodian: lei(CUSTODIAN),
        issuer: lei(ISSUER),
        currency: eur(),
        class: EvidenceClass::Custodian,
        books: ReserveBooks { entries: 1, ..ReserveBooks::default() },
        journal: LogHead::EMPTY,
    })
}

fn currency() -> Record {
    Record::Currency(CurrencyRecord {
        code: eur(),
        scale: 2,
        issuer: lei(ISSUER),
        totals: Totals::default(),
        paid: 0,
        reserves: vec![RESERVE],
        journal: LogHead::EMPTY,
    })
}

fn entry(counterparty: Counterparty) -> Record {
    let entry = BankEntry {
        reserve: RESERVE,
        sequence: 1,
        servicer_reference: text("S1"),
        detail: 0,
        direction: Direction::Credit,
        minor: 1,
        counterparty,
        booked: LedgerTime::new(1),
        reference: text("R1"),
    };
    let id = EntryId::new([6; 32]);
    Record::Entry(EntryRecord { id, entry, credits: 1, debits: 0, used: false })
}

fn key() -> KeyRecord {
    let grant = RoleKey {
        key: PublicKey::new([1; 32]),
        role: Role::Settlement,
        person: PersonId::new([1; 16]),
        organisation: lei(BANK_A),
    };
    KeyRecord::new(grant)
}

fn chain() -> Record {
    Record::Chain(ChainRecord { chain: ChainId::new([0; 32]), blinding: Hash32::ZERO })
}

fn member() -> Record {
    let directory = DirectoryEntry {
        lei: lei(BANK_A),
        aliases: Vec::new(),
        endpoint: text("http://127.0.0.1:1"),
        encryption: Hash32::ZERO,
        keys: Vec::new(),
    };
    Record::Member(Member::new(directory))
}

fn request() -> Record {
    let request = MintRequest {
        account: AccountId::new([2; 32]),
        money: Money::new(eur(), 1),
        reserve: RESERVE,
        reference: text("R1"),
    };
    Record::Request(RequestRecord {
        id: CommandId::new([3; 32]),
        member: lei(BANK_A),
        request,
        entered: LedgerTime::new(1),
        used: false,
    })
}

fn proposal() -> Record {
    let action = Action::OpenAccount { member: lei(BANK_B), currency: eur(), blind: Hash32::ZERO };
    Record::Proposal(Proposal {
        id: CommandId::new([4; 32]),
        organisation: lei(ISSUER),
        content: action.content(),
        action,
        policy_version: 1,
        approvals: Vec::new(),
        expires: LedgerTime::new(1),
        status: ProposalStatus::Open,
    })
}

fn leg() -> Record {
    let leg = Leg {
        instructing: lei(BANK_A),
        uetr: Uetr::new([1; 16]),
        kind: MessageKind::Pacs008,
        instructed: lei(BANK_B),
    };
    Record::Leg(LegRecord { leg, state: LegState::Closed, credited: None })
}

fn account() -> Record {
    Record::Account(Account {
        id: AccountId::new([2; 32]),
        member: lei(BANK_A),
        currency: eur(),
        status: AccountStatus::Active,
        balances: Balances::default(),
        journal: LogHead::EMPTY,
    })
}

fn party() -> Record {
    Record::Party(Party {
        party: PartyId::new([1; 32]),
        member: lei(BANK_A),
        level: Level::Basic,
        status: StandingStatus::Active,
        expires: LedgerTime::new(1),
        evidence: Hash32::ZERO,
        frozen: false,
    })
}

/// Every kind of record, by whom it may be read: A, B, C, custodian, issuer, regulator.
fn rows() -> Vec<(Name, Record, [bool; 6])> {
    const Y: bool = true;
    const N: bool = false;
    let window = Window { height: Height::new(1), until: LedgerTime::new(1), ids: LogHead::EMPTY };
    let holdings =
        Holdings { member: lei(BANK_A), accounts: LogHead::EMPTY, parties: LogHead::EMPTY };
    let anchors = Anchors { member: lei(BANK_A), roots: LogHead::EMPTY };
    let controls = Record::MintControls(Box::new(MintControls::new(eur())));
    let (since, terms) = (LedgerTime::new(1), PaymentTerms::default());
    let limits = Record::PaymentTerms(PaymentControls { currency: eur(), terms, since });
    let (command, id) = (CommandId::new([3; 32]), EntryId::new([6; 32]));
    let of = |counterparty| entry(counterparty);
    vec![
        (Name::Origin, Record::Origin, [N, N, N, N, N, Y]),
        (Name::Chain, chain(), [N, N, N, N, N, Y]),
        (Name::Currency(eur()), currency(), [N, N, N, Y, Y, Y]),
        (Name::Member(lei(BANK_A)), member(), [Y, Y, Y, Y, Y, Y]),
        (Name::Holdings(lei(BANK_A)), Record::Holdings(holdings), [Y, N, N, N, N, Y]),
        (Name::Account(AccountId::new([2; 32])), account(), [Y, N, N, N, N, Y]),
        (Name::Party(PartyId::new([1; 32])), party(), [Y, N, N, N, N, Y]),
        (Name::Person(key().grant.person), person(), [Y, N, N, N, N, Y]),
        (Name::Key(key().grant.key), Record::Key(key()), [Y, N, N, N, N, Y]),
        (Name::Reserve(RESERVE), reserve(), [N, N, N, Y, Y, Y]),
        (Name::Entry(id), of(Counterparty::Member(lei(BANK_A))), [Y, N, N, Y, Y, Y]),
        (Name::Entry(id), of(Counterparty::Internal), [N, N, N, Y, Y, Y]),
        (Name::Entry(id), of(Counterparty::Other), [N, N, N, Y, Y, Y]),
        (Name::Request(command), request(), [Y, N, N, N, Y, Y]),
        (Name::Proposal(command), proposal(), [N, N, N, N, Y, Y]),
        (Name::Leg(LegId::new([1; 32])), leg(), [Y, Y, N, N, N, Y]),
        (Name::Window(Height::new(1)), Record::Window(window), [N, N, N, N, N, Y]),
        (Name::Sequence(RESERVE, 1), Record::Sequence(id), [N, N, N, Y, Y, Y]),
        (Name::Redemption(command), redemption(), [Y, N, N, N, Y, Y]),
        (Name::Operators, Record::Operators(Operators::default()), [N, N, N, N, N, Y]),
        (Name::Anchors(lei(BANK_A)), Record::Anchors(anchors), [Y, N, N, N, N, Y]),
        (Name::MintControls(eur()), controls, [N, N, N, N, Y, Y]),
        (Name::PaymentTerms(eur()), limits, [Y, Y, Y, Y, Y, Y]),
        (Name::Spent(PartyId::new([1; 32]), eur()), spent(), [Y, N, N, N, N, Y]),
    ]
}

/// As [`rows`]: what network compliance demands and takes, what members decide for themselves, and
/// what waits to be paid.
fn further_rows() -> Vec<(Name, Record, [bool; 6])> {
    const Y: bool = true;
    const N: bool = false;
    let (command, hash, own) = (CommandId::new([3; 32]), Hash32::ZERO, AccountId::new([2; 32]));
    let (person, policy) = (key().grant.person, PolicyId::new([7; 32]));
    let terms = MovementTerms::default();
    let controls = MovementControls { currency: eur(), stopped: false, terms };
    let screening = ScreeningTerms { lists: 1, minimum: 1, rule_version: 1 };
    let list = ScreeningList { list: hash, sequence: 1, registered: LedgerTime::new(1) };
    let said = Clear {
        by: ClearedBy::Payee,
        payment: hash,
        list_version: hash,
        rule_version: 1,
        expires: LedgerTime::new(1),
    };
    let clearance = Clearance { member: lei(BANK_A), said };
    let entry = PolicyEntry { policy, subject: Subject::Member(lei(BANK_A)), listed: true };
    let steps = AccountPolicy { account: own, steps: Vec::new() };
    let limits = KeyLimits {
        person,
        currency: eur(),
        terms: KeyTerms { window_ms: 1, per_command: None, per_window: None },
        recent: SlidingSum::default(),
    };
    let sub = SubAccount { account: own, parent: AccountId::new([8; 32]), label: hash };
    let subs = SubAccounts { parent: own, accounts: Vec::new() };
    let queue = Queue {
        account: own,
        member: lei(BANK_A),
        next: 0,
        terms: QueueTerms::default(),
        places: Vec::new(),
    };
    let growth = Record::Growth(Box::new(Growth::new(lei(BANK_A))));
    let seized = |disposal| Record::Seizure(Box::new(seizure(disposal)));
    let policed = Record::Policy(Policy { id: policy, mode: PolicyMode::Deny, listed: 1 });
    let own_policy = Record::MemberPolicy(MemberPolicy::new(lei(BANK_A)));
    vec![
        (Name::MovementControls(eur()), Record::MovementControls(controls), [Y; 6]),
        (Name::ScreeningTerms, Record::ScreeningTerms(screening), [Y; 6]),
        (Name::ScreeningList(hash), Record::ScreeningList(list), [Y; 6]),
        (
            Name::Clearance(hash, lei(BANK_A), ClearedBy::Payee),
            Record::Clearance(clearance),
            [Y, N, N, N, N, Y],
        ),
        (Name::Seizure(command), seized(Disposal::Block(own)), [Y, N, N, N, N, Y]),
        (Name::Seizure(command), seized(Disposal::Burn), [Y, N, N, N, Y, Y]),
        (Name::Policy(policy), policed, [N, N, N, N, N, Y]),
        (Name::PolicyEntry(policy, entry.subject), Record::PolicyEntry(entry), [N, N, N, N, N, Y]),
        (Name::MemberPolicy(lei(BANK_A)), own_policy, [Y, N, N, N, N, Y]),
        (Name::AccountPolicy(own), Record::AccountPolicy(steps), [Y, N, N, N, N, Y]),
        (Name::KeyLimits(person, eur()), Record::KeyLimits(Box::new(limits)), [Y, N, N, N, N, Y]),
        (Name::SubAccount(own), Record::SubAccount(sub), [Y, N, N, N, N, Y]),
        (Name::SubAccounts(own), Record::SubAccounts(subs), [Y, N, N, N, N, Y]),
        (Name::Queue(own), Record::Queue(Box::new(queue)), [Y, N, N, N, N, Y]),
        (Name::Growth(lei(BANK_A)), growth, [Y, N, N, N, N, Y]),
    ]
}

/// Decided by an organisation that is none of the callers, about bank A's account.
fn seizure(disposal: Disposal) -> Seizure {
    let order = SeizureOrder {
        from: AccountId::new([2; 32]),
        party: None,
        money: Money::new(eur(), 1),
        disposal,
        reference: text("ORDER"),
    };
    let (id, organisation) = (CommandId::new([3; 32]), lei(COMPLIANCE));
    Seizure { id, organisation, member: lei(BANK_A), order, time: LedgerTime::new(1) }
}

fn spent() -> Record {
    let (party, length) = (PartyId::new([1; 32]), BucketLength::of(86_400_000));
    let recent = SlidingSum::default();
    Record::Spent(Box::new(Spent { party, currency: eur(), length, recent }))
}

fn redemption() -> Record {
    Record::Redemption(Redemption {
        id: CommandId::new([3; 32]),
        member: lei(BANK_A),
        account: AccountId::new([2; 32]),
        money: Money::new(eur(), 1),
        reserve: RESERVE,
        entered: LedgerTime::new(1),
        after: 0,
        paid: None,
        state: RedemptionState::Locked,
    })
}

fn share() -> AssetCode {
    AssetCode::new("US0378331005").unwrap()
}

/// A share whose registrar is the issuer.
fn asset() -> Record {
    let terms = AssetTerms { code: share(), name: text("SHARE"), scale: 0, registrar: lei(ISSUER) };
    let (totals, journal) = (UnitTotals::default(), LogHead::EMPTY);
    Record::Asset(Box::new(Asset { terms, status: AssetStatus::Active, totals, journal }))
}

/// As [`rows`]: assets, and what bank A holds and gave up of one.
fn unit_rows() -> Vec<(Name, Record, [bool; 6])> {
    const Y: bool = true;
    const N: bool = false;
    let (id, account, asset_code) = (CommandId::new([3; 32]), AccountId::new([2; 32]), share());
    let position = Position {
        account,
        member: lei(BANK_A),
        asset: asset_code,
        balances: Balances::default(),
        journal: LogHead::EMPTY,
    };
    let surrender = Surrender { account, units: Units { asset: asset_code, count: 1 } };
    let (entered, state) = (LedgerTime::new(1), SurrenderState::Open);
    let given_up = SurrenderRecord { id, member: lei(BANK_A), surrender, entered, state };
    let holder =
        Holder { name: account, account, member: lei(BANK_A), party: PartyId::new([1; 32]) };
    let vault = Vault {
        id: VaultId::new([7; 32]),
        money: Money::new(eur(), 1),
        owner: holder,
        list_version: Hash32::ZERO,
        rule_version: 1,
    };
    vec![
        (
            Name::Module(ModuleKey::of(&account, "m")),
            Record::Module(Box::new(Module {
                address: account,
                name: text("m"),
                bytes: vec![1],
                published: Height::new(1),
            })),
            [Y; 6],
        ),
        (
            Name::Resource(ResourceKey::of(&account, &[1])),
            Record::Resource(Box::new(Resource { account, tag: vec![1], bytes: vec![1] })),
            [Y, N, N, N, N, Y],
        ),
        (Name::Vault(vault.id), Record::Vault(Box::new(vault)), [Y, N, N, N, N, Y]),
        (Name::Asset(asset_code), asset(), [Y; 6]),
        (Name::Position(account, asset_code), Record::Position(position), [Y, N, N, N, N, Y]),
        (Name::Surrender(id), Record::Surrender(given_up), [Y, N, N, N, Y, Y]),
    ]
}

fn network_rows() -> Vec<(Name, Record, [bool; 6])> {
    const Y: bool = true;
    const N: bool = false;
    let genesis = TestNetwork::new(1).genesis;
    let id = CommandId::new([3; 32]);
    let ballot = Record::Ballot(Ballot { proposal: id, votes: vec![lei(BANK_A)] });
    let action = Action::ChangeValidators(CommitteeChange {
        remove: Vec::new(),
        add: Vec::new(),
        at: Height::new(99),
    });
    let Record::Proposal(proposal) = proposal() else { panic!("a proposal") };
    let voted_on = Record::Proposal(Proposal { action, ..proposal });
    vec![
        (Name::Parameters, Record::Parameters(Box::new(Parameters::new(&genesis))), [Y; 6]),
        (Name::Membership, Record::Membership(Membership { active: 2 }), [Y; 6]),
        (Name::Committee, Record::Committee(Box::new(Committee::new(&genesis))), [Y; 6]),
        (Name::Expelled, Record::Expelled(Expelled::default()), [Y; 6]),
        (Name::Halt, halt(), [Y; 6]),
        (
            Name::Misconduct(genesis.validators[0].identity),
            Record::Misconduct(Box::new(Misconduct {
                validator: genesis.validators[0].identity,
                offences: Vec::new(),
            })),
            [Y; 6],
        ),
        (Name::Ballot(id), ballot, [Y, Y, N, N, N, Y]),
        (Name::Proposal(id), voted_on, [Y, Y, N, N, Y, Y]),
    ]
}

fn halt() -> Record {
    Record::Halt(Box::new(Halt {
        number: 1,
        by: HaltedBy::Emergency,
        height: Height::new(9),
        from: LedgerTime::new(1),
        until: LedgerTime::new(2),
        reference: Text::new("CASE-1").unwrap(),
        resumed: None,
    }))
}

fn lookup(name: &Name) -> Option<Record> {
    match name {
        Name::Asset(code) if *code == share() => Some(asset()),
        Name::Reserve(id) if *id == RESERVE => Some(reserve()),
        Name::Currency(code) if *code == eur() => Some(currency()),
        Name::Party(id) if *id == PartyId::new([1; 32]) => Some(party()),
        Name::Account(id) if *id == AccountId::new([2; 32]) => Some(account()),
        Name::Person(id) if *id == key().grant.person => Some(person()),
        Name::Member(id) if *id == lei(BANK_A) || *id == lei(BANK_B) => Some(member()),
        _ => None,
    }
}

#[test]
fn every_kind_of_record_is_read_by_those_of_its_row_only() {
    let all = rows().into_iter().chain(further_rows()).chain(unit_rows()).chain(network_rows());
    for (name, record, expected) in all {
        for ((who, organisation, role), expected) in CALLERS.into_iter().zip(expected) {
            let caller = Caller { organisation: lei(organisation), role };
            assert_eq!(may_read(&caller, &record, &name, lookup), expected, "{who} {name:?}");
        }
    }
}

/// Offices that are none of the callers above: what the table gives to their role alone.
#[test]
fn policies_are_for_network_compliance_and_queues_for_solvers() {
    for (name, record, _) in further_rows() {
        let reads = |organisation, role| {
            may_read(&Caller { organisation: lei(organisation), role }, &record, &name, lookup)
        };
        let open = matches!(
            record,
            Record::MovementControls(_) | Record::ScreeningTerms(_) | Record::ScreeningList(_)
        );
        let policy = matches!(record, Record::Policy(_) | Record::PolicyEntry(_));
        let decided = matches!(record, Record::Seizure(_));
        let expected = open || policy || decided;
        assert_eq!(reads(COMPLIANCE, Role::NetworkCompliance), expected, "{name:?}");
        let expected = open || matches!(record, Record::Queue(_));
        assert_eq!(reads(BANK_C, Role::Solver), expected, "{name:?}");
    }
}

/// W24: the row of the table that is no record.
#[test]
fn w24_blocks_are_for_the_overseer_only() {
    for (who, organisation, role) in CALLERS {
        let caller = Caller { organisation: lei(organisation), role };
        assert_eq!(may_follow(&caller), who == "regulator", "{who}");
    }
    // A regulator's other keys do not read payloads.
    let caller = Caller { organisation: lei(OVERSEER), role: Role::Transport };
    assert!(!may_follow(&caller));
}

#[test]
fn what_refers_to_an_unknown_reserve_currency_or_customer_is_nobodys() {
    let customer = (Name::Spent(PartyId::new([1; 32]), eur()), spent());
    let own = Caller { organisation: lei(BANK_A), role: Role::Settlement };
    assert!(!may_read(&own, &customer.1, &customer.0, |_| None));
    let caller = Caller { organisation: lei(ISSUER), role: Role::Treasury };
    for (name, record) in [
        (Name::Sequence(RESERVE, 1), Record::Sequence(EntryId::new([6; 32]))),
        (Name::Entry(EntryId::new([6; 32])), entry(Counterparty::Other)),
        (Name::Request(CommandId::new([3; 32])), request()),
    ] {
        assert!(!may_read(&caller, &record, &name, |_| None), "{name:?}");
    }
}

#[test]
fn a_revoked_key_makes_no_caller() {
    let now = LedgerTime::new(1_000);
    assert!(Caller::of(&key(), now).is_some());
    assert!(Caller::of(&KeyRecord { active: false, ..key() }, now).is_none());
    assert!(Caller::of(&KeyRecord { until: Some(now.after(1)), ..key() }, now).is_some());
    assert!(Caller::of(&KeyRecord { until: Some(now), ..key() }, now).is_none());
}
