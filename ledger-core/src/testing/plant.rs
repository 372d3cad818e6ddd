//! Records by decree, for states that no command reaches.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    account::AccountStatus,
    block::Header,
    journal::SaltUse,
    money::Currency,
    record::{Key, Name, Record},
    state::{Lists, State, WriteSet},
    testing::World,
};

impl World {
    /// Sets records by decree, for states that no command reaches. Such a world cannot be
    /// replayed, and I1 is not checked; what planted accounts freeze is kept in the totals.
    pub fn plant(&mut self, records: Vec<(Name, Record)>) {
        let block = self.propose_block(self.now(), &[]);
        let records = records.into_iter().map(|(name, record)| (name.key(), record)).collect();
        let set = planted(&self.state, block.header, self.with_frozen(records));
        self.state.apply(&set);
        self.blocks.push(block);
        self.sets.push(set);
    }

    /// Planted records, with what their accounts freeze in the totals of currencies.
    fn with_frozen(&self, mut records: BTreeMap<Key, Record>) -> BTreeMap<Key, Record> {
        let mut frozen: BTreeMap<Currency, u128> = records
            .values()
            .filter_map(|record| match record {
                Record::Account(account) => Some((account.currency, 0)),
                _ => None,
            })
            .collect();
        let kept = self.state.records().filter(|record| match record {
            Record::Account(kept) => !records.contains_key(&Name::Account(kept.id).key()),
            _ => false,
        });
        for record in kept.chain(records.values()) {
            let Record::Account(account) = record else { continue };
            if let Some(sum) = frozen.get_mut(&account.currency)
                && account.status == AccountStatus::Frozen
            {
                *sum += account.balances.sum().expect("I1: supply overflows");
            }
        }
        for (code, sum) in frozen {
            let key = Name::Currency(code).key();
            let found = records.get(&key).or_else(|| self.record(&Name::Currency(code)));
            let Some(Record::Currency(currency)) = found else { continue };
            let mut currency = currency.clone();
            currency.totals.frozen = sum;
            records.insert(key, Record::Currency(currency));
        }
        records
    }
}

/// What an empty block would change that set these records.
#[must_use]
pub fn planted(
    state: &State,
    header: Header,
    records: impl IntoIterator<Item = (Key, Record)>,
) -> WriteSet {
    let blinding = state.chain_record().blinding;
    let salts = |slots: &[u64]| SaltUse::of_slots(header.height, slots, &blinding);
    let records = records.into_iter().map(|(key, record)| (key, Arc::new(record)));
    let changes = state.plan_slots(state.placed(records), &[], salts);
    state.write_set(header, blinding, Vec::new(), Lists::default(), changes)
}
