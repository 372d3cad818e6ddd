//! Rows of rules: a message that keeps them, the change that breaks one, and where.

use iso20022::check::check;
use iso20022::rules::Pack;

/// One way to break one rule.
pub(crate) struct Row {
    pub(crate) rule: &'static str,
    pub(crate) message: &'static str,
    /// What is replaced. `…` stands for everything between what is left and right of it.
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    /// Where the rule is broken then.
    pub(crate) path: &'static str,
}

pub(crate) const fn row(
    rule: &'static str,
    message: &'static str,
    from: &'static str,
    to: &'static str,
    path: &'static str,
) -> Row {
    Row { rule, message, from, to, path }
}

impl Row {
    /// The message with the change made at its first place.
    fn broken(&self) -> String {
        let (start, end) = match self.from.split_once('…') {
            None => {
                let start = self.message.find(self.from).unwrap_or_else(|| panic!("{}", self.rule));
                (start, start + self.from.len())
            }
            Some((left, right)) => {
                let start = self.message.find(left).unwrap_or_else(|| panic!("{}", self.rule));
                let end =
                    self.message[start..].find(right).unwrap_or_else(|| panic!("{}", self.rule));
                (start, start + end + right.len())
            }
        };
        format!("{}{}{}", &self.message[..start], self.to, &self.message[end..])
    }
}

/// The message of each row keeps all rules; the changed one breaks its rule at its path.
pub(crate) fn assert_rows(rows: &[Row], pack: Option<Pack>) {
    let mut faults = Vec::new();
    for row in rows {
        let before = check(row.message.as_bytes(), pack);
        if !before.ok() {
            faults.push(format!("{}: the message itself breaks {:?}", row.rule, before.errors));
        }
        let after = check(row.broken().as_bytes(), pack);
        let found = after.errors.iter().any(|one| one.rule == row.rule && one.path == row.path);
        if !found {
            faults.push(format!("{} at {}: found {:?}", row.rule, row.path, after.errors));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
