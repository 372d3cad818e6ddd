//! Where tokens came from and where they went: order, bank entry, approvals, receipt.
//!
//! # Place      the issuer is a party to every mint and burn, so its receipts are all of them
//! # Invariants I3 a chain names the one request and the one entry that the ledger used
//! # Absent     an index by currency: the issuer's receipts are read from the start

use std::collections::BTreeMap;

use ledger_core::{
    command::Action,
    id::{AccountId, CommandId, EntryId},
    money::{Currency, Money},
    proposal::{Proposal, ProposalStatus},
    receipt::{Effect, Kind, Outcome, Receipt},
    record::{Name, Record, RequestRecord},
    redemption::{Redemption, RedemptionState},
    time::{Height, LedgerTime},
};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::{AuditLedger, AuditRefused, moment::Moment, port::AuditFault, reserves::EntryReport};
use crate::openapi::text::{CurrencyCode, Id, LeiCode, Person, Sum, Time};

/// Chains of one answer at most.
pub const MAX_CHAINS: usize = 256;

/// Blocks that are asked about.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// From here on.
    pub from: Height,
    /// Up to here; the latest proven block if not given.
    pub to: Option<Height>,
}

/// Chains of a span.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChainsReport {
    /// The network.
    #[schema(value_type = Id)]
    pub network: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Blocks that were looked at.
    pub from: u64,
    /// To here.
    pub to: u64,
    /// The chains, in ledger order.
    pub chains: Vec<ChainReport>,
    /// Ask again from this height for the rest.
    pub next_from: Option<u64>,
}

/// From a member's order to what the ledger did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChainReport {
    /// `minted`; of a redemption `locked`, `instructed`, `burned`, `cancelled`.
    pub state: &'static str,
    /// Decimal text.
    #[schema(value_type = Sum)]
    pub amount: String,
    /// LEI of the member.
    #[schema(value_type = Option<LeiCode>)]
    pub member: Option<String>,
    /// The settlement account.
    #[schema(value_type = Id)]
    pub account: String,
    /// When the order was entered.
    #[schema(value_type = Time)]
    pub entered: String,
    /// The member's signed request: its command, and where its receipt is.
    pub order: Option<CommandReport>,
    /// The bank entry that was used.
    pub entry: Option<UsedEntry>,
    /// Treasury's proposals about it, each with who said yes.
    pub proposals: Vec<ProposalReport>,
    /// The mint or burn.
    pub done: Option<CommandReport>,
    /// Whether another order has the same account, amount and time, so that the ledger's records do
    /// not say which of them this command was for.
    pub ambiguous: bool,
}

/// A command and its proof.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CommandReport {
    /// The command.
    #[schema(value_type = Id)]
    pub command: String,
    /// Where its receipt file is.
    pub receipt: String,
}

impl CommandReport {
    fn of(id: &CommandId) -> Self {
        Self { command: id.to_hex(), receipt: format!("/audit/v1/receipts/{id}") }
    }
}

/// A bank entry by its identity.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UsedEntry {
    /// What the ledger derived.
    #[schema(value_type = Id)]
    pub id: String,
    /// The reserve account.
    #[schema(value_type = Id)]
    pub reserve: String,
    /// What was booked.
    #[serde(flatten)]
    pub booked: EntryReport,
}

/// A proposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProposalReport {
    /// The command that proposed.
    #[serde(flatten)]
    pub command: CommandReport,
    /// What was proposed: `mint`; of a redemption `instruct_payout`, `confirm_payout`,
    /// `cancel_payout`.
    pub action: &'static str,
    /// Whether it happened.
    pub executed: bool,
    /// Who said yes, the maker first.
    pub approvals: Vec<ApprovalReport>,
}

/// One person's yes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApprovalReport {
    /// The key that signed.
    #[schema(value_type = Id)]
    pub key: String,
    /// Whose: the person's handle.
    #[schema(value_type = Option<Person>)]
    pub person: Option<String>,
}

/// What makes orders distinct as far as receipts tell: account, amount, time of entry.
type Facts = (AccountId, (Currency, u128), LedgerTime);

fn facts(account: AccountId, money: &Money, entered: LedgerTime) -> Facts {
    (account, (money.currency(), money.minor()), entered)
}

/// What the issuer's receipts say, up to a height.
#[derive(Default)]
struct Books {
    /// Requests and redemptions by their facts, in ledger order.
    orders: BTreeMap<Facts, Vec<CommandId>>,
    /// Proposals about a request or a redemption.
    proposals: BTreeMap<CommandId, Vec<Proposal>>,
    /// Mints and burns.
    done: Vec<Receipt>,
    /// Preburns.
    locked: Vec<Receipt>,
}

fn books(moment: &Moment<'_>, currency: Currency) -> Result<Books, AuditRefused> {
    let (record, _) = moment.currency(currency)?;
    let mut books = Books::default();
    let mut after = (Height::new(0), 0);
    loop {
        let page = moment.ledger.receipts_for(&record.issuer, after, moment.proven())?;
        let Some(last) = page.last() else { return Ok(books) };
        after = (last.height, last.index);
        for receipt in page {
            take(moment, &mut books, currency, receipt)?;
        }
    }
}

fn take(
    moment: &Moment<'_>,
    books: &mut Books,
    currency: Currency,
    receipt: Receipt,
) -> Result<(), AuditRefused> {
    let Outcome::Applied(effect) = receipt.outcome else { return Ok(()) };
    if receipt.kind == Kind::Propose {
        if let Some(Record::Proposal(proposal)) =
            moment.ledger.record(&Name::Proposal(receipt.command))?
            && let Some(order) = order_of(&proposal.action)
        {
            books.proposals.entry(order).or_default().push(proposal);
        }
        return Ok(());
    }
    let Some(money) = receipt.money.filter(|money| money.currency() == currency) else {
        return Ok(());
    };
    let account = match effect {
        Effect::MintRequested => receipt.credit,
        Effect::Preburned => receipt.debit,
        _ => None,
    };
    if let Some(account) = account {
        let facts = facts(account, &money, receipt.entered);
        books.orders.entry(facts).or_default().push(receipt.command);
    }
    match effect {
        Effect::Minted | Effect::Burned => books.done.push(receipt),
        Effect::Preburned => books.locked.push(receipt),
        _ => {}
    }
    Ok(())
}

/// The request or redemption that an action is about.
const fn order_of(action: &Action) -> Option<CommandId> {
    match action {
        Action::Mint { request, .. } => Some(*request),
        Action::InstructPayout { redemption }
        | Action::ConfirmPayout { redemption, .. }
        | Action::CancelPayout { redemption } => Some(*redemption),
        Action::AdmitMember(_)
        | Action::OpenAccount { .. }
        | Action::RegisterReserve { .. }
        | Action::RegisterKey(_)
        | Action::Unfreeze { .. }
        | Action::RevokeKey { .. }
        | Action::SetMintTerms { .. }
        | Action::SetPaymentTerms { .. }
        | Action::RegisterList { .. }
        | Action::SetScreening { .. }
        | Action::SetMovementTerms { .. }
        | Action::Seize(_)
        | Action::CreatePolicy { .. }
        | Action::ListInPolicy { .. }
        | Action::SuspendMember { .. }
        | Action::ReinstateMember { .. }
        | Action::RotateKey(_)
        | Action::RotateOwnKey(_)
        | Action::RegisterOwnKey(_)
        | Action::RevokeOwnKey { .. }
        | Action::SetRolePolicy { .. }
        | Action::SetAccountPolicy { .. }
        | Action::SetKeyLimits { .. }
        | Action::OpenSubAccount(_)
        | Action::RegisterAsset(_)
        | Action::SetAssetStatus { .. }
        | Action::IssueUnits { .. }
        | Action::CancelUnits { .. }
        | Action::ChangeParameters(_)
        | Action::ChangeValidators(_)
        | Action::PublishModules(_)
        | Action::HaltNetwork(_)
        | Action::ResumeNetwork { .. }
        | Action::MoveValidator(_)
        | Action::ChangeDirectory(_)
        | Action::RevokeMessageKey { .. }
        | Action::NameMember(_)
        | Action::SetDirectoryTerms { .. }
        | Action::Vote { .. } => None,
    }
}

/// Mints of a currency in a span of blocks, each back to its order.
///
/// # Errors
/// [`AuditRefused`].
pub fn mints(
    ledger: &dyn AuditLedger,
    currency: Currency,
    span: Span,
) -> Result<ChainsReport, AuditRefused> {
    let moment = Moment::latest(ledger)?;
    let to = moment.height(span.to)?;
    let books = books(&moment, currency)?;
    let minted = |receipt: &&Receipt| receipt.outcome == Outcome::Applied(Effect::Minted);
    let wanted = books.done.iter().filter(minted);
    chains(&moment, (currency, span.from, to), wanted, |receipt| {
        mint_chain(&moment, &books, receipt)
    })
}

/// Redemptions of a currency that were asked for in a span of blocks, each to its end.
///
/// # Errors
/// [`AuditRefused`].
pub fn redemptions(
    ledger: &dyn AuditLedger,
    currency: Currency,
    span: Span,
) -> Result<ChainsReport, AuditRefused> {
    let moment = Moment::latest(ledger)?;
    let to = moment.height(span.to)?;
    let books = books(&moment, currency)?;
    chains(&moment, (currency, span.from, to), books.locked.iter(), |receipt| {
        redemption_chain(&moment, &books, receipt)
    })
}

fn chains<'a>(
    moment: &Moment<'_>,
    (currency, from, to): (Currency, Height, Height),
    receipts: impl Iterator<Item = &'a Receipt>,
    chain: impl Fn(&Receipt) -> Result<ChainReport, AuditRefused>,
) -> Result<ChainsReport, AuditRefused> {
    let mut report = ChainsReport {
        network: moment.ledger.committee().chain().to_hex(),
        currency: currency.code().to_owned(),
        from: from.get(),
        to: to.get(),
        chains: Vec::new(),
        next_from: None,
    };
    let mut reached = from;
    for receipt in receipts.filter(|receipt| receipt.height >= from && receipt.height <= to) {
        // A block is shown whole, so that the next question can begin at a height.
        if report.chains.len() >= MAX_CHAINS && receipt.height > reached {
            report.next_from = Some(receipt.height.get());
            break;
        }
        reached = receipt.height;
        report.chains.push(chain(receipt)?);
    }
    Ok(report)
}

fn mint_chain(
    moment: &Moment<'_>,
    books: &Books,
    receipt: &Receipt,
) -> Result<ChainReport, AuditRefused> {
    let missing = || AuditFault::inconsistent("mints");
    let (account, money) = receipt.credit.zip(receipt.money).ok_or_else(missing)?;
    let orders = books.orders.get(&facts(account, &money, receipt.entered));
    let orders = orders.map_or(&[][..], Vec::as_slice);
    let mut chain = ChainReport {
        state: "minted",
        amount: moment.text(money.currency(), money.minor()),
        member: None,
        account: account.to_hex(),
        entered: rfc3339(receipt.entered),
        order: None,
        entry: None,
        proposals: Vec::new(),
        done: Some(CommandReport::of(&receipt.command)),
        ambiguous: orders.len() > 1,
    };
    if let [id] = orders {
        let Some(Record::Request(request)) = moment.ledger.record(&Name::Request(*id))? else {
            return Err(missing().into());
        };
        let RequestRecord { member, .. } = request;
        chain.member = Some(member.text().to_owned());
        chain.order = Some(CommandReport::of(id));
        chain.entry = used_entry(moment, books.used_by(id))?;
        chain.proposals = proposals(moment, books.proposals.get(id))?;
    }
    Ok(chain)
}

impl Books {
    /// The entry that an executed mint of a request used.
    fn used_by(&self, request: &CommandId) -> Option<EntryId> {
        let proposals = self.proposals.get(request)?;
        proposals.iter().find_map(|proposal| match (proposal.status, &proposal.action) {
            (ProposalStatus::Executed, Action::Mint { entry, .. }) => Some(*entry),
            _ => None,
        })
    }
}

fn redemption_chain(
    moment: &Moment<'_>,
    books: &Books,
    receipt: &Receipt,
) -> Result<ChainReport, AuditRefused> {
    let id = receipt.command;
    let missing = || AuditFault::inconsistent("redemptions");
    let found = moment.prove(&Name::Redemption(id))?;
    let (Record::Redemption(redemption), _) = found else { return Err(missing().into()) };
    let Redemption { member, account, money, entered, paid, state, .. } = redemption;
    let (state, entry) = match state {
        RedemptionState::Locked => ("locked", paid),
        RedemptionState::Instructed => ("instructed", paid),
        RedemptionState::Burned(entry) => ("burned", Some(entry)),
        RedemptionState::Cancelled => ("cancelled", paid),
    };
    let same = facts(account, &money, entered);
    let ambiguous = books.orders.get(&same).is_some_and(|orders| orders.len() > 1);
    let burn = books.done.iter().find(|done| {
        let of = done.debit.zip(done.money);
        done.outcome == Outcome::Applied(Effect::Burned)
            && of.is_some_and(|(account, money)| facts(account, &money, done.entered) == same)
    });
    Ok(ChainReport {
        state,
        amount: moment.text(money.currency(), money.minor()),
        member: Some(member.text().to_owned()),
        account: account.to_hex(),
        entered: rfc3339(entered),
        order: Some(CommandReport::of(&id)),
        entry: used_entry(moment, entry)?,
        proposals: proposals(moment, books.proposals.get(&id))?,
        done: burn.filter(|_| !ambiguous).map(|burn| CommandReport::of(&burn.command)),
        ambiguous,
    })
}

fn used_entry(moment: &Moment<'_>, id: Option<EntryId>) -> Result<Option<UsedEntry>, AuditRefused> {
    let Some(id) = id else { return Ok(None) };
    let missing = || AuditFault::inconsistent("bank entries");
    let Some(Record::Entry(record)) = moment.ledger.record(&Name::Entry(id))? else {
        return Err(missing().into());
    };
    let entry = record.entry;
    let Some(Record::Reserve(reserve)) = moment.ledger.record(&Name::Reserve(entry.reserve))?
    else {
        return Err(missing().into());
    };
    Ok(Some(UsedEntry {
        id: id.to_hex(),
        reserve: entry.reserve.to_hex(),
        booked: EntryReport::of(moment, reserve.currency, &entry),
    }))
}

fn proposals(
    moment: &Moment<'_>,
    found: Option<&Vec<Proposal>>,
) -> Result<Vec<ProposalReport>, AuditRefused> {
    let mut reports = Vec::new();
    for proposal in found.into_iter().flatten() {
        let mut approvals = Vec::new();
        for key in &proposal.approvals {
            let person = match moment.ledger.record(&Name::Key(*key))? {
                Some(Record::Key(record)) => Some(record.grant.person.to_hex()),
                _ => None,
            };
            approvals.push(ApprovalReport { key: key.to_hex(), person });
        }
        reports.push(ProposalReport {
            command: CommandReport::of(&proposal.id),
            action: action_name(&proposal.action),
            executed: proposal.status == ProposalStatus::Executed,
            approvals,
        });
    }
    Ok(reports)
}

const fn action_name(action: &Action) -> &'static str {
    match action {
        Action::AdmitMember(_) => "admit_member",
        Action::OpenAccount { .. } => "open_account",
        Action::RegisterReserve { .. } => "register_reserve",
        Action::RegisterKey(_) => "register_key",
        Action::Mint { .. } => "mint",
        Action::InstructPayout { .. } => "instruct_payout",
        Action::ConfirmPayout { .. } => "confirm_payout",
        Action::CancelPayout { .. } => "cancel_payout",
        Action::Unfreeze { .. } => "unfreeze",
        Action::RevokeKey { .. } => "revoke_key",
        Action::SetMintTerms { .. } => "set_mint_terms",
        Action::SetPaymentTerms { .. } => "set_payment_terms",
        Action::RegisterList { .. } => "register_list",
        Action::SetScreening { .. } => "set_screening",
        Action::SetMovementTerms { .. } => "set_movement_terms",
        Action::Seize(_) => "seize",
        Action::CreatePolicy { .. } => "create_policy",
        Action::ListInPolicy { .. } => "list_in_policy",
        Action::SuspendMember { .. } => "suspend_member",
        Action::ReinstateMember { .. } => "reinstate_member",
        Action::RotateKey(_) => "rotate_key",
        Action::RotateOwnKey(_) => "rotate_own_key",
        Action::RegisterOwnKey(_) => "register_own_key",
        Action::RevokeOwnKey { .. } => "revoke_own_key",
        Action::SetRolePolicy { .. } => "set_role_policy",
        Action::SetAccountPolicy { .. } => "set_account_policy",
        Action::SetKeyLimits { .. } => "set_key_limits",
        Action::OpenSubAccount(_) => "open_sub_account",
        Action::RegisterAsset(_) => "register_asset",
        Action::SetAssetStatus { .. } => "set_asset_status",
        Action::IssueUnits { .. } => "issue_units",
        Action::CancelUnits { .. } => "cancel_units",
        Action::ChangeParameters(_) => "change_parameters",
        Action::ChangeValidators(_) => "change_validators",
        Action::PublishModules(_) => "publish_modules",
        Action::Vote { .. } => "vote",
        Action::HaltNetwork(_) => "halt_network",
        Action::ResumeNetwork { .. } => "resume_network",
        Action::MoveValidator(_) => "move_validator",
        Action::ChangeDirectory(_) => "change_directory",
        Action::RevokeMessageKey { .. } => "revoke_message_key",
        Action::NameMember(_) => "name_member",
        Action::SetDirectoryTerms { .. } => "set_directory_terms",
    }
}
