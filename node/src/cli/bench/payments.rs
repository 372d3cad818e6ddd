//! The payments of a load, signed before it begins.

use ledger_core::{
    bulk::BulkLeg,
    command::{Command, SignedCommand},
    digest::Hash32,
    id::{AccountId, ChainId},
    money::Currency,
};

use super::Load;
use crate::cli::testbed::{
    TestbedError,
    cast::{Cast, random_32},
    network::currency,
    payment::{self, any, customer, first},
    prepare::{Stage, bar, bulk, random_uetr},
};

/// Commands made between two steps of the progress bar.
const AT_ONCE: usize = 1_000;

/// Makes the commands of a load, on every core.
pub(super) fn prepare(
    cast: &Cast,
    stage: &Stage,
    load: Load,
    count: usize,
) -> Result<Vec<SignedCommand>, TestbedError> {
    let maker = Maker { cast, stage, load, chain: stage.chain, currency: currency()? };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = count.div_ceil(threads);
    let bar = bar(u64::try_from(count).unwrap_or(u64::MAX));
    bar.set_message("signing payments");
    let parts = std::thread::scope(|scope| {
        let part = || {
            scope.spawn(|| {
                let mut commands = Vec::with_capacity(share);
                for made in 0..share {
                    commands.push(maker.command()?);
                    if made % AT_ONCE == 0 {
                        bar.inc(u64::try_from(AT_ONCE).unwrap_or(0));
                    }
                }
                Ok::<_, TestbedError>(commands)
            })
        };
        let running: Vec<_> = (0..threads).map(|_| part()).collect();
        let joined = running.into_iter().map(|thread| {
            thread.join().unwrap_or(Err(TestbedError::Broken("a thread that signs ended early")))
        });
        joined.collect::<Result<Vec<_>, _>>()
    })?;
    bar.finish_and_clear();
    Ok(parts.into_iter().flatten().collect())
}

struct Maker<'a> {
    cast: &'a Cast,
    stage: &'a Stage,
    load: Load,
    chain: ChainId,
    currency: Currency,
}

impl Maker<'_> {
    fn command(&self) -> Result<SignedCommand, TestbedError> {
        let command = match self.load {
            Load::Bulk => self.bulk()?,
            Load::Signed
            | Load::Hot
            | Load::Committee
            | Load::Single
            | Load::Slow
            | Load::Overload
            | Load::Restart
            | Load::Reads => payment::transfer(self.cast, self.stage, self.debit()?)?,
        };
        Ok(self.cast.payer.settlement.sign(self.chain, command)?)
    }

    /// The account that pays: one for a hot load, otherwise any.
    fn debit(&self) -> Result<AccountId, TestbedError> {
        let accounts = &self.stage.payer.accounts;
        match self.load {
            Load::Hot => first(accounts),
            Load::Signed
            | Load::Bulk
            | Load::Committee
            | Load::Single
            | Load::Slow
            | Load::Overload
            | Load::Restart
            | Load::Reads => any(accounts),
        }
    }

    fn bulk(&self) -> Result<Command, TestbedError> {
        let leg = |_| {
            Ok(BulkLeg {
                uetr: random_uetr(),
                debtor: customer(&self.stage.payer)?,
                credit: any(&self.stage.payee.accounts)?,
                creditor: customer(&self.stage.payee)?,
                minor: 1,
                message: Hash32::new(random_32()),
            })
        };
        let legs = (0..self.load.legs()).map(leg).collect::<Result<Vec<_>, TestbedError>>()?;
        bulk(&self.cast.payer, &self.cast.payee, (self.currency, self.debit()?), legs)
    }
}
