//! How far accounts have read while they are connected: what is noted of it, and when. The last bytes that were written to a
//! client may have been lost with its connection, so what stands in them counts as read when more was written after it.
//!
//! Looked at now and then, some sessions at a time, and never when something is said.

use super::cluster_state::submit;
use super::read_samples::ReadSample;
use super::state::BrokerState;
use super::under_way::Submission;
use crate::hub::{Input, Now, Outputs};

/// What was written to a client last need not have been read.
const PERHAPS_LOST: u64 = 64 * 1024;

/// Connections that are looked at in one go.
const LOOKED_AT: usize = 64;

impl BrokerState {
    /// Looks at some connections: what they heard earlier is read if enough was written after it.
    pub(super) fn look_what_was_read(&mut self, now: Now) -> Outputs {
        let mut outputs = Outputs::default();
        // What cannot be kept now is noted when it can.
        if self.hindrance.is_some() {
            return outputs;
        }
        let slots = self.connections.len();
        for _ in 0..LOOKED_AT.min(slots) {
            let slot = self.reading.next % slots;
            self.reading.next = slot + 1;
            outputs.append(self.look_what_one_read(slot, now));
        }
        outputs
    }

    fn look_what_one_read(&mut self, slot: usize, now: Now) -> Outputs {
        let sample = self.reading.take(slot);
        let Some((session, connection)) = &self.connections[slot] else { return Outputs::default() };
        let (session, progress) = (*session, connection.outbound.progress());
        let sample = sample.filter(|sample| sample.session == session);
        match (sample, progress) {
            (Some(sample), Some((_, written))) if written >= sample.appended + PERHAPS_LOST => match &self.cluster {
                None => self.hub.note_read(session, &sample.last, now),
                Some(cluster) => {
                    submit(&cluster.outbox, None, Submission::Happen(Input::NoteRead(session, sample.last)));
                    Outputs::default()
                }
            },
            (Some(sample), _) => {
                self.reading.add(slot, sample);
                Outputs::default()
            }
            (None, Some((appended, _))) => {
                let last = self.hub.unread_of(session);
                self.reading.add(slot, ReadSample { session, appended, last });
                Outputs::default()
            }
            (None, None) => Outputs::default(),
        }
    }
}
