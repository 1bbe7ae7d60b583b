//! `chatctl serve --config`: a file with the flags, and what is said about a wrong one.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use assert_cmd::cargo::cargo_bin_cmd;
use tempfile::TempDir;

use crate::support::{PATIENCE, Process};

struct Scene {
    folder: TempDir,
}

impl Scene {
    fn new(config: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("chatctl.toml"), config).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> String {
        self.path("chatctl.toml").to_str().unwrap().to_owned()
    }

    /// Exit code and all that is said with these flags.
    fn said(&self, flags: &[&str]) -> String {
        let mut command = cargo_bin_cmd!("chatctl");
        let output = command.arg("serve").args(["--config", &self.config()]).args(flags).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let said = format!("exit {}\n{}{}", output.status.code().unwrap(), text(&output.stdout), text(&output.stderr));
        said.replace(&self.config(), "chatctl.toml")
    }
}

#[test]
fn a_server_takes_its_flags_from_a_file_and_those_of_the_command_line_first() {
    let scene = Scene::new("lobby = \"hall\"\nmax-line = 64\nweb = \"none\"\ntrusted = [\"10.0.0.0/8\"]\n");
    let server = Process::serve(&["--config", &scene.config(), "--max-line", "70"]);
    let mut alice = server.user("alice");
    alice.expect(&["hall/server: alice joined"]);
    alice.ask(&format!("ping {}", "x".repeat(65)), &[&format!("server: pong {}", "x".repeat(65))]);
    alice.ask(&format!("ping {}", "x".repeat(66)), &["error: line-too-long: more than 70 bytes"]);
}

#[test]
fn everything_that_is_wrong_is_shown_with_its_place() {
    let scene = Scene::new(
        "listen = \"127.0.0.1:0\"\nmax-lin = 100\nmax-line = 10\nno-fsync = 1\ntrusted = \"10.0.0.0/8\"\nconfig = \"other\"\n\
         login-timeout = \"soon\"\nworkers = [1]\n",
    );
    insta::assert_snapshot!(scene.said(&["--check-config"]), @r#"
    exit 2
    error: unknown setting `max-lin`
     --> chatctl.toml:2:1
      |
    2 | max-lin = 100
      | ^^^^^^^ did you mean `max-line`?

    error: `max-line` cannot have this value
     --> chatctl.toml:3:12
      |
    3 | max-line = 10
      |            ^^ 10 is not in 64..=1048576

    error: `no-fsync` cannot have this value
     --> chatctl.toml:4:12
      |
    4 | no-fsync = 1
      |            ^ expected `true` or `false`

    error: `trusted` cannot have this value
     --> chatctl.toml:5:11
      |
    5 | trusted = "10.0.0.0/8"
      |           ^^^^^^^^^^^^ expected a list like ["..."]

    error: unknown setting `config`
     --> chatctl.toml:6:1
      |
    6 | config = "other"
      | ^^^^^^ expected the name of a flag of `chatctl serve`

    error: `login-timeout` cannot have this value
     --> chatctl.toml:7:17
      |
    7 | login-timeout = "soon"
      |                 ^^^^^^ expected number at 0

    error: `workers` cannot have this value
     --> chatctl.toml:8:11
      |
    8 | workers = [1]
      |           ^^^ expected a text or a number
    "#);
}

#[test]
fn what_is_no_toml_is_said_so() {
    insta::assert_snapshot!(Scene::new("listen 127.0.0.1\n").said(&["--check-config"]), @r"
    exit 2
    error: this is not TOML
     --> chatctl.toml:1:8
      |
    1 | listen 127.0.0.1
      |        ^ key with no value, expected `=`
    ");
}

#[test]
fn flags_that_do_not_fit_together_are_found_in_a_file_too() {
    let scene = Scene::new("queue-soft = 2000000\n");
    insta::assert_snapshot!(scene.said(&["--check-config"]), @r"
    exit 2
    chatctl: --queue-soft (2000000) must not be above --queue-hard (1048576)
    ");
    assert_eq!(Scene::new("# nothing\n").said(&["--check-config"]), "exit 0\n");
}

#[test]
fn the_printed_file_is_a_file_that_says_the_same() {
    let scene = Scene::new("lobby = \"hall\"\nmax-line = 100\ntrusted = [\"10.0.0.0/8\", \"::1\"]\n");
    let printed = scene.said(&["--print-config", "--workers", "2"]);
    let printed = printed.strip_prefix("exit 0\n").unwrap();
    for line in ["lobby = \"hall\"", "max-line = 100", "trusted = [\"10.0.0.0/8\", \"::1\"]", "workers = 2"] {
        assert!(printed.lines().any(|printed| printed == line), "{line}: {printed}");
    }
    let again = Scene::new(printed);
    assert_eq!(again.said(&["--check-config"]), "exit 0\n");
    assert_eq!(again.said(&["--print-config"]), format!("exit 0\n{printed}"));
}

#[test]
fn every_flag_of_the_help_stands_in_the_printed_file_with_its_meaning() {
    let printed = Scene::new("").said(&["--print-config"]);
    let help = String::from_utf8(cargo_bin_cmd!("chatctl").args(["serve", "--help"]).output().unwrap().stdout).unwrap();
    let flags = help.lines().filter_map(|line| line.strip_prefix("      --")?.split([' ', '=']).next());
    let flags: Vec<&str> = flags.filter(|flag| !flag.ends_with("config") && *flag != "help").collect();
    assert!(flags.len() > 15, "{flags:?}");
    for flag in flags {
        assert!(printed.contains(&format!("\n# {flag} = ")), "{flag}: {printed}");
    }
}

#[test]
fn the_file_of_the_debian_package_is_right() {
    let scene = Scene::new(include_str!("../../../contrib/debian/chatctl.toml"));
    assert_eq!(scene.said(&["--check-config"]), "exit 0\n");
}

#[test]
fn a_signal_reads_the_file_again_and_closes_nobody() {
    let scene = Scene::new("max-rooms = 1\nweb = \"none\"\n");
    let server = Process::serve(&["--config", &scene.config()]);
    let mut alice = server.user("alice");
    alice.ask("create room den", &["den/server: alice created the room"]);
    alice.ask("create room attic", &["error: too-many: more than 1 rooms"]);
    fs::write(scene.path("chatctl.toml"), "max-rooms = 2\nmax-line = 64\nworkers = 2\n").unwrap();
    server.signal("HUP");
    server.wait_for_log("these flags need a restart: web, workers");
    server.wait_for_log("configuration reloaded; changed: max-line, max-rooms");
    // The change is made by another task, which the signal does not wait for.
    let made = "attic/server: alice created the room";
    while {
        alice.say("create room attic");
        alice.line() != made
    } {}
    fs::write(scene.path("chatctl.toml"), "max-rooms = 3\nmax-line = 1\n").unwrap();
    server.signal("HUP");
    server.wait_for_log(
        "keeping the old configuration: line 2: `max-line` cannot have this value: 1 is not in 64..=1048576",
    );
    alice.ask("create room cellar", &["error: too-many: more than 2 rooms"]);
    assert_eq!(server.stop().0.code(), Some(0));
}

fn wait_until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "it never came");
        thread::yield_now();
    }
}

#[test]
fn a_log_in_json_goes_to_a_file_that_can_be_moved_away() {
    let scene = Scene::new("log-format = \"json\"\n");
    let (log, moved) = (scene.path("chatctl.log"), scene.path("chatctl.log.1"));
    let server = Process::serve(&["--config", &scene.config(), "--log-file", log.to_str().unwrap()]);
    let alice = server.user("alice");
    // Whoever logs never waits for the file.
    wait_until(|| fs::read_to_string(&log).unwrap().contains("connected"));
    fs::rename(&log, &moved).unwrap();
    server.signal("HUP");
    wait_until(|| log.exists());
    drop(alice);
    let (status, _) = server.stop();
    assert_eq!(status.code(), Some(0));
    let events = |path: &PathBuf| -> Vec<serde_json::Value> {
        fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert!(events(&moved).iter().any(|event| event["message"] == "connected" && event["peer"].is_string()));
    assert!(events(&log).iter().any(|event| event["message"].as_str().unwrap().starts_with("stopping")));
}
