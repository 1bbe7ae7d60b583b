//! How a room is set, as the text of one column, and back.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::columns::{millis, nonsense, user};
use crate::protocol::room_modes::{MaskKind, RoomFlag, RoomMask, RoomModes};

const FLAGS: [(RoomFlag, &str); 6] = [
    (RoomFlag::NoRequests, "no requests"),
    (RoomFlag::InvitedOnly, "invited only"),
    (RoomFlag::Moderated, "moderated"),
    (RoomFlag::MembersOnly, "members only"),
    (RoomFlag::Secret, "secret"),
    (RoomFlag::TopicLocked, "topic locked"),
];

const MASKS: [(MaskKind, &str); 3] =
    [(MaskKind::Banned, "banned"), (MaskKind::Excepted, "excepted"), (MaskKind::Invited, "invited")];

#[derive(Debug, Serialize, Deserialize)]
struct ModesColumn {
    flags: Vec<String>,
    key: Option<String>,
    limit: Option<usize>,
    masks: Vec<MaskColumn>,
}

#[derive(Debug, Serialize, Deserialize)]
struct MaskColumn {
    kind: String,
    mask: String,
    by: String,
    at: i64,
}

/// What stands in the column; nothing for a room that is set as new ones are.
pub(super) fn spelled(modes: &RoomModes) -> Option<String> {
    if *modes == RoomModes::default() {
        return None;
    }
    let RoomModes { flags, key, limit, masks } = modes;
    let spelled = |flag: &RoomFlag| FLAGS.iter().find(|(known, _)| known == flag).map(|(_, name)| (*name).to_owned());
    let masks = masks.iter().filter_map(|RoomMask { kind, mask, by, at }| {
        let (_, kind) = MASKS.iter().find(|(known, _)| known == kind)?;
        let (kind, mask, by, at) = ((*kind).to_owned(), mask.to_string(), by.to_string(), millis(*at));
        Some(MaskColumn { kind, mask, by, at })
    });
    let flags = flags.iter().filter_map(spelled).collect();
    let column = ModesColumn { flags, key: key.as_deref().map(str::to_owned), limit: *limit, masks: masks.collect() };
    Some(serde_json::to_string(&column).expect("it is made of texts and numbers"))
}

/// The modes of a column. Flags and masks of a kind that this version does not know do nothing.
pub(super) fn read(column: usize, text: &str) -> rusqlite::Result<RoomModes> {
    let ModesColumn { flags, key, limit, masks } =
        serde_json::from_str(text).map_err(|error| nonsense(column, error))?;
    let known = |name: &String| FLAGS.iter().find(|(_, known)| known == name).map(|(flag, _)| *flag);
    let masks = masks.into_iter().filter_map(|MaskColumn { kind, mask, by, at }| {
        let (kind, _) = MASKS.iter().find(|(_, known)| *known == kind)?;
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at.unsigned_abs());
        Some(user(column, &by).map(|by| RoomMask { kind: *kind, mask: mask.into(), by, at }))
    });
    let masks = masks.collect::<rusqlite::Result<_>>()?;
    Ok(RoomModes { flags: flags.iter().filter_map(known).collect(), key: key.map(Into::into), limit, masks })
}
