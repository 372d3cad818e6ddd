//! What clients were told, against what every validator's chain says.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

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

/// Times that records are asked for in vain, with a tenth of a second between them.
const RECORD_TRIES: u32 = 600;
/// Times that a store is recounted where the process that does it is ended by somebody.
const VERIFY_TRIES: u32 = 3;

/// What was found.
pub(in crate::cli) struct Verdict {
    pub(in crate::cli) height: u64,
    /// Proven payments that a validator does not have where it should.
    pub(in crate::cli) lost: usize,
    pub(in crate::cli) faults: Vec<String>,
}

/// One validator's chain.
#[derive(Default)]
struct Chain {
    /// The first block that it keeps.
    first: Height,
    /// Digests of headers.
    headers: BTreeMap<Height, Hash32>,
    /// Where each command stands.
    commands: BTreeMap<CommandId, Vec<Height>>,
}

/// Compares chains, money and recounts. Stops the network. `firsts` are the first blocks that validators
/// keep; all of them where none is given.
pub(in crate::cli) async fn judge(
    cast: &Cast,
    stage: &Stage,
    (network, firsts): (&Network, &[Height]),
    record: &Record,
) -> Result<Verdict, TestbedError> {
    let mut faults = record.wrong.clone();
    if !record.open.is_empty() {
        let open = record.open.len();
        faults.push(format!("{open} payments were not proven within {PATIENCE_S} s"));
    }
    let last = record.proven.values().max().copied().unwrap_or_default();
    let mut chains = Vec::new();
    for (number, url) in network.urls().into_iter().enumerate() {
        let client = client_of(network, vec![url], cast.regulator.transport())?;
        let first = firsts.get(number).copied().unwrap_or(Height::new(1));
        chains.push(read(&client, (first, last)).await?);
    }
    let (lost, differences) = compare(&chains, record);
    faults.extend(differences);
    faults.extend(money(cast, stage, (network, last), record.proven.len()).await?);
    network.stop().await;
    for validator in &network.validators {
        let data = validator.folder().join("data").display().to_string();
        let (code, said) = verified(&data).await?;
        if code != Some(0) {
            faults.push(format!("{}: its own store does not add up: {said}", validator.name));
        }
    }
    let highest = |chain: &Chain| chain.headers.keys().next_back().copied();
    let height = chains.iter().filter_map(highest).max().unwrap_or_default();
    Ok(Verdict { height: height.get(), lost, faults })
}

/// Recounts a store; once more where somebody ended the process that did.
async fn verified(data: &str) -> Result<(Option<i32>, String), TestbedError> {
    let mut tries = 0;
    loop {
        let counted = child::florin(&["verify", "--data", data]).await?;
        tries += 1;
        if counted.0.is_some() || tries == VERIFY_TRIES {
            return Ok(counted);
        }
    }
}

/// A validator's blocks up to a height, waiting for it, also while it is away.
async fn read(
    client: &LedgerClient,
    (first, last): (Height, Height),
) -> Result<Chain, TestbedError> {
    let mut chain = Chain { first, ..Chain::default() };
    let mut next = first;
    let mut idle = 0;
    while next <= last && idle < PATIENCE_S {
        let page = match client.blocks(next, Duration::from_secs(1)).await {
            Ok(page) => page,
            Err(error) if idle + 1 == PATIENCE_S => return Err(error.into()),
            Err(_) => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                idle += 1;
                continue;
            }
        };
        idle = if page.blocks.is_empty() { idle + 1 } else { 0 };
        for block in page.blocks {
            next = block.header.height.next();
            chain.headers.insert(block.header.height, block.header.digest());
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

/// Forks, and payments that are missing, elsewhere or there twice; how many payments.
fn compare(chains: &[Chain], record: &Record) -> (usize, Vec<String>) {
    let mut faults = Vec::new();
    let mut lost = BTreeSet::new();
    let longest = chains.iter().max_by_key(|chain| chain.headers.len());
    for (number, chain) in (1..).zip(chains) {
        let mut headers = chain.headers.iter();
        let differs = |(height, own): &(&Height, &Hash32)| {
            let other = longest.and_then(|longest| longest.headers.get(*height));
            other.is_some_and(|other| other != *own)
        };
        if let Some((height, _)) = headers.find(differs) {
            faults.push(format!("validator-{number} has another block at height {height}"));
        }
        for (id, height) in record.proven.iter().filter(|(_, height)| **height >= chain.first) {
            // Where it was ordered first it had its effect; that it had no other shows in the money.
            if chain.commands.get(id).and_then(|heights| heights.first()) != Some(height) {
                faults.push(format!("validator-{number} has no payment {id} at height {height}"));
                lost.insert(*id);
            }
        }
    }
    (lost.len(), faults)
}

/// Whether the banks' accounts hold what the proven payments left them.
async fn money(
    cast: &Cast,
    stage: &Stage,
    (network, last): (&Network, Height),
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
        let held = sum((network, last), bank, accounts).await?;
        if held != expected {
            faults.push(format!("{} holds {held} minor units instead of {expected}", bank.lei));
        }
    }
    Ok(faults)
}

async fn sum(
    (network, last): (&Network, Height),
    bank: &Bank,
    accounts: &[AccountId],
) -> Result<u128, TestbedError> {
    let client = client(network, bank.settlement.transport())?;
    let (mut sum, mut tries) = (0u128, 0);
    for account in accounts {
        let balances = loop {
            match client.record(&Name::Account(*account)).await {
                // One that just came back may not be where the last payment is.
                Ok(Some((LedgerRecord::Account(account), proved)))
                    if proved.certified.header.results.height >= last =>
                {
                    break account.balances;
                }
                Ok(Some((LedgerRecord::Account(_), _))) | Err(_) if tries < RECORD_TRIES => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return Err(TestbedError::Broken("a bank does not see its account")),
            }
            tries += 1;
            client.turn();
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        sum = sum.saturating_add(balances.available);
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> CommandId {
        CommandId::new([byte; 32])
    }

    fn digest(byte: &u8) -> Hash32 {
        Hash32::new([*byte; 32])
    }

    fn chain(headers: &[u8], commands: &[(u8, u64)]) -> Chain {
        let mut chain = Chain {
            first: Height::new(1),
            headers: (1..).map(Height::new).zip(headers.iter().map(digest)).collect(),
            commands: BTreeMap::new(),
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
        let longer = chain(&[1, 2, 3, 4], &[(7, 2), (8, 3)]);
        assert_eq!(compare(&[good(), good(), longer], &record), (0, Vec::new()));
        // One that begins with a later block is asked for no earlier one.
        let mut late = chain(&[1, 2, 3], &[(8, 3)]);
        late.first = Height::new(3);
        late.headers = late.headers.split_off(&late.first);
        assert_eq!(compare(&[good(), late], &record), (0, Vec::new()));
        let bad = [
            chain(&[1, 2, 3], &[(7, 2)]),
            chain(&[1, 2, 3], &[(7, 2), (8, 1), (8, 3)]),
            chain(&[1, 2, 3], &[(7, 3), (8, 3)]),
            chain(&[1, 9, 3], &[(7, 2), (8, 3)]),
        ];
        for (bad, expected) in bad.into_iter().zip([1, 1, 1, 0]) {
            let (lost, faults) = compare(&[good(), bad], &record);
            assert_eq!(lost, expected, "{faults:?}");
            assert!(!faults.is_empty());
        }
    }
}
