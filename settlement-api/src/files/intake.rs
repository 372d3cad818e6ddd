//! Intake of a file: judged as a whole, then on disk with all its orders, before it is answered.
//!
//! # Invariants F1 a file with anything wrong in it that is not one order's alone is refused, and
//! #            nothing of it is kept; F2 the same `MsgId` with the same bytes is the same file

use std::{collections::BTreeSet, sync::Arc};

use iso20022::{
    check::{Report, check},
    identifier::parse_date,
    view::{Batch, Order, Pain001, View},
};
use jiff::{Timestamp, tz::TimeZone};
use ledger_core::digest::{Domain, Hash32};
use uuid::Uuid;

use super::{
    record::{BatchRecord, FileRecord, OrderRecord, OrderState},
    work,
};
use crate::{
    gateway::Gateway,
    payments::{
        address::AddressInput,
        advice::AdviceInput,
        intake::uetr_of,
        record::Reason,
        request::{
            AgentInput, BearerInput, PartyInput, PaymentRequest, PurposeInput, UltimateInput,
        },
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
    check_batches(gateway, &message)?;
    let orders = orders(&message, &left_out);
    if orders.iter().any(|order| !order.fits()) {
        return Err(Refused::Malformed(
            "an order says more than 65,536 bytes; shorten its remittance",
        ));
    }
    let file = FileRecord {
        id,
        msg_id: message.msg_id.clone(),
        message: came_as(&judged),
        batches: message.batches.iter().map(kept).collect(),
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

fn kept(batch: &Batch) -> BatchRecord {
    let orders = u32::try_from(batch.orders.len()).unwrap_or(u32::MAX);
    BatchRecord { id: batch.id.clone(), orders }
}

/// What must hold for all orders together, and for those of each batch.
fn check_batches(gateway: &Gateway, message: &Pain001) -> Result<(), Refused> {
    let orders = message.batches.iter().map(|batch| batch.orders.len());
    if orders.fold(0_usize, usize::saturating_add) > MAX_ORDERS {
        return Err(Refused::Malformed("a file holds at most 10,000 orders; split it"));
    }
    let ids: BTreeSet<&str> = message.batches.iter().map(|batch| batch.id.as_str()).collect();
    if ids.len() != message.batches.len() {
        return Err(Refused::Malformed("two PmtInf have one PmtInfId; give each its own"));
    }
    message.batches.iter().try_for_each(|batch| check_batch(gateway, batch))
}

fn check_batch(gateway: &Gateway, batch: &Batch) -> Result<(), Refused> {
    if batch.method != TRANSFER {
        return Err(Refused::Malformed("PmtMtd must be TRF; nothing else is carried out"));
    }
    let day = execution_day(batch)?;
    gateway.value_dates.settles(None, day.as_deref().map(day_of).transpose()?, gateway.clock())?;
    match &batch.debtor_agent {
        Some(bic) => {
            let own = gateway.directory.by_alias(&[format!("BIC:{bic}")]);
            let own = own.is_some_and(|entry| entry.lei == *gateway.lei());
            if own { Ok(()) } else { Err(Refused::NotOurAgent) }
        }
        None => Ok(()),
    }
}

/// The day for which a batch is; of a time, the day of UTC on which it is.
fn execution_day(batch: &Batch) -> Result<Option<String>, Refused> {
    const UNREADABLE: Refused = Refused::Malformed("ReqdExctnDt is no day; give Dt");
    let (date, time) = (&batch.execution_date, &batch.execution_time);
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

/// What a file says to the debtor's bank or of the whole file, below this.
const GROUP: &str = "GrpHdr[0]/";
/// What a batch says to the debtor's bank, below it, and need not reach the creditor's: everything else
/// that is not carried keeps an order from being paid (F2).
const FOR_US: &[&str] = &[
    "BtchBookg[0]",
    "NbOfTxs[0]",
    "CtrlSum[0]",
    "ReqdExctnDt[0]/",
    "PmtTpInf[0]/InstrPrty[0]",
    "Dbtr[0]/",
    "DbtrAcct[0]/",
    "DbtrAgt[0]/",
    "DbtrAgtAcct[0]/",
    "ChrgsAcct[0]/",
    "ChrgsAcctAgt[0]/",
];
/// The same of an order, below it.
const OF_ORDER_FOR_US: &[&str] = &[
    "PmtTpInf[0]/InstrPrty[0]",
    "InstrForDbtrAgt[0]",
    "CdtrAgt[0]/",
    "Cdtr[0]/PstlAdr[0]/AdrTp[0]",
];
/// What all batches stand under.
const BATCHES: &str = "PmtInf[";
/// What all orders of a batch stand under, below it.
const ORDERS: &str = "CdtTrfTxInf[";

/// Which orders say something that a payment does not carry to the creditor's bank.
#[derive(Debug, Default)]
struct NotCarried {
    /// Whether the file does, and so all of them.
    all: bool,
    /// Batches that do, and so all of theirs.
    batches: BTreeSet<usize>,
    /// Orders that do, by batch and number.
    orders: BTreeSet<(usize, usize)>,
}

impl NotCarried {
    fn of(left_out: &[String]) -> Self {
        let mut lost = Self::default();
        left_out.iter().for_each(|leaf| lost.add(leaf));
        lost
    }

    fn add(&mut self, leaf: &str) {
        let within = |known: &[&str], rest: &str| known.iter().any(|known| rest.starts_with(known));
        match numbered(leaf, BATCHES) {
            Some((batch, rest)) => match numbered(rest, ORDERS) {
                Some((_, rest)) if within(OF_ORDER_FOR_US, rest) => {}
                Some((order, _)) => {
                    self.orders.insert((batch, order));
                }
                None if within(FOR_US, rest) => {}
                None => {
                    self.batches.insert(batch);
                }
            },
            None => self.all |= !leaf.starts_with(GROUP),
        }
    }

    fn has(&self, batch: usize, order: usize) -> bool {
        self.all || self.batches.contains(&batch) || self.orders.contains(&(batch, order))
    }
}

/// The number of an element among its namesakes, and the path below it.
fn numbered<'a>(path: &'a str, element: &str) -> Option<(usize, &'a str)> {
    let (number, rest) = path.strip_prefix(element)?.split_once("]/")?;
    Some((number.parse().ok()?, rest))
}

/// The orders of all batches as payments that are asked for; one that repeats another, or says what a
/// payment does not carry, is rejected here.
fn orders(message: &Pain001, left_out: &[String]) -> Vec<OrderRecord> {
    let not_carried = NotCarried::of(left_out);
    let (mut seen, mut made) = (BTreeSet::new(), Vec::new());
    for (place, batch) in message.batches.iter().enumerate() {
        let day = execution_day(batch).ok().flatten();
        for (number, order) in batch.orders.iter().enumerate() {
            let mut one = of_order((message, place, batch), order, &mut seen);
            one.wanted.settlement_date.clone_from(&day);
            if not_carried.has(place, number) && one.state == OrderState::Waiting {
                one.state = rejected("order_not_carried", "NARR");
            }
            made.push(one);
        }
    }
    made
}

fn of_order(
    (message, place, batch): (&Pain001, usize, &Batch),
    order: &Order,
    seen: &mut BTreeSet<String>,
) -> OrderRecord {
    let further = (place > 0).then_some(batch.id.as_str());
    let derived = || derived_uetr(&message.msg_id, further, &order.end_to_end_id).to_string();
    let uetr = order.uetr.clone().unwrap_or_else(derived);
    let repeated = !seen.insert(uetr.clone());
    let amount = order.amount.clone();
    let state = match (&amount, repeated) {
        (_, true) => rejected("order_repeated", "AM05"),
        (None, false) => rejected("amount_missing", "AM12"),
        (Some(_), false) => OrderState::Waiting,
    };
    let (amount, currency) = amount.map_or_else(Default::default, |a| (a.text, a.currency));
    let ultimate_debtor = order.ultimate_debtor.clone().or_else(|| batch.ultimate_debtor.clone());
    let category = order.category_purpose.clone().or_else(|| batch.category_purpose.clone());
    let bearer = order.charge_bearer.as_deref().or(batch.charge_bearer.as_deref());
    let mut lines = order.remittance.iter().cloned();
    let wanted = PaymentRequest {
        uetr: Some(uetr),
        end_to_end_id: order.end_to_end_id.clone(),
        amount,
        currency,
        debtor: debtor(batch),
        creditor: creditor(order),
        creditor_agent: AgentInput {
            bic: order.creditor_agent.clone(),
            lei: order.creditor_agent_lei.clone(),
        },
        remittance: lines.next(),
        exchange: None,
        settlement_date: None,
        further_remittance: lines.collect(),
        structured_remittance: order.structured.iter().cloned().map(AdviceInput::from).collect(),
        ultimate_debtor: ultimate_debtor.map(UltimateInput::from),
        ultimate_creditor: order.ultimate_creditor.clone().map(UltimateInput::from),
        purpose: order.purpose.clone().map(PurposeInput::from),
        category_purpose: category.map(PurposeInput::from),
        charge_bearer: bearer.and_then(BearerInput::of),
        queue: None,
    };
    OrderRecord { instruction_id: order.instruction_id.clone(), wanted, state }
}

fn debtor(batch: &Batch) -> PartyInput {
    PartyInput {
        name: batch.debtor.clone().unwrap_or_default(),
        iban: batch.debtor_iban.clone(),
        account: batch.debtor_account.clone(),
        address: batch.debtor_address.clone().map(AddressInput::from),
        lei: batch.debtor_lei.clone(),
        bic: batch.debtor_bic.clone(),
    }
}

fn creditor(order: &Order) -> PartyInput {
    PartyInput {
        name: order.creditor.clone().unwrap_or_default(),
        iban: order.creditor_iban.clone(),
        account: order.creditor_account.clone(),
        address: order.creditor_address.clone().map(AddressInput::from),
        lei: order.creditor_lei.clone(),
        bic: order.creditor_bic.clone(),
    }
}

fn rejected(code: &str, iso: &str) -> OrderState {
    OrderState::Rejected(Reason { code: code.to_owned(), iso: iso.to_owned() })
}

/// A UETR of version 4's shape for an order without one, the same whenever the file is sent (F2).
/// Orders of the first batch have it by message and reference alone.
fn derived_uetr(msg_id: &str, batch: Option<&str>, end_to_end_id: &str) -> Uuid {
    uetr_of(&match batch {
        None => Domain::Content.hash_of(&("pain.001", msg_id, end_to_end_id)),
        Some(batch) => Domain::Content.hash_of(&("pain.001", msg_id, batch, end_to_end_id)),
    })
}

#[cfg(test)]
mod tests {
    use iso20022::{Advice, CurrencyAmount, PostalAddress, Purpose, view::OrderParty};

    use super::*;

    fn order(end_to_end_id: &str, uetr: Option<&str>, amount: Option<&str>) -> Order {
        let text = |text: &str| Some(text.to_owned());
        Order {
            end_to_end_id: end_to_end_id.to_owned(),
            uetr: uetr.map(str::to_owned),
            amount: amount
                .map(|text| CurrencyAmount { currency: "USD".to_owned(), text: text.to_owned() }),
            creditor_agent: text("BBBBUS33"),
            creditor: text("Fjord Timber"),
            creditor_account: text("2002"),
            ..Order::default()
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
            batches: vec![Batch {
                id: "FILE-1-1".to_owned(),
                method: TRANSFER.to_owned(),
                execution_date: text("2026-11-21"),
                debtor: text("Orchard Tools"),
                debtor_account: text("1001"),
                orders,
                ..Batch::default()
            }],
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
        let batch = &mut file.batches[0];
        batch.debtor_agent = Some("AAAAUS33".to_owned());
        batch.orders[0].creditor_address = Some(address.clone());
        batch.debtor_address =
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
            ("UltmtDbtr[0]/Id[0]/PrvtId[0]/Othr[0]/Id[0]", true),
            ("UltmtCdtr[0]/CtctDtls[0]/Nm[0]", true),
            ("RmtInf[0]/Strd[0]/Invcr[0]/Nm[0]", true),
            ("RgltryRptg[0]/Dtls[0]/Inf[0]", true),
            ("PmtTpInf[0]/SvcLvl[0]/Cd[0]", true),
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
        assert_eq!(rejected(&file, &["PmtInf[0]/InstrForDbtrAgt[0]"]), all);
        assert_eq!(rejected(&file, &["SplmtryData[0]/Envlp[0]"]), all);
        let ours = ["GrpHdr[0]/InitgPty[0]/Id[0]/OrgId[0]/LEI[0]", "PmtInf[0]/BtchBookg[0]"];
        assert_eq!(rejected(&file, &ours), Vec::<usize>::new());

        let mut two = file.clone();
        two.batches.push(Batch { id: "FILE-1-2".to_owned(), ..file.batches[0].clone() });
        for (number, order) in two.batches[1].orders.iter_mut().enumerate() {
            order.end_to_end_id = format!("F-{number}");
        }
        let second: Vec<usize> = (12..24).collect();
        assert_eq!(rejected(&two, &["PmtInf[1]/InstrForDbtrAgt[0]"]), second);
        let one = "PmtInf[1]/CdtTrfTxInf[2]/RgltryRptg[0]/Dtls[0]/Inf[0]";
        assert_eq!(rejected(&two, &[one]), [14]);
    }

    #[test]
    fn p16_what_an_order_says_of_others_and_of_its_purpose_is_asked_for_and_its_own_word_counts() {
        let party =
            |name: &str| Some(OrderParty { name: Some(name.to_owned()), ..OrderParty::default() });
        let code = |code: &str| Some(Purpose::Code(code.to_owned()));
        let mut own = order("E-1", None, Some("1.00"));
        own.ultimate_debtor = party("Own Debtor");
        own.ultimate_creditor = party("Last Holder");
        (own.purpose, own.category_purpose) = (code("GDDS"), code("SUPP"));
        own.charge_bearer = Some("CRED".to_owned());
        own.remittance = ["First", "Second"].map(str::to_owned).to_vec();
        own.structured = vec![Advice { reference: Some("RF18".to_owned()), ..Advice::default() }];
        let mut file = message(vec![own, order("E-2", None, Some("1.00"))]);
        let batch = &mut file.batches[0];
        batch.ultimate_debtor = party("Debtor of all");
        batch.category_purpose = code("SALA");
        batch.charge_bearer = Some("SHAR".to_owned());
        batch.debtor_agent = Some("AAAAUS33".to_owned());
        let xml = file.to_xml().unwrap();
        let (read, left_out) = Pain001::find_and_left_out(xml.as_bytes()).unwrap();
        assert_eq!((&read, left_out), (&file, Vec::new()));
        let made = orders(&read, &[]);
        let said = |order: &OrderRecord| {
            let wanted = &order.wanted;
            let name = |party: &Option<UltimateInput>| party.clone().and_then(|one| one.name);
            let code = |purpose: &Option<PurposeInput>| purpose.clone().and_then(|one| one.code);
            assert_eq!(order.state, OrderState::Waiting);
            [
                name(&wanted.ultimate_debtor),
                name(&wanted.ultimate_creditor),
                code(&wanted.purpose),
                code(&wanted.category_purpose),
                wanted.charge_bearer.map(|bearer| bearer.bearer().to_string()),
                wanted.remittance.clone(),
                wanted.further_remittance.first().cloned(),
                wanted.structured_remittance.first().and_then(|one| one.reference.clone()),
            ]
        };
        let of = |texts: [&str; 8]| {
            texts.map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()))
        };
        let first =
            ["Own Debtor", "Last Holder", "GDDS", "SUPP", "CRED", "First", "Second", "RF18"];
        assert_eq!(said(&made[0]), of(first));
        assert_eq!(said(&made[1]), of(["Debtor of all", "", "", "SALA", "SHAR", "", "", ""]));
    }
}
