//! Capabilities one by one: who has asked for one gets what it says, and nobody else does.

use std::net::SocketAddr;

use chatctl::server::Config;
use data_encoding::BASE64;

use super::user::IrcUser;
use crate::support::Server;

#[test]
fn a_client_that_knows_no_values_is_told_none() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::connect(server.irc());
    al.say("CAP LS");
    let plain = al.line();
    assert!(plain.starts_with(":chatctl.local CAP * LS :account-notify ") && !plain.contains('='), "{plain}");
    al.ask("CAP LIST", &[":chatctl.local CAP * LIST :"]);
    al.say("CAP LS 302");
    let valued = al.line();
    for (name, value) in [("sasl", "PLAIN"), ("draft/multiline", "max-bytes=8192,max-lines=100")] {
        assert!(valued.split(' ').any(|word| word == format!("{name}={value}")), "{valued}");
        assert!(plain.split(' ').any(|word| word == name), "{plain}");
    }
    // Who has once said that it knows them is told so ever after.
    al.ask("CAP LS", &[&valued]);
    al.ask("CAP LIST", &[":chatctl.local CAP * LIST cap-notify"]);
    al.ask("CAP REQ :-cap-notify batch", &[":chatctl.local CAP * ACK :-cap-notify batch"]);
    al.ask("CAP LIST", &[":chatctl.local CAP * LIST batch"]);
}

#[test]
fn who_takes_no_tags_gets_none() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::with_caps(server.irc(), "al", "message-tags");
    al.answers("MODE al +B");
    let mut users: Vec<IrcUser> = ["", "message-tags", "server-time", "account-tag"]
        .into_iter()
        .enumerate()
        .map(|(number, caps)| IrcUser::with_caps(server.irc(), &format!("u{number}"), caps))
        .collect();
    al.say("@+draft/react=x PRIVMSG u0,u1,u2,u3 :hi");
    let told: Vec<String> = users.iter_mut().map(IrcUser::line).collect();
    assert_eq!(told[0], ":al!al@HOST PRIVMSG u0 :hi");
    assert!(
        told[1].starts_with("@msgid=") && told[1].ends_with(";bot;+draft/react=x :al!al@HOST PRIVMSG u1 :hi"),
        "{told:?}"
    );
    assert_eq!(told[2], "@time=TIME :al!al@HOST PRIVMSG u2 :hi");
    assert_eq!(told[3], ":al!al@HOST PRIVMSG u3 :hi", "of an account nothing is known");
}

#[test]
fn who_wants_an_echo_hears_oneself_as_others_do() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::with_caps(server.irc(), "al", "echo-message message-tags");
    let mut bob = IrcUser::with_caps(server.irc(), "bob", "message-tags");
    al.join("#tea");
    bob.join("#tea");
    al.pending();
    for line in ["PRIVMSG #tea :hi", "NOTICE #tea :hi", "@+a=b TAGMSG #tea", "PRIVMSG bob :hi", "NOTICE bob :hi"] {
        al.say(line);
        let (echo, told) = (al.raw_line(), bob.raw_line());
        assert_eq!(echo, told);
    }
    for line in ["PRIVMSG nobody :hi", "PRIVMSG #tea :\u{2}"] {
        assert_eq!(al.answers(line).len(), 1, "what is refused has no echo");
    }
    al.answers("CAP REQ -echo-message");
    al.say("PRIVMSG #tea :hi");
    al.expect_nothing();
}

/// What a member with this capability hears of somebody who comes and does things.
fn heard(addr: SocketAddr, cap: &str) -> Vec<String> {
    let mut al = IrcUser::with_caps(addr, "al", cap);
    al.join("#tea");
    let mut bob = IrcUser::log_in(addr, "bob");
    let _eve = IrcUser::log_in(addr, "eve");
    for line in ["AWAY :out", "JOIN #tea", "AWAY", "SETNAME :Robert", "INVITE eve #tea", "REGISTER * * hunter22"] {
        bob.say(line);
    }
    bob.pending();
    let mut lines = al.pending();
    lines.extend(al.answers("NAMES #tea").into_iter().take(1));
    lines
}

#[test]
fn each_capability_changes_its_own_lines_and_no_others() {
    let plain = [":bob!bob@HOST JOIN #tea", ":chatctl.local 353 al = #tea :@al bob"];
    for (cap, lines) in [
        ("batch", plain.to_vec()),
        ("extended-join", vec![":bob!bob@HOST JOIN #tea * :Real bob", plain[1]]),
        ("away-notify", vec![plain[0], ":bob!bob@HOST AWAY :out", ":bob!bob@HOST AWAY", plain[1]]),
        ("setname", vec![plain[0], ":bob!bob@HOST SETNAME :Robert", plain[1]]),
        ("invite-notify", vec![plain[0], ":bob!bob@HOST INVITE eve #tea", plain[1]]),
        ("account-notify", vec![plain[0], ":bob!bob@HOST ACCOUNT bob", plain[1]]),
        ("userhost-in-names", vec![plain[0], ":chatctl.local 353 al = #tea :@al!al@HOST bob!bob@HOST"]),
    ] {
        let server = Server::with_irc(Config::embedded());
        assert_eq!(heard(server.irc(), cap), lines, "{cap}");
    }
}

#[test]
fn who_enters_with_an_account_is_said_to_have_it() {
    let server = Server::with_irc(Config::embedded());
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let mut bob = IrcUser::with_caps(server.irc(), "bob", "extended-join account-tag");
    bob.join("#tea");
    let mut alice = super::accounts::authenticated(&server, "alice", "hunter22");
    super::accounts::greeted(&mut alice, "alice");
    alice.join("#tea");
    bob.expect(&["@account=alice :alice!u@alice.account JOIN #tea alice :Real"]);
}

#[test]
fn lines_between_two_requests_are_spelled_by_what_holds_then() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    al.send(b"PRIVMSG al :1\r\nCAP REQ server-time\r\nPRIVMSG al :2\r\nCAP REQ -server-time\r\nPRIVMSG al :3\r\n");
    al.expect(&[
        ":al!al@HOST PRIVMSG al :1",
        ":chatctl.local CAP al ACK server-time",
        "@time=TIME :al!al@HOST PRIVMSG al :2",
        ":chatctl.local CAP al ACK -server-time",
        ":al!al@HOST PRIVMSG al :3",
    ]);
    al.send(b"CAP REQ :batch labeled-response\r\n@label=a PING 1\r\nCAP REQ -labeled-response\r\n@label=b PING 2\r\n");
    al.expect(&[
        ":chatctl.local CAP al ACK :batch labeled-response",
        "@label=a :chatctl.local PONG chatctl.local 1",
        ":chatctl.local CAP al ACK -labeled-response",
        ":chatctl.local PONG chatctl.local 2",
    ]);
}

#[test]
fn a_long_secret_comes_in_pieces() {
    let server = Server::with_irc(Config::embedded());
    let (name, password) = ("渊".repeat(32), "x".repeat(128));
    let mut first = server.user(&name);
    first.ask(&format!("register {password}"), &[&format!("server: {name} is registered")]);
    let secret = BASE64.encode(format!("{name}\0{name}\0{password}").as_bytes());
    assert!(secret.len() > 400, "{}", secret.len());
    let mut al = IrcUser::connect(server.irc());
    al.ask("CAP REQ sasl", &[":chatctl.local CAP * ACK sasl"]);
    al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    al.say(&format!("AUTHENTICATE {}", &secret[..400]));
    al.expect_nothing();
    al.say(&format!("AUTHENTICATE {}", &secret[400..]));
    assert!(al.line().starts_with(":chatctl.local 900 * * "));
    al.expect(&[":chatctl.local 903 * :SASL authentication successful"]);
    // What has no end is refused while it comes.
    let mut eve = IrcUser::connect(server.irc());
    eve.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    for _ in 0..4 {
        eve.say(&format!("AUTHENTICATE {}", "A".repeat(400)));
    }
    eve.ask(&format!("AUTHENTICATE {}", "A".repeat(400)), &[":chatctl.local 905 * :SASL message too long"]);
}
