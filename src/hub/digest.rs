//! A number that two hubs share which are equal, and that hubs which differ in what users see do not share.

use std::hash::{Hash, Hasher};

use super::Hub;

/// FNV-1a: the same on every machine and in every build.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl Hub {
    /// The digest: of the numbers of messages and lines, of who is here, and where, who is invited, and how rooms with
    /// members are set. What a store knows by itself is left out: accounts, and rooms without members.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let (view, mut hasher) = (&self.view, Fnv(0xcbf2_9ce4_8422_2325));
        (view.last_message, view.latest, view.people.next_id(), view.places.next_id()).hash(&mut hasher);
        (view.sessions.next_id(), view.sessions.slots()).hash(&mut hasher);
        for (id, user) in view.people.all() {
            (id, user.name.as_str(), &user.sessions, user.places.len()).hash(&mut hasher);
            (user.is_asked, &user.invitations, &user.put_into).hash(&mut hasher);
        }
        for (id, place) in view.places.all_awake() {
            (id, place.number, place.members.len(), place.owner).hash(&mut hasher);
            let settings = &place.settings;
            (settings.private, &settings.topic, &settings.bans, &settings.modes, &place.ranks).hash(&mut hasher);
        }
        hasher.finish()
    }
}
