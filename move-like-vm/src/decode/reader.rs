//! A cursor over bytes that never reads behind their end.

use crate::fault::{Fault, Place};
use crate::limits;
use crate::status::Status;

/// Bytes that are still to be read, and where in the file they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, offset: 0 }
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
    pub(super) const fn fault(&self, status: Status) -> Fault {
        Fault::new(status).at(Place::Byte { offset: self.offset })
    }

    /// The next bytes, as many as asked for.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        self.offset = self.offset.saturating_add(count);
        Some(taken)
    }

    fn take_array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        self.offset = self.offset.saturating_add(N);
        Some(*taken)
    }

    /// The next bytes as a reader of their own.
    pub(super) fn part(&mut self, count: usize) -> Option<Self> {
        let offset = self.offset;
        Some(Self { rest: self.take(count)?, offset })
    }

    /// A number of fixed width, the least byte first, or the status for want of it.
    pub(super) fn fixed<const N: usize>(&mut self, wanting: Status) -> Result<[u8; N], Fault> {
        self.take_array().ok_or(self.fault(wanting))
    }

    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        let (byte, rest) = self.rest.split_first().ok_or(self.fault(Status::Malformed))?;
        self.rest = rest;
        self.offset = self.offset.saturating_add(1);
        Ok(*byte)
    }

    /// A number in seven bits per byte, the least first, written as short as it can be.
    pub(super) fn number(&mut self, most: u64) -> Result<u64, Fault> {
        let start = *self;
        let mut value = 0_u64;
        let mut shift = 0_u32;
        let value = loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            let placed = bits.checked_shl(shift).ok_or(start.fault(Status::Malformed))?;
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
