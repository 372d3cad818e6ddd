//! Arguments of a call: JSON to the bytes that a function takes, by the types that it declares.
//!
//! # Invariants what does not fit its type exactly is refused, never rounded or cut

use ledger_core::{codec::encode, program::TypeTag};
use serde_json::Value;

use super::CallRefused;

/// Nesting of vectors that is followed.
const DEPTH: usize = 8;

/// Arguments in BCS.
///
/// # Errors
/// [`CallRefused::Argument`], naming the first that is not of its type.
pub fn encoded(types: &[Option<TypeTag>], values: &[Value]) -> Result<Vec<Vec<u8>>, CallRefused> {
    let each = types.iter().zip(values).enumerate();
    each.map(|(at, (type_, value))| {
        let refused = || CallRefused::Argument { at, type_: type_.clone() };
        one(type_.as_ref(), value).ok_or_else(refused)
    })
    .collect()
}

/// One argument; `{"bcs": "hex"}` is taken as it is, whatever its type.
fn one(type_: Option<&TypeTag>, value: &Value) -> Option<Vec<u8>> {
    if let Value::Object(given) = value {
        let [(key, bytes)] = given.iter().collect::<Vec<_>>().try_into().ok()?;
        return (key == "bcs").then(|| hex::decode(bytes.as_str()?).ok()).flatten();
    }
    typed(type_?, value, DEPTH)
}

fn typed(type_: &TypeTag, value: &Value, depth: usize) -> Option<Vec<u8>> {
    let below = depth.checked_sub(1)?;
    match type_ {
        TypeTag::Bool => value.as_bool().map(|truth| encode(&truth)),
        TypeTag::U8 => number(value, 1),
        TypeTag::U16 => number(value, 2),
        TypeTag::U32 => number(value, 4),
        TypeTag::U64 => number(value, 8),
        TypeTag::U128 => number(value, 16),
        TypeTag::U256 => number(value, 32),
        TypeTag::Address => address(value.as_str()?),
        TypeTag::Vector(element) => match (element.as_ref(), value) {
            (TypeTag::U8, Value::String(text)) => Some(encode(&match text.strip_prefix("0x") {
                Some(digits) => hex::decode(digits).ok()?,
                None => text.as_bytes().to_vec(),
            })),
            (element, Value::Array(values)) => {
                let parts = values.iter().map(|value| typed(element, value, below));
                let parts: Vec<Vec<u8>> = parts.collect::<Option<_>>()?;
                // The length as BCS writes it, then the elements: a list of units has no bytes but that.
                let mut bytes = encode(&vec![(); parts.len()]);
                bytes.extend(parts.concat());
                Some(bytes)
            }
            _ => None,
        },
        TypeTag::Signer | TypeTag::Struct(_) => None,
    }
}

/// A whole number, as decimal text or a JSON number, in so many bytes.
fn number(value: &Value, width: usize) -> Option<Vec<u8>> {
    let digits = match value {
        Value::Number(number) => number.as_u64()?.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u128 = digits.parse().ok().filter(|_| plain)?;
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.resize(width.max(16), 0);
    let rest = bytes.split_off(width);
    rest.iter().all(|byte| *byte == 0).then_some(bytes)
}

/// 64 digits, or `0x` and fewer.
pub(crate) fn address(text: &str) -> Option<Vec<u8>> {
    let digits = match text.strip_prefix("0x") {
        Some(digits) if (1..=64).contains(&digits.len()) => format!("{digits:0>64}"),
        _ => text.to_owned(),
    };
    hex::decode(digits).ok().filter(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(type_: &str, value: &Value) -> Option<Vec<u8>> {
        let type_: TypeTag = type_.parse().ok()?;
        encoded(&[Some(type_)], std::slice::from_ref(value)).ok().map(|mut all| all.remove(0))
    }

    #[test]
    fn arguments_are_written_by_their_types() {
        let one = [vec![0; 31], vec![1]].concat();
        for (type_, value, expected) in [
            ("bool", json!(true), vec![1]),
            ("u8", json!(255), vec![255]),
            ("u8", json!("7"), vec![7]),
            ("u64", json!("18446744073709551615"), vec![255; 8]),
            ("u128", json!("1"), [vec![1], vec![0; 15]].concat()),
            ("u256", json!("1"), [vec![1], vec![0; 31]].concat()),
            ("address", json!("0x1"), one.clone()),
            ("address", json!("01".repeat(32)), vec![1; 32]),
            ("vector<u8>", json!("USD"), b"\x03USD".to_vec()),
            ("vector<u8>", json!("0x00ff"), vec![2, 0, 255]),
            ("vector<u8>", json!([1, 2]), vec![2, 1, 2]),
            ("vector<vector<u8>>", json!(["a", "b"]), vec![2, 1, b'a', 1, b'b']),
            ("u64", json!({"bcs": "0000"}), vec![0, 0]),
        ] {
            assert_eq!(of(type_, &value), Some(expected), "{type_} {value}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_by_its_place() {
        for (type_, value) in [
            ("bool", json!(1)),
            ("u8", json!(256)),
            ("u8", json!(-1)),
            ("u64", json!("+1")),
            ("u64", json!("18446744073709551616")),
            ("u64", json!(1.5)),
            ("u128", json!("340282366920938463463374607431768211456")),
            ("address", json!("0x")),
            ("address", json!("1")),
            ("vector<u8>", json!("0xzz")),
            ("vector<u64>", json!("1")),
            ("0x1::m::S", json!("1")),
            ("u64", json!({"hex": "00"})),
            ("u64", json!(null)),
        ] {
            assert_eq!(of(type_, &value), None, "{type_} {value}");
        }
        let types = [Some(TypeTag::Bool), Some(TypeTag::U8), None];
        let refused = encoded(&types, &[json!(true), json!(300), json!(1)]);
        assert_eq!(refused, Err(CallRefused::Argument { at: 1, type_: Some(TypeTag::U8) }));
        let refused = encoded(&types, &[json!(true), json!(3), json!(1)]);
        assert!(matches!(refused, Err(CallRefused::Argument { at: 2, .. })));
    }
}
