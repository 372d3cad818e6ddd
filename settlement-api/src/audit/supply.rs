//! Supply by class, as of any proven height, from the currency's own journal (I4).

use ledger_core::{
    account::{CurrencyRecord, Totals},
    freshness::Freshness,
    journal::{LogName, TotalsEntry},
    money::Currency,
    time::Height,
};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::{
    AuditLedger, AuditRefused,
    moment::Moment,
    port::AuditFault,
    proof::{
        BlockMaterial, CertifiedMaterial, ListMaterial, MAX_PROVED_ROWS, RecordMaterial,
        last_up_to, list_material,
    },
};
use crate::openapi::text::{CurrencyCode, Id, Sum, Time};

/// A currency's totals after a block.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SupplyReport {
    /// The network.
    #[schema(value_type = Id)]
    pub network: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// The block after which it was so.
    pub height: u64,
    /// That block's time.
    #[schema(value_type = Time)]
    pub time: String,
    /// The classes.
    #[serde(flatten)]
    pub classes: Classes,
    /// The last block up to there that changed them; nothing when none did.
    pub changed_at: Option<u64>,
    /// Whether the classes add up to supply (I1).
    pub i1_holds: bool,
    /// From these totals to a certificate.
    pub proof: SupplyProof,
}

/// Totals as decimal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Classes {
    /// Tokens in existence.
    #[schema(value_type = Sum)]
    pub supply: String,
    /// Free.
    #[schema(value_type = Sum)]
    pub available: String,
    /// Earmarked for payments.
    #[schema(value_type = Sum)]
    pub held: String,
    /// Locked for redemption.
    #[schema(value_type = Sum)]
    pub preburned: String,
    /// Held by contracts.
    #[schema(value_type = Sum)]
    pub contract: String,
    /// What frozen accounts hold of all this.
    #[schema(value_type = Sum)]
    pub frozen: String,
}

impl Classes {
    /// The text of totals.
    #[must_use]
    pub fn of(moment: &Moment<'_>, currency: Currency, totals: &Totals) -> Self {
        let text = |minor| moment.text(currency, minor);
        Self {
            supply: text(totals.supply),
            available: text(totals.available),
            held: text(totals.held),
            preburned: text(totals.preburned),
            contract: text(totals.contract),
            frozen: text(totals.frozen),
        }
    }
}

/// From totals to a certificate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SupplyProof {
    /// In plain words.
    pub statement: String,
    /// The currency's record as of `proven`, which commits to the journal.
    pub record: RecordMaterial,
    /// The journal's entry that holds these totals; nothing for a journal too long to be shown.
    pub journal: Option<ListMaterial>,
    /// The block, in the history that the header declares.
    pub block: BlockMaterial,
    /// The header that declares the record's state root.
    #[serde(flatten)]
    pub certified: CertifiedMaterial,
}

/// What the end of a currency's journal says, as of a height.
pub struct AsOf {
    /// The totals.
    pub totals: Totals,
    /// What is paid and waits to be burned (I2), in minor units.
    pub paid: u128,
    /// How fresh attestations had to be (I2).
    pub freshness: Freshness,
    /// The last block up to there that changed them.
    pub changed_at: Option<Height>,
    /// The journal's entry; nothing for a journal too long to be shown.
    pub journal: Option<ListMaterial>,
}

/// Reads a currency's journal, to which its record commits, as of a proven height.
///
/// # Errors
/// [`AuditRefused`].
pub fn as_of(
    moment: &Moment<'_>,
    record: &CurrencyRecord,
    at: Height,
) -> Result<AsOf, AuditRefused> {
    let log = LogName::Currency(record.code);
    let list = (&log, record.journal.count);
    let found = last_up_to(moment.ledger, list, at, |entry: &TotalsEntry| entry.height)?;
    let (totals, paid) =
        found.as_ref().map_or_else(Default::default, |row| (row.entry.closing, row.entry.paid));
    // Before the first entry, what genesis says holds.
    let genesis = moment.genesis().limits.attestation_max_age_ms;
    let freshness = found
        .as_ref()
        .map_or_else(|| Freshness::every_day(genesis), |row| row.entry.freshness.clone());
    // The journal's end and the record are two books of the same thing.
    if at == moment.proven() && (totals, paid) != (record.totals, record.paid) {
        return Err(AuditFault::inconsistent("totals").into());
    }
    let index = found.as_ref().map(|row| row.index);
    let journal = list_material(moment.ledger, &log, &record.journal, index)?;
    let changed_at = found.map(|row| row.entry.height);
    Ok(AsOf { totals, paid, freshness, changed_at, journal })
}

/// Totals of a currency as of a height; of the latest proven one if none is given.
///
/// # Errors
/// [`AuditRefused`].
pub fn supply(
    ledger: &dyn AuditLedger,
    currency: Currency,
    at: Option<Height>,
) -> Result<SupplyReport, AuditRefused> {
    let moment = Moment::latest(ledger)?;
    let at = moment.height(at)?;
    let (record, proof) = moment.currency(currency)?;
    let AsOf { totals, changed_at, journal, .. } = as_of(&moment, &record, at)?;
    let (time, block) = moment.time(at)?;
    let statement = statement(currency, at, moment.proven(), journal.is_some());
    Ok(SupplyReport {
        network: ledger.committee().chain().to_hex(),
        currency: currency.code().to_owned(),
        height: at.get(),
        time: rfc3339(time),
        classes: Classes::of(&moment, currency, &totals),
        changed_at: changed_at.map(Height::get),
        i1_holds: totals.balanced(),
        proof: SupplyProof {
            statement,
            record: (&proof).into(),
            journal,
            block,
            certified: (&moment.certified).into(),
        },
    })
}

fn statement(currency: Currency, at: Height, proven: Height, with_entry: bool) -> String {
    let start = format!(
        "The record of {currency} is in the state that the certified header declares for height \
         {proven}. It commits to a journal with one entry per block that changed the totals"
    );
    if with_entry {
        format!(
            "{start}; the entry shown is the last one up to height {at}, and the next one, where \
             there is one, lies above. So these were the totals after block {at}, and no change is \
             left out."
        )
    } else {
        format!(
            "{start}. The journal is longer than {MAX_PROVED_ROWS} entries, so the entry's path is \
             not shown; the totals rest on this observer's own execution."
        )
    }
}
