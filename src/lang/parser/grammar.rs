//! The parser that pest makes of `grammar/script.pest`. Its types stay inside of the parser and the formatter.

/// The grammar's rules, and the parser that knows them.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/script.pest"]
#[allow(missing_docs, unreachable_pub)]
pub(crate) struct Grammar;

/// A match of a rule, with what was matched inside of it.
pub(crate) type Pair<'a> = pest::iterators::Pair<'a, Rule>;
