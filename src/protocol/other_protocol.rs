//! Other protocols that knock at the door by mistake: recognized by the first bytes, none of which begins a name.

use std::fmt;

use memchr::memmem;

/// What a client speaks that is at the wrong door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherProtocol {
    /// A web browser or one of its kind, HTTP/2 too.
    Http,
    /// An encrypted connection.
    Tls,
    /// A secure shell.
    Ssh,
    /// A proxy that tells whom it stands for, in either version.
    Proxy,
}

/// Bytes that decide, at most: what comes behind them makes no difference, in whatever pieces they come.
const DECISIVE: usize = 256;

/// Methods of HTTP, and what HTTP/2 begins with.
const METHODS: [&str; 10] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PRI"];

impl OtherProtocol {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Http, Self::Tls, Self::Ssh, Self::Proxy];

    /// What a connection speaks that begins with these two pieces; `None` if it may be chat. Bytes behind the longest line,
    /// of `max_line` bytes, decide nothing: a first line of that length is refused before they come.
    #[must_use]
    pub fn of(begun: &[u8], more: &[u8], max_line: usize) -> Option<Self> {
        let open = DECISIVE.min(max_line).saturating_sub(begun.len());
        let more = &more[..more.len().min(open)];
        match begun {
            [] => Self::recognize(more),
            _ if open == 0 => None,
            _ => Self::recognize(&[begun, more].concat()),
        }
    }

    fn recognize(start: &[u8]) -> Option<Self> {
        match start.first()? {
            0x16 if start.get(1) == Some(&3) => Some(Self::Tls),
            b'\r' if start.starts_with(b"\r\n\r\n\0\r\nQUIT\n") => Some(Self::Proxy),
            b'S' if start.starts_with(b"SSH-") => Some(Self::Ssh),
            b'P' if is_proxy(start) => Some(Self::Proxy),
            b'A'..=b'Z' if is_http(start) => Some(Self::Http),
            _ => None,
        }
    }

    /// The only thing that helps.
    fn advice(self) -> &'static str {
        match self {
            Self::Http => "HTTP is not spoken here; connect with 'chatctl interactive' or 'nc'",
            Self::Tls => "TLS is not spoken here; connect without it",
            Self::Ssh => "SSH is not spoken here; its port is usually 22",
            Self::Proxy => "the PROXY protocol is not spoken here; switch it off in the proxy",
        }
    }
}

fn is_proxy(start: &[u8]) -> bool {
    [&b"PROXY TCP"[..], b"PROXY UNKNOWN"].iter().any(|begin| start.starts_with(begin))
}

/// A method, a blank and a target.
fn is_http(start: &[u8]) -> bool {
    let target = METHODS.iter().find_map(|method| start.strip_prefix(method.as_bytes())?.strip_prefix(b" "));
    target.is_some_and(|target| {
        let line = target.split(|byte| *byte == b'\n').next().unwrap_or_default();
        target.starts_with(b"/") || target.starts_with(b"* ") || memmem::find(line, b" HTTP/").is_some()
    })
}

impl fmt::Display for OtherProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.advice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: usize = 8192;

    #[test]
    fn each_is_recognized_by_its_first_bytes_in_any_pieces() {
        for (bytes, expected) in [
            (&b"GET / HTTP/1.1\r\n"[..], OtherProtocol::Http),
            (b"POST /send HTTP/1.0\r\n", OtherProtocol::Http),
            (b"CONNECT host:443 HTTP/1.1\r\n", OtherProtocol::Http),
            (b"PRI * HTTP/2.0\r\n", OtherProtocol::Http),
            (b"GET /\n", OtherProtocol::Http),
            (b"\x16\x03\x01\x02\0\x01", OtherProtocol::Tls),
            (b"SSH-2.0-OpenSSH_9.9\r\n", OtherProtocol::Ssh),
            (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", OtherProtocol::Proxy),
            (b"\r\n\r\n\0\r\nQUIT\n\x21\x11", OtherProtocol::Proxy),
        ] {
            assert_eq!(OtherProtocol::of(b"", bytes, LONGEST), Some(expected), "{bytes:?}");
        }
        assert_eq!(OtherProtocol::of(b"GE", b"T / HTTP/1.1\r\n", LONGEST), Some(OtherProtocol::Http));
        assert_eq!(OtherProtocol::of(b"\x16", b"\x03", LONGEST), Some(OtherProtocol::Tls));
        let long = ["CONNECT ", &"h".repeat(300), ":443 HTTP/1.1\r\n"].concat();
        for cut in [0, 1, 100, 300] {
            assert_eq!(
                OtherProtocol::of(&long.as_bytes()[..cut], &long.as_bytes()[cut..], LONGEST),
                None,
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn names_are_none_of_them() {
        for name in ["GET\n", "alice\n", "SSH\n", "PROXY\n", "POST \n", "\r\nalice\n", "\n", "HEAD of all\n", ""] {
            assert_eq!(OtherProtocol::of(b"", name.as_bytes(), LONGEST), None, "{name:?}");
        }
    }
}
