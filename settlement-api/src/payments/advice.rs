//! Which documents and which claim a payment is for, as a core system says it and is told it.

use iso20022::{Advice, AdviceDocument, CurrencyAmount, Structured};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::text::{Amount, CurrencyCode, Day};

/// Structured remittance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdviceInput {
    /// Invoices and the like.
    #[serde(default)]
    pub documents: Vec<AdviceDocumentInput>,
    /// What was due for them.
    pub due: Option<AdviceAmount>,
    /// What is paid for them.
    pub remitted: Option<AdviceAmount>,
    /// What kind of reference the creditor's is.
    #[schema(example = "SCOR")]
    pub reference_type: Option<String>,
    /// Who gave references of that kind.
    pub reference_issuer: Option<String>,
    /// The creditor's own reference; 35 characters at most.
    pub reference: Option<String>,
    /// Lines of 140 characters at most; three at most.
    #[serde(default)]
    pub additional: Vec<String>,
}

/// A document that is paid for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdviceDocumentInput {
    /// A code of the external list of types of documents.
    #[schema(example = "CINV")]
    pub code: Option<String>,
    /// Its number; 35 characters at most.
    pub number: Option<String>,
    /// Its day.
    #[schema(value_type = Option<Day>)]
    pub date: Option<String>,
}

/// An amount of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdviceAmount {
    /// Decimal text.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
}

impl AdviceInput {
    /// As messages have it.
    #[must_use]
    pub fn structured(&self) -> Structured {
        Structured::from(&Advice::from(self.clone()))
    }
}

/// Moves advice from one form into the other: both have the same parts.
macro_rules! moved {
    ($from:ty => $to:ty, $from_document:ty => $to_document:ty, $from_amount:ty => $to_amount:ty,
        $said:ident => $text:ident) => {
        impl From<$from> for $to {
            fn from(advice: $from) -> Self {
                let document = |own: $from_document| <$to_document>::from(own);
                let amount = |own: $from_amount| <$to_amount>::from(own);
                Self {
                    documents: advice.documents.into_iter().map(document).collect(),
                    due: advice.due.map(amount),
                    remitted: advice.remitted.map(amount),
                    reference_type: advice.reference_type,
                    reference_issuer: advice.reference_issuer,
                    reference: advice.reference,
                    additional: advice.additional,
                }
            }
        }

        impl From<$from_document> for $to_document {
            fn from(document: $from_document) -> Self {
                Self { code: document.code, number: document.number, date: document.date }
            }
        }

        impl From<$from_amount> for $to_amount {
            fn from(amount: $from_amount) -> Self {
                Self { $text: amount.$said, currency: amount.currency }
            }
        }
    };
}

moved!(AdviceInput => Advice, AdviceDocumentInput => AdviceDocument, AdviceAmount => CurrencyAmount, amount => text);
moved!(Advice => AdviceInput, AdviceDocument => AdviceDocumentInput, CurrencyAmount => AdviceAmount, text => amount);
