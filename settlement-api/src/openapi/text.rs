//! Kinds of text in JSON bodies, each with its pattern and an example.
//!
//! # Invariants a pattern says how the text is spelled; check digits and what exists are beyond it

use std::borrow::Cow;

use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

macro_rules! texts {
    ($($(#[doc = $doc:literal])* $name:ident $pattern:literal $example:literal;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl $name {
            /// A valid one, for examples.
            pub const EXAMPLE: &str = $example;
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(concat!($($doc),*).trim()))
                    .pattern(Some($pattern))
                    .examples([Self::EXAMPLE]);
                text.into()
            }
        }
    )*};
}

texts! {
    /// Decimal text of at most 18 digits and no more decimals than the currency has; nothing is
    /// rounded.
    Amount r"^[0-9]{1,18}(\.[0-9]{1,5})?$" "12500.00";
    /// ISO 4217 code.
    CurrencyCode "^[A-Z]{3}$" "USD";
    /// Version 4 UUID in lower case.
    Uetr "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
        "3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163";
    /// ISO 17442 legal entity identifier.
    LeiCode "^[0-9A-Z]{20}$" "5493001KJTIIGC8Y1R12";
    /// ISO 9362 business identifier code.
    BicCode "^[0-9A-Z]{4}[A-Z]{2}[0-9A-Z]{2}([0-9A-Z]{3})?$" "DEUTDEFF";
    /// ISO 13616 account number without blanks.
    IbanCode "^[A-Z]{2}[0-9]{2}[0-9A-Za-z]{1,30}$" "DE89370400440532013000";
    /// A hash or key: 32 bytes in lower case hex.
    Id "^[0-9a-f]{64}$" "5f1d8c0e3b7a4926d0c1f2e3a4b5968778695a4b3c2d1e0f9f8e7d6c5b4a3920";
    /// An own account: its address, 32 bytes in lower case hex, or an ISO 4217 code for the one over
    /// which the currency's payments go.
    AccountName "^([A-Z]{3}|[0-9a-f]{64})$" "USD";
    /// A person's handle: 16 random bytes in lower case hex.
    Person "^[0-9a-f]{32}$" "9c2a5e8f04d7b1633f6c9a527d1e4b80";
    /// Visible ASCII without blanks.
    Reference "^[!-~]{1,128}$" "MINT-2026-0001";
    /// Decimal text of a sum that the ledger answers: as many digits as it takes.
    Sum r"^[0-9]{1,39}(\.[0-9]{1,5})?$" "4750000.00";
    /// A part per whole as decimal text, rounded down.
    Ratio r"^[0-9]{1,39}\.[0-9]{6}$" "1.020408";
    /// A price as decimal text of at most 11 digits, 10 of them decimals; not zero.
    RateText r"^[0-9]{1,11}(\.[0-9]{1,10})?$" "0.9217";
    /// Bytes in lower case hex: canonical bytes or a certificate; docs/spec/wire.md has the layout.
    HexBytes "^([0-9a-f]{2})*$" "a1b2c3d4e5f60718";
    /// A day of UTC.
    Day "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" "2026-11-02";
    /// Code of an ISO 20022 external code set.
    IsoCode "^[A-Z0-9]{4}$" "INFO";
    /// One line of text without control characters.
    TextLine r"^[^\x00-\x1f\x7f]{1,140}$" "Invoice 2209 of 2 November";
    /// Bytes in padded base64.
    Base64Bytes "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$" "UERGLTEuNw==";
    /// RFC 3339, UTC.
    Time "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}" "2026-11-02T09:30:00.125Z";
}

/// The words of a closed list, as JSON spells them.
pub fn words<T: Serialize>(values: &[T]) -> Schema {
    let words = values.iter().filter_map(|value| serde_json::to_value(value).ok());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}
