//! Circles: no file of the library or of the program builds on a file that builds on it, directly or through others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{holds, production_sources, src};

/// A file of a crate by its module path, without `crate`: `run::lane::expect`. That of a `mod.rs` is its folder.
type Modules = BTreeMap<Vec<String>, Module>;

struct Module {
    path: PathBuf,
    code: String,
    is_folder: bool,
}

fn modules(root: &Path) -> Modules {
    let mut found = Modules::new();
    for source in production_sources(root) {
        let relative = source.path.strip_prefix(root).unwrap().to_path_buf();
        let mut name: Vec<String> = relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        let is_folder = name.last().is_some_and(|last| last == "mod");
        if is_folder {
            name.pop();
        }
        let is_root = name == ["lib"] || name == ["main"] || name.first().is_some_and(|first| first == "bin");
        if !is_root {
            found.insert(name, Module { path: relative, code: source.code, is_folder });
        }
    }
    // `serve.rs` beside `serve/` speaks for its folder as `serve/mod.rs` does.
    let folders: BTreeSet<Vec<String>> = found.keys().map(|name| name[..name.len() - 1].to_vec()).collect();
    for (name, module) in &mut found {
        module.is_folder |= folders.contains(name);
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
fn no_files_build_on_each_other_in_a_circle() {
    for crate_root in [src(), src().join("bin/chatctl")] {
        let found: Vec<String> = circles(&modules(&crate_root)).iter().map(|circle| circle.join(" <-> ")).collect();
        assert!(found.is_empty(), "circles in {}:\n{}", crate_root.display(), found.join("\n"));
    }
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
