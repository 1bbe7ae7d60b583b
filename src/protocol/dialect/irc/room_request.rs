//! Lines about rooms and to them: JOIN, PART, messages and questions about rooms.

use super::MAX_REASON;
use super::features::Features;
use super::instruction::{Instruction, IrcQuery, ListFilter, Saying, Step, WhenTooLong};
use super::modes;
use super::multiline::{self, Gathering};
use super::registration::{no_nick, printable, too_few};
use super::request::Speaker;
use super::texts::{Unsayable, Wording, wording};
use crate::protocol::act::{Act, Addressee, Sign};
use crate::protocol::command::Phrase;
use crate::protocol::mask::is_mask;
use crate::protocol::name::{RoomName, UserName};

/// The room that a word names; what is wrong with it otherwise.
pub(super) fn room(word: &str) -> Result<RoomName, Step> {
    let name = word.strip_prefix('#').and_then(|name| RoomName::new(name).ok());
    name.ok_or_else(|| no_room(word))
}

fn no_room(word: &str) -> Step {
    Saying::numbered(403, &[&shown(word), "No such channel"])
}

/// A word of a client as it can stand in a line.
fn shown(word: &str) -> String {
    let word: String = word.chars().filter(|c| !c.is_control()).take(64).collect();
    if word.is_empty() || word.starts_with(':') || word.contains(' ') { "*".to_owned() } else { word }
}

/// To whom a message goes that is addressed so; what is wrong with that otherwise.
fn addressee(word: &str) -> Result<Addressee, Step> {
    let prefixes = word.len() - word.trim_start_matches(['@', '+']).len();
    let (prefix, name) = word.split_at(prefixes);
    if name.starts_with('#') {
        let room = room(name)?;
        return Ok(match prefix {
            "" => Addressee::Room(room),
            prefix if prefix.contains('+') => Addressee::Voices(room),
            _ => Addressee::Operators(room),
        });
    }
    UserName::new(word).map(Addressee::User).map_err(|_| Saying::numbered(401, &[&shown(word), "No such nick/channel"]))
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').filter(|word| !word.is_empty())
}

impl Speaker<'_> {
    pub(super) fn message(&self, is_notice: bool) -> Vec<Step> {
        let steps = self.addressed_message(is_notice);
        // Whoever answers a notice by another could do so for ever.
        if is_notice { steps.into_iter().filter(|step| !matches!(step, Step::Say(_))).collect() } else { steps }
    }

    /// What a line of a message of several lines comes to; `None` if it is none. The message has the label of its batch.
    pub(super) fn gather(&self, gathering: &mut Option<Box<Gathering>>, label: Option<&str>) -> Option<Instruction> {
        let line = self.line;
        let said = |label: Option<Box<str>>, step| Some(Instruction { label, steps: vec![step] });
        match gathering {
            Some(begun) if begun.holds(line) => {
                begun.take(line);
                Some(Instruction::default())
            }
            Some(begun) if begun.ends_with(line) => {
                let whole = gathering.take()?;
                let wrong = whole.wrong();
                let steps = wrong.map_or_else(|| self.gathered(&whole), |wrong| vec![wrong]);
                Some(Instruction { label: whole.label, steps })
            }
            Some(_) if multiline::is_of_batch(line) => {
                said(None, multiline::failed("MULTILINE_INVALID", &[], "No such batch is open"))
            }
            None if multiline::is_of_batch(line) => {
                said(label.map(Into::into), multiline::failed("MULTILINE_INVALID", &[], "No batch is open"))
            }
            _ if line.command != "BATCH" => None,
            Some(_) => {
                said(label.map(Into::into), multiline::failed("MULTILINE_INVALID", &[], "Another batch is open"))
            }
            None => match Gathering::begun(line, &self.client_tags(), label.map(Into::into)) {
                Ok(begun) => {
                    *gathering = Some(Box::new(begun));
                    Some(Instruction::default())
                }
                Err(wrong) => said(label.map(Into::into), wrong),
            },
        }
    }

    fn gathered(&self, whole: &Gathering) -> Vec<Step> {
        match wording(&whole.text, whole.is_notice, &whole.tags) {
            Ok(Wording::Text(text)) => {
                let text = text.cut_at(&whole.cuts);
                self.each_of(&whole.target, |_, to| Step::Do(Act::Say { to, text: text.clone() }))
            }
            Ok(Wording::Request(_)) => Vec::new(),
            Err(why) => vec![self.unsayable(why, &whole.target)],
        }
    }

    fn addressed_message(&self, is_notice: bool) -> Vec<Step> {
        let Some(targets) = self.line.param(0) else {
            return vec![Saying::numbered(411, &[&format!("No recipient given ({})", self.line.command)])];
        };
        let Some(written) = self.line.param(1) else { return vec![no_text()] };
        let tags = self.client_tags();
        let wording = match wording(written, is_notice, &tags) {
            Ok(wording) => wording,
            Err(why) => return vec![self.unsayable(why, targets)],
        };
        let when_too_long = if is_notice { WhenTooLong::Silent } else { WhenTooLong::Told };
        self.each_of(targets, |target, to| {
            let act = match &wording {
                Wording::Text(text) => Act::Say { to, text: text.clone() },
                Wording::Request(request) => {
                    let tags = tags.as_str().into();
                    Act::Signal { to, what: Sign { text: Some(request.clone()), is_notice, tags } }
                }
            };
            let around = [": ", &*self.line.command, " ", target, " :", written, "\r\n"];
            let beside = around.iter().map(|part| part.len()).sum();
            Step::DoInLine(act, beside, when_too_long)
        })
    }

    /// TAGMSG: nothing but tags.
    pub(super) fn signals(&self) -> Vec<Step> {
        if !self.features.has(Features::TAGS) {
            return vec![Saying::numbered(421, &["TAGMSG", "Unknown command"])];
        }
        let Some(targets) = self.line.param(0) else { return vec![too_few("TAGMSG")] };
        let tags = self.client_tags();
        if tags.is_empty() {
            return Vec::new();
        }
        let sign = Sign { text: None, is_notice: false, tags: tags.into() };
        self.each_of(targets, |_, to| Step::Do(Act::Signal { to, what: sign.clone() }))
    }

    /// One step for each of the targets, of the word that names it.
    fn each_of(&self, targets: &str, step: impl Fn(&str, Addressee) -> Step) -> Vec<Step> {
        let targets: Vec<&str> = words(targets).collect();
        if targets.len() > self.max_recipients {
            return vec![Saying::numbered(407, &[&shown(targets[self.max_recipients]), "Too many targets"])];
        }
        targets.into_iter().map(|target| addressee(target).map_or_else(|wrong| wrong, |to| step(target, to))).collect()
    }

    fn unsayable(&self, why: Unsayable, targets: &str) -> Step {
        match why {
            Unsayable::Empty => no_text(),
            Unsayable::Dcc => Saying::numbered(404, &[&shown(targets), "DCC is not allowed"]),
            Unsayable::Control(control) => {
                let which = format!("U+{:04X}", u32::from(control));
                Saying::plain("FAIL", &[&self.line.command, "BAD_TEXT", &which, "a text holds no such character"])
            }
        }
    }

    fn client_tags(&self) -> String {
        if self.features.has(Features::TAGS) { self.line.client_tags() } else { String::new() }
    }

    pub(super) fn join(&self) -> Vec<Step> {
        let Some(rooms) = self.line.param(0) else { return vec![too_few("JOIN")] };
        if rooms == "0" {
            return vec![Step::Do(Act::LeaveAll)];
        }
        let mut keys = self.line.params.get(1).copied().unwrap_or_default().split(',');
        let enter = |word: &str| {
            let key = keys.next().filter(|key| !key.is_empty()).map(Into::into);
            room(word).map_or_else(|wrong| wrong, |room| Step::Do(Act::Enter { room, key }))
        };
        words(rooms).map(enter).collect()
    }

    pub(super) fn part(&self) -> Vec<Step> {
        let Some(rooms) = self.line.param(0) else { return vec![too_few("PART")] };
        let said = self.line.param(1).map(|why| printable(why, MAX_REASON)).filter(|why| !why.is_empty());
        let leave = |room| Step::Do(Act::Leave { room, said: said.clone() });
        words(rooms).map(|word| room(word).map_or_else(|wrong| wrong, leave)).collect()
    }

    pub(super) fn names(&self) -> Vec<Step> {
        vec![match self.line.param(0) {
            Some(rooms) => Saying::seen(IrcQuery::Names(rooms.to_owned())),
            None => Saying::numbered(366, &["*", "End of /NAMES list"]),
        }]
    }

    pub(super) fn topic(&self) -> Vec<Step> {
        let Some(word) = self.line.param(0) else { return vec![too_few("TOPIC")] };
        let ask = |room| match self.line.params.get(1) {
            None => Saying::seen(IrcQuery::Topic(room)),
            Some(text) => Step::Do(Act::Describe { room, topic: phrase(text) }),
        };
        vec![room(word).map_or_else(|wrong| wrong, ask)]
    }

    /// `KICK #a bob,eve :why`, or as many rooms as nicks.
    pub(super) fn kick(&self) -> Vec<Step> {
        let (Some(rooms), Some(nicks)) = (self.line.param(0), self.line.param(1)) else { return vec![too_few("KICK")] };
        let why = self.line.param(2).and_then(phrase);
        let rooms: Vec<&str> = words(rooms).collect();
        let kick = |(place, nick): (usize, &str)| {
            let Some(word) = rooms.get(place).or(rooms.first()) else { return no_room("*") };
            match (room(word), UserName::new(nick)) {
                (Err(wrong), _) => wrong,
                (Ok(_), Err(_)) => Saying::numbered(401, &[&shown(nick), "No such nick/channel"]),
                (Ok(room), Ok(user)) => Step::Do(Act::Remove { room, user, why: why.clone() }),
            }
        };
        words(nicks).enumerate().map(kick).collect()
    }

    /// `INVITE bob #a`, or what oneself is invited to.
    pub(super) fn invite(&self) -> Vec<Step> {
        vec![match (self.line.param(0), self.line.param(1)) {
            (None, _) => Step::Do(Act::ListInvitations),
            (Some(_), None) => too_few("INVITE"),
            (Some(nick), Some(word)) => match (UserName::new(nick), room(word)) {
                (Err(_), _) => Saying::numbered(401, &[&shown(nick), "No such nick/channel"]),
                (Ok(_), Err(wrong)) => wrong,
                (Ok(user), Ok(room)) => Step::Do(Act::Invite { room, user }),
            },
        }]
    }

    /// `LIST [#a,*mask,!mask,>2,<5]`
    pub(super) fn list(&self) -> Vec<Step> {
        let mut listed = ListFilter::default();
        for word in self.line.param(0).into_iter().flat_map(words) {
            let number = |digits: &str| digits.parse::<usize>().ok();
            match (word.as_bytes()[0], &word[word.chars().next().map_or(0, char::len_utf8)..]) {
                (b'>', digits) => listed.more_than = number(digits),
                (b'<', digits) => listed.fewer_than = number(digits),
                (b'!', mask) => listed.except.push(mask.to_owned()),
                _ => listed.masks.push(word.to_owned()),
            }
        }
        vec![Saying::seen(IrcQuery::List(listed))]
    }

    pub(super) fn mode(&self) -> Vec<Step> {
        let Some(word) = self.line.param(0) else { return vec![too_few("MODE")] };
        if word.starts_with('#') {
            let room = match room(word) {
                Ok(room) => room,
                Err(wrong) => return vec![wrong],
            };
            return match self.line.param(1) {
                None => vec![Saying::seen(IrcQuery::RoomModes(room))],
                Some(letters) => modes::asked(&room, letters, &self.line.params[2..]),
            };
        }
        match UserName::new(word) {
            Ok(name) => self.own_modes(name),
            Err(_) if is_mask(word) => vec![no_nick()],
            Err(_) => vec![Saying::numbered(401, &[&shown(word), "No such nick/channel"])],
        }
    }

    fn own_modes(&self, name: UserName) -> Vec<Step> {
        let Some(letters) = self.line.param(1) else { return vec![Saying::of_oneself(name, IrcQuery::OwnModes)] };
        let (mut is_bot, mut is_invisible, mut unknown) = (None, None, false);
        let mut on = true;
        for letter in letters.chars() {
            match letter {
                '+' => on = true,
                '-' => on = false,
                'B' => is_bot = Some(on),
                'i' => is_invisible = Some(on),
                _ => unknown = true,
            }
        }
        let mut steps = vec![Step::Do(Act::Appear { of: name, is_bot, is_invisible })];
        if unknown {
            steps.push(Saying::numbered(501, &["Unknown MODE flag"]));
        }
        steps
    }
}

/// A text of a line, without formatting; `None` if nothing is left of it.
fn phrase(text: &str) -> Option<Phrase> {
    Phrase::new(&printable(text, MAX_REASON), "a text").ok()
}

fn no_text() -> Step {
    Saying::numbered(412, &["No text to send"])
}
