//! Servers with a planted bug: each is caught, by expectations and by stamps; a correct but slow one passes.

use chatctl::delivery::finding::FindingKind;
use chatctl::diagnostic::Color;
use chatctl::run::RunOptions;
use chatctl::run::outcome::{FileOutcome, Problem, TestVerdict};
use chatctl::run::report::failure_text;

use crate::support::fake::chat::{Bug, Chat, Strikes};
use crate::support::player;

const EXPECTING: &str = "set timeout 500ms
connect alice, bob, carol, dave
alice> send room lobby one
alice, bob, carol< lobby/alice: one
alice> send room lobby two
alice, bob, carol< lobby/alice: two
";

/// Both lines are under way before either is expected: the order in which they come is the server's.
const TOGETHER: &str = "set timeout 500ms
connect alice, bob, carol, dave
alice> send room lobby one
alice> send room lobby two
alice, bob, carol< lobby/alice: one
alice, bob, carol< lobby/alice: two
";

/// Nobody waits for anything before the fence: the leaked line races with the pongs.
const LISTENING: &str = "set leftovers allow
connect alice, bob, carol, dave
alice> send room lobby one
dave is silent
";

const STAMPED: &str = "connect alice, bob, carol, dave
alice> send room lobby {{stamp alice, bob, carol}}
alice> send room lobby {{stamp alice, bob, carol}}
";

fn play(text: &str, bug: Bug, repeat: u32) -> FileOutcome {
    player::play(text, Chat::start(bug, Strikes::Bob).addr, RunOptions { repeat, ..RunOptions::default() })
}

/// What the failures of a run say, or nothing if it passed.
fn complaints(text: &str, bug: Bug) -> String {
    let outcome = play(text, bug, 1);
    outcome.failures().map(|failure| failure_text(&outcome, failure, Color::Plain)).collect()
}

fn findings(bug: Bug) -> Vec<FindingKind> {
    let outcome = play(STAMPED, bug, 1);
    let problems = outcome.failures().map(|failure| &failure.problem);
    let found = problems.filter_map(|problem| match problem {
        Problem::Stamps { findings, .. } => Some(findings.iter().map(|finding| finding.kind)),
        _ => None,
    });
    found.flatten().collect()
}

#[test]
fn a_correct_server_passes_and_so_does_a_slow_one() {
    for script in [EXPECTING, TOGETHER, STAMPED] {
        assert_eq!(complaints(script, Bug::None), "");
        assert_eq!(complaints(script, Bug::Slow), "");
    }
}

#[test]
fn a_duplicate_is_caught() {
    assert!(complaints(EXPECTING, Bug::Duplicate).contains("bob received a different line"));
    assert_eq!(findings(Bug::Duplicate), [FindingKind::Duplicated; 2]);
}

#[test]
fn swapped_lines_are_caught() {
    assert!(complaints(TOGETHER, Bug::Swap).contains("help: `bob<.. ` skips 1 line before it"));
    assert_eq!(findings(Bug::Swap), [FindingKind::Reordered]);
}

#[test]
fn a_lost_line_is_caught() {
    let complaints = complaints(EXPECTING, Bug::Lose);
    assert!(complaints.contains("bob did not receive the line"), "{complaints}");
    assert!(complaints.contains("carol received exactly this line"), "{complaints}");
    assert_eq!(findings(Bug::Lose), [FindingKind::Lost]);
}

#[test]
fn a_spurious_line_is_caught() {
    assert!(complaints(EXPECTING, Bug::Spurious).contains("received  `lobby/ghost: boo`"));
}

#[test]
fn a_leak_to_a_stranger_is_caught_in_each_of_a_thousand_runs() {
    assert_eq!(complaints(LISTENING, Bug::None), "");
    assert!(complaints(EXPECTING, Bug::Leak).contains("2 lines left unread by dave"));
    let outcome = play(LISTENING, Bug::Leak, 1_000);
    let missed = outcome.tests.iter().filter(|test| !matches!(test.verdict, TestVerdict::Failed(_))).count();
    assert_eq!((outcome.tests.len(), missed), (1_000, 0));
    assert_eq!(findings(Bug::Leak), [FindingKind::Misdelivered; 2]);
}
