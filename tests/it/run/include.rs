//! Scripts that share dialects, constants, `setup` and `finally` with others.

use std::path::Path;
use std::{fs, io};

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tempfile::TempDir;

const SHARED: &str = "# What all tests of rooms need\nlet room = tea\nparam other = milk\ninclude \"../plain.inc\"\nsetup\n  ann> create room {{room}} ben\n  ann, ben< tea/server: ann created the room with ben\nend\nfinally\n  ann> leave room {{room}}\n  all drain\nend\n";

const PLAIN: &str = "dialect plain\n  login\n    me< server: set your name please:\n    me> {{me}}\n    me< server: let's start chatting!\n  end\n  fence\n    me> ping {{token}}\n    me< server: pong {{token}}\n  end\nend\n";

const ROOMS: &str = "connect ann, ben with dialect plain\ninclude \"common/rooms.chat\"\n\ntest \"said\"\nann> send {{room}} hi\nann, ben< {{room}}/ann: hi\n\ntest \"left\"\nben> leave room {{room}}\nann, ben< {{room}}/server: ben left\n";

fn folder(files: &[(&str, &str)]) -> io::Result<TempDir> {
    let folder = TempDir::new()?;
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
        fs::write(path, text)?;
    }
    Ok(folder)
}

fn rooms() -> TempDir {
    folder(&[("rooms.chat", ROOMS), ("common/rooms.chat", SHARED), ("plain.inc", PLAIN)]).unwrap()
}

fn chatctl(folder: &TempDir, arguments: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("chatctl").unwrap().current_dir(folder.path()).args(arguments).assert()
}

#[test]
fn what_a_file_includes_is_carried_out_in_each_test() {
    let folder = rooms();
    let done = chatctl(&folder, &["run", "-v", "rooms.chat"]).code(0);
    let transcript = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    assert_eq!(transcript.matches("ann> create room tea ben\n").count(), 2, "{transcript}");
    assert_eq!(transcript.matches("ann> leave room tea\n").count(), 2, "{transcript}");
    chatctl(&folder, &["check", "rooms.chat"]).code(0).stderr(contains("no errors, no warnings"));
    chatctl(&folder, &["fmt", "--check", "rooms.chat", "common/rooms.chat"]).code(0);
    chatctl(&folder, &["run", "rooms.chat", "--param", "other=water"]).code(0);
}

#[test]
fn a_folder_is_run_without_the_files_that_others_include() {
    let folder = rooms();
    chatctl(&folder, &["run", "."]).code(0).stdout(contains("./rooms.chat: passed").and(contains("1 file, 2 tests")));
    chatctl(&folder, &["check", "."]).code(0).stderr(contains("1 script checked"));
    // Alone it lacks the users, and whoever names it is told so.
    chatctl(&folder, &["run", "common/rooms.chat"]).code(3).stderr(contains("there is no user `ann`"));
}

#[test]
fn a_failure_names_the_included_file() {
    let folder = rooms();
    fs::write(folder.path().join("common/rooms.chat"), SHARED.replace("with ben", "with Ben")).unwrap();
    let arguments = ["run", "rooms.chat", "--report-json", "r.json", "--report-junit", "r.xml", "--update"];
    let failed = chatctl(&folder, &arguments).code(1);
    let expected =
        "error: ann received a different line\n --> common/rooms.chat:7:13\n  |\n6 |   ann> create room {{room}} ben";
    let failed = failed.stderr(contains(expected).and(contains(" after line 6 of common/rooms.chat")));
    failed.stderr(contains("common/rooms.chat:7: not updated: it stands in a file that other scripts may include"));
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("r.json")).unwrap()).unwrap();
    let failure = &report["files"][0]["tests"][0]["failures"][0];
    assert_eq!((&failure["file"], &failure["line"]), (&"common/rooms.chat".into(), &7.into()));
    let junit = fs::read_to_string(folder.path().join("r.xml")).unwrap();
    assert!(junit.contains(r#"file="common/rooms.chat" line="7""#), "{junit}");
    assert_eq!(fs::read_to_string(folder.path().join("rooms.chat")).unwrap(), ROOMS);
}

#[test]
fn an_error_of_an_included_file_is_shown_there_with_the_line_that_includes_it() {
    let folder = folder(&[
        ("a.chat", "connect ann\ninclude \"b.chat\"\nann> ping\nann< server: pong\n"),
        ("b.chat", "let x = 1\n\nconnect zoe\n"),
    ])
    .unwrap();
    let shown = "error: this cannot stand in an included file\n --> b.chat:3:1\n  |\n3 | connect zoe\n  | ^^^^^^^^^^^ expected `dialect`, `let`, `param`, `setup`, `finally` or `include`\n  |\n ::: a.chat:2:1\n  |\n2 | include \"b.chat\"\n  | ---------------- included here\n";
    chatctl(&folder, &["check", "a.chat"]).code(3).stderr(contains(shown));
    chatctl(&folder, &["run", "a.chat"]).code(3).stderr(contains(shown));
}

#[test]
fn a_circle_of_includes_is_an_error_with_its_lines() {
    let folder = folder(&[
        ("a.chat", "include \"lib/b.chat\"\nconnect ann\nann is silent\n"),
        ("lib/b.chat", "let x = 1\ninclude \"../a.chat\"\n"),
        ("self.chat", "include \"./self.chat\"\n"),
    ])
    .unwrap();
    let circle = "error: `a.chat` includes itself by way of `lib/b.chat`\n --> lib/b.chat:2:9\n";
    let way = " ::: a.chat:1:1\n  |\n1 | include \"lib/b.chat\"\n  | -------------------- on the way\n";
    chatctl(&folder, &["check", "a.chat"]).code(3).stderr(contains(circle).and(contains(way)));
    let itself = "error: `self.chat` includes itself\n --> self.chat:1:9\n";
    chatctl(&folder, &["check", "self.chat"]).code(3).stderr(contains(itself));
}

#[test]
fn a_file_to_include_that_is_not_there_is_the_only_error() {
    let folder = folder(&[
        (
            "a.chat",
            "connect ann with dialect ours\nincude \"b.chat\"\ninclude \"gone.chat\"\nann> {{x}}\nann is silent\n",
        ),
        ("latin.chat", "include \"bad.inc\"\n"),
        ("below.chat", "connect ann\ntest \"one\"\ninclude \"gone.chat\"\nann is silent\n"),
    ])
    .unwrap();
    fs::write(folder.path().join("bad.inc"), b"let x = 1\nlet y = \xe4\n").unwrap();
    let missing = "error: cannot read `gone.chat`: No such file or directory\n --> a.chat:3:9\n";
    let mistyped = "did you mean `include`?";
    let checked = chatctl(&folder, &["check", "a.chat"]).code(3).stderr(contains(missing).and(contains(mistyped)));
    checked.stderr(contains("1 script checked: 2 errors"));
    let latin = "error: cannot read `bad.inc`: line 2 is not valid UTF-8\n --> latin.chat:1:9\n";
    chatctl(&folder, &["check", "latin.chat"]).code(3).stderr(contains(latin));
    let below = "error: `include` must be at the top, before the first `test`\n --> below.chat:3:1\n";
    chatctl(&folder, &["check", "below.chat"]).code(3).stderr(contains(below));
}

#[test]
fn a_file_that_is_included_by_way_of_two_others_counts_once() {
    let folder = folder(&[
        (
            "a.chat",
            "include \"b.inc\"\ninclude \"c.inc\"\nconnect ann\nann> ping {{x}}{{y}}{{z}}\nann< server: pong 123\n",
        ),
        ("b.inc", "include \"d.inc\"\nlet y = 2\n"),
        ("c.inc", "include \"d.inc\"\nlet z = 3\n"),
        ("d.inc", "let x = 1\n"),
    ])
    .unwrap();
    chatctl(&folder, &["run", "a.chat"]).code(0);
    let load = ["load", "a.chat", "--users", "2", "--duration", "300ms", "--warmup", "0s"];
    chatctl(&folder, &load).stderr(contains("error").not());
}

#[test]
fn a_block_that_an_included_file_leaves_open_does_not_go_on_behind_it() {
    let folder = folder(&[
        ("a.chat", "connect ann\ninclude \"b.chat\"\nann> ping\nann< server: pong\n"),
        ("b.chat", "setup\n  ann> ping\n  ann drain\n"),
    ])
    .unwrap();
    let open = "error: `setup` is not closed\n --> b.chat:1:1\n";
    chatctl(&folder, &["check", "a.chat"]).code(3).stderr(contains(open).and(contains("1 error,")));
}
