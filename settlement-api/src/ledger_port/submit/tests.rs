//! Batches at validators of which some answer, some refuse, and some stand still.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{
    App, HttpResponse, HttpServer,
    web::{self, Bytes, Data},
};
use ed25519_zebra::SigningKey;
use ledger_core::{
    codec::decode,
    digest::Hash32,
    limits::MAX_BULK_BYTES,
    testing::{self, World},
    time::Height,
};
use tokio::time::{Instant, timeout};
use verifier::testing::TestNetwork;

use super::*;
use crate::{
    http_signature::RequestSigner,
    ledger_port::{RECEIPTS, ReceiptPage, Submitted},
};

/// A validator, and what it was given.
struct Peer {
    url: String,
    given: Arc<Mutex<Vec<CommandId>>>,
}

/// What it does with commands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// It takes them.
    Well,
    /// It takes the connection and says nothing.
    Still,
    /// It has no room.
    Full,
    /// It answers something else.
    Wrong,
}

impl Peer {
    fn new(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let given = Arc::new(Mutex::new(Vec::new()));
        let shared = Data::from(Arc::clone(&given));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(Data::new(mood))
                .app_data(web::PayloadConfig::new(MAX_BULK_BYTES))
                .route(COMMANDS, web::post().to(one))
                .route(COMMAND_BATCHES, web::post().to(many))
                .route(RECEIPTS, web::get().to(receipts))
        });
        tokio::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        Self { url, given }
    }

    fn count(&self) -> usize {
        self.given.lock().unwrap().len()
    }
}

type Given = Data<Mutex<Vec<CommandId>>>;

async fn one(given: Given, mood: Data<Mood>, body: Bytes) -> HttpResponse {
    let command: SignedCommand = decode(&body, MAX_BULK_BYTES).unwrap();
    let command_id = command.body.id();
    answer(
        **mood,
        &given,
        vec![command_id],
        HttpResponse::Accepted().json(Submitted { command_id }),
    )
    .await
}

async fn many(given: Given, mood: Data<Mood>, body: Bytes) -> HttpResponse {
    let commands: Vec<SignedCommand> = decode(&body, MAX_BULK_BYTES).unwrap();
    let ids: Vec<_> = commands.iter().map(|command| command.body.id()).collect();
    let commands = ids.iter().map(|id| BatchOutcome::Taken { command_id: *id }).collect();
    answer(**mood, &given, ids, HttpResponse::Ok().json(SubmittedBatch { commands })).await
}

async fn receipts(mood: Data<Mood>) -> HttpResponse {
    let page = encode(&ReceiptPage { receipts: Vec::new() });
    answer(**mood, &Data::default(), Vec::new(), HttpResponse::Ok().body(page)).await
}

async fn answer(
    mood: Mood,
    given: &Given,
    ids: Vec<CommandId>,
    well: HttpResponse,
) -> HttpResponse {
    given.lock().unwrap().extend(ids);
    match mood {
        Mood::Well => well,
        Mood::Still => std::future::pending().await,
        Mood::Wrong => HttpResponse::Ok().body("something else"),
        Mood::Full => HttpResponse::TooManyRequests()
            .content_type("application/problem+json")
            .body(r#"{"type":"about:blank","title":"x","status":429,"code":"busy","retry":"later","detail":"x"}"#),
    }
}

fn client(urls: Vec<String>) -> LedgerClient {
    let transport: Arc<dyn RequestSigner> = Arc::new(SigningKey::from_bytes(&[200; 32]));
    LedgerClient::new(urls, transport, Arc::new(TestNetwork::new(4).committee())).unwrap()
}

fn commands(count: u8) -> Vec<SignedCommand> {
    let mut world = World::found(testing::genesis());
    let bank = testing::Bank::new("BANKA");
    (0..count).map(|n| world.anchor(&bank, Hash32::new([n; 32]))).collect()
}

#[actix_web::test]
async fn one_that_stands_still_is_passed_over_and_keeps_nobody() {
    let peers = [Mood::Still, Mood::Well, Mood::Well].map(Peer::new);
    let client = client(peers.iter().map(|peer| peer.url.clone()).collect());
    let begun = Instant::now();
    for command in &commands(40) {
        let taken = client.submit_twice(std::slice::from_ref(command)).await.unwrap();
        assert_eq!(taken, [BatchOutcome::Taken { command_id: command.body.id() }]);
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(peers[0].count(), OWED, "no more is given to it than it may owe");
    let (first, _) = client.in_order().next().unwrap();
    assert_ne!(first, 0, "another is asked first from now on");
}

#[actix_web::test]
async fn a_third_is_asked_beside_two_that_stand_still() {
    let peers = [Mood::Still, Mood::Still, Mood::Well].map(Peer::new);
    let client = client(peers.iter().map(|peer| peer.url.clone()).collect());
    let batch = commands(3);
    let begun = Instant::now();
    let taken = client.submit_twice(&batch).await.unwrap();
    assert_eq!(taken.len(), 3);
    assert!(begun.elapsed() >= BESIDE, "it was given time");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let (first, _) = client.in_order().next().unwrap();
    assert_eq!(first, 2);
}

/// Waits until a peer has been given so many commands.
async fn until_given(peer: &Peer, count: usize) {
    let given = async {
        while peer.count() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), given).await.unwrap();
}

#[actix_web::test]
async fn two_take_each_batch_also_when_others_are_full_wrong_or_stand_still() {
    for moods in [
        [Mood::Full, Mood::Well, Mood::Well],
        [Mood::Well, Mood::Full, Mood::Well],
        [Mood::Well, Mood::Wrong, Mood::Well],
        [Mood::Well, Mood::Still, Mood::Well],
    ] {
        let peers = moods.map(Peer::new);
        let client = client(peers.iter().map(|peer| peer.url.clone()).collect());
        client.submit_twice(&commands(3)).await.unwrap();
        for (peer, mood) in peers.iter().zip(moods) {
            if mood == Mood::Well {
                until_given(peer, 3).await;
            }
        }
    }
}

#[actix_web::test]
async fn the_last_refusal_is_told_when_none_takes_it() {
    let peers = [Mood::Full, Mood::Full, Mood::Full].map(Peer::new);
    let client = client(peers.iter().map(|peer| peer.url.clone()).collect());
    let refused = client.submit_twice(&commands(2)).await;
    assert!(matches!(refused, Err(PortError::Refused(problem)) if problem.status() == 429));
    assert!(peers.iter().all(|peer| peer.count() == 2), "all were asked");
}

#[actix_web::test]
async fn reads_go_on_beside_one_that_stands_still_or_answers_wrongly() {
    for mood in [Mood::Still, Mood::Wrong, Mood::Full] {
        let peers = [mood, Mood::Well].map(Peer::new);
        let client = client(peers.iter().map(|peer| peer.url.clone()).collect());
        let begun = Instant::now();
        for _ in 0..3 {
            let wait = Duration::from_millis(100);
            assert_eq!(client.receipts((Height::new(0), 0), wait).await.unwrap(), []);
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        let (first, _) = client.in_order().next().unwrap();
        assert_eq!(first, 1);
    }
}
