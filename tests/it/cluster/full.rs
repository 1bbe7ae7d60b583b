//! An engine without memory or disk: lines wait, the log of each server says why, and none is lost or comes twice.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::pair::{hear_all, say_all, two};
use super::redis::Redis;
use crate::support::skipped;

#[test]
fn lines_wait_while_the_engine_has_no_memory() {
    let Some(redis) = Redis::start() else { return };
    let (nodes, mut users) = two(&redis);
    say_all(&mut users, 0..50);
    redis.ask("CONFIG SET maxmemory 1");
    say_all(&mut users, 50..100);
    for node in &nodes {
        node.wait_for_log("cannot append to the log of the cluster");
        node.wait_for_log("OOM");
    }
    redis.ask("CONFIG SET maxmemory 0");
    hear_all(&mut users, 100);
}

#[test]
fn lines_wait_while_the_engine_refuses_writes_as_it_cannot_save() {
    let Some(redis) = Redis::start_with(&["--appendfsync", "always", "--save", "3600 1000000"]) else { return };
    let (nodes, mut users) = two(&redis);
    say_all(&mut users, 0..50);
    // Where its file has to be, there is a folder.
    let in_the_way = redis.folder().join("dump.rdb");
    fs::create_dir(&in_the_way).unwrap();
    redis.ask("BGSAVE");
    while !redis.ask("INFO persistence").unwrap().contains("rdb_last_bgsave_status:err") {}
    say_all(&mut users, 50..100);
    nodes.iter().for_each(|node| node.wait_for_log("MISCONF"));
    fs::remove_dir(&in_the_way).unwrap();
    while !redis.ask("BGSAVE").unwrap().starts_with("+Background saving started") {}
    hear_all(&mut users, 100);
}

/// A small file system of its own, as long as it lives.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(folder.path());
        if mount.output().is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(folder));
        }
        skipped("a right to mount a file system");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn an_engine_whose_disk_is_full_ends_and_goes_on_where_it_was() {
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = tempfile::tempdir_in(disk.path()).unwrap();
    let Some(mut redis) = Redis::start_in(folder, &["--appendfsync", "always"]) else { return };
    let (nodes, mut users) = two(&redis);
    say_all(&mut users, 0..50);
    let ballast = disk.path().join("ballast");
    // It is full when no more can be written.
    assert!(fs::write(&ballast, vec![0; 16 << 20]).is_err());
    // What it cannot sync it does not confirm: it ends.
    let mut said = 50;
    while !redis.has_ended() {
        say_all(&mut users, said..said + 1);
        said += 1;
    }
    nodes.iter().for_each(|node| node.wait_for_log("the log of the cluster"));
    say_all(&mut users, said..said + 50);
    fs::remove_file(&ballast).unwrap();
    redis.start_again();
    hear_all(&mut users, said + 50);
}
