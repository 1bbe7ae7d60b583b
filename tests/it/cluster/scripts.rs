//! The scripts that a single server passes, with their users spread over three.

use std::fs;
use std::time::Duration;

use assert_cmd::Command;

use super::door;
use super::redis::Redis;
use crate::support::{PATIENCE, Process};

/// Files cannot be sent in a cluster.
const NOT_FOR_CLUSTERS: [&str; 1] = ["files.chat"];

#[test]
fn every_script_passes_on_three_servers_one_of_which_is_behind() {
    let Some(redis) = Redis::start() else { return };
    let behind = format!("redis://{}", redis.behind(Duration::from_millis(15)));
    let scripts = fs::read_dir("scripts").unwrap().map(|entry| entry.unwrap().path());
    let is_one = |name: &str| name.ends_with(".chat") && !NOT_FOR_CLUSTERS.contains(&name);
    let mut scripts: Vec<_> = scripts.filter(|path| is_one(path.file_name().unwrap().to_str().unwrap())).collect();
    scripts.sort();
    assert!(scripts.len() >= 15, "{scripts:?}");
    for script in scripts {
        // Each finds an empty chat.
        let name = script.file_stem().unwrap().to_str().unwrap();
        let serve = |url: &str| {
            let legacy = ["--web", "none", "--legacy", "127.0.0.1:0", "--message-rate", "0"];
            Process::serve(&[&legacy[..], &["--cluster", url, "--cluster-name", name]].concat())
        };
        let nodes = [redis.url(), redis.url(), behind.clone()].map(|url| serve(&url));
        let servers = nodes.each_ref().map(|node| node.addr.to_string()).join(",");
        let legacy = door(&nodes[2].lines(1), "old clients").to_string();
        let mut command = Command::cargo_bin("chatctl").unwrap();
        command.arg("run").arg(&script).args(["--server", &servers, "--legacy-server", &legacy]);
        command.timeout(2 * PATIENCE).assert().success();
    }
}
