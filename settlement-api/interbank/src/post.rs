//! Store and forward: letters of a case wait until the other gateway has them on disk.
//!
//! Delivery is at least once and in the order of each writer's numbers. A letter leaves the outbox
//! only by a signed receipt, which the reader writes when the letter is kept; so nothing is lost when
//! either side ends between any two steps, as long as each step is one write.
//!
//! # Place      case -> [post] outbox -> sealed, sent by the gateway -> [post] inbox -> case
//! # Invariants B9 a letter is sent again until it is receipted; what comes early waits, within a
//! #            maximum; what comes again changes nothing
//! # Absent     sealing, HTTP, disks: the gateway's

use std::collections::BTreeMap;

use ledger_core::{
    codec::encode,
    digest::{Domain, Hash32},
    id::{ChainId, Lei, Text},
    signature::{Signed, Statement},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use crate::{
    case::{Effect, Side},
    limits::{MAX_PARKED, MAX_PAUSE_MS, MAX_UNRECEIPTED},
    message::{CaseId, Genuine, Keys, Letter, Seen},
    refused::Refused,
    room::Room,
};

/// A reader's word that it keeps a writer's letters, up to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The network.
    pub chain: ChainId,
    /// The case.
    pub case: CaseId,
    /// Who has read.
    pub from: Lei,
    /// Who wrote.
    pub to: Lei,
    /// How many of the writer's messages it keeps, and the digest of the last.
    pub received: Seen,
    /// The first that it refuses, if it refuses one.
    pub refused: Option<RefusedLetter>,
    /// When, by the reader's clock.
    pub at: LedgerTime,
}

/// A letter that its reader does not take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedLetter {
    /// The message's digest.
    pub message: Hash32,
    /// The code of the refusal.
    pub code: Text,
}

impl Statement for Receipt {
    fn domain(&self) -> Domain {
        Domain::InquiryReceipt
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// A letter that waits for its receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its message's digest.
    pub digest: Hash32,
    /// The letter.
    pub letter: Letter,
}

/// One side's letters of one case that the other does not have yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    waiting: BTreeMap<u32, Waiting>,
    received: Seen,
    refused: Option<RefusedLetter>,
    attempts: u32,
    next_try: LedgerTime,
}

/// The first pause between two attempts, in milliseconds; each further one is twice as long.
const FIRST_PAUSE_MS: u64 = 500;

impl Outbox {
    /// Puts a letter at the end; it is due at once.
    ///
    /// # Errors
    /// [`Refused::TooManyWaiting`].
    pub fn put(&self, genuine: &Genuine) -> Result<Self, Refused> {
        if self.waiting.len() >= MAX_UNRECEIPTED {
            return Err(Refused::TooManyWaiting);
        }
        let (message, letter) = (genuine.message(), genuine.letter().clone());
        let mut outbox = self.clone();
        outbox.waiting.insert(message.number, Waiting { digest: message.digest(), letter });
        outbox.attempts = 0;
        outbox.next_try = LedgerTime::default();
        Ok(outbox)
    }

    /// The letters to send now, in order; when they are sent, the next attempt is later.
    #[must_use]
    pub fn due(&self, now: LedgerTime) -> Option<(Self, Vec<&Letter>)> {
        if self.waiting.is_empty() || now < self.next_try {
            return None;
        }
        let mut outbox = self.clone();
        let pause = FIRST_PAUSE_MS.checked_shl(self.attempts).unwrap_or(MAX_PAUSE_MS);
        outbox.next_try = now.after(pause.clamp(FIRST_PAUSE_MS, MAX_PAUSE_MS));
        // From here on the pause is the longest; a shift by more would begin anew.
        outbox.attempts = self.attempts.saturating_add(1).min(16);
        Some((outbox, self.waiting.values().map(|waiting| &waiting.letter).collect()))
    }

    /// When letters are sent again.
    #[must_use]
    pub fn next_try(&self) -> Option<LedgerTime> {
        (!self.waiting.is_empty()).then_some(self.next_try)
    }

    /// How many letters wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// What the other side has, and what it refuses.
    #[must_use]
    pub const fn received(&self) -> (Seen, Option<&RefusedLetter>) {
        (self.received, self.refused.as_ref())
    }

    /// The outbox after the other side's receipt; an older receipt changes nothing.
    ///
    /// # Errors
    /// [`Refused::ReceiptMismatch`] when it is for letters that were not sent.
    pub fn receipted(&self, receipt: &Receipt) -> Result<Self, Refused> {
        let mut outbox = self.clone();
        if receipt.received.count < self.received.count {
            return Ok(outbox);
        }
        outbox.refused.clone_from(&receipt.refused);
        if receipt.received.count == self.received.count {
            let same = receipt.received.last == self.received.last;
            return if same { Ok(outbox) } else { Err(Refused::ReceiptMismatch) };
        }
        let last = receipt.received.count.checked_sub(1);
        let waiting = last.and_then(|number| self.waiting.get(&number));
        if waiting.map(|waiting| waiting.digest) != Some(receipt.received.last) {
            return Err(Refused::ReceiptMismatch);
        }
        outbox.waiting.retain(|number, _| *number >= receipt.received.count);
        outbox.received = receipt.received;
        outbox.attempts = 0;
        outbox.next_try = LedgerTime::default();
        Ok(outbox)
    }
}

/// Whether a receipt is of this network and signed by its reader.
///
/// # Errors
/// [`Refused::WrongNetwork`], [`Refused::NotSigned`].
pub fn check_receipt(
    receipt: &Signed<Receipt>,
    chain: &ChainId,
    keys: &dyn Keys,
) -> Result<(), Refused> {
    if receipt.value.chain != *chain {
        return Err(Refused::WrongNetwork);
    }
    let its_key = keys.speaks_for(&receipt.by.key, &receipt.value.from);
    if its_key && receipt.claim().holds() { Ok(()) } else { Err(Refused::NotSigned) }
}

/// The other side's letters of one case that came before their turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    parked: BTreeMap<u32, Letter>,
}

/// What a letter made of a room and an inbox.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The inbox afterwards.
    pub inbox: Inbox,
    /// Letters that were read, in order, this one or parked ones, each with what to do next.
    pub read: Vec<(Genuine, Vec<Effect>)>,
    /// The first parked letter that was refused when its turn came.
    pub refused: Option<RefusedLetter>,
}

impl Inbox {
    /// Takes a letter: reads it and those that waited for it, or parks it. The room is changed by
    /// what was read.
    ///
    /// # Errors
    /// Those of [`Room::step`] but [`Refused::Gap`]; [`Refused::TooManyWaiting`] when it is too far
    /// ahead.
    pub fn take(
        &self,
        room: &mut Room,
        genuine: Genuine,
        now: LedgerTime,
    ) -> Result<Taken, Refused> {
        let mut inbox = self.clone();
        match room.step(&genuine, now) {
            Ok(stepped) => {
                let (case, writer) = (genuine.message().case, genuine.message().from);
                inbox.parked.remove(&genuine.message().number);
                room.restore(stepped.case);
                let read = vec![(genuine, stepped.effects)];
                let mut taken = Taken { inbox, read, refused: None };
                taken.read_parked(room, (&case, &writer), now);
                Ok(taken)
            }
            Err(Refused::Gap { expected }) => {
                let number = genuine.message().number;
                let ahead = usize::try_from(number.saturating_sub(expected)).unwrap_or(usize::MAX);
                if ahead > MAX_PARKED {
                    return Err(Refused::TooManyWaiting);
                }
                inbox.parked.entry(number).or_insert_with(|| genuine.letter().clone());
                Ok(Taken { inbox, read: Vec::new(), refused: None })
            }
            Err(refused) => Err(refused),
        }
    }

    /// How many letters wait.
    #[must_use]
    pub fn parked(&self) -> usize {
        self.parked.len()
    }
}

impl Taken {
    fn read_parked(&mut self, room: &mut Room, (case, writer): (&CaseId, &Lei), now: LedgerTime) {
        loop {
            let Some(copy) = room.case(case) else { return };
            let agreed = copy.agreed();
            let count = match copy.side(writer) {
                Some(Side::Requester) => agreed.requester.count,
                Some(Side::Responder) => agreed.responder.count,
                None => return,
            };
            let Some(letter) = self.inbox.parked.remove(&count) else { return };
            // It was genuine when it was parked, and was kept by this gateway since.
            let genuine = Genuine::parked(letter);
            match room.step(&genuine, now) {
                Ok(stepped) => {
                    room.restore(stepped.case);
                    self.read.push((genuine, stepped.effects));
                }
                Err(refused) => {
                    let message = genuine.message().digest();
                    let code = Text::new(refused.code());
                    self.refused = code.map(|code| RefusedLetter { message, code });
                    return;
                }
            }
        }
    }
}
