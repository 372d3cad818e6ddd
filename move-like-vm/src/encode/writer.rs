//! Bytes that grow, and numbers as the format writes them.

use crate::fault::Fault;
use crate::status::Status;

/// What cannot be written, because a reader would refuse it or read something else.
pub(super) const UNWRITABLE: Fault = Fault::new(Status::ValueSerializationError);

/// Bytes being written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// A number in seven bits per byte, the least first, as short as it can be.
    pub(super) fn number(&mut self, number: u64, most: u64) -> Result<(), Fault> {
        if number > most {
            return Err(UNWRITABLE);
        }
        let mut rest = number;
        loop {
            let [low, ..] = rest.to_le_bytes();
            rest >>= 7;
            if rest == 0 {
                self.byte(low & 0x7F);
                return Ok(());
            }
            self.byte(low | 0x80);
        }
    }

    pub(super) fn count(&mut self, count: usize, most: u64) -> Result<(), Fault> {
        self.number(u64::try_from(count).map_err(|_| UNWRITABLE)?, most)
    }

    /// An index into a table: every number of 16 bits is one.
    pub(super) fn index(&mut self, index: u16) -> Result<(), Fault> {
        self.number(u64::from(index), u64::from(u16::MAX))
    }

    /// Bytes behind their count.
    pub(super) fn counted(&mut self, bytes: &[u8], most: u64) -> Result<(), Fault> {
        self.count(bytes.len(), most)?;
        self.raw(bytes);
        Ok(())
    }
}
