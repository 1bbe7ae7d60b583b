//! The report as a page of its own: no script, no font, nothing to fetch. Light or dark as the reader's system is.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::chart::{Scale, Series, distribution, lines};
use super::{failure, reservation};
use crate::lang::ast::{Latency, Origin, Statistic};
use crate::load::figures::Quantiles;
use crate::load::outcome::{FailureGroup, LoadProvenance, Outcome};
use crate::load::sample::Sample;
use crate::text::numbers::{bytes, count, counted, latency, rate};

const LATENCY_HEAD: [&str; 9] = ["", "mean", "p50", "p90", "p95", "p99", "p99.9", "max", "count"];
const STYLE: &str = include_str!("page.css");

/// Writes the page.
///
/// # Errors
/// If it cannot be written.
pub fn write(outcome: &Outcome, is_strict: bool, mut out: impl Write) -> io::Result<()> {
    out.write_all(page(outcome, is_strict).as_bytes())?;
    out.flush()
}

fn page(outcome: &Outcome, is_strict: bool) -> String {
    let title = escaped(&outcome.script);
    let sections = [
        heading(outcome, is_strict),
        tiles(outcome),
        limit(outcome),
        throttled(outcome),
        format!("<div class=\"grid2\">{}</div><p></p>", charts(outcome)),
        thresholds(outcome),
        latencies(outcome),
        labels(outcome),
        correctness(outcome),
        health(outcome),
        errors(outcome),
        glossary(),
    ];
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>chatctl load: {title}</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n{}\n</body>\n</html>\n",
        sections.join("\n")
    )
}

/// What comes from a script or a server may contain anything.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn heading(outcome: &Outcome, is_strict: bool) -> String {
    let plan = &outcome.plan;
    let (class, verdict) = match (failure(outcome, is_strict), reservation(outcome)) {
        (Some(words), _) => ("bad", escaped(&words)),
        (None, _) if outcome.measured_nothing() => ("bad", "nothing was measured".to_owned()),
        (None, Some(but)) => ("fair", format!("passed, {but}")),
        (None, None) => ("good", "passed".to_owned()),
    };
    let interrupted = if outcome.interrupted { " <span class=\"badge bad\">interrupted</span>" } else { "" };
    let faults: String = plan.faults.iter().map(|fault| format!("; {}", escaped(fault))).collect();
    format!(
        "<h1>{} <span class=\"badge {class}\">{verdict}</span>{interrupted}</h1>\n<p class=\"sub\">{} in {} of {}; {:.1} s, \
         of which {:.1} s warm-up; seed {}{faults}</p>{}",
        escaped(&outcome.script),
        counted(plan.users, "user"),
        counted(plan.casts, "cast"),
        plan.cast_size,
        plan.duration_s,
        plan.warmup_s.min(plan.duration_s),
        plan.seed,
        outcome.provenance.as_ref().map_or(String::new(), provenance)
    )
}

fn provenance(from: &LoadProvenance) -> String {
    let host = from.host.as_ref().map_or(String::new(), |host| format!("{}, ", escaped(host)));
    let memory = from.memory.map_or(String::new(), |memory| format!(", {}", bytes(memory)));
    format!(
        "\n<p class=\"sub\">{}; chatctl {}; server {}; {host}{}, {}{memory}<br><code>chatctl {}</code></p>",
        escaped(&from.started),
        escaped(&from.chatctl),
        escaped(&from.server),
        escaped(&from.system),
        counted(from.processors, "processor"),
        escaped(&from.arguments.join(" "))
    )
}

fn tiles(outcome: &Outcome) -> String {
    let figures = &outcome.figures;
    let time = |value: Option<f64>| value.map_or("-".to_owned(), latency);
    let main = figures.quantiles(outcome.main_latency, Origin::Intended);
    let name = outcome.main_latency.name();
    let wrong = figures.lost
        + figures.duplicated
        + figures.reordered
        + figures.misdelivered
        + figures.disordered
        + figures.corrupted;
    let mut tiles = vec![(
        "users connected".to_owned(),
        count(outcome.series.iter().map(|sample| sample.users).max().unwrap_or(0)),
    )];
    if figures.rounds > 0 {
        tiles.push(("rounds".to_owned(), rate(figures.round_rate)));
    }
    if figures.sent > 0 {
        tiles.push(("stamped".to_owned(), rate(figures.sent_rate)));
        tiles.push(("delivered".to_owned(), rate(figures.delivered_rate)));
    }
    if figures.files() > 0 {
        tiles.push(("files".to_owned(), format!("{}/s", bytes(figures.byte_rate as u64))));
    }
    tiles.extend([
        (format!("{name} mean"), time(main.mean)),
        (format!("{name} p50"), time(main.p50)),
        (format!("{name} p95"), time(main.p95)),
        (format!("{name} p99"), time(main.p99)),
        ("wrong deliveries".to_owned(), count(wrong)),
        ("errors".to_owned(), count(figures.errors)),
    ]);
    let tile =
        |(name, value): &(String, String)| format!("<div class=\"tile\"><b>{value}</b><span>{name}</span></div>");
    let note = "<p class=\"sub\">Latencies from the intended start: what users wait, also while the server stalls.</p>";
    format!("<div class=\"tiles\">{}</div>\n{note}", tiles.iter().map(tile).collect::<String>())
}

fn throttled(outcome: &Outcome) -> String {
    super::throttled(outcome)
        .map_or(String::new(), |words| format!("<section class=\"alert\">{}</section>", escaped(&words)))
}

fn limit(outcome: &Outcome) -> String {
    outcome.generator.limit.as_ref().map_or(String::new(), |reason| {
        format!("<section class=\"alert\">The generator was the limit, not the server: {}</section>", escaped(reason))
    })
}

fn charts(outcome: &Outcome) -> String {
    let series = |name, class, of: fn(&Sample) -> Option<f64>| Series {
        name,
        class,
        points: outcome.series.iter().map(|sample| (sample.at, of(sample))).collect(),
    };
    let warmup = outcome.plan.warmup_s;
    let whole = |value: f64| count(value.round() as u64);
    let users = [series("users", "a", |sample| Some(sample.users as f64))];
    let rates = [
        series("delivered per second", "b", |sample| Some(sample.delivered)),
        series("sent per second", "a", |sample| Some(sample.sent)),
    ];
    let latency = [
        series("max", "d", |sample| sample.max),
        series("p99", "c", |sample| sample.p99),
        series("p90", "b", |sample| sample.p90),
        series("p50", "a", |sample| sample.p50),
    ];
    let errors = [series("errors per second", "d", |sample| Some(sample.errors as f64))];
    let card = |title: &str, chart: String| format!("<section><h2>{title}</h2>{chart}</section>");
    let wide_card = |title: &str, chart: String| format!("<section class=\"whole\"><h2>{title}</h2>{chart}</section>");
    [
        card("Latency over time, from the intended start", lines(&latency, warmup, Scale::Logarithmic, short_time)),
        card("Rate", lines(&rates, warmup, Scale::Linear, whole)),
        card("Users", lines(&users, warmup, Scale::Linear, whole)),
        card("Errors", lines(&errors, warmup, Scale::Linear, whole)),
        wide_card(
            &format!("Distribution of {} latency, from the intended start", outcome.main_latency.name()),
            distribution(&outcome.distribution, short_time),
        ),
    ]
    .concat()
}

/// A time on an axis.
fn short_time(value: f64) -> String {
    match value {
        value if value < 1.0 => format!("{} us", (value * 1e3).round()),
        value if value < 10.0 => format!("{} ms", (value * 10.0).round() / 10.0),
        value if value < 1000.0 => format!("{} ms", value.round()),
        value => format!("{} s", (value / 100.0).round() / 10.0),
    }
}

fn thresholds(outcome: &Outcome) -> String {
    let mut rows = String::new();
    for threshold in &outcome.thresholds {
        let (class, word) = if threshold.kept { ("kept", "ok") } else { ("missed", "failed") };
        let value = threshold.value.as_deref().unwrap_or("not measured");
        let rule = escaped(&threshold.fail_if);
        let _ = write!(rows, "<tr><td>fail if {rule}</td><td>{value}</td><td class=\"{class}\">{word}</td></tr>");
    }
    section("Thresholds", &table(&["rule", "value", ""], &rows))
}

fn latencies(outcome: &Outcome) -> String {
    let figures = &outcome.figures;
    let rows = Latency::ALL.map(|latency| {
        let [written, intended] = Origin::ALL.map(|origin| figures.quantiles(latency, origin));
        latency_rows(latency.name(), written, intended)
    });
    section("Latency", &table(&LATENCY_HEAD, &rows.concat()))
}

/// What bears a label, label after label.
fn labels(outcome: &Outcome) -> String {
    let mut text = String::new();
    for (label, figures) in &outcome.labels {
        let scheduled = &figures.scheduled;
        let rows = [
            latency_rows(Latency::Delivery.name(), &figures.delivery, &scheduled.delivery),
            latency_rows(Latency::Round.name(), &figures.round, &scheduled.round),
        ];
        let rates = format!("{} rounds, {} delivered", rate(figures.round_rate), rate(figures.delivered_rate));
        text.push_str(&section(&format!("{}: {rates}", escaped(label)), &table(&LATENCY_HEAD, &rows.concat())));
    }
    text
}

/// From the intended start first; from the write below it, where that differs.
fn latency_rows(name: &str, written: &Quantiles, intended: &Quantiles) -> String {
    match (written.count, intended == written) {
        (0, _) => String::new(),
        (_, true) => latency_row(name, written),
        (_, false) => {
            let [intended, written] = [
                latency_row(&format!("{name}, scheduled"), intended),
                latency_row(&format!("{name}, from the write"), written),
            ];
            format!("{intended}{written}")
        }
    }
}

fn latency_row(name: &str, quantiles: &Quantiles) -> String {
    let cell = |value: Option<f64>| format!("<td>{}</td>", value.map_or("-".to_owned(), latency));
    let cells = Statistic::ALL.map(|statistic| cell(quantiles.value(statistic)));
    format!("<tr><td>{name}</td>{}<td>{}</td></tr>", cells.concat(), count(quantiles.count))
}

fn correctness(outcome: &Outcome) -> String {
    let (figures, undelivered) = (&outcome.figures, &outcome.undelivered);
    let rows = [
        ("expected", figures.expected),
        ("expected in the warm-up", figures.expected_in_warmup),
        ("counted", figures.expected.saturating_sub(figures.expected_in_warmup)),
        ("lost", figures.lost),
        ("duplicated", figures.duplicated),
        ("reordered", figures.reordered),
        ("misdelivered", figures.misdelivered),
        ("disordered rooms", figures.disordered),
        ("corrupted files", figures.corrupted),
        ("undelivered: the recipient had left", undelivered.left),
        ("undelivered: the recipient had reset its connection", undelivered.reset),
        ("undelivered: the server had closed the recipient's connection", undelivered.closed),
        ("undelivered: the recipient did not read", undelivered.stalled),
        ("undelivered: the sender's connection ended", undelivered.sender_gone),
        ("undelivered: cut off at the end", undelivered.cut_off),
        ("unsent", figures.unsent),
    ];
    let row = |(name, value): &(&str, u64)| format!("<tr><td>{name}</td><td>{}</td></tr>", count(*value));
    let shown = rows.iter().filter(|(name, value)| *value > 0 || !name.starts_with("undelivered"));
    section("Correctness", &table(&["deliveries", "count"], &shown.map(row).collect::<String>()))
}

fn health(outcome: &Outcome) -> String {
    let generator = &outcome.generator;
    let time = |value: Option<f64>| value.map_or("-".to_owned(), latency);
    let title = if generator.is_with_server { "Generator and server, one process" } else { "Generator" };
    let mut rows = vec![
        ("schedule lag, p99".to_owned(), time(generator.lateness_p99)),
        ("schedule lag, max".to_owned(), time(generator.lateness_max)),
        ("cpu".to_owned(), format!("{:.2} s, {:.0}% of its workers", generator.cpu_s, generator.cpu_part * 100.0)),
        ("memory".to_owned(), format!("{}, {} per user", bytes(generator.memory), bytes(generator.memory_per_user))),
        ("descriptors".to_owned(), count(generator.descriptors)),
        ("waited for messages in flight".to_owned(), format!("{:.2} s", outcome.settled_s)),
    ];
    if let Some(server) = &outcome.server {
        rows.push(("server cpu".to_owned(), format!("{:.2} s", server.cpu_s)));
        let each = server.cpu_per_delivery_us.map_or("-".to_owned(), |each| format!("{each:.2} us"));
        rows.push(("server cpu per delivery".to_owned(), each));
        rows.push(("server memory".to_owned(), bytes(server.memory)));
        rows.push(("server descriptors".to_owned(), count(server.descriptors)));
    }
    let row = |(name, value): &(String, String)| format!("<tr><td>{name}</td><td>{value}</td></tr>");
    section(title, &table(&["", ""], &rows.iter().map(row).collect::<String>()))
}

fn errors(outcome: &Outcome) -> String {
    let error = |error: &FailureGroup| {
        let (kind, example) = (escaped(error.kind.as_str()), escaped(&error.example));
        section(&format!("{} {kind}, the first", count(error.count)), &format!("<pre>{example}</pre>"))
    };
    outcome.errors.iter().map(error).collect()
}

/// What the words of the page mean.
fn glossary() -> String {
    let words = [
        ("cast", "one copy of the script, with all its users"),
        ("connect", "from the first byte of a connection to the welcome"),
        ("delivery", "from a stamped message to its arrival at one recipient"),
        ("fanout", "from a stamped message to its arrival at the last recipient"),
        ("round", "from a message to the line that the script waits for next"),
        (
            "scheduled",
            "from the time at which the message should have been sent, so that a server that stalls cannot hide it",
        ),
        ("p95", "95 of 100 times are not above it"),
        ("lost", "not received within 5 s after the last send of its cast"),
        ("undelivered", "no longer due, as the recipient had left, was closed or did not read"),
        ("unsent", "planned by a schedule and not begun when the load ended"),
    ];
    let rows = words.map(|(word, meaning)| format!("<tr><td>{word}</td><td class=\"words\">{meaning}</td></tr>"));
    section("What the words mean", &table(&["", ""], &rows.concat()))
}

fn section(title: &str, content: &str) -> String {
    format!("<section><h2>{title}</h2>{content}</section>")
}

fn table(head: &[&str], rows: &str) -> String {
    let head: String = head.iter().map(|cell| format!("<th>{cell}</th>")).collect();
    format!("<div class=\"wide\"><table><tr>{head}</tr>{rows}</table></div>")
}
