//! Lists, payments and consistency: what is answered is the file that verifies offline.

use verifier::{verify_consistency, verify_list, verify_payments};

use super::*;

async fn answered(fake: Fake, target: &str, nonce: u8) -> Vec<u8> {
    let service = init_service(App::new().app_data(app(fake)).configure(routes)).await;
    let response = call_service(&service, get(target, 7, nonce).to_request()).await;
    assert_eq!(response.status().as_u16(), 200, "{target}");
    assert_eq!(response.headers().get("content-type").unwrap(), "application/json");
    read_body(response).await.to_vec()
}

fn path(what: &str) -> String {
    format!("/audit/v1/members/{}/{what}", lei("PAYER").text())
}

#[actix_web::test]
async fn w27_a_members_lists_are_answered_from_any_place_on() {
    let network = TestNetwork::new(4);
    let member = TestMember::new(&network);
    let rows = [
        ("accounts", ListKind::Accounts, 0, 3),
        ("accounts?from=1", ListKind::Accounts, 1, 2),
        ("accounts?from=2", ListKind::Accounts, 2, 1),
        ("customers", ListKind::Customers, 0, 2),
    ];
    for (nonce, (query, kind, index, shown)) in (100..).zip(rows) {
        let body = answered(Fake::with_member(member.clone()), &path(query), nonce).await;
        let verdict = verify_list(&body, &network.committee()).unwrap();
        assert_eq!(verdict.list, member.list(kind, index, shown), "{query}");
        assert_eq!(verdict.complete, index == 0, "{query}");
    }
    let none = TestMember::of(&network, vec![]);
    let body = answered(Fake::with_member(none), &path("accounts"), 110).await;
    assert!(verify_list(&body, &network.committee()).unwrap().complete);
    let fake = Fake::with_member(member);
    let beyond = super::super::members::list_file(&fake, &lei("PAYER"), ListKind::Accounts, 3);
    assert_eq!(beyond.unwrap_err().code(), "request_malformed");
}

#[actix_web::test]
async fn w28_a_members_payments_are_answered_by_role_currency_and_period() {
    let network = TestNetwork::new(4);
    let member = TestMember::new(&network);
    let usd = Some(code("USD"));
    let rows = [
        ("payments", PaymentRole::Any, None, (0, 7)),
        ("payments?role=payer&currency=USD&from=3&to=5", PaymentRole::Payer, usd, (3, 5)),
        ("payments?role=payee&currency=USD", PaymentRole::Payee, usd, (0, 7)),
        ("payments?role=payee&currency=JPY&to=3", PaymentRole::Payee, Some(code("JPY")), (0, 3)),
    ];
    for (nonce, (query, role, asked, span)) in (100..).zip(rows) {
        let body = answered(Fake::with_member(member.clone()), &path(query), nonce).await;
        let verdict = verify_payments(&body, &network.committee()).unwrap();
        let proof = member.payments(role, asked, span);
        let results = &member.state.header.results;
        assert_eq!(verdict.query, proof.query, "{query}");
        assert_eq!(verdict.found, proof.check(&member.holdings, results).unwrap(), "{query}");
    }
}

/// Rows that are not those committed to are a fault, never a file.
#[test]
fn w27_w28_what_is_stored_otherwise_is_not_shown() {
    let network = TestNetwork::new(4);
    let good = TestMember::new(&network);
    let mut others = vec![good.clone(); 4];
    others[0].rows.remove(1);
    others[1].rows[0].bytes[0] ^= 1;
    others[2].rows[2].salt = Hash32::ZERO;
    others[3].rows[1].bytes.pop();
    let asked = super::super::members::PaymentsAsked {
        role: PaymentRole::Any,
        currency: None,
        span: issuance::Span { from: Height::new(0), to: None },
    };
    let member = lei("PAYER");
    for (at, other) in others.into_iter().enumerate() {
        let fake = Fake::with_member(other);
        let list = super::super::members::list_file(&fake, &member, ListKind::Accounts, 0);
        assert_eq!(list.unwrap_err().code(), "internal_error", "{at}");
        let payments = super::super::members::payments_file(&fake, &member, asked);
        assert_eq!(payments.unwrap_err().code(), "internal_error", "{at}");
    }
    assert!(super::super::members::payments_file(&Fake::with_member(good), &member, asked).is_ok());
}

#[actix_web::test]
async fn w26_the_history_since_any_height_goes_on_to_the_latest_header() {
    let network = TestNetwork::new(4);
    for (nonce, (from, covered)) in (100..).zip([(1, 2), (2, 2), (7, 8), (10, 10)]) {
        let target = format!("/audit/v1/consistency?from={from}");
        let body = answered(Fake::with_chain(), &target, nonce).await;
        let verdict = verify_consistency(&body, &network.committee()).unwrap();
        assert_eq!((verdict.from.get(), verdict.to.get()), (covered, 10), "{from}");
    }
}
