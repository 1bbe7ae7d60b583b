//! The admin address: health, readiness and metrics, as a supervisor and Prometheus ask for them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::support::{PATIENCE, Process, skipped};

/// A server with an admin address.
pub(crate) struct Scene {
    pub(crate) server: Process,
    admin: SocketAddr,
}

impl Scene {
    pub(crate) fn new(flags: &[&str]) -> Self {
        let server = Process::serve(&[&["--web", "none", "--admin", "127.0.0.1:0"], flags].concat());
        let said = server.lines(1).remove(0);
        let address = said.strip_prefix("chatctl: listening on ").unwrap().strip_suffix(" for health and metrics");
        let admin = address.unwrap().parse().unwrap();
        Self { server, admin }
    }

    /// The head and the body of an answer.
    pub(crate) fn get(&self, path: &str, accept: &str) -> (String, String) {
        let mut stream = TcpStream::connect(self.admin).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: admin\r\nAccept: {accept}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    pub(crate) fn metric(&self, name: &str) -> f64 {
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
fn a_server_whose_store_takes_nothing_is_not_ready() {
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new(&["--data", dir.path().to_str().unwrap()]);
    let mut alice = scene.server.user("alice");
    assert_eq!(scene.get("/readyz", "*/*").1, "ready\n");
    let other = rusqlite::Connection::open(dir.path().join("chat.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    alice.say("create room lobby");
    alice.expect(&["server: another program has locked the store; what is said now is not taken"]);
    let (head, body) = scene.get("/readyz", "*/*");
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    assert_eq!((&*body, scene.metric("chatctl_ready")), ("not ready\n", 0.0));
    // It lives, and a supervisor need not start it again.
    assert_eq!(scene.get("/healthz", "*/*").1, "ok\n");
    other.execute_batch("COMMIT").unwrap();
    alice.expect(&["server: the store is unlocked again", "lobby/server: alice created the room"]);
    assert_eq!(scene.get("/readyz", "*/*").1, "ready\n");
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
    assert_eq!(scene.metric("chatctl_door_connections{dialect=\"text\",tls=\"false\"}"), 2.0);
    assert_eq!(scene.metric("chatctl_store_bytes"), 0.0);
    assert_eq!(scene.metric("chatctl_transfers"), 0.0);
}

#[test]
fn commits_and_what_is_on_the_disk_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new(&["--data", dir.path().to_str().unwrap()]);
    let mut alice = scene.server.user("alice");
    let commits = scene.metric("chatctl_commit_seconds_count");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    alice.ask("send lobby hi", &["lobby/alice: hi"]);
    assert!(scene.metric("chatctl_commit_seconds_count") >= commits + 2.0);
    assert!(scene.metric("chatctl_commit_seconds_sum") > 0.0);
    let all = scene.metric("chatctl_commit_seconds_count");
    assert_eq!(scene.metric("chatctl_commit_seconds_bucket{le=\"+Inf\"}"), all);
    let on_disk = ["chat.db", "chat.db-wal"].map(|name| fs::metadata(dir.path().join(name)).unwrap().len());
    assert!(scene.metric("chatctl_store_bytes") >= on_disk.iter().sum::<u64>() as f64);
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

#[test]
fn the_dashboard_shows_no_metric_that_is_not_there() {
    let scene = Scene::new(&[]);
    scene.server.user("alice").ask("join room nowhere", &["error: no-such-room: nowhere"]);
    let (_, metrics) = scene.get("/metrics", "*/*");
    let names = |text: &str| -> BTreeSet<String> {
        let starts = text.match_indices("chatctl_").map(|(at, _)| &text[at..]);
        let ends = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        starts.map(|rest| rest[..ends(rest)].to_owned()).collect()
    };
    let shown = names(&fs::read_to_string("contrib/grafana/chatctl.json").unwrap());
    assert!(shown.len() > 5, "{shown:?}");
    let there = names(&metrics);
    let missing: Vec<_> = shown.difference(&there).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_real_prometheus_scrapes_the_server() {
    let scene = Scene::new(&[]);
    let _alice = scene.server.user("alice");
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("prometheus.yml");
    let target = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: chatctl\n  static_configs: [{{targets: ['{}']}}]\n",
        scene.admin
    );
    fs::write(&config, target).unwrap();
    // It listens where nobody did a moment ago.
    let own = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = Command::new("prometheus");
    command.arg(format!("--config.file={}", config.display()));
    command.arg(format!("--storage.tsdb.path={}", dir.path().join("data").display()));
    command.arg(format!("--web.listen-address={own}")).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(child) = command.spawn() else { return skipped("prometheus") };
    let _prometheus = Ends(child);
    let asked = "GET /api/v1/query?query=chatctl_logins_total HTTP/1.0\r\nHost: prometheus\r\n\r\n";
    let until = Instant::now() + PATIENCE;
    loop {
        let mut answer = String::new();
        // Until it listens, and has scraped for the first time, there is no value.
        if let Ok(mut stream) = TcpStream::connect(own) {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let _ = stream.write_all(asked.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
        }
        if answer.contains("\"status\":\"success\"") && answer.contains(",\"1\"]") {
            return;
        }
        assert!(Instant::now() < until, "{answer}");
        thread::yield_now();
    }
}

/// A program that ends with the test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
