//! A network of four validators with fixed keys, and commands for it.
#![allow(dead_code, reason = "every test target uses its own part")]

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use consensus::{IdentitySecret, VoteSecret};
use ledger_core::{
    command::{Body, Command, SignedCommand},
    digest::Hash32,
    genesis::{FORMAT, Genesis, Limits, Thresholds, Validator},
    id::{Leg, Lei, MessageKind, Text, Uetr},
    signature::{MemorySigner, PublicKey},
    time::LedgerTime,
};

/// One validator's secrets.
pub(crate) struct Secrets {
    pub(crate) identity: IdentitySecret,
    pub(crate) vote: VoteSecret,
}

/// Secrets of validators, sorted by identity like the genesis.
pub(crate) fn secrets(validators: u8) -> Vec<Secrets> {
    let mut secrets: Vec<_> = (1..=validators)
        .map(|n| Secrets {
            identity: IdentitySecret::from_bytes([n; 32]),
            vote: VoteSecret::from_bytes(&[0x10 + n; 32]).unwrap(),
        })
        .collect();
    secrets.sort_by_key(|s| s.identity.public_key());
    secrets
}

/// Bounds of the test network.
pub(crate) const LIMITS: Limits = Limits {
    block_bytes: 1024 * 1024,
    block_units: 100_000,
    command_ttl_ms: 600_000,
    attestation_max_age_ms: 86_400_000,
    organisation_share: 10_000,
    growth_quota: 5_000_000,
};

/// How a committee lists a validator.
pub(crate) fn validator(index: usize, secrets: &Secrets) -> Validator {
    Validator {
        name: Text::new(&format!("validator-{index}")).unwrap(),
        identity: secrets.identity.public_key(),
        vote_key: secrets.vote.vote_key(),
        proof_of_possession: secrets.vote.prove_possession(),
    }
}

/// A genesis of these validators.
pub(crate) fn genesis(secrets: &[Secrets]) -> Genesis {
    Genesis {
        format: FORMAT.to_owned(),
        name: Text::new("test").unwrap(),
        time: LedgerTime::new(0),
        epoch: 0,
        epoch_length: 4_096,
        limits: LIMITS,
        validators: secrets.iter().enumerate().map(|(index, s)| validator(index, s)).collect(),
        currencies: Vec::new(),
        members: Vec::new(),
        role_keys: Vec::new(),
        thresholds: Thresholds { operator: 2, treasury: 2 },
    }
}

/// Loopback addresses of these validators.
pub(crate) fn addresses_of(secrets: &[Secrets], ports: &[u16]) -> BTreeMap<PublicKey, SocketAddr> {
    let at = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    secrets.iter().zip(ports).map(|(s, port)| (s.identity.public_key(), at(*port))).collect()
}

/// Loopback addresses with these ports.
pub(crate) fn addresses(genesis: &Genesis, ports: &[u16]) -> BTreeMap<PublicKey, SocketAddr> {
    let at = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    genesis.validators.iter().zip(ports).map(|(v, port)| (v.identity, at(*port))).collect()
}

/// A well-signed command, distinct for every number.
pub(crate) fn command(genesis: &Genesis, number: u64, expires: LedgerTime) -> SignedCommand {
    command_by(genesis, number, expires, "529900T8BM49AURSDO55")
}

/// A well-signed command of an organisation.
pub(crate) fn command_by(
    genesis: &Genesis,
    number: u64,
    expires: LedgerTime,
    organisation: &str,
) -> SignedCommand {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    let mut uetr = [0; 16];
    uetr.copy_from_slice(&bytes[..16]);
    let organisation = Lei::new(organisation).unwrap();
    let leg = Leg {
        instructing: organisation,
        uetr: Uetr::new(uetr),
        kind: MessageKind::Pacs008,
        instructed: Lei::new("7LTWFZYICNSX8D621K86").unwrap(),
    };
    let body = Body {
        chain: genesis.chain_id(),
        organisation,
        signers: Vec::new(),
        nonce: Hash32::new(bytes),
        expires,
        command: Command::Close(leg),
    };
    SignedCommand::sign(body, &[&MemorySigner::new(&[9; 32])]).unwrap()
}
