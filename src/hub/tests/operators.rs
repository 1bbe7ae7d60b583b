//! Conversations about those who run the server.

use super::*;

/// A to D, and O who runs the server.
fn with_operator() -> Chat {
    let mut chat = four(Limits::default());
    let _ = chat.act("O (runs the server)");
    let _ = chat.type_line('O', "keeper");
    chat
}

#[test]
fn an_operator_makes_accounts_and_appoints_others() {
    let mut chat = with_operator();
    chat.play(
        "
        O  create account bob
            O error: name-taken: bob
        O  create account eve
            O wants a password of eve
        O  (makes eve)
            O asks for the hash of eve
        O  (is hashed)
            O server: the password of eve is k3v9-x7qp-2mzd
        O  create account EVE
            O error: already-registered: eve
        O  list accounts
            O server: accounts (1): eve
            O server: operators (0)
        O  appoint eve
            O server: eve is an operator of this server
        O  appoint eve
            O error: already-an-operator: eve
        O  list accounts
            O server: accounts (1): eve
            O server: operators (1): eve
        E  (connects)
            E server: set your name please:
        E  eve
            E error: insecure: passwords only over TLS
            E server: set your name please:
        ",
    );
    let (id, _) = chat.hub.connect(SessionOrigin::RemoteSecure, "text", chat.now());
    chat.people.insert('F', id);
    chat.play(
        "
        F  eve
            F server: password please:
        F  k3v9-x7qp-2mzd
            F asks for a look at the password of eve
        F  (is right)
            F server: let's start chatting!
        F  reset password keeper
            F error: not-registered: keeper
        F  reset password eve
            F wants a password of eve
        F  (changes eve)
            F asks for the hash of eve
        F  (is hashed)
            F server: the password of eve is k3v9-x7qp-2mzd
        F  list stats
            F stats
        A  create room den
            A den/server: alice created the room
        F  kick den alice
            A den/server: eve removed alice
            F den/server: eve removed alice
        O  dismiss eve
            F server: you are no operator of this server any more
            O server: eve is no operator of this server any more
        O  dismiss eve
            O error: not-an-operator: eve
        F  list accounts
            F error: unknown-command: 'list accounts'; try 'help'
        F  kick den alice
            F error: no-such-room: den
        ",
    );
}

#[test]
fn to_others_there_are_no_such_commands() {
    play(
        "
        A  create account eve
            A error: unknown-command: 'create account'; try 'help'
        A  Create  Account
            A error: unknown-command: 'create account'; try 'help'
        A  kick server bob
            A error: unknown-command: 'kick server'; try 'help'
        A  unban server
            A error: unknown-command: 'unban server'; try 'help'
        A  announce
            A error: unknown-command: 'announce'; try 'help'
        A  list bans
            A error: unknown-command: 'list bans'; try 'help'
        A  help list bans
            A error: unknown-command: 'list bans'; try 'help'
        A  help drop
            A error: unknown-command: 'drop'; try 'help'
        ",
    );
}

#[test]
fn what_is_wrong_with_a_command_of_operators_is_said_like_elsewhere() {
    with_operator().play(
        "
        O  create account
            O error: bad-command: usage: create account NAME
        O  kick server
            O error: bad-command: usage: kick server NAME
        O  ban server bob carol
            O error: bad-command: usage: ban server NAME
        O  list bans den zoo
            O error: bad-command: usage: list bans [ROOM]
        O  appoint
            O error: bad-command: usage: appoint NAME
        O  announce
            O error: bad-command: usage: announce TEXT
        O  drop account a/b
            O error: bad-name: 'a/b': 1 to 32 letters, digits, _ or -
        O  drop account eve
            O error: not-registered: eve
        O  appoint bob
            O error: not-registered: bob
        O  kick server eve
            O error: no-such-user: eve
        O  unban server bob
            O error: not-banned: bob is not banned from this server
        O  list bans den
            O error: no-such-room: den
        O  help drop
            O server: drop account NAME - give somebody's account up
        ",
    );
}

#[test]
fn a_ban_meets_whoever_has_the_name() {
    with_operator().play(
        "
        B  create room den alice
            A B den/server: bob created the room with alice
        O  ban server BOB
            O server: banned bob from this server
            A den/server: bob left (removed)
            A den/server: alice has the room
            B error: banned: bob is banned from this server
            B closed
        O  ban server bob
            O error: banned: bob is banned from this server
        O  list bans
            O server: bans (1): bob
        B  (connects)
            B server: set your name please:
        B  Bob
            B error: banned: bob is banned from this server
            B server: set your name please:
        B  rob
            B server: let's start chatting!
        B  rename bob
            B error: banned: bob is banned from this server
        O  kick server rob
            O server: removed rob from this server
            B error: removed: an operator of the server has closed your connection
            B closed
        O  unban server bob
            O server: lifted the ban of bob from this server
        B  (connects)
            B server: set your name please:
        B  bob
            B server: let's start chatting!
        O  announce tea - now
            A B C D O server: keeper announces: tea - now
        O  ban server keeper
            O server: banned keeper from this server
            O error: banned: keeper is banned from this server
            O closed
        O  (runs the server)
            O server: set your name please:
        O  keeper
            O server: let's start chatting!
        ",
    );
}

#[test]
fn a_room_whose_owner_is_dropped_has_another() {
    with_operator().play(
        "
        A  register hunter22
            A error: insecure: passwords only over TLS
        O  register hunter22
            O asks for the hash of keeper
        O  (is hashed)
            O server: keeper is registered
        O  create room den alice
            A O den/server: keeper created the room with alice
        O  quit
            O server: bye
            O closed
        P  (runs the server)
            P server: set your name please:
        P  warden
            P server: let's start chatting!
        A  show room den
            A server: den: open, owner keeper, 2 members, #1 to #1
        P  drop account keeper
            A den/server: keeper left
            A den/server: alice has the room
            P server: keeper is no longer registered
        A  show room den
            A server: den: open, owner alice, 1 member, #1 to #3
        P  list accounts
            P server: accounts (0)
            P server: operators (0)
        ",
    );
}

#[test]
fn whoever_is_dropped_while_here_goes_on_as_a_guest() {
    with_operator().play(
        "
        O  register hunter22
            O asks for the hash of keeper
        O  (is hashed)
            O server: keeper is registered
        P  (runs the server)
            P server: set your name please:
        P  warden
            P server: let's start chatting!
        O  create room den
            O den/server: keeper created the room
        P  drop account keeper
            O server: keeper is no longer registered
            P server: keeper is no longer registered
        O  send den still here
            O den/keeper: still here
        O  quit
            O server: bye
            O closed
        P  join room den
            P den/server: warden joined
        ",
    );
}
