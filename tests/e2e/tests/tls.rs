//! The demo's network over TLS: the whole demo, then those who are refused, and a gateway with files.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
};

use e2e::{
    florin,
    member::{Member, PAYEE, conformance, said},
    must,
    network::{Network, until},
};

/// A key with a certificate that nobody but itself signed, as a core system's own tools make them.
fn self_signed(folder: &Path, name: &str) {
    let key = folder.join(format!("{name}.key"));
    let made = [
        Command::new("openssl")
            .args(["genpkey", "-algorithm", "ed25519", "-out"])
            .arg(&key)
            .output(),
        Command::new("openssl")
            .args(["req", "-x509", "-days", "10", "-subj", "/CN=core", "-key"])
            .arg(&key)
            .arg("-out")
            .arg(folder.join(format!("{name}.pem")))
            .output(),
    ];
    for output in made {
        let output = output.unwrap_or_else(|error| panic!("openssl: {error}"));
        assert!(output.status.success(), "{}", said(&output));
    }
}

/// The first line of what a gateway answers to a request with a token, over a connection at which a
/// certificate is shown.
fn with_token(gateway: &str, token: &str, shown: Option<&Path>) -> String {
    let host = gateway.trim_start_matches("https://");
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-sigalgs", "ed25519", "-connect", host]);
    if let Some(path) = shown {
        command.arg("-cert").arg(path.with_extension("pem"));
        command.arg("-key").arg(path.with_extension("key"));
    }
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = piped.spawn().unwrap_or_else(|error| panic!("openssl: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let request = format!(
        "GET /v1/accounts HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stdin.write_all(request.as_bytes()).unwrap();
    // It ends when the gateway closes; its input stays open until then.
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn z4_a_network_over_tls_pays_and_believes_keys_only() {
    // Every check of the demo has held when this returns.
    let network = Network::start_with(&["--tls"]);
    let (a, b) = (Member::new(&network, "bank-a"), Member::new(&network, "bank-b"));
    let gateway = a.value("gateway");
    let (key, other) = (a.value("server_key"), b.value("server_key"));
    assert!(gateway.starts_with("https://"), "{gateway}");
    let client = network.client("bank-a-core");
    let call = |options: &[&str]| {
        let url = format!("{gateway}/v1/events");
        let mut command = florin();
        command.args(["call", "GET", &url, "--key"]).arg(&client).args(options);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, words) = call(&["--server-key", &key]);
    assert_eq!(code, Some(0), "{words}");
    let (code, words) = call(&[]);
    assert!(code != Some(0) && words.contains("name the server's key"), "{words}");
    let (code, words) = call(&["--server-key", &other]);
    assert!(code != Some(0) && words.contains("no connection"), "{words}");
    // Plain HTTP hears nothing.
    let address = gateway.trim_start_matches("https://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    // A member's commands go by the profile, and so does the kit.
    let paid = a.text(&[&["pay", "12.00", "USD"][..], &PAYEE].concat());
    assert!(paid.contains("settled"), "{paid}");
    let (_, words) = a.fails(&["events", "--server-key", &other]);
    assert!(words.contains("no connection"), "{words}");
    let (code, report) = conformance(&network, &gateway, &[]);
    assert_eq!((code, &report["not_run"]), (0, &0.into()), "{report:#}");
}

#[test]
fn z4_a_gateway_shows_its_files_to_others_and_lets_in_who_shows_a_key() {
    let network = Network::start_with(&["--tls"]);
    let folder = network.of("bank-a");
    // An authority-less certificate for this host, as a bank's own tools make it.
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "10", "-subj", "/CN=gateway"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(folder.join("web.key"))
        .arg("-out")
        .arg(folder.join("web.pem"))
        .output()
        .unwrap_or_else(|error| panic!("openssl: {error}; `make setup BROWSER=1` installs it"));
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    network.end("bank-a");
    for name in ["core", "other"] {
        self_signed(&folder, name);
    }
    let client = |name: &str| {
        let key = folder.join(format!("{name}.key")).display().to_string();
        let jwk = must(&["token", "key", "--key", &key]);
        format!(
            "[[oauth_clients]]\nid = \"{name}\"\nname = \"{name}\"\nscopes = [\"operations:read\"]\nbound = true\nkeys = [{}]\n",
            jwk.trim()
        )
    };
    let tls = "[tls]\ncertificates = \"web.pem\"\nkey = \"web.key\"\nclients = \"required\"\n";
    network.configure("bank-a", "[tls]", &[tls, &client("core"), &client("other")].concat());
    network.launch("bank-a");
    let (a, b) = (Member::new(&network, "bank-a"), Member::new(&network, "bank-b"));
    let gateway = a.value("gateway");
    let roots = folder.join("web.pem");
    let call = |key: &str, options: &[&str]| {
        let url = format!("{gateway}/v1/events");
        let mut command = florin();
        command.args(["call", "GET", &url, "--key"]).arg(network.client(key)).args(options);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    // By its authority, and by its key: a client of this gateway shows its own key by itself.
    let by_roots = ["--server-roots", roots.to_str().unwrap()];
    let key = a.value("server_key");
    assert!(until(|| call("bank-a-core", &by_roots).0 == Some(0)), "{}", network.log("bank-a"));
    for options in [by_roots, ["--server-key", &key]] {
        let (code, words) = call("bank-a-core", &options);
        assert_eq!(code, Some(0), "{words}");
        // A client of another gateway is nobody here.
        let (code, words) = call("bank-b-core", &options);
        assert!(code != Some(0) && !words.contains("HTTP"), "{words}");
    }
    assert!(network.log("bank-a").contains("tls.certificate_ends_soon"), "ten days are soon");
    // A token counts with the key with which it was asked for (Z5).
    let core = folder.join("core.key").display().to_string();
    let args = ["token", "get", &gateway, "--id", "core", "--key", &core, "--server-key", &key];
    let token = must(&args).trim().to_owned();
    let answered = with_token(&gateway, &token, Some(&folder.join("core")));
    assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
    let answered = with_token(&gateway, &token, Some(&folder.join("other")));
    assert!(answered.starts_with("HTTP/1.1 401"), "{answered}");
    assert_eq!(with_token(&gateway, &token, None), "", "without a certificate nothing is heard");
    // The other bank's gateway shows its transport key, and payments go on.
    let paid = b.text(
        &[
            &["pay", "3.00", "USD", "--to", "Orchard & Finch Cabinetmakers LLC"][..],
            &["--to-account", "700418825531", "--to-bank", "QLVBUS3N"],
        ]
        .concat(),
    );
    assert!(paid.contains("settled"), "{paid}");
}
