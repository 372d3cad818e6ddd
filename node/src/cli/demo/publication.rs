//! How contracts come to the network: built from sources, proposed by operators, voted in by members,
//! with the commands that people use, over the ledger port.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ledger_core::id::Lei;
use serde_json::Value;

use super::{DemoError, network::ADMINS, story::Stage, tell::write};
use crate::cli::child::{florin, must};

macro_rules! package {
    ($($path:literal),* $(,)?) => {
        [$(($path, include_str!(concat!("../../../../move-like-vm/contracts/", $path)))),*]
    };
}

/// What is published: the escrow and all that it stands on.
const PACKAGE: [(&str, &str); 9] = package![
    "Move.toml",
    "sources/claim.move",
    "sources/event.move",
    "sources/ledger.move",
    "sources/register.move",
    "sources/escrow.move",
    "standard/Move.toml",
    "standard/sources/signer.move",
    "standard/sources/vector.move",
];

/// Name, package, where it is published, modules, each behind those that it names.
type Bundle = (&'static str, &'static str, &'static str, &'static [&'static str]);

const BUNDLES: [Bundle; 2] = [
    ("standard", "standard/build/Standard", "0x1", &["signer", "vector"]),
    ("florin", "build/Florin", "0x2", &["claim", "event", "ledger", "register", "escrow"]),
];

/// A person with a key of its own for one role.
struct Person {
    lei: Lei,
    key: PathBuf,
    transport: PathBuf,
}

impl Stage<'_> {
    /// The standard library, claims and the escrow: built, proposed, approved, voted for by two thirds.
    pub(super) async fn publish(&mut self) -> Result<(), DemoError> {
        self.tell.begin("contracts built, proposed by two operators, voted in by two banks");
        let folder = self.network.folder.join("contracts");
        unpack(&folder)?;
        for package in [folder.join("standard"), folder.clone()] {
            must(&["move", "build", &text(&package)]).await?;
        }
        let [standard, florin] = BUNDLES.map(|bundle| self.propose(&folder, bundle));
        let (standard, florin) = tokio::try_join!(standard, florin)?;
        // The second stands on the first.
        for (name, vote) in [&standard, &florin] {
            let banks = [("bank-a", self.cast.bank_a), ("bank-b", self.cast.bank_b)];
            let [one, other] = banks.map(|bank| self.vote(bank, name, vote));
            tokio::try_join!(one, other)?;
            self.keep_votes(name)?;
        }
        let active = self.published("escrow").await?;
        let functions = active["entry_functions"].as_array().map_or(0, Vec::len);
        let height = active["published"].as_u64().unwrap_or(0);
        let claim = format!("escrow is active since height {height}, with {functions} functions");
        self.tell.check(claim, height > 0 && functions == 4);
        self.tell.end();
        Ok(())
    }

    /// Two operators decide to publish modules; what members vote on then, in JSON.
    async fn propose(
        &self,
        folder: &Path,
        (name, build, at, modules): Bundle,
    ) -> Result<(&'static str, String), DemoError> {
        let (maker, checker) = (self.operator_person("maker"), self.operator_person("checker"));
        let binaries = folder.join(build).join("bytecode_modules");
        let file = |module: &&str| text(&binaries.join(format!("{module}.mv")));
        let files: Vec<String> = modules.iter().map(file).collect();
        let mut args = vec!["contract", "publish", "--at", at];
        args.extend(files.iter().map(String::as_str));
        let proposal = said(&args).await?;
        let proposal = self.act(&maker, &format!("{name}-proposal"), &proposal).await?;
        let shown = json(&said(&["command", "show", &text(&proposal)]).await?)?;
        self.act(&checker, &format!("{name}-approval"), &shown["approve"].to_string()).await?;
        Ok((name, said(&["contract", "vote", &text(&proposal)]).await?))
    }

    /// Two administrators of a bank say yes in its name.
    async fn vote(
        &self,
        (bank, lei): (&str, Lei),
        name: &str,
        vote: &str,
    ) -> Result<(), DemoError> {
        let keys = self.network.folder.join(bank).join("keys");
        let [first, second] = ADMINS.map(|admin| Person {
            lei,
            key: keys.join(admin).join("admin.key"),
            transport: keys.join("transport.key"),
        });
        let proposal = self.act(&first, &format!("{bank}-{name}-vote"), vote).await?;
        let shown = json(&said(&["command", "show", &text(&proposal)]).await?)?;
        let approve = shown["approve"].to_string();
        self.act(&second, &format!("{bank}-{name}-voted"), &approve).await?;
        Ok(())
    }

    fn operator_person(&self, name: &str) -> Person {
        let keys = self.network.folder.join("operator/keys");
        Person {
            lei: self.cast.operator,
            key: keys.join(name).join("operator.key"),
            transport: keys.join("service/transport.key"),
        }
    }

    /// Signs a command in JSON with a person's key and sends it; the signed file. Its receipt stands
    /// beside it.
    async fn act(&self, who: &Person, name: &str, data: &str) -> Result<PathBuf, DemoError> {
        let genesis = text(&self.network.folder.join("genesis.json"));
        let (file, receipt) = (self.act_file(name, "hex"), self.act_file(name, "json"));
        let (signed, key) = (text(&file), text(&who.key));
        let sign = ["command", "sign", "--data", data, "--key", &key, "--genesis", &genesis];
        let whose = ["--organisation", who.lei.text(), "--out", &signed];
        must(&[&sign[..], &whose].concat()).await?;
        let validators = self.network.ledger_urls();
        let validator = validators.first().map(String::as_str).unwrap_or_default();
        let (transport, receipt) = (text(&who.transport), text(&receipt));
        let send = ["command", "send", &signed, "--validator", validator, "--key", &transport];
        let wait = ["--genesis", &genesis, "--wait", "25", "--out", &receipt];
        must(&[&send[..], &wait].concat()).await?;
        Ok(file)
    }

    fn act_file(&self, name: &str, kind: &str) -> PathBuf {
        self.network.folder.join("contracts").join(format!("{name}.{kind}"))
    }

    /// Both banks' receipts of their votes; the one that came last says that it happened.
    fn keep_votes(&mut self, name: &str) -> Result<(), DemoError> {
        let mut carried = 0;
        for bank in ["bank-a", "bank-b"] {
            let path = self.act_file(&format!("{bank}-{name}-voted"), "json");
            let file = fs::read_to_string(&path).map_err(DemoError::io(text(&path)))?;
            let ran = json(&file)?["summary"]["run"]["status"] == "EXECUTED";
            carried += u32::from(ran);
            self.tell.keep_receipt(&format!("{bank}-votes-{name}"), &file)?;
        }
        let claim = format!("{name}: the vote of the second of three banks carried it, proved");
        self.tell.check(claim, carried == 1);
        Ok(())
    }

    /// A published module, read from a validator with its proof.
    async fn published(&self, module: &str) -> Result<Value, DemoError> {
        let genesis = text(&self.network.folder.join("genesis.json"));
        let key = text(&self.network.folder.join("bank-a/keys/transport.key"));
        let validators = self.network.ledger_urls();
        let validator = validators.first().map(String::as_str).unwrap_or_default();
        let proof = text(&self.act_file(module, "json"));
        let asked = ["contract", "module", "--at", "0x2", "--name", module, "--out", &proof];
        let of = ["--validator", validator, "--key", &key, "--genesis", &genesis];
        json(&said(&[&asked[..], &of].concat()).await?)
    }
}

/// Writes the sources where `florin move build` finds them.
fn unpack(folder: &Path) -> Result<(), DemoError> {
    for (path, source) in PACKAGE {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(DemoError::io(text(parent)))?;
        }
        write(&path, source.as_bytes())?;
    }
    Ok(())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// What a command of florin prints; it must succeed.
async fn said(args: &[&str]) -> Result<String, DemoError> {
    match florin(args).await? {
        (Some(0), text) => Ok(text),
        (_, text) => Err(DemoError::unexpected(args.join(" "), text)),
    }
}

fn json(text: &str) -> Result<Value, DemoError> {
    serde_json::from_str(text).map_err(|_| DemoError::unexpected("JSON", text))
}
