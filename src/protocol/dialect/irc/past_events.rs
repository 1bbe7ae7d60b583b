//! What happened in a room beside what was said, told again to clients that take it: the lines that they would have seen.

use super::MAX_LINE;
use super::line::push_params;
use super::texts::last_words;
use crate::protocol::command::Phrase;
use crate::protocol::event::{Departure, RoomEvent};
use crate::protocol::mode_letters;
use crate::protocol::name::UserName;

/// What stands behind the name of somebody of whom nothing more is known.
pub(super) const SOMEBODY: &str = "user@chatctl";

/// Spells who did something.
pub(super) trait PastSource {
    /// `nick!user@host`
    fn source(&self, who: &UserName) -> String;
    /// The account and the real name, for clients that are told such of who enters.
    fn described(&self, who: &UserName) -> Option<(String, String)>;
}

/// The lines of an event in the room that clients call `room`, without tags and line ends.
pub(super) fn told(event: &RoomEvent, room: &str, house: &str, of: &impl PastSource) -> Vec<String> {
    let by = |who: &UserName, command: &str, params: &[&str], text: Option<&str>| {
        line(&of.source(who), command, params, text)
    };
    let joined = |user: &UserName| match of.described(user) {
        Some((account, real_name)) => by(user, "JOIN", &[room, &account], Some(&real_name)),
        None => by(user, "JOIN", &[room], None),
    };
    match event {
        RoomEvent::Said { .. } => Vec::new(),
        RoomEvent::Created { by: who, with } => std::iter::once(who).chain(with).map(joined).collect(),
        RoomEvent::Joined(user) => vec![joined(user)],
        RoomEvent::Left { user, why: Departure::LeftRoom, said } => vec![by(user, "PART", &[room], said.as_deref())],
        RoomEvent::Left { user, why, said } => {
            vec![by(user, "QUIT", &[], Some(&last_words(*why, said.as_deref())))]
        }
        RoomEvent::File { from, file } => {
            let text = format!("sent the file {} ({} bytes)", file.name, file.size);
            vec![by(from, "NOTICE", &[room], Some(&text))]
        }
        RoomEvent::Renamed { from, to } => vec![by(from, "NICK", &[to.as_str()], None)],
        RoomEvent::TopicSet { by: who, topic } => {
            vec![by(who, "TOPIC", &[room], Some(topic.as_ref().map_or("", Phrase::as_str)))]
        }
        RoomEvent::Removed { by: who, user, reason } => {
            let why = reason.as_ref().map_or(who.as_str(), |reason| reason.as_str());
            vec![by(who, "KICK", &[room, user.as_str()], Some(why))]
        }
        RoomEvent::Banned { by: who, user } => vec![
            by(who, "MODE", &[room, "+b", &format!("{user}!*@*")], None),
            by(who, "KICK", &[room, user.as_str()], Some("banned")),
        ],
        RoomEvent::Unbanned { by: who, user } => vec![by(who, "MODE", &[room, "-b", &format!("{user}!*@*")], None)],
        RoomEvent::Opened { by: who, to_all } => {
            vec![by(who, "MODE", &[room, if *to_all { "-is" } else { "+is" }], None)]
        }
        RoomEvent::Moded { by: who, changes } => {
            let around = format!(":{} MODE {room} \r\n", of.source(who)).len();
            let told = mode_letters::lines(changes, MAX_LINE.saturating_sub(around));
            let words = told.iter().map(|line| std::iter::once(room).chain(line.iter().map(String::as_str)).collect());
            words.map(|words: Vec<&str>| by(who, "MODE", &words, None)).collect()
        }
        RoomEvent::Owned { by: Some(who), owner } => {
            vec![by(who, "MODE", &[room, "+o-o", owner.as_str(), who.as_str()], None)]
        }
        RoomEvent::Owned { by: None, owner } => vec![line(house, "MODE", &[room, "+o", owner.as_str()], None)],
    }
}

fn line(source: &str, command: &str, params: &[&str], text: Option<&str>) -> String {
    let mut line = format!(":{source} {command}");
    push_params(params, |part| line.push_str(part));
    if let Some(text) = text {
        line.push_str(" :");
        line.push_str(text);
    }
    line
}
