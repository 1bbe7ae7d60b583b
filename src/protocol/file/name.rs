//! The name of a file: what its sender calls it, made harmless. It names no folder, hides nothing and fits everywhere.

use std::fmt::{self, Write};
use std::sync::Arc;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use crate::text::visible::{shortened, start_of};

/// Bytes of the longest name.
pub const LONGEST_NAME: usize = 200;

/// Bytes of the longest ending that is kept of a name that is too long.
const LONGEST_ENDING: usize = 16;

/// What Windows takes for a device, whatever comes behind the first dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The name of a file: 1 to [`LONGEST_NAME`] bytes in NFC, without control and bidirectional characters, `/` and `\`, and
/// without dots and blanks at both ends.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FileName(Arc<str>);

/// What was typed names no file: nothing is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{}' is no name of a file", shortened(.0))]
pub struct BadFileName(pub String);

impl FileName {
    /// The name that is left of what a sender calls a file.
    ///
    /// # Errors
    /// If nothing is left of it.
    pub fn new(typed: &str) -> Result<Self, BadFileName> {
        let harmless: String = typed.nfc().map(|c| if is_harmful(c) { '_' } else { c }).collect();
        let name = shortest(trimmed(&harmless));
        if name.is_empty() { Err(BadFileName(typed.to_owned())) } else { Ok(Self(name.into())) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name under which a client saves the file: also harmless on systems with names of devices and streams.
    #[must_use]
    pub fn on_disk(&self) -> String {
        let name: String = self.0.chars().map(|c| if ":*?\"<>|".contains(c) { '_' } else { c }).collect();
        let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
        let is_port = ["com", "lpt"].iter().any(|port| {
            stem.strip_prefix(port)
                .is_some_and(|rest| rest.chars().count() == 1 && !rest.starts_with(char::is_alphabetic))
        });
        if is_port || DEVICES.contains(&stem.as_str()) || name.starts_with('-') { format!("_{name}") } else { name }
    }

    /// The name as a part of an address, and as the value of `filename*`.
    #[must_use]
    pub fn percent_encoded(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(byte.into());
            } else {
                write!(out, "%{byte:02X}").expect("writing to a string does not fail");
            }
        }
        out
    }
}

/// Control characters, ends of lines, what turns the direction of text, and what separates folders.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '/' | '\\' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn trimmed(name: &str) -> &str {
    name.trim_matches(|c: char| c == '.' || c.is_whitespace())
}

/// The name, cut in the middle if it is too long: the ending says what it is.
fn shortest(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let ending = name.rfind('.').map(|dot| &name[dot..]).filter(|ending| ending.len() <= LONGEST_ENDING).unwrap_or("");
    let beginning = start_of(name, LONGEST_NAME - ending.len());
    format!("{}{ending}", trimmed(beginning))
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_every_nasty_kind_are_made_harmless() {
        let long = "x".repeat(300);
        for (typed, name, on_disk) in [
            ("report.pdf", "report.pdf", "report.pdf"),
            ("../../x", "_.._x", "_.._x"),
            ("C:\\x", "C:_x", "C__x"),
            ("CON", "CON", "_CON"),
            ("com1.txt", "com1.txt", "_com1.txt"),
            ("command.txt", "command.txt", "command.txt"),
            ("a\u{202e}gpj.exe", "a_gpj.exe", "a_gpj.exe"),
            ("a\nb\0c", "a_b_c", "a_b_c"),
            (" .hidden. ", "hidden", "hidden"),
            ("-rf", "-rf", "_-rf"),
            ("e\u{301}.txt", "\u{e9}.txt", "\u{e9}.txt"),
            ("渊.png", "渊.png", "渊.png"),
            (&format!("{long}.tar.gz"), &format!("{}.gz", "x".repeat(197)), &format!("{}.gz", "x".repeat(197))),
        ] {
            let found = FileName::new(typed).unwrap();
            assert_eq!((found.as_str(), found.on_disk().as_str()), (name, on_disk), "{typed:?}");
        }
        for typed in ["", ".", "..", " . ", "\u{3000}"] {
            assert_eq!(
                FileName::new(typed).unwrap_err().to_string(),
                format!("'{}' is no name of a file", shortened(typed))
            );
        }
        assert_eq!(FileName::new("a b/é").unwrap().percent_encoded(), "a%20b_%C3%A9");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_becomes_a_harmless_name_or_none(typed in "(\\PC|[\\\\/.: \u{202e}\u{0}\n\u{301}]){0,300}") {
            if let Ok(name) = FileName::new(&typed) {
                for text in [name.as_str(), &name.on_disk()] {
                    prop_assert!(!text.is_empty() && text.len() <= LONGEST_NAME + 1, "{text:?}");
                    prop_assert!(!text.contains(is_harmful), "{text:?}");
                    prop_assert!(!text.starts_with(['.', ' ']) && !text.ends_with(['.', ' ']), "{text:?}");
                    let path = std::path::Path::new(text);
                    prop_assert_eq!(path.components().count(), 1);
                    prop_assert_eq!(path.file_name(), Some(path.as_os_str()));
                }
                let again = FileName::new(name.as_str()).unwrap();
                prop_assert_eq!(again, name);
            }
        }
    }
}
