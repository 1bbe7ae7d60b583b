//! Who knows the dialects: only `protocol/dialect` names one, or spells a line of one.

use super::{Source, production, production_sources, src, without_comments};

/// What only the dialects may name: each other, and how the lines begin that a server says in one.
const NEVER: &[&str] = &[
    "Dialect::Text",
    "Dialect::Legacy",
    "Dialect::Json",
    "Dialect::Irc",
    "\"server: ",
    "/server: ",
    "\"error: ",
    "\"error:\"",
    "set your name please",
    "let's start chatting",
];

/// What production code of this file knows of a dialect.
fn complaints(source: &Source) -> Vec<String> {
    let path = source.path.display();
    NEVER.iter().filter(|word| source.code.contains(**word)).map(|word| format!("{path} holds {word}")).collect()
}

#[test]
fn only_the_dialects_know_what_they_are_and_how_a_line_of_theirs_begins() {
    let dialects = src().join("protocol/dialect");
    let (within, outside): (Vec<Source>, Vec<Source>) =
        production_sources(&src()).into_iter().partition(|file| file.path.starts_with(&dialects));
    let found: Vec<String> = outside.iter().flat_map(complaints).collect();
    assert!(found.is_empty(), "dialects are known outside of protocol/dialect:\n{}", found.join("\n"));
    let known: Vec<String> = within.iter().flat_map(complaints).collect();
    for word in NEVER.iter().filter(|word| !["/server: ", "\"error:\""].contains(word)) {
        assert!(known.iter().any(|complaint| complaint.ends_with(word)), "{word} is spelled otherwise now");
    }
}

#[test]
fn a_dialect_that_is_known_elsewhere_is_found() {
    let complain = |text: &str| {
        let code = production(&without_comments(text)).to_owned();
        complaints(&Source { path: "x.rs".into(), code })
    };
    assert_eq!(complain("match dialect {\n    Dialect::Legacy => 1,\n}"), ["x.rs holds Dialect::Legacy"]);
    assert_eq!(complain("line.strip_prefix(\"server: pong\")"), ["x.rs holds \"server: "]);
    assert_eq!(complain("bytes.starts_with(b\"error: \")"), ["x.rs holds \"error: "]);
    assert_eq!(complain("format!(\"{room}/server: {user} joined\")"), ["x.rs holds /server: "]);
    let fine =
        "/// `server: bye`, in Dialect::Text.\nfn f() {}\n#[cfg(test)]\nmod tests {\n    use Dialect::Text;\n}\n";
    assert_eq!(complain(fine), Vec::<String>::new());
}
