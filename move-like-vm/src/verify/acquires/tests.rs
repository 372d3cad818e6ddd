use super::*;
use crate::format::Instruction as I;
use crate::verify::Config;
use crate::verify::code::fixture::*;
use crate::verify::meter::Meter;

fn looks_at(resource: StructDefinitionIndex) -> Function {
    Function::of(&[I::MoveLoc(0), I::ImmBorrowGlobal(resource), I::Pop, I::Ret]).taking(&[ADDRESS])
}

#[test]
fn what_is_taken_from_storage_is_declared() {
    let missing = Some(Status::MissingAcquiresAnnotation);
    let takes =
        Function::of(&[I::MoveLoc(0), I::MoveFrom(VAULT), I::StLoc(1), I::LdU64(0), I::Abort])
            .taking(&[ADDRESS])
            .with_locals(&[struct_(VAULT)]);
    let generic =
        Function::of(&[I::MoveLoc(0), I::MutBorrowGlobalGeneric(CASE_OF_U64), I::Pop, I::Ret])
            .taking(&[ADDRESS]);
    all_get(&[
        ("borrowed", looks_at(VAULT), missing),
        ("borrowed and declared", looks_at(VAULT).acquiring(&[VAULT]), None),
        ("another is declared", looks_at(VAULT).acquiring(&[SAFE]), missing),
        ("moved", takes.clone(), missing),
        ("moved and declared", takes.acquiring(&[VAULT]), None),
        ("by a call", Function::of(&[I::Call(OPEN), I::Ret]), missing),
        (
            "by a call and declared",
            Function::of(&[I::Call(OPEN), I::Ret]).acquiring(&[VAULT]),
            None,
        ),
        ("with type arguments", generic.clone(), missing),
        ("with type arguments and declared", generic.acquiring(&[CASE]), None),
        ("out of reach", Function::of(&[I::Ret, I::Call(OPEN), I::Ret]), missing),
        (
            "looking whether it exists",
            Function::of(&[I::MoveLoc(0), I::Exists(VAULT), I::Pop, I::Ret]).taking(&[ADDRESS]),
            None,
        ),
    ]);
}

#[test]
fn what_is_declared_is_taken_from_storage() {
    let extraneous = Some(Status::ExtraneousAcquiresAnnotation);
    all_get(&[
        ("nothing is taken", Function::of(&[I::Ret]).acquiring(&[VAULT]), extraneous),
        ("one of two is taken", looks_at(VAULT).acquiring(&[SAFE, VAULT]), extraneous),
    ]);
}

#[test]
fn what_is_declared_can_be_in_storage() {
    // type safety refuses the instruction first, so the pass is asked alone
    let function = looks_at(PAIR).acquiring(&[PAIR]);
    let module = function.module();
    let tables = module.tables();
    let acquires = Acquires::new(&tables);
    let index = crate::format::FunctionDefinitionIndex(5);
    let function = module.function_view(index).unwrap().unwrap();
    let graph = crate::verify::control_flow::verify(&function, 6, &Config::reference()).unwrap();
    let body = Body { tables, function, graph };
    let fault = verify(&body, &acquires).unwrap_err();
    assert_eq!(fault.status, Status::InvalidAcquiresAnnotation);
    assert_eq!(fault.place, Place::Entry { table: TableKind::FunctionDefinitions, index: 5 });
}

#[test]
fn the_fault_stands_at_the_instruction() {
    let fault = looks_at(VAULT).fault(&Config::reference(), &mut Meter::unlimited()).unwrap();
    assert_eq!(fault.place, Place::Instruction { function: 5, instruction: 1 });
}
