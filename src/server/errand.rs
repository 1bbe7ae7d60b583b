//! An errand: what a client has asked for is found out by the store, now or later and on whatever thread. Until then its
//! next command waits, and what is said to it stands behind the answer. The answer is spelled outside of the hub's lock.

use std::sync::Arc;

use crate::hub::Found;
use crate::protocol::dialect::irc::Retelling;
use crate::server::answering::Reply;
use crate::server::connection::Connection;
use crate::server::connection::encoded::Encoded;
use crate::server::connection::outbound::queue::Appended;
use crate::server::counters::Counters;
use crate::server::worker::buffer_pool::BufferPool;
use crate::server::worker::ready_list::ReadyList;

/// What it takes to answer a client that waits.
pub(in crate::server) struct Errand {
    connection: Arc<Connection>,
    /// The answer that the client waits for, where it has one for each request.
    reply: Option<Reply>,
    /// How it is told again what was said before, where that has lines of its own.
    retelling: Option<Retelling>,
    due: Arc<[ReadyList]>,
    counters: Arc<Counters>,
}

impl Errand {
    /// Makes the client wait for its answer.
    pub(in crate::server) fn begin(
        connection: &Arc<Connection>,
        (reply, retelling): (Option<Reply>, Option<Retelling>),
        due: &Arc<[ReadyList]>,
        counters: &Arc<Counters>,
    ) -> Self {
        connection.outbound.hold();
        Self {
            connection: Arc::clone(connection),
            reply,
            retelling,
            due: Arc::clone(due),
            counters: Arc::clone(counters),
        }
    }

    /// Tells the client what was found, and then what was said meanwhile.
    pub(in crate::server) fn answer(self, found: Found) {
        let pool = &mut BufferPool::default();
        let (mut encoded, mut answer) = (Encoded::default(), Vec::new());
        let appended = self.connection.outbound.release(pool, |spelling| {
            if let Some(retelling) = &self.retelling {
                spelling.write_recollection(retelling, &found.recollection(), &mut answer);
            } else {
                let goes_on_before = found.goes_on_before();
                for event in found.told() {
                    match &self.reply {
                        None => {
                            encoded.begin();
                            answer.extend_from_slice(encoded.of(&event, spelling, None));
                        }
                        Some(reply) => reply.write(event, goes_on_before, spelling, &mut answer),
                    }
                }
            }
            self.counters.count_answered(answer.len());
            &answer
        });
        match appended {
            Appended::Queued | Appended::PastHard | Appended::TooMuch => {}
            Appended::WasIdle => {
                let due = &self.due[self.connection.worker];
                due.append(&mut vec![self.connection], 1, 0, pool);
                due.call_worker();
            }
        }
    }
}
