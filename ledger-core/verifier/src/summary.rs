//! How a proof's content is spelled for people: times, amounts, effects.
//!
//! # Place      the `summary` of every file and the line that `florin verify` prints
//! # Invariants W20 a summary is a function of what is proved and of genesis
//! # Absent     floating point, rounding, time zones, languages

use ledger_core::{
    genesis::Genesis,
    money::{Currency, Money},
    receipt::{Effect, Outcome, Receipt},
    time::LedgerTime,
};

const DAY_MS: u64 = 86_400_000;
/// Days of 400 years of the Gregorian calendar.
const ERA_DAYS: u64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: u64 = 719_468;

/// A time as RFC 3339 in UTC with milliseconds. Years after 9999 have more digits.
#[must_use]
pub fn rfc3339(time: LedgerTime) -> String {
    let (days, in_day) = (time.get() / DAY_MS, time.get() % DAY_MS);
    let (year, month, day) = civil(days);
    let (seconds, milli) = (in_day / 1000, in_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Year, month and day of a day counted from 1970-01-01.
///
/// Years are taken to begin in March, so that the leap day is the last of its year; an era is 400
/// years. No step can overflow: a day number comes from milliseconds in 64 bits.
#[allow(clippy::arithmetic_side_effects)]
const fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days.saturating_add(EPOCH_DAYS);
    let (era, of_era) = (shifted / ERA_DAYS, shifted % ERA_DAYS);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let january = if month <= 2 { 1 } else { 0 };
    (era * 400 + year + january, month, day)
}

/// A count of minor units as a decimal with exactly `scale` decimals.
#[must_use]
pub fn decimal(minor: u128, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{minor:0>width$}", width = scale.saturating_add(1));
    match digits.split_at_checked(digits.len().saturating_sub(scale)) {
        Some((whole, fraction)) if scale > 0 => format!("{whole}.{fraction}"),
        _ => digits,
    }
}

/// Decimals of a currency, when the network has it.
#[must_use]
pub fn scale(genesis: &Genesis, currency: Currency) -> Option<u8> {
    genesis.currencies.iter().find(|terms| terms.code == currency).map(|terms| terms.scale)
}

/// A sum as a decimal, when the network has its currency.
#[must_use]
pub fn amount(genesis: &Genesis, money: &Money) -> Option<String> {
    scale(genesis, money.currency()).map(|scale| decimal(money.minor(), scale))
}

/// The name of an effect, or the code of a refusal.
#[must_use]
pub const fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Applied(effect) => effect.name(),
        Outcome::Refused(refusal) => refusal.code(),
    }
}

/// A receipt in one line of plain words: outcome, amount, parties, height, time.
#[must_use]
pub fn receipt_line(receipt: &Receipt, settled: Option<LedgerTime>, genesis: &Genesis) -> String {
    let mut line = match receipt.outcome {
        Outcome::Applied(effect) => effect_words(effect).to_owned(),
        Outcome::Refused(refusal) => {
            format!("refused ({}): a {} that changed nothing", refusal.code(), receipt.kind.name())
        }
    };
    let stopped = receipt.run.as_ref().filter(|run| !run.is_executed());
    if let Some(run) = stopped {
        line.push_str(&format!(", Move says {}", run.status_name().unwrap_or("an unknown status")));
        if let Some(code) = run.code {
            line.push_str(&format!(" {code:#x}"));
        }
    }
    if let Some(money) = receipt.money {
        let code = money.currency();
        let text = match amount(genesis, &money) {
            Some(decimal) => format!(", {decimal} {code}"),
            None => format!(", {} minor units of {code}", money.minor()),
        };
        line.push_str(&text);
    }
    match receipt.leg {
        Some(leg) => line.push_str(&format!(
            ", from {} to {}, UETR {}",
            leg.instructing,
            leg.instructed,
            leg.uetr.to_text()
        )),
        None => line.push_str(&format!(", by {}", receipt.organisation)),
    }
    let (word, time) = match settled {
        Some(time) => ("final since", time),
        None => ("decided at", receipt.irrevocable),
    };
    line.push_str(&format!(", at height {}, {word} {}", receipt.height, rfc3339(time)));
    line
}

const fn effect_words(effect: Effect) -> &'static str {
    use ledger_core::command::VoidReason;
    match effect {
        Effect::Proposed => "proposed: further persons must approve",
        Effect::Approved => "approved: further persons must approve",
        Effect::Executed => "approved and executed",
        Effect::Minted => "minted: tokens were created",
        Effect::StandingSet => "a customer's standing was set",
        Effect::Attested => "a reserve balance was attested",
        Effect::EntryRecorded => "a bank entry was recorded",
        Effect::MintRequested => "a mint was requested",
        Effect::Held => "held: money is earmarked, not yet paid",
        Effect::Settled => "settled: the money has moved",
        Effect::Voided(VoidReason::Rejected) => "voided: the payee's bank said no",
        Effect::Voided(VoidReason::Withdrawn) => "voided: the payer withdrew it",
        Effect::Voided(VoidReason::Expired) => "voided: its time was over",
        Effect::Voided(VoidReason::NotReleased) => "voided: it could not settle when its time came",
        Effect::ClosedUnsettled => "closed: the payment has not settled and never can",
        Effect::ClosedSettled => "closed: the payment had settled",
        Effect::Preburned => "preburned: tokens are locked until they are paid out",
        Effect::RedemptionCancelled => "redemption cancelled: its holder took it back",
        Effect::PayoutInstructed => "payout instructed: its holder can no longer cancel",
        Effect::Burned => "burned: tokens were paid out and destroyed",
        Effect::PayoutCancelled => "payout cancelled: the tokens were given back",
        Effect::Frozen => "frozen: network compliance stopped it",
        Effect::Unfrozen => "unfrozen: the freeze was lifted",
        Effect::KeyRevoked => "a key was revoked",
        Effect::Anchored => "a member's commitment was recorded",
        Effect::CreditConfirmed => "credit confirmed: the payee's customer has the money",
        Effect::Scheduled => "scheduled: the money is earmarked until the payment settles",
        Effect::Moved => "moved: between two accounts of one member",
        Effect::Cleared => "cleared: a member's screening let a payment pass",
        Effect::Seized => "seized: frozen money was moved by a court's order",
        Effect::BurnedByOrder => "burned by order: frozen money was destroyed by a court's order",
        Effect::Queued => "queued: the payment waits for money",
        Effect::Requeued => "queued: the payment took a new place",
        Effect::QueueTermsSet => "a queue's terms were set",
        Effect::UnitsIssued(_) => "issued: units of an asset were created",
        Effect::UnitsDelivered(_) => "delivered: units of an asset have moved",
        Effect::UnitsSurrendered(_) => "surrendered: units wait for their registrar to cancel them",
        Effect::UnitsReclaimed(_) => "reclaimed: the holder took surrendered units back",
        Effect::UnitsCancelled(_) => "cancelled: surrendered units were destroyed",
        Effect::ApprovalWithdrawn => "withdrawn: a person took back its yes to a proposal",
        Effect::Invoked => "invoked: a function of a contract ran to its end",
        Effect::MisconductRecorded => {
            "recorded: a validator cast two votes that contradict each other"
        }
        Effect::NetworkHalted => "halted: the network moves no money until it is resumed",
        Effect::NetworkResumed => "resumed: the network moves money again",
        Effect::RulesSignalled => "signalled: validators said which version of the rules they know",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w20_times_are_utc_with_milliseconds_also_around_leap_days() {
        let rows = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_709_210_096_789, "2024-02-29T12:34:56.789Z"),
            (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
            (1_767_225_600_000, "2026-01-01T00:00:00.000Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ];
        for (milliseconds, expected) in rows {
            assert_eq!(rfc3339(LedgerTime::new(milliseconds)), expected);
        }
        assert!(rfc3339(LedgerTime::new(u64::MAX)).ends_with('Z'));
    }

    #[test]
    fn w20_every_day_of_nine_centuries_follows_the_one_before() {
        let every = |y: u64, years| y.is_multiple_of(years);
        let leap = |y| every(y, 4) && (!every(y, 100) || every(y, 400));
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for number in 0..330_000 {
            assert_eq!(civil(number), (year, month, day));
            let last = match month {
                2 if leap(year) => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > last {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }

    #[test]
    fn w20_amounts_have_exactly_the_decimals_of_their_currency() {
        let rows = [
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (12, 2, "0.12"),
            (123, 2, "1.23"),
            (1_500, 0, "1500"),
            (0, 0, "0"),
            (1, 5, "0.00001"),
            (u128::MAX, 3, "340282366920938463463374607431768211.455"),
        ];
        for (minor, scale, expected) in rows {
            assert_eq!(decimal(minor, scale), expected);
        }
    }
}
