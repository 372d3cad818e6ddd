//! Each limit, at it and one beyond.

use super::{Limits, module, script};
use crate::format::*;
use crate::status::Status;

const STRUCT: SignatureToken = SignatureToken::Struct(StructHandleIndex(0));

fn vectors(depth: usize, leaf: SignatureToken) -> SignatureToken {
    (1..depth).fold(leaf, |type_, _| SignatureToken::Vector(Box::new(type_)))
}

/// A struct with so many arguments that are truth values: so many nodes and four.
fn wide(arguments: usize) -> SignatureToken {
    SignatureToken::StructInstantiation(StructHandleIndex(1), vec![SignatureToken::Bool; arguments])
}

/// Makes something of the size that it is told.
type Grow = fn(&mut CompiledModule, usize);

fn rows() -> Vec<(&'static str, usize, Grow, Status)> {
    vec![
        (
            "type parameters of a function",
            32,
            |m, size| m.function_handles[0].type_parameters = vec![Abilities::NONE; size],
            Status::TooManyTypeParameters,
        ),
        (
            "parameters",
            128,
            |m, size| m.signatures[2].0 = vec![SignatureToken::Bool; size],
            Status::TooManyParameters,
        ),
        (
            "results",
            128,
            |m, size| m.signatures[1].0 = vec![SignatureToken::Bool; size],
            Status::TooManyParameters,
        ),
        (
            "type parameters of a struct",
            32,
            |m, size| {
                let parameter =
                    StructTypeParameter { constraints: Abilities::NONE, is_phantom: false };
                m.struct_handles[2].type_parameters = vec![parameter; size];
            },
            Status::TooManyTypeParameters,
        ),
        (
            "depth in a signature",
            20,
            |m, size| m.signatures[3].0[0] = vectors(size, SignatureToken::Bool),
            Status::TooManyTypeNodes,
        ),
        (
            "nodes in a signature",
            128,
            |m, size| m.signatures[3].0[0] = wide(size - 4),
            Status::TooManyTypeNodes,
        ),
        (
            "depth in a constant",
            20,
            |m, size| m.constants[0].type_ = vectors(size, SignatureToken::Bool),
            Status::TooManyTypeNodes,
        ),
        (
            "depth in a field",
            20,
            |m, size| {
                let type_ = vectors(size, STRUCT);
                let field = FieldDefinition { name: IdentifierIndex(3), type_ };
                m.struct_definitions[0].fields = StructFields::Declared(vec![field]);
            },
            Status::TooManyTypeNodes,
        ),
        (
            "functions",
            1_000,
            |m, size| {
                let definition = m.function_definitions[1].clone();
                m.function_definitions = vec![definition; size];
            },
            Status::MaxFunctionDefinitionsReached,
        ),
        (
            "structs",
            200,
            |m, size| {
                let definition = m.struct_definitions[0].clone();
                m.struct_definitions = vec![definition; size];
            },
            Status::MaxStructDefinitionsReached,
        ),
        (
            "fields",
            30,
            |m, size| {
                let type_ = SignatureToken::U8;
                let field = FieldDefinition { name: IdentifierIndex(3), type_ };
                m.struct_definitions[1].fields = StructFields::Declared(vec![field; size]);
            },
            Status::MaxFieldDefinitionsReached,
        ),
    ]
}

fn status(module: &CompiledModule, limits: &Limits) -> Option<Status> {
    super::module(module, limits).err().map(|fault| fault.status)
}

#[test]
fn each_size_may_reach_its_limit_and_not_pass_it() {
    for (what, limit, grow, expected) in rows() {
        let mut changed = sample::module();
        grow(&mut changed, limit);
        assert_eq!(status(&changed, &Limits::NETWORK), None, "{what} at {limit}");
        grow(&mut changed, limit + 1);
        assert_eq!(status(&changed, &Limits::NETWORK), Some(expected), "{what} beyond {limit}");
        assert_eq!(status(&changed, &Limits::NONE), None, "{what} without limits");
    }
}

#[test]
fn of_two_sizes_beyond_their_limits_the_first_is_told() {
    let rows = rows();
    for (earlier, later) in rows.iter().zip(rows.iter().skip(1)) {
        let mut changed = sample::module();
        later.2(&mut changed, later.1 + 1);
        earlier.2(&mut changed, earlier.1 + 1);
        let expected = Some(earlier.3);
        assert_eq!(status(&changed, &Limits::NETWORK), expected, "{} first", earlier.0);
    }
}

/// A type parameter and a struct count four, all else counts one.
#[test]
fn nodes_that_stand_for_unknown_types_count_more() {
    let mut limits = Limits::NONE;
    limits.type_nodes = Some(9);
    let mut sample = sample::module();
    let counted = [(vectors(6, SignatureToken::TypeParameter(0)), 9), (vectors(6, STRUCT), 9)];
    for (type_, nodes) in counted {
        sample.signatures = vec![Signature::default(); 5];
        sample.signatures[0].0 = vec![type_];
        limits.type_nodes = Some(nodes);
        assert_eq!(status(&sample, &limits), None);
        limits.type_nodes = Some(nodes - 1);
        assert_eq!(status(&sample, &limits), Some(Status::TooManyTypeNodes));
    }
}

#[test]
fn a_script_has_the_limits_of_handles_and_types() {
    let mut sample = sample::script();
    assert_eq!(script(&sample, &Limits::NETWORK), Ok(()));
    sample.signatures[0].0 = vec![vectors(21, SignatureToken::Bool)];
    let status = |script: &CompiledScript| {
        super::script(script, &Limits::NETWORK).map_err(|fault| fault.status)
    };
    assert_eq!(status(&sample), Err(Status::TooManyTypeNodes));
    sample.function_handles[0].type_parameters = vec![Abilities::NONE; 33];
    assert_eq!(status(&sample), Err(Status::TooManyTypeParameters));
    assert_eq!(script(&sample, &Limits::NONE), Ok(()));
    assert_eq!(module(&sample::module(), &Limits::NETWORK), Ok(()));
}
