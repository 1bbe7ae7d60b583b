//! What operators decided about a room and its members holds after the server was killed.

use super::user::IrcUser;
use crate::support::Process;

fn serve(folder: &str) -> (Process, IrcUser) {
    let server = Process::serve(&["--data", folder, "--irc", "127.0.0.1:0"]);
    let said = server.lines(2);
    let addr =
        said[1].split(' ').find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("an address in {said:?}"));
    (server, IrcUser::log_in(addr, "bob"))
}

#[test]
fn a_room_is_set_as_before_and_a_topic_that_was_cleared_stays_cleared() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    let (server, mut bob) = serve(folder);
    let mut al = server.user("al");
    al.ask("register hunter22", &["server: al is registered"]);
    al.ask("create room tea", &["tea/server: al created the room"]);
    al.ask("create room den", &["den/server: al created the room"]);
    al.ask("topic tea green", &["tea/server: al set the topic: green"]);
    bob.join("#tea");
    al.ask("give room tea bob", &["tea/server: bob joined", "tea/server: al gave the room to bob"]);
    bob.pending();
    bob.answers("TOPIC #tea :");
    bob.answers("MODE #tea +mkl sesame 9");
    bob.answers("MODE #tea +bb mal!*@* *!*@spam");
    bob.answers("MODE #tea +e bob!*@*");
    // In this one nobody is left whose modes could hold.
    bob.join("#cup");
    bob.answers("MODE #cup +k sesame");
    server.signal("KILL");
    server.wait();

    let (server, mut bob) = serve(folder);
    bob.ask("JOIN #tea", &[":chatctl.local 475 bob #tea :Cannot join channel (+k)"]);
    bob.ask("JOIN #tea sesame", &[":bob!bob@HOST JOIN #tea"]);
    let told = bob.pending();
    assert!(told.iter().all(|line| !line.contains(" 332 ")), "{told:?}");
    bob.ask("PRIVMSG #tea :hi", &[":chatctl.local 404 bob #tea :Cannot send to channel"]);
    let modes = bob.answers("MODE #tea");
    assert_eq!(modes[0], ":chatctl.local 324 bob #tea +mntkl sesame 9");
    let masks = [bob.answers("MODE #tea b"), bob.answers("MODE #tea e")].concat().join("\n");
    assert!(["mal!*@*", "*!*@spam", "bob!*@*"].iter().all(|mask| masks.contains(mask)), "{masks}");
    bob.join("#cup");
    let mut eve = server.user("eve");
    eve.ask("show room tea", &["server: tea: open, owner al, 2 members, #1 to #9"]);
}

#[test]
fn accounts_that_have_a_voice_or_are_operators_are_so_after_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    let (server, mut bob) = serve(folder);
    let mut accounts = ["al", "cy", "di"].map(|name| {
        let mut account = server.user(name);
        account.ask("register hunter22", &[&format!("server: {name} is registered")]);
        account
    });
    accounts[0].say("create room tea cy,di,bob");
    bob.pending();
    accounts[0].lines_until("tea/server: al created the room with cy, di, bob");
    accounts[0].ask("give room tea bob", &["tea/server: al gave the room to bob"]);
    bob.pending();
    bob.answers("MODE #tea +ov cy cy");
    bob.answers("MODE #tea +v di");
    bob.answers("MODE #tea +o di");
    bob.answers("MODE #tea -o di");
    bob.answers("MODE #tea +v al");
    bob.answers("MODE #tea -v al");
    server.signal("KILL");
    server.wait();

    let (server, mut bob) = serve(folder);
    bob.join("#tea");
    let names = bob.answers("NAMES #tea");
    assert_eq!(names[0], ":chatctl.local 353 bob = #tea :@al @cy +di bob");
    drop(server);
}
