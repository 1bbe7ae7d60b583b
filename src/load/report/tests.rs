//! What people see of a load, whole.

use std::collections::BTreeMap;

use super::{compare, read, screen, write_html, write_json};
use crate::delivery::counts::Undelivered;
use crate::diagnostic::Color;
use crate::lang::ast::Latency;
use crate::load::failure_kind::FailureKind;
use crate::load::figures::{Figures, LabelFigures, LatencyFigures, Quantiles, ScheduledLabelFigures};
use crate::load::outcome::{
    FailureGroup, GeneratorHealth, Judgement, LoadProvenance, Outcome, PlanSummary, SCHEMA, ServerUsage,
};
use crate::load::sample::Sample;

fn quantiles(count: u64, p50: f64) -> Quantiles {
    let at = |factor| Some(p50 * factor);
    Quantiles {
        count,
        mean: at(1.3),
        p50: Some(p50),
        p90: at(2.0),
        p95: at(4.0),
        p99: at(9.5),
        p999: at(40.0),
        max: at(110.0),
    }
}

fn threshold(fail_if: &str, value: Option<&str>, kept: bool) -> Judgement {
    Judgement { fail_if: fail_if.to_owned(), value: value.map(str::to_owned), kept }
}

fn sample(at: f64, users: u64, p50: Option<f64>) -> Sample {
    let of = |factor: f64| p50.map(|p50| p50 * factor);
    Sample {
        at,
        users,
        sent: 200.0,
        delivered: 4000.0,
        errors: 0,
        p50,
        p90: of(2.0),
        p99: of(9.0),
        max: of(20.0),
        cpu: 0.1,
    }
}

/// A load in which something of everything has happened.
fn outcome() -> Outcome {
    let figures = Figures {
        written: LatencyFigures {
            connect: quantiles(220, 1.2),
            delivery: quantiles(40_240, 0.31),
            fanout: quantiles(2_012, 0.42),
            round: Quantiles::default(),
            ..LatencyFigures::default()
        },
        scheduled: LatencyFigures {
            connect: quantiles(220, 1.2),
            delivery: quantiles(40_240, 0.9),
            fanout: quantiles(2_012, 1.1),
            round: Quantiles::default(),
            ..LatencyFigures::default()
        },
        sent: 2_012,
        sent_rate: 201.2,
        delivered: 40_240,
        delivered_rate: 4_024.0,
        rounds: 1_100,
        round_rate: 110.0,
        expected: 48_300,
        expected_in_warmup: 8_000,
        lost: 3,
        undelivered: 57,
        unsent: 8,
        errors: 1,
        casts: 11,
        connected: 220,
        ..Figures::default()
    };
    Outcome {
        schema: SCHEMA.to_owned(),
        script: "rooms & <friends>".to_owned(),
        provenance: Some(LoadProvenance {
            started: "2026-11-26T04:30:00+00:00".to_owned(),
            chatctl: "0.1.0".to_owned(),
            arguments: ["load", "--users", "220"].map(str::to_owned).to_vec(),
            server: "127.0.0.1:7667".to_owned(),
            host: Some("box".to_owned()),
            system: "linux x86_64".to_owned(),
            processors: 2,
            memory: Some(8 << 30),
        }),
        interrupted: false,
        aborted: None,
        plan: PlanSummary {
            users: 220,
            casts: 11,
            cast_size: 20,
            warmup_s: 2.0,
            duration_s: 12.0,
            rate: 220.0,
            seed: 42,
            workers: 1,
            faults: vec!["2 users (1%) stopped reading after the warm-up".to_owned()],
        },
        thresholds: vec![
            threshold("delivery.p99 > 250ms", Some("2.95 ms"), true),
            threshold("round.p99 > 1s", None, false),
            threshold("lost > 0", Some("3"), false),
        ],
        figures,
        labels: BTreeMap::from([(
            "search".to_owned(),
            LabelFigures {
                round: quantiles(1_100, 2.0),
                scheduled: ScheduledLabelFigures { round: quantiles(1_100, 3.0), ..ScheduledLabelFigures::default() },
                round_rate: 110.0,
                ..LabelFigures::default()
            },
        )]),
        errors: vec![FailureGroup {
            kind: FailureKind::Mismatch,
            count: 1,
            example: "error: alice received a different line\n --> rooms.chat:3:8\n".to_owned(),
        }],
        undelivered: Undelivered { stalled: 50, left: 7, ..Undelivered::default() },
        settled_s: 5.0,
        throttled_s: None,
        generator: GeneratorHealth {
            lateness_p99: Some(0.08),
            lateness_max: Some(1.4),
            cpu_s: 0.84,
            cpu_part: 0.07,
            memory: 30 << 20,
            memory_per_user: 5_400,
            descriptors: 231,
            others_part: Some(0.1),
            is_with_server: false,
            limit: None,
        },
        generators: Vec::new(),
        server: Some(ServerUsage { cpu_s: 0.2, cpu_per_delivery_us: Some(4.97), memory: 9 << 20, descriptors: 230 }),
        series: vec![sample(1.0, 120, None), sample(2.0, 220, Some(0.3)), sample(3.0, 220, Some(0.5))],
        distribution: vec![(0.2, 4_000), (0.3, 20_000), (0.4, 12_000), (0.6, 4_000), (2.0, 230), (34.1, 10)],
        main_latency: Latency::Delivery,
    }
}

#[test]
fn the_screen_puts_thresholds_first_and_the_verdict_last() {
    insta::assert_snapshot!(screen(&outcome(), false, Color::Plain));
}

#[test]
fn the_screen_says_when_the_generator_was_the_limit() {
    let mut outcome = outcome();
    outcome.generator.limit = Some("its own turns began late (p99 31 ms)".to_owned());
    let screen = screen(&outcome, false, Color::Plain);
    assert!(screen.contains("THE GENERATOR WAS THE LIMIT, not the server:\n  its own turns began late (p99 31 ms)\n"));
}

#[test]
fn the_page_tells_the_same_end_as_the_screen() {
    let page = |outcome: &Outcome, is_strict| {
        let mut page = Vec::new();
        write_html(outcome, is_strict, &mut page).unwrap();
        String::from_utf8(page).unwrap()
    };
    let mut limited = outcome();
    limited.thresholds.iter_mut().for_each(|threshold| threshold.kept = true);
    limited.generator.limit = Some("its own turns began late".to_owned());
    assert!(page(&limited, false).contains("badge fair\">passed, but the latencies are not the server's<"));
    assert!(page(&limited, true).contains("badge bad\">the generator was the limit<"));
    limited.errors.clear();
    (limited.figures.connected, limited.figures.casts) = (0, 0);
    assert!(page(&limited, false).contains("badge bad\">nothing ran, "));
}

#[test]
fn the_page_holds_everything_it_needs_and_nothing_that_could_run() {
    let mut page = Vec::new();
    write_html(&outcome(), false, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("<title>chatctl load: rooms &amp; &lt;friends&gt;</title>"), "names are escaped");
    for foreign in ["<script", "<link", "<img", "@import", "url(", "http:", "https:", "onload"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(!page.contains("NaN") && !page.contains("inf"), "every number is one");
    assert_eq!(page.matches("<svg").count(), 5);
    assert_eq!(page.matches("<section").count(), page.matches("</section>").count());
}

#[test]
fn the_json_report_can_be_read_back() {
    let mut json = Vec::new();
    write_json(&outcome(), &mut json).unwrap();
    assert_eq!(read(&json[..]).unwrap(), outcome());
}

#[test]
fn two_loads_stand_side_by_side() {
    let (first, mut second) = (outcome(), outcome());
    second.figures.written.delivery = quantiles(40_000, 0.62);
    second.figures.lost = 0;
    second.figures.sent_rate = 203.0;
    second.figures.duplicated = 4;
    second.server = None;
    insta::assert_snapshot!(compare(["a.json", "b.json"], [&first, &second]));
}

#[test]
fn loads_that_were_not_the_same_are_compared_with_a_warning() {
    let (first, mut second) = (outcome(), outcome());
    second.plan.users = 440;
    assert!(compare(["a", "b"], [&first, &second]).starts_with("NOT THE SAME LOAD"));
}

/// Every key of a JSON value, with the keys of what is inside of it after a dot.
fn keys(value: &serde_json::Value, before: &str, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(members) => {
            for (key, value) in members {
                let key = if before.is_empty() { key.clone() } else { format!("{before}.{key}") };
                found.push(key.clone());
                keys(value, &key, found);
            }
        }
        serde_json::Value::Array(items) => {
            items.iter().take(1).for_each(|item| keys(item, &format!("{before}[]"), found));
        }
        _ => {}
    }
}

#[test]
fn every_key_of_the_json_report_is_documented() {
    let document = include_str!("../../../docs/load-report.md");
    let mut found = Vec::new();
    keys(&serde_json::to_value(outcome()).unwrap(), "", &mut found);
    let is_quantile = |key: &str| ["connect.", "delivery.", "fanout.", "round."].iter().any(|name| key.contains(name));
    let missing: Vec<String> = found
        .into_iter()
        .filter(|key| !is_quantile(key) && key != "labels.search")
        .filter(|key| {
            !document.contains(&format!("`{}`", key.rsplit('.').next().unwrap_or(key))) && !document.contains(key)
        })
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}
