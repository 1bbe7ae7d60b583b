//! Files that users send and fetch: `upload` and `download`.

use super::context::{LineContext, first, first_two};
use super::grammar::{Pair, Rule};
use super::vocabulary::is_reserved;
use super::{template, users};
use crate::lang::ast::{
    Act, Download, Part, PartKind, Recipient, StatementKind, Template, Upload, UploadContent, Users,
};

/// `alice upload "x.bin" to lobby`
pub(super) fn upload(line: &mut LineContext<'_>, pair: Pair<'_>) -> StatementKind {
    let mut inner = pair.into_inner();
    let (users, content) = inner.next().zip(inner.next()).expect("`upload` has users and a content");
    let to = inner.nth(1).expect("`upload` has a recipient, behind its `to`");
    let users = users::read(line, users);
    let content = match content.as_rule() {
        Rule::made_up => {
            let (size, name) = first_two(content);
            UploadContent::MadeUp { size: amount(line, &size), name: name_in_quotes(line, name) }
        }
        _ => UploadContent::File(name_in_quotes(line, content)),
    };
    StatementKind::By { users, act: Act::Upload(Box::new(Upload { content, to: recipient(line, to) })) }
}

/// `bob download {{id}} as "x.bin"`
pub(super) fn download(line: &mut LineContext<'_>, pair: Pair<'_>) -> StatementKind {
    let mut inner = pair.into_inner();
    let (users, id) = inner.next().zip(inner.next()).expect("`download` has users and an id");
    let users = users::read(line, users);
    let id = template::read(line, id);
    let same_as = inner.next().map(|path| name_in_quotes(line, path));
    StatementKind::By { users, act: Act::Download(Download { id, same_as }) }
}

fn recipient(line: &mut LineContext<'_>, pair: Pair<'_>) -> Recipient {
    if pair.as_rule() != Rule::to_users {
        return Recipient { room: template::read(line, pair), users: None };
    }
    let span = line.span(&pair);
    let kind = PartKind::Literal(pair.as_str().to_owned());
    let users = people(line, first(pair));
    // Several names are no room.
    let is_one = users.as_ref().is_none_or(|users| users.mentions.len() == 1);
    let parts = if is_one { vec![Part { span, kind }] } else { Vec::new() };
    Recipient { room: Template { span, parts }, users }
}

/// The users, if it can be them that are named.
fn people(line: &mut LineContext<'_>, pair: Pair<'_>) -> Option<Users> {
    let is_room = is_reserved(pair.as_str()) && !matches!(pair.as_str(), "me" | "all");
    (!is_room).then(|| users::read(line, pair))
}

fn name_in_quotes(line: &mut LineContext<'_>, pair: Pair<'_>) -> Template {
    let name = template::quoted(line, pair);
    if name.parts.is_empty() {
        line.error(name.span, "a file needs a name", "expected a text", None);
    }
    name
}

/// `64KiB`: a number of bytes.
fn amount(line: &mut LineContext<'_>, pair: &Pair<'_>) -> u64 {
    let text = pair.as_str();
    let unit = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let bytes: u64 = match unit {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => 1,
    };
    let number = text[..text.len() - unit.len()].parse::<u64>().ok();
    number.and_then(|number| number.checked_mul(bytes)).unwrap_or_else(|| {
        line.error(line.span(pair), "this is too large", "expected fewer bytes", None);
        0
    })
}
