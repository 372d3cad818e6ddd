//! What a case is about: the types of ISO 20022 investigations and the messages that carry them.
//!
//! # Invariants B4 every kind has a default clock; orders of enums are wire format, append only

use serde::{Deserialize, Serialize};

use crate::content::Field;

/// Why information is asked for. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Topic {
    /// Sanctions.
    Sanc,
    /// Money laundering.
    Amli,
    /// Other financial crime.
    Fcci,
    /// Fraud.
    Frad,
    /// Rules on what travels with transfers of funds.
    Fwtr,
    /// Tax.
    Utex,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Sanc, Self::Amli, Self::Fcci, Self::Frad, Self::Fwtr, Self::Utex];

    /// ISO 20022 `ExternalInvestigationSubType1Code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sanc => "SANC",
            Self::Amli => "AMLI",
            Self::Fcci => "FCCI",
            Self::Frad => "FRAD",
            Self::Fwtr => "FWTR",
            Self::Utex => "UTEX",
        }
    }
}

/// How much is asked for: a set of fields each, which holds the one below. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// What must travel with a payment.
    One,
    /// Who the payer is, and why it pays.
    Two,
    /// Documents that show it.
    Three,
}

impl Level {
    /// The fields that an answer gives; level three also has a document.
    #[must_use]
    pub const fn fields(self) -> &'static [Field] {
        const ALL: &[Field] = &[
            Field::DebtorName,
            Field::DebtorAccount,
            Field::CreditorName,
            Field::CreditorAccount,
            Field::DebtorIdentity,
            Field::DebtorAddress,
            Field::Purpose,
            Field::Relationship,
        ];
        match self {
            Self::One => ALL.split_at(4).0,
            Self::Two | Self::Three => ALL,
        }
    }

    /// Whether an answer has a document.
    #[must_use]
    pub const fn wants_document(self) -> bool {
        matches!(self, Self::Three)
    }
}

/// What is asked. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Information is asked for.
    Rqfi(Topic),
    /// The receiver cannot apply the payment as it stands.
    Utap,
    /// The creditor says that it did not get the money.
    Ccnr,
    /// The creditor's agent says that it did not get cover or settlement.
    Conr,
    /// Investigation type `PINC` of the external code set.
    Pinc,
    /// Another value date is asked for.
    Rqva,
    /// Compensation for the use of funds is asked for.
    Rquf,
    /// Leave to debit is asked for.
    Rqda,
    /// An account is asked about.
    Acct,
    /// Charges are asked about.
    Rqch,
    /// Investigation type `RIMF` of the external code set.
    Rimf,
    /// Anything else, in words.
    Othr,
    /// The payment should be cancelled.
    Cancel,
    /// The payment should be changed.
    Modify,
    /// Where is the payment?
    Status,
}

/// The ISO 20022 messages of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Messages {
    /// In which the question is written.
    pub asks: &'static str,
    /// An older message in which it is understood, too.
    pub also_asks: Option<&'static str>,
    /// In which the answer is written.
    pub answers: &'static str,
    /// An older message in which an answer is understood, too.
    pub also_answers: Option<&'static str>,
}

/// How long an answer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// So many milliseconds.
    Milliseconds(u64),
    /// Until the same time so many business days on.
    BusinessDays(u8),
}

const INVESTIGATION: Messages = Messages {
    asks: "camt.110.001.01",
    also_asks: None,
    answers: "camt.111.001.01",
    also_answers: None,
};
const DAY_MS: u64 = 86_400_000;

impl Kind {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Rqfi(Topic::Sanc),
        Self::Rqfi(Topic::Amli),
        Self::Rqfi(Topic::Fcci),
        Self::Rqfi(Topic::Frad),
        Self::Rqfi(Topic::Fwtr),
        Self::Rqfi(Topic::Utex),
        Self::Utap,
        Self::Ccnr,
        Self::Conr,
        Self::Pinc,
        Self::Rqva,
        Self::Rquf,
        Self::Rqda,
        Self::Acct,
        Self::Rqch,
        Self::Rimf,
        Self::Othr,
        Self::Cancel,
        Self::Modify,
        Self::Status,
    ];

    /// ISO 20022 `ExternalInvestigationType1Code`; nothing for what has a message of its own.
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        Some(match self {
            Self::Rqfi(_) => "RQFI",
            Self::Utap => "UTAP",
            Self::Ccnr => "CCNR",
            Self::Conr => "CONR",
            Self::Pinc => "PINC",
            Self::Rqva => "RQVA",
            Self::Rquf => "RQUF",
            Self::Rqda => "RQDA",
            Self::Acct => "ACCT",
            Self::Rqch => "RQCH",
            Self::Rimf => "RIMF",
            Self::Othr => "OTHR",
            Self::Cancel | Self::Modify | Self::Status => return None,
        })
    }

    /// Its name towards people and machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Modify => "modify",
            Self::Status => "status",
            Self::Rqfi(topic) => topic.code(),
            other => match other.code() {
                Some(code) => code,
                None => "",
            },
        }
    }

    /// The kind with a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The messages that carry it.
    #[must_use]
    pub const fn messages(self) -> Messages {
        match self {
            Self::Utap => Messages {
                also_asks: Some("camt.026.001.07"),
                also_answers: Some("camt.028.001.09"),
                ..INVESTIGATION
            },
            Self::Ccnr => Messages {
                also_asks: Some("camt.027.001.07"),
                also_answers: Some("camt.029.001.09"),
                ..INVESTIGATION
            },
            Self::Rqfi(_)
            | Self::Conr
            | Self::Pinc
            | Self::Rqva
            | Self::Rquf
            | Self::Rqda
            | Self::Acct
            | Self::Rqch
            | Self::Rimf
            | Self::Othr => INVESTIGATION,
            Self::Cancel => Messages {
                asks: "camt.056.001.08",
                also_asks: None,
                answers: "camt.029.001.09",
                also_answers: None,
            },
            Self::Modify => Messages {
                asks: "camt.087.001.06",
                also_asks: None,
                answers: "camt.029.001.09",
                also_answers: None,
            },
            Self::Status => Messages {
                asks: "pacs.028.001.03",
                also_asks: None,
                answers: "pacs.002.001.10",
                also_answers: None,
            },
        }
    }

    /// How long an answer may take, unless the requester says otherwise.
    #[must_use]
    pub const fn clock(self) -> Clock {
        match self {
            Self::Rqfi(Topic::Sanc | Topic::Amli) => Clock::Milliseconds(DAY_MS),
            Self::Rqfi(Topic::Fcci | Topic::Frad | Topic::Fwtr | Topic::Utex)
            | Self::Utap
            | Self::Ccnr
            | Self::Conr
            | Self::Pinc
            | Self::Rqva
            | Self::Rquf
            | Self::Rqda
            | Self::Acct
            | Self::Rqch
            | Self::Rimf
            | Self::Othr => Clock::BusinessDays(2),
            Self::Cancel | Self::Modify => Clock::BusinessDays(1),
            Self::Status => Clock::Milliseconds(60_000),
        }
    }
}
