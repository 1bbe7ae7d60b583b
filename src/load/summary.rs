//! Sums a load up: makes the data of its reports from what its parts have measured.

use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Context;
use super::failure_kind::FailureKind;
use super::failures::FailureExample;
use super::figures::{Figures, LabelFigures, LatencyFigures, Quantiles, ScheduledLabelFigures};
use super::monitor::Measured;
use super::outcome::{FailureGroup, GeneratorHealth, Outcome, PlanSummary, SCHEMA, ServerUsage};
use super::plan::Plan;
use super::resources::Usage;
use super::sample::Sample;
use super::stats::{LabelTimes, Latencies, Shard, Times};
use super::target::Target;
use super::threshold;
use crate::diagnostic::{Color, Renderer};
use crate::lang::ast::{Latency, Origin, Script, Statistic};
use crate::run::explain::explain;
use crate::text::numbers;

/// If 1 % of the turns begin later than this, the generator does not make the load that it reports.
const MOST_LATENESS: Duration = Duration::from_millis(10);
/// A generator that uses more than this part of the processors of its workers has no reserve left.
const MOST_CPU: f64 = 0.9;
/// Other programs that use more than this part of the machine's processors may be what keeps the generator waiting.
const MUCH_BY_OTHERS: f64 = 0.2;
/// The most samples in a report; of longer loads every second, third, ... sample is kept.
const MOST_SAMPLES: usize = 3_600;

/// When and how a load came to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoadEnd {
    /// When nothing new began any more.
    pub(super) at: Duration,
    /// Whether it was interrupted.
    pub(super) is_stopped: bool,
}

/// Sums a load up.
pub(super) fn summarize(
    script: &Script,
    context: &Context,
    measured: Measured,
    target: &Target,
    end: LoadEnd,
) -> Outcome {
    let (plan, total) = (&context.plan, context.stats.total());
    let figures = figures(context, &total, end.at);
    let judgements = plan.thresholds.iter().map(|threshold| threshold::judge(threshold, &figures)).collect();
    let main_latency = main_latency(&total.latencies);
    let ranges = total.latencies.times(main_latency, Origin::Intended).ranges();
    let counts = context.totals.ended().counts;
    Outcome {
        schema: SCHEMA.to_owned(),
        script: script.title.as_ref().map_or(script.source.name(), |title| &title.value).to_owned(),
        provenance: None,
        interrupted: end.is_stopped,
        aborted: context.aborted.get().cloned(),
        plan: plan_summary(plan, end.at, context.totals.stalled()),
        thresholds: judgements,
        labels: labels(context, &total, end.at),
        errors: context.failures.all().iter().map(|(kind, failures)| group(script, *kind, failures)).collect(),
        undelivered: counts.undelivered,
        settled_s: seconds(context.totals.settled()),
        generator: generator(plan, &measured, &total, target, end.at),
        server: measured.server.map(|usage| server_usage(usage, counts.delivered)),
        series: thinned(measured.series),
        distribution: ranges.into_iter().map(|(end, count)| (milliseconds(end), count)).collect(),
        main_latency,
        figures,
    }
}

/// The figures of what was measured until `end`.
pub(super) fn figures(context: &Context, total: &Shard, end: Duration) -> Figures {
    let ended = context.totals.ended();
    let counts = ended.counts;
    let length = end.saturating_sub(context.plan.warmup).as_secs_f64();
    let rounds = total.latencies.round.written.count();
    Figures {
        written: latency_figures(&total.latencies, Origin::Written),
        scheduled: latency_figures(&total.latencies, Origin::Intended),
        sent: total.sent,
        sent_rate: rate(total.sent, length),
        rounds,
        round_rate: rate(rounds, length),
        delivered: total.delivered,
        delivered_rate: rate(total.delivered, length),
        expected: counts.expected,
        expected_in_warmup: counts.uncounted,
        lost: counts.lost,
        duplicated: counts.duplicated,
        reordered: counts.reordered,
        misdelivered: counts.misdelivered + context.totals.strays(),
        disordered: counts.disordered,
        undelivered: counts.undelivered.total(),
        unsent: total.unsent,
        errors: context.failures.all().values().map(|failures| failures.count).sum(),
        casts: ended.plays,
        connected: context.totals.connected(),
    }
}

fn labels(context: &Context, total: &Shard, end: Duration) -> BTreeMap<String, LabelFigures> {
    let length = end.saturating_sub(context.plan.warmup).as_secs_f64();
    let figures = |times: &LabelTimes| LabelFigures {
        delivery: quantiles(&times.delivery.written),
        round: quantiles(&times.round.written),
        scheduled: ScheduledLabelFigures {
            delivery: quantiles(&times.delivery.intended),
            round: quantiles(&times.round.intended),
        },
        round_rate: rate(times.round.written.count(), length),
        delivered_rate: rate(times.delivery.written.count(), length),
    };
    context.labels.names().iter().cloned().zip(total.labels.iter().map(figures)).collect()
}

fn latency_figures(latencies: &Latencies, origin: Origin) -> LatencyFigures {
    let of = |latency| quantiles(latencies.times(latency, origin));
    LatencyFigures {
        connect: of(Latency::Connect),
        delivery: of(Latency::Delivery),
        fanout: of(Latency::Fanout),
        round: of(Latency::Round),
    }
}

fn quantiles(times: &Times) -> Quantiles {
    // To a microsecond: nobody compares more, and reports stay short.
    let at = |statistic: Statistic| times.quantile(statistic.quantile()?).map(milliseconds);
    Quantiles {
        count: times.count(),
        mean: times.mean().map(milliseconds),
        p50: at(Statistic::P50),
        p90: at(Statistic::P90),
        p95: at(Statistic::P95),
        p99: at(Statistic::P99),
        p999: at(Statistic::P999),
        max: at(Statistic::Max),
    }
}

/// The latency that the report shows first: of deliveries, or of rounds or connects if nothing was delivered.
fn main_latency(latencies: &Latencies) -> Latency {
    let by_weight = [Latency::Delivery, Latency::Round, Latency::Connect];
    let is_measured = |latency: &Latency| !latencies.times(*latency, Origin::Written).is_empty();
    by_weight.into_iter().find(is_measured).unwrap_or(Latency::Delivery)
}

fn rate(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { (count as f64 / seconds * 10.0).round() / 10.0 } else { 0.0 }
}

fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

fn plan_summary(plan: &Plan, end: Duration, stalled: u64) -> PlanSummary {
    let mut faults = Vec::new();
    if plan.stall > 0.0 {
        faults.push(format!("{stalled} users ({}%) stopped reading after the warm-up", plan.stall * 100.0));
    }
    faults.extend(plan.churn.map(|rate| format!("{rate} casts per second left and came back")));
    faults.extend(plan.chunk.map(|chunk| format!("every user wrote in chunks of {chunk} bytes")));
    PlanSummary {
        users: plan.users(),
        casts: plan.casts,
        cast_size: plan.cast_size,
        warmup_s: seconds(plan.warmup),
        duration_s: seconds(end),
        rate: (plan.rate * 10.0).round() / 10.0,
        seed: plan.seed,
        workers: plan.workers,
        faults,
    }
}

fn group(script: &Script, kind: FailureKind, failures: &FailureExample) -> FailureGroup {
    let diagnostic = explain(&script.source, &failures.example);
    let example = Renderer { color: Color::Plain }.render(&diagnostic);
    FailureGroup { kind, count: failures.count, example }
}

fn generator(plan: &Plan, measured: &Measured, total: &Shard, target: &Target, end: Duration) -> GeneratorHealth {
    let own = measured.own.unwrap_or_default();
    let processors = plan.workers as f64 * end.as_secs_f64().max(1e-3);
    let cpu_part = own.cpu.as_secs_f64() / processors;
    let lateness_p99 = total.lateness.quantile(0.99);
    let others_part = measured.others(end);
    let memory_per_user = own.memory.saturating_sub(measured.memory_before) / measured.most_users.max(1);
    GeneratorHealth {
        lateness_p99: lateness_p99.map(milliseconds),
        lateness_max: total.lateness.quantile(1.0).map(milliseconds),
        cpu_s: seconds(own.cpu),
        cpu_part: (cpu_part * 1e3).round() / 1e3,
        memory: own.memory,
        memory_per_user,
        descriptors: own.descriptors,
        others_part: others_part.map(|part| (part * 1e3).round() / 1e3),
        is_with_server: target.is_embedded,
        limit: limit(lateness_p99.unwrap_or_default(), cpu_part, others_part, target.is_embedded),
    }
}

/// Why the generator was the limit, if it was. If the server runs in the same process, the processor time says nothing.
fn limit(lateness: Duration, cpu_part: f64, others: Option<f64>, is_embedded: bool) -> Option<String> {
    if lateness > MOST_LATENESS {
        let lateness = numbers::latency(milliseconds(lateness));
        if let Some(others) = others.filter(|others| *others > MUCH_BY_OTHERS && cpu_part < MOST_CPU) {
            let part = others * 100.0;
            return Some(format!(
                "its schedules lagged (p99 {lateness}) while other programs, with a server on this machine, used {part:.0}% of the processors; \
                 measure on an idle machine"
            ));
        }
        return Some(format!("its schedules lagged (p99 {lateness})"));
    }
    let is_busy = !is_embedded && cpu_part > MOST_CPU;
    is_busy.then(|| format!("it used {:.0}% of its workers' processors; give it more with --workers", cpu_part * 100.0))
}

fn server_usage(usage: Usage, delivered: u64) -> ServerUsage {
    let per_delivery = usage.cpu.as_secs_f64() * 1e6 / delivered as f64;
    ServerUsage {
        cpu_s: seconds(usage.cpu),
        cpu_per_delivery_us: (delivered > 0).then_some((per_delivery * 1e3).round() / 1e3),
        memory: usage.memory,
        descriptors: usage.descriptors,
    }
}

/// At most [`MOST_SAMPLES`] samples, evenly chosen.
fn thinned(series: Vec<Sample>) -> Vec<Sample> {
    let step = series.len().div_ceil(MOST_SAMPLES).max(1);
    series.into_iter().step_by(step).collect()
}
