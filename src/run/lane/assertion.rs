//! `assert`: comparing what was captured.

use std::cmp::Ordering;

use super::{Lane, Step};
use crate::lang::ast::{Assert, Comparison, Statement};
use crate::run::outcome::Problem;

impl Lane<'_> {
    pub(super) fn assert(&mut self, statement: &Statement, assert: &Assert) -> Step {
        let left = self.text(&assert.left, None).map_err(|problem| self.fail(statement, problem))?;
        let right = self.text(&assert.right, None).map_err(|problem| self.fail(statement, problem))?;
        let comparison = assert.comparison.value;
        self.conversation.trace.remark(|| format!("assert {left} {} {right}", comparison.as_str()));
        if holds(&left, comparison, &right) {
            return Ok(());
        }
        Err(self.fail(statement, Problem::NotAsserted { left, comparison, right }))
    }
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
    if let (Ok(left), Ok(right)) = (left.parse::<i128>(), right.parse::<i128>()) {
        return left.cmp(&right);
    }
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        (Some(_) | None, _) => left.cmp(right),
    }
}

/// A number as people write it; `inf` and `nan` are words.
fn number(text: &str) -> Option<f64> {
    let is_written_as_one = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|_| is_written_as_one)
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
        assert!(!holds(
            "170141183460469231731687303715884105727",
            Comparison::Less,
            "170141183460469231731687303715884105726"
        ));
    }
}
