//! `#[test]`, `#[expected_failure(abort_code = 1)]` and the like.

use super::{Kind, Parsed, Parser, literal};
use crate::ast::{AddressName, Attribute, AttributeValue, Path};
use crate::diagnostic::Code;

impl Parser<'_, '_, '_> {
    /// All attributes in front of an item.
    pub(super) fn attributes(&mut self) -> Parsed<Vec<Attribute>> {
        let mut attributes = Vec::new();
        while self.take("#") {
            self.expect("[")?;
            attributes.extend(self.list("]", Self::attribute)?);
        }
        Ok(attributes)
    }

    fn attribute(&mut self) -> Parsed<Attribute> {
        self.nested(|parser| {
            let start = parser.peek().span;
            let name = parser.attribute_name()?;
            let value = if parser.take("=") {
                parser.attribute_value()?
            } else if parser.take("(") {
                AttributeValue::List(parser.list(")", Self::attribute)?)
            } else {
                AttributeValue::None
            };
            Ok(Attribute { name, value, span: parser.since(start) })
        })
    }

    /// A path; a keyword is also a name here.
    fn attribute_name(&mut self) -> Parsed<Path> {
        let token = self.peek();
        if token.kind == Kind::Word && !self.at_second("::") {
            self.advance();
            let name = crate::ast::Name { text: token.text.to_owned(), span: token.span };
            return Ok(Path { address: None, names: vec![name], span: token.span });
        }
        self.path()
    }

    fn attribute_value(&mut self) -> Parsed<AttributeValue> {
        let token = self.peek();
        let invalid = |message: String| crate::diagnostic::Finding {
            code: Code::InvalidLiteral,
            span: token.span,
            message,
        };
        match token.kind {
            Kind::Number if self.at_second("::") => Ok(AttributeValue::Path(self.path()?)),
            Kind::Number => {
                self.advance();
                Ok(AttributeValue::Number(token.text.to_owned()))
            }
            Kind::Text => {
                self.advance();
                literal::text(token.text).map(AttributeValue::Bytes).map_err(invalid)
            }
            Kind::Hex => {
                self.advance();
                literal::hexadecimal(token.text).map(AttributeValue::Bytes).map_err(invalid)
            }
            Kind::Symbol if token.text == "@" => {
                self.advance();
                Ok(AttributeValue::Address(self.address_name()?))
            }
            Kind::Word if matches!(token.text, "true" | "false") => {
                self.advance();
                Ok(AttributeValue::Truth(token.text == "true"))
            }
            _ => Ok(AttributeValue::Path(self.path()?)),
        }
    }

    /// `@0x1` or `@name`, behind the sign.
    pub(super) fn address_literal(&mut self) -> Parsed<AddressName> {
        self.expect("@")?;
        self.address_name()
    }
}
