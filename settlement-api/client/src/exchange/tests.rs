//! The client against small servers that misbehave.

use super::*;
use ed25519_zebra::SigningKey;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

fn client(limits: ClientLimits) -> SignedClient {
    SignedClient::new(Arc::new(SigningKey::from_bytes(&[7; 32])), limits).unwrap()
}

fn limits() -> ClientLimits {
    ClientLimits {
        timeout: Duration::from_millis(500),
        response_bytes: 1000,
        ..ClientLimits::default()
    }
}

/// Answers one connection with these bytes and keeps it open; returns the URL and the request.
async fn answering(answer: String) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.read(&mut [0; 1]).await;
        String::from_utf8(request[..length].to_vec()).unwrap()
    });
    (url, task)
}

#[tokio::test]
async fn the_request_on_the_wire_carries_the_headers_of_the_profile() {
    let (url, task) = answering("HTTP/1.1 204 No Content\r\n\r\n".to_owned()).await;
    let request = ClientRequest::post(format!("{url}/v1/a b?x=1#part"), "application/json", "{}")
        .with_idempotency_key("k-1");
    let client = client(limits());
    let response = client.send(request).await.unwrap();
    assert_eq!(response.status, 204);
    drop(client);
    let sent = task.await.unwrap();
    assert!(sent.starts_with("POST /v1/a%20b?x=1 HTTP/1.1\r\n"), "{sent}");
    for line in [
        "\r\nsignature: sig1=:",
        "\r\nsignature-input: sig1=(\"@method\" \"@path\" \"@query\" \"content-digest\" \
         \"content-type\" \"idempotency-key\");created=",
        "\r\ncontent-digest: sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:\r\n",
        "\r\ncontent-type: application/json\r\n",
        "\r\nidempotency-key: k-1\r\n",
    ] {
        assert!(sent.contains(line), "{line:?} in {sent}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let answer = "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\n\
                  content-length: 0\r\n\r\n";
    let (url, _task) = answering(answer.to_owned()).await;
    let response = client(limits()).send(ClientRequest::get(url)).await.unwrap();
    assert_eq!(response.status, 307);
    assert!(!response.is_success());
}

#[tokio::test]
async fn an_answer_that_announces_too_much_is_refused() {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n{}", "x".repeat(1001));
    let (url, _task) = answering(answer).await;
    let error = client(limits()).send(ClientRequest::get(url)).await.unwrap_err();
    assert!(matches!(error, ClientError::AnswerTooLong { limit: 1000 }));
    assert!(error.may_have_arrived());
}

#[tokio::test]
async fn an_answer_that_announces_nothing_is_still_bounded() {
    let chunk = format!("190\r\n{}\r\n", "x".repeat(400));
    let two = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}");
    let (url, _task) = answering(format!("{two}0\r\n\r\n")).await;
    let response = client(limits()).send(ClientRequest::get(url)).await.unwrap();
    assert_eq!(response.body.len(), 800);
    let (url, _task) = answering(format!("{two}{chunk}")).await;
    let error = client(limits()).send(ClientRequest::get(url)).await.unwrap_err();
    assert_eq!(error.code(), "client_answer_too_long");
}

#[tokio::test]
async fn an_answer_that_never_ends_times_out() {
    let (url, _task) = answering("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx".to_owned()).await;
    let error = client(limits()).send(ClientRequest::get(url)).await.unwrap_err();
    assert_eq!(error.code(), "client_timeout");
    assert!(error.may_have_arrived());
}

#[tokio::test]
async fn a_closed_port_means_that_nothing_arrived() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(limits()).send(ClientRequest::get(url)).await.unwrap_err();
    assert_eq!(error.code(), "client_no_connection");
    assert!(!error.may_have_arrived());
}

#[tokio::test]
async fn only_plain_http_to_this_host_is_sent() {
    let rows = [
        ("/v1/payments", "client_url_invalid"),
        ("https://127.0.0.1/", "client_server_trust_missing"),
        ("ftp://127.0.0.1/", "client_url_invalid"),
        ("http://user:word@127.0.0.1/", "client_url_invalid"),
        ("http://bank.example/", "client_not_loopback"),
        ("http://10.0.0.1/", "client_not_loopback"),
        ("http://127.0.0.1.bank.example/", "client_not_loopback"),
        ("http://[2001:db8::1]/", "client_not_loopback"),
    ];
    for (url, code) in rows {
        let error = client(limits()).send(ClientRequest::get(url)).await.unwrap_err();
        assert_eq!(error.code(), code, "{url}");
        assert!(!error.may_have_arrived());
    }
    for url in ["http://127.0.0.1:8/", "http://localhost:8/", "http://[::1]:8/"] {
        assert!(target(url, false).is_ok(), "{url}");
    }
}

#[tokio::test]
async fn headers_of_the_signature_cannot_be_overridden() {
    let mut request = ClientRequest::get("http://127.0.0.1:1/");
    request.unsigned_headers.insert("content-digest", HeaderValue::from_static("x"));
    let error = client(limits()).send(request).await.unwrap_err();
    assert!(matches!(error, ClientError::ReservedHeader(HeaderName::ContentDigest)));
}
