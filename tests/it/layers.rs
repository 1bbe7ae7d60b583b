//! The floors: a file imports its own folder or a lower floor, and the runtimes and the outside world stay where they
//! belong. Read from the source text, comments left out.

use std::collections::{BTreeMap, BTreeSet};
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
    Floor {
        folder: "server",
        below: &["text", "net", "protocol", "hub", "store"],
        never: &["smol", "Dialect::Text", "Dialect::Legacy"],
    },
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

/// A file of a floor with its code, for who wants to complain about it.
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

/// Circles that are known and still have to be opened: the first path of each, below `src`.
const KNOWN_CIRCLES: &[&str] = &["hub/people", "load/casts", "run/lane/absence", "server/connection/outlet"];

/// A file of the crate by its module path, without `crate`: `run::lane::expect`. That of a `mod.rs` is its folder.
type Modules = BTreeMap<Vec<String>, Module>;

struct Module {
    path: PathBuf,
    code: String,
    is_folder: bool,
}

fn modules(root: &Path) -> Modules {
    let mut found = Modules::new();
    for source in sources(root) {
        let relative = source.path.strip_prefix(root).unwrap().with_extension("");
        let mut name: Vec<String> = relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        let is_folder = name.last().is_some_and(|last| last == "mod");
        if is_folder {
            name.pop();
        }
        let is_root = name == ["lib"] || name.first().is_some_and(|first| first == "bin");
        let is_test = name.iter().any(|part| part == "tests");
        if !is_root && !is_test {
            let code = source.code.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            found.insert(name, Module { path: relative, code, is_folder });
        }
    }
    found
}

/// Every path that the code names, written out from the root of the crate: of imports and of qualified names alike.
fn named_paths(module: &[String], is_folder: bool, code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for line in imported(code).iter().map(String::as_str).chain(code.lines()) {
        for (at, _) in line.match_indices("::") {
            let before = line[..at].rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
            if line[..before].ends_with("::") {
                continue;
            }
            let end =
                line[at..].find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').map_or(line.len(), |e| at + e);
            let parts = line[before..end].split("::").filter(|part| !part.is_empty()).map(str::to_owned);
            found.extend(absolute(module, is_folder, parts.collect()));
        }
    }
    found
}

/// The path from the root of the crate, of one that begins with `crate`, `self`, `super` or a module beside it.
fn absolute(module: &[String], is_folder: bool, mut parts: Vec<String>) -> Option<Vec<String>> {
    let folder = if is_folder { module } else { &module[..module.len() - 1] };
    let mut base = match parts.first()?.as_str() {
        "crate" => Vec::new(),
        "self" => module.to_vec(),
        "super" if is_folder => folder[..folder.len().saturating_sub(1)].to_vec(),
        "super" => folder.to_vec(),
        _ if is_folder => {
            parts.insert(0, String::new());
            folder.to_vec()
        }
        _ => return None,
    };
    let mut rest = &parts[1..];
    while rest.first().is_some_and(|part| part == "super") {
        base.pop();
        rest = &rest[1..];
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// The imports of the code, one path a line: `use a::{b, c::{d, e}};` is `a::b`, `a::c::d` and `a::c::e`.
fn imported(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for statement in code.split(';') {
        let Some(at) = statement.rfind("use ").filter(|at| holds(&statement[*at..], "use")) else { continue };
        let tree: String = statement[at + 4..].split_whitespace().collect::<Vec<_>>().join(" ");
        spread("", &tree, &mut found);
    }
    found
}

fn spread(prefix: &str, tree: &str, found: &mut Vec<String>) {
    let Some(open) = tree.find('{') else {
        found.push(format!("{prefix}{}", tree.trim()));
        return;
    };
    let prefix = format!("{prefix}{}", tree[..open].trim());
    let inner = tree[open + 1..].trim_end().strip_suffix('}').unwrap_or(&tree[open + 1..]);
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[start..at].trim().is_empty() {
                    spread(&prefix, inner[start..at].trim(), found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The file that a path leads to. A name that a `mod.rs` only passes on leads to the file that has it.
fn resolved(modules: &Modules, path: &[String]) -> Option<Vec<String>> {
    let length = (1..=path.len()).rev().find(|&length| modules.contains_key(&path[..length]))?;
    let target = path[..length].to_vec();
    let module = &modules[&target];
    let Some(name) = path.get(length).filter(|_| module.is_folder) else { return Some(target) };
    let passed_on = imported(&module.code).into_iter().find(|import| import.rsplit("::").next() == Some(name.as_str()));
    let further = passed_on.and_then(|import| {
        let parts = import.split("::").map(str::to_owned).collect();
        absolute(&target, true, parts)
    });
    match further {
        Some(further) if further != path && further.len() > target.len() => {
            resolved(modules, &further).or(Some(target))
        }
        _ => Some(target),
    }
}

/// Which files a file builds on. That it belongs to the folders above it is no edge: a `mod.rs` speaks for its folder.
fn edges(modules: &Modules) -> BTreeMap<&[String], BTreeSet<Vec<String>>> {
    let targets = |name: &Vec<String>, module: &Module| {
        let paths = named_paths(name, module.is_folder, &module.code);
        let found = paths.iter().filter_map(|path| resolved(modules, path));
        found.filter(|target| !name.starts_with(target)).collect::<BTreeSet<_>>()
    };
    modules.iter().map(|(name, module)| (name.as_slice(), targets(name, module))).collect()
}

/// Every set of files of which each builds on each other one, by their paths.
fn circles(modules: &Modules) -> Vec<Vec<String>> {
    let edges = edges(modules);
    let reach = |from: &[String]| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![from.to_vec()]);
        while let Some(next) = waiting.pop() {
            for target in &edges[next.as_slice()] {
                if seen.insert(target.clone()) {
                    waiting.push(target.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&[String], BTreeSet<Vec<String>>> = edges.keys().map(|name| (*name, reach(name))).collect();
    let mut found = BTreeSet::new();
    for (name, targets) in &reached {
        if targets.contains(*name) {
            let members = targets.iter().filter(|other| reached[other.as_slice()].contains(*name));
            found.insert(members.map(|member| modules[member].path.display().to_string()).collect::<Vec<_>>());
        }
    }
    found.into_iter().collect()
}

#[test]
fn no_files_of_the_library_build_on_each_other_in_a_circle() {
    let found = circles(&modules(&src()));
    let unknown: Vec<String> = found
        .iter()
        .filter(|circle| !KNOWN_CIRCLES.contains(&circle[0].as_str()))
        .map(|circle| circle.join(" <-> "))
        .collect();
    assert!(unknown.is_empty(), "circles:\n{}", unknown.join("\n"));
    let opened: Vec<&&str> = KNOWN_CIRCLES.iter().filter(|known| !found.iter().any(|one| one[0] == **known)).collect();
    assert!(opened.is_empty(), "these circles are open now and need no exemption: {opened:?}");
}

#[test]
fn a_circle_of_files_is_found_however_it_is_spelled() {
    let planted = |files: &[(&str, &str)]| {
        let module = |(path, code): &(&str, &str)| {
            let mut name: Vec<String> = path.split('/').map(str::to_owned).collect();
            let is_folder = name.last().is_some_and(|last| last == "mod");
            if is_folder {
                name.pop();
            }
            (name, Module { path: PathBuf::from(path), code: (*code).to_owned(), is_folder })
        };
        circles(&files.iter().map(module).collect())
    };
    let straight =
        [("a/mod", "mod b;\nmod c;\npub use b::B;\n"), ("a/b", "use super::c::C;\n"), ("a/c", "struct C;\n")];
    assert_eq!(planted(&straight), Vec::<Vec<String>>::new());
    for back in [
        "use super::b::B;\n",
        "use crate::a::{x, b::{B, y}};\n",
        "use super::B;\n",
        "fn f() -> super::b::B { todo() }\n",
        "use crate::a::B;\n",
    ] {
        let closed = [straight[0], straight[1], ("a/c", back)];
        assert_eq!(planted(&closed), [["a/b", "a/c"]], "{back}");
    }
    let through_a_folder =
        [("a/x", "use super::y::Y;\n"), ("a/y/mod", "mod z;\npub use z::Y;\n"), ("a/y/z", "use crate::a::x::X;\n")];
    assert_eq!(planted(&through_a_folder), [["a/x", "a/y/z"]]);
}
