//! What another implementation of TLS can agree on with ours: versions, ciphers, a conversation.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use chatctl::server::Config;

use crate::support::secure::Certificate;
use crate::support::{PROMPT, Server, skipped};

/// What `openssl s_client` says when it connects with these flags and sends this; `None` if it is not installed.
pub(super) fn openssl(addr: SocketAddr, flags: &[&str], input: &str) -> Option<String> {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &addr.to_string()]).args(flags);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        skipped("openssl");
        return None;
    };
    // It may have ended before it has read anything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// The version and cipher that were agreed on.
fn agreed(said: &str) -> Option<&str> {
    said.lines().find(|line| line.starts_with("New, ") && !line.contains("(NONE)"))
}

#[test]
fn only_the_two_versions_that_are_safe_are_spoken() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    for (flag, expected) in
        [("-tls1_2", Some("TLSv1.2")), ("-tls1_3", Some("TLSv1.3")), ("-tls1", None), ("-tls1_1", None)]
    {
        // Without this, an openssl of today does not even ask for the old ones.
        let flags = [flag, "-cipher", "ALL:@SECLEVEL=0"];
        let Some(said) = openssl(server.secure(), &flags, "") else { return };
        let version = agreed(&said).and_then(|agreed| agreed.split([' ', ',']).find(|word| word.starts_with("TLSv")));
        assert_eq!(version, expected, "{flag}: {said}");
        assert_eq!(said.contains(" alert "), expected.is_none(), "{flag}: {said}");
    }
}

#[test]
fn ciphers_without_forward_secrecy_or_authentication_are_refused() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let accepted = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"];
    for cipher in accepted {
        let Some(said) = openssl(server.secure(), &["-tls1_2", "-cipher", cipher], "") else { return };
        assert!(agreed(&said).is_some_and(|agreed| agreed.ends_with(cipher)), "{cipher}: {said}");
    }
    for cipher in ["AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "AECDH-AES128-SHA", "eNULL"] {
        let cipher = format!("{cipher}:@SECLEVEL=0");
        let Some(said) = openssl(server.secure(), &["-tls1_2", "-cipher", &cipher], "") else { return };
        assert_eq!(agreed(&said), None, "{cipher}: {said}");
    }
}

#[test]
fn of_the_ciphers_of_the_client_the_server_takes_the_one_that_costs_least() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let slowest_first = [
        ["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256"],
    ];
    for (flags, taken) in slowest_first.iter().zip(["TLS_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"]) {
        let Some(said) = openssl(server.secure(), flags, "") else { return };
        assert!(agreed(&said).is_some_and(|agreed| agreed.ends_with(taken)), "{flags:?}: {said}");
    }
}

#[test]
fn a_conversation_with_another_implementation_is_one_like_any_other() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    for version in ["-tls1_2", "-tls1_3"] {
        let flags = [version, "-quiet"];
        let Some(said) = openssl(server.secure(), &flags, "alice\nping there\nquit\n") else { return };
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("server: ")).collect();
        let expected =
            ["server: set your name please:", "server: let's start chatting!", "server: pong there", "server: bye"];
        assert_eq!(lines, expected, "{version}: {said}");
    }
}

#[test]
fn whoever_negotiates_again_disturbs_nobody() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut witness = server.user("witness");
    let mut command = Command::new("openssl");
    command.args(["s_client", "-tls1_2", "-connect", &server.secure().to_string()]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = child else { return skipped("openssl") };
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while line.trim_end() != PROMPT {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "the prompt comes");
    }
    // To this program, such a line means to negotiate again.
    child.stdin.take().unwrap().write_all(b"R\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(errors.contains("RENEGOTIATING") && errors.contains("no renegotiation"), "{errors}");
    witness.expect_nothing();
    server.user("newcomer").ask("quit", &["server: bye"]);
}
