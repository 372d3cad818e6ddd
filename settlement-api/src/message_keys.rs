//! Opens what others sealed to this bank: by the key in its directory entry, and for as long as an overlap
//! lasts by the one before.
//!
//! # Place      parcels of other gateways, and their answers -> [message_keys] -> [`crate::envelope`]
//! # Invariants B13 what is sealed to a revoked key is not read, also by a gateway that still has the key
//! # Absent     who changes the entry (the member's administrators, on the ledger: D18)

use ledger_core::{
    digest::Hash32,
    record::{Name, Record},
};
use serde::de::DeserializeOwned;

use crate::{
    envelope::public_from_private,
    gateway::{Gateway, GatewayFault},
    ledger_port::PortError,
    payments::delivery::{Parcel, ParcelError},
    refused::Refused,
};

/// Why a parcel is not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// No key of this gateway opens it.
    #[error("{0}")]
    Parcel(#[from] ParcelError),
    /// It is sealed to a key that no longer stands.
    #[error("it is sealed to a message key that was revoked, or whose overlap is over")]
    Revoked,
    /// The ledger cannot be asked whether the key stands.
    #[error("{0}")]
    Port(#[from] PortError),
}

impl From<OpenError> for Refused {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Parcel(_) => {
                Self::Malformed("the parcel does not open with this gateway's key")
            }
            OpenError::Revoked => Self::MessageKeyRevoked,
            OpenError::Port(fault) => GatewayFault::Port(fault).into(),
        }
    }
}

/// What is in a parcel for this bank.
///
/// # Errors
/// [`OpenError`].
pub(crate) async fn unpack<T: DeserializeOwned>(
    gateway: &Gateway,
    parcel: &Parcel,
) -> Result<T, OpenError> {
    let first = match parcel.unpack(&gateway.keys.encryption) {
        Ok(value) => {
            check(gateway, &gateway.keys.encryption).await?;
            return Ok(value);
        }
        Err(fault) => fault,
    };
    let Some(other) = gateway.keys.other_encryption.as_deref() else { return Err(first.into()) };
    let value = parcel.unpack(other).map_err(|_| first)?;
    check(gateway, other).await?;
    Ok(value)
}

async fn check(gateway: &Gateway, private: &[u8; 32]) -> Result<(), OpenError> {
    let public = public_from_private(private).map(Hash32::new).map_err(|_| OpenError::Revoked)?;
    if stands(gateway, &public) {
        return Ok(());
    }
    // A change may have acted since the directory was read, and who may not act is not in it.
    let own = gateway.ledger.record(&Name::Member(*gateway.lei())).await?;
    match own {
        Some((Record::Member(member), _)) if member.directory.encryption == public => return Ok(()),
        Some(_) => {}
        // Nobody's entry says that no key stands.
        None => return Ok(()),
    }
    let name = Name::DirectoryNotice(*gateway.lei());
    match gateway.ledger.record(&name).await? {
        Some((Record::DirectoryNotice(notice), proved))
            if notice.opens(&public, proved.certified.header.time) =>
        {
            Ok(())
        }
        _ => Err(OpenError::Revoked),
    }
}

/// Whether the own entry as it was read last names this key.
fn stands(gateway: &Gateway, public: &Hash32) -> bool {
    let own = gateway.directory.member(gateway.lei());
    own.is_some_and(|entry| entry.encryption == *public)
}
