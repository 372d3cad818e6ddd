//! The numbered rules of `docs/spec/*.md` and the tests that cite them.
//!
//! # Format
//!
//! A rule is a section: a heading `### <ID> <title>` of any level, and somewhere in that section
//! (before the next heading of the same or a higher level, and before the next rule) a line
//! `Status: enforced` or `Status: planned`. An ID is one of the letters `A D I L M N K P V W` and a
//! number. A rule may also be a paragraph beginning with its ID in bold, like `**I1**`.
//! Emphasis, backticks and list marks around the ID and the status line do not matter.
//!
//! A test cites a rule by the word `I1` in a line of a test module or file, or in the name of a
//! function there, as in `fn i1_supply_equals_the_sum_of_balances`.

use crate::lexing::words;
use crate::markdown::prose;

/// What the specification says of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The code keeps it and at least one test cites it.
    Enforced,
    /// Written down, not yet kept.
    Planned,
}

/// One numbered rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name, like `I1`.
    pub id: String,
    /// The line of its heading, from 1.
    pub line: usize,
    /// Its status, or nothing when its section states none.
    pub status: Option<Status>,
}

/// The letters a rule may begin with.
const LETTERS: &str = "ABDILMNKPVW";

/// A paragraph in bold lies below every heading.
const PARAGRAPH: usize = 7;

/// The rules of one specification text, in order.
pub fn rules(markdown: &str) -> Vec<Rule> {
    let mut found: Vec<Rule> = Vec::new();
    let mut open: Option<usize> = None;
    for (line, text) in prose(markdown) {
        let level = level(text);
        if let (Some(level), Some(id)) = (level, level.and(leading_id(text))) {
            found.push(Rule { id, line, status: None });
            open = Some(level);
        } else if let (Some(new), Some(current)) = (level, open)
            && new <= current
        {
            open = None;
        }
        if open.is_some()
            && let (Some(status), Some(rule)) = (status(text), found.last_mut())
            && rule.status.is_none()
        {
            rule.status = Some(status);
        }
    }
    found
}

/// Whether a line of a test cites the rule: by its id as a word, or in the name of a function.
pub fn cites(line: &str, id: &str) -> bool {
    let lower = id.to_lowercase();
    let mut before = "";
    words(line).any(|word| {
        let named = before == "fn" && word.split('_').any(|part| part == lower);
        before = word;
        named || word == id
    })
}

/// The level of a heading or of a paragraph in bold, else nothing.
fn level(line: &str) -> Option<usize> {
    let hashes = line.chars().take_while(|c| *c == '#').count();
    if (1..=6).contains(&hashes) && line[hashes..].starts_with(' ') {
        return Some(hashes);
    }
    (line.starts_with("**") && leading_id(line).is_some()).then_some(PARAGRAPH)
}

fn leading_id(line: &str) -> Option<String> {
    let word = words(line.trim_start_matches(['#', ' ', '*', '`', '_', '['])).next()?;
    let begins = line.trim_start_matches(['#', ' ', '*', '`', '_', '[']).starts_with(word);
    let number = word.strip_prefix(|c| LETTERS.contains(c))?;
    let numbered = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    (begins && numbered).then(|| word.to_owned())
}

fn status(line: &str) -> Option<Status> {
    let plain: String = line.chars().filter(|c| !"*`_".contains(*c)).collect();
    let plain = plain.trim_start_matches(['-', ' ', '>']);
    match words(plain.strip_prefix("Status:")?).next()? {
        "enforced" => Some(Status::Enforced),
        "planned" => Some(Status::Planned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(markdown: &str) -> Vec<(String, Option<Status>)> {
        rules(markdown).into_iter().map(|r| (r.id, r.status)).collect()
    }

    #[test]
    fn a_section_states_its_status() {
        let text =
            "## Money\n### I1 Supply\ntext\n\nStatus: enforced\n### I2: Cover\nStatus: planned\n";
        let expected =
            [("I1".to_owned(), Some(Status::Enforced)), ("I2".to_owned(), Some(Status::Planned))];
        assert_eq!(read(text), expected);
    }

    #[test]
    fn a_status_after_the_section_does_not_count() {
        let text = "### W12 Bytes\n## Other\nStatus: enforced\n### K1\n#### Why\nStatus: planned\n";
        assert_eq!(
            read(text),
            [("W12".to_owned(), None), ("K1".to_owned(), Some(Status::Planned))]
        );
    }

    #[test]
    fn a_bold_paragraph_is_a_rule_and_marks_around_the_status_do_not_matter() {
        let text = "**L3** text\n- **Status:** `enforced` (execute.rs)\n\n**Note** x\n";
        assert_eq!(read(text), [("L3".to_owned(), Some(Status::Enforced))]);
    }

    #[test]
    fn other_headings_and_code_are_no_rules() {
        let text = "### ISO 20022\n### X1 y\n### I\n```\n### I9 z\n```\n### The I1 rule\n";
        assert_eq!(read(text), []);
    }

    /// Every row: line of a test, id, whether it cites it.
    #[test]
    fn a_citation_is_a_whole_word_or_part_of_a_function_name() {
        let rows = [
            ("fn i1_supply_is_conserved() {", "I1", true),
            ("fn mint_keeps_i1() {", "I1", true),
            ("let i1 = first(i1_input);", "I1", false),
            ("// I1: after every block", "I1", true),
            ("fn i11_restore() {", "I1", false),
            ("let iban = PI1;", "I1", false),
            ("assert!(ok, \"[I2]\")", "I2", true),
        ];
        for (line, id, expected) in rows {
            assert_eq!(cites(line, id), expected, "{line}");
        }
    }
}
