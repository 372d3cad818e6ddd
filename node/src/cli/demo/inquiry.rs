//! A case between two banks: B asks A about the payment, two persons of A answer, B is content, and
//! what was said is shown to a third party.

use std::time::Duration;

use iso20022::Pacs008;
use serde_json::{Value, json};

use super::{
    DemoError,
    story::{JSON, PATIENCE, Stage, json_of},
    tell::write,
};

impl Stage<'_> {
    /// Bank B asks, bank A answers by two persons, B closes; the pack verifies offline.
    pub(super) async fn inquire(&mut self, message: &Pacs008) -> Result<(), DemoError> {
        self.tell.begin("bank B asks bank A about the payment, two persons of A answer, B closes");
        let question = json!({
            "uetr": message.uetr_or_derived().to_string(), "kind": "FWTR", "level": 1,
            "lines": ["Please confirm payer and payee."],
        });
        let asked = self.post("bank-b", "bank-b-core", "/v1/cases", &question).await?;
        let case = asked["case"].as_str();
        let case = case.ok_or_else(|| DemoError::unexpected("case", asked.to_string()))?.to_owned();
        let path = format!("/v1/cases/{case}");
        let came = self.case_becomes("bank-a", &path, "opened").await?;
        self.tell.check("the sealed question is on bank A's desk", came);
        self.post("bank-a", "bank-a-core", &format!("{path}/accept"), &json!({})).await?;
        self.answer(&path).await?;
        let answered = self.case_becomes("bank-b", &path, "answered").await?;
        self.tell.check("bank B has the answer", answered);
        self.post("bank-b", "bank-b-compliance", &format!("{path}/close"), &json!({})).await?;
        let closed = self.case_becomes("bank-a", &path, "closed").await?;
        self.tell.check("the case is closed at both banks", closed);
        let unseen = self.fetch("bank-c", "bank-c-core", &path).await.is_err();
        self.tell.check("bank C sees no such case", unseen);
        let pack = self.fetch("bank-b", "bank-b-core", &format!("{path}/evidence")).await?;
        let file = self.network.folder.join("case-evidence.json");
        write(&file, pack.as_bytes())?;
        let (code, said) = self.verify(&file).await?;
        self.tell.check(format!("offline: {}", said.trim()), code == Some(0));
        self.tell.end();
        Ok(())
    }

    /// One person of bank A prepares the answer, another sends it.
    async fn answer(&mut self, path: &str) -> Result<(), DemoError> {
        let (debtor, creditor) = (&self.plot.debtor, &self.plot.creditor);
        let given = [
            ("debtor_name", &debtor.name),
            ("debtor_account", &debtor.number),
            ("creditor_name", &creditor.name),
            ("creditor_account", &creditor.number),
        ];
        let given = given.map(|(field, value)| json!({"field": field, "value": value}));
        let answer = json!({"outcome": "INFO", "given": given});
        let prepared =
            self.post("bank-a", "bank-a-core", &format!("{path}/answer"), &answer).await?;
        let yes = json!({"content": prepared["draft"]["content"]});
        let approve = format!("{path}/answer/approve");
        let body = (JSON, yes.to_string().into_bytes());
        let alone = self.send("bank-a", "bank-a-core", &approve, body, JSON).await?;
        let refused = json_of(&alone)?["code"] == "same_person";
        self.tell.check("who prepared the answer cannot send it", refused);
        self.post("bank-a", "bank-a-compliance", &approve, &yes).await?;
        Ok(())
    }

    /// Whether a case comes to a state at a bank while the demo has patience.
    async fn case_becomes(&self, bank: &str, path: &str, state: &str) -> Result<bool, DemoError> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            // Until its first letter has come, the bank has no such case.
            let seen = self.fetch(bank, &format!("{bank}-core"), path).await.ok();
            let seen: Option<Value> = seen.and_then(|text| serde_json::from_str(&text).ok());
            if seen.is_some_and(|case| case["state"] == state) {
                return Ok(true);
            }
            if tokio::time::Instant::now() >= deadline {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
