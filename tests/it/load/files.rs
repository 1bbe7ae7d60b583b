//! Files under load: how long they take, and whether they come as they were sent.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use chatctl::diagnostic::source::Source;
use chatctl::lang::ast::{Figure, Latency, Origin};
use chatctl::lang::parse;
use chatctl::load::engine;
use chatctl::load::outcome::{LoadVerdict, Outcome};
use chatctl::load::plan::{Overrides, Plan};
use chatctl::load::report::screen;
use chatctl::load::target::Target;
use chatctl::run::Stop;
use chatctl::server::Config;

use crate::support::Server;

/// Two send a file and fetch it, two talk meanwhile.
const TRANSFERS: &str = r#"connect alice, bob, carol, dave
together
  every 50ms
    alice upload 200KiB as "x.bin" to bob
    bob< server: {{alice}} sent you the file {{id:word}} (204800 bytes): x.bin
    alice< server: sent the file {{id}} to {{bob}}: x.bin
    bob download {{id}}
  end
  every 5ms
    carol> send message {{dave}} {{stamp dave}}
  end
end
"#;

fn play(server: SocketAddr, text: &str) -> Outcome {
    let script = parse(&Source::new("test.chat", text)).unwrap();
    let second = Duration::from_secs(1);
    let wishes = Overrides { users: Some(4), duration: Some(second), warmup: Some(second / 5), ..Overrides::default() };
    let plan = Plan::new(&script, &wishes).unwrap();
    let target = Target { addresses: vec![server].into(), ..Target::default() };
    engine::run(&Arc::new(script), plan, &target, &Stop::default(), &mut |_| {}).unwrap()
}

#[test]
fn files_have_figures_of_their_own_and_come_as_they_were_sent() {
    let server = Server::start(Config::embedded());
    let outcome = play(server.addr, TRANSFERS);
    let figures = &outcome.figures;
    assert_eq!(outcome.verdict(false), LoadVerdict::Passed, "{:?}", outcome.errors);
    for latency in [Latency::Upload, Latency::Download] {
        let [written, intended] = Origin::ALL.map(|origin| figures.quantiles(latency, origin));
        assert!(
            written.count > 2 && written.p50 > Some(0.0) && intended.p50 >= written.p50,
            "{latency:?}: {figures:?}"
        );
    }
    let bytes = (figures.files() * 204_800) as f64;
    let rate = figures.value(Figure::ByteRate).unwrap();
    assert!((rate - bytes / (outcome.plan.duration_s - 0.2)).abs() < bytes / 20.0, "{rate} of {bytes}");
    assert_eq!((figures.corrupted, figures.lost), (0, 0));
    assert!(figures.sent > 100, "those who talk do not wait for files: {}", figures.sent);
    let told = screen(&outcome, false, chatctl::diagnostic::Color::Plain);
    for said in
        ["  files      ", "scheduled.upload", "scheduled.download", "corrupted files 0", "fail if corrupted > 0"]
    {
        assert!(told.contains(said), "{said} in\n{told}");
    }
}

#[test]
fn every_file_that_comes_with_another_byte_is_counted() {
    let server = Server::start(Config::embedded());
    let changed = Arc::new(AtomicU64::new(0));
    let way = way_that_changes_files(server.addr, Arc::clone(&changed));
    let outcome = play(way, TRANSFERS);
    let figures = &outcome.figures;
    assert!(figures.corrupted > 2, "{figures:?}");
    assert_eq!(figures.corrupted, changed.load(Ordering::SeqCst));
    assert_eq!((figures.lost, figures.errors), (0, 0), "{:?}", outcome.errors);
    assert_eq!(outcome.verdict(false), LoadVerdict::Missed);
}

/// A way to the server on which the last byte of every file that is fetched becomes another.
fn way_that_changes_files(server: SocketAddr, changed: Arc<AtomicU64>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(server).unwrap();
            let changed = Arc::clone(&changed);
            thread::spawn(move || pass(&client, &server, &changed));
        }
    });
    addr
}

fn pass(mut client: &TcpStream, mut server: &TcpStream, changed: &AtomicU64) {
    let (mut buf, mut prompt) = ([0; 64 * 1024], [0; 64]);
    // Whoever fetches a file says so before the server asks for a name.
    client.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let first = client.read(&mut prompt).unwrap_or(0);
    client.set_read_timeout(None).unwrap();
    server.write_all(&prompt[..first]).unwrap();
    let is_fetched = prompt.starts_with(b"get ");
    thread::scope(|scope| {
        let (mut from, mut to) = (client, server);
        scope.spawn(move || {
            let mut buf = [0; 64 * 1024];
            while let Ok(length @ 1..) = from.read(&mut buf) {
                if to.write_all(&buf[..length]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Write);
        });
        let mut held: Option<u8> = None;
        while let Ok(length @ 1..) = server.read(&mut buf) {
            if !is_fetched {
                let _ = client.write_all(&buf[..length]);
                continue;
            }
            // One byte is held back, as it may be the last.
            let whole: Vec<u8> = held.into_iter().chain(buf[..length].iter().copied()).collect();
            let (last, before) = whole.split_last().unwrap();
            held = Some(*last);
            let _ = client.write_all(before);
        }
        if let Some(last) = held {
            changed.fetch_add(1, Ordering::SeqCst);
            let _ = client.write_all(&[!last]);
        }
        let _ = client.shutdown(Shutdown::Both);
    });
}
