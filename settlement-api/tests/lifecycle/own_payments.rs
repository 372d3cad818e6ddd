//! A bank pays for itself by a pacs.009, and asks for its statement by a camt.060.

use std::time::Duration;

use iso20022::{
    CurrencyAmount, Pacs002, TxStatus,
    view::{Camt029, Camt052, Camt060, Pacs009, UnderlyingPayment, View},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use crate::{
    Story,
    bank::{Bank, By, JSON, XML},
    oracle::assert_valid,
};

const LONG: Duration = Duration::from_secs(20);
const UETR: &str = "3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163";

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn today() -> String {
    Timestamp::now().to_zoned(TimeZone::UTC).date().to_string()
}

fn core(from: &Bank, to: &Bank, amount: &str) -> Pacs009 {
    Pacs009 {
        msg_id: "FI-1".to_owned(),
        created: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        settlement_method: "CLRG".to_owned(),
        clearing_system: None,
        clearing_system_proprietary: some("FLORIN"),
        instruction_id: some("FI-1-I"),
        end_to_end_id: "FUNDING-1".to_owned(),
        tx_id: some("FI-1-T"),
        uetr: some(UETR),
        amount: CurrencyAmount { currency: "USD".to_owned(), text: amount.to_owned() },
        settlement_date: Some(today()),
        group_settlement_date: None,
        instructing_agent: some(&from.bic),
        instructed_agent: some(&to.bic),
        debtor: some(&from.bic),
        debtor_member: None,
        creditor: some(&to.bic),
        creditor_member: None,
        instructing_agent_lei: None,
        instructed_agent_lei: None,
        group_instructing_agent: None,
        group_instructed_agent: None,
        debtor_lei: None,
        debtor_name: None,
        debtor_iban: None,
        debtor_account: None,
        debtor_agent: None,
        debtor_agent_lei: None,
        creditor_lei: None,
        creditor_name: None,
        creditor_iban: None,
        creditor_account: None,
        creditor_agent: None,
        creditor_agent_lei: None,
        remittance: vec!["Funding of the desk".to_owned()],
        purpose: None,
        category_purpose: None,
        underlying: None,
    }
}

async fn paid(bank: &Bank, message: &Pacs009) -> crate::bank::Answer {
    let xml = message.to_xml().unwrap();
    assert_valid(&xml, "pacs.009.001.08");
    bank.post_xml("/v1/payments", &xml, XML).await
}

/// The cover of a payment from A's customer to B's.
fn cover(from: &Bank, to: &Bank) -> Pacs009 {
    let underlying = UnderlyingPayment {
        ultimate_debtor: None,
        debtor: some("Orchard Tools Ltd"),
        debtor_iban: None,
        debtor_account: some("700418825531"),
        debtor_agent: some(&from.bic),
        debtor_agent_lei: None,
        creditor: some("Henrike Vossbrink"),
        creditor_iban: some("DE39999999990012345678"),
        creditor_account: None,
        creditor_agent: some(&to.bic),
        creditor_agent_lei: None,
        ultimate_creditor: None,
        remittance: vec!["Invoice 2209".to_owned()],
        instructed_amount: Some(CurrencyAmount {
            currency: "USD".to_owned(),
            text: "300.00".to_owned(),
        }),
    };
    Pacs009 { underlying: Some(underlying), ..core(from, to, "300.00") }
}

#[actix_web::test]
async fn p11_a_cover_pays_and_both_banks_read_what_it_covers() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    for bank in [a, b] {
        bank.register("The bank itself", bank.member.lei.text()).await;
    }
    let message = cover(a, b);
    let bare = Pacs009 { uetr: None, ..message.clone() };
    let refused = a.post_xml("/v1/payments", &bare.to_xml().unwrap(), JSON).await;
    assert_eq!(refused.code(422), "cover_without_uetr");
    let answer = paid(a, &message).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let told = Pacs002::find(answer.text.as_bytes()).unwrap();
    assert_eq!((told.status, told.uetr), (TxStatus::Settled, UETR.parse().ok()));
    assert_eq!(a.available().await, "700.00");
    let path = format!("/v1/payments/{UETR}");
    let settled = |answer: &crate::bank::Answer| answer.json()["status"] == "ACSC";
    let (at_a, at_b) = (a.until(&path, settled).await.json(), b.until(&path, settled).await.json());
    assert_eq!(at_a["covers"], at_b["covers"]);
    let covers = &at_b["covers"];
    assert_eq!(covers["uetr"], UETR);
    assert_eq!(covers["debtor"]["name"], "Orchard Tools Ltd");
    assert_eq!(covers["debtor"]["account"], "700418825531");
    assert_eq!(covers["creditor"]["iban"], "DE39999999990012345678");
    assert_eq!(covers["creditor"]["agent_bic"], b.bic);
    assert_eq!(covers["remittance"], "Invoice 2209");
    assert_eq!(
        (&covers["instructed_amount"], &covers["instructed_currency"]),
        (&json!("300.00"), &json!("USD"))
    );
    let xml = b.get(By::Desk, &format!("{path}/message"), XML).await.text;
    assert_eq!(Pacs009::find(xml.as_bytes()).unwrap(), message);
    assert_valid(&xml, "pacs.009.001.08");
    // The cover under this UETR is one payment; a cover of something else would be another.
    let other = message.to_xml().unwrap().replace("Invoice 2209", "Invoice 2210");
    assert_eq!(a.post_xml("/v1/payments", &other, JSON).await.code(409), "leg_conflict");
    // Names of the covered payment are screened as all others are.
    let listed = message.to_xml().unwrap().replace("Orchard Tools Ltd", "Bad Actor");
    let listed = listed.replace(UETR, "00000000-0000-4000-8000-000000000011");
    let listed = listed.replace("FUNDING-1", "FUNDING-2");
    let answer = a.post_xml("/v1/payments", &listed, JSON).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(answer.json()["reason"]["code"], "payment_under_review");
}

#[actix_web::test]
async fn p10_a_bank_pays_another_for_itself_and_is_told_in_its_words() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let message = core(a, b, "300.00");
    // A bank is a customer of its own, or it does not pay.
    let xml = message.to_xml().unwrap();
    let refused = a.post_xml("/v1/payments", &xml, JSON).await;
    assert_eq!(refused.code(422), "debtor_unknown");
    for bank in [a, b] {
        bank.register("The bank itself", bank.member.lei.text()).await;
    }
    let answer = paid(a, &message).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_valid(&answer.text, "pacs.002.001.10");
    let told = Pacs002::find(answer.text.as_bytes()).unwrap();
    assert_eq!(told.status, TxStatus::Settled);
    assert_eq!(told.original.unwrap().msg_name_id, "pacs.009.001.08");
    assert_eq!(
        (told.end_to_end_id.as_deref(), told.tx_id.as_deref()),
        (some("FUNDING-1").as_deref(), some("FI-1-T").as_deref())
    );
    assert_eq!(a.available().await, "700.00");
    b.until("/v1/accounts", |answer| answer.json()[0]["available"] == "300.00").await;
    assert_eq!(paid(a, &message).await.status, 200, "the same payment");
    assert_eq!(a.available().await, "700.00");
    let path = format!("/v1/payments/{UETR}");
    for (bank, family) in [(a, "ICDT"), (b, "RCDT")] {
        let notice =
            bank.until(&format!("{path}/notification"), |answer| answer.status == 200).await;
        assert_valid(&notice.text, "camt.054.001.08");
        let code = format!("<Fmly><Cd>{family}</Cd><SubFmlyCd>FICT</SubFmlyCd></Fmly>");
        assert!(notice.text.replace(['\n', ' '], "").contains(&code), "{}", notice.text);
        let events = bank.get(By::Desk, "/v1/events", JSON).await.json();
        let about = events["events"].as_array().unwrap().iter();
        assert!(about.into_iter().all(|event| event["about"] == "payment"), "{events}");
    }
    // The customers' message under the same UETR would be another payment.
    let mut other = a.payment(b, ("X-1", "300.00"));
    other["uetr"] = json!(UETR);
    assert_eq!(a.post(By::Desk, "/v1/payments", &other).await.code(409), "leg_conflict");
    // It is asked back as itself.
    let asked = json!({"uetr": UETR, "reason": "DUPL"});
    let no = async {
        let recall = b.until("/v1/recalls", |answer| answer.json()[0].is_object()).await.json();
        let id = recall[0]["recall"].as_str().unwrap().to_owned();
        let no = json!({"decision": "reject", "reason": "CUST"});
        assert_eq!(b.post(By::Desk, &format!("/v1/recalls/{id}/answer"), &no).await.status, 200);
        id
    };
    let (_, id) = tokio::join!(a.post(By::Desk, "/v1/recalls", &asked), no);
    let xml = a.get(By::Desk, &format!("/v1/recalls/{id}"), XML).await.text;
    assert_valid(&xml, "camt.029.001.09");
    let resolution = Camt029::find(xml.as_bytes()).unwrap();
    assert_eq!(resolution.original_message.as_deref(), Some("pacs.009.001.08"));
    assert_eq!(resolution.original_end_to_end_id.as_deref(), Some("FUNDING-1"));
}

#[actix_web::test]
async fn p10_what_is_no_payment_of_the_two_banks_is_refused() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    for bank in [a, b] {
        bank.register("The bank itself", bank.member.lei.text()).await;
    }
    let good = core(a, b, "1.00");
    let rows = [
        (Pacs009 { debtor: some(&b.bic), ..good.clone() }, 422, "not_our_agent"),
        (Pacs009 { creditor: some(&a.bic), ..good.clone() }, 422, "agent_unknown"),
        (Pacs009 { creditor_agent: some(&b.bic), ..good.clone() }, 400, "request_malformed"),
        (
            Pacs009 {
                settlement_method: "INDA".to_owned(),
                clearing_system_proprietary: None,
                ..good.clone()
            },
            422,
            "settlement_method_unsupported",
        ),
        (
            Pacs009 { settlement_date: some("2023-01-05"), ..good.clone() },
            422,
            "settlement_date_past",
        ),
        (Pacs009 { debtor_name: some("Bad Actor"), ..good.clone() }, 422, "payment_under_review"),
    ];
    for (message, status, code) in rows {
        let xml = message.to_xml().unwrap();
        let answer = a.post_xml("/v1/payments", &xml, JSON).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        let said = answer.json();
        let found = said["code"].as_str().or_else(|| said["reason"]["code"].as_str());
        assert_eq!(found, Some(code), "{}", answer.text);
    }
    assert_eq!(a.available().await, "1000.00");
}

#[actix_web::test]
async fn s4_a_camt_060_is_answered_by_the_report_that_it_asks_for() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let uetr = a.pay(b, ("INV-1", "10.00")).await["uetr"].as_str().unwrap().to_owned();
    let account = a.get(By::Desk, "/v1/accounts", JSON).await.json()[0]["account"].clone();
    let account: String = account.as_str().unwrap().chars().take(32).collect();
    let good = Camt060 {
        msg_id: "ASK-1".to_owned(),
        created: "2026-11-21T10:00:00+00:00".to_owned(),
        request_id: some("ASK-1-1"),
        wanted: "camt.052.001.08".to_owned(),
        iban: None,
        other_account: Some(account),
        owner: some(&a.bic),
        owner_name: None,
        from: None,
        to: None,
        kind: None,
    };
    let ask = async |message: &Camt060| {
        let xml = message.to_xml().unwrap();
        assert_valid(&xml, "camt.060.001.05");
        a.post_as(By::Compliance, "/v1/statement-requests", (XML, xml.into_bytes())).await
    };
    let report = ask(&good).await;
    assert_eq!(report.status, 200, "{}", report.text);
    assert_valid(&report.text, "camt.052.001.08");
    let told = Camt052::find(report.text.as_bytes()).unwrap();
    assert!(told.entries.iter().any(|line| line.uetr.as_deref() == Some(uetr.as_str())));
    let day = |from: &str, to: &str| Camt060 {
        wanted: "camt.053.001.08".to_owned(),
        from: some(from),
        to: some(to),
        kind: some("ALLL"),
        ..good.clone()
    };
    let today = today();
    for (message, status, code) in [
        (day(&today, &today), 409, "day_not_over"),
        (day("2026-01-01", "2026-01-02"), 400, "request_malformed"),
        (Camt060 { kind: some("CHNG"), ..day(&today, &today) }, 400, "request_malformed"),
        (
            Camt060 { wanted: "camt.054.001.08".to_owned(), ..good.clone() },
            400,
            "request_malformed",
        ),
        (Camt060 { other_account: some("0f"), ..good.clone() }, 404, "not_found"),
        (Camt060 { owner: some(&b.bic), ..good.clone() }, 404, "not_found"),
    ] {
        assert_eq!(ask(&message).await.code(status), code, "{message:?}");
    }
}
