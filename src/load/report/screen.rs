//! The closing screen, for 80 columns: thresholds first, then what was sent and delivered, latencies, correctness, and
//! whether the generator itself kept up. A load that measured nothing is one sentence.

use std::fmt::Write as _;

use super::histogram::bars;
use super::{failure, painted, reservation};
use crate::diagnostic::Color;
use crate::lang::ast::{Latency, Origin, Statistic};
use crate::load::figures::Quantiles;
use crate::load::outcome::{GeneratorHealth, Judgement, Outcome};
use crate::run::report::EMBEDDED;
use crate::text::numbers::{bytes, count, counted, latency, milliseconds, rate};
use crate::text::visible::visible;

/// The screen.
#[must_use]
pub fn screen(outcome: &Outcome, is_strict: bool, color: Color) -> String {
    if outcome.measured_nothing() {
        return format!("{}\n{}{}", title(outcome), errors(outcome), verdict(outcome, is_strict, color));
    }
    let mut text = String::new();
    let sections = [
        thresholds(outcome, color),
        summary(outcome),
        latencies(outcome),
        labels(outcome),
        correctness(outcome),
        health(outcome),
    ];
    for section in sections.iter().filter(|section| !section.is_empty()) {
        text.push_str(section);
        text.push('\n');
    }
    text.push_str(&errors(outcome));
    text.push_str(&throttled(outcome));
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

fn title(outcome: &Outcome) -> String {
    let plan = &outcome.plan;
    format!(
        "{}\n  {} in {} of {}, {:.1} s, of which {:.1} s warm-up; seed {}\n",
        visible(&outcome.script),
        counted(plan.users, "user"),
        counted(plan.casts, "cast"),
        plan.cast_size,
        plan.duration_s,
        plan.warmup_s.min(plan.duration_s),
        plan.seed
    )
}

fn summary(outcome: &Outcome) -> String {
    let (plan, figures) = (&outcome.plan, &outcome.figures);
    let mut text = title(outcome);
    let servers = outcome.provenance.iter().map(|from| &from.server).filter(|server| *server != EMBEDDED);
    for servers in servers {
        let _ = writeln!(text, "  server     {}", visible(servers));
    }
    for fault in &plan.faults {
        let _ = writeln!(text, "  fault      {fault}");
    }
    let _ =
        writeln!(text, "  connected  {} in {}", counted(figures.connected, "login"), counted(figures.casts, "play"));
    let rates = [
        ("rounds", figures.rounds, figures.round_rate),
        ("stamped", figures.sent, figures.sent_rate),
        ("delivered", figures.delivered, figures.delivered_rate),
    ];
    for (name, value, per_second) in rates.into_iter().filter(|(_, value, _)| *value > 0) {
        let _ = writeln!(text, "  {name:<9}  {} ({})", count(value), rate(per_second));
    }
    if figures.files() > 0 {
        let [sent, fetched] = [figures.written.upload.count, figures.written.download.count].map(count);
        let per_second = bytes(figures.byte_rate as u64);
        let _ = writeln!(text, "  files      {sent} sent, {fetched} fetched ({per_second}/s)");
    }
    text
}

fn latencies(outcome: &Outcome) -> String {
    let figures = &outcome.figures;
    let mut text = head("latency, ms");
    for latency in Latency::ALL {
        let [written, intended] = Origin::ALL.map(|origin| figures.quantiles(latency, origin));
        text.push_str(&rows(latency.name(), written, intended));
    }
    if !outcome.distribution.is_empty() {
        let _ = writeln!(text, "\n  distribution of {} latency, from the intended start", outcome.main_latency.name());
    }
    for bar in bars(&outcome.distribution) {
        let _ = writeln!(text, "  {bar}");
    }
    text
}

/// What bears a label, label after label.
fn labels(outcome: &Outcome) -> String {
    let mut text = String::new();
    for (label, figures) in &outcome.labels {
        text.push_str(&head(&format!("as \"{label}\"")));
        text.push_str(&rows(Latency::Delivery.name(), &figures.delivery, &figures.scheduled.delivery));
        text.push_str(&rows(Latency::Round.name(), &figures.round, &figures.scheduled.round));
        let rates = [("rounds", figures.round_rate), ("delivered", figures.delivered_rate)];
        for (name, per_second) in rates.into_iter().filter(|(_, per_second)| *per_second > 0.0) {
            let _ = writeln!(text, "  {name} {}", rate(per_second));
        }
    }
    text
}

/// The head of a table of latencies, which fits into 80 columns.
fn head(title: &str) -> String {
    let mut text = format!("{title:<20}");
    for name in ["mean", "p50", "p90", "p95", "p99", "p99.9", "max"] {
        let _ = write!(text, "{name:>7}");
    }
    format!("{text}{:>11}\n", "count")
}

/// From the intended start first: that is what users wait. From the write below it, where that differs.
fn rows(name: &str, written: &Quantiles, intended: &Quantiles) -> String {
    match (written.count, intended == written) {
        (0, _) => String::new(),
        (_, true) => row(name, written),
        (_, false) => format!("{}{}", row(&format!("scheduled.{name}"), intended), row(name, written)),
    }
}

fn row(name: &str, quantiles: &Quantiles) -> String {
    let cell = |value: Option<f64>| value.map_or("-".to_owned(), milliseconds);
    let mut text = format!("  {name:<18}");
    for statistic in Statistic::ALL {
        let _ = write!(text, "{:>7}", cell(quantiles.value(statistic)));
    }
    let _ = writeln!(text, "{:>11}", count(quantiles.count));
    text
}

fn correctness(outcome: &Outcome) -> String {
    let figures = &outcome.figures;
    let has_files = figures.files() > 0 || figures.corrupted > 0;
    if figures.expected == 0 && figures.misdelivered == 0 && figures.unsent == 0 && !has_files {
        return String::new();
    }
    let (all, in_warmup) = (figures.expected, figures.expected_in_warmup.min(figures.expected));
    let mut text = format!(
        "correctness: {} deliveries expected, {} in the warm-up, {} counted\n",
        count(all),
        count(in_warmup),
        count(all - in_warmup)
    );
    let wrong = [
        ("lost", figures.lost),
        ("duplicated", figures.duplicated),
        ("reordered", figures.reordered),
        ("misdelivered", figures.misdelivered),
        ("disordered rooms", figures.disordered),
    ];
    let wrong = wrong.into_iter().chain(has_files.then_some(("corrupted files", figures.corrupted)));
    let wrong: Vec<String> = wrong.map(|(name, value)| format!("{name} {}", count(value))).collect();
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
    text.push_str(&shares(outcome));
    if let Some(server) = &outcome.server {
        let each = server.cpu_per_delivery_us.map_or(String::new(), |each| format!(", {each:.2} us per delivery"));
        let (memory, descriptors) = (bytes(server.memory), count(server.descriptors));
        let _ = writeln!(text, "server");
        let _ = writeln!(text, "  cpu {:.2} s{each}; memory {memory}; {descriptors} descriptors", server.cpu_s);
    }
    text
}

/// One line for each of several generators.
fn shares(outcome: &Outcome) -> String {
    let mut text = String::new();
    for (place, generator) in outcome.generators.iter().enumerate() {
        let (name, users) = (visible(&generator.name), counted(generator.users, "user"));
        let _ = write!(text, "  {}  {name}: {users}", place + 1);
        let _ = match (&generator.failure, &generator.health) {
            (Some(failure), _) => writeln!(text, "; {failure}"),
            (None, Some(health)) => {
                let lag = health.lateness_p99.map_or("-".to_owned(), latency);
                writeln!(text, ", schedule lag p99 {lag}, cpu {:.2} s", health.cpu_s)
            }
            (None, None) => writeln!(text),
        };
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
        Some(reason) => writeln!(text, "  THE GENERATOR WAS THE LIMIT, not the server:\n  {reason}"),
        None => writeln!(text, "  the generator kept up: the figures are the server's"),
    };
    text
}

/// That the server held its clients back, if it did.
fn throttled(outcome: &Outcome) -> String {
    super::throttled(outcome).map_or(String::new(), |words| format!("{words}\n"))
}

fn errors(outcome: &Outcome) -> String {
    let mut text = String::new();
    for error in &outcome.errors {
        let _ = writeln!(text, "{} {}, the first:\n\n{}", count(error.count), error.kind.as_str(), error.example);
    }
    text
}

fn verdict(outcome: &Outcome, is_strict: bool, color: Color) -> String {
    let end = match (outcome.interrupted, outcome.measured_nothing()) {
        (true, true) => return "interrupted, nothing was measured\n".to_owned(),
        (true, false) => "interrupted; ",
        (false, _) => "",
    };
    let verdict = match (failure(outcome, is_strict), reservation(outcome)) {
        (Some(words), _) => painted(&format!("FAILED: {words}"), "31;1", color),
        (None, Some(but)) => painted(&format!("passed, {but}"), "33;1", color),
        (None, None) => painted("passed", "32;1", color),
    };
    format!("{end}{verdict}\n{}", again(outcome))
}

/// The thresholds that were missed, once more: those at the top may have scrolled away.
fn again(outcome: &Outcome) -> String {
    let missed = outcome.thresholds.iter().filter(|threshold| !threshold.kept);
    missed
        .map(|missed| format!("  {} ({})\n", missed.fail_if, missed.value.as_deref().unwrap_or("not measured")))
        .collect()
}
