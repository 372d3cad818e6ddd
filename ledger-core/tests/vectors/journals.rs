//! Lists beside the tree: what is appended to them, and the salts of leaves.

use ledger_core::{
    anchor::AnchorEntry,
    codec::encode,
    digest::{Domain, leaf_hash},
    journal::{BooksEntry, JournalEntry, LogName, Movement, MovementKind, SaltUse, TotalsEntry},
    liabilities::{Liabilities, Part, SumNode},
    merkle::{Frontier, LogHead},
    parameters::{ParametersEntry, Values},
    proof::SlotContent,
    state::{LogAppend, StoredSlot},
    time::Height,
    validators::{Committee, CommitteeChange, CommitteeEntry},
};

use crate::{
    pin::{Pin, check},
    samples::{
        ACCOUNT, BALANCES, COMMAND, NOW, TOTALS, bank_a, books, committee_change, genesis, hash,
        mint_terms,
    },
    units,
};

const HEIGHT: Height = Height::new(42);

#[test]
fn w8_vectors_of_journals_lists_and_salts() {
    let movement = Movement { command: COMMAND, kind: MovementKind::Received, minor: 123_456 };
    let movements = LogHead { count: 1, root: hash(0x7a) };
    let entry = JournalEntry { height: HEIGHT, time: NOW, movements, closing: BALANCES };
    let totals = TotalsEntry {
        height: HEIGHT,
        time: NOW,
        minted: 500,
        burned: 20,
        closing: TOTALS,
        paid: 30,
        freshness: mint_terms().freshness(86_400_000),
    };
    let reserve = BooksEntry { height: HEIGHT, time: NOW, closing: books() };
    let values = Values::new(genesis().limits, genesis().thresholds);
    let parameters = ParametersEntry { height: HEIGHT, time: NOW, closing: values };
    let mut decided = Committee::new(&genesis());
    decided.next = Some(CommitteeChange { remove: Vec::new(), ..committee_change() });
    let committee = CommitteeEntry::of(&decided, HEIGHT, NOW);
    let anchor = AnchorEntry { height: HEIGHT, root: hash(0xa7) };
    let asset = units::asset_entry();
    let salt = hash(0x5c);
    let appended = LogAppend {
        log: LogName::Account(ACCOUNT),
        index: 4,
        salt,
        bytes: vec![1, 2, 3],
        detail: vec![4, 5],
    };
    let mut frontier = Frontier::default();
    (0..5).for_each(|n| frontier.push(hash(n)));
    let leaf = |bytes: &[u8]| leaf_hash(&salt, bytes);
    let mut pins = vec![
        Pin::of("movement", &movement).leaf(&salt, &leaf(&encode(&movement))),
        Pin::of("journal_entry", &entry).leaf(&salt, &leaf(&encode(&entry))),
        Pin::of("totals_entry", &totals).leaf(&salt, &leaf(&encode(&totals))),
        Pin::of("books_entry", &reserve).leaf(&salt, &leaf(&encode(&reserve))),
        Pin::of("anchor_entry", &anchor).leaf(&salt, &leaf(&encode(&anchor))),
        Pin::of("asset_entry", &asset).leaf(&salt, &leaf(&encode(&asset))),
        Pin::of("parameters_entry", &parameters).leaf(&salt, &leaf(&encode(&parameters))),
        Pin::of("committee_entry", &committee).leaf(&salt, &leaf(&encode(&committee))),
        Pin::of("log_head", &movements),
        Pin::of("log_append", &appended),
        Pin::of("frontier/five_leaves", &frontier),
        Pin::of(
            "stored_slot",
            &StoredSlot { content: SlotContent::Free { next: None }.into(), salt },
        ),
    ];
    let blinding = hash(0xb0);
    for (name, used_for) in one_of_each!(SaltUse {
        SaltUse::Slot(..) => "slot", SaltUse::Slot(HEIGHT, 11);
        SaltUse::Receipt(..) => "receipt", SaltUse::Receipt(HEIGHT, 3);
        SaltUse::Log(..) => "log", SaltUse::Log(HEIGHT, LogName::MemberAnchors(bank_a()), 4);
        SaltUse::Movement(..) => "movement", SaltUse::Movement(HEIGHT, ACCOUNT, 0);
        SaltUse::Part(..) => "part", SaltUse::Part(HEIGHT, ACCOUNT, 7);
        SaltUse::Cut(..) => "cut", SaltUse::Cut(HEIGHT, ACCOUNT, 1);
        SaltUse::UnitMovement(..) => "unit_movement",
            SaltUse::UnitMovement(HEIGHT, ACCOUNT, units::isin(), 2);
    }) {
        let salt = used_for.salt(&blinding);
        let pin = Pin::of(format!("salt/{name}"), &(blinding, used_for));
        pins.push(pin.hashed(Domain::Salt, salt.get()));
    }
    pins.extend(liabilities());
    check(
        "journals",
        "Entries of journals and lists with their leaves, and salts: the digest of (blinding \
         secret, use) is the salt (W8). Nodes of a tree of liabilities and its statement (W29). The value of bytes in log_append is a list of numbers.",
        &pins,
    );
}

/// A part, the node above it and another, and what is published of the tree of these two.
fn liabilities() -> [Pin; 3] {
    let (salt, part) = (hash(0x5c), Part { account: ACCOUNT, number: 7, minor: 123 });
    let left = part.node(&salt);
    let right = SumNode { hash: hash(0x77), minor: 877 };
    let Some(root) = SumNode::above(&left, &right) else { panic!("a sum of 1000") };
    let chain = ledger_core::id::ChainId::new([0x11; 32]);
    let currency = ledger_core::testing::usd();
    let statement = Liabilities { chain, currency, height: HEIGHT, parts: 2, root };
    [
        Pin::of("liability_part", &(salt, part)).hashed(Domain::Part, left.hash.get()),
        Pin::of("liability_nodes", &(left, right)).hashed(Domain::Sum, root.hash.get()),
        Pin::of("liabilities", &statement).hashed(Domain::Liabilities, statement.digest().get()),
    ]
}
