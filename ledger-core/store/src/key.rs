//! Keys of the stored rows: fixed widths and big-endian numbers, so that byte order is their order.
//!
//! # Place      under `batch` (writing); `restore`, `receipts`, `legs` and `logs` (reading)
//! # Absent     what the rows hold (see `row`)

use ledger_core::{
    codec::encode_into,
    id::{LegId, Lei, Uetr},
    journal::LogName,
    time::Height,
};

use crate::{limits::RECEIPTS_IN_ROW, row::Position};

/// Bytes of a [`Position`] at the end of a key.
const POSITION_BYTES: usize = 12;

/// Bytes of a party in keys.
const LEI_BYTES: usize = 20;

/// Bytes of a leg's identity in keys: two legs under one UETR that share them are told apart by the
/// receipts that cite them.
const LEG_BYTES: usize = 8;

/// What all keys of a leg begin with: its UETR, and the first bytes of its identity.
pub(crate) type LegPrefix = [u8; Uetr::LEN + LEG_BYTES];

/// Key of what exists once per block.
pub(crate) const fn height(height: Height) -> [u8; 8] {
    height.get().to_be_bytes()
}

/// Key of a slot.
pub(crate) const fn slot(slot: u64) -> [u8; 8] {
    slot.to_be_bytes()
}

/// The bytes of a position.
pub(crate) fn position(at: Position) -> [u8; POSITION_BYTES] {
    pair(at.height, at.index)
}

/// Key of the row that holds a receipt: its block and the number of the row in it.
pub(crate) fn receipts_row(at: Position) -> [u8; POSITION_BYTES] {
    pair(at.height, at.index.checked_div(RECEIPTS_IN_ROW).unwrap_or(0))
}

fn pair(height: Height, number: u32) -> [u8; POSITION_BYTES] {
    joined(&[&height.get().to_be_bytes(), &number.to_be_bytes()])
}

/// What all keys of a party's receipts begin with.
pub(crate) fn party_prefix(party: &Lei) -> &[u8] {
    party.text().as_bytes()
}

/// Key of a party's receipts in a block.
pub(crate) fn party(party: &Lei, height: Height) -> [u8; LEI_BYTES + 8] {
    joined(&[party_prefix(party), &height.get().to_be_bytes()])
}

/// What all keys of a leg begin with.
pub(crate) fn leg_prefix(uetr: &Uetr, leg: &LegId) -> LegPrefix {
    joined(&[uetr.get(), leg.get()])
}

/// What the keys of all legs of a UETR follow, or begin with.
pub(crate) fn first_leg(uetr: &Uetr) -> LegPrefix {
    joined(&[uetr.get()])
}

/// What the keys of the next leg follow, or begin with; `None` after the last possible one.
pub(crate) fn next_leg(prefix: &LegPrefix) -> Option<LegPrefix> {
    let mut next = *prefix;
    for byte in next.iter_mut().rev() {
        if let Some(raised) = byte.checked_add(1) {
            *byte = raised;
            return Some(next);
        }
        *byte = 0;
    }
    None
}

/// Key of a receipt among those that cite a leg.
pub(crate) fn leg(
    uetr: &Uetr,
    leg: &LegId,
    at: Position,
) -> [u8; Uetr::LEN + LEG_BYTES + POSITION_BYTES] {
    joined(&[&leg_prefix(uetr, leg), &position(at)])
}

/// What all keys of a list's entries begin with: its name, preceded by the name's length.
pub(crate) fn log_prefix(log: &LogName) -> Vec<u8> {
    let mut key = Vec::new();
    log_prefix_into(log, &mut key);
    key
}

/// Key of what stands before a list's first kept entry: its name alone.
pub(crate) fn base(log: &LogName) -> Vec<u8> {
    log_prefix(log)
}

/// Key of a list's entry, in place of what a buffer holds.
pub(crate) fn log_into(log: &LogName, index: u64, key: &mut Vec<u8>) {
    log_prefix_into(log, key);
    key.extend_from_slice(&index.to_be_bytes());
}

fn log_prefix_into(log: &LogName, key: &mut Vec<u8>) {
    encode_into(log, key);
    // A name has at most 45 bytes; see the test.
    key.insert(0, u8::try_from(key.len()).unwrap_or(u8::MAX));
}

/// The height that a key is.
pub(crate) fn read_height(key: &[u8]) -> Option<Height> {
    Some(Height::new(read_number(key)?))
}

/// The number that a key is.
pub(crate) fn read_number(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.try_into().ok()?))
}

/// The block of a party's receipts.
pub(crate) fn read_party(key: &[u8], party: &Lei) -> Option<Height> {
    read_height(key.strip_prefix(party_prefix(party))?)
}

/// The place of an entry in its list.
pub(crate) fn read_log(key: &[u8], prefix: &[u8]) -> Option<u64> {
    read_number(key.strip_prefix(prefix)?)
}

/// What the key of a receipt of a leg begins with.
pub(crate) fn read_leg(key: &[u8]) -> Option<LegPrefix> {
    key.first_chunk().copied()
}

/// The position that a key ends with, after `prefix`.
pub(crate) fn read_position(key: &[u8], prefix: &[u8]) -> Option<Position> {
    let rest: [u8; POSITION_BYTES] = key.strip_prefix(prefix)?.try_into().ok()?;
    let (height, index) = rest.split_first_chunk::<8>()?;
    Some(Position {
        height: Height::new(u64::from_be_bytes(*height)),
        index: u32::from_be_bytes(index.try_into().ok()?),
    })
}

/// These parts one after the other, as far as they fit; what they leave is zero.
fn joined<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut key = [0; N];
    for (to, from) in key.iter_mut().zip(parts.iter().copied().flatten()) {
        *to = *from;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::{
        asset::AssetCode,
        id::{AccountId, ReserveId},
        money::Currency,
    };

    fn at(height: u64, index: u32) -> Position {
        Position { height: Height::new(height), index }
    }

    #[test]
    fn keys_sort_as_the_positions_they_are_made_of() {
        let rising = [at(0, 0), at(0, 1), at(0, 256), at(1, 0), at(255, 9), at(256, 0)];
        let keys: Vec<_> = rising.iter().map(|p| position(*p)).collect();
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_position_is_read_back_from_every_key_that_ends_with_it() {
        let (uetr, id) = (Uetr::new([5; 16]), LegId::new([7; 32]));
        let here = at(77, 3);
        let (key, prefix) = (leg(&uetr, &id, here), leg_prefix(&uetr, &id));
        assert_eq!(read_position(&key, &prefix), Some(here));
        assert_eq!(read_position(&key, uetr.get()), None);
        assert_eq!(read_leg(&key), Some(prefix));
        assert_eq!(read_position(&position(here), &[]), Some(here));
        assert_eq!(read_position(&position(here)[1..], &[]), None);
        let lei = Lei::new("529900T8BM49AURSDO55").unwrap();
        assert_eq!(read_party(&party(&lei, here.height), &lei), Some(here.height));
    }

    #[test]
    fn a_row_of_receipts_has_the_places_of_one_multiple_of_its_length() {
        let rows =
            [(0, 0), (1, 0), (63, 0), (64, 1), (127, 1), (128, 2), (u32::MAX, u32::MAX / 64)];
        for (index, number) in rows {
            assert_eq!(receipts_row(at(9, index)), position(at(9, number)), "{index}");
        }
    }

    #[test]
    fn the_next_leg_follows_every_key_of_a_leg_and_no_key_of_another() {
        let uetr = Uetr::new([5; 16]);
        for (low, high) in [([0; 8], [0, 0, 0, 0, 0, 0, 0, 1]), ([0xfe; 8], [0xff; 8])] {
            let id = |bytes: [u8; 8]| LegId::new(joined(&[&bytes]));
            let next = next_leg(&leg_prefix(&uetr, &id(low))).unwrap();
            assert!(leg(&uetr, &id(low), at(u64::MAX, u32::MAX))[..] < next[..]);
            assert!(leg(&uetr, &id(high), at(0, 0))[..] >= next[..]);
        }
        let last = leg_prefix(&uetr, &LegId::new([0xff; 32]));
        let next = next_leg(&last).unwrap();
        assert!(!next.starts_with(uetr.get()) && next > last);
        assert_eq!(next_leg(&[0xff; 24]), None);
        assert!(first_leg(&uetr).starts_with(uetr.get()));
    }

    #[test]
    fn no_lists_name_begins_with_anothers() {
        let raw = [b'U'; 32];
        let lei = Lei::new("529900T8BM49AURSDO55").unwrap();
        let asset = AssetCode::new("US0378331005").unwrap();
        let names = [
            LogName::Account(AccountId::new(raw)),
            LogName::Currency(Currency::new("UUU").unwrap()),
            LogName::MemberAccounts(lei),
            LogName::MemberParties(lei),
            LogName::MemberAnchors(lei),
            LogName::Reserve(ReserveId::new(raw)),
            LogName::Asset(asset),
            LogName::Position(AccountId::new(raw), asset),
        ];
        let prefixes: Vec<_> = names.iter().map(log_prefix).collect();
        assert!(prefixes.iter().all(|p| usize::from(p[0]) == p.len() - 1 && p.len() <= 46));
        for (i, one) in prefixes.iter().enumerate() {
            assert!(prefixes.iter().enumerate().all(|(j, two)| i == j || !two.starts_with(one)));
        }
    }
}
