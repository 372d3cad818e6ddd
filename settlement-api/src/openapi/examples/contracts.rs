//! Examples of calls of contracts.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    contracts::{
        approval::CallApprovalReport,
        call::{CallReport, GasReport, HolderReport},
    },
    openapi::text::{Amount, CurrencyCode, HexBytes, Id, LeiCode, Time},
    payments::report::ReceiptReport,
    server::contracts::{
        CallStateReport, ContractEventReport, FunctionReport, ModuleReport, RunReport,
    },
};

const ESCROW: &str = "0x2::escrow::Opened";

/// Bodies that a client sends.
pub(super) fn requests() -> Vec<(&'static str, Value)> {
    let holder = json!({
        "account": Id::EXAMPLE, "party": Id::EXAMPLE, "currency": CurrencyCode::EXAMPLE,
        "cap": Amount::EXAMPLE,
    });
    let description = json!({
        "address": "0x2", "module": "escrow", "function": "open_from_account",
        "arguments": [Id::EXAMPLE, CurrencyCode::EXAMPLE, "1250000", "4000000000000"],
        "gas_limit": 400_000, "records": 2, "valid_s": 3_600, "signers": [Id::EXAMPLE], "holders": [holder],
    });
    let signed = [HexBytes::EXAMPLE];
    vec![
        ("QuoteInput", json!({ "description": description })),
        ("CallApprovalInput", json!({"call": HexBytes::EXAMPLE, "valid_s": 600})),
        (
            "CallOrderInput",
            json!({"call": HexBytes::EXAMPLE, "clearances": signed, "consents": signed}),
        ),
    ]
}

/// Bodies that the gateway answers.
pub(super) fn answers() -> Vec<(&'static str, Value)> {
    vec![
        ("CallReport", value(&call())),
        ("CallApprovalReport", value(&approval())),
        ("CallStateReport", value(&state())),
        ("ModuleReport", value(&module())),
    ]
}

fn value(body: &impl Serialize) -> Value {
    serde_json::to_value(body).unwrap_or_default()
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn call() -> CallReport {
    let holder = HolderReport {
        account: text(Id::EXAMPLE),
        name: text(Id::EXAMPLE),
        party: text(Id::EXAMPLE),
        own: true,
        signs: true,
        cap_minor: text("1250000"),
        cap: Some(text(Amount::EXAMPLE)),
        currency: Some(text(CurrencyCode::EXAMPLE)),
    };
    CallReport {
        call: text(HexBytes::EXAMPLE),
        call_hash: text(Id::EXAMPLE),
        address: text(Id::EXAMPLE),
        module: text("escrow"),
        function: text("open_from_account"),
        types: Vec::new(),
        arguments: vec![text("03555344")],
        gas: GasReport { limit: 400_000, bound: None, units: 800 },
        records: 2,
        until: text(Time::EXAMPLE),
        signers: vec![text(Id::EXAMPLE)],
        holders: vec![holder],
        code_height: 1_204,
    }
}

fn approval() -> CallApprovalReport {
    CallApprovalReport {
        call_hash: text(Id::EXAMPLE),
        clearances: Vec::new(),
        consent: text(HexBytes::EXAMPLE),
        expires: text(Time::EXAMPLE),
    }
}

fn state() -> CallStateReport {
    let events = vec![ContractEventReport { type_: text(ESCROW), value: text(HexBytes::EXAMPLE) }];
    CallStateReport {
        command_id: text(Id::EXAMPLE),
        state: "applied",
        call_hash: Some(text(Id::EXAMPLE)),
        organisation: text(LeiCode::EXAMPLE),
        reason: None,
        height: Some(1_207),
        decided: Some(text(Time::EXAMPLE)),
        run: Some(RunReport { gas_used: 31_742, status: text("EXECUTED"), code: None, events }),
        receipt: Some(ReceiptReport {
            command_id: text(Id::EXAMPLE),
            sha256: Id::EXAMPLE.chars().rev().collect(),
            href: format!("/v1/receipts/{}", Id::EXAMPLE),
            file: None,
        }),
    }
}

fn module() -> ModuleReport {
    let types = ["address", "vector<u8>", "u128", "u64"];
    let function = FunctionReport {
        name: text("open_from_account"),
        type_parameters: 0,
        signers: 1,
        parameters: types.map(text).into(),
        gas_bound: None,
    };
    ModuleReport {
        address: text(Id::EXAMPLE),
        name: text("escrow"),
        published: 118,
        height: 1_204,
        sha256: text(Id::EXAMPLE),
        functions: vec![function],
    }
}
