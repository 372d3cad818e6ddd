//! Messages of a core system through a real broker, over `kill -9` of broker and gateway.
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

#[path = "queues/broker.rs"]
mod broker;

use std::{collections::BTreeMap, fs, time::Duration};

use broker::{Broker, Core, Found, QUEUES};
use e2e::{
    books::{Books, FIXTURE_UETR, uetr},
    network::{Network, until},
};
use tempfile::TempDir;

/// Payments that are put in.
const PAYMENTS: u8 = 24;

fn restart(network: &Network) {
    let bank = ["bank-a".to_owned()];
    network.kill(&bank);
    network.start_again(&bank);
}

/// The `[queues]` of bank A.
fn section(broker: &Broker, folder: &TempDir, tls: Option<&str>) -> String {
    let password = folder.path().join("password");
    fs::write(&password, "guest\n").unwrap();
    let port = if tls.is_some() { broker.tls_port } else { broker.port };
    let mut text = format!(
        "[queues]\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"guest\"\npassword_file = \"{}\"\n\
         in = \"{}\"\nout = \"{}\"\nfailed = \"{}\"\n",
        password.display(),
        QUEUES[0],
        QUEUES[1],
        QUEUES[2],
    );
    if let Some(roots) = tls {
        let roots = folder.path().join(roots);
        text += &format!(
            "[queues.tls]\nname = \"broker.bank.example\"\nroots = \"{}\"\n",
            roots.display()
        );
    }
    text + "\n[api]"
}

fn payment(network: &Network, number: u8) -> Vec<u8> {
    let message = network.message().replace("12500.00", "5.00");
    message.replace(FIXTURE_UETR, &uetr(u64::from(number))).into_bytes()
}

/// Messages by id; one that came twice is the same one.
fn once(found: Vec<Found>, into: &mut BTreeMap<String, Found>) {
    for message in found {
        if let Some(before) = into.insert(message.id.clone(), message.clone()) {
            assert_eq!(before.about, message.about, "{}", message.id);
        }
    }
}

/// J3, J4, J5.
#[test]
fn j3_j4_j5_nothing_is_lost_or_paid_twice_whoever_dies_between_broker_and_gateway() {
    let folder = TempDir::new().unwrap();
    let Some(mut broker) = Broker::start(folder.path()) else {
        println!("skipped: rabbitmq-server, epmd and openssl are not installed");
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Connections end on it, also when a check fails.
    let _inside = runtime.enter();
    let mut core = runtime.block_on(Core::connect(&broker));
    let network = Network::start();
    network.configure("bank-a", "[api]", &section(&broker, &folder, None));
    restart(&network);
    let before = Books::settled(&network);
    runtime.block_on(async {
        for number in 0..PAYMENTS {
            core.send(&format!("m-{number:02}"), &payment(&network, 100 + number)).await;
        }
        core.send("m-00", &payment(&network, 100)).await;
        core.send("m-01", &payment(&network, 99)).await;
        core.send("noise", b"<x/>").await;
        core.send("empty", b"").await;
    });
    let left = |core: &Core| runtime.block_on(core.waiting(QUEUES[0]));
    let all = u32::from(PAYMENTS) + 4;
    assert!(until(|| left(&core) + 3 < all), "nothing is taken: {}", network.log("bank-a"));
    network.kill(&["bank-a".to_owned()]);
    network.launch("bank-a");
    std::thread::sleep(Duration::from_millis(700));
    broker.kill();
    network.kill(&["bank-a".to_owned()]);
    network.launch("bank-a");
    broker.launch();
    network.await_ready("bank-a");
    core = runtime.block_on(Core::connect(&broker));
    restart(&network);
    let paid = u128::from(PAYMENTS) * 500;
    let after = Books { a: before.a - paid, b: before.b + paid, ..before.clone() };
    let (mut out, mut failed) = (BTreeMap::new(), BTreeMap::new());
    let told = |out: &BTreeMap<String, Found>| {
        let events = out.keys().filter(|id| id.starts_with("event-")).count();
        (out.len() - events, events)
    };
    // An answer each, but for the message that came again; a camt.054 of each payment, and those of the
    // demo before.
    let wanted = usize::from(PAYMENTS);
    let done = until(|| {
        once(runtime.block_on(core.drain(QUEUES[1])), &mut out);
        once(runtime.block_on(core.drain(QUEUES[2])), &mut failed);
        let paid = out.values().filter(|found| {
            let text = String::from_utf8_lossy(&found.content);
            text.contains("camt.054.001.08")
                && (0..PAYMENTS).any(|n| text.contains(&uetr(100 + u64::from(n))))
        });
        told(&out).0 == wanted + 3 && paid.count() == wanted && left(&core) == 0
    });
    assert!(done, "{:?} {} {:?}", told(&out), left(&core), network.log("bank-a"));
    after.assert_still(&network, "messages of a queue");
    for number in 0..PAYMENTS {
        let about = format!("m-{number:02}");
        let taken = |found: &&Found| found.about.as_ref() == Some(&about) && found.code.is_none();
        assert_eq!(out.values().filter(taken).count(), 1, "{about}");
    }
    let reasons: BTreeMap<_, _> =
        failed.values().map(|found| (found.id.as_str(), found.code.as_deref().unwrap())).collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert_eq!(reasons["m-01"], "message_id_conflict");
    assert_eq!(failed["m-01"].content, payment(&network, 99));
    assert_eq!(failed["empty"].content, b"");
    with_tls(&network, &broker, (&runtime, &mut core), (&folder, &after));
}

/// A broker whose certificate another issued is not believed; the right one is.
fn with_tls(
    network: &Network,
    broker: &Broker,
    (runtime, core): (&tokio::runtime::Runtime, &mut Core),
    (folder, before): (&TempDir, &Books),
) {
    let plain = section(broker, folder, None);
    let stranger = section(broker, folder, Some("other-ca.pem"));
    network.configure("bank-a", &plain, &stranger);
    restart(network);
    runtime.block_on(core.send("tls", &payment(network, 200)));
    let refused = until(|| network.log("bank-a").contains("UnknownIssuer"));
    assert!(refused, "{}", network.log("bank-a"));
    assert_eq!(runtime.block_on(core.waiting(QUEUES[0])), 1);
    network.configure("bank-a", &stranger, &section(broker, folder, Some("ca.pem")));
    restart(network);
    let after = Books { a: before.a - 500, b: before.b + 500, ..before.clone() };
    let answered = until(|| {
        let found = runtime.block_on(core.drain(QUEUES[1]));
        found.iter().any(|found| found.about.as_deref() == Some("tls"))
    });
    assert!(answered, "{}", network.log("bank-a"));
    after.assert_still(network, "a message over TLS");
}
