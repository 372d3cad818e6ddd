//! The demo's network over TLS: the whole demo, then those who are refused, and a gateway with files.

use std::{fs, io::Write as _, net::TcpStream, process::Command};

use e2e::{
    florin,
    network::{Network, until},
};

/// What a command said, whether it was done, and by which code it was not.
fn said(network: &Network, profile: &str, args: &[&str]) -> (bool, String) {
    let profile = network.path().join("profiles").join(format!("{profile}.toml"));
    let output = florin().args(args).env("FLORIN_PROFILE", profile).output().unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&words).into_owned())
}

/// The value of a key in a profile.
fn of_profile(network: &Network, profile: &str, key: &str) -> String {
    let path = network.path().join("profiles").join(format!("{profile}.toml"));
    let text = fs::read_to_string(path).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{key} = \"")));
    line.unwrap_or_else(|| panic!("no {key} in {text}")).trim_end_matches('"').to_owned()
}

#[test]
fn z4_a_network_over_tls_pays_and_believes_keys_only() {
    // Every check of the demo has held when this returns.
    let network = Network::start_with(&["--tls"]);
    let gateway = of_profile(&network, "bank-a", "gateway");
    let key = of_profile(&network, "bank-a", "server_key");
    let other = of_profile(&network, "bank-b", "server_key");
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
    let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    // A member's commands go by the profile.
    let (done, words) = said(
        &network,
        "bank-a",
        &[
            "pay",
            "12.00",
            "USD",
            "--to",
            "Henrike Vossbrink",
            "--to-account",
            "DE39999999990012345678",
            "--to-bank",
            "QNFJDEF1",
        ],
    );
    assert!(done && words.contains("settled"), "{words}");
    let (done, words) = said(&network, "bank-a", &["events", "--server-key", &other]);
    assert!(!done, "{words}");
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
    network.configure(
        "bank-a",
        "[tls]",
        "[tls]\ncertificates = \"web.pem\"\nkey = \"web.key\"\nclients = \"required\"",
    );
    network.launch("bank-a");
    let gateway = of_profile(&network, "bank-a", "gateway");
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
    let key = of_profile(&network, "bank-a", "server_key");
    assert!(until(|| call("bank-a-core", &by_roots).0 == Some(0)), "{}", network.log("bank-a"));
    for options in [by_roots, ["--server-key", &key]] {
        let (code, words) = call("bank-a-core", &options);
        assert_eq!(code, Some(0), "{words}");
        // A client of another gateway is nobody here.
        let (code, words) = call("bank-b-core", &options);
        assert!(code != Some(0) && !words.contains("HTTP"), "{words}");
    }
    assert!(network.log("bank-a").contains("tls.certificate_ends_soon"), "ten days are soon");
    // The other bank's gateway shows its transport key, and payments go on.
    let (done, words) = said(
        &network,
        "bank-b",
        &[
            "pay",
            "3.00",
            "USD",
            "--to",
            "Orchard & Finch Cabinetmakers LLC",
            "--to-account",
            "700418825531",
            "--to-bank",
            "QLVBUS3N",
        ],
    );
    assert!(done && words.contains("settled"), "{words}");
}
