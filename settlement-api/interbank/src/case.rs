//! A case: one question between two banks, and its life.
//!
//! ```text
//! Opened --accept--> Assigned --answer--> Answered --close--> Closed
//!   |                  |  interim, forward   |  reopen (3 times) -> Reopened, as Assigned
//!   '--reject--> Rejected <--reject--'       '-- closes by itself after five days
//! while the responder writes: withdraw -> Withdrawn, expire -> Expired    (the requester's)
//! ```
//!
//! Each side numbers and chains its own messages and names the last of the other side that it had
//! read. Only the requester's two interrupts may cross what the responder writes; then they win, at
//! both banks, and what was crossed is kept and has no effect.
//!
//! # Place      genuine letters, and acts of the own desk -> [case] -> effects, for the gateway
//! # Invariants B1 chains; B2 one writer; B3 both sides end alike; B4 late answers; B5 duplicates
//! # Absent     what messages say (their content), transport, the desk's own approvals

use ledger_core::{
    digest::Hash32,
    id::{ChainId, Lei},
    signature::Statement as _,
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use crate::{
    content::{Content, Field},
    limits::MAX_MESSAGES,
    message::{Act, Answering, CaseId, Message, MessageId, Opening, Seen, Subject},
    refused::Refused,
};

mod guard;
mod stage;

pub use stage::{Side, Stage};

/// One side's messages so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// How many.
    pub count: u32,
    /// Digest of the last; zero for none.
    pub last: Hash32,
    /// How many of the other side's messages the last had seen.
    pub seen: u32,
}

/// A message of a case, as its copy remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who wrote it.
    pub side: Side,
    /// Which of its writer's.
    pub number: u32,
    /// What its writer calls it.
    pub id: MessageId,
    /// Its digest.
    pub digest: Hash32,
    /// When it was written.
    pub written: LedgerTime,
    /// The case's stage after it.
    pub stage: Stage,
    /// The answer that it was, if it was one.
    pub answer: Option<Answering>,
}

/// What a gateway does next because of a message or because time went on. Append-only.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// It is the own desk's turn.
    Turn,
    /// The case has ended.
    Ended(Stage),
    /// The own child of this case is no longer wanted.
    WithdrawChild(CaseId),
    /// The own parent of this case can be answered with what this one was answered.
    AnswerParent(CaseId),
    /// So many percent of the time for an answer are over.
    Remind(u8),
    /// The deadline has passed: tell the contact for escalations, and apply the payment's policy.
    Escalate,
    /// Nothing came in the time of grace: write [`Act::Expire`].
    Expire,
    /// The answer was not objected to: write [`Act::Close`].
    Close,
}

/// One bank's copy of a case, or a third party's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The network.
    pub chain: ChainId,
    /// Its identity.
    pub id: CaseId,
    /// The payment it is about.
    pub payment: Subject,
    /// Who asks.
    pub requester: Lei,
    /// Who is asked.
    pub responder: Lei,
    /// How it began.
    pub opening: Opening,
    /// What was asked for, by name.
    pub asked: Vec<Field>,
    /// Whose copy this is; nobody's, when a third party follows the messages.
    pub me: Option<Side>,
    pub(crate) stage: Stage,
    /// What the stage would be without the requester's interrupt: the responder may have written on.
    crossed: Option<Stage>,
    chains: (Chain, Chain),
    trail: Vec<Entry>,
    pub(crate) answer_by: LedgerTime,
    /// Since when this answer is waited for.
    pub(crate) asked_at: LedgerTime,
    reopened: u8,
    forwards: Vec<CaseId>,
    /// Reminders of this round that were given (see `timer`).
    pub(crate) reminded: u8,
    latest: LedgerTime,
}

/// What a message made of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stepped {
    /// The case afterwards.
    pub case: Case,
    /// What the gateway does next.
    pub effects: Vec<Effect>,
    /// Whether the message was known already, and changed nothing.
    pub known: bool,
}

/// What both sides agree on when they have read the same messages (B3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Where the case is.
    pub stage: Stage,
    /// The requester's messages.
    pub requester: Seen,
    /// The responder's messages.
    pub responder: Seen,
}

impl Case {
    /// A case by its first message; content in whose `asked` it says what is wanted.
    ///
    /// # Errors
    /// [`Refused`], as listed in docs/spec/interbank.md.
    pub fn open(
        message: &Message,
        content: &Content,
        me: Option<Side>,
        now: LedgerTime,
    ) -> Result<Stepped, Refused> {
        let Act::Open(opening) = message.act else { return Err(Refused::UnknownCase) };
        guard::opening(message, &opening, now)?;
        let mut case = Self {
            chain: message.chain,
            id: message.case,
            payment: message.payment,
            requester: message.from,
            responder: message.to,
            opening,
            asked: content.asked.clone(),
            me,
            stage: Stage::Opened,
            crossed: None,
            chains: (Chain::default(), Chain::default()),
            trail: Vec::new(),
            answer_by: opening.answer_by,
            asked_at: message.written,
            reopened: 0,
            forwards: Vec::new(),
            reminded: 0,
            latest: message.written,
        };
        case.remember(message, Side::Requester);
        let effects = case.effects(Stage::Opened, false);
        Ok(Stepped { case, effects, known: false })
    }

    /// The only way a case changes by a message, whoever wrote it. On `Err` nothing changed.
    ///
    /// # Errors
    /// [`Refused`], as listed in docs/spec/interbank.md, in the order of the enum.
    pub fn step(&self, message: &Message, now: LedgerTime) -> Result<Stepped, Refused> {
        let side = self.side_of(message)?;
        if let Some(known) = self.trail.iter().find(|e| e.side == side && e.id == message.id) {
            return if known.digest == message.digest() {
                Ok(Stepped { case: self.clone(), effects: Vec::new(), known: true })
            } else {
                Err(Refused::DuplicateConflict)
            };
        }
        self.follows(message, side)?;
        let (from, crossing) = self.stage_seen_by(side, message.seen.count)?;
        let next = from.after(side, &message.act)?;
        guard::times(message, self.latest_seen_by(side, message.seen.count), now)?;
        guard::act(self, message)?;
        Ok(self.commit(message, side, next, crossing))
    }

    /// Everything fallible is over.
    fn commit(&self, message: &Message, side: Side, next: Stage, crossing: Crossing) -> Stepped {
        let mut case = self.clone();
        let mut effective = true;
        match crossing {
            Crossing::None if message.act.is_interrupt() => {
                case.crossed = Some(case.stage);
                case.stage = next;
            }
            Crossing::None | Crossing::Interrupts => case.stage = next,
            Crossing::Interrupted => {
                case.crossed = Some(next);
                effective = false;
            }
        }
        match message.act {
            Act::Forward { child, .. } => case.forwards.push(child),
            Act::Reopen { answer_by } => {
                case.reopened = case.reopened.saturating_add(1);
                case.answer_by = answer_by;
                case.asked_at = message.written;
                case.reminded = 0;
            }
            Act::Answer(_) if effective => {
                case.asked_at = message.written;
                case.reminded = 0;
            }
            Act::Open(_)
            | Act::Accept
            | Act::Interim(_)
            | Act::Answer(_)
            | Act::Reject(_)
            | Act::Close
            | Act::Withdraw
            | Act::Expire => {}
        }
        case.remember(message, side);
        let effects = if effective { case.effects(case.stage, true) } else { Vec::new() };
        Stepped { case, effects, known: false }
    }

    fn remember(&mut self, message: &Message, side: Side) {
        let digest = message.digest();
        let chain = match side {
            Side::Requester => &mut self.chains.0,
            Side::Responder => &mut self.chains.1,
        };
        *chain = Chain {
            count: message.number.saturating_add(1),
            last: digest,
            seen: message.seen.count,
        };
        self.trail.push(Entry {
            side,
            number: message.number,
            id: message.id,
            digest,
            written: message.written,
            stage: self.stage,
            answer: message.act.answering(),
        });
        self.latest = self.latest.max(message.written);
    }

    fn effects(&self, stage: Stage, changed: bool) -> Vec<Effect> {
        let Some(me) = self.me else { return Vec::new() };
        let mut effects = Vec::new();
        match stage.writer() {
            Some(writer) if writer == me => effects.push(Effect::Turn),
            Some(_) => {}
            None if changed => {
                effects.push(Effect::Ended(stage));
                if me == Side::Responder {
                    effects.extend(self.forwards.iter().map(|c| Effect::WithdrawChild(*c)));
                }
            }
            None => {}
        }
        if stage == Stage::Answered && me == Side::Requester {
            effects.extend(self.opening.parent.map(Effect::AnswerParent));
        }
        effects
    }

    /// Which side wrote a message of this case.
    fn side_of(&self, message: &Message) -> Result<Side, Refused> {
        if message.chain != self.chain {
            return Err(Refused::WrongNetwork);
        }
        if message.case != self.id {
            return Err(Refused::UnknownCase);
        }
        let side = match (message.from, message.to) {
            route if route == (self.requester, self.responder) => Side::Requester,
            route if route == (self.responder, self.requester) => Side::Responder,
            _ => return Err(Refused::NotAParty),
        };
        if message.payment == self.payment { Ok(side) } else { Err(Refused::WrongPayment) }
    }

    /// B1: the message is its writer's next, after what it says it is after.
    fn follows(&self, message: &Message, side: Side) -> Result<(), Refused> {
        let own = self.chain_of(side);
        if message.number < own.count {
            return Err(Refused::NumberReused);
        }
        if message.number > own.count {
            return Err(Refused::Gap { expected: own.count });
        }
        if message.previous != own.last {
            return Err(Refused::ChainBroken);
        }
        let mut read = self.trail.iter().filter(|entry| entry.side == side.other());
        let last = match message.seen.count.checked_sub(1) {
            None => Some(Hash32::ZERO),
            Some(number) => read.find(|entry| entry.number == number).map(|entry| entry.digest),
        };
        if last != Some(message.seen.last) || message.seen.count < own.seen {
            return Err(Refused::SeenMismatch);
        }
        if own.count >= MAX_MESSAGES { Err(Refused::TooManyMessages) } else { Ok(()) }
    }

    /// The stage that a side saw when it had read so many of the other's messages (B3).
    fn stage_seen_by(&self, side: Side, seen: u32) -> Result<(Stage, Crossing), Refused> {
        let unseen = self.chain_of(side.other()).count.saturating_sub(seen);
        if unseen == 0 {
            return Ok((self.stage, Crossing::None));
        }
        if let (Side::Responder, Some(crossed)) = (side, self.crossed) {
            // The requester's interrupt is the only message that can be unseen: it is its last.
            return if unseen == 1 {
                Ok((crossed, Crossing::Interrupted))
            } else {
                Err(Refused::SeenMismatch)
            };
        }
        let unseen = usize::try_from(unseen).unwrap_or(usize::MAX);
        let kept = self.trail.len().checked_sub(unseen).and_then(|kept| kept.checked_sub(1));
        let entry = kept.and_then(|at| self.trail.get(at)).ok_or(Refused::SeenMismatch)?;
        match side {
            Side::Requester => Ok((entry.stage, Crossing::Interrupts)),
            // Nobody but the requester interrupts: the turn was not the responder's.
            Side::Responder => Err(Refused::WrongWriter),
        }
    }

    /// When the last message was written that this side had read or written.
    fn latest_seen_by(&self, side: Side, seen: u32) -> LedgerTime {
        let read = |entry: &&Entry| entry.side == side || entry.number < seen;
        let written = self.trail.iter().filter(read).map(|entry| entry.written);
        written.max().unwrap_or_default()
    }

    const fn chain_of(&self, side: Side) -> &Chain {
        match side {
            Side::Requester => &self.chains.0,
            Side::Responder => &self.chains.1,
        }
    }

    /// Where the case is.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Until when an answer is written.
    #[must_use]
    pub const fn answer_by(&self) -> LedgerTime {
        self.answer_by
    }

    /// Its messages, in the order in which this copy read them.
    #[must_use]
    pub fn trail(&self) -> &[Entry] {
        &self.trail
    }

    /// The own children of this case.
    #[must_use]
    pub fn forwards(&self) -> &[CaseId] {
        &self.forwards
    }

    /// The side of a member.
    #[must_use]
    pub fn side(&self, member: &Lei) -> Option<Side> {
        if *member == self.requester {
            Some(Side::Requester)
        } else {
            (*member == self.responder).then_some(Side::Responder)
        }
    }

    /// What both sides agree on.
    #[must_use]
    pub fn agreed(&self) -> Agreed {
        let seen = |chain: &Chain| Seen { count: chain.count, last: chain.last };
        Agreed {
            stage: self.stage,
            requester: seen(&self.chains.0),
            responder: seen(&self.chains.1),
        }
    }

    /// The message that a side writes next; nothing is signed or changed.
    #[must_use]
    pub fn next(
        &self,
        side: Side,
        id: MessageId,
        act: Act,
        content: Hash32,
        now: LedgerTime,
    ) -> Message {
        let (own, read) = (self.chain_of(side), self.chain_of(side.other()));
        let (from, to) = match side {
            Side::Requester => (self.requester, self.responder),
            Side::Responder => (self.responder, self.requester),
        };
        Message {
            chain: self.chain,
            case: self.id,
            payment: self.payment,
            from,
            to,
            id,
            number: own.count,
            previous: own.last,
            seen: Seen { count: read.count, last: read.last },
            written: now.max(self.latest),
            act,
            content,
        }
    }

    /// Whether an answer says what was asked: every field of the level and by name, and a document
    /// at level three; or `NINF`, that there is nothing to say.
    ///
    /// # Errors
    /// [`Refused::AnswerIncomplete`].
    pub fn check_answer(&self, message: &Message, content: &Content) -> Result<(), Refused> {
        let Act::Answer(answering) = message.act else { return Ok(()) };
        if answering.outcome.text() == "NINF" {
            return Ok(());
        }
        let level = self.opening.level;
        let mut documents = content.documents.iter().filter(|mark| !mark.is_message());
        let documented = level.is_none_or(|l| !l.wants_document()) || documents.next().is_some();
        let fields = level.map_or(&[][..], crate::kind::Level::fields);
        if documented && content.gives(fields) && content.gives(&self.asked) {
            Ok(())
        } else {
            Err(Refused::AnswerIncomplete)
        }
    }
}

/// How a message stands to what its writer had not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crossing {
    /// It had read everything.
    None,
    /// The requester's interrupt, over messages that it had not read.
    Interrupts,
    /// The responder's, who had not read the interrupt: it has no effect.
    Interrupted,
}
