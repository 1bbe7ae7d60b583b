//! `upload` and `download`: a file announced and brought, or fetched and compared.
//!
//! The bytes flow in a thread of their own, so that no line of any user waits for them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::content::{Content, Hashed};
use super::evaluate::For;
use super::{Lane, StepResult, bytes, evaluate, login};
use crate::client::transfer::TransferError;
use crate::client::{ConnectOptions, ServerDoor};
use crate::lang::ast::{Download, Recipient, Statement, Template, Upload, UploadContent, Users};
use crate::protocol::command::{Command, FileRequest, FileTarget, UserList};
use crate::protocol::dialect::ServerLine;
use crate::protocol::file::{FileId, FileName, FileToken};
use crate::protocol::name::{RoomName, UserName};
use crate::run::director::{Transfer, TransferKind};
use crate::run::outcome::{ActionKind, Fate, Problem, Received};
use crate::run::user::User;

/// The pace at which a transfer has to go on, beside the timeout: so many bytes in a second.
const SLOWEST: u64 = 1 << 20;

/// `alice upload "x.bin" to lobby`: each user in order announces the file and brings its bytes.
pub(super) async fn upload(lane: &mut Lane<'_>, statement: &Statement, users: &Users, wanted: &Upload) -> StepResult {
    lane.trace_statement(statement);
    for user in lane.users(users) {
        let sent = upload_one(lane, statement, user, wanted).await;
        sent.map_err(|problem| lane.fail(statement, problem))?;
    }
    Ok(())
}

async fn upload_one(lane: &mut Lane<'_>, statement: &Statement, user: &User, wanted: &Upload) -> Result<(), Problem> {
    let begun = Instant::now();
    let target = For { user, line: statement.line };
    let (door, options) = way(lane, user).await?;
    let (content, size, name) = content(lane, &wanted.content, target)?;
    let to = recipient(lane, &wanted.to, target)?;
    let request = FileRequest { to, size, name, pixels: None };
    let token = announce(lane, user, statement.line, &request).await?;
    let limit = limit(lane, size);
    let sent = bytes::bring((door, options), token, (Hashed::new(content), size), begun + limit).await;
    let (file, hash) = sent.map_err(|error| not_sent(user, error))?;
    lane.ctx.trace.remark(|| format!("{} stored {} {} sha256:{}", user.label, file.id, file.size, file.hash));
    let is_whole = file.hash == hash && file.size == size;
    lane.ctx.note_upload(file.id, hash);
    finish(
        lane,
        statement,
        Transfer {
            kind: TransferKind::Upload,
            begun,
            intended: lane.last.intended(),
            ended: Instant::now(),
            bytes: size,
            is_whole,
            is_counted: lane.is_counted,
        },
    );
    if is_whole || lane.ctx.director.is_some() {
        return Ok(());
    }
    let difference =
        format!("the server stored {} bytes with the hash {}, sent were {size} with {hash}", file.size, file.hash);
    Err(Problem::OtherContent { user: user.label.clone(), difference })
}

/// `bob download {{id}} as "x.bin"`: each user in order fetches the file, of which every byte is compared.
pub(super) async fn download(
    lane: &mut Lane<'_>,
    statement: &Statement,
    users: &Users,
    wanted: &Download,
) -> StepResult {
    lane.trace_statement(statement);
    for user in lane.users(users) {
        let fetched = download_one(lane, statement, user, wanted).await;
        fetched.map_err(|problem| lane.fail(statement, problem))?;
    }
    Ok(())
}

async fn download_one(
    lane: &mut Lane<'_>,
    statement: &Statement,
    user: &User,
    wanted: &Download,
) -> Result<(), Problem> {
    let begun = Instant::now();
    let target = For { user, line: statement.line };
    let id = evaluate::line(lane, &wanted.id, target)?;
    let id = FileId::parse(&id).ok_or(Problem::NotAFileId { text: id })?;
    let expected = match &wanted.same_as {
        Some(path) => Some(open(lane, path, target)?.0),
        None => None,
    };
    let (door, options) = way(lane, user).await?;
    let known = lane.ctx.uploaded(id);
    let (timeout, per_second) = (lane.timeout(), lane.scaled(Duration::from_secs(1)));
    let limit = move |size: u64| begun + timeout + per_second.mul_f64(size as f64 / SLOWEST as f64);
    let fetched = bytes::fetch((door, options), id, (expected, known), limit).await;
    let fetched = fetched.map_err(|error| not_sent(user, error))?;
    lane.ctx.trace.remark(|| format!("{} fetched {id}, {} bytes", user.label, fetched.bytes));
    finish(
        lane,
        statement,
        Transfer {
            kind: TransferKind::Download,
            begun,
            intended: lane.last.intended(),
            ended: Instant::now(),
            bytes: fetched.bytes,
            is_whole: fetched.difference.is_none(),
            is_counted: lane.is_counted,
        },
    );
    match fetched.difference {
        // In a load, it is a figure.
        Some(difference) if lane.ctx.director.is_none() => {
            Err(Problem::OtherContent { user: user.label.clone(), difference })
        }
        Some(_) | None => Ok(()),
    }
}

fn finish(lane: &mut Lane<'_>, statement: &Statement, transfer: Transfer) {
    lane.acted(statement, transfer.ended, ActionKind::Transferred);
    if let Some(director) = &lane.ctx.director {
        director.transferred(transfer);
    }
}

/// Announces a file, and takes the answer from among the lines that come.
async fn announce(lane: &mut Lane<'_>, user: &User, line: usize, request: &FileRequest) -> Result<FileToken, Problem> {
    let text = Command::SendFile(request.clone()).to_string();
    let not_written = |error| Problem::NotWritten { user: user.label.clone(), error };
    if let Some((character, charset)) = user.lacks(&text).await {
        return Err(Problem::NotInCharset { user: user.label.clone(), character, charset });
    }
    let known = {
        let contents = user.inbox.contents();
        if contents.end.is_some() {
            return Err(not_written(std::io::ErrorKind::NotConnected));
        }
        contents.pending()
    };
    user.state().wrote = true;
    let deadline = Instant::now() + lane.timeout();
    user.say(&text, deadline).await.map_err(not_written)?;
    let dialect = user.state().spelling.dialect;
    let is_answer = |line: &Received| {
        let said = dialect.read(&line.text);
        line.defect.is_none() && matches!(said, ServerLine::FileWanted { .. } | ServerLine::Refused { .. })
    };
    let answer =
        user.inbox.when(deadline, |contents| match contents.take_first(known, Fate::Matched(line), is_answer) {
            Some(answer) => Some(Ok(answer)),
            None if contents.full => Some(Err(Problem::InboxFull { user: user.label.clone() })),
            None if contents.end.is_some() => Some(Err(not_written(std::io::ErrorKind::NotConnected))),
            None => None,
        });
    let lost = || not_sent(user, TransferError::Lost(std::io::ErrorKind::TimedOut.into()));
    let answer = answer.await.ok_or_else(lost)??;
    match dialect.read(&answer.text) {
        ServerLine::FileWanted { token, .. } => {
            FileToken::parse(token).ok_or_else(|| not_sent(user, TransferError::Unexpected(answer.text.to_string())))
        }
        ServerLine::Refused { code, detail } => {
            Err(not_sent(user, TransferError::Refused { code: code.to_owned(), detail: detail.to_owned() }))
        }
        _ => Err(not_sent(user, TransferError::Unexpected(answer.text.to_string()))),
    }
}

/// Where the files of a user go, and how they are spoken of there.
async fn way(lane: &Lane<'_>, user: &User) -> Result<(ServerDoor, ConnectOptions), Problem> {
    let dialect = user.state().spelling.dialect;
    if user.state().foreign.is_some() || !dialect.has_files() {
        return Err(Problem::NoFiles { user: user.label.clone(), dialect: dialect.name() });
    }
    login::way(lane, user).await
}

/// How long a transfer may take.
fn limit(lane: &Lane<'_>, size: u64) -> Duration {
    lane.timeout() + lane.scaled(Duration::from_secs(1)).mul_f64(size as f64 / SLOWEST as f64)
}

fn content(lane: &mut Lane<'_>, wanted: &UploadContent, target: For<'_>) -> Result<(Content, u64, FileName), Problem> {
    match wanted {
        UploadContent::File(path) => {
            let (file, path) = open(lane, path, target)?;
            let size = file.metadata().map_err(|error| no_file(&path, &error))?.len();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            Ok((Content::File(file), size, file_name(name)?))
        }
        UploadContent::MadeUp { size, name } => {
            let name = file_name(evaluate::line(lane, name, target)?)?;
            lane.ctx.note_generated();
            Ok((Content::made_up(lane.values.random().u64(..)), *size, name))
        }
    }
}

fn open(lane: &mut Lane<'_>, path: &Template, target: For<'_>) -> Result<(File, PathBuf), Problem> {
    let written = evaluate::line(lane, path, target)?;
    let (script, _) = lane.ctx.source.place(target.line);
    let folder = Path::new(script).parent().unwrap_or(Path::new(""));
    let path = folder.join(written);
    match File::open(&path) {
        Ok(file) if file.metadata().is_ok_and(|about| about.is_file()) => Ok((file, path)),
        Ok(_) => Err(no_file(&path, &std::io::Error::other("expected a file"))),
        Err(error) => Err(no_file(&path, &error)),
    }
}

fn recipient(lane: &mut Lane<'_>, to: &Recipient, target: For<'_>) -> Result<FileTarget, Problem> {
    let Some(users) = &to.users else {
        let room = evaluate::line(lane, &to.room, target)?;
        return RoomName::new(&room)
            .map(FileTarget::Room)
            .map_err(|error| Problem::NotAName { text: room, error: error.to_string() });
    };
    let mut names = Vec::new();
    for user in lane.users(users) {
        let name = user.state().wire_name.clone();
        names.push(UserName::new(&name).map_err(|error| Problem::NotAName { text: name, error: error.to_string() })?);
    }
    let error = "expected the name of a user, found none".to_owned();
    UserList::new(names).map(FileTarget::Users).ok_or(Problem::NotAName { text: String::new(), error })
}

fn file_name(text: String) -> Result<FileName, Problem> {
    FileName::new(&text).map_err(|error| Problem::NotAName { text, error: error.to_string() })
}

fn no_file(path: &Path, error: &std::io::Error) -> Problem {
    Problem::NoFile { path: path.display().to_string(), error: error.to_string() }
}

fn not_sent(user: &User, error: TransferError) -> Problem {
    Problem::NotTransferred { user: user.label.clone(), error: Arc::new(error) }
}
