//! Cases as camt.110 and camt.111 at the endpoints that also speak JSON.

use actix_web::{HttpRequest, HttpResponse, http::header};
use interbank::{Act, CaseId, Stage, book::Words};
use ledger_core::id::PersonId;
use serde::de::DeserializeOwned;

use super::{Answered, case_id, json_body};
use crate::{
    gateway::Gateway,
    inquiries::{
        desk::{self, Desk},
        investigation::answer::{Response, read_response},
    },
    problem::Problem,
    refused::Refused,
};

/// A body in JSON, or a message.
pub(super) enum Spelled<T> {
    Json(T),
    Message(Vec<u8>),
}

impl<T: DeserializeOwned> Spelled<T> {
    /// By the media type that the client states.
    pub(super) fn read(request: &HttpRequest, body: &[u8]) -> Result<Self, Problem> {
        let media = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        if media.is_some_and(|media| media.to_ascii_lowercase().contains("xml")) {
            return Ok(Self::Message(body.to_vec()));
        }
        json_body(body).map(Self::Json)
    }
}

/// A message about a case.
pub(super) fn shown(
    gateway: &Gateway,
    case: &str,
    message: impl FnOnce(&Desk<'_>, &CaseId) -> Result<Vec<u8>, Refused>,
) -> Answered {
    let found = case_id(case).and_then(|id| desk::read(gateway, |desk| message(desk, &id)));
    let xml = found.map_err(|refused| refused.problem())?;
    Ok(HttpResponse::Ok().content_type("application/xml").body(xml))
}

/// Does what a camt.111 says; a question that nobody has taken on is taken on by it.
pub(super) fn respond(
    desk: &mut Desk<'_>,
    id: &CaseId,
    xml: &[u8],
    by: (PersonId, &str),
) -> Result<(), Refused> {
    let response = read_response(desk, id, xml)?;
    let rejects = matches!(response, Response::Says(Act::Reject(_), _));
    if desk.case(id)?.stage() == Stage::Opened && !rejects {
        desk.act(id, Act::Accept, Words::default())?;
    }
    match response {
        Response::Answers(answer) => desk.prepare(id, answer, by).map(|_| ()),
        Response::Says(act, words) => desk.act(id, act, words).map(|_| ()),
    }
}
