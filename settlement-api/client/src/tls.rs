//! TLS between processes of the network: certificates that stand for keys, and whom a client
//! believes.
//!
//! Every process has an Ed25519 key that the ledger names: a member's transport key in the
//! directory, a validator's identity. [`Certificate::of`] makes a certificate of it, and
//! [`ServerTrust::Keys`] believes a certificate for its key alone: no authority, name or date decides who
//! somebody is, and a key that the directory revokes is refused at the next connection.
//!
//! # Place
//! gateways, validators, observers, member commands -> [tls] -> rustls
//!
//! # Invariants
//! - Z4: the key signs handshakes of TLS 1.3 and its own certificate, which no request's
//!   signature base can be mistaken for: neither begins with a quotation mark.
//! - A client believes nobody unless it is told whom.
//!
//! # Absent on purpose
//! The authorities of the web: whoever wants some names a file.

use crate::http_signature::RequestSigner;
use rcgen::{CertificateParams, PKCS_ED25519, PublicKeyData};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureAlgorithm,
    SignatureScheme, SupportedProtocolVersion, version,
};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// What the handshakes of TLS 1.3 sign begins with (RFC 8446, section 4.4.3).
const HANDSHAKE: [u8; 64] = [b' '; 64];
/// What a public key of Ed25519 begins with in a certificate (RFC 8410).
const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Why TLS cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate could not be made.
    #[error("a certificate for an own key: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The library refused a configuration.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// A file of certificates could not be read.
    #[error("{path}: {error}; name a file with PEM certificates")]
    Pem {
        /// Which file.
        path: String,
        /// What is wrong.
        error: rustls::pki_types::pem::Error,
    },
    /// A file without a usable authority.
    #[error("{path} has no certificate of an authority; name the file that has")]
    NoRoots {
        /// Which file.
        path: String,
    },
    /// No authority's verdict can be had.
    #[error("authorities: {0}")]
    Verifier(#[from] rustls::client::VerifierBuilderError),
}

/// Which keys are believed.
type Known = dyn Fn(&[u8; 32]) -> bool + Send + Sync;

/// Whom a client believes at the other end.
#[derive(Clone)]
pub enum ServerTrust {
    /// Nobody over TLS, and this host without.
    ThisHost,
    /// Holders of Ed25519 keys for which this is true.
    Keys(Arc<Known>),
    /// Holders of certificates that these authorities gave for the name in the URL.
    Roots(Arc<RootCertStore>),
}

impl fmt::Debug for ServerTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ThisHost => "ThisHost",
            Self::Keys(_) => "Keys",
            Self::Roots(_) => "Roots",
        })
    }
}

impl ServerTrust {
    /// Holders of one of these keys.
    #[must_use]
    pub fn keys(keys: Vec<[u8; 32]>) -> Self {
        Self::Keys(Arc::new(move |key| keys.contains(key)))
    }

    /// The authorities of a PEM file.
    ///
    /// # Errors
    /// [`TlsError::Pem`], [`TlsError::NoRoots`].
    pub fn roots(file: &Path) -> Result<Self, TlsError> {
        authorities(file).map(|roots| Self::Roots(Arc::new(roots)))
    }

    /// Whether it believes anybody over TLS.
    #[must_use]
    pub const fn is_somebody(&self) -> bool {
        !matches!(self, Self::ThisHost)
    }

    /// What an HTTP client is made with that believes these and shows `own` when it is asked who it is.
    pub(crate) fn config(&self, own: Option<CertifiedKey>) -> Result<ClientConfig, TlsError> {
        let provider = provider();
        let (versions, verifier): (&[&SupportedProtocolVersion], Arc<dyn ServerCertVerifier>) =
            match self {
                Self::ThisHost => (&[&version::TLS13], Arc::new(Pinned(Arc::new(|_| false)))),
                Self::Keys(known) => (&[&version::TLS13], Arc::new(Pinned(Arc::clone(known)))),
                Self::Roots(roots) => {
                    let roots = Arc::clone(roots);
                    let verifier =
                        WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider));
                    (&[&version::TLS13, &version::TLS12], verifier.build()?)
                }
            };
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match own {
            Some(own) => config.with_client_cert_resolver(Arc::new(Own(Arc::new(own)))),
            None => config.with_no_client_auth(),
        };
        // A session that is resumed does not ask again whether its key is still believed.
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

/// The cryptography beneath all connections.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The authorities of a PEM file.
///
/// # Errors
/// [`TlsError::Pem`], [`TlsError::NoRoots`].
pub fn authorities(file: &Path) -> Result<RootCertStore, TlsError> {
    let path = || file.display().to_string();
    let pem = |error| TlsError::Pem { path: path(), error };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(pem)? {
        roots.add(certificate.map_err(pem)?)?;
    }
    if roots.is_empty() { Err(TlsError::NoRoots { path: path() }) } else { Ok(roots) }
}

/// A certificate that stands for an Ed25519 key and says nothing else.
pub struct Certificate;

impl Certificate {
    /// The certificate of a key, and the means to prove that it is held.
    ///
    /// # Errors
    /// [`TlsError::Certificate`].
    pub fn of(signer: Arc<dyn RequestSigner>) -> Result<CertifiedKey, TlsError> {
        let key = Arc::new(Key { public: signer.public_key(), signer });
        let mut subject = CertificateParams::new(vec!["florin.invalid".to_owned()])?;
        subject.distinguished_name = rcgen::DistinguishedName::new();
        subject.distinguished_name.push(rcgen::DnType::CommonName, hex::encode(key.public));
        let certificate = subject.self_signed(key.as_ref())?;
        Ok(CertifiedKey::new(vec![certificate.der().clone()], key))
    }

    /// The Ed25519 key that a certificate is for, if it is for one.
    #[must_use]
    pub fn key(certificate: &CertificateDer<'_>) -> Option<[u8; 32]> {
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        let key = parsed.subject_public_key_info();
        key.as_ref().strip_prefix(&ED25519)?.try_into().ok()
    }
}

/// A key as the library and the maker of certificates want it.
struct Key {
    signer: Arc<dyn RequestSigner>,
    public: [u8; 32],
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", hex::encode(self.public))
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_ED25519
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, certificate: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.signer.sign_request(certificate).to_vec())
    }
}

impl rustls::sign::SigningKey for Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        let taken = offered.contains(&SignatureScheme::ED25519);
        taken.then(|| Box::new(Handshakes(Arc::clone(&self.signer))) as _)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ED25519
    }
}

/// Signs handshakes of TLS 1.3.
struct Handshakes(Arc<dyn RequestSigner>);

impl fmt::Debug for Handshakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handshakes")
    }
}

impl rustls::sign::Signer for Handshakes {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        // What TLS 1.2 has signed begins with bytes of the other side's choice.
        if !message.starts_with(&HANDSHAKE) {
            return Err(rustls::Error::General("this key signs handshakes of TLS 1.3".to_owned()));
        }
        Ok(self.0.sign_request(message).to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// Believes keys.
struct Pinned(Arc<Known>);

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pinned")
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let known = Certificate::key(certificate).is_some_and(|key| self.0(&key));
        let refused = CertificateError::ApplicationVerificationFailure;
        known.then(ServerCertVerified::assertion).ok_or_else(|| refused.into())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("keys are shown by TLS 1.3 only".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

/// Shows one certificate to whoever asks and would take it.
#[derive(Debug)]
struct Own(Arc<CertifiedKey>);

impl ResolvesClientCert for Own {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.key.choose_scheme(schemes).is_some().then(|| Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
