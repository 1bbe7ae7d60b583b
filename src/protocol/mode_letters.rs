//! The letters of what can be set of a room: every dialect tells changes by them, and that of IRC asks for changes by them.

use crate::protocol::name::UserName;
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

/// The changes as a text: `+nt-k`, and the parameters behind it.
#[must_use]
pub fn spelled(changes: &[ModeChange]) -> String {
    changed(changes).join(" ")
}

/// The changes that a text spells, as [`spelled`] does.
#[must_use]
pub fn read(text: &str) -> Option<Vec<ModeChange>> {
    let mut words = text.split(' ');
    let (mut on, mut changes) = (true, Vec::new());
    for letter in words.next()?.chars() {
        let change = match letter {
            '+' | '-' => {
                on = letter == '+';
                continue;
            }
            'k' => {
                let key = words.next()?;
                ModeChange::Key(on.then(|| key.into()))
            }
            'l' if on => ModeChange::Limit(Some(words.next()?.parse().ok()?)),
            'l' => ModeChange::Limit(None),
            'o' => ModeChange::Rank(UserName::new(words.next()?).ok()?, Role::Operator, on),
            'v' => ModeChange::Rank(UserName::new(words.next()?).ok()?, Role::Voice, on),
            letter => match (flag_of(letter), list_of(letter)) {
                (Some(flag), _) => ModeChange::Flag(flag, on),
                (None, Some(kind)) => ModeChange::Mask(kind, words.next()?.into(), on),
                (None, None) => return None,
            },
        };
        changes.push(change);
    }
    words.next().is_none().then_some(changes)
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
        let (letter, on, param) = parts(change);
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

fn parts(change: &ModeChange) -> (char, bool, Option<String>) {
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
    use proptest::prelude::*;

    use super::*;

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

    fn change() -> impl Strategy<Value = ModeChange> {
        let name = || "[a-z]{1,8}".prop_filter_map("a reserved word is no name", |name| UserName::new(&name).ok());
        let kind = prop::sample::select(LISTS.map(|(_, kind)| kind).to_vec());
        prop_oneof![
            (prop::sample::select(FLAGS.map(|(_, flag)| flag).to_vec()), any::<bool>())
                .prop_map(|(flag, on)| ModeChange::Flag(flag, on)),
            prop::option::of("[!-~]{1,8}").prop_map(|key| ModeChange::Key(key.map(Into::into))),
            prop::option::of(any::<usize>()).prop_map(ModeChange::Limit),
            (kind, "[!-~é]{1,20}", any::<bool>()).prop_map(|(kind, mask, on)| ModeChange::Mask(kind, mask.into(), on)),
            (name(), prop_oneof![Just(Role::Operator), Just(Role::Voice)], any::<bool>())
                .prop_map(|(user, role, on)| ModeChange::Rank(user, role, on)),
        ]
    }

    proptest! {
        #[test]
        fn what_is_spelled_is_read(changes in prop::collection::vec(change(), 1..9)) {
            prop_assert_eq!(read(&spelled(&changes)), Some(changes));
        }
    }

    #[test]
    fn what_is_no_change_is_not_read() {
        for text in ["+z", "+k", "+l x", "+o", "+m bob", "+o a/b"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
