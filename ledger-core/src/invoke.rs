//! Calls of contracts: a function of a published module runs, within what its parties allowed.
//!
//! ```text
//! the sender's command ── the call ── gates of whose accounts sign     all name the hash
//!                                  └─ consents of all other members    of the whole call
//!        |
//!        v
//! machine ── natives of florin::claim ──> vaults        every step by the rules of `vault`
//!        |
//!        v  to its end: resources are written           stopped: nothing but the id is used
//! ```
//!
//! A call names every account that money may be taken from or paid to: a contract can choose among them
//! and no others. An account has one currency; contracts know its holder by one name, an account of the
//! same member, and what is paid to that name goes to the account that the call names for the currency.
//!
//! # Place      beside `exchange`; programs are in `program`, steps with money in `vault`
//! # Invariants V8 no more is taken from an account than its cap, nothing is paid to an account that is
//! #            not named; V9 whose account signs has cleared the call by its gate, every other member
//! #            consents; V10 a call that stops changes nothing; V11 a call is made once, before its time is over; I7 as `vault`
//! #            V13 what contracts tell is in the receipt of a call that came to its end, and nowhere else
//! # Absent     calls that wait for their time

mod natives;

use std::collections::{BTreeMap, BTreeSet};

use move_like_vm::{
    runtime::{Arguments, ModuleId, Outcome as Ended, TypeTag},
    status::Status,
};
use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    command::GateAttestation,
    digest::{Domain, Hash32},
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, CommandId, Lei, PartyId, Text},
    key_limits,
    limits::{
        MAX_CALL_ARGUMENTS, MAX_CALL_GAS, MAX_CALL_HOLDERS, MAX_CALL_MS, MAX_CALL_RECORDS,
        MAX_RESOURCE_BYTES,
    },
    money::{Currency, Money},
    payment::check_gate,
    program::{Resource, ResourceKey, Stored, run_of, running},
    receipt::{Effect, Run},
    record::{Name, Record},
    refusal::Refusal,
    settlement::{Consent, consents_to, seen_by},
    signature::Signed,
    signing,
    time::LedgerTime,
    vault::{Holder, Screened},
};

pub use natives::LedgerNatives;
use natives::{Host, Touched};

/// An account that a call may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// How contracts know its holder: an account of the same member, this one or another.
    pub name: AccountId,
    /// The account.
    pub account: AccountId,
    /// The customer on whose behalf it pays and is paid.
    pub party: PartyId,
    /// The most that may be taken from it, in minor units of its currency.
    pub cap: u128,
}

/// What runs, and what it may do: what all who have a part in it sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Where the module is published.
    pub address: AccountId,
    /// The module.
    pub module: Text,
    /// The function, which its module says may be called so.
    pub function: Text,
    /// Type arguments, each in BCS.
    pub types: Vec<Vec<u8>>,
    /// Arguments behind the signers, each in BCS.
    pub arguments: Vec<Vec<u8>>,
    /// The most gas that it may use.
    pub gas_limit: u64,
    /// The most vaults and resources that it may make, change or end.
    pub records: u16,
    /// Who signs, in the order of the function's parameters, by the names of holders.
    pub signers: Vec<AccountId>,
    /// Every account that may be taken from or paid.
    pub holders: Vec<Named>,
    /// It is made before this time or never: at most [`MAX_CALL_MS`] ahead of the block that makes it.
    pub until: LedgerTime,
    /// Random bytes: two calls of the same are two calls.
    pub nonce: Hash32,
}

impl Call {
    /// What gates and consents name.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Domain::Call.hash_of(self)
    }

    /// What it passes to the function; `None` where its form is wrong.
    fn passed(&self) -> Option<Arguments> {
        let signs = |name: &AccountId| self.holders.iter().any(|named| named.name == *name);
        let distinct: BTreeSet<_> = self.holders.iter().map(|named| named.account).collect();
        let fits = (1..=MAX_CALL_HOLDERS).contains(&self.holders.len())
            && distinct.len() == self.holders.len()
            && self.signers.len() <= MAX_CALL_HOLDERS
            && self.signers.iter().all(signs)
            && self.holders.iter().all(|n| n.cap == 0 || self.signers.contains(&n.name))
            && self.types.len() <= MAX_CALL_ARGUMENTS
            && self.arguments.len() <= MAX_CALL_ARGUMENTS
            && self.gas_limit <= MAX_CALL_GAS
            && self.records <= MAX_CALL_RECORDS;
        let types = self.types.iter().map(|tag| TypeTag::from_bytes(tag).ok());
        let types = types.collect::<Option<Vec<_>>>().filter(|_| fits)?;
        let signers = self.signers.iter().map(|name| *name.get()).collect();
        Some(Arguments { types, signers, values: self.arguments.clone() })
    }
}

/// Calls a function of a published module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoke {
    /// The call.
    pub call: Call,
    /// Its clearance by the gate of whose account signs, one for each signer, in their order.
    pub gates: Vec<Signed<GateAttestation>>,
    /// Consent of every member but the sender that has an account in it; of several persons of a member
    /// where something may be taken from it and its policy needs them.
    pub consents: Vec<Signed<Consent>>,
}

/// An account that a call names, with what was found of it.
#[derive(Clone, Copy, Debug)]
struct Part {
    holder: Holder,
    currency: Currency,
    cap: u128,
}

/// Calls a function.
///
/// # Errors
/// Every [`Refusal`] about member, form, the call itself, clearances, consents, accounts and persons, in
/// order of precedence; then [`Refusal::CallFailed`], with what the machine says in the receipt; then
/// [`Refusal::KeyWindowLimit`].
pub(crate) fn invoke(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    invoke: &Invoke,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let call = &invoke.call;
    let passed = call.passed().filter(|_| invoke.gates.len() == call.signers.len());
    let passed = passed.ok_or(Refusal::OutOfRange)?;
    let (hash, now) = (call.hash(), draft.now());
    if call.until > now.after(MAX_CALL_MS) {
        return Err(Refusal::OutOfRange);
    }
    // Calls that were made are remembered among the commands of their block until it is too late for
    // either.
    let made = CommandId::new(*hash.get());
    let mut faults = vec![
        draft.has_seen(&made).then_some(Refusal::CallUsed),
        (call.until <= now).then_some(Refusal::CallExpired),
    ];
    let parts = parts(draft, call, &mut faults);
    let members: BTreeSet<Lei> = parts.iter().map(|part| part.holder.member).collect();
    let unknown = parts.len() < call.holders.len();
    if !unknown {
        faults.extend(consents_to(
            draft,
            member,
            members.clone(),
            (invoke.consents.as_slice(), hash),
        ));
    }
    let mut screened: BTreeMap<Lei, Screened> = BTreeMap::new();
    for (name, gate) in call.signers.iter().zip(&invoke.gates) {
        let Some(part) = parts.iter().find(|part| part.holder.name == *name) else { continue };
        let of = part.holder.member;
        faults.push(check_gate(draft, &of, hash, gate).err());
        screened.insert(of, (gate.value.list_version, gate.value.rule_version));
    }
    let consenting = |of: &Lei, draft: &Draft<'_>| {
        let keys = invoke.consents.iter().map(|consent| &consent.by.key);
        if of == member { signers.clone() } else { Signers::of_member(draft, of, keys) }
    };
    for of in &members {
        let caps: Vec<_> = capped(&parts, of).collect();
        let persons = consenting(of, draft);
        let allowed = signing::check(draft, of, &persons, &caps).and_then(|()| {
            key_limits::check(draft, &persons, caps.iter().map(|(_, money)| *money))
        });
        faults.push(allowed.err().map(|refusal| seen_by(member, of, refusal)));
    }
    Refusal::first(faults)?;
    let (run, touched) =
        execute(draft, (member, call, hash), &passed, (parts.as_slice(), &screened))?;
    for (of, money) in touched.taken {
        let counted = key_limits::count(draft, &consenting(&of, draft), money);
        counted.map_err(|refusal| seen_by(member, &of, refusal))?;
    }
    draft.remember(made, call.until);
    let parties = members.into_iter().chain(touched.owners).collect();
    let facts = Facts::new(Effect::Invoked, parties);
    Ok(Facts { run: Some(run), ..facts })
}

/// The accounts that a call names, as far as they are there and one member's under each name.
fn parts(draft: &Draft<'_>, call: &Call, faults: &mut Vec<Option<Refusal>>) -> Vec<Part> {
    let account = |id: &AccountId| match draft.get(&Name::Account(*id)) {
        Some(Record::Account(found)) => Some((found.member, found.currency)),
        _ => None,
    };
    let mut parts: Vec<Part> = Vec::new();
    for named in &call.holders {
        let Named { name, account: id, party, cap } = *named;
        let (Some((member, currency)), Some((by_name, _))) = (account(&id), account(&name)) else {
            faults.push(Some(Refusal::AccountUnknown));
            continue;
        };
        if member != by_name {
            faults.push(Some(Refusal::NotYourAccount));
            continue;
        }
        // Of one name and currency there is one account, or nobody could tell where money goes.
        let twice = parts.iter().any(|part| part.holder.name == name && part.currency == currency);
        faults.push(twice.then_some(Refusal::OutOfRange));
        parts.push(Part { holder: Holder { name, account: id, member, party }, currency, cap });
    }
    parts
}

/// The most that may be taken from a member's accounts.
fn capped<'p>(parts: &'p [Part], of: &'p Lei) -> impl Iterator<Item = (AccountId, Money)> + 'p {
    let own = parts.iter().filter(move |part| part.holder.member == *of && part.cap > 0);
    own.map(|part| (part.holder.account, Money::new(part.currency, part.cap)))
}

/// Runs a call and writes what it leaves; answers how it ended, and what it did to vaults.
fn execute(
    draft: &mut Draft<'_>,
    (reader, call, hash): (&Lei, &Call, Hash32),
    passed: &Arguments,
    (parts, screened): (&[Part], &BTreeMap<Lei, Screened>),
) -> Result<(Run, Touched), Refusal> {
    let (view, module) = (
        draft.view(),
        ModuleId { address: *call.address.get(), name: call.module.get().to_owned() },
    );
    let stored = Stored(view);
    let mut machine = view.loaded().map_or_else(running, |loaded| loaded.take());
    let mut host = Host::new(draft, *reader, hash, (parts, screened));
    let mut session = machine.session_with_host(&stored, call.gas_limit, &mut host);
    // The first fault ends the session, which then says so itself.
    let _returned = session.call(&module, call.function.get(), passed);
    let ended = session.finish();
    let touched = host.into_touched();
    if let Some(loaded) = view.loaded() {
        loaded.leave(machine);
    }
    let run = write(draft, call, &ended, touched.vaults);
    draft.run = Some(run.clone());
    if !run.is_executed() {
        return Err(Refusal::CallFailed);
    }
    let events = touched.events.clone();
    Ok((Run { events, ..run }, touched))
}

/// Writes the resources that a call leaves, if it came to its end and leaves no more than it may.
fn write(draft: &mut Draft<'_>, call: &Call, ended: &Ended, vaults: usize) -> Run {
    let run = run_of(ended);
    if ended.result.is_err() {
        return run;
    }
    let resources = &ended.changes.resources;
    let beyond = Run { status: Status::StorageWriteLimitReached.number(), ..run.clone() };
    if resources.len().saturating_add(vaults) > usize::from(call.records) {
        return beyond;
    }
    for ((address, tag), bytes) in resources {
        let (account, tag) = (AccountId::new(*address), tag.to_bytes());
        let name = Name::Resource(ResourceKey::of(&account, &tag));
        match bytes {
            Some(bytes) if tag.len().saturating_add(bytes.len()) > MAX_RESOURCE_BYTES => {
                return beyond;
            }
            Some(bytes) => {
                let resource = Resource { account, tag, bytes: bytes.to_vec() };
                draft.put(&name, Record::Resource(Box::new(resource)));
            }
            None => draft.remove(&name),
        }
    }
    run
}
