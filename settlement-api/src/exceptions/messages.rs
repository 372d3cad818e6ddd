//! camt.056, camt.029 and pacs.004 as this gateway writes them.
//!
//! # Invariants X2 a message names the payment by UETR and by the message that brought it, keeps the
//! #            official schema, and holds nothing that its own schema refuses (`to_xml` says so)

use iso20022::{
    CurrencyAmount, Pacs008,
    check::check,
    validate::Finding,
    view::{Camt029, Camt056, Pacs004, View},
};
use ledger_core::{
    id::{Leg, MessageKind},
    money::Money,
};
use verifier::summary::amount;

use crate::{
    gateway::Gateway,
    headed::{self, Named, Route},
    payments::message,
    refused::Refused,
};

/// Characters of a case's identification, as older messages carry it.
const CASE: usize = 16;
/// Code of a return that follows a request to cancel, of the external list.
pub(super) const FOLLOWS_REQUEST: &str = "FOCR";

/// A reference of 32 characters that was not used before.
#[must_use]
pub fn fresh_reference() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Now, by this machine's clock, as messages write it.
#[must_use]
pub fn written_now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// A sum of money as messages write it.
#[must_use]
pub fn currency_amount(gateway: &Gateway, money: &Money) -> CurrencyAmount {
    CurrencyAmount {
        currency: money.currency().code().to_owned(),
        text: amount(gateway.genesis(), money).unwrap_or_default(),
    }
}

/// How the message that brought a payment names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identifiers {
    /// `MsgId`.
    pub msg_id: Option<String>,
    /// `InstrId`.
    pub instr_id: Option<String>,
    /// `EndToEndId`.
    pub end_to_end_id: Option<String>,
    /// `TxId`.
    pub tx_id: Option<String>,
    /// `UETR`.
    pub uetr: Option<String>,
}

impl Identifiers {
    /// By itself.
    #[must_use]
    pub fn by(message: &Pacs008) -> Self {
        Self {
            msg_id: Some(message.msg_id.clone()),
            instr_id: message.instr_id.clone(),
            end_to_end_id: Some(message.end_to_end_id.clone()),
            tx_id: message.tx_id.clone(),
            uetr: Some(message.uetr_or_derived().to_string()),
        }
    }

    /// By a request to cancel, where the message itself has not come.
    #[must_use]
    pub fn in_request(asked: &Camt056) -> Self {
        Self {
            msg_id: asked.original_msg_id.clone(),
            instr_id: asked.original_instruction_id.clone(),
            end_to_end_id: asked.original_end_to_end_id.clone(),
            tx_id: asked.original_tx_id.clone(),
            uetr: asked.original_uetr.clone(),
        }
    }
}

/// The payment that messages are about.
#[derive(Clone, Debug)]
pub struct Original {
    /// Which message brought it.
    pub kind: MessageKind,
    /// How that message names it.
    pub identifiers: Identifiers,
    /// What settled, or is held.
    pub amount: CurrencyAmount,
    /// On which day it settled or is to settle, as `2026-11-23`.
    pub day: String,
    /// Who paid.
    pub payer: Named,
    /// Who was paid.
    pub payee: Named,
}

impl Original {
    /// A payment that settled, or is to settle, on a day.
    pub(super) fn of(
        gateway: &Gateway,
        (leg, money): (&Leg, &Money),
        (identifiers, day): (Identifiers, String),
    ) -> Self {
        Self {
            kind: leg.kind,
            identifiers,
            amount: currency_amount(gateway, money),
            day,
            payer: Named::of(gateway, &leg.instructing),
            payee: Named::of(gateway, &leg.instructed),
        }
    }

    fn message_name(&self) -> Option<String> {
        Some(message::name_of(self.kind).to_owned())
    }

    /// The payer's bank asks for it back.
    ///
    /// # Errors
    /// [`Refused::Rules`].
    pub fn recall(&self, reason: &str, information: Option<&str>) -> Result<Vec<u8>, Refused> {
        let (id, created) = (fresh_reference(), written_now());
        let case: String = id.chars().take(CASE).collect();
        let message = Camt056 {
            assigner: self.payer.bic.clone(),
            assignee: self.payee.bic.clone(),
            created: created.clone(),
            cancellation_id: Some(case.clone()),
            case_id: Some(case),
            id: id.clone(),
            original_instruction_id: self.identifiers.instr_id.clone(),
            case_creator: self.payer.bic.clone(),
            original_msg_id: self.identifiers.msg_id.clone(),
            original_message: self.message_name(),
            original_end_to_end_id: self.identifiers.end_to_end_id.clone(),
            original_tx_id: self.identifiers.tx_id.clone(),
            original_uetr: self.identifiers.uetr.clone(),
            original_amount: Some(self.amount.clone()),
            original_settlement_date: Some(self.day.clone()),
            reason: Some(reason.to_owned()),
            information: information.map(str::to_owned),
            assigner_lei: Some(self.payer.lei.clone()),
            assignee_lei: Some(self.payee.lei.clone()),
            case_creator_lei: Some(self.payer.lei.clone()),
            whole_case_id: None,
            whole_case_creator: None,
            whole_case_creator_lei: None,
            control_count: None,
            control_sum: None,
            group: None,
            group_msg_id: None,
            group_message: None,
        };
        let route = Route::between(self.payer.clone(), self.payee.clone());
        headed::written(&route, (&id, &created), &message)
    }

    /// The payee's bank answers: `CNCL`, `RJCR` with a reason, or `PDCR`.
    ///
    /// # Errors
    /// [`Refused::Rules`].
    pub fn answer(
        &self,
        asked: &Camt056,
        status: &str,
        rejection: Option<(&str, Option<&str>)>,
    ) -> Result<Vec<u8>, Refused> {
        // A case is named for the transaction, or for the whole message.
        let (case, named) = match &asked.case_id {
            Some(case) => (Some(case.clone()), (&asked.case_creator, &asked.case_creator_lei)),
            None => (
                asked.whole_case_id.clone(),
                (&asked.whole_case_creator, &asked.whole_case_creator_lei),
            ),
        };
        let creator = |name: Option<String>| name.filter(|_| case.is_some());
        let (bic, lei) = match named {
            (None, None) => (self.payer.bic.clone(), Some(self.payer.lei.clone())),
            named => (named.0.clone(), named.1.clone()),
        };
        let (id, created) = (fresh_reference(), written_now());
        let message = Camt029 {
            status_id: Some(id.clone()),
            original_instruction_id: self.identifiers.instr_id.clone(),
            original_end_to_end_id: self.identifiers.end_to_end_id.clone(),
            original_tx_id: self.identifiers.tx_id.clone(),
            id: id.clone(),
            assigner: self.payee.bic.clone(),
            assignee: self.payer.bic.clone(),
            created: created.clone(),
            status: Some(status.to_owned()),
            resolved_case: case.clone(),
            case_creator: creator(bic),
            original_msg_id: self.identifiers.msg_id.clone(),
            original_message: self.message_name(),
            original_uetr: self.identifiers.uetr.clone(),
            reason: rejection.map(|(code, _)| code.to_owned()),
            information: rejection.and_then(|(_, words)| words.map(str::to_owned)),
            assigner_lei: Some(self.payee.lei.clone()),
            assignee_lei: Some(self.payer.lei.clone()),
            case_creator_lei: creator(lei),
        };
        let route = Route::between(self.payee.clone(), self.payer.clone());
        headed::written(&route, (&id, &created), &message)
    }

    /// The payee's bank gives it back, all of it, for a code of the external list and in words.
    ///
    /// # Errors
    /// [`Refused::Rules`].
    pub fn returned(
        &self,
        gateway: &Gateway,
        why: (&str, Option<&str>),
    ) -> Result<Vec<u8>, Refused> {
        self.returned_by(gateway.clearing_systems.first().map(String::as_str), why)
    }

    fn returned_by(
        &self,
        clearing_system: Option<&str>,
        (reason, information): (&str, Option<&str>),
    ) -> Result<Vec<u8>, Refused> {
        let id = fresh_reference();
        let today = written_now().chars().take(DATE).collect();
        let message = Pacs004 {
            created: written_now(),
            settlement_method: "CLRG".to_owned(),
            return_id: Some(id.clone()),
            msg_id: id,
            original_msg_id: self.identifiers.msg_id.clone(),
            original_message: self.message_name(),
            original_instruction_id: self.identifiers.instr_id.clone(),
            original_end_to_end_id: self.identifiers.end_to_end_id.clone(),
            original_tx_id: self.identifiers.tx_id.clone(),
            original_uetr: self.identifiers.uetr.clone(),
            original_amount: Some(self.amount.clone()),
            returned: self.amount.clone(),
            settlement_date: Some(today),
            instructing_agent: self.payee.bic.clone(),
            instructed_agent: self.payer.bic.clone(),
            reason: Some(reason.to_owned()),
            information: information.map(str::to_owned),
            clearing_system_proprietary: clearing_system.map(str::to_owned),
            instructing_agent_lei: Some(self.payee.lei.clone()),
            instructed_agent_lei: Some(self.payer.lei.clone()),
        };
        written(&message)
    }
}

impl Original {
    /// Whether a return is of this payment: by its UETR, by every reference that it gives, and over
    /// the whole amount.
    ///
    /// # Errors
    /// What it names otherwise.
    pub(super) fn is_of(&self, back: &Pacs004) -> Result<(), &'static str> {
        let Identifiers { msg_id, instr_id, end_to_end_id, tx_id, uetr } = &self.identifiers;
        if back.original_uetr.is_none() || back.original_uetr != *uetr {
            return Err("OrgnlUETR is not the payment's");
        }
        let references = [
            (&back.original_msg_id, msg_id),
            (&back.original_instruction_id, instr_id),
            (&back.original_end_to_end_id, end_to_end_id),
            (&back.original_tx_id, tx_id),
        ];
        let same = references.iter().all(|(given, own)| given.is_none() || given == own);
        let named = back.original_message.as_ref();
        if !same || !named.is_none_or(|name| message::is_named(self.kind, name)) {
            return Err("the original's references are not those of the payment");
        }
        let whole = |given: &CurrencyAmount| given.same_sum(&self.amount);
        if !whole(&back.returned) || !back.original_amount.as_ref().is_none_or(whole) {
            return Err("the amount is not the whole payment's");
        }
        Ok(())
    }
}

/// Reads a pacs.004 about one payment, held to its schema and to the rules of the standard.
///
/// # Errors
/// [`Refused::Rules`].
pub fn read_return(xml: &[u8]) -> Result<Pacs004, Refused> {
    let message = Pacs004::find(xml).map_err(Refused::Rules)?;
    let judged = check(xml, None);
    if judged.ok() { Ok(message) } else { Err(Refused::Rules(judged.errors)) }
}

/// Characters of a date.
pub const DATE: usize = 10;

/// Reads a camt.056 about one payment, held to its schema and to the rules of the standard.
///
/// # Errors
/// [`Refused::Rules`]; [`Refused::GroupCancellation`] when it is about a whole message.
pub fn read_recall(xml: &[u8]) -> Result<Camt056, Refused> {
    let message = Camt056::find(xml).map_err(Refused::Rules)?;
    let judged = check(xml, None);
    if !judged.ok() {
        return Err(Refused::Rules(judged.errors));
    }
    let whole = matches!(message.group.as_deref().map(str::trim), Some("true" | "1"));
    if whole || (message.group_msg_id.is_some() && message.original_uetr.is_none()) {
        return Err(Refused::GroupCancellation);
    }
    Ok(message)
}

/// A message that keeps its schema and the rules of the standard, or the rules that it breaks.
///
/// # Errors
/// [`Refused::Rules`].
pub fn written(message: &impl View) -> Result<Vec<u8>, Refused> {
    let xml = message.to_xml().map_err(Refused::Rules)?;
    let judged = check(xml.as_bytes(), None);
    if judged.ok() { Ok(xml.into_bytes()) } else { Err(Refused::Rules(judged.errors)) }
}

/// The first rule that was broken, for people.
#[must_use]
pub fn first_broken(found: &[Finding]) -> String {
    found.first().map_or_else(String::new, |f| format!("{} {}: {}", f.path, f.text, f.rule))
}

#[cfg(test)]
mod tests {
    use iso20022::FIXTURE_PACS008;

    use super::*;

    fn original(message: &Pacs008) -> Original {
        let named = |bic: Option<&str>| Named {
            bic: bic.map(str::to_owned),
            lei: "5493001KJTIIGC8Y1R12".to_owned(),
        };
        Original {
            kind: MessageKind::Pacs008,
            identifiers: Identifiers::by(message),
            amount: message.amount.clone(),
            day: "2026-11-20".to_owned(),
            payer: named(Some("QLVBUS3N")),
            payee: named(None),
        }
    }

    fn message() -> Pacs008 {
        Pacs008::find(FIXTURE_PACS008.as_bytes()).unwrap()
    }

    #[test]
    fn x2_a_request_reads_back_and_a_code_out_of_the_list_is_refused() {
        let message = message();
        let xml = original(&message).recall("DUPL", Some("sent twice")).unwrap();
        let read = read_recall(&xml).unwrap();
        assert_eq!(read.reason.as_deref(), Some("DUPL"));
        assert_eq!(read.original_uetr, Some(message.uetr_or_derived().to_string()));
        assert_eq!((read.assigner.as_deref(), read.assignee), (Some("QLVBUS3N"), None));
        for (reason, information) in [("ZZZZ", None), ("NARR", None)] {
            let refused = original(&message).recall(reason, information).unwrap_err();
            assert_eq!(refused.code(), "message_breaks_rules", "{reason}");
        }
        assert!(original(&message).recall("NARR", Some("see our letter")).is_ok());
    }

    #[test]
    fn x2_every_answer_and_the_return_keep_the_rules() {
        let message = message();
        let original = original(&message);
        let asked = read_recall(&original.recall("CUST", None).unwrap()).unwrap();
        let bare = Camt056 { case_id: None, case_creator: None, case_creator_lei: None, ..asked };
        let asked = read_recall(&original.recall("CUST", None).unwrap()).unwrap();
        let whole = Camt056 {
            case_id: None,
            case_creator: None,
            case_creator_lei: None,
            whole_case_id: Some("CASE-1".to_owned()),
            whole_case_creator: Some("QLVBUS3N".to_owned()),
            ..asked.clone()
        };
        for asked in [&asked, &bare, &whole] {
            for (status, rejection) in [
                ("CNCL", None),
                ("PDCR", None),
                ("RJCR", Some(("CUST", None))),
                ("RJCR", Some(("NARR", Some("the goods were delivered")))),
            ] {
                let xml = original.answer(asked, status, rejection).unwrap();
                let read = Camt029::find(&xml).unwrap();
                assert_eq!(read.status.as_deref(), Some(status));
                assert_eq!(read.reason.as_deref(), rejection.map(|(code, _)| code));
                let case = asked.case_id.as_ref().or(asked.whole_case_id.as_ref());
                assert_eq!(read.resolved_case.as_ref(), case);
            }
        }
        let unexplained = original.answer(&asked, "RJCR", Some(("NARR", None)));
        assert_eq!(unexplained.unwrap_err().code(), "message_breaks_rules");
        let back = original.returned_by(Some("FLORIN"), (FOLLOWS_REQUEST, None)).unwrap();
        let back = Pacs004::find(&back).unwrap();
        assert_eq!(back.reason.as_deref(), Some("FOCR"));
        assert_eq!(back.returned, message.amount);
    }

    #[test]
    fn x10_a_return_gives_a_reason_of_the_list_and_says_more_where_the_code_says_nothing() {
        let original = original(&message());
        let returned = |why| original.returned_by(Some("FLORIN"), why);
        for reason in ["AC04", "AC01", "AC06", "AM09", "BE01", "MD07", "CUST"] {
            let xml = returned((reason, Some("account closed in May"))).unwrap();
            let read = read_return(&xml).unwrap();
            assert_eq!(read.reason.as_deref(), Some(reason));
            assert_eq!(read.information.as_deref(), Some("account closed in May"));
            assert_eq!(original.is_of(&read), Ok(()));
        }
        let long = "x".repeat(106);
        for (reason, information) in
            [("ZZZZ", None), ("NARR", None), ("ac04", None), ("AC04", Some(long.as_str()))]
        {
            let refused = returned((reason, information)).unwrap_err();
            assert_eq!(refused.code(), "message_breaks_rules", "{reason}");
        }
        assert!(returned(("NARR", Some("see our letter"))).is_ok());
    }

    #[test]
    fn x10_a_return_that_names_something_else_than_its_payment_is_not_of_it() {
        let original = original(&message());
        let good = original.returned_by(Some("FLORIN"), ("AC04", None)).unwrap();
        let good = Pacs004::find(&good).unwrap();
        let some = |text: &str| Some(text.to_owned());
        let part = CurrencyAmount { text: "0.01".to_owned(), ..original.amount.clone() };
        let other = CurrencyAmount { currency: "CHF".to_owned(), ..original.amount.clone() };
        for changed in [
            Pacs004 { original_uetr: None, ..good.clone() },
            Pacs004 { original_uetr: some("0b0c9a52-7d1e-4b80-9c2a-5e8f04d7b163"), ..good.clone() },
            Pacs004 { original_msg_id: some("OTHER"), ..good.clone() },
            Pacs004 { original_message: some("pacs.009.001.08"), ..good.clone() },
            Pacs004 { original_instruction_id: some("OTHER"), ..good.clone() },
            Pacs004 { original_end_to_end_id: some("OTHER"), ..good.clone() },
            Pacs004 { original_tx_id: some("OTHER"), ..good.clone() },
            Pacs004 { original_amount: Some(part.clone()), ..good.clone() },
            Pacs004 { returned: part, ..good.clone() },
            Pacs004 { returned: other, ..good.clone() },
        ] {
            assert!(original.is_of(&changed).is_err(), "{changed:?}");
        }
        let bare = Pacs004 { original_msg_id: None, original_amount: None, ..good };
        assert_eq!(original.is_of(&bare), Ok(()));
    }
}
