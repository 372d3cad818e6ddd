//! Handshakes in memory.

use super::*;
use ed25519_zebra::SigningKey;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::Signer as _;
use rustls::{ClientConnection, ServerConfig, ServerConnection};

#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

fn signer(seed: u8) -> Arc<dyn RequestSigner> {
    Arc::new(SigningKey::from_bytes(&[seed; 32]))
}

fn server(seed: u8, versions: &[&'static SupportedProtocolVersion]) -> ServerConnection {
    let shown = Arc::new(Shows(Arc::new(Certificate::of(signer(seed)).unwrap())));
    let config = ServerConfig::builder_with_provider(provider());
    let config = config.with_protocol_versions(versions).unwrap().with_no_client_auth();
    ServerConnection::new(Arc::new(config.with_cert_resolver(shown))).unwrap()
}

/// Passes what each side says to the other until both are done, or one refuses.
fn shake(trust: &ServerTrust, mut server: ServerConnection) -> Result<(), rustls::Error> {
    let config = Arc::new(trust.config(None).unwrap());
    let name = ServerName::try_from("gateway.bank.example").unwrap();
    let mut client = ClientConnection::new(config, name)?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut said = Vec::new();
        client.write_tls(&mut said).unwrap();
        server.read_tls(&mut said.as_slice()).unwrap();
        server.process_new_packets()?;
        let mut said = Vec::new();
        server.write_tls(&mut said).unwrap();
        client.read_tls(&mut said.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(())
}

#[test]
fn z4_a_certificate_is_believed_for_its_key_and_for_nothing_else() {
    let key = signer(7).public_key();
    let own = Certificate::of(signer(7)).unwrap();
    assert_eq!(Certificate::key(&own.cert[0]), Some(key));
    let thirteen: &[_] = &[&version::TLS13];
    shake(&ServerTrust::keys(vec![[0; 32], key]), server(7, thirteen)).unwrap();
    for nobody in [ServerTrust::ThisHost, ServerTrust::keys(vec![key])] {
        let refused = shake(&nobody, server(8, thirteen)).unwrap_err();
        let expected = CertificateError::ApplicationVerificationFailure;
        assert_eq!(refused, rustls::Error::InvalidCertificate(expected));
    }
}

#[test]
fn z4_a_certificate_with_another_keys_signature_is_refused() {
    // The certificate of key 7, and the means of key 8.
    let (seven, eight) = (Certificate::of(signer(7)).unwrap(), Certificate::of(signer(8)).unwrap());
    let forged = CertifiedKey::new(seven.cert, eight.key);
    let config = ServerConfig::builder_with_provider(provider());
    let config = config.with_protocol_versions(&[&version::TLS13]).unwrap().with_no_client_auth();
    let config = config.with_cert_resolver(Arc::new(Shows(Arc::new(forged))));
    let server = ServerConnection::new(Arc::new(config)).unwrap();
    let refused = shake(&ServerTrust::keys(vec![signer(7).public_key()]), server).unwrap_err();
    let expected = CertificateError::BadSignature;
    assert_eq!(refused, rustls::Error::InvalidCertificate(expected));
}

#[test]
fn z4_the_key_speaks_tls_1_3_only() {
    let trust = ServerTrust::keys(vec![signer(7).public_key()]);
    let refused = shake(&trust, server(7, &[&version::TLS12])).unwrap_err();
    assert!(matches!(refused, rustls::Error::PeerIncompatible(_)), "{refused:?}");
    let signing = Handshakes(signer(7));
    for message in [&b"\"@method\": POST"[..], &[0x20; 63], &[0x30; 64], &[7; 200], b""] {
        assert!(signing.sign(message).is_err());
    }
    let message = [&HANDSHAKE[..], b"TLS 1.3, server CertificateVerify", &[0; 33]].concat();
    assert_eq!(signing.sign(&message).unwrap(), signer(7).sign_request(&message));
}

#[test]
fn z4_authorities_come_from_a_file_that_has_some() {
    let folder = std::env::temp_dir().join(format!("florin-roots-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("roots.pem");
    assert!(matches!(ServerTrust::roots(&file), Err(TlsError::Pem { .. })));
    std::fs::write(&file, "no certificate").unwrap();
    assert!(matches!(ServerTrust::roots(&file), Err(TlsError::NoRoots { .. })));
    std::fs::remove_dir_all(&folder).unwrap();
}
