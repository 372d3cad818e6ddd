//! What the claims need to know of the manifests.

/// The `members` of a workspace manifest, in order.
pub fn members(workspace: &str) -> Vec<String> {
    let Some((_, rest)) = workspace.split_once("members") else { return Vec::new() };
    let list = rest.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    let Some((list, _)) = list else { return Vec::new() };
    let lines = list.lines().map(|line| line.split('#').next().unwrap_or_default());
    let quoted = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    quoted.map(str::to_owned).collect()
}

/// The value of `key` in `[section]`, as it is written, without quotes.
pub fn value(manifest: &str, section: &str, key: &str) -> Option<String> {
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == format!("[{section}]");
        } else if inside
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            return Some(value.trim().trim_matches('"').to_owned());
        }
    }
    None
}

/// Whether the crate takes its lints from the workspace, either way TOML lets it say so.
pub fn inherits_lints(manifest: &str) -> bool {
    value(manifest, "lints", "workspace").as_deref() == Some("true")
        || manifest.lines().any(|line| line.replace(' ', "") == "lints.workspace=true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_the_quoted_words_of_the_list() {
        assert_eq!(
            members("[workspace]\nmembers = [\n \"a\", # \"no\"\n \"b/c\",\n]\n"),
            ["a", "b/c"]
        );
    }

    #[test]
    fn a_value_belongs_to_its_section() {
        let manifest =
            "[package]\nname = \"a\"\n[lints]\nworkspace = true\n[[bin]]\nname = \"b\"\n";
        assert_eq!(value(manifest, "package", "name").as_deref(), Some("a"));
        assert!(inherits_lints(manifest));
        assert!(!inherits_lints("[package]\nworkspace = true\n"));
    }
}
