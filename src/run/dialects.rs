//! Which dialects a script speaks, from its text, and so which doors it needs on the server.

use crate::lang::ast::{Opening, Script, Speech};
use crate::protocol::charset::Charset;
use crate::protocol::dialect::{Dialect, Spelling};

/// How users connect whose `connect` or `open` does not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectDefaults {
    /// The dialect. Users whose statement names a charset speak the default one if this one has no charsets.
    pub dialect: Dialect,
    /// The charset; the dialect's own if `None`.
    pub encoding: Option<Charset>,
}

impl ConnectDefaults {
    /// How the users of this statement speak when they connect.
    #[must_use]
    pub fn of(self, opening: &Opening) -> Spelling {
        let dialect = match &opening.speech {
            None if opening.encoding.is_some() && !self.dialect.has_charsets() => Dialect::default(),
            None => self.dialect,
            Some(Speech::Own(dialect)) => *dialect,
            Some(Speech::Foreign(_)) => Dialect::OF_OTHERS,
        };
        let encoding = opening.encoding.map(|encoding| encoding.value).or(self.encoding);
        let encoding = encoding.filter(|_| dialect.has_charsets());
        dialect.in_charset(encoding.unwrap_or(dialect.charset()))
    }

    /// The doors that the users of a script need: one for each dialect, in the charset of its first user.
    #[must_use]
    pub fn doors(self, script: &Script) -> Doors {
        let mut doors = Doors::default();
        for opening in script.statements().filter_map(|statement| statement.kind.opening()) {
            // Another server has doors of its own.
            if opening.at.is_some() {
                continue;
            }
            doors.has_tls |= opening.tls.is_some();
            if opening.foreign().is_some() {
                doors.has_foreign = true;
                continue;
            }
            let spoken = self.of(opening);
            if !doors.speak(spoken.dialect) {
                doors.spellings.push(spoken);
            }
        }
        doors
    }
}

/// The doors that a script needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doors {
    /// One for each dialect, in the charset of its first user.
    pub spellings: Vec<Spelling>,
    /// Whether users speak dialects of other servers: they take the door of the server, whichever it is.
    pub has_foreign: bool,
    /// Whether the default dialect is also spoken over TLS.
    pub has_tls: bool,
}

impl Doors {
    /// Whether this dialect is spoken at one of them.
    #[must_use]
    pub fn speak(&self, dialect: Dialect) -> bool {
        self.spellings.iter().any(|door| door.dialect == dialect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::source::Source;
    use crate::lang::parse;

    fn script(text: &str) -> Script {
        parse(&Source::new("test.chat", text)).unwrap()
    }

    #[test]
    fn the_doors_that_a_script_needs_are_in_its_text() {
        let mixed =
            script("connect alice\ntest \"x\"\ntogether\nconnect ben, eve with dialect legacy encoding big5\nend\n");
        let big5 = Charset::for_label("big5").unwrap();
        let old = Dialect::FOR_OLD_CLIENTS;
        assert_eq!(ConnectDefaults::default().doors(&mixed).spellings, [Spelling::default(), old.in_charset(big5)]);
        let plain = script("connect alice\nconnect bob\n");
        let doors = ConnectDefaults::default().doors(&plain);
        assert_eq!(doors, Doors { spellings: vec![Spelling::default()], ..Doors::default() });
        let secure = script("connect alice\nconnect bob with tls\n");
        assert_eq!(ConnectDefaults::default().doors(&secure), Doors { has_tls: true, ..doors });
        let legacy = ConnectDefaults { dialect: old, encoding: None };
        assert_eq!(legacy.doors(&plain).spellings, [old.spelling()]);
    }
}
