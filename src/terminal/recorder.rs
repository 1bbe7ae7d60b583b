//! Recording what happens on this screen as a script that can be played again.
//!
//! A script sends line after line. So that a recording can be sent in the same way, a line goes out only when everything
//! that the line before it caused has been received: its sender is pinged first, and then everybody else.

use std::collections::VecDeque;
use std::time::Duration;

use super::exchange::Effect;
use super::fence::{Next, PendingFence};
use super::now::TerminalTime;
use super::pings::PingPurpose;
use super::queued::Queued;
use super::tape::{FileEnd, Tape};
use super::user::{LinkState, LocalUserId, as_typed};
use super::users::LocalUsers;

/// How often the script is saved while it grows.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// Lines that wait for their turn. When it is full, a further line is refused, and the user is told.
const MAX_WAITING: usize = 1000;

/// The recorder: idle, or with a script under way.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    under_way: Option<FenceUnderWay>,
}

#[derive(Debug)]
struct FenceUnderWay {
    path: String,
    /// `None` until everybody is online.
    tape: Option<Tape>,
    waiting: VecDeque<(LocalUserId, Queued)>,
    /// What was typed while the recording ends. It is sent when it has ended.
    held: Vec<(LocalUserId, Queued)>,
    fence: Option<PendingFence>,
    /// The file on its way, for which the fence waits.
    file: Option<Queued>,
    /// The recording ends as soon as everything has been received.
    is_ending: bool,
    saved_at: Duration,
}

impl Recorder {
    pub(super) fn is_recording(&self) -> bool {
        self.under_way.is_some()
    }

    /// The path of the script under way, and whether its recording has begun.
    pub(super) fn status(&self) -> Option<(&str, bool)> {
        self.under_way.as_ref().map(|it| (it.path.as_str(), it.tape.is_some()))
    }

    /// Records into this file from here on, as soon as everybody is online.
    pub(super) fn start(&mut self, path: String, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        if let Some(it) = &self.under_way {
            users.tell_active(&format!("already recording into {}; /record stop ends it", it.path), now);
            return Vec::new();
        }
        self.under_way = Some(FenceUnderWay::new(path));
        self.begin(users, now)
    }

    /// Begins if everybody is online, as soon as the effects of earlier lines have been received.
    fn begin(&mut self, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        let Some(it) = &mut self.under_way else { return Vec::new() };
        if it.tape.is_some() || it.fence.is_some() || !users.all_are(&LinkState::Online) {
            return Vec::new();
        }
        it.ping_before(false, users, now)
    }

    /// Sends what was typed: at once, or, while recording, when its turn has come.
    pub(super) fn send(
        &mut self,
        id: LocalUserId,
        wanted: Queued,
        users: &mut LocalUsers,
        now: TerminalTime,
    ) -> Vec<Effect> {
        let Some(it) = &mut self.under_way else { return wanted.begin(id, users, now) };
        if it.is_ending {
            it.held.push((id, wanted));
            return Vec::new();
        }
        // Of files, one at most is under way.
        if let Queued::Line(line) = &wanted
            && it.waiting.len() >= MAX_WAITING
        {
            users[id].forget_unsent(line);
            let text = format!("not sent, because {MAX_WAITING} lines are waiting already: {}", as_typed(line));
            users.tell_active(&text, now);
            return Vec::new();
        }
        it.waiting.push_back((id, wanted));
        it.send_waiting(users, now)
    }

    /// Takes back a file whose turn has not come. Returns whether there is one.
    pub(super) fn takes_back_file(&mut self) -> bool {
        let Some(it) = &mut self.under_way else { return false };
        let before = it.waiting.len() + it.held.len();
        it.waiting.retain(|(_, wanted)| !wanted.is_file());
        it.held.retain(|(_, wanted)| !wanted.is_file());
        it.waiting.len() + it.held.len() < before
    }

    /// The file on its way is so no more.
    pub(super) fn on_file_ended(&mut self, end: FileEnd, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        let Some(it) = &mut self.under_way else { return Vec::new() };
        let Some(PendingFence::File(id)) = it.fence else { return Vec::new() };
        if let (Some(tape), Some(file)) = (&mut it.tape, it.file.take()) {
            tape.end_file(id, &file, end, users);
        }
        it.fence = Some(PendingFence::Sender(id));
        if users[id].connection != LinkState::Online {
            return self.on_pong(id, users, now);
        }
        let line = users[id].pings.ping(PingPurpose::Fence);
        vec![Effect::Send { user: id, line }]
    }

    /// A user has received a line that it can see.
    pub(super) fn on_received(&mut self, id: LocalUserId, line: &str) {
        if let Some(tape) = self.tape() {
            tape.note_received(id, line);
        }
    }

    /// A user has logged in, perhaps again.
    pub(super) fn on_welcomed(&mut self, id: LocalUserId, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        if let Some(tape) = self.tape() {
            tape.flaw(format!("{} has connected again", users[id].name));
        }
        self.begin(users, now)
    }

    /// A ping of a fence has its pong, or never will.
    pub(super) fn on_pong(&mut self, id: LocalUserId, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        let Some(it) = &mut self.under_way else { return Vec::new() };
        let Some(fence) = &mut it.fence else { return Vec::new() };
        match fence.on_pong(id) {
            Next::Wait => return Vec::new(),
            Next::SecondRound => return it.ping_before(true, users, now),
            Next::Begin => return it.open(users, now),
            Next::PingOthers(sender) => {
                let (others, effects) = users.ping_all_but(Some(sender));
                if !others.is_empty() {
                    it.fence = Some(PendingFence::Others(others));
                    return effects;
                }
            }
            Next::Done => {}
        }
        it.fence = None;
        self.go_on(users, now)
    }

    /// A user's connection has ended: on purpose, or not.
    pub(super) fn on_closed(
        &mut self,
        id: LocalUserId,
        on_purpose: bool,
        users: &mut LocalUsers,
        now: TerminalTime,
    ) -> Vec<Effect> {
        let Some(it) = &mut self.under_way else { return Vec::new() };
        if let Some(tape) = &mut it.tape {
            tape.note_closed(id, &users[id].name, on_purpose);
        }
        // A file is fetched on a connection of its own.
        let is_lost = |wanted: &Queued| !matches!(wanted, Queued::Download { .. });
        let (lost, kept): (VecDeque<_>, VecDeque<_>) =
            it.waiting.drain(..).partition(|(user, wanted)| *user == id && is_lost(wanted));
        it.waiting = kept;
        for (_, wanted) in lost {
            if let Queued::Line(line) = wanted {
                users.tell(id, &format!("not sent: {}", as_typed(&line)), now);
            }
        }
        self.on_pong(id, users, now)
    }

    /// Saves a script that has grown, from time to time.
    pub(super) fn on_tick(&mut self, now: TerminalTime) -> Vec<Effect> {
        let Some(it) = &mut self.under_way else { return Vec::new() };
        let Some(tape) = &mut it.tape else { return Vec::new() };
        if now.since_start < it.saved_at + SAVE_EVERY || !tape.take_changed() {
            return Vec::new();
        }
        it.saved_at = now.since_start;
        vec![Effect::Save { path: it.path.clone(), text: tape.text(), new: false }]
    }

    /// Ends the recording as soon as everything that the last line caused has been received.
    pub(super) fn stop(&mut self, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        let Some(it) = &mut self.under_way else {
            users.tell_active("nothing is being recorded", now);
            return Vec::new();
        };
        if it.tape.is_none() {
            self.under_way = None;
            users.tell_active("nothing was recorded, because not everybody was online", now);
            return Vec::new();
        }
        it.is_ending = true;
        self.go_on(users, now)
    }

    /// Ends the recording now, and saves the script.
    pub(super) fn finish(&mut self, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        let Some(it) = self.under_way.take() else { return Vec::new() };
        let Some(mut tape) = it.tape else { return Vec::new() };
        // The strangers are found out when the text is made.
        let text = tape.text();
        let how = match tape.can_be_replayed() {
            true => "chatctl run plays it",
            false => "it cannot be replayed as it is; its first lines say why",
        };
        users.tell_active(&format!("recorded into {}: {how}", it.path), now);
        let mut effects = vec![Effect::Save { path: it.path, text, new: false }];
        effects.extend(it.held.into_iter().flat_map(|(user, wanted)| wanted.begin(user, users, now)));
        effects
    }

    /// Forgets the recording, because its file cannot be written. Returns what waits for its turn.
    pub(super) fn give_up(&mut self) -> Vec<(LocalUserId, Queued)> {
        self.under_way.take().map_or_else(Vec::new, |it| it.waiting.into_iter().chain(it.held).collect())
    }

    fn tape(&mut self) -> Option<&mut Tape> {
        self.under_way.as_mut()?.tape.as_mut()
    }

    /// Sends the next line. If none is waiting, ends the recording if that is wanted.
    fn go_on(&mut self, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        let Some(it) = &mut self.under_way else { return Vec::new() };
        let effects = it.send_waiting(users, now);
        if it.is_ending && it.fence.is_none() { self.finish(users, now) } else { effects }
    }
}

impl FenceUnderWay {
    fn new(path: String) -> Self {
        Self {
            path,
            tape: None,
            waiting: VecDeque::new(),
            held: Vec::new(),
            fence: None,
            file: None,
            is_ending: false,
            saved_at: Duration::ZERO,
        }
    }

    /// Pings everybody before the first line.
    fn ping_before(&mut self, second_round: bool, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        let (waiting, effects) = users.ping_all_but(None);
        if waiting.is_empty() {
            return self.open(users, now);
        }
        self.fence = Some(PendingFence::Before { second_round, waiting });
        effects
    }

    /// Opens the script, unless somebody was lost meanwhile: then it is opened when they are back.
    fn open(&mut self, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        self.fence = None;
        if !users.all_are(&LinkState::Online) {
            return Vec::new();
        }
        let mut tape = Tape::new(users, &self.path);
        users.tell_active(&format!("recording into {}", self.path), now);
        let mut effects = vec![Effect::Save { path: self.path.clone(), text: tape.text(), new: true }];
        self.tape = Some(tape);
        effects.extend(self.send_waiting(users, now));
        effects
    }

    fn send_waiting(&mut self, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        if self.fence.is_some() {
            return Vec::new();
        }
        let Some(tape) = &mut self.tape else { return Vec::new() };
        let Some((id, wanted)) = self.waiting.pop_front() else { return Vec::new() };
        let Queued::Line(line) = &wanted else {
            tape.begin_file();
            self.fence = Some(PendingFence::File(id));
            self.file = Some(wanted.clone());
            return wanted.begin(id, users, now);
        };
        tape.note_sent(id, line);
        self.fence = Some(PendingFence::Sender(id));
        let fence = users[id].pings.ping(PingPurpose::Fence);
        let mut effects = wanted.begin(id, users, now);
        effects.push(Effect::Send { user: id, line: fence });
        effects
    }
}
