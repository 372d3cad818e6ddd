//! Short and long addresses in constants.

use super::{AddressWidth, NO_VALUE, Shape, SignatureToken as Type, narrowed, widened};

fn vector(type_: Type) -> Type {
    Type::Vector(Box::new(type_))
}

const SHORT: [u8; 16] = [7; 16];

fn long() -> Vec<u8> {
    [[0; 16], SHORT].concat()
}

#[test]
fn an_address_in_a_constant_becomes_long_and_short_again() {
    let rows: Vec<(Type, Vec<u8>, Vec<u8>)> = vec![
        (Type::Address, SHORT.to_vec(), long()),
        (vector(Type::Address), vec![0], vec![0]),
        (
            vector(Type::Address),
            [&[2], SHORT.as_slice(), &SHORT].concat(),
            [&[2], long().as_slice(), &long()].concat(),
        ),
        (
            vector(vector(Type::Address)),
            [&[3, 1], SHORT.as_slice(), &[0, 1], &SHORT].concat(),
            [&[3, 1], long().as_slice(), &[0, 1], &long()].concat(),
        ),
        (Type::U128, SHORT.to_vec(), SHORT.to_vec()),
        (vector(Type::U8), vec![2, 1, 2], vec![2, 1, 2]),
        (Type::Signer, SHORT.to_vec(), SHORT.to_vec()),
    ];
    for (type_, short, long) in rows {
        assert_eq!(widened(&type_, &short), long, "{type_:?}");
        assert_eq!(narrowed(&type_, &long), Some(short), "{type_:?}");
    }
}

#[test]
fn bytes_that_are_no_value_stay_none_and_come_back() {
    let address = [7; 32];
    let rows: Vec<(Type, Vec<u8>)> = vec![
        (Type::Address, vec![]),
        (Type::Address, address.to_vec()),
        (Type::Address, vec![7; 15]),
        (vector(Type::Address), vec![]),
        (vector(Type::Address), [&[1], address.as_slice()].concat()),
        (vector(Type::Address), vec![0, 0]),
        (vector(Type::Address), vec![0x80, 0]),
        (vector(vector(Type::Address)), vec![1]),
    ];
    for (type_, short) in rows {
        let wide = widened(&type_, &short);
        assert!(!Shape::of(&type_).expect("a shape").is_value(&wide), "{type_:?} {short:?}");
        assert_eq!(narrowed(&type_, &wide), Some(short), "{type_:?}");
    }
}

/// Otherwise two constants in memory would be one in a file.
#[test]
fn what_no_short_file_holds_is_not_narrowed() {
    let value = [NO_VALUE.as_slice(), &SHORT].concat();
    assert_eq!(narrowed(&Type::Address, &value), None, "marked as no value, but one");
    assert_eq!(narrowed(&Type::Address, &[7; 32]), None, "a long address");
    assert_eq!(narrowed(&Type::Address, &[0; 31]), None, "no value, and not marked");
    assert_eq!(AddressWidth::default().bytes(), 32);
}
