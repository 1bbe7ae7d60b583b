//! How long a server of ours has made its clients wait: it says so to whoever asks from the same machine. What waits there is in
//! the latencies of a load, and looks as if the server were slow.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use smol::Timer;

use super::target::Target;
use crate::client::plain::{Typist, converse};
use crate::client::{ConnectOptions, Login, connect};
use crate::lang::ast::Script;
use crate::protocol::charset::Charset;
use crate::protocol::dialect::Dialect;
use crate::run::{Choice, Destination};

/// What stands before the number of milliseconds for which it has made clients wait, all together.
const STAT: &str = "stats: throttled_ms ";
/// How long the server may take to say it.
const WITHIN: Duration = Duration::from_secs(2);

/// For how long the server has made all its clients wait since it began. `None` if it is not one of ours on this machine, or does
/// not say.
pub(super) fn total(script: &Script, target: &Target) -> Option<Duration> {
    let dialect = Dialect::default();
    if target.is_embedded || !target.connect_defaults.doors(script).speak(dialect) {
        return None;
    }
    let server = target.addresses.of(Choice { dialect, over_tls: false, user: 0 })?;
    let is_here = |address: &SocketAddr| address.ip().is_loopback();
    let is_on_this_machine = server.door.path.is_some() || server.door.addresses.iter().all(is_here);
    let asked = async {
        match select(pin!(ask(server, target)), Timer::after(WITHIN)).await {
            Either::Left((said, _)) => said,
            Either::Right(_) => None,
        }
    };
    if is_on_this_machine { smol::block_on(asked) } else { None }
}

async fn ask(server: &Destination, target: &Target) -> Option<Duration> {
    let trust = target.addresses.trust(Some(server));
    let connection = connect(&server.door, &ConnectOptions { trust, ..ConnectOptions::default() }).await.ok()?;
    let login = Login::new(&format!("load-{:08x}", fastrand::u32(..)));
    let mut said = Vec::new();
    let typist = Typist { complain: &mut |_| {}, hide: &mut |_| {} };
    let (input, never) = (&b"list stats\nquit\n"[..], futures::future::pending());
    converse(connection, (Some(login), Charset::UTF_8), input, &mut said, never, typist).await.ok()?;
    let said = String::from_utf8(said).ok()?;
    let milliseconds = said.lines().find_map(|line| line.split_once(STAT)?.1.parse().ok())?;
    Some(Duration::from_millis(milliseconds))
}
