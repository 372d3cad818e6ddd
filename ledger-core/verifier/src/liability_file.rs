//! Two files about a Merkle-sum tree over the accounts of a currency.
//!
//! `florin-liabilities-1` is what is published of a tree, with the certified totals that its sum must
//! equal. `florin-liability-1` shows the holder of one account that all of its certified balance is
//! in that sum. Both name the same statement, by its hash: who compares it knows that both speak of
//! one tree.
//!
//! # Place      whoever executes the ledger cuts them; `florin verify` reads them
//! # Invariants W16 no byte is free; W29 what the files show
//! # Absent     that everybody was shown the same statement: it must be published

use ledger_core::{
    account::{Account, CurrencyRecord},
    block::Header,
    genesis::Genesis,
    liabilities::{Liabilities, Part, PartProof, SumNode, sum_root},
    limits::LIABILITY_PARTS,
    money::Currency,
    proof::{RecordProof, SlotContent},
    record::{Name, Record},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use crate::{
    committee::Committee,
    error::VerifyError,
    file::{self, Certified, RecordText, proved_account},
    limits::MAX_PROOF_FILE_BYTES,
    summary::{decimal, rfc3339, scale},
};

/// The value of `format` of what is published.
pub const PUBLISHED: &str = "florin-liabilities-1";
/// The value of `format` of what a holder is given.
pub const HELD: &str = "florin-liability-1";

/// Why a tree does not show what is owed, in the order in which it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiabilityFault {
    /// The certified record is not that of a currency under its own key.
    #[error("the record is not that of a currency")]
    NotACurrency,
    /// The tree's sum is not what the certified totals say that accounts hold.
    #[error("the sum of the tree is not what all accounts hold by the certified totals")]
    NotTheSupply,
    /// Another number of parts than every account has.
    #[error("{found} parts of the balance are shown; every account has {LIABILITY_PARTS}")]
    OtherParts {
        /// How many are shown.
        found: usize,
    },
    /// A part does not lead to the root.
    #[error("part {number} of the balance is not in the sum")]
    NotInSum {
        /// Which part.
        number: usize,
    },
    /// The parts are less or more than the balance.
    #[error("the parts in the sum do not add up to the account's certified balance")]
    OtherBalance,
}

impl LiabilityFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotACurrency => "not_a_currency",
            Self::NotTheSupply => "sum_not_the_supply",
            Self::OtherParts { .. } => "other_parts",
            Self::NotInSum { .. } => "not_in_sum",
            Self::OtherBalance => "balance_not_in_sum",
        }
    }
}

/// What is published of a tree and all that ties its sum to a certified header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiabilitiesFile {
    tree: Tree,
    record: RecordProof,
    certified: Certified,
}

/// An account's parts in a tree and all that ties its balance to a certified header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiabilityFile {
    tree: Tree,
    parts: Vec<PartProof>,
    record: RecordProof,
    certified: Certified,
}

/// What a valid file of either kind says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiabilityVerdict {
    /// The tree.
    pub statement: Liabilities,
    /// The account whose whole balance is in it; nothing in what is published.
    pub account: Option<Account>,
    /// Time of the certified header.
    pub time: LedgerTime,
    /// One line in plain words.
    pub plain: String,
}

/// A tree's size and root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tree {
    parts: u64,
    root: SumNode,
}

impl Tree {
    fn statement(&self, currency: Currency, header: &Header) -> Liabilities {
        let (chain, height) = (header.chain, header.results.height);
        Liabilities { chain, currency, height, parts: self.parts, root: self.root }
    }
}

/// Checks what is published of a tree.
///
/// # Errors
/// [`VerifyError`], naming the first thing that is wrong.
pub fn verify_liabilities(
    bytes: &[u8],
    committee: &Committee,
) -> Result<LiabilityVerdict, VerifyError> {
    let file = LiabilitiesFile::parse(bytes)?;
    let currency = file.check_proof(committee.genesis())?.code;
    let header = &file.certified.header;
    let statement = file.tree.statement(currency, header);
    let summary = Summary::of(&statement, None, header, committee.genesis())?;
    let plain = summary.line();
    if file.text(summary).as_bytes() != bytes {
        return Err(VerifyError::NotCanonical);
    }
    committee.verify(header, &file.certified.certificate)?;
    Ok(LiabilityVerdict { statement, account: None, time: header.time, plain })
}

/// Checks what a holder is given of a tree.
///
/// # Errors
/// [`VerifyError`], naming the first thing that is wrong.
pub fn verify_liability(
    bytes: &[u8],
    committee: &Committee,
) -> Result<LiabilityVerdict, VerifyError> {
    let file = LiabilityFile::parse(bytes)?;
    let account = file.check_proof(committee.genesis())?;
    let header = &file.certified.header;
    let statement = file.tree.statement(account.currency, header);
    let summary = Summary::of(&statement, Some(&account), header, committee.genesis())?;
    let plain = summary.line();
    if file.text(summary).as_bytes() != bytes {
        return Err(VerifyError::NotCanonical);
    }
    committee.verify(header, &file.certified.certificate)?;
    Ok(LiabilityVerdict { statement, account: Some(account), time: header.time, plain })
}

impl LiabilitiesFile {
    /// Writes what is published of a tree of so many parts, whose root is this. The record's proof is
    /// checked, the certificate is not: whoever reads the file checks it.
    ///
    /// # Errors
    /// [`VerifyError`] when the record is no currency's under the header, or the sum is another.
    pub fn build(
        (parts, root): (u64, SumNode),
        record: &RecordProof,
        header: &Header,
        certificate: &[u8],
        genesis: &Genesis,
    ) -> Result<String, VerifyError> {
        let certified = Certified { header: *header, certificate: certificate.to_vec() };
        let file = Self { tree: Tree { parts, root }, record: record.clone(), certified };
        let statement = file.tree.statement(file.check_proof(genesis)?.code, header);
        Ok(file.text(Summary::of(&statement, None, header, genesis)?))
    }

    /// Reads a file and checks nothing but its shape.
    ///
    /// # Errors
    /// [`VerifyError`], naming the first field that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, VerifyError> {
        let given: GivenPublished = file::parse_proof(bytes, MAX_PROOF_FILE_BYTES, PUBLISHED)?;
        let certified = Certified::read(&given.header, &given.certificate)?;
        Ok(Self { tree: given.tree.read()?, record: given.record.read()?, certified })
    }

    fn check_proof(&self, genesis: &Genesis) -> Result<&CurrencyRecord, VerifyError> {
        self.certified.check_network(genesis)?;
        if !self.record.holds_under(&self.certified.header.results) {
            return Err(VerifyError::NotInState);
        }
        let currency = match &self.record.leaf.content {
            SlotContent::Used { key, record: Record::Currency(currency), .. }
                if Name::Currency(currency.code).key() == *key =>
            {
                currency
            }
            SlotContent::Used { .. } | SlotContent::Free { .. } => {
                return Err(LiabilityFault::NotACurrency.into());
            }
        };
        // What contracts hold is in the supply and in no account.
        let totals = &currency.totals;
        if totals.supply.checked_sub(totals.contract) != Some(self.tree.root.minor) {
            return Err(LiabilityFault::NotTheSupply.into());
        }
        Ok(currency)
    }

    fn text(&self, summary: Summary) -> String {
        let header = &self.certified.header;
        file::print(&SpelledPublished {
            format: PUBLISHED,
            network: header.chain.to_hex(),
            summary,
            tree: TreeText::of(&self.tree),
            record: RecordText::of(&self.record),
            header: hex::encode(header.to_bytes()),
            certificate: hex::encode(&self.certified.certificate),
        })
    }
}

impl LiabilityFile {
    /// Writes what the holder of an account is given of a tree of so many parts, whose root is this.
    /// The proofs are checked, the certificate is not: whoever reads the file checks it.
    ///
    /// # Errors
    /// [`VerifyError`] when the record is no account's under the header, or its balance is not all in
    /// the sum.
    pub fn build(
        (size, root): (u64, SumNode),
        parts: &[PartProof],
        record: &RecordProof,
        (header, certificate): (&Header, &[u8]),
        genesis: &Genesis,
    ) -> Result<String, VerifyError> {
        let file = Self {
            tree: Tree { parts: size, root },
            parts: parts.to_vec(),
            record: record.clone(),
            certified: Certified { header: *header, certificate: certificate.to_vec() },
        };
        let account = file.check_proof(genesis)?;
        let statement = file.tree.statement(account.currency, header);
        Ok(file.text(Summary::of(&statement, Some(&account), header, genesis)?))
    }

    /// Reads a file and checks nothing but its shape.
    ///
    /// # Errors
    /// [`VerifyError`], naming the first field that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, VerifyError> {
        let given: GivenHeld = file::parse_proof(bytes, MAX_PROOF_FILE_BYTES, HELD)?;
        let certified = Certified::read(&given.header, &given.certificate)?;
        let parts = given.parts.iter().map(PartText::read).collect::<Result<_, _>>()?;
        Ok(Self { tree: given.tree.read()?, parts, record: given.record.read()?, certified })
    }

    fn check_proof(&self, genesis: &Genesis) -> Result<Account, VerifyError> {
        self.certified.check_network(genesis)?;
        let account = proved_account(&self.record, &self.certified.header.results)?;
        self.check_parts(account)?;
        Ok(account.clone())
    }

    fn check_parts(&self, account: &Account) -> Result<(), LiabilityFault> {
        if self.parts.len() != LIABILITY_PARTS {
            return Err(LiabilityFault::OtherParts { found: self.parts.len() });
        }
        let mut sum = Some(0u128);
        for (number, shown) in (0u8..).zip(&self.parts) {
            // The number is hashed into the leaf, so no leaf can count twice.
            let part = Part { account: account.id, number, minor: shown.minor };
            let leaf = part.node(&shown.salt);
            if sum_root(leaf, shown.index, self.tree.parts, &shown.path) != Some(self.tree.root) {
                return Err(LiabilityFault::NotInSum { number: usize::from(number) });
            }
            sum = sum.and_then(|sum| sum.checked_add(shown.minor));
        }
        if sum.is_some() && sum == account.balances.sum() {
            Ok(())
        } else {
            Err(LiabilityFault::OtherBalance)
        }
    }

    fn text(&self, summary: Summary) -> String {
        let header = &self.certified.header;
        file::print(&SpelledHeld {
            format: HELD,
            network: header.chain.to_hex(),
            summary,
            tree: TreeText::of(&self.tree),
            parts: self.parts.iter().map(PartText::of).collect(),
            record: RecordText::of(&self.record),
            header: hex::encode(header.to_bytes()),
            certificate: hex::encode(&self.certified.certificate),
        })
    }
}

/// What is read from what is published; all else in it is derived and compared as bytes.
#[derive(Deserialize)]
struct GivenPublished {
    tree: TreeText,
    record: RecordText,
    header: String,
    certificate: String,
}

/// What is read from what a holder is given; all else in it is derived and compared as bytes.
#[derive(Deserialize)]
struct GivenHeld {
    tree: TreeText,
    parts: Vec<PartText>,
    record: RecordText,
    header: String,
    certificate: String,
}

/// The file that is published, in the order of its keys.
#[derive(Serialize)]
struct SpelledPublished {
    format: &'static str,
    network: String,
    summary: Summary,
    tree: TreeText,
    record: RecordText,
    header: String,
    certificate: String,
}

/// The holder's file, in the order of its keys.
#[derive(Serialize)]
struct SpelledHeld {
    format: &'static str,
    network: String,
    summary: Summary,
    tree: TreeText,
    parts: Vec<PartText>,
    record: RecordText,
    header: String,
    certificate: String,
}

#[derive(Serialize, Deserialize)]
struct TreeText {
    parts: u64,
    root: NodeText,
}

impl TreeText {
    fn of(tree: &Tree) -> Self {
        Self { parts: tree.parts, root: NodeText::of(&tree.root) }
    }

    fn read(&self) -> Result<Tree, VerifyError> {
        Ok(Tree { parts: self.parts, root: self.root.read("tree")? })
    }
}

/// A node; its sum is text, since many readers of JSON have no such numbers.
#[derive(Serialize, Deserialize)]
struct NodeText {
    hash: String,
    minor: String,
}

impl NodeText {
    fn of(node: &SumNode) -> Self {
        Self { hash: node.hash.to_hex(), minor: node.minor.to_string() }
    }

    fn read(&self, field: &'static str) -> Result<SumNode, VerifyError> {
        Ok(SumNode { hash: file::hash(&self.hash, field)?, minor: minor(&self.minor, field)? })
    }
}

fn minor(text: &str, field: &'static str) -> Result<u128, VerifyError> {
    text.parse().map_err(|_| VerifyError::Field { field })
}

#[derive(Serialize, Deserialize)]
struct PartText {
    index: u64,
    minor: String,
    salt: String,
    path: Vec<NodeText>,
}

impl PartText {
    fn of(part: &PartProof) -> Self {
        Self {
            index: part.index,
            minor: part.minor.to_string(),
            salt: part.salt.to_hex(),
            path: part.path.iter().map(NodeText::of).collect(),
        }
    }

    fn read(&self) -> Result<PartProof, VerifyError> {
        let path = self.path.iter().map(|node| node.read("parts"));
        Ok(PartProof {
            index: self.index,
            minor: minor(&self.minor, "parts")?,
            salt: file::hash(&self.salt, "parts")?,
            path: path.collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Serialize)]
struct Summary {
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<String>,
    currency: String,
    liabilities: String,
    statement: String,
    height: u64,
    time: String,
}

impl Summary {
    fn of(
        statement: &Liabilities,
        account: Option<&Account>,
        header: &Header,
        genesis: &Genesis,
    ) -> Result<Self, VerifyError> {
        let scale = scale(genesis, statement.currency).ok_or(VerifyError::UnknownCurrency)?;
        let balance = account.and_then(|account| account.balances.sum());
        Ok(Self {
            account: account.map(|account| account.id.to_hex()),
            member: account.map(|account| account.member.text().to_owned()),
            balance: balance.map(|minor| decimal(minor, scale)),
            currency: statement.currency.code().to_owned(),
            liabilities: decimal(statement.root.minor, scale),
            statement: statement.digest().to_hex(),
            height: statement.height.get(),
            time: rfc3339(header.time),
        })
    }

    fn line(&self) -> String {
        let Self { currency, liabilities, statement, height, time, .. } = self;
        let end = format!(
            "after height {height}, certified at {time}; this holds for the published statement \
             {statement} only: compare it with what others were shown"
        );
        match (&self.account, &self.member, &self.balance) {
            (Some(account), Some(member), Some(balance)) => format!(
                "the whole balance of account {account} of {member}, {balance} {currency}, is in \
                 the sum of {liabilities} {currency} that all accounts hold {end}"
            ),
            _ => format!(
                "all accounts held {liabilities} {currency}, which is what the certified totals \
                 say, {end}"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
