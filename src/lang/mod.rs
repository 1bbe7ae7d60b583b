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

pub use check::{DIALECT_NUMBER, DIALECT_TOKEN, load_errors, load_fixes, load_warnings, warnings};
pub use format::format;
pub use parser::{parse_duration, parse_rate, parse_stages, parse_target_rate, parse_threshold};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{IncludedFile, Source};

/// The source with the texts of all files that it includes, directly or by way of others, each once. `read` gives the text of
/// the file of this path, or says why there is none; the path is relative to whatever that of the source is.
pub fn with_included(source: &Source, mut read: impl FnMut(&str) -> Result<String, String>) -> Source {
    parser::with_files(source, &mut read)
}

/// The source with this text, and with these files where it includes them.
pub fn rewritten(name: &str, text: &str, files: &[IncludedFile]) -> Source {
    with_included(&Source::new(name, text), |path| match files.iter().find(|file| file.name == path) {
        Some(file) => file.text.clone(),
        None => Err("it was not read".to_owned()),
    })
}

/// Reads and checks a script. Of a script that includes other files, the source has their texts: see [`with_included`].
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
