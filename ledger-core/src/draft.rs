//! A command's draft: what it would change, apart from everything until it is found good.
//!
//! Rules read and write here. On refusal the draft is dropped and nothing has happened; on success
//! its changes are checked against I1 and then taken as a whole.
//!
//! # Place      `execute` opens one per command; rules in `payment`, `issuance`, `reserve`, ...
//! # Invariants I1 totals move with the balances they sum, in one place; I7 only a mint authority
//! #            raises supply and only a burn authority lowers it
//! # Absent     the tree (built once per block by `state`)

use std::{cell::Cell, collections::BTreeMap, sync::Arc};

use crate::{
    account::{Account, AccountStatus, Balances, CurrencyRecord},
    asset::AssetCode,
    authority::{Role, RoleKey},
    command::{Command, Payment, SignedCommand},
    controls::MintControls,
    digest::Hash32,
    genesis::Limits,
    id::{AccountId, CommandId, Leg, LegId, Lei, PartyId, ReserveId},
    issuance::MintAuthority,
    journal::{LogName, Movement, MovementKind},
    member::{Member, MemberStatus},
    money::{Currency, Money},
    party::{Party, StandingFault},
    payment::LegRecord,
    program::Loaded,
    receipt::Run,
    record::{Name, Record},
    redemption::BurnAuthority,
    refusal::Refusal,
    reserve::Reserve,
    signature::PublicKey,
    time::{Height, LedgerTime},
    vault::{Vault, VaultId},
};

/// Anything records can be read from.
pub trait Records {
    /// The record of this name.
    fn record(&self, name: &Name) -> Option<&Record>;

    /// Records of these names will be asked for: whoever finds them faster together may do so.
    fn expect(&self, _names: &mut dyn Iterator<Item = Name>) {}

    /// Whether a command or a call of this id was executed and is still remembered. What knows records
    /// alone remembers none.
    fn has_seen(&self, _id: &CommandId) -> bool {
        false
    }

    /// What the machine has loaded, where calls share it.
    fn loaded(&self) -> Option<&Loaded> {
        None
    }
}

/// What is fixed while one command is decided.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Height of the block.
    pub height: Height,
    /// Ledger time of the block.
    pub time: LedgerTime,
    /// The network's bounds.
    pub limits: Limits,
}

/// What a command would change.
pub struct Draft<'a> {
    view: &'a dyn Records,
    /// Block and parameters.
    pub moment: Moment,
    /// The command being decided.
    pub command: CommandId,
    changes: BTreeMap<Name, Arc<Record>>,
    appends: Vec<(LogName, Vec<u8>)>,
    movements: Vec<(AccountId, Movement)>,
    minted: BTreeMap<Currency, u128>,
    burned: BTreeMap<Currency, u128>,
    /// The leg and the payment whose hashes were asked for last: rules ask several times.
    leg_id: Cell<Option<(Leg, LegId)>>,
    payment_hash: Cell<Option<(Payment, Hash32)>>,
    /// Movements of units, written by [`crate::asset`] only.
    pub(crate) unit_movements: Vec<((AccountId, AssetCode), Movement)>,
    /// What the machine says, where the command ran it.
    pub(crate) run: Option<Run>,
    made: Option<(CommandId, LedgerTime)>,
}

/// A draft found good: what its command changes.
#[derive(Debug, Default)]
pub struct Changes {
    /// Records as they become.
    pub records: BTreeMap<Name, Arc<Record>>,
    /// Entries for lists.
    pub appends: Vec<(LogName, Vec<u8>)>,
    /// Movements, for the journals.
    pub movements: Vec<(AccountId, Movement)>,
    /// What was minted, in minor units.
    pub minted: BTreeMap<Currency, u128>,
    /// What was burned, in minor units.
    pub burned: BTreeMap<Currency, u128>,
    /// Movements of units, for the journals.
    pub unit_movements: Vec<((AccountId, AssetCode), Movement)>,
    /// The call that was made, remembered as long as a command of this expiry.
    pub made: Option<(CommandId, LedgerTime)>,
}

/// The keys that signed a command, resolved and active.
#[derive(Clone, Debug)]
pub struct Signers(Vec<RoleKey>);

impl Signers {
    /// Those of some keys that sign for a member now.
    #[must_use]
    pub fn of_member<'k>(
        draft: &Draft<'_>,
        member: &Lei,
        keys: impl IntoIterator<Item = &'k PublicKey>,
    ) -> Self {
        let grants = keys.into_iter().filter_map(|key| draft.active_key(key).ok());
        Self(grants.filter(|grant| grant.organisation == *member).collect())
    }

    /// The first signer in a role.
    ///
    /// # Errors
    /// [`Refusal::WrongRole`].
    pub fn require(&self, role: Role) -> Result<&RoleKey, Refusal> {
        self.in_role(role).next().ok_or(Refusal::WrongRole)
    }

    /// All signers in a role, in the order of their keys.
    pub fn in_role(&self, role: Role) -> impl Iterator<Item = &RoleKey> {
        self.0.iter().filter(move |k| k.role == role)
    }
}

/// A payment with its identities.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The payment.
    pub payment: Payment,
    /// [`Payment::hash`] of it.
    pub hash: Hash32,
    /// [`Leg::id`] of its leg.
    pub leg: LegId,
}

impl Known {
    /// Payments with their identities, hashed side by side.
    #[must_use]
    pub fn all(payments: impl IntoIterator<Item = Payment>) -> Vec<Self> {
        let payments: Vec<Payment> = payments.into_iter().collect();
        let legs: Vec<Leg> = payments.iter().map(|payment| payment.leg).collect();
        let hashed = payments.iter().zip(Payment::hashes(&payments)).zip(Leg::ids(&legs));
        hashed.map(|((payment, hash), leg)| Self { payment: *payment, hash, leg }).collect()
    }
}

impl<'a> Draft<'a> {
    /// An empty draft over what is.
    #[must_use]
    pub fn new(view: &'a dyn Records, moment: Moment, command: CommandId) -> Self {
        Self {
            view,
            moment,
            command,
            changes: BTreeMap::new(),
            appends: Vec::new(),
            movements: Vec::new(),
            minted: BTreeMap::new(),
            burned: BTreeMap::new(),
            leg_id: Cell::new(None),
            payment_hash: Cell::new(None),
            unit_movements: Vec::new(),
            run: None,
            made: None,
        }
    }

    /// What is, without the draft.
    #[must_use]
    pub fn view(&self) -> &'a dyn Records {
        self.view
    }

    /// Whether a command or a call of this id was executed and is still remembered.
    pub(crate) fn has_seen(&self, id: &CommandId) -> bool {
        self.view.has_seen(id)
    }

    /// Remembers a call as if it were a command that expires then.
    pub(crate) const fn remember(&mut self, made: CommandId, until: LedgerTime) {
        self.made = Some((made, until));
    }

    /// Ledger time of the block.
    #[must_use]
    pub const fn now(&self) -> LedgerTime {
        self.moment.time
    }

    /// The record of this name, as the draft has it.
    #[must_use]
    pub fn get(&self, name: &Name) -> Option<&Record> {
        self.changes.get(name).map(AsRef::as_ref).or_else(|| self.view.record(name))
    }

    /// A record that is there, as the draft is to have it.
    fn edit(&mut self, name: &Name) -> Option<&mut Record> {
        if !self.changes.contains_key(name) {
            let record = self.view.record(name)?.clone();
            self.put(name, record);
        }
        self.changes.get_mut(name).map(Arc::make_mut)
    }

    /// Sets a record.
    pub fn put(&mut self, name: &Name, record: Record) {
        self.changes.insert(*name, Arc::new(record));
    }

    /// A leg's identity ([`Leg::id`]).
    #[must_use]
    pub fn leg_id(&self, leg: &Leg) -> LegId {
        remembered(&self.leg_id, leg, Leg::id)
    }

    /// A payment's hash ([`Payment::hash`]).
    #[must_use]
    pub fn payment_hash(&self, payment: &Payment) -> Hash32 {
        remembered(&self.payment_hash, payment, Payment::hash)
    }

    /// Takes over what is known of a payment that will be asked for.
    pub fn knows(&self, known: &Known) {
        self.leg_id.set(Some((known.payment.leg, known.leg)));
        self.payment_hash.set(Some((known.payment, known.hash)));
    }

    /// Appends to a list.
    pub fn append(&mut self, log: LogName, bytes: Vec<u8>) {
        self.appends.push((log, bytes));
    }

    /// The keys that signed the command, all active and of its organisation.
    ///
    /// # Errors
    /// [`Refusal::KeyUnknown`], [`Refusal::KeyRevoked`], [`Refusal::WrongOrganisation`].
    pub fn signers(&self, command: &SignedCommand) -> Result<Signers, Refusal> {
        if command.body.organisation == Lei::VALIDATORS {
            return self.validators(command);
        }
        let keys = || command.body.signers.iter().map(|key| self.active_key(key));
        Refusal::first(keys().map(Result::err))?;
        let grants: Vec<RoleKey> = keys().flatten().collect();
        if grants.iter().any(|g| g.organisation != command.body.organisation) {
            return Err(Refusal::WrongOrganisation);
        }
        Ok(Signers(grants))
    }

    /// Nobody with a role, where validators of the committee sign what is theirs to say.
    fn validators(&self, command: &SignedCommand) -> Result<Signers, Refusal> {
        let Some(Record::Committee(committee)) = self.get(&Name::Committee) else {
            return Err(Refusal::InternalFault);
        };
        let listed =
            |key: &PublicKey| committee.validators.iter().any(|listed| listed.identity == *key);
        if !command.body.signers.iter().all(listed) {
            return Err(Refusal::KeyUnknown);
        }
        if !matches!(command.body.command, Command::Accuse(_) | Command::Signal { .. }) {
            return Err(Refusal::WrongRole);
        }
        Ok(Signers(Vec::new()))
    }

    /// What an active key was granted.
    ///
    /// # Errors
    /// [`Refusal::KeyUnknown`], [`Refusal::KeyRevoked`].
    pub fn active_key(&self, key: &PublicKey) -> Result<RoleKey, Refusal> {
        match self.get(&Name::Key(*key)) {
            Some(Record::Key(record)) if record.signs_at(self.now()) => Ok(record.grant),
            Some(Record::Key(_)) => Err(Refusal::KeyRevoked),
            _ => Err(Refusal::KeyUnknown),
        }
    }

    /// A member that may act.
    ///
    /// # Errors
    /// [`Refusal::MemberUnknown`], [`Refusal::MemberSuspended`].
    pub fn active_member(&self, member: &Lei) -> Result<&Member, Refusal> {
        match self.get(&Name::Member(*member)) {
            Some(Record::Member(record)) => match record.status {
                MemberStatus::Active => Ok(record),
                MemberStatus::Suspended => Err(Refusal::MemberSuspended),
            },
            _ => Err(Refusal::MemberUnknown),
        }
    }

    /// A currency of the network.
    ///
    /// # Errors
    /// [`Refusal::CurrencyUnknown`].
    pub fn currency(&self, code: Currency) -> Result<&CurrencyRecord, Refusal> {
        match self.get(&Name::Currency(code)) {
            Some(Record::Currency(record)) => Ok(record),
            _ => Err(Refusal::CurrencyUnknown),
        }
    }

    /// Terms and counters of a currency's mints.
    ///
    /// # Errors
    /// [`Refusal::CurrencyUnknown`].
    pub fn controls(&self, code: Currency) -> Result<&MintControls, Refusal> {
        match self.get(&Name::MintControls(code)) {
            Some(Record::MintControls(record)) => Ok(record),
            _ => Err(Refusal::CurrencyUnknown),
        }
    }

    /// An account that `member` may use for `currency`.
    ///
    /// # Errors
    /// [`Refusal::AccountUnknown`], [`Refusal::NotYourAccount`], [`Refusal::AccountFrozen`],
    /// [`Refusal::CurrencyMismatch`], in this order.
    pub fn usable_account(
        &self,
        id: &AccountId,
        member: &Lei,
        currency: Currency,
    ) -> Result<&Account, Refusal> {
        Refusal::first(self.account_faults(id, member, currency))?;
        match self.get(&Name::Account(*id)) {
            Some(Record::Account(account)) => Ok(account),
            _ => Err(Refusal::AccountUnknown),
        }
    }

    /// Every reason why `member` may not use an account for `currency`, in order of precedence.
    pub(crate) fn account_faults(
        &self,
        id: &AccountId,
        member: &Lei,
        currency: Currency,
    ) -> [Option<Refusal>; 2] {
        let Some(Record::Account(account)) = self.get(&Name::Account(*id)) else {
            return [Some(Refusal::AccountUnknown), None];
        };
        if account.member != *member {
            return [Some(Refusal::NotYourAccount), None];
        }
        let frozen = account.status == AccountStatus::Frozen && !planted!(FrozenPays);
        let mismatch = account.currency != currency;
        [frozen.then_some(Refusal::AccountFrozen), mismatch.then_some(Refusal::CurrencyMismatch)]
    }

    /// Checks that a customer of `member` may transact now (K1).
    ///
    /// # Errors
    /// [`Refusal::StandingMissing`], [`Refusal::StandingRevoked`], [`Refusal::StandingExpired`].
    pub fn check_standing(&self, party: &PartyId, member: &Lei) -> Result<(), Refusal> {
        let Some(Record::Party(record)) = self.get(&Name::Party(*party)) else {
            return Err(Refusal::StandingMissing);
        };
        if record.member != *member {
            return Err(Refusal::StandingMissing);
        }
        Party::check(record, self.now()).map_err(|fault| match fault {
            StandingFault::Missing => Refusal::StandingMissing,
            StandingFault::Revoked => Refusal::StandingRevoked,
            StandingFault::Expired => Refusal::StandingExpired,
        })
    }

    /// Whether a customer of `member` is frozen (I10).
    #[must_use]
    pub fn party_frozen(&self, party: &PartyId, member: &Lei) -> bool {
        match self.get(&Name::Party(*party)) {
            Some(Record::Party(record)) => record.member == *member && record.frozen,
            _ => false,
        }
    }

    /// A reserve account.
    ///
    /// # Errors
    /// [`Refusal::ReserveUnknown`].
    pub fn reserve(&self, id: &ReserveId) -> Result<&Reserve, Refusal> {
        match self.get(&Name::Reserve(*id)) {
            Some(Record::Reserve(reserve)) => Ok(reserve),
            _ => Err(Refusal::ReserveUnknown),
        }
    }

    /// A leg that something has happened to, if `member` is a party to it: to everyone else it
    /// does not exist, so that nobody learns of another's payment by asking.
    ///
    /// # Errors
    /// [`Refusal::LegUnknown`].
    pub fn leg(&self, id: &LegId, member: &Lei) -> Result<&LegRecord, Refusal> {
        match self.get(&Name::Leg(*id)) {
            Some(Record::Leg(found)) if found.leg.has_party(member) => Ok(found),
            _ => Err(Refusal::LegUnknown),
        }
    }

    /// Moves money within or into an account; the currency's totals follow (I1).
    ///
    /// # Errors
    /// [`Refusal::AccountUnknown`], what `change` answers, [`Refusal::AmountOverflow`].
    pub fn move_money(
        &mut self,
        id: &AccountId,
        kind: MovementKind,
        minor: u128,
        change: impl FnOnce(Balances) -> Result<Balances, Refusal>,
    ) -> Result<(), Refusal> {
        let Some(Record::Account(account)) = self.get(&Name::Account(*id)) else {
            return Err(Refusal::AccountUnknown);
        };
        let (code, frozen) = (account.currency, account.status == AccountStatus::Frozen);
        let (old, new) = (account.balances, change(account.balances)?);
        let shift = |total: u128, old: u128, new: u128| {
            let without = total.checked_sub(old).ok_or(Refusal::InternalFault)?;
            without.checked_add(new).ok_or(Refusal::AmountOverflow)
        };
        let mut totals = self.currency(code)?.totals;
        totals.available = shift(totals.available, old.available, new.available)?;
        totals.held = shift(totals.held, old.held, new.held)?;
        totals.preburned = shift(totals.preburned, old.preburned, new.preburned)?;
        if frozen {
            let sum = |b: Balances| b.sum().ok_or(Refusal::AmountOverflow);
            totals.frozen = shift(totals.frozen, sum(old)?, sum(new)?)?;
        }
        if let Some(Record::Currency(currency)) = self.edit(&Name::Currency(code)) {
            currency.totals = totals;
        }
        if let Some(Record::Account(account)) = self.edit(&Name::Account(*id)) {
            account.balances = new;
        }
        self.movements.push((*id, Movement { command: self.command, kind, minor }));
        Ok(())
    }

    /// Takes a record away: to whoever asks after it, nothing stands under its name.
    pub(crate) fn remove(&mut self, name: &Name) {
        self.put(name, Record::Origin);
    }

    /// A vault.
    ///
    /// # Errors
    /// [`Refusal::InternalFault`]: no claim names a vault that is not there.
    pub fn vault(&self, id: &VaultId) -> Result<&Vault, Refusal> {
        match self.get(&Name::Vault(*id)) {
            Some(Record::Vault(found)) => Ok(found),
            _ => Err(Refusal::InternalFault),
        }
    }

    /// Makes, changes or ends a vault; the currency's totals follow (I1).
    ///
    /// # Errors
    /// [`Refusal::CurrencyUnknown`], [`Refusal::InternalFault`], [`Refusal::AmountOverflow`].
    pub(crate) fn set_vault(&mut self, id: &VaultId, vault: Option<Vault>) -> Result<(), Refusal> {
        let before = self.vault(id).ok().map(|vault| vault.money);
        let after = vault.as_ref().map(|vault| vault.money);
        let Some(code) = before.or(after).map(|money| money.currency()) else { return Ok(()) };
        let minor = |money: Option<Money>| money.map_or(0, |money| money.minor());
        let contract = self.currency(code)?.totals.contract;
        let without = contract.checked_sub(minor(before)).ok_or(Refusal::InternalFault)?;
        let contract = without.checked_add(minor(after)).ok_or(Refusal::AmountOverflow)?;
        if let Some(Record::Currency(currency)) = self.edit(&Name::Currency(code)) {
            currency.totals.contract = contract;
        }
        match vault {
            Some(vault) => self.put(&Name::Vault(*id), Record::Vault(Box::new(vault))),
            None => self.remove(&Name::Vault(*id)),
        }
        Ok(())
    }

    /// Raises the supply of a currency: the only place where tokens come from.
    ///
    /// # Errors
    /// [`Refusal::CurrencyUnknown`], [`Refusal::AmountOverflow`].
    pub fn raise_supply(&mut self, authority: &MintAuthority) -> Result<(), Refusal> {
        let money: Money = authority.money();
        let mut currency = self.currency(money.currency())?.clone();
        let supply = &mut currency.totals.supply;
        *supply = supply.checked_add(money.minor()).ok_or(Refusal::AmountOverflow)?;
        let minted = self.minted.entry(money.currency()).or_default();
        *minted = minted.checked_add(money.minor()).ok_or(Refusal::AmountOverflow)?;
        self.put(&Name::Currency(money.currency()), Record::Currency(currency));
        Ok(())
    }

    /// Lowers the supply of a currency: the only place where tokens go.
    ///
    /// # Errors
    /// [`Refusal::CurrencyUnknown`], [`Refusal::InternalFault`], [`Refusal::AmountOverflow`].
    pub fn lower_supply(&mut self, authority: &BurnAuthority) -> Result<(), Refusal> {
        let money: Money = authority.money();
        let mut currency = self.currency(money.currency())?.clone();
        let supply = &mut currency.totals.supply;
        *supply = supply.checked_sub(money.minor()).ok_or(Refusal::InternalFault)?;
        let burned = self.burned.entry(money.currency()).or_default();
        *burned = burned.checked_add(money.minor()).ok_or(Refusal::AmountOverflow)?;
        self.put(&Name::Currency(money.currency()), Record::Currency(currency));
        Ok(())
    }

    /// What the command changes, if every currency it touched is still balanced (I1), and every asset
    /// (A1), no more counts as paid out than is preburned (I2), and no more as frozen than there is (I10).
    ///
    /// # Errors
    /// [`Refusal::InternalFault`]: a rule of this crate is wrong, and nothing was done.
    pub fn finish(self) -> Result<Changes, Refusal> {
        let balanced = self.changes.values().all(|record| match record.as_ref() {
            Record::Currency(currency) => {
                currency.totals.balanced()
                    && currency.totals.frozen_within_supply()
                    && currency.paid <= currency.totals.preburned
            }
            Record::Asset(asset) => asset.totals.balanced(),
            _ => true,
        });
        if !balanced {
            return Err(Refusal::InternalFault);
        }
        Ok(Changes {
            records: self.changes,
            appends: self.appends,
            movements: self.movements,
            minted: self.minted,
            burned: self.burned,
            unit_movements: self.unit_movements,
            made: self.made,
        })
    }
}

/// What follows from `of`, worked out anew only when it was asked of something else last.
fn remembered<T: Copy + PartialEq, H: Copy>(
    last: &Cell<Option<(T, H)>>,
    of: &T,
    work_out: impl Fn(&T) -> H,
) -> H {
    match last.get() {
        Some((known, hash)) if known == *of => hash,
        _ => {
            let hash = work_out(of);
            last.set(Some((*of, hash)));
            hash
        }
    }
}
