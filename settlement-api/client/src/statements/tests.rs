//! Statements that add up, and those that do not.

use serde_json::{Value, json};
use verifier::testing::TestNetwork;

use super::*;
use crate::stand_in::{Line, StandIn, account_file, client};

fn page(number: usize, closing: &str) -> Value {
    let entry = |reference: &str, direction: &str, amount: &str| {
        json!({"reference": reference, "direction": direction, "amount": amount,
            "code": "PMNT/RCDT/DMCT", "booked": "t", "command_id": "c"})
    };
    let entries = [
        vec![entry("5.0", "credit", "10.00"), entry("5.1", "debit", "3.50")],
        vec![entry("6.0", "credit", "0.50")],
    ];
    json!({
        "account": "aa".repeat(32), "currency": "USD", "date": "2026-11-21", "sequence": 7,
        "page": number, "pages": 2, "opening": "1.00", "closing": closing,
        "entries": entries[number - 1],
        "compared": {"height": 9, "state_root": "r"},
    })
}

async fn read(pages: [Value; 2]) -> Result<Statement, Error> {
    let network = TestNetwork::new(4);
    let body = |page: &Value| page.to_string().into_bytes();
    let lines: Vec<Line> = vec![
        ("/v1/accounts/USD/proof", 200, "application/json", account_file(&network)),
        ("/v1/accounts/USD/statements/2026-11-21?page=1", 200, "application/json", body(&pages[0])),
        ("/v1/accounts/USD/statements/2026-11-21?page=2", 200, "application/json", body(&pages[1])),
    ];
    let server = StandIn::start(lines).await;
    let day = Day::Over("2026-11-21".to_owned());
    client(&server.url, &network, "PAYER").statement("USD", &day).await
}

#[tokio::test]
async fn all_pages_are_one_statement_that_adds_up() {
    let whole = read([page(1, "8.00"), page(2, "8.00")]).await.unwrap();
    assert_eq!(whole.entries.len(), 3);
}

#[tokio::test]
async fn a_statement_that_does_not_add_up_or_is_anothers_is_refused() {
    let wrong = read([page(1, "8.01"), page(2, "8.01")]).await.unwrap_err();
    assert!(matches!(wrong, Error::Statement(StatementFault::Sum { .. })), "{wrong}");
    let torn = read([page(1, "8.00"), page(2, "8.01")]).await.unwrap_err();
    assert!(matches!(torn, Error::Statement(StatementFault::Grew)), "{torn}");
    for (name, value) in [("account", "bb".repeat(32)), ("date", "2026-11-20".to_owned())] {
        let mut pages = [page(1, "8.00"), page(2, "8.00")];
        for page in &mut pages {
            page[name] = json!(value);
        }
        let other = read(pages).await.unwrap_err();
        assert!(matches!(other, Error::Statement(StatementFault::Other)), "{name}: {other}");
    }
}

#[test]
fn a_day_opens_with_the_closing_of_the_day_before() {
    let statement = |sequence: u64, opening: &str| {
        let mut page = page(1, "8.00");
        page["sequence"] = json!(sequence);
        page["opening"] = json!(opening);
        serde_json::from_value::<Statement>(page).unwrap()
    };
    let before = statement(6, "1.00");
    assert_eq!(statement(7, "8.00").follows(&before), Ok(()));
    let broken = statement(7, "8.01").follows(&before);
    assert!(matches!(broken, Err(StatementFault::Chain { .. })));
    assert_eq!(statement(8, "8.00").follows(&before), Err(StatementFault::Other));
}
