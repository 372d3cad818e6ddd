//! Whose account is this: asked over JSON and acmt.023, answered by the account's bank.

use std::time::Duration;

use iso20022::view::{Acmt023, Acmt024, View as _};
use serde_json::{Value, json};

use crate::{
    Story,
    bank::{Answer, Bank, By, JSON, XML},
    oracle::assert_valid,
};

const LONG: Duration = Duration::from_secs(20);

async fn check(asker: &Bank, of: &Bank, name: &str, account: &str) -> Answer {
    let body = json!({"agent": {"bic": of.bic}, "name": name, "account": account});
    asker.post(By::Desk, "/v1/account-checks", &body).await
}

fn question(asker: &Bank, of: &Bank, name: &str) -> String {
    let question = Acmt023 {
        msg_id: "CHK-1".to_owned(),
        created: "2026-11-22T08:00:00+00:00".to_owned(),
        assigner: Some(asker.bic.clone()),
        assigner_lei: None,
        assignee: Some(of.bic.clone()),
        assignee_lei: None,
        id: "CHK-1-1".to_owned(),
        name: Some(name.to_owned()),
        iban: None,
        other_account: Some("2002".to_owned()),
        agent: None,
        agent_lei: None,
    };
    question.to_xml().unwrap()
}

#[actix_web::test]
async fn h1_h2_each_kind_of_answer_and_who_hears_the_name() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    for (name, account, code, reason, told) in [
        ("FJORD TIMBER", "2002", "MTCH", Value::Null, Value::Null),
        ("Fjord Timbre", "2002", "CMTC", json!("PN02"), json!("Fjord Timber")),
        ("Orchard Tools", "2002", "NMTC", json!("PN01"), Value::Null),
        ("Fjord Timber", "9999", "NOAP", json!("AC01"), Value::Null),
    ] {
        let answer = check(a, b, name, account).await;
        let report = answer.json();
        assert_eq!((answer.status, &report["state"]), (200, &json!("answered")), "{report}");
        assert_eq!(
            (&report["match"], &report["reason"], &report["name"]),
            (&json!(code), &reason, &told),
            "{name}: {report}"
        );
        assert_eq!(code == "CMTC", answer.text.contains("Fjord Timber"), "{report}");
        let path = answer.location.unwrap();
        assert_eq!(a.get(By::Compliance, &path, JSON).await.json(), report);
        assert_eq!(b.get(By::Desk, &path, JSON).await.code(404), "not_found");
        let message = a.get(By::Desk, &path, XML).await.text;
        assert_valid(&message, "acmt.024.001.04");
        let read = Acmt024::find(message.as_bytes()).unwrap();
        assert_eq!(read.verified, (code == "MTCH").to_string());
        assert_eq!(read.reason.as_deref(), reason.as_str());
        assert_eq!(read.updated_name.as_deref(), told.as_str());
    }
    // The head office's eight letters, and the eleven that name it just so, are one bank.
    let body = json!({"agent": {"bic": format!("{}XXX", b.bic)}, "name": "Fjord Timber", "account": "2002"});
    let answer = a.post(By::Desk, "/v1/account-checks", &body).await.json();
    assert_eq!(answer["match"], "MTCH", "{answer}");
    // An own account is looked up here; a bank that is none is not asked.
    let own = check(a, a, "Orchard Tools", "1001").await.json();
    assert_eq!(own["match"], "MTCH");
    let body = json!({"agent": {"bic": "NOBODY33"}, "name": "X", "account": "1"});
    let nobody = a.post(By::Desk, "/v1/account-checks", &body).await;
    assert_eq!(nobody.code(422), "agent_unknown");
    for body in [
        json!({"agent": {"bic": b.bic}, "name": " ", "account": "1"}),
        json!({"agent": {"bic": b.bic}, "name": "x".repeat(600), "account": "1"}),
        json!({"agent": {"bic": b.bic}, "name": "X"}),
        json!({"agent": {"bic": b.bic}}),
    ] {
        let refused = a.post(By::Desk, "/v1/account-checks", &body).await;
        assert_eq!(refused.code(400), "request_malformed", "{body}");
    }
}

#[actix_web::test]
async fn h1_an_acmt023_is_answered_by_an_acmt024_that_names_it() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let asked = question(a, b, "Fjord Timber");
    let answer = a.post_xml("/v1/account-checks", &asked, XML).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_valid(&answer.text, "acmt.024.001.04");
    let read = Acmt024::find(answer.text.as_bytes()).unwrap();
    assert_eq!((read.verified.as_str(), read.reason.as_deref()), ("true", None));
    assert_eq!(
        (read.original_msg_id.as_deref(), read.original_id.as_str()),
        (Some("CHK-1"), "CHK-1-1")
    );
    assert_eq!((read.assigner.as_ref(), read.assignee.as_ref()), (Some(&b.bic), Some(&a.bic)));
    for broken in [asked.replace("<Nm>Fjord Timber</Nm>", ""), asked.replace("CHK-1-1", "")] {
        let refused = a.post_xml("/v1/account-checks", &broken, JSON).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
    }
}

#[actix_web::test]
async fn h1_a_silent_bank_is_asked_on_and_the_client_is_told_where_to_look() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    b.fall_silent().await;
    let body = json!({"agent": {"bic": b.bic}, "name": "Fjord Timber", "account": "2002"});
    let asked = a.post_waiting("/v1/account-checks", &body, "wait=1").await;
    let path = asked.location.clone().unwrap();
    assert_eq!((asked.status, &asked.json()["state"]), (202, &json!("pending")), "{}", asked.text);
    assert_eq!(a.get(By::Desk, &path, XML).await.code(409), "check_pending");
    b.answer_again();
    let answered = a.until(&path, |answer| answer.json()["state"] == "answered").await;
    assert_eq!(answered.json()["match"], "MTCH");
}

#[actix_web::test]
async fn h3_nobody_tries_names_until_one_fits() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    for attempt in 0..10 {
        let answer = check(a, b, &format!("Name {attempt}"), "2002").await;
        assert_eq!(answer.json()["match"], "NMTC");
    }
    let body = json!({"agent": {"bic": b.bic}, "name": "Fjord Timber", "account": "2002"});
    let more = a.post_waiting("/v1/account-checks", &body, "wait=1").await;
    assert_eq!((more.status, &more.json()["state"]), (202, &json!("pending")), "{}", more.text);
}
