//! What was said before, told again. It is found while others talk, so nothing is seen here of who is around.

use std::sync::Arc;

use super::MAX_LINE;
use super::features::Features;
use super::past_events::{self, PastSource, SOMEBODY};
use super::tag_value::escaped;
use super::texts::bodies;
use super::writer::{Tags, stamp, up_to};
use crate::protocol::command::{Manner, Text};
use crate::protocol::event::RoomEvent;
use crate::protocol::name::UserName;
use crate::protocol::recall::{Authors, RecallPlace, RecallReason, Recalled, RecalledLine, Recollection};

/// What the lines of a request are called that belong together.
const BATCH: &str = "past";

/// For whom something is told again, as it was when it was asked for.
#[derive(Debug, Clone)]
pub struct Retelling {
    /// What the server calls itself.
    pub house: String,
    /// Names the numbering of its messages.
    pub epoch: String,
    /// What the client calls its request by.
    pub label: Option<Box<str>>,
    /// The client has asked for it, and is told if it cannot be had.
    pub is_request: bool,
    /// Who those were who said it.
    pub authors: Arc<dyn Authors>,
}

/// Whether a client wants to be told what was said before it came in: it cannot ask for that by itself, and would not take
/// it for new.
pub(in crate::protocol::dialect) fn is_wanted(features: Features, why: RecallReason) -> bool {
    match why {
        RecallReason::Entered => features.has(Features::TIME) && !features.has(Features::HISTORY),
        RecallReason::Asked | RecallReason::Places | RecallReason::Missed => true,
    }
}

/// Appends what was found.
pub(in crate::protocol::dialect) fn write(
    retelling: &Retelling,
    features: Features,
    found: &Recollection,
    out: &mut Vec<u8>,
) {
    let teller = &mut Teller { retelling, features, batch: None, out };
    match found {
        Recollection::Failed if !retelling.is_request => {}
        Recollection::Failed => {
            teller.line("FAIL CHATHISTORY MESSAGE_ERROR :Messages could not be retrieved");
        }
        Recollection::Messages(RecallReason::Asked, places) => {
            places.iter().for_each(|place| teller.in_batch("chathistory", Some(place), |teller| teller.tell(place)));
        }
        Recollection::Messages(RecallReason::Places, places) => {
            teller.in_batch("draft/chathistory-targets", None, |teller| teller.list(places));
        }
        Recollection::Messages(RecallReason::Entered | RecallReason::Missed, places) => {
            places.iter().for_each(|place| teller.tell(place));
        }
    }
}

struct Teller<'a> {
    retelling: &'a Retelling,
    features: Features,
    batch: Option<&'static str>,
    out: &'a mut Vec<u8>,
}

/// Spells who did what a line tells.
struct PastTeller<'a, 'b> {
    teller: &'a Teller<'b>,
    line: &'a RecalledLine,
}

impl PastSource for PastTeller<'_, '_> {
    fn source(&self, who: &UserName) -> String {
        self.teller.source(who, self.line)
    }

    fn described(&self, who: &UserName) -> Option<(String, String)> {
        if !self.teller.features.has(Features::EXTENDED_JOIN) {
            return None;
        }
        let author = self.teller.retelling.authors.author(who, self.line.id);
        let account = author.as_ref().and_then(|author| author.account.as_ref()).map_or("*", UserName::as_str);
        // Of whom nothing is known, no more can be said than the name.
        let real_name = author.as_ref().map_or(who.as_str(), |author| &author.real_name);
        Some((account.to_owned(), real_name.to_owned()))
    }
}

impl Teller<'_> {
    /// A line of the server.
    fn line(&mut self, line: &str) {
        let mut tags = Vec::new();
        tags.extend(self.batch.map(|batch| format!("batch={batch}")));
        let label = self.retelling.label.as_ref().filter(|_| self.batch.is_none() && !line.starts_with("BATCH -"));
        tags.extend(label.map(|label| format!("label={}", escaped(label))));
        let tags = if tags.is_empty() { String::new() } else { format!("@{} ", tags.join(";")) };
        self.push(&format!("{tags}:{} {line}", self.retelling.house));
    }

    fn in_batch(&mut self, kind: &str, of: Option<&Recalled>, tell: impl FnOnce(&mut Self)) {
        if !self.features.has(Features::BATCH) {
            return tell(self);
        }
        let of = of.map(|place| format!(" {}", name_of(&place.place))).unwrap_or_default();
        self.line(&format!("BATCH +{BATCH} {kind}{of}"));
        self.batch = Some(BATCH);
        tell(self);
        self.batch = None;
        self.line(&format!("BATCH -{BATCH}"));
    }

    /// Where something was said, and when the last of it was.
    fn list(&mut self, places: &[Recalled]) {
        let mut latest: Vec<_> = places.iter().filter_map(|place| Some((place.lines.last()?.at, place))).collect();
        latest.sort_by_key(|(at, _)| *at);
        for (at, place) in latest {
            self.line(&format!("CHATHISTORY TARGETS {} {}", name_of(&place.place), stamp(at)));
        }
    }

    fn tell(&mut self, recalled: &Recalled) {
        for line in &recalled.lines {
            match &line.what {
                RoomEvent::Said { from, text } => self.say(&recalled.place, line, from, text),
                event if self.features.has(Features::EVENT_PLAYBACK) => {
                    let room = name_of(&recalled.place);
                    let told =
                        past_events::told(event, &room, &self.retelling.house, &PastTeller { teller: self, line });
                    told.iter().enumerate().for_each(|(place, told)| self.message(line, place == 0, told));
                }
                _ => {}
            }
        }
    }

    fn say(&mut self, place: &RecallPlace, line: &RecalledLine, from: &UserName, text: &Text) {
        let command = if text.manner() == Manner::Notices { "NOTICE" } else { "PRIVMSG" };
        let around = format!(":{} {command} {} :", self.source(from, line), target(place, from));
        let room = MAX_LINE.saturating_sub(around.len() + "\r\n".len());
        for (place, body) in bodies(text, room).iter().enumerate() {
            self.message(line, place == 0, &format!("{around}{body}"));
        }
    }

    /// Who said or did something, as it was told when it was new, if that is known still.
    fn source(&self, who: &UserName, line: &RecalledLine) -> String {
        let author = self.retelling.authors.author(who, line.id);
        format!("{who}!{}", author.as_ref().map_or(SOMEBODY, |author| &author.address))
    }

    fn message(&mut self, line: &RecalledLine, is_first: bool, rest: &str) {
        let tags =
            Tags { time: Some(line.at), id: Some(line.id).filter(|_| is_first), batch: self.batch, ..Tags::default() };
        tags.push(self.features, &self.retelling.epoch, self.out);
        // Messages are cut before.
        self.push(up_to(rest, MAX_LINE - "\r\n".len()));
    }

    fn push(&mut self, line: &str) {
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }
}

/// What a client calls a place.
fn name_of(place: &RecallPlace) -> String {
    match place {
        RecallPlace::Room(room) => format!("#{room}"),
        RecallPlace::With { other, own: _ } => other.to_string(),
    }
}

/// To whom somebody said it there.
fn target(place: &RecallPlace, from: &UserName) -> String {
    match place {
        RecallPlace::With { other, own } if from == other => own.to_string(),
        RecallPlace::Room(_) | RecallPlace::With { .. } => name_of(place),
    }
}
