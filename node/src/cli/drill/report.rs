//! What a drill says: times from the loss on, acknowledged payments that are gone, and the goals beside them.

use std::time::Duration;

use serde::Serialize;

use crate::cli::ui;

/// Within how many seconds payments have to settle again, and how many acknowledged ones may be gone.
const GOALS: Goals = Goals { rto_s: 7_200, rpo_payments: 0 };

/// What is asked of a network.
#[derive(Clone, Copy, Serialize)]
struct Goals {
    rto_s: u64,
    rpo_payments: usize,
}

/// Something that was reached.
#[derive(Serialize)]
pub(super) struct Step {
    what: &'static str,
    /// Seconds after the loss.
    after_s: f64,
}

impl Step {
    pub(super) fn new(what: &'static str, after: Duration) -> Self {
        Self { what, after_s: seconds(after) }
    }
}

/// One loss and what came of it.
#[derive(Default, Serialize)]
pub(super) struct Outcome {
    pub(super) case: &'static str,
    /// Validators on the site that is lost, and on the other one.
    pub(super) validators: (usize, usize),
    /// From the loss until a payment that was sent after it is proven; nothing if none was.
    pub(super) rto_s: Option<f64>,
    /// Payments that were proven to the payer and are not on the chain of every validator.
    pub(super) rpo_payments: usize,
    /// From the loss until every validator runs and has a vote again; nothing if it was not reached.
    pub(super) whole_s: Option<f64>,
    /// Payments proven when the site was lost.
    pub(super) proven_before: usize,
    pub(super) sent: usize,
    pub(super) proven: usize,
    /// Height at the end.
    pub(super) height: u64,
    pub(super) steps: Vec<Step>,
    /// What is wrong; nothing, if all is well.
    pub(super) faults: Vec<String>,
}

impl Outcome {
    fn meets(&self, goals: Goals) -> bool {
        let in_time = self.rto_s.is_some_and(|took| took <= goals.rto_s as f64);
        in_time && self.rpo_payments <= goals.rpo_payments && self.faults.is_empty()
    }
}

/// All of it.
#[derive(Serialize)]
pub(super) struct Report {
    goals: Goals,
    /// Whether each case met them, and nothing was wrong.
    pub(super) met: bool,
    cases: Vec<Outcome>,
}

/// With two digits.
pub(super) fn seconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 100.0).round() / 100.0
}

impl Report {
    pub(super) fn of(cases: Vec<Outcome>) -> Self {
        let met = cases.iter().all(|case| case.meets(GOALS));
        Self { goals: GOALS, met, cases }
    }

    pub(super) fn show(&self, json: bool) {
        if json {
            // Numbers and texts only, which JSON can always spell.
            ui::line(&serde_json::to_string(self).unwrap_or_default());
            return;
        }
        for case in &self.cases {
            let (lost, left) = case.validators;
            let title = format!("{}: {lost} of {} validators lost", case.case, lost + left);
            ui::line(&title);
            let none = || "not reached".to_owned();
            let time = |took: Option<f64>| took.map_or_else(none, |took| format!("{took:.1} s"));
            let rows = [
                ("settling again (RTO)", time(case.rto_s), format!("{} s", self.goals.rto_s)),
                (
                    "acknowledged payments gone (RPO)",
                    case.rpo_payments.to_string(),
                    self.goals.rpo_payments.to_string(),
                ),
                ("all validators vote again", time(case.whole_s), "-".to_owned()),
            ];
            for (name, value, goal) in rows {
                ui::line(&format!("  {name:<38}{value:<14}goal {goal}"));
            }
            let (before, proven, sent) = (case.proven_before, case.proven, case.sent);
            let payments = format!("{before} before the loss, {proven} of {sent} at the end");
            ui::line(&format!("  {:<38}{payments}", "payments proven"));
            for Step { what, after_s } in &case.steps {
                ui::line(&format!("  {after_s:>8.1} s  {what}"));
            }
            for fault in &case.faults {
                ui::note(&format!("fault: {}: {fault}", case.case));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Outcome {
        Outcome { rto_s: Some(1.5), ..Outcome::default() }
    }

    #[test]
    fn goals_are_met_by_cases_that_settle_in_time_and_lose_nothing() {
        assert!(Report::of(vec![good(), good()]).met);
        let bad = [
            Outcome { rto_s: None, ..good() },
            Outcome { rto_s: Some(7_200.5), ..good() },
            Outcome { rpo_payments: 1, ..good() },
            Outcome { faults: vec!["something".to_owned()], ..good() },
        ];
        for bad in bad {
            assert!(!Report::of(vec![good(), bad]).met);
        }
    }
}
