//! What people and programs are told of a load: a screen, a file for programs, a page with charts, progress meanwhile.
//! Everything here is a function of an [`Outcome`].

mod chart;
mod comparison;
mod histogram;
mod html;
mod number;
mod progress;
mod screen;

#[cfg(test)]
mod tests;

pub use comparison::{ReadError, compare, read};
pub use html::write as write_html;
pub use progress::Progress;
pub use screen::screen;

use std::io::{self, Write};

use super::outcome::Outcome;

/// Writes the report for programs.
///
/// # Errors
/// If it cannot be written.
pub fn write_json(outcome: &Outcome, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, outcome)?;
    writeln!(out)?;
    out.flush()
}
