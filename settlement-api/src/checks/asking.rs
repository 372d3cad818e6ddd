//! The bank that asks: on disk before it is answered, asked again until the account's bank answers or
//! the time is over.

use std::{sync::Arc, time::Duration};

use iso20022::Iso20022Error;
use ledger_core::{
    codec::decode,
    digest::Hash32,
    id::LegId,
    signature::{Signed, Statement as _},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answering,
    statement::{CheckAnswer, CheckRequest, MAX_TEXT},
};
use crate::{
    customers::number_of,
    gateway::Gateway,
    keys::{Purpose, random_32},
    openapi::text::IbanCode,
    outbox::stored,
    payments::request::AgentInput,
    peers::{self, AskError},
    port::{KeyValue, StoreFault, Write},
    refused::Refused,
};

/// Where other gateways take checks, below their endpoint.
pub const INBOX: &str = "/v1/inbox/account-checks";
/// How long a client waits when it does not say: three seconds.
pub const SYNC: Duration = Duration::from_secs(3);
const ASKED: &[u8] = b"check/asked/";
/// Checks that have no answer yet.
const WAITING: &[u8] = b"check/waiting/";
/// Checks by the time from which on they are forgotten.
const ENDS: &[u8] = b"check/ends/";
const MAX_RECORD: usize = 8_192;
/// How long an account's bank is asked, in milliseconds: fifteen minutes.
const PATIENCE_MS: u64 = 900_000;
/// How long a check is kept, in milliseconds: a day. It names somebody.
const KEPT_MS: u64 = 86_400_000;
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Rows that are forgotten at a time.
const AT_A_TIME: usize = 64;

/// An account and who is thought to hold it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountCheckInput {
    /// The account's bank.
    pub agent: AgentInput,
    /// The name that is checked.
    #[schema(max_length = 140)]
    pub name: String,
    /// IBAN; this or `account`.
    #[schema(value_type = Option<IbanCode>)]
    pub iban: Option<String>,
    /// Another account number.
    pub account: Option<String>,
}

/// The acmt.023 by which a check was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// `MsgId`.
    pub msg_id: Option<String>,
    /// `CreDtTm`.
    pub created: Option<String>,
    /// `Id` of the verification.
    pub id: Option<String>,
}

/// Where a check is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// On disk; the account's bank is asked.
    Asked,
    /// The account's bank said this.
    Answered(Box<Signed<CheckAnswer>>),
    /// It said nothing in time.
    Silent,
}

/// A check at the bank that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedCheck {
    /// What is asked.
    pub request: Signed<CheckRequest>,
    /// As which message.
    pub question: Question,
    /// Where it is.
    pub stage: Stage,
}

impl AskedCheck {
    /// Its identity: the digest of the request.
    #[must_use]
    pub fn id(&self) -> Hash32 {
        self.request.value.digest()
    }

    /// A check by its id.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, id: &Hash32) -> Result<Option<Self>, StoreFault> {
        match store.get(&key(ASKED, id))? {
            Some(bytes) => decode(&bytes, MAX_RECORD).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }

    /// What must be written to keep it.
    #[must_use]
    pub fn writes(&self) -> Vec<Write> {
        let id = self.id();
        let waits = matches!(self.stage, Stage::Asked).then(Vec::new);
        let end = self.request.value.asked.after(KEPT_MS).get().to_be_bytes();
        let ends = ([ENDS, &end, id.get()].concat(), Some(Vec::new()));
        vec![stored(key(ASKED, &id), self), (key(WAITING, &id), waits), ends]
    }
}

/// Drives on what a crash left without an answer.
///
/// # Errors
/// [`StoreFault`].
pub fn resume(gateway: &Arc<Gateway>) -> Result<(), StoreFault> {
    for id in peers::waiting(gateway.store.as_ref(), WAITING)? {
        if let Some(record) = AskedCheck::load(gateway.store.as_ref(), &id)? {
            start(gateway, record);
        }
    }
    Ok(())
}

/// Makes the record of a check; nothing is written here. An account of this bank is looked up here.
///
/// # Errors
/// [`Refused`].
pub fn ask(
    gateway: &Gateway,
    input: &AccountCheckInput,
    question: Question,
) -> Result<AskedCheck, Refused> {
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole);
    }
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let account = number_of(input.iban.as_ref(), input.account.as_ref())?;
    if account.len() > MAX_TEXT || input.name.len() > MAX_TEXT || input.name.trim().is_empty() {
        return Err(Refused::Malformed("a name has 1 to 140 characters, a number at most 34"));
    }
    if input.agent.bic.as_ref().is_some_and(|bic| !iso20022::identifier::is_bic(bic)) {
        return Err(Iso20022Error::BadBic { path: "agent.bic".to_owned(), line: 0 }.into());
    }
    let names = input.agent.agent().identifiers();
    let to = gateway.directory.by_alias(&names).ok_or(Refused::AgentUnknown)?.lei;
    let request = CheckRequest {
        chain: gateway.genesis().chain_id(),
        from: *gateway.lei(),
        to,
        nonce: random_32(),
        account,
        name: input.name.clone(),
        asked: LedgerTime::new(Gateway::now_ms()),
    };
    let stage = match to == *gateway.lei() {
        true => match answering::answer(gateway, &request) {
            Err(Refused::SandboxSilent) => Stage::Silent,
            answer => Stage::Answered(Box::new(answer?)),
        },
        false => Stage::Asked,
    };
    let request = gateway.sign(Purpose::Settlement, request)?;
    Ok(AskedCheck { request, question, stage })
}

/// What must be deleted of checks whose time is over.
///
/// # Errors
/// [`StoreFault`].
pub fn forgotten(store: &dyn KeyValue, now: LedgerTime) -> Result<Vec<Write>, StoreFault> {
    let mut gone = Vec::new();
    for (row, _) in store.scan(ENDS, AT_A_TIME)? {
        let rest = row.get(ENDS.len()..).and_then(|rest| rest.split_first_chunk::<8>());
        let Some((end, id)) = rest else { return Err(StoreFault::Damaged) };
        if u64::from_be_bytes(*end) > now.get() {
            break;
        }
        gone.push(([ASKED, id].concat(), None));
        gone.push(([WAITING, id].concat(), None));
        gone.push((row, None));
    }
    Ok(gone)
}

/// Asks the account's bank in the background, until it answers or its time is over.
pub fn start(gateway: &Arc<Gateway>, record: AskedCheck) {
    if matches!(record.stage, Stage::Asked) {
        tokio::spawn(drive(Arc::clone(gateway), record));
    }
}

async fn drive(gateway: Arc<Gateway>, record: AskedCheck) {
    let mut pause = PAUSE;
    loop {
        let asked = record.request.value.asked;
        let stage = if asked.after(PATIENCE_MS).get() <= Gateway::now_ms() {
            Some(Stage::Silent)
        } else {
            match tell(&gateway, &record.request).await {
                Ok(answer) => Some(Stage::Answered(Box::new(answer))),
                Err(fault) => {
                    tracing::info!(%fault, check = %record.id(), "checks.asking");
                    None
                }
            }
        };
        if let Some(stage) = stage {
            let kept = AskedCheck { stage, ..record.clone() };
            match gateway.store.write(kept.writes()) {
                Ok(()) => return,
                Err(fault) => tracing::error!(%fault, "checks.asking"),
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn tell(
    gateway: &Gateway,
    signed: &Signed<CheckRequest>,
) -> Result<Signed<CheckAnswer>, AskError> {
    let CheckRequest { chain, from, to, .. } = signed.value;
    let check = signed.value.digest();
    let route = (from, to, LegId::new(*check.get()));
    let answer: Signed<CheckAnswer> = peers::ask(gateway, route, INBOX, signed).await?;
    let about_this = answer.value.chain == chain && answer.value.check == check;
    if about_this { Ok(answer) } else { Err(AskError::NotItsAnswer) }
}

/// Waits for a check's answer.
///
/// # Errors
/// [`Refused::NotFound`]; faults.
pub async fn wait(
    gateway: &Gateway,
    id: &Hash32,
    patience: Duration,
) -> Result<AskedCheck, Refused> {
    let load = || AskedCheck::load(gateway.store.as_ref(), id);
    peers::answered(load, |record| matches!(record.stage, Stage::Asked), patience).await
}

fn key(prefix: &[u8], id: &Hash32) -> Vec<u8> {
    [prefix, id.get()].concat()
}
