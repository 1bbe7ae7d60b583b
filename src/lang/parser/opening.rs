//! `connect` and `open`: the users that they declare, and how these connect.

use std::num::NonZeroUsize;

use super::context::{LineContext, first, first_two};
use super::grammar::{Pair, Rule};
use super::{template, value};
use crate::diagnostic::source::Spanned;
use crate::lang::ast::{Declaration, Name, Opening, OpeningKind, Template};
use crate::protocol::charset::Charset;

/// No group is larger: its labels are all held in memory.
const LARGEST_GROUP: usize = 10_000;

/// `connect alice, talker[5] with encoding gbk`
pub(super) fn read(line: &mut LineContext<'_>, kind: OpeningKind, pair: Pair<'_>) -> Opening {
    let (encoding, dialect, password, tls, speech) = (None, None, None, None, None);
    let mut opening = Opening { kind, users: Vec::new(), at: None, encoding, dialect, password, tls, speech };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::declaration => opening.users.push(declaration(line, part)),
            Rule::at_server => {
                let name = first(part);
                opening.at = Some(Spanned::new(name.as_str().to_owned(), line.span(&name)));
            }
            Rule::password => opening.password = Some(template::quoted(line, first(part))),
            Rule::over_tls => opening.tls = Some(line.span(&part)),
            _ => connection_option(line, &mut opening, part),
        }
    }
    opening
}

fn declaration(line: &mut LineContext<'_>, pair: Pair<'_>) -> Declaration {
    let span = line.span(&pair);
    let mut inner = pair.into_inner();
    let label = line.new_name(&inner.next().expect("a declaration has a label"));
    let (mut size, mut wire_name): (Option<Spanned<NonZeroUsize>>, Option<Template>) = (None, None);
    for part in inner {
        match part.as_rule() {
            Rule::size => size = Some(value::positive_size(line, &first(part), LARGEST_GROUP)),
            _ => wire_name = Some(template::quoted(line, part)),
        }
    }
    if let (Some(_), Some(name)) = (&size, &wire_name) {
        let help = "leave `as` out: the users of a group are named after it";
        line.error(name.span, "a group cannot share one name on the server", "one name for several users", help);
    }
    let members = match size {
        None => vec![label.value.clone()],
        Some(size) => (1..=size.value.get()).map(|number| Name::new(&format!("{}{number}", label.value))).collect(),
    };
    Declaration { span, label, size, members, wire_name }
}

fn connection_option(line: &mut LineContext<'_>, opening: &mut Opening, pair: Pair<'_>) {
    let (name, value) = first_two(pair);
    let span = line.span(&value);
    match (name.as_str(), value.as_str()) {
        ("dialect", name) => opening.dialect = Some(Spanned::new(Name::new(name), span)),
        ("encoding", label) => match Charset::for_label(label) {
            Ok(charset) => opening.encoding = Some(Spanned::new(charset, span)),
            Err(error) => line.error(span, &error.to_string(), "expected an encoding such as `gbk`", None),
        },
        (other, _) => {
            let message = format!("unknown option `{other}`");
            line.error(line.span(&name), &message, "expected `encoding`, `dialect` or `tls`", None);
        }
    }
}
