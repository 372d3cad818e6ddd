//! Code of accepted binaries with a few instructions changed by chance.

use std::collections::BTreeMap;

use move_like_vm::format::{
    ConstantIndex, FieldHandleIndex, FieldInstantiationIndex, FunctionHandleIndex,
    FunctionInstantiationIndex, Instruction, SignatureIndex, StructDefInstantiationIndex,
    StructDefinitionIndex,
};
use move_like_vm::status::Status;
use move_like_vm::verify::{Config, bounds};

use crate::real::{self, Binary};

/// Numbers by chance, the same in every run (splitmix64).
pub(crate) struct Chance {
    pub(crate) state: u64,
    /// Whether instructions may name what only a module defines.
    pub(crate) in_module: bool,
}

impl Chance {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bound = u64::try_from(bound.max(1)).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap()
    }

    fn index(&mut self) -> u16 {
        u16::try_from(self.below(4)).unwrap()
    }

    /// An instruction that makes sense where it stands.
    fn instruction(&mut self, length: usize) -> Instruction {
        loop {
            let found = self.any_instruction(length);
            if self.in_module || !names_a_definition(&found) {
                return found;
            }
        }
    }

    /// Any instruction, with indices that often lead somewhere.
    fn any_instruction(&mut self, length: usize) -> Instruction {
        use Instruction as I;
        let target = u16::try_from(self.below(length)).unwrap_or_default();
        let local = u8::try_from(self.below(4)).unwrap();
        let index = self.index();
        let definition = StructDefinitionIndex(index);
        let instance = StructDefInstantiationIndex(index);
        let element = SignatureIndex(index);
        let all = [
            I::Pop,
            I::Ret,
            I::BrTrue(target),
            I::BrFalse(target),
            I::Branch(target),
            I::LdU64(1),
            I::LdConst(ConstantIndex(index)),
            I::LdTrue,
            I::CopyLoc(local),
            I::MoveLoc(local),
            I::StLoc(local),
            I::MutBorrowLoc(local),
            I::ImmBorrowLoc(local),
            I::MutBorrowField(FieldHandleIndex(index)),
            I::ImmBorrowField(FieldHandleIndex(index)),
            I::Call(FunctionHandleIndex(index)),
            I::Pack(definition),
            I::Unpack(definition),
            I::ReadRef,
            I::WriteRef,
            I::Add,
            I::Not,
            I::Eq,
            I::Lt,
            I::Abort,
            I::Nop,
            I::Exists(definition),
            I::MutBorrowGlobal(definition),
            I::ImmBorrowGlobal(definition),
            I::MoveFrom(definition),
            I::MoveTo(definition),
            I::FreezeRef,
            I::CastU8,
            I::MutBorrowFieldGeneric(FieldInstantiationIndex(index)),
            I::CallGeneric(FunctionInstantiationIndex(index)),
            I::PackGeneric(instance),
            I::UnpackGeneric(instance),
            I::MutBorrowGlobalGeneric(instance),
            I::MoveFromGeneric(instance),
            I::MoveToGeneric(instance),
            I::VecPack(element, 1),
            I::VecLen(element),
            I::VecImmBorrow(element),
            I::VecMutBorrow(element),
            I::VecPushBack(element),
            I::VecPopBack(element),
            I::VecUnpack(element, 1),
            I::VecSwap(element),
            I::VecPack(element, u64::MAX),
            I::VecUnpack(element, u64::MAX),
        ];
        all[self.below(all.len())].clone()
    }

    /// Another instruction that takes and puts as many operands.
    fn alike(&mut self, instruction: &Instruction, length: usize) -> Instruction {
        use Instruction as I;
        let effect = |instruction: &Instruction| match instruction {
            I::Pop | I::StLoc(_) => Some(0),
            I::CopyLoc(_) | I::MoveLoc(_) | I::MutBorrowLoc(_) | I::ImmBorrowLoc(_) => Some(1),
            I::MutBorrowField(_) | I::ImmBorrowField(_) | I::FreezeRef | I::ReadRef => Some(2),
            I::MutBorrowGlobal(_) | I::ImmBorrowGlobal(_) | I::MoveFrom(_) => Some(3),
            I::VecImmBorrow(_) | I::VecMutBorrow(_) => Some(4),
            I::WriteRef | I::VecPushBack(_) | I::MoveTo(_) => Some(5),
            I::BrTrue(_) | I::BrFalse(_) => Some(6),
            _ => None,
        };
        let wanted = effect(instruction);
        let mut tries = (0..500).map(|_| self.instruction(length));
        tries.find(|found| effect(found) == wanted).unwrap_or(I::Nop)
    }

    /// Replaces, removes, doubles or exchanges one instruction.
    fn mutate(&mut self, code: &mut Vec<Instruction>) {
        if code.is_empty() {
            return;
        }
        let at = self.below(code.len());
        match self.below(12) {
            0 if code.len() > 1 => {
                code.remove(at);
            }
            1 => code.insert(at, code[at].clone()),
            2 => {
                let other = self.below(code.len());
                code.swap(at, other);
            }
            3 => {
                let inserted = self.instruction(code.len());
                code.insert(at, inserted);
            }
            4 => code[at] = self.instruction(code.len()),
            _ => {
                // look for one that has others alike
                let at = (0..code.len())
                    .map(|_| self.below(code.len()))
                    .find(|at| !matches!(code[*at], Instruction::Ret | Instruction::Branch(_)))
                    .unwrap_or(at);
                code[at] = self.alike(&code[at].clone(), code.len());
            }
        }
    }
}

fn names_a_definition(instruction: &Instruction) -> bool {
    use Instruction as I;
    matches!(
        instruction,
        I::MutBorrowField(_)
            | I::ImmBorrowField(_)
            | I::MutBorrowFieldGeneric(_)
            | I::Pack(_)
            | I::Unpack(_)
            | I::PackGeneric(_)
            | I::UnpackGeneric(_)
            | I::Exists(_)
            | I::MutBorrowGlobal(_)
            | I::MutBorrowGlobalGeneric(_)
            | I::ImmBorrowGlobal(_)
            | I::MoveFrom(_)
            | I::MoveFromGeneric(_)
            | I::MoveTo(_)
            | I::MoveToGeneric(_)
    )
}

/// The codes of a binary.
fn codes(binary: &mut Binary) -> Vec<&mut Vec<Instruction>> {
    match binary {
        Binary::Script(script) => vec![&mut script.code.code],
        Binary::Module(module) => module
            .function_definitions
            .iter_mut()
            .filter_map(|definition| definition.code.as_mut())
            .map(|unit| &mut unit.code)
            .collect(),
    }
}

/// The same binary with some instructions of one function changed; none if it has no code.
pub(crate) fn changed(chance: &mut Chance, binary: &Binary) -> Option<Binary> {
    let mut changed = binary.clone();
    let mut codes = codes(&mut changed);
    if codes.is_empty() {
        return None;
    }
    let which = chance.below(codes.len());
    for _ in 0..=chance.below(3) {
        chance.mutate(codes[which]);
    }
    Some(changed)
}

fn in_bounds(binary: &Binary) -> bool {
    match binary {
        Binary::Module(module) => bounds::module(module).is_ok(),
        Binary::Script(script) => bounds::script(script).is_ok(),
    }
}

/// Mutations of each accepted binary. A long code is mutated less often.
const ROUNDS: usize = 60;
const LONG: usize = 2_000;

#[test]
fn changed_code_is_accepted_or_refused_within_the_meter() {
    let config = Config::network();
    let mut chance = Chance { state: 7, in_module: true };
    let mut found: BTreeMap<Option<Status>, usize> = BTreeMap::new();
    for task in real::tasks() {
        let Ok(binary) = task.read() else { continue };
        if binary.check(&Config::reference()).is_err() {
            continue;
        }
        let length: usize = codes(&mut binary.clone()).iter().map(|code| code.len()).sum();
        let rounds = if length > LONG { 1 } else { ROUNDS };
        chance.in_module = matches!(binary, Binary::Module(_));
        for _ in 0..rounds {
            let Some(changed) = changed(&mut chance, &binary) else { break };
            // alone, the passes over code may meet what an earlier pass refuses: never with a panic
            let _alone = changed.check_code(&config);
            if in_bounds(&changed) {
                let status = changed.check(&config).err().map(|fault| fault.status);
                *found.entry(status).or_default() += 1;
            }
        }
    }
    for (status, count) in &found {
        println!("{count} times {}", status.map_or("accepted", |status| status.name()));
    }
    // a pass that meets what an earlier one must have refused says so: none may
    assert_eq!(found.get(&Some(Status::VerifierInvariantViolation)), None);
    assert_eq!(found.get(&Some(Status::IndexOutOfBounds)), None);
}
