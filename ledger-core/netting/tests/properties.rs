//! Solver and check against the naive model: every prefix tried, every order drawn.

mod model;

use std::collections::{BTreeMap, BTreeSet};

use ledger_netting::{Fault, Given, Problem, Relation, Share, Solution, Stage, check, solve};
use model::{Set, dropped, given, grown, lawful, prefixes};
use proptest::prelude::*;

fn solved(given: &Given) -> (Problem, Solution) {
    let problem = Problem::new(given.clone()).expect("small problems are problems");
    let solution = solve(&problem);
    (problem, solution)
}

fn set(indices: &[usize]) -> Set {
    indices.iter().copied().collect()
}

/// Count and value per currency of what `larger` has beyond `smaller`.
fn shares(given: &Given, larger: &Set, smaller: &Set) -> BTreeMap<String, Share> {
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for entry in larger.difference(smaller).map(|&index| &given.entries[index]) {
        let share = shares.entry(entry.currency.code().to_owned()).or_default();
        share.count += 1;
        share.value += entry.minor;
    }
    shares
}

/// Count and value per currency of one stage.
fn stage(solution: &Solution, stage: Stage) -> BTreeMap<String, Share> {
    let figures = solution.figures.iter();
    let shares = figures.map(|(at, figures)| (at.code().to_owned(), figures.stages[&stage]));
    shares.filter(|(_, share)| share.count > 0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn n4_the_union_of_all_lawful_sets_is_lawful_and_is_what_the_solver_finds(
        given in given(false),
    ) {
        let all = prefixes(&given).into_iter();
        let all: Vec<Set> = all.filter(|set| lawful(&given, set)).collect();
        let union: Set = all.iter().flatten().copied().collect();
        prop_assert!(all.contains(&union));
        prop_assert_eq!(set(&solved(&given).1.settled), union);
    }

    #[test]
    fn n4_the_order_of_dropping_makes_no_difference(
        given in given(false),
        draws in prop::collection::vec(any::<usize>(), 1..20),
    ) {
        prop_assert_eq!(dropped(&given, &draws), set(&solved(&given).1.settled));
    }

    #[test]
    fn n1_n2_the_check_accepts_exactly_the_lawful_sets(
        given in given(true),
        drawn in prop::collection::vec(any::<bool>(), 9),
    ) {
        let (problem, _) = solved(&given);
        let chosen: Vec<usize> = (0..given.entries.len()).filter(|&index| drawn[index]).collect();
        prop_assert_eq!(check(&problem, &chosen).is_ok(), lawful(&given, &set(&chosen)));
        for prefix in prefixes(&given) {
            let chosen: Vec<usize> = prefix.iter().copied().collect();
            prop_assert_eq!(check(&problem, &chosen).is_ok(), lawful(&given, &prefix));
        }
    }

    #[test]
    fn n3_what_the_solver_finds_passes_the_check_and_accounts_for_every_entry(
        given in given(true),
    ) {
        let (problem, solution) = solved(&given);
        prop_assert_eq!(check(&problem, &solution.settled), Ok(()));
        prop_assert!(lawful(&given, &set(&solution.settled)));
        let mut all = [solution.settled.clone(), solution.remaining.clone()].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..given.entries.len()).collect::<Vec<_>>());
        let place = |index: &usize| problem.queue().position(|(at, _)| at == *index);
        prop_assert!(solution.settled.is_sorted_by_key(place));
        prop_assert!(solution.remaining.is_sorted_by_key(place));
    }

    #[test]
    fn n2_no_unit_is_made_or_lost(given in given(true)) {
        let (_, solution) = solved(&given);
        let mut before: BTreeMap<_, u128> = BTreeMap::new();
        let mut after = before.clone();
        for (position, minor) in &given.balances {
            *before.entry(position.currency).or_default() += minor;
        }
        for (position, minor) in &solution.closing {
            *after.entry(position.currency).or_default() += minor;
        }
        before.retain(|_, sum| *sum > 0);
        after.retain(|_, sum| *sum > 0);
        prop_assert_eq!(before, after);
    }

    #[test]
    fn n4_bypass_keeps_the_largest_set_without_it(given in given(true)) {
        let strict = Given { bypass: BTreeSet::new(), ..given.clone() };
        let (without, with) = (solved(&strict).1, solved(&given).1);
        prop_assert!(set(&without.settled).is_subset(&set(&with.settled)));
        for kind in [Stage::Gross, Stage::Bilateral, Stage::Multilateral] {
            prop_assert_eq!(stage(&without, kind), stage(&with, kind));
        }
        prop_assert!(stage(&without, Stage::Bypass).is_empty());
    }

    #[test]
    fn n5_stages_are_what_each_way_of_settling_adds(
        given in given(false),
        draws in prop::collection::vec(any::<usize>(), 1..20),
    ) {
        let (_, solution) = solved(&given);
        let alone = grown(&given, &draws, false);
        let paired = grown(&given, &draws, true);
        let all = set(&solution.settled);
        prop_assert_eq!(stage(&solution, Stage::Gross), shares(&given, &alone, &Set::new()));
        prop_assert_eq!(stage(&solution, Stage::Bilateral), shares(&given, &paired, &alone));
        prop_assert_eq!(stage(&solution, Stage::Multilateral), shares(&given, &all, &paired));
    }

    #[test]
    fn n5_gross_is_the_value_settled_and_net_what_members_lose(given in given(true)) {
        let (_, solution) = solved(&given);
        for (currency, figures) in &solution.figures {
            let entries = solution.settled.iter().map(|&index| &given.entries[index]);
            let gross: u128 =
                entries.filter(|entry| entry.currency == *currency).map(|entry| entry.minor).sum();
            let ends = solution.closing.iter().filter(|(at, _)| at.currency == *currency);
            let net: u128 = ends
                .map(|(at, end)| given.balances.get(at).unwrap_or(&0).saturating_sub(*end))
                .sum();
            let staged: u128 = figures.stages.values().map(|share| share.value).sum();
            prop_assert_eq!((figures.gross, figures.net, staged), (gross, net, gross));
        }
    }

    #[test]
    fn n1_leaving_out_an_entry_ahead_of_a_chosen_one_is_a_fault(given in given(false)) {
        let (problem, solution) = solved(&given);
        for &ahead in &solution.settled {
            let settled = || solution.settled.iter().copied();
            let rest: Vec<usize> = settled().filter(|&index| index != ahead).collect();
            let debit = given.entries[ahead].debit();
            let mut after = settled().skip_while(|&index| index != ahead).skip(1);
            if let Some(entry) = after.find(|&index| given.entries[index].debit() == debit) {
                prop_assert_eq!(check(&problem, &rest), Err(Fault::OutOfOrder { entry, ahead }));
            }
        }
    }

    #[test]
    fn n2_one_unit_less_at_hand_than_a_set_uses_is_a_fault(given in given(false)) {
        let (_, solution) = solved(&given);
        for (position, end) in &solution.closing {
            let had = given.balances.get(position).copied().unwrap_or_default();
            if let Some(less) = had.checked_sub(end + 1) {
                let mut poorer = given.clone();
                poorer.balances.insert(*position, less);
                let problem = Problem::new(poorer).unwrap();
                let (member, currency) = (position.member, position.currency);
                let fault = Fault::Overdrawn { member, currency, short: 1 };
                prop_assert_eq!(check(&problem, &solution.settled), Err(fault));
            }
        }
    }

    #[test]
    fn n2_a_limit_one_unit_below_what_a_set_pays_net_is_a_fault(given in given(false)) {
        let (_, solution) = solved(&given);
        let paid = |relation: Relation| -> u128 {
            let entries = solution.settled.iter().map(|&index| &given.entries[index]);
            entries.filter(|entry| entry.relation() == relation).map(|entry| entry.minor).sum()
        };
        for entry in solution.settled.iter().map(|&index| &given.entries[index]) {
            let relation = entry.relation();
            let net = paid(relation).saturating_sub(paid(relation.reversed()));
            if let Some(limit) = net.checked_sub(1) {
                let mut stricter = given.clone();
                stricter.limits.insert(relation, limit);
                let problem = Problem::new(stricter).unwrap();
                let Relation { debtor, creditor, currency } = relation;
                let fault = Fault::LimitExceeded { debtor, creditor, currency, excess: 1 };
                prop_assert_eq!(check(&problem, &solution.settled), Err(fault));
            }
        }
    }

    #[test]
    fn n6_small_problems_take_few_steps(given in given(true)) {
        let (_, solution) = solved(&given);
        prop_assert!(solution.steps <= 1_000, "{}", solution.steps);
    }
}
