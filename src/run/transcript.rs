//! The transcript of a run as it happens. It is script text itself: what it shows can be run again.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::lang::quote::literal;
use crate::lock::Locked;
use crate::protocol::command::secret::shown;
use crate::text::visible::visible;

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
        self.line(|| {
            text.split('\n').map(|line| format!("{user}> {}", literal(&shown(line)))).collect::<Vec<_>>().join("\n")
        });
    }

    /// A user has received a line, and the script has taken it.
    pub fn received(&self, user: &str, text: &str) {
        self.line(|| format!("{user}< {}", literal(text)));
    }

    /// A user has received bytes without a newline, and the script has taken them.
    pub fn prompted(&self, user: &str, text: &str) {
        self.line(|| format!("{user}<| {}", literal(text)));
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
            let mut out = out.locked();
            let _ = writeln!(out, "{}", text()).and_then(|()| out.flush());
        }
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Trace(on)" } else { "Trace(off)" })
    }
}
