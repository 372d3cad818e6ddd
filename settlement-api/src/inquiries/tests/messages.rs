//! Cases that are asked by camt.110 and answered by camt.111 (B12), over HTTP between gateways.

use std::{path::PathBuf, process::Command};

use iso20022::view::{Camt110, Camt111, View as _};
use reqwest::header::{ACCEPT, HeaderValue};
use serde_json::{Value, json};
use verifier::testing::lei;

use super::support::{A, B, BANKS, C, Net, client_key, question, read, reply, uetr};
use crate::client::ClientRequest;

const XML: &str = "application/xml";

/// B asks A for the payer's name and where the money comes from.
fn camt110(msg_id: &str, bank: usize) -> String {
    let agent = |bank: usize| {
        format!("<Agt><FinInstnId><LEI>{}</LEI></FinInstnId></Agt>", lei(BANKS[bank]).text())
    };
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.110.001.01\"><InvstgtnReq>\
         <InvstgtnReq><MsgId>{msg_id}</MsgId><RqstrInvstgtnId>DESK-7</RqstrInvstgtnId>\
         <InvstgtnTp><Cd>RQFI</Cd></InvstgtnTp><InvstgtnSubTp><Cd>FWTR</Cd></InvstgtnSubTp>\
         <Undrlyg><IntrBk><OrgnlUETR>{}</OrgnlUETR></IntrBk></Undrlyg>\
         <Rqstr>{}</Rqstr><Rspndr>{}</Rspndr></InvstgtnReq>\
         <InvstgtnData><Rsn><Cd>DTOR</Cd></Rsn><RsnSubTp><Cd>RQNM</Cd></RsnSubTp>\
         <AddtlReqData><ReqNrrtv>the name was cut off</ReqNrrtv></AddtlReqData></InvstgtnData>\
         <InvstgtnData><Rsn><Cd>DTOR</Cd></Rsn><RsnSubTp><Cd>RQUP</Cd></RsnSubTp></InvstgtnData>\
         <InvstgtnData><Rsn><Cd>REGR</Cd></Rsn></InvstgtnData></InvstgtnReq></Document>",
        uetr().to_text(),
        agent(B),
        agent(bank),
    )
}

/// What A answers to a camt.110 of B.
fn camt111(asked: &str, status: &str, given: &str) -> String {
    let asked = Camt110::find(asked.as_bytes()).unwrap();
    let agent = |lei: Option<String>| {
        format!("<Agt><FinInstnId><LEI>{}</LEI></FinInstnId></Agt>", lei.unwrap())
    };
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.111.001.01\"><InvstgtnRspn>\
         <InvstgtnRspn><MsgId>A-88</MsgId><RspndrInvstgtnId>A-CASE-88</RspndrInvstgtnId>\
         <InvstgtnSts>{status}</InvstgtnSts>{given}</InvstgtnRspn>\
         <OrgnlInvstgtnReq><MsgId>{}</MsgId><InvstgtnTp><Cd>{}</Cd></InvstgtnTp>\
         <Rqstr>{}</Rqstr><Rspndr>{}</Rspndr></OrgnlInvstgtnReq></InvstgtnRspn></Document>",
        asked.msg_id,
        asked.kind.unwrap(),
        agent(asked.requester_lei),
        agent(asked.responder_lei),
    )
}

fn row(reason: &str, part: &str, value: &str) -> String {
    format!(
        "<InvstgtnData><OrgnlInvstgtnRsn><Cd>{reason}</Cd></OrgnlInvstgtnRsn>\
         <OrgnlInvstgtnRsnSubTp><Cd>{part}</Cd></OrgnlInvstgtnRsnSubTp>\
         <RspnData><RspnNrrtv>{value}</RspnNrrtv></RspnData></InvstgtnData>"
    )
}

const CLOSED: &str = "<Sts>CLSD</Sts>";

fn given() -> String {
    row("DTOR", "RQNM", "Orchard Tools Ltd") + &row("DTOR", "RQUP", "sale of two presses")
}

async fn post(net: &Net, (bank, who): (usize, &str), path: &str, xml: &str) -> (u16, Value) {
    let request = ClientRequest::post(path, XML, xml.to_owned());
    let request = request.with_idempotency_key(crate::keys::random_32().to_hex());
    read(&net.ask(bank, client_key(bank, who), request).await)
}

/// The message behind a path, or the code of the problem.
async fn message(net: &Net, bank: usize, path: &str) -> Result<String, String> {
    let mut request = ClientRequest::get(path);
    request.unsigned_headers.insert(ACCEPT, HeaderValue::from_static(XML));
    let answer = net.ask(bank, client_key(bank, "maker"), request).await;
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    if answer.status == 200 { Ok(text) } else { Err(answer.problem().unwrap().code) }
}

async fn asked(net: &Net, xml: &str) -> String {
    let (status, opened) = post(net, (B, "maker"), "/v1/cases", xml).await;
    assert_eq!(status, 200, "{opened}");
    net.settle().await;
    opened["case"].as_str().unwrap().to_owned()
}

/// The official schema of the only market that publishes one judges what is written, once banks and
/// references are such as that market has, and what it has no place for is left out.
fn assert_fits_fedwire(xml: &str, message: &str) {
    let data = std::env::var_os("FLORIN_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let folder = std::fs::read_dir(data.join("xsd/fedwire-2025")).into_iter().flatten().flatten();
    let named = message.replace('.', "_");
    let schema = folder.map(|one| one.path()).find(|one| one.to_string_lossy().contains(&named));
    let Some(schema) = schema else {
        println!("skipped: no data");
        return;
    };
    let put = |text: &str, pattern: &str, to: &str| {
        regex_lite::Regex::new(pattern).unwrap().replace_all(text, to).into_owned()
    };
    let bank = "<FinInstnId><ClrSysMmbId><ClrSysId><Cd>USABA</Cd></ClrSysId>\
                <MmbId>021040078</MmbId></ClrSysMmbId></FinInstnId>";
    let mut text = put(xml, "(?s)<FinInstnId>.*?</FinInstnId>", bank);
    text = put(&text, "(?s)<NclsdFile>.*?</NclsdFile>", "");
    text = put(&text, "(?s)<OrgnlInvstgtnRsn(SubTp)?>.*?</OrgnlInvstgtnRsn(SubTp)?>", "");
    text = put(&text, "(?s)(<OrgnlInvstgtnReq>.*?)<Undrlyg>.*?</Undrlyg>", "$1");
    text = put(&text, "(?s)<RsnSubTp>\\s*<Prtry>.*?</RsnSubTp>", "");
    // Names of one's own, of which that market has none.
    text = put(&text, "(?s)<Rsn>\\s*<Prtry>.*?</Prtry>\\s*</Rsn>", "<Rsn><Cd>NARR</Cd></Rsn>");
    text = put(&text, "(?s)<StsRsn>\\s*<Prtry>(.*?)</Prtry>", "<StsRsn><Cd>$1</Cd>");
    let imad = "<MsgId>20261102MMQFMPZZ000001</MsgId>";
    let own = text.find("<MsgId>").unwrap();
    let end = text.find("</MsgId>").unwrap() + "</MsgId>".len();
    text.replace_range(own..end, imad);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("document.xml");
    std::fs::write(&file, &text).unwrap();
    let run = Command::new("xmllint").arg("--noout").arg("--schema").arg(schema).arg(file).output();
    match run {
        Err(_) => println!("skipped: no xmllint"),
        Ok(run) => {
            let said = String::from_utf8_lossy(&run.stderr).into_owned();
            assert!(run.status.success(), "{said}\n{text}");
        }
    }
}

#[actix_web::test]
async fn b12_a_camt110_opens_a_case_and_a_camt111_answers_it_byte_by_byte() {
    let net = Net::new().await;
    let xml = camt110("B-417", A);
    let case = asked(&net, &xml).await;
    let path = |rest: &str| format!("/v1/cases/{case}{rest}");
    for bank in [A, B] {
        assert_eq!(message(&net, bank, &path("/message")).await.unwrap(), xml);
        let code = message(&net, bank, &path("")).await.unwrap_err();
        assert_eq!(code, "not_answered");
    }
    let at_a = net.see(A, &case).await;
    assert_eq!((&at_a["kind"], &at_a["state"]), (&json!("FWTR"), &json!("opened")));
    assert_eq!(at_a["asked"], json!(["debtor_name", "source_of_funds"]));
    let says = &at_a["messages"][0]["says"];
    assert_eq!(says["reasons"], json!(["REGR"]));
    assert_eq!(says["lines"], json!(["the name was cut off"]));
    // The same message is the same case under any key; another of its name is none.
    assert_eq!(asked(&net, &xml).await, case);
    let other = xml.replace("cut off", "garbled");
    let other = post(&net, (B, "maker"), "/v1/cases", &other).await;
    assert_eq!((other.0, &other.1["code"]), (409, &json!("duplicate_conflict")));

    // Less than was asked for; then an answer of two persons.
    let less = camt111(&xml, CLOSED, &row("DTOR", "RQNM", "Orchard Tools Ltd"));
    let less = post(&net, (A, "maker"), &path("/answer"), &less).await;
    assert_eq!((less.0, &less.1["code"]), (422, &json!("answer_incomplete")));
    assert_eq!(net.state(A, &case), Some("opened"), "a refusal took the case on");
    let answer = camt111(&xml, CLOSED, &given());
    let (status, prepared) = post(&net, (A, "maker"), &path("/answer"), &answer).await;
    assert_eq!((status, &prepared["state"]), (200, &json!("assigned")), "{prepared}");
    let yes = json!({"content": prepared["draft"]["content"]});
    let alone = net.post((A, "maker"), &path("/answer/approve"), &yes).await;
    assert_eq!(alone.1["code"], "same_person");
    net.done((A, "checker"), &path("/answer/approve"), &yes).await;
    net.settle().await;
    for bank in [A, B] {
        assert_eq!(message(&net, bank, &path("")).await.unwrap(), answer);
    }
    let at_b = net.see(B, &case).await;
    assert_eq!((&at_b["state"], &at_b["iso_status"]), (&json!("answered"), &json!("CLSD")));
    let last = at_b["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(last["code"], "INFO");
    assert_eq!(last["says"]["given"][1]["value"], "sale of two presses");
    net.end().await;
}

#[actix_web::test]
async fn b12_what_was_said_in_json_is_written_alike_at_both_banks() {
    let net = Net::new().await;
    let mut asks = question();
    asks["asked"] = json!(["source_of_funds", "charges"]);
    asks["reasons"] = json!(["DTOR", "CTOR"]);
    asks["documents"] = json!([{"name": "Letter", "media": "application/pdf", "base64": "UERG"}]);
    let opened = net.done((B, "maker"), "/v1/cases", &asks).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    let path = |rest: &str| format!("/v1/cases/{case}{rest}");
    let written = message(&net, A, &path("/message")).await.unwrap();
    assert_eq!(message(&net, B, &path("/message")).await.unwrap(), written);
    assert!(iso20022::check::check(written.as_bytes(), None).ok());
    assert_fits_fedwire(&written, "camt.110.001.01");
    let view = Camt110::find(written.as_bytes()).unwrap();
    assert_eq!(view.original_uetr, Some(uetr().to_text()));
    assert_eq!((view.kind.as_deref(), view.topic.as_deref()), (Some("RQFI"), Some("FWTR")));
    // Four fields of the level, two by name, two reasons.
    assert_eq!(view.asked.len(), 8);
    assert_eq!(view.asked[0].files[0].content, "UERG");
    net.done((A, "maker"), &path("/accept"), &json!({})).await;
    let words = [
        ("interim", json!({"reason": "ARPL", "lines": ["we asked her"]}), "PDNG"),
        ("reject", json!({"reason": "NOOR"}), "RJCT"),
    ];
    for (act, body, status) in words {
        net.done((A, "maker"), &path(&format!("/{act}")), &body).await;
        net.settle().await;
        let written = message(&net, B, &path("")).await.unwrap();
        assert_eq!(message(&net, A, &path("")).await.unwrap(), written);
        assert!(iso20022::check::check(written.as_bytes(), None).ok());
        assert_fits_fedwire(&written, "camt.111.001.01");
        let said = Camt111::find(written.as_bytes()).unwrap();
        assert_eq!(said.original_msg_id, view.msg_id);
        assert_eq!(said.status, status);
        assert_eq!(said.status_reason.as_deref(), body["reason"].as_str());
    }
    net.end().await;
}

#[actix_web::test]
async fn b12_every_outcome_of_an_answer_is_written_as_it_is_read() {
    let net = Net::new().await;
    for (outcome, coded, named) in
        [("INFO", None, None), ("NINF", Some("NOAD"), None), ("RJNR", None, Some("RJNR"))]
    {
        let opened = net.done((B, "maker"), "/v1/cases", &question()).await;
        let case = opened["case"].as_str().unwrap().to_owned();
        net.settle().await;
        net.done((A, "maker"), &format!("/v1/cases/{case}/accept"), &json!({})).await;
        let mut said = reply();
        said["outcome"] = json!(outcome);
        let prepared = net.done((A, "maker"), &format!("/v1/cases/{case}/answer"), &said).await;
        let yes = json!({"content": prepared["draft"]["content"]});
        net.done((A, "checker"), &format!("/v1/cases/{case}/answer/approve"), &yes).await;
        net.settle().await;
        let written = message(&net, B, &format!("/v1/cases/{case}")).await.unwrap();
        assert_fits_fedwire(&written, "camt.111.001.01");
        let view = Camt111::find(written.as_bytes()).unwrap();
        assert_eq!(view.status_reason.as_deref(), coded, "{outcome}");
        assert_eq!(view.status_reason_name.as_deref(), named, "{outcome}");
        assert_eq!(view.given.len(), 4);
        // A's core system could have sent what was written: to the same question, another day.
        let next = net.done((B, "maker"), "/v1/cases", &question()).await;
        let next = next["case"].as_str().unwrap().to_owned();
        net.settle().await;
        let ask = message(&net, A, &format!("/v1/cases/{next}/message")).await.unwrap();
        let ask = Camt110::find(ask.as_bytes()).unwrap();
        let again = written
            .replace(&view.original_msg_id, &ask.msg_id)
            .replace(&view.requester_case.unwrap(), &ask.requester_case.unwrap());
        let path = format!("/v1/cases/{next}/answer");
        let (status, prepared) = post(&net, (A, "maker"), &path, &again).await;
        assert_eq!(status, 200, "{prepared}");
        assert_eq!(prepared["draft"]["outcome"], outcome);
        assert_eq!(prepared["draft"]["says"]["given"].as_array().unwrap().len(), 4);
    }
    net.end().await;
}

#[actix_web::test]
async fn b12_what_a_case_has_no_place_for_is_refused_with_its_code_and_changes_nothing() {
    let net = Net::new().await;
    let good = camt110("B-1", A);
    let other_uetr = "00000000-0000-4000-8000-0000000000aa";
    let own = uetr().to_text();
    let action = "<InvstgtnTp><Cd>RQFI";
    let rows = [
        ("<MsgId>B-1</MsgId>", "", 400, "message_breaks_rules"),
        ("<Cd>DTOR</Cd>", "<Cd>ZZZZ</Cd>", 400, "message_breaks_rules"),
        ("<Cd>FWTR</Cd>", "<Prtry>own</Prtry>", 422, "investigation_unclear"),
        ("<Cd>RQFI</Cd>", "<Prtry>own</Prtry>", 422, "investigation_unclear"),
        (
            action,
            "<ReqActn><Actn><Cd>RQCL</Cd></Actn></ReqActn><InvstgtnTp><Cd>RQFI",
            422,
            "investigation_unclear",
        ),
        (
            "<IntrBk>",
            "<IntrBk><OrgnlGrpInf><OrgnlMsgId>NO</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08\
            </OrgnlMsgNmId></OrgnlGrpInf>",
            400,
            "request_malformed",
        ),
        (own.as_str(), other_uetr, 404, "payment_unknown"),
        (lei(BANKS[B]).text(), lei(BANKS[C]).text(), 422, "not_our_agent"),
        (lei(BANKS[A]).text(), lei("BANKD").text(), 422, "not_an_agent"),
    ]
    .map(|(from, to, status, code)| (from.to_owned(), to.to_owned(), status, code));
    for (from, to, status, code) in rows {
        assert!(good.contains(&from), "{from}");
        let bad = good.replacen(&from, &to, 1);
        let answer = post(&net, (B, "maker"), "/v1/cases", &bad).await;
        assert_eq!((answer.0, &answer.1["code"]), (status, &json!(code)), "{from} {}", answer.1);
    }
    let (_, cases) = net.get((B, "maker"), "/v1/cases").await;
    assert_eq!(cases["cases"], json!([]));

    let case = asked(&net, &good).await;
    let path = format!("/v1/cases/{case}/answer");
    let answer = camt111(&good, CLOSED, &given());
    let (bank_a, bank_c) = (lei(BANKS[A]), lei(BANKS[C]));
    let pending = "<Sts>PDNG</Sts><StsRsn><Cd>FTNA</Cd></StsRsn>";
    let long = format!("<RspnNrrtv>{}</RspnNrrtv>", "x".repeat(141));
    let rows = [
        ("<MsgId>B-1</MsgId>", "<MsgId>B-2</MsgId>", 400, "request_malformed"),
        ("<Cd>RQFI</Cd>", "<Cd>UTAP</Cd>", 400, "request_malformed"),
        (bank_a.text(), bank_c.text(), 400, "request_malformed"),
        (CLOSED, "<Sts>PDNG</Sts>", 422, "investigation_unclear"),
        (CLOSED, pending, 422, "investigation_unclear"),
        (CLOSED, "<Sts>RJCT</Sts><StsRsn><Cd>NOOR</Cd></StsRsn>", 422, "investigation_unclear"),
        (CLOSED, "<Sts>DONE</Sts>", 400, "message_breaks_rules"),
        ("<RspnNrrtv>Orchard Tools Ltd</RspnNrrtv>", &long, 422, "investigation_unclear"),
    ];
    for (from, to, status, code) in rows {
        let bad = answer.replacen(from, to, 1);
        assert_ne!(bad, answer, "{from}");
        let told = post(&net, (A, "maker"), &path, &bad).await;
        assert_eq!((told.0, &told.1["code"]), (status, &json!(code)), "{from} {}", told.1);
    }
    let wrong = post(&net, (B, "maker"), &path, &answer).await;
    assert_eq!((wrong.0, &wrong.1["code"]), (409, &json!("wrong_writer")));
    assert_eq!(net.state(A, &case), Some("opened"));
    let recall = json!({"uetr": own, "to": lei(BANKS[A]).text(), "kind": "cancel"});
    let recall = net.done((B, "maker"), "/v1/cases", &recall).await;
    let path = format!("/v1/cases/{}/message", recall["case"].as_str().unwrap());
    assert_eq!(message(&net, B, &path).await.unwrap_err(), "not_an_investigation");
    net.end().await;
}

#[actix_web::test]
async fn b12_b6_a_passed_on_answer_leaves_the_next_agents_message_behind() {
    let net = Net::new().await;
    // C asks B, which asks A.
    let agents = |text: String| {
        text.replace(lei(BANKS[B]).text(), lei(BANKS[C]).text())
            .replace(lei(BANKS[A]).text(), lei(BANKS[B]).text())
    };
    let asks = agents(camt110("C-1", A));
    let (status, opened) = post(&net, (C, "maker"), "/v1/cases", &asks).await;
    assert_eq!(status, 200, "{opened}");
    net.settle().await;
    let parent = opened["case"].as_str().unwrap().to_owned();
    net.done((B, "maker"), &format!("/v1/cases/{parent}/accept"), &json!({})).await;
    let to = json!({"to": lei(BANKS[A]).text()});
    let forwarded = net.done((B, "maker"), &format!("/v1/cases/{parent}/forward"), &to).await;
    let child = forwarded["children"][0].as_str().unwrap().to_owned();
    net.settle().await;
    let pending = message(&net, C, &format!("/v1/cases/{parent}")).await.unwrap();
    let pending = Camt111::find(pending.as_bytes()).unwrap();
    assert_eq!(pending.status_reason.as_deref(), Some("FTNA"));
    let ask = message(&net, A, &format!("/v1/cases/{child}/message")).await.unwrap();
    assert!(!ask.contains(lei(BANKS[C]).text()), "{ask}");
    let path = format!("/v1/cases/{child}/answer");
    let answer = camt111(&ask, CLOSED, &given());
    let (status, prepared) = post(&net, (A, "maker"), &path, &answer).await;
    assert_eq!(status, 200, "{prepared}");
    let yes = json!({"content": prepared["draft"]["content"]});
    net.done((A, "checker"), &format!("{path}/approve"), &yes).await;
    net.settle().await;
    assert_eq!(message(&net, B, &format!("/v1/cases/{child}")).await.unwrap(), answer);
    let path = format!("/v1/cases/{parent}/answer");
    let relayed = net.done((B, "maker"), &path, &json!({"relay": child})).await;
    assert_eq!(relayed["draft"]["says"]["documents"], json!([]));
    let yes = json!({"content": relayed["draft"]["content"]});
    net.done((B, "checker"), &format!("{path}/approve"), &yes).await;
    net.settle().await;
    let told = message(&net, C, &format!("/v1/cases/{parent}")).await.unwrap();
    assert!(told.contains("Orchard Tools Ltd") && !told.contains(lei(BANKS[A]).text()), "{told}");
    assert_eq!(Camt111::find(told.as_bytes()).unwrap().original_msg_id, "C-1");
    net.end().await;
}

#[actix_web::test]
async fn b12_a_message_that_says_something_else_than_its_letter_does_not_count() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let net = Net::new().await;
    let lie = STANDARD.encode(camt110("B-9", A));
    let mut asks = question();
    asks["documents"] = json!([{"name": "camt.110.001.01", "media": XML, "base64": lie}]);
    let opened = net.done((B, "maker"), "/v1/cases", &asks).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    for bank in [A, B] {
        let shown = message(&net, bank, &format!("/v1/cases/{case}/message")).await.unwrap();
        let shown = Camt110::find(shown.as_bytes()).unwrap();
        assert_ne!(shown.msg_id, "B-9");
        assert_eq!(shown.asked[0].narrative.as_deref(), Some("whose money is it?"));
    }
    net.end().await;
}

#[actix_web::test]
async fn b12_a_message_is_no_document_about_the_payment_at_level_three() {
    let net = Net::new().await;
    let mut asks = question();
    asks["level"] = json!(3);
    let opened = net.done((B, "maker"), "/v1/cases", &asks).await;
    let case = opened["case"].as_str().unwrap().to_owned();
    net.settle().await;
    let ask = message(&net, A, &format!("/v1/cases/{case}/message")).await.unwrap();
    let rows: String = [
        ("DTOR", "<Cd>RQNM</Cd>"),
        ("DTOR", "<Cd>RQAC</Cd>"),
        ("CTOR", "<Cd>RQNM</Cd>"),
        ("CTOR", "<Cd>RQAC</Cd>"),
        ("DTOR", "<Prtry>debtor_identity</Prtry>"),
        ("DTOR", "<Cd>RQPA</Cd>"),
        ("RQPR", "<Cd>RQRE</Cd>"),
    ]
    .map(|(reason, part)| row(reason, "ZZ", "said").replace("<Cd>ZZ</Cd>", part))
    .concat();
    let purpose = "<InvstgtnData><OrgnlInvstgtnRsn><Cd>PURP</Cd></OrgnlInvstgtnRsn><RspnData>\
                   <RspnNrrtv>two presses</RspnNrrtv></RspnData>FILE</InvstgtnData>";
    let file = "<NclsdFile><Tp><Cd>CINV</Cd></Tp><Id>1</Id><IsseDt><Dt>2026-11-02</Dt></IsseDt>\
                <Nm>Invoice</Nm><Frmt><Cd>DPDF</Cd></Frmt><Nclsr>UERG</Nclsr></NclsdFile>";
    let path = format!("/v1/cases/{case}/answer");
    let bare = camt111(&ask, CLOSED, &(rows.clone() + &purpose.replace("FILE", "")));
    let bare = post(&net, (A, "maker"), &path, &bare).await;
    assert_eq!((bare.0, &bare.1["code"]), (422, &json!("answer_incomplete")), "{}", bare.1);
    let whole = camt111(&ask, CLOSED, &(rows + &purpose.replace("FILE", file)));
    let (status, prepared) = post(&net, (A, "maker"), &path, &whole).await;
    assert_eq!(status, 200, "{prepared}");
    let documents = &prepared["draft"]["says"]["documents"];
    assert_eq!(documents[1]["name"], "Invoice");
    assert_eq!(documents[1]["media"], "application/pdf");
    net.end().await;
}
