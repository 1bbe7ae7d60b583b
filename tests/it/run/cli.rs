//! The exit codes of `chatctl run`, and its reports.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command as Process, Stdio};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tempfile::TempDir;

fn script(text: &str) -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("test.chat");
    std::fs::write(&path, text).unwrap();
    (directory, path)
}

fn run(text: &str, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.arg("run").args(arguments).arg("-").write_stdin(text).assert()
}

const PASSING: &str = "connect alice\nalice> ping x\nalice< server: pong x\n";
const FAILING: &str = "connect alice\nalice> ping x\nalice< server: pong y\n";

#[test]
fn a_run_that_passes_is_0() {
    run(PASSING, &[]).code(0).stdout(contains("1 file: 1 passed"));
}

#[test]
fn a_failed_expectation_is_1() {
    run(FAILING, &[]).code(1).stderr(contains("error: alice received a different line\n --> -:3:8\n"));
}

#[test]
fn usage_and_unreadable_files_are_2_before_anything_runs() {
    run(PASSING, &["--no-such-flag"]).code(2);
    run(PASSING, &["/no/such/file.chat"]).code(2).stderr(contains("cannot read /no/such/file.chat"));
    run(PASSING, &["--param", "rom=x"]).code(2).stderr(contains("no script has such a param"));
    run(PASSING, &["--report-json", "/dev/null/x.json"]).code(2);
    run(PASSING, &["--server", "nowhere:"]).code(2).stderr(contains("expected an address like 127.0.0.1:7667"));
    run(PASSING, &["--legacy-server", "nowhere"]).code(2).stderr(contains("expected an address like"));
}

#[test]
fn errors_of_scripts_are_3_and_nothing_of_these_scripts_is_sent() {
    let (_directory, good) = script(PASSING);
    let errors = run("connect alice\nalice>hi\nbob> hi\n", &[good.to_str().unwrap()]);
    let errors = errors.code(3).stderr(contains("-:2"));
    errors.stdout(contains("-: 2 errors, nothing ran\n")).stdout(contains("2 files: 1 passed, 1 file with errors"));
}

#[test]
fn errors_of_scripts_stop_everything_if_the_first_failure_is_to_stop_the_run() {
    let (_directory, good) = script(PASSING);
    let errors = run("connect alice\nalice>hi\n", &["--fail-fast", good.to_str().unwrap()]);
    errors.code(3).stdout(contains("2 files: 1 skipped, 1 file with errors"));
}

#[test]
fn a_file_that_cannot_be_read_is_2_and_keeps_the_others_from_running() {
    let directory = TempDir::new().unwrap();
    let (bad, report) = (directory.path().join("bad.chat"), directory.path().join("report.xml"));
    std::fs::write(&bad, b"connect alice\n\xff\n").unwrap();
    let arguments = ["--report-junit", report.to_str().unwrap(), bad.to_str().unwrap()];
    let run = run(PASSING, &arguments).code(2).stdout(contains("1 skipped, 1 file with errors"));
    run.stderr(contains("bad.chat: line 2 is not valid UTF-8"));
    assert!(std::fs::read_to_string(report).unwrap().contains("<error message=\"cannot read "));
}

/// The exit code of `chatctl` when the disk that its standard error goes to is full.
#[cfg(target_os = "linux")]
fn code_with_full_standard_error(arguments: &[&str]) -> Option<i32> {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    Process::new(cargo_bin!("chatctl")).args(arguments).stderr(full).status().unwrap().code()
}

#[test]
#[cfg(target_os = "linux")]
fn errors_that_cannot_be_written_keep_their_codes() {
    let (_first, wrong) = script("alice>hi\n");
    let (_second, other_layout) = script("connect   alice\n");
    let (wrong, other_layout) = (wrong.to_str().unwrap(), other_layout.to_str().unwrap());
    for (arguments, code) in [
        (["run", wrong].as_slice(), 3),
        (&["check", wrong], 3),
        (&["check", other_layout], 0),
        (&["check", "/no/such/file.chat"], 2),
        (&["fmt", "--check", other_layout], 1),
    ] {
        assert_eq!(code_with_full_standard_error(arguments), Some(code), "{arguments:?}");
    }
}

#[test]
fn no_connection_is_4() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    run(PASSING, &["--server", &unused]).code(4).stderr(contains("no connection for alice"));
    run(PASSING, &["--server", "nowhere.invalid:7667"]).code(4).stderr(contains("nowhere.invalid:7667"));
}

#[test]
fn nothing_that_ran_is_7() {
    let why = "chatctl: nothing ran: no test matches --only, --tag and --skip-tag\n";
    run(PASSING, &["--only", "another"]).code(7).stdout(contains("1 skipped")).stderr(contains(why));
    run(PASSING, &["--tag", "slow"]).code(7).stdout(contains("nothing ran")).stderr(contains(why));
    run("# Not a single statement.\n", &[]).code(7).stderr(contains("--only").not());
}

#[test]
fn no_connection_comes_before_a_failure() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    run("connect alice\nassert 1 == 2\n", &["--server", &unused]).code(4);
}

/// A run that has said that it waits.
fn waiting() -> (TempDir, Child, BufReader<std::process::ChildStdout>) {
    let (directory, path) = script("connect alice\nfinally\n  alice> ping last\nend\npause 600s\n");
    let mut child = Process::new(assert_cmd::cargo::cargo_bin("chatctl"))
        .args(["run", "-v"])
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("pause") {
        line.clear();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "it ended early");
    }
    (directory, child, output)
}

#[test]
fn signals_end_a_run_with_a_report_and_their_own_code() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (_directory, mut child, output) = waiting();
        Process::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        let lines: Vec<String> = output.lines().map(Result::unwrap).collect();
        let shown = lines.join("\n");
        for part in ["alice> ping last", "test.chat: interrupted in line 5, 3 steps in", "1 file: 1 interrupted"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn reports_are_written_for_machines() {
    let directory = TempDir::new().unwrap();
    let (junit, json) = (directory.path().join("j.xml"), directory.path().join("j.json"));
    let arguments = ["--report-junit", junit.to_str().unwrap(), "--report-json", json.to_str().unwrap()];
    run(FAILING, &arguments).code(1);
    let junit = std::fs::read_to_string(junit).unwrap();
    assert!(junit.contains("<failure message=\"alice received a different line\""), "{junit}");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(json["files"][0]["tests"][0]["failures"][0]["line"], 3);
    assert_eq!(json["files"][0]["ending"], "failed");
}

#[test]
fn params_come_from_the_command_line_then_the_environment_then_the_file() {
    let text = "param greeting = a\nconnect alice\nalice> ping {{greeting}}\nalice< server: pong b\n";
    run(text, &[]).code(1);
    run(text, &["--param", "greeting=b"]).code(0);
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.env("CHATCTL_greeting", "b").args(["run", "-"]).write_stdin(text).assert().code(0);
}

#[test]
fn an_update_rewrites_what_is_exact_and_keeps_the_patterns() {
    let text = "connect alice\nalice> ping x\nalice< server: pong y\nalice> ping z\nalice< server: {{_}}\nalice> ping {\nalice< ?\n";
    let (_directory, path) = script(text);
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command
        .args(["run", "--update"])
        .arg(&path)
        .assert()
        .code(0)
        .stdout(contains("-alice< server: pong y\n+alice< server: pong x\n"));
    let updated = text.replace("pong y", "pong x").replace("alice< ?", "alice< server: pong {");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), updated);
    run(text, &["--update"]).code(2);
}

#[test]
fn a_directory_without_scripts_is_7() {
    let directory = TempDir::new().unwrap();
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.arg("run").arg(directory.path()).assert().code(7).stderr(contains("chatctl: no *.chat files in "));
}

/// A server that lets two users in and dies when the first of them says something.
fn mortal_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut users = Vec::new();
        for stream in listener.incoming().take(2) {
            let mut user = BufReader::new(stream.unwrap());
            user.get_mut().write_all(b"server: set your name please:\n").unwrap();
            user.read_line(&mut String::new()).unwrap();
            user.get_mut().write_all(b"server: let's start chatting!\n").unwrap();
            users.push(user);
        }
        drop(listener);
        users[0].read_line(&mut String::new()).unwrap();
    });
    address
}

#[test]
fn a_server_that_dies_is_4_and_not_a_failed_expectation() {
    let script = "connect alice, bob\nalice> list users\nalice< server: users (2): alice, bob\n";
    let run = run(script, &["--server", &mortal_server()]).code(4);
    run.stderr(contains("alice's connection ended before the line came")).stderr(contains("the server is gone"));
}

#[test]
fn an_update_tells_only_what_is_left_in_the_end() {
    let text = "connect alice\nalice> ping x\nalice< a\nalice> ping z\nalice< b\nalice< {{n:int}}\nset timeout 50ms\n";
    let (_directory, path) = script(text);
    let mut command = Command::cargo_bin("chatctl").unwrap();
    let run = command.args(["run", "--update"]).arg(&path).assert().code(1);
    let output = run.get_output();
    let (told, failures) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(told.matches("failed").count(), 2, "its line and the summary:\n{told}");
    assert_eq!(failures.matches("error:").count(), 1, "{failures}");
}

#[test]
fn the_transcript_shows_what_might_come_and_whether_it_did() {
    let text = "connect alice\nalice> ping {{\"{{\"}}x\nalice<? server: pong {{_}}\nalice<? server: {{_}}\n";
    let shown = "alice<? server: pong {{\"{{\"}}x\n# alice<? server: {{_}}: it is not\n";
    run(text, &["-v"]).code(0).stdout(contains(shown));
}

#[test]
fn words_of_other_tools_are_answered_with_those_of_this_language() {
    for (word, help) in [("sleep 1s", "`pause 200ms`"), ("send hi", "`alice> text`"), ("expect hi", "`bob< text`")] {
        run(&format!("connect alice\n{word}\n"), &[]).code(3).stderr(contains(help));
    }
}
