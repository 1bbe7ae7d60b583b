//! Loads of a server in trouble: frozen, gone in the middle, with readers that stall; users that come, leave and come
//! back.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use chatctl::diagnostic::Color;
use chatctl::diagnostic::source::Source;
use chatctl::lang::parse;
use chatctl::lang::parse_duration;
use chatctl::lang::parse_stages;
use chatctl::load::BUILT_IN_SCRIPT;
use chatctl::load::engine;
use chatctl::load::outcome::{LoadVerdict, Outcome};
use chatctl::load::plan::{Overrides, Plan};
use chatctl::load::report::screen;
use chatctl::load::sample::Sample;
use chatctl::load::target::Target;
use chatctl::run::Stop;

use crate::support::{Process, Server};

/// Who waits for an answer before the next turn.
const WAITING: &str = "connect alice
every 10ms
  alice> ping
  alice< server: pong
end
";

fn wishes(users: u64, warmup: &str, duration: &str) -> Overrides {
    Overrides {
        users: Some(users),
        warmup: parse_duration(warmup).ok(),
        duration: parse_duration(duration).ok(),
        workers: Some(2),
        ..Overrides::default()
    }
}

fn play(text: &str, server: SocketAddr, wishes: &Overrides, watch: &mut dyn FnMut(&Sample)) -> Outcome {
    let script = parse(&Source::new("test.chat", text)).unwrap();
    let plan = Plan::new(&script, wishes).unwrap();
    let target = Target { addresses: vec![server].into(), ..Target::default() };
    engine::run(&Arc::new(script), plan, &target, &Stop::default(), watch).unwrap()
}

#[test]
fn a_server_that_holds_its_clients_back_is_told_beside_the_figures() {
    let throttling = Process::serve(&["--message-rate", "20", "--message-burst", "20"]);
    let outcome = play(WAITING, throttling.addr, &wishes(2, "0s", "3s"), &mut |_| {});
    let waited = outcome.throttled_s.unwrap();
    assert!(waited > 1.0, "{waited}");
    let screen = screen(&outcome, false, Color::Plain);
    assert!(screen.contains("the server held its clients back for"), "{screen}");
    let open = Process::serve(&["--message-rate", "0"]);
    let outcome = play(WAITING, open.addr, &wishes(2, "0s", "1s"), &mut |_| {});
    assert_eq!(outcome.throttled_s, Some(0.0));
}

/// Plays while the server is frozen for 1.4 s, once.
fn play_frozen(text: &str, users: u64) -> Outcome {
    let server = Process::serve(&["--message-rate", "0"]);
    let mut freezing = None;
    let outcome = play(text, server.addr, &wishes(users, "500ms", "5s"), &mut |glance| {
        if glance.at >= 2.0 && freezing.is_none() {
            let freeze = format!("kill -STOP {0} && sleep 1.4 && kill -CONT {0}", server.id());
            freezing = Some(Command::new("sh").args(["-c", &freeze]).spawn().unwrap());
        }
    });
    assert!(freezing.unwrap().wait().unwrap().success());
    outcome
}

#[test]
fn a_frozen_server_shows_in_the_scheduled_times_of_who_waits_and_not_in_the_others() {
    let figures = play_frozen(WAITING, 1).figures;
    let (written, scheduled) = (figures.written.round.p90.unwrap(), figures.scheduled.round.p99.unwrap());
    assert!(scheduled > 1000.0, "{scheduled} ms");
    // One round of five hundred was slow, counted from the write; from the intended start it was every fifth.
    assert!(scheduled > 50.0 * written, "{scheduled} ms against {written} ms");
    assert_eq!((figures.errors, figures.unsent), (0, 0));
}

#[test]
fn a_frozen_server_shows_in_what_is_only_sent() {
    let figures = play_frozen(BUILT_IN_SCRIPT, 20).figures;
    assert!(
        figures.written.delivery.max.unwrap() > 1000.0 && figures.scheduled.delivery.p90.unwrap() > 50.0,
        "{figures:?}"
    );
    assert_eq!((figures.lost, figures.errors), (0, 0));
}

#[test]
fn a_server_that_dies_in_the_middle_ends_the_load_and_is_reported_by_kind() {
    let mut server = Some(Process::serve(&["--message-rate", "0"]));
    let address = server.as_ref().unwrap().addr;
    let outcome = play(BUILT_IN_SCRIPT, address, &wishes(40, "100ms", "1h"), &mut |glance| {
        if glance.users == 40 {
            server.take();
        }
    });
    assert_eq!(outcome.verdict(false), LoadVerdict::NoConnection);
    assert!(outcome.plan.duration_s < 60.0);
    let kinds: Vec<&str> = outcome.errors.iter().map(|error| error.kind.as_str()).collect();
    assert!(kinds.iter().all(|kind| ["reset", "closed by the server"].contains(kind)), "{kinds:?}");
    assert_eq!(outcome.figures.lost, 0, "nobody can deliver to a connection that is gone");
}

#[test]
fn a_server_that_shuts_down_ends_the_load() {
    let mut server = Server::embedded();
    let outcome = play(BUILT_IN_SCRIPT, server.addr, &wishes(20, "100ms", "1h"), &mut |glance| {
        if glance.users == 20 {
            server.begin_to_stop();
        }
    });
    assert_eq!(outcome.verdict(false), LoadVerdict::NoConnection, "{:?}", outcome.errors);
}

#[test]
fn casts_come_and_go_with_the_stages_and_nothing_is_lost() {
    let server = Server::embedded();
    let stages = parse_stages("0 -> 60 in 1s, hold 1s, 60 -> 20 in 500ms, hold 1s").ok();
    let wishes = Overrides { stages, warmup: parse_duration("100ms").ok(), workers: Some(2), ..Overrides::default() };
    let mut most = 0;
    let outcome = play(BUILT_IN_SCRIPT, server.addr, &wishes, &mut |glance| most = most.max(glance.users));
    assert_eq!(outcome.verdict(false), LoadVerdict::Passed, "{outcome:?}");
    assert_eq!((outcome.figures.casts, outcome.figures.connected, most), (3, 60, 60));
}

#[test]
fn casts_that_leave_and_come_back_are_no_failure() {
    let server = Server::embedded();
    let wishes = Overrides { churn: Some(10.0), ..wishes(40, "100ms", "2s") };
    let outcome = play(BUILT_IN_SCRIPT, server.addr, &wishes, &mut |_| {});
    assert_eq!(outcome.verdict(false), LoadVerdict::Passed, "{outcome:?}");
    assert!(outcome.figures.casts >= 6 && outcome.figures.connected > 80, "{outcome:?}");
}

#[test]
fn users_that_stop_reading_harm_nobody_else() {
    let server = Server::embedded();
    let wishes = Overrides { stall: Some(0.1), rate: Some(400.0.into()), ..wishes(40, "300ms", "1500ms") };
    let outcome = play(BUILT_IN_SCRIPT, server.addr, &wishes, &mut |_| {});
    assert_eq!(outcome.verdict(false), LoadVerdict::Passed, "{outcome:?}");
    assert!(outcome.plan.faults[0].starts_with("4 users (10%)"), "{:?}", outcome.plan.faults);
}

#[test]
fn who_writes_byte_by_byte_is_understood() {
    let server = Server::embedded();
    let wishes = Overrides { chunk: std::num::NonZeroUsize::new(1), ..wishes(20, "300ms", "1s") };
    let outcome = play(BUILT_IN_SCRIPT, server.addr, &wishes, &mut |_| {});
    assert_eq!(outcome.verdict(false), LoadVerdict::Passed, "{outcome:?}");
}

#[test]
fn a_script_without_a_schedule_starts_over_while_the_duration_lasts() {
    let server = Server::embedded();
    let text = "connect a\na> ping x\na< server: pong x\n";
    let outcome = play(text, server.addr, &wishes(3, "0s", "1s"), &mut |_| {});
    assert_eq!(outcome.verdict(false), LoadVerdict::Passed, "{outcome:?}");
    let (casts, rounds) = (outcome.figures.casts, outcome.figures.written.round.count);
    // The end may come to the last one of each of the three before it has connected.
    assert!(casts > 3 && (casts - 3..=casts).contains(&rounds), "{outcome:?}");
}

#[test]
fn users_connect_from_several_addresses() {
    let server = Server::embedded();
    let script = parse(&Source::new("test.chat", "connect a\n")).unwrap();
    let plan = Plan::new(&script, &Overrides { users: Some(20), ..Overrides::default() }).unwrap();
    let source_ips = (1..=8).map(|last| [127, 0, 0, last].into()).collect();
    let target = Target { addresses: vec![server.addr].into(), source_ips, ..Target::default() };
    let outcome = engine::run(&Arc::new(script), plan, &target, &Stop::default(), &mut |_| {}).unwrap();
    assert_eq!(outcome.figures.connected, 20);
}

#[test]
fn the_servers_process_is_looked_at() {
    let server = Process::serve(&["--message-rate", "0"]);
    let script = Arc::new(parse(&Source::new("test.chat", BUILT_IN_SCRIPT)).unwrap());
    let plan = Plan::new(&script, &wishes(20, "100ms", "1500ms")).unwrap();
    let target = Target { addresses: vec![server.addr].into(), server_pid: Some(server.id()), ..Target::default() };
    let outcome = engine::run(&script, plan, &target, &Stop::default(), &mut |_| {}).unwrap();
    let seen = outcome.server.unwrap();
    assert!(seen.memory > 1 << 20 && seen.descriptors >= 20, "{seen:?}");
}
