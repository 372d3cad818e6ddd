//! Every table with an entry twice, and handles of the module itself that do not fit.

use super::{module, script};
use crate::fault::{Fault, Place};
use crate::format::*;
use crate::status::Status;

type Change = fn(&mut CompiledModule);

fn again<T: Clone>(table: &mut Vec<T>) {
    table.push(table[0].clone());
}

/// In the order of the checks.
fn rows() -> Vec<(&'static str, Change, Status, TableKind, usize)> {
    use Status as S;
    use TableKind as T;
    vec![
        ("a name", |m| again(&mut m.identifiers), S::DuplicateElement, T::Identifiers, 9),
        ("an address", |m| again(&mut m.addresses), S::DuplicateElement, T::AddressIdentifiers, 2),
        ("a constant", |m| again(&mut m.constants), S::DuplicateElement, T::Constants, 2),
        ("a signature", |m| again(&mut m.signatures), S::DuplicateElement, T::Signatures, 5),
        ("a module", |m| again(&mut m.module_handles), S::DuplicateElement, T::ModuleHandles, 2),
        (
            "a friend",
            |m| again(&mut m.friend_declarations),
            S::DuplicateElement,
            T::FriendDeclarations,
            1,
        ),
        (
            "a struct under other abilities",
            |m| {
                again(&mut m.struct_handles);
                m.struct_handles[3].abilities = Abilities::NONE;
            },
            S::DuplicateElement,
            T::StructHandles,
            3,
        ),
        (
            "a function with other parameters",
            |m| {
                again(&mut m.function_handles);
                m.function_handles[3].parameters.0 = 0;
            },
            S::DuplicateElement,
            T::FunctionHandles,
            3,
        ),
        (
            "an instance of a function",
            |m| again(&mut m.function_instantiations),
            S::DuplicateElement,
            T::FunctionInstantiations,
            1,
        ),
        ("a field", |m| again(&mut m.field_handles), S::DuplicateElement, T::FieldHandles, 3),
        (
            "an instance of a field",
            |m| again(&mut m.field_instantiations),
            S::DuplicateElement,
            T::FieldInstantiations,
            1,
        ),
        (
            "a function's definition",
            |m| again(&mut m.function_definitions),
            S::DuplicateElement,
            T::FunctionDefinitions,
            2,
        ),
        (
            "what a function acquires",
            |m| again(&mut m.function_definitions[0].acquires),
            S::DuplicateAcquiresAnnotation,
            T::FunctionDefinitions,
            0,
        ),
        (
            "a function of another module",
            |m| m.function_definitions.last_mut().expect("one").handle.0 = 2,
            S::InvalidModuleHandle,
            T::FunctionDefinitions,
            1,
        ),
        (
            "a function without definition",
            |m| drop(m.function_definitions.pop()),
            S::UnimplementedHandle,
            T::FunctionHandles,
            1,
        ),
        (
            "a struct's definition",
            |m| again(&mut m.struct_definitions),
            S::DuplicateElement,
            T::StructDefinitions,
            2,
        ),
        (
            "a struct without fields",
            |m| m.struct_definitions[1].fields = StructFields::Declared(vec![]),
            S::ZeroSizedStruct,
            T::StructDefinitions,
            1,
        ),
        (
            "a field's name",
            |m| {
                let StructFields::Declared(fields) = &mut m.struct_definitions[1].fields else {
                    panic!("declared")
                };
                again(fields);
            },
            S::DuplicateElement,
            T::StructDefinitions,
            1,
        ),
        (
            "a struct of another module",
            |m| m.struct_definitions.last_mut().expect("one").handle.0 = 2,
            S::InvalidModuleHandle,
            T::StructDefinitions,
            1,
        ),
        (
            "a struct without definition",
            |m| drop(m.struct_definitions.pop()),
            S::UnimplementedHandle,
            T::StructHandles,
            1,
        ),
        (
            "an instance of a struct",
            |m| again(&mut m.struct_instantiations),
            S::DuplicateElement,
            T::StructDefInstantiations,
            1,
        ),
    ]
}

#[test]
fn what_is_said_twice_or_not_at_all_is_refused_where_it_stands() {
    assert_eq!(module(&sample::module()), Ok(()));
    for (what, change, status, table, index) in rows() {
        let mut changed = sample::module();
        change(&mut changed);
        let expected = Err(Fault::new(status).at(Place::Entry { table, index }));
        assert_eq!(module(&changed), expected, "{what}");
    }
}

#[test]
fn of_two_faults_the_one_of_the_earlier_check_is_told() {
    let rows = rows();
    for (earlier, later) in rows.iter().zip(rows.iter().skip(1)) {
        let mut changed = sample::module();
        later.1(&mut changed);
        earlier.1(&mut changed);
        let found = module(&changed).expect_err("two faults");
        assert_eq!(found.status, earlier.2, "{} before {}", earlier.0, later.0);
        assert!(matches!(found.place, Place::Entry { table, .. } if table == earlier.3));
    }
}

#[test]
fn a_native_struct_has_no_fields_to_repeat() {
    let mut changed = sample::module();
    changed.struct_definitions[0].fields = StructFields::Native;
    assert_eq!(module(&changed), Ok(()));
}

#[test]
fn a_script_has_the_shared_tables_only() {
    type Change = fn(&mut CompiledScript);
    let rows: [(Change, TableKind); 8] = [
        (|s| again(&mut s.identifiers), TableKind::Identifiers),
        (|s| again(&mut s.addresses), TableKind::AddressIdentifiers),
        (|s| again(&mut s.constants), TableKind::Constants),
        (|s| again(&mut s.signatures), TableKind::Signatures),
        (|s| again(&mut s.module_handles), TableKind::ModuleHandles),
        (|s| again(&mut s.struct_handles), TableKind::StructHandles),
        (|s| again(&mut s.function_handles), TableKind::FunctionHandles),
        (|s| again(&mut s.function_instantiations), TableKind::FunctionInstantiations),
    ];
    assert_eq!(script(&sample::script()), Ok(()));
    for (change, expected) in rows {
        let mut changed = sample::script();
        change(&mut changed);
        let found = script(&changed).expect_err("twice");
        assert_eq!(found.status, Status::DuplicateElement);
        assert!(matches!(found.place, Place::Entry { table, .. } if table == expected));
    }
}
