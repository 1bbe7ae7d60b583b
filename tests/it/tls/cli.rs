//! `chatctl serve` with TLS: what it prints, what it keeps, and what SIGHUP does.

use std::process::Command;

use assert_cmd::cargo::cargo_bin_cmd;
use tempfile::TempDir;

use crate::support::secure::{Certificate, SecureClient};
use crate::support::{Process, skipped};

/// The address and the key of `chatctl: listening on ADDR with TLS, key KEY`.
fn address_and_key(line: &str) -> (String, String) {
    let rest = line.strip_prefix("chatctl: listening on ").unwrap_or_else(|| panic!("{line:?}"));
    let (address, key) = rest.split_once(" with TLS, key ").unwrap_or_else(|| panic!("{line:?}"));
    (address.to_owned(), key.to_owned())
}

#[test]
fn a_certificate_of_its_own_is_kept_with_the_data() {
    let data = TempDir::new().unwrap();
    let folder = data.path().join("data");
    let flags = ["--tls-listen", "127.0.0.1:0", "--web", "none", "--data", folder.to_str().unwrap()];
    let keys = [(), ()].map(|()| {
        let server = Process::serve(&flags);
        let (_, key) = address_and_key(&server.lines(1)[0]);
        server.stop();
        key
    });
    assert_eq!(keys[0], keys[1]);
    assert!(keys[0].starts_with("SHA256:"), "{keys:?}");
}

#[test]
fn the_key_is_what_another_program_finds_too() {
    let certificate = Certificate::new();
    let (cert, key) = (certificate.argument("cert.pem"), certificate.argument("key.pem"));
    let flags = ["--tls-listen", "127.0.0.1:0", "--web", "none", "--tls-cert", &cert, "--tls-key", &key];
    let server = Process::serve(&flags);
    let (_, said) = address_and_key(&server.lines(1)[0]);
    let pipe = "openssl x509 -in \"$1\" -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary \
                | base64";
    let output = Command::new("sh").args(["-c", pipe, "sh", &cert]).output().unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    if found.trim().is_empty() {
        return skipped("openssl");
    }
    assert_eq!(said, format!("SHA256:{}", found.trim().trim_end_matches('=')));
}

#[test]
fn irc_clients_have_a_door_with_tls_of_their_own() {
    let certificate = Certificate::new();
    let (cert, key) = (certificate.argument("cert.pem"), certificate.argument("key.pem"));
    let server = Process::serve(&["--irc-tls", "127.0.0.1:0", "--web", "none", "--tls-cert", &cert, "--tls-key", &key]);
    let line = &server.lines(1)[0];
    let (addr, _) = line.split_once(" for IRC clients with TLS, key SHA256:").unwrap_or_else(|| panic!("{line}"));
    let addr = addr.strip_prefix("chatctl: listening on ").unwrap().parse().unwrap();
    let mut al = SecureClient::connect(addr, &certificate);
    al.say("NICK al\r\nUSER al 0 * :Al\r\nWHOIS al\r");
    let lines: Vec<String> = std::iter::from_fn(|| al.next_line().filter(|line| !line.contains(" 318 "))).collect();
    assert!(lines.contains(&":chatctl.local 671 al al :is using a secure connection\r".to_owned()), "{lines:?}");
}

#[test]
fn what_is_missing_or_broken_is_said_at_the_start() {
    let certificate = Certificate::new();
    let (cert, key) = (certificate.argument("cert.pem"), certificate.argument("key.pem"));
    let refused = |flags: &[&str]| {
        let mut command = cargo_bin_cmd!("chatctl");
        let output = command.args(["serve", "--listen", "127.0.0.1:0"]).args(flags).env_remove("RUST_LOG").output();
        let output = output.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let said = said.replace(&cert, "CERT").replace(&key, "KEY");
        format!("exit {}\n{said}", output.status.code().unwrap())
    };
    insta::assert_snapshot!(refused(&["--tls-listen", "127.0.0.1:0"]), @r"
    exit 2
    chatctl: --tls-listen needs --tls-cert and --tls-key, or --data, where a certificate of its own is kept
    ");
    insta::assert_snapshot!(refused(&["--tls-cert", &cert, "--tls-key", "/nowhere"]), @r"
    exit 2
    chatctl: cannot read /nowhere: No such file or directory
    ");
    insta::assert_snapshot!(refused(&["--tls-cert", &key, "--tls-key", &key]), @r"
    exit 2
    chatctl: cannot use KEY with KEY: expected certificates in PEM: no items found
    ");
    std::fs::write(certificate.path("key.pem"), "").unwrap();
    insta::assert_snapshot!(refused(&["--tls-cert", &cert, "--tls-key", &key]), @r"
    exit 2
    chatctl: cannot use CERT with KEY: expected a private key in PEM: no items found
    ");
}

#[test]
fn a_signal_reads_the_certificate_again_and_keeps_the_old_one_if_it_is_broken() {
    let certificate = Certificate::new();
    let (cert, key) = (certificate.argument("cert.pem"), certificate.argument("key.pem"));
    let flags = ["--tls-listen", "127.0.0.1:0", "--web", "none", "--tls-cert", &cert, "--tls-key", &key];
    let server = Process::serve(&flags);
    let addr = address_and_key(&server.lines(1)[0]).0.parse().unwrap();
    let mut early = SecureClient::log_in(addr, &certificate, "early");
    let old = std::fs::read(&cert).unwrap();
    std::fs::write(&cert, "broken").unwrap();
    server.signal("HUP");
    server.wait_for_log("keeping the old certificate: cannot use");
    std::fs::write(&cert, old).unwrap();
    drop(SecureClient::log_in(addr, &certificate, "second"));
    certificate.renew();
    server.signal("HUP");
    server.wait_for_log("certificate reloaded: key SHA256:");
    // The client trusts the new one alone.
    drop(SecureClient::log_in(addr, &certificate, "third"));
    early.ask("ping", &["server: pong"]);
}

#[test]
fn without_a_certificate_the_signal_ends_the_server_with_its_last_word() {
    let server = Process::serve(&[]);
    let mut client = server.user("alice");
    server.signal("HUP");
    client.expect(&["server: server is shutting down"]);
    let (status, _) = server.wait();
    assert_eq!(status.code(), Some(0));
}

/// A configuration with a certificate, as often as it is written.
struct SecureConfig {
    folder: TempDir,
    certificate: Certificate,
}

impl SecureConfig {
    fn new(rooms: &str) -> Self {
        let config = Self { folder: TempDir::new().unwrap(), certificate: Certificate::new() };
        config.write(rooms, &config.certificate);
        config
    }

    fn path(&self) -> String {
        self.folder.path().join("chatctl.toml").to_str().unwrap().to_owned()
    }

    fn write(&self, rooms: &str, certificate: &Certificate) {
        let (cert, key) = (certificate.argument("cert.pem"), certificate.argument("key.pem"));
        let tls = format!("tls-listen = \"127.0.0.1:0\"\ntls-cert = \"{cert}\"\ntls-key = \"{key}\"\n");
        std::fs::write(self.path(), format!("web = \"none\"\n{tls}max-rooms = {rooms}\n")).unwrap();
    }
}

/// Creates a room that the configuration allows only since it was read again, which another task does.
fn create(user: &mut SecureClient, room: &str) {
    while {
        user.say(&format!("create room {room}"));
        user.next_line().unwrap() != format!("{room}/server: early created the room")
    } {}
}

#[test]
fn configuration_and_certificate_are_read_again_together_and_an_error_in_either_changes_nothing() {
    let config = SecureConfig::new("1");
    let certificate = &config.certificate;
    let server = Process::serve(&["--config", &config.path()]);
    let addr = address_and_key(&server.lines(1)[0]).0.parse().unwrap();
    let mut early = SecureClient::log_in(addr, certificate, "early");
    early.ask("create room den", &["den/server: early created the room"]);
    early.ask("create room attic", &["error: too-many: more than 1 rooms"]);
    certificate.renew();
    config.write("2", certificate);
    server.signal("HUP");
    server.wait_for_log("configuration reloaded; changed: max-rooms");
    server.wait_for_log("certificate reloaded: key SHA256:");
    // The client trusts the new certificate alone; whoever is there stays.
    drop(SecureClient::log_in(addr, certificate, "late"));
    create(&mut early, "attic");

    let old = ["cert.pem", "key.pem"].map(|name| std::fs::read(certificate.path(name)).unwrap());
    certificate.renew();
    config.write("\"many\"", certificate);
    server.signal("HUP");
    server.wait_for_log("keeping the old configuration: line 5: `max-rooms` cannot have this value");
    server.wait_for_log("keeping the old certificate: there is an error in the configuration");
    assert_eq!(server.log().matches("reloaded").count(), 2, "{}", server.log());
    for (name, old) in ["cert.pem", "key.pem"].into_iter().zip(old) {
        std::fs::write(certificate.path(name), old).unwrap();
    }
    drop(SecureClient::log_in(addr, certificate, "later"));

    std::fs::write(certificate.path("cert.pem"), "broken").unwrap();
    config.write("3", certificate);
    server.signal("HUP");
    server.wait_for_log("keeping the old certificate: cannot use");
    server.wait_for_log("keeping the old configuration: there is an error in the certificate");
    assert_eq!(server.log().matches("reloaded").count(), 2, "{}", server.log());
    early.ask("create room cellar", &["error: too-many: more than 2 rooms"]);
    certificate.renew();
    server.signal("HUP");
    create(&mut early, "cellar");
    server.wait_for_logs("certificate reloaded", 2);
    drop(SecureClient::log_in(addr, certificate, "latest"));
    assert_eq!(server.stop().0.code(), Some(0));
}

#[test]
fn a_configuration_that_is_read_again_may_name_another_certificate() {
    let config = SecureConfig::new("1");
    let server = Process::serve(&["--config", &config.path()]);
    let addr = address_and_key(&server.lines(1)[0]).0.parse().unwrap();
    let mut early = SecureClient::log_in(addr, &config.certificate, "early");
    let other = Certificate::new();
    config.write("1", &other);
    server.signal("HUP");
    server.wait_for_log("configuration reloaded; changed: tls-cert, tls-key");
    server.wait_for_log("certificate reloaded: key SHA256:");
    drop(SecureClient::log_in(addr, &other, "late"));
    // The other files are read from now on.
    other.renew();
    server.signal("HUP");
    server.wait_for_logs("certificate reloaded", 2);
    drop(SecureClient::log_in(addr, &other, "later"));
    early.ask("ping", &["server: pong"]);
    assert!(!server.log().contains("need a restart"), "{}", server.log());
}
