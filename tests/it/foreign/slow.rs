//! Servers that take their time.

use predicates::str::contains;

use super::strange::{polite, server};

#[test]
fn a_load_that_never_gets_past_its_logins_has_failed() {
    let address = server(b"", |line, stream| {
        // Of each cast, one user waits for ever.
        if !line.starts_with("HELLO u3") {
            polite(line, stream);
        }
    });
    let script = "dialect odd\n  login\n    me> HELLO {{me}}\n    me< OK\n  end\nend\nset dialect odd\nset timeout 30s\nconnect u[3]\nevery 50ms\n  u1> hello\n  u1< hello\nend\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow.chat");
    std::fs::write(&path, script).unwrap();
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    command.args(["load", path.to_str().unwrap(), "--server", &address.to_string()]);
    let load = command.args(["--users", "6", "--warmup", "0s", "--duration", "1s"]).assert();
    load.code(7).stdout(contains("FAILED: nothing was measured, no cast got past its logins: 4 logins of 6 users"));
}
