//! The rules again, naively: signed sums, every prefix tried, things dropped in any order.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::money::Currency;
use ledger_netting::{Entry, Given, Member, Position, Reason, Relation};
use proptest::prelude::*;

/// A set of indices of entries.
pub(crate) type Set = BTreeSet<usize>;

pub(crate) fn currency(code: &str) -> Currency {
    Currency::new(code).unwrap()
}

/// Small problems of two to four members, mostly in one currency; with bypass or without.
pub(crate) fn given(bypass: bool) -> impl Strategy<Value = Given> {
    let entry = (any::<(u32, u32)>(), 0usize..6, 1u128..8, 0u32..3, 0usize..30);
    let balance = (any::<u32>(), 0usize..6, 0u128..7);
    let limit = (any::<(u32, u32)>(), 0usize..6, 0u128..5);
    let chosen = if bypass { 0..4 } else { 0..1 };
    (
        2u32..5,
        prop::collection::vec(entry, 0..9),
        prop::collection::vec(balance, 0..6),
        prop::collection::vec(limit, 0..4),
        prop::collection::btree_set(0u32..4, chosen),
    )
        .prop_map(|(members, entries, balances, limits, bypass)| {
            let code = |n: usize| currency(if n == 5 { "EUR" } else { "USD" });
            let pair = |(one, step): (u32, u32)| {
                let debtor = one % members;
                (Member::new(debtor), Member::new((debtor + 1 + step % (members - 1)) % members))
            };
            let entries = (0u64..).zip(entries).map(|(sequence, drawn)| {
                let (of, n, minor, priority, reason) = drawn;
                let ((debtor, creditor), currency) = (pair(of), code(n));
                let ineligible = Reason::ALL.get(reason).copied();
                Entry { debtor, creditor, currency, minor, priority, sequence, ineligible }
            });
            let balances = balances.into_iter().map(|(member, n, minor)| {
                (Position { member: Member::new(member % members), currency: code(n) }, minor)
            });
            let limits = limits.into_iter().map(|(of, n, minor)| {
                let ((debtor, creditor), currency) = (pair(of), code(n));
                (Relation { debtor, creditor, currency }, minor)
            });
            Given {
                entries: entries.collect(),
                balances: balances.collect(),
                limits: limits.collect(),
                bypass: bypass.into_iter().map(Member::new).collect(),
            }
        })
}

/// The queues: of each debtor and currency the eligible entries in order.
pub(crate) fn queues(given: &Given) -> Vec<Vec<usize>> {
    let mut queues: BTreeMap<Position, Vec<usize>> = BTreeMap::new();
    for (index, entry) in given.entries.iter().enumerate() {
        if entry.ineligible.is_none() {
            queues.entry(entry.debit()).or_default().push(index);
        }
    }
    for queue in queues.values_mut() {
        queue.sort_by_key(|&index| {
            let entry = &given.entries[index];
            (u32::MAX - entry.priority, entry.sequence)
        });
    }
    queues.into_values().collect()
}

fn signed(minor: u128) -> i128 {
    i128::try_from(minor).unwrap()
}

/// The positions that a set overdraws.
pub(crate) fn overdrawn(given: &Given, set: &Set) -> Vec<Position> {
    let mut ends: BTreeMap<Position, i128> = BTreeMap::new();
    for (position, minor) in &given.balances {
        ends.insert(*position, signed(*minor));
    }
    for entry in set.iter().map(|&index| &given.entries[index]) {
        *ends.entry(entry.debit()).or_default() -= signed(entry.minor);
        *ends.entry(entry.credit()).or_default() += signed(entry.minor);
    }
    ends.into_iter().filter(|(_, end)| *end < 0).map(|(position, _)| position).collect()
}

/// The limits that a set exceeds.
pub(crate) fn exceeded(given: &Given, set: &Set) -> Vec<Relation> {
    let net = |relation: &Relation| -> i128 {
        let sum = |of: Relation| -> i128 {
            let entries = set.iter().map(|&index| &given.entries[index]);
            entries.filter(|entry| entry.relation() == of).map(|entry| signed(entry.minor)).sum()
        };
        sum(*relation) - sum(relation.reversed())
    };
    let limits = given.limits.iter();
    limits.filter(|(relation, most)| net(relation) > signed(**most)).map(|(r, _)| *r).collect()
}

/// Whether every balance and every limit holds.
pub(crate) fn covered(given: &Given, set: &Set) -> bool {
    overdrawn(given, set).is_empty() && exceeded(given, set).is_empty()
}

/// Whether a set keeps all rules.
pub(crate) fn lawful(given: &Given, set: &Set) -> bool {
    let ordered = queues(given).iter().all(|queue| {
        let bypass =
            queue.first().is_some_and(|&i| given.bypass.contains(&given.entries[i].debtor));
        let taken: Vec<bool> = queue.iter().map(|index| set.contains(index)).collect();
        bypass || taken.windows(2).all(|pair| pair[0] || !pair[1])
    });
    let eligible = set.iter().all(|&index| given.entries[index].ineligible.is_none());
    eligible && ordered && covered(given, set)
}

/// Every choice of one prefix of each queue.
pub(crate) fn prefixes(given: &Given) -> Vec<Set> {
    let mut all = vec![Set::new()];
    for queue in queues(given) {
        let longer = |set: &Set| -> Vec<Set> {
            let with = |length: usize| set.iter().chain(&queue[..length]).copied().collect();
            (0..=queue.len()).map(with).collect()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

/// What is left when, in an order drawn from `draws`, last entries are dropped while anything is
/// broken.
pub(crate) fn dropped(given: &Given, draws: &[usize]) -> Set {
    let mut queues = queues(given);
    let mut draws = draws.iter().cycle();
    loop {
        let set: Set = queues.iter().flatten().copied().collect();
        let mut broken: Vec<Position> = overdrawn(given, &set);
        broken.extend(
            exceeded(given, &set)
                .into_iter()
                .map(|limit| Position { member: limit.debtor, currency: limit.currency }),
        );
        if broken.is_empty() {
            return set;
        }
        let position = broken[draws.next().unwrap() % broken.len()];
        let queue = queues
            .iter_mut()
            .find(|queue| queue.first().is_some_and(|&i| given.entries[i].debit() == position))
            .expect("who is short has paid");
        queue.pop();
        queues.retain(|queue| !queue.is_empty());
    }
}

/// What settles when, in an order drawn from `draws`, any lawful step is taken while there is one.
/// A step takes the next entry of a queue; with `pairs`, also next entries of two members' queues
/// that all are between these two.
pub(crate) fn grown(given: &Given, draws: &[usize], pairs: bool) -> Set {
    let queues = queues(given);
    let mut draws = draws.iter().cycle();
    let mut set = Set::new();
    loop {
        let waiting: Vec<Vec<usize>> = queues
            .iter()
            .map(|queue| queue.iter().filter(|i| !set.contains(i)).copied().collect())
            .collect();
        let mut steps: Vec<Vec<usize>> =
            waiting.iter().filter_map(|queue| Some(vec![*queue.first()?])).collect();
        if pairs {
            for (a, b) in waiting.iter().flat_map(|a| waiting.iter().map(move |b| (a, b))) {
                for (i, j) in (1..=a.len()).flat_map(|i| (1..=b.len()).map(move |j| (i, j))) {
                    let facing = a[..i].iter().all(|&x| {
                        let there = given.entries[x].relation().reversed();
                        b[..j].iter().all(|&y| given.entries[y].relation() == there)
                    });
                    if facing {
                        steps.push(a[..i].iter().chain(&b[..j]).copied().collect());
                    }
                }
            }
        }
        steps.retain(|step| covered(given, &set.iter().chain(step).copied().collect()));
        let Some(count) = (!steps.is_empty()).then_some(steps.len()) else { return set };
        set.extend(&steps[draws.next().unwrap() % count]);
    }
}
