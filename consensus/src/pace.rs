//! How fast each organisation's commands settle.
//!
//! # Place      executor -> [pace] -> mempool (what is worth holding)
//! # Invariants what is remembered is of the last [`PACE_MS`] before the latest block
//! # Absent     clocks: time is that of blocks

use std::collections::{BTreeMap, VecDeque};

use ledger_core::{id::Lei, time::LedgerTime};

use crate::limits::PACE_MS;

/// A span is taken to be no shorter, milliseconds: a single block says little.
const SHORTEST_MS: u64 = 1_000;

/// Commands that were executed lately.
#[derive(Default)]
pub(crate) struct Pace {
    blocks: VecDeque<(LedgerTime, Vec<(Lei, usize)>)>,
    counts: BTreeMap<Lei, usize>,
}

impl Pace {
    /// A block of this time executed a command of each of these.
    pub(crate) fn settled(&mut self, time: LedgerTime, of: impl Iterator<Item = Lei>) {
        let mut counts: BTreeMap<Lei, usize> = BTreeMap::new();
        for organisation in of {
            *counts.entry(organisation).or_default() += 1;
        }
        for (organisation, count) in &counts {
            *self.counts.entry(*organisation).or_default() += count;
        }
        if !counts.is_empty() {
            self.blocks.push_back((time, counts.into_iter().collect()));
        }
        self.forget(time);
    }

    /// How many of an organisation's commands settle within a time, as they lately did.
    pub(crate) fn within(&self, organisation: &Lei, span_ms: u64) -> usize {
        let Some(count) = self.counts.get(organisation) else { return 0 };
        let times = self.blocks.front().zip(self.blocks.back());
        let lasted = times.map_or(0, |((first, _), (last, _))| last.get() - first.get());
        let worth = (*count as u64).saturating_mul(span_ms) / lasted.max(SHORTEST_MS);
        usize::try_from(worth).unwrap_or(usize::MAX)
    }

    fn forget(&mut self, now: LedgerTime) {
        while let Some((time, _)) = self.blocks.front() {
            if time.after(PACE_MS) >= now {
                break;
            }
            let Some((_, counts)) = self.blocks.pop_front() else { break };
            for (organisation, count) in counts {
                if let Some(left) = self.counts.get_mut(&organisation) {
                    *left -= count;
                    if *left == 0 {
                        self.counts.remove(&organisation);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_that_of_the_last_blocks_and_of_each_organisation_alone() {
        let lei = |text: &str| Lei::new(text).expect("an LEI");
        let [a, b] = [lei("529900T8BM49AURSDO55"), lei("7LTWFZYICNSX8D621K86")];
        let mut pace = Pace::default();
        assert_eq!(pace.within(&a, 1_000), 0);
        let at = LedgerTime::new;
        pace.settled(at(10_000), [a; 500].into_iter());
        assert_eq!(pace.within(&a, 2_000), 1_000, "of a single block, as of a second");
        pace.settled(at(11_000), [a; 500].into_iter().chain([b]));
        pace.settled(at(12_000), std::iter::empty());
        pace.settled(at(12_000), [a; 1_000].into_iter());
        assert_eq!((pace.within(&a, 2_000), pace.within(&b, 2_000)), (2_000, 1));
        pace.settled(at(12_000 + PACE_MS), [b].into_iter());
        assert_eq!(pace.within(&a, PACE_MS), 1_000, "blocks before are forgotten");
        pace.settled(at(13_000 + 2 * PACE_MS), std::iter::empty());
        assert_eq!((pace.within(&a, 2_000), pace.within(&b, 2_000)), (0, 0));
        assert!(pace.blocks.is_empty() && pace.counts.is_empty());
    }
}
