//! The list file, `florin-list-1`: which accounts or customers a member has, with none left out.
//!
//! # Place      observers cut it for the member and the overseer; `florin verify` reads it
//! # Invariants W16 no byte is free; W27 what the file shows
//! # Absent     balances; standing of customers; who the customers are

use ledger_core::{
    block::Header,
    digest::Hash32,
    genesis::Genesis,
    member::Holdings,
    merkle::LogHead,
    proof::{RecordProof, SlotContent},
    record::{Name, Record},
    time::{Height, LedgerTime},
};
use serde::{Deserialize, Serialize};

use crate::{
    committee::Committee,
    error::VerifyError,
    file::{self, Certified, RecordText},
    limits::MAX_LIST_FILE_BYTES,
    list::{ListKind, ListProof, ShownId},
    summary::rfc3339,
};

/// The value of `format`.
pub const FORMAT: &str = "florin-list-1";

/// A run of a member's list and all that ties it to a certified header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFile {
    record: RecordProof,
    list: ListProof,
    certified: Certified,
}

/// What a valid list file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListVerdict {
    /// What the member has: pages under equal heads belong to one list.
    pub holdings: Holdings,
    /// Which list, and the entries with their places.
    pub list: ListProof,
    /// Whether these are all.
    pub complete: bool,
    /// The block after which it was so.
    pub height: Height,
    /// Time of the certified header.
    pub time: LedgerTime,
    /// Height of the certified header.
    pub header_height: Height,
    /// One line in plain words.
    pub plain: String,
}

/// Checks a list file.
///
/// # Errors
/// [`VerifyError`], naming the first thing that is wrong.
pub fn verify_list(bytes: &[u8], committee: &Committee) -> Result<ListVerdict, VerifyError> {
    let file = ListFile::parse(bytes)?;
    let (holdings, head) = file.check_proof(committee.genesis())?;
    let summary = file.summary(&holdings, &head);
    let plain = summary.line();
    if file.text(summary).as_bytes() != bytes {
        return Err(VerifyError::NotCanonical);
    }
    let header = &file.certified.header;
    committee.verify(header, &file.certified.certificate)?;
    Ok(ListVerdict {
        complete: file.list.is_whole(&head),
        height: header.results.height,
        time: header.time,
        header_height: header.height,
        plain,
        holdings,
        list: file.list,
    })
}

impl ListFile {
    /// Writes a file. The proofs are checked, the certificate is not: whoever serves files has
    /// checked it before, and whoever reads them checks it again.
    ///
    /// # Errors
    /// [`VerifyError`] when the proofs do not show a run of the list under the header.
    pub fn build(
        record: &RecordProof,
        list: &ListProof,
        header: &Header,
        certificate: &[u8],
        genesis: &Genesis,
    ) -> Result<String, VerifyError> {
        let certified = Certified { header: *header, certificate: certificate.to_vec() };
        let file = Self { record: record.clone(), list: list.clone(), certified };
        let (holdings, head) = file.check_proof(genesis)?;
        Ok(file.text(file.summary(&holdings, &head)))
    }

    /// Reads a file and checks nothing but its shape.
    ///
    /// # Errors
    /// [`VerifyError`], naming the first field that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, VerifyError> {
        let given: Given = file::parse_proof(bytes, MAX_LIST_FILE_BYTES, FORMAT)?;
        let kind = ListKind::named(&given.list.of);
        let list = ListProof {
            kind: kind.ok_or(VerifyError::Field { field: "list.of" })?,
            index: given.list.index,
            path: file::path(&given.list.path, "list.path")?,
            entries: given.entries.iter().map(IdText::read).collect::<Result<_, _>>()?,
        };
        let certified = Certified::read(&given.header, &given.certificate)?;
        Ok(Self { record: given.record.read()?, list, certified })
    }

    fn check_proof(&self, genesis: &Genesis) -> Result<(Holdings, LogHead), VerifyError> {
        self.certified.check_network(genesis)?;
        let holdings = proved_holdings(&self.record, &self.certified.header)?;
        let head = self.list.check(&holdings)?;
        Ok((holdings, head))
    }

    fn summary(&self, holdings: &Holdings, head: &LogHead) -> Summary {
        let header = &self.certified.header;
        Summary {
            member: holdings.member.text().to_owned(),
            list: self.list.kind.name(),
            index: self.list.index,
            shown: self.list.entries.len(),
            count: head.count,
            complete: if self.list.is_whole(head) { "yes" } else { "no" },
            height: header.results.height.get(),
            time: rfc3339(header.time),
        }
    }

    fn text(&self, summary: Summary) -> String {
        let header = &self.certified.header;
        file::print(&Spelled {
            format: FORMAT,
            network: header.chain.to_hex(),
            summary,
            list: RunText {
                of: self.list.kind.name().to_owned(),
                index: self.list.index,
                path: self.list.path.iter().map(Hash32::to_hex).collect(),
            },
            entries: self.list.entries.iter().map(IdText::of).collect(),
            record: RecordText::of(&self.record),
            header: hex::encode(header.to_bytes()),
            certificate: hex::encode(&self.certified.certificate),
        })
    }
}

/// The record of what a member has, under its own key, in the state that a header declares.
pub(crate) fn proved_holdings(
    proof: &RecordProof,
    header: &Header,
) -> Result<Holdings, VerifyError> {
    if !proof.holds_under(&header.results) {
        return Err(VerifyError::NotInState);
    }
    match &proof.leaf.content {
        SlotContent::Used { key, record: Record::Holdings(holdings), .. }
            if Name::Holdings(holdings.member).key() == *key =>
        {
            Ok(*holdings)
        }
        SlotContent::Used { .. } | SlotContent::Free { .. } => Err(VerifyError::NotHoldings),
    }
}

/// What is read from a file; all else in it is derived and compared as bytes.
#[derive(Deserialize)]
struct Given {
    list: RunText,
    entries: Vec<IdText>,
    record: RecordText,
    header: String,
    certificate: String,
}

#[derive(Serialize, Deserialize)]
struct RunText {
    of: String,
    index: u64,
    path: Vec<String>,
}

/// An entry of a list, as files spell it.
#[derive(Serialize, Deserialize)]
pub(crate) struct IdText {
    id: String,
    salt: String,
}

impl IdText {
    pub(crate) fn of(shown: &ShownId) -> Self {
        Self { id: hex::encode(shown.id), salt: shown.salt.to_hex() }
    }

    pub(crate) fn read(&self) -> Result<ShownId, VerifyError> {
        let id = *file::hash(&self.id, "entries")?.get();
        Ok(ShownId { id, salt: file::hash(&self.salt, "entries")? })
    }
}

/// The whole file, in the order of its keys.
#[derive(Serialize)]
struct Spelled {
    format: &'static str,
    network: String,
    summary: Summary,
    list: RunText,
    entries: Vec<IdText>,
    record: RecordText,
    header: String,
    certificate: String,
}

#[derive(Serialize)]
struct Summary {
    member: String,
    list: &'static str,
    index: u64,
    shown: usize,
    count: u64,
    complete: &'static str,
    height: u64,
    time: String,
}

impl Summary {
    fn line(&self) -> String {
        let Self { member, list, index, shown, count, complete, height, time } = self;
        format!(
            "{member} had {count} {list} after height {height}; {shown} of them are shown, from \
             place {index} on, in order, none left out between them; complete: {complete}; \
             certified at {time}"
        )
    }
}

#[cfg(test)]
mod tests;
