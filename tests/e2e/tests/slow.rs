//! A process that stands still (SIGSTOP) while payments go through a gateway: a validator in turn, then an observer
//! that the gateway names among its validators.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use e2e::{
    books::{Books, FIXTURE_UETR, pay, uetr},
    network::{Network, until},
};

/// Payments while one stands still, after one another.
const EACH: u64 = 6;
/// Within which a payment settles then: a leader's timeout or two, a passed-over validator, and a machine with other
/// things to do.
const BOUND: Duration = Duration::from_secs(10);

/// A process that stands still; it goes on when this ends, also when the test fails.
struct Stopped(String);

impl Stopped {
    fn new(network: &Network, name: &str) -> Self {
        let pid = fs::read_to_string(network.of(name).join("pid")).unwrap();
        let stopped = Self(pid.trim().to_owned());
        stopped.tell("-STOP");
        stopped
    }

    fn tell(&self, signal: &str) {
        let told = Command::new("kill").args([signal, &self.0]).status();
        assert!(told.is_ok_and(|status| status.success()), "kill {signal}");
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.tell("-CONT");
    }
}

/// Pays one after the other through bank A's gateway; milliseconds until each had settled.
fn settle(network: &Network, number: &mut u64, beside: &str) -> Vec<u128> {
    let mut times = Vec::new();
    for _ in 0..EACH {
        *number += 1;
        let uetr = uetr(0x51_0000 + *number);
        let xml = network.message().replace(FIXTURE_UETR, &uetr).replace("12500.00", "1.00");
        let begun = Instant::now();
        let mut answer = pay(network, &xml);
        // Accepted and not settled while it was waited for: asked again.
        while answer.status == 202 && begun.elapsed() < 3 * BOUND {
            answer = pay(network, &xml);
        }
        let took = begun.elapsed();
        assert_eq!(answer.status, 200, "{beside}: {answer:?}");
        assert!(took <= BOUND, "{beside} stands still, and a payment took {took:?}");
        times.push(took.as_millis());
    }
    times
}

#[test]
fn payments_settle_in_time_while_any_validator_stands_still_and_while_a_named_observer_does() {
    let network = Network::start();
    let before = Books::settled(&network);
    let mut number = 0;
    for name in network.names("validator") {
        let stopped = Stopped::new(&network, &name);
        let times = settle(&network, &mut number, &name);
        println!("{name} stands still: settled after {times:?} ms");
        drop(stopped);
        // Without its vote the next one may not stand still: it has to be where the others are.
        let height = |name: &str| network.counters(name).get("florin_height").copied();
        let highest = network.names("validator").iter().filter_map(|name| height(name)).max();
        assert!(until(|| height(&name) >= highest), "{name} does not go on");
    }

    // An observer serves the ledger port as well: it may be named, first, and answer nothing at all.
    let observer = network.names("observer").remove(0);
    let url = network.url(&observer);
    network.terminate("bank-a");
    network.configure("bank-a", "validators = [", &format!("validators = [\"{url}\", "));
    network.start_again(&["bank-a".to_owned()]);
    let times = settle(&network, &mut number, "nobody");
    println!("{observer} named first: settled after {times:?} ms");
    let stopped = Stopped::new(&network, &observer);
    let times = settle(&network, &mut number, &observer);
    println!("{observer} stands still: settled after {times:?} ms");
    drop(stopped);

    let paid = u128::from(number) * 100;
    let (a, b) = (before.a - paid, before.b + paid);
    Books { a, b, ..before }.assert_still(&network, "all of it");
}
