//! `[queues]`: a broker of messages between a core system and its gateway.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use ledger_core::id::Text;
use serde::Deserialize;
use settlement_api::channels::amqp::{QueueTls, Queues};

/// As it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    host: Text,
    port: u16,
    #[serde(default = "root")]
    virtual_host: Text,
    user: Text,
    password_file: PathBuf,
    #[serde(rename = "in")]
    incoming: Text,
    out: Text,
    failed: Text,
    tls: Option<WrittenTls>,
}

fn root() -> Text {
    Text::new("/").unwrap_or_else(|| unreachable!("a constant"))
}

/// `[queues.tls]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTls {
    name: Text,
    roots: PathBuf,
    certificates: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl Written {
    /// Whether TLS is where it must be, and names are three.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let here = self.host.get() == "localhost"
            || self.host.get().parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if !here && self.tls.is_none() {
            return Err("[queues.tls], since host is not this one,");
        }
        if self.tls.as_ref().is_some_and(|tls| tls.certificates.is_some() != tls.key.is_some()) {
            return Err("[queues.tls] certificates and key, both or none,");
        }
        let [a, b, c] = [&self.incoming, &self.out, &self.failed];
        if a == b || b == c || a == c {
            return Err("[queues] in, out and failed, three queues,");
        }
        Ok(())
    }

    pub(super) fn below(self, folder: &Path) -> Queues {
        let own = |text: Text| text.get().to_owned();
        Queues {
            host: own(self.host),
            port: self.port,
            virtual_host: own(self.virtual_host),
            user: own(self.user),
            password: folder.join(self.password_file),
            incoming: own(self.incoming),
            outgoing: own(self.out),
            failed: own(self.failed),
            tls: self.tls.map(|tls| QueueTls {
                name: own(tls.name),
                roots: folder.join(tls.roots),
                own: tls
                    .certificates
                    .zip(tls.key)
                    .map(|(certificates, key)| (folder.join(certificates), folder.join(key))),
            }),
        }
    }
}
