//! The closing screen: thresholds first, then what was sent and delivered, latencies, correctness, and whether the
//! generator itself kept up.

use std::fmt::Write as _;

use super::failure;
use super::histogram::bars;
use crate::diagnostic::Color;
use crate::lang::ast::{Latency, Origin, Percentile};
use crate::load::figures::Quantiles;
use crate::load::outcome::{GeneratorHealth, Judgement, Outcome};
use crate::text::numbers::{bytes, count, counted, latency, rate};
use crate::text::visible::visible;

/// The screen.
#[must_use]
pub fn screen(outcome: &Outcome, is_strict: bool, color: Color) -> String {
    let mut text = String::new();
    let sections =
        [thresholds(outcome, color), summary(outcome), latencies(outcome), correctness(outcome), health(outcome)];
    for section in sections.iter().filter(|section| !section.is_empty()) {
        text.push_str(section);
        text.push('\n');
    }
    text.push_str(&errors(outcome));
    text.push_str(&verdict(outcome, is_strict, color));
    text
}

fn thresholds(outcome: &Outcome, color: Color) -> String {
    let width = outcome.thresholds.iter().map(|threshold| threshold.fail_if.len()).max().unwrap_or_default();
    let mut text = "thresholds\n".to_owned();
    for threshold in &outcome.thresholds {
        let mark = mark(threshold, color);
        let value = threshold.value.as_deref().unwrap_or("not measured");
        let _ = writeln!(text, "  {mark}  fail if {:width$}  {value}", threshold.fail_if);
    }
    text
}

fn mark(threshold: &Judgement, color: Color) -> String {
    if threshold.kept { painted("ok    ", "32", color) } else { painted("FAILED", "31;1", color) }
}

fn painted(text: &str, code: &str, color: Color) -> String {
    match color {
        Color::Plain => text.to_owned(),
        Color::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
    }
}

fn summary(outcome: &Outcome) -> String {
    let (plan, figures) = (&outcome.plan, &outcome.figures);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {} in {} of {}, {:.1} s, of which {:.1} s warm-up; seed {}",
        visible(&outcome.script),
        counted(plan.users, "user"),
        counted(plan.casts, "cast"),
        plan.cast_size,
        plan.duration_s,
        plan.warmup_s.min(plan.duration_s),
        plan.seed
    );
    for fault in &plan.faults {
        let _ = writeln!(text, "  fault      {fault}");
    }
    let _ =
        writeln!(text, "  connected  {} in {}", counted(figures.connected, "login"), counted(figures.casts, "play"));
    let _ = writeln!(text, "  sent       {} ({})", count(figures.sent), rate(figures.sent_rate));
    let _ = writeln!(text, "  delivered  {} ({})", count(figures.delivered), rate(figures.delivered_rate));
    text
}

fn latencies(outcome: &Outcome) -> String {
    let figures = &outcome.figures;
    let mut text = format!(
        "{:<20}{:>10}{:>10}{:>10}{:>10}{:>10}{:>13}\n",
        "latency", "p50", "p90", "p99", "p99.9", "max", "count"
    );
    for latency in Latency::ALL {
        let [written, intended] = Origin::ALL.map(|origin| figures.quantiles(latency, origin));
        if written.count == 0 {
            continue;
        }
        text.push_str(&row(latency.name(), written));
        if intended != written {
            text.push_str(&row("  scheduled", intended));
        }
    }
    if !outcome.distribution.is_empty() {
        let _ = writeln!(text, "\n  distribution of {} latency, from the write", outcome.main_latency.name());
    }
    for bar in bars(&outcome.distribution) {
        let _ = writeln!(text, "  {bar}");
    }
    text
}

fn row(name: &str, quantiles: &Quantiles) -> String {
    let cell = |value: Option<f64>| value.map_or("-".to_owned(), latency);
    let mut text = format!("  {name:<18}");
    for percentile in Percentile::ALL {
        let _ = write!(text, "{:>10}", cell(quantiles.value(percentile)));
    }
    let _ = writeln!(text, "{:>13}", count(quantiles.count));
    text
}

fn correctness(outcome: &Outcome) -> String {
    let figures = &outcome.figures;
    let mut text = format!("correctness, of {} deliveries expected\n", count(figures.expected));
    let wrong = [
        ("lost", figures.lost),
        ("duplicated", figures.duplicated),
        ("reordered", figures.reordered),
        ("misdelivered", figures.misdelivered),
        ("disordered rooms", figures.disordered),
    ];
    let wrong: Vec<String> = wrong.iter().map(|(name, value)| format!("{name} {}", count(*value))).collect();
    let _ = writeln!(text, "  {}", wrong.join(", "));
    let _ = writeln!(text, "  undelivered {}{}", count(figures.undelivered), reasons(outcome));
    let _ = writeln!(text, "  unsent {}", count(figures.unsent));
    let _ = writeln!(text, "  waited {:.2} s for messages in flight at the end", outcome.settled_s);
    text
}

fn reasons(outcome: &Outcome) -> String {
    let undelivered = &outcome.undelivered;
    let reasons = [
        ("the recipient had left", undelivered.left),
        ("had reset its connection", undelivered.reset),
        ("was closed by the server", undelivered.closed),
        ("did not read", undelivered.stalled),
        ("the sender's connection ended", undelivered.sender_gone),
        ("cut off at the end", undelivered.cut_off),
    ];
    let named = reasons.iter().filter(|(_, value)| *value > 0);
    let named: Vec<String> = named.map(|(reason, value)| format!("{reason} {}", count(*value))).collect();
    if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) }
}

fn health(outcome: &Outcome) -> String {
    let generator = &outcome.generator;
    let mut text = generator_text(generator, outcome.plan.workers);
    if let Some(server) = &outcome.server {
        let each = server.cpu_per_delivery_us.map_or(String::new(), |each| format!(", {each:.2} us per delivery"));
        let (memory, descriptors) = (bytes(server.memory), count(server.descriptors));
        let _ = writeln!(text, "server");
        let _ = writeln!(text, "  cpu {:.2} s{each}; memory {memory}; {descriptors} descriptors", server.cpu_s);
    }
    text
}

fn generator_text(generator: &GeneratorHealth, workers: usize) -> String {
    let title = if generator.is_with_server { "generator and server, one process" } else { "generator" };
    let lateness = |value: Option<f64>| value.map_or("-".to_owned(), latency);
    let mut text = format!("{title}\n");
    let _ = writeln!(
        text,
        "  schedule lag p99 {}, max {}; cpu {:.2} s, {:.0}% of {}",
        lateness(generator.lateness_p99),
        lateness(generator.lateness_max),
        generator.cpu_s,
        generator.cpu_part * 100.0,
        counted(workers as u64, "worker")
    );
    let (memory, each) = (bytes(generator.memory), bytes(generator.memory_per_user));
    let _ = writeln!(text, "  memory {memory}, {each} per user; {} descriptors", count(generator.descriptors));
    let _ = match &generator.limit {
        Some(reason) => writeln!(text, "  THE GENERATOR WAS THE LIMIT, not the server: {reason}"),
        None => writeln!(text, "  the generator kept up: the figures are the server's"),
    };
    text
}

fn errors(outcome: &Outcome) -> String {
    let mut text = String::new();
    for error in &outcome.errors {
        let _ = writeln!(text, "{} {}, the first:\n\n{}", count(error.count), error.kind.as_str(), error.example);
    }
    text
}

fn verdict(outcome: &Outcome, is_strict: bool, color: Color) -> String {
    let end = if outcome.interrupted { "interrupted; " } else { "" };
    let verdict = match failure(outcome, is_strict) {
        Some(words) => painted(&format!("FAILED: {words}"), "31;1", color),
        None => painted("passed", "32;1", color),
    };
    format!("{end}{verdict}\n")
}
