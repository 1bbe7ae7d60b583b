//! Every script of the program means the same at every door: over lines, over JSON and over a WebSocket.

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use chatctl::client::{ServerAddress, ServerDoor};
use chatctl::diagnostic::source::Source;
use chatctl::lang;
use chatctl::protocol::dialect::Dialect;
use chatctl::run::dialects::{ConnectDefaults, Doors};
use chatctl::run::transcript::Trace;
use chatctl::run::{Addresses, RunOptions, StartServer, Started, Stop, run_file};
use chatctl::server::{self, Config, Endpoint, Endpoints};
use futures::future::BoxFuture;
use regex::Regex;
use smol::Executor;

use crate::support::Server;

/// A server with all doors, of which the one for programs is reached so.
#[derive(Clone, Copy, Debug)]
struct AllDoors {
    is_web_socket: bool,
}

impl StartServer for AllDoors {
    fn start(&self, _doors: Doors) -> BoxFuture<'_, io::Result<Started>> {
        let listen = || {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            (listener, ServerDoor::from(vec![address]))
        };
        let ((text, text_door), (old, old_door), (web, mut web_door)) = (listen(), listen(), listen());
        if self.is_web_socket {
            web_door.transport = ServerAddress::new(&format!("ws://{}", web.local_addr().unwrap())).transport;
        }
        let old = Endpoint { listener: old, spelling: Dialect::FOR_OLD_CLIENTS.spelling() };
        let endpoints = Endpoints::from(text).and(old).and_web(web);
        let addresses = Addresses::default().with(Dialect::default(), text_door);
        let addresses = addresses.with(Dialect::FOR_OLD_CLIENTS, old_door).with(Dialect::FOR_PROGRAMS, web_door);
        let (stop, stopped) = async_channel::bounded::<()>(1);
        let config = Config { max_connections: Some(usize::MAX), ..Config::embedded() };
        let serving = async move {
            let stopped = async move {
                let _ = stopped.recv().await;
            };
            server::serve(endpoints, config, stopped).await.unwrap();
        };
        let thread = std::thread::spawn(move || async_std::task::block_on(serving));
        let stop = Box::pin(async move {
            drop(stop);
            smol::unblock(move || thread.join().unwrap()).await;
            Vec::new()
        });
        Box::pin(async move { Ok(Started { addresses, stop }) })
    }
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The transcript of a run that has passed. What differs from run to run is a word, and lines that may come in any order
/// are sorted.
fn transcript(path: &str, dialect: Dialect, is_web_socket: bool) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let script = lang::parse(&Source::new(path, &text)).unwrap();
    let connect_defaults = ConnectDefaults { dialect, encoding: None };
    // The machine may be busy: no script waits for a deadline.
    let options = RunOptions { connect_defaults, timeout_scale: 10.0, ..RunOptions::default() };
    let executor = Arc::new(Executor::new());
    let written = Written::default();
    let (trace, stop) = (Trace::to(written.clone()), Stop::default());
    let outcome = smol::block_on(
        executor
            .run(async { run_file(&script, &AllDoors { is_web_socket }, &options, &executor, &trace, &stop).await }),
    );
    let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(outcome.passed(), "{path} over {dialect}: {:?}\n{written}", outcome.failures().collect::<Vec<_>>());
    let mut told = written;
    for (pattern, word) in [
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME"),
        (r"token [a-z2-7]{26}|\b[a-z2-7]{26}\b", "TOKEN"),
        (r"epoch [0-9a-f]{4,8}", "epoch EPOCH"),
        (r" with dialect json (password|tls)", " with $1"),
        (r" with dialect json", ""),
        (r"\*[0-9a-f]+\.\d+\.\d+\*", "STAMP"),
    ] {
        told = Regex::new(pattern).unwrap().replace_all(&told, word).into_owned();
    }
    if text.contains("together") {
        let mut lines: Vec<&str> = told.lines().collect();
        lines.sort_unstable();
        told = lines.join("\n");
    }
    told
}

#[test]
fn every_script_says_the_same_at_every_door() {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let mut count = 0;
    for entry in std::fs::read_dir("scripts").unwrap() {
        let path = entry.unwrap().path();
        let path = path.to_str().unwrap();
        if !path.ends_with(".chat") {
            continue;
        }
        let over_text = transcript(path, Dialect::default(), false);
        for is_web_socket in [false, true] {
            let over_json = transcript(path, Dialect::FOR_PROGRAMS, is_web_socket);
            assert_eq!(over_json, over_text, "{path} over JSON, in a WebSocket: {is_web_socket}");
        }
        count += 1;
    }
    assert!(count > 10, "only {count} scripts were found");
}

/// The figures of a load that say what was counted.
fn counted(server: &str, script: &str) -> Vec<String> {
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    let command = command.args(["load", "--users", "200", "-", "--server", server]).write_stdin(script);
    let output = command.assert().code(0);
    let told = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let pattern =
        r"\d+ logins in \d+ plays|stamped +[\d,]+|delivered +[\d,]+|[\d,]+ deliveries expected|lost 0, .*rooms 0";
    Regex::new(pattern).unwrap().find_iter(&told).map(|found| found.as_str().to_owned()).collect()
}

#[test]
fn a_load_over_a_web_socket_counts_what_it_counts_over_tcp() {
    let server = Server::with_web(Config { max_connections: Some(1000), ..Config::embedded() });
    let script = "connect talker[10]
let room = room_{{cast}}
setup
  talker1> create room {{room}} {{talker}}
  all< {{room}}/server: {{talker1}} created the room with {{_}}
end
together
  each talker
    repeat 2
      me> send room {{room}} {{stamp}} {{text 20..60}}
    end
  end
end
";
    let over_tcp = counted(&server.addr.to_string(), script);
    assert_eq!(over_tcp[..3], ["200 logins in 20 plays", "stamped    400", "delivered  4,000"]);
    assert_eq!(counted(&format!("ws://{}", server.web()), script), over_tcp);
}

#[test]
fn a_conversation_by_hand_goes_over_a_web_socket() {
    let server = Server::with_web(Config::embedded());
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    command.args(["interactive", "--name", "alice", &format!("ws://{}/ws", server.web())]);
    command
        .write_stdin("send message alice 你好\nquit\n")
        .assert()
        .code(0)
        .stdout("server: set your name please:\nserver: let's start chatting!\nalice: 你好\nserver: bye\n");
    let mut elsewhere = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    let elsewhere = elsewhere.args(["interactive", "--name", "alice", &format!("ws://{}/elsewhere", server.web())]);
    elsewhere
        .assert()
        .code(4)
        .stderr(predicates::str::contains("expected a WebSocket, found 'HTTP/1.1 404 Not Found'"));
}

#[test]
fn json_has_one_charset() {
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    let command = command.args(["run", "--dialect", "json", "--encoding", "gbk", "scripts/room_demo.chat"]);
    let told = "the json dialect is utf-8, so --encoding gbk is not possible";
    command.assert().code(2).stderr(predicates::str::contains(told));
}
