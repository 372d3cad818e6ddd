//! Commands of network compliance, and clearances of members, as a [`World`] makes them.

use super::{Actor, Bank, World, commands::LASTS_MS};
use crate::{
    authority::Role,
    command::{Action, Command, Payment, SignedCommand},
    digest::Hash32,
    id::PolicyId,
    money::Currency,
    movement::MovementTerms,
    policy::{PolicyMode, Subject},
    screening::{Clear, ClearedBy},
};

impl World {
    /// Two persons of network compliance decide: two commands, to be applied in order.
    pub fn comply(&mut self, action: Action) -> [SignedCommand; 2] {
        let proposal = self.propose(&Actor::network_compliance(1), action);
        let approval = self.approve(&Actor::network_compliance(2), &proposal);
        [proposal, approval]
    }

    /// Network compliance decides, at once. Takes one block.
    pub fn complied(&mut self, action: Action) {
        let commands = self.comply(action);
        self.apply_all(&commands);
    }

    /// Sets what is demanded of a currency's movements. Takes one block.
    pub fn demand(&mut self, currency: Currency, terms: MovementTerms) {
        self.complied(Action::SetMovementTerms { currency, terms });
    }

    /// Makes a policy that lists these. Takes one block.
    pub fn policy(&mut self, policy: PolicyId, mode: PolicyMode, subjects: &[Subject]) {
        let mut commands = self.comply(Action::CreatePolicy { policy, mode }).to_vec();
        if !subjects.is_empty() {
            let subjects = subjects.to_vec();
            commands.extend(self.comply(Action::ListInPolicy { policy, subjects, listed: true }));
        }
        self.apply_all(&commands);
    }

    /// What a bank says when its screening clears a payment, against the list of zeros.
    #[must_use]
    pub fn cleared(&self, by: ClearedBy, payment: &Payment) -> Clear {
        Clear {
            by,
            payment: payment.hash(),
            list_version: Hash32::ZERO,
            rule_version: 1,
            expires: self.now().after(LASTS_MS),
        }
    }

    /// A bank says that its screening clears a payment.
    pub fn clear(&mut self, bank: &Bank, said: Clear) -> SignedCommand {
        let by = match said.by {
            ClearedBy::Payer => Actor::new(bank.lei, Role::Gate, "gate"),
            ClearedBy::Payee => Actor::new(bank.lei, Role::Compliance, "compliance"),
        };
        self.sign(&by, Command::Clear(said))
    }
}
