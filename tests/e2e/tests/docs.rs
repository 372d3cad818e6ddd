//! `/docs` of a gateway in headless Chromium: what a person sees.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use e2e::{network::Network, run};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::{
    By, ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver, WebElement,
    common::log::LoggingPrefsLogLevel, error::WebDriverResult, prelude::ElementQueryable as _,
};

/// What keeps a browser from asking hosts of its own.
const ARGUMENTS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];
const PATIENCE: Duration = Duration::from_secs(20);
const OFTEN: Duration = Duration::from_millis(100);

/// A running chromedriver; it ends with this value.
struct Driver {
    process: Child,
    url: String,
    profile: TempDir,
}

impl Driver {
    fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver: {error}; `make setup` installs it"));
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut ports = said.map_while(Result::ok).filter_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let url = format!("http://127.0.0.1:{}", ports.next().expect("chromedriver names a port"));
        Self { process, url, profile: tempfile::tempdir().unwrap() }
    }

    async fn browser(&self) -> WebDriverResult<WebDriver> {
        let mut wanted = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            wanted.add_arg(argument)?;
        }
        wanted.add_arg(&format!("--user-data-dir={}", self.profile.path().display()))?;
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        // Its own driver is plain HTTP; a client that believes the system's authorities needs some.
        let nobody = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let client = reqwest::Client::builder().tls_backend_preconfigured(nobody).build().unwrap();
        WebDriver::builder(&self.url, wanted).client(client).await
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the page showed.
struct Seen {
    title: String,
    heading: String,
    path: String,
    schema: String,
    asked: Value,
    document: Value,
    console: Vec<String>,
}

async fn find(browser: &WebDriver, what: By) -> WebDriverResult<WebElement> {
    browser.query(what).wait(PATIENCE, OFTEN).first().await
}

/// Something inside the description of `POST /v1/payments`.
fn inside(css: &str) -> By {
    By::Css(format!("#operations-Payments-post_payment {css}"))
}

async fn look(browser: &WebDriver, base: &str) -> WebDriverResult<Seen> {
    browser.goto(format!("{base}/docs")).await?;
    let heading = find(browser, By::Css(".info .title")).await?.text().await?;
    let path = find(browser, inside(".opblock-summary-path")).await?;
    let named = path.text().await?;
    path.click().await?;
    let body = ".opblock-section-request-body";
    find(browser, inside(&format!("{body} button[data-name=model]"))).await?.click().await?;
    let schema = find(browser, inside(&format!("{body} .json-schema-2020-12"))).await?;
    let schema = schema.text().await?;
    let asked = "return performance.getEntriesByType('resource').map(entry => entry.name)";
    let document = "return fetch('openapi.json').then(answer => answer.text())";
    Ok(Seen {
        title: browser.title().await?,
        heading,
        path: named,
        schema,
        asked: browser.execute(asked, []).await?.json().clone(),
        document: browser.execute(document, []).await?.json().clone(),
        console: browser.browser_log().await?.into_iter().map(|entry| entry.message).collect(),
    })
}

#[test]
fn the_description_opens_in_a_browser_and_an_operation_shows_its_schema() {
    let network = Network::start();
    let base = network.url("bank-a");
    let driver = Driver::start();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let seen = runtime.block_on(async {
        let browser = driver.browser().await?;
        let seen = look(&browser, &base).await;
        // Also after a failure: the browser would outlive its driver.
        browser.quit().await?;
        seen
    });
    let seen = seen.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(seen.title, "Florin gateway API");
    assert!(seen.heading.starts_with("Florin gateway"), "{}", seen.heading);
    assert_eq!(seen.path.replace('\u{200b}', ""), "/v1/payments");
    assert!(seen.schema.contains("PaymentRequest"), "{}", seen.schema);
    assert!(seen.schema.contains("end_to_end_id"), "{}", seen.schema);
    assert_eq!(seen.console, Vec::<String>::new());
    let asked: Vec<_> = seen.asked.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(asked.len() >= 4, "{asked:?}");
    assert!(asked.iter().all(|url| url.starts_with(&base)), "{asked:?}");
    let printed = run(&["openapi"]).stdout;
    assert_eq!(seen.document.as_str().unwrap().as_bytes(), printed);
}
