//! Lines of the server: who they come from, which tags stand before them, and the hearer's name in numbered ones.

use std::fmt::Display;
use std::io::Write;
use std::time::{Duration, SystemTime};

use super::MAX_LINE;
use super::features::Features;
use super::line::push_params;
use crate::protocol::mark::Mark;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::profile::{HOST_OF_OTHERS, MessageSource, SOME_USER};
use crate::protocol::sight::{Member, Person, RoomSight, Sight};

/// Writes lines for one hearer.
pub(super) struct IrcWriter<'a> {
    pub(super) out: &'a mut Vec<u8>,
    pub(super) sight: &'a dyn Sight,
    pub(super) features: Features,
}

/// What may stand before a line, as far as the hearer's capabilities say.
#[derive(Debug, Default, Clone)]
pub(super) struct Tags<'a> {
    pub(super) time: Option<SystemTime>,
    /// Which message it is.
    pub(super) id: Option<u64>,
    /// The sender's account.
    pub(super) account: Option<&'a UserName>,
    pub(super) is_bot: bool,
    /// What the sender's client says to other clients.
    pub(super) client: &'a str,
    /// Which lines it belongs to.
    pub(super) batch: Option<&'a str>,
}

impl<'a> Tags<'a> {
    /// Those of what somebody does or says at that time.
    pub(super) fn of(sight: &'a dyn Sight, who: &UserName, time: SystemTime) -> Self {
        Self::of_person(sight.person(who), time)
    }

    /// The same of somebody who is here, or who is not.
    pub(super) fn of_person(person: Option<Person<'a>>, time: SystemTime) -> Self {
        let account = person.and_then(|person| person.account);
        Self { time: Some(time), account, is_bot: person.is_some_and(|person| person.is_bot), ..Self::default() }
    }

    /// Those of a message from somebody.
    pub(super) fn of_message(sight: &'a dyn Sight, who: &UserName, mark: &Mark, client: &'a str) -> Self {
        Self { id: Some(mark.id), client, ..Self::of(sight, who, mark.at) }
    }

    pub(super) fn push(&self, features: Features, epoch: &str, out: &mut Vec<u8>) {
        let known = Features::TIME.and(Features::TAGS).and(Features::ACCOUNT_TAG);
        if !features.has_any(known) && self.batch.is_none() {
            return;
        }
        let start = out.len();
        let mut tag = |words: &[&dyn Display]| {
            out.push(if out.len() == start { b'@' } else { b';' });
            // Memory takes whatever is written to it.
            words.iter().for_each(|word| drop(write!(out, "{word}")));
        };
        if let Some(batch) = self.batch {
            tag(&[&"batch=", &batch]);
        }
        if let Some(time) = self.time.filter(|_| features.has(Features::TIME)) {
            tag(&[&"time=", &stamp(time)]);
        }
        if let Some(id) = self.id.filter(|_| features.has(Features::TAGS)) {
            tag(&[&"msgid=", &epoch, &"-", &id]);
        }
        if let Some(account) = self.account.filter(|_| features.has(Features::ACCOUNT_TAG)) {
            tag(&[&"account=", account]);
        }
        if self.is_bot && features.has(Features::TAGS) {
            tag(&[&"bot"]);
        }
        if !self.client.is_empty() && features.has(Features::TAGS) {
            tag(&[&self.client]);
        }
        if out.len() > start {
            out.push(b' ');
        }
    }
}

/// `2026-11-25T22:31:46.455Z`. A clock that is set to before 1970 or after 9999 is taken for the nearest moment in between.
pub(super) fn stamp(at: SystemTime) -> impl Display {
    let first = SystemTime::UNIX_EPOCH;
    let last = first + Duration::from_secs(253_402_300_799);
    humantime::format_rfc3339_millis(at.clamp(first, last))
}

/// Seconds since 1970.
pub(super) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// `nick!user@host`
pub(super) fn full(name: &UserName, user: &str, host: &str) -> String {
    [name.as_str(), "!", user, "@", host].concat()
}

pub(super) fn source(source: &MessageSource) -> String {
    full(&source.name, &source.user, &source.host)
}

pub(super) fn source_of(person: &Person<'_>) -> String {
    full(person.name, person.user, person.host)
}

/// The same of somebody who is here, or who was.
pub(super) fn source_now(name: &UserName, person: Option<Person<'_>>) -> String {
    let (user, host) = person.map_or((SOME_USER, HOST_OF_OTHERS), |person| (person.user, person.host));
    full(name, user, host)
}

/// A line of the server. Words of clients stand in such: the longest is shortened if all would not fit.
fn fitting(start: String, params: &[&str]) -> String {
    let mut line = start.clone();
    push_params(params, |part| line.push_str(part));
    let excess = (line.len() + "\r\n".len()).saturating_sub(MAX_LINE);
    let longest = params.iter().enumerate().max_by_key(|(_, param)| param.len());
    let (true, Some((place, word))) = (excess > 0, longest) else { return line };
    let mut shortened = params.to_vec();
    shortened[place] = up_to(word, word.len().saturating_sub(excess));
    line = start;
    push_params(&shortened, |part| line.push_str(part));
    line
}

/// So many bytes of a text at most, in whole characters.
pub(super) fn up_to(text: &str, most: usize) -> &str {
    &text[..(0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)]
}

/// Whether a line that comes from the hearer is short enough, with so many bytes beside its source.
#[must_use]
pub fn fits_into_line(sight: &dyn Sight, beside: usize) -> bool {
    let source = sight
        .oneself()
        .map_or(0, |own| own.name.as_str().len() + "!".len() + own.user.len() + "@".len() + own.host.len());
    source + beside <= MAX_LINE
}

impl<'a> IrcWriter<'a> {
    /// The hearer's name, or what stands for one who has none.
    pub(super) fn nick(&self) -> String {
        self.sight.hearer().map_or("*".to_owned(), ToString::to_string)
    }

    /// A numbered reply; the hearer's name stands before the parameters.
    pub(super) fn numbered(&mut self, number: u16, params: &[&str]) {
        let start = format!(":{} {number:03} {}", self.sight.house().name, self.nick());
        self.push_line(&fitting(start, params));
    }

    /// Words behind these parameters, on as many lines as it takes; no line if there are none.
    pub(super) fn words(&mut self, number: u16, params: &[&str], words: &[String], between: char) {
        let around = format!(":{} {number:03} {} :\r\n", self.sight.house().name, self.nick()).len();
        let room = MAX_LINE.saturating_sub(around + params.iter().map(|param| param.len() + 1).sum::<usize>());
        let mut line = String::new();
        for word in words {
            if !line.is_empty() && line.len() + 1 + word.len() > room {
                self.numbered(number, &[params, &[line.as_str()]].concat());
                line.clear();
            }
            if !line.is_empty() {
                line.push(between);
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            self.numbered(number, &[params, &[line.as_str()]].concat());
        }
    }

    /// A command of the server.
    pub(super) fn plain(&mut self, command: &str, params: &[&str]) {
        let start = format!(":{} {command}", self.sight.house().name);
        self.push_line(&fitting(start, params));
    }

    /// A command that comes from nobody.
    pub(super) fn bare(&mut self, command: &str, params: &[&str]) {
        let mut line = command.to_owned();
        push_params(params, |part| line.push_str(part));
        self.push_line(&line);
    }

    /// The last line of a connection.
    pub(super) fn closing(&mut self, why: &str) {
        self.push_line(&format!("ERROR :Closing link: ({why})"));
    }

    /// A line from somebody.
    pub(super) fn tell(&mut self, tags: &Tags<'_>, source: &str, command: &str, params: &[&str]) {
        self.tell_text(tags, source, command, params, None);
    }

    /// A line from somebody, with a text behind its parameters: that has its colon even if it could stand without. What does
    /// not fit into a line of it is left out; messages are cut before.
    pub(super) fn tell_text(
        &mut self,
        tags: &Tags<'_>,
        source: &str,
        command: &str,
        params: &[&str],
        text: Option<&str>,
    ) {
        tags.push(self.features, &self.sight.house().epoch, self.out);
        let tags_end = self.out.len();
        for part in [":", source, " ", command] {
            self.out.extend_from_slice(part.as_bytes());
        }
        push_params(params, |part| self.out.extend_from_slice(part.as_bytes()));
        if let Some(text) = text {
            self.out.extend_from_slice(b" :");
            let room = MAX_LINE.saturating_sub(self.out.len() - tags_end + "\r\n".len());
            self.out.extend_from_slice(up_to(text, room).as_bytes());
        }
        self.out.extend_from_slice(b"\r\n");
    }

    /// The room of this name, if the hearer may know of it.
    pub(super) fn visible_room(&self, name: &RoomName) -> Option<RoomSight<'a>> {
        let sight = self.sight;
        let hearer = sight.hearer()?;
        sight.room(name).filter(|room| !room.is_secret() || room.member(hearer).is_some())
    }

    /// `nick!user@host` of somebody who is here, or who was.
    pub(super) fn source_of(&self, name: &UserName) -> String {
        source_now(name, self.sight.person(name))
    }

    /// What stands before the name of a member: the highest rank, or all of them for who has asked for that.
    pub(super) fn prefix(&self, member: &Member<'_>) -> String {
        let signs = match (member.rank.is_operator, member.rank.has_voice) {
            (true, true) => "@+",
            (true, false) => "@",
            (false, true) => "+",
            (false, false) => "",
        };
        if self.features.has(Features::MULTI_PREFIX) { signs.to_owned() } else { signs.chars().take(1).collect() }
    }

    /// What capabilities come to.
    pub(super) fn cap(&mut self, params: &[&str]) {
        self.plain("CAP", params);
    }

    fn push_line(&mut self, line: &str) {
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }
}
