//! The walk over a script in the file's order, which keeps what the text has come to.

use std::collections::HashMap;

use super::names::{Kind, LaneId, LaneKey, Names};
use super::people::Demand;
use super::places::{self, Place};
use super::presence::{Departure, Presence, Status};
use super::templates::Role;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span, Spanned};
use crate::lang::ast::{
    Block, Each, Expectation, Mode, Name, Opening, Send, SendText, Statement, StatementKind, Together,
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
            StatementKind::Connect(opening) | StatementKind::Open(opening) => self.opening(opening),
            StatementKind::Send(send) => self.send(send),
            StatementKind::Raw(raw) => {
                self.users(&mut raw.users, Demand::Write);
                self.state.presence.act();
            }
            StatementKind::Expect(expectation) => self.expect(expectation),
            StatementKind::Silent(users) | StatementKind::Drain(users) => {
                self.users(users, Demand::Receive);
            }
            StatementKind::Closed(users) => {
                let users = self.users(users, Demand::BeClosed);
                self.depart(&users, span, Departure::ClosedByServer);
            }
            StatementKind::Ignore(ignore) => {
                self.users(&mut ignore.users, Demand::BeKnown);
                self.pattern(&mut ignore.pattern, Role::Unsure("ignore"));
            }
            StatementKind::Disconnect(users) => {
                let users = self.users(users, Demand::Leave);
                self.depart(&users, span, Departure::Disconnected);
            }
            StatementKind::Reset(users) => {
                let users = self.users(users, Demand::Reset);
                self.depart(&users, span, Departure::Reset);
            }
            StatementKind::Reconnect(users) => {
                let users = self.users(users, Demand::Return);
                self.state.presence.act();
                users.iter().for_each(|user| self.state.presence.change(user, Status::Present));
            }
            StatementKind::Stall(users) => {
                let users = self.users(users, Demand::Stall);
                let since = self.state.presence.since(span);
                users.iter().for_each(|user| self.state.presence.change(user, Status::Stalled(since)));
            }
            StatementKind::Resume(users) => {
                let users = self.users(users, Demand::Resume);
                users.iter().for_each(|user| self.state.presence.change(user, Status::Present));
            }
            StatementKind::Chunk(chunk) => {
                self.users(&mut chunk.users, Demand::BeConnected);
            }
            StatementKind::Unordered(block) => self.unordered(block, span),
            StatementKind::Together(together) => self.together(together, span),
            StatementKind::Each(each) => self.each(each, span),
            StatementKind::Repeat(repeat) => self.repeated(Place::Repeat, &mut repeat.block, span, &[]),
            StatementKind::Every(every) => self.repeated(Place::Every, &mut every.block, span, &[]),
            StatementKind::Pause(_) | StatementKind::Set(_) => {}
            StatementKind::Let(constant) => {
                self.template(&mut constant.value, Role::Constant);
                self.declare(&constant.name, Kind::Constant);
            }
            StatementKind::Param(param) => {
                self.template(&mut param.default, Role::Constant);
                self.declare(&param.name, Kind::Parameter);
            }
            StatementKind::Assert(assert) => {
                self.template(&mut assert.left, Role::Assert);
                self.template(&mut assert.right, Role::Assert);
            }
            StatementKind::Setup(block) => self.setup(block, span),
            StatementKind::Finally(block) => self.inside(Place::Finally, span, &mut block.statements),
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

    fn send(&mut self, send: &mut Send) {
        self.begin(send.users.span);
        self.users(&mut send.users, Demand::Write);
        match &mut send.text {
            SendText::Line(text) => self.template(text, Role::Send),
            SendText::Block { lines, .. } => lines.iter_mut().for_each(|line| self.template(line, Role::Send)),
        }
        self.state.presence.act();
    }

    fn expect(&mut self, expectation: &mut Expectation) {
        self.begin(expectation.users.span);
        self.users(&mut expectation.users, Demand::Receive);
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
    fn unordered(&mut self, block: &mut Block, span: Span) {
        let outer = std::mem::take(&mut self.pending);
        self.inside(Place::Unordered, span, &mut block.statements);
        let captures = std::mem::replace(&mut self.pending, outer);
        let lane = self.lane.clone();
        self.keep(captures, lane.as_ref());
    }

    fn together(&mut self, together: &mut Together, span: Span) {
        let outer = self.lane.take();
        self.inside(Place::Together, span, &mut together.block.statements);
        self.lane = outer;
        self.lanes(together);
    }

    fn each(&mut self, each: &mut Each, span: Span) {
        let members = self.users(&mut each.users, Demand::BeKnown);
        let outer = self.me.replace(members.clone());
        let names = self.state.names.clone();
        self.repeated(Place::Each, &mut each.block, span, &members);
        self.state.names.leave(names);
        self.me = outer;
    }

    /// A body that is carried out again has to find its users as it found them the first time, but for those whose own
    /// turn it was.
    fn repeated(&mut self, place: Place, block: &mut Block, span: Span, turns: &[Name]) {
        let before = self.state.presence.clone();
        self.inside(place, span, &mut block.statements);
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

    fn setup(&mut self, block: &mut Block, span: Span) {
        if let Some(begun) = self.begun {
            let error = Diagnostic::error(self.source, span, "`setup` after the conversation has begun", "not here")
                .mark(begun, "it begins here")
                .help("`setup` is what happens before a test: write it above");
            self.errors.push(error);
        }
        self.inside(Place::Setup, span, &mut block.statements);
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
