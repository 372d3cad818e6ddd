//! The dearest way through a function, and whether anything on its ways depends on a size.

use std::collections::{BTreeMap, BTreeSet};

use move_like_vm::fault::Fault;
use move_like_vm::format::{Instruction, SignatureToken, Tables};

use super::{Function, Maximum, Meter, Unbounded, callee, callees};
use crate::naming::{self, MemberName};

/// What one call of a function costs at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Units { units: u64, sized: bool },
    None(Unbounded),
}

impl Way {
    pub(super) fn maximum(&self) -> Maximum {
        match *self {
            Self::Units { units, sized } => Maximum::Units { maximum: units, exact: !sized },
            Self::None(unbounded) => Maximum::None { unbounded },
        }
    }
}

/// The ways of all functions; those that call each other in a circle are left out.
pub(super) fn maxima(
    functions: &[Function<'_>],
    meter: &Meter<'_>,
) -> Result<BTreeMap<MemberName, Way>, Fault> {
    let here: BTreeSet<&MemberName> = functions.iter().map(|function| &function.name).collect();
    // For each function how many of its callees are open, and for each callee who waits for it.
    let mut open: Vec<usize> = Vec::new();
    let mut waiting: BTreeMap<MemberName, Vec<usize>> = BTreeMap::new();
    for (index, function) in functions.iter().enumerate() {
        let mut callees = callees(function)?;
        callees.retain(|name| here.contains(name));
        open.push(callees.len());
        for name in callees {
            waiting.entry(name).or_default().push(index);
        }
    }
    let count = |index: usize| open.get(index).copied();
    let mut ready: Vec<usize> =
        (0..functions.len()).filter(|index| count(*index) == Some(0)).collect();
    let mut known = BTreeMap::new();
    while let Some(function) = ready.pop().and_then(|index| functions.get(index)) {
        known.insert(function.name.clone(), way(function, meter, &known)?);
        for index in waiting.remove(&function.name).unwrap_or_default() {
            if let Some(left) = open.get_mut(index) {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    ready.push(index);
                }
            }
        }
    }
    Ok(known)
}

/// The dearest way through one function whose callees are known.
fn way(
    function: &Function<'_>,
    meter: &Meter<'_>,
    known: &BTreeMap<MemberName, Way>,
) -> Result<Way, Fault> {
    let tables = function.module.tables();
    let code = function.code.code.as_slice();
    let Some(order) = order(code) else { return Ok(Way::None(Unbounded::Loop)) };
    let targets: BTreeSet<usize> =
        code.iter().filter_map(Instruction::target).map(usize::from).collect();
    let mut sized = false;
    let mut dearest: BTreeMap<usize, u64> = BTreeMap::new();
    // Successors stand before their predecessors.
    for index in order {
        let Some(instruction) = code.get(index) else { continue };
        let mut units = meter.fixed(&tables, instruction)?;
        if let Some(handle) = callee(&tables, instruction)? {
            let name = naming::function(&tables, handle)?;
            match (known.get(&name), meter.native(&name)) {
                (Some(Way::Units { units: more, sized: inner }), _) => {
                    units = units.saturating_add(*more);
                    sized |= inner;
                }
                (Some(Way::None(_)), _) => return Ok(Way::None(Unbounded::Callee)),
                (None, Some(native)) => {
                    units = units.saturating_add(native);
                    sized = true;
                }
                (None, None) => return Ok(Way::None(Unbounded::UnknownCallee)),
            }
        }
        let before = match index.checked_sub(1).and_then(|before| code.get(before)) {
            Some(before) if !targets.contains(&index) => left_by(function, &tables, before)?,
            _ => None,
        };
        sized |= depends_on_size(function, &tables, before, instruction)?;
        let next = successors(index, instruction).into_iter().flatten();
        let rest = next.filter_map(|next| dearest.get(&next)).max().copied().unwrap_or(0);
        dearest.insert(index, units.saturating_add(rest));
    }
    Ok(Way::Units { units: dearest.get(&0).copied().unwrap_or(0), sized })
}

fn successors(index: usize, instruction: &Instruction) -> [Option<usize>; 2] {
    let next = if instruction.is_unconditional() { None } else { index.checked_add(1) };
    [next, instruction.target().map(usize::from)]
}

/// The reachable instructions, each behind all that may follow it; `None` if there is a loop.
fn order(code: &[Instruction]) -> Option<Vec<usize>> {
    let mut order = Vec::new();
    let (mut open, mut done) = (BTreeSet::new(), BTreeSet::new());
    let mut stack = vec![(0_usize, false)];
    while let Some((index, left)) = stack.pop() {
        if left {
            open.remove(&index);
            done.insert(index);
            order.push(index);
            continue;
        }
        if open.contains(&index) {
            return None;
        }
        let Some(instruction) = code.get(index) else { continue };
        if done.contains(&index) {
            continue;
        }
        open.insert(index);
        stack.push((index, true));
        let next = successors(index, instruction).into_iter().flatten();
        stack.extend(next.map(|next| (next, false)));
    }
    Some(order)
}

/// Whether the machine charges an instruction by the size of what it works on; `before` is the type of
/// what lies on top of the stack, if it is known.
fn depends_on_size(
    function: &Function<'_>,
    tables: &Tables<'_>,
    before: Option<SignatureToken>,
    instruction: &Instruction,
) -> Result<bool, Fault> {
    use Instruction as I;
    Ok(match instruction {
        I::LdConst(constant) => !is_plain(&tables.constant(*constant)?.type_),
        I::CopyLoc(local) => match local_type(function, tables, *local)? {
            Some(type_) => !type_.is_reference() && !is_plain(type_),
            None => true,
        },
        I::ReadRef | I::Eq | I::Neq => match before {
            Some(SignatureToken::Reference(target) | SignatureToken::MutableReference(target)) => {
                !is_plain(&target)
            }
            Some(type_) => !is_plain(&type_),
            None => true,
        },
        _ => matches!(instruction.opcode(), 0x29..=0x2D | 0x3B..=0x3F),
    })
}

/// Whether values of a type are as large as the type says and own nothing.
const fn is_plain(type_: &SignatureToken) -> bool {
    type_.is_integer()
        || matches!(type_, SignatureToken::Bool | SignatureToken::Address | SignatureToken::Signer)
}

fn local_type<'a>(
    function: &Function<'a>,
    tables: &Tables<'a>,
    local: u8,
) -> Result<Option<&'a SignatureToken>, Fault> {
    let locals = &tables.signature(function.code.locals)?.0;
    Ok(function.parameters.iter().chain(locals).nth(usize::from(local)))
}

/// The type of what an instruction leaves on the stack, where that is plain to see.
fn left_by(
    function: &Function<'_>,
    tables: &Tables<'_>,
    instruction: &Instruction,
) -> Result<Option<SignatureToken>, Fault> {
    use Instruction as I;
    let reference = |type_: SignatureToken| Some(SignatureToken::Reference(Box::new(type_)));
    Ok(match instruction {
        I::LdU8(_) => Some(SignatureToken::U8),
        I::LdU16(_) => Some(SignatureToken::U16),
        I::LdU32(_) => Some(SignatureToken::U32),
        I::LdU64(_) | I::VecLen(_) => Some(SignatureToken::U64),
        I::LdU128(_) => Some(SignatureToken::U128),
        I::LdU256(_) => Some(SignatureToken::U256),
        I::LdTrue | I::LdFalse => Some(SignatureToken::Bool),
        I::LdConst(constant) => Some(tables.constant(*constant)?.type_.clone()),
        I::CopyLoc(local) | I::MoveLoc(local) => local_type(function, tables, *local)?.cloned(),
        I::ImmBorrowLoc(local) | I::MutBorrowLoc(local) => {
            local_type(function, tables, *local)?.cloned().and_then(reference)
        }
        I::ImmBorrowField(handle) | I::MutBorrowField(handle) => {
            let handle = tables.field_handle(*handle)?;
            let fields = tables.fields(handle.owner)?.unwrap_or_default();
            let field = fields.get(usize::from(handle.field));
            field.and_then(|field| reference(field.type_.clone()))
        }
        I::ImmBorrowFieldGeneric(entry) | I::MutBorrowFieldGeneric(entry) => {
            let handle = tables.field_handle(tables.field_instantiation(*entry)?.handle)?;
            let fields = tables.fields(handle.owner)?.unwrap_or_default();
            let field = fields.get(usize::from(handle.field));
            field.and_then(|field| reference(field.type_.clone()))
        }
        _ => None,
    })
}
