//! One cast of a load: the tests of a script, as a test run plays them, under a director.

use std::collections::HashMap;
use std::sync::Arc;

use smol::Executor;

use super::Addresses;
use super::conversation::{Conversation, Environment, ResetNames, labels};
use super::director::Director;
use super::lane::{Lane, StepResult};
use super::test::{finally, play_all};
use super::user::inbox::InboxRoom;
use crate::delivery::accounts::Accounts;
use crate::lang::ast::{Script, TestBlock};
use crate::run::dialects::ConnectDefaults;
use crate::run::outcome::Failure;
use crate::run::transcript::Trace;

/// What a cast gets from the load: the server, the director, the accounts.
#[derive(Clone, Debug)]
pub struct CastEnvironment {
    /// Runs the tasks that read for the users.
    pub executor: Arc<Executor<'static>>,
    /// The server's addresses.
    pub addresses: Addresses,
    /// The dialect and charset of users whose statement does not name them.
    pub connect_defaults: ConnectDefaults,
    /// The addresses to connect from, in turn; any if empty.
    pub source_ips: Arc<[std::net::IpAddr]>,
    /// Values that override those of `param`, by name.
    pub params: HashMap<String, String>,
    /// The director of the cast.
    pub director: Arc<dyn Director>,
    /// The accounts of its stamps.
    pub accounts: Arc<dyn Accounts>,
    /// What the inboxes of all casts together may hold.
    pub inbox_room: InboxRoom,
}

/// The result of playing a script once.
#[derive(Debug)]
pub struct Play {
    /// What failed, in the order in which it did; nothing if all went as written.
    pub failures: Vec<Failure>,
}

/// How many users a cast of this script has at once, at most: those of its largest test.
#[must_use]
pub fn cast_size(script: &Script) -> usize {
    let sizes = script.tests.iter().map(|test| labels(&[&script.preamble, &test.statements]).len());
    sizes.max().unwrap_or_default()
}

/// Plays the tests of a script, one after another, each on fresh connections, up to the first that fails.
pub async fn play(script: &Script, setting: &CastEnvironment, seed: u64) -> Play {
    let reset_names = ResetNames::default();
    for (number, test) in script.tests.iter().enumerate() {
        let seed = seed.wrapping_add(number as u64);
        if let Err(failures) = play_test(script, test, setting, seed, &reset_names).await {
            return Play { failures };
        }
    }
    Play { failures: Vec::new() }
}

async fn play_test(
    script: &Script,
    test: &TestBlock,
    setting: &CastEnvironment,
    seed: u64,
    resets: &ResetNames,
) -> StepResult {
    let environment = Environment {
        source: script.source.clone(),
        executor: Arc::clone(&setting.executor),
        addresses: setting.addresses.clone(),
        connect_defaults: setting.connect_defaults,
        source_ips: Arc::clone(&setting.source_ips),
        trace: Trace::default(),
        timeout_scale: 1.0,
        params: setting.params.clone(),
        reset_names: Arc::clone(resets),
        inbox_room: setting.inbox_room.clone(),
    };
    let conversation = Conversation::new(environment, &[&script.preamble, &test.statements])
        .directed(Arc::clone(&setting.director), Arc::clone(&setting.accounts));
    let mut lane = Lane::new(&conversation, seed);
    let mut step = play_all(&mut lane, script, test).await;
    if step.is_err() {
        setting.director.failed();
    }
    lane.is_counted = false;
    let last = finally(&mut lane, script, test).await;
    if step.is_ok() {
        step = last;
    }
    conversation.hang_up().await;
    step
}
