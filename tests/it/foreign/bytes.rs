//! Servers whose answers are no lines: `bob< bytes "..."` takes exactly the next bytes.

use std::net::{SocketAddr, TcpStream};

use assert_cmd::assert::Assert;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::strange::{server, write};

/// `frame TEXT` is answered by the length of the text in four bytes, and the text; `hex FF00` by these bytes; `slow A B` by one
/// after the other, with a pause that no test waits for.
fn answer(line: &str, stream: &TcpStream) {
    match line.split_once(' ') {
        Some(("frame", text)) => {
            let length = u32::try_from(text.len()).unwrap().to_be_bytes();
            write(stream, &[&length, text.as_bytes()].concat());
        }
        Some(("hex", digits)) => {
            let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
            write(stream, &(0..digits.len()).step_by(2).map(byte).collect::<Vec<_>>());
        }
        _ => write(stream, format!("{line}\r\n").as_bytes()),
    }
}

fn start() -> SocketAddr {
    server(b"", answer)
}

fn chatctl(arguments: &[&str], address: SocketAddr, script: &str) -> Assert {
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    command.args(arguments).args(["-", "--server", &address.to_string(), "--color", "never"]);
    command.write_stdin(format!("set timeout 1s\nset settle 20ms\n{script}")).assert()
}

#[test]
fn frames_with_a_length_are_taken_whatever_is_in_them() {
    let script = r#"open p
p> frame hello
p< bytes "\x00\x00\x00\x05hello"
p> frame 0123456789
p< bytes "\x00\x00\x00\n0123456789"
p> frame ä\n
p< bytes "\x00\x00\x00\x04\xc3\xa4\\n"
p> hex ff00fe0d0a0a
p< bytes "\xff\0\xfe\r\n\n"
p is silent
"#;
    let ran = chatctl(&["run", "-v"], start(), script).code(0);
    ran.stdout(contains(r#"p< bytes "\x00\x00\x00\n0123456789""#).and(contains(r#"p< bytes "\xff\x00\xfe\r\n\n""#)));
}

#[test]
fn bytes_and_lines_follow_each_other_also_within_a_line() {
    let script = r#"open p
p> abcdef
p< bytes "abc"
p< def
p> hex 0102410d0a
p< bytes "\x01"
p< bytes "\x02"
p< A
p> one
p> two
p< bytes "one\r\ntw"
p< bytes "o\r"
p< bytes "\n"
p> hex 414243
p< bytes "A"
p<| BC
p> hex 440a
p< D
p is silent
"#;
    for chunk in ["", "p chunk 1\n"] {
        chatctl(&["run"], start(), &script.replacen('\n', &format!("\n{chunk}"), 1)).code(0);
    }
}

#[test]
fn other_bytes_and_missing_ones_are_told_with_what_came() {
    let other = chatctl(&["run"], start(), "open p\np> hex 0041ff\np< bytes \"\\x00A\\xfe\"\n").code(1);
    let marked = "= received  `bytes \"\\x00A\\xff\"`\n                                ^\n   = note: they differ after 2 bytes\n";
    let other = other.stderr(contains("error: p received other bytes\n"));
    let text = String::from_utf8(other.get_output().stderr.clone()).unwrap();
    assert!(text.replace(' ', "").contains(&marked.replace(' ', "")), "{text}");
    let missing = chatctl(&["run"], start(), "open p\np> hex 0041\np< bytes \"\\0ABC\"\n").code(1);
    missing.stderr(contains("error: p did not receive 4 bytes\n").and(contains("2 of them came: `bytes \"\\x00A\"`")));
    let left = chatctl(&["run"], start(), "open p\np> hex 004142\np< bytes \"\\0\"\n").code(1);
    left.stderr(contains("2 bytes without a newline: \"AB\""));
}

#[test]
fn what_is_not_written_as_bytes_is_an_error_and_no_line() {
    let wrong = |line: &str, said: &str| {
        let text = format!("open p\n{line}\n");
        let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
        command.args(["check", "-"]).write_stdin(text).assert().code(3).stderr(contains(said.to_owned()));
    };
    wrong(r#"p< bytes "\q""#, "these bytes are not written so");
    wrong(r#"p< bytes "abc"#, "these bytes are not written so");
    wrong(r#"p< bytes """#, "there are no bytes to expect");
    wrong(r#"p<.. bytes "a""#, "`bytes` takes a plain `<`");
    wrong(r#"p<@0s bytes "a""#, "must be above zero");
    wrong("unordered\n  p< bytes \"a\"\nend", "expecting bytes is not allowed in `unordered`");
    let line = "open p\np> bytes \"a\"\np< {{\"bytes\"}} \"a\"\n";
    chatctl(&["run"], start(), line).code(0);
    // What is offered to be pasted is a line again.
    let unread = chatctl(&["run"], start(), "open p\np> bytes \"a\"\np> hi\np<.. hi\np> bytes \"a\"\n").code(1);
    unread.stderr(contains("p< {{\"bytes\"}} \"a\""));
}

#[test]
fn a_load_counts_the_rounds_of_bytes() {
    let script = "open u[2]\neach u\n  every 20ms\n    me> frame hello\n    me< bytes \"\\x00\\x00\\x00\\x05hello\"\n  end\nend\n";
    let load = ["load", "--users", "4", "--duration", "1s", "--warmup", "0s", "--fail-if", "rounds < 1"];
    chatctl(&load, start(), script).code(0);
    let never = script.replace("hello\\\"", "hellO\\\"").replace("hello\"", "hellO\"");
    chatctl(&load, start(), &never).code(5).stdout(contains("received other bytes"));
}
