//! Examples of standing orders and of payments that wait.

use serde_json::{Value, json};

use crate::{
    openapi::text::{Amount, BicCode, CurrencyCode, IbanCode, Id, Time, Uetr},
    payments::{review::report::InboxPage, waiting::WaitingPage},
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
    vec![("StandingOrderInput", input)]
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
    vec![
        ("InboxPage", json!(inbox)),
        ("PaymentsPage", json!(listed)),
        ("WaitingPage", json!(waiting)),
        ("StandingOrderReport", order),
        ("Executions", json!(executions)),
        ("StandingOrders", json!(none)),
    ]
}
