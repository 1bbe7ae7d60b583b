//! The dialects that the program brings along, as the script text that they are.

use std::sync::{Arc, LazyLock};

use super::ast::{ForeignDialect, Reading};
use super::parser::parse_syntax;
use crate::diagnostic::source::Source;

/// The names of the shipped dialects, each with its text.
const SHIPPED: [(&str, &str); 5] = [
    ("irc", include_str!("../../dialects/irc.chat")),
    ("lines", include_str!("../../dialects/lines.chat")),
    ("nats", include_str!("../../dialects/nats.chat")),
    ("redis", include_str!("../../dialects/redis.chat")),
    ("smtp", include_str!("../../dialects/smtp.chat")),
];

static READ: LazyLock<Vec<Arc<ForeignDialect>>> = LazyLock::new(|| {
    let dialects = SHIPPED.iter().flat_map(|(name, text)| {
        parse_syntax(&Source::new(format!("dialects/{name}.chat"), *text), &Reading::default()).tree.0.dialects
    });
    dialects.collect()
});

/// The names of the shipped dialects, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// The text of a shipped dialect.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The shipped dialect of this name.
#[must_use]
pub fn shipped(name: &str) -> Option<Arc<ForeignDialect>> {
    READ.iter().find(|dialect| dialect.name.value.as_str() == name).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::{format, parse};

    #[test]
    fn every_shipped_dialect_is_right_and_in_the_one_layout() {
        for (name, text) in SHIPPED {
            let source = Source::new(name, text);
            assert_eq!(parse(&source).map(|script| script.dialects.len()), Ok(1), "{name}");
            assert_eq!(format(&source).as_deref(), Ok(text), "{name}");
            assert_eq!(shipped(name).unwrap().name.value.as_str(), name);
        }
    }
}
