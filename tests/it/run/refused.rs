//! What other tools let pass: each of these scripts fails, and its whole output is pinned.

use assert_cmd::Command;

use crate::run::failures::masked;

/// The output of a run, times masked.
fn output(name: &str) -> String {
    let path = format!("tests/refused/{name}.chat");
    let mut command = Command::cargo_bin("chatctl").unwrap();
    let run = command.args(["run", "--seed", "1", &path]).assert().code(1);
    let output = run.get_output();
    let text = [output.stderr.as_slice(), output.stdout.as_slice()].concat();
    masked(&String::from_utf8(text).unwrap())
}

#[test]
fn output_left_unread_at_the_end() {
    insta::assert_snapshot!(output("unread_at_the_end"));
}

#[test]
fn a_push_that_arrives_between_two_steps() {
    insta::assert_snapshot!(output("push_between_two_steps"));
}

#[test]
fn a_buffer_cleared_by_a_send() {
    insta::assert_snapshot!(output("a_send_clears_nothing"));
}

#[test]
fn an_over_greedy_unordered_match() {
    insta::assert_snapshot!(output("greedy_unordered"));
}

#[test]
fn a_text_that_only_looks_the_same() {
    insta::assert_snapshot!(output("look_alike"));
}

#[test]
fn a_line_that_must_not_come() {
    insta::assert_snapshot!(output("said_to_somebody_else"));
}

#[test]
fn a_line_that_never_comes_and_a_close_that_nobody_expected() {
    insta::assert_snapshot!(output("never_comes"));
}
