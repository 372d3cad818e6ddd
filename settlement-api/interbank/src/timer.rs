//! What is due in a case because time went on, and nobody wrote.
//!
//! | mark | who | effect |
//! |---|---|---|
//! | 50 % and 80 % of the time for an answer | both | remind |
//! | the deadline | both | escalate |
//! | the deadline and five minutes | requester | expire |
//! | five days after an answer | requester | close |
//!
//! # Invariants B4 every mark acts once in a round, however often and late it is asked for; a round
//! #            begins when the case is opened, answered or reopened

use ledger_core::time::LedgerTime;

use crate::{
    case::{Case, Effect, Side, Stage},
    limits::{CLOSE_AFTER_MS, GRACE_MS},
};

/// A time at which something is due, the bit that remembers it, and what is due.
type Mark = (LedgerTime, u8, Effect);

impl Case {
    /// What is due now, each once, in the order of its time. The marks are remembered in the case:
    /// keep it together with what the effects make.
    #[must_use]
    pub fn due(&self, now: LedgerTime) -> (Self, Vec<Effect>) {
        let mut case = self.clone();
        let mut effects = Vec::new();
        for (at, bit, effect) in self.marks() {
            if at <= now && case.reminded & bit == 0 {
                case.reminded |= bit;
                effects.push(effect);
            }
        }
        (case, effects)
    }

    /// When something is due next.
    #[must_use]
    pub fn next_due(&self) -> Option<LedgerTime> {
        let open = self.marks().into_iter().filter(|(_, bit, _)| self.reminded & bit == 0);
        open.map(|(at, _, _)| at).min()
    }

    fn marks(&self) -> Vec<Mark> {
        let Some(me) = self.me else { return Vec::new() };
        match self.stage() {
            Stage::Opened
            | Stage::Assigned
            | Stage::Interim
            | Stage::Forwarded
            | Stage::Reopened => {
                let mut marks = vec![
                    (self.share(50), 1, Effect::Remind(50)),
                    (self.share(80), 2, Effect::Remind(80)),
                    (self.answer_by, 4, Effect::Escalate),
                ];
                if me == Side::Requester {
                    marks.push((self.answer_by.after(GRACE_MS), 8, Effect::Expire));
                }
                marks
            }
            Stage::Answered if me == Side::Requester => {
                vec![(self.asked_at.after(CLOSE_AFTER_MS), 16, Effect::Close)]
            }
            Stage::Answered
            | Stage::Closed
            | Stage::Rejected
            | Stage::Withdrawn
            | Stage::Expired => Vec::new(),
        }
    }

    /// When so many percent of the time for an answer are over.
    fn share(&self, percent: u64) -> LedgerTime {
        let whole = self.answer_by.get().saturating_sub(self.asked_at.get());
        let part = whole.checked_div(100).unwrap_or_default().saturating_mul(percent);
        self.asked_at.after(part)
    }
}
