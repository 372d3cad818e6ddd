//! Recalls as two gateways exchange and keep them.
//!
//! # Invariants X1 request and answer are signed with settlement keys over their whole content; the
//! #            identity of a recall is the digest of its request

use ledger_core::{
    codec::{decode, encode},
    digest::{Domain, Hash32},
    id::{ChainId, CommandId, Leg, LegId, Lei, Text},
    signature::{Signed, Statement},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    outbox::stored,
    payments::delivery::MAX_PARCEL,
    port::{KeyValue, StoreFault, Write},
};

const ASKED: &[u8] = b"recall/asked/";
const RECEIVED: &[u8] = b"recall/received/";
/// Recalls by the leg of their payment.
const BY_LEG: &[u8] = b"recall/leg/";
/// Recalls that have not ended.
const UNFINISHED: &[u8] = b"recall/unfinished/";
/// Bytes of a kept recall at most: a request, an answer and a return.
const MAX_RECORD: usize = 3 * MAX_PARCEL;

/// The payer's bank asks for a payment back that settled, or that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecallRequest {
    /// The network.
    pub chain: ChainId,
    /// Who asks.
    pub from: Lei,
    /// Who is asked.
    pub to: Lei,
    /// The payment.
    pub leg: LegId,
    /// The camt.056.
    pub message: Vec<u8>,
}

impl Statement for RecallRequest {
    fn domain(&self) -> Domain {
        Domain::Recall
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// A payment's way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenBack {
    /// The command that settled it.
    pub command: CommandId,
    /// Its leg, of the kind `pacs004`.
    pub leg: Leg,
    /// Salt of its commitment to the message.
    pub salt: Hash32,
    /// The pacs.004.
    pub message: Vec<u8>,
}

/// What the asked bank says. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecallDecision {
    /// It is being looked at; ask again.
    Pending,
    /// No, for this reason of the external code set of cancellation rejections.
    Rejected(Text),
    /// Yes: the money is back, by this return.
    Returned(GivenBack),
    /// Yes, before it settled: it may be voided.
    Agreed,
    /// Yes: it was voided before it settled.
    Voided,
}

/// The asked bank's receipt for a request, with its decision so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecallAnswer {
    /// The network.
    pub chain: ChainId,
    /// Digest of the request.
    pub recall: Hash32,
    /// What it says.
    pub decision: RecallDecision,
    /// The camt.029.
    pub message: Vec<u8>,
}

impl Statement for RecallAnswer {
    fn domain(&self) -> Domain {
        Domain::RecallAnswer
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// Where a recall is at the bank that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asking {
    /// On disk; the other bank's receipt has not come.
    Requested,
    /// The other bank has it and looks at it.
    Delivered,
    /// The other bank said no.
    Rejected,
    /// The return stands in this bank's own receipts.
    Returned,
    /// The other bank said yes before the payment settled: it is being voided.
    Agreed,
    /// The void stands in this bank's own receipts.
    Voided,
}

/// A recall at the bank that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedRecall {
    /// What is asked.
    pub request: Signed<RecallRequest>,
    /// Hash of what the core system sent, for telling a resend from another request.
    pub asked: Hash32,
    /// Where it is.
    pub stage: Asking,
    /// The last signed answer.
    pub answer: Option<Signed<RecallAnswer>>,
    /// Stages and gateway times (ms since 1970) so far.
    pub timeline: Vec<(String, u64)>,
}

/// Where a recall is at the bank that is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answering {
    /// Nobody has answered.
    Open,
    /// This client says yes; another one must.
    Proposed(String),
    /// The return was submitted.
    Returning(Box<Returning>),
    /// No.
    Rejected,
    /// The return is proved.
    Returned(CommandId),
    /// Two clients said yes before the payment settled: it is voided, or settles and goes back.
    Agreed,
    /// The void is proved.
    Voided,
}

/// A return on its way to the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returning {
    /// The command.
    pub command: CommandId,
    /// Its leg.
    pub leg: Leg,
    /// Salt of its commitment to the message.
    pub salt: Hash32,
    /// The pacs.004.
    pub message: Vec<u8>,
}

/// A recall at the bank that is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedRecall {
    /// What is asked.
    pub request: Signed<RecallRequest>,
    /// Where it is.
    pub stage: Answering,
    /// Why the ledger refused the last attempt to give back: a stable code.
    pub refused: Option<String>,
    /// The signed answer, once it is final.
    pub answer: Option<Signed<RecallAnswer>>,
    /// Stages and gateway times (ms since 1970) so far.
    pub timeline: Vec<(String, u64)>,
}

/// What both kinds of kept recall have in common.
pub trait Kept: Serialize + DeserializeOwned {
    /// Where it is kept.
    const PREFIX: &'static [u8];

    /// What is asked.
    fn request(&self) -> &Signed<RecallRequest>;

    /// Whether nothing more will happen to it.
    fn is_final(&self) -> bool;

    /// Its identity.
    fn id(&self) -> Hash32 {
        self.request().value.digest()
    }

    /// What must be written to keep it.
    fn writes(&self) -> Vec<Write> {
        let id = self.id();
        let unfinished = [UNFINISHED, id.get()].concat();
        let by_leg = [BY_LEG, self.request().value.leg.get(), id.get()].concat();
        let todo = (!self.is_final()).then(Vec::new);
        vec![
            stored([Self::PREFIX, id.get()].concat(), self),
            stored(by_leg, &id),
            (unfinished, todo),
        ]
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn load(store: &dyn KeyValue, id: &Hash32) -> Result<Option<Self>, StoreFault> {
        match store.get(&[Self::PREFIX, id.get()].concat())? {
            Some(bytes) => decode(&bytes, MAX_RECORD).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }

    /// Every one about a payment.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn of_leg(store: &dyn KeyValue, leg: &LegId) -> Result<Vec<Self>, StoreFault> {
        let mut found = Vec::new();
        for (_, id) in store.scan(&[BY_LEG, leg.get()].concat(), usize::MAX)? {
            let id = decode(&id, Hash32::LEN).map_err(|_| StoreFault::Damaged)?;
            found.extend(Self::load(store, &id)?);
        }
        Ok(found)
    }
}

impl Kept for AskedRecall {
    const PREFIX: &'static [u8] = ASKED;

    fn request(&self) -> &Signed<RecallRequest> {
        &self.request
    }

    fn is_final(&self) -> bool {
        matches!(self.stage, Asking::Rejected | Asking::Returned | Asking::Voided)
    }
}

impl Kept for ReceivedRecall {
    const PREFIX: &'static [u8] = RECEIVED;

    fn request(&self) -> &Signed<RecallRequest> {
        &self.request
    }

    fn is_final(&self) -> bool {
        matches!(self.stage, Answering::Rejected | Answering::Returned(_) | Answering::Voided)
    }
}

/// Recalls that have not ended, of either side.
///
/// # Errors
/// [`StoreFault`].
pub fn unfinished(store: &dyn KeyValue) -> Result<Vec<Hash32>, StoreFault> {
    let found = store.scan(UNFINISHED, usize::MAX)?.into_iter();
    let id = |key: Vec<u8>| {
        let name: Option<[u8; 32]> = key.get(UNFINISHED.len()..)?.try_into().ok();
        name.map(Hash32::new)
    };
    found.map(|(key, _)| id(key).ok_or(StoreFault::Damaged)).collect()
}

#[cfg(test)]
mod tests {
    use ledger_core::signature::MemorySigner;

    use super::*;
    use crate::port::MemoryStore;

    fn request(message: &[u8]) -> Signed<RecallRequest> {
        let lei = |text| Lei::new(text).unwrap();
        let request = RecallRequest {
            chain: ChainId::new([0; 32]),
            from: lei("529900T8BM49AURSDO55"),
            to: lei("7LTWFZYICNSX8D621K86"),
            leg: LegId::new([7; 32]),
            message: message.to_vec(),
        };
        Signed::new(request, &MemorySigner::new(&[1; 32])).unwrap()
    }

    #[test]
    fn x1_a_recall_is_found_by_id_and_payment_and_unfinished_until_it_ends() {
        let store = MemoryStore::default();
        let mut kept = AskedRecall {
            request: request(b"<camt.056/>"),
            asked: Hash32::ZERO,
            stage: Asking::Requested,
            answer: None,
            timeline: Vec::new(),
        };
        for (stage, open) in [
            (Asking::Requested, true),
            (Asking::Delivered, true),
            (Asking::Rejected, false),
            (Asking::Returned, false),
            (Asking::Agreed, true),
            (Asking::Voided, false),
        ] {
            kept.stage = stage;
            store.write(kept.writes()).unwrap();
            assert_eq!(AskedRecall::load(&store, &kept.id()), Ok(Some(kept.clone())));
            let of_leg = AskedRecall::of_leg(&store, &kept.request.value.leg).unwrap();
            assert_eq!(of_leg, [kept.clone()]);
            let todo = unfinished(&store).unwrap();
            assert_eq!(todo.contains(&kept.id()), open, "{stage:?}");
        }
        assert_eq!(ReceivedRecall::load(&store, &kept.id()), Ok(None));
        assert_eq!(AskedRecall::of_leg(&store, &LegId::new([8; 32])), Ok(Vec::new()));
    }

    #[test]
    fn x1_another_message_is_another_recall_and_a_changed_one_is_void() {
        let signed = request(b"<camt.056/>");
        assert_ne!(signed.value.digest(), request(b"<camt.056 />").value.digest());
        let mut changed = signed.clone();
        changed.value.leg = LegId::new([8; 32]);
        assert!(signed.claim().holds() && !changed.claim().holds());
    }
}
