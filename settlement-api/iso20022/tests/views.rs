//! Views: what is made keeps its schema and reads back as itself; several are never read as one.
#![allow(clippy::print_stdout, reason = "a skipped check says so")]

mod oracle;

use iso20022::view::{
    Balance, Batch, BatchStatus, Camt029, Camt052, Camt053, Camt056, Camt060, Camt110, Camt111,
    EnclosedFile, InvestigationAnswer, InvestigationQuestion, Line, Order, OrderParty, OrderStatus,
    Pacs004, Pacs009, Pacs028, Pain001, Pain002, UnderlyingPayment, View,
};
use iso20022::{Advice, AdviceDocument, CurrencyAmount, PostalAddress, Purpose, Structured};
use oracle::assert_valid;
use std::fmt::Debug;

const UETR: &str = "3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163";
const LEI: &str = "5493001KJTIIGC8Y1R12";
const CREATED: &str = "2026-11-23T09:29:58+00:00";

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn amount(currency: &str, text: &str) -> CurrencyAmount {
    CurrencyAmount { currency: currency.to_owned(), text: text.to_owned() }
}

/// Written, it keeps the official schema where that is at hand; read, it is the same.
fn assert_written<T: View + Debug + PartialEq>(view: &T) {
    let xml = view.to_xml().unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_valid(&xml, T::MESSAGE);
    assert_eq!(&T::find(xml.as_bytes()).unwrap(), view);
}

fn pacs009() -> Pacs009 {
    Pacs009 {
        msg_id: text("LV-1"),
        created: text(CREATED),
        settlement_method: text("INDA"),
        clearing_system: None,
        clearing_system_proprietary: None,
        instruction_id: some("LV-I-1"),
        end_to_end_id: text("LV-E-1"),
        tx_id: None,
        uetr: some(UETR),
        amount: amount("EUR", "1000000.00"),
        settlement_date: some("2026-11-24"),
        group_settlement_date: None,
        instructing_agent: some("QLVBUS3N"),
        instructed_agent: some("QNFJDEF1"),
        debtor: some("QLVBUS3N"),
        debtor_member: None,
        creditor: some("QNFJDEF1"),
        creditor_member: None,
        instructing_agent_lei: None,
        instructed_agent_lei: None,
        group_instructing_agent: None,
        group_instructed_agent: None,
        debtor_lei: None,
        debtor_name: None,
        debtor_iban: None,
        debtor_agent: None,
        debtor_agent_lei: None,
        creditor_lei: None,
        creditor_name: None,
        creditor_iban: None,
        creditor_agent: None,
        creditor_agent_lei: None,
        debtor_account: some("LV-OWN-1"),
        creditor_account: some("NF-OWN-1"),
        remittance: vec![text("Funding"), text("Second line")],
        purpose: Some(Purpose::Code(text("CASH"))),
        category_purpose: Some(Purpose::Proprietary(text("LIQUIDITY"))),
        underlying: None,
    }
}

#[test]
fn a_payment_between_banks_and_a_cover_are_written_and_read() {
    let core = pacs009();
    assert!(!core.is_cover());
    assert_written(&core);
    let underlying = UnderlyingPayment {
        ultimate_debtor: some("Orchard Holdings"),
        debtor: some("Orchard & Finch"),
        debtor_iban: None,
        debtor_account: some("700418825531"),
        debtor_agent: some("QLVBUS3N"),
        debtor_agent_lei: None,
        creditor: some("Henrike Vossbrink"),
        creditor_iban: some("DE39999999990012345678"),
        creditor_account: None,
        creditor_agent: some("QNFJDEF1"),
        creditor_agent_lei: some(LEI),
        ultimate_creditor: None,
        remittance: vec![text("Invoice 2209")],
        instructed_amount: Some(amount("EUR", "1000000.00")),
    };
    let cover = Pacs009 { underlying: Some(underlying), ..core };
    assert!(cover.is_cover());
    assert_written(&cover);
}

#[test]
fn an_investigation_is_written_and_read() {
    let file = EnclosedFile {
        kind: some("CINV"),
        kind_name: None,
        id: text("1"),
        issued: some("2026-11-23"),
        issued_at: None,
        name: some("Invoice 2209"),
        format: None,
        format_name: some("application/pdf"),
        file_name: None,
        content: text("UERG"),
    };
    let asked = InvestigationQuestion {
        reason: some("DTOR"),
        reason_name: None,
        part: some("RQNM"),
        part_name: None,
        narrative: some("the name was cut off"),
        files: vec![file.clone()],
    };
    assert_written(&Camt110 {
        msg_id: text("NF-7"),
        requester_case: some("NF-CASE-7"),
        responder_case: None,
        action: None,
        action_name: None,
        kind: some("RQFI"),
        kind_name: None,
        topic: some("FWTR"),
        original_msg_id: some("LV-1"),
        original_message: some("pacs.008.001.08"),
        original_created: some(CREATED),
        original_instruction_id: some("LV-I-1"),
        original_end_to_end_id: some("LV-E-1"),
        original_tx_id: None,
        original_uetr: some(UETR),
        original_amount: Some(amount("USD", "12.50")),
        initiation_uetr: None,
        requester: some("QNFJDEF1"),
        requester_system: some("USABA"),
        requester_member: some("021040078"),
        requester_lei: some(LEI),
        responder: some("QLVBUS3N"),
        responder_system: None,
        responder_member: None,
        responder_lei: None,
        asked: vec![asked.clone(), InvestigationQuestion { files: Vec::new(), ..asked }],
    });
    assert_written(&Camt111 {
        msg_id: text("LV-8"),
        responder_case: some("LV-CASE-8"),
        status: text("PDNG"),
        status_reason: some("ARPL"),
        status_reason_name: None,
        given: vec![InvestigationAnswer {
            reason: some("DTOR"),
            reason_name: None,
            part: some("RQNM"),
            part_name: None,
            narrative: some("Orchard Tools Ltd"),
            files: vec![file],
        }],
        original_msg_id: text("NF-7"),
        requester_case: some("NF-CASE-7"),
        kind: some("RQFI"),
        topic: some("FWTR"),
        original_uetr: some(UETR),
        requester: some("QNFJDEF1"),
        requester_system: None,
        requester_member: None,
        requester_lei: some(LEI),
        responder: some("QLVBUS3N"),
        responder_system: None,
        responder_member: None,
        responder_lei: None,
    });
}

#[test]
fn exceptions_are_written_and_read() {
    assert_written(&Pacs004 {
        msg_id: text("NF-2"),
        created: text(CREATED),
        settlement_method: text("CLRG"),
        return_id: some("NF-R-2"),
        original_msg_id: some("LV-1"),
        original_message: some("pacs.008.001.08"),
        original_instruction_id: some("INSTR-1"),
        original_end_to_end_id: some("LV-E-1"),
        original_tx_id: None,
        original_uetr: some(UETR),
        original_amount: Some(amount("USD", "12.50")),
        returned: amount("USD", "12.50"),
        settlement_date: some("2026-11-24"),
        instructing_agent: some("QNFJDEF1"),
        instructed_agent: some("QLVBUS3N"),
        reason: some("AC04"),
        information: None,
        clearing_system_proprietary: some("FLORIN"),
        instructing_agent_lei: some(LEI),
        instructed_agent_lei: some(LEI),
    });
    assert_written(&Pacs028 {
        msg_id: text("LV-3"),
        created: text(CREATED),
        original_msg_id: some("LV-1"),
        original_message: some("pacs.008.001.08"),
        original_instr_id: some("INSTR-1"),
        original_end_to_end_id: None,
        original_tx_id: some("LV-T-1"),
        original_uetr: some(UETR),
    });
    assert_written(&Camt056 {
        id: text("LV-4"),
        assigner: some("QLVBUS3N"),
        assignee: some("QNFJDEF1"),
        created: text(CREATED),
        cancellation_id: some("LV-C-4"),
        case_id: some("LV-CASE-4"),
        case_creator: some("QLVBUS3N"),
        original_msg_id: some("LV-1"),
        original_message: some("pacs.008.001.08"),
        original_instruction_id: Some("I-1".to_owned()),
        original_end_to_end_id: some("LV-E-1"),
        original_tx_id: None,
        original_uetr: some(UETR),
        original_amount: Some(amount("USD", "12.50")),
        original_settlement_date: some("2026-11-23"),
        reason: some("DUPL"),
        information: some("Sent twice"),
        assigner_lei: some(LEI),
        assignee_lei: None,
        case_creator_lei: some(LEI),
        whole_case_id: some("LV-CASE-5"),
        whole_case_creator: some("QLVBUS3N"),
        whole_case_creator_lei: None,
        control_count: some("1"),
        control_sum: some("5.00"),
        group: None,
        group_msg_id: None,
        group_message: None,
    });
    assert_written(&Camt029 {
        id: text("NF-5"),
        assigner: some("QNFJDEF1"),
        assignee: some("QLVBUS3N"),
        created: text(CREATED),
        status: some("RJCR"),
        resolved_case: some("LV-CASE-4"),
        case_creator: some("QLVBUS3N"),
        original_msg_id: some("LV-1"),
        original_message: some("pacs.008.001.08"),
        original_uetr: some(UETR),
        reason: some("CUST"),
        information: None,
        assigner_lei: some(LEI),
        assignee_lei: some(LEI),
        case_creator_lei: None,
        status_id: some("LV-5-S"),
        original_instruction_id: some("LV-I-1"),
        original_end_to_end_id: some("LV-E-1"),
        original_tx_id: some("LV-T-1"),
    });
    assert_written(&Camt060 {
        msg_id: text("LV-6"),
        created: text(CREATED),
        request_id: some("LV-REQ-6"),
        wanted: text("camt.053.001.08"),
        iban: some("DE39999999990012345678"),
        other_account: None,
        owner: some("QLVBUS3N"),
        owner_name: None,
        from: None,
        to: None,
        kind: None,
    });
}

fn balance(code: &str, text: &str) -> Balance {
    Balance {
        code: some(code),
        proprietary: None,
        subtype: None,
        amount: amount("EUR", text),
        direction: "CRDT".to_owned(),
        date: some("2026-11-20"),
        instant: None,
    }
}

fn line() -> Line {
    Line {
        reference: some("1"),
        amount: amount("EUR", "5.00"),
        direction: text("CRDT"),
        status: some("BOOK"),
        booked: some("2026-11-20"),
        value: some("2026-11-20"),
        servicer_reference: some("NF-X"),
        domain: some("PMNT"),
        family: some("RCDT"),
        sub_family: some("ESCT"),
        proprietary: None,
        end_to_end_id: some("LV-E-1"),
        owner_reference: some("LV-OWN-1"),
        uetr: some(UETR),
        instruction_id: some("LV-I-1"),
        tx_id: some("LV-T-1"),
        debtor: some("Orchard & Finch"),
        ultimate_debtor: some("Orchard Holdings"),
        creditor: some("Henrike Vossbrink"),
        ultimate_creditor: some("Vossbrink Heirs"),
        purpose: Some(Purpose::Code(text("SUPP"))),
        remittance: vec![text("Invoice 2209"), text("Second line")],
        structured: vec![Structured::from(&advice())],
    }
}

fn advice() -> Advice {
    let invoice = |number: &str| AdviceDocument {
        code: some("CINV"),
        number: some(number),
        date: some("2026-11-02"),
    };
    Advice {
        documents: vec![invoice("2209"), invoice("2210")],
        due: Some(amount("EUR", "8.00")),
        remitted: Some(amount("EUR", "7.25")),
        reference_type: some("SCOR"),
        reference_issuer: some("ISO"),
        reference: some("RF18539007547034"),
        additional: vec![text("less a discount")],
    }
}

#[test]
fn statements_are_written_and_read() {
    let statement = Camt053 {
        msg_id: text("NF-7"),
        created: text(CREATED),
        id: text("NF-7-1"),
        page: some("1"),
        last_page: some("true"),
        sequence: some("324"),
        from: some("2026-11-20T00:00:00+00:00"),
        to: some("2026-11-20T23:59:59+00:00"),
        iban: some("DE39999999990012345678"),
        other_account: None,
        currency: some("EUR"),
        servicer: some("QNFJDEF1"),
        balances: vec![balance("OPBD", "10.00"), balance("CLBD", "20.00")],
        entries: vec![line(), line()],
        servicer_lei: some(LEI),
        information: some("As of height 7"),
    };
    assert_written(&statement);
    let report = iso20022::check::check(statement.to_xml().unwrap().as_bytes(), None);
    assert!(report.ok(), "{:?}", report.errors);
    assert_written(&Camt052 {
        msg_id: text("NF-8"),
        created: text(CREATED),
        id: text("NF-8-1"),
        page: None,
        last_page: None,
        iban: None,
        other_account: some("8830017"),
        currency: some("EUR"),
        servicer: None,
        balances: Vec::new(),
        entries: vec![line()],
        servicer_lei: None,
        information: some("As of height 7"),
        from: some("2026-11-20T00:00:00+00:00"),
        to: some("2026-11-20T12:00:00+00:00"),
    });
}

#[test]
fn orders_are_written_and_read() {
    let behind = |name: &str| OrderParty {
        name: some(name),
        address: Some(PostalAddress { country: some("DE"), ..PostalAddress::default() }),
        bic: some("QNFJDEF1"),
        lei: some(LEI),
    };
    let order = Order {
        instruction_id: some("O-1"),
        end_to_end_id: text("E-1"),
        uetr: some(UETR),
        category_purpose: Some(Purpose::Code(text("SUPP"))),
        amount: Some(amount("EUR", "7.25")),
        ultimate_debtor: Some(behind("Orchard Holdings")),
        creditor_agent: some("QNFJDEF1"),
        creditor: some("Henrike Vossbrink"),
        creditor_bic: some("QNFJDEF1"),
        creditor_lei: some(LEI),
        creditor_iban: some("DE39999999990012345678"),
        creditor_account: None,
        ultimate_creditor: Some(behind("Vossbrink Heirs")),
        purpose: Some(Purpose::Proprietary(text("GARDEN"))),
        remittance: vec![text("Invoice 2209"), text("Second line")],
        structured: vec![advice(), Advice { reference: some("R-2"), ..Advice::default() }],
        creditor_agent_lei: some(LEI),
        charge_bearer: None,
        creditor_address: Some(PostalAddress {
            town: some("Bremen"),
            country: some("DE"),
            lines: vec![text("Am Wall 1"), text("2. Stock")],
            ..PostalAddress::default()
        }),
    };
    let batch = |id: &str, day: &str| Batch {
        id: text(id),
        method: text("TRF"),
        execution_date: some(day),
        debtor: some("Orchard & Finch"),
        debtor_lei: some(LEI),
        debtor_account: some("700418825531"),
        debtor_agent: some("QLVBUS3N"),
        charge_bearer: some("SHAR"),
        orders: vec![order.clone(), order.clone()],
        ..Batch::default()
    };
    let orders = Pain001 {
        msg_id: text("OF-1"),
        created: text(CREATED),
        count: text("4"),
        control_sum: some("29"),
        initiator: some("Orchard & Finch"),
        batches: vec![batch("OF-1-1", "2026-11-24"), batch("OF-1-2", "2026-11-25")],
    };
    assert_written(&orders);
    let report = iso20022::check::check(orders.to_xml().unwrap().as_bytes(), None);
    assert!(report.ok(), "{:?}", report.errors);
    let xml = orders.to_xml().unwrap();
    assert_eq!(Pain001::find_and_left_out(xml.as_bytes()), Ok((orders.clone(), Vec::new())));
    let (first, second) = xml.rsplit_once("</RfrdDocInf>").unwrap();
    let more = format!("{first}<LineDtls><Id><Nb>1</Nb></Id></LineDtls></RfrdDocInf>{second}");
    let contact = "<CtctDtls><Nm>X</Nm></CtctDtls></UltmtCdtr>";
    let more = more.replacen("</UltmtCdtr>", contact, 1);
    let (read, mut left_out) = Pain001::find_and_left_out(more.as_bytes()).unwrap();
    left_out.sort();
    assert_eq!(read, orders);
    let ultimate = "PmtInf[0]/CdtTrfTxInf[0]/UltmtCdtr[0]/CtctDtls[0]/Nm[0]";
    let line = "PmtInf[1]/CdtTrfTxInf[1]/RmtInf[0]/Strd[0]/RfrdDocInf[1]/LineDtls[0]/Id[0]/Nb[0]";
    assert_eq!(left_out, [ultimate, line]);
}

#[test]
fn what_became_of_orders_is_written_and_read() {
    let settled = OrderStatus {
        instruction_id: some("O-1"),
        end_to_end_id: some("E-1"),
        uetr: some(UETR),
        status: some("ACSC"),
        reason: None,
        information: None,
    };
    let rejected = OrderStatus {
        status: some("RJCT"),
        reason: some("NARR"),
        information: some("debtor_unknown"),
        ..settled.clone()
    };
    let report = Pain002 {
        msg_id: text("LV-9"),
        created: text(CREATED),
        original_msg_id: text("OF-1"),
        original_message: text("pain.001.001.09"),
        original_count: some("2"),
        group_status: some("PART"),
        group_reason: None,
        batches: vec![
            BatchStatus {
                id: text("OF-1-1"),
                count: some("1"),
                status: some("ACSC"),
                orders: vec![settled],
            },
            BatchStatus {
                id: text("OF-1-2"),
                count: some("1"),
                status: some("RJCT"),
                orders: vec![rejected],
            },
        ],
    };
    assert_written(&report);
    let judged = iso20022::check::check(report.to_xml().unwrap().as_bytes(), None);
    assert!(judged.ok(), "{:?}", judged.errors);
}

#[test]
fn what_breaks_the_schema_is_not_written() {
    let broken = Pacs009 { msg_id: String::new(), ..pacs009() };
    assert_eq!(broken.to_xml().unwrap_err()[0].path, "FICdtTrf/GrpHdr/MsgId");
}

#[test]
fn several_payments_are_not_read_as_one() {
    let xml = pacs009().to_xml().unwrap();
    let start = xml.find("<CdtTrfTxInf>").unwrap();
    let end = xml.find("</CdtTrfTxInf>").unwrap() + "</CdtTrfTxInf>".len();
    let twice = format!("{}{}{}", &xml[..end], &xml[start..end], &xml[end..]);
    let errors = Pacs009::find(twice.as_bytes()).unwrap_err();
    assert_eq!(errors[0].rule, "document.several_transactions");
    let other = Pacs028::find(xml.as_bytes()).unwrap_err();
    assert_eq!(other[0].rule, "document.other_message");
}

/// An older statement is read like one of today.
#[test]
fn a_view_is_read_from_an_older_version() {
    let old = Camt053::find(include_bytes!("../fixtures/camt.053.001.02.xml")).unwrap();
    assert_eq!(old.servicer.as_deref(), Some("QNFJDEF1"));
    assert_eq!(old.entries[0].status.as_deref(), Some("BOOK"));
    assert_written(&old);
}
