//! What gate, payee and custodian say, and the identities that are hashes.

use ledger_core::{
    digest::{Domain, Hash32},
    id::{AccountId, EntryId, ReserveId},
    time::Height,
};

use crate::{
    pin::{Pin, check, updating},
    programs,
    samples::{
        CHAIN, RESERVE, acceptance, actions, attestation, bank_a, bulk, custodian, gate, genesis,
        hash, leg, payment, quarantine, set, signed_acceptance, signed_consent, signed_gate, text,
        usd,
    },
    units,
};

fn identities() -> Vec<Pin> {
    let (a, custodian, usd) = (bank_a(), custodian(), usd());
    let (blind, servicer) = (hash(0xb1), text("SR-2026-000018"));
    let account = AccountId::derive(&CHAIN, &a, usd, &blind);
    let reserve = ReserveId::derive(&custodian, usd, &hash(0x1b));
    let entry = EntryId::derive(&custodian, &RESERVE, &servicer, 2);
    vec![
        Pin::of("leg_id", &leg()).hashed(Domain::Leg, leg().id().get()),
        Pin::of("account_id", &(CHAIN, a, usd, blind)).hashed(Domain::Account, account.get()),
        Pin::of("reserve_id", &(custodian, usd, hash(0x1b))).hashed(Domain::Reserve, reserve.get()),
        Pin::of("entry_id", &(custodian, RESERVE, servicer, 2u32))
            .hashed(Domain::Entry, entry.get()),
    ]
}

fn genesis_pins() -> Vec<Pin> {
    let genesis = genesis();
    genesis.check().unwrap();
    let committee = (genesis.epoch, genesis.validators.clone());
    vec![
        Pin::of("chain_id", &genesis).hashed(Domain::Chain, genesis.chain_id().get()),
        Pin::of("committee_hash", &committee)
            .hashed(Domain::Committee, genesis.committee_hash().get()),
    ]
}

#[test]
fn w2_w3_w4_vectors_of_statements_and_identities() {
    let (gate, yes, attested) = (gate(), acceptance(), attestation());
    let mut pins = vec![
        Pin::of("payment_hash", &payment()).hashed(Domain::Payment, payment().hash().get()),
        Pin::of("gate_attestation", &gate).signed(&gate, &signed_gate().by),
        Pin::of("acceptance", &yes).signed(&yes, &signed_acceptance().by),
        Pin::of("signed_gate_attestation", &signed_gate()),
        Pin::of("signed_acceptance", &signed_acceptance()),
        Pin::of("attestation_hash", &attested).hashed(Domain::Attestation, attested.hash().get()),
    ];
    for (name, action) in actions() {
        let content: Hash32 = action.content();
        let pin = Pin::of(format!("proposal_content/{name}"), &action);
        pins.push(pin.hashed(Domain::Proposal, content.get()));
    }
    let (set, bulk) = (set(), bulk());
    let terms = (bank_a(), bulk.mode, bulk.kind, bulk.currency, bulk.debit, bulk.groups.clone());
    let group = (bank_a(), bulk.kind, bulk.currency, bulk.debit, bulk.groups[0].clone());
    let group_hash = bulk.group_hash(&bank_a(), &bulk.groups[0]);
    let consent = signed_consent(set.hash());
    pins.push(Pin::of("set_hash", &set.legs).hashed(Domain::Set, set.hash().get()));
    pins.push(Pin::of("bulk_hash", &terms).hashed(Domain::Bulk, bulk.hash(&bank_a()).get()));
    pins.push(Pin::of("group_hash", &group).hashed(Domain::Group, group_hash.get()));
    pins.push(Pin::of("consent", &consent.value).signed(&consent.value, &consent.by));
    let swept = (Height::new(42), leg().id());
    let sweep = Domain::Sweep.hash_of(&swept);
    pins.push(Pin::of("sweep_id", &swept).hashed(Domain::Sweep, sweep.get()));
    let aside = quarantine();
    pins.push(Pin::of("quarantine", &aside.value).signed(&aside.value, &aside.by[0]));
    pins.extend(units::statements());
    pins.extend(programs::signed());
    pins.extend(identities());
    pins.extend(genesis_pins());
    check(
        "statements",
        "Signed statements and identities: digest is the hash of the bytes under the domain (W2), \
         signatures are over it (W3). chain_id is that of a whole genesis (W4).",
        &pins,
    );
}

/// Every domain that `ledger-core` itself hashes or signs under has a vector here or in another
/// file; those of gateways are pinned where they are used.
#[test]
fn w2_every_domain_has_a_vector_somewhere() {
    if updating() {
        return; // Files are being written beside this test.
    }
    let of = |domain: Domain| match domain {
        Domain::Command => "commands",
        Domain::Payment
        | Domain::Gate
        | Domain::Acceptance
        | Domain::Attestation
        | Domain::Proposal
        | Domain::Leg
        | Domain::Account
        | Domain::Reserve
        | Domain::Entry
        | Domain::Chain
        | Domain::Set
        | Domain::Bulk
        | Domain::Group
        | Domain::Consent
        | Domain::Sweep
        | Domain::Units
        | Domain::Exchange
        | Domain::Vault
        | Domain::Module
        | Domain::Resource
        | Domain::Call
        | Domain::Quarantine
        | Domain::Committee => "statements",
        Domain::Header | Domain::Payload | Domain::State | Domain::Blinding => "blocks",
        Domain::Salt | Domain::Part | Domain::Sum | Domain::Liabilities => "journals",
        Domain::Key => "names",
        Domain::Message
        | Domain::Delivery
        | Domain::Content
        | Domain::List
        | Domain::Case
        | Domain::Inquiry
        | Domain::InquiryReceipt
        | Domain::Ticket
        | Domain::Recall
        | Domain::RecallAnswer
        | Domain::Exchanging
        | Domain::ExchangingAnswer
        | Domain::AccountCheck
        | Domain::AccountCheckAnswer
        | Domain::ReturnNotice
        | Domain::ReturnReceipt => "gateways",
    };
    let all = [
        Domain::Chain,
        Domain::Header,
        Domain::Payload,
        Domain::Command,
        Domain::Payment,
        Domain::Gate,
        Domain::Acceptance,
        Domain::Proposal,
        Domain::Key,
        Domain::Account,
        Domain::Reserve,
        Domain::Entry,
        Domain::Leg,
        Domain::Attestation,
        Domain::Blinding,
        Domain::Salt,
        Domain::State,
        Domain::Committee,
        Domain::Set,
        Domain::Bulk,
        Domain::Group,
        Domain::Consent,
        Domain::Sweep,
        Domain::Part,
        Domain::Sum,
        Domain::Liabilities,
        Domain::Units,
        Domain::Exchange,
        Domain::Vault,
        Domain::Module,
        Domain::Resource,
        Domain::Call,
        Domain::Quarantine,
    ];
    for domain in all {
        let file = format!("{}/tests/vectors/{}.json", env!("CARGO_MANIFEST_DIR"), of(domain));
        let file = std::fs::read_to_string(file).unwrap();
        let spelled = format!("\"domain\": \"{}\"", domain.text());
        assert!(file.contains(&spelled), "no vector under {}", domain.text());
    }
}
