//! What a core system asks for: a reason in JSON, or a pacs.004 of its own.

use iso20022::view::Pacs004;
use ledger_core::digest::{Domain, Hash32};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{
    asking::is_named,
    giving_back::About,
    messages::{DATE, FOLLOWS_REQUEST, read_return, written_now},
};
use crate::{gateway::Gateway, payments::intake::check_header, refused::Refused};

/// Why a payment goes back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnInput {
    /// A code of the external return reasons of ISO 20022, such as `AC04`.
    #[schema(pattern = "^[A-Z0-9]{1,4}$")]
    pub reason: String,
    /// The same in words, at most 105 characters; needed for the reason `NARR`.
    #[schema(max_length = 105)]
    pub information: Option<String>,
}

/// What was asked.
pub(super) enum Wanted {
    Json(ReturnInput),
    Message(Box<Pacs004>, Vec<u8>),
}

impl Wanted {
    pub(super) fn read(body: &[u8], is_xml: bool) -> Result<Self, Refused> {
        if is_xml {
            return Ok(Self::Message(Box::new(read_return(body)?), body.to_vec()));
        }
        let input = serde_json::from_slice(body)
            .map_err(|_| Refused::Malformed("not a return; see docs/api.md"))?;
        Ok(Self::Json(input))
    }

    pub(super) fn hash(&self) -> Hash32 {
        match self {
            Self::Json(input) => Domain::Content.hash_of(input),
            Self::Message(_, body) => Domain::Content.hash(body),
        }
    }

    /// Reason, words, and the core system's message, once they fit the payment.
    pub(super) fn of(self, gateway: &Gateway, about: &About) -> Result<Checked, Refused> {
        let checked = match self {
            Self::Json(ReturnInput { reason, information }) => {
                // What its message would break is known before anybody approves.
                about.original(gateway).returned(gateway, (&reason, information.as_deref()))?;
                Checked { reason, information, given: None }
            }
            Self::Message(message, body) => {
                fits(gateway, about, (&message, &body))?;
                let reason = message.reason.ok_or(Refused::Malformed(
                    "RtrRsnInf/Rsn/Cd says why; a reason of one's own does not",
                ))?;
                Checked { reason, information: message.information, given: Some(body) }
            }
        };
        if checked.reason == FOLLOWS_REQUEST {
            return Err(Refused::Malformed("FOCR follows a recall; answer that (GET /v1/recalls)"));
        }
        Ok(checked)
    }
}

/// What was asked and fits its payment.
pub(super) struct Checked {
    pub(super) reason: String,
    pub(super) information: Option<String>,
    pub(super) given: Option<Vec<u8>>,
}

/// Whether a core system's pacs.004 is of the payment, between its banks, settled here and today.
fn fits(
    gateway: &Gateway,
    about: &About,
    (message, body): (&Pacs004, &[u8]),
) -> Result<(), Refused> {
    let leg = about.payment().leg;
    about.original(gateway).is_of(message).map_err(Refused::Malformed)?;
    let (from, to) = (&message.instructing_agent, &message.instructed_agent);
    let from = [from.as_deref(), message.instructing_agent_lei.as_deref()];
    let to = [to.as_deref(), message.instructed_agent_lei.as_deref()];
    if !is_named(gateway, &leg.instructed, from) {
        return Err(Refused::NotOurAgent);
    }
    if !is_named(gateway, &leg.instructing, to) {
        return Err(Refused::Malformed("the instructed agent is not the bank that paid"));
    }
    check_header(gateway, body, [&leg.instructed, &leg.instructing])?;
    if message.settlement_method != "CLRG" {
        return Err(Refused::SettlementMethod);
    }
    let system = message.clearing_system_proprietary.as_ref();
    if system.is_some_and(|system| !gateway.clearing_systems.contains(system)) {
        return Err(Refused::ClearingSystem);
    }
    is_of_today(message)
}

/// Whether a message says that it settles today, if it says when.
fn is_of_today(message: &Pacs004) -> Result<(), Refused> {
    let today: String = written_now().chars().take(DATE).collect();
    match &message.settlement_date {
        Some(day) if *day != today => {
            Err(Refused::Malformed("IntrBkSttlmDt is not today; send a message dated today"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether a message that was taken in may still be sent: it waited for its approval.
pub(super) fn is_timely(body: &[u8]) -> Result<(), Refused> {
    is_of_today(&read_return(body)?)
}
