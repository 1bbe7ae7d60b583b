//! Sums a load up: makes the data of its reports from what its parts have measured.

use std::collections::BTreeMap;
use std::time::Duration;

use super::figures::{Figures, LabelFigures, LatencyFigures, Quantiles, ScheduledLabelFigures};
use super::labels::Labels;
use super::outcome::{GeneratorHealth, Outcome, PlanSummary, SCHEMA, ServerUsage};
use super::plan::Plan;
use super::resources::Usage;
use super::sample::Sample;
use super::stats::{LabelTimes, Latencies, Times};
use super::tally::Tally;
use super::threshold;
use crate::lang::ast::{Latency, Origin, Script, Statistic};
use crate::text::numbers;

/// If 1 % of the turns begin later than this, the generator does not make the load that it reports.
const MOST_LATENESS: Duration = Duration::from_millis(10);
/// A generator that uses more than this part of the processors of its workers has no reserve left.
const MOST_CPU: f64 = 0.9;
/// Other programs that use more than this part of the machine's processors may be what keeps the generator waiting.
const MUCH_BY_OTHERS: f64 = 0.2;
/// The most samples in a report; of longer loads every second, third, ... sample is kept.
const MOST_SAMPLES: usize = 3_600;

/// Sums a load up.
pub(super) fn summarize(script: &Script, plan: &Plan, tally: &Tally, is_embedded: bool) -> Outcome {
    let figures = figures(plan, tally);
    let judgements = plan.thresholds.iter().map(|threshold| threshold::judge(threshold, &figures)).collect();
    let main_latency = main_latency(&tally.total.latencies);
    let ranges = tally.total.latencies.times(main_latency, Origin::Intended).ranges();
    Outcome {
        schema: SCHEMA.to_owned(),
        script: script.title.as_ref().map_or(script.source.name(), |title| &title.value).to_owned(),
        provenance: None,
        interrupted: tally.end.is_stopped,
        aborted: tally.aborted.clone(),
        plan: plan_summary(plan, tally),
        thresholds: judgements,
        labels: labels(script, plan, tally),
        errors: tally.failures.clone(),
        undelivered: tally.counts.undelivered,
        settled_s: seconds(tally.settled),
        throttled_s: None,
        generator: generator(tally, is_embedded),
        generators: Vec::new(),
        server: tally.measured.server.map(|usage| server_usage(usage, tally.counts.delivered)),
        series: thinned(tally.measured.series.clone()),
        distribution: ranges.into_iter().map(|(end, count)| (milliseconds(end), count)).collect(),
        main_latency,
        figures,
    }
}

/// The time that counts, in seconds.
fn length(plan: &Plan, tally: &Tally) -> f64 {
    tally.end.at.saturating_sub(plan.warmup).as_secs_f64()
}

/// The figures of what was measured.
pub(super) fn figures(plan: &Plan, tally: &Tally) -> Figures {
    let (total, counts, length) = (&tally.total, &tally.counts, length(plan, tally));
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
        misdelivered: counts.misdelivered + tally.strays,
        disordered: counts.disordered,
        corrupted: total.corrupted,
        byte_rate: rate(total.bytes, length),
        undelivered: counts.undelivered.total(),
        unsent: total.unsent,
        errors: tally.failures.iter().map(|failures| failures.count).sum(),
        casts: tally.plays,
        unready: tally.unready,
        connected: tally.connected,
    }
}

fn labels(script: &Script, plan: &Plan, tally: &Tally) -> BTreeMap<String, LabelFigures> {
    let length = length(plan, tally);
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
    Labels::of(script).names().iter().cloned().zip(tally.total.labels.iter().map(figures)).collect()
}

fn latency_figures(latencies: &Latencies, origin: Origin) -> LatencyFigures {
    let of = |latency| quantiles(latencies.times(latency, origin));
    LatencyFigures {
        connect: of(Latency::Connect),
        delivery: of(Latency::Delivery),
        fanout: of(Latency::Fanout),
        round: of(Latency::Round),
        upload: of(Latency::Upload),
        download: of(Latency::Download),
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

/// The latency that the report shows first: of deliveries, or if nothing was delivered, of rounds, files or connects.
fn main_latency(latencies: &Latencies) -> Latency {
    let by_weight = [Latency::Delivery, Latency::Round, Latency::Upload, Latency::Download, Latency::Connect];
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

fn plan_summary(plan: &Plan, tally: &Tally) -> PlanSummary {
    let mut faults = Vec::new();
    if plan.stall > 0.0 {
        faults.push(format!("{} users ({}%) stopped reading after the warm-up", tally.stalled, plan.stall * 100.0));
    }
    faults.extend(plan.churn.map(|rate| format!("{rate} casts per second left and came back")));
    faults.extend(plan.chunk.map(|chunk| format!("every user wrote in chunks of {chunk} bytes")));
    PlanSummary {
        users: plan.users(),
        casts: plan.casts,
        cast_size: plan.cast_size,
        warmup_s: seconds(plan.warmup),
        duration_s: seconds(tally.end.at),
        rate: (plan.rate * 10.0).round() / 10.0,
        seed: plan.seed,
        workers: tally.workers,
        faults,
    }
}

/// The health of the generator that measured this.
pub(super) fn generator(tally: &Tally, is_embedded: bool) -> GeneratorHealth {
    let (measured, end) = (&tally.measured, tally.end.at);
    let own = measured.own.unwrap_or_default();
    let processors = tally.workers as f64 * end.as_secs_f64().max(1e-3);
    let cpu_part = own.cpu.as_secs_f64() / processors;
    let lateness = &tally.total.lateness;
    let lateness_p99 = lateness.quantile(0.99);
    let others_part = measured.others(end);
    let memory_per_user = own.memory.saturating_sub(measured.memory_before) / measured.most_users.max(1);
    GeneratorHealth {
        lateness_p99: lateness_p99.map(milliseconds),
        lateness_max: lateness.quantile(1.0).map(milliseconds),
        cpu_s: seconds(own.cpu),
        cpu_part: (cpu_part * 1e3).round() / 1e3,
        memory: own.memory,
        memory_per_user,
        descriptors: own.descriptors,
        others_part: others_part.map(|part| (part * 1e3).round() / 1e3),
        is_with_server: is_embedded,
        limit: limit(lateness_p99.unwrap_or_default(), cpu_part, others_part, is_embedded),
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
