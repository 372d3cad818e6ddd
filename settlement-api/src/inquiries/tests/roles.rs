//! Role by object by verb: who sees or touches which case, at every gateway.

use ed25519_zebra::SigningKey;
use serde_json::{Value, json};
use verifier::testing::lei;

use super::support::{A, B, BANKS, C, CLIENTS, Net, client_key, question, read, transport};
use crate::{client::ClientRequest, server::ClientRole};

/// Every verb on a case, with a body that its endpoint reads.
fn verbs() -> Vec<(&'static str, String, Value)> {
    let said = json!({"outcome": "NINF"});
    let yes = json!({"content": "00".repeat(32)});
    let deadline = json!({"answer_by": "2026-11-02T09:30:00Z"});
    let document = format!("documents/{}", "00".repeat(32));
    let reads = ["".to_owned(), "message".to_owned(), "evidence".to_owned(), document];
    let writes = [
        ("accept", json!({})),
        ("interim", json!({"reason": "PDNG"})),
        ("answer", said),
        ("answer/approve", yes),
        ("reject", json!({"reason": "NOOR"})),
        ("close", json!({})),
        ("reopen", deadline),
        ("withdraw", json!({})),
        ("forward", json!({"to": lei(BANKS[C]).text()})),
    ];
    let reads = reads.into_iter().map(|path| ("GET", path, Value::Null));
    reads.chain(writes.map(|(path, body)| ("POST", path.to_owned(), body))).collect()
}

async fn knock(
    net: &Net,
    bank: usize,
    key: SigningKey,
    (method, path, body): (&str, &str, &Value),
) -> (u16, String) {
    let request = match method {
        "GET" => ClientRequest::get(path),
        _ => ClientRequest::post(path, "application/json", body.to_string())
            .with_idempotency_key(crate::keys::random_32().to_hex()),
    };
    let (status, answer) = read(&net.ask(bank, key, request).await);
    let code = answer["code"].as_str().unwrap_or_default().to_owned();
    (status, code)
}

/// Cases A-B and B-C; what each gateway's clients, other gateways' clients and other banks' gateways
/// get at each.
#[actix_web::test]
async fn b1_a_case_is_seen_by_staff_of_its_two_sides_at_their_own_gateways_and_by_nobody_else() {
    let net = Net::new().await;
    let mut other = question();
    other["to"] = json!(lei(BANKS[C]).text());
    let mut cases = Vec::new();
    for (asked, sides) in [(question(), [A, B]), (other, [B, C])] {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let opened = net.done((B, "maker"), "/v1/cases", &asked).await;
        cases.push((opened["case"].as_str().unwrap().to_owned(), sides));
    }
    net.settle().await;
    let (mut let_in, mut unseen, mut refused) = (0, 0, 0);
    for (case, sides) in &cases {
        for (method, verb, body) in verbs() {
            let path = format!("/v1/cases/{case}/{verb}");
            let path = path.trim_end_matches('/');
            for bank in [A, B, C] {
                for (name, role, _) in CLIENTS {
                    let staff = matches!(role, ClientRole::Operations | ClientRole::Compliance);
                    // Reading first, so that no verb ends the case for those that follow.
                    if staff && sides.contains(&bank) && method == "POST" {
                        continue;
                    }
                    let asked = (method, path, &body);
                    let (status, code) = knock(&net, bank, client_key(bank, name), asked).await;
                    let told = format!("{method} {path} of {sides:?} by {name} at {bank}: {code}");
                    match (staff, sides.contains(&bank)) {
                        (false, _) => {
                            assert_eq!((status, code.as_str()), (403, "role_missing"), "{told}");
                            refused += 1;
                        }
                        (true, false) => {
                            assert_eq!((status, code.as_str()), (404, "case_unknown"), "{told}");
                            unseen += 1;
                        }
                        (true, true) => {
                            let none = verb.starts_with("documents");
                            assert_eq!(status, if none { 404 } else { 200 }, "{told}");
                            let_in += 1;
                        }
                    }
                }
                // Another bank's gateway and another bank's staff are nobody here, case or no case.
                for stranger in [A, B, C].into_iter().filter(|one| *one != bank) {
                    for key in [transport(stranger), client_key(stranger, "maker")] {
                        let (status, code) = knock(&net, bank, key, (method, path, &body)).await;
                        assert_eq!((status, code.as_str()), (403, "role_missing"), "{path}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(let_in == 64 && unseen == 104 && refused > 200, "{let_in} {unseen} {refused}");
    lists_show_own_cases(&net, &cases).await;
    // Nothing of it all has changed the cases.
    for (case, sides) in &cases {
        for bank in sides {
            assert_eq!(net.state(*bank, case), Some("opened"));
        }
    }
    net.end().await;
}

/// Lists hold own cases only, and name nobody else's banks.
async fn lists_show_own_cases(net: &Net, cases: &[(String, [usize; 2])]) {
    for (bank, expected) in [(A, vec![0]), (B, vec![0, 1]), (C, vec![1])] {
        let (_, page) = net.get((bank, "officer"), "/v1/cases").await;
        let listed = page["cases"].as_array().unwrap().iter().map(|case| case["case"].clone());
        let expected: Vec<Value> = expected.iter().map(|at: &usize| json!(cases[*at].0)).collect();
        assert_eq!(listed.collect::<Vec<_>>(), expected, "{bank}");
        let told = page.to_string();
        for (other, name) in BANKS.iter().enumerate() {
            let shares = other == bank || bank == B || other == B;
            assert_eq!(told.contains(lei(name).text()), shares, "{name} at {bank}");
        }
    }
}

/// Rules and tickets are an own bank's, too.
#[actix_web::test]
async fn b7_b8_rules_and_tickets_are_their_banks_own() {
    let net = Net::new().await;
    let rule = super::work::rule("at_once");
    let proposed = net.done((A, "officer"), "/v1/answer-rules", &rule).await;
    let named = proposed["rule"].as_str().unwrap().to_owned();
    let ticket = super::work::ticket(&net).await;
    let issued = net.done((B, "maker"), "/v1/tickets", &ticket).await;
    let issued = issued["ticket"].as_str().unwrap().to_owned();
    let yes = json!({"content": named});
    let withdraw = format!("/v1/answer-rules/{named}/withdraw");
    let approve = format!("/v1/answer-rules/{named}/approve");
    let read = format!("/v1/tickets/{issued}");
    let nothing = json!({});
    for (bank, own_rule, own_ticket) in [(A, true, false), (B, false, true), (C, false, false)] {
        if !own_rule {
            for (path, body) in [(&approve, &yes), (&withdraw, &nothing)] {
                let (status, answer) = net.post((bank, "officer"), path, body).await;
                assert_eq!((status, &answer["code"]), (404, &json!("not_found")), "{bank} {path}");
            }
            let (_, rules) = net.get((bank, "officer"), "/v1/answer-rules").await;
            assert_eq!(rules, json!([]));
        }
        let (status, _) = net.get((bank, "maker"), &read).await;
        assert_eq!(status, if own_ticket { 200 } else { 404 }, "{bank}");
        for path in [&approve, &withdraw, &"/v1/answer-rules".to_owned()] {
            let (status, _) = net.post((bank, "maker"), path, &yes).await;
            assert_eq!(status, 403, "rules are compliance's: {bank} {path}");
        }
        for stranger in [A, B, C].into_iter().filter(|one| *one != bank) {
            for path in [read.as_str(), "/v1/answer-rules"] {
                let got = knock(&net, bank, transport(stranger), ("GET", path, &nothing)).await;
                assert_eq!(got.0, 403);
            }
        }
    }
    net.end().await;
}
