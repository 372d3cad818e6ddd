//! What a gateway of a test network makes of account numbers that end in a documented value (Y1).
//!
//! # Place      inbox, checks of accounts -> [sandbox]; its own loop confirms credits late
//! # Invariants Y1 a network whose name does not say that it is for tests has no such values
//! # Absent     accounts of this bank's own payers: a value acts where an account is paid or checked

use std::{sync::Arc, time::Duration};

use ledger_core::{
    codec::decode,
    command::Command,
    id::{CommandId, LegId, Text},
    receipt::Effect,
};
use serde::{Deserialize, Serialize};

use crate::{
    checks::statement::Verdict,
    exceptions::giving_back,
    gateway::{CommandOutcome, Gateway, GatewayFault},
    keys::Purpose,
    outbox::stored,
    port::StoreFault,
    refused::Refused,
};

/// Credits that are to be confirmed.
const LATE: &[u8] = b"sandbox/credit/";
const MAX_ROW: usize = 128;
const AT_A_TIME: usize = 256;
const LOOK: Duration = Duration::from_secs(1);
/// How long after settlement a credit is confirmed, in milliseconds.
const LATE_MS: u64 = 10_000;
/// How long a payment is waited for that does not settle, in milliseconds.
const FORGET_MS: u64 = 86_400_000;
/// What a name becomes when it is said to be close.
const CLOSE: &str = "Sandbox";

/// A word of a test network's name.
const WORDS: [&str; 3] = ["test", "demo", "sandbox"];

/// Whether a network's name says that it is for tests: one of its words does.
#[must_use]
pub fn is_for_tests(network: &Text) -> bool {
    let mut words = network.get().split(|letter: char| !letter.is_ascii_alphanumeric());
    words.any(|word| WORDS.iter().any(|one| word.eq_ignore_ascii_case(one)))
}

/// What a number's ending asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Reject(&'static str),
    Silent,
    CreditLate,
    Match,
    Close,
    NoMatch,
    Unknown,
}

impl Value {
    /// Documented in docs/api.md.
    const ALL: [(&'static str, Self); 9] = [
        ("99001", Self::Reject("AC01")),
        ("99002", Self::Reject("AC04")),
        ("99003", Self::Reject("MS03")),
        ("99004", Self::Silent),
        ("99005", Self::CreditLate),
        ("99011", Self::Match),
        ("99012", Self::Close),
        ("99013", Self::NoMatch),
        ("99014", Self::Unknown),
    ];

    fn of(gateway: &Gateway, number: &str) -> Option<Self> {
        gateway.sandbox.then(|| Self::by_ending(number)).flatten()
    }

    fn by_ending(number: &str) -> Option<Self> {
        Self::ALL.iter().find(|(ending, _)| number.ends_with(ending)).map(|(_, value)| *value)
    }
}

/// What becomes of a payment to a number: nothing by this module where it is none of its.
///
/// # Errors
/// [`Refused::SandboxRejects`], [`Refused::SandboxSilent`]; faults.
pub(crate) fn pay(gateway: &Gateway, number: &str, leg: LegId) -> Result<(), Refused> {
    match Value::of(gateway, number) {
        Some(Value::Reject(iso)) => Err(Refused::SandboxRejects(iso)),
        Some(Value::Silent) => Err(Refused::SandboxSilent),
        Some(Value::CreditLate) => {
            let late = Late { leg, noted: Gateway::now_ms(), command: None };
            Ok(gateway.store.write(vec![stored(key(&leg), &late)])?)
        }
        Some(Value::Match | Value::Close | Value::NoMatch | Value::Unknown) | None => Ok(()),
    }
}

/// What is said of a name at a number, if that is said by its ending.
///
/// # Errors
/// [`Refused::SandboxSilent`].
pub(crate) fn check(
    gateway: &Gateway,
    number: &str,
    name: &str,
) -> Result<Option<Verdict>, Refused> {
    verdict(Value::of(gateway, number), name)
}

fn verdict(value: Option<Value>, name: &str) -> Result<Option<Verdict>, Refused> {
    Ok(match value {
        Some(Value::Silent) => return Err(Refused::SandboxSilent),
        Some(Value::Reject(_) | Value::Unknown) => Some(Verdict::Unknown),
        Some(Value::Match) => Some(Verdict::Match),
        Some(Value::Close) => Some(Verdict::Close(format!("{name} {CLOSE}"))),
        Some(Value::NoMatch) => Some(Verdict::NoMatch),
        Some(Value::CreditLate) | None => None,
    })
}

/// A payment whose credit is confirmed without anybody's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Late {
    leg: LegId,
    noted: u64,
    command: Option<CommandId>,
}

fn key(leg: &LegId) -> Vec<u8> {
    [LATE, leg.get()].concat()
}

/// Confirms credits for ever.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    loop {
        tokio::time::sleep(LOOK).await;
        if let Err(fault) = once(&gateway).await {
            tracing::warn!(%fault, "sandbox.credit");
        }
    }
}

async fn once(gateway: &Gateway) -> Result<(), GatewayFault> {
    for (row, bytes) in gateway.store.scan(LATE, AT_A_TIME)? {
        let late: Late = decode(&bytes, MAX_ROW).map_err(|_| StoreFault::Damaged)?;
        match next(gateway, &late).await? {
            Next::Wait => {}
            Next::Forget => gateway.store.write(vec![(row, None)])?,
            Next::Confirm => confirm(gateway, late).await?,
        }
    }
    Ok(())
}

enum Next {
    Wait,
    Confirm,
    Forget,
}

async fn next(gateway: &Gateway, late: &Late) -> Result<Next, GatewayFault> {
    if let Some(command) = late.command {
        return Ok(match gateway.outcome(&command, Duration::ZERO).await? {
            CommandOutcome::Pending => Next::Wait,
            CommandOutcome::Expired => Next::Confirm,
            CommandOutcome::Applied | CommandOutcome::Refused(_) => Next::Forget,
        });
    }
    let now = Gateway::now_ms();
    let Some(settled) = gateway.view.leg_effect(&late.leg, Effect::Settled)? else {
        let over = late.noted.saturating_add(FORGET_MS) < now;
        return Ok(if over { Next::Forget } else { Next::Wait });
    };
    let receipt = settled.proof.receipt;
    if receipt.irrevocable.get().saturating_add(LATE_MS) > now {
        return Ok(Next::Wait);
    }
    let credited = gateway.view.leg_effect(&late.leg, Effect::CreditConfirmed)?.is_some();
    let back = match receipt.leg {
        Some(leg) => giving_back::is_given_back(gateway, &leg)?,
        None => false,
    };
    Ok(if credited || back { Next::Forget } else { Next::Confirm })
}

async fn confirm(gateway: &Gateway, late: Late) -> Result<(), GatewayFault> {
    let at = gateway.view.refresh_time().await?;
    let signer = gateway.keys.signer(Purpose::Settlement)?;
    let command = Command::ConfirmCredit { leg: late.leg, at };
    let (signed, write) = gateway.outbox.prepare(command, &[signer]).await?;
    let sent = Late { command: Some(signed.body.id()), ..late };
    gateway.store.write(vec![write, stored(key(&late.leg), &sent)])?;
    gateway.outbox.send(&signed).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Y1
    #[test]
    fn y1_a_network_for_tests_is_one_by_a_word_of_its_name() {
        let is = |name: &str| is_for_tests(&Text::new(name).unwrap());
        for name in ["test", "florin-demo", "florin-test-bed", "Sandbox_2", "eu.TEST"] {
            assert!(is(name), "{name}");
        }
        for name in ["florin", "attested", "contest-eu", "demonstration", "testnet", "sandboxed"] {
            assert!(!is(name), "{name}");
        }
    }

    /// Y1
    #[test]
    fn y1_endings_are_those_of_the_guide_and_no_others() {
        let guide = include_str!("../../docs/api.md");
        for (ending, value) in Value::ALL {
            assert!(guide.contains(&format!("| `{ending}` |")), "{ending}");
            assert_eq!(Value::by_ending(&format!("IBAN:DE3999999999{ending}")), Some(value));
            assert_eq!(Value::by_ending(&format!("OTHR:{ending}0")), None);
        }
        assert_eq!(guide.matches("| `990").count(), Value::ALL.len());
        assert_eq!(Value::by_ending("OTHR:9901"), None);
        assert_eq!(Value::by_ending("IBAN:DE39999999990012345678"), None);
    }

    /// Y1
    #[test]
    fn y1_a_check_says_what_the_ending_says() {
        let said = |ending| verdict(Value::by_ending(ending), "Fjord Timber");
        for ending in ["99001", "99002", "99003", "99014"] {
            assert_eq!(said(ending).unwrap(), Some(Verdict::Unknown), "{ending}");
        }
        assert!(matches!(said("99004"), Err(Refused::SandboxSilent)));
        assert_eq!(said("99005").unwrap(), None);
        assert_eq!(said("99011").unwrap(), Some(Verdict::Match));
        assert_eq!(said("99012").unwrap(), Some(Verdict::Close("Fjord Timber Sandbox".to_owned())));
        assert_eq!(said("99013").unwrap(), Some(Verdict::NoMatch));
        assert_eq!(said("1").unwrap(), None);
    }
}
