//! The work of a channel: take, answer, tell, for ever.

use std::{sync::Arc, time::Duration};

use ledger_core::{codec::decode, digest::Domain};

use super::{
    Answer, Arrived, Channel, ChannelFault, name_of,
    notice::notice,
    taking::{Known, Rows},
};
use crate::{
    files::{self, intake::MAX_FILE},
    gateway::Gateway,
    outbox::stored,
    payments::{intake::Asked, message, report, workflow},
    port::StoreFault,
    refused::Refused,
};

/// Messages taken at one look, before events are told again.
const AT_A_TIME: usize = 64;
/// Events told at one look.
const EVENTS: usize = 64;
/// Pause between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Works as long as the process runs.
pub async fn run<C: Channel>(gateway: Arc<Gateway>, mut channel: C) {
    loop {
        if let Err(fault) = look(&gateway, &mut channel).await {
            gateway.metrics.channel(channel.name(), "fault");
            tracing::warn!(%fault, channel = channel.name(), "channel.look");
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look<C: Channel>(gateway: &Arc<Gateway>, channel: &mut C) -> Result<(), ChannelFault> {
    if !gateway.is_ready() {
        return Ok(());
    }
    for _ in 0..=AT_A_TIME {
        let Some(arrived) = channel.next().await? else { break };
        take(gateway, channel, arrived).await?;
    }
    tell(gateway, channel).await
}

/// Takes one message; an error where no other may be taken before it.
async fn take<C: Channel>(
    gateway: &Arc<Gateway>,
    channel: &mut C,
    arrived: Arrived<C::Place>,
) -> Result<(), ChannelFault> {
    let ended = match answered(gateway, channel, &arrived).await {
        Ok(ended) => ended,
        Err(fault) => return passed_over(channel, arrived, fault),
    };
    let (outcome, refused) = match &ended {
        Ended::Before => ("again", false),
        Ended::Now(Answer::Taken(_)) => ("taken", false),
        Ended::Now(Answer::Refused(_)) => ("refused", true),
    };
    let name = name_of(&arrived.name, &Domain::Content.hash(&arrived.content));
    if let Err(fault) = channel.done(&arrived, refused, &name).await {
        return passed_over(channel, arrived, fault);
    }
    gateway.metrics.channel(channel.name(), outcome);
    Ok(())
}

/// What failed is asked again: at once before all others, or after them.
fn passed_over<C: Channel>(
    channel: &mut C,
    arrived: Arrived<C::Place>,
    fault: ChannelFault,
) -> Result<(), ChannelFault> {
    let name = arrived.name.clone();
    if channel.later(arrived) {
        tracing::warn!(%fault, name, channel = channel.name(), "channel.take");
        return Ok(());
    }
    Err(fault)
}

/// How a message ended.
enum Ended {
    /// Before it came this time.
    Before,
    /// Now, and that is on disk.
    Now(Answer),
}

async fn answered<C: Channel>(
    gateway: &Arc<Gateway>,
    channel: &mut C,
    arrived: &Arrived<C::Place>,
) -> Result<Ended, ChannelFault> {
    let store = gateway.store.as_ref();
    let rows = Rows::of(channel.name(), arrived.id.as_deref(), &arrived.content);
    let answer = match rows.begin(store, arrived.again)? {
        Known::Done => return Ok(Ended::Before),
        Known::Poison(reason) => Answer::Refused(reason),
        Known::New => match taken(gateway, &arrived.content).await {
            Ok(message) => Answer::Taken(message),
            // What is no fault of the message's is tried again.
            Err(refused) if refused.is_passing() => {
                rows.later(store)?;
                return Err(refused.into());
            }
            Err(refused) => Answer::Refused((&refused).into()),
        },
    };
    channel.answer(arrived, &answer, &name_of(&arrived.name, rows.hash())).await?;
    rows.end(store)?;
    Ok(Ended::Now(answer))
}

/// Takes a message as an endpoint would; its acknowledgement.
async fn taken(gateway: &Arc<Gateway>, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    if bytes.len() > MAX_FILE {
        return Err(Refused::Malformed("a message has at most 16 MiB; split it"));
    }
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole);
    }
    if files::intake::is_file(bytes) {
        let file = files::intake::take(gateway, bytes).await?;
        return files::report::pain002(gateway, &file);
    }
    let taken = message::take(gateway, bytes)?;
    let asked = Asked::message(&taken, bytes);
    let record = workflow::enter(gateway, &taken.read.message, &asked).await?;
    Ok(report::pacs002(gateway, &record).map_err(Refused::from)?.into_bytes())
}

/// Tells what happened since: each event under its number, so that one that is told again after a
/// crash is the same.
async fn tell<C: Channel>(gateway: &Gateway, channel: &mut C) -> Result<(), ChannelFault> {
    let store = gateway.store.as_ref();
    let key = format!("{}/told", channel.name()).into_bytes();
    let last: u64 = match store.get(&key)? {
        Some(bytes) => decode(&bytes, 8).map_err(|_| StoreFault::Damaged)?,
        None => 0,
    };
    let mut told = last;
    for event in gateway.events.after(last, EVENTS)? {
        let notice = match notice(gateway, &event) {
            Ok(notice) => notice,
            // Told when it can be: the feed waits.
            Err(refused) if refused.is_passing() || matches!(refused, Refused::NotSettled) => {
                tracing::warn!(%refused, event = event.number, "channel.tell");
                break;
            }
            Err(refused) => {
                tracing::error!(%refused, event = event.number, "channel.tell");
                None
            }
        };
        if let Some(message) = notice
            && let Err(fault) = channel.tell(event.number, message).await
        {
            tracing::warn!(%fault, event = event.number, "channel.tell");
            break;
        }
        told = event.number;
    }
    if told > last {
        store.write(vec![stored(key, &told)])?;
    }
    Ok(())
}
