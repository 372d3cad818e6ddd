//! The description of the audit API, for programs and for people.
//!
//! # Place      unsigned, like health: it says nothing about a network
//! # Invariants the document is the observer's own: it names nothing that an observer does not answer
//! # Absent     the viewer and its files (`server::docs`)

use std::sync::OnceLock;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};

use super::{AuditApp, AuditRefused, finish};
use crate::{
    openapi::Surface,
    problem::Problem,
    server::docs::{document, loaded, page_of},
};

/// `GET /openapi.json`: this document.
#[utoipa::path(get, path = "/openapi.json", tag = "Service", security(()), responses(
    (status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object),
))]
pub async fn openapi(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let text = DOCUMENT.get_or_init(|| Surface::Audit.json());
    finish(&app, &request, Ok(document(text)))
}

/// `GET /docs`: this document as a page.
#[utoipa::path(get, path = "/docs", tag = "Service", security(()), responses(
    (status = 200, description = "A page", content_type = "text/html", body = String),
))]
pub async fn page(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    finish(&app, &request, Ok(page_of(Surface::Audit)))
}

/// `GET /docs/{file}`: what the page loads.
#[utoipa::path(get, path = "/docs/{file}", tag = "Service", security(()),
    params(("file" = String, Path, description = "A name that the page mentions.")),
    responses(
        (status = 200, description = "A script or a style sheet"),
        (status = 404, description = "Nothing the page loads.", body = Problem,
            content_type = "application/problem+json"),
    ))]
pub async fn file(
    app: Data<AuditApp>,
    request: HttpRequest,
    name: web::Path<String>,
) -> HttpResponse {
    finish(&app, &request, loaded(&name).ok_or_else(|| AuditRefused::NotFound.problem()))
}
