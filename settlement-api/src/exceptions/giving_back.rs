//! The way back of a settled payment, whoever wanted it: cleared, on disk, submitted, proved.
//!
//! # Place      [`super::answering`] (asked for), [`super::returns`] (unasked) -> [giving_back] -> gate,
//! #            outbox -> ledger port
//! # Invariants X3 a return counts where this bank's own receipts prove it; X4 record and command are on
//! #            disk in one write; X7 what is on its way back is nobody's to confirm
//! # Absent     who decides that money goes back; returns of parts

use iso20022::Pacs008;
use kyc_gateway::Clearance;
use ledger_core::{
    command::{Command, Payment, SignedCommand},
    digest::Hash32,
    id::{Leg, LegId, MessageKind},
    receipt::{Effect, Outcome},
    returns::Return,
    time::LedgerTime,
};

use super::{
    messages::{Identifiers, Original},
    recall::{Answering, GivenBack, Kept as _, ReceivedRecall, Returning},
    report::settled_day,
    returns::record::OwnReturn,
};
use crate::{
    customers::CustomerRecord,
    gateway::{Gateway, GatewayFault},
    keys::{Purpose, random_32},
    payments::{
        delivery::{Decision, commitment},
        inbox::InboxRecord,
        intake::names_of,
        message::read,
        record::PaymentRecord,
    },
    port::{StoreFault, Write},
    refused::Refused,
};

/// How long a clearance of a return holds, in milliseconds.
const CLEARANCE_MS: u64 = 120_000;

/// A settled payment to this bank, and the message that brought it.
pub(super) struct About {
    delivered: InboxRecord,
    message: Pacs008,
    day: String,
}

impl About {
    /// What was delivered for a leg, and settled.
    ///
    /// # Errors
    /// [`Refused::NotSettled`], [`Refused::NotFound`]; faults of the store.
    pub(super) fn of(gateway: &Gateway, leg: &LegId) -> Result<Self, Refused> {
        let day = settled_day(gateway, leg)?;
        let delivered = InboxRecord::load(gateway.store.as_ref(), leg)?;
        let delivered = delivered.ok_or(Refused::NotFound)?;
        let message = read(gateway, &delivered.delivery.message)?.message;
        Ok(Self { message, delivered, day })
    }

    /// The payment.
    pub(super) fn payment(&self) -> &Payment {
        &self.delivered.delivery.payment
    }

    /// As messages name it.
    pub(super) fn original(&self, gateway: &Gateway) -> Original {
        let Payment { leg, money, .. } = self.payment();
        let named = (Identifiers::by(&self.message), self.day.clone());
        Original::of(gateway, (leg, money), named)
    }

    /// The payment that gives it back: from the account and customer that were paid.
    fn payment_back(&self, message: Hash32) -> Result<Payment, Refused> {
        let Decision::Accepted(acceptance) = &self.delivered.answer.value.decision else {
            return Err(Refused::NotSettled);
        };
        let Payment { leg, money, .. } = *self.payment();
        let (debit, debtor) = (acceptance.value.credit, acceptance.value.creditor);
        Ok(Payment { leg: back_of(&leg), debit, debtor, money, message })
    }

    /// Clears and signs a return with its message, and says what must be written for it to be taken.
    async fn cleared(
        &self,
        gateway: &Gateway,
        payment: Payment,
        message: &[u8],
    ) -> Result<(SignedCommand, Write), Refused> {
        let gate = gateway.gate.as_ref().ok_or(Refused::NotThisRole)?;
        let number = self.message.creditor_account.as_ref().ok_or(Refused::DebtorUnknown)?;
        let customer = CustomerRecord::load(gateway.store.as_ref(), &number.identifier())?;
        let mut names = names_of(&self.delivered.delivery.message)?;
        names.extend(names_of(message)?);
        let now = LedgerTime::new(Gateway::now_ms());
        let clearance = Clearance {
            payment,
            debtor: customer.ok_or(Refused::DebtorUnknown)?.standing(),
            names: names.iter().map(String::as_str).collect(),
            now,
            expires: now.after(CLEARANCE_MS),
        };
        let (payment, gate) = gate.admit_return(&clearance)?.into_parts();
        let original = self.payment().leg.id();
        let command = Command::Return(Return { payment, original, gate });
        let signer = gateway.keys.signer(Purpose::Settlement).map_err(GatewayFault::from)?;
        Ok(gateway.outbox.prepare(command, &[signer]).await.map_err(GatewayFault::from)?)
    }
}

/// A return that was cleared and signed, and is not on disk yet.
pub(super) struct WayBack {
    /// What is kept of it.
    pub(super) returning: Returning,
    command: SignedCommand,
    write: Write,
}

impl WayBack {
    /// Of a payment, with this pacs.004.
    ///
    /// # Errors
    /// What the gate says; faults.
    pub(super) async fn of(
        gateway: &Gateway,
        about: &About,
        message: Vec<u8>,
    ) -> Result<Self, Refused> {
        Self::salted(gateway, about, (random_32(), message)).await
    }

    /// The same return under a new command: no block took the one before in time, and none will.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(super) async fn again(
        gateway: &Gateway,
        about: &About,
        returning: &Returning,
    ) -> Result<Self, Refused> {
        Self::salted(gateway, about, (returning.salt, returning.message.clone())).await
    }

    async fn salted(
        gateway: &Gateway,
        about: &About,
        (salt, message): (Hash32, Vec<u8>),
    ) -> Result<Self, Refused> {
        let payment = about.payment_back(commitment(&salt, &message))?;
        let (command, write) = about.cleared(gateway, payment, &message).await?;
        let returning = Returning { command: command.body.id(), leg: payment.leg, salt, message };
        Ok(Self { returning, command, write })
    }

    /// Writes the command together with these rows, and sends it (X4).
    ///
    /// # Errors
    /// [`StoreFault`]; nothing was written or sent then.
    pub(super) async fn keep(
        self,
        gateway: &Gateway,
        mut rows: Vec<Write>,
    ) -> Result<(), StoreFault> {
        rows.push(self.write);
        gateway.store.write(rows)?;
        gateway.outbox.send(&self.command).await;
        Ok(())
    }
}

/// The leg that gives back what this one brought.
const fn back_of(leg: &Leg) -> Leg {
    Leg {
        instructing: leg.instructed,
        uetr: leg.uetr,
        kind: MessageKind::Pacs004,
        instructed: leg.instructing,
    }
}

/// Whether a payment's money went back, by this bank's own receipts.
///
/// # Errors
/// [`StoreFault`].
pub(super) fn went_back(gateway: &Gateway, leg: &Leg) -> Result<bool, StoreFault> {
    Ok(gateway.view.leg_effect(&back_of(leg).id(), Effect::Settled)?.is_some())
}

/// Whether a payment that was delivered here went back, or is on its way back: then nobody has the
/// money whom it was meant for (X7).
///
/// # Errors
/// [`StoreFault`].
pub(crate) fn is_given_back(gateway: &Gateway, leg: &Leg) -> Result<bool, StoreFault> {
    let store = gateway.store.as_ref();
    let asked = ReceivedRecall::of_leg(store, &leg.id())?;
    let asked = asked
        .iter()
        .any(|recall| matches!(recall.stage, Answering::Returning(_) | Answering::Returned(_)));
    Ok(asked || OwnReturn::is_on(store, &leg.id())? || went_back(gateway, leg)?)
}

/// Whether a return stands in this bank's own receipts and brings back the whole of a payment that it
/// sent (X3).
///
/// # Errors
/// [`GatewayFault`].
pub(super) fn is_proved(
    gateway: &Gateway,
    leg: &LegId,
    back: &GivenBack,
) -> Result<bool, GatewayFault> {
    let Some(sent) = PaymentRecord::load(gateway.store.as_ref(), leg)? else {
        return Ok(false);
    };
    let proved = gateway.view.leg_effect(&back.leg.id(), Effect::Settled)?;
    Ok(back.leg == back_of(&sent.payment.leg)
        && proved.is_some_and(|proved| {
            let receipt = proved.proof.receipt;
            receipt.command == back.command
                && receipt.outcome == Outcome::Applied(Effect::Settled)
                && receipt.credit == Some(sent.payment.debit)
                && receipt.money == Some(sent.payment.money)
        }))
}
