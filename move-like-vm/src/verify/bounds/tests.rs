//! Every index, one beyond what it may be, in the order in which faults win.

use super::{module, script};
use crate::fault::{Fault, Place};
use crate::format::*;
use crate::status::Status;

type Change = fn(&mut CompiledModule);

fn entry(table: TableKind, index: usize) -> Place {
    Place::Entry { table, index }
}

/// Sets the first instruction of the first function.
fn instruction(module: &mut CompiledModule, instruction: Instruction) {
    module.function_definitions[0].code.as_mut().expect("code").code[0] = instruction;
}

fn generic_of(struct_: u16, arguments: Vec<SignatureToken>) -> Signature {
    Signature(vec![SignatureToken::Vector(Box::new(SignatureToken::StructInstantiation(
        StructHandleIndex(struct_),
        arguments,
    )))])
}

fn parameter(index: u16) -> Signature {
    Signature(vec![SignatureToken::Vector(Box::new(SignatureToken::TypeParameter(index)))])
}

#[test]
fn a_module_and_a_script_with_every_table_pass() {
    assert_eq!(module(&sample::module()), Ok(()));
    assert_eq!(script(&sample::script()), Ok(()));
}

/// Each row breaks one thing; they stand in the order of the checks, so that a module with several
/// faults shows that of the first row.
fn tables() -> Vec<(&'static str, Change, Place)> {
    use TableKind as T;
    vec![
        (
            "a struct of a signature",
            |m| m.signatures[4].0.push(SignatureToken::Struct(StructHandleIndex(3))),
            entry(T::Signatures, 4),
        ),
        (
            "a struct of a constant",
            |m| m.constants[1].type_ = SignatureToken::Struct(StructHandleIndex(3)),
            entry(T::Constants, 1),
        ),
        (
            "the address of a module",
            |m| m.module_handles[0].address.0 = 2,
            entry(T::ModuleHandles, 0),
        ),
        ("the name of a module", |m| m.module_handles[0].name.0 = 9, entry(T::ModuleHandles, 0)),
        ("the module itself", |m| m.self_module_handle.0 = 2, Place::Whole),
        (
            "the module of a struct",
            |m| m.struct_handles[0].module.0 = 2,
            entry(T::StructHandles, 0),
        ),
        ("the name of a struct", |m| m.struct_handles[0].name.0 = 9, entry(T::StructHandles, 0)),
        (
            "the module of a function",
            |m| m.function_handles[0].module.0 = 2,
            entry(T::FunctionHandles, 0),
        ),
        (
            "the name of a function",
            |m| m.function_handles[0].name.0 = 9,
            entry(T::FunctionHandles, 0),
        ),
        (
            "the parameters of a function",
            |m| m.function_handles[0].parameters.0 = 5,
            entry(T::FunctionHandles, 0),
        ),
        (
            "the results of a function",
            |m| m.function_handles[0].returns.0 = 5,
            entry(T::FunctionHandles, 0),
        ),
        (
            "a type parameter among parameters",
            |m| m.function_handles[0].parameters.0 = 4,
            entry(T::FunctionHandles, 0),
        ),
        (
            "a type parameter among results",
            |m| m.function_handles[2].returns.0 = 4,
            entry(T::FunctionHandles, 2),
        ),
        ("the position of a field", |m| m.field_handles[1].field = 2, entry(T::FieldHandles, 1)),
        ("the struct of a field", |m| m.field_handles[2].owner.0 = 2, entry(T::FieldHandles, 2)),
        (
            "the name of a friend",
            |m| m.friend_declarations[0].name.0 = 9,
            entry(T::FriendDeclarations, 0),
        ),
        (
            "the struct of an instance",
            |m| m.struct_instantiations[0].definition.0 = 2,
            entry(T::StructDefInstantiations, 0),
        ),
        (
            "the arguments of a struct",
            |m| m.struct_instantiations[0].type_arguments.0 = 5,
            entry(T::StructDefInstantiations, 0),
        ),
        (
            "the function of an instance",
            |m| m.function_instantiations[0].handle.0 = 3,
            entry(T::FunctionInstantiations, 0),
        ),
        (
            "the arguments of a function",
            |m| m.function_instantiations[0].type_arguments.0 = 5,
            entry(T::FunctionInstantiations, 0),
        ),
        (
            "the field of an instance",
            |m| m.field_instantiations[0].handle.0 = 3,
            entry(T::FieldInstantiations, 0),
        ),
        (
            "the arguments of a field",
            |m| m.field_instantiations[0].type_arguments.0 = 5,
            entry(T::FieldInstantiations, 0),
        ),
        (
            "the handle of a struct",
            |m| m.struct_definitions[0].handle.0 = 3,
            entry(T::StructDefinitions, 0),
        ),
    ]
}

fn definitions() -> Vec<(&'static str, Change, Place)> {
    use Instruction as I;
    use TableKind as T;
    let first = Place::Instruction { function: 0, instruction: 0 };
    vec![
        ("the name of a field", |m| fields(m, 0)[0].name.0 = 9, entry(T::StructDefinitions, 0)),
        (
            "the struct of a field's type",
            |m| fields(m, 0)[1].type_ = SignatureToken::Struct(StructHandleIndex(3)),
            entry(T::StructDefinitions, 0),
        ),
        (
            "a type parameter of a field",
            |m| fields(m, 1)[0].type_ = SignatureToken::TypeParameter(2),
            entry(T::StructDefinitions, 1),
        ),
        (
            "the handle of a function",
            |m| m.function_definitions[0].handle.0 = 3,
            entry(T::FunctionDefinitions, 0),
        ),
        (
            "what a function acquires",
            |m| m.function_definitions[0].acquires[1].0 = 2,
            entry(T::FunctionDefinitions, 0),
        ),
        ("the locals", |m| code(m).locals.0 = 5, entry(T::FunctionDefinitions, 0)),
        (
            "a type parameter among locals",
            |m| code(m).locals.0 = 4,
            entry(T::FunctionDefinitions, 0),
        ),
        ("a constant", |m| instruction(m, I::LdConst(ConstantIndex(2))), first),
        ("a local", |m| instruction(m, I::ImmBorrowLoc(12)), first),
        ("a local that is stored to", |m| instruction(m, I::StLoc(12)), first),
        ("a target", |m| instruction(m, I::Branch(77)), first),
        ("a condition's target", |m| instruction(m, I::BrFalse(77)), first),
        ("a function", |m| instruction(m, I::Call(FunctionHandleIndex(3))), first),
        (
            "an instance of a function",
            |m| instruction(m, I::CallGeneric(FunctionInstantiationIndex(1))),
            first,
        ),
        ("a field", |m| instruction(m, I::MutBorrowField(FieldHandleIndex(3))), first),
        (
            "an instance of a field",
            |m| instruction(m, I::ImmBorrowFieldGeneric(FieldInstantiationIndex(1))),
            first,
        ),
        ("a struct", |m| instruction(m, I::Pack(StructDefinitionIndex(2))), first),
        ("a resource", |m| instruction(m, I::MoveFrom(StructDefinitionIndex(2))), first),
        (
            "an instance of a struct",
            |m| instruction(m, I::UnpackGeneric(StructDefInstantiationIndex(1))),
            first,
        ),
        ("an element type", |m| instruction(m, I::VecLen(SignatureIndex(5))), first),
        (
            "a type parameter of an element type",
            |m| instruction(m, I::VecPack(SignatureIndex(4), 0)),
            first,
        ),
    ]
}

fn fields(module: &mut CompiledModule, definition: usize) -> &mut Vec<FieldDefinition> {
    match &mut module.struct_definitions[definition].fields {
        StructFields::Declared(fields) => fields,
        StructFields::Native => panic!("declared"),
    }
}

fn code(module: &mut CompiledModule) -> &mut CodeUnit {
    module.function_definitions[0].code.as_mut().expect("code")
}

#[test]
fn an_index_one_beyond_its_table_is_refused_where_it_stands() {
    for (what, change, place) in tables().into_iter().chain(definitions()) {
        let mut changed = sample::module();
        change(&mut changed);
        let expected = Err(Fault::new(Status::IndexOutOfBounds).at(place));
        assert_eq!(module(&changed), expected, "{what}");
    }
}

#[test]
fn of_two_faults_the_one_of_the_earlier_check_is_told() {
    let rows: Vec<_> = tables().into_iter().chain(definitions()).collect();
    for (earlier, later) in rows.iter().zip(rows.iter().skip(1)) {
        // two rows about the first instruction undo each other
        if matches!((earlier.2, later.2), (Place::Instruction { .. }, _)) {
            continue;
        }
        let mut changed = sample::module();
        later.1(&mut changed);
        earlier.1(&mut changed);
        let expected = Err(Fault::new(Status::IndexOutOfBounds).at(earlier.2));
        assert_eq!(module(&changed), expected, "{} before {}", earlier.0, later.0);
    }
}

#[test]
fn a_type_parameter_of_an_instance_is_one_of_the_function_that_uses_it() {
    let uses: [(&str, Change); 3] = [
        ("function", |m| m.function_instantiations[0].type_arguments.0 = 4),
        ("struct", |m| m.struct_instantiations[0].type_arguments.0 = 4),
        ("field", |m| m.field_instantiations[0].type_arguments.0 = 4),
    ];
    for (what, change) in uses {
        let mut changed = sample::module();
        change(&mut changed);
        let status = module(&changed).map_err(|fault| fault.status);
        assert_eq!(status, Err(Status::IndexOutOfBounds), "{what}");
        // unused, the instance is no fault
        code(&mut changed).code = vec![Instruction::Ret];
        assert_eq!(module(&changed), Ok(()), "{what}");
    }
}

#[test]
fn a_struct_has_as_many_arguments_as_its_handle_has_parameters() {
    use SignatureToken as T;
    let rows: [(Signature, Option<Status>); 5] = [
        (generic_of(1, vec![T::U8, T::U8]), None),
        (generic_of(1, vec![T::U8]), Some(Status::NumberOfTypeArgumentsMismatch)),
        (generic_of(1, vec![T::U8; 3]), Some(Status::NumberOfTypeArgumentsMismatch)),
        (generic_of(0, vec![T::U8]), Some(Status::NumberOfTypeArgumentsMismatch)),
        (
            Signature(vec![T::Struct(StructHandleIndex(1))]),
            Some(Status::NumberOfTypeArgumentsMismatch),
        ),
    ];
    for (signature, expected) in rows {
        let mut changed = sample::module();
        changed.signatures[0] = signature;
        let status = module(&changed).err().map(|fault| fault.status);
        assert_eq!(status, expected, "{:?}", changed.signatures[0]);
    }
}

#[test]
fn a_module_without_handles_is_refused_before_anything_else() {
    let mut changed = sample::module();
    changed.module_handles.clear();
    changed.signatures[0] = generic_of(9, vec![]);
    assert_eq!(module(&changed), Err(Fault::new(Status::NoModuleHandles)));
    let mut script = sample::script();
    script.module_handles.clear();
    script.struct_handles.clear();
    script.function_handles.clear();
    script.function_instantiations.clear();
    script.signatures.truncate(2);
    script.parameters.0 = 0;
    script.code.locals.0 = 0;
    assert_eq!(super::script(&script), Ok(()), "a script needs none");
}

#[test]
fn parameters_and_locals_are_255_together_at_most() {
    let with = |parameters: usize, locals: usize| {
        let mut changed = sample::module();
        changed.signatures[2].0 = vec![SignatureToken::Bool; parameters];
        changed.signatures[3].0 = vec![SignatureToken::Bool; locals];
        let place = entry(TableKind::FunctionDefinitions, 0);
        let refused = Err(Fault::new(Status::TooManyLocals).at(place));
        (module(&changed), refused)
    };
    for (parameters, locals) in [(255, 0), (0, 255), (128, 127)] {
        assert_eq!(with(parameters, locals).0, Ok(()), "{parameters} and {locals}");
    }
    for (parameters, locals) in [(255, 1), (1, 255), (128, 128)] {
        let (checked, refused) = with(parameters, locals);
        assert_eq!(checked, refused, "{parameters} and {locals}");
    }
}

#[test]
fn a_script_is_checked_like_a_function() {
    type Change = fn(&mut CompiledScript);
    let out = Status::IndexOutOfBounds;
    let rows: [(&str, Change, Status); 7] = [
        ("a type", |s| s.signatures[0] = generic_of(3, vec![]), out),
        ("parameters", |s| s.parameters.0 = 5, out),
        ("a type parameter", |s| s.signatures[4] = parameter(2), out),
        ("locals", |s| s.code.locals.0 = 5, out),
        ("a type parameter among locals", |s| s.signatures[3] = parameter(2), out),
        ("a constant", |s| s.code.code[0] = Instruction::LdConst(ConstantIndex(2)), out),
        (
            "too many locals",
            |s| s.signatures[3].0 = vec![SignatureToken::Bool; 255],
            Status::TooManyLocals,
        ),
    ];
    for (what, change, expected) in rows {
        let mut changed = sample::script();
        change(&mut changed);
        assert_eq!(script(&changed).map_err(|fault| fault.status), Err(expected), "{what}");
    }
}

/// The pass that asks for the definition refuses them, with the status for scripts.
#[test]
fn instructions_about_definitions_in_a_script_are_left_to_later_passes() {
    let mut changed = sample::script();
    changed.code.code = vec![
        Instruction::Pack(StructDefinitionIndex(9)),
        Instruction::PackGeneric(StructDefInstantiationIndex(9)),
        Instruction::MutBorrowField(FieldHandleIndex(9)),
        Instruction::ImmBorrowFieldGeneric(FieldInstantiationIndex(9)),
    ];
    assert_eq!(script(&changed), Ok(()));
}
