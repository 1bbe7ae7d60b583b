//! Floor 3: the script language. A script is the transcript of a conversation between several users.
//!
//! What a script *is* stands in [`ast`], how it is *read* in [`parse`], which gives [diagnostics](crate::diagnostic)
//! for everything that is wrong with it. How it is *run* is the matter of [`run`](crate::run). Nothing here knows a
//! socket, a server or a clock.

pub mod ast;
mod check;
pub mod dialects;
mod format;
mod parser;
pub mod quote;
pub mod recording;
mod secrets;

pub use check::{DIALECT_NUMBER, DIALECT_TOKEN, load_errors, load_fixes, warnings};
pub use format::format;
pub use parser::{parse_duration, parse_rate, parse_stages, parse_target_rate, parse_threshold};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Source;

/// Reads and checks a script.
///
/// # Errors
/// Everything that is wrong with it: all errors of syntax, and all that the static checks find, as far as they can in
/// what was understood.
pub fn parse(source: &Source) -> Result<ast::Script, Vec<Diagnostic>> {
    parse_as(source, &ast::Reading::default())
}

/// Reads and checks a script whose users speak this dialect and whose params have these values, unless the script says
/// otherwise.
///
/// # Errors
/// As [`parse`].
pub fn parse_as(source: &Source, reading: &ast::Reading) -> Result<ast::Script, Vec<Diagnostic>> {
    source.hide(secrets::of(source));
    check::resolve(parser::parse_syntax(source, reading), reading.dialect.as_deref())
}
