//! What contracts tell: in the receipt of a call that came to its end, within bounds, and nowhere else.

use move_like_vm::status::Status;

use crate::{
    codec::encode,
    digest::Hash32,
    id::Text,
    limits::{MAX_CALL_EVENTS, MAX_EVENT_BYTES, MAX_RECEIPT_BYTES},
    program::gas_bound,
    receipt::{Effect, Event, Outcome, Receipt},
    refusal::Refusal,
    testing::{
        Bank, World,
        programs::{GAS, address},
        usd,
    },
    tests::{contracts::network, faults::lasting},
};

/// The receipt of a call of one of the trials, in a block of its own.
fn called(world: &mut World, by: &Bank, function: &str, arguments: Vec<Vec<u8>>) -> Receipt {
    let holders = vec![world.named(by, usd(), 0)];
    let call = world.call(("trials", function), &[], holders, arguments);
    let command = world.invoke(by, call);
    world.block(&[command]).receipts.remove(0)
}

/// The type of an event of the trials, in BCS.
fn tag(name: &str) -> Vec<u8> {
    let mut tag = vec![7];
    tag.extend(address(2).get());
    for text in ["trials", name] {
        tag.push(u8::try_from(text.len()).unwrap());
        tag.extend(text.as_bytes());
    }
    tag.push(0);
    tag
}

fn told(number: u64) -> Event {
    Event { tag: tag("Told"), value: encode(&number) }
}

#[test]
fn v13_what_a_contract_tells_is_in_the_receipt_that_the_parties_have() {
    let (mut world, [a, ..]) = network(100);
    let receipt = called(&mut world, &a, "tell", vec![encode(&7u64)]);
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::Invoked), "{:?}", receipt.run);
    assert_eq!(receipt.parties, [a.lei]);
    // The leaf commits to it.
    let (mut other, salt) = (receipt.clone(), Hash32::ZERO);
    assert_eq!(receipt.run.as_ref().unwrap().events, [told(7)]);
    other.run.as_mut().unwrap().events = vec![told(8)];
    assert_ne!(other.leaf(&salt), receipt.leaf(&salt));
}

#[test]
fn v13_events_keep_the_order_in_which_they_were_told() {
    let (mut world, [a, ..]) = network(100);
    let receipt = called(&mut world, &a, "say", vec![encode(&3u64), encode(&vec![5u8])]);
    let said = Event { tag: tag("Said"), value: vec![1, 5] };
    assert_eq!(receipt.run.unwrap().events, [said.clone(), said.clone(), said]);
}

#[test]
fn v10_v13_a_call_that_stops_tells_nothing() {
    let (mut world, [a, ..]) = network(100);
    let before = lasting(&world.state);
    let receipt = called(&mut world, &a, "tell_and_stop", vec![encode(&9u64)]);
    assert_eq!(receipt.outcome, Outcome::Refused(Refusal::CallFailed));
    let run = receipt.run.unwrap();
    assert_eq!((run.status, run.code), (Status::Aborted.number(), Some(9)));
    assert_eq!((run.events, lasting(&world.state)), (Vec::new(), before));
}

#[test]
fn v5_v13_events_are_structs_few_and_short() {
    let refused = Some((0x46 << 16) | Refusal::OutOfRange.number());
    let most = u64::try_from(MAX_CALL_EVENTS).unwrap();
    // The length of the vector takes two bytes.
    let longest = vec![1u8; MAX_EVENT_BYTES - tag("Said").len() - 2];
    let longer = [longest.as_slice(), &[1]].concat();
    let say = |times: u64, bytes: &Vec<u8>| vec![encode(&times), encode(bytes)];
    let rows = [
        ("say", say(most, &vec![1]), Some(MAX_CALL_EVENTS)),
        ("say", say(most + 1, &vec![1]), None),
        ("say", say(1, &longest), Some(1)),
        ("say", say(1, &longer), None),
        ("say", say(2, &vec![1; MAX_EVENT_BYTES / 2]), None),
        ("tell_number", vec![encode(&1u64)], None),
    ];
    let (world, [a, ..]) = network(100);
    for (row, (function, arguments, expected)) in rows.into_iter().enumerate() {
        let mut world = world.clone();
        let receipt = called(&mut world, &a, function, arguments);
        assert!(encode(&receipt).len() <= MAX_RECEIPT_BYTES, "row {row}");
        let run = receipt.run.unwrap();
        match expected {
            Some(count) => {
                assert_eq!(receipt.outcome, Outcome::Applied(Effect::Invoked), "row {row}");
                assert_eq!(run.events.len(), count, "row {row}");
            }
            None => {
                assert_eq!(receipt.outcome, Outcome::Refused(Refusal::CallFailed), "row {row}");
                assert_eq!((run.code, run.events.len()), (refused, 0), "row {row}");
            }
        }
    }
}

#[test]
fn v12_v13_what_telling_costs_is_bounded_before_anyone_signs() {
    let (mut world, [a, ..]) = network(100);
    let name = |text: &str| Text::new(text).unwrap();
    let bound = gas_bound(&world.state, (&address(2), &name("trials")), &name("tell"), &[]);
    let most = bound.unwrap().expect("a bound");
    let used = called(&mut world, &a, "tell", vec![encode(&7u64)]).run.unwrap().gas_used;
    assert!(used <= most && most < GAS, "{used} of {most}");
    // Each byte of the longest event is paid for.
    let long = vec![1u8; 4_000];
    let bytes = u64::try_from(long.len()).unwrap();
    let short = called(&mut world, &a, "say", vec![encode(&1u64), encode(&vec![1u8])]);
    let long = called(&mut world, &a, "say", vec![encode(&1u64), encode(&long)]);
    let more = long.run.unwrap().gas_used - short.run.unwrap().gas_used;
    assert!(more >= bytes * 12, "{more} for {bytes} bytes");
}
