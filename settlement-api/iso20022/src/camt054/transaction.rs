//! `TxDtls`: one payment inside an entry.

use super::{BankTransactionCode, CreditDebit};
use crate::error::{Iso20022Error, SchemaRule};
use crate::pacs008::{Charge, code};
use crate::party::{
    AccountId, Agent, CurrencyAmount, Party, PartyOrAgent, PartyOrAgentNames, Spelling,
};
use crate::purpose::Purpose;
use crate::remittance::{Structured, read_remittance, write_remittance};
use crate::schema::{Many, Node, Once, Optional, Sequence};
use crate::xml::Writer;
use uuid::Uuid;

/// The version whose transactions have no `Amt` and `CdtDbtInd` of their own.
const WITHOUT_AMOUNTS: &str = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.02";
const NAMES: PartyOrAgentNames = ["Pty", "Agt"];

/// One payment inside an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transaction {
    /// By what others know the payment.
    pub references: References,
    /// `Amt`: its part of the entry, in the entry's currency.
    pub amount: Option<CurrencyAmount>,
    /// `CdtDbtInd`: which way it moves the balance. Given whenever the amount is.
    pub direction: Option<CreditDebit>,
    /// What kind of booking it is, where it differs from the entry.
    pub code: Option<BankTransactionCode>,
    /// Who pays.
    pub debtor: Option<PartyOrAgent>,
    /// The account that is debited.
    pub debtor_account: Option<AccountId>,
    /// On whose behalf is paid.
    pub ultimate_debtor: Option<PartyOrAgent>,
    /// Who is paid.
    pub creditor: Option<PartyOrAgent>,
    /// The account that is credited.
    pub creditor_account: Option<AccountId>,
    /// Who is paid in the end.
    pub ultimate_creditor: Option<PartyOrAgent>,
    /// What for, as a code or a name.
    pub purpose: Option<Purpose>,
    /// `AmtDtls/InstdAmt/Amt`: what the debtor ordered, before charges and exchange.
    pub instructed_amount: Option<CurrencyAmount>,
    /// Charges that banks on the way have taken: those of `Chrgs/Rcrd` that say by whom.
    pub charges: Vec<Charge>,
    /// The debtor's bank.
    pub debtor_agent: Option<Agent>,
    /// The creditor's bank.
    pub creditor_agent: Option<Agent>,
    /// Lines of `RmtInf/Ustrd`, each 1 to 140 characters.
    pub remittance: Vec<String>,
    /// What `RmtInf/Strd` says of invoices and references.
    pub structured: Vec<Structured>,
    /// `AddtlTxInf`, 1 to 500 characters.
    pub additional_information: Option<String>,
}

/// By what the banks on the way know a payment. Texts have 1 to 35 characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// `MsgId` of the message that ordered it.
    pub msg_id: Option<String>,
    /// `AcctSvcrRef`: the reference of the bank that keeps the account.
    pub account_servicer_ref: Option<String>,
    /// `InstrId`.
    pub instr_id: Option<String>,
    /// `EndToEndId`.
    pub end_to_end_id: Option<String>,
    /// `UETR`, always version 4.
    pub uetr: Option<Uuid>,
    /// `TxId`.
    pub tx_id: Option<String>,
}

impl Transaction {
    /// Reads a payment inside an entry over `entry` in `direction`.
    pub(super) fn read(
        node: Node<'_>,
        entry: &CurrencyAmount,
        direction: CreditDebit,
    ) -> Result<Self, Iso20022Error> {
        let node = node.sequence(TRANSACTION)?;
        let (remittance, structured) =
            node.optional("RmtInf", read_remittance)?.unwrap_or_default();
        let stated = Self {
            references: node.optional("Refs", References::read)?.unwrap_or_default(),
            code: node.optional("BkTxCd", BankTransactionCode::read)?,
            purpose: node.optional("Purp", Purpose::read)?,
            instructed_amount: read_instructed(&node)?,
            charges: read_charges(&node)?,
            remittance,
            structured,
            additional_information: node.optional("AddtlTxInf", |text| text.text(500))?,
            ..Self::default()
        };
        let stated = match node.child("RltdPties") {
            Some(parties) => stated.with_parties(parties.sequence(PARTIES)?)?,
            None => stated,
        };
        let stated = match node.child("RltdAgts") {
            Some(agents) => stated.with_agents(agents.sequence(AGENTS)?)?,
            None => stated,
        };
        if node.namespace() == WITHOUT_AMOUNTS {
            if let Some(stray) = node.child("Amt").or_else(|| node.child("CdtDbtInd")) {
                return Err(stray.broken(SchemaRule::NotAllowed));
            }
            let amount = read_amount_of_2009(&node, entry)?;
            let direction = amount.is_some().then_some(direction);
            return Ok(Self { amount, direction, ..stated });
        }
        let amount = node.optional("Amt", |amount| read_in_currency(amount, entry))?;
        if amount.is_some() {
            node.need("CdtDbtInd")?;
        }
        let direction = node.child("CdtDbtInd");
        let direction = direction.map(|node| code(&node, CreditDebit::from_code)).transpose()?;
        Ok(Self { amount, direction, ..stated })
    }

    fn with_parties(self, node: Node<'_>) -> Result<Self, Iso20022Error> {
        Ok(Self {
            debtor: node.optional("Dbtr", read_party)?,
            debtor_account: read_account(&node, "DbtrAcct")?,
            ultimate_debtor: node.optional("UltmtDbtr", read_party)?,
            creditor: node.optional("Cdtr", read_party)?,
            creditor_account: read_account(&node, "CdtrAcct")?,
            ultimate_creditor: node.optional("UltmtCdtr", read_party)?,
            ..self
        })
    }

    fn with_agents(self, node: Node<'_>) -> Result<Self, Iso20022Error> {
        let read = |agent: Node<'_>| Agent::read_spelled(agent, Spelling::AnyVersion);
        Ok(Self {
            debtor_agent: node.optional("DbtrAgt", read)?,
            creditor_agent: node.optional("CdtrAgt", read)?,
            ..self
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        if self.references != References::default() {
            out.element("Refs", |out| self.references.write(out));
        }
        if let Some(amount) = &self.amount {
            amount.write("Amt", out);
        }
        out.optional("CdtDbtInd", self.direction.map(CreditDebit::as_str));
        if let Some(amount) = &self.instructed_amount {
            out.element("AmtDtls", |out| {
                out.element("InstdAmt", |out| amount.write("Amt", out));
            });
        }
        if let Some(code) = &self.code {
            code.write(out);
        }
        if !self.charges.is_empty() {
            out.element("Chrgs", |out| {
                for charge in &self.charges {
                    out.element("Rcrd", |out| {
                        charge.amount.write("Amt", out);
                        charge.agent.write("Agt", out);
                    });
                }
            });
        }
        self.write_parties(out);
        if self.debtor_agent.is_some() || self.creditor_agent.is_some() {
            out.element("RltdAgts", |out| {
                if let Some(agent) = &self.debtor_agent {
                    agent.write("DbtrAgt", out);
                }
                if let Some(agent) = &self.creditor_agent {
                    agent.write("CdtrAgt", out);
                }
            });
        }
        if let Some(purpose) = &self.purpose {
            purpose.write("Purp", out);
        }
        write_remittance((&self.remittance, &self.structured), out);
        out.optional("AddtlTxInf", self.additional_information.as_deref());
    }

    fn write_parties(&self, out: &mut Writer) {
        let parties =
            [&self.debtor, &self.creditor, &self.ultimate_debtor, &self.ultimate_creditor];
        let accounts = [&self.debtor_account, &self.creditor_account];
        if parties.iter().all(|one| one.is_none()) && accounts.iter().all(|one| one.is_none()) {
            return;
        }
        out.element("RltdPties", |out| {
            if let Some(debtor) = &self.debtor {
                debtor.write("Dbtr", NAMES, out);
            }
            if let Some(account) = &self.debtor_account {
                account.write("DbtrAcct", out);
            }
            if let Some(party) = &self.ultimate_debtor {
                party.write("UltmtDbtr", NAMES, out);
            }
            if let Some(creditor) = &self.creditor {
                creditor.write("Cdtr", NAMES, out);
            }
            if let Some(account) = &self.creditor_account {
                account.write("CdtrAcct", out);
            }
            if let Some(party) = &self.ultimate_creditor {
                party.write("UltmtCdtr", NAMES, out);
            }
        });
    }
}

impl References {
    fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let node = node.sequence(REFERENCES)?;
        let max_35 = |name| node.optional(name, |reference| reference.text(35));
        Ok(Self {
            msg_id: max_35("MsgId")?,
            account_servicer_ref: max_35("AcctSvcrRef")?,
            instr_id: max_35("InstrId")?,
            end_to_end_id: max_35("EndToEndId")?,
            uetr: node.optional("UETR", Node::uetr)?,
            tx_id: max_35("TxId")?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.optional("MsgId", self.msg_id.as_deref());
        out.optional("AcctSvcrRef", self.account_servicer_ref.as_deref());
        out.optional("InstrId", self.instr_id.as_deref());
        out.optional("EndToEndId", self.end_to_end_id.as_deref());
        out.optional("UETR", self.uetr.map(|uetr| uetr.to_string()).as_deref());
        out.optional("TxId", self.tx_id.as_deref());
    }
}

fn read_in_currency(
    node: Node<'_>,
    entry: &CurrencyAmount,
) -> Result<CurrencyAmount, Iso20022Error> {
    let amount = CurrencyAmount::read_positive(node.clone())?;
    if amount.currency == entry.currency {
        return Ok(amount);
    }
    let (path, line) = node.place();
    Err(Iso20022Error::CurrencyMismatch { path, line })
}

/// The amount of a payment where the schema has no `Amt` for it: `TxAmt` in the entry's currency.
///
/// In another currency `TxAmt` is the sum before exchange, so the payment's part is not stated.
/// The schema has no direction either: every payment goes the way of its entry.
fn read_amount_of_2009(
    node: &Node<'_>,
    entry: &CurrencyAmount,
) -> Result<Option<CurrencyAmount>, Iso20022Error> {
    let Some(details) = node.child("AmtDtls") else { return Ok(None) };
    let Some(amount) = details.sequence(AMOUNT_DETAILS)?.child("TxAmt") else { return Ok(None) };
    let amount = amount.sequence(&[("Amt", Once), ("CcyXchg", Optional)])?.need("Amt")?;
    let amount = CurrencyAmount::read_positive(amount)?;
    Ok(Some(amount).filter(|amount| amount.currency == entry.currency))
}

/// What the debtor ordered, where it is said.
fn read_instructed(node: &Node<'_>) -> Result<Option<CurrencyAmount>, Iso20022Error> {
    let Some(details) = node.child("AmtDtls") else { return Ok(None) };
    let Some(amount) = details.sequence(AMOUNT_DETAILS)?.child("InstdAmt") else { return Ok(None) };
    let amount = amount.sequence(&[("Amt", Once), ("CcyXchg", Optional)])?.need("Amt")?;
    CurrencyAmount::read(amount).map(Some)
}

/// Charges by whoever took them. Early versions have each as an element of its own, and others
/// where nobody is named: these are allowed and not read.
fn read_charges(node: &Node<'_>) -> Result<Vec<Charge>, Iso20022Error> {
    let Some(charges) = node.child("Chrgs") else { return Ok(Vec::new()) };
    let named =
        charges.all("Rcrd").filter_map(|record| Some((record.child("Amt")?, record.child("Agt")?)));
    let read = named.map(|(amount, agent)| {
        let agent = Agent::read_spelled(agent, Spelling::AnyVersion)?;
        Ok(Charge { amount: CurrencyAmount::read(amount)?, agent })
    });
    read.collect()
}

/// A party itself, as early versions have it, or the choice between a party and an agent.
fn read_party(node: Node<'_>) -> Result<PartyOrAgent, Iso20022Error> {
    if NAMES.into_iter().any(|name| node.child(name).is_some()) {
        PartyOrAgent::read(node, NAMES, Spelling::AnyVersion)
    } else {
        Party::read_identity(node, Spelling::AnyVersion).map(PartyOrAgent::Party)
    }
}

/// An account. Late versions allow one that only a proxy names, which says no number.
fn read_account(node: &Node<'_>, name: &str) -> Result<Option<AccountId>, Iso20022Error> {
    let Some(account) = node.child(name) else { return Ok(None) };
    account.sequence(ACCOUNT)?.optional("Id", AccountId::read_id)
}

const TRANSACTION: Sequence = &[
    ("Refs", Optional),
    ("Amt", Optional),
    ("CdtDbtInd", Optional),
    ("AmtDtls", Optional),
    ("Avlbty", Many),
    ("BkTxCd", Optional),
    ("Chrgs", Many),
    ("Intrst", Many),
    ("RltdPties", Optional),
    ("RltdAgts", Optional),
    ("LclInstrm", Optional),
    ("PmtTpInf", Optional),
    ("Purp", Optional),
    ("RltdRmtInf", Many),
    ("RmtInf", Optional),
    ("RltdDts", Optional),
    ("RltdPric", Optional),
    ("RltdQties", Many),
    ("FinInstrmId", Optional),
    ("Tax", Optional),
    ("RtrInf", Optional),
    ("CorpActn", Optional),
    ("SfkpgAcct", Optional),
    ("CshDpst", Many),
    ("CardTx", Optional),
    ("AddtlTxInf", Optional),
    ("SplmtryData", Many),
];
const REFERENCES: Sequence = &[
    ("MsgId", Optional),
    ("AcctSvcrRef", Optional),
    ("PmtInfId", Optional),
    ("InstrId", Optional),
    ("EndToEndId", Optional),
    ("UETR", Optional),
    ("TxId", Optional),
    ("MndtId", Optional),
    ("ChqNb", Optional),
    ("ClrSysRef", Optional),
    ("AcctOwnrTxId", Optional),
    ("AcctSvcrTxId", Optional),
    ("MktInfrstrctrTxId", Optional),
    ("PrcgId", Optional),
    ("Prtry", Many),
];
const AMOUNT_DETAILS: Sequence = &[
    ("InstdAmt", Optional),
    ("TxAmt", Optional),
    ("CntrValAmt", Optional),
    ("AnncdPstngAmt", Optional),
    ("PrtryAmt", Many),
];
const PARTIES: Sequence = &[
    ("InitgPty", Optional),
    ("Dbtr", Optional),
    ("DbtrAcct", Optional),
    ("UltmtDbtr", Optional),
    ("Cdtr", Optional),
    ("CdtrAcct", Optional),
    ("UltmtCdtr", Optional),
    ("TradgPty", Optional),
    ("Prtry", Many),
];
const ACCOUNT: Sequence =
    &[("Id", Optional), ("Tp", Optional), ("Ccy", Optional), ("Nm", Optional), ("Prxy", Optional)];
const AGENTS: Sequence = &[
    ("InstgAgt", Optional),
    ("InstdAgt", Optional),
    ("DbtrAgt", Optional),
    ("CdtrAgt", Optional),
    ("IntrmyAgt1", Optional),
    ("IntrmyAgt2", Optional),
    ("IntrmyAgt3", Optional),
    ("RcvgAgt", Optional),
    ("DlvrgAgt", Optional),
    ("IssgAgt", Optional),
    ("SttlmPlc", Optional),
    ("Prtry", Many),
];
