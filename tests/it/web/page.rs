//! The page: its state in Node, and all of it in a real browser. `tests/web` holds these tests.

use std::path::Path;
use std::process::Command;

use crate::support::skipped;

/// What is missing to run the tests, if something is.
fn missing(needs: &[&str]) -> Option<String> {
    let has_node = Command::new("node").arg("--version").output().is_ok();
    let missing = needs.iter().find(|path| !Path::new(path).exists()).map(|path| (*path).to_owned());
    if has_node { missing } else { Some("node".to_owned()) }
}

/// Runs a file of `tests/web` in Node.
fn run(file: &str) {
    let mut node = Command::new("node");
    let output = node.args(["--test", file]).env("CHATCTL", assert_cmd::cargo::cargo_bin!("chatctl")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_state_of_the_page_holds_in_node() {
    match missing(&[]) {
        Some(missing) => skipped(&missing),
        None => run("tests/web/model.test.mjs"),
    }
}

#[test]
fn the_connection_of_the_page_holds_in_node() {
    match missing(&[]) {
        Some(missing) => skipped(&missing),
        None => run("tests/web/socket.test.mjs"),
    }
}

#[test]
fn the_page_is_as_small_as_promised() {
    match missing(&[]) {
        Some(missing) => skipped(&missing),
        None => run("tests/web/size.test.mjs"),
    }
}

/// Runs a file of `tests/web` that needs a browser: `npm ci --prefix tests/web` and Debian's chromium make it run.
fn run_in_a_browser(file: &str) {
    match missing(&["tests/web/node_modules/playwright-core", "/usr/bin/chromium"]) {
        Some(missing) => skipped(&missing),
        None => run(file),
    }
}

#[test]
fn the_page_holds_in_a_browser() {
    run_in_a_browser("tests/web/page.test.mjs");
}

#[test]
fn each_row_of_the_page_holds_in_a_browser() {
    run_in_a_browser("tests/web/table.test.mjs");
}

#[test]
fn files_on_the_page_hold_in_a_browser() {
    run_in_a_browser("tests/web/files.test.mjs");
}
