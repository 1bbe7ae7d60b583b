//! What the server logs, and what operators are told of it.

use std::fs;
use std::path::{Path, PathBuf};

const CALLS: [&str; 3] = ["tracing::info!(", "tracing::warn!(", "tracing::error!("];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The text of each call, up to its first figure.
fn logged(source: &str) -> impl Iterator<Item = String> + '_ {
    let calls = CALLS.iter().flat_map(|call| source.split(call).skip(1));
    calls.filter_map(|call| {
        let text = call.split_once('"')?.1.split(['"', '{']).next()?;
        Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
    })
}

#[test]
fn every_event_of_the_log_is_explained_to_operators() {
    let document = fs::read_to_string("docs/operations.md").unwrap();
    let folders = ["src/server", "src/store", "src/bin/chatctl/serve"].map(Path::new);
    let mut files: Vec<_> = folders.into_iter().flat_map(sources).collect();
    files.push("src/bin/chatctl/serve.rs".into());
    let texts: Vec<_> =
        files.iter().flat_map(|file| logged(&fs::read_to_string(file).unwrap()).collect::<Vec<_>>()).collect();
    assert!(texts.len() > 20, "the calls are found: {texts:?}");
    let missing: Vec<_> = texts.iter().filter(|text| !document.contains(&format!("`{text}"))).collect();
    assert!(missing.is_empty(), "in no row of docs/operations.md: {missing:?}");
}
