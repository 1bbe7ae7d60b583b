//! `--print-config`: the whole file, with what each flag means and what it is.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::{SERVE, flags};

/// Columns of a comment.
const WIDTH: usize = 100;

/// How the help of a flag says what it is by default.
const DEFAULT: &str = "[default: ";

/// A file with every flag: those that are given as they are, the others as comments with what they are by default.
pub(crate) fn text(command: &Command, matches: &ArgMatches) -> String {
    let Some((serve, given)) = command.find_subcommand(SERVE).zip(matches.subcommand_matches(SERVE)) else {
        return String::new();
    };
    let mut text = comment(
        "The configuration of `chatctl serve`: each setting is a flag. What is a comment is as it is by default; flags of the \
         command line come first.",
    );
    for flag in flags(serve) {
        let name = flag.get_long().unwrap_or_default();
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
        let default = help.split_once(DEFAULT).map_or("", |(_, rest)| rest.trim_end_matches(']'));
        text.push('\n');
        text.push_str(&comment(&help.replace('\n', " ")));
        text.push_str(&match value(flag, given) {
            Some(value) => format!("{name} = {value}\n"),
            None => format!("# {name} = {}\n", by_default(flag, default)),
        });
    }
    text
}

/// What was given, in TOML.
fn value(flag: &Arg, given: &ArgMatches) -> Option<String> {
    let id = flag.get_id().as_str();
    if given.value_source(id) != Some(clap::parser::ValueSource::CommandLine) {
        return None;
    }
    let values: Vec<String> = given.get_raw(id)?.map(|value| literal(&value.to_string_lossy())).collect();
    match flag.get_action() {
        ArgAction::SetTrue => Some("true".to_owned()),
        ArgAction::Append => Some(format!("[{}]", values.join(", "))),
        _ => values.into_iter().next(),
    }
}

/// What holds if nothing is given; where that is no value, the kind of value that could be.
fn by_default(flag: &Arg, default: &str) -> String {
    match flag.get_action() {
        ArgAction::SetTrue => "false".to_owned(),
        ArgAction::Append => "[]".to_owned(),
        _ if !flag.get_default_values().is_empty() => literal(&flag.get_default_values()[0].to_string_lossy()),
        _ if !default.is_empty() && !default.contains(' ') && default != "never" => literal(default),
        _ => literal(
            &flag.get_value_names().and_then(|names| names.first()).map(ToString::to_string).unwrap_or_default(),
        ),
    }
}

fn literal(text: &str) -> String {
    if text.parse::<i64>().is_ok() { text.to_owned() } else { toml::Value::String(text.to_owned()).to_string() }
}

/// Wrapped at blanks.
fn comment(text: &str) -> String {
    let (mut lines, mut line) = (String::new(), "#".to_owned());
    for word in text.split_whitespace() {
        if line.len() > 1 && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = "#".to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    lines + &line + "\n"
}
