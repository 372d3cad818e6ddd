//! Blocks: an ordered list of commands under a header that also declares earlier results.
//!
//! A block is ordered first and executed afterwards. Its header at height h therefore declares the
//! results of some height S with parent's S <= S < h. There is no lower bound beyond the parent's:
//! a block may be built upon without ever being final by itself, and a bound could ask for a root
//! that nobody can compute.
//!
//! # Place      proposed and checked by consensus through this module; executed by `execute`
//! # Invariants L1, L2 validity is a pure function of the block's bytes and its parent's header
//! # Absent     whether keys are authorised, ids fresh, standing valid (execution's part);
//! #            whether the declared roots are right (each node compares with its own); whose the
//! #            next committee is (`epoch`)

use std::sync::Arc;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::{
    codec::{CodecError, decode, encode},
    command::{CommandError, Identified, SignedCommand},
    digest::{Domain, Hash32, leaf_hashes},
    genesis::{Genesis, Limits},
    id::{ChainId, CommandId},
    limits::{MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES, MAX_RESULTS_LAG},
    merkle::Tree,
    quarantine::{QuarantineError, SignedQuarantine},
    rules::RulesVersion,
    share::Shares,
    signature::{Claim, PublicKey, all_hold},
    time::{Height, LedgerTime},
    validators::Committee,
};

/// Version of [`Header`].
pub const HEADER_VERSION: u16 = 1;

/// What a header declares about the execution of an earlier block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// S: the block whose results these are.
    pub height: Height,
    /// State root after it.
    pub state_root: Hash32,
    /// Root of the history tree over every block up to it.
    pub history_root: Hash32,
}

/// Where in the consensus protocol a block was proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Epoch.
    pub epoch: u64,
    /// View.
    pub view: u64,
    /// View of the parent.
    pub parent_view: u64,
    /// Who proposed it.
    pub leader: PublicKey,
}

/// The header of a block: what validators certify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Always [`HEADER_VERSION`].
    pub version: u16,
    /// The network.
    pub chain: ChainId,
    /// Where it was proposed.
    pub context: Context,
    /// Its number.
    pub height: Height,
    /// Digest of the header before it.
    pub parent: Hash32,
    /// Ledger time from here on.
    pub time: LedgerTime,
    /// Hash of the commands.
    pub payload: Hash32,
    /// What came of an earlier block.
    pub results: Results,
    /// Hash of the committee that certifies it.
    pub committee: Hash32,
    /// Hash of the committee after it.
    pub next_committee: Hash32,
}

/// Why a block is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Header or payload are not canonical.
    #[error("block: {0}")]
    Codec(#[from] CodecError),
    /// A header field is not what its parent's header and the network make it.
    #[error("header field {field} does not follow from its parent")]
    Header {
        /// Which field.
        field: &'static str,
    },
    /// The payload is not the one the header names.
    #[error("the payload is not the one that the header names")]
    Payload,
    /// More bytes, units, lag or share of one organisation than a block may have.
    #[error("the block exceeds its bound of {bound}")]
    Bound {
        /// Which bound.
        bound: &'static str,
    },
    /// A command that no block may hold.
    #[error("command {index}: {error}")]
    Command {
        /// Its place in the block.
        index: usize,
        /// What is wrong.
        error: CommandError,
    },
    /// A command that only a later version of the rules knows.
    #[error("command {index} is of version {needs} of the rules, and the block's is {version}")]
    Rules {
        /// Its place in the block.
        index: usize,
        /// The version that knows it first.
        needs: RulesVersion,
        /// The block's version.
        version: RulesVersion,
    },
}

impl Header {
    /// The header of genesis.
    #[must_use]
    pub fn genesis(genesis: &Genesis, state_root: Hash32) -> Self {
        let committee = genesis.committee_hash();
        Self {
            version: HEADER_VERSION,
            chain: genesis.chain_id(),
            context: Context {
                epoch: genesis.epoch,
                view: 0,
                parent_view: 0,
                leader: PublicKey::new([0; 32]),
            },
            height: Height::new(0),
            parent: Hash32::ZERO,
            time: genesis.time,
            payload: payload_root(&[]),
            results: Results { height: Height::new(0), state_root, history_root: Hash32::ZERO },
            committee,
            next_committee: committee,
        }
    }

    /// The header of a block that follows this one and does not end an epoch.
    #[must_use]
    pub fn child(
        &self,
        context: Context,
        now: LedgerTime,
        payload: &[u8],
        results: Results,
    ) -> Self {
        Self {
            context,
            height: self.height.next(),
            parent: self.digest(),
            time: now.max(self.time.after(1)),
            payload: payload_root(payload),
            results,
            committee: self.next_committee,
            ..*self
        }
    }

    /// Its digest: what validators certify.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        Domain::Header.hash_of(self)
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Decodes canonical bytes.
    ///
    /// # Errors
    /// [`CodecError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        decode(bytes, MAX_HEADER_BYTES)
    }

    /// Whether results lie so far back that the block must be empty.
    #[must_use]
    pub fn must_be_empty(&self) -> bool {
        self.height.get().saturating_sub(self.results.height.get()) > MAX_RESULTS_LAG
    }
}

/// Bytes of a payload that are one leaf of its tree.
pub const PAYLOAD_LEAF_BYTES: usize = 1_024;

/// Hash of a payload's bytes: of how many there are, and of the root over them (W11).
#[must_use]
pub fn payload_root(payload: &[u8]) -> Hash32 {
    let leaves = payload.chunks(PAYLOAD_LEAF_BYTES).map(|bytes| (Hash32::ZERO, bytes));
    let tree = Tree::new(leaf_hashes(&leaves.collect::<Vec<_>>()));
    let length = u64::try_from(payload.len()).unwrap_or(u64::MAX);
    Domain::Payload.hash_of(&(length, tree.root()))
}

/// The payload of a block with these commands: empty bytes for none.
#[must_use]
pub fn encode_payload(commands: &[SignedCommand]) -> Vec<u8> {
    payload_of(&commands.iter().collect::<Vec<_>>())
}

fn payload_of(commands: &[&SignedCommand]) -> Vec<u8> {
    if commands.is_empty() { Vec::new() } else { encode(&commands) }
}

/// A block as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What is certified.
    pub header: Header,
    /// The commands' bytes ([`encode_payload`]).
    pub payload: Vec<u8>,
}

/// A command whose signatures were checked: all that execution accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified(Identified);

impl Verified {
    /// Checks a command's signatures one by one.
    ///
    /// # Errors
    /// [`CommandError::BadSignature`].
    pub fn check(command: Identified) -> Result<Self, CommandError> {
        if command.claims().iter().all(Claim::holds) {
            Ok(Self(command))
        } else {
            Err(CommandError::BadSignature)
        }
    }

    /// Checks many commands' signatures together, and one by one only if any of them is bad.
    pub fn check_all(
        commands: Vec<Identified>,
        rng: impl CryptoRng,
    ) -> Vec<Result<Self, CommandError>> {
        let claims: Vec<Claim> = commands.iter().flat_map(Identified::claims).collect();
        let all = !claims.is_empty() && all_hold(&claims, rng);
        commands.into_iter().map(|c| if all { Ok(Self(c)) } else { Self::check(c) }).collect()
    }

    /// The command's identity.
    #[must_use]
    pub const fn id(&self) -> CommandId {
        self.0.id()
    }

    /// The command.
    #[must_use]
    pub const fn get(&self) -> &SignedCommand {
        self.0.get()
    }

    /// The command with its identity and length.
    #[must_use]
    pub const fn identified(&self) -> &Identified {
        &self.0
    }
}

/// A block whose validity was checked, or is vouched for by a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidBlock {
    header: Header,
    commands: Vec<Arc<Verified>>,
    aside: Option<Arc<SignedQuarantine>>,
    /// Commands that are not executed.
    skipped: Vec<CommandId>,
}

impl ValidBlock {
    /// A proposer's block after `parent`, and before one that `next_committee` certifies; the
    /// network's bounds are the caller's to keep.
    #[must_use]
    pub fn propose(
        parent: &Header,
        (context, now): (Context, LedgerTime),
        next_committee: Hash32,
        commands: Vec<Arc<Verified>>,
        results: Results,
    ) -> (Block, Self) {
        let payload = payload_of(&commands.iter().map(|c| c.get()).collect::<Vec<_>>());
        let child = parent.child(context, now, &payload, results);
        let header = Header { next_committee, ..child };
        (Block { header, payload }, Self::whole(header, commands))
    }

    const fn whole(header: Header, commands: Vec<Arc<Verified>>) -> Self {
        Self { header, commands, aside: None, skipped: Vec::new() }
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The commands, in order.
    #[must_use]
    pub fn commands(&self) -> &[Arc<Verified>] {
        &self.commands
    }

    /// Checks that no command is of a later version of the rules than this one, which is that of the block
    /// (D16).
    ///
    /// # Errors
    /// [`BlockError::Rules`].
    pub fn check_rules(&self, version: RulesVersion) -> Result<(), BlockError> {
        let since = self.commands.iter().map(|command| command.get().body.command.since());
        match since.enumerate().find(|(_, needs)| *needs > version) {
            Some((index, needs)) => Err(BlockError::Rules { index, needs, version }),
            None => Ok(()),
        }
    }

    /// With what a quorum of the committee that certifies it set aside (D13).
    ///
    /// # Errors
    /// [`QuarantineError`].
    pub fn setting_aside(
        &self,
        aside: Arc<SignedQuarantine>,
        committee: &Committee,
    ) -> Result<Self, QuarantineError> {
        let ids: Vec<CommandId> = self.commands.iter().map(|command| command.id()).collect();
        aside.check(&self.header, &ids, committee)?;
        let skipped = aside.value.commands.clone();
        Ok(Self { aside: Some(aside), skipped, ..self.clone() })
    }

    /// What its validators set aside.
    #[must_use]
    pub fn aside(&self) -> Option<&SignedQuarantine> {
        self.aside.as_deref()
    }

    /// As it would be if nothing of these were executed, whoever decides that.
    pub(crate) fn without(&self, skipped: Vec<CommandId>) -> Self {
        Self { skipped, ..self.clone() }
    }

    /// Whether a command is set aside.
    pub(crate) fn sets_aside(&self, id: &CommandId) -> bool {
        self.skipped.contains(id)
    }
}

/// What a validator knows of a block before it validates it.
pub struct Known<'a> {
    /// Whether the payload was found to be the one that the header names.
    pub payload: bool,
    /// A command whose signatures were checked here before: the same bytes, signatures included.
    pub verified: &'a dyn Fn(&Identified) -> Option<Arc<Verified>>,
}

impl Known<'_> {
    /// Nothing.
    pub const NOTHING: Self = Self { payload: false, verified: &|_| None };
}

impl Block {
    /// Checks everything a validator must check before it votes (L1).
    ///
    /// # Errors
    /// The first fault found, in this order: each header field; payload hash; results lag; bytes of
    /// the block; canonical payload; of each command in turn its signatures' order, its binding to
    /// network and time, its bytes; units of the block; shares of organisations; signatures.
    pub fn validate(
        &self,
        parent: &Header,
        limits: &Limits,
        rng: impl CryptoRng,
    ) -> Result<ValidBlock, BlockError> {
        self.validate_knowing(parent, limits, &Known::NOTHING, rng)
    }

    /// As [`Self::validate`], without doing again what was done before.
    ///
    /// # Errors
    /// As [`Self::validate`].
    pub fn validate_knowing(
        &self,
        parent: &Header,
        limits: &Limits,
        known: &Known<'_>,
        rng: impl CryptoRng,
    ) -> Result<ValidBlock, BlockError> {
        self.check_header(parent, known.payload)?;
        let bytes = u32::try_from(self.payload.len()).unwrap_or(u32::MAX);
        if bytes > limits.block_bytes {
            return Err(BlockError::Bound { bound: "block bytes" });
        }
        let commands = self.commands()?;
        let (mut units, mut shares) = (0u32, Shares::default());
        for (index, command) in commands.iter().enumerate() {
            let at = |error| BlockError::Command { index, error };
            let signed = command.get();
            signed.check_shape().map_err(at)?;
            signed
                .check_binding(&self.header.chain, self.header.time, limits.command_ttl_ms)
                .map_err(at)?;
            if command.bytes() > signed.max_bytes() {
                return Err(BlockError::Bound { bound: "command bytes" });
            }
            units = units.saturating_add(command.units());
            shares.add(command);
        }
        if units > limits.block_units {
            return Err(BlockError::Bound { bound: "block units" });
        }
        if !shares.kept(limits) {
            return Err(BlockError::Bound { bound: "organisation share" });
        }
        self.verify(commands, known, rng)
    }

    /// Checks the signatures of commands that are not known yet.
    fn verify(
        &self,
        commands: Vec<Identified>,
        known: &Known<'_>,
        rng: impl CryptoRng,
    ) -> Result<ValidBlock, BlockError> {
        let mut places: Vec<Option<Arc<Verified>>> = Vec::with_capacity(commands.len());
        let mut open: Vec<Identified> = Vec::new();
        for command in commands {
            let found = (known.verified)(&command).filter(|found| *found.identified() == command);
            if found.is_none() {
                open.push(command);
            }
            places.push(found);
        }
        let mut checked = Verified::check_all(open, rng).into_iter();
        let mut verified = Vec::with_capacity(places.len());
        for (index, place) in places.into_iter().enumerate() {
            let at = |error| BlockError::Command { index, error };
            match place {
                Some(found) => verified.push(found),
                None => verified.extend(checked.next().transpose().map_err(at)?.map(Arc::new)),
            }
        }
        Ok(ValidBlock::whole(self.header, verified))
    }

    /// Takes a finalized block as it is: an honest quorum validated it before it voted.
    ///
    /// # Errors
    /// When the bytes are not a block at all, or not the child of `parent`.
    pub fn accept_finalized(&self, parent: &Header) -> Result<ValidBlock, BlockError> {
        self.check_header(parent, false)?;
        let commands = self.commands()?.into_iter().map(|command| Arc::new(Verified(command)));
        Ok(ValidBlock::whole(self.header, commands.collect()))
    }

    fn check_header(&self, parent: &Header, payload_known: bool) -> Result<(), BlockError> {
        let header = &self.header;
        let expect = |ok: bool, field: &'static str| {
            if ok { Ok(()) } else { Err(BlockError::Header { field }) }
        };
        expect(header.version == HEADER_VERSION, "version")?;
        expect(header.chain == parent.chain, "chain")?;
        expect(header.height == parent.height.next(), "height")?;
        expect(header.parent == parent.digest(), "parent")?;
        expect(header.time > parent.time, "time")?;
        expect(header.committee == parent.next_committee, "committee")?;
        expect(header.results.height >= parent.results.height, "results.height")?;
        expect(header.results.height < header.height, "results.height")?;
        if header.results.height == parent.results.height {
            expect(header.results == parent.results, "results")?;
        }
        if !payload_known && payload_root(&self.payload) != header.payload {
            return Err(BlockError::Payload);
        }
        if header.must_be_empty() && !self.payload.is_empty() {
            return Err(BlockError::Bound { bound: "results lag" });
        }
        Ok(())
    }

    fn commands(&self) -> Result<Vec<Identified>, BlockError> {
        if self.payload.is_empty() {
            return Ok(Vec::new());
        }
        let commands: Vec<SignedCommand> = decode(&self.payload, MAX_PAYLOAD_BYTES)?;
        // An empty list has one spelling: no bytes.
        if commands.is_empty() {
            return Err(BlockError::Payload);
        }
        Ok(Identified::all(commands))
    }
}
