//! A book whose store ends at any write, and goes on from what is there.

use std::cell::Cell;

use ledger_core::{digest::Domain, time::LedgerTime};

use super::{Book, BookError, Drawn, Pen, Words};
use crate::{
    case::{Case, Stage},
    content::{Content, Field, Given, Line},
    kind::Kind,
    message::{Act, CaseId, MessageId, Opening},
    port::{MemoryStore, Pair, Store, StoreFault, Write},
    refused::Refused,
    room::Room,
    tests::support::{CHAIN, Directory, NOW, answer, bank, opening, payment, room, signer},
};

/// A store that fails at one write and at all after it, as a process that ended.
struct Ending {
    kept: MemoryStore,
    left: Cell<usize>,
}

impl Store for &Ending {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        self.kept.get(key)
    }
    fn write(&self, batch: Vec<Write>) -> Result<(), StoreFault> {
        let left = self.left.get().checked_sub(1).ok_or(StoreFault::Unavailable)?;
        self.left.set(left);
        self.kept.write(batch)
    }
    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Vec<Pair>, StoreFault> {
        self.kept.scan(prefix, limit)
    }
}

/// Two books and a clock.
struct Net<'a> {
    books: [Book<&'a Ending>; 2],
    now: u64,
}

impl<'a> Net<'a> {
    fn new(stores: &'a [Ending; 2], now: u64) -> Self {
        let book = |who: usize| Book::new(&stores[who], CHAIN, bank(['A', 'B'][who]));
        Self { books: [book(0), book(1)], now }
    }

    fn pen(&mut self) -> (LedgerTime, Drawn) {
        self.now += 1_000;
        let salt = Domain::Salt.hash(&self.now.to_le_bytes());
        let id = MessageId::new(*salt.get().first_chunk().unwrap());
        (NOW.after(self.now), Drawn { id, salt })
    }

    fn room(&self, who: usize) -> Room {
        self.books[who].furnish(room(['A', 'B'][who]), &payment().uetr).unwrap()
    }

    fn write(&mut self, who: usize, act: Act, words: Words) -> Result<Case, BookError> {
        let (now, drawn) = self.pen();
        let signer = signer(&bank(['A', 'B'][who]));
        let (pen, room) = (Pen { signer: &signer, now, drawn }, self.room(who));
        let known = room.cases().next().map(|case| case.id);
        match (act, known) {
            (Act::Open(opening), None) => {
                self.books[who].open(&room, (bank('B'), payment(), opening), words, &pen)
            }
            (act, Some(id)) => self.books[who].act(&id, act, words, &pen),
            (_, None) => Err(Refused::UnknownCase.into()),
        }
    }

    fn exchange(&mut self) -> Result<(), BookError> {
        loop {
            let mut sent = false;
            for from in 0..2 {
                self.now += 600_000;
                let now = NOW.after(self.now);
                for due in self.books[from].due_letters(now)? {
                    for letter in due.letters {
                        sent = true;
                        let (other, room) = (1 - from, self.room(1 - from));
                        let signer = signer(&bank(['A', 'B'][other]));
                        let at = (&signer as &dyn ledger_core::signature::Signer, now);
                        let receipt = self.books[other].receive(letter, room, &Directory, at)?;
                        self.books[from].receipted(&receipt, &Directory)?;
                    }
                }
            }
            if !sent {
                return Ok(());
            }
        }
    }

    /// Goes on from wherever the case is, to its end.
    fn drive(&mut self) -> Result<(), BookError> {
        loop {
            let stage = self.room(0).cases().next().map(Case::stage);
            match stage {
                None => {
                    let open = Opening { answer_by: NOW.after(86_400_000), ..opening(Kind::Utap) };
                    let content = Content { asked: vec![Field::Purpose], ..Content::default() };
                    self.write(0, Act::Open(open), Words { content, documents: Vec::new() })?;
                }
                Some(Stage::Opened) if self.responders() == Some(Stage::Opened) => {
                    self.write(1, Act::Accept, Words::default())?;
                }
                Some(Stage::Assigned) if self.responders() == Some(Stage::Assigned) => {
                    let value = Line::new("rent").unwrap();
                    let given = vec![Given { field: Field::Purpose, value }];
                    let content = Content { given, ..Content::default() };
                    self.write(1, answer(), Words { content, documents: Vec::new() })?;
                }
                Some(Stage::Answered) => {
                    self.write(0, Act::Close, Words::default())?;
                }
                Some(Stage::Closed) => return self.exchange(),
                Some(_) => {}
            }
            self.exchange()?;
        }
    }

    fn responders(&self) -> Option<Stage> {
        self.room(1).cases().next().map(Case::stage)
    }
}

fn stores(left: [usize; 2]) -> [Ending; 2] {
    left.map(|left| Ending { kept: MemoryStore::default(), left: Cell::new(left) })
}

#[test]
fn b9_a_book_whose_process_ends_at_any_write_goes_on_from_it() {
    let whole = stores([usize::MAX; 2]);
    Net::new(&whole, 0).drive().unwrap();
    let writes = whole.each_ref().map(|store| usize::MAX - store.left.get());
    assert!(writes.iter().all(|count| *count > 5), "{writes:?}");
    for who in 0..2 {
        for left in 0..writes[who] {
            let mut lives = [usize::MAX; 2];
            lives[who] = left;
            let stores = stores(lives);
            let mut first = Net::new(&stores, 0);
            assert!(matches!(first.drive(), Err(BookError::Store(_))), "{who} {left}");
            let now = first.now;
            stores[who].left.set(usize::MAX);
            let mut second = Net::new(&stores, now);
            second.drive().unwrap();
            let [a, b] = [0, 1].map(|who| second.room(who).cases().next().unwrap().agreed());
            assert_eq!((a, a.stage), (b, Stage::Closed), "{who} {left}");
            let id: CaseId = second.room(0).cases().next().unwrap().id;
            for book in &second.books {
                assert_eq!(book.letters(&id).unwrap().len(), 4);
                assert!(book.due_letters_are_none());
                let rows = book.store().scan(super::PENDING, 99).unwrap();
                assert_eq!(rows.len(), 4, "every message is a row, once");
            }
        }
    }
}

impl Book<&Ending> {
    fn due_letters_are_none(&self) -> bool {
        self.store.scan(super::WAITING, 9).unwrap().is_empty()
    }
}

#[test]
fn b5_b9_a_refused_letter_is_said_in_a_signed_receipt_and_changes_nothing() {
    let stores = stores([usize::MAX; 2]);
    let mut net = Net::new(&stores, 0);
    net.drive().unwrap();
    let id = net.room(0).cases().next().unwrap().id;
    let mut letter = net.books[0].letters(&id).unwrap()[0].clone();
    let before = stores[1].kept.scan(b"", usize::MAX).unwrap();
    // The same name, another body, well signed.
    letter.message.value.written = letter.message.value.written.after(1);
    let by = signer(&bank('A'));
    letter.message = ledger_core::signature::Signed::new(letter.message.value, &by).unwrap();
    let own = signer(&bank('B'));
    let at = (&own as &dyn ledger_core::signature::Signer, NOW.after(net.now));
    let receipt = net.books[1].receive(letter.clone(), net.room(1), &Directory, at).unwrap();
    assert_eq!(receipt.value.refused.unwrap().code.get(), "duplicate_conflict");
    assert_eq!(receipt.value.received.count, 2);
    assert_eq!(stores[1].kept.scan(b"", usize::MAX).unwrap(), before);
    // A stranger's signature, and another bank's letter, are not even answered.
    letter.message.by.key = own_key('C');
    let refused = net.books[1].receive(letter, net.room(1), &Directory, at).unwrap_err();
    assert!(matches!(refused, BookError::Refused(Refused::NotSigned)));
    let theirs = net.books[1].letters(&id).unwrap()[1].clone();
    let refused = net.books[1].receive(theirs, net.room(1), &Directory, at).unwrap_err();
    assert!(matches!(refused, BookError::Refused(Refused::NotAParty)));
}

fn own_key(letter: char) -> ledger_core::signature::PublicKey {
    ledger_core::signature::Signer::public_key(&signer(&bank(letter)))
}

#[test]
fn b9_a_damaged_value_is_said_and_not_taken_for_nothing() {
    let stores = stores([usize::MAX; 2]);
    let mut net = Net::new(&stores, 0);
    net.drive().unwrap();
    let id = net.room(0).cases().next().unwrap().id;
    for prefix in [super::CASE, super::LETTER] {
        let (key, _) = stores[0].kept.scan(prefix, 1).unwrap().remove(0);
        let good = stores[0].kept.get(&key).unwrap();
        stores[0].kept.write(vec![(key.clone(), Some(b"x".to_vec()))]).unwrap();
        let found = net.books[0].case(&id).map(|_| ()).and(net.books[0].letters(&id).map(|_| ()));
        assert_eq!(found, Err(StoreFault::Damaged));
        stores[0].kept.write(vec![(key, good)]).unwrap();
    }
}
