//! Operations laid out in their final order: blocks, fusions, targets.

use crate::runtime::op::Op;
use crate::status::Status;

/// Operations while they are collected; branches still name instructions.
pub(super) struct Draft {
    /// The operation and the instruction it stands for.
    ops: Vec<(Op, u16)>,
    /// The operation that begins the block of an instruction.
    starts: Vec<Option<u32>>,
    /// The block that is not paid for yet.
    open: Option<usize>,
}

impl Draft {
    pub(super) fn new(instructions: usize) -> Self {
        let room = instructions.saturating_mul(2);
        Self { ops: Vec::with_capacity(room), starts: vec![None; instructions], open: None }
    }

    /// Begins the block of an instruction.
    pub(super) fn open_block(&mut self, instruction: usize) {
        let position = self.ops.len();
        if let Some(start) = self.starts.get_mut(instruction) {
            *start = u32::try_from(position).ok();
        }
        self.open = Some(position);
        self.push(instruction, Op::Block(0));
    }

    /// Says what the instructions since the last block began cost.
    pub(super) fn pay(&mut self, gas: u64) {
        if let Some((op, _)) = self.open.take().and_then(|position| self.ops.get_mut(position)) {
            *op = Op::Block(gas);
        }
    }

    pub(super) fn push(&mut self, instruction: usize, op: Op) {
        self.ops.push((op, u16::try_from(instruction).unwrap_or(u16::MAX)));
    }

    /// The operations with the instructions they stand for.
    pub(super) fn finish(
        mut self,
        fused: bool,
        is_plain: impl Fn(u8) -> bool,
    ) -> (Vec<Op>, Vec<u16>) {
        let last = self.starts.len();
        self.push(last, Op::Fail(Status::PcOverflow));
        let mut moved = vec![0u32; self.ops.len()];
        let mut ops: Vec<Op> = Vec::with_capacity(self.ops.len());
        let mut origins = Vec::with_capacity(self.ops.len());
        let mut rest = self.ops.as_slice();
        let mut position = 0usize;
        while let [(op, origin), behind @ ..] = rest {
            if let Some(place) = moved.get_mut(position) {
                *place = u32::try_from(ops.len()).unwrap_or(u32::MAX);
            }
            let next = behind.first().map(|(op, _)| *op);
            let pair = if fused { next.and_then(|next| fuse(*op, next, &is_plain)) } else { None };
            let (op, taken) = pair.map_or((*op, 1), |pair| (pair, 2usize));
            ops.push(op);
            origins.push(*origin);
            rest = rest.get(taken..).unwrap_or(&[]);
            position = position.saturating_add(taken);
        }
        for op in &mut ops {
            retarget(op, |instruction| {
                let instruction = usize::try_from(instruction).ok()?;
                let start = self.starts.get(instruction).copied().flatten()?;
                moved.get(usize::try_from(start).ok()?).copied()
            });
        }
        (ops, origins)
    }
}

/// Turns the instruction that an operation branches to into an operation.
fn retarget(op: &mut Op, place: impl Fn(u32) -> Option<u32>) {
    if let Op::BrTrue(to)
    | Op::BrFalse(to)
    | Op::Branch(to)
    | Op::CompareBranch { target: to, .. } = op
    {
        match place(*to) {
            Some(found) => *to = found,
            None => *op = Op::Fail(Status::PcOverflow),
        }
    }
}

/// One operation for two, where it pays. The second never begins a block: that is always [`Op::Block`].
fn fuse(one: Op, other: Op, is_plain: &impl Fn(u8) -> bool) -> Option<Op> {
    Some(match (one, other) {
        (Op::Compare(comparison), Op::BrTrue(target)) => {
            Op::CompareBranch { comparison, outcome: true, target }
        }
        (Op::Compare(comparison), Op::BrFalse(target)) => {
            Op::CompareBranch { comparison, outcome: false, target }
        }
        (Op::LdU64(operand), Op::Arithmetic(kind)) => Op::ArithmeticU64 { kind, operand },
        (Op::CopyPlain(one), Op::CopyPlain(other)) => Op::CopyPair { one, other },
        (Op::CopyPlain(from), Op::StPlain(to)) => Op::Transfer { from, to, take: false },
        (Op::MoveLoc(from), Op::StPlain(to)) if is_plain(from) => {
            Op::Transfer { from, to, take: true }
        }
        _ => return None,
    })
}
