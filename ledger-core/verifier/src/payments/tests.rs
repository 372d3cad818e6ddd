use ledger_core::{journal::Movement, time::Height};

use super::*;
use crate::{
    error::HistoryFault,
    list::{ListFault, ShownId},
    testing::{TestJournal, TestMember, TestNetwork, currency, lei},
};

const ROLES: [PaymentRole; 3] = PaymentRole::ALL;

fn check(member: &TestMember, proof: &PaymentsProof) -> Result<Payments, VerifyError> {
    proof.check(&member.holdings, &member.state.header.results)
}

fn fault(member: &TestMember, proof: &PaymentsProof) -> PaymentsFault {
    match check(member, proof) {
        Err(VerifyError::Payments(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

/// What a reader of the journals' rows would write down by hand.
fn by_hand(
    member: &TestMember,
    role: PaymentRole,
    asked: Option<Currency>,
    span: (u64, u64),
) -> Vec<(u64, AccountId, u128, CommandId)> {
    let mut found = Vec::new();
    for height in span.0..=span.1 {
        for journal in &member.accounts {
            let account = &journal.account;
            if asked.is_some_and(|asked| asked != account.currency) {
                continue;
            }
            for block in journal.proof(height, height).blocks {
                for shown in block.movements {
                    let Movement { command, kind, minor } = shown.movement;
                    let pays = ["paid", "paid_from_hold"].contains(&kind.name());
                    let paid = kind.name() == "received";
                    let wanted = match role {
                        PaymentRole::Payer => pays,
                        PaymentRole::Payee => paid,
                        PaymentRole::Any => pays || paid,
                    };
                    if wanted {
                        found.push((height, account.id, minor, command));
                    }
                }
            }
        }
    }
    found
}

#[test]
fn w28_exactly_the_payments_of_role_currency_and_period_are_found() {
    let member = TestMember::new(&TestNetwork::new(1));
    let mut most = 0;
    for role in ROLES {
        for asked in [None, Some(currency("USD")), Some(currency("JPY")), Some(currency("EUR"))] {
            for from in 0..=7 {
                for to in from..=7 {
                    let found = check(&member, &member.payments(role, asked, (from, to))).unwrap();
                    let expected = by_hand(&member, role, asked, (from, to));
                    let rows = found.payments.iter();
                    let rows: Vec<_> =
                        rows.map(|p| (p.height.get(), p.account, p.minor, p.command)).collect();
                    assert_eq!(rows, expected, "{role:?} {asked:?} {from} {to}");
                    let sum: u128 = found.sums.iter().map(|sum| sum.minor).sum();
                    assert_eq!(sum, expected.iter().map(|row| row.2).sum::<u128>());
                    let count: usize = found.sums.iter().map(|sum| sum.payments).sum();
                    assert_eq!(count, expected.len());
                    most = most.max(count);
                }
            }
        }
    }
    assert_eq!(most, 7);
}

#[test]
fn w28_sums_are_by_currency_and_holds_that_did_not_post_are_none() {
    let member = TestMember::new(&TestNetwork::new(1));
    let found = check(&member, &member.payments(PaymentRole::Payee, None, (0, 7))).unwrap();
    let sums: Vec<_> =
        found.sums.iter().map(|s| (s.currency.code(), s.payments, s.minor)).collect();
    assert_eq!(sums, [("JPY", 1, 900), ("USD", 3, 5_014)]);
    // Earmarked at height 2, paid out of that at height 4 in part: 300.00 and 250.00.
    for (height, expected) in [(2, vec![1_000]), (4, vec![25_000, 1_500])] {
        let asked = member.payments(PaymentRole::Payer, Some(currency("USD")), (height, height));
        let found = check(&member, &asked).unwrap();
        let minor: Vec<_> = found.payments.iter().map(|payment| payment.minor).collect();
        assert_eq!(minor, expected, "{height}");
    }
}

/// What a dishonest file would leave out, or show in place of it.
/// What is done to a proof.
type Change<'a> = &'a dyn Fn(&mut PaymentsProof);

#[test]
fn w28_no_account_and_no_history_can_be_left_out() {
    let network = TestNetwork::new(1);
    let member = TestMember::new(&network);
    let good = member.payments(PaymentRole::Any, Some(currency("USD")), (3, 5));
    assert!(check(&member, &good).is_ok());
    let changed = |change: &dyn Fn(&mut PaymentsProof)| {
        let mut other = good.clone();
        change(&mut other);
        fault(&member, &other)
    };
    let rows: [(Change<'_>, PaymentsFault); 8] = [
        (&|p| p.accounts.truncate(2), PaymentsFault::OtherAccount { index: 2 }),
        (&|p| p.accounts.push(p.accounts[0].clone()), PaymentsFault::OtherAccount { index: 3 }),
        (&|p| p.accounts.swap(0, 2), PaymentsFault::OtherAccount { index: 0 }),
        (&|p| p.accounts[2] = p.accounts[0].clone(), PaymentsFault::OtherAccount { index: 2 }),
        (&|p| p.accounts[2].history = None, PaymentsFault::HistoryMissing { index: 2 }),
        (
            &|p| p.accounts[1].history = Some(p.accounts[0].history.clone().unwrap()),
            PaymentsFault::HistoryNotAsked { index: 1 },
        ),
        (&|p| p.query.span.from = Height::new(4), PaymentsFault::HistoryNotAsked { index: 0 }),
        (&|p| p.query.currency = None, PaymentsFault::HistoryMissing { index: 1 }),
    ];
    for (at, (change, expected)) in rows.iter().enumerate() {
        assert_eq!(changed(change), *expected, "{at}");
    }
    // A shorter list is not the member's; another list is none of accounts.
    let mut shorter = good.clone();
    shorter.accounts.pop();
    shorter.list.entries.pop();
    assert_eq!(check(&member, &shorter), Err(ListFault::NotInList.into()));
    let page = PaymentsProof { list: member.list(ListKind::Accounts, 0, 2), ..shorter };
    assert_eq!(fault(&member, &page), PaymentsFault::AccountsNotWhole);
    let customers = member.list(ListKind::Customers, 0, 2);
    let other = PaymentsProof { list: customers, ..good.clone() };
    assert_eq!(fault(&member, &other), PaymentsFault::AccountsNotWhole);
    // A history that is not that of its account, and one with a block less.
    let mut foreign = good.clone();
    foreign.accounts[2].history = good.accounts[0].history.clone();
    assert_eq!(check(&member, &foreign), Err(HistoryFault::NotInJournal.into()));
    let mut less = good.clone();
    less.accounts[2].history.as_mut().unwrap().blocks.clear();
    assert!(matches!(check(&member, &less), Err(VerifyError::History(_))));
}

#[test]
fn w28_an_account_of_another_member_is_not_this_members() {
    let network = TestNetwork::new(1);
    let mut journal = TestJournal::sample(&network);
    journal.account.member = lei("PAYEE");
    let member = TestMember::of(&network, vec![journal]);
    let proof = member.payments(PaymentRole::Any, None, (0, 7));
    assert_eq!(fault(&member, &proof), PaymentsFault::OtherAccount { index: 0 });
}

#[test]
fn w28_a_member_without_accounts_paid_nothing() {
    let network = TestNetwork::new(1);
    let member = TestMember::of(&network, vec![]);
    let found = check(&member, &member.payments(PaymentRole::Any, None, (0, 7))).unwrap();
    assert_eq!(found, Payments { payments: vec![], sums: vec![], histories: 0 });
    assert_spans_are_judged(&member, None);
    // Nor where no account is in the currency that is asked for.
    let eur = Currency::new("EUR").unwrap();
    assert_spans_are_judged(&TestMember::new(&network), Some(eur));
}

/// A span that is none, or reaches beyond what is covered, is refused though no history is shown.
fn assert_spans_are_judged(member: &TestMember, currency: Option<Currency>) {
    let of = |from, to| {
        let mut proof = member.payments(PaymentRole::Any, currency, (0, 7));
        assert!(proof.accounts.iter().all(|shown| shown.history.is_none()));
        proof.query.span = Span { from: Height::new(from), to: Height::new(to) };
        check(member, &proof).map(|_| ())
    };
    assert_eq!(of(0, 7), Ok(()));
    let fault = |fault| Err(VerifyError::History(fault));
    let (from, to, covered) = (Height::new(5), Height::new(3), Height::new(7));
    assert_eq!(of(5, 3), fault(HistoryFault::SpanReversed { from, to }));
    let to = Height::new(8);
    assert_eq!(of(0, 8), fault(HistoryFault::SpanNotCovered { to, covered }));
    let to = Height::new(u64::MAX);
    assert_eq!(of(0, u64::MAX), fault(HistoryFault::SpanNotCovered { to, covered }));
}

#[test]
fn w28_sizes_are_bounded_before_anything_is_hashed() {
    let network = TestNetwork::new(1);
    let member = TestMember::new(&network);
    let good = member.payments(PaymentRole::Any, None, (0, 7));
    let mut accounts = good.clone();
    accounts.accounts = vec![good.accounts[1].clone(); MAX_PAYMENTS_ACCOUNTS + 1];
    let entry = ShownId { id: [0xbb; 32], salt: good.list.entries[1].salt };
    accounts.list.entries = vec![entry; MAX_PAYMENTS_ACCOUNTS + 1];
    let limit = MAX_PAYMENTS_ACCOUNTS;
    assert_eq!(fault(&member, &accounts), PaymentsFault::TooLong { what: "accounts", limit });
    // Half of what one history may hold, in each of three.
    let mut blocks = good.clone();
    let mut movements = good;
    for shown in 0..3 {
        let history = blocks.accounts[shown].history.as_mut().unwrap();
        history.blocks = vec![history.blocks[0].clone(); MAX_HISTORY_BLOCKS / 2];
        let history = movements.accounts[shown].history.as_mut().unwrap();
        let moved = history.blocks[0].movements[0];
        history.blocks[0].movements = vec![moved; MAX_HISTORY_MOVEMENTS / 2];
    }
    let limit = MAX_HISTORY_BLOCKS;
    assert_eq!(fault(&member, &blocks), PaymentsFault::TooLong { what: "blocks", limit });
    let limit = MAX_HISTORY_MOVEMENTS;
    assert_eq!(fault(&member, &movements), PaymentsFault::TooLong { what: "movements", limit });
}

#[test]
fn w28_a_sum_without_representation_is_refused() {
    let network = TestNetwork::new(1);
    let all = |number, kind| TestJournal::movement(number, kind, u128::MAX);
    let blocks = [
        (1, vec![all(1, MovementKind::Received), all(2, MovementKind::Paid)]),
        (2, vec![TestJournal::movement(3, MovementKind::Received, 1)]),
    ];
    // Each account's own sums fit; those of two accounts together do not.
    let first = TestJournal::new(&network.account(), &blocks[..1]);
    let mut other = network.account();
    other.id = AccountId::new([0xbb; 32]);
    let second = TestJournal::new(&other, &blocks[1..]);
    let member = TestMember::of(&network, vec![first, second]);
    let usd = currency("USD");
    let of = |role| member.payments(role, Some(usd), (0, 7));
    assert!(check(&member, &of(PaymentRole::Payer)).is_ok());
    let refused = fault(&member, &of(PaymentRole::Payee));
    assert_eq!(refused, PaymentsFault::SumTooLarge { currency: usd });
}

#[test]
fn w28_every_movement_is_a_payment_in_one_role_or_in_none() {
    for role in ROLES {
        assert_eq!(PaymentRole::named(role.name()), Some(role));
    }
    let roles = MovementKind::ALL.map(|kind| PaymentRole::of(kind).map_or("", PaymentRole::name));
    assert_eq!(roles, ["", "", "", "payer", "payer", "payee", "", "", "", "", "", "", "", ""]);
    assert_eq!(PaymentRole::named("Payer"), None);
}
