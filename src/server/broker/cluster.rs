//! A broker whose server is one of several: what is asked goes into the log that all of them share, and is carried out when
//! it comes back, like what comes from the others.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::channel::oneshot;

use super::Broker;
use super::caller::{Caller, LoginLine};
use super::cluster_stage::ClusterStage;
use super::cluster_state::submit;
use super::delivery::random_bits;
use super::state::BrokerState;
use super::under_way::{Submission, UnderWay};
use crate::hub::replica::{Batch, Entry, News, NodeId};
use crate::hub::{Greeting, Output, SessionId};
use crate::protocol::command::Command;
use crate::protocol::dialect::{Phase, Request};
use crate::protocol::event::{Event, ServerNotice};
use crate::protocol::hindrance::Hindrance;
use crate::protocol::refusal::{DisconnectReason, Refusal};
use crate::protocol::token::SessionToken;
use crate::server::cluster::{Follower, Outbox};
use crate::server::connection::Connection;
use crate::server::connection::encoded::Encoded;
use crate::store::LogPosition;

/// How long nothing comes back before users are told so.
const STANDS_STILL_AFTER: Duration = Duration::from_secs(5);

/// A node that no other is.
pub(in crate::server) fn new_node() -> NodeId {
    NodeId::new(random_bits() as u64)
}

impl Broker {
    /// Opens a session for a connection, in a cluster: it is known once it came back. `None` if it did not in time, or if the
    /// node began anew.
    pub(in crate::server) async fn open(&self, connection: &Arc<Connection>, within: Duration) -> Option<SessionId> {
        let outbox = self.outbox.as_ref()?;
        let (told, opened) = oneshot::channel();
        let open = Submission::Open(Arc::clone(connection), told);
        outbox.submit(open.lines(), UnderWay { connection: None, what: open });
        let opened = async_std::future::timeout(within, opened).await.ok().and_then(Result::ok);
        if opened.is_none() {
            // What would have been said by the session that there is not.
            let spelling = connection.outbound.spelling();
            let unavailable = Event::Refused(Refusal::Unavailable(Hindrance::OutOfReach));
            let last = Encoded::default().of(&unavailable, spelling, None).to_vec();
            drop(self.say(connection, &last));
        }
        opened
    }

    /// Whether so much of all clients is under way that nothing more is to be taken now.
    pub(in crate::server) fn is_full(&self) -> bool {
        self.outbox.as_ref().is_some_and(|outbox| outbox.is_full())
    }

    /// Hands what was asked for to the log.
    pub(in crate::server) fn submit(
        &self,
        connection: &Arc<Connection>,
        (caller, phase): (Caller, Phase),
        request: Result<Request, Refusal>,
    ) {
        let once = connection.dialect.answers_once();
        let take = |caller, command: Result<Command, Refusal>| {
            let token = matches!(command, Ok(Command::Token)).then(|| SessionToken::new(random_bits()));
            Submission::Take { caller, command, token, once }
        };
        let log_in = |caller, said| Submission::LogIn(caller, said, self.greeting(once));
        let what = match (phase, request) {
            (_, Ok(Request::Nothing | Request::Transfer(_))) => return,
            (Phase::Chat, Err(refusal)) => take(caller, Err(refusal)),
            (_, Ok(Request::Instruction(instruction))) => {
                let instruction = self.settled(&caller, *instruction);
                Submission::Follow(caller, instruction, self.greeting(false))
            }
            (_, Ok(Request::Read(mark))) => Submission::MarkRead(caller, mark),
            (_, Ok(Request::Command(Command::SendFile(_) | Command::RemoveFile(_)))) => {
                take(caller, Err(Refusal::NotInCluster("files cannot be sent")))
            }
            (_, Ok(Request::Command(command))) => {
                let command = self.unless_hindered(caller.session, command);
                take(caller, command)
            }
            (_, Ok(Request::Name(name))) => log_in(caller, LoginLine::Name(name)),
            (_, Ok(Request::Password(password))) => log_in(caller, LoginLine::Password(password)),
            (_, Ok(Request::Account(name, password))) => log_in(caller, LoginLine::Account(name, password)),
            (_, Ok(Request::Token(token))) => log_in(caller, LoginLine::Token(token)),
            (Phase::Login | Phase::Password, Err(refusal)) => log_in(caller, LoginLine::Refused(refusal)),
        };
        if let Some(outbox) = &self.outbox {
            submit(outbox, Some(Arc::clone(connection)), what);
        }
    }

    /// Refuses what would have to be kept if this server cannot keep it: the others could, and its users would not know.
    fn unless_hindered(&self, id: SessionId, command: Command) -> Result<Command, Refusal> {
        if !self.is_hindered.load(Ordering::Relaxed) {
            return Ok(command);
        }
        let (now, state) = (self.now(), self.state());
        match state.hindrance {
            Some(why) if state.hub.decide(id, command.clone(), now).can_wait() => Err(Refusal::NotKept(why)),
            Some(_) | None => Ok(command),
        }
    }

    /// Whether what is asked goes through a log.
    pub(in crate::server) fn is_in_cluster(&self) -> bool {
        self.outbox.is_some()
    }

    /// What is done about whoever logs in.
    pub(super) fn greeting(&self, has_token: bool) -> Greeting {
        Greeting { lobby: self.state().lobby.clone(), token: has_token.then(|| SessionToken::new(random_bits())) }
    }

    /// Tells users whose lines wait that nothing comes back, once.
    pub(super) fn look_whether_it_stands_still(&self, state: &mut BrokerState) {
        let Some(cluster) = &mut state.cluster else { return };
        let stands_still = cluster.outbox.stands_for() >= STANDS_STILL_AFTER;
        if std::mem::replace(&mut cluster.stands_still, stands_still) == stands_still {
            return;
        }
        if stands_still {
            tracing::warn!("the cluster is out of reach: no answer for {STANDS_STILL_AFTER:?}");
            state.tell_ahead_if(&Event::Server(ServerNotice::NotTaken(Hindrance::OutOfReach)), |connection| {
                connection.outbound.under_way() > 0
            });
        } else {
            tracing::info!("the cluster is back in reach");
        }
    }

    /// Tells the users of this server that it stops, and closes them; the others hear of it by the log.
    pub(super) fn stop_node(&self, state: &mut BrokerState) {
        let now = self.now();
        let sessions: Vec<_> = state.connections.iter().flatten().map(|(id, _)| *id).collect();
        let told = sessions.iter().map(|id| Output::Tell((*id).into(), Event::Server(ServerNotice::ShuttingDown)));
        let closed = sessions.iter().map(|id| Output::Close(*id));
        let outputs: Vec<_> = told.chain(closed).collect();
        self.deliver(state, outputs, None, now);
        if let Some(outbox) = &self.outbox {
            outbox.stop();
        }
    }

    /// Ready when the others know that this server has stopped, or after so long.
    pub(in crate::server) async fn node_stopped(&self, within: Duration) {
        let Some(outbox) = &self.outbox else { return };
        let said = async {
            while !outbox.has_stopped() {
                async_io::Timer::after(Duration::from_millis(10)).await;
            }
        };
        if async_std::future::timeout(within, said).await.is_err() {
            tracing::warn!(
                "the others do not know yet that this server has stopped: its users are gone when they miss it"
            );
        }
    }

    /// The node that this was is gone: its users log in again, to the one that it is from now on.
    fn begin_anew(&self, state: &mut BrokerState, reason: impl Fn(usize) -> Refusal) {
        let now = self.now();
        let users: Vec<_> =
            state.connections.iter().flatten().map(|(id, one)| (*id, one.outbound.under_way())).collect();
        for (id, under_way) in users {
            let told = Output::Tell(id.into(), Event::Refused(reason(under_way)));
            self.deliver(state, [told, Output::Close(id)], None, now);
        }
        if let Some(outbox) = &self.outbox {
            // Whoever waits for them sees that they are gone.
            drop(outbox.begin_anew(new_node()));
        }
    }

    /// Nothing more can be carried out.
    fn end_in_cluster(&self, state: &mut BrokerState, why: &str) {
        tracing::error!("{why}: all users are disconnected, and the server stops");
        self.begin_anew(state, |_| Refusal::Disconnected(DisconnectReason::HistoryLost));
        if let Some(cluster) = &state.cluster {
            // Nobody hears it who has stopped already.
            let _ = cluster.status.try_send(Err(why.to_owned()));
        }
    }

    fn follow_entry(&self, entry: &Entry) -> bool {
        let mut state = self.state();
        let Some(cluster) = &mut state.cluster else { return false };
        let own = cluster.outbox.node();
        cluster.outbox.note(entry);
        let Some(mut replica) = cluster.replica.take() else { return false };
        let news = replica.apply(entry, &mut ClusterStage { broker: self, state: &mut state, own });
        let Some(cluster) = &mut state.cluster else { return false };
        let is_beat = matches!(Batch::read(&entry.text), Some(Batch::Beat(_)));
        if entry.node == own && news != News::Ignored {
            let digest = replica.roll.digest(own).filter(|_| is_beat);
            // The lines of an inputs batch are taken back by the stage.
            drop(cluster.outbox.came_back(entry.number, digest));
        }
        if entry.node == own && news == News::Taken && !std::mem::replace(&mut cluster.has_begun, true) {
            let _ = cluster.status.try_send(Ok(()));
        }
        let others = replica.roll.nodes().len();
        cluster.replica = Some(replica);
        cluster.schedule.count();
        let goes_on = match news {
            News::Taken | News::Ignored => true,
            News::Refused(_) if entry.node != own => true,
            News::Refused(rules) => {
                let why = format!("the servers of the cluster go by other rules: {rules}");
                self.end_in_cluster(&mut state, &why);
                false
            }
            News::Gone(nodes) => {
                tracing::warn!("lost {} servers of the cluster, {others} are left", nodes.len());
                if nodes.contains(&own) {
                    tracing::error!(
                        "the other servers have lost this one: its users are disconnected, and it starts over"
                    );
                    self.begin_anew(&mut state, |lines| DisconnectReason::ServerLost(lines).into());
                }
                true
            }
            News::Differs => {
                self.end_in_cluster(&mut state, "what this server knows differs from what the others do");
                false
            }
            News::Unreadable => {
                self.end_in_cluster(&mut state, "the log has a line that this version cannot read");
                false
            }
        };
        drop(self.wake(state));
        goes_on
    }
}

impl Follower for Broker {
    type Item = UnderWay;

    fn outbox(&self) -> &Outbox<UnderWay> {
        self.outbox.as_ref().expect("only the broker of a cluster follows a log")
    }

    fn has_room(&self) -> bool {
        self.store.has_room() && !self.is_hindered.load(Ordering::Relaxed)
    }

    fn follow(&self, entry: &Entry, position: &LogPosition) -> bool {
        let goes_on = self.follow_entry(entry);
        if goes_on {
            self.store.reached(position);
        }
        goes_on
    }

    fn pause(&self) {
        self.seal();
    }

    fn state_to_keep(&self, now: bool) -> Option<Vec<u8>> {
        self.state().known_to_keep(now)
    }

    fn lose_history(&self, why: &str) {
        let mut state = self.state();
        self.end_in_cluster(&mut state, why);
        drop(self.wake(state));
    }
}
