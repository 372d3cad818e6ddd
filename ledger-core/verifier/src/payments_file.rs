//! The payments file, `florin-payments-1`: every payment of a member between two heights, by role
//! and currency, with nothing left out.
//!
//! # Place      observers cut it for the member and the overseer; `florin verify` reads it
//! # Invariants W16 no byte is free; W28 what the file shows
//! # Absent     counterparties (receipts are files of their own); holds that have not posted

use ledger_core::{
    block::Header,
    digest::Hash32,
    genesis::Genesis,
    member::Holdings,
    money::Currency,
    proof::RecordProof,
    time::{Height, LedgerTime},
};
use serde::{Deserialize, Serialize};

use crate::{
    committee::Committee,
    error::VerifyError,
    file::{self, Certified, RecordText},
    history::{HistoryProof, Span},
    history_file::{BlockText, EntryText, GivenBlock, GivenEntry, JournalText},
    limits::MAX_HISTORY_FILE_BYTES,
    list::{ListKind, ListProof},
    list_file::{IdText, proved_holdings},
    payments::{
        CurrencySum, Payment, PaymentRole, Payments, PaymentsProof, PaymentsQuery, ShownAccount,
    },
    summary::{decimal, rfc3339, scale},
};

/// The value of `format`.
pub const FORMAT: &str = "florin-payments-1";

/// A member's payments and all that ties them to a certified header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentsFile {
    holdings: RecordProof,
    proof: PaymentsProof,
    certified: Certified,
}

/// What a valid payments file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentsVerdict {
    /// The member, as it stood after block `height`.
    pub holdings: Holdings,
    /// What was asked.
    pub query: PaymentsQuery,
    /// Every payment asked about, and their sums.
    pub found: Payments,
    /// The block whose state shows the member's accounts.
    pub height: Height,
    /// Time of the certified header.
    pub time: LedgerTime,
    /// Height of the certified header.
    pub header_height: Height,
    /// One line in plain words.
    pub plain: String,
}

/// Checks a payments file.
///
/// # Errors
/// [`VerifyError`], naming the first thing that is wrong.
pub fn verify_payments(
    bytes: &[u8],
    committee: &Committee,
) -> Result<PaymentsVerdict, VerifyError> {
    let file = PaymentsFile::parse(bytes)?;
    let (holdings, found) = file.check_proof(committee.genesis())?;
    let summary = file.summary(&holdings, &found, committee.genesis())?;
    let plain = summary.line();
    if file.text(summary, &found, committee.genesis())?.as_bytes() != bytes {
        return Err(VerifyError::NotCanonical);
    }
    let header = &file.certified.header;
    committee.verify(header, &file.certified.certificate)?;
    Ok(PaymentsVerdict {
        query: file.proof.query,
        height: header.results.height,
        time: header.time,
        header_height: header.height,
        plain,
        holdings,
        found,
    })
}

impl PaymentsFile {
    /// Writes a file. The proofs are checked, the certificate is not: whoever serves files has
    /// checked it before, and whoever reads them checks it again.
    ///
    /// # Errors
    /// [`VerifyError`] when the proofs do not show every account and history under the header, or
    /// the file would be larger than any of its kind.
    pub fn build(
        holdings: &RecordProof,
        proof: &PaymentsProof,
        header: &Header,
        certificate: &[u8],
        genesis: &Genesis,
    ) -> Result<String, VerifyError> {
        let certified = Certified { header: *header, certificate: certificate.to_vec() };
        let file = Self { holdings: holdings.clone(), proof: proof.clone(), certified };
        let (holdings, found) = file.check_proof(genesis)?;
        let text = file.text(file.summary(&holdings, &found, genesis)?, &found, genesis)?;
        if text.len() > MAX_HISTORY_FILE_BYTES {
            return Err(VerifyError::TooLarge { limit: MAX_HISTORY_FILE_BYTES });
        }
        Ok(text)
    }

    /// Reads a file and checks nothing but its shape.
    ///
    /// # Errors
    /// [`VerifyError`], naming the first field that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, VerifyError> {
        let given: Given = file::parse_proof(bytes, MAX_HISTORY_FILE_BYTES, FORMAT)?;
        let query = given.query.read()?;
        let list = ListProof {
            kind: ListKind::Accounts,
            index: 0,
            path: Vec::new(),
            entries: given.list.iter().map(IdText::read).collect::<Result<_, _>>()?,
        };
        let accounts = given.accounts.into_iter().map(|account| account.read(query.span));
        let accounts = accounts.collect::<Result<_, _>>()?;
        Ok(Self {
            holdings: given.holdings.read()?,
            proof: PaymentsProof { query, list, accounts },
            certified: Certified::read(&given.header, &given.certificate)?,
        })
    }

    fn check_proof(&self, genesis: &Genesis) -> Result<(Holdings, Payments), VerifyError> {
        self.certified.check_network(genesis)?;
        let header = &self.certified.header;
        let holdings = proved_holdings(&self.holdings, header)?;
        let found = self.proof.check(&holdings, &header.results)?;
        Ok((holdings, found))
    }

    fn summary(
        &self,
        holdings: &Holdings,
        found: &Payments,
        genesis: &Genesis,
    ) -> Result<Summary, VerifyError> {
        let (query, header) = (&self.proof.query, &self.certified.header);
        let sums = found.sums.iter().map(|sum| SumText::of(sum, genesis));
        Ok(Summary {
            member: holdings.member.text().to_owned(),
            role: query.role.name(),
            currency: query.currency.map(|currency| currency.code().to_owned()),
            from: query.span.from.get(),
            to: query.span.to.get(),
            accounts: self.proof.accounts.len(),
            histories: found.histories,
            payments: found.payments.len(),
            sums: sums.collect::<Result<_, _>>()?,
            complete: "yes",
            height: header.results.height.get(),
            time: rfc3339(header.time),
        })
    }

    fn text(
        &self,
        summary: Summary,
        found: &Payments,
        genesis: &Genesis,
    ) -> Result<String, VerifyError> {
        let header = &self.certified.header;
        let payments = found.payments.iter().map(|payment| PaymentText::of(payment, genesis));
        Ok(file::print(&Spelled {
            format: FORMAT,
            network: header.chain.to_hex(),
            summary,
            payments: payments.collect::<Result<_, _>>()?,
            query: QueryText::of(&self.proof.query),
            list: self.proof.list.entries.iter().map(IdText::of).collect(),
            accounts: self.proof.accounts.iter().map(AccountText::of).collect(),
            holdings: RecordText::of(&self.holdings),
            header: hex::encode(header.to_bytes()),
            certificate: hex::encode(&self.certified.certificate),
        }))
    }
}

/// What is read from a file; all else in it is derived and compared as bytes. A whole list has no
/// path.
#[derive(Deserialize)]
struct Given {
    query: QueryText,
    list: Vec<IdText>,
    accounts: Vec<GivenAccount>,
    holdings: RecordText,
    header: String,
    certificate: String,
}

#[derive(Serialize, Deserialize)]
struct QueryText {
    role: String,
    currency: Option<String>,
    from: u64,
    to: u64,
}

impl QueryText {
    fn of(query: &PaymentsQuery) -> Self {
        Self {
            role: query.role.name().to_owned(),
            currency: query.currency.map(|currency| currency.code().to_owned()),
            from: query.span.from.get(),
            to: query.span.to.get(),
        }
    }

    fn read(&self) -> Result<PaymentsQuery, VerifyError> {
        let wrong = || VerifyError::Field { field: "query" };
        let currency = self.currency.as_ref();
        let read = currency.map(|code| Currency::new(code).ok_or_else(wrong)).transpose()?;
        Ok(PaymentsQuery {
            role: PaymentRole::named(&self.role).ok_or_else(wrong)?,
            currency: read,
            span: Span { from: Height::new(self.from), to: Height::new(self.to) },
        })
    }
}

#[derive(Deserialize)]
struct GivenAccount {
    record: RecordText,
    history: Option<GivenHistory>,
}

impl GivenAccount {
    fn read(self, span: Span) -> Result<ShownAccount, VerifyError> {
        let history = self.history.map(|history| history.read(span)).transpose()?;
        Ok(ShownAccount { record: self.record.read()?, history })
    }
}

#[derive(Deserialize)]
struct GivenHistory {
    journal: JournalText,
    before: Option<GivenEntry>,
    blocks: Vec<GivenBlock>,
    after: Option<GivenEntry>,
}

impl GivenHistory {
    fn read(self, span: Span) -> Result<HistoryProof, VerifyError> {
        Ok(HistoryProof {
            span,
            index: self.journal.index,
            path: file::path(&self.journal.path, "journal.path")?,
            before: self.before.map(|entry| entry.read("before")).transpose()?,
            blocks: self.blocks.into_iter().map(GivenBlock::read).collect::<Result<_, _>>()?,
            after: self.after.map(|entry| entry.read("after")).transpose()?,
        })
    }
}

/// The whole file, in the order of its keys.
#[derive(Serialize)]
struct Spelled {
    format: &'static str,
    network: String,
    summary: Summary,
    payments: Vec<PaymentText>,
    query: QueryText,
    list: Vec<IdText>,
    accounts: Vec<AccountText>,
    holdings: RecordText,
    header: String,
    certificate: String,
}

#[derive(Serialize)]
struct AccountText {
    record: RecordText,
    history: Option<HistoryText>,
}

impl AccountText {
    fn of(shown: &ShownAccount) -> Self {
        Self {
            record: RecordText::of(&shown.record),
            history: shown.history.as_ref().map(HistoryText::of),
        }
    }
}

#[derive(Serialize)]
struct HistoryText {
    journal: JournalText,
    before: Option<EntryText>,
    blocks: Vec<BlockText>,
    after: Option<EntryText>,
}

impl HistoryText {
    fn of(history: &HistoryProof) -> Self {
        Self {
            journal: JournalText {
                index: history.index,
                path: history.path.iter().map(Hash32::to_hex).collect(),
            },
            before: history.before.as_ref().map(EntryText::of),
            blocks: history.blocks.iter().map(BlockText::of).collect(),
            after: history.after.as_ref().map(EntryText::of),
        }
    }
}

#[derive(Serialize)]
struct PaymentText {
    height: u64,
    time: String,
    account: String,
    role: &'static str,
    currency: String,
    amount: String,
    command: String,
}

impl PaymentText {
    fn of(payment: &Payment, genesis: &Genesis) -> Result<Self, VerifyError> {
        let scale = scale(genesis, payment.currency).ok_or(VerifyError::UnknownCurrency)?;
        Ok(Self {
            height: payment.height.get(),
            time: rfc3339(payment.time),
            account: payment.account.to_hex(),
            role: payment.role.name(),
            currency: payment.currency.code().to_owned(),
            amount: decimal(payment.minor, scale),
            command: payment.command.to_hex(),
        })
    }
}

#[derive(Serialize)]
struct SumText {
    currency: String,
    payments: usize,
    amount: String,
}

impl SumText {
    fn of(sum: &CurrencySum, genesis: &Genesis) -> Result<Self, VerifyError> {
        let scale = scale(genesis, sum.currency).ok_or(VerifyError::UnknownCurrency)?;
        Ok(Self {
            currency: sum.currency.code().to_owned(),
            payments: sum.payments,
            amount: decimal(sum.minor, scale),
        })
    }
}

#[derive(Serialize)]
struct Summary {
    member: String,
    role: &'static str,
    currency: Option<String>,
    from: u64,
    to: u64,
    accounts: usize,
    histories: usize,
    payments: usize,
    sums: Vec<SumText>,
    complete: &'static str,
    height: u64,
    time: String,
}

impl Summary {
    fn line(&self) -> String {
        let Self { member, role, from, to, accounts, histories, payments, height, time, .. } = self;
        let currency = self.currency.as_deref().unwrap_or("all currencies");
        let sums: Vec<_> =
            self.sums.iter().map(|sum| format!("{} {}", sum.amount, sum.currency)).collect();
        let sums = if sums.is_empty() { "nothing".to_owned() } else { sums.join(", ") };
        format!(
            "payments of {member} as {role} in {currency} from height {from} to height {to}: \
             {payments}, {sums} in all; complete: {complete}, by all {accounts} accounts of the \
             member and the whole histories of the {histories} asked about, after height {height}, \
             certified at {time}",
            complete = self.complete,
        )
    }
}

#[cfg(test)]
mod tests;
