//! Conversations about who decides in a room, and what.

use super::*;

#[test]
fn whoever_opens_a_room_decides_about_it_and_then_the_oldest_member() {
    play(
        "
        A  create room lobby carol,bob
            A B C lobby/server: alice created the room with carol, bob
        B  topic lobby tea
            B error: not-the-owner: lobby
        D  topic lobby tea
            D error: not-a-member: lobby
        D  topic lobby
            D server: lobby has no topic
        A  topic lobby tea  and cake
            A B C lobby/server: alice set the topic: tea  and cake
        D  topic LOBBY
            D server: topic of lobby: tea  and cake
        A  leave room lobby
            A B C lobby/server: alice left
            B C lobby/server: carol has the room
        C  give room lobby bob
            B C lobby/server: carol gave the room to bob
        C  give room lobby carol
            C error: not-the-owner: lobby
        B  give room lobby alice
            B error: not-a-member: alice is not in lobby
        B  give room lobby eve
            B error: no-such-user: eve
        B  (ends)
            C lobby/server: bob left (connection closed)
            C lobby/server: carol has the room
        D  show room lobby
            D server: lobby: open, owner carol, 1 member, #1 to #7
        C  leave room lobby
            C lobby/server: carol left
        D  show room lobby
            D error: no-such-room: lobby
        D  join room lobby
            D lobby/server: dave joined
        D  show room lobby
            D server: lobby: open, owner dave, 1 member, #1 to #9
        D  topic lobby
            D server: topic of lobby: tea  and cake
        ",
    );
}

#[test]
fn who_is_removed_hears_it_and_nothing_more() {
    play(
        "
        A  create room lobby bob,carol
            A B C lobby/server: alice created the room with bob, carol
        B  kick lobby carol
            B error: not-the-owner: lobby
        A  kick lobby dave
            A error: not-a-member: dave is not in lobby
        A  kick lobby eve
            A error: no-such-user: eve
        A  kick nowhere bob
            A error: no-such-room: nowhere
        A  kick lobby BOB too loud
            A B C lobby/server: alice removed bob (too loud)
        B  send lobby what?
            B error: not-a-member: lobby
        A  send lobby quiet now
            A C lobby/alice: quiet now
        B  join room lobby
            A B C lobby/server: bob joined
        A  kick lobby alice
            A B C lobby/server: alice removed alice
            B C lobby/server: carol has the room
        ",
    );
}

#[test]
fn who_is_banned_cannot_enter_by_any_way() {
    play(
        "
        A  create room lobby bob
            A B lobby/server: alice created the room with bob
        A  ban lobby Bob
            A B lobby/server: alice banned bob
        A  ban lobby bob
            A error: banned: bob is banned from lobby
        B  join room lobby
            B error: banned: lobby
        B  resume lobby #0
            B error: banned: lobby
        A  invite lobby bob
            A error: banned: bob is banned from lobby
        A  ban lobby Eve
            A lobby/server: alice banned Eve
        A  unban lobby dave
            A error: not-banned: dave is not banned from lobby
        A  leave room lobby
            A lobby/server: alice left
        B  create room lobby
            B error: banned: lobby
        C  create room lobby bob
            C error: banned: bob is banned from lobby
        C  create room lobby
            C lobby/server: carol created the room
        C  unban lobby BOB
            C lobby/server: carol lifted the ban of bob
        B  join room lobby
            B C lobby/server: bob joined
        ",
    );
}

#[test]
fn a_ban_that_would_meet_everybody_and_the_own_one() {
    play(
        "
        A  create room lobby bob
            A B lobby/server: alice created the room with bob
        A  ban lobby *
            A error: bad-name: '*': 1 to 32 letters, digits, _ or -
        A  ban lobby alice
            A B lobby/server: alice banned alice
            B lobby/server: bob has the room
        A  give room lobby alice
            A error: not-a-member: lobby
        B  give room lobby alice
            B error: not-a-member: alice is not in lobby
        B  ban lobby bob
            B lobby/server: bob banned bob
        A  list rooms
            A server: rooms (0)
        B  create room lobby
            B error: banned: lobby
        ",
    );
}

#[test]
fn a_room_has_a_hundred_bans_at_most() {
    let mut chat = four(Limits::default());
    chat.play(
        "
        A  create room lobby
            A lobby/server: alice created the room
        ",
    );
    for number in 0..100 {
        let _ = chat.type_line('A', &format!("ban lobby u{number}"));
    }
    chat.play(
        "
        A  ban lobby bob
            A error: too-many: 100 users are banned from lobby
        A  unban lobby u7
            A lobby/server: alice lifted the ban of u7
        A  ban lobby bob
            A lobby/server: alice banned bob
        ",
    );
}

#[test]
fn a_private_room_is_known_to_those_alone_who_are_in_it_or_invited() {
    play(
        "
        A  create room den bob
            A B den/server: alice created the room with bob
        B  set room den private
            B error: not-the-owner: den
        A  set room den private
            A B den/server: alice made the room private
        C  list rooms
            C server: rooms (0)
        B  list rooms
            B server: rooms (1): den
        C  join room den
            C error: no-such-room: den
        C  resume den #0
            C error: no-such-room: den
        C  list members den
            C error: no-such-room: den
        C  send den hi
            C error: no-such-room: den
        C  leave room den
            C error: no-such-room: den
        C  history den
            C error: no-such-room: den
        C  show room den
            C error: no-such-room: den
        C  topic den
            C error: no-such-room: den
        C  invite den dave
            C error: no-such-room: den
        C  create room den
            C error: room-exists: den
        B  invite den carol,eve,alice,dave
            B server: invited carol, dave to den
            C server: bob invites you to den
            D server: bob invites you to den
            B error: no-such-user: eve
            B error: already-a-member: alice is in den
        C  show room den
            C server: den: private, owner alice, 2 members, #1 to #2
        C  send den hi
            C error: not-a-member: den
        C  join room den
            A B C den/server: carol joined
        C  leave room den
            A B C den/server: carol left
        C  join room den
            C error: no-such-room: den
        A  ban den dave
            A B den/server: alice banned dave
        D  join room den
            D error: no-such-room: den
        A  set room den open
            A B den/server: alice made the room open
        D  join room den
            D error: banned: den
        C  join room den
            A B C den/server: carol joined
        ",
    );
}

#[test]
fn a_private_room_is_gone_with_its_last_member() {
    play(
        "
        A  create room den
            A den/server: alice created the room
        A  set room den private
            A den/server: alice made the room private
        A  invite den bob
            A server: invited bob to den
            B server: alice invites you to den
        A  leave room den
            A den/server: alice left
        B  join room den
            B error: no-such-room: den
        B  create room den
            B den/server: bob created the room
        B  show room den
            B server: den: open, owner bob, 1 member, #1 to #1
        ",
    );
}

#[test]
fn who_wants_to_be_asked_is_not_put_into_rooms() {
    play(
        "
        B  set invitations ask
            B server: others ask before they put you into a room
        A  create room tea bob,carol
            A server: invited bob to tea
            A C tea/server: alice created the room with carol
            B server: alice invites you to tea
        B  join room tea
            A B C tea/server: bob joined
        B  set invitations join
            B server: others may put you into a room
        A  create room cake bob
            A B cake/server: alice created the room with bob
        ",
    );
}

#[test]
fn nobody_has_more_than_a_hundred_invitations_and_those_to_gone_rooms_do_not_count() {
    let mut chat = four(Limits { max_rooms: 200, ..Limits::default() });
    let _ = chat.type_line('B', "set invitations ask");
    for number in 0..100 {
        let _ = chat.type_line('A', &format!("create room r{number} bob"));
    }
    chat.play(
        "
        A  create room more bob
            A error: too-many: bob has 100 invitations
        A  set room r5 private
            A r5/server: alice made the room private
        A  invite r6 bob
            A server: invited bob to r6
            B server: alice invites you to r6
        A  leave room r5
            A r5/server: alice left
        A  create room more bob
            A server: invited bob to more
            A more/server: alice created the room
            B server: alice invites you to more
        ",
    );
}

#[test]
fn who_runs_the_server_may_what_owners_may() {
    let mut chat = four(Limits::default());
    chat.play(
        "
        E  (runs the server)
            E server: set your name please:
        E  root
            E server: let's start chatting!
        A  create room den bob
            A B den/server: alice created the room with bob
        A  set room den private
            A B den/server: alice made the room private
        E  list rooms
            E server: rooms (1): den
        E  kick den alice out
            A B den/server: root removed alice (out)
            E den/server: root removed alice (out)
            B den/server: bob has the room
        E  ban den alice
            B den/server: root banned alice
            E den/server: root banned alice
        E  list stats
            E stats
        E  join room den
            B E den/server: root joined
        E  topic den quiet
            B E den/server: root set the topic: quiet
        ",
    );
}

#[test]
fn the_lobby_of_the_server_is_nobodys() {
    let mut chat = four(Limits::default());
    let lobby = crate::protocol::name::RoomName::new("lobby").unwrap();
    for who in ['A', 'B'] {
        let decision = chat.hub.decide_lobby(chat.people[&who], &lobby, chat.now());
        let _ = chat.hub.apply(decision);
    }
    chat.play(
        "
        A  kick lobby bob
            A error: not-the-owner: lobby
        A  show room lobby
            A server: lobby: open, no owner, 2 members, #1 to #2
        A  leave room lobby
            A B lobby/server: alice left
        B  leave room lobby
            B lobby/server: bob left
        A  create room lobby
            A lobby/server: alice created the room
        A  topic lobby mine
            A error: not-the-owner: lobby
        ",
    );
}
