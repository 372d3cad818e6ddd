//! Bank C, which has no part in any payment: what it has must hold nothing of the others'.

use std::{fs, path::Path};

use super::{DemoError, story::Stage};

impl Stage<'_> {
    /// Searches bank C's folder, its store and log included, for accounts of A and B.
    pub(super) async fn bystander_knows_nothing(&mut self) -> Result<(), DemoError> {
        self.tell.begin("bank C, a member without a part in it, knows nothing");
        let mut needles = Vec::new();
        for bank in ["bank-a", "bank-b"] {
            let account = self.account_of(bank).await?.unwrap_or_default();
            let hex = account["account"].as_str().unwrap_or_default().to_owned();
            needles.extend(hex::decode(&hex).ok());
            needles.push(hex.into_bytes());
        }
        needles.push(self.plot.debtor.name.clone().into_bytes());
        needles.push(self.plot.creditor.name.clone().into_bytes());
        let found = search(&self.network.folder.join("bank-c"), &needles)?;
        self.tell.check(format!("{} files of bank C name no account of A or B", found.files), {
            found.hits == 0 && found.files > 0 && needles.len() == 6
        });
        self.tell.end();
        Ok(())
    }
}

/// What a search found.
#[derive(Default)]
struct Found {
    files: usize,
    hits: usize,
}

fn search(folder: &Path, needles: &[Vec<u8>]) -> Result<Found, DemoError> {
    let at = |what: &Path| DemoError::io(what.display().to_string());
    let mut found = Found::default();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() {
            let below = search(&path, needles)?;
            found.files += below.files;
            found.hits += below.hits;
            continue;
        }
        // A running store may remove a file meanwhile.
        let Ok(bytes) = fs::read(&path) else { continue };
        found.files += 1;
        let holds = |needle: &Vec<u8>| bytes.windows(needle.len()).any(|part| part == needle);
        found.hits += needles.iter().filter(|needle| holds(needle)).count();
    }
    Ok(found)
}
