//! A file of vectors: how it is spelled, compared, and read back.

use std::{collections::BTreeSet, fmt::Debug, fs, path::PathBuf};

use ed25519_zebra::{Signature, VerificationKey};
use ledger_core::{
    codec::{decode, encode},
    digest::{Domain, Hash32},
    signature::{KeySignature, Statement},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Every file of the folder, so that none is left behind when its test goes.
const FILES: [&str; 9] = [
    "blocks",
    "commands",
    "enums",
    "journals",
    "names",
    "receipts",
    "records",
    "statements",
    "trees",
];

/// Bytes that decoding accepts: more than any sample has.
const LIMIT: usize = 1 << 20;

/// What bytes decode to: nothing when they are refused, else whether it is the pinned value.
type Decodes = Box<dyn Fn(&[u8]) -> Option<bool>>;

/// One pinned value.
pub(crate) struct Pin {
    name: String,
    /// JSON for people; nothing is computed from it.
    value: String,
    bytes: Vec<u8>,
    decodes: Option<Decodes>,
    facts: Vec<(&'static str, String)>,
}

impl Pin {
    /// A value and its canonical bytes.
    pub(crate) fn of<T>(name: impl Into<String>, value: &T) -> Self
    where
        T: Serialize + DeserializeOwned + PartialEq + Debug + Clone + 'static,
    {
        let expected = value.clone();
        let decodes = move |bytes: &[u8]| Some(decode::<T>(bytes, LIMIT).ok()? == expected);
        Self {
            name: name.into(),
            value: serde_json::to_string(value).unwrap(),
            bytes: encode(value),
            decodes: Some(Box::new(decodes)),
            facts: Vec::new(),
        }
    }

    /// Bytes that are no value's encoding.
    pub(crate) fn raw(name: impl Into<String>, about: &impl Serialize, bytes: &[u8]) -> Self {
        let value = serde_json::to_string(about).unwrap();
        let bytes = bytes.to_vec();
        Self { name: name.into(), value, bytes, decodes: None, facts: Vec::new() }
    }

    /// What the bytes hash to under a domain.
    pub(crate) fn hashed(self, domain: Domain, digest: &[u8; 32]) -> Self {
        self.fact("domain", domain.text()).fact("digest", hex::encode(digest))
    }

    /// The leaf that the bytes make with a salt.
    pub(crate) fn leaf(self, salt: &Hash32, leaf: &Hash32) -> Self {
        self.fact("salt", salt.to_hex()).fact("leaf", leaf.to_hex())
    }

    /// Who signed it.
    pub(crate) fn signed(self, statement: &dyn Statement, by: &KeySignature) -> Self {
        self.hashed(statement.domain(), statement.digest().get())
            .fact("public_key", by.key.to_hex())
            .fact("signature", by.signature.to_hex())
    }

    /// Something else that follows.
    pub(crate) fn fact(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((key, value.into()));
        self
    }

    fn text(&self) -> String {
        let name = serde_json::to_string(&self.name).unwrap();
        let mut lines = vec![format!("\"name\": {name}"), format!("\"value\": {}", self.value)];
        lines.push(format!("\"bytes\": \"{}\"", hex::encode(&self.bytes)));
        lines.extend(self.facts.iter().map(|(key, value)| format!("\"{key}\": \"{value}\"")));
        format!("    {{\n      {}\n    }}", lines.join(",\n      "))
    }
}

fn path(file: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    folder.join(format!("{file}.json"))
}

#[expect(clippy::disallowed_methods, reason = "a person asks for new vectors; no rule reads it")]
pub(crate) fn updating() -> bool {
    std::env::var("UPDATE_VECTORS").is_ok_and(|value| value == "1")
}

/// Compares a file with what it should say, then reads it as a stranger would.
pub(crate) fn check(file: &str, about: &str, pins: &[Pin]) {
    let about = serde_json::to_string(about).unwrap();
    let vectors: Vec<String> = pins.iter().map(Pin::text).collect();
    let vectors = vectors.join(",\n");
    let text = format!("{{\n  \"about\": {about},\n  \"vectors\": [\n{vectors}\n  ]\n}}\n");
    if updating() {
        fs::write(path(file), &text).unwrap();
    }
    let kept = fs::read_to_string(path(file)).unwrap_or_default();
    let same = kept.lines().zip(text.lines()).take_while(|(kept, now)| kept == now).count();
    assert!(
        kept == text,
        "{file}.json differs from line {} on: the wire format has changed. If that is meant, run \
         `UPDATE_VECTORS=1 cargo vectors` and add a line to CHANGELOG.md",
        same + 1,
    );
    read_back(&kept, pins);
}

/// Everything a stranger can check, and that only these very bytes decode to the value (W1).
fn read_back(kept: &str, pins: &[Pin]) {
    let kept: Value = serde_json::from_str(kept).unwrap();
    let kept = kept["vectors"].as_array().unwrap();
    let names: BTreeSet<&str> = pins.iter().map(|pin| pin.name.as_str()).collect();
    assert_eq!((kept.len(), names.len()), (pins.len(), pins.len()), "a name stands twice");
    for (vector, pin) in kept.iter().zip(pins) {
        let name = vector["name"].as_str().unwrap();
        let bytes = hex::decode(vector["bytes"].as_str().unwrap()).unwrap();
        check_facts(name, &bytes, vector);
        let Some(decodes) = &pin.decodes else { continue };
        assert_eq!(decodes(&bytes), Some(true), "{name} decodes to what was encoded");
        for more in [0x00, 0x01, 0xff] {
            let longer = [&bytes[..], &[more]].concat();
            assert_eq!(decodes(&longer), None, "{name}: a byte too many");
        }
        for length in 0..bytes.len() {
            assert_eq!(decodes(&bytes[..length]), None, "{name}: cut to {length} bytes");
        }
    }
}

/// W2, W3 and W10 by their text: SHA-256 and Ed25519, no helper of the ledger.
fn check_facts(name: &str, bytes: &[u8], vector: &Value) {
    let text = |key: &str| vector[key].as_str();
    let digest = text("domain").map(|domain| {
        let length = u8::try_from(domain.len()).unwrap();
        let digest = sha256(&[&[length], domain.as_bytes(), bytes]);
        assert_eq!(text("digest"), Some(hex::encode(digest).as_str()), "{name}");
        digest
    });
    if let Some(salt) = text("salt") {
        let leaf = sha256(&[&[0x00], &hex::decode(salt).unwrap(), bytes]);
        assert_eq!(text("leaf"), Some(hex::encode(leaf).as_str()), "{name}");
    }
    if let Some(signature) = text("signature") {
        let key: [u8; 32] = hex::decode(text("public_key").unwrap()).unwrap().try_into().unwrap();
        let signature: [u8; 64] = hex::decode(signature).unwrap().try_into().unwrap();
        let key = VerificationKey::try_from(key).unwrap();
        let held = key.verify(&Signature::from(signature), &digest.unwrap());
        assert!(held.is_ok(), "{name}: the signature does not hold");
    }
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

#[test]
fn every_vector_file_belongs_to_a_test() {
    if updating() {
        return; // Files are being written beside this test.
    }
    let folder = path("x").parent().unwrap().to_owned();
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = entries.filter(|path| path.extension().is_some_and(|end| end == "json"));
    let found: BTreeSet<String> =
        found.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    assert!(FILES.iter().map(|file| (*file).to_owned()).eq(found), "{FILES:?}");
}
