//! What offices did, followed by plain maps: what pays for a mint, who decided, what is stopped.
//!
//! # Place      model -> [affairs]
//! # Invariants I3 an entry pays for one mint, of what its member asked for; I5 two persons decide; I6 what
//! #            may be minted; I10 what is frozen
//! # Absent     balances (`model`)

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::{
    command::{Action, Command, SignedCommand},
    freeze::FreezeTarget,
    id::{AccountId, CommandId, EntryId, Lei, PersonId},
    money::{Currency, Money},
    receipt::Effect,
    record::Record,
    reserve::{BankEntry, Counterparty, Direction},
    signature::PublicKey,
    state::State,
    testing::{commands::entry_id, usd},
};

use crate::founding::MINTS;

/// What it makes of an account.
pub enum Made {
    /// Tokens are new.
    Minted(AccountId, Money),
    /// Tokens are locked for redemption.
    Preburned(AccountId, Money),
    /// Locked tokens are free again.
    GivenBack(AccountId, Money),
    /// Locked tokens are gone.
    Burned(AccountId, Money),
}

struct Entry {
    booked: BankEntry,
    used: bool,
}

struct Asked {
    by: Lei,
    account: AccountId,
    money: Money,
}

/// The affairs of all offices.
pub struct Offices {
    /// Who holds which key.
    persons: BTreeMap<PublicKey, PersonId>,
    entries: BTreeMap<EntryId, Entry>,
    requests: BTreeMap<CommandId, Asked>,
    redemptions: BTreeMap<CommandId, Asked>,
    proposals: BTreeMap<CommandId, (Action, Vec<PublicKey>)>,
    frozen: BTreeSet<AccountId>,
    minted: BTreeMap<Currency, u128>,
}

impl Offices {
    /// Nothing has been done but found the network.
    pub fn new(state: &State) -> Self {
        let persons = state.records().filter_map(|record| match record {
            Record::Key(key) => Some((key.grant.key, key.grant.person)),
            _ => None,
        });
        Self {
            persons: persons.collect(),
            entries: BTreeMap::new(),
            requests: BTreeMap::new(),
            redemptions: BTreeMap::new(),
            proposals: BTreeMap::new(),
            frozen: BTreeSet::new(),
            minted: BTreeMap::new(),
        }
    }

    /// Whether an account is stopped.
    pub fn is_frozen(&self, account: &AccountId) -> bool {
        self.frozen.contains(account)
    }

    /// Follows a command that was applied.
    pub fn follow(
        &mut self,
        id: CommandId,
        command: &SignedCommand,
        effect: Effect,
    ) -> Result<Option<Made>, String> {
        let by = command.body.organisation;
        match (&command.body.command, effect) {
            (Command::RecordEntry(booked), Effect::EntryRecorded) => {
                let entry = Entry { booked: booked.clone(), used: false };
                if self.entries.insert(entry_id(booked), entry).is_some() {
                    return Err("I3: an entry was recorded twice".into());
                }
            }
            (Command::RequestMint(asked), Effect::MintRequested) => {
                let asked = Asked { by, account: asked.account, money: asked.money };
                self.requests.insert(id, asked);
            }
            (Command::Preburn(asked), Effect::Preburned) => {
                let (account, money) = (asked.account, asked.money);
                self.redemptions.insert(id, Asked { by, account, money });
                return Ok(Some(Made::Preburned(account, money)));
            }
            (Command::CancelRedemption { redemption }, Effect::RedemptionCancelled) => {
                let asked = self.redemptions.remove(redemption);
                let asked = asked.ok_or("I3: what was given back was not locked")?;
                return Ok(Some(Made::GivenBack(asked.account, asked.money)));
            }
            (Command::Freeze(freeze), Effect::Frozen) => {
                if let FreezeTarget::Account(account) = freeze.target {
                    self.frozen.insert(account);
                }
            }
            (Command::Propose { action, .. }, Effect::Proposed) => {
                self.proposals.insert(id, (action.clone(), command.body.signers.clone()));
            }
            (Command::Approve(said), Effect::Minted | Effect::Burned | Effect::Unfrozen) => {
                let proposal = self.proposals.remove(&said.proposal);
                let (action, makers) = proposal.ok_or("I5: nobody proposed it")?;
                self.two_persons(&makers, &command.body.signers)?;
                return self.decided(&action);
            }
            (_, Effect::Minted | Effect::Burned | Effect::Unfrozen) => {
                return Err("I5: one command did what needs two persons".into());
            }
            _ => {}
        }
        Ok(None)
    }

    fn two_persons(&self, makers: &[PublicKey], checkers: &[PublicKey]) -> Result<(), String> {
        let keys = makers.iter().chain(checkers);
        let persons: BTreeSet<_> = keys.filter_map(|key| self.persons.get(key)).collect();
        if persons.len() < 2 { Err("I5: one person decided alone".into()) } else { Ok(()) }
    }

    fn decided(&mut self, action: &Action) -> Result<Option<Made>, String> {
        match action {
            Action::Mint { request, entry } => self.minted(request, entry).map(Some),
            Action::ConfirmPayout { redemption, entry } => {
                let asked = self.redemptions.remove(redemption);
                let asked = asked.ok_or("I3: what was burned was not locked")?;
                self.cite(entry, Direction::Debit, asked.by, asked.money)?;
                Ok(Some(Made::Burned(asked.account, asked.money)))
            }
            Action::Unfreeze { target: FreezeTarget::Account(account) } => {
                self.frozen.remove(account);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn minted(&mut self, request: &CommandId, entry: &EntryId) -> Result<Made, String> {
        let asked = self.requests.remove(request).ok_or("I3: nobody asked for a mint")?;
        self.cite(entry, Direction::Credit, asked.by, asked.money)?;
        let minted = self.minted.entry(asked.money.currency()).or_default();
        *minted += asked.money.minor();
        if asked.money.currency() == usd() && *minted > MINTS {
            return Err(format!("I6: {minted} were minted of {MINTS}"));
        }
        Ok(Made::Minted(asked.account, asked.money))
    }

    /// An entry is used up by what it pays for.
    fn cite(
        &mut self,
        entry: &EntryId,
        direction: Direction,
        by: Lei,
        money: Money,
    ) -> Result<(), String> {
        let cited = self.entries.get_mut(entry).ok_or("I3: no such entry")?;
        if cited.used {
            return Err("I3: an entry was used twice".into());
        }
        cited.used = true;
        let booked = &cited.booked;
        let same = booked.direction == direction
            && booked.counterparty == Counterparty::Member(by)
            && booked.minor == money.minor();
        if same { Ok(()) } else { Err("I3: the entry is about something else".into()) }
    }
}
