//! A question that must be answered before a line is sent: a paste of several lines, or a command typed as text.

use crossterm::event::{KeyCode, KeyEvent};

/// The question on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::terminal) enum PendingQuestion {
    /// Several lines were pasted: are they sent?
    Paste(Vec<String>),
    /// A text that is a command of the server was typed in a room or to a person: is it sent as a text?
    Command(String),
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::terminal) enum QuestionAnswer {
    /// The key means nothing here.
    Wait,
    /// Send these texts, one by one.
    Send(Vec<String>),
    /// Write this text into the line.
    Write(String),
    /// Send this line as a command to the server.
    Command(String),
    /// Do nothing.
    Cancel,
}

/// A text that was pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::terminal) enum Pasted {
    /// At most one line that is not blank: it is written where the cursor is.
    One(String),
    /// Several lines: the user is asked.
    Several(PendingQuestion),
}

/// Reads a pasted text. `only_one`: there is no use for a second line, for example in a name.
pub(in crate::terminal) fn read_paste(text: &str, only_one: bool) -> Pasted {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<&str> = text.split('\n').filter(|line| !line.trim().is_empty()).collect();
    if only_one {
        lines.truncate(1);
    }
    match lines[..] {
        [] => Pasted::One(text.split('\n').next().unwrap_or_default().to_owned()),
        [line] => Pasted::One(line.to_owned()),
        _ => Pasted::Several(PendingQuestion::Paste(lines.into_iter().map(str::to_owned).collect())),
    }
}

impl PendingQuestion {
    /// The answer that a key gives.
    pub(in crate::terminal) fn on_key(&self, key: KeyEvent) -> QuestionAnswer {
        match (self, key.code) {
            (_, KeyCode::Esc) | (Self::Paste(_), KeyCode::Char('n')) => QuestionAnswer::Cancel,
            (Self::Paste(lines), KeyCode::Enter | KeyCode::Char('y')) => QuestionAnswer::Send(lines.clone()),
            (Self::Paste(lines), KeyCode::Char('j')) => QuestionAnswer::Write(lines.join(" ")),
            (Self::Command(line), KeyCode::Enter) => QuestionAnswer::Send(vec![line.clone()]),
            (Self::Command(line), KeyCode::Char('/')) => QuestionAnswer::Command(line.clone()),
            (Self::Paste(_) | Self::Command(_), _) => QuestionAnswer::Wait,
        }
    }
}
