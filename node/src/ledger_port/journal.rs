//! Journals of accounts, for their members.
//!
//! # Place      [routes] -> [journal] -> store
//! # Invariants who may read the account's record may read its journal, nobody else
//! # Absent     proofs: a reader from the first entry on needs none but the account's record

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use ledger_core::{
    codec::decode, id::AccountId, journal::LogName, limits::MAX_PAYLOAD_BYTES, record::Name,
    state::LogAppend,
};
use ledger_store::{StoreError, View};
use serde::Deserialize;
use settlement_api::ledger_port::journal::{JournalPage, PAGE_ENTRIES, PAGE_MOVEMENTS};
use verifier::{
    history::{ShownBlock, ShownEntry},
    limits::MAX_ENTRY_BYTES,
};

use super::{
    Port,
    access::{Caller, may_read},
    refusal,
    routes::{read, respond},
};

/// What is asked for in the query of a journal.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    limit: Option<usize>,
}

/// Entries of the journal of an account that is the caller's to read.
pub(super) async fn journal(
    port: Data<Port>,
    request: HttpRequest,
    account: web::Path<String>,
) -> HttpResponse {
    let outcome = async {
        let caller = port.caller(&request, b"").await?;
        let malformed = || {
            refusal::malformed("Name an account by 64 hex digits and ask as in ?after=0&limit=256.")
        };
        let wanted = web::Query::<Wanted>::from_query(request.query_string());
        let wanted = wanted.map_err(|_| malformed())?.into_inner();
        let limit = wanted.limit.unwrap_or(PAGE_ENTRIES).min(PAGE_ENTRIES);
        if limit == 0 {
            return Err(malformed());
        }
        let account = AccountId::from_hex(&account).ok_or_else(malformed)?;
        let pipeline = port.pipeline.clone();
        let found = read(move || page(pipeline.view(), &caller, account, (wanted.after, limit)));
        found.await?.ok_or_else(refusal::not_found)
    };
    respond(outcome.await)
}

fn page(
    view: &View,
    caller: &Caller,
    account: AccountId,
    (after, limit): (u64, usize),
) -> Result<Option<JournalPage>, StoreError> {
    let name = Name::Account(account);
    let Some(record) = view.record(&name)? else { return Ok(None) };
    let lookup = |name: &Name| view.record(name).ok().flatten();
    if !may_read(caller, &record, &name, lookup) {
        return Ok(None);
    }
    let (mut blocks, mut movements) = (Vec::new(), 0usize);
    for row in view.log_rows(&LogName::Account(account), after, limit)? {
        let block = shown(view, account, &row)?;
        movements = movements.saturating_add(block.movements.len());
        blocks.push(block);
        if movements >= PAGE_MOVEMENTS {
            break;
        }
    }
    Ok(Some(JournalPage { blocks }))
}

fn shown(view: &View, account: AccountId, row: &LogAppend) -> Result<ShownBlock, StoreError> {
    let damaged = StoreError::Damaged { what: "lists" };
    let entry = decode(&row.bytes, MAX_ENTRY_BYTES).map_err(|_| damaged)?;
    let movements = decode(&row.detail, MAX_PAYLOAD_BYTES)
        .map_err(|_| StoreError::Damaged { what: "lists" })?;
    let shown = ShownEntry { entry, salt: row.salt };
    let blinding = view.blinding(shown.entry.height)?;
    let blinding = blinding.ok_or(StoreError::Damaged { what: "blocks" })?;
    Ok(ShownBlock::of(account, shown, movements, &blinding))
}
