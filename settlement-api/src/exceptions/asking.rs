//! The bank that paid asks for its payment back, until the other bank has decided.
//!
//! # Place      core bank -> [asking] -> the other bank's [`super::answering`]
//! # Invariants X1 a request is on disk before it is sent, and sent again until a final answer is on
//! #            disk; X3 a return is believed when it stands in this bank's own proved receipts

use std::sync::Arc;

use iso20022::{
    CurrencyAmount,
    view::{Camt029, Camt056, View},
};
use ledger_core::{
    command::Payment,
    digest::{Domain, Hash32},
    id::{LegId, Lei, MessageKind},
    signature::Signed,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    LONGEST_PAUSE, PAUSE, clock, giving_back,
    messages::{Identifiers, Original, currency_amount, read_recall},
    recall::{AskedRecall, Asking, Kept as _, RecallAnswer, RecallDecision, RecallRequest},
    report::settled_day,
};
use crate::{
    anchors::{self, AnchoredMessage},
    gateway::{Gateway, GatewayFault},
    keys::Purpose,
    openapi::text,
    payments::{
        intake::check_header,
        message::{is_named as is_kind, read},
        record::{Original as References, PaymentRecord},
    },
    peers::{self, AskError},
    port::StoreFault,
    refused::Refused,
    server::bank::parse_uetr,
};

/// Where other gateways take recalls, below their endpoint.
pub const INBOX: &str = "/v1/inbox/recalls";

/// A recall as a core system asks for it in JSON.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecallInput {
    /// UETR of the payment that this bank sent.
    #[schema(value_type = text::Uetr)]
    pub uetr: String,
    /// Why: a code of the external cancellation reasons of ISO 20022, such as `DUPL`.
    #[schema(pattern = "^[A-Z0-9]{1,4}$")]
    pub reason: String,
    /// The same in words, at most 105 characters; needed for the reason `NARR`.
    #[schema(max_length = 105)]
    pub information: Option<String>,
}

/// Takes a request in once: the same content again finds what the first one made.
///
/// # Errors
/// [`Refused`].
pub async fn take(
    gateway: &Arc<Gateway>,
    body: &[u8],
    is_xml: bool,
) -> Result<AskedRecall, Refused> {
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole);
    }
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let wanted = Wanted::read(body, is_xml)?;
    let _one_at_a_time = gateway.turns.all().await;
    let store = gateway.store.as_ref();
    let uetr = parse_uetr(wanted.uetr()?)?;
    let payment = PaymentRecord::by_uetr(store, &uetr)?.ok_or(Refused::NotFound)?;
    let earlier = AskedRecall::of_leg(store, &payment.leg())?;
    let hash = wanted.hash(body);
    if let Some(same) = earlier.iter().find(|recall| recall.asked == hash) {
        return Ok(same.clone());
    }
    if earlier.iter().any(|recall| recall.stage != Asking::Rejected) {
        return Err(Refused::RecallExists);
    }
    if giving_back::went_back(gateway, &payment.payment.leg)? {
        return Err(Refused::GivenBack);
    }
    let message = wanted.message(gateway, &payment, body)?;
    let leg = payment.payment.leg;
    let request = RecallRequest {
        chain: gateway.genesis().chain_id(),
        from: leg.instructing,
        to: leg.instructed,
        leg: leg.id(),
        message,
    };
    let request = gateway.sign(Purpose::Settlement, request)?;
    let record = AskedRecall {
        request,
        asked: hash,
        stage: Asking::Requested,
        answer: None,
        timeline: vec![("requested".to_owned(), Gateway::now_ms())],
    };
    let told = clock::asked_fact(gateway, &record)?;
    gateway.events.keep(record.writes(), told.into_iter().collect()).await?;
    start(gateway, record.clone());
    Ok(record)
}

/// What was asked: JSON, or a camt.056.
enum Wanted {
    Json(RecallInput),
    Message(Box<Camt056>),
}

impl Wanted {
    fn read(body: &[u8], is_xml: bool) -> Result<Self, Refused> {
        if is_xml {
            return Ok(Self::Message(Box::new(read_recall(body)?)));
        }
        let input = serde_json::from_slice(body)
            .map_err(|_| Refused::Malformed("not a recall; see docs/api.md"))?;
        Ok(Self::Json(input))
    }

    fn uetr(&self) -> Result<&str, Refused> {
        match self {
            Self::Json(input) => Ok(&input.uetr),
            Self::Message(message) => message.original_uetr.as_deref().ok_or(Refused::BadUetr),
        }
    }

    fn hash(&self, body: &[u8]) -> Hash32 {
        match self {
            Self::Json(input) => Domain::Content.hash_of(input),
            Self::Message(_) => Domain::Content.hash(body),
        }
    }

    /// The camt.056 that is sent: as it came, or made of the request. Of a payment that settled, or is
    /// held.
    fn message(
        &self,
        gateway: &Gateway,
        sent: &PaymentRecord,
        body: &[u8],
    ) -> Result<Vec<u8>, Refused> {
        let day = day(gateway, sent)?;
        let Payment { leg, money, .. } = sent.payment;
        let amount = currency_amount(gateway, &money);
        match self {
            Self::Message(message) => {
                let (from, to) = (&message.assigner, &message.assignee);
                let from = [from.as_deref(), message.assigner_lei.as_deref()];
                let to = [to.as_deref(), message.assignee_lei.as_deref()];
                if !is_named(gateway, &leg.instructing, from) {
                    return Err(Refused::NotOurAgent);
                }
                if !is_named(gateway, &leg.instructed, to) {
                    return Err(Refused::Malformed("the assignee is not the bank that was paid"));
                }
                check_header(gateway, body, [&leg.instructing, &leg.instructed])?;
                let said = read(gateway, &sent.xml)?.message.settlement_date;
                let said = said.map(|date| date.to_string());
                if !is_about(
                    message,
                    (&sent.original, leg.kind),
                    [Some(day.as_str()), said.as_deref()],
                ) {
                    return Err(Refused::Malformed(
                        "the original's references are not those of the payment",
                    ));
                }
                if message.original_amount.as_ref().is_some_and(|given| *given != amount) {
                    return Err(Refused::Malformed("OrgnlIntrBkSttlmAmt is not the payment's"));
                }
                check_control(message, &amount)?;
                Ok(body.to_vec())
            }
            Self::Json(input) => {
                let message = read(gateway, &sent.xml)?.message;
                let named = (Identifiers::by(&message), day);
                let original = Original::of(gateway, (&leg, &money), named);
                original.recall(&input.reason, input.information.as_deref())
            }
        }
    }
}

/// The day that a request names: on which the payment settled, or is to settle while it is held.
fn day(gateway: &Gateway, sent: &PaymentRecord) -> Result<String, Refused> {
    match settled_day(gateway, &sent.leg()) {
        Err(Refused::NotSettled) if sent.is_held() => Ok(sent.settles.day.clone()),
        day => day,
    }
}

/// Where the recall of a payment is that has not ended; none where nobody asks for it back.
///
/// # Errors
/// [`StoreFault`].
pub(crate) fn open(gateway: &Gateway, leg: &LegId) -> Result<Option<Asking>, StoreFault> {
    let asked = AskedRecall::of_leg(gateway.store.as_ref(), leg)?;
    Ok(asked.into_iter().find(|recall| !recall.is_final()).map(|recall| recall.stage))
}

/// Whether a request names the payment's own references, as far as it names any; `days` are those
/// on which it settled, as the ledger and as its message say.
fn is_about(
    message: &Camt056,
    (original, message_kind): (&References, MessageKind),
    days: [Option<&str>; 2],
) -> bool {
    let same =
        |given: &Option<String>, own: Option<&str>| given.is_none() || given.as_deref() == own;
    let (kind, day) = (&message.original_message, &message.original_settlement_date);
    same(&message.original_msg_id, Some(&original.msg_id))
        && same(&message.group_msg_id, Some(&original.msg_id))
        && same(&message.original_instruction_id, original.instr_id.as_deref())
        && same(&message.original_end_to_end_id, Some(&original.end_to_end_id))
        && same(&message.original_tx_id, original.tx_id.as_deref())
        && kind.as_ref().is_none_or(|name| is_kind(message_kind, name))
        && (day.is_none() || days.contains(&day.as_deref()))
}

/// What a request says that it holds must be what it holds: one payment.
fn check_control(message: &Camt056, amount: &CurrencyAmount) -> Result<(), Refused> {
    let count = message.control_count.as_deref().map(|text| text.trim().parse::<u64>());
    if count.is_some_and(|count| count != Ok(1)) {
        return Err(Refused::Malformed("CtrlData/NbOfTxs is not 1, the payments that it is about"));
    }
    let sum = message.control_sum.as_ref().map(|text| CurrencyAmount {
        currency: amount.currency.clone(),
        text: text.trim().to_owned(),
    });
    if sum.is_some_and(|sum| !sum.same_sum(amount)) {
        return Err(Refused::Malformed("CtrlData/CtrlSum is not the amount of the payment"));
    }
    Ok(())
}

/// Whether a BIC and an LEI, as far as they are given, are those of a member.
pub(crate) fn is_named(gateway: &Gateway, lei: &Lei, [bic, own]: [Option<&str>; 2]) -> bool {
    let by_bic = bic.is_none_or(|bic| {
        let found = gateway.directory.by_alias(&[format!("BIC:{bic}")]);
        found.is_some_and(|entry| entry.lei == *lei)
    });
    by_bic && own.is_none_or(|text| text == lei.text())
}

/// Drives a recall in the background.
pub(super) fn start(gateway: &Arc<Gateway>, record: AskedRecall) {
    tokio::spawn(drive(Arc::clone(gateway), record));
}

async fn drive(gateway: Arc<Gateway>, mut record: AskedRecall) {
    let mut pause = PAUSE;
    while !record.is_final() {
        match once(&gateway, &record).await {
            Ok(Some(next)) => {
                let mut writes = next.writes();
                writes.extend(next.anchored().map(|row| anchors::pending(&row)));
                let told = match next.is_final() {
                    true => clock::asked_fact(&gateway, &next),
                    false => Ok(None),
                };
                let Ok(told) = told else {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                };
                let told: Vec<_> = told.into_iter().collect();
                while let Err(fault) = gateway.events.keep(writes.clone(), told.clone()).await {
                    tracing::error!(%fault, recall = %next.id(), "exceptions.asking");
                    tokio::time::sleep(PAUSE).await;
                }
                record = next;
            }
            Ok(None) => {}
            Err(fault) => {
                tracing::info!(%fault, recall = %record.id(), "exceptions.asking");
            }
        }
        if !record.is_final() {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

impl AskedRecall {
    /// The row by which this bank anchors the exchange, once it has ended (P4).
    fn anchored(&self) -> Option<AnchoredMessage> {
        let answer = self.answer.as_ref().filter(|_| self.is_final())?;
        Some(row(&self.request, answer))
    }
}

/// A recall's row in an anchor: its identity stands in the place of a leg's.
pub(super) fn row(
    request: &Signed<RecallRequest>,
    answer: &Signed<RecallAnswer>,
) -> AnchoredMessage {
    use ledger_core::signature::Statement as _;
    AnchoredMessage {
        leg: ledger_core::id::LegId::new(*request.value.digest().get()),
        message: Domain::Content.hash(&request.value.message),
        answer: answer.value.digest(),
        at: Gateway::now_ms(),
    }
}

/// Asks once; what the record becomes, if anything is new.
async fn once(gateway: &Gateway, record: &AskedRecall) -> Result<Option<AskedRecall>, AskError> {
    let answer = exchange(gateway, record).await?;
    let stage = match &answer.value.decision {
        RecallDecision::Pending if record.stage == Asking::Delivered => return Ok(None),
        RecallDecision::Pending => Asking::Delivered,
        RecallDecision::Agreed if record.stage == Asking::Agreed => return Ok(None),
        RecallDecision::Agreed => Asking::Agreed,
        RecallDecision::Voided if is_voided(gateway, record)? => Asking::Voided,
        RecallDecision::Voided => return Ok(None),
        RecallDecision::Rejected(_) => Asking::Rejected,
        RecallDecision::Returned(back)
            if giving_back::is_proved(gateway, &record.request.value.leg, back)? =>
        {
            Asking::Returned
        }
        RecallDecision::Returned(_) => return Ok(None),
    };
    if !says_the_same(&answer.value) {
        return Err(AskError::NotItsAnswer);
    }
    let mut next = AskedRecall { stage, answer: Some(answer), ..record.clone() };
    let word = match stage {
        Asking::Requested | Asking::Delivered => "pending",
        Asking::Rejected => "rejected",
        Asking::Returned => "returned",
        Asking::Agreed => "agreed",
        Asking::Voided => "voided",
    };
    next.timeline.push((word.to_owned(), Gateway::now_ms()));
    Ok(Some(next))
}

async fn exchange(
    gateway: &Gateway,
    record: &AskedRecall,
) -> Result<Signed<RecallAnswer>, AskError> {
    let asked = &record.request.value;
    let route = (asked.from, asked.to, asked.leg);
    let answer: Signed<RecallAnswer> = peers::ask(gateway, route, INBOX, &record.request).await?;
    let about_this = answer.value.chain == asked.chain && answer.value.recall == record.id();
    if about_this { Ok(answer) } else { Err(AskError::NotItsAnswer) }
}

/// Whether the camt.029 of an answer says what the answer does.
fn says_the_same(answer: &RecallAnswer) -> bool {
    let Ok(message) = Camt029::find(&answer.message) else { return false };
    let (status, reason) = (message.status.as_deref(), message.reason.as_deref());
    match &answer.decision {
        RecallDecision::Pending | RecallDecision::Agreed => status == Some("PDCR"),
        RecallDecision::Rejected(code) => status == Some("RJCR") && reason == Some(code.get()),
        RecallDecision::Returned(_) | RecallDecision::Voided => status == Some("CNCL"),
    }
}

/// Whether a void stands in this bank's own receipts (X8).
fn is_voided(gateway: &Gateway, record: &AskedRecall) -> Result<bool, GatewayFault> {
    Ok(gateway.view.leg_voided(&record.request.value.leg)?.is_some())
}

#[cfg(test)]
mod tests {
    use iso20022::{FIXTURE_PACS008, Pacs008};
    use ledger_core::id::{ChainId, Text};

    use super::*;
    use crate::{exceptions::recall::GivenBack, headed::Named};

    fn original(message: &Pacs008) -> Original {
        let named = || Named { bic: None, lei: "5493001KJTIIGC8Y1R12".to_owned() };
        Original {
            kind: MessageKind::Pacs008,
            identifiers: Identifiers::by(message),
            amount: message.amount.clone(),
            day: "2026-11-20".to_owned(),
            payer: named(),
            payee: named(),
        }
    }

    #[test]
    fn x1_an_answer_whose_camt029_says_something_else_is_not_one() {
        let message = Pacs008::find(FIXTURE_PACS008.as_bytes()).unwrap();
        let original = original(&message);
        let asked = read_recall(&original.recall("CUST", None).unwrap()).unwrap();
        let messages = [("PDCR", None), ("RJCR", Some(("CUST", None))), ("CNCL", None)];
        let messages = messages.map(|(s, why)| original.answer(&asked, s, why).unwrap());
        let back = GivenBack {
            command: ledger_core::id::CommandId::new([1; 32]),
            leg: ledger_core::id::Leg {
                instructing: Lei::new("529900T8BM49AURSDO55").unwrap(),
                uetr: ledger_core::id::Uetr::new([4; 16]),
                kind: MessageKind::Pacs004,
                instructed: Lei::new("7LTWFZYICNSX8D621K86").unwrap(),
            },
            salt: Hash32::ZERO,
            message: Vec::new(),
        };
        let decisions = [
            RecallDecision::Pending,
            RecallDecision::Rejected(Text::new("CUST").unwrap()),
            RecallDecision::Returned(back),
        ];
        for (said, decision) in decisions.iter().enumerate() {
            for (written, message) in messages.iter().enumerate() {
                let answer = RecallAnswer {
                    chain: ChainId::new([0; 32]),
                    recall: Hash32::ZERO,
                    decision: decision.clone(),
                    message: message.clone(),
                };
                assert_eq!(says_the_same(&answer), said == written, "{said} {written}");
            }
        }
        for (decision, written) in [(RecallDecision::Agreed, 0), (RecallDecision::Voided, 2)] {
            for (place, message) in messages.iter().enumerate() {
                let (decision, message) = (decision.clone(), message.clone());
                let (chain, recall) = (ChainId::new([0; 32]), Hash32::ZERO);
                let answer = RecallAnswer { chain, recall, decision, message };
                assert_eq!(says_the_same(&answer), place == written, "{place}");
            }
        }
        let other = RecallAnswer {
            chain: ChainId::new([0; 32]),
            recall: Hash32::ZERO,
            decision: RecallDecision::Rejected(Text::new("LEGL").unwrap()),
            message: messages[1].clone(),
        };
        assert!(!says_the_same(&other), "another reason");
    }

    #[test]
    fn x2_a_request_that_names_another_payments_references_is_refused() {
        let message = Pacs008::find(FIXTURE_PACS008.as_bytes()).unwrap();
        let original = original(&message);
        let asked = read_recall(&original.recall("CUST", None).unwrap()).unwrap();
        let own = References {
            msg_id: message.msg_id.clone(),
            instr_id: message.instr_id.clone(),
            end_to_end_id: message.end_to_end_id.clone(),
            tx_id: message.tx_id.clone(),
        };
        let days = [Some("2026-11-20"), Some("2026-11-02")];
        assert!(is_about(&asked, (&own, MessageKind::Pacs008), days));
        let other = || Some("OTHER".to_owned());
        for changed in [
            Camt056 { original_msg_id: other(), ..asked.clone() },
            Camt056 { original_message: Some("pacs.009.001.08".to_owned()), ..asked.clone() },
            Camt056 { original_instruction_id: other(), ..asked.clone() },
            Camt056 { original_end_to_end_id: other(), ..asked.clone() },
            Camt056 { original_tx_id: other(), ..asked.clone() },
            Camt056 { original_settlement_date: Some("2020-01-01".to_owned()), ..asked.clone() },
        ] {
            assert!(!is_about(&changed, (&own, MessageKind::Pacs008), days), "{changed:?}");
        }
    }
}
