//! Bugs that the simulation must catch, each planted where a careless change would put it.
//!
//! None of them is there unless this thread names it, or the process.
//!
//! # Place      tests/sim -> [planted] -> the line that is wrong then
//! # Absent     from every build without the feature `planted`, which no binary of the product has

use std::{cell::Cell, sync::OnceLock};

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// The engine's disk forgets votes that it was told to keep.
    ForgetVotes,
    /// A command that was executed is executed again.
    SkipIdCheck,
    /// What a haircut leaves is rounded up.
    RoundUp,
    /// A leg that was used may be used again.
    LegTwice,
    /// A hold that is freed gives back a minor unit too much.
    FreeTooMuch,
    /// A payment is credited to the account that pays it.
    CreditPayer,
    /// More may be given back than was paid.
    ReturnTooMuch,
    /// A restored state does not know what was executed before.
    RestoreForgetsIds,
    /// Who proposes something may also approve it.
    SamePerson,
    /// A bank entry that paid for a mint pays for another.
    EntryAgain,
    /// The ceiling of what may be minted is not looked at.
    NoCeiling,
    /// A frozen account pays.
    FrozenPays,
    /// The last receipt of a block is not under its receipt root.
    ReceiptLeftOut,
    /// A validator votes for a block without checking it.
    AcceptAnything,
    /// A validator votes for results without comparing them with its own.
    AgreeAlways,
    /// An executor does not compare certified results with its own.
    NoCompare,
    /// After a loss of power the last block is executed again.
    ExecuteTwice,
    /// A block must declare the results of its parent.
    FixedLag,
    /// A certificate is kept for the block executed last, whichever it certifies.
    MispairCertificates,
    /// A validator does not wait for a block's time to come.
    BelieveAnyClock,
    /// A validator that waits for results does not ask whether their block is final.
    NeverAsk,
    /// A block with an anchor of `ff` bytes cannot be executed. It is for the drill of a quarantine, and not among
    /// [`Planted::ALL`]: nothing has to find it.
    CrashOnAnchor,
}

impl Planted {
    /// All that the simulation must catch.
    pub const ALL: &[Self] = &[
        Self::ForgetVotes,
        Self::SkipIdCheck,
        Self::RoundUp,
        Self::LegTwice,
        Self::FreeTooMuch,
        Self::CreditPayer,
        Self::ReturnTooMuch,
        Self::RestoreForgetsIds,
        Self::SamePerson,
        Self::EntryAgain,
        Self::NoCeiling,
        Self::FrozenPays,
        Self::ReceiptLeftOut,
        Self::AcceptAnything,
        Self::AgreeAlways,
        Self::NoCompare,
        Self::ExecuteTwice,
        Self::FixedLag,
        Self::MispairCertificates,
        Self::BelieveAnyClock,
        Self::NeverAsk,
    ];

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ForgetVotes => "forget_votes",
            Self::SkipIdCheck => "skip_id_check",
            Self::RoundUp => "round_up",
            Self::LegTwice => "leg_twice",
            Self::FreeTooMuch => "free_too_much",
            Self::CreditPayer => "credit_payer",
            Self::ReturnTooMuch => "return_too_much",
            Self::RestoreForgetsIds => "restore_forgets_ids",
            Self::SamePerson => "same_person",
            Self::EntryAgain => "entry_again",
            Self::NoCeiling => "no_ceiling",
            Self::FrozenPays => "frozen_pays",
            Self::ReceiptLeftOut => "receipt_left_out",
            Self::AcceptAnything => "accept_anything",
            Self::AgreeAlways => "agree_always",
            Self::NoCompare => "no_compare",
            Self::ExecuteTwice => "execute_twice",
            Self::FixedLag => "fixed_lag",
            Self::MispairCertificates => "mispair_certificates",
            Self::BelieveAnyClock => "believe_any_clock",
            Self::NeverAsk => "never_ask",
            Self::CrashOnAnchor => "crash_on_anchor",
        }
    }

    /// The bug of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|planted| planted.name() == name)
    }
}

thread_local! {
    static NOW: Cell<Option<Planted>> = const { Cell::new(None) };
}

/// A bug on every thread.
static EVERYWHERE: OnceLock<Planted> = OnceLock::new();

/// Plants a bug on every thread of this process, for good. Only the first call counts.
pub fn plant_everywhere(planted: Planted) {
    let _ = EVERYWHERE.set(planted);
}

/// Plants a bug on this thread, or none.
pub fn plant(planted: Option<Planted>) {
    NOW.set(planted);
}

/// Whether this bug is planted.
#[must_use]
pub fn is(planted: Planted) -> bool {
    NOW.get() == Some(planted) || EVERYWHERE.get() == Some(&planted)
}
