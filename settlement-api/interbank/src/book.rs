//! The book of a bank's cases: every change is one write of all that follows from it.
//!
//! | key | value |
//! |---|---|
//! | `case/` case | the case |
//! | `case-letter/` case, place | its letters, in the order in which they were written or read |
//! | `case-outbox/`, `case-inbox/` case | letters that wait, for a receipt or for their turn |
//! | `case-told/`, `case-heard/` case | the last receipt that was given, and that was got |
//! | `case-uetr/` UETR, case | cases of a payment |
//! | `case-list/` time, case | cases in the order in which they came here |
//! | `case-waiting/`, `case-open/` case | where letters wait; where the clock runs |
//! | `case-task/` time, case, place | what the gateway has to do next, until it is done |
//! | `anchor/case-pending/` digest | a row for the next anchor |
//!
//! # Place      desk and the gateway's exchange -> [book] -> store
//! # Invariants B9 a message is said, and a receipt given, only after its write; B5 what comes again
//! #            writes nothing but the receipt
//! # Absent     who may see a case, sealing and sending (the gateway's); randomness: it is drawn by the
//! #            caller ([`Drawn`]); two changes at a time: the gateway makes one after the other

use ledger_core::{
    codec::{decode, encode},
    digest::Hash32,
    id::{ChainId, Lei, Text, Uetr},
    signature::{PublicKey, Signed, Signer, SignerError, Statement as _},
    time::LedgerTime,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    case::{Case, Effect, Side},
    content::{Content, Document},
    evidence::CaseRow,
    limits::{MAX_CASES, MAX_LETTER_BYTES, MAX_UNRECEIPTED},
    message::{Act, CaseId, Genuine, Keys, Letter, Message, MessageId, Opening, Seen, Subject},
    port::{Store, StoreFault, Write},
    post::{Inbox, Outbox, Receipt, RefusedLetter, check_receipt},
    refused::Refused,
    room::Room,
};

const CASE: &[u8] = b"case/";
const LETTER: &[u8] = b"case-letter/";
const OUTBOX: &[u8] = b"case-outbox/";
const INBOX: &[u8] = b"case-inbox/";
/// Receipts given.
const TOLD: &[u8] = b"case-told/";
/// Receipts got.
const HEARD: &[u8] = b"case-heard/";
const BY_UETR: &[u8] = b"case-uetr/";
const LIST: &[u8] = b"case-list/";
const WAITING: &[u8] = b"case-waiting/";
const OPEN: &[u8] = b"case-open/";
const TASK: &[u8] = b"case-task/";
/// Rows for the next anchor, by the digest of their message.
pub const PENDING: &[u8] = b"anchor/case-pending/";
/// Bytes of a stored value at most: an outbox full of letters.
const MAX_VALUE: usize = MAX_LETTER_BYTES * MAX_UNRECEIPTED;

/// Why the book could not do it.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreFault),
    /// The key.
    #[error("{0}")]
    Signer(#[from] SignerError),
    /// The rules of cases.
    #[error("{0}")]
    Refused(#[from] Refused),
}

/// What a desk says with an act.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// What it says.
    pub content: Content,
    /// The documents that the content names.
    pub documents: Vec<Document>,
}

/// What the gateway draws at random for one message.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    /// What the message is called.
    pub id: MessageId,
    /// Opens its commitment.
    pub salt: Hash32,
}

/// With whose key, when, and with what randomness something is written.
#[derive(Clone, Copy)]
pub struct Pen<'a> {
    /// The own key.
    pub signer: &'a dyn Signer,
    /// Now.
    pub now: LedgerTime,
    /// For this one message.
    pub drawn: Drawn,
}

/// Letters that are due to another gateway.
#[derive(Clone, Debug)]
pub struct DueLetters {
    /// The case.
    pub case: CaseId,
    /// For whom.
    pub to: Lei,
    /// What is sent, in order.
    pub letters: Vec<Letter>,
}

/// Something that the gateway has to do because of a case: written with what caused it, there until
/// [`Book::done`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What [`Book::done`] names.
    pub key: Vec<u8>,
    /// The case.
    pub case: CaseId,
    /// What.
    pub effect: Effect,
}

/// What a task comes from, so that two of one instant have two keys.
#[derive(Clone, Copy)]
enum Cause {
    Message,
    Clock,
}

/// One bank's cases.
#[derive(Debug)]
pub struct Book<S> {
    store: S,
    chain: ChainId,
    me: Lei,
}

impl<S: Store> Book<S> {
    /// The book that a store holds.
    #[must_use]
    pub const fn new(store: S, chain: ChainId, me: Lei) -> Self {
        Self { store, chain, me }
    }

    /// Its store.
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// A case.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreFault> {
        self.read(&key(CASE, id))
    }

    /// Puts the cases of a payment into a room that knows its agents and legs.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn furnish(&self, mut room: Room, uetr: &Uetr) -> Result<Room, StoreFault> {
        for (_, id) in self.store.scan(&[BY_UETR, uetr.get()].concat(), MAX_CASES)? {
            let id: CaseId = decode(&id, CaseId::LEN).map_err(|_| StoreFault::Damaged)?;
            room.restore(self.case(&id)?.ok_or(StoreFault::Damaged)?);
        }
        Ok(room)
    }

    /// Cases in the order in which they came here, after a cursor; with the cursor of each.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn list(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Case)>, StoreFault> {
        let mut cases = Vec::new();
        for (at, id) in self.store.scan(LIST, usize::MAX)? {
            let cursor = hex::encode(at.get(LIST.len()..).unwrap_or_default());
            if after.is_some_and(|after| cursor.as_str() <= after) {
                continue;
            }
            if cases.len() >= limit {
                break;
            }
            let id: CaseId = decode(&id, CaseId::LEN).map_err(|_| StoreFault::Damaged)?;
            cases.push((cursor, self.case(&id)?.ok_or(StoreFault::Damaged)?));
        }
        Ok(cases)
    }

    /// The letters of a case, in the order in which they were written or read here.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn letters(&self, id: &CaseId) -> Result<Vec<Letter>, StoreFault> {
        let found = self.store.scan(&key(LETTER, id), usize::MAX)?.into_iter();
        found.map(|(_, bytes)| read_value(&bytes)).collect()
    }

    /// The letters of a case as they were checked when they were written or read here.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn kept(&self, id: &CaseId) -> Result<Vec<Genuine>, StoreFault> {
        Ok(self.letters(id)?.into_iter().map(Genuine::parked).collect())
    }

    /// The letters of a case that wait for their receipt.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn outbox(&self, id: &CaseId) -> Result<Outbox, StoreFault> {
        Ok(self.read(&key(OUTBOX, id))?.unwrap_or_default())
    }

    /// The last receipts of a case: that was given, and that was got.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn receipts(&self, id: &CaseId) -> Result<Vec<Signed<Receipt>>, StoreFault> {
        let told = self.read(&key(TOLD, id))?;
        let heard = self.read(&key(HEARD, id))?;
        Ok([told, heard].into_iter().flatten().collect())
    }

    /// Opens a case with another bank; it is on disk and waits to be sent.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn open(
        &mut self,
        room: &Room,
        (to, payment, opening): (Lei, Subject, Opening),
        words: Words,
        pen: &Pen<'_>,
    ) -> Result<Case, BookError> {
        let message = Message {
            chain: self.chain,
            case: CaseId::derive(&self.chain, &payment, (self.me, to), &opening.nonce),
            payment,
            from: self.me,
            to,
            id: pen.drawn.id,
            number: 0,
            previous: Hash32::ZERO,
            seen: Seen::default(),
            written: pen.now,
            act: Act::Open(opening),
            content: words.content.commitment(&pen.drawn.salt),
        };
        self.say(room.clone(), message, words, pen)
    }

    /// Writes an act into a case; it is on disk and waits to be sent.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn act(
        &mut self,
        id: &CaseId,
        act: Act,
        words: Words,
        pen: &Pen<'_>,
    ) -> Result<Case, BookError> {
        let case = self.case(id)?.ok_or(Refused::UnknownCase)?;
        let side = case.me.ok_or(Refused::NotAParty)?;
        let commitment = words.content.commitment(&pen.drawn.salt);
        let message = case.next(side, pen.drawn.id, act, commitment, pen.now);
        self.say(self.room_of(case), message, words, pen)
    }

    fn say(
        &mut self,
        mut room: Room,
        message: Message,
        words: Words,
        pen: &Pen<'_>,
    ) -> Result<Case, BookError> {
        let Words { content, documents } = words;
        let (salt, own) = (pen.drawn.salt, Own { me: self.me, key: pen.signer.public_key() });
        let letter =
            Letter { message: Signed::new(message, pen.signer)?, salt, content, documents };
        let genuine = letter.genuine(&self.chain, &own)?;
        let stepped = room.step(&genuine, pen.now)?;
        let outbox: Outbox = self.read(&key(OUTBOX, &message.case))?.unwrap_or_default();
        let outbox = outbox.put(&genuine)?;
        room.restore(stepped.case);
        let case = room.case(&message.case).ok_or(Refused::UnknownCase)?.clone();
        let mut writes = kept(&case, &[&genuine], pen.now);
        writes.extend(tasks(&case, &stepped.effects, Cause::Message, pen.now));
        writes.push(stored(key(OUTBOX, &case.id), &outbox));
        writes.push((key(WAITING, &case.id), Some(Vec::new())));
        self.store.write(writes)?;
        Ok(case)
    }

    /// Takes another gateway's letter in; the receipt may be sent when this returns.
    ///
    /// # Errors
    /// [`BookError`]; a letter that is refused in a known case gets a receipt that says so.
    pub fn receive(
        &mut self,
        letter: Letter,
        mut room: Room,
        keys: &dyn Keys,
        (signer, now): (&dyn Signer, LedgerTime),
    ) -> Result<Signed<Receipt>, BookError> {
        let genuine = letter.genuine(&self.chain, keys)?;
        let message = *genuine.message();
        if message.to != self.me {
            return Err(Refused::NotAParty.into());
        }
        let inbox: Inbox = self.read(&key(INBOX, &message.case))?.unwrap_or_default();
        // The room may have been furnished before the last write.
        if let Some(case) = self.case(&message.case)? {
            room.restore(case);
        }
        let before = room.case(&message.case).cloned();
        let taken = match inbox.take(&mut room, genuine, now) {
            Ok(taken) => taken,
            Err(refused) => {
                let known = room.case(&message.case).ok_or(refused)?;
                // To anybody but its two sides a case is as if it were not here.
                if known.side(&message.from).is_none() {
                    return Err(unseen(&message.act).into());
                }
                let code = Text::new(refused.code()).ok_or(refused)?;
                let refused = RefusedLetter { message: message.digest(), code };
                let receipt = self.receipt(known, &message, Some(refused), now);
                return Ok(Signed::new(receipt, signer)?);
            }
        };
        // Nothing is kept for a case that was not opened.
        let case = room.case(&message.case).ok_or(Refused::UnknownCase)?.clone();
        let receipt = self.receipt(&case, &message, taken.refused, now);
        let receipt = Signed::new(receipt, signer)?;
        let known = |digest: Hash32| {
            let trail = before.as_ref().map_or(&[][..], Case::trail);
            trail.iter().any(|entry| entry.digest == digest)
        };
        let read = taken.read.iter().map(|(letter, _)| letter);
        let new: Vec<&Genuine> = read.filter(|letter| !known(letter.message().digest())).collect();
        let mut writes = if new.is_empty() { Vec::new() } else { kept(&case, &new, now) };
        let effects: Vec<Effect> =
            taken.read.iter().flat_map(|(_, effects)| effects).copied().collect();
        writes.extend(tasks(&case, &effects, Cause::Message, now));
        writes.push(stored(key(INBOX, &case.id), &taken.inbox));
        writes.push(stored(key(TOLD, &case.id), &receipt));
        self.store.write(writes)?;
        Ok(receipt)
    }

    fn receipt(
        &self,
        case: &Case,
        message: &Message,
        refused: Option<RefusedLetter>,
        now: LedgerTime,
    ) -> Receipt {
        let agreed = case.agreed();
        let received = match case.side(&message.from) {
            Some(Side::Requester) => agreed.requester,
            Some(Side::Responder) => agreed.responder,
            None => Seen::default(),
        };
        let (from, to) = (self.me, message.from);
        Receipt { chain: self.chain, case: case.id, from, to, received, refused, at: now }
    }

    /// Takes the other gateway's receipt in.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn receipted(
        &mut self,
        receipt: &Signed<Receipt>,
        keys: &dyn Keys,
    ) -> Result<(), BookError> {
        check_receipt(receipt, &self.chain, keys)?;
        let told = &receipt.value;
        let case = self.case(&told.case)?.ok_or(Refused::UnknownCase)?;
        let sides = (case.side(&told.to), case.side(&told.from));
        if told.to != self.me || sides.0.is_none() || sides.0.map(Side::other) != sides.1 {
            return Err(Refused::NotAParty.into());
        }
        let at = key(OUTBOX, &case.id);
        let outbox: Outbox = self.read(&at)?.unwrap_or_default();
        let after = outbox.receipted(told)?;
        let mut writes = vec![stored(at, &after)];
        if told.received.count > 0 {
            writes.push(stored(key(HEARD, &case.id), receipt));
        }
        if after.next_try().is_none() {
            writes.push((key(WAITING, &case.id), None));
        }
        self.store.write(writes)?;
        Ok(())
    }

    /// Letters that are due now; their next attempt is later.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn due_letters(&mut self, now: LedgerTime) -> Result<Vec<DueLetters>, BookError> {
        let mut due = Vec::new();
        for case in self.marked(WAITING)? {
            let at = key(OUTBOX, &case.id);
            let outbox: Outbox = self.read(&at)?.unwrap_or_default();
            let Some((after, letters)) = outbox.due(now) else { continue };
            let letters: Vec<Letter> = letters.into_iter().cloned().collect();
            let to = match case.me {
                Some(Side::Requester) => case.responder,
                Some(Side::Responder) | None => case.requester,
            };
            self.store.write(vec![stored(at, &after)])?;
            due.push(DueLetters { case: case.id, to, letters });
        }
        Ok(due)
    }

    /// Turns what is due in open cases, because time went on, into tasks; how many.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn tick(&mut self, now: LedgerTime) -> Result<usize, BookError> {
        let mut count = 0usize;
        for case in self.marked(OPEN)? {
            let (case, effects) = case.due(now);
            if !effects.is_empty() {
                let mut writes = vec![stored(key(CASE, &case.id), &case)];
                writes.extend(tasks(&case, &effects, Cause::Clock, now));
                self.store.write(writes)?;
                count = count.saturating_add(effects.len());
            }
        }
        Ok(count)
    }

    /// What is to be done, oldest first.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn tasks(&self, limit: usize) -> Result<Vec<Task>, StoreFault> {
        let found = self.store.scan(TASK, limit)?.into_iter();
        let tasks = found.map(|(key, bytes)| {
            let (case, effect) = read_value(&bytes)?;
            Ok(Task { key, case, effect })
        });
        tasks.collect()
    }

    /// A task is done, and what it made is on disk.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn done(&mut self, task: &Task) -> Result<(), StoreFault> {
        self.store.write(vec![(task.key.clone(), None)])
    }

    /// Cases under a marker.
    fn marked(&self, prefix: &[u8]) -> Result<Vec<Case>, StoreFault> {
        let mut cases = Vec::new();
        for (at, _) in self.store.scan(prefix, usize::MAX)? {
            let id = at.get(prefix.len()..).and_then(|id| <[u8; 32]>::try_from(id).ok());
            let id = CaseId::new(Hash32::new(id.ok_or(StoreFault::Damaged)?));
            cases.push(self.case(&id)?.ok_or(StoreFault::Damaged)?);
        }
        Ok(cases)
    }

    fn room_of(&self, case: Case) -> Room {
        let mut room = Room::new(self.me, case.payment.uetr, [], []);
        room.restore(case);
        room
    }

    fn read<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, StoreFault> {
        self.store.get(key)?.map(|bytes| read_value(&bytes)).transpose()
    }
}

/// Everything that follows from messages of a case, its last.
fn kept(case: &Case, letters: &[&Genuine], now: LedgerTime) -> Vec<Write> {
    let id = &case.id;
    let mut writes = vec![stored(key(CASE, id), case)];
    let first = case.trail().len().saturating_sub(letters.len());
    for (place, genuine) in (first..).zip(letters) {
        let place = u32::try_from(place).unwrap_or(u32::MAX).to_be_bytes();
        let message = genuine.message().digest();
        writes.push(stored([&key(LETTER, id)[..], &place].concat(), genuine.letter()));
        let row = CaseRow { case: *id, message, at: now.get() };
        writes.push(stored([PENDING, message.get()].concat(), &row));
    }
    if first == 0 {
        writes.push(stored([BY_UETR, case.payment.uetr.get(), id.get().get()].concat(), id));
        let at = now.get().to_be_bytes();
        writes.push(stored([LIST, &at, id.get().get()].concat(), id));
    }
    let open = case.stage().writer().map(|_| Vec::new());
    writes.push((key(OPEN, id), open));
    writes
}

/// What is to be done, under keys in the order of time.
fn tasks(case: &Case, effects: &[Effect], cause: Cause, now: LedgerTime) -> Vec<Write> {
    let place = u32::try_from(case.trail().len()).unwrap_or(u32::MAX).to_be_bytes();
    let cause = match cause {
        Cause::Message => 0u8,
        Cause::Clock => 1,
    };
    let numbered = (0u8..).zip(effects);
    let written = numbered.map(|(at, effect)| {
        let (time, id) = (now.get().to_be_bytes(), case.id.get().get());
        stored([TASK, &time, id, &place, &[cause, at]].concat(), &(case.id, *effect))
    });
    written.collect()
}

/// What the writer of an act is told about a case that is not here.
const fn unseen(act: &Act) -> Refused {
    match act {
        Act::Open(_) => Refused::UnknownPayment,
        Act::Accept
        | Act::Interim(_)
        | Act::Forward { .. }
        | Act::Answer(_)
        | Act::Reject(_)
        | Act::Close
        | Act::Reopen { .. }
        | Act::Withdraw
        | Act::Expire => Refused::UnknownCase,
    }
}

/// Own letters are signed by the own key.
struct Own {
    me: Lei,
    key: PublicKey,
}

impl Keys for Own {
    fn speaks_for(&self, key: &PublicKey, member: &Lei) -> bool {
        *member == self.me && *key == self.key
    }
}

fn stored<T: Serialize>(key: Vec<u8>, value: &T) -> Write {
    (key, Some(encode(value)))
}

fn read_value<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreFault> {
    decode(bytes, MAX_VALUE).map_err(|_| StoreFault::Damaged)
}

fn key(prefix: &[u8], id: &CaseId) -> Vec<u8> {
    [prefix, id.get().get()].concat()
}

#[cfg(test)]
mod tests;
