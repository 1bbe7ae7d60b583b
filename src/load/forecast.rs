//! What a script will send under load: whether it has stamps and schedules, and at which rate one cast sends.

use crate::lang::ast::{
    Act, Block, BlockKind, Interval, LaneBlock, LaneOwner, Name, PartKind, Script, SendText, Statement, StatementKind,
    Template, Users,
};

/// What one cast of a script sends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Forecast {
    /// Whether it has an `every`.
    pub has_schedule: bool,
    /// Whether it has a `{{stamp}}`.
    pub has_stamps: bool,
    /// Whether it sends or fetches files.
    pub has_files: bool,
    /// Stamped messages per second of its schedules, before `--rate` changes the intervals.
    pub rate: f64,
}

impl Forecast {
    /// The forecast for this script.
    #[must_use]
    pub fn of(script: &Script) -> Self {
        let transfers =
            |kind: &StatementKind| matches!(kind, StatementKind::By { act: Act::Upload(_) | Act::Download(_), .. });
        let has_files = script.statements().any(|statement| transfers(&statement.kind));
        let mut forecast = Self { has_files, ..Self::default() };
        let tests = script.tests.iter().flat_map(|test| &test.statements);
        for statement in script.preamble.iter().chain(tests) {
            forecast.add(statement, None);
        }
        forecast
    }

    fn add(&mut self, statement: &Statement, me: Option<&Name>) {
        match &statement.kind {
            StatementKind::By { .. } => self.has_stamps |= stamps_of(statement, me) > 0,
            StatementKind::Block(block) => self.add_block(block, me),
            StatementKind::Connect(_) | StatementKind::Value(_) | StatementKind::Wait(_) | StatementKind::Set(_) => {}
        }
    }

    fn add_block(&mut self, block: &Block, me: Option<&Name>) {
        match &block.kind {
            BlockKind::Every(interval) => {
                self.has_schedule = true;
                let stamps = stamps_in(&block.body, me);
                self.has_stamps |= stamps > 0;
                let (Interval::Fixed(distance) | Interval::Poisson(distance)) = interval.value;
                self.rate += stamps as f64 / distance.as_secs_f64();
            }
            BlockKind::Each(users) => {
                for me in users.labels(me) {
                    block.body.iter().for_each(|statement| self.add(statement, Some(&me)));
                }
            }
            BlockKind::Together(lanes) => lanes.iter().for_each(|lane| self.add_lane(lane, me)),
            BlockKind::Repeat(_) | BlockKind::Setup | BlockKind::Finally => {
                block.body.iter().for_each(|statement| self.add(statement, me));
            }
            BlockKind::Unordered => {}
        }
    }

    fn add_lane(&mut self, lane: &LaneBlock, me: Option<&Name>) {
        let me = match &lane.owner {
            LaneOwner::Member(member) => Some(member),
            LaneOwner::User(_) | LaneOwner::Me | LaneOwner::Block(_) => me,
        };
        lane.statements.iter().for_each(|statement| self.add(statement, me));
    }
}

/// The number of stamped messages that these statements send in one turn.
#[must_use]
pub fn stamps_in(statements: &[Statement], me: Option<&Name>) -> u64 {
    statements.iter().map(|statement| stamps_of(statement, me)).sum()
}

fn stamps_of(statement: &Statement, me: Option<&Name>) -> u64 {
    match &statement.kind {
        StatementKind::By { users, act: Act::Send(text) } => stamps_of_text(text) * senders(users, me),
        StatementKind::Block(block) => stamps_of_block(block, me),
        StatementKind::By { .. }
        | StatementKind::Connect(_)
        | StatementKind::Value(_)
        | StatementKind::Wait(_)
        | StatementKind::Set(_) => 0,
    }
}

fn stamps_of_block(block: &Block, me: Option<&Name>) -> u64 {
    match &block.kind {
        BlockKind::Repeat(count) => count.value.get().saturating_mul(stamps_in(&block.body, me)),
        BlockKind::Each(users) => users.labels(me).iter().map(|me| stamps_in(&block.body, Some(me))).sum(),
        BlockKind::Together(lanes) => lanes.iter().map(|lane| stamps_of_lane(lane, me)).sum(),
        BlockKind::Every(_) | BlockKind::Setup | BlockKind::Finally => stamps_in(&block.body, me),
        BlockKind::Unordered => 0,
    }
}

fn stamps_of_lane(lane: &LaneBlock, me: Option<&Name>) -> u64 {
    match &lane.owner {
        LaneOwner::Member(member) => stamps_in(&lane.statements, Some(member)),
        LaneOwner::User(_) | LaneOwner::Me | LaneOwner::Block(_) => stamps_in(&lane.statements, me),
    }
}

fn senders(users: &Users, me: Option<&Name>) -> u64 {
    users.labels(me).len() as u64
}

fn stamps_of_text(text: &SendText) -> u64 {
    let stamps = |template: &Template| {
        template.parts.iter().filter(|part| matches!(part.kind, PartKind::Stamp(_))).count() as u64
    };
    match text {
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
        assert_eq!(forecast, Forecast { has_schedule: true, has_stamps: true, has_files: false, rate: 20.0 });
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
