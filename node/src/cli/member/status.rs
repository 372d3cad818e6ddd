//! `florin status`: where a payment is, at either bank, and what of it is proved.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use florin_client::{Asked, Until};

use super::{
    Progress, pay,
    profile::{ConnectArgs, usage},
};
use crate::cli::{call::runtime, ui::Failure};

/// Options of `florin status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The payment.
    uetr: String,
    /// Go on until it has ended.
    #[arg(long)]
    watch: bool,
    /// With --watch: go on until the beneficiary's customer has the money.
    #[arg(long, requires = "watch")]
    credited: bool,
    /// Seconds to watch at most.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    wait: u64,
    /// Keep the proof of its end in this file.
    #[arg(long)]
    receipt: Option<PathBuf>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &StatusArgs) -> Result<ExitCode, Failure> {
    let gateway = args.connect.connect()?.gateway;
    let asked = Asked::uetr(&args.uetr).map_err(usage)?;
    let runtime = runtime().map_err(Failure::of)?;
    runtime.block_on(async {
        let mut known = gateway.payment(&asked).await.map_err(usage)?;
        if args.watch {
            let until = if args.credited { Until::Credited } else { Until::Settled };
            let patience = Duration::from_secs(args.wait);
            let mut progress = Progress::new();
            known = pay::follow(&gateway, known, until, (patience, &mut progress)).await?;
        }
        pay::keep(args.receipt.as_ref(), &known)?;
        pay::show(&gateway, &known, args.connect.json)?;
        Ok(pay::exit(&known))
    })
}
