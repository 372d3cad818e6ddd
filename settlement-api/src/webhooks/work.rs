//! Telling: one task per endpoint at a time, events in their order.
//!
//! # Invariants E2 the cursor is on disk before the next event is sent; after a crash the event whose
//! #            cursor was not written is told again, under the same id

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use ledger_core::digest::Hash32;
use reqwest::Client;
use tokio::{task::JoinSet, time::sleep};

use super::{
    Endpoint, Failure,
    message::{self, WebhookEvent},
};
use crate::{
    client::{ClientLimits, http, target},
    events::feed::Event,
    gateway::Gateway,
    http_signature::unix_now_s,
    port::StoreFault,
    refused::Refused,
};

/// For one attempt; of an answer only the status is read.
const LIMITS: ClientLimits = ClientLimits {
    connect_timeout: Duration::from_secs(5),
    timeout: Duration::from_secs(15),
    response_bytes: 0,
};
/// Events that a task tells before others are looked at.
const AT_A_TIME: usize = 64;
/// Silence after which endpoints are looked at again, and after a fault.
const PAUSE: Duration = Duration::from_secs(30);

/// Tells events for ever.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    let client = match http(LIMITS, &gateway.web) {
        Ok(client) => client,
        Err(fault) => {
            tracing::error!(%fault, "webhooks.client");
            return;
        }
    };
    let mut bell = gateway.events.watch();
    let (mut tasks, mut busy) = (JoinSet::new(), BTreeSet::new());
    loop {
        bell.borrow_and_update();
        let wait = match due(&gateway, &busy) {
            Ok((ready, wait)) => {
                for id in ready {
                    busy.insert(id);
                    tasks.spawn(tell(Arc::clone(&gateway), client.clone(), id));
                }
                wait
            }
            Err(fault) => {
                tracing::warn!(%fault, "webhooks.due");
                PAUSE
            }
        };
        tokio::select! {
            _ = bell.changed() => {}
            () = gateway.webhooks.changed.notified() => {}
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => {
                match ended {
                    Ok(id) => {
                        busy.remove(&id);
                    }
                    // A task that fell over is none that runs; which one is not said.
                    Err(_) if tasks.is_empty() => busy.clear(),
                    Err(_) => {}
                }
            }
            () = sleep(wait) => {}
        }
    }
}

/// Endpoints that can be told something now, and how long until another look.
fn due(gateway: &Gateway, busy: &BTreeSet<Hash32>) -> Result<(Vec<Hash32>, Duration), StoreFault> {
    let (now, last) = (Gateway::now_ms(), gateway.events.last());
    let (mut ready, mut wait) = (Vec::new(), PAUSE);
    let all = gateway.webhooks.all()?;
    gateway.metrics.webhooks(all.iter().map(Endpoint::state));
    for endpoint in all {
        let Some(at) = endpoint.due().filter(|_| endpoint.after < last) else { continue };
        if busy.contains(&endpoint.id) {
            continue;
        }
        if at <= now {
            ready.push(endpoint.id);
        } else {
            wait = wait.min(Duration::from_millis(at - now));
        }
    }
    Ok((ready, wait))
}

/// Tells an endpoint what it has not taken, up to a failure.
async fn tell(gateway: Arc<Gateway>, client: Client, id: Hash32) -> Hash32 {
    if let Err(fault) = tell_some(&gateway, &client, &id).await {
        tracing::warn!(%fault, webhook = id.to_hex(), "webhooks.tell");
        sleep(Duration::from_secs(1)).await;
    }
    id
}

async fn tell_some(gateway: &Gateway, client: &Client, id: &Hash32) -> Result<(), Refused> {
    for _ in 0..AT_A_TIME {
        let Some(endpoint) = gateway.webhooks.find(id)? else { return Ok(()) };
        let after = endpoint.after;
        let event = gateway.events.after(after, 1)?.into_iter().next();
        let Some(event) = event.filter(|_| endpoint.disabled.is_none()) else { return Ok(()) };
        let outcome = attempt(gateway, client, &endpoint, &event).await;
        let now = Gateway::now_ms();
        // Who resumed it from elsewhere meanwhile decides.
        let unchanged = |one: &Endpoint| one.after == after && one.disabled.is_none();
        let changed = gateway.webhooks.change(id, |one| match outcome {
            _ if !unchanged(&one) => None,
            Ok(()) => Some(one.took(event.number)),
            Err(failure) => Some(one.failed(failure, now)),
        });
        let changed = match changed {
            Err(Refused::NotFound) => return Ok(()),
            other => other?,
        };
        gateway.metrics.webhook_told(if outcome.is_ok() { "taken" } else { "failed" });
        let Some(changed) = changed else { return Ok(()) };
        if let Err(failure) = outcome {
            if changed.disabled.is_some() {
                gateway.metrics.webhook_told("given_up");
                tracing::error!(webhook = id.to_hex(), %failure, after, "webhooks.disabled");
            } else {
                tracing::info!(webhook = id.to_hex(), %failure, event = event.number, "webhooks.failed");
            }
            return Ok(());
        }
    }
    Ok(())
}

async fn attempt(
    gateway: &Gateway,
    client: &Client,
    endpoint: &Endpoint,
    event: &Event,
) -> Result<(), Failure> {
    // Looked at each time: what was allowed when it was registered may no longer be.
    let url = target(&endpoint.url, gateway.web.is_somebody());
    let url = url.map_err(|_| Failure::NoConnection)?;
    let body = serde_json::to_vec(&WebhookEvent::of(event)).map_err(|_| Failure::Broken)?;
    let (id, now) = (message::id(gateway.lei(), event.number), unix_now_s());
    let secrets = endpoint.secrets(Gateway::now_ms());
    let signature = message::signature(secrets, (&id, now, &body));
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", now.to_string())
        .header("webhook-signature", signature)
        .body(body);
    match request.send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(Failure::Status(answer.status().as_u16())),
        Err(error) if error.is_timeout() => Err(Failure::Timeout),
        Err(error) if error.is_connect() => Err(Failure::NoConnection),
        Err(_) => Err(Failure::Broken),
    }
}
