//! The line being written, with what helps to write it: its history, its completion, and a question that it raises.

use super::completion::{Completion, CompletionContext};
use super::history::{History, LineOrigin};
use super::question::{Pasted, PendingQuestion, read_paste};
use crate::terminal::user::{LinkState, LocalUser};
use crate::terminal::users::LocalUsers;
use crate::terminal::window::Place;

/// What helps to write a line. The line itself is in its window.
#[derive(Debug)]
pub(in crate::terminal) struct Prompt {
    history: History,
    completion: Option<Completion>,
    /// The question that must be answered before anything else is typed.
    pub(in crate::terminal) question: Option<PendingQuestion>,
}

/// The window of the active user, as the origin of a line.
pub(in crate::terminal) fn origin(users: &LocalUsers) -> LineOrigin {
    LineOrigin { user: Some(users.active_id()), place: users.active().window().place.clone() }
}

impl Prompt {
    /// With the lines typed in earlier runs, oldest first.
    pub(in crate::terminal) fn new(history: Vec<String>) -> Self {
        Self { history: History::new(history), completion: None, question: None }
    }

    pub(in crate::terminal) fn completion(&self) -> Option<&Completion> {
        self.completion.as_ref()
    }

    /// Writes the next completion, or the previous one.
    pub(in crate::terminal) fn complete(&mut self, forward: bool, user: &mut LocalUser) {
        match &mut self.completion {
            Some(completion) => completion.next(forward),
            None => self.completion = new_completion(user),
        }
        if let Some(completion) = &mut self.completion {
            let (range, text) = completion.replacement();
            user.window_mut().editor.replace_range(range, text);
            completion.made();
        }
    }

    /// The present completion stands, if there is one. Returns whether there is.
    pub(in crate::terminal) fn stop_completing(&mut self) -> bool {
        self.completion.take().is_some()
    }

    /// Brings an older line of this window, or of any window, or a newer one.
    pub(in crate::terminal) fn recall(&mut self, older: bool, any: bool, users: &mut LocalUsers) {
        let here = (!any).then(|| origin(users));
        let here = here.as_ref();
        let editor = &mut users.active_mut().window_mut().editor;
        let line = if older { self.history.older(editor.text(), here) } else { self.history.newer(here) };
        if let Some(line) = line {
            editor.replace(line);
        }
    }

    /// The line being written is no longer one of the history.
    pub(in crate::terminal) fn stop_browsing(&mut self) {
        self.history.stop_browsing();
    }

    /// Adds a line to the history. Returns whether it is to be kept for the next run.
    pub(in crate::terminal) fn remember(&mut self, line: &str, origin: &LineOrigin) -> bool {
        self.history.add(line, origin)
    }

    /// One pasted line is written where the cursor is, several lines are asked about. Pasted lines are texts: in an empty
    /// line a slash is doubled, so that it does not begin a command.
    pub(in crate::terminal) fn paste(&mut self, text: &str, user: &mut LocalUser) {
        self.completion = None;
        let is_name = user.connection == LinkState::Nameless;
        let window = user.window_mut();
        match read_paste(text, is_name) {
            Pasted::One(line) => {
                let begins_with_slash = line.starts_with('/') && window.editor.text().is_empty();
                if begins_with_slash && window.place != Place::Server {
                    window.editor.insert("/");
                }
                window.editor.insert(&line);
            }
            Pasted::Several(question) => self.question = Some(question),
        }
    }
}

fn new_completion(user: &LocalUser) -> Option<Completion> {
    let window = user.window();
    let before = &window.editor.text()[..window.editor.cursor()];
    let users = if before.starts_with('/') { user.known_users() } else { user.users_here() };
    Completion::new(
        before,
        CompletionContext { users, rooms: user.known_rooms(), place: &window.place, own_name: &user.name },
    )
}
