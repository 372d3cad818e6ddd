//! One payment between the two banks.

use ledger_core::{
    command::{Acceptance, Command, GateAttestation, Payment, Transfer},
    digest::Hash32,
    id::{AccountId, Leg, MessageKind, PartyId},
    money::Money,
    signature::Signed,
};
use rand::RngExt as _;

use super::{
    TestbedError,
    cast::{Cast, good_until, random_32},
    network::currency,
    prepare::{Side, Stage, random_uetr},
};

/// A payment of one minor unit by the payer's bank, screened, accepted and ready to be signed.
pub(in crate::cli) fn transfer(
    cast: &Cast,
    stage: &Stage,
    debit: AccountId,
) -> Result<Command, TestbedError> {
    let (payer, payee) = (&cast.payer, &cast.payee);
    let payment = Payment {
        leg: Leg {
            instructing: payer.lei,
            uetr: random_uetr(),
            kind: MessageKind::Pacs008,
            instructed: payee.lei,
        },
        debit,
        debtor: customer(&stage.payer)?,
        money: Money::new(currency()?, 1),
        message: Hash32::new(random_32()),
    };
    let (hash, expires) = (payment.hash(), good_until());
    let clearance =
        GateAttestation { payment: hash, list_version: Hash32::ZERO, rule_version: 1, expires };
    let acceptance = Acceptance {
        payment: hash,
        credit: any(&stage.payee.accounts)?,
        creditor: customer(&stage.payee)?,
        expires,
    };
    Ok(Command::Transfer(Transfer {
        payment,
        gate: Signed::new(clearance, payer.gate.signer())?,
        acceptance: Signed::new(acceptance, payee.settlement.signer())?,
    }))
}

/// A customer of a bank.
pub(in crate::cli) fn customer(side: &Side) -> Result<PartyId, TestbedError> {
    any(&side.customers)
}

/// The first.
pub(in crate::cli) fn first<T: Copy>(of: &[T]) -> Result<T, TestbedError> {
    of.first().copied().ok_or(TestbedError::Broken("nothing to choose from"))
}

/// One of them.
pub(in crate::cli) fn any<T: Copy>(of: &[T]) -> Result<T, TestbedError> {
    let at = rand::rng().random_range(0..of.len().max(1));
    of.get(at).copied().ok_or(TestbedError::Broken("nothing to choose from"))
}
