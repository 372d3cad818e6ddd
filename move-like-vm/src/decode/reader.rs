//! A cursor over bytes that never reads behind their end.

use crate::fault::{Fault, Place};
use crate::limits;
use crate::status::Status;

/// Bytes that are still to be read, and where in the file they end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    end: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, end: bytes.len() }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many entries to make room for when the file announces so many: each takes a byte at
    /// least, so no more than there are bytes.
    pub(super) fn room(&self, announced: usize) -> usize {
        announced.min(self.rest.len())
    }

    /// A fault at this byte.
    #[cold]
    pub(super) const fn fault(&self, status: Status) -> Fault {
        Fault::new(status).at(Place::Byte { offset: self.end.saturating_sub(self.rest.len()) })
    }

    /// The next bytes, as many as asked for.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next bytes as a reader of their own.
    pub(super) fn part(&mut self, count: usize) -> Option<Self> {
        let end = self.end.saturating_sub(self.rest.len()).saturating_add(count);
        Some(Self { rest: self.take(count)?, end })
    }

    /// A number of fixed width, the least byte first, or the status for want of it.
    #[inline]
    pub(super) fn fixed<const N: usize>(&mut self, wanting: Status) -> Result<[u8; N], Fault> {
        let Some((taken, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.fault(wanting));
        };
        self.rest = rest;
        Ok(*taken)
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        let Some((byte, rest)) = self.rest.split_first() else {
            return Err(self.fault(Status::Malformed));
        };
        self.rest = rest;
        Ok(*byte)
    }

    /// A number in seven bits per byte, the least first, written as short as it can be.
    #[inline]
    pub(super) fn number(&mut self, most: u64) -> Result<u64, Fault> {
        match self.rest.split_first() {
            // most numbers are small
            Some((byte, rest)) if *byte < 0x80 && u64::from(*byte) <= most => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.number_of_any_length(most),
        }
    }

    fn number_of_any_length(&mut self, most: u64) -> Result<u64, Fault> {
        let start = *self;
        let mut value = 0_u64;
        let mut shift = 0_u32;
        let value = loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            let placed = bits.checked_shl(shift).unwrap_or(0);
            if placed.checked_shr(shift) != Some(bits) {
                return Err(start.fault(Status::Malformed));
            }
            value |= placed;
            if byte & 0x80 == 0 {
                if shift > 0 && bits == 0 {
                    return Err(start.fault(Status::Malformed));
                }
                break value;
            }
            shift = shift.saturating_add(7);
        };
        if value > most { Err(start.fault(Status::Malformed)) } else { Ok(value) }
    }

    /// A count of things, at most so many.
    pub(super) fn count(&mut self, most: u64) -> Result<usize, Fault> {
        let start = *self;
        usize::try_from(self.number(most)?).map_err(|_| start.fault(Status::Malformed))
    }

    /// An index into a table.
    #[inline]
    pub(super) fn index(&mut self) -> Result<u16, Fault> {
        let start = *self;
        let number = self.number(limits::TABLE_INDEX)?;
        u16::try_from(number).map_err(|_| start.fault(Status::Malformed))
    }

    /// Bytes behind their count.
    pub(super) fn bytes(&mut self, most: u64) -> Result<&'a [u8], Fault> {
        let start = *self;
        let count = self.count(most)?;
        self.take(count).ok_or(start.fault(Status::Malformed))
    }
}
