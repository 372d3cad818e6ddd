//! What the other bank and the ledger did to payments, from the party view into the feed.
//!
//! # Invariants E1 a news row goes in the write that notes its facts, so none is lost or noted twice

use std::{sync::Arc, time::Duration};

use ledger_core::{
    codec::decode,
    id::{Leg, MessageKind},
    receipt::{Effect, Outcome, Receipt},
};
use serde::{Deserialize, Serialize};

use super::feed::{Direction, Fact};
use crate::{
    gateway::Gateway,
    outbox::stored,
    payments::{inbox::InboxRecord, record::Reason},
    port::{StoreFault, Write},
};

/// Rows that the party view leaves here, in ledger order. Part of the view: written with its rows.
const NEWS: &[u8] = b"view/4/news/";
const MAX_ROW: usize = 256;
const AT_A_TIME: usize = 256;
const PAUSE: Duration = Duration::from_secs(1);

/// What a receipt did to a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Did {
    Settled,
    Voided,
    Credited,
    /// Closed while nothing was held or queued for it.
    Closed,
}

/// What must be written for a receipt to be noted.
pub(crate) fn news(receipt: &Receipt) -> Option<Write> {
    let (leg, Outcome::Applied(effect)) = (receipt.leg?, receipt.outcome) else { return None };
    let did = if effect == Effect::Settled {
        Did::Settled
    } else if effect == Effect::CreditConfirmed {
        Did::Credited
    } else if matches!(effect, Effect::Voided(_)) || frees(receipt, effect) {
        Did::Voided
    } else if effect == Effect::ClosedUnsettled {
        Did::Closed
    } else {
        return None;
    };
    let (height, index) = (receipt.height.get().to_be_bytes(), receipt.index.to_be_bytes());
    Some(stored([NEWS, &height, &index].concat(), &(leg, did)))
}

/// Whether the leg was closed while money was held for it: only then does the receipt name any.
fn frees(receipt: &Receipt, effect: Effect) -> bool {
    effect == Effect::ClosedUnsettled && receipt.money.is_some()
}

/// Notes news for ever.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    let mut bell = gateway.view.watch();
    loop {
        bell.borrow_and_update();
        if let Err(fault) = once(&gateway).await {
            tracing::warn!(%fault, "events.follow");
        }
        let _ = tokio::time::timeout(PAUSE, bell.changed()).await;
    }
}

async fn once(gateway: &Gateway) -> Result<(), StoreFault> {
    loop {
        let found = gateway.store.scan(NEWS, AT_A_TIME)?;
        if found.is_empty() {
            return Ok(());
        }
        let (mut done, mut noted) = (Vec::new(), Vec::new());
        for (key, bytes) in found {
            let (leg, did): (Leg, Did) =
                decode(&bytes, MAX_ROW).map_err(|_| StoreFault::Damaged)?;
            let direction = if leg.instructing == *gateway.lei() {
                Direction::Outgoing
            } else {
                Direction::Incoming
            };
            done.push((key, None));
            // Of what never was delivered here there is nothing to tell.
            if did == Did::Closed && InboxRecord::load(gateway.store.as_ref(), &leg.id())?.is_none()
            {
                continue;
            }
            noted.extend(facts(leg, direction, did));
        }
        gateway.events.keep(done, noted).await?;
    }
}

/// What is noted. The rejection of an own payment is noted by its workflow, which knows the reason.
fn facts(leg: Leg, direction: Direction, did: Did) -> Vec<Fact> {
    let own_payment = direction == Direction::Outgoing && leg.kind != MessageKind::Pacs004;
    let (statuses, reason): (&[&str], _) = match did {
        Did::Settled => (&["ACSC"][..], None),
        Did::Credited => (&["ACSC", "ACCC"][..], None),
        Did::Voided | Did::Closed if own_payment => (&[][..], None),
        Did::Voided | Did::Closed => (&["RJCT"][..], Some(Reason::voided())),
    };
    let fact = |status: &&str| Fact {
        leg,
        direction,
        status: (*status).to_owned(),
        reason: reason.clone().map(|Reason { code, iso }| (code, iso)),
    };
    statuses.iter().map(fact).collect()
}

#[cfg(test)]
mod tests {
    use ledger_core::{command::VoidReason, refusal::Refusal};
    use verifier::testing::TestNetwork;

    use super::*;

    #[test]
    fn e1_settlement_end_of_hold_and_credit_are_news_and_nothing_else_is() {
        let receipt = |outcome| TestNetwork::new(4).receipt(0, outcome);
        for (outcome, is_news) in [
            (Outcome::Applied(Effect::Settled), true),
            (Outcome::Applied(Effect::Voided(VoidReason::Expired)), true),
            (Outcome::Applied(Effect::CreditConfirmed), true),
            (Outcome::Applied(Effect::Held), false),
            (Outcome::Refused(Refusal::InsufficientFunds), false),
        ] {
            assert_eq!(news(&receipt(outcome)).is_some(), is_news, "{outcome:?}");
        }
        // Closing frees what was held; where nothing was, the payment may still have been offered.
        let closed = receipt(Outcome::Applied(Effect::ClosedUnsettled));
        assert!(closed.money.is_some());
        let unheld = Receipt { money: None, ..closed.clone() };
        assert_ne!(news(&unheld), news(&closed));
        assert!(news(&unheld).is_some());
        let without = Receipt { leg: None, ..receipt(Outcome::Applied(Effect::Settled)) };
        assert_eq!(news(&without), None);
    }

    #[test]
    fn e1_a_credit_is_never_noted_before_its_settlement() {
        let leg = TestNetwork::new(4).receipt(0, Outcome::Applied(Effect::Settled)).leg.unwrap();
        let back = Leg { kind: MessageKind::Pacs004, ..leg };
        let noted = |leg, direction, did| {
            facts(leg, direction, did).into_iter().map(|fact| fact.status).collect::<Vec<_>>()
        };
        for (leg, direction, did, expected) in [
            (leg, Direction::Outgoing, Did::Credited, &["ACSC", "ACCC"][..]),
            (leg, Direction::Incoming, Did::Settled, &["ACSC"]),
            (leg, Direction::Outgoing, Did::Voided, &[]),
            (leg, Direction::Incoming, Did::Voided, &["RJCT"]),
            (leg, Direction::Outgoing, Did::Closed, &[]),
            (leg, Direction::Incoming, Did::Closed, &["RJCT"]),
            (back, Direction::Outgoing, Did::Settled, &["ACSC"]),
        ] {
            assert_eq!(noted(leg, direction, did), expected, "{direction:?} {did:?}");
        }
    }
}
