//! What a process uses, and what this machine has: processor time, memory, descriptors, ports.
//!
//! Linux tells what a process uses; elsewhere nothing is known, and nothing is shown. Whether there are enough descriptors
//! and ports for a plan is said before the start, with the remedy.

use std::fs;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::plan::Plan;

/// The length of a tick of the processor clock, as Linux tells it to programs on every machine.
const CLOCK_TICK: Duration = Duration::from_millis(10);
/// The descriptors that are not for users: files, the reactor, threads, the terminal.
const RESERVE: u64 = 64;

/// The resources that a process uses, or the most that it used during a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time of all its threads, its own and the system's on its behalf.
    pub cpu: Duration,
    /// Resident memory, in bytes.
    pub memory: u64,
    /// Open descriptors.
    pub descriptors: u64,
}

/// A process whose use of resources can be read.
#[derive(Clone, Debug)]
pub struct Process(String);

impl Process {
    /// The figures of this process.
    #[must_use]
    pub fn own() -> Self {
        Self("/proc/self".to_owned())
    }

    /// The process with this id.
    #[must_use]
    pub fn with_id(id: u32) -> Self {
        Self(format!("/proc/{id}"))
    }

    /// What it uses now; `None` if there is no such process, or it may not be read.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let cpu = cpu_in(&fs::read_to_string(format!("{}/stat", self.0)).ok()?)?;
        let memory = memory_in(&fs::read_to_string(format!("{}/status", self.0)).ok()?)?;
        let descriptors = fs::read_dir(format!("{}/fd", self.0)).map_or(0, Iterator::count) as u64;
        Some(Usage { cpu, memory, descriptors })
    }

    /// Its processor time alone, which is cheap to read.
    #[must_use]
    pub fn cpu(&self) -> Option<Duration> {
        cpu_in(&fs::read_to_string(format!("{}/stat", self.0)).ok()?)
    }
}

/// `utime` and `stime`; the name in parentheses before them may contain anything.
fn cpu_in(stat: &str) -> Option<Duration> {
    let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace().skip(11);
    let own: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(CLOCK_TICK * (own + system))
}

fn memory_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The time that all programs of this machine have used its processors; `None` if that is not known.
#[must_use]
pub fn busy() -> Option<Duration> {
    busy_in(&fs::read_to_string("/proc/stat").ok()?)
}

/// The times of the first line but for `idle` and `iowait`; what guests used is in `user` already.
fn busy_in(stat: &str) -> Option<Duration> {
    let times = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().take(8).enumerate();
    let busy = times.filter(|(place, _)| ![3, 4].contains(place)).map(|(_, time)| time.parse::<u32>().ok());
    Some(CLOCK_TICK * busy.sum::<Option<u32>>()?)
}

/// The number of ports from which connections may go out, for each source address.
#[must_use]
pub fn outgoing_ports() -> u64 {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut ends = range.split_whitespace().filter_map(|end| end.parse::<u64>().ok());
    match (ends.next(), ends.next()) {
        (Some(first), Some(last)) if last >= first => last - first + 1,
        _ => 28_232,
    }
}

/// The resources that a load may use.
#[derive(Clone, Copy, Debug)]
pub struct Resources {
    /// Descriptors that this process may have.
    pub descriptors: u64,
    /// Ports of each source address, for each server.
    pub ports: u64,
    /// Source addresses to connect from.
    pub sources: u64,
    /// Servers that users take in turn: a port may be used once for each.
    pub servers: u64,
    /// Whether the server runs in this process, and needs a descriptor for every user too.
    pub is_embedded: bool,
}

/// The resource of which there is too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Shortage {
    /// File descriptors.
    #[error(
        "{users} users need {needed} file descriptors ({each} each, {RESERVE} for the rest) and this process may have \
         {allowed}; raise the limit with `ulimit -n {needed}`{}",
        if *each > 1 { ", or run the server in a process of its own and name it with --server" } else { "" }
    )]
    Descriptors {
        /// The users of the plan.
        users: u64,
        /// Descriptors for each user.
        each: u64,
        /// Descriptors for all users, with the reserve.
        needed: u64,
        /// Descriptors that this process may have.
        allowed: u64,
    },
    /// Ports to connect from.
    #[error(
        "{users} users need as many ports and each source address has {ports}; connect from more of them, as with \
         --source-ips 127.0.0.1-127.0.0.{needed}"
    )]
    Ports {
        /// The users of the plan.
        users: u64,
        /// Ports of each source address, for all servers.
        ports: u64,
        /// Source addresses that would suffice.
        needed: u64,
    },
}

impl Resources {
    /// Checks that they suffice for this plan.
    ///
    /// # Errors
    /// The resource that does not.
    pub fn check(&self, plan: &Plan) -> Result<(), Shortage> {
        let users = plan.own_users();
        let each = if self.is_embedded { 2 } else { 1 };
        let needed = users * each + RESERVE;
        if needed > self.descriptors {
            return Err(Shortage::Descriptors { users, each, needed, allowed: self.descriptors });
        }
        let ports = self.ports * self.servers.max(1);
        if users > ports * self.sources.max(1) {
            return Err(Shortage::Ports { users, ports, needed: users.div_ceil(ports.max(1)) });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_process_cannot_confuse() {
        let stat = "12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 3 0 1";
        assert_eq!(cpu_in(stat), Some(Duration::from_secs(2)));
        assert_eq!(memory_in("Name:\tx\nVmRSS:\t    2048 kB\n"), Some(2 << 20));
        assert_eq!((cpu_in(""), memory_in("")), (None, None));
    }

    #[test]
    fn a_machine_that_waits_for_its_disk_is_not_busy() {
        let stat = "cpu  100 1 20 9000 700 3 4 2 50 0\ncpu0 1 1 1\n";
        assert_eq!(busy_in(stat), Some(Duration::from_millis(1300)));
        assert_eq!(busy_in("intr 1"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_known() {
        let usage = Process::own().usage().unwrap();
        assert!(usage.memory > 1 << 20 && usage.descriptors > 2, "{usage:?}");
        assert_eq!(Process::with_id(u32::MAX).usage(), None);
    }
}
