//! What the checks say about scripts whose syntax is right.

use crate::diagnostic::source::Source;
use crate::diagnostic::{Color, Diagnostic, Renderer};
use crate::lang::ast::{BlockKind, Reading, Script};
use crate::lang::{parse, parse_as};

/// What is said about a text that is refused.
fn errors(text: &str) -> String {
    let errors = parse(&Source::new("test.chat", text)).expect_err("the text is wrong");
    let renderer = Renderer { color: Color::Plain };
    errors.iter().map(|error| renderer.render(error)).collect::<Vec<_>>().join("\n")
}

fn accepted(text: &str) -> bool {
    parse(&Source::new("test.chat", text)).is_ok()
}

#[test]
fn users_that_are_not_connected() {
    insta::assert_snapshot!(errors("connect alice, talker[2]\nalcie> hi\nbob< x\nzoe> y\ntalker3> z\nconnect bob\nme> x\n"), @r#"
    error: there is no user `alcie`
     --> test.chat:2:1
      |
    2 | alcie> hi
      | ^^^^^ did you mean `alice`?

    error: bob is not connected yet
     --> test.chat:3:1
      |
    3 | bob< x
      | ^^^ used here
    ...
    6 | connect bob
      |         --- only here it connects

    error: there is no user `zoe`
     --> test.chat:4:1
      |
    4 | zoe> y
      | ^^^ no `connect` above names it

    error: there is no user `talker3`
     --> test.chat:5:1
      |
    5 | talker3> z
      | ^^^^^^^ did you mean `talker`?

    error: `me` is used outside of `each`
     --> test.chat:7:1
      |
    7 | me> x
      | ^^ nobody is `me` here
      |
      = help: `each talker` ... `end` makes each of them `me` in turn
    "#);
}

#[test]
fn names_that_clash() {
    insta::assert_snapshot!(errors("connect alice, talker[2]\nparam alice = x\nlet room = lobby\nalice< {{room:any}} {{talker1:int}}\nconnect talker2\nalice< {{room}} {{talker}}\nroom> x\n"), @r#"
    error: the name `alice` is taken
     --> test.chat:2:7
      |
    1 | connect alice, talker[2]
      |         ----- it is a user since here
    2 | param alice = x
      |       ^^^^^ given here again

    error: the name `room` is taken
     --> test.chat:4:8
      |
    3 | let room = lobby
      |     ---- it is a constant since here
    4 | alice< {{room:any}} {{talker1:int}}
      |        ^^^^^^^^^^^^ given here again

    error: the name `talker1` is taken
     --> test.chat:4:21
      |
    1 | connect alice, talker[2]
      |                ------ it is a user since here
    ...
    4 | alice< {{room:any}} {{talker1:int}}
      |                     ^^^^^^^^^^^^^^^ given here again

    error: the name `talker2` is taken
     --> test.chat:5:9
      |
    1 | connect alice, talker[2]
      |                ------ it is a user since here
    ...
    5 | connect talker2
      |         ^^^^^^^ given here again

    error: `room` is not a user
     --> test.chat:7:1
      |
    3 | let room = lobby
      |     ---- it is a constant
    ...
    7 | room> x
      | ^^^^ expected a user
    "#);
}

#[test]
fn values_that_nothing_has_given() {
    insta::assert_snapshot!(errors("connect alice, talker[2]\nlet room = lobby\nalice> send room {{rom}} {{id}}\nalice< {{id:int}} {{id}}\neach talker\n  me< {{n:int}}\nend\nalice> {{n}} {{i}} {{id}}\nassert {{me}} == x\n"), @r#"
    error: `rom` has no value
     --> test.chat:3:18
      |
    3 | alice> send room {{rom}} {{id}}
      |                  ^^^^^^^ did you mean `room`?
      |
      = help: `{{rom:any}}` in an expectation captures, `let rom = ...` names a constant

    error: `id` has no value
     --> test.chat:3:26
      |
    3 | alice> send room {{rom}} {{id}}
      |                          ^^^^^^ nothing above gives it one
      |
      = help: `{{id:any}}` in an expectation captures, `let id = ...` names a constant

    error: `id` has no value yet
     --> test.chat:4:19
      |
    4 | alice< {{id:int}} {{id}}
      |                   ^^^^^^ inserted here
      |        ---------- captured by the same statement or block
      |
      = help: to require the same text twice, capture it twice under the same name

    error: `n` has no value here
     --> test.chat:8:8
      |
    6 |   me< {{n:int}}
      |       --------- captured here, inside of `each`: each turn has its own value
    7 | end
    8 | alice> {{n}} {{i}} {{id}}
      |        ^^^^^ inserted here

    error: `i` is used outside of `repeat` and `every`
     --> test.chat:8:14
      |
    8 | alice> {{n}} {{i}} {{id}}
      |              ^^^^^ nothing is counted here

    error: nobody is `me` here
     --> test.chat:9:8
      |
    9 | assert {{me}} == x
      |        ^^^^^^ no user carries this out
    "#);
}

#[test]
fn holes_where_they_mean_nothing() {
    insta::assert_snapshot!(errors("connect alice\nalice> {{x:int}} {{_}}\nalice<? {{x:int}}\nalice<! {{_}}{{y:any}}\nignore alice<~ (?<z>.)\nalice< {{stamp}} {{word}}\nalice<~ {{_}}\nlet a = {{stamp}}\nalice<?~ (?<w>.)\n"), @r#"
    error: a capture in a text to send
     --> test.chat:2:8
      |
    2 | alice> {{x:int}} {{_}}
      |        ^^^^^^^^^ not here
      |
      = help: without a colon, a placeholder inserts a value

    error: `{{_}}` in a text to send
     --> test.chat:2:18
      |
    2 | alice> {{x:int}} {{_}}
      |                  ^^^^^ not here
      |
      = help: it matches, and here nothing is matched

    error: `<?` captures nothing
     --> test.chat:3:9
      |
    3 | alice<? {{x:int}}
      |         ^^^^^^^^^ not here
      |
      = help: the line may never come, and the name would have no value; `{{_}}` matches without keeping

    error: `<!` captures nothing
     --> test.chat:4:14
      |
    4 | alice<! {{_}}{{y:any}}
      |              ^^^^^^^^^ not here
      |
      = help: the line may never come, and the name would have no value; `{{_}}` matches without keeping

    error: `ignore` captures nothing
     --> test.chat:5:19
      |
    5 | ignore alice<~ (?<z>.)
      |                   ^ not here
      |
      = help: the line may never come, and the name would have no value; `{{_}}` matches without keeping

    error: a stamp in an expectation
     --> test.chat:6:8
      |
    6 | alice< {{stamp}} {{word}}
      |        ^^^^^^^^^ not here
      |
      = help: a line with a stamp is counted where it arrives and is never in an inbox; to wait for it, send `ping x` and expect `server: pong x`

    error: a made-up value in an expectation
     --> test.chat:6:18
      |
    6 | alice< {{stamp}} {{word}}
      |                  ^^^^^^^^ not here
      |
      = help: to match a word, name it: `{{who:word}}`

    error: `{{_}}` in a regular expression
     --> test.chat:7:9
      |
    7 | alice<~ {{_}}
      |         ^^^^^ not here
      |
      = help: write `.*`

    error: a stamp in a constant
     --> test.chat:8:9
      |
    8 | let a = {{stamp}}
      |         ^^^^^^^^^ not here
      |
      = help: a line with a stamp is counted where it arrives and is never in an inbox; to wait for it, send `ping x` and expect `server: pong x`

    error: `<?` captures nothing
     --> test.chat:9:13
      |
    9 | alice<?~ (?<w>.)
      |             ^ not here
      |
      = help: the line may never come, and the name would have no value; `{{_}}` matches without keeping
    "#);
}

#[test]
fn users_that_have_left_or_are_stalled() {
    insta::assert_snapshot!(errors("connect alice, bob, carol\nbob disconnect\nbob< what came before\nalice> x\nbob< y\nbob> z\nbob reconnect\nbob reconnect\ncarol stall\nalice> x\ncarol is silent\nall> y\ncarol resume\ncarol resume\nalice is closed\nalice disconnect\n"), @r#"
    error: bob has left
     --> test.chat:5:1
      |
    2 | bob disconnect
      | -------------- bob disconnects here
    ...
    5 | bob< y
      | ^^^ nothing more can come
      |
      = help: expect it above that line

    error: bob has left
     --> test.chat:6:1
      |
    2 | bob disconnect
      | -------------- bob disconnects here
    ...
    6 | bob> z
      | ^^^ cannot do this any more
      |
      = help: `reconnect` first

    error: bob is still connected
     --> test.chat:8:1
      |
    8 | bob reconnect
      | ^^^ cannot connect again
      |
      = help: `disconnect` or `reset` it first, or expect `is closed` if the server closes it

    error: carol is stalled
      --> test.chat:11:1
       |
     9 | carol stall
       | ----------- carol stalls here
    10 | alice> x
    11 | carol is silent
       | ^^^^^ nothing more can come
       |
       = help: expect it above that line

    error: carol is stalled
      --> test.chat:12:1
       |
     9 | carol stall
       | ----------- carol stalls here
    ...
    12 | all> y
       | ^^^ cannot do this while stalled
       |
       = help: `resume` first

    error: carol is not stalled
      --> test.chat:14:1
       |
    14 | carol resume
       | ^^^^^ it reads already

    error: alice has left
      --> test.chat:16:1
       |
    15 | alice is closed
       | --------------- alice is closed here
    16 | alice disconnect
       | ^^^^^ cannot do this any more
       |
       = help: `reconnect` first
    "#);
}

#[test]
fn loops_that_lose_a_user() {
    insta::assert_snapshot!(errors("connect alice, bob, talker[2]\nrepeat 3\n  bob disconnect\nend\neach talker\n  me disconnect\n  alice stall\nend\nrepeat 2\n  connect eve\nend\n"), @r#"
    error: bob is gone after the first turn
     --> test.chat:3:3
      |
    2 | repeat 3
      | -------- this `repeat` carries its body out again
    3 |   bob disconnect
      |   ^^^^^^^^^^^^^^ from here on
      |
      = help: `reconnect` before the `end`

    error: alice is stalled after the first turn
     --> test.chat:7:3
      |
    5 | each talker
      | ----------- this `each` carries its body out again
    6 |   me disconnect
    7 |   alice stall
      |   ^^^^^^^^^^^ from here on
      |
      = help: `resume` before the `end`

    error: `connect` is not allowed in `repeat`
      --> test.chat:10:3
       |
     9 | repeat 2
       | -------- inside of this `repeat`
    10 |   connect eve
       |   ^^^^^^^^^^^ not here
       |
       = help: connect above it, and use `disconnect` and `reconnect` inside
    "#);
}

#[test]
fn statements_where_they_do_not_belong() {
    insta::assert_snapshot!(errors("connect alice\nalice> hi\npause 1s\ntest \"one\"\nparam x = y\nunordered\n  alice<.. x\n  alice> y\nend\ntogether\n  pause 1s\n  repeat 1\n    let y = z\n  end\nend\n"), @r#"
    error: sending is not allowed before the first `test`
     --> test.chat:2:1
      |
    2 | alice> hi
      | ^^^^^^^^^ not here
      |
      = help: write it into `setup` ... `end`, or below a `test`

    error: `pause` is not allowed before the first `test`
     --> test.chat:3:1
      |
    3 | pause 1s
      | ^^^^^^^^ not here
      |
      = help: write it into `setup` ... `end`, or below a `test`

    error: `param` is not allowed here
     --> test.chat:5:1
      |
    5 | param x = y
      | ^^^^^^^^^^^ not here
      |
      = help: parameters belong at the top, before the first `test`

    error: `<..` is not allowed in `unordered`
     --> test.chat:7:3
      |
    6 | unordered
      | --------- inside of this `unordered`
    7 |   alice<.. x
      |   ^^^^^^^^^^ not here
      |
      = help: `unordered` holds `<`, `<~` and `<@` only

    error: sending is not allowed in `unordered`
     --> test.chat:8:3
      |
    6 | unordered
      | --------- inside of this `unordered`
    7 |   alice<.. x
    8 |   alice> y
      |   ^^^^^^^^ not here
      |
      = help: `unordered` holds `<`, `<~` and `<@` only

    error: `pause` is not allowed directly in `together`
      --> test.chat:11:3
       |
    10 | together
       | -------- inside of this `together`
    11 |   pause 1s
       |   ^^^^^^^^ not here
       |
       = help: a lane belongs to one user or one block: write it into a block, or outside of `together`

    error: `let` is not allowed in `repeat`
      --> test.chat:13:5
       |
    12 |   repeat 1
       |   -------- inside of this `repeat`
    13 |     let y = z
       |     ^^^^^^^^^ not here
       |
       = help: write it above the block
    "#);
}

#[test]
fn setup_below_a_test() {
    insta::assert_snapshot!(errors("connect alice\ntest \"one\"\nsetup\nend\n"), @r#"
    error: `setup` must be at the top, before the first `test`
     --> test.chat:3:1
      |
    2 | test "one"
      | ---------- below this `test`
    3 | setup
      | ^^^^^ not here
    "#);
}

#[test]
fn setup_after_the_conversation_has_begun() {
    insta::assert_snapshot!(errors("connect alice\nalice> hi\nsetup\n  alice> x\nend\n"), @r#"
    error: `setup` after the conversation has begun
     --> test.chat:3:1
      |
    2 | alice> hi
      | ----- it begins here
    3 | setup
      | ^^^^^ not here
      |
      = help: `setup` is what happens before a test: write it above
    "#);
}

#[test]
fn lanes_that_share_a_user() {
    insta::assert_snapshot!(errors("connect alice, bob, talker[2]\ntogether\n  alice> x\n  repeat 2\n    bob, alice> y\n  end\nend\ntogether\n  each talker\n    alice> z\n  end\nend\n"), @r#"
    error: alice is in two lanes of `together`
     --> test.chat:5:5
      |
    3 |   alice> x
      |   -------- and in this one
    4 |   repeat 2
    5 |     bob, alice> y
      |     ^^^^^^^^^^^^^ in this one
      |
      = help: a block is a lane of its own: write all that the user does into one block, or none of it

    error: alice is in two lanes of `together`
      --> test.chat:10:5
       |
    10 |     alice> z
       |     ^^^^^^^^ in this one
       |
       = help: a block is a lane of its own: write all that the user does into one block, or none of it
    "#);
}

#[test]
fn captures_that_race() {
    insta::assert_snapshot!(errors("connect alice, bob\ntogether\n  alice< {{x:any}}\n  bob> {{x}}\n  bob< {{x:any}}\nend\nunordered\n  alice< {{y:any}}\n  alice< {{y}}\nend\n"), @r#"
    error: `x` may have no value yet
     --> test.chat:4:8
      |
    3 |   alice< {{x:any}}
      |          --------- captured here, in another lane of the same `together`
    4 |   bob> {{x}}
      |        ^^^^^ inserted here
      |
      = help: lanes run side by side: insert it after the `end`

    error: `x` is captured in two lanes at once
     --> test.chat:5:8
      |
    3 |   alice< {{x:any}}
      |          --------- and here, in another lane of the same `together`
    4 |   bob> {{x}}
    5 |   bob< {{x:any}}
      |        ^^^^^^^^^ captured here
      |
      = help: which comes last is open: give them two names

    error: `y` has no value yet
     --> test.chat:9:10
      |
    8 |   alice< {{y:any}}
      |          --------- captured by the same statement or block
    9 |   alice< {{y}}
      |          ^^^^^ inserted here
      |
      = help: to require the same text twice, capture it twice under the same name
    "#);
}

#[test]
fn each_test_begins_with_what_stands_before_the_first() {
    assert!(accepted("connect alice\ntest \"a\"\nalice disconnect\nconnect bob\ntest \"b\"\nalice> x\nconnect bob\n"));
    insta::assert_snapshot!(errors("connect alice\ntest \"a\"\nconnect bob\nalice< {{x:any}}\ntest \"b\"\nbob> {{x}}\n"), @r#"
    error: bob is not connected yet
     --> test.chat:6:1
      |
    3 | connect bob
      |         --- it connects in another test
    ...
    6 | bob> {{x}}
      | ^^^ used here

    error: `x` has no value
     --> test.chat:6:6
      |
    6 | bob> {{x}}
      |      ^^^^^ nothing above gives it one
      |
      = help: `{{x:any}}` in an expectation captures, `let x = ...` names a constant
    "#);
}

#[test]
fn all_without_anybody() {
    insta::assert_snapshot!(errors("connect alice\nall except alice> x\n"), @r#"
    error: `all` names no connected user here
     --> test.chat:2:1
      |
    2 | all except alice> x
      | ^^^^^^^^^^^^^^^^ who is connected above and has not left
    "#);
}

#[test]
fn me_may_leave_and_come_back_within_its_turn() {
    assert!(accepted("connect talker[3]\neach talker\n  me disconnect\n  me reconnect\nend\nall> x\n"));
    assert!(accepted("connect talker[3]\neach talker\n  together\n    me> x\n    all except me< y\n  end\nend\n"));
}

/// What is said about a script that runs all the same.
fn said(findings: &[crate::diagnostic::Diagnostic]) -> String {
    let renderer = Renderer { color: Color::Plain };
    findings.iter().map(|finding| renderer.render(finding)).collect::<Vec<_>>().join("\n")
}

fn warnings(text: &str) -> String {
    said(&crate::lang::warnings(&parse(&Source::new("test.chat", text)).expect("the text is right")))
}

fn load_errors(text: &str) -> String {
    said(&crate::lang::load_errors(&parse(&Source::new("test.chat", text)).expect("the text is right"), None))
}

#[test]
fn names_that_nothing_uses() {
    insta::assert_snapshot!(warnings("connect alice, bob, talker[2]\nalice< {{x:any}} {{y:int}}\nalice<~ (?<z>.*)\nalice> send message alice {{y}}\n"), @r#"
    warning: bob is connected and never used
     --> test.chat:1:16
      |
    1 | connect alice, bob, talker[2]
      |                ^^^ unused user
      |
      = help: if nothing must reach bob, say so: `bob is silent`

    warning: talker is connected and never used
     --> test.chat:1:21
      |
    1 | connect alice, bob, talker[2]
      |                     ^^^^^^ unused user
      |
      = help: if nothing must reach talker, say so: `talker is silent`

    warning: `x` is captured and never used
     --> test.chat:2:8
      |
    2 | alice< {{x:any}} {{y:int}}
      |        ^^^^^^^^^ unused capture
      |
      = help: `{{_}}` matches anything and keeps nothing

    warning: `z` is captured and never used
     --> test.chat:3:12
      |
    3 | alice<~ (?<z>.*)
      |            ^ unused capture
      |
      = help: `(?:...)` groups and keeps nothing
    "#);
}

#[test]
fn a_capture_that_requires_equality_is_used() {
    assert_eq!(warnings("connect alice, bob\nalice, bob< {{x:any}}\nbob< {{y:any}} {{y:any}}\n"), "");
}

#[test]
fn who_logs_in_by_hand_may_say_anything_in_its_turn_too() {
    let turn = |opening: &str| format!("{opening} u[2]\nconnect ann\neach u\n  me> PRIVMSG #tea :hi\nend\nann> ping\n");
    assert_eq!(warnings(&turn("open")), "");
    assert!(warnings(&turn("connect")).contains("the chat server would refuse this line"));
}

#[test]
fn lines_that_the_chat_server_would_refuse() {
    insta::assert_snapshot!(warnings("connect alice, bob\nalice> lsit users\nalice< server: users\nalice> hello\nalice< error: unknown-command: {{_}}\nbob> send room lobby\nalice, bob> list users\nopen eve\neve> a b\n"), @r#"
    warning: the chat server would refuse this line
     --> test.chat:2:8
      |
    2 | alice> lsit users
      |        ^^^^^^^^^^ the answer would be `error: unknown-command: 'lsit users'; did you mean 'list users'?`
      |
      = help: if that is what the test is about, expect this answer next; else `raw` sends anything

    warning: the chat server would refuse this line
     --> test.chat:6:6
      |
    6 | bob> send room lobby
      |      ^^^^^^^^^^^^^^^ the answer would be `error: bad-command: usage: send room ROOM TEXT`
      |
      = help: if that is what the test is about, expect this answer next; else `raw` sends anything
    "#);
}

#[test]
fn a_warm_up_inside_of_the_first_ramp() {
    insta::assert_snapshot!(warnings("connect alice\nalice> ping\nload\n  stages 0 -> 100 in 1m\n  warmup 5s\nend\n"), @r#"
    warning: the warm-up ends during the first ramp
     --> test.chat:5:10
      |
    4 |   stages 0 -> 100 in 1m
      |          -------------- the first ramp
    5 |   warmup 5s
      |          ^^ counts from the first connect
      |
      = help: the figures would mix few users with many: write `warmup 60s`
    "#);
    assert_eq!(warnings("connect alice\nalice> ping\nload\n  stages 0 -> 100 in 1m\n  warmup 1m\nend\n"), "");
}

#[test]
fn names_that_would_collide_between_casts() {
    insta::assert_snapshot!(load_errors("connect alice, bob as \"渊\"\nopen eve\nconnect a_very_long_name_for_somebody[3]\nalice> create room lobby bob,{{alice}}\nalice, bob< lobby/server: alice created the room with bob\nbob> send message alice,{{bob}} hi bob\nalice< bob: hi bob\neve> eve\nlet room = den\nbob> create room {{room}}\nbob> rename rob\n"), @r#"
    error: `渊` is the same in every cast
     --> test.chat:1:23
      |
    1 | connect alice, bob as "渊"
      |                       ^^^^ every cast would use this name
      |
      = help: write `connect alice, bob as "渊_{{cast}}"`

    error: `a_very_long_name_for_somebody` is too long for the number of a cast
     --> test.chat:3:9
      |
    3 | connect a_very_long_name_for_somebody[3]
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 30 characters, `_` and 5 digits are more than 32
      |
      = help: write `connect a_very_long_name_for_some[3]`

    error: `lobby` is the same in every cast
     --> test.chat:4:20
      |
    4 | alice> create room lobby bob,{{alice}}
      |                    ^^^^^ every cast would create this room
      |                          --- in a cast this user has another name
      |
      = help: write `alice> create room lobby_{{cast}} {{bob}},{{alice}}`

    error: `lobby` is the same in every cast
     --> test.chat:5:13
      |
    5 | alice, bob< lobby/server: alice created the room with bob
      |             ^^^^^ this room has another name in every cast
      |                           ----- in a cast this user has another name
      |                                                       --- in a cast this user has another name
      |
      = help: write `alice, bob< lobby_{{cast}}/server: {{alice}} created the room with {{bob}}`

    error: `alice` is the same in every cast
     --> test.chat:6:19
      |
    6 | bob> send message alice,{{bob}} hi bob
      |                   ^^^^^ in a cast this user has another name
      |
      = help: write `bob> send message {{alice}},{{bob}} hi bob`

    error: `bob` is the same in every cast
     --> test.chat:7:8
      |
    7 | alice< bob: hi bob
      |        ^^^ in a cast this user has another name
      |
      = help: write `alice< {{bob}}: hi bob`

    error: `eve` is the same in every cast
     --> test.chat:8:6
      |
    8 | eve> eve
      |      ^^^ every cast would log in under this name
      |
      = help: write `eve> {{eve}}`

    error: `den` is the same in every cast
     --> test.chat:9:12
      |
    9 | let room = den
      |            ^^^ every cast would create the room of this name
      |
      = help: write `let room = den_{{cast}}`

    error: `rob` is the same in every cast
      --> test.chat:11:13
       |
    11 | bob> rename rob
       |             ^^^ every cast would take this name
       |
       = help: write `bob> rename rob_{{cast}}`
    "#);
}

#[test]
fn the_built_in_load_has_no_name_that_collides() {
    let text = "connect talker[20]\nlet room = room_{{cast}}\nsetup\n  talker1> create room {{room}} {{talker}}\n  all< {{room}}/server: {{talker1}} created the room with {{_}}\nend\ntogether\n  each talker\n    every ~1s\n      me> send room {{room}} {{stamp}} {{text 20..60}}\n    end\n  end\nend\n";
    assert_eq!(load_errors(text), "");
    assert_eq!(warnings(text), "");
}

#[test]
fn a_list_of_all_casts_has_no_fixed_length() {
    insta::assert_snapshot!(load_errors("connect alice\nalice> list users\nalice< server: users (1): {{alice}}\n"), @r"
    error: `(1): {{alice}}` is the same in every cast
     --> test.chat:3:22
      |
    3 | alice< server: users (1): {{alice}}
      |                      ^^^^^^^^^^^^^^ the list has what belongs to other casts too
      |
      = help: write `alice< server: users ({{_}}): {{_}}`
    ");
    assert_eq!(load_errors("connect alice\nalice> list users\nalice< server: users ({{n:int}}): {{_}}\n"), "");
}

#[test]
fn what_is_sure_is_reported_beside_an_unclosed_block() {
    insta::assert_snapshot!(errors("connect alice, bob\ntogether\n  alice> hi\n  bbo> hi\nalice< {{room}}\n"), @r"
    error: `together` is not closed
     --> test.chat:2:1
      |
    2 | together
      | ^^^^^^^^ this block has no `end`
    ...
    5 | alice< {{room}}
      |                - here ends the file

    error: there is no user `bbo`
     --> test.chat:4:3
      |
    4 |   bbo> hi
      |   ^^^ did you mean `bob`?

    error: `room` has no value
     --> test.chat:5:8
      |
    5 | alice< {{room}}
      |        ^^^^^^^^ nothing above gives it one
      |
      = help: `{{room:any}}` in an expectation captures, `let room = ...` names a constant
    ");
}

#[test]
fn a_line_that_was_not_understood_may_have_declared_what_it_names() {
    insta::assert_snapshot!(errors("connect alice bob, talker[2\nalice> hi\ntalker1> hi\ncarl> hi\nalice<{{id:int}}\nalice> {{id}} {{other}}\n"), @r#"
    error: no comma between users
     --> test.chat:1:15
      |
    1 | connect alice bob, talker[2
      |               ^^^^ expected `,` before it
      |
      = help: write `connect alice, bob, talker[2`

    error: there is no user `carl`
     --> test.chat:4:1
      |
    4 | carl> hi
      | ^^^^ no `connect` above names it

    error: no blank after `<`
     --> test.chat:5:7
      |
    5 | alice<{{id:int}}
      |       ^ expected a blank
      |
      = help: write `alice< {{id:int}}`; the operator ends at the first blank

    error: `other` has no value
     --> test.chat:6:15
      |
    6 | alice> {{id}} {{other}}
      |               ^^^^^^^^^ nothing above gives it one
      |
      = help: `{{other:any}}` in an expectation captures, `let other = ...` names a constant
    "#);
}

#[test]
fn a_block_whose_first_line_was_not_understood_still_ends_with_its_end() {
    insta::assert_snapshot!(errors("connect alice\nrepaet 3\n  alice> {{i}}\nend\nloop 3\n  me> x\nend\nend 2\nalice disconnect\n"), @r"
    error: unknown statement `repaet`
     --> test.chat:2:1
      |
    2 | repaet 3
      | ^^^^^^ did you mean `repeat`?

    error: unknown statement `loop`
     --> test.chat:5:1
      |
    5 | loop 3
      | ^^^^ not a statement of this language
      |
      = help: write `repeat 5` ... `end`

    error: malformed `end`
     --> test.chat:8:5
      |
    8 | end 2
      |     ^ expected the end of the line
      |
      = help: usage: `end` is alone on its line
    ");
}

#[test]
fn a_test_that_was_not_understood_still_begins_one() {
    insta::assert_snapshot!(errors("test one\nconnect alice\nalice disconnect\ntest two\nconnect alice\nalice> hi\nzoe> hi\n"), @r#"
    error: the name of a test must be in quotes
     --> test.chat:1:6
      |
    1 | test one
      |      ^^^ expected `"`
      |
      = help: write `test "one"`

    error: the name of a test must be in quotes
     --> test.chat:4:6
      |
    4 | test two
      |      ^^^ expected `"`
      |
      = help: write `test "two"`

    error: there is no user `zoe`
     --> test.chat:7:1
      |
    7 | zoe> hi
      | ^^^ no `connect` above names it
    "#);
}

#[test]
fn a_load_block_without_end_ends_before_the_next_statement() {
    insta::assert_snapshot!(errors("connect alice\nload\n  users 5\n  pause 3s\n\nalice> hi\nbob> hi\ntogether\nend\n"), @r"
    error: `load` is not closed
     --> test.chat:2:1
      |
    2 | load
      | ^^^^ this block has no `end`
    ...
    6 | alice> hi
      | --------- here begins something else

    error: unknown entry of a `load` block `pause`
     --> test.chat:4:3
      |
    4 |   pause 3s
      |   ^^^^^ expected one of `users`, `stages`, `duration`, `connect-rate`, `rate`, `warmup`, `seed`, `fail`, `end`

    error: there is no user `bob`
     --> test.chat:7:1
      |
    7 | bob> hi
      | ^^^ no `connect` above names it
    ");
}

#[test]
fn what_follows_lines_to_send_without_end_is_not_looked_at() {
    insta::assert_snapshot!(errors("connect alice\ntogether\n  zoe> hi\n  alice> \"\"\"\n  text\nend\nall> x\n"), @r#"
    error: there is no user `zoe`
     --> test.chat:3:3
      |
    3 |   zoe> hi
      |   ^^^ no `connect` above names it

    error: the lines to send are not closed
     --> test.chat:4:10
      |
    4 |   alice> """
      |          ^^^ `"""` is opened here
    ...
    7 | all> x
      |       - here ends the file, without the closing `"""`
    "#);
}

#[test]
fn what_becomes_of_a_user_is_unsure_after_a_line_about_it_that_was_not_understood() {
    insta::assert_snapshot!(errors("connect alice, bob\nalice, bob disconnect\nalice reconect\nalice> hi\nbob> hi\n"), @r"
    error: unknown statement `reconect`
     --> test.chat:3:7
      |
    3 | alice reconect
      |       ^^^^^^^^ did you mean `reconnect`?

    error: bob has left
     --> test.chat:5:1
      |
    2 | alice, bob disconnect
      | --------------------- bob disconnects here
    ...
    5 | bob> hi
      | ^^^ cannot do this any more
      |
      = help: `reconnect` first
    ");
}

#[test]
fn dialects_that_cannot_work() {
    insta::assert_snapshot!(errors("dialect a\n  fence\n    me> PING\n  end\nend\ndialect b\n  login\n    bob> NICK {{mee}}\n    me is silent\n  end\nend\ndialect c\n  answer PING {{x:any}} with PONG {{x}}\n  answer PONG {{x:any}} with PING {{y}}\nend\n"), @r#"
    error: a fence without an answer
     --> test.chat:2:3
      |
    2 |   fence
      |   ^^^^^ expected `me< ...` in it
      |
      = help: a fence asks what the server answers after everything else: `me> PING {{token}}`, `me< PONG {{token}}`

    error: a dialect speaks for one user
     --> test.chat:8:5
      |
    8 |     bob> NICK {{mee}}
      |     ^^^ expected `me`
      |
      = help: each user carries it out for itself: write `me`

    error: `mee` has no value in this part of a dialect
     --> test.chat:8:15
      |
    8 |     bob> NICK {{mee}}
      |               ^^^^^^^ expected `{{me}}`

    error: a dialect sends and expects lines
     --> test.chat:9:5
      |
    9 |     me is silent
      |     ^^^^^^^^^^^^ expected `me> text`, `me raw "..."`, `me< text` or `me<.. text`

    error: this answer leads back to itself
      --> test.chat:13:3
       |
    13 |   answer PING {{x:any}} with PONG {{x}}
       |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `PONG x1` is answered again
       |
       = help: a server that sends back what it receives would be answered for ever

    error: `y` has no value in this part of a dialect
      --> test.chat:14:35
       |
    14 |   answer PONG {{x:any}} with PING {{y}}
       |                                   ^^^^^ expected `{{me}}` or `{{x}}`
    "#);
}

#[test]
fn a_login_or_logout_that_does_nothing() {
    insta::assert_snapshot!(errors("dialect a\n  login\n  end\n  logout\n    # nothing\n  end\nend\n"), @r"
    error: a login does nothing
     --> test.chat:2:3
      |
    2 |   login
      |   ^^^^^ expected `me> ...` or `me< ...` in it
      |
      = help: if a `connect` has nothing to say to the server, leave the login out

    error: a logout does nothing
     --> test.chat:4:3
      |
    4 |   logout
      |   ^^^^^^ expected `me> ...` or `me< ...` in it
      |
      = help: if a `disconnect` has nothing to say to the server, leave the logout out
    ");
}

#[test]
fn parts_of_a_dialect_that_are_unknown_or_said_twice() {
    insta::assert_snapshot!(errors("dialect a\n  lien crlf\n  line cr\n  line lf\n  line crlf\n  prompt \"{{me}}\"\n  logni\n    me> x\n  end\n  fence\n    me< x\n    me> y\n  end\nend\ndialect a\nend\ndialect text\nend\n"), @r#"
    error: unknown part of a dialect `lien`
     --> test.chat:2:3
      |
    2 |   lien crlf
      |   ^^^^ did you mean `line`?

    error: unknown line end `cr`
     --> test.chat:3:8
      |
    3 |   line cr
      |        ^^ expected `lf`, `crlf` or `telnet`

    error: a dialect says this once
     --> test.chat:5:8
      |
    4 |   line lf
      |        -- already said here
    5 |   line crlf
      |        ^^^^ here again

    error: a prompt is a fixed text
     --> test.chat:6:10
      |
    6 |   prompt "{{me}}"
      |          ^^^^^^^^ no `{{ }}` here

    error: unknown part of a dialect `logni`
     --> test.chat:7:3
      |
    7 |   logni
      |   ^^^^^ did you mean `login`?

    error: a fence sends nothing
      --> test.chat:10:3
       |
    10 |   fence
       |   ^^^^^ expected `me> ...` in it
       |
       = help: a fence asks what the server answers after everything else: `me> PING {{token}}`, `me< PONG {{token}}`

    error: a fence is one round trip
      --> test.chat:12:5
       |
    12 |     me> y
       |     ^^^^^ sent after the answer

    error: two dialects have the same name
      --> test.chat:15:9
       |
     1 | dialect a
       |         - the first one
    ...
    15 | dialect a
       |         ^ the second one

    error: `text` is a word of the language
      --> test.chat:17:9
       |
    17 | dialect text
       |         ^^^^ expected a name

    error: the dialect `text` is built in
      --> test.chat:17:9
       |
    17 | dialect text
       |         ^^^^ expected another name
    "#);
}

#[test]
fn blocks_of_a_dialect_without_end() {
    insta::assert_snapshot!(errors("dialect a\n  login\n    me> x\n  answer x with y\n\nconnect alice with dialect a\nbob> x\n"), @r"
    error: `dialect` is not closed
     --> test.chat:1:1
      |
    1 | dialect a
      | ^^^^^^^^^ this block has no `end`
    ...
    6 | connect alice with dialect a
      | ---------------------------- here begins something else

    error: `login` is not closed
     --> test.chat:2:3
      |
    2 |   login
      |   ^^^^^ this block has no `end`
    3 |     me> x
    4 |   answer x with y
      |   --------------- here begins something else

    error: there is no user `bob`
     --> test.chat:7:1
      |
    7 | bob> x
      | ^^^ no `connect` above names it
    ");
}

#[test]
fn names_that_a_dialect_does_not_know() {
    insta::assert_snapshot!(errors("set dialect ric\nconnect alice with dialect klingon\nconnect a_long_name, bob_too_long as \"bob\" with dialect irc\n"), @r#"
    error: unknown dialect `ric`
     --> test.chat:1:13
      |
    1 | set dialect ric
      |             ^^^ did you mean `irc`?

    error: unknown dialect `klingon`
     --> test.chat:2:28
      |
    2 | connect alice with dialect klingon
      |                            ^^^^^^^ expected one of irc, lines, nats, redis, smtp, text, legacy, json

    error: `a_long_name` is too long for a name of the dialect `irc`
     --> test.chat:3:9
      |
    3 | connect a_long_name, bob_too_long as "bob" with dialect irc
      |         ^^^^^^^^^^^ 11 characters are more than 9
      |
      = help: `as "..."` gives a user another name on the wire
    "#);
}

#[test]
fn a_fence_that_nobody_can_answer() {
    let said = errors("dialect a\n  fence\n    me> PING\n    me< PONG {{token}}\n  end\nend\n");
    assert!(
        said.contains("error: the fence waits for a `{{token}}` that it does not send\n --> test.chat:4:14"),
        "{said}"
    );
    // A line that the server sends for nothing else will do.
    assert!(accepted("dialect a\n  fence\n    me> PING\n    me< +PONG\n  end\nend\n"));
}

#[test]
fn me_may_say_to_another_server_what_ours_would_refuse() {
    let said = warnings("set dialect irc\nconnect u[2]\neach u\n  me> JOIN #tea\n  me<.. {{_}}\nend\n");
    assert!(!said.contains("would refuse"), "{said}");
    let said = warnings("connect u[2]\neach u\n  me> JOIN #tea\n  me<.. hi\nend\n");
    assert!(said.contains("would refuse"), "{said}");
}

#[test]
fn what_ends_like_a_label_and_is_none() {
    for text in ["x as \"two words\"", "x as 'search'", "x as \u{201c}search\u{201d}"] {
        let said = warnings(&format!("open alice\nalice> {text}\n"));
        assert!(said.contains("this ends like a label, but is sent as text\n --> test.chat:2:8"), "{text}: {said}");
    }
    for text in ["x as \"search\"", "x{{\" as\"}} \"two words\"", "known as \"bob", "it's Ann's"] {
        let said = warnings(&format!("open alice\nalice> {text}\n"));
        assert!(!said.contains("label"), "{text}: {said}");
    }
}

#[test]
fn sizes_have_the_value_in_force_and_are_checked_beforehand() {
    let text = "param n = 2\nparam t = 20ms\nlet nn = {{n}}0\nconnect u[{{n}}]\nset timeout {{t}}\nrepeat {{nn}}\nu1> ping\nu1< server: pong\npause {{t}}..1s\nend\nu2 is silent\n";
    let source = Source::new("test.chat", text);
    let read = |n: &str| {
        let params = [("n".to_owned(), n.to_owned())].into_iter().filter(|(_, n)| !n.is_empty()).collect();
        parse_as(&source, &Reading { dialect: None, params })
    };
    let sizes = |script: &Script| {
        let opening = script.statements().find_map(|statement| statement.kind.opening()).unwrap();
        let repeat = script.statements().find_map(|statement| match &statement.kind.block()?.kind {
            BlockKind::Repeat(count) => Some(count.value.get()),
            _ => None,
        });
        (opening.users[0].members.len(), repeat.unwrap())
    };
    let script = read("").unwrap();
    assert_eq!(sizes(&script), (2, 20));
    assert_eq!(warnings(text), "");
    assert_eq!(sizes(&read("3").unwrap()), (3, 30));
    let said = |errors: Vec<Diagnostic>| errors.into_iter().map(|error| error.message).collect::<Vec<_>>();
    assert_eq!(said(read("1").unwrap_err()), ["there is no user `u2`"]);
    assert_eq!(said(read("x").unwrap_err())[..2], ["`n` is not a whole number", "`nn` is not a whole number"]);
    assert_eq!(said(read("0").unwrap_err()), ["must be at least 1", "must be at least 1"]);
}

#[test]
fn a_size_that_is_not_known_beforehand_is_explained() {
    let text = "param count = 2\nlet some = {{int 1..3}}\nconnect bob\nbob< {{seen:int}}\nrepeat {{coutn}}\nend\nrepeat {{some}}\nend\npause {{count}}\nrepeat {{seen}}\nend\n";
    insta::assert_snapshot!(errors(text), @r#"
    error: `coutn` has no value
     --> test.chat:5:8
      |
    5 | repeat {{coutn}}
      |        ^^^^^^^^^ did you mean `count`?
      |
      = help: `param coutn = 5` above it names a size that --param coutn=500 overrides

    error: the value of `some` is not known beforehand
     --> test.chat:7:8
      |
    7 | repeat {{some}}
      |        ^^^^^^^^ a size here
      |
      = help: a size is checked before anything runs: give `param` or `let` a fixed text

    error: `count` is not a duration such as `200ms`
     --> test.chat:9:7
      |
    9 | pause {{count}}
      |       ^^^^^^^^^ `count` is `2`, expected a duration such as `200ms`

    error: `seen` has no value
      --> test.chat:10:8
       |
    10 | repeat {{seen}}
       |        ^^^^^^^^ no `param` and no `let` above gives it one
       |
       = help: `param seen = 5` above it names a size that --param seen=500 overrides
    "#);
}
