//! Names with commas between, on as many lines as it takes.

use std::fmt::{self, Display, Write};

use crate::protocol::name::{RoomName, UserName};

/// The longest line of an answer to `list`, in bytes of UTF-8; a longer answer is several lines.
pub(super) const MAX_LINE: usize = 8192;

/// A name that can stand in a list.
pub(super) trait ListedName: Display {
    /// As it is written.
    fn spelling(&self) -> &str;
}

impl ListedName for UserName {
    fn spelling(&self) -> &str {
        self.as_str()
    }
}

impl ListedName for RoomName {
    fn spelling(&self) -> &str {
        self.as_str()
    }
}

/// `HEADa, b`, on as many lines as it takes; at least one.
pub(super) fn write_lines<N: ListedName>(out: &mut impl Write, head: &str, names: &[N]) -> fmt::Result {
    let mut rest = names;
    loop {
        let (line, tail) = rest.split_at(names_that_fit(rest, MAX_LINE - head.len()));
        write_joined(out, head, line)?;
        out.write_char('\n')?;
        rest = tail;
        if rest.is_empty() {
            return Ok(());
        }
    }
}

/// `LEADa, b`
pub(super) fn write_joined<N: Display>(out: &mut impl Write, lead: &str, names: &[N]) -> fmt::Result {
    out.write_str(lead)?;
    for (i, name) in names.iter().enumerate() {
        write!(out, "{}{name}", if i == 0 { "" } else { ", " })?;
    }
    Ok(())
}

/// The number of names that fit into this many bytes with `, ` between them; at least one if there is any.
fn names_that_fit<N: ListedName>(names: &[N], bytes: usize) -> usize {
    let mut used = 0;
    let fitting = names.iter().take_while(|name| {
        used += name.spelling().len() + 2;
        used <= bytes + 2
    });
    fitting.count().max(1).min(names.len())
}
