//! Standard output and files that cannot be written: every command says so, and ends with 2. Linux only, for its
//! `/dev/full`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

const PASSING: &str = "connect alice\nalice> ping x\nalice< server: pong x\n";

fn script(folder: &TempDir, text: &str) -> String {
    let path = folder.path().join("a.chat");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

fn chatctl(arguments: &[&str], stdout: impl Into<Stdio>) -> Output {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    Command::new(cargo_bin!("chatctl")).args(arguments).current_dir(folder).stdout(stdout).output().unwrap()
}

/// A report of a short load.
fn report(folder: &TempDir) -> String {
    let path = folder.path().join("load.json").to_str().unwrap().to_owned();
    let out = format!("json={path}");
    let load = chatctl(&["load", "--users", "20", "--warmup", "0s", "--duration", "1s", "--out", &out], Stdio::null());
    assert_eq!(load.status.code(), Some(0));
    path
}

#[test]
fn every_command_says_that_standard_output_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let (script, report) = (script(&folder, PASSING), report(&folder));
    for (arguments, what) in [
        (["run", &script].as_slice(), "the summary"),
        (&["run", "-v", &script], "the summary"),
        (&["load", "--users", "20", "--warmup", "0s", "--duration", "1s"], "the figures"),
        (&["load", "--print-script"], "the script"),
        (&["compare", &report, &report], "the comparison"),
        (&["completions", "bash"], "the completions"),
        (&["man"], "the manual page"),
        (&["man", "run"], "the manual page"),
        (&["serve", "--listen", "127.0.0.1:0"], "the address"),
        (&["--version"], "the help"),
        (&["--help"], "the help"),
        (&["run", "--help"], "the help"),
    ] {
        let output = chatctl(arguments, full());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(&format!("chatctl: cannot write {what}: No space left on device")), "{said}");
    }
}

#[test]
fn a_formatted_script_that_cannot_be_written_is_2() {
    let mut fmt = assert_cmd::Command::new("sh");
    let command = format!("{} fmt - > /dev/full", cargo_bin!("chatctl").display());
    let said = "chatctl: cannot write the formatted script: No space left on device\n";
    fmt.args(["-c", &command]).write_stdin("connect   alice\n").assert().code(2).stderr(said);
}

#[test]
fn a_check_says_everything_on_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(chatctl(&["check", &script(&folder, PASSING)], full()).status.code(), Some(0));
}

#[test]
fn a_report_that_cannot_be_written_is_2_and_the_summary_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(&folder, PASSING);
    for flag in ["--report-junit", "--report-json"] {
        let output = chatctl(&["run", flag, "/dev/full", &script], Stdio::piped());
        assert_eq!(output.status.code(), Some(2), "{flag}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("chatctl: cannot write /dev/full: No space left on device"), "{said}");
    }
}

#[test]
fn the_directory_of_a_report_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(&folder, PASSING);
    let report = folder.path().join("reports/today/run.json");
    let output = chatctl(&["run", "--report-json", report.to_str().unwrap(), &script], Stdio::null());
    assert_eq!(output.status.code(), Some(0));
    assert!(fs::read_to_string(report).unwrap().contains("\"passed\""));
}

/// What `sh` prints and returns in a mount namespace of its own, or `None` where there can be none.
fn with_full_disk(folder: &Path, command: &str) -> Option<Output> {
    let script = format!(
        "mount -t tmpfs -o size=8k none {folder} && cp {folder}.chat {folder}/a.chat && {{ head -c 9000 /dev/zero > \
         {folder}/fill; true; }} 2>/dev/null && {{ {command}; }}; code=$?; cat {folder}/a.chat; exit $code",
        folder = folder.display(),
    );
    let ran = Command::new("unshare").args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).output();
    ran.ok().filter(|output| !String::from_utf8_lossy(&output.stderr).contains("unshare:"))
}

#[test]
fn a_full_disk_leaves_the_script_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let text = format!("connect   alice\n{}", "alice> ping x\nalice< server: pong x\n".repeat(90));
    fs::write(folder.path().join("disk.chat"), &text).unwrap();
    let chatctl = cargo_bin!("chatctl");
    let command = format!("{} fmt {}/a.chat", chatctl.display(), disk.display());
    let Some(output) = with_full_disk(&disk, &command) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stdout)), (Some(2), text.as_str()), "{said}");
    assert!(said.contains("a.chat: No space left on device"), "{said}");
}
