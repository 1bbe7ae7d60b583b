//! `chatctl completions` and `chatctl man`.

use assert_cmd::cargo::cargo_bin;
use predicates::prelude::*;
use predicates::str::contains;

fn chatctl(arguments: &[&str]) -> assert_cmd::assert::Assert {
    assert_cmd::Command::new(cargo_bin!("chatctl")).args(arguments).assert()
}

#[test]
fn every_shell_has_its_completions() {
    for (shell, sign) in [
        ("bash", "complete -F _chatctl"),
        ("zsh", "#compdef chatctl"),
        ("fish", "complete -c chatctl"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        chatctl(&["completions", shell]).code(0).stdout(contains(sign).and(contains("interactive")));
    }
    chatctl(&["completions", "tcl"]).code(2).stderr(contains("possible values: bash, elvish, fish"));
}

#[test]
fn bash_accepts_its_completions() {
    let output = chatctl(&["completions", "bash"]).get_output().stdout.clone();
    let mut bash = assert_cmd::Command::new("bash");
    let asked = "\nCOMP_WORDS=(chatctl inter); COMP_CWORD=1; _chatctl chatctl inter chatctl; echo \"${COMPREPLY[@]}\"";
    let script = String::from_utf8(output).unwrap() + asked;
    bash.args(["--norc", "-c", &script]).assert().code(0).stdout("interactive\n");
}

#[test]
fn each_command_has_a_manual_page() {
    chatctl(&["man"]).code(0).stdout(contains(".TH chatctl 1").and(contains("chatctl\\-interactive(1)")));
    chatctl(&["man", "interactive"])
        .code(0)
        .stdout(contains(".TH chatctl-interactive 1").and(contains("\\-\\-record")));
    chatctl(&["man", "dance"]).code(2).stderr("chatctl: there is no command 'dance'\n");
}

#[test]
fn all_manual_pages_are_written_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    chatctl(&["man", "--out", path]).code(0);
    for page in ["chatctl.1", "chatctl-interactive.1", "chatctl-run.1"] {
        assert!(folder.path().join(page).is_file(), "{page}");
    }
    let missing = folder.path().join("new/folder");
    chatctl(&["man", "--out", missing.to_str().unwrap()]).code(0);
    assert!(missing.join("chatctl.1").is_file());
    chatctl(&["man", "--out", "/dev/null/pages"]).code(2).stderr(contains("cannot write"));
}
