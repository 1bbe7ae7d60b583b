//! `--fingerprint` and `--tls-ca`, else the known hosts: which servers are trusted over TLS.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use chatctl::client::known_hosts::KnownHosts;
use chatctl::client::{self, ConnectError, ConnectOptions, ServerAddress};
use chatctl::net::tls::{Fingerprint, Trust};
use clap::Args;

use crate::exit::{Because, Exit};
use crate::state_folder::state_folder;

/// Which servers are trusted whose address begins with `tls://` or `wss://`.
#[derive(Debug, Clone, Args)]
pub(crate) struct TrustArguments {
    /// Trust the server with this key over TLS, and no other; `chatctl serve` prints it [default: the keys of known servers; on
    /// a terminal, an unknown one is asked about]
    #[arg(long, value_name = "KEY", conflicts_with = "tls_ca")]
    fingerprint: Option<Fingerprint>,
    /// Trust servers over TLS whose certificates these authorities have signed: a file in PEM, or `system` for those of
    /// this system
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
}

impl TrustArguments {
    /// Whom to trust at this address. Without a flag and at a terminal, the user is asked about an unknown key.
    pub(crate) fn trust(&self, address: &str) -> anyhow::Result<Trust> {
        let ServerAddress { authority: host, transport: _, is_secure } = ServerAddress::new(address);
        if !is_secure {
            return Ok(Trust::nobody());
        }
        match (self.fingerprint, &self.tls_ca) {
            (Some(key), _) => Ok(Trust::key(key)),
            (None, Some(file)) if file == Path::new("system") => {
                Trust::authorities_of_the_system().context("cannot use the authorities of this system")
            }
            (None, Some(file)) => {
                let shown = file.display();
                let pem = fs::read(file).with_context(|| format!("cannot read {shown}"))?;
                Trust::authorities(&pem).with_context(|| format!("cannot use {shown}"))
            }
            (None, None) => known_or_asked(address, &host),
        }
    }
}

fn known_or_asked(address: &str, host: &str) -> anyhow::Result<Trust> {
    let Some(file) = state_folder().map(|folder| folder.join("chatctl/known_hosts")) else {
        return Ok(Trust::nobody());
    };
    if let Some(key) = read(&file)?.key_of(host) {
        return Ok(Trust::key(key));
    }
    let Some(key) = key_of_server(address)? else { return Ok(Trust::nobody()) };
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        let way = format!("to trust it, pass --fingerprint {key}, or connect once on a terminal");
        bail!(Because::new(Exit::NoConnection, format!("the key of {host} is not known: {key}; {way}")));
    }
    if !asked(host, key)? {
        bail!(Because::new(Exit::NoConnection, format!("the key of {host} is not trusted")));
    }
    append(&file, &KnownHosts::line(host, key)).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(Trust::key(key))
}

fn read(file: &Path) -> anyhow::Result<KnownHosts> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(KnownHosts::default()),
        Err(error) => return Err(anyhow!(error).context(format!("cannot read {}", file.display()))),
    };
    KnownHosts::read(&text).with_context(|| format!("cannot use {}", file.display()))
}

/// The key of the server, which is not talked to.
fn key_of_server(address: &str) -> anyhow::Result<Option<Fingerprint>> {
    let connecting = async { client::connect(&client::resolve(address).await?, &ConnectOptions::default()).await };
    match smol::block_on(connecting) {
        Err(ConnectError::UnknownKey { key, .. }) => Ok(Some(key)),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(None),
    }
}

fn asked(host: &str, key: Fingerprint) -> anyhow::Result<bool> {
    let question = format!(
        "The key of {host} is not known:\n  {key}\nIt should be the one that the server printed when it started. Trust it \
         from now on? [y/N] "
    );
    io::stderr().write_all(question.as_bytes()).context("cannot ask")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// One write, so that several programs may do it at once.
fn append(file: &Path, line: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(file)?.write_all(line.as_bytes())
}
