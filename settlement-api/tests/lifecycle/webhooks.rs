//! Events told to a receiver over real HTTP that fails, redirects, keeps silent, or is gone.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    web::{self, Bytes, Data},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use settlement_api::webhooks::message::signature;

use crate::{
    Story,
    bank::{Bank, By, JSON},
};

const LONG: Duration = Duration::from_secs(20);

/// How a receiver answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Takes,
    Fails(u16),
    Redirects,
    Silent,
}

/// What a receiver was sent.
#[derive(Clone, Debug)]
struct Told {
    path: String,
    id: String,
    time: u64,
    signature: String,
    body: Vec<u8>,
    mood: Mood,
}

impl Told {
    fn number(&self) -> u64 {
        serde_json::from_slice::<Value>(&self.body).unwrap()["data"]["number"].as_u64().unwrap()
    }
}

/// A core system's receiver.
struct Receiver {
    mood: Mutex<Mood>,
    told: Mutex<Vec<Told>>,
    url: String,
}

impl Receiver {
    fn open(mood: Mood) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        let told = Mutex::default();
        let receiver = Arc::new(Self { mood: Mutex::new(mood), told, url });
        let data = Data::from(Arc::clone(&receiver));
        let server = HttpServer::new(move || {
            App::new().app_data(data.clone()).default_service(web::to(receive))
        });
        tokio::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        receiver
    }

    fn is_now(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    /// Numbers of the events that it took.
    fn taken(&self) -> Vec<u64> {
        let takes = |told: &Told| told.mood == Mood::Takes;
        self.told().iter().filter(|told| takes(told)).map(Told::number).collect()
    }

    async fn until(&self, wanted: impl Fn(&[Told]) -> bool) -> Vec<Told> {
        for _ in 0..500 {
            let told = self.told();
            if wanted(&told) {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{:?}", self.told());
    }
}

async fn receive(receiver: Data<Receiver>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/json");
    let mood = *receiver.mood.lock().unwrap();
    let told = Told {
        path: request.path().to_owned(),
        id: header("webhook-id"),
        time: header("webhook-timestamp").parse().unwrap(),
        signature: header("webhook-signature"),
        body: body.to_vec(),
        mood,
    };
    receiver.told.lock().unwrap().push(told);
    match mood {
        Mood::Takes => HttpResponse::NoContent().finish(),
        Mood::Fails(status) => HttpResponse::build(status.try_into().unwrap()).finish(),
        Mood::Redirects => HttpResponse::Found().insert_header(("location", "/elsewhere")).finish(),
        Mood::Silent => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            HttpResponse::NoContent().finish()
        }
    }
}

async fn register(bank: &Bank, input: &Value) -> Value {
    let answer = bank.post(By::Admin, "/v1/webhooks", input).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// The only endpoint, once it is as wanted.
async fn stands(bank: &Bank, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..500 {
        let all = bank.get(By::Admin, "/v1/webhooks", JSON).await.json();
        if wanted(&all[0]) {
            return all[0].clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", bank.get(By::Admin, "/v1/webhooks", JSON).await.text);
}

fn secret(report: &Value) -> Vec<u8> {
    let text = report["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap();
    BASE64_STANDARD.decode(text).unwrap()
}

#[actix_web::test]
async fn e2_every_event_is_told_in_order_signed_and_again_until_it_is_taken() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let receiver = Receiver::open(Mood::Fails(503));
    let registered = register(a, &json!({"url": receiver.url})).await;
    let key = secret(&registered);
    assert_eq!((&registered["status"], &registered["after"]), (&json!("active"), &json!(0)));
    let paid = a.pay(b, ("INV-1", "10.00")).await;
    assert_eq!(paid["status"], "ACSC");
    let failing = stands(a, |one| one["attempts"].as_u64() >= Some(2)).await;
    assert_eq!(
        (&failing["status"], &failing["last_failure"]),
        (&json!("failing"), &json!("status 503"))
    );
    assert!(failing["secret"].is_null() && failing["next_attempt"].is_string(), "{failing}");
    assert!(receiver.told().iter().all(|told| told.number() == 1), "none is told before the first");
    receiver.is_now(Mood::Takes);
    let told = receiver.until(|told| told.last().is_some_and(|told| told.number() == 5)).await;
    assert_eq!(receiver.taken(), [1, 2, 3, 4, 5]);
    let statuses = told.iter().filter(|told| told.mood == Mood::Takes).map(|told| {
        let body: Value = serde_json::from_slice(&told.body).unwrap();
        assert_eq!(
            (&body["type"], &body["data"]["uetr"]),
            (&json!("payment.status"), &paid["uetr"])
        );
        body["data"]["status"].as_str().unwrap().to_owned()
    });
    assert_eq!(statuses.collect::<Vec<_>>(), ["RCVD", "ACTC", "ACFC", "ACWP", "ACSC"]);
    for one in &told {
        assert_eq!(one.id, format!("evt_{}_{}", a.member.lei, one.number()));
        let expected = signature([key.as_slice()], (&one.id, one.time, &one.body));
        assert_eq!(one.signature, expected);
    }
    // What is told is what pages tell.
    let page = a.get(By::Desk, "/v1/events", JSON).await.json();
    let body: Value = serde_json::from_slice(&told.last().unwrap().body).unwrap();
    assert_eq!(body["data"], page["events"][4]);
    let active = stands(a, |one| one["after"] == 5).await;
    assert_eq!((&active["status"], &active["attempts"]), (&json!("active"), &json!(0)));
}

#[actix_web::test]
async fn e2_redirects_are_not_followed_silence_is_a_failure_and_gone_ends_it_until_it_is_resumed() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let receiver = Receiver::open(Mood::Redirects);
    let registered = register(a, &json!({"url": receiver.url})).await;
    let name = registered["webhook"].as_str().unwrap().to_owned();
    a.pay(b, ("INV-1", "10.00")).await;
    stands(a, |one| one["last_failure"] == "status 302").await;
    receiver.is_now(Mood::Silent);
    stands(a, |one| one["last_failure"] == "timeout").await;
    assert!(receiver.told().iter().all(|told| told.path == "/events"), "a redirect was followed");
    receiver.is_now(Mood::Fails(410));
    let disabled = stands(a, |one| one["status"] == "disabled").await;
    assert!(disabled["disabled"].is_string() && disabled["next_attempt"].is_null(), "{disabled}");
    let metrics = a.get(By::Admin, "/metrics", JSON).await.text;
    assert!(
        metrics.contains("florin_gateway_webhook_attempts_total{outcome=\"given_up\"} 1"),
        "{metrics}"
    );
    receiver.is_now(Mood::Takes);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(receiver.taken().is_empty(), "a disabled endpoint is told nothing");
    let resume = format!("/v1/webhooks/{name}/resume");
    assert_eq!(a.post(By::Admin, &resume, &json!({})).await.json()["status"], "active");
    receiver.until(|told| told.last().is_some_and(|told| told.number() == 5)).await;
    assert_eq!(receiver.taken(), [1, 2, 3, 4, 5]);
    // From a cursor on, all is told anew, under the same ids.
    assert_eq!(a.post(By::Admin, &resume, &json!({"after": 3})).await.status, 200);
    receiver
        .until(|told| told.len() > 6 && told.last().is_some_and(|told| told.number() == 5))
        .await;
    stands(a, |one| one["after"] == 5).await;
    assert_eq!(receiver.taken(), [1, 2, 3, 4, 5, 4, 5]);
    assert_eq!(
        a.post(By::Admin, &resume, &json!({"after": 99})).await.code(400),
        "request_malformed"
    );
}

#[actix_web::test]
async fn e2_administrators_register_loopback_urls_once_and_a_secret_is_said_once() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    for url in [
        "https://127.0.0.1/x",
        "http://10.0.0.1/x",
        "http://192.168.1.1/",
        "http://169.254.169.254/x",
        "http://localhost/x",
        "http://example.com/",
        "http://user:word@127.0.0.1/",
        "ftp://127.0.0.1/",
        "http://[fe80::1]/",
        "http://0.0.0.0/",
        "127.0.0.1/x",
        " http://127.0.0.1:9/x",
        "http://127.0.0.1:9/x ",
        "http://127.0.0.1:9/a b",
        "http://127.0.0.1:9/a\tb",
        "",
    ] {
        let answer = a.post(By::Admin, "/v1/webhooks", &json!({"url": url})).await;
        assert_eq!(answer.code(422), "webhook_url_refused", "{url}");
    }
    let receiver = Receiver::open(Mood::Takes);
    let input = json!({"url": receiver.url});
    for by in [By::Desk, By::Compliance, By::Both] {
        assert_eq!(a.post(by, "/v1/webhooks", &input).await.code(403), "role_missing");
        assert_eq!(a.get(by, "/v1/webhooks", JSON).await.code(403), "role_missing");
    }
    let registered = register(a, &input).await;
    assert_eq!(a.post(By::Admin, "/v1/webhooks", &input).await.code(409), "webhook_exists");
    let name = registered["webhook"].as_str().unwrap();
    let path = |verb: &str| format!("/v1/webhooks/{name}/{verb}");
    // Another bank has nothing of that name.
    for verb in ["resume", "rotate", "withdraw"] {
        assert_eq!(b.post(By::Admin, &path(verb), &json!({})).await.code(404), "not_found");
    }
    let rotated = a.post(By::Admin, &path("rotate"), &json!({})).await.json();
    assert_ne!(rotated["secret"], registered["secret"]);
    a.pay(b, ("INV-1", "10.00")).await;
    let told = receiver.until(|told| !told.is_empty()).await;
    let keys = [secret(&rotated), secret(&registered)];
    let expected =
        signature(keys.iter().map(Vec::as_slice), (&told[0].id, told[0].time, &told[0].body));
    assert_eq!(told[0].signature, expected, "both sign for a day");
    let listed = a.get(By::Admin, "/v1/webhooks", JSON).await.text;
    assert!(!listed.contains("whsec_"), "{listed}");
    assert_eq!(a.post(By::Admin, &path("withdraw"), &json!({})).await.status, 200);
    assert_eq!(a.get(By::Admin, "/v1/webhooks", JSON).await.json(), json!([]));
    assert_eq!(a.post(By::Admin, &path("withdraw"), &json!({})).await.code(404), "not_found");
    let kept = a.store.scan(b"webhook/", 9).unwrap();
    assert!(kept.is_empty(), "its key is forgotten");
}
