//! The floors: a file imports its own folder or a lower floor, and the runtimes and the outside world stay where they
//! belong. Read from the source text, without comments and tests.

mod circles;
mod dialects;
mod lengths;

use std::fs;
use std::path::{Path, PathBuf};

/// A folder of the library, what it may import besides itself, and which words of the outside world it must not hold.
struct Floor {
    folder: &'static str,
    below: &'static [&'static str],
    never: &'static [&'static str],
}

/// What decides nothing by itself: no runtime, no socket, no thread, no clock.
const OUTSIDE: &[&str] = &[
    "async_std",
    "smol",
    "async_io",
    "async_channel",
    "futures",
    "socket2",
    "std::net",
    "std::thread",
    "std::fs",
    "Instant",
    "SystemTime::now",
];

const FLOORS: &[Floor] = &[
    Floor { folder: "text", below: &[], never: OUTSIDE },
    Floor { folder: "diagnostic", below: &["text"], never: OUTSIDE },
    Floor { folder: "net", below: &[], never: &["async_std", "smol"] },
    Floor { folder: "protocol", below: &["text"], never: OUTSIDE },
    Floor { folder: "hub", below: &["text", "protocol"], never: OUTSIDE },
    Floor { folder: "client", below: &["text", "net", "protocol"], never: &["async_std"] },
    Floor {
        folder: "delivery",
        below: &[],
        never: &["async_std", "smol", "futures", "std::net", "std::thread", "std::fs"],
    },
    Floor { folder: "lang", below: &["text", "diagnostic", "protocol"], never: OUTSIDE },
    Floor {
        folder: "run",
        below: &["text", "diagnostic", "protocol", "client", "delivery", "lang"],
        never: &["async_std"],
    },
    Floor { folder: "store", below: &["text", "protocol", "hub"], never: &["async_std", "smol"] },
    Floor { folder: "server", below: &["text", "net", "protocol", "hub", "store"], never: &["smol"] },
    Floor {
        folder: "load",
        below: &["text", "diagnostic", "protocol", "client", "delivery", "lang", "run"],
        never: &["async_std"],
    },
    Floor {
        folder: "terminal",
        below: &["text", "diagnostic", "protocol", "client", "delivery", "lang", "run"],
        never: &["async_std"],
    },
];

/// A file with its code.
struct Source {
    path: PathBuf,
    code: String,
}

fn sources(folder: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let code = without_comments(&fs::read_to_string(&path).unwrap());
            found.push(Source { path, code });
        }
    }
    found
}

/// The code before the tests that a file ends with.
fn production(code: &str) -> &str {
    let end = code.match_indices("#[cfg(test)]\n").find(|(at, mark)| {
        let rest = &code[at + mark.len()..];
        rest.starts_with("mod ") && rest.lines().next().is_some_and(|line| line.ends_with('{'))
    });
    end.map_or(code, |(at, _)| &code[..at])
}

/// The files of a folder without their tests, and without the files that are declared as tests.
fn production_sources(folder: &Path) -> Vec<Source> {
    let all = sources(folder);
    let tests: Vec<PathBuf> = all.iter().flat_map(declared_tests).collect();
    let is_production = |source: &Source| !tests.iter().any(|test| source.path.starts_with(test));
    let cut = |source: Source| Source { code: production(&source.code).to_owned(), ..source };
    all.into_iter()
        .map(|source| Source { path: source.path.with_extension(""), ..source })
        .filter(is_production)
        .map(cut)
        .collect()
}

/// The files and folders, without extension, of the modules that this file declares for tests alone.
fn declared_tests(source: &Source) -> Vec<PathBuf> {
    let is_folder = ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| source.path.ends_with(name));
    let folder = if is_folder { source.path.with_file_name("") } else { source.path.with_extension("") };
    let declared = source.code.split("#[cfg(test)]\n").skip(1).filter_map(|rest| {
        let (visibility, name) = rest.split_once("mod ")?;
        (visibility.is_empty() || visibility.starts_with("pub") && !visibility.contains('\n')).then_some(name)
    });
    declared
        .filter_map(|rest| Some(folder.join(rest.split_once(';')?.0)))
        .filter(|path| !path.to_string_lossy().contains('{'))
        .collect()
}

fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect()
}

/// The folders named by `crate::name` and `crate::{name, ...}`.
fn imports(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, root) in code.match_indices("crate::") {
        let rest = &code[at + root.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(first_words(group)),
            None => found.push(word(rest)),
        }
    }
    found
}

/// The first word of each member of a `{a::b, c::{d, e}}`, after its bracket.
fn first_words(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (1, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => {
                found.push(word(group[start..].trim_start()));
                start = at + 1;
            }
            _ => {}
        }
        if depth == 0 {
            found.push(word(group[start..at].trim_start()));
            break;
        }
    }
    found.into_iter().filter(|word| !word.is_empty()).collect()
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// Whether `needle` stands in the code as a path of its own, and not as a part of a longer word.
fn holds(code: &str, needle: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(needle)
        .any(|(at, _)| !code[..at].ends_with(part_of_word) && !code[at + needle.len()..].starts_with(part_of_word))
}

/// What is wrong with this file of this floor.
fn complaints(floor: &Floor, source: &Source) -> Vec<String> {
    let path = source.path.display();
    let allowed = |folder: &&str| *folder == floor.folder || floor.below.contains(folder);
    let known = |folder: &&str| FLOORS.iter().any(|floor| floor.folder == *folder);
    let above = imports(&source.code).into_iter().filter(known).filter(|folder| !allowed(folder));
    let outside = floor.never.iter().filter(|needle| holds(&source.code, needle));
    let above = above.map(|folder| format!("{path} imports crate::{folder}"));
    above.chain(outside.map(|needle| format!("{path} holds {needle}"))).collect()
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn every_file_imports_its_own_folder_or_a_lower_floor() {
    let mut found = Vec::new();
    for floor in FLOORS.iter().filter(|floor| src().join(floor.folder).is_dir()) {
        let sources = sources(&src().join(floor.folder));
        assert!(!sources.is_empty(), "{} has files", floor.folder);
        found.extend(sources.iter().flat_map(|source| complaints(floor, source)));
    }
    assert!(found.is_empty(), "broken floors:\n{}", found.join("\n"));
}

#[test]
fn every_folder_has_its_floor_and_its_place_in_the_map() {
    let map = fs::read_to_string(src().join("lib.rs")).unwrap();
    for entry in fs::read_dir(src()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        let name = entry.file_name().into_string().unwrap();
        if name != "bin" {
            assert!(FLOORS.iter().any(|floor| floor.folder == name), "src/{name} has no floor in this test");
            assert!(map.contains(&format!("[`{name}`]")), "src/{name} is not in the map of lib.rs");
        }
    }
}

#[test]
fn a_broken_floor_is_found() {
    let hub = FLOORS.iter().find(|floor| floor.folder == "hub").unwrap();
    let complain = |text: &str| {
        let code = without_comments(text);
        complaints(hub, &Source { path: PathBuf::from("hub/x.rs"), code })
    };
    assert_eq!(complain("use crate::server::Config;"), ["hub/x.rs imports crate::server"]);
    assert_eq!(
        complain("use crate::{\n    protocol::{name, event},\n    client,\n};"),
        ["hub/x.rs imports crate::client"]
    );
    assert_eq!(complain("let t = std::time::Instant::now();"), ["hub/x.rs holds Instant"]);
    assert_eq!(complain("use smol::Timer;"), ["hub/x.rs holds smol"]);
    let fine =
        "//! As [`crate::server`] does.\nuse crate::protocol::name::UserName;\n/// Instant\nstruct Smoldering;\n";
    assert_eq!(complain(fine), Vec::<String>::new());
}
