//! What the network decides about itself.

use super::{Actor, Bank, World};
use crate::{
    command::{Action, Approval, Command, SignedCommand},
    genesis::{Limits, Validator, VoteKey, VoteSignature},
    id::Text,
    parameters::{Change, ParameterChanges},
    signature::{MemorySigner, Signer as _},
    time::Height,
};

/// A validator made from a number: its proof of possession proves nothing.
///
/// # Panics
/// Never.
#[must_use]
pub fn validator(number: u8) -> Validator {
    Validator {
        name: Text::new(&format!("validator-{number}")).unwrap(),
        identity: MemorySigner::new(&[number; 32]).public_key(),
        vote_key: VoteKey::new([number; 96]),
        proof_of_possession: VoteSignature::new([number; 48]),
    }
}

impl World {
    /// The height so many blocks after the next one, which is the one that decides.
    #[must_use]
    pub const fn ahead(&self, blocks: u64) -> Height {
        Height::new(self.state.header().height.next().get() + blocks)
    }

    /// The network's bounds of the next block.
    ///
    /// # Panics
    /// Never: every state knows them.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.state.limits_at(self.state.header().height.next()).expect("bounds of the next block")
    }

    /// Orders empty blocks until one of this height was executed.
    pub fn idle_to(&mut self, height: Height) {
        while self.state.header().height < height {
            self.block(&[]);
        }
    }

    /// An operator proposes changes of parameters.
    pub fn propose_changes(&mut self, changes: &[Change], at: Height) -> SignedCommand {
        let changes = ParameterChanges { changes: changes.to_vec(), at };
        self.propose(&Actor::operator(1), Action::ChangeParameters(changes))
    }

    /// What a vote, or an approval, says about a proposal under the policy in force.
    ///
    /// # Panics
    /// When the command proposes nothing.
    #[must_use]
    pub fn said(&self, proposal: &SignedCommand) -> Approval {
        let Command::Propose { action, .. } = &proposal.body.command else {
            panic!("not a proposal")
        };
        Approval {
            proposal: proposal.body.id(),
            content: action.content(),
            policy_version: self.state.parameters().values.version,
        }
    }

    /// Two administrators of a bank vote: two commands, to be applied in order.
    pub fn vote(&mut self, bank: &Bank, said: Approval, yes: bool) -> [SignedCommand; 2] {
        self.administer(bank, Action::Vote { said, yes })
    }

    /// Two operators decide changes in a network without members. Takes one block.
    pub fn change(&mut self, changes: &[Change], at: Height) {
        let proposal = self.propose_changes(changes, at);
        let approval = self.approve(&Actor::operator(2), &proposal);
        self.apply_all(&[proposal, approval]);
    }
}
