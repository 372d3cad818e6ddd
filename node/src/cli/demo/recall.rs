//! A payment that bank A asks back, and what both banks' statements say of the day.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    DemoError,
    story::{JSON, Stage, XML, json_of},
};

/// Looks for a recall at the bank that was paid, and the pause between.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

impl Stage<'_> {
    /// A pays B, asks the money back, and two persons of B give it.
    pub(super) async fn recall(&mut self) -> Result<(), DemoError> {
        self.tell.begin("a payment is recalled: camt.056, two persons of B, pacs.004");
        let body = (JSON, self.payment("DEMO-RECALLED", &self.text(1)).to_string().into_bytes());
        let paid = self.send("bank-a", "bank-a-core", "/v1/payments", body, JSON).await?;
        let paid = json_of(&paid)?;
        let uetr = paid["uetr"].as_str().unwrap_or_default().to_owned();
        let before = self.account_of("bank-a").await?.unwrap_or_default();
        let asked = json!({"uetr": uetr, "reason": "DUPL"}).to_string().into_bytes();
        let ask = self.send("bank-a", "bank-a-core", "/v1/recalls", (JSON, asked), JSON);
        let (asked, given) = tokio::join!(ask, self.give_back());
        let (asked, given) = (json_of(&asked?)?, given?);
        self.tell.check("B answers CNCL once the return is proved", given["iso_status"] == "CNCL");
        let path = format!("/v1/recalls/{}", asked["recall"].as_str().unwrap_or_default());
        let ended = self.ends(&path).await?;
        self.tell.check("A has the money by its own receipt", ended["status"] == "returned");
        let file = self.receipt_of("bank-a", "bank-a-core", &ended).await?;
        self.tell.keep_receipt("return", &file)?;
        let after = self.account_of("bank-a").await?.unwrap_or_default();
        self.tell
            .check("A has one unit more than before", before["available"] != after["available"]);
        let message = self.fetch_xml("bank-b", &format!("/v1/payments/{uetr}/return")).await?;
        self.tell.keep_message("pacs.004", message.as_bytes())?;
        self.tell.check("the pacs.004 names the payment", message.contains(&uetr));
        self.tell.end();
        Ok(())
    }

    /// One person of B says yes to the recall that came, another approves.
    async fn give_back(&self) -> Result<Value, DemoError> {
        let (bank, desk, checker) = ("bank-b", "bank-b-core", "bank-b-compliance");
        for _ in 0..LOOKS {
            let open = self.get(bank, desk, "/v1/recalls").await?;
            if let Some(recall) = open[0]["recall"].as_str() {
                let path = format!("/v1/recalls/{recall}");
                let yes = json!({"decision": "accept"}).to_string().into_bytes();
                let answer = format!("{path}/answer");
                self.send(bank, desk, &answer, (JSON, yes), JSON).await?;
                let approve = format!("{path}/approve");
                return self.post(bank, checker, &approve, &json!({})).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(DemoError::unexpected("/v1/recalls", "no recall came"))
    }

    /// A recall at bank A once it has ended.
    async fn ends(&self, path: &str) -> Result<Value, DemoError> {
        let mut seen = Value::Null;
        for _ in 0..LOOKS {
            seen = self.get("bank-a", "bank-a-core", path).await?;
            if seen["status"] == "returned" {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(seen)
    }

    /// Both banks' day so far, as their core systems read it.
    pub(super) async fn state_the_day(&mut self) -> Result<(), DemoError> {
        self.tell.begin("statements: both banks' day adds up to their proved balances");
        let path = format!("/v1/accounts/{}/report", self.plot.currency);
        for bank in ["bank-a", "bank-b"] {
            let report = self.get(bank, &format!("{bank}-core"), &path).await?;
            let account = self.account_of(bank).await?.unwrap_or_default();
            let equal = report["available"] == account["available"];
            self.tell.check(format!("{bank}'s report ends with its proved balance"), equal);
            let message = self.fetch_xml(bank, &path).await?;
            self.tell.keep_message("camt.052", message.as_bytes())?;
            let by_contract = message.contains("<Cd>CONTRACT</Cd>");
            self.tell.check("it states what a contract moved".to_owned(), by_contract);
            let entries = report["entries"].as_array().map_or(0, Vec::len);
            let listed = message.matches("<Ntry>").count();
            self.tell.check(format!("its camt.052 lists all {entries} entries"), listed == entries);
        }
        self.tell.end();
        Ok(())
    }

    async fn fetch_xml(&self, bank: &str, path: &str) -> Result<String, DemoError> {
        let url = format!("{}{path}", self.network.url(bank));
        let mut request = settlement_api::client::ClientRequest::get(url);
        request
            .unsigned_headers
            .insert(reqwest::header::ACCEPT, reqwest::header::HeaderValue::from_static(XML));
        let key = self.network.client_key(&format!("{bank}-core"));
        let answer = super::story::signed_client(&key, &self.network.server)?.send(request).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if answer.is_success() { Ok(text) } else { Err(DemoError::unexpected(path, text)) }
    }
}
