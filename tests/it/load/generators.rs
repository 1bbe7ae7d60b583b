//! Loads that several generators make together.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::Process;

/// Two who speak to each other.
const PAIR: &str = "connect u[2]\ntogether\neach u\nevery 50ms\nme> send message {{u1}} {{stamp u1}}\nend\nend\nend\n";

fn chatctl(arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("chatctl"));
    command.args(["load"]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null());
    command
}

/// A generator that leads, with what it says on standard error.
struct Led {
    child: Child,
    said: BufReader<std::process::ChildStderr>,
    /// Where others join it.
    at: String,
    folder: TempDir,
}

impl Led {
    fn start(text: &str, server: &str, generators: usize, arguments: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("script.chat"), text).unwrap();
        let (count, out) = (generators.to_string(), format!("json={}", path("report.json")));
        let own = ["--generators", &count, "--generators-at", "127.0.0.1:0", "--server", server, "--out", &out];
        let mut child = chatctl(&own).args(arguments).arg(path("script.chat")).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let at = line.trim_end().rsplit(' ').next().unwrap().to_owned();
        assert!(line.contains(": chatctl load --join 127.0.0.1:"), "{line}");
        Self { child, said, at, folder }
    }

    fn join(&self) -> Child {
        chatctl(&["--join", &self.at, "--workers", "1"]).spawn().unwrap()
    }

    /// Reads what it says until a line has this in it.
    fn until(&mut self, what: &str) -> String {
        let mut line = String::new();
        while !line.contains(what) {
            line.clear();
            assert!(self.said.read_line(&mut line).unwrap() > 0, "it ended before it said {what:?}");
        }
        line
    }

    /// The report and the screen, after it ended with this exit code.
    fn end(mut self, code: i32) -> (Value, String) {
        let (mut said, mut screen) = (String::new(), String::new());
        self.said.read_to_string(&mut said).unwrap();
        self.child.stdout.take().unwrap().read_to_string(&mut screen).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(code), "{said}{screen}");
        let report = std::fs::read_to_string(self.folder.path().join("report.json")).unwrap_or_default();
        (serde_json::from_str(&report).unwrap_or_default(), screen)
    }
}

fn passed(child: Child) {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn check(generators: usize) {
    let server = Process::serve(&["--message-rate", "0"]);
    let arguments = ["--users", "14", "--warmup", "100ms", "--duration", "2s", "--seed", "7"];
    let led = Led::start(PAIR, &server.addr.to_string(), generators, &arguments);
    let members: Vec<Child> = (0..generators).map(|_| led.join()).collect();
    let (report, screen) = led.end(0);
    members.into_iter().for_each(passed);
    let figure = |name: &str| report["figures"][name].as_u64().unwrap();
    assert_eq!((figure("connected"), figure("casts"), figure("lost"), figure("errors")), (14, 7, 0, 0), "{screen}");
    assert_eq!(figure("delivered"), report["figures"]["delivery"]["count"].as_u64().unwrap());
    assert!(figure("delivered") > 0, "{screen}");
    let shares = report["generators"].as_array().unwrap();
    let users: Vec<u64> = shares.iter().map(|share| share["users"].as_u64().unwrap()).collect();
    assert_eq!((users.len(), users.iter().sum::<u64>()), (generators, 14), "{screen}");
    assert!(shares.iter().all(|share| share["health"]["cpu_s"].is_number() && share["failure"].is_null()));
    assert_eq!(report["plan"]["workers"].as_u64().unwrap() as usize, generators);
    let most = report["series"].as_array().unwrap().iter().map(|second| second["users"].as_u64().unwrap()).max();
    assert_eq!(most, Some(14), "{report}");
}

#[test]
fn two_generators_make_one_load() {
    check(2);
}

#[test]
fn three_generators_make_one_load() {
    check(3);
}

/// A server that passes each line on to everybody, in whatever cast.
fn leaking() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let clients = Arc::<Mutex<Vec<TcpStream>>>::default();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            clients.lock().unwrap().push(stream.try_clone().unwrap());
            let clients = Arc::clone(&clients);
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    for mut client in clients.lock().unwrap().iter() {
                        let _ = client.write_all(format!("{line}\n").as_bytes());
                    }
                }
            });
        }
    });
    address
}

#[test]
fn a_line_that_reaches_a_user_of_another_generator_is_misdelivered() {
    let text = "open u[1]\ntogether\neach u\nevery 50ms\nme> {{stamp}} hi\nend\nend\nend\n";
    let arguments = ["--users", "2", "--warmup", "100ms", "--duration", "2s"];
    let led = Led::start(text, &leaking(), 2, &arguments);
    let members = [led.join(), led.join()];
    let (report, screen) = led.end(5);
    members.into_iter().for_each(passed);
    let figure = |name: &str| report["figures"][name].as_u64().unwrap();
    assert!(figure("misdelivered") > 0 && figure("lost") == 0 && figure("duplicated") == 0, "{screen}");
    assert!(screen.contains("FAILED: 1 threshold missed\n  misdelivered > 0"), "{screen}");
}

#[test]
fn a_generator_that_dies_is_named_and_fails_the_load() {
    let server = Process::serve(&["--message-rate", "0"]);
    let mut led = Led::start(PAIR, &server.addr.to_string(), 2, &["--users", "4", "--duration", "1h"]);
    let mut first = led.join();
    led.until("generator 1 of 2 has joined");
    let second = led.join();
    led.until("all generators begin");
    let name = format!("process {}", first.id());
    first.kill().unwrap();
    first.wait().unwrap();
    let (report, screen) = led.end(6);
    passed(second);
    assert!(screen.contains("FAILED: generator 1 of 2 (") && screen.contains(&name), "{screen}");
    assert!(report["generators"][0]["failure"].as_str().unwrap().starts_with("died during the load: "), "{report}");
    assert_eq!(report["generators"][1]["failure"], Value::Null);
}

#[test]
fn a_load_that_cannot_be_shared_does_not_begin() {
    let (server, text) = ("127.0.0.1:1", PAIR);
    let said = |arguments: &[&str], code: i32| {
        let output = chatctl(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("s.chat");
    std::fs::write(&script, text).unwrap();
    let script = script.to_str().unwrap();
    let few = ["--generators", "3", "--generators-at", "127.0.0.1:0", "--users", "4", "--server", server, script];
    assert!(said(&few, 2).contains("2 casts cannot be shared by 3 generators"));
    assert!(said(&["--generators", "2", "--users", "20"], 2).contains("--server"));
    assert!(said(&["--join", "127.0.0.1:1", "--generators", "2"], 2).contains("cannot be used with"));
    // A stranger that connects is no generator.
    let led = Led::start(text, server, 1, &["--users", "2"]);
    (&TcpStream::connect(&led.at).unwrap()).write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let member = led.join();
    let (_, screen) = led.end(4);
    assert!(screen.contains("nobody could connect"), "{screen}");
    passed(member);
}
