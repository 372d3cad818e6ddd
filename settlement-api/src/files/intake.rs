//! Intake of a file: judged as a whole, then on disk with all its orders, before it is answered.
//!
//! # Invariants F1 a file with anything wrong in it that is not one order's alone is refused, and
//! #            nothing of it is kept; F2 the same `MsgId` with the same bytes is the same file

use std::{collections::BTreeSet, sync::Arc};

use iso20022::{
    check::{Report, check},
    identifier::parse_date,
    view::{Order, Pain001, View},
};
use jiff::{Timestamp, tz::TimeZone};
use ledger_core::digest::{Domain, Hash32};
use uuid::Uuid;

use super::{
    record::{FileRecord, OrderRecord, OrderState},
    work,
};
use crate::{
    gateway::Gateway,
    payments::{
        address::AddressInput,
        intake::{AgentInput, PartyInput, PaymentRequest, uetr_of},
        record::Reason,
        value_date::day_of,
    },
    refused::Refused,
};

/// Bytes of a file at most.
pub const MAX_FILE: usize = 16 << 20;
/// Orders of a file at most.
pub const MAX_ORDERS: usize = 10_000;
/// The only method of payment: a credit transfer.
const TRANSFER: &str = "TRF";

/// Takes a file in once: the same file again finds what the first one made.
///
/// # Errors
/// [`Refused`].
pub async fn take(gateway: &Arc<Gateway>, body: &[u8]) -> Result<FileRecord, Refused> {
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole);
    }
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let (message, left_out) = Pain001::find_and_left_out(body).map_err(Refused::Rules)?;
    let (id, hash) = (file_id(&message.msg_id), Domain::Content.hash(body));
    let _one_at_a_time = gateway.orders.lock().await;
    let store = gateway.store.as_ref();
    if let Some(known) = FileRecord::load(store, &id)? {
        return if known.hash == hash { Ok(known) } else { Err(Refused::FileConflict) };
    }
    let judged = check(body, None);
    if !judged.ok() {
        return Err(Refused::Rules(judged.errors));
    }
    check_batch(gateway, &message)?;
    let orders = orders(&message, &left_out);
    let file = FileRecord {
        id,
        msg_id: message.msg_id.clone(),
        message: came_as(&judged),
        batch_id: message.batch_id.clone(),
        hash,
        orders: u32::try_from(orders.len()).unwrap_or(u32::MAX),
        received: Gateway::now_ms(),
        done: false,
    };
    let mut writes = file.writes();
    writes.extend((0u32..).zip(&orders).map(|(number, order)| order.write(&id, number)));
    store.write(writes)?;
    work::start(gateway, file.clone());
    Ok(file)
}

/// Whether a document is a file of payments, well written or not.
#[must_use]
pub fn is_file(body: &[u8]) -> bool {
    check(body, None).message.as_deref() == Some("pain.001")
}

/// Name and version of a message, before it was read as the pinned one.
fn came_as(judged: &Report) -> String {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    format!("{}.{}", text(&judged.message), text(&judged.version))
}

/// The identity of the file with a message id.
#[must_use]
pub fn file_id(msg_id: &str) -> Hash32 {
    Domain::Content.hash_of(&("pain.001", msg_id))
}

/// What must hold for all orders together.
fn check_batch(gateway: &Gateway, message: &Pain001) -> Result<(), Refused> {
    if message.orders.len() > MAX_ORDERS {
        return Err(Refused::Malformed("a file holds at most 10,000 orders; split it"));
    }
    if message.method != TRANSFER {
        return Err(Refused::Malformed("PmtMtd must be TRF; nothing else is carried out"));
    }
    let day = execution_day(message)?;
    gateway.value_dates.settles(None, day.as_deref().map(day_of).transpose()?, gateway.clock())?;
    match &message.debtor_agent {
        Some(bic) => {
            let own = gateway.directory.by_alias(&[format!("BIC:{bic}")]);
            let own = own.is_some_and(|entry| entry.lei == *gateway.lei());
            if own { Ok(()) } else { Err(Refused::NotOurAgent) }
        }
        None => Ok(()),
    }
}

/// The day for which a file is; of a time, the day of UTC on which it is.
fn execution_day(message: &Pain001) -> Result<Option<String>, Refused> {
    const UNREADABLE: Refused = Refused::Malformed("ReqdExctnDt is no day; give Dt");
    let (date, time) = (&message.execution_date, &message.execution_time);
    Ok(match (date, time) {
        (Some(date), _) => Some(parse_date(date.trim()).ok_or(UNREADABLE)?.to_string()),
        (None, Some(time)) => {
            let day = match time.trim().parse::<Timestamp>() {
                Ok(time) => time.to_zoned(TimeZone::UTC).date(),
                // Without an offset it is the day that is written.
                Err(_) => time.trim().get(..10).and_then(parse_date).ok_or(UNREADABLE)?,
            };
            Some(day.to_string())
        }
        (None, None) => None,
    })
}

/// What a file says to the debtor's bank or of the whole file, below these paths, and need not reach
/// the creditor's: everything else that is not carried keeps an order from being paid (F2).
const FOR_US: &[&str] = &[
    "GrpHdr[0]/",
    "PmtInf[0]/BtchBookg[0]",
    "PmtInf[0]/NbOfTxs[0]",
    "PmtInf[0]/CtrlSum[0]",
    "PmtInf[0]/ReqdExctnDt[0]/",
    "PmtInf[0]/PmtTpInf[0]/InstrPrty[0]",
    "PmtInf[0]/Dbtr[0]/",
    "PmtInf[0]/DbtrAcct[0]/",
    "PmtInf[0]/DbtrAgt[0]/",
    "PmtInf[0]/DbtrAgtAcct[0]/",
    "PmtInf[0]/ChrgsAcct[0]/",
    "PmtInf[0]/ChrgsAcctAgt[0]/",
];
/// The same of an order, below it.
const OF_ORDER_FOR_US: &[&str] = &[
    "PmtTpInf[0]/InstrPrty[0]",
    "InstrForDbtrAgt[0]",
    "CdtrAgt[0]/",
    "Cdtr[0]/PstlAdr[0]/AdrTp[0]",
];
/// What all orders stand under.
const ORDERS: &str = "PmtInf[0]/CdtTrfTxInf[";
/// Bearers of charges that ask for nothing more than what is done: each bank charges its own customer.
const BEARERS: [&str; 2] = ["SLEV", "SHAR"];

/// Numbers of the orders that say something that a payment does not carry to the creditor's bank;
/// `None` where the batch does, and so all of them.
fn not_carried(message: &Pain001, left_out: &[String]) -> Option<BTreeSet<usize>> {
    let asks = |bearer: &Option<String>| {
        bearer.as_ref().is_some_and(|bearer| !BEARERS.contains(&bearer.as_str()))
    };
    if asks(&message.charge_bearer) {
        return None;
    }
    let numbered = message.orders.iter().enumerate();
    let asking = numbered.filter(|(_, order)| asks(&order.charge_bearer));
    let mut orders: BTreeSet<usize> = asking.map(|(number, _)| number).collect();
    for leaf in left_out {
        let of_order = leaf.strip_prefix(ORDERS).and_then(|rest| rest.split_once("]/"));
        match of_order {
            Some((number, rest)) => {
                if !OF_ORDER_FOR_US.iter().any(|known| rest.starts_with(known)) {
                    orders.extend(number.parse::<usize>());
                }
            }
            None if FOR_US.iter().any(|known| leaf.starts_with(known)) => {}
            None => return None,
        }
    }
    Some(orders)
}

/// The orders as payments that are asked for; one that repeats another, or says what a payment does
/// not carry, is rejected here.
fn orders(message: &Pain001, left_out: &[String]) -> Vec<OrderRecord> {
    let not_carried = not_carried(message, left_out);
    let mut seen = BTreeSet::new();
    let day = execution_day(message).ok().flatten();
    let numbered = message.orders.iter().enumerate();
    let made = numbered.map(|(number, order)| {
        let mut made = of_order(message, order, &mut seen);
        made.wanted.settlement_date.clone_from(&day);
        let lost = not_carried.as_ref().is_none_or(|orders| orders.contains(&number));
        if lost && made.state == OrderState::Waiting {
            made.state = rejected("order_not_carried", "NARR");
        }
        made
    });
    made.collect()
}

fn of_order(message: &Pain001, order: &Order, seen: &mut BTreeSet<String>) -> OrderRecord {
    let uetr = order
        .uetr
        .clone()
        .unwrap_or_else(|| derived_uetr(&message.msg_id, &order.end_to_end_id).to_string());
    let repeated = !seen.insert(uetr.clone());
    let amount = order.amount.clone();
    let state = match (&amount, repeated) {
        (_, true) => rejected("order_repeated", "AM05"),
        (None, false) => rejected("amount_missing", "AM12"),
        (Some(_), false) => OrderState::Waiting,
    };
    let (amount, currency) = amount.map_or_else(Default::default, |a| (a.text, a.currency));
    let wanted = PaymentRequest {
        uetr: Some(uetr),
        end_to_end_id: order.end_to_end_id.clone(),
        amount,
        currency,
        debtor: PartyInput {
            name: message.debtor.clone().unwrap_or_default(),
            iban: message.debtor_iban.clone(),
            account: message.debtor_account.clone(),
            address: message.debtor_address.clone().map(AddressInput::from),
        },
        creditor: PartyInput {
            name: order.creditor.clone().unwrap_or_default(),
            iban: order.creditor_iban.clone(),
            account: order.creditor_account.clone(),
            address: order.creditor_address.clone().map(AddressInput::from),
        },
        creditor_agent: AgentInput {
            bic: order.creditor_agent.clone(),
            lei: order.creditor_agent_lei.clone(),
        },
        remittance: order.remittance.clone(),
        exchange: None,
        settlement_date: None,
        queue: None,
    };
    OrderRecord { instruction_id: order.instruction_id.clone(), wanted, state }
}

fn rejected(code: &str, iso: &str) -> OrderState {
    OrderState::Rejected(Reason { code: code.to_owned(), iso: iso.to_owned() })
}

/// A UETR of version 4's shape for an order without one, the same whenever the file is sent (F2).
fn derived_uetr(msg_id: &str, end_to_end_id: &str) -> Uuid {
    uetr_of(&Domain::Content.hash_of(&("pain.001", msg_id, end_to_end_id)))
}

#[cfg(test)]
mod tests {
    use iso20022::{CurrencyAmount, PostalAddress};

    use super::*;

    fn order(end_to_end_id: &str, uetr: Option<&str>, amount: Option<&str>) -> Order {
        let text = |text: &str| Some(text.to_owned());
        Order {
            instruction_id: None,
            end_to_end_id: end_to_end_id.to_owned(),
            uetr: uetr.map(str::to_owned),
            amount: amount
                .map(|text| CurrencyAmount { currency: "USD".to_owned(), text: text.to_owned() }),
            creditor_agent: text("BBBBUS33"),
            creditor: text("Fjord Timber"),
            creditor_iban: None,
            creditor_account: text("2002"),
            remittance: None,
            creditor_agent_lei: None,
            charge_bearer: None,
            creditor_address: None,
        }
    }

    fn message(orders: Vec<Order>) -> Pain001 {
        let text = |text: &str| Some(text.to_owned());
        Pain001 {
            msg_id: "FILE-1".to_owned(),
            created: "2026-11-21T10:00:00+00:00".to_owned(),
            count: orders.len().to_string(),
            control_sum: None,
            initiator: text("Orchard Tools"),
            batch_id: "FILE-1-1".to_owned(),
            method: TRANSFER.to_owned(),
            execution_date: text("2026-11-21"),
            execution_time: None,
            debtor: text("Orchard Tools"),
            debtor_iban: None,
            debtor_account: text("1001"),
            debtor_agent: None,
            charge_bearer: None,
            debtor_address: None,
            orders,
        }
    }

    #[test]
    fn f3_a_report_names_the_message_as_it_came() {
        let text = |text: &str| Some(text.to_owned());
        let (message, version) = (text("pain.001"), text("001.10"));
        let judged = Report { message, version, errors: Vec::new() };
        assert_eq!(came_as(&judged), "pain.001.001.10");
    }

    #[test]
    fn f2_an_order_is_known_by_file_and_reference_and_a_repeated_one_is_rejected() {
        let given = "3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163";
        let file = message(vec![
            order("E-1", None, Some("1.00")),
            order("E-2", None, Some("1.00")),
            order("E-1", None, Some("2.00")),
            order("E-3", Some(given), Some("3.00")),
            order("E-4", Some(given), Some("4.00")),
            order("E-5", None, None),
        ]);
        let made = orders(&file, &[]);
        let code = |order: &OrderRecord| match &order.state {
            OrderState::Rejected(reason) => reason.code.clone(),
            _ => String::new(),
        };
        let codes: Vec<_> = made.iter().map(code).collect();
        assert_eq!(codes, ["", "", "order_repeated", "", "order_repeated", "amount_missing"]);
        assert_eq!(orders(&file, &[]), made, "the same file again");
        assert_ne!(made[0].wanted.uetr, made[1].wanted.uetr);
        assert_eq!(made[3].wanted.uetr.as_deref(), Some(given));
        let other = Pain001 { msg_id: "FILE-2".to_owned(), ..file };
        assert_ne!(orders(&other, &[])[0].wanted.uetr, made[0].wanted.uetr);
        for order in &made {
            let uetr = order.wanted.uetr.as_deref().unwrap();
            assert!(iso20022::identifier::parse_uetr(uetr).is_some(), "{uetr}");
        }
    }

    #[test]
    fn f2_an_address_goes_with_its_order() {
        let mut file = message(vec![order("E-1", None, Some("1.00"))]);
        let address = PostalAddress {
            town: Some("Bergen".to_owned()),
            country: Some("NO".to_owned()),
            lines: vec!["Strandgaten 18".to_owned(), "2nd floor".to_owned()],
            ..PostalAddress::default()
        };
        file.debtor_agent = Some("AAAAUS33".to_owned());
        file.orders[0].creditor_address = Some(address.clone());
        file.debtor_address =
            Some(PostalAddress { street: Some("Low Road".to_owned()), ..address.clone() });
        let xml = file.to_xml().unwrap();
        let (read, left_out) = Pain001::find_and_left_out(xml.as_bytes()).unwrap();
        assert_eq!((&read, left_out), (&file, Vec::new()));
        let made = orders(&read, &[]);
        assert_eq!(made[0].wanted.creditor.address, Some(address.into()));
        let street = made[0].wanted.debtor.address.as_ref().and_then(|own| own.street.as_deref());
        assert_eq!(street, Some("Low Road"));
    }

    #[test]
    fn f2_an_order_that_says_what_a_payment_does_not_carry_is_not_paid() {
        let orders = |count: usize| {
            (0..count).map(|at| order(&format!("E-{at}"), None, Some("1.00"))).collect::<Vec<_>>()
        };
        let rejected = |file: &Pain001, left_out: &[&str]| {
            let left_out: Vec<String> = left_out.iter().map(|leaf| (*leaf).to_owned()).collect();
            let made = super::orders(file, &left_out);
            let numbered = made.iter().enumerate();
            let rejected = numbered.filter(|(_, order)| match &order.state {
                OrderState::Rejected(reason) => {
                    assert_eq!(
                        (reason.code.as_str(), reason.iso.as_str()),
                        ("order_not_carried", "NARR")
                    );
                    true
                }
                _ => false,
            });
            rejected.map(|(number, _)| number).collect::<Vec<_>>()
        };
        let file = message(orders(12));
        let of = "PmtInf[0]/CdtTrfTxInf[11]/";
        for (leaf, lost) in [
            ("UltmtDbtr[0]/Nm[0]", true),
            ("UltmtCdtr[0]/Nm[0]", true),
            ("RmtInf[0]/Ustrd[1]", true),
            ("RmtInf[0]/Strd[0]/CdtrRefInf[0]/Ref[0]", true),
            ("Purp[0]/Cd[0]", true),
            ("PmtTpInf[0]/CtgyPurp[0]/Cd[0]", true),
            ("InstrForCdtrAgt[0]/InstrInf[0]", true),
            ("InstrForDbtrAgt[0]", false),
            ("CdtrAgt[0]/FinInstnId[0]/Nm[0]", false),
            ("Cdtr[0]/PstlAdr[0]/AdrTp[0]/Cd[0]", false),
            ("Cdtr[0]/CtryOfRes[0]", true),
        ] {
            let expected = if lost { vec![11] } else { Vec::new() };
            assert_eq!(rejected(&file, &[&format!("{of}{leaf}")]), expected, "{leaf}");
        }
        let all: Vec<usize> = (0..12).collect();
        assert_eq!(rejected(&file, &["PmtInf[0]/UltmtDbtr[0]/Nm[0]"]), all);
        let ours = ["GrpHdr[0]/InitgPty[0]/Id[0]/OrgId[0]/LEI[0]", "PmtInf[0]/BtchBookg[0]"];
        assert_eq!(rejected(&file, &ours), Vec::<usize>::new());
        for (bearer, lost) in [("SLEV", false), ("SHAR", false), ("DEBT", true), ("CRED", true)] {
            let bearer = Some(bearer.to_owned());
            let of_all = Pain001 { charge_bearer: bearer.clone(), ..file.clone() };
            assert_eq!(rejected(&of_all, &[]).len(), if lost { 12 } else { 0 });
            let mut of_one = file.clone();
            of_one.orders[3].charge_bearer = bearer;
            assert_eq!(rejected(&of_one, &[]), if lost { vec![3] } else { Vec::new() });
        }
    }
}
