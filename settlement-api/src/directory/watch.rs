//! Tells this bank's people and systems that other members' entries will change, and that they did.
//!
//! # Place      [`super::Directory`] -> [watch] -> feed of events, webhooks
//! # Invariants B13 a change is told once when it is decided and once when it acts, in the write that
//! #            remembers it, also across restarts
//! # Absent     members that join or leave

use std::{sync::Arc, time::Duration};

use ledger_core::{
    codec::decode,
    digest::Hash32,
    id::{Lei, Text},
    member::DirectoryEntry,
    signature::PublicKey,
};
use serde::{Deserialize, Serialize};

use super::waits::Waits;
use crate::{
    events::news::{News, Topic},
    gateway::Gateway,
    outbox::stored,
    port::StoreFault,
};

/// What was last seen of a member, by its LEI.
const SEEN: &[u8] = b"directory/seen/";
const MAX_SEEN: usize = 16 << 10;
const PAUSE: Duration = Duration::from_secs(1);

/// What was last seen of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    endpoint: Text,
    aliases: Vec<Text>,
    message_key: Hash32,
    keys: Vec<PublicKey>,
    waiting: Vec<Waits>,
}

impl Seen {
    fn of(entry: &DirectoryEntry, waiting: Vec<Waits>) -> Self {
        Self {
            endpoint: entry.endpoint.clone(),
            aliases: entry.aliases.clone(),
            message_key: entry.encryption,
            keys: entry.keys.iter().map(|key| key.key).collect(),
            waiting,
        }
    }

    /// What is another than it was.
    fn changes(&self, after: &Self) -> Vec<String> {
        let rows = [
            (self.endpoint != after.endpoint, "endpoint"),
            (self.aliases != after.aliases, "aliases"),
            (self.message_key != after.message_key, "message_key"),
            (self.keys != after.keys, "keys"),
        ];
        rows.iter().filter(|(changed, _)| *changed).map(|(_, what)| (*what).to_owned()).collect()
    }

    /// Whether what waited is what the entry says.
    fn has(&self, change: &Waits) -> bool {
        change.endpoint.as_ref().is_none_or(|endpoint| *endpoint == self.endpoint)
            && change.aliases.as_ref().is_none_or(|aliases| *aliases == self.aliases)
            && change.message_key.is_none_or(|key| key == self.message_key)
    }
}

/// What is to be told when a member was seen so, and is seen so now.
fn told(member: &Lei, before: Option<&Seen>, after: &Seen) -> Vec<News> {
    let news = |what: &str, changes, due| News {
        topic: Topic::Directory,
        what: what.to_owned(),
        other: *member,
        uetr: None,
        case: None,
        due,
        changes,
        contact: None,
        // Told in the write that remembers it: the same change may be made again another day.
        once: Gateway::now_ms().to_be_bytes().to_vec(),
    };
    let mut told = Vec::new();
    if let Some(before) = before {
        let changes = before.changes(after);
        if !changes.is_empty() {
            told.push(news("changed", changes, None));
        }
    }
    for naming in [false, true] {
        let part = |seen: &Seen| seen.waiting.iter().find(|w| w.is_naming() == naming).cloned();
        match (before.and_then(part), part(after)) {
            (Some(gone), None) if !after.has(&gone) => {
                told.push(news("taken_back", gone.changes(), Some(gone.from)));
            }
            (waited, Some(waits)) if waited.as_ref() != Some(&waits) => {
                told.push(news("announced", waits.changes(), Some(waits.from)));
            }
            _ => {}
        }
    }
    told
}

/// Looks at the directory for as long as the gateway runs.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        if !gateway.directory.is_read() {
            continue;
        }
        if let Err(fault) = look(&gateway).await {
            tracing::warn!(%fault, "directory.watch");
        }
    }
}

async fn look(gateway: &Gateway) -> Result<(), StoreFault> {
    for (entry, waiting) in gateway.directory.all() {
        let (after, key) =
            (Seen::of(&entry, waiting), [SEEN, entry.lei.text().as_bytes()].concat());
        let before = match gateway.store.get(&key)? {
            Some(bytes) => Some(decode::<Seen>(&bytes, MAX_SEEN).map_err(|_| StoreFault::Damaged)?),
            None => None,
        };
        if before.as_ref() == Some(&after) {
            continue;
        }
        let news = told(&entry.lei, before.as_ref(), &after);
        for one in &news {
            tracing::info!(member = %entry.lei, what = one.what, changes = ?one.changes, "directory.changed");
        }
        gateway.events.tell(vec![stored(key, &after)], news).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ledger_core::time::LedgerTime;

    use super::*;

    /// What was seen, what is seen, and what is told of it.
    type Row<'a> = (Option<&'a Seen>, &'a Seen, Vec<(&'static str, &'a [&'static str])>);

    fn text(text: &str) -> Text {
        Text::new(text).unwrap()
    }

    #[test]
    fn b13_a_change_is_told_when_it_is_decided_and_when_it_acts() {
        let member = Lei::new("529900T8BM49AURSDO55").unwrap();
        let plain = Seen {
            endpoint: text("https://a.example"),
            aliases: Vec::new(),
            message_key: Hash32::new([1; 32]),
            keys: Vec::new(),
            waiting: Vec::new(),
        };
        let change = Waits {
            endpoint: Some(text("https://b.example")),
            aliases: None,
            message_key: Some(Hash32::new([2; 32])),
            from: LedgerTime::new(9),
        };
        let names = Some(vec![text("BIC:BANKUS33")]);
        let naming = Waits { endpoint: None, aliases: names, message_key: None, ..change.clone() };
        let waits = Seen { waiting: vec![change.clone()], ..plain.clone() };
        let named = Seen { waiting: vec![change.clone(), naming], ..plain.clone() };
        let acted = Seen {
            endpoint: text("https://b.example"),
            message_key: Hash32::new([2; 32]),
            ..plain.clone()
        };
        let later =
            Seen { waiting: vec![Waits { from: LedgerTime::new(10), ..change }], ..plain.clone() };
        let revoked = Seen { message_key: Hash32::ZERO, ..plain.clone() };
        let both = ["endpoint", "message_key"].as_slice();
        let rows: [Row<'_>; 11] = [
            (None, &plain, vec![]),
            (None, &waits, vec![("announced", both)]),
            (Some(&plain), &plain, vec![]),
            (Some(&plain), &waits, vec![("announced", both)]),
            (Some(&waits), &waits, vec![]),
            (Some(&waits), &later, vec![("announced", both)]),
            (Some(&waits), &named, vec![("announced", &["aliases"])]),
            (Some(&named), &waits, vec![("taken_back", &["aliases"])]),
            (Some(&waits), &acted, vec![("changed", both)]),
            (Some(&waits), &plain, vec![("taken_back", both)]),
            (Some(&plain), &revoked, vec![("changed", &["message_key"])]),
        ];
        for (before, after, expected) in rows {
            let told = told(&member, before, after);
            let found: Vec<_> = told.iter().map(|n| (n.what.as_str(), n.changes.clone())).collect();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(what, names)| {
                    (what, names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>())
                })
                .collect();
            assert_eq!(found, expected);
        }
    }
}
