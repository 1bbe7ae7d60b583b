//! The lanes of `together`: the statements of each user in the file's order, and each block by itself.

use std::collections::HashMap;
use std::sync::Arc;

use super::findings::{Basis, Findings};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Span;
use crate::lang::ast::{
    Block, BlockKind, Declaration, LaneBlock, LaneOwner, Me, Name, Opening, Statement, StatementKind, Users,
};

/// A lane while it is made.
struct Draft {
    owner: LaneOwner,
    statements: Body,
    /// Who acts in it, and where for the first time.
    touched: Vec<(Name, Span)>,
    /// Whether all its statements leave `me` out, so that it is never the lane of `me`.
    excludes_me: bool,
}

/// The statements of a lane.
enum Body {
    /// Narrowed to the lane's own users, one by one.
    Own(Vec<Statement>),
    /// The body of an `each`, which all its lanes share.
    Shared(Arc<[Statement]>),
}

impl Draft {
    fn finish(self) -> LaneBlock {
        let statements = match self.statements {
            Body::Own(statements) => Arc::from(statements),
            Body::Shared(body) => body,
        };
        LaneBlock { owner: self.owner, statements }
    }
}

/// Arranges the statements of a `together`, whose users are settled, in lanes.
pub(super) fn arrange(body: &[Statement], me: Option<&[Name]>, findings: &mut Findings<'_>) -> Vec<LaneBlock> {
    let mut drafts: Vec<Draft> = Vec::new();
    for statement in body {
        match &statement.kind {
            StatementKind::By { users, .. } => direct(&mut drafts, statement, users, me),
            StatementKind::Connect(opening) => connect(&mut drafts, statement, opening),
            StatementKind::Block(Block { kind: BlockKind::Each(users), body, .. }) => {
                drafts.extend(users.labels(None).iter().map(|member| each_lane(member, body, statement.span)));
            }
            StatementKind::Block(_) | StatementKind::Value(_) | StatementKind::Wait(_) | StatementKind::Set(_) => {
                drafts.push(block(statement, me));
            }
        }
    }
    refuse_clashes(&drafts, findings);
    drafts.into_iter().map(Draft::finish).collect()
}

fn refuse_clashes(drafts: &[Draft], findings: &mut Findings<'_>) {
    let mut seen: HashMap<&Name, (usize, Span)> = std::collections::HashMap::new();
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
                findings.source,
                *span,
                format!("{user} is in two lanes of `together`"),
                "in this one",
            );
            if first != *span {
                error = error.mark(first, "and in this one");
            }
            let help = "a block is a lane of its own: write all that the user does into one block, or none of it";
            findings.add(Basis::Blocks, error.help(help));
            return;
        }
    }
}

/// Whether one lane is that of `me` and the other one never for `me`.
fn never_meet(one: &Draft, other: &Draft) -> bool {
    (one.owner == LaneOwner::Me && other.excludes_me) || (other.owner == LaneOwner::Me && one.excludes_me)
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
    for (declaration, member) in opening.members() {
        let only = Declaration { members: vec![member.clone()], ..declaration.clone() };
        let kind = StatementKind::Connect(Opening { users: vec![only], ..opening.clone() });
        let narrowed = Statement { kind, ..statement.clone() };
        push(drafts, LaneOwner::User(member.clone()), narrowed, vec![member.clone()], false);
    }
}

/// Adds a statement to the lane of `owner`, which it begins if there is none yet.
fn push(drafts: &mut Vec<Draft>, owner: LaneOwner, statement: Statement, users: Vec<Name>, excludes_me: bool) {
    let span = statement.span;
    let index = drafts.iter().position(|draft| draft.owner == owner).unwrap_or_else(|| {
        drafts.push(Draft { owner, statements: Body::Own(Vec::new()), touched: Vec::new(), excludes_me: true });
        drafts.len() - 1
    });
    let draft = &mut drafts[index];
    draft.excludes_me &= excludes_me;
    // The lane of a user holds no body of an `each`: that is the lane of a member.
    if let Body::Own(statements) = &mut draft.statements {
        statements.push(statement);
    }
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
fn each_lane(member: &Name, body: &Arc<[Statement]>, span: Span) -> Draft {
    let mut touched = vec![(member.clone(), span)];
    for statement in &**body {
        touched_by(statement, Some(std::slice::from_ref(member)), &mut touched);
    }
    let owner = LaneOwner::Member(member.clone());
    Draft { owner, statements: Body::Shared(Arc::clone(body)), touched, excludes_me: false }
}

/// The lane of any other block.
fn block(statement: &Statement, members: Option<&[Name]>) -> Draft {
    let mut touched = Vec::new();
    touched_by(statement, members, &mut touched);
    let owner = LaneOwner::Block(statement.line);
    Draft { owner, statements: Body::Own(vec![statement.clone()]), touched, excludes_me: false }
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
    for (_, user) in statement.kind.opening().into_iter().flat_map(Opening::members) {
        touch(touched, user.clone(), statement.span);
    }
    let Some(block) = statement.kind.block() else { return };
    let turns = if let BlockKind::Each(users) = &block.kind { Some(users.labels(None)) } else { None };
    for inner in &*block.body {
        touched_by(inner, turns.as_deref().or(members), touched);
    }
}
