//! Letters between gateways: sealed, sent until they are receipted, taken in and receipted.
//!
//! A letter travels as payments' messages do: in a [`Parcel`], sealed by HPKE to the recipient's key in
//! the directory and bound to (from, to, leg); its receipt comes back in the answer, sealed the same
//! way. The request around it is signed by the sender's transport key.
//!
//! # Place      outbox of the book -> [exchange] deliver -> `POST /v1/inquiries` -> [exchange] receive
//! # Invariants B9 what is sent is on disk, and a receipt says what is on disk; B11 endpoints; whoever
//! #            is no agent of a payment hears that it is unknown
//! # Absent     rules of cases (`interbank`), retries by hand

use std::collections::BTreeMap;

use interbank::{CaseId, Letter, Refused as CaseRefused, post::Receipt};
use ledger_core::{
    id::{Lei, Text},
    member::DirectoryEntry,
    signature::Signed,
    time::LedgerTime,
};

use super::{Speakers, desk, desk::Desk};
use crate::{
    gateway::Gateway,
    message_keys::{self, OpenError},
    outbox::stored,
    payments::delivery::{Parcel, ParcelError},
    peers::{self, PeerError},
    port::{KeyValue, StoreFault},
    refused::Refused,
};

/// Where gateways take letters in.
pub(crate) const PATH: &str = "/v1/inquiries";
/// Why the letters of a case did not arrive, by case.
const TROUBLE: &[u8] = b"inquiry/trouble/";

/// Letters that are due to one bank, case by case.
pub(crate) struct Due {
    /// For whom.
    pub(crate) to: Lei,
    /// What is sent, in order.
    pub(crate) cases: Vec<(CaseId, Vec<Letter>)>,
}

/// Why a letter was not receipted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendFault {
    /// The bank is not in the directory.
    #[error("the other bank is not in the directory")]
    NoEntry,
    /// Sealing or opening.
    #[error("{0}")]
    Parcel(#[from] ParcelError),
    /// The receipt is not read.
    #[error("the receipt: {0}")]
    Open(#[from] OpenError),
    /// Nothing is sent to its endpoint, or nothing came back.
    #[error("{0}")]
    Peer(#[from] PeerError),
    /// The other gateway refused the letter.
    #[error("the other bank's gateway refused the letter: {0}")]
    Refused(String),
    /// What came back is no receipt for it.
    #[error("the other bank's receipt is not signed by it, or not for this case")]
    NotItsReceipt,
    /// Of this gateway.
    #[error("{0}")]
    Own(#[from] Refused),
}

impl SendFault {
    /// What the desk is shown.
    fn code(&self) -> String {
        match self {
            Self::NoEntry => "agent_unknown".to_owned(),
            Self::Parcel(_) | Self::Open(OpenError::Parcel(_)) => {
                "directory_key_unusable".to_owned()
            }
            Self::Open(_) => "message_key_revoked".to_owned(),
            Self::Peer(error) => error.code().to_owned(),
            Self::Refused(code) => code.clone(),
            Self::NotItsReceipt => "receipt_mismatch".to_owned(),
            Self::Own(refused) => refused.code().to_owned(),
        }
    }
}

/// Letters that are due now, by bank; their next attempt is on disk.
pub(crate) async fn due(gateway: &Gateway, now: LedgerTime) -> Result<Vec<Due>, Refused> {
    let letters = desk::change(gateway, now, |desk| Ok(desk.book.due_letters(now)?)).await?;
    let mut banks: BTreeMap<Lei, Vec<(CaseId, Vec<Letter>)>> = BTreeMap::new();
    for due in letters {
        banks.entry(due.to).or_default().push((due.case, due.letters));
    }
    Ok(banks.into_iter().map(|(to, cases)| Due { to, cases }).collect())
}

/// Sends a bank's letters, one case after the other; what failed is due again.
pub(crate) async fn deliver_all(gateway: &Gateway, due: &Due) {
    for (case, letters) in &due.cases {
        let sent = deliver(gateway, due.to, case, letters).await;
        let trouble = sent.as_ref().err().map(SendFault::code);
        if let Err(fault) = &sent {
            tracing::info!(%fault, %case, "inquiries.deliver");
        }
        if let Err(fault) = note(gateway, case, trouble) {
            tracing::warn!(%fault, %case, "inquiries.deliver");
        }
        // Who cannot be reached for one case is not for the next.
        if matches!(sent, Err(SendFault::Peer(_) | SendFault::NoEntry)) {
            return;
        }
    }
}

async fn deliver(
    gateway: &Gateway,
    to: Lei,
    case: &CaseId,
    letters: &[Letter],
) -> Result<(), SendFault> {
    let entry = gateway.directory.member(&to).ok_or(SendFault::NoEntry)?;
    for letter in letters {
        let receipt = send(gateway, &entry, letter).await?;
        let told = &receipt.value;
        if told.case != *case || told.from != to {
            return Err(SendFault::NotItsReceipt);
        }
        let refused = told.refused.as_ref().map(|refused| refused.code.get().to_owned());
        let now = LedgerTime::new(Gateway::now_ms());
        desk::change(gateway, now, |desk| {
            Ok(desk.book.receipted(&receipt, &Speakers(&gateway.directory))?)
        })
        .await?;
        if let Some(code) = refused {
            return Err(SendFault::Refused(code));
        }
    }
    Ok(())
}

async fn send(
    gateway: &Gateway,
    entry: &DirectoryEntry,
    letter: &Letter,
) -> Result<Signed<Receipt>, SendFault> {
    let message = &letter.message.value;
    let route = (message.from, message.to, message.payment.leg);
    let parcel = Parcel::pack(route, &entry.encryption, letter)?;
    let answer = gateway.peers.send(&peers::reach(gateway), entry, PATH, &parcel).await?;
    if !answer.is_success() {
        let code = answer.problem().and_then(|problem| Text::new(problem.code()));
        let code = code.map_or_else(|| answer.status.to_string(), |code| code.get().to_owned());
        return Err(SendFault::Refused(code));
    }
    Ok(message_keys::unpack(gateway, &Parcel::from_bytes(&answer.body)?).await?)
}

/// Keeps why a case's letters did not arrive, for its desk; nothing once they did.
fn note(gateway: &Gateway, case: &CaseId, code: Option<String>) -> Result<(), Refused> {
    if trouble(gateway.store.as_ref(), case)? == code {
        return Ok(());
    }
    let at = key(case);
    let write = code.map_or_else(|| (at.clone(), None), |code| stored(at.clone(), &code));
    Ok(gateway.store.write(vec![write])?)
}

/// Why the last attempt to send a case's letters failed, if it did.
pub(crate) fn trouble(store: &dyn KeyValue, case: &CaseId) -> Result<Option<String>, StoreFault> {
    let found = store.get(&key(case))?;
    let read = |bytes: Vec<u8>| ledger_core::codec::decode(&bytes, 1_024);
    found.map(read).transpose().map_err(|_| StoreFault::Damaged)
}

fn key(case: &CaseId) -> Vec<u8> {
    [TROUBLE, case.get().get()].concat()
}

/// Takes a parcel of another gateway in and answers it with a parcel: the receipt.
///
/// # Errors
/// [`Refused`]; of a known case most refusals are said in the receipt.
pub(crate) async fn receive(
    gateway: &Gateway,
    sender: &Lei,
    bytes: &[u8],
    now: LedgerTime,
) -> Result<Parcel, Refused> {
    if !gateway.directory.is_read() {
        return Err(Refused::NotReady);
    }
    let parcel = Parcel::from_bytes(bytes).map_err(|_| Refused::Malformed("not a parcel"))?;
    if parcel.to != *gateway.lei() {
        return Err(Refused::Malformed("the parcel is for another institution"));
    }
    if parcel.from != *sender {
        return Err(Refused::Malformed("the parcel is not from the member that signed"));
    }
    let entry = gateway.directory.member(sender).ok_or(Refused::AgentUnknown)?;
    let letter: Letter = message_keys::unpack(gateway, &parcel).await?;
    let message = &letter.message.value;
    // Letters are given by their writer alone, or the sealed route would be another's.
    if message.from != *sender || message.payment.leg != parcel.leg {
        return Err(Refused::Inquiry(CaseRefused::NotAParty));
    }
    let receipt = desk::change(gateway, now, |desk| take(desk, letter)).await?;
    gateway.inquiries.wake();
    let route = (parcel.to, parcel.from, parcel.leg);
    Parcel::pack(route, &entry.encryption, &receipt)
        .map_err(|_| Refused::Malformed("the sender's encryption key in the directory is unusable"))
}

fn take(desk: &mut Desk<'_>, letter: Letter) -> Result<Signed<Receipt>, Refused> {
    let gateway = desk.gateway;
    let signer = desk.signer()?;
    let (room, _) = desk.room(letter.message.value.payment.uetr)?;
    let taken = desk.book.receive(letter, room, &Speakers(&gateway.directory), (signer, desk.now));
    taken.map_err(|error| match Refused::from(error) {
        // Or any member could find out by a UETR who pays whom here.
        Refused::Inquiry(CaseRefused::NotAnAgent) => Refused::Inquiry(CaseRefused::UnknownPayment),
        refused => refused,
    })
}

/// Whether a key signs letters of this gateway's own: without it no case can be held here.
#[cfg(test)]
pub(crate) fn speaks(gateway: &Gateway) -> bool {
    use interbank::message::Keys as _;
    let own = gateway.keys.signer(crate::keys::Purpose::Settlement).map(|s| s.public_key());
    own.is_ok_and(|key| Speakers(&gateway.directory).speaks_for(&key, gateway.lei()))
}
