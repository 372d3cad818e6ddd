//! The description of this HTTP, for programs and for people.
//!
//! # Place      unsigned, like health: it says nothing about an institution
//! # Invariants the page asks this gateway only (its content security policy allows no other host)
//!
//! The viewer is Swagger UI as published; `assets/swagger-ui/README.md` says which.

use std::sync::OnceLock;

use actix_web::{
    HttpResponse,
    http::header,
    web::{self, Data},
};

use super::{App, finish};
use crate::{openapi, refused::Refused};

/// The page and what it loads: name, media type, bytes.
const FILES: [(&str, &str, &[u8]); 4] = [
    ("page", "text/html; charset=utf-8", include_bytes!("../../assets/docs.html")),
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
    let document = DOCUMENT.get_or_init(openapi::json).as_str();
    finish(&app, Ok(HttpResponse::Ok().content_type("application/json").body(document)))
}

/// `GET /docs`: this document as a page.
#[utoipa::path(get, path = "/docs", tag = "Service", security(()), responses(
    (status = 200, description = "A page", content_type = "text/html", body = String),
))]
pub async fn page(app: Data<App>) -> HttpResponse {
    finish(&app, answer("page"))
}

/// `GET /docs/{file}`: what the page loads.
#[utoipa::path(get, path = "/docs/{file}", tag = "Service", security(()),
    params(("file" = String, Path, description = "A name that the page mentions.")),
    responses((status = 200, description = "A script or a style sheet")))]
pub async fn file(app: Data<App>, name: web::Path<String>) -> HttpResponse {
    finish(&app, answer(&name))
}

fn answer(name: &str) -> super::Answered {
    let found = FILES.iter().find(|(file, _, _)| *file == name);
    let (_, media, bytes) = *found.ok_or_else(|| Refused::NotFound.problem())?;
    Ok(HttpResponse::Ok()
        .content_type(media)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        // A new version of the gateway has new files under the same names.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_and_all_it_loads_are_served_under_a_policy_that_names_no_other_host() {
        let page = std::str::from_utf8(FILES[0].2).unwrap();
        assert!(!page.contains("//"), "a link to another host");
        let loads = page.split("\"docs/").skip(1).filter_map(|rest| rest.split('"').next());
        let loads: Vec<_> = loads.collect();
        assert_eq!(loads.len(), 3);
        for name in loads.into_iter().chain(["page"]) {
            let response = answer(name).unwrap();
            let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).unwrap();
            let policy = policy.to_str().unwrap();
            assert!(policy.starts_with("default-src 'self';") && !policy.contains("http"));
        }
        assert_eq!(answer("../server.rs").unwrap_err().code(), "not_found");
    }
}
