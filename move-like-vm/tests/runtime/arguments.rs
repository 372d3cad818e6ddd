//! What a task passes: `--signers 0x1 --args 0 @0x1 1u8 b"hello" false --type-args u64 0x1::M::T`.

use move_like_vm::runtime::{Arguments, parse_address};

/// The arguments that a task gives; options of publishing are left out.
pub(crate) fn parse(text: &str) -> Arguments {
    let mut arguments = Arguments::default();
    let mut mode = "";
    for word in text.split_whitespace() {
        match (mode, word) {
            (_, "--signers" | "--args" | "--type-args") => mode = word,
            (_, option) if option.starts_with("--") => mode = "",
            ("--signers", address) => {
                arguments.signers.push(parse_address(address).expect("an address"));
            }
            ("--args", value) => arguments.values.push(bytes(value)),
            ("--type-args", type_) => arguments.types.push(type_.parse().expect("a type")),
            _ => panic!("what is {word}?"),
        }
    }
    arguments
}

/// A value in BCS. A number without a width is a `u64`.
fn bytes(word: &str) -> Vec<u8> {
    if let Some(address) = word.strip_prefix('@') {
        return parse_address(address).expect("an address").to_vec();
    }
    if let Some(text) = word.strip_prefix("b\"").and_then(|rest| rest.strip_suffix('"')) {
        let mut out = vec![u8::try_from(text.len()).expect("a short text")];
        out.extend_from_slice(text.as_bytes());
        return out;
    }
    match word {
        "true" => return vec![1],
        "false" => return vec![0],
        _ => {}
    }
    let (digits, width) = word.split_once('u').unwrap_or((word, "64"));
    let number: u128 = digits.parse().expect("a number");
    let width: usize = width.parse().expect("a width");
    number.to_le_bytes()[..width / 8].to_vec()
}

/// What a task comes to with its arguments.
pub(crate) fn expected(case: &str, step: u64) -> &'static str {
    match (case, step) {
        // a signer behind a number, given as an address
        // `0x1::Coin::Coin` has no abilities, the third type parameter asks for `key`
        ("verifier-066", 1) => "CONSTRAINT_NOT_SATISFIED",
        // `0x1::M::Ex` has one type parameter
        ("vm-143", 1) => "NUMBER_OF_TYPE_ARGUMENTS_MISMATCH",
        ("verifier-067", _) => "NUMBER_OF_SIGNER_ARGUMENTS_MISMATCH",
        _ => "EXECUTED",
    }
}

#[test]
fn the_syntax_of_the_cases_is_read() {
    let arguments = parse(
        "--signers 0x1 --args 0 @0x1 1u8 b\"hello\" false --type-args u64 0x1::M::Ex<bool,u64>",
    );
    let mut one = vec![0; 32];
    one[31] = 1;
    assert_eq!(arguments.signers, [<[u8; 32]>::try_from(one.clone()).unwrap()]);
    assert_eq!(arguments.values, [vec![0; 8], one, vec![1], b"\x05hello".to_vec(), vec![0]]);
    let types: Vec<String> = arguments.types.iter().map(ToString::to_string).collect();
    assert_eq!(types, ["u64", "0x1::M::Ex<bool, u64>"]);
}
