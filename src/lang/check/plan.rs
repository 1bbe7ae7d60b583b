//! What of a load's plan is probably not meant.

use crate::diagnostic::Diagnostic;
use crate::lang::ast::{DEFAULT_WARMUP, Script, StageKind};
use crate::text::numbers::setting;

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
    let help = format!("the figures would mix few users with many: write `warmup {}`", setting(over));
    let message = "the warm-up ends during the first ramp";
    let warning = match plan.warmup {
        Some(warmup) => Diagnostic::warning(&script.source, warmup.span, message, "counts from the first connect")
            .mark(first.span, "the first ramp"),
        None => {
            let mark = format!("the warm-up is {} unless it is set", setting(DEFAULT_WARMUP));
            Diagnostic::warning(&script.source, first.span, message, mark)
        }
    };
    Some(warning.help(help))
}
