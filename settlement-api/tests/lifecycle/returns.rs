//! Returns without a recall: a bank that was paid gives back of its own accord.

use std::time::Duration;

use iso20022::view::{Pacs004, View as _};
use ledger_core::{
    codec::{decode, encode},
    command::SignedCommand,
    digest::Hash32,
    id::{Leg, LegId, MessageKind, Uetr},
    receipt::{Effect, Kind, Outcome},
    signature::Signed,
};
use serde_json::{Value, json};
use settlement_api::{
    exceptions::returns::{
        desk,
        record::{OwnReturn, ReturnNotice, Stage, ToldReturn},
        telling,
    },
    keys::Purpose,
    ledger_port::BCS,
    payments::delivery::Parcel,
};

use crate::{
    Story,
    bank::{Answer, Bank, By, JSON, Settings, XML},
    oracle::assert_valid,
};

const LONG: Duration = Duration::from_secs(20);

fn of(paid: &Value) -> String {
    format!("/v1/payments/{}/return", paid["uetr"].as_str().unwrap())
}

fn uetr(paid: &Value) -> Uetr {
    let uetr = uuid::Uuid::parse_str(paid["uetr"].as_str().unwrap()).unwrap();
    Uetr::new(*uetr.as_bytes())
}

/// The payment of the first bank to the second under a UETR.
fn leg(story: &Story, paid: &Value) -> LegId {
    let (instructing, instructed) = (story.a.member.lei, story.b.member.lei);
    Leg { instructing, uetr: uetr(paid), kind: MessageKind::Pacs008, instructed }.id()
}

async fn propose(bank: &Bank, path: &str, reason: &str) -> Answer {
    bank.post(By::Desk, path, &json!({"reason": reason})).await
}

async fn approve(bank: &Bank, path: &str) -> Answer {
    bank.post(By::Compliance, &format!("{path}/approve"), &json!({})).await
}

/// The second bank pays the first from what its customer got.
async fn spend(story: &Story, what: (&str, &str)) {
    let mut spent = story.b.payment(&story.a, what);
    spent["debtor"] = json!({"name": "Fjord Timber", "account": "2002"});
    spent["creditor"] = json!({"name": "Orchard Tools", "account": "1001"});
    let paid = story.b.post(By::Desk, "/v1/payments", &spent).await.json();
    assert_eq!(paid["status"], "ACSC", "{paid}");
}

#[actix_web::test]
async fn x10_x4_x7_a_payment_goes_back_on_two_clients_word_and_both_banks_have_the_message() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-1", "250.00")).await;
    let path = of(&paid);
    assert_eq!(approve(b, &path).await.code(409), "return_not_proposed");
    let body = json!({"reason": "AC04", "information": "the account was closed in May"});
    let asked = b.post(By::Both, &path, &body).await;
    assert_eq!((asked.status, &asked.json()["status"]), (202, &json!("proposed")));
    assert_eq!(asked.json()["amount"], "250.00");
    assert_eq!(b.post(By::Desk, &path, &body).await.json(), asked.json(), "the same again");
    assert_eq!(propose(b, &path, "BE01").await.code(409), "return_proposed");
    let approval = format!("{path}/approve");
    assert_eq!(b.post(By::Both, &approval, &json!({})).await.code(409), "same_client");
    assert_eq!(b.post(By::Desk, &approval, &json!({})).await.code(403), "role_missing");
    assert_eq!(b.get(By::Desk, &path, XML).await.code(409), "not_returned");
    assert!(story.ledger.outcomes(Kind::Return).is_empty(), "nobody approved");
    let done = approve(b, &path).await;
    assert_eq!((done.status, &done.json()["status"]), (200, &json!("returned")), "{}", done.text);
    assert_eq!(story.ledger.outcomes(Kind::Return), [Outcome::Applied(Effect::Settled)]);
    a.until("/v1/accounts", |answer| answer.json()[0]["available"] == "1000.00").await;
    b.until("/v1/accounts", |answer| answer.json()[0]["available"] == "0.00").await;
    // Both banks have reason, message and the receipt that proves it.
    let at_a = a.until(&path, |answer| answer.status == 200).await.json();
    let at_b = b.until(&path, |answer| answer.json()["told"] == true).await.json();
    assert_eq!((&at_a["direction"], &at_b["direction"]), (&json!("incoming"), &json!("outgoing")));
    for report in [&at_a, &at_b] {
        assert_eq!((&report["status"], &report["reason"]), (&json!("returned"), &json!("AC04")));
        assert_eq!(report["information"], "the account was closed in May");
        assert_eq!(report["receipt"]["command_id"], done.json()["receipt"]["command_id"]);
    }
    assert_eq!(
        (&at_b["proposed_by"], &at_b["approved_by"]),
        (&json!("both"), &json!("compliance"))
    );
    assert_eq!((&at_a["listed"], &at_a["proposed_by"]), (&json!(false), &Value::Null));
    let (at_a, at_b) = (a.get(By::Desk, &path, XML).await, b.get(By::Desk, &path, XML).await);
    assert_eq!((at_a.status, &at_a.text), (200, &at_b.text));
    assert_valid(&at_a.text, "pacs.004.001.10");
    let message = Pacs004::find(at_a.text.as_bytes()).unwrap();
    assert_eq!(message.original_end_to_end_id.as_deref(), Some("INV-1"));
    for bank in [a, b] {
        let told =
            bank.until("/v1/events?limit=200", |page| page.text.contains("\"return\"")).await;
        assert!(told.text.contains("ACSC"), "{}", told.text);
    }
    // What went back is nobody's to confirm, to ask for or to give back again.
    let uetr = paid["uetr"].as_str().unwrap();
    let credit = b.post(By::Desk, &format!("/v1/payments/{uetr}/credit"), &json!({})).await;
    assert_eq!(credit.code(409), "payment_given_back");
    let recall = a.post(By::Desk, "/v1/recalls", &json!({"uetr": uetr, "reason": "DUPL"})).await;
    assert_eq!(recall.code(409), "payment_given_back");
    assert_eq!(approve(b, &path).await.status, 200, "the same again");
    assert_eq!(propose(b, &path, "BE01").await.code(409), "payment_given_back");
    let withdrawn = b.post(By::Desk, &format!("{path}/withdraw"), &json!({})).await;
    assert_eq!(withdrawn.code(409), "payment_given_back");
    assert_eq!(story.ledger.outcomes(Kind::Return).len(), 1);
}

#[actix_web::test]
async fn x10_what_cannot_be_given_back_is_refused_before_anything_is_kept() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-2", "10.00")).await;
    let mut nobodys = a.payment(b, ("INV-3", "5.00"));
    nobodys["creditor"] = json!({"name": "Fjord Timber", "account": "9999"});
    let unsettled = a.post(By::Desk, "/v1/payments", &nobodys).await.json();
    assert_eq!(unsettled["status"], "RJCT", "{unsettled}");
    let path = of(&paid);
    for (bank, path, body, status, code) in [
        (b, &path, json!({"reason": "ZZZZ"}), 400, "message_breaks_rules"),
        (b, &path, json!({"reason": "NARR"}), 400, "message_breaks_rules"),
        (b, &path, json!({"reason": "FOCR"}), 400, "request_malformed"),
        (b, &path, json!({"reason": "AC04", "amount": "1.00"}), 400, "request_malformed"),
        (b, &path, json!({}), 400, "request_malformed"),
        (b, &of(&unsettled), json!({"reason": "AC04"}), 409, "not_settled"),
        // The bank that paid has nothing to give back.
        (a, &path, json!({"reason": "AC04"}), 404, "not_found"),
    ] {
        assert_eq!(bank.post(By::Desk, path, &body).await.code(status), code, "{body}");
    }
    for act in ["approve", "withdraw"] {
        let answer = b.post(By::Compliance, &format!("{path}/{act}"), &json!({})).await;
        assert_eq!(answer.code(409), "return_not_proposed");
    }
    assert_eq!(b.get(By::Desk, &path, JSON).await.code(409), "not_returned");
    assert_eq!(OwnReturn::load(b.store.as_ref(), &leg(&story, &paid)).unwrap(), None);
}

#[actix_web::test]
async fn x10_a_return_that_the_ledger_refuses_is_approved_again_or_withdrawn() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-4", "40.00")).await;
    spend(&story, ("BACK-1", "39.00")).await;
    let path = of(&paid);
    let narrated = json!({"reason": "NARR", "information": "sold to another"});
    assert_eq!(b.post(By::Desk, &path, &narrated).await.status, 202);
    let refused = approve(b, &path).await;
    assert_eq!(refused.status, 202, "{}", refused.text);
    let open = refused.json();
    assert_eq!(
        (&open["status"], &open["refused"]),
        (&json!("proposed"), &json!("insufficient_funds"))
    );
    assert_eq!(open["approved_by"], Value::Null);
    // Nothing is on its way: its customer has the money.
    let credit = format!("/v1/payments/{}/credit", paid["uetr"].as_str().unwrap());
    assert_eq!(b.post(By::Desk, &credit, &json!({})).await.status, 200);
    a.pay(b, ("INV-5", "39.00")).await;
    let done = approve(b, &path).await;
    assert_eq!((done.status, &done.json()["refused"]), (200, &Value::Null), "{}", done.text);
    a.until(&path, |answer| answer.status == 200).await;
    assert_eq!(a.available().await, "1000.00");
    // A proposal is taken back by either role, and another one may follow.
    let paid = a.pay(b, ("INV-6", "1.00")).await;
    let path = of(&paid);
    for (reason, by) in [("AC04", By::Desk), ("AC04", By::Compliance), ("CUST", By::Desk)] {
        assert_eq!(propose(b, &path, reason).await.json()["status"], "proposed");
        for _ in 0..2 {
            let back = b.post(by, &format!("{path}/withdraw"), &json!({})).await;
            assert_eq!((back.status, &back.json()["status"]), (200, &json!("withdrawn")));
        }
        assert_eq!(approve(b, &path).await.code(409), "return_not_proposed");
        assert_eq!(b.get(By::Desk, &path, JSON).await.code(409), "not_returned");
    }
    assert_eq!(story.ledger.outcomes(Kind::Return).len(), 2);
}

#[actix_web::test]
async fn x10_a_recall_is_answered_before_anything_goes_back_without_one() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-7", "20.00")).await;
    let path = of(&paid);
    assert_eq!(propose(b, &path, "AC06").await.status, 202);
    let body = json!({"uetr": paid["uetr"], "reason": "DUPL"});
    let asked = a.post_waiting("/v1/recalls", &body, "respond-async").await.json();
    let recall = format!("/v1/recalls/{}", asked["recall"].as_str().unwrap());
    b.until(&recall, |answer| answer.status == 200).await;
    assert_eq!(approve(b, &path).await.code(409), "recall_exists");
    let no = json!({"decision": "reject", "reason": "CUST"});
    assert_eq!(b.post(By::Desk, &format!("{recall}/answer"), &no).await.status, 200);
    a.until(&recall, |answer| answer.json()["status"] == "rejected").await;
    assert_eq!(approve(b, &path).await.json()["status"], "returned");
    a.until(&path, |answer| answer.status == 200 && answer.json()["reason"] == "AC06").await;
}

/// Proposes and approves without HTTP, while nobody answers at the bank's endpoint.
async fn give_back_in_silence(story: &Story, paid: &Value) -> OwnReturn {
    let (gateway, uetr, leg) = (&story.b.gateway, uetr(paid), leg(story, paid));
    desk::propose(gateway, &uetr, "desk", (br#"{"reason": "AC04"}"#, false)).await.unwrap();
    desk::approve(gateway, &uetr, "compliance").await.unwrap();
    for _ in 0..400 {
        let kept = OwnReturn::load(story.b.store.as_ref(), &leg).unwrap().unwrap();
        if kept.back().is_some() {
            return kept;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the return is not proved");
}

#[actix_web::test]
async fn x10_a_recall_that_comes_after_the_return_has_what_it_asks_for() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-8", "30.00")).await;
    b.fall_silent().await;
    let body = json!({"uetr": paid["uetr"], "reason": "DUPL"});
    let asked = a.post_waiting("/v1/recalls", &body, "respond-async").await.json();
    assert_eq!(asked["status"], "requested", "{asked}");
    give_back_in_silence(&story, &paid).await;
    b.answer_again();
    let recall = format!("/v1/recalls/{}", asked["recall"].as_str().unwrap());
    let ended = a.until(&recall, |answer| answer.json()["status"] == "returned").await.json();
    assert_eq!(ended["iso_status"], "CNCL");
    assert_eq!(b.get(By::Desk, &recall, JSON).await.json()["status"], "returned");
    let message = a.get(By::Desk, &of(&paid), XML).await;
    assert!(message.text.contains(">AC04<"), "{}", message.text);
    assert_eq!(story.ledger.outcomes(Kind::Return).len(), 1);
}

#[actix_web::test]
async fn x10_a_bank_that_was_silent_hears_of_the_return_when_it_answers_again() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-9", "15.00")).await;
    a.fall_silent().await;
    let path = of(&paid);
    propose(b, &path, "AM09").await;
    assert_eq!(approve(b, &path).await.json()["status"], "returned");
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(b.get(By::Desk, &path, JSON).await.json()["told"], false);
    a.answer_again();
    let told = a.until(&path, |answer| answer.status == 200).await.json();
    assert_eq!((&told["reason"], &told["listed"]), (&json!("AM09"), &json!(false)));
    b.until(&path, |answer| answer.json()["told"] == true).await;
}

/// What the second bank tells of a return, changed and signed anew.
fn notice(
    story: &Story,
    kept: &OwnReturn,
    change: impl Fn(&mut ReturnNotice),
) -> Signed<ReturnNotice> {
    let (gateway, back) = (&story.b.gateway, kept.back().unwrap().clone());
    let command = gateway.outbox.signed(&back.command).unwrap().unwrap();
    let body = decode::<SignedCommand>(&command, 1 << 20).unwrap().body;
    let (chain, leg) = (gateway.genesis().chain_id(), kept.leg);
    let (from, to) = (story.b.member.lei, story.a.member.lei);
    let mut notice = ReturnNotice { chain, from, to, leg, back, body };
    change(&mut notice);
    gateway.sign(Purpose::Settlement, notice).unwrap()
}

#[actix_web::test]
async fn x10_a_message_that_the_return_does_not_commit_to_is_not_believed() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-10", "60.00")).await;
    let other = a.pay(b, ("INV-11", "60.00")).await;
    let (leg, other) = (leg(&story, &paid), leg(&story, &other));
    a.fall_silent().await;
    let kept = give_back_in_silence(&story, &paid).await;
    let tell = async |notice: &Signed<ReturnNotice>| {
        let route = (b.member.lei, a.member.lei, notice.value.leg);
        let parcel = Parcel::pack(route, &a.message_keys.0, notice).unwrap();
        telling::receive(&a.gateway, &encode(&parcel)).await
    };
    let lies = [
        notice(&story, &kept, |notice| {
            let text = String::from_utf8(notice.back.message.clone()).unwrap();
            notice.back.message = text.replace(">AC04<", ">CUST<").into_bytes();
        }),
        notice(&story, &kept, |notice| notice.back.salt = Hash32::new([9; 32])),
        notice(&story, &kept, |notice| notice.body.nonce = Hash32::new([9; 32])),
        notice(&story, &kept, |notice| notice.leg = other),
        notice(&story, &kept, |notice| notice.chain = ledger_core::id::ChainId::new([0; 32])),
    ];
    // Until its own receipts show the return the bank says neither yes nor no.
    for _ in 0..400 {
        if tell(&lies[0]).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for (place, lie) in lies.iter().enumerate() {
        assert_eq!(tell(lie).await.unwrap_err().code(), "request_malformed", "{place}");
    }
    assert_eq!(ToldReturn::load(a.store.as_ref(), &leg).unwrap(), None);
    let truth = notice(&story, &kept, |_| ());
    for _ in 0..2 {
        tell(&truth).await.unwrap();
    }
    let told = ToldReturn::load(a.store.as_ref(), &leg).unwrap().unwrap();
    assert_eq!(told.notice, truth);
    assert_eq!(tell(&lies[0]).await.unwrap_err().code(), "leg_conflict");
    // Its own bank ends as well, whoever told first.
    a.answer_again();
    b.until(&of(&paid), |answer| answer.json()["told"] == true).await;
}

#[actix_web::test]
async fn x10_a_third_bank_neither_sees_a_return_nor_tells_one() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let c = Bank::open(&story.ledger, ("CCCC", 3), 0, Settings::of(LONG)).await;
    for _ in 0..400 {
        if a.gateway.directory.member(&c.member.lei).is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let paid = a.pay(b, ("INV-12", "70.00")).await;
    let (path, leg) = (of(&paid), leg(&story, &paid));
    a.fall_silent().await;
    let kept = give_back_in_silence(&story, &paid).await;
    a.answer_again();
    a.until(&path, |answer| answer.status == 200).await;
    for accept in [JSON, XML] {
        assert_eq!(c.get(By::Desk, &path, accept).await.code(404), "not_found");
    }
    assert_eq!(propose(&c, &path, "AC04").await.code(404), "not_found");
    // Under its own name, and under the name of the bank that gave back.
    let own = notice(&story, &kept, |notice| notice.from = c.member.lei);
    let own = c.gateway.sign(Purpose::Settlement, own.value).unwrap();
    let forged = notice(&story, &kept, |_| ());
    let forged = c.gateway.sign(Purpose::Settlement, forged.value).unwrap();
    for (from, notice, status, code) in [
        (&c, &own, 404, "not_found"),
        (&c, &forged, 400, "request_malformed"),
        (b, &forged, 400, "request_malformed"),
    ] {
        let route = (from.member.lei, a.member.lei, leg);
        let parcel = Parcel::pack(route, &a.message_keys.0, notice).unwrap();
        let answer = from.as_member(a, telling::INBOX, (BCS, encode(&parcel))).await;
        assert_eq!(answer.code(status), code);
    }
    let at_c = OwnReturn::load(c.store.as_ref(), &leg).unwrap();
    assert_eq!((at_c, kept.stage == Stage::Proposed), (None, false));
}

#[actix_web::test]
async fn x10_a_core_systems_own_message_goes_back_as_it_came() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let paid = a.pay(b, ("INV-13", "80.00")).await;
    let path = of(&paid);
    let some = |text: &str| Some(text.to_owned());
    let sum =
        |text: &str| iso20022::CurrencyAmount { currency: "USD".to_owned(), text: text.to_owned() };
    let good = Pacs004 {
        msg_id: "CORE-RETURN-1".to_owned(),
        created: "2026-11-21T10:00:00+00:00".to_owned(),
        settlement_method: "CLRG".to_owned(),
        return_id: some("CORE-RETURN-1"),
        original_msg_id: None,
        original_message: None,
        original_instruction_id: None,
        original_end_to_end_id: some("INV-13"),
        original_tx_id: None,
        original_uetr: some(paid["uetr"].as_str().unwrap()),
        original_amount: Some(sum("80.00")),
        returned: sum("80.00"),
        settlement_date: None,
        instructing_agent: some(&b.bic),
        instructed_agent: some(&a.bic),
        reason: some("BE01"),
        information: some("the name is another"),
        clearing_system_proprietary: some("FLORIN"),
        instructing_agent_lei: None,
        instructed_agent_lei: None,
    };
    let send = async |message: &Pacs004| {
        let xml = message.to_xml().unwrap();
        assert_valid(&xml, "pacs.004.001.10");
        (b.post_as(By::Desk, &path, (XML, xml.clone().into_bytes())).await, xml)
    };
    let changed = [
        (Pacs004 { returned: sum("79.99"), ..good.clone() }, 400, "request_malformed"),
        (
            Pacs004 {
                original_msg_id: some("OTHER"),
                original_message: some("pacs.008.001.08"),
                ..good.clone()
            },
            400,
            "request_malformed",
        ),
        (Pacs004 { original_uetr: None, ..good.clone() }, 400, "request_malformed"),
        (
            Pacs004 {
                created: "2020-01-02T10:00:00+00:00".to_owned(),
                settlement_date: some("2020-01-02"),
                ..good.clone()
            },
            400,
            "request_malformed",
        ),
        (Pacs004 { instructed_agent: some(&b.bic), ..good.clone() }, 400, "request_malformed"),
        (Pacs004 { instructing_agent: some(&a.bic), ..good.clone() }, 422, "not_our_agent"),
        (
            Pacs004 {
                settlement_method: "INDA".to_owned(),
                clearing_system_proprietary: None,
                ..good.clone()
            },
            422,
            "settlement_method_unsupported",
        ),
        (
            Pacs004 { clearing_system_proprietary: some("OTHER"), ..good.clone() },
            422,
            "clearing_system_unknown",
        ),
        (Pacs004 { reason: some("FOCR"), ..good.clone() }, 400, "request_malformed"),
    ];
    for (message, status, code) in &changed {
        let (answer, _) = send(message).await;
        assert_eq!(answer.code(*status), *code, "{}", answer.text);
    }
    let nonsense = b.post_as(By::Desk, &path, (XML, b"<Document/>".to_vec())).await;
    assert_eq!(nonsense.code(400), "message_breaks_rules");
    let (asked, xml) = send(&good).await;
    assert_eq!((asked.status, &asked.json()["reason"]), (202, &json!("BE01")), "{}", asked.text);
    assert_eq!(send(&good).await.0.json(), asked.json(), "the same again");
    assert_eq!(approve(b, &path).await.json()["status"], "returned");
    a.until(&path, |answer| answer.status == 200).await;
    for bank in [a, b] {
        assert_eq!(bank.get(By::Desk, &path, XML).await.text, xml);
    }
    // Words of a message that goes back are screened like those of one that pays.
    let paid = a.pay(b, ("INV-14", "5.00")).await;
    let path = of(&paid);
    let body = json!({"reason": "NARR", "information": "Bad Actor"});
    assert_eq!(b.post(By::Desk, &path, &body).await.status, 202);
    assert_eq!(approve(b, &path).await.code(409), "payment_under_review");
    assert_eq!(b.get(By::Desk, &path, JSON).await.json()["status"], "proposed");
}
