//! The page: its files, built into the program or read from a folder, and the hash that their addresses hold. Comments,
//! types and blanks stay at home: they are for whoever works on it.

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
pub(super) enum PageSource {
    /// It is built in.
    Embedded(Arc<PageFiles>),
    /// It is read at each request, while somebody works on it.
    Folder(PathBuf),
}

/// All files of the page.
#[derive(Debug)]
pub(super) struct PageFiles {
    /// Of all of them together.
    pub(super) hash: String,
    /// The document.
    pub(super) index: Bytes,
    others: BTreeMap<&'static str, Bytes>,
}

impl PageSource {
    pub(super) fn new(root: Option<PathBuf>) -> Self {
        let embedded = |(name, bytes): &(&'static str, &'static [u8])| (*name, Bytes::from_static(bytes));
        root.map_or_else(
            || Self::Embedded(Arc::new(PageFiles::new(INDEX, FILES.iter().map(embedded).collect()))),
            Self::Folder,
        )
    }

    /// The files as they are now.
    pub(super) fn files(&self) -> io::Result<Arc<PageFiles>> {
        match self {
            Self::Embedded(files) => Ok(Arc::clone(files)),
            Self::Folder(root) => PageFiles::read(root).map(Arc::new),
        }
    }
}

impl PageFiles {
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

/// A script or a style without lines that are comments, without types, and without the blanks and the ends of lines that
/// mean nothing. (No text of the page goes over several lines.)
fn bare(name: &str, bytes: Bytes) -> Bytes {
    let Some(text) = std::str::from_utf8(&bytes).ok().filter(|_| !name.ends_with(".svg")) else { return bytes };
    let mut bare = String::with_capacity(text.len());
    let mut in_comment = false;
    for line in text.lines().map(str::trim) {
        in_comment |= line.starts_with("/*") && line.find("*/").is_none_or(|end| end + 2 == line.len());
        if !in_comment && !line.starts_with("//") && !line.is_empty() {
            if name.ends_with(".css") {
                bare.push_str(&dense_style(line));
            } else {
                bare.push_str(dense_script(line).as_deref().unwrap_or(line));
                // Behind these a statement goes on or has ended, unless a comment hides them.
                if !line.ends_with([';', '{', ',', '(']) || line.contains("//") {
                    bare.push('\n');
                }
            }
        }
        in_comment &= !line.ends_with("*/");
    }
    bare.into()
}

/// Blanks mean nothing beside these, unless a blank before a colon or a bracket chooses what is inside of an element.
fn dense_style(line: &str) -> String {
    let mut dense = line.split(" /* ").next().unwrap_or(line).to_owned();
    for (wide, narrow) in [("; ", ";"), (": ", ":"), (", ", ","), (" {", "{"), ("{ ", "{"), (" }", "}"), (";}", "}")] {
        dense = dense.replace(wide, narrow);
    }
    dense
}

/// Without types, and without blanks beside punctuation outside of texts; `None` if the texts cannot be told from the rest,
/// as quotes stand in a pattern, or one text in another.
fn dense_script(line: &str) -> Option<String> {
    let mut dense = String::with_capacity(line.len());
    let mut rest = line;
    // The quote that ends the text, and how many brackets of values in it are open.
    let (mut text, mut values) = (None, 0_usize);
    while let Some(c) = rest.chars().next() {
        if let Some((_, behind)) = rest.split_once("*/ ").filter(|_| text.is_none() && rest.starts_with("/** @type {"))
        {
            rest = behind;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match text {
            None if c == ' ' && [dense.chars().next_back(), rest.chars().next()].into_iter().flatten().any(divides) => {
                continue;
            }
            None => text = Some(c).filter(|c| matches!(c, '\'' | '"' | '`')),
            Some(_) if c == '\\' => {
                let escaped = rest.chars().next()?;
                dense.extend([c, escaped]);
                rest = &rest[escaped.len_utf8()..];
                continue;
            }
            Some('`') if c == '`' && values > 0 => return None,
            Some('`') if c == '{' && (values > 0 || dense.ends_with('$')) => values += 1,
            Some('`') if c == '}' => values = values.saturating_sub(1),
            Some(quote) => text = Some(quote).filter(|quote| *quote != c),
        }
        dense.push(c);
    }
    text.is_none().then_some(dense)
}

/// Whether two words are two with this sign between them, and no blank. Two signs of arithmetic would become another one.
fn divides(c: char) -> bool {
    "(){}[],;:?=<>&|!".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_is_built_in() {
        let found = std::fs::read_dir("web").unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = found.filter(|name| name != "index.html").collect();
        names.sort();
        assert!(names.iter().eq(FILES.iter().map(|(name, _)| name)), "{names:?}");
    }

    #[test]
    fn comments_types_and_blanks_are_for_whoever_works_on_the_page() {
        for (script, expected) in [
            ("// x\n/** One. */\n  a(b, c);\n\n/**\n * Two.\n */\nc('/*');\n", "a(b,c);c('/*');"),
            ("/** @type {d} */ (e).f = a ?? b;\n", "(e).f=a??b;"),
            ("const a = { b: 'x, y', c: `${d} = e` };\n", "const a={b:'x, y',c:`${d} = e`};"),
            ("a = 'it\\'s, so' + b - -c;\n", "a='it\\'s, so' + b - -c;"),
            ("a = `${b ? `(${c}) ` : d}`, e;\n", "a = `${b ? `(${c}) ` : d}`, e;"),
            ("a = /[\"]/, b = '渊, 渊';\n", "a = /[\"]/, b = '渊, 渊';"),
            ("a(); // b;\nc()\nd();\n", "a();// b;\nc()\nd();"),
        ] {
            assert_eq!(bare("x.js", Bytes::from_static(script.as_bytes())), expected);
        }
        let style = "/* One. */\n  .a .b:hover, .c { d: e(f, g); h: calc(1px + 2px); } /* i */\n";
        let expected = ".a .b:hover,.c{d:e(f,g);h:calc(1px + 2px)}";
        assert_eq!(bare("x.css", Bytes::from_static(style.as_bytes())), expected);
        assert_eq!(bare("x.svg", Bytes::from_static(b"  <svg/>")), "  <svg/>");
    }

    #[test]
    fn the_document_names_the_files_by_the_hash_of_all() {
        let files = PageSource::new(None).files().unwrap();
        let index = std::str::from_utf8(&files.index).unwrap();
        assert!(index.contains(&format!("/a/{}/app.js", files.hash)) && !index.contains("HASH"));
        assert_eq!(
            PageSource::new(Some("web".into())).files().unwrap().hash,
            files.hash,
            "the same files from a folder"
        );
    }
}
