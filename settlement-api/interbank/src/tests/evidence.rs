//! The pack: what it proves, and that no byte of it is free.

use ledger_core::{
    authority::{Role, RoleKey},
    command::{Body, Command},
    digest::Hash32,
    id::{CommandId, Lei, PersonId, Text},
    member::{DirectoryEntry, Member},
    merkle::Tree,
    receipt::{Effect as Happened, Outcome},
    record::{Name, Record},
    signature::{Signed, Signer as _, Statement as _},
    time::LedgerTime,
};
use verifier::{
    ReceiptFile, RecordFile,
    testing::{TestNetwork, changes},
};

use super::support::{NOW, answer, bank, first, letter, next, opening, payment, signer};
use crate::{
    case::{Case, Side, Stage},
    content::{Content, Document, Field, Given, Line},
    evidence::{
        Anchored, CaseRow, EvidenceError, Exhibit, FORMAT, Pack, Row, is_case, verify_case,
    },
    kind::Kind,
    message::{Act, CaseId, Letter, Message},
    post::Receipt,
    refused::Refused,
};

const SECRET: &str = "payer born 1980-02-29";

/// A member's record with its one settlement key, as the ledger proves it.
pub(super) fn record(network: &TestNetwork, lei: Lei) -> String {
    let key = RoleKey {
        key: signer(&lei).public_key(),
        role: Role::Settlement,
        person: PersonId::new([1; 16]),
        organisation: lei,
    };
    let entry = DirectoryEntry {
        lei,
        aliases: Vec::new(),
        endpoint: Text::new("https://bank.example").unwrap(),
        encryption: Hash32::ZERO,
        keys: vec![key],
    };
    let name = Name::Member(lei);
    let (proof, header) = network.record_proof(&name, Record::Member(Member::new(entry)));
    let certificate = network.certify(&header);
    RecordFile::build(&name, &proof, &header, &certificate, &network.genesis).unwrap()
}

/// The letters of a case of this network: asked, accepted, answered with a document.
fn letters(network: &TestNetwork) -> Vec<Letter> {
    let chain = network.genesis.chain_id();
    let asked = Content { asked: vec![Field::DebtorIdentity], ..Content::default() };
    let opening = opening(Kind::Utap);
    let case = CaseId::derive(&chain, &payment(), (bank('A'), bank('B')), &opening.nonce);
    let open = Message { chain, case, ..first(opening, &asked) };
    let copy = Case::open(&open, &asked, None, NOW).unwrap().case;
    let accept = next(&copy, Side::Responder, Act::Accept, NOW.after(1_000));
    let copy = copy.step(&accept, NOW.after(1_000)).unwrap().case;
    let document = Document { salt: Hash32::new([6; 32]), bytes: b"a passport".to_vec() };
    let media = Text::new("image/png").unwrap();
    let value = Line::new(SECRET).unwrap();
    let says = Content {
        given: vec![Given { field: Field::DebtorIdentity, value }],
        documents: vec![document.mark(Line::new("passport").unwrap(), media)],
        ..Content::default()
    };
    let mut replied = next(&copy, Side::Responder, answer(), NOW.after(2_000));
    replied.content = says.commitment(&Hash32::ZERO);
    vec![
        letter(open, asked, Vec::new()),
        letter(accept, Content::default(), Vec::new()),
        letter(replied, says, vec![document]),
    ]
}

/// Letters of a case in which an answer and a withdrawal cross, in the responder's order.
fn crossing(network: &TestNetwork) -> Vec<Letter> {
    let before = letters(network);
    let opening = before[0].message.value;
    let asked = &before[0].content;
    let copy = Case::open(&opening, asked, None, NOW).unwrap().case;
    let accept = before[1].message.value;
    let read = copy.step(&accept, NOW.after(1_000)).unwrap().case;
    let withdrawn = next(&read, Side::Requester, Act::Withdraw, NOW.after(2_500));
    let crossing = letter(withdrawn, Content::default(), Vec::new());
    let [open, accept, answer]: [Letter; 3] = before.try_into().unwrap();
    vec![open, accept, answer, crossing]
}

/// An anchor over these rows, the first leaf a blank.
pub(super) fn anchored<R: Row>(network: &TestNetwork, rows: &[R], which: usize) -> Anchored<R> {
    let salt = |n: usize| Hash32::new([u8::try_from(n).unwrap() + 50; 32]);
    let blank = ledger_core::digest::leaf_hash(&salt(99), &[]);
    let leaves = rows.iter().enumerate().map(|(n, row)| row.leaf(&salt(n)));
    let tree = Tree::new(std::iter::once(blank).chain(leaves).collect());
    let command = Body {
        chain: network.genesis.chain_id(),
        organisation: bank('B'),
        signers: Vec::new(),
        nonce: Hash32::ZERO,
        expires: LedgerTime::new(1),
        command: Command::Anchor { root: tree.root() },
    };
    let index = u64::try_from(which).unwrap() + 1;
    Anchored {
        row: rows[which],
        salt: salt(which),
        index,
        size: tree.len(),
        path: tree.path(index, tree.len(), &std::collections::BTreeMap::new()).unwrap(),
        receipt: anchor_receipt(network, command.id()),
        command,
    }
}

fn anchor_receipt(network: &TestNetwork, command: CommandId) -> String {
    let mut receipt = network.receipt(0, Outcome::Applied(Happened::Anchored));
    receipt.command = command;
    let (proof, header) = network.receipt_proof(&[receipt]);
    let certificate = network.certify(&header);
    ReceiptFile::build(&proof, &header, &certificate, &network.genesis).unwrap()
}

/// Rows of the case and of another, which the pack must not show.
fn rows(letters: &[Letter]) -> Vec<CaseRow> {
    let of = |letter: &Letter| CaseRow {
        case: letter.message.value.case,
        message: letter.message.value.digest(),
        at: NOW.get(),
    };
    let mut rows: Vec<CaseRow> = letters.iter().map(of).collect();
    rows.push(CaseRow { case: other_case(), message: Hash32::new([0x0e; 32]), at: 7 });
    rows
}

fn other_case() -> CaseId {
    CaseId::new(Hash32::new([0x0d; 32]))
}

fn receipt(letters: &[Letter]) -> Signed<Receipt> {
    let last = letters.last().unwrap().message.value;
    let received = crate::message::Seen { count: last.number + 1, last: last.digest() };
    let told = Receipt {
        chain: last.chain,
        case: last.case,
        from: last.to,
        to: last.from,
        received,
        refused: None,
        at: NOW.after(3_000),
    };
    Signed::new(told, &signer(&last.to)).unwrap()
}

fn pack(network: &TestNetwork) -> Pack {
    let letters = letters(network);
    let rows = rows(&letters);
    Pack {
        receipts: vec![receipt(&letters)],
        members: vec![record(network, bank('A')), record(network, bank('B'))],
        anchors: vec![anchored(network, &rows, 0), anchored(network, &rows, 2)],
        messages: letters.into_iter().map(Exhibit::from).collect(),
    }
}

#[test]
fn b10_a_pack_verifies_offline_and_says_what_became_of_the_case() {
    let network = TestNetwork::new(4);
    let text = pack(&network).build(&network.genesis).unwrap();
    let verdict = verify_case(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!(verdict.case.stage(), Stage::Answered);
    assert_eq!((verdict.withheld, verdict.anchored.len(), verdict.keys_of.len()), (0, 2, 2));
    assert!(verdict.plain.contains("is answered: 3 messages, 0 of them withheld, 2 under anchors"));
    assert!(text.starts_with(&format!("{{\n  \"format\": \"{FORMAT}\",")));
    assert!(is_case(text.as_bytes()) && !is_case(&text.as_bytes()[1..]) && !is_case(b"{}"));
}

/// Packs that other verifiers are tried with, beside the genesis that they are proved under.
#[test]
#[allow(clippy::disallowed_methods, reason = "rewriting is asked for from outside")]
fn b10_packs_are_spelled_as_they_are_pinned() {
    let network = TestNetwork::new(4);
    let whole = pack(&network);
    let withheld = Pack {
        messages: whole.messages.iter().cloned().map(Exhibit::withheld).collect(),
        ..whole.clone()
    };
    let crossed = Pack {
        messages: crossing(&network).into_iter().map(Exhibit::from).collect(),
        receipts: Vec::new(),
        anchors: Vec::new(),
        ..whole.clone()
    };
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/packs");
    let rewrite = std::env::var("UPDATE_VECTORS").is_ok_and(|value| value == "1");
    let built = |pack: &Pack| pack.build(&network.genesis).unwrap();
    for (name, text) in [
        ("genesis.json", verifier::write_genesis(&network.genesis)),
        ("pack.json", built(&whole)),
        ("pack-withheld.json", built(&withheld)),
        ("pack-crossing.json", built(&crossed)),
    ] {
        if rewrite {
            std::fs::write(folder.join(name), &text).unwrap();
        }
        let kept = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(kept == text, "{name}: run UPDATE_VECTORS=1 cargo vectors, and CHANGELOG.md");
        if name != "genesis.json" {
            verify_case(text.as_bytes(), &network.committee()).unwrap();
        }
    }
}

#[test]
fn b10_a_file_that_cannot_be_read_is_told_from_one_that_proves_nothing() {
    let network = TestNetwork::new(4);
    let text = pack(&network).build(&network.genesis).unwrap();
    let rows = [
        (String::new(), 2),
        ("{}".to_owned(), 2),
        (text.replacen(FORMAT, "florin-case-2", 1), 2),
        (text.replacen("\"salt\": \"", "\"salt\": \"0", 1), 2),
        (format!("{text}\n"), 1),
        (text.replacen("\"kind\": \"UTAP\"", "\"kind\": \"CCNR\"", 1), 1),
    ];
    for (text, exit) in rows {
        let refused = verify_case(text.as_bytes(), &network.committee()).unwrap_err();
        assert_eq!(refused.exit_code(), exit, "{refused}");
    }
}

#[test]
fn b10_no_byte_of_a_pack_is_free() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let text = pack(&network).build(&network.genesis).unwrap();
    let mut tried = 0;
    // A change in every part of the file; each alone would be minutes of pairings.
    for changed in changes(text.as_bytes()).step_by(61) {
        let found = verify_case(&changed, &committee).map(|verdict| verdict.plain);
        assert!(found.is_err(), "change {tried} passes: {found:?}");
        tried += 1;
    }
    assert!(tried > 900, "{tried}");
    for cut in [0, 1, text.len() / 2, text.len() - 1] {
        assert!(verify_case(&text.as_bytes()[..cut], &committee).is_err());
    }
    assert!(verify_case(format!("{text}\n").as_bytes(), &committee).is_err());
}

#[test]
fn b10_what_is_withheld_is_gone_and_the_rest_still_proved() {
    let network = TestNetwork::new(4);
    let mut pack = pack(&network);
    let shown = pack.build(&network.genesis).unwrap();
    assert!(shown.contains(&hex::encode(SECRET)));
    pack.messages[2].documents = None;
    let text = pack.build(&network.genesis).unwrap();
    assert!(!text.contains(&hex::encode("a passport")));
    assert!(verify_case(text.as_bytes(), &network.committee()).is_ok());
    pack.messages[2] = pack.messages[2].clone().withheld();
    let text = pack.build(&network.genesis).unwrap();
    let verdict = verify_case(text.as_bytes(), &network.committee()).unwrap();
    assert_eq!((verdict.withheld, verdict.case.stage()), (1, Stage::Answered));
    assert!(!text.contains(&hex::encode(SECRET)));
}

#[test]
fn b10_a_pack_shows_nothing_of_other_cases() {
    let network = TestNetwork::new(4);
    let text = pack(&network).build(&network.genesis).unwrap();
    let other = rows(&letters(&network)).pop().unwrap();
    for hidden in [other.case.get().to_hex(), other.message.to_hex()] {
        assert!(!text.contains(&hidden));
    }
}

#[test]
fn b10_each_part_is_needed_and_checked() {
    let network = TestNetwork::new(4);
    let committee = network.committee();
    let good = pack(&network);
    let of = |change: &dyn Fn(&mut Pack)| {
        let mut pack = good.clone();
        change(&mut pack);
        let text = pack.build(&network.genesis)?;
        verify_case(text.as_bytes(), &committee).map(|_| ())
    };
    let message = |number, refused| Err(EvidenceError::Message { number, refused });
    assert_eq!(of(&|_| {}), Ok(()));
    assert_eq!(of(&|p| (p.receipts, p.anchors) = (Vec::new(), Vec::new())), Ok(()));
    assert_eq!(of(&|p| p.messages.clear()), Err(EvidenceError::Field("messages")));
    // A message is missing, changed, in another place, or twice.
    assert_eq!(of(&|p| drop(p.messages.remove(1))), message(1, Refused::Gap { expected: 0 }));
    assert_eq!(of(&|p| drop(p.messages.remove(0))), message(0, Refused::UnknownCase));
    assert_eq!(of(&|p| p.messages.swap(1, 2)), message(1, Refused::Gap { expected: 0 }));
    let twice: &dyn Fn(&mut Pack) = &|p| p.messages.push(p.messages[2].clone());
    assert_eq!(of(twice), message(3, Refused::NumberReused));
    let forged: &dyn Fn(&mut Pack) = &|p| p.messages[2].message.by = p.messages[0].message.by;
    assert_eq!(of(forged), message(2, Refused::NotSigned));
    let later: &dyn Fn(&mut Pack) = &|p| {
        p.messages[2].message.value.written = NOW.after(9_000);
        let digest = p.messages[2].message.value.digest();
        p.receipts[0].value.received.last = digest;
        p.anchors.clear();
    };
    assert_eq!(of(later), message(2, Refused::NotSigned));
    let other_words: &dyn Fn(&mut Pack) = &|p| p.messages[1].opened = p.messages[0].opened.clone();
    assert_eq!(of(other_words), message(1, Refused::ContentMismatch));
    // Keys come from proved records only.
    assert_eq!(of(&|p| drop(p.members.pop())), message(1, Refused::NotSigned));
    let strange: &dyn Fn(&mut Pack) = &|p| p.members[0].insert(0, ' ');
    assert!(matches!(of(strange), Err(EvidenceError::Proof(_))));
    // Receipts and anchors are of this case.
    let unread: &dyn Fn(&mut Pack) = &|p| p.receipts[0].value.received.count = 1;
    assert_eq!(of(unread), Err(EvidenceError::Receipt));
    assert_eq!(of(&|p| p.anchors[0].index = 2), Err(EvidenceError::Anchor));
    assert_eq!(of(&|p| p.anchors[0].row.case = other_case()), Err(EvidenceError::Anchor));
    assert_eq!(of(&|p| p.anchors[0].row.message = Hash32::ZERO), Err(EvidenceError::Anchor));
    let by_another: &dyn Fn(&mut Pack) = &|p| p.anchors[0].command.organisation = bank('C');
    assert_eq!(of(by_another), Err(EvidenceError::Anchor));
    let unproved: &dyn Fn(&mut Pack) =
        &|p| p.anchors[0].receipt = anchor_receipt(&network, CommandId::new([9; 32]));
    assert_eq!(of(unproved), Err(EvidenceError::Anchor));
    let too_many: &dyn Fn(&mut Pack) = &|p| p.members = vec![p.members[0].clone(); 9];
    assert_eq!(of(too_many), Err(EvidenceError::TooLarge));
}

#[test]
fn b10_another_network_proves_nothing_here() {
    let network = TestNetwork::new(4);
    let text = pack(&network).build(&network.genesis).unwrap();
    let mut other = TestNetwork::new(4);
    other.genesis.time = LedgerTime::new(1);
    assert!(verify_case(text.as_bytes(), &other.committee()).is_err());
}
