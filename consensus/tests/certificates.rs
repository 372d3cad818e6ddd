//! Pairing certificates with executed blocks.

use bytes::Bytes;
use consensus::{certificates::Certificates, limits::MAX_UNMATCHED};
use ledger_core::{
    digest::{Domain, Hash32},
    time::Height,
};

fn digest(number: u64) -> Hash32 {
    Domain::Header.hash_of(&number)
}

fn certificate() -> Bytes {
    Bytes::from_static(b"certificate")
}

#[test]
fn a_certificate_finds_its_block_in_either_order_and_once() {
    let mut early = Certificates::default();
    assert_eq!(early.arrived(digest(1), certificate()), None);
    assert_eq!(early.executed(digest(1), Height::new(1)), Some(certificate()));
    assert!(!early.lacks(&digest(1)));

    let mut late = Certificates::default();
    assert_eq!(late.executed(digest(1), Height::new(1)), None);
    assert!(late.lacks(&digest(1)));
    let found = Some((Height::new(1), certificate()));
    assert_eq!(late.arrived(digest(1), certificate()), found);
    assert_eq!(late.arrived(digest(1), certificate()), None);
}

#[test]
fn certificates_of_blocks_that_never_come_are_forgotten() {
    let mut certificates = Certificates::default();
    let count = MAX_UNMATCHED as u64 + 10;
    for number in 0..count {
        assert_eq!(certificates.arrived(digest(number), certificate()), None);
    }
    assert_eq!(certificates.executed(digest(9), Height::new(9)), None);
    assert!(certificates.executed(digest(count - 1), Height::new(10)).is_some());
}
