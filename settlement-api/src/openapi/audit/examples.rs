//! Examples of answers, made from the types that make real ones.
//!
//! # Invariants amounts add up as the ledger's do; proof material has its form, and proves nothing

use std::collections::BTreeMap;

use ledger_core::reserve::{Direction, EvidenceClass};
use serde::Serialize;
use serde_json::{Value, json};
use verifier::{list::ListKind, payments::PaymentRole};

use super::super::text::{
    CurrencyCode, HexBytes, Id, LeiCode, Person, Ratio, Reference, Sum, Time, Uetr,
};
use crate::{
    audit::{
        case::{AnchorReport, CaseReport, LegReport, ReceiptReport, Timings},
        issuance::{
            ApprovalReport, ChainReport, ChainsReport, CommandReport, ProposalReport, UsedEntry,
        },
        proof::{BlockMaterial, CertifiedMaterial, EntryMaterial, ListMaterial, RecordMaterial},
        report::{Counts, Recount, Report, RuleReport},
        reserves::{
            AttestationReport, BooksProof, EntriesAfter, EntryReport, ReserveFacts, ReserveReport,
            ReservesReport,
        },
        supply::{Classes, SupplyProof, SupplyReport},
    },
    server::read::Health,
};

const HEIGHT: u64 = 4_711;
const PAYER: &str = "ZZQL00LINDENVALE0161";
const PAYEE: &str = "ZZQN00NORDFJELLB0244";

/// Schema and example.
pub(super) fn all() -> Vec<(&'static str, Value)> {
    let reports = [
        ("SupplyReport", value(&supply())),
        ("ReservesReport", value(&reserves())),
        ("CaseReport", value(&case())),
        ("ChainsReport", value(&chains())),
        ("Report", value(&report())),
        ("Health", value(&Health { status: "ok", reason: None })),
    ];
    let files = [receipt(), history(), list(), payments(), consistency()];
    reports.into_iter().chain(files.map(|file| ("ProofFile", file))).collect()
}

fn value(body: &impl Serialize) -> Value {
    serde_json::to_value(body).unwrap_or_default()
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn certified() -> CertifiedMaterial {
    CertifiedMaterial { header: text(HexBytes::EXAMPLE), certificate: text(HexBytes::EXAMPLE) }
}

fn record() -> RecordMaterial {
    RecordMaterial {
        leaf: text(HexBytes::EXAMPLE),
        salt: text(Id::EXAMPLE),
        path: vec![text(Id::EXAMPLE)],
        head: text(HexBytes::EXAMPLE),
    }
}

/// The last entry of a list, which nothing follows.
fn journal() -> ListMaterial {
    let entry = EntryMaterial {
        index: 17,
        entry: text(HexBytes::EXAMPLE),
        salt: text(Id::EXAMPLE),
        path: vec![text(Id::EXAMPLE)],
    };
    ListMaterial { count: 18, root: text(Id::EXAMPLE), entry: Some(entry), next: None }
}

fn block() -> BlockMaterial {
    BlockMaterial {
        header: text(HexBytes::EXAMPLE),
        leaf: text(HexBytes::EXAMPLE),
        path: vec![text(Id::EXAMPLE)],
    }
}

fn classes() -> Classes {
    Classes {
        supply: text(Sum::EXAMPLE),
        available: text("4737500.00"),
        held: text("12500.00"),
        preburned: text("0.00"),
        contract: text("0.00"),
        frozen: text("0.00"),
    }
}

fn supply() -> SupplyReport {
    SupplyReport {
        network: text(Id::EXAMPLE),
        currency: text(CurrencyCode::EXAMPLE),
        height: HEIGHT,
        time: text(Time::EXAMPLE),
        classes: classes(),
        changed_at: Some(4_698),
        i1_holds: true,
        proof: SupplyProof {
            statement: text(
                "The record of USD is in the state that the certified header declares for height \
                 4711. It commits to a journal with one entry per block that changed the totals; \
                 the entry shown is the last one up to height 4711, and the next one, where there \
                 is one, lies above. So these were the totals after block 4711, and no change is \
                 left out.",
            ),
            record: record(),
            journal: Some(journal()),
            block: block(),
            certified: certified(),
        },
    }
}

fn entry(sequence: u64, direction: Direction, amount: &str) -> EntryReport {
    EntryReport {
        sequence,
        direction,
        amount: text(amount),
        counterparty: text(LeiCode::EXAMPLE),
        booked: text(Time::EXAMPLE),
        servicer_reference: text("STMT-118-4"),
        reference: text(Reference::EXAMPLE),
    }
}

/// 4 796 938.00 available and 50 000.00 booked since.
fn reserve() -> ReserveReport {
    ReserveReport {
        reserve: text(Id::EXAMPLE),
        custodian: text(PAYEE),
        issuer: text(LeiCode::EXAMPLE),
        class: EvidenceClass::Custodian,
        haircut: 0,
        attestation: Some(AttestationReport {
            balance: text("4850000.00"),
            available: text("4796938.00"),
            as_of: text("2026-11-02T09:00:00.000Z"),
            fresh_until: text("2026-11-03T09:00:00.000Z"),
            last_entry: 117,
            hash: text(Id::EXAMPLE),
        }),
        fresh: true,
        after: EntriesAfter {
            count: 1,
            credits: text("50000.00"),
            debits: text("0.00"),
            entries: vec![entry(118, Direction::Credit, "50000.00")],
        },
        effective: text("4846938.00"),
        proof: BooksProof { record: record(), journal: Some(journal()) },
    }
}

fn facts() -> ReserveFacts {
    ReserveFacts {
        currency: text(CurrencyCode::EXAMPLE),
        height: HEIGHT,
        time: text(Time::EXAMPLE),
        reserves: vec![reserve()],
        later: Vec::new(),
        effective: text("4846938.00"),
        supply: text(Sum::EXAMPLE),
        paid: text("0.00"),
        claims: text(Sum::EXAMPLE),
        coverage: Some(text(Ratio::EXAMPLE)),
        verdict: "covered",
    }
}

fn reserves() -> ReservesReport {
    ReservesReport {
        network: text(Id::EXAMPLE),
        facts: facts(),
        statement: text(
            "The records of USD and of each of its reserve accounts are in the state that the \
             certified header declares for height 4711. Whether the money was at the custodians \
             rests on what they signed.",
        ),
        record: record(),
        journal: Some(journal()),
        block: block(),
        certified: certified(),
    }
}

fn case() -> CaseReport {
    let receipt = ReceiptReport {
        command: text(Id::EXAMPLE),
        height: 4_698,
        index: 3,
        organisation: text(PAYER),
        kind: "transfer",
        outcome: "settled",
        amount: Some(text("12500.00")),
        currency: Some(text(CurrencyCode::EXAMPLE)),
        entered: text("2026-11-02T09:29:58.100Z"),
        irrevocable: text("2026-11-02T09:29:58.100Z"),
        proven: text("2026-11-02T09:29:59.300Z"),
        file: format!("{}\n", crate::openapi::sorted(self::receipt())),
    };
    let leg = LegReport {
        leg: text(Id::EXAMPLE),
        instructing: text(PAYER),
        instructed: text(PAYEE),
        kind: "pacs.008",
        state: "settled",
        timings: Timings {
            entered: Some(receipt.entered.clone()),
            irrevocable: Some(receipt.irrevocable.clone()),
            settled: Some(receipt.proven.clone()),
            credited: None,
            entered_to_settled_ms: Some(1_200),
        },
        receipts: vec![receipt],
        unproven_receipts: 0,
        more_receipts: false,
        anchors: vec![AnchorReport { member: text(PAYER), height: 4_702, root: text(Id::EXAMPLE) }],
    };
    CaseReport {
        network: text(Id::EXAMPLE),
        uetr: text(Uetr::EXAMPLE),
        height: HEIGHT,
        legs: vec![leg],
        statement: "Each file proves one receipt to whoever has the network's genesis: `florin \
                    verify FILE --trust genesis.json`. That no receipt is left out rests on this \
                    observer's own execution of every block.",
    }
}

fn chains() -> ChainsReport {
    let command = || CommandReport {
        command: text(Id::EXAMPLE),
        receipt: format!("/audit/v1/receipts/{}", Id::EXAMPLE),
    };
    let approval =
        || ApprovalReport { key: text(Id::EXAMPLE), person: Some(text(Person::EXAMPLE)) };
    let chain = ChainReport {
        state: "minted",
        amount: text("50000.00"),
        member: Some(text(LeiCode::EXAMPLE)),
        account: text(Id::EXAMPLE),
        entered: text(Time::EXAMPLE),
        order: Some(command()),
        entry: Some(UsedEntry {
            id: text(Id::EXAMPLE),
            reserve: text(Id::EXAMPLE),
            booked: entry(118, Direction::Credit, "50000.00"),
        }),
        proposals: vec![ProposalReport {
            command: command(),
            action: "mint",
            executed: true,
            approvals: vec![approval(), approval()],
        }],
        done: Some(command()),
        ambiguous: false,
    };
    ChainsReport {
        network: text(Id::EXAMPLE),
        currency: text(CurrencyCode::EXAMPLE),
        from: 0,
        to: HEIGHT,
        chains: vec![chain],
        next_from: None,
    }
}

fn report() -> Report {
    let rule = |rule, counted: &str| RuleReport {
        rule,
        expected: text(counted),
        found: text(counted),
        holds: true,
    };
    Report {
        network: text(Id::EXAMPLE),
        network_name: text("florin-demo"),
        currency: text(CurrencyCode::EXAMPLE),
        height: HEIGHT,
        time: text(Time::EXAMPLE),
        state_root: text(Id::EXAMPLE),
        supply: classes(),
        i1_holds: true,
        reserves: facts(),
        counts: Counts {
            mints: 31,
            burns: 4,
            payments: 2_207,
            refusals: 12,
            refusals_by_code: BTreeMap::from([("insufficient_funds", 9), ("leg_used", 3)]),
        },
        recount: Recount {
            height: HEIGHT,
            rules: vec![rule("I1", Sum::EXAMPLE), rule("I4", Sum::EXAMPLE), rule("I9", "42")],
        },
        sound: true,
        certified: certified(),
    }
}

/// What every file begins with; what proves it is left out.
fn file(format: &str, summary: Value) -> Value {
    json!({"format": format, "network": Id::EXAMPLE, "summary": summary})
}

fn receipt() -> Value {
    let summary = json!({
        "height": 4_698, "index": 3, "entered": "2026-11-02T09:29:58.100Z",
        "irrevocable": "2026-11-02T09:29:58.100Z", "settled": "2026-11-02T09:29:59.300Z",
        "command_id": Id::EXAMPLE, "kind": "transfer", "outcome": "settled",
        "debit": Id::EXAMPLE, "credit": Id::EXAMPLE, "currency": CurrencyCode::EXAMPLE,
        "amount": "12500.00", "uetr": Uetr::EXAMPLE,
    });
    file("florin-receipt-1", summary)
}

/// One payment of 12 500.00, as `receipt` has it.
fn history() -> Value {
    let classes =
        |available: &str| json!({"available": available, "held": "0.00", "preburned": "0.00"});
    let summary = json!({
        "account": Id::EXAMPLE, "member": PAYER, "currency": CurrencyCode::EXAMPLE,
        "from": 4_690, "to": HEIGHT, "opening": classes("20000.00"), "blocks": 1, "movements": 1,
        "credits": "0.00", "debits": "12500.00", "closing": classes("7500.00"),
        "complete": "yes", "height": HEIGHT, "time": Time::EXAMPLE,
    });
    file("florin-history-1", summary)
}

fn list() -> Value {
    let summary = json!({
        "member": PAYER, "list": ListKind::Accounts.name(), "index": 0, "shown": 3, "count": 3,
        "complete": "yes", "height": HEIGHT, "time": Time::EXAMPLE,
    });
    file("florin-list-1", summary)
}

/// The same payment, of a member with three accounts, two of them in dollars.
fn payments() -> Value {
    let sum = json!({"currency": CurrencyCode::EXAMPLE, "payments": 1, "amount": "12500.00"});
    let summary = json!({
        "member": PAYER, "role": PaymentRole::Payer.name(), "currency": CurrencyCode::EXAMPLE,
        "from": 4_690, "to": HEIGHT, "accounts": 3, "histories": 2, "payments": 1, "sums": [sum],
        "complete": "yes", "height": HEIGHT, "time": Time::EXAMPLE,
    });
    file("florin-payments-1", summary)
}

fn consistency() -> Value {
    let older = json!({"height": 4_698, "header": 4_699, "time": "2026-11-02T09:29:59.300Z"});
    let newer = json!({"height": HEIGHT, "header": 4_712, "time": Time::EXAMPLE});
    file("florin-consistency-1", json!({"older": older, "newer": newer, "appended": 13}))
}
