//! Examples of account checks.

use iso20022::view::{Acmt023, Acmt024, View};
use serde_json::{Value, json};

use crate::{
    checks::report::AccountCheckReport,
    openapi::text::{BicCode, IbanCode, Id, LeiCode, Time},
};

const CREATED: &str = "2026-11-02T14:05:13+00:00";
const PAYER: &str = "ZZQL00LINDENVALE0161";

pub(super) fn requests() -> Vec<(&'static str, Value)> {
    let question = Acmt023 {
        msg_id: "CHECK-2026-0001".to_owned(),
        created: CREATED.to_owned(),
        assigner: None,
        assigner_lei: Some(PAYER.to_owned()),
        assignee: Some(BicCode::EXAMPLE.to_owned()),
        assignee_lei: None,
        id: "CHECK-2026-0001-1".to_owned(),
        name: Some("Fjord Timber AS".to_owned()),
        iban: Some(IbanCode::EXAMPLE.to_owned()),
        other_account: None,
        agent: Some(BicCode::EXAMPLE.to_owned()),
        agent_lei: None,
    };
    let input = json!({
        "agent": {"bic": BicCode::EXAMPLE}, "name": "Fjord Timber AS", "iban": IbanCode::EXAMPLE,
    });
    let xml = question.to_xml().unwrap_or_default();
    vec![("AccountCheckInput", input), ("Acmt023Text", json!(xml))]
}

pub(super) fn answers() -> Vec<(&'static str, Value)> {
    let report = AccountCheckReport {
        check: Id::EXAMPLE.to_owned(),
        state: "answered",
        match_: Some("CMTC"),
        reason: Some("PN02"),
        name: Some("Fjord Timber AS".to_owned()),
        agent: LeiCode::EXAMPLE.to_owned(),
        asked: Time::EXAMPLE.to_owned(),
    };
    let answer = Acmt024 {
        msg_id: "0f6a5c1e7a5b4c0d9e8f7a6b5c4d3e2f".to_owned(),
        created: CREATED.to_owned(),
        assigner: Some(BicCode::EXAMPLE.to_owned()),
        assigner_lei: Some(LeiCode::EXAMPLE.to_owned()),
        assignee: None,
        assignee_lei: Some(PAYER.to_owned()),
        original_msg_id: Some("CHECK-2026-0001".to_owned()),
        original_created: Some(CREATED.to_owned()),
        original_id: "CHECK-2026-0001-1".to_owned(),
        verified: "false".to_owned(),
        reason: Some("PN01".to_owned()),
        name: Some("Fjord Timber AS".to_owned()),
        iban: Some(IbanCode::EXAMPLE.to_owned()),
        other_account: None,
        updated_name: None,
    };
    let xml = answer.to_xml().unwrap_or_default();
    vec![("AccountCheckReport", json!(report)), ("Acmt024Text", json!(xml))]
}
