//! The bytes of constants: what a value of a type is in BCS.
//!
//! Integers have the least byte first, a truth value is 0 or 1, an address is its bytes, and a vector is
//! the number of its elements, in as few bytes as possible, and the elements.

use super::{AddressWidth, SignatureToken};
use crate::limits;

/// What a constant may be: so many vectors around values of one kind.
pub(crate) struct Shape {
    vectors: usize,
    leaf: Leaf,
}

enum Leaf {
    Bool,
    Integer(usize),
    Address,
}

/// What a value consists of, in the order of its bytes.
enum Piece<'a> {
    Length(&'a [u8]),
    Leaf(&'a [u8]),
}

impl Shape {
    /// The shape of a type; `None` if no constant has that type.
    pub(crate) fn of(type_: &SignatureToken) -> Option<Self> {
        let mut vectors = 0_usize;
        let mut type_ = type_;
        while let SignatureToken::Vector(element) = type_ {
            vectors = vectors.saturating_add(1);
            type_ = element;
        }
        let leaf = match type_ {
            SignatureToken::Bool => Leaf::Bool,
            SignatureToken::U8 => Leaf::Integer(1),
            SignatureToken::U16 => Leaf::Integer(2),
            SignatureToken::U32 => Leaf::Integer(4),
            SignatureToken::U64 => Leaf::Integer(8),
            SignatureToken::U128 => Leaf::Integer(16),
            SignatureToken::U256 => Leaf::Integer(32),
            SignatureToken::Address => Leaf::Address,
            SignatureToken::Signer
            | SignatureToken::Vector(_)
            | SignatureToken::Struct(_)
            | SignatureToken::StructInstantiation(_, _)
            | SignatureToken::Reference(_)
            | SignatureToken::MutableReference(_)
            | SignatureToken::TypeParameter(_) => return None,
        };
        Some(Self { vectors, leaf })
    }

    /// Whether the bytes are one value of this shape and nothing else.
    pub(crate) fn is_value(&self, bytes: &[u8]) -> bool {
        self.read(bytes, AddressWidth::ThirtyTwo, |_| {}).is_some()
    }

    /// Reads one value that takes all the bytes. Each step of the loop reads a byte at least, and
    /// vectors that are open are counted, not built.
    fn read<'a>(
        &self,
        mut bytes: &'a [u8],
        width: AddressWidth,
        mut piece: impl FnMut(Piece<'a>),
    ) -> Option<()> {
        // how many elements each vector that is open still wants, the outermost first
        let mut open: Vec<u32> = Vec::new();
        loop {
            if open.len() < self.vectors {
                let (wanted, written, rest) = length(bytes)?;
                piece(Piece::Length(written));
                bytes = rest;
                open.push(wanted);
            } else {
                let (leaf, rest) = self.leaf.split(bytes, width)?;
                piece(Piece::Leaf(leaf));
                bytes = rest;
                wants_one_less(&mut open);
            }
            while open.last() == Some(&0) {
                open.pop();
                wants_one_less(&mut open);
            }
            if open.is_empty() {
                return bytes.is_empty().then_some(());
            }
        }
    }
}

fn wants_one_less(open: &mut [u32]) {
    if let Some(wanted) = open.last_mut() {
        *wanted = wanted.saturating_sub(1);
    }
}

impl Leaf {
    fn split<'a>(&self, bytes: &'a [u8], width: AddressWidth) -> Option<(&'a [u8], &'a [u8])> {
        match self {
            Self::Bool => bytes.split_at_checked(1).filter(|(leaf, _)| matches!(leaf, [0 | 1])),
            Self::Integer(width) => bytes.split_at_checked(*width),
            Self::Address => bytes.split_at_checked(width.bytes()),
        }
    }
}

/// The length of a sequence in BCS, its bytes, and those behind it: seven bits per byte, the least
/// first, as short as it can be.
fn length(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let mut value = 0_u64;
    for (read, shift) in [(1_usize, 0_u32), (2, 7), (3, 14), (4, 21), (5, 28)] {
        let (written, rest) = bytes.split_at_checked(read)?;
        let byte = written.last()?;
        let bits = u64::from(byte & 0x7F);
        value |= bits.checked_shl(shift)?;
        if byte & 0x80 == 0 {
            let length = u32::try_from(value).ok()?;
            let shortest = shift == 0 || bits != 0;
            return (shortest && length <= limits::SEQUENCE_LENGTH)
                .then_some((length, written, rest));
        }
    }
    None
}

/// Stands before bytes that are no value in a file with short addresses, so that they are none with
/// long ones either: more than an address, and no length.
const NO_VALUE: [u8; 33] = [0xFF; 33];

/// The first half of an address that a file with short addresses can hold.
const UPPER_HALF: [u8; 16] = [0; 16];

/// The bytes of a constant with its addresses made 32 bytes long, from a file where they have 16.
/// Bytes that are no value become other bytes that are none.
pub(crate) fn widened(type_: &SignatureToken, data: &[u8]) -> Vec<u8> {
    let Some(shape) = Shape::of(type_).filter(|shape| matches!(shape.leaf, Leaf::Address)) else {
        return data.to_vec();
    };
    let mut wide = Vec::with_capacity(data.len().saturating_mul(2));
    let whole = shape.read(data, AddressWidth::Sixteen, |piece| match piece {
        Piece::Length(bytes) => wide.extend_from_slice(bytes),
        Piece::Leaf(bytes) => {
            wide.extend_from_slice(&UPPER_HALF);
            wide.extend_from_slice(bytes);
        }
    });
    match whole {
        Some(()) => wide,
        None => [&NO_VALUE, data].concat(),
    }
}

/// The bytes that [`widened`] made these of; `None` if there are none.
pub(crate) fn narrowed(type_: &SignatureToken, data: &[u8]) -> Option<Vec<u8>> {
    let Some(shape) = Shape::of(type_).filter(|shape| matches!(shape.leaf, Leaf::Address)) else {
        return Some(data.to_vec());
    };
    if let Some(refused) = data.strip_prefix(&NO_VALUE) {
        let is_value = shape.read(refused, AddressWidth::Sixteen, |_| {}).is_some();
        return (!is_value).then(|| refused.to_vec());
    }
    let mut narrow = Some(Vec::with_capacity(data.len()));
    shape.read(data, AddressWidth::ThirtyTwo, |piece| {
        let bytes = match piece {
            Piece::Length(bytes) => Some(bytes),
            Piece::Leaf(bytes) => bytes.strip_prefix(&UPPER_HALF),
        };
        narrow = narrow.take().zip(bytes).map(|(mut narrow, bytes)| {
            narrow.extend_from_slice(bytes);
            narrow
        });
    })?;
    narrow
}

#[cfg(test)]
mod tests;
