//! Messages as correspondents exchange them: under a business header, institutions by their BIC.
//!
//! # Place      report, statements, exceptions -> [headed] -> core bank, the other bank
//! # Invariants P12 where both institutions have a BIC in the directory, a message that this gateway
//! #            writes keeps `cbpr-2026`; where one has none it goes without a header, as before
//! # Absent     pacs.008, pacs.004 and pacs.009, which settle in this network's clearing system: CBPR+
//! #            has none

use iso20022::{Agent, BusinessHeader, PartyOrAgent, check::check, under_header, view::View};
use ledger_core::{id::Lei, member::DirectoryEntry, time::LedgerTime};
use verifier::summary::rfc3339;

use crate::{gateway::Gateway, refused::Refused};

/// The service whose rules a message keeps that goes from one BIC to another.
const SERVICE: &str = "swift.cbprplus.04";

/// An institution as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its BIC, if the directory has one.
    pub bic: Option<String>,
    /// Its LEI.
    pub lei: String,
}

impl Named {
    /// A member by its entry in the directory, or by its LEI alone.
    #[must_use]
    pub fn of(gateway: &Gateway, lei: &Lei) -> Self {
        let entry = gateway.directory.member(lei);
        Self { bic: entry.as_ref().and_then(bic), lei: lei.text().to_owned() }
    }
}

fn bic(entry: &DirectoryEntry) -> Option<String> {
    entry.aliases.iter().find_map(|a| a.get().strip_prefix("BIC:")).map(str::to_owned)
}

/// Who sends a message, and who receives it.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    from: Named,
    to: Named,
}

/// What a header repeats of its message.
pub(crate) struct Repeated<'a> {
    /// The identification of the message.
    pub(crate) id: &'a str,
    /// Its name, such as `camt.053.001.08`.
    pub(crate) name: &'a str,
    /// When it was made, as written.
    pub(crate) created: &'a str,
}

impl Route {
    /// From one member to another.
    pub(crate) fn of(gateway: &Gateway, from: &Lei, to: &Lei) -> Self {
        Self::between(Named::of(gateway, from), Named::of(gateway, to))
    }

    pub(crate) const fn between(from: Named, to: Named) -> Self {
        Self { from, to }
    }

    /// From this bank's gateway to its own core system.
    pub(crate) fn home(gateway: &Gateway) -> Self {
        Self::of(gateway, gateway.lei(), gateway.lei())
    }

    /// Sender and receiver, if both have a BIC.
    pub(crate) fn agents(&self) -> Option<[Agent; 2]> {
        let agent = |named: &Named| Agent { bicfi: named.bic.clone(), ..Agent::default() };
        let both = self.from.bic.is_some() && self.to.bic.is_some();
        both.then(|| [agent(&self.from), agent(&self.to)])
    }

    /// The header of a message, if sender and receiver have a BIC.
    pub(crate) fn header(&self, told: &Repeated<'_>) -> Option<BusinessHeader> {
        let [from, to] = self.agents()?;
        Some(BusinessHeader {
            from: PartyOrAgent::Agent(from),
            to: PartyOrAgent::Agent(to),
            biz_msg_idr: told.id.to_owned(),
            msg_def_idr: told.name.to_owned(),
            biz_svc: Some(SERVICE.to_owned()),
            created: told.created.to_owned(),
        })
    }
}

/// A message under its header, if it has one: it keeps its schema and the rules of the standard.
///
/// # Errors
/// [`Refused::Rules`].
pub(crate) fn written<V: View>(
    route: &Route,
    (id, created): (&str, &str),
    message: &V,
) -> Result<Vec<u8>, Refused> {
    let xml = message.to_xml().map_err(Refused::Rules)?;
    let xml = match route.header(&Repeated { id, name: V::MESSAGE, created }) {
        Some(header) => under_header(&header, &xml).map_err(Refused::Rules)?,
        None => xml,
    };
    let judged = check(xml.as_bytes(), None);
    if judged.ok() { Ok(xml.into_bytes()) } else { Err(Refused::Rules(judged.errors)) }
}

/// A time as messages write it: with an offset, to the second.
pub(crate) fn instant(time: LedgerTime) -> String {
    let seconds: String = rfc3339(time).chars().take(19).collect();
    format!("{seconds}+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p12_a_header_names_both_by_bic_or_there_is_none() {
        let named = |bic: Option<&str>| Named {
            bic: bic.map(str::to_owned),
            lei: "5493001KJTIIGC8Y1R12".to_owned(),
        };
        let told =
            Repeated { id: "A-1", name: "camt.053.001.08", created: "2026-11-23T09:30:00+00:00" };
        let both = Route::between(named(Some("QLVBUS3N")), named(Some("QNFJDEF1")));
        let header = both.header(&told).unwrap();
        assert!(header.check().is_ok());
        assert_eq!(header.biz_svc.as_deref(), Some(SERVICE));
        for (from, to) in [(None, Some("QNFJDEF1")), (Some("QLVBUS3N"), None), (None, None)] {
            assert!(Route::between(named(from), named(to)).header(&told).is_none());
        }
    }

    #[test]
    fn times_are_written_with_an_offset() {
        let time = LedgerTime::new(1_793_491_200_999);
        assert_eq!(instant(time), "2026-11-01T00:00:00+00:00");
    }
}
