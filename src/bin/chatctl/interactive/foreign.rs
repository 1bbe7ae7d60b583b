//! `chatctl interactive --dialect irc`: a conversation by hand with a server that is not ours, line by line.

use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use anyhow::{anyhow, bail, ensure};
use chatctl::client::ConnectOptions;
use chatctl::lang::ast::ForeignDialect;
use chatctl::lang::{dialects, parse};
use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::Dialect;
use chatctl::run::by_hand::{ByHandError, converse, wants_name};
use clap::ColorChoice;
use futures::future::{Either, select};
use smol::Unblock;

use super::{InteractiveArguments, connect, standard_input};
use crate::exit::{Because, Exit};
use crate::{output, signals, sources};

/// Talks in the dialect that the arguments name.
pub(super) fn run(arguments: &InteractiveArguments, local: Charset) -> anyhow::Result<Exit> {
    ensure!(arguments.names().len() < 2, "a dialect of other servers has one --name");
    ensure!(arguments.record.is_none(), "--record cannot be used with a dialect of other servers");
    let dialect = match &arguments.dialect_file {
        None => arguments.speech.shipped().and_then(dialects::shipped),
        Some(path) => match from_file(path)? {
            Some(dialect) => Some(dialect),
            None => return Ok(Exit::ScriptErrors),
        },
    };
    let Some(dialect) = dialect else { bail!("there is no such dialect") };
    let name = arguments.names().into_iter().next();
    let is_nameless = name.is_none() && wants_name(&dialect);
    ensure!(!is_nameless, "the login of the dialect {} says a name: give one with --name", dialect.name.value);
    let options = ConnectOptions { dialect: Dialect::OF_OTHERS, ..arguments.options()? };
    let (leave, left) = async_channel::bounded::<()>(1);
    let signal = signals::watch(move || drop(leave))?;
    let talking = async {
        let connection = match select(pin!(connect(arguments, &options)), pin!(left.recv())).await {
            Either::Left((connection, _)) => connection?,
            Either::Right(_) => return Ok(()),
        };
        let (input, output) = (standard_input::read()?, Unblock::new(io::stdout()));
        let leave = async {
            let _ = left.recv().await;
        };
        let me = name.as_deref().unwrap_or_default();
        let mut has_refused = false;
        let mut complain = |text: &str| {
            has_refused = true;
            output::complain(text);
        };
        converse(connection, (&dialect, me, local), input, output, leave, &mut complain).await.or_else(nobody_reads)?;
        ensure!(!has_refused, Because::new(Exit::Failed, "a line was not sent"));
        Ok::<(), anyhow::Error>(())
    };
    smol::block_on(talking)?;
    Ok(signal.exit().unwrap_or(Exit::Passed))
}

/// That nobody reads the output any more is no error; each other one has an exit code.
fn nobody_reads(error: ByHandError) -> anyhow::Result<()> {
    let exit = match &error {
        ByHandError::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        ByHandError::Lost(_) => Exit::NoConnection,
        ByHandError::NotLoggedIn { .. } | ByHandError::Input(_) => Exit::Failed,
        ByHandError::Output(_) | ByHandError::PatternTooLarge => Exit::Usage,
    };
    Err(Because::new(exit, format!("{:#}", anyhow!(error))).into())
}

/// The dialect of a file: the one that it sets, or the only one. `None` if the file has errors, which are shown.
fn from_file(path: &Path) -> anyhow::Result<Option<Arc<ForeignDialect>>> {
    let sources = sources::read(&[path.to_owned()])?;
    let [source] = sources.as_slice() else { bail!("expected one file with a dialect: {}", path.display()) };
    let script = match parse(source) {
        Ok(script) => script,
        Err(errors) => {
            output::show(&errors, ColorChoice::Auto);
            return Ok(None);
        }
    };
    let is_set =
        |dialect: &&Arc<ForeignDialect>| script.speaks.as_ref().is_some_and(|name| name.value == dialect.name.value);
    let found = script.dialects.iter().find(is_set).or(match script.dialects.as_slice() {
        [only] => Some(only),
        _ => None,
    });
    match found {
        Some(dialect) => Ok(Some(Arc::clone(dialect))),
        None => bail!(
            "{} defines {} dialects, and no `set dialect` says which one: expected one",
            path.display(),
            script.dialects.len()
        ),
    }
}
