use super::*;

const VALIDATOR: &str = r#"
genesis = "../genesis.json"
data = "data"
role = "validator"
[p2p]
listen = "127.0.0.1:4001"
peers = { 0101010101010101010101010101010101010101010101010101010101010101 = "127.0.0.1:4001" }
[ledger_port]
listen = "[::1]:4101"
[signers.identity]
file = "keys/identity.key"
[signers.vote]
file = "/etc/florin/vote.key"
"#;

const GATEWAY: &str = r#"
genesis = "/net/genesis.json"
data = "data"
role = "gateway"
[ledger_port]
validators = ["http://127.0.0.1:4101"]
[api]
listen = "127.0.0.1:4201"
[institution]
lei = "529900T8BM49AURSDO55"
bic = "BANKDEFF"
roles = ["member"]
clearing_systems = ["TCH"]
[signers.settlement]
file = "keys/settlement.key"
[[clients]]
key = "0202020202020202020202020202020202020202020202020202020202020202"
name = "core"
roles = ["operator"]
"#;

const OBSERVER: &str = r#"
genesis = "../genesis.json"
data = "data"
role = "observer"
[ledger_port]
listen = "127.0.0.1:4301"
validators = ["http://127.0.0.1:4101", "http://127.0.0.1:4102"]
[api]
listen = "127.0.0.1:4302"
[signers.regulator]
file = "keys/regulator.key"
[[clients]]
key = "0202020202020202020202020202020202020202020202020202020202020202"
name = "examiner"
roles = ["auditor"]
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/srv/florin"), Path::new("config.toml"))
}

#[test]
fn relative_paths_count_from_the_files_folder() {
    let config = parse(VALIDATOR).unwrap();
    assert_eq!(config.data, Path::new("/srv/florin/data"));
    assert_eq!(config.genesis, Path::new("/srv/florin/../genesis.json"));
    assert_eq!(config.signer("vote").unwrap(), Path::new("/etc/florin/vote.key"));
    assert_eq!(config.signer("identity").unwrap(), Path::new("/srv/florin/keys/identity.key"));
}

#[test]
fn a_gateway_is_read_whole() {
    let config = parse(GATEWAY).unwrap();
    let institution = config.institution.unwrap();
    assert_eq!(institution.bic.unwrap().get(), "BANKDEFF");
    assert_eq!(institution.clearing_systems.len(), 1);
    assert_eq!(config.clients.len(), 1);
    assert_eq!(config.api.unwrap().listen.port(), 4201);
}

#[test]
fn a_gateways_days_of_settlement_are_read_and_a_misspelled_one_is_refused() {
    let days = "[value_dates.USD]\nweekend = [\"saturday\", \"sunday\"]\n\
                holidays = [\"2026-12-25\"]\ncut_off = \"16:00\"\n";
    let config = parse(&format!("{GATEWAY}\n{days}")).unwrap();
    assert_eq!(config.value_dates.keys().collect::<Vec<_>>(), ["USD"]);
    assert_eq!(config.institution.unwrap().past_dates, PastDates::Refuse);
    let today = GATEWAY.replace("bic =", "past_dates = \"today\"\nbic =");
    assert_eq!(parse(&today).unwrap().institution.unwrap().past_dates, PastDates::Today);
    for (written, wrong) in
        [("sunday", "sonntag"), ("2026-12-25", "25.12.2026"), ("16:00", "4 pm"), ("cut_off", "end")]
    {
        let text = format!("{GATEWAY}\n{}", days.replace(written, wrong));
        assert!(matches!(parse(&text), Err(ConfigError::Toml { .. })), "{wrong}");
    }
}

#[test]
fn b11_networks_that_members_share_are_private_ones() {
    let with =
        |networks: &str| GATEWAY.replace("bic =", &format!("shared_networks = {networks}\nbic ="));
    assert!(parse(GATEWAY).unwrap().institution.unwrap().shared_networks.is_empty());
    let read = parse(&with("[\"172.28.77.0/24\", \"fd00:1::/32\"]")).unwrap();
    assert_eq!(read.institution.unwrap().shared_networks.len(), 2);
    for wrong in ["[\"0.0.0.0/0\"]", "[\"127.0.0.0/8\"]", "[\"172.28.77.1/24\"]", "\"10.0.0.0/8\""]
    {
        assert!(matches!(parse(&with(wrong)), Err(ConfigError::Toml { .. })), "{wrong}");
    }
}

/// Z6
#[test]
fn z6_limits_are_a_gateways_and_at_least_one() {
    assert!(parse(GATEWAY).unwrap().limits.is_none());
    let limits = "[limits.client]\nper_second = 5\nburst = 10\n";
    let read = parse(&format!("{GATEWAY}\n{limits}")).unwrap().limits.unwrap();
    assert_eq!((read.client.per_second.get(), read.client.burst.get()), (5, 10));
    assert_eq!(read.member, settlement_api::limits::Bucket::default());
    for (written, wrong) in [("= 5", "= 0"), ("= 10", "= -1"), ("burst", "most"), ("client", "me")]
    {
        let text = format!("{GATEWAY}\n{}", limits.replace(written, wrong));
        assert!(matches!(parse(&text), Err(ConfigError::Toml { .. })), "{wrong}");
    }
}

#[test]
fn watched_folders_count_from_the_files_folder_and_are_given_all() {
    let folders =
        "[folders]\nin = \"in\"\nout = \"/srv/out\"\ndone = \"done\"\nfailed = \"failed\"\n";
    let config = parse(&format!("{GATEWAY}\n{folders}")).unwrap();
    let read = config.folders.unwrap();
    assert_eq!(read.incoming, Path::new("/srv/florin/in"));
    assert_eq!(read.outgoing, Path::new("/srv/out"));
    assert!(parse(GATEWAY).unwrap().folders.is_none());
    let text = format!("{GATEWAY}\n{}", folders.replace("done =", "finished ="));
    assert!(matches!(parse(&text), Err(ConfigError::Toml { .. })));
}

/// Z3
#[test]
fn a_client_that_gets_tokens_proves_itself_by_a_secret_or_by_keys() {
    let client = |proof: &str| {
        format!(
            "{GATEWAY}\n[[oauth_clients]]\nid = \"core-1\"\nname = \"core\"\n\
             scopes = [\"operations\"]\n{proof}\n"
        )
    };
    let hash = format!("secret_sha256 = \"{}\"", "0a".repeat(32));
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let jwk = format!("{{ kty = \"OKP\", crv = \"Ed25519\", x = \"{x}\" }}");
    let keys = format!("keys = [{jwk}]");
    for good in [&hash, &keys, &format!("keys = [{jwk}, {jwk}]")] {
        assert_eq!(parse(&client(good)).unwrap().token_clients.len(), 1, "{good}");
    }
    let missing = |text: &str| matches!(parse(text), Err(ConfigError::Missing { .. }));
    let several = format!("keys = [{}]", [jwk.as_str(); 5].join(", "));
    let both = format!("{hash}\n{keys}");
    let small = keys.replace(x, &"A".repeat(43));
    for bad in ["", "keys = []", "secret_sha256 = \"0a\"", &both, &several, &small] {
        assert!(missing(&client(bad)), "{bad}");
    }
    let private = keys.replace("crv", "d = \"AAAA\", crv");
    assert!(matches!(parse(&client(&private)), Err(ConfigError::Toml { .. })));
    let issued =
        |url: &str| client(&keys).replace("[api]", &format!("[oauth]\nissuer = \"{url}\"\n[api]"));
    let config = parse(&issued("https://gateway.bank.example/florin")).unwrap();
    assert_eq!(config.issuer.unwrap().issuer, "https://gateway.bank.example/florin");
    for bad in ["https://gateway.bank.example/", "gateway.bank.example", "https://", "https://a?b"]
    {
        assert!(missing(&issued(bad)), "{bad}");
    }
    assert!(parse(&format!("{OBSERVER}\n[oauth]\nissuer = \"https://a\"\n")).is_err());
}

/// J3
#[test]
fn queues_are_three_and_a_broker_elsewhere_has_tls() {
    let queues = "[queues]\nhost = \"127.0.0.1\"\nport = 5672\nuser = \"florin\"\n\
                  password_file = \"keys/broker\"\nin = \"in\"\nout = \"out\"\nfailed = \"failed\"\n";
    let read =
        |text: &str| parse(&format!("{GATEWAY}\n{text}")).map(|config| config.queues.unwrap());
    let plain = read(queues).unwrap();
    assert_eq!(plain.password, Path::new("/srv/florin/keys/broker"));
    assert_eq!((plain.virtual_host.as_str(), &plain.tls), ("/", &None));
    let elsewhere = queues.replace("127.0.0.1", "broker.bank.example");
    let missing = |text: &str| matches!(read(text), Err(ConfigError::Missing { .. }));
    assert!(missing(&elsewhere));
    let tls =
        format!("{elsewhere}[queues.tls]\nname = \"broker.bank.example\"\nroots = \"ca.pem\"\n");
    assert_eq!(read(&tls).unwrap().tls.unwrap().roots, Path::new("/srv/florin/ca.pem"));
    assert!(missing(&format!("{tls}key = \"own.key\"\n")));
    assert!(read(&format!("{tls}key = \"own.key\"\ncertificates = \"own.pem\"\n")).is_ok());
    assert!(missing(&queues.replace("\"failed\"\n", "\"out\"\n")));
    let unknown = format!("{queues}declare = true\n");
    assert!(matches!(read(&unknown), Err(ConfigError::Toml { .. })));
}

#[test]
fn an_observer_is_read_whole() {
    let config = parse(OBSERVER).unwrap();
    assert_eq!(config.role, ProcessRole::Observer);
    assert_eq!(config.ledger_port.validators.len(), 2);
    let key = config.signer(purpose::REGULATOR).unwrap();
    assert_eq!(key, Path::new("/srv/florin/keys/regulator.key"));
}

#[test]
fn an_unknown_key_is_refused_at_every_level() {
    let rows = [
        (VALIDATOR, "role = \"validator\"", "role = \"validator\"\nmempool = 5"),
        (VALIDATOR, "listen = \"127.0.0.1:4001\"", "listen = \"127.0.0.1:4001\"\nport = 1"),
        (VALIDATOR, "listen = \"[::1]:4101\"", "listen = \"[::1]:4101\"\ntimeout = 1"),
        (VALIDATOR, "file = \"keys/identity.key\"", "file = \"a\"\npath = \"b\""),
        (GATEWAY, "listen = \"127.0.0.1:4201\"", "listen = \"127.0.0.1:4201\"\nx = 1"),
        (GATEWAY, "bic =", "swift ="),
        (GATEWAY, "name = \"core\"", "name = \"core\"\nsecret = \"x\""),
    ];
    for (text, from, to) in rows {
        assert!(text.contains(from), "{from}");
        let refused = parse(&text.replacen(from, to, 1)).unwrap_err();
        let named = refused.to_string();
        assert!(matches!(refused, ConfigError::Toml { .. }), "{to}: {named}");
        assert!(named.contains("unknown field"), "{to}: {named}");
    }
}

/// Every row: file, what is replaced, by what, what the refusal says.
#[test]
fn what_is_wrong_is_named() {
    let rows = [
        (VALIDATOR, "127.0.0.1:4001\"\npeers", "0.0.0.0:4001\"\npeers", "[p2p] listen"),
        (VALIDATOR, "[::1]:4101", "192.0.2.1:4101", "[ledger_port] listen"),
        (GATEWAY, "127.0.0.1:4201", "[::]:4201", "[api] listen"),
        (GATEWAY, "[api]", "[tls]\nkey = \"x\"\n[api]", "[tls] certificates and key"),
        (GATEWAY, "[api]", "[tls]\nclient_roots = \"x\"\n[api]", "[tls] clients"),
        (GATEWAY, "[api]", "[tls]\nclient_revocations = [\"x\"]\n[api]", "[tls] client_roots"),
        (GATEWAY, "file = \"keys/settlement.key\"", "pkcs11 = { slot = 1 }", "pkcs11 is planned"),
        (GATEWAY, "file = \"keys/settlement.key\"", "", "[signers.settlement] file is missing"),
        (VALIDATOR, "[signers.vote]", "[signers.gate]", "[signers.vote] file is missing"),
        (VALIDATOR, "[signers.vote]", "[signers.gate]\nfile = \"g\"\n[signers.vote]", "signer"),
        (VALIDATOR, "[ledger_port]\nlisten = \"[::1]:4101\"", "", "[ledger_port] listen"),
        (VALIDATOR, "role = \"validator\"", "role = \"gateway\"", "[api] is missing"),
        (GATEWAY, "role = \"gateway\"", "role = \"validator\"", "[p2p] is missing"),
        (GATEWAY, "roles = [\"member\"]", "roles = []", "[institution]"),
        (OBSERVER, "listen = \"127.0.0.1:4301\"\n", "", "[ledger_port] listen is missing"),
        (OBSERVER, "127.0.0.1:4301", "192.0.2.1:4301", "[ledger_port] listen"),
        (OBSERVER, "[api]\nlisten = \"127.0.0.1:4302\"", "", "[api] is missing"),
        (OBSERVER, "[signers.regulator]", "[signers.transport]", "[signers.regulator] file"),
        (
            OBSERVER,
            "[signers.regulator]",
            "[signers.vote]\nfile = \"v\"\n[signers.regulator]",
            "signer",
        ),
        (OBSERVER, "[\"auditor\"]", "[\"operations\"]", "auditor"),
        (OBSERVER, "[\"auditor\"]", "[]", "auditor"),
        (
            OBSERVER,
            "[api]",
            "[institution]\nlei = \"529900T8BM49AURSDO55\"\nroles = [\"regulator\"]\n[api]",
            "[institution] is not for role observer",
        ),
        (OBSERVER, "role = \"observer\"", "role = \"validator\"", "[p2p] is missing"),
        (GATEWAY, "lei = \"529900T8BM49AURSDO55\"", "lei = \"529900T8BM49AURSDO56\"", "LEI"),
    ];
    for (text, from, to, expected) in rows {
        assert!(text.contains(from), "{from}");
        let refused = parse(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(refused.contains(expected), "{to}: {refused}");
    }
}

#[test]
fn two_clients_with_one_key_are_refused() {
    let client = GATEWAY.split_once("[[clients]]").unwrap().1.replace("core", "desk");
    let refused = parse(&format!("{GATEWAY}[[clients]]{client}")).unwrap_err();
    assert!(matches!(refused, ConfigError::DuplicateClient { .. }));
}
