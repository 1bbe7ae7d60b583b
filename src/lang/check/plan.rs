//! What of a load's plan is probably not meant.

use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::lang::ast::{Script, StageKind};

/// How long a load warms up when nobody says otherwise.
const DEFAULT_WARMUP: Duration = Duration::from_secs(2);

/// The warning of a warm-up that ends while the first users still come.
pub(super) fn find(script: &Script) -> Option<Diagnostic> {
    let plan = script.plan.as_ref()?;
    let stages = plan.stages.as_ref()?;
    let first = stages.value.first()?;
    let StageKind::Ramp { from, to, over } = first.kind else { return None };
    let warmup = plan.warmup.map_or(DEFAULT_WARMUP, |warmup| warmup.value);
    if to <= from || warmup >= over {
        return None;
    }
    let seconds = over.as_secs_f64();
    let help = format!("the figures would mix few users with many: write `warmup {seconds}s`");
    let message = "the warm-up ends inside of the first ramp";
    let warning = match plan.warmup {
        Some(warmup) => Diagnostic::warning(&script.source, warmup.span, message, "counts from the first connect")
            .mark(first.span, "the first ramp"),
        None => Diagnostic::warning(&script.source, first.span, message, "the warm-up is 2s, as nothing else is said"),
    };
    Some(warning.help(help))
}
