//! Answers of a server as lines for people and shells: a thing a line, and what there is to say of it, with blanks between.

use std::fmt::Write;

use chatctl::server::admin::{AdminAnswer, AdminRoom, ConnectionEntry};

/// The answer, each line with its newline.
pub(super) fn lines(answer: &AdminAnswer) -> String {
    let mut out = String::new();
    match answer {
        AdminAnswer::Stats { stats } => {
            stats.iter().for_each(|(name, value)| line(&mut out, format_args!("{name} {value}")));
        }
        AdminAnswer::Who { connections } => connections.iter().for_each(|connection| who(&mut out, connection)),
        AdminAnswer::Rooms { rooms } => rooms.iter().for_each(|entry| room(&mut out, entry)),
        AdminAnswer::Done { detail, .. } | AdminAnswer::Refused { code: _, detail } => {
            line(&mut out, format_args!("{detail}"));
        }
    }
    out
}

/// `alice 192.0.2.7:50112 text tls operator queued 0`
fn who(out: &mut String, connection: &ConnectionEntry) {
    let ConnectionEntry { user, operator, peer, dialect, secure, queued_bytes } = connection;
    let user = user.as_deref().unwrap_or("-");
    let secure = if *secure && peer != "control" { " tls" } else { "" };
    let operator = if *operator { " operator" } else { "" };
    line(out, format_args!("{user} {peer} {dialect}{secure}{operator} queued {queued_bytes}"));
}

/// `lobby open members 3 owner alice last #44`
fn room(out: &mut String, entry: &AdminRoom) {
    let AdminRoom { room, members, private, owner, last } = entry;
    let access = if *private { "private" } else { "open" };
    let owner = owner.as_deref().unwrap_or("-");
    line(out, format_args!("{room} {access} members {members} owner {owner} last #{last}"));
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("writing to a text does not fail");
}
