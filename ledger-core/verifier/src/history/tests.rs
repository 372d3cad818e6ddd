use ledger_core::{
    id::AccountId,
    journal::MovementKind::{self, Burned, Held, Minted, Paid, Received},
};

use super::*;
use crate::testing::{TestJournal, TestNetwork};

/// What the sample account holds after each height, worked out by hand.
const BALANCES: [(u128, u128, u128); 8] = [
    (0, 0, 0),
    (100_000, 0, 0),
    (69_000, 30_000, 0),
    (69_000, 30_000, 0),
    (74_000, 0, 0),
    (65_007, 0, 9_000),
    (67_014, 0, 7_000),
    (67_014, 0, 0),
];
/// What came and what left at each height.
const MOVED: [(u128, u128); 8] =
    [(0, 0), (100_000, 0), (0, 1_000), (0, 0), (0, 25_000), (7, 0), (7, 0), (0, 7_000)];
const COVERED: Height = Height::new(7);

fn sample() -> TestJournal {
    TestJournal::sample(&TestNetwork::new(4))
}

fn balances(height: usize) -> Balances {
    let (available, held, preburned) = BALANCES[height];
    Balances { available, held, preburned }
}

fn moved(kind: MovementKind, minor: u128) -> Movement {
    TestJournal::movement(9, kind, minor)
}

#[test]
fn w21_every_span_shows_its_opening_its_closing_and_everything_between() {
    let journal = sample();
    for from in 0..=7usize {
        for to in from..=7 {
            let proof = journal.proof(from as u64, to as u64);
            let history = proof.check(&journal.account, COVERED).unwrap();
            assert_eq!(history.opening, balances(from.saturating_sub(1)), "{from} to {to}");
            assert_eq!(history.closing, balances(to), "{from} to {to}");
            let here = &MOVED[from..=to];
            assert_eq!(history.turnover.credits, here.iter().map(|(came, _)| came).sum());
            assert_eq!(history.turnover.debits, here.iter().map(|(_, left)| left).sum());
            let blocks = [1, 2, 4, 5, 6, 7].iter().filter(|at| (from..=to).contains(*at)).count();
            let once = [1, 7].iter().filter(|at| (from..=to).contains(*at)).count();
            assert_eq!((history.blocks, history.movements), (blocks, 2 * blocks - once));
        }
    }
}

#[test]
fn w21_a_height_at_which_nothing_happened_is_shown_by_its_neighbours() {
    let journal = sample();
    let proof = journal.proof(3, 3);
    let neighbours = [proof.before, proof.after].map(|shown| shown.unwrap().entry.height.get());
    assert_eq!((neighbours, proof.blocks.len(), proof.index), ([2, 4], 0, 1));
    let history = proof.check(&journal.account, COVERED).unwrap();
    assert_eq!((history.opening, history.closing), (balances(3), balances(3)));
    // Beyond the journal's end, under a header that covers more.
    let proof = journal.proof(8, 20);
    assert!(proof.blocks.is_empty() && proof.after.is_none());
    let history = proof.check(&journal.account, Height::new(20)).unwrap();
    assert_eq!((history.opening, history.closing), (balances(7), balances(7)));
}

#[test]
fn w21_an_account_that_nothing_touched_has_an_empty_history() {
    let journal = TestJournal::new(&TestNetwork::new(4).account(), &[]);
    let proof = journal.proof(0, 7);
    let history = proof.check(&journal.account, COVERED).unwrap();
    let nothing = Balances::default();
    assert_eq!((history.opening, history.closing, history.blocks), (nothing, nothing, 0));
    let claimed = HistoryProof { index: 1, ..proof.clone() };
    let refused = claimed.check(&journal.account, COVERED);
    assert_eq!(refused, Err(HistoryFault::StartNotShown { index: 1 }));
    let claimed = HistoryProof { path: vec![Hash32::ZERO], ..proof };
    assert_eq!(claimed.check(&journal.account, COVERED), Err(HistoryFault::NotInJournal));
    // An empty history of an account that has one.
    let nothing = journal.proof(0, 7);
    let refused = nothing.check(&sample().account, COVERED);
    assert_eq!(refused, Err(HistoryFault::EndNotShown { count: 6 }));
}

/// An account, a proof of its history from 4 to 5, and the height that the header covers.
type Case = (Account, HistoryProof, Height);
type Row = (fn(&mut Case), HistoryFault);

fn at(height: u64) -> Height {
    Height::new(height)
}

/// Every row: what is changed, and why it is refused; in precedence order.
fn rows() -> Vec<Row> {
    vec![
        (
            |(_, proof, _)| proof.span.to = at(1),
            HistoryFault::SpanReversed { from: at(4), to: at(1) },
        ),
        (
            |(_, _, covered)| *covered = at(4),
            HistoryFault::SpanNotCovered { to: at(5), covered: at(4) },
        ),
        (
            |(_, proof, _)| proof.blocks.resize(MAX_HISTORY_BLOCKS + 1, proof.blocks[0].clone()),
            HistoryFault::TooLong { what: "blocks", limit: MAX_HISTORY_BLOCKS },
        ),
        (
            |(_, proof, _)| {
                let moved = &mut proof.blocks[1].movements;
                moved.resize(MAX_HISTORY_MOVEMENTS - 1, moved[0]);
            },
            HistoryFault::TooLong { what: "movements", limit: MAX_HISTORY_MOVEMENTS },
        ),
        (|(_, proof, _)| proof.before = None, HistoryFault::StartNotShown { index: 1 }),
        (|(_, proof, _)| proof.after = None, HistoryFault::EndNotShown { count: 6 }),
        (|(_, proof, _)| proof.blocks[0].shown.salt = Hash32::ZERO, HistoryFault::NotInJournal),
        (|(_, proof, _)| proof.span.from = at(2), HistoryFault::OutsideSpan { height: at(2) }),
        (
            |(_, proof, _)| proof.blocks[1].movements.swap(0, 1),
            HistoryFault::OtherMovements { height: at(5) },
        ),
    ]
}

#[test]
fn w21_the_first_of_two_faults_is_named() {
    let journal = sample();
    let good = (journal.account.clone(), journal.proof(4, 5), COVERED);
    assert!(good.1.check(&good.0, good.2).is_ok());
    let rows = rows();
    for (first, (change, expected)) in rows.iter().enumerate() {
        for (later, _) in &rows[first + 1..] {
            let (mut one, mut both) = (good.clone(), good.clone());
            change(&mut one);
            assert_eq!(one.1.check(&one.0, one.2), Err(*expected));
            later(&mut both);
            change(&mut both);
            let refused = both.1.check(&both.0, both.2).unwrap_err();
            assert_eq!(refused.code(), expected.code());
        }
    }
    let (last, expected) = rows[rows.len() - 1];
    let mut one = good;
    last(&mut one);
    assert_eq!(one.1.check(&one.0, one.2), Err(expected));
}

#[test]
fn w21_an_entry_left_out_added_or_changed_is_not_in_the_journal() {
    let journal = sample();
    let good = journal.proof(4, 5);
    let mut others = vec![good.clone(); 11];
    others[0].blocks.remove(1);
    others[1].blocks.insert(1, good.blocks[1].clone());
    others[2].blocks.swap(0, 1);
    others[3].blocks[1].shown.entry.closing.available += 1;
    others[4].blocks[1].shown.entry.height = at(4);
    others[5].before.as_mut().unwrap().entry.closing.available += 1;
    others[6].after.as_mut().unwrap().entry.time = good.before.unwrap().entry.time;
    others[7].index = 0;
    others[8].index = u64::MAX;
    others[9].path.pop();
    others[10].path.swap(0, 1);
    for (at, other) in others.iter().enumerate() {
        assert_ne!(*other, good);
        assert_eq!(other.check(&journal.account, COVERED), Err(HistoryFault::NotInJournal), "{at}");
    }
    // The last or the first entry of the span left out, where nothing lies beyond it.
    let whole = journal.proof(1, 7);
    let (mut shorter, mut later) = (whole.clone(), whole);
    shorter.blocks.pop();
    later.blocks.remove(0);
    let refused = [shorter, later.clone()].map(|proof| proof.check(&journal.account, COVERED));
    assert_eq!(refused, [Err(HistoryFault::EndNotShown { count: 6 }); 2]);
    later.index = 1;
    let refused = later.check(&journal.account, COVERED);
    assert_eq!(refused, Err(HistoryFault::StartNotShown { index: 1 }));
}

#[test]
fn w21_a_span_claimed_wider_or_narrower_than_shown_is_refused() {
    let journal = sample();
    let rows = [
        (4, 5, Ok(())),
        (3, 5, Ok(())),
        (2, 5, Err(HistoryFault::OutsideSpan { height: at(2) })),
        (0, 5, Err(HistoryFault::OutsideSpan { height: at(2) })),
        (5, 5, Err(HistoryFault::OutsideSpan { height: at(4) })),
        (4, 4, Err(HistoryFault::OutsideSpan { height: at(5) })),
        (4, 6, Err(HistoryFault::OutsideSpan { height: at(6) })),
        (4, 7, Err(HistoryFault::OutsideSpan { height: at(6) })),
    ];
    for (from, to, expected) in rows {
        let mut proof = journal.proof(4, 5);
        proof.span = Span { from: at(from), to: at(to) };
        assert_eq!(proof.check(&journal.account, COVERED).map(|_| ()), expected, "{from} to {to}");
    }
}

#[test]
fn w21_movements_left_out_added_or_changed_are_refused() {
    let journal = sample();
    let good = journal.proof(4, 5);
    let mut others = vec![good.clone(); 6];
    others[0].blocks[0].movements.pop();
    others[1].blocks[0].movements.push(good.blocks[0].movements[0]);
    others[2].blocks[0].movements[0].movement.minor += 1;
    others[3].blocks[0].movements[0].movement.kind = Paid;
    others[4].blocks[0].movements[0].salt = Hash32::ZERO;
    others[5].blocks[0].movements.clear();
    for other in others {
        let refused = other.check(&journal.account, COVERED);
        assert_eq!(refused, Err(HistoryFault::OtherMovements { height: at(4) }));
    }
}

#[test]
fn w21_the_history_of_another_account_is_refused() {
    let journal = sample();
    let account = Account { id: AccountId::new([0xbb; 32]), ..journal.account.clone() };
    let blocks = [(4, vec![moved(Minted, 74_000)])];
    let other = TestJournal::new(&account, &blocks);
    let refused = journal.proof(0, 7).check(&other.account, COVERED);
    assert_eq!(refused, Err(HistoryFault::EndNotShown { count: 1 }));
    let refused = journal.proof(1, 2).check(&other.account, COVERED);
    assert_eq!(refused, Err(HistoryFault::NotInJournal));
}

/// Faults of the ledger itself, to which its validators would have committed.
#[test]
fn w21_a_journal_that_does_not_add_up_is_no_history() {
    let account = TestNetwork::new(4).account();
    let held = |available| Balances { available, ..Balances::default() };
    let rows = [
        (
            vec![(2, vec![moved(Minted, 5)], held(5)), (2, vec![moved(Paid, 1)], held(4))],
            HistoryFault::NotAscending { height: at(2) },
        ),
        (
            vec![(3, vec![moved(Minted, 5)], held(5)), (2, vec![moved(Paid, 1)], held(4))],
            HistoryFault::NotAscending { height: at(2) },
        ),
        (vec![(2, vec![moved(Minted, 5)], held(6))], HistoryFault::DoesNotFollow { height: at(2) }),
        (
            vec![(2, vec![moved(Minted, 5)], held(5)), (3, vec![], held(6))],
            HistoryFault::DoesNotFollow { height: at(3) },
        ),
        (vec![(2, vec![moved(Burned, 5)], held(0))], HistoryFault::DoesNotFollow { height: at(2) }),
        (
            vec![
                (2, vec![moved(Received, u128::MAX)], held(u128::MAX)),
                (3, vec![moved(Paid, u128::MAX)], held(0)),
                (4, vec![moved(Received, 1)], held(1)),
            ],
            HistoryFault::SumTooLarge { height: at(4) },
        ),
    ];
    for (blocks, expected) in rows {
        let journal = TestJournal::of(&account, blocks);
        let refused = journal.proof(0, 7).check(&journal.account, COVERED);
        assert_eq!(refused, Err(expected));
    }
    let mut journal = sample();
    journal.account.balances.held += 1;
    let whole = journal.proof(0, 7).check(&journal.account, COVERED);
    assert_eq!(whole, Err(HistoryFault::OtherBalances));
    // Where the span ends before the journal does, its end is not shown.
    assert!(journal.proof(0, 6).check(&journal.account, COVERED).is_ok());
}

#[test]
fn w21_the_largest_sums_are_shown() {
    let account = TestNetwork::new(4).account();
    let most = u128::MAX;
    let blocks = [(1, vec![moved(Minted, most), moved(Paid, most)]), (2, vec![moved(Held, 0)])];
    let journal = TestJournal::new(&account, &blocks);
    let history = journal.proof(0, 7).check(&journal.account, COVERED).unwrap();
    assert_eq!(history.turnover, Turnover { credits: most, debits: most });
    assert_eq!((history.blocks, history.movements), (2, 3));
}

#[test]
fn w21_a_journal_that_is_read_to_its_end_is_the_records_or_refused() {
    let journal = sample();
    let blocks = journal.proof(0, 7).blocks;
    let read = |blocks: &[ShownBlock]| {
        let mut reading = Reading::default();
        blocks.iter().try_for_each(|block| reading.take(block))?;
        reading.check(&journal.account)
    };
    assert_eq!(read(&blocks), Ok(()));
    // One that is left out of the end, or of the middle.
    assert_eq!(read(&blocks[..5]), Err(HistoryFault::NotInJournal));
    let without: Vec<_> = [&blocks[..2], &blocks[3..]].concat();
    let height = without[2].shown.entry.height;
    assert_eq!(read(&without), Err(HistoryFault::DoesNotFollow { height }));
    let twice: Vec<_> = [&blocks[..1], &blocks[..]].concat();
    let height = blocks[0].shown.entry.height;
    assert_eq!(read(&twice), Err(HistoryFault::NotAscending { height }));
    let changed = |change: fn(&mut ShownBlock)| {
        let mut blocks = blocks.clone();
        change(&mut blocks[2]);
        read(&blocks)
    };
    let height = blocks[2].shown.entry.height;
    let movements = Err(HistoryFault::OtherMovements { height });
    assert_eq!(changed(|block| block.movements[0].movement.minor += 1), movements);
    assert_eq!(changed(|block| block.movements[0].salt = Hash32::ZERO), movements);
    assert_eq!(changed(|block| block.movements.swap(0, 1)), movements);
    assert_eq!(changed(|block| block.shown.salt = Hash32::ZERO), Err(HistoryFault::NotInJournal));
    let later = |block: &mut ShownBlock| {
        block.shown.entry.time = ledger_core::time::LedgerTime::new(1);
    };
    assert_eq!(changed(later), Err(HistoryFault::NotInJournal));
    let closing = changed(|block| block.shown.entry.closing.available += 1);
    assert_eq!(closing, Err(HistoryFault::DoesNotFollow { height }));
}
