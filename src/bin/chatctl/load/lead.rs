//! `chatctl load --generators N`: leads other generators, from the command line.

use std::net::TcpListener;

use anyhow::{Context, ensure};
use chatctl::lang::ast::Script;
use chatctl::load::generators::{LeadError, LeadEvent, Leader};
use chatctl::load::plan::Plan;
use chatctl::text::numbers::counted;
use chatctl::text::visible::visible;

use super::report::LoadReporter;
use super::{LoadArguments, LoadEnvironment, exit};
use crate::exit::{Because, Exit};
use crate::output;

/// The flags that are for this process alone, each with a value.
const OWN_FLAGS: [&str; 3] = ["--server-pid", "--out", "--source-ips"];

/// Waits for the generators, lets them make the load, and reports it.
pub(super) fn lead(arguments: &LoadArguments, script: &Script, plan: &Plan, generators: u64) -> anyhow::Result<Exit> {
    ensure!(!arguments.target.spawns(), "--spawn cannot be used with --generators: each would start a server");
    let reporter = LoadReporter::new(&arguments.reports)?;
    let LoadEnvironment { provenance, stop, signal, server: _, target } =
        LoadEnvironment::new(arguments, script, &reporter)?;
    let at = &arguments.generators_at;
    let listener = TcpListener::bind(at)
        .with_context(|| Because::new(Exit::NoConnection, format!("cannot wait for generators at {at}")))?;
    let at = listener.local_addr().context("cannot wait for generators")?;
    output::remark(&format!("waiting for {}: chatctl load --join {at}\n", counted(generators, "generator")));
    let mut progress = reporter.begin(plan, &target);
    let leader = Leader::new(script, plan, for_members(std::env::args()), &stop);
    let led = leader.lead((&listener, generators), target.params, arguments.server_pid, &mut |event| match event {
        LeadEvent::Joined { number, name } => {
            output::remark(&format!("generator {number} of {generators} has joined: {}\n", visible(name)));
        }
        LeadEvent::Begun => output::remark("all generators begin\n"),
        LeadEvent::Second(sample) => progress.show(sample),
    });
    progress.end();
    let mut outcome = match led {
        Ok(outcome) => outcome,
        Err(LeadError::Interrupted) => return Ok(signal.exit().unwrap_or(Exit::Failed)),
        Err(error @ LeadError::Refused { .. }) => {
            return Err(Because::new(Exit::GeneratorLimited, error.to_string()).into());
        }
        Err(error) => return Err(error.into()),
    };
    outcome.provenance = Some(provenance.into());
    reporter.finish(&outcome, arguments.strict_generator)?;
    Ok(exit(outcome.verdict(arguments.strict_generator), &signal))
}

/// The arguments after `load`, without those that are for this process alone.
fn for_members(arguments: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut is_value = false;
    for argument in arguments.skip_while(|argument| argument != "load").skip(1) {
        let flag = argument.split_once('=').map_or(argument.as_str(), |(flag, _)| flag);
        let is_own = OWN_FLAGS.contains(&flag);
        if !is_value && !is_own {
            kept.push(argument.clone());
        }
        is_value = !is_value && is_own && argument == flag;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_this_process_alone_is_not_passed_on() {
        let given = "chatctl load x.chat --out json=a --server-pid 7 --users 5 --out=html=b --server h:1";
        let kept = for_members(given.split(' ').map(str::to_owned));
        assert_eq!(kept.join(" "), "x.chat --users 5 --server h:1");
    }
}
