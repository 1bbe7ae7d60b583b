//! Inputs from bug reports of programs like this one, each with the right answer.

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tempfile::TempDir;

fn run(text: &str) -> assert_cmd::assert::Assert {
    chatctl(&["run", "-"], text)
}

fn chatctl(arguments: &[&str], text: &str) -> assert_cmd::assert::Assert {
    Command::cargo_bin("chatctl").unwrap().args(arguments).write_stdin(text.to_owned()).assert()
}

#[test]
fn texts_are_not_equal_because_both_look_like_zero_or_like_infinity() {
    for (one, other) in [
        ("0e462097431906509019562988736854", "0e830400451993494058024219903391"),
        ("1e400", "2e400"),
        ("170141183460469231731687303715884105728", "170141183460469231731687303715884105729"),
    ] {
        let text = format!("connect a\na> ping {one}\na< server: pong {{{{id:word}}}}\nassert {{{{id}}}} == {other}\n");
        run(&text).code(1).stderr(contains("the assertion failed"));
    }
}

#[test]
fn a_line_is_one_line_whatever_is_inserted() {
    let written = "connect a\na> ping x{{\"\\n\"}}ping y\na< server: pong x\na< server: pong y\n";
    run(written).code(3).stderr(contains("error: a line break in one line\n --> -:2:10"));
    run("connect a as \"b\\nc\"\n").code(3).stderr(contains("a line break in one line"));
    let inserted = "let two = x{{\"\\n\"}}ping y\nconnect a\na> ping {{two}}\n";
    run(inserted).code(1).stderr(contains("error: one line cannot have a line break"));
    let block = "let two = x{{\"\\n\"}}ping y\nconnect a\na> \"\"\"\nping {{two}}\n\"\"\"\na< server: pong x\na< server: pong y\n";
    run(block).code(0);
}

#[test]
fn what_a_charset_lacks_is_refused_and_named() {
    let written = "connect g with encoding gbk\ng> set encoding gbk\ng< {{_}}\ng> ping a fox 🦊\n";
    run(written).code(3).stderr(contains("error: gbk has no `🦊` (U+1F98A)\n"));
    let changed = "connect g\ng> set encoding gbk\ng< {{_}}\ng> ping 🦊\n";
    run(changed).code(3).stderr(contains("g cannot send this"));
    let inserted = "let fox = 🦊\nconnect g\ng> set encoding gbk\ng< {{_}}\ng> ping {{fox}}\n";
    run(inserted).code(1).stderr(contains("error: g cannot send this in gbk\n"));
    run("connect g\ng> set encoding gbk\ng< {{_}}\ng> set encoding utf-8\ng< {{_}}\ng> ping 🦊\ng< {{_}}\n").code(0);
}

#[test]
fn hong_kong_reads_what_hong_kong_writes() {
    let text = "connect ann with encoding big5-hkscs\nconnect ben with encoding big5-hkscs\nconnect uli\n\
                ann, ben> set encoding big5-hkscs\nann, ben< server: encoding is big5\n\
                ann raw \"send message ben,uli \\xa7\\xda\\xad\\xb9\\x9d\\xf7\\x9d\\xcf\\n\"\n\
                uli< ann: 我食咗嘢\nben< ann: 我食咗嘢\n";
    run(text).code(0);
}

#[test]
fn a_wave_dash_reaches_readers_of_japanese_charsets() {
    let mut text = "connect ann\n".to_owned();
    for (user, label) in [("sji", "shift_jis"), ("euc", "euc-jp"), ("iso", "iso-2022-jp")] {
        text += &format!("connect {user} with encoding {label}\n{user}> set encoding {label}\n");
        text += &format!("{user}< server: encoding is {label}\n");
    }
    text += "ann> send message sji,euc,iso またね〜\nsji, euc, iso<~ ann: またね[～〜]\n";
    run(&text).code(0);
}

#[test]
fn an_update_leaves_alone_what_no_single_text_can_satisfy() {
    let group = "connect a, b\na, b> ping {{me}}\na, b< server: pong a\n";
    let turns = "connect a\nrepeat 2\n  a> ping {{i}}\n  a< server: pong 1\nend\n";
    let tests = "connect a\nsetup\n  a> list rooms\n  a< server: rooms (0)\nend\nfinally\n  a> ping\nend\ntest \"1\"\n\
                 a> create room x\na< {{_}}\ntest \"2\"\na> ping\na< server: pong\n";
    for text in [group, turns] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.chat");
        std::fs::write(&path, text).unwrap();
        let run = chatctl(&["run", "--update", path.to_str().unwrap()], "").code(1);
        run.stderr(contains("not updated: it was met by another user, in another turn or in another test\n"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    run(tests).code(0);
}

#[test]
fn the_help_for_a_tab_after_the_operator_can_be_pasted() {
    run("connect a\na>\tping x\n").code(3).stderr(contains("help: write `a> ping x`;"));
    run("connect a\na>\u{3000}ping x\n").code(3).stderr(contains("help: write `a> ping x`;"));
}

#[test]
fn mistakes_are_answered_with_what_to_write() {
    for (line, answer) in [
        ("assert {{x}} = 5", "write `==` to require"),
        ("alice raw \"ping \\q\\n\"", "unknown escape `\\q`"),
        ("alice> {{\"\\x05\"}}", "the character is `\\u{5}`"),
        ("connect bob # the boss", "a comment stands on a line of its own"),
        ("connect load-user", "a name in a script has letters, digits and `_` only"),
        ("alice send ping", "write `alice> ping`"),
        ("connect bob carol", "write `connect bob, carol`"),
        ("connect bob wit encoding gbk", "did you mean `with`?"),
        ("alice expects server: pong", "write `alice< server: pong`"),
    ] {
        run(&format!("connect alice\nlet x = 5\n{line}\n")).code(3).stderr(contains(answer));
    }
    run("connect alice, bob\nalice, bob are silent\n").code(0);
}

#[test]
fn a_block_whose_first_line_is_wrong_is_closed_by_its_end() {
    let check = chatctl(&["check", "-"], "connect alice\nrepeat {{n}}\n  alice> ping\n  alice< server: pong\nend\n");
    check.code(3).stderr(contains("1 script checked: 1 error"));
}

#[test]
fn failures_are_answered_with_what_would_pass() {
    let regex = "connect alice\nalice> ping 123\nalice<~ pong [0-9]+\n";
    run(regex).code(1).stderr(contains("the whole line: `alice<~ .*pong [0-9]+`"));
    let order = "connect alice\nalice> ping 1\nalice> ping 2\nalice< server: pong 2\nalice< server: pong 1\n";
    run(order).code(1).stderr(contains("this line is expected in line 5; in `unordered` ... `end`"));
    // A creator hears the notice as well.
    let created = "connect alice, bob\nalice> create room den bob\nbob< den/server: alice created the room with bob\n\
                   alice> send den hi\nalice< den/alice: hi\n";
    let notice =
        "`alice< den/server: alice created the room with bob` expects the line before it, which bob took in line 3";
    run(created).code(1).stderr(contains(notice).and(contains("bob received exactly").not()));
    let alone = "connect alice\nalice> create room den\nalice> send den hi\nalice< den/alice: hi\n";
    let notice =
        "`alice< den/server: alice created the room` expects the line before it, which no statement above has taken";
    run(alone).code(1).stderr(contains(notice));
}

#[test]
fn what_is_never_used_is_a_warning_whose_advice_keeps_the_test_as_strict() {
    let text = "param n = 1\nlet m = 2\nconnect alice\nalice> ping a\nalice< server: pong {{w:word}}\nassert x == x\n";
    let check = chatctl(&["check", "-"], text).code(0);
    let check = check.stderr(contains("`n` is never used")).stderr(contains("`m` is never used"));
    let check = check.stderr(contains("`{{_:word}}` matches a word and keeps nothing"));
    check.stderr(contains("both sides of the assertion are fixed texts"));
    let sum = "connect alice\nalice> ping 5\nalice< server: pong {{n:int}}\nassert {{n}} + 1 == 6\n";
    chatctl(&["check", "-"], sum).code(0).stderr(contains("nothing is computed in an assertion"));
    let hole = chatctl(&["check", "-"], "connect alice\nalice> {{\"\\x05\"}}\n").code(3);
    hole.stderr(contains("1 script checked: 1 error, no warnings"));
    run("connect alice\nalice> ping a b\nalice< server: pong {{_:word}}\n").code(1);
    run("connect alice\nalice> ping 12\nalice< server: pong {{_:int}}\n").code(0);
}

#[test]
fn a_script_is_rewritten_so_that_many_copies_of_it_can_run_at_once() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("demo.chat");
    std::fs::copy("scripts/room_demo.chat", &path).unwrap();
    let path = path.to_str().unwrap();
    chatctl(&["check", "--load", path], "").code(3);
    chatctl(&["check", "--load", "--fix", path], "").code(0).stderr(contains(" lines rewritten\n"));
    chatctl(&["check", "--load", path], "").code(0);
    chatctl(&["run", path], "").code(0);
    chatctl(&["load", "--users", "8", path], "").code(0).stdout(contains("in 2 casts of 4"));
    chatctl(&["check", "--load", "--fix", path], "").code(0).stderr(contains("rewritten").not());
}

/// What no rewriting can load: a list at the door of old clients, names in raw bytes, a label that is the name of nobody; and
/// what is about deadlines, which a busy machine may miss.
const FOR_ONE_CAST: [&str; 4] = ["old_and_new.chat", "packets.chat", "names.chat", "patience.chat"];

#[test]
fn every_shipped_script_can_be_loaded_once_it_is_rewritten() {
    let folder = TempDir::new().unwrap();
    let entries = std::fs::read_dir("scripts").unwrap().map(|entry| entry.unwrap().path());
    let scripts: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "chat")).collect();
    assert!(scripts.len() > 10);
    copy_folder(std::path::Path::new("scripts/fixtures"), &folder.path().join("fixtures"));
    for script in scripts {
        let name = script.file_name().unwrap().to_str().unwrap().to_owned();
        let path = folder.path().join(&name);
        std::fs::copy(&script, &path).unwrap();
        let path = path.to_str().unwrap();
        chatctl(&["check", "--load", "--fix", path], "").code(0);
        if !FOR_ONE_CAST.contains(&name.as_str()) {
            chatctl(&["run", path], "").code(0);
            chatctl(&["load", "--users", "10", path], "").code(0);
        }
    }
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
