//! The walk over a script in the file's order, which keeps what the text has come to.

use std::collections::HashMap;
use std::sync::Arc;

use super::names::{Kind, LaneId, LaneKey, Names};
use super::people::Demand;
use super::places::{self, Place};
use super::presence::{Departure, Presence, Status};
use super::templates::Role;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span, Spanned};
use crate::lang::ast::{
    Act, Block, BlockKind, Expectation, Mode, Name, Opening, SendText, Statement, StatementKind, Users, Value,
};

/// The walk, and what it finds.
pub(super) struct Walk<'a> {
    pub(super) source: &'a Source,
    pub(super) errors: Vec<Diagnostic>,
    /// Where each label is declared first in the file, wherever that is.
    pub(super) declared: HashMap<Name, Span>,
    pub(super) state: State,
    /// What the statement stands in, outermost first.
    pub(super) places: Vec<(Place, Span)>,
    /// Who is `me` in turn.
    pub(super) me: Option<Vec<Name>>,
    /// In which lane the statement is.
    pub(super) lane: Option<LaneId>,
    /// What the statement, or its `unordered` block, captures at its end.
    pub(super) pending: Vec<Spanned<Name>>,
    /// Whether the conversation has begun, after which no `setup` makes sense.
    begun: Option<Span>,
}

/// What each test begins with anew.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) names: Names,
    pub(super) presence: Presence,
}

impl<'a> Walk<'a> {
    pub(super) fn new(source: &'a Source, declared: HashMap<Name, Span>) -> Self {
        Self {
            source,
            errors: Vec::new(),
            declared,
            state: State::default(),
            places: Vec::new(),
            me: None,
            lane: None,
            pending: Vec::new(),
            begun: None,
        }
    }

    /// Walks over what stands before the first `test`.
    pub(super) fn preamble(&mut self, statements: &mut [Statement]) {
        self.inside(Place::Preamble, Span::default(), statements);
    }

    /// Walks over a test, or over a file that has none.
    pub(super) fn test(&mut self, statements: &mut [Statement], has_tests: bool) {
        let place = if has_tests { Place::Test } else { Place::File };
        self.inside(place, Span::default(), statements);
    }

    /// Notes an error.
    pub(super) fn error(&mut self, span: Span, message: &str, mark: &str) {
        self.errors.push(Diagnostic::error(self.source, span, message, mark));
    }

    fn inside(&mut self, place: Place, span: Span, statements: &mut [Statement]) {
        self.places.push((place, span));
        for statement in statements {
            self.statement(statement);
        }
        self.places.pop();
    }

    fn statement(&mut self, statement: &mut Statement) {
        if let Err(misplaced) = places::check(statement, &self.places) {
            let mut error = Diagnostic::error(self.source, statement.span, misplaced.message, "not here");
            if let Some((place, span)) = misplaced.outer.filter(|(_, span)| !span.is_empty()) {
                error = error.mark(span, format!("inside of this `{}`", place.word()));
            }
            self.errors.push(error.help(misplaced.help));
        }
        let is_lane = self.places.last().is_some_and(|(place, _)| *place == Place::Together);
        if is_lane {
            self.enter_lane(statement);
        }
        self.carry_out(statement);
        if is_lane {
            self.lane = None;
        }
    }

    /// Notes in which lane a statement is that stands directly in `together`.
    fn enter_lane(&mut self, statement: &mut Statement) {
        let together = self.places.last().map_or(Span::default(), |(_, span)| *span);
        let owner = match statement.kind.users() {
            None => LaneKey::Block(statement.span),
            Some(users) => {
                // Settling the users notes their errors, which is done once, later; here only the labels count.
                let found = self.errors.len();
                let labels = self.users(&mut users.clone(), Demand::BeKnown);
                self.errors.truncate(found);
                LaneKey::Users(labels)
            }
        };
        self.lane = Some(LaneId { together, owner });
    }

    fn carry_out(&mut self, statement: &mut Statement) {
        let span = statement.span;
        match &mut statement.kind {
            StatementKind::By { users, act } => self.act(users, act, span),
            StatementKind::Connect(opening) => self.opening(opening),
            StatementKind::Block(block) => self.block(block, span),
            StatementKind::Value(value) => self.value(value),
            StatementKind::Wait(_) | StatementKind::Set(_) => {}
        }
    }

    fn act(&mut self, users: &mut Users, act: &mut Act, span: Span) {
        match act {
            Act::Send(text) => self.send(users, text),
            Act::Raw(_) => {
                self.users(users, Demand::Write);
                self.state.presence.act();
            }
            Act::Expect(expectation) => self.expect(users, expectation),
            Act::Silent | Act::Drain => {
                self.users(users, Demand::Receive);
            }
            Act::Closed => {
                let users = self.users(users, Demand::BeClosed);
                self.depart(&users, span, Departure::ClosedByServer);
            }
            Act::Ignore(pattern) => {
                self.users(users, Demand::BeKnown);
                self.pattern(pattern, Role::Unsure("ignore"));
            }
            Act::Disconnect => {
                let users = self.users(users, Demand::Leave);
                self.depart(&users, span, Departure::Disconnected);
            }
            Act::Reset => {
                let users = self.users(users, Demand::Reset);
                self.depart(&users, span, Departure::Reset);
            }
            Act::Reconnect => {
                let users = self.users(users, Demand::Return);
                self.state.presence.act();
                users.iter().for_each(|user| self.state.presence.change(user, Status::Present));
            }
            Act::Stall => {
                let users = self.users(users, Demand::Stall);
                let since = self.state.presence.since(span);
                users.iter().for_each(|user| self.state.presence.change(user, Status::Stalled(since)));
            }
            Act::Resume => {
                let users = self.users(users, Demand::Resume);
                users.iter().for_each(|user| self.state.presence.change(user, Status::Present));
            }
            Act::Chunk(_) => {
                self.users(users, Demand::BeConnected);
            }
        }
    }

    fn block(&mut self, block: &mut Block, span: Span) {
        // Nothing shares the bodies of blocks before their lanes are made, so nothing is copied here.
        let body = Arc::make_mut(&mut block.body);
        match &mut block.kind {
            BlockKind::Unordered => self.unordered(body, span),
            BlockKind::Together(lanes) => {
                let outer = self.lane.take();
                self.inside(Place::Together, span, body);
                self.lane = outer;
                *lanes = self.lanes(body);
            }
            BlockKind::Each(users) => self.each(users, body, span),
            BlockKind::Repeat(_) => self.repeated(Place::Repeat, body, span, &[]),
            BlockKind::Every(_) => self.repeated(Place::Every, body, span, &[]),
            BlockKind::Setup => self.setup(body, span),
            BlockKind::Finally => self.inside(Place::Finally, span, body),
        }
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Let(constant) => {
                self.template(&mut constant.value, Role::Constant);
                self.declare(&constant.name, Kind::Constant);
            }
            Value::Param(param) => {
                self.template(&mut param.default, Role::Constant);
                self.declare(&param.name, Kind::Parameter);
            }
            Value::Assert(assert) => {
                self.template(&mut assert.left, Role::Assert);
                self.template(&mut assert.right, Role::Assert);
            }
        }
    }

    fn declare(&mut self, name: &Spanned<Name>, kind: Kind) {
        if let Some(other) = self.state.names.declare(&name.value, kind, name.span).cloned() {
            self.clash(&name.value, name.span, &other);
        }
    }

    fn opening(&mut self, opening: &mut Opening) {
        for declaration in &mut opening.users {
            if let Some(wire_name) = &mut declaration.wire_name {
                self.template(wire_name, Role::WireName);
            }
            let label = &declaration.label;
            let members = declaration.members.clone();
            if declaration.size.is_some() {
                self.declare(label, Kind::Group(members.clone()));
            }
            for member in members {
                self.declare(&Spanned::new(member.clone(), label.span), Kind::User);
                if self.state.presence.status(&member).is_none() {
                    self.state.presence.arrive(&member);
                }
            }
        }
        self.state.presence.act();
    }

    fn send(&mut self, users: &mut Users, text: &mut SendText) {
        self.begin(users.span);
        self.users(users, Demand::Write);
        match text {
            SendText::Line(text) => self.template(text, Role::Send),
            SendText::Block { lines, .. } => lines.iter_mut().for_each(|line| self.template(line, Role::Send)),
        }
        self.state.presence.act();
    }

    fn expect(&mut self, users: &mut Users, expectation: &mut Expectation) {
        self.begin(users.span);
        self.users(users, Demand::Receive);
        let role = match expectation.mode {
            Mode::Next | Mode::Later => Role::Expect,
            Mode::Optional => Role::Unsure("<?"),
            Mode::Absent => Role::Unsure("<!"),
        };
        let is_unordered = self.places.last().is_some_and(|(place, _)| *place == Place::Unordered);
        let before = self.pending.len();
        self.pending.extend(expectation.pattern.captures());
        let captures = self.pattern(&mut expectation.pattern, role);
        if !is_unordered {
            self.pending.truncate(before);
            let lane = self.lane.clone();
            self.keep(captures, lane.as_ref());
        }
    }

    /// The expectations of an `unordered` block are met in any order, so what they capture has a value after it only.
    fn unordered(&mut self, body: &mut [Statement], span: Span) {
        let outer = std::mem::take(&mut self.pending);
        self.inside(Place::Unordered, span, body);
        let captures = std::mem::replace(&mut self.pending, outer);
        let lane = self.lane.clone();
        self.keep(captures, lane.as_ref());
    }

    fn each(&mut self, users: &mut Users, body: &mut [Statement], span: Span) {
        let members = self.users(users, Demand::BeKnown);
        let outer = self.me.replace(members.clone());
        let names = self.state.names.clone();
        self.repeated(Place::Each, body, span, &members);
        self.state.names.leave(names);
        self.me = outer;
    }

    /// A body that is carried out again has to find its users as it found them the first time, but for those whose own
    /// turn it was.
    fn repeated(&mut self, place: Place, body: &mut [Statement], span: Span, turns: &[Name]) {
        let before = self.state.presence.clone();
        self.inside(place, span, body);
        let changed = self.state.presence.changed_since(&before).filter(|(user, _)| !turns.contains(user));
        let changed: Vec<(Name, Status)> = changed.map(|(user, status)| (user.clone(), status)).collect();
        for (user, status) in changed {
            let (message, since, help) = match status {
                Status::Present => (format!("{user} is back after the first turn"), None, "undo it before the `end`"),
                Status::Stalled(since) => {
                    (format!("{user} is stalled after the first turn"), Some(since.span), "`resume` before the `end`")
                }
                Status::Gone(since, _) => {
                    (format!("{user} is gone after the first turn"), Some(since.span), "`reconnect` before the `end`")
                }
            };
            let mark = format!("this `{}` carries its body out again", place.word());
            let error = match since {
                Some(since) => Diagnostic::error(self.source, since, message, "from here on").mark(span, mark),
                None => Diagnostic::error(self.source, span, message, mark),
            };
            self.errors.push(error.help(help));
        }
    }

    fn setup(&mut self, body: &mut [Statement], span: Span) {
        if let Some(begun) = self.begun {
            let error = Diagnostic::error(self.source, span, "`setup` after the conversation has begun", "not here")
                .mark(begun, "it begins here")
                .help("`setup` is what happens before a test: write it above");
            self.errors.push(error);
        }
        self.inside(Place::Setup, span, body);
    }

    /// Notes where the conversation of a file without tests begins.
    fn begin(&mut self, span: Span) {
        let is_prepared = self.places.iter().any(|(place, _)| matches!(place, Place::Setup | Place::Finally));
        let is_file = self.places.first().is_some_and(|(place, _)| *place == Place::File);
        if self.begun.is_none() && is_file && !is_prepared {
            self.begun = Some(span);
        }
    }
}
