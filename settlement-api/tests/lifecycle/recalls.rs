//! Recalls, returns, enquiries, and payments that end without an answer.

use std::time::Duration;

use iso20022::view::{Camt056, View};
use ledger_core::receipt::{Effect, Kind, Outcome};
use serde_json::{Value, json};

use crate::{
    Story,
    bank::{Bank, By, JSON, Settings, XML},
    oracle::assert_valid,
};

const LONG: Duration = Duration::from_secs(20);

/// The only unfinished recall at a bank, once there is one.
async fn arrived(bank: &Bank) -> Value {
    let answer = bank.until("/v1/recalls", |answer| answer.json()[0].is_object()).await;
    answer.json()[0].clone()
}

async fn ask(bank: &Bank, uetr: &Value, reason: &str) -> Value {
    let answer = bank.post(By::Desk, "/v1/recalls", &json!({"uetr": uetr, "reason": reason})).await;
    assert!(matches!(answer.status, 200 | 202), "{}", answer.text);
    answer.json()
}

#[actix_web::test]
async fn x1_x2_x3_x4_x7_a_recall_is_accepted_by_two_and_the_money_is_back() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-1", "250.00")).await;
    assert_eq!(paid["status"], "ACSC", "{paid}");
    let uetr = paid["uetr"].clone();
    let way = async {
        let recall = arrived(b).await;
        let id = recall["recall"].as_str().unwrap().to_owned();
        assert_eq!(
            (&recall["direction"], &recall["status"]),
            (&json!("incoming"), &json!("pending"))
        );
        assert_eq!((&recall["amount"], &recall["reason"]), (&json!("250.00"), &json!("DUPL")));
        let (yes, approve) =
            (format!("/v1/recalls/{id}/answer"), format!("/v1/recalls/{id}/approve"));
        let early = b.post(By::Compliance, &approve, &json!({})).await;
        assert_eq!(early.code(409), "recall_not_proposed");
        let said = b.post(By::Both, &yes, &json!({"decision": "accept"})).await;
        assert_eq!((said.status, &said.json()["status"]), (202, &json!("proposed")));
        let alone = b.post(By::Both, &approve, &json!({})).await;
        assert_eq!(alone.code(409), "same_client");
        let wrong_role = b.post(By::Desk, &approve, &json!({})).await;
        assert_eq!(wrong_role.code(403), "role_missing");
        let done = b.post(By::Compliance, &approve, &json!({})).await;
        assert_eq!(
            (done.status, &done.json()["status"]),
            (200, &json!("returned")),
            "{}",
            done.text
        );
        assert_eq!(done.json()["iso_status"], "CNCL");
        let again = b.post(By::Compliance, &approve, &json!({})).await;
        assert_eq!((again.status, &again.json()["status"]), (200, &json!("returned")));
        let late = b.post(By::Desk, &yes, &json!({"decision": "reject", "reason": "CUST"})).await;
        assert_eq!(late.code(409), "recall_answered");
        id
    };
    let (asked, id) = tokio::join!(ask(a, &uetr, "DUPL"), way);
    assert_eq!(asked["recall"], id.as_str());
    let path = format!("/v1/recalls/{id}");
    let ended = a.until(&path, |answer| answer.json()["status"] == "returned").await.json();
    let at_b = b.get(By::Desk, &path, JSON).await.json();
    assert_eq!(ended["receipt"]["command_id"], at_b["receipt"]["command_id"]);
    a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "1000.00").await;
    b.until("/v1/accounts", |answer| answer.json()[0]["available"] == "0.00").await;
    assert_eq!(story.ledger.outcomes(Kind::Return), [Outcome::Applied(Effect::Settled)]);
    // Both banks' core systems are told the same, in messages that keep the schemas.
    let uetr = uetr.as_str().unwrap();
    for (path, message) in [
        (format!("/v1/payments/{uetr}/return"), "pacs.004.001.10"),
        (path.clone(), "camt.029.001.09"),
        (format!("{path}/message"), "camt.056.001.08"),
    ] {
        let (at_a, at_b) = (a.get(By::Desk, &path, XML).await, b.get(By::Desk, &path, XML).await);
        assert_eq!((at_a.status, &at_a.text), (200, &at_b.text));
        assert_valid(&at_a.text, message);
        assert!(at_a.text.contains(uetr), "{message}");
    }
    // What went back is nobody's to confirm, and the answer names the payment's own reference.
    let credit = b.post(By::Desk, &format!("/v1/payments/{uetr}/credit"), &json!({})).await;
    assert_eq!(credit.code(409), "payment_given_back");
    assert!(story.ledger.outcomes(Kind::ConfirmCredit).is_empty());
    let resolution = a.get(By::Desk, &path, XML).await.text;
    let resolution = iso20022::view::Camt029::find(resolution.as_bytes()).unwrap();
    assert_eq!(resolution.original_end_to_end_id.as_deref(), Some("INV-1"));
    assert_eq!(resolution.status_id, Some(resolution.id));
    // The same request again is the same recall; another one has nothing left to ask for.
    assert_eq!(ask(a, &json!(uetr), "DUPL").await["recall"], id.as_str());
    let other = a.post(By::Desk, "/v1/recalls", &json!({"uetr": uetr, "reason": "FRAD"})).await;
    assert_eq!(other.code(409), "recall_exists");
    assert_eq!(a.get(By::Desk, "/v1/recalls", JSON).await.json(), json!([]));
}

#[actix_web::test]
async fn x1_a_request_is_kept_while_the_other_bank_is_silent_and_a_no_is_final() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let uetr = a.pay(b, ("INV-2", "10.00")).await["uetr"].clone();
    b.fall_silent().await;
    let silent = async {
        tokio::time::sleep(Duration::from_millis(800)).await;
        b.answer_again();
        let recall = arrived(b).await["recall"].as_str().unwrap().to_owned();
        let path = format!("/v1/recalls/{recall}/answer");
        for (body, status, code) in [
            (json!({"decision": "reject"}), 400, "request_malformed"),
            (json!({"decision": "reject", "reason": "ZZZZ"}), 400, "message_breaks_rules"),
            (json!({"decision": "reject", "reason": "NARR"}), 400, "message_breaks_rules"),
            (json!({"decision": "accept", "reason": "CUST"}), 400, "request_malformed"),
            (json!({"decision": "perhaps"}), 400, "request_malformed"),
        ] {
            assert_eq!(b.post(By::Desk, &path, &body).await.code(status), code, "{body}");
        }
        let no = json!({"decision": "reject", "reason": "CUST"});
        let said = b.post(By::Desk, &path, &no).await;
        assert_eq!((said.status, &said.json()["iso_status"]), (200, &json!("RJCR")));
        assert_eq!(b.post(By::Desk, &path, &no).await.json(), said.json(), "the same answer again");
        let yes = b.post(By::Desk, &path, &json!({"decision": "accept"})).await;
        assert_eq!(yes.code(409), "recall_answered");
        recall
    };
    let (asked, recall) = tokio::join!(ask(a, &uetr, "CUST"), silent);
    assert_eq!((&asked["recall"], &asked["status"]), (&json!(recall), &json!("rejected")));
    assert_eq!(asked["rejection"], "CUST");
    let path = format!("/v1/recalls/{recall}");
    assert_valid(&a.get(By::Desk, &path, XML).await.text, "camt.029.001.09");
    assert!(story.ledger.outcomes(Kind::Return).is_empty());
    let path = format!("/v1/payments/{}/return", uetr.as_str().unwrap());
    assert_eq!(a.get(By::Desk, &path, XML).await.code(409), "not_returned");
    // After a no the bank may ask once more, for another reason.
    let second = async {
        let again = arrived(b).await;
        assert_ne!(again["recall"], json!(recall));
        let path = format!("/v1/recalls/{}/answer", again["recall"].as_str().unwrap());
        let no = json!({"decision": "reject", "reason": "NARR", "information": "delivered"});
        assert_eq!(b.post(By::Desk, &path, &no).await.status, 200);
    };
    let (asked, ()) = tokio::join!(ask(a, &uetr, "FRAD"), second);
    assert_eq!((&asked["status"], &asked["rejection"]), (&json!("rejected"), &json!("NARR")));
}

#[actix_web::test]
async fn x5_a_return_that_the_ledger_refuses_is_decided_anew() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let uetr = a.pay(b, ("INV-3", "40.00")).await["uetr"].clone();
    b.until("/v1/accounts", |answer| answer.json()[0]["available"] == "40.00").await;
    // The money is spent: what is given back cannot be paid.
    let mut spent = b.payment(a, ("BACK-1", "39.00"));
    spent["debtor"] = json!({"name": "Fjord Timber", "account": "2002"});
    spent["creditor"] = json!({"name": "Orchard Tools", "account": "1001"});
    let paid = b.post(By::Desk, "/v1/payments", &spent).await.json();
    assert_eq!(paid["status"], "ACSC", "{paid}");
    let way = async {
        let id = arrived(b).await["recall"].as_str().unwrap().to_owned();
        let path = format!("/v1/recalls/{id}");
        b.post(By::Desk, &format!("{path}/answer"), &json!({"decision": "accept"})).await;
        let (approve, empty) = (format!("{path}/approve"), json!({}));
        let (_, open) = tokio::join!(
            b.post(By::Compliance, &approve, &empty),
            b.until(&path, |answer| answer.json()["refused"].is_string()),
        );
        let open = open.json();
        assert_eq!(
            (&open["status"], &open["refused"]),
            (&json!("pending"), &json!("insufficient_funds"))
        );
        assert_eq!(open["iso_status"], "PDCR", "nothing was promised");
        let no = json!({"decision": "reject", "reason": "AM04"});
        assert_eq!(b.post(By::Desk, &format!("{path}/answer"), &no).await.status, 200);
    };
    let (asked, ()) = tokio::join!(ask(a, &uetr, "DUPL"), way);
    let path = format!("/v1/recalls/{}", asked["recall"].as_str().unwrap());
    let ended = a.until(&path, |answer| answer.json()["status"] == "rejected").await.json();
    assert_eq!(ended["rejection"], "AM04");
}

#[actix_web::test]
async fn x1_what_cannot_be_recalled_is_refused_before_anything_is_sent() {
    let story = Story::begin(Duration::from_secs(4)).await;
    let (a, b) = (&story.a, &story.b);
    let uetr = a.pay(b, ("INV-4", "5.00")).await["uetr"].clone();
    let nobody = "0b0c9a52-7d1e-4b80-9c2a-5e8f04d7b163";
    b.fall_silent().await;
    let lost = a.pay(b, ("INV-5", "5.00")).await;
    // An unanswered payment ends: its hold is voided and its sender told why.
    assert_eq!((&lost["status"], &lost["reason"]["iso_reason"]), (&json!("RJCT"), &json!("TM01")));
    assert!(story.ledger.outcomes(Kind::Void).iter().all(|o| matches!(o, Outcome::Applied(_))));
    assert_eq!(story.ledger.outcomes(Kind::Void).len(), 1);
    a.until("/v1/accounts", |answer| answer.json()[0]["held"] == "0.00").await;
    assert_eq!(a.available().await, "995.00");
    for (body, status, code) in [
        (json!({"uetr": nobody, "reason": "DUPL"}), 404, "not_found"),
        (json!({"uetr": "x", "reason": "DUPL"}), 422, "bad_uetr"),
        (json!({"uetr": lost["uetr"], "reason": "DUPL"}), 409, "not_settled"),
        (json!({"uetr": uetr, "reason": "ZZZZ"}), 400, "message_breaks_rules"),
        (json!({"uetr": uetr}), 400, "request_malformed"),
    ] {
        assert_eq!(a.post(By::Desk, "/v1/recalls", &body).await.code(status), code, "{body}");
    }
    let elsewhere =
        b"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.056.001.08\"/>".to_vec();
    let answer = a.post_as(By::Desk, "/v1/recalls", (XML, elsewhere)).await;
    assert_eq!(answer.code(400), "message_breaks_rules");
    assert_eq!(a.get(By::Desk, "/v1/recalls", JSON).await.json(), json!([]));
}

#[actix_web::test]
async fn x6_a_status_request_is_answered_with_the_present_state_at_both_banks() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let uetr = a.pay(b, ("INV-6", "7.00")).await["uetr"].as_str().unwrap().to_owned();
    let asked = |end_to_end: &str, instruction: Option<&str>| {
        let view = iso20022::view::Pacs028 {
            msg_id: "ENQ-1".to_owned(),
            created: "2026-11-21T10:00:00+00:00".to_owned(),
            original_msg_id: None,
            original_message: None,
            original_instr_id: instruction.map(str::to_owned),
            original_end_to_end_id: Some(end_to_end.to_owned()),
            original_tx_id: None,
            original_uetr: Some(uetr.clone()),
        };
        iso20022::view::View::to_xml(&view).unwrap().into_bytes()
    };
    for bank in [a, b] {
        bank.until(&format!("/v1/payments/{uetr}"), |answer| answer.json()["status"] == "ACSC")
            .await;
        let ask = |view| bank.post_as(By::Desk, "/v1/status-requests", (XML, view));
        let answer = ask(asked("INV-6", None)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_valid(&answer.text, "pacs.002.001.10");
        assert!(answer.text.contains("<TxSts>ACSC</TxSts>") && answer.text.contains(&uetr));
        for other in [asked("INV-9", None), asked("INV-6", Some("ANOTHER"))] {
            assert_eq!(ask(other).await.code(404), "not_found");
        }
    }
}

#[actix_web::test]
async fn x2_a_request_that_contradicts_itself_is_refused_and_nothing_of_it_is_kept() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let uetr = a.pay(b, ("INV-7", "7.00")).await["uetr"].as_str().unwrap().to_owned();
    let some = |text: &str| Some(text.to_owned());
    let good = Camt056 {
        id: "RECALL-7".to_owned(),
        assigner: some(&a.bic),
        assignee: some(&b.bic),
        created: "2026-11-21T10:00:00+00:00".to_owned(),
        cancellation_id: some("RECALL-7"),
        case_id: None,
        case_creator: None,
        original_msg_id: None,
        original_message: None,
        original_instruction_id: None,
        original_end_to_end_id: some("INV-7"),
        original_tx_id: None,
        original_uetr: Some(uetr),
        original_amount: None,
        original_settlement_date: None,
        reason: some("DUPL"),
        information: None,
        assigner_lei: None,
        assignee_lei: None,
        case_creator_lei: None,
        whole_case_id: None,
        whole_case_creator: None,
        whole_case_creator_lei: None,
        control_count: some("1"),
        control_sum: some("7"),
        group: None,
        group_msg_id: None,
        group_message: None,
    };
    let group = Camt056 {
        group_msg_id: some("MESSAGE-7"),
        group_message: some("pacs.008.001.08"),
        ..good.clone()
    };
    for (message, status, code) in [
        (Camt056 { control_count: some("2"), ..good.clone() }, 400, "request_malformed"),
        (Camt056 { control_sum: some("7.01"), ..good.clone() }, 400, "request_malformed"),
        (Camt056 { group: some("true"), ..group.clone() }, 422, "group_cancellation_unsupported"),
        (Camt056 { group: some("false"), ..group }, 400, "request_malformed"),
    ] {
        let xml = message.to_xml().unwrap();
        assert_valid(&xml, "camt.056.001.08");
        let refused = a.post_as(By::Desk, "/v1/recalls", (XML, xml.into_bytes())).await;
        assert_eq!(refused.code(status), code, "{}", refused.text);
    }
    assert_eq!(a.get(By::Desk, "/v1/recalls", JSON).await.json(), json!([]));
    let no = async {
        let id = arrived(b).await["recall"].as_str().unwrap().to_owned();
        let no = json!({"decision": "reject", "reason": "CUST"});
        assert_eq!(b.post(By::Desk, &format!("/v1/recalls/{id}/answer"), &no).await.status, 200);
    };
    let xml = good.to_xml().unwrap().into_bytes();
    let (taken, ()) = tokio::join!(a.post_as(By::Desk, "/v1/recalls", (XML, xml)), no);
    assert_eq!(taken.json()["status"], "rejected", "{}", taken.text);
}

/// What a bank's feed tells of recalls: status and code.
async fn told(bank: &Bank) -> Vec<(Value, Value)> {
    let page = bank.get(By::Desk, "/v1/events?limit=200", JSON).await.json();
    let events = page["events"].as_array().unwrap().iter();
    let own = events.filter(|event| event["about"] == "recall");
    own.map(|event| (event["status"].clone(), event["code"].clone())).collect()
}

#[actix_web::test]
async fn x9_e1_both_banks_hear_of_a_recall_of_its_clock_and_of_its_end() {
    let recall_time = Some(Duration::from_secs(4));
    let clocked = || Settings { recall_time, ..Settings::of(LONG) };
    let story = Story::begin_as([clocked(), clocked()], 0, |_, _| ()).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-1", "250.00")).await;
    let body = json!({"uetr": paid["uetr"], "reason": "DUPL"});
    let asked = a.post_waiting("/v1/recalls", &body, "respond-async").await.json();
    assert!(asked["answer_by"].is_string() && asked["overdue"] == false, "{asked}");
    let path = format!("/v1/recalls/{}", arrived(b).await["recall"].as_str().unwrap());
    for bank in [a, b] {
        let late = bank.until(&path, |answer| answer.json()["overdue"] == true).await.json();
        assert!(late["status"] == "pending" || late["status"] == "requested", "{late}");
        bank.until("/v1/events?limit=200", |page| page.text.contains("recall_overdue")).await;
    }
    // It may still be answered.
    let no = json!({"decision": "reject", "reason": "CUST"});
    let said = b.post(By::Desk, &format!("{path}/answer"), &no).await.json();
    assert_eq!((&said["status"], &said["answer_by"]), (&json!("rejected"), &Value::Null));
    a.until(&path, |answer| answer.json()["status"] == "rejected").await;
    let refused = a.get(By::Desk, &path, XML).await;
    assert_valid(&refused.text, "camt.029.001.09");
    assert!(refused.text.contains(">RJCR<"), "{}", refused.text);
    let text = |text: &str| json!(text);
    let expected = [
        (text("PDCR"), Value::Null),
        (text("PDCR"), text("recall_reminder")),
        (text("PDCR"), text("recall_overdue")),
        (text("RJCR"), text("recall_rejected")),
    ];
    for bank in [a, b] {
        assert_eq!(told(bank).await, expected);
    }
}
