//! What work costs, in whole units.
//!
//! # Place      ledger -> [schedule] -> translation, interpreter, session
//! # Invariants no floating point; the cost of a call depends on the code, its arguments and the state, and
//! #            never on what is cached; a schedule that a block was executed with is kept for ever
//! # Absent     a price: what a unit costs in money is the ledger's

use super::stop::Stop;
use crate::format::Instruction;
use crate::status::Status;

/// How many opcodes there are, and the number 0 that none has.
const OPCODES: usize = 0x4e;

/// What every kind of work costs. A unit is about a nanosecond of the slowest machine that we measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Which schedule this is.
    pub version: u32,
    /// An instruction, by its opcode.
    pub instructions: [u32; OPCODES],
    /// A field of a struct or element of a vector that is packed or unpacked.
    pub part: u32,
    /// A parameter or local of a function that is called.
    pub local: u32,
    /// A byte that `COPY_LOC` or `READ_REF` copies on the heap.
    pub copied_byte: u32,
    /// A byte on the heap that is compared.
    pub compared_byte: u32,
    /// A byte of a constant that is a vector.
    pub constant_byte: u32,
    /// A resource that is looked up in storage, be it there or not.
    pub resource_read: u32,
    /// A byte of such a resource.
    pub resource_read_byte: u32,
    /// A node of the type of such a resource.
    pub resource_type_node: u32,
    /// A resource that is changed.
    pub resource_write: u32,
    /// A byte of such a resource.
    pub resource_write_byte: u32,
    /// A byte of a module or script that a session uses.
    pub code_byte: u32,
    /// An instruction of a function with type arguments that a session calls for the first time.
    pub first_call_instruction: u32,
    /// A byte that a native function reads or makes.
    pub native_byte: u32,
    /// A byte of an event.
    pub event_byte: u32,
    /// A byte of a module that is published: decoding, verifying, storing.
    pub published_byte: u32,
    /// How many bytes of values may be alive.
    pub memory_bytes: u64,
}

/// What opcodes cost under the first schedule; every other one costs 3.
const FIRST: &[(u8, u32)] = &[
    (0x02, 8),  // RET
    (0x07, 12), // LD_CONST
    (0x11, 24), // CALL
    (0x12, 16), // PACK
    (0x13, 16), // UNPACK
    (0x14, 12), // READ_REF
    (0x15, 8),  // WRITE_REF
    (0x16, 4),  // ADD
    (0x17, 4),  // SUB
    (0x18, 8),  // MUL
    (0x19, 16), // MOD
    (0x1a, 16), // DIV
    (0x21, 10), // EQ
    (0x22, 10), // NEQ
    (0x23, 4),  // LT
    (0x24, 4),  // GT
    (0x25, 4),  // LE
    (0x26, 4),  // GE
    (0x29, 60), // EXISTS
    (0x2a, 60), // MUT_BORROW_GLOBAL
    (0x2b, 60), // IMM_BORROW_GLOBAL
    (0x2c, 70), // MOVE_FROM
    (0x2d, 70), // MOVE_TO
    (0x2f, 8),  // SHL
    (0x30, 8),  // SHR
    (0x32, 10), // LD_U128
    (0x33, 8),  // CAST_U8
    (0x34, 8),  // CAST_U64
    (0x35, 8),  // CAST_U128
    (0x38, 28), // CALL_GENERIC
    (0x39, 16), // PACK_GENERIC
    (0x3a, 16), // UNPACK_GENERIC
    (0x3b, 60), // EXISTS_GENERIC
    (0x3c, 60), // MUT_BORROW_GLOBAL_GENERIC
    (0x3d, 60), // IMM_BORROW_GLOBAL_GENERIC
    (0x3e, 70), // MOVE_FROM_GENERIC
    (0x3f, 70), // MOVE_TO_GENERIC
    (0x40, 20), // VEC_PACK
    (0x41, 8),  // VEC_LEN
    (0x42, 8),  // VEC_IMM_BORROW
    (0x43, 8),  // VEC_MUT_BORROW
    (0x44, 12), // VEC_PUSH_BACK
    (0x45, 12), // VEC_POP_BACK
    (0x46, 20), // VEC_UNPACK
    (0x47, 10), // VEC_SWAP
    (0x4a, 14), // LD_U256
    (0x4b, 8),  // CAST_U16
    (0x4c, 8),  // CAST_U32
    (0x4d, 12), // CAST_U256
];

impl Schedule {
    /// The first schedule. An instruction costs the same whatever the width of its operands is: the
    /// costs of loads and casts of wide numbers make up for what arithmetic on them takes.
    pub fn v1() -> Self {
        let mut instructions = [3; OPCODES];
        for (opcode, cost) in FIRST {
            if let Some(slot) = instructions.get_mut(usize::from(*opcode)) {
                *slot = *cost;
            }
        }
        Self {
            version: 1,
            instructions,
            part: 3,
            local: 2,
            copied_byte: 1,
            compared_byte: 1,
            constant_byte: 1,
            resource_read: 400,
            resource_read_byte: 2,
            resource_type_node: 20,
            resource_write: 400,
            resource_write_byte: 4,
            code_byte: 1,
            first_call_instruction: 30,
            native_byte: 8,
            event_byte: 4,
            published_byte: 200,
            memory_bytes: 16 << 20,
        }
    }

    /// What a resource costs that is looked up in storage, beside its bytes.
    pub(crate) fn lookup(&self, type_nodes: u32) -> u64 {
        times(u64::from(type_nodes), self.resource_type_node)
            .saturating_add(u64::from(self.resource_read))
    }

    /// What an instruction costs whatever its operands are.
    pub fn of(&self, instruction: &Instruction) -> u64 {
        let base = self.instructions.get(usize::from(instruction.opcode())).copied();
        let parts = match instruction {
            Instruction::VecPack(_, count) | Instruction::VecUnpack(_, count) => *count,
            _ => 0,
        };
        u64::from(base.unwrap_or(u32::MAX)).saturating_add(times(parts, self.part))
    }
}

/// So many times a cost.
pub(crate) fn times(count: u64, each: u32) -> u64 {
    count.saturating_mul(u64::from(each))
}

/// The same for a length in memory.
pub(crate) fn times_length(count: usize, each: u32) -> u64 {
    times(u64::try_from(count).unwrap_or(u64::MAX), each)
}

/// What is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter {
    budget: u64,
    left: u64,
}

impl Meter {
    pub(crate) const fn new(budget: u64) -> Self {
        Self { budget, left: budget }
    }

    /// Takes units away. What is not there is not taken, and all that was left is spent.
    #[inline]
    pub fn charge(&mut self, units: u64) -> Result<(), Stop> {
        match self.left.checked_sub(units) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Status::OutOfGas.into())
            }
        }
    }

    /// How many units are spent.
    pub const fn used(&self) -> u64 {
        self.budget.saturating_sub(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_spends_its_budget_and_no_more() {
        let mut meter = Meter::new(10);
        assert_eq!(meter.charge(10), Ok(()));
        assert_eq!(meter.used(), 10);
        assert_eq!(meter.charge(0), Ok(()));
        assert_eq!(meter.charge(1), Err(Status::OutOfGas.into()));
        let mut meter = Meter::new(10);
        assert_eq!(meter.charge(11), Err(Status::OutOfGas.into()));
        assert_eq!(meter.used(), 10);
    }
}
