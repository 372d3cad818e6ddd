//! `0x1::type_name`: the name of a type as text.

use super::NativeContext;
use crate::runtime::stop::Stop;
use crate::runtime::tag::TypeTag;
use crate::status::Status;

/// A struct around an ASCII string, which is a struct around the bytes.
pub(super) fn get(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let mut name = String::new();
    write_name(&context.type_tag(0)?, &mut name);
    context.charge_bytes(name.len())?;
    let outer = context.returns.first().copied().ok_or(Status::TypeResolutionFailure)?;
    let fields = context.program.types.fields(outer)?;
    let inner = fields.first().copied().ok_or(Status::TypeResolutionFailure)?;
    let heap = &mut context.memory.heap;
    let bytes = heap.new_bytes(name.as_bytes())?;
    let text = heap.pack(inner, &[bytes])?;
    let value = heap.pack(outer, &[text])?;
    context.give(value);
    Ok(())
}

/// Addresses have all their digits and no `0x`; no blank stands between type arguments.
fn write_name(tag: &TypeTag, name: &mut String) {
    match tag {
        TypeTag::Vector(element) => {
            name.push_str("vector<");
            write_name(element, name);
            name.push('>');
        }
        TypeTag::Struct(tag) => {
            for byte in tag.address {
                name.push_str(&format!("{byte:02x}"));
            }
            name.push_str(&format!("::{}::{}", tag.module, tag.name));
            for (index, argument) in tag.type_arguments.iter().enumerate() {
                name.push(if index == 0 { '<' } else { ',' });
                write_name(argument, name);
            }
            if !tag.type_arguments.is_empty() {
                name.push('>');
            }
        }
        plain => name.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_whole_addresses_and_no_blanks() {
        let rows = [
            ("u256".to_owned(), "u256".to_owned()),
            ("vector<address>".to_owned(), "vector<address>".to_owned()),
            (
                "0xa::m::S<bool, vector<0x1::n::T>>".to_owned(),
                format!("{}a::m::S<bool,vector<{}1::n::T>>", "0".repeat(63), "0".repeat(63)),
            ),
        ];
        for (written, expected) in rows {
            let tag: TypeTag = written.parse().expect("a type");
            let mut name = String::new();
            write_name(&tag, &mut name);
            assert_eq!(name, expected);
        }
    }
}
