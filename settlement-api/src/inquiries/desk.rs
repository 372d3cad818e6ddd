//! What a bank's staff does in cases: each request is one change, made by one person.
//!
//! # Place      server::cases -> [desk] -> book
//! # Invariants B1 a case is opened about a payment in this bank's records, with its other bank; B6 a
//! #            question and its child are one write; B7 an answer leaves by two persons, or by a rule
//! # Absent     HTTP and JSON (`server`), who may call (`server`)

use interbank::{
    Act, Case, CaseId, Code, Content, Document, Kind, Level, MessageId, Opening,
    Refused as CaseRefused, Room, Side, Subject,
    book::{Book, Drawn, Pen, Words},
    content::Field,
    forward,
    message::Answering,
};
use ledger_core::{
    digest::Hash32,
    id::{Lei, PersonId, Uetr},
    signature::Signer,
    time::LedgerTime,
};

use super::{
    change::Change,
    draft::Prepared,
    known::{self, Known},
};
use crate::{
    gateway::Gateway,
    keys::{Purpose, random_32},
    refused::Refused,
};

/// One change of cases at work.
pub(crate) struct Desk<'a> {
    /// Whose.
    pub(crate) gateway: &'a Gateway,
    /// What it would write.
    pub(crate) change: &'a Change<'a>,
    /// The cases as they are within it.
    pub(crate) book: Book<&'a Change<'a>>,
    /// When.
    pub(crate) now: LedgerTime,
}

/// Makes one change: all that `work` does is one write, or nothing is.
pub(crate) async fn change<T>(
    gateway: &Gateway,
    now: LedgerTime,
    work: impl FnOnce(&mut Desk<'_>) -> Result<T, Refused>,
) -> Result<T, Refused> {
    let _one_at_a_time = gateway.inquiries.turn.lock().await;
    let change = Change::new(gateway.store.as_ref());
    let done = work(&mut Desk::over(gateway, &change, now))?;
    let news = change.take_news();
    if news.is_empty() {
        change.commit()?;
    } else {
        gateway.events.tell(change.into_writes(), news).await?;
    }
    Ok(done)
}

/// Reads cases as they are on disk; what it would change is dropped.
pub(crate) fn read<T>(
    gateway: &Gateway,
    look: impl FnOnce(&Desk<'_>) -> Result<T, Refused>,
) -> Result<T, Refused> {
    let change = Change::new(gateway.store.as_ref());
    look(&Desk::over(gateway, &change, LedgerTime::new(Gateway::now_ms())))
}

/// A question, as a person asks it.
pub(crate) struct Asking {
    /// About which payment.
    pub(crate) payment: Uetr,
    /// Whom; the other bank of the payment when not said.
    pub(crate) to: Option<Lei>,
    /// What.
    pub(crate) kind: Kind,
    /// How much.
    pub(crate) level: Option<Level>,
    /// Until when; the clock of the kind when not said.
    pub(crate) answer_by: Option<LedgerTime>,
    /// The ended case that this one goes on from.
    pub(crate) follows: Option<CaseId>,
    /// In which words.
    pub(crate) words: Words,
}

/// What a draft of an answer is made of.
pub(crate) enum Answer {
    /// A person's own words.
    Said(Code, Words),
    /// The answer of an own child.
    Relayed(CaseId),
}

impl<'a> Desk<'a> {
    fn over(gateway: &'a Gateway, change: &'a Change<'a>, now: LedgerTime) -> Self {
        let book = Book::new(change, gateway.genesis().chain_id(), *gateway.lei());
        Self { gateway, change, book, now }
    }

    /// The key that signs this bank's letters.
    pub(crate) fn signer(&self) -> Result<&'a dyn Signer, Refused> {
        self.gateway.keys.signer(Purpose::Settlement).map_err(|_| Refused::NotThisRole)
    }

    fn pen(&self) -> Result<Pen<'a>, Refused> {
        let (name, salt) = (random_32(), random_32());
        let mut id = [0; 16];
        id.iter_mut().zip(name.get()).for_each(|(to, from)| *to = *from);
        let drawn = Drawn { id: MessageId::new(id), salt };
        Ok(Pen { signer: self.signer()?, now: self.now, drawn })
    }

    /// The room of a payment with its cases, and what this bank knows of the payment.
    pub(crate) fn room(&self, uetr: Uetr) -> Result<(Room, Vec<Known>), Refused> {
        let known = known::payments(self.gateway.store.as_ref(), &uetr)?;
        let room = known::room(*self.gateway.lei(), uetr, &known);
        Ok((self.book.furnish(room, &uetr)?, known))
    }

    /// A case of this bank's own.
    pub(crate) fn case(&self, id: &CaseId) -> Result<Case, Refused> {
        let own = self.book.case(id)?.filter(|case| case.me.is_some());
        own.ok_or(Refused::Inquiry(CaseRefused::UnknownCase))
    }

    /// Opens a case.
    pub(crate) fn open(&mut self, asking: Asking) -> Result<Case, Refused> {
        let pen = self.pen()?;
        let (room, known) = self.room(asking.payment)?;
        let (to, subject) = self.subject(&asking, &known)?;
        if let Some(follows) = asking.follows {
            let before = self.case(&follows)?;
            let same = before.side(&to).is_some() && before.payment.uetr == subject.uetr;
            if !same || before.stage().writer().is_some() {
                let wrong = "follows names an ended case with the same bank about this payment";
                return Err(Refused::Malformed(wrong));
            }
        }
        let leg = known.iter().find(|known| known.leg.id() == subject.leg);
        let calendar = self.gateway.value_dates.deadlines(leg.map(|known| known.currency));
        let by_kind = || calendar.deadline(asking.kind, self.now);
        let opening = Opening {
            kind: asking.kind,
            level: asking.level,
            answer_by: asking.answer_by.unwrap_or_else(by_kind),
            nonce: random_32(),
            parent: None,
            hops: 0,
            follows: asking.follows,
        };
        Ok(self.book.open(&room, (to, subject, opening), asking.words, &pen)?)
    }

    /// Whom a question is for, and about which leg.
    fn subject(&self, asking: &Asking, known: &[Known]) -> Result<(Lei, Subject), Refused> {
        if known.is_empty() {
            return Err(Refused::Inquiry(CaseRefused::UnknownPayment));
        }
        let me = *self.gateway.lei();
        let mut others = known.iter().filter_map(|known| {
            let leg = &known.leg;
            let other = if leg.instructing == me { leg.instructed } else { leg.instructing };
            let wanted = asking.to.is_none_or(|to| to == other);
            wanted.then(|| (other, Subject { uetr: leg.uetr, leg: leg.id() }))
        });
        let found = others.next().ok_or(Refused::Inquiry(CaseRefused::NotAnAgent))?;
        if asking.to.is_none() && others.any(|(other, _)| other != found.0) {
            return Err(Refused::Malformed("this payment has several other banks: say to whom"));
        }
        Ok(found)
    }

    /// Writes an act that one person may write.
    pub(crate) fn act(&mut self, id: &CaseId, act: Act, words: Words) -> Result<Case, Refused> {
        self.case(id)?;
        let pen = self.pen()?;
        Ok(self.book.act(id, act, words, &pen)?)
    }

    /// Whether an act would be taken as it is; nothing is written.
    fn try_out(&self, id: &CaseId, act: Act, words: Words) -> Result<(), Refused> {
        let trial = self.change.fork();
        let mut desk = Desk::over(self.gateway, &trial, self.now);
        desk.act(id, act, words).map(|_| ())
    }

    /// Keeps a draft of an answer until another person approves it; it takes the place of an earlier
    /// one.
    pub(crate) fn prepare(
        &mut self,
        id: &CaseId,
        answer: Answer,
        by: (PersonId, &str),
    ) -> Result<Hash32, Refused> {
        let case = self.case(id)?;
        let (act, words) = match answer {
            Answer::Said(outcome, words) => {
                (Act::Answer(Answering { outcome, relayed: None, rule: None }), words)
            }
            Answer::Relayed(child) => self.relay(&case, &child)?,
        };
        self.try_out(id, act, words.clone())?;
        let prepared = Prepared::by(by, act, words, self.now);
        let digest = prepared.draft.digest();
        self.change.put(prepared.write(id));
        Ok(digest)
    }

    /// A child's answer as its parent's.
    fn relay(&self, parent: &Case, child: &CaseId) -> Result<(Act, Words), Refused> {
        let child = self.case(child)?;
        let refused = Refused::Inquiry(CaseRefused::NotTheChildsAnswer);
        let kept = self.book.kept(&child.id)?;
        let answer = kept.iter().rfind(|letter| matches!(letter.message().act, Act::Answer(_)));
        let (act, content, documents) =
            forward::relay(parent, &child, answer.ok_or(refused)?).map_err(Refused::Inquiry)?;
        Ok((act, Words { content, documents }))
    }

    /// Sends the draft that the digest names, with a second person's yes.
    pub(crate) fn approve(
        &mut self,
        id: &CaseId,
        digest: &Hash32,
        by: PersonId,
    ) -> Result<Case, Refused> {
        self.case(id)?;
        let prepared = Prepared::load(self.change, id)?;
        let prepared = prepared.ok_or(Refused::Inquiry(CaseRefused::ApprovalMismatch))?;
        let released = prepared.draft.release(digest, by).map_err(Refused::Inquiry)?;
        self.change.remove(Prepared::key(id));
        let words = Words { content: released.content, documents: prepared.documents };
        self.act(id, released.act, words)
    }

    /// Asks the next agent of the payment the same.
    pub(crate) fn forward(&mut self, id: &CaseId, to: Lei, words: Words) -> Result<Case, Refused> {
        let parent = self.case(id)?;
        let (room, known) = self.room(parent.payment.uetr)?;
        let me = *self.gateway.lei();
        let between = known.iter().map(|known| &known.leg).find(|leg| {
            (leg.instructing, leg.instructed) == (me, to)
                || (leg.instructing, leg.instructed) == (to, me)
        });
        let leg = between.ok_or(Refused::Inquiry(CaseRefused::NotAnAgent))?.id();
        let forwarding = forward::forward(&parent, (to, leg), random_32(), self.now);
        let forwarding = forwarding.map_err(Refused::Inquiry)?;
        let content = Content { asked: parent.asked.clone(), ..words.content };
        let words = Words { content, ..words };
        let pen = self.pen()?;
        self.book.open(&room, (to, forwarding.payment, forwarding.opening), words, &pen)?;
        self.act(id, forwarding.act, Words::default())
    }

    /// A document that was given or sent in a case.
    pub(crate) fn document(&self, id: &CaseId, named: &Hash32) -> Result<Document, Refused> {
        self.case(id)?;
        let letters = self.book.letters(id)?.into_iter();
        let mut documents = letters.flat_map(|letter| letter.documents);
        let found = documents.find(|document| document.commitment() == *named);
        found.ok_or(Refused::NotFound)
    }
}

/// The side of this bank in a case of its own.
pub(crate) fn side(case: &Case) -> Side {
    case.me.unwrap_or(Side::Requester)
}

/// Fields in the order in which contents have them.
pub(crate) fn sorted(mut fields: Vec<Field>) -> Vec<Field> {
    fields.sort_unstable();
    fields
}
