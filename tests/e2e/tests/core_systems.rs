//! What a bank's core system speaks besides payments: investigations, covers, tokens.

use std::path::Path;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
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

/// A tool of the machine, with this on its standard input.
fn tool(name: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut tool = Command::new(name);
    let tool = tool.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut tool = tool.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
    tool.stdin.take().unwrap().write_all(input).unwrap();
    let out = tool.wait_with_output().unwrap();
    assert!(out.status.success(), "{name} {args:?}");
    out.stdout
}

/// The two halves of an ECDSA signature, each in 32 bytes, of its DER.
fn halves(der: &[u8]) -> Vec<u8> {
    let (mut at, mut both) = (2, Vec::new());
    for _ in 0..2 {
        let length = usize::from(der[at + 1]);
        let bytes = &der[at + 2..at + 2 + length];
        let bytes = &bytes[length.saturating_sub(32)..];
        both.extend(vec![0; 32 - bytes.len()]);
        both.extend(bytes);
        at += 2 + length;
    }
    both
}

/// A key on P-256 that `openssl` makes, its public half as a JWK in TOML, and what signs by it.
struct ForeignKey {
    file: String,
}

impl ForeignKey {
    fn new(folder: &Path) -> Self {
        let file = folder.join("es256.pem").to_str().unwrap().to_owned();
        let curve = "ec_paramgen_curve:P-256";
        tool("openssl", &["genpkey", "-algorithm", "EC", "-pkeyopt", curve, "-out", &file], b"");
        Self { file }
    }

    fn jwk(&self) -> String {
        let der = tool("openssl", &["pkey", "-in", &self.file, "-pubout", "-outform", "DER"], b"");
        let point = &der[der.len() - 64..];
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[..32]), URL_SAFE_NO_PAD.encode(&point[32..]));
        format!("{{ kty = \"EC\", crv = \"P-256\", x = \"{x}\", y = \"{y}\", kid = \"es\" }}")
    }

    fn assertion(&self, head: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(head), part(claims));
        let signed = ["dgst", "-sha256", "-sign", &self.file];
        let signature = halves(&tool("openssl", &signed, message.as_bytes()));
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What the token endpoint says to an assertion.
fn by_assertion(network: &Network, bank: &str, assertion: &str) -> Answer {
    let form = format!(
        "grant_type=client_credentials&client_assertion_type=\
         urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={assertion}"
    );
    let request = format!(
        "POST /oauth/token HTTP/1.1\r\nhost: florin\r\ncontent-type: {FORM}\r\n\
         content-length: {}\r\n\r\n{form}",
        form.len()
    );
    http::send(&network.url(bank), request.as_bytes())
}

/// Z3. Needs `openssl`, which makes keys and signatures that are none of ours.
#[test]
fn a_client_proves_itself_by_a_key_and_what_it_sent_counts_once() {
    let network = Network::start();
    let bank = ["bank-a".to_owned()];
    network.kill(&bank);
    let own = network.client("bank-a-core");
    let own = own.to_str().unwrap();
    let foreign = ForeignKey::new(&network.path());
    let jwk = e2e::run(&["token", "key", "--key", own]);
    let clients = format!(
        "[[oauth_clients]]\nid = \"core-app\"\nname = \"core-app\"\nscopes = [\"operations:read\"]\n\
         keys = [{}, {}]\n\n[[clients]]",
        String::from_utf8_lossy(&jwk.stdout).trim(),
        foreign.jwk()
    );
    let path = network.of("bank-a").join("config.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, config.replacen("[[clients]]", &clients, 1)).unwrap();
    network.start_again(&bank);

    let url = network.url("bank-a");
    let got = e2e::run(&["token", "get", &url, "--id", "core-app", "--key", own]);
    assert!(got.status.success(), "{got:?}");
    let token = String::from_utf8_lossy(&got.stdout).trim().to_owned();
    let read = bearing(&network, "bank-a", &token, "GET /v1/accounts", &Value::Null);
    assert_eq!(read.status, 200, "{read:?}");
    let more = bearing(&network, "bank-a", &token, "POST /v1/payments", &json!({}));
    assert_eq!((more.status, more.code().as_str()), (403, "role_missing"));
    let stranger = network.client("bank-b-core");
    let stranger = stranger.to_str().unwrap();
    let refused = e2e::run(&["token", "get", &url, "--id", "core-app", "--key", stranger]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no client has this id and key"));

    let now = jiff::Timestamp::now().as_second();
    let claims = |jti: &str, ahead: i64| {
        json!({
            "iss": "core-app", "sub": "core-app", "aud": format!("{url}/oauth/token"),
            "exp": now + ahead, "jti": jti,
        })
    };
    let es256 = json!({"alg": "ES256", "kid": "es"});
    let once = foreign.assertion(&es256, &claims("once", 280));
    let given = by_assertion(&network, "bank-a", &once);
    assert_eq!((given.status, &given.json()["scope"]), (200, &json!("operations:read")));
    let used = |answer: Answer| {
        let said = answer.json()["error_description"].as_str().unwrap_or_default().to_owned();
        (answer.status, said.contains("used before"))
    };
    assert_eq!(used(by_assertion(&network, "bank-a", &once)), (401, true));
    // As it is on disk before the token is given, a killed gateway knows it, too.
    network.kill(&bank);
    network.start_again(&bank);
    assert_eq!(used(by_assertion(&network, "bank-a", &once)), (401, true));
    let unsigned = foreign.assertion(&json!({"alg": "none"}), &claims("none", 280));
    for (assertion, says) in [
        (foreign.assertion(&es256, &claims("late", -1)), "exp is over"),
        (foreign.assertion(&es256, &claims("long", 900)), "more than 300 s"),
        (unsigned, "EdDSA or ES256"),
    ] {
        let answer = by_assertion(&network, "bank-a", &assertion);
        let told = answer.json();
        assert_eq!((answer.status, &told["error"]), (401, &json!("invalid_client")), "{answer:?}");
        let description = told["error_description"].as_str().unwrap();
        assert!(description.contains(says), "{description}");
    }
    let elsewhere = by_assertion(&network, "bank-b", &foreign.assertion(&es256, &claims("b", 280)));
    assert_eq!(elsewhere.status, 401);
    let fresh = by_assertion(&network, "bank-a", &foreign.assertion(&es256, &claims("c", 280)));
    assert_eq!(fresh.status, 200, "{fresh:?}");
}

/// SHA-256 in hex, as an operator makes it.
fn sha256(text: &str) -> String {
    String::from_utf8_lossy(&tool("sha256sum", &[], text.as_bytes())).chars().take(64).collect()
}
