//! `florin events`: what happened to payments, in order; with --follow as it happens.
//!
//! # Invariants with --json one event per line; the cursor to go on from is the last number

use std::{process::ExitCode, time::Duration};

use clap::Args;
use florin_client::{Direction, Event, events::PAGE};

use super::{failed, profile::ConnectArgs, table};
use crate::cli::{
    call::runtime,
    ui::{self, Failure},
};

/// Options of `florin events`.
#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// Events after the one with this number; from the first if not given.
    #[arg(long, default_value_t = 0)]
    after: u64,
    /// Events at most; all if not given.
    #[arg(long)]
    limit: Option<usize>,
    /// Go on as events come, over broken connections, until Ctrl-C or --limit.
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &EventsArgs) -> Result<ExitCode, Failure> {
    let gateway = args.connect.connect()?.gateway;
    let runtime = runtime().map_err(Failure::of)?;
    runtime.block_on(async {
        let most = args.limit.unwrap_or(usize::MAX);
        if args.follow {
            let mut follow = gateway.follow(args.after);
            for _ in 0..most {
                let event = follow.next().await.map_err(failed)?;
                say(&event, args.connect.json)?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let (mut after, mut shown) = (args.after, 0);
        loop {
            let page = gateway.events(after, PAGE, Duration::ZERO).await.map_err(failed)?;
            let events: Vec<_> = page.events.into_iter().take(most - shown).collect();
            shown += events.len();
            after = page.next_after;
            print(&events, args.connect.json)?;
            if !page.has_more || shown >= most {
                return Ok(ExitCode::SUCCESS);
            }
        }
    })
}

fn print(events: &[Event], json: bool) -> Result<(), Failure> {
    if json {
        return events.iter().try_for_each(|event| say(event, true));
    }
    let rows: Vec<_> = events.iter().map(row).collect();
    table(&["number", "at", "about", "payment", "way", "status", "reason"], &rows);
    Ok(())
}

fn say(event: &Event, json: bool) -> Result<(), Failure> {
    let line = if json {
        serde_json::to_string(event).map_err(Failure::of)?
    } else {
        row(event).join("  ").trim_end().to_owned()
    };
    ui::line(&line);
    Ok(())
}

fn row(event: &Event) -> Vec<String> {
    vec![
        event.number.to_string(),
        event.at.clone(),
        event.about.clone(),
        event.uetr.clone().or_else(|| event.case.clone()).unwrap_or_default(),
        event.direction.map(Direction::name).unwrap_or_default().to_owned(),
        event.status.clone(),
        event.code.clone().unwrap_or_default(),
    ]
}
