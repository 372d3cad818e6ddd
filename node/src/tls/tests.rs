//! A server over TLS on real sockets: who is shown what, who is let in, and files that change.

use std::{fs, net::SocketAddr, sync::Mutex};

use actix_web::{App, HttpResponse, HttpServer, web};
use florin_client::{
    ServerTrust,
    exchange::{ClientError, ClientLimits, ClientRequest, PlainClient, SignedClient},
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, IsCa,
    KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use tempfile::TempDir;

use super::*;
use crate::http::Server;

const OWN: [u8; 32] = [1; 32];
const PEER: [u8; 32] = [2; 32];
const STRANGER: [u8; 32] = [3; 32];

fn signer(secret: [u8; 32]) -> Arc<dyn RequestSigner> {
    Arc::new(TransportKey::from_secret(&secret))
}

/// An authority with its files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(rcgen::DnType::CommonName, "Bank CA");
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        let authority = Self { issuer, folder: TempDir::new().unwrap() };
        fs::write(authority.path("roots.pem"), authority.issuer.pem()).unwrap();
        authority
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a certificate for a name, with a number of its own.
    fn certify(&self, file: &str, name: &str, number: u64) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.serial_number = Some(SerialNumber::from(number));
        params.not_after = rcgen::date_time_ymd(2100, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.path(&format!("{file}.pem")), certificate.pem()).unwrap();
        fs::write(self.path(&format!("{file}.key")), key.serialize_pem()).unwrap();
    }

    /// Writes a list of revoked certificates.
    fn revoke(&self, numbers: &[u64]) {
        self.revoke_until(numbers, 2100);
    }

    /// The same, with a list that counts until the beginning of a year.
    fn revoke_until(&self, numbers: &[u64], year: i32) {
        let revoked = numbers.iter().map(|number| RevokedCertParams {
            serial_number: SerialNumber::from(*number),
            revocation_time: rcgen::date_time_ymd(2025, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2025, 1, 1),
            next_update: rcgen::date_time_ymd(year, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        fs::write(self.path("revoked.pem"), list.signed_by(&self.issuer).unwrap().pem().unwrap())
            .unwrap();
    }

    fn written(&self, clients: Clients) -> Tls {
        Tls {
            certificates: Some(self.path("web.pem")),
            key: Some(self.path("web.key")),
            clients,
            client_roots: Some(self.path("roots.pem")),
            client_revocations: vec![self.path("revoked.pem")],
            roots: None,
        }
    }
}

/// A server over these files, and the files as it sees them.
fn start(written: &Tls) -> (Server, Arc<Files>) {
    let files = Arc::new(Files { written: written.clone(), shown: RwLock::default() });
    files.look().unwrap();
    let peer = signer(PEER).public_key();
    let known = Arc::new(move |key: &[u8; 32]| *key == peer);
    let tls = config(written, Arc::clone(&files), signer(OWN), known).unwrap();
    let server = Server::start("tls-test", "127.0.0.1:0".parse().unwrap(), move |listener| {
        let answer = || async { HttpResponse::Ok().body("in") };
        let app = move || App::new().default_service(web::to(answer));
        let server = HttpServer::new(app).workers(1).disable_signals();
        Ok(listen!(server, listener, Some(tls))?.run())
    });
    (server.unwrap(), files)
}

fn run<T>(of: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(of)
}

fn url(scheme: &str, host: &str, address: SocketAddr) -> String {
    format!("{scheme}://{host}:{}/", address.port())
}

/// What a client hears that is believed to be this key's holder.
fn asked(secret: [u8; 32], trust: &ServerTrust, url: String) -> Result<u16, ClientError> {
    let client = SignedClient::trusting(signer(secret), ClientLimits::default(), trust).unwrap();
    run(client.send(ClientRequest::get(url))).map(|answer| answer.status)
}

/// What a client without a key hears.
fn asked_plainly(trust: &ServerTrust, url: String) -> Result<u16, ClientError> {
    let client = PlainClient::new(ClientLimits::default(), trust).unwrap();
    run(client.send(ClientRequest::get(url))).map(|answer| answer.status)
}

/// How a client connects that shows a certificate of files; sessions are resumed where they can be.
fn showing(authority: &Authority, file: &str) -> rustls::ClientConfig {
    let chain = pem(&authority.path(&format!("{file}.pem")), "certificate").unwrap();
    let key = PrivateKeyDer::from_pem_file(authority.path(&format!("{file}.key"))).unwrap();
    rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(authorities(&authority.path("roots.pem")).unwrap())
        .with_client_auth_cert(chain, key)
        .unwrap()
}

/// What a client hears that shows a certificate of files.
fn asked_with(authority: &Authority, file: &str, url: String) -> Result<u16, String> {
    asked_over(&showing(authority, file), url)
}

/// What a client hears over a new connection.
fn asked_over(config: &rustls::ClientConfig, url: String) -> Result<u16, String> {
    let config = config.clone();
    let client = reqwest::Client::builder().tls_backend_preconfigured(config).build().unwrap();
    let answer = run(client.get(url).send());
    answer.map(|answer| answer.status().as_u16()).map_err(|error| format!("{error:?}"))
}

#[test]
fn z4_peers_are_shown_the_key_and_others_the_certificate() {
    let authority = Authority::new();
    authority.certify("web", "localhost", 7);
    authority.revoke(&[]);
    let (server, _) = start(&authority.written(Clients::None));
    let (key, roots) = (
        ServerTrust::keys(vec![signer(OWN).public_key()]),
        ServerTrust::roots(&authority.path("roots.pem")).unwrap(),
    );
    let here = || url("https", "localhost", server.address());
    assert_eq!(asked(STRANGER, &key, here()).unwrap(), 200);
    assert_eq!(asked_plainly(&roots, here()).unwrap(), 200);
    let other = ServerTrust::keys(vec![signer(STRANGER).public_key()]);
    let another = Authority::new();
    let elsewhere = ServerTrust::roots(&another.path("roots.pem")).unwrap();
    let wrong_name = url("https", "127.0.0.1", server.address());
    let refused = [
        ("another key", asked(PEER, &other, here())),
        ("another name", asked_plainly(&roots, wrong_name)),
        ("another authority", asked_plainly(&elsewhere, here())),
        ("no TLS", asked_plainly(&roots, url("http", "127.0.0.1", server.address()))),
    ];
    for (what, heard) in refused {
        assert!(heard.is_err(), "{what}");
    }
    server.abandon();
}

#[test]
fn z4_clients_are_let_in_by_a_known_key_or_an_authority_and_not_when_revoked() {
    let authority = Authority::new();
    authority.certify("web", "localhost", 7);
    authority.certify("good", "core.bank.example", 8);
    authority.certify("withdrawn", "core.bank.example", 9);
    authority.revoke(&[9]);
    let elsewhere = Authority::new();
    elsewhere.certify("good", "core.bank.example", 8);
    fs::copy(authority.path("roots.pem"), elsewhere.path("roots.pem")).unwrap();
    let key = ServerTrust::keys(vec![signer(OWN).public_key()]);
    let roots = ServerTrust::roots(&authority.path("roots.pem")).unwrap();
    for (clients, without) in [(Clients::Required, false), (Clients::Asked, true)] {
        let (server, files) = start(&authority.written(clients));
        let here = || url("https", "localhost", server.address());
        assert_eq!(asked(PEER, &key, here()).unwrap(), 200);
        assert!(asked(STRANGER, &key, here()).is_err(), "an unknown key");
        assert_eq!(asked_plainly(&roots, here()).is_ok(), without, "nothing shown");
        assert_eq!(asked_with(&authority, "good", here()), Ok(200));
        assert!(asked_with(&authority, "withdrawn", here()).is_err(), "revoked");
        assert!(asked_with(&elsewhere, "good", here()).is_err(), "another authority's");
        // A client that keeps what it could resume a session with.
        let kept = showing(&authority, "good");
        assert_eq!(asked_over(&kept, here()), Ok(200));
        authority.revoke(&[8, 9]);
        files.look().unwrap();
        assert!(asked_over(&kept, here()).is_err(), "revoked meanwhile");
        authority.revoke_until(&[9], 2026);
        files.look().unwrap();
        assert!(asked_with(&authority, "good", here()).is_err(), "a list that is out of date");
        assert_eq!(asked(PEER, &key, here()).unwrap(), 200, "keys need no list");
        authority.revoke(&[9]);
        server.abandon();
    }
}

#[test]
fn z4_a_file_without_a_list_is_not_an_empty_list() {
    let authority = Authority::new();
    authority.certify("web", "localhost", 7);
    authority.certify("withdrawn", "core.bank.example", 9);
    authority.revoke(&[9]);
    let (server, files) = start(&authority.written(Clients::Required));
    let list: Vec<CertificateRevocationListDer<'static>> =
        pem(&authority.path("revoked.pem"), "revocation list").unwrap();
    // Half written, in the form in which lists are usually published, and of another kind.
    let others = [Vec::new(), list[0].to_vec(), fs::read(authority.path("roots.pem")).unwrap()];
    for content in others {
        fs::write(authority.path("revoked.pem"), content).unwrap();
        let fault = files.look().unwrap_err().to_string();
        assert!(fault.contains("no revocation list in it; write it in PEM"), "{fault}");
        let here = url("https", "localhost", server.address());
        assert!(asked_with(&authority, "withdrawn", here).is_err(), "still revoked");
    }
    server.abandon();
}

#[test]
fn z4_files_change_without_a_restart_and_bad_ones_change_nothing() {
    let authority = Authority::new();
    authority.certify("web", "localhost", 7);
    authority.revoke(&[]);
    let (server, files) = start(&authority.written(Clients::None));
    let here = url("https", "localhost", server.address());
    let roots = ServerTrust::roots(&authority.path("roots.pem")).unwrap();
    let kept = PlainClient::new(ClientLimits::default(), &roots).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let heard = |client: &PlainClient| {
        runtime.block_on(client.send(ClientRequest::get(here.clone()))).map(|a| a.status)
    };
    assert_eq!(heard(&kept).unwrap(), 200);
    // A certificate of another authority takes its place: who is connected stays so.
    let other = Authority::new();
    other.certify("web", "localhost", 8);
    for name in ["web.pem", "web.key"] {
        fs::copy(other.path(name), authority.path(name)).unwrap();
    }
    files.look().unwrap();
    assert_eq!(heard(&kept).unwrap(), 200, "a connection outlives its certificate");
    assert!(asked_plainly(&roots, here.clone()).is_err(), "a new one is shown the new one");
    let new = ServerTrust::roots(&other.path("roots.pem")).unwrap();
    assert_eq!(asked_plainly(&new, here.clone()).unwrap(), 200);
    // A key that does not fit, and none at all.
    for broken in [other.issuer.key().serialize_pem(), "no key".to_owned()] {
        fs::write(authority.path("web.key"), broken).unwrap();
        assert!(matches!(files.look(), Err(TlsFault::File { .. })));
        assert_eq!(asked_plainly(&new, here.clone()).unwrap(), 200, "what was shown is shown");
    }
    server.abandon();
}

#[test]
fn z4_the_end_of_a_certificate_is_told() {
    let authority = Authority::new();
    authority.certify("web", "localhost", 7);
    authority.revoke(&[]);
    let files = Files { written: authority.written(Clients::None), shown: RwLock::default() };
    files.look().unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&told);
    tell(&files, &move |second| hears.lock().unwrap().push(second), 0);
    assert_eq!(*told.lock().unwrap(), [4_102_444_800], "2100-01-01");
}
