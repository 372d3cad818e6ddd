//! Arbitrary actions: every kind, most of them about what exists.

use proptest::prelude::*;

use super::drawing::{Known, hash, lei, number, one_of};
use super::{assets, compliance, governing};
use crate::{
    authority::{Role, RoleKey},
    command::Action,
    controls::{MIN_AGE_MS, MintCaps, MintTerms},
    directory::{DirectoryChange, Naming, NewMessageKey},
    freeze::FreezeTarget,
    freshness::Calendar,
    id::{PersonId, Text},
    key_limits::KeyTerms,
    money::Currency,
    reserve::EvidenceClass,
    rotation::{MAX_OVERLAP_MS, Rotation},
    signature::PublicKey,
    signing::Step,
    sliding::{MAX_WINDOW_MS, MIN_WINDOW_MS},
    spending::{PaymentLimits, PaymentTerms},
    sub_account::OpenSub,
    testing::{Actor, Bank, FOUNDED, jpy, usd},
};

pub(super) fn action(known: &Known) -> impl Strategy<Value = Action> + use<> {
    let roles = vec![
        Role::Operator,
        Role::Treasury,
        Role::Custodian,
        Role::Agent,
        Role::Settlement,
        Role::Transport,
    ];
    let grant = (prop::sample::select(roles), lei(), any::<bool>(), hash(), 0..4u8).prop_map(
        |(role, organisation, real, key, person)| RoleKey {
            key: if real {
                Actor::new(organisation, role, "new").grant.key
            } else {
                PublicKey::new(*key.get())
            },
            role,
            person: PersonId::new([person; 16]),
            organisation,
        },
    );
    let class = prop_oneof![Just(EvidenceClass::Custodian), Just(EvidenceClass::Agent)];
    prop_oneof![
        1 => lei().prop_map(|_| Action::AdmitMember(Bank::new("BANKX").directory())),
        1 => (lei(), code(), hash()).prop_map(|(member, currency, blind)| Action::OpenAccount {
            member,
            currency,
            blind
        }),
        1 => (lei(), code(), hash(), class, prop_oneof![Just(0u16), Just(10_000), Just(u16::MAX)])
            .prop_map(|(custodian, currency, account, class, haircut)| Action::RegisterReserve {
                custodian,
                currency,
                account,
                class,
                haircut,
            }),
        1 => grant.prop_map(Action::RegisterKey),
        1 => (one_of(&known.requests), one_of(&known.entries))
            .prop_map(|(request, entry)| Action::Mint { request, entry }),
        1 => (one_of(&known.redemptions), one_of(&known.entries))
            .prop_map(|(redemption, entry)| Action::ConfirmPayout { redemption, entry }),
        1 => one_of(&known.redemptions).prop_map(|redemption| Action::InstructPayout { redemption }),
        1 => one_of(&known.redemptions).prop_map(|redemption| Action::CancelPayout { redemption }),
        1 => target(known).prop_map(|target| Action::Unfreeze { target }),
        1 => one_of(&known.actors).prop_map(|actor| Action::RevokeKey { key: actor.grant.key }),
        1 => (code(), mint_terms())
            .prop_map(|(currency, terms)| Action::SetMintTerms { currency, terms }),
        1 => (code(), payment_terms())
            .prop_map(|(currency, terms)| Action::SetPaymentTerms { currency, terms }),
        6 => compliance::action(known),
        4 => administration(known),
        3 => assets::action(known),
        4 => governing::action(known),
    ]
}

/// What members decide about themselves, and operators about members.
fn administration(known: &Known) -> impl Strategy<Value = Action> + use<> {
    let key = |known: &Known| one_of(&known.actors).prop_map(|actor| actor.grant.key);
    let overlap = prop_oneof![Just(0u64), Just(1_000), Just(MAX_OVERLAP_MS), any::<u64>()];
    let rotation =
        (one_of(&known.actors), 0..3u8, overlap).prop_map(|(actor, number, overlap_ms)| {
            let new = actor.with_key(number).grant.key;
            Rotation { old: actor.grant.key, new, overlap_ms }
        });
    let role = prop::sample::select(vec![Role::Settlement, Role::Admin, Role::Gate]);
    let step = (number(), 0..6u8).prop_map(|(from, persons)| Step { from, persons });
    let limit = || prop_oneof![2 => Just(None), 1 => number().prop_map(Some)];
    let terms = (window(), limit(), limit()).prop_map(|(window_ms, per_command, per_window)| {
        KeyTerms { window_ms, per_command, per_window }
    });
    let own = (one_of(&known.actors), lei()).prop_map(|(actor, organisation)| {
        let by = actor.with_key(7).grant;
        Action::RegisterOwnKey(RoleKey { organisation, ..by })
    });
    prop_oneof![
        lei().prop_map(|member| Action::SuspendMember { member }),
        lei().prop_map(|member| Action::ReinstateMember { member }),
        rotation.clone().prop_map(Action::RotateKey),
        rotation.prop_map(Action::RotateOwnKey),
        own,
        key(known).prop_map(|key| Action::RevokeOwnKey { key }),
        (role, 0..10u8).prop_map(|(role, persons)| Action::SetRolePolicy { role, persons }),
        (one_of(&known.accounts), prop::collection::vec(step, 0..6))
            .prop_map(|(account, steps)| Action::SetAccountPolicy { account, steps }),
        (key(known), code(), terms).prop_map(|(key, currency, terms)| Action::SetKeyLimits {
            key,
            currency,
            terms
        }),
        (one_of(&known.accounts), hash(), hash()).prop_map(|(parent, blind, label)| {
            Action::OpenSubAccount(OpenSub { parent, blind, label })
        }),
        directory(),
    ]
}

/// Entries that change soon, late or never; keys that are theirs, and others.
fn directory() -> impl Strategy<Value = Action> + use<> {
    let at = prop_oneof![4 => 0..60_000u64, 1 => any::<u64>()];
    let from = at.prop_map(|ahead| FOUNDED.after(ahead));
    let key = || prop_oneof![hash(), lei().prop_map(|lei| Bank { lei }.directory().encryption)];
    let name = prop::sample::select(vec!["BIC:BANKUS33", "BIC:BANKUS33NYC", "CLR:USABA:1"]);
    let aliases = prop::collection::vec(name.prop_map(|name| Text::new(name).unwrap()), 0..3);
    let overlap = prop_oneof![Just(0u64), Just(30_000), Just(MAX_OVERLAP_MS), any::<u64>()];
    let new = (key(), overlap).prop_map(|(key, overlap_ms)| NewMessageKey { key, overlap_ms });
    let asked = (
        prop::option::of(Just(Text::new("https://new.bank.example").unwrap())),
        prop::option::of(new),
        from.clone(),
    );
    prop_oneof![
        3 => asked.prop_map(|(endpoint, message_key, from)| {
            Action::ChangeDirectory(DirectoryChange { endpoint, message_key, from })
        }),
        2 => (key(), prop::option::of(key()))
            .prop_map(|(key, replacement)| Action::RevokeMessageKey { key, replacement }),
        1 => (lei(), aliases, from)
            .prop_map(|(member, aliases, from)| Action::NameMember(Naming { member, aliases, from })),
        1 => prop_oneof![Just(10_000u64), any::<u64>()]
            .prop_map(|notice_ms| Action::SetDirectoryTerms { notice_ms }),
    ]
}

fn code() -> impl Strategy<Value = Currency> + Clone {
    prop::sample::select(vec![usd(), jpy(), Currency::new("XAU").unwrap()])
}

fn window() -> impl Strategy<Value = u64> {
    prop_oneof![4 => Just(MIN_WINDOW_MS), 2 => Just(MAX_WINDOW_MS), 1 => any::<u64>()]
}

fn payment_terms() -> impl Strategy<Value = PaymentTerms> {
    let limit = || prop_oneof![2 => Just(None), 1 => number().prop_map(Some)];
    let limits = move || {
        (limit(), limit())
            .prop_map(|(per_payment, per_window)| PaymentLimits { per_payment, per_window })
    };
    (window(), limits(), limits(), limits()).prop_map(|(window_ms, basic, full, enhanced)| {
        PaymentTerms { window_ms, basic, full, enhanced }
    })
}

fn mint_terms() -> impl Strategy<Value = MintTerms> {
    let cap = || prop_oneof![2 => Just(None), 1 => number().prop_map(Some)];
    let window = window();
    let age = prop_oneof![3 => Just(0), 1 => Just(MIN_AGE_MS), 1 => any::<u64>()];
    let points = prop_oneof![4 => Just(10_000u16), 1 => 0..10_002u16];
    let days = prop::collection::vec(any::<u32>(), 0..3);
    let parts = (cap(), window, [cap(), cap(), cap(), cap()], points, age, any::<u8>(), days);
    parts.prop_map(|(allowance, window_ms, caps, concentration, max_age_ms, weekend, holidays)| {
        let [all, custodian, trustee, agent] = caps;
        let caps = MintCaps { all, custodian, trustee, agent };
        let calendar = Calendar { weekend, holidays };
        MintTerms { allowance, window_ms, caps, concentration, max_age_ms, calendar }
    })
}

pub(super) fn target(known: &Known) -> impl Strategy<Value = FreezeTarget> + use<> {
    prop_oneof![
        one_of(&known.accounts).prop_map(FreezeTarget::Account),
        one_of(&known.parties).prop_map(FreezeTarget::Party),
        code().prop_map(FreezeTarget::Minting),
        code().prop_map(FreezeTarget::Currency),
    ]
}
