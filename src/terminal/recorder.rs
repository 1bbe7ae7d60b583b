//! Recording what happens on this screen as a script that can be played again.
//!
//! A script sends line after line. So that what was acted out can be sent in that way too, a line goes out only when
//! everything that the one before it caused has been received: its sender pings, and then everybody else.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::fence::Fence;
use super::heard::Heard;
use super::hearing::room_of;
use super::now::Now;
use super::pings::Purpose;
use super::screen::{Effect, Screen};
use super::text::key;
use super::user::{Link, User, UserId};
use crate::lang::recording::Recording;

/// The charset in which a script is played, unless its `connect` says otherwise.
const REPLAYED_IN: &str = "utf-8";

/// How often the script is saved while it grows.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// Lines that wait for their turn at most; a paste of more is cut, and that is said.
const MAX_WAITING: usize = 1000;

/// A script in the making, and what is still to go into it.
#[derive(Debug)]
pub(super) struct Recorder {
    pub(super) path: String,
    /// `None` until everybody is there.
    script: Option<Recording>,
    waiting: VecDeque<(UserId, String)>,
    /// Typed after its end had begun, to be sent when it is over.
    held: Vec<(UserId, String)>,
    pub(super) fence: Option<Fence>,
    /// It is over as soon as everything has been received.
    ending: bool,
    /// Our own people and rooms, and everybody and everything heard of, by key.
    ours: BTreeSet<String>,
    people: BTreeMap<String, String>,
    our_rooms: BTreeSet<String>,
    saved_at: Duration,
    changed: bool,
}

impl Recorder {
    fn new(path: String) -> Self {
        Self {
            path,
            script: None,
            waiting: VecDeque::new(),
            held: Vec::new(),
            fence: None,
            ending: false,
            ours: BTreeSet::new(),
            people: BTreeMap::new(),
            our_rooms: BTreeSet::new(),
            saved_at: Duration::ZERO,
            changed: false,
        }
    }

    /// Whether everybody is there, so that it has begun.
    pub(super) fn has_begun(&self) -> bool {
        self.script.is_some()
    }

    /// With these users, in the rooms in which they are.
    fn begin(&mut self, users: &[User]) {
        let mut script = Recording::new(users.iter().map(|user| user.name.as_str()));
        self.ours = users.iter().map(|user| key(&user.name)).collect();
        let mut rooms: BTreeMap<String, (String, Vec<_>)> = BTreeMap::new();
        for (who, user) in users.iter().enumerate() {
            for window in user.rooms() {
                self.people.extend(window.members.clone());
                if let Some(room) = room_of(&window.place) {
                    rooms.entry(key(&room)).or_insert((room, Vec::new())).1.push((who, user.name.as_str()));
                }
            }
        }
        for (room, members) in rooms.values() {
            script.room_exists(room, members);
        }
        if let Some(user) = users.iter().find(|user| user.encoding != REPLAYED_IN) {
            script.flaw(format!("{} speaks {} from the beginning", user.name, user.encoding));
        }
        self.our_rooms = rooms.into_keys().collect();
        self.script = Some(script);
    }

    fn text(&mut self) -> Option<String> {
        let script = self.script.as_mut()?;
        let strangers = self.people.iter().filter(|(key, _)| !self.ours.contains(*key));
        script.set_strangers(strangers.map(|(_, name)| name.clone()));
        Some(script.text())
    }
}

impl Screen {
    /// Records into this file from here on, as soon as everybody is there.
    pub(super) fn start_recording(&mut self, path: &str, now: Now) -> Vec<Effect> {
        if self.recorder.is_some() {
            self.local("a recording is under way; /record stop ends it", now);
            return Vec::new();
        }
        self.recorder = Some(Recorder::new(path.to_owned()));
        self.begin_recording(now)
    }

    /// Begins if everybody is there, as soon as what was typed before has come to its end.
    pub(super) fn begin_recording(&mut self, now: Now) -> Vec<Effect> {
        let Some(recorder) = &self.recorder else { return Vec::new() };
        let has_begun = recorder.script.is_some() || recorder.fence.is_some();
        if has_begun || self.users.iter().any(|user| user.link != Link::Online) {
            return Vec::new();
        }
        self.ping_before(false, now)
    }

    pub(super) fn open_script(&mut self, now: Now) -> Vec<Effect> {
        let Some(recorder) = &mut self.recorder else { return Vec::new() };
        // Who was lost in between will be back.
        if self.users.iter().any(|user| user.link != Link::Online) {
            return Vec::new();
        }
        recorder.begin(&self.users);
        let (path, text) = (recorder.path.clone(), recorder.text().unwrap_or_default());
        self.local(&format!("recording into {path}"), now);
        let mut effects = vec![Effect::Save { path, text, new: true }];
        effects.extend(self.send_waiting(now));
        effects
    }

    /// Sends a line that was typed: at once, or, in a recording, when its turn has come.
    pub(super) fn send(&mut self, id: UserId, line: String, now: Now) -> Vec<Effect> {
        let Some(recorder) = &mut self.recorder else {
            return self.send_typed(id, line, now);
        };
        if recorder.ending {
            recorder.held.push((id, line));
            return Vec::new();
        }
        if recorder.waiting.len() >= MAX_WAITING {
            self.local(&format!("not sent, as {MAX_WAITING} lines wait already: {line}"), now);
            return Vec::new();
        }
        recorder.waiting.push_back((id, line));
        self.send_waiting(now)
    }

    /// A typed line goes out, and with it a ping that tells when it has arrived.
    fn send_typed(&mut self, user: UserId, line: String, now: Now) -> Vec<Effect> {
        let ping = self.users[user.0].typed(&line, now);
        [line].into_iter().chain(ping).map(|line| Effect::Send { user, line }).collect()
    }

    fn send_waiting(&mut self, now: Now) -> Vec<Effect> {
        let Some(recorder) = self.recorder.as_mut().filter(|recorder| recorder.fence.is_none()) else {
            return Vec::new();
        };
        let Some(script) = recorder.script.as_mut() else { return Vec::new() };
        let Some((id, line)) = recorder.waiting.pop_front() else { return Vec::new() };
        script.sent(id.0, &line);
        recorder.changed = true;
        recorder.fence = Some(Fence::Sender(id));
        let ping = self.users[id.0].pings.ping(Purpose::Fence);
        let mut effects = self.send_typed(id, line, now);
        effects.push(Effect::Send { user: id, line: ping });
        effects
    }

    /// A line has come that somebody can see.
    pub(super) fn record_received(&mut self, id: UserId, line: &str) {
        let Some(recorder) = &mut self.recorder else { return };
        let Some(script) = &mut recorder.script else { return };
        script.received(id.0, line);
        recorder.changed = true;
        let heard = Heard::new(line);
        recorder.people.extend(heard.people().into_iter().map(|name| (key(name), name.to_owned())));
        match heard {
            Heard::Renamed(name) => {
                recorder.ours.insert(key(name));
            }
            Heard::Happened { room, .. } => {
                recorder.our_rooms.insert(key(room));
            }
            Heard::EncodingSet(charset) if charset != REPLAYED_IN => {
                script.flaw(format!("a script does not change its charset in the middle, as to {charset}"));
            }
            Heard::Rooms(rooms) if rooms.iter().any(|room| !recorder.our_rooms.contains(&key(room))) => {
                script.flaw("there are rooms that were opened by others");
            }
            _ => {}
        }
    }

    /// Somebody has connected, perhaps after having left.
    pub(super) fn record_welcomed(&mut self, id: UserId, now: Now) -> Vec<Effect> {
        let name = &self.users[id.0].name;
        if let Some(script) = self.recorder.as_mut().and_then(|recorder| recorder.script.as_mut()) {
            script.flaw(format!("{name} has connected again"));
        }
        self.begin_recording(now)
    }

    /// The next line, or, without one, the end if it is wanted.
    pub(super) fn go_on_recording(&mut self, now: Now) -> Vec<Effect> {
        let effects = self.send_waiting(now);
        let is_over = self.recorder.as_ref().is_some_and(|recorder| recorder.ending && recorder.fence.is_none());
        if is_over { self.finish_recording(now) } else { effects }
    }

    /// Somebody's connection is gone: because the server was asked to, or not.
    pub(super) fn record_closed(&mut self, id: UserId, on_purpose: bool, now: Now) -> Vec<Effect> {
        let name = self.users[id.0].name.clone();
        let Some(recorder) = &mut self.recorder else { return Vec::new() };
        if let Some(script) = &mut recorder.script {
            if on_purpose {
                script.closed(id.0);
            } else {
                script.flaw(format!("the connection of {name} was lost"));
            }
            recorder.changed = true;
        }
        let (lost, kept): (VecDeque<_>, VecDeque<_>) = recorder.waiting.drain(..).partition(|(user, _)| *user == id);
        recorder.waiting = kept;
        for (_, line) in lost {
            self.tell(id, &format!("not sent: {line}"), now);
        }
        self.fence_passed(id, now)
    }

    /// Ends the recording when everything that was caused has come.
    pub(super) fn stop_recording(&mut self, now: Now) -> Vec<Effect> {
        let Some(recorder) = &mut self.recorder else {
            self.local("nothing is being recorded", now);
            return Vec::new();
        };
        if recorder.script.is_none() {
            self.recorder = None;
            self.local("nothing was recorded: not everybody was there", now);
            return Vec::new();
        }
        recorder.ending = true;
        self.go_on_recording(now)
    }

    /// Saves what there is, and records no more.
    pub(super) fn finish_recording(&mut self, now: Now) -> Vec<Effect> {
        let Some(mut recorder) = self.recorder.take() else { return Vec::new() };
        let Some(text) = recorder.text() else { return Vec::new() };
        let replayed = recorder.script.as_ref().is_some_and(Recording::can_be_replayed);
        let path = recorder.path;
        let how =
            if replayed { "chatctl run plays it" } else { "it cannot be replayed as it is; its first lines say why" };
        self.local(&format!("recorded into {path}: {how}"), now);
        let mut effects = vec![Effect::Save { path, text, new: false }];
        effects.extend(recorder.held.into_iter().map(|(user, line)| Effect::Send { user, line }));
        effects
    }

    /// Saves a script that has grown, now and then.
    pub(super) fn save_recording(&mut self, now: Now) -> Vec<Effect> {
        let Some(recorder) = &mut self.recorder else { return Vec::new() };
        if !recorder.changed || now.since_start < recorder.saved_at + SAVE_EVERY {
            return Vec::new();
        }
        (recorder.changed, recorder.saved_at) = (false, now.since_start);
        let path = recorder.path.clone();
        recorder.text().map(|text| Effect::Save { path, text, new: false }).into_iter().collect()
    }
}
