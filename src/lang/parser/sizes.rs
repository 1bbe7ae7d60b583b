//! Sizes that a script writes as `{{n}}`: `n` is a `param` or a constant whose value is known beforehand, so that what it is
//! the size of can be checked.

use std::collections::{BTreeMap, HashMap};

use crate::diagnostic::source::{Span, Spanned};
use crate::lang::ast::{Insert, Name, Param, PartKind, Template, Value};
use crate::text::nearest::nearest;

/// The values that are known beforehand at one line of a script.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    /// The values that override those of `param`, by name.
    given: HashMap<String, String>,
    /// By name; `None` for a constant whose value is known only when the script runs.
    known: BTreeMap<Name, Option<String>>,
    /// What was known before the first test.
    before_tests: Option<BTreeMap<Name, Option<String>>>,
    /// The names that are written as sizes.
    pub(super) used: Vec<Spanned<Name>>,
}

/// What is known of a size that is written as a name.
#[derive(Debug)]
pub(super) enum KnownSize {
    /// Its value.
    Value(String),
    /// It has one when the script runs.
    Later,
    /// It has none; perhaps this other name was meant.
    Nothing(Option<String>),
}

impl Sizes {
    /// Where these values override those of `param`.
    pub(super) fn new(given: &HashMap<String, String>) -> Self {
        Self { given: given.clone(), ..Self::default() }
    }

    /// Notes a constant or a param, from its statement on.
    pub(super) fn note(&mut self, value: &Value) {
        let (name, text) = match value {
            Value::Let(constant) => (&constant.name.value, self.text(&constant.value)),
            Value::Param(Param { name, default }) => {
                let given = self.given.get(name.value.as_str()).cloned();
                (&name.value, given.or_else(|| self.text(default)))
            }
            Value::Assert(_) => return,
        };
        self.known.insert(name.clone(), text);
    }

    /// Forgets what the test before has made known.
    pub(super) fn begin_test(&mut self) {
        match &self.before_tests {
            None => self.before_tests = Some(self.known.clone()),
            Some(before) => self.known.clone_from(before),
        }
    }

    /// What is known of a size that is written so at this place.
    pub(super) fn look_up(&mut self, name: &Name, span: Span) -> KnownSize {
        self.used.push(Spanned::new(name.clone(), span));
        match self.known.get(name) {
            Some(Some(value)) => KnownSize::Value(value.clone()),
            Some(None) => KnownSize::Later,
            None => {
                let names = self.known.keys().map(Name::as_str);
                KnownSize::Nothing(nearest(name.as_str(), names).map(str::to_owned))
            }
        }
    }

    /// The text of a template, if all of it is known.
    fn text(&self, template: &Template) -> Option<String> {
        let parts = template.parts.iter().map(|part| match &part.kind {
            PartKind::Literal(text) | PartKind::Quoted(text) => Some(text.clone()),
            PartKind::Insert(Insert::Value(name)) => self.known.get(name).cloned().flatten(),
            PartKind::Insert(_)
            | PartKind::Capture { .. }
            | PartKind::Anything(_)
            | PartKind::Generate(_)
            | PartKind::Stamp(_) => None,
        });
        parts.collect()
    }
}
