//! pacs.008.001.08, the customer credit transfer between banks: one transaction, typed.
//!
//! # Place
//! [`Pacs008::find`] reads what a member sent, [`Pacs008::to_xml`] writes a payment that began as
//! JSON. The element may stand under any envelope and prefix.
//!
//! # Absent on purpose
//! Intermediaries, payment types but the category of the purpose, instructions to agents, regulatory
//! reporting and supplementary data are allowed and not read, so the received bytes stay the original. Past
//! settlement dates, zero amounts, unknown currencies and settlement methods that move no tokens
//! are facts here; whether to act on them is the caller's decision.

use crate::error::{Iso20022Error, SchemaRule};
use crate::party::{AccountId, Agent, CurrencyAmount, Party};
use crate::purpose::Purpose;
use crate::remittance::{Structured, read_remittance, write_remittance};
use crate::schema::{Many, Node, Once, Optional, Sequence, Wanted};
use crate::xml::{Element, Writer};
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::{Builder, Uuid};

/// The message name that is read and written.
pub const MESSAGE_NAME: &str = "pacs.008.001.08";
/// The namespace that is read and written.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08";

/// A customer credit transfer with exactly one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pacs008 {
    /// `MsgId`, 1 to 35 characters.
    pub msg_id: String,
    /// `CreDtTm` as written.
    pub created: String,
    /// How the banks settle.
    pub settlement_method: SettlementMethod,
    /// Through which system they settle.
    pub clearing_system: Option<ClearingSystem>,
    /// `InstrId`, 1 to 35 characters.
    pub instr_id: Option<String>,
    /// `EndToEndId`, 1 to 35 characters, `NOTPROVIDED` by custom when there is none.
    pub end_to_end_id: String,
    /// `TxId`, 1 to 35 characters.
    pub tx_id: Option<String>,
    /// `UETR`, always version 4. See [`Pacs008::uetr_or_derived`].
    pub uetr: Option<Uuid>,
    /// `IntrBkSttlmAmt`: what moves between the banks.
    pub amount: CurrencyAmount,
    /// `IntrBkSttlmDt` of the transaction, or else of the group header.
    pub settlement_date: Option<Date>,
    /// Who pays the charges.
    pub charge_bearer: ChargeBearer,
    /// `InstgAgt` of the transaction or group header, or else `DbtrAgt`.
    pub instructing_agent: Agent,
    /// `InstdAgt` of the transaction or group header, or else `CdtrAgt`.
    pub instructed_agent: Agent,
    /// The debtor's bank.
    pub debtor_agent: Agent,
    /// The creditor's bank.
    pub creditor_agent: Agent,
    /// Who pays.
    pub debtor: Party,
    /// Who is paid.
    pub creditor: Party,
    /// The account that is debited.
    pub debtor_account: Option<AccountId>,
    /// The account that is credited.
    pub creditor_account: Option<AccountId>,
    /// `UltmtDbtr`: on whose behalf is paid.
    pub ultimate_debtor: Option<Party>,
    /// `UltmtCdtr`: who is paid in the end.
    pub ultimate_creditor: Option<Party>,
    /// `Purp`: what for, as the debtor means it.
    pub purpose: Option<Purpose>,
    /// `CtgyPurp` of the transaction, or else of the group header.
    pub category_purpose: Option<Purpose>,
    /// Lines of `RmtInf/Ustrd`, each 1 to 140 characters.
    pub remittance: Vec<String>,
    /// What `RmtInf/Strd` says of invoices and references.
    pub structured: Vec<Structured>,
    /// `InstdAmt`: what the debtor ordered, before charges and exchange.
    pub instructed_amount: Option<CurrencyAmount>,
    /// `XchgRate` as written.
    pub exchange_rate: Option<String>,
    /// `ChrgsInf`: charges already taken. Empty when the message states none.
    pub charges: Vec<Charge>,
}

/// A charge that a bank on the way has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// How much.
    pub amount: CurrencyAmount,
    /// By whom.
    pub agent: Agent,
}

/// `ClrSys`: a code of up to three characters or a name of up to 35.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClearingSystem {
    /// A code of the external list, such as `TCH`.
    Code(String),
    /// A name of the system's own, such as `FLORIN`.
    Proprietary(String),
}

impl ClearingSystem {
    /// The code or name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Code(text) | Self::Proprietary(text) => text,
        }
    }
}

/// Declares a closed list of four-letter codes that reads and writes itself.
macro_rules! code_list {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every code, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as messages spell it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The code that a text spells.
            pub fn from_code(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use code_list;

code_list! {
    /// `SttlmMtd`: how the banks settle.
    SettlementMethod {
        /// On the books of the instructed agent.
        InstructedAgent = "INDA",
        /// On the books of the instructing agent.
        InstructingAgent = "INGA",
        /// Through a clearing system.
        Clearing = "CLRG",
        /// By a separate cover payment: this message only announces.
        Cover = "COVE",
    }
}

code_list! {
    /// `ChrgBr`: who pays the charges.
    ChargeBearer {
        /// The debtor pays all.
        Debtor = "DEBT",
        /// The creditor pays all.
        Creditor = "CRED",
        /// Each pays those of their side.
        Shared = "SHAR",
        /// As the service level says.
        ServiceLevel = "SLEV",
    }
}

const WANTED: Wanted = Wanted {
    element: "FIToFICstmrCdtTrf",
    family: "pacs.008.001.",
    name: MESSAGE_NAME,
    versions: MESSAGE_NAME..=MESSAGE_NAME,
    absent: |found| Iso20022Error::NotAPacs008 { found },
};

impl Pacs008 {
    /// Finds and reads the one pacs.008.001.08 in a document.
    pub fn find(bytes: &[u8]) -> Result<Self, Iso20022Error> {
        let root = Element::parse(bytes)?;
        let message = WANTED.locate(&root)?.sequence(MESSAGE)?;
        let header = message.need("GrpHdr")?.sequence(GROUP_HEADER)?;
        check_count(&header, message.all("CdtTrfTxInf").count())?;
        let transaction = message.need("CdtTrfTxInf")?.sequence(TRANSACTION)?;
        let read = Self::read(&header, &transaction)?;
        if let Some(total) = header.child("TtlIntrBkSttlmAmt")
            && !CurrencyAmount::read(total.clone())?.same_sum(&read.amount)
        {
            let (path, line) = total.place();
            return Err(Iso20022Error::TotalMismatch { path, line });
        }
        Ok(read)
    }

    /// Every text of a document that holds a letter, wherever it stands, each once, in its order: of
    /// parties, agents and accounts, last ones and first ones, addresses, purposes, instructions,
    /// reports and remittance, references among them; also in header, envelope and foreign content,
    /// since all of it is passed on, and whoever is named anywhere must be seen.
    ///
    /// Also of a pacs.009, by which banks pay for themselves.
    pub fn texts(bytes: &[u8]) -> Result<Vec<String>, Iso20022Error> {
        let root = Element::parse(bytes)?;
        let mut seen = BTreeSet::new();
        let said = root.descendants().flat_map(|element| {
            let attributes = element.attributes.iter().map(|attribute| attribute.value.as_str());
            std::iter::once(element.text.as_str()).chain(attributes).map(str::trim)
        });
        let said = said.filter(|text| text.chars().any(char::is_alphabetic) && seen.insert(*text));
        Ok(said.map(str::to_owned).collect())
    }

    /// The settlement priority (`SttlmPrty`) that a pacs.008 or pacs.009 names: `URGT`, `HIGH` or `NORM`.
    pub fn settlement_priority(bytes: &[u8]) -> Option<String> {
        let root = Element::parse(bytes).ok()?;
        let named = root.descendants().find(|leaf| leaf.name == "SttlmPrty");
        named.map(|leaf| leaf.text.trim().to_owned())
    }

    /// The UETR of the message, or one derived from it, so that a resend is the same payment.
    ///
    /// Derived: the first 16 bytes of SHA-256 over the UTF-8 bytes
    /// `agent || 0x1f || MsgId || 0x1f || transaction`, then the version set to 4 and the variant
    /// to RFC 4122 (`byte 6 = byte 6 & 0x0f | 0x40`, `byte 8 = byte 8 & 0x3f | 0x80`).
    ///
    /// - `agent` is the first of [`Agent::identifiers`] of the instructing agent, for example
    ///   `BIC:AAAABBCC` or `CLR:USABA:111111111`; where it has none, `NAME:` and its name; where
    ///   it has no name either, nothing.
    /// - `transaction` is `TxId` when given, else `EndToEndId`.
    pub fn uetr_or_derived(&self) -> Uuid {
        if let Some(uetr) = self.uetr {
            return uetr;
        }
        let agent = self.instructing_agent.identifiers().into_iter().next().unwrap_or_else(|| {
            let name = self.instructing_agent.name.as_deref();
            name.map(|name| format!("NAME:{name}")).unwrap_or_default()
        });
        let transaction = self.tx_id.as_deref().unwrap_or(&self.end_to_end_id);
        let mut hash = Sha256::new();
        for (at, part) in [agent.as_str(), &self.msg_id, transaction].into_iter().enumerate() {
            if at > 0 {
                hash.update([0x1f]);
            }
            hash.update(part.as_bytes());
        }
        let mut first = [0_u8; 16];
        for (to, from) in first.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Builder::from_random_bytes(first).into_uuid()
    }

    /// Whether [`Pacs008::to_xml`] writes a document that is valid and reads back as this value.
    ///
    /// For values built from other sources than a message; the error names the element at fault.
    pub fn check(&self) -> Result<(), Iso20022Error> {
        WANTED.is_written(self, &Self::find(self.to_xml().as_bytes())?)
    }

    /// Writes a `Document` in pacs.008.001.08, valid when [`Pacs008::check`] says so.
    ///
    /// Instructing and instructed agent stand in the group header, the date in the transaction.
    pub fn to_xml(&self) -> String {
        let mut out = Writer::new();
        self.write(&mut out);
        out.finish()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.root("Document", NAMESPACE, |out| {
            out.element(WANTED.element, |out| {
                out.element("GrpHdr", |out| self.write_header(out));
                out.element("CdtTrfTxInf", |out| self.write_transaction(out));
            });
        });
    }

    fn read(header: &Node<'_>, transaction: &Node<'_>) -> Result<Self, Iso20022Error> {
        let settlement = header.need("SttlmInf")?.sequence(SETTLEMENT)?;
        let ids = transaction.need("PmtId")?.sequence(PAYMENT_ID)?;
        let debtor_agent = Agent::read(transaction.need("DbtrAgt")?)?;
        let creditor_agent = Agent::read(transaction.need("CdtrAgt")?)?;
        let instructing = stated_once(header, transaction, "InstgAgt", Agent::read)?;
        let instructed = stated_once(header, transaction, "InstdAgt", Agent::read)?;
        let (remittance, structured) =
            transaction.optional("RmtInf", read_remittance)?.unwrap_or_default();
        let max_35 = |node: Node<'_>| node.text(35);
        Ok(Self {
            msg_id: header.need("MsgId")?.text(35)?,
            created: header.need("CreDtTm")?.date_time()?,
            settlement_method: code(&settlement.need("SttlmMtd")?, SettlementMethod::from_code)?,
            clearing_system: settlement.optional("ClrSys", read_clearing_system)?,
            instr_id: ids.optional("InstrId", max_35)?,
            end_to_end_id: ids.need("EndToEndId")?.text(35)?,
            tx_id: ids.optional("TxId", max_35)?,
            uetr: ids.optional("UETR", Node::uetr)?,
            amount: CurrencyAmount::read(transaction.need("IntrBkSttlmAmt")?)?,
            settlement_date: stated_once(header, transaction, "IntrBkSttlmDt", Node::date)?,
            charge_bearer: code(&transaction.need("ChrgBr")?, ChargeBearer::from_code)?,
            instructing_agent: instructing.unwrap_or_else(|| debtor_agent.clone()),
            instructed_agent: instructed.unwrap_or_else(|| creditor_agent.clone()),
            debtor_agent,
            creditor_agent,
            debtor: Party::read(transaction.need("Dbtr")?)?,
            creditor: Party::read(transaction.need("Cdtr")?)?,
            debtor_account: transaction.optional("DbtrAcct", AccountId::read)?,
            creditor_account: transaction.optional("CdtrAcct", AccountId::read)?,
            ultimate_debtor: transaction.optional("UltmtDbtr", Party::read)?,
            ultimate_creditor: transaction.optional("UltmtCdtr", Party::read)?,
            purpose: transaction.optional("Purp", Purpose::read)?,
            category_purpose: match read_category(transaction)? {
                None => read_category(header)?,
                own => own,
            },
            remittance,
            structured,
            instructed_amount: transaction.optional("InstdAmt", CurrencyAmount::read)?,
            exchange_rate: transaction
                .optional("XchgRate", |node| node.checked(is_rate, SchemaRule::NotARate))?,
            charges: transaction.all("ChrgsInf").map(Charge::read).collect::<Result<_, _>>()?,
        })
    }

    fn write_header(&self, out: &mut Writer) {
        out.leaf("MsgId", &self.msg_id);
        out.leaf("CreDtTm", &self.created);
        out.leaf("NbOfTxs", "1");
        out.element("SttlmInf", |out| {
            out.leaf("SttlmMtd", self.settlement_method.as_str());
            match &self.clearing_system {
                Some(ClearingSystem::Code(code)) => {
                    out.element("ClrSys", |out| out.leaf("Cd", code));
                }
                Some(ClearingSystem::Proprietary(name)) => {
                    out.element("ClrSys", |out| out.leaf("Prtry", name));
                }
                None => {}
            }
        });
        self.instructing_agent.write("InstgAgt", out);
        self.instructed_agent.write("InstdAgt", out);
    }

    fn write_transaction(&self, out: &mut Writer) {
        out.element("PmtId", |out| {
            out.optional("InstrId", self.instr_id.as_deref());
            out.leaf("EndToEndId", &self.end_to_end_id);
            out.optional("TxId", self.tx_id.as_deref());
            out.optional("UETR", self.uetr.map(|uetr| uetr.to_string()).as_deref());
        });
        if let Some(purpose) = &self.category_purpose {
            out.element("PmtTpInf", |out| purpose.write("CtgyPurp", out));
        }
        self.amount.write("IntrBkSttlmAmt", out);
        out.optional("IntrBkSttlmDt", self.settlement_date.map(|date| date.to_string()).as_deref());
        if let Some(amount) = &self.instructed_amount {
            amount.write("InstdAmt", out);
        }
        out.optional("XchgRate", self.exchange_rate.as_deref());
        out.leaf("ChrgBr", self.charge_bearer.as_str());
        for charge in &self.charges {
            out.element("ChrgsInf", |out| {
                charge.amount.write("Amt", out);
                charge.agent.write("Agt", out);
            });
        }
        if let Some(party) = &self.ultimate_debtor {
            party.write("UltmtDbtr", out);
        }
        self.debtor.write("Dbtr", out);
        if let Some(account) = &self.debtor_account {
            account.write("DbtrAcct", out);
        }
        self.debtor_agent.write("DbtrAgt", out);
        self.creditor_agent.write("CdtrAgt", out);
        self.creditor.write("Cdtr", out);
        if let Some(account) = &self.creditor_account {
            account.write("CdtrAcct", out);
        }
        if let Some(party) = &self.ultimate_creditor {
            party.write("UltmtCdtr", out);
        }
        if let Some(purpose) = &self.purpose {
            purpose.write("Purp", out);
        }
        write_remittance((&self.remittance, &self.structured), out);
    }
}

impl Charge {
    fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let node = node.sequence(CHARGES)?;
        let amount = CurrencyAmount::read(node.need("Amt")?)?;
        Ok(Self { amount, agent: Agent::read(node.need("Agt")?)? })
    }
}

fn check_count(header: &Node<'_>, found: usize) -> Result<(), Iso20022Error> {
    let declared = header.need("NbOfTxs")?.number()?;
    if u64::try_from(found) != Ok(declared) {
        return Err(Iso20022Error::TransactionCountMismatch { declared, found });
    }
    if found > 1 {
        return Err(Iso20022Error::MultipleTransactions { count: found });
    }
    Ok(())
}

/// A fact that the schema allows in the group header and in the transaction.
fn stated_once<'a, T: PartialEq>(
    header: &Node<'a>,
    transaction: &Node<'a>,
    name: &str,
    read: fn(Node<'a>) -> Result<T, Iso20022Error>,
) -> Result<Option<T>, Iso20022Error> {
    let in_header = header.optional(name, read)?;
    let Some(node) = transaction.child(name) else { return Ok(in_header) };
    let here = read(node.clone())?;
    match in_header {
        Some(there) if there != here => Err(node.broken(SchemaRule::Contradiction)),
        Some(_) | None => Ok(Some(here)),
    }
}

pub(crate) fn code<T>(node: &Node<'_>, from: fn(&str) -> Option<T>) -> Result<T, Iso20022Error> {
    from(node.simple()?).ok_or_else(|| node.broken(SchemaRule::NotInCodeList))
}

fn read_category(node: &Node<'_>) -> Result<Option<Purpose>, Iso20022Error> {
    let Some(kind) = node.child("PmtTpInf") else { return Ok(None) };
    kind.sequence(PAYMENT_TYPE)?.optional("CtgyPurp", Purpose::read)
}

fn read_clearing_system(node: Node<'_>) -> Result<ClearingSystem, Iso20022Error> {
    let (chosen, name) = node.choice(&["Cd", "Prtry"])?;
    if name == "Cd" {
        chosen.text(3).map(ClearingSystem::Code)
    } else {
        chosen.text(35).map(ClearingSystem::Proprietary)
    }
}

/// `BaseOneRate` without sign: at most eleven digits, ten of them decimals, not all zero.
fn is_rate(text: &str) -> bool {
    let (whole, decimals) = match text.split_once('.') {
        Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
        Some(_) => return false,
        None => (text, ""),
    };
    let digits = || whole.bytes().chain(decimals.bytes());
    !whole.is_empty()
        && decimals.len() <= 10
        && digits().count() <= 11
        && digits().all(|byte| byte.is_ascii_digit())
        && digits().any(|byte| byte != b'0')
}

const MESSAGE: Sequence = &[("GrpHdr", Once), ("CdtTrfTxInf", Many), ("SplmtryData", Many)];
const GROUP_HEADER: Sequence = &[
    ("MsgId", Once),
    ("CreDtTm", Once),
    ("BtchBookg", Optional),
    ("NbOfTxs", Once),
    ("CtrlSum", Optional),
    ("TtlIntrBkSttlmAmt", Optional),
    ("IntrBkSttlmDt", Optional),
    ("SttlmInf", Once),
    ("PmtTpInf", Optional),
    ("InstgAgt", Optional),
    ("InstdAgt", Optional),
];
const SETTLEMENT: Sequence = &[
    ("SttlmMtd", Once),
    ("SttlmAcct", Optional),
    ("ClrSys", Optional),
    ("InstgRmbrsmntAgt", Optional),
    ("InstgRmbrsmntAgtAcct", Optional),
    ("InstdRmbrsmntAgt", Optional),
    ("InstdRmbrsmntAgtAcct", Optional),
    ("ThrdRmbrsmntAgt", Optional),
    ("ThrdRmbrsmntAgtAcct", Optional),
];
const PAYMENT_ID: Sequence = &[
    ("InstrId", Optional),
    ("EndToEndId", Once),
    ("TxId", Optional),
    ("UETR", Optional),
    ("ClrSysRef", Optional),
];
const PAYMENT_TYPE: Sequence = &[
    ("InstrPrty", Optional),
    ("ClrChanl", Optional),
    ("SvcLvl", Many),
    ("LclInstrm", Optional),
    ("CtgyPurp", Optional),
];
const CHARGES: Sequence = &[("Amt", Once), ("Agt", Once)];
const TRANSACTION: Sequence = &[
    ("PmtId", Once),
    ("PmtTpInf", Optional),
    ("IntrBkSttlmAmt", Once),
    ("IntrBkSttlmDt", Optional),
    ("SttlmPrty", Optional),
    ("SttlmTmIndctn", Optional),
    ("SttlmTmReq", Optional),
    ("AccptncDtTm", Optional),
    ("PoolgAdjstmntDt", Optional),
    ("InstdAmt", Optional),
    ("XchgRate", Optional),
    ("ChrgBr", Once),
    ("ChrgsInf", Many),
    ("PrvsInstgAgt1", Optional),
    ("PrvsInstgAgt1Acct", Optional),
    ("PrvsInstgAgt2", Optional),
    ("PrvsInstgAgt2Acct", Optional),
    ("PrvsInstgAgt3", Optional),
    ("PrvsInstgAgt3Acct", Optional),
    ("InstgAgt", Optional),
    ("InstdAgt", Optional),
    ("IntrmyAgt1", Optional),
    ("IntrmyAgt1Acct", Optional),
    ("IntrmyAgt2", Optional),
    ("IntrmyAgt2Acct", Optional),
    ("IntrmyAgt3", Optional),
    ("IntrmyAgt3Acct", Optional),
    ("UltmtDbtr", Optional),
    ("InitgPty", Optional),
    ("Dbtr", Once),
    ("DbtrAcct", Optional),
    ("DbtrAgt", Once),
    ("DbtrAgtAcct", Optional),
    ("CdtrAgt", Once),
    ("CdtrAgtAcct", Optional),
    ("Cdtr", Once),
    ("CdtrAcct", Optional),
    ("UltmtCdtr", Optional),
    ("InstrForCdtrAgt", Many),
    ("InstrForNxtAgt", Many),
    ("Purp", Optional),
    ("RgltryRptg", Many),
    ("Tax", Optional),
    ("RltdRmtInf", Many),
    ("RmtInf", Optional),
    ("SplmtryData", Many),
];
