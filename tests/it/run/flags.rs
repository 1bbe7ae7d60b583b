//! What the flags of `chatctl run` change.

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tempfile::TempDir;

fn run(text: &str, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.arg("run").args(arguments).arg("-").write_stdin(text.to_owned()).assert()
}

fn standard_output(text: &str, arguments: &[&str]) -> String {
    String::from_utf8(run(text, arguments).get_output().stdout.clone()).unwrap()
}

/// The lines that the users of a transcript send.
fn sent(text: &str, seed: &str) -> Vec<String> {
    let output = standard_output(text, &["-v", "--seed", seed]);
    output.lines().filter(|line| line.contains("> ")).map(str::to_owned).collect()
}

#[test]
fn a_seed_gives_the_same_texts_again_and_another_one_others() {
    let text =
        "connect alice, bob\ntogether\n  alice> ping {{word}}\n  bob> ping {{word}}{{int 1..9}}\nend\nall drain\n";
    let (mut first, mut again) = (sent(text, "5"), sent(text, "5"));
    first.sort();
    again.sort();
    assert_eq!(first.len(), 2);
    assert_eq!(first, again);
    assert_ne!(sent(text, "5"), sent(text, "6"));
}

#[test]
fn a_random_seed_is_printed() {
    let seed = |output: &str| output.lines().find_map(|line| line.strip_prefix("seed: ")?.parse::<u64>().ok()).unwrap();
    let text = "connect alice\nalice> ping {{word}}\nalice drain\n";
    assert_ne!(seed(&standard_output(text, &[])), seed(&standard_output(text, &[])));
}

#[test]
fn finally_runs_after_a_failure_too() {
    let text =
        "connect alice\nfinally\n  alice> list rooms\nend\nalice> ping x\nalice< server: pong y\nalice> list users\n";
    run(text, &["-v"]).code(1).stdout(contains("# finally\nset leftovers allow\nalice> list rooms\n"));
    run(text, &["-v"]).code(1).stdout(contains("list users").not());
}

#[test]
fn a_fence_that_cannot_ask_everybody_says_that_it_waits() {
    let text = "set settle 10ms\nconnect alice\nopen eve\neve< {{_}}\neve raw \"ev\"\nalice is silent\n";
    run(text, &["-v"]).code(0).stdout(contains("# a quiet window of 10ms: eve cannot ping"));
    let asked = "set settle 10ms\nconnect alice, eve\neve> ping\neve< {{_}}\nalice is silent\n";
    run(asked, &["-v"]).code(0).stdout(contains("quiet window").not());
    let reset = "set settle 10ms\nconnect alice, eve\neve reset\nalice is silent\n";
    run(reset, &["-v"]).code(0).stdout(contains("# a quiet window of 10ms: a connection was reset"));
}

#[test]
fn deadlines_are_stretched_by_a_factor() {
    let text = "connect alice\nset timeout 2s\nalice< x\n";
    run(text, &["--timeout-scale", "0.01"]).code(1).stderr(contains("waited 20 ms"));
}

#[test]
fn tests_are_chosen_by_name_and_files_by_tag() {
    let text = "tags quick\nconnect alice\ntest \"one room\"\nalice is silent\ntest \"two rooms\"\nalice is silent\n";
    run(text, &["--only", "two"]).code(0).stdout(contains("1 passed, 1 skipped"));
    run(text, &["--only", "two", "--only", "one"]).code(0).stdout(contains("2 passed"));
    run(text, &["--tag", "quick"]).code(0).stdout(contains("2 passed"));
    run(text, &["--tag", "quick", "--skip-tag", "quick"]).code(7);
    run(text, &["--repeat", "3"]).code(0).stdout(contains("6 passed"));
}

#[test]
fn a_run_stops_at_its_first_failure_if_told_to() {
    let text = "connect alice\ntest \"a\"\nassert 1 == 2\ntest \"b\"\nassert 1 == 2\n";
    run(text, &[]).code(1).stdout(contains("2 failed"));
    run(text, &["--fail-fast"]).code(1).stdout(contains("1 failed, 1 skipped"));
}

#[test]
fn color_is_for_terminals_or_on_demand() {
    let text = "connect alice\nassert 1 == 2\n";
    run(text, &[]).code(1).stderr(contains("\u{1b}[").not());
    run(text, &["--color", "always"]).code(1).stderr(contains("\u{1b}[1;31merror"));
    run(text, &["--color", "never"]).code(1).stderr(contains("\u{1b}[").not());
}

#[test]
fn many_files_run_at_once_each_with_a_server_of_its_own() {
    let directory = TempDir::new().unwrap();
    for number in 0..8 {
        let text = "connect alice\nalice> create room lobby\nalice< lobby/server: alice created the room\n";
        std::fs::write(directory.path().join(format!("{number}.chat")), text).unwrap();
    }
    let mut command = Command::cargo_bin("chatctl").unwrap();
    let run = command.args(["run", "--jobs", "3"]).arg(directory.path()).assert();
    run.code(0).stdout(contains("8 files: 8 passed; 24 steps"));
}

#[test]
fn a_line_that_was_there_before_took_no_time() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("report.json");
    let text = "connect alice, bob\nalice> send message bob one\nbob<? never\nalice> ping\nalice< server: pong\nbob< alice: one\n";
    run(text, &["--report-json", path.to_str().unwrap()]).code(0);
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let [pong, one] = report["files"][0]["tests"][0]["expectations"].as_array().unwrap().as_slice() else {
        panic!("{report}")
    };
    assert!(pong["max"].as_f64().unwrap() > 0.0, "{report}");
    assert_eq!((&one["line"], &one["max"]), (&6.into(), &0.0.into()));
}

#[test]
fn a_param_that_is_a_size_makes_a_script_small_or_large() {
    let text = "param n = 2\nconnect u[{{n}}]\nrepeat {{n}}\n  u1> ping {{i}}\n  u1< server: pong {{i}}\nend\nu1> list users\nu1< server: users (3): {{_}}\n";
    let run = |command: &mut assert_cmd::Command| command.args(["run", "-"]).write_stdin(text).assert();
    let chatctl = || assert_cmd::Command::cargo_bin("chatctl").unwrap();
    run(&mut chatctl()).code(1);
    run(chatctl().env("CHATCTL_n", "3")).code(0);
    let given = |n: &str| {
        let mut command = chatctl();
        command.args(["run", "-", "--param", n]).write_stdin(text).assert()
    };
    given("n=3").code(0);
    given("n=many").code(3).stderr(predicates::str::contains("`n` is `many`, expected a whole number"));
    // What is rewritten is read as it was.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sizes.chat");
    std::fs::write(&path, text.replace("(3): {{_}}", "(9)")).unwrap();
    chatctl().args(["run", "--update", "--param", "n=4", path.to_str().unwrap()]).assert().code(0);
    assert!(std::fs::read_to_string(&path).unwrap().ends_with("u1< server: users (4): u1, u2, u3, u4\n"));
}
