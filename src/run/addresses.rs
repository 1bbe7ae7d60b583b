//! Where the users of a script connect: the servers of everybody, by dialect, and those that scripts call by name.

use std::net::SocketAddr;

use crate::client::{ServerDoor, Trust};
use crate::protocol::dialect::Dialect;

/// A server that users connect to.
#[derive(Clone, Debug, Default)]
pub struct Destination {
    /// Where it listens.
    pub door: ServerDoor,
    /// Which keys it may have over TLS; those that all servers may have if `None`.
    pub trust: Option<Trust>,
}

impl<D: Into<ServerDoor>> From<D> for Destination {
    fn from(door: D) -> Self {
        Self { door: door.into(), trust: None }
    }
}

/// Which server a user connects to, unless it is one with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the user speaks.
    pub dialect: Dialect,
    /// Whether the connection is over TLS, whatever the others have.
    pub over_tls: bool,
    /// The number of the user among all, from 0: users take several servers in turn.
    pub user: u64,
}

/// The servers of a script.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    doors: Vec<(Dialect, Vec<Destination>)>,
    named: Vec<(String, Destination)>,
    trust: Trust,
}

impl Addresses {
    /// The same servers, and one more door for users of this dialect.
    #[must_use]
    pub fn with(self, dialect: Dialect, door: impl Into<Destination>) -> Self {
        self.with_several(dialect, vec![door.into()])
    }

    /// The same servers, and several of one chat, which the users of this dialect take in turn.
    #[must_use]
    pub fn with_several(mut self, dialect: Dialect, servers: Vec<Destination>) -> Self {
        self.doors.push((dialect, servers));
        self
    }

    /// The same servers, and another one, which scripts call by this name: `connect alice at NAME`.
    #[must_use]
    pub fn with_named(mut self, name: &str, server: impl Into<Destination>) -> Self {
        self.named.push((name.to_owned(), server.into()));
        self
    }

    /// The same servers, where these keys are trusted over TLS of those that have no others.
    #[must_use]
    pub fn trusting(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// The server with this name, if there is one.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Destination> {
        self.named.iter().find(|(known, _)| known == name).map(|(_, server)| server)
    }

    /// The server of a user, if there is one for its dialect. Users of servers that are not ours connect as those of the
    /// default dialect do, or else as programs do: the one server that is given.
    #[must_use]
    pub fn of(&self, choice: Choice) -> Option<&Destination> {
        let wanted = match choice.dialect {
            Dialect::OF_OTHERS => vec![Dialect::default(), Dialect::FOR_PROGRAMS],
            own => vec![own],
        };
        let fits =
            |servers: &[Destination]| !choice.over_tls || servers.iter().all(|server| server.door.tls_name.is_some());
        let of = |dialect| self.doors.iter().find(|(spoken, servers)| *spoken == dialect && fits(servers));
        let (_, servers) = wanted.iter().find_map(|dialect| of(*dialect))?;
        let turn = choice.user.checked_rem(servers.len() as u64)?;
        servers.get(usize::try_from(turn).ok()?)
    }

    /// Which keys are trusted of this server; of those whose address only the script knows if `None`.
    #[must_use]
    pub fn trust(&self, server: Option<&Destination>) -> Trust {
        server.and_then(|server| server.trust.as_ref()).unwrap_or(&self.trust).clone()
    }
}

impl From<Vec<SocketAddr>> for Addresses {
    /// A server with one door, for the default dialect.
    fn from(addresses: Vec<SocketAddr>) -> Self {
        Self::default().with(Dialect::default(), addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(port: u16) -> Destination {
        vec![SocketAddr::from(([127, 0, 0, 1], port))].into()
    }

    #[test]
    fn users_take_several_servers_in_turn() {
        let addresses = Addresses::default().with_several(Dialect::default(), vec![server(1), server(2), server(3)]);
        let ports = |dialect| {
            let of = |user| addresses.of(Choice { dialect, over_tls: false, user }).map(|server| server.door.clone());
            (0..7).map(|user| of(user).map_or(0, |door| door.addresses[0].port())).collect::<Vec<_>>()
        };
        assert_eq!(ports(Dialect::default()), [1, 2, 3, 1, 2, 3, 1]);
        assert_eq!(ports(Dialect::OF_OTHERS), [1, 2, 3, 1, 2, 3, 1]);
        assert_eq!(ports(Dialect::FOR_OLD_CLIENTS), [0; 7]);
    }
}
