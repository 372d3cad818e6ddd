//! The evidence pack of a payment: what one of its two banks can show to a third party, who needs
//! nothing but this file and the genesis to check it.
//!
//! # Invariants everything in it is bytes as they were signed, hashed or proved; nothing is a summary
//! # Absent     inquiries about the payment (planned)

use ledger_core::{
    codec::encode,
    digest::Hash32,
    id::{Leg, LegId},
    signature::Signed,
};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::ReceiptFile;

use crate::{
    anchors::{self, AnchorProof},
    gateway::Gateway,
    openapi::text::Id,
    payments::{
        delivery::{Answer, Delivery},
        inbox::InboxRecord,
        record::PaymentRecord,
    },
    port::StoreFault,
};

/// Format of the pack.
pub const FORMAT: &str = "florin-evidence-1";

/// An evidence pack, as JSON.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EvidencePack {
    /// [`FORMAT`].
    pub format: &'static str,
    /// Chain id.
    #[schema(value_type = Id)]
    pub network: String,
    /// The leg.
    #[schema(value_type = Object)]
    pub leg: Leg,
    /// The message, and what opens the payment's commitment to it.
    pub message: OpenedMessage,
    /// Hex BCS of the beneficiary bank's signed answer; null before it decided.
    pub answer: Option<String>,
    /// Hex BCS of the payer's signed delivery of the message; null at the payer itself.
    pub delivery: Option<String>,
    /// Hex BCS of this bank's own signed commands behind the receipts: each one's body hashes to the
    /// command id of its receipt, and a hold's names the commitment to the message.
    pub commands: Vec<String>,
    /// `florin-receipt-1` files of everything that had an effect on the leg, in ledger order.
    pub receipts: Vec<String>,
    /// The anchor under which message and answer are; null before the interval's end.
    pub anchor: Option<OpenedAnchor>,
}

/// `commitment = florin/content/1 hash of (salt || message)`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpenedMessage {
    /// The message as text.
    pub xml: String,
    /// Hex.
    pub salt: String,
    /// Hex.
    pub commitment: String,
}

/// `leaf = SHA-256(0x00 || salt || row)`, at `index` of `size`, leads by `path` to the root that
/// `command` names; the hash of `command` is the id in its receipt.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpenedAnchor {
    /// Hex BCS of the row.
    pub row: String,
    /// Hex.
    pub salt: String,
    /// Place of the leaf.
    pub index: u64,
    /// Number of leaves.
    pub size: u64,
    /// Hex, from the leaf upwards.
    pub path: Vec<String>,
    /// Hex BCS of the body of the command that anchored the root.
    pub command: String,
    /// Its `florin-receipt-1` file; null before it is proved.
    pub receipt: Option<String>,
}

/// The pack of a payment that this bank sent.
///
/// # Errors
/// [`StoreFault`].
pub fn of_sent(gateway: &Gateway, record: &PaymentRecord) -> Result<EvidencePack, StoreFault> {
    let answer = record.answer(gateway.store.as_ref())?;
    let message = opened(&record.xml, &record.salt, &record.payment.message);
    pack(gateway, record.payment.leg, message, (answer.as_ref(), None))
}

/// The pack of a payment that was delivered to this bank.
///
/// # Errors
/// [`StoreFault`].
pub fn of_delivered(gateway: &Gateway, record: &InboxRecord) -> Result<EvidencePack, StoreFault> {
    let delivery = &record.delivery;
    let message = opened(&delivery.message, &delivery.salt, &delivery.payment.message);
    let signed = Signed { value: delivery.clone(), by: record.by };
    pack(gateway, delivery.payment.leg, message, (Some(&record.answer), Some(&signed)))
}

fn opened(xml: &[u8], salt: &Hash32, commitment: &Hash32) -> OpenedMessage {
    OpenedMessage {
        xml: String::from_utf8_lossy(xml).into_owned(),
        salt: salt.to_hex(),
        commitment: commitment.to_hex(),
    }
}

fn pack(
    gateway: &Gateway,
    leg: Leg,
    message: OpenedMessage,
    (answer, delivery): (Option<&Signed<Answer>>, Option<&Signed<Delivery>>),
) -> Result<EvidencePack, StoreFault> {
    Ok(EvidencePack {
        format: FORMAT,
        network: gateway.genesis().chain_id().to_hex(),
        leg,
        message,
        answer: answer.map(|answer| hex::encode(encode(answer))),
        delivery: delivery.map(|delivery| hex::encode(encode(delivery))),
        commands: commands(gateway, &leg.id())?,
        receipts: receipts(gateway, &leg.id())?,
        anchor: anchor(gateway, &leg.id())?,
    })
}

fn commands(gateway: &Gateway, leg: &LegId) -> Result<Vec<String>, StoreFault> {
    let mut commands = Vec::new();
    for proved in gateway.view.leg_receipts(leg)? {
        let signed = gateway.outbox.signed(&proved.proof.receipt.command)?;
        commands.extend(signed.map(hex::encode));
    }
    Ok(commands)
}

fn receipts(gateway: &Gateway, leg: &LegId) -> Result<Vec<String>, StoreFault> {
    let files = gateway.view.leg_receipts(leg)?.into_iter().map(|proved| {
        let certified = &proved.certified;
        let (header, certificate) = (&certified.header, &certified.certificate);
        ReceiptFile::build(&proved.proof, header, certificate, gateway.genesis())
            .map_err(|_| StoreFault::Damaged)
    });
    files.collect()
}

fn anchor(gateway: &Gateway, leg: &LegId) -> Result<Option<OpenedAnchor>, StoreFault> {
    let found = anchors::proof(gateway.store.as_ref(), leg)?;
    let Some(AnchorProof { row, salt, index, size, path, body }) = found else { return Ok(None) };
    Ok(Some(OpenedAnchor {
        row: hex::encode(encode(&row)),
        salt: salt.to_hex(),
        index,
        size,
        path: path.iter().map(Hash32::to_hex).collect(),
        command: hex::encode(encode(&body)),
        receipt: gateway.view.receipt_file(&body.id(), gateway.ledger.committee())?,
    }))
}
