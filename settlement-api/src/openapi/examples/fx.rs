//! Examples of quotes and rates.

use serde_json::{Value, json};

use crate::{
    fx::{
        price::{Bearer, Rounding},
        rates::FxRatesReport,
        report::{FxQuoteReport, FxTermsReport},
    },
    openapi::text::{Id, LeiCode, Time, Uetr},
    payments::report::ReceiptReport,
};

pub(super) fn requests() -> Vec<(&'static str, Value)> {
    let rates = json!({
        "base": "USD", "quote": "EUR", "bid": "0.9217", "ask": "0.9231", "base_fee": "1.50",
        "limit": "250000.00", "account": "FX-DESK", "quote_s": 30, "valid_s": 3600,
    });
    let quote = json!({
        "maker": LeiCode::EXAMPLE, "source_currency": "USD", "target_currency": "EUR",
        "source_amount": "12500.00", "charge_bearer": "SHAR", "account": "700418825531",
    });
    let accept = json!({"gives": "12501.50", "gets": "11521.25"});
    vec![("FxRatesInput", rates), ("FxQuoteInput", quote), ("FxAcceptInput", accept)]
}

pub(super) fn answers() -> Vec<(&'static str, Value)> {
    let text = str::to_owned;
    let rates = FxRatesReport {
        base: text("USD"),
        quote: text("EUR"),
        bid: text("0.9217"),
        ask: text("0.9231"),
        base_fee: text("1.50"),
        quote_fee: text("0.00"),
        limit: text("250000.00"),
        quote_s: 30,
        until: text(Time::EXAMPLE),
        in_force: true,
    };
    let terms = FxTermsReport {
        gives: text("12501.50"),
        gets: text("11521.25"),
        source_amount: text("12500.00"),
        rate: text("0.9217"),
        fee: text("1.50"),
        charge_bearer: Bearer::Shared,
        rounding: Rounding::Exact,
        expires: text(Time::EXAMPLE),
        settle_by: text(Time::EXAMPLE),
    };
    let receipt = ReceiptReport {
        command_id: text(Id::EXAMPLE),
        sha256: Id::EXAMPLE.chars().rev().collect(),
        href: format!("/v1/receipts/{}?leg={}", Id::EXAMPLE, Id::EXAMPLE),
        file: None,
    };
    let quote = FxQuoteReport {
        quote: text(Id::EXAMPLE),
        state: "settled",
        role: "taker",
        maker: text(LeiCode::EXAMPLE),
        taker: text("529900T8BM49AURSDO55"),
        uetr: text(Uetr::EXAMPLE),
        source_currency: text("USD"),
        target_currency: text("EUR"),
        code: None,
        terms: Some(terms),
        command_id: Some(text(Id::EXAMPLE)),
        receipts: vec![receipt.clone(), receipt],
    };
    vec![("FxRatesReport", json!(rates)), ("FxQuoteReport", json!(quote))]
}
