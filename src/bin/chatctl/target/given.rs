//! The servers of `--server`: those of everybody, and those that scripts call by name.

use std::io;

use chatctl::run::dialects::Doors;
use chatctl::run::{Destination, StartServer, Started};
use futures::future::BoxFuture;

use super::address;
use super::spawn::PORT;

/// What one `--server` gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GivenServer {
    /// The servers of everybody: users take them in turn.
    OfAll(Vec<String>),
    /// The server of users with `at NAME`.
    Named {
        /// What scripts call it.
        name: String,
        /// Where it is.
        address: String,
    },
}

/// `ADDRESS`, several of them with commas, or `NAME=ADDRESS`.
pub(super) fn given_server(text: &str) -> Result<GivenServer, String> {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    match text.split_once('=').filter(|(name, _)| is_name(name)) {
        Some((name, address)) if address.contains(',') => Err(format!(
            "`{name}` is one server: name each of several, as in --server {name}1=HOST:PORT --server {name}2=HOST:PORT; \
                 only --server HOST:PORT,HOST:PORT without a name gives servers that users take in turn"
        )),
        Some((name, address)) => Ok(GivenServer::Named { name: name.to_owned(), address: server_address(address)? }),
        None => text.split(',').map(|address| of_all(text, address)).collect::<Result<_, _>>().map(GivenServer::OfAll),
    }
}

/// An address, with or without a port that is still to be found.
fn server_address(text: &str) -> Result<String, &'static str> {
    if text.contains(PORT) {
        return address::server_address(&text.replace(PORT, "1")).map(|_| text.to_owned());
    }
    address::server_address(text)
}

fn of_all(text: &str, address: &str) -> Result<String, String> {
    if text.contains(',') && address.is_empty() {
        return Err(
            "a comma has no address on both sides: expected several like 127.0.0.1:7667,127.0.0.1:7668".to_owned()
        );
    }
    server_address(address)
        .map_err(|expected| if text == address { expected.to_owned() } else { format!("`{address}`: {expected}") })
}

/// Starts what another one starts, and knows some servers by name.
pub(super) struct WithNamed {
    pub(super) inner: Box<dyn StartServer>,
    pub(super) named: Vec<(String, Destination)>,
}

impl StartServer for WithNamed {
    fn start(&self, doors: Doors) -> BoxFuture<'_, io::Result<Started>> {
        Box::pin(async move {
            let mut started = self.inner.start(doors).await?;
            for (name, server) in &self.named {
                started.addresses = started.addresses.with_named(name, server.clone());
            }
            Ok(started)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_all(addresses: &[&str]) -> Result<GivenServer, String> {
        Ok(GivenServer::OfAll(addresses.iter().map(|&address| address.to_owned()).collect()))
    }

    #[test]
    fn several_addresses_are_the_servers_of_everybody() {
        assert_eq!(given_server("a:1"), of_all(&["a:1"]));
        assert_eq!(given_server("a:1,tls://b,ws://c:3/ws"), of_all(&["a:1", "tls://b:7697", "ws://c:3/ws"]));
        let named = GivenServer::Named { name: "there".to_owned(), address: "b:2".to_owned() };
        assert_eq!(given_server("there=b:2"), Ok(named));
    }

    #[test]
    fn an_empty_place_and_a_bad_address_in_a_list_are_told() {
        for text in ["a:1,,b:2", ",a:1", "a:1,", ","] {
            assert!(given_server(text).unwrap_err().starts_with("a comma has no address"), "{text}");
        }
        assert_eq!(given_server("a:1,b:x").unwrap_err(), "`b:x`: expected an address like 127.0.0.1:7667");
        assert_eq!(given_server("b:x").unwrap_err(), "expected an address like 127.0.0.1:7667");
        assert!(given_server("there=a:1,b:2").unwrap_err().starts_with("`there` is one server"));
    }
}
