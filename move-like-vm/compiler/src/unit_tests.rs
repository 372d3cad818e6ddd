//! `#[test]` functions as data for whoever runs them.
//!
//! # Place      ast, program -> [unit_tests] -> `CompiledUnit::tests`
//! # Invariants a test has a value for each of its parameters, and says one thing about its end
//! # Absent     running them

use move_like_vm::format::{Address, Unsigned256};

use crate::ast::{Attribute, AttributeValue, Path};
use crate::diagnostic::{Code, Findings};
use crate::names::{Resolved, Scope, fault};
use crate::parser::{literal, single};
use crate::program::FunctionInfo;
use crate::source::Span;

/// A function that is a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    /// The function's name.
    pub function: String,
    /// One value per parameter, in their order.
    pub arguments: Vec<TestValue>,
    /// How it has to end; none if it has to return.
    pub expected_failure: Option<ExpectedFailure>,
}

/// A value that a test passes to a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestValue {
    /// `@0x1`, for an address or a signer.
    Address(Address),
    /// A number.
    Number(Unsigned256),
    /// `true` or `false`.
    Truth(bool),
    /// A byte text.
    Bytes(Vec<u8>),
}

/// How a test has to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedFailure {
    /// The kind of failure.
    pub kind: FailureKind,
    /// The module in which it has to happen, if that is said or follows from a constant's name.
    pub location: Option<(Address, String)>,
}

/// A kind of failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Any.
    Any,
    /// `abort` with this code.
    Abort(u64),
    /// A number left its range.
    Arithmetic,
    /// The gas ran out.
    OutOfGas,
    /// A vector was used outside its bounds; the second code, if said.
    Vector(Option<u64>),
    /// A status of the machine, with its second code, if said.
    Status(u64, Option<u64>),
}

/// The test that a function is, if its attributes say so.
pub(crate) fn test_case(
    scope: &Scope<'_, '_>,
    info: &FunctionInfo<'_>,
    findings: &mut Findings,
) -> Option<TestCase> {
    let attributes = &info.source?.attributes;
    let named = |name: &str| {
        attributes
            .iter()
            .find(|attribute| single(&attribute.name).is_some_and(|found| found.text == name))
    };
    let failure = named("expected_failure");
    let Some(test) = named("test") else {
        if let Some(failure) = failure {
            let message = "`expected_failure` is said of a `test`";
            findings.add(Code::InvalidAttribute, failure.span, message);
        }
        return None;
    };
    let made = arguments(scope, info, test).and_then(|arguments| {
        let expected_failure =
            failure.map(|failure| expected_failure(scope, failure)).transpose()?;
        Ok(TestCase { function: info.name.clone(), arguments, expected_failure })
    });
    made.map_err(|finding| findings.push(finding)).ok()
}

fn invalid(span: Span, message: impl Into<String>) -> crate::diagnostic::Finding {
    fault(Code::InvalidAttribute, span, message)
}

fn arguments(
    scope: &Scope<'_, '_>,
    info: &FunctionInfo<'_>,
    test: &Attribute,
) -> Resolved<Vec<TestValue>> {
    if !info.type_parameters.is_empty() {
        return Err(invalid(info.span, "a test has no type parameters"));
    }
    let given: &[Attribute] = match &test.value {
        AttributeValue::None => &[],
        AttributeValue::List(given) => given,
        _ => return Err(invalid(test.span, "`test` takes values for its parameters")),
    };
    // as elsewhere, what is said of a parameter that the test has not is of no meaning
    let mut arguments = Vec::new();
    for parameter in &info.parameters {
        let mut named = given
            .iter()
            .filter(|value| single(&value.name).is_some_and(|name| name.text == parameter.name));
        let (Some(value), None) = (named.next(), named.next()) else {
            let message = format!("the parameter `{}` needs one value", parameter.name);
            return Err(invalid(test.span, message));
        };
        arguments.push(test_value(scope, value)?);
    }
    Ok(arguments)
}

fn test_value(scope: &Scope<'_, '_>, attribute: &Attribute) -> Resolved<TestValue> {
    Ok(match &attribute.value {
        AttributeValue::Address(name) => TestValue::Address(scope.address(name)?),
        AttributeValue::Number(text) => match literal::number(text) {
            Ok((number, _)) => TestValue::Number(number),
            Err(message) => return Err(invalid(attribute.span, message)),
        },
        AttributeValue::Truth(truth) => TestValue::Truth(*truth),
        AttributeValue::Bytes(bytes) => TestValue::Bytes(bytes.clone()),
        AttributeValue::None | AttributeValue::Path(_) | AttributeValue::List(_) => {
            return Err(invalid(attribute.span, "a value is expected: `@0x1`, a number or a text"));
        }
    })
}

fn expected_failure(scope: &Scope<'_, '_>, attribute: &Attribute) -> Resolved<ExpectedFailure> {
    let parts: &[Attribute] = match &attribute.value {
        AttributeValue::None => &[],
        AttributeValue::List(parts) => parts,
        _ => return Err(invalid(attribute.span, "`expected_failure` takes a list or nothing")),
    };
    let mut kind = None;
    let mut minor = None;
    let mut location = None;
    // a constant is a code of its own module
    let mut home = None;
    for part in parts {
        let name = single(&part.name).map_or("", |name| name.text.as_str());
        let new = match name {
            "location" => {
                location = Some(module_of(scope, part)?);
                continue;
            }
            "minor_status" => {
                minor = Some(number(scope, part)?);
                continue;
            }
            "abort_code" => {
                home = home_of(scope, part)?;
                FailureKind::Abort(number(scope, part)?)
            }
            "arithmetic_error" => FailureKind::Arithmetic,
            "out_of_gas" => FailureKind::OutOfGas,
            "vector_error" => FailureKind::Vector(None),
            "major_status" => FailureKind::Status(number(scope, part)?, None),
            _ => return Err(invalid(part.span, "this kind of failure is not known")),
        };
        if kind.replace(new).is_some() {
            return Err(invalid(part.span, "one kind of failure is expected"));
        }
    }
    let kind = match kind.unwrap_or(FailureKind::Any) {
        FailureKind::Vector(_) => FailureKind::Vector(minor),
        FailureKind::Status(status, _) => FailureKind::Status(status, minor),
        kind if minor.is_none() => kind,
        _ => return Err(invalid(attribute.span, "`minor_status` belongs to another kind")),
    };
    Ok(ExpectedFailure { kind, location: location.or(home) })
}

/// The module of the constant that an attribute names, if it names one.
fn home_of(scope: &Scope<'_, '_>, attribute: &Attribute) -> Resolved<Option<(Address, String)>> {
    let AttributeValue::Path(path) = &attribute.value else { return Ok(None) };
    let (module, _) = scope.member(path)?;
    let module = scope.program.module(module);
    Ok(Some((module.address, module.name.clone())))
}

/// A number, or a constant that is one.
fn number(scope: &Scope<'_, '_>, attribute: &Attribute) -> Resolved<u64> {
    let too_large = || invalid(attribute.span, "this is no number of `u64`");
    match &attribute.value {
        AttributeValue::Number(text) => {
            let (number, _) =
                literal::number(text).map_err(|message| invalid(attribute.span, message))?;
            u64::try_from(number).map_err(|_| too_large())
        }
        AttributeValue::Path(path) => constant(scope, path),
        _ => Err(too_large()),
    }
}

fn constant(scope: &Scope<'_, '_>, path: &Path) -> Resolved<u64> {
    let (module, name) = scope.member(path)?;
    let value = scope
        .program
        .module(module)
        .constants
        .get(&name.text)
        .and_then(|id| scope.program.constant(*id))
        .and_then(|info| info.value.as_ref())
        .and_then(|bytes| <[u8; 8]>::try_from(bytes.as_slice()).ok());
    value
        .map(u64::from_le_bytes)
        .ok_or_else(|| invalid(path.span, "there is no such constant of type `u64`"))
}

fn module_of(scope: &Scope<'_, '_>, attribute: &Attribute) -> Resolved<(Address, String)> {
    let AttributeValue::Path(path) = &attribute.value else {
        return Err(invalid(attribute.span, "`location` is a module"));
    };
    let module = scope.program.module(scope.module_path(path)?);
    Ok((module.address, module.name.clone()))
}
