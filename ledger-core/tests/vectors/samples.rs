//! Values to pin: every field differs from its neighbours, so that a swap shows.

use ledger_core::{
    account::{Balances, Totals},
    address::ValidatorAddress,
    asset::AssetStatus,
    authority::{Role, RoleKey},
    bulk::{Bulk, BulkGroup, BulkLeg, BulkMode},
    command::{
        Acceptance, Action, Approval, Freeze, GateAttestation, MintRequest, Payment, Preburn,
    },
    controls::{MintCaps, MintTerms},
    digest::Hash32,
    directory::{DirectoryChange, Naming, NewMessageKey},
    freeze::FreezeTarget,
    freshness::Calendar,
    genesis::{
        CurrencyTerms, FORMAT, Genesis, Limits, Thresholds, Validator, VoteKey, VoteSignature,
    },
    halt::HaltOrder,
    id::{
        AccountId, ChainId, CommandId, EntryId, Leg, Lei, MessageKind, PartyId, PersonId, PolicyId,
        ReserveId, Text, Uetr,
    },
    key_limits::KeyTerms,
    member::DirectoryEntry,
    misconduct::{Contradiction, Evidence, Said},
    money::{Currency, Money},
    movement::MovementTerms,
    parameters::{Change, ParameterChanges, Persons},
    policy::{PolicyMode, Subject},
    proposal_kind::ProposalKind,
    quarantine::{Quarantine, SignedQuarantine},
    queue::{QueueLimit, QueueTerms},
    reserve::{
        Attestation, BankEntry, Counterparty, Direction, EvidenceClass, ReserveBooks, Turnover,
    },
    rotation::Rotation,
    screening::{Clear, ClearedBy},
    seizure::{Disposal, SeizureOrder},
    settlement::{Consent, SetLeg, Settle},
    signature::{MemorySigner, PublicKey, Signed, Signer as _},
    signing::Step,
    spending::{PaymentLimits, PaymentTerms},
    sub_account::OpenSub,
    time::{Height, LedgerTime},
    validators::CommitteeChange,
};

use crate::{programs, units};

/// 2026-11-01T00:00:00.000Z.
pub(crate) const NOW: LedgerTime = LedgerTime::new(1_793_491_200_000);

pub(crate) const CHAIN: ChainId = ChainId::new([0xc0; 32]);
pub(crate) const ACCOUNT: AccountId = AccountId::new([0xa1; 32]);
pub(crate) const RESERVE: ReserveId = ReserveId::new([0x5e; 32]);
pub(crate) const ENTRY: EntryId = EntryId::new([0xe1; 32]);
pub(crate) const PARTY: PartyId = PartyId::new([0xbd; 32]);
pub(crate) const COMMAND: CommandId = CommandId::new([0xcd; 32]);
pub(crate) const POLICY: PolicyId = PolicyId::new([0x70; 32]);

pub(crate) fn hash(byte: u8) -> Hash32 {
    Hash32::new([byte; 32])
}

/// The test key whose RFC 8032 seed is 32 times this byte.
pub(crate) fn signer(seed: u8) -> MemorySigner {
    MemorySigner::new(&[seed; 32])
}

pub(crate) fn key(seed: u8) -> PublicKey {
    signer(seed).public_key()
}

pub(crate) fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

pub(crate) fn bank_a() -> Lei {
    Lei::new("529900T8BM49AURSDO55").unwrap()
}

pub(crate) fn bank_b() -> Lei {
    Lei::new("7LTWFZYICNSX8D621K86").unwrap()
}

pub(crate) fn custodian() -> Lei {
    Lei::new("5493001KJTIIGC8Y1R12").unwrap()
}

pub(crate) fn usd() -> Currency {
    Currency::new("USD").unwrap()
}

/// 1234.56 dollars.
pub(crate) fn money() -> Money {
    Money::new(usd(), 123_456)
}

pub(crate) fn leg() -> Leg {
    Leg {
        instructing: bank_a(),
        uetr: Uetr::from_hex("8a562c67ca1648bab07465581be6f011").unwrap(),
        kind: MessageKind::Pacs008,
        instructed: bank_b(),
    }
}

pub(crate) fn payment() -> Payment {
    Payment { leg: leg(), debit: ACCOUNT, debtor: PARTY, money: money(), message: hash(0x3e) }
}

pub(crate) fn gate() -> GateAttestation {
    GateAttestation {
        payment: payment().hash(),
        list_version: hash(0x11),
        rule_version: 7,
        expires: NOW.after(120_000),
    }
}

pub(crate) fn acceptance() -> Acceptance {
    Acceptance {
        payment: payment().hash(),
        credit: AccountId::new([0xa2; 32]),
        creditor: PartyId::new([0xbc; 32]),
        expires: NOW.after(3_600_000),
    }
}

pub(crate) fn signed_gate() -> Signed<GateAttestation> {
    Signed::new(gate(), &signer(3)).unwrap()
}

pub(crate) fn signed_acceptance() -> Signed<Acceptance> {
    Signed::new(acceptance(), &signer(4)).unwrap()
}

/// The payment back, of a part of it.
pub(crate) fn payment_back() -> Payment {
    let leg =
        Leg { instructing: bank_b(), kind: MessageKind::Pacs004, instructed: bank_a(), ..leg() };
    let account = AccountId::new([0xa2; 32]);
    let money = Money::new(usd(), 3_456);
    Payment { leg, debit: account, debtor: PartyId::new([0xbc; 32]), money, message: hash(0x3f) }
}

/// Dollars from A to B against dollars from B to A.
pub(crate) fn set() -> Settle {
    let there = SetLeg {
        payment: payment(),
        credit: AccountId::new([0xa2; 32]),
        creditor: PartyId::new([0xbc; 32]),
    };
    let back =
        Payment { leg: Leg { kind: MessageKind::Pacs009, ..payment_back().leg }, ..payment_back() };
    let legs = vec![there, SetLeg { payment: back, credit: ACCOUNT, creditor: PARTY }];
    let gates = vec![signed_gate(), signed_gate()];
    let mut set = Settle { legs, gates, consents: Vec::new() };
    set.consents.push(signed_consent(set.hash()));
    set
}

/// Two payments to B.
pub(crate) fn bulk() -> Bulk {
    let leg = |uetr: &str, minor| BulkLeg {
        uetr: Uetr::from_hex(uetr).unwrap(),
        debtor: PARTY,
        credit: AccountId::new([0xa2; 32]),
        creditor: PartyId::new([0xbc; 32]),
        minor,
        message: hash(0x3e),
    };
    let legs = vec![
        leg("8a562c67ca1648bab07465581be6f011", 123_456),
        leg("9b672d78db2749cbb18566692cf7a022", 789),
    ];
    let mut bulk = Bulk {
        mode: BulkMode::Each,
        kind: MessageKind::Pacs008,
        currency: usd(),
        debit: ACCOUNT,
        groups: vec![BulkGroup { instructed: bank_b(), legs }],
        gate: signed_gate(),
        consents: Vec::new(),
    };
    let to = bulk.group_hash(&bank_a(), &bulk.groups[0]);
    bulk.consents.push(signed_consent(to));
    bulk
}

pub(crate) fn signed_consent(to: Hash32) -> Signed<Consent> {
    Signed::new(Consent { to, expires: NOW.after(3_600_000) }, &signer(4)).unwrap()
}

pub(crate) fn attestation() -> Attestation {
    Attestation {
        reserve: RESERVE,
        balance: 5_000_000,
        available: 4_900_000,
        as_of: NOW,
        last_entry: 17,
        statement: hash(0x57),
        previous: hash(0x56),
    }
}

pub(crate) fn books() -> ReserveBooks {
    ReserveBooks {
        haircut: 250,
        entries: 18,
        turnover: Turnover { credits: 900, debits: 300 },
        attested: Some((attestation(), Turnover { credits: 800, debits: 200 })),
    }
}

pub(crate) fn entry() -> BankEntry {
    BankEntry {
        reserve: RESERVE,
        sequence: 18,
        servicer_reference: text("SR-2026-000018"),
        detail: 2,
        direction: Direction::Credit,
        minor: 123_456,
        counterparty: Counterparty::Member(bank_a()),
        booked: NOW.after(1_000),
        reference: text("MINT-1"),
    }
}

pub(crate) fn mint_request() -> MintRequest {
    MintRequest { account: ACCOUNT, money: money(), reserve: RESERVE, reference: text("MINT-1") }
}

pub(crate) fn preburn() -> Preburn {
    Preburn { account: ACCOUNT, money: money(), reserve: RESERVE }
}

pub(crate) fn freeze() -> Freeze {
    Freeze { target: FreezeTarget::Account(ACCOUNT), reference: text("CASE-1") }
}

pub(crate) fn role_key(seed: u8, role: Role, organisation: Lei) -> RoleKey {
    RoleKey { key: key(seed), role, person: PersonId::new([seed; 16]), organisation }
}

pub(crate) fn directory() -> DirectoryEntry {
    let mut keys = vec![
        role_key(1, Role::Settlement, bank_a()),
        role_key(3, Role::Gate, bank_a()),
        role_key(5, Role::Transport, bank_a()),
    ];
    keys.sort_by_key(|grant| grant.key);
    DirectoryEntry {
        lei: bank_a(),
        aliases: vec![text("BIC:AAAAUS33XXX"), text("CLR:USABA:021000021")],
        endpoint: text("https://gateway.bank-a.example"),
        encryption: hash(0xec),
        keys,
    }
}

/// Totals of which half is frozen.
pub(crate) const TOTALS: Totals =
    Totals { supply: 1_000, available: 700, held: 200, preburned: 100, contract: 0, frozen: 450 };

/// Terms with every control on; 2026-12-25 and 2027-01-01 are holidays.
pub(crate) fn mint_terms() -> MintTerms {
    MintTerms {
        allowance: Some(9_000_000),
        window_ms: 86_400_000,
        caps: MintCaps {
            all: Some(500_000),
            custodian: None,
            trustee: Some(300_000),
            agent: Some(100_000),
        },
        concentration: 4_000,
        max_age_ms: 43_200_000,
        calendar: Calendar { weekend: 0b0110_0000, holidays: vec![20_812, 20_819] },
    }
}

/// Limits of every kind: of one payment only, of both, of a window only.
pub(crate) fn payment_terms() -> PaymentTerms {
    let limits = |per_payment, per_window| PaymentLimits { per_payment, per_window };
    PaymentTerms {
        window_ms: 86_400_000,
        basic: limits(Some(100_000), None),
        full: limits(Some(5_000_000), Some(20_000_000)),
        enhanced: limits(None, Some(900_000_000)),
    }
}

/// A threshold and a policy of each kind.
pub(crate) fn movement_terms() -> MovementTerms {
    MovementTerms {
        payee_clearance: Some(300_000),
        sender: Some(POLICY),
        recipient: None,
        mint_recipient: Some(PolicyId::new([0x71; 32])),
    }
}

/// A court's order.
pub(crate) fn order(disposal: Disposal) -> SeizureOrder {
    let (party, reference) = (Some(PARTY), text("ORDER-2026-0004"));
    SeizureOrder { from: ACCOUNT, party, money: money(), disposal, reference }
}

/// What the payee's compliance says of the payment.
pub(crate) fn clear() -> Clear {
    Clear {
        by: ClearedBy::Payee,
        payment: payment().hash(),
        list_version: hash(0x11),
        rule_version: 7,
        expires: NOW.after(120_000),
    }
}

/// A key replaced with a day of overlap.
pub(crate) fn rotation() -> Rotation {
    Rotation { old: key(1), new: key(6), overlap_ms: 86_400_000 }
}

/// Two persons from 10,000.00 on, three from 1,000,000.00 on.
pub(crate) fn steps() -> Vec<Step> {
    vec![Step { from: 1_000_000, persons: 2 }, Step { from: 100_000_000, persons: 3 }]
}

pub(crate) fn key_terms() -> KeyTerms {
    KeyTerms { window_ms: 86_400_000, per_command: Some(500_000), per_window: Some(2_000_000) }
}

/// Balances that differ from each other.
pub(crate) fn queue_terms() -> QueueTerms {
    let limits = vec![QueueLimit { counterparty: bank_b(), minor: 1_000_000 }];
    QueueTerms { bypass: true, limits }
}

pub(crate) const BALANCES: Balances = Balances { available: 700, held: 200, preburned: 100 };

/// A change of every parameter.
pub(crate) fn changes() -> Vec<Change> {
    let set = Persons { kind: ProposalKind::Mint, persons: 3 };
    let all = one_of_each!(Change {
        Change::BlockBytes(_) => "block_bytes", Change::BlockBytes(3_000_000);
        Change::BlockUnits(_) => "block_units", Change::BlockUnits(600_000);
        Change::CommandTtl(_) => "command_ttl", Change::CommandTtl(120_000);
        Change::AttestationMaxAge(_) => "attestation_max_age",
            Change::AttestationMaxAge(172_800_000);
        Change::Persons(_) => "persons", Change::Persons(set);
        Change::GrowthQuota(_) => "growth_quota", Change::GrowthQuota(2_000_000);
    });
    all.into_iter().map(|(_, change)| change).collect()
}

/// Where a validator is reached.
pub(crate) fn validator_address() -> ValidatorAddress {
    ValidatorAddress { validator: key(0x41), address: text("192.0.2.7:7000") }
}

/// Another endpoint, another message key.
pub(crate) fn directory_change() -> DirectoryChange {
    DirectoryChange {
        endpoint: Some(text("https://new.bank.example")),
        message_key: Some(NewMessageKey { key: hash(0xe1), overlap_ms: 3_600_000 }),
        from: NOW.after(86_400_000),
    }
}

/// A member's BIC.
pub(crate) fn naming() -> Naming {
    let from = NOW.after(86_400_000);
    Naming { member: bank_a(), aliases: vec![text("BIC:BANKUS33")], from }
}

/// One validator leaves, another joins.
pub(crate) fn committee_change() -> CommitteeChange {
    let add = vec![Validator {
        name: text("validator-9"),
        identity: key(0x49),
        vote_key: VoteKey::new([0x59; 96]),
        proof_of_possession: VoteSignature::new([0x69; 48]),
    }];
    CommitteeChange { remove: vec![key(0x41)], add, at: Height::new(7_000) }
}

/// One per variant, by name.
pub(crate) fn actions() -> Vec<(&'static str, Action)> {
    one_of_each!(Action {
        Action::AdmitMember(_) => "admit_member", Action::AdmitMember(directory());
        Action::OpenAccount { .. } => "open_account",
            Action::OpenAccount { member: bank_a(), currency: usd(), blind: hash(0xb1) };
        Action::RegisterReserve { .. } => "register_reserve", Action::RegisterReserve {
            custodian: custodian(),
            currency: usd(),
            account: hash(0x1b),
            class: EvidenceClass::Trustee,
            haircut: 250,
        };
        Action::RegisterKey(_) => "register_key",
            Action::RegisterKey(role_key(6, Role::Agent, custodian()));
        Action::Mint { .. } => "mint", Action::Mint { request: COMMAND, entry: ENTRY };
        Action::InstructPayout { .. } => "instruct_payout",
            Action::InstructPayout { redemption: COMMAND };
        Action::ConfirmPayout { .. } => "confirm_payout",
            Action::ConfirmPayout { redemption: COMMAND, entry: ENTRY };
        Action::CancelPayout { .. } => "cancel_payout",
            Action::CancelPayout { redemption: COMMAND };
        Action::Unfreeze { .. } => "unfreeze",
            Action::Unfreeze { target: FreezeTarget::Party(PARTY) };
        Action::RevokeKey { .. } => "revoke_key", Action::RevokeKey { key: key(6) };
        Action::SetMintTerms { .. } => "set_mint_terms",
            Action::SetMintTerms { currency: usd(), terms: mint_terms() };
        Action::SetPaymentTerms { .. } => "set_payment_terms",
            Action::SetPaymentTerms { currency: usd(), terms: payment_terms() };
        Action::RegisterList { .. } => "register_list", Action::RegisterList { list: hash(0x11) };
        Action::SetScreening { .. } => "set_screening",
            Action::SetScreening { oldest: Some(hash(0x11)), rule_version: 7 };
        Action::SetMovementTerms { .. } => "set_movement_terms",
            Action::SetMovementTerms { currency: usd(), terms: movement_terms() };
        Action::Seize(_) => "seize",
            Action::Seize(order(Disposal::Block(AccountId::new([0xa2; 32]))));
        Action::CreatePolicy { .. } => "create_policy",
            Action::CreatePolicy { policy: POLICY, mode: PolicyMode::Deny };
        Action::ListInPolicy { .. } => "list_in_policy", Action::ListInPolicy {
            policy: POLICY,
            subjects: vec![Subject::Member(bank_b()), Subject::Party(PARTY)],
            listed: true,
        };
        Action::SuspendMember { .. } => "suspend_member",
            Action::SuspendMember { member: bank_a() };
        Action::ReinstateMember { .. } => "reinstate_member",
            Action::ReinstateMember { member: bank_a() };
        Action::RotateKey(_) => "rotate_key", Action::RotateKey(rotation());
        Action::RotateOwnKey(_) => "rotate_own_key", Action::RotateOwnKey(rotation());
        Action::RegisterOwnKey(_) => "register_own_key",
            Action::RegisterOwnKey(role_key(6, Role::Settlement, bank_a()));
        Action::RevokeOwnKey { .. } => "revoke_own_key", Action::RevokeOwnKey { key: key(6) };
        Action::SetRolePolicy { .. } => "set_role_policy",
            Action::SetRolePolicy { role: Role::Settlement, persons: 2 };
        Action::SetAccountPolicy { .. } => "set_account_policy",
            Action::SetAccountPolicy { account: ACCOUNT, steps: steps() };
        Action::SetKeyLimits { .. } => "set_key_limits",
            Action::SetKeyLimits { key: key(1), currency: usd(), terms: key_terms() };
        Action::OpenSubAccount(_) => "open_sub_account", Action::OpenSubAccount(
            OpenSub { parent: ACCOUNT, blind: hash(0xb1), label: hash(0x1a) },
        );
        Action::RegisterAsset(_) => "register_asset", Action::RegisterAsset(units::asset_terms());
        Action::SetAssetStatus { .. } => "set_asset_status",
            Action::SetAssetStatus { asset: units::isin(), status: AssetStatus::Matured };
        Action::IssueUnits { .. } => "issue_units",
            Action::IssueUnits { account: ACCOUNT, units: units::units() };
        Action::CancelUnits { .. } => "cancel_units", Action::CancelUnits { surrender: COMMAND };
        Action::ChangeParameters(_) => "change_parameters", Action::ChangeParameters(
            ParameterChanges { changes: changes(), at: Height::new(7_000) },
        );
        Action::ChangeValidators(_) => "change_validators",
            Action::ChangeValidators(committee_change());
        Action::Vote { .. } => "vote", Action::Vote {
            said: Approval { proposal: COMMAND, content: hash(0xc7), policy_version: 2 },
            yes: true,
        };
        Action::PublishModules(_) => "publish_modules",
            Action::PublishModules(programs::bundle());
        Action::HaltNetwork(_) => "halt_network", Action::HaltNetwork(halt_order());
        Action::ResumeNetwork { .. } => "resume_network", Action::ResumeNetwork { halt: 300 };
        Action::MoveValidator(_) => "move_validator", Action::MoveValidator(validator_address());
        Action::ChangeDirectory(_) => "change_directory",
            Action::ChangeDirectory(directory_change());
        Action::RevokeMessageKey { .. } => "revoke_message_key",
            Action::RevokeMessageKey { key: hash(0xe1), replacement: Some(hash(0xe2)) };
        Action::NameMember(_) => "name_member", Action::NameMember(naming());
        Action::SetDirectoryTerms { .. } => "set_directory_terms",
            Action::SetDirectoryTerms { notice_ms: 86_400_000 };
    })
}

pub(crate) fn quarantine() -> SignedQuarantine {
    let value = Quarantine {
        chain: CHAIN,
        height: Height::new(42),
        block: hash(0xb1),
        commands: vec![COMMAND],
        reference: text("CASE-1"),
    };
    let signed = |seed| SignedQuarantine::new(value.clone(), &signer(seed)).unwrap();
    signed(1).joined(&signed(2)).unwrap().joined(&signed(3)).unwrap()
}

pub(crate) fn halt_order() -> HaltOrder {
    HaltOrder { until: NOW.after(86_400_000), reference: text("CASE-1") }
}

/// Two votes of a validator, whose signatures are none.
pub(crate) fn evidence() -> Evidence {
    let said = |byte: u8| Said {
        parent_view: 6,
        digest: hash(byte),
        signature: VoteSignature::new([byte; 48]),
    };
    let votes = Contradiction::Notarize(said(0x61), said(0x62));
    Evidence { validator: key(0x41), epoch: 3, view: 300, votes }
}

/// A genesis that passes its own checks, but for proofs of possession.
pub(crate) fn genesis() -> Genesis {
    let validator = |number: u8| Validator {
        name: text(&format!("validator-{number}")),
        identity: key(0x40 + number),
        vote_key: VoteKey::new([0x50 + number; 96]),
        proof_of_possession: VoteSignature::new([0x60 + number; 48]),
    };
    let mut validators: Vec<_> = (1..=4).map(validator).collect();
    validators.sort_by_key(|validator| validator.identity);
    let mut role_keys = vec![
        role_key(0x20, Role::Operator, custodian()),
        role_key(0x21, Role::Operator, custodian()),
        role_key(0x22, Role::Treasury, bank_b()),
        role_key(0x23, Role::Treasury, bank_b()),
    ];
    role_keys.sort_by_key(|grant| grant.key);
    Genesis {
        format: FORMAT.to_owned(),
        name: text("vectors"),
        time: NOW,
        epoch: 0,
        epoch_length: 4_096,
        limits: Limits {
            block_bytes: 1_048_576,
            block_units: 100_000,
            command_ttl_ms: 600_000,
            attestation_max_age_ms: 86_400_000,
            organisation_share: 8_000,
            growth_quota: 5_000_000,
        },
        validators,
        currencies: vec![CurrencyTerms { code: usd(), scale: 2, issuer: bank_b() }],
        members: vec![directory()],
        role_keys,
        thresholds: Thresholds { operator: 2, treasury: 2 },
    }
}
