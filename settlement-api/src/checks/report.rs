//! A check as JSON shows it.

use ledger_core::{digest::Hash32, time::LedgerTime};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::{
    asking::{AskedCheck, Stage},
    statement::Verdict,
};
use crate::openapi::text::{Id, IsoCode, LeiCode, Time};

/// Whether an account is somebody's.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountCheckReport {
    /// Its id.
    #[schema(value_type = Id)]
    pub check: String,
    /// `pending`, `answered`, or `no_answer` after fifteen minutes.
    pub state: &'static str,
    /// `MTCH` the account is the named holder's, `CMTC` nearly, `NMTC` it is not, `NOAP` that cannot be
    /// said.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub match_: Option<&'static str>,
    /// Why not: a code of the external verification reasons of ISO 20022.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<IsoCode>)]
    pub reason: Option<&'static str>,
    /// The holder's name, where the one that was given is close to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The account's bank.
    #[schema(value_type = LeiCode)]
    pub agent: String,
    /// When it was asked for.
    #[schema(value_type = Time)]
    pub asked: String,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Match code.
    pub code: &'static str,
    /// Why not.
    pub reason: Option<&'static str>,
    /// The holder's name.
    pub name: Option<String>,
}

/// What came of a check, once something has.
#[must_use]
pub fn outcome(stage: &Stage) -> Option<Outcome> {
    let is = |code, reason, name| Some(Outcome { code, reason, name });
    match stage {
        Stage::Asked => None,
        Stage::Silent => is("NOAP", Some("NORR"), None),
        Stage::Answered(answer) => match &answer.value.verdict {
            Verdict::Match => is("MTCH", None, None),
            Verdict::Close(name) => is("CMTC", Some("PN02"), Some(name.clone())),
            Verdict::NoMatch => is("NMTC", Some("PN01"), None),
            Verdict::Unknown => is("NOAP", Some("AC01"), None),
        },
    }
}

/// A check as JSON shows it.
#[must_use]
pub fn report(record: &AskedCheck) -> AccountCheckReport {
    let found = outcome(&record.stage);
    let id: Hash32 = record.id();
    AccountCheckReport {
        check: id.to_hex(),
        state: match &record.stage {
            Stage::Asked => "pending",
            Stage::Answered(_) => "answered",
            Stage::Silent => "no_answer",
        },
        match_: found.as_ref().map(|found| found.code),
        reason: found.as_ref().and_then(|found| found.reason),
        name: found.and_then(|found| found.name),
        agent: record.request.value.to.text().to_owned(),
        asked: rfc3339(LedgerTime::new(record.request.value.asked.get())),
    }
}
