//! Values for the `param` statements: from the command line first, then from the environment (`CHATCTL_name`).

use std::collections::HashMap;
use std::env;

use anyhow::bail;
use chatctl::lang::ast::{Script, Statement, StatementKind, Value};
use chatctl::text::nearest::nearest;

/// What the environment calls a param begins with this.
const PREFIX: &str = "CHATCTL_";

/// `NAME=VALUE` of the command line.
pub(crate) fn parse(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err("expected NAME=VALUE".to_owned()),
    }
}

/// The values for the params of these scripts.
pub(crate) fn values(scripts: &[Script], given: &[(String, String)]) -> anyhow::Result<HashMap<String, String>> {
    let mut names = Vec::new();
    for script in scripts {
        let statements = script.preamble.iter().chain(script.tests.iter().flat_map(|test| &test.statements));
        names.extend(statements.filter_map(name_of));
    }
    let from_environment =
        names.iter().filter_map(|name| Some(((*name).to_owned(), env::var(format!("{PREFIX}{name}")).ok()?)));
    let mut values: HashMap<String, String> = from_environment.collect();
    for (name, value) in given {
        if !names.contains(&name.as_str()) {
            bail!("--param {name}: no script has such a param{}", suggestion(name, &names));
        }
        values.insert(name.clone(), value.clone());
    }
    Ok(values)
}

fn name_of(statement: &Statement) -> Option<&str> {
    match &statement.kind {
        StatementKind::Value(Value::Param(param)) => Some(param.name.value.as_str()),
        _ => None,
    }
}

fn suggestion(name: &str, names: &[&str]) -> String {
    match nearest(name, names.iter().copied()) {
        Some(known) => format!("; did you mean {known}?"),
        None => String::new(),
    }
}
