//! What a hub has kept is read by the versions after it, so an upgrade of a cluster keeps its chat.

use std::io::Write;

use super::*;
use crate::protocol::act::Act;
use crate::protocol::name::RoomName;
use crate::protocol::room_modes::{MaskKind, ModeChange, Role, RoomFlag};

/// The state of [`busy`] as an earlier version has written it. With `CHATCTL_KEEP_STATE` set it is written anew.
const KEPT: &[u8] = include_bytes!("kept_state.cbor");

/// A chat with something of everything that is kept.
fn busy() -> Chat {
    let mut chat = four(Limits::default());
    let steps = [
        "E (comes)",
        "E eve",
        "E register correct-horse",
        "E (is hashed)",
        "O (runs the server)",
        "O keeper",
        "O appoint eve",
        "A create room den bob,carol",
        "A topic den tea",
        "A ban den mallory",
        "A set room den private",
        "A invite den dave",
        "B set invitations ask",
        "B send den hi",
        "B send message carol psst",
        "C watch bob",
        "D create room zoo",
        "D leave room zoo",
        "E create room lobby",
        "E send lobby hi",
        "E set numbers on",
        "F (connects)",
    ];
    steps.iter().for_each(|step| drop(chat.act(step)));
    let (alice, now, bob) = (chat.people[&'A'], chat.now(), UserName::new("bob").unwrap());
    let changes = vec![
        ModeChange::Flag(RoomFlag::Moderated, true),
        ModeChange::Key(Some("tea".into())),
        ModeChange::Limit(Some(9)),
        ModeChange::Mask(MaskKind::Banned, "eve!*@*".into(), true),
        ModeChange::Rank(bob, Role::Voice, true),
    ];
    drop(chat.hub.act(alice, Act::SetModes { room: RoomName::new("den").unwrap(), changes }, now));
    let eve = chat.people[&'E'];
    drop(chat.hub.give_token(eve, SessionToken::new(5), true, now));
    chat
}

/// Needs what it says if it fails: the snapshots of clusters are of another format then.
#[test]
fn a_state_that_an_earlier_version_has_kept_is_read() {
    let chat = busy();
    if std::env::var_os("CHATCTL_KEEP_STATE").is_some() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/hub/tests");
        let mut file = tempfile::NamedTempFile::new_in(folder).unwrap();
        file.write_all(&chat.hub.state()).unwrap();
        file.persist(format!("{folder}/kept_state.cbor")).unwrap();
        return;
    }
    let wanted = "raise FORMAT in src/server/broker/cluster_snapshot.rs and say in CHANGELOG.md that an upgrade of a \
                  cluster begins with an empty chat, then run this test once with CHATCTL_KEEP_STATE=1";
    let hub = Hub::of_state(Limits::default(), KEPT);
    assert_eq!(hub.expect(wanted).digest(), chat.hub.digest(), "{wanted}");
}
