//! What the names of a running test stand for: constants, parameters and captures.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::lang::ast::Name;
use crate::lock::Locked;

/// A scope of values. A test has one; every turn of an `each` has its own inside it. Cheap to clone: the clones are the
/// same scope.
#[derive(Clone, Debug, Default)]
pub struct Scope(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    outer: Option<Scope>,
    values: Mutex<HashMap<Name, String>>,
}

impl Scope {
    /// A new scope inside this one.
    #[must_use]
    pub fn inside(&self) -> Self {
        Self(Arc::new(Inner { outer: Some(self.clone()), values: Mutex::default() }))
    }

    /// What the name stands for, here or in the scopes around.
    #[must_use]
    pub fn value(&self, name: &Name) -> Option<String> {
        let own = self.0.values.locked().get(name).cloned();
        own.or_else(|| self.0.outer.as_ref()?.value(name))
    }

    /// From here on, the name stands for this, in this scope.
    pub fn set(&self, name: Name, value: String) {
        self.0.values.locked().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inner_scope_sees_the_outer_one_and_keeps_its_own_values_to_itself() {
        let (name, other) = (Name::new("id"), Name::new("other"));
        let test = Scope::default();
        test.set(name.clone(), "1".to_owned());
        let turn = test.inside();
        assert_eq!(turn.value(&name).as_deref(), Some("1"));
        turn.set(name.clone(), "2".to_owned());
        turn.set(other.clone(), "x".to_owned());
        assert_eq!((test.value(&name).as_deref(), test.value(&other)), (Some("1"), None));
        assert_eq!(turn.value(&name).as_deref(), Some("2"));
    }
}
