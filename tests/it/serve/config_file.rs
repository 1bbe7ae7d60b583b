//! `chatctl serve --config`: a file with the flags, and what is said about a wrong one.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use assert_cmd::cargo::cargo_bin_cmd;
use tempfile::TempDir;

use crate::support::{Client, PATIENCE, Process, skipped};

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
      |                 ^^^^^^ expected a time such as 200ms, 1.5s or 5m

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
    let scene = Scene::new("workers = 0\nqueue-soft = 2000000\nirc-tls = \"127.0.0.1:0\"\n");
    insta::assert_snapshot!(scene.said(&["--check-config", "--max-connections", "0"]), @r#"
    exit 2
    error: `workers` cannot have this value
     --> chatctl.toml:1:11
      |
    1 | workers = 0
      |           ^ --workers must be at least 1

    error: `queue-soft` cannot have this value
     --> chatctl.toml:2:14
      |
    2 | queue-soft = 2000000
      |              ^^^^^^^ --queue-soft (2000000) must not be above --queue-hard (1048576)

    error: `irc-tls` cannot have this value
     --> chatctl.toml:3:11
      |
    3 | irc-tls = "127.0.0.1:0"
      |           ^^^^^^^^^^^^^ --irc-tls needs --tls-cert and --tls-key, or --data, where a certificate of its own is kept

    chatctl: --max-connections must be at least 1
    "#);
    // What the command line overrides is not what is wrong.
    insta::assert_snapshot!(Scene::new("queue-hard = 5000\nqueue-soft = 2000\n").said(&["--queue-soft", "6000"]), @r"
    exit 2
    error: `queue-hard` cannot have this value
     --> chatctl.toml:1:14
      |
    1 | queue-hard = 5000
      |              ^^^^ --queue-soft (6000) must not be above --queue-hard (5000)
    ");
    assert_eq!(Scene::new("# nothing\n").said(&["--check-config"]), "exit 0\n");
}

#[test]
fn flags_that_are_of_no_use_alone_are_found_in_a_file_too() {
    let scene = Scene::new("tls-cert = \"cert.pem\"\nlobby = \"hall\"\nlegacy-encoding = \"gbk\"\n");
    insta::assert_snapshot!(scene.said(&["--check-config"]), @r#"
    exit 2
    error: `tls-cert` is of no use alone
     --> chatctl.toml:1:1
      |
    1 | tls-cert = "cert.pem"
      | ^^^^^^^^ `tls-key` is missing

    error: `legacy-encoding` is of no use alone
     --> chatctl.toml:3:1
      |
    3 | legacy-encoding = "gbk"
      | ^^^^^^^^^^^^^^^ `legacy` is missing
    "#);
}

#[test]
fn a_certificate_that_cannot_be_used_is_found_before_the_server_is_started() {
    let scene = Scene::new("tls-key = \"/nowhere/key.pem\"\ntls-cert = \"/nowhere/cert.pem\"\n");
    insta::assert_snapshot!(scene.said(&["--check-config"]), @r#"
    exit 2
    error: `tls-cert` cannot have this value
     --> chatctl.toml:2:12
      |
    2 | tls-cert = "/nowhere/cert.pem"
      |            ^^^^^^^^^^^^^^^^^^^ cannot read /nowhere/cert.pem: No such file or directory
    "#);
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
fn the_files_of_the_debian_package_and_of_the_image_are_right() {
    for file in
        [include_str!("../../../contrib/debian/chatctl.toml"), include_str!("../../../contrib/docker/chatctl.toml")]
    {
        assert_eq!(Scene::new(file).said(&["--check-config"]), "exit 0\n");
    }
}

#[test]
fn whoever_builds_the_image_has_every_file_of_the_project() {
    let ignored = include_str!("../../../.dockerignore");
    let mut git = std::process::Command::new("git");
    let Ok(listed) = git.args(["ls-files"]).current_dir(env!("CARGO_MANIFEST_DIR")).output() else {
        return skipped("git");
    };
    let files = String::from_utf8(listed.stdout).unwrap();
    for path in ignored.lines() {
        // Paths from the root: a pattern for any depth would fit folders of the sources too, which are called alike.
        assert!(!path.contains('*'), "{path}");
        let inside = format!("{path}/");
        assert!(!files.lines().any(|file| file == path || file.starts_with(&inside)), "{path}");
    }
}

#[test]
fn the_health_check_of_the_image_asks_the_server_that_the_image_serves() {
    let image = include_str!("../../../Dockerfile");
    let words = |keyword: &str| -> Vec<String> {
        let line = image.lines().find(|line| line.starts_with(keyword)).unwrap();
        serde_json::from_str(line.split_once("CMD ").unwrap().1).unwrap()
    };
    assert_eq!(words("CMD"), ["serve", "--config", "/etc/chatctl.toml"]);
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let inside = |text: &str| text.replace("/data", data.to_str().unwrap());
    let check: Vec<String> = words("HEALTHCHECK").iter().skip(1).map(|word| inside(word)).collect();
    let health = || cargo_bin_cmd!("chatctl").args(&check).output().unwrap().status.code();
    assert_eq!(health(), Some(4));
    let file = inside(include_str!("../../../contrib/docker/chatctl.toml"));
    let scene = Scene::new(&file.replace("0.0.0.0:7668", "127.0.0.1:0"));
    let _server = Process::serve(&["--config", &scene.config()]);
    assert_eq!(health(), Some(0));
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

#[test]
fn a_message_of_the_day_that_is_read_again_is_told_to_whoever_comes() {
    let scene = Scene::new("");
    let motd = scene.path("motd");
    fs::write(&motd, "be kind\n").unwrap();
    let file = format!("web = \"none\"\nirc = \"127.0.0.1:0\"\nirc-motd = \"{}\"\n", motd.display());
    fs::write(scene.path("chatctl.toml"), file).unwrap();
    let server = Process::serve(&["--config", &scene.config()]);
    let line = server.lines(1).remove(0);
    let irc = line.split(' ').find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("{line}"));
    assert_eq!(message_of_the_day(irc, "al"), ["be kind"]);
    fs::write(&motd, "be brief\nand kind\n").unwrap();
    server.signal("HUP");
    server.wait_for_log("configuration reloaded; changed: irc-motd");
    // Another task makes the change.
    let mut names = (0..).map(|number| format!("bo{number}"));
    wait_until(|| message_of_the_day(irc, &names.next().unwrap()) == ["be brief", "and kind"]);
}

/// What somebody hears who comes to the door for IRC clients.
fn message_of_the_day(irc: SocketAddr, name: &str) -> Vec<String> {
    let mut client = Client::connect(irc);
    client.say(&format!("NICK {name}"));
    client.say(&format!("USER {name} 0 * :{name}"));
    let lines = std::iter::from_fn(|| client.next_line().filter(|line| !line.contains(" 376 ")));
    lines.filter_map(|line| Some(line.split_once(" 372 ")?.1.split_once(":- ")?.1.trim().to_owned())).collect()
}

fn wait_until(mut is_so: impl FnMut() -> bool) {
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
