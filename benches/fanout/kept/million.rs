//! A million messages pass: the memory of the server meanwhile, and pages and searches in a million lines of words.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::servers;
use super::talk::{ROOMS, Talker, character, word};
use crate::contestant::Contestant;
use crate::crowd::Crowd;
use crate::drive::drive;
use crate::goal::Goal;
use crate::report::say;
use crate::shape::{Pace, Shape};

const SHAPE: Shape = Shape { name: "million", rooms: 20, members: 10, pace: Pace::InFlight(8) };

/// What is asked, by its number.
type Question<'a> = Box<dyn Fn(u32) -> String + 'a>;

/// Questions of each kind.
const QUESTIONS: u32 = 100;

/// How much memory may have grown from the first tenth of the messages to the last: a tenth.
const GROWTH: f64 = 1.1;

pub(super) fn measure(messages: u64) -> anyhow::Result<Vec<Goal>> {
    let mut goals = vec![memory(messages)?];
    goals.extend(questions(messages)?);
    Ok(goals)
}

/// Memory after each tenth of the messages.
fn memory(messages: u64) -> anyhow::Result<Goal> {
    say(format_args!("\nmillion: {messages} messages in 20 rooms of 10, 8 in flight in each"));
    let server = Contestant::Kept.start(&SHAPE).map_err(anyhow::Error::msg)?;
    let mut crowd = Crowd::gather(Contestant::Kept, server.addr, &SHAPE.sizes())?;
    let (mut passed, mut seconds, mut memory) = (0, 0.0, Vec::new());
    while passed < messages {
        let figures = drive(&mut crowd, &server, SHAPE.pace, Duration::from_secs(1))?;
        passed += figures.deliveries / SHAPE.members as u64;
        seconds += figures.elapsed.as_secs_f64();
        if passed * 10 >= messages * (memory.len() as u64 + 1) {
            memory.push(server.memory()? as f64 / 1e6);
        }
    }
    let list: Vec<String> = memory.iter().map(|bytes| format!("{bytes:.1}")).collect();
    let rate = passed as f64 / seconds;
    say(format_args!("  {rate:.0} messages/s; MB after each tenth: {}", list.join(" ")));
    let grown = memory.last().copied().unwrap_or(f64::NAN) / memory.first().copied().unwrap_or(f64::NAN);
    Ok(Goal::new("memory after all messages, of that after a tenth", grown, GROWTH, "times"))
}

/// How long answers take when a million lines are kept.
fn questions(lines: u64) -> anyhow::Result<Vec<Goal>> {
    say(format_args!("\nquestions: {lines} lines of words in {ROOMS} rooms; ms, p50 and p99 of {QUESTIONS}"));
    let server = servers::chatctl(&["--message-rate", "0"])?;
    let mut talker = Talker::enter(server.addr, "talker")?;
    talker.open_rooms()?;
    let begun = Instant::now();
    talker.fill(lines)?;
    say(format_args!("  filled by one user in {:.1} s", begun.elapsed().as_secs_f64()));
    // What is not indexed yet would be scanned.
    super::burst::until_indexed(&server.folder().expect("it has a folder").join("data"))?;
    let room = |number: u32| format!("words{:02}", number as usize % ROOMS);
    let early = lines / ROOMS as u64 / 2;
    let kinds: [(&str, Question<'_>, f64); 8] = [
        ("50 latest lines of history", Box::new(|n| format!("history room {} 50", room(n))), 1.0),
        (
            "50 lines of history before a number",
            Box::new(|n| format!("history room {} before #{early} 50", room(n))),
            1.0,
        ),
        ("search in a room, frequent word", Box::new(|n| format!("search in {} {}", room(n), word(20 + n % 50))), 10.0),
        ("search in a room, rare word", Box::new(|n| format!("search in {} {}", room(n), word(15_000 + n))), 10.0),
        ("search in 100 rooms, frequent word", Box::new(|n| format!("search {}", word(20 + n % 50))), 80.0),
        ("search in 100 rooms, rare word", Box::new(|n| format!("search {}", word(15_000 + n))), 80.0),
        (
            "search in 100 rooms, two characters",
            Box::new(|n| format!("search {}{}", character(1 + n % 20), character(5 + n % 20))),
            80.0,
        ),
        ("search in 100 rooms, one character", Box::new(|n| format!("search {}", character(1000 + n))), 80.0),
    ];
    kinds.into_iter().map(|(what, question, at_most)| time(&mut talker, what, &question, at_most)).collect()
}

fn time(talker: &mut Talker, what: &str, question: &dyn Fn(u32) -> String, at_most: f64) -> anyhow::Result<Goal> {
    let (mut took, mut found) = (Histogram::<u64>::new(3)?, 0);
    for number in 0..QUESTIONS {
        let begun = Instant::now();
        found += talker.ask(&question(number))?.len() - 1;
        took.record(u64::try_from(begun.elapsed().as_nanos())?)?;
    }
    let [p50, p99] = [0.5, 0.99].map(|quantile| took.value_at_quantile(quantile) as f64 / 1e6);
    say(format_args!(
        "  {what:<40} {p50:>8.3} {p99:>8.3}, {:>5.1} lines each",
        f64::from(found as u32) / f64::from(QUESTIONS)
    ));
    Ok(Goal::new(format!("{what}, p99"), p99, at_most, "ms"))
}
