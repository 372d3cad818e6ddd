//! Queues of a broker that speaks AMQP 0.9.1, as RabbitMQ does.
//!
//! # Invariants J3 one message at a time is out, so the queue's order is kept; it is acknowledged only
//! #            when the gateway is done with it, and what is published counts when the broker confirmed
//! #            that it keeps it; J4 what nobody can take lies in a queue of its own
//! # Absent     queues are not made here: their kind, bounds and readers are the broker's administrator's

use std::{future::Future, io, path::PathBuf, sync::Arc, time::Duration};

use amqprs::{
    Ack, BasicProperties, Cancel, CloseChannel, FieldTable, Nack, Return,
    callbacks::ChannelCallback,
    channel::{
        BasicAckArguments, BasicGetArguments, BasicPublishArguments, Channel as Line,
        ConfirmSelectArguments, QueueDeclareArguments,
    },
    connection::{Connection, OpenConnectionArguments},
    error::Error as AmqpError,
    tls::TlsAdaptor,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};
use zeroize::Zeroizing;

use super::{Answer, Arrived, Channel, ChannelFault, Reason};
use crate::{files::intake::MAX_FILE, gateway::Gateway};

/// For one question to the broker.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two attempts to reach it; the longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Confirmations that nobody has read.
const CONFIRMATIONS: usize = 16;
/// Bytes of a name in AMQP.
const SHORT: usize = 255;
/// Characters of a reason in a header.
const DETAIL: usize = 1_000;

/// Where the broker is and which queues are this institution's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queues {
    /// Name or address of its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Its virtual host.
    pub virtual_host: String,
    /// As whom the gateway speaks to it.
    pub user: String,
    /// A file with the password in its first line.
    pub password: PathBuf,
    /// Where a core system puts messages.
    pub incoming: String,
    /// Where answers and events are put.
    pub outgoing: String,
    /// Where messages are put that were refused.
    pub failed: String,
    /// TLS towards the broker.
    pub tls: Option<QueueTls>,
}

/// Whom the gateway believes, and who it says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueTls {
    /// The name that the broker's certificate must have.
    pub name: String,
    /// Certificates of those who may have issued it (PEM).
    pub roots: PathBuf,
    /// The gateway's own certificates and key (PEM).
    pub own: Option<(PathBuf, PathBuf)>,
}

/// What went wrong between gateway and broker.
#[derive(Debug, thiserror::Error)]
pub enum BrokerFault {
    /// The library's word.
    #[error("broker: {0}")]
    Amqp(#[from] AmqpError),
    /// No answer in time.
    #[error("the broker does not answer")]
    Silent,
    /// It will not keep what was published.
    #[error("the broker did not keep a message for queue {0}; see its limits and its log")]
    NotKept(String),
    /// No such queue.
    #[error("the broker has no queue {0} for what was published; declare it there")]
    NoQueue(String),
    /// Certificates or key.
    #[error("TLS to the broker: {0}")]
    Tls(#[from] rustls::Error),
    /// A file with certificates or a key.
    #[error("TLS to the broker: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// A file.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The connection was given up.
    #[error("not connected to the broker; it is tried again")]
    Away,
}

/// A broker's word about what was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Kept(u64),
    NotKept,
    NoQueue,
}

/// Hears the broker.
struct Ear(mpsc::Sender<Word>);

#[async_trait::async_trait]
impl ChannelCallback for Ear {
    async fn close(&mut self, _: &Line, close: CloseChannel) -> Result<(), AmqpError> {
        tracing::warn!(%close, "queues.closed");
        Ok(())
    }
    async fn cancel(&mut self, _: &Line, _: Cancel) -> Result<(), AmqpError> {
        Ok(())
    }
    async fn flow(&mut self, _: &Line, active: bool) -> Result<bool, AmqpError> {
        Ok(active)
    }
    async fn publish_ack(&mut self, _: &Line, ack: Ack) {
        let _ = self.0.try_send(Word::Kept(ack.delivery_tag()));
    }
    async fn publish_nack(&mut self, _: &Line, _: Nack) {
        let _ = self.0.try_send(Word::NotKept);
    }
    async fn publish_return(&mut self, _: &Line, _: Return, _: BasicProperties, _: Vec<u8>) {
        let _ = self.0.try_send(Word::NoQueue);
    }
}

/// A connection that is open.
struct Open {
    /// Ends with this value.
    _connection: Connection,
    line: Line,
    words: mpsc::Receiver<Word>,
    published: u64,
    /// A message that is tried again before any other.
    held: Option<Arrived<u64>>,
}

/// What is published.
struct Published<'m> {
    queue: &'m str,
    id: String,
    about: Option<&'m str>,
    kind: &'static str,
    reason: Option<&'m Reason>,
    content: Vec<u8>,
}

/// Queues that are worked on.
struct Worked {
    queues: Queues,
    open: Option<Open>,
    pause: Duration,
    next_try: Instant,
}

/// Takes and tells by queues as long as the process runs.
pub async fn run(gateway: Arc<Gateway>, queues: Queues) {
    let (pause, next_try) = (Duration::from_secs(1), Instant::now());
    super::work::run(gateway, Worked { queues, open: None, pause, next_try }).await;
}

impl Queues {
    async fn connect(&self) -> Result<Open, BrokerFault> {
        let password = Zeroizing::new(std::fs::read_to_string(&self.password)?);
        let password = password.lines().next().unwrap_or_default();
        let mut to = OpenConnectionArguments::new(&self.host, self.port, &self.user, password);
        to.virtual_host(&self.virtual_host).connection_name("florin");
        if let Some(tls) = &self.tls {
            to.tls_adaptor(tls.adaptor()?);
        }
        let connection = in_time(Connection::open(&to)).await?;
        let line = in_time(connection.open_channel(None)).await?;
        let (ear, words) = mpsc::channel(CONFIRMATIONS);
        in_time(line.register_callback(Ear(ear))).await?;
        in_time(line.confirm_select(ConfirmSelectArguments::default())).await?;
        for queue in [&self.incoming, &self.outgoing, &self.failed] {
            let mut there = QueueDeclareArguments::new(queue);
            in_time(line.queue_declare(there.passive(true).finish())).await?;
        }
        tracing::info!(host = self.host, port = self.port, "queues.connected");
        Ok(Open { _connection: connection, line, words, published: 0, held: None })
    }
}

impl QueueTls {
    fn adaptor(&self) -> Result<TlsAdaptor, BrokerFault> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(&self.roots)? {
            roots.add(certificate?)?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        let config = match &self.own {
            None => config.with_no_client_auth(),
            Some((certificates, key)) => {
                let certificates: Result<Vec<_>, _> =
                    CertificateDer::pem_file_iter(certificates)?.collect();
                config.with_client_auth_cert(certificates?, PrivateKeyDer::from_pem_file(key)?)?
            }
        };
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        Ok(TlsAdaptor::new(connector, self.name.clone()))
    }
}

async fn in_time<T>(
    answer: impl Future<Output = Result<T, AmqpError>> + Send,
) -> Result<T, BrokerFault> {
    Ok(timeout(PATIENCE, answer).await.map_err(|_| BrokerFault::Silent)??)
}

impl Open {
    async fn next(&mut self, queue: &str) -> Result<Option<Arrived<u64>>, BrokerFault> {
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        let got = in_time(self.line.basic_get(BasicGetArguments::new(queue))).await?;
        let Some((got, properties, mut content)) = got else { return Ok(None) };
        content.truncate(MAX_FILE.saturating_add(1));
        let id = properties.message_id().filter(|id| !id.is_empty()).cloned();
        let name = id.clone().unwrap_or_else(|| "message".to_owned());
        let (again, place) = (got.redelivered(), got.delivery_tag());
        Ok(Some(Arrived { id, name, content, again, place }))
    }

    /// Publishes, and waits until the broker keeps it.
    async fn publish(&mut self, what: Published<'_>) -> Result<(), BrokerFault> {
        while self.words.try_recv().is_ok() {}
        let mut properties = BasicProperties::default();
        let media =
            if what.content.starts_with(b"{") { "application/json" } else { "application/xml" };
        properties
            .with_persistence(true)
            .with_message_id(&short(&what.id))
            .with_message_type(what.kind)
            .with_content_type(media);
        if let Some(about) = what.about {
            properties.with_correlation_id(&short(about));
        }
        if let Some(reason) = what.reason {
            properties.with_headers(headers(reason));
        }
        let mut place = BasicPublishArguments::new("", what.queue);
        let place = place.mandatory(true).finish();
        self.published = self.published.saturating_add(1);
        in_time(self.line.basic_publish(properties.finish(), what.content, place)).await?;
        let end = Instant::now() + PATIENCE;
        loop {
            let word = timeout_at(end, self.words.recv()).await.map_err(|_| BrokerFault::Silent)?;
            match word {
                Some(Word::Kept(number)) if number >= self.published => return Ok(()),
                Some(Word::Kept(_)) => {}
                Some(Word::NotKept) => return Err(BrokerFault::NotKept(what.queue.to_owned())),
                // The confirmation that follows is read before the next message.
                Some(Word::NoQueue) => return Err(BrokerFault::NoQueue(what.queue.to_owned())),
                None => return Err(BrokerFault::Away),
            }
        }
    }
}

/// What AMQP has room for, cut between characters.
fn short(text: &str) -> String {
    let mut end = text.len().min(SHORT);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default().to_owned()
}

fn headers(reason: &Reason) -> FieldTable {
    let mut headers = FieldTable::new();
    let detail: String = reason.detail.chars().take(DETAIL).collect();
    let said = [("x-florin-code", reason.code), ("x-florin-iso-reason", reason.iso)];
    for (name, value) in said.into_iter().chain([("x-florin-detail", detail.as_str())]) {
        if let Ok(name) = name.try_into() {
            headers.insert(name, value.into());
        }
    }
    headers
}

impl Worked {
    async fn open(&mut self) -> Result<&mut Open, BrokerFault> {
        if self.open.as_ref().is_some_and(|open| !open.line.is_open()) {
            self.open = None;
        }
        if self.open.is_none() {
            if Instant::now() < self.next_try {
                return Err(BrokerFault::Away);
            }
            match self.queues.connect().await {
                Ok(open) => {
                    self.open = Some(open);
                    self.pause = Duration::from_secs(1);
                }
                Err(fault) => {
                    self.next_try = Instant::now() + self.pause;
                    self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
                    return Err(fault);
                }
            }
        }
        self.open.as_mut().ok_or(BrokerFault::Away)
    }

    /// The connection under which a message came; what came under another is given out anew.
    fn same(&mut self) -> Result<&mut Open, BrokerFault> {
        self.open.as_mut().ok_or(BrokerFault::Away)
    }

    /// After a fault nothing is known of the connection: a new one is made, and what was not
    /// acknowledged comes again.
    fn kept<T>(&mut self, did: Result<T, BrokerFault>) -> Result<T, ChannelFault> {
        did.map_err(|fault| {
            self.open = None;
            fault.into()
        })
    }
}

impl Channel for Worked {
    type Place = u64;

    fn name(&self) -> &'static str {
        "queues"
    }

    async fn next(&mut self) -> Result<Option<Arrived<u64>>, ChannelFault> {
        let queue = self.queues.incoming.clone();
        let did = self.open().await?.next(&queue).await;
        self.kept(did)
    }

    async fn answer(
        &mut self,
        to: &Arrived<u64>,
        answer: &Answer,
        name: &str,
    ) -> Result<(), ChannelFault> {
        let Queues { outgoing, failed, .. } = self.queues.clone();
        let reason = match answer {
            Answer::Taken(_) => None,
            Answer::Refused(reason) => Some(reason),
        };
        let about = to.id.as_deref();
        let said = Published {
            queue: &outgoing,
            id: format!("{}.{}", name, answer.ending()),
            about,
            kind: "answer",
            reason,
            content: answer.bytes(),
        };
        let did = self.same()?.publish(said).await;
        self.kept(did)?;
        let Some(reason) = reason else { return Ok(()) };
        let aside = Published {
            queue: &failed,
            id: to.id.clone().unwrap_or_else(|| name.to_owned()),
            about,
            kind: "set_aside",
            reason: Some(reason),
            content: to.content.clone(),
        };
        let did = self.same()?.publish(aside).await;
        self.kept(did)
    }

    async fn done(&mut self, arrived: &Arrived<u64>, _: bool, _: &str) -> Result<(), ChannelFault> {
        let open = self.same()?;
        let did = in_time(open.line.basic_ack(BasicAckArguments::new(arrived.place, false))).await;
        self.kept(did)
    }

    /// It is held at the front, as long as the connection lasts under which it came.
    fn later(&mut self, arrived: Arrived<u64>) -> bool {
        if let Some(open) = &mut self.open {
            open.held = Some(arrived);
        }
        false
    }

    async fn tell(&mut self, number: u64, content: Vec<u8>) -> Result<(), ChannelFault> {
        let queue = self.queues.outgoing.clone();
        let id = format!("event-{number:012}");
        let told =
            Published { queue: &queue, id, about: None, kind: "event", reason: None, content };
        let did = self.open().await?.publish(told).await;
        self.kept(did)
    }
}
