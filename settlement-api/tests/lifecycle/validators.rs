//! What a gateway believes of validators that show less than there is.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App, HttpServer,
    web::{self, Data},
};
use ledger_core::{
    id::{AccountId, CommandId},
    receipt::Kind,
    record::Name,
};
use settlement_api::{
    ledger_port::{Certified, LATEST_HEADER, RECEIPTS, RECORDS, ReceiptPage},
    party_view::{Fate, PartyView},
};
use tokio::time::Instant;

use crate::{
    Story,
    ledger::{Ledger, bcs, nothing},
};

const LONG: Duration = Duration::from_secs(60);

/// What a validator shows for its latest header.
type Latest = dyn Fn() -> Certified + Send + Sync;

/// A validator that shows headers and no receipt; its URL.
fn showing_no_receipt(latest: Arc<Latest>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let latest = Data::from(latest);
    let server = HttpServer::new(move || {
        let header = |latest: Data<Latest>| async move { bcs(&latest()) };
        let receipts = || async { bcs(&ReceiptPage { receipts: Vec::new() }) };
        App::new()
            .app_data(latest.clone())
            .route(LATEST_HEADER, web::get().to(header))
            .route(RECEIPTS, web::get().to(receipts))
    });
    tokio::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
    url
}

/// One that shows the ledger's own headers.
fn silent(ledger: &Arc<Ledger>) -> String {
    let ledger = Arc::clone(ledger);
    showing_no_receipt(Arc::new(move || ledger.certified()))
}

/// What a view says of a command that counted until now.
async fn fate(view: &PartyView, ledger: &Ledger, command: &CommandId) -> Fate {
    let expires = ledger.certified().header.time;
    view.fate(command, expires, Instant::now() + Duration::from_secs(4)).await.unwrap()
}

#[actix_web::test]
async fn g4_a_command_has_expired_only_when_so_many_validators_show_nothing_of_it_that_one_is_honest()
 {
    let story = Story::begin(LONG).await;
    let (a, ledger) = (&story.a, &story.ledger);
    let held_at = ledger.certified();
    a.pay(&story.b, ("INV-1", "250.00")).await;
    let hold = a.gateway.view.applied(Kind::Hold, 1).unwrap()[0].proof.receipt.command;
    let never = CommandId::new([7; 32]);
    let view = |validators: Vec<String>| a.view_of(ledger, validators);
    // The one that is asked first shows nothing; one more of four has to be asked.
    let silence = || view(vec![silent(ledger), ledger.url.clone()]);
    assert!(matches!(fate(&silence(), ledger, &hold).await, Fate::Proven(_)));
    assert!(matches!(fate(&silence(), ledger, &never).await, Fate::Expired));
    // Without that one there is no saying.
    let alone = view(vec![silent(ledger), "http://127.0.0.1:1".to_owned()]);
    assert!(matches!(fate(&alone, ledger, &hold).await, Fate::Pending));
    // One that is behind says nothing about what came after.
    let behind = showing_no_receipt(Arc::new(move || held_at.clone()));
    let late = || view(vec![behind.clone(), ledger.url.clone()]);
    assert!(matches!(fate(&late(), ledger, &hold).await, Fate::Proven(_)));
    assert!(matches!(fate(&late(), ledger, &never).await, Fate::Pending));
}

/// A validator that has no record; its URL.
fn without_records() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let none = || async { nothing() };
    let path = format!("{RECORDS}/{{name}}");
    let server = HttpServer::new(move || App::new().route(&path, web::get().to(none)));
    tokio::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
    url
}

#[actix_web::test]
async fn g4_there_is_no_record_when_so_many_validators_have_none_that_one_is_honest() {
    let story = Story::begin(LONG).await;
    let (a, ledger) = (&story.a, &story.ledger);
    let there = Name::Account(a.gateway.accounts()[0].id);
    let never = Name::Account(AccountId::new([7; 32]));
    let (denying, dead) = (without_records(), "http://127.0.0.1:1".to_owned());
    let ask = |validators: [&String; 3], name: Name| {
        let client = a.client_of(ledger, validators.map(Clone::clone).to_vec());
        async move { client.record(&name).await.map(|found| found.is_some()) }
    };
    let honest = &ledger.url;
    // Of four, two are as many as one honest one needs.
    assert!(matches!(ask([&denying, honest, honest], there).await, Ok(true)));
    assert!(matches!(ask([&denying, &dead, honest], there).await, Ok(true)));
    assert!(matches!(ask([&denying, honest, honest], never).await, Ok(false)));
    assert!(matches!(ask([&dead, honest, &denying], never).await, Ok(false)));
    assert!(ask([&denying, &dead, &dead], never).await.is_err());
    assert!(ask([&dead, &denying, &dead], there).await.is_err());
}
