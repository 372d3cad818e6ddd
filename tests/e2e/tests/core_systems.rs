//! What a bank's core system speaks besides payments: investigations, covers, tokens.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use e2e::{
    books::{Books, CURRENCY, FIXTURE_UETR, XML, pay, register, uetr},
    http::{self, Answer},
    network::{Network, Request, until},
};
use serde_json::{Value, json};

const FORM: &str = "application/x-www-form-urlencoded";
const SECRET: &str = "6d5a8f0c3b1e92774c0d5e6f7a8b9c0d1e2f30415263748596a7b8c9dae0f112";

fn post_xml(network: &Network, bank: &str, client: &str, path: &str, xml: &str) -> Answer {
    let body = (XML, xml.as_bytes());
    network.call(bank, Request { client, target: ("POST", path), body })
}

/// A message behind a path.
fn message(network: &Network, bank: &str, path: &str) -> Answer {
    let client = network.client(&format!("{bank}-core"));
    let request = http::signed(&client, ("GET", path), &["--accept", XML]);
    http::send(&network.url(bank), &request)
}

/// What bank B asks bank A about the demo's payment.
fn camt110(network: &Network, msg_id: &str) -> String {
    let agent = |bank: &str| {
        format!("<Agt><FinInstnId><LEI>{}</LEI></FinInstnId></Agt>", network.lei(bank))
    };
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.110.001.01\"><InvstgtnReq>\
         <InvstgtnReq><MsgId>{msg_id}</MsgId><InvstgtnTp><Cd>RQFI</Cd></InvstgtnTp>\
         <InvstgtnSubTp><Cd>FWTR</Cd></InvstgtnSubTp><Undrlyg><IntrBk>\
         <OrgnlUETR>{FIXTURE_UETR}</OrgnlUETR></IntrBk></Undrlyg>\
         <Rqstr>{}</Rqstr><Rspndr>{}</Rspndr></InvstgtnReq>\
         <InvstgtnData><Rsn><Cd>DTOR</Cd></Rsn><RsnSubTp><Cd>RQPA</Cd></RsnSubTp></InvstgtnData>\
         </InvstgtnReq></Document>",
        agent("bank-b"),
        agent("bank-a"),
    )
}

fn camt111(network: &Network, msg_id: &str) -> String {
    let agent = |bank: &str| {
        format!("<Agt><FinInstnId><LEI>{}</LEI></FinInstnId></Agt>", network.lei(bank))
    };
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.111.001.01\"><InvstgtnRspn>\
         <InvstgtnRspn><MsgId>A-1</MsgId><InvstgtnSts><Sts>CLSD</Sts></InvstgtnSts>\
         <InvstgtnData><OrgnlInvstgtnRsn><Cd>DTOR</Cd></OrgnlInvstgtnRsn>\
         <OrgnlInvstgtnRsnSubTp><Cd>RQPA</Cd></OrgnlInvstgtnRsnSubTp>\
         <RspnData><RspnNrrtv>4 Mill Lane, Brattleboro</RspnNrrtv></RspnData></InvstgtnData>\
         </InvstgtnRspn><OrgnlInvstgtnReq><MsgId>{msg_id}</MsgId>\
         <InvstgtnTp><Cd>RQFI</Cd></InvstgtnTp><Rqstr>{}</Rqstr><Rspndr>{}</Rspndr>\
         </OrgnlInvstgtnReq></InvstgtnRspn></Document>",
        agent("bank-b"),
        agent("bank-a"),
    )
}

/// B12.
#[test]
fn a_camt110_is_answered_by_a_camt111_between_gateways_also_when_one_is_killed() {
    let network = Network::start();
    let asks = camt110(&network, "B-417");
    let bank = ["bank-a".to_owned()];
    network.kill(&bank);
    let opened = post_xml(&network, "bank-b", "bank-b-core", "/v1/cases", &asks);
    assert_eq!(opened.status, 200, "{opened:?}");
    let case = opened.json()["case"].as_str().unwrap().to_owned();
    let path = format!("/v1/cases/{case}");
    network.start_again(&bank);
    let asked = || message(&network, "bank-a", &format!("{path}/message"));
    assert!(until(|| asked().status == 200), "{:?}", asked());
    assert_eq!(asked().text, asks);
    let early = message(&network, "bank-b", &path);
    assert_eq!((early.status, early.code().as_str()), (409, "not_answered"));
    let unclear = camt111(&network, "B-417").replace("<Sts>CLSD</Sts>", "<Sts>PDNG</Sts>");
    let answer = format!("{path}/answer");
    let unclear = post_xml(&network, "bank-a", "bank-a-core", &answer, &unclear);
    assert_eq!((unclear.status, unclear.code().as_str()), (422, "investigation_unclear"));

    let says = camt111(&network, "B-417");
    let prepared = post_xml(&network, "bank-a", "bank-a-core", &answer, &says);
    assert_eq!(prepared.status, 200, "{prepared:?}");
    let yes = json!({"content": prepared.json()["draft"]["content"]});
    network.kill(&bank);
    network.start_again(&bank);
    let approve = format!("{answer}/approve");
    let alone = network.post("bank-a", "bank-a-core", &approve, &yes);
    assert_eq!((alone.status, alone.code().as_str()), (409, "same_person"));
    let sent = network.post("bank-a", "bank-a-compliance", &approve, &yes);
    assert_eq!(sent.status, 200, "{sent:?}");
    let told = || message(&network, "bank-b", &path);
    assert!(until(|| told().status == 200), "{:?}", told());
    assert_eq!(told().text, says);
    let seen = network.get("bank-b", "bank-b-core", &path).json();
    assert_eq!(seen["messages"][2]["says"]["given"][0]["value"], "4 Mill Lane, Brattleboro");
    let again = post_xml(&network, "bank-b", "bank-b-core", "/v1/cases", &asks);
    assert_eq!(again.json()["case"], case.as_str(), "{again:?}");
    for (bank, refused, code) in
        [("bank-c", 404, "payment_unknown"), ("bank-a", 422, "not_our_agent")]
    {
        let other = asks.replace("B-417", "X-1");
        let answer = post_xml(&network, bank, &format!("{bank}-core"), "/v1/cases", &other);
        assert_eq!((answer.status, answer.code().as_str()), (refused, code), "{answer:?}");
    }
}

/// A cover between banks A and B.
fn cover(network: &Network, uetr: &str) -> String {
    let bank = |bank: &str| format!("<FinInstnId><LEI>{}</LEI></FinInstnId>", network.lei(bank));
    let (a, b) = (bank("bank-a"), bank("bank-b"));
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.009.001.08\"><FICdtTrf><GrpHdr>\
         <MsgId>COV-1</MsgId><CreDtTm>{today}T00:00:00+00:00</CreDtTm><NbOfTxs>1</NbOfTxs>\
         <SttlmInf><SttlmMtd>CLRG</SttlmMtd><ClrSys><Prtry>FLORIN</Prtry></ClrSys></SttlmInf>\
         </GrpHdr><CdtTrfTxInf><PmtId><EndToEndId>COV-1</EndToEndId><UETR>{uetr}</UETR></PmtId>\
         <IntrBkSttlmAmt Ccy=\"{CURRENCY}\">12.00</IntrBkSttlmAmt>\
         <IntrBkSttlmDt>{today}</IntrBkSttlmDt><InstgAgt>{a}</InstgAgt><InstdAgt>{b}</InstdAgt>\
         <Dbtr>{a}</Dbtr><Cdtr>{b}</Cdtr><UndrlygCstmrCdtTrf><Dbtr><Nm>Orchard Tools</Nm></Dbtr>\
         <DbtrAgt>{a}</DbtrAgt><CdtrAgt>{b}</CdtrAgt><Cdtr><Nm>Henrike Vossbrink</Nm></Cdtr>\
         <CdtrAcct><Id><IBAN>DE39999999990012345678</IBAN></Id></CdtrAcct>\
         <RmtInf><Ustrd>Invoice 2209</Ustrd></RmtInf></UndrlygCstmrCdtTrf>\
         </CdtTrfTxInf></FICdtTrf></Document>"
    )
}

/// P11.
#[test]
fn a_cover_settles_and_the_payees_bank_reads_what_it_covers() {
    let network = Network::start();
    for bank in ["bank-a", "bank-b"] {
        register(&network, bank, &network.lei(bank), &json!({}));
    }
    let before = Books::settled(&network);
    let own = uetr(91);
    let paid = pay(&network, &cover(&network, &own));
    assert_eq!((paid.status, &paid.json()["status"]), (200, &json!("ACSC")), "{paid:?}");
    let after = Books::settled(&network);
    assert_eq!((before.a - after.a, after.b - before.b), (1_200, 1_200));
    let path = format!("/v1/payments/{own}");
    let at_b = || network.get("bank-b", "bank-b-core", &path).json();
    assert!(until(|| at_b()["status"] == "ACSC"), "{}", at_b());
    let covers = at_b()["covers"].clone();
    assert_eq!((&covers["uetr"], &covers["remittance"]), (&json!(own), &json!("Invoice 2209")));
    assert_eq!(covers["creditor"]["iban"], "DE39999999990012345678");
    assert_eq!(network.get("bank-a", "bank-a-core", &path).json()["covers"], covers);
    let bare = cover(&network, &own).replace(&format!("<UETR>{own}</UETR>"), "");
    let bare = pay(&network, &bare);
    assert_eq!((bare.status, bare.code().as_str()), (422, "cover_without_uetr"));
    after.assert_still(&network, "a cover of nothing");
}

/// A token, or why there is none.
fn token(network: &Network, bank: &str, form: &str) -> Answer {
    let basic = STANDARD.encode(format!("core-app:{SECRET}"));
    let request = format!(
        "POST /oauth/token HTTP/1.1\r\nhost: florin\r\nauthorization: Basic {basic}\r\n\
         content-type: {FORM}\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    http::send(&network.url(bank), request.as_bytes())
}

/// A request with a token in place of a signature.
fn bearing(network: &Network, bank: &str, token: &str, target: &str, body: &Value) -> Answer {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let request = format!(
        "{target} HTTP/1.1\r\nhost: florin\r\nauthorization: Bearer {token}\r\n\
         idempotency-key: token-1\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{text}",
        text.len()
    );
    http::send(&network.url(bank), request.as_bytes())
}

/// Z2.
#[test]
fn a_token_reads_and_asks_and_moves_no_money() {
    let network = Network::start();
    let bank = ["bank-a".to_owned()];
    network.kill(&bank);
    let hash = sha256(SECRET);
    let clients = format!(
        "[[oauth_clients]]\nid = \"core-app\"\nsecret_sha256 = \"{hash}\"\nname = \"core-app\"\n\
         scopes = [\"operations\", \"compliance:read\"]\n\n[[clients]]"
    );
    let path = network.of("bank-a").join("config.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, config.replacen("[[clients]]", &clients, 1)).unwrap();
    network.start_again(&bank);
    let grant = "grant_type=client_credentials";
    let given = token(&network, "bank-a", grant);
    assert_eq!(given.status, 200, "{given:?}");
    assert_eq!(given.json()["scope"], "compliance:read operations");
    let all = given.json()["access_token"].as_str().unwrap().to_owned();
    let less = token(&network, "bank-a", &format!("{grant}&scope=operations:read"));
    let less = less.json()["access_token"].as_str().unwrap().to_owned();
    let more = token(&network, "bank-a", &format!("{grant}&scope=compliance"));
    assert_eq!((more.status, &more.json()["error"]), (400, &json!("invalid_scope")));
    let stranger = token(&network, "bank-b", grant);
    assert_eq!((stranger.status, &stranger.json()["error"]), (401, &json!("invalid_client")));

    let before = Books::settled(&network);
    let none = Value::Null;
    let case = json!({"uetr": FIXTURE_UETR, "kind": "FWTR", "level": 1});
    let payment = json!({
        "end_to_end_id": "T-1", "amount": "5.00", "currency": CURRENCY,
        "debtor": {"name": "Orchard Tools Ltd", "account": "700418825531"},
        "creditor": {"name": "Henrike Vossbrink", "iban": "DE39999999990012345678"},
        "creditor_agent": {"lei": network.lei("bank-b")},
    });
    let paid = format!("GET /v1/payments/{FIXTURE_UETR}");
    for (bank, token, target, body, status, code) in [
        ("bank-a", &all, "GET /v1/accounts", &none, 200, ""),
        ("bank-a", &less, paid.as_str(), &none, 200, ""),
        ("bank-a", &all, "GET /v1/customers", &none, 200, ""),
        ("bank-a", &less, "GET /v1/customers", &none, 403, "role_missing"),
        ("bank-a", &less, "POST /v1/cases", &case, 403, "role_missing"),
        ("bank-a", &all, "POST /v1/cases", &case, 200, ""),
        ("bank-a", &all, "POST /v1/simulate", &payment, 200, ""),
        ("bank-a", &all, "POST /v1/payments", &payment, 403, "signature_required"),
        ("bank-a", &less, "POST /v1/payments", &payment, 403, "role_missing"),
        ("bank-a", &all, "POST /v1/customers", &none, 403, "role_missing"),
        ("bank-b", &all, "GET /v1/accounts", &none, 401, "token_invalid"),
    ] {
        let answer = bearing(&network, bank, token, target, body);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{target} {answer:?}");
    }
    before.assert_still(&network, "payments by token");
    let counted = network.counters("bank-a");
    let name = "florin_gateway_requests_total{code=\"signature_required\",status=\"403\"}";
    assert_eq!(counted.get(name), Some(&1));
    // Tokens end with the process.
    network.kill(&bank);
    network.start_again(&bank);
    let late = bearing(&network, "bank-a", &all, "GET /v1/accounts", &none);
    assert_eq!((late.status, late.code().as_str()), (401, "token_invalid"));
}

/// SHA-256 in hex, as an operator makes it.
fn sha256(text: &str) -> String {
    use std::io::Write as _;
    let mut tool = std::process::Command::new("sha256sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = tool.wait_with_output().unwrap().stdout;
    String::from_utf8_lossy(&said).chars().take(64).collect()
}
