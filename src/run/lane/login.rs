//! `connect`, `open` and `reconnect`: how a user gets its connection and its name.

use std::time::{Duration, Instant};

use smol::Timer;
use zeroize::Zeroizing;

use super::dialogue::{self, DialoguePart};
use super::evaluate::For;
use super::{Lane, StepResult, evaluate};
use crate::client::{self, ConnectError, ConnectOptions, ServerDoor};
use crate::lang::DIALECT_NUMBER;
use crate::lang::ast::{Declaration, Name, Opening, Statement, Users};
use crate::lang::quote::literal;
use crate::lock::Locked;
use crate::protocol::dialect::{Dialect, ServerLine, Spelling};
use crate::protocol::event::Event;
use crate::protocol::refusal;
use crate::run::director::Admission;
use crate::run::foreign::{self, Reflexes};
use crate::run::outcome::{ActionKind, Failure, Fate, Problem, Received};
use crate::run::user::User;
use crate::text::system::without_numbers;

/// How long a user waits before it tries a name again that the server has not given back yet.
const RETRY_AFTER: Duration = Duration::from_millis(10);

/// `connect`: a connection and a login for each user, one after another.
pub(super) async fn connect(lane: &mut Lane<'_>, statement: &Statement, opening: &Opening) -> StepResult {
    for (declaration, label) in opening.members() {
        let user = declare(lane, statement, opening, declaration, label)?;
        let wire_name = user.state().wire_name.clone();
        trace_opening(lane, "connect", user, opening);
        // A name whose last holder was reset is taken until the server notices.
        let is_patient = lane.ctx.reset_names.locked().contains(&wire_name);
        log_in(lane, statement, user, is_patient).await?;
    }
    Ok(())
}

/// `open`: only the TCP connection; the prompt is the first unread line.
pub(super) async fn open(lane: &mut Lane<'_>, statement: &Statement, opening: &Opening) -> StepResult {
    for (declaration, label) in opening.members() {
        let user = declare(lane, statement, opening, declaration, label)?;
        trace_opening(lane, "open", user, opening);
        let admission = admission(lane).await;
        let at = Instant::now();
        dial(lane, user).await.map_err(|problem| lane.fail(statement, problem))?;
        lane.acted(statement, at, ActionKind::Connected);
        // What a login is, only the script knows: whoever has a connection takes part.
        note_connected(lane, user, admission.as_ref(), at, Instant::now());
    }
    Ok(())
}

/// `reconnect`: a new connection and a login under the same name.
pub(super) async fn reconnect(lane: &mut Lane<'_>, statement: &Statement, users: &Users) -> StepResult {
    for user in lane.users(users) {
        lane.ctx.trace.statement(|| format!("{} reconnect", user.label));
        let was_reset = user.state().was_reset;
        log_in(lane, statement, user, was_reset).await?;
        user.state().was_reset = false;
    }
    Ok(())
}

/// Sets the dialect, the charset and the wire name of the user.
fn declare<'t>(
    lane: &mut Lane<'t>,
    statement: &Statement,
    opening: &Opening,
    declaration: &Declaration,
    label: &Name,
) -> Result<&'t User, Vec<Failure>> {
    let user = lane.ctx.user(label);
    if let Some(template) = &declaration.wire_name {
        let target = For { user, line: statement.line };
        let wire_name = evaluate::line(lane, template, target).map_err(|problem| lane.fail(statement, problem))?;
        user.state().wire_name = wire_name;
    }
    if let Some(template) = &opening.password {
        let target = For { user, line: statement.line };
        let password = evaluate::line(lane, template, target).map_err(|problem| lane.fail(statement, problem))?;
        user.state().password = Some(Zeroizing::new(password));
    }
    let foreign = opening.foreign().cloned();
    if let Some(template) = foreign.as_ref().and_then(|dialect| dialect.load_name.as_ref())
        && lane.ctx.director.is_some()
        && declaration.wire_name.is_none()
    {
        let values = [(Name::new(DIALECT_NUMBER), (lane.ctx.place(user) + 1).to_string())];
        user.state().wire_name = foreign::text(template, label.as_str(), &values);
    }
    let mut state = user.state();
    state.spelling = lane.ctx.connect_defaults.of(opening);
    state.foreign = foreign;
    state.at = opening.at.as_ref().map(|at| at.value.clone());
    state.over_tls = opening.tls.is_some();
    drop(state);
    Ok(user)
}

/// Where a user connects to, and how.
pub(super) async fn way(lane: &Lane<'_>, user: &User) -> Result<(ServerDoor, ConnectOptions), Problem> {
    let source = match &*lane.ctx.source_ips {
        [] => None,
        ips => Some(ips[fastrand::usize(..ips.len())]),
    };
    let Spelling { dialect, charset, numbered: _, framing: _, features: _ } = user.state().spelling;
    let (server, at) = (lane.ctx.destination(user), user.state().at.clone());
    let trust = lane.ctx.addresses.trust(server);
    let options = ConnectOptions { dialect, charset, timeout: lane.timeout(), source, trust };
    let door = match (server, &at) {
        (Some(server), _) => server.door.clone(),
        (None, Some(address)) => client::resolve(address).await.map_err(|error| no_connection(user, &error))?,
        (None, None) => ServerDoor::default(),
    };
    Ok((door, options))
}

fn no_connection(user: &User, error: &ConnectError) -> Problem {
    let cause = std::error::Error::source(error);
    let error = cause.map_or(error.to_string(), |cause| format!("{error}: {}", without_numbers(&cause.to_string())));
    Problem::NoConnection { user: user.label.clone(), error }
}

async fn dial(lane: &Lane<'_>, user: &User) -> Result<(), Problem> {
    let (door, options) = way(lane, user).await?;
    let connection = client::connect(&door, &options).await.map_err(|error| no_connection(user, &error))?;
    let reflexes = {
        let state = user.state();
        state.foreign.as_ref().map(|dialect| Reflexes::new(dialect, &state.wire_name)).transpose()?
    };
    user.attach(connection, reflexes, &lane.ctx.executor, &lane.ctx.accounts).await;
    if let Some(director) = &lane.ctx.director {
        user.set_chunk(director.chunk()).await;
        if let Some(gate) = user.gate().await {
            director.attached(user.number, &user.label, &gate);
        }
    }
    Ok(())
}

/// Connects and logs in; a patient user tries again while its name is taken.
async fn log_in<'t>(lane: &mut Lane<'t>, statement: &Statement, user: &'t User, is_patient: bool) -> StepResult {
    let admission = admission(lane).await;
    let deadline = Instant::now() + lane.timeout();
    loop {
        let at = Instant::now();
        dial(lane, user).await.map_err(|problem| lane.fail(statement, problem))?;
        lane.acted(statement, at, ActionKind::Connected);
        match introduce(lane, user, deadline).await {
            // A connection that was refused its name is given up and dialed anew: the next attempt looks like the
            // first.
            Err(problem) if is_patient && is_name_taken(user, &problem) && Instant::now() < deadline => {
                user.inbox.contents().take_all(Fate::Connect);
                Timer::after(RETRY_AFTER).await;
            }
            Err(problem) => return Err(lane.fail(statement, problem)),
            Ok(welcomed) => {
                note_connected(lane, user, admission.as_ref(), at, welcomed);
                return Ok(());
            }
        }
    }
}

/// In a load, waits until one more user may connect.
async fn admission(lane: &Lane<'_>) -> Option<Admission> {
    match &lane.ctx.director {
        Some(director) => Some(director.admit().await),
        None => None,
    }
}

fn note_connected(lane: &Lane<'_>, user: &User, admission: Option<&Admission>, begun: Instant, at: Instant) {
    if let (Some(director), Some(admission)) = (&lane.ctx.director, admission) {
        director.connected(user.number, admission.intended, begun, at);
    }
}

/// Logs in, as the dialect of the user does it. Returns when the last line of it arrived or was sent.
async fn introduce(lane: &Lane<'_>, user: &User, deadline: Instant) -> Result<Instant, Problem> {
    let foreign = user.state().foreign.clone();
    let Some(dialect) = foreign else { return give_name(user, deadline).await };
    let Some(login) = &dialect.login else { return Ok(Instant::now()) };
    let part = DialoguePart { dialect: &dialect, dialogue: login, fate: Fate::Connect };
    let welcomed = dialogue::hold(lane, user, part, deadline).await?;
    user.inbox.contents().logged_in = true;
    Ok(welcomed)
}

/// Takes exactly the prompt and the welcome, and gives the name in between. Returns when the welcome came.
async fn give_name(user: &User, deadline: Instant) -> Result<Instant, Problem> {
    take_line(user, &Event::NamePrompt, deadline).await?;
    let wire_name = {
        let mut state = user.state();
        state.wrote = true;
        state.wire_name.clone()
    };
    if let Some((character, charset)) = user.lacks(&wire_name).await {
        return Err(Problem::NotInCharset { user: user.label.clone(), character, charset });
    }
    let written = user.say(&wire_name, deadline).await;
    written.map_err(|error| Problem::NotWritten { user: user.label.clone(), error })?;
    let password = user.state().password.clone();
    if let Some(password) = password {
        take_line(user, &Event::PasswordPrompt, deadline).await?;
        let written = user.say(&password, deadline).await;
        written.map_err(|error| Problem::NotWritten { user: user.label.clone(), error })?;
    }
    take_line(user, &Event::Welcome, deadline).await
}

/// The next line, which must be this event. Returns when it came.
async fn take_line(user: &User, event: &Event, deadline: Instant) -> Result<Instant, Problem> {
    let expected = user.state().spelling.dialect.spelled(event).trim_end().to_owned();
    let next: Option<Option<Received>> = user
        .inbox
        .when(deadline, |contents| {
            let next = contents.next_unread().cloned();
            if next.is_some() || contents.end.is_some() { Some(next) } else { None }
        })
        .await;
    match next.flatten() {
        Some(line) if line.defect.is_none() && *line.text == expected => {
            user.inbox.contents().take(Fate::Connect);
            Ok(line.at)
        }
        received => Err(Problem::LoginRefused { user: user.label.clone(), expected, received, place: None }),
    }
}

fn trace_opening(lane: &Lane<'_>, verb: &str, user: &User, opening: &Opening) {
    lane.ctx.trace.statement(|| {
        let wire_name = user.state().wire_name.clone();
        let name =
            if wire_name == user.label.as_str() { String::new() } else { format!(" as \"{}\"", literal(&wire_name)) };
        let at = opening.at.as_ref().map_or(String::new(), |at| format!(" at {}", at.value));
        format!("{verb} {}{name}{at}{}", user.label, options(lane, opening))
    });
}

/// ` with encoding gbk dialect legacy tls`, as far as it differs from the defaults.
fn options(lane: &Lane<'_>, opening: &Opening) -> String {
    let Spelling { dialect, charset, numbered: _, framing: _, features: _ } = lane.ctx.connect_defaults.of(opening);
    let encoding = (charset != dialect.charset()).then(|| format!(" encoding {charset}"));
    let dialect = match opening.foreign() {
        Some(foreign) => Some(format!(" dialect {}", foreign.name.value)),
        None => (dialect != Dialect::default()).then(|| format!(" dialect {dialect}")),
    };
    let tls = opening.tls.map(|_| " tls".to_owned());
    let password = opening.password.as_ref().map(|_| " password \"***\"".to_owned());
    let options: String = [encoding, dialect, tls, password].into_iter().flatten().collect();
    if options.is_empty() { options } else { format!(" with{options}") }
}

fn is_name_taken(user: &User, problem: &Problem) -> bool {
    let Problem::LoginRefused { received: Some(line), place, .. } = problem else { return false };
    // What another server says with its refusal is not known.
    if place.is_some() {
        return true;
    }
    let dialect = user.state().spelling.dialect;
    matches!(dialect.read(&line.text), ServerLine::Refused { code: refusal::NAME_TAKEN, .. })
}
