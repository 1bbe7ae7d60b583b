//! The way in: NICK, USER and the negotiation of capabilities, until the name can be claimed.

use std::time::SystemTime;

use super::features::{Capability, Features};
use super::instruction::{Saying, Step};
use super::line::IrcLine;
use super::multiline::Gathering;
use super::sasl::Exchange;
use super::{MAX_REAL_NAME, MAX_USER};
use crate::protocol::name::UserName;
use crate::protocol::profile::Profile;

/// What a client has said of itself.
#[derive(Debug, Default)]
pub(super) struct ClientRegistration {
    nick: Option<UserName>,
    user: Option<(Box<str>, Box<str>)>,
    /// The client negotiates, and has not said that it is done.
    negotiates: bool,
    /// The highest version of the negotiation that it knows.
    version: u32,
    /// A message of several lines that has begun.
    pub(super) gathering: Option<Box<Gathering>>,
    /// How far the client has come in showing whose account it is.
    pub(super) exchange: Exchange,
    pub(super) features: Features,
}

impl ClientRegistration {
    /// NICK before the name is claimed.
    pub(super) fn nick(&mut self, line: &IrcLine<'_>) -> Vec<Step> {
        let Some(nick) = line.param(0) else { return vec![no_nick()] };
        match UserName::new(nick) {
            Ok(name) => {
                self.nick = Some(name);
                self.complete()
            }
            Err(error) => vec![bad_nick(nick, &error.to_string())],
        }
    }

    /// USER: what the user is called by the client, and the real name.
    pub(super) fn user(&mut self, line: &IrcLine<'_>) -> Vec<Step> {
        let [user, _, _, real_name, ..] = line.params.as_slice() else { return vec![too_few("USER")] };
        if real_name.trim().is_empty() {
            return vec![too_few("USER")];
        }
        let user: String = user.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
        let user = if user.is_empty() { "user" } else { &user[..user.len().min(MAX_USER)] };
        self.user = Some((user.into(), printable(real_name, MAX_REAL_NAME)));
        self.complete()
    }

    /// CAP, at any time.
    pub(super) fn cap(&mut self, line: &IrcLine<'_>, is_here: bool) -> Vec<Step> {
        let Some(command) = line.param(0) else { return vec![too_few("CAP")] };
        match command.to_ascii_uppercase().as_str() {
            "LS" => {
                self.negotiates |= !is_here;
                let version = line.param(1).and_then(|version| version.parse().ok()).unwrap_or(301);
                self.version = self.version.max(version);
                let mut steps = vec![Saying::cap(&["LS", &Capability::list(self.version >= 302)])];
                if self.version >= 302 {
                    // Who knows the version hears of changes, unless it says otherwise.
                    steps.extend(self.ask("cap-notify").map(Step::Speak));
                }
                steps
            }
            "LIST" => vec![Saying::cap(&["LIST", &self.features.names().join(" ")])],
            "REQ" => {
                self.negotiates |= !is_here;
                let asked = line.params.get(1).copied().unwrap_or_default();
                match self.ask(asked) {
                    Some(features) => vec![Saying::cap(&["ACK", asked]), Step::Speak(features)],
                    None => vec![Saying::cap(&["NAK", asked])],
                }
            }
            "END" => {
                self.negotiates = false;
                let mut steps = self.exchange.end();
                steps.extend(if is_here { Vec::new() } else { self.complete() });
                steps
            }
            _ => vec![Saying::numbered(410, &[command, "Invalid CAP command"])],
        }
    }

    fn ask(&mut self, names: &str) -> Option<Features> {
        self.features = self.features.asked(names)?;
        Some(self.features)
    }

    /// Claims the name once everything has been said. If it is refused, the next NICK claims another.
    fn complete(&mut self) -> Vec<Step> {
        if self.negotiates || self.user.is_none() {
            return Vec::new();
        }
        let (Some(name), Some((user, real_name))) = (self.nick.take(), self.user.clone()) else { return Vec::new() };
        let profile = Profile {
            user,
            host: Box::default(),
            real_name,
            away: None,
            is_bot: false,
            is_invisible: false,
            is_secure: false,
            since: SystemTime::UNIX_EPOCH,
            spoke: SystemTime::UNIX_EPOCH,
        };
        vec![Step::LogIn(name, Box::new(profile))]
    }
}

/// A line about a user, without controls, and cut where it is too long.
pub(super) fn printable(text: &str, most: usize) -> Box<str> {
    let mut kept: String = text.chars().filter(|c| !c.is_control()).collect();
    let end = (0..=most.min(kept.len())).rev().find(|at| kept.is_char_boundary(*at)).unwrap_or(0);
    kept.truncate(end);
    kept.into()
}

pub(super) fn too_few(command: &str) -> Step {
    Saying::numbered(461, &[command, "Not enough parameters"])
}

pub(super) fn no_nick() -> Step {
    Saying::numbered(431, &["No nickname given"])
}

pub(super) fn bad_nick(nick: &str, why: &str) -> Step {
    // A word that could not stand alone in a line is not repeated.
    let nick = if nick.is_empty() || nick.contains(' ') || nick.starts_with(':') { "*" } else { nick };
    Saying::numbered(432, &[nick, why])
}
