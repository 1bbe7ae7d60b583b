//! The keys of servers that were met before, as text: one `HOST:PORT KEY` a line. It knows no files.

use thiserror::Error;

use crate::net::tls::Fingerprint;

/// Which server has which key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownHosts(Vec<(String, Fingerprint)>);

/// The number of the first line that is no address with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("line {0}: expected an address and a key, like chat.lan:7697 SHA256:...")]
pub struct KnownHostsError(pub usize);

impl KnownHosts {
    /// Reads the text. Empty lines and those that begin with `#` mean nothing.
    ///
    /// # Errors
    /// If another line is no address with a key: guessing would be trusting.
    pub fn read(text: &str) -> Result<Self, KnownHostsError> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let known = lines.map(|(number, line)| {
            let parts = line.split_once(' ').map(|(address, key)| Some((address.to_owned(), key.trim().parse().ok()?)));
            parts.flatten().ok_or(KnownHostsError(number + 1))
        });
        known.collect::<Result<_, _>>().map(Self)
    }

    /// The key of this `HOST:PORT`, if it was met before.
    #[must_use]
    pub fn key_of(&self, address: &str) -> Option<Fingerprint> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(address)).map(|(_, key)| *key)
    }

    /// The line, with its newline, that says that this server has this key.
    #[must_use]
    pub fn line(address: &str, key: Fingerprint) -> String {
        format!("{address} {key}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn what_was_written_is_known() {
        let key = KEY.parse().unwrap();
        let text = format!("# mine\n\n{}{}", KnownHosts::line("chat.lan:7697", key), KnownHosts::line("[::1]:1", key));
        let known = KnownHosts::read(&text).unwrap();
        assert_eq!(known.key_of("Chat.lan:7697"), Some(key));
        assert_eq!(known.key_of("[::1]:1"), Some(key));
        assert_eq!(known.key_of("chat.lan:7698"), None);
    }

    #[test]
    fn a_line_that_is_not_understood_is_an_error_with_its_number() {
        for text in ["chat.lan:7697\n", "# mine\nchat.lan:7697 SHA256:short\n"] {
            assert_eq!(KnownHosts::read(text), Err(KnownHostsError(text.lines().count())), "{text:?}");
        }
    }
}
