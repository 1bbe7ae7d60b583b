//! How much memory the process may use: what the cgroup and the limit of its address space leave.

use std::fs;

/// The ceiling of all queues where nobody says another.
pub(in crate::server) const LARGEST_CEILING: usize = 256 * 1024 * 1024;

/// The part of the memory that queues may take.
const PART_FOR_QUEUES: u64 = 4;

/// A quarter of the memory that the process may use, at most 256 MiB.
pub(in crate::server) fn ceiling_that_fits() -> usize {
    let cgroup = cgroup_limits();
    let address_space = rlimit::Resource::AS.get_soft().ok();
    ceiling(cgroup.into_iter().chain(address_space))
}

fn ceiling(limits: impl Iterator<Item = u64>) -> usize {
    let memory = limits.min().unwrap_or(u64::MAX);
    usize::try_from(memory / PART_FOR_QUEUES).unwrap_or(usize::MAX).min(LARGEST_CEILING)
}

/// The limits of the process's own cgroup and of those around it, in either version.
fn cgroup_limits() -> Vec<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let files = groups.lines().flat_map(limit_files);
    files.filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok()).collect()
}

/// Where the limits of a line of `/proc/self/cgroup` stand, from the innermost group outwards.
fn limit_files(line: &str) -> Vec<String> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { return Vec::new() };
    let (root, name) = match controllers {
        "" => ("/sys/fs/cgroup", "memory.max"),
        _ if controllers.split(',').any(|one| one == "memory") => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        _ => return Vec::new(),
    };
    let mut files = Vec::new();
    let mut group = path.trim_end_matches('/');
    loop {
        files.push(format!("{root}{group}/{name}"));
        match group.rfind('/') {
            Some(slash) => group = &group[..slash],
            None => return files,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_narrowest_limit_and_never_more_than_the_largest() {
        assert_eq!(ceiling([400 << 20, 900 << 20].into_iter()), 100 << 20);
        assert_eq!(ceiling([u64::MAX].into_iter()), LARGEST_CEILING);
        assert_eq!(ceiling([].into_iter()), LARGEST_CEILING);
    }

    #[test]
    fn the_limits_of_all_groups_around_count() {
        assert_eq!(
            limit_files("0::/a/b"),
            ["/sys/fs/cgroup/a/b/memory.max", "/sys/fs/cgroup/a/memory.max", "/sys/fs/cgroup/memory.max"]
        );
        assert_eq!(limit_files("7:cpu,memory:/"), ["/sys/fs/cgroup/memory/memory.limit_in_bytes"]);
        assert_eq!(limit_files("3:pids:/x"), [""; 0]);
    }
}
