//! How an IRC client comes in: NICK, USER and capabilities in any order, and what it is told then.

use chatctl::server::{Config, Presentation};

use super::user::IrcUser;
use crate::support::Server;

#[test]
fn a_client_is_greeted_with_what_it_needs_to_know() {
    let presentation = Presentation { motd: vec!["Be kind.".into(), "渊".into()], ..Presentation::default() };
    let server = Server::with_irc(Config { presentation, ..Config::embedded() });
    let mut al = IrcUser::connect(server.irc());
    al.say("NICK al");
    al.say("USER al 0 * :Al Real");
    let greeting = al.pending();
    insta::assert_snapshot!(greeting.join("\n").replace(env!("CARGO_PKG_VERSION"), "VERSION"), @r"
    :chatctl.local 001 al :Welcome to chatctl, al
    :chatctl.local 002 al :Your host is chatctl.local, running chatctl-VERSION
    :chatctl.local 003 al :This server was started TIME
    :chatctl.local 004 al chatctl.local chatctl-VERSION Bi CIbeiklmnostv Ibeklov
    :chatctl.local 005 al AWAYLEN=200 BOT=B CASEMAPPING=ascii CHANLIMIT=#:100 CHANMODES=Ibe,k,l,Cimnst CHANNELLEN=33 CHANTYPES=# CHATHISTORY=100 ELIST=MNU EXCEPTS INVEX KICKLEN=390 LINELEN=512 :are supported by this server
    :chatctl.local 005 al MAXLIST=Ibe:60 MODES=20 MONITOR=100 MSGREFTYPES=msgid,timestamp NAMELEN=128 NETWORK=chatctl NICKLEN=32 PREFIX=(ov)@+ SAFELIST STATUSMSG=@+ TARGMAX=JOIN:,PART:,KICK:,NAMES:,PRIVMSG:64,NOTICE:64,TAGMSG:64,MONITOR:100 TOPICLEN=390 USERLEN=18 :are supported by this server
    :chatctl.local 005 al UTF8ONLY WHOX :are supported by this server
    :chatctl.local 251 al :There are 1 users and 0 invisible on 1 servers
    :chatctl.local 252 al 0 :operator(s) online
    :chatctl.local 253 al 0 :unknown connection(s)
    :chatctl.local 254 al 0 :channels formed
    :chatctl.local 255 al :I have 1 clients and 0 servers
    :chatctl.local 265 al 1 1 :Current local users 1, max 1
    :chatctl.local 266 al 1 1 :Current global users 1, max 1
    :chatctl.local 221 al +
    :chatctl.local 375 al :- chatctl.local Message of the day - 
    :chatctl.local 372 al :- Be kind.
    :chatctl.local 372 al :- 渊
    :chatctl.local 376 al :End of /MOTD command
    ");
}

#[test]
fn before_its_registration_a_client_can_do_little() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::connect(server.irc());
    al.ask("JOIN #tea", &[":chatctl.local 451 * :You have not registered"]);
    al.ask("NICK", &[":chatctl.local 431 * :No nickname given"]);
    al.ask("NICK a|b", &[":chatctl.local 432 * a|b :'a|b': 1 to 32 letters, digits, _ or -"]);
    al.ask("USER al 0 *", &[":chatctl.local 461 * USER :Not enough parameters"]);
    al.ask("USER al 0 * :", &[":chatctl.local 461 * USER :Not enough parameters"]);
    al.ask("PING x", &[":chatctl.local PONG chatctl.local x"]);
    al.ask("PING", &[":chatctl.local 409 * :No origin specified"]);
    al.say("PASS secret");
    al.say("");
    al.expect_nothing();
    al.ask("QUIT :so long", &["ERROR :Closing link: (Quit: so long)"]);
    al.expect_end();
}

#[test]
fn a_name_that_is_taken_can_be_exchanged_for_another() {
    let server = Server::with_irc(Config::embedded());
    let _bob = server.user("bob");
    let mut al = IrcUser::connect(server.irc());
    al.say("USER al 0 * :Al");
    for _ in 0..10 {
        al.ask("NICK BOB", &[":chatctl.local 433 * bob :Nickname is already in use"]);
    }
    al.say("NICK al");
    assert_eq!(al.line(), ":chatctl.local 001 al :Welcome to chatctl, al");
    let rest = al.pending();
    assert_eq!(rest.last().unwrap(), ":chatctl.local 422 al :No message of the day");
    al.ask("USER al 0 * :Al", &[":chatctl.local 462 al :You may not reregister"]);
    al.ask("NICK bob", &[":chatctl.local 433 al bob :Nickname is already in use"]);
}

#[test]
fn a_client_that_knows_no_name_calls_its_user_user() {
    let server = Server::with_irc(Config::embedded());
    let mut user = IrcUser::log_in(server.irc(), "user");
    user.ask("JOIN #user", &[":chatctl.local 403 user #user :No such channel"]);
}

#[test]
fn a_client_that_negotiates_is_registered_when_it_says_so() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::connect(server.irc());
    al.say("CAP LS 302");
    assert!(al.line().starts_with(":chatctl.local CAP * LS :account-notify "));
    al.say("NICK al");
    al.say("USER al 0 * :Al");
    al.expect_nothing();
    al.ask("CAP REQ :multi-prefix", &[":chatctl.local CAP * ACK multi-prefix"]);
    al.ask("CAP REQ :multi-prefix nonsense", &[":chatctl.local CAP * NAK :multi-prefix nonsense"]);
    al.ask("CAP LIST", &[":chatctl.local CAP * LIST :cap-notify multi-prefix"]);
    al.ask("CAP NONSENSE", &[":chatctl.local 410 * NONSENSE :Invalid CAP command"]);
    al.say("CAP END");
    assert_eq!(al.line(), ":chatctl.local 001 al :Welcome to chatctl, al");
    al.pending();
    al.ask("CAP REQ -multi-prefix", &[":chatctl.local CAP al ACK -multi-prefix"]);
    al.ask("CAP END", &[]);
    al.expect_nothing();
}
