//! The way in, where the table of registration says more than a greeting: order, names that are refused, figures, sources.

use std::time::Duration;

use chatctl::hub::Limits;
use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::fake::old_client::OldClient;
use crate::support::{Process, Server};

/// The address of the IRC door of a server that was started with one.
fn door(server: &Process) -> std::net::SocketAddr {
    let said = server.lines(1);
    said[0].split(' ').find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("an address in {said:?}"))
}

#[test]
fn the_server_is_called_as_its_flags_say() {
    let motd = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(motd.path(), "Be kind.\n\n渊\u{7}\n").unwrap();
    let flags = ["--irc", "127.0.0.1:0", "--web", "none", "--irc-name", "irc.tea.example", "--irc-network", "TeaNet"];
    let server = Process::serve(&[&flags[..], &["--irc-motd", motd.path().to_str().unwrap()]].concat());
    let mut al = IrcUser::connect(door(&server));
    al.say("NICK al");
    al.say("USER al 0 * :Al");
    assert_eq!(al.line(), ":irc.tea.example 001 al :Welcome to TeaNet, al");
    let mut rest = Vec::new();
    while rest.last().is_none_or(|line: &String| !line.contains(" 376 ")) {
        rest.push(al.line());
    }
    assert!(rest.iter().any(|line| line.contains(" 005 ") && line.contains(" NETWORK=TeaNet ")), "{rest:?}");
    let told: Vec<&str> = rest.iter().filter_map(|line| line.strip_prefix(":irc.tea.example 372 al :- ")).collect();
    assert_eq!(told, ["Be kind.", "", "渊"]);
    let refused = |flag: &str, value: &str| {
        let mut serve = assert_cmd::cargo::cargo_bin_cmd!("chatctl");
        let output = serve.args(["serve", "--listen", "127.0.0.1:0", flag, value]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for (flag, value) in [("--irc-name", "two words"), ("--irc-network", ""), ("--irc-motd", "/nowhere")] {
        let (code, said) = refused(flag, value);
        assert!(code == Some(2) && said.contains(flag), "{flag}: {code:?} {said}");
    }
}

#[test]
fn what_a_client_says_of_itself_may_come_in_any_order() {
    let server = Server::with_irc(Config::embedded());
    for (number, lines) in [
        ["NICK", "USER", "CAP LS 302", "CAP END"],
        ["CAP REQ :batch", "USER", "NICK", "CAP END"],
        ["USER", "CAP LS", "NICK", "CAP END"],
    ]
    .into_iter()
    .enumerate()
    {
        let nick = format!("al{number}");
        let mut al = IrcUser::connect(server.irc());
        for line in lines {
            match line {
                "NICK" => al.say(&format!("NICK {nick}")),
                "USER" => al.say("USER al 0 * :Al"),
                other => al.say(other),
            }
            // It negotiates from its first CAP on, and nothing is claimed before it says that it is done.
            if number > 0 && line != "CAP END" {
                assert!(al.pending().iter().all(|line| line.contains(" CAP ")), "{line}");
            }
        }
        let last = format!(":chatctl.local 422 {nick} :No message of the day");
        while al.line() != last {}
    }
}

#[test]
fn what_irssi_sends_at_once_is_answered_line_by_line() {
    let server = Server::with_irc(Config::embedded());
    let mut iris = IrcUser::connect(server.irc());
    iris.send(b"CAP LS 302\r\nJOIN :\r\n");
    assert!(iris.line().starts_with(":chatctl.local CAP * LS :"));
    iris.expect(&[":chatctl.local 451 * :You have not registered"]);
    iris.send(b"CAP REQ :multi-prefix\r\nCAP END\r\nNICK iris\r\nUSER iris iris 127.0.0.1 :\xe6\xb8\x8a\r\n");
    iris.expect(&[":chatctl.local CAP * ACK multi-prefix", ":chatctl.local 001 iris :Welcome to chatctl, iris"]);
}

#[test]
fn a_client_may_give_twenty_names_that_are_refused() {
    let server = Server::with_irc(Config::embedded());
    let _bob = server.user("bob");
    let mut al = IrcUser::connect(server.irc());
    al.say("USER al 0 * :Al");
    for _ in 0..19 {
        al.ask("NICK bob", &[":chatctl.local 433 * bob :Nickname is already in use"]);
    }
    al.ask(
        "NICK bob",
        &[
            ":chatctl.local 433 * bob :Nickname is already in use",
            "ERROR :Closing link: (login-failed: 20 names refused)",
        ],
    );
    al.expect_end();
}

#[test]
fn who_gives_no_name_in_time_is_told_so() {
    let limits = Limits { login_timeout: Duration::from_millis(200), ..Limits::default() };
    let server = Server::with_irc(Config { limits, ..Config::embedded() });
    let mut al = IrcUser::connect(server.irc());
    al.say("NICK al");
    al.expect(&["ERROR :Closing link: (login-failed: no line with a name within 0.2 s)"]);
    al.expect_end();
}

#[test]
fn the_words_of_user_are_kept_as_far_as_they_can_be() {
    let server = Server::with_irc(Config::embedded());
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    let long = "r".repeat(127) + "渊";
    for (nick, user, real, known) in [
        ("a1", "al!@#b", "Al", "alb"),
        ("a2", "~a.b_c-d~", "Al", "a.b_c-d"),
        ("a3", "渊", "Al", "user"),
        ("a4", "abcdefghijklmnopqrstuvwxyz", "Al", "abcdefghijklmnopqr"),
        ("a5", "al", &long, "al"),
        ("a6", "al", "tab\tand bell\u{7}", "al"),
    ] {
        let mut al = IrcUser::connect(server.irc());
        al.say(&format!("NICK {nick}"));
        al.say(&format!("USER {user} 0 * :{real}"));
        while !al.line().contains(" 422 ") {}
        let told: String = real.chars().filter(|c| !c.is_control()).collect();
        let told = if told.len() > 128 { "r".repeat(127) } else { told };
        let colon = if told.contains(' ') { ":" } else { "" };
        eve.ask(&format!("WHO {nick} %unr"), &[&format!(":chatctl.local 354 eve {known} {nick} {colon}{told}")]);
        eve.expect(&[&format!(":chatctl.local 315 eve {nick} :End of /WHO list")]);
    }
}

#[test]
fn figures_are_of_who_and_what_is_here() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let (mut bob, _tom) = (IrcUser::log_in(server.irc(), "bob"), server.user("tom"));
    al.join("#a");
    bob.join("#b");
    let mut nameless = IrcUser::connect(server.irc());
    nameless.ask("PING x", &[":chatctl.local PONG chatctl.local x"]);
    bob.ask("QUIT", &["ERROR :Closing link: (Quit)"]);
    bob.expect_end();
    al.answers("MODE al +i");
    let told = [
        "251 al :There are 1 users and 1 invisible on 1 servers",
        "252 al 0 :operator(s) online",
        "253 al 1 :unknown connection(s)",
        "254 al 1 :channels formed",
        "255 al :I have 2 clients and 0 servers",
        "265 al 2 3 :Current local users 2, max 3",
        "266 al 2 3 :Current global users 2, max 3",
    ];
    assert_eq!(al.answers("LUSERS"), told.map(|line| format!(":chatctl.local {line}")));
}

#[test]
fn a_name_that_is_none_is_refused_before_and_after() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::connect(server.irc());
    let long = "x".repeat(33);
    for nick in ["[x]", "a|away", "-al", "#al", &long] {
        al.ask(
            &format!("NICK {nick}"),
            &[&format!(":chatctl.local 432 * {nick} :'{nick}': 1 to 32 letters, digits, _ or -")],
        );
    }
    al.say("NICK server");
    assert_eq!(al.line(), ":chatctl.local 432 * server :'server' is reserved");
    drop(al);
    let mut al = IrcUser::log_in(server.irc(), "al");
    for nick in ["[x]", "a|away"] {
        let told = format!(":chatctl.local 432 al {nick} :'{nick}': 1 to 32 letters, digits, _ or -");
        al.ask(&format!("NICK {nick}"), &[&told]);
    }
}

/// What stands behind the `@` of this user.
fn host(eve: &mut IrcUser, nick: &str) -> String {
    eve.say(&format!("USERHOST {nick}"));
    let line = eve.raw_line();
    line.rsplit_once('@').unwrap_or_else(|| panic!("{line}")).1.to_owned()
}

#[test]
fn nobody_learns_an_address_and_who_comes_from_one_is_seen_to() {
    let server = Server::with_irc(Config::embedded());
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    let _bob = IrcUser::log_in(server.irc(), "bob");
    let (one, other) = (host(&mut eve, "eve"), host(&mut eve, "bob"));
    assert_eq!(one, other, "both are of one address");
    assert!(!one.contains("127") && one.len() == 8 + ".guest".len(), "{one}");
    // With a key of its own, another server calls the same address otherwise.
    let another = Server::with_irc(Config::embedded());
    let mut elsewhere = IrcUser::log_in(another.irc(), "eve");
    assert_ne!(host(&mut elsewhere, "eve"), one);
}

#[test]
fn whoever_comes_by_the_door_of_old_clients_has_its_name_in_the_source() {
    let server = Server::with_legacy_and_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut old = OldClient::connect(server.legacy());
    old.types("tom");
    old.shows("server: let's start chatting!");
    al.ask("USERHOST tom", &[":chatctl.local 302 al tom=+legacy@chatctl"]);
}
