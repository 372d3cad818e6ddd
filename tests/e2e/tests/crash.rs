//! SIGKILL at any moment under a stream of payments: what was acknowledged is there, once.
//!
//! `E2E_SEED` chooses other moments and victims; a failure names the seed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{scope, sleep},
    time::Duration,
};

use e2e::{
    books::{Books, FIXTURE_UETR, XML, pay, uetr},
    http,
    network::{Network, until},
};
use serde_json::Value;

const CORE: &str = "bank-a-core";
const SEED: u64 = 0x5EED_2026_1121;
/// Core systems that pay at the same time.
const SENDERS: usize = 3;
/// What each payment is about, in minor units.
const AMOUNT: u128 = 100;
/// Every so many payments go to an account that B does not know, and come back.
const REJECTED_EACH: u64 = 9;

/// Moments and victims: the same for the same seed, as far as processes allow.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// What the senders did.
#[derive(Default)]
struct Sent {
    next: AtomicU64,
    /// Answered with 200 or 202 and the like: the gateway has it.
    acknowledged: Mutex<BTreeSet<String>>,
    /// Perhaps taken in, perhaps not: no answer came.
    unanswered: Mutex<BTreeSet<String>>,
}

#[test]
fn whatever_is_killed_an_acknowledged_payment_ends_once_and_money_adds_up() {
    let chosen = std::env::var("E2E_SEED").ok().and_then(|text| text.parse().ok());
    let seed = chosen.unwrap_or(SEED);
    let network = Network::start();
    let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(&network, seed)));
    if let Err(cause) = played {
        let said = cause.downcast_ref::<String>().cloned();
        panic!("E2E_SEED={seed}: {}", said.unwrap_or_else(|| "see above".to_owned()));
    }
}

fn play(network: &Network, seed: u64) {
    let mut chance = Chance(seed.max(1));
    let before = Books::settled(network);
    let sent = Sent::default();
    let validators = network.names("validator");
    let one = validators[usize::try_from(chance.below(4)).unwrap()].clone();
    let all: Vec<String> = network.processes().into_iter().map(|(name, _)| name).collect();
    let rounds =
        [vec![one], vec!["bank-a".to_owned()], vec!["bank-b".to_owned()], validators, all.clone()];
    let mut receipts = BTreeMap::new();
    for victims in rounds {
        round(network, &mut chance, &sent, &victims);
        receipts.extend(receipt_of_the_last(network, &sent));
    }
    // What settled in one round kept its receipt, byte for byte, through those after it.
    for (uetr, hash) in receipts {
        let report = network.get("bank-a", CORE, &format!("/v1/payments/{uetr}")).json();
        assert_eq!(report["receipt"]["sha256"], hash, "{report}");
    }
    let settled = ends(network, &sent);
    let (a, b) = (before.a - settled * AMOUNT, before.b + settled * AMOUNT);
    Books { a, b, ..before }.assert_still(network, "all of it");
    // Another count, by a process that trusts no gateway, over each validator's own store.
    network.kill_all();
    for validator in network.names("validator") {
        let data = network.of(&validator).join("data").display().to_string();
        let counted = e2e::run(&["verify", "--data", &data]);
        assert_eq!(counted.status.code(), Some(0), "{validator}: {counted:?}");
    }
}

/// Ends the senders, also when the test fails while they run.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Kills while payments are under way, starts again, and waits until the network pays again.
fn round(network: &Network, chance: &mut Chance, sent: &Sent, victims: &[String]) {
    let (strike, rest) = (300 + chance.below(900), 200 + chance.below(400));
    let stop = AtomicBool::new(false);
    scope(|threads| {
        let _stop = Stop(&stop);
        for _ in 0..SENDERS {
            threads.spawn(|| send_until(network, sent, &stop));
        }
        sleep(Duration::from_millis(strike));
        if victims.len() == network.processes().len() {
            network.kill_all();
        } else {
            network.kill(victims);
        }
        sleep(Duration::from_millis(rest));
        network.start_again(victims);
    });
    // One more that is waited for: it ends, whatever stands before it.
    let (uetr, xml) = message(network, sent.next.fetch_add(1, Ordering::Relaxed), false);
    let mut answer = pay(network, &xml);
    let ended = until(|| {
        if answer.status == 202 || answer.status == 503 {
            answer = pay(network, &xml);
        }
        answer.status == 200
    });
    assert!(ended, "after {victims:?}: {answer:?}");
    sent.acknowledged.lock().unwrap().insert(uetr);
}

fn receipt_of_the_last(network: &Network, sent: &Sent) -> Option<(String, Value)> {
    let uetr = sent.acknowledged.lock().unwrap().last().cloned()?;
    let report = network.get("bank-a", CORE, &format!("/v1/payments/{uetr}")).json();
    let hash = report["receipt"]["sha256"].clone();
    hash.is_string().then_some((uetr, hash))
}

fn message(network: &Network, n: u64, rejected: bool) -> (String, String) {
    let uetr = uetr(0x1_0000 + n);
    let message = network.message().replace(FIXTURE_UETR, &uetr).replace("12500.00", "1.00");
    let stranger = "<IBAN>DE02120300000000202051</IBAN>";
    let known = "<IBAN>DE39999999990012345678</IBAN>";
    assert!(message.contains(known));
    (uetr, if rejected { message.replace(known, stranger) } else { message })
}

fn send_until(network: &Network, sent: &Sent, stop: &AtomicBool) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message.xml");
    let data = file.display().to_string();
    let args = ["--data", &data, "--content-type", XML];
    while !stop.load(Ordering::Relaxed) {
        let n = sent.next.fetch_add(1, Ordering::Relaxed);
        let (uetr, xml) = message(network, n, n.is_multiple_of(REJECTED_EACH));
        std::fs::write(&file, xml).unwrap();
        // No waiting for the end: as many as possible are under way when the blow falls.
        let bytes = http::signed(&network.client(CORE), ("POST", "/v1/payments"), &args);
        match http::try_send(&network.url("bank-a"), &bytes) {
            // Just started, its directory not read yet: nothing was taken in.
            Ok(answer) if answer.code() == "not_ready" => sleep(Duration::from_millis(50)),
            Ok(answer) => {
                let taken = [200, 202, 422].contains(&answer.status);
                assert!(taken, "{uetr}: {answer:?}");
                sent.acknowledged.lock().unwrap().insert(uetr);
            }
            Err(_) => {
                sent.unanswered.lock().unwrap().insert(uetr);
                sleep(Duration::from_millis(50));
            }
        }
    }
}

/// Waits for the end of every payment; how many settled.
fn ends(network: &Network, sent: &Sent) -> u128 {
    let acknowledged = sent.acknowledged.lock().unwrap().clone();
    let unanswered = sent.unanswered.lock().unwrap().clone();
    assert!(acknowledged.len() > 30, "{} acknowledged", acknowledged.len());
    assert!(!unanswered.is_empty(), "nothing was under way when bank A was killed");
    let mut reports: BTreeMap<String, Value> = BTreeMap::new();
    for uetr in acknowledged.iter().chain(&unanswered) {
        let mut answer = None;
        let ended = until(|| {
            let said = network.get("bank-a", CORE, &format!("/v1/payments/{uetr}"));
            let status = said.json()["status"].clone();
            let absent = said.status == 404 && unanswered.contains(uetr);
            answer = Some(said);
            absent || status == "ACSC" || status == "RJCT"
        });
        let answer = answer.unwrap();
        assert!(ended, "{uetr}: {answer:?}");
        if answer.status == 200 {
            reports.insert(uetr.clone(), answer.json());
        }
    }
    let settled: Vec<&Value> =
        reports.values().filter(|report| report["status"] == "ACSC").collect();
    let rejected = reports.len() - settled.len();
    assert!(settled.len() > 20 && rejected > 0, "{} settled, {rejected} not", settled.len());
    let receipts: BTreeSet<String> =
        settled.iter().map(|report| report["receipt"]["command_id"].to_string()).collect();
    assert_eq!(receipts.len(), settled.len(), "each settled by a command of its own");
    // The beneficiary bank says the same of them.
    for report in settled.iter().step_by(5) {
        let path = format!("/v1/payments/{}", report["uetr"].as_str().unwrap());
        let same = until(|| network.get("bank-b", "bank-b-core", &path).json()["status"] == "ACSC");
        assert!(same, "{path}");
    }
    u128::try_from(settled.len()).unwrap()
}
