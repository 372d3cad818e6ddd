//! What an event of the feed is told as.

use ledger_core::id::MessageKind;

use crate::{
    events::feed::{Direction, Event},
    gateway::{Gateway, GatewayFault},
    payments::{
        inbox::InboxRecord,
        message,
        notification::{Side, notification},
        record::PaymentRecord,
        report,
    },
    refused::Refused,
};

/// The end of a payment that was sent as a pacs.002, money that came or left as a camt.054. Others
/// are not told.
pub(super) fn notice(gateway: &Gateway, event: &Event) -> Result<Option<Vec<u8>>, Refused> {
    let Some(fact) = event.fact() else { return Ok(None) };
    let store = gateway.store.as_ref();
    if !matches!(fact.leg.kind, MessageKind::Pacs008 | MessageKind::Pacs009) {
        return Ok(None);
    }
    let leg = fact.leg.id();
    let fault = |fault: GatewayFault| Refused::from(fault);
    match (fact.direction, fact.status.as_str()) {
        (Direction::Outgoing, "RJCT" | "ACCC") => {
            let Some(record) = PaymentRecord::load(store, &leg)? else { return Ok(None) };
            Ok(Some(report::pacs002(gateway, &record).map_err(fault)?.into_bytes()))
        }
        (Direction::Outgoing, "ACSC") => {
            let Some(record) = PaymentRecord::load(store, &leg)? else { return Ok(None) };
            let said = message::read(gateway, &record.xml)?.message;
            let told = notification(gateway, &record.payment, &said, Side::Payer)?;
            Ok(Some(told.into_bytes()))
        }
        (Direction::Incoming, "ACSC") => {
            let Some(record) = InboxRecord::load(store, &leg)? else { return Ok(None) };
            let said = message::read(gateway, &record.delivery.message)?.message;
            let told = notification(gateway, &record.delivery.payment, &said, Side::Payee)?;
            Ok(Some(told.into_bytes()))
        }
        _ => Ok(None),
    }
}
