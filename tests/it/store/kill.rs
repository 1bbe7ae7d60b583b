//! The promise: whatever a member saw is in the history after the server was killed, in the same order, under the same
//! number. Checked by what the members themselves have read from their sockets.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::serve;
use crate::support::{Client, Process};

const ROOMS: usize = 4;
const MEMBERS: usize = 6;
/// Everything is read after each kill, so a store that has seen many would take ever longer.
const KILLS_OF_ONE_STORE: usize = 10;

/// How often the server is killed: 5 times, or as often as this variable says.
fn kills() -> usize {
    std::env::var("CHATCTL_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(5)
}

/// What one member saw of its room, from its own arrival on.
struct Seen {
    room: usize,
    lines: Vec<String>,
}

/// Talks in bursts and reads until the connection breaks.
fn member(mut client: Client, room: usize, name: &str, burst: usize) -> Seen {
    let mut lines = Vec::new();
    let mut says = |text: String, last: &str, lines: &mut Vec<String>| {
        client.try_send(text.as_bytes()).is_ok() && reads_until(&mut client, last, lines)
    };
    let joined = format!("room{room}/server: {name} joined");
    let mut before = Vec::new();
    let mut is_alive = says(format!("set numbers on\njoin room room{room}\n"), &joined, &mut before);
    lines.extend(before.pop().filter(|_| is_alive));
    let mut said = 0;
    while is_alive {
        let numbers = said + 1..=said + burst;
        said += burst;
        let text = numbers.map(|number| format!("send room{room} {name} says {number}\n")).collect();
        is_alive = says(text, &format!("room{room}/{name}: {name} says {said}"), &mut lines);
    }
    Seen { room, lines }
}

/// `#44 LINE` as `LINE`.
fn unnumbered(line: &str) -> &str {
    line.strip_prefix('#').and_then(|rest| rest.split_once(' ')).map_or(line, |(_, line)| line)
}

/// Reads lines up to this one, whatever its number; false if the connection ended before.
fn reads_until(client: &mut Client, last: &str, lines: &mut Vec<String>) -> bool {
    while let Ok(bytes) = client.next_bytes() {
        // A line that was cut off by the end was not seen.
        let Some(line) = bytes.strip_suffix(b"\n") else { return false };
        lines.push(String::from_utf8(line.to_vec()).unwrap());
        if lines.last().is_some_and(|line| unnumbered(line) == last) {
            return true;
        }
    }
    false
}

/// One life of a server: members talk until it is killed.
fn live_and_die(dir: &Path, round: usize) -> Vec<Seen> {
    let server = serve(dir);
    let mut owner = server.user(&format!("owner{round}"));
    for room in 0..ROOMS {
        owner.say(&format!("create room room{room}"));
        owner.line();
    }
    let members: Vec<_> = (0..ROOMS * MEMBERS)
        .map(|index| {
            let name = format!("m{round}_{index}");
            let client = server.user(&name);
            thread::spawn(move || member(client, index % ROOMS, &name, [1, 8, 64][index % 3]))
        })
        .collect();
    // When it dies is up to the machine: anything from the first arrivals to a server under full load.
    let until = Instant::now() + Duration::from_millis(300 + 137 * (round as u64 * 7 % 6));
    while Instant::now() < until && owner.next_bytes().is_ok_and(|bytes| !bytes.is_empty()) {}
    server.signal("KILL");
    server.wait();
    members.into_iter().map(|member| member.join().unwrap()).collect()
}

/// All that is kept of a room: `history: #NUMBER TIME LINE`.
fn kept(reader: &mut Client, room: usize) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        reader.say(&format!("history room{room} after #{} 1000", all.len()));
        reader.say("ping page");
        let mut page = reader.lines_until("server: pong page");
        page.truncate(page.len() - 2);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

fn kept_of_all(server: &Process, round: usize) -> Vec<Vec<String>> {
    let mut reader = server.user(&format!("reader{round}"));
    (0..ROOMS)
        .map(|room| {
            reader.say(&format!("create room room{room}"));
            reader.line();
            kept(&mut reader, room)
        })
        .collect()
}

#[test]
fn whatever_a_member_saw_is_kept_when_the_server_is_killed_under_load() {
    let mut left = kills();
    while left > 0 {
        let rounds = left.min(KILLS_OF_ONE_STORE);
        a_store_survives(rounds);
        left -= rounds;
    }
}

/// Kills servers of one store, and reads all of it after each.
fn a_store_survives(rounds: usize) {
    let dir = tempfile::tempdir().unwrap();
    let mut known: Vec<Vec<String>> = vec![Vec::new(); ROOMS];
    let mut total = 0;
    for round in 0..rounds {
        let seen = live_and_die(dir.path(), round);
        let server = serve(dir.path());
        let kept = kept_of_all(&server, round);
        server.stop();
        for (room, lines) in kept.iter().enumerate() {
            assert_eq!(lines[..known[room].len()], known[room], "what was kept before stays as it is, with its time");
            let times: Vec<&str> = lines.iter().map(|line| line.split(' ').nth(2).unwrap()).collect();
            assert!(times.is_sorted(), "no line of room{room} is older than the one before");
        }
        let timeless = |lines: &Vec<String>| lines.iter().map(|line| super::without_time(line)).collect();
        let without_times: Vec<Vec<String>> = kept.iter().map(timeless).collect();
        for (room, lines) in without_times.iter().enumerate() {
            let numbered = lines.iter().enumerate().all(|(index, line)| line.starts_with(&format!("#{} ", index + 1)));
            assert!(numbered, "no number of room{room} is left out or comes twice");
        }
        let places: Vec<BTreeMap<&str, usize>> = without_times.iter().map(|lines| places(lines)).collect();
        for Seen { room, lines } in &seen {
            total += lines.len();
            let Some(joined) = lines.first() else { continue };
            let first = places[*room].get(joined.as_str()).unwrap_or_else(|| panic!("{joined:?} is not kept"));
            let run = without_times[*room][*first..].iter().take(lines.len());
            let differing = run.zip(lines).position(|(kept, seen)| kept != seen);
            assert_eq!(
                differing, None,
                "round {round}: what was seen is kept in the same order, numbered alike, without a gap"
            );
            assert!(first + lines.len() <= kept[*room].len(), "round {round}: all that was seen is kept");
        }
        known = kept;
    }
    assert!(total > 200 * rounds, "{total} lines were seen");
}

/// Where each line with its number stands.
fn places(lines: &[String]) -> BTreeMap<&str, usize> {
    lines.iter().enumerate().map(|(index, line)| (line.as_str(), index)).collect()
}
