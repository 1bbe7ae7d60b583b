//! `upload` and `download` in a script: what is compared, and what a failure says.

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// Runs a script in a folder of its own, with files beside it. Returns the exit code and what was told.
#[track_caller]
fn run(arguments: &[&str], script: &str) -> (Option<i32>, String) {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("scripts")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join("scripts").join(name), text).unwrap();
    write("tea.txt", "tea\n");
    write("tee.txt", "tee\n");
    write("long.txt", "tea\nmore\n");
    write("test.chat", script);
    let path = Path::new("scripts").join("test.chat");
    let output = Command::cargo_bin("chatctl")
        .unwrap()
        .current_dir(folder.path())
        .args([&["run"], arguments].concat())
        .arg(path)
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap())
}

/// Sends the file, and has its id.
const SENT: &str = "connect alice, bob\nalice upload \"tea.txt\" to bob\n\
                    bob< server: alice sent you the file {{id:word}} (4 bytes): tea.txt\n\
                    alice< server: sent the file {{id}} to bob: tea.txt\n";

#[track_caller]
fn fails(script: &str, said: &[&str]) {
    let (code, told) = run(&[], script);
    assert_eq!(code, Some(1), "{told}");
    said.iter().for_each(|said| assert!(told.contains(said), "{said:?} in\n{told}"));
}

#[test]
fn a_path_is_relative_to_the_folder_of_the_script() {
    let (code, told) = run(&[], &format!("{SENT}bob download {{{{id}}}} as \"tea.txt\"\n"));
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn the_first_byte_that_differs_is_named() {
    let said = ["the file is not what bob should have", "byte 2 is 0x61, expected 0x65"];
    fails(&format!("{SENT}bob download {{{{id}}}} as \"tee.txt\"\n"), &said);
    let made = |size| {
        format!(
            "connect alice, bob\nalice upload {size} as \"x\" to bob\n\
             bob< server: alice sent you the file {{{{id:word}}}} ({{{{_}}}}\nbob download {{{{id}}}} as \"tea.txt\"\n"
        )
    };
    fails(&made("0"), &["it ends after 0 bytes, more were expected"]);
}

#[test]
fn more_than_expected_is_different() {
    let script = SENT.replace("tea.txt", "long.txt").replace("(4 bytes)", "(9 bytes)");
    fails(
        &format!("{script}bob download {{{{id}}}} as \"tea.txt\"\n"),
        &["it has more than the 4 bytes that were expected"],
    );
}

#[test]
fn what_the_server_refuses_is_told_and_other_refusals_are_not_taken_for_it() {
    fails("connect alice\nalice upload 5 as \"x\" to nowhere\n", &["alice could not send", "no-such-room: nowhere"]);
    let missing = "connect bob\nbob download aaaaaaaaaaaaaaaaaaaaaaaaaa\n";
    fails(missing, &["bob could not send or fetch the file", "the server says no-such-file"]);
    let (code, told) = run(
        &[],
        "connect alice, bob\nalice> oops\nalice> ping\nalice<.. server: pong\nalice upload 5 as \"x\" to bob\n\
         bob< server: alice sent you {{_}}\nalice< server: sent the file {{_}}\n",
    );
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn what_cannot_be_sent_at_all_says_why() {
    fails(
        "connect alice\nalice upload \"no.txt\" to lobby\n",
        &["cannot read scripts/no.txt", "relative to the folder"],
    );
    fails(
        "connect alice\nalice upload \"../scripts\" to lobby\n",
        &["cannot read scripts/../scripts", "expected a file"],
    );
    fails("connect alice\nalice download x\n", &["this is not the id of a file", "expected an id, found `x`"]);
    fails("connect alice\nalice upload 5 as \"..\" to lobby\n", &["`..` is not a name"]);
    let old = "connect old with dialect legacy\nold upload 5 as \"x\" to lobby\n";
    fails(old, &["old cannot send or fetch a file", "the dialect legacy has no files"]);
}

#[test]
fn made_up_bytes_come_from_the_seed() {
    let script = "connect alice, bob\nalice upload 1000 as \"x\" to bob\nbob< {{_}}\nalice< {{_}}\n";
    let hash = |seed: &str| {
        let (code, told) = run(&["-v", "--seed", seed], script);
        assert_eq!(code, Some(0), "{told}");
        let at = told.find("sha256:").unwrap();
        told[at..at + 71].to_owned()
    };
    assert_eq!(hash("1"), hash("1"));
    assert_ne!(hash("1"), hash("2"));
}
