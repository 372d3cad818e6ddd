//! The file's JSON as it stands: names and amounts are still text.
//!
//! # Invariants every list has a maximum; a name or key given twice is refused; errors in the
//! #            queue say which entry

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use ledger_core::money::Currency;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use crate::limits::{MAX_BALANCES, MAX_ENTRIES};

/// All of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileText {
    /// The currency of amounts that name none.
    #[serde(default)]
    pub(super) currency: Option<Currency>,
    pub(super) balances: Keyed<String, BalanceText>,
    pub(super) queue: QueueText,
    #[serde(default)]
    pub(super) bypass: Vec<String>,
    #[serde(default)]
    pub(super) limits: Vec<LimitText>,
}

/// One payment of the queue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryText {
    pub(super) id: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) amount: String,
    #[serde(default)]
    pub(super) currency: Option<Currency>,
    #[serde(default)]
    pub(super) priority: u32,
    #[serde(default = "yes")]
    pub(super) eligible: bool,
    #[serde(default)]
    pub(super) reason: Option<String>,
}

const fn yes() -> bool {
    true
}

/// What a member allows towards a counterparty.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitText {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) amount: String,
    #[serde(default)]
    pub(super) currency: Option<Currency>,
}

/// What a member has.
#[derive(Debug)]
pub(super) enum BalanceText {
    /// In the currency of amounts that name none.
    One(String),
    /// By currency.
    Each(Keyed<Currency, String>),
}

impl<'de> Deserialize<'de> for BalanceText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BalanceVisitor)
    }
}

struct BalanceVisitor;

impl<'de> Visitor<'de> for BalanceVisitor {
    type Value = BalanceText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a balance: an amount as a string, or an object of amounts by currency")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<BalanceText, E> {
        Ok(BalanceText::One(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BalanceText, A::Error> {
        KeyedVisitor(PhantomData).visit_map(map).map(BalanceText::Each)
    }
}

/// An object that has no key twice.
#[derive(Debug)]
pub(super) struct Keyed<K, V>(pub(super) BTreeMap<K, V>);

impl<'de, K: Deserialize<'de> + Ord + fmt::Display, V: Deserialize<'de>> Deserialize<'de>
    for Keyed<K, V>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeyedVisitor(PhantomData))
    }
}

struct KeyedVisitor<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de> + Ord + fmt::Display, V: Deserialize<'de>> Visitor<'de>
    for KeyedVisitor<K, V>
{
    type Value = Keyed<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = BTreeMap::new();
        while let Some(key) = map.next_key::<K>()? {
            if found.contains_key(&key) {
                return Err(Error::custom(format_args!("{key} is given twice")));
            }
            if found.len() >= MAX_BALANCES {
                return Err(Error::custom(format_args!("more than {MAX_BALANCES} are given")));
            }
            found.insert(key, map.next_value()?);
        }
        Ok(Keyed(found))
    }
}

/// The entries as they stand in the file.
#[derive(Debug)]
pub(super) struct QueueText(pub(super) Vec<EntryText>);

impl<'de> Deserialize<'de> for QueueText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(QueueVisitor)
    }
}

struct QueueVisitor;

impl<'de> Visitor<'de> for QueueVisitor {
    type Value = QueueText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<QueueText, A::Error> {
        let mut entries = Vec::new();
        loop {
            let number = entries.len().saturating_add(1);
            let next = list.next_element::<EntryText>();
            let next = next.map_err(|error| {
                A::Error::custom(format_args!("entry number {number} of the queue: {error}"))
            })?;
            let Some(entry) = next else { return Ok(QueueText(entries)) };
            if entries.len() >= MAX_ENTRIES {
                let error = format_args!("the queue has more than {MAX_ENTRIES} entries");
                return Err(Error::custom(error));
            }
            entries.push(entry);
        }
    }
}
