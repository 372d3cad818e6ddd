//! Whom a bank tells that an answer is due, late, or that a case ended without one.
//!
//! # Place      configuration `[cases]` -> [contacts] -> timer: events, webhooks, the case itself
//! # Invariants B14 whoever is configured is named in the event and in the case
//! # Absent     sending mail or calling: the bank's own systems follow the events

use std::collections::BTreeMap;

use interbank::Kind;
use serde::Deserialize;

/// Contacts for cases, as a configuration says them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Contacts {
    reminders: Option<String>,
    escalations: Option<String>,
    by_kind: BTreeMap<&'static str, String>,
}

/// [`Contacts`] as they are written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    reminders: Option<String>,
    #[serde(default)]
    escalations: Option<String>,
    #[serde(default)]
    escalations_for: BTreeMap<String, String>,
}

/// Characters of a contact at most.
const MAX_CONTACT: usize = 128;

impl TryFrom<Written> for Contacts {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let by_kind = written.escalations_for.into_iter().map(|(name, contact)| {
            let kind = Kind::from_name(&name);
            kind.map(|kind| (kind.name(), contact))
        });
        let by_kind: Option<BTreeMap<&'static str, String>> = by_kind.collect();
        let contacts = Self {
            reminders: written.reminders,
            escalations: written.escalations,
            by_kind: by_kind.ok_or("escalations_for names kinds of cases, as SANC or UTAP")?,
        };
        let named = contacts.reminders.iter().chain(&contacts.escalations);
        let mut all = named.chain(contacts.by_kind.values());
        if all.any(|contact| contact.is_empty() || contact.chars().count() > MAX_CONTACT) {
            return Err("a contact has 1 to 128 characters");
        }
        Ok(contacts)
    }
}

impl Contacts {
    /// Who is reminded of a case of this kind.
    #[must_use]
    pub fn reminded(&self) -> Option<&str> {
        self.reminders.as_deref()
    }

    /// Who is told that the time for an answer to a case of this kind is over.
    #[must_use]
    pub fn escalated(&self, kind: Kind) -> Option<&str> {
        let own = self.by_kind.get(kind.name()).or(self.escalations.as_ref());
        own.or(self.reminders.as_ref()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use interbank::Topic;
    use serde_json::json;

    use super::*;

    fn read(written: &serde_json::Value) -> Result<Contacts, String> {
        serde_json::from_value(written.clone()).map_err(|error| error.to_string())
    }

    #[test]
    fn b14_an_escalation_goes_to_whom_its_kind_names_or_to_whom_all_do() {
        let contacts = read(&json!({
            "reminders": "desk", "escalations": "head", "escalations_for": {"SANC": "sanctions"},
        }));
        let contacts = contacts.unwrap();
        assert_eq!(contacts.reminded(), Some("desk"));
        assert_eq!(contacts.escalated(Kind::Rqfi(Topic::Sanc)), Some("sanctions"));
        assert_eq!(contacts.escalated(Kind::Utap), Some("head"));
        let one = read(&json!({"reminders": "desk"})).unwrap();
        assert_eq!(one.escalated(Kind::Utap), Some("desk"));
        assert_eq!(read(&json!({})).unwrap(), Contacts::default());
        let wrong = [
            json!({"escalations_for": {"NONE": "x"}}),
            json!({"reminders": ""}),
            json!({"reminders": "x".repeat(129)}),
            json!({"other": "x"}),
        ];
        for written in wrong {
            assert!(read(&written).is_err(), "{written}");
        }
    }
}
