//! The demo's network over TLS: the whole demo, then those who are refused, and a gateway with files.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
};

use e2e::{
    florin,
    member::{Member, PAYEE, conformance},
    network::{Network, until},
};

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
    network.configure(
        "bank-a",
        "[tls]",
        "[tls]\ncertificates = \"web.pem\"\nkey = \"web.key\"\nclients = \"required\"",
    );
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
