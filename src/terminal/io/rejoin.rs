//! Puts together what a read has cut: an escape sequence whose first byte was taken for the key Esc, a paste that begins with
//! one, and answers of the terminal to questions that a program before this one asked.
//!
//! Knows no time: whoever waits says when nothing more came.

use std::mem::take;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// Bytes of a paste whose end does not come. What is longer is taken as it is.
const MAX_PASTE: usize = 1 << 20;

/// Bytes of a sequence. What is longer is none.
const MAX_SEQUENCE: usize = 32;

/// What has begun and is not complete.
#[derive(Debug, Default, PartialEq, Eq)]
enum PartialAnswer {
    #[default]
    Nothing,
    /// Esc came: a key, or the begin of a sequence.
    Escape,
    /// Esc and `[` or `O` came, and these.
    Sequence(char, String),
    /// A paste began.
    Paste(String),
    /// An answer of the terminal began, which ends with BEL or ESC \\.
    Answer,
}

/// Puts events together.
#[derive(Debug, Default)]
pub(super) struct Rejoiner {
    begun: PartialAnswer,
}

impl Rejoiner {
    /// Whether the next event may belong to the last one, if it comes at once.
    pub(super) fn is_waiting(&self) -> bool {
        self.begun != PartialAnswer::Nothing
    }

    /// An event has come. Returns what is complete now.
    pub(super) fn take(&mut self, event: Event) -> Vec<Event> {
        let Event::Key(key) = &event else { return self.interrupted_by(event) };
        match (take(&mut self.begun), key.code) {
            (PartialAnswer::Nothing, KeyCode::Esc) if key.modifiers.is_empty() => self.begin(PartialAnswer::Escape),
            (PartialAnswer::Nothing, KeyCode::Char(']' | 'P' | '_' | '^'))
                if key.modifiers.contains(KeyModifiers::ALT) =>
            {
                self.begin(PartialAnswer::Answer)
            }
            (PartialAnswer::Nothing, _) => vec![event],
            (PartialAnswer::Escape, KeyCode::Char(mark @ ('[' | 'O')))
                if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() =>
            {
                self.begin(PartialAnswer::Sequence(mark, String::new()))
            }
            (PartialAnswer::Escape, KeyCode::Char(']' | 'P' | '_' | '^')) => self.begin(PartialAnswer::Answer),
            (PartialAnswer::Escape, _) => [vec![pressed(KeyCode::Esc)], self.take(event)].concat(),
            (PartialAnswer::Sequence(mark, text), KeyCode::Char(letter)) => self.go_on(mark, text, letter),
            (PartialAnswer::Sequence(..), _) => self.take(event),
            (PartialAnswer::Paste(text), _) => self.paste(text, key),
            (PartialAnswer::Answer, KeyCode::Char('g')) if key.modifiers.contains(KeyModifiers::CONTROL) => Vec::new(),
            (PartialAnswer::Answer, KeyCode::Char('\\')) if key.modifiers.contains(KeyModifiers::ALT) => Vec::new(),
            (PartialAnswer::Answer, _) => self.begin(PartialAnswer::Answer),
        }
    }

    /// Nothing more has come for a while. Returns what that makes complete.
    pub(super) fn give_up(&mut self) -> Vec<Event> {
        match take(&mut self.begun) {
            PartialAnswer::Nothing | PartialAnswer::Answer | PartialAnswer::Sequence(..) => Vec::new(),
            PartialAnswer::Escape => vec![pressed(KeyCode::Esc)],
            PartialAnswer::Paste(text) => vec![Event::Paste(text)],
        }
    }

    fn begin(&mut self, begun: PartialAnswer) -> Vec<Event> {
        self.begun = begun;
        Vec::new()
    }

    fn interrupted_by(&mut self, event: Event) -> Vec<Event> {
        let mut events = self.give_up();
        events.push(event);
        events
    }

    fn go_on(&mut self, mark: char, mut text: String, letter: char) -> Vec<Event> {
        text.push(letter);
        let is_last = mark == 'O' || matches!(letter, '@'..='~');
        match (is_last, text.as_str()) {
            (true, "200~") => self.begin(PartialAnswer::Paste(String::new())),
            (true, sequence) => key_of(sequence).map(pressed_with).into_iter().collect(),
            (false, _) if text.len() < MAX_SEQUENCE => self.begin(PartialAnswer::Sequence(mark, text)),
            (false, _) => Vec::new(),
        }
    }

    fn paste(&mut self, mut text: String, key: &KeyEvent) -> Vec<Event> {
        match key.code {
            KeyCode::Enter => text.push('\n'),
            KeyCode::Char('j') if key.modifiers.contains(KeyModifiers::CONTROL) => text.push('\n'),
            KeyCode::Tab => text.push('\t'),
            KeyCode::Char(letter) => text.push(letter),
            _ => {}
        }
        if text.len() < MAX_PASTE { self.begin(PartialAnswer::Paste(text)) } else { vec![Event::Paste(text)] }
    }
}

fn pressed(key: KeyCode) -> Event {
    Event::Key(KeyEvent::new(key, KeyModifiers::NONE))
}

fn pressed_with((key, modifiers): (KeyCode, KeyModifiers)) -> Event {
    Event::Key(KeyEvent::new(key, modifiers))
}

/// The key of a sequence without its `ESC [`: `D`, `1;5A`, `5~`.
fn key_of(sequence: &str) -> Option<(KeyCode, KeyModifiers)> {
    let last = sequence.chars().last()?;
    let numbers = &sequence[..sequence.len() - last.len_utf8()];
    let (number, modifiers) = numbers.split_once(';').unwrap_or((numbers, ""));
    let key = match (last, number) {
        ('A', _) => KeyCode::Up,
        ('B', _) => KeyCode::Down,
        ('C', _) => KeyCode::Right,
        ('D', _) => KeyCode::Left,
        ('H', _) | ('~', "1" | "7") => KeyCode::Home,
        ('F', _) | ('~', "4" | "8") => KeyCode::End,
        ('Z', _) => KeyCode::BackTab,
        ('~', "3") => KeyCode::Delete,
        ('~', "5") => KeyCode::PageUp,
        ('~', "6") => KeyCode::PageDown,
        ('Q', _) | ('~', "12") => KeyCode::F(2),
        ('R', _) | ('~', "13") => KeyCode::F(3),
        _ => return None,
    };
    // One more than the sum of Shift 1, Alt 2 and Control 4.
    let bits: u8 = modifiers.parse().unwrap_or(1);
    let has = |bit: u8| bits.saturating_sub(1) & bit > 0;
    let mut pressed = KeyModifiers::NONE;
    pressed.set(KeyModifiers::SHIFT, has(1));
    pressed.set(KeyModifiers::ALT, has(2));
    pressed.set(KeyModifiers::CONTROL, has(4));
    Some((key, pressed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Event> {
        let key = |letter| match letter {
            '\u{1b}' => pressed(KeyCode::Esc),
            '\r' => pressed(KeyCode::Enter),
            letter => pressed(KeyCode::Char(letter)),
        };
        text.chars().map(key).collect()
    }

    fn rejoined(text: &str) -> Vec<Event> {
        let mut rejoiner = Rejoiner::default();
        let mut events: Vec<Event> = keys(text).into_iter().flat_map(|event| rejoiner.take(event)).collect();
        events.extend(rejoiner.give_up());
        events
    }

    #[test]
    fn every_sequence_that_is_cut_after_its_escape_is_one_key() {
        let with = |key, modifiers| vec![Event::Key(KeyEvent::new(key, modifiers))];
        assert_eq!(rejoined("\u{1b}[D"), with(KeyCode::Left, KeyModifiers::NONE));
        assert_eq!(rejoined("\u{1b}OA"), with(KeyCode::Up, KeyModifiers::NONE));
        assert_eq!(rejoined("\u{1b}[1;5A"), with(KeyCode::Up, KeyModifiers::CONTROL));
        assert_eq!(rejoined("\u{1b}[5~"), with(KeyCode::PageUp, KeyModifiers::NONE));
        assert_eq!(rejoined("\u{1b}[13;2~"), with(KeyCode::F(3), KeyModifiers::SHIFT));
        assert_eq!(rejoined("\u{1b}[99z"), []);
    }

    #[test]
    fn escape_alone_is_escape() {
        assert_eq!(rejoined("\u{1b}"), keys("\u{1b}"));
        assert_eq!(rejoined("\u{1b}x"), keys("\u{1b}x"));
        assert_eq!(rejoined("ab"), keys("ab"));
    }

    #[test]
    fn a_paste_that_is_cut_after_its_escape_is_a_paste() {
        assert_eq!(rejoined("\u{1b}[200~secret one\rsecret two"), [Event::Paste("secret one\nsecret two".to_owned())]);
    }

    #[test]
    fn a_late_answer_of_the_terminal_is_swallowed() {
        let mut rejoiner = Rejoiner::default();
        let alt = |letter| Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::ALT));
        let control = |letter| Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL));
        let answer = [vec![alt(']')], keys("11;rgb:1e1e/1e1e/1e1e"), vec![control('g')], keys("ok")].concat();
        let left: Vec<Event> = answer.into_iter().flat_map(|event| rejoiner.take(event)).collect();
        assert_eq!(left, keys("ok"));
    }
}
