//! `let` and `param`: constants of a test.

use super::{Lane, Step};
use crate::lang::ast::{Let, Param, Statement};

impl Lane<'_> {
    pub(super) fn define(&mut self, statement: &Statement, constant: &Let) -> Step {
        let value = self.text(&constant.value, None).map_err(|problem| self.fail(statement, problem))?;
        self.conversation.trace.remark(|| format!("let {} = {value}", constant.name.value));
        self.scope.set(constant.name.value.clone(), value);
        Ok(())
    }

    pub(super) fn define_param(&mut self, statement: &Statement, param: &Param) -> Step {
        let value = match self.conversation.params.get(param.name.value.as_str()) {
            Some(given) => given.clone(),
            None => self.text(&param.default, None).map_err(|problem| self.fail(statement, problem))?,
        };
        self.conversation.trace.remark(|| format!("param {} = {value}", param.name.value));
        self.scope.set(param.name.value.clone(), value);
        Ok(())
    }
}
