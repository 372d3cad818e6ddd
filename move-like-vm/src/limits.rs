//! Every maximum of the binary format, and what a network asks beyond it.
//!
//! # Place      [limits] <- decoder, encoder, verifier
//! # Invariants a count or index that a file names is compared with one of these before it is used
//! # Absent     limits of running: depth of calls, values and the operand stack are the interpreter's

/// The first bytes of every binary.
pub const MAGIC: [u8; 4] = [0xA1, 0x1C, 0xEB, 0x0B];
/// The first version of the format there was.
pub const FIRST_VERSION: u32 = 1;
/// The oldest version that networks read: it has no integers of 16, 32 and 256 bits.
pub const OLDEST_VERSION: u32 = 5;
/// The newest version that is read.
pub const NEWEST_VERSION: u32 = 6;
/// The most bytes that a network takes of one module.
pub const MODULE_BYTES: usize = 64 * 1024;

/// The most tables of a file.
pub const TABLES: u64 = 255;
/// The largest offset and the largest size of a table.
pub const TABLE_BYTES: u64 = 0xFFFF_FFFF;
/// The largest index into a table.
pub const TABLE_INDEX: u64 = 65_535;
/// The most bytes of a name.
pub const IDENTIFIER_BYTES: u64 = 65_535;
/// The most bytes of a constant's value.
pub const CONSTANT_BYTES: u64 = 65_535;
/// The most bytes of a metadata key.
pub const METADATA_KEY_BYTES: u64 = 1_023;
/// The most bytes of a metadata value.
pub const METADATA_VALUE_BYTES: u64 = 65_535;
/// The most types in one list.
pub const SIGNATURE_TYPES: u64 = 255;
/// The deepest type: a type without parts has depth 1.
pub const TYPE_DEPTH: usize = 256;
/// The most type parameters, and the most type arguments.
pub const TYPE_PARAMETERS: u64 = 255;
/// The largest number that a file may write for a type parameter; the largest index is one less.
pub const TYPE_PARAMETER_INDEX: u64 = 65_536;
/// The most fields of a struct, and the largest position of a field.
pub const FIELDS: u64 = 255;
/// The most structs that a function says it acquires.
pub const ACQUIRES: u64 = 255;
/// The most instructions of a function.
pub const INSTRUCTIONS: u64 = 65_535;
/// The largest index of a local variable that an instruction can write.
pub const LOCAL_INDEX: u64 = 255;
/// The most parameters and locals of a function together.
pub const LOCALS: usize = 255;
/// The longest sequence that BCS knows.
pub const SEQUENCE_LENGTH: u32 = 0x7FFF_FFFF;

const _: () = assert!(SIGNATURE_TYPES <= LOCAL_INDEX && TYPE_PARAMETERS <= SIGNATURE_TYPES);
const _: () = assert!(INSTRUCTIONS <= TABLE_INDEX && TABLE_INDEX < TYPE_PARAMETER_INDEX);
const _: () = assert!(IDENTIFIER_BYTES <= TABLE_BYTES && CONSTANT_BYTES <= TABLE_BYTES);
