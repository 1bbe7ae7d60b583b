//! `chatctl load --find-capacity`: the search for the highest load that a server bears, from the command line.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use anyhow::Context;
use chatctl::lang::ast::Script;
use chatctl::lang::load_errors;
use chatctl::load::capacity::{CapacitySearch, SearchEvent};
use chatctl::load::plan::Plan;
use chatctl::load::report::LoadProgress;
use chatctl::text::numbers::{counted, rate};

use super::report::LoadReporter;
use super::{LoadArguments, LoadEnvironment, exit};
use crate::exit::Exit;
use crate::output;

/// Makes the search and reports it.
pub(super) fn find(arguments: &LoadArguments, script: Script) -> anyhow::Result<Exit> {
    let script = Arc::new(script);
    let search = CapacitySearch::new(&script, &arguments.overrides(), arguments.resources())?;
    // The search comes to several casts, however few it begins with.
    let errors = load_errors(&script, Some(search.first().casts.max(2)));
    if !errors.is_empty() {
        output::show(&errors, arguments.reports.color);
        return Ok(Exit::ScriptErrors);
    }
    arguments.target.check(std::slice::from_ref(&*script))?;
    let reporter = LoadReporter::of_search(&arguments.reports)?;
    let LoadEnvironment { provenance, stop, signal, server, target } =
        LoadEnvironment::new(arguments, &script, &reporter)?;
    let mut progress: Option<LoadProgress> = None;
    let found = search.run(&target, &stop, &mut |event| match event {
        SearchEvent::Begun(plan) => {
            output::remark(&format!("{}\n", step(plan)));
            progress = Some(LoadProgress::new(plan, io::stderr().is_terminal()));
        }
        SearchEvent::Second(sample) => {
            if let Some(progress) = &mut progress {
                progress.show(sample);
            }
        }
        SearchEvent::Ended => {
            if let Some(progress) = progress.take() {
                progress.end();
            }
        }
    });
    let mut capacity = found.context("cannot start the generator's threads")?;
    capacity.provenance = Some(provenance.into());
    smol::block_on(server.stop);
    reporter.finish_search(&capacity)?;
    Ok(exit(capacity.verdict(arguments.strict_generator), &signal))
}

/// The load that begins.
fn step(plan: &Plan) -> String {
    let casts = counted(plan.casts, "cast");
    let users = format!("{} in {casts} of {}", counted(plan.users(), "user"), plan.cast_size);
    if plan.rate > 0.0 { format!("{users}, {}", rate(plan.rate)) } else { users }
}
