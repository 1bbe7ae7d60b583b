//! A generator that joins another one, and makes its share of the load.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use thiserror::Error;

use super::line::{Incoming, send};
use super::message::{FromLeader, FromMember, Order};
use crate::lang::ast::Script;
use crate::load::engine;
use crate::load::plan::Plan;
use crate::load::target::Target;
use crate::run::Stop;
use crate::run::report::Machine;

/// The time between two attempts to reach the leader.
const RETRY: Duration = Duration::from_millis(200);

/// Why a generator could not make its share.
#[derive(Debug, Error)]
pub enum MemberError {
    /// It was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// The leader is gone, or was none.
    #[error("the leading generator has disconnected")]
    Gone(#[source] io::Error),
    /// The leader said something that has no place there.
    #[error("expected an order from the leading generator, found something else; it may be of another version")]
    Strange,
    /// No thread.
    #[error("cannot start the generator's threads")]
    Threads(#[source] io::Error),
}

/// A generator that has joined another one.
#[derive(Debug)]
pub struct JoinedGenerator {
    stream: TcpStream,
    incoming: Incoming,
}

impl JoinedGenerator {
    /// Waits until the leader at this address is there, then for its order.
    ///
    /// # Errors
    /// If the leader is gone before that, or `stop` comes.
    pub fn join(leader: &str, stop: &Stop) -> Result<(Self, Order), MemberError> {
        let stream = loop {
            if stop.is_stopped() {
                return Err(MemberError::Interrupted);
            }
            match TcpStream::connect(leader) {
                Ok(stream) => break stream,
                Err(_) => thread::sleep(RETRY),
            }
        };
        let incoming = Incoming::new(&stream).map_err(MemberError::Gone)?;
        let mut member = Self { stream, incoming };
        let hello = FromMember::Hello { version: env!("CARGO_PKG_VERSION").to_owned(), name: name() };
        member.send(&hello)?;
        match member.next(stop)? {
            FromLeader::Order(order) if order.share.is_valid() => Ok((member, *order)),
            FromLeader::Order(_) | FromLeader::Go | FromLeader::Stop => Err(MemberError::Strange),
        }
    }

    /// Tells the leader that this share cannot be made.
    ///
    /// # Errors
    /// If the leader is gone.
    pub fn refuse(self, why: &str) -> Result<(), MemberError> {
        self.send(&FromMember::Refused(why.to_owned()))
    }

    /// Makes the share as soon as the leader says so, and reports it.
    ///
    /// # Errors
    /// If the leader is gone, or `stop` came before the begin.
    pub fn play(
        mut self,
        script: &Arc<Script>,
        plan: Plan,
        target: &Target,
        order: &Order,
        stop: &Stop,
    ) -> Result<(), MemberError> {
        self.send(&FromMember::Ready)?;
        match self.next(stop)? {
            FromLeader::Go => {}
            FromLeader::Stop => return Err(MemberError::Interrupted),
            FromLeader::Order(_) => return Err(MemberError::Strange),
        }
        let Self { stream, mut incoming } = self;
        let (stopping, over) = (stop.clone(), Stop::default());
        let listening = {
            let over = over.clone();
            // Whatever comes is the end: the leader says `stop`, or it is gone.
            let listen = move || match incoming.next::<FromLeader>(None, &over) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => stopping.stop(),
            };
            thread::Builder::new().name("leader".to_owned()).spawn(listen).map_err(MemberError::Threads)?
        };
        let tally = engine::measure(script, (plan, order.nonce), target, stop, &mut |moment| {
            // If the leader is gone, the other thread ends the load.
            let _ = send(&stream, &FromMember::Second(Box::new(moment.clone())));
        });
        over.stop();
        // It cannot panic, and there is nothing that it returns.
        let _ = listening.join();
        let tally = tally.map_err(MemberError::Threads)?;
        send(&stream, &FromMember::Done(Box::new(tally))).map_err(MemberError::Gone)
    }

    fn send(&self, message: &FromMember) -> Result<(), MemberError> {
        send(&self.stream, message).map_err(MemberError::Gone)
    }

    fn next(&mut self, stop: &Stop) -> Result<FromLeader, MemberError> {
        self.incoming.next(None, stop).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => MemberError::Interrupted,
            _ => MemberError::Gone(error),
        })
    }
}

/// The name of this machine, and the number of this process.
fn name() -> String {
    let host = Machine::here().host.unwrap_or_else(|| "unknown".to_owned());
    format!("{host}, process {}", std::process::id())
}
