//! What of accounts is known to a server that starts again.

use super::{PASSWORD_PROMPT, log_in, serve};
use crate::serve::control::Keeper;
use crate::support::{Client, PROMPT, Process, WELCOME};

/// Makes an account.
fn registered(server: &Process, name: &str) -> Client {
    let mut client = server.user(name);
    client.ask("register hunter22", &[&format!("server: {name} is registered")]);
    client
}

/// Logs in again; what is told at the login.
fn back(server: &Process, name: &str) -> (Client, Vec<String>) {
    let mut client = Client::connect(server.addr);
    client.say(name);
    client.expect(&[PROMPT, PASSWORD_PROMPT]);
    client.ask("hunter22", &[WELCOME]);
    client.say("ping back");
    let mut told = client.lines_until("server: pong back");
    told.pop();
    (client, told)
}

#[test]
fn who_owns_a_room_and_who_is_invited_is_known_after_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let [mut alice, mut bob, _carol, mut dave] =
        ["alice", "bob", "carol", "dave"].map(|name| registered(&server, name));
    alice.ask("create room den bob,dave", &["den/server: alice created the room with bob, dave"]);
    alice.ask("set room den private", &["den/server: alice made the room private"]);
    alice.ask("give room den bob", &["den/server: alice gave the room to bob"]);
    bob.lines_until("den/server: alice gave the room to bob");
    bob.ask("invite den carol", &["server: invited carol to den"]);
    dave.ask(
        "create room tea",
        &[
            "den/server: alice created the room with bob, dave",
            "den/server: alice made the room private",
            "den/server: alice gave the room to bob",
            "tea/server: dave created the room",
        ],
    );
    dave.ask("invite tea carol", &["server: invited carol to tea"]);
    server.signal("KILL");
    server.wait();

    let server = serve(dir.path());
    let (mut bob, _) = back(&server, "bob");
    bob.ask("show room den", &["server: den: private, owner bob, 3 members, #1 to #3"]);
    let (mut carol, told) = back(&server, "carol");
    assert_eq!(told, ["server: bob invites you to den", "server: dave invites you to tea"]);
    carol.ask("join room den", &["den/server: carol joined"]);
    bob.ask("kick den carol", &["den/server: carol joined", "den/server: bob removed carol"]);
    carol.expect(&["den/server: bob removed carol"]);
    // He takes it with him that it is his: the oldest who is left has it.
    bob.ask("leave room den", &["den/server: bob left"]);
    server.signal("KILL");
    server.wait();

    let server = serve(dir.path());
    let (mut carol, told) = back(&server, "carol");
    assert_eq!(told, ["server: dave invites you to tea"], "who has come is not invited any more");
    carol.ask("join room den", &["error: no-such-room: den"]);
    let (mut alice, _) = back(&server, "alice");
    alice.ask("show room den", &["server: den: private, owner alice, 2 members, #1 to #7"]);
}

#[test]
fn a_mailbox_is_as_full_after_a_restart_as_it_was_before() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    registered(&server, "bob").ask("quit", &["server: bye"]);
    let mut alice = registered(&server, "alice");
    alice.send("send message bob psst\n".repeat(999).as_bytes());
    alice.expect(&["server: kept for bob"; 999]);
    server.signal("KILL");
    server.wait();

    let server = serve(dir.path());
    // What she wrote herself does not wait for her.
    let mut carol = server.user("carol");
    carol.ask("send message alice psst", &["server: kept for alice"]);
    carol.ask("send message bob psst", &["server: kept for bob"]);
    carol.ask("send message bob psst", &["error: mailbox-full: bob"]);
    let mut bob = log_in(Client::connect(server.addr), "bob", "hunter22");
    bob.say("ping read");
    bob.lines_until("server: pong read");
    bob.ask("quit", &["server: bye"]);
    server.stop();
    let server = serve(dir.path());
    server.user("carol").ask("send message bob psst", &["server: kept for bob"]);
}

#[test]
fn who_wants_to_be_asked_is_asked_after_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let [mut bob, mut carol] = ["bob", "carol"].map(|name| registered(&server, name));
    bob.ask("set invitations ask", &["server: others ask before they put you into a room"]);
    carol.ask("set invitations ask", &["server: others ask before they put you into a room"]);
    carol.ask("set invitations join", &["server: others may put you into a room"]);
    // Who wants it as a guest wants it as an account too.
    let mut dave = server.user("dave");
    dave.ask("set invitations ask", &["server: others ask before they put you into a room"]);
    dave.ask("register hunter22", &["server: dave is registered"]);
    server.signal("KILL");
    server.wait();

    let server = serve(dir.path());
    let mut alice = server.user("alice");
    let asked = "server: invited bob, dave to den";
    alice.ask("create room den bob,carol,dave", &[asked, "den/server: alice created the room with carol"]);
    let (_, told) = back(&server, "bob");
    assert_eq!(told, ["server: alice invites you to den"]);
}

#[test]
fn a_room_whose_owner_is_no_account_any_more_goes_on_and_is_the_oldest_ones() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let [mut alice, _bob, _carol] = ["alice", "bob", "carol"].map(|name| registered(&server, name));
    alice.ask("create room den bob,carol", &["den/server: alice created the room with bob, carol"]);
    alice.ask("unregister hunter22", &["server: alice is no longer registered"]);
    // She is here, and still decides.
    alice.ask("topic den tea", &["den/server: alice set the topic: tea"]);
    server.signal("KILL");
    server.wait();

    let server = serve(dir.path());
    let (mut bob, _) = back(&server, "bob");
    bob.ask("show room den", &["server: den: open, owner bob, 2 members, #1 to #2"]);
    bob.ask("quit", &["server: bye"]);
    let mut operator = Keeper::log_in(dir.path(), "root");
    operator.ask("drop account bob", &["server: bob is no longer registered"]);
    let (mut carol, told) = back(&server, "carol");
    assert_eq!(told, ["server: new in den (4): #1 to #4"]);
    carol.ask("show room den", &["server: den: open, owner carol, 1 member, #1 to #4"]);
    server.signal("KILL");
    server.wait();

    let server = serve(dir.path());
    let (mut carol, _) = back(&server, "carol");
    carol.ask("topic den cake", &["den/server: carol set the topic: cake"]);
}

#[test]
fn a_room_from_which_everybody_is_banned_is_woken_by_an_operator_of_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let [mut alice, _bob, _carol] = ["alice", "bob", "carol"].map(|name| registered(&server, name));
    alice.ask("create room den bob,carol", &["den/server: alice created the room with bob, carol"]);
    for name in ["bob", "carol"] {
        alice.ask(&format!("ban den {name}"), &[&format!("den/server: alice banned {name}")]);
    }
    // Even herself: the room sleeps then, and those who run the server can wake it.
    alice.ask("ban den alice", &["den/server: alice banned alice"]);
    alice.ask("join room den", &["error: banned: den"]);
    alice.ask("create room den", &["error: banned: den"]);
    alice.ask("unban den alice", &["error: no-such-room: den"]);
    server.signal("KILL");
    server.wait();

    let server = serve(dir.path());
    for name in ["alice", "bob", "carol"] {
        back(&server, name).0.ask("join room den", &["error: banned: den"]);
    }
    let mut operator = Keeper::log_in(dir.path(), "root");
    operator.ask("list bans den", &["server: bans of den (3): alice, bob, carol"]);
    operator.ask("unban den alice", &["den/server: root lifted the ban of alice"]);
    let (mut alice, _) = back(&server, "alice");
    alice.ask("join room den", &["den/server: alice joined"]);
    alice.ask("show room den", &["server: den: open, owner alice, 1 member, #1 to #6"]);
}
