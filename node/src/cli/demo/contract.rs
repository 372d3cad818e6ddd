//! A contract between two banks: money waits in an escrow and is released, and calls that stop change
//! nothing.

use std::time::Duration;

use serde_json::{Value, json};
use settlement_api::client::ClientResponse;

use super::{
    DemoError,
    story::{JSON, Stage, json_of},
};

/// What calls of the demo may use.
const GAS: u64 = 400_000;
/// From when on an escrow may be given back: after the demo.
const LATER_MS: u64 = 4_000_000_000_000;
/// `0x460000` and the numbers of `account_frozen` and `cap_exceeded`.
const FROZEN: u64 = 0x46_0037;
const OVER_CAP: u64 = 0x46_0077;
/// `florin::register::E_UNKNOWN`.
const UNKNOWN: u64 = 100;

/// The accounts of the two banks, as a call names them.
struct Sides {
    a: Value,
    b: Value,
}

impl Sides {
    /// A side with the most that may be taken of it.
    fn named(side: &Value, cap: Option<&str>) -> Value {
        let mut named = side.clone();
        if let Some(cap) = cap {
            named["cap"] = cap.into();
        }
        named
    }
}

impl Stage<'_> {
    /// A pays into an escrow and releases it to B, which consents: money moved, told, proved.
    pub(super) async fn escrow(&mut self) -> Result<(), DemoError> {
        self.tell.begin("escrow: A pays in, B consents, A releases; receipt proved offline");
        let sides = self.sides().await?;
        let paid = self.text(2);
        let before = [self.available("bank-a").await?, self.available("bank-b").await?];
        let open = self.open(&sides, 2, Some(&paid));
        let opened = self.call(&open, None).await?;
        let state = self.state("bank-a", &opened).await?;
        let told = &state["run"]["events"][0]["type"];
        self.tell.check("A's call is applied, and the contract tells it", {
            state["state"] == "applied" && told == "0x2::escrow::Opened"
        });
        let held = self.contracts_hold(&paid).await?;
        self.tell.check(format!("contracts hold {paid}"), held);
        let released = self.call(&self.release(&sides, 0), Some("bank-b")).await?;
        let state = self.state("bank-b", &released).await?;
        self.tell.check("B has the receipt of A's call", state["state"] == "applied");
        let after = [self.available("bank-a").await?, self.available("bank-b").await?];
        self.tell.check(format!("{paid} moved from A to B"), {
            before.iter().zip(&after).all(|(before, after)| before != after)
        });
        let file = self.receipt_of("bank-b", "bank-b-core", &state).await?;
        let path = self.tell.keep_receipt("escrow-released", &file)?;
        let (code, said) = self.verify(&path).await?;
        self.tell.check(format!("offline: {}", said.trim()), code == Some(0));
        let other = format!("/v1/contracts/calls/{}", command_of(&state));
        let hidden = self.get("bank-c", "bank-c-core", &other).await.is_err();
        self.tell.check("bank C, which has no part in it, sees nothing", hidden);
        self.tell.end();
        Ok(())
    }

    /// An abort, a call without gas, one beyond its cap, and a payment whose owner is frozen.
    pub(super) async fn stop_calls(&mut self) -> Result<(), DemoError> {
        self.tell.begin("calls that stop change nothing: abort, gas, cap, a frozen owner");
        let sides = self.sides().await?;
        self.call(&self.open(&sides, 1, Some(&self.text(1))), None).await?;
        let before = self.available("bank-a").await?;
        let mut dry = self.open(&sides, 1, Some(&self.text(1)));
        dry["gas_limit"] = 3_000.into();
        let rows = [
            ("an abort", self.release(&sides, 7), Some("bank-b"), ("ABORTED", Some(UNKNOWN))),
            ("too little gas", dry, None, ("OUT_OF_GAS", None)),
            (
                "more than its cap",
                self.open(&sides, 2, Some(&self.text(1))),
                None,
                ("ABORTED", Some(OVER_CAP)),
            ),
        ];
        for (what, description, other, expected) in rows {
            self.stops((what, expected), &description, other).await?;
        }
        let same = self.available("bank-a").await? == before;
        self.tell.check("A has what it had", same);
        self.frozen(&sides).await?;
        let released = self.call(&self.release(&sides, 1), Some("bank-b")).await?;
        self.tell.check("set free, the same is paid", released.status == 200);
        self.tell.end();
        Ok(())
    }

    /// While A's account is frozen its escrow pays nobody.
    async fn frozen(&mut self, sides: &Sides) -> Result<(), DemoError> {
        let officer = ("compliance", "compliance-officer");
        let account = &sides.a["account"];
        let stop = json!({"account": account, "reference": "CASE-0002"});
        self.post(officer.0, officer.1, "/v1/freezes", &stop).await?;
        let expected = ("ABORTED", Some(FROZEN));
        let what = ("its owner is frozen", expected);
        self.stops(what, &self.release(sides, 1), Some("bank-b")).await?;
        let lift = json!({"action": "unfreeze", "account": account});
        let proposed = self.post(officer.0, officer.1, "/v1/proposals", &lift).await?;
        self.approve(("compliance", "compliance-checker"), &proposed).await?;
        Ok(())
    }

    /// A call that the machine stops: `call_failed`, and its receipt says why.
    async fn stops(
        &mut self,
        (what, (status, code)): (&str, (&str, Option<u64>)),
        description: &Value,
        other: Option<&str>,
    ) -> Result<(), DemoError> {
        let answer = self.call(description, other).await?;
        let problem = json_of(&answer)?;
        let state = self.state("bank-a", &answer).await?;
        let run = &state["run"];
        let same_code = code.map_or(run["code"].is_null(), |code| run["code"] == code);
        let stopped = problem["code"] == "call_failed" && run["status"] == status && same_code;
        let nothing = run["events"].as_array().is_some_and(Vec::is_empty);
        self.tell.check(format!("{what}: call_failed, {status}"), stopped && nothing);
        let file = self.receipt_of("bank-a", "bank-a-core", &state).await?;
        let path = self.tell.keep_refusal("call", &file)?;
        let (exit, _) = self.verify(&path).await?;
        self.tell.check(format!("{what}: that is proved"), exit == Some(3));
        Ok(())
    }

    /// Both banks' sides, once the contract is known at either: each asks a validator of its own.
    async fn sides(&self) -> Result<Sides, DemoError> {
        for bank in ["bank-a", "bank-b"] {
            self.knows_the_contract(bank).await?;
        }
        Ok(Sides { a: self.side("bank-a").await?, b: self.side("bank-b").await? })
    }

    async fn knows_the_contract(&self, bank: &str) -> Result<(), DemoError> {
        let (desk, path) = (format!("{bank}-core"), "/v1/contracts/modules/0x2/escrow");
        for _ in 0..100 {
            if self.get(bank, &desk, path).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.get(bank, &desk, path).await.map(|_| ())
    }

    /// A bank's account and its first customer.
    async fn side(&self, bank: &str) -> Result<Value, DemoError> {
        let account = self.account_of(bank).await?.unwrap_or_default();
        let customers = self.get(bank, &format!("{bank}-compliance"), "/v1/customers").await?;
        Ok(json!({
            "account": account["account"], "currency": self.plot.currency,
            "party": customers[0]["party"],
        }))
    }

    async fn available(&self, bank: &str) -> Result<Value, DemoError> {
        let account = self.account_of(bank).await?.unwrap_or_default();
        Ok(account["available"].clone())
    }

    fn open(&self, sides: &Sides, minor: u128, cap: Option<&str>) -> Value {
        json!({
            "address": "0x2", "module": "escrow", "function": "open_from_account",
            "arguments": [
                sides.b["account"], self.plot.currency, minor.to_string(), LATER_MS.to_string(),
            ],
            "gas_limit": GAS, "records": 2, "signers": [sides.a["account"]],
            "holders": [Sides::named(&sides.a, cap)],
        })
    }

    fn release(&self, sides: &Sides, number: u64) -> Value {
        json!({
            "address": "0x2", "module": "escrow", "function": "release", "arguments": [number],
            "gas_limit": GAS, "records": 2, "signers": [sides.a["account"]],
            "holders": [sides.a, sides.b],
        })
    }

    /// Whether the totals say soon that contracts hold so much: treasury asks a validator of its own.
    async fn contracts_hold(&self, wanted: &str) -> Result<bool, DemoError> {
        let path = format!("/v1/supply/{}", self.plot.currency);
        for _ in 0..50 {
            if self.get("treasury", "treasury-maker", &path).await?["contract"] == wanted {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(false)
    }

    /// Bank A quotes a call, has it approved by another bank if that has a part in it, and makes it.
    async fn call(
        &self,
        description: &Value,
        other: Option<&str>,
    ) -> Result<ClientResponse, DemoError> {
        let asked = json!({ "description": description });
        let quote = "/v1/contracts/calls/quote";
        let shown = self.post("bank-a", "bank-a-core", quote, &asked).await?;
        if shown["gas"]["limit"] != description["gas_limit"] {
            return Err(DemoError::unexpected(quote, shown.to_string()));
        }
        let mut order = json!({"call": shown["call"]});
        if let Some(bank) = other {
            let (client, asked) = (format!("{bank}-core"), json!({"call": shown["call"]}));
            let signed = self.post(bank, &client, "/v1/contracts/approvals", &asked).await?;
            if signed["call_hash"] != shown["call_hash"] {
                return Err(DemoError::unexpected("/v1/contracts/approvals", signed.to_string()));
            }
            order["consents"] = json!([signed["consent"]]);
            order["clearances"] = signed["clearances"].clone();
        }
        let body = (JSON, order.to_string().into_bytes());
        self.send("bank-a", "bank-a-core", "/v1/contracts/calls", body, JSON).await
    }

    /// What became of a call, at a bank that may see it: news travel by receipts.
    async fn state(&self, bank: &str, answer: &ClientResponse) -> Result<Value, DemoError> {
        let answered = json_of(answer)?;
        let receipt = answered["instance"].as_str().unwrap_or_default().rsplit('/').next();
        let command = answered["command_id"].as_str().or(receipt).unwrap_or_default();
        let path = format!("/v1/contracts/calls/{command}");
        let client = format!("{bank}-core");
        for _ in 0..100 {
            match self.get(bank, &client, &path).await {
                Ok(state) if state["state"] != "pending" => return Ok(state),
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        Err(DemoError::unexpected(path, answered.to_string()))
    }
}

fn command_of(state: &Value) -> &str {
    state["command_id"].as_str().unwrap_or_default()
}
