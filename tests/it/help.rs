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
fn pages_and_commands_are_offered_and_files_only_where_they_are_wanted() {
    let completions = chatctl(&["completions", "bash"]).get_output().stdout.clone();
    let offered = |words: &str, before: &str| {
        let asked = format!(
            "\nCOMP_WORDS=(chatctl {words} ''); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _chatctl chatctl '' {before}; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let script = String::from_utf8(completions.clone()).unwrap() + &asked;
        let mut bash = assert_cmd::Command::new("bash");
        let bash = bash.args(["--norc", "-c", &script]).current_dir(env!("CARGO_MANIFEST_DIR")).assert().code(0);
        String::from_utf8(bash.get_output().stdout.clone()).unwrap()
    };
    let pages = offered("man", "man");
    assert!(["run", "store", "script", "protocol"].iter().all(|page| pages.lines().any(|it| it == *page)), "{pages}");
    assert!(!offered("interactive --encoding", "--encoding").contains("Cargo.toml"));
    assert!(offered("interactive --record", "--record").contains("Cargo.toml"));
}

#[test]
fn each_command_has_a_manual_page() {
    chatctl(&["man"]).code(0).stdout(contains(".TH chatctl 1").and(contains("chatctl\\-interactive(1)")));
    chatctl(&["man", "interactive"])
        .code(0)
        .stdout(contains(".TH chatctl-interactive 1").and(contains("\\-\\-record")));
    let run = chatctl(&["man", "run"]).code(0).get_output().stdout.clone();
    let run = String::from_utf8(run).unwrap();
    for section in ["EXIT STATUS", "EXAMPLES", "FILES", "ENVIRONMENT", "SEE ALSO"] {
        assert!(
            run.contains(&format!(".SH \"{section}\"")) || run.contains(&format!(".SH {section}")),
            "{section}: {run}"
        );
    }
    assert_eq!(run.matches("Exit codes").count(), 0, "the exit codes are in their section: {run}");
    chatctl(&["man", "dance"]).code(2).stderr("chatctl: there is no command 'dance'\n");
}

#[test]
fn the_language_and_the_protocol_have_pages() {
    chatctl(&["man", "script"]).code(0).stdout(contains(".TH chatctl-script 5").and(contains("connect alice")));
    chatctl(&["man", "protocol"]).code(0).stdout(contains(".TH chatctl-protocol 7").and(contains("list users")));
}

#[test]
fn the_help_of_a_command_ends_with_examples_that_it_takes() {
    let commands = [
        "serve",
        "store",
        "interactive",
        "send",
        "save",
        "run",
        "load",
        "compare",
        "check",
        "dialects",
        "fmt",
        "completions",
        "man",
    ];
    for command in commands {
        let help = chatctl(&[command, "--help"]).code(0).get_output().stdout.clone();
        let help = String::from_utf8(help).unwrap();
        let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("no examples of {command}"));
        let parts = examples.lines().flat_map(|line| line.trim().split(" | "));
        for line in parts.filter(|line| line.starts_with("chatctl ")) {
            let words: Vec<&str> = line.split_whitespace().skip(1).chain(["--no-such-flag"]).collect();
            chatctl(&words).code(2).stderr(contains("unexpected argument '--no-such-flag'"));
        }
    }
}

#[test]
fn all_manual_pages_are_written_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    chatctl(&["man", "--out", path]).code(0);
    for page in ["chatctl.1", "chatctl-interactive.1", "chatctl-run.1", "chatctl-script.5", "chatctl-protocol.7"] {
        assert!(folder.path().join(page).is_file(), "{page}");
    }
    let missing = folder.path().join("new/folder");
    chatctl(&["man", "--out", missing.to_str().unwrap()]).code(0);
    assert!(missing.join("chatctl.1").is_file());
    chatctl(&["man", "--out", "/dev/null/pages"]).code(2).stderr(contains("cannot write"));
}
