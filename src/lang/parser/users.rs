//! The users of a statement as they are written. Who they are is for the checks to settle.

use super::context::{LineContext, first};
use super::grammar::{Pair, Rule};
use super::vocabulary::is_reserved;
use crate::lang::ast::{Me, Mention, MentionKind, Name, Users};

/// Reads a match of the rule `users`.
pub(super) fn read(line: &mut LineContext<'_>, pair: Pair<'_>) -> Users {
    let span = line.span(&pair);
    let mentions = pair.into_inner().map(|pair| mention(line, pair)).collect();
    Users { span, mentions, resolved: Vec::new(), me: Me::Unmentioned }
}

fn mention(line: &mut LineContext<'_>, pair: Pair<'_>) -> Mention {
    let span = line.span(&pair);
    let kind = match pair.as_rule() {
        Rule::all => MentionKind::All { except: Vec::new() },
        Rule::all_except => {
            MentionKind::All { except: pair.into_inner().map(|excepted| mention(line, excepted)).collect() }
        }
        _ => named(line, &first(pair)),
    };
    Mention { span, kind }
}

fn named(line: &mut LineContext<'_>, pair: &Pair<'_>) -> MentionKind {
    let word = pair.as_str();
    if word == "me" {
        return MentionKind::Me;
    }
    if word == "all" {
        let help = "write `all` alone, or as `all except bob, carol`";
        line.error(line.span(pair), "`all` cannot be combined with other users", "expected a user", help);
    } else if is_reserved(word) {
        let message = format!("`{word}` is a word of the language");
        line.error(line.span(pair), &message, "expected a user", None);
    }
    MentionKind::Name(Name::new(word))
}
