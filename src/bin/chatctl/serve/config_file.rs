//! `--config`: a file with the flags of `chatctl serve`, and everything that is wrong with one. It knows no flag by name: what
//! the command line takes, the file takes, so that there is one list of flags.

mod print;

use std::borrow::Cow;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chatctl::diagnostic::Diagnostic;
use chatctl::diagnostic::source::{Source, Span};
use chatctl::text::nearest::nearest;
use chatctl::text::system::without_numbers;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, ColorChoice, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(crate) use print::text as printed;

use crate::exit::Exit;
use crate::output;

/// The name of the command that has such a file.
const SERVE: &str = "serve";

/// Flags of the command line alone.
const NOT_IN_A_FILE: &[&str] = &["config", "check-config", "print-config", "help", "version"];

/// The file with the other flags.
#[derive(Debug, Args)]
pub(crate) struct ConfigFileArguments {
    /// Read flags from this TOML file, one `name = value` for each flag; flags on the command line override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Report every error in the file of --config, and exit
    #[arg(long, requires = "config")]
    pub(super) check_config: bool,
    /// Print a configuration file with every flag, its meaning and its value, and exit
    #[arg(long)]
    pub(super) print_config: bool,
}

/// A flag that a file gives.
struct FlagSetting {
    /// What clap knows it by.
    id: String,
    /// Its name in the file.
    name: String,
    /// As they would stand on a command line.
    words: Vec<String>,
    /// Names of other flags without which it is of no use.
    needs: Vec<String>,
    key: Span,
    value: Span,
}

/// Flags that do not fit together, or to this machine.
pub(super) struct Misfit {
    /// Their names, those first that should change.
    pub(super) flags: &'static [&'static str],
    /// What is wrong.
    pub(super) why: String,
}

/// Why there is no configuration.
pub(crate) enum FileError {
    /// The file cannot be read.
    Unreadable(anyhow::Error),
    /// All that is wrong in it.
    Wrong(Vec<Diagnostic>),
    /// What it says does not fit to the command line.
    Clash(clap::Error),
    /// What does not fit together: that which the file says, and that which the command line does.
    Misfits(Vec<Diagnostic>, Vec<String>),
}

impl FileError {
    /// Shows it; returns how the program ends.
    pub(crate) fn show(self) -> Exit {
        match self {
            Self::Unreadable(error) => output::complain(&format!("{error:#}")),
            Self::Wrong(errors) => output::show(&errors, ColorChoice::Auto),
            Self::Clash(error) => error.exit(),
            Self::Misfits(placed, others) => {
                output::show(&placed, ColorChoice::Auto);
                others.iter().for_each(|why| output::complain(why));
            }
        }
        Exit::Usage
    }

    /// In a line, for a log.
    pub(super) fn in_a_line(&self) -> String {
        match self {
            Self::Unreadable(error) => format!("{error:#}"),
            Self::Clash(error) => error.to_string().split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Wrong(errors) => errors.iter().map(in_a_line).collect::<Vec<_>>().join("; "),
            Self::Misfits(placed, others) => {
                placed.iter().map(in_a_line).chain(others.iter().cloned()).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// `line 3: unknown setting`
fn in_a_line(error: &Diagnostic) -> String {
    let Some(mark) = &error.primary else { return error.message.clone() };
    format!("line {}: {}: {}", error.source.position(mark.span.start).line, error.message, mark.text)
}

/// What the command line says together with the file that it names, if it names one.
///
/// # Errors
/// If the file cannot be read, or something in it is wrong.
pub(crate) fn with_file(command: &Command, matches: ArgMatches) -> Result<ArgMatches, FileError> {
    let Some((SERVE, given)) = matches.subcommand() else { return Ok(matches) };
    let Some((path, serve)) = given.get_one::<PathBuf>("config").zip(command.find_subcommand(SERVE)) else {
        return Ok(matches);
    };
    let (source, settings) = settings(path, serve, given)?;
    let added = settings.iter().flat_map(|setting| setting.words.iter().map(OsString::from));
    let words = std::env::args_os().chain(added);
    command.clone().try_get_matches_from(words).map_err(|error| {
        let lacking = lacking(&error, &source, &settings);
        if lacking.is_empty() { FileError::Clash(error) } else { FileError::Wrong(lacking) }
    })
}

impl ConfigFileArguments {
    /// Where in the file that stands which does not fit together.
    pub(super) fn place(&self, command: &Command, misfits: Vec<Misfit>) -> FileError {
        let given = command.clone().try_get_matches_from(std::env::args_os()).ok();
        let given = given.as_ref().and_then(|given| given.subcommand_matches(SERVE));
        let serve = command.find_subcommand(SERVE).zip(given);
        let file = self.config.as_ref().zip(serve).and_then(|(path, (serve, given))| settings(path, serve, given).ok());
        let (mut placed, mut others) = (Vec::new(), Vec::new());
        for Misfit { flags, why } in misfits {
            let why = without_numbers(&why);
            let place = file.as_ref().and_then(|(source, settings)| {
                let mut found = flags.iter().filter_map(|name| settings.iter().find(|setting| setting.name == *name));
                Some((source, found.next()?))
            });
            match place {
                Some((source, FlagSetting { name, value, .. })) => {
                    placed.push(Diagnostic::error(source, *value, format!("`{name}` cannot have this value"), why));
                }
                None => others.push(why),
            }
        }
        placed.sort_by_key(|error| error.primary.as_ref().map(|mark| mark.span));
        FileError::Misfits(placed, others)
    }
}

/// The settings of a file that the command line does not override.
fn settings(path: &Path, serve: &Command, given: &ArgMatches) -> Result<(Source, Vec<FlagSetting>), FileError> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"));
    let source = Source::new(&shown, &text.map_err(FileError::Unreadable)?);
    let mut settings = read(&source, serve).map_err(FileError::Wrong)?;
    settings.retain(|setting| given.value_source(&setting.id) != Some(ValueSource::CommandLine));
    Ok((source, settings))
}

/// The settings without which others are of no use.
fn lacking(error: &clap::Error, source: &Source, settings: &[FlagSetting]) -> Vec<Diagnostic> {
    let lacking = needed(error);
    let of_setting = |setting: &FlagSetting| {
        let needs: Vec<&str> = setting.needs.iter().filter(|need| lacking.contains(need)).map(String::as_str).collect();
        let message = format!("`{}` is of no use alone", setting.name);
        (!needs.is_empty())
            .then(|| Diagnostic::error(source, setting.key, message, format!("`{}` is missing", needs.join("`, `"))))
    };
    let mut found: Vec<Diagnostic> = settings.iter().filter_map(of_setting).collect();
    found.sort_by_key(|error| error.primary.as_ref().map(|mark| mark.span));
    found
}

/// The names of the flags that are missing, if that is what is wrong.
fn needed(error: &clap::Error) -> Vec<String> {
    let Some(ContextValue::Strings(flags)) = error.get(ContextKind::InvalidArg) else { return Vec::new() };
    let name = |flag: &String| Some(flag.strip_prefix("--")?.split([' ', '=']).next()?.to_owned());
    if error.kind() == ErrorKind::MissingRequiredArgument {
        flags.iter().filter_map(name).collect()
    } else {
        Vec::new()
    }
}

/// The flags that one of these gives and the other does not, or otherwise.
pub(super) fn differing(command: &Command, one: &ArgMatches, other: &ArgMatches) -> Vec<String> {
    let given = |matches: &ArgMatches, flag: &Arg| -> Vec<OsString> {
        let given = matches.subcommand_matches(SERVE).and_then(|given| given.get_raw(flag.get_id().as_str()));
        given.into_iter().flatten().map(ToOwned::to_owned).collect()
    };
    let serve = command.find_subcommand(SERVE).into_iter();
    let differ = serve.flat_map(flags).filter(|flag| given(one, flag) != given(other, flag));
    differ.filter_map(Arg::get_long).map(str::to_owned).collect()
}

/// The settings of a file, or all that is wrong with it, from its beginning to its end.
fn read(source: &Source, serve: &Command) -> Result<Vec<FlagSetting>, Vec<Diagnostic>> {
    let (table, errors) = DeTable::parse_recoverable(source.text());
    let syntax = errors.iter().map(|error| {
        Diagnostic::error(source, span(error.span().unwrap_or_default()), "this is not TOML", error.message())
    });
    let mut found: Vec<Diagnostic> = syntax.collect();
    let mut settings = Vec::new();
    for (key, value) in table.get_ref() {
        match setting(serve, key, value) {
            Ok(setting) => settings.push(setting),
            Err(wrong) => {
                let place = span(if wrong.is_key { key.span() } else { value.span() });
                found.push(Diagnostic::error(source, place, wrong.message, wrong.mark));
            }
        }
    }
    found.sort_by_key(|error| error.primary.as_ref().map(|mark| mark.span));
    if found.is_empty() { Ok(settings) } else { Err(found) }
}

/// What is wrong with a line.
struct ConfigLineError {
    message: String,
    mark: String,
    /// It is the name, and not the value.
    is_key: bool,
}

fn setting(
    serve: &Command,
    key: &Spanned<Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
) -> Result<FlagSetting, ConfigLineError> {
    let name: &str = key.get_ref();
    let flag = flags(serve).find(|flag| flag.get_long() == Some(name)).ok_or_else(|| unknown(serve, name))?;
    let words = words(flag, name, value.get_ref())?;
    let line = std::iter::once(SERVE.to_owned()).chain(words.iter().cloned());
    let needs = match serve.clone().try_get_matches_from(line) {
        Ok(_) => Vec::new(),
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => needed(&error),
        Err(error) => {
            let why = error.source().map_or_else(|| error.kind().to_string(), ToString::to_string);
            return Err(ConfigLineError {
                message: format!("`{name}` cannot have this value"),
                mark: why,
                is_key: false,
            });
        }
    };
    let (id, name) = (flag.get_id().to_string(), name.to_owned());
    Ok(FlagSetting { id, name, words, needs, key: span(key.span()), value: span(value.span()) })
}

fn span(range: Range<usize>) -> Span {
    Span::new(range.start, range.end)
}

/// The flags that a file may give.
fn flags(serve: &Command) -> impl Iterator<Item = &Arg> {
    let is_one = |flag: &&Arg| flag.get_long().is_some_and(|name| !NOT_IN_A_FILE.contains(&name));
    serve.get_arguments().filter(is_one)
}

fn unknown(serve: &Command, name: &str) -> ConfigLineError {
    let known = flags(serve).filter_map(Arg::get_long);
    let mark = match nearest(name, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "expected the name of a flag of `chatctl serve`".to_owned(),
    };
    ConfigLineError { message: format!("unknown setting `{name}`"), mark, is_key: true }
}

/// The setting as it would stand on a command line.
fn words(flag: &Arg, name: &str, value: &DeValue<'_>) -> Result<Vec<String>, ConfigLineError> {
    let mistaken = |expected: &str| {
        let message = format!("`{name}` cannot have this value");
        ConfigLineError { message, mark: format!("expected {expected}"), is_key: false }
    };
    match (flag.get_action(), value) {
        (ArgAction::SetTrue, DeValue::Boolean(true)) => Ok(vec![format!("--{name}")]),
        (ArgAction::SetTrue, DeValue::Boolean(false)) => Ok(Vec::new()),
        (ArgAction::SetTrue, _) => Err(mistaken("`true` or `false`")),
        (ArgAction::Append, DeValue::Array(values)) => {
            let word = |value: &Spanned<DeValue<'_>>| Some(format!("--{name}={}", scalar(value.get_ref())?));
            values.iter().map(word).collect::<Option<_>>().ok_or_else(|| mistaken("a list of texts"))
        }
        (ArgAction::Append, _) => Err(mistaken("a list like [\"...\"]")),
        (_, value) => {
            scalar(value).map(|text| vec![format!("--{name}={text}")]).ok_or_else(|| mistaken("a text or a number"))
        }
    }
}

/// A text or a number as a text.
fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Integer(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            None
        }
    }
}
