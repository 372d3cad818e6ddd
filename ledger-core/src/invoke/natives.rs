//! What contracts ask the ledger, and do through it: the native functions at `0x2`.
//!
//! # Place      machine -> [natives] -> `vault`, `facts`
//! # Invariants V5 what the ledger refuses aborts the call with `0x46 << 16` and the refusal's number;
//! #            V8 money is taken within caps and paid to named accounts; V13 events are structs, few and short
//! #            V14 facts are told of accounts that the call names; V15 no two tables have one handle
//! # Absent     natives of the standard library: the machine's own

mod facts;

use std::collections::{BTreeMap, BTreeSet};

use move_like_vm::{
    runtime::{
        Stop, TypeTag, Value,
        native::{self, NativeBody, NativeFunction, NativeKey, Natives, Reply, table},
    },
    status::Status,
};

use super::Part;
use crate::{
    digest::Hash32,
    draft::Draft,
    id::{AccountId, Lei},
    limits::{MAX_CALL_EVENTS, MAX_EVENT_BYTES},
    money::{Currency, Money},
    receipt::Event,
    refusal::Refusal,
    rules::RulesVersion,
    vault::{self, Payout, Screened, VaultId},
};

/// The address `0x2`.
const FLORIN: [u8; 32] = {
    let mut address = [0; 32];
    address[31] = 2;
    address
};

/// What a step with a vault costs: records of the vault, the account and the currency.
const STEP_GAS: u32 = 6_000;
/// What looking at one costs.
const LOOK_GAS: u32 = 1_000;
/// What asking whether an account may take part costs: records of it, its member, customer, currency and policies.
const SIDE_GAS: u32 = 6_000;
/// What asking about a currency's reserves costs: the currency, its controls and its accounts.
const RESERVE_GAS: u32 = 20_000;
/// What an item of a table costs beside its bytes and those of its key.
const ITEM_GAS: u32 = 400;
/// What an event costs beside its bytes.
const EVENT_GAS: u32 = 1_000;
/// What the longest events of a call take: each byte is read, and kept for half as much again.
const EVENT_BYTES: u32 = 6 * 1_024;
const _: () = assert!(MAX_EVENT_BYTES == 4 * 1_024);
/// The category of the ledger's refusals among codes of aborts.
const CATEGORY: u64 = 0x46 << 16;

const OPEN: u8 = 0;
const PAY: u8 = 1;
const CUT: u8 = 2;
const MERGE: u8 = 3;
const CLOSE: u8 = 4;
const AMOUNT_OF: u8 = 5;
const CURRENCY_OF: u8 = 6;
const OWNER_OF: u8 = 7;
const TIME_MS: u8 = 8;
const EMIT: u8 = 9;
const HANDLE: u8 = 10;
const HEIGHT: u8 = 11;
const EPOCH: u8 = 12;
const MAY_PAY: u8 = 13;
const MAY_BE_PAID: u8 = 14;
const IS_FROZEN: u8 = 15;
const HAS_LEVEL: u8 = 16;
const MEMBER_OF: u8 = 17;
const IS_MEMBER: u8 = 18;
const IS_COVERED: u8 = 19;
const ATTESTED_MS: u8 = 20;

/// Module, function, cost of a call, bytes read at most, body; sorted. A currency's code of another
/// length than three is refused, and costs its bytes.
const TABLE: &[(&str, &str, u32, Option<u32>, NativeBody)] = &[
    ("claim", "amount_of", LOOK_GAS, Some(0), |context| context.ask(AMOUNT_OF)),
    ("claim", "close", STEP_GAS, Some(0), |context| context.ask(CLOSE)),
    ("claim", "currency_of", LOOK_GAS, Some(0), |context| context.ask(CURRENCY_OF)),
    ("claim", "cut", STEP_GAS, Some(0), |context| context.ask(CUT)),
    ("claim", "merge", STEP_GAS, Some(0), |context| context.ask(MERGE)),
    ("claim", "open", STEP_GAS, None, |context| context.ask(OPEN)),
    ("claim", "owner_of", LOOK_GAS, Some(0), |context| context.ask(OWNER_OF)),
    ("claim", "pay", STEP_GAS, Some(0), |context| context.ask(PAY)),
    ("event", "emit", EVENT_GAS, Some(EVENT_BYTES), |context| context.ask_of_value(EMIT)),
    ("ledger", "time_ms", LOOK_GAS, Some(0), |context| context.ask(TIME_MS)),
];

/// The same, of what [`RulesVersion::NATIVES`] knows first.
const LATER: &[(&str, &str, u32, Option<u32>, NativeBody)] = &[
    ("chain", "epoch", LOOK_GAS, Some(0), |context| context.ask(EPOCH)),
    ("chain", "height", LOOK_GAS, Some(0), |context| context.ask(HEIGHT)),
    ("reserve", "attested_ms", RESERVE_GAS, None, |context| context.ask(ATTESTED_MS)),
    ("reserve", "is_covered", RESERVE_GAS, None, |context| context.ask(IS_COVERED)),
    ("status", "has_level", LOOK_GAS, None, |context| context.ask(HAS_LEVEL)),
    ("status", "is_frozen", LOOK_GAS, None, |context| context.ask(IS_FROZEN)),
    ("status", "is_member", LOOK_GAS, None, |context| context.ask(IS_MEMBER)),
    ("status", "may_be_paid", SIDE_GAS, None, |context| context.ask(MAY_BE_PAID)),
    ("status", "may_pay", SIDE_GAS, None, |context| context.ask(MAY_PAY)),
    ("status", "member_of", LOOK_GAS, Some(0), |context| context.ask(MEMBER_OF)),
    ("table", "fresh", ITEM_GAS, Some(0), |context| context.ask(HANDLE)),
    ("table", "item", ITEM_GAS, None, table::borrow),
    ("table", "item_mut", ITEM_GAS, None, table::borrow),
    ("table", "place", ITEM_GAS, None, table::place),
    ("table", "seat", LOOK_GAS, Some(0), table::seat),
];

/// The natives of the ledger at `0x2` under a version of the rules; their sessions have a host.
#[derive(Clone, Copy, Debug)]
pub struct LedgerNatives(pub RulesVersion);

impl Natives for LedgerNatives {
    fn find(&self, key: NativeKey<'_>) -> Option<NativeFunction> {
        if key.address != FLORIN {
            return None;
        }
        let name = (key.module, key.function);
        let later = if self.0 >= RulesVersion::NATIVES { LATER } else { &[] };
        let mut known = TABLE.iter().chain(later);
        known.find(|(module, function, ..)| (*module, *function) == name).map(
            |(_, _, gas, bytes_max, body)| NativeFunction {
                gas: *gas,
                body: *body,
                bytes_max: *bytes_max,
            },
        )
    }
}

/// The ledger while a call runs.
pub(super) struct Host<'h, 'd> {
    draft: &'h mut Draft<'d>,
    reader: Lei,
    call: Hash32,
    parts: &'h [Part],
    screened: &'h BTreeMap<Lei, Screened>,
    /// What was taken from and paid to each account, in minor units.
    taken: BTreeMap<AccountId, u128>,
    paid: BTreeMap<AccountId, u128>,
    touched: BTreeSet<VaultId>,
    owners: BTreeSet<Lei>,
    made: u32,
    events: Vec<Event>,
    event_bytes: usize,
}

/// What a call did to vaults, and what it told.
pub(super) struct Touched {
    /// How many were made, changed or ended.
    pub(super) vaults: usize,
    /// Whose they are.
    pub(super) owners: BTreeSet<Lei>,
    /// What was taken from each account.
    pub(super) taken: Vec<(Lei, Money)>,
    /// Its events, in order.
    pub(super) events: Vec<Event>,
}

impl<'h, 'd> Host<'h, 'd> {
    pub(super) fn new(
        draft: &'h mut Draft<'d>,
        reader: Lei,
        call: Hash32,
        (parts, screened): (&'h [Part], &'h BTreeMap<Lei, Screened>),
    ) -> Self {
        Self {
            draft,
            reader,
            call,
            parts,
            screened,
            taken: BTreeMap::new(),
            paid: BTreeMap::new(),
            touched: BTreeSet::new(),
            owners: BTreeSet::new(),
            made: 0,
            events: Vec::new(),
            event_bytes: 0,
        }
    }

    /// What was done by the end of the call.
    pub(super) fn into_touched(self) -> Touched {
        let taken = self.parts.iter().filter_map(|part| {
            let minor = self.taken.get(&part.holder.account).copied().filter(|minor| *minor > 0)?;
            Some((part.holder.member, Money::new(part.currency, minor)))
        });
        let taken = taken.collect();
        Touched { vaults: self.touched.len(), owners: self.owners, taken, events: self.events }
    }

    /// The account that the call names for a holder in a currency.
    fn part(&self, name: AccountId, currency: Currency) -> Option<Part> {
        let mut parts = self.parts.iter();
        parts.find(|part| part.holder.name == name && part.currency == currency).copied()
    }

    /// An id that nothing else has, be it a vault's or a table's.
    fn unused(&mut self) -> VaultId {
        let id = VaultId::derive(&self.draft.command, self.made);
        self.made = self.made.saturating_add(1);
        id
    }

    fn fresh(&mut self) -> VaultId {
        let id = self.unused();
        self.touched.insert(id);
        id
    }

    fn open(&mut self, name: AccountId, code: &[u8], minor: u128) -> Result<VaultId, Refusal> {
        let code = std::str::from_utf8(code).ok().and_then(Currency::new);
        let currency = code.ok_or(Refusal::CurrencyUnknown)?;
        self.draft.currency(currency)?;
        let part = self.part(name, currency).ok_or(Refusal::CapExceeded)?;
        let (holder, id) = (part.holder, self.fresh());
        let screened = self.screened.get(&holder.member).copied();
        let screened = screened.ok_or(Refusal::CapExceeded)?;
        let taken = self.taken.entry(holder.account).or_default();
        let sum = taken.checked_add(minor).filter(|sum| *sum <= part.cap);
        let opened = vault::open(
            self.draft,
            &self.reader,
            id,
            (holder, Money::new(currency, minor)),
            screened,
        );
        // More than the cap is refused last of all, by its place in the order.
        opened?;
        *taken = sum.ok_or(Refusal::CapExceeded)?;
        Ok(id)
    }

    fn pay(&mut self, id: &VaultId, name: AccountId) -> Result<(), Refusal> {
        let found = *self.draft.vault(id)?;
        self.owners.insert(found.owner.member);
        let part = self.part(name, found.money.currency());
        let to = part.ok_or(Refusal::PayeeNotNamed)?.holder;
        let before = self.paid.get(&to.account).copied().unwrap_or(0);
        let cleared = self.screened.get(&found.owner.member).copied();
        let payout = Payout { to, cleared, call: self.call, before };
        vault::pay(self.draft, &self.reader, id, &payout)?;
        self.paid.insert(to.account, before.saturating_add(found.money.minor()));
        self.touched.insert(*id);
        Ok(())
    }

    fn cut(&mut self, id: &VaultId, minor: u128) -> Result<VaultId, Refusal> {
        let part = self.fresh();
        self.owners.insert(self.draft.vault(id)?.owner.member);
        vault::cut(self.draft, &self.reader, id, (part, minor))?;
        self.touched.insert(*id);
        Ok(part)
    }

    fn merge(&mut self, into: &VaultId, from: &VaultId) -> Result<(), Refusal> {
        self.owners.insert(self.draft.vault(into)?.owner.member);
        vault::merge(self.draft, &self.reader, into, from)?;
        self.touched.extend([*into, *from]);
        Ok(())
    }

    /// Keeps an event: a struct, whose module alone makes values of it.
    fn emit(&mut self, event: Event) -> Result<(), Refusal> {
        let bytes = event.tag.len().saturating_add(event.value.len());
        let sum = self.event_bytes.saturating_add(bytes);
        let is_struct = matches!(TypeTag::from_bytes(&event.tag), Ok(TypeTag::Struct(_)));
        if !is_struct || sum > MAX_EVENT_BYTES || self.events.len() >= MAX_CALL_EVENTS {
            return Err(Refusal::OutOfRange);
        }
        self.event_bytes = sum;
        self.events.push(event);
        Ok(())
    }

    fn close(&mut self, id: &VaultId) -> Result<(), Refusal> {
        self.owners.insert(self.draft.vault(id)?.owner.member);
        vault::close(self.draft, id)?;
        self.touched.insert(*id);
        Ok(())
    }
}

fn account(value: &Value) -> Result<AccountId, Stop> {
    match value {
        Value::Address(address) | Value::Signer(address) => Ok(AccountId::new(*address)),
        _ => Err(Status::InternalTypeError.into()),
    }
}

fn vault_id(value: &Value) -> Result<VaultId, Stop> {
    account(value).map(|account| VaultId::new(*account.get()))
}

fn amount(value: &Value) -> Result<u128, Stop> {
    match value {
        Value::U128(bytes) => Ok(u128::from_le_bytes(*bytes)),
        _ => Err(Status::InternalTypeError.into()),
    }
}

const fn named(id: &VaultId) -> Reply {
    Reply::Value(Value::Address(*id.get()))
}

impl native::Host for Host<'_, '_> {
    fn ask(&mut self, question: u8, values: &[Value], bytes: &[Vec<u8>]) -> Result<Reply, Stop> {
        let refused = |refusal: Refusal| Stop::aborted(CATEGORY | refusal.number());
        let answered = match (question, values, bytes) {
            (OPEN, [owner, Value::Empty, minor], [code]) => {
                let opened = self.open(account(owner)?, code, amount(minor)?);
                opened.map(|id| named(&id))
            }
            (PAY, [id, to], []) => self.pay(&vault_id(id)?, account(to)?).map(|()| Reply::Nothing),
            (CUT, [id, minor], []) => {
                self.cut(&vault_id(id)?, amount(minor)?).map(|part| named(&part))
            }
            (MERGE, [into, from], []) => {
                self.merge(&vault_id(into)?, &vault_id(from)?).map(|()| Reply::Nothing)
            }
            (CLOSE, [id], []) => self.close(&vault_id(id)?).map(|()| Reply::Nothing),
            (AMOUNT_OF, [id], []) => self
                .draft
                .vault(&vault_id(id)?)
                .map(|vault| Reply::Value(Value::u128(vault.money.minor()))),
            (CURRENCY_OF, [id], []) => self
                .draft
                .vault(&vault_id(id)?)
                .map(|vault| Reply::Bytes(vault.money.currency().code().as_bytes().to_vec())),
            (OWNER_OF, [id], []) => self
                .draft
                .vault(&vault_id(id)?)
                .map(|vault| Reply::Value(Value::Address(*vault.owner.name.get()))),
            (EMIT, [], [tag, value]) => {
                let event = Event { tag: tag.clone(), value: value.clone() };
                self.emit(event).map(|()| Reply::Nothing)
            }
            (TIME_MS, [], []) => Ok(Reply::Value(Value::U64(self.draft.now().get()))),
            (HANDLE, [], []) => Ok(named(&self.unused())),
            _ => self.facts().answer(question, values, bytes)?,
        };
        answered.map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_found_at_0x2_only() {
        let found = |version: RulesVersion, key| LedgerNatives(version).find(key).is_some();
        for (table, since) in [(TABLE, RulesVersion::BASE), (LATER, RulesVersion::NATIVES)] {
            assert!(table.windows(2).all(|pair| (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1)));
            for (module, function, ..) in table {
                let key = NativeKey { address: FLORIN, module, function };
                assert!(found(RulesVersion::KNOWN, key));
                assert_eq!(found(RulesVersion::BASE, key), since == RulesVersion::BASE);
                assert!(!found(RulesVersion::KNOWN, NativeKey { address: [1; 32], ..key }));
            }
        }
    }
}
