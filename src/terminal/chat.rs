//! The conversations of all users: what their connections bring, what is sent, and how the program leaves.

use std::time::Duration;

use super::exchange::Effect;
use super::files::{FileTransfers, recipient};
use super::now::TerminalTime;
use super::pings::PingPurpose;
use super::queued::Queued;
use super::recorder::Recorder;
use super::tape::FileEnd;
use super::text::shown;
use super::user::{LinkState, LocalUserId, StateChange, as_typed};
use super::users::LocalUsers;
use super::window::LineKind;
use crate::protocol::dialect::Dialect;

/// How long leaving may take: the last lines of the script, and the good-byes of the server.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// The shortest time between two rings of the bell, so that a flood of messages does not ring without end.
const RING_EVERY: Duration = Duration::from_secs(1);

/// Why a connection ends on which nothing was ever said.
const CLOSED_UNASKED: &str = "it closed without asking for a name: is this a chatctl server?";

/// The users, the recorder that watches them, and whether they are leaving.
#[derive(Debug)]
pub(super) struct Chat {
    pub(super) users: LocalUsers,
    pub(super) recorder: Recorder,
    /// The file that is on its way.
    pub(super) files: FileTransfers,
    leaving: Option<Leaving>,
    /// Whether messages to our users ring the bell.
    pub(super) has_bell: bool,
    silent_until: Duration,
}

#[derive(Debug)]
struct Leaving {
    deadline: Duration,
    has_said_goodbye: bool,
}

impl Chat {
    pub(super) fn new(users: LocalUsers) -> Self {
        Self {
            users,
            recorder: Recorder::default(),
            files: FileTransfers::default(),
            leaving: None,
            has_bell: true,
            silent_until: Duration::ZERO,
        }
    }

    /// Whether the program is leaving already.
    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.is_some()
    }

    /// The effects with which the program begins: every user that has a name connects.
    pub(super) fn connect_all(&self) -> Vec<Effect> {
        let named = self.users.iter().filter(|(_, user)| user.connection == LinkState::Connecting);
        named.map(|(id, _)| Effect::Connect(id)).collect()
    }

    /// Sends a typed line of the active user.
    pub(super) fn send(&mut self, line: String, now: TerminalTime) -> Vec<Effect> {
        self.recorder.send(self.users.active_id(), Queued::Line(line), &mut self.users, now)
    }

    /// Asks the server what it tells of somebody.
    pub(super) fn ask_who(&mut self, name: &str, now: TerminalTime) -> Vec<Effect> {
        let id = self.users.active_id();
        match self.users[id].ask_who(name) {
            Ok(lines) => lines.into_iter().map(|line| Effect::Send { user: id, line }).collect(),
            Err(why) => {
                self.users.tell_active(&why, now);
                Vec::new()
            }
        }
    }

    pub(super) fn start_recording(&mut self, path: String, now: TerminalTime) -> Vec<Effect> {
        self.recorder.start(path, &mut self.users, now)
    }

    pub(super) fn stop_recording(&mut self, now: TerminalTime) -> Vec<Effect> {
        self.recorder.stop(&mut self.users, now)
    }

    /// Sends a file of the active user to somebody, or to whoever is in the window.
    pub(super) fn send_file(&mut self, path: String, to: Option<&str>, now: TerminalTime) -> Vec<Effect> {
        let user = self.users.active();
        let refused = match recipient(user, to) {
            _ if user.connection != LinkState::Online => "not connected",
            _ if self.files.is_busy() => "another file is on its way; /cancel stops it",
            None => "a file goes to a room or to users: /send PATH TO",
            Some(to) => return vec![self.files.send(self.users.active_id(), path, to)],
        };
        self.users.tell_active(refused, now);
        Vec::new()
    }

    /// Saves a file.
    pub(super) fn save_file(&mut self, id: &str, path: Option<String>, now: TerminalTime) -> Vec<Effect> {
        let begun = if self.files.is_busy() {
            Err("another file is on its way; /cancel stops it".to_owned())
        } else {
            self.files.save(self.users.active_id(), id, path)
        };
        match begun {
            Ok(wanted) => self.recorder.send(self.users.active_id(), wanted, &mut self.users, now),
            Err(refused) => {
                self.users.tell_active(&refused, now);
                Vec::new()
            }
        }
    }

    /// The file on its way is open: if it is to be sent, it is announced.
    pub(super) fn on_file_opened(&mut self, name: String, size: u64, path: String, now: TerminalTime) -> Vec<Effect> {
        let Some((user, announcement)) = self.files.opened(name, size) else { return Vec::new() };
        self.recorder.send(user, Queued::Upload { announcement, path }, &mut self.users, now)
    }

    /// The file on its way has come through, or not.
    pub(super) fn on_file_ended(&mut self, told: Result<String, String>, now: TerminalTime) -> Vec<Effect> {
        let end = if told.is_ok() { FileEnd::Whole } else { FileEnd::Stopped };
        let told = told.unwrap_or_else(|why| why);
        if let Some(user) = self.files.ended()
            && !told.is_empty()
        {
            self.users.tell(user, &shown(&told), now);
        }
        self.recorder.on_file_ended(end, &mut self.users, now)
    }

    /// Stops the file that is on its way. `None`: there is none.
    pub(super) fn stop_file(&mut self, now: TerminalTime) -> Option<Vec<Effect>> {
        let has_begun = !self.recorder.takes_back_file();
        let user = self.files.stop(has_begun)?;
        self.users.tell(user, "the file was stopped", now);
        let mut effects = vec![Effect::StopFile];
        effects.extend(self.recorder.on_file_ended(FileEnd::Stopped, &mut self.users, now));
        Some(effects)
    }

    /// The recording has come to nothing: what waited for its turn is sent.
    pub(super) fn give_up_recording(&mut self, now: TerminalTime) -> Vec<Effect> {
        let waiting = self.recorder.give_up();
        waiting.into_iter().flat_map(|(user, wanted)| wanted.begin(user, &mut self.users, now)).collect()
    }

    /// A user has received a line.
    pub(super) fn on_line(&mut self, id: LocalUserId, line: &str, now: TerminalTime) -> Vec<Effect> {
        if let Some(wanted) = self.files.on_line(id, line) {
            return vec![wanted];
        }
        let is_watched = id == self.users.active_id();
        let reaction = self.users[id].on_line(line, is_watched, now);
        if !reaction.is_hidden {
            self.recorder.on_received(id, Dialect::default().unnumbered(line));
        }
        let mut effects: Vec<Effect> = reaction.send.into_iter().map(|line| Effect::Send { user: id, line }).collect();
        if reaction.rings && self.has_bell && now.since_start >= self.silent_until {
            self.silent_until = now.since_start + RING_EVERY;
            effects.push(Effect::Bell);
        }
        if reaction.pong == Some(PingPurpose::File) && self.files.on_answered(id) {
            effects.extend(self.recorder.on_file_ended(FileEnd::Refused, &mut self.users, now));
        }
        if reaction.pong == Some(PingPurpose::Fence) {
            effects.extend(self.recorder.on_pong(id, &mut self.users, now));
        }
        match reaction.turn {
            Some(StateChange::Welcomed) => effects.extend(self.recorder.on_welcomed(id, &mut self.users, now)),
            Some(StateChange::NameRefused) => effects.extend(self.on_name_refused(id, now)),
            Some(StateChange::Bye) => self.users[id].connection = LinkState::Leaving,
            None => {}
        }
        effects
    }

    /// After a lost connection the name may still be taken by that connection, until the server notices the loss.
    fn on_name_refused(&mut self, id: LocalUserId, now: TerminalTime) -> Vec<Effect> {
        let user = &mut self.users[id];
        if user.was_online {
            let pause = user.note_loss(now).as_secs();
            let text = format!("the server still knows the lost connection; trying again in {pause} s");
            self.users.tell(id, &text, now);
        } else {
            user.connection = LinkState::Nameless;
            user.name.clear();
        }
        vec![Effect::Drop(id)]
    }

    /// A user's connection has ended, or could not be made. `why` is `None` if the server closed it.
    pub(super) fn on_closed(&mut self, id: LocalUserId, why: Option<&str>, now: TerminalTime) -> Vec<Effect> {
        let user = &mut self.users[id];
        let on_purpose = user.connection == LinkState::Leaving;
        let has_lost_file = self.files.on_closed(id);
        if has_lost_file {
            user.show(LineKind::Local, "the file was not sent", now);
        }
        let was_there = matches!(user.connection, LinkState::Online | LinkState::LoggingIn);
        if on_purpose {
            user.connection = LinkState::Gone;
            self.users.tell(id, "the server has closed the connection; /reconnect connects again", now);
        } else {
            self.tell_loss(id, was_there, why, now);
        }
        let mut effects = Vec::new();
        if was_there || on_purpose {
            effects = self.recorder.on_closed(id, on_purpose, &mut self.users, now);
        }
        if has_lost_file {
            effects.extend(self.recorder.on_file_ended(FileEnd::Stopped, &mut self.users, now));
        }
        if on_purpose && self.leaving.is_none() && self.users.all_are(&LinkState::Gone) {
            effects.extend(self.leave(now));
        }
        effects
    }

    fn tell_loss(&mut self, id: LocalUserId, was_there: bool, why: Option<&str>, now: TerminalTime) {
        let user = &mut self.users[id];
        let is_stranger = was_there && user.waits_for_prompt();
        let pause = user.note_loss(now).as_secs();
        let unconfirmed = user.take_unconfirmed();
        let what = if was_there { "connection lost" } else { "cannot connect" };
        let why = why.or(is_stranger.then_some(CLOSED_UNASKED));
        let text = match why {
            // It says that by itself.
            Some(why) if why.starts_with(what) => shown(why),
            Some(why) => format!("{what} ({})", shown(why)),
            None => what.to_owned(),
        };
        self.users.tell(id, &format!("{text}; trying again in {pause} s"), now);
        for line in unconfirmed {
            self.users.tell(id, &format!("this may not have arrived: {}", as_typed(&line)), now);
        }
    }

    /// Time has passed.
    pub(super) fn on_tick(&mut self, now: TerminalTime) -> Vec<Effect> {
        let mut effects = self.recorder.on_tick(now);
        let mut dead = Vec::new();
        for (id, user) in self.users.iter_mut() {
            let is_due = matches!(user.connection, LinkState::Lost { again_at } if again_at <= now.since_start);
            if is_due && self.leaving.is_none() {
                user.connection = LinkState::Connecting;
                effects.push(Effect::Connect(id));
            } else if user.pings.seem_dead(now) {
                dead.push((id, "the server does not answer"));
            } else if user.waits_for_prompt_too_long(now) {
                dead.push((id, "it does not ask for a name: is this a chatctl server?"));
            } else if let Some(line) = user.due_ping(now) {
                effects.push(Effect::Send { user: id, line });
            }
        }
        for (id, why) in dead {
            effects.push(Effect::Drop(id));
            effects.extend(self.on_closed(id, Some(why), now));
        }
        effects
    }

    /// Ends what is under way and then the program. If asked a second time, ends the program at once.
    pub(super) fn leave(&mut self, now: TerminalTime) -> Vec<Effect> {
        if self.leaving.is_some() {
            let mut effects = self.recorder.finish(&mut self.users, now);
            effects.push(Effect::Quit);
            return effects;
        }
        self.leaving = Some(Leaving { deadline: now.since_start + LEAVE_WITHIN, has_said_goodbye: false });
        if self.recorder.is_recording() { self.recorder.stop(&mut self.users, now) } else { Vec::new() }
    }

    /// The next step of leaving, if the program is leaving and the step is due.
    pub(super) fn go_on_leaving(&mut self, now: TerminalTime) -> Vec<Effect> {
        let Some(leaving) = &mut self.leaving else { return Vec::new() };
        let in_time = now.since_start < leaving.deadline;
        if self.recorder.is_recording() && in_time {
            return Vec::new();
        }
        let mut effects = Vec::new();
        if !std::mem::replace(&mut leaving.has_said_goodbye, true) {
            let parting = self.users.iter_mut().filter_map(|(id, user)| user.say_goodbye().then_some(id));
            effects.extend(parting.map(|user| Effect::Send { user, line: "quit".to_owned() }));
        }
        if !in_time || self.users.all_are(&LinkState::Gone) {
            effects.extend(self.recorder.finish(&mut self.users, now));
            effects.push(Effect::Quit);
        }
        effects
    }
}
