//! What the parser makes of a text, and what it says about one that it refuses.

use std::sync::Arc;

use proptest::prelude::*;

use crate::diagnostic::source::Source;
use crate::diagnostic::{Color, Renderer};
use crate::lang::ast::{
    Act, Block, BlockKind, CaptureKind, Insert, LaneOwner, Mode, Name, PartKind, Pattern, Reading, Script, SendText,
    StatementKind,
};
use crate::lang::parser::parse_syntax;
use crate::lang::{parse, with_included};

/// The demo of the reference.
const DEMO: &str = "\
title A room delivers to its members, once, in one order
connect alice, bob, carol, dave

alice> create room lobby bob,carol
alice, bob, carol< lobby/server: alice created the room with bob, carol
dave is silent

alice> send room lobby hi
alice, bob, carol<@1s lobby/alice: hi

# Two talk at once. Which comes first is the server's choice, but it is the same for all.
together
  alice> send room lobby one
  bob> send lobby two
end
carol< {{first:any}}
carol< {{second:any}}
alice, bob< {{first}}
alice, bob< {{second}}
assert {{first}}, {{second}} contains lobby/alice: one
assert {{first}}, {{second}} contains lobby/bob: two

bob disconnect
alice, carol< lobby/server: bob left (connection closed)
";

/// Everything else that the language has.
const THE_REST: &str = r#"tags slow, room
set timeout 2s
set settle 10ms
set leftovers allow
param room = lobby
let greeting = hi {{word}} {{int -5..9}}
connect alice, bob as "渊渊_{{cast}}\t", talker[3]
connect eve with encoding gbk dialect legacy
open mallory
ignore all< {{_}} joined
ignore bob<~ .*left.*
setup
  alice> create room {{room}} {{talker}}
  all except me_too, bob drain
end
finally
  alice> leave room {{room}}
end
"#;

fn read(text: &str) -> Script {
    let read = |path: &str| match path {
        "scripts/fixtures/tea_room.inc" => Ok(include_str!("../../../scripts/fixtures/tea_room.inc").to_owned()),
        other => Err(format!("{other} is no file of the reference")),
    };
    match parse(&with_included(&Source::new("test.chat", text), read)) {
        Ok(script) => script,
        Err(errors) => panic!("{}", render(&errors)),
    }
}

fn render(errors: &[crate::diagnostic::Diagnostic]) -> String {
    let renderer = Renderer { color: Color::Plain };
    errors.iter().map(|error| renderer.render(error)).collect::<Vec<_>>().join("\n")
}

/// What is said about the syntax of a text that is refused.
fn errors(text: &str) -> String {
    let errors = parse_syntax(&Source::new("test.chat", text), &Reading::default()).errors;
    assert!(!errors.is_empty(), "the text is wrong");
    render(&errors)
}

/// What the users of one of the file's statements do.
fn act(script: &Script, index: usize) -> &Act {
    let StatementKind::By { act, .. } = kinds(script)[index] else { panic!("no users act") };
    act
}

fn block(script: &Script, index: usize) -> &Block {
    kinds(script)[index].block().expect("it is a block")
}

fn kinds(script: &Script) -> Vec<&StatementKind> {
    script.tests[0].statements.iter().map(|statement| &statement.kind).collect()
}

fn labels(names: &[Name]) -> Vec<&str> {
    names.iter().map(Name::as_str).collect()
}

#[test]
fn the_demo_is_read() {
    let script = read(DEMO);
    assert_eq!(
        script.title.as_ref().map(|title| title.value.as_str()),
        Some("A room delivers to its members, once, in one order")
    );
    assert_eq!(script.tests.len(), 1);
    assert_eq!(script.tests[0].name, None);
    assert_eq!(kinds(&script).len(), 15);
    assert_eq!(script.tests[0].statements[4].line, 8);
}

#[test]
fn the_rest_of_a_line_is_literal() {
    let script = read("connect alice\nalice>   # \"x\" \\n {y}  \n");
    let Act::Send(SendText::Line(text)) = act(&script, 1) else { panic!("not a line to send") };
    assert_eq!(text.literal().as_deref(), Some("  # \"x\" \\n {y}  "));
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_no_part_of_the_text() {
    let script = read("\u{feff}connect alice\r\nalice> hi\r\n\r\n");
    let Act::Send(SendText::Line(text)) = act(&script, 1) else { panic!("not a line to send") };
    assert_eq!(text.literal().as_deref(), Some("hi"));
    assert_eq!(script.source.slice(text.span), "hi");
}

#[test]
fn holes_insert_capture_match_and_quote() {
    let script = read("connect alice, bob\nbob< {{alice}} {{id:int}}{{_}}{{\"\\t\\u{1F98A}{{\"}}{{me}}\n");
    let Act::Expect(expectation) = act(&script, 1) else { panic!("not an expectation") };
    let Pattern::Text(text) = &expectation.pattern else { panic!("not a text") };
    let parts: Vec<&PartKind> = text.parts.iter().map(|part| &part.kind).collect();
    assert_eq!(parts[0], &PartKind::Insert(Insert::User(Name::new("alice"))));
    assert_eq!(parts[1], &PartKind::Literal(" ".to_owned()));
    assert_eq!(parts[2], &PartKind::Capture { name: Name::new("id"), kind: CaptureKind::Int });
    assert_eq!(parts[3], &PartKind::Anything(CaptureKind::Any));
    assert_eq!(parts[4], &PartKind::Quoted("\t🦊{{".to_owned()));
    assert_eq!(parts[5], &PartKind::Insert(Insert::Me));
    assert_eq!(script.source.slice(text.parts[2].span), "{{id:int}}");
}

#[test]
fn operators_say_which_line_how_and_until_when() {
    let script = read("connect bob\nbob<..~@1.5s x(?<n>[0-9]+)\nbob<?~ y\nbob<! z\nbob<~@50ms {{n}}\n");
    let found: Vec<(Mode, bool, Option<u128>)> = (1..=4)
        .map(|index| {
            let Act::Expect(expectation) = act(&script, index) else { panic!("not an expectation") };
            let regex = matches!(expectation.pattern, Pattern::Regex(_));
            (expectation.mode, regex, expectation.deadline.map(|deadline| deadline.value.as_millis()))
        })
        .collect();
    assert_eq!(
        found,
        [
            (Mode::Later, true, Some(1500)),
            (Mode::Optional, true, None),
            (Mode::Absent, false, None),
            (Mode::Next, true, Some(50))
        ]
    );
}

#[test]
fn lines_in_triple_quotes_lose_the_blanks_before_the_closing_ones() {
    let script = read("connect alice\nalice> \"\"\"\n    one\n      two {{me}}\n\n    \"\"\"\n");
    let Act::Send(SendText::Block { lines, .. }) = act(&script, 1) else { panic!("not a block of lines") };
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0].literal().as_deref(), Some("one"));
    assert_eq!(lines[1].parts[0].kind, PartKind::Literal("  two ".to_owned()));
    assert_eq!(lines[2].literal().as_deref(), Some(""));
}

#[test]
fn bytes_are_as_they_are_escaped() {
    let script = read("connect alice\nalice raw \"\\xff\\xFE{{é\\u{e9}\\n\"\n");
    let Act::Raw(bytes) = act(&script, 1) else { panic!("not raw") };
    assert_eq!(bytes.value, b"\xff\xfe{{\xc3\xa9\xc3\xa9\n");
}

#[test]
fn all_is_who_is_connected_above_and_has_not_left() {
    let script = read("connect alice, talker[2]\nalice disconnect\nconnect bob\nall> x\nall except talker1> y\n");
    let sent: Vec<Vec<Name>> =
        kinds(&script).iter().filter_map(|kind| kind.users()).map(|users| users.labels(None)).collect();
    assert_eq!(labels(&sent[1]), ["talker1", "talker2", "bob"]);
    assert_eq!(labels(&sent[2]), ["talker2", "bob"]);
}

#[test]
fn me_is_settled_by_whoever_has_the_turn() {
    let script = read("connect alice, talker[2]\neach talker\n  alice, me> x\n  all except me> y\nend\n");
    let each = block(&script, 1);
    let me = Name::new("talker2");
    let users = |index: usize| {
        let users = each.body[index].kind.users().expect("a send has users");
        users.labels(Some(&me))
    };
    assert_eq!(labels(&users(0)), ["alice", "talker2"]);
    assert_eq!(labels(&users(1)), ["alice", "talker1"]);
}

#[test]
fn together_has_a_lane_for_each_user_and_each_block() {
    let text = "connect alice, bob, carol, talker[2]\ntogether\n  alice, bob> one\n  repeat 2\n    carol> x\n  end\n  alice> two\n  each talker\n    me> y\n  end\nend\n";
    let script = read(text);
    let BlockKind::Together(lanes) = &block(&script, 1).kind else { panic!("not together") };
    let owners: Vec<&LaneOwner> = lanes.iter().map(|lane| &lane.owner).collect();
    let user = |name| LaneOwner::User(Name::new(name));
    let member = |name| LaneOwner::Member(Name::new(name));
    assert_eq!(owners, [&user("alice"), &user("bob"), &LaneOwner::Block(4), &member("talker1"), &member("talker2")]);
    assert_eq!(lanes[0].statements.len(), 2);
    let first = lanes[0].statements[0].kind.users().expect("a send has users");
    assert_eq!(labels(&first.labels(None)), ["alice"]);
    assert!(Arc::ptr_eq(&lanes[3].statements, &lanes[4].statements), "the body of `each` is there once");
}

#[test]
fn what_stands_before_the_first_test_is_for_each() {
    let script = read("connect alice\nsetup\n  alice> ping\nend\ntest \"one\"\nalice> x\ntest \"two\"\nalice> y\n");
    assert_eq!(script.preamble.len(), 2);
    let names: Vec<Option<&str>> =
        script.tests.iter().map(|test| test.name.as_ref().map(|name| name.value.as_str())).collect();
    assert_eq!(names, [Some("one"), Some("two")]);
}

#[test]
fn every_other_statement_is_read() {
    let text = THE_REST.replace("me_too", "alice")
        + r#"
alice> """
  a
  """
alice raw "\xff\n"
bob<? x
bob<! x
unordered
  bob< a
  bob<~ b
  alice<@1s c
end
bob is silent
alice, bob stall
alice, bob resume
bob chunk 3
bob chunk off
bob reset
bob reconnect
repeat 5
  alice> {{i}} {{text 20..120}} {{stamp all except bob}}
end
every ~4s
  alice> ping
end
pause 1s..3s
pause ~2s
pause 200ms
assert {{greeting}} != x
bob is closed
load
  stages       0 -> 5000 in 60s, hold 5m, 5000 -> 0 in 30s
  connect-rate 200/s
  warmup       70s
  seed         42
  # a comment
  fail if      scheduled.delivery.p99 > 250ms
  fail if      errors > 0.1%
  fail if      sent.rate < 500/s
end
"#;
    let script = read(&text);
    assert_eq!(script.tags.len(), 2);
    let plan = script.plan.as_ref().expect("the script has a plan");
    assert_eq!(plan.stages.as_ref().map(|stages| stages.value.len()), Some(3));
    assert_eq!(plan.fail_if.len(), 3);
}

#[test]
fn a_hundred_thousand_lines_are_read_in_linear_time() {
    let text = "connect alice, bob\n".to_owned()
        + &"alice> send room lobby hi {{me}}\nbob<@1s lobby/{{alice}}: {{x:any}}\n".repeat(2_000);
    assert_eq!(kinds(&read(&text)).len(), 4_001);
}

#[test]
fn no_blank_after_the_operator() {
    insta::assert_snapshot!(errors("connect alice, bob\nalice>hi\nalice, bob<..hi\nbob<\n"), @r#"
    error: no blank after `>`
     --> test.chat:2:7
      |
    2 | alice>hi
      |       ^ expected a blank
      |
      = help: write `alice> hi`; the operator ends at the first blank

    error: no blank after `<..`
     --> test.chat:3:14
      |
    3 | alice, bob<..hi
      |              ^ expected a blank
      |
      = help: write `alice, bob<.. hi`; the operator ends at the first blank

    error: nothing to expect
     --> test.chat:4:5
      |
    4 | bob<
      |     ^ expected a blank and the text
      |
      = help: an empty line is written `bob< {{""}}`
    "#);
}

#[test]
fn the_parts_of_an_operator_in_the_wrong_order() {
    insta::assert_snapshot!(errors("bob<@1s.. hi\nbob<~.. hi\nbob<@50 hi\nbob<=> hi\nbob<!@1s hi\n"), @r#"
    error: the parts of the operator are in the wrong order
     --> test.chat:1:4
      |
    1 | bob<@1s.. hi
      |    ^^^^^^ expected `<..@1s`
      |
      = help: write `<..@1s `: which line, then `~`, then the deadline

    error: the parts of the operator are in the wrong order
     --> test.chat:2:4
      |
    2 | bob<~.. hi
      |    ^^^^ expected `<..~`
      |
      = help: write `<..~ `: which line, then `~`, then the deadline

    error: `50` is not a duration
     --> test.chat:3:4
      |
    3 | bob<@50 hi
      |    ^^^^ expected a duration such as `50ms` after `@`

    error: no blank after `<`
     --> test.chat:4:5
      |
    4 | bob<=> hi
      |     ^ expected a blank
      |
      = help: write `bob< => hi`; the operator ends at the first blank

    error: `<!` takes no deadline
     --> test.chat:5:6
      |
    5 | bob<!@1s hi
      |      ^^^ not here
      |
      = help: a fence decides that nothing more is coming, without waiting; leave the deadline out
    "#);
}

#[test]
fn a_hole_that_is_not_closed() {
    insta::assert_snapshot!(errors("alice> {{room\nalice> {{a {{b}}\nalice> x {{ room }}\nalice> {{id:number}} {{}} {{a-b}}\n"), @r#"
    error: `{{` is not closed
     --> test.chat:1:8
      |
    1 | alice> {{room
      |        ^^ expected `}}` after it
      |
      = help: a placeholder ends with `}}`; two braces as text are written `{{"{{"}}`

    error: `{{` is not closed
     --> test.chat:2:8
      |
    2 | alice> {{a {{b}}
      |        ^^ expected `}}` after it
      |            -- the next one begins here
      |
      = help: a placeholder ends with `}}`; two braces as text are written `{{"{{"}}`

    error: unexpected spaces inside `{{ }}`
     --> test.chat:3:10
      |
    3 | alice> x {{ room }}
      |          ^^^^^^^^^^ expected no spaces
      |
      = help: write `{{room}}`

    error: nothing is captured as `number`
     --> test.chat:4:13
      |
    4 | alice> {{id:number}} {{}} {{a-b}}
      |             ^^^^^^ expected `int`, `word` or `any`
      |
      = help: `{{name}}` inserts, `{{name:int}}`, `{{name:word}}` and `{{name:any}}` capture, `{{_}}` matches anything, `{{_:word}}` a word, `{{"\t"}}` is a text with escapes

    error: an empty placeholder
     --> test.chat:4:22
      |
    4 | alice> {{id:number}} {{}} {{a-b}}
      |                      ^^^^ expected a name
      |
      = help: `{{name}}` inserts, `{{name:int}}`, `{{name:word}}` and `{{name:any}}` capture, `{{_}}` matches anything, `{{_:word}}` a word, `{{"\t"}}` is a text with escapes

    error: unknown placeholder
     --> test.chat:4:27
      |
    4 | alice> {{id:number}} {{}} {{a-b}}
      |                           ^^^^^^^ expected a name, a capture or a quoted text
      |
      = help: `{{name}}` inserts, `{{name:int}}`, `{{name:word}}` and `{{name:any}}` capture, `{{_}}` matches anything, `{{_:word}}` a word, `{{"\t"}}` is a text with escapes
    "#);
}

#[test]
fn columns_under_wide_characters_emoji_and_tabs() {
    insta::assert_snapshot!(errors("\t渊渊> 日本語 👩‍👩‍👧 {{id:itn}}\n渊渊, e\u{301}va>hi\n\tbob<\ttab\n"), @r#"
    error: nothing is captured as `itn`
     --> test.chat:1:21
      |
    1 |     渊渊> 日本語 👩‍👩‍👧 {{id:itn}}
      |                          ^^^ did you mean `int`?
      |
      = help: `{{name}}` inserts, `{{name:int}}`, `{{name:word}}` and `{{name:any}}` capture, `{{_}}` matches anything, `{{_:word}}` a word, `{{"\t"}}` is a text with escapes

    error: no blank after `>`
     --> test.chat:2:10
      |
    2 | 渊渊, éva>hi
      |           ^ expected a blank
      |
      = help: write `渊渊, éva> hi`; the operator ends at the first blank

    error: no blank after `<`
     --> test.chat:3:6
      |
    3 |     bob<    tab
      |         ^ expected a blank
      |
      = help: write `bob< tab`; the operator ends at the first blank
    "#);
}

#[test]
fn unknown_statements_with_what_was_probably_meant() {
    insta::assert_snapshot!(errors("conect alice\nbob disconect\nhello there\nalice: hi\nalice > hi\nset timeuot 5s\ntest one\n"), @r#"
    error: unknown statement `conect`
     --> test.chat:1:1
      |
    1 | conect alice
      | ^^^^^^ did you mean `connect`?

    error: unknown statement `disconect`
     --> test.chat:2:5
      |
    2 | bob disconect
      |     ^^^^^^^^^ did you mean `disconnect`?

    error: unknown statement `there`
     --> test.chat:3:7
      |
    3 | hello there
      |       ^^^^^ expected one of `raw`, `is`, `drain`, `disconnect`, `reset`, `reconnect`, `stall`, `resume`, `chunk`, `upload`, `download`

    error: unexpected `:`
     --> test.chat:4:6
      |
    4 | alice: hi
      |      ^ expected `>` or `<`
      |
      = help: write `alice> text` to send, `alice< text` to expect

    error: unexpected space before `>`
     --> test.chat:5:6
      |
    5 | alice > hi
      |      ^ expected the operator right after the name
      |
      = help: write `alice> ...`

    error: unknown setting `timeuot`
     --> test.chat:6:5
      |
    6 | set timeuot 5s
      |     ^^^^^^^ did you mean `timeout`?

    error: the name of a test must be in quotes
     --> test.chat:7:6
      |
    7 | test one
      |      ^^^ expected `"`
      |
      = help: write `test "one"`
    "#);
}

#[test]
fn statements_that_are_not_complete() {
    insta::assert_snapshot!(errors("pause 5\nrepeat\nrepeat x\nconnect alice as bob\nconnect\nlet x=foo\nassert {{n}} 3\nevery 4\nbob is quiet\nbob chunk\nsetup now\ntags\nset timeout\nalice raw xyz\ntitle\neach\n"), @r#"
    error: malformed `pause`
     --> test.chat:1:7
      |
    1 | pause 5
      |       ^ expected a duration such as `200ms` or the value of a `param`, such as `{{n}}`
      |
      = help: usage: `pause 200ms`, `pause 1s..3s` or `pause ~2s`

    error: incomplete `repeat`
     --> test.chat:2:7
      |
    2 | repeat
      |       ^ expected more
      |
      = help: usage: `repeat 5`

    error: malformed `repeat`
     --> test.chat:3:8
      |
    3 | repeat x
      |        ^ expected a whole number or the value of a `param`, such as `{{n}}`
      |
      = help: usage: `repeat 5`

    error: malformed `connect`
     --> test.chat:4:18
      |
    4 | connect alice as bob
      |                  ^^^ expected a text in quotes
      |
      = help: usage: `connect alice, bob as "渊渊", talker[5]`, with `with encoding gbk dialect legacy` after it

    error: incomplete `connect`
     --> test.chat:5:8
      |
    5 | connect
      |        ^ expected more
      |
      = help: usage: `connect alice, bob as "渊渊", talker[5]`, with `with encoding gbk dialect legacy` after it

    error: malformed `let`
     --> test.chat:6:5
      |
    6 | let x=foo
      |     ^^^^^ expected ` = `, with a blank on either side
      |
      = help: usage: `let name = text`

    error: incomplete `assert`
     --> test.chat:7:15
      |
    7 | assert {{n}} 3
      |               ^ expected more
      |
      = help: usage: `assert {{n}} > 3`, with `==`, `!=`, `<`, `<=`, `>`, `>=` or `contains` between blanks

    error: malformed `every`
     --> test.chat:8:7
      |
    8 | every 4
      |       ^ expected a duration such as `200ms` or the value of a `param`, such as `{{n}}`
      |
      = help: usage: `every 4s`, or `every ~4s` for random intervals with this mean

    error: malformed `is`
     --> test.chat:9:8
      |
    9 | bob is quiet
      |        ^^^^^ expected `silent` or `closed`
      |
      = help: usage: `bob is silent` or `bob is closed`

    error: incomplete `chunk`
      --> test.chat:10:10
       |
    10 | bob chunk
       |          ^ expected more
       |
       = help: usage: `bob chunk 3` or `bob chunk off`

    error: malformed `setup`
      --> test.chat:11:7
       |
    11 | setup now
       |       ^^^ expected the end of the line
       |
       = help: usage: it is alone on its line; `end` closes it

    error: incomplete `tags`
      --> test.chat:12:5
       |
    12 | tags
       |     ^ expected more
       |
       = help: usage: `tags slow, room`

    error: incomplete `set`
      --> test.chat:13:12
       |
    13 | set timeout
       |            ^ expected more
       |
       = help: usage: `set timeout 5s`, `set settle 150ms`, `set leftovers allow` or `set dialect irc`

    error: malformed `raw`
      --> test.chat:14:11
       |
    14 | alice raw xyz
       |           ^^^ expected a text in quotes
       |
       = help: usage: `alice raw "\xff\n"`

    error: incomplete `title`
      --> test.chat:15:6
       |
    15 | title
       |      ^ expected more
       |
       = help: usage: `title what the script shows`

    error: incomplete `each`
      --> test.chat:16:5
       |
    16 | each
       |     ^ expected more
       |
       = help: usage: `each talker`
    "#);
}

#[test]
fn values_that_cannot_be() {
    insta::assert_snapshot!(errors("repeat 0\nend\npause 3s..1s\nset timeout 5\nset leftovers maybe\nset timeout 0s\nconnect a[20000], b[0]\nconnect c with dialect irc encoding utf-16le color red\nalice raw \"\"\nalice> {{text 9..1}} {{int}} {{\"\\u{110000}\"}}\nconnect all, every, x[2] as \"y\"\n"), @r#"
    error: must be at least 1
     --> test.chat:1:8
      |
    1 | repeat 0
      |        ^ expected 1 or more

    error: the range ends before it begins
     --> test.chat:3:7
      |
    3 | pause 3s..1s
      |       ^^^^^^ expected the lower bound first

    error: `5` is not a duration
     --> test.chat:4:13
      |
    4 | set timeout 5
      |             ^ expected a duration such as `200ms` or `5s`

    error: unknown value of `leftovers`: `maybe`
     --> test.chat:5:15
      |
    5 | set leftovers maybe
      |               ^^^^^ expected `fail` or `allow`

    error: duration must be above zero
     --> test.chat:6:13
      |
    6 | set timeout 0s
      |             ^^ expected a duration above zero

    error: 20000 is too many
     --> test.chat:7:11
      |
    7 | connect a[20000], b[0]
      |           ^^^^^ expected at most 10000

    error: must be at least 1
     --> test.chat:7:21
      |
    7 | connect a[20000], b[0]
      |                     ^ expected 1 or more

    error: utf-16le is not usable line by line
     --> test.chat:8:37
      |
    8 | connect c with dialect irc encoding utf-16le color red
      |                                     ^^^^^^^^ expected an encoding such as `gbk`

    error: unknown option `color`
     --> test.chat:8:46
      |
    8 | connect c with dialect irc encoding utf-16le color red
      |                                              ^^^^^ expected `encoding`, `dialect` or `tls`

    error: there are no bytes to send
     --> test.chat:9:11
      |
    9 | alice raw ""
      |           ^^ expected at least one

    error: the range ends before it begins
      --> test.chat:10:10
       |
    10 | alice> {{text 9..1}} {{int}} {{"\u{110000}"}}
       |          ^^^^^^^^^ expected the lower bound first

    error: `int` needs a range
      --> test.chat:10:22
       |
    10 | alice> {{text 9..1}} {{int}} {{"\u{110000}"}}
       |                      ^^^^^^^ expected two numbers
       |
       = help: write `{{int 1..9}}`

    error: this is not a character
      --> test.chat:10:33
       |
    10 | alice> {{text 9..1}} {{int}} {{"\u{110000}"}}
       |                                 ^^^^^^^^^^ expected a code point up to 10FFFF

    error: `all` is a word of the language
      --> test.chat:11:9
       |
    11 | connect all, every, x[2] as "y"
       |         ^^^ expected a name

    error: `every` is a word of the language
      --> test.chat:11:14
       |
    11 | connect all, every, x[2] as "y"
       |              ^^^^^ expected a name

    error: a group cannot share one name on the server
      --> test.chat:11:29
       |
    11 | connect all, every, x[2] as "y"
       |                             ^^^ one name for several users
       |
       = help: leave `as` out: the users of a group are named after it
    "#);
}

#[test]
fn expressions_that_are_none() {
    insta::assert_snapshot!(errors("bob<~ 日本 (x{{y}}\nbob<~ [a-\nbob<~ {{n:int}}\n"), @r#"
    error: this is not a regular expression
     --> test.chat:1:10
      |
    1 | bob<~ 日本 (x{{y}}
      |            ^ unclosed group

    error: this is not a regular expression
     --> test.chat:2:7
      |
    2 | bob<~ [a-
      |       ^ unclosed character class

    error: a placeholder in a regular expression cannot capture
     --> test.chat:3:7
      |
    3 | bob<~ {{n:int}}
      |       ^^^^^^^^^ not here
      |
      = help: a named group captures: `(?<name>[0-9]+)`
    "#);
}

#[test]
fn blocks_that_are_not_closed() {
    insta::assert_snapshot!(errors("together\n  repeat 5\n    alice> x\nend\nalice> y\n"), @r#"
    error: `together` is not closed
     --> test.chat:1:1
      |
    1 | together
      | ^^^^^^^^ this block has no `end`
    ...
    4 | end
      | --- this `end` closes `repeat` of line 2
    5 | alice> y
      |         - here ends the file
    "#);
}

#[test]
fn a_block_that_a_test_interrupts() {
    insta::assert_snapshot!(errors("each talker\n  me> x\ntest \"two\"\nalice> \"\"\"\n  open\n"), @r#"
    error: `each` is not closed
     --> test.chat:1:1
      |
    1 | each talker
      | ^^^^^^^^^^^ this block has no `end`
    2 |   me> x
    3 | test "two"
      | ---------- here begins a test

    error: the lines to send are not closed
     --> test.chat:4:8
      |
    4 | alice> """
      |        ^^^ `"""` is opened here
    5 |   open
      |       - here ends the file, without the closing `"""`
    "#);
}

#[test]
fn an_end_too_many() {
    insta::assert_snapshot!(errors("together\nend\nend\n"), @r#"
    error: this `end` closes nothing
     --> test.chat:3:1
      |
    2 | end
      | --- the last block, `together` of line 1, is closed here
    3 | end
      | ^^^ no block is open here
    "#);
}

#[test]
fn a_load_block_that_is_wrong() {
    insta::assert_snapshot!(errors("load\n  users 5\n  stages 0 -> 5 in 1s\n  warmpu 3s\n  rate 0/s\n  fail if delivry.p99 > 1s\n  fail if lost > 1s\n  fail if round.p99 > 3\n  seed 1\n  seed 2\n  duration 5\nend\n"), @r#"
    error: `users` and `stages` exclude each other
     --> test.chat:3:3
      |
    2 |   users 5
      |         - either this
    3 |   stages 0 -> 5 in 1s
      |   ^^^^^^^^^^^^^^^^^^^ or this
      |
      = help: stages say how many users there are at any time

    error: unknown entry of a `load` block `warmpu`
     --> test.chat:4:3
      |
    4 |   warmpu 3s
      |   ^^^^^^ did you mean `warmup`?

    error: rate must be above zero
     --> test.chat:5:8
      |
    5 |   rate 0/s
      |        ^^^ expected a rate above zero

    error: unknown figure `delivry.p99`
     --> test.chat:6:11
      |
    6 |   fail if delivry.p99 > 1s
      |           ^^^^^^^^^^^ did you mean `delivery.p99`?

    error: this limit does not fit the figure
     --> test.chat:7:18
      |
    7 |   fail if lost > 1s
      |                  ^^ expected a number such as `3`, or `0.1%`

    error: this limit does not fit the figure
     --> test.chat:8:23
      |
    8 |   fail if round.p99 > 3
      |                       ^ expected a duration such as `250ms`

    error: duplicate setting
      --> test.chat:10:8
       |
     9 |   seed 1
       |        - for the first time
    10 |   seed 2
       |        ^ already set above

    error: malformed `duration`
      --> test.chat:11:12
       |
    11 |   duration 5
       |            ^ expected a duration such as `200ms`
       |
       = help: usage: `duration 10s`
    "#);
}

#[test]
fn lines_in_triple_quotes_that_begin_too_early() {
    insta::assert_snapshot!(errors("alice> \"\"\"\n    one\n  two\n    \"\"\"\n"), @r#"
    error: this line is indented less than the closing `"""`
     --> test.chat:3:3
      |
    3 |   two
      |   ^^^
    4 |     """
      |     --- the blanks before it are taken off each line
    "#);
}

/// The complete scripts of the reference, with the words beside their fences.
fn examples() -> Vec<(&'static str, &'static str)> {
    let blocks = include_str!("../../../docs/script-language.md").split("\n```").skip(1).step_by(2);
    blocks.filter_map(|block| block.split_once('\n')).filter(|(fence, _)| fence.starts_with("chat")).collect()
}

#[test]
fn every_example_of_the_reference_is_right() {
    assert!(examples().len() > 20);
    for (fence, example) in examples() {
        let script = read(example);
        let warnings = render(&crate::lang::warnings(&script));
        assert_eq!(warnings, "", "{fence}: {example}");
    }
}

#[test]
fn the_examples_of_the_reference_are_in_the_one_layout() {
    for (_, example) in examples() {
        let formatted = crate::lang::format(&Source::new("example.chat", example)).expect("its syntax is right");
        assert_eq!(formatted.trim_end(), example.trim_end());
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*") {
        let _ = parse(&Source::new("x.chat", text));
    }

    #[test]
    fn no_mixture_of_the_language_makes_the_parser_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "connect", "alice", "bob", ",", ">", "<", "..", "~", "@", "50ms", " ", "  ", "\t", "\n", "\r\n", "{{", "}}",
            "\"", "\"\"\"", "end", "together", "each", "me", "all", "except", "repeat", "5", "every", "load", "test",
            "title", "x:int", "_", "\\u{41}", "\\", "日本", "\u{301}", "👩\u{200d}👩", "(", "[", "setup", "is", "silent",
            "let", "=", "assert", "==", "stages", "->", "in", "hold", "fail", "if", "#", "\u{feff}", "stamp", "raw",
        ]), 0..40)
    ) {
        let source = Source::new("x.chat", pieces.concat());
        if let Err(errors) = parse(&source) {
            prop_assert!(!errors.is_empty());
            render(&errors);
        }
    }
}
