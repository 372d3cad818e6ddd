//! Commands that one validator accepted, told to all others, so that any leader can order them.
//!
//! # Place      intake -> [gossip] -> p2p channel 5 -> [gossip] of the others -> their intake
//! # Invariants a received command passes the same admission as a local one, and is not sent on
//! # Absent     retries: a command whose gossip was lost waits until its own node leads

use bytes::Bytes;
use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::{Clock, IoBuf};
use ledger_core::{
    codec::{decode, encode},
    command::SignedCommand,
};
use rand_core::CryptoRng;
use tracing::debug;

use crate::{
    application::ledger_time,
    intake::{Intake, Outbox},
    limits::{GOSSIP_INTERVAL, MAX_GOSSIP_BYTES},
};

/// Sends what the outbox holds, in batches, until the outbox is closed.
pub(crate) async fn send<E: Clock, S: Sender>(context: E, mut outbox: Outbox, mut sender: S) {
    let mut next = outbox.recv().await;
    while let Some(first) = next.take() {
        let mut bytes = first.identified().bytes();
        let mut batch = vec![first];
        while let Ok(command) = outbox.try_recv() {
            bytes += command.identified().bytes();
            // The list's own length takes at most five bytes.
            if bytes + 5 > MAX_GOSSIP_BYTES {
                next = Some(command);
                break;
            }
            batch.push(command);
        }
        let batch: Vec<&SignedCommand> = batch.iter().map(|command| command.get()).collect();
        let _ = sender.send(Recipients::All, Bytes::from(encode(&batch)), false);
        context.sleep(GOSSIP_INTERVAL).await;
        if next.is_none() {
            next = outbox.recv().await;
        }
    }
}

/// Takes what other validators send, until the network ends.
pub(crate) async fn receive<E: Clock + CryptoRng, R: Receiver>(
    mut context: E,
    intake: Intake,
    mut receiver: R,
) {
    while let Ok((peer, message)) = receiver.recv().await {
        let message: IoBuf = message;
        match decode::<Vec<SignedCommand>>(message.as_ref(), MAX_GOSSIP_BYTES) {
            Ok(commands) => {
                let now = ledger_time(&context);
                let added = intake.receive(commands, now, &mut context);
                debug!(%peer, added, "gossip.received");
            }
            Err(error) => debug!(%peer, %error, "gossip.refused"),
        }
    }
}
