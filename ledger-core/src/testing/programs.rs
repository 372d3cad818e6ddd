//! Calls of contracts. Contracts know a bank by its dollar account.

use super::{Bank, World, commands::LASTS_MS, usd};
use crate::{
    codec::encode,
    command::{Command, GateAttestation, SignedCommand},
    digest::Hash32,
    id::{AccountId, Lei, Text},
    invoke::{Call, Invoke, Named},
    money::Currency,
    record::{Name, Record},
    signature::Signed,
};

/// Gas that calls of a [`World`] may use.
pub const GAS: u64 = 2_000_000;
/// Vaults and resources that they may change.
pub const RECORDS: u16 = 16;

/// The address `0x1`, `0x2`, ...
#[must_use]
pub fn address(number: u8) -> AccountId {
    let mut bytes = [0; 32];
    bytes[31] = number;
    AccountId::new(bytes)
}

/// The argument that a contract reads as the code of a currency.
#[must_use]
pub fn code(currency: Currency) -> Vec<u8> {
    encode(&currency.code().as_bytes().to_vec())
}

impl World {
    /// How contracts know a bank.
    #[must_use]
    pub fn holder(&self, bank: &Bank) -> AccountId {
        self.account(bank, usd())
    }

    /// A bank's account in a currency, of which so much may be taken, for its first customer.
    #[must_use]
    pub fn named(&self, bank: &Bank, currency: Currency, cap: u128) -> Named {
        let (name, account) = (self.holder(bank), self.account(bank, currency));
        Named { name, account, party: bank.party(1), cap }
    }

    /// A call of a function at `0x2` that banks sign.
    ///
    /// # Panics
    /// When a name is none.
    pub fn call(
        &mut self,
        (module, function): (&str, &str),
        signers: &[&Bank],
        holders: Vec<Named>,
        arguments: Vec<Vec<u8>>,
    ) -> Call {
        Call {
            address: address(2),
            module: Text::new(module).unwrap(),
            function: Text::new(function).unwrap(),
            types: Vec::new(),
            arguments,
            gas_limit: GAS,
            records: RECORDS,
            signers: signers.iter().map(|bank| self.holder(bank)).collect(),
            holders,
            until: self.now().after(3_600_000),
            nonce: self.nonce(),
        }
    }

    /// A bank's clearance of a call.
    ///
    /// # Panics
    /// Never: a gate signs what it is given.
    #[must_use]
    pub fn call_clearance(&self, by: &Bank, call: Hash32) -> Signed<GateAttestation> {
        let attestation = GateAttestation {
            payment: call,
            list_version: Hash32::ZERO,
            rule_version: 1,
            expires: self.now().after(LASTS_MS),
        };
        Signed::new(attestation, &by.gate().signer()).unwrap()
    }

    /// A call with the clearances and consents that it needs when this bank sends it.
    ///
    /// # Panics
    /// Never: banks sign what they are given.
    #[must_use]
    pub fn cleared_call(&self, sender: &Bank, call: Call) -> Invoke {
        let member = |id: &AccountId| match self.record(&Name::Account(*id)) {
            Some(Record::Account(found)) => Some(found.member),
            _ => None,
        };
        let hash = call.hash();
        let gates = call.signers.iter().filter_map(member);
        let gates = gates.map(|lei| self.call_clearance(&Bank { lei }, hash)).collect();
        let mut members: Vec<Lei> =
            call.holders.iter().filter_map(|named| member(&named.account)).collect();
        members.sort();
        members.dedup();
        members.retain(|lei| *lei != sender.lei);
        let consents = members.into_iter().map(|lei| self.consent(&Bank { lei }, hash)).collect();
        Invoke { call, gates, consents }
    }

    /// Calls a function.
    pub fn invoke(&mut self, sender: &Bank, call: Call) -> SignedCommand {
        let invoke = self.cleared_call(sender, call);
        self.sign(&sender.settlement(), Command::Invoke(invoke))
    }
}
