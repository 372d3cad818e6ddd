//! Endpoint of the member directory: how other banks are reached, and what will change of it.
//!
//! # Place      staff, core systems -> [directory] -> [`crate::directory`]
//! # Invariants B13 what is shown was proved by the ledger when the directory was last read
//! # Absent     keys that sign (evidence packs prove those)

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data},
};
use ledger_core::{id::Text, member::DirectoryEntry};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::{App, read::ANYONE, with_client};
use crate::{
    directory::waits::Waits,
    openapi::text::{Id, LeiCode, Time},
    refused::Refused,
};

/// A member's entry.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DirectoryEntryReport {
    /// The institution.
    #[schema(value_type = LeiCode)]
    pub lei: String,
    /// Names by which messages know it.
    pub aliases: Vec<String>,
    /// Base URL of its gateway.
    pub endpoint: String,
    /// X25519 key to which messages for it are sealed; all zero while it has none.
    #[schema(value_type = Id)]
    pub message_key: String,
    /// What its administrators decided and does not act yet, and its names by operators.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<WaitingReport>,
}

/// A change of an entry that does not act yet; what is not named stays.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaitingReport {
    /// The ledger time from which on it acts.
    #[schema(value_type = Time)]
    pub from: String,
    /// The endpoint then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// All aliases then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aliases: Option<Vec<String>>,
    /// The message key then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    pub message_key: Option<String>,
}

/// `GET /v1/directory`: members' entries, each with the change that waits.
///
/// A bank's administrators change its entry on the ledger, after notice; events of `directory` tell when that
/// is decided and when it acts.
#[utoipa::path(get, path = "/v1/directory", tag = "Between banks",
    responses((status = 200, description = "Of all members that may act.",
        body = Vec<DirectoryEntryReport>)))]
pub async fn get_directory(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), ANYONE, |_| async {
        let directory = &app.gateway.directory;
        if !directory.is_read() {
            return Err(Refused::NotReady.problem());
        }
        let reports: Vec<DirectoryEntryReport> = directory.all().into_iter().map(report).collect();
        Ok(HttpResponse::Ok().json(reports))
    })
    .await
}

fn report((entry, waiting): (DirectoryEntry, Vec<Waits>)) -> DirectoryEntryReport {
    let texts = |texts: Vec<Text>| texts.into_iter().map(|text| text.get().to_owned()).collect();
    let waits = |change: Waits| WaitingReport {
        from: rfc3339(change.from),
        endpoint: change.endpoint.map(|endpoint| endpoint.get().to_owned()),
        aliases: change.aliases.map(texts),
        message_key: change.message_key.map(|key| key.to_hex()),
    };
    DirectoryEntryReport {
        lei: entry.lei.text().to_owned(),
        aliases: texts(entry.aliases),
        endpoint: entry.endpoint.get().to_owned(),
        message_key: entry.encryption.to_hex(),
        waiting: waiting.into_iter().map(waits).collect(),
    }
}
