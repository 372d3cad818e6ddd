//! Who takes part: invented institutions, with their keys in memory.

use std::path::Path;

use ledger_core::{
    authority::{Role, RoleKey},
    command::{Body, Command, SignedCommand},
    digest::Hash32,
    id::{ChainId, Lei, PersonId},
    signature::{MemorySigner, Signer, SignerError},
    time::LedgerTime,
};
use rand::Rng as _;

use crate::{
    cli::{
        keygen::{self, Card, CardKey},
        lei,
    },
    keyfile::{self, KeyFileError, TransportKey},
};

/// Milliseconds for which a command is good: below what genesis allows, and longer than any load.
const LASTS_MS: u64 = 590_000;

/// A person's key for one role.
pub(in crate::cli) struct Desk {
    pub(in crate::cli) grant: RoleKey,
    secret: [u8; 32],
    signer: MemorySigner,
}

impl Desk {
    fn draw(organisation: Lei, role: Role, person: PersonId) -> Self {
        let secret = random_32();
        let signer = MemorySigner::new(&secret);
        let grant = RoleKey { key: signer.public_key(), role, person, organisation };
        Self { grant, secret, signer }
    }

    /// Signs a command of its organisation.
    pub(in crate::cli) fn sign(
        &self,
        chain: ChainId,
        command: Command,
    ) -> Result<SignedCommand, SignerError> {
        let body = Body {
            chain,
            organisation: self.grant.organisation,
            signers: Vec::new(),
            nonce: Hash32::new(random_32()),
            expires: good_until(),
            command,
        };
        SignedCommand::sign(body, &[&self.signer])
    }

    /// What signs statements inside commands.
    pub(in crate::cli) fn signer(&self) -> &dyn Signer {
        &self.signer
    }

    /// Writes the key into a file that does not exist yet.
    pub(in crate::cli) fn keep(&self, path: &Path) -> Result<(), KeyFileError> {
        keyfile::write(path, &self.secret)
    }

    /// The same key, for requests.
    pub(in crate::cli) fn transport(&self) -> TransportKey {
        TransportKey::from_secret(&self.secret)
    }
}

/// A member bank.
pub(in crate::cli) struct Bank {
    pub(in crate::cli) lei: Lei,
    pub(in crate::cli) settlement: Desk,
    pub(in crate::cli) gate: Desk,
    pub(in crate::cli) compliance: Desk,
}

impl Bank {
    fn draw(lei: Lei) -> Self {
        let person = random_person();
        let desk = |role| Desk::draw(lei, role, person);
        Self {
            lei,
            settlement: desk(Role::Settlement),
            gate: desk(Role::Gate),
            compliance: desk(Role::Compliance),
        }
    }

    /// Its keys, in the order of the directory.
    pub(in crate::cli) fn keys(&self) -> Vec<RoleKey> {
        let desks = [&self.settlement, &self.gate, &self.compliance];
        let mut keys: Vec<RoleKey> = desks.iter().map(|desk| desk.grant).collect();
        keys.sort_by_key(|grant| grant.key);
        keys
    }
}

/// Everybody.
pub(in crate::cli) struct Cast {
    pub(in crate::cli) operators: [Desk; 2],
    pub(in crate::cli) treasury: [Desk; 2],
    pub(in crate::cli) custodian: Desk,
    pub(in crate::cli) regulator: Desk,
    pub(in crate::cli) payer: Bank,
    pub(in crate::cli) payee: Bank,
}

impl Cast {
    /// Invented institutions; `None` if an identifier were malformed.
    pub(in crate::cli) fn draw() -> Option<Self> {
        let two = |lei, role| [(); 2].map(|()| Desk::draw(lei, role, random_person()));
        let one = |lei, role| Desk::draw(lei, role, random_person());
        Some(Self {
            operators: two(lei("ZZZZ00FLORINOPERAT")?, Role::Operator),
            treasury: two(lei("ZZZZ00FLORINTREASU")?, Role::Treasury),
            custodian: one(lei("ZZZZ00FLORINCUSTOD")?, Role::Custodian),
            regulator: one(lei("ZZZZ00FLORINREGULA")?, Role::Regulator),
            payer: Bank::draw(lei("ZZZZ00FLORINBANKA0")?),
            payee: Bank::draw(lei("ZZZZ00FLORINBANKB0")?),
        })
    }

    /// Cards of those who hold network roles.
    pub(in crate::cli) fn cards(&self) -> Vec<Card> {
        let desks = self.operators.iter().chain(&self.treasury);
        let desks = desks.chain([&self.custodian, &self.regulator]);
        let card = |desk: &Desk| {
            let RoleKey { key, role, person, organisation } = desk.grant;
            let keys = vec![CardKey { key, role, person }];
            Card::Institution { lei: organisation, keys, encryption: Hash32::ZERO }
        };
        desks.map(card).collect()
    }
}

/// Until when what is signed now is good.
pub(in crate::cli) fn good_until() -> LedgerTime {
    let now = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default();
    LedgerTime::new(now).after(LASTS_MS)
}

/// Random bytes, good enough for names and for keys of a network that lives for minutes.
pub(in crate::cli) fn random_32() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

fn random_person() -> PersonId {
    keygen::random_person(&mut rand::rng())
}
