//! The pack of a payment: what it proves, and that no byte of it is free.

use ledger_core::{
    command::{Acceptance, Body, Command, GateAttestation, Hold, Payment, Void, VoidReason},
    digest::Hash32,
    id::{AccountId, CommandId, Leg, LegId, MessageKind, PartyId, Text, Uetr},
    money::Money,
    receipt::{Effect, Kind, Outcome, Receipt},
    refusal::Refusal,
    signature::Signed,
    time::{Height, LedgerTime},
};
use verifier::{
    ReceiptFile,
    testing::{TestNetwork, changes, currency},
};

use super::{
    evidence::{anchored, record},
    support::{NOW, bank, payment as subject, signer},
};
use crate::{
    delivery::{AnchoredMessage, Answer, Decision, Delivery, commitment},
    evidence::{
        EvidenceError,
        payment::{FORMAT, PaymentPack, is_payment, verify_payment},
    },
};

const MESSAGE: &str = "<Document>\n  <Nm>Jörg &amp; Söhne \"KG\"</Nm>\n</Document>\n";
const SALT: Hash32 = Hash32::new([0x5a; 32]);

fn payment() -> Payment {
    Payment {
        leg: Leg {
            instructing: bank('A'),
            uetr: subject().uetr,
            kind: MessageKind::Pacs008,
            instructed: bank('B'),
        },
        debit: AccountId::new([0xaa; 32]),
        debtor: PartyId::new([0xd0; 32]),
        money: Money::new(currency("USD"), 123_450),
        message: commitment(&SALT, MESSAGE.as_bytes()),
    }
}

fn body(network: &TestNetwork, command: Command) -> Body {
    Body {
        chain: network.genesis.chain_id(),
        organisation: bank('A'),
        signers: vec![],
        nonce: Hash32::new([7; 32]),
        expires: NOW,
        command,
    }
}

fn hold(network: &TestNetwork, payment: Payment) -> Body {
    let gate = GateAttestation {
        payment: payment.hash(),
        list_version: Hash32::ZERO,
        rule_version: 1,
        expires: NOW,
    };
    let gate = Signed::new(gate, &signer(&bank('A'))).unwrap();
    body(network, Command::Hold(Hold { payment, gate, expires: NOW }))
}

fn receipt(network: &TestNetwork, what: (u64, Kind, Outcome), command: CommandId) -> Receipt {
    let (height, kind, outcome) = what;
    let leg = Some(payment().leg);
    let height = Height::new(height);
    Receipt { height, kind, command, leg, ..network.receipt(0, outcome) }
}

fn file(network: &TestNetwork, receipt: Receipt) -> String {
    let (proof, header) = network.receipt_proof(&[receipt]);
    let certificate = network.certify(&header);
    ReceiptFile::build(&proof, &header, &certificate, &network.genesis).unwrap()
}

fn answer(network: &TestNetwork, decision: Decision) -> Signed<Answer> {
    let payment = payment();
    let chain = network.genesis.chain_id();
    let answer = Answer { chain, leg: payment.leg.id(), message: payment.message, decision };
    Signed::new(answer, &signer(&bank('B'))).unwrap()
}

fn yes(payment: &Payment) -> Signed<Acceptance> {
    let acceptance = Acceptance {
        payment: payment.hash(),
        credit: AccountId::new([0xbb; 32]),
        creditor: PartyId::new([0xc0; 32]),
        expires: NOW,
    };
    Signed::new(acceptance, &signer(&bank('B'))).unwrap()
}

fn delivered(network: &TestNetwork) -> Signed<Delivery> {
    let delivery = Delivery {
        chain: network.genesis.chain_id(),
        from: bank('A'),
        to: bank('B'),
        payment: payment(),
        salt: SALT,
        message: MESSAGE.as_bytes().to_vec(),
    };
    Signed::new(delivery, &signer(&bank('A'))).unwrap()
}

/// What both banks together could show: each has a part of it.
fn pack(network: &TestNetwork) -> PaymentPack {
    let hold = hold(network, payment());
    let answer = answer(network, Decision::Accepted(yes(&payment())));
    let held = (4, Kind::Hold, Outcome::Applied(Effect::Held));
    let settled = (5, Kind::Post, Outcome::Applied(Effect::Settled));
    let other = AnchoredMessage { leg: LegId::new([0x0e; 32]), ..answer.value.anchored(7) };
    let rows = [answer.value.anchored(NOW.get()), other];
    PaymentPack {
        payment: payment(),
        salt: SALT,
        message: MESSAGE.to_owned(),
        delivered: Some(delivered(network).by),
        receipts: vec![
            file(network, receipt(network, held, hold.id())),
            file(network, receipt(network, settled, CommandId::new([0x70; 32]))),
        ],
        commands: vec![hold],
        members: vec![record(network, bank('A')), record(network, bank('B'))],
        anchor: Some(anchored(network, &rows, 0)),
        answer: Some(answer),
    }
}

#[test]
fn p4_a_pack_of_a_payment_verifies_offline_and_says_what_became_of_it() {
    let network = TestNetwork::new(4);
    let text = pack(&network).build(&network.genesis).unwrap();
    assert!(text.starts_with(&format!("{{\n  \"format\": \"{FORMAT}\",")));
    assert!(is_payment(text.as_bytes()) && !is_payment(&text.as_bytes()[1..]));
    let verdict = verify_payment(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!(verdict.payment, payment());
    assert_eq!(verdict.settled, Some(network.genesis.time.after(5_000)));
    assert!(verdict.anchored.is_some() && verdict.keys_of.len() == 2);
    for said in [
        "1234.50 USD",
        "delivery signed: yes",
        "answer: accepted",
        "last on the ledger: settled, settled: 20",
    ] {
        assert!(verdict.plain.contains(said), "{}", verdict.plain);
    }
    let hidden = hex::encode([0x0e; 32]);
    assert!(!text.contains(&hidden), "another payment of the interval");
}

/// Packs that other verifiers are tried with, beside those of cases and their genesis.
#[test]
#[allow(clippy::disallowed_methods, reason = "rewriting is asked for from outside")]
fn p4_packs_are_spelled_as_they_are_pinned() {
    let network = TestNetwork::new(4);
    let text = pack(&network).build(&network.genesis).unwrap();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = path.join("tests/vectors/packs/payment.json");
    if std::env::var("UPDATE_VECTORS").is_ok_and(|value| value == "1") {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "run UPDATE_VECTORS=1 cargo vectors, and CHANGELOG.md");
}

#[test]
fn p4_no_byte_of_a_pack_is_free() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let text = pack(&network).build(&network.genesis).unwrap();
    let mut tried = 0;
    for changed in changes(text.as_bytes()).step_by(41) {
        let found = verify_payment(&changed, &committee).map(|verdict| verdict.plain);
        assert!(found.is_err(), "change {tried} passes: {found:?}");
        tried += 1;
    }
    assert!(tried > 500, "{tried}");
    assert!(verify_payment(format!("{text}\n").as_bytes(), &committee).is_err());
    let mut other = TestNetwork::new(4);
    other.genesis.time = LedgerTime::new(1);
    assert!(verify_payment(text.as_bytes(), &other.committee()).is_err());
}

#[test]
fn p4_each_part_is_checked_and_something_ties_the_message_to_the_payment() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let good = pack(&network);
    let of = |change: &dyn Fn(&mut PaymentPack)| {
        let mut pack = good.clone();
        change(&mut pack);
        let text = pack.build(&network.genesis)?;
        verify_payment(text.as_bytes(), &committee).map(|_| ())
    };
    let file = |what, command| file(&network, receipt(&network, what, command));
    // What each bank has, and what is too little.
    let at_the_payer = |p: &mut PaymentPack| p.delivered = None;
    let at_the_payee = |p: &mut PaymentPack| p.commands.clear();
    let no_words = |p: &mut PaymentPack| {
        (p.delivered, p.answer, p.anchor) = (None, None, None);
    };
    let by_the_payee = |p: &mut PaymentPack| {
        p.delivered = None;
        p.commands.clear();
    };
    assert_eq!(of(&by_the_payee), Ok(()));
    assert_eq!(of(&at_the_payer), Ok(()));
    assert_eq!(of(&at_the_payee), Ok(()));
    assert_eq!(of(&no_words), Ok(()));
    let nothing = |p: &mut PaymentPack| {
        no_words(p);
        p.commands.clear();
    };
    assert_eq!(of(&nothing), Err(EvidenceError::Untied));
    let no = Text::new("AC04").unwrap();
    for decision in [Decision::Pending, Decision::Rejected(no)] {
        let unbound = answer(&network, decision);
        let change = |p: &mut PaymentPack| {
            nothing(p);
            p.answer = Some(unbound.clone());
        };
        assert_eq!(of(&change), Err(EvidenceError::Untied), "says nothing of the sum");
    }
    // The message is the one that the payment commits to.
    assert_eq!(of(&|p| p.message.push(' ')), Err(EvidenceError::Commitment));
    assert_eq!(of(&|p| p.salt = Hash32::ZERO), Err(EvidenceError::Commitment));
    // Words are those of the two banks about this payment.
    let words = |what| Err(EvidenceError::Word(what));
    assert_eq!(of(&|p| p.delivered = p.answer.as_ref().map(|a| a.by)), words("delivery"));
    assert_eq!(of(&|p| drop(p.members.remove(0))), words("delivery"));
    assert_eq!(of(&|p| drop(p.members.remove(1))), words("answer"));
    for decision in [
        Decision::Accepted(yes(&Payment { debtor: PartyId::new([1; 32]), ..payment() })),
        Decision::Accepted(Signed { by: delivered(&network).by, ..yes(&payment()) }),
    ] {
        let other = answer(&network, decision);
        let change = |p: &mut PaymentPack| p.answer = Some(other.clone());
        assert_eq!(of(&change), words("answer"));
    }
    let about = |change: &dyn Fn(&mut Answer)| {
        let mut other = answer(&network, Decision::Pending).value;
        change(&mut other);
        let other = Signed::new(other, &signer(&bank('B'))).unwrap();
        of(&move |p| (p.answer, p.anchor) = (Some(other.clone()), None))
    };
    assert_eq!(about(&|_| {}), Ok(()));
    assert_eq!(about(&|a| a.leg = LegId::new([1; 32])), words("answer"));
    assert_eq!(about(&|a| a.message = Hash32::ZERO), words("answer"));
    assert_eq!(about(&|a| a.chain = ledger_core::id::ChainId::new([1; 32])), words("answer"));
    // Commands are those of the receipts, about this payment alone, and did something.
    let strange = |command: Command, what: Outcome| {
        let command = body(&network, command);
        let receipts = vec![file((4, Kind::Hold, what), command.id())];
        of(&move |p| {
            no_words(p);
            (p.commands, p.receipts) = (vec![command.clone()], receipts.clone());
        })
    };
    let applied = Outcome::Applied(Effect::Held);
    let hold_of = |payment: Payment| hold(&network, payment).command;
    let other = Payment { debtor: PartyId::new([1; 32]), ..payment() };
    assert_eq!(strange(hold_of(payment()), applied), Ok(()));
    assert_eq!(strange(hold_of(other), applied), Err(EvidenceError::Command));
    let refused = Outcome::Refused(Refusal::InsufficientFunds);
    assert_eq!(strange(hold_of(payment()), refused), Ok(()));
    assert_eq!(strange(hold_of(other), refused), Err(EvidenceError::Untied));
    let stranger = Body { organisation: bank('C'), ..hold(&network, payment()) };
    let of_it = |outcome| {
        let receipts = vec![file((4, Kind::Hold, outcome), stranger.id())];
        of(&|p| {
            no_words(p);
            (p.commands, p.receipts) = (vec![stranger.clone()], receipts.clone());
        })
    };
    assert_eq!(of_it(refused), Err(EvidenceError::Untied), "what a stranger asked for");
    assert_eq!(of_it(applied), Err(EvidenceError::Command));
    let void = Command::Void(Void { leg: payment().leg.id(), reason: VoidReason::Rejected });
    assert_eq!(strange(void, applied), Err(EvidenceError::Untied));
    let anchor = Command::Anchor { root: Hash32::ZERO };
    assert_eq!(strange(anchor, applied), Err(EvidenceError::Command));
    assert_eq!(of(&|p| drop(p.receipts.remove(0))), Err(EvidenceError::Command));
    // Receipts are of the leg, in order, once, from its account.
    assert_eq!(of(&|p| p.receipts.swap(0, 1)), Err(EvidenceError::Receipt));
    assert_eq!(of(&|p| p.receipts[1] = p.receipts[0].clone()), Err(EvidenceError::Receipt));
    let sum = |minor| Some(Money::new(currency("USD"), minor));
    let elsewhere = |change: &dyn Fn(&mut Receipt)| {
        let settled = Outcome::Applied(Effect::Settled);
        let mut other = receipt(&network, (5, Kind::Post, settled), CommandId::new([1; 32]));
        change(&mut other);
        let text = self::file(&network, other);
        of(&move |p| p.receipts[1].clone_from(&text))
    };
    assert_eq!(elsewhere(&|_| {}), Ok(()));
    let uetr = Uetr::new([1; 16]);
    let wrong = Err(EvidenceError::Receipt);
    assert_eq!(elsewhere(&|r| r.leg = Some(Leg { uetr, ..payment().leg })), wrong);
    assert_eq!(elsewhere(&|r| r.leg = None), wrong);
    assert_eq!(elsewhere(&|r| r.debit = Some(AccountId::new([1; 32]))), wrong);
    assert_eq!(elsewhere(&|r| r.debit = None), wrong);
    for (kind, minor, expected) in [
        (Kind::Post, 123_449, wrong),
        (Kind::Post, 123_451, wrong),
        (Kind::PostPart, 123_449, Ok(())),
        (Kind::PostPart, 123_451, wrong),
    ] {
        assert_eq!(elsewhere(&|r| (r.kind, r.money) = (kind, sum(minor))), expected, "{minor}");
    }
    let yen = Some(Money::new(currency("JPY"), 1));
    assert_eq!(elsewhere(&|r| (r.kind, r.money) = (Kind::PostPart, yen)), wrong);
    assert_eq!(elsewhere(&|r| r.money = None), wrong);
    // The anchor is over this exchange, by one of both banks, and the ledger has it.
    let wrong = Err(EvidenceError::Anchor);
    let row = |change: &dyn Fn(&mut AnchoredMessage)| {
        of(&|p| change(&mut p.anchor.as_mut().unwrap().row))
    };
    assert_eq!(row(&|row| row.leg = LegId::new([1; 32])), wrong);
    assert_eq!(row(&|row| row.answer = Hash32::ZERO), wrong);
    assert_eq!(row(&|row| row.at += 1), wrong);
    assert_eq!(of(&|p| p.answer = None), wrong);
    let by_another = |p: &mut PaymentPack| {
        p.anchor.as_mut().unwrap().command.organisation = bank('C');
    };
    assert_eq!(of(&by_another), wrong);
    let unproved = |p: &mut PaymentPack| {
        let receipt = p.receipts[1].clone();
        p.anchor.as_mut().unwrap().receipt = receipt;
    };
    assert_eq!(of(&unproved), wrong);
    let many = |p: &mut PaymentPack| p.receipts = vec![p.receipts[0].clone(); 257];
    assert_eq!(of(&many), Err(EvidenceError::TooLarge));
}

#[test]
fn p4_a_file_that_cannot_be_read_is_told_from_one_that_proves_nothing() {
    let network = TestNetwork::new(4);
    let text = pack(&network).build(&network.genesis).unwrap();
    let rows = [
        (String::new(), 2),
        ("{}".to_owned(), 2),
        (text.replacen(FORMAT, "florin-evidence-2", 1), 2),
        (text.replacen("\"salt\": \"", "\"salt\": \"0", 1), 2),
        (format!("{text}\n"), 1),
        (text.replacen("\"amount\": \"1234.50\"", "\"amount\": \"1234.51\"", 1), 1),
    ];
    for (text, exit) in rows {
        let refused = verify_payment(text.as_bytes(), &network.committee()).unwrap_err();
        assert_eq!(refused.exit_code(), exit, "{refused}");
    }
}
