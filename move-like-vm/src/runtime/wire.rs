//! Bytes in BCS: the few shapes that values, type tags and change sets are made of.
//!
//! # Place      [wire] <- tag, codec, state
//! # Invariants what is read was written in the one canonical way; a length is refused before anything of
//! #            that length is allocated
//! # Absent     meaning: a reader of this module knows which shape comes next

/// The longest list that BCS allows.
const LIST_LENGTH_MAX: u64 = 0x7fff_ffff;

/// Reads BCS from the front of a slice.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(length)?;
        self.rest = tail;
        Some(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// A length or a variant: unsigned LEB128 of at most 32 bits, without needless bytes.
    pub(crate) fn length(&mut self) -> Option<usize> {
        let mut value = 0u64;
        for shift in [0u32, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                let needless = shift != 0 && byte == 0;
                return if needless || value > LIST_LENGTH_MAX {
                    None
                } else {
                    usize::try_from(value).ok()
                };
            }
        }
        None
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }
}

/// Writes a length or a variant.
pub(crate) fn write_length(out: &mut Vec<u8>, length: usize) {
    let mut rest = length;
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or(0);
        rest >>= 7;
        if rest == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Writes a list of bytes with its length in front.
pub(crate) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_one_form() {
        for length in [0usize, 1, 127, 128, 16_383, 16_384, 0x7fff_ffff] {
            let mut out = Vec::new();
            write_length(&mut out, length);
            assert_eq!(Reader::new(&out).length(), Some(length));
        }
        for refused in [&[0x80u8, 0x00][..], &[0x80], &[0xff, 0xff, 0xff, 0xff, 0x0f], &[]] {
            assert_eq!(Reader::new(refused).length(), None, "{refused:?}");
        }
    }
}
