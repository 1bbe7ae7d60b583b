//! Which plans there are, and with which sentence the others are refused.

use super::*;
use crate::diagnostic::source::Source;
use crate::lang::parse;
use crate::lang::parse_stages;
use crate::load::BUILT_IN_SCRIPT;

fn script(text: &str) -> Script {
    parse(&Source::new("test", text)).unwrap()
}

fn built_in(overrides: &Overrides) -> Result<Plan, PlanError> {
    Plan::new(&script(BUILT_IN_SCRIPT), overrides)
}

fn users(users: u64) -> Overrides {
    Overrides { users: Some(users), ..Overrides::default() }
}

fn refusal(overrides: &Overrides) -> String {
    built_in(overrides).unwrap_err().to_string()
}

#[test]
fn users_are_rounded_up_to_whole_casts_and_that_is_said() {
    let plan = built_in(&users(210)).unwrap();
    assert_eq!(plan.rounding().as_deref(), Some("210 users: 11 casts of 20 = 220"));
    assert_eq!(built_in(&users(200)).unwrap().rounding(), None);
}

#[test]
fn what_nobody_says_is_the_default() {
    let plan = built_in(&users(20)).unwrap();
    assert_eq!((plan.warmup, plan.end), (DEFAULT_WARMUP, Some(DEFAULT_WARMUP + DEFAULT_DURATION)));
    assert_eq!((&*plan.tempo, plan.rate), (&Tempo::Even(1.0), 20.0));
    assert!(!plan.starts_over);
}

#[test]
fn live_casts_follow_the_stages_rounded_down() {
    let stages = Some(parse_stages("0 -> 50 in 10s, hold 5s, 50 -> 0 in 10s").unwrap());
    let plan = built_in(&Overrides { stages, ..Overrides::default() }).unwrap();
    let casts = [0, 3, 4, 8, 12, 16, 24, 25].map(|second| plan.casts_at(Duration::from_secs(second)));
    assert_eq!(casts, [0, 0, 1, 2, 2, 2, 0, 0]);
    assert_eq!((plan.casts, plan.end), (2, Some(Duration::from_secs(25))));
}

#[test]
fn with_a_rate_of_connects_casts_begin_one_after_another() {
    let plan = built_in(&Overrides { connect_rate: Some(100.0), ..users(200) }).unwrap();
    assert_eq!([0, 1, 2].map(|second| plan.casts_to_begin(Duration::from_secs(second))), [1, 6, 11]);
    assert_eq!(built_in(&users(200)).unwrap().casts_to_begin(Duration::ZERO), u64::MAX);
}

#[test]
fn a_rate_scales_all_intervals() {
    let plan = built_in(&Overrides { rate: Some(100.0.into()), ..users(200) }).unwrap();
    assert_eq!((&*plan.tempo, plan.rate), (&Tempo::Even(2.0), 100.0));
}

#[test]
fn the_command_line_overrides_the_script() {
    let text = "load\n  users 40\n  duration 30s\n  seed 7\n  fail if lost > 5\nend\n";
    let script = script(&format!("{text}{BUILT_IN_SCRIPT}"));
    let plan = Plan::new(&script, &Overrides { duration: Some(Duration::from_secs(1)), ..users(20) }).unwrap();
    assert_eq!((plan.casts, plan.seed), (1, 7));
    assert_eq!(plan.end, Some(Duration::from_secs(3)));
    let lost = plan.thresholds.iter().filter(|threshold| threshold::text(threshold).starts_with("lost")).count();
    assert_eq!(lost, 1, "it replaces the default");
    let stages = Some(parse_stages("0 -> 20 in 5s").unwrap());
    let both = Overrides { stages: stages.clone(), duration: Some(Duration::from_secs(1)), ..Overrides::default() };
    assert_eq!(Plan::new(&script, &both).unwrap_err(), PlanError::DurationWithStages);
    let plan = Plan::new(&script, &Overrides { stages, ..Overrides::default() }).unwrap();
    assert_eq!(plan.end, Some(Duration::from_secs(5)), "stages replace the script's duration");
}

#[test]
fn a_script_without_a_schedule_plays_once_or_for_a_duration() {
    let script = script("connect a\na> ping\na< server: pong\n");
    let once = Plan::new(&script, &users(5)).unwrap();
    assert_eq!((once.end, once.starts_over, once.warmup), (None, false, Duration::ZERO));
    let long = Plan::new(&script, &Overrides { duration: Some(Duration::from_secs(3)), ..users(5) }).unwrap();
    assert!(long.starts_over);
}

#[test]
fn impossible_plans_are_refused_with_a_sentence() {
    let stages = || Some(parse_stages("0 -> 20 in 1s").unwrap());
    let second = Some(Duration::from_secs(1));
    let refusals = [
        refusal(&users(0)),
        refusal(&users(u64::MAX)),
        refusal(&Overrides::default()),
        refusal(&Overrides { stages: stages(), ..users(20) }),
        refusal(&Overrides { stages: stages(), duration: second, ..Overrides::default() }),
        refusal(&Overrides { stages: stages(), ..Overrides::default() }),
        refusal(&Overrides { duration: Some(Duration::from_secs(u64::MAX)), ..users(20) }),
        refusal(&Overrides { rate: Some(1e12.into()), ..users(20) }),
        refusal(&users(4_000_020)),
        Plan::new(&script("title nobody\n"), &users(1)).unwrap_err().to_string(),
        Plan::new(&script("connect a\n"), &Overrides { rate: Some(1.0.into()), ..users(1) }).unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(refusals.join("\n"), @r"
    the number of users must be at least 1, found 0
    the number of users must be at most 10000000, found 18446744073709551615
    no number of users: pass --users or --stages, or set it in the script's `load` block
    users and stages exclude each other: stages give the number of users over time
    a duration and stages exclude each other: stages give the length of the load
    the warm-up of 2s leaves nothing of the load, which lasts 1s; shorten it with --warmup
    a load can last a year at most
    a rate of 1000000000000/s is out of reach: all intervals would be multiplied by 2e-11
    200001 casts of 20 users have 80000400 pairs of a sender and a recipient, and more than 4000000 cannot be counted; use fewer users in a cast
    the script connects no users, so there is nothing to run
    a rate needs something to scale: a message with {{stamp}} inside an `every`
    ");
}

#[test]
fn pairs_do_not_matter_where_nothing_is_stamped() {
    assert!(Plan::new(&script("connect a[3000]\n"), &users(6000)).is_ok());
    let text = "connect a[2001]\na1> send room x {{stamp}}\n";
    assert!(matches!(Plan::new(&script(text), &users(1)), Err(PlanError::TooManyPairs { pairs: 4_004_001, .. })));
}
