//! Values for the `param` statements: from the command line first, then from the environment (`CHATCTL_name`).

use std::collections::HashMap;
use std::env;

use anyhow::bail;
use chatctl::lang::ast::{Reading, Script, Statement, StatementKind, Value};
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

/// What scripts are read with: a dialect of other servers, and the values of their params, which may be sizes.
pub(crate) fn reading(dialect: Option<&str>, given: &[(String, String)]) -> Reading {
    let from_environment = env::vars_os()
        .filter_map(|(name, value)| Some((name.to_str()?.strip_prefix(PREFIX)?.to_owned(), value.into_string().ok()?)));
    Reading { dialect: dialect.map(str::to_owned), params: from_environment.chain(given.iter().cloned()).collect() }
}

/// The values for the params of these scripts. Unless others could not be read, each value is that of one of theirs.
pub(crate) fn values(
    scripts: &[Script],
    given: &[(String, String)],
    are_all: bool,
) -> anyhow::Result<HashMap<String, String>> {
    let mut names = Vec::new();
    for script in scripts {
        let statements = script.preamble.iter().chain(script.tests.iter().flat_map(|test| &test.statements));
        names.extend(statements.filter_map(name_of));
    }
    let from_environment =
        names.iter().filter_map(|name| Some(((*name).to_owned(), env::var(format!("{PREFIX}{name}")).ok()?)));
    let mut values: HashMap<String, String> = from_environment.collect();
    for (name, value) in given {
        if are_all && !names.contains(&name.as_str()) {
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
