//! What a member has and what it paid, as `florin-list-1` and `florin-payments-1` files.
//!
//! # Place      the member's lists and its accounts' journals, under the records that commit to them
//! # Invariants W27, W28; what is answered verifies offline, since it is checked here as a reader does
//! # Absent     who the customers are; receipts of the payments

use ledger_core::{
    id::{AccountId, Lei},
    journal::LogName,
    member::Holdings,
    merkle::RangeCut,
    money::Currency,
    proof::RecordProof,
    record::{Name, Record},
};
use verifier::{
    ListFile, PaymentsFile,
    history::Span,
    limits::{MAX_HISTORY_BLOCKS, MAX_HISTORY_MOVEMENTS, MAX_LIST_ENTRIES, MAX_PAYMENTS_ACCOUNTS},
    list::{ListKind, ListProof, ShownId},
    payments::{PaymentRole, PaymentsProof, PaymentsQuery, ShownAccount},
};

use super::{
    AuditLedger, AuditRefused, history, issuance, moment::Moment, port::AuditFault, proof::each_row,
};

/// Which payments are asked about.
#[derive(Clone, Copy, Debug)]
pub struct PaymentsAsked {
    /// In which role.
    pub role: PaymentRole,
    /// In which currency; nothing for all.
    pub currency: Option<Currency>,
    /// In which blocks.
    pub span: issuance::Span,
}

/// The list file of a member: as many entries from a place on as one file holds.
///
/// # Errors
/// [`AuditRefused`].
pub fn list_file(
    ledger: &dyn AuditLedger,
    member: &Lei,
    kind: ListKind,
    from: u64,
) -> Result<String, AuditRefused> {
    let moment = Moment::latest(ledger)?;
    let (holdings, record) = holdings(&moment, member)?;
    let list = list(ledger, &holdings, kind, (from, MAX_LIST_ENTRIES))?;
    let (header, certificate) = (&moment.certified.header, &moment.certified.certificate);
    ListFile::build(&record, &list, header, certificate, moment.genesis()).map_err(history::refused)
}

/// The payments file of a member.
///
/// # Errors
/// [`AuditRefused`].
pub fn payments_file(
    ledger: &dyn AuditLedger,
    member: &Lei,
    asked: PaymentsAsked,
) -> Result<String, AuditRefused> {
    let moment = Moment::latest(ledger)?;
    let known = |code: Currency| moment.genesis().currencies.iter().any(|one| one.code == code);
    if asked.currency.is_some_and(|code| !known(code)) {
        return Err(AuditRefused::CurrencyUnknown);
    }
    let span =
        Span { from: moment.height(Some(asked.span.from))?, to: moment.height(asked.span.to)? };
    if span.from > span.to {
        return Err(AuditRefused::Malformed("`from` is above `to`"));
    }
    let (holdings, record) = holdings(&moment, member)?;
    if holdings.accounts.count > u64::try_from(MAX_PAYMENTS_ACCOUNTS).unwrap_or(u64::MAX) {
        let (what, limit) = ("accounts", MAX_PAYMENTS_ACCOUNTS);
        return Err(AuditRefused::HistoryTooLong { what, limit });
    }
    let query = PaymentsQuery { role: asked.role, currency: asked.currency, span };
    let list = list(ledger, &holdings, ListKind::Accounts, (0, MAX_PAYMENTS_ACCOUNTS))?;
    // Before its entries are looked up: a list that is not the committed one names no accounts.
    list.check(&holdings).map_err(AuditFault::of)?;
    let accounts = accounts(&moment, &list, &query)?;
    let proof = PaymentsProof { query, list, accounts };
    let (header, certificate) = (&moment.certified.header, &moment.certified.certificate);
    PaymentsFile::build(&record, &proof, header, certificate, moment.genesis())
        .map_err(history::refused)
}

/// What a member has, as the moment proves it.
fn holdings(moment: &Moment<'_>, member: &Lei) -> Result<(Holdings, RecordProof), AuditRefused> {
    let name = Name::Holdings(*member);
    if moment.ledger.record(&name)?.is_none() {
        return Err(AuditRefused::NotFound);
    }
    match moment.prove(&name)? {
        (Record::Holdings(holdings), proof) => Ok((holdings, proof)),
        _ => Err(AuditFault::inconsistent("records").into()),
    }
}

/// A run of a member's list from a place on, with its path.
fn list(
    ledger: &dyn AuditLedger,
    holdings: &Holdings,
    kind: ListKind,
    (index, most): (u64, usize),
) -> Result<ListProof, AuditRefused> {
    let log = match kind {
        ListKind::Accounts => LogName::MemberAccounts(holdings.member),
        ListKind::Customers => LogName::MemberParties(holdings.member),
    };
    let count = kind.head(holdings).count;
    let mut proof = ListProof { kind, index, path: Vec::new(), entries: Vec::new() };
    if count == 0 && index == 0 {
        return Ok(proof);
    }
    if index >= count {
        return Err(AuditRefused::Malformed("`from` is not below the number of entries"));
    }
    let end = index.saturating_add(u64::try_from(most).unwrap_or(u64::MAX)).min(count);
    let last = end.saturating_sub(1);
    let cut = RangeCut::new(index..=last, count);
    let mut cut = cut.ok_or_else(|| AuditFault::inconsistent("lists"))?;
    each_row(ledger, &log, count, |row| {
        cut.push(ledger_core::digest::leaf_hash(&row.salt, &row.bytes));
        if row.index >= index && row.index <= last {
            let id = <[u8; 32]>::try_from(row.bytes.as_slice()).map_err(AuditFault::of)?;
            proof.entries.push(ShownId { id, salt: row.salt });
        }
        Ok(())
    })?;
    proof.path = cut.path().ok_or_else(|| AuditFault::inconsistent("lists"))?;
    Ok(proof)
}

/// Every account of a list, with its history where it may hold payments that are asked about.
fn accounts(
    moment: &Moment<'_>,
    list: &ListProof,
    query: &PaymentsQuery,
) -> Result<Vec<ShownAccount>, AuditRefused> {
    let mut shown = Vec::with_capacity(list.entries.len());
    let (mut blocks, mut movements) = (0usize, 0usize);
    for entry in &list.entries {
        let (account, record) = match moment.prove(&Name::Account(AccountId::new(entry.id)))? {
            (Record::Account(account), record) => (account, record),
            _ => return Err(AuditFault::inconsistent("records").into()),
        };
        let asked = query.currency.is_none_or(|asked| asked == account.currency);
        let history =
            asked.then(|| history::cut(moment.ledger, &account, query.span)).transpose()?;
        // Bounded while it is read, not once it is in memory.
        if let Some(history) = &history {
            blocks = blocks.saturating_add(history.blocks.len());
            let moved = history.blocks.iter().map(|block| block.movements.len());
            movements = moved.fold(movements, usize::saturating_add);
        }
        for (found, what, limit) in [
            (blocks, "blocks", MAX_HISTORY_BLOCKS),
            (movements, "movements", MAX_HISTORY_MOVEMENTS),
        ] {
            if found > limit {
                return Err(AuditRefused::HistoryTooLong { what, limit });
            }
        }
        shown.push(ShownAccount { record, history });
    }
    Ok(shown)
}
