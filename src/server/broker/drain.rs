//! A server that is about to stop: everybody is told when, and whoever waits for it learns when all have left.

use super::Broker;
use super::state::{BrokerState, Drain};
use crate::hub::Now;
use crate::protocol::event::{Event, ServerNotice};
use crate::server::host_request::DrainRequest;

impl Broker {
    /// Tells everybody when the server stops, and whoever asked, when the last session has ended.
    pub(in crate::server) fn drain(&self, DrainRequest { within, somebody }: DrainRequest) {
        let now = self.now();
        let mut state = self.state();
        let told = state.tally;
        let heard = somebody.clone();
        state.draining = Some(Drain { until: now.monotonic.saturating_add(within), somebody: Some(somebody) });
        if let Some(event) = state.stops_in(now) {
            state.tell_ahead(&event);
        }
        state.look_who_is_left();
        let (deliveries, bytes) = (state.tally.deliveries - told.deliveries, state.tally.appended - told.appended);
        self.hand_over(&mut state, deliveries, bytes);
        drop(self.wake(state));
        // There is room: this is said once. Whoever asked may be gone.
        let _ = heard.try_send(());
    }
}

impl BrokerState {
    /// What is said of the time that is left, if the server is about to stop.
    pub(super) fn stops_in(&self, now: Now) -> Option<Event> {
        let left = self.draining.as_ref()?.until.saturating_sub(now.monotonic);
        Some(Event::Server(ServerNotice::StopsIn(left.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX))))
    }

    /// Says so when the last session has ended.
    pub(super) fn look_who_is_left(&mut self) {
        if let Some(drain) = &mut self.draining
            && self.connections.iter().all(Option::is_none)
        {
            drain.somebody = None;
        }
    }
}
