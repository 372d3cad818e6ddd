//! Examples of bodies, by the name of their schema.
//!
//! # Invariants answers are made from the types that make real ones; a test parses every request

use iso20022::{Pacs002, StatusReason, TxStatus};
use ledger_core::party::{Level, StandingStatus};
use serde::Serialize;
use serde_json::{Value, json};

use super::lifecycle;
use super::text::{
    Amount, BicCode, CurrencyCode, Day, IbanCode, Id, LeiCode, Reference, Time, Uetr,
};
use crate::{
    oauth::{TOKEN_S, TokenRefused},
    payments::{
        details::DetailsReport,
        report::{PaymentReport, ReceiptReport, TimelineEntry},
    },
    server::{
        CommandReport,
        accounts::AccountReport,
        customers::CustomerReport,
        read::{Health, SupplyReport},
        treasury::OrderReport,
    },
};

mod cases;
mod checks;
mod contracts;
mod fx;
mod standing;

/// Schema and example.
pub(super) fn all() -> Vec<(&'static str, Value)> {
    let mut all = requests();
    all.extend(answers());
    all.extend(tokens());
    all.extend(lifecycle::answers());
    all.extend(cases::answers());
    all.extend(contracts::answers());
    all.extend(fx::answers());
    all.extend(checks::answers());
    all.extend(standing::answers());
    all
}

/// Bodies that a client sends.
pub(super) fn requests() -> Vec<(&'static str, Value)> {
    let mut all = own_requests();
    all.extend(standing::requests());
    let token = json!({"grant_type": "client_credentials", "scope": "operations:read"});
    all.push(("TokenRequest", token));
    all
}

/// What the token endpoint answers.
fn tokens() -> Vec<(&'static str, Value)> {
    vec![
        (
            "TokenReport",
            json!({
                "access_token": Id::EXAMPLE, "token_type": "Bearer", "expires_in": TOKEN_S,
                "scope": "operations:read",
            }),
        ),
        (
            "TokenProblem",
            json!({
                "error": TokenRefused::InvalidClient.error(),
                "error_description": TokenRefused::InvalidClient.to_string(),
            }),
        ),
    ]
}

fn customer_input() -> Value {
    json!({
        "name": "Orchard Tools Ltd", "account": "700418825531", "level": "full", "valid_days": 365,
    })
}

fn payment_request() -> Value {
    json!({
        "uetr": Uetr::EXAMPLE,
        "end_to_end_id": "ORCHARD-INV-2209",
        "debtor": {"name": "Orchard Tools Ltd", "account": "700418825531"},
        "creditor": {
            "name": "Fjord Timber AS", "iban": IbanCode::EXAMPLE,
            "address": {"street": "Strandgaten", "building_number": "18",
                "post_code": "5013", "town": "Bergen", "country": "NO"},
        },
        "creditor_agent": {"bic": BicCode::EXAMPLE},
        "remittance": "Invoice 2209",
        "structured_remittance": [{
            "documents": [{"code": "CINV", "number": "2209", "date": Day::EXAMPLE}],
            "reference_type": "SCOR", "reference": "RF18539007547034",
        }],
        "ultimate_creditor": {"name": "Fjord Forestry ASA"},
        "purpose": {"code": "GDDS"},
        "charge_bearer": "SHAR",
    })
}

fn own_requests() -> Vec<(&'static str, Value)> {
    let money = json!({"amount": Amount::EXAMPLE, "currency": CurrencyCode::EXAMPLE});
    let with = |more: Value| {
        let mut body = more;
        if let (Some(body), Some(money)) = (body.as_object_mut(), money.as_object()) {
            body.extend(money.clone());
        }
        body
    };
    let mut all =
        [cases::requests(), contracts::requests(), fx::requests(), checks::requests()].concat();
    all.extend(vec![
        (
            "PaymentRequest",
            with(payment_request()),
        ),
        ("WebhookInput", json!({"url": "http://127.0.0.1:8080/florin", "after": 17})),
        ("ResumeInput", json!({"after": 17})),
        ("CustomerInput", customer_input()),
        ("MintInput", with(json!({"reserve": Id::EXAMPLE, "reference": Reference::EXAMPLE}))),
        ("RedemptionInput", with(json!({"reserve": Id::EXAMPLE}))),
        ("MoveInput", with(json!({"from": CurrencyCode::EXAMPLE, "to": Id::EXAMPLE}))),
        ("CloseInput", json!({"uetr": Uetr::EXAMPLE, "instructed": LeiCode::EXAMPLE})),
        (
            "EntryInput",
            json!({
                "reserve": Id::EXAMPLE, "servicer_reference": "STMT-118-4", "direction": "credit",
                "amount": Amount::EXAMPLE, "member": LeiCode::EXAMPLE, "reference": Reference::EXAMPLE,
            }),
        ),
        (
            "AttestationInput",
            json!({
                "reserve": Id::EXAMPLE, "balance": "50000.00", "available": Amount::EXAMPLE,
            }),
        ),
        (
            "ProposalInput",
            json!({
                "action": "open_account", "member": LeiCode::EXAMPLE,
                "currency": CurrencyCode::EXAMPLE,
            }),
        ),
        ("ApprovalInput", json!({"content": Id::EXAMPLE})),
        ("FreezeInput", json!({"account": Id::EXAMPLE, "reference": "CASE-2026-17"})),
        (
            "OwnReserveInput",
            json!({
                "currency": CurrencyCode::EXAMPLE, "number": "RESERVE-0001", "salt": Id::EXAMPLE,
            }),
        ),
        ("Camt054Text", json!(iso20022::FIXTURE_CAMT054_CREDIT)),
        ("Pacs008Text", json!(iso20022::FIXTURE_PACS008)),
        ("Nothing", json!({})),
    ]);
    all.extend(lifecycle::requests());
    all
}

/// Bodies that the gateway answers.
fn answers() -> Vec<(&'static str, Value)> {
    let text = str::to_owned;
    let receipt = ReceiptReport {
        command_id: text(Id::EXAMPLE),
        sha256: Id::EXAMPLE.chars().rev().collect(),
        href: format!("/v1/receipts/{}", Id::EXAMPLE),
        file: None,
    };
    let payment = PaymentReport {
        uetr: text(Uetr::EXAMPLE),
        direction: "outgoing",
        status: TxStatus::Settled.as_str(),
        instructing: text("ZZQL00LINDENVALE0161"),
        instructed: text("ZZQN00NORDFJELLB0244"),
        amount: text(Amount::EXAMPLE),
        currency: text(CurrencyCode::EXAMPLE),
        end_to_end_id: text("ORCHARD-INV-2209"),
        settlement_date: Some(text(Day::EXAMPLE)),
        reason: None,
        receipt: Some(receipt.clone()),
        confirmation: None,
        review: None,
        queue: None,
        covers: None,
        details: DetailsReport::example(),
        timeline: vec![TimelineEntry { status: text("ACSC"), at: text(Time::EXAMPLE) }],
    };
    let command = CommandReport {
        command_id: text(Id::EXAMPLE),
        outcome: "applied",
        receipt: Some(receipt),
        drawn: None,
    };
    let order = OrderReport {
        request: text(Id::EXAMPLE),
        member: text(LeiCode::EXAMPLE),
        amount: text(Amount::EXAMPLE),
        currency: text(CurrencyCode::EXAMPLE),
        reference: text(Reference::EXAMPLE),
        status: "funds_expected",
        entry: None,
    };
    let account = AccountReport {
        account: text(Id::EXAMPLE),
        currency: text(CurrencyCode::EXAMPLE),
        settles: true,
        available: text(Amount::EXAMPLE),
        held: text("0.00"),
        preburned: text("0.00"),
        proof: format!("/v1/accounts/{}/proof", Id::EXAMPLE),
    };
    vec![
        ("Pacs002Text", json!(pacs002(&payment).to_xml())),
        ("PaymentReport", value(&payment)),
        ("SimulationReport", simulation()),
        ("WebhookReport", webhook()),
        ("CommandReport", value(&command)),
        ("CustomerReport", value(&customer())),
        ("ProposalReport", proposal()),
        ("OwnReserveReport", json!({"reserve": Id::EXAMPLE})),
        ("HeldReserveReport", held_reserve()),
        ("DetailReport", detail()),
        ("OrderReport", value(&order)),
        ("AccountReport", value(&account)),
        ("SupplyReport", value(&supply())),
        ("DirectoryEntryReport", entry()),
        ("TrackerReport", tracker()),
        ("Health", value(&Health { status: "ready", reason: None })),
    ]
}

fn held_reserve() -> Value {
    json!({
        "reserve": Id::EXAMPLE, "currency": CurrencyCode::EXAMPLE,
        "custodian": LeiCode::EXAMPLE, "issuer": LeiCode::EXAMPLE, "entries": 4,
    })
}

fn detail() -> Value {
    json!({
        "servicer_reference": "STMT-118-4", "detail": 0, "outcome": "recorded",
        "command_id": Id::EXAMPLE,
    })
}

fn pacs002(payment: &PaymentReport) -> Pacs002 {
    let receipt = payment.receipt.as_ref();
    let lines = receipt.map(|receipt| {
        vec![format!("florin-receipt-1 sha256:{}", receipt.sha256), receipt.href.clone()]
    });
    Pacs002 {
        msg_id: "0f6a5c1e7a5b4c0d9e8f7a6b5c4d3e2f".to_owned(),
        created: "2026-11-02T14:05:13Z".to_owned(),
        instructing_agent: None,
        instructed_agent: None,
        original: None,
        status_id: None,
        instr_id: None,
        end_to_end_id: Some(payment.end_to_end_id.clone()),
        tx_id: None,
        uetr: payment.uetr.parse().ok(),
        status: TxStatus::Settled,
        reasons: vec![StatusReason { reason: None, lines: lines.unwrap_or_default() }],
        accepted_at: None,
        effective_settlement: None,
        clearing_system_ref: None,
    }
}

fn tracker() -> Value {
    json!({
        "uetr": Uetr::EXAMPLE, "status": "ACSC",
        "hops": [{
            "leg": Id::EXAMPLE, "from": LeiCode::EXAMPLE, "to": LeiCode::EXAMPLE,
            "status": "ACSC", "amount": Amount::EXAMPLE, "currency": CurrencyCode::EXAMPLE,
            "received": Time::EXAMPLE, "accepted": Time::EXAMPLE, "settled": Time::EXAMPLE,
            "charge_bearer": "SHAR",
            "charges": [{"amount": "15.00", "currency": "USD", "agent": {"bic": BicCode::EXAMPLE}}],
        }],
    })
}

fn entry() -> Value {
    json!({
        "lei": LeiCode::EXAMPLE, "aliases": ["BIC:BANKUS33"],
        "endpoint": "https://gateway.bank.example", "message_key": Id::EXAMPLE,
        "waiting": [{"from": Time::EXAMPLE, "endpoint": "https://new.bank.example"}],
    })
}

fn supply() -> SupplyReport {
    let text = str::to_owned;
    SupplyReport {
        currency: text(CurrencyCode::EXAMPLE),
        supply: text(Amount::EXAMPLE),
        available: text("12000.00"),
        held: text("500.00"),
        preburned: text("0.00"),
        contract: text("0.00"),
        height: 4_711,
        time: text(Time::EXAMPLE),
        reserves: vec![text(Id::EXAMPLE)],
    }
}

fn value(body: &impl Serialize) -> Value {
    serde_json::to_value(body).unwrap_or_default()
}

fn customer() -> CustomerReport {
    CustomerReport {
        account: "OTHR:700418825531".to_owned(),
        name: "Orchard Tools Ltd".to_owned(),
        party: Id::EXAMPLE.to_owned(),
        level: Level::Full,
        status: StandingStatus::Active,
        expires: Time::EXAMPLE.to_owned(),
    }
}

fn webhook() -> Value {
    json!({
        "webhook": Id::EXAMPLE, "url": "http://127.0.0.1:8080/florin", "status": "failing",
        "after": 17, "registered_by": "bank-a-admin", "registered": Time::EXAMPLE,
        "failing_since": Time::EXAMPLE, "attempts": 3, "last_failure": "status 503",
        "next_attempt": Time::EXAMPLE,
    })
}

fn simulation() -> Value {
    json!({
        "outcome": "would_be_rejected", "settlement_date": Day::EXAMPLE,
        "uetr": Uetr::EXAMPLE, "amount": Amount::EXAMPLE,
        "currency": CurrencyCode::EXAMPLE, "by": "ledger",
        "reason": {"code": "insufficient_funds", "iso_reason": "AM04"},
        "ledger": {
            "height": 4_811, "height_to": 4_811, "time": Time::EXAMPLE, "available": "2500.00",
            "short": "10000.00",
            "limits": {
                "per_payment": "50000.00", "per_window": "100000.00", "used": "7500.00",
                "window_s": 86_400,
            },
            "queue": {"waiting": 0, "bypass": false},
        },
        "not_foretold": ["the beneficiary bank's answer"],
    })
}

fn proposal() -> Value {
    json!({
        "proposal": Id::EXAMPLE, "organisation": LeiCode::EXAMPLE,
        "action": {"RevokeKey": {"key": Id::EXAMPLE}}, "content": Id::EXAMPLE,
        "approvals": [Id::EXAMPLE], "expires": Time::EXAMPLE, "status": "open",
    })
}
