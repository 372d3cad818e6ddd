//! What other members' gateways bring: a sealed parcel, answered by a sealed parcel.
//!
//! # Invariants a parcel is from the member that signed the request, whatever it says

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, rt, web::Bytes};
use ledger_core::codec::encode;

use super::{App, Caller, finish};
use crate::{
    gateway::Gateway, ledger_port::BCS, payments::delivery::Parcel, problem::Problem,
    refused::Refused,
};

/// Answers a parcel by what `receive` makes of it.
pub(super) async fn answer(
    app: &App,
    request: &HttpRequest,
    body: &Bytes,
    receive: impl AsyncFnOnce(&Gateway, &[u8]) -> Result<Parcel, Refused> + 'static,
) -> HttpResponse {
    let answered = async {
        let sender = match app.caller(request, body).await? {
            Caller::Member(sender) => sender,
            Caller::Client(_) | Caller::Token(_) => return Err(Refused::Forbidden.problem()),
        };
        let refused = |refused: Refused| -> Problem { refused.problem() };
        let parcel =
            Parcel::from_bytes(body).map_err(|_| refused(Refused::Malformed("not a parcel")))?;
        if parcel.from != sender {
            let detail = "the parcel is not from the member that signed";
            return Err(refused(Refused::Malformed(detail)));
        }
        // To its end also when the sender no longer waits for it.
        let (gateway, bytes) = (Arc::clone(&app.gateway), body.clone());
        let answering = rt::spawn(async move { receive(&gateway, &bytes).await });
        let answer = answering.await.unwrap_or(Err(Refused::NotReady)).map_err(refused)?;
        Ok(HttpResponse::Ok().content_type(BCS).body(encode(&answer)))
    };
    finish(app, answered.await)
}
