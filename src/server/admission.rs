//! Who may connect, as a value: how many connections one address may have, and how fast connections may come.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::net::{Network, party};
use crate::protocol::refusal::{DisconnectReason, Refusal};
use crate::server::config::AcceptRates;
use crate::server::throttle::{Cost, Throttle};

#[derive(Debug)]
pub(in crate::server) struct ConnectionLimiter {
    trusted: Vec<Network>,
    per_address: usize,
    rates: AcceptRates,
    in_all: Throttle,
    addresses: HashMap<IpAddr, Address>,
    /// Look for addresses that can be forgotten when there are so many.
    tidy_at: usize,
}

/// What is known of an address.
#[derive(Debug)]
struct Address {
    open: usize,
    throttle: Throttle,
}

impl ConnectionLimiter {
    pub(in crate::server) fn new(per_address: usize, rates: AcceptRates, trusted: Vec<Network>) -> Self {
        let in_all = Throttle::new(rates.in_all);
        Self { trusted, per_address, rates, in_all, addresses: HashMap::new(), tidy_at: 1024 }
    }

    /// Has these hold from now on, for the addresses that are known as well: they keep what they have used up.
    pub(in crate::server) fn reconfigure(&mut self, per_address: usize, rates: AcceptRates, trusted: Vec<Network>) {
        self.in_all = self.in_all.at(rates.in_all);
        for known in self.addresses.values_mut() {
            known.throttle = known.throttle.at(rates.per_address);
        }
        (self.per_address, self.rates, self.trusted) = (per_address, rates, trusted);
    }

    /// Counts a connection that comes now, or says why it may not.
    pub(in crate::server) fn admit(&mut self, address: IpAddr, now: Duration) -> Result<(), Refusal> {
        if self.is_trusted(address) {
            return Ok(());
        }
        if !self.in_all.has_token(now) {
            return Err(Refusal::Disconnected(DisconnectReason::TooFast(self.rates.in_all.per_second as usize)));
        }
        self.tidy(now);
        let known = self.addresses.entry(party(address));
        let known = known.or_insert_with(|| Address { open: 0, throttle: Throttle::new(self.rates.per_address) });
        if known.open >= self.per_address {
            return Err(Refusal::Disconnected(DisconnectReason::TooManyFromAddress(self.per_address)));
        }
        if !known.throttle.has_token(now) {
            return Err(Refusal::Disconnected(DisconnectReason::TooFastFromAddress(
                self.rates.per_address.per_second as usize,
            )));
        }
        known.open += 1;
        known.throttle.charge(now, Cost::default());
        self.in_all.charge(now, Cost::default());
        Ok(())
    }

    /// A connection that was admitted is closed.
    pub(in crate::server) fn release(&mut self, address: IpAddr) {
        if let Some(known) = self.addresses.get_mut(&party(address)) {
            known.open = known.open.saturating_sub(1);
        }
    }

    /// The machine itself is always trusted.
    pub(in crate::server) fn is_trusted(&self, address: IpAddr) -> bool {
        address.to_canonical().is_loopback() || self.trusted.iter().any(|network| network.contains(address))
    }

    /// Forgets the addresses that have no connection and a full bucket: there are as many others as connections, and as came
    /// in a few seconds.
    fn tidy(&mut self, now: Duration) {
        if self.addresses.len() >= self.tidy_at {
            self.addresses.retain(|_, known| known.open > 0 || !known.throttle.is_full(now));
            self.tidy_at = 2 * self.addresses.len().max(512);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::throttle::Rate;

    const NOW: Duration = Duration::from_secs(1);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn open_to(per_address: usize) -> ConnectionLimiter {
        ConnectionLimiter::new(per_address, AcceptRates::default(), Vec::new())
    }

    fn said(refused: Result<(), Refusal>) -> String {
        refused.unwrap_err().to_string()
    }

    #[test]
    fn one_address_has_its_share_of_the_connections_and_leaves_the_others_theirs() {
        let mut admission = open_to(2);
        let (one, other) = (ip("192.0.2.1"), ip("192.0.2.2"));
        assert_eq!((admission.admit(one, NOW), admission.admit(one, NOW)), (Ok(()), Ok(())));
        assert_eq!(said(admission.admit(one, NOW)), "server-full: 2 connections from your address");
        assert_eq!(admission.admit(other, NOW), Ok(()));
        admission.release(one);
        assert_eq!(admission.admit(one, NOW), Ok(()));
    }

    #[test]
    fn the_addresses_of_one_link_share() {
        let mut admission = open_to(1);
        assert_eq!(admission.admit(ip("2001:db8::1"), NOW), Ok(()));
        assert!(admission.admit(ip("2001:db8::2"), NOW).is_err());
        assert_eq!(admission.admit(ip("2001:db8:0:1::2"), NOW), Ok(()));
    }

    #[test]
    fn connections_that_come_too_fast_are_refused_until_there_is_a_token() {
        let mut admission = open_to(9999);
        let one = ip("192.0.2.1");
        assert!((0..200).all(|_| admission.admit(one, NOW).is_ok()));
        assert_eq!(said(admission.admit(one, NOW)), "server-full: more than 20 connections a second from your address");
        assert_eq!(admission.admit(one, NOW + Duration::from_millis(50)), Ok(()));
        let from = |number: u32| IpAddr::from(number.to_be_bytes());
        let admitted = (0..9999).filter(|number| admission.admit(from(0x0b00_0000 + number), NOW).is_ok()).count();
        assert!((4700..=4800).contains(&admitted), "{admitted} and the 201 before are the burst of all");
        assert_eq!(said(admission.admit(from(0x0c00_0000), NOW)), "server-full: more than 1000 connections a second");
    }

    #[test]
    fn a_rate_of_nothing_is_no_limit() {
        let unlimited = Rate { per_second: 0.0, burst: 1.0 };
        let rates = AcceptRates { per_address: unlimited, in_all: unlimited };
        let mut admission = ConnectionLimiter::new(99_999, rates, Vec::new());
        assert!((0..10_000).all(|_| admission.admit(ip("192.0.2.1"), NOW).is_ok()));
    }

    #[test]
    fn the_machine_itself_and_who_is_trusted_are_free() {
        let mut admission = ConnectionLimiter::new(0, AcceptRates::default(), vec!["10.0.0.0/8".parse().unwrap()]);
        for address in ["127.0.0.1", "127.9.9.9", "::1", "10.1.2.3"] {
            assert!((0..9999).all(|_| admission.admit(ip(address), NOW).is_ok()), "{address}");
        }
    }

    #[test]
    fn other_limits_hold_at_once_for_those_who_are_known_too() {
        let mut admission = open_to(9999);
        let (one, other) = (ip("192.0.2.1"), ip("192.0.2.2"));
        assert!((0..100).all(|_| admission.admit(one, NOW).is_ok()));
        let rates = AcceptRates { per_address: Rate { per_second: 1.0, burst: 10.0 }, ..AcceptRates::default() };
        admission.reconfigure(9999, rates, vec!["192.0.2.2/32".parse().unwrap()]);
        // Half of the former burst was used up, and so is half of this one.
        assert!((0..5).all(|_| admission.admit(one, NOW).is_ok()));
        assert_eq!(said(admission.admit(one, NOW)), "server-full: more than 1 connections a second from your address");
        assert!((0..9999).all(|_| admission.admit(other, NOW).is_ok()));
        admission.reconfigure(105, AcceptRates::default(), Vec::new());
        assert_eq!(said(admission.admit(one, NOW)), "server-full: 105 connections from your address");
        assert_eq!(admission.admit(other, NOW), Ok(()));
    }

    #[test]
    fn addresses_that_have_gone_are_forgotten() {
        let mut admission = open_to(9);
        for number in 0..20_000_u32 {
            let (address, now) =
                (IpAddr::from((0x0b00_0000 + number).to_be_bytes()), NOW + Duration::from_millis(number.into()));
            admission.admit(address, now).unwrap();
            admission.release(address);
        }
        assert!(admission.addresses.len() <= 1024, "{} are known", admission.addresses.len());
    }
}
