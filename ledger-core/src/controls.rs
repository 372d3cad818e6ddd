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
//! # Absent     whatever is not a mint: transfers, holds, redemptions and burns never look here;
//! #            limits of customers (see `spending`)

use serde::{Deserialize, Serialize};

use crate::{
    draft::Draft,
    freshness::{Calendar, DAY_MS, Freshness},
    id::Lei,
    limits::BASIS_POINTS,
    money::Currency,
    record::{Name, Record},
    refusal::Refusal,
    reserve::EvidenceClass,
    sliding::{Addend, BucketLength, SlidingSum, beyond, is_window},
    time::LedgerTime,
};

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
        is_window(self.window_ms)
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

    /// How long a bucket of the window is.
    const fn buckets(&self) -> BucketLength {
        BucketLength::of(self.window_ms)
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
}

impl Addend for ByClass {
    fn with(self, more: Self) -> Self {
        Self {
            custodian: self.custodian.with(more.custodian),
            trustee: self.trustee.with(more.trustee),
            agent: self.agent.with(more.agent),
        }
    }
}

/// What was minted lately.
pub type MintWindow = SlidingSum<ByClass>;

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
        self.recent.at(now, self.terms.buckets())
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
        let beyond = |cap, so_far| beyond(cap, so_far, minor);
        let (recent, caps) = (self.window(now).sum(), &self.terms.caps);
        let capped = beyond(caps.all, recent.all()) || beyond(caps.of(class), recent.of(class));
        [
            self.stopped.then_some(Refusal::MintingOff),
            (beyond(self.terms.allowance, self.minted) && !planted!(NoCeiling))
                .then_some(Refusal::AllowanceExceeded),
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
        let (recent, length) = (self.window(now), terms.buckets());
        let kept = length == self.terms.buckets();
        let recent = if kept { recent } else { SlidingSum::all_at(now, length, recent.sum()) };
        Self { terms, recent, ..self }
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
    draft.put(&Name::MintControls(currency), Record::MintControls(Box::new(controls)));
    Ok(issuer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sliding::{MAX_WINDOW_MS, MIN_WINDOW_MS};

    const CLASS: EvidenceClass = EvidenceClass::Custodian;
    const HOUR: u64 = 60 * 60 * 1_000;

    fn controls(terms: MintTerms) -> MintControls {
        assert!(terms.is_well_formed());
        MintControls { terms, ..MintControls::new(Currency::new("USD").unwrap()) }
    }

    fn capped(caps: MintCaps) -> MintControls {
        controls(MintTerms { caps, ..MintTerms::default() })
    }

    fn at(hours: u64) -> LedgerTime {
        LedgerTime::new(1_800_000_000_000 / DAY_MS * DAY_MS + hours * HOUR)
    }

    fn refused(controls: &MintControls, now: LedgerTime, minor: u128) -> Option<Refusal> {
        controls.faults(now, CLASS, minor).into_iter().flatten().min()
    }

    #[test]
    fn i6_an_allowance_is_used_up_to_its_last_unit_and_sums_never_wrap() {
        let exceeded = Some(Refusal::AllowanceExceeded);
        // Ceiling, minted so far, mint, refusal.
        let rows = [
            (None, 0, u128::MAX, None),
            (None, u128::MAX, u128::MAX, None),
            (Some(0), 0, 1, exceeded),
            (Some(10), 0, 10, None),
            (Some(10), 0, 11, exceeded),
            (Some(10), 9, 1, None),
            (Some(10), 9, 2, exceeded),
            (Some(10), 20, 1, exceeded),
            (Some(u128::MAX), 0, u128::MAX, None),
            (Some(u128::MAX), 1, u128::MAX, exceeded),
            (Some(u128::MAX), u128::MAX, 1, exceeded),
            (Some(u128::MAX), u128::MAX - 1, 1, None),
        ];
        for (allowance, minted, minor, expected) in rows {
            let terms = MintTerms { allowance, ..MintTerms::default() };
            let controls = MintControls { minted, ..controls(terms) };
            assert_eq!(refused(&controls, at(0), minor), expected, "{allowance:?} {minted}");
            let left = allowance.map(|ceiling| ceiling.saturating_sub(minted));
            assert_eq!(controls.allowance_left(), left);
            let after = controls.after(at(0), CLASS, minor);
            assert_eq!(after.minted, minted.saturating_add(minor));
        }
    }

    #[test]
    fn i6_a_cap_of_a_window_holds_to_its_last_unit_and_sums_never_wrap() {
        let reached = Some(Refusal::MintCapReached);
        let (one, all) = (
            |cap| MintCaps { custodian: Some(cap), ..MintCaps::default() },
            |cap| MintCaps { all: Some(cap), ..MintCaps::default() },
        );
        for caps in [one, all] {
            for (cap, first, second, expected) in [
                (0, 0, 1, reached),
                (10, 4, 6, None),
                (10, 4, 7, reached),
                (u128::MAX, u128::MAX, 1, reached),
                (u128::MAX, 1, u128::MAX, reached),
                (u128::MAX, 1, u128::MAX - 1, None),
                (u128::MAX - 1, 0, u128::MAX, reached),
            ] {
                let controls = capped(caps(cap)).after(at(0), CLASS, first);
                assert_eq!(refused(&controls, at(0), second), expected, "{cap} {first} {second}");
            }
        }
        // Without a cap nothing is refused, however much there was.
        let full = capped(MintCaps::default()).after(at(0), CLASS, u128::MAX);
        let full = full.after(at(0), EvidenceClass::Agent, u128::MAX);
        assert_eq!(refused(&full, at(0), u128::MAX), None);
        assert_eq!(full.window(at(0)).sum().all(), u128::MAX);
    }

    #[test]
    fn i6_classes_are_capped_apart_and_together() {
        use EvidenceClass::{Agent, Custodian, Trustee};
        let caps = MintCaps { all: Some(30), custodian: None, trustee: Some(20), agent: Some(10) };
        let start = capped(caps).after(at(0), Trustee, 15);
        let reached = |class, minor| {
            let faults = start.faults(at(1), class, minor);
            faults == [None, None, Some(Refusal::MintCapReached)]
        };
        for (class, most) in [(Custodian, 15), (Trustee, 5), (Agent, 10)] {
            assert!(!reached(class, most) && reached(class, most + 1), "{class:?}");
        }
        let sum = start.after(at(1), Agent, 3).after(at(2), Custodian, 4).window(at(2)).sum();
        assert_eq!(sum, ByClass { custodian: 4, trustee: 15, agent: 3 });
        assert_eq!([Custodian, Trustee, Agent].map(|class| sum.of(class)), [4, 15, 3]);
    }

    #[test]
    fn i6_what_was_minted_leaves_the_window_with_its_bucket() {
        let caps = MintCaps { all: Some(10), ..MintCaps::default() };
        // A window of a day has buckets of an hour. Minted at any time of hour 5, it counts as long
        // as that hour is one of the 24 before the present one.
        for into in [0, 1, HOUR - 1] {
            let minted = capped(caps).after(at(5).after(into), CLASS, 10);
            let last = LedgerTime::new(at(5 + 25).get() - 1);
            assert_eq!(refused(&minted, last, 1), Some(Refusal::MintCapReached), "{into}");
            assert_eq!(refused(&minted, at(5 + 25), 10), None, "{into}");
            assert_eq!(minted.window(at(5 + 25)).sum(), ByClass::default());
        }
    }

    #[test]
    fn i6_no_span_as_long_as_a_window_ever_exceeds_its_cap() {
        use rand_core::TryRng as _;
        const CAP: u128 = 1_000;
        let mut random = crate::testing::TestRng::default();
        let mut below = |most: u64| random.try_next_u64().unwrap() % most;
        for window_ms in [DAY_MS, MIN_WINDOW_MS, MIN_WINDOW_MS + 1, 7 * DAY_MS + 12_345] {
            let caps = MintCaps { all: Some(CAP), ..MintCaps::default() };
            let mut controls = controls(MintTerms { caps, window_ms, ..MintTerms::default() });
            let (mut now, mut log) = (at(0).get(), Vec::<(u64, u128)>::new());
            let within = |log: &[(u64, u128)], now: u64, span: u64| -> u128 {
                log.iter().filter(|(time, _)| now - time < span).map(|(_, minor)| minor).sum()
            };
            let mut tight = 0;
            for _ in 0..2_000 {
                now += 1 + below(window_ms / 5);
                let minor = 1 + u128::from(below(500));
                if refused(&controls, LedgerTime::new(now), minor).is_none() {
                    controls = controls.after(LedgerTime::new(now), CLASS, minor);
                    log.push((now, minor));
                    assert!(within(&log, now, window_ms) <= CAP, "{window_ms}");
                } else {
                    // A refusal is never due to what is older than the window and a bucket.
                    let span = window_ms + controls.terms.buckets().get();
                    assert!(within(&log, now, span) + minor > CAP, "{window_ms}");
                    tight += 1;
                }
            }
            assert!(log.len() > 200 && tight > 200, "{} {tight}", log.len());
        }
    }

    #[test]
    fn i6_another_length_of_the_window_makes_no_room() {
        let caps = MintCaps { all: Some(10), ..MintCaps::default() };
        let minted = capped(caps).after(at(0), EvidenceClass::Agent, 4).after(at(20), CLASS, 6);
        let under = |window_ms| {
            let terms = MintTerms { window_ms, ..minted.terms.clone() };
            minted.clone().under(terms, at(21))
        };
        for window_ms in [MIN_WINDOW_MS, DAY_MS + 24, 7 * DAY_MS] {
            let changed = under(window_ms);
            let expected = ByClass { custodian: 6, trustee: 0, agent: 4 };
            assert_eq!(changed.window(at(21)).sums[0], expected, "{window_ms}");
            assert_eq!(refused(&changed, at(21), 1), Some(Refusal::MintCapReached));
            assert_eq!(changed.minted, 10);
        }
        // Terms of the same length leave the window as it is.
        assert_eq!(under(DAY_MS).recent, minted.window(at(21)));
        let later = minted.clone().under(minted.terms.clone(), at(25));
        assert_eq!(later.window(at(25)).sum(), ByClass::only(CLASS, 6));
    }

    #[test]
    fn i6_terms_have_ranges() {
        let good = MintTerms::default();
        let calendar = Calendar { weekend: 127, holidays: Vec::new() };
        for bad in [
            MintTerms { window_ms: MIN_WINDOW_MS - 1, ..good.clone() },
            MintTerms { window_ms: MAX_WINDOW_MS + 1, ..good.clone() },
            MintTerms { concentration: 10_001, ..good.clone() },
            MintTerms { max_age_ms: MIN_AGE_MS - 1, ..good.clone() },
            MintTerms { calendar, ..good.clone() },
        ] {
            assert!(!bad.is_well_formed(), "{bad:?}");
        }
        for fine in [
            MintTerms { window_ms: MIN_WINDOW_MS, concentration: 0, ..good.clone() },
            MintTerms { window_ms: MAX_WINDOW_MS, max_age_ms: u64::MAX, ..good.clone() },
            MintTerms { max_age_ms: MIN_AGE_MS, allowance: Some(0), ..good.clone() },
        ] {
            assert!(fine.is_well_formed(), "{fine:?}");
        }
        assert_eq!(MintTerms::default().window_ms, 86_400_000);
        assert_eq!(good.freshness(7), Freshness::every_day(7));
        let own = MintTerms { max_age_ms: 5_000, ..good };
        assert_eq!(own.freshness(7), Freshness::every_day(5_000));
    }
}
