//! What this validator saw others do that nobody may, on its way to the ledger.
//!
//! The engine reports two votes of one view that contradict each other, without having checked them.
//! They are checked here as the ledger will, kept on disk, and sent as commands in the validators' name
//! until the ledger has no more use for them: recorded, whoever sent it, or about nobody it lists.
//!
//! ```text
//! engine -> [observer] -> checked -> on disk -> pool, gossip -> a block -> recorded: forgotten here
//!                                      ^                |
//!                                      +---- again -----+   as long as the ledger wants it
//! ```
//!
//! # Place      engine's reports -> [witness] -> intake
//! # Invariants nothing is sent that the ledger would not believe; what was seen survives a restart;
//! #            memory, disk and commands are bounded
//! # Absent     what becomes of the accused (ledger, D7 and D8); whom the network stops hearing (engine)

use std::{collections::BTreeMap, sync::Arc};

use commonware_codec::{Encode as _, ReadExt as _};
use commonware_consensus::{
    Epochable as _, Viewable as _,
    simplex::types::{Activity, Attributable as _, Finalize, Notarize, Nullify, Proposal},
};
use commonware_cryptography::{certificate::Attestation, sha256::Digest};
use commonware_macros::select;
use commonware_storage::metadata::{Config, Metadata};
use commonware_utils::channel::mpsc;
use ledger_core::{
    codec::{decode, encode},
    command::Command,
    digest::Domain,
    genesis::VoteSignature,
    id::{ChainId, CommandId},
    misconduct::{Contradiction, Evidence, Said},
};
use tracing::{error, info, warn};

use crate::{
    block::{digest_of, hash_of},
    committee::{Committees, Scheme},
    engine::Environment,
    error::StopReason,
    herald::Voice,
    intake::Intake,
    limits::{ACCUSE_AGAIN, MAX_EVIDENCE_BYTES, MAX_KEPT_EVIDENCE},
    port::ResultsReader,
    setup::Setup,
};

/// What the engine saw, towards the witness. Whatever does not fit is lost: the next vote of the same
/// validator will do.
pub(crate) type Seen = mpsc::Sender<Evidence>;

/// Makes evidence out of what the engine reports; nothing where it reports something else, or of an
/// epoch that is not known here any more.
pub(crate) fn evidence(
    activity: &Activity<Scheme, Digest>,
    committees: &Committees,
) -> Option<Evidence> {
    let (epoch, view, signer, votes) = match activity {
        // The engine shows the votes in their encoding only.
        Activity::ConflictingNotarize(found) => {
            let mut bytes = found.encode();
            let mut vote = || {
                let vote = Notarize::<Scheme, Digest>::read(&mut bytes).ok()?;
                said(&vote.proposal, &vote.attestation)
            };
            let votes = Contradiction::Notarize(vote()?, vote()?);
            (found.epoch(), found.view(), found.signer(), votes)
        }
        Activity::ConflictingFinalize(found) => {
            let mut bytes = found.encode();
            let mut vote = || {
                let vote = Finalize::<Scheme, Digest>::read(&mut bytes).ok()?;
                said(&vote.proposal, &vote.attestation)
            };
            let votes = Contradiction::Finalize(vote()?, vote()?);
            (found.epoch(), found.view(), found.signer(), votes)
        }
        Activity::NullifyFinalize(found) => {
            let mut bytes = found.encode();
            let skip = Nullify::<Scheme>::read(&mut bytes).ok()?;
            let vote = Finalize::<Scheme, Digest>::read(&mut bytes).ok()?;
            let finalize = said(&vote.proposal, &vote.attestation)?;
            let skip = signature(&skip.attestation)?;
            let votes = Contradiction::SkipAndFinalize { skip, finalize };
            (found.epoch(), found.view(), found.signer(), votes)
        }
        _ => return None,
    };
    let listed = committees.of(epoch.get())?.validators;
    let validator = listed.get(usize::try_from(signer.get()).ok()?)?.identity;
    Some(Evidence { validator, epoch: epoch.get(), view: view.get(), votes })
}

fn said(proposal: &Proposal<Digest>, attestation: &Attestation<Scheme>) -> Option<Said> {
    let (parent_view, digest) = (proposal.parent.get(), hash_of(&proposal.payload));
    Some(Said { parent_view, digest, signature: signature(attestation)? })
}

/// A vote's signature; nothing where its bytes are no point.
fn signature(attestation: &Attestation<Scheme>) -> Option<VoteSignature> {
    let bytes = attestation.signature.get()?.encode();
    Some(VoteSignature::new(bytes.as_ref().try_into().ok()?))
}

/// Under which name evidence is kept: votes of one view and kind are enough once.
fn name(evidence: &Evidence) -> Digest {
    let of = (evidence.validator, evidence.epoch, evidence.view, evidence.kind());
    digest_of(&Domain::Content.hash_of(&of))
}

/// The witness of one node.
pub(crate) struct Witness<E: Environment> {
    context: E,
    kept: Metadata<E, Digest, Vec<u8>>,
    chain: ChainId,
    voice: Voice,
    reader: Arc<dyn ResultsReader>,
    /// The latest command about what is kept.
    sent: BTreeMap<Digest, CommandId>,
}

impl<E: Environment> Witness<E> {
    /// With what it kept before.
    ///
    /// # Errors
    /// [`StopReason::Actor`], when its part of the engine's folder is damaged.
    pub(crate) async fn open(
        context: E,
        setup: &Setup,
        reader: Arc<dyn ResultsReader>,
        intake: Intake,
    ) -> Result<Self, StopReason> {
        let config = Config {
            partition: setup.partition("evidence"),
            codec_config: ((..=MAX_EVIDENCE_BYTES).into(), ()),
        };
        let kept = Metadata::init(context.child("evidence"), config).await;
        let kept = kept.map_err(|fault| StopReason::unreadable("evidence", fault))?;
        let (chain, voice) = (setup.config.genesis.chain_id(), Voice::new(setup, intake));
        let sent = BTreeMap::new();
        Ok(Self { context, kept, chain, voice, reader, sent })
    }

    /// Takes what is seen, and sends what is kept, until nobody sees anything any more or the disk fails.
    pub(crate) async fn run(mut self, mut seen: mpsc::Receiver<Evidence>) {
        loop {
            self = match self.accuse().await {
                Some(own) => own,
                None => return,
            };
            select! {
                found = seen.recv() => match found {
                    Some(found) => {
                        self = match self.keep(found).await {
                            Some(own) => own,
                            None => return,
                        };
                    }
                    None => return,
                },
                _ = self.context.sleep(ACCUSE_AGAIN) => {},
            }
        }
    }

    /// Keeps what proves something, durably; `None` when the disk failed.
    async fn keep(mut self, found: Evidence) -> Option<Self> {
        let (validator, kind) = (found.validator, found.kind().name());
        let name = name(&found);
        let Some(key) = self.reader.wants(&found) else { return Some(self) };
        if self.kept.get(&name).is_some() {
            return Some(self);
        }
        if !found.holds(&self.chain, &key) {
            warn!(%validator, epoch = found.epoch, view = found.view, kind, "evidence.unsigned");
            return Some(self);
        }
        error!(%validator, epoch = found.epoch, view = found.view, kind, "evidence.kept");
        if self.kept.keys().count() >= MAX_KEPT_EVIDENCE {
            warn!(%validator, "evidence.full");
            return Some(self);
        }
        self.kept.put(name, encode(&found));
        self.sync().await
    }

    /// Sends what is kept and does not wait in the pool; forgets what the ledger has no more use for.
    async fn accuse(mut self) -> Option<Self> {
        let names: Vec<Digest> = self.kept.keys().copied().collect();
        let (mut forgotten, speaks) =
            (false, !names.is_empty() && self.voice.is_heard(self.reader.as_ref()));
        for name in names {
            let bytes = self.kept.get(&name).map(Vec::as_slice).unwrap_or_default();
            let kept: Option<Evidence> = decode(bytes, MAX_EVIDENCE_BYTES).ok();
            let waits = self.sent.get(&name).is_some_and(|id| self.voice.waits(id));
            let wanted = kept.filter(|found| {
                // The accused may vote with another key by now: the ledger would not believe this one.
                let key = self.reader.wants(found);
                key.is_some_and(|key| waits || found.holds(&self.chain, &key))
            });
            let Some(found) = wanted else {
                self.kept.remove(&name);
                self.sent.remove(&name);
                forgotten = true;
                continue;
            };
            if speaks && !waits {
                let sent = self.send(found);
                self.sent.extend(sent.map(|id| (name, id)));
            }
        }
        if forgotten { self.sync().await } else { Some(self) }
    }

    /// Puts an accusation into the pool.
    fn send(&mut self, found: Evidence) -> Option<CommandId> {
        let validator = found.validator;
        match self.voice.say(&mut self.context, Command::Accuse(found)) {
            Ok(id) => {
                let by = self.voice.identity();
                info!(%validator, %by, epoch = found.epoch, view = found.view, "evidence.sent");
                Some(id)
            }
            Err(error) => {
                warn!(%validator, %error, "evidence.not_sent: it is sent again");
                None
            }
        }
    }

    async fn sync(mut self) -> Option<Self> {
        match self.kept.sync().await {
            Ok(kept) => {
                self.kept = kept;
                Some(self)
            }
            Err(failed) => {
                error!(%failed, "evidence.disk");
                None
            }
        }
    }
}
