//! How requests are sent, and what answers are.

use serde_json::json;
use verifier::testing::TestNetwork;

use super::*;
use crate::{
    problem::CONTENT_TYPE,
    stand_in::{Line, StandIn, client},
};

fn problem(code: &str, retry: &str) -> Vec<u8> {
    let stated = json!({"code": code, "status": 503, "title": "t", "detail": "d", "retry": retry});
    stated.to_string().into_bytes()
}

#[tokio::test]
async fn what_helps_later_is_asked_so_often_and_no_more() {
    let network = TestNetwork::new(4);
    let busy: Line = ("/v1/accounts", 503, CONTENT_TYPE, problem("not_ready", "later"));
    let server = StandIn::start(vec![busy]).await;
    let refused = client(&server.url, &network, "PAYER").accounts().await.unwrap_err();
    assert_eq!(refused.code(), "not_ready");
    assert_eq!(server.asked().len(), 4);
    let changed: Line = ("/v1/accounts", 409, CONTENT_TYPE, problem("x", "after_state_change"));
    let server = StandIn::start(vec![changed]).await;
    assert!(client(&server.url, &network, "PAYER").accounts().await.is_err());
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_post_keeps_its_key_when_it_is_sent_again() {
    let network = TestNetwork::new(4);
    let busy: Line = ("/v1/cases", 503, CONTENT_TYPE, problem("not_ready", "later"));
    let server = StandIn::start(vec![busy]).await;
    let key = Key::new("order-17").unwrap();
    let gateway = client(&server.url, &network, "PAYER");
    assert!(gateway.close_case(&"ab".repeat(32), &key).await.is_err());
    let asked = server.asked();
    assert_eq!(asked.len(), 4);
    assert!(asked.iter().all(|text| text.contains("\r\nidempotency-key: order-17\r\n")));
}

#[tokio::test]
async fn what_is_no_problem_and_no_answer_is_said_to_be_unreadable() {
    let network = TestNetwork::new(4);
    for (status, body) in [(200, "[{}]"), (500, "<html>"), (302, "")] {
        let line: Line = ("/v1/accounts", status, "text/html", body.as_bytes().to_vec());
        let server = StandIn::start(vec![line]).await;
        let refused = client(&server.url, &network, "PAYER").accounts().await.unwrap_err();
        assert_eq!(refused.code(), "client_answer_unreadable", "{status}");
    }
}

#[tokio::test]
async fn an_account_of_another_member_is_not_the_own_one() {
    let network = TestNetwork::new(4);
    let file = crate::stand_in::account_file(&network);
    let line: Line = ("/v1/accounts/USD/proof", 200, JSON, file);
    let server = StandIn::start(vec![line]).await;
    let own = client(&server.url, &network, "PAYER").account("USD").await.unwrap();
    assert_eq!(own.total().unwrap().minor(), 1_007);
    let other = client(&server.url, &network, "PAYEE").account("USD").await.unwrap_err();
    assert_eq!(other.code(), "client_other_account");
    let wrong_network = TestNetwork::new(5);
    let untrusted = client(&server.url, &wrong_network, "PAYER").account("USD").await.unwrap_err();
    assert_eq!(untrusted.code(), "client_proof_invalid");
}

#[tokio::test]
async fn what_would_leave_its_segment_of_a_path_is_not_sent() {
    let gateway = client("http://127.0.0.1:9", &TestNetwork::new(4), "PAYER");
    for name in ["", "..", "a/b", "a?b", "a%2e"] {
        assert_eq!(gateway.case(name).await.unwrap_err().code(), "client_not_sendable", "{name}");
        assert_eq!(gateway.account(name).await.unwrap_err().code(), "client_not_sendable");
    }
    assert_eq!(Key::new("two words"), None);
    assert_eq!(Key::new(&"x".repeat(129)), None);
}

/// What the description says an answer looks like, these types read.
#[test]
fn every_answer_of_the_apis_description_that_has_an_example_is_read() {
    let text = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api/openapi.json"),
    )
    .unwrap();
    let api: serde_json::Value = serde_json::from_str(&text).unwrap();
    let example = |name: &str| {
        let shown = api["components"]["schemas"][name]["examples"][0].clone();
        assert!(shown.is_object(), "{name} has an example");
        shown
    };
    fn reads<T: DeserializeOwned>(value: serde_json::Value) {
        serde_json::from_value::<T>(value).unwrap();
    }
    reads::<crate::PaymentReport>(example("PaymentReport"));
    reads::<crate::EventsPage>(example("EventsPage"));
    reads::<crate::Statement>(example("StatementReport"));
    reads::<crate::AccountReport>(example("AccountReport"));
    reads::<crate::CaseReport>(example("CaseReport"));
    reads::<crate::CasePage>(example("CasePage"));
    reads::<CommandReport>(example("CommandReport"));
}
