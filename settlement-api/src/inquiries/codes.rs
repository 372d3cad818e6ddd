//! Which ISO 20022 codes a question, an answer, an interim word and a rejection of each kind may give.
//!
//! # Place      staff's JSON -> [codes] -> desk; what came as camt.110 or camt.111 was checked with its message
//! # Invariants B15 a code that this bank writes is of the external code sets of its kind and act
//! # Absent     codes of other banks' letters: their own gateways answer for them

use interbank::{Act, Code, Kind};
use iso20022::tables::external_codes;

const REASONS: &str = "ExternalInvestigationReason1Code";
const OUTCOMES: &str = "ExternalInvestigationExecutionConfirmation1Code";
const REJECTIONS: &str = "ExternalPaymentCancellationRejection1Code";
const STATUS_REASONS: &str = "ExternalStatusReason1Code";

/// A code that the lists of a kind do not have.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{code} is no code of {sets} for {what} of {kind}; it is one of: {allowed}")]
pub struct CodeRefused {
    code: String,
    kind: &'static str,
    what: &'static str,
    sets: String,
    allowed: String,
}

/// What a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// A reason of a question or of an answer.
    Reason,
    /// Why the answer is not there yet.
    Interim,
    /// Why there is none.
    Rejection,
    /// What came of it.
    Outcome,
}

impl Use {
    /// What the code of an act stands for, and the code.
    pub(crate) const fn of(act: &Act) -> Option<(Self, Code)> {
        match act {
            Act::Interim(code) => Some((Self::Interim, *code)),
            Act::Reject(code) => Some((Self::Rejection, *code)),
            Act::Answer(answering) => Some((Self::Outcome, answering.outcome)),
            Act::Open(_)
            | Act::Accept
            | Act::Forward { .. }
            | Act::Close
            | Act::Reopen { .. }
            | Act::Withdraw
            | Act::Expire => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Reason => "the reasons",
            Self::Interim => "an interim word",
            Self::Rejection => "a rejection",
            Self::Outcome => "the outcome",
        }
    }

    /// The sets, the most usual first.
    fn sets(self, kind: Kind) -> &'static [&'static str] {
        match (self, kind) {
            (Self::Reason, Kind::Cancel) => &["ExternalCancellationReason1Code", STATUS_REASONS],
            (Self::Reason, Kind::Status) => &[STATUS_REASONS],
            (Self::Reason, _) => &[REASONS],
            (Self::Outcome, Kind::Status) => &["ExternalPaymentTransactionStatus1Code", OUTCOMES],
            (Self::Outcome, _) => &[OUTCOMES],
            (Self::Interim, _) => &[OUTCOMES, REJECTIONS, STATUS_REASONS],
            (Self::Rejection, Kind::Ccnr | Kind::Conr) => {
                &["ExternalClaimNonReceiptRejection1Code", REJECTIONS, STATUS_REASONS]
            }
            (Self::Rejection, Kind::Modify) => {
                &["ExternalPaymentModificationRejection1Code", REJECTIONS, STATUS_REASONS]
            }
            (Self::Rejection, _) => &[REJECTIONS, OUTCOMES, STATUS_REASONS],
        }
    }
}

/// Whether codes are of the sets of their kind and use.
///
/// # Errors
/// [`CodeRefused`], which names those that are.
pub(crate) fn check<'c>(
    kind: Kind,
    used: Use,
    codes: impl IntoIterator<Item = &'c Code>,
) -> Result<(), Box<CodeRefused>> {
    let sets = used.sets(kind);
    let all = || sets.iter().filter_map(|set| external_codes(set)).flatten().copied();
    for code in codes {
        if all().any(|known| known == code.text()) {
            continue;
        }
        return Err(Box::new(CodeRefused {
            code: code.text().to_owned(),
            kind: kind.name(),
            what: used.name(),
            sets: sets.join(", "),
            allowed: all().collect::<Vec<_>>().join(" "),
        }));
    }
    Ok(())
}

/// [`check`] of the code of an act, if it has one.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_act(kind: Kind, act: &Act) -> Result<(), Box<CodeRefused>> {
    Use::of(act).map_or(Ok(()), |(used, code)| check(kind, used, [&code]))
}

#[cfg(test)]
mod tests {
    use interbank::Topic;

    use super::*;

    #[test]
    fn b15_a_code_is_of_the_sets_of_its_kind_and_use() {
        let sanc = Kind::Rqfi(Topic::Sanc);
        let rows = [
            (sanc, Use::Reason, "DTOR", true),
            (sanc, Use::Reason, "XXXX", false),
            (sanc, Use::Reason, "DUPL", false),
            (Kind::Cancel, Use::Reason, "DUPL", true),
            (Kind::Cancel, Use::Reason, "DTOR", false),
            (Kind::Status, Use::Reason, "DTOR", false),
            (sanc, Use::Outcome, "INFO", true),
            (sanc, Use::Outcome, "ACSC", false),
            (Kind::Cancel, Use::Outcome, "CNCL", true),
            (Kind::Modify, Use::Outcome, "MODI", true),
            (Kind::Status, Use::Outcome, "ACSC", true),
            (sanc, Use::Interim, "ARPL", true),
            (sanc, Use::Interim, "ZZ01", false),
            (sanc, Use::Rejection, "NOOR", true),
            (Kind::Ccnr, Use::Rejection, "RNPR", true),
            (Kind::Utap, Use::Rejection, "RNPR", false),
            (Kind::Modify, Use::Rejection, "UM01", true),
            (Kind::Cancel, Use::Rejection, "UM01", false),
        ];
        for (kind, used, code, good) in rows {
            let found = check(kind, used, [&Code::new(code).unwrap()]);
            assert_eq!(found.is_ok(), good, "{kind:?} {used:?} {code}");
            if let Err(refused) = found {
                let said = refused.to_string();
                assert!(said.contains(code) && said.contains(used.sets(kind)[0]), "{said}");
            }
        }
    }

    #[test]
    fn b15_every_set_that_is_named_is_known() {
        for kind in Kind::ALL {
            for used in [Use::Reason, Use::Interim, Use::Rejection, Use::Outcome] {
                let sets = used.sets(kind);
                assert!(sets.iter().all(|set| external_codes(set).is_some()), "{sets:?}");
            }
        }
    }
}
