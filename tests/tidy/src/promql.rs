//! Which metrics an expression of Prometheus names.

/// Words of the language that stand where a metric could.
const WORDS: [&str; 10] =
    ["and", "or", "unless", "offset", "bool", "by", "without", "on", "ignoring", "inf"];
/// Words that a list of labels follows.
const LABELS_FOLLOW: [&str; 4] = ["by", "without", "on", "ignoring"];

/// The metrics of an expression, in its order.
pub fn metrics(expression: &str) -> Vec<String> {
    let text = plain(expression);
    let mut found = Vec::new();
    let mut rest = text.as_str();
    let mut labels = false;
    while let Some(at) = rest.find(|c: char| c.is_alphanumeric() || c == '_') {
        let end = rest[at..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let end = end.map_or(rest.len(), |length| at + length);
        let (word, after) = (&rest[at..end], rest[end..].trim_start());
        rest = &rest[end..];
        if LABELS_FOLLOW.contains(&word) {
            labels = true;
        } else if !labels && is_metric(word, after) {
            found.push(word.to_owned());
        }
        if labels && after.starts_with(')') {
            labels = false;
        }
        // `on ()`: no label at all.
        if labels && after.starts_with('(') && after[1..].trim_start().starts_with(')') {
            labels = false;
        }
    }
    found
}

fn is_metric(word: &str, after: &str) -> bool {
    let number = word.starts_with(|c: char| c.is_ascii_digit());
    let next = after.split([' ', '(']).next().unwrap_or_default();
    let function = after.starts_with('(') || ["by", "without"].contains(&next);
    !number && !function && !WORDS.contains(&word)
}

/// The expression without what is in braces, brackets and quotes.
fn plain(expression: &str) -> String {
    let (mut depth, mut quoted, mut text) = (0_usize, false, String::new());
    for letter in expression.chars() {
        match letter {
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth = depth.saturating_sub(1),
            _ if depth == 0 && !quoted => text.push(letter),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_labels_numbers_and_words_are_no_metrics() {
        let of = |text| metrics(text);
        assert_eq!(of("max(delta(a_height{job=\"x_y\"}[30s])) < 1"), ["a_height"]);
        assert_eq!(of("sum by (le, job) (rate(b_bucket[5m])) > 1e3"), ["b_bucket"]);
        assert_eq!(of("c unless c offset 15m"), ["c", "c"]);
        assert_eq!(of("up == 0 and on() max without (a, b) (d) > 0.5 * e"), ["up", "d", "e"]);
        assert_eq!(of("scalar(f) - g{process=~\"h|i\"}"), ["f", "g"]);
    }
}
