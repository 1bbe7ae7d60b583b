//! Every script of the repository passes against the embedded server.

use std::fs;

use assert_cmd::Command;

#[test]
fn every_script_passes() {
    let scripts = fs::read_dir("scripts").unwrap().map(|entry| entry.unwrap().path());
    let mut scripts: Vec<_> = scripts.filter(|path| path.extension().is_some_and(|end| end == "chat")).collect();
    scripts.sort();
    assert!(scripts.len() >= 7, "{scripts:?}");
    for script in scripts {
        // The machine may be busy: no script waits for a deadline.
        let run = ["run", "--timeout-scale", "10"];
        Command::cargo_bin("chatctl").unwrap().args(run).arg(&script).assert().success();
    }
}

#[test]
fn a_transcript_is_a_script_that_passes() {
    for script in ["scripts/direct_messages.chat", "scripts/patience.chat"] {
        let run = Command::cargo_bin("chatctl").unwrap().args(["run", "-v", script]).assert().success();
        let transcript = run.get_output().stdout.clone();
        Command::cargo_bin("chatctl").unwrap().args(["run", "-"]).write_stdin(transcript).assert().success();
    }
}
