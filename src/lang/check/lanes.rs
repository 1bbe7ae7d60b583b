//! The lanes of `together`: the statements of each user in the file's order, and each block by itself.

use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Span;
use crate::lang::ast::{Declaration, Lane, LaneOwner, Me, Name, Opening, Statement, StatementKind, Together, Users};

/// A lane while it is made.
struct Draft {
    lane: Lane,
    /// Who acts in it, and where for the first time.
    touched: Vec<(Name, Span)>,
    /// Whether all its statements leave `me` out, so that it is never the lane of `me`.
    excludes_me: bool,
}

impl Walk<'_> {
    /// Arranges the statements of `together`, whose users are settled, in lanes.
    pub(super) fn lanes(&mut self, together: &mut Together) {
        let mut drafts: Vec<Draft> = Vec::new();
        for statement in &together.block.statements {
            match &statement.kind {
                StatementKind::Connect(opening) | StatementKind::Open(opening) => {
                    connect(&mut drafts, statement, opening);
                }
                StatementKind::Each(each) => {
                    for member in each.users.labels(None) {
                        drafts.push(each_lane(&member, &each.block.statements, statement.span));
                    }
                }
                kind => match kind.users() {
                    Some(users) => direct(&mut drafts, statement, users, self.me.as_deref()),
                    None => drafts.push(block(statement, self.me.as_deref())),
                },
            }
        }
        self.refuse_clashes(&drafts);
        together.lanes = drafts.into_iter().map(|draft| draft.lane).collect();
    }

    fn refuse_clashes(&mut self, drafts: &[Draft]) {
        let mut seen: std::collections::HashMap<&Name, (usize, Span)> = std::collections::HashMap::new();
        for (index, draft) in drafts.iter().enumerate() {
            for (user, span) in &draft.touched {
                let Some(&(other, first)) = seen.get(user) else {
                    seen.insert(user, (index, *span));
                    continue;
                };
                if other == index || never_meet(draft, &drafts[other]) {
                    continue;
                }
                let mut error = Diagnostic::error(
                    self.source,
                    *span,
                    format!("{user} is in two lanes of `together`"),
                    "in this one",
                );
                if first != *span {
                    error = error.mark(first, "and in this one");
                }
                let help = "a block is a lane of its own: write all that the user does into one block, or none of it";
                self.errors.push(error.help(help));
                return;
            }
        }
    }
}

/// Whether one lane is that of `me` and the other one never for `me`.
fn never_meet(one: &Draft, other: &Draft) -> bool {
    (one.lane.owner == LaneOwner::Me && other.excludes_me) || (other.lane.owner == LaneOwner::Me && one.excludes_me)
}

/// Puts a statement into the lanes of its users.
fn direct(drafts: &mut Vec<Draft>, statement: &Statement, users: &Users, members: Option<&[Name]>) {
    for label in users.labels(None) {
        let me = if users.me == Me::Excluded { Me::Excluded } else { Me::Unmentioned };
        let narrowed = narrow(statement, vec![label.clone()], me);
        push(drafts, LaneOwner::User(label.clone()), narrowed, vec![label], me == Me::Excluded);
    }
    if let Me::At(_) = users.me {
        let narrowed = narrow(statement, Vec::new(), Me::At(0));
        push(drafts, LaneOwner::Me, narrowed, members.unwrap_or_default().to_vec(), false);
    }
}

fn narrow(statement: &Statement, resolved: Vec<Name>, me: Me) -> Statement {
    let mut narrowed = statement.clone();
    if let Some(users) = narrowed.kind.users_mut() {
        users.resolved = resolved;
        users.me = me;
    }
    narrowed
}

fn connect(drafts: &mut Vec<Draft>, statement: &Statement, opening: &Opening) {
    for declaration in &opening.users {
        for member in &declaration.members {
            let only = Declaration { members: vec![member.clone()], ..declaration.clone() };
            let opening = Opening { users: vec![only], ..opening.clone() };
            let kind = match statement.kind {
                StatementKind::Open(_) => StatementKind::Open(opening),
                _ => StatementKind::Connect(opening),
            };
            let narrowed = Statement { kind, ..statement.clone() };
            push(drafts, LaneOwner::User(member.clone()), narrowed, vec![member.clone()], false);
        }
    }
}

/// Adds a statement to the lane of `owner`, which it begins if there is none yet.
fn push(drafts: &mut Vec<Draft>, owner: LaneOwner, statement: Statement, users: Vec<Name>, excludes_me: bool) {
    let span = statement.span;
    let draft = match drafts.iter().position(|draft| draft.lane.owner == owner) {
        Some(index) => &mut drafts[index],
        None => {
            let lane = Lane { owner, statements: Vec::new() };
            drafts.push(Draft { lane, touched: Vec::new(), excludes_me: true });
            drafts.last_mut().expect("just pushed")
        }
    };
    draft.excludes_me &= excludes_me;
    draft.lane.statements.push(statement);
    for user in users {
        touch(&mut draft.touched, user, span);
    }
}

fn touch(touched: &mut Vec<(Name, Span)>, user: Name, span: Span) {
    if !touched.iter().any(|(known, _)| *known == user) {
        touched.push((user, span));
    }
}

/// The lane of a member of an `each`.
fn each_lane(member: &Name, statements: &[Statement], span: Span) -> Draft {
    let mut touched = vec![(member.clone(), span)];
    for statement in statements {
        touched_by(statement, Some(std::slice::from_ref(member)), &mut touched);
    }
    let lane = Lane { owner: LaneOwner::Member(member.clone()), statements: statements.to_vec() };
    Draft { lane, touched, excludes_me: false }
}

/// The lane of any other block.
fn block(statement: &Statement, members: Option<&[Name]>) -> Draft {
    let mut touched = Vec::new();
    touched_by(statement, members, &mut touched);
    let lane = Lane { owner: LaneOwner::Block(statement.line), statements: vec![statement.clone()] };
    Draft { lane, touched, excludes_me: false }
}

/// Collects who acts in `statement`, where `members` are `me`.
fn touched_by(statement: &Statement, members: Option<&[Name]>, touched: &mut Vec<(Name, Span)>) {
    if let Some(users) = statement.kind.users() {
        match (users.me, members) {
            (Me::Excluded, Some([only])) => {
                users.labels(Some(only)).into_iter().for_each(|user| touch(touched, user, statement.span));
            }
            (me, _) => {
                users.labels(None).into_iter().for_each(|user| touch(touched, user, statement.span));
                if let Me::At(_) = me {
                    members.unwrap_or_default().iter().for_each(|user| touch(touched, user.clone(), statement.span));
                }
            }
        }
    }
    let inner;
    let members = match &statement.kind {
        StatementKind::Each(each) => {
            inner = each.users.labels(None);
            Some(inner.as_slice())
        }
        _ => members,
    };
    if let StatementKind::Connect(opening) | StatementKind::Open(opening) = &statement.kind {
        let connected = opening.users.iter().flat_map(|declaration| &declaration.members);
        connected.for_each(|user| touch(touched, user.clone(), statement.span));
    }
    for statement in statement.kind.block().into_iter().flat_map(|block| &block.statements) {
        touched_by(statement, members, touched);
    }
}
