//! Rules that answer: kept by the digest of their terms, put in force by two persons.
//!
//! # Place      server::rules -> [rules] -> store; timer -> [rules] answer -> desk
//! # Invariants B7 a rule prepares what it lists out of what this bank's records say, and sends it by
//! #            itself only where its terms opt out of four eyes

use interbank::{
    Act, Case, Refused as CaseRefused, Stage,
    book::Words,
    port::Store as _,
    rule::{Rule, Terms},
};
use ledger_core::{codec::decode, digest::Hash32, id::PersonId};

use super::{change::Change, desk::Desk, draft::Prepared, known};
use crate::{outbox::stored, port::StoreFault, refused::Refused};

const PREFIX: &[u8] = b"inquiry/rule/";
const MAX_RULE: usize = 1 << 16;
/// Rules of a bank at most.
const MAX_RULES: usize = 1_024;

/// All rules, by their digests.
pub(crate) fn all(change: &Change<'_>) -> Result<Vec<Rule>, Refused> {
    let found = change.scan(PREFIX, MAX_RULES)?.into_iter();
    let rules = found.map(|(_, bytes)| decode(&bytes, MAX_RULE).map_err(|_| StoreFault::Damaged));
    Ok(rules.collect::<Result<_, _>>()?)
}

/// A rule.
pub(crate) fn load(change: &Change<'_>, digest: &Hash32) -> Result<Rule, Refused> {
    let bytes = change.get(&key(digest))?.ok_or(Refused::NotFound)?;
    Ok(decode(&bytes, MAX_RULE).map_err(|_| StoreFault::Damaged)?)
}

/// Proposes a rule; the same terms again are the same rule.
pub(crate) fn propose(desk: &Desk<'_>, terms: Terms, by: PersonId) -> Result<Hash32, Refused> {
    let rule = Rule::propose(terms, by);
    let digest = rule.digest();
    if desk.change.get(&key(&digest))?.is_none() {
        if desk.change.scan(PREFIX, MAX_RULES)?.len() >= MAX_RULES {
            return Err(Refused::Malformed("there are as many rules as there may be"));
        }
        keep(desk.change, &rule);
    }
    Ok(digest)
}

/// A second person's yes.
pub(crate) fn approve(
    desk: &Desk<'_>,
    (name, digest): (&Hash32, &Hash32),
    by: PersonId,
) -> Result<(), Refused> {
    let rule = load(desk.change, name)?.approve(digest, by).map_err(Refused::Inquiry)?;
    keep(desk.change, &rule);
    Ok(())
}

/// Out of force, at once and for good.
pub(crate) fn withdraw(desk: &Desk<'_>, digest: &Hash32) -> Result<(), Refused> {
    keep(desk.change, &load(desk.change, digest)?.withdraw());
    Ok(())
}

fn keep(change: &Change<'_>, rule: &Rule) {
    change.put(stored(key(&rule.digest()), rule));
}

fn key(digest: &Hash32) -> Vec<u8> {
    [PREFIX, digest.get()].concat()
}

/// Has the first rule in force that covers a new question answer it, or prepare the answer for one
/// person.
pub(crate) fn answer(desk: &mut Desk<'_>, case: &Case) -> Result<(), Refused> {
    if !matches!(case.stage(), Stage::Opened | Stage::Reopened) {
        return Ok(());
    }
    let known = known::payments(desk.gateway.store.as_ref(), &case.payment.uetr)?;
    let facts = known::facts(&known, &case.payment.leg);
    for rule in all(desk.change)? {
        let draft = match rule.answer(case, &facts, desk.now) {
            Ok(Some(draft)) => draft,
            Ok(None) | Err(CaseRefused::RuleNotInForce) => continue,
            Err(refused) => return Err(Refused::Inquiry(refused)),
        };
        if case.stage() == Stage::Opened {
            desk.act(&case.id, Act::Accept, Words::default())?;
        }
        if draft.is_released() {
            let words = Words { content: draft.content, documents: Vec::new() };
            desk.act(&case.id, draft.act, words)?;
        } else {
            desk.change.put(Prepared::by_rule(draft, desk.now).write(&case.id));
        }
        return Ok(());
    }
    Ok(())
}
