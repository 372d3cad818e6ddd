//! cbpr-2026.

use super::Rule;

pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    std::iter::empty()
}
