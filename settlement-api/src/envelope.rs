//! End-to-end encryption of messages between gateways: HPKE (RFC 9180) in base mode.
//!
//! # Suite
//! DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305; `info` is [`DOMAIN`], `aad` the
//! canonical bytes by which the caller binds the message to its context (who to whom, which
//! payment). One encapsulated key per message.
//!
//! # Place
//! sender: iso20022 bytes -> [envelope] seal -> signed request -> recipient: [envelope] open
//!
//! # Absent on purpose
//! Who sent it: base mode proves nothing about the sender, the signature around it does. Forward
//! secrecy against a later theft of the recipient's key, hiding of the length, key rotation (the
//! directory says which key is current), and a wire format other than [`Sealed::to_bytes`].

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem as _, X25519HkdfSha256 as Kem};
use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// The domain of the message envelope, which enters every key derivation.
pub const DOMAIN: &[u8] = b"florin/message/1";
/// The longest message that is sealed.
pub const MAX_PLAINTEXT_BYTES: usize = 4 << 20;
/// The longest context a message is bound to.
pub const MAX_AAD_BYTES: usize = 16 << 10;
/// What the cipher adds to the length of a message.
pub const TAG_BYTES: usize = 16;

const KEY_BYTES: usize = 32;

type PublicKey = <Kem as hpke::Kem>::PublicKey;
type PrivateKey = <Kem as hpke::Kem>::PrivateKey;
type EncappedKey = <Kem as hpke::Kem>::EncappedKey;

/// A message that only its recipient can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The sender's one-time public key.
    pub encapsulated: [u8; 32],
    /// The message and its tag.
    pub ciphertext: Vec<u8>,
}

/// Why a message cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// More than [`MAX_PLAINTEXT_BYTES`], or the ciphertext of more.
    #[error("the message is {bytes} bytes long, which is too long")]
    MessageTooLong {
        /// Its length.
        bytes: usize,
    },
    /// Shorter than an encapsulated key and a tag.
    #[error("the sealed message is {bytes} bytes long, which is too short")]
    MessageTooShort {
        /// Its length.
        bytes: usize,
    },
    /// More than [`MAX_AAD_BYTES`].
    #[error("the context is {bytes} bytes long, which is too long")]
    ContextTooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not an X25519 key, or one of the few that agree with every key.
    #[error("the key is not a usable X25519 key")]
    BadKey,
    /// Another recipient, another context, or changed bytes: the cipher cannot tell which.
    #[error("the message does not open with this key and context")]
    DoesNotOpen,
}

impl EnvelopeError {
    /// The stable code of this refusal.
    pub fn code(self) -> &'static str {
        match self {
            Self::MessageTooLong { .. } => "envelope_message_too_long",
            Self::MessageTooShort { .. } => "envelope_message_too_short",
            Self::ContextTooLong { .. } => "envelope_context_too_long",
            Self::BadKey => "envelope_key_invalid",
            Self::DoesNotOpen => "envelope_does_not_open",
        }
    }
}

impl Sealed {
    /// The encapsulated key, then the ciphertext.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.encapsulated.as_slice(), self.ciphertext.as_slice()].concat()
    }

    /// Splits what [`Sealed::to_bytes`] made.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let too_short = EnvelopeError::MessageTooShort { bytes: bytes.len() };
        let (encapsulated, ciphertext) = bytes.split_first_chunk::<KEY_BYTES>().ok_or(too_short)?;
        if ciphertext.len() < TAG_BYTES {
            return Err(too_short);
        }
        check_ciphertext_length(ciphertext)?;
        Ok(Self { encapsulated: *encapsulated, ciphertext: ciphertext.to_vec() })
    }
}

/// Encrypts a message to the recipient and binds it to `aad`.
pub fn seal(
    recipient_public: &[u8; 32],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Sealed, EnvelopeError> {
    check_aad_length(aad)?;
    if plaintext.len() > MAX_PLAINTEXT_BYTES {
        return Err(EnvelopeError::MessageTooLong { bytes: plaintext.len() });
    }
    let recipient = PublicKey::from_bytes(recipient_public).map_err(|_| EnvelopeError::BadKey)?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<
        ChaCha20Poly1305,
        HkdfSha256,
        Kem,
    >(&OpModeS::Base, &recipient, DOMAIN, plaintext, aad, rng)
    // Lengths are checked above, so only the key agreement can fail.
    .map_err(|_| EnvelopeError::BadKey)?;
    Ok(Sealed { encapsulated: encapsulated.to_bytes().into(), ciphertext })
}

/// Decrypts a message that was sealed to this key and bound to the same `aad`.
pub fn open(
    recipient_private: &[u8; 32],
    aad: &[u8],
    sealed: &Sealed,
) -> Result<Vec<u8>, EnvelopeError> {
    open_with_info(recipient_private, DOMAIN, aad, sealed)
}

fn open_with_info(
    recipient_private: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    sealed: &Sealed,
) -> Result<Vec<u8>, EnvelopeError> {
    check_aad_length(aad)?;
    check_ciphertext_length(&sealed.ciphertext)?;
    let private = PrivateKey::from_bytes(recipient_private).map_err(|_| EnvelopeError::BadKey)?;
    let encapsulated =
        EncappedKey::from_bytes(&sealed.encapsulated).map_err(|_| EnvelopeError::DoesNotOpen)?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeR::Base,
        &private,
        &encapsulated,
        info,
        &sealed.ciphertext,
        aad,
    )
    .map_err(|_| EnvelopeError::DoesNotOpen)
}

/// A new key pair: the private key, which is wiped when dropped, and the public key.
pub fn keypair(rng: &mut impl CryptoRng) -> (Zeroizing<[u8; 32]>, [u8; 32]) {
    let (private, public) = Kem::gen_keypair_with_rng(rng);
    (Zeroizing::new(private.to_bytes().into()), public.to_bytes().into())
}

/// The public key of a private key.
pub fn public_from_private(private: &[u8; 32]) -> Result<[u8; 32], EnvelopeError> {
    let private = PrivateKey::from_bytes(private).map_err(|_| EnvelopeError::BadKey)?;
    Ok(Kem::sk_to_pk(&private).to_bytes().into())
}

fn check_aad_length(aad: &[u8]) -> Result<(), EnvelopeError> {
    if aad.len() > MAX_AAD_BYTES {
        return Err(EnvelopeError::ContextTooLong { bytes: aad.len() });
    }
    Ok(())
}

fn check_ciphertext_length(ciphertext: &[u8]) -> Result<(), EnvelopeError> {
    if ciphertext.len() > MAX_PLAINTEXT_BYTES + TAG_BYTES {
        return Err(EnvelopeError::MessageTooLong { bytes: ciphertext.len() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed_to(public: &[u8; 32]) -> Sealed {
        seal(public, b"A to B", b"<Document/>", &mut rand::rng()).unwrap()
    }

    #[test]
    fn the_recipient_reads_what_was_sealed() {
        let (private, public) = keypair(&mut rand::rng());
        for message in [b"".as_slice(), b"<Document/>", &[0; 100_000]] {
            let sealed = seal(&public, b"A to B", message, &mut rand::rng()).unwrap();
            let carried = Sealed::from_bytes(&sealed.to_bytes()).unwrap();
            assert_eq!(carried, sealed);
            assert_eq!(open(&private, b"A to B", &carried).unwrap(), message);
        }
    }

    #[test]
    fn a_public_key_follows_from_its_private_key() {
        let (private, public) = keypair(&mut rand::rng());
        assert_eq!(public_from_private(&private), Ok(public));
    }

    #[test]
    fn another_recipient_cannot_read_it() {
        let (_, public) = keypair(&mut rand::rng());
        let (other, _) = keypair(&mut rand::rng());
        let refused = open(&other, b"A to B", &sealed_to(&public));
        assert_eq!(refused, Err(EnvelopeError::DoesNotOpen));
    }

    #[test]
    fn another_context_does_not_open_it() {
        let (private, public) = keypair(&mut rand::rng());
        let refused = open(&private, b"A to C", &sealed_to(&public));
        assert_eq!(refused, Err(EnvelopeError::DoesNotOpen));
    }

    #[test]
    fn another_domain_does_not_open_it() {
        let (private, public) = keypair(&mut rand::rng());
        let refused = open_with_info(&private, b"florin/other/1", b"A to B", &sealed_to(&public));
        assert_eq!(refused, Err(EnvelopeError::DoesNotOpen));
    }

    #[test]
    fn changing_any_byte_or_the_length_is_noticed() {
        let (private, public) = keypair(&mut rand::rng());
        let bytes = sealed_to(&public).to_bytes();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            let changed = Sealed::from_bytes(&changed).unwrap();
            assert_eq!(open(&private, b"A to B", &changed), Err(EnvelopeError::DoesNotOpen));
        }
        for length in 0..bytes.len() {
            let opened = Sealed::from_bytes(&bytes[..length])
                .and_then(|shorter| open(&private, b"A to B", &shorter));
            assert!(opened.is_err(), "{length} bytes");
        }
    }

    #[test]
    fn two_seals_of_one_message_differ() {
        let (_, public) = keypair(&mut rand::rng());
        assert_ne!(sealed_to(&public), sealed_to(&public));
    }

    #[test]
    fn a_key_that_agrees_with_every_key_is_refused() {
        let zero = seal(&[0; 32], b"", b"x", &mut rand::rng());
        assert_eq!(zero, Err(EnvelopeError::BadKey));
    }

    #[test]
    fn sizes_are_limited_on_both_sides() {
        let (private, public) = keypair(&mut rand::rng());
        let long = vec![0; MAX_PLAINTEXT_BYTES + 1];
        let refused = seal(&public, b"", &long, &mut rand::rng());
        assert_eq!(refused, Err(EnvelopeError::MessageTooLong { bytes: long.len() }));
        let context = vec![0; MAX_AAD_BYTES + 1];
        let refused = seal(&public, &context, b"", &mut rand::rng());
        assert_eq!(refused, Err(EnvelopeError::ContextTooLong { bytes: context.len() }));
        let ciphertext = vec![0; MAX_PLAINTEXT_BYTES + TAG_BYTES + 1];
        let refused = open(&private, b"", &Sealed { encapsulated: public, ciphertext });
        assert!(matches!(refused, Err(EnvelopeError::MessageTooLong { .. })));
    }

    /// RFC 9180, appendix A.2.1, sequence number 0.
    #[test]
    fn the_suite_is_the_one_of_the_rfc() {
        let bytes = |text: &str| hex::decode(text).unwrap();
        let private = bytes("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
        let encapsulated =
            bytes("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
        let sealed = Sealed {
            encapsulated: encapsulated.try_into().unwrap(),
            ciphertext: bytes(
                "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db\
                 21993c62ce81883d2dd1b51a28",
            ),
        };
        let opened = open_with_info(
            &private.try_into().unwrap(),
            b"Ode on a Grecian Urn",
            b"Count-0",
            &sealed,
        );
        assert_eq!(opened.unwrap(), b"Beauty is truth, truth beauty");
    }
}
