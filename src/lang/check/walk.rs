//! The walk over a script in the file's order, which keeps what holds at each statement.

use std::collections::HashMap;
use std::sync::Arc;

use super::context::{self, BlockContext};
use super::demand::Demand;
use super::findings::{Basis, Findings};
use super::names::{LaneId, LaneKey, NameKind};
use super::presence::{Disconnection, Status};
use super::scope::Scope;
use super::speech::Speeches;
use super::templates::{self, TextRole};
use super::{lanes, people, transfers};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Span, Spanned};
use crate::lang::ast::{
    Act, Block, BlockKind, Expectation, Mode, Name, Opening, SendText, Statement, StatementKind, Template, Users, Value,
};

/// The walk, and what it finds.
pub(super) struct Walk<'a> {
    pub(super) findings: Findings<'a>,
    pub(super) scope: Scope,
    /// What the dialects of the file are called.
    pub(super) speeches: Speeches,
    /// Where the conversation has begun, after which no `setup` makes sense.
    begun: Option<Span>,
}

impl<'a> Walk<'a> {
    /// At the begin of a file that declares these labels.
    pub(super) fn new(findings: Findings<'a>, declared: HashMap<Name, Span>) -> Self {
        Self { findings, speeches: Speeches::default(), scope: Scope::new(declared), begun: None }
    }

    /// Walks over what stands before the first `test`.
    pub(super) fn preamble(&mut self, statements: &mut [Statement]) {
        self.inside(BlockContext::Preamble, Span::default(), statements);
    }

    /// Walks over a test, or over a file that has none.
    pub(super) fn test(&mut self, statements: &mut [Statement], has_tests: bool) {
        let context = if has_tests { BlockContext::Test } else { BlockContext::File };
        self.inside(context, Span::default(), statements);
    }

    fn inside(&mut self, context: BlockContext, span: Span, statements: &mut [Statement]) {
        self.scope.contexts.push((context, span));
        for statement in statements {
            self.statement(statement);
        }
        self.scope.contexts.pop();
    }

    fn statement(&mut self, statement: &mut Statement) {
        if let Err(misplaced) = context::check(statement, &self.scope.contexts) {
            let mut error = Diagnostic::error(self.findings.source, statement.span, misplaced.message, "not here");
            if let Some((context, span)) = misplaced.outer.filter(|(_, span)| !span.is_empty()) {
                error = error.mark(span, format!("inside of this `{}`", context.word()));
            }
            self.findings.add(Basis::Blocks, error.help(misplaced.help));
        }
        let is_lane = self.scope.is_directly_in(BlockContext::Together);
        if is_lane {
            self.enter_lane(statement);
        }
        self.carry_out(statement);
        if is_lane {
            self.scope.lane = None;
        }
    }

    /// Notes in which lane a statement is that stands directly in `together`.
    fn enter_lane(&mut self, statement: &mut Statement) {
        let together = self.scope.contexts.last().map_or(Span::default(), |(_, span)| *span);
        let owner = match statement.kind.users() {
            None => LaneKey::Block(statement.span),
            Some(users) => {
                // Settling the users notes their errors, which is done once, later; here only the labels count.
                let found = self.findings.errors.len();
                let labels = self.users(&mut users.clone(), Demand::BeKnown);
                self.findings.errors.truncate(found);
                LaneKey::Users(labels)
            }
        };
        self.scope.lane = Some(LaneId { together, owner });
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
                self.scope.state.presence.act();
            }
            Act::Expect(expectation) => self.expect(users, expectation),
            Act::ExpectBytes(_) => {
                self.begin(users.span);
                self.users(users, Demand::Receive);
            }
            Act::Silent | Act::Drain => {
                self.users(users, Demand::Receive);
            }
            Act::Closed => {
                let users = self.users(users, Demand::BeClosed);
                self.scope.state.presence.depart(&users, span, Disconnection::ClosedByServer);
            }
            Act::Ignore(pattern) => {
                self.users(users, Demand::BeKnown);
                templates::settle_pattern(pattern, TextRole::Unsure("ignore"), &self.scope, &mut self.findings);
            }
            Act::Disconnect => {
                let users = self.users(users, Demand::Leave);
                self.scope.state.presence.depart(&users, span, Disconnection::Disconnected);
            }
            Act::Reset => {
                let users = self.users(users, Demand::Reset);
                self.scope.state.presence.depart(&users, span, Disconnection::Reset);
            }
            Act::Reconnect => {
                let users = self.users(users, Demand::Return);
                self.scope.state.presence.act();
                users.iter().for_each(|user| self.scope.state.presence.change(user, Status::Present));
            }
            Act::Stall => {
                let users = self.users(users, Demand::Stall);
                let since = self.scope.state.presence.since(span);
                users.iter().for_each(|user| self.scope.state.presence.change(user, Status::Stalled(since)));
            }
            Act::Resume => {
                let users = self.users(users, Demand::Resume);
                users.iter().for_each(|user| self.scope.state.presence.change(user, Status::Present));
            }
            Act::Chunk(_) => {
                self.users(users, Demand::BeConnected);
            }
            Act::Upload(upload) => {
                self.begin(users.span);
                self.users(users, Demand::Write);
                transfers::upload(upload, &self.scope, &mut self.findings);
                self.scope.state.presence.act();
            }
            Act::Download(download) => {
                self.users(users, Demand::BeConnected);
                transfers::download(download, &self.scope, &mut self.findings);
            }
        }
    }

    fn block(&mut self, block: &mut Block, span: Span) {
        // Nothing shares the bodies of blocks before their lanes are made, so nothing is copied here.
        let body = Arc::make_mut(&mut block.body);
        match &mut block.kind {
            BlockKind::Unordered => self.unordered(body, span),
            BlockKind::Together(arranged) => {
                let outer = self.scope.lane.take();
                self.inside(BlockContext::Together, span, body);
                self.scope.lane = outer;
                *arranged = lanes::arrange(body, self.scope.me.as_deref(), &mut self.findings);
            }
            BlockKind::Each(users) => self.each(users, body, span),
            BlockKind::Repeat(_) => self.repeated(BlockContext::Repeat, body, span, &[]),
            BlockKind::Every(_) => self.repeated(BlockContext::Every, body, span, &[]),
            BlockKind::Setup => self.setup(body, span),
            BlockKind::Finally => self.inside(BlockContext::Finally, span, body),
        }
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Let(constant) => {
                self.template(&mut constant.value, TextRole::Constant);
                self.declare(&constant.name, NameKind::Constant);
            }
            Value::Param(param) => {
                self.template(&mut param.default, TextRole::Constant);
                self.declare(&param.name, NameKind::Parameter);
            }
            Value::Assert(assert) => {
                self.template(&mut assert.left, TextRole::Assert);
                self.template(&mut assert.right, TextRole::Assert);
            }
        }
    }

    fn users(&mut self, users: &mut Users, demand: Demand) -> Vec<Name> {
        people::settle(users, demand, &self.scope, &mut self.findings)
    }

    fn template(&mut self, template: &mut Template, role: TextRole) {
        templates::settle(template, role, &self.scope, &mut self.findings);
    }

    fn declare(&mut self, name: &Spanned<Name>, kind: NameKind) {
        self.scope.state.names.give(name, kind, &mut self.findings);
    }

    fn keep(&mut self, captures: Vec<Spanned<Name>>) {
        self.scope.state.names.keep(captures, self.scope.lane.as_ref(), &mut self.findings);
    }

    fn opening(&mut self, opening: &mut Opening) {
        self.speeches.settle(opening, &mut self.findings);
        if let Some(password) = &mut opening.password {
            self.template(password, TextRole::WireName);
        }
        for declaration in &mut opening.users {
            if let Some(wire_name) = &mut declaration.wire_name {
                self.template(wire_name, TextRole::WireName);
            }
            let label = &declaration.label;
            let members = declaration.members.clone();
            if declaration.size.is_some() {
                self.declare(label, NameKind::Group(members.clone()));
            }
            for member in members {
                self.declare(&Spanned::new(member.clone(), label.span), NameKind::User);
                if self.scope.state.presence.status(&member).is_none() {
                    self.scope.state.presence.arrive(&member);
                }
            }
        }
        self.scope.state.presence.act();
    }

    fn send(&mut self, users: &mut Users, text: &mut SendText) {
        self.begin(users.span);
        self.users(users, Demand::Write);
        match text {
            SendText::Line(text) => self.template(text, TextRole::Send),
            SendText::Block { lines, .. } => lines.iter_mut().for_each(|line| self.template(line, TextRole::Send)),
        }
        self.scope.state.presence.act();
    }

    fn expect(&mut self, users: &mut Users, expectation: &mut Expectation) {
        self.begin(users.span);
        self.users(users, Demand::Receive);
        let role = match expectation.mode {
            Mode::Next | Mode::Later | Mode::Prompt => TextRole::Expect,
            Mode::Optional => TextRole::Unsure("<?"),
            Mode::Absent => TextRole::Unsure("<!"),
        };
        let is_unordered = self.scope.is_directly_in(BlockContext::Unordered);
        let before = self.scope.pending.len();
        self.scope.pending.extend(expectation.pattern.captures());
        let captures = templates::settle_pattern(&mut expectation.pattern, role, &self.scope, &mut self.findings);
        if !is_unordered {
            self.scope.pending.truncate(before);
            self.keep(captures);
        }
    }

    /// The expectations of an `unordered` block are met in any order, so what they capture has a value after it only.
    fn unordered(&mut self, body: &mut [Statement], span: Span) {
        let outer = std::mem::take(&mut self.scope.pending);
        self.inside(BlockContext::Unordered, span, body);
        let captures = std::mem::replace(&mut self.scope.pending, outer);
        self.keep(captures);
    }

    fn each(&mut self, users: &mut Users, body: &mut [Statement], span: Span) {
        let members = self.users(users, Demand::BeKnown);
        let outer = self.scope.me.replace(members.clone());
        let names = self.scope.state.names.clone();
        self.repeated(BlockContext::Each, body, span, &members);
        self.scope.state.names.leave(names);
        self.scope.me = outer;
    }

    /// A body that is carried out again has to find its users as it found them the first time, but for those whose own
    /// turn it was.
    fn repeated(&mut self, context: BlockContext, body: &mut [Statement], span: Span, turns: &[Name]) {
        let before = self.scope.state.presence.clone();
        self.inside(context, span, body);
        let changed = self.scope.state.presence.changed_since(&before).filter(|(user, _)| !turns.contains(user));
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
            let mark = format!("this `{}` carries its body out again", context.word());
            let error = match since {
                Some(since) => Diagnostic::error(self.findings.source, since, message, "from here on").mark(span, mark),
                None => Diagnostic::error(self.findings.source, span, message, mark),
            };
            self.findings.add(Basis::User(&user), error.help(help));
        }
    }

    fn setup(&mut self, body: &mut [Statement], span: Span) {
        if let Some(begun) = self.begun {
            let error =
                Diagnostic::error(self.findings.source, span, "`setup` after the conversation has begun", "not here")
                    .mark(begun, "it begins here")
                    .help("`setup` is what happens before a test: write it above");
            self.findings.add(Basis::Blocks, error);
        }
        self.inside(BlockContext::Setup, span, body);
    }

    /// Notes where the conversation of a file without tests begins.
    fn begin(&mut self, span: Span) {
        let is_prepared = self
            .scope
            .contexts
            .iter()
            .any(|(context, _)| matches!(context, BlockContext::Setup | BlockContext::Finally));
        let is_file = self.scope.contexts.first().is_some_and(|(context, _)| *context == BlockContext::File);
        if self.begun.is_none() && is_file && !is_prepared {
            self.begun = Some(span);
        }
    }
}
