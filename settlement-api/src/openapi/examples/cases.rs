//! Examples of cases with other banks, rules that answer, and tickets.

use iso20022::view::{Camt110, Camt111, InvestigationAnswer, InvestigationQuestion, View as _};
use serde_json::{Value, json};

use super::super::text::{
    Amount, Base64Bytes, CurrencyCode, HexBytes, Id, IsoCode, LeiCode, TextLine, Time, Uetr,
};
use crate::{
    inquiries::report::{
        CasePage, CaseReport, CaseSummary, DeliveryReport, DocumentReport, DraftReport,
        GivenReport, MessageReport, NoticeReport, SaidReport,
    },
    server::{
        rules::RuleReport,
        tickets::{TicketReport, TicketVerdict},
        tracker::RoomReport,
    },
};

const REQUESTER: &str = "ZZQN00NORDFJELLB0244";
const RESPONDER: &str = "ZZQL00LINDENVALE0161";

/// Bodies that a client sends.
pub(super) fn requests() -> Vec<(&'static str, Value)> {
    let payer = json!({"name": "Orchard Tools Ltd", "account": "700418825531"});
    let payee = json!({"name": "Fjord Timber AS", "account": "NO9386011117947"});
    let document =
        json!({"name": "Invoice 2209", "media": "application/pdf", "base64": Base64Bytes::EXAMPLE});
    vec![
        (
            "CaseInput",
            json!({
                "uetr": Uetr::EXAMPLE, "kind": "FWTR", "level": 2, "asked": ["source_of_funds"],
                "reasons": ["DTOR"], "lines": [TextLine::EXAMPLE], "answer_by": Time::EXAMPLE,
            }),
        ),
        ("Camt110Text", json!(camt110().to_xml().unwrap_or_default())),
        ("Camt111Text", json!(camt111().to_xml().unwrap_or_default())),
        ("ActInput", json!({"reason": "PDNG", "lines": [TextLine::EXAMPLE]})),
        (
            "CaseAnswerInput",
            json!({
                "outcome": IsoCode::EXAMPLE,
                "given": [{"field": "debtor_name", "value": "Orchard Tools Ltd"}],
                "documents": [document],
            }),
        ),
        ("YesInput", json!({"content": Id::EXAMPLE})),
        ("ForwardInput", json!({"to": LeiCode::EXAMPLE})),
        (
            "RuleInput",
            json!({
                "kinds": ["FWTR"], "level": 1, "gives": ["debtor_name", "debtor_account"],
                "outcome": IsoCode::EXAMPLE, "release": "one_person", "until": Time::EXAMPLE,
            }),
        ),
        (
            "TicketInput",
            json!({
                "holder": LeiCode::EXAMPLE, "amount": Amount::EXAMPLE,
                "currency": CurrencyCode::EXAMPLE, "debtor": payer, "creditor": payee,
                "checks": ["account_open", "name_matches"], "valid_seconds": 3_600,
            }),
        ),
        (
            "TicketCheckInput",
            json!({
                "bytes": HexBytes::EXAMPLE, "salt": Id::EXAMPLE, "instructing": LeiCode::EXAMPLE,
                "amount": Amount::EXAMPLE, "currency": CurrencyCode::EXAMPLE, "debtor": payer,
                "creditor": payee,
            }),
        ),
    ]
}

/// A question for the payer's name and address under the rules on transfers of funds.
fn camt110() -> Camt110 {
    let some = |text: &str| Some(text.to_owned());
    let row = |part: &str, words: Option<&str>| InvestigationQuestion {
        reason: some("DTOR"),
        reason_name: None,
        part: some(part),
        part_name: None,
        narrative: words.map(str::to_owned),
        files: Vec::new(),
    };
    Camt110 {
        msg_id: "NORDFJELL-INV-417".to_owned(),
        requester_case: some("NORDFJELL-CASE-417"),
        responder_case: None,
        action: None,
        action_name: None,
        kind: some("RQFI"),
        kind_name: None,
        topic: some("FWTR"),
        original_msg_id: None,
        original_message: None,
        original_created: None,
        original_instruction_id: None,
        original_end_to_end_id: None,
        original_tx_id: None,
        original_uetr: some(Uetr::EXAMPLE),
        original_amount: None,
        initiation_uetr: None,
        requester: None,
        requester_system: None,
        requester_member: None,
        requester_lei: some(REQUESTER),
        responder: None,
        responder_system: None,
        responder_member: None,
        responder_lei: some(RESPONDER),
        asked: vec![row("RQNM", Some("the name was cut off")), row("RQPA", None)],
    }
}

/// What that question is answered.
fn camt111() -> Camt111 {
    let asked = camt110();
    let row = |part: &str, words: &str| InvestigationAnswer {
        reason: Some("DTOR".to_owned()),
        reason_name: None,
        part: Some(part.to_owned()),
        part_name: None,
        narrative: Some(words.to_owned()),
        files: Vec::new(),
    };
    Camt111 {
        msg_id: "LINDENVALE-INV-88".to_owned(),
        responder_case: Some("LINDENVALE-CASE-88".to_owned()),
        status: "CLSD".to_owned(),
        status_reason: None,
        status_reason_name: None,
        given: vec![row("RQNM", "Orchard Tools Ltd"), row("RQPA", "4 Mill Lane, Harrowgate")],
        original_msg_id: asked.msg_id,
        requester_case: asked.requester_case,
        kind: asked.kind,
        topic: asked.topic,
        original_uetr: asked.original_uetr,
        requester: None,
        requester_system: None,
        requester_member: None,
        requester_lei: asked.requester_lei,
        responder: None,
        responder_system: None,
        responder_member: None,
        responder_lei: asked.responder_lei,
    }
}

/// Bodies that the gateway answers.
pub(super) fn answers() -> Vec<(&'static str, Value)> {
    let page = CasePage { cases: vec![summary()], after: None };
    let agents = vec![summary().requester, summary().responder];
    let room = RoomReport { uetr: Uetr::EXAMPLE.to_owned(), agents, cases: vec![summary()] };
    vec![
        ("CasePage", super::value(&page)),
        ("RoomReport", super::value(&room)),
        ("CaseReport", super::value(&case())),
        ("RuleReport", super::value(&rule())),
        ("TicketReport", super::value(&ticket())),
        (
            "TicketVerdict",
            super::value(&TicketVerdict {
                ticket: Id::EXAMPLE.to_owned(),
                issuer: REQUESTER.to_owned(),
                expires: Time::EXAMPLE.to_owned(),
            }),
        ),
    ]
}

fn summary() -> CaseSummary {
    CaseSummary {
        case: Id::EXAMPLE.to_owned(),
        uetr: Uetr::EXAMPLE.to_owned(),
        leg: Id::EXAMPLE.to_owned(),
        kind: "FWTR",
        level: Some(1),
        requester: REQUESTER.to_owned(),
        responder: RESPONDER.to_owned(),
        state: "assigned",
        iso_status: "PDNG",
        turn: "own",
        opened: Time::EXAMPLE.to_owned(),
        answer_by: Time::EXAMPLE.to_owned(),
    }
}

fn case() -> CaseReport {
    let opened = MessageReport {
        from: REQUESTER.to_owned(),
        number: 0,
        act: "open",
        code: None,
        rule: None,
        relayed: None,
        written: Time::EXAMPLE.to_owned(),
        digest: Id::EXAMPLE.to_owned(),
        says: SaidReport { asked: vec!["purpose"], ..nothing() },
    };
    let draft = DraftReport {
        content: Id::EXAMPLE.to_owned(),
        prepared_by: "desk-1".to_owned(),
        at: Time::EXAMPLE.to_owned(),
        outcome: Some(IsoCode::EXAMPLE.to_owned()),
        says: SaidReport {
            given: vec![GivenReport { field: "purpose", value: TextLine::EXAMPLE.to_owned() }],
            documents: vec![DocumentReport {
                name: "Invoice 2209".to_owned(),
                media: "application/pdf".to_owned(),
                bytes: 48_211,
                document: Id::EXAMPLE.to_owned(),
            }],
            ..nothing()
        },
    };
    CaseReport {
        summary: summary(),
        asked: vec!["purpose"],
        parent: None,
        children: Vec::new(),
        follows: None,
        messages: vec![opened],
        draft: Some(draft),
        delivery: DeliveryReport { waiting: 0, trouble: None, receipted: 1 },
        notices: vec![NoticeReport {
            at: Time::EXAMPLE.to_owned(),
            what: "reminder_50".to_owned(),
            contact: Some("investigations desk".to_owned()),
        }],
    }
}

const fn nothing() -> SaidReport {
    SaidReport {
        reasons: Vec::new(),
        asked: Vec::new(),
        given: Vec::new(),
        lines: Vec::new(),
        documents: Vec::new(),
    }
}

fn rule() -> RuleReport {
    RuleReport {
        rule: Id::EXAMPLE.to_owned(),
        status: "proposed",
        kinds: vec!["FWTR"],
        requesters: Vec::new(),
        level: Some(1),
        gives: vec!["debtor_name", "debtor_account"],
        outcome: IsoCode::EXAMPLE.to_owned(),
        release: "one_person",
        until: Time::EXAMPLE.to_owned(),
    }
}

fn ticket() -> TicketReport {
    TicketReport {
        ticket: Id::EXAMPLE.to_owned(),
        named_as: format!("FLORIN-TICKET/{}", Id::EXAMPLE),
        bytes: HexBytes::EXAMPLE.to_owned(),
        salt: Id::EXAMPLE.to_owned(),
        holder: LeiCode::EXAMPLE.to_owned(),
        case: None,
        expires: Time::EXAMPLE.to_owned(),
        used_by: None,
    }
}
