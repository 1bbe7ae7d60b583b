//! Where `chatctl serve` keeps what survives it.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::anyhow;
use chatctl::hub::Past;
use chatctl::store::Store;
use chatctl::store::memory::Memory;
use chatctl::store::sqlite::{Durability, Retention, Sqlite, StoreOptions};
use clap::Args;

use super::with_default;
use crate::exit::{Because, Exit};
use crate::store::unreadable;

/// What the store may take: 8 GiB.
const USUAL_SIZE: u64 = 8 << 30;

/// What is kept, where and for how long.
#[derive(Debug, Args)]
pub(crate) struct DataArguments {
    /// Directory that keeps rooms and their history over restarts, made if it is not there [default: in memory only]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Do not wait for the disk before a line is told: a power cut may lose the last lines, a crash of the server loses none
    #[arg(long, requires = "data")]
    no_fsync: bool,
    /// Forget lines that are older than this, like 90d [default: never]
    #[arg(long, value_name = "TIME", requires = "data")]
    keep: Option<humantime::Duration>,
    #[arg(long, value_name = "SIZE", requires = "data",
        help = with_default("Forget the oldest lines when all together take more than this, like 500MiB", "8GiB"))]
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
    InMemory,
    InFolder(Arc<Sqlite>, Past),
}

impl Data {
    pub(crate) fn open(arguments: &DataArguments) -> anyhow::Result<Self> {
        let Some(dir) = &arguments.data else { return Ok(Self::InMemory) };
        let sync = if arguments.no_fsync { Durability::Normal } else { Durability::Full };
        let retention = Retention {
            age: arguments.keep.map(Into::into),
            bytes: Some(arguments.keep_size.map_or(USUAL_SIZE, |size| size.0)),
        };
        let (store, past) = Sqlite::open(dir, StoreOptions { sync, retention }).map_err(|error| unreadable(&error))?;
        Ok(Self::InFolder(Arc::new(store), past))
    }

    /// What the server keeps everything in, and what it knows of an earlier one.
    pub(crate) fn store(&self) -> (Arc<dyn Store>, Past) {
        match self {
            Self::InMemory => (Arc::new(Memory::default()), Past::none(fastrand::u32(..))),
            Self::InFolder(store, past) => (Arc::<Sqlite>::clone(store), past.clone()),
        }
    }

    /// Closes it; an error if something was not kept.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        match self {
            Self::InMemory => Ok(()),
            Self::InFolder(store, _) => {
                store.finish().map_err(|not_kept| anyhow!(Because::new(Exit::Failed, not_kept.to_string())))
            }
        }
    }
}
