//! Endpoints of a bank's staff and core systems for cases with other banks, and the one at which
//! other gateways' letters arrive.
//!
//! # Place      staff, core systems -> [cases] -> inquiries::desk; other gateways -> inquiries::exchange
//! # Invariants G1 a request that writes counts once under its `Idempotency-Key`, in the write of what
//! #            it does; own cases only; B7 an answer is prepared by one client and approved by another
//! # Absent     reading and writing camt.110 and camt.111 (`inquiries::investigation`)

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Bytes, Data},
};
use interbank::{Act, CaseId, Refused as CaseRefused, Stage, book::Words};
use ledger_core::{
    codec::{decode, encode},
    digest::{Domain, Hash32},
    time::LedgerTime,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Answered, App, Body, Caller, Client, ClientRole, entity, finish, json_body,
    orders::{REPLAYED, row},
    paging, wants_xml, with_client,
};
use crate::{
    gateway::Gateway,
    inquiries::{
        codes as known_codes,
        desk::{self, Desk},
        evidence::{self, Withheld},
        exchange,
        investigation::{answer, question},
        person,
        report::{self, CasePage, CaseReport, Wanted},
    },
    ledger_port::BCS,
    openapi::{
        Camt110Text, Camt111Text, Naming, ProofFile, SealedBytes, Seen, Unchanged,
        text::{Id, Uetr},
    },
    outbox::stored,
    port::StoreFault,
    problem::Problem,
    refused::Refused,
};

mod input;
mod messages;

use messages::Spelled;

pub use input::{
    ActInput, CaseAnswerInput, CaseInput, DocumentInput, ForwardInput, GivenInput, YesInput,
};
pub(crate) use input::{
    field_lists, kind_lists, list_of, parse_code, parse_field, parse_id, parse_kind, parse_lei,
    parse_level, parse_time,
};

/// Who holds cases for a bank.
pub(crate) const STAFF: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];
/// Cases of a page when nothing is said, and at most.
const PAGE: usize = 50;
const MAX_PAGE: usize = 200;

/// A case.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct CasePath {
    /// The case's identity.
    #[param(value_type = Id)]
    case: String,
}

/// A document of a case.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct DocumentPath {
    /// The case's identity.
    #[param(value_type = Id)]
    case: String,
    /// The document's commitment.
    #[param(value_type = Id)]
    document: String,
}

/// Which cases a list shows.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CaseQuery {
    /// Of this payment.
    #[param(value_type = Option<Uetr>)]
    uetr: Option<String>,
    /// In this state, as a case names it.
    #[param(example = "answered")]
    state: Option<String>,
    /// When it is the turn of `own`, `other` or `nobody`.
    #[param(example = "own")]
    turn: Option<String>,
    /// Where the page begins: `after` of the page before.
    after: Option<String>,
    /// Cases of the page at most, 1 to 200; 50 when not said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// What of a pack is left out.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EvidenceQuery {
    /// `documents`, or `content` for all that messages say; the signed messages always stay.
    #[param(example = "documents")]
    withhold: Option<String>,
}

/// Runs a change of cases for a client with one of these roles, once per `Idempotency-Key`, and shows
/// what it was about. Key and change are one write.
pub(crate) async fn with_desk<I>(
    (app, request, body): (&Data<App>, &HttpRequest, &Bytes),
    roles: &[ClientRole],
    read: impl FnOnce(&[u8]) -> Result<I, Problem>,
    work: impl FnOnce(&mut Desk<'_>, &Client, I) -> Result<Hash32, Refused>,
    show: impl FnOnce(&Gateway, &Hash32) -> Result<HttpResponse, Refused>,
) -> HttpResponse {
    let read = app.client(request, body, roles).await.and_then(|client| Ok((client, read(body)?)));
    let answered = match read {
        Ok((client, input)) => {
            let done = once(&app.gateway, request, body, |desk| work(desk, &client, input)).await;
            app.gateway.inquiries.wake();
            done.and_then(|done| shown(&app.gateway, done, show)).map_err(|r| r.problem())
        }
        Err(problem) => Err(problem),
    };
    finish(app, answered)
}

fn shown(
    gateway: &Gateway,
    (subject, replayed): (Hash32, bool),
    show: impl FnOnce(&Gateway, &Hash32) -> Result<HttpResponse, Refused>,
) -> Result<HttpResponse, Refused> {
    let mut answer = show(gateway, &subject)?;
    if replayed {
        let (name, yes) = (REPLAYED, header::HeaderValue::from_static("true"));
        answer.headers_mut().insert(header::HeaderName::from_static(name), yes);
    }
    Ok(answer)
}

/// What a request under this key was about, and whether it was done before.
async fn once(
    gateway: &Gateway,
    request: &HttpRequest,
    body: &[u8],
    work: impl FnOnce(&mut Desk<'_>) -> Result<Hash32, Refused>,
) -> Result<(Hash32, bool), Refused> {
    let key = row(request)?;
    let hash = Domain::Content.hash(body);
    desk::change(gateway, LedgerTime::new(Gateway::now_ms()), |desk| {
        if let Some(bytes) = gateway.store.get(&key)? {
            let known: Result<(Hash32, Hash32), _> = decode(&bytes, 64);
            let (before, subject) = known.map_err(|_| StoreFault::Damaged)?;
            let same = before == hash;
            return if same { Ok((subject, true)) } else { Err(Refused::IdempotencyConflict) };
        }
        // Only who has a key that signs letters holds cases.
        desk.signer()?;
        let subject = work(desk)?;
        desk.change.put(stored(key, &(hash, subject)));
        Ok((subject, false))
    })
    .await
}

/// Shows a case after a change.
fn show(gateway: &Gateway, subject: &Hash32) -> Result<HttpResponse, Refused> {
    let id = CaseId::new(*subject);
    let report = desk::read(gateway, |desk| report::report(desk, &id))?;
    let location = (header::LOCATION, format!("/v1/cases/{id}"));
    Ok(HttpResponse::Ok().insert_header(location).json(report))
}

fn case_id(text: &str) -> Result<CaseId, Refused> {
    parse_id(text).map(CaseId::new).map_err(|_| Refused::Inquiry(CaseRefused::UnknownCase))
}

/// Whether a case is as the client saw it, where it says what it saw.
fn unchanged(desk: &Desk<'_>, request: &HttpRequest, id: &CaseId) -> Result<(), Refused> {
    if !entity::is_conditional(request) {
        return Ok(());
    }
    entity::check(request, &report::report(desk, id)?)
}

/// Writes one act of one person.
async fn act(
    (app, request, body): (&Data<App>, &HttpRequest, &Bytes),
    case: &str,
    act: impl FnOnce(&ActInput) -> Result<Act, Refused>,
) -> HttpResponse {
    let read =
        |body: &[u8]| if body.is_empty() { Ok(ActInput::default()) } else { json_body(body) };
    let work = |desk: &mut Desk<'_>, _: &Client, input: ActInput| {
        let id = case_id(case)?;
        unchanged(desk, request, &id)?;
        let act = act(&input)?;
        input.fits(&act)?;
        known_codes::check_act(desk.case(&id)?.opening.kind, &act)?;
        Ok(*desk.act(&id, act, input.words()?)?.id.get())
    };
    with_desk((app, request, body), STAFF, read, work, show).await
}

/// `POST /v1/cases`: asks another bank about a payment, from JSON or a camt.110.
///
/// The payment must stand in this bank's records; without `to`, its other bank is asked. The same
/// camt.110 again is the same case, whatever its key.
#[utoipa::path(post, path = "/v1/cases", tag = "Cases", params(Naming),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body(description = "A question in JSON or as a message.",
        content((CaseInput = "application/json"), (Camt110Text = "application/xml"))),
    responses((status = 200, description = "Opened, and on its way.", body = CaseReport)))]
pub async fn post_case(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    let read = |body: &[u8]| Spelled::<CaseInput>::read(&request, body);
    let work = |desk: &mut Desk<'_>, _: &Client, input: Spelled<CaseInput>| match input {
        Spelled::Json(input) => Ok(*desk.open(input.asking()?)?.id.get()),
        Spelled::Message(xml) => question::ask(desk, &xml),
    };
    with_desk((&app, &request, &body), STAFF, read, work, show).await
}

/// `GET /v1/cases`: this bank's cases, in the order in which they came to it.
#[utoipa::path(get, path = "/v1/cases", tag = "Cases", params(CaseQuery),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "A page.", body = CasePage)))]
pub async fn get_cases(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), STAFF, |_| async {
        let page = list(&app.gateway, request.query_string()).map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(page))
    })
    .await
}

fn list(gateway: &Gateway, query: &str) -> Result<CasePage, Refused> {
    let query = web::Query::<CaseQuery>::from_query(query)
        .map_err(|_| Refused::Malformed("the query takes uetr, state, turn, after and limit"))?
        .into_inner();
    let state = query.state.as_deref().map(|name| {
        let found = Stage::ALL.into_iter().find(|stage| stage.name() == name);
        found.ok_or(Refused::Malformed("state is not a state of cases"))
    });
    let turns = ["own", "other", "nobody"];
    if query.turn.as_ref().is_some_and(|turn| !turns.contains(&turn.as_str())) {
        return Err(Refused::Malformed("turn is own, other or nobody"));
    }
    let uetr = query.uetr.as_deref().map(super::bank::parse_uetr).transpose()?;
    let wanted = Wanted { uetr, state: state.transpose()?, turn: query.turn };
    let limit = paging::limit(query.limit, (PAGE, MAX_PAGE))?;
    desk::read(gateway, |desk| report::page(desk, &wanted, (query.after.as_deref(), limit)))
}

/// `GET /v1/cases/{case}`: a case with all that was said in it; as XML, the camt.111 of the asked
/// bank's last word.
#[utoipa::path(get, path = "/v1/cases/{case}", tag = "Cases", params(CasePath, Seen),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses(
        (status = 200, description = "As it stands at this bank; as JSON with its `etag`.",
            content((CaseReport = "application/json"), (Camt111Text = "application/xml"))),
        (status = 304, description = "As it was seen."),
    ))]
pub async fn get_case(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), STAFF, |_| async {
        if wants_xml(&request) {
            return messages::shown(&app.gateway, &case, answer::response_of);
        }
        let found = case_id(&case)
            .and_then(|id| desk::read(&app.gateway, |desk| report::report(desk, &id)));
        Ok(entity::tagged(&request, &found.map_err(|r| r.problem())?))
    })
    .await
}

/// `GET /v1/cases/{case}/message`: the camt.110 of a case, as it was sent or made of the question.
#[utoipa::path(get, path = "/v1/cases/{case}/message", tag = "Cases", params(CasePath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "A camt.110.001.01, the same at both banks.",
        body = Camt110Text, content_type = "application/xml")))]
pub async fn get_case_message(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), STAFF, |_| async {
        messages::shown(&app.gateway, &case, question::question_of)
    })
    .await
}

/// `POST /v1/cases/{case}/accept`: takes a question on.
#[utoipa::path(post, path = "/v1/cases/{case}/accept", tag = "Cases", params(CasePath, Naming, Unchanged),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = Option<ActInput>,
    responses((status = 200, description = "Taken on.", body = CaseReport)))]
pub async fn accept_case(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    act((&app, &request, &body), &case, |_| Ok(Act::Accept)).await
}

/// `POST /v1/cases/{case}/interim`: says that an answer takes longer, and why.
#[utoipa::path(post, path = "/v1/cases/{case}/interim", tag = "Cases", params(CasePath, Naming, Unchanged),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = ActInput,
    responses((status = 200, description = "Said.", body = CaseReport)))]
pub async fn interim_case(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    act((&app, &request, &body), &case, |input| Ok(Act::Interim(input.reason()?))).await
}

/// `POST /v1/cases/{case}/reject`: does not take a question, and says why.
#[utoipa::path(post, path = "/v1/cases/{case}/reject", tag = "Cases", params(CasePath, Naming, Unchanged),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = ActInput,
    responses((status = 200, description = "Rejected.", body = CaseReport)))]
pub async fn reject_case(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    act((&app, &request, &body), &case, |input| Ok(Act::Reject(input.reason()?))).await
}

/// `POST /v1/cases/{case}/close`: is content with the answer.
#[utoipa::path(post, path = "/v1/cases/{case}/close", tag = "Cases", params(CasePath, Naming, Unchanged),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = Option<ActInput>,
    responses((status = 200, description = "Closed.", body = CaseReport)))]
pub async fn close_case(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    act((&app, &request, &body), &case, |_| Ok(Act::Close)).await
}

/// `POST /v1/cases/{case}/reopen`: asks again, three times at most.
#[utoipa::path(post, path = "/v1/cases/{case}/reopen", tag = "Cases", params(CasePath, Naming, Unchanged),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = ActInput,
    responses((status = 200, description = "Asked again.", body = CaseReport)))]
pub async fn reopen_case(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let reopen = |input: &ActInput| Ok(Act::Reopen { answer_by: input.answer_by()? });
    act((&app, &request, &body), &case, reopen).await
}

/// `POST /v1/cases/{case}/withdraw`: no longer wants an answer.
///
/// It wins over an answer that crosses it.
#[utoipa::path(post, path = "/v1/cases/{case}/withdraw", tag = "Cases", params(CasePath, Naming, Unchanged),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = Option<ActInput>,
    responses((status = 200, description = "Withdrawn.", body = CaseReport)))]
pub async fn withdraw_case(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    act((&app, &request, &body), &case, |_| Ok(Act::Withdraw)).await
}

/// `POST /v1/cases/{case}/answer`: prepares an answer, which waits for a second person.
///
/// It takes the place of a draft before. With `relay`, the answer of an own child is passed on. A
/// camt.111 takes the question on where nobody has; with `CLSD` it is such an answer, with `PDNG` or
/// `RJCT` it is said at once, as by `interim` and `reject`.
#[utoipa::path(post, path = "/v1/cases/{case}/answer", tag = "Cases", params(CasePath, Naming, Unchanged),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body(description = "An answer in JSON or as a message.",
        content((CaseAnswerInput = "application/json"), (Camt111Text = "application/xml"))),
    responses((status = 200, description = "Prepared, and `draft` names what is approved; or said.",
        body = CaseReport)))]
pub async fn prepare_answer(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let read = |body: &[u8]| Spelled::<CaseAnswerInput>::read(&request, body);
    let work = |desk: &mut Desk<'_>, client: &Client, input: Spelled<CaseAnswerInput>| {
        let id = case_id(&case)?;
        unchanged(desk, &request, &id)?;
        let by = (person(client), client.name.as_str());
        match input {
            Spelled::Json(input) => {
                let answer = input.answer(desk.case(&id)?.opening.kind)?;
                desk.prepare(&id, answer, by).map(|_| ())?;
            }
            Spelled::Message(xml) => messages::respond(desk, &id, &xml, by)?,
        }
        Ok(*id.get())
    };
    with_desk((&app, &request, &body), STAFF, read, work, show).await
}

/// `POST /v1/cases/{case}/answer/approve`: sends the answer that another person prepared.
#[utoipa::path(post, path = "/v1/cases/{case}/answer/approve", tag = "Cases",
    params(CasePath, Naming, Unchanged),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = YesInput,
    responses((status = 200, description = "Answered.", body = CaseReport)))]
pub async fn approve_answer(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let work = |desk: &mut Desk<'_>, client: &Client, input: YesInput| {
        let id = case_id(&case)?;
        unchanged(desk, &request, &id)?;
        desk.approve(&id, &parse_id(&input.content)?, person(client))?;
        Ok(*id.get())
    };
    with_desk((&app, &request, &body), STAFF, json_body, work, show).await
}

/// `POST /v1/cases/{case}/forward`: asks the next agent of the payment the same, in a case of its own.
#[utoipa::path(post, path = "/v1/cases/{case}/forward", tag = "Cases", params(CasePath, Naming, Unchanged),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = ForwardInput,
    responses((status = 200, description = "Forwarded; `children` names the new case.",
        body = CaseReport)))]
pub async fn forward_case(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let work = |desk: &mut Desk<'_>, _: &Client, input: ForwardInput| {
        let id = case_id(&case)?;
        unchanged(desk, &request, &id)?;
        let words = Words { content: input.content()?, documents: Vec::new() };
        Ok(*desk.forward(&id, parse_lei(&input.to)?, words)?.id.get())
    };
    with_desk((&app, &request, &body), STAFF, json_body, work, show).await
}

/// `GET /v1/cases/{case}/documents/{document}`: a document that was given in a case, to be saved.
#[utoipa::path(get, path = "/v1/cases/{case}/documents/{document}", tag = "Cases",
    params(DocumentPath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "Its bytes, as they were sent.",
        body = SealedBytes, content_type = "application/octet-stream")))]
pub async fn get_document(
    app: Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), STAFF, |_| async {
        let (case, document) = path.into_inner();
        let found = case_id(&case).and_then(|id| {
            let named = parse_id(&document).map_err(|_| Refused::NotFound)?;
            desk::read(&app.gateway, |desk| desk.document(&id, &named))
        });
        let document = found.map_err(|r| r.problem())?;
        // Another bank says what it is: no viewer opens it as a page of this gateway's.
        let answer = HttpResponse::Ok()
            .content_type("application/octet-stream")
            .insert_header((header::CONTENT_DISPOSITION, "attachment"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(report::bytes(document));
        Ok(answer)
    })
    .await
}

/// `GET /v1/cases/{case}/evidence`: the case as a file that anybody checks offline, `florin-case-1`.
#[utoipa::path(get, path = "/v1/cases/{case}/evidence", tag = "Cases",
    params(CasePath, EvidenceQuery),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "The pack; keep its bytes as they came.",
        body = ProofFile)))]
pub async fn get_case_evidence(
    app: Data<App>,
    request: HttpRequest,
    case: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), STAFF, |_| async {
        let withheld = withheld(request.query_string()).map_err(|r| r.problem())?;
        let id = case_id(&case).map_err(|r| r.problem())?;
        let pack = evidence::pack(&app.gateway, &id, withheld).await.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().content_type("application/json").body(pack))
    })
    .await
}

fn withheld(query: &str) -> Result<Withheld, Refused> {
    let wrong = Refused::Malformed("withhold is documents or content");
    let Ok(query) = web::Query::<EvidenceQuery>::from_query(query) else { return Err(wrong) };
    match query.withhold.as_deref() {
        None => Ok(Withheld::Nothing),
        Some("documents") => Ok(Withheld::Documents),
        Some("content") => Ok(Withheld::Content),
        Some(_) => Err(wrong),
    }
}

/// `POST /v1/inquiries`: a letter of another member's gateway.
///
/// The answer is its receipt: up to which of the sender's messages this bank has them on disk, and
/// which it refuses.
#[utoipa::path(post, path = "/v1/inquiries", tag = "Between banks",
    security(("rfc9421" = ["member"])),
    request_body(content = SealedBytes, content_type = BCS, description = "A sealed letter."),
    responses((status = 200, description = "A sealed, signed receipt.",
        body = SealedBytes, content_type = BCS)))]
pub async fn post_inquiry(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    let answered = match app.caller(&request, &body).await {
        Ok(Caller::Member(sender)) => {
            let now = LedgerTime::new(Gateway::now_ms());
            let receipt = exchange::receive(&app.gateway, &sender, &body, now).await;
            receipted(receipt)
        }
        Ok(Caller::Client(_) | Caller::Token(_)) => Err(Refused::Forbidden.problem()),
        Err(problem) => Err(problem),
    };
    finish(&app, answered)
}

fn receipted(receipt: Result<crate::payments::delivery::Parcel, Refused>) -> Answered {
    let parcel = receipt.map_err(|refused| refused.problem())?;
    Ok(HttpResponse::Ok().content_type(BCS).body(encode(&parcel)))
}
