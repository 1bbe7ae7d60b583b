//! Several servers as one chat: which cluster this one belongs to, and what cannot be had in one.

use std::fmt;
use std::fs;
use std::time::Duration;

use anyhow::Context;
use chatctl::server::{ClusterConfig, Membership};
use clap::Args;
use humantime::format_duration;

use super::data::ByteSize;
use crate::exit::{Because, Exit};

/// Silence after which a server is lost, in seconds.
const LOST_AFTER: u32 = 5;

/// What is kept of the log before a snapshot: 256 MiB.
const KEEP: u64 = 256 << 20;

/// The cluster that the server belongs to.
#[derive(Debug, Args)]
pub(super) struct ClusterArguments {
    /// Form one chat with all servers that use this Redis, such as redis://127.0.0.1:6379; also rediss:// and redis+unix://
    #[arg(long, value_name = "URL", value_parser = url)]
    cluster: Option<String>,
    /// Read the password of Redis from this file instead of from --cluster, which others on this machine can see
    #[arg(long, value_name = "FILE", requires = "cluster", value_parser = password)]
    cluster_password_file: Option<Secret>,
    /// Prefix of the keys in Redis, if several chats share it [default: chatctl]
    #[arg(long, value_name = "NAME", value_parser = name, requires = "cluster")]
    cluster_name: Option<String>,
    /// Name of this server in its log [default: the address of --listen]
    #[arg(long, value_name = "NAME", requires = "cluster")]
    node: Option<String>,
    /// Keep this much of the log before the last snapshot, for servers that return after a while, such as 500MiB
    /// [default: 256MiB]
    #[arg(long, value_name = "SIZE", requires = "cluster")]
    cluster_keep: Option<ByteSize>,
    /// Treat a server of the cluster and its users as lost after this silence; must be the same on all servers [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = lost_after, requires = "cluster")]
    lost_after: Option<Seconds>,
}

/// What is not shown.
#[derive(Clone)]
struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The first line of a file.
fn password(file: &str) -> Result<Secret, String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let line = text.lines().next().filter(|line| !line.is_empty());
    Ok(Secret(line.ok_or("the file is empty")?.to_owned()))
}

/// Whole seconds.
#[derive(Debug, Clone, Copy)]
struct Seconds(u32);

fn url(text: &str) -> Result<String, &'static str> {
    let is_one = ["redis://", "rediss://", "redis+unix://"].iter().any(|scheme| text.starts_with(scheme));
    if is_one {
        Ok(text.to_owned())
    } else {
        Err("expected redis://HOST:PORT, rediss://HOST:PORT or redis+unix://PATH")
    }
}

fn name(text: &str) -> Result<String, &'static str> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_one = (1..=64).contains(&text.len()) && text.bytes().all(fits);
    if is_one { Ok(text.to_owned()) } else { Err("expected 1 to 64 letters of ASCII, digits, '-', '_' or '.'") }
}

fn lost_after(text: &str) -> Result<Seconds, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    match u32::try_from(time.as_secs()) {
        Ok(seconds @ 2..=60) if time == Duration::from_secs(seconds.into()) => Ok(Seconds(seconds)),
        _ => Err(format!("expected 2 to 60 whole seconds, not {}", format_duration(time))),
    }
}

impl ClusterArguments {
    /// Finds the cluster, if the server belongs to one.
    pub(super) fn join(&self, listen: &str) -> anyhow::Result<Option<Membership>> {
        let Some(url) = &self.cluster else { return Ok(None) };
        let config = ClusterConfig {
            url: url.clone(),
            password: self.cluster_password_file.as_ref().map(|secret| secret.0.clone()),
            name: self.cluster_name.clone().unwrap_or_else(|| "chatctl".to_owned()),
            node: self.node.clone().unwrap_or_else(|| listen.to_owned()),
            keep: self.cluster_keep.map_or(KEEP, |size| size.0),
            lost_after: self.lost_after.map_or(LOST_AFTER, |time| time.0),
        };
        let (shown, node, name) = (config.shown_url(), config.node.clone(), config.name.clone());
        let membership = config.join().with_context(|| Because::new(Exit::NoConnection, "cannot join the cluster"))?;
        tracing::info!(node, name, "belongs to the cluster at {shown}");
        Ok(Some(membership))
    }
}
