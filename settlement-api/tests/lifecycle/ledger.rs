//! A ledger in this process, served as a validator serves it: real execution, real proofs, real
//! certificates, one block per command.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    web::{self, Bytes, Data},
};
use ledger_core::{
    codec::{decode, encode},
    command::{Action, SignedCommand},
    digest::Hash32,
    genesis::Genesis,
    id::{AccountId, CommandId, Lei},
    journal::LogName,
    member::DirectoryEntry,
    money::Money,
    proof::RecordProof,
    receipt::Outcome,
    record::{Name, Record},
    testing::{self, Bank, World},
    time::{Height, LedgerTime},
};
use settlement_api::ledger_port::{
    BCS, BatchOutcome, COMMAND_BATCHES, COMMANDS, Certified, DIRECTORY, DirectoryPage,
    LATEST_HEADER, ProvedReceipt, ProvedRecord, RECEIPTS, RECORDS, ReceiptPage, Submitted,
    SubmittedBatch,
    journal::{JOURNALS, JournalPage},
};
use verifier::{
    history::{ShownBlock, ShownEntry},
    testing::TestNetwork,
};

/// A ledger and what a port serves of it.
pub(crate) struct Ledger {
    network: TestNetwork,
    inner: Mutex<Inner>,
    /// Where its port is.
    pub(crate) url: String,
}

struct Inner {
    world: World,
    certified: Option<Certified>,
    seen: BTreeMap<CommandId, ()>,
    /// Whether its time is this machine's.
    live: bool,
    /// Whose a transport key is.
    callers: BTreeMap<String, Lei>,
    /// Whether journals are told wrongly.
    lies: bool,
}

const DAY_MS: u64 = 86_400_000;

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

impl Ledger {
    /// A network with reserves and no member, whose port is open: founded at noon so many days
    /// ago, or two minutes ago.
    pub(crate) fn found(days_ago: u64) -> Arc<Self> {
        let noon = (now_ms() / DAY_MS).saturating_sub(days_ago) * DAY_MS + DAY_MS / 2;
        let founded = if days_ago == 0 { now_ms() - 120_000 } else { noon };
        let mut network = TestNetwork::new(4);
        let base = testing::genesis();
        network.genesis = Genesis {
            time: LedgerTime::new(founded),
            currencies: base.currencies,
            role_keys: base.role_keys,
            limits: base.limits,
            ..network.genesis.clone()
        };
        let mut world = World::found(network.genesis.clone());
        world.open_reserves();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Inner {
            world,
            certified: None,
            seen: BTreeMap::new(),
            live: false,
            callers: BTreeMap::new(),
            lies: false,
        };
        let ledger = Arc::new(Self { network, inner: Mutex::new(inner), url });
        ledger.advance(&[]);
        ledger.serve(listener);
        ledger.beat();
        ledger
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn genesis(&self) -> &Genesis {
        &self.network.genesis
    }

    pub(crate) fn committee(&self) -> verifier::Committee {
        self.network.committee()
    }

    /// Admits a bank by its directory entry, opens its account in dollars, and gives it money.
    pub(crate) fn admit(
        &self,
        bank: &Bank,
        entry: DirectoryEntry,
        transport: [u8; 32],
        minor: u128,
    ) {
        let mut inner = self.lock();
        inner.callers.insert(hex::encode(transport), bank.lei);
        let world = &mut inner.world;
        let mut commands = world.decide(Action::AdmitMember(entry)).to_vec();
        commands.extend(world.open_account(bank, testing::usd()));
        world.apply_all(&commands);
        if minor > 0 {
            world.fund(bank, Money::new(testing::usd(), minor));
        }
        drop(inner);
        self.advance(&[]);
    }

    /// Gives a bank so much more.
    pub(crate) fn fund(&self, bank: &Bank, money: Money) {
        self.lock().world.fund(bank, money);
        self.advance(&[]);
    }

    /// Two operators decide something.
    pub(crate) fn decide(&self, action: Action) {
        let mut inner = self.lock();
        let world = &mut inner.world;
        let commands = world.decide(action);
        world.apply_all(&commands);
        drop(inner);
        self.advance(&[]);
    }

    /// A bank has two administrators from now on.
    pub(crate) fn appoint_admins(&self, bank: &Bank) {
        self.lock().world.appoint_admins(bank);
        self.advance(&[]);
    }

    /// Two administrators of a bank decide something.
    pub(crate) fn administer(&self, bank: &Bank, action: Action) {
        let mut inner = self.lock();
        let world = &mut inner.world;
        let commands = world.administer(bank, action);
        world.apply_all(&commands);
        drop(inner);
        self.advance(&[]);
    }

    /// Opens a bank's account in yen, and gives it so much.
    pub(crate) fn open_yen(&self, bank: &Bank, minor: u128) {
        let mut inner = self.lock();
        let world = &mut inner.world;
        let commands = world.open_account(bank, testing::jpy());
        world.apply_all(&commands);
        if minor > 0 {
            world.fund(bank, Money::new(testing::jpy(), minor));
        }
        drop(inner);
        self.advance(&[]);
    }

    /// Executes commands in a block, and another block that declares its results.
    pub(crate) fn advance(&self, commands: &[SignedCommand]) {
        let mut inner = self.lock();
        let live = inner.live;
        let world = &mut inner.world;
        let at = |world: &World| {
            let next = world.now().after(1);
            if live { LedgerTime::new(now_ms()).max(next) } else { next }
        };
        world.block_at(at(world), commands);
        world.block_at(at(world), &[]);
        let header = *world.state.header();
        let certificate = self.network.certify(&header);
        inner.certified = Some(Certified { header, certificate });
    }

    /// From now on its time is this machine's.
    pub(crate) fn go_live(&self) {
        self.lock().live = true;
        self.advance(&[]);
    }

    /// An emergency key halts the network, or operators resume it.
    pub(crate) fn halt(&self, on: bool) {
        let mut inner = self.lock();
        let world = &mut inner.world;
        let commands = if on {
            world.appoint_emergency();
            vec![world.halt()]
        } else {
            let halt = world.last_halt().number;
            world.decide(Action::ResumeNetwork { halt }).to_vec()
        };
        drop(inner);
        for command in commands {
            self.advance(&[command]);
        }
    }

    /// From now on journals are told rightly, or wrongly.
    pub(crate) fn lie(&self, lies: bool) {
        self.lock().lies = lies;
    }

    /// A day passes; then the custodian attests what it had, and a bank is given more.
    pub(crate) fn next_day(&self, bank: &Bank, (attested, minor): (u128, u128)) {
        let mut inner = self.lock();
        let world = &mut inner.world;
        world.block_at(world.now().after(DAY_MS), &[]);
        let attestation = world.attest(testing::usd(), attested);
        world.apply_all(&[attestation]);
        world.fund(bank, Money::new(testing::usd(), minor));
        drop(inner);
        self.advance(&[]);
    }

    /// What a command did, by its receipts so far.
    pub(crate) fn outcomes(&self, kind: ledger_core::receipt::Kind) -> Vec<Outcome> {
        let inner = self.lock();
        let receipts = inner.world.sets.iter().flat_map(|set| set.receipts.iter());
        receipts.filter(|receipt| receipt.kind == kind).map(|receipt| receipt.outcome).collect()
    }

    /// Makes a block now and then, so that time passes.
    fn beat(self: &Arc<Self>) {
        let ledger = Arc::downgrade(self);
        std::thread::spawn(move || {
            while let Some(ledger) = ledger.upgrade() {
                ledger.advance(&[]);
                drop(ledger);
                std::thread::sleep(Duration::from_millis(250));
            }
        });
    }

    fn serve(self: &Arc<Self>, listener: TcpListener) {
        let ledger = Data::from(Arc::clone(self));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(ledger.clone())
                .app_data(web::PayloadConfig::new(1 << 20))
                .route(COMMANDS, web::post().to(command))
                .route(COMMAND_BATCHES, web::post().to(commands))
                .route(RECEIPTS, web::get().to(receipts))
                .route(&format!("{RECORDS}/{{name}}"), web::get().to(record))
                .route(&format!("{JOURNALS}/{{account}}"), web::get().to(journal))
                .route(DIRECTORY, web::get().to(directory))
                .route(LATEST_HEADER, web::get().to(latest))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        tokio::spawn(server);
    }

    pub(crate) fn certified(&self) -> Certified {
        self.lock().certified.clone().unwrap()
    }
}

pub(crate) fn bcs<T: serde::Serialize>(value: &T) -> HttpResponse {
    HttpResponse::Ok().content_type(BCS).body(encode(value))
}

async fn command(ledger: Data<Ledger>, body: Bytes) -> HttpResponse {
    let signed: SignedCommand = decode(&body, 1 << 20).unwrap();
    HttpResponse::Accepted().json(Submitted { command_id: take(&ledger, signed) })
}

async fn commands(ledger: Data<Ledger>, body: Bytes) -> HttpResponse {
    let signed: Vec<SignedCommand> = decode(&body, 1 << 20).unwrap();
    let taken = |signed| BatchOutcome::Taken { command_id: take(&ledger, signed) };
    HttpResponse::Ok().json(SubmittedBatch { commands: signed.into_iter().map(taken).collect() })
}

fn take(ledger: &Ledger, signed: SignedCommand) -> CommandId {
    let id = signed.body.id();
    if ledger.lock().seen.insert(id, ()).is_none() {
        ledger.advance(&[signed]);
    }
    id
}

async fn receipts(ledger: Data<Ledger>, request: HttpRequest) -> HttpResponse {
    let query = request.query_string();
    let value = |name: &str| {
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        pair.unwrap().to_owned()
    };
    let (height, index) =
        value("after").split_once('.').map(|(h, i)| (h.to_owned(), i.to_owned())).unwrap();
    let after = (Height::new(height.parse().unwrap()), index.parse::<u32>().unwrap());
    let limit: usize = value("limit").parse().unwrap();
    let until = now_ms() + value("wait_ms").parse::<u64>().unwrap();
    let signature = request.headers().get("signature-input").unwrap().to_str().unwrap();
    let keyid = signature.split("keyid=\"").nth(1).unwrap().split('"').next().unwrap();
    loop {
        let page = page(&ledger, keyid, after, limit);
        if !page.receipts.is_empty() || now_ms() >= until {
            return bcs(&page);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn page(ledger: &Ledger, keyid: &str, after: (Height, u32), limit: usize) -> ReceiptPage {
    let inner = ledger.lock();
    let (world, certified) = (&inner.world, inner.certified.clone().unwrap());
    let covered = certified.header.results.height;
    let lei = inner.callers.get(keyid);
    let mut receipts = Vec::new();
    for receipt in world.sets.iter().flat_map(|set| set.receipts.iter()) {
        let at = (receipt.height, receipt.index);
        let own = lei.is_some_and(|lei| receipt.parties.contains(lei));
        if own && at > after && receipt.height <= covered && receipts.len() < limit {
            let proof = world.prove_receipt(receipt.height, receipt.index, covered).unwrap();
            receipts.push(ProvedReceipt { proof, certified: certified.clone() });
        }
    }
    ReceiptPage { receipts }
}

fn prove(inner: &Inner, name: &Name) -> Option<RecordProof> {
    let height = inner.certified.as_ref().unwrap().header.results.height;
    inner.world.state.prove_record(name, height)
}

async fn record(ledger: Data<Ledger>, name: web::Path<String>) -> HttpResponse {
    let name: Name = decode(&hex::decode(name.as_str()).unwrap(), 1 << 10).unwrap();
    let inner = ledger.lock();
    match prove(&inner, &name) {
        Some(proof) => bcs(&ProvedRecord { proof, certified: inner.certified.clone().unwrap() }),
        None => nothing(),
    }
}

/// What a validator says of a record that it does not have.
pub(crate) fn nothing() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("application/problem+json")
        .body(r#"{"type":"about:blank","title":"x","status":404,"code":"not_found","retry":"never","detail":"x"}"#)
}

/// Entries of an account's journal, two at a time.
async fn journal(
    ledger: Data<Ledger>,
    account: web::Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    let account = AccountId::from_hex(&account).unwrap();
    let query = request.query_string();
    let after: u64 =
        query.split('&').find_map(|q| q.strip_prefix("after=")).unwrap().parse().unwrap();
    let inner = ledger.lock();
    let of_sets = inner.world.sets.iter().flat_map(|set| {
        let own = set.lists.logs.iter().filter(|row| row.log == LogName::Account(account));
        own.map(|row| (row, set.blinding))
    });
    let shown = of_sets.filter(|(row, _)| row.index >= after).take(2).map(|(row, blinding)| {
        let shown = ShownEntry { entry: decode(&row.bytes, 1 << 10).unwrap(), salt: row.salt };
        let movements = decode(&row.detail, 1 << 20).unwrap();
        let mut block = ShownBlock::of(account, shown, movements, &blinding);
        if inner.lies {
            // Everything follows, and nothing is the ledger's.
            block.shown.salt = Hash32::ZERO;
        }
        block
    });
    bcs(&JournalPage { blocks: shown.collect() })
}

async fn directory(ledger: Data<Ledger>) -> HttpResponse {
    let inner = ledger.lock();
    let members = inner.world.state.records().filter_map(|record| match record {
        Record::Member(member) => prove(&inner, &Name::Member(member.directory.lei)),
        _ => None,
    });
    let members = members.collect();
    bcs(&DirectoryPage { members, certified: inner.certified.clone().unwrap() })
}

async fn latest(ledger: Data<Ledger>) -> HttpResponse {
    bcs(&ledger.certified())
}
