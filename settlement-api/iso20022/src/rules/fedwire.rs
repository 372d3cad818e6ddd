//! fedwire-2025.

use super::{Case, Rule};
use crate::validate::Finding;

pub(super) const RULES: &[Rule] = &[];

pub(super) fn narrower(_case: &Case<'_>) -> Vec<Finding> {
    Vec::new()
}
