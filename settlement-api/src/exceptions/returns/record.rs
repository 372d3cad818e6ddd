//! Returns as two gateways exchange and keep them.
//!
//! # Invariants X10 notice and receipt are signed with settlement keys over their whole content; a notice
//! #            holds the command that its return was settled by, which commits to the message

use ledger_core::{
    codec::{decode, encode},
    command::{Body, Command},
    digest::{Domain, Hash32},
    id::{ChainId, LegId, Lei},
    signature::{Signed, Statement},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::super::recall::{GivenBack, Returning};
use crate::{
    outbox::stored,
    payments::delivery::{MAX_PARCEL, commitment},
    port::{KeyValue, StoreFault, Write},
};

const OWN: &[u8] = b"return/own/";
/// Returns that go on by themselves.
const UNFINISHED: &[u8] = b"return/unfinished/";
const TOLD: &[u8] = b"return/told/";
/// Bytes of a kept return at most: what was asked, and a return.
const MAX_RECORD: usize = 3 * MAX_PARCEL;

/// The bank that was paid tells who paid that the money is back, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnNotice {
    /// The network.
    pub chain: ChainId,
    /// Who gave back.
    pub from: Lei,
    /// Who paid.
    pub to: Lei,
    /// The payment.
    pub leg: LegId,
    /// Its way back.
    pub back: GivenBack,
    /// The command that settled that: it commits to the message.
    pub body: Body,
}

impl Statement for ReturnNotice {
    fn domain(&self) -> Domain {
        Domain::ReturnNotice
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

impl ReturnNotice {
    /// Whether the command gives this payment back, by this leg and with this message.
    #[must_use]
    pub fn holds_together(&self) -> bool {
        let Command::Return(asked) = &self.body.command else { return false };
        let GivenBack { command, leg, salt, message } = &self.back;
        self.body.id() == *command
            && asked.original == self.leg
            && asked.payment.leg == *leg
            && asked.payment.message == commitment(salt, message)
    }
}

/// What the bank that paid says to a notice. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Heard {
    /// Its own receipts do not show the return yet: ask again.
    NotYet,
    /// It has the message.
    Taken,
}

/// The receipt of the bank that paid for a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnReceipt {
    /// The network.
    pub chain: ChainId,
    /// Digest of the notice.
    pub notice: Hash32,
    /// What it says.
    pub heard: Heard,
}

impl Statement for ReturnReceipt {
    fn domain(&self) -> Domain {
        Domain::ReturnReceipt
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// Where a return is at the bank that gives back. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// A client proposes it; another one must approve.
    Proposed,
    /// It was submitted.
    Returning(Box<Returning>),
    /// It is proved; the other bank has not said that it has the message.
    Returned(Box<GivenBack>),
    /// The other bank has the message.
    Told(Box<GivenBack>),
    /// It was taken back before it was approved.
    Withdrawn,
}

/// A return at the bank that gives back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnReturn {
    /// The payment.
    pub leg: LegId,
    /// Hash of what was asked, for telling a resend from another request.
    pub asked: Hash32,
    /// Why: a code of the external return reasons.
    pub reason: String,
    /// The same in words.
    pub information: Option<String>,
    /// The pacs.004 of the core system, where it sent one.
    pub given: Option<Vec<u8>>,
    /// Which client proposes it.
    pub proposed_by: String,
    /// Which client approved it.
    pub approved_by: Option<String>,
    /// Where it is.
    pub stage: Stage,
    /// Why the last attempt to give back was refused: a stable code.
    pub refused: Option<String>,
    /// Stages and gateway times (ms since 1970) so far.
    pub timeline: Vec<(String, u64)>,
}

fn load<T: DeserializeOwned>(
    store: &dyn KeyValue,
    (prefix, leg): (&[u8], &LegId),
) -> Result<Option<T>, StoreFault> {
    match store.get(&[prefix, leg.get()].concat())? {
        Some(bytes) => decode(&bytes, MAX_RECORD).map(Some).map_err(|_| StoreFault::Damaged),
        None => Ok(None),
    }
}

impl OwnReturn {
    /// The return of a payment.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, leg: &LegId) -> Result<Option<Self>, StoreFault> {
        load(store, (OWN, leg))
    }

    /// What must be written to keep it.
    #[must_use]
    pub fn writes(&self) -> Vec<Write> {
        let unfinished = [UNFINISHED, self.leg.get()].concat();
        let todo = self.goes_on().then(Vec::new);
        vec![stored([OWN, self.leg.get()].concat(), self), (unfinished, todo)]
    }

    /// Whether it goes on without anybody of this bank.
    #[must_use]
    pub const fn goes_on(&self) -> bool {
        matches!(self.stage, Stage::Returning(_) | Stage::Returned(_))
    }

    /// Its way back, once that is proved.
    #[must_use]
    pub fn back(&self) -> Option<&GivenBack> {
        match &self.stage {
            Stage::Returned(back) | Stage::Told(back) => Some(back),
            Stage::Proposed | Stage::Returning(_) | Stage::Withdrawn => None,
        }
    }

    /// Whether a payment is on its way back, or went back, without a recall.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn is_on(store: &dyn KeyValue, leg: &LegId) -> Result<bool, StoreFault> {
        let known = Self::load(store, leg)?;
        Ok(known.is_some_and(|known| known.goes_on() || known.back().is_some()))
    }

    /// The way back of a payment that is proved to have gone it without a recall.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn settled(store: &dyn KeyValue, leg: &LegId) -> Result<Option<GivenBack>, StoreFault> {
        Ok(Self::load(store, leg)?.and_then(|known| known.back().cloned()))
    }

    /// Those that go on by themselves.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn unfinished(store: &dyn KeyValue) -> Result<Vec<Self>, StoreFault> {
        let mut found = Vec::new();
        for id in crate::peers::waiting(store, UNFINISHED)? {
            found.extend(Self::load(store, &LegId::new(*id.get()))?);
        }
        Ok(found)
    }
}

/// A return as the bank that paid was told of it, and believes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldReturn {
    /// What it was told.
    pub notice: Signed<ReturnNotice>,
    /// Whether a text of the message is on this bank's list.
    pub listed: bool,
    /// When, by this gateway's clock (ms since 1970).
    pub received: u64,
}

impl ToldReturn {
    /// What was told of a payment.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, leg: &LegId) -> Result<Option<Self>, StoreFault> {
        load(store, (TOLD, leg))
    }

    /// What must be written to keep it.
    #[must_use]
    pub fn write(&self) -> Write {
        stored([TOLD, self.notice.value.leg.get()].concat(), self)
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::{
        command::{GateAttestation, Payment},
        id::{AccountId, CommandId, Leg, MessageKind, PartyId, Uetr},
        money::{Currency, Money},
        returns::Return,
        signature::MemorySigner,
        time::LedgerTime,
    };

    use super::*;
    use crate::port::MemoryStore;

    fn notice(message: &[u8]) -> ReturnNotice {
        let lei = |text| Lei::new(text).unwrap();
        let (payer, payee) = (lei("529900T8BM49AURSDO55"), lei("7LTWFZYICNSX8D621K86"));
        let (salt, chain) = (Hash32::new([5; 32]), ChainId::new([0; 32]));
        let uetr = Uetr::new([4; 16]);
        let leg = Leg { instructing: payee, uetr, kind: MessageKind::Pacs004, instructed: payer };
        let payment = Payment {
            leg,
            debit: AccountId::new([1; 32]),
            debtor: PartyId::new([2; 32]),
            money: Money::new(Currency::new("USD").unwrap(), 100),
            message: commitment(&salt, b"<pacs.004/>"),
        };
        let gate = GateAttestation {
            payment: payment.hash(),
            list_version: Hash32::ZERO,
            rule_version: 1,
            expires: LedgerTime::new(9),
        };
        let gate = Signed::new(gate, &MemorySigner::new(&[3; 32])).unwrap();
        let original = LegId::new([7; 32]);
        let body = Body {
            chain,
            organisation: payee,
            signers: Vec::new(),
            nonce: Hash32::new([6; 32]),
            expires: LedgerTime::new(9),
            command: Command::Return(Return { payment, original, gate }),
        };
        let back = GivenBack { command: body.id(), leg, salt, message: message.to_vec() };
        ReturnNotice { chain, from: payee, to: payer, leg: original, back, body }
    }

    #[test]
    fn x10_a_notice_holds_the_message_that_its_command_commits_to() {
        let good = notice(b"<pacs.004/>");
        assert!(good.holds_together());
        assert!(!notice(b"<pacs.004 />").holds_together(), "another message");
        let salted = GivenBack { salt: Hash32::ZERO, ..good.back.clone() };
        let command = GivenBack { command: CommandId::new([8; 32]), ..good.back.clone() };
        let leg = Leg { uetr: Uetr::new([9; 16]), ..good.back.leg };
        for back in [salted, command, GivenBack { leg, ..good.back.clone() }] {
            assert!(!ReturnNotice { back, ..good.clone() }.holds_together());
        }
        let other = ReturnNotice { leg: LegId::new([8; 32]), ..good.clone() };
        assert!(!other.holds_together(), "another payment");
        let body = Body {
            command: Command::ConfirmCredit { leg: good.leg, at: LedgerTime::new(1) },
            ..good.body.clone()
        };
        let back = GivenBack { command: body.id(), ..good.back.clone() };
        assert!(!ReturnNotice { back, body, ..good }.holds_together(), "another command");
    }

    #[test]
    fn x10_a_return_is_driven_from_its_approval_until_the_other_bank_has_the_message() {
        let store = MemoryStore::default();
        let told = notice(b"<pacs.004/>");
        let GivenBack { command, leg, salt, message } = told.back.clone();
        let way = Box::new(Returning { command, leg, salt, message });
        let back = Box::new(told.back);
        let mut kept = OwnReturn {
            leg: told.leg,
            asked: Hash32::ZERO,
            reason: "AC04".to_owned(),
            information: None,
            given: None,
            proposed_by: "desk".to_owned(),
            approved_by: None,
            stage: Stage::Proposed,
            refused: None,
            timeline: Vec::new(),
        };
        for (stage, goes_on, is_on) in [
            (Stage::Proposed, false, false),
            (Stage::Returning(way), true, true),
            (Stage::Returned(back.clone()), true, true),
            (Stage::Told(back), false, true),
            (Stage::Withdrawn, false, false),
        ] {
            kept.stage = stage;
            store.write(kept.writes()).unwrap();
            assert_eq!(OwnReturn::load(&store, &kept.leg), Ok(Some(kept.clone())));
            let unfinished = OwnReturn::unfinished(&store).unwrap();
            assert_eq!(unfinished.contains(&kept), goes_on, "{:?}", kept.stage);
            assert_eq!(OwnReturn::is_on(&store, &kept.leg), Ok(is_on), "{:?}", kept.stage);
        }
        assert_eq!(ToldReturn::load(&store, &kept.leg), Ok(None));
    }
}
