//! What a third bank can learn and do: nothing. What a gateway takes from another: what it must.

use interbank::{
    Act, CaseId, Letter, Opening, Refused as CaseRefused,
    message::{Message, MessageId, Seen},
};
use ledger_core::{
    codec::encode,
    digest::Hash32,
    id::{LegId, Lei, Uetr},
    signature::Signed,
    time::LedgerTime,
};
use serde_json::json;
use verifier::testing::lei;

use super::support::{
    A, B, BANKS, C, Net, encryption, leg, question, read, reply, settlement, transport, uetr,
};
use crate::{
    client::ClientRequest, envelope::public_from_private, gateway::Gateway,
    inquiries::exchange::PATH, ledger_port::BCS, payments::delivery::Parcel,
};

/// Seals a letter as one bank for another, whoever wrote it.
fn seal(letter: &Letter, from: usize, to: usize) -> Parcel {
    let key = Hash32::new(public_from_private(&encryption(to)).unwrap());
    let route = (lei(BANKS[from]), lei(BANKS[to]), letter.message.value.payment.leg);
    Parcel::pack(route, &key, letter).unwrap()
}

/// Posts bytes to a bank's gateway under another's transport key; status and code.
async fn knock(net: &Net, from: usize, to: usize, bytes: Vec<u8>) -> (u16, String) {
    let request = ClientRequest::post(PATH, BCS, bytes);
    let answer = net.ask(to, transport(from), request).await;
    let (status, body) = read(&answer);
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

/// B has asked A; the letters are on their way.
async fn asked(net: &Net) -> (String, Vec<Letter>) {
    let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
    let letters = net.waiting(B).await;
    (opened["case"].as_str().unwrap().to_owned(), letters)
}

/// A letter of a bank, signed by its key, that opens a case of its own.
fn opening(net: &Net, from: usize, to: usize, subject: (Uetr, LegId)) -> Letter {
    let now = LedgerTime::new(Gateway::now_ms());
    let payment = interbank::Subject { uetr: subject.0, leg: subject.1 };
    let opening = Opening {
        kind: interbank::Kind::Utap,
        level: None,
        answer_by: now.after(86_400_000),
        nonce: Hash32::new([7; 32]),
        parent: None,
        hops: 0,
        follows: None,
    };
    let parties = (lei(BANKS[from]), lei(BANKS[to]));
    let content = interbank::Content::default();
    let message = Message {
        chain: net.chain(),
        case: CaseId::derive(&net.chain(), &payment, parties, &opening.nonce),
        payment,
        from: parties.0,
        to: parties.1,
        id: MessageId::new([1; 16]),
        number: 0,
        previous: Hash32::ZERO,
        seen: Seen::default(),
        written: now,
        act: Act::Open(opening),
        content: content.commitment(&Hash32::ZERO),
    };
    signed(message, content, from)
}

fn signed(message: Message, content: interbank::Content, by: usize) -> Letter {
    let message = Signed::new(message, &settlement(by)).unwrap();
    Letter { message, salt: Hash32::ZERO, content, documents: Vec::new() }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[actix_web::test]
async fn b1_sealed_bytes_hold_nothing_of_what_is_said_and_open_for_the_recipient_only() {
    let net = Net::new().await;
    let (case, letters) = asked(&net).await;
    let parcel = seal(&letters[0], B, A);
    let bytes = encode(&parcel);
    let said = &b"whose money is it?"[..];
    assert!(holds(&encode(&letters[0]), said));
    assert!(!holds(&bytes, said));
    let parts =
        [hex::decode(&case).unwrap(), uetr().get().to_vec(), letters[0].salt.get().to_vec()];
    for part in parts {
        assert!(holds(&encode(&letters[0]), &part) && !holds(&bytes, &part));
    }
    assert_eq!(parcel.unpack::<Letter>(&encryption(A)).unwrap(), letters[0]);
    for other in [B, C] {
        assert!(parcel.unpack::<Letter>(&encryption(other)).is_err());
    }
    net.end().await;
}

#[actix_web::test]
async fn b1_a_third_bank_cannot_give_letters_of_others_or_for_others() {
    let net = Net::new().await;
    let (case, letters) = asked(&net).await;
    let letter = &letters[0];
    // B's own parcel, carried by C; B's letter in C's parcel; a parcel for A at C's own door.
    let carried = knock(&net, C, A, encode(&seal(letter, B, A))).await;
    assert_eq!(carried, (400, "request_malformed".to_owned()));
    assert_eq!(knock(&net, C, A, encode(&seal(letter, C, A))).await.1, "not_a_party");
    assert_eq!(knock(&net, B, C, encode(&seal(letter, B, A))).await.1, "request_malformed");
    // A letter that says it is B's, signed by C, even in B's parcel.
    let forged = signed(letter.message.value, letter.content.clone(), C);
    let forged = Letter { salt: letter.salt, ..forged };
    assert_eq!(knock(&net, B, A, encode(&seal(&forged, B, A))).await.1, "message_not_signed");
    assert_eq!(net.state(A, &case), None);
    // Staff of A and of B are no members, and strangers are nobody.
    for key in [super::support::client_key(A, "maker"), super::support::client_key(B, "maker")] {
        let request = ClientRequest::post(PATH, BCS, encode(&seal(letter, B, A)));
        assert_eq!(net.ask(A, key, request).await.status, 403);
    }
    assert_eq!(knock(&net, B, A, encode(&seal(letter, B, A))).await.0, 200);
    assert_eq!(net.state(A, &case), Some("opened"));
    net.end().await;
}

#[actix_web::test]
async fn b1_a_third_bank_cannot_find_out_which_payments_and_cases_there_are() {
    let net = Net::new().await;
    let (case, letters) = asked(&net).await;
    net.settle().await;
    let message = letters[0].message.value;
    // C is no agent of A's payment to B: at A it hears the same of it as of none at all.
    let subject = (uetr(), leg(A, B).id());
    let nothing = (Uetr::new([0x41; 16]), LegId::new([1; 32]));
    for subject in [subject, nothing] {
        let letter = opening(&net, C, A, subject);
        let told = knock(&net, C, A, encode(&seal(&letter, C, A))).await;
        assert_eq!(told, (404, "payment_unknown".to_owned()), "{subject:?}");
    }
    // The same of a case, by its identity.
    let id = CaseId::new(Hash32::from_hex(&case).unwrap());
    let unknown = CaseId::new(Hash32::new([3; 32]));
    for case in [id, unknown] {
        for act in [message.act, Act::Accept, Act::Withdraw, Act::Close] {
            let own = opening(&net, C, A, subject).message.value;
            let probe = Message { case, act, ..own };
            let letter = signed(probe, interbank::Content::default(), C);
            let (status, code) = knock(&net, C, A, encode(&seal(&letter, C, A))).await;
            let expected =
                if matches!(act, Act::Open(_)) { "payment_unknown" } else { "case_unknown" };
            assert_eq!((status, code.as_str()), (404, expected), "{act:?}");
        }
    }
    net.end().await;
}

#[actix_web::test]
async fn b5_a_letter_again_changes_nothing_and_another_under_its_name_is_refused() {
    let net = Net::new().await;
    let (case, letters) = asked(&net).await;
    let letter = &letters[0];
    for _ in 0..3 {
        assert_eq!(knock(&net, B, A, encode(&seal(letter, B, A))).await.0, 200);
    }
    let seen = net.see(A, &case).await;
    assert_eq!(seen["messages"].as_array().unwrap().len(), 1);
    // What is refused in a known case is said in the receipt, by code.
    let refused = async |message: Message| {
        let letter = signed(message, interbank::Content::default(), B);
        let parcel = seal(&letter, B, A);
        let answer =
            net.ask(A, transport(B), ClientRequest::post(PATH, BCS, encode(&parcel))).await;
        assert_eq!(answer.status, 200);
        let receipt = Parcel::from_bytes(&answer.body).unwrap();
        let receipt: Signed<interbank::post::Receipt> = receipt.unpack(&encryption(B)).unwrap();
        assert!(receipt.claim().holds());
        assert_eq!(receipt.value.received.count, 1);
        receipt.value.refused.map(|refused| refused.code.get().to_owned())
    };
    let first = letter.message.value;
    let digest = ledger_core::signature::Statement::digest(&first);
    let nothing = interbank::Content::default().commitment(&Hash32::ZERO);
    let next = Message {
        number: 1,
        previous: digest,
        id: MessageId::new([2; 16]),
        act: Act::Withdraw,
        content: nothing,
        ..first
    };
    let rows = [
        (Message { act: Act::Withdraw, content: nothing, ..first }, CaseRefused::DuplicateConflict),
        (Message { number: 0, ..next }, CaseRefused::NumberReused),
        (Message { previous: Hash32::ZERO, ..next }, CaseRefused::ChainBroken),
        (Message { act: Act::Accept, ..next }, CaseRefused::WrongWriter),
        (Message { act: Act::Close, ..next }, CaseRefused::WrongWriter),
        (Message { act: Act::Expire, ..next }, CaseRefused::NotDue),
        (Message { seen: Seen { count: 1, last: digest }, ..next }, CaseRefused::SeenMismatch),
        (
            Message { written: LedgerTime::new(first.written.get() - 1), ..next },
            CaseRefused::TimeBackwards,
        ),
        (Message { written: first.written.after(600_000), ..next }, CaseRefused::FromFuture),
    ];
    for (message, code) in rows {
        assert_eq!(refused(message).await.as_deref(), Some(code.code()));
    }
    assert_eq!(net.see(A, &case).await["state"], "opened");
    assert_eq!(net.see(A, &case).await["messages"].as_array().unwrap().len(), 1);
    net.end().await;
}

#[actix_web::test]
async fn b1_what_was_changed_on_its_way_is_refused() {
    let net = Net::new().await;
    let (case, letters) = asked(&net).await;
    let letter = &letters[0];
    let mut other_words = letter.clone();
    other_words.content.lines.clear();
    let mut other_time = letter.clone();
    other_time.message.value.written = other_time.message.value.written.after(1);
    let mut other_network = letter.clone();
    other_network.message.value.chain = ledger_core::id::ChainId::new([1; 32]);
    let rows = [
        (other_words, "content_mismatch"),
        (other_time, "message_not_signed"),
        (other_network, "wrong_network"),
    ];
    for (letter, code) in rows {
        assert_eq!(knock(&net, B, A, encode(&seal(&letter, B, A))).await.1, code);
    }
    let whole = encode(&seal(letter, B, A));
    for at in (0..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        let (status, code) = knock(&net, B, A, changed).await;
        assert!(status >= 400, "byte {at}: {code}");
    }
    for noise in [vec![0], vec![0xff; 100], whole[..whole.len() - 1].to_vec()] {
        assert!(knock(&net, B, A, noise).await.0 >= 400);
    }
    assert_eq!(net.state(A, &case), None);
    net.end().await;
}

#[actix_web::test]
async fn b9_letters_that_come_in_another_order_are_read_in_theirs() {
    let net = Net::new().await;
    let (case, letters) = asked(&net).await;
    net.settle().await;
    drop(letters);
    net.done((A, "maker"), &format!("/v1/cases/{case}/accept"), &json!({})).await;
    let more = json!({"reason": "PDNG"});
    net.done((A, "maker"), &format!("/v1/cases/{case}/interim"), &more).await;
    let prepared = net.done((A, "maker"), &format!("/v1/cases/{case}/answer"), &reply()).await;
    let yes = json!({"content": prepared["draft"]["content"]});
    net.done((A, "checker"), &format!("/v1/cases/{case}/answer/approve"), &yes).await;
    let letters = net.waiting(A).await;
    assert_eq!(letters.len(), 3);
    let states = ["opened", "opened", "answered"];
    for (letter, state) in letters.iter().rev().zip(states) {
        assert_eq!(knock(&net, A, B, encode(&seal(letter, A, B))).await.0, 200);
        assert_eq!(net.state(B, &case), Some(state));
    }
    net.end().await;
}

#[actix_web::test]
async fn b1_a_receipt_of_another_bank_is_not_taken() {
    let net = Net::new().await;
    let (case, letters) = asked(&net).await;
    let last = letters[0].message.value;
    let told = |from: Lei| interbank::post::Receipt {
        chain: net.chain(),
        case: last.case,
        from,
        to: lei(BANKS[B]),
        received: Seen { count: 1, last: ledger_core::signature::Statement::digest(&last) },
        refused: None,
        at: LedgerTime::new(Gateway::now_ms()),
    };
    let take = async |receipt: Signed<interbank::post::Receipt>| {
        let gateway = net.gateway(B);
        let now = LedgerTime::new(Gateway::now_ms());
        let keys = crate::inquiries::Speakers(&gateway.directory);
        crate::inquiries::desk::change(gateway, now, |desk| {
            Ok(desk.book.receipted(&receipt, &keys)?)
        })
        .await
        .map_err(|refused| refused.code())
    };
    let by_c = Signed::new(told(lei(BANKS[A])), &settlement(C)).unwrap();
    assert_eq!(take(by_c).await, Err("message_not_signed"));
    let of_c = Signed::new(told(lei(BANKS[C])), &settlement(C)).unwrap();
    assert_eq!(take(of_c).await, Err("not_a_party"));
    assert_eq!(net.see(B, &case).await["delivery"]["waiting"], 1);
    let of_a = Signed::new(told(lei(BANKS[A])), &settlement(A)).unwrap();
    assert_eq!(take(of_a).await, Ok(()));
    assert_eq!(net.see(B, &case).await["delivery"]["waiting"], 0);
    net.end().await;
}
