//! A gateway that answers wrongly: every request goes to a real one, and one answer is changed.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use crate::http::{self, Answer};

/// What is changed: told the request's first line, and the true answer.
pub type Deviation = dyn Fn(&str, Answer) -> Answer + Send + Sync;

/// Starts one in front of the gateway at this base URL; it lives as long as the test's process.
///
/// # Panics
/// When there is no port for it.
#[must_use]
pub fn start(base: &str, deviation: Arc<Deviation>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
    let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
    let base = base.to_owned();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (base, deviation) = (base.clone(), Arc::clone(&deviation));
            thread::spawn(move || serve(stream, &base, deviation.as_ref()));
        }
    });
    format!("http://{address}")
}

fn serve(mut stream: TcpStream, base: &str, deviation: &Deviation) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut request = Vec::new();
    let mut part = vec![0; 1 << 16];
    while !is_whole(&request) {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend(part.iter().take(read)),
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let line = text.lines().next().unwrap_or_default();
    if text.contains("text/event-stream") {
        forward(stream, base, &request);
        return;
    }
    let Ok(answer) = http::try_send(base, &request) else { return };
    let Answer { status, media, body, .. } = deviation(line, answer);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {media}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n"
    );
    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
}

/// A stream has no end: its bytes go through as they come.
fn forward(mut client: TcpStream, base: &str, request: &[u8]) {
    let address = base.strip_prefix("http://").unwrap_or(base);
    let Ok(mut gateway) = TcpStream::connect(address) else { return };
    let _ = gateway.write_all(request);
    let mut part = vec![0; 1 << 16];
    while let Ok(read) = gateway.read(&mut part) {
        if read == 0 || client.write_all(part.get(..read).unwrap_or_default()).is_err() {
            return;
        }
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or(0)
}
