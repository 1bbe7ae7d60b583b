//! The users of a statement: from what was written to labels.

use super::demand::{self, Demand};
use super::findings::{Basis, Findings};
use super::names::NameKind;
use super::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Span;
use crate::lang::ast::{Me, Mention, MentionKind, Name, Users};
use crate::text::nearest::nearest;

/// Settles `users` and returns all labels that they can stand for, `me` included.
pub(super) fn settle(users: &mut Users, demand: Demand, scope: &Scope, findings: &mut Findings<'_>) -> Vec<Name> {
    let mut who = NameScope { scope, findings };
    let mut labels: Vec<(Name, Span)> = Vec::new();
    let mut everyone: Vec<Name> = Vec::new();
    for mention in &users.mentions {
        who.mention(mention, &mut labels, &mut users.me, &mut everyone);
    }
    users.resolved = labels.iter().map(|(label, _)| label.clone()).collect();
    for (label, span) in &labels {
        demand::check(&scope.state.presence, label, *span, demand, findings);
    }
    if let Me::At(_) = users.me {
        let span = users.mentions.iter().find(|mention| mention.kind == MentionKind::Me);
        let span = span.map_or(users.span, |mention| mention.span);
        for member in scope.me.as_deref().unwrap_or_default() {
            demand::check(&scope.state.presence, member, span, demand, findings);
        }
    }
    everyone
}

/// Who is spoken of at one place of the file.
struct NameScope<'s, 'f, 'a> {
    scope: &'s Scope,
    findings: &'f mut Findings<'a>,
}

impl NameScope<'_, '_, '_> {
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
                    self.scope.state.presence.all().filter(|user| !excepted.contains(user)).cloned().collect();
                if excepts_me {
                    *me = Me::Excluded;
                }
                if all.is_empty() {
                    self.findings.error(
                        Basis::File,
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
        if let Some(members) = &self.scope.me {
            return members.clone();
        }
        let error =
            Diagnostic::error(self.findings.source, span, "`me` is used outside of `each`", "nobody is `me` here")
                .help("`each talker` ... `end` makes each of them `me` in turn");
        self.findings.add(Basis::Blocks, error);
        Vec::new()
    }

    /// The labels behind a name that was written.
    fn named(&mut self, name: &Name, span: Span) -> Vec<Name> {
        match self.scope.state.names.find(name).map(|entry| (entry.kind.clone(), entry.span)) {
            Some((NameKind::User, _)) => vec![name.clone()],
            Some((NameKind::Group(members), _)) => members,
            Some((kind @ (NameKind::Constant | NameKind::Parameter | NameKind::Capture), declared)) => {
                let message = format!("`{name}` is not a user");
                let error = Diagnostic::error(self.findings.source, span, message, "expected a user")
                    .mark(declared, format!("it is {}", kind.describe()));
                self.findings.add(Basis::Name(name), error);
                Vec::new()
            }
            None => {
                self.undeclared(name, span);
                Vec::new()
            }
        }
    }

    fn undeclared(&mut self, name: &Name, span: Span) {
        if let Some(&declared) = self.scope.declared.get(name) {
            let message = format!("{name} is not connected yet");
            let mark =
                if declared.start > span.start { "only here it connects" } else { "it connects in another test" };
            let error = Diagnostic::error(self.findings.source, span, message, "used here").mark(declared, mark);
            self.findings.add(Basis::Name(name), error);
            return;
        }
        let meant = nearest(name.as_str(), self.scope.state.names.people()).map(str::to_owned);
        let mark = meant.map_or("no `connect` above names it".to_owned(), |meant| format!("did you mean `{meant}`?"));
        self.findings.error(Basis::Name(name), span, &format!("there is no user `{name}`"), &mark);
    }
}
