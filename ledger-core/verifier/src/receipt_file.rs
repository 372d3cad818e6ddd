//! The receipt file, `florin-receipt-1`: what became of one command, for anybody to check.
//!
//! The file holds proof and summary. Only the proof is read; the summary is derived again, the
//! file is spelled again, and the bytes must be the same. So nobody can put words into a file
//! that its proof does not carry.
//!
//! # Place      gateways and nodes write it; `florin verify` and banks read it
//! # Invariants W16 no byte is free; W17 what the file shows
//! # Absent     `headers` linking an uncertified header to a certified one (planned)

use ledger_core::{
    block::Header,
    codec::encode,
    digest::Hash32,
    genesis::Genesis,
    limits::MAX_RECEIPT_BYTES,
    merkle::{LogHead, root_from_path},
    proof::ReceiptProof,
    receipt::{HistoryLeaf, Outcome, RECEIPT_VERSION, Receipt},
    time::{Height, LedgerTime},
};
use serde::{Deserialize, Serialize};

use crate::{
    committee::Committee,
    error::VerifyError,
    file::{self, Certified},
    limits::MAX_PROOF_FILE_BYTES,
    run::RunText,
    summary::{amount, outcome_name, receipt_line, rfc3339},
};

/// The value of `format`.
pub const FORMAT: &str = "florin-receipt-1";

/// A receipt and all that ties it to a certified header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptFile {
    proof: ReceiptProof,
    certified: Certified,
}

/// What a valid receipt file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The receipt.
    pub receipt: Receipt,
    /// Whether the command was applied; else it was refused.
    pub applied: bool,
    /// Since when the effect is final; nothing for a refused command.
    pub settled: Option<LedgerTime>,
    /// Height of the certified header.
    pub header_height: Height,
    /// One line in plain words.
    pub plain: String,
}

/// Checks a receipt file.
///
/// # Errors
/// [`VerifyError`], naming the first thing that is wrong.
pub fn verify_receipt(bytes: &[u8], committee: &Committee) -> Result<Verdict, VerifyError> {
    let file = ReceiptFile::parse(bytes)?;
    file.check_proof(committee.genesis())?;
    // Cheap before dear: a changed summary is found before any pairing is computed.
    if file.text(committee.genesis()).as_bytes() != bytes {
        return Err(VerifyError::NotCanonical);
    }
    committee.verify(&file.certified.header, &file.certified.certificate)?;
    if file.proof.receipt.version != RECEIPT_VERSION {
        return Err(VerifyError::UnknownVersion { what: "receipt" });
    }
    let settled = file.settled();
    Ok(Verdict {
        plain: receipt_line(&file.proof.receipt, settled, committee.genesis()),
        applied: settled.is_some(),
        settled,
        header_height: file.certified.header.height,
        receipt: file.proof.receipt,
    })
}

impl ReceiptFile {
    /// Writes a file. The path is checked, the certificate is not: whoever serves files has
    /// checked it before, and whoever reads them checks it again.
    ///
    /// # Errors
    /// [`VerifyError`] when the proof does not lead to the header.
    pub fn build(
        proof: &ReceiptProof,
        header: &Header,
        certificate: &[u8],
        genesis: &Genesis,
    ) -> Result<String, VerifyError> {
        let certified = Certified { header: *header, certificate: certificate.to_vec() };
        let file = Self { proof: proof.clone(), certified };
        file.check_proof(genesis)?;
        Ok(file.text(genesis))
    }

    /// Reads a file and checks nothing but its shape.
    ///
    /// # Errors
    /// [`VerifyError`], naming the first field that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, VerifyError> {
        let given: Given = file::parse_proof(bytes, MAX_PROOF_FILE_BYTES, FORMAT)?;
        let certified = Certified::read(&given.header, &given.certificate)?;
        let receipt: Receipt = file::value(&given.receipt, MAX_RECEIPT_BYTES, "receipt")?;
        let salt = file::hash(&given.salt, "salt")?;
        let path = file::path(&given.path, "path")?;
        let count = given.history.receipts;
        let not_there = VerifyError::NotInHistory;
        // The receipt root is not in the file: the path determines it.
        let root = root_from_path(receipt.leaf(&salt), u64::from(receipt.index), count, &path)
            .ok_or(not_there)?;
        let history = HistoryLeaf {
            height: receipt.height,
            digest: file::hash(&given.history.digest, "history.digest")?,
            receipts: LogHead { count, root },
            state_root: file::hash(&given.history.state_root, "history.state_root")?,
        };
        let history_path = file::path(&given.history.path, "history.path")?;
        let proof = ReceiptProof { receipt, salt, path, history, history_path };
        Ok(Self { proof, certified })
    }

    fn check_proof(&self, genesis: &Genesis) -> Result<(), VerifyError> {
        self.certified.check_network(genesis)?;
        let (height, results) = (self.proof.receipt.height, self.certified.header.results);
        if results.height < height {
            return Err(VerifyError::NotCovered { height, covered: results.height });
        }
        if self.proof.holds_under(&results) { Ok(()) } else { Err(VerifyError::NotInHistory) }
    }

    fn settled(&self) -> Option<LedgerTime> {
        match self.proof.receipt.outcome {
            Outcome::Applied(_) => Some(self.certified.header.time),
            Outcome::Refused(_) => None,
        }
    }

    fn text(&self, genesis: &Genesis) -> String {
        let proof = &self.proof;
        let hexes = |path: &[Hash32]| path.iter().map(Hash32::to_hex).collect();
        file::print(&Spelled {
            format: FORMAT,
            network: self.certified.header.chain.to_hex(),
            summary: Summary::of(&proof.receipt, self.settled(), genesis),
            receipt: hex::encode(encode(&proof.receipt)),
            salt: proof.salt.to_hex(),
            path: hexes(&proof.path),
            history: History {
                digest: proof.history.digest.to_hex(),
                receipts: proof.history.receipts.count,
                state_root: proof.history.state_root.to_hex(),
                path: hexes(&proof.history_path),
            },
            header: hex::encode(self.certified.header.to_bytes()),
            certificate: hex::encode(&self.certified.certificate),
        })
    }
}

/// What is read from a file. All else in it is derived, and compared as bytes; so unknown,
/// repeated, missing and reordered fields need no rule of their own.
#[derive(Deserialize)]
struct Given {
    receipt: String,
    salt: String,
    path: Vec<String>,
    history: History,
    header: String,
    certificate: String,
}

#[derive(Serialize, Deserialize)]
struct History {
    digest: String,
    receipts: u64,
    state_root: String,
    path: Vec<String>,
}

/// The whole file, in the order of its keys.
#[derive(Serialize)]
struct Spelled {
    format: &'static str,
    network: String,
    summary: Summary,
    receipt: String,
    salt: String,
    path: Vec<String>,
    history: History,
    header: String,
    certificate: String,
}

#[derive(Serialize)]
struct Summary {
    height: u64,
    index: u32,
    entered: String,
    irrevocable: String,
    settled: Option<String>,
    command_id: String,
    kind: &'static str,
    outcome: &'static str,
    debit: Option<String>,
    credit: Option<String>,
    currency: Option<String>,
    amount: Option<String>,
    uetr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RunText>,
}

impl Summary {
    fn of(receipt: &Receipt, settled: Option<LedgerTime>, genesis: &Genesis) -> Self {
        Self {
            height: receipt.height.get(),
            index: receipt.index,
            entered: rfc3339(receipt.entered),
            irrevocable: rfc3339(receipt.irrevocable),
            settled: settled.map(rfc3339),
            command_id: receipt.command.to_hex(),
            kind: receipt.kind.name(),
            outcome: outcome_name(&receipt.outcome),
            debit: receipt.debit.map(|account| account.to_hex()),
            credit: receipt.credit.map(|account| account.to_hex()),
            currency: receipt.money.map(|money| money.currency().code().to_owned()),
            // A refused command may name a currency that the network does not have.
            amount: receipt.money.and_then(|money| amount(genesis, &money)),
            uetr: receipt.leg.map(|leg| leg.uetr.to_text()),
            run: receipt.run.as_ref().map(RunText::from),
        }
    }
}

#[cfg(test)]
mod tests;
