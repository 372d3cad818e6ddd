//! Pinned bytes of what gateways sign, seal and commit to (P1, W1 to W3).
//!
//! `delivery.json` is spelled anew and compared byte for byte. Sealing draws a one-time key, so
//! `envelope.json` holds a parcel that was sealed once: every version must open it.
//! `UPDATE_VECTORS=1 cargo vectors` rewrites both; that needs a line in CHANGELOG.md.

use std::{env, fs, path::PathBuf};

use interbank::content::Line;
use ledger_core::{
    codec::{decode, encode},
    command::{Acceptance, Body, Command, GateAttestation, Payment},
    digest::{Domain, Hash32},
    id::{AccountId, ChainId, Leg, Lei, MessageKind, PartyId, Text, Uetr},
    money::{Currency, Money},
    returns::Return,
    settlement::Consent,
    signature::{
        Claim, KeySignature, MemorySigner, PublicKey, Signature, Signed, Signer as _, Statement,
    },
    time::LedgerTime,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use settlement_api::{
    checks::statement::{CheckAnswer, CheckRequest, Verdict},
    envelope::public_from_private,
    exceptions::{
        recall::GivenBack,
        returns::record::{Heard, ReturnNotice, ReturnReceipt},
    },
    fx::{
        price::{Bearer, Fixed, Rate},
        quote::{Ask, Exchanging, ExchangingAnswer, Grant, Quote, Said, Terms, Yes},
    },
    payments::delivery::{Answer, Decision, Delivery, Parcel, commitment},
};
use sha2::{Digest as _, Sha256};

/// 2026-11-01T00:00:00.000Z.
const NOW: LedgerTime = LedgerTime::new(1_793_491_200_000);
/// The recipient's X25519 private key, of the test alone.
const PRIVATE: [u8; 32] = [0x77; 32];

/// One pinned value.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Vector {
    name: String,
    bytes: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

/// A parcel, what opens it, and what is inside.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Envelope {
    about: String,
    private: String,
    public: String,
    parcel: String,
    opens_to: String,
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(file)
}

fn updating() -> bool {
    env::var("UPDATE_VECTORS").is_ok_and(|value| value == "1")
}

fn bank_a() -> Lei {
    Lei::new("529900T8BM49AURSDO55").unwrap()
}

fn bank_b() -> Lei {
    Lei::new("7LTWFZYICNSX8D621K86").unwrap()
}

/// The test key whose RFC 8032 seed is 32 times this byte.
fn signer(seed: u8) -> MemorySigner {
    MemorySigner::new(&[seed; 32])
}

fn delivery() -> Delivery {
    let (salt, message) = (Hash32::new([0x5a; 32]), b"<pacs.008/>".to_vec());
    let leg = Leg {
        instructing: bank_a(),
        uetr: Uetr::from_hex("8a562c67ca1648bab07465581be6f011").unwrap(),
        kind: MessageKind::Pacs008,
        instructed: bank_b(),
    };
    let payment = Payment {
        leg,
        debit: AccountId::new([0xa1; 32]),
        debtor: PartyId::new([0xbd; 32]),
        money: Money::new(Currency::new("USD").unwrap(), 123_456),
        message: commitment(&salt, &message),
    };
    let chain = ChainId::new([0xc0; 32]);
    Delivery { chain, from: bank_a(), to: bank_b(), payment, salt, message }
}

/// One per variant: the match has no `_`, so a new one does not compile without a vector.
fn decisions() -> [(&'static str, Decision); 6] {
    let payment = delivery().payment;
    let acceptance = Acceptance {
        payment: payment.hash(),
        credit: AccountId::new([0xa2; 32]),
        creditor: PartyId::new([0xbc; 32]),
        expires: NOW.after(3_600_000),
    };
    let yes = Signed::new(acceptance, &signer(4)).unwrap();
    let name = |decision: &Decision| match decision {
        Decision::Pending => "pending",
        Decision::Accepted(_) => "accepted",
        Decision::Rejected(_) => "rejected",
        Decision::RejectedBecause(..) => "rejected_because",
        Decision::PendingBecause(..) => "pending_because",
        Decision::RejectedSaying(..) => "rejected_saying",
    };
    let text = |text: &str| Text::new(text).unwrap();
    let no = Decision::Rejected(text("AC01"));
    let why = Decision::RejectedBecause(text("NARR"), text("ticket_used"));
    let reviewed = Decision::PendingBecause(text("NARR"), text("awaits_review"));
    let line = Line::new("the invoice is unknown to our customer").unwrap();
    let said = Decision::RejectedSaying(text("CUST"), line);
    [Decision::Pending, Decision::Accepted(yes), no, why, reviewed, said]
        .map(|decision| (name(&decision), decision))
}

fn answer(decision: Decision) -> Answer {
    let Delivery { chain, payment, .. } = delivery();
    Answer { chain, leg: payment.leg.id(), message: payment.message, decision }
}

fn plain<T: Serialize>(name: &str, value: &T) -> Vector {
    Vector {
        name: name.to_owned(),
        bytes: hex::encode(encode(value)),
        domain: None,
        digest: None,
        public_key: None,
        signature: None,
    }
}

/// A statement with the signature of a test key.
fn signed<T: Statement + Serialize + Clone>(name: &str, value: &T, seed: u8) -> Vector {
    let signed = Signed::new(value.clone(), &signer(seed)).unwrap();
    Vector {
        domain: Some(value.domain().text().to_owned()),
        digest: Some(value.digest().to_hex()),
        public_key: Some(signed.by.key.to_hex()),
        signature: Some(signed.by.signature.to_hex()),
        ..plain(name, value)
    }
}

/// Only these bytes decode to the value (W1).
fn decodes_to<T>(vector: &Vector, expected: &T)
where
    T: DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let bytes = hex::decode(&vector.bytes).unwrap();
    let name = &vector.name;
    assert_eq!(decode::<T>(&bytes, 1 << 20).as_ref(), Ok(expected), "{name}");
    assert!(decode::<T>(&[&bytes[..], &[0]].concat(), 1 << 20).is_err(), "{name}: a byte too many");
    for length in 0..bytes.len() {
        assert!(decode::<T>(&bytes[..length], 1 << 20).is_err(), "{name}: cut to {length} bytes");
    }
}

/// W2 and W3 by their text.
fn facts_hold(vector: &Vector) {
    let Some(domain) = &vector.domain else { return };
    let mut hasher = Sha256::new();
    hasher.update([u8::try_from(domain.len()).unwrap()]);
    hasher.update(domain);
    hasher.update(hex::decode(&vector.bytes).unwrap());
    let digest = Hash32::new(hasher.finalize().into());
    assert_eq!(vector.digest, Some(digest.to_hex()), "{}", vector.name);
    if let (Some(key), Some(signature)) = (&vector.public_key, &vector.signature) {
        let key = PublicKey::from_hex(key).unwrap();
        let signature = Signature::from_hex(signature).unwrap();
        assert!(Claim { by: KeySignature { key, signature }, digest }.holds(), "{}", vector.name);
    }
}

fn vectors() -> Vec<Vector> {
    let delivery = delivery();
    let mut all = vec![signed("delivery", &delivery, 1)];
    all.push(plain("signed_delivery", &Signed::new(delivery.clone(), &signer(1)).unwrap()));
    for (name, decision) in decisions() {
        all.push(signed(&format!("answer/{name}"), &answer(decision), 4));
    }
    let sealed = vec![1, 2, 3];
    let parcel =
        Parcel { from: delivery.from, to: delivery.to, leg: delivery.payment.leg.id(), sealed };
    all.push(plain("parcel", &parcel));
    // The commitment is over salt and message with nothing between them: no BCS.
    let committed = [&delivery.salt.get()[..], &delivery.message].concat();
    all.push(Vector {
        bytes: hex::encode(committed),
        domain: Some(Domain::Content.text().to_owned()),
        digest: Some(delivery.payment.message.to_hex()),
        ..plain("commitment", &())
    });
    all
}

fn spelled(value: &impl Serialize) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).unwrap())
}

#[test]
fn p1_vectors_of_deliveries_answers_parcels_and_commitments() {
    let text = spelled(&vectors());
    if updating() {
        fs::write(path("delivery.json"), &text).unwrap();
    }
    let kept = fs::read_to_string(path("delivery.json")).unwrap_or_default();
    assert!(
        kept == text,
        "delivery.json: the wire format has changed. If that is meant, run `UPDATE_VECTORS=1 cargo \
         vectors` and add a line to CHANGELOG.md; it would be:\n{text}"
    );
    let kept: Vec<Vector> = serde_json::from_str(&kept).unwrap();
    kept.iter().for_each(facts_hold);
    let named = |name: &str| kept.iter().find(|vector| vector.name == name).unwrap();
    decodes_to(named("delivery"), &delivery());
    decodes_to(named("signed_delivery"), &Signed::new(delivery(), &signer(1)).unwrap());
    for (name, decision) in decisions() {
        decodes_to(named(&format!("answer/{name}")), &answer(decision));
    }
    let bytes = hex::decode(&named("parcel").bytes).unwrap();
    decodes_to(named("parcel"), &Parcel::from_bytes(&bytes).unwrap());
}

fn ask() -> Ask {
    Ask {
        chain: ChainId::new([0xc0; 32]),
        taker: bank_a(),
        maker: bank_b(),
        uetr: Uetr::from_hex("8a562c67ca1648bab07465581be6f011").unwrap(),
        source: Currency::new("USD").unwrap(),
        target: Currency::new("EUR").unwrap(),
        fixed: Fixed::Source(10_000),
        bearer: Bearer::Shared,
        debit: AccountId::new([0xa1; 32]),
        credit: AccountId::new([0xa2; 32]),
        party: PartyId::new([0xbd; 32]),
        asked: NOW,
    }
}

fn quote() -> Quote {
    let money = |code, minor| Money::new(Currency::new(code).unwrap(), minor);
    let terms = Terms {
        ask: ask().id(),
        maker: bank_b(),
        taker: bank_a(),
        gives: money("USD", 10_150),
        gets: money("EUR", 9_217),
        source: money("USD", 10_000),
        rate: Rate::parse("0.9217").unwrap(),
        fee: money("USD", 150),
        bearer: Bearer::Shared,
        expires: NOW.after(30_000),
        settle_by: NOW.after(90_000),
    };
    Quote {
        terms,
        salt: Hash32::new([0x5a; 32]),
        debit: AccountId::new([0xb1; 32]),
        credit: AccountId::new([0xb2; 32]),
        party: PartyId::new([0xbe; 32]),
    }
}

/// One per variant: the match has no `_`, so a new one does not compile without a vector.
fn asked() -> [(&'static str, Exchanging); 2] {
    let name = |said: &Exchanging| match said {
        Exchanging::Ask(_) => "ask",
        Exchanging::Accept(_) => "accept",
    };
    let Ask { chain, taker, maker, .. } = ask();
    let yes = Yes { chain, taker, maker, ask: ask().id(), set: quote().set_hash(&ask()) };
    [Exchanging::Ask(ask()), Exchanging::Accept(yes)].map(|said| (name(&said), said))
}

/// One per variant, as [`asked`].
fn answered() -> [(&'static str, ExchangingAnswer); 3] {
    let name = |said: &Said| match said {
        Said::Quoted(_) => "quoted",
        Said::Refused(_) => "refused",
        Said::Granted(_) => "granted",
    };
    let [_, back] = quote().legs(&ask());
    let expires = NOW.after(90_000);
    let attestation = GateAttestation {
        payment: back.payment.hash(),
        list_version: Hash32::new([0x11; 32]),
        rule_version: 1,
        expires,
    };
    let consent = Consent { to: quote().set_hash(&ask()), expires };
    let grant = Grant {
        gate: Signed::new(attestation, &signer(5)).unwrap(),
        consent: Signed::new(consent, &signer(4)).unwrap(),
    };
    let said = [
        Said::Quoted(Box::new(quote())),
        Said::Refused(Text::new("quote_unavailable").unwrap()),
        Said::Granted(Box::new(grant)),
    ];
    let (chain, ask) = (ask().chain, ask().id());
    said.map(|said| (name(&said), ExchangingAnswer { chain, ask, said }))
}

#[test]
fn r2_r3_vectors_of_what_is_said_about_a_quote() {
    let mut all: Vec<_> = asked().iter().map(|(name, said)| signed(name, said, 1)).collect();
    all.extend(answered().iter().map(|(name, said)| signed(name, said, 4)));
    let legs = quote().legs(&ask()).to_vec();
    all.push(Vector {
        domain: Some(Domain::Set.text().to_owned()),
        digest: Some(quote().set_hash(&ask()).to_hex()),
        ..plain("legs", &legs)
    });
    let text = spelled(&all);
    if updating() {
        fs::write(path("quote.json"), &text).unwrap();
    }
    let kept = fs::read_to_string(path("quote.json")).unwrap_or_default();
    assert!(kept == text, "quote.json: the wire format has changed; it would be:\n{text}");
    let kept: Vec<Vector> = serde_json::from_str(&kept).unwrap();
    kept.iter().for_each(facts_hold);
    let named = |name: &str| kept.iter().find(|vector| vector.name == name).unwrap();
    asked().iter().for_each(|(name, said)| decodes_to(named(name), said));
    answered().iter().for_each(|(name, said)| decodes_to(named(name), said));
}

fn check_request() -> CheckRequest {
    CheckRequest {
        chain: ChainId::new([0xc0; 32]),
        from: bank_a(),
        to: bank_b(),
        nonce: Hash32::new([0x6e; 32]),
        account: "IBAN:DE89370400440532013000".to_owned(),
        name: "Fjord Timber".to_owned(),
        asked: NOW,
    }
}

/// One per variant, as [`asked`].
fn verdicts() -> [(&'static str, CheckAnswer); 4] {
    let name = |verdict: &Verdict| match verdict {
        Verdict::Match => "match",
        Verdict::Close(_) => "close",
        Verdict::NoMatch => "no_match",
        Verdict::Unknown => "unknown",
    };
    let close = Verdict::Close("Fjord Timber AS".to_owned());
    let (chain, check) = (check_request().chain, check_request().digest());
    [Verdict::Match, close, Verdict::NoMatch, Verdict::Unknown]
        .map(|verdict| (name(&verdict), CheckAnswer { chain, check, verdict }))
}

#[test]
fn h1_vectors_of_what_is_said_about_an_account() {
    let mut all = vec![signed("request", &check_request(), 1)];
    all.extend(verdicts().iter().map(|(name, answer)| signed(name, answer, 4)));
    let text = spelled(&all);
    if updating() {
        fs::write(path("check.json"), &text).unwrap();
    }
    let kept = fs::read_to_string(path("check.json")).unwrap_or_default();
    assert!(kept == text, "check.json: the wire format has changed; it would be:\n{text}");
    let kept: Vec<Vector> = serde_json::from_str(&kept).unwrap();
    kept.iter().for_each(facts_hold);
    let named = |name: &str| kept.iter().find(|vector| vector.name == name).unwrap();
    decodes_to(named("request"), &check_request());
    verdicts().iter().for_each(|(name, answer)| decodes_to(named(name), answer));
}

fn return_notice() -> ReturnNotice {
    let (salt, message) = (Hash32::new([0x5b; 32]), b"<pacs.004/>".to_vec());
    let Delivery { chain, payment, .. } = delivery();
    let leg = Leg {
        instructing: bank_b(),
        kind: MessageKind::Pacs004,
        instructed: bank_a(),
        ..payment.leg
    };
    let back = Payment {
        leg,
        debit: AccountId::new([0xa2; 32]),
        debtor: PartyId::new([0xbc; 32]),
        message: commitment(&salt, &message),
        ..payment
    };
    let attestation = GateAttestation {
        payment: back.hash(),
        list_version: Hash32::new([0x11; 32]),
        rule_version: 1,
        expires: NOW.after(120_000),
    };
    let gate = Signed::new(attestation, &signer(5)).unwrap();
    let original = payment.leg.id();
    let body = Body {
        chain,
        organisation: bank_b(),
        signers: vec![signer(4).public_key()],
        nonce: Hash32::new([0x6e; 32]),
        expires: NOW.after(60_000),
        command: Command::Return(Return { payment: back, original, gate }),
    };
    let back = GivenBack { command: body.id(), leg, salt, message };
    ReturnNotice { chain, from: bank_b(), to: bank_a(), leg: original, back, body }
}

/// One per variant, as [`asked`].
fn heard() -> [(&'static str, ReturnReceipt); 2] {
    let name = |heard: Heard| match heard {
        Heard::NotYet => "not_yet",
        Heard::Taken => "taken",
    };
    let (chain, notice) = (return_notice().chain, return_notice().digest());
    [Heard::NotYet, Heard::Taken].map(|heard| (name(heard), ReturnReceipt { chain, notice, heard }))
}

#[test]
fn x10_vectors_of_what_is_said_about_a_return() {
    assert!(return_notice().holds_together());
    let mut all = vec![signed("notice", &return_notice(), 4)];
    all.extend(heard().iter().map(|(name, receipt)| signed(name, receipt, 1)));
    let text = spelled(&all);
    if updating() {
        fs::write(path("return.json"), &text).unwrap();
    }
    let kept = fs::read_to_string(path("return.json")).unwrap_or_default();
    assert!(kept == text, "return.json: the wire format has changed; it would be:\n{text}");
    let kept: Vec<Vector> = serde_json::from_str(&kept).unwrap();
    kept.iter().for_each(facts_hold);
    let named = |name: &str| kept.iter().find(|vector| vector.name == name).unwrap();
    decodes_to(named("notice"), &return_notice());
    heard().iter().for_each(|(name, receipt)| decodes_to(named(name), receipt));
}

fn open(envelope: &Envelope) -> Option<Signed<Delivery>> {
    let parcel = Parcel::from_bytes(&hex::decode(&envelope.parcel).ok()?).ok()?;
    let private = hex::decode(&envelope.private).ok()?.try_into().ok()?;
    parcel.unpack(&private).ok()
}

#[test]
fn p1_the_vector_of_a_sealed_parcel_opens_for_ever() {
    let signed = Signed::new(delivery(), &signer(1)).unwrap();
    let kept = fs::read_to_string(path("envelope.json")).unwrap_or_default();
    let kept: Option<Envelope> = serde_json::from_str(&kept).ok();
    // A parcel that opens is kept even then: sealing again would change it for no reason.
    let opens = kept.as_ref().and_then(open).as_ref() == Some(&signed);
    if updating() && !opens {
        let public = public_from_private(&PRIVATE).unwrap();
        let route = (bank_a(), bank_b(), delivery().payment.leg.id());
        let parcel = Parcel::pack(route, &Hash32::new(public), &signed).unwrap();
        let envelope = Envelope {
            about:
                "private opens the parcel to opens_to, the canonical bytes of a signed delivery \
                    (P1)"
                    .to_owned(),
            private: hex::encode(PRIVATE),
            public: hex::encode(public),
            parcel: hex::encode(encode(&parcel)),
            opens_to: hex::encode(encode(&signed)),
        };
        fs::write(path("envelope.json"), spelled(&envelope)).unwrap();
        return;
    }
    let kept = kept.expect("envelope.json");
    assert_eq!(open(&kept), Some(signed.clone()));
    assert_eq!(kept.opens_to, hex::encode(encode(&signed)));
    let private: [u8; 32] = hex::decode(&kept.private).unwrap().try_into().unwrap();
    assert_eq!(public_from_private(&private).map(hex::encode), Ok(kept.public));
}
