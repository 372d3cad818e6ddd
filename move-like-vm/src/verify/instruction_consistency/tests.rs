use crate::fault::{Fault, Place};
use crate::format::{
    Abilities, FieldHandleIndex, FieldInstantiationIndex, FunctionHandleIndex,
    FunctionInstantiationIndex, Instruction, SignatureToken, StructDefInstantiationIndex,
    StructDefinitionIndex, Visibility,
};
use crate::status::Status;
use crate::testing::{Builder, parameter};

/// One plain and one generic struct, field and function, and an instance of each.
#[derive(Clone, Copy)]
struct Members {
    structs: [StructDefinitionIndex; 2],
    struct_instances: [StructDefInstantiationIndex; 2],
    fields: [FieldHandleIndex; 2],
    field_instances: [FieldInstantiationIndex; 2],
    functions: [FunctionHandleIndex; 2],
    function_instances: [FunctionInstantiationIndex; 2],
}

fn members() -> (Builder, Members) {
    let mut builder = Builder::module(1, "M");
    let types = [SignatureToken::Bool];
    let field = [("x", SignatureToken::Bool)];
    let parameters = [parameter(Abilities::NONE)];
    let (_, plain) = builder.structure("Plain", Abilities::ALL, &[], &field);
    let (_, generic) = builder.structure("Generic", Abilities::ALL, &parameters, &field);
    let fields = [builder.field(plain, 0), builder.field(generic, 0)];
    let own = builder.own();
    let functions = [
        builder.function_handle(own, "plain", &[], &[], &[]),
        builder.function_handle(own, "generic", &[Abilities::NONE], &[], &[]),
    ];
    let members = Members {
        structs: [plain, generic],
        struct_instances: [plain, generic].map(|of| builder.struct_instance(of, &types)),
        fields,
        field_instances: fields.map(|of| builder.field_instance(of, &types)),
        functions,
        function_instances: functions.map(|of| builder.function_instance(of, &types)),
    };
    (builder, members)
}

fn check(instruction: Instruction) -> Result<(), Fault> {
    let (mut builder, _) = members();
    builder.function("f", Visibility::Private, &[Instruction::Nop, instruction]);
    super::module(&builder.build())
}

fn refused(status: Status) -> Result<(), Fault> {
    Err(Fault::new(status).at(Place::Instruction { function: 0, instruction: 1 }))
}

#[test]
fn every_form_names_members_of_its_own_kind() {
    macro_rules! forms {
        ($members:ident: $($form:ident),*) => {
            [$($members.map(Instruction::$form)),*]
        };
    }
    let (_, members) = members();
    let Members { structs, struct_instances, fields, field_instances, functions, .. } = members;
    let calls = members.function_instances;
    let plain =
        forms![structs: Pack, Unpack, Exists, MutBorrowGlobal, ImmBorrowGlobal, MoveFrom, MoveTo]
            .into_iter()
            .chain(forms![fields: MutBorrowField, ImmBorrowField])
            .chain(forms![functions: Call]);
    let generic = forms![
        struct_instances:
            PackGeneric, UnpackGeneric, ExistsGeneric, MutBorrowGlobalGeneric,
            ImmBorrowGlobalGeneric, MoveFromGeneric, MoveToGeneric
    ]
    .into_iter()
    .chain(forms![field_instances: MutBorrowFieldGeneric, ImmBorrowFieldGeneric])
    .chain(forms![calls: CallGeneric]);
    for [of_plain, of_generic] in plain {
        assert_eq!(check(of_plain), Ok(()));
        assert_eq!(check(of_generic), refused(Status::GenericMemberOpcodeMismatch));
    }
    for [of_plain, of_generic] in generic {
        assert_eq!(check(of_plain), refused(Status::GenericMemberOpcodeMismatch));
        assert_eq!(check(of_generic), Ok(()));
    }
}

#[test]
fn at_most_65535_elements_are_packed_at_once() {
    let (mut builder, _) = members();
    let index = builder.signature(&[SignatureToken::Bool]);
    for form in [Instruction::VecPack, Instruction::VecUnpack] {
        assert_eq!(check(form(index, 65_535)), Ok(()));
        assert_eq!(check(form(index, 65_536)), refused(Status::ConstraintNotSatisfied));
        assert_eq!(check(form(index, u64::MAX)), refused(Status::ConstraintNotSatisfied));
    }
}

#[test]
fn the_code_of_a_script_is_looked_at() {
    let mut builder = Builder::script();
    let other = builder.import(1, "N");
    let generic = builder.function_handle(other, "g", &[Abilities::NONE], &[], &[]);
    let script = builder.build_script(&[], &[], &[Instruction::Nop, Instruction::Call(generic)]);
    assert_eq!(super::script(&script), refused(Status::GenericMemberOpcodeMismatch));
}

#[test]
fn a_script_names_no_struct_of_its_own() {
    let (owner, field) = (StructDefinitionIndex(0), FieldHandleIndex(0));
    for instruction in [
        Instruction::Pack(owner),
        Instruction::Unpack(owner),
        Instruction::Exists(owner),
        Instruction::MutBorrowGlobal(owner),
        Instruction::ImmBorrowGlobal(owner),
        Instruction::MoveFrom(owner),
        Instruction::MoveTo(owner),
        Instruction::MutBorrowField(field),
        Instruction::ImmBorrowField(field),
    ] {
        let code = [Instruction::Nop, instruction];
        let script = Builder::script().build_script(&[], &[], &code);
        assert_eq!(super::script(&script), refused(Status::InvalidOperationInScript));
    }
}
