//! Requests as bytes: signed by `florin call`, sent by hand, answers with their headers.
//!
//! A request is caught on its way, so that a test can send it changed, late or twice.

use std::{
    fmt,
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::florin;

/// Media type of every refusal.
pub const PROBLEM: &str = "application/problem+json";
/// How long an answer may take: a payment may be waited for.
const PATIENCE: Duration = Duration::from_secs(60);
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Media type.
    pub media: String,
    /// Body as text.
    pub text: String,
    /// Body as it came.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.status, self.media, self.text)
    }
}

impl Answer {
    /// The body as JSON; null when it is not.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The stable code: a problem's, or of the reason why a payment was rejected.
    #[must_use]
    pub fn code(&self) -> String {
        self.one_of("code")
    }

    /// The ISO 20022 reason, of a problem or of a rejected payment; empty if there is none.
    #[must_use]
    pub fn iso_reason(&self) -> String {
        self.one_of("iso_reason")
    }

    fn one_of(&self, field: &str) -> String {
        let json = self.json();
        let found = [&json["reason"][field], &json[field]].into_iter().find_map(Value::as_str);
        found.unwrap_or_default().to_owned()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let at = bytes.windows(END_OF_HEAD.len()).position(|part| part == END_OF_HEAD)?;
        let (head, body) = bytes.split_at(at);
        let head = String::from_utf8_lossy(head).into_owned();
        let body = body.get(END_OF_HEAD.len()..)?.to_vec();
        Some(Self {
            status: head.split(' ').nth(1)?.parse().ok()?,
            media: header(&head, "content-type").unwrap_or_default(),
            text: String::from_utf8_lossy(&body).into_owned(),
            body,
        })
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let found = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned())
}

/// The bytes of a request that `florin call` signs, caught before they reach anybody.
///
/// # Panics
/// When `florin call` sends nothing.
#[must_use]
pub fn signed(key: &Path, (method, path): (&str, &str), more: &[&str]) -> Vec<u8> {
    let ours = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
    let address = ours.local_addr().unwrap_or_else(|error| panic!("{error}"));
    ours.set_nonblocking(true).unwrap_or_else(|error| panic!("{error}"));
    let mut caller = florin()
        .args(["call", method, &format!("http://{address}{path}"), "--key"])
        .arg(key)
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}"));
    let deadline = Instant::now() + PATIENCE;
    let stream = loop {
        match ours.accept() {
            Ok((stream, _)) => break stream,
            Err(error) => assert!(Instant::now() < deadline, "florin call sent nothing: {error}"),
        }
        let ended = caller.try_wait().ok().flatten();
        assert!(ended.is_none(), "florin call {method} {path} {more:?}: {ended:?}");
        std::thread::sleep(Duration::from_millis(2));
    };
    let bytes = catch(stream).unwrap_or_else(|error| panic!("{error}"));
    let _ = caller.wait();
    bytes
}

/// Reads a whole request and thanks for it.
fn catch(mut stream: TcpStream) -> io::Result<Vec<u8>> {
    stream.set_nonblocking(false)?;
    let mut bytes = Vec::new();
    let mut part = vec![0; 1 << 16];
    loop {
        let read = stream.read(&mut part)?;
        bytes.extend(part.iter().take(read));
        let head = bytes.windows(END_OF_HEAD.len()).position(|found| found == END_OF_HEAD);
        let Some(head) = head else { continue };
        let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
        let length = header(&text, "content-length").and_then(|text| text.parse().ok());
        if read == 0 || bytes.len() >= head + END_OF_HEAD.len() + length.unwrap_or(0) {
            break;
        }
    }
    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")?;
    Ok(bytes)
}

/// Sends a request as it is, but for `connection: close`, which no signature covers.
///
/// # Panics
/// When there is no answer.
#[must_use]
pub fn send(base: &str, request: &[u8]) -> Answer {
    try_send(base, request).unwrap_or_else(|error| panic!("{base}: {error}"))
}

/// As [`send`], where nobody may be listening.
///
/// # Errors
/// The operating system's, or that there was no answer.
pub fn try_send(base: &str, request: &[u8]) -> io::Result<Answer> {
    let address = base.strip_prefix("http://").unwrap_or(base);
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let end = request.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (line, rest) = request.split_at(end);
    // A server that has heard enough answers and hangs up before all is written.
    let _ = stream.write_all(&[line, b"connection: close\r\n", rest].concat());
    let mut answer = Vec::new();
    let mut part = vec![0; 1 << 16];
    while let Ok(read) = stream.read(&mut part) {
        if read == 0 {
            break;
        }
        answer.extend(part.iter().take(read));
    }
    let _ = stream.shutdown(Shutdown::Both);
    Answer::parse(&answer).ok_or_else(|| io::Error::other("no answer"))
}

/// An unsigned GET.
///
/// # Errors
/// As [`try_send`].
pub fn unsigned(base: &str, path: &str) -> io::Result<Answer> {
    try_send(base, format!("GET {path} HTTP/1.1\r\nhost: florin\r\n\r\n").as_bytes())
}
