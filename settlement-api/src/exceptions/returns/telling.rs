//! The bank that paid hears of a return, and believes what its own receipts prove.
//!
//! # Place      [`super::desk`] -> [telling] -- sealed --> the other bank's [telling] -> its core system
//! # Invariants X10 a notice is told again until it is taken; what is taken is the message that the command
//! #            in this bank's receipts commits to, and the same notice is answered the same way

use iso20022::Pacs008;
use ledger_core::{
    codec::decode,
    command::{Payment, SignedCommand},
    id::LegId,
    limits::MAX_BULK_BYTES,
    receipt::Effect,
    signature::{Signed, Statement as _},
};

use super::record::{Heard, ReturnNotice, ReturnReceipt, ToldReturn};
use crate::{
    anchors::{self, AnchoredMessage},
    exceptions::{
        giving_back::is_proved,
        messages::{Identifiers, Original, read_return},
        recall::GivenBack,
        report::settled_day,
    },
    gateway::{Gateway, GatewayFault},
    keys::Purpose,
    payments::{
        delivery::{Parcel, commitment},
        inbox,
        intake::names_of,
        message::read,
        record::PaymentRecord,
    },
    peers::{self, AskError},
    port::{StoreFault, Write},
    refused::Refused,
};

/// Where other gateways are told of returns, below their endpoint.
pub const INBOX: &str = "/v1/inbox/returns";

/// Tells the bank that paid once; the anchor's row when it has the message.
pub(super) async fn tell(
    gateway: &Gateway,
    leg: &LegId,
    back: &GivenBack,
) -> Result<Option<Write>, AskError> {
    let fault = |fault: StoreFault| AskError::Fault(GatewayFault::Store(fault));
    let kept = gateway.outbox.signed(&back.command).map_err(fault)?;
    let kept = kept.ok_or(StoreFault::Damaged).map_err(fault)?;
    let command: SignedCommand =
        decode(&kept, MAX_BULK_BYTES).map_err(|_| fault(StoreFault::Damaged))?;
    let chain = gateway.genesis().chain_id();
    let notice = ReturnNotice {
        chain,
        from: back.leg.instructing,
        to: back.leg.instructed,
        leg: *leg,
        back: back.clone(),
        body: command.body,
    };
    let digest = notice.digest();
    let route = (notice.from, notice.to, *leg);
    let notice = gateway.sign(Purpose::Settlement, notice)?;
    let answer: Signed<ReturnReceipt> = peers::ask(gateway, route, INBOX, &notice).await?;
    if (answer.value.chain, answer.value.notice) != (chain, digest) {
        return Err(AskError::NotItsAnswer);
    }
    Ok(match answer.value.heard {
        Heard::NotYet => None,
        Heard::Taken => Some(anchored(back, &answer.value)),
    })
}

/// The row by which both banks anchor the return's message (P4).
fn anchored(back: &GivenBack, receipt: &ReturnReceipt) -> Write {
    anchors::pending(&AnchoredMessage {
        leg: back.leg.id(),
        message: commitment(&back.salt, &back.message),
        answer: receipt.digest(),
        at: Gateway::now_ms(),
    })
}

/// Receives a parcel and answers it with a parcel.
///
/// # Errors
/// [`Refused`] when it is not for this bank, not by its sender, or tells what is not so.
pub async fn receive(gateway: &Gateway, bytes: &[u8]) -> Result<Parcel, Refused> {
    let (parcel, sender, signed) = inbox::opened::<ReturnNotice>(gateway, bytes).await?;
    let notice = &signed.value;
    let addressed = notice.chain == gateway.genesis().chain_id()
        && (notice.from, notice.to, notice.leg) == (parcel.from, parcel.to, parcel.leg);
    if !addressed {
        return Err(Refused::Malformed("notice and parcel name different payments"));
    }
    let (chain, digest) = (notice.chain, notice.digest());
    let heard = take(gateway, signed).await?;
    let receipt = ReturnReceipt { chain, notice: digest, heard };
    let receipt = gateway.sign(Purpose::Settlement, receipt)?;
    let route = (parcel.to, parcel.from, parcel.leg);
    Parcel::pack(route, &sender.encryption, &receipt)
        .map_err(|_| Refused::Malformed("the sender's encryption key in the directory is unusable"))
}

/// Keeps a notice that this bank's own receipts prove.
async fn take(gateway: &Gateway, notice: Signed<ReturnNotice>) -> Result<Heard, Refused> {
    let ReturnNotice { chain, from, leg, back, .. } = &notice.value;
    let store = gateway.store.as_ref();
    let sent = PaymentRecord::load(store, leg)?.ok_or(Refused::NotFound)?;
    if sent.payment.leg.instructed != *from {
        return Err(Refused::NotFound);
    }
    let _turn = gateway.turns.one(&sent.payment.leg.uetr).await;
    if let Some(known) = ToldReturn::load(store, leg)? {
        let same = known.notice.value == notice.value;
        return if same { Ok(Heard::Taken) } else { Err(Refused::Conflict) };
    }
    if gateway.view.leg_effect(&back.leg.id(), Effect::Settled)?.is_none() {
        return Ok(Heard::NotYet);
    }
    if !is_proved(gateway, leg, back)? {
        return Err(Refused::Malformed("the return is not the one in this bank's receipts"));
    }
    if !notice.value.holds_together() {
        return Err(Refused::Malformed("the message is not the one the return commits to"));
    }
    let message = read_return(&back.message)?;
    original(gateway, &sent)?.is_of(&message).map_err(Refused::Malformed)?;
    let receipt =
        ReturnReceipt { chain: *chain, notice: notice.value.digest(), heard: Heard::Taken };
    let anchor = anchored(back, &receipt);
    let names = names_of(&back.message)?;
    let listed = gateway.gate.as_ref().is_some_and(|gate| gate.is_listed(&names));
    if listed {
        tracing::warn!(leg = %leg, "exceptions.return_listed");
    }
    let told = ToldReturn { notice, listed, received: Gateway::now_ms() };
    gateway.store.write(vec![told.write(), anchor])?;
    Ok(Heard::Taken)
}

/// A payment that this bank sent, as messages name it.
fn original(gateway: &Gateway, sent: &PaymentRecord) -> Result<Original, Refused> {
    let Payment { leg, money, .. } = sent.payment;
    let message: Pacs008 = read(gateway, &sent.xml)?.message;
    let named = (Identifiers::by(&message), settled_day(gateway, &leg.id())?);
    Ok(Original::of(gateway, (&leg, &money), named))
}
