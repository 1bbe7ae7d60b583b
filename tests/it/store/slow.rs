//! A disk that takes its time: what is said waits for it, and nobody and nothing else does.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Client, PATIENCE, PROMPT, Process, skipped};

/// A library that is loaded before all others and has each sync take longer.
struct SlowDisk(PathBuf, #[expect(dead_code, reason = "removed when dropped")] tempfile::TempDir);

impl SlowDisk {
    /// `None` if there is no compiler.
    fn build(sync: Duration) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let (source, library) = (dir.path().join("slow.c"), dir.path().join("slow.so"));
        let millis = sync.as_millis();
        let code = format!(
            "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <time.h>\n\
             static int slowly(const char *name, int file) {{\n\
                 struct timespec time = {{ {millis} / 1000, {millis} % 1000 * 1000000L }};\n\
                 nanosleep(&time, 0);\n\
                 int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);\n\
                 return sync(file);\n\
             }}\n\
             int fsync(int file) {{ return slowly(\"fsync\", file); }}\n\
             int fdatasync(int file) {{ return slowly(\"fdatasync\", file); }}\n"
        );
        std::fs::write(&source, code).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl");
        let output = compiler.output().ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(Self(library, dir))
    }

    /// A server on this disk; with an address for operators.
    fn serve(&self, dir: &Path, flags: &[&str]) -> Process {
        let library = self.0.to_str().unwrap();
        let data = ["--data", dir.to_str().unwrap(), "--message-rate", "0"];
        Process::serve_with_env("LD_PRELOAD", library, &[&data[..], flags].concat())
    }
}

/// Reads what a page of the operators' address says.
fn get(addr: &str, page: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {page} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n").unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said
}

#[test]
fn what_is_said_waits_for_a_slow_disk_and_nothing_else_does() {
    const SYNC: Duration = Duration::from_secs(2);
    let Some(disk) = SlowDisk::build(SYNC) else { return skipped("cc") };
    let dir = tempfile::tempdir().unwrap();
    let server = disk.serve(dir.path(), &["--web", "none", "--admin", "127.0.0.1:0"]);
    let admin = server.lines(1)[0].split(' ').find(|word| word.starts_with("127.")).unwrap().to_owned();
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    bob.say("ping before");
    bob.expect(&["server: pong before"]);
    let begun = Instant::now();
    alice.say("create room lobby");
    // While the commit is made: whoever comes is served, and those who run the server are answered.
    let mut newcomer = Client::connect(server.addr);
    newcomer.expect(&[PROMPT]);
    let alive = get(&admin, "/healthz");
    assert!(alive.starts_with("HTTP/1.1 200"), "{alive}");
    assert!(get(&admin, "/readyz").starts_with("HTTP/1.1 200"));
    let served = begun.elapsed();
    alice.expect(&["lobby/server: alice created the room"]);
    let told = begun.elapsed();
    assert!(told >= SYNC, "{told:?}: nothing is told before it is kept");
    assert!(served < told, "{served:?}, {told:?}: all the others were served before");
    // And when nothing is being kept, an answer does not wait.
    let begun = Instant::now();
    bob.ask("ping after", &["server: pong after"]);
    assert!(begun.elapsed() < SYNC, "{:?}: a pong waits for nothing", begun.elapsed());
}

#[test]
fn a_burst_on_a_slow_disk_holds_a_bounded_queue_and_then_is_told_whole() {
    const LINES: usize = 40_000;
    let Some(disk) = SlowDisk::build(Duration::from_millis(200)) else { return skipped("cc") };
    let dir = tempfile::tempdir().unwrap();
    let server = disk.serve(dir.path(), &["--queue-soft", "65536", "--queue-hard", "1048576"]);
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    let before = server.memory_kib();
    let mut speaker = alice.stream().try_clone().unwrap();
    let speaking = std::thread::spawn(move || {
        let text: String = (0..LINES).map(|line| format!("send lobby {line} {}\n", "x".repeat(100))).collect();
        speaker.write_all(text.as_bytes()).unwrap();
    });
    for line in 0..LINES / 8 {
        alice.expect(&[&format!("lobby/alice: {line} {}", "x".repeat(100))]);
    }
    let grown = server.peak_memory_kib().saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} KiB more while 5 MB were on their way");
    drop(alice);
    let _ = speaking.join();
}
