//! How many verified deliveries the load generator takes in, for each second of its own processor time.
//!
//! A server of a few lines, in a process of its own, passes everything that one user sends on to two hundred, as many
//! lines to a write as it has. `cargo bench --bench firehose` prints the figure; the aim is a million.

#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark speaks to whoever runs it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::{env, thread};

use chatctl::diagnostic::source::Source;
use chatctl::lang::parse;
use chatctl::load::engine;
use chatctl::load::plan::{Overrides, Plan};
use chatctl::load::target::Target;
use chatctl::run::Stop;

const SCRIPT: &str = "connect talker[200]
repeat 40000
  talker1> send lobby {{stamp talker}} {{text 64..64}}
end
";

fn main() {
    if env::args().any(|argument| argument == "--serve") {
        return serve();
    }
    let mut server = Command::new(env::current_exe().unwrap()).arg("--serve").stdout(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut address).unwrap();
    for _ in 0..3 {
        measure(address.trim().parse().unwrap());
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

fn measure(server: SocketAddr) {
    let script = Arc::new(parse(&Source::new("firehose", SCRIPT)).unwrap());
    let wishes = Overrides { users: Some(200), workers: Some(1), ..Overrides::default() };
    let plan = Plan::new(&script, &wishes).unwrap();
    let target = Target { addresses: vec![server].into(), ..Target::default() };
    let outcome = engine::run(&script, plan, &target, &Stop::default(), &mut |_| {}).unwrap();
    let (figures, generator) = (&outcome.figures, &outcome.generator);
    assert_eq!(
        (figures.lost, figures.duplicated, figures.reordered, figures.errors),
        (0, 0, 0, 0),
        "{:?}",
        outcome.errors
    );
    println!(
        "{} verified deliveries in {:.2} s, {:.2} s of processor time: {:.0} a second and core",
        figures.delivered,
        outcome.plan.duration_s,
        generator.cpu_s,
        figures.delivered as f64 / generator.cpu_s
    );
}

type Users = Arc<Mutex<Vec<TcpStream>>>;

fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap());
    let users = Users::default();
    for stream in listener.incoming().flatten() {
        let users = Arc::clone(&users);
        thread::spawn(move || converse(stream, &users));
    }
}

fn converse(mut stream: TcpStream, users: &Users) {
    stream.set_nodelay(true).unwrap();
    stream.write_all(b"server: set your name please:\n").unwrap();
    let mut buf = vec![0; 256 * 1024];
    let mut kept = 0;
    let mut name = String::new();
    let address = stream.peer_addr().ok();
    while let Ok(read @ 1..) = stream.read(&mut buf[kept..]) {
        let end = kept + read;
        let Some(last) = buf[..end].iter().rposition(|byte| *byte == b'\n') else {
            kept = end;
            continue;
        };
        let mut out = Vec::with_capacity(end * 2);
        for line in buf[..last].split(|byte| *byte == b'\n') {
            handle(line, &mut name, &stream, users, &mut out);
        }
        broadcast(users, &out);
        buf.copy_within(last + 1..end, 0);
        kept = end - last - 1;
    }
    users.lock().unwrap().retain(|socket| socket.peer_addr().ok() != address);
}

fn handle(line: &[u8], name: &mut String, mut stream: &TcpStream, users: &Users, out: &mut Vec<u8>) {
    if let Some(text) = line.strip_prefix(b"send ") {
        out.extend_from_slice(b"lobby/");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(text);
        out.push(b'\n');
    } else if let Some(token) = line.strip_prefix(b"ping ") {
        broadcast(users, out);
        out.clear();
        let _ = stream.write_all(&[b"server: pong ", token, b"\n"].concat());
    } else {
        *name = String::from_utf8_lossy(line).into_owned();
        stream.write_all(b"server: let's start chatting!\n").unwrap();
        users.lock().unwrap().push(stream.try_clone().unwrap());
    }
}

fn broadcast(users: &Users, bytes: &[u8]) {
    if !bytes.is_empty() {
        for socket in users.lock().unwrap().iter() {
            let _ = (&*socket).write_all(bytes);
        }
    }
}
