//! The bodies of requests: how many bytes are taken, and how long they may come.
//!
//! # Place      actix payload -> [reading] -> authentication, which needs the body
//! # Invariants nothing beyond the limit is kept; who sends no more is not waited for
//! # Absent     what the bytes mean

use std::time::Duration;

use actix_web::{
    FromRequest as _, HttpRequest,
    dev::Payload,
    http::{StatusCode, header::CONTENT_LENGTH},
    web::{self, Bytes},
};
use tokio::time::timeout;

use crate::problem::{Problem, ProblemFacts, Retry};

/// How long the body of a request may take to come.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It has more bytes than are taken.
    TooLarge,
    /// It did not come in time.
    TooSlow,
    /// The connection or its coding broke.
    Broken,
}

impl Unread {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::TooLarge, Self::TooSlow, Self::Broken];

    /// The answer, where at most `limit` bytes are taken.
    #[must_use]
    pub fn problem(self, limit: usize) -> Problem {
        let (status, code, retry) = match self {
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", Retry::Never),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "body_too_slow", Retry::Later),
            Self::Broken => (StatusCode::BAD_REQUEST, "body_unreadable", Retry::Never),
        };
        Problem::new(ProblemFacts {
            status,
            code,
            title: "The request's body was not read",
            retry,
            detail: format!(
                "Send at most {limit} bytes, all that content-length says, without long pauses."
            )
            .into(),
        })
    }
}

/// Where bodies are read: how many bytes at most, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes at most.
    pub bytes: usize,
    /// Time until the last of them.
    pub patience: Duration,
}

impl Bounds {
    /// With the usual [`PATIENCE`].
    #[must_use]
    pub const fn of(bytes: usize) -> Self {
        Self { bytes, patience: PATIENCE }
    }

    /// The whole body of a request, as it came: no coding is undone.
    ///
    /// # Errors
    /// [`Unread`].
    pub async fn read(self, request: HttpRequest, payload: Payload) -> Result<Bytes, Unread> {
        let said = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let said = said.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        if said > u64::try_from(self.bytes).unwrap_or(u64::MAX) {
            return Err(Unread::TooLarge);
        }
        let mut payload = payload;
        let payload = web::Payload::from_request(&request, &mut payload).into_inner();
        let payload = payload.map_err(|_| Unread::Broken)?;
        match timeout(self.patience, payload.to_bytes_limited(self.bytes)).await {
            Ok(Ok(Ok(body))) => Ok(body),
            Ok(Ok(Err(_))) => Err(Unread::Broken),
            Ok(Err(_)) => Err(Unread::TooLarge),
            Err(_) => Err(Unread::TooSlow),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App, HttpResponse, HttpServer,
        test::{TestRequest, call_service, init_service},
    };
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };

    use super::*;

    const BOUNDS: Bounds = Bounds { bytes: 4, patience: Duration::from_millis(100) };

    async fn answer(request: HttpRequest, payload: web::Payload) -> HttpResponse {
        match BOUNDS.read(request, payload.into_inner()).await {
            Ok(body) => HttpResponse::Ok().body(body),
            Err(unread) => HttpResponse::from(&unread.problem(BOUNDS.bytes)),
        }
    }

    #[actix_web::test]
    async fn a_body_at_the_limit_is_read_and_one_byte_more_is_413() {
        let service = init_service(App::new().default_service(web::to(answer))).await;
        for (body, status) in [("", 200), ("four", 200), ("five!", 413)] {
            let request = TestRequest::post().set_payload(body).to_request();
            assert_eq!(call_service(&service, request).await.status(), status, "{body}");
        }
        let said = TestRequest::post().insert_header((CONTENT_LENGTH, "5"));
        assert_eq!(call_service(&service, said.to_request()).await.status(), 413);
    }

    #[actix_web::test]
    async fn a_body_that_does_not_come_to_its_end_is_408_and_one_that_comes_in_parts_is_read() {
        let server = HttpServer::new(|| App::new().default_service(web::to(answer))).workers(1);
        let server = server.bind("127.0.0.1:0").unwrap();
        let at = server.addrs()[0];
        let running = server.run();
        let handle = running.handle();
        actix_web::rt::spawn(running);
        let asked = |rest: Option<&'static [u8]>| async move {
            let mut stream = TcpStream::connect(at).await.unwrap();
            stream
                .write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nfo")
                .await
                .unwrap();
            if let Some(rest) = rest {
                tokio::time::sleep(BOUNDS.patience / 10).await;
                stream.write_all(rest).await.unwrap();
            }
            let mut text = [0u8; 12];
            stream.read_exact(&mut text).await.unwrap();
            String::from_utf8_lossy(&text).into_owned()
        };
        assert_eq!(asked(Some(b"ur")).await, "HTTP/1.1 200");
        assert_eq!(asked(None).await, "HTTP/1.1 408");
        handle.stop(false).await;
    }
}
