//! A screen on which a test types, and what can be seen there. The time stands still unless a test says otherwise.

use std::time::Duration;

use chrono::{FixedOffset, NaiveDate};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::{Position, Size};
use ratatui::style::Style;

use crate::terminal::{Background, Depth, Effect, LocalUserId, Screen, Setup, TerminalInput, TerminalTime, Theme};

pub(super) struct Stage {
    pub(super) screen: Screen,
    /// Everything that was to be done and that the test has not looked at.
    effects: Vec<Effect>,
    now: TerminalTime,
    size: Size,
}

/// With many colors on a dark screen.
pub(super) const DARK: Theme = Theme { depth: Depth::Many, background: Background::Dark };

pub(super) const ANN: LocalUserId = LocalUserId(0);
pub(super) const BEN: LocalUserId = LocalUserId(1);

impl Stage {
    /// Users on their way to a server.
    pub(super) fn with(names: &[&str], columns: u16, rows: u16) -> Self {
        Self::themed(names, columns, rows, DARK)
    }

    pub(super) fn themed(names: &[&str], columns: u16, rows: u16, theme: Theme) -> Self {
        let clock = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap().and_hms_opt(9, 5, 0).unwrap();
        let now = TerminalTime { since_start: Duration::ZERO, clock, offset: FixedOffset::east_opt(0).unwrap() };
        let size = Size { width: columns, height: rows };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let server = "chat.example:7667".to_owned();
        let encoding = "utf-8".to_owned();
        let (screen, effects) = Screen::new(
            Setup { server, encoding, names, password: None, record: None, history: Vec::new(), theme, size },
            now,
        );
        Self { screen, effects, now, size }
    }

    /// One user, logged in, with nothing on the screen.
    pub(super) fn ann(columns: u16, rows: u16) -> Self {
        let mut stage = Self::with(&["ann"], columns, rows);
        stage.logs_in(ANN);
        stage.types("/clear");
        stage
    }

    /// As [`Stage::ann`], in a room with bob and 渊渊.
    pub(super) fn in_lobby(columns: u16, rows: u16) -> Self {
        let mut stage = Self::ann(columns, rows);
        stage.types("create room lobby bob,渊渊");
        stage.hears(ANN, "lobby/server: ann created the room with bob, 渊渊");
        stage.answers_pings(ANN);
        stage
    }

    pub(super) fn logs_in(&mut self, user: LocalUserId) {
        self.happens(TerminalInput::Connected(user));
        self.hears(user, "server: set your name please:");
        self.hears(user, "server: let's start chatting!");
        self.answers_pings(user);
    }

    /// The server answers every ping of ours that is under way.
    pub(super) fn answers_pings(&mut self, user: LocalUserId) {
        for line in self.pings_by(user) {
            self.hears(user, &line.replace("ping", "server: pong"));
        }
    }

    pub(super) fn happens(&mut self, input: TerminalInput) {
        let effects = self.screen.take(input, self.now);
        self.effects.extend(effects);
    }

    pub(super) fn hears(&mut self, user: LocalUserId, line: &str) {
        self.happens(TerminalInput::Line(user, line.to_owned()));
    }

    /// Keys, one by one, and Enter.
    pub(super) fn types(&mut self, line: &str) {
        self.writes(line);
        self.presses(KeyCode::Enter);
    }

    /// Keys, one by one.
    pub(super) fn writes(&mut self, text: &str) {
        text.chars().for_each(|letter| self.presses(KeyCode::Char(letter)));
    }

    pub(super) fn presses(&mut self, key: KeyCode) {
        self.happens(TerminalInput::Key(KeyEvent::new(key, KeyModifiers::NONE)));
    }

    pub(super) fn control(&mut self, letter: char) {
        self.happens(TerminalInput::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)));
    }

    pub(super) fn alt(&mut self, letter: char) {
        self.happens(TerminalInput::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::ALT)));
    }

    pub(super) fn passes(&mut self, time: Duration) {
        self.now.since_start += time;
        self.now.clock += time;
        self.happens(TerminalInput::Tick);
    }

    pub(super) fn resizes(&mut self, columns: u16, rows: u16) {
        self.size = Size { width: columns, height: rows };
        self.happens(TerminalInput::Resized(self.size));
    }

    /// What was to be done since the last look.
    pub(super) fn done(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The lines that a user has sent since the last look, without pings that nobody typed.
    pub(super) fn sent_by(&mut self, user: LocalUserId) -> Vec<String> {
        self.lines_by(user).into_iter().filter(|line| !line.starts_with("ping ~")).collect()
    }

    /// The pings that nobody typed, since the last look.
    pub(super) fn pings_by(&mut self, user: LocalUserId) -> Vec<String> {
        self.lines_by(user).into_iter().filter(|line| line.starts_with("ping ~")).collect()
    }

    /// All lines that a user has sent since the last look.
    pub(super) fn lines_by(&mut self, user: LocalUserId) -> Vec<String> {
        let of_user = |effect: Effect| match effect {
            Effect::Send { user: its, line } if its == user => Some(line),
            _ => None,
        };
        self.done().into_iter().filter_map(of_user).collect()
    }

    /// The screen as text, `▏` before and after each row, and `‸` below the cursor.
    pub(super) fn seen(&self) -> String {
        let (buffer, cursor) = self.drawn();
        let rows = buffer.content.chunks(usize::from(self.size.width)).map(|cells| format!("▏{}▏\n", text_of(cells)));
        let cursor = cursor.map(|cursor| format!("{}‸", " ".repeat(usize::from(cursor.x) + 1)));
        rows.collect::<String>() + &cursor.unwrap_or_default()
    }

    /// Each run of cells that does not look as usual, with its style.
    pub(super) fn colors(&self) -> String {
        let (buffer, _) = self.drawn();
        let mut out = String::new();
        for cells in buffer.content.chunks(usize::from(self.size.width)) {
            for run in cells.chunk_by(|one, other| one.style() == other.style()) {
                let text = text_of(run);
                if !text.trim().is_empty() && run[0].style() != Style::reset() {
                    out.push_str(&format!(
                        "{:<24} {}\n",
                        text.trim().chars().take(24).collect::<String>(),
                        style(run[0].style())
                    ));
                }
            }
        }
        out
    }

    fn drawn(&self) -> (Buffer, Option<Position>) {
        let mut terminal = Terminal::new(TestBackend::new(self.size.width, self.size.height)).unwrap();
        let mut cursor = None;
        terminal.draw(|frame| cursor = self.screen.draw(frame.area(), frame.buffer_mut(), self.now)).unwrap();
        (terminal.backend().buffer().clone(), cursor)
    }
}

/// The text of these cells, without those that are hidden behind a wide character.
fn text_of(cells: &[Cell]) -> String {
    let mut text = String::new();
    let mut hidden = 0;
    for cell in cells {
        if hidden == 0 {
            text.push_str(cell.symbol());
            hidden = cell.symbol().cell_width();
        }
        hidden -= 1;
    }
    text
}

fn style(style: Style) -> String {
    let color = style.fg.filter(|color| *color != ratatui::style::Color::Reset);
    let color = color.map_or(String::new(), |color| format!("{color} "));
    format!("{color}{:?}", style.add_modifier)
}
