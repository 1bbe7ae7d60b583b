//! How many HTTP connections each address has at once. Whom the operator trusts has any number: behind a proxy are many
//! browsers.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use crate::lock::Locked;
use crate::net::party;

/// HTTP connections of one address at once.
const CONNECTIONS_OF_ONE: usize = 64;

/// The HTTP connections that are open, by the addresses that are not trusted.
#[derive(Debug, Default)]
pub(super) struct Guests(Mutex<HashMap<IpAddr, usize>>);

/// One of the HTTP connections.
#[derive(Debug)]
pub(super) struct Guest<'a> {
    guests: &'a Guests,
    /// Whose it is, if it counts.
    counted: Option<IpAddr>,
}

impl Guests {
    /// One more connection of this address, unless it has as many as it may have.
    pub(super) fn admit(&self, address: IpAddr, is_trusted: bool) -> Option<Guest<'_>> {
        if is_trusted {
            return Some(Guest { guests: self, counted: None });
        }
        let address = party(address);
        let mut open = self.0.locked();
        let count = open.entry(address).or_default();
        if *count >= CONNECTIONS_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Guest { guests: self, counted: Some(address) })
    }
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        let Some(address) = self.counted else { return };
        let mut open = self.guests.0.locked();
        if let Some(count) = open.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_so_many_connections_at_once_and_no_more() {
        let guests = Guests::default();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        let mut held: Vec<_> = (0..64).map(|_| guests.admit(one, false).unwrap()).collect();
        assert!(guests.admit(one, false).is_none(), "the 65th is refused");
        assert!(guests.admit(other, false).is_some(), "others are not");
        held.pop();
        assert!(guests.admit(one, false).is_some(), "its place is free again");
        drop(held);
        assert!(guests.0.locked().is_empty(), "nobody is remembered who is gone");
    }

    #[test]
    fn whom_the_operator_trusts_has_any_number() {
        let guests = Guests::default();
        let proxy = "127.0.0.1".parse().unwrap();
        let held: Vec<_> = (0..1000).filter_map(|_| guests.admit(proxy, true)).collect();
        assert_eq!(held.len(), 1000);
    }
}
