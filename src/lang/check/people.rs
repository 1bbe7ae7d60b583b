//! The users of a statement: from what was written to labels, and whether each of them can do what is asked.

use super::names::Kind;
use super::presence::{Departure, Status};
use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Span;
use crate::lang::ast::{Me, Mention, MentionKind, Name, Users};
use crate::text::nearest::nearest;

/// What a statement asks of its users.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Demand {
    /// To write.
    Write,
    /// To have received something, or nothing.
    Receive,
    /// To be closed by the server.
    BeClosed,
    /// To leave with a fence.
    Leave,
    /// To break off.
    Reset,
    /// To come back.
    Return,
    /// To stop reading.
    Stall,
    /// To read on.
    Resume,
    /// To be connected, in whatever state.
    BeConnected,
    /// Nothing but to be known.
    BeKnown,
}

impl Walk<'_> {
    /// Settles `users` and returns all labels that they can stand for, `me` included.
    pub(super) fn users(&mut self, users: &mut Users, demand: Demand) -> Vec<Name> {
        let mut labels: Vec<(Name, Span)> = Vec::new();
        let mut everyone: Vec<Name> = Vec::new();
        for mention in &users.mentions {
            self.mention(mention, &mut labels, &mut users.me, &mut everyone);
        }
        users.resolved = labels.iter().map(|(label, _)| label.clone()).collect();
        for (label, span) in &labels {
            self.demand(label, *span, demand);
        }
        if let Me::At(_) = users.me {
            let span = users.mentions.iter().find(|mention| mention.kind == MentionKind::Me);
            let span = span.map_or(users.span, |mention| mention.span);
            for member in self.me.clone().unwrap_or_default() {
                self.demand(&member, span, demand);
            }
        }
        everyone
    }

    fn mention(&mut self, mention: &Mention, labels: &mut Vec<(Name, Span)>, me: &mut Me, everyone: &mut Vec<Name>) {
        match &mention.kind {
            MentionKind::Name(name) => {
                let is_single = labels.is_empty();
                for label in self.named(name, mention.span) {
                    if is_single || !labels.iter().any(|(known, _)| *known == label) {
                        labels.push((label.clone(), mention.span));
                        everyone.push(label);
                    }
                }
            }
            MentionKind::Me => {
                *me = Me::At(labels.len());
                everyone.extend(self.members(mention.span));
            }
            MentionKind::All { except } => {
                let (excepted, excepts_me) = self.excepted(except);
                let all: Vec<Name> =
                    self.state.presence.all().filter(|user| !excepted.contains(user)).cloned().collect();
                if excepts_me {
                    *me = Me::Excluded;
                }
                if all.is_empty() {
                    self.error(
                        mention.span,
                        "`all` names no connected user here",
                        "who is connected above and has not left",
                    );
                }
                labels.extend(all.iter().map(|label| (label.clone(), mention.span)));
                everyone.extend(all);
            }
        }
    }

    fn excepted(&mut self, except: &[Mention]) -> (Vec<Name>, bool) {
        let mut excepted = Vec::new();
        let mut excepts_me = false;
        for mention in except {
            match &mention.kind {
                MentionKind::Name(name) => excepted.extend(self.named(name, mention.span)),
                MentionKind::Me => {
                    self.members(mention.span);
                    excepts_me = true;
                }
                MentionKind::All { .. } => {}
            }
        }
        (excepted, excepts_me)
    }

    /// The users who are `me` in turn.
    fn members(&mut self, span: Span) -> Vec<Name> {
        if let Some(members) = &self.me {
            return members.clone();
        }
        let error = Diagnostic::error(self.source, span, "`me` stands outside of `each`", "nobody is `me` here")
            .help("`each talker` ... `end` makes each of them `me` in turn");
        self.errors.push(error);
        Vec::new()
    }

    /// The labels behind a name that was written.
    fn named(&mut self, name: &Name, span: Span) -> Vec<Name> {
        match self.state.names.find(name).map(|entry| (entry.kind.clone(), entry.span)) {
            Some((Kind::User, _)) => vec![name.clone()],
            Some((Kind::Group(members), _)) => members,
            Some((kind @ (Kind::Constant | Kind::Parameter | Kind::Capture), declared)) => {
                let message = format!("`{name}` is not a user");
                let error = Diagnostic::error(self.source, span, message, "expected a user")
                    .mark(declared, format!("it is {}", kind.describe()));
                self.errors.push(error);
                Vec::new()
            }
            None => {
                self.undeclared(name, span);
                Vec::new()
            }
        }
    }

    fn undeclared(&mut self, name: &Name, span: Span) {
        if let Some(&declared) = self.declared.get(name) {
            let message = format!("{name} is not connected yet");
            let mark =
                if declared.start > span.start { "only here it connects" } else { "it connects in another test" };
            let error = Diagnostic::error(self.source, span, message, "used here").mark(declared, mark);
            self.errors.push(error);
            return;
        }
        let meant = nearest(name.as_str(), self.state.names.people()).map(str::to_owned);
        let mark = meant.map_or("no `connect` above names it".to_owned(), |meant| format!("did you mean `{meant}`?"));
        self.error(span, &format!("there is no user `{name}`"), &mark);
    }

    /// Whether `user` can do what is asked.
    fn demand(&mut self, user: &Name, span: Span, demand: Demand) {
        let Some(status) = self.state.presence.status(user) else { return };
        match (demand, status) {
            (Demand::BeKnown, _) => {}
            (Demand::Return, Status::Gone(..)) | (Demand::Resume, Status::Stalled(_)) => {}
            (Demand::Return, Status::Present | Status::Stalled(_)) => {
                let message = format!("{user} is still connected");
                let error = Diagnostic::error(self.source, span, message, "cannot connect again");
                self.errors.push(error.help("before it `disconnect` or `reset`, or `is closed` if the server closes"));
            }
            (Demand::Resume, Status::Present) => self.error(span, &format!("{user} is not stalled"), "reads already"),
            (Demand::Receive, Status::Gone(since, _) | Status::Stalled(since)) => {
                if self.state.presence.has_acted_since(since) {
                    self.refuse(user, span, status, "nothing more can come", "expect it above that line");
                }
            }
            (_, Status::Gone(..)) => self.refuse(user, span, status, "cannot do this any more", "`reconnect` first"),
            (Demand::Reset | Demand::BeConnected, Status::Stalled(_)) => {}
            (Demand::Write | Demand::BeClosed | Demand::Leave | Demand::Stall, Status::Stalled(_)) => {
                self.refuse(user, span, status, "cannot do this while stalled", "`resume` first");
            }
            (_, Status::Present) => {}
        }
    }

    fn refuse(&mut self, user: &Name, span: Span, status: Status, mark: &str, help: &str) {
        let (message, since, why) = match status {
            Status::Present => return,
            Status::Stalled(since) => (format!("{user} is stalled"), since, format!("{user} stalls here")),
            Status::Gone(since, how) => (format!("{user} has left"), since, format!("{user} {} here", how.describe())),
        };
        let mut error = Diagnostic::error(self.source, span, message, mark);
        if since.span != span {
            error = error.mark(since.span, why);
        }
        self.errors.push(error.help(help));
    }

    /// Notes that `users` have left, all at once.
    pub(super) fn depart(&mut self, users: &[Name], span: Span, how: Departure) {
        self.state.presence.act();
        let since = self.state.presence.since(span);
        for user in users {
            self.state.presence.change(user, Status::Gone(since, how));
        }
    }
}
