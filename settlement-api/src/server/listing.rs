//! `GET /v1/payments`: payments of both directions in the order in which they came.
//!
//! # Place      the feed's first event of each payment -> [listing] -> a report of each
//! # Invariants G6 one request looks at so many events and no more
//! # Absent     returns and legs of exchanges, which are told in the feed alone

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{App, ClientRole, bank::Way, paging, with_client};
use crate::{
    events::feed::{Direction, Event},
    gateway::Gateway,
    openapi::text::Time,
    payments::{
        inbox::InboxRecord,
        record::PaymentRecord,
        report::{self, PaymentReport},
    },
    refused::Refused,
};

const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];
/// Payments of a page when nothing is said, and at most.
const PAGE: usize = 50;
const MAX_PAGE: usize = 200;
/// Events that are read at a time, and for one page at most.
const TOGETHER: usize = 256;
const MAX_LOOK: usize = 16_384;
/// The status with which every payment enters the feed.
const FIRST: &str = "RCVD";
/// Statuses that a report can have.
const STATUSES: [&str; 8] = ["RCVD", "PDNG", "ACTC", "ACFC", "ACWP", "ACSC", "ACCC", "RJCT"];

/// Which payments.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PaymentsOf {
    /// With this status now.
    #[param(example = "ACSC")]
    status: Option<String>,
    /// Only those that this bank sent, or those that were delivered here.
    #[param(inline)]
    direction: Option<Way>,
    /// With this reference of the debtor's.
    end_to_end_id: Option<String>,
    /// Which came to this gateway at this time or later.
    #[param(value_type = Option<Time>)]
    from: Option<String>,
    /// Which came to this gateway before this time.
    #[param(value_type = Option<Time>)]
    to: Option<String>,
    /// Where the page begins: `after` of the page before; at the first payment if absent.
    after: Option<u64>,
    /// Payments of the page at most; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A page of payments.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentsPage {
    /// In the order in which they came to this gateway.
    pub payments: Vec<PaymentReport>,
    /// Where the next page begins; null when nothing comes after this one. A page may be short, or empty,
    /// and not the last.
    pub after: Option<u64>,
}

/// What is looked for.
struct Wanted {
    status: Option<String>,
    direction: Option<Direction>,
    end_to_end_id: Option<String>,
    /// Milliseconds since 1970.
    to: Option<u64>,
}

/// `GET /v1/payments`: payments that this bank sent or that were delivered here.
#[utoipa::path(get, path = "/v1/payments", tag = "Payments", params(PaymentsOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "A page.", body = PaymentsPage)))]
pub async fn get_payments(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let page = list(&app.gateway, request.query_string()).map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(page))
    })
    .await
}

fn list(gateway: &Gateway, query: &str) -> Result<PaymentsPage, Refused> {
    let asked = web::Query::<PaymentsOf>::from_query(query)
        .map_err(|_| {
            Refused::Malformed(
                "the query takes status, direction, end_to_end_id, from, to, after and limit",
            )
        })?
        .into_inner();
    if asked.status.as_ref().is_some_and(|status| !STATUSES.contains(&status.as_str())) {
        return Err(Refused::Malformed("status is a status of payments, as ACSC"));
    }
    let limit = paging::limit(asked.limit, (PAGE, MAX_PAGE))?;
    let from = asked.from.as_deref().map(milliseconds).transpose()?;
    let wanted = Wanted {
        status: asked.status,
        direction: asked.direction.map(|way| match way {
            Way::Incoming => Direction::Incoming,
            Way::Outgoing => Direction::Outgoing,
        }),
        end_to_end_id: asked.end_to_end_id,
        to: asked.to.as_deref().map(milliseconds).transpose()?,
    };
    let begin = match from {
        Some(from) => gateway.events.before(from)?,
        None => 0,
    };
    page(gateway, &wanted, (begin.max(asked.after.unwrap_or(0)), limit))
}

fn milliseconds(text: &str) -> Result<u64, Refused> {
    let time: Option<Timestamp> = text.parse().ok();
    let ms = time.and_then(|time| u64::try_from(time.as_millisecond()).ok());
    ms.ok_or(Refused::Malformed("from and to are RFC 3339 times"))
}

fn page(
    gateway: &Gateway,
    wanted: &Wanted,
    (mut after, limit): (u64, usize),
) -> Result<PaymentsPage, Refused> {
    let (mut payments, mut looked) = (Vec::new(), 0);
    while looked < MAX_LOOK && payments.len() < limit {
        let events = gateway.events.after(after, TOGETHER)?;
        looked += TOGETHER;
        if events.is_empty() {
            return Ok(PaymentsPage { payments, after: None });
        }
        for event in events {
            if wanted.to.is_some_and(|to| event.at >= to) {
                return Ok(PaymentsPage { payments, after: None });
            }
            after = event.number;
            payments.extend(found(gateway, wanted, &event)?);
            if payments.len() == limit {
                break;
            }
        }
    }
    let more = gateway.events.last() > after;
    Ok(PaymentsPage { payments, after: more.then_some(after) })
}

/// The payment that came with an event, if it is one that is looked for.
fn found(
    gateway: &Gateway,
    wanted: &Wanted,
    event: &Event,
) -> Result<Option<PaymentReport>, Refused> {
    let Some(fact) = event.fact() else { return Ok(None) };
    if fact.status != FIRST || wanted.direction.is_some_and(|way| way != fact.direction) {
        return Ok(None);
    }
    let (store, leg) = (gateway.store.as_ref(), fact.leg.id());
    let report = match fact.direction {
        Direction::Outgoing => match PaymentRecord::load(store, &leg)? {
            Some(record) => report::json(gateway, &record)?,
            None => return Ok(None),
        },
        Direction::Incoming => match InboxRecord::load(store, &leg)? {
            Some(record) => report::incoming(gateway, &record)?,
            None => return Ok(None),
        },
    };
    let fits = wanted.status.as_ref().is_none_or(|status| report.status == status)
        && wanted.end_to_end_id.as_ref().is_none_or(|id| report.end_to_end_id == *id);
    Ok(Some(report).filter(|_| fits))
}
