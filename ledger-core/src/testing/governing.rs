//! What the network decides about itself.

use std::{collections::BTreeMap, sync::Mutex};

use bls12_381::{G1Affine, G2Affine, Scalar};

use super::{Actor, Bank, World};
use crate::{
    bls,
    command::{Action, Approval, Command, SignedCommand},
    epoch::Epochs,
    genesis::{Limits, Validator, VoteKey, VoteSignature},
    halt::{Halt, HaltOrder},
    id::Text,
    parameters::{Change, ParameterChanges},
    signature::{MemorySigner, Signer as _},
    time::Height,
};

/// A validator made from a number.
///
/// # Panics
/// Never.
#[must_use]
pub fn validator(number: u8) -> Validator {
    let (vote_key, proof_of_possession) = vote_key(number);
    Validator {
        name: Text::new(&format!("validator-{number}")).unwrap(),
        identity: MemorySigner::new(&[number; 32]).public_key(),
        vote_key,
        proof_of_possession,
    }
}

/// Vote keys take milliseconds to make, and every network of every test has some.
static VOTE_KEYS: Mutex<BTreeMap<u8, (VoteKey, VoteSignature)>> = Mutex::new(BTreeMap::new());

/// The vote key of this number, and its proof of possession.
///
/// # Panics
/// Never.
#[must_use]
pub fn vote_key(number: u8) -> (VoteKey, VoteSignature) {
    let mut known = VOTE_KEYS.lock().unwrap();
    *known.entry(number).or_insert_with(|| {
        let secret = Scalar::from(1_000 + u64::from(number));
        let key = VoteKey::new(G2Affine::from(G2Affine::generator() * secret).to_compressed());
        let message = bls::hash_to_g1(&bls::possession_message(&key), bls::POSSESSION_TAG);
        let proof = G1Affine::from(message * secret).to_compressed();
        (key, VoteSignature::new(proof))
    })
}

impl World {
    /// The height so many blocks after the next one, which is the one that decides.
    #[must_use]
    pub const fn ahead(&self, blocks: u64) -> Height {
        Height::new(self.state.header().height.next().get() + blocks)
    }

    /// The first block for which the next one can decide a committee.
    #[must_use]
    pub fn next_change(&self) -> Height {
        let epochs = Epochs::of(&self.genesis);
        let ahead = self.ahead(epochs.length().get());
        epochs.first(epochs.containing(ahead) + 1)
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

    /// The emergency key halts the network.
    ///
    /// # Panics
    /// Never.
    pub fn halt(&mut self) -> SignedCommand {
        let reference = Text::new("CASE-1").unwrap();
        self.sign(&Actor::emergency(), Command::Halt { reference })
    }

    /// Two operators halt the network for so long: two commands, to be applied in order.
    ///
    /// # Panics
    /// Never.
    pub fn halt_for(&mut self, milliseconds: u64) -> [SignedCommand; 2] {
        let until = self.now().after(milliseconds);
        let reference = Text::new("CASE-2").unwrap();
        self.decide(Action::HaltNetwork(HaltOrder { until, reference }))
    }

    /// The last halt.
    ///
    /// # Panics
    /// When there was none.
    #[must_use]
    pub fn last_halt(&self) -> &Halt {
        Halt::of(&self.state).expect("a halt")
    }

    /// Two operators decide changes in a network without members. Takes one block.
    pub fn change(&mut self, changes: &[Change], at: Height) {
        let proposal = self.propose_changes(changes, at);
        let approval = self.approve(&Actor::operator(2), &proposal);
        self.apply_all(&[proposal, approval]);
    }
}
