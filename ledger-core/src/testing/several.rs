//! Commands about several legs, or about a leg that settled.

use super::{Bank, World, commands::LASTS_MS};
use crate::{
    bulk::{Bulk, BulkGroup, BulkLeg, BulkMode},
    command::{Command, GateAttestation, Payment, Post, PostPart, SignedCommand},
    digest::Hash32,
    id::{Lei, MessageKind},
    money::{Currency, Money},
    returns::Return,
    schedule::Schedule,
    settlement::{Consent, SetLeg, Settle},
    signature::Signed,
};

impl World {
    /// The payee of a held payment takes a part of it.
    pub fn post_part(
        &mut self,
        by: &Bank,
        to: &Bank,
        payment: &Payment,
        minor: u128,
    ) -> SignedCommand {
        let acceptance = self.acceptance(to, payment);
        let post = Post { leg: payment.leg.id(), acceptance };
        self.sign(&by.settlement(), Command::PostPart(PostPart { post, minor }))
    }

    /// A payment that settles by itself `ms` from now.
    pub fn schedule(
        &mut self,
        from: &Bank,
        to: &Bank,
        payment: &Payment,
        ms: u64,
    ) -> SignedCommand {
        let (gate, acceptance) = (self.clearance(from, payment), self.acceptance(to, payment));
        let at = self.now().after(ms);
        let asked = Schedule { payment: *payment, gate, acceptance, at };
        self.sign(&from.settlement(), Command::Schedule(asked))
    }

    /// A payment that gives back so much of another.
    #[must_use]
    pub fn payment_back(&self, original: &Payment, minor: u128) -> Payment {
        let (from, to) = (Bank { lei: original.leg.instructed }, original.leg.instructing);
        let mut back = *original;
        back.leg.kind = MessageKind::Pacs004;
        (back.leg.instructing, back.leg.instructed) = (from.lei, to);
        back.money = Money::new(original.money.currency(), minor);
        (back.debit, back.debtor) = (self.account(&from, back.money.currency()), from.party(1));
        back
    }

    /// The payee gives back so much of a settled payment.
    pub fn give_back(&mut self, original: &Payment, minor: u128) -> SignedCommand {
        let payment = self.payment_back(original, minor);
        let from = Bank { lei: payment.leg.instructing };
        let gate = self.clearance(&from, &payment);
        let asked = Return { payment, original: original.leg.id(), gate };
        self.sign(&from.settlement(), Command::Return(asked))
    }

    /// A leg of a set between the first customers of two banks.
    pub fn set_leg(&mut self, from: &Bank, to: &Bank, money: Money) -> SetLeg {
        let payment = self.payment(from, to, money);
        SetLeg { payment, credit: self.account(to, money.currency()), creditor: to.party(1) }
    }

    /// A set that every member of it but the sender consents to.
    ///
    /// # Panics
    /// Never: a bank signs what it is given.
    #[must_use]
    pub fn set(&self, sender: &Bank, legs: &[SetLeg]) -> Settle {
        let gates = legs
            .iter()
            .map(|leg| self.clearance(&Bank { lei: leg.payment.leg.instructing }, &leg.payment));
        let mut set = Settle { legs: legs.to_vec(), gates: gates.collect(), consents: Vec::new() };
        let both = |leg: &SetLeg| [leg.payment.leg.instructing, leg.payment.leg.instructed];
        let mut members: Vec<Lei> = legs.iter().flat_map(both).collect();
        members.sort();
        members.dedup();
        members.retain(|lei| *lei != sender.lei);
        let to = set.hash();
        set.consents = members.iter().map(|lei| self.consent(&Bank { lei: *lei }, to)).collect();
        set
    }

    /// A bank's yes.
    ///
    /// # Panics
    /// Never: a bank signs what it is given.
    #[must_use]
    pub fn consent(&self, by: &Bank, to: Hash32) -> Signed<Consent> {
        let consent = Consent { to, expires: self.now().after(LASTS_MS) };
        Signed::new(consent, &by.settlement().signer()).unwrap()
    }

    /// Settles a set.
    pub fn settle_set(&mut self, sender: &Bank, legs: &[SetLeg]) -> SignedCommand {
        let set = self.set(sender, legs);
        self.sign(&sender.settlement(), Command::Settle(set))
    }

    /// Groups of payments to the first customers of banks.
    pub fn groups(
        &mut self,
        from: &Bank,
        currency: Currency,
        payees: &[(Bank, &[u128])],
    ) -> Vec<BulkGroup> {
        let group = |(to, amounts): &(Bank, &[u128])| {
            let legs = amounts.iter().map(|minor| {
                let payment = self.payment(from, to, Money::new(currency, *minor));
                BulkLeg {
                    uetr: payment.leg.uetr,
                    debtor: payment.debtor,
                    credit: self.account(to, currency),
                    creditor: to.party(1),
                    minor: *minor,
                    message: payment.message,
                }
            });
            BulkGroup { legs: legs.collect(), instructed: to.lei }
        };
        payees.iter().map(group).collect()
    }

    /// A bulk that its gate cleared and whose payees consent to it.
    ///
    /// # Panics
    /// Never: a bank signs what it is given.
    #[must_use]
    pub fn bulk(
        &self,
        from: &Bank,
        mode: BulkMode,
        currency: Currency,
        groups: Vec<BulkGroup>,
    ) -> Bulk {
        let blank = GateAttestation {
            payment: Hash32::ZERO,
            list_version: Hash32::ZERO,
            rule_version: 1,
            expires: self.now().after(LASTS_MS),
        };
        let sign = |attestation| Signed::new(attestation, &from.gate().signer()).unwrap();
        let mut bulk = Bulk {
            mode,
            kind: MessageKind::Pacs008,
            currency,
            debit: self.account(from, currency),
            groups,
            gate: sign(blank),
            consents: Vec::new(),
        };
        bulk.gate = sign(GateAttestation { payment: bulk.hash(&from.lei), ..blank });
        let consents = bulk.groups.iter().map(|group| {
            let payee = Bank { lei: group.instructed };
            self.consent(&payee, bulk.group_hash(&from.lei, group))
        });
        bulk.consents = consents.collect();
        bulk
    }
}
