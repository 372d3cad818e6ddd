//! Every refusal of this crate, with a stable code and words that say what to do.
//!
//! # Absent on purpose
//! HTTP statuses and ISO reason codes: `settlement-api` maps [`Iso20022Error`] in one match.

use crate::amount::AmountError;

/// Why a message was refused. Texts taken from the message are bounded by the reader's limits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each variant is its documentation")]
pub enum Iso20022Error {
    #[error("the message has {bytes} bytes; send at most {limit}")]
    TooLarge { bytes: usize, limit: usize },
    #[error("line {line}: elements nest deeper than {limit}; send a flatter document")]
    TooDeep { line: u32, limit: usize },
    #[error("line {line}: more than {limit} elements; split the message")]
    TooManyElements { line: u32, limit: usize },
    #[error("line {line}: more than {limit} attributes on one element; remove some")]
    TooManyAttributes { line: u32, limit: usize },
    #[error("line {line}: a name, attribute or namespace is longer than {limit} bytes; shorten it")]
    NameTooLong { line: u32, limit: usize },
    #[error("byte {offset} is not UTF-8; encode the whole document as UTF-8")]
    InvalidUtf8 { offset: usize },
    #[error("line {line}: a DOCTYPE is refused; remove it, entities are not expanded")]
    DtdRefused { line: u32 },
    #[error("line {line}: processing instructions are refused; remove it")]
    ProcessingInstructionRefused { line: u32 },
    #[error("line {line}: entity `{name}` is not defined; use &lt; &gt; &amp; &apos; &quot;")]
    UndefinedEntity { line: u32, name: String },
    #[error("line {line}: content after the root element; send one document and nothing after it")]
    TrailingContent { line: u32 },
    #[error("line {line}: not well-formed XML ({fault}); send a well-formed document")]
    MalformedXml { line: u32, fault: XmlFault },
    #[error("no payment in the document (found {}); send a pacs.008.001.08, or another message that is taken here", named(.found))]
    NotAPacs008 { found: Option<String> },
    #[error("no pacs.002 in the document (found {}); send a pacs.002.001.10", named(.found))]
    NotAPacs002 { found: Option<String> },
    #[error("no camt.054 in the document (found {}); send a camt.054.001.08", named(.found))]
    NotACamt054 { found: Option<String> },
    #[error("no business application header in the document; put a head.001.001.02 before it")]
    NoBusinessHeader,
    #[error("{found} is not supported; send {expected}")]
    UnknownVersion { found: String, expected: &'static str },
    #[error("the document holds {count} messages; send one message per document")]
    MultipleMessages { count: usize },
    #[error("the message holds {count} transactions; send each in a message of its own")]
    MultipleTransactions { count: usize },
    #[error("NbOfTxs says {declared}, the message holds {found}; make them equal")]
    TransactionCountMismatch { declared: u64, found: usize },
    #[error("{path}{}: {rule}", place(.line))]
    SchemaViolation { path: String, line: u32, rule: SchemaRule },
    #[error("{path}{}: not a version 4 UUID in lower case; send one or leave it out", place(.line))]
    BadUetr { path: String, line: u32 },
    #[error("{path}{}: not a BIC; send 8 or 11 characters such as AAAABBCC", place(.line))]
    BadBic { path: String, line: u32 },
    #[error("{path}{}: not an LEI, or its check digits are wrong; correct the LEI", place(.line))]
    BadLei { path: String, line: u32 },
    #[error("{path}{}: not an IBAN, or its check digits are wrong; correct the IBAN", place(.line))]
    BadIban { path: String, line: u32 },
    #[error("{path}{}: {reason}", place(.line))]
    Amount { path: String, line: u32, reason: AmountError },
    #[error("{path}{}: differs from IntrBkSttlmAmt; make sum and currency equal", place(.line))]
    TotalMismatch { path: String, line: u32 },
    #[error("{path}{}: zero; send an amount greater than zero", place(.line))]
    ZeroAmount { path: String, line: u32 },
    #[error("{path}{}: not in the currency of what it belongs to; use one currency", place(.line))]
    CurrencyMismatch { path: String, line: u32 },
    #[error("{path}{}: differs from the sum of its transactions; make them equal", place(.line))]
    SumMismatch { path: String, line: u32 },
    #[error("MsgDefIdr says {header}, the document is {document}; make them equal")]
    HeaderMismatch { header: String, document: &'static str },
}

impl Iso20022Error {
    /// The code of this refusal. Codes are append-only.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::TooDeep { .. } => "too_deep",
            Self::TooManyElements { .. } => "too_many_elements",
            Self::TooManyAttributes { .. } => "too_many_attributes",
            Self::NameTooLong { .. } => "name_too_long",
            Self::InvalidUtf8 { .. } => "invalid_utf8",
            Self::DtdRefused { .. } => "dtd_refused",
            Self::ProcessingInstructionRefused { .. } => "processing_instruction_refused",
            Self::UndefinedEntity { .. } => "undefined_entity",
            Self::TrailingContent { .. } => "trailing_content",
            Self::MalformedXml { .. } => "malformed_xml",
            Self::NotAPacs008 { .. } | Self::NotAPacs002 { .. } | Self::NotACamt054 { .. } => {
                "unknown_message"
            }
            Self::NoBusinessHeader => "no_business_header",
            Self::UnknownVersion { .. } => "unknown_version",
            Self::MultipleMessages { .. } => "multiple_messages",
            Self::MultipleTransactions { .. } => "multiple_transactions",
            Self::TransactionCountMismatch { .. } => "transaction_count_mismatch",
            Self::SchemaViolation { .. } => "schema_violation",
            Self::BadUetr { .. } => "bad_uetr",
            Self::BadBic { .. } => "bad_bic",
            Self::BadLei { .. } => "bad_lei",
            Self::BadIban { .. } => "bad_iban",
            Self::Amount { reason, .. } => reason.code(),
            Self::TotalMismatch { .. } => "total_mismatch",
            Self::ZeroAmount { .. } => "amount_zero",
            Self::CurrencyMismatch { .. } => "currency_mismatch",
            Self::SumMismatch { .. } => "sum_mismatch",
            Self::HeaderMismatch { .. } => "header_mismatch",
        }
    }

    /// The same refusal of a field that came in no message: its own name in the place of the path
    /// that ends so, and no line.
    #[must_use]
    pub fn of_field(mut self, names: &[(&str, &str)]) -> Self {
        match &mut self {
            Self::SchemaViolation { path, line, .. }
            | Self::BadUetr { path, line }
            | Self::BadBic { path, line }
            | Self::BadLei { path, line }
            | Self::BadIban { path, line }
            | Self::Amount { path, line, .. }
            | Self::ZeroAmount { path, line } => {
                if let Some((_, name)) = names.iter().find(|(end, _)| path.ends_with(end)) {
                    *path = (*name).to_owned();
                    *line = 0;
                }
            }
            _ => {}
        }
        self
    }

    /// Where in the message, for refusals that concern one element.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::SchemaViolation { path, .. }
            | Self::BadUetr { path, .. }
            | Self::BadBic { path, .. }
            | Self::BadLei { path, .. }
            | Self::BadIban { path, .. }
            | Self::Amount { path, .. }
            | Self::TotalMismatch { path, .. }
            | Self::ZeroAmount { path, .. }
            | Self::CurrencyMismatch { path, .. }
            | Self::SumMismatch { path, .. } => Some(path),
            Self::TooLarge { .. }
            | Self::TooDeep { .. }
            | Self::TooManyElements { .. }
            | Self::TooManyAttributes { .. }
            | Self::NameTooLong { .. }
            | Self::InvalidUtf8 { .. }
            | Self::DtdRefused { .. }
            | Self::ProcessingInstructionRefused { .. }
            | Self::UndefinedEntity { .. }
            | Self::TrailingContent { .. }
            | Self::MalformedXml { .. }
            | Self::NotAPacs008 { .. }
            | Self::NotAPacs002 { .. }
            | Self::NotACamt054 { .. }
            | Self::NoBusinessHeader
            | Self::UnknownVersion { .. }
            | Self::MultipleMessages { .. }
            | Self::MultipleTransactions { .. }
            | Self::TransactionCountMismatch { .. }
            | Self::HeaderMismatch { .. } => None,
        }
    }
}

/// What makes a document not well-formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each variant is its documentation")]
pub enum XmlFault {
    #[error("the document ends inside an element or tag")]
    Truncated,
    #[error("there is no root element")]
    NoRoot,
    #[error("an end tag does not match its start tag")]
    MismatchedTag,
    #[error("a prefix is not declared, or a namespace declaration is not allowed")]
    Namespace,
    #[error("an attribute is malformed or given twice")]
    Attribute,
    #[error("a name is not an XML name")]
    Name,
    #[error("a character is not allowed in XML 1.0 at this place")]
    Character,
    #[error("a reference is malformed")]
    Reference,
    #[error("a comment is malformed")]
    Comment,
    #[error(
        "the declaration is misplaced, or names another version than 1.0 or encoding than UTF-8"
    )]
    Declaration,
    #[error("text outside the root element")]
    TextOutsideRoot,
    #[error("a tag is malformed")]
    Syntax,
}

/// The rule of the message's schema that an element breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each variant is its documentation")]
pub enum SchemaRule {
    #[error("is missing; add it")]
    Missing,
    #[error("is given more often than allowed; keep one")]
    Repeated,
    #[error("is not allowed here; remove it")]
    NotAllowed,
    #[error("stands out of order; follow the order of the schema")]
    OutOfOrder,
    #[error("holds text between its elements; remove the text")]
    MixedContent,
    #[error("must hold text only; remove the elements inside")]
    NotSimple,
    #[error("has an attribute that the schema does not know; remove it")]
    UnknownAttribute,
    #[error("must hold between 1 and {max} characters")]
    Length { max: usize },
    #[error("is not in the code list; use one of its codes")]
    NotInCodeList,
    #[error("is not a currency code; send three capital letters")]
    NotACurrency,
    #[error("is not a country code; send two capital letters")]
    NotACountry,
    #[error("is not a number; send 1 to 15 digits")]
    NotANumber,
    #[error("is not a truth value; send true or false")]
    NotATruthValue,
    #[error(
        "is not a rate; send at most 11 digits, of them at most 10 decimals, greater than zero"
    )]
    NotARate,
    #[error("is not a date; send YYYY-MM-DD")]
    NotADate,
    #[error("is not a date and time; send YYYY-MM-DDThh:mm:ss with Z or an offset")]
    NotADateTime,
    #[error("contradicts the same fact in GrpHdr; state it once")]
    Contradiction,
    #[error("holds a character that XML cannot carry; remove it")]
    NotRepresentable,
}

/// The line, where there is one: a fault of a field that came in no message has line 0.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "a place in a format string is a reference")]
fn place(line: &u32) -> String {
    if *line == 0 { String::new() } else { format!(" (line {line})") }
}

fn named(found: &Option<String>) -> &str {
    found.as_deref().unwrap_or("no ISO 20022 message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_as_it_was_sent() {
        let names = [("Cdtr/Nm", "creditor.name"), ("Acct/Id/IBAN", "iban")];
        let bad = |path: &str| Iso20022Error::BadIban { path: path.to_owned(), line: 7 };
        let rest = "not an IBAN, or its check digits are wrong; correct the IBAN";
        let text = |path| bad(path).of_field(&names).to_string();
        assert_eq!(text("A/CdtrAcct/Id/IBAN"), format!("iban: {rest}"));
        assert_eq!(text("A/Id/Othr/Id"), format!("A/Id/Othr/Id (line 7): {rest}"));
    }
}
