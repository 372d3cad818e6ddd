//! What this validator says of itself: which version of the rules it knows.
//!
//! ```text
//! the ledger has another word of us than ours -> Signal, in the validators' name -> pool, gossip -> a block
//! ```
//!
//! # Place      start of the node -> [herald] -> intake; `witness` speaks in the same name
//! # Invariants one signal waits at a time; nothing is said by a validator that no committee lists
//! # Absent     what follows from signals (ledger, D15); the stop (executor, D16)

use std::sync::Arc;

use ledger_core::{
    command::{Body, Command, SignedCommand},
    digest::Hash32,
    id::{ChainId, CommandId, Lei},
    rules::RulesVersion,
    signature::{MemorySigner, PublicKey},
    validators::Committee,
};
use tracing::{info, warn};

use crate::{
    application::ledger_time, engine::Environment, error::SubmitError, intake::Intake,
    keys::IdentitySecret, limits::SIGNAL_AGAIN, port::ResultsReader, setup::Setup,
};

/// Signs in the validators' name.
pub(crate) struct Voice {
    chain: ChainId,
    identity: IdentitySecret,
    intake: Intake,
}

impl Voice {
    /// Of a node.
    pub(crate) fn new(setup: &Setup, intake: Intake) -> Self {
        let (chain, identity) = (setup.config.genesis.chain_id(), setup.config.identity.clone());
        Self { chain, identity, intake }
    }

    /// Who speaks.
    pub(crate) fn identity(&self) -> PublicKey {
        self.identity.public_key()
    }

    /// Whether this validator is in the committee: others have no voice in the validators' name.
    pub(crate) fn is_heard(&self, reader: &dyn ResultsReader) -> bool {
        let own = self.identity();
        let listed = |committee: Committee| committee.validators.iter().any(|v| v.identity == own);
        reader.committee().is_some_and(listed)
    }

    /// Whether something said before waits in the pool.
    pub(crate) fn waits(&self, said: &CommandId) -> bool {
        self.intake.get(said).is_some()
    }

    /// Puts a command into the pool.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub(crate) fn say<E: Environment>(
        &self,
        context: &mut E,
        command: Command,
    ) -> Result<CommandId, SubmitError> {
        let now = ledger_time(context);
        let half = self.intake.limits().command_ttl_ms / 2;
        let mut nonce = [0; 32];
        context.fill_bytes(&mut nonce);
        let body = Body {
            chain: self.chain,
            organisation: Lei::VALIDATORS,
            signers: Vec::new(),
            nonce: Hash32::new(nonce),
            expires: now.after(half),
            command,
        };
        let signer = MemorySigner::new(&self.identity.to_bytes());
        // A key in memory signs.
        let signed = SignedCommand::sign(body, &[&signer]).map_err(|_| SubmitError::Stopped)?;
        self.intake.submit(signed, now)
    }
}

/// The herald of one node.
pub(crate) struct Herald<E: Environment> {
    context: E,
    voice: Voice,
    reader: Arc<dyn ResultsReader>,
    known: RulesVersion,
    /// The last signal.
    sent: Option<CommandId>,
}

impl<E: Environment> Herald<E> {
    /// Of a node that knows the rules up to the version of its configuration.
    pub(crate) fn new(
        context: E,
        setup: &Setup,
        reader: Arc<dyn ResultsReader>,
        intake: Intake,
    ) -> Self {
        let known = setup.config.rules;
        Self { context, voice: Voice::new(setup, intake), reader, known, sent: None }
    }

    /// Says what is to be said, for as long as the node runs.
    pub(crate) async fn run(mut self) {
        loop {
            self.look();
            self.context.sleep(SIGNAL_AGAIN).await;
        }
    }

    fn look(&mut self) {
        let Some(rules) = self.reader.rules() else { return };
        let says = (self.known > rules.version()).then_some(self.known);
        let known = rules.signal_of(&self.voice.identity()) == says;
        let waits = self.sent.is_some_and(|sent| self.voice.waits(&sent));
        if known || waits || !self.voice.is_heard(self.reader.as_ref()) {
            return;
        }
        let version = self.known;
        match self.voice.say(&mut self.context, Command::Signal { version }) {
            Ok(id) => {
                info!(version = version.get(), "rules.signalled");
                self.sent = Some(id);
            }
            Err(error) => warn!(%error, "rules.not_signalled: it is said again"),
        }
    }
}
