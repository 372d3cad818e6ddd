//! Private keys in files: 64 hex digits and a newline, or PKCS#8 in PEM; their owner's only.
//!
//! # Place      `florin keygen` writes them; processes and commands sign with what they read here
//! # Invariants a key file is never overwritten, and never read when others may read it too; one
//! #            type per purpose, so that a transport key signs requests and nothing else
//! # Absent     HSMs (planned, PKCS#11), pass phrases

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ledger_core::signature::{MemorySigner, PublicKey, Signer as _};
use settlement_api::http_signature::RequestSigner;
use zeroize::Zeroizing;

/// Thirty-two secret bytes, wiped when dropped.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// Hex digits and newline.
const FILE_BYTES: usize = 65;
/// Bytes of the longest file that can hold a key: PKCS#8 in PEM, with room for line ends.
const MAX_FILE_BYTES: u64 = 256;
/// What precedes the 32 secret bytes of an Ed25519 key in PKCS#8 (RFC 8410).
const PKCS8_ED25519: &[u8] =
    &[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
const PEM_HEAD: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_FOOT: &str = "-----END PRIVATE KEY-----";
/// Permissions of a card, a genesis or a trust file: everybody reads it.
pub(crate) const PUBLIC: u32 = 0o644;
/// Permissions of a key file: its owner reads and writes.
const OWNER_ONLY: u32 = 0o600;
/// Permissions that make a key everybody's.
const OTHERS: u32 = 0o077;

/// Why a key file is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    /// The file system refused.
    #[error("key file {path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// Not 64 lowercase hex digits and a newline.
    #[error("key file {path} does not hold 64 lowercase hex digits; make it with `florin keygen`")]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
    /// Others may read or write it.
    #[error("key file {path} is open to others; run `chmod 600 {path}` and consider a new key")]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// There is a file already.
    #[error("{path} exists and is not overwritten; choose another folder")]
    Exists {
        /// Which file.
        path: PathBuf,
    },
}

impl KeyFileError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self::Io { path, error }
    }
}

/// Reads a key.
///
/// # Errors
/// [`KeyFileError`].
pub(crate) fn read(path: &Path) -> Result<Secret, KeyFileError> {
    let file = File::open(path).map_err(KeyFileError::io(path))?;
    let mode = file.metadata().map_err(KeyFileError::io(path))?.mode();
    if mode & OTHERS != 0 {
        return Err(KeyFileError::Exposed { path: path.to_path_buf() });
    }
    let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES + 1));
    file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(KeyFileError::io(path))?;
    let secret = if text.starts_with(PEM_HEAD) { from_pem(&text) } else { from_hex(&text) };
    secret.ok_or_else(|| KeyFileError::Malformed { path: path.to_path_buf() })
}

/// Exactly 64 lowercase hex digits and at most one newline.
fn from_hex(text: &str) -> Option<Secret> {
    let digits = text.strip_suffix('\n').unwrap_or(text);
    let lowercase = !digits.bytes().any(|byte| byte.is_ascii_uppercase());
    let mut secret = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, secret.as_mut()).ok().filter(|()| lowercase)?;
    Some(secret)
}

/// An Ed25519 private key as PKCS#8 version 1 in PEM, the form that other tools write.
fn from_pem(text: &str) -> Option<Secret> {
    let body = text.trim_end().strip_prefix(PEM_HEAD)?.strip_suffix(PEM_FOOT)?;
    let der = Zeroizing::new(BASE64_STANDARD.decode(body.trim()).ok()?);
    let secret = der.strip_prefix(PKCS8_ED25519)?;
    Some(Zeroizing::new(secret.try_into().ok()?))
}

/// An Ed25519 private key as [`from_pem`] reads it.
pub(crate) fn to_pem(secret: &[u8; 32]) -> Zeroizing<String> {
    let der = Zeroizing::new([PKCS8_ED25519, secret.as_slice()].concat());
    Zeroizing::new(format!("{PEM_HEAD}\n{}\n{PEM_FOOT}\n", BASE64_STANDARD.encode(&*der)))
}

/// Destroys a key: what stood in its file is written over before the file goes. A disk may keep what was
/// written over where nobody reads it; who must rule that out destroys the disk's own key.
///
/// # Errors
/// [`KeyFileError::Io`].
pub(crate) fn destroy(path: &Path) -> Result<(), KeyFileError> {
    let io = || KeyFileError::io(path);
    let mut file = OpenOptions::new().write(true).open(path).map_err(io())?;
    let length = file.metadata().map_err(io())?.len();
    let zeros = vec![b'0'; usize::try_from(length).unwrap_or_default()];
    file.write_all(&zeros).and_then(|()| file.sync_all()).map_err(io())?;
    fs::remove_file(path).map_err(io())?;
    match path.parent() {
        Some(folder) => File::open(folder).and_then(|folder| folder.sync_all()).map_err(io()),
        None => Ok(()),
    }
}

/// Writes a new key and waits until it is on disk.
///
/// # Errors
/// [`KeyFileError::Exists`], [`KeyFileError::Io`].
pub(crate) fn write(path: &Path, secret: &[u8; 32]) -> Result<(), KeyFileError> {
    let text = Zeroizing::new(format!("{}\n", *Zeroizing::new(hex::encode(secret))));
    write_new(path, text.as_bytes(), OWNER_ONLY)
}

/// Writes a file that does not exist yet and waits until it is on disk.
///
/// # Errors
/// [`KeyFileError::Exists`], [`KeyFileError::Io`].
pub(crate) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), KeyFileError> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = opened.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::Exists { path: path.to_path_buf() },
        _ => KeyFileError::Io { path: path.to_path_buf(), error },
    })?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // Half a file would keep the next attempt from being made.
        let _ = fs::remove_file(path);
        return Err(KeyFileError::Io { path: path.to_path_buf(), error });
    }
    Ok(())
}

/// A key that signs what the ledger reads: commands, attestations, acceptances.
///
/// # Errors
/// [`KeyFileError`].
pub(crate) fn ledger_signer(path: &Path) -> Result<MemorySigner, KeyFileError> {
    Ok(MemorySigner::new(&*read(path)?))
}

/// A key that signs HTTP requests, and by which its process is known over TLS.
pub(crate) struct TransportKey(MemorySigner);

impl TransportKey {
    /// Reads it from its file.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub(crate) fn load(path: &Path) -> Result<Self, KeyFileError> {
        ledger_signer(path).map(Self)
    }

    /// From its secret bytes.
    pub(crate) fn from_secret(secret: &[u8; 32]) -> Self {
        Self(MemorySigner::new(secret))
    }

    /// Its public half.
    pub(crate) fn key(&self) -> PublicKey {
        self.0.public_key()
    }
}

impl RequestSigner for TransportKey {
    fn public_key(&self) -> [u8; 32] {
        *self.key().get()
    }

    fn sign_request(&self, signature_base: &[u8]) -> [u8; 64] {
        *self.0.sign_foreign_protocol(signature_base).get()
    }
}

impl florin_client::tokens::AssertionSigner for TransportKey {
    fn public_key(&self) -> [u8; 32] {
        *self.key().get()
    }

    fn sign_assertion(&self, header_and_claims: &[u8]) -> [u8; 64] {
        *self.0.sign_foreign_protocol(header_and_claims).get()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_key_reads_back_and_is_its_owners_only() {
        let folder = folder();
        let path = folder.path().join("a.key");
        write(&path, &[7; 32]).unwrap();
        assert_eq!(*read(&path).unwrap(), [7; 32]);
        assert_eq!(fs::read(&path).unwrap().len(), FILE_BYTES);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, OWNER_ONLY);
    }

    #[test]
    fn a_pem_key_is_the_same_key() {
        let folder = folder();
        let path = folder.path().join("a.pem");
        write_new(&path, to_pem(&[7; 32]).as_bytes(), OWNER_ONLY).unwrap();
        assert_eq!(*read(&path).unwrap(), [7; 32]);
    }

    #[test]
    fn a_key_is_never_overwritten() {
        let folder = folder();
        let path = folder.path().join("a.key");
        write(&path, &[7; 32]).unwrap();
        assert!(matches!(write(&path, &[8; 32]), Err(KeyFileError::Exists { .. })));
        assert_eq!(*read(&path).unwrap(), [7; 32]);
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let folder = folder();
        let path = folder.path().join("a.key");
        write(&path, &[7; 32]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read(&path), Err(KeyFileError::Exposed { .. })));
    }

    #[test]
    fn anything_but_64_lowercase_hex_digits_is_malformed() {
        let folder = folder();
        let good = "ab".repeat(32);
        let rows = [
            (format!("{good}\n"), true),
            (good.clone(), true),
            (good.to_uppercase(), false),
            (format!("{good}\n\n"), false),
            (format!("{good}00"), false),
            (good[..62].to_owned(), false),
            (String::new(), false),
        ];
        for (at, (text, expected)) in rows.iter().enumerate() {
            let path = folder.path().join(format!("{at}.key"));
            write_new(&path, text.as_bytes(), OWNER_ONLY).unwrap();
            assert_eq!(read(&path).is_ok(), *expected, "{text:?}");
        }
    }

    #[test]
    fn a_transport_key_signs_requests_under_its_public_key() {
        use settlement_api::http_signature::{RequestParts, SignatureHeaders, sign, verify};
        let key = TransportKey::from_secret(&[7; 32]);
        let parts = RequestParts {
            method: "GET",
            path: "/ledger/v1/status",
            query: None,
            content_type: None,
            idempotency_key: None,
            body: b"",
        };
        let signed = sign(&parts, &key, 1_000, [1; 16]).unwrap();
        let headers = SignatureHeaders {
            signature: Some(&signed.signature),
            signature_input: Some(&signed.signature_input),
            content_digest: None,
        };
        let verified = verify(&parts, &headers, 1_000, 0).unwrap();
        assert_eq!(verified.key(), key.key().get());
    }
}
