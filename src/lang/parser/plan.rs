//! The lines of a `load` block, and the flags of the command line that are written like them.

use pest::Parser;

use super::context::{LineContext, first};
use super::grammar::{Grammar, Pair, Rule};
use super::{mistake, value};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span, Spanned};
use crate::lang::ast::{Figure, Limit, LoadPlan, LoadStage, RateStage, StageKind, TargetRate, Threshold, Unit};
use crate::text::nearest::nearest;

/// What a line of a `load` block says about the block.
pub(super) enum PlanItem {
    /// Something of the plan, now in it, or nothing.
    Entry,
    /// `end`
    End,
}

/// Reads a line of a `load` block into `plan`.
pub(super) fn read(source: &Source, span: Span, plan: &mut LoadPlan, errors: &mut Vec<Diagnostic>) -> PlanItem {
    let (mut line, text) = LineContext::new(source, span, errors);
    match Grammar::parse(Rule::plan_line, text) {
        Ok(mut pairs) => {
            let found = pairs.next().and_then(|line| line.into_inner().next());
            entry(&mut line, plan, found.expect("the grammar's `plan_line` holds one entry, or `empty`"))
        }
        Err(error) => {
            mistake::explain_plan(&mut line, text, &error);
            PlanItem::Entry
        }
    }
}

fn entry(line: &mut LineContext<'_>, plan: &mut LoadPlan, pair: Pair<'_>) -> PlanItem {
    match pair.as_rule() {
        Rule::end => return PlanItem::End,
        Rule::plan_users => {
            let users = value::positive(line, &first(pair));
            once(line, &mut plan.users, Spanned::new(users.value.get(), users.span));
        }
        Rule::stages => {
            let span = line.span(&pair);
            let stages = pair.into_inner().map(|pair| stage(line, pair)).collect();
            once(line, &mut plan.stages, Spanned::new(stages, span));
        }
        Rule::plan_duration => {
            let duration = value::nonzero_duration(line, &first(pair));
            once(line, &mut plan.duration, duration);
        }
        Rule::connect_rate => {
            let rate = rate(line, first(pair));
            once(line, &mut plan.connect_rate, rate);
        }
        Rule::rate => {
            let rate = target_rate(line, pair);
            once(line, &mut plan.rate, rate);
        }
        Rule::warmup => {
            let pair = first(pair);
            let warmup = Spanned::new(value::duration(line, &pair), line.span(&pair));
            once(line, &mut plan.warmup, warmup);
        }
        Rule::seed => {
            let seed = value::number(line, &first(pair));
            once(line, &mut plan.seed, seed);
        }
        Rule::fail_if => plan.fail_if.extend(threshold(line, first(pair))),
        _ => {}
    }
    refuse_users_with_stages(line, plan);
    PlanItem::Entry
}

/// Keeps the value, unless there is one already.
fn once<T>(line: &mut LineContext<'_>, slot: &mut Option<Spanned<T>>, value: Spanned<T>) {
    match slot {
        None => *slot = Some(value),
        Some(before) => {
            let error = Diagnostic::error(line.source, value.span, "duplicate setting", "already set above")
                .mark(before.span, "for the first time");
            line.errors.push(error);
        }
    }
}

fn refuse_users_with_stages(line: &mut LineContext<'_>, plan: &mut LoadPlan) {
    if let (Some(users), Some(stages)) = (plan.users, &plan.stages) {
        let (earlier, later) =
            if users.span < stages.span { (users.span, stages.span) } else { (stages.span, users.span) };
        let error = Diagnostic::error(line.source, later, "`users` and `stages` exclude each other", "or this")
            .mark(earlier, "either this")
            .help("stages say how many users there are at any time");
        line.errors.push(error);
        plan.users = None;
    }
}

fn rate(line: &mut LineContext<'_>, pair: Pair<'_>) -> Spanned<f64> {
    let span = line.span(&pair);
    let rate = value::per_second(pair);
    if rate == 0.0 {
        line.error(span, "rate must be above zero", "expected a rate above zero", None);
    }
    Spanned::new(rate, span)
}

/// What stands after `rate`: `500/s`, or stages.
fn target_rate(line: &mut LineContext<'_>, pair: Pair<'_>) -> Spanned<TargetRate> {
    let span = line.span(&pair);
    let mut inner = pair.into_inner().filter(|pair| pair.as_rule() != Rule::EOI).peekable();
    if inner.peek().is_some_and(|first| first.as_rule() == Rule::per_second) {
        let rate = inner.next().map_or(0.0, |pair| rate(line, pair).value);
        return Spanned::new(TargetRate::Constant(rate), span);
    }
    let stages = TargetRate::Stages(inner.map(|pair| rate_stage(line, first(pair))).collect());
    if stages.peak() == 0.0 {
        line.error(span, "rate must be above zero", "expected a stage that sends something", None);
    }
    Spanned::new(stages, span)
}

fn rate_stage(line: &mut LineContext<'_>, pair: Pair<'_>) -> RateStage {
    if pair.as_rule() == Rule::hold {
        return RateStage::Hold(value::duration(line, &first(pair)));
    }
    let (text, span) = (pair.as_str(), line.span(&pair));
    let mut inner = pair.into_inner();
    let (from, to) = inner.next().zip(inner.next()).expect("`rate_ramp` has two rates");
    let over = inner.next().expect("`rate_ramp` has a duration");
    let is_per_minute = value::is_per_minute(&to);
    let unit = text.split("->").next().and_then(|from| from.split_once('/'));
    if unit.is_some_and(|(_, unit)| unit.starts_with('m') != is_per_minute) {
        line.error(span, "a ramp from one unit to another", "expected both rates per second, or both per minute", None);
    }
    let from = from.as_str().parse().unwrap_or(f64::MAX) / if is_per_minute { 60.0 } else { 1.0 };
    RateStage::Ramp { from, to: value::per_second(to), over: value::duration(line, &over) }
}

fn stage(line: &mut LineContext<'_>, pair: Pair<'_>) -> LoadStage {
    let span = line.span(&pair);
    let pair = first(pair);
    let kind = match pair.as_rule() {
        Rule::ramp => {
            let mut inner = pair.into_inner();
            let (from, to) = inner.next().zip(inner.next()).expect("`ramp` has two numbers");
            let over = inner.next().expect("`ramp` has a duration");
            let over = value::duration(line, &over);
            StageKind::Ramp { from: value::number(line, &from).value, to: value::number(line, &to).value, over }
        }
        _ => StageKind::Hold(value::duration(line, &first(pair))),
    };
    LoadStage { span, kind }
}

fn threshold(line: &mut LineContext<'_>, pair: Pair<'_>) -> Option<Threshold> {
    let span = line.span(&pair);
    let mut inner = pair.into_inner();
    let (name, operator) = inner.next().zip(inner.next()).expect("`threshold` has a figure and a comparison");
    let limit_pair = inner.next().expect("`threshold` has a limit");
    let figure = figure(line, &name)?;
    let comparison = value::comparison(operator.as_str());
    let limit = Spanned::new(limit(line, first(limit_pair.clone())), line.span(&limit_pair));
    refuse_unfit_limit(line, figure.value, limit);
    Some(Threshold { span, figure, comparison, limit })
}

fn figure(line: &mut LineContext<'_>, pair: &Pair<'_>) -> Option<Spanned<Figure>> {
    let span = line.span(pair);
    let name = pair.as_str();
    let Some(figure) = Figure::parse(name) else {
        let names: Vec<String> = Figure::all().map(Figure::name).collect();
        let mark = match nearest(name, names.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "expected a figure such as `delivery.p99`, `lost` or `sent.rate`".to_owned(),
        };
        line.error(span, &format!("unknown figure `{name}`"), &mark, None);
        return None;
    };
    Some(Spanned::new(figure, span))
}

fn limit(line: &mut LineContext<'_>, pair: Pair<'_>) -> Limit {
    match pair.as_rule() {
        Rule::percent => Limit::Percent(value::decimal(pair)),
        Rule::per_second => Limit::PerSecond(value::per_second(pair)),
        Rule::duration => Limit::Duration(value::duration(line, &pair)),
        _ => Limit::Count(value::number(line, &pair).value),
    }
}

fn refuse_unfit_limit(line: &mut LineContext<'_>, figure: Figure, limit: Spanned<Limit>) {
    let expected = match (figure.unit(), limit.value) {
        (Unit::Milliseconds, Limit::Duration(_))
        | (Unit::PerSecond, Limit::PerSecond(_))
        | (Unit::Count, Limit::Count(_) | Limit::Percent(_)) => return,
        (Unit::Milliseconds, Limit::Count(_) | Limit::Percent(_) | Limit::PerSecond(_)) => {
            "expected a duration such as `250ms`"
        }
        (Unit::PerSecond, Limit::Duration(_) | Limit::Count(_) | Limit::Percent(_)) => {
            "expected a rate such as `500/s`"
        }
        (Unit::Count, Limit::Duration(_) | Limit::PerSecond(_)) => "expected a number such as `3`, or `0.1%`",
    };
    line.error(limit.span, "this limit does not fit the figure", expected, None);
}

/// Reads stages as a `load` block has them, `0 -> 5000 in 60s, hold 5m`, from a flag of the command line.
///
/// # Errors
/// What is wrong with the text, with places in it.
pub fn parse_stages(text: &str) -> Result<Vec<LoadStage>, Vec<Diagnostic>> {
    flag(text, Rule::stages_flag, "stages", |line, pair| {
        Some(pair.into_inner().filter(|pair| pair.as_rule() == Rule::stage).map(|pair| stage(line, pair)).collect())
    })
}

/// Reads a threshold as a `load` block has it after `fail if`, from a flag of the command line.
///
/// # Errors
/// What is wrong with the text, with places in it.
pub fn parse_threshold(text: &str) -> Result<Threshold, Vec<Diagnostic>> {
    flag(text, Rule::threshold_flag, "fail", |line, pair| threshold(line, first(pair)))
}

/// Reads a rate per second, `200/s`, from a flag of the command line.
///
/// # Errors
/// What is wrong with the text, with places in it.
pub fn parse_rate(text: &str) -> Result<f64, Vec<Diagnostic>> {
    flag(text, Rule::rate_flag, "rate", |line, pair| Some(rate(line, first(pair)).value))
}

/// Reads a rate as a `load` block has it after `rate`, `200/s` or `0 -> 5000/s in 2m`, from a flag of the command line.
///
/// # Errors
/// What is wrong with the text, with places in it.
pub fn parse_target_rate(text: &str) -> Result<TargetRate, Vec<Diagnostic>> {
    flag(text, Rule::rate_profile_flag, "rate", |line, pair| Some(target_rate(line, pair).value))
}

/// Reads a duration, `200ms` or `1.5s`, from a flag of the command line.
///
/// # Errors
/// What is wrong with the text, with places in it.
pub fn parse_duration(text: &str) -> Result<std::time::Duration, Vec<Diagnostic>> {
    flag(text, Rule::duration_flag, "duration", |line, pair| Some(value::duration(line, &first(pair))))
}

fn flag<T>(
    text: &str,
    rule: Rule,
    word: &str,
    convert: impl FnOnce(&mut LineContext<'_>, Pair<'_>) -> Option<T>,
) -> Result<T, Vec<Diagnostic>> {
    let source = Source::new("command line", text);
    let mut errors = Vec::new();
    let mut line = LineContext { source: &source, base: 0, errors: &mut errors, sizes: None };
    let value = match Grammar::parse(rule, text) {
        Ok(mut pairs) => pairs.next().and_then(|pair| convert(&mut line, pair)),
        Err(error) => {
            mistake::explain_flag(&mut line, text, word, &error);
            None
        }
    };
    match value {
        Some(value) if errors.is_empty() => Ok(value),
        Some(_) | None => Err(errors),
    }
}
