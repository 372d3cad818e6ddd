//! How many requests each sender may send (Z6).

use std::time::Duration;

use e2e::{
    books::{FIXTURE_UETR, XML, uetr},
    network::{Network, Request, until},
};

const CORE: &str = "bank-b-core";
const LIMITED: &str = "florin_gateway_limited_requests_total";

/// Z6
#[test]
fn z6_who_sends_too_much_is_told_when_and_payments_of_a_member_settle_all_the_same() {
    let network = Network::start();
    let limits = "[limits.client]\nper_second = 1\nburst = 5\n\
                  [limits.member]\nper_second = 1\nburst = 2\n\n[api]";
    network.configure("bank-b", "[api]", limits);
    let bank = ["bank-b".to_owned()];
    network.kill(&bank);
    network.start_again(&bank);
    // Of a bucket of five with one a second, ten at once do not all find something.
    let answers: Vec<_> = (0..10).map(|_| network.get("bank-b", CORE, "/v1/recalls")).collect();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert!(!refused.is_empty() && refused.len() <= 5, "{answers:?}");
    for answer in &refused {
        assert_eq!((answer.status, answer.code().as_str()), (429, "too_many_requests"));
    }
    std::thread::sleep(Duration::from_millis(1_100));
    assert_eq!(network.get("bank-b", CORE, "/v1/recalls").status, 200);
    // What another member delivers is taken as fast as its bucket fills.
    let good = network.message();
    let sent: Vec<String> = (1..=6)
        .map(|number| {
            let message = good.replace(FIXTURE_UETR, &uetr(number)).replace("12500.00", "1.00");
            let message = message.replace("two walnut", &format!("{number} walnut"));
            let body = (XML, message.as_bytes());
            let target = ("POST", "/v1/payments");
            let answer = network.call("bank-a", Request { client: "bank-a-core", target, body });
            assert!(matches!(answer.status, 200 | 202), "{answer:?}");
            uetr(number)
        })
        .collect();
    let ended = |uetr: &String| {
        let answer = network.get("bank-a", "bank-a-core", &format!("/v1/payments/{uetr}"));
        answer.json()["status"] == "ACSC"
    };
    assert!(until(|| sent.iter().all(ended)), "every payment settles");
    let counted = network.counters("bank-b");
    let of = |sender| counted.get(&format!("{LIMITED}{{sender=\"{sender}\"}}")).copied();
    assert_eq!(of("client"), u64::try_from(refused.len()).ok());
    assert!(network.counters("bank-a").keys().all(|name| !name.starts_with(LIMITED)));
    println!("deliveries that had to be sent again: {:?}", of("member"));
}
