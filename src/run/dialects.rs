//! Which dialects a script speaks, from its text: it tells which doors it needs.

use crate::lang::ast::{Opening, Script};
use crate::protocol::charset::Charset;
use crate::protocol::dialect::{Dialect, Spelling};

/// How users connect whose `connect` or `open` does not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// The dialect.
    pub dialect: Dialect,
    /// The charset; the dialect's own if `None`.
    pub encoding: Option<Charset>,
}

impl Manner {
    /// How the users of this statement speak when they connect.
    #[must_use]
    pub fn of(self, opening: &Opening) -> Spelling {
        let dialect = opening.dialect.map_or(self.dialect, |dialect| dialect.value);
        let encoding = opening.encoding.map(|encoding| encoding.value).or(self.encoding);
        dialect.in_charset(encoding.unwrap_or(dialect.charset()))
    }

    /// The charset in which the script's first user of this dialect speaks, if there is one.
    #[must_use]
    pub fn charset_in(self, script: &Script, dialect: Dialect) -> Option<Charset> {
        let mut spoken = script.statements().filter_map(|statement| statement.kind.opening()).map(|one| self.of(one));
        spoken.find(|spoken| spoken.dialect == dialect).map(|spoken| spoken.charset)
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
        let big5 = Charset::for_label("big5").ok();
        assert_eq!(Manner::default().charset_in(&mixed, Dialect::default()), Some(Charset::UTF_8));
        assert_eq!(Manner::default().charset_in(&mixed, Dialect::FOR_OLD_CLIENTS), big5);
        let plain = script("connect alice\n");
        assert_eq!(Manner::default().charset_in(&plain, Dialect::FOR_OLD_CLIENTS), None);
        let legacy = Manner { dialect: Dialect::FOR_OLD_CLIENTS, encoding: None };
        assert_eq!(legacy.charset_in(&plain, Dialect::FOR_OLD_CLIENTS), Some(Charset::GBK));
        assert_eq!(legacy.charset_in(&plain, Dialect::default()), None);
    }
}
