//! `chatctl load --join HOST:PORT`: makes a share of a load that another generator leads, from the command line.

use std::sync::Arc;

use anyhow::{Context, anyhow};
use chatctl::lang::ast::{Reading, Script};
use chatctl::lang::{parse_as, rewritten};
use chatctl::load::generators::{JoinedGenerator, MemberError, Order};
use chatctl::load::plan::{Overrides, Plan};
use chatctl::load::resources::Resources;
use chatctl::load::target::Target;
use chatctl::run::{Started, Stop};
use chatctl::text::numbers::counted;
use chatctl::text::visible::visible;
use clap::Parser;

use super::LoadArguments;
use crate::exit::{Because, Exit};
use crate::{output, signals};

/// The arguments of the generator that leads.
#[derive(Debug, Parser)]
struct LeadersArguments {
    #[command(flatten)]
    load: LoadArguments,
}

/// Waits for a plan, and makes its share of the load.
pub(super) fn join(arguments: &LoadArguments, leader: &str) -> anyhow::Result<Exit> {
    let stop = Stop::default();
    let stopping = stop.clone();
    let signal = signals::watch(move || stopping.stop())?;
    output::remark(&format!("waiting for a plan from {leader}\n"));
    match work(arguments, leader, &stop) {
        Ok(()) | Err(Undone::Ended(MemberError::Interrupted)) => Ok(signal.exit().unwrap_or(Exit::Passed)),
        Err(Undone::Ended(error)) => Err(error).context(Because::new(Exit::NoConnection, "the load is over")),
        Err(Undone::Impossible(error)) => Err(error),
    }
}

/// Why no share of a load was made.
enum Undone {
    /// The leader is gone, or this process was interrupted.
    Ended(MemberError),
    /// The share cannot be made here.
    Impossible(anyhow::Error),
}

fn work(arguments: &LoadArguments, leader: &str, stop: &Stop) -> Result<(), Undone> {
    let (member, order) = JoinedGenerator::join(leader, stop).map_err(Undone::Ended)?;
    let share = match OwnShare::new(arguments, &order) {
        Ok(share) => share,
        Err(error) => {
            member.refuse(&format!("{error:#}")).map_err(Undone::Ended)?;
            return Err(Undone::Impossible(error));
        }
    };
    let users = counted(share.plan.own_users(), "user");
    output::remark(&format!("{users} of {} in {}\n", share.plan.users(), visible(share.script.source.name())));
    member.play(&share.script, share.plan, &share.target, &order, stop).map_err(Undone::Ended)
}

/// What is needed to make the share.
struct OwnShare {
    script: Arc<Script>,
    plan: Plan,
    target: Target,
    /// Lives as long as the load.
    _server: Started,
}

impl OwnShare {
    fn new(arguments: &LoadArguments, order: &Order) -> anyhow::Result<Self> {
        let given = std::iter::once("load").chain(order.arguments.iter().map(String::as_str));
        let leaders = LeadersArguments::try_parse_from(given).map_err(|error| anyhow!("{}", error.kind()))?.load;
        let source = rewritten(&order.script_name, &order.script, &order.included);
        let dialect = leaders.target.shipped_dialect().map(str::to_owned);
        let reading = Reading { dialect, params: order.params.clone() };
        let script = parse_as(&source, &reading)
            .map_err(|errors| anyhow!("the script has {}", counted(errors.len(), "error")))?;
        let own = arguments.overrides();
        let overrides = leaders.overrides();
        let overrides = Overrides { seed: Some(order.seed), workers: own.workers.or(overrides.workers), ..overrides };
        let mut plan = Plan::new(&script, &overrides)?;
        order.assign(&mut plan);
        leaders.target.check(std::slice::from_ref(&script))?;
        let servers = leaders.target.server_count();
        Resources { servers, is_embedded: false, ..arguments.resources() }.check(&plan)?;
        let server = leaders.target.start(&script)?;
        let target = Target {
            addresses: server.addresses.clone(),
            connect_defaults: leaders.target.connect_defaults(),
            source_ips: arguments.source_ips.clone().map_or(Vec::new(), |ips| ips.0),
            server_pid: None,
            is_embedded: false,
            params: order.params.clone(),
        };
        Ok(Self { script: Arc::new(script), plan, target, _server: server })
    }
}
