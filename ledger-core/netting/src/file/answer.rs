//! The answer to a file: names and decimals as in the file, for programs and for people.
//!
//! # Place      [`super::Case::solve`] -> [answer] -> JSON or a table on stdout
//! # Invariants N7 closing balances have the file's shape and decimals; the ratio is rounded up

use std::collections::BTreeMap;

use ledger_core::money::Currency;
use serde::Serialize;

use super::{Case, decimal};
use crate::{
    problem::Member,
    solve::{Figures, Share, Solution, Stage},
};

/// Decimals of a ratio.
const RATIO_SCALE: usize = 4;
/// Ten to the power of them.
const RATIO_UNITS: u128 = 10_000;

/// A value of the file's only currency, or one per currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Shaped<T> {
    /// The file has one currency, and its amounts need not name it.
    One(T),
    /// By currency.
    Each(BTreeMap<Currency, T>),
}

/// What one stage adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageLine {
    /// Its name.
    pub stage: &'static str,
    /// How many payments.
    pub count: Shaped<usize>,
    /// How much.
    pub value: Shaped<String>,
}

/// What settles, and how everybody ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Ids of the payments that settle, in queue order.
    pub settled: Vec<String>,
    /// Every member's closing balance.
    pub balances: BTreeMap<String, Shaped<String>>,
    /// Ids of all others, in queue order.
    pub remaining: Vec<String>,
    /// What each way of settling adds to the set.
    pub stages: Vec<StageLine>,
    /// The value that settles.
    pub gross: Shaped<String>,
    /// The liquidity that it uses.
    pub net: Shaped<String>,
    /// Liquidity used per value settled; nothing where nothing settles.
    pub ratio: Shaped<Option<String>>,
}

impl Answer {
    pub(super) fn of(case: &Case, solution: &Solution) -> Self {
        let ids = |indices: &[usize]| {
            indices.iter().filter_map(|index| case.ids.get(*index).cloned()).collect()
        };
        let shaped = Shaping { case, figures: &solution.figures };
        let stages = Stage::ALL.into_iter().map(|stage| {
            let share = move |figures: &Figures| {
                figures.stages.get(&stage).copied().unwrap_or(Share { count: 0, value: 0 })
            };
            StageLine {
                stage: stage.name(),
                count: shaped.each(|_, figures| share(figures).count),
                value: shaped.amounts(|figures| share(figures).value),
            }
        });
        Self {
            settled: ids(&solution.settled),
            balances: balances(case, solution),
            remaining: ids(&solution.remaining),
            stages: stages.collect(),
            gross: shaped.amounts(|figures| figures.gross),
            net: shaped.amounts(|figures| figures.net),
            ratio: shaped.each(|_, figures| ratio(figures)),
        }
    }

    /// The answer for people: a few lines and two tables.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{} of {} settle: {}\nremaining: {}\n\n",
            self.settled.len(),
            self.settled.len().saturating_add(self.remaining.len()),
            list(&self.settled),
            list(&self.remaining),
        );
        let mut stages = vec![["stage", "count", "value"].map(str::to_owned)];
        for line in &self.stages {
            let count = each(&line.count, usize::to_string);
            stages.push([line.stage.to_owned(), count, each(&line.value, String::clone)]);
        }
        text.push_str(&table(&stages));
        let ratio = |ratio: &Option<String>| ratio.clone().unwrap_or_else(|| "-".to_owned());
        text.push_str(&format!(
            "\ngross settled   {}\nliquidity used  {}\nratio           {}\n\n",
            each(&self.gross, String::clone),
            each(&self.net, String::clone),
            each(&self.ratio, ratio),
        ));
        let mut balances = vec![["member", "closing"].map(str::to_owned)];
        for (member, balance) in &self.balances {
            balances.push([member.clone(), each(balance, String::clone)]);
        }
        text.push_str(&table(&balances));
        text
    }
}

/// Gives totals the shape of the file.
struct Shaping<'a> {
    case: &'a Case,
    figures: &'a BTreeMap<Currency, Figures>,
}

impl Shaping<'_> {
    fn each<T>(&self, value: impl Fn(Currency, &Figures) -> T) -> Shaped<T> {
        let only = self.case.default.filter(|only| self.figures.keys().all(|at| at == only));
        match only {
            Some(only) => {
                let none = Figures::default();
                Shaped::One(value(only, self.figures.get(&only).unwrap_or(&none)))
            }
            None => {
                let values = self.figures.iter();
                Shaped::Each(values.map(|(at, figures)| (*at, value(*at, figures))).collect())
            }
        }
    }

    fn amounts(&self, minor: impl Fn(&Figures) -> u128) -> Shaped<String> {
        self.each(|currency, figures| self.case.write(currency, minor(figures)))
    }
}

fn balances(case: &Case, solution: &Solution) -> BTreeMap<String, Shaped<String>> {
    let mut by_member: BTreeMap<Member, BTreeMap<Currency, String>> = BTreeMap::new();
    for member in &case.by_currency {
        by_member.insert(*member, BTreeMap::new());
    }
    for (position, minor) in &solution.closing {
        let balance = case.write(position.currency, *minor);
        by_member.entry(position.member).or_default().insert(position.currency, balance);
    }
    let shape = |member: Member, each: BTreeMap<Currency, String>| {
        let mut amounts = each.iter();
        match (case.default, amounts.next(), amounts.next()) {
            (Some(default), Some((currency, amount)), None)
                if *currency == default && !case.by_currency.contains(&member) =>
            {
                Shaped::One(amount.clone())
            }
            (Some(_) | None, _, _) => Shaped::Each(each),
        }
    };
    let named = by_member
        .into_iter()
        .filter_map(|(member, each)| Some((case.name(member)?.to_owned(), shape(member, each))));
    named.collect()
}

/// Net per gross, rounded up, so that liquidity is never said to be less than it is.
fn ratio(figures: &Figures) -> Option<String> {
    let units = figures.net.checked_mul(RATIO_UNITS)?;
    let up = units.checked_next_multiple_of(figures.gross)?.checked_div(figures.gross)?;
    Some(decimal::write(up, RATIO_SCALE))
}

fn list(ids: &[String]) -> String {
    if ids.is_empty() { "-".to_owned() } else { ids.join(" ") }
}

fn each<T>(shaped: &Shaped<T>, write: impl Fn(&T) -> String) -> String {
    match shaped {
        Shaped::One(value) => write(value),
        Shaped::Each(values) if values.is_empty() => "-".to_owned(),
        Shaped::Each(values) => {
            let named =
                values.iter().map(|(currency, value)| format!("{currency} {}", write(value)));
            named.collect::<Vec<_>>().join(", ")
        }
    }
}

/// Rows in columns; a column is as wide as its widest cell.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells = widths.iter().zip(row).map(|(width, cell)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}
