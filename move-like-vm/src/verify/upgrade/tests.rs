use super::Compatibility;
use crate::fault::Fault;
use crate::format::{
    Abilities, Ability, CompiledModule, SignatureToken, StructTypeParameter, Visibility,
};
use crate::status::Status;
use crate::testing::{Builder, parameter, phantom, vector};

const NONE: Abilities = Abilities::NONE;
const DROP: Abilities = NONE.with(Ability::Drop);
const COPY: Abilities = NONE.with(Ability::Copy);
const U8: SignatureToken = SignatureToken::U8;
const U64: SignatureToken = SignatureToken::U64;

/// What a change breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Breaks {
    linking: bool,
    layout: bool,
    friends: bool,
}

const NOTHING: Breaks = Breaks { linking: false, layout: false, friends: false };
const LINKING: Breaks = Breaks { linking: true, ..NOTHING };
const LAYOUT: Breaks = Breaks { layout: true, ..NOTHING };
const FRIENDS: Breaks = Breaks { friends: true, ..NOTHING };

/// Checks a change under every set of demands.
fn check(name: &str, old: &CompiledModule, new: &CompiledModule, breaks: Breaks) {
    for bits in 0..8_u8 {
        let asked =
            Compatibility { linking: bits & 1 != 0, layout: bits & 2 != 0, friends: bits & 4 != 0 };
        let broken = asked.linking && breaks.linking
            || asked.layout && breaks.layout
            || asked.friends && breaks.friends;
        let expected = match broken {
            true => Err(Fault::new(Status::BackwardIncompatibleModuleUpdate)),
            false => Ok(()),
        };
        assert_eq!(asked.check(old, new), expected, "{name} {asked:?}");
    }
}

/// A module with one struct.
fn structure(
    name: &str,
    abilities: Abilities,
    parameters: &[StructTypeParameter],
    fields: &[(&str, SignatureToken)],
) -> CompiledModule {
    let mut builder = Builder::module(1, "M");
    builder.structure(name, abilities, parameters, fields);
    builder.build()
}

#[test]
fn a_struct_keeps_its_name_abilities_and_fields() {
    let fields = [("x", U8), ("y", vector(U64))];
    let old = structure("S", DROP, &[], &fields);
    let gone = Breaks { linking: true, layout: true, friends: false };
    let cases = [
        ("same", structure("S", DROP, &[], &fields), NOTHING),
        ("more abilities", structure("S", DROP.union(COPY), &[], &fields), NOTHING),
        ("fewer abilities", structure("S", NONE, &[], &fields), LINKING),
        ("other abilities", structure("S", COPY, &[], &fields), LINKING),
        ("other name", structure("T", DROP, &[], &fields), gone),
        ("no struct", Builder::module(1, "M").build(), gone),
        (
            "a field more",
            structure("S", DROP, &[], &[fields[0].clone(), fields[1].clone(), ("z", U8)]),
            LAYOUT,
        ),
        ("a field less", structure("S", DROP, &[], &fields[..1]), LAYOUT),
        ("other order", structure("S", DROP, &[], &[fields[1].clone(), fields[0].clone()]), LAYOUT),
        ("other type", structure("S", DROP, &[], &[fields[0].clone(), ("y", vector(U8))]), LAYOUT),
        (
            "other field name",
            structure("S", DROP, &[], &[fields[0].clone(), ("z", vector(U64))]),
            LAYOUT,
        ),
        (
            "other module name",
            {
                let mut m = Builder::module(1, "N");
                m.structure("S", DROP, &[], &fields);
                m.build()
            },
            LINKING,
        ),
        (
            "other address",
            {
                let mut m = Builder::module(2, "M");
                m.structure("S", DROP, &[], &fields);
                m.build()
            },
            LINKING,
        ),
    ];
    for (name, new, breaks) in cases {
        check(name, &old, &new, breaks);
    }
    check("a struct more", &Builder::module(1, "M").build(), &old, NOTHING);
}

#[test]
fn a_native_struct_stays_native() {
    let native = {
        let mut builder = Builder::module(1, "M");
        let handle = builder.struct_handle(builder.own(), "S", NONE, &[]);
        builder.native_struct(handle);
        builder.build()
    };
    let declared = structure("S", NONE, &[], &[("x", U8)]);
    check("same", &native, &native, NOTHING);
    check("has fields", &native, &declared, LAYOUT);
    check("has none", &declared, &native, LAYOUT);
}

#[test]
fn type_parameters_of_a_struct_ask_no_more_than_before() {
    let with = |parameters: &[StructTypeParameter]| structure("S", NONE, parameters, &[("x", U8)]);
    let old = with(&[parameter(DROP), phantom(NONE)]);
    check("same", &old, &old, NOTHING);
    check("asks less", &old, &with(&[parameter(NONE), phantom(NONE)]), NOTHING);
    check("asks more", &old, &with(&[parameter(DROP), phantom(COPY)]), LINKING);
    check("becomes phantom", &old, &with(&[phantom(DROP), phantom(NONE)]), NOTHING);
    check("is phantom no longer", &old, &with(&[parameter(DROP), parameter(NONE)]), LINKING);
    check("one less", &old, &with(&[parameter(DROP)]), LINKING);
}

#[test]
fn a_struct_is_compared_by_what_its_indices_mean() {
    let with_import = |first: &str| {
        let mut builder = Builder::module(1, "M");
        let types = builder.import(1, first);
        let other = builder.import(1, "T");
        let unused = builder.struct_handle(types, "S", NONE, &[]);
        let used = builder.struct_handle(other, "S", NONE, &[]);
        (builder, unused, used)
    };
    let (mut old, _, used) = with_import("A");
    old.structure("Outer", NONE, &[], &[("x", SignatureToken::Struct(used))]);
    let old = old.build();
    let mut new = Builder::module(1, "M");
    let types = new.import(1, "T");
    let handle = new.struct_handle(types, "S", NONE, &[]);
    new.structure("Outer", NONE, &[], &[("x", SignatureToken::Struct(handle))]);
    check("same struct at another index", &old, &new.build(), NOTHING);
    let (mut new, unused, _) = with_import("A");
    new.structure("Outer", NONE, &[], &[("x", SignatureToken::Struct(unused))]);
    check("another struct of that name", &old, &new.build(), LAYOUT);
}

/// Type parameters, parameters and results.
type Shape<'a> = (&'a [Abilities], &'a [SignatureToken], &'a [SignatureToken]);

/// What `f` is, or that there is no function.
type Function<'a> =
    Option<(Visibility, bool, (&'a [Abilities], &'a [SignatureToken], &'a [SignatureToken]))>;

fn function(function: Function<'_>) -> CompiledModule {
    let mut builder = Builder::module(1, "M");
    if let Some((visibility, is_entry, (types, parameters, returns))) = function {
        let handle = builder.function_handle(builder.own(), "f", types, parameters, returns);
        builder.code(handle, visibility, &[], &[]);
        if is_entry {
            builder.make_entry();
        }
    }
    builder.build()
}

#[test]
fn whoever_could_call_a_function_still_can() {
    let all = [Visibility::Private, Visibility::Friend, Visibility::Public];
    let shape: Shape<'_> = (&[], &[], &[]);
    let mut states: Vec<Function<'_>> = vec![None];
    for visibility in all {
        states.extend([false, true].map(|is_entry| Some((visibility, is_entry, shape))));
    }
    for old in &states {
        for new in &states {
            let kept = match (old, new) {
                (None | Some((Visibility::Private, false, _)), _) => true,
                (Some(_), None) => false,
                (Some((before, was_entry, _)), Some((after, is_entry, _))) => {
                    after_reaches(*before, *after) && (*is_entry || !was_entry)
                }
            };
            let breaks = match old {
                _ if kept => NOTHING,
                Some((Visibility::Friend, _, _)) => FRIENDS,
                _ => LINKING,
            };
            check(&format!("{old:?} to {new:?}"), &function(*old), &function(*new), breaks);
        }
    }
}

fn after_reaches(before: Visibility, after: Visibility) -> bool {
    match before {
        Visibility::Private => true,
        Visibility::Friend => after != Visibility::Private,
        Visibility::Public => after == Visibility::Public,
    }
}

#[test]
fn a_function_that_others_call_keeps_its_signature() {
    let shapes: [(&str, Shape<'_>, bool); 8] = [
        ("same", (&[DROP], &[U8], &[U64]), true),
        ("asks less", (&[NONE], &[U8], &[U64]), true),
        ("asks more", (&[DROP.union(COPY)], &[U8], &[U64]), false),
        ("a type parameter more", (&[DROP, NONE], &[U8], &[U64]), false),
        ("other parameter", (&[DROP], &[U64], &[U64]), false),
        ("no parameter", (&[DROP], &[], &[U64]), false),
        ("other result", (&[DROP], &[U8], &[U8]), false),
        ("a result more", (&[DROP], &[U8], &[U64, U64]), false),
    ];
    for (name, shape, kept) in shapes {
        for (visibility, is_entry, if_broken) in [
            (Visibility::Public, false, LINKING),
            (Visibility::Private, true, LINKING),
            (Visibility::Friend, false, FRIENDS),
            (Visibility::Friend, true, FRIENDS),
            (Visibility::Private, false, NOTHING),
        ] {
            let old = function(Some((visibility, is_entry, shapes[0].1)));
            let new = function(Some((visibility, is_entry, shape)));
            check(name, &old, &new, if kept { NOTHING } else { if_broken });
        }
    }
}

#[test]
fn friends_stay_friends() {
    let with = |friends: &[&str]| {
        let mut builder = Builder::module(1, "M");
        for friend in friends {
            builder.friend(1, friend);
        }
        builder.build()
    };
    check("same", &with(&["A", "B"]), &with(&["A", "B"]), NOTHING);
    check("other order", &with(&["A", "B"]), &with(&["B", "A"]), NOTHING);
    check("one more", &with(&["A"]), &with(&["B", "A"]), NOTHING);
    check("one less", &with(&["A", "B"]), &with(&["B"]), FRIENDS);
    check("another", &with(&["A"]), &with(&["B"]), FRIENDS);
}

#[test]
fn before_version_5_a_function_for_scripts_stays_one_and_no_other_becomes_one() {
    let module = |version, is_entry| {
        let mut builder = Builder::module(1, "M");
        builder.function("f", Visibility::Public, &[crate::format::Instruction::Ret]);
        if is_entry {
            builder.make_entry();
        }
        CompiledModule { version, ..builder.build() }
    };
    for (old, new, breaks) in [
        ((4, false), (4, true), LINKING),
        ((4, true), (4, false), LINKING),
        ((4, true), (4, true), NOTHING),
        ((4, false), (5, true), NOTHING),
        ((5, false), (5, true), NOTHING),
        ((4, true), (5, false), LINKING),
    ] {
        let name = format!("{old:?} {new:?}");
        check(&name, &module(old.0, old.1), &module(new.0, new.1), breaks);
    }
}
