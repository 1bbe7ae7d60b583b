//! `--web`: where the web door is, and what is said about it.

use std::net::TcpListener;

use assert_cmd::cargo::cargo_bin_cmd;

use crate::support::Process;

#[test]
fn the_web_door_is_open_unless_it_is_told_not_to_be() {
    let server = Process::serve(&[]);
    assert!(server.lines(1)[0].ends_with(" for browsers and programs"), "{:?}", server.first_line);
    let closed = Process::serve(&["--web", "none"]);
    closed.signal("INT");
    let said = closed.lines(9);
    assert!(said.iter().all(|line| !line.contains("browsers") && !line.contains("http")), "{said:?}");
}

#[test]
fn a_port_that_was_asked_for_must_be_free() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let mut serve = cargo_bin_cmd!("chatctl");
    let output = serve.args(["serve", "--listen", "127.0.0.1:0", "--web", &addr]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let told =
        format!("chatctl: cannot listen on {addr}: another program listens there; choose another port, or stop it\n");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), told);
}

#[test]
fn the_address_is_an_address_or_none() {
    let mut serve = cargo_bin_cmd!("chatctl");
    let output = serve.args(["serve", "--web", "7668"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("expected an address like 127.0.0.1:7667"), "{told}");
}

#[test]
fn a_door_that_was_asked_for_comes_before_the_web_door_that_was_not() {
    // The port after a free one is free, too, as a rule.
    let server = (0..20).find_map(|_| {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (text, next) = (format!("127.0.0.1:{free}"), format!("127.0.0.1:{}", free.checked_add(1)?));
        drop(TcpListener::bind(&next).ok()?);
        let server = Process::serve_at(&text, &["--irc", &next]);
        Some((server, next))
    });
    let (server, next) = server.expect("two ports in a row are free");
    server.wait_for_log(&format!(
        "no web door: cannot listen on {next}: the door of --irc is there; choose another port"
    ));
    assert!(server.lines(1)[0].ends_with(&format!("listening on {next} for IRC clients")));
}

#[test]
fn two_doors_at_one_port_are_told_apart_from_another_program() {
    let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut serve = cargo_bin_cmd!("chatctl");
    let output = serve.args(["serve", "--listen", &addr, "--irc", &addr]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let told = format!("chatctl: cannot listen on {addr}: the door of --listen is there; choose another port\n");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), told);
}

#[test]
fn the_examples_for_reverse_proxies_are_those_that_are_explained() {
    let explained = std::fs::read_to_string("docs/web.md").unwrap();
    for file in ["contrib/nginx/chatctl.conf", "contrib/caddy/Caddyfile"] {
        let example = std::fs::read_to_string(file).unwrap();
        let lines: Vec<String> =
            example.lines().filter(|line| !line.starts_with('#')).map(|it| format!("    {it}\n")).collect();
        assert!(lines.len() > 5 && explained.contains(&lines.concat()), "{file}");
    }
}
