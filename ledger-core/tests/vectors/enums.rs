//! Plain enums: the index of every variant, by the name that docs/spec/wire.md gives it.

use ledger_core::{
    authority::Role,
    bulk::BulkMode,
    codec::encode,
    command::VoidReason,
    freeze::FreezeTarget,
    id::MessageKind,
    journal::{LogName, MovementKind},
    party::{Level, StandingStatus},
    policy::{PolicyMode, Subject},
    proposal_kind::ProposalKind,
    receipt::{Effect, Kind, Outcome},
    refusal::Refusal,
    reserve::{Counterparty, Direction, EvidenceClass},
    screening::ClearedBy,
    seizure::Disposal,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    pin::{Pin, check},
    samples::{ACCOUNT, PARTY, RESERVE, bank_a, usd},
    units,
};

fn pins<T>(of: &str, samples: Vec<(&'static str, T)>) -> Vec<Pin>
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug + Clone + 'static,
{
    samples.iter().map(|(name, value)| Pin::of(format!("{of}/{name}"), value)).collect()
}

fn of_commands() -> Vec<Pin> {
    let freeze_targets = one_of_each!(FreezeTarget {
        FreezeTarget::Account(_) => "account", FreezeTarget::Account(ACCOUNT);
        FreezeTarget::Party(_) => "customer", FreezeTarget::Party(PARTY);
        FreezeTarget::Minting(_) => "minting", FreezeTarget::Minting(usd());
        FreezeTarget::Currency(_) => "currency", FreezeTarget::Currency(usd());
    });
    let message_kinds = one_of_each!(MessageKind {
        MessageKind::Pacs008 => "pacs.008", MessageKind::Pacs008;
        MessageKind::Pacs009 => "pacs.009", MessageKind::Pacs009;
        MessageKind::Pacs004 => "pacs.004", MessageKind::Pacs004;
        MessageKind::Sese023 => "sese.023", MessageKind::Sese023;
    });
    let levels = one_of_each!(Level {
        Level::None => "none", Level::None;
        Level::Basic => "basic", Level::Basic;
        Level::Full => "full", Level::Full;
        Level::Enhanced => "enhanced", Level::Enhanced;
    });
    let statuses = one_of_each!(StandingStatus {
        StandingStatus::Active => "active", StandingStatus::Active;
        StandingStatus::Revoked => "revoked", StandingStatus::Revoked;
    });
    let void_reasons = one_of_each!(VoidReason {
        VoidReason::Rejected => "rejected", VoidReason::Rejected;
        VoidReason::Withdrawn => "withdrawn", VoidReason::Withdrawn;
        VoidReason::Expired => "expired", VoidReason::Expired;
        VoidReason::NotReleased => "not_released", VoidReason::NotReleased;
    });
    let mut all = pins("freeze_target", freeze_targets);
    all.extend(pins("message_kind", message_kinds));
    all.extend(pins("level", levels));
    all.extend(pins("standing_status", statuses));
    all.extend(pins("void_reason", void_reasons));
    all
}

fn of_terms() -> Vec<Pin> {
    let directions = one_of_each!(Direction {
        Direction::Credit => "credit", Direction::Credit;
        Direction::Debit => "debit", Direction::Debit;
    });
    let counterparties = one_of_each!(Counterparty {
        Counterparty::Member(_) => "member", Counterparty::Member(bank_a());
        Counterparty::Internal => "internal", Counterparty::Internal;
        Counterparty::Other => "other", Counterparty::Other;
    });
    let modes = one_of_each!(BulkMode {
        BulkMode::Whole => "whole", BulkMode::Whole;
        BulkMode::Each => "each", BulkMode::Each;
    });
    let classes = one_of_each!(EvidenceClass {
        EvidenceClass::Custodian => "custodian", EvidenceClass::Custodian;
        EvidenceClass::Trustee => "trustee", EvidenceClass::Trustee;
        EvidenceClass::Agent => "agent", EvidenceClass::Agent;
    });
    let mut all = pins("direction", directions);
    all.extend(pins("counterparty", counterparties));
    all.extend(pins("evidence_class", classes));
    all.extend(pins("bulk_mode", modes));
    all
}

fn of_compliance() -> Vec<Pin> {
    let modes = one_of_each!(PolicyMode {
        PolicyMode::Allow => "allow", PolicyMode::Allow;
        PolicyMode::Deny => "deny", PolicyMode::Deny;
    });
    let subjects = one_of_each!(Subject {
        Subject::Member(_) => "member", Subject::Member(bank_a());
        Subject::Party(_) => "customer", Subject::Party(PARTY);
    });
    let sides = one_of_each!(ClearedBy {
        ClearedBy::Payer => "payer", ClearedBy::Payer;
        ClearedBy::Payee => "payee", ClearedBy::Payee;
    });
    let disposals = one_of_each!(Disposal {
        Disposal::Block(_) => "block", Disposal::Block(ACCOUNT);
        Disposal::Deliver(_) => "deliver", Disposal::Deliver(ACCOUNT);
        Disposal::Burn => "burn", Disposal::Burn;
    });
    let mut all = pins("policy_mode", modes);
    all.extend(pins("policy_subject", subjects));
    all.extend(pins("cleared_by", sides));
    all.extend(pins("disposal", disposals));
    all
}

fn of_keys() -> Vec<Pin> {
    let roles = one_of_each!(Role {
        Role::Operator => "operator", Role::Operator;
        Role::Treasury => "treasury", Role::Treasury;
        Role::NetworkCompliance => "network_compliance", Role::NetworkCompliance;
        Role::Regulator => "regulator", Role::Regulator;
        Role::Custodian => "custodian", Role::Custodian;
        Role::Agent => "agent", Role::Agent;
        Role::Settlement => "settlement", Role::Settlement;
        Role::Gate => "gate", Role::Gate;
        Role::Compliance => "compliance", Role::Compliance;
        Role::Admin => "admin", Role::Admin;
        Role::Transport => "transport", Role::Transport;
        Role::Emergency => "emergency", Role::Emergency;
        Role::Solver => "solver", Role::Solver;
        Role::Registrar => "registrar", Role::Registrar;
    });
    // A person's record keeps roles as bits, in the same order.
    for (index, (name, role)) in roles.iter().enumerate() {
        assert_eq!(role.bit(), 1 << index, "{name}");
    }
    pins("role", roles)
}

fn of_journals() -> Vec<Pin> {
    let movements = one_of_each!(MovementKind {
        MovementKind::Minted => "minted", MovementKind::Minted;
        MovementKind::Held => "held", MovementKind::Held;
        MovementKind::Released => "released", MovementKind::Released;
        MovementKind::PaidFromHold => "paid_from_hold", MovementKind::PaidFromHold;
        MovementKind::Paid => "paid", MovementKind::Paid;
        MovementKind::Received => "received", MovementKind::Received;
        MovementKind::Preburned => "preburned", MovementKind::Preburned;
        MovementKind::PreburnReleased => "preburn_released", MovementKind::PreburnReleased;
        MovementKind::Burned => "burned", MovementKind::Burned;
        MovementKind::Seized => "seized", MovementKind::Seized;
        MovementKind::MovedOut => "moved_out", MovementKind::MovedOut;
        MovementKind::MovedIn => "moved_in", MovementKind::MovedIn;
        MovementKind::IntoVault => "into_vault", MovementKind::IntoVault;
        MovementKind::FromVault => "from_vault", MovementKind::FromVault;
    });
    let logs = one_of_each!(LogName {
        LogName::Account(_) => "account", LogName::Account(ACCOUNT);
        LogName::Currency(_) => "currency", LogName::Currency(usd());
        LogName::MemberAccounts(_) => "member_accounts", LogName::MemberAccounts(bank_a());
        LogName::MemberParties(_) => "member_parties", LogName::MemberParties(bank_a());
        LogName::MemberAnchors(_) => "member_anchors", LogName::MemberAnchors(bank_a());
        LogName::Reserve(_) => "reserve", LogName::Reserve(RESERVE);
        LogName::Asset(_) => "asset", LogName::Asset(units::isin());
        LogName::Position(..) => "position", LogName::Position(ACCOUNT, units::isin());
        LogName::Parameters => "parameters", LogName::Parameters;
        LogName::Committee => "committee", LogName::Committee;
    });
    let mut all = pins("movement_kind", movements);
    all.extend(pins("log_name", logs));
    for (index, kind) in ProposalKind::ALL.iter().enumerate() {
        assert_eq!(ledger_core::codec::encode(kind), [u8::try_from(index).unwrap()]);
    }
    let kinds = ProposalKind::ALL.iter().map(|kind| (kind.name(), *kind));
    all.extend(pins("proposal_kind", kinds.collect()));
    all
}

fn kinds() -> Vec<(&'static str, Kind)> {
    let kinds = one_of_each!(Kind {
        Kind::Propose => "propose", Kind::Propose;
        Kind::Approve => "approve", Kind::Approve;
        Kind::SetStanding => "set_standing", Kind::SetStanding;
        Kind::Attest => "attest", Kind::Attest;
        Kind::RecordEntry => "record_entry", Kind::RecordEntry;
        Kind::RequestMint => "request_mint", Kind::RequestMint;
        Kind::Hold => "hold", Kind::Hold;
        Kind::Post => "post", Kind::Post;
        Kind::Void => "void", Kind::Void;
        Kind::Transfer => "transfer", Kind::Transfer;
        Kind::Close => "close", Kind::Close;
        Kind::Preburn => "preburn", Kind::Preburn;
        Kind::CancelRedemption => "cancel_redemption", Kind::CancelRedemption;
        Kind::Freeze => "freeze", Kind::Freeze;
        Kind::Anchor => "anchor", Kind::Anchor;
        Kind::ConfirmCredit => "confirm_credit", Kind::ConfirmCredit;
        Kind::Return => "return", Kind::Return;
        Kind::PostPart => "post_part", Kind::PostPart;
        Kind::Settle => "settle", Kind::Settle;
        Kind::Bulk => "bulk", Kind::Bulk;
        Kind::Schedule => "schedule", Kind::Schedule;
        Kind::Release => "release", Kind::Release;
        Kind::Clear => "clear", Kind::Clear;
        Kind::Move => "move", Kind::Move;
        Kind::Enqueue => "enqueue", Kind::Enqueue;
        Kind::Requeue => "requeue", Kind::Requeue;
        Kind::SetQueueTerms => "set_queue_terms", Kind::SetQueueTerms;
        Kind::SettleQueued => "settle_queued", Kind::SettleQueued;
        Kind::Deliver => "deliver", Kind::Deliver;
        Kind::Exchange => "exchange", Kind::Exchange;
        Kind::Surrender => "surrender", Kind::Surrender;
        Kind::Reclaim => "reclaim", Kind::Reclaim;
        Kind::WithdrawApproval => "withdraw_approval", Kind::WithdrawApproval;
        Kind::Invoke => "invoke", Kind::Invoke;
        Kind::Accuse => "accuse", Kind::Accuse;
        Kind::Halt => "halt", Kind::Halt;
        Kind::Signal => "signal", Kind::Signal;
    });
    assert!(kinds.iter().all(|(name, kind)| kind.name() == *name));
    kinds
}

fn effects() -> Vec<(&'static str, Effect)> {
    let effects = one_of_each!(Effect {
        Effect::Proposed => "proposed", Effect::Proposed;
        Effect::Approved => "approved", Effect::Approved;
        Effect::Executed => "executed", Effect::Executed;
        Effect::Minted => "minted", Effect::Minted;
        Effect::StandingSet => "standing_set", Effect::StandingSet;
        Effect::Attested => "attested", Effect::Attested;
        Effect::EntryRecorded => "entry_recorded", Effect::EntryRecorded;
        Effect::MintRequested => "mint_requested", Effect::MintRequested;
        Effect::Held => "held", Effect::Held;
        Effect::Settled => "settled", Effect::Settled;
        Effect::Voided(_) => "voided", Effect::Voided(VoidReason::Rejected);
        Effect::ClosedUnsettled => "closed_unsettled", Effect::ClosedUnsettled;
        Effect::ClosedSettled => "closed_settled", Effect::ClosedSettled;
        Effect::Preburned => "preburned", Effect::Preburned;
        Effect::RedemptionCancelled => "redemption_cancelled", Effect::RedemptionCancelled;
        Effect::PayoutInstructed => "payout_instructed", Effect::PayoutInstructed;
        Effect::Burned => "burned", Effect::Burned;
        Effect::PayoutCancelled => "payout_cancelled", Effect::PayoutCancelled;
        Effect::Frozen => "frozen", Effect::Frozen;
        Effect::Unfrozen => "unfrozen", Effect::Unfrozen;
        Effect::KeyRevoked => "key_revoked", Effect::KeyRevoked;
        Effect::Anchored => "anchored", Effect::Anchored;
        Effect::CreditConfirmed => "credit_confirmed", Effect::CreditConfirmed;
        Effect::Scheduled => "scheduled", Effect::Scheduled;
        Effect::Cleared => "cleared", Effect::Cleared;
        Effect::Seized => "seized", Effect::Seized;
        Effect::BurnedByOrder => "burned_by_order", Effect::BurnedByOrder;
        Effect::Moved => "moved", Effect::Moved;
        Effect::Queued => "queued", Effect::Queued;
        Effect::Requeued => "requeued", Effect::Requeued;
        Effect::QueueTermsSet => "queue_terms_set", Effect::QueueTermsSet;
        Effect::UnitsIssued(_) => "units_issued", Effect::UnitsIssued(units::units());
        Effect::UnitsDelivered(_) => "units_delivered", Effect::UnitsDelivered(units::units());
        Effect::UnitsSurrendered(_) => "units_surrendered",
            Effect::UnitsSurrendered(units::units());
        Effect::UnitsReclaimed(_) => "units_reclaimed", Effect::UnitsReclaimed(units::units());
        Effect::UnitsCancelled(_) => "units_cancelled", Effect::UnitsCancelled(units::units());
        Effect::ApprovalWithdrawn => "approval_withdrawn", Effect::ApprovalWithdrawn;
        Effect::Invoked => "invoked", Effect::Invoked;
        Effect::MisconductRecorded => "misconduct_recorded", Effect::MisconductRecorded;
        Effect::NetworkHalted => "network_halted", Effect::NetworkHalted;
        Effect::NetworkResumed => "network_resumed", Effect::NetworkResumed;
        Effect::RulesSignalled => "rules_signalled", Effect::RulesSignalled;
    });
    assert!(effects.iter().all(|(name, effect)| effect.name().starts_with(name)));
    effects
}

#[test]
fn w1_w9_vectors_of_every_variant_of_every_enum() {
    let mut all = of_commands();
    all.extend(of_terms());
    all.extend(of_compliance());
    all.extend(of_keys());
    all.extend(of_journals());
    all.extend(pins("kind", kinds()));
    all.extend(pins("effect", effects()));
    // `Refusal::ALL` is made by the macro that makes the enum, so it cannot miss one.
    let refusals = Refusal::ALL.iter().map(|refusal| (refusal.code(), *refusal)).collect();
    all.extend(pins("refusal", refusals));
    let outcomes = one_of_each!(Outcome {
        Outcome::Applied(_) => "applied", Outcome::Applied(Effect::Settled);
        Outcome::Refused(_) => "refused", Outcome::Refused(Refusal::InsufficientFunds);
    });
    all.extend(pins("outcome", outcomes));
    check(
        "enums",
        "Every variant of every enum that is signed, hashed or stored: its index as ULEB128, then \
         its fields (W1). Indices are only ever appended to.",
        &all,
    );
}

#[test]
fn w1_a_vector_of_an_unknown_variant_is_refused() {
    // From 128 on an index has two bytes: its lower seven bits first.
    let spelled = |index: usize| {
        let index = u8::try_from(index).unwrap();
        assert!(index >= 128);
        [index, index >> 7]
    };
    let beyond = Refusal::ALL.len();
    assert_eq!(encode(Refusal::ALL.last().unwrap()), spelled(beyond - 1));
    assert!(ledger_core::codec::decode::<Refusal>(&spelled(beyond), 2).is_err());
    assert_eq!(encode(&Refusal::ALL[127]), [127]);
    // The same index in more bytes is another spelling of it, and so none.
    assert!(ledger_core::codec::decode::<Refusal>(&[0x80, 0x00], 2).is_err());
}
