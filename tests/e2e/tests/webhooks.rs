//! A gateway that is killed while it tells events: none is lost, none comes out of order.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use e2e::{
    books::{Books, FIXTURE_UETR, pay, uetr},
    network::{Network, until},
};
use serde_json::{Value, json};

/// Id and number of each event in the order in which it was told, and whether it was taken.
type Told = Arc<Mutex<Vec<(String, u64, bool)>>>;

/// A receiver that takes so many events at first, then keeps silent, until it is told to go on.
struct Receiver {
    told: Told,
    takes: Arc<Mutex<usize>>,
    url: String,
}

impl Receiver {
    fn open(takes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        let (told, takes) = (Told::default(), Arc::new(Mutex::new(takes)));
        let (kept, left) = (Arc::clone(&told), Arc::clone(&takes));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, left) = (Arc::clone(&kept), Arc::clone(&left));
                thread::spawn(move || serve(stream, &kept, &left));
            }
        });
        Self { told, takes, url }
    }

    fn told(&self) -> Vec<(String, u64, bool)> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn taken(&self) -> Vec<u64> {
        self.told().iter().filter(|(_, _, taken)| *taken).map(|(_, number, _)| *number).collect()
    }
}

fn serve(mut stream: TcpStream, told: &Mutex<Vec<(String, u64, bool)>>, left: &Mutex<usize>) {
    while let Some((head, body)) = request(&mut stream) {
        let id =
            head.lines().find_map(|line| line.strip_prefix("webhook-id: ")).unwrap().to_owned();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let takes = {
            let mut left = left.lock().unwrap();
            let takes = *left > 0;
            *left = left.saturating_sub(1);
            takes
        };
        told.lock().unwrap().push((id, body["data"]["number"].as_u64().unwrap(), takes));
        if !takes {
            // Until whoever asked is gone.
            let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
            let _ = stream.read(&mut [0]);
            return;
        }
        if stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").is_err() {
            return;
        }
    }
}

/// Head and body of the next request.
fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut piece = [0; 4_096];
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        if let Some(at) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = bytes[end..].to_vec();
    let missing = length.trim().parse::<usize>().unwrap() - body.len();
    let mut rest = vec![0; missing];
    stream.read_exact(&mut rest).ok()?;
    body.extend(rest);
    let original = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let id = original.lines().find(|line| line.to_lowercase().starts_with("webhook-id"));
    Some((format!("{}\n{head}", id.unwrap_or_default()), body))
}

#[test]
fn e2_a_gateway_that_is_killed_tells_every_event_in_order_under_the_same_id() {
    let network = Network::start();
    let _ = Books::settled(&network);
    let receiver = Receiver::open(3);
    let registered =
        network.post("bank-a", "bank-a-admin", "/v1/webhooks", &json!({"url": receiver.url}));
    assert_eq!(registered.status, 200, "{registered:?}");
    let first = registered.json()["after"].as_u64().unwrap();
    let secret = registered.json()["secret"].as_str().unwrap().to_owned();
    for n in 1..=2 {
        let message =
            network.message().replace("12500.00", "7.00").replace(FIXTURE_UETR, &uetr(80 + n));
        assert_eq!(pay(&network, &message).status, 200);
    }
    // Three are taken; the fourth was told, and nobody knows whether it arrived.
    assert!(until(|| receiver.told().len() >= 4), "{:?}", receiver.told());
    let gateway = [String::from("bank-a")];
    network.kill(&gateway);
    *receiver.takes.lock().unwrap() = usize::MAX;
    network.start_again(&gateway);
    let expected: Vec<u64> = (first + 1..=first + 10).collect();
    assert!(until(|| receiver.taken().len() >= expected.len()), "{:?}", receiver.told());
    assert_eq!(receiver.taken(), expected, "no gap, no second time, in order");
    let fourth: Vec<_> = receiver.told().into_iter().filter(|told| told.1 == first + 4).collect();
    assert!(fourth.len() >= 2 && fourth.iter().all(|told| told.0 == fourth[0].0), "{fourth:?}");
    let all = network.get("bank-a", "bank-a-admin", "/v1/webhooks").json();
    assert_eq!((&all[0]["status"], &all[0]["after"]), (&json!("active"), &json!(first + 10)));
    let log = network.log("bank-a");
    assert!(!log.contains(&secret) && !log.contains("whsec_"), "a secret stands in the log");
}
