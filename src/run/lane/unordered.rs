//! `unordered`: each user's next lines match its patterns, in any order.

use futures::future::join_all;

use super::assignment::Assignment;
use super::expect::{WaitLimits, limits, trace_received};
use super::patterns::{accepts, compare, matchers};
use super::{Lane, StepResult, fence};
use crate::diagnostic::source::Span;
use crate::lang::ast::{Act, Name, Statement, StatementKind};
use crate::run::matching::{Match, Matcher, add_capture};
use crate::run::outcome::{Expected, Failure, Fate, Problem, Received, StreamEnd, Wanted};
use crate::run::user::User;

/// What one user may receive in any order.
struct UserPatterns<'t> {
    user: &'t User,
    patterns: Vec<BlockPattern>,
}

/// One pattern of the block, as one user must see it.
struct BlockPattern {
    /// Which statement of the block it is, and its line.
    statement: usize,
    line: usize,
    span: Span,
    matcher: Matcher,
    limits: WaitLimits,
}

/// `unordered` ... `end`
pub(super) async fn run(lane: &mut Lane<'_>, statement: &Statement, body: &[Statement]) -> StepResult {
    let by_user = patterns_by_user(lane, body)?;
    let line = statement.line;
    let received = join_all(by_user.iter().map(|user_patterns| user_patterns.receive(line))).await;
    if received.iter().any(Result::is_err) {
        fence::look_around(lane).await;
    }
    let mut failures: Vec<Failure> = Vec::new();
    let mut captures: Vec<Vec<(Name, String)>> = vec![Vec::new(); body.len()];
    for (user_patterns, received) in by_user.iter().zip(received) {
        let kept = received.map_err(|problem| Box::new((statement.span, problem))).and_then(|lines| {
            for (pattern, received) in &lines {
                let line = user_patterns.patterns[*pattern].line;
                lane.note_arrival(line, user_patterns.user, received.at);
                trace_received(lane, user_patterns.user, received);
                lane.note_round(line, received.at);
            }
            user_patterns.keep(lines, &mut captures)
        });
        failures.extend(kept.err().map(|found| lane.failure(statement, found.0, found.1)));
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    captures.into_iter().flatten().for_each(|(name, value)| lane.values.set(name, value));
    Ok(())
}

fn patterns_by_user<'t>(lane: &mut Lane<'t>, body: &[Statement]) -> Result<Vec<UserPatterns<'t>>, Vec<Failure>> {
    let mut by_user: Vec<UserPatterns<'t>> = Vec::new();
    for (number, statement) in body.iter().enumerate() {
        let StatementKind::By { users, act: Act::Expect(expectation) } = &statement.kind else { continue };
        let limits = limits(lane, expectation.deadline.map(|own| own.value));
        for (user, matcher) in matchers(lane, statement, users, expectation)? {
            let line = statement.line;
            let pattern = BlockPattern { statement: number, line, span: expectation.pattern.span(), matcher, limits };
            match by_user.iter_mut().find(|user_patterns| user_patterns.user.number == user.number) {
                Some(user_patterns) => user_patterns.patterns.push(pattern),
                None => by_user.push(UserPatterns { user, patterns: vec![pattern] }),
            }
        }
    }
    Ok(by_user)
}

impl UserPatterns<'_> {
    /// As many lines as there are patterns, each with the number of its pattern.
    async fn receive(&self, block: usize) -> Result<Vec<(usize, Received)>, Problem> {
        let mut assignment = Assignment::new(self.patterns.len());
        let mut lines = Vec::new();
        let filled = self.fill(block, &mut assignment, &mut lines).await;
        // Only now it is certain which pattern each line belongs to.
        let pattern_of = |number| assignment.lines().iter().position(|&assigned| assigned == Some(number));
        let patterns: Vec<usize> = (0..lines.len()).filter_map(pattern_of).collect();
        let script_lines: Vec<usize> = patterns.iter().map(|&pattern| self.patterns[pattern].line).collect();
        self.user.inbox.contents().attribute(block, &script_lines);
        filled.map(|()| patterns.into_iter().zip(lines).collect())
    }

    /// Takes lines up to the last one, or the first that cannot be used.
    async fn fill(&self, block: usize, assignment: &mut Assignment, lines: &mut Vec<Received>) -> Result<(), Problem> {
        while !assignment.is_complete() {
            let next = self.next(assignment).await?;
            let accepted = (0..self.patterns.len()).filter(|&pattern| self.accepts(pattern, &next));
            let left = self.left(assignment);
            // A line may fit several patterns: those that were assigned before move to others as long as one is free.
            if !assignment.add(accepted.collect()) {
                return Err(Problem::Unusable { user: self.user.label.clone(), received: next, left });
            }
            self.user.inbox.contents().take(Fate::Matched(block));
            lines.push(next);
        }
        Ok(())
    }

    async fn next(&self, assignment: &Assignment) -> Result<Received, Problem> {
        let limits = self.patterns.iter().map(|pattern| pattern.limits).max_by_key(WaitLimits::deadline);
        let limits = limits.expect("a user_patterns is made for its first pattern");
        let next = self.user.inbox.when(limits.deadline(), |contents| {
            let next = contents.next_unread().cloned();
            let over = (contents.end.map(|(end, _)| end), contents.full);
            if next.is_some() || over != (None, false) { Some((next, over)) } else { None }
        });
        let incomplete = |end: Option<StreamEnd>| Problem::Incomplete {
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
        for (pattern, received) in lines {
            let pattern = &self.patterns[pattern];
            let expected = Expected { user: self.user.label.clone(), pattern: pattern.matcher.clone() };
            if let Some((allowed, by)) = pattern.limits.late_by(received.at) {
                return Err(Box::new((pattern.span, Problem::Late { expected, received, allowed, by })));
            }
            let Match::Yes(found) = compare(&pattern.matcher, &received) else { continue };
            for (name, value) in found {
                if let Err(contradiction) = add_capture(&mut captures[pattern.statement], &name, &value) {
                    let contradiction = Box::new(contradiction);
                    return Err(Box::new((pattern.span, Problem::Contradiction { expected, received, contradiction })));
                }
            }
        }
        Ok(())
    }

    fn accepts(&self, pattern: usize, line: &Received) -> bool {
        accepts(&self.patterns[pattern].matcher, line)
    }

    /// The patterns that no line has been found for.
    fn left(&self, assignment: &Assignment) -> Vec<Wanted> {
        let free = self.patterns.iter().zip(assignment.lines()).filter(|(_, line)| line.is_none());
        free.map(|(pattern, _)| Wanted { line: pattern.line, pattern: pattern.matcher.clone() }).collect()
    }
}
