//! The story: what happens, in order, and what must be true after each step.

use std::{path::Path, sync::Arc, time::Duration};

use iso20022::{CreditDebit, Pacs008, format_minor};
use ledger_core::id::{CommandId, ReserveId};
use reqwest::{
    Method,
    header::{HeaderName, HeaderValue},
};
use serde_json::{Value, json};
use settlement_api::{
    client::{ClientLimits, ClientRequest, ClientResponse, SignedClient},
    keys::random_32,
    tls::ServerTrust,
};

use super::{
    DemoArgs, DemoError,
    cast::{Cast, Plot, aliases},
    custody::{Booking, RESERVE_NUMBER},
    network::{BANKS, Network, OFFICES, member_keys},
    operator::Operator,
    tell::{Teller, write},
};
use crate::{cli::child::florin, keyfile::TransportKey};

/// Number of steps, for the progress bar.
pub(super) const STEPS: u64 = 28;
/// Seconds within which a step's effect must be proved.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
const WAIT: &str = "wait=25";
pub(super) const XML: &str = "application/xml";
pub(super) const JSON: &str = "application/json";

/// Everything the story goes on with.
pub(super) struct Stage<'a> {
    pub(super) tell: &'a mut Teller,
    pub(super) network: Network,
    pub(super) cast: Cast,
    pub(super) plot: Plot,
    operator: Operator,
}

/// Plays it all.
pub(super) async fn play(
    tell: &mut Teller,
    folder: &Path,
    args: &DemoArgs,
    xml: Vec<u8>,
    message: Pacs008,
) -> Result<Network, DemoError> {
    let plot = Plot::of(&message)?;
    let cast = Cast::invent().ok_or(DemoError::Unpayable("cast is broken"))?;
    tell.begin("keys, genesis and configs made");
    let mut network = Network::found(folder, &cast, &plot, args).await?;
    let chain = network.genesis.chain_id();
    tell.check(format!("genesis founds network {chain}"), true);
    tell.end();

    tell.begin("validators started");
    for validator in &mut network.validators {
        validator.start()?;
    }
    for validator in &mut network.validators {
        validator.ready().await?;
    }
    tell.end();

    let operator = Operator::new(folder, &network.server)?;
    let mut stage = Stage { tell, network, cast, plot, operator };
    let reserve = stage.admit(&message).await?;
    stage.open_gateways().await?;
    stage.register_customers().await?;
    stage.mint(&reserve).await?;
    let settled = stage.pay(&xml).await?;
    stage.beneficiary_sees(&message, &xml).await?;
    stage.confirm_credit(&message).await?;
    stage.notify_both(&message).await?;
    stage.inquire(&message).await?;
    stage.verify_offline(&settled).await?;
    stage.refuse().await?;
    stage.refuse_without_standing().await?;
    stage.close_a_leg().await?;
    stage.recall().await?;
    stage.redeem(&reserve).await?;
    stage.freeze().await?;
    stage.lose_a_validator().await?;
    stage.return_of_the_validator().await?;
    stage.anchored(&message).await?;
    stage.count().await?;
    stage.publish().await?;
    stage.escrow().await?;
    stage.stop_calls().await?;
    stage.state_the_day().await?;
    stage.regulator_reports(&message).await?;
    stage.bystander_knows_nothing().await?;
    Ok(stage.network)
}

impl Stage<'_> {
    /// Operators admit the banks, open their accounts and register the reserve account.
    async fn admit(&mut self, message: &Pacs008) -> Result<ReserveId, DemoError> {
        self.tell.begin("banks admitted, accounts and reserve opened by two operators");
        self.network.open(&OFFICES).await?;
        let banks = [
            ("bank-a", self.cast.bank_a, aliases(&message.instructing_agent)),
            ("bank-b", self.cast.bank_b, aliases(&message.instructed_agent)),
            ("bank-c", self.cast.bank_c, Vec::new()),
        ];
        for (name, lei, aliases) in banks {
            let (keys, encryption) = member_keys(&self.network.folder.join(name).join("keys"))?;
            let endpoint = self.network.url(name);
            let mut admit = json!({
                "action": "admit_member", "lei": lei, "aliases": aliases, "endpoint": endpoint,
            });
            admit["encryption"] = json!(encryption);
            admit["keys"] = json!(keys);
            self.govern(&format!("admit-{name}"), &admit).await?;
            let open =
                json!({"action": "open_account", "member": lei, "currency": self.plot.currency});
            self.govern(&format!("account-{name}"), &open).await?;
        }
        let register = json!({
            "action": "register_reserve", "custodian": self.cast.custodian,
            "currency": self.plot.currency, "number": RESERVE_NUMBER, "class": "custodian",
        });
        let proposed = self.govern("reserve", &register).await?;
        self.introduce(&proposed).await?;
        self.tell.end();
        let reserve = proposed["drawn"]["reserve"].as_str().and_then(ReserveId::from_hex);
        reserve.ok_or_else(|| DemoError::unexpected("reserve", proposed.to_string()))
    }

    /// One operator proposes, another reads and approves; what was answered to the proposal.
    async fn govern(&mut self, name: &str, action: &Value) -> Result<Value, DemoError> {
        let (maker, checker) = (("operator", "operator-maker"), ("operator", "operator-checker"));
        let proposed = self.post(maker.0, maker.1, "/v1/proposals", action).await?;
        let approved = self.approve(checker, &proposed).await?;
        let file = self.receipt_of(checker.0, checker.1, &approved).await?;
        self.tell.keep_receipt(name, &file)?;
        let applied = approved["outcome"] == "applied";
        self.tell.check(format!("{name}: maker proposed, checker approved, proved"), applied);
        Ok(proposed)
    }

    /// A second person reads a proposal and says yes to exactly what it read.
    pub(super) async fn approve(
        &self,
        (gateway, client): (&str, &str),
        proposed: &Value,
    ) -> Result<Value, DemoError> {
        let proposal = command_id(proposed)?;
        let path = format!("/v1/proposals/{proposal}");
        let read = self.get(gateway, client, &path).await?;
        let yes = json!({"content": read["content"]});
        self.post(gateway, client, &format!("{path}/approve"), &yes).await
    }

    async fn open_gateways(&mut self) -> Result<(), DemoError> {
        self.tell.begin("the banks' gateways started, each with its own keys");
        self.network.open(&BANKS).await?;
        for bank in BANKS {
            let account = self.account_of(bank).await?;
            self.tell.check(format!("{bank} sees its account with a proof"), account.is_some());
        }
        self.tell.end();
        Ok(())
    }

    /// The first account of a bank, once its gateway has learnt of it.
    pub(super) async fn account_of(&self, bank: &str) -> Result<Option<Value>, DemoError> {
        for _ in 0..100 {
            let answer = self.get(bank, &format!("{bank}-core"), "/v1/accounts").await?;
            if let Some(account) = answer.as_array().and_then(|all| all.first()) {
                return Ok(Some(account.clone()));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(None)
    }

    async fn register_customers(&mut self) -> Result<(), DemoError> {
        self.tell.begin("both customers given a handle and standing");
        for (bank, customer) in [("bank-a", &self.plot.debtor), ("bank-b", &self.plot.creditor)] {
            let body = json!({
                "name": customer.name, customer.field: customer.number,
                "level": "full", "valid_days": 365,
            });
            let client = format!("{bank}-compliance");
            let answer = self.post(bank, &client, "/v1/customers", &body).await?;
            let receipt = self.receipt_of(bank, &client, &answer).await?;
            self.tell.keep_receipt(&format!("standing-{bank}"), &receipt)?;
            self.tell.check(
                format!("{bank}'s customer has standing; its name is not on the ledger"),
                !receipt.contains(&customer.name),
            );
        }
        self.tell.end();
        Ok(())
    }

    /// Bank entry, attestation, request, two treasurers: tokens.
    async fn mint(&mut self, reserve: &ReserveId) -> Result<(), DemoError> {
        self.tell.begin("mint: camt.054 and attestation by the custodian, two treasurers");
        let minted = self.text(self.minted());
        let currency = self.plot.currency.clone();
        let request = json!({
            "amount": minted, "currency": currency,
            "reserve": reserve.to_hex(), "reference": "FUND-0001",
        });
        let asked = self.post("bank-a", "bank-a-core", "/v1/mint-requests", &request).await?;
        let custodian = ("custodian", "custodian-core");
        let booking = Booking {
            servicer_reference: "CUST-2026-000001",
            direction: CreditDebit::Credit,
            amount: &minted,
            reference: "FUND-0001",
        };
        let booked = self.book(&booking).await?;
        let file = self.receipt_of(custodian.0, custodian.1, &booked).await?;
        self.tell.keep_receipt("bank-entry", &file)?;
        let attested = self.attest(reserve, &minted).await?;
        let file = self.receipt_of(custodian.0, custodian.1, &attested).await?;
        self.tell.keep_receipt("attestation", &file)?;
        let request = command_id(&asked)?;
        let path = format!("/v1/mint-orders/{request}/propose");
        let proposed = self.post("treasury", "treasury-maker", &path, &json!({})).await?;
        let approved = self.approve(("treasury", "treasury-checker"), &proposed).await?;
        let file = self.receipt_of("treasury", "treasury-checker", &approved).await?;
        self.tell.keep_receipt("mint", &file)?;
        let path = format!("/v1/supply/{currency}");
        let supply = self.get("treasury", "treasury-maker", &path).await?;
        let issued = supply["supply"] == minted.as_str();
        self.tell.check(format!("supply is {minted} {currency}, by proof"), issued);
        self.tell.end();
        Ok(())
    }

    /// The message goes to bank A and comes back as ACSC with a receipt.
    async fn pay(&mut self, xml: &[u8]) -> Result<std::path::PathBuf, DemoError> {
        self.tell.begin("pacs.008 from bank A: held, delivered, accepted by B, settled");
        self.tell.keep_message("pacs.008", xml)?;
        let answer =
            self.send("bank-a", "bank-a-core", "/v1/payments", (XML, xml.to_vec()), XML).await?;
        let report = String::from_utf8_lossy(&answer.body).into_owned();
        self.tell.keep_message("pacs.002", &answer.body)?;
        let settled = report.contains("<TxSts>ACSC</TxSts>");
        self.tell.check("bank A's pacs.002 says ACSC", answer.status == 200 && settled);
        if !settled {
            return Err(DemoError::unexpected("pacs.008", report));
        }
        let parsed = iso20022::Pacs002::find(&answer.body)?;
        let lines: Vec<String> = parsed.reasons.iter().flat_map(|r| r.lines.clone()).collect();
        let href = lines.iter().find(|line| line.starts_with("/v1/receipts/"));
        let href = href.ok_or_else(|| DemoError::unexpected("pacs.002", "names no receipt"))?;
        let file = self.fetch("bank-a", "bank-a-core", href).await?;
        let path = self.tell.keep_receipt("settlement", &file)?;
        let hash = sha256_hex(file.as_bytes());
        let named = lines.iter().any(|line| line.ends_with(&hash));
        self.tell.check("the pacs.002 names the receipt by its hash", named);
        let again =
            self.send("bank-a", "bank-a-core", "/v1/payments", (XML, xml.to_vec()), JSON).await?;
        let same = json_of(&again)?["receipt"]["sha256"] == hash.as_str();
        self.tell.check("the same message again is the same payment", again.status == 200 && same);
        self.tell.end();
        Ok(path)
    }

    async fn beneficiary_sees(&mut self, message: &Pacs008, xml: &[u8]) -> Result<(), DemoError> {
        self.tell.begin("bank B has the message, the money and its own proof");
        let uetr = message.uetr_or_derived();
        let path = format!("/v1/payments/{uetr}/message");
        let delivered = self.fetch("bank-b", "bank-b-core", &path).await?;
        self.tell.check("B's copy is the message that A sent", delivered.as_bytes() == xml);
        let paid = self.text(self.plot.minor);
        let account = self.account_of("bank-b").await?.unwrap_or_default();
        self.tell.check(format!("B holds {paid}"), account["available"] == paid.as_str());
        let path = format!("/v1/accounts/{}/proof", self.plot.currency);
        let proof = self.fetch("bank-b", "bank-b-core", &path).await?;
        let file = self.network.folder.join("bank-b-account-proof.json");
        write(&file, proof.as_bytes())?;
        let (code, said) = self.verify(&file).await?;
        self.tell.check(format!("offline: {}", said.trim()), code == Some(0));
        self.tell.end();
        Ok(())
    }

    pub(super) async fn verify(&self, file: &Path) -> Result<(Option<i32>, String), DemoError> {
        let genesis = self.network.folder.join("genesis.json").display().to_string();
        Ok(florin(&["verify", &file.display().to_string(), "--trust", &genesis]).await?)
    }

    async fn verify_offline(&mut self, settled: &Path) -> Result<(), DemoError> {
        self.tell.begin("receipt verified offline by another process");
        let (code, said) = self.verify(settled).await?;
        self.tell.check(said.trim().to_owned(), code == Some(0));
        let bytes = std::fs::read(settled).map_err(DemoError::io("receipt"))?;
        for at in [bytes.len() / 5, bytes.len() / 2, bytes.len() - 40] {
            let mut changed = bytes.clone();
            if let Some(byte) = changed.get_mut(at) {
                *byte = if *byte == b'0' { b'1' } else { b'0' };
            }
            let file = self.network.folder.join("changed.json");
            write(&file, &changed)?;
            let (code, _) = self.verify(&file).await?;
            self.tell.check(format!("with byte {at} changed it does not verify"), code != Some(0));
            let _ = std::fs::remove_file(file);
        }
        self.tell.end();
        Ok(())
    }

    /// SIGKILL of one validator; a payment in JSON goes through all the same.
    async fn lose_a_validator(&mut self) -> Result<(), DemoError> {
        let all = self.network.validators.len();
        if self.may_lose_one() {
            self.tell.begin("a validator is killed (SIGKILL); payments go on");
            if let Some(victim) = self.network.validators.first_mut() {
                victim.kill().await?;
            }
        } else {
            self.tell.begin("another payment, in JSON");
        }
        let body = self.payment("DEMO-0002", &self.text(self.second())).to_string();
        let body = (JSON, body.into_bytes());
        let answer = self.send("bank-a", "bank-a-core", "/v1/payments", body, JSON).await?;
        let report = json_of(&answer)?;
        let settled = answer.status == 200 && report["status"] == "ACSC";
        let run = if self.may_lose_one() { all - 1 } else { all };
        self.tell.check(format!("a JSON payment settles with {run} of {all} validators"), settled);
        if let Some(href) = report["receipt"]["href"].as_str() {
            let file = self.fetch("bank-a", "bank-a-core", href).await?;
            self.tell.keep_receipt("settlement-with-fewer", &file)?;
        }
        self.tell.end();
        Ok(())
    }

    /// Whether the network goes on without one of its validators.
    fn may_lose_one(&self) -> bool {
        self.network.validators.len() > 3
    }

    async fn return_of_the_validator(&mut self) -> Result<(), DemoError> {
        if !self.may_lose_one() {
            return Ok(());
        }
        self.tell.begin("the validator returns with its own config and reaches the same root");
        if let Some(victim) = self.network.validators.first_mut() {
            victim.start()?;
            victim.ready().await?;
        }
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let mut same = None;
        while same.is_none() && tokio::time::Instant::now() < deadline {
            let statuses = self.operator.statuses(&self.network.ledger_urls()).await;
            same = statuses.filter(|all| {
                all.windows(2).all(|pair| match pair {
                    [a, b] => a.height == b.height && a.state_root == b.state_root,
                    _ => true,
                })
            });
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let at = same.as_ref().and_then(|all| all.first());
        let claim = at.map_or("all validators have the same root".to_owned(), |status| {
            format!("all have root {} at height {}", status.state_root, status.height)
        });
        self.tell.check(claim, same.is_some());
        self.tell.end();
        Ok(())
    }

    /// Every unit is where it should be.
    async fn count(&mut self) -> Result<(), DemoError> {
        self.tell.begin("every unit counted");
        let paid = self.plot.minor + self.second();
        let a = self.account_of("bank-a").await?.unwrap_or_default();
        let b = self.account_of("bank-b").await?.unwrap_or_default();
        let redeemed = self.plot.minor;
        let left = self.text(self.minted() - redeemed - paid);
        self.tell.check(format!("A has {left} left, nothing held"), {
            a["available"] == left.as_str() && a["held"] == self.text(0).as_str()
        });
        let paid = self.text(paid);
        self.tell.check(format!("B has {paid}"), b["available"] == paid.as_str());
        let path = format!("/v1/supply/{}", self.plot.currency);
        let supply = self.get("treasury", "treasury-maker", &path).await?;
        let rest = self.text(self.minted() - redeemed);
        self.tell.check(format!("supply is {rest}"), supply["supply"] == rest.as_str());
        self.tell.end();
        Ok(())
    }

    /// A payment of the same customers, as a core system asks for it in JSON.
    pub(super) fn payment(&self, end_to_end_id: &str, amount: &str) -> Value {
        let (debtor, creditor) = (&self.plot.debtor, &self.plot.creditor);
        json!({
            "end_to_end_id": end_to_end_id, "currency": self.plot.currency, "amount": amount,
            "debtor": {"name": debtor.name, debtor.field: debtor.number},
            "creditor": {"name": creditor.name, creditor.field: creditor.number},
            "creditor_agent": {"lei": self.cast.bank_b.text()},
        })
    }

    /// What bank A is given: three times what it pays first.
    pub(super) const fn minted(&self) -> u128 {
        self.plot.minor * 3
    }

    /// What it pays the second time.
    fn second(&self) -> u128 {
        (self.plot.minor / 10).max(1)
    }

    pub(super) fn text(&self, minor: u128) -> String {
        format_minor(minor, self.plot.scale)
    }

    pub(super) async fn get(
        &self,
        gateway: &str,
        client: &str,
        path: &str,
    ) -> Result<Value, DemoError> {
        let text = self.fetch(gateway, client, path).await?;
        serde_json::from_str(&text).map_err(|_| DemoError::unexpected(path, text))
    }

    pub(super) async fn fetch(
        &self,
        gateway: &str,
        client: &str,
        path: &str,
    ) -> Result<String, DemoError> {
        self.read(&self.network.url(gateway), client, path).await
    }

    /// Reads a resource of any process that knows the client.
    pub(super) async fn read(
        &self,
        url: &str,
        client: &str,
        path: &str,
    ) -> Result<String, DemoError> {
        let request = ClientRequest::get(format!("{url}{path}"));
        let answer = self.client(client)?.send(request).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if answer.is_success() { Ok(text) } else { Err(DemoError::unexpected(path, text)) }
    }

    /// Posts JSON that must be applied.
    pub(super) async fn post(
        &self,
        gateway: &str,
        client: &str,
        path: &str,
        body: &Value,
    ) -> Result<Value, DemoError> {
        let body = (JSON, body.to_string().into_bytes());
        let answer = self.send(gateway, client, path, body, JSON).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if answer.status == 200 { json_of(&answer) } else { Err(DemoError::unexpected(path, text)) }
    }

    pub(super) async fn send(
        &self,
        gateway: &str,
        client: &str,
        path: &str,
        (content_type, body): (&str, Vec<u8>),
        accept: &'static str,
    ) -> Result<ClientResponse, DemoError> {
        let url = format!("{}{path}", self.network.url(gateway));
        let request = ClientRequest::post(url, content_type, body);
        let mut request = request.with_idempotency_key(random_32().to_hex());
        request.method = Method::POST;
        let headers = [("prefer", WAIT), ("accept", accept)];
        for (name, value) in headers {
            request
                .unsigned_headers
                .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Ok(self.client(client)?.send(request).await?)
    }

    fn client(&self, name: &str) -> Result<SignedClient, DemoError> {
        signed_client(&self.network.client_key(name), &self.network.server)
    }

    /// The receipt file that an answer names.
    pub(super) async fn receipt_of(
        &self,
        gateway: &str,
        client: &str,
        answer: &Value,
    ) -> Result<String, DemoError> {
        let href = answer["receipt"]["href"].as_str();
        let missing = || DemoError::unexpected("receipt", answer.to_string());
        self.fetch(gateway, client, href.ok_or_else(missing)?).await
    }
}

pub(super) fn signed_client(key: &Path, server: &ServerTrust) -> Result<SignedClient, DemoError> {
    let key = TransportKey::load(key)
        .map_err(|error| DemoError::unexpected("client key", error.to_string()))?;
    Ok(SignedClient::trusting(Arc::new(key), ClientLimits::default(), server)?)
}

pub(super) fn json_of(answer: &ClientResponse) -> Result<Value, DemoError> {
    serde_json::from_slice(&answer.body).map_err(|_| {
        DemoError::unexpected("JSON", String::from_utf8_lossy(&answer.body).into_owned())
    })
}

pub(super) fn command_id(answer: &Value) -> Result<CommandId, DemoError> {
    let id = answer["command_id"].as_str().and_then(CommandId::from_hex);
    id.ok_or_else(|| DemoError::unexpected("command", answer.to_string()))
}

fn sha256_hex(bytes: &[u8]) -> String {
    settlement_api::payments::report::file_hash(bytes).to_hex()
}
