//! The seeds of the fuzzer hold what they are to hold, those among them that once failed too. `fuzz/run` looks for more.

use std::fs;
use std::path::{Path, PathBuf};

#[allow(unreachable_pub, reason = "they are public to the programs of the fuzzer")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

/// Has the target take every file of these folders.
fn replay(check: fn(&[u8]), folders: &[&str]) {
    for folder in folders {
        let files = files(Path::new(folder));
        assert!(!files.is_empty(), "{folder} has files");
        for file in files {
            let input = fs::read(&file).unwrap();
            let result = std::panic::catch_unwind(|| check(&input));
            assert!(result.is_ok(), "{} fails, see above", file.display());
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn bytes_mean_the_same_in_any_pieces() {
    replay(targets::wire::check, &["fuzz/seeds/wire"]);
}

#[test]
fn an_irc_client_means_the_same_in_any_pieces() {
    replay(targets::irc::check, &["fuzz/seeds/irc"]);
}

#[test]
fn the_lines_of_a_room_reach_its_members_once() {
    replay(targets::hub::check, &["fuzz/seeds/hub"]);
}

#[test]
fn a_script_is_understood_or_explained() {
    replay(targets::script::check, &["fuzz/seeds/script", "scripts", "tests/refused"]);
}

#[test]
fn an_old_client_reads_whole_characters() {
    replay(targets::legacy::check, &["fuzz/seeds/legacy"]);
}

#[test]
fn captures_put_back_into_the_pattern_give_the_line() {
    replay(targets::matching::check, &["fuzz/seeds/matching"]);
}

#[test]
fn the_fuzzer_knows_every_target() {
    let script = fs::read_to_string("fuzz/run").unwrap();
    let manifest = fs::read_to_string("fuzz/Cargo.toml").unwrap();
    for file in files(Path::new("fuzz/targets")) {
        let target = file.file_stem().unwrap().to_str().unwrap();
        assert!(Path::new("fuzz/seeds").join(target).is_dir(), "{target} has seeds");
        assert!(manifest.contains(&format!("targets/{target}.rs")), "{target} is built");
        let named = script.lines().any(|line| line.contains("targets=(") && line.contains(target));
        assert!(named, "{target} is run");
    }
}
