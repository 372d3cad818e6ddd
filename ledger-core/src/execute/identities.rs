//! Identities of payments, hashed side by side before the first of them is decided; and where the
//! records stand that deciding them asks for.
//!
//! # Place      the beginning of a block, and of each bulk in it -> drafts, view
//! # Invariants what is known here is what a rule would work out by itself
//! # Absent     identities of sets and exchanges: their rules work them out one by one

use crate::{
    block::Verified,
    bulk::Bulk,
    command::{Command, Payment},
    draft::{Known, Records},
    id::Lei,
    payment::Payee,
    record::Name,
};

/// Of the payments that commands are about: one for each command that is [`paid`].
pub(super) fn of_commands(view: &dyn Records, commands: &[&Verified]) -> Vec<Known> {
    let payments = commands.iter().filter_map(|command| paid(&command.get().body.command));
    of(view, payments.map(|(payment, payee)| (*payment, payee)))
}

/// Of a bulk's payments, in their order.
pub(super) fn of_bulk(view: &dyn Records, payer: &Lei, bulk: &Bulk) -> Vec<Known> {
    of(view, bulk.payments(payer).map(|(payment, payee)| (payment, Some(payee))))
}

fn of(view: &dyn Records, payments: impl Iterator<Item = (Payment, Option<Payee>)>) -> Vec<Known> {
    let (payments, payees): (Vec<Payment>, Vec<Option<Payee>>) = payments.unzip();
    let known = Known::all(payments);
    view.expect(&mut known.iter().zip(&payees).flat_map(|(k, payee)| names(k, payee.as_ref())));
    known
}

/// The one payment that a command is about, and where its money goes if the command says so.
pub(super) fn paid(command: &Command) -> Option<(&Payment, Option<Payee>)> {
    let (payment, acceptance) = match command {
        Command::Hold(asked) => (&asked.payment, None),
        Command::Transfer(asked) => (&asked.payment, Some(&asked.acceptance)),
        Command::Schedule(asked) => (&asked.payment, Some(&asked.acceptance)),
        Command::Enqueue(asked) => (&asked.payment, Some(&asked.acceptance)),
        _ => return None,
    };
    Some((payment, acceptance.map(|acceptance| Payee::from(&acceptance.value))))
}

/// Names of the records that deciding a payment asks for and hardly another payment does.
fn names(known: &Known, payee: Option<&Payee>) -> impl Iterator<Item = Name> + use<> {
    let payment = known.payment;
    let payer = [
        Name::Leg(known.leg),
        Name::Account(payment.debit),
        Name::AccountPolicy(payment.debit),
        Name::Party(payment.debtor),
    ];
    let payee = payee.map(|payee| [Name::Account(payee.account), Name::Party(payee.party)]);
    payer.into_iter().chain(payee.into_iter().flatten())
}
