//! Streams that break, repeat, and leave out.

use serde_json::json;
use verifier::testing::TestNetwork;

use super::*;
use crate::{
    problem::CONTENT_TYPE,
    stand_in::{Line, StandIn, client},
};

const STREAM: &str = "text/event-stream";

fn event(number: u64) -> serde_json::Value {
    json!({"number": number, "about": "payment", "uetr": "u", "direction": "incoming",
        "other": "o", "status": "ACSC", "leg": "l", "at": "t"})
}

fn stream(numbers: &[u64]) -> Vec<u8> {
    let lines = numbers.iter().map(|n| format!("id: {n}\nevent: payment\ndata: {}\n\n", event(*n)));
    format!(":\n\n{}", lines.collect::<String>()).into_bytes()
}

#[tokio::test]
async fn a_stream_that_breaks_goes_on_after_the_last_event_and_gives_none_twice() {
    let lines: Vec<Line> = vec![
        ("/v1/events?after=4", 200, STREAM, stream(&[5, 6])),
        (
            "/v1/events?after=6",
            503,
            CONTENT_TYPE,
            br#"{"code":"not_ready","status":503,"title":"t","detail":"d","retry":"later"}"#
                .to_vec(),
        ),
        ("/v1/events?after=6", 200, STREAM, stream(&[6, 7])),
        ("/v1/events?after=7", 200, STREAM, stream(&[8])),
    ];
    let server = StandIn::start(lines).await;
    let network = TestNetwork::new(4);
    let gateway = client(&server.url, &network, "PAYER");
    let mut follow = gateway.follow(4);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(follow.next().await.unwrap().number);
    }
    assert_eq!(seen, [5, 6, 7, 8]);
    assert_eq!(follow.after(), 8);
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn a_number_that_is_left_out_is_an_error_in_streams_and_pages() {
    let page = json!({"events": [event(1), event(3)], "next_after": 3, "has_more": false});
    let lines: Vec<Line> = vec![
        ("/v1/events?after=0&limit", 200, "application/json", page.to_string().into_bytes()),
        ("/v1/events?after=0", 200, STREAM, stream(&[1, 3])),
    ];
    let server = StandIn::start(lines).await;
    let network = TestNetwork::new(4);
    let gateway = client(&server.url, &network, "PAYER");
    let refused = gateway.events(0, 10, Duration::ZERO).await.unwrap_err();
    assert!(matches!(refused, Error::Gap { after: 1, came: 3 }), "{refused}");
    let mut follow = gateway.follow(0);
    assert_eq!(follow.next().await.unwrap().number, 1);
    let refused = follow.next().await.unwrap_err();
    assert!(matches!(refused, Error::Gap { after: 1, came: 3 }), "{refused}");
}

#[tokio::test]
async fn a_refusal_that_no_pause_changes_ends_the_stream() {
    let forbidden: Line = (
        "/v1/events",
        403,
        CONTENT_TYPE,
        br#"{"code":"role_missing","status":403,"title":"t","detail":"d","retry":"never"}"#
            .to_vec(),
    );
    let server = StandIn::start(vec![forbidden]).await;
    let network = TestNetwork::new(4);
    let gateway = client(&server.url, &network, "PAYER");
    assert_eq!(gateway.follow(0).next().await.unwrap_err().code(), "role_missing");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn events_are_cut_wherever_the_pieces_end() {
    let bytes = stream(&[1, 2, 3]);
    for size in [1, 2, 7, bytes.len()] {
        let mut lines = Lines::default();
        let mut seen = 0;
        for piece in bytes.chunks(size) {
            lines.add(piece).unwrap();
            while let Some(data) = lines.event().unwrap() {
                seen += 1;
                let event: Event = serde_json::from_str(&data).unwrap();
                assert_eq!(event.number, seen);
            }
        }
        assert_eq!(seen, 3, "{size}");
    }
    let mut endless = Lines::default();
    let piece = vec![b'x'; 1 << 20];
    assert!(endless.add(&piece).is_ok() && endless.add(&piece).is_err());
}
