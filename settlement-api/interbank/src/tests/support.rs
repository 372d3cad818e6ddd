//! Three banks, a payment, and letters between them.

use std::collections::BTreeMap;

use ledger_core::{
    digest::Hash32,
    id::{ChainId, LegId, Lei, Uetr},
    signature::{MemorySigner, PublicKey, Signed, Signer as _},
    time::LedgerTime,
};

use crate::{
    case::{Case, Side},
    content::{Code, Content, Document},
    kind::Kind,
    message::{
        Act, Answering, CaseId, Genuine, Keys, Letter, Message, MessageId, Opening, Seen, Subject,
    },
    room::Room,
};

/// 2026-11-01T00:00:00.000Z.
pub(crate) const NOW: LedgerTime = LedgerTime::new(1_793_491_200_000);
pub(crate) const DAY: u64 = 86_400_000;
pub(crate) const CHAIN: ChainId = ChainId::new([0xc0; 32]);

pub(crate) fn bank(letter: char) -> Lei {
    verifier::testing::lei(&format!("BANK{letter}"))
}

pub(crate) fn signer(bank: &Lei) -> MemorySigner {
    let mut seed = [7; 32];
    seed[..20].copy_from_slice(bank.text().as_bytes());
    MemorySigner::new(&seed)
}

/// Every bank has one key.
pub(crate) struct Directory;

impl Keys for Directory {
    fn speaks_for(&self, key: &PublicKey, member: &Lei) -> bool {
        signer(member).public_key() == *key
    }
}

pub(crate) fn payment() -> Subject {
    let mut uetr = [0x11; 16];
    (uetr[6], uetr[8]) = (0x41, 0x91);
    Subject { uetr: Uetr::new(uetr), leg: LegId::new([0x1e; 32]) }
}

pub(crate) fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

pub(crate) fn answer() -> Act {
    Act::Answer(Answering { outcome: code("INFO"), relayed: None, rule: None })
}

pub(crate) fn opening(kind: Kind) -> Opening {
    Opening {
        kind,
        level: None,
        answer_by: NOW.after(DAY),
        nonce: Hash32::new([0x4e; 32]),
        parent: None,
        hops: 0,
        follows: None,
    }
}

pub(crate) fn first(opening: Opening, content: &Content) -> Message {
    let parties = (bank('A'), bank('B'));
    Message {
        chain: CHAIN,
        case: CaseId::derive(&CHAIN, &payment(), parties, &opening.nonce),
        payment: payment(),
        from: parties.0,
        to: parties.1,
        id: MessageId::new([0; 16]),
        number: 0,
        previous: Hash32::ZERO,
        seen: Seen::default(),
        written: NOW,
        act: Act::Open(opening),
        content: content.commitment(&Hash32::ZERO),
    }
}

/// The opening of a case between A and B, unsigned.
pub(crate) fn opened(me: Side) -> Case {
    let content = Content::default();
    Case::open(&first(opening(Kind::Utap), &content), &content, Some(me), NOW).unwrap().case
}

/// The next message of a side.
pub(crate) fn next(case: &Case, side: Side, act: Act, now: LedgerTime) -> Message {
    let (own, other) = (case.agreed().requester.count, case.agreed().responder.count);
    let mut id = [0; 16];
    id[0] = u8::try_from(own).unwrap();
    id[1] = u8::try_from(other).unwrap();
    id[2] = u8::from(side == Side::Responder);
    let content = Content::default().commitment(&Hash32::ZERO);
    case.next(side, MessageId::new(id), act, content, now)
}

/// The case after acts, each by a side, one second apart.
pub(crate) fn after(case: &Case, acts: &[(Side, Act)]) -> Case {
    let mut case = case.clone();
    for (at, (side, act)) in (1u64..).zip(acts) {
        let now = NOW.after(at * 1_000);
        let message = next(&case, *side, *act, now);
        case = case.step(&message, now).unwrap().case;
    }
    case
}

pub(crate) fn letter(message: Message, content: Content, documents: Vec<Document>) -> Letter {
    let signer = signer(&message.from);
    Letter {
        message: Signed::new(message, &signer).unwrap(),
        salt: Hash32::ZERO,
        content,
        documents,
    }
}

pub(crate) fn genuine(message: Message) -> Genuine {
    letter(message, Content::default(), Vec::new()).genuine(&CHAIN, &Directory).unwrap()
}

/// The room of a bank in a payment of three.
pub(crate) fn room(me: char) -> Room {
    let agents = ['A', 'B', 'C'].map(bank);
    Room::new(bank(me), payment().uetr, agents, [payment().leg])
}

/// Acts of every kind that need no child.
pub(crate) fn acts() -> BTreeMap<&'static str, Act> {
    let child = CaseId::new(Hash32::new([0xcd; 32]));
    let all = [
        Act::Open(opening(Kind::Utap)),
        Act::Accept,
        Act::Interim(code("INPO")),
        Act::Forward { child, to: bank('C') },
        answer(),
        Act::Reject(code("NOOR")),
        Act::Close,
        Act::Reopen { answer_by: NOW.after(2 * DAY) },
        Act::Withdraw,
        Act::Expire,
    ];
    all.into_iter().map(|act| (act.name(), act)).collect()
}
