//! camt.054, the notification of debits and credits: what a bank booked on accounts it keeps.
//!
//! # Place
//! [`Camt054::find`] reads what a custodian says of a reserve account, [`Camt054::to_xml`] tells a
//! member what happened on an account. Versions 02 to 12 are read, 08 is written.
//!
//! # Invariants
//! What is read, and what passes [`Camt054::check`], holds these; a document without them is
//! refused, because an ingester would have to guess.
//! - Every amount is greater than zero and has a direction.
//! - An entry has the currency of its account, where the account states one, and transactions
//!   have that of their entry.
//! - An entry is what its transactions come to, where all of them state an amount: those in its
//!   direction less those against it.
//! - A batch that counts its transactions lists all of them or none.
//!
//! # Absent on purpose
//! Pages, copies, sequence numbers, totals, interest, charges, amounts before exchange, card and
//! securities parts and addresses are allowed and not read, so the received bytes stay the
//! original. Whether an entry counts, was seen before or belongs to an order is the caller's
//! question: only [`EntryStatus::Booked`] has moved money.

mod transaction;

use crate::error::{Iso20022Error, SchemaRule};
use crate::identifier::is_currency;
use crate::pacs002::EffectiveDate;
use crate::pacs008::{code, code_list};
use crate::party::{AccountId, Agent, CurrencyAmount, Spelling};
use crate::schema::{Many, Node, Once, Optional, Sequence, Wanted};
use crate::xml::{Element, Writer};
pub use transaction::{References, Transaction};

/// The message name that is written.
pub const MESSAGE_NAME: &str = "camt.054.001.08";
/// The namespace that is written.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08";

/// A message with what happened on one or more accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camt054 {
    /// `MsgId`, 1 to 35 characters.
    pub msg_id: String,
    /// `CreDtTm` as written.
    pub created: String,
    /// One for each account, at least one.
    pub notifications: Vec<Notification>,
}

/// What happened on one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// `Id`, 1 to 35 characters.
    pub id: String,
    /// The account on which the entries stand.
    pub account: NotifiedAccount,
    /// What was booked or is expected. Empty when nothing was.
    pub entries: Vec<Entry>,
}

/// The account that a notification is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifiedAccount {
    /// IBAN or other number.
    pub id: AccountId,
    /// Three capital letters.
    pub currency: Option<String>,
    /// The bank that keeps the account.
    pub servicer: Option<Agent>,
}

/// One line on an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `NtryRef`, 1 to 35 characters.
    pub reference: Option<String>,
    /// How much, always greater than zero.
    pub amount: CurrencyAmount,
    /// Which way this entry moves the balance. For a reversal, not that of the entry it reverses.
    pub direction: CreditDebit,
    /// Whether the entry takes back an earlier one.
    pub reversal: bool,
    /// How far the booking is.
    pub status: EntryStatus,
    /// `BookgDt`: when it was booked.
    pub booked: Option<EffectiveDate>,
    /// `ValDt`: from when it counts for interest.
    pub value: Option<EffectiveDate>,
    /// `AcctSvcrRef`: the bank's own reference, 1 to 35 characters.
    pub account_servicer_ref: Option<String>,
    /// What kind of booking it is.
    pub code: BankTransactionCode,
    /// The payments inside the entry, from every `NtryDtls/TxDtls`. Empty when none are listed.
    pub transactions: Vec<Transaction>,
}

/// `BkTxCd`: what kind of booking it is. At least one of the two is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BankTransactionCode {
    /// A code of the external list.
    pub domain: Option<DomainCode>,
    /// A code of the bank's own.
    pub proprietary: Option<ProprietaryCode>,
}

/// A bank transaction code of the external list, such as `PMNT`, `RCDT`, `ESCT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainCode {
    /// Such as `PMNT`, 1 to 4 characters.
    pub domain: String,
    /// Such as `RCDT` for a credit received or `ICDT` for one sent, 1 to 4 characters.
    pub family: String,
    /// 1 to 4 characters.
    pub sub_family: String,
}

/// A bank transaction code of a bank's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProprietaryCode {
    /// 1 to 35 characters.
    pub code: String,
    /// Who gave the code its meaning, 1 to 35 characters.
    pub issuer: Option<String>,
}

code_list! {
    /// `CdtDbtInd`: which way a balance moves.
    CreditDebit {
        /// In favour of the account's owner.
        Credit = "CRDT",
        /// At the expense of the account's owner.
        Debit = "DBIT",
    }
}

code_list! {
    /// `Sts`: how far a booking is.
    EntryStatus {
        /// Money has moved on the account.
        Booked = "BOOK",
        /// Not booked yet, and perhaps never.
        Pending = "PDNG",
        /// Told for information, not booked.
        Information = "INFO",
        /// Booked, with value on a future day.
        Future = "FUTR",
    }
}

const WANTED: Wanted = Wanted {
    element: "BkToCstmrDbtCdtNtfctn",
    family: "camt.054.001.",
    name: MESSAGE_NAME,
    versions: "camt.054.001.02"..="camt.054.001.12",
    absent: |found| Iso20022Error::NotACamt054 { found },
};

impl Camt054 {
    /// Finds and reads the one camt.054 in a document, under any envelope and prefix.
    ///
    /// The schemas of the versions are read as one: an element stands where any of them has it,
    /// and what a version calls by another name or shape is read under that too.
    pub fn find(bytes: &[u8]) -> Result<Self, Iso20022Error> {
        let root = Element::parse(bytes)?;
        let message = WANTED.locate(&root)?.sequence(MESSAGE)?;
        let header = message.need("GrpHdr")?.sequence(GROUP_HEADER)?;
        message.need("Ntfctn")?;
        Ok(Self {
            msg_id: header.need("MsgId")?.text(35)?,
            created: header.need("CreDtTm")?.date_time()?,
            notifications: message
                .all("Ntfctn")
                .map(Notification::read)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Whether [`Camt054::to_xml`] writes a document that is valid and reads back as this value.
    pub fn check(&self) -> Result<(), Iso20022Error> {
        WANTED.is_written(self, &Self::find(self.to_xml().as_bytes())?)
    }

    /// Writes a `Document` in camt.054.001.08, valid when [`Camt054::check`] says so.
    pub fn to_xml(&self) -> String {
        let mut out = Writer::new();
        self.write(&mut out);
        out.finish()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.root("Document", NAMESPACE, |out| {
            out.element(WANTED.element, |out| {
                out.element("GrpHdr", |out| {
                    out.leaf("MsgId", &self.msg_id);
                    out.leaf("CreDtTm", &self.created);
                });
                for notification in &self.notifications {
                    out.element("Ntfctn", |out| notification.write(out));
                }
            });
        });
    }
}

impl Notification {
    fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let node = node.sequence(NOTIFICATION)?;
        let account = NotifiedAccount::read(node.need("Acct")?)?;
        let entries = node.all("Ntry").map(|entry| Entry::read(entry, &account));
        let entries = entries.collect::<Result<_, _>>()?;
        Ok(Self { id: node.need("Id")?.text(35)?, account, entries })
    }

    fn write(&self, out: &mut Writer) {
        out.leaf("Id", &self.id);
        out.element("Acct", |out| self.account.write(out));
        for entry in &self.entries {
            out.element("Ntry", |out| entry.write(out));
        }
    }
}

impl NotifiedAccount {
    fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let node = node.sequence(ACCOUNT)?;
        Ok(Self {
            id: AccountId::read_id(node.need("Id")?)?,
            currency: node.optional("Ccy", |currency| {
                currency.checked(is_currency, SchemaRule::NotACurrency)
            })?,
            servicer: node
                .optional("Svcr", |agent| Agent::read_spelled(agent, Spelling::AnyVersion))?,
        })
    }

    fn write(&self, out: &mut Writer) {
        self.id.write_id(out);
        out.optional("Ccy", self.currency.as_deref());
        if let Some(servicer) = &self.servicer {
            servicer.write("Svcr", out);
        }
    }
}

impl Entry {
    fn read(node: Node<'_>, account: &NotifiedAccount) -> Result<Self, Iso20022Error> {
        let node = node.sequence(ENTRY)?;
        let amount_node = node.need("Amt")?;
        let amount = CurrencyAmount::read_positive(amount_node.clone())?;
        if account.currency.as_ref().is_some_and(|currency| *currency != amount.currency) {
            let (path, line) = amount_node.place();
            return Err(Iso20022Error::CurrencyMismatch { path, line });
        }
        let direction = code(&node.need("CdtDbtInd")?, CreditDebit::from_code)?;
        let mut transactions = Vec::new();
        for details in node.all("NtryDtls") {
            transactions.extend(read_details(details, &amount, direction)?);
        }
        let max_35 = |node: Node<'_>| node.text(35);
        let entry = Self {
            reference: node.optional("NtryRef", max_35)?,
            amount,
            direction,
            reversal: node.optional("RvslInd", Node::truth)?.unwrap_or(false),
            status: read_status(&node.need("Sts")?)?,
            booked: node.optional("BookgDt", EffectiveDate::read)?,
            value: node.optional("ValDt", EffectiveDate::read)?,
            account_servicer_ref: node.optional("AcctSvcrRef", max_35)?,
            code: BankTransactionCode::read(node.need("BkTxCd")?)?,
            transactions,
        };
        if entry.is_what_its_transactions_come_to() {
            return Ok(entry);
        }
        let (path, line) = amount_node.place();
        Err(Iso20022Error::SumMismatch { path, line })
    }

    /// True as well where a payment states no amount, because then there is no sum to compare.
    fn is_what_its_transactions_come_to(&self) -> bool {
        let (with, against): (Vec<_>, Vec<_>) =
            self.transactions.iter().partition(|one| one.direction == Some(self.direction));
        let amounts = |list: &[&Transaction]| {
            list.iter().map(|one| one.amount.clone()).collect::<Option<Vec<_>>>()
        };
        match (amounts(&with), amounts(&against)) {
            (Some(with), Some(against)) if !self.transactions.is_empty() => {
                self.amount.is_balance_of(&with, &against)
            }
            _ => true,
        }
    }

    fn write(&self, out: &mut Writer) {
        out.optional("NtryRef", self.reference.as_deref());
        self.amount.write("Amt", out);
        out.leaf("CdtDbtInd", self.direction.as_str());
        if self.reversal {
            out.leaf("RvslInd", "true");
        }
        out.element("Sts", |out| out.leaf("Cd", self.status.as_str()));
        if let Some(booked) = &self.booked {
            booked.write("BookgDt", out);
        }
        if let Some(value) = &self.value {
            value.write("ValDt", out);
        }
        out.optional("AcctSvcrRef", self.account_servicer_ref.as_deref());
        self.code.write(out);
        if !self.transactions.is_empty() {
            out.element("NtryDtls", |out| {
                for transaction in &self.transactions {
                    out.element("TxDtls", |out| transaction.write(out));
                }
            });
        }
    }
}

impl BankTransactionCode {
    fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let node = node.sequence(BANK_CODE)?;
        let read = Self {
            domain: node.optional("Domn", DomainCode::read)?,
            proprietary: node.optional("Prtry", ProprietaryCode::read)?,
        };
        if read == Self::default() {
            return Err(node.broken(SchemaRule::Missing));
        }
        Ok(read)
    }

    fn write(&self, out: &mut Writer) {
        out.element("BkTxCd", |out| {
            if let Some(code) = &self.domain {
                out.element("Domn", |out| {
                    out.leaf("Cd", &code.domain);
                    out.element("Fmly", |out| {
                        out.leaf("Cd", &code.family);
                        out.leaf("SubFmlyCd", &code.sub_family);
                    });
                });
            }
            if let Some(code) = &self.proprietary {
                out.element("Prtry", |out| {
                    out.leaf("Cd", &code.code);
                    out.optional("Issr", code.issuer.as_deref());
                });
            }
        });
    }
}

impl DomainCode {
    fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let node = node.sequence(&[("Cd", Once), ("Fmly", Once)])?;
        let family = node.need("Fmly")?.sequence(&[("Cd", Once), ("SubFmlyCd", Once)])?;
        Ok(Self {
            domain: node.need("Cd")?.text(4)?,
            family: family.need("Cd")?.text(4)?,
            sub_family: family.need("SubFmlyCd")?.text(4)?,
        })
    }
}

impl ProprietaryCode {
    fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let node = node.sequence(&[("Cd", Once), ("Issr", Optional)])?;
        let code = node.need("Cd")?.text(35)?;
        Ok(Self { code, issuer: node.optional("Issr", |issuer| issuer.text(35))? })
    }
}

/// The status as text of its own, as early versions have it, or in a `Cd`.
///
/// A status of the bank's own is refused: nobody knows whether it moved money.
fn read_status(node: &Node<'_>) -> Result<EntryStatus, Iso20022Error> {
    if node.child("Cd").or_else(|| node.child("Prtry")).is_none() {
        return code(node, EntryStatus::from_code);
    }
    let (chosen, name) = node.clone().choice(&["Cd", "Prtry"])?;
    if name == "Cd" {
        code(&chosen, EntryStatus::from_code)
    } else {
        Err(chosen.broken(SchemaRule::NotInCodeList))
    }
}

/// The payments of one `NtryDtls`. A batch that counts more than it lists is refused, because
/// one of the listed would stand for several.
fn read_details(
    node: Node<'_>,
    amount: &CurrencyAmount,
    direction: CreditDebit,
) -> Result<Vec<Transaction>, Iso20022Error> {
    let node = node.sequence(DETAILS)?;
    let read = |one| Transaction::read(one, amount, direction);
    let transactions = node.all("TxDtls").map(read).collect::<Result<Vec<_>, _>>()?;
    let Some(batch) = node.child("Btch") else { return Ok(transactions) };
    let declared = batch.sequence(BATCH)?.optional("NbOfTxs", Node::number)?;
    let found = transactions.len();
    match declared {
        Some(declared) if found > 0 && u64::try_from(found) != Ok(declared) => {
            Err(Iso20022Error::TransactionCountMismatch { declared, found })
        }
        Some(_) | None => Ok(transactions),
    }
}

const MESSAGE: Sequence = &[("GrpHdr", Once), ("Ntfctn", Many), ("SplmtryData", Many)];
const GROUP_HEADER: Sequence = &[
    ("MsgId", Once),
    ("CreDtTm", Once),
    ("MsgRcpt", Optional),
    ("MsgPgntn", Optional),
    ("OrgnlBizQry", Optional),
    ("AddtlInf", Optional),
];
const NOTIFICATION: Sequence = &[
    ("Id", Once),
    ("NtfctnPgntn", Optional),
    ("ElctrncSeqNb", Optional),
    ("RptgSeq", Optional),
    ("LglSeqNb", Optional),
    ("CreDtTm", Optional),
    ("FrToDt", Optional),
    ("CpyDplctInd", Optional),
    ("RptgSrc", Optional),
    ("Acct", Once),
    ("RltdAcct", Optional),
    ("Intrst", Many),
    ("TxsSummry", Optional),
    ("Ntry", Many),
    ("AddtlNtfctnInf", Optional),
];
const ACCOUNT: Sequence = &[
    ("Id", Once),
    ("Tp", Optional),
    ("Ccy", Optional),
    ("Nm", Optional),
    ("Prxy", Optional),
    ("Ownr", Optional),
    ("Svcr", Optional),
];
const ENTRY: Sequence = &[
    ("NtryRef", Optional),
    ("Amt", Once),
    ("CdtDbtInd", Once),
    ("RvslInd", Optional),
    ("Sts", Once),
    ("BookgDt", Optional),
    ("ValDt", Optional),
    ("AcctSvcrRef", Optional),
    ("Avlbty", Many),
    ("BkTxCd", Once),
    ("ComssnWvrInd", Optional),
    ("AddtlInfInd", Optional),
    ("AmtDtls", Optional),
    ("Chrgs", Many),
    ("TechInptChanl", Optional),
    ("Intrst", Many),
    ("CardTx", Optional),
    ("NtryDtls", Many),
    ("AddtlNtryInf", Optional),
];
const BANK_CODE: Sequence = &[("Domn", Optional), ("Prtry", Optional)];
const DETAILS: Sequence = &[("Btch", Optional), ("TxDtls", Many)];
const BATCH: Sequence = &[
    ("MsgId", Optional),
    ("PmtInfId", Optional),
    ("NbOfTxs", Optional),
    ("TtlAmt", Optional),
    ("CdtDbtInd", Optional),
];
