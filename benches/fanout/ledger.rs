//! What was said and who has heard it: every delivery is checked against the one order of its room.
//!
//! The first member to receive its i-th text decides what the i-th text of the room is; every other member must find
//! the same there. So a text that is lost, doubled or out of order is found at the delivery that shows it.

use std::time::Instant;

use anyhow::{bail, ensure};
use hdrhistogram::Histogram;

/// Nanoseconds beyond which latencies are not told apart.
const LONGEST: u64 = 60_000_000_000;

#[derive(Debug)]
pub(crate) struct Ledger {
    /// By message.
    said: Vec<Said>,
    /// By room: the messages in the order in which its members receive them, if there has to be one.
    orders: Option<Vec<Vec<u32>>>,
    /// By connection: how many texts it has received.
    received: Vec<usize>,
    pub(crate) deliveries: u64,
    /// Nanoseconds from the intended start of a message to each of its deliveries.
    pub(crate) latency: Histogram<u64>,
}

#[derive(Debug)]
struct Said {
    room: usize,
    intended: Instant,
    missing: usize,
}

impl Ledger {
    pub(crate) fn new(rooms: usize, connections: usize, in_order: bool) -> Self {
        let latency = Histogram::new_with_max(LONGEST, 3).expect("three digits are supported");
        let orders = in_order.then(|| vec![Vec::new(); rooms]);
        Self { said: Vec::new(), orders, received: vec![0; connections], deliveries: 0, latency }
    }

    /// Begins a message to so many recipients; returns its number.
    pub(crate) fn say(&mut self, room: usize, recipients: usize, intended: Instant) -> u32 {
        self.said.push(Said { room, intended, missing: recipients });
        u32::try_from(self.said.len() - 1).expect("a run has fewer messages than a u32")
    }

    /// A connection has received a message; true if it was the last to.
    pub(crate) fn deliver(&mut self, connection: usize, number: u32, now: Instant) -> anyhow::Result<bool> {
        let Some(said) = self.said.get_mut(number as usize) else {
            bail!("connection {connection} received message {number}, which nobody wrote");
        };
        if let Some(orders) = &mut self.orders {
            check_order(&mut orders[said.room], self.received[connection], connection, number)?;
        }
        ensure!(said.missing > 0, "message {number} was received more often than it has recipients");
        said.missing -= 1;
        self.received[connection] += 1;
        self.deliveries += 1;
        self.latency.saturating_record(u64::try_from((now - said.intended).as_nanos()).unwrap_or(u64::MAX));
        Ok(said.missing == 0)
    }

    /// Messages that somebody has not received.
    pub(crate) fn incomplete(&self) -> usize {
        self.said.iter().filter(|said| said.missing > 0).count()
    }
}

/// The `place`-th text of a connection is the `place`-th of its room; the first to receive it decides which that is.
fn check_order(order: &mut Vec<u32>, place: usize, connection: usize, number: u32) -> anyhow::Result<()> {
    match order.get(place) {
        Some(expected) if *expected != number => {
            bail!("connection {connection} received message {number} where others received {expected}")
        }
        Some(_) => {}
        None => order.push(number),
    }
    Ok(())
}
