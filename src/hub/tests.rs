//! Conversations with the hub: who says what, and below it what everybody hears, in order.

mod digest;
mod kept_state;
mod operators;
mod roles;

use std::collections::BTreeMap;

use super::*;
use crate::protocol::command::BadCommand;
use crate::protocol::dialect::Dialect;
use crate::protocol::event::Event;
use crate::protocol::other_protocol::OtherProtocol;
use crate::protocol::refusal::DisconnectReason;
use crate::protocol::token::{Epoch, SessionToken};

/// What is to be computed of which account's password.
fn place_name(name: &PageName) -> String {
    match name {
        PageName::Room(room) => room.to_string(),
        PageName::Messages { with, own: _ } => format!("messages with {with}"),
    }
}

fn work(check: &PasswordCheck) -> String {
    let work = match &check.work {
        PasswordWork::Hash(_) => "the hash",
        PasswordWork::Verify(..) => "a look at the password",
        PasswordWork::Replace { .. } => "another hash",
    };
    format!("{work} of {}", check.name)
}

/// A hub with people called A, B, C, ... who type lines and hear lines.
struct Chat {
    hub: Hub,
    people: BTreeMap<char, SessionId>,
    now: Duration,
}

impl Chat {
    fn new(limits: Limits) -> Self {
        Self { hub: Hub::new(limits, Epoch::new(0xb1c2)), people: BTreeMap::new(), now: Duration::ZERO }
    }

    fn now(&self) -> Now {
        Now { monotonic: self.now, wall: SystemTime::UNIX_EPOCH }
    }

    fn type_line(&mut self, who: char, line: &str) -> Outputs {
        let (id, now) = (self.people[&who], self.now());
        if let Some(number) = line.strip_prefix("token ") {
            return self.hub.take_over(id, SessionToken::new(number.parse().unwrap()), now);
        }
        if self.hub.is_logged_in(id) {
            match Command::parse(line) {
                Ok(Some(command)) => self.hub.carry_out(id, command, now),
                Ok(None) => Outputs::default(),
                Err(wrong) => self.hub.refuse(id, wrong.into()),
            }
        } else if self.hub.awaited_account(id).is_some() {
            self.hub.say_password(id, Password::new(line).map_err(|wrong| BadCommand::from(wrong).into()))
        } else {
            match Command::parse_login(line).transpose() {
                Some(name) => self.hub.log_in(id, name.map_err(Refusal::from)),
                None => Outputs::default(),
            }
        }
    }

    /// `A  text` types it; `A  (connects)`, `(comes)` from the machine itself, `(ends)`, `(dies)`, `(stalls)` and `-  (waits 30)` happen.
    fn act(&mut self, step: &str) -> Outputs {
        let (who, what) = (step.chars().next().unwrap(), step[1..].trim_start());
        let now = self.now();
        match what {
            "(connects)" | "(comes)" => {
                let origin = if what == "(comes)" { SessionOrigin::Local } else { SessionOrigin::Remote };
                let (id, outputs) = self.hub.connect(origin, "text", now);
                self.people.insert(who, id);
                outputs
            }
            "(runs the server)" => {
                let (id, outputs) = self.hub.connect(SessionOrigin::Operator, "text", now);
                self.people.insert(who, id);
                outputs
            }
            "(ends)" => self.hub.depart(self.people[&who], Departure::ConnectionClosed, now),
            "(dies)" => self.hub.depart(self.people[&who], Departure::TimedOut, now),
            "(stalls)" => self.hub.depart_as_slow(self.people[&who], now),
            "(is right)" => self.hub.conclude(self.people[&who], Verdict::Right, now),
            "(is wrong)" => self.hub.conclude(self.people[&who], Verdict::Wrong, now),
            "(is busy)" => self.hub.conclude(self.people[&who], Verdict::Busy(64), now),
            "(guessed)" => self.hub.conclude(self.people[&who], Verdict::TooMany(Duration::from_millis(11_500)), now),
            "(is hashed)" => self.hub.conclude(self.people[&who], Verdict::Hashed(PasswordHash::new("$hash$")), now),
            "(stops)" => self.hub.shut_down(),
            _ if what.starts_with("(makes ") || what.starts_with("(changes ") => {
                let (verb, name) = what.trim_matches(['(', ')']).split_once(' ').unwrap();
                let wish = AccountWish { name: UserName::new(name).unwrap(), is_new: verb == "makes" };
                self.hub.give_password(self.people[&who], wish, Password::new("k3v9-x7qp-2mzd").unwrap())
            }
            _ if what.starts_with("(waits") => {
                let seconds = what.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
                self.now += Duration::from_secs(seconds);
                self.hub.expire(self.now())
            }
            line => self.type_line(who, line),
        }
    }

    /// What was heard, as `A B server: text`, `A closed`.
    fn heard(&self, outputs: Outputs) -> Vec<String> {
        let name = |id| *self.people.iter().find(|(_, person)| **person == id).unwrap().0;
        let mut heard = Vec::new();
        for output in outputs {
            match output {
                Output::Tell(audience, event) => {
                    let ids = match audience {
                        Audience::One(id) => vec![id],
                        Audience::Many(ids) => ids.to_vec(),
                    };
                    let mut who: Vec<String> = ids.into_iter().map(|id| name(id).to_string()).collect();
                    who.sort();
                    let lines = Dialect::default().spelled(&event);
                    heard.extend(lines.lines().map(|line| format!("{} {line}", who.join(" "))));
                }
                Output::Keep(_) => {}
                Output::Ask(id, Question::Page(of)) => {
                    heard.push(format!("{} asks {:?} of {} to #{}", name(id), of.range, place_name(&of.name), of.last));
                }
                Output::Ask(id, Question::Extent(of)) => {
                    let shown = Found::Extent(of, Some(1)).told().remove(0);
                    heard.push(format!("{} {}", name(id), Dialect::default().spelled(&shown).trim_end()));
                }
                Output::Ask(id, Question::Missed(of)) => {
                    for page in of.pages {
                        let (range, with) = (page.range, place_name(&page.name));
                        heard.push(format!("{} asks {range:?} of {with} to #{}", name(id), page.last));
                    }
                    for (room, (from, to)) in of.rooms {
                        heard.push(format!("{} asks new in {room} #{from} to #{to}", name(id)));
                    }
                }
                Output::Ask(id, Question::Search(of)) => {
                    let rooms: Vec<String> =
                        of.places.iter().map(|place| format!("{} to #{}", place.room, place.last)).collect();
                    heard.push(format!("{} asks where '{}' is in {}", name(id), of.words, rooms.join(", ")));
                }
                Output::Check(id, check) => heard.push(format!("{} asks for {}", name(id), work(&check))),
                Output::MakePassword(id, wish) => heard.push(format!("{} wants a password of {}", name(id), wish.name)),
                Output::MakeToken(id) => heard.push(format!("{} token", name(id))),
                Output::SetNumbers(id, on) => heard.push(format!("{} numbers {on}", name(id))),
                Output::TakeFile(id, wish) => heard.push(format!("{} file {}", name(id), wish.request)),
                Output::RemoveFile(id, _) => heard.push(format!("{} file removed", name(id))),
                Output::TellStats(id) => heard.push(format!("{} stats", name(id))),
                Output::SetCharset(id, charset) => heard.push(format!("{} charset {charset}", name(id))),
                Output::Close(id) => heard.push(format!("{} closed", name(id))),
            }
        }
        heard
    }

    /// Plays steps, each followed by what is heard, indented.
    #[track_caller]
    fn play(&mut self, conversation: &str) {
        let mut lines = conversation.lines().filter(|line| !line.trim().is_empty()).peekable();
        let margin = lines.peek().map_or(0, |line| line.len() - line.trim_start().len());
        while let Some(step) = lines.next() {
            let mut expected = Vec::new();
            while let Some(line) = lines.next_if(|line| line[margin..].starts_with(' ')) {
                expected.push(line.trim_start().to_owned());
            }
            let outputs = self.act(&step[margin..]);
            assert_eq!(self.heard(outputs), expected, "after {step}");
        }
    }
}

/// A to D, called alice, bob, carol and dave.
fn four(limits: Limits) -> Chat {
    let mut chat = Chat::new(limits);
    for (who, name) in [('A', "alice"), ('B', "bob"), ('C', "carol"), ('D', "dave")] {
        let _ = chat.act(&format!("{who} (connects)"));
        let _ = chat.type_line(who, name);
    }
    chat
}

#[track_caller]
fn play(conversation: &str) {
    four(Limits::default()).play(conversation);
}

#[test]
fn the_conversation_of_the_protocol() {
    Chat::new(Limits::default()).play(
        "
        A  (connects)
            A server: set your name please:
        A  alice
            A server: let's start chatting!
        B  (connects)
            B server: set your name please:
        B  ALICE
            B error: name-taken: alice
            B server: set your name please:
        B  bob
            B server: let's start chatting!
        A  list users
            A server: users (2): alice, bob
        A  create room lobby bob,BOB
            A B lobby/server: alice created the room with bob
        B  send lobby hi
            A B lobby/bob: hi
        A  send message bob,dave psst
            B alice: psst
            A error: no-such-user: dave
        B  rename rob
            B server: you are now rob
            A B lobby/server: bob is now rob
        A  leave room lobby
            A B lobby/server: alice left
            B lobby/server: rob has the room
        B  list rooms
            B server: rooms (1): lobby
        B  quit
            B server: bye
            B closed
        A  list rooms
            A server: rooms (0)
        ",
    );
}

#[test]
fn a_room_delivers_to_its_members_alone_and_numbers_what_it_says() {
    let mut chat = four(Limits::default());
    chat.play(
        "
        A  create room lobby alice,carol,bob
            A B C lobby/server: alice created the room with carol, bob
        B  send room LOBBY  hi
            A B C lobby/bob:  hi
        D  join room Lobby
            A B C D lobby/server: dave joined
        D  list members lobby
            D server: members of lobby (4): alice, bob, carol, dave
        ",
    );
    let mut sequences = Vec::new();
    for output in chat.type_line('A', "send lobby one").into_iter().chain(chat.type_line('B', "send lobby two")) {
        if let Output::Tell(_, Event::InRoom { sequence, mark, .. }) = output {
            sequences.push((sequence, mark.id));
        }
    }
    assert_eq!(sequences, [(4, 4), (5, 5)]);
}

#[test]
fn messages_go_to_each_once_and_the_missing_are_named() {
    play(
        "
        A  send message bob,eve,BOB,carol,alice hello
            A B C alice: hello
            A error: no-such-user: eve
        ",
    );
}

#[test]
fn a_room_with_a_missing_user_is_not_created() {
    play(
        "
        A  create room lobby eve,bob,mallory
            A error: no-such-user: eve
            A error: no-such-user: mallory
        A  list rooms
            A server: rooms (0)
        ",
    );
}

#[test]
fn what_exists_is_spelled_as_first_written_and_what_does_not_as_typed() {
    play(
        "
        A  create room Lobby
            A Lobby/server: alice created the room
        B  create room LOBBY
            B error: room-exists: Lobby
        B  send LOBBY hi
            B error: not-a-member: Lobby
        B  leave room loBBy
            B error: not-a-member: Lobby
        A  join room lobby
            A error: already-a-member: Lobby
        B  join room Nowhere
            B error: no-such-room: Nowhere
        B  list members Nowhere
            B error: no-such-room: Nowhere
        B  send room Nowhere hi
            B error: no-such-room: Nowhere
        B  rename CAROL
            B error: name-taken: carol
        B  create room with_others CAROL
            B C with_others/server: bob created the room with carol
        ",
    );
}

#[test]
fn a_misspelled_keyword_is_recognized_where_a_room_stands() {
    play(
        "
        A  send mesage bob hi
            A error: no-such-room: mesage; did you mean 'send message'?
        A  send roon lobby hi
            A error: no-such-room: roon; did you mean 'send room'?
        A  send room mesage hi
            A error: no-such-room: mesage
        ",
    );
}

#[test]
fn a_name_can_change_its_spelling_and_is_free_when_given_up() {
    play(
        "
        A  create room a bob
            A B a/server: alice created the room with bob
        A  create room b carol
            A C b/server: alice created the room with carol
        A  rename Alice
            A server: you are now Alice
            A B a/server: alice is now Alice
            A C b/server: alice is now Alice
        A  rename alicia
            A server: you are now alicia
            A B a/server: Alice is now alicia
            A C b/server: Alice is now alicia
        D  rename ALICE
            D server: you are now ALICE
        D  list users
            D server: users (4): ALICE, alicia, bob, carol
        ",
    );
}

#[test]
fn who_goes_leaves_every_room_in_sorted_order() {
    play(
        "
        A  create room zoo bob
            A B zoo/server: alice created the room with bob
        A  create room Ark bob,carol
            A B C Ark/server: alice created the room with bob, carol
        A  (ends)
            B C Ark/server: alice left (connection closed)
            B C Ark/server: bob has the room
            B zoo/server: alice left (connection closed)
            B zoo/server: bob has the room
        B  (dies)
            C Ark/server: bob left (timeout)
            C Ark/server: carol has the room
        D  list rooms
            D server: rooms (1): Ark
        D  join room ark
            C D Ark/server: dave joined
        C  (stalls)
            D Ark/server: carol left (slow consumer)
            D Ark/server: dave has the room
            C closed
        C  (ends)
        D  quit
            D server: bye
            D closed
        ",
    );
}

#[test]
fn login_ends_at_the_third_refused_name() {
    Chat::new(Limits::default()).play(
        "
        A  (connects)
            A server: set your name please:
        A  a b
            A error: bad-name: 'a b': 1 to 32 letters, digits, _ or -
            A server: set your name please:
        A  \t
        A  quit
            A error: bad-name: 'quit' is reserved
            A server: set your name please:
        A  \u{7}
            A error: bad-text: control character U+0007
            A error: login-failed: three names refused
            A closed
        A  alice
        B  (connects)
            B server: set your name please:
        B     bob  \u{20}
            B server: let's start chatting!
        ",
    );
}

#[test]
fn who_gives_no_name_in_time_is_closed_and_nobody_else() {
    Chat::new(Limits::default()).play(
        "
        A  (connects)
            A server: set your name please:
        B  (connects)
            B server: set your name please:
        -  (waits 20)
        B  bob
            B server: let's start chatting!
        C  (connects)
            C server: set your name please:
        -  (waits 9)
        -  (waits 1)
            A error: login-failed: no line with a name within 30 s
            A closed
        -  (waits 20)
            C error: login-failed: no line with a name within 30 s
            C closed
        -  (waits 3000)
        ",
    );
}

#[test]
fn limits_are_told_to_who_meets_them() {
    let mut chat = four(Limits { max_recipients: 2, max_rooms: 1, ..Limits::default() });
    chat.play(
        "
        A  send message bob,carol,dave hi
            A error: too-many: more than 2 recipients
        A  send message bob,BOB,carol hi
            B C alice: hi
        A  create room lobby
            A lobby/server: alice created the room
        A  create room lobby
            A error: too-many: more than 1 rooms
        A  join room nowhere
            A error: too-many: more than 1 rooms
        B  create room den alice,bob,carol
            B error: too-many: more than 2 users
        B  create room lobby
            B error: room-exists: lobby
        ",
    );
}

#[test]
fn who_is_put_into_rooms_by_others_keeps_all_own_places() {
    let limits = Limits { max_rooms: 2, max_rooms_by_others: 2, max_rooms_by_one: 1, ..Limits::default() };
    let mut chat = four(limits);
    chat.play(
        "
        A  create room by_alice dave
            A D by_alice/server: alice created the room with dave
        A  leave room by_alice
            A D by_alice/server: alice left
            D by_alice/server: dave has the room
        A  create room again dave
            A error: too-many: you have put dave into 1 rooms
        B  create room by_bob dave,bob
            B D by_bob/server: bob created the room with dave
        C  create room by_carol dave
            C error: too-many: others have put dave into 2 rooms
        D  create room first
            D first/server: dave created the room
        D  create room second
            D second/server: dave created the room
        D  create room third
            D error: too-many: more than 2 rooms
        D  leave room by_alice
            D by_alice/server: dave left
        C  create room by_carol dave
            C D by_carol/server: carol created the room with dave
        ",
    );
}

#[test]
fn the_rooms_of_all_users_together_have_a_limit() {
    let mut chat = four(Limits { max_rooms_total: 1, ..Limits::default() });
    chat.play(
        "
        A  create room one
            A one/server: alice created the room
        B  create room two
            B error: too-many: the server has 1 rooms
        B  join room one
            A B one/server: bob joined
        A  leave room one
            A B one/server: alice left
            B one/server: bob has the room
        B  leave room one
            B one/server: bob left
        B  create room two
            B two/server: bob created the room
        A  join room one
            A error: too-many: the server has 1 rooms
        ",
    );
}

#[test]
fn a_name_that_looks_like_a_present_one_is_not_given_until_that_is_gone() {
    let mut chat = four(Limits::default());
    chat.play(
        "
        A  rename \u{441}\u{430}\u{440}
            A server: you are now \u{441}\u{430}\u{440}
        B  rename cap
            B error: bad-name: 'cap' looks like '\u{441}\u{430}\u{440}'
        C  rename caro1
            C server: you are now caro1
        D  rename carol
            D server: you are now carol
        D  rename dave
            D server: you are now dave
        D  rename a11
            D server: you are now a11
        C  rename CAROL
            C server: you are now CAROL
        A  rename alice
            A server: you are now alice
        B  rename cap
            B server: you are now cap
        B  rename s\u{435}rver
            B error: bad-name: 's\u{435}rver' looks like 'server'
        B  create room rn\u{435}
            B error: bad-name: 'rn\u{435}' looks like 'me'
        ",
    );
}

#[test]
fn a_stranger_is_sent_away_at_once() {
    let mut chat = Chat::new(Limits::default());
    chat.play("A  (connects)\n    A server: set your name please:");
    let heard = chat.hub.log_in(chat.people[&'A'], Err(DisconnectReason::WrongDoor(OtherProtocol::Ssh).into()));
    let told = "A error: wrong-door: SSH is not spoken here; its port is usually 22";
    assert_eq!(chat.heard(heard), [told, "A closed"]);
    assert!(chat.hub.log_in(chat.people[&'A'], Ok(UserName::new("alice").unwrap())).is_empty());
}

#[test]
fn the_charset_changes_before_it_is_confirmed() {
    play(
        "
        A  set encoding GB2312
            A charset gbk
            A server: encoding is gbk
        ",
    );
}

#[test]
fn help_is_a_line_a_command() {
    play(
        "
        A  help list
            A server: list users - who is here
            A server: list rooms - which rooms there are
            A server: list members ROOM - who is in a room
        A  help send room
            A server: send room ROOM TEXT, short send ROOM TEXT - write to everybody in a room
        A  ping
            A server: pong
        A  ping x1
            A server: pong x1
        ",
    );
}

#[test]
fn a_shutdown_tells_everyone_and_announces_nobody() {
    play(
        "
        A  create room lobby bob
            A B lobby/server: alice created the room with bob
        E  (connects)
            E server: set your name please:
        -  (stops)
            A B C D E server: server is shutting down
            A closed
            B closed
            C closed
            D closed
            E closed
        A  (ends)
        B  list users
        ",
    );
}

#[test]
fn a_slot_that_is_used_again_is_another_session() {
    let mut hub = Hub::new(Limits::default(), Epoch::new(1));
    let now = Now { monotonic: Duration::ZERO, wall: SystemTime::UNIX_EPOCH };
    let (first, _) = hub.connect(SessionOrigin::Remote, "text", now);
    let _ = hub.log_in(first, Ok(UserName::new("alice").unwrap()));
    let _ = hub.depart(first, Departure::ConnectionClosed, now);
    let (second, _) = hub.connect(SessionOrigin::Remote, "text", now);
    assert_eq!(first.slot(), second.slot());
    assert_ne!(first, second);
    assert!(hub.carry_out(first, Command::ListUsers, now).is_empty());
    assert!(hub.log_in(second, Ok(UserName::new("alice").unwrap())) != Outputs::default(), "the name is free again");
}

#[test]
fn connections_that_come_and_go_leave_nothing_to_wait_for() {
    let mut hub = Hub::new(Limits { login_timeout: Duration::MAX, ..Limits::default() }, Epoch::new(1));
    let now = Now { monotonic: Duration::from_secs(1), wall: SystemTime::UNIX_EPOCH };
    let (_stays, _) = hub.connect(SessionOrigin::Remote, "text", now);
    for _ in 0..10_000 {
        let (id, _) = hub.connect(SessionOrigin::Remote, "text", now);
        let _ = hub.depart(id, Departure::ConnectionClosed, now);
    }
    assert!(hub.awaiting_name.len() <= 4, "{} of 1 session", hub.awaiting_name.len());
}

#[test]
fn the_counters_are_for_the_machine_itself() {
    let mut chat = Chat::new(Limits::default());
    let now = chat.now();
    for (who, origin) in [('A', SessionOrigin::Local), ('B', SessionOrigin::Remote)] {
        let (id, _) = chat.hub.connect(origin, "text", now);
        chat.people.insert(who, id);
    }
    chat.play(
        "
        A  alice
            A server: let's start chatting!
        B  bob
            B server: let's start chatting!
        A  list stats
            A stats
        B  list stats
            B error: unknown-command: 'list stats'; try 'help'
        ",
    );
}

#[test]
fn numbers_are_of_an_epoch() {
    play(
        "
        A  set numbers on
            A numbers true
            A server: numbers are on, epoch b1c2
        A  set numbers off
            A numbers false
            A server: numbers are off
        ",
    );
}

#[test]
fn a_resume_reaches_to_the_first_line_that_was_heard_live() {
    play(
        "
        A  create room lobby
            A lobby/server: alice created the room
        A  send lobby two
            A lobby/alice: two
        B  resume lobby #3
            B error: bad-number: lobby is at #2
        B  resume nowhere #3
            B error: no-such-room: nowhere
        B  resume LOBBY #1
            B asks Missed(1) of lobby to #2
            A B lobby/server: bob joined
        A  send lobby four
            A B lobby/alice: four
        B  resume lobby #1
            B asks Missed(1) of lobby to #2
        A  resume lobby #0
            A asks Missed(0) of lobby to #0
        A  leave room lobby
            A B lobby/server: alice left
            B lobby/server: bob has the room
        B  leave room lobby
            B lobby/server: bob left
        A  resume lobby #4
            A asks Missed(4) of lobby to #7
            A lobby/server: alice joined
        ",
    );
}

#[test]
fn a_token_takes_a_session_over_and_nobody_else_hears_of_it() {
    let mut chat = four(Limits::default());
    chat.play(
        "
        A  create room lobby bob
            A B lobby/server: alice created the room with bob
        B  token
            B token
        ",
    );
    let bob = chat.people[&'B'];
    let now = chat.now();
    let given = chat.hub.give_token(bob, SessionToken::new(7), true, now);
    assert_eq!(chat.heard(given), ["B server: token aaaaaaaaaaaaaaaaaaaaaaaaah"]);
    chat.play(
        "
        E  (connects)
            E server: set your name please:
        E  token 8
            E error: wrong-token: no session has this token
            E server: set your name please:
        E  token 7
            B error: replaced: logged in elsewhere
            B closed
            E server: let's start chatting!
        B  (ends)
        A  send lobby three
            A E lobby/alice: three
        E  send lobby four
            A E lobby/bob: four
        E  resume lobby #0
            E asks Missed(0) of lobby to #1
        B  (connects)
            B server: set your name please:
        B  token 7
            E error: replaced: logged in elsewhere
            E closed
            B server: let's start chatting!
        B  resume lobby #1
            B asks Missed(1) of lobby to #3
        B  set numbers on
            B numbers true
            B server: numbers are on, epoch b1c2
        F  (connects)
            F server: set your name please:
        F  token 7
            F numbers true
            B error: replaced: logged in elsewhere
            B closed
            F server: let's start chatting!
        B  (connects)
            B server: set your name please:
        B  token 7
            B numbers true
            F error: replaced: logged in elsewhere
            F closed
            B server: let's start chatting!
        B  leave room lobby
            A B lobby/server: bob left
        B  resume lobby #5
            B error: bad-number: lobby is at #4
        B  resume lobby #2
            B asks Missed(2) of lobby to #4
            A B lobby/server: bob joined
        B  (ends)
            A lobby/server: bob left (connection closed)
        E  (connects)
            E server: set your name please:
        E  token 7
            E error: wrong-token: no session has this token
            E server: set your name please:
        ",
    );
}

#[test]
fn a_search_is_in_the_rooms_of_who_asks() {
    play(
        "
        A  search hello
            A asks where 'hello' is in 
        A  create room zoo bob
            A B zoo/server: alice created the room with bob
        A  create room den
            A den/server: alice created the room
        A  search  hello  world
            A asks where 'hello  world' is in den to #1, zoo to #1
        A  search in zoo before #1 hello
            A asks where 'hello' is in zoo to #0
        B  search in den hello
            B error: not-a-member: den
        ",
    );
}

#[test]
fn the_token_of_an_account_is_refused_where_its_password_is() {
    let mut chat = four(Limits::default());
    local(&mut chat, 'D', "dora");
    chat.play(
        "
        D  register hunter22
            D asks for the hash of dora
        D  (is hashed)
            D server: dora is registered
        ",
    );
    let (dora, now) = (chat.people[&'D'], chat.now());
    let given = chat.hub.give_token(dora, SessionToken::new(7), true, now);
    assert_eq!(chat.heard(given), ["D server: token aaaaaaaaaaaaaaaaaaaaaaaaah"]);
    chat.play(
        "
        E  (connects)
            E server: set your name please:
        E  token 7
            E error: insecure: passwords only over TLS
            E server: set your name please:
        D  (dies)
        E  token 7
            E error: insecure: passwords only over TLS
            E server: set your name please:
        F  (comes)
            F server: set your name please:
        F  token 7
            F server: let's start chatting!
        ",
    );
}

#[test]
fn a_name_becomes_an_account_and_is_asked_for_its_password_from_then_on() {
    let mut chat = four(Limits::default());
    chat.people.retain(|who, _| *who != 'D');
    local(&mut chat, 'D', "dora");
    chat.play(
        "
        D  register hunter22
            D asks for the hash of dora
        D  (is hashed)
            D server: dora is registered
        D  register hunter22
            D error: already-registered: dora
        D  create room lobby alice
            A D lobby/server: dora created the room with alice
        D  (ends)
        A  list members lobby
            A server: members of lobby (2): alice, dora
        A  list users
            A server: users (4): alice, bob, carol, dave
        A  rename Dora
            A error: name-taken: dora
        E  (comes)
            E server: set your name please:
        E  DORA
            E server: password please:
        E  hunter23
            E asks for a look at the password of dora
        E  (is wrong)
            E error: wrong-password: dora
            E server: set your name please:
        E  dora
            E server: password please:
        E  short
            E error: bad-password: 8 to 128 characters without blanks
            E server: set your name please:
        E  dora
            E server: password please:
        E  hunter22
            E asks for a look at the password of dora
        E  (is busy)
            E error: busy: 64 logins wait
            E server: set your name please:
        E  dora
            E server: password please:
        E  hunter22
            E asks for a look at the password of dora
        E  (is right)
            E server: let's start chatting!
            E asks new in lobby #1 to #1
        A  send lobby hi
            A E lobby/alice: hi
        E  set password hunter22 hunter33
            E asks for another hash of dora
        E  (guessed)
            E error: too-many: wrong passwords; wait 12 s
        E  set password hunter22 hunter33
            E asks for another hash of dora
        E  (is hashed)
            E server: the password is changed
        E  unregister hunter33
            E asks for a look at the password of dora
        E  (is right)
            E server: dora is no longer registered
        E  unregister hunter33
            E error: not-registered: dora
        E  (ends)
            A lobby/server: dora left (connection closed)
            A lobby/server: alice has the room
        ",
    );
}

#[test]
fn the_last_word_about_a_third_wrong_password_tells_of_passwords() {
    let mut chat = four(Limits::default());
    local(&mut chat, 'E', "eve");
    chat.play(
        "
        E  register hunter22
            E asks for the hash of eve
        E  (is hashed)
            E server: eve is registered
        F  (comes)
            F server: set your name please:
        F  a b
            F error: bad-name: 'a b': 1 to 32 letters, digits, _ or -
            F server: set your name please:
        F  eve
            F server: password please:
        F  short
            F error: bad-password: 8 to 128 characters without blanks
            F server: set your name please:
        F  eve
            F server: password please:
        F  hunter23
            F asks for a look at the password of eve
        F  (is wrong)
            F error: wrong-password: eve
            F error: login-failed: three names or passwords refused
            F closed
        ",
    );
}

#[test]
fn an_account_is_connected_several_times_and_its_sessions_hear_the_same() {
    let mut chat = four(Limits::default());
    local(&mut chat, 'E', "eve");
    chat.play(
        "
        E  register hunter22
            E asks for the hash of eve
        E  (is hashed)
            E server: eve is registered
        F  (comes)
            F server: set your name please:
        F  eve
            F server: password please:
        F  hunter22
            F asks for a look at the password of eve
        F  (is right)
            F server: let's start chatting!
        F  create room lobby
            E F lobby/server: eve created the room
        A  send message eve psst
            E F alice: psst
        E  (dies)
        A  join room lobby
            A F lobby/server: alice joined
        F  quit
            F server: bye
            F closed
        A  list members lobby
            A server: members of lobby (2): alice, eve
        ",
    );
}

#[test]
fn passwords_are_taken_where_nobody_listens_and_registration_may_be_closed() {
    let mut chat = four(Limits { registration: Registration::Closed, guests: false, ..Limits::default() });
    chat.play(
        "
        A  (connects)
            A server: set your name please:
        A  alice
            A error: not-registered: alice
            A server: set your name please:
        ",
    );
    let mut chat = four(Limits::default());
    chat.play(
        "
        A  register hunter22
            A error: insecure: passwords only over TLS
        A  set password hunter22 hunter33
            A error: not-registered: alice
        ",
    );
    let mut chat = four(Limits { registration: Registration::Closed, ..Limits::default() });
    let closed = "A error: registration-closed: the operators of this server create the accounts";
    chat.play(&format!("A  register hunter22\n    {closed}"));
}

/// Somebody who connects from the machine itself and is called so.
fn local(chat: &mut Chat, who: char, name: &str) {
    let _ = chat.act(&format!("{who} (comes)"));
    let _ = chat.type_line(who, name);
}
