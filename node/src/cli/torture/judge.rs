//! What clients were told, against what every validator's chain says.

use std::{collections::BTreeMap, time::Duration};

use ledger_core::{
    codec::decode,
    command::{SignedCommand, ids_of},
    digest::Hash32,
    id::{AccountId, CommandId},
    limits::MAX_PAYLOAD_BYTES,
    record::{Name, Record as LedgerRecord},
    time::Height,
};
use settlement_api::ledger_port::LedgerClient;

use super::{PATIENCE_S, client::Record};
use crate::cli::{
    child,
    testbed::{
        TestbedError,
        cast::{Bank, Cast},
        network::Network,
        prepare::{EACH, Stage, client, client_of},
    },
};

/// What was found.
pub(super) struct Verdict {
    pub(super) height: u64,
    pub(super) faults: Vec<String>,
}

/// One validator's chain.
#[derive(Default)]
struct Chain {
    /// Digests of headers, from height 1 on.
    headers: Vec<Hash32>,
    /// Where each command stands.
    commands: BTreeMap<CommandId, Vec<Height>>,
}

/// Compares chains, money and recounts. Stops the network.
pub(super) async fn judge(
    cast: &Cast,
    stage: &Stage,
    network: &mut Network,
    record: &Record,
) -> Result<Verdict, TestbedError> {
    let mut faults = record.wrong.clone();
    if !record.open.is_empty() {
        let open = record.open.len();
        faults.push(format!("{open} payments were not proven within {PATIENCE_S} s"));
    }
    let last = record.proven.values().max().copied().unwrap_or_default();
    let mut chains = Vec::new();
    for url in network.urls() {
        let client = client_of(network, vec![url], cast.regulator.transport())?;
        chains.push(read(&client, last).await?);
    }
    faults.extend(compare(&chains, record));
    faults.extend(money(cast, stage, network, record.proven.len()).await?);
    network.stop().await;
    for validator in &network.validators {
        let data = network.folder.join(&validator.name).join("data").display().to_string();
        let (code, said) = child::florin(&["verify", "--data", &data]).await?;
        if code != Some(0) {
            faults.push(format!("{}: its own store does not add up: {said}", validator.name));
        }
    }
    let height = chains.iter().map(|chain| chain.headers.len()).max().unwrap_or(0);
    Ok(Verdict { height: u64::try_from(height).unwrap_or(u64::MAX), faults })
}

/// A validator's blocks up to a height, waiting for it.
async fn read(client: &LedgerClient, last: Height) -> Result<Chain, TestbedError> {
    let mut chain = Chain::default();
    let mut next = Height::new(1);
    let mut idle = 0;
    while next <= last && idle < PATIENCE_S {
        let page = client.blocks(next, Duration::from_secs(1)).await?;
        idle = if page.blocks.is_empty() { idle + 1 } else { 0 };
        for block in page.blocks {
            next = block.header.height.next();
            chain.headers.push(block.header.digest());
            let commands: Vec<SignedCommand> = match block.payload.is_empty() {
                true => Vec::new(),
                false => decode(&block.payload, MAX_PAYLOAD_BYTES)
                    .map_err(|_| TestbedError::Broken("a block that cannot be read"))?,
            };
            for id in ids_of(&commands) {
                chain.commands.entry(id).or_default().push(block.header.height);
            }
        }
    }
    Ok(chain)
}

/// Forks, and payments that are missing, elsewhere or there twice.
fn compare(chains: &[Chain], record: &Record) -> Vec<String> {
    let mut faults = Vec::new();
    let longest = chains.iter().max_by_key(|chain| chain.headers.len());
    for (number, chain) in (1..).zip(chains) {
        let mut pairs =
            chain.headers.iter().zip(longest.map_or(&[][..], |longest| &longest.headers));
        if let Some(at) = pairs.position(|(own, other)| own != other) {
            faults.push(format!("validator-{number} has another block at height {}", at + 1));
        }
        for (id, height) in &record.proven {
            // Where it was ordered first it had its effect; that it had no other shows in the money.
            if chain.commands.get(id).and_then(|heights| heights.first()) != Some(height) {
                faults.push(format!("validator-{number} has no payment {id} at height {height}"));
            }
        }
    }
    faults
}

/// Whether the banks' accounts hold what the proven payments left them.
async fn money(
    cast: &Cast,
    stage: &Stage,
    network: &Network,
    proven: usize,
) -> Result<Vec<String>, TestbedError> {
    let minted = EACH.saturating_mul(u128::try_from(stage.payer.accounts.len()).unwrap_or(0));
    let paid = u128::try_from(proven).unwrap_or(u128::MAX);
    let mut faults = Vec::new();
    let sides = [
        (&cast.payer, &stage.payer.accounts, minted.saturating_sub(paid)),
        (&cast.payee, &stage.payee.accounts, paid),
    ];
    for (bank, accounts, expected) in sides {
        let held = sum(network, bank, accounts).await?;
        if held != expected {
            faults.push(format!("{} holds {held} minor units instead of {expected}", bank.lei));
        }
    }
    Ok(faults)
}

async fn sum(network: &Network, bank: &Bank, accounts: &[AccountId]) -> Result<u128, TestbedError> {
    let client = client(network, bank.settlement.transport())?;
    let mut sum = 0u128;
    for account in accounts {
        let found = client.record(&Name::Account(*account)).await?;
        let Some((LedgerRecord::Account(account), _)) = found else {
            return Err(TestbedError::Broken("a bank does not see its account"));
        };
        sum = sum.saturating_add(account.balances.available);
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> CommandId {
        CommandId::new([byte; 32])
    }

    fn chain(headers: &[u8], commands: &[(u8, u64)]) -> Chain {
        let mut chain = Chain {
            headers: headers.iter().map(|byte| Hash32::new([*byte; 32])).collect(),
            ..Chain::default()
        };
        for (byte, height) in commands {
            chain.commands.entry(id(*byte)).or_default().push(Height::new(*height));
        }
        chain
    }

    fn told(payments: &[(u8, u64)]) -> Record {
        let mut record = Record::default();
        record.proven = payments.iter().map(|(byte, at)| (id(*byte), Height::new(*at))).collect();
        record
    }

    #[test]
    fn what_is_lost_doubled_moved_or_forked_is_found() {
        let good = || chain(&[1, 2, 3], &[(7, 2), (8, 3)]);
        let record = told(&[(7, 2), (8, 3)]);
        assert!(
            compare(&[good(), good(), chain(&[1, 2, 3, 4], &[(7, 2), (8, 3)])], &record).is_empty()
        );
        let bad = [
            chain(&[1, 2, 3], &[(7, 2)]),
            chain(&[1, 2, 3], &[(7, 2), (8, 1), (8, 3)]),
            chain(&[1, 2, 3], &[(7, 3), (8, 3)]),
            chain(&[1, 9, 3], &[(7, 2), (8, 3)]),
        ];
        for (number, bad) in bad.into_iter().enumerate() {
            assert!(!compare(&[good(), bad], &record).is_empty(), "{number}");
        }
    }
}
