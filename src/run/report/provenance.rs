//! Where a report comes from: when, by which program, with which arguments, against which server, on which machine. So
//! that a report of last week can be told from another.

use std::{env, fs, thread};

use chrono::{DateTime, FixedOffset, Local};

/// What reports call a server that runs in this process.
pub const EMBEDDED: &str = "embedded";

/// What the reports say about the run as a whole.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// When the run began, in local time.
    pub started: DateTime<FixedOffset>,
    /// The version of chatctl.
    pub version: &'static str,
    /// The arguments of chatctl, without the program's name.
    pub arguments: Vec<String>,
    /// The servers that the users connected to, with commas: their addresses as they were given, or [`EMBEDDED`].
    pub server: String,
    /// The machine on which chatctl ran.
    pub machine: Machine,
}

/// A machine, as far as it can be told.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its name.
    pub host: Option<String>,
    /// The operating system and the processor's architecture, such as `linux x86_64`.
    pub system: String,
    /// Processors that this process may use.
    pub processors: usize,
    /// Memory in bytes.
    pub memory: Option<u64>,
}

impl Provenance {
    /// A run that begins now, with these arguments, against this server.
    #[must_use]
    pub fn now(arguments: Vec<String>, server: String) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self { started: Local::now().fixed_offset(), version, arguments, server, machine: Machine::here() }
    }
}

impl Machine {
    /// This machine. Its name and memory are known on Linux only.
    #[must_use]
    pub fn here() -> Self {
        let host = fs::read_to_string("/proc/sys/kernel/hostname").ok();
        let memory = fs::read_to_string("/proc/meminfo").ok();
        Self {
            host: host.map(|host| host.trim().to_owned()).filter(|host| !host.is_empty()),
            system: format!("{} {}", env::consts::OS, env::consts::ARCH),
            processors: thread::available_parallelism().map_or(1, usize::from),
            memory: memory.as_deref().and_then(total_memory),
        }
    }
}

/// The total of `/proc/meminfo`, in bytes.
fn total_memory(meminfo: &str) -> Option<u64> {
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_machine_is_read_in_bytes() {
        assert_eq!(total_memory("MemTotal:       8024848 kB\nMemFree: 1 kB\n"), Some(8_024_848 * 1024));
        assert_eq!(total_memory(""), None);
    }
}
