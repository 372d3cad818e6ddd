//! Domain-separated SHA-256: the only hash of the ledger.
//!
//! # Place      below commands, blocks, trees and proofs
//! # Invariants W2 every purpose has a domain string of its own, so no bytes mean two things
//! # Absent     keyed hashes and key derivation for secrets of people (they live in gateways)

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::codec::{encode, fixed_bytes};

mod many;

pub use many::{leaf_hashes, node_hashes};

fixed_bytes!(
    /// A SHA-256 digest.
    Hash32,
    32
);

impl Default for Hash32 {
    fn default() -> Self {
        Self::ZERO
    }
}

impl Hash32 {
    /// Thirty-two zero bytes: "nothing there".
    pub const ZERO: Self = Self::new([0; 32]);
    /// Thirty-two `ff` bytes: above every key of the state tree.
    pub const MAX: Self = Self::new([0xff; 32]);
}

/// What a hash or signature is for. The list is append-only; strings are in docs/spec/wire.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Identity of a network: hash of its genesis.
    Chain,
    /// Header of a block.
    Header,
    /// Commands of a block.
    Payload,
    /// Body of a command; what a member signs.
    Command,
    /// What a payment is, for the signatures of gate and payee.
    Payment,
    /// A gate's compliance attestation.
    Gate,
    /// A beneficiary bank's signed yes.
    Acceptance,
    /// Content of a proposal, named by its approvals.
    Proposal,
    /// Key of a record in the state tree.
    Key,
    /// Address of an account.
    Account,
    /// Identity of a reserve account.
    Reserve,
    /// Identity of a bank entry (its nullifier).
    Entry,
    /// Identity of a payment leg.
    Leg,
    /// A custodian's attestation, in the chain of its predecessors.
    Attestation,
    /// The secret of a block from which its salts come.
    Blinding,
    /// A salt.
    Salt,
    /// Root of the state.
    State,
    /// Committee of an epoch.
    Committee,
    /// A message between gateways, as its sender signs it.
    Message,
    /// A gateway's receipt for a message delivered to it.
    Delivery,
    /// Salted commitment to a message's content.
    Content,
    /// Version of a screening list.
    List,
    /// Legs that settle together, for the consents of their members.
    Set,
    /// A bulk of payments, for the signature of the gate.
    Bulk,
    /// A bulk's payments to one member, for that member's consent.
    Group,
    /// A member's signed yes to a set or a group.
    Consent,
    /// Identity of what the ledger does by itself in a block.
    Sweep,
    /// A part of an account's balance in a tree of liabilities.
    Part,
    /// An inner node of a tree of liabilities.
    Sum,
    /// What is published of a tree of liabilities.
    Liabilities,
    /// What a delivery of units is, for the signature of who receives them.
    Units,
    /// Legs in money and in units that settle together, for the consents of their members.
    Exchange,
    /// Identity of a vault.
    Vault,
    /// Key of a module.
    Module,
    /// Key of a resource.
    Resource,
    /// A call of a contract, for its gates and consents.
    Call,
    /// Identity of a case between two banks.
    Case,
    /// A message in a case, as its writer signs it.
    Inquiry,
    /// A gateway's receipt for messages of a case.
    InquiryReceipt,
    /// A pre-clearance ticket, as the bank that cleared signs it.
    Ticket,
    /// A request to give a settled payment back, as the bank that asks signs it.
    Recall,
    /// What the asked bank says to such a request.
    RecallAnswer,
    /// What a bank asks a market maker: a quote, or that one counts.
    Exchanging,
    /// What the market maker says to it.
    ExchangingAnswer,
    /// A question whether an account is somebody's.
    AccountCheck,
    /// What the account's bank says to it.
    AccountCheckAnswer,
    /// Commands of a block that its validators set aside.
    Quarantine,
    /// A return that nobody asked for, as the bank that gives back tells it.
    ReturnNotice,
    /// What the bank that gets its money back says to that.
    ReturnReceipt,
}

impl Domain {
    /// The domain string, as it is hashed.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Chain => "florin/chain/1",
            Self::Header => "florin/header/1",
            Self::Payload => "florin/payload/1",
            Self::Command => "florin/command/1",
            Self::Payment => "florin/payment/1",
            Self::Gate => "florin/gate/1",
            Self::Acceptance => "florin/acceptance/1",
            Self::Proposal => "florin/proposal/1",
            Self::Key => "florin/key/1",
            Self::Account => "florin/account/1",
            Self::Reserve => "florin/reserve/1",
            Self::Entry => "florin/entry/1",
            Self::Leg => "florin/leg/1",
            Self::Attestation => "florin/attestation/1",
            Self::Blinding => "florin/blinding/1",
            Self::Salt => "florin/salt/1",
            Self::State => "florin/state/1",
            Self::Committee => "florin/committee/1",
            Self::Message => "florin/message/1",
            Self::Delivery => "florin/delivery/1",
            Self::Content => "florin/content/1",
            Self::List => "florin/list/1",
            Self::Set => "florin/set/1",
            Self::Bulk => "florin/bulk/1",
            Self::Group => "florin/group/1",
            Self::Consent => "florin/consent/1",
            Self::Sweep => "florin/sweep/1",
            Self::Part => "florin/part/1",
            Self::Sum => "florin/sum/1",
            Self::Liabilities => "florin/liabilities/1",
            Self::Units => "florin/units/1",
            Self::Exchange => "florin/exchange/1",
            Self::Vault => "florin/vault/1",
            Self::Module => "florin/module/1",
            Self::Resource => "florin/resource/1",
            Self::Call => "florin/call/1",
            Self::Case => "florin/case/1",
            Self::Inquiry => "florin/inquiry/1",
            Self::InquiryReceipt => "florin/inquiry-receipt/1",
            Self::Ticket => "florin/ticket/1",
            Self::Recall => "florin/recall/1",
            Self::RecallAnswer => "florin/recall-answer/1",
            Self::Exchanging => "florin/exchanging/1",
            Self::ExchangingAnswer => "florin/exchanging-answer/1",
            Self::AccountCheck => "florin/account-check/1",
            Self::AccountCheckAnswer => "florin/account-check-answer/1",
            Self::Quarantine => "florin/quarantine/1",
            Self::ReturnNotice => "florin/return-notice/1",
            Self::ReturnReceipt => "florin/return-receipt/1",
        }
    }

    /// `SHA-256(len(text) as one byte || text || bytes)`.
    #[must_use]
    pub fn hash(self, bytes: &[u8]) -> Hash32 {
        let text = self.text();
        let mut hasher = Sha256::new();
        hasher.update([length(text)]);
        hasher.update(text);
        hasher.update(bytes);
        Hash32::new(hasher.finalize().into())
    }

    /// What stands before the bytes that are hashed.
    fn prefix(self) -> Vec<u8> {
        let text = self.text();
        [&[length(text)], text.as_bytes()].concat()
    }

    /// Hash of a value's canonical bytes.
    #[must_use]
    pub fn hash_of<T: Serialize>(self, value: &T) -> Hash32 {
        self.hash(&encode(value))
    }
}

/// Every domain string is shorter than 256 bytes; see the test.
fn length(text: &str) -> u8 {
    u8::try_from(text.len()).unwrap_or(u8::MAX)
}

/// `SHA-256` of a file's bytes, as every machine has a tool for it; it names no value of the ledger.
#[must_use]
pub fn file_hash(bytes: &[u8]) -> Hash32 {
    Hash32::new(Sha256::digest(bytes).into())
}

/// Leaf of every tree: `SHA-256(0x00 || salt || bytes)`.
#[must_use]
pub fn leaf_hash(salt: &Hash32, bytes: &[u8]) -> Hash32 {
    let mut hasher = Sha256::new();
    hasher.update([0x00]);
    hasher.update(salt.get());
    hasher.update(bytes);
    Hash32::new(hasher.finalize().into())
}

/// Inner node of every tree: `SHA-256(0x01 || left || right)`.
#[must_use]
pub fn node_hash(left: &Hash32, right: &Hash32) -> Hash32 {
    let mut hasher = Sha256::new();
    hasher.update([0x01]);
    hasher.update(left.get());
    hasher.update(right.get());
    Hash32::new(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const ALL: [Domain; 45] = [
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
        Domain::Message,
        Domain::Delivery,
        Domain::Content,
        Domain::List,
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
        Domain::Case,
        Domain::Inquiry,
        Domain::InquiryReceipt,
        Domain::Ticket,
        Domain::Recall,
        Domain::RecallAnswer,
        Domain::Exchanging,
        Domain::ExchangingAnswer,
        Domain::AccountCheck,
        Domain::AccountCheckAnswer,
        Domain::Quarantine,
        Domain::ReturnNotice,
        Domain::ReturnReceipt,
    ];

    #[test]
    fn w2_domain_strings_are_distinct_and_short() {
        let texts: BTreeSet<_> = ALL.iter().map(|d| d.text()).collect();
        assert_eq!(texts.len(), ALL.len());
        assert!(texts.iter().all(|t| t.len() < 64 && t.starts_with("florin/")));
    }

    #[test]
    fn a_files_hash_is_that_of_its_bytes_alone() {
        let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(file_hash(b"abc").to_hex(), of_abc);
    }

    #[test]
    fn w2_the_same_bytes_hash_differently_under_two_domains() {
        assert_ne!(Domain::Gate.hash(b"x"), Domain::Acceptance.hash(b"x"));
    }
}
