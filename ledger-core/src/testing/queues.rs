//! Commands about queues, and who proposes sets.

use super::{Actor, Bank, World, commands::LASTS_MS, lei};
use crate::{
    authority::Role,
    command::{Command, Payment, SignedCommand},
    id::LegId,
    money::Currency,
    queue::{Enqueue, NettingSet, QueueTerms},
    record::{Name, Record},
};

impl Actor {
    /// The solver, registered by [`World::appoint_solver`].
    #[must_use]
    pub fn solver() -> Self {
        Self::new(lei("SOLVER"), Role::Solver, "solver")
    }
}

impl World {
    /// Registers the solver's key. Takes one block.
    pub fn appoint_solver(&mut self) {
        let commands = self.register_key(Actor::solver().grant);
        self.apply_all(&commands);
    }

    /// Queues a payment that its payee accepts.
    pub fn enqueue(&mut self, payment: &Payment, priority: u32) -> SignedCommand {
        let [from, to] = [payment.leg.instructing, payment.leg.instructed].map(|lei| Bank { lei });
        let (gate, acceptance) = (self.clearance(&from, payment), self.acceptance(&to, payment));
        let expires = self.now().after(LASTS_MS);
        let asked = Enqueue { payment: *payment, gate, acceptance, priority, expires };
        self.sign(&from.settlement(), Command::Enqueue(asked))
    }

    /// Gives a queued payment another priority.
    pub fn requeue(&mut self, by: &Bank, leg: LegId, priority: u32) -> SignedCommand {
        self.sign(&by.settlement(), Command::Requeue { leg, priority })
    }

    /// Sets the terms of the queue of a bank's account.
    pub fn set_queue_terms(
        &mut self,
        by: &Bank,
        currency: Currency,
        terms: QueueTerms,
    ) -> SignedCommand {
        let account = self.account(by, currency);
        self.sign(&by.settlement(), Command::SetQueueTerms { account, terms })
    }

    /// Settles a set of the queue as it is now.
    pub fn settle_queued(&mut self, by: &Actor, legs: &[LegId]) -> SignedCommand {
        let height = self.state.header().height;
        let set = NettingSet { height, legs: legs.to_vec() };
        self.sign(by, Command::SettleQueued(set))
    }

    /// The legs that wait to be paid from a bank's account, first to last.
    #[must_use]
    pub fn queued(&self, bank: &Bank, currency: Currency) -> Vec<LegId> {
        match self.record(&Name::Queue(self.account(bank, currency))) {
            Some(Record::Queue(queue)) => queue.places.iter().map(|place| place.leg).collect(),
            _ => Vec::new(),
        }
    }
}
