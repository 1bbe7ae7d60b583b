//! What the reports of a run say: errors of scripts, where the report comes from, and XML whatever was received; and the
//! files that a run finds.

use std::path::{Path, PathBuf};
use std::process::Command as Process;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tempfile::TempDir;

const PASSING: &str = "connect alice\nalice> ping x\nalice< server: pong x\n";
const FAILING: &str = "connect alice\nalice> ping x\nalice< server: pong y\n";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("chatctl").unwrap().arg("run").args(arguments).current_dir(folder).assert()
}

fn junit(folder: &Path, arguments: &[&str], code: i32) -> String {
    run(folder, &[&["--report-junit", "j.xml"], arguments].concat()).code(code);
    std::fs::read_to_string(folder.join("j.xml")).unwrap()
}

fn json(folder: &Path, arguments: &[&str], code: i32) -> serde_json::Value {
    run(folder, &[&["--report-json", "j.json"], arguments].concat()).code(code);
    serde_json::from_slice(&std::fs::read(folder.join("j.json")).unwrap()).unwrap()
}

#[test]
fn a_script_with_errors_is_an_error_in_the_reports_and_the_others_run() {
    let folder = folder(&[("a.chat", PASSING), ("b.chat", "connect alice\nalice>hi\n"), ("c.chat", FAILING)]);
    let report = junit(folder.path(), &["."], 3);
    assert!(report.contains("tests=\"3\" failures=\"1\" errors=\"1\""), "{report}");
    assert!(report.contains("<error message=\"no blank after `&gt;`\" type=\"script\">"), "{report}");
    assert!(report.contains("classname=\"./b.chat\" file=\"./b.chat\" line=\"2\""), "{report}");
    let report = json(folder.path(), &["."], 3);
    let endings: Vec<&str> = (0..3).map(|file| report["files"][file]["ending"].as_str().unwrap()).collect();
    assert_eq!(endings, ["passed", "error", "failed"]);
    assert_eq!(report["files"][1]["errors"][0]["line"], 2);
}

#[test]
fn no_server_is_an_error_for_ci_systems() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let folder = folder(&[("a.chat", PASSING)]);
    let report = junit(folder.path(), &["--server", &unused, "a.chat"], 4);
    assert!(
        report.contains("errors=\"1\"") && report.contains("<error message=\"no connection for alice\""),
        "{report}"
    );
}

#[test]
fn a_report_is_xml_whatever_was_received_and_however_a_test_is_called() {
    let text = "title A \u{fffe}\ntest \"b\u{ffff}\u{1}\"\nconnect a\na> ping {{\"\\u{FFFE}\"}}\na< server: pong x\n";
    let folder = folder(&[("a.chat", &format!("connect z\n{text}"))]);
    let report = junit(folder.path(), &["a.chat"], 1);
    let is_character = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    assert!(report.chars().all(is_character), "{report:?}");
    assert!(report.contains("name=\"b\\u{ffff}\\u{1}\""), "{report}");
    assert!(report.contains("pong \\u{fffe}"), "{report}");
}

#[test]
fn a_report_says_when_how_and_where_the_run_was_made() {
    let folder = folder(&[("a.chat", PASSING)]);
    let report = json(folder.path(), &["--seed", "7", "a.chat"], 0);
    assert_eq!(report["arguments"], serde_json::json!(["run", "--report-json", "j.json", "--seed", "7", "a.chat"]));
    assert_eq!((&report["chatctl"], &report["server"]), (&env!("CARGO_PKG_VERSION").into(), &"embedded".into()));
    let started = chrono::DateTime::parse_from_rfc3339(report["started"].as_str().unwrap()).unwrap();
    assert!((chrono::Utc::now() - started.to_utc()).num_seconds() < 3600, "{report}");
    assert!(report["machine"]["processors"].as_u64().unwrap() > 0, "{report}");
    let report = junit(folder.path(), &["--seed", "7", "a.chat"], 0);
    for property in ["name=\"seed\" value=\"7\"", "name=\"server\" value=\"embedded\"", "name=\"chatctl\" value="] {
        assert!(report.contains(property), "{property}: {report}");
    }
    assert!(report.contains(" timestamp=\""), "{report}");
}

#[test]
fn failures_of_many_files_are_repeated_at_the_end_and_tests_are_counted_apart_from_files() {
    let two = format!("connect alice\ntest \"one\"\n{}test \"two\"\nalice drain\n", "assert 1 == 2\n");
    let folder = folder(&[("a.chat", FAILING), ("b.chat", &two)]);
    let end = "a.chat:3: alice received a different line\nb.chat:3: the assertion failed\n2 files, 3 tests: 1 passed, 2 failed;";
    run(folder.path(), &["a.chat", "b.chat"]).code(1).stdout(contains(end));
}

#[test]
fn a_seed_is_shown_if_something_is_generated() {
    let folder = folder(&[("a.chat", PASSING), ("b.chat", "connect alice\nalice> ping {{word}}\nalice drain\n")]);
    run(folder.path(), &["--seed", "9", "a.chat"]).code(0).stdout(contains("seed:").not());
    run(folder.path(), &["--seed", "9", "b.chat"]).code(0).stdout(contains("seed: 9\n"));
}

#[test]
fn tests_are_listed_without_running_them() {
    let two = "title Rooms\nconnect alice\ntest \"one room\"\nalice drain\ntest \"two\"\nalice< never\n";
    let folder = folder(&[("a.chat", two), ("b.chat", "title Whole\nconnect alice\n"), ("c.chat", PASSING)]);
    let list = run(folder.path(), &["--list", "a.chat", "b.chat", "c.chat"]).code(0);
    list.stdout("a.chat:3: one room\na.chat:5: two\nb.chat:1: Whole\nc.chat:1\n");
    run(folder.path(), &["--list", "--only", "two", "a.chat"]).code(0).stdout("a.chat:5: two\n");
}

#[test]
fn pipes_and_links_that_lead_nowhere_are_left_out_of_a_folder() {
    let folder = folder(&[("ok.chat", PASSING)]);
    let pipe = folder.path().join("pipe.chat");
    assert!(Process::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink("nowhere", folder.path().join("link.chat")).unwrap();
    let run = run(folder.path(), &["."]).code(0).stdout(contains("1 file: 1 passed"));
    let run = run.stderr(contains("chatctl: skipped ./pipe.chat: not a regular file\n"));
    run.stderr(contains("chatctl: skipped ./link.chat: No such file"));
}

#[test]
fn nothing_that_is_named_is_passed_over_without_a_word() {
    let folder = folder(&[("ok.chat", PASSING), ("empty.chat", "")]);
    std::fs::create_dir(folder.path().join("none")).unwrap();
    run(folder.path(), &["none", "ok.chat"]).code(0).stderr("chatctl: no *.chat files in none\n");
    run(folder.path(), &["empty.chat"]).code(7).stderr("chatctl: nothing ran: the scripts have no statements\n");
    run(folder.path(), &["-", "-"]).code(2).stderr("chatctl: standard input (-) can be read only once\n");
}

#[test]
fn few_descriptors_are_enough_for_few_users_and_too_few_are_named() {
    let chatctl: PathBuf = assert_cmd::cargo::cargo_bin!("chatctl").into();
    let text = "connect a, b\na> ping\na< server: pong\nb is silent\n";
    let folder = folder(&[("two.chat", text), ("many.chat", "connect a[40]\n")]);
    let run = |script: &str| {
        let command = format!("ulimit -n 64; {} run {script}", chatctl.display());
        Command::new("bash").args(["-c", &command]).current_dir(folder.path()).assert()
    };
    run("two.chat").code(0);
    let said = "chatctl: run needs 112 file descriptors (2 for each of 40 users, the server's side included, 32 for the \
                rest), but this process may have 64; raise the limit with `ulimit -n 112`\n";
    run("many.chat").code(2).stderr(said);
}
