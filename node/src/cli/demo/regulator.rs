//! The regulator: an observer that executed everything itself, and what it reports.

use std::time::Duration;

use iso20022::Pacs008;
use serde_json::Value;

use super::{DemoError, story::Stage, tell::write};

const AUDITOR: &str = "regulator-auditor";

impl Stage<'_> {
    /// The observer starts from genesis, catches up, and says what there is and whether it is sound.
    pub(super) async fn regulator_reports(&mut self, message: &Pacs008) -> Result<(), DemoError> {
        self.tell.begin("the regulator's observer executes it all again and reports");
        self.network.observer.start()?;
        self.network.observer.ready().await?;
        let path = format!("/audit/v1/report?currency={}", self.plot.currency);
        let supply = self.text(self.minted() - self.plot.minor);
        let mut text = String::new();
        let mut report = Value::Null;
        // It starts from genesis: what it reports meanwhile is true of an earlier height.
        for _ in 0..100 {
            text = self.examine(&path).await?;
            report = serde_json::from_str(&text).unwrap_or_default();
            if report["supply"]["supply"] == supply.as_str() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        write(&self.network.folder.join("regulator-report.json"), text.as_bytes())?;
        let fact = |name: &str| report["reserves"][name].as_str().unwrap_or_default().to_owned();
        let (coverage, verdict) = (fact("coverage"), fact("verdict"));
        self.tell.check(format!("supply {supply}, coverage {coverage}: {verdict}"), {
            report["supply"]["supply"] == supply.as_str() && verdict == "covered"
        });
        let recounted = "I1, I3, I4 and I9 recounted from the observer's own journals";
        self.tell.check(recounted, report["sound"] == true);
        let path = format!("/audit/v1/cases/{}", message.uetr_or_derived());
        let case: Value = serde_json::from_str(&self.examine(&path).await?).unwrap_or_default();
        let receipts = case["legs"][0]["receipts"].as_array().cloned().unwrap_or_default();
        let settled = receipts.iter().find(|r| r["file"].as_str().is_some_and(is_settlement));
        let file = settled.and_then(|r| r["file"].as_str()).unwrap_or_default().to_owned();
        let path = self.tell.keep_receipt("case-from-the-observer", &file)?;
        let (code, said) = self.verify(&path).await?;
        self.tell.check(format!("its evidence, offline: {}", said.trim()), code == Some(0));
        self.tell.end();
        Ok(())
    }

    /// Asks the audit API, again while the observer has no proof of the present state yet.
    async fn examine(&self, path: &str) -> Result<String, DemoError> {
        let mut last = String::new();
        for _ in 0..100 {
            match self.read(&self.network.audit, AUDITOR, path).await {
                Err(DemoError::Unexpected { answer, .. }) if answer.contains("not_proven") => {
                    last = answer;
                }
                other => return other,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(DemoError::unexpected(path, last))
    }
}

fn is_settlement(file: &str) -> bool {
    file.contains("\"outcome\": \"settled\"")
}
