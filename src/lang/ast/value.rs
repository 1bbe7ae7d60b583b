//! Values: constants, parameters and what is asserted of them.

use super::template::Template;
use super::users::Name;
use crate::diagnostic::source::Spanned;

/// The statements about values.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `let x = text`
    Let(Let),
    /// `param room = lobby`
    Param(Param),
    /// `assert {{n}} > 3`
    Assert(Assert),
}

/// `let x = text`: a constant, evaluated once per test or cast.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Its name.
    pub name: Spanned<Name>,
    /// Its value; generators are allowed, captures and stamps are not.
    pub value: Template,
}

/// `param room = lobby`: a constant that the command line or the environment overrides.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Spanned<Name>,
    /// Its value when nobody overrides it.
    pub default: Template,
}

/// `assert {{n}} > 3`
#[derive(Clone, Debug, PartialEq)]
pub struct Assert {
    /// The text before the operator.
    pub left: Template,
    /// How they compare.
    pub comparison: Spanned<Comparison>,
    /// The text after it.
    pub right: Template,
}

/// How two texts compare: as numbers if both are, else as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `contains`; always as text.
    Contains,
}

impl Comparison {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "contains",
        }
    }
}
