//! The letters of what can be set of a room: every dialect tells changes by them, and that of IRC asks for changes by them.

use crate::protocol::command::Phrase;
use crate::protocol::room_modes::{MaskKind, ModeChange, Role, RoomFlag};

/// The flags by their letters, in the order in which they are told.
pub(in crate::protocol) const FLAGS: [(char, RoomFlag); 6] = [
    ('C', RoomFlag::NoRequests),
    ('i', RoomFlag::InvitedOnly),
    ('m', RoomFlag::Moderated),
    ('n', RoomFlag::MembersOnly),
    ('s', RoomFlag::Secret),
    ('t', RoomFlag::TopicLocked),
];

/// The lists of masks by their letters.
const LISTS: [(char, MaskKind); 3] = [('b', MaskKind::Banned), ('e', MaskKind::Excepted), ('I', MaskKind::Invited)];

/// The flag of this letter.
pub(in crate::protocol) fn flag_of(letter: char) -> Option<RoomFlag> {
    FLAGS.iter().find(|(other, _)| *other == letter).map(|(_, flag)| *flag)
}

/// The list of this letter.
pub(in crate::protocol) fn list_of(letter: char) -> Option<MaskKind> {
    LISTS.iter().find(|(other, _)| *other == letter).map(|(_, kind)| *kind)
}

/// The changes for all members, in as many texts as it takes: `+nt-k`, and what belongs to the letters. What is kept of a key
/// is that there is one.
pub(crate) fn spelled_for_all(changes: &[ModeChange]) -> Vec<Phrase> {
    let hidden = |change: &ModeChange| match change {
        ModeChange::Key(Some(_)) => ModeChange::Key(Some("*".into())),
        other => other.clone(),
    };
    let hidden: Vec<ModeChange> = changes.iter().map(hidden).collect();
    let texts = lines(&hidden, Phrase::LONGEST).into_iter().map(|words| words.join(" "));
    texts.filter_map(|text| Phrase::new(&text, "").ok()).collect()
}

/// The changes in lines of which none is longer than this: `+nt-k`, and the parameters behind it.
pub(in crate::protocol) fn lines(changes: &[ModeChange], most: usize) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    let mut rest = changes;
    while !rest.is_empty() {
        let fits = |count: &usize| changed(&rest[..*count]).join(" ").len() <= most;
        let count = (1..=rest.len()).take_while(fits).last().unwrap_or(1);
        lines.push(changed(&rest[..count]));
        rest = &rest[count..];
    }
    lines
}

/// `+nt-k`, and the parameters behind it.
fn changed(changes: &[ModeChange]) -> Vec<String> {
    let (mut letters, mut params, mut sign) = (String::new(), Vec::new(), None);
    for change in changes {
        let (letter, on, param) = spelled(change);
        if sign != Some(on) {
            letters.push(if on { '+' } else { '-' });
            sign = Some(on);
        }
        letters.push(letter);
        params.extend(param);
    }
    params.insert(0, letters);
    params
}

fn spelled(change: &ModeChange) -> (char, bool, Option<String>) {
    let letter = |flag: &RoomFlag| FLAGS.iter().find(|(_, other)| other == flag).map_or('?', |(letter, _)| *letter);
    let list = |kind: &MaskKind| LISTS.iter().find(|(_, other)| other == kind).map_or('?', |(letter, _)| *letter);
    match change {
        ModeChange::Flag(flag, on) => (letter(flag), *on, None),
        ModeChange::Key(Some(key)) => ('k', true, Some(key.to_string())),
        ModeChange::Key(None) => ('k', false, Some("*".to_owned())),
        ModeChange::Limit(Some(limit)) => ('l', true, Some(limit.to_string())),
        ModeChange::Limit(None) => ('l', false, None),
        ModeChange::Mask(kind, mask, on) => (list(kind), *on, Some(mask.to_string())),
        ModeChange::Rank(user, Role::Operator, on) => ('o', *on, Some(user.to_string())),
        ModeChange::Rank(user, Role::Voice, on) => ('v', *on, Some(user.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::name::UserName;

    #[test]
    fn changes_go_into_as_many_lines_as_it_takes() {
        let mask = |number: usize| ModeChange::Mask(MaskKind::Banned, format!("mask{number}!*@*").into(), true);
        let changes: Vec<ModeChange> = (0..20).map(mask).collect();
        let lines = lines(&changes, 60);
        assert!(lines.iter().all(|line| line.join(" ").len() <= 60), "{lines:?}");
        let masks: Vec<&String> = lines.iter().flat_map(|line| &line[1..]).collect();
        assert_eq!(
            masks,
            (0..20).map(|number| format!("mask{number}!*@*")).collect::<Vec<_>>().iter().collect::<Vec<_>>()
        );
    }

    #[test]
    fn changes_are_spelled_with_as_few_signs_as_possible() {
        let changes = [
            ModeChange::Flag(RoomFlag::Moderated, true),
            ModeChange::Limit(Some(5)),
            ModeChange::Key(None),
            ModeChange::Rank(UserName::new("bob").unwrap(), Role::Voice, false),
        ];
        assert_eq!(changed(&changes), ["+ml-kv", "5", "*", "bob"]);
    }

    #[test]
    fn a_key_is_no_matter_of_those_who_read_later() {
        let changes = [ModeChange::Key(Some("sesame".into())), ModeChange::Flag(RoomFlag::Moderated, true)];
        let spelled: Vec<String> = spelled_for_all(&changes).iter().map(ToString::to_string).collect();
        assert_eq!(spelled, ["+km *"]);
    }
}
