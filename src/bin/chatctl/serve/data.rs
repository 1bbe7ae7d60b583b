//! Where `chatctl serve` keeps what survives it.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use chatctl::hub::Past;
use chatctl::server::Membership;
use chatctl::store::Store;
use chatctl::store::memory::Memory;
use chatctl::store::sqlite::{Durability, Retention, Sqlite, StoreOptions};
use clap::Args;

use super::with_default;
use crate::exit::{Because, Exit};
use crate::store::unreadable;
use crate::time;

/// What the store may take: 8 GiB.
const USUAL_SIZE: u64 = 8 << 30;

/// What is kept, where and for how long.
#[derive(Debug, Args)]
pub(crate) struct DataArguments {
    /// Directory that keeps rooms and their history across restarts, created if missing [default: in memory only]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Deliver lines without waiting for the disk: a power cut can lose the last lines, a crash of the server cannot
    #[arg(long, requires = "data")]
    no_fsync: bool,
    /// Delete lines older than this, such as 90d [default: never]
    #[arg(long, value_name = "TIME", value_parser = time::longer_than_zero, requires = "data")]
    keep: Option<humantime::Duration>,
    #[arg(long, value_name = "SIZE", requires = "data",
        help = with_default("Delete the oldest lines if all lines together take more than this, such as 500MiB", "8GiB"))]
    keep_size: Option<ByteSize>,
}

/// A number of bytes, with a unit if it is large.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByteSize(pub(super) u64);

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor = match unit {
            "" | "B" => Some(1),
            "KiB" => Some(1 << 10),
            "MiB" => Some(1 << 20),
            "GiB" => Some(1 << 30),
            "TiB" => Some(1_u64 << 40),
            _ => None,
        };
        let bytes = number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
        bytes.map(Self).ok_or_else(|| "expected a size like 500MiB or 8GiB".to_owned())
    }
}

impl DataArguments {
    /// Where everything is kept, if anywhere.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.data.as_deref()
    }
}

/// The store of a server.
pub(crate) enum Data {
    InMemory(Arc<Memory>),
    InFolder(Arc<Sqlite>),
}

impl Data {
    /// What the server keeps everything in, and what it knows of an earlier one. In a cluster, that is the numbering; the log
    /// tells the rest, from the entry on to which the folder leads.
    pub(crate) fn open(
        arguments: &DataArguments,
        cluster: Option<Membership>,
    ) -> anyhow::Result<(Self, Past, Option<Membership>)> {
        let Some(dir) = &arguments.data else {
            let epoch = cluster.as_ref().map_or_else(|| fastrand::u32(..), |cluster| cluster.epoch);
            return Ok((Self::InMemory(Arc::default()), Past::none(epoch), cluster));
        };
        let sync = if arguments.no_fsync { Durability::Normal } else { Durability::Full };
        let retention = Retention {
            age: arguments.keep.map(Into::into),
            bytes: Some(arguments.keep_size.map_or(USUAL_SIZE, |size| size.0)),
        };
        let options = StoreOptions { sync, retention };
        let Some(cluster) = cluster else {
            let (store, past) = Sqlite::open(dir, options).map_err(|error| unreadable(&error))?;
            return Ok((Self::InFolder(Arc::new(store)), past, None));
        };
        let opened = Sqlite::open_in_cluster(dir, options, cluster.epoch);
        let (store, kept) = opened.map_err(|error| unreadable(&error))?;
        let past = Past::none(cluster.epoch);
        let cannot_start = || Because::new(Exit::NoConnection, format!("cannot start from {}", dir.display()));
        let cluster = cluster.resume(kept).with_context(cannot_start)?;
        Ok((Self::InFolder(Arc::new(store)), past, Some(cluster)))
    }

    /// What the server keeps everything in.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::InMemory(store) => Arc::<Memory>::clone(store),
            Self::InFolder(store) => Arc::<Sqlite>::clone(store),
        }
    }

    /// Closes it; an error if something was not kept.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        match self {
            Self::InMemory(_) => Ok(()),
            Self::InFolder(store) => {
                store.finish().map_err(|not_kept| anyhow!(Because::new(Exit::Failed, not_kept.to_string())))
            }
        }
    }
}
