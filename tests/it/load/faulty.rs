//! What a load counts is what the server did: planted bugs are found exactly as often as the server itself counted
//! them, and nothing else is.

use std::net::SocketAddr;
use std::sync::Arc;

use chatctl::diagnostic::source::Source;
use chatctl::lang::parse;
use chatctl::load::engine;
use chatctl::load::figures::Figures;
use chatctl::load::outcome::{LoadVerdict, Outcome};
use chatctl::load::plan::{Overrides, Plan};
use chatctl::load::target::Target;
use chatctl::run::Stop;

use crate::support::fake::chat::{Bug, Chat, Strikes};

/// One speaks to four; the fifth is in no room. 11,960 deliveries, of which the last is none that goes wrong.
const FLOOD: &str = "connect talker[4], stranger
repeat 2990
  talker1> send lobby {{stamp talker}} {{text 20..60}}
end
talker1> ping done
talker1< server: pong done
";

fn play(text: &str, server: SocketAddr, wishes: &Overrides) -> Outcome {
    let script = parse(&Source::new("test.chat", text)).unwrap();
    let plan = Plan::new(&script, wishes).unwrap();
    let target = Target { addresses: vec![server].into(), ..Target::default() };
    engine::run(&Arc::new(script), plan, &target, &Stop::default(), &mut |_| {}).unwrap()
}

/// Lost, duplicated, reordered, misdelivered.
fn wrong(figures: &Figures) -> [u64; 4] {
    [figures.lost, figures.duplicated, figures.reordered, figures.misdelivered]
}

fn check(bug: Bug) -> Outcome {
    let server = Chat::start(bug, Strikes::Rarely);
    let outcome = play(FLOOD, server.addr, &Overrides { users: Some(5), workers: Some(2), ..Overrides::default() });
    let done = server.struck();
    assert!(done >= 20, "{done}");
    let expected = match bug {
        Bug::Lose => [done, 0, 0, 0],
        Bug::Duplicate => [0, done, 0, 0],
        Bug::Swap => [0, 0, done, 0],
        Bug::Leak => [0, 0, 0, done],
        Bug::None | Bug::Slow | Bug::Spurious => [0; 4],
    };
    assert_eq!(wrong(&outcome.figures), expected);
    assert_eq!((outcome.figures.errors, outcome.figures.expected), (0, 11_960), "{:?}", outcome.errors);
    assert_eq!(outcome.verdict(false), LoadVerdict::Missed);
    outcome
}

#[test]
fn losses_are_counted_exactly() {
    let outcome = check(Bug::Lose);
    assert_eq!(outcome.figures.disordered, 0, "who lost something saw no other order");
    assert!(outcome.settled_s >= 4.5, "{} s is too soon to call anything lost", outcome.settled_s);
}

#[test]
fn duplicates_are_counted_exactly() {
    assert_eq!(check(Bug::Duplicate).figures.disordered, 0);
}

#[test]
fn swaps_are_counted_exactly_and_the_room_is_disordered() {
    assert_eq!(check(Bug::Swap).figures.disordered, 1);
}

#[test]
fn leaks_are_counted_exactly() {
    check(Bug::Leak);
}
