//! The transcript of a run as it happens. It is script text itself: what it shows can be run again.

use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use super::diagnostic::visible;

/// Where transcripts go, or nowhere. Cheap to clone: the clones write to the same place.
#[derive(Clone, Default)]
pub struct Trace(Option<Arc<Mutex<dyn Write + Send>>>);

impl Trace {
    /// Writes to `out`, line by line.
    pub fn to(out: impl Write + Send + 'static) -> Self {
        Self(Some(Arc::new(Mutex::new(out))))
    }

    /// A user sends a line.
    pub fn sent(&self, user: &str, text: &str) {
        self.line(|| text.split('\n').map(|line| format!("{user}> {}", literal(line))).collect::<Vec<_>>().join("\n"));
    }

    /// A user has received a line, and the script has taken it.
    pub fn received(&self, user: &str, text: &str) {
        self.line(|| format!("{user}< {}", literal(text)));
    }

    /// A user has received a line that might come, and the script has taken it.
    pub fn perhaps(&self, user: &str, text: &str) {
        self.line(|| format!("{user}<? {}", literal(text)));
    }

    /// A line that the script passed over, with the reason.
    pub fn passed_over(&self, user: &str, text: &str, reason: &str) {
        self.line(|| format!("{user}< {}\n# {reason}", literal(text)));
    }

    /// Another statement, as it is written.
    pub fn statement(&self, text: impl FnOnce() -> String) {
        self.line(text);
    }

    /// A remark; it is a comment.
    pub fn remark(&self, text: impl FnOnce() -> String) {
        self.line(|| format!("# {}", visible(&text())));
    }

    /// A transcript that cannot be written is not worth failing a test for.
    fn line(&self, text: impl FnOnce() -> String) {
        if let Some(out) = &self.0 {
            let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writeln!(out, "{}", text()).and_then(|()| out.flush());
        }
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Trace(on)" } else { "Trace(off)" })
    }
}

/// `text` as it is written in a script: what is special, cannot be seen or would get lost stands in a quoted hole.
#[must_use]
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if rest.starts_with("{{") {
            out.push_str(r#"{{"{{"}}"#);
            rest = &rest[2..];
            continue;
        }
        let is_last_blank = rest == " ";
        if is_last_blank {
            out.push_str(r#"{{" "}}"#);
        } else if character.is_control() || (character != ' ' && !is_shown(character)) {
            let _ = write!(out, "{{{{\"{}\"}}}}", character.escape_unicode());
        } else {
            out.push(character);
        }
        rest = &rest[character.len_utf8()..];
    }
    out
}

/// Whether a reader would see the character. Marks and joiners belong to the letters around them.
fn is_shown(character: char) -> bool {
    if character.is_ascii_graphic() {
        return true;
    }
    let text = format!("a{character}a");
    visible(&text) == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_at_the_end_is_quoted_so_that_no_editor_takes_it_away() {
        assert_eq!(literal(" hi  "), r#" hi {{" "}}"#);
    }

    #[test]
    fn what_is_special_or_invisible_is_quoted() {
        assert_eq!(literal("hi {there} 渊 e\u{301}"), "hi {there} 渊 e\u{301}");
        assert_eq!(literal("{{x}}"), r#"{{"{{"}}x}}"#);
        assert_eq!(literal("\u{1b}[2J\t\u{200b}"), r#"{{"\u{1b}"}}[2J{{"\u{9}"}}{{"\u{200b}"}}"#);
    }
}
