//! `[tls]`: everything that a process serves goes over TLS, and may be reached from other hosts.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Whether clients must show who they are before they say anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Clients {
    /// They are not asked.
    #[default]
    None,
    /// They are asked; what they show must be good.
    Asked,
    /// They must.
    Required,
}

/// `[tls]`. Empty, it shows the process's own key only, by which its peers know it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// A certificate and those above it, PEM, for clients that know authorities and not keys.
    pub(crate) certificates: Option<PathBuf>,
    /// Its key, PEM.
    pub(crate) key: Option<PathBuf>,
    /// What clients have to show.
    #[serde(default)]
    pub(crate) clients: Clients,
    /// Authorities whose certificates clients may show, besides those for known keys.
    pub(crate) client_roots: Option<PathBuf>,
    /// Lists of certificates that these authorities revoked, PEM.
    #[serde(default)]
    pub(crate) client_revocations: Vec<PathBuf>,
    /// Authorities of hosts that this process calls and that are no members: webhooks.
    pub(crate) roots: Option<PathBuf>,
}

impl Tls {
    /// What is missing.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.certificates.is_some() != self.key.is_some() {
            return Err("[tls] certificates and key, both or none,");
        }
        if self.client_roots.is_some() && self.clients == Clients::None {
            return Err("[tls] clients, since client_roots is given,");
        }
        if !self.client_revocations.is_empty() && self.client_roots.is_none() {
            return Err("[tls] client_roots, since client_revocations is given,");
        }
        Ok(())
    }

    /// With paths that are usable from anywhere.
    pub(super) fn below(self, folder: &Path) -> Self {
        let own = |path: Option<PathBuf>| path.map(|path| folder.join(path));
        Self {
            certificates: own(self.certificates),
            key: own(self.key),
            client_roots: own(self.client_roots),
            client_revocations: self.client_revocations.iter().map(|p| folder.join(p)).collect(),
            roots: own(self.roots),
            ..self
        }
    }
}
