//! Bugs to plant: those of the product's own lines, or none where the build does not have them.
//!
//! # Place      command line, tests -> [bugs] -> ledger-core `planted`

#[cfg(feature = "planted")]
pub use ledger_core::planted::{Planted, plant};

#[cfg(not(feature = "planted"))]
pub use nothing::{Planted, plant};

#[cfg(not(feature = "planted"))]
mod nothing {
    /// A bug: this build has none.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Planted {}

    impl Planted {
        /// Its name on a command line.
        #[must_use]
        pub const fn name(self) -> &'static str {
            match self {}
        }

        /// The bug of this name.
        #[must_use]
        pub const fn named(_: &str) -> Option<Self> {
            None
        }
    }

    /// Plants nothing.
    pub const fn plant(_: Option<Planted>) {}
}
