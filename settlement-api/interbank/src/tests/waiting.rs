//! Store and forward between two gateways that crash, over a net that loses, repeats and reorders.

use ledger_core::{id::Text, signature::Signed, time::LedgerTime};
use proptest::prelude::*;

use super::support::{
    CHAIN, DAY, Directory, NOW, acts, answer, bank, first, genuine, next, opened, opening, room,
    signer,
};
use crate::{
    case::{Effect, Side, Stage},
    content::Content,
    kind::Kind,
    limits::{MAX_PARKED, MAX_PAUSE_MS},
    message::{Act, CaseId, Genuine, Letter, Seen},
    post::{Inbox, Outbox, Receipt, RefusedLetter, check_receipt},
    refused::Refused,
    room::Room,
};

/// What a gateway has on disk: changed in one write, or not at all.
#[derive(Clone)]
struct Disk {
    me: char,
    room: Room,
    outbox: Outbox,
    inbox: Inbox,
}

/// What travels.
#[derive(Clone)]
enum Parcel {
    Letter(Box<Letter>),
    Receipt(Box<Signed<Receipt>>),
}

impl Disk {
    fn new(me: char) -> Self {
        Self { me, room: room(me), outbox: Outbox::default(), inbox: Inbox::default() }
    }

    fn case(&self) -> Option<&crate::Case> {
        self.room.cases().next()
    }

    /// Writes a letter: case and outbox together.
    fn write(&mut self, letter: &Genuine, now: LedgerTime) -> Result<(), Refused> {
        let stepped = self.room.step(letter, now)?;
        self.outbox = self.outbox.put(letter)?;
        self.room.restore(stepped.case);
        Ok(())
    }

    fn act(&mut self, act: Act, now: LedgerTime) -> Result<(), Refused> {
        let side = if self.me == 'A' { Side::Requester } else { Side::Responder };
        let case = self.case().ok_or(Refused::UnknownCase)?;
        self.write(&genuine(next(case, side, act, now)), now)
    }

    fn receipt(&self, refused: Option<RefusedLetter>) -> Option<Signed<Receipt>> {
        let case = self.case()?;
        let agreed = case.agreed();
        let (to, received) =
            if self.me == 'A' { ('B', agreed.responder) } else { ('A', agreed.requester) };
        let (from, to) = (bank(self.me), bank(to));
        let receipt = Receipt { chain: CHAIN, case: case.id, from, to, received, refused, at: NOW };
        Some(Signed::new(receipt, &signer(&from)).unwrap())
    }

    /// Takes what arrives; what it answers is sent only after it was written.
    fn take(&mut self, parcel: Parcel, now: LedgerTime) -> Option<Parcel> {
        match parcel {
            Parcel::Letter(letter) => {
                let letter = letter.genuine(&CHAIN, &Directory).unwrap();
                match self.inbox.take(&mut self.room, letter, now) {
                    Ok(taken) => self.inbox = taken.inbox,
                    Err(Refused::UnknownCase | Refused::TooManyWaiting) => return None,
                    Err(refused) => panic!("{refused}"),
                }
                self.receipt(None).map(Box::new).map(Parcel::Receipt)
            }
            Parcel::Receipt(receipt) => {
                check_receipt(&receipt, &CHAIN, &Directory).unwrap();
                self.outbox = self.outbox.receipted(&receipt.value).unwrap();
                None
            }
        }
    }
}

fn open(disk: &mut Disk) {
    let message = first(opening(Kind::Utap), &Content::default());
    disk.write(&genuine(message), NOW).unwrap();
}

/// One move of the simulation.
#[derive(Clone, Debug)]
enum Move {
    Act(bool, usize),
    Send(bool),
    /// Something on its way arrives.
    Arrive(usize),
    Lose(usize),
    Repeat(usize),
    /// A gateway ends before what it did last reached the disk.
    Crash(bool),
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => (any::<bool>(), 1usize..10).prop_map(|(who, which)| Move::Act(who, which)),
        3 => any::<bool>().prop_map(Move::Send),
        6 => any::<usize>().prop_map(Move::Arrive),
        1 => any::<usize>().prop_map(Move::Lose),
        1 => any::<usize>().prop_map(Move::Repeat),
        1 => any::<bool>().prop_map(Move::Crash),
    ]
}

struct Net {
    disks: [Disk; 2],
    /// The disks before the last write of each, as long as nobody was told of it.
    before: [Disk; 2],
    flying: Vec<(usize, Parcel)>,
    now: LedgerTime,
}

impl Net {
    fn change<T>(&mut self, who: usize, change: impl FnOnce(&mut Disk, LedgerTime) -> T) -> T {
        let (now, old) = (self.now, self.disks[who].clone());
        let answer = change(&mut self.disks[who], now);
        self.before[who] = old;
        answer
    }

    fn send(&mut self, who: usize) {
        let letters = self.change(who, |disk, now| {
            let Some((outbox, letters)) = disk.outbox.due(now) else { return Vec::new() };
            let letters: Vec<Letter> = letters.into_iter().cloned().collect();
            disk.outbox = outbox;
            letters
        });
        self.before[who] = self.disks[who].clone();
        self.flying.extend(letters.into_iter().map(|l| (1 - who, Parcel::Letter(Box::new(l)))));
    }

    fn arrive(&mut self, at: usize) {
        if self.flying.is_empty() {
            return;
        }
        let (to, parcel) = self.flying.remove(at % self.flying.len());
        if let Some(answer) = self.change(to, |disk, now| disk.take(parcel, now)) {
            self.before[to] = self.disks[to].clone();
            self.flying.push((1 - to, answer));
        }
    }

    fn play(&mut self, step: Move) {
        self.now = self.now.after(1_000);
        match step {
            Move::Act(who, which) => {
                let now = self.now;
                let list: Vec<Act> = acts().into_values().collect();
                let act = match list[which % list.len()] {
                    Act::Reopen { .. } => Act::Reopen { answer_by: now.after(DAY) },
                    Act::Forward { to, .. } => {
                        let child = ledger_core::digest::Domain::Content.hash_of(&now);
                        Act::Forward { child: CaseId::new(child), to }
                    }
                    // Expiry would need a day of silence.
                    Act::Expire | Act::Open(_) => Act::Accept,
                    other => other,
                };
                let _ = self.change(usize::from(who), |disk, now| disk.act(act, now));
            }
            Move::Send(who) => self.send(usize::from(who)),
            Move::Arrive(at) => self.arrive(at),
            Move::Lose(at) if !self.flying.is_empty() => {
                self.flying.swap_remove(at % self.flying.len());
            }
            Move::Repeat(at) if !self.flying.is_empty() => {
                let again = self.flying[at % self.flying.len()].clone();
                self.flying.push(again);
            }
            Move::Lose(_) | Move::Repeat(_) => {}
            Move::Crash(who) => {
                let who = usize::from(who);
                self.disks[who] = self.before[who].clone();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn b9_loss_repetition_disorder_and_crashes_end_alike_on_both_sides(
        series in prop::collection::vec(moves(), 1..80)
    ) {
        let mut disks = ['A', 'B'].map(Disk::new);
        open(&mut disks[0]);
        let before = disks.clone();
        let mut net = Net { disks, before, flying: Vec::new(), now: NOW };
        for step in series {
            net.play(step);
        }
        // Then both stay up and the net works.
        for _ in 0..200 {
            net.now = net.now.after(MAX_PAUSE_MS);
            net.send(0);
            net.send(1);
            while !net.flying.is_empty() {
                net.arrive(0);
            }
        }
        let [a, b] = [0, 1].map(|at: usize| net.disks[at].case().map(crate::Case::agreed));
        prop_assert!(a.is_some());
        prop_assert_eq!(a, b);
        for disk in &net.disks {
            prop_assert_eq!(disk.outbox.next_try(), None);
            prop_assert_eq!(disk.inbox.parked(), 0);
        }
    }
}

#[test]
fn b9_what_comes_early_waits_within_a_maximum_and_is_read_in_order() {
    let mut reader = room('A');
    let first_message = genuine(first(opening(Kind::Utap), &Content::default()));
    reader.restore(reader.step(&first_message, NOW).unwrap().case);
    let mut writer = opened(Side::Responder);
    let mut letters = Vec::new();
    for n in 0..=u64::try_from(MAX_PARKED).unwrap() + 1 {
        let act = if n == 0 { Act::Accept } else { acts()["interim"] };
        let message = next(&writer, Side::Responder, act, NOW.after(n));
        writer = writer.step(&message, NOW.after(n)).unwrap().case;
        letters.push(genuine(message));
    }
    let now = NOW.after(99);
    let mut inbox = Inbox::default();
    let too_early = letters.pop().unwrap();
    for letter in letters[1..].iter().rev() {
        let taken = inbox.take(&mut reader, letter.clone(), now).unwrap();
        assert!(taken.read.is_empty());
        inbox = taken.inbox;
    }
    assert_eq!(inbox.parked(), MAX_PARKED);
    let refused = inbox.take(&mut reader, too_early, now).map(|_| ());
    assert_eq!(refused, Err(Refused::TooManyWaiting));
    let taken = inbox.take(&mut reader, letters[0].clone(), now).unwrap();
    let numbers: Vec<u32> = taken.read.iter().map(|(l, _)| l.message().number).collect();
    assert_eq!(numbers, (0..=u32::try_from(MAX_PARKED).unwrap()).collect::<Vec<_>>());
    assert_eq!(taken.inbox.parked(), 0);
    // Each of them again changes nothing.
    let before = reader.clone();
    for letter in letters {
        let taken = Inbox::default().take(&mut reader, letter, now).unwrap();
        assert!(taken.read.iter().all(|(_, effects): &(_, Vec<Effect>)| effects.is_empty()));
    }
    assert_eq!(reader, before);
}

#[test]
fn b9_a_parked_letter_that_turns_out_wrong_is_named() {
    let mut reader = room('A');
    let first_message = genuine(first(opening(Kind::Utap), &Content::default()));
    reader.restore(reader.step(&first_message, NOW).unwrap().case);
    let writer = opened(Side::Responder);
    let accept = next(&writer, Side::Responder, Act::Accept, NOW);
    let writer = writer.step(&accept, NOW).unwrap().case;
    let mut wrong = next(&writer, Side::Responder, answer(), NOW);
    wrong.previous = ledger_core::digest::Hash32::ZERO;
    let wrong = genuine(wrong);
    let inbox = Inbox::default().take(&mut reader, wrong.clone(), NOW).unwrap().inbox;
    let taken = inbox.take(&mut reader, genuine(accept), NOW).unwrap();
    let refused = taken.refused.unwrap();
    assert_eq!(refused.code, Text::new("chain_broken").unwrap());
    assert_eq!(refused.message, ledger_core::signature::Statement::digest(wrong.message()));
    assert_eq!(reader.cases().next().unwrap().stage(), Stage::Assigned);
}

#[test]
fn b9_attempts_are_further_and_further_apart_until_a_receipt() {
    let mut disk = Disk::new('A');
    open(&mut disk);
    let mut now = NOW;
    let mut pauses = Vec::new();
    for _ in 0..12 {
        let (outbox, letters) = disk.outbox.due(now).unwrap();
        assert_eq!(letters.len(), 1);
        disk.outbox = outbox;
        assert!(disk.outbox.due(now).is_none());
        let next = disk.outbox.next_try().unwrap();
        pauses.push(next.get() - now.get());
        now = next;
    }
    let expected: Vec<u64> = (0..12).map(|n| (500u64 << n).min(MAX_PAUSE_MS)).collect();
    assert_eq!(pauses, expected);
    let mut other = Disk::new('B');
    let (_, letters) = disk.outbox.due(now).unwrap();
    let sent = Parcel::Letter(Box::new(letters[0].clone()));
    let Some(Parcel::Receipt(receipt)) = other.take(sent, now) else { panic!("a receipt") };
    disk.outbox = disk.outbox.receipted(&receipt.value).unwrap();
    assert_eq!(disk.outbox.next_try(), None);
    assert_eq!(disk.outbox.received().0.count, 1);
}

#[test]
fn b9_a_receipt_for_other_letters_is_refused_and_an_older_one_changes_nothing() {
    let mut disk = Disk::new('A');
    open(&mut disk);
    let digest = disk.case().unwrap().agreed().requester.last;
    let good = |received| Receipt {
        chain: CHAIN,
        case: disk.case().unwrap().id,
        from: bank('B'),
        to: bank('A'),
        received,
        refused: None,
        at: NOW,
    };
    let wrong = [
        Seen { count: 2, last: digest },
        Seen { count: 1, last: ledger_core::digest::Hash32::ZERO },
        Seen { count: 0, last: digest },
    ];
    for received in wrong {
        let refused = disk.outbox.receipted(&good(received));
        assert_eq!(refused, Err(Refused::ReceiptMismatch));
    }
    let one = good(Seen { count: 1, last: digest });
    let after = disk.outbox.receipted(&one).unwrap();
    assert_eq!(after.receipted(&one), Ok(after.clone()));
    assert_eq!(after.receipted(&good(Seen::default())), Ok(after));
    let mut forged = Signed::new(one, &signer(&bank('C'))).unwrap();
    assert_eq!(check_receipt(&forged, &CHAIN, &Directory), Err(Refused::NotSigned));
    forged.value.chain = ledger_core::id::ChainId::new([0; 32]);
    assert_eq!(check_receipt(&forged, &CHAIN, &Directory), Err(Refused::WrongNetwork));
}
