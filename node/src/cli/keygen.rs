//! `florin keygen`: private keys that stay in their folder, and a public card.
//!
//! # Place      an operator's machine -> [keygen] -> card.json -> `florin genesis`, `command sign`
//! # Invariants nothing is overwritten; the card holds no secret
//! # Absent     keys in HSMs (planned)

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use consensus::{IdentitySecret, VoteSecret};
use ledger_core::{
    authority::Role,
    digest::Hash32,
    genesis::{VoteKey, VoteSignature},
    id::{Lei, PersonId, Text},
    signature::{MemorySigner, PublicKey, Signer as _},
};
use rand_core::{CryptoRng, UnwrapErr};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    cli::ui::{self, Failure},
    keyfile::{self, KeyFileError, PUBLIC},
};

/// The file of a card.
pub(crate) const CARD: &str = "card.json";

/// Options of `florin keygen`.
#[derive(Debug, Args)]
pub(crate) struct KeygenArgs {
    /// Folder for keys and card; made if need be.
    #[arg(long)]
    out: PathBuf,
    /// Whose keys.
    #[arg(long, value_enum)]
    kind: Kind,
    /// A validator's name, for people.
    #[arg(long, required_if_eq("kind", "validator"), value_parser = text)]
    name: Option<Text>,
    /// An institution's legal entity identifier.
    #[arg(long, required_if_eq("kind", "institution"), value_parser = lei)]
    lei: Option<Lei>,
    /// What a key is for, as the ledger spells it (`settlement`, `gate`, `transport`...); repeatable.
    #[arg(long = "role", required_if_eq("kind", "institution"), value_parser = role)]
    roles: Vec<Role>,
    /// The person who holds these keys: 32 hex digits; drawn at random if not given.
    #[arg(long, value_parser = person)]
    person: Option<PersonId>,
}

/// Whose keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A validator's.
    Validator,
    /// An institution's.
    Institution,
}

/// What others may know of someone's keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Card {
    /// A validator's.
    Validator {
        /// For people.
        name: Text,
        /// Its identity on the validators' network.
        identity: PublicKey,
        /// What it votes with.
        vote_key: VoteKey,
        /// That it holds the vote key's secret.
        proof_of_possession: VoteSignature,
    },
    /// An institution's.
    Institution {
        /// The institution.
        lei: Lei,
        /// Its keys.
        keys: Vec<CardKey>,
        /// To which messages for it are sealed (X25519).
        encryption: Hash32,
    },
}

/// One key of an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CardKey {
    /// The public key.
    pub(crate) key: PublicKey,
    /// What it is for.
    pub(crate) role: Role,
    /// Who holds it.
    pub(crate) person: PersonId,
}

/// Why no keys were made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeygenError {
    /// The folder cannot be made.
    #[error("{path}: {error}")]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// What the file system said.
        error: io::Error,
    },
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] KeyFileError),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &KeygenArgs) -> Result<ExitCode, Failure> {
    // The operating system's generator: long-lived keys come from nowhere else.
    let mut rng = UnwrapErr(rand::rngs::SysRng);
    let card = match (args.kind, &args.name, args.lei) {
        (Kind::Validator, Some(name), _) => validator(&args.out, name, &mut rng),
        (Kind::Institution, _, Some(lei)) => {
            let person = args.person.unwrap_or_else(|| random_person(&mut rng));
            let roles: BTreeSet<Role> = args.roles.iter().copied().collect();
            institution(&args.out, lei, &Holder { person, roles }, &mut rng)
        }
        // The parser asks for the name of a validator and the LEI of an institution.
        (Kind::Validator, None, _) | (Kind::Institution, _, None) => return Ok(usage()),
    };
    let card = card.map_err(Failure::of)?;
    ui::line(&args.out.join(CARD).display().to_string());
    match card {
        Card::Validator { identity, .. } => ui::note(&format!("validator {identity}")),
        Card::Institution { keys, .. } => {
            for key in keys {
                ui::note(&format!("{} {}", role_name(key.role), key.key));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn usage() -> ExitCode {
    ExitCode::from(ui::USAGE)
}

/// Makes a validator's keys and card.
///
/// # Errors
/// [`KeygenError`].
pub(crate) fn validator(
    out: &Path,
    name: &Text,
    rng: &mut impl CryptoRng,
) -> Result<Card, KeygenError> {
    let identity = IdentitySecret::generate(rng);
    let vote = VoteSecret::generate(rng);
    let card = Card::Validator {
        name: name.clone(),
        identity: identity.public_key(),
        vote_key: vote.vote_key(),
        proof_of_possession: vote.prove_possession(),
    };
    let identity = Zeroizing::new(identity.to_bytes());
    let vote = Zeroizing::new(vote.to_bytes());
    write_all(out, &[("identity", &identity), ("vote", &vote)], &card)?;
    Ok(card)
}

/// A person and the roles its keys are for.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    /// The person.
    pub(crate) person: PersonId,
    /// One key each.
    pub(crate) roles: BTreeSet<Role>,
}

/// Makes an institution's keys and card.
///
/// # Errors
/// [`KeygenError`].
pub(crate) fn institution(
    out: &Path,
    lei: Lei,
    holder: &Holder,
    rng: &mut impl CryptoRng,
) -> Result<Card, KeygenError> {
    let (decryption, encryption) = settlement_api::envelope::keypair(rng);
    let mut keys = Vec::new();
    let mut secrets = Vec::new();
    for role in &holder.roles {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut());
        let key = MemorySigner::new(&secret).public_key();
        keys.push(CardKey { key, role: *role, person: holder.person });
        secrets.push((role_name(*role), secret));
    }
    let card = Card::Institution { lei, keys, encryption: Hash32::new(encryption) };
    let mut files: Vec<(&str, &Zeroizing<[u8; 32]>)> =
        secrets.iter().map(|(name, secret)| (*name, secret)).collect();
    files.push(("encryption", &decryption));
    write_all(out, &files, &card)?;
    Ok(card)
}

/// Writes keys and then the card; refuses before the first if any is there.
fn write_all(
    out: &Path,
    keys: &[(&str, &Zeroizing<[u8; 32]>)],
    card: &Card,
) -> Result<(), KeygenError> {
    fs::create_dir_all(out)
        .map_err(|error| KeygenError::Folder { path: out.to_path_buf(), error })?;
    let card_path = out.join(CARD);
    let paths: Vec<PathBuf> =
        keys.iter().map(|(name, _)| out.join(format!("{name}.key"))).collect();
    for path in paths.iter().chain([&card_path]) {
        if path.exists() {
            return Err(KeyFileError::Exists { path: path.clone() }.into());
        }
    }
    for (path, (_, secret)) in paths.iter().zip(keys) {
        keyfile::write(path, secret)?;
    }
    keyfile::write_new(&card_path, &card_json(card), PUBLIC)?;
    Ok(())
}

fn card_json(card: &Card) -> Vec<u8> {
    // A card holds text and hex only, which JSON can always spell.
    let mut text = serde_json::to_vec_pretty(card).unwrap_or_default();
    text.push(b'\n');
    text
}

/// A random person.
pub(crate) fn random_person(rng: &mut impl CryptoRng) -> PersonId {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    PersonId::new(bytes)
}

/// A role as the ledger and key files spell it.
pub(crate) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Operator => "operator",
        Role::Treasury => "treasury",
        Role::NetworkCompliance => "network_compliance",
        Role::Regulator => "regulator",
        Role::Custodian => "custodian",
        Role::Agent => "agent",
        Role::Settlement => "settlement",
        Role::Gate => "gate",
        Role::Compliance => "compliance",
        Role::Admin => "admin",
        Role::Transport => "transport",
        Role::Emergency => "emergency",
        Role::Solver => "solver",
        Role::Registrar => "registrar",
    }
}

fn role(text: &str) -> Result<Role, serde_json::Error> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
}

/// Reads a name from the command line.
pub(crate) fn text(text: &str) -> Result<Text, &'static str> {
    Text::new(text).ok_or("1 to 128 printable ASCII characters without blanks")
}

/// Reads an LEI from the command line.
pub(crate) fn lei(text: &str) -> Result<Lei, &'static str> {
    Lei::new(text).ok_or("20 uppercase letters and digits with valid check digits")
}

fn person(text: &str) -> Result<PersonId, &'static str> {
    PersonId::from_hex(text).ok_or("32 lowercase hex digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> Holder {
        let roles = [Role::Gate, Role::Settlement, Role::Transport].into();
        Holder { person: PersonId::new([3; 16]), roles }
    }

    #[test]
    fn an_institutions_card_names_the_public_halves_of_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let lei = Lei::new("529900T8BM49AURSDO55").unwrap();
        let card = institution(folder.path(), lei, &holder(), &mut rand::rng()).unwrap();
        let read: Card =
            serde_json::from_slice(&fs::read(folder.path().join(CARD)).unwrap()).unwrap();
        assert_eq!(read, card);
        let Card::Institution { keys, encryption, .. } = card else { panic!("{card:?}") };
        assert_eq!(keys.len(), 3);
        for key in keys {
            let path = folder.path().join(format!("{}.key", role_name(key.role)));
            assert_eq!(keyfile::ledger_signer(&path).unwrap().public_key(), key.key);
        }
        let private = keyfile::read(&folder.path().join("encryption.key")).unwrap();
        let public = settlement_api::envelope::public_from_private(&private).unwrap();
        assert_eq!(Hash32::new(public), encryption);
    }

    #[test]
    fn a_validators_card_names_the_public_halves_of_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let name = Text::new("v0").unwrap();
        let card = validator(folder.path(), &name, &mut rand::rng()).unwrap();
        let Card::Validator { identity, vote_key, .. } = card else { panic!("{card:?}") };
        let secret = keyfile::read(&folder.path().join("identity.key")).unwrap();
        assert_eq!(IdentitySecret::from_bytes(*secret).public_key(), identity);
        let secret = keyfile::read(&folder.path().join("vote.key")).unwrap();
        assert_eq!(VoteSecret::from_bytes(&secret).unwrap().vote_key(), vote_key);
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let name = Text::new("v0").unwrap();
        validator(folder.path(), &name, &mut rand::rng()).unwrap();
        let before = fs::read(folder.path().join("vote.key")).unwrap();
        let again = validator(folder.path(), &name, &mut rand::rng());
        assert!(matches!(again, Err(KeygenError::File(KeyFileError::Exists { .. }))));
        assert_eq!(fs::read(folder.path().join("vote.key")).unwrap(), before);
    }

    #[test]
    fn roles_are_spelled_as_the_ledger_spells_them() {
        for name in ["operator", "network_compliance", "transport", "gate"] {
            assert_eq!(role_name(role(name).unwrap()), name);
        }
        assert!(role("Operator").is_err());
    }
}
