//! A broker as a process of its own, and a core system that speaks to it.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use amqprs::{
    Ack, BasicProperties, Cancel, CloseChannel, Nack, Return,
    callbacks::ChannelCallback,
    channel::{
        BasicAckArguments, BasicGetArguments, BasicPublishArguments, Channel,
        ConfirmSelectArguments, QueueDeclareArguments,
    },
    connection::{Connection, OpenConnectionArguments},
    error::Error,
};
use e2e::network::until;

/// As Debian's rabbitmq-server installs it; the script on the path runs only as its own user.
const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/// Names of the queues of bank A.
pub(crate) const QUEUES: [&str; 3] = ["florin.in", "florin.out", "florin.failed"];

/// A broker that ends with this value.
pub(crate) struct Broker {
    folder: PathBuf,
    pub(crate) port: u16,
    pub(crate) tls_port: u16,
    names_port: u16,
    own_port: u16,
    names: Child,
    server: Option<Child>,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Certificates of a broker that is called `broker.bank.example`, and of who issued them.
fn certificates(folder: &Path) {
    let at = |name: &str| folder.join(name).display().to_string();
    let openssl = |args: &[&str]| {
        let said = Command::new("openssl").args(args).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    };
    for name in ["ca", "other-ca"] {
        openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            &format!("/CN={name}"),
            "-keyout",
            &at(&format!("{name}.key")),
            "-out",
            &at(&format!("{name}.pem")),
        ]);
    }
    openssl(&[
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        "/CN=broker",
        "-keyout",
        &at("server.key"),
        "-out",
        &at("server.csr"),
    ]);
    let names = folder.join("names");
    fs::write(&names, "subjectAltName=DNS:broker.bank.example\n").unwrap();
    openssl(&[
        "x509",
        "-req",
        "-in",
        &at("server.csr"),
        "-CA",
        &at("ca.pem"),
        "-CAkey",
        &at("ca.key"),
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        &at("names"),
        "-out",
        &at("server.pem"),
    ]);
}

impl Broker {
    /// Started, with the three queues; nothing where no broker is installed.
    pub(crate) fn start(folder: &Path) -> Option<Self> {
        let there = |tool: &str| Command::new(tool).arg("-help").output().is_ok();
        if !Path::new(SERVER).exists() || !there("epmd") || !there("openssl") {
            return None;
        }
        fs::create_dir_all(folder.join("home")).unwrap();
        certificates(folder);
        let tls_port = free_port();
        let at = |name: &str| folder.join(name).display().to_string();
        let config = format!(
            "listeners.ssl.1 = 127.0.0.1:{tls_port}\nssl_options.cacertfile = {}\n\
             ssl_options.certfile = {}\nssl_options.keyfile = {}\n",
            at("ca.pem"),
            at("server.pem"),
            at("server.key"),
        );
        fs::write(folder.join("broker.conf"), config).unwrap();
        fs::write(folder.join("plugins"), "[].\n").unwrap();
        let names_port = free_port();
        let names = Command::new("epmd")
            .args(["-address", "127.0.0.1", "-port", &names_port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let folder = folder.to_path_buf();
        let (port, own_port) = (free_port(), free_port());
        let mut broker = Self { folder, port, tls_port, names_port, own_port, names, server: None };
        broker.launch();
        Some(broker)
    }

    /// Starts it with what it has on disk.
    pub(crate) fn launch(&mut self) {
        let log = File::options().create(true).append(true).open(self.folder.join("out"));
        let log = log.unwrap();
        let server = Command::new(SERVER)
            .env("HOME", self.folder.join("home"))
            .env("ERL_EPMD_PORT", self.names_port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODENAME", format!("florin{}@localhost", self.port))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_DIST_PORT", self.own_port.to_string())
            .env("RABBITMQ_MNESIA_BASE", self.folder.join("data"))
            .env("RABBITMQ_LOG_BASE", self.folder.join("log"))
            .env("RABBITMQ_PID_FILE", self.folder.join("pid"))
            .env("RABBITMQ_CONFIG_FILE", self.folder.join("broker.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", self.folder.join("plugins"))
            .env("RABBITMQ_CONF_ENV_FILE", self.folder.join("none"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        self.server = Some(server.unwrap());
        let said = || fs::read_to_string(self.folder.join("out")).unwrap_or_default();
        let up = until(|| {
            let to = ("127.0.0.1", self.port);
            std::net::TcpStream::connect(to).is_ok()
        });
        assert!(up, "{}", said());
    }

    /// SIGKILL: what it had not put on disk is lost.
    pub(crate) fn kill(&mut self) {
        let pid = fs::read_to_string(self.folder.join("pid")).unwrap_or_default();
        let _ = Command::new("kill").args(["-9", pid.trim()]).status();
        if let Some(mut server) = self.server.take() {
            let _ = server.wait();
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
        let _ = self.names.kill();
        let _ = self.names.wait();
    }
}

/// Counts what the broker has confirmed.
struct Confirmed(Arc<AtomicU64>);

#[async_trait::async_trait]
impl ChannelCallback for Confirmed {
    async fn close(&mut self, _: &Channel, _: CloseChannel) -> Result<(), Error> {
        Ok(())
    }
    async fn cancel(&mut self, _: &Channel, _: Cancel) -> Result<(), Error> {
        Ok(())
    }
    async fn flow(&mut self, _: &Channel, active: bool) -> Result<bool, Error> {
        Ok(active)
    }
    async fn publish_ack(&mut self, _: &Channel, ack: Ack) {
        self.0.fetch_max(ack.delivery_tag(), Ordering::SeqCst);
    }
    async fn publish_nack(&mut self, _: &Channel, _: Nack) {}
    async fn publish_return(&mut self, _: &Channel, _: Return, _: BasicProperties, _: Vec<u8>) {}
}

/// A message that a core system found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) about: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) content: Vec<u8>,
}

/// A core system's connection.
pub(crate) struct Core {
    _connection: Connection,
    channel: Channel,
    confirmed: Arc<AtomicU64>,
    sent: u64,
}

impl Core {
    pub(crate) async fn connect(broker: &Broker) -> Self {
        let to = OpenConnectionArguments::new("127.0.0.1", broker.port, "guest", "guest");
        let mut opened = Connection::open(&to).await;
        for _ in 0..100 {
            if opened.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
            opened = Connection::open(&to).await;
        }
        let connection = opened.unwrap();
        let channel = connection.open_channel(None).await.unwrap();
        let confirmed = Arc::new(AtomicU64::new(0));
        channel.register_callback(Confirmed(Arc::clone(&confirmed))).await.unwrap();
        channel.confirm_select(ConfirmSelectArguments::default()).await.unwrap();
        for queue in QUEUES {
            let queue = QueueDeclareArguments::durable_client_named(queue);
            channel.queue_declare(queue).await.unwrap();
        }
        Self { _connection: connection, channel, confirmed, sent: 0 }
    }

    /// Puts a message into a queue; the broker keeps it.
    pub(crate) async fn send(&mut self, id: &str, content: &[u8]) {
        let mut properties = BasicProperties::default();
        properties.with_persistence(true).with_message_id(id);
        let to = BasicPublishArguments::new("", QUEUES[0]);
        self.channel.basic_publish(properties, content.to_vec(), to).await.unwrap();
        self.sent += 1;
        for _ in 0..1_000 {
            if self.confirmed.load(Ordering::SeqCst) >= self.sent {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not confirmed");
    }

    /// Messages that wait in a queue and nobody has taken.
    pub(crate) async fn waiting(&self, queue: &str) -> u32 {
        let mut asked = QueueDeclareArguments::new(queue);
        let said = self.channel.queue_declare(asked.passive(true).finish()).await;
        said.unwrap().unwrap().1
    }

    /// Takes everything out of a queue.
    pub(crate) async fn drain(&self, queue: &str) -> Vec<Found> {
        let mut all = Vec::new();
        while let Some((got, properties, content)) =
            self.channel.basic_get(BasicGetArguments::new(queue)).await.unwrap()
        {
            let acknowledged = BasicAckArguments::new(got.delivery_tag(), false);
            self.channel.basic_ack(acknowledged).await.unwrap();
            let header = |name: &str| {
                let value = properties.headers()?.get(&name.try_into().unwrap())?;
                <&str>::try_from(value).ok().map(str::to_owned)
            };
            all.push(Found {
                id: properties.message_id().cloned().unwrap_or_default(),
                about: properties.correlation_id().cloned(),
                code: header("x-florin-code"),
                content,
            });
        }
        all
    }
}
