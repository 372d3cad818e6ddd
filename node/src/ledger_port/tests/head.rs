//! What a request is answered by its head alone, over a bare connection.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::*;

/// Bytes of the body that the head announces.
const BODY: usize = 1_000;

async fn connect(net: &Net) -> TcpStream {
    TcpStream::connect(net.url.strip_prefix("http://").unwrap()).await.unwrap()
}

fn head(path: &str, secret: [u8; 32]) -> String {
    let key = hex::encode(MemorySigner::new(&secret).public_key().get());
    format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {BODY}\r\n\
         signature-input: sig1=(\"@method\");created=1;keyid=\"{key}\"\r\n\r\n"
    )
}

/// What comes back until nothing does for a while: the head, and at least as much.
async fn answer(stream: &mut TcpStream) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 4_096]);
    while !text.contains('}') {
        let read = timeout(Duration::from_millis(1_500), stream.read(&mut buffer)).await;
        match read {
            Ok(Ok(count)) if count > 0 => text.push_str(&String::from_utf8_lossy(&buffer[..count])),
            _ => break,
        }
    }
    text.to_lowercase()
}

#[actix_web::test]
async fn what_finds_no_room_is_refused_before_any_of_its_body_came() {
    let mut net = Net::start(true);
    net.block();
    for path in [COMMANDS, COMMAND_BATCHES] {
        for (secret, status, code) in
            [(TRANSPORT_A, "429", "quota_exceeded"), (STRANGER, "401", "key_unknown")]
        {
            let mut stream = connect(&net).await;
            stream.write_all(head(path, secret).as_bytes()).await.unwrap();
            let text = answer(&mut stream).await;
            assert!(text.starts_with(&format!("http/1.1 {status} ")), "{path}: {text}");
            assert!(text.contains(code), "{path}: {text}");
            assert_eq!(text.contains("\r\nretry-after: 2\r\n"), status == "429", "{text}");
            assert!(text.contains("\r\nconnection: close\r\n"), "{text}");
        }
    }
    assert_eq!(net.pool.waiting(), 0);
}

/// Whoever claims another's key is refused by the other's room, and takes none of anybody.
#[actix_web::test]
async fn one_organisations_room_is_no_reason_to_refuse_another() {
    let mut net = Net::start(true);
    net.block();
    let mut stream = connect(&net).await;
    stream.write_all(head(COMMANDS, TRANSPORT_B).as_bytes()).await.unwrap();
    assert_eq!(answer(&mut stream).await, "", "its body is waited for");
    stream.write_all(&[0; BODY]).await.unwrap();
    let text = answer(&mut stream).await;
    assert!(text.starts_with("http/1.1 401 "), "nobody is believed by a claim: {text}");
}

#[actix_web::test]
async fn a_refused_body_that_comes_is_skipped_and_its_connection_goes_on() {
    let mut net = Net::start(true);
    net.block();
    let mut stream = connect(&net).await;
    for _ in 0..3 {
        stream.write_all(head(COMMANDS, TRANSPORT_A).as_bytes()).await.unwrap();
        stream.write_all(&[0; BODY]).await.unwrap();
        let text = answer(&mut stream).await;
        assert!(text.starts_with("http/1.1 429 "), "{text}");
        assert!(!text.contains("\r\nconnection: close\r\n"), "{text}");
    }
}
