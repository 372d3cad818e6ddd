//! The life of a case between two gateways, as their staff sees it over HTTP.

use serde_json::json;
use verifier::testing::lei;

use super::support::{A, B, BANKS, C, Net, question, reply, rows, uetr};

/// B asks A, A takes it on, two persons of A answer, and all of it has arrived.
async fn answered(net: &Net) -> String {
    let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    net.done((A, "maker"), &format!("/v1/cases/{case}/accept"), &json!({})).await;
    let prepared = net.done((A, "maker"), &format!("/v1/cases/{case}/answer"), &reply()).await;
    let yes = json!({"content": prepared["draft"]["content"]});
    net.done((A, "checker"), &format!("/v1/cases/{case}/answer/approve"), &yes).await;
    net.settle().await;
    case
}

#[actix_web::test]
async fn b1_b7_a_question_is_asked_answered_by_two_persons_and_closed_over_http() {
    let net = Net::new().await;
    let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    assert_eq!((&opened["state"], &opened["turn"]), (&json!("opened"), &json!("other")));
    assert_eq!(opened["delivery"]["waiting"], 1);
    assert_eq!(net.state(A, &case), None);
    net.settle().await;
    let at_a = net.see(A, &case).await;
    assert_eq!((&at_a["state"], &at_a["turn"]), (&json!("opened"), &json!("own")));
    assert_eq!(at_a["messages"][0]["says"]["lines"][0], "whose money is it?");
    assert_eq!(net.see(B, &case).await["delivery"]["waiting"], 0);

    let path = |act: &str| format!("/v1/cases/{case}/{act}");
    // Not before it is taken on, not less than was asked for, not by one person alone.
    let early = net.post((A, "maker"), &path("answer"), &reply()).await;
    assert_eq!((early.0, &early.1["code"]), (409, &json!("illegal_transition")));
    net.done((A, "officer"), &path("accept"), &json!({})).await;
    let mut less = reply();
    less["given"].as_array_mut().unwrap().pop();
    let less = net.post((A, "maker"), &path("answer"), &less).await;
    assert_eq!((less.0, &less.1["code"]), (422, &json!("answer_incomplete")));
    let prepared = net.done((A, "maker"), &path("answer"), &reply()).await;
    assert_eq!(prepared["state"], "assigned");
    assert_eq!(prepared["draft"]["prepared_by"], "maker");
    let yes = json!({"content": prepared["draft"]["content"]});
    let alone = net.post((A, "maker"), &path("answer/approve"), &yes).await;
    assert_eq!((alone.0, &alone.1["code"]), (409, &json!("same_person")));
    let other = json!({"content": "00".repeat(32)});
    let other = net.post((A, "checker"), &path("answer/approve"), &other).await;
    assert_eq!((other.0, &other.1["code"]), (409, &json!("approval_mismatch")));
    let sent = net.done((A, "checker"), &path("answer/approve"), &yes).await;
    assert_eq!((&sent["state"], &sent["draft"]), (&json!("answered"), &json!(null)));
    net.settle().await;

    let at_b = net.see(B, &case).await;
    assert_eq!((&at_b["state"], &at_b["turn"]), (&json!("answered"), &json!("own")));
    let answer = &at_b["messages"][2];
    assert_eq!((&answer["act"], &answer["code"]), (&json!("answer"), &json!("INFO")));
    assert_eq!(answer["says"]["given"][0]["value"], "Orchard Tools Ltd");
    net.done((B, "officer"), &path("close"), &json!({})).await;
    net.settle().await;
    for bank in [A, B] {
        assert_eq!(net.state(bank, &case), Some("closed"));
        assert_eq!(net.see(bank, &case).await["iso_status"], "CLSD");
        assert_eq!(rows(&net, bank, interbank::book::PENDING), 4);
        assert_eq!(rows(&net, bank, b"case-task/"), 0);
    }
    assert_eq!(net.state(C, &case), None);
    net.end().await;
}

#[actix_web::test]
async fn b2_acts_of_the_wrong_side_and_in_the_wrong_state_are_refused() {
    let net = Net::new().await;
    let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    let reason = json!({"reason": "NOOR"});
    let rows = [
        (B, "accept", json!({}), "wrong_writer"),
        (B, "interim", reason.clone(), "wrong_writer"),
        (B, "reject", reason.clone(), "wrong_writer"),
        (B, "close", json!({}), "wrong_writer"),
        (A, "withdraw", json!({}), "illegal_transition"),
        (A, "close", json!({}), "illegal_transition"),
        (A, "interim", reason.clone(), "illegal_transition"),
        (A, "accept", reason.clone(), "request_malformed"),
        (A, "reject", json!({}), "request_malformed"),
        (A, "reject", json!({"reason": "no"}), "request_malformed"),
        (A, "accept", json!({"unknown": 1}), "request_malformed"),
    ];
    for (bank, act, body, code) in rows {
        let path = format!("/v1/cases/{case}/{act}");
        let (status, answer) = net.post((bank, "maker"), &path, &body).await;
        assert!((400..500).contains(&status), "{act}: {status}");
        assert_eq!(answer["code"], code, "{act}");
    }
    net.done((A, "maker"), &format!("/v1/cases/{case}/reject"), &reason).await;
    net.settle().await;
    for bank in [A, B] {
        assert_eq!(net.state(bank, &case), Some("rejected"));
        let (_, ended) =
            net.post((bank, "maker"), &format!("/v1/cases/{case}/withdraw"), &json!({})).await;
        assert_eq!(ended["code"], "case_ended");
    }
    net.end().await;
}

#[actix_web::test]
async fn b3_a_withdrawal_wins_over_the_answer_that_it_crosses() {
    let net = Net::new().await;
    let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    net.done((A, "maker"), &format!("/v1/cases/{case}/accept"), &json!({})).await;
    net.settle().await;
    // Both write before either has read the other.
    let prepared = net.done((A, "maker"), &format!("/v1/cases/{case}/answer"), &reply()).await;
    let yes = json!({"content": prepared["draft"]["content"]});
    net.done((A, "checker"), &format!("/v1/cases/{case}/answer/approve"), &yes).await;
    net.done((B, "maker"), &format!("/v1/cases/{case}/withdraw"), &json!({})).await;
    assert_eq!((net.state(A, &case), net.state(B, &case)), (Some("answered"), Some("withdrawn")));
    net.settle().await;
    for bank in [A, B] {
        let seen = net.see(bank, &case).await;
        assert_eq!(seen["state"], "withdrawn", "{bank}");
        assert_eq!(seen["messages"].as_array().unwrap().len(), 4, "{bank}");
        assert_eq!(seen["delivery"]["waiting"], 0, "{bank}");
        assert_eq!(seen["draft"], json!(null));
    }
    net.end().await;
}

#[actix_web::test]
async fn b9_letters_to_a_gateway_that_is_down_arrive_when_it_is_up_again() {
    let mut net = Net::new().await;
    net.stop(A).await;
    let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        net.send(B).await;
    }
    let seen = net.see(B, &case).await;
    assert_eq!(seen["delivery"]["waiting"], 1);
    assert_eq!(seen["delivery"]["trouble"], "client_no_connection");
    net.start(A).await;
    net.settle().await;
    assert_eq!(net.state(A, &case), Some("opened"));
    let seen = net.see(B, &case).await;
    assert_eq!(
        (&seen["delivery"]["waiting"], &seen["delivery"]["trouble"]),
        (&json!(0), &json!(null))
    );
    // The requester's gateway is down while it is answered.
    net.stop(B).await;
    net.done((A, "maker"), &format!("/v1/cases/{case}/accept"), &json!({})).await;
    net.send(A).await;
    net.start(B).await;
    assert_eq!(net.state(B, &case), Some("opened"));
    net.settle().await;
    assert_eq!(net.state(B, &case), Some("assigned"));
    net.end().await;
}

#[actix_web::test]
async fn b6_a_question_goes_on_to_the_next_agent_and_its_answer_comes_back() {
    let net = Net::new().await;
    let mut asked = question();
    asked["to"] = json!(lei(BANKS[B]).text());
    let opened = net.done((A, "maker"), "/v1/cases", &asked).await;
    let parent = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    net.done((B, "maker"), &format!("/v1/cases/{parent}/accept"), &json!({})).await;
    let path = format!("/v1/cases/{parent}/forward");
    let back = net.post((B, "maker"), &path, &json!({"to": lei(BANKS[A]).text()})).await;
    assert_eq!(back.1["code"], "forward_mismatch");
    let on = net.done((B, "maker"), &path, &json!({"to": lei(BANKS[C]).text()})).await;
    let child = on["children"][0].as_str().unwrap().to_owned();
    net.settle().await;
    assert_eq!((net.state(A, &parent), net.state(A, &child)), (Some("forwarded"), None));
    assert_eq!((net.state(C, &child), net.state(C, &parent)), (Some("opened"), None));
    // The next agent hears of a case before it, and neither of its leg nor who asked.
    let at_c = net.see(C, &child).await;
    assert_eq!((&at_c["parent"], &at_c["level"]), (&json!(null), &json!(1)));
    let told = at_c.to_string();
    assert!(!told.contains(lei(BANKS[A]).text()), "{told}");
    assert!(!told.contains(&super::support::leg(A, B).id().to_hex()), "{told}");

    net.done((C, "maker"), &format!("/v1/cases/{child}/accept"), &json!({})).await;
    let early = json!({"relay": child});
    let early = net.post((B, "maker"), &format!("/v1/cases/{parent}/answer"), &early).await;
    assert_eq!(early.1["code"], "not_the_childs_answer");
    let prepared = net.done((C, "maker"), &format!("/v1/cases/{child}/answer"), &reply()).await;
    let yes = json!({"content": prepared["draft"]["content"]});
    net.done((C, "checker"), &format!("/v1/cases/{child}/answer/approve"), &yes).await;
    net.settle().await;
    let at_b = net.see(B, &parent).await;
    assert_eq!(at_b["notices"][0]["what"], "child_answered");
    // What is passed on needs two persons, too.
    let relay = json!({"relay": child});
    let relayed = net.done((B, "maker"), &format!("/v1/cases/{parent}/answer"), &relay).await;
    let yes = json!({"content": relayed["draft"]["content"]});
    let alone = net.post((B, "maker"), &format!("/v1/cases/{parent}/answer/approve"), &yes).await;
    assert_eq!(alone.1["code"], "same_person");
    net.done((B, "officer"), &format!("/v1/cases/{parent}/answer/approve"), &yes).await;
    net.settle().await;
    let at_a = net.see(A, &parent).await;
    let last = at_a["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(last["says"]["given"][2]["value"], "Fjord Timber AS");
    let at_b = net.see(B, &child).await;
    assert_eq!(last["relayed"], at_b["messages"][2]["digest"]);
    net.end().await;
}

#[actix_web::test]
async fn b6_when_a_parent_ends_its_children_are_withdrawn() {
    let net = Net::new().await;
    let mut asked = question();
    asked["to"] = json!(lei(BANKS[B]).text());
    let opened = net.done((A, "maker"), "/v1/cases", &asked).await;
    let parent = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    net.done((B, "maker"), &format!("/v1/cases/{parent}/accept"), &json!({})).await;
    let to = json!({"to": lei(BANKS[C]).text()});
    let on = net.done((B, "maker"), &format!("/v1/cases/{parent}/forward"), &to).await;
    let child = on["children"][0].as_str().unwrap().to_owned();
    net.settle().await;
    net.done((A, "maker"), &format!("/v1/cases/{parent}/withdraw"), &json!({})).await;
    net.settle().await;
    for (bank, case) in [(A, &parent), (B, &parent), (B, &child), (C, &child)] {
        assert_eq!(net.state(bank, case), Some("withdrawn"), "{bank}");
    }
    net.end().await;
}

#[actix_web::test]
async fn documents_travel_with_messages_and_are_saved_not_shown() {
    let net = Net::new().await;
    let mut asked = question();
    asked["level"] = json!(3);
    let opened = net.done((B, "maker"), "/v1/cases", &asked).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    net.done((A, "maker"), &format!("/v1/cases/{case}/accept"), &json!({})).await;
    let mut answer = reply();
    let given = answer["given"].as_array_mut().unwrap();
    for field in ["debtor_identity", "debtor_address", "purpose", "relationship"] {
        given.push(json!({"field": field, "value": "as in the document"}));
    }
    let path = format!("/v1/cases/{case}/answer");
    let without = net.post((A, "maker"), &path, &answer).await;
    assert_eq!(without.1["code"], "answer_incomplete");
    answer["documents"] =
        json!([{"name": "extract", "media": "text/html", "base64": "PGI+eDwvYj4="}]);
    let prepared = net.done((A, "maker"), &path, &answer).await;
    let yes = json!({"content": prepared["draft"]["content"]});
    net.done((A, "checker"), &format!("{path}/approve"), &yes).await;
    net.settle().await;
    let seen = net.see(B, &case).await;
    let document = &seen["messages"][2]["says"]["documents"][0];
    assert_eq!((&document["name"], &document["bytes"]), (&json!("extract"), &json!(8)));
    let path = format!("/v1/cases/{case}/documents/{}", document["document"].as_str().unwrap());
    let request = crate::client::ClientRequest::get(path);
    let key = super::support::client_key(B, "maker");
    let saved = net.ask(B, key, request).await;
    assert_eq!((saved.status, &saved.body[..]), (200, &b"<b>x</b>"[..]));
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("content-disposition", "attachment"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(saved.headers[name], value);
    }
    net.end().await;
}

#[actix_web::test]
async fn g1_a_request_about_cases_counts_once_under_its_key() {
    let net = Net::new().await;
    let who = (B, "maker");
    let first = net.post_as(who, "/v1/cases", &question(), "one").await;
    let again = net.post_as(who, "/v1/cases", &question(), "one").await;
    assert_eq!((first.0, again.0), (200, 200));
    assert_eq!(first.1["case"], again.1["case"]);
    let mut other = question();
    other["level"] = json!(2);
    let other = net.post_as(who, "/v1/cases", &other, "one").await;
    assert_eq!((other.0, &other.1["code"]), (409, &json!("idempotency_conflict")));
    let (_, listed) = net.get(who, "/v1/cases").await;
    assert_eq!(listed["cases"].as_array().unwrap().len(), 1);
    // A request that was refused has not used its key.
    let case = first.1["case"].as_str().unwrap();
    let path = format!("/v1/cases/{case}/close");
    let early = net.post_as(who, &path, &json!({}), "close").await;
    assert_eq!(early.1["code"], "wrong_writer");
    net.done(who, &format!("/v1/cases/{case}/withdraw"), &json!({})).await;
    let late = net.post_as(who, &path, &json!({}), "close").await;
    assert_eq!(late.1["code"], "case_ended");
    let request =
        crate::client::ClientRequest::post("/v1/cases", "application/json", question().to_string());
    let unnamed = net.ask(B, super::support::client_key(B, "maker"), request).await;
    assert_eq!(super::support::read(&unnamed).1["code"], "idempotency_key_missing");
    net.end().await;
}

#[actix_web::test]
async fn lists_are_filtered_and_paged() {
    let net = Net::new().await;
    let case = answered(&net).await;
    let mut ids = vec![case];
    for _ in 0..4 {
        // Cases are listed by the millisecond in which they came.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
        ids.push(opened["case"].as_str().unwrap().to_owned());
    }
    let list = async |query: &str| {
        let (status, page) = net.get((B, "officer"), &format!("/v1/cases?{query}")).await;
        assert_eq!(status, 200, "{query}: {page}");
        let cases = page["cases"].as_array().unwrap().iter();
        let cases: Vec<String> =
            cases.map(|case| case["case"].as_str().unwrap().to_owned()).collect();
        (cases, page["after"].as_str().map(str::to_owned))
    };
    assert_eq!(list("limit=50").await, (ids.clone(), None));
    assert_eq!(list(&format!("uetr={}", uetr().to_text())).await.0.len(), 5);
    assert_eq!(list("uetr=0d1c2b3a-4f5e-4a6b-8c7d-9e0f1a2b3c4d").await, (vec![], None));
    assert_eq!(list("state=answered&turn=own").await.0, ids[..1]);
    assert_eq!(list("turn=other").await.0, ids[1..]);
    let (mut pages, mut after) = (Vec::new(), String::new());
    loop {
        let (page, next) = list(&format!("limit=2{after}")).await;
        pages.push(page);
        let Some(next) = next else { break };
        after = format!("&after={next}");
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(pages.concat(), ids);
    for bad in ["limit=0", "limit=201", "state=open", "turn=mine", "uetr=1", "page=2"] {
        let (status, problem) = net.get((B, "maker"), &format!("/v1/cases?{bad}")).await;
        assert!(status == 400 || status == 422, "{bad}: {problem}");
    }
    net.end().await;
}

#[actix_web::test]
async fn g3_a_case_changes_only_as_its_client_saw_it() {
    use crate::client::ClientRequest;
    use reqwest::header::{HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
    let net = Net::new().await;
    let case = answered(&net).await;
    let path = format!("/v1/cases/{case}");
    let ask = async |request: ClientRequest, header: HeaderName, tag: &str| {
        let mut request = request;
        request.unsigned_headers.insert(header, HeaderValue::from_str(tag).unwrap());
        net.ask(B, super::support::client_key(B, "maker"), request).await
    };
    let first = ask(ClientRequest::get(&path), IF_NONE_MATCH, "\"none\"").await;
    assert_eq!(first.status, 200);
    let tag = first.headers.get("etag").unwrap().to_str().unwrap().to_owned();
    assert_eq!(ask(ClientRequest::get(&path), IF_NONE_MATCH, &tag).await.status, 304);
    let close = || {
        let request = ClientRequest::post(format!("{path}/close"), "application/json", "{}");
        request.with_idempotency_key(crate::keys::random_32().to_hex())
    };
    let stale = ask(close(), IF_MATCH, "\"0123\"").await;
    assert_eq!(
        (stale.status, stale.problem().unwrap().code.as_str()),
        (412, "precondition_failed")
    );
    assert_eq!(net.state(B, &case), Some("answered"));
    assert_eq!(ask(close(), IF_MATCH, &tag).await.status, 200);
    assert_eq!(net.state(B, &case), Some("closed"));
    // What was seen is no more.
    assert_eq!(ask(ClientRequest::get(&path), IF_NONE_MATCH, &tag).await.status, 200);
    assert_eq!(ask(close(), IF_MATCH, &tag).await.status, 412);
    net.end().await;
}
