//! Endpoint that says what would become of a payment.

use actix_web::{HttpRequest, HttpResponse, web::Data};

use super::{App, Body, ClientRole, bank::read_payment, with_client};
use crate::{
    openapi::Pacs008Text,
    payments::{
        request::PaymentRequest,
        simulation::{SimulationReport, simulate},
    },
};

const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];

/// `POST /v1/simulate`: what would become of a payment, without making it.
///
/// The body is that of `POST /v1/payments`, and what that would refuse at once is refused here. The gate
/// decides as it would; then the ledger's rules are tried over records as proved at `height`. Nothing
/// is kept or sent, so no key is needed.
#[utoipa::path(post, path = "/v1/simulate", tag = "Payments",
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body(description = "A payment in JSON or as a message.",
        content((PaymentRequest = "application/json"), (Pacs008Text = "application/xml"))),
    responses((status = 200, description = "Whether it would be held, and on what that was tried.",
        body = SimulationReport)))]
pub async fn post_simulation(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, READERS, |_| async {
        let gateway = &app.gateway;
        let (message, asked) = read_payment(gateway, &request, &body)?;
        let report = simulate(gateway, &message, &asked).await.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(report))
    })
    .await
}
