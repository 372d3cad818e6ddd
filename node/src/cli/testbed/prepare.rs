//! What must be there before payments: reserves, accounts, customers, money. By real commands.

use std::{sync::Arc, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use ledger_core::{
    bulk::{Bulk, BulkGroup, BulkLeg, BulkMode},
    command::{
        Action, Approval, Command, GateAttestation, MintRequest, SetStanding, SignedCommand,
    },
    digest::Hash32,
    id::{AccountId, ChainId, EntryId, Lei, MessageKind, PartyId, ReserveId, Text, Uetr},
    money::{Currency, Money},
    party::{Level, StandingStatus},
    proposal::POLICY_VERSION,
    reserve::{Attestation, BankEntry, Counterparty, Direction, EvidenceClass},
    settlement::Consent,
    signature::Signed,
};
use settlement_api::ledger_port::{BatchOutcome, LedgerClient, PortError};
use tokio::sync::Semaphore;
use verifier::Committee;

use super::{
    TestbedError,
    cast::{Bank, Cast, Desk, good_until, random_32},
    follow::Follower,
    network::{Network, currency},
};
use crate::keyfile::TransportKey;

/// What each of the payer's accounts holds, in minor units.
pub(in crate::cli) const EACH: u128 = 1_000_000_000;
/// Customers of each bank.
const CUSTOMERS: usize = 100;
/// Commands that are sent and not proven while things are prepared.
const OUTSTANDING: usize = 8_192;
/// Commands of one request.
const BATCH: usize = 512;
/// Payments of one bulk that gives accounts their money.
const FUNDED_AT_ONCE: usize = 4_000;
/// Seconds within which a step must be proven.
const PATIENCE_S: u64 = 120;
/// Seconds until what is not proven is given to another validator.
const GIVEN_AGAIN_S: u64 = 5;
/// Until what was refused for want of room is sent again, and how often at most: half a minute.
const AGAIN: Duration = Duration::from_millis(100);
const TRIES: usize = 300;
const CUSTODY_REFERENCE: &str = "BENCH";

/// Accounts and customers of a bank.
pub(in crate::cli) struct Side {
    pub(in crate::cli) accounts: Vec<AccountId>,
    pub(in crate::cli) customers: Vec<PartyId>,
}

/// How large a test bed is.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Size {
    /// Accounts of the two banks together.
    pub(in crate::cli) accounts: u32,
    /// Commands that are sent and not proven yet, at most.
    pub(in crate::cli) outstanding: u32,
}

/// Everything that payments need.
pub(in crate::cli) struct Stage {
    pub(in crate::cli) chain: ChainId,
    pub(in crate::cli) payer: Side,
    pub(in crate::cli) payee: Side,
    pub(in crate::cli) follower: Follower,
    /// Receipts of applied commands until now.
    pub(in crate::cli) applied: u64,
}

/// A client of the ledger port that signs with a desk's key.
pub(in crate::cli) fn client(
    network: &Network,
    key: TransportKey,
) -> Result<LedgerClient, TestbedError> {
    client_of(network, network.urls(), key)
}

/// A client of some of them.
pub(in crate::cli) fn client_of(
    network: &Network,
    urls: Vec<String>,
    key: TransportKey,
) -> Result<LedgerClient, TestbedError> {
    let committee = Committee::new(&network.genesis);
    let committee = committee.map_err(|_| TestbedError::Broken("the committee"))?;
    Ok(LedgerClient::new(urls, Arc::new(key), Arc::new(committee))?)
}

impl Stage {
    /// Opens what payments need.
    pub(in crate::cli) async fn set(
        cast: &Cast,
        network: &Network,
        size: Size,
    ) -> Result<Self, TestbedError> {
        let overseer = client(network, cast.regulator.transport())?;
        let follower = Follower::start(overseer, Arc::new(Semaphore::new(OUTSTANDING)));
        let each = usize::try_from(size.accounts / 2).unwrap_or(1);
        let prepare = Prepare { cast, network, follower: &follower, currency: currency()? };
        let bar = bar(5);
        let step = |text: &'static str| {
            bar.set_message(text);
            bar.inc(1);
        };
        step("reserve account and customers");
        let reserve = prepare.reserve().await?;
        let customers =
            [prepare.customers(&cast.payer).await?, prepare.customers(&cast.payee).await?];
        step("opening accounts");
        let payer = prepare.accounts(cast.payer.lei, each).await?;
        let payee = prepare.accounts(cast.payee.lei, each).await?;
        step("minting");
        let first = payee.first().copied().ok_or(TestbedError::Broken("no account"))?;
        let total = EACH.saturating_mul(u128::try_from(each).unwrap_or(u128::MAX));
        prepare.mint(&reserve, first, total).await?;
        step("giving accounts their money");
        let [debtors, creditors] = customers;
        let creditor = debtors.first().copied().ok_or(TestbedError::Broken("no customer"))?;
        let debtor = creditors.first().copied().ok_or(TestbedError::Broken("no customer"))?;
        prepare.fund(first, (debtor, creditor), &payer).await?;
        step("prepared");
        bar.finish_and_clear();
        let applied = network.outcomes().await?.applied;
        let wanted = usize::try_from(size.outstanding).unwrap_or(OUTSTANDING);
        let room = follower.room();
        room.forget_permits(OUTSTANDING);
        room.add_permits(wanted);
        Ok(Self {
            chain: network.genesis.chain_id(),
            payer: Side { accounts: payer, customers: debtors },
            payee: Side { accounts: payee, customers: creditors },
            follower,
            applied,
        })
    }
}

/// A progress bar in the house's style.
pub(in crate::cli) fn bar(steps: u64) -> ProgressBar {
    let bar = ProgressBar::new(steps);
    if let Ok(style) =
        ProgressStyle::with_template("{spinner} [{bar:30}] {pos}/{len} {elapsed} {msg}")
    {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

struct Prepare<'a> {
    cast: &'a Cast,
    network: &'a Network,
    follower: &'a Follower,
    currency: Currency,
}

impl Prepare<'_> {
    /// Sends commands of one desk's organisation and waits until all are proven.
    async fn send(
        &self,
        by: &Desk,
        commands: Vec<SignedCommand>,
        what: &'static str,
    ) -> Result<(), TestbedError> {
        let client = client(self.network, by.transport())?;
        for batch in commands.chunks(BATCH) {
            send_batch(&client, self.follower, batch).await?;
        }
        for _ in 0..PATIENCE_S / GIVEN_AGAIN_S {
            let proven = all_proven(self.follower, &self.network.folder, what, GIVEN_AGAIN_S);
            if proven.await.is_ok() {
                return Ok(());
            }
            // A validator that was killed took with it what it had not passed on.
            client.turn();
            let open = commands.iter().filter(|command| self.follower.awaits(&command.body.id()));
            for batch in open.cloned().collect::<Vec<_>>().chunks(BATCH) {
                let _ = client.submit_all(batch).await;
            }
        }
        all_proven(self.follower, &self.network.folder, what, GIVEN_AGAIN_S).await
    }

    fn sign(&self, by: &Desk, command: Command) -> Result<SignedCommand, TestbedError> {
        Ok(by.sign(self.network.genesis.chain_id(), command)?)
    }

    /// Two persons of an organisation decide.
    async fn decide(
        &self,
        [maker, checker]: &[Desk; 2],
        actions: Vec<Action>,
        what: &'static str,
    ) -> Result<(), TestbedError> {
        let (mut proposals, mut approvals) = (Vec::new(), Vec::new());
        for action in actions {
            let content = action.content();
            let propose = Command::Propose { action, expires: good_until() };
            let proposal = self.sign(maker, propose)?;
            let approval =
                Approval { proposal: proposal.body.id(), content, policy_version: POLICY_VERSION };
            proposals.push(proposal);
            approvals.push(self.sign(checker, Command::Approve(approval))?);
        }
        self.send(maker, proposals, what).await?;
        self.send(checker, approvals, what).await
    }

    async fn reserve(&self) -> Result<ReserveId, TestbedError> {
        let custodian = self.cast.custodian.grant.organisation;
        let account = Hash32::new(random_32());
        let register = Action::RegisterReserve {
            custodian,
            currency: self.currency,
            account,
            class: EvidenceClass::Custodian,
            haircut: 0,
        };
        self.decide(&self.cast.operators, vec![register], "registering a reserve account").await?;
        Ok(ReserveId::derive(&custodian, self.currency, &account))
    }

    async fn customers(&self, bank: &Bank) -> Result<Vec<PartyId>, TestbedError> {
        let parties: Vec<PartyId> = (0..CUSTOMERS).map(|_| PartyId::new(random_32())).collect();
        let standing = |party: &PartyId| {
            let standing = SetStanding {
                party: *party,
                level: Level::Full,
                status: StandingStatus::Active,
                expires: good_until().after(86_400_000),
                evidence: Hash32::new(random_32()),
            };
            self.sign(&bank.compliance, Command::SetStanding(standing))
        };
        let commands = parties.iter().map(standing).collect::<Result<_, _>>()?;
        self.send(&bank.compliance, commands, "registering customers").await?;
        Ok(parties)
    }

    async fn accounts(&self, member: Lei, count: usize) -> Result<Vec<AccountId>, TestbedError> {
        let chain = self.network.genesis.chain_id();
        let blinds: Vec<Hash32> = (0..count).map(|_| Hash32::new(random_32())).collect();
        for blinds in blinds.chunks(10_000) {
            let open = |blind: &Hash32| Action::OpenAccount {
                member,
                currency: self.currency,
                blind: *blind,
            };
            let actions = blinds.iter().map(open).collect();
            self.decide(&self.cast.operators, actions, "opening accounts").await?;
        }
        let address = |blind| AccountId::derive(&chain, &member, self.currency, blind);
        Ok(blinds.iter().map(address).collect())
    }

    /// Money arrives at the custodian and becomes tokens of the payee's bank.
    async fn mint(
        &self,
        reserve: &ReserveId,
        account: AccountId,
        minor: u128,
    ) -> Result<(), TestbedError> {
        let cast = self.cast;
        let text = |text| Text::new(text).ok_or(TestbedError::Broken("a reference"));
        let (servicer, reference) = (text("BENCH-ENTRY")?, text(CUSTODY_REFERENCE)?);
        let entry = BankEntry {
            reserve: *reserve,
            sequence: 1,
            servicer_reference: servicer.clone(),
            detail: 0,
            direction: Direction::Credit,
            minor,
            counterparty: Counterparty::Member(cast.payee.lei),
            booked: self.network.genesis.time,
            reference: reference.clone(),
        };
        let attestation = Attestation {
            reserve: *reserve,
            balance: minor,
            available: minor,
            as_of: self.network.genesis.time.after(1),
            last_entry: 1,
            statement: Hash32::new(random_32()),
            previous: Hash32::ZERO,
        };
        let custody = &cast.custodian;
        let booked = self.sign(custody, Command::RecordEntry(entry))?;
        self.send(custody, vec![booked], "booking money").await?;
        let attested = self.sign(custody, Command::Attest(attestation))?;
        self.send(custody, vec![attested], "attesting a balance").await?;
        let money = Money::new(self.currency, minor);
        let request = MintRequest { account, money, reserve: *reserve, reference };
        let bank = &cast.payee.settlement;
        let request = self.sign(bank, Command::RequestMint(request))?;
        let id = request.body.id();
        self.send(bank, vec![request], "asking for tokens").await?;
        let entry = EntryId::derive(&custody.grant.organisation, reserve, &servicer, 0);
        let mint = Action::Mint { request: id, entry };
        self.decide(&cast.treasury, vec![mint], "minting").await
    }

    /// The payee's bank, which has all the money, gives the payer's accounts theirs.
    async fn fund(
        &self,
        from: AccountId,
        (debtor, creditor): (PartyId, PartyId),
        to: &[AccountId],
    ) -> Result<(), TestbedError> {
        let (owner, receiver) = (&self.cast.payee, &self.cast.payer);
        for accounts in to.chunks(FUNDED_AT_ONCE) {
            let leg = |credit: &AccountId| BulkLeg {
                uetr: random_uetr(),
                debtor,
                credit: *credit,
                creditor,
                minor: EACH,
                message: Hash32::new(random_32()),
            };
            let legs = accounts.iter().map(leg).collect();
            let command = bulk(owner, receiver, (self.currency, from), legs)?;
            let command = self.sign(&owner.settlement, command)?;
            self.send(&owner.settlement, vec![command], "giving accounts their money").await?;
        }
        Ok(())
    }
}

/// A bulk between two banks, cleared and consented to.
pub(in crate::cli) fn bulk(
    from: &Bank,
    to: &Bank,
    (currency, debit): (Currency, AccountId),
    legs: Vec<BulkLeg>,
) -> Result<Command, TestbedError> {
    let group = BulkGroup { instructed: to.lei, legs };
    let clearance = GateAttestation {
        payment: Hash32::ZERO,
        list_version: Hash32::ZERO,
        rule_version: 1,
        expires: good_until(),
    };
    let mut bulk = Bulk {
        mode: BulkMode::Each,
        kind: MessageKind::Pacs008,
        currency,
        debit,
        groups: vec![group],
        gate: Signed::new(clearance, from.gate.signer())?,
        consents: Vec::new(),
    };
    let clearance = GateAttestation { payment: bulk.hash(&from.lei), ..clearance };
    bulk.gate = Signed::new(clearance, from.gate.signer())?;
    for group in &bulk.groups {
        let consent = Consent { to: bulk.group_hash(&from.lei, group), expires: clearance.expires };
        bulk.consents.push(Signed::new(consent, to.settlement.signer())?);
    }
    Ok(Command::Bulk(bulk))
}

/// A random reference that is a version 4 UUID.
pub(in crate::cli) fn random_uetr() -> Uetr {
    Uetr::new(uuid::Uuid::new_v4().into_bytes())
}

/// Sends a batch when there is room for it; what a validator has no room for, again and again.
pub(in crate::cli) async fn send_batch(
    client: &LedgerClient,
    follower: &Follower,
    batch: &[SignedCommand],
) -> Result<(), TestbedError> {
    let count = u32::try_from(batch.len()).unwrap_or(u32::MAX);
    let room = follower.room().acquire_many(count).await;
    room.map_err(|_| TestbedError::Broken("the follower is gone"))?.forget();
    follower.expect(batch);
    let mut left = batch.to_vec();
    let mut gone = None;
    for _ in 0..TRIES {
        match client.submit_all(&left).await {
            Ok(outcomes) => left = not_taken(left, outcomes)?,
            Err(PortError::Refused(problem)) if problem.status().as_u16() == 429 => {}
            // All of them start at this moment, perhaps.
            Err(error @ PortError::Unreachable(_)) => gone = Some(error),
            Err(error) => return Err(error.into()),
        }
        if left.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(AGAIN).await;
    }
    Err(gone.map_or(TestbedError::Broken("validators had no room for too long"), Into::into))
}

/// What of a batch was refused for now.
fn not_taken(
    batch: Vec<SignedCommand>,
    outcomes: Vec<BatchOutcome>,
) -> Result<Vec<SignedCommand>, TestbedError> {
    let mut left = Vec::new();
    for (command, outcome) in batch.into_iter().zip(outcomes) {
        match outcome {
            BatchOutcome::Taken { .. } => {}
            BatchOutcome::Refused { retry: true, .. } => left.push(command),
            BatchOutcome::Refused { code, .. } => return Err(TestbedError::NotTaken { code }),
        }
    }
    Ok(left)
}

/// Waits until nothing is open.
pub(in crate::cli) async fn all_proven(
    follower: &Follower,
    folder: &std::path::Path,
    what: &'static str,
    seconds: u64,
) -> Result<(), TestbedError> {
    for _ in 0..seconds.saturating_mul(200) {
        if follower.open() == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let open = follower.open();
    Err(TestbedError::NotProven { open, seconds, what, folder: folder.to_path_buf() })
}
