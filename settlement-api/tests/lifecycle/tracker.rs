//! Where a payment is, and its room: rule G7 of docs/spec/gateway.md.

use std::time::Duration;

use serde_json::json;

use crate::{
    Story,
    bank::{By, JSON},
};

const LONG: Duration = Duration::from_secs(60);

#[actix_web::test]
async fn g7_both_banks_of_a_hop_see_it_and_its_cases_and_nobody_else_does() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-1", "10.00")).await;
    let uetr = paid["uetr"].as_str().unwrap();
    let (tracker, room) = (format!("/v1/tracker/{uetr}"), format!("/v1/payments/{uetr}/cases"));
    for bank in [a, b] {
        let seen = bank.until(&tracker, |answer| answer.text.contains("\"ACSC\"")).await.json();
        let hops = seen["hops"].as_array().unwrap();
        assert_eq!((hops.len(), &seen["status"]), (1, &json!("ACSC")), "{seen}");
        let hop = &hops[0];
        assert_eq!(hop["from"], a.member.lei.text());
        assert_eq!(hop["to"], b.member.lei.text());
        assert_eq!((&hop["amount"], &hop["currency"]), (&json!("10.00"), &json!("USD")));
        for at in ["received", "accepted", "settled"] {
            assert!(hop[at].is_string(), "{at}: {hop}");
        }
        let empty = bank.get(By::Desk, &room, JSON).await.json();
        assert_eq!(empty["cases"], json!([]), "{empty}");
        assert_eq!(empty["agents"].as_array().map(Vec::len), Some(2), "{empty}");
    }
    // Two questions side by side, one of each bank.
    for (bank, kind) in [(a, "UTAP"), (b, "FWTR")] {
        let wrong = json!({"uetr": uetr, "kind": kind, "reasons": ["ZZZZ"]});
        let refused = bank.post(By::Desk, "/v1/cases", &wrong).await;
        assert_eq!(refused.code(422), "case_code_unknown");
        assert!(refused.text.contains("DTOR"), "{}", refused.text);
        let asked = json!({"uetr": uetr, "kind": kind, "reasons": ["DTOR"]});
        let answer = bank.post(By::Desk, "/v1/cases", &asked).await;
        assert!((200..300).contains(&answer.status), "{}", answer.text);
    }
    for bank in [a, b] {
        bank.until(&room, |answer| answer.json()["cases"].as_array().map(Vec::len) == Some(2))
            .await;
    }
    let unknown = "9c2a5e8f-04d7-4163-8f6c-9a527d1e4b99";
    for path in [format!("/v1/tracker/{unknown}"), format!("/v1/payments/{unknown}/cases")] {
        assert_eq!(a.get(By::Desk, &path, JSON).await.code(404), "not_found");
    }
}
