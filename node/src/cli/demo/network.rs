//! The demo's network: keys, genesis and configs as an operator makes them, then processes.

use std::{
    fmt::Write as _,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use consensus::Distance;
use florin_client::ServerTrust;
use ledger_core::{
    authority::RoleKey, digest::Hash32, genesis::Genesis, id::Lei, signature::PublicKey,
};
use rand::Rng as _;
use verifier::parse_genesis;

use super::{
    DemoArgs, DemoError,
    cast::{Cast, Plot},
    profiles,
    tell::write,
};
use crate::{
    cli::{
        child::{Process, free_ports, must},
        input,
        keygen::{CARD, Card},
        ui,
    },
    keyfile::TransportKey,
};

/// Folders of the members' gateways.
pub(super) const BANKS: [&str; 3] = ["bank-a", "bank-b", "bank-c"];
/// Folders of the gateways of institutions that genesis names.
pub(super) const OFFICES: [&str; 4] = ["operator", "treasury", "custodian", "compliance"];
/// Folders of the keys of a bank's administrators, below its own.
pub(super) const ADMINS: [&str; 2] = ["admin-1", "admin-2"];
/// Folder of the regulator's observer.
const OBSERVER: &str = "regulator";
/// Clients of the gateways and of the observer: name, gateway, role.
pub(super) const CLIENTS: [(&str, &str, &str); 17] = [
    ("bank-a-core", "bank-a", "operations"),
    ("bank-a-compliance", "bank-a", "compliance"),
    ("bank-b-core", "bank-b", "operations"),
    ("bank-b-compliance", "bank-b", "compliance"),
    ("bank-a-admin", "bank-a", "administrator"),
    ("bank-b-admin", "bank-b", "administrator"),
    ("bank-c-admin", "bank-c", "administrator"),
    ("treasury-maker", "treasury", "treasury_maker"),
    ("treasury-checker", "treasury", "treasury_checker"),
    ("custodian-core", "custodian", "custodian"),
    ("bank-c-core", "bank-c", "operations"),
    ("bank-c-compliance", "bank-c", "compliance"),
    ("operator-maker", "operator", "operator_maker"),
    ("operator-checker", "operator", "operator_checker"),
    ("compliance-officer", "compliance", "network_compliance"),
    ("compliance-checker", "compliance", "network_compliance_checker"),
    ("regulator-auditor", "regulator", "auditor"),
];

/// The running network.
pub(super) struct Network {
    pub(super) folder: PathBuf,
    pub(super) genesis: Genesis,
    pub(super) validators: Vec<Process>,
    pub(super) gateways: Vec<Process>,
    /// The regulator's full copy.
    pub(super) observer: Process,
    /// Base URL of its audit API.
    pub(super) audit: String,
    /// Whom clients believe: whoever holds the key of one of the processes.
    pub(super) server: ServerTrust,
}

/// Names of the validators' folders.
fn validators(args: &DemoArgs) -> Vec<String> {
    (1..=args.validators).map(|number| format!("validator-{number}")).collect()
}

/// Ports of every process.
struct Ports {
    p2p: Vec<u16>,
    ledger: Vec<u16>,
    api: Vec<u16>,
}

impl Ports {
    /// Two for each validator and the observer, one for each gateway.
    fn take(args: &DemoArgs) -> Result<Self, DemoError> {
        let all = 2 * (args.validators + 1) + OFFICES.len() + BANKS.len();
        let all = u16::try_from(all).unwrap_or(u16::MAX);
        let ports: Vec<u16> = match args.base_port {
            Some(base) => (0..all).map(|n| base.saturating_add(n)).collect(),
            None => free_ports(all).map_err(DemoError::io("free ports"))?,
        };
        let mut ports = ports.into_iter();
        let mut take = |count| ports.by_ref().take(count).collect();
        let (p2p, ledger) = (take(args.validators), take(args.validators));
        Ok(Self { p2p, ledger, api: take(usize::MAX) })
    }
}

impl Network {
    /// Makes keys, genesis and configs.
    pub(super) async fn found(
        folder: &Path,
        cast: &Cast,
        plot: &Plot,
        args: &DemoArgs,
    ) -> Result<Self, DemoError> {
        let ports = Ports::take(args)?;
        let names = validators(args);
        fs::create_dir_all(folder.join("messages")).map_err(DemoError::io("messages"))?;
        make_keys(folder, cast, &names).await?;
        make_clients(folder)?;
        found_genesis(folder, (cast, plot), args).await?;
        let genesis_path = folder.join("genesis.json");
        let bytes = fs::read(&genesis_path).map_err(DemoError::io("genesis.json"))?;
        let genesis = parse_genesis(&bytes)
            .map_err(|error| DemoError::unexpected("genesis.json", error.to_string()))?;
        let mut secured = Secured::new(args.tls);
        let mut peers = String::new();
        let mut identities = Vec::new();
        for (name, port) in names.iter().zip(&ports.p2p) {
            let Card::Validator { identity, .. } = card(&folder.join(name).join("keys"))? else {
                return Err(DemoError::unexpected(name, "not a validator's card"));
            };
            let _ = writeln!(peers, "{identity} = \"127.0.0.1:{port}\"");
            identities.push(identity);
        }
        let mut validators = Vec::new();
        for (n, (name, identity)) in names.iter().zip(identities).enumerate() {
            let (p2p, ledger) = (at(&ports.p2p, n), at(&ports.ledger, n));
            let config = validator_config(
                (here(p2p), here(ledger)),
                (&peers, Distance::Wide),
                args.rules_up_to,
            );
            secured.write(&folder.join(name), config)?;
            let process = Process::new(folder, name, "validator", ledger);
            validators.push(secured.process(process, identity));
        }
        let mut gateways = Vec::new();
        for (n, name) in OFFICES.iter().chain(&BANKS).enumerate() {
            let api = at(&ports.api, n);
            let validators = secured.urls(&ports.ledger);
            let config = gateway_config(folder, name, cast, plot, (api, &validators))?;
            secured.write(&folder.join(name), config)?;
            let key = key_file(folder, name, cast, "transport")?;
            gateways.push(secured.process(Process::new(folder, name, "gateway", api), key));
        }
        let (port, audit) = (at(&ports.api, gateways.len()), at(&ports.api, gateways.len() + 1));
        let config = observer_config(folder, (port, audit), &secured.urls(&ports.ledger))?;
        secured.write(&folder.join(OBSERVER), config)?;
        let key = public_key(&folder.join(OBSERVER).join("keys/regulator.key"))?;
        let observer = secured.process(Process::new(folder, OBSERVER, "observer", port), key);
        let audit = format!("{}://127.0.0.1:{audit}", secured.scheme());
        profiles::write(folder, cast, plot, &gateways, args.tls)?;
        let (folder, server) = (folder.to_path_buf(), secured.trust());
        Ok(Self { folder, genesis, validators, gateways, observer, audit, server })
    }

    /// Starts gateways and waits until they are ready.
    pub(super) async fn open(&mut self, names: &[&str]) -> Result<(), DemoError> {
        let mut chosen: Vec<&mut Process> =
            self.gateways.iter_mut().filter(|g| names.contains(&g.name.as_str())).collect();
        for gateway in &mut chosen {
            gateway.start()?;
        }
        for gateway in &mut chosen {
            gateway.ready().await?;
        }
        Ok(())
    }

    /// The base URL of a gateway.
    pub(super) fn url(&self, gateway: &str) -> String {
        let found = self.gateways.iter().find(|process| process.name == gateway);
        found.map(|process| process.url.clone()).unwrap_or_default()
    }

    /// Base URLs of the validators' ledger ports.
    pub(super) fn ledger_urls(&self) -> Vec<String> {
        self.validators.iter().map(|process| process.url.clone()).collect()
    }

    /// The key of a client of a gateway.
    pub(super) fn client_key(&self, name: &str) -> PathBuf {
        self.folder.join("clients").join(format!("{name}.pem"))
    }

    /// Says what runs where.
    pub(super) fn describe(&self) {
        for process in self.validators.iter().chain(&self.gateways).chain([&self.observer]) {
            ui::note(&format!("{:<12} {}", process.name, process.url));
        }
        ui::note(&format!("audit API    {}", self.audit));
        ui::note(&format!("folder       {}", self.folder.display()));
        ui::note(&format!("profiles     {}", self.folder.join(profiles::FOLDER).display()));
    }

    /// Ends every process.
    pub(super) async fn stop(mut self) {
        let Self { gateways, validators, observer, .. } = &mut self;
        for process in gateways.iter_mut().chain([observer]).chain(validators) {
            process.stop().await;
        }
    }
}

fn here(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn at(ports: &[u16], n: usize) -> u16 {
    ports.get(n).copied().unwrap_or(0)
}

/// Keys, each kind by the command that an operator would use.
async fn make_keys(folder: &Path, cast: &Cast, validators: &[String]) -> Result<(), DemoError> {
    for name in validators {
        let out = folder.join(name).join("keys");
        let out = out.display().to_string();
        must(&["keygen", "--kind", "validator", "--name", name, "--out", &out]).await?;
    }
    let member: &[&str] = &["settlement", "gate", "compliance", "transport"];
    let made: [(&str, Lei, &[&str]); 21] = [
        ("operator/keys/maker", cast.operator, &["operator"]),
        ("operator/keys/checker", cast.operator, &["operator"]),
        ("operator/keys/service", cast.operator, &["transport"]),
        ("treasury/keys/maker", cast.treasury, &["treasury"]),
        ("treasury/keys/checker", cast.treasury, &["treasury"]),
        ("treasury/keys/service", cast.treasury, &["transport"]),
        ("custodian/keys/desk", cast.custodian, &["custodian"]),
        ("custodian/keys/service", cast.custodian, &["transport"]),
        ("bank-a/keys", cast.bank_a, member),
        ("bank-a/keys/admin-1", cast.bank_a, &["admin"]),
        ("bank-a/keys/admin-2", cast.bank_a, &["admin"]),
        ("bank-b/keys", cast.bank_b, member),
        ("bank-b/keys/admin-1", cast.bank_b, &["admin"]),
        ("bank-b/keys/admin-2", cast.bank_b, &["admin"]),
        ("bank-c/keys", cast.bank_c, member),
        ("bank-c/keys/admin-1", cast.bank_c, &["admin"]),
        ("bank-c/keys/admin-2", cast.bank_c, &["admin"]),
        ("compliance/keys/officer", cast.compliance, &["network_compliance"]),
        ("compliance/keys/checker", cast.compliance, &["network_compliance"]),
        ("compliance/keys/service", cast.compliance, &["transport"]),
        ("regulator/keys", cast.regulator, &["regulator"]),
    ];
    for (path, lei, roles) in made {
        let out = folder.join(path).display().to_string();
        let mut args = vec!["keygen", "--kind", "institution", "--lei", lei.text(), "--out", &out];
        for role in roles {
            args.extend(["--role", role]);
        }
        must(&args).await?;
    }
    Ok(())
}

/// Keys of people and core systems that call gateways: PKCS#8 PEM, as other tools read it.
fn make_clients(folder: &Path) -> Result<(), DemoError> {
    let clients = folder.join("clients");
    fs::create_dir_all(&clients).map_err(DemoError::io("clients"))?;
    for (name, _, _) in CLIENTS {
        let mut secret = [0; 32];
        rand::rng().fill_bytes(&mut secret);
        let path = clients.join(format!("{name}.pem"));
        let text = crate::keyfile::to_pem(&secret);
        crate::keyfile::write_new(&path, text.as_bytes(), 0o600)
            .map_err(|error| DemoError::unexpected(name, error.to_string()))?;
    }
    Ok(())
}

async fn found_genesis(
    folder: &Path,
    (cast, plot): (&Cast, &Plot),
    args: &DemoArgs,
) -> Result<(), DemoError> {
    let epochs = args.epoch_length.map_or_else(String::new, |n| format!("epoch_length = {n}\n"));
    let mut params = format!("name = \"florin-demo\"\n{epochs}");
    let issued = |code: &str, scale: u8| {
        let issuer = cast.treasury;
        format!("[[currencies]]\ncode = \"{code}\"\nscale = {scale}\nissuer = \"{issuer}\"\n")
    };
    params.push_str(&issued(&plot.currency, plot.scale));
    for code in &args.currency {
        let scale = iso20022::currency_scale(code)
            .ok_or_else(|| DemoError::unexpected(code.clone(), "no active ISO 4217 currency"))?;
        params.push_str(&issued(code, scale));
    }
    let params_path = folder.join("params.toml");
    write(&params_path, params.as_bytes())?;
    let text = |path: PathBuf| path.display().to_string();
    let names = validators(args);
    let mut args = vec!["genesis".to_owned()];
    for name in names {
        args.push(text(folder.join(name).join("keys").join(CARD)));
    }
    for path in [
        "operator/keys/maker",
        "operator/keys/checker",
        "operator/keys/service",
        "treasury/keys/maker",
        "treasury/keys/checker",
        "treasury/keys/service",
        "custodian/keys/desk",
        "custodian/keys/service",
        "compliance/keys/officer",
        "compliance/keys/checker",
        "compliance/keys/service",
        "regulator/keys",
    ] {
        args.push(text(folder.join(path).join(CARD)));
    }
    args.extend(["--params".to_owned(), text(params_path)]);
    args.extend(["--out".to_owned(), text(folder.join("genesis.json"))]);
    Ok(must(&args.iter().map(String::as_str).collect::<Vec<_>>()).await?)
}

/// A bank's keys, of its desk and of its two administrators, and to which key messages for it are
/// sealed.
pub(super) fn member_keys(folder: &Path) -> Result<(Vec<RoleKey>, Hash32), DemoError> {
    let mut found = Vec::new();
    let mut sealed_to = Hash32::ZERO;
    for (desk, path) in
        ADMINS.iter().map(|name| (false, folder.join(name))).chain([(true, folder.to_path_buf())])
    {
        let Card::Institution { lei, keys, encryption } = card(&path)? else {
            return Err(DemoError::unexpected(
                path.display().to_string(),
                "not an institution's card",
            ));
        };
        found.extend(keys.into_iter().map(|key| RoleKey {
            key: key.key,
            role: key.role,
            person: key.person,
            organisation: lei,
        }));
        if desk {
            sealed_to = encryption;
        }
    }
    found.sort_by_key(|grant| grant.key);
    Ok((found, sealed_to))
}

/// Reads a public card.
pub(super) fn card(folder: &Path) -> Result<Card, DemoError> {
    Ok(input::json(&folder.join(CARD))?)
}

/// A validator's configuration, in a folder beside genesis.
///
/// Without a limit it knows the rules as this binary does.
pub(in crate::cli) fn validator_config(
    (p2p, ledger): (SocketAddr, SocketAddr),
    (peers, distance): (&str, Distance),
    rules_up_to: Option<u32>,
) -> String {
    let rules = rules_up_to.map_or_else(String::new, |up| format!("[rules]\nup_to = {up}\n\n"));
    format!(
        "role = \"validator\"\ngenesis = \"../genesis.json\"\ndata = \"data\"\n\n\
         [p2p]\nlisten = \"{p2p}\"\ndistance = \"{distance}\"\n\n[p2p.peers]\n{peers}\n\
         [ledger_port]\nlisten = \"{ledger}\"\n\n{rules}\
         [signers.identity]\nfile = \"keys/identity.key\"\n\n\
         [signers.vote]\nfile = \"keys/vote.key\"\n"
    )
}

/// Which institution plays a gateway's part, as what, and with which key files by purpose.
fn part(name: &str, cast: &Cast) -> (Lei, &'static str, &'static [(&'static str, &'static str)]) {
    match name {
        "treasury" => (
            cast.treasury,
            "treasury",
            &[
                ("treasury_maker", "maker/treasury"),
                ("treasury_checker", "checker/treasury"),
                ("transport", "service/transport"),
                ("encryption", "service/encryption"),
            ],
        ),
        "custodian" => (
            cast.custodian,
            "custodian",
            &[
                ("custodian", "desk/custodian"),
                ("transport", "service/transport"),
                ("encryption", "service/encryption"),
            ],
        ),
        "operator" => (
            cast.operator,
            "operator",
            &[
                ("operator_maker", "maker/operator"),
                ("operator_checker", "checker/operator"),
                ("transport", "service/transport"),
                ("encryption", "service/encryption"),
            ],
        ),
        "compliance" => (
            cast.compliance,
            "compliance",
            &[
                ("network_compliance", "officer/network_compliance"),
                ("network_compliance_checker", "checker/network_compliance"),
                ("transport", "service/transport"),
                ("encryption", "service/encryption"),
            ],
        ),
        bank => {
            let lei = match bank {
                "bank-a" => cast.bank_a,
                "bank-b" => cast.bank_b,
                _ => cast.bank_c,
            };
            (
                lei,
                "member",
                &[
                    ("settlement", "settlement"),
                    ("gate", "gate"),
                    ("compliance", "compliance"),
                    ("transport", "transport"),
                    ("encryption", "encryption"),
                ],
            )
        }
    }
}

fn gateway_config(
    folder: &Path,
    name: &str,
    cast: &Cast,
    plot: &Plot,
    (api, validators): (u16, &str),
) -> Result<String, DemoError> {
    let (lei, role, signers) = part(name, cast);
    let mut config = format!(
        "role = \"gateway\"\ngenesis = \"../genesis.json\"\ndata = \"data\"\n\n\
         [api]\nlisten = \"127.0.0.1:{api}\"\n\n\
         [ledger_port]\nvalidators = [{validators}]\n\n\
         [institution]\nlei = \"{lei}\"\nroles = [\"{role}\"]\n\
         clearing_systems = [\"FLORIN\"{}]\nanchor_seconds = 2\n\
         past_dates = \"today\"\n",
        if plot.clearing_system == "FLORIN" {
            String::new()
        } else {
            format!(", \"{}\"", plot.clearing_system)
        },
    );
    for (purpose, file) in signers {
        let _ = write!(config, "\n[signers.{purpose}]\nfile = \"keys/{file}.key\"\n");
    }
    config.push_str(&clients_of(folder, name)?);
    Ok(config)
}

fn observer_config(
    folder: &Path,
    (port, audit): (u16, u16),
    validators: &str,
) -> Result<String, DemoError> {
    Ok(format!(
        "role = \"observer\"\ngenesis = \"../genesis.json\"\ndata = \"data\"\n\n\
         [ledger_port]\nlisten = \"127.0.0.1:{port}\"\nvalidators = [{validators}]\n\n\
         [api]\nlisten = \"127.0.0.1:{audit}\"\n\n\
         [signers.regulator]\nfile = \"keys/regulator.key\"\n{}",
        clients_of(folder, OBSERVER)?
    ))
}

/// Whether processes speak TLS, and the keys of those that do.
struct Secured {
    tls: bool,
    keys: Vec<[u8; 32]>,
}

impl Secured {
    const fn new(tls: bool) -> Self {
        Self { tls, keys: Vec::new() }
    }

    const fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// Base URLs of the validators, as a list in TOML.
    fn urls(&self, ledger: &[u16]) -> String {
        let scheme = self.scheme();
        let urls: Vec<String> =
            ledger.iter().map(|port| format!("\"{scheme}://127.0.0.1:{port}\"")).collect();
        urls.join(", ")
    }

    fn write(&self, folder: &Path, config: String) -> Result<(), DemoError> {
        let tls = if self.tls { "\n[tls]\n" } else { "" };
        write(&folder.join("config.toml"), (config + tls).as_bytes())
    }

    fn process(&mut self, process: Process, key: PublicKey) -> Process {
        self.keys.push(*key.get());
        if self.tls { process.over_tls(key) } else { process }
    }

    fn trust(self) -> ServerTrust {
        if self.tls { ServerTrust::keys(self.keys) } else { ServerTrust::ThisHost }
    }
}

/// The public half of a gateway's key for a purpose.
pub(super) fn key_file(
    folder: &Path,
    name: &str,
    cast: &Cast,
    purpose: &str,
) -> Result<PublicKey, DemoError> {
    let (.., signers) = part(name, cast);
    let file = signers.iter().find(|(of, _)| *of == purpose).map_or("", |(_, file)| *file);
    public_key(&folder.join(name).join(format!("keys/{file}.key")))
}

/// Who may call a process, as TOML.
fn clients_of(folder: &Path, process: &str) -> Result<String, DemoError> {
    let mut toml = String::new();
    for (client, _, role) in CLIENTS.iter().filter(|(_, of, _)| *of == process) {
        let key = public_key(&folder.join("clients").join(format!("{client}.pem")))?;
        let _ = write!(
            toml,
            "\n[[clients]]\nkey = \"{key}\"\nname = \"{client}\"\nroles = [\"{role}\"]\n"
        );
    }
    Ok(toml)
}

fn public_key(path: &Path) -> Result<PublicKey, DemoError> {
    let key = TransportKey::load(path);
    Ok(key.map_err(|error| DemoError::unexpected("client key", error.to_string()))?.key())
}
