//! Types and bytes of constants.

use super::module;
use crate::fault::{Fault, Place};
use crate::format::*;
use crate::status::Status;

fn vector(type_: SignatureToken) -> SignatureToken {
    SignatureToken::Vector(Box::new(type_))
}

fn status(type_: SignatureToken, data: &[u8]) -> Option<Status> {
    let constants = vec![Constant { type_, data: data.to_vec() }];
    let checked = module(&CompiledModule { constants, ..CompiledModule::default() });
    checked.err().map(|fault| fault.status)
}

#[test]
fn a_constant_has_a_type_that_is_a_value_without_names() {
    use SignatureToken as T;
    let struct_ = StructHandleIndex(0);
    let refused = [
        T::Signer,
        T::Struct(struct_),
        T::StructInstantiation(struct_, vec![T::U8]),
        T::Reference(Box::new(T::U8)),
        T::MutableReference(Box::new(T::U8)),
        T::TypeParameter(0),
    ];
    for type_ in refused {
        assert_eq!(status(type_.clone(), &[]), Some(Status::InvalidConstantType), "{type_:?}");
        let inside = vector(vector(type_));
        assert_eq!(status(inside, &[0]), Some(Status::InvalidConstantType));
    }
}

#[test]
fn an_integer_or_address_takes_exactly_its_bytes() {
    use SignatureToken as T;
    let rows = [
        (T::U8, 1),
        (T::U16, 2),
        (T::U32, 4),
        (T::U64, 8),
        (T::U128, 16),
        (T::U256, 32),
        (T::Address, 32),
    ];
    for (type_, width) in rows {
        let longer = vec![0xFF; width + 1];
        assert_eq!(status(type_.clone(), &longer[..width]), None, "{type_:?}");
        for wrong in [&longer[..width - 1], &longer] {
            assert_eq!(status(type_.clone(), wrong), Some(Status::MalformedConstantData));
        }
    }
}

#[test]
fn a_truth_value_is_0_or_1() {
    for byte in 0..=u8::MAX {
        let expected = (byte > 1).then_some(Status::MalformedConstantData);
        assert_eq!(status(SignatureToken::Bool, &[byte]), expected);
    }
}

#[test]
fn a_vector_is_its_length_in_the_fewest_bytes_and_its_elements() {
    const BAD: Option<Status> = Some(Status::MalformedConstantData);
    let bytes = || vector(SignatureToken::U8);
    let long = [&[0x80, 0x02], [7; 256].as_slice()].concat();
    let rows: [(&str, &[u8], Option<Status>); 12] = [
        ("nothing", &[], BAD),
        ("empty", &[0], None),
        ("one", &[1, 7], None),
        ("256", &long, None),
        ("one too few", &[2, 7], BAD),
        ("one too many", &[1, 7, 7], BAD),
        ("0 in two bytes", &[0x80, 0], BAD),
        ("1 in two bytes", &[0x81, 0, 7], BAD),
        ("no end of the length", &[0x80], BAD),
        ("2^31 elements", &[0x80, 0x80, 0x80, 0x80, 0x08, 7], BAD),
        ("2^32 elements", &[0x80, 0x80, 0x80, 0x80, 0x10, 7], BAD),
        ("a length of six bytes", &[0x80, 0x80, 0x80, 0x80, 0x80, 0x01], BAD),
    ];
    for (what, data, expected) in rows {
        assert_eq!(status(bytes(), data), expected, "{what}");
    }
    let nested = || vector(vector(SignatureToken::Bool));
    assert_eq!(status(nested(), &[3, 0, 2, 1, 0, 1, 1]), None);
    assert_eq!(status(nested(), &[3, 0, 2, 1, 0]), BAD, "the third is missing");
    assert_eq!(status(nested(), &[2, 0, 2, 1, 2]), BAD, "2 is no truth value");
    assert_eq!(status(nested(), &[0x81, 0x80, 0x80, 0x80, 0x01]), BAD, "not there");
}

#[test]
fn the_deepest_constant_costs_no_call_stack() {
    let type_ = (1..256).fold(SignatureToken::U8, |type_, _| vector(type_));
    assert_eq!(status(type_.clone(), &[0]), None);
    let data = [[1; 255].as_slice(), &[7]].concat();
    assert_eq!(status(type_.clone(), &data), None);
    assert_eq!(status(type_, &data[1..]), Some(Status::MalformedConstantData));
}

#[test]
fn the_constant_is_named_in_the_fault() {
    let mut sample = sample::module();
    assert_eq!(module(&sample), Ok(()));
    assert_eq!(super::script(&sample::script()), Ok(()));
    sample.constants[1].data.pop();
    let place = Place::Entry { table: TableKind::Constants, index: 1 };
    assert_eq!(module(&sample), Err(Fault::new(Status::MalformedConstantData).at(place)));
}
