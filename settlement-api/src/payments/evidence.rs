//! The evidence pack of a payment, `florin-evidence-1`, as this bank can show it.
//!
//! # Place      server::bank -> [evidence] -> `interbank::evidence::payment`, the ledger's records, anchors
//! # Invariants P4 what is in the pack was kept as it was signed, or is proved by the ledger; of other
//! #            payments nothing is in it
//! # Absent     inquiries about the payment, which have packs of their own (`florin-case-1`); words
//! #            of keys that a member's record no longer names (planned)

use interbank::evidence::{
    Anchored,
    payment::{PaymentPack, is_of_one, speaks_for},
};
use ledger_core::{
    codec::decode,
    command::{Body, Payment, SignedCommand},
    digest::Hash32,
    id::LegId,
    limits::MAX_COMMAND_BYTES,
    signature::{KeySignature, Signed},
};
use verifier::ReceiptFile;

use crate::{
    anchors::{self, AnchorProof, AnchoredMessage},
    directory,
    gateway::{Gateway, GatewayFault},
    payments::{delivery::Answer, inbox::InboxRecord, record::PaymentRecord},
    port::StoreFault,
    refused::Refused,
};

/// What one of both banks keeps of an exchange.
struct Kept<'a> {
    payment: Payment,
    salt: Hash32,
    message: &'a [u8],
    delivered: Option<KeySignature>,
    answer: Option<Signed<Answer>>,
}

/// The pack of a payment that this bank sent.
///
/// # Errors
/// [`Refused::Fault`].
pub async fn of_sent(gateway: &Gateway, record: &PaymentRecord) -> Result<String, Refused> {
    let answer = record.answer(gateway.store.as_ref())?;
    let (payment, salt) = (record.payment, record.salt);
    let kept = Kept { payment, salt, message: &record.xml, delivered: None, answer };
    pack(gateway, kept).await
}

/// The pack of a payment that was delivered to this bank.
///
/// # Errors
/// [`Refused::Fault`].
pub async fn of_delivered(gateway: &Gateway, record: &InboxRecord) -> Result<String, Refused> {
    let delivery = &record.delivery;
    let kept = Kept {
        payment: delivery.payment,
        salt: delivery.salt,
        message: &delivery.message,
        delivered: Some(record.by),
        answer: Some(record.answer.clone()),
    };
    pack(gateway, kept).await
}

async fn pack(gateway: &Gateway, kept: Kept<'_>) -> Result<String, Refused> {
    let Kept { payment, salt, message, delivered, answer } = kept;
    let leg = payment.leg;
    let payer = directory::shown(gateway, leg.instructing).await?;
    let payee = directory::shown(gateway, leg.instructed).await?;
    let committee = gateway.ledger.committee();
    let known = |file: &str, by: &KeySignature| speaks_for(file, &by.key, committee);
    let delivered = delivered.filter(|by| known(&payer, by));
    let answer = answer.filter(|answer| known(&payee, &answer.by));
    let anchor = anchor(gateway, &leg.id(), answer.as_ref())?;
    let pack = PaymentPack {
        payment,
        salt,
        message: String::from_utf8_lossy(message).into_owned(),
        delivered,
        answer,
        commands: commands(gateway, &leg.id())?,
        receipts: receipts(gateway, &leg.id())?,
        members: vec![payer, payee],
        anchor,
    };
    pack.build(gateway.genesis()).map_err(|error| {
        tracing::error!(%error, leg = %leg.id(), "payments.evidence");
        StoreFault::Damaged.into()
    })
}

/// Own commands behind the receipts, those that are about this payment alone.
fn commands(gateway: &Gateway, leg: &LegId) -> Result<Vec<Body>, StoreFault> {
    let mut commands = Vec::new();
    for proved in gateway.view.leg_receipts(leg)? {
        let Some(bytes) = gateway.outbox.signed(&proved.proof.receipt.command)? else { continue };
        let signed: SignedCommand =
            decode(&bytes, MAX_COMMAND_BYTES).map_err(|_| StoreFault::Damaged)?;
        commands.extend(Some(signed.body).filter(|body| is_of_one(&body.command)));
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

/// The anchor over the exchange, once its command is proved.
fn anchor(
    gateway: &Gateway,
    leg: &LegId,
    answer: Option<&Signed<Answer>>,
) -> Result<Option<Anchored<AnchoredMessage>>, Refused> {
    let Some(proof) = anchors::proof(gateway.store.as_ref(), leg)? else { return Ok(None) };
    let AnchorProof { row, salt, index, size, path, body: command } = proof;
    let committee = gateway.ledger.committee();
    let receipt =
        gateway.view.receipt_file(&command.id(), committee).map_err(GatewayFault::from)?;
    let its = answer.is_some_and(|answer| answer.value.anchored(row.at) == row);
    Ok(receipt.filter(|_| its).map(|receipt| Anchored {
        row,
        salt,
        index,
        size,
        path,
        command,
        receipt,
    }))
}
