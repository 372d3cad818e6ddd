//! What versions 1 to 4 say otherwise, for those who read them.

use super::refusals::file;
use crate::decode::{self, Dialect};
use crate::fault::Fault;
use crate::format::{Abilities, Ability, AddressWidth, CompiledModule, Instruction, Visibility};
use crate::status::Status;

const NONE: Abilities = Abilities::NONE;
const STORE: Abilities = NONE.with(Ability::Store);
const KEY: Abilities = NONE.with(Ability::Key);
const COPY_DROP: Abilities = NONE.with(Ability::Copy).with(Ability::Drop);

fn read(version: u32, kind: u8, bytes: &[u8]) -> Result<CompiledModule, Status> {
    let dialect = Dialect::of_any_version(AddressWidth::ThirtyTwo);
    let read = decode::module_with(&file(version, &[(kind, bytes)], &[0]), dialect);
    read.map_err(|Fault { status, .. }| status)
}

#[test]
fn only_who_asks_for_old_versions_gets_them() {
    for version in 1..=4 {
        let bytes = file(version, &[], &[0]);
        let refused = decode::module(&bytes).map_err(|fault| fault.status);
        assert_eq!(refused, Err(Status::UnknownVersion), "{version}");
        let any = Dialect::of_any_version(AddressWidth::ThirtyTwo);
        assert_eq!(decode::module_with(&bytes, any).map(|module| module.version), Ok(version));
        assert!(decode::script_with(&file(version, &[], &[0, 0, 0, 0]), any).is_ok());
    }
    for version in [0, 7] {
        let any = Dialect::of_any_version(AddressWidth::ThirtyTwo);
        let read = decode::module_with(&file(version, &[], &[0]), any);
        assert_eq!(read.map_err(|fault| fault.status), Err(Status::UnknownVersion));
    }
}

#[test]
fn a_kind_of_version_1_becomes_abilities() {
    // module, name, kind of the struct, and of its type parameters
    let structure = |bytes: &[u8]| {
        read(1, 0x2, bytes).map(|module| {
            let handle = &module.struct_handles[0];
            let asked: Vec<_> = handle
                .type_parameters
                .iter()
                .map(|parameter| (parameter.constraints, parameter.is_phantom))
                .collect();
            (handle.abilities, asked)
        })
    };
    let asked = vec![(NONE, false), (COPY_DROP, false), (KEY, false)];
    assert_eq!(structure(&[0, 0, 1, 3, 1, 2, 3]), Ok((STORE.union(KEY), asked)));
    assert_eq!(structure(&[0, 0, 2, 0]), Ok((STORE.union(COPY_DROP), vec![])));
    for bytes in [[0, 0, 0, 0].as_slice(), &[0, 0, 3, 0], &[0, 0, 1, 1, 0], &[0, 0, 1, 1, 4]] {
        assert_eq!(structure(bytes), Err(Status::UnknownAbility), "{bytes:?}");
    }
    assert_eq!(structure(&[0, 0, 1, 1]), Err(Status::Malformed));

    let function = |bytes: &[u8]| {
        read(1, 0x3, bytes).map(|module| module.function_handles[0].type_parameters.clone())
    };
    let asked = vec![STORE, STORE.union(COPY_DROP), STORE.union(KEY)];
    assert_eq!(function(&[0, 0, 0, 0, 3, 1, 2, 3]), Ok(asked));
    assert_eq!(function(&[0, 0, 0, 0, 1, 7]), Err(Status::UnknownAbility));
}

#[test]
fn phantom_parameters_come_with_version_3() {
    let phantom = |version, bytes: &[u8]| {
        read(version, 0x2, bytes).map(|module| {
            let parameters = &module.struct_handles[0].type_parameters;
            parameters.iter().map(|parameter| parameter.is_phantom).collect::<Vec<_>>()
        })
    };
    assert_eq!(phantom(2, &[0, 0, 0xF, 1, 4]), Ok(vec![false]));
    assert_eq!(phantom(3, &[0, 0, 0xF, 1, 4, 1]), Ok(vec![true]));
    assert_eq!(phantom(3, &[0, 0, 0xF, 1, 4]), Err(Status::Malformed));
}

#[test]
fn the_flags_of_a_function_change_with_versions_2_and_5() {
    // the function's handle, its flags, nothing acquired, no locals, one instruction
    let function = |version, flags: &[u8], native: bool| {
        let code: &[u8] = if native { &[0] } else { &[0, 0, 1, 0x02] };
        read(version, 0xC, &[&[0], flags, code].concat()).map(|module| {
            let function = &module.function_definitions[0];
            (function.visibility, function.is_entry, function.code.is_none())
        })
    };
    use Visibility::{Friend, Private, Public};
    for (version, flags, native, expected) in [
        (1, [0].as_slice(), false, Ok((Private, false, false))),
        (1, &[1], false, Ok((Public, false, false))),
        (1, &[2], true, Ok((Private, false, true))),
        (1, &[3], true, Ok((Public, false, true))),
        (1, &[4], false, Err(Status::InvalidFlagBits)),
        (2, &[0, 0], false, Ok((Private, false, false))),
        (2, &[3, 0], false, Ok((Friend, false, false))),
        (4, &[2, 0], false, Ok((Public, true, false))),
        (4, &[2, 2], true, Ok((Public, true, true))),
        (4, &[1, 4], false, Err(Status::InvalidFlagBits)),
        (4, &[4, 0], false, Err(Status::Malformed)),
        (5, &[2, 0], false, Err(Status::Malformed)),
        (5, &[1, 4], false, Ok((Public, true, false))),
    ] {
        assert_eq!(function(version, flags, native), expected, "{version} {flags:?}");
    }
}

#[test]
fn tables_and_instructions_come_with_their_versions() {
    for (version, expected) in [(1, Err(Status::Malformed)), (2, Ok(1))] {
        let friends = read(version, 0xF, &[0, 0]).map(|module| module.friend_declarations.len());
        assert_eq!(friends, expected, "{version}");
    }
    for (version, expected) in [(4, Err(Status::Malformed)), (5, Ok(1))] {
        let metadata = read(version, 0x10, &[0, 0]).map(|module| module.metadata.len());
        assert_eq!(metadata, expected, "{version}");
    }
    for (version, expected) in [(3, Err(Status::Malformed)), (4, Ok(()))] {
        let length = [0, 0, 0, 0, 0, 1, 0x41, 0];
        let read = read(version, 0xC, &length).map(|module| {
            let code = module.function_definitions[0].code.as_ref().unwrap();
            assert!(matches!(code.code[..], [Instruction::VecLen(_)]));
        });
        assert_eq!(read, expected, "{version}");
    }
    assert_eq!(read(4, 0x5, &[1, 0xD]).map(drop), Err(Status::Malformed));
}
