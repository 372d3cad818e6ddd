//! The history file, `florin-history-1`: everything that happened to an account between two
//! heights, with nothing left out.
//!
//! The balance as of any height is the history of that one block: the span from H to H.
//!
//! # Place      observers cut it; `florin verify` reads it
//! # Invariants W16 no byte is free; W21 what the file shows
//! # Absent     receipts; freezes, which move no money; histories of currencies and reserve accounts

use ledger_core::{
    account::{Account, Balances},
    block::Header,
    codec::encode,
    digest::Hash32,
    genesis::Genesis,
    id::CommandId,
    journal::{JournalEntry, Movement, MovementKind},
    proof::RecordProof,
    time::{Height, LedgerTime},
};
use serde::{Deserialize, Serialize};

use crate::{
    committee::Committee,
    error::VerifyError,
    file::{self, Certified, RecordText},
    history::{History, HistoryProof, ShownBlock, ShownEntry, ShownMovement, Span},
    limits::{MAX_ENTRY_BYTES, MAX_HISTORY_FILE_BYTES},
    summary::{decimal, rfc3339, scale},
};

/// The value of `format`.
pub const FORMAT: &str = "florin-history-1";

/// An account's history and all that ties it to a certified header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryFile {
    record: RecordProof,
    history: HistoryProof,
    certified: Certified,
}

/// What a valid history file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryVerdict {
    /// The account, as it stood after block `height`.
    pub account: Account,
    /// The span.
    pub span: Span,
    /// Opening and closing balances and what lies between.
    pub history: History,
    /// Every block of the span that moved the account's money, with every movement.
    pub blocks: Vec<ShownBlock>,
    /// The block whose state shows the account's journal.
    pub height: Height,
    /// Time of the certified header.
    pub time: LedgerTime,
    /// Height of the certified header.
    pub header_height: Height,
    /// One line in plain words.
    pub plain: String,
}

/// Checks a history file.
///
/// # Errors
/// [`VerifyError`], naming the first thing that is wrong.
pub fn verify_history(bytes: &[u8], committee: &Committee) -> Result<HistoryVerdict, VerifyError> {
    let file = HistoryFile::parse(bytes)?;
    let (account, history) = file.check_proof(committee.genesis())?;
    let summary = file.summary(&account, &history, committee.genesis())?;
    let plain = summary.line(file.certified.header.height);
    if file.text(summary).as_bytes() != bytes {
        return Err(VerifyError::NotCanonical);
    }
    let header = &file.certified.header;
    committee.verify(header, &file.certified.certificate)?;
    Ok(HistoryVerdict {
        height: header.results.height,
        time: header.time,
        header_height: header.height,
        plain,
        account,
        span: file.history.span,
        history,
        blocks: file.history.blocks,
    })
}

impl HistoryFile {
    /// Writes a file. The proofs are checked, the certificate is not: whoever serves files has
    /// checked it before, and whoever reads them checks it again.
    ///
    /// # Errors
    /// [`VerifyError`] when the proofs do not show the whole history under the header, or the file
    /// would be larger than any of its kind.
    pub fn build(
        record: &RecordProof,
        history: &HistoryProof,
        header: &Header,
        certificate: &[u8],
        genesis: &Genesis,
    ) -> Result<String, VerifyError> {
        let certified = Certified { header: *header, certificate: certificate.to_vec() };
        let file = Self { record: record.clone(), history: history.clone(), certified };
        let (account, history) = file.check_proof(genesis)?;
        let text = file.text(file.summary(&account, &history, genesis)?);
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
        let (from, to) = (Height::new(given.span.from), Height::new(given.span.to));
        let history = HistoryProof {
            span: Span { from, to },
            index: given.journal.index,
            path: file::path(&given.journal.path, "journal.path")?,
            before: given.before.map(|entry| entry.read("before")).transpose()?,
            blocks: given.blocks.into_iter().map(GivenBlock::read).collect::<Result<_, _>>()?,
            after: given.after.map(|entry| entry.read("after")).transpose()?,
        };
        let record = given.record.read()?;
        let certified = Certified::read(&given.header, &given.certificate)?;
        Ok(Self { record, history, certified })
    }

    fn check_proof(&self, genesis: &Genesis) -> Result<(Account, History), VerifyError> {
        self.certified.check_network(genesis)?;
        let results = &self.certified.header.results;
        let account = file::proved_account(&self.record, results)?;
        let history = self.history.check(account, results.height)?;
        Ok((account.clone(), history))
    }

    fn summary(
        &self,
        account: &Account,
        history: &History,
        genesis: &Genesis,
    ) -> Result<Summary, VerifyError> {
        let scale = scale(genesis, account.currency).ok_or(VerifyError::UnknownCurrency)?;
        let (span, header) = (self.history.span, &self.certified.header);
        Ok(Summary {
            account: account.id.to_hex(),
            member: account.member.text().to_owned(),
            currency: account.currency.code().to_owned(),
            from: span.from.get(),
            to: span.to.get(),
            opening: BalancesText::of(&history.opening, scale),
            blocks: history.blocks,
            movements: history.movements,
            credits: decimal(history.turnover.credits, scale),
            debits: decimal(history.turnover.debits, scale),
            closing: BalancesText::of(&history.closing, scale),
            complete: "yes",
            height: header.results.height.get(),
            time: rfc3339(header.time),
        })
    }

    fn text(&self, summary: Summary) -> String {
        let (history, header) = (&self.history, &self.certified.header);
        file::print(&Spelled {
            format: FORMAT,
            network: header.chain.to_hex(),
            summary,
            span: SpanText { from: history.span.from.get(), to: history.span.to.get() },
            journal: JournalText {
                index: history.index,
                path: history.path.iter().map(Hash32::to_hex).collect(),
            },
            before: history.before.as_ref().map(EntryText::of),
            blocks: history.blocks.iter().map(BlockText::of).collect(),
            after: history.after.as_ref().map(EntryText::of),
            record: RecordText::of(&self.record),
            header: hex::encode(header.to_bytes()),
            certificate: hex::encode(&self.certified.certificate),
        })
    }
}

/// What is read from a file; all else in it is derived and compared as bytes.
#[derive(Deserialize)]
struct Given {
    span: SpanText,
    journal: JournalText,
    before: Option<GivenEntry>,
    blocks: Vec<GivenBlock>,
    after: Option<GivenEntry>,
    record: RecordText,
    header: String,
    certificate: String,
}

#[derive(Deserialize)]
pub(crate) struct GivenEntry {
    entry: String,
    salt: String,
}

impl GivenEntry {
    pub(crate) fn read(self, field: &'static str) -> Result<ShownEntry, VerifyError> {
        let entry: JournalEntry = file::value(&self.entry, MAX_ENTRY_BYTES, field)?;
        Ok(ShownEntry { entry, salt: file::hash(&self.salt, field)? })
    }
}

#[derive(Deserialize)]
pub(crate) struct GivenBlock {
    entry: String,
    salt: String,
    movements: Vec<MovementText>,
}

impl GivenBlock {
    pub(crate) fn read(self) -> Result<ShownBlock, VerifyError> {
        let shown = GivenEntry { entry: self.entry, salt: self.salt }.read("blocks")?;
        let movements = self.movements.iter().map(MovementText::read);
        Ok(ShownBlock { shown, movements: movements.collect::<Result<_, _>>()? })
    }
}

#[derive(Serialize, Deserialize)]
struct SpanText {
    from: u64,
    to: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct JournalText {
    pub(crate) index: u64,
    pub(crate) path: Vec<String>,
}

/// A movement in words: its canonical bytes follow from them.
#[derive(Serialize, Deserialize)]
struct MovementText {
    command: String,
    kind: String,
    /// Text, since many readers of JSON have no such numbers.
    minor: String,
    salt: String,
}

impl MovementText {
    fn of(shown: &ShownMovement) -> Self {
        Self {
            command: shown.movement.command.to_hex(),
            kind: shown.movement.kind.name().to_owned(),
            minor: shown.movement.minor.to_string(),
            salt: shown.salt.to_hex(),
        }
    }

    fn read(&self) -> Result<ShownMovement, VerifyError> {
        let wrong = || VerifyError::Field { field: "movements" };
        let movement = Movement {
            command: CommandId::from_hex(&self.command).ok_or_else(wrong)?,
            kind: MovementKind::named(&self.kind).ok_or_else(wrong)?,
            minor: self.minor.parse().map_err(|_| wrong())?,
        };
        Ok(ShownMovement { movement, salt: file::hash(&self.salt, "movements")? })
    }
}

/// The whole file, in the order of its keys.
#[derive(Serialize)]
struct Spelled {
    format: &'static str,
    network: String,
    summary: Summary,
    span: SpanText,
    journal: JournalText,
    before: Option<EntryText>,
    blocks: Vec<BlockText>,
    after: Option<EntryText>,
    record: RecordText,
    header: String,
    certificate: String,
}

#[derive(Serialize)]
pub(crate) struct EntryText {
    height: u64,
    time: String,
    entry: String,
    salt: String,
}

impl EntryText {
    pub(crate) fn of(shown: &ShownEntry) -> Self {
        Self {
            height: shown.entry.height.get(),
            time: rfc3339(shown.entry.time),
            entry: hex::encode(encode(&shown.entry)),
            salt: shown.salt.to_hex(),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct BlockText {
    #[serde(flatten)]
    entry: EntryText,
    movements: Vec<MovementText>,
}

impl BlockText {
    pub(crate) fn of(block: &ShownBlock) -> Self {
        let movements = block.movements.iter().map(MovementText::of);
        Self { entry: EntryText::of(&block.shown), movements: movements.collect() }
    }
}

#[derive(Serialize)]
struct Summary {
    account: String,
    member: String,
    currency: String,
    from: u64,
    to: u64,
    opening: BalancesText,
    blocks: usize,
    movements: usize,
    credits: String,
    debits: String,
    closing: BalancesText,
    complete: &'static str,
    height: u64,
    time: String,
}

#[derive(Serialize)]
struct BalancesText {
    available: String,
    held: String,
    preburned: String,
}

impl BalancesText {
    fn of(balances: &Balances, scale: u8) -> Self {
        Self {
            available: decimal(balances.available, scale),
            held: decimal(balances.held, scale),
            preburned: decimal(balances.preburned, scale),
        }
    }

    fn line(&self, currency: &str) -> String {
        let Self { available, held, preburned } = self;
        format!(
            "{available} {currency} free, {held} {currency} earmarked and {preburned} {currency} \
             locked for redemption"
        )
    }
}

impl Summary {
    fn line(&self, certified: Height) -> String {
        let Self { account, member, currency, from, to, blocks, movements, .. } = self;
        format!(
            "account {account} of {member} from height {from} to height {to}: opened with {opening}; \
             {blocks} blocks with {movements} movements: {credits} {currency} came, \
             {debits} {currency} left; closed with {closing}; complete: {complete}, no entry is left \
             out, added or changed; by the state after height {height} that the header of height \
             {certified} declares, certified at {time}",
            opening = self.opening.line(currency),
            closing = self.closing.line(currency),
            credits = self.credits,
            debits = self.debits,
            complete = self.complete,
            height = self.height,
            time = self.time,
        )
    }
}

#[cfg(test)]
mod tests;
