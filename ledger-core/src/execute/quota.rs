//! What stays of a command is counted after it was found good, and before its changes are taken.

use super::{Gathered, Refused, asked};
use crate::{
    block::Verified, bulk::BulkMode, command::Command, draft::Changes, execute::Facts,
    growth::made, refusal::Refusal, share::Lane,
};

impl Gathered<'_> {
    /// What was decided, unless its organisation would make more than its quota (L3).
    pub(super) fn within_quota(
        &mut self,
        command: &Verified,
        decided: Result<(Vec<Facts>, Changes), Refused>,
    ) -> Result<(Vec<Facts>, Changes), Refused> {
        let (facts, changes) = decided?;
        let body = &command.get().body;
        let by = (body.organisation, Lane::of(&body.command));
        let terms = (self.moment.time, self.moment.limits.growth_quota);
        let made = made(&changes, &self.view);
        match self.grown.count(&self.view, by, made, terms) {
            Ok(()) => Ok((facts, changes)),
            Err(refusal) => Err(beyond_quota(refusal, &body.command, &facts)),
        }
    }
}

/// The refusal of what would have had these effects. A payment of a bulk that is decided by itself is
/// named; all else is refused as a whole.
fn beyond_quota(refusal: Refusal, command: &Command, facts: &[Facts]) -> Refused {
    let of = match (command, facts) {
        (Command::Bulk(bulk), [one]) if bulk.mode == BulkMode::Each => (one.leg, one.money),
        _ => asked(command),
    };
    Refused::new(refusal, of)
}
