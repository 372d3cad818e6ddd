//! Changes to real binaries, the same in every run.

/// A generator of numbers: xorshift with a multiplication behind it.
pub(crate) struct Chance(u64);

impl Chance {
    /// The seed must not be 0.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below the bound; 0 if the bound is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a count").max(1);
        usize::try_from(self.next() % bound).expect("below a count")
    }

    fn byte(&mut self) -> u8 {
        // values at which encodings change are drawn as often as all others together
        const EDGES: [u8; 12] = [0, 1, 2, 3, 4, 6, 0x0F, 0x10, 0x4D, 0x7F, 0x80, 0xFF];
        if self.below(2) == 0 {
            EDGES[self.below(EDGES.len())]
        } else {
            self.next().to_le_bytes()[0]
        }
    }
}

/// The bytes of the directory of tables: from the count of tables to the contents.
fn directory(bytes: &[u8]) -> usize {
    let Some(tables) = bytes.get(8) else { return bytes.len() };
    let mut at = 9;
    for _ in 0..*tables {
        at += 1;
        for _ in 0..2 {
            while bytes.get(at).is_some_and(|byte| byte & 0x80 != 0) {
                at += 1;
            }
            at += 1;
        }
    }
    at.min(bytes.len())
}

/// A binary with one to four changes; `other` lends bytes.
pub(crate) fn mutant(chance: &mut Chance, of: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = of.to_vec();
    for _ in 0..=chance.below(4) {
        change(chance, &mut bytes, other);
    }
    bytes
}

fn change(chance: &mut Chance, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = chance.below(bytes.len());
    let some = 1 + chance.below(8);
    match chance.below(8) {
        0 | 1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << chance.below(8);
            }
        }
        2 => {
            let new = chance.byte();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = new;
            }
        }
        3 => {
            let new: Vec<u8> = (0..some).map(|_| chance.byte()).collect();
            bytes.splice(at..at, new);
        }
        4 => {
            let end = (at + some).min(bytes.len());
            bytes.drain(at..end);
        }
        5 => {
            let from = chance.below(other.len());
            let piece = &other[from..(from + some * some).min(other.len())];
            let end = (at + piece.len()).min(bytes.len());
            bytes.splice(at..end, piece.iter().copied());
        }
        6 => {
            // a table begins, ends or is called otherwise
            let end = directory(bytes);
            let at = 8 + chance.below(end.saturating_sub(8));
            let new = chance.byte();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = if chance.below(2) == 0 { new } else { byte.wrapping_add(1) };
            }
        }
        _ => bytes.truncate(at),
    }
}
