//! What a script would send under load: whether it has stamps and schedules at all, and at which rate one cast sends.

use crate::lang::ast::{
    Interval, Lane, LaneOwner, Name, PartKind, Script, Send, SendText, Statement, StatementKind, Template, Users,
};

/// What one cast of a script does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Forecast {
    /// It has an `every`.
    pub has_schedule: bool,
    /// It has a `{{stamp}}`.
    pub has_stamps: bool,
    /// Stamped sends a second by its schedules, before any stretching.
    pub rate: f64,
}

impl Forecast {
    /// Of this script.
    #[must_use]
    pub fn of(script: &Script) -> Self {
        let mut forecast = Self::default();
        let tests = script.tests.iter().flat_map(|test| &test.statements);
        for statement in script.preamble.iter().chain(tests) {
            forecast.add(statement, None);
        }
        forecast
    }

    fn add(&mut self, statement: &Statement, me: Option<&Name>) {
        match &statement.kind {
            StatementKind::Send(_) => self.has_stamps |= stamps_of(statement, me) > 0,
            StatementKind::Every(every) => {
                self.has_schedule = true;
                let stamps = stamps_in(&every.block.statements, me);
                self.has_stamps |= stamps > 0;
                let (Interval::Fixed(distance) | Interval::Poisson(distance)) = every.interval.value;
                self.rate += stamps as f64 / distance.as_secs_f64();
            }
            StatementKind::Each(each) => {
                for me in each.users.labels(me) {
                    each.block.statements.iter().for_each(|statement| self.add(statement, Some(&me)));
                }
            }
            StatementKind::Together(together) => together.lanes.iter().for_each(|lane| self.add_lane(lane, me)),
            StatementKind::Repeat(repeat) => repeat.block.statements.iter().for_each(|inner| self.add(inner, me)),
            StatementKind::Setup(block) | StatementKind::Finally(block) => {
                block.statements.iter().for_each(|statement| self.add(statement, me));
            }
            StatementKind::Connect(_)
            | StatementKind::Open(_)
            | StatementKind::Raw(_)
            | StatementKind::Expect(_)
            | StatementKind::Silent(_)
            | StatementKind::Closed(_)
            | StatementKind::Drain(_)
            | StatementKind::Ignore(_)
            | StatementKind::Disconnect(_)
            | StatementKind::Reset(_)
            | StatementKind::Reconnect(_)
            | StatementKind::Stall(_)
            | StatementKind::Resume(_)
            | StatementKind::Chunk(_)
            | StatementKind::Unordered(_)
            | StatementKind::Pause(_)
            | StatementKind::Let(_)
            | StatementKind::Param(_)
            | StatementKind::Assert(_)
            | StatementKind::Set(_) => {}
        }
    }

    fn add_lane(&mut self, lane: &Lane, me: Option<&Name>) {
        let me = match &lane.owner {
            LaneOwner::Member(member) => Some(member),
            LaneOwner::User(_) | LaneOwner::Me | LaneOwner::Block(_) => me,
        };
        lane.statements.iter().for_each(|statement| self.add(statement, me));
    }
}

/// How many stamped sends these statements make in one turn.
#[must_use]
pub fn stamps_in(statements: &[Statement], me: Option<&Name>) -> u64 {
    statements.iter().map(|statement| stamps_of(statement, me)).sum()
}

fn stamps_of(statement: &Statement, me: Option<&Name>) -> u64 {
    match &statement.kind {
        StatementKind::Send(send) => stamps_of_send(send) * senders(&send.users, me),
        StatementKind::Repeat(repeat) => {
            repeat.count.value.get().saturating_mul(stamps_in(&repeat.block.statements, me))
        }
        StatementKind::Each(each) => {
            let labels = each.users.labels(me);
            labels.iter().map(|me| stamps_in(&each.block.statements, Some(me))).sum()
        }
        StatementKind::Together(together) => together.lanes.iter().map(|lane| stamps_of_lane(lane, me)).sum(),
        StatementKind::Every(every) => stamps_in(&every.block.statements, me),
        StatementKind::Setup(block) | StatementKind::Finally(block) => stamps_in(&block.statements, me),
        StatementKind::Connect(_)
        | StatementKind::Open(_)
        | StatementKind::Raw(_)
        | StatementKind::Expect(_)
        | StatementKind::Silent(_)
        | StatementKind::Closed(_)
        | StatementKind::Drain(_)
        | StatementKind::Ignore(_)
        | StatementKind::Disconnect(_)
        | StatementKind::Reset(_)
        | StatementKind::Reconnect(_)
        | StatementKind::Stall(_)
        | StatementKind::Resume(_)
        | StatementKind::Chunk(_)
        | StatementKind::Unordered(_)
        | StatementKind::Pause(_)
        | StatementKind::Let(_)
        | StatementKind::Param(_)
        | StatementKind::Assert(_)
        | StatementKind::Set(_) => 0,
    }
}

fn stamps_of_lane(lane: &Lane, me: Option<&Name>) -> u64 {
    match &lane.owner {
        LaneOwner::Member(member) => stamps_in(&lane.statements, Some(member)),
        LaneOwner::User(_) | LaneOwner::Me | LaneOwner::Block(_) => stamps_in(&lane.statements, me),
    }
}

fn senders(users: &Users, me: Option<&Name>) -> u64 {
    users.labels(me).len() as u64
}

fn stamps_of_send(send: &Send) -> u64 {
    let stamps = |template: &Template| {
        template.parts.iter().filter(|part| matches!(part.kind, PartKind::Stamp(_))).count() as u64
    };
    match &send.text {
        SendText::Line(line) => stamps(line),
        SendText::Block { lines, .. } => lines.iter().map(stamps).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::source::Source;
    use crate::lang::parse;

    fn forecast(text: &str) -> Forecast {
        Forecast::of(&parse(&Source::new("test", text)).unwrap())
    }

    #[test]
    fn the_built_in_script_sends_once_a_second_for_each_user() {
        let forecast = forecast(crate::load::BUILT_IN_SCRIPT);
        assert_eq!(forecast, Forecast { has_schedule: true, has_stamps: true, rate: 20.0 });
    }

    #[test]
    fn repetitions_and_groups_multiply() {
        let text = "connect a, t[3]\nevery 500ms\nrepeat 2\nt> send room x {{stamp}}\nend\na> hi\nend\n";
        assert_eq!(forecast(text).rate, 12.0);
    }

    #[test]
    fn a_script_may_have_neither() {
        assert_eq!(forecast("connect a\na> ping\na< server: pong\n"), Forecast::default());
    }
}
