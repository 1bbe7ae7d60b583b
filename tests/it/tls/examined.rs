//! What a scanner of TLS servers looks for: things that were found wrong with others, and must not be so here.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use chatctl::server::Config;

use super::versions::openssl;
use crate::support::Server;
use crate::support::secure::{Certificate, connected};

/// The line of what openssl says that begins so, without that.
fn told<'a>(said: &'a str, key: &str) -> Option<&'a str> {
    said.lines().find_map(|line| line.trim().strip_prefix(key)).map(str::trim)
}

#[test]
fn nothing_is_compressed_and_keys_are_of_this_session_alone() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    for version in ["-tls1_2", "-tls1_3"] {
        let Some(said) = openssl(server.secure(), &[version, "-comp"], "") else { return };
        assert_eq!(told(&said, "Compression:"), Some("NONE"), "{version}: {said}");
        let key = told(&said, "Server Temp Key:").unwrap_or_else(|| panic!("a key of the session: {said}"));
        assert!(key.starts_with("X25519") || key.starts_with("ECDH, prime256v1"), "{version}: {key}");
    }
}

#[test]
fn nobody_says_anything_before_the_handshake_is_done() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let dir = tempfile::tempdir().unwrap();
    let (session, early) = (dir.path().join("session"), dir.path().join("early"));
    std::fs::write(&early, "alice\n").unwrap();
    let (session, early) = (session.to_str().unwrap(), early.to_str().unwrap());
    let Some(said) = openssl(server.secure(), &["-tls1_3", "-sess_out", session, "-ign_eof"], "alice\nquit\n") else {
        return;
    };
    assert!(said.contains("server: bye"), "{said}");
    // What was sent early could be sent again by who has seen it.
    let Some(again) = openssl(server.secure(), &["-tls1_3", "-sess_in", session, "-early_data", early], "") else {
        return;
    };
    assert!(!again.contains("Early data was accepted"), "{again}");
}

#[test]
fn weak_groups_and_signatures_are_refused() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let agreed = |said: &str| said.lines().any(|line| line.starts_with("New, ") && !line.contains("(NONE)"));
    for group in ["X25519", "P-256", "P-384"] {
        let Some(said) = openssl(server.secure(), &["-groups", group], "") else { return };
        assert!(agreed(&said), "{group}: {said}");
    }
    for flags in [["-groups", "P-521"], ["-groups", "X448"], ["-groups", "ffdhe2048"], ["-sigalgs", "ECDSA+SHA1"]] {
        for version in ["-tls1_2", "-tls1_3"] {
            let flags = [version, flags[0], flags[1], "-cipher", "ALL:@SECLEVEL=0"];
            let Some(said) = openssl(server.secure(), &flags, "") else { return };
            // What `openssl` itself does not offer in this version comes to no agreement either.
            assert!(!agreed(&said), "{flags:?}: {said}");
        }
    }
}

#[test]
fn any_name_is_answered_with_the_one_certificate() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let subject = |flags: &[&str]| {
        let said = openssl(server.secure(), flags, "")?;
        Some(told(&said, "subject=").map(str::to_owned))
    };
    let Some(first) = subject(&["-servername", "localhost"]) else { return };
    assert!(first.is_some());
    for flags in [&["-noservername"][..], &["-servername", "evil.example"], &["-servername", "127.0.0.1.nip.example"]] {
        assert_eq!(subject(flags), Some(first.clone()), "{flags:?}");
    }
}

/// Ten seconds are the limit; the test waits for the end of the connections and for nothing else.
#[test]
fn a_handshake_that_does_not_go_on_is_not_waited_for_without_end() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut hello = Vec::new();
    certificate.session().write_tls(&mut hello).unwrap();
    let begun = Instant::now();
    let (mut silent, mut half, mut whole) =
        (connected(server.secure()), connected(server.secure()), connected(server.secure()));
    half.write_all(&hello[..40]).unwrap();
    whole.write_all(&hello).unwrap();
    for stream in [&mut silent, &mut half, &mut whole] {
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        let taken = begun.elapsed();
        assert!((Duration::from_secs(9)..Duration::from_secs(25)).contains(&taken), "{taken:?}");
    }
}
