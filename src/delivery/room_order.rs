//! Whether the members of a room saw its messages in one order, from two running hashes for each: of which messages it
//! has had, and of their order. Members that had the same messages must agree on the order; members of whom one has
//! lost something cannot be compared.

/// As many rooms are watched in a cast: what is beyond goes unwatched.
const MOST_ROOMS: usize = 256;

/// A room: those for whom some stamp is meant.
#[derive(Debug)]
pub(super) struct RoomOrder {
    key: u64,
    members: Box<[Seen]>,
}

/// What one member has seen.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    count: u64,
    which: u64,
    order: u64,
}

impl RoomOrder {
    /// The place of the room of these targets. None for a single recipient, who agrees with itself, and for rooms
    /// beyond the bound.
    pub(super) fn find_or_add(rooms: &mut Vec<Self>, targets: Option<&[usize]>, users: usize) -> Option<usize> {
        let key = match targets {
            Some(targets) if targets.len() < 2 => return None,
            Some(targets) => targets.iter().fold(1, |key, &user| mixed(key ^ user as u64)),
            None => 0,
        };
        if let Some(position) = rooms.iter().position(|room| room.key == key) {
            return Some(position);
        }
        if rooms.len() == MOST_ROOMS {
            return None;
        }
        rooms.push(Self { key, members: vec![Seen::default(); users].into_boxed_slice() });
        Some(rooms.len() - 1)
    }

    pub(super) fn arrive(&mut self, member: usize, number: u64) {
        let seen = &mut self.members[member];
        let hash = mixed(number);
        seen.count += 1;
        // A sum does not depend on the order, a chain of hashes does.
        seen.which = seen.which.wrapping_add(hash);
        seen.order = mixed(seen.order ^ hash);
    }

    pub(super) fn is_disordered(&self) -> bool {
        // Sorted, members with the same messages are neighbors: each pair need not be compared.
        let mut seen: Vec<&Seen> = self.members.iter().filter(|seen| seen.count > 1).collect();
        seen.sort_by_key(|seen| (seen.count, seen.which));
        seen.windows(2).any(|pair| {
            let is_same_set = pair[0].count == pair[1].count && pair[0].which == pair[1].which;
            is_same_set && pair[0].order != pair[1].order
        })
    }
}

/// A number scattered over all bits (the finalizer of SplitMix64).
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
