//! `chatctl serve --data DIR`: what survives, what is promised of it, and what happens when the disk does not play along.

mod damage;
mod kill;
mod restart;
mod slow;
pub(crate) mod trouble;
mod upkeep;

use std::path::Path;

use crate::support::{Client, Process};

fn serve(dir: &Path) -> Process {
    Process::serve(&["--data", dir.to_str().unwrap(), "--message-rate", "0"])
}

/// The lines of a room, without their times, of which the newest 1,000 are asked for.
fn history(reader: &mut Client, room: &str) -> Vec<String> {
    reader.say(&format!("history room {room} 1000"));
    reader.say("ping history");
    let mut lines = reader.lines_until("server: pong history");
    lines.pop();
    lines.iter().map(|line| without_time(line)).collect()
}

/// `history: #1 2026-11-25T17:30:02Z lobby/bob: hi` as `#1 lobby/bob: hi`.
fn without_time(line: &str) -> String {
    match line.strip_prefix("history: ").and_then(|rest| rest.split_once(' ')) {
        Some((number, rest)) => format!("{number} {}", rest.split_once(' ').map_or("", |(_, line)| line)),
        None => line.to_owned(),
    }
}
