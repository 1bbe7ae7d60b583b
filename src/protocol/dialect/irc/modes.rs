//! The letters of rooms: what a client asks for by them, and how changes and settings are spelled.

use super::instruction::{IrcQuery, Saying, Step};
use super::registration::printable;
use crate::protocol::act::Act;
use crate::protocol::mode_letters::{FLAGS, flag_of, list_of};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::room_modes::{MaskKind, ModeChange, Role, RoomFlag, RoomModes};

/// Letters with parameters that one line may have.
pub(super) const MOST_CHANGES: usize = 20;

/// Bytes of the longest key.
const MAX_KEY: usize = 32;

/// Bytes of the longest mask.
const MAX_MASK: usize = 128;

/// What a line asks for that changes a room or shows its lists.
pub(super) fn asked(room: &RoomName, letters: &str, params: &[&str]) -> Vec<Step> {
    let channel = format!("#{room}");
    let (mut steps, mut changes, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut params = params.iter().copied();
    let (mut on, mut with_params) = (true, 0);
    for letter in letters.chars() {
        match letter {
            '+' => on = true,
            '-' => on = false,
            letter if flag_of(letter).is_some() => {
                // Whatever was asked of it before, this holds in the end.
                changes
                    .retain(|change| !matches!(change, ModeChange::Flag(other, _) if flag_of(letter) == Some(*other)));
                changes.extend(flag_of(letter).map(|flag| ModeChange::Flag(flag, on)));
            }
            letter => {
                with_params += 1;
                if with_params > MOST_CHANGES {
                    break;
                }
                match with_param(letter, on, &channel, &mut params) {
                    ModeQuery::Change(change) => changes.push(change),
                    ModeQuery::List(kind) => steps.push(Saying::seen(IrcQuery::Masks(room.clone(), kind))),
                    ModeQuery::Refused(step) => refused.push(step),
                    ModeQuery::Nothing => {}
                }
            }
        }
    }
    if !changes.is_empty() {
        steps.push(Step::Do(Act::SetModes { room: room.clone(), changes }));
    }
    steps.extend(refused);
    steps
}

enum ModeQuery {
    Change(ModeChange),
    List(MaskKind),
    Refused(Step),
    Nothing,
}

fn with_param<'a>(letter: char, on: bool, channel: &str, params: &mut impl Iterator<Item = &'a str>) -> ModeQuery {
    let bad =
        |param: &str, why: &str| ModeQuery::Refused(Saying::numbered(696, &[channel, &letter.to_string(), param, why]));
    if let Some(kind) = list_of(letter) {
        return match params.next() {
            None | Some("") => ModeQuery::List(kind),
            Some(mask) => ModeQuery::Change(ModeChange::Mask(kind, whole(mask), on)),
        };
    }
    match (letter, on) {
        ('o' | 'v', on) => {
            let role = if letter == 'o' { Role::Operator } else { Role::Voice };
            match params.next().map(|nick| (nick, UserName::new(nick))) {
                None | Some(("", _)) => bad("*", "You must say whom"),
                Some((_, Ok(name))) => ModeQuery::Change(ModeChange::Rank(name, role, on)),
                Some((nick, Err(_))) => {
                    let nick = if nick.contains(' ') || nick.starts_with(':') { "*" } else { nick };
                    ModeQuery::Refused(Saying::numbered(401, &[nick, "No such nick/channel"]))
                }
            }
        }
        ('k', true) => match params.next() {
            Some(key) if is_key(key) => ModeQuery::Change(ModeChange::Key(Some(key.into()))),
            _ => bad("*", "A key has 1 to 32 bytes, and no blank, comma or colon"),
        },
        ('k', false) => {
            // What key it is need not be known.
            params.next();
            ModeQuery::Change(ModeChange::Key(None))
        }
        ('l', true) => match params.next() {
            None | Some("") => bad("*", "A limit is a number"),
            Some(number) => match number.parse::<u32>() {
                Ok(limit) if limit > 0 => ModeQuery::Change(ModeChange::Limit(Some(limit as usize))),
                _ => bad(
                    if number.contains(' ') || number.starts_with(':') { "*" } else { number },
                    "A limit is a number",
                ),
            },
        },
        ('l', false) => ModeQuery::Change(ModeChange::Limit(None)),
        (letter, _) if letter.is_control() || letter == ' ' || letter == ':' => ModeQuery::Nothing,
        (letter, _) => ModeQuery::Refused(Saying::numbered(472, &[&letter.to_string(), "is unknown mode char to me"])),
    }
}

fn is_key(key: &str) -> bool {
    (1..=MAX_KEY).contains(&key.len()) && !key.chars().any(|c| " ,:".contains(c) || c.is_control())
}

/// A mask with all of its parts.
fn whole(mask: &str) -> Box<str> {
    let mask: String = printable(mask, MAX_MASK).chars().filter(|c| *c != ' ').collect();
    let part = |text: &str| if text.is_empty() { "*".to_owned() } else { text.to_owned() };
    let mask = match (mask.split_once('!'), mask.split_once('@')) {
        (Some((nick, rest)), _) => match rest.split_once('@') {
            Some((user, host)) => format!("{}!{}@{}", part(nick), part(user), part(host)),
            None => format!("{}!{}@*", part(nick), part(rest)),
        },
        (None, Some((user, host))) => format!("*!{}@{}", part(user), part(host)),
        (None, None) if mask.contains('.') => format!("*!*@{mask}"),
        (None, None) => format!("{}!*@*", part(&mask)),
    };
    mask.into()
}

/// How a room is set, as letters and parameters; its key is for members alone.
pub(super) fn settings(modes: &RoomModes, is_private: bool, is_inside: bool) -> Vec<String> {
    let is =
        |flag: RoomFlag| modes.has(flag) || (is_private && matches!(flag, RoomFlag::InvitedOnly | RoomFlag::Secret));
    let mut letters: String = FLAGS.iter().filter(|(_, flag)| is(*flag)).map(|(letter, _)| *letter).collect();
    let mut params = Vec::new();
    if let Some(key) = &modes.key {
        letters.push('k');
        params.push(if is_inside { key.to_string() } else { "*".to_owned() });
    }
    if let Some(limit) = modes.limit {
        letters.push('l');
        params.push(limit.to_string());
    }
    params.insert(0, format!("+{letters}"));
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_gets_the_parts_that_it_lacks() {
        for (mask, all) in [
            ("bob", "bob!*@*"),
            ("bob!x", "bob!x@*"),
            ("x@h", "*!x@h"),
            ("a!b@c", "a!b@c"),
            ("!@", "*!*@*"),
            ("1a.guest", "*!*@1a.guest"),
            ("*", "*!*@*"),
        ] {
            assert_eq!(&*whole(mask), all, "{mask}");
        }
    }
}
