//! The page: its files, built into the program or read from a folder, and the hash that their addresses hold. Comments
//! and indentation stay at home: they are for whoever works on it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::body::Bytes;

macro_rules! files {
    ($($name:literal),*) => {
        &[$(($name, include_bytes!(concat!("../../../web/", $name)))),*]
    };
}

/// The document, whose addresses of the other files hold `HASH`.
const INDEX: &[u8] = include_bytes!("../../../web/index.html");

/// The other files. Their addresses hold a hash of all, so they never change.
const FILES: &[(&str, &[u8])] = files!(
    "app.css",
    "app.js",
    "dom.js",
    "icon-unread.svg",
    "icon.svg",
    "model.js",
    "socket.js",
    "text.js",
    "upload.js",
    "view.js",
    "words.js"
);

/// Where the page comes from.
#[derive(Debug)]
pub(super) enum Page {
    /// It is built in.
    Embedded(Arc<Files>),
    /// It is read at each request, while somebody works on it.
    Folder(PathBuf),
}

/// All files of the page.
#[derive(Debug)]
pub(super) struct Files {
    /// Of all of them together.
    pub(super) hash: String,
    /// The document.
    pub(super) index: Bytes,
    others: BTreeMap<&'static str, Bytes>,
}

impl Page {
    pub(super) fn new(root: Option<PathBuf>) -> Self {
        let embedded = |(name, bytes): &(&'static str, &'static [u8])| (*name, Bytes::from_static(bytes));
        root.map_or_else(
            || Self::Embedded(Arc::new(Files::new(INDEX, FILES.iter().map(embedded).collect()))),
            Self::Folder,
        )
    }

    /// The files as they are now.
    pub(super) fn files(&self) -> io::Result<Arc<Files>> {
        match self {
            Self::Embedded(files) => Ok(Arc::clone(files)),
            Self::Folder(root) => Files::read(root).map(Arc::new),
        }
    }
}

impl Files {
    fn new(index: &[u8], others: BTreeMap<&'static str, Bytes>) -> Self {
        let others: BTreeMap<_, _> = others.into_iter().map(|(name, bytes)| (name, bare(name, bytes))).collect();
        let mut hasher = DefaultHasher::new();
        index.hash(&mut hasher);
        others.hash(&mut hasher);
        let hash = format!("{:016x}", hasher.finish());
        let index = String::from_utf8_lossy(index).replace("HASH", &hash).into();
        Self { hash, index, others }
    }

    fn read(root: &Path) -> io::Result<Self> {
        let read = |(name, _): &(&'static str, _)| Ok((*name, Bytes::from(std::fs::read(root.join(name))?)));
        let others = FILES.iter().map(read).collect::<io::Result<_>>()?;
        Ok(Self::new(&std::fs::read(root.join("index.html"))?, others))
    }

    /// One of the other files, and its type.
    pub(super) fn get(&self, name: &str) -> Option<(&'static str, Bytes)> {
        let (name, bytes) = self.others.get_key_value(name)?;
        let kind = match name.rsplit_once('.') {
            Some((_, "css")) => "text/css; charset=utf-8",
            Some((_, "svg")) => "image/svg+xml",
            _ => "text/javascript; charset=utf-8",
        };
        Some((kind, bytes.clone()))
    }
}

/// A script or a style without its indentation and without the lines that are comments, which are left empty: the others
/// keep their numbers. (No text of the page goes over several lines.)
fn bare(name: &str, bytes: Bytes) -> Bytes {
    let Some(text) = std::str::from_utf8(&bytes).ok().filter(|_| !name.ends_with(".svg")) else { return bytes };
    let mut bare = String::with_capacity(text.len());
    let mut in_comment = false;
    for line in text.lines().map(str::trim) {
        in_comment |= line.starts_with("/*") && line.find("*/").is_none_or(|end| end + 2 == line.len());
        if !in_comment && !line.starts_with("//") {
            bare.push_str(line);
        }
        in_comment &= !line.ends_with("*/");
        bare.push('\n');
    }
    bare.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Served by every server, so each kilobyte is everybody's.
    const LARGEST: usize = 100 * 1000;

    #[test]
    fn every_file_of_the_page_is_built_in_and_all_together_are_small() {
        let found = std::fs::read_dir("web").unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = found.filter(|name| name != "index.html").collect();
        names.sort();
        assert!(names.iter().eq(FILES.iter().map(|(name, _)| name)), "{names:?}");
        let files = Page::new(None).files().unwrap();
        let sizes: BTreeMap<_, _> = files.others.iter().map(|(name, bytes)| (name, bytes.len())).collect();
        assert!(files.index.len() + sizes.values().sum::<usize>() <= LARGEST, "{sizes:?}");
    }

    #[test]
    fn lines_that_are_comments_are_empty_and_the_others_keep_their_numbers() {
        let script = "// x\n/** One. */\n  a(); // b\n/**\n * Two.\n */\nc('/*');\n/** @type {d} */ (e);\n";
        let expected = "\n\na(); // b\n\n\n\nc('/*');\n/** @type {d} */ (e);\n";
        assert_eq!(bare("x.js", Bytes::from_static(script.as_bytes())), expected);
        assert_eq!(bare("x.svg", Bytes::from_static(b"  <svg/>")), "  <svg/>");
    }

    #[test]
    fn the_document_names_the_files_by_the_hash_of_all() {
        let files = Page::new(None).files().unwrap();
        let index = std::str::from_utf8(&files.index).unwrap();
        assert!(index.contains(&format!("/a/{}/app.js", files.hash)) && !index.contains("HASH"));
        assert_eq!(Page::new(Some("web".into())).files().unwrap().hash, files.hash, "the same files from a folder");
    }
}
