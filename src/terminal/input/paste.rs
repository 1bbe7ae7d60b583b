//! A paste: one line is written where the cursor is, several lines are asked about first.

use crossterm::event::{KeyCode, KeyEvent};

/// The lines of a paste that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::terminal) struct Paste {
    lines: Vec<String>,
}

/// A text that was pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::terminal) enum Pasted {
    /// At most one line that is not blank: it is written where the cursor is.
    One(String),
    /// Several lines: the user is asked.
    Several(Paste),
}

/// The decision about a paste.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::terminal) enum Decision {
    /// The key means nothing here.
    Wait,
    /// The lines are sent one by one.
    Send(Vec<String>),
    /// The lines are written as one line.
    Join(String),
    /// The paste is dropped.
    Forget,
}

impl Paste {
    /// Reads a pasted text. `only_one`: there is no use for a second line, for example in a name.
    pub(in crate::terminal) fn read(text: &str, only_one: bool) -> Pasted {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut lines: Vec<&str> = text.split('\n').filter(|line| !line.trim().is_empty()).collect();
        if only_one {
            lines.truncate(1);
        }
        match lines[..] {
            [] => Pasted::One(text.split('\n').next().unwrap_or_default().to_owned()),
            [line] => Pasted::One(line.to_owned()),
            _ => Pasted::Several(Self { lines: lines.into_iter().map(str::to_owned).collect() }),
        }
    }

    /// A paste of these lines, if there are any.
    pub(in crate::terminal) fn of(lines: Vec<String>) -> Option<Self> {
        (!lines.is_empty()).then_some(Self { lines })
    }

    pub(in crate::terminal) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The decision that a key makes.
    pub(in crate::terminal) fn on_key(&self, key: KeyEvent) -> Decision {
        match key.code {
            KeyCode::Enter | KeyCode::Char('y') => Decision::Send(self.lines.clone()),
            KeyCode::Esc | KeyCode::Char('n') => Decision::Forget,
            KeyCode::Char('j') => Decision::Join(self.lines.join(" ")),
            _ => Decision::Wait,
        }
    }
}
