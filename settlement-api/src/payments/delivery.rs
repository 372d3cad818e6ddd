//! Delivery of a payment message from one gateway to another: signed, sealed, answered.
//!
//! The sender signs [`Delivery`] with its settlement key and seals it to the recipient's key in the
//! directory; the recipient answers with a signed [`Answer`], sealed to the sender. Carriers see
//! who talks to whom and how much, never what.
//!
//! # Place      workflow of the paying member -> [delivery] -> inbox of the beneficiary's
//! # Invariants P1 the message that is accepted is the one that the payment commits to

pub use interbank::delivery::{Answer, Decision, Delivery, commitment};
use ledger_core::{
    codec::{CodecError, decode, encode},
    digest::Hash32,
    id::{LegId, Lei},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::envelope::{EnvelopeError, Sealed, open, seal};

/// Bytes of a parcel at most: a message of 1 MiB and what surrounds it.
pub const MAX_PARCEL: usize = (1 << 20) + 8_192;

/// What travels: who, to whom, about which leg, and sealed bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// Who sends it.
    pub from: Lei,
    /// For whom it is.
    pub to: Lei,
    /// Which leg.
    pub leg: LegId,
    /// [`Sealed`] bytes.
    pub sealed: Vec<u8>,
}

/// Why a parcel cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParcelError {
    /// Not a parcel.
    #[error("not a parcel: {0}")]
    Codec(#[from] CodecError),
    /// It does not open.
    #[error("the parcel does not open: {0}")]
    Envelope(#[from] EnvelopeError),
}

impl Parcel {
    /// Seals a value for a recipient.
    ///
    /// # Errors
    /// [`ParcelError::Envelope`].
    pub fn pack<T: Serialize>(
        route: (Lei, Lei, LegId),
        recipient: &Hash32,
        value: &T,
    ) -> Result<Self, ParcelError> {
        let (from, to, leg) = route;
        let sealed = seal(recipient.get(), &encode(&route), &encode(value), &mut rand::rng())?;
        Ok(Self { from, to, leg, sealed: sealed.to_bytes() })
    }

    /// Opens it with the recipient's private key.
    ///
    /// # Errors
    /// [`ParcelError`].
    pub fn unpack<T: DeserializeOwned>(&self, private: &[u8; 32]) -> Result<T, ParcelError> {
        let sealed = Sealed::from_bytes(&self.sealed)?;
        let route = encode(&(self.from, self.to, self.leg));
        Ok(decode(&open(private, &route, &sealed)?, MAX_PARCEL)?)
    }

    /// Decodes a parcel.
    ///
    /// # Errors
    /// [`ParcelError::Codec`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ParcelError> {
        Ok(decode(bytes, MAX_PARCEL)?)
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::{
        command::Payment,
        id::{AccountId, ChainId, Leg, MessageKind, PartyId, Uetr},
        money::{Currency, Money},
        signature::{MemorySigner, Signed},
    };

    use super::*;
    use crate::envelope::keypair;

    fn lei(text: &str) -> Lei {
        Lei::new(text).unwrap()
    }

    fn delivery() -> Delivery {
        let (from, to) = (lei("529900T8BM49AURSDO55"), lei("7LTWFZYICNSX8D621K86"));
        let leg = Leg {
            instructing: from,
            uetr: Uetr::new([4; 16]),
            kind: MessageKind::Pacs008,
            instructed: to,
        };
        let (salt, message) = (Hash32::new([9; 32]), b"<pacs.008/>".to_vec());
        let payment = Payment {
            leg,
            debit: AccountId::new([1; 32]),
            debtor: PartyId::new([2; 32]),
            money: Money::new(Currency::new("USD").unwrap(), 100),
            message: commitment(&salt, &message),
        };
        Delivery { chain: ChainId::new([0; 32]), from, to, payment, salt, message }
    }

    #[test]
    fn p1_a_commitment_opens_to_one_message_under_one_salt() {
        let Delivery { payment, salt, message, .. } = delivery();
        assert_eq!(commitment(&salt, &message), payment.message);
        assert_ne!(commitment(&salt, b"<pacs.008 />"), payment.message);
        assert_ne!(commitment(&Hash32::ZERO, &message), payment.message);
    }

    #[test]
    fn p1_a_parcel_opens_for_its_recipient_on_its_route_only() {
        let (private, public) = keypair(&mut rand::rng());
        let delivery = delivery();
        let route = (delivery.from, delivery.to, delivery.payment.leg.id());
        let parcel = Parcel::pack(route, &Hash32::new(public), &delivery).unwrap();
        assert_eq!(parcel.unpack::<Delivery>(&private), Ok(delivery.clone()));
        assert!(!parcel.sealed.windows(11).any(|window| window == b"<pacs.008/>"));
        let (other, _) = keypair(&mut rand::rng());
        assert!(parcel.unpack::<Delivery>(&other).is_err());
        let rerouted = [
            Parcel { from: delivery.to, ..parcel.clone() },
            Parcel { to: delivery.from, ..parcel.clone() },
            Parcel { leg: LegId::new([0; 32]), ..parcel },
        ];
        for parcel in rerouted {
            assert!(parcel.unpack::<Delivery>(&private).is_err());
        }
    }

    #[test]
    fn p1_a_signed_delivery_is_void_when_anything_in_it_changes() {
        let signer = MemorySigner::new(&[7; 32]);
        let signed = Signed::new(delivery(), &signer).unwrap();
        assert!(signed.claim().holds());
        let mut changed = signed.clone();
        changed.value.message.push(b' ');
        assert!(!changed.claim().holds());
        let mut changed = signed;
        changed.value.payment.money = Money::new(Currency::new("USD").unwrap(), 101);
        assert!(!changed.claim().holds());
    }

    #[test]
    fn noise_is_no_parcel() {
        for bytes in [&b""[..], b"x", &[0xff; 100]] {
            assert!(Parcel::from_bytes(bytes).is_err());
        }
    }
}
