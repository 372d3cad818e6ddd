//! Controls of issuance: what a currency's governance allows its treasury to mint.
//!
//! ```text
//! two operators: SetMintTerms   allowance, caps per window and class, concentration, freshness
//! network compliance: Freeze    one key stops minting, two persons lift it
//! every mint                    counts against allowance and window; nothing counts back
//! ```
//!
//! # Place      one record per currency, made at genesis with every control off; `issuance` asks it
//! # Invariants I6 mints since genesis <= the ceiling of the allowance, and mints of any window <= its
//! #            cap, as of the last mint; I11 terms and counters are one record under the state root
//! # Absent     whatever is not a mint: transfers, holds, redemptions and burns never look here; caps
//! #            per party

use serde::{Deserialize, Serialize};

use crate::{
    draft::Draft,
    freshness::{Calendar, DAY_MS, Freshness},
    id::Lei,
    limits::{BASIS_POINTS, MINT_BUCKETS},
    money::Currency,
    record::{Name, Record},
    refusal::Refusal,
    reserve::EvidenceClass,
    time::LedgerTime,
};

/// The shortest window of a cap, in milliseconds.
pub const MIN_WINDOW_MS: u64 = 60 * 1_000;
/// The longest window of a cap, in milliseconds: a year.
pub const MAX_WINDOW_MS: u64 = 366 * DAY_MS;
/// Buckets that a window is long. One more is counted, so that no part of a window is left out.
const WINDOW_BUCKETS: u64 = 24;
const _: () = assert!(MINT_BUCKETS == 25 && WINDOW_BUCKETS == 24);

/// The shortest age limit of an attestation, in milliseconds.
pub const MIN_AGE_MS: u64 = 1_000;

/// Caps on what is minted per window, in minor units; none where there is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct MintCaps {
    /// Of all mints together.
    pub all: Option<u128>,
    /// Of mints against entries that a custodian signed.
    pub custodian: Option<u128>,
    /// Of mints against entries that a trustee signed.
    pub trustee: Option<u128>,
    /// Of mints against entries that an agent signed.
    pub agent: Option<u128>,
}

impl MintCaps {
    /// The cap of a class.
    #[must_use]
    pub const fn of(&self, class: EvidenceClass) -> Option<u128> {
        match class {
            EvidenceClass::Custodian => self.custodian,
            EvidenceClass::Trustee => self.trustee,
            EvidenceClass::Agent => self.agent,
        }
    }
}

/// What governance sets for a currency, as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MintTerms {
    /// What all mints since genesis may add up to, in minor units; no number is no ceiling.
    pub allowance: Option<u128>,
    /// How long a window is, in milliseconds.
    pub window_ms: u64,
    /// What may be minted in one.
    pub caps: MintCaps,
    /// The greatest part of the reserves that one custodian may hold, in basis points.
    pub concentration: u16,
    /// The greatest age of an attestation, in milliseconds of business days; 0 for the network's.
    pub max_age_ms: u64,
    /// Days on which attestations do not age.
    pub calendar: Calendar,
}

impl Default for MintTerms {
    /// Every control off: what holds from genesis on.
    fn default() -> Self {
        Self {
            allowance: None,
            window_ms: DAY_MS,
            caps: MintCaps::default(),
            concentration: BASIS_POINTS,
            max_age_ms: 0,
            calendar: Calendar::default(),
        }
    }
}

impl MintTerms {
    /// Whether every number lies in its range.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        (MIN_WINDOW_MS..=MAX_WINDOW_MS).contains(&self.window_ms)
            && self.concentration <= BASIS_POINTS
            && (self.max_age_ms == 0 || self.max_age_ms >= MIN_AGE_MS)
            && self.calendar.is_well_formed()
    }

    /// Until when attestations count, in a network with this age limit.
    #[must_use]
    pub fn freshness(&self, network_max_age_ms: u64) -> Freshness {
        let max_age_ms = if self.max_age_ms == 0 { network_max_age_ms } else { self.max_age_ms };
        Freshness { max_age_ms, calendar: self.calendar.clone() }
    }

    /// How long a bucket of the window is: a 24th of the window, rounded up.
    const fn bucket_ms(&self) -> u64 {
        self.window_ms.div_ceil(WINDOW_BUCKETS)
    }
}

/// What was minted, by the class of the evidence, in minor units. Sums beyond `u128` stay there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ByClass {
    /// Against entries of custodians.
    pub custodian: u128,
    /// Against entries of trustees.
    pub trustee: u128,
    /// Against entries of agents.
    pub agent: u128,
}

impl ByClass {
    /// A sum of one class.
    #[must_use]
    pub fn only(class: EvidenceClass, minor: u128) -> Self {
        match class {
            EvidenceClass::Custodian => Self { custodian: minor, ..Self::default() },
            EvidenceClass::Trustee => Self { trustee: minor, ..Self::default() },
            EvidenceClass::Agent => Self { agent: minor, ..Self::default() },
        }
    }

    /// The sum of a class.
    #[must_use]
    pub const fn of(&self, class: EvidenceClass) -> u128 {
        match class {
            EvidenceClass::Custodian => self.custodian,
            EvidenceClass::Trustee => self.trustee,
            EvidenceClass::Agent => self.agent,
        }
    }

    /// All classes together.
    #[must_use]
    pub const fn all(&self) -> u128 {
        self.custodian.saturating_add(self.trustee).saturating_add(self.agent)
    }

    const fn with(self, more: Self) -> Self {
        Self {
            custodian: self.custodian.saturating_add(more.custodian),
            trustee: self.trustee.saturating_add(more.trustee),
            agent: self.agent.saturating_add(more.agent),
        }
    }
}

/// What was minted lately, in buckets of equal length: that of a time is its milliseconds divided
/// by the length, rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct MintWindow {
    /// Number of the latest bucket.
    pub bucket: u64,
    /// What was minted in it, and in the 24 before it, latest first.
    pub sums: [ByClass; MINT_BUCKETS],
}

impl MintWindow {
    /// The window as it is when a bucket is the latest: what is too old has left.
    fn moved_to(&self, bucket: u64) -> Self {
        let passed = usize::try_from(bucket.saturating_sub(self.bucket)).unwrap_or(usize::MAX);
        let was = |at: usize| self.sums.get(at.checked_sub(passed)?).copied();
        let sums = std::array::from_fn(|at| was(at).unwrap_or_default());
        Self { bucket: bucket.max(self.bucket), sums }
    }

    /// Everything in it.
    #[must_use]
    pub fn sum(&self) -> ByClass {
        self.sums.iter().fold(ByClass::default(), |sum, one| sum.with(*one))
    }

    /// The window with more in its latest bucket.
    fn with(mut self, more: ByClass) -> Self {
        if let Some(latest) = self.sums.first_mut() {
            *latest = latest.with(more);
        }
        self
    }
}

/// Terms and counters of a currency's mints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MintControls {
    /// Which currency.
    pub currency: Currency,
    /// What governance allows.
    pub terms: MintTerms,
    /// Whether network compliance has stopped minting.
    pub stopped: bool,
    /// Sum of all mints since genesis, in minor units. Burning takes nothing from it.
    pub minted: u128,
    /// What was minted lately.
    pub recent: MintWindow,
}

impl MintControls {
    /// A currency's controls at genesis.
    #[must_use]
    pub fn new(currency: Currency) -> Self {
        let (terms, recent) = (MintTerms::default(), MintWindow::default());
        Self { currency, terms, stopped: false, minted: 0, recent }
    }

    /// The window as it is at a time.
    #[must_use]
    pub fn window(&self, now: LedgerTime) -> MintWindow {
        let bucket = now.get().checked_div(self.terms.bucket_ms());
        self.recent.moved_to(bucket.unwrap_or(self.recent.bucket))
    }

    /// What is left of the allowance, in minor units; no number is no ceiling.
    #[must_use]
    pub fn allowance_left(&self) -> Option<u128> {
        self.terms.allowance.map(|ceiling| ceiling.saturating_sub(self.minted))
    }

    /// Every reason why these controls forbid a mint, in order of precedence (I6).
    pub(crate) fn faults(
        &self,
        now: LedgerTime,
        class: EvidenceClass,
        minor: u128,
    ) -> [Option<Refusal>; 3] {
        let beyond = |cap: Option<u128>, so_far: u128| {
            let after = so_far.checked_add(minor);
            cap.is_some_and(|cap| after.is_none_or(|after| after > cap))
        };
        let (recent, caps) = (self.window(now).sum(), &self.terms.caps);
        let capped = beyond(caps.all, recent.all()) || beyond(caps.of(class), recent.of(class));
        [
            self.stopped.then_some(Refusal::MintingOff),
            beyond(self.terms.allowance, self.minted).then_some(Refusal::AllowanceExceeded),
            capped.then_some(Refusal::MintCapReached),
        ]
    }

    /// The controls after a mint.
    pub(crate) fn after(self, now: LedgerTime, class: EvidenceClass, minor: u128) -> Self {
        let recent = self.window(now).with(ByClass::only(class, minor));
        Self { minted: self.minted.saturating_add(minor), recent, ..self }
    }

    /// The controls under other terms. Where the window gets another length, all that is in it
    /// counts as minted now, so that no change of terms makes room.
    fn under(self, terms: MintTerms, now: LedgerTime) -> Self {
        let recent = self.window(now);
        if terms.bucket_ms() == self.terms.bucket_ms() {
            return Self { terms, recent, ..self };
        }
        let changed = Self { terms, recent: MintWindow::default(), ..self };
        let recent = changed.window(now).with(recent.sum());
        Self { recent, ..changed }
    }
}

/// Sets the terms of a currency's mints; answers its issuer.
///
/// # Errors
/// [`Refusal::CurrencyUnknown`], [`Refusal::OutOfRange`].
pub(crate) fn set_terms(
    draft: &mut Draft<'_>,
    currency: Currency,
    terms: &MintTerms,
) -> Result<Lei, Refusal> {
    let issuer = draft.currency(currency)?.issuer;
    let controls = draft.controls(currency)?.clone();
    if !terms.is_well_formed() {
        return Err(Refusal::OutOfRange);
    }
    let controls = controls.under(terms.clone(), draft.now());
    draft.put(&Name::MintControls(currency), Record::MintControls(controls));
    Ok(issuer)
}
