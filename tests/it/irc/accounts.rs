//! Accounts at the IRC door: SASL, REGISTER, and what others are told.

use chatctl::server::Config;
use data_encoding::BASE64;

use super::user::IrcUser;
use crate::support::Server;

/// `AUTHENTICATE` with the name and the password, and an answer.
fn secret(name: &str, password: &str) -> String {
    format!("AUTHENTICATE {}", BASE64.encode(format!("\0{name}\0{password}").as_bytes()))
}

/// Connects, and shows that it is of this account.
pub(super) fn authenticated(server: &Server, name: &str, password: &str) -> IrcUser {
    let mut user = IrcUser::connect(server.irc());
    user.ask("CAP REQ sasl", &[":chatctl.local CAP * ACK sasl"]);
    user.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    user.ask(
        &secret(name, password),
        &[
            &format!(":chatctl.local 900 * * {name} :You are now logged in as {name}"),
            ":chatctl.local 903 * :SASL authentication successful",
        ],
    );
    user
}

/// Says the rest, and takes the greeting.
pub(super) fn greeted(user: &mut IrcUser, name: &str) {
    user.say("NICK somebody");
    user.say("USER u 0 * :Real");
    user.say("CAP END");
    assert_eq!(user.line(), format!(":chatctl.local 001 {name} :Welcome to chatctl, {name}"));
    while !user.line().contains(" 422 ") {}
}

#[test]
fn who_logs_in_by_sasl_has_the_name_of_the_account_and_is_in_its_rooms() {
    let server = Server::with_irc(Config::embedded());
    let mut alice = server.user("alice");
    alice.ask("register hunter22", &["server: alice is registered"]);
    alice.ask("create room tea", &["tea/server: alice created the room"]);
    alice.ask("quit", &["server: bye"]);
    let mut bob = IrcUser::with_caps(server.irc(), "bob", "message-tags account-tag");
    bob.join("#tea");
    let mut al = authenticated(&server, "alice", "hunter22");
    greeted(&mut al, "alice");
    al.expect(&[
        ":alice!u@alice.account JOIN #tea",
        ":chatctl.local 353 alice = #tea :@alice bob",
        ":chatctl.local 366 alice #tea :End of /NAMES list",
    ]);
    al.say("PRIVMSG #tea :back");
    let line = bob.line();
    assert!(
        line.starts_with("@msgid=") && line.ends_with(";account=alice :alice!u@alice.account PRIVMSG #tea :back"),
        "{line}"
    );
    let seen = bob.answers("WHOIS alice");
    assert!(seen.contains(&":chatctl.local 330 bob alice alice :is logged in as".to_owned()), "{seen:?}");
    al.say("AUTHENTICATE PLAIN");
    al.expect(&["AUTHENTICATE +"]);
    al.ask(&secret("alice", "hunter22"), &[":chatctl.local 907 alice :You have already authenticated using SASL"]);
}

#[test]
fn a_wrong_password_is_said_to_be_wrong_and_another_may_follow() {
    let server = Server::with_irc(Config::embedded());
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let mut al = IrcUser::connect(server.irc());
    al.say("CAP LS 302");
    assert!(al.line().contains(" sasl=PLAIN "));
    let wrong = ":chatctl.local 904 * :SASL authentication failed: alice";
    for (said, told) in [("hunter23", wrong), ("short", ":chatctl.local 904 * :SASL authentication failed")] {
        al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
        al.ask(&secret("alice", said), &[told]);
    }
    al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    al.ask(&secret("nobody", "hunter22"), &[":chatctl.local 904 * :SASL authentication failed: nobody"]);
    al.ask(
        "AUTHENTICATE SCRAM-SHA-256",
        &[
            ":chatctl.local 908 * PLAIN :are available SASL mechanisms",
            ":chatctl.local 904 * :SASL authentication failed",
        ],
    );
    al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    al.ask("AUTHENTICATE *", &[":chatctl.local 906 * :SASL authentication aborted"]);
    al.ask("AUTHENTICATE", &[":chatctl.local 461 * AUTHENTICATE :Not enough parameters"]);
    al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    al.ask(&"x".repeat(3), &[":chatctl.local 451 * :You have not registered"]);
    al.ask(&format!("AUTHENTICATE {}", "x".repeat(401)), &[":chatctl.local 905 * :SASL message too long"]);
    al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    al.say("NICK alice");
    al.say("USER u 0 * :Real");
    al.ask(
        "CAP END",
        &[
            ":chatctl.local 906 * :SASL authentication aborted",
            ":chatctl.local 433 * alice :Nickname is already in use",
        ],
    );
    drop(authenticated(&server, "alice", "hunter22"));
}

#[test]
fn a_name_becomes_an_account_and_others_hear_of_it() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::with_caps(server.irc(), "al", "account-notify extended-join");
    al.join("#tea");
    let mut bob = IrcUser::with_caps(server.irc(), "bob", "draft/account-registration");
    bob.join("#tea");
    al.expect(&[":bob!bob@HOST JOIN #tea * :Real bob"]);
    let failed = |what: &str| format!(":chatctl.local FAIL REGISTER {what}");
    bob.ask("REGISTER * *", &[":chatctl.local 461 bob REGISTER :Not enough parameters"]);
    bob.ask(
        "REGISTER * * short",
        &[&failed("UNACCEPTABLE_PASSWORD * :A password has 8 to 128 characters and no blanks")],
    );
    bob.ask(
        "REGISTER eve * hunter22",
        &[&failed("ACCOUNT_NAME_MUST_BE_NICK eve :The account has the name that you have")],
    );
    bob.ask(
        "REGISTER bob * hunter22",
        &[
            ":chatctl.local REGISTER SUCCESS bob :The account is registered",
            ":chatctl.local 900 bob bob!bob@HOST bob :You are now logged in as bob",
        ],
    );
    al.expect(&[":bob!bob@HOST ACCOUNT bob"]);
    bob.ask("REGISTER * * hunter22", &[&failed("ALREADY_AUTHENTICATED bob :You have an account already")]);
    bob.ask("VERIFY bob 1234", &[":chatctl.local FAIL VERIFY INVALID_CODE bob :No account waits for a code"]);
    bob.say("QUIT");
    bob.expect(&["ERROR :Closing link: (Quit)"]);
    let mut early = IrcUser::connect(server.irc());
    early.ask(
        "REGISTER * * hunter22",
        &[&failed("COMPLETE_CONNECTION_REQUIRED * :Connect first: the account has the name that you have then")],
    );
    let mut bob = authenticated(&server, "bob", "hunter22");
    greeted(&mut bob, "bob");
    let seen = al.answers("WHO #tea %na");
    assert_eq!(
        seen,
        [":chatctl.local 354 al al 0", ":chatctl.local 354 al bob bob", ":chatctl.local 315 al #tea :End of /WHO list"]
    );
}

#[test]
fn only_those_may_come_who_have_an_account_if_that_is_so() {
    let config = Config::embedded();
    let limits = chatctl::hub::Limits { guests: false, ..config.limits.clone() };
    let server = Server::with_irc(Config { limits, ..config });
    let mut al = IrcUser::connect(server.irc());
    al.say("NICK al");
    al.say("USER u 0 * :Real");
    assert!(al.line().starts_with(":chatctl.local FAIL * ACCOUNT_REQUIRED :"));
}

#[test]
fn a_guest_who_logs_in_by_sasl_is_the_account_from_then_on() {
    let server = Server::with_irc(Config::embedded());
    let mut alice = IrcUser::log_in(server.irc(), "alice");
    alice.join("#home");
    alice.answers("REGISTER * * hunter22");
    alice.ask("QUIT", &["ERROR :Closing link: (Quit)"]);
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    al.join("#tea");
    bob.join("#tea");
    bob.ask("MONITOR + al,alice", &[":chatctl.local 730 bob al!al@HOST", ":chatctl.local 731 bob alice"]);
    let mut tom = server.user("tom");
    tom.ask("join room tea", &["tea/server: tom joined"]);
    bob.expect(&[":tom!text@chatctl JOIN #tea"]);
    al.pending();
    al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    al.ask(&secret("alice", "hunter23"), &[":chatctl.local 904 al :SASL authentication failed: alice"]);
    al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    al.ask(
        &secret("alice", "hunter22"),
        &[
            ":al!al@HOST PART #tea",
            ":al!al@HOST NICK alice",
            ":chatctl.local 900 alice alice!al@alice.account alice :You are now logged in as alice",
            ":chatctl.local 903 alice :SASL authentication successful",
            ":alice!al@alice.account JOIN #home",
            ":chatctl.local 353 alice = #home @alice",
            ":chatctl.local 366 alice #home :End of /NAMES list",
        ],
    );
    bob.expect(&[
        ":chatctl.local 731 bob al",
        ":al!al@HOST QUIT :Quit: Logged in to an account",
        ":chatctl.local MODE #tea +o bob",
        ":chatctl.local 730 bob alice!al@alice.account",
    ]);
    tom.expect_line("tea/server: al left (quit)");
    bob.say("PRIVMSG alice :hello");
    al.expect(&[":bob!bob@HOST PRIVMSG alice :hello"]);
    // The guest's name is free again, and the connection hears nothing of the guest's rooms.
    bob.say("PRIVMSG #tea :is al still here?");
    IrcUser::log_in(server.irc(), "al").ask("ISON al alice", &[":chatctl.local 303 al :al alice"]);
    al.expect_nothing();
}
