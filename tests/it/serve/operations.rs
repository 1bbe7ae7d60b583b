//! The admin address: health, readiness and metrics, as a supervisor and Prometheus ask for them.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use crate::support::{PATIENCE, Process, skipped};

/// A server with an admin address.
pub(super) struct Scene {
    pub(super) server: Process,
    admin: SocketAddr,
}

impl Scene {
    pub(super) fn new(flags: &[&str]) -> Self {
        let server = Process::serve(&[&["--web", "none", "--admin", "127.0.0.1:0"], flags].concat());
        let said = server.lines(1).remove(0);
        let address = said.strip_prefix("chatctl: listening on ").unwrap().strip_suffix(" for health and metrics");
        let admin = address.unwrap().parse().unwrap();
        Self { server, admin }
    }

    /// The head and the body of an answer.
    pub(super) fn get(&self, path: &str, accept: &str) -> (String, String) {
        let mut stream = TcpStream::connect(self.admin).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: admin\r\nAccept: {accept}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    fn metric(&self, name: &str) -> f64 {
        let (_, metrics) = self.get("/metrics", "*/*");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("{name} in {metrics}")).parse().unwrap()
    }
}

#[test]
fn a_server_says_that_it_lives_and_is_ready() {
    let scene = Scene::new(&[]);
    assert_eq!(scene.get("/healthz", "*/*").1, "ok\n");
    assert_eq!(scene.get("/readyz", "*/*").1, "ready\n");
    assert!(scene.get("/elsewhere", "*/*").0.starts_with("HTTP/1.1 404 "));
}

#[test]
fn what_happens_is_counted() {
    let scene = Scene::new(&[]);
    let mut alice = scene.server.user("alice");
    let mut bob = scene.server.user("bob");
    alice.ask("send message bob hi", &[]);
    bob.expect(&["alice: hi"]);
    alice.ask("join room nowhere", &["error: no-such-room: nowhere"]);
    assert_eq!(scene.metric("chatctl_connections"), 2.0);
    assert_eq!(scene.metric("chatctl_logins_total"), 2.0);
    assert_eq!(scene.metric("chatctl_commands_total"), 2.0);
    assert_eq!(scene.metric("chatctl_refusals_total{code=\"no-such-room\"}"), 1.0);
    assert!(scene.metric("chatctl_sent_bytes_total") > 100.0);
    assert_eq!(scene.metric("chatctl_ready"), 1.0);
}

#[test]
fn prometheus_finds_nothing_wrong_with_the_metrics() {
    let scene = Scene::new(&[]);
    drop(scene.server.user("alice"));
    let (head, open) = scene.get("/metrics", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    assert!(head.contains("application/openmetrics-text; version=1.0.0"), "{head}");
    assert!(open.ends_with("# EOF\n") && open.contains("# TYPE chatctl_logins counter\n"), "{open}");
    let (_, text) = scene.get("/metrics", "*/*");
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.stderr(Stdio::piped()).spawn() else { return skipped("promtool") };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_metric_is_explained_to_operators() {
    let (_, metrics) = Scene::new(&[]).get("/metrics", "*/*");
    let names = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let document = fs::read_to_string("docs/operations.md").unwrap();
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `chatctl_")?.split(['`', '{']).next());
    let explained: Vec<String> = rows.map(|name| format!("chatctl_{name}")).collect();
    assert_eq!(names.collect::<Vec<_>>(), explained);
}
