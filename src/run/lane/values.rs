//! What the names and holes of a running test stand for: constants, parameters, captures, `{{me}}`, `{{i}}`; and the
//! statements `let`, `param` and `assert`, which set and compare them.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use fastrand::Rng;

use super::decimal::Decimal;
use super::{Lane, StepResult, evaluate};
use crate::lang::ast::{Assert, Comparison, Let, Name, Param, Statement};
use crate::lock::Locked;
use crate::protocol::command::secret::HIDDEN;
use crate::run::outcome::{LoopPosition, Problem, Turn};

/// The parameter whose value no transcript shows.
const SECRET_PARAM: &str = "password";

/// The values of one lane.
#[derive(Debug)]
pub(in crate::run) struct Values {
    scope: ValueScope,
    /// Whose turn of an `each` it is.
    me: Option<Name>,
    /// The turn of the innermost `repeat` or `every`.
    iteration: Option<Turn>,
    random: Rng,
}

impl Values {
    /// Nothing but what the seed gives.
    pub(super) fn new(seed: u64) -> Self {
        Self { scope: ValueScope::default(), me: None, iteration: None, random: Rng::with_seed(seed) }
    }

    /// The same values for a lane beside this one, with its own share of the seed.
    pub(super) fn fork(&mut self) -> Self {
        let random = Rng::with_seed(self.random.u64(..));
        Self { scope: self.scope.clone(), me: self.me.clone(), iteration: self.iteration, random }
    }

    /// The turn of an `each` begins: its captures stay in it.
    pub(super) fn enter_turn_of(&mut self, me: Name) {
        self.scope = self.scope.inside();
        self.me = Some(me);
    }

    /// A turn of a `repeat` or `every` begins. Returns the turn of the one around it.
    pub(super) fn begin_iteration(&mut self, turn: Option<Turn>) -> Option<Turn> {
        std::mem::replace(&mut self.iteration, turn)
    }

    /// Whose turn of an `each` it is.
    pub(super) fn me(&self) -> Option<&Name> {
        self.me.as_ref()
    }

    /// The turn of the innermost `repeat` or `every`, from 1; 1 outside of any.
    pub(super) fn iteration(&self) -> u64 {
        self.iteration.map_or(1, |turn| turn.number)
    }

    /// Which round through the blocks around this is.
    pub(in crate::run) fn turn(&self) -> LoopPosition {
        LoopPosition { me: self.me.clone(), turn: self.iteration }
    }

    /// Where generated values come from.
    pub(super) fn random(&mut self) -> &mut Rng {
        &mut self.random
    }

    /// What the name stands for.
    pub(super) fn value(&self, name: &Name) -> Option<String> {
        self.scope.value(name)
    }

    /// From here on, the name stands for this.
    pub(super) fn set(&self, name: Name, value: String) {
        self.scope.set(name, value);
    }
}

/// A scope of values. A test has one; every turn of an `each` has its own inside it. Cheap to clone: the clones are the
/// same scope.
#[derive(Clone, Debug, Default)]
struct ValueScope(Arc<ScopeValues>);

#[derive(Debug, Default)]
struct ScopeValues {
    outer: Option<ValueScope>,
    values: Mutex<HashMap<Name, String>>,
}

impl ValueScope {
    /// A new scope inside this one.
    fn inside(&self) -> Self {
        Self(Arc::new(ScopeValues { outer: Some(self.clone()), values: Mutex::default() }))
    }

    /// What the name stands for, here or in the scopes around.
    fn value(&self, name: &Name) -> Option<String> {
        let own = self.0.values.locked().get(name).cloned();
        own.or_else(|| self.0.outer.as_ref()?.value(name))
    }

    fn set(&self, name: Name, value: String) {
        self.0.values.locked().insert(name, value);
    }
}

/// `let`
pub(super) fn define(lane: &mut Lane<'_>, statement: &Statement, constant: &Let) -> StepResult {
    let value = evaluate::text(lane, &constant.value, None).map_err(|problem| lane.fail(statement, problem))?;
    lane.ctx.trace.remark(|| format!("let {} = {value}", constant.name.value));
    lane.values.set(constant.name.value.clone(), value);
    Ok(())
}

/// `param`
pub(super) fn define_param(lane: &mut Lane<'_>, statement: &Statement, param: &Param) -> StepResult {
    let value = match lane.ctx.params.get(param.name.value.as_str()) {
        Some(given) => given.clone(),
        None => evaluate::text(lane, &param.default, None).map_err(|problem| lane.fail(statement, problem))?,
    };
    let name = param.name.value.as_str();
    let shown = if name == SECRET_PARAM { HIDDEN } else { &value };
    lane.ctx.trace.remark(|| format!("param {name} = {shown}"));
    lane.values.set(param.name.value.clone(), value);
    Ok(())
}

/// `assert`
pub(super) fn assert(lane: &mut Lane<'_>, statement: &Statement, assert: &Assert) -> StepResult {
    let left = evaluate::text(lane, &assert.left, None).map_err(|problem| lane.fail(statement, problem))?;
    let right = evaluate::text(lane, &assert.right, None).map_err(|problem| lane.fail(statement, problem))?;
    let comparison = assert.comparison.value;
    lane.ctx.trace.remark(|| format!("assert {left} {} {right}", comparison.as_str()));
    if holds(&left, comparison, &right) {
        return Ok(());
    }
    Err(lane.fail(statement, Problem::NotAsserted { left, comparison, right }))
}

/// As numbers if both are, else as text; `contains` always as text.
fn holds(left: &str, comparison: Comparison, right: &str) -> bool {
    let order = compare(left, right);
    match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
        Comparison::Contains => left.contains(right),
    }
}

fn compare(left: &str, right: &str) -> Ordering {
    match (Decimal::read(left), Decimal::read(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(_) | None, _) => left.cmp(right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_numbers_and_anything_else_as_text() {
        assert!(holds("10", Comparison::Greater, "9"));
        assert!(holds("1.50", Comparison::Equal, "1.5"));
        assert!(holds("-1", Comparison::Less, "0.5"));
        assert!(holds("a10", Comparison::Less, "a9"));
        assert!(holds("nan", Comparison::Equal, "nan"));
        assert!(holds("a, b", Comparison::Contains, "b"));
        assert!(holds("a", Comparison::NotEqual, "A"));
        assert!(holds("0e1", Comparison::NotEqual, "0e2"));
        assert!(!holds(
            "170141183460469231731687303715884105727",
            Comparison::Less,
            "170141183460469231731687303715884105726"
        ));
    }

    #[test]
    fn an_inner_scope_sees_the_outer_one_and_keeps_its_own_values_to_itself() {
        let (name, other) = (Name::new("id"), Name::new("other"));
        let test = ValueScope::default();
        test.set(name.clone(), "1".to_owned());
        let turn = test.inside();
        assert_eq!(turn.value(&name).as_deref(), Some("1"));
        turn.set(name.clone(), "2".to_owned());
        turn.set(other.clone(), "x".to_owned());
        assert_eq!((test.value(&name).as_deref(), test.value(&other)), (Some("1"), None));
        assert_eq!(turn.value(&name).as_deref(), Some("2"));
    }
}
