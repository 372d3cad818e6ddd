//! Endpoints of payments that wait until their bank has the money for them.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, rt,
    web::{self, Bytes, Data},
};
use ledger_core::command::Command;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    App, Body, ClientRole,
    bank::{parse_uetr, wait_for_end},
    entity, json_body,
    orders::{Order, with_order},
    preferred_wait, with_client,
};
use crate::{
    gateway::Gateway,
    keys::Purpose,
    openapi::{CommandAnswer, Nothing, Prefer, Sending, UetrPath, Unchanged},
    payments::{
        queue::{
            self, MAX_PRIORITY,
            report::{QueueReport, queues},
        },
        record::{PaymentRecord, Stage},
        report::{self, PaymentReport},
    },
    refused::Refused,
};

const DESK: &[ClientRole] = &[ClientRole::Operations];
const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];

/// `GET /v1/queue`: payments that wait until this bank has the money for them, by account.
///
/// Accounts on which nothing waits are left out. Read from the ledger with its proof.
#[utoipa::path(get, path = "/v1/queue", tag = "Payments",
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "What settles first, first.",
        body = Vec<QueueReport>)))]
pub async fn get_queue(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let queues = queues(&app.gateway).await;
        Ok(HttpResponse::Ok().json(queues.map_err(|r| r.problem())?))
    })
    .await
}

/// `POST /v1/queue/{uetr}/cancel`: ends a payment that waits for money.
///
/// It takes its leave on the ledger, which is waited for as `Prefer: wait=N` says: 200 when it has ended,
/// 202 before. The ledger decides a race: a payment that settled meanwhile is `ACSC` in the answer.
/// Asked again, the answer is what became of it; one that does not wait for money is
/// `payment_not_queued`.
#[utoipa::path(post, path = "/v1/queue/{uetr}/cancel", tag = "Payments",
    params(UetrPath, Unchanged, Prefer),
    security(("rfc9421" = ["operations"])), request_body = Option<Nothing>,
    responses((status = 200, description = "It has ended.", body = PaymentReport),
        (status = 202, description = "It is on its way to its end.", body = PaymentReport)))]
pub async fn cancel_queued(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, DESK, |_| async {
        // To its end also when the client no longer waits for it.
        let (gateway, asked) = (Arc::clone(&app.gateway), request.clone());
        let cancelling = async move { cancel(&gateway, &uetr, &asked).await };
        let record = rt::spawn(cancelling).await.unwrap_or(Err(Refused::NotReady));
        let record = record.map_err(|r| r.problem())?;
        let record = wait_for_end(&app.gateway, record, preferred_wait(&request)).await?;
        let shown = shown(&app.gateway, &record);
        let mut answer =
            if record.is_final() { HttpResponse::Ok() } else { HttpResponse::Accepted() };
        Ok(answer.json(shown.map_err(|r| r.problem())?))
    })
    .await
}

/// As `GET` shows it, whose tag a client may have.
fn shown(gateway: &Gateway, record: &PaymentRecord) -> Result<PaymentReport, Refused> {
    Ok(report::json(gateway, record)?.detailed(gateway, &record.xml))
}

async fn cancel(
    gateway: &Gateway,
    uetr: &str,
    request: &HttpRequest,
) -> Result<PaymentRecord, Refused> {
    let fits = |record: &PaymentRecord| entity::check(request, &shown(gateway, record)?);
    queue::cancel(gateway, &parse_uetr(uetr)?, fits).await
}

/// Another priority of a payment that waits for money.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorityInput {
    /// How urgent it is: a larger number goes first.
    #[schema(maximum = 999)]
    pub priority: u32,
}

/// `POST /v1/queue/{uetr}/priority`: gives a queued payment another priority.
///
/// It takes a new place behind all that wait with that priority, also where the priority is the same.
/// Before it has its place on the ledger it is `payment_not_queued`.
#[utoipa::path(post, path = "/v1/queue/{uetr}/priority", tag = "Payments",
    params(UetrPath, Sending), security(("rfc9421" = ["operations"])),
    request_body = PriorityInput, responses(CommandAnswer))]
pub async fn post_priority(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_order(&app, &request, &body, DESK, |_| async {
        let input: PriorityInput = json_body(&body)?;
        requeue(&app.gateway, &uetr, input).map_err(|r| r.problem())
    })
    .await
}

fn requeue(gateway: &Gateway, uetr: &str, input: PriorityInput) -> Result<Order, Refused> {
    let priority = input.priority;
    if priority > MAX_PRIORITY {
        return Err(Refused::Malformed("priority is a number from 0 to 999"));
    }
    let record = queue::find(gateway, &parse_uetr(uetr)?)?;
    if !matches!(record.stage, Stage::Queued(_)) {
        return Err(Refused::NotQueued);
    }
    let requeue = Command::Requeue { leg: record.leg(), priority };
    Ok(Order::new(Purpose::Settlement, requeue))
}
