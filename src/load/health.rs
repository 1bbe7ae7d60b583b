//! What a process uses, from what Linux tells of it: processor time, memory, descriptors. Elsewhere nothing is known,
//! and nothing is shown.

use std::fs;
use std::time::Duration;

/// How long a tick of the processor clock is; what Linux tells programs, on every machine.
const CLOCK_TICK: Duration = Duration::from_millis(10);

/// What a process has used and uses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Processor time of all its threads, its own and the system's on its behalf.
    pub cpu: Duration,
    /// Resident memory, in bytes.
    pub memory: u64,
    /// Open descriptors.
    pub descriptors: u64,
}

/// A process that can be looked at.
#[derive(Clone, Debug)]
pub struct Process(String);

impl Process {
    /// This one.
    #[must_use]
    pub fn own() -> Self {
        Self("/proc/self".to_owned())
    }

    /// Another one.
    #[must_use]
    pub fn with_id(id: u32) -> Self {
        Self(format!("/proc/{id}"))
    }

    /// What it uses now; `None` if it is gone, or not to be looked at.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let cpu = cpu_in(&fs::read_to_string(format!("{}/stat", self.0)).ok()?)?;
        let memory = memory_in(&fs::read_to_string(format!("{}/status", self.0)).ok()?)?;
        let descriptors = fs::read_dir(format!("{}/fd", self.0)).map_or(0, Iterator::count) as u64;
        Some(Usage { cpu, memory, descriptors })
    }

    /// Its processor time alone, which is cheap to ask for.
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

/// The ports that connections may go out from, for each source address.
#[must_use]
pub fn outgoing_ports() -> u64 {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut ends = range.split_whitespace().filter_map(|end| end.parse::<u64>().ok());
    match (ends.next(), ends.next()) {
        (Some(first), Some(last)) if last >= first => last - first + 1,
        _ => 28_232,
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

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_known() {
        let usage = Process::own().usage().unwrap();
        assert!(usage.memory > 1 << 20 && usage.descriptors > 2, "{usage:?}");
        assert_eq!(Process::with_id(u32::MAX).usage(), None);
    }
}
