//! Files that differ from a good one in a single place.

/// Every text that differs from this one in one byte: changed to some others, removed, or added.
pub fn changes(text: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..text.len()).flat_map(move |at| {
        let byte = text[at];
        let others = [byte ^ 1, byte ^ 0x20, b'0', b' ', b'"', 0xff];
        let changed = others.into_iter().filter(move |other| *other != byte).map(move |other| {
            let mut changed = text.to_vec();
            changed[at] = other;
            changed
        });
        let mut shorter = text.to_vec();
        shorter.remove(at);
        let longer = [b' ', b'0'].map(|other| {
            let mut longer = text.to_vec();
            longer.insert(at, other);
            longer
        });
        changed.chain([shorter]).chain(longer)
    })
}
