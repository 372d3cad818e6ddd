//! Two books on files, in a process that is ended anywhere: nothing that was said is lost (B9).

mod killed {
    pub(crate) mod file;
}

use std::{
    cell::Cell,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use interbank::{
    Act, Case, CaseId, Code, Effect, Kind, MessageId, Opening, Room, Side, Stage, Subject,
    book::{Book, Drawn, Pen, Words},
    message::{Answering, Keys},
    port::{Store, StoreFault},
};
use killed::file::{FileStore, HEAD};
use ledger_core::{
    digest::{Domain, Hash32},
    id::{ChainId, LegId, Lei, Uetr},
    signature::{MemorySigner, PublicKey, Signer as _},
    time::LedgerTime,
};
use verifier::testing::lei;

const CHAIN: ChainId = ChainId::new([0xc0; 32]);
const CHILD_PATH: &str = "FLORIN_TEST_CASES_PATH";

fn bank(name: &str) -> (Lei, MemorySigner) {
    let lei = lei(name);
    let seed = Domain::Content.hash_of(&lei);
    (lei, MemorySigner::new(seed.get()))
}

struct Directory;

impl Keys for Directory {
    fn speaks_for(&self, key: &PublicKey, member: &Lei) -> bool {
        let known = ["PAYER", "PAYEE"].map(bank);
        known.iter().any(|(lei, signer)| lei == member && signer.public_key() == *key)
    }
}

fn payment() -> Subject {
    Subject { uetr: Uetr::new([0x44; 16]), leg: LegId::new([0x1e; 32]) }
}

/// Two gateways on one disk.
struct Net {
    books: [(Book<FileStore>, MemorySigner); 2],
    /// Time, and what makes each draw another.
    now: Cell<u64>,
}

impl Net {
    fn open(folder: &Path) -> Self {
        let of = |name: &str| {
            let (lei, signer) = bank(name);
            let store = FileStore::open(&folder.join(name)).unwrap();
            (Book::new(store, CHAIN, lei), signer)
        };
        // A later life begins later than every earlier one ended.
        let lives = fs::read_dir(folder).unwrap().count() as u64;
        fs::write(folder.join(format!("life-{lives}")), b"").unwrap();
        Self { books: ["PAYER", "PAYEE"].map(of), now: Cell::new(lives << 32) }
    }

    fn drawn(&self) -> (LedgerTime, Drawn) {
        let now = self.now.get() + 1_000;
        self.now.set(now);
        let salt = Domain::Salt.hash(&now.to_le_bytes());
        let id = MessageId::new(*salt.get().first_chunk().unwrap());
        (LedgerTime::new(now), Drawn { id, salt })
    }

    fn room(&self, who: usize) -> Room {
        let agents = ["PAYER", "PAYEE"].map(|name| bank(name).0);
        let me = agents[who];
        let room = Room::new(me, payment().uetr, agents, [payment().leg]);
        self.books[who].0.furnish(room, &payment().uetr).unwrap()
    }

    fn ask(&mut self) -> CaseId {
        let (room, (now, drawn)) = (self.room(0), self.drawn());
        let opening = Opening {
            kind: Kind::Utap,
            level: None,
            answer_by: now.after(86_400_000),
            nonce: drawn.salt,
            parent: None,
            hops: 0,
            follows: None,
        };
        let (book, signer) = &mut self.books[0];
        let pen = Pen { signer, now, drawn };
        let to = bank("PAYEE").0;
        book.open(&room, (to, payment(), opening), Words::default(), &pen).unwrap().id
    }

    fn act(&mut self, who: usize, case: &CaseId, act: Act) {
        let (now, drawn) = self.drawn();
        let (book, signer) = &mut self.books[who];
        book.act(case, act, Words::default(), &Pen { signer, now, drawn }).unwrap();
    }

    /// Sends what is due until nothing is on its way.
    fn exchange(&mut self) {
        loop {
            let mut sent = false;
            for from in 0..2 {
                let now = LedgerTime::new(self.now.get() + 600_000);
                self.now.set(now.get());
                for due in self.books[from].0.due_letters(now).unwrap() {
                    for letter in due.letters {
                        sent = true;
                        let room = self.room(1 - from);
                        let (book, signer) = &mut self.books[1 - from];
                        let receipt =
                            book.receive(letter, room, &Directory, (signer, now)).unwrap();
                        self.books[from].0.receipted(&receipt, &Directory).unwrap();
                    }
                }
            }
            if !sent {
                return;
            }
        }
    }

    fn case(&self, who: usize, id: &CaseId) -> Case {
        self.books[who].0.case(id).unwrap().unwrap()
    }
}

fn answer() -> Act {
    let outcome = Code::new("NINF").unwrap();
    Act::Answer(Answering { outcome, relayed: None, rule: None })
}

/// One case from its beginning to its end, told step by step.
fn live(net: &mut Net, mut told: impl FnMut(usize, &CaseId, u32)) {
    let id = net.ask();
    told(0, &id, 1);
    net.exchange();
    net.act(1, &id, Act::Accept);
    told(1, &id, 1);
    net.exchange();
    net.act(1, &id, answer());
    told(1, &id, 2);
    net.exchange();
    net.act(0, &id, Act::Close);
    told(0, &id, 2);
    net.exchange();
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn b9_two_books_hold_a_case_from_question_to_end() {
    let mut net = Net::open(&folder("two-books"));
    let mut cases = Vec::new();
    for _ in 0..3 {
        live(&mut net, |_, id, _| cases.push(*id));
    }
    cases.dedup();
    assert_eq!(cases.len(), 3);
    for id in &cases {
        let (a, b) = (net.case(0, id), net.case(1, id));
        assert_eq!((a.agreed(), a.stage()), (b.agreed(), Stage::Closed));
        assert_eq!((a.me, b.me), (Some(Side::Requester), Some(Side::Responder)));
        for (book, _) in &net.books {
            assert_eq!(book.letters(id).unwrap().len(), 4);
            assert_eq!(book.receipts(id).unwrap().len(), 2);
        }
    }
    // In their order, page by page.
    let (book, _) = &net.books[1];
    let listed = book.list(None, 9).unwrap();
    assert_eq!(listed.iter().map(|(_, case)| case.id).collect::<Vec<_>>(), cases);
    let first = book.list(None, 2).unwrap();
    assert_eq!(first[..], listed[..2]);
    assert_eq!(book.list(Some(&first[1].0), 2).unwrap()[..], listed[2..]);
    assert!(book.list(Some(&listed[2].0), 2).unwrap().is_empty());
    // Everything was answered, so nothing is due, and both desks have their tasks until they are done.
    let tasks = book.tasks(99).unwrap();
    let closed = tasks.iter().filter(|task| task.effect == Effect::Ended(Stage::Closed));
    assert_eq!(closed.count(), 3);
    let (book, _) = &mut net.books[1];
    for task in &tasks {
        book.done(task).unwrap();
    }
    assert!(book.tasks(99).unwrap().is_empty());
}

#[test]
fn b4_the_clock_becomes_tasks_once() {
    let mut net = Net::open(&folder("clock"));
    let id = net.ask();
    let due = net.case(0, &id).answer_by();
    let (book, _) = &mut net.books[0];
    assert_eq!(book.tick(due).unwrap(), 3);
    assert_eq!(book.tick(due).unwrap(), 0);
    let effects: Vec<Effect> = book.tasks(9).unwrap().into_iter().map(|t| t.effect).collect();
    assert_eq!(effects, [Effect::Remind(50), Effect::Remind(80), Effect::Escalate]);
    assert_eq!(book.tick(due.after(300_000)).unwrap(), 1);
    assert_eq!(book.tasks(9).unwrap()[3].effect, Effect::Expire);
}

#[test]
fn b9_wherever_the_log_of_a_store_is_cut_whole_batches_remain() {
    let folder = folder("cut");
    let path = folder.join("store");
    let store = FileStore::open(&path).unwrap();
    let mut ends = vec![0];
    for key in [b"a", b"b", b"c"] {
        store.write(vec![(key.to_vec(), Some(vec![7; 40]))]).unwrap();
        ends.push(fs::read(&path).unwrap().len());
    }
    let bytes = fs::read(&path).unwrap();
    let opened = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        FileStore::open(&path).and_then(|store| store.scan(b"", 9)).map(|pairs| pairs.len())
    };
    for cut in 0..=bytes.len() {
        let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
        assert_eq!(opened(&bytes[..cut]), Ok(whole), "cut at {cut}");
    }
    for place in [0, 4, 8, HEAD + 5] {
        let mut changed = bytes.clone();
        changed[ends[1] + place] ^= 1;
        assert_eq!(opened(&changed), Err(StoreFault::Damaged), "{place}");
    }
    assert_eq!(opened(&[&bytes[..], &[0; 99]].concat()), Ok(3));
}

/// Does nothing by itself; `b9_kill_minus_nine_loses_nothing_that_was_said` runs it as a process.
#[test]
#[allow(clippy::disallowed_methods, reason = "a child process is told its folder")]
fn writes_until_killed_when_run_as_a_child() {
    let Some(folder) = std::env::var_os(CHILD_PATH) else { return };
    let mut net = Net::open(Path::new(&folder));
    loop {
        live(&mut net, |who, id, count| {
            // One write, so that a kill cannot cut a line short.
            let line = format!("said {who} {id} {count}\n");
            let _ = std::io::stderr().write_all(line.as_bytes());
        });
    }
}

fn said(line: &str) -> Option<(usize, CaseId, u32)> {
    let mut words = line.strip_prefix("said ")?.split(' ');
    let who = words.next()?.parse().ok()?;
    let id = CaseId::new(Hash32::from_hex(words.next()?)?);
    Some((who, id, words.next()?.parse().ok()?))
}

#[test]
fn b9_kill_minus_nine_loses_nothing_that_was_said() {
    let folder = folder("killed");
    let mut all = Vec::new();
    // Three lives on the same files, each ended at another place.
    for lines_before in [9, 30, 58] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg("writes_until_killed_when_run_as_a_child")
            .env(CHILD_PATH, &folder)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut told = 0;
        while told < lines_before {
            let found = said(&lines.next().unwrap().unwrap());
            told += usize::from(found.is_some());
            all.extend(found);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        all.extend(lines.map_while(Result::ok).filter_map(|line| said(&line)));
    }
    let mut net = Net::open(&folder);
    for (who, id, count) in &all {
        let agreed = net.case(*who, id).agreed();
        let written = if *who == 0 { agreed.requester } else { agreed.responder };
        assert!(written.count >= *count, "{who} {id} {count}");
    }
    net.exchange();
    let cases: Vec<Case> =
        net.books[0].0.list(None, usize::MAX).unwrap().into_iter().map(|(_, case)| case).collect();
    assert!(cases.len() > 10, "{}", cases.len());
    for case in cases {
        assert_eq!(net.case(1, &case.id).agreed(), case.agreed());
        for (book, _) in &net.books {
            let letters = book.letters(&case.id).unwrap();
            let agreed = case.agreed();
            let count = agreed.requester.count + agreed.responder.count;
            assert_eq!(u32::try_from(letters.len()), Ok(count));
        }
    }
}
