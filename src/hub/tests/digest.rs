//! Hubs that differ in something that users notice have different digests, however equal their numbers are.

use super::*;
use crate::protocol::act::Act;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::room_modes::{MaskKind, ModeChange, Role, RoomFlag};

/// The digest after alice has opened a room with bob, and has said these lines.
fn after_lines(lines: &[&str]) -> u64 {
    let mut chat = four(Limits::default());
    for line in ["create room den bob"].iter().chain(lines) {
        drop(chat.type_line('A', line));
    }
    chat.hub.digest()
}

/// The digest after she has changed how it is set.
fn after_mode(change: ModeChange) -> u64 {
    let mut chat = four(Limits::default());
    drop(chat.type_line('A', "create room den bob"));
    let (alice, now) = (chat.people[&'A'], chat.now());
    drop(chat.hub.act(alice, Act::SetModes { room: RoomName::new("den").unwrap(), changes: vec![change] }, now));
    chat.hub.digest()
}

#[test]
fn a_digest_tells_apart_what_users_notice() {
    let pairs = [
        ["topic den tea", "topic den cake"],
        ["ban den carol", "ban den dave"],
        ["invite den carol", "invite den dave"],
        ["set invitations ask", "set invitations join"],
    ];
    for [one, other] in pairs {
        assert_eq!(after_lines(&[one]), after_lines(&[one]), "{one}");
        assert_ne!(after_lines(&[one]), after_lines(&[other]), "{one}, {other}");
    }
    let ends_private = ["set room den private", "set room den open", "set room den private"];
    let ends_open = ["set room den private", "set room den open", "topic den tea"];
    assert_ne!(after_lines(&ends_private), after_lines(&ends_open));
}

#[test]
fn a_digest_tells_apart_how_rooms_are_set() {
    let bob = || UserName::new("bob").unwrap();
    let pairs = [
        [ModeChange::Flag(RoomFlag::Moderated, true), ModeChange::Flag(RoomFlag::Secret, true)],
        [ModeChange::Key(Some("tea".into())), ModeChange::Key(Some("cake".into()))],
        [ModeChange::Limit(Some(5)), ModeChange::Limit(Some(6))],
        [
            ModeChange::Mask(MaskKind::Banned, "eve!*@*".into(), true),
            ModeChange::Mask(MaskKind::Excepted, "eve!*@*".into(), true),
        ],
        [ModeChange::Rank(bob(), Role::Operator, true), ModeChange::Rank(bob(), Role::Voice, true)],
    ];
    for [one, other] in pairs {
        assert_ne!(after_mode(one.clone()), after_mode(other.clone()), "{one:?}, {other:?}");
    }
}
