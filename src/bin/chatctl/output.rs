//! Standard output and standard error: the one place that writes to them, and that knows whether color is wanted.
//!
//! If standard output cannot be written, that is an error, and every command ends with it. If nobody reads it any more,
//! or if standard error cannot be written, there is nobody to tell: both are ignored.

use std::io::{self, Write};

use anstream::AutoStream;
use anstream::stream::RawStream;
use anyhow::Context;
use chatctl::diagnostic::{Color, Diagnostic, Renderer};
use chatctl::text::system::without_numbers;
use clap::ColorChoice;

/// Writes all of `text` to standard output; `what` names it in the error.
pub(crate) fn write(what: &str, text: &[u8]) -> anyhow::Result<()> {
    try_write(text).with_context(|| format!("cannot write {what}"))
}

/// Writes all of `text` to standard output.
pub(crate) fn try_write(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Shows what was asked for with `--help` or `--version`. Wrong arguments are told, and end the program.
pub(crate) fn show_help(asked: &clap::Error) -> anyhow::Result<()> {
    if asked.use_stderr() {
        asked.exit();
    }
    match asked.print().and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("cannot write the help"),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes `text` to standard error, if that is possible.
pub(crate) fn remark(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Says on standard error what is wrong, with the program's name before each line.
pub(crate) fn complain(text: &str) {
    remark(&without_numbers(text).lines().map(|line| format!("chatctl: {line}\n")).collect::<String>());
}

/// Writes findings to standard error, with an empty line after each.
pub(crate) fn show(findings: &[Diagnostic], choice: ColorChoice) {
    let renderer = Renderer { color: color(choice, &io::stderr()) };
    for finding in findings {
        remark(&format!("{}\n", renderer.render(finding)));
    }
}

/// The color of what is written to `stream`. `auto` follows the terminal, NO_COLOR and CLICOLOR_FORCE.
pub(crate) fn color(choice: ColorChoice, stream: &impl RawStream) -> Color {
    let is_wanted = match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(stream) != anstream::ColorChoice::Never,
    };
    if is_wanted { Color::Ansi } else { Color::Plain }
}
