//! One command by itself, over records that are not a whole state: by the rules of a block.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Facts, decide};
use crate::{
    block::Verified,
    draft::{Changes, Moment, Records},
    growth::{Grown, made},
    refusal::Refusal,
    share::Lane,
};

/// What a command would do as the first of a block at this moment.
///
/// # Errors
/// The refusal that its receipt would carry.
pub(crate) fn alone(
    view: &dyn Records,
    moment: Moment,
    command: &Verified,
) -> Result<(Vec<Facts>, Changes), Refusal> {
    let decide = || decide(view, moment, command, None).map_err(|refused| refused.refusal);
    let caught = catch_unwind(AssertUnwindSafe(decide));
    let (facts, changes) = caught.unwrap_or(Err(Refusal::InternalFault))?;
    let body = &command.get().body;
    let by = (body.organisation, Lane::of(&body.command));
    let terms = (moment.time, moment.limits.growth_quota);
    Grown::default().count(view, by, made(&changes, view), terms)?;
    Ok((facts, changes))
}
