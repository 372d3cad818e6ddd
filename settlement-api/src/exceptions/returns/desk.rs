//! The bank that was paid: one client proposes a return, another approves, the ledger decides.
//!
//! ```text
//! proposed --approve, by another client--> returning --proved--> returned --other bank has it--> told
//!     \--withdraw--> withdrawn                 \-- refused: proposed again, with the code
//! ```
//!
//! # Invariants X4 money leaves on two clients' word; X10 one return of a payment at a time, and none
//! #            beside a recall that is to be answered

use std::sync::Arc;

use kyc_gateway::GateRefusal;
use ledger_core::id::{Leg, Uetr};

use super::{
    record::{OwnReturn, Stage},
    telling,
    wanted::{Checked, Wanted, is_timely},
};
use crate::{
    exceptions::{
        LONGEST_PAUSE, LOOK, PAUSE, Unready,
        giving_back::{About, WayBack, is_given_back},
        recall::{GivenBack, Kept as _, ReceivedRecall, Returning},
    },
    gateway::{CommandOutcome, Gateway, GatewayFault},
    payments::inbox::InboxRecord,
    peers::AskError,
    port::StoreFault,
    refused::Refused,
};

/// A client proposes to give a settled payment back. The same again finds the same return.
///
/// # Errors
/// [`Refused`].
pub async fn propose(
    gateway: &Gateway,
    uetr: &Uetr,
    client: &str,
    (body, is_xml): (&[u8], bool),
) -> Result<OwnReturn, Refused> {
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole);
    }
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let wanted = Wanted::read(body, is_xml)?;
    let _turn = gateway.turns.one(uetr).await;
    let leg = delivered(gateway, uetr)?;
    let asked = wanted.hash();
    let known = OwnReturn::load(gateway.store.as_ref(), &leg.id())?;
    let mut timeline = Vec::new();
    match known {
        Some(known) if known.stage == Stage::Withdrawn => timeline = known.timeline,
        Some(known) if known.asked == asked => return Ok(known),
        Some(known) if known.stage == Stage::Proposed => return Err(Unready::OtherReturn.into()),
        Some(_) => return Err(Refused::GivenBack),
        None => {}
    }
    is_free(gateway, &leg)?;
    let about = About::of(gateway, &leg.id())?;
    let Checked { reason, information, given } = wanted.of(gateway, &about)?;
    let mut record = OwnReturn {
        leg: leg.id(),
        asked,
        reason,
        information,
        given,
        proposed_by: client.to_owned(),
        approved_by: None,
        stage: Stage::Proposed,
        refused: None,
        timeline,
    };
    record.timeline.push(("proposed".to_owned(), Gateway::now_ms()));
    gateway.store.write(record.writes())?;
    Ok(record)
}

/// The payment to this bank under a UETR.
fn delivered(gateway: &Gateway, uetr: &Uetr) -> Result<Leg, Refused> {
    let delivered = InboxRecord::by_uetr(gateway.store.as_ref(), uetr)?;
    Ok(delivered.ok_or(Refused::NotFound)?.delivery.payment.leg)
}

/// Whether nobody asks for a payment back, and it is not on its way back.
fn is_free(gateway: &Gateway, leg: &Leg) -> Result<(), Refused> {
    if is_given_back(gateway, leg)? {
        return Err(Refused::GivenBack);
    }
    let recalls = ReceivedRecall::of_leg(gateway.store.as_ref(), &leg.id())?;
    if recalls.iter().any(|recall| !recall.is_final()) {
        return Err(Refused::RecallExists);
    }
    Ok(())
}

fn proposed(gateway: &Gateway, leg: &Leg) -> Result<OwnReturn, Refused> {
    let known = OwnReturn::load(gateway.store.as_ref(), &leg.id())?;
    known.ok_or(Refused::Unready(Unready::Return))
}

/// Another client agrees that the money goes back: the return is on disk, and on its way (X4).
///
/// # Errors
/// [`Refused::SamePerson`], [`Unready::Return`], [`Refused::RecallExists`]; what the gate
/// says.
pub async fn approve(
    gateway: &Arc<Gateway>,
    uetr: &Uetr,
    client: &str,
) -> Result<OwnReturn, Refused> {
    let _turn = gateway.turns.one(uetr).await;
    let leg = delivered(gateway, uetr)?;
    let mut record = proposed(gateway, &leg)?;
    match &record.stage {
        Stage::Proposed if record.proposed_by == client => return Err(Refused::SamePerson),
        Stage::Proposed => {}
        Stage::Returning(_) | Stage::Returned(_) | Stage::Told(_) => return Ok(record),
        Stage::Withdrawn => return Err(Unready::Return.into()),
    }
    is_free(gateway, &leg)?;
    let about = About::of(gateway, &leg.id())?;
    let message = match &record.given {
        Some(given) => {
            is_timely(given)?;
            given.clone()
        }
        None => {
            let why = (record.reason.as_str(), record.information.as_deref());
            about.original(gateway).returned(gateway, why)?
        }
    };
    let way = WayBack::of(gateway, &about, message).await?;
    record.stage = Stage::Returning(Box::new(way.returning.clone()));
    record.approved_by = Some(client.to_owned());
    record.refused = None;
    record.timeline.push(("returning".to_owned(), Gateway::now_ms()));
    way.keep(gateway, record.writes()).await?;
    start(gateway, record.clone());
    Ok(record)
}

/// A proposal is taken back.
///
/// # Errors
/// [`Unready::Return`]; [`Refused::GivenBack`] once it was approved.
pub async fn withdraw(gateway: &Gateway, uetr: &Uetr) -> Result<OwnReturn, Refused> {
    let _turn = gateway.turns.one(uetr).await;
    let leg = delivered(gateway, uetr)?;
    let mut record = proposed(gateway, &leg)?;
    match &record.stage {
        Stage::Proposed => {
            record.stage = Stage::Withdrawn;
            record.timeline.push(("withdrawn".to_owned(), Gateway::now_ms()));
            gateway.store.write(record.writes())?;
            Ok(record)
        }
        Stage::Withdrawn => Ok(record),
        Stage::Returning(_) | Stage::Returned(_) | Stage::Told(_) => Err(Refused::GivenBack),
    }
}

/// Drives a return in the background, if it goes on by itself.
pub(super) fn start(gateway: &Arc<Gateway>, record: OwnReturn) {
    if record.goes_on() {
        tokio::spawn(drive(Arc::clone(gateway), record));
    }
}

async fn drive(gateway: Arc<Gateway>, mut record: OwnReturn) {
    let mut pause = PAUSE;
    while record.goes_on() {
        let stepped = match record.stage.clone() {
            Stage::Returning(way) => step(&gateway, &mut record, &way).await,
            Stage::Returned(back) => tell(&gateway, &mut record, &back).await,
            Stage::Proposed | Stage::Told(_) | Stage::Withdrawn => break,
        };
        match stepped {
            Ok(true) => {
                pause = PAUSE;
                continue;
            }
            Ok(false) => {}
            Err(fault) => tracing::info!(%fault, leg = %record.leg, "exceptions.returns"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Why a return does not go on now.
#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error("{0}")]
    Refused(#[from] Refused),
    #[error("{0}")]
    Asked(#[from] AskError),
}

impl From<StoreFault> for Stuck {
    fn from(fault: StoreFault) -> Self {
        Self::Refused(fault.into())
    }
}

impl From<GatewayFault> for Stuck {
    fn from(fault: GatewayFault) -> Self {
        Self::Refused(fault.into())
    }
}

/// Keeps a return in another stage.
fn next(
    gateway: &Gateway,
    record: &mut OwnReturn,
    (stage, word): (Stage, &str),
) -> Result<(), StoreFault> {
    let mut next = OwnReturn { stage, ..record.clone() };
    next.timeline.push((word.to_owned(), Gateway::now_ms()));
    gateway.store.write(next.writes())?;
    *record = next;
    Ok(())
}

/// One look at a return's fate; whether there is something to do at once.
async fn step(gateway: &Gateway, record: &mut OwnReturn, way: &Returning) -> Result<bool, Stuck> {
    match gateway.outcome(&way.command, LOOK).await? {
        CommandOutcome::Pending => {}
        CommandOutcome::Applied => {
            let Returning { command, leg, salt, message } = way.clone();
            let back = GivenBack { command, leg, salt, message };
            next(gateway, record, (Stage::Returned(Box::new(back)), "returned"))?;
        }
        CommandOutcome::Refused(refusal) => reopen(gateway, record, refusal.code())?,
        CommandOutcome::Expired => again(gateway, record, way).await?,
    }
    Ok(true)
}

/// The ledger or the gate refused: the bank's people approve anew, or withdraw.
fn reopen(gateway: &Gateway, record: &mut OwnReturn, code: &str) -> Result<(), StoreFault> {
    let mut open = record.clone();
    (open.refused, open.approved_by) = (Some(code.to_owned()), None);
    next(gateway, &mut open, (Stage::Proposed, "proposed"))?;
    *record = open;
    Ok(())
}

/// No block took the command in time, and none will: it is signed anew, for the same return.
async fn again(gateway: &Gateway, record: &mut OwnReturn, way: &Returning) -> Result<(), Stuck> {
    let about = About::of(gateway, &record.leg)?;
    let way = match WayBack::again(gateway, &about, way).await {
        Err(Refused::Gate(refusal)) if !matches!(refusal, GateRefusal::Signer(_)) => {
            return Ok(reopen(gateway, record, refusal.code())?);
        }
        way => way?,
    };
    let stage = Stage::Returning(Box::new(way.returning.clone()));
    let renewed = OwnReturn { stage, ..record.clone() };
    way.keep(gateway, renewed.writes()).await?;
    *record = renewed;
    Ok(())
}

/// Tells the other bank once; whether it has the message.
async fn tell(gateway: &Gateway, record: &mut OwnReturn, back: &GivenBack) -> Result<bool, Stuck> {
    let Some(anchor) = telling::tell(gateway, &record.leg, back).await? else {
        return Ok(false);
    };
    let mut told = OwnReturn { stage: Stage::Told(Box::new(back.clone())), ..record.clone() };
    told.timeline.push(("told".to_owned(), Gateway::now_ms()));
    let mut writes = told.writes();
    writes.push(anchor);
    gateway.store.write(writes)?;
    *record = told;
    Ok(true)
}
