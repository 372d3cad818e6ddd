//! The account file, `florin-account-1`: what an account held after one block.
//!
//! # Place      nodes cut it for the account's owner and the overseer; `florin verify` reads it
//! # Invariants W16 no byte is free; W18 what the file shows
//! # Absent     how the account came there (`florin-history-1`)

use ledger_core::{
    account::{Account, AccountStatus},
    block::Header,
    genesis::Genesis,
    proof::RecordProof,
    time::{Height, LedgerTime},
};
use serde::{Deserialize, Serialize};

use crate::{
    committee::Committee,
    error::VerifyError,
    file::{self, Certified, RecordText},
    limits::MAX_PROOF_FILE_BYTES,
    summary::{decimal, rfc3339, scale},
};

/// The value of `format`.
pub const FORMAT: &str = "florin-account-1";

/// An account and all that ties it to a certified header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFile {
    proof: RecordProof,
    certified: Certified,
}

/// What a valid account file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountVerdict {
    /// The account.
    pub account: Account,
    /// The block after which it stood so.
    pub height: Height,
    /// Time of the certified header.
    pub time: LedgerTime,
    /// Height of the certified header.
    pub header_height: Height,
    /// One line in plain words.
    pub plain: String,
}

/// Checks an account file.
///
/// # Errors
/// [`VerifyError`], naming the first thing that is wrong.
pub fn verify_account(bytes: &[u8], committee: &Committee) -> Result<AccountVerdict, VerifyError> {
    let file = AccountFile::parse(bytes)?;
    let account = file.check_proof(committee.genesis())?;
    let text = file.text(&account, committee.genesis())?;
    if text.as_bytes() != bytes {
        return Err(VerifyError::NotCanonical);
    }
    let header = &file.certified.header;
    committee.verify(header, &file.certified.certificate)?;
    let summary = Summary::of(&account, header, committee.genesis())?;
    Ok(AccountVerdict {
        plain: summary.line(account.status),
        account,
        height: header.results.height,
        time: header.time,
        header_height: header.height,
    })
}

impl AccountFile {
    /// Writes a file. The path is checked, the certificate is not: whoever serves files has
    /// checked it before, and whoever reads them checks it again.
    ///
    /// # Errors
    /// [`VerifyError`] when the proof does not show an account under the header.
    pub fn build(
        proof: &RecordProof,
        header: &Header,
        certificate: &[u8],
        genesis: &Genesis,
    ) -> Result<String, VerifyError> {
        let certified = Certified { header: *header, certificate: certificate.to_vec() };
        let file = Self { proof: proof.clone(), certified };
        let account = file.check_proof(genesis)?;
        file.text(&account, genesis)
    }

    /// Reads a file and checks nothing but its shape.
    ///
    /// # Errors
    /// [`VerifyError`], naming the first field that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, VerifyError> {
        let given: Given = file::parse_proof(bytes, MAX_PROOF_FILE_BYTES, FORMAT)?;
        let certified = Certified::read(&given.header, &given.certificate)?;
        Ok(Self { proof: given.record.read()?, certified })
    }

    fn check_proof(&self, genesis: &Genesis) -> Result<Account, VerifyError> {
        self.certified.check_network(genesis)?;
        file::proved_account(&self.proof, &self.certified.header.results).cloned()
    }

    fn text(&self, account: &Account, genesis: &Genesis) -> Result<String, VerifyError> {
        let header = &self.certified.header;
        Ok(file::print(&Spelled {
            format: FORMAT,
            network: header.chain.to_hex(),
            summary: Summary::of(account, header, genesis)?,
            record: RecordText::of(&self.proof),
            header: hex::encode(header.to_bytes()),
            certificate: hex::encode(&self.certified.certificate),
        }))
    }
}

/// What is read from a file; all else in it is derived and compared as bytes.
#[derive(Deserialize)]
struct Given {
    #[serde(flatten)]
    record: RecordText,
    header: String,
    certificate: String,
}

/// The whole file, in the order of its keys.
#[derive(Serialize)]
struct Spelled {
    format: &'static str,
    network: String,
    summary: Summary,
    #[serde(flatten)]
    record: RecordText,
    header: String,
    certificate: String,
}

#[derive(Serialize)]
struct Summary {
    account: String,
    member: String,
    currency: String,
    available: String,
    held: String,
    preburned: String,
    height: u64,
    time: String,
}

impl Summary {
    fn of(account: &Account, header: &Header, genesis: &Genesis) -> Result<Self, VerifyError> {
        let scale = scale(genesis, account.currency).ok_or(VerifyError::UnknownCurrency)?;
        let balances = account.balances;
        Ok(Self {
            account: account.id.to_hex(),
            member: account.member.text().to_owned(),
            currency: account.currency.code().to_owned(),
            available: decimal(balances.available, scale),
            held: decimal(balances.held, scale),
            preburned: decimal(balances.preburned, scale),
            height: header.results.height.get(),
            time: rfc3339(header.time),
        })
    }

    fn line(&self, status: AccountStatus) -> String {
        let status = match status {
            AccountStatus::Active => "",
            AccountStatus::Frozen => " (frozen)",
        };
        format!(
            "account {} of {}{status} held {} {currency} free, {} {currency} earmarked and {} {currency} \
             locked for redemption after height {}, certified at {}",
            self.account,
            self.member,
            self.available,
            self.held,
            self.preburned,
            self.height,
            self.time,
            currency = self.currency,
        )
    }
}

#[cfg(test)]
mod tests;
