//! What those want who run the server, and what they are shown of it.

use std::net::Ipv4Addr;
use std::sync::Arc;

use futures::channel::oneshot;

use super::Broker;
use super::cluster_state::submit;
use super::deeds::PendingOperation;
use super::state::BrokerState;
use super::under_way::{Submission, UnderWay};
use crate::hub::{HostWish, Now, PasswordCheck, PasswordHash, PasswordWork, Verdict};
use crate::protocol::dialect::Dialect;
use crate::protocol::event::{Event, RoomSummary};
use crate::protocol::hindrance::Hindrance;
use crate::protocol::name::UserName;
use crate::protocol::operated::Operated;
use crate::protocol::password::Password;
use crate::protocol::refusal::{AccountRefusal, Refusal};
use crate::server::admin::{AdminRoom, ConnectionEntry};
use crate::server::cluster::Outbox;
use crate::server::hasher::HashJob;

impl Broker {
    /// Does something to the chat from outside of it; what was done, for people. In a cluster, that is known once all servers
    /// know it.
    pub(in crate::server) async fn operate(&self, wish: HostWish) -> Result<String, Refusal> {
        let deed = PendingOperation::of_host(&wish);
        let done = match &self.outbox {
            None => self.operate_alone(wish),
            Some(outbox) => self.operate_in_cluster(outbox, wish).await,
        };
        deed.log(done.as_ref().err().map(Refusal::code));
        done.map(|done| Dialect::said_of(&Event::Operated(done)))
    }

    fn operate_alone(&self, wish: HostWish) -> Result<Operated, Refusal> {
        let now = self.now();
        let mut state = self.state();
        let done = self.try_to_operate(&mut state, wish, now);
        drop(self.wake(state));
        done
    }

    async fn operate_in_cluster(&self, outbox: &Outbox<UnderWay>, wish: HostWish) -> Result<Operated, Refusal> {
        if let Some(why) = self.state().hindrance {
            return Err(Refusal::NotKept(why));
        }
        let (told, done) = oneshot::channel();
        submit(outbox, None, Submission::Operate(wish, told));
        done.await.unwrap_or(Err(Refusal::Unavailable(Hindrance::OutOfReach)))
    }

    /// Does it, or says why not.
    pub(super) fn try_to_operate(
        &self,
        state: &mut BrokerState,
        wish: HostWish,
        now: Now,
    ) -> Result<Operated, Refusal> {
        let (decision, done) = state.hub.decide_host(wish, now)?;
        // In a cluster, what comes back from the log happens everywhere.
        let is_alone = state.cluster.is_none();
        if let Some(why) = state.hindrance.filter(|_| is_alone && decision.can_wait()) {
            return Err(Refusal::NotKept(why));
        }
        let outputs = state.hub.apply(decision);
        self.deliver(state, outputs, None, now);
        Ok(done)
    }

    /// The hash of a password that an account is to have.
    pub(in crate::server) async fn hash_for(
        &self,
        name: UserName,
        password: Password,
    ) -> Result<PasswordHash, Refusal> {
        let (told, verdict) = oneshot::channel();
        let hasher = Arc::clone(&self.state().hasher);
        let check = PasswordCheck { name, work: PasswordWork::Hash(password) };
        // Whoever asked may be gone.
        let done = Box::new(move |verdict| drop(told.send(verdict)));
        hasher.take(HashJob { check, address: Ipv4Addr::LOCALHOST.into(), done }).map_err(AccountRefusal::Busy)?;
        match verdict.await {
            Ok(Verdict::Hashed(hash)) => Ok(hash),
            // A hash is made of any password, unless the thread has panicked.
            Ok(Verdict::Right | Verdict::Wrong | Verdict::Busy(_) | Verdict::TooMany(_)) | Err(_) => {
                Err(Refusal::Account(AccountRefusal::Busy(0)))
            }
        }
    }

    /// Every connection that has a session.
    pub(in crate::server) fn connection_entries(&self) -> Vec<ConnectionEntry> {
        let state = self.state();
        let entries = state.connections.iter().flatten().map(|(id, connection)| {
            let is_local = connection.stream.is_local();
            ConnectionEntry {
                user: state.hub.name_of(*id).map(ToString::to_string),
                operator: state.hub.is_operator(*id),
                peer: if is_local { "control".to_owned() } else { connection.peer.to_string() },
                dialect: connection.dialect.name().to_owned(),
                secure: connection.stream.is_secure(),
                queued_bytes: connection.outbound.unread().0,
            }
        });
        entries.collect()
    }

    /// Every room that has members.
    pub(in crate::server) fn room_entries(&self) -> Vec<AdminRoom> {
        let rooms = self.state().hub.room_summaries();
        let entry = |(summary, last): (RoomSummary, u64)| {
            let RoomSummary { room, private, owner, members, kept: _ } = summary;
            AdminRoom { room: room.to_string(), members, private, owner: owner.map(|owner| owner.to_string()), last }
        };
        rooms.into_iter().map(entry).collect()
    }
}
