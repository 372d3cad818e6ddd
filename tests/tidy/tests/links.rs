//! Links that lead somewhere.

use std::path::{Component, Path, PathBuf};

use tidy::checkout::{self, File};
use tidy::markdown::{is_external, links};

/// The place below the root that `target` in the file `from` means, or nothing when it leaves it.
fn resolve(from: &str, target: &str) -> Option<PathBuf> {
    let mut place = PathBuf::new();
    let parent = Path::new(from).parent().unwrap_or(Path::new(""));
    for part in parent.join(target).components() {
        match part {
            Component::Normal(name) => place.push(name),
            Component::ParentDir => {
                if !place.pop() {
                    return None;
                }
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(place)
}

fn complaint(file: &File, target: &str) -> Option<&'static str> {
    if target.contains('#') {
        return Some("links to a place inside a file, which nobody checks: link to the file");
    }
    match resolve(&file.path, target) {
        None => Some("leads out of the repository"),
        Some(place) if !checkout::root().join(&place).exists() => Some("does not exist"),
        Some(_) => None,
    }
}

#[test]
fn every_relative_link_leads_to_a_file() {
    let mut found = Vec::new();
    for file in checkout::files(&["md"]) {
        for (line, target) in links(&file.text) {
            if is_external(&target) {
                continue;
            }
            if let Some(complaint) = complaint(&file, &target) {
                found.push(format!("{}:{line}: {target}: {complaint}", file.path));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_link_starts_from_the_folder_of_its_file_and_stays_below_the_root() {
    let resolved = |from, target| resolve(from, target).map(|p| p.to_string_lossy().into_owned());
    assert_eq!(resolved("docs/adr/a.md", "../spec/./b.md").as_deref(), Some("docs/spec/b.md"));
    assert_eq!(resolved("README.md", "docs/").as_deref(), Some("docs"));
    assert_eq!(resolved("README.md", "../b.md"), None);
    assert_eq!(resolved("README.md", "/etc/hosts"), None);
}
