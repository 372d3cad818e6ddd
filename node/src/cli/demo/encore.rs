//! What else can happen to a payment and to money: a refusal with its proof, a leg closed for
//! ever, tokens redeemed.

use ledger_core::id::ReserveId;
use serde_json::json;

use super::{
    DemoError,
    story::{JSON, Stage, command_id, json_of},
};

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
        let entry = json!({
            "reserve": reserve.to_hex(), "servicer_reference": "CUST-2026-000002",
            "direction": "debit", "amount": amount, "member": self.cast.bank_a.text(),
            "reference": redemption.to_hex(),
        });
        self.post("custodian", "custodian-core", "/v1/entries", &entry).await?;
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

    /// The treasury's maker proposes, its checker approves.
    async fn by_two(&self, path: &str) -> Result<serde_json::Value, DemoError> {
        let proposed = self.post("treasury", "treasury-maker", path, &json!({})).await?;
        self.approve(("treasury", "treasury-checker"), &proposed).await
    }
}
