//! The description of a process's HTTP, for programs and for people.
//!
//! # Place      unsigned, like health: it says nothing about an institution
//! # Invariants the page asks the process that served it and no other (its content security policy
//! #            allows no other host)
//!
//! The viewer is Swagger UI as published; `assets/swagger-ui/README.md` says which.

use std::sync::OnceLock;

use actix_web::{
    HttpResponse,
    http::header,
    web::{self, Bytes, Data},
};

use super::{App, finish};
use crate::{openapi::Surface, problem::Problem, refused::Refused};

/// The page, but for its title.
const PAGE: &str = include_str!("../../assets/docs.html");
/// What the page loads: name, media type, bytes.
const FILES: [(&str, &str, &[u8]); 3] = [
    ("start.js", SCRIPT, include_bytes!("../../assets/start.js")),
    (
        "swagger-ui-bundle.js",
        SCRIPT,
        include_bytes!("../../assets/swagger-ui/swagger-ui-bundle.js"),
    ),
    (
        "swagger-ui.css",
        "text/css; charset=utf-8",
        include_bytes!("../../assets/swagger-ui/swagger-ui.css"),
    ),
];
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// What a browser may do with the page. The viewer draws its icons from `data:` URLs and sets
/// `style` attributes; nothing inline runs.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// `GET /openapi.json`: this document.
#[utoipa::path(get, path = "/openapi.json", tag = "Service", security(()), responses(
    (status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object),
))]
pub async fn openapi(app: Data<App>) -> HttpResponse {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    finish(&app, Ok(document(DOCUMENT.get_or_init(|| Surface::Gateway.json()))))
}

/// `GET /docs`: this document as a page.
#[utoipa::path(get, path = "/docs", tag = "Service", security(()), responses(
    (status = 200, description = "A page", content_type = "text/html", body = String),
))]
pub async fn page(app: Data<App>) -> HttpResponse {
    finish(&app, Ok(page_of(Surface::Gateway)))
}

/// `GET /docs/{file}`: what the page loads.
#[utoipa::path(get, path = "/docs/{file}", tag = "Service", security(()),
    params(("file" = String, Path, description = "A name that the page mentions.")),
    responses(
        (status = 200, description = "A script or a style sheet"),
        (status = 404, description = "Nothing the page loads.", body = Problem,
            content_type = "application/problem+json"),
    ))]
pub async fn file(app: Data<App>, name: web::Path<String>) -> HttpResponse {
    finish(&app, loaded(&name).ok_or_else(|| Refused::NotFound.problem()))
}

/// A document, as it is.
pub(crate) fn document(text: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(text)
}

/// The page that draws the document of the process it comes from.
pub(crate) fn page_of(surface: Surface) -> HttpResponse {
    let page = PAGE.replace("{TITLE}", surface.title());
    answer("text/html; charset=utf-8", Bytes::from(page))
}

/// A file that the page loads.
pub(crate) fn loaded(name: &str) -> Option<HttpResponse> {
    let (_, media, bytes) = FILES.iter().find(|(file, _, _)| *file == name)?;
    Some(answer(media, Bytes::from_static(bytes)))
}

fn answer(media: &'static str, bytes: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        // A new version of the process has new files under the same names.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(bytes)
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    #[test]
    fn the_page_and_all_it_loads_are_served_under_a_policy_that_names_no_other_host() {
        assert!(!PAGE.contains("//"), "a link to another host");
        let loads = PAGE.split("\"docs/").skip(1).filter_map(|rest| rest.split('"').next());
        let loads: Vec<_> = loads.collect();
        assert_eq!(loads.len(), 3);
        let pages = Surface::ALL.map(page_of).into_iter();
        for response in loads.into_iter().map(|name| loaded(name).unwrap()).chain(pages) {
            let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).unwrap();
            let policy = policy.to_str().unwrap();
            assert!(policy.starts_with("default-src 'self';") && !policy.contains("http"));
        }
        assert!(loaded("../server.rs").is_none() && loaded("page").is_none());
    }

    #[actix_web::test]
    async fn a_page_is_called_as_its_document_is() {
        for surface in Surface::ALL {
            let body = to_bytes(page_of(surface).into_body()).await.unwrap();
            let page = std::str::from_utf8(&body).unwrap();
            let title = format!("<title>{} API</title>", surface.document().info.title);
            assert!(page.contains(&title), "{title}");
        }
    }
}
