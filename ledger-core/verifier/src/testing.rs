//! A small network that signs its own certificates, so that tests need no engine.
//!
//! # Place      tests of this crate and, behind the feature `testing`, of others
//! # Absent     secrecy: every key here follows from a small number
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "only tests run it, on their own input"
)]

use std::collections::BTreeMap;

use bls12_381::{G1Projective, G2Affine, Scalar};
use ledger_core::{
    account::{Account, AccountStatus, Balances},
    block::{Context, Header, Results},
    bls::{POSSESSION_TAG, VOTE_TAG, hash_to_g1, possession_message, put_varint},
    digest::{Domain, Hash32},
    epoch::Epochs,
    genesis::{
        CurrencyTerms, FORMAT, Genesis, Limits, Thresholds, Validator, VoteKey, VoteSignature,
    },
    id::{AccountId, ChainId, CommandId, Leg, Lei, MessageKind, Text, Uetr},
    merkle::{LogHead, Tree},
    money::{Currency, Money},
    proof::{ReceiptProof, RecordProof, SlotContent, SlotLeaf, StateHead},
    receipt::{HistoryLeaf, Kind, Outcome, RECEIPT_VERSION, Receipt},
    record::{Name, Record},
    signature::{MemorySigner, PublicKey, Signer},
    time::{Height, LedgerTime},
};

use crate::{
    certificate::{Finalization, quorum},
    committee::{Committee, Handover},
};

mod changes;
mod history;
mod state;

pub use changes::changes;
pub use history::TestJournal;
pub use state::{TestChain, TestMember, TestState};

/// A validator's keys, made from a small number.
#[derive(Clone, Debug)]
pub struct Voter {
    secret: Scalar,
    identity: PublicKey,
}

impl Voter {
    /// The voter with this number.
    #[must_use]
    pub fn new(number: u8) -> Self {
        let mut wide = [0u8; 64];
        for (at, byte) in wide.iter_mut().enumerate() {
            *byte = Domain::Content.hash(&[number, at as u8]).get()[0];
        }
        let identity = MemorySigner::new(&[number; 32]).public_key();
        Self { secret: Scalar::from_bytes_wide(&wide), identity }
    }

    /// Its Ed25519 identity.
    #[must_use]
    pub const fn identity(&self) -> PublicKey {
        self.identity
    }

    /// Its public vote key.
    #[must_use]
    pub fn vote_key(&self) -> VoteKey {
        VoteKey::new(G2Affine::from(G2Affine::generator() * self.secret).to_compressed())
    }

    /// Its proof that it holds its vote key.
    #[must_use]
    pub fn prove_possession(&self) -> VoteSignature {
        let message = possession_message(&self.vote_key());
        compressed(self.sign(&message, POSSESSION_TAG))
    }

    /// How genesis lists it.
    #[must_use]
    pub fn validator(&self, name: &str) -> Validator {
        Validator {
            name: Text::new(name).expect("a name"),
            identity: self.identity,
            vote_key: self.vote_key(),
            proof_of_possession: self.prove_possession(),
        }
    }

    fn sign(&self, message: &[u8], tag: &[u8]) -> G1Projective {
        hash_to_g1(message, tag) * self.secret
    }
}

fn compressed(point: G1Projective) -> VoteSignature {
    VoteSignature::new(bls12_381::G1Affine::from(point).to_compressed())
}

/// Signs what a finalization says, in the name of its signers.
fn signed(unsigned: Finalization, chain: &ChainId, voters: &[Voter]) -> Vec<u8> {
    let message = unsigned.message(chain);
    let votes = unsigned.signers.iter().map(|at| voters[*at].sign(&message, VOTE_TAG));
    let signature = compressed(votes.fold(G1Projective::identity(), |sum, vote| sum + vote));
    encode_finalization(&Finalization { signature, ..unsigned }, voters.len())
}

/// Signs a finalization as the engine would: `voters` in the order of the committee, `signers`
/// the places of those that sign.
#[must_use]
pub fn sign_finalization(header: &Header, voters: &[Voter], signers: &[usize]) -> Vec<u8> {
    let unsigned = Finalization {
        epoch: header.context.epoch,
        view: header.context.view,
        parent_view: header.context.parent_view,
        digest: header.digest(),
        signers: signers.to_vec(),
        signature: VoteSignature::new([0; 48]),
    };
    signed(unsigned, &header.chain, voters)
}

/// The bytes of a finalization in a committee of this size.
#[must_use]
pub fn encode_finalization(finalization: &Finalization, validators: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [finalization.epoch, finalization.view, finalization.parent_view] {
        put_varint(&mut bytes, number);
    }
    bytes.extend_from_slice(finalization.digest.get());
    bytes.extend_from_slice(&(validators as u64).to_be_bytes());
    let mut bitmap = vec![0u8; validators.div_ceil(8)];
    for signer in &finalization.signers {
        bitmap[signer / 8] |= 1 << (signer % 8);
    }
    bytes.extend_from_slice(&bitmap);
    bytes.extend_from_slice(finalization.signature.get());
    bytes
}

/// An LEI with valid check digits: `name` (letters and digits) padded with zeros.
#[must_use]
pub fn lei(name: &str) -> Lei {
    let stem = format!("{name:0<18}").to_uppercase();
    let found = (2..=98u8).find_map(|check| Lei::new(&format!("{stem}{check:02}")));
    found.expect("at most 18 letters and digits")
}

/// A currency by its code.
#[must_use]
pub fn currency(code: &str) -> Currency {
    Currency::new(code).expect("three uppercase letters")
}

/// A network of a few validators with dollars (two decimals) and yen (none).
#[derive(Clone, Debug)]
pub struct TestNetwork {
    /// What the network agrees on.
    pub genesis: Genesis,
    /// Its voters, in the order of the committee.
    pub voters: Vec<Voter>,
}

impl TestNetwork {
    /// A network of so many validators.
    #[must_use]
    pub fn new(validators: u8) -> Self {
        let mut voters: Vec<_> = (1..=validators).map(Voter::new).collect();
        voters.sort_by_key(Voter::identity);
        let listed =
            voters.iter().enumerate().map(|(at, v)| v.validator(&format!("validator-{at}")));
        let issuer = lei("ISSUER");
        let terms = |code, scale| CurrencyTerms { code: currency(code), scale, issuer };
        let genesis = Genesis {
            format: FORMAT.to_owned(),
            name: Text::new("test").expect("a name"),
            time: LedgerTime::new(1_767_225_600_000),
            epoch: 0,
            epoch_length: 4_096,
            limits: Limits {
                block_bytes: 1024 * 1024,
                block_units: 100_000,
                command_ttl_ms: 600_000,
                attestation_max_age_ms: 86_400_000,
                organisation_share: 8_000,
                growth_quota: 5_000_000,
            },
            validators: listed.collect(),
            currencies: vec![terms("JPY", 0), terms("USD", 2)],
            members: vec![],
            role_keys: vec![],
            thresholds: Thresholds { operator: 2, treasury: 2 },
        };
        Self { genesis, voters }
    }

    /// Its committee.
    #[must_use]
    pub fn committee(&self) -> Committee {
        Committee::new(&self.genesis).expect("a sound genesis")
    }

    /// A header at this height that declares these results.
    #[must_use]
    pub fn header(&self, height: u64, results: Results) -> Header {
        let parent = Header {
            height: Height::new(height - 1),
            ..Header::genesis(&self.genesis, Hash32::ZERO)
        };
        let context = Context {
            epoch: Epochs::of(&self.genesis).containing(Height::new(height)),
            view: height + 300,
            parent_view: height + 298,
            leader: self.voters[0].identity(),
        };
        let now = self.genesis.time.after(height * 1_000);
        parent.child(context, now, &[], results)
    }

    /// What a finalization says, signed by those that it names.
    #[must_use]
    pub fn sign(&self, unsigned: &Finalization) -> Vec<u8> {
        signed(unsigned.clone(), &self.genesis.chain_id(), &self.voters)
    }

    /// The committee of these voters from an epoch on, and the handover to it by the network's own.
    #[must_use]
    pub fn hand_over(&self, epoch: u64, voters: &[Voter]) -> Handover {
        let validators: Vec<_> = voters.iter().map(|voter| voter.validator("joined")).collect();
        let last = Epochs::of(&self.genesis).last(epoch - 1);
        let zero = Results {
            height: Height::new(0),
            state_root: Hash32::ZERO,
            history_root: Hash32::ZERO,
        };
        let mut header = self.header(last.get(), zero);
        header.next_committee = Domain::Committee.hash_of(&(epoch, &validators));
        Handover { header, certificate: self.certify(&header), validators }
    }

    /// A certificate of a header by the first quorum of the committee.
    #[must_use]
    pub fn certify(&self, header: &Header) -> Vec<u8> {
        let signers: Vec<_> = (0..quorum(self.voters.len())).collect();
        sign_finalization(header, &self.voters, &signers)
    }

    /// A receipt of a payment over USD 1234.50 at height 5.
    #[must_use]
    pub fn receipt(&self, index: u32, outcome: Outcome) -> Receipt {
        let (payer, payee) = (lei("PAYER"), lei("PAYEE"));
        let mut uetr = [0x11; 16];
        (uetr[6], uetr[8]) = (0x41, 0x91);
        Receipt {
            version: RECEIPT_VERSION,
            height: Height::new(5),
            index,
            entered: self.genesis.time.after(4_000),
            irrevocable: self.genesis.time.after(5_000),
            command: CommandId::new(*Domain::Content.hash(&index.to_le_bytes()).get()),
            organisation: payer,
            kind: Kind::Post,
            outcome,
            leg: Some(Leg {
                instructing: payer,
                uetr: Uetr::new(uetr),
                kind: MessageKind::Pacs008,
                instructed: payee,
            }),
            debit: Some(AccountId::new([0xaa; 32])),
            credit: Some(AccountId::new([0xbb; 32])),
            money: Some(Money::new(currency("USD"), 123_450)),
            parties: vec![payee, payer],
            run: None,
        }
    }

    /// Proof of the first of these receipts, all of one block, and a header at height 9 that
    /// reports results up to height 7.
    #[must_use]
    pub fn receipt_proof(&self, receipts: &[Receipt]) -> (ReceiptProof, Header) {
        let salt = |index: u32| Domain::Salt.hash(&index.to_le_bytes());
        let leaves = Tree::new(receipts.iter().map(|r| r.leaf(&salt(r.index))).collect());
        let receipt = receipts[0].clone();
        let at = |height: u64| HistoryLeaf {
            height: Height::new(height),
            digest: Domain::Content.hash(&height.to_le_bytes()),
            receipts: if height == receipt.height.get() { leaves.head() } else { LogHead::EMPTY },
            state_root: Domain::State.hash(&height.to_le_bytes()),
        };
        let history: Vec<_> = (0..=7).map(at).collect();
        let tree = Tree::new(history.iter().map(HistoryLeaf::leaf).collect());
        let none = BTreeMap::new();
        let (index, height) = (u64::from(receipt.index), receipt.height.get());
        let proof = ReceiptProof {
            salt: salt(receipt.index),
            path: leaves.path(index, leaves.len(), &none).expect("a path"),
            history: history[height as usize],
            history_path: tree.path(height, 8, &none).expect("a path"),
            receipt,
        };
        let state_root = history[7].state_root;
        let results = Results { height: Height::new(7), state_root, history_root: tree.root() };
        (proof, self.header(9, results))
    }

    /// An account with USD 10.00 free and 0.07 earmarked.
    #[must_use]
    pub fn account(&self) -> Account {
        Account {
            id: AccountId::new([0xaa; 32]),
            member: lei("PAYER"),
            currency: currency("USD"),
            status: AccountStatus::Active,
            balances: Balances { available: 1_000, held: 7, preburned: 0 },
            journal: LogHead { count: 1, root: Hash32::new([0xcc; 32]) },
        }
    }

    /// Proof of a record among six slots, and a header at height 9 that declares its state.
    #[must_use]
    pub fn record_proof(&self, name: &Name, record: Record) -> (RecordProof, Header) {
        let salt = |slot: u64| Domain::Salt.hash(&slot.to_le_bytes());
        let content = SlotContent::Used { key: name.key(), next: Hash32::MAX, record };
        let leaf = SlotLeaf { slot: 4, content };
        let free = |slot| SlotLeaf { slot, content: SlotContent::Free { next: None } };
        let slots = (0..6).map(|at| if at == 4 { leaf.clone() } else { free(at) });
        let tree = Tree::new(slots.map(|s| s.leaf(&salt(s.slot))).collect());
        let path = tree.path(4, 6, &BTreeMap::new()).expect("a path");
        let head = StateHead { slots: 6, free: Some(5), tree: tree.root() };
        let results = Results {
            height: Height::new(7),
            state_root: head.root(),
            history_root: Hash32::new([0xdd; 32]),
        };
        (RecordProof { leaf, salt: salt(4), path, head }, self.header(9, results))
    }
}
