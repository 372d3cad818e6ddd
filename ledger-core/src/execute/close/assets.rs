//! The end of a block, for assets: their journals, and those of positions in them.

use std::collections::BTreeSet;

use super::Logs;
use crate::{
    asset::{AssetCode, AssetEntry},
    codec::encode,
    digest::leaf_hashes,
    draft::{Moment, Records},
    execute::Gathered,
    journal::{JournalEntry, LogName, SaltUse},
    merkle::Tree,
    record::{Name, Record},
};

impl Gathered<'_> {
    /// One journal entry per position and per asset that a block touched; A1 is asserted here.
    pub(super) fn close_assets(&mut self, logs: &mut Logs<'_>) {
        self.close_positions(logs);
        self.close_registers(logs);
    }

    fn close_positions(&mut self, logs: &mut Logs<'_>) {
        let Moment { height, time, .. } = self.moment;
        for ((account, asset), movements) in std::mem::take(&mut self.unit_movements) {
            let name = Name::Position(account, asset);
            let Some(Record::Position(position)) = self.view.record(&name) else { continue };
            let mut position = *position;
            let numbers = (0u64..).take(movements.len());
            let uses = numbers.map(|at| SaltUse::UnitMovement(height, account, asset, at));
            let salts = SaltUse::salts(&uses.collect::<Vec<_>>(), &logs.blinding);
            let leaves = salts.into_iter().zip(movements.iter().map(encode));
            let tree = Tree::new(leaf_hashes(&leaves.collect::<Vec<_>>()));
            let closing = position.balances;
            let entry = JournalEntry { height, time, movements: tree.head(), closing };
            let log = LogName::Position(account, asset);
            position.journal = logs.append(log, encode(&entry), encode(&movements));
            self.view.put(name, Record::Position(position));
        }
    }

    /// Journals of assets that are new, or whose status or sums changed.
    fn close_registers(&mut self, logs: &mut Logs<'_>) {
        let Moment { height, time, .. } = self.moment;
        let changed = self.view.changes().filter_map(|(_, record)| match record {
            Record::Asset(asset) => Some(asset.terms.code),
            _ => None,
        });
        let changed: BTreeSet<AssetCode> = changed.collect();
        for code in changed {
            let name = Name::Asset(code);
            let Some(Record::Asset(asset)) = self.view.record(&name) else { continue };
            assert!(asset.totals.balanced(), "A1: {code} is unbalanced");
            if let Some(Record::Asset(before)) = self.view.state.record(&name)
                && (before.status, before.totals) == (asset.status, asset.totals)
            {
                continue;
            }
            let mut asset = asset.clone();
            let entry = AssetEntry { height, time, status: asset.status, closing: asset.totals };
            asset.journal = logs.append(LogName::Asset(code), encode(&entry), Vec::new());
            self.view.put(name, Record::Asset(asset));
        }
    }
}
