//! What members decide about themselves, and operators about members.

use super::{Actor, Bank, World};
use crate::{
    authority::Role,
    command::{Action, Command, SignedCommand},
    id::{AccountId, Lei, PersonId},
    key_limits::KeyTerms,
    money::{Currency, Money},
    proposal::POLICY_VERSION,
    record::{Name, Record},
    rotation::Rotation,
    signing::Step,
    sub_account::{Move, OpenSub},
    testing::compliance_lei,
};

impl Actor {
    /// A person who may stop at once in an emergency, registered by [`World::appoint_emergency`].
    #[must_use]
    pub fn emergency() -> Self {
        Self::new(compliance_lei(), Role::Emergency, "emergency")
    }

    /// The same person, role and organisation with another key.
    #[must_use]
    pub fn with_key(&self, number: u8) -> Self {
        let other = Self::new(self.grant.organisation, self.grant.role, &format!("key {number}"));
        Self { grant: crate::authority::RoleKey { key: other.grant.key, ..self.grant }, ..other }
    }
}

impl Bank {
    /// One of its administrators, registered by [`World::appoint_admins`].
    #[must_use]
    pub fn admin(&self, number: u8) -> Actor {
        Actor::new(self.lei, Role::Admin, &format!("admin {number}"))
    }

    /// A further person with a settlement key, registered by [`World::register_own`].
    #[must_use]
    pub fn clerk(&self, number: u8) -> Actor {
        Actor::new(self.lei, Role::Settlement, &format!("clerk {number}"))
    }
}

impl World {
    /// Version of the policy under which an organisation's proposals in a role are approved now.
    #[must_use]
    pub fn policy_version(&self, organisation: &Lei, role: Role) -> u32 {
        match self.record(&Name::MemberPolicy(*organisation)) {
            Some(Record::MemberPolicy(policy)) if role == Role::Admin => policy.version,
            _ if role == Role::Admin => POLICY_VERSION,
            _ => self.state.parameters().values.version,
        }
    }

    /// Registers two administrators of a bank. Takes one block.
    pub fn appoint_admins(&mut self, bank: &Bank) {
        let grants = [1, 2].map(|number| bank.admin(number).grant);
        let commands = grants.map(|grant| self.register_key(grant)).concat();
        self.apply_all(&commands);
    }

    /// Registers the emergency key. Takes one block.
    pub fn appoint_emergency(&mut self) {
        let commands = self.register_key(Actor::emergency().grant);
        self.apply_all(&commands);
    }

    /// Two administrators of a bank propose and approve: two commands, to be applied in order.
    pub fn administer(&mut self, bank: &Bank, action: Action) -> [SignedCommand; 2] {
        let proposal = self.propose(&bank.admin(1), action);
        let approval = self.approve(&bank.admin(2), &proposal);
        [proposal, approval]
    }

    /// A bank registers a key of its own. Takes one block.
    pub fn register_own(&mut self, bank: &Bank, actor: &Actor) {
        let commands = self.administer(bank, Action::RegisterOwnKey(actor.grant));
        self.apply_all(&commands);
    }

    /// A bank replaces a key by another of the same person. Takes one block.
    pub fn rotate_own(&mut self, bank: &Bank, old: &Actor, new: &Actor, overlap_ms: u64) {
        let rotation = Rotation { old: old.grant.key, new: new.grant.key, overlap_ms };
        let commands = self.administer(bank, Action::RotateOwnKey(rotation));
        self.apply_all(&commands);
    }

    /// A bank sets the policy of an account. Takes one block.
    pub fn set_steps(&mut self, bank: &Bank, account: AccountId, steps: &[(u128, u8)]) {
        let steps = steps.iter().map(|(from, persons)| Step { from: *from, persons: *persons });
        let action = Action::SetAccountPolicy { account, steps: steps.collect() };
        let commands = self.administer(bank, action);
        self.apply_all(&commands);
    }

    /// A bank sets how many persons a role needs. Takes one block.
    pub fn set_role(&mut self, bank: &Bank, role: Role, persons: u8) {
        let commands = self.administer(bank, Action::SetRolePolicy { role, persons });
        self.apply_all(&commands);
    }

    /// A bank limits a key. Takes one block.
    pub fn limit_key(&mut self, bank: &Bank, by: &Actor, currency: Currency, terms: KeyTerms) {
        let action = Action::SetKeyLimits { key: by.grant.key, currency, terms };
        let commands = self.administer(bank, action);
        self.apply_all(&commands);
    }

    /// What counts of what a person entered at the time of the last block; nothing when the ledger has
    /// counted none.
    #[must_use]
    pub fn entered_by(&self, person: PersonId, currency: Currency) -> u128 {
        match self.record(&Name::KeyLimits(person, currency)) {
            Some(Record::KeyLimits(limits)) => limits.window(self.now()).sum(),
            _ => 0,
        }
    }

    /// A bank opens a sub-account under its account in a currency. Takes one block.
    pub fn open_sub(&mut self, bank: &Bank, currency: Currency) -> AccountId {
        let (parent, blind, label) = (self.account(bank, currency), self.nonce(), self.nonce());
        let action = Action::OpenSubAccount(OpenSub { parent, blind, label });
        let commands = self.administer(bank, action);
        self.apply_all(&commands);
        AccountId::derive(&self.genesis.chain_id(), &bank.lei, currency, &blind)
    }

    /// A bank moves money between two of its accounts.
    pub fn move_own(
        &mut self,
        bank: &Bank,
        from: AccountId,
        to: AccountId,
        money: Money,
    ) -> SignedCommand {
        self.sign(&bank.settlement(), Command::Move(Move { from, to, money }))
    }
}
