//! Examples of standing orders, of payments that wait, and of queues.

use serde_json::{Value, json};

use crate::{
    openapi::text::{Amount, BicCode, CurrencyCode, IbanCode, Id, LeiCode, Time, Uetr},
    payments::{
        queue::report::{QueueReport, QueuedReport},
        review::report::InboxPage,
        waiting::WaitingPage,
    },
    server::listing::PaymentsPage,
    standing::report::{ExecutionReport, Executions, StandingOrders},
};

fn payment() -> Value {
    json!({
        "end_to_end_id": "RENT-2026", "amount": Amount::EXAMPLE, "currency": CurrencyCode::EXAMPLE,
        "debtor": {"name": "Orchard Tools Ltd", "account": "700418825531"},
        "creditor": {"name": "Fjord Timber AS", "iban": IbanCode::EXAMPLE},
        "creditor_agent": {"bic": BicCode::EXAMPLE}, "remittance": "Rent of the yard",
    })
}

pub(super) fn requests() -> Vec<(&'static str, Value)> {
    let input = json!({
        "payment": payment(), "first": "2099-01-31", "every": "month", "executions": 12,
    });
    vec![("StandingOrderInput", input), ("PriorityInput", json!({"priority": 300}))]
}

pub(super) fn answers() -> Vec<(&'static str, Value)> {
    let order = json!({
        "standing_order": Id::EXAMPLE, "status": "active", "payment": payment(),
        "first": "2026-01-31", "every": "month", "executions": 12, "missed": "pay",
        "next": "2026-11-30", "carried_out": 10, "created_by": "core", "created": Time::EXAMPLE,
    });
    let made = ExecutionReport {
        number: 10,
        day: "2026-10-31".to_owned(),
        outcome: "made",
        uetr: Some(Uetr::EXAMPLE.to_owned()),
        status: Some("ACSC"),
        reason: None,
        at: Time::EXAMPLE.to_owned(),
    };
    let executions = Executions { executions: vec![made], next_after: None };
    let none = StandingOrders { standing_orders: Vec::new(), next_after: None };
    let inbox = InboxPage { payments: Vec::new(), next_after: None };
    let listed = PaymentsPage { payments: Vec::new(), after: None };
    let waiting = WaitingPage { payments: Vec::new(), next_after: None };
    let entry = QueuedReport {
        uetr: Some(Uetr::EXAMPLE.to_owned()),
        leg: Id::EXAMPLE.to_owned(),
        amount: Some(Amount::EXAMPLE.to_owned()),
        instructed: Some(LeiCode::EXAMPLE.to_owned()),
        end_to_end_id: Some("RENT-2026".to_owned()),
        state: "queued",
        priority: 100,
        position: Some(1),
        expires: Some(Time::EXAMPLE.to_owned()),
    };
    let queue = QueueReport {
        account: Id::EXAMPLE.to_owned(),
        currency: CurrencyCode::EXAMPLE.to_owned(),
        available: Amount::EXAMPLE.to_owned(),
        height: Some(4_711),
        entries: vec![entry],
    };
    vec![
        ("QueueReport", json!(queue)),
        ("InboxPage", json!(inbox)),
        ("PaymentsPage", json!(listed)),
        ("WaitingPage", json!(waiting)),
        ("StandingOrderReport", order),
        ("Executions", json!(executions)),
        ("StandingOrders", json!(none)),
    ]
}
