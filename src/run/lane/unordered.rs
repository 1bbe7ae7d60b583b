//! `unordered`: each user's next lines match its patterns, in any order.

use futures::future::join_all;

use super::expect::{Limits, compare};
use super::{Lane, Step};
use crate::diagnostic::source::Span;
use crate::lang::ast::{Block, Name, Statement, StatementKind};
use crate::run::assignment::Assignment;
use crate::run::inbox::{End, Fate, Received};
use crate::run::matching::{Matcher, Verdict, add_capture};
use crate::run::outcome::{Expected, Failure, Problem, Wanted};
use crate::run::user::User;

/// What one user may receive in any order.
struct Share<'t> {
    user: &'t User,
    wishes: Vec<Wish>,
}

/// One expectation of the block, as one user must see it.
struct Wish {
    /// Which statement of the block it is, and its line.
    statement: usize,
    line: usize,
    span: Span,
    matcher: Matcher,
    limits: Limits,
}

impl<'t> Lane<'t> {
    pub(super) async fn unordered(&mut self, statement: &Statement, block: &Block) -> Step {
        let shares = self.shares(block)?;
        let line = statement.line;
        let received = join_all(shares.iter().map(|share| share.receive(line))).await;
        if received.iter().any(Result::is_err) {
            self.look_around().await;
        }
        let mut failures: Vec<Failure> = Vec::new();
        let mut captures: Vec<Vec<(Name, String)>> = vec![Vec::new(); block.statements.len()];
        for (share, received) in shares.iter().zip(received) {
            let kept = received.map_err(|problem| Box::new((statement.span, problem))).and_then(|lines| {
                for (wish, received) in &lines {
                    self.note_latency(share.wishes[*wish].line, share.user, received.at);
                    self.trace_received(share.user, received);
                    self.note_round(received.at);
                }
                share.keep(lines, &mut captures)
            });
            failures.extend(kept.err().map(|found| self.failure(statement, found.0, found.1)));
        }
        if !failures.is_empty() {
            return Err(failures);
        }
        captures.into_iter().flatten().for_each(|(name, value)| self.scope.set(name, value));
        Ok(())
    }

    fn shares(&mut self, block: &Block) -> Result<Vec<Share<'t>>, Vec<Failure>> {
        let mut shares: Vec<Share<'t>> = Vec::new();
        for (number, statement) in block.statements.iter().enumerate() {
            let StatementKind::Expect(expectation) = &statement.kind else { continue };
            let limits = self.limits(expectation.deadline.map(|own| own.value));
            for (user, matcher) in self.matchers(statement, expectation)? {
                let line = statement.line;
                let wish = Wish { statement: number, line, span: expectation.pattern.span(), matcher, limits };
                match shares.iter_mut().find(|share| share.user.number == user.number) {
                    Some(share) => share.wishes.push(wish),
                    None => shares.push(Share { user, wishes: vec![wish] }),
                }
            }
        }
        Ok(shares)
    }
}

impl Share<'_> {
    /// As many lines as there are wishes, each with the number of the wish that it fulfils.
    async fn receive(&self, block: usize) -> Result<Vec<(usize, Received)>, Problem> {
        let mut assignment = Assignment::new(self.wishes.len());
        let mut lines = Vec::new();
        let filled = self.fill(block, &mut assignment, &mut lines).await;
        // Only now it is certain which pattern each line belongs to.
        let wish_of = |number| assignment.lines().iter().position(|&assigned| assigned == Some(number));
        let wishes: Vec<usize> = (0..lines.len()).filter_map(wish_of).collect();
        let patterns: Vec<usize> = wishes.iter().map(|&wish| self.wishes[wish].line).collect();
        self.user.inbox.contents().attribute(block, &patterns);
        filled.map(|()| wishes.into_iter().zip(lines).collect())
    }

    /// Takes lines up to the last one, or the first that cannot be used.
    async fn fill(&self, block: usize, assignment: &mut Assignment, lines: &mut Vec<Received>) -> Result<(), Problem> {
        while !assignment.is_complete() {
            let next = self.next(assignment).await?;
            let accepted = (0..self.wishes.len()).filter(|&wish| self.accepts(wish, &next));
            let left = self.left(assignment);
            if !assignment.add(accepted.collect()) {
                return Err(Problem::Unusable { user: self.user.label.clone(), received: next, left });
            }
            self.user.inbox.contents().take(Fate::Matched(block));
            lines.push(next);
        }
        Ok(())
    }

    async fn next(&self, assignment: &Assignment) -> Result<Received, Problem> {
        let limits = self.wishes.iter().map(|wish| wish.limits).max_by_key(Limits::deadline);
        let limits = limits.expect("a share is made for its first wish");
        let next = self.user.inbox.when(limits.deadline(), |contents| {
            let next = contents.next_unread().cloned();
            let over = (contents.end.map(|(end, _)| end), contents.full);
            if next.is_some() || over != (None, false) { Some((next, over)) } else { None }
        });
        let incomplete = |end: Option<End>| Problem::Incomplete {
            user: self.user.label.clone(),
            left: self.left(assignment),
            waited: limits.waited,
            end,
        };
        match next.await {
            None => Err(incomplete(None)),
            Some((Some(line), _)) => Ok(line),
            Some((None, (_, true))) => Err(Problem::InboxFull { user: self.user.label.clone() }),
            Some((None, (end, false))) => Err(incomplete(end)),
        }
    }

    /// The captures of all lines go to those of their statements.
    fn keep(
        &self,
        lines: Vec<(usize, Received)>,
        captures: &mut [Vec<(Name, String)>],
    ) -> Result<(), Box<(Span, Problem)>> {
        for (wish, received) in lines {
            let wish = &self.wishes[wish];
            let expected = Expected { user: self.user.label.clone(), pattern: wish.matcher.clone() };
            if let Some((allowed, by)) = wish.limits.late_by(received.at) {
                return Err(Box::new((wish.span, Problem::Late { expected, received, allowed, by })));
            }
            let Verdict::Yes(found) = compare(&wish.matcher, &received) else { continue };
            for (name, value) in found {
                if let Err(contradiction) = add_capture(&mut captures[wish.statement], &name, &value) {
                    let contradiction = Box::new(contradiction);
                    return Err(Box::new((wish.span, Problem::Contradiction { expected, received, contradiction })));
                }
            }
        }
        Ok(())
    }

    fn accepts(&self, wish: usize, line: &Received) -> bool {
        matches!(compare(&self.wishes[wish].matcher, line), Verdict::Yes(_))
    }

    /// The patterns that no line has been found for.
    fn left(&self, assignment: &Assignment) -> Vec<Wanted> {
        let free = self.wishes.iter().zip(assignment.lines()).filter(|(_, line)| line.is_none());
        free.map(|(wish, _)| Wanted { line: wish.line, pattern: wish.matcher.clone() }).collect()
    }
}
