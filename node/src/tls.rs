//! TLS of what a process serves: which certificate it shows to whom, and which clients it lets in.
//!
//! Peers offer to verify Ed25519 only, and are shown the certificate of the process's own key. Everybody
//! else is shown the one of the files in `[tls]`, where there is one. Files are looked at every minute,
//! so that certificates, authorities and lists of revoked ones change without a restart.
//!
//! # Place      config -> [tls] -> the listeners of gateway, `ledger_port`, audit API
//! # Invariants Z4 a file that cannot be used changes nothing and is logged; nobody is let in by what an
//! #            earlier handshake proved
//! # Absent     whom this process believes when it calls others (`florin_client::tls`)

use std::{
    any::Any,
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    thread,
    time::{Duration, SystemTime},
};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::{dev::Extensions, rt::net::TcpStream};
use florin_client::{
    TlsError,
    http_signature::RequestSigner,
    tls::{Certificate, authorities, provider},
};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{
        CertificateDer, CertificateRevocationListDer, PrivateKeyDer, UnixTime, pem::PemObject,
    },
    server::{
        ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use settlement_api::oauth::ShownKey;
use x509_parser::parse_x509_certificate;

use crate::{
    config::{Clients, Config, ConfigError, Tls},
    keyfile::{KeyFileError, TransportKey},
};

#[cfg(test)]
mod tests;

/// Time between two looks at the files.
const LOOK: Duration = Duration::from_secs(60);
/// How long before its end a certificate is complained about, seconds.
const SOON_S: i64 = 30 * 86_400;
/// Looks between two complaints: an hour.
const COMPLAINED_EVERY: u64 = 60;

/// Handshakes under way at most: beyond it, no connection is taken at all.
pub(crate) const HANDSHAKES: usize = 8_192;
/// How long a handshake may take.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(2);

/// Which keys of clients are known.
pub(crate) type Known = dyn Fn(&[u8; 32]) -> bool + Send + Sync;
/// Hears the second (Unix time) at which the shown certificate ends.
pub(crate) type Told = dyn Fn(i64) + Send + Sync;

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsFault {
    /// The own certificate, or the files of authorities.
    #[error(transparent)]
    Client(#[from] TlsError),
    /// A file that is not what it should be.
    #[error("[tls] {path}: {what}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The library refused a configuration.
    #[error("[tls]: {0}")]
    Tls(#[from] rustls::Error),
    /// The watching thread.
    #[error("[tls]: {0}")]
    Io(#[from] io::Error),
    /// The own key is not configured.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The own key cannot be read.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
}

/// What of the files is shown and believed now.
#[derive(Default)]
struct Shown {
    /// The certificate for clients that know no keys, and when it ends.
    web: Option<(Arc<CertifiedKey>, i64)>,
    /// Who judges certificates of authorities.
    clients: Option<Arc<dyn ClientCertVerifier>>,
}

/// The files, and what of them counts.
struct Files {
    written: Tls,
    shown: RwLock<Arc<Shown>>,
}

impl Files {
    fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn look(&self) -> Result<(), TlsFault> {
        let shown = Arc::new(Shown::read(&self.written)?);
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = shown;
        Ok(())
    }
}

impl Shown {
    fn read(written: &Tls) -> Result<Self, TlsFault> {
        let web = match (&written.certificates, &written.key) {
            (Some(certificates), Some(key)) => Some(web(certificates, key)?),
            _ => None,
        };
        let clients = match &written.client_roots {
            Some(roots) => Some(judge(roots, &written.client_revocations)?),
            None => None,
        };
        Ok(Self { web, clients })
    }
}

fn wrong(path: &Path, what: impl fmt::Display) -> TlsFault {
    TlsFault::File { path: path.to_path_buf(), what: what.to_string() }
}

/// All that a file has of a kind; another form, or half a file, is not an empty list.
fn pem<T: PemObject>(path: &Path, kind: &str) -> Result<Vec<T>, TlsFault> {
    let items = T::pem_file_iter(path).map_err(|error| wrong(path, error))?;
    let items: Vec<T> = items.collect::<Result<_, _>>().map_err(|error| wrong(path, error))?;
    if items.is_empty() {
        return Err(wrong(path, format_args!("no {kind} in it; write it in PEM")));
    }
    Ok(items)
}

fn web(certificates: &Path, key: &Path) -> Result<(Arc<CertifiedKey>, i64), TlsFault> {
    let chain: Vec<CertificateDer<'static>> = pem(certificates, "certificate")?;
    let first = chain.first().ok_or_else(|| wrong(certificates, "no certificate in it"))?;
    let (_, parsed) = parse_x509_certificate(first).map_err(|error| wrong(certificates, error))?;
    let ends = parsed.validity().not_after.timestamp();
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, error))?;
    let secret = ring::sign::any_supported_type(&secret).map_err(|error| wrong(key, error))?;
    let shown = CertifiedKey::new(chain, secret);
    shown.keys_match().map_err(|error| wrong(key, error))?;
    Ok((Arc::new(shown), ends))
}

fn judge(roots: &Path, revoked: &[PathBuf]) -> Result<Arc<dyn ClientCertVerifier>, TlsFault> {
    let known = Arc::new(authorities(roots)?);
    let mut lists: Vec<CertificateRevocationListDer<'static>> = Vec::new();
    for path in revoked {
        lists.extend(pem::<CertificateRevocationListDer<'static>>(path, "revocation list")?);
    }
    let judge = WebPkiClientVerifier::builder_with_provider(known, provider()).with_crls(lists);
    // An authority without a list has revoked nothing; one whose list is out of date may have.
    let judge = judge.allow_unknown_revocation_status().enforce_revocation_expiration();
    judge.build().map_err(|error| wrong(roots, error))
}

/// Which certificate is shown.
struct Resolver {
    own: Arc<CertifiedKey>,
    files: Arc<Files>,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let peer = hello.signature_schemes().iter().all(|s| *s == SignatureScheme::ED25519);
        match &self.files.shown().web {
            Some((web, _)) if !peer => Some(Arc::clone(web)),
            _ => Some(Arc::clone(&self.own)),
        }
    }
}

/// Which clients are let in: holders of known keys, and of certificates by the authorities.
struct Gatekeeper {
    known: Arc<Known>,
    files: Arc<Files>,
    required: bool,
}

impl fmt::Debug for Gatekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gatekeeper")
    }
}

impl ClientCertVerifier for Gatekeeper {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        self.required
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if Certificate::key(certificate).is_some_and(|key| (self.known)(&key)) {
            return Ok(ClientCertVerified::assertion());
        }
        match &self.files.shown().clients {
            Some(judge) => judge.verify_client_cert(certificate, between, now),
            None => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, &algorithms)
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
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// What a process listens with, if over TLS: kept up to date by a thread of its own.
///
/// # Errors
/// [`TlsFault`], naming the file that cannot be used.
pub(crate) fn of(
    config: &Config,
    purpose: &str,
    known: Arc<Known>,
    told: Arc<Told>,
) -> Result<Option<ServerConfig>, TlsFault> {
    let Some(written) = &config.tls else { return Ok(None) };
    let own = Arc::new(TransportKey::load(config.signer(purpose)?)?);
    serve(written, own, known, told).map(Some)
}

/// The same for a process that only says why it stopped: to everybody.
///
/// # Errors
/// As [`of`].
pub(crate) fn of_stopped(config: &Config, purpose: &str) -> Result<Option<ServerConfig>, TlsFault> {
    let Some(written) = &config.tls else { return Ok(None) };
    let own = Arc::new(TransportKey::load(config.signer(purpose)?)?);
    let open = Tls { clients: Clients::None, ..written.clone() };
    serve(&open, own, Arc::new(|_| false), Arc::new(|_| {})).map(Some)
}

fn serve(
    written: &Tls,
    own: Arc<dyn RequestSigner>,
    known: Arc<Known>,
    told: Arc<Told>,
) -> Result<ServerConfig, TlsFault> {
    let files = Arc::new(Files { written: written.clone(), shown: RwLock::default() });
    files.look()?;
    watch(Arc::clone(&files), told)?;
    config(written, files, own, known)
}

fn config(
    written: &Tls,
    files: Arc<Files>,
    own: Arc<dyn RequestSigner>,
    known: Arc<Known>,
) -> Result<ServerConfig, TlsFault> {
    // The own key signs handshakes of TLS 1.3 only.
    let versions: &[_] = if written.certificates.is_some() { &[&TLS13, &TLS12] } else { &[&TLS13] };
    let config =
        ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions)?;
    let config = match written.clients {
        Clients::None => config.with_no_client_auth(),
        asked => {
            let required = asked == Clients::Required;
            let files = Arc::clone(&files);
            config.with_client_cert_verifier(Arc::new(Gatekeeper { known, files, required }))
        }
    };
    let own = Arc::new(Certificate::of(own)?);
    let mut config = config.with_cert_resolver(Arc::new(Resolver { own, files }));
    // A session that is resumed asks neither who the client is nor whether it still may.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn watch(files: Arc<Files>, told: Arc<Told>) -> io::Result<()> {
    tell(&files, told.as_ref(), 0);
    let looking = move || {
        for look in 1.. {
            thread::sleep(LOOK);
            if let Err(fault) = files.look() {
                tracing::error!(%fault, "tls.files");
            }
            tell(&files, told.as_ref(), look);
        }
    };
    thread::Builder::new().name("tls-files".to_owned()).spawn(looking)?;
    Ok(())
}

/// Notes at a connection which key its client showed, for the tokens that are bound to it.
pub(crate) fn note_key(connection: &dyn Any, noted: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TlsStream<TcpStream>>() else { return };
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let shown = shown.and_then(|certificate| parse_x509_certificate(certificate).ok());
    if let Some((_, certificate)) = shown {
        noted.insert(ShownKey::of(certificate.public_key().raw));
    }
}

/// Says when the certificate ends, and complains where that is soon.
fn tell(files: &Files, told: &Told, look: u64) {
    let Some((_, ends)) = files.shown().web else { return };
    told(ends);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let left = ends.saturating_sub(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    if left < SOON_S && look.is_multiple_of(COMPLAINED_EVERY) {
        tracing::warn!(days = left.div_euclid(86_400), "tls.certificate_ends_soon");
    }
}

/// Makes a server listen, over TLS where there is a configuration of it: a server and its listener have
/// types that only their maker can name.
macro_rules! listen {
    ($server:expr, $listener:expr, $tls:expr) => {
        match $tls {
            Some(tls) => $server
                .max_connection_rate($crate::tls::HANDSHAKES)
                .tls_handshake_timeout($crate::tls::HANDSHAKE)
                .listen_rustls_0_23($listener, tls),
            None => $server.listen($listener),
        }
    };
}

pub(crate) use listen;
