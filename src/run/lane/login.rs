//! `connect`, `open` and `reconnect`: how a user gets its connection and its name.

use std::time::{Duration, Instant};

use smol::Timer;

use super::evaluate::For;
use super::{Lane, Step};
use crate::client::{self, Options, PROMPT, WELCOME};
use crate::lang::ast::{Declaration, Name, Opening, Statement, Users};
use crate::lang::quote::literal;
use crate::lock::Locked;
use crate::protocol::dialect::Dialect;
use crate::run::director::Admission;
use crate::run::inbox::{Fate, Received};
use crate::run::outcome::{ActionKind, Problem};
use crate::run::user::{User, UserState};

/// How long a user waits before it tries a name again that the server has not given back yet.
const RETRY_AFTER: Duration = Duration::from_millis(10);

impl<'t> Lane<'t> {
    pub(super) async fn connect(&mut self, statement: &Statement, opening: &Opening) -> Step {
        for (declaration, label) in members(opening) {
            let user = self.declare(statement, opening, declaration, label)?;
            let wire_name = user.state().wire_name.clone();
            self.trace_opening("connect", user, opening);
            let is_patient = self.conversation.reset_names.locked().contains(&wire_name);
            self.log_in(statement, user, is_patient).await?;
        }
        Ok(())
    }

    pub(super) async fn open(&mut self, statement: &Statement, opening: &Opening) -> Step {
        for (declaration, label) in members(opening) {
            let user = self.declare(statement, opening, declaration, label)?;
            self.trace_opening("open", user, opening);
            let at = Instant::now();
            self.dial(user).await.map_err(|problem| self.fail(statement, problem))?;
            self.acted(statement, at, ActionKind::Connected);
        }
        Ok(())
    }

    pub(super) async fn reconnect(&mut self, statement: &Statement, users: &Users) -> Step {
        for user in self.users(users) {
            self.conversation.trace.statement(|| format!("{} reconnect", user.label));
            let was_reset = user.state().was_reset;
            self.log_in(statement, user, was_reset).await?;
            user.state().was_reset = false;
        }
        Ok(())
    }

    /// Settles how the user connects, and as whom.
    fn declare(
        &mut self,
        statement: &Statement,
        opening: &Opening,
        declaration: &Declaration,
        label: &Name,
    ) -> Result<&'t User, Vec<crate::run::outcome::Failure>> {
        let user = self.conversation.user(label);
        if let Some(template) = &declaration.wire_name {
            let target = For { user, line: statement.line };
            let wire_name = self.text(template, Some(target)).map_err(|problem| self.fail(statement, problem))?;
            user.state().wire_name = wire_name;
        }
        let (dialect, charset) = self.conversation.manner.of(opening);
        let mut state = user.state();
        (state.dialect, state.charset) = (dialect, charset);
        drop(state);
        Ok(user)
    }

    async fn dial(&self, user: &User) -> Result<(), Problem> {
        let source = match &*self.conversation.source_ips {
            [] => None,
            ips => Some(ips[fastrand::usize(..ips.len())]),
        };
        let UserState { dialect, charset, .. } = *user.state();
        let options = Options { dialect, charset, timeout: self.timeout(), source };
        let connection = client::connect(self.conversation.addresses.of(dialect), &options).await;
        let connection = connection.map_err(|error| Problem::NoConnection {
            user: user.label.clone(),
            error: std::error::Error::source(&error).map_or(error.to_string(), |cause| format!("{error}: {cause}")),
        })?;
        user.attach(connection, &self.conversation.executor, &self.conversation.accounts).await;
        if let Some(director) = &self.conversation.director {
            user.set_chunk(director.chunk()).await;
            if let Some(gate) = user.gate().await {
                director.attached(user.number, &user.label, &gate);
            }
        }
        Ok(())
    }

    /// Connects and logs in; a patient user tries again while its name is taken.
    async fn log_in(&mut self, statement: &Statement, user: &'t User, is_patient: bool) -> Step {
        let admission = self.admission().await;
        let deadline = Instant::now() + self.timeout();
        loop {
            let at = Instant::now();
            self.dial(user).await.map_err(|problem| self.fail(statement, problem))?;
            self.acted(statement, at, ActionKind::Connected);
            match self.give_name(user, deadline).await {
                Err(problem) if is_patient && is_name_taken(&problem) && Instant::now() < deadline => {
                    user.inbox.contents().take_all(Fate::Connect);
                    Timer::after(RETRY_AFTER).await;
                }
                Err(problem) => return Err(self.fail(statement, problem)),
                Ok(welcomed) => {
                    self.note_connected(user, admission.as_ref(), at, welcomed);
                    return Ok(());
                }
            }
        }
    }

    /// Waits for its turn, where many users connect.
    async fn admission(&self) -> Option<Admission> {
        match &self.conversation.director {
            Some(director) => Some(director.admit().await),
            None => None,
        }
    }

    fn note_connected(&self, user: &User, admission: Option<&Admission>, begun: Instant, at: Instant) {
        if let (Some(director), Some(admission)) = (&self.conversation.director, admission) {
            director.connected(user.number, admission.intended, begun, at);
        }
    }

    /// Exactly the prompt and the welcome. Returns when the latter came.
    async fn give_name(&self, user: &User, deadline: Instant) -> Result<Instant, Problem> {
        self.take_line(user, PROMPT, deadline).await?;
        let line = {
            let mut state = user.state();
            state.wrote = true;
            state.encode_line(&state.wire_name)
        };
        let written = user.write_lines(&line, deadline).await;
        written.map_err(|error| Problem::NotWritten { user: user.label.clone(), error })?;
        self.take_line(user, WELCOME, deadline).await
    }

    async fn take_line(&self, user: &User, expected: &'static str, deadline: Instant) -> Result<Instant, Problem> {
        let refused = |received| Problem::LoginRefused { user: user.label.clone(), expected, received };
        let next: Option<Option<Received>> = user
            .inbox
            .when(deadline, |contents| {
                let next = contents.next_unread().cloned();
                if next.is_some() || contents.end.is_some() { Some(next) } else { None }
            })
            .await;
        match next.flatten() {
            Some(line) if line.defect.is_none() && *line.text == *expected => {
                user.inbox.contents().take(Fate::Connect);
                Ok(line.at)
            }
            other => Err(refused(other)),
        }
    }

    fn trace_opening(&self, verb: &str, user: &User, opening: &Opening) {
        self.conversation.trace.statement(|| {
            let wire_name = user.state().wire_name.clone();
            let name = if wire_name == user.label.as_str() {
                String::new()
            } else {
                format!(" as \"{}\"", literal(&wire_name))
            };
            format!("{verb} {}{name}{}", user.label, self.options(opening))
        });
    }

    /// ` with encoding gbk dialect legacy`, where it is not what it is anyway.
    fn options(&self, opening: &Opening) -> String {
        let (dialect, charset) = self.conversation.manner.of(opening);
        let encoding = (charset != dialect.charset()).then(|| format!(" encoding {charset}"));
        let dialect = (dialect != Dialect::default()).then(|| format!(" dialect {dialect}"));
        let options: String = [encoding, dialect].into_iter().flatten().collect();
        if options.is_empty() { options } else { format!(" with{options}") }
    }
}

fn members(opening: &Opening) -> impl Iterator<Item = (&Declaration, &Name)> {
    opening.users.iter().flat_map(|declaration| declaration.members.iter().map(move |label| (declaration, label)))
}

fn is_name_taken(problem: &Problem) -> bool {
    let Problem::LoginRefused { received: Some(line), .. } = problem else { return false };
    // The legacy dialect says who speaks.
    line.text.strip_prefix("server: ").unwrap_or(&line.text).starts_with("error: name-taken: ")
}
