//! What else can happen to a payment and to money: a refusal with its proof, a leg closed for
//! ever, tokens redeemed.

use std::time::Duration;

use iso20022::{BusinessHeader, Camt054, CreditDebit, Pacs008};
use ledger_core::{id::ReserveId, time::LedgerTime};
use serde_json::{Value, json};
use settlement_api::{gateway::Gateway, keys::random_32};

use super::{
    DemoError,
    custody::Booking,
    story::{JSON, Stage, command_id, json_of},
    tell::write,
};
use crate::cli::child::must;

impl Stage<'_> {
    /// More than bank A has: refused by the ledger, and that is proved.
    pub(super) async fn refuse(&mut self) -> Result<(), DemoError> {
        self.tell.begin("a payment beyond the funds is refused, with proof");
        let amount = self.text(self.minted() * 2);
        let body = (JSON, self.payment("DEMO-REFUSED", &amount).to_string().into_bytes());
        let answer = self.send("bank-a", "bank-a-core", "/v1/payments", body, JSON).await?;
        let report = json_of(&answer)?;
        let refused = answer.status == 422 && report["reason"]["code"] == "insufficient_funds";
        self.tell.check("bank A answers RJCT, AM04 insufficient_funds", refused);
        let href = report["receipt"]["href"].as_str().unwrap_or_default().to_owned();
        let file = self.fetch("bank-a", "bank-a-core", &href).await?;
        let path = self.tell.keep_refusal("payment", &file)?;
        let (code, said) = self.verify(&path).await?;
        self.tell.check(format!("offline: {}", said.trim()), code == Some(3));
        self.tell.end();
        Ok(())
    }

    /// Bank A's compliance withdraws its customer's standing on the ledger, past its own gateway: the
    /// gate still says yes, the ledger says no, and that is proved.
    pub(super) async fn refuse_without_standing(&mut self) -> Result<(), DemoError> {
        self.tell.begin("a payment without standing is refused by the ledger, with proof");
        let (bank, officer) = ("bank-a", "bank-a-compliance");
        let customers = self.get(bank, officer, "/v1/customers").await?;
        self.withdraw_standing(&customers[0]["party"]).await?;
        let body = (JSON, self.payment("DEMO-NO-STANDING", &self.text(1)).to_string().into_bytes());
        let answer = self.send(bank, "bank-a-core", "/v1/payments", body, JSON).await?;
        let report = json_of(&answer)?;
        let reason = &report["reason"];
        let neutral = reason["code"] == "standing_revoked" && reason["iso_reason"] == "MS03";
        self.tell.check("bank A answers RJCT with the neutral MS03", neutral);
        let href = report["receipt"]["href"].as_str().unwrap_or_default().to_owned();
        let file = self.fetch(bank, "bank-a-core", &href).await?;
        let path = self.tell.keep_refusal("no-standing", &file)?;
        let (code, said) = self.verify(&path).await?;
        self.tell.check(format!("offline: {}", said.trim()), code == Some(3));
        let debtor = &self.plot.debtor;
        let again = json!({
            "name": debtor.name, debtor.field: debtor.number, "level": "full", "valid_days": 365,
        });
        let given = self.post(bank, officer, "/v1/customers", &again).await?;
        self.tell.check("its standing is given back", given["outcome"] == "applied");
        self.tell.end();
        Ok(())
    }

    /// As an officer with the key and no gateway does it: signed in a file, then sent.
    async fn withdraw_standing(&self, party: &Value) -> Result<(), DemoError> {
        let folder = &self.network.folder;
        let text = |path: &str| folder.join(path).display().to_string();
        let (genesis, file) = (text("genesis.json"), text("bank-a/withdrawn.hex"));
        let expires = LedgerTime::new(Gateway::now_ms()).after(86_400_000);
        let withdrawn = json!({"SetStanding": {
            "party": party, "level": "full", "status": "revoked", "expires": expires,
            "evidence": random_32(),
        }});
        let (lei, key) = (self.cast.bank_a.text(), text("bank-a/keys/compliance.key"));
        let data = withdrawn.to_string();
        let sign = ["command", "sign", "--key", &key, "--organisation", lei, "--genesis", &genesis];
        must(&[&sign[..], &["--data", &data, "--out", &file]].concat()).await?;
        let validators = self.network.ledger_urls();
        let validator = validators.first().map(String::as_str).unwrap_or_default();
        let transport = text("bank-a/keys/transport.key");
        let send = ["command", "send", &file, "--validator", validator, "--key", &transport];
        must(&[&send[..], &["--genesis", &genesis, "--wait", "25"]].concat()).await?;
        Ok(())
    }

    /// A payment that was never sent, fixed as such: the proof of absence.
    pub(super) async fn close_a_leg(&mut self) -> Result<(), DemoError> {
        self.tell.begin("a leg is closed: proof that it did not and cannot settle");
        let uetr = "0d1c2b3a-4f5e-4a6b-8c7d-9e0f1a2b3c4d";
        let body = json!({"uetr": uetr, "instructed": self.cast.bank_b.text()});
        let closed = self.post("bank-a", "bank-a-core", "/v1/legs/close", &body).await?;
        let file = self.receipt_of("bank-a", "bank-a-core", &closed).await?;
        let path = self.tell.keep_receipt("leg-closed", &file)?;
        let (code, said) = self.verify(&path).await?;
        self.tell.check(format!("offline: {}", said.trim()), code == Some(0));
        let mut late = self.payment("DEMO-LATE", &self.text(self.plot.minor));
        late["uetr"] = uetr.into();
        let body = (JSON, late.to_string().into_bytes());
        let answer = self.send("bank-a", "bank-a-core", "/v1/payments", body, JSON).await?;
        let refused = json_of(&answer)?["reason"]["code"] == "leg_used";
        self.tell.check("a payment under the closed leg is refused", refused);
        self.tell.end();
        Ok(())
    }

    /// Tokens become bank money: locked, paid out by the custodian, burned against its entry.
    pub(super) async fn redeem(&mut self, reserve: &ReserveId) -> Result<(), DemoError> {
        self.tell.begin("redemption: locked, payout booked by the custodian, burned");
        let amount = self.text(self.plot.minor);
        let body = json!({
            "amount": amount, "currency": self.plot.currency, "reserve": reserve.to_hex(),
        });
        let locked = self.post("bank-a", "bank-a-core", "/v1/redemptions", &body).await?;
        let redemption = command_id(&locked)?;
        self.by_two(&format!("/v1/redemptions/{redemption}/instruct")).await?;
        let booking = Booking {
            servicer_reference: "CUST-2026-000002",
            direction: CreditDebit::Debit,
            amount: &amount,
            reference: &redemption.to_hex(),
        };
        self.book(&booking).await?;
        let burned = self.by_two(&format!("/v1/redemptions/{redemption}/confirm")).await?;
        let file = self.receipt_of("treasury", "treasury-checker", &burned).await?;
        self.tell.keep_receipt("burn", &file)?;
        let path = format!("/v1/supply/{}", self.plot.currency);
        let supply = self.get("treasury", "treasury-maker", &path).await?;
        let rest = self.text(self.minted() - self.plot.minor);
        self.tell.check(format!("supply fell to {rest}"), supply["supply"] == rest.as_str());
        self.tell.end();
        Ok(())
    }

    /// Bank B's word that its customer has the money.
    pub(super) async fn confirm_credit(&mut self, message: &Pacs008) -> Result<(), DemoError> {
        self.tell.begin("bank B confirms the credit: both see ACCC");
        let uetr = message.uetr_or_derived();
        let path = format!("/v1/payments/{uetr}/credit");
        let confirmed = self.post("bank-b", "bank-b-core", &path, &json!({})).await?;
        let file = self.receipt_of("bank-b", "bank-b-core", &confirmed).await?;
        self.tell.keep_receipt("credit-confirmed", &file)?;
        for (bank, client) in [("bank-a", "bank-a-core"), ("bank-b", "bank-b-core")] {
            let held = self.becomes(bank, client, &uetr.to_string(), "ACCC").await?;
            self.tell.check(format!("{bank}'s status of the payment is ACCC"), held);
        }
        self.tell.end();
        Ok(())
    }

    /// Whether a bank's report of a payment reaches a status soon: news travel by receipts.
    async fn becomes(
        &self,
        bank: &str,
        client: &str,
        uetr: &str,
        status: &str,
    ) -> Result<bool, DemoError> {
        for _ in 0..50 {
            let report = self.get(bank, client, &format!("/v1/payments/{uetr}")).await?;
            if report["status"] == status {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(false)
    }

    /// Both banks' core systems get a camt.054, each on its own settlement account.
    pub(super) async fn notify_both(&mut self, message: &Pacs008) -> Result<(), DemoError> {
        self.tell.begin("camt.054 to both banks, under a business header");
        let path = format!("/v1/payments/{}/notification", message.uetr_or_derived());
        let sides = [("bank-a", CreditDebit::Debit), ("bank-b", CreditDebit::Credit)];
        for (bank, direction) in sides {
            let xml = self.fetch(bank, &format!("{bank}-core"), &path).await?;
            self.tell.keep_message(&format!("camt.054-{bank}"), xml.as_bytes())?;
            let header = BusinessHeader::find(xml.as_bytes())?;
            let read = Camt054::find(xml.as_bytes())?;
            let entry = read.notifications.first().and_then(|n| n.entries.first());
            let booked = entry.is_some_and(|entry| {
                entry.direction == direction
                    && entry.amount.minor(self.plot.scale) == Ok(self.plot.minor)
                    && header.msg_def_idr == "camt.054.001.08"
            });
            self.tell.check(format!("{bank} is told {} of it", direction.as_str()), booked);
        }
        self.tell.end();
        Ok(())
    }

    /// Network compliance stops bank A's account at once; two of its people let it go again.
    pub(super) async fn freeze(&mut self) -> Result<(), DemoError> {
        self.tell.begin("bank A's account frozen by one, released by two");
        let account = self.account_of("bank-a").await?.unwrap_or_default();
        let officer = ("compliance", "compliance-officer");
        let body = json!({"account": account["account"], "reference": "CASE-0001"});
        let frozen = self.post(officer.0, officer.1, "/v1/freezes", &body).await?;
        let file = self.receipt_of(officer.0, officer.1, &frozen).await?;
        self.tell.keep_receipt("frozen", &file)?;
        let amount = self.text(1);
        let body = (JSON, self.payment("DEMO-FROZEN", &amount).to_string().into_bytes());
        let answer = self.send("bank-a", "bank-a-core", "/v1/payments", body, JSON).await?;
        let report = json_of(&answer)?;
        let refused = answer.status == 422 && report["reason"]["iso_reason"] == "MS03";
        self.tell.check("a payment is refused with the neutral MS03", refused);
        let body = json!({"action": "unfreeze", "account": account["account"]});
        let proposed = self.post(officer.0, officer.1, "/v1/proposals", &body).await?;
        let lifted = self.approve(("compliance", "compliance-checker"), &proposed).await?;
        self.tell.check("two of network compliance lift it", lifted["outcome"] == "applied");
        self.tell.end();
        Ok(())
    }

    /// What bank A exchanged with B is under a root that A committed to the ledger.
    pub(super) async fn anchored(&mut self, message: &Pacs008) -> Result<(), DemoError> {
        self.tell.begin("the message is anchored; both banks can show evidence");
        let path = format!("/v1/payments/{}/evidence", message.uetr_or_derived());
        for bank in ["bank-a", "bank-b"] {
            let client = format!("{bank}-core");
            let mut pack = self.fetch(bank, &client, &path).await?;
            for _ in 0..80 {
                if !pack.contains("\n  \"anchor\": null") {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
                pack = self.fetch(bank, &client, &path).await?;
            }
            let file = self.network.folder.join(format!("{bank}-evidence.json"));
            write(&file, pack.as_bytes())?;
            let (code, said) = self.verify(&file).await?;
            let anchored = code == Some(0) && !said.contains("anchored: not shown");
            self.tell.check(format!("{bank}: {}", said.trim()), anchored);
        }
        self.tell.end();
        Ok(())
    }

    /// The treasury's maker proposes, its checker approves.
    async fn by_two(&self, path: &str) -> Result<serde_json::Value, DemoError> {
        let proposed = self.post("treasury", "treasury-maker", path, &json!({})).await?;
        self.approve(("treasury", "treasury-checker"), &proposed).await
    }
}
