//! Who may guess how often, as a value: wrong passwords of an address and for a name. Right ones cost nothing.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::Duration;

use crate::net::party;
use crate::protocol::name::UserName;

/// Wrong passwords of one address (IPv6: one /64).
const PER_ADDRESS: Allowance = Allowance { at_once: 5, one_per: Duration::from_secs(10) };

/// Wrong passwords for one name.
const PER_NAME: Allowance = Allowance { at_once: 10, one_per: Duration::from_secs(6) };

/// Look for what can be forgotten when so much is known.
const TIDY_AT: usize = 1024;

/// So many at once, and one more each time that this has passed.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    at_once: u32,
    one_per: Duration,
}

/// What addresses and names have left.
#[derive(Debug, Default)]
pub(super) struct Guesses {
    /// When each will have all of its allowance back.
    addresses: HashMap<IpAddr, Duration>,
    names: HashMap<UserName, Duration>,
    /// The address that each account logged in from last, which pays nothing for the name: so nobody who guesses locks
    /// out who knows.
    last: HashMap<UserName, IpAddr>,
}

impl Guesses {
    /// Pays for one guess, before it is looked at.
    ///
    /// # Errors
    /// If there is nothing to pay with; holds how long to wait.
    pub(super) fn pay(&mut self, address: IpAddr, name: &UserName, now: Duration) -> Result<(), Duration> {
        let address = party(address);
        let is_known = self.last.get(name) == Some(&address);
        let mut wait = PER_ADDRESS.wait(self.addresses.get(&address), now);
        if !is_known {
            wait = wait.max(PER_NAME.wait(self.names.get(name), now));
        }
        if !wait.is_zero() {
            return Err(wait);
        }
        PER_ADDRESS.take(&mut self.addresses, address, now);
        if !is_known {
            PER_NAME.take(&mut self.names, name.clone(), now);
        }
        Ok(())
    }

    /// What was paid for was right: it is given back.
    pub(super) fn was_right(&mut self, address: IpAddr, name: &UserName, now: Duration) {
        let address = party(address);
        PER_ADDRESS.give_back(&mut self.addresses, &address, now);
        if self.last.insert(name.clone(), address) != Some(address) {
            PER_NAME.give_back(&mut self.names, name, now);
        }
        // Who is forgotten here pays like a stranger.
        if self.last.len() > 64 * TIDY_AT {
            self.last.clear();
        }
    }
}

impl Allowance {
    /// How long until there is one to take.
    fn wait(self, full_at: Option<&Duration>, now: Duration) -> Duration {
        let missing = full_at.copied().unwrap_or_default().saturating_sub(now);
        missing.saturating_sub(self.one_per * (self.at_once - 1))
    }

    fn take<K: Eq + Hash>(self, known: &mut HashMap<K, Duration>, key: K, now: Duration) {
        if known.len() >= TIDY_AT && known.len().is_power_of_two() {
            known.retain(|_, full_at| *full_at > now);
        }
        let full_at = known.entry(key).or_default();
        *full_at = (*full_at).max(now) + self.one_per;
    }

    fn give_back<K: Eq + Hash>(self, known: &mut HashMap<K, Duration>, key: &K, now: Duration) {
        if let Some(full_at) = known.get_mut(key) {
            *full_at = full_at.saturating_sub(self.one_per);
            if *full_at <= now {
                known.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    fn name(name: &str) -> UserName {
        UserName::new(name).unwrap()
    }

    #[test]
    fn an_address_has_five_guesses_and_one_more_every_ten_seconds() {
        let (mut guesses, alice) = (Guesses::default(), name("alice"));
        let now = Duration::from_secs(100);
        for _ in 0..5 {
            assert_eq!(guesses.pay(address(1), &alice, now), Ok(()));
        }
        assert_eq!(guesses.pay(address(1), &alice, now), Err(Duration::from_secs(10)));
        assert_eq!(guesses.pay(address(1), &name("bob"), now), Err(Duration::from_secs(10)), "whoever is meant");
        assert_eq!(guesses.pay(address(1), &alice, now + Duration::from_secs(10)), Ok(()));
    }

    #[test]
    fn a_name_has_ten_guesses_of_all_addresses_but_the_one_that_knows() {
        let (mut guesses, alice, now) = (Guesses::default(), name("alice"), Duration::from_secs(7));
        guesses.pay(address(1), &alice, now).unwrap();
        guesses.was_right(address(1), &alice, now);
        for guess in 0..10 {
            assert_eq!(guesses.pay(address(10 + guess), &alice, now), Ok(()));
        }
        assert_eq!(guesses.pay(address(30), &alice, now), Err(Duration::from_secs(6)));
        assert_eq!(guesses.pay(address(1), &alice, now), Ok(()), "nobody locks another out");
    }

    #[test]
    fn right_passwords_cost_nothing() {
        let (mut guesses, now) = (Guesses::default(), Duration::ZERO);
        for user in 0..1000 {
            let name = name(&format!("user_{user}"));
            assert_eq!(guesses.pay(address(1), &name, now), Ok(()));
            guesses.was_right(address(1), &name, now);
        }
        assert!(guesses.addresses.is_empty() && guesses.names.is_empty());
    }

    #[test]
    fn what_has_come_back_is_forgotten() {
        let mut guesses = Guesses::default();
        for user in 0..100_000_u32 {
            let address = IpAddr::from(user.to_be_bytes());
            let now = Duration::from_secs(u64::from(user) * 20);
            guesses.pay(address, &name(&format!("user_{user}")), now).unwrap();
        }
        assert!(guesses.addresses.len() <= 2 * TIDY_AT && guesses.names.len() <= 2 * TIDY_AT);
    }
}
