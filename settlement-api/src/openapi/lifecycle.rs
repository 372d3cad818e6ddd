//! Descriptions and examples of what follows a payment: recalls, returns, enquiries.

use iso20022::{
    CurrencyAmount, PostalAddress, Purpose,
    view::{
        Balance, Batch, BatchStatus, Camt029, Camt052, Camt053, Camt056, Camt060, Line, Order,
        OrderParty, OrderStatus, Pacs004, Pacs028, Pain001, Pain002, View,
    },
};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::text::{
    AccountName, Amount, BicCode, CurrencyCode, Day, IbanCode, Id, LeiCode, Time, Uetr,
};
use crate::{
    events::{feed::EventReport, news::NewsReport},
    exceptions::{report::RecallReport, returns::report::ReturnReport},
    files::report::{FileBatchReport, FileOrderReport, OrdersPage, PaymentFileReport},
    payments::report::{ReceiptReport, TimelineEntry},
    server::events::EventsPage,
    statements::message::{BlockReport, EntryReport, StatementReport},
};

const CREATED: &str = "2026-11-02T14:05:13+00:00";
const PAYER: &str = "ZZQL00LINDENVALE0161";
const PAYEE: &str = "ZZQN00NORDFJELLB0244";
const REFERENCE: &str = "0f6a5c1e7a5b4c0d9e8f7a6b5c4d3e2f";

/// Schemas of messages that stand as text in bodies.
macro_rules! messages {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, ToSchema)]
        #[schema(value_type = String, content_media_type = "application/xml")]
        #[allow(dead_code, reason = "only its description is used")]
        pub struct $name(String);
    )*};
}

messages! {
    /// A camt.056: versions 06 to 11 are read, 08 is written.
    Camt056Text;
    /// A camt.029.001.09 about one recall.
    Camt029Text;
    /// A pacs.004.001.10 about one payment.
    Pacs004Text;
    /// A pacs.028: versions 01 to 06 are read.
    Pacs028Text;
    /// A camt.060: a request for a camt.053 of one day, or for a camt.052 of the day so far.
    Camt060Text;
    /// A pain.001 with one batch or several: versions 03 to 12 are read.
    Pain001Text;
    /// A pain.002.001.10 with a status for each batch and order.
    Pain002Text;
    /// An acmt.023 with one verification: versions 02 to 04 are read.
    Acmt023Text;
    /// An acmt.024.001.04 about one check.
    Acmt024Text;
    /// A camt.110.001.01 about one payment.
    Camt110Text;
    /// A camt.111.001.01 about one case.
    Camt111Text;
    /// A camt.053.001.08 of one account and day.
    Camt053Text;
    /// A camt.052.001.08 of one account.
    Camt052Text;
}

/// Server-sent events: `id` is the event's number, `event` what it is about, `data` the event as JSON.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, content_media_type = "text/event-stream")]
#[allow(dead_code, reason = "only its description is used")]
pub struct EventStreamText(String);

/// A recall.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct RecallPath {
    /// The recall's id: the same at both banks.
    #[param(value_type = Id)]
    recall: String,
}

/// Where events are told.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct WebhookPath {
    /// The endpoint's name.
    #[param(value_type = Id)]
    webhook: String,
}

/// A file of payments.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct FilePath {
    /// The file's id.
    #[param(value_type = Id)]
    file: String,
}

/// A day of an account.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct StatementPath {
    /// Its address, or a currency of the network for the account that settles it.
    #[param(value_type = AccountName)]
    account: String,
    /// The day, UTC.
    #[param(value_type = Day)]
    date: String,
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn amount() -> CurrencyAmount {
    CurrencyAmount { currency: CurrencyCode::EXAMPLE.to_owned(), text: Amount::EXAMPLE.to_owned() }
}

fn camt056() -> Camt056 {
    Camt056 {
        id: REFERENCE.to_owned(),
        assigner: some(BicCode::EXAMPLE),
        assignee: None,
        created: CREATED.to_owned(),
        cancellation_id: some(REFERENCE),
        case_id: some(REFERENCE),
        case_creator: some(BicCode::EXAMPLE),
        original_msg_id: some("ORCHARD-20261102-1"),
        original_message: some("pacs.008.001.08"),
        original_instruction_id: None,
        original_end_to_end_id: some("ORCHARD-INV-2209"),
        original_tx_id: None,
        original_uetr: some(Uetr::EXAMPLE),
        original_amount: Some(amount()),
        original_settlement_date: some("2026-11-02"),
        reason: some("DUPL"),
        information: None,
        assigner_lei: None,
        assignee_lei: some(LeiCode::EXAMPLE),
        case_creator_lei: None,
        whole_case_id: None,
        whole_case_creator: None,
        whole_case_creator_lei: None,
        control_count: None,
        control_sum: None,
        group: None,
        group_msg_id: None,
        group_message: None,
    }
}

fn camt029() -> Camt029 {
    Camt029 {
        id: REFERENCE.to_owned(),
        assigner: None,
        assignee: some(BicCode::EXAMPLE),
        created: CREATED.to_owned(),
        status: some("RJCR"),
        resolved_case: some(REFERENCE),
        case_creator: some(BicCode::EXAMPLE),
        original_msg_id: some("ORCHARD-20261102-1"),
        original_message: some("pacs.008.001.08"),
        original_uetr: some(Uetr::EXAMPLE),
        reason: some("CUST"),
        information: None,
        assigner_lei: some(LeiCode::EXAMPLE),
        assignee_lei: None,
        case_creator_lei: None,
        status_id: some("RESOLUTION-2026-17"),
        original_instruction_id: None,
        original_end_to_end_id: some("ORCHARD-INV-2209"),
        original_tx_id: None,
    }
}

fn pacs004() -> Pacs004 {
    Pacs004 {
        msg_id: REFERENCE.to_owned(),
        created: CREATED.to_owned(),
        settlement_method: "CLRG".to_owned(),
        return_id: some(REFERENCE),
        original_msg_id: some("ORCHARD-20261102-1"),
        original_message: some("pacs.008.001.08"),
        original_instruction_id: None,
        original_end_to_end_id: some("ORCHARD-INV-2209"),
        original_tx_id: None,
        original_uetr: some(Uetr::EXAMPLE),
        original_amount: Some(amount()),
        returned: amount(),
        settlement_date: some("2026-11-02"),
        instructing_agent: None,
        instructed_agent: some(BicCode::EXAMPLE),
        reason: some("AC04"),
        information: None,
        clearing_system_proprietary: some("FLORIN"),
        instructing_agent_lei: some(LeiCode::EXAMPLE),
        instructed_agent_lei: None,
    }
}

fn pacs028() -> Pacs028 {
    Pacs028 {
        msg_id: REFERENCE.to_owned(),
        created: CREATED.to_owned(),
        original_msg_id: some("ORCHARD-20261102-1"),
        original_message: some("pacs.008.001.08"),
        original_instr_id: None,
        original_end_to_end_id: some("ORCHARD-INV-2209"),
        original_tx_id: None,
        original_uetr: some(Uetr::EXAMPLE),
    }
}

fn camt060() -> Camt060 {
    Camt060 {
        msg_id: REFERENCE.to_owned(),
        created: CREATED.to_owned(),
        request_id: some("STATEMENT-2026-17"),
        wanted: "camt.053.001.08".to_owned(),
        iban: None,
        other_account: some("5f1d8c0e3b7a4926d0c1f2e3a4b59687"),
        owner: some(BicCode::EXAMPLE),
        owner_name: None,
        from: some(Day::EXAMPLE),
        to: some(Day::EXAMPLE),
        kind: some("ALLL"),
    }
}

fn balance(code: &str, text: &str) -> Balance {
    Balance {
        code: some(code),
        proprietary: None,
        subtype: None,
        amount: CurrencyAmount { text: text.to_owned(), ..amount() },
        direction: "CRDT".to_owned(),
        date: some(Day::EXAMPLE),
        instant: None,
    }
}

fn line() -> Line {
    Line {
        reference: some("4711.0"),
        amount: amount(),
        direction: "CRDT".to_owned(),
        status: some("BOOK"),
        booked: some(Day::EXAMPLE),
        value: some(Day::EXAMPLE),
        servicer_reference: some(REFERENCE),
        domain: some("PMNT"),
        family: some("RCDT"),
        sub_family: some("DMCT"),
        proprietary: None,
        end_to_end_id: some("ORCHARD-INV-2209"),
        owner_reference: None,
        uetr: some(Uetr::EXAMPLE),
        instruction_id: None,
        tx_id: None,
        debtor: some("Orchard Tools Ltd"),
        ultimate_debtor: None,
        creditor: some("Fjord Timber AS"),
        ultimate_creditor: some("Fjord Forestry ASA"),
        purpose: Some(Purpose::Code("GDDS".to_owned())),
        remittance: vec!["Invoice 2209".to_owned()],
        structured: Vec::new(),
    }
}

fn camt053() -> Camt053 {
    Camt053 {
        msg_id: REFERENCE.to_owned(),
        created: CREATED.to_owned(),
        id: REFERENCE.to_owned(),
        page: some("1"),
        last_page: some("true"),
        sequence: some("17"),
        from: some("2026-11-02T00:00:00+00:00"),
        to: some("2026-11-02T23:59:59+00:00"),
        iban: None,
        other_account: some(REFERENCE),
        currency: some(CurrencyCode::EXAMPLE),
        servicer: None,
        balances: vec![balance("OPBD", "0.00"), balance("CLBD", Amount::EXAMPLE)],
        entries: vec![line()],
        servicer_lei: None,
        information: None,
    }
}

fn camt052() -> Camt052 {
    Camt052 {
        msg_id: REFERENCE.to_owned(),
        created: CREATED.to_owned(),
        id: REFERENCE.to_owned(),
        page: some("1"),
        last_page: some("true"),
        iban: None,
        other_account: some(REFERENCE),
        currency: some(CurrencyCode::EXAMPLE),
        servicer: None,
        balances: vec![balance("OPBD", "0.00"), balance("ITBD", Amount::EXAMPLE)],
        entries: vec![line()],
        servicer_lei: None,
        information: None,
        from: None,
        to: None,
    }
}

fn statement() -> StatementReport {
    let text = str::to_owned;
    let block = || BlockReport { height: 4_711, state_root: Some(text(Id::EXAMPLE)) };
    let entry = EntryReport {
        reference: text("4711.0"),
        direction: "credit",
        amount: text(Amount::EXAMPLE),
        code: text("PMNT/RCDT/DMCT"),
        booked: text(Time::EXAMPLE),
        uetr: some(Uetr::EXAMPLE),
        end_to_end_id: some("ORCHARD-INV-2209"),
        request: None,
        command_id: text(Id::EXAMPLE),
    };
    StatementReport {
        account: text(Id::EXAMPLE),
        currency: text(CurrencyCode::EXAMPLE),
        date: text(Day::EXAMPLE),
        sequence: 17,
        page: 1,
        pages: 1,
        opening: text("0.00"),
        closing: text(Amount::EXAMPLE),
        available: None,
        entries: vec![entry],
        closing_block: Some(block()),
        compared: block(),
    }
}

fn pain001() -> Pain001 {
    let order = Order {
        end_to_end_id: "ORCHARD-INV-2209".to_owned(),
        uetr: some(Uetr::EXAMPLE),
        amount: Some(amount()),
        creditor_agent: some(BicCode::EXAMPLE),
        creditor: some("Fjord Timber AS"),
        creditor_iban: some(IbanCode::EXAMPLE),
        ultimate_creditor: Some(OrderParty {
            name: some("Fjord Forestry ASA"),
            ..OrderParty::default()
        }),
        purpose: Some(Purpose::Code("GDDS".to_owned())),
        remittance: vec!["Invoice 2209".to_owned()],
        creditor_address: Some(PostalAddress {
            street: some("Strandgaten"),
            building_number: some("18"),
            post_code: some("5013"),
            town: some("Bergen"),
            country: some("NO"),
            ..PostalAddress::default()
        }),
        ..Order::default()
    };
    let batch = |id: &str, account: &str, orders: Vec<Order>| Batch {
        id: id.to_owned(),
        method: "TRF".to_owned(),
        execution_date: some(Day::EXAMPLE),
        debtor: some("Orchard Tools Ltd"),
        debtor_account: some(account),
        debtor_agent: some(BicCode::EXAMPLE),
        orders,
        ..Batch::default()
    };
    let salary = Order {
        end_to_end_id: "ORCHARD-PAY-31".to_owned(),
        uetr: None,
        category_purpose: Some(Purpose::Code("SALA".to_owned())),
        ..order.clone()
    };
    Pain001 {
        msg_id: "ORCHARD-20261102-1".to_owned(),
        created: CREATED.to_owned(),
        count: "2".to_owned(),
        control_sum: None,
        initiator: some("Orchard Tools Ltd"),
        batches: vec![
            batch("ORCHARD-20261102-1-1", "700418825531", vec![order]),
            batch("ORCHARD-20261102-1-2", "700418825549", vec![salary]),
        ],
    }
}

fn pain002() -> Pain002 {
    let order = |id: &str, uetr: &str, status: &str| OrderStatus {
        instruction_id: None,
        end_to_end_id: some(id),
        uetr: some(uetr),
        status: some(status),
        reason: None,
        information: None,
    };
    let batch = |id: &str, order: OrderStatus| BatchStatus {
        id: id.to_owned(),
        count: some("1"),
        status: order.status.clone(),
        orders: vec![order],
    };
    let second = "9c2a5e8f-04d7-4163-8f6c-9a527d1e4b80";
    Pain002 {
        msg_id: REFERENCE.to_owned(),
        created: CREATED.to_owned(),
        original_msg_id: "ORCHARD-20261102-1".to_owned(),
        original_message: "pain.001.001.09".to_owned(),
        original_count: some("2"),
        group_status: some("PDNG"),
        group_reason: None,
        batches: vec![
            batch("ORCHARD-20261102-1-1", order("ORCHARD-INV-2209", Uetr::EXAMPLE, "ACSC")),
            batch("ORCHARD-20261102-1-2", order("ORCHARD-PAY-31", second, "PDNG")),
        ],
    }
}

fn file() -> PaymentFileReport {
    PaymentFileReport {
        file: Id::EXAMPLE.to_owned(),
        message_id: "ORCHARD-20261102-1".to_owned(),
        status: "PDNG",
        orders: 3,
        batches: vec![FileBatchReport {
            batch: "ORCHARD-20261102-1-1".to_owned(),
            status: "PDNG",
            orders: 3,
        }],
        waiting: 1,
        in_progress: 1,
        settled: 1,
        rejected: 0,
        received: Time::EXAMPLE.to_owned(),
    }
}

fn orders() -> OrdersPage {
    let order = FileOrderReport {
        number: 1,
        end_to_end_id: "ORCHARD-INV-2209".to_owned(),
        uetr: Uetr::EXAMPLE.to_owned(),
        status: "ACSC",
        reason: None,
    };
    OrdersPage { orders: vec![order], next_after: Some(1) }
}

fn events() -> EventsPage {
    let event = EventReport {
        number: 17,
        about: "payment",
        uetr: Some(Uetr::EXAMPLE.to_owned()),
        direction: Some("outgoing"),
        other: PAYEE.to_owned(),
        status: "ACSC".to_owned(),
        code: None,
        iso_reason: None,
        leg: Some(Id::EXAMPLE.to_owned()),
        news: NewsReport::default(),
        at: Time::EXAMPLE.to_owned(),
    };
    let told = EventReport {
        number: 18,
        about: "directory",
        uetr: None,
        direction: None,
        status: "announced".to_owned(),
        leg: None,
        news: NewsReport {
            due: Some(Time::EXAMPLE.to_owned()),
            changes: vec!["endpoint".to_owned(), "message_key".to_owned()],
            ..NewsReport::default()
        },
        ..event.clone()
    };
    EventsPage { events: vec![event, told], next_after: 18, has_more: false }
}

fn xml(message: &impl View) -> Value {
    json!(message.to_xml().unwrap_or_default())
}

/// Bodies that a client sends.
pub(super) fn requests() -> Vec<(&'static str, Value)> {
    vec![
        ("RecallInput", json!({"uetr": Uetr::EXAMPLE, "reason": "DUPL"})),
        ("AnswerInput", json!({"decision": "reject", "reason": "CUST"})),
        ("ReturnInput", json!({"reason": "AC04"})),
        (
            "RejectInput",
            json!({"reason": "BE01", "information": "the account is not this creditor's"}),
        ),
        ("Camt056Text", xml(&camt056())),
        ("Pacs028Text", xml(&pacs028())),
        ("Pacs004Text", xml(&pacs004())),
        ("Camt060Text", xml(&camt060())),
        ("Pain001Text", xml(&pain001())),
    ]
}

/// Bodies that the gateway answers.
pub(super) fn answers() -> Vec<(&'static str, Value)> {
    let text = str::to_owned;
    let recall = RecallReport {
        recall: text(Id::EXAMPLE),
        uetr: text(Uetr::EXAMPLE),
        direction: "outgoing",
        status: "returned",
        iso_status: "CNCL",
        payer: text(PAYER),
        payee: text(PAYEE),
        amount: text(Amount::EXAMPLE),
        currency: text(CurrencyCode::EXAMPLE),
        reason: some("DUPL"),
        information: None,
        rejection: None,
        refused: None,
        receipt: Some(ReceiptReport {
            command_id: text(Id::EXAMPLE),
            sha256: Id::EXAMPLE.chars().rev().collect(),
            href: format!("/v1/receipts/{}", Id::EXAMPLE),
            file: None,
        }),
        answer_by: None,
        overdue: None,
        timeline: vec![TimelineEntry { status: text("returned"), at: text(Time::EXAMPLE) }],
    };
    vec![
        ("RecallReport", serde_json::to_value(recall).unwrap_or_default()),
        ("Camt029Text", xml(&camt029())),
        ("StatementReport", serde_json::to_value(statement()).unwrap_or_default()),
        ("Camt053Text", xml(&camt053())),
        ("Camt052Text", xml(&camt052())),
        ("EventsPage", serde_json::to_value(events()).unwrap_or_default()),
        ("EventStreamText", json!("id: 17\nevent: payment\ndata: {\"number\":17}\n\n")),
        ("PaymentFileReport", serde_json::to_value(file()).unwrap_or_default()),
        ("OrdersPage", serde_json::to_value(orders()).unwrap_or_default()),
        ("Pain002Text", xml(&pain002())),
        ("ReturnReport", serde_json::to_value(returned()).unwrap_or_default()),
    ]
}

fn returned() -> ReturnReport {
    let text = str::to_owned;
    ReturnReport {
        uetr: text(Uetr::EXAMPLE),
        direction: "outgoing",
        status: "proposed",
        payer: text(PAYER),
        payee: text(PAYEE),
        amount: text(Amount::EXAMPLE),
        currency: text(CurrencyCode::EXAMPLE),
        reason: some("AC04"),
        information: None,
        proposed_by: some("core"),
        approved_by: None,
        refused: None,
        told: false,
        listed: None,
        receipt: None,
        timeline: vec![TimelineEntry { status: text("proposed"), at: text(Time::EXAMPLE) }],
    }
}
