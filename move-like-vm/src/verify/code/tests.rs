use super::fixture::*;
use super::*;
use crate::fault::Place;
use crate::format::Instruction as I;
use crate::verify::meter::OVER_BUDGET;

fn status(function: &Function, config: &Config) -> Option<Status> {
    function.refusal_under(config)
}

#[test]
fn of_several_faults_the_first_pass_names_its_own() {
    let config = Config::reference();
    // each row has all the faults of the rows below it
    let acquires = [I::LdTrue, I::BrTrue(2), I::Call(OPEN), I::Ret];
    let reference = [&[I::ImmBorrowLoc(0), I::StLoc(1), I::MoveLoc(0), I::Pop], &acquires[..]];
    let reference = [&[I::LdU64(1), I::StLoc(0)], &reference.concat()[..]].concat();
    let local = [&[I::MoveLoc(2), I::Pop], &reference[..]].concat();
    let type_ = [&[I::LdU8(1), I::StLoc(0)], &local[..]].concat();
    let stack = [&[I::Pop], &type_[..]].concat();
    let flow = [&stack[..], &[I::Nop]].concat();
    // targets of jumps move with what stands in front
    let shifted = |code: &[I]| {
        let by =
            u16::try_from(code.iter().position(|i| matches!(i, I::BrTrue(_))).unwrap()).unwrap();
        let shift = |instruction: &I| match instruction {
            I::BrTrue(_) => I::BrTrue(by + 1),
            other => other.clone(),
        };
        Function::of(&code.iter().map(shift).collect::<Vec<_>>()).with_locals(&[
            U64,
            crate::testing::reference(U64),
            U64,
        ])
    };
    let rows = [
        (flow, Status::InvalidFallThrough),
        (stack, Status::NegativeStackSizeWithinBlock),
        (type_, Status::StlocTypeMismatchError),
        (local, Status::MovelocUnavailableError),
        (reference, Status::MovelocExistsBorrowError),
        (acquires.to_vec(), Status::MissingAcquiresAnnotation),
    ];
    for (code, expected) in rows {
        assert_eq!(status(&shifted(&code), &config), Some(expected));
    }
}

#[test]
fn a_function_has_as_many_blocks_as_the_limit_allows() {
    let config = Config { basic_blocks: Some(3), ..Config::reference() };
    assert_eq!(status(&Function::of(&[I::Ret, I::Ret, I::Ret]), &config), None);
    let four = Function::of(&[I::Ret, I::Ret, I::Ret, I::Ret]);
    assert_eq!(status(&four, &config), Some(Status::TooManyBasicBlocks));
}

#[test]
fn functions_add_up_to_their_module() {
    let config = Config::reference();
    let function = Function::of(&[I::Ret]);
    let module = function.module();
    let with = |per_function, per_module| {
        super::module(&module, &config, &mut Meter::new(per_function, per_module))
    };
    assert_eq!(with(1_000, 100_000), Ok(()));
    assert_eq!(with(1_000, 100).unwrap_err().status, OVER_BUDGET);
    assert_eq!(with(10, 100_000).unwrap_err().status, OVER_BUDGET);
}

#[test]
fn a_fault_names_the_function_and_the_instruction() {
    let function = Function::of(&[I::LdTrue, I::LdU8(1), I::Add, I::Pop, I::Ret]);
    let fault = function.fault(&Config::reference(), &mut Meter::unlimited()).unwrap();
    assert_eq!(fault.place, Place::Instruction { function: 5, instruction: 2 });
}

#[test]
fn an_index_that_leads_nowhere_is_a_refusal() {
    use crate::format::*;
    let nowhere = 999;
    for instruction in [
        I::Call(FunctionHandleIndex(nowhere)),
        I::CallGeneric(FunctionInstantiationIndex(nowhere)),
        I::Pack(StructDefinitionIndex(nowhere)),
        I::UnpackGeneric(StructDefInstantiationIndex(nowhere)),
        I::LdConst(ConstantIndex(nowhere)),
        I::Branch(nowhere),
        I::CopyLoc(200),
        I::StLoc(200),
    ] {
        let function = Function::of(&[I::LdU64(0), instruction.clone(), I::Pop, I::Ret]);
        assert!(status(&function, &Config::reference()).is_some(), "{instruction:?}");
    }
}
