//! The login and the logout of a dialect of another server.

use std::time::Instant;

use super::Lane;
use crate::lang::ast::{Dialogue, DialogueAct, DialogueStep, Expectation, ForeignDialect, Mode};
use crate::run::foreign::{self, NamedValues};
use crate::run::matching::{Match, Matcher};
use crate::run::outcome::{DialectPlace, Fate, Problem, Received};
use crate::run::user::User;

/// Which dialogue of a dialect is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct DialoguePart<'d> {
    pub(super) dialect: &'d ForeignDialect,
    pub(super) dialogue: &'d Dialogue,
    /// What becomes of the lines that it takes.
    pub(super) fate: Fate,
}

/// Carries out a dialogue for one user. Returns when its last line arrived or was sent.
pub(super) async fn hold(
    lane: &Lane<'_>,
    user: &User,
    part: DialoguePart<'_>,
    deadline: Instant,
) -> Result<Instant, Problem> {
    let me = user.state().wire_name.clone();
    let mut values = NamedValues::new();
    let mut last = Instant::now();
    for step in &part.dialogue.steps {
        last = match &step.act {
            DialogueAct::Send(text) => send(lane, user, &foreign::sent(text, &me, &values), deadline).await?,
            DialogueAct::Raw(bytes) => not_written(user, user.write(bytes, deadline).await)?,
            DialogueAct::Expect(expectation) => {
                let pattern = foreign::matcher(&expectation.pattern, &me, &values)?;
                let waited = Waited { user, part, step, expectation, pattern };
                let (received, found) = waited.line(deadline).await?;
                lane.ctx.trace.remark(|| format!("{}: {}< {}", part.dialect.name.value, user.label, received.text));
                values.extend(found);
                received.at
            }
        };
    }
    Ok(last)
}

/// Sends what a dialect says.
pub(super) async fn send(lane: &Lane<'_>, user: &User, text: &str, deadline: Instant) -> Result<Instant, Problem> {
    lane.ctx.trace.remark(|| format!("{}> {text}", user.label));
    user.state().wrote = true;
    not_written(user, user.say(text, deadline).await)
}

fn not_written(user: &User, written: Result<Instant, std::io::ErrorKind>) -> Result<Instant, Problem> {
    written.map_err(|error| Problem::NotWritten { user: user.label.clone(), error })
}

/// A line that a dialogue waits for.
struct Waited<'a> {
    user: &'a User,
    part: DialoguePart<'a>,
    step: &'a DialogueStep,
    expectation: &'a Expectation,
    pattern: Matcher,
}

impl Waited<'_> {
    async fn line(&self, deadline: Instant) -> Result<(Received, NamedValues), Problem> {
        loop {
            let next = self.user.inbox.when(deadline, |contents| {
                let next = contents.next_unread().cloned();
                if next.is_some() || contents.end.is_some() { Some(next) } else { None }
            });
            let received = next.await.flatten();
            let found = received.as_ref().filter(|line| line.defect.is_none());
            match (found.map(|line| self.pattern.compare(&line.text)), received) {
                (Some(Match::Yes(found)), Some(received)) => {
                    self.user.inbox.contents().take(self.part.fate);
                    return Ok((received, found));
                }
                (_, Some(_)) if self.expectation.mode == Mode::Later => {
                    self.user.inbox.contents().take(self.part.fate);
                }
                (_, received) => return Err(self.refused(received)),
            }
        }
    }

    fn refused(&self, received: Option<Received>) -> Problem {
        let ForeignDialect { source, name, .. } = self.part.dialect;
        let (file, line) = source.place(self.step.line);
        let place = DialectPlace {
            dialect: name.value.to_string(),
            file: file.to_owned(),
            line,
            text: source.slice(self.step.span).to_owned(),
            is_logout: self.part.fate == Fate::Left,
        };
        let expected = self.pattern.shown().to_owned();
        Problem::LoginRefused { user: self.user.label.clone(), expected, received, place: Some(Box::new(place)) }
    }
}
