//! What a supervisor like systemd is told, and the sockets that it hands over.

use std::fs;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

use crate::support::{Client, PATIENCE, Process, skipped};

/// The next thing that the server says about itself.
fn told(socket: &UnixDatagram) -> String {
    let mut buf = [0; 256];
    let length = socket.recv(&mut buf).unwrap();
    String::from_utf8_lossy(&buf[..length]).into_owned()
}

#[test]
fn a_supervisor_is_told_how_the_server_is_doing() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("notify");
    let socket = UnixDatagram::bind(&place).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let log = folder.path().join("log");
    let flags = ["--web", "none", "--log-file", log.to_str().unwrap()];
    let server = Process::serve_with_env("NOTIFY_SOCKET", place.to_str().unwrap(), &flags);
    assert_eq!(told(&socket), "READY=1");
    server.signal("HUP");
    assert!(told(&socket).starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(told(&socket), "READY=1");
    server.signal("TERM");
    assert_eq!(told(&socket), "STOPPING=1");
    assert_eq!(server.wait().0.code(), Some(0));
    assert!(fs::read_to_string(log).unwrap().contains("stopping"));
}

#[test]
fn a_supervisor_is_told_to_wait_for_those_who_are_given_time_to_leave() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("notify");
    let socket = UnixDatagram::bind(&place).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let server = Process::serve_with_env("NOTIFY_SOCKET", place.to_str().unwrap(), &["--web", "none", "--drain", "5s"]);
    assert_eq!(told(&socket), "READY=1");
    server.signal("TERM");
    assert_eq!(told(&socket), "STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000");
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn a_supervisor_that_asks_is_told_again_and_again_that_the_server_lives() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("notify");
    let socket = UnixDatagram::bind(&place).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = Command::new(cargo_bin!("chatctl"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--web", "none"]);
    command.env("NOTIFY_SOCKET", &place).env("WATCHDOG_USEC", "20000");
    let server = Process::listening(command);
    assert_eq!([(); 3].map(|()| told(&socket)), ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]);
    drop(server);
}

#[test]
fn a_socket_that_was_opened_before_is_used() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    // As systemd does it: the socket is descriptor 3, and the variables name the process.
    let script = "exec 3<&\"$FD\" && LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=text exec \"$0\" serve --web none";
    let mut command = Command::new("bash");
    command.args(["-c", script]).arg(cargo_bin!("chatctl"));
    rustix::io::fcntl_setfd(&listener, rustix::io::FdFlags::empty()).unwrap();
    command.env("FD", listener.as_raw_fd().to_string());
    let server = Process::listening(command);
    assert_eq!(server.addr, addr);
    drop(listener);
    Client::log_in(addr, "alice").ask("quit", &["server: bye"]);
}

#[test]
fn a_socket_for_irc_clients_is_known_by_its_name() {
    let [text, irc] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let (text_addr, irc_addr) = (text.local_addr().unwrap(), irc.local_addr().unwrap());
    let script = "exec 3<&\"$IRC\" 4<&\"$TEXT\" && LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=irc:text exec \"$0\" serve --web none";
    let mut command = Command::new("bash");
    command.args(["-c", script]).arg(cargo_bin!("chatctl"));
    // By numbers that are neither of the two that the shell gives away.
    let high = [&text, &irc].map(|listener| rustix::io::fcntl_dupfd_cloexec(listener, 100).unwrap());
    for (name, descriptor) in ["TEXT", "IRC"].into_iter().zip(&high) {
        rustix::io::fcntl_setfd(descriptor, rustix::io::FdFlags::empty()).unwrap();
        command.env(name, descriptor.as_raw_fd().to_string());
    }
    let server = Process::listening(command);
    assert_eq!(server.addr, text_addr);
    drop((text, irc, high));
    let mut al = Client::connect(irc_addr);
    al.say("NICK al");
    al.say("USER al 0 * :Al");
    al.expect_line(":chatctl.local 001 al :Welcome to chatctl, al\r");
    Client::log_in(text_addr, "tom").ask("quit", &["server: bye"]);
}

#[test]
fn the_unit_of_the_package_gives_the_server_no_more_than_it_needs() {
    let mut command = Command::new("systemd-analyze");
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/systemd/chatctl.service");
    // Exposure is counted in tenths, and any above the threshold is a failure.
    command.args(["security", "--offline=true", "--threshold=20", "--no-pager", unit]);
    let Ok(output) = command.output() else { return skipped("systemd-analyze") };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units_of_the_package() {
    let folder = TempDir::new().unwrap();
    let units =
        ["systemd/chatctl.service", "socket/chatctl.socket", "socket/chatctl-web.socket", "socket/chatctl-tls.socket"];
    let places = units.map(|unit| {
        let text = fs::read_to_string(format!("{}/contrib/{unit}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let place = folder.path().join(unit.split_once('/').unwrap().1);
        // The program is where it is when nothing is installed.
        fs::write(&place, text.replace("/usr/bin/chatctl", cargo_bin!("chatctl").to_str().unwrap())).unwrap();
        place
    });
    let Ok(found) = Command::new("systemd-analyze").arg("verify").args(&places).output() else {
        return skipped("systemd-analyze");
    };
    let complaint = String::from_utf8_lossy(&found.stderr);
    assert!(found.status.success() && complaint.is_empty(), "{complaint}");
}
