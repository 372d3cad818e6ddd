//! Keys of the stored rows: fixed widths and big-endian numbers, so that byte order is their order.
//!
//! # Place      under `batch` (writing) and `view` (reading)
//! # Absent     what the rows hold (see `row`)

use ledger_core::{
    codec::encode,
    id::{LegId, Lei, Uetr},
    journal::LogName,
    time::Height,
};

use crate::row::Position;

/// Bytes of a [`Position`] at the end of a key.
const POSITION_BYTES: usize = 12;

/// Key of what exists once per block.
pub(crate) const fn height(height: Height) -> [u8; 8] {
    height.get().to_be_bytes()
}

/// Key of a slot.
pub(crate) const fn slot(slot: u64) -> [u8; 8] {
    slot.to_be_bytes()
}

/// Key of a receipt.
pub(crate) fn position(position: Position) -> Vec<u8> {
    joined(&[&position.height.get().to_be_bytes(), &position.index.to_be_bytes()])
}

/// What all keys of a party's receipts begin with.
pub(crate) fn party_prefix(party: &Lei) -> &[u8] {
    party.text().as_bytes()
}

/// Key of a receipt in the list of one of its parties.
pub(crate) fn party(party: &Lei, at: Position) -> Vec<u8> {
    joined(&[party_prefix(party), &position(at)])
}

/// Key of a receipt in the history of a leg.
pub(crate) fn leg(leg: &LegId, at: Position) -> Vec<u8> {
    joined(&[leg.get(), &position(at)])
}

/// Key of a leg among those that cite a UETR.
pub(crate) fn uetr(uetr: &Uetr, leg: &LegId) -> Vec<u8> {
    joined(&[uetr.get(), leg.get()])
}

/// What all keys of a list's entries begin with: its name, preceded by the name's length.
pub(crate) fn log_prefix(log: &LogName) -> Vec<u8> {
    let name = encode(log);
    // A name has at most 33 bytes; see the test.
    joined(&[&[u8::try_from(name.len()).unwrap_or(u8::MAX)], &name])
}

/// Key of a list's entry.
pub(crate) fn log(log: &LogName, index: u64) -> Vec<u8> {
    joined(&[&log_prefix(log), &index.to_be_bytes()])
}

/// The height that a key is.
pub(crate) fn read_height(key: &[u8]) -> Option<Height> {
    Some(Height::new(read_number(key)?))
}

/// The number that a key is.
pub(crate) fn read_number(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.try_into().ok()?))
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

/// The leg that a key ends with, after the UETR.
pub(crate) fn read_leg(key: &[u8], uetr: &Uetr) -> Option<LegId> {
    Some(LegId::new(key.strip_prefix(uetr.get().as_slice())?.try_into().ok()?))
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::{id::AccountId, money::Currency};

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
        let (lei, id) = (Lei::new("529900T8BM49AURSDO55").unwrap(), LegId::new([7; 32]));
        let here = at(77, 3);
        assert_eq!(read_position(&party(&lei, here), party_prefix(&lei)), Some(here));
        assert_eq!(read_position(&leg(&id, here), id.get()), Some(here));
        assert_eq!(read_position(&leg(&id, here), party_prefix(&lei)), None);
        assert_eq!(read_position(&position(here)[1..], &[]), None);
    }

    #[test]
    fn no_lists_name_begins_with_anothers() {
        let raw = [b'U'; 32];
        let lei = Lei::new("529900T8BM49AURSDO55").unwrap();
        let names = [
            LogName::Account(AccountId::new(raw)),
            LogName::Currency(Currency::new("UUU").unwrap()),
            LogName::MemberAccounts(lei),
            LogName::MemberParties(lei),
        ];
        let prefixes: Vec<_> = names.iter().map(log_prefix).collect();
        assert!(prefixes.iter().all(|p| usize::from(p[0]) == p.len() - 1 && p.len() <= 34));
        for (i, one) in prefixes.iter().enumerate() {
            assert!(prefixes.iter().enumerate().all(|(j, two)| i == j || !two.starts_with(one)));
        }
    }
}
