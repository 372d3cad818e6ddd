//! What the claims need to know of a Markdown text: its links and its prose lines.

/// The lines outside fenced code blocks, with their numbers from 1; fenced lines are left out.
pub fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let marker = ["```", "~~~"].into_iter().find(|m| start.starts_with(m));
        match (fence, marker) {
            (None, Some(m)) => fence = Some(m),
            (Some(open), Some(m)) if open == m => fence = None,
            (Some(_), _) => {}
            (None, None) => lines.push((i + 1, line)),
        }
    }
    lines
}

/// Link targets outside code, with their line numbers: `[text](target)` and `[name]: target`.
pub fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let line = without_code_spans(line);
        for (at, _) in line.match_indices("](") {
            let inside = &line[at + 2..];
            let end = inside.find(')').unwrap_or(inside.len());
            // A title may follow the target: [text](target "title").
            if let Some(target) = inside[..end].split_whitespace().next() {
                found.push((number, target.trim_matches(['<', '>']).to_owned()));
            }
        }
        if let Some(target) = definition(&line) {
            found.push((number, target.to_owned()));
        }
    }
    found
}

/// Whether a target leads out of the repository, or to a place in the same page.
pub fn is_external(target: &str) -> bool {
    target.starts_with('#') || target.starts_with("mailto:") || target.contains("://")
}

fn definition(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('[')?;
    let (name, target) = rest.split_once("]:")?;
    (!name.contains(']')).then(|| target.split_whitespace().next()).flatten()
}

/// The line without what stands between backticks.
pub fn without_code_spans(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    // An odd number of backticks leaves the last one unpaired: then it is plain text.
    let paired = if parts.len() % 2 == 1 { parts.len() } else { parts.len() - 1 };
    let kept = parts.iter().enumerate().filter(|(i, _)| i % 2 == 0 || *i >= paired);
    kept.map(|(_, part)| *part).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_code_do_not_count() {
        let text = "[a](b.md) `[c](d.md)`\n```\n[e](f.md)\n```\n[g]: h.md\n[i](<j.md> \"k\")\n";
        let found: Vec<_> = links(text).into_iter().map(|(n, t)| format!("{n} {t}")).collect();
        assert_eq!(found, ["1 b.md", "5 h.md", "6 j.md"]);
    }

    #[test]
    fn the_web_and_the_own_page_are_external() {
        assert!(["https://a.b/c", "#part", "mailto:a@b"].into_iter().all(is_external));
        assert!(!is_external("../a.md"));
    }
}
