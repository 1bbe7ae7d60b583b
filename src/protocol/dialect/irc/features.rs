//! The capabilities that a client can ask for, and those that it has.

use super::{MULTILINE_LIMITS, SASL_MECHANISM};

/// What one client has asked for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Features(u32);

/// A capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Capability {
    pub(super) name: &'static str,
    /// What a client that knows values is told.
    pub(super) value: Option<&'static str>,
    feature: Features,
}

impl Features {
    pub(super) const ACCOUNT_NOTIFY: Self = Self(1);
    pub(super) const ACCOUNT_TAG: Self = Self(1 << 1);
    pub(super) const AWAY_NOTIFY: Self = Self(1 << 2);
    pub(super) const BATCH: Self = Self(1 << 3);
    pub(super) const ECHO: Self = Self(1 << 4);
    pub(super) const EXTENDED_JOIN: Self = Self(1 << 5);
    pub(super) const LABELS: Self = Self(1 << 6);
    pub(super) const TAGS: Self = Self(1 << 7);
    pub(super) const MULTI_PREFIX: Self = Self(1 << 8);
    pub(super) const TIME: Self = Self(1 << 9);
    pub(super) const SET_NAME: Self = Self(1 << 10);
    pub(super) const HOST_IN_NAMES: Self = Self(1 << 11);
    pub(super) const INVITE_NOTIFY: Self = Self(1 << 12);
    pub(super) const EXTENDED_MONITOR: Self = Self(1 << 13);
    const STANDARD_REPLIES: Self = Self(1 << 14);
    const CAP_NOTIFY: Self = Self(1 << 15);
    const SASL: Self = Self(1 << 16);
    const ACCOUNT_REGISTRATION: Self = Self(1 << 17);
    pub(super) const HISTORY: Self = Self(1 << 18);
    pub(super) const READ_MARKER: Self = Self(1 << 19);
    pub(super) const MULTILINE: Self = Self(1 << 20);
    pub(super) const EVENT_PLAYBACK: Self = Self(1 << 21);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether tags may stand before a line.
    pub(super) fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// With what this list of names asks for, each with a `-` before it if it is not wanted any more; `None` if one of
    /// them is no capability.
    pub(super) fn asked(self, names: &str) -> Option<Self> {
        names.split_ascii_whitespace().try_fold(self, |features, name| match name.strip_prefix('-') {
            Some(name) => Some(features.without(Capability::named(name)?.feature)),
            None => Some(features.and(Capability::named(name)?.feature)),
        })
    }

    /// The names of what it holds.
    pub(super) fn names(self) -> Vec<&'static str> {
        Capability::ALL.iter().filter(|capability| self.has(capability.feature)).map(|one| one.name).collect()
    }
}

impl Capability {
    pub(super) const ALL: &[Self] = &[
        Self::plain("account-notify", Features::ACCOUNT_NOTIFY),
        Self::plain("account-tag", Features::ACCOUNT_TAG),
        Self::plain("away-notify", Features::AWAY_NOTIFY),
        Self::plain("batch", Features::BATCH),
        Self::plain("cap-notify", Features::CAP_NOTIFY),
        Self::plain("draft/account-registration", Features::ACCOUNT_REGISTRATION),
        Self::plain("draft/chathistory", Features::HISTORY),
        Self::plain("draft/event-playback", Features::EVENT_PLAYBACK),
        Self { value: Some(MULTILINE_LIMITS), ..Self::plain("draft/multiline", Features::MULTILINE) },
        Self::plain("draft/read-marker", Features::READ_MARKER),
        Self::plain("echo-message", Features::ECHO),
        Self::plain("extended-join", Features::EXTENDED_JOIN),
        Self::plain("extended-monitor", Features::EXTENDED_MONITOR),
        Self::plain("invite-notify", Features::INVITE_NOTIFY),
        Self::plain("labeled-response", Features::LABELS),
        Self::plain("message-tags", Features::TAGS),
        Self::plain("multi-prefix", Features::MULTI_PREFIX),
        Self { value: Some(SASL_MECHANISM), ..Self::plain("sasl", Features::SASL) },
        Self::plain("server-time", Features::TIME),
        Self::plain("setname", Features::SET_NAME),
        Self::plain("standard-replies", Features::STANDARD_REPLIES),
        Self::plain("userhost-in-names", Features::HOST_IN_NAMES),
    ];

    const fn plain(name: &'static str, feature: Features) -> Self {
        Self { name, value: None, feature }
    }

    fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|capability| capability.name == name)
    }

    /// All of them as a list, with their values for a client that knows such.
    pub(super) fn list(with_values: bool) -> String {
        let spelled = |capability: &Self| match capability.value.filter(|_| with_values) {
            Some(value) => format!("{}={value}", capability.name),
            None => capability.name.to_owned(),
        };
        Self::ALL.iter().map(spelled).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_asked_for_all_or_none() {
        let none = Features::default();
        let two = none.asked("server-time  batch").unwrap();
        assert_eq!(two.names(), ["batch", "server-time"]);
        assert_eq!(two.asked("-batch echo-message").unwrap().names(), ["echo-message", "server-time"]);
        assert_eq!(two.asked("batch no-such"), None);
        assert_eq!(two.asked(""), Some(two));
    }

    #[test]
    fn the_list_fits_into_a_line() {
        assert!(Capability::list(true).len() < 450);
    }
}
