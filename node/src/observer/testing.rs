//! Worlds of `ledger-core` under a committee that can certify: blocks as validators give them.

use ledger_core::{
    authority::{Role, RoleKey},
    block::Block,
    id::PersonId,
    money::Money,
    signature::{MemorySigner, Signer as _},
    testing::{Bank, World, genesis, jpy, lei, usd},
};
use settlement_api::ledger_port::GivenBlock;
use verifier::testing::TestNetwork;

/// Secret of the overseer's key.
pub(super) const REGULATOR: [u8; 32] = [33; 32];

/// A world and the voters that certify it.
pub(super) struct Certifying {
    pub(super) world: World,
    pub(super) network: TestNetwork,
}

impl Certifying {
    /// A network of four validators before its first block.
    pub(super) fn found() -> Self {
        let mut network = TestNetwork::new(4);
        let mut genesis = genesis();
        genesis.validators.clone_from(&network.genesis.validators);
        genesis.role_keys.push(RoleKey {
            key: MemorySigner::new(&REGULATOR).public_key(),
            role: Role::Regulator,
            person: PersonId::new([33; 16]),
            organisation: lei("OVERSEER"),
        });
        genesis.role_keys.sort_by_key(|grant| grant.key);
        network.genesis = genesis.clone();
        Self { world: World::found(genesis), network }
    }

    /// The same with banks A, B and C, each with `minor` of both currencies.
    pub(super) fn funded(minor: u128) -> (Self, [Bank; 3]) {
        let mut net = Self::found();
        let banks = ["BANKA", "BANKB", "BANKC"].map(Bank::new);
        net.world.open_reserves();
        for bank in &banks {
            net.world.admit(bank);
        }
        for bank in &banks {
            for currency in [usd(), jpy()] {
                net.world.fund(bank, Money::new(currency, minor));
            }
        }
        (net, banks)
    }

    /// A block as a validator gives it that has a certificate of it.
    pub(super) fn certified(&self, block: &Block) -> GivenBlock {
        GivenBlock { certificate: Some(self.network.certify(&block.header)), ..given(block) }
    }

    /// All blocks from a height on, each with its certificate.
    pub(super) fn from(&self, height: usize) -> Vec<GivenBlock> {
        let blocks = self.world.blocks.iter().skip(height - 1);
        blocks.map(|block| self.certified(block)).collect()
    }
}

/// A block as a validator gives it that has no certificate of it.
pub(super) fn given(block: &Block) -> GivenBlock {
    GivenBlock { header: block.header, payload: block.payload.clone(), certificate: None }
}
