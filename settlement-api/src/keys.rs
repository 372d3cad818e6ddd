//! An institution's keys by purpose, and its random bytes.
//!
//! # Place      loaded by `node` from files or an HSM; used by every workflow that signs
//! # Invariants a purpose that is not configured cannot be signed for

use std::{collections::BTreeMap, sync::Arc};

use ledger_core::{digest::Hash32, id::Lei, signature::Signer};
use rand::Rng as _;
use zeroize::Zeroizing;

use crate::http_signature::RequestSigner;

/// What a configured key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Moves the member's money.
    Settlement,
    /// Says that a payment passed screening.
    Gate,
    /// Sets customers' standing.
    Compliance,
    /// Vouches for reserve accounts.
    Custodian,
    /// Proposes mints.
    TreasuryMaker,
    /// Approves mints.
    TreasuryChecker,
    /// Proposes what network operators decide.
    OperatorMaker,
    /// Approves it.
    OperatorChecker,
    /// Freezes, and proposes to lift freezes.
    NetworkCompliance,
    /// Approves that a freeze is lifted.
    NetworkComplianceChecker,
}

impl Purpose {
    /// Its name in config files: `[signers.NAME]`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settlement => "settlement",
            Self::Gate => "gate",
            Self::Compliance => "compliance",
            Self::Custodian => "custodian",
            Self::TreasuryMaker => "treasury_maker",
            Self::TreasuryChecker => "treasury_checker",
            Self::OperatorMaker => "operator_maker",
            Self::OperatorChecker => "operator_checker",
            Self::NetworkCompliance => "network_compliance",
            Self::NetworkComplianceChecker => "network_compliance_checker",
        }
    }

    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Settlement,
        Self::Gate,
        Self::Compliance,
        Self::Custodian,
        Self::TreasuryMaker,
        Self::TreasuryChecker,
        Self::OperatorMaker,
        Self::OperatorChecker,
        Self::NetworkCompliance,
        Self::NetworkComplianceChecker,
    ];
}

/// A purpose for which no key is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key is configured for {}; add [signers.{}] to the config", .0.name(), .0.name())]
pub struct NoKey(pub Purpose);

/// The keys of one institution.
#[derive(Clone)]
pub struct Keys {
    /// Whose.
    pub lei: Lei,
    /// By purpose.
    pub signers: BTreeMap<Purpose, Arc<dyn Signer>>,
    /// Signs requests to validators and other gateways.
    pub transport: Arc<dyn RequestSigner>,
    /// X25519 private key with which messages are opened.
    pub encryption: Zeroizing<[u8; 32]>,
    /// Another one: that of a change of the directory which waits, or the one before the last change.
    pub other_encryption: Option<Zeroizing<[u8; 32]>>,
}

impl Keys {
    /// The key for a purpose.
    ///
    /// # Errors
    /// [`NoKey`].
    pub fn signer(&self, purpose: Purpose) -> Result<&dyn Signer, NoKey> {
        self.signers.get(&purpose).map(AsRef::as_ref).ok_or(NoKey(purpose))
    }
}

/// Thirty-two random bytes from the operating system.
#[must_use]
pub fn random_32() -> Hash32 {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    Hash32::new(bytes)
}
