//! The account's bank: it compares with its own customers, and counts who asks.
//!
//! # Invariants H2 who is far from a name hears nothing of it, and an account that cannot be paid is as one
//! #            that does not exist; H3 the counts are by asking member, and by account
//! # Absent     counts that outlive the process

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use kyc_gateway::likeness::{Likeness, compare};
use ledger_core::{
    digest::{Domain, Hash32},
    id::Lei,
    party::{Level, StandingStatus},
    signature::{Signed, Statement as _},
    time::LedgerTime,
};

use super::statement::{CheckAnswer, CheckRequest, MAX_TEXT, Verdict};
use crate::{
    customers::CustomerRecord,
    gateway::Gateway,
    keys::Purpose,
    payments::{delivery::Parcel, inbox},
    refused::Refused,
    sandbox,
};

/// Checks of one member in a minute.
const PER_MINUTE: u32 = 120;
/// Checks of one member about one account in an hour: nobody tries names until one fits.
const PER_ACCOUNT: u32 = 10;
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 3_600_000;
/// Accounts that are counted for one member; more in an hour are too many.
const ACCOUNTS: usize = 7_200;

/// What a member has asked lately.
#[derive(Debug, Default)]
struct Asked {
    minute: u64,
    in_minute: u32,
    hour: u64,
    of_account: BTreeMap<Hash32, u32>,
}

/// Who has asked how often.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<Lei, Asked>>);

impl Counts {
    /// Counts a check, unless there were too many.
    #[must_use]
    pub fn admits(&self, member: &Lei, account: &str, now_ms: u64) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = counts.entry(*member).or_default();
        let (minute, hour) = (now_ms / MINUTE_MS, now_ms / HOUR_MS);
        if asked.minute != minute {
            (asked.minute, asked.in_minute) = (minute, 0);
        }
        if asked.hour != hour {
            (asked.hour, asked.of_account) = (hour, BTreeMap::new());
        }
        let name = Domain::Content.hash(account.as_bytes());
        let of_account = asked.of_account.get(&name).copied().unwrap_or(0);
        let full = of_account == 0 && asked.of_account.len() >= ACCOUNTS;
        if asked.in_minute >= PER_MINUTE || of_account >= PER_ACCOUNT || full {
            return false;
        }
        asked.in_minute = asked.in_minute.saturating_add(1);
        asked.of_account.insert(name, of_account.saturating_add(1));
        true
    }
}

/// Receives a parcel and answers it with a parcel.
///
/// # Errors
/// [`Refused`] when it is not for this bank, not by its sender, or one of too many.
pub async fn receive(gateway: &Gateway, bytes: &[u8]) -> Result<Parcel, Refused> {
    let (parcel, sender, signed) = inbox::opened::<CheckRequest>(gateway, bytes).await?;
    let request = &signed.value;
    let addressed = request.chain == gateway.genesis().chain_id()
        && (request.from, request.to) == (parcel.from, parcel.to)
        && request.digest().get() == parcel.leg.get();
    if !addressed {
        return Err(Refused::Malformed("check and parcel name different banks"));
    }
    if request.account.len() > MAX_TEXT || request.name.len() > MAX_TEXT {
        return Err(Refused::Malformed("an account's number or a name is too long"));
    }
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole);
    }
    if !gateway.checks.admits(&request.from, &request.account, Gateway::now_ms()) {
        return Err(Refused::TooManyChecks);
    }
    let answer = answer(gateway, request)?;
    let route = (parcel.to, parcel.from, parcel.leg);
    Parcel::pack(route, &sender.encryption, &answer)
        .map_err(|_| Refused::Malformed("the sender's encryption key in the directory is unusable"))
}

/// Signs what this bank says about an account.
///
/// # Errors
/// [`Refused::SandboxSilent`]; faults.
pub fn answer(gateway: &Gateway, request: &CheckRequest) -> Result<Signed<CheckAnswer>, Refused> {
    let verdict = match sandbox::check(gateway, &request.account, &request.name)? {
        Some(verdict) => verdict,
        None => {
            let customer = CustomerRecord::load(gateway.store.as_ref(), &request.account)?;
            verdict(customer.as_ref(), &request.name, LedgerTime::new(Gateway::now_ms()))
        }
    };
    let answer = CheckAnswer { chain: request.chain, check: request.digest(), verdict };
    Ok(gateway.sign(Purpose::Settlement, answer)?)
}

/// What is said of a name, given the customer whose account it is.
fn verdict(customer: Option<&CustomerRecord>, name: &str, now: LedgerTime) -> Verdict {
    let payable = |customer: &&CustomerRecord| {
        customer.status == StandingStatus::Active
            && customer.level != Level::None
            && customer.expires > now
    };
    let Some(customer) = customer.filter(payable) else { return Verdict::Unknown };
    match compare(name, &customer.name) {
        Likeness::Same => Verdict::Match,
        Likeness::Close => Verdict::Close(customer.name.clone()),
        Likeness::Different => Verdict::NoMatch,
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::id::PartyId;

    use super::*;

    fn customer() -> CustomerRecord {
        CustomerRecord {
            account: "OTHR:2002".to_owned(),
            name: "Fjord Timber".to_owned(),
            party: PartyId::new([1; 32]),
            level: Level::Full,
            status: StandingStatus::Active,
            expires: LedgerTime::new(1_000),
        }
    }

    #[test]
    fn h2_only_who_is_close_hears_the_name() {
        let now = LedgerTime::new(999);
        let said = |name| verdict(Some(&customer()), name, now);
        assert_eq!(said("FJORD TIMBER AS"), Verdict::Match);
        assert_eq!(said("Fjord Timbre"), Verdict::Close("Fjord Timber".to_owned()));
        assert_eq!(said("Orchard Tools"), Verdict::NoMatch);
        assert_eq!(said(""), Verdict::NoMatch);
        assert_eq!(verdict(None, "Fjord Timber", now), Verdict::Unknown);
        let rows = [
            CustomerRecord { status: StandingStatus::Revoked, ..customer() },
            CustomerRecord { level: Level::None, ..customer() },
            CustomerRecord { expires: now, ..customer() },
        ];
        for row in rows {
            assert_eq!(verdict(Some(&row), "Fjord Timber", now), Verdict::Unknown, "{row:?}");
        }
    }

    #[test]
    fn h3_a_member_is_answered_so_often_in_all_and_about_one_account() {
        let lei = |text| Lei::new(text).unwrap();
        let (one, other) = (lei("529900T8BM49AURSDO55"), lei("7LTWFZYICNSX8D621K86"));
        let counts = Counts::default();
        let about = |member, account, now| counts.admits(member, account, now);
        assert!((0..PER_ACCOUNT).all(|_| about(&one, "A", 0)));
        assert!(!about(&one, "A", 0) && !about(&one, "A", HOUR_MS - 1));
        assert!(about(&other, "A", 0), "each member by itself");
        assert!(about(&one, "A", HOUR_MS));
        let counts = Counts::default();
        let next = |n: u32, now| counts.admits(&one, &n.to_string(), now);
        assert!((0..PER_MINUTE).all(|n| next(n, 0)));
        assert!(!next(PER_MINUTE, MINUTE_MS - 1));
        assert!(next(PER_MINUTE, MINUTE_MS));
    }
}
