//! `-` in place of a file: reports go to standard output, and what is said to people goes to standard error.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

const PASSING: &str = "connect alice\nalice> ping x\nalice< server: pong x\n";
const SHORT: [&str; 8] = ["load", "--users", "20", "--warmup", "0s", "--duration", "500ms", "--seed=1"];

fn chatctl(folder: &TempDir, arguments: &[&str]) -> Assert {
    Command::cargo_bin("chatctl").unwrap().args(arguments).current_dir(folder).assert()
}

fn said(assert: &Assert) -> (String, String) {
    let output = assert.get_output();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

fn is_empty(folder: &TempDir) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn a_load_writes_its_report_alone() {
    let folder = TempDir::new().unwrap();
    let (report, shown) = said(&chatctl(&folder, &[&SHORT[..], &["--out", "json=-"]].concat()).code(0));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["schema"], "chatctl-load-1");
    assert!(shown.contains("\nthresholds\n") || shown.starts_with("thresholds\n"), "{shown}");
    assert!(shown.contains("\npassed"), "{shown}");
    let (page, _) = said(&chatctl(&folder, &[&SHORT[..], &["--out", "html=-"]].concat()).code(0));
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"), "{page}");
    assert!(is_empty(&folder));
}

#[test]
fn a_run_writes_its_report_alone() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.chat"), PASSING).unwrap();
    let (report, shown) = said(&chatctl(&folder, &["run", "a.chat", "--report-json", "-"]).code(0));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["files"][0]["ending"], "passed");
    assert!(shown.starts_with("a.chat: passed, 3 steps in "), "{shown}");
    assert!(shown.contains("\n1 file: 1 passed; 3 steps in "), "{shown}");
    let (report, _) = said(&chatctl(&folder, &["run", "a.chat", "--report-junit", "-"]).code(0));
    assert!(report.starts_with("<?xml") && report.trim_end().ends_with("</testsuites>"), "{report}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn what_is_updated_is_shown_beside_the_report() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.chat"), PASSING.replace("pong x", "pong y")).unwrap();
    let (report, shown) = said(&chatctl(&folder, &["run", "--update", "a.chat", "--report-json", "-"]).code(0));
    assert!(serde_json::from_str::<serde_json::Value>(&report).is_ok(), "{report}");
    assert!(shown.contains("+alice< server: pong x\n"), "{shown}");
    assert_eq!(fs::read_to_string(folder.path().join("a.chat")).unwrap(), PASSING);
}

#[test]
fn standard_output_takes_one_thing() {
    let folder = TempDir::new().unwrap();
    let two = "chatctl: only one report can go to standard output (-)\n";
    chatctl(&folder, &[&SHORT[..], &["--out", "json=-", "--out", "html=-"]].concat()).code(2).stderr(two).stdout("");
    fs::write(folder.path().join("a.chat"), PASSING).unwrap();
    chatctl(&folder, &["run", "a.chat", "--report-json", "-", "--report-junit", "-"]).code(2).stderr(two).stdout("");
    let transcript = "chatctl: --verbose shows the transcript on standard output: the report needs a file\n";
    chatctl(&folder, &["run", "-v", "a.chat", "--report-json", "-"]).code(2).stderr(transcript).stdout("");
}

#[test]
fn a_report_is_compared_as_it_comes() {
    let folder = TempDir::new().unwrap();
    let (report, _) = said(&chatctl(&folder, &[&SHORT[..], &["--out", "json=-"]].concat()).code(0));
    fs::write(folder.path().join("before.json"), &report).unwrap();
    let compare = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("chatctl").unwrap();
        command.arg("compare").args(arguments).current_dir(&folder).write_stdin(report.as_str()).assert()
    };
    let (table, _) = said(&compare(&["before.json", "-"]).code(0));
    assert!(table.contains("scheduled.delivery.p99"), "{table}");
    compare(&["-", "-"]).code(2).stderr("chatctl: standard input (-) can be read only once\n");
}

#[test]
fn a_copy_of_a_store_can_be_piped() {
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("store");
    let server = crate::support::Process::serve(&["--data", store.to_str().unwrap()]);
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    let copied = chatctl(&folder, &["store", "backup", "store", "-"]).code(0).stderr("").get_output().stdout.clone();
    let restored = folder.path().join("restored");
    fs::create_dir(&restored).unwrap();
    fs::write(restored.join("chat.db"), copied).unwrap();
    chatctl(&folder, &["store", "check", "restored"]).code(0).stdout("restored/chat.db is whole: 1 room, 1 line\n");
    let refused = "chatctl: the server writes the copy: expected a file; `chatctl store backup DIR -` writes one to \
                   standard output\n";
    chatctl(&folder, &["admin", "--data", "store", "backup", "-"]).code(2).stderr(refused);
    assert!(!folder.path().join("-").exists());
}

#[test]
fn a_log_can_go_to_standard_output() {
    let mut command = Process::new(cargo_bin!("chatctl"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--log-file", "-"]).env_remove("RUST_LOG");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let (lines, came) = std::sync::mpsc::channel();
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
    let next = || came.recv_timeout(Duration::from_secs(30)).expect("one more line of standard output");
    let first = next();
    let address = first.strip_prefix("chatctl: listening on ").unwrap().parse().unwrap();
    drop(crate::support::Client::log_in(address, "alice"));
    let is_login = |line: String| line.contains(" INFO logged in ") && line.ends_with("user=\"alice\"");
    while !is_login(next()) {}
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!Path::new("-").exists());
}

#[test]
fn what_needs_a_file_or_a_directory_says_so() {
    let folder = TempDir::new().unwrap();
    let refused = "chatctl: expected a directory; `chatctl man NAME` prints a page\n";
    chatctl(&folder, &["man", "--out", "-"]).code(2).stderr(refused);
    assert!(is_empty(&folder));
}
