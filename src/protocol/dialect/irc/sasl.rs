//! How a client shows whose account its user's is: the exchange of SASL, until there is a name and a password. Whether they
//! are right is not known here.

use std::fmt;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::SASL_MECHANISM;
use super::instruction::{Saying, Step};
use super::line::IrcLine;
use crate::protocol::name::UserName;
use crate::protocol::password::Password;

/// Bytes of a piece of what a client says; a shorter one is the last.
const PIECE: usize = 400;

/// Bytes of all pieces together: the longest name and password twice over.
const LONGEST: usize = 4 * PIECE;

/// How far the exchange has come.
#[derive(Default)]
pub(super) struct Exchange {
    /// What the client has said of its secret, once it may.
    said: Option<Zeroizing<String>>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("is_open", &self.said.is_some()).finish()
    }
}

impl Exchange {
    /// `AUTHENTICATE PLAIN`, then the secret in pieces.
    pub(super) fn take(&mut self, line: &IrcLine<'_>) -> Vec<Step> {
        let Some(word) = line.param(0) else {
            return vec![Saying::numbered(461, &["AUTHENTICATE", "Not enough parameters"])];
        };
        match (&mut self.said, word) {
            (_, "*") => self.abort(),
            (None, mechanism) if mechanism.eq_ignore_ascii_case(SASL_MECHANISM) => {
                self.said = Some(Zeroizing::new(String::with_capacity(LONGEST)));
                vec![Saying::bare("AUTHENTICATE", &["+"])]
            }
            (None, _) => vec![Saying::numbered(908, &[SASL_MECHANISM, "are available SASL mechanisms"]), failed()],
            (Some(said), piece) if piece.len() > PIECE || said.len() + piece.len() > LONGEST => {
                self.said = None;
                vec![Saying::numbered(905, &["SASL message too long"])]
            }
            (Some(said), piece) => {
                said.push_str(if piece == "+" { "" } else { piece });
                if piece.len() == PIECE {
                    return Vec::new();
                }
                let secret = plain(said);
                self.said = None;
                vec![secret.map_or_else(failed, |(name, password)| Step::Authenticate(name, password))]
            }
        }
    }

    /// The client is done with its registration, whatever it has begun.
    pub(super) fn end(&mut self) -> Vec<Step> {
        if self.said.is_some() { self.abort() } else { Vec::new() }
    }

    fn abort(&mut self) -> Vec<Step> {
        self.said = None;
        vec![Saying::numbered(906, &["SASL authentication aborted"])]
    }
}

fn failed() -> Step {
    Saying::numbered(904, &["SASL authentication failed"])
}

/// The name and the password in `[who]NUL who NUL password`, encoded; nobody may act for another.
fn plain(said: &str) -> Option<(UserName, Password)> {
    let secret = Zeroizing::new(BASE64.decode(said.as_bytes()).ok()?);
    let mut parts = std::str::from_utf8(&secret).ok()?.split('\0');
    let (to_be, who, password) = (parts.next()?, parts.next()?, parts.next()?);
    let name = UserName::new(who).ok()?;
    let is_oneself = to_be.is_empty() || UserName::new(to_be).is_ok_and(|to_be| to_be == name);
    (is_oneself && parts.next().is_none()).then_some(())?;
    Some((name, Password::new(password).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(exchange: &mut Exchange, word: &str) -> Vec<Step> {
        exchange.take(&IrcLine::parse(&format!("AUTHENTICATE {word}")).unwrap())
    }

    #[test]
    fn a_secret_comes_in_pieces_of_400_bytes() {
        let password = "x".repeat(128);
        // Blanks inside of base64 are none: what is longer than a piece goes on in the next line.
        let secret = BASE64.encode(format!("\0{}\0{password}", "渊".repeat(32)).as_bytes());
        let right =
            vec![Step::Authenticate(UserName::new(&"渊".repeat(32)).unwrap(), Password::new(&password).unwrap())];
        let mut exchange = Exchange::default();
        assert_eq!(taken(&mut exchange, "plain"), [Saying::bare("AUTHENTICATE", &["+"])]);
        assert_eq!(taken(&mut exchange, &secret), right);
        let padded = BASE64.encode(format!("{0}\0{0}\0{password}", "n".repeat(32)).as_bytes());
        let (first, rest) = padded.split_at(padded.len().min(PIECE));
        taken(&mut exchange, "PLAIN");
        if !rest.is_empty() {
            assert_eq!(taken(&mut exchange, first), []);
        }
        let secret = if rest.is_empty() { first } else { rest };
        assert!(matches!(taken(&mut exchange, secret)[..], [Step::Authenticate(..)]));
    }

    #[test]
    fn what_is_no_secret_fails() {
        for secret in [
            "",
            "\0",
            "al",
            "\0al",
            "\0al\0",
            "\0al\0short",
            "bob\0al\0hunter22",
            "\0a l\0hunter22",
            "\0al\0hunter22\0",
        ] {
            let mut exchange = Exchange::default();
            taken(&mut exchange, "PLAIN");
            let said = BASE64.encode(secret.as_bytes());
            assert_eq!(taken(&mut exchange, if said.is_empty() { "+" } else { &said }), [failed()], "{secret:?}");
        }
        let mut exchange = Exchange::default();
        taken(&mut exchange, "PLAIN");
        assert_eq!(taken(&mut exchange, "%%%"), [failed()]);
        assert_eq!(taken(&mut exchange, "FOO").len(), 2, "the mechanisms are named");
        taken(&mut exchange, "PLAIN");
        assert_eq!(taken(&mut exchange, &"x".repeat(401)), [Saying::numbered(905, &["SASL message too long"])]);
        taken(&mut exchange, "PLAIN");
        assert_eq!(exchange.end(), [Saying::numbered(906, &["SASL authentication aborted"])]);
        assert_eq!(exchange.end(), []);
    }
}
