//! The addresses of servers, as they are given on the command line.

use std::net::Ipv6Addr;

/// The port of a server if an address names none.
pub(crate) const DEFAULT_PORT: u16 = 7667;

/// `HOST:PORT`; whether there is such a host is found out when it is used.
pub(crate) fn host_and_port(text: &str) -> Result<String, &'static str> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text.to_owned()),
        Some(_) | None => Err("expected an address like 127.0.0.1:7667"),
    }
}

/// The port of a server over TLS if an address names none.
pub(crate) const DEFAULT_TLS_PORT: u16 = 7697;

/// The address of a server: `HOST:PORT`, or `HOST` for the default port, also behind `tls://`; or `ws://HOST:PORT/PATH`, or
/// `wss://`; or `unix:PATH`.
pub(crate) fn server_address(text: &str) -> Result<String, &'static str> {
    if let Some(path) = text.strip_prefix("unix:") {
        return if path.is_empty() { Err("expected a path like unix:/run/server.sock") } else { Ok(text.to_owned()) };
    }
    if let Some(rest) = text.strip_prefix("ws://").or(text.strip_prefix("wss://")) {
        let authority = rest.split('/').next().unwrap_or(rest);
        host_and_port(authority).map_err(|_| "expected an address like ws://127.0.0.1:7668/ws")?;
        return Ok(text.to_owned());
    }
    match text.strip_prefix("tls://") {
        Some(rest) => with_port(rest, DEFAULT_TLS_PORT).map(|address| format!("tls://{address}")),
        None => with_port(text, DEFAULT_PORT),
    }
}

fn with_port(text: &str, default: u16) -> Result<String, &'static str> {
    let is_bare_host = !text.is_empty() && !text.contains(|c: char| c == ':' || c.is_whitespace());
    if text.parse::<Ipv6Addr>().is_ok() {
        Ok(format!("[{text}]:{default}"))
    } else if is_bare_host || (text.starts_with('[') && text.ends_with(']')) {
        Ok(format!("{text}:{default}"))
    } else {
        host_and_port(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_port_means_the_default_port() {
        for (text, address) in [
            ("chat.lan", "chat.lan:7667"),
            ("127.0.0.1", "127.0.0.1:7667"),
            ("localhost:9092", "localhost:9092"),
            ("::1", "[::1]:7667"),
            ("[::1]", "[::1]:7667"),
            ("[::1]:9092", "[::1]:9092"),
            ("tls://chat.lan", "tls://chat.lan:7697"),
            ("tls://[::1]:9092", "tls://[::1]:9092"),
        ] {
            assert_eq!(server_address(text).as_deref(), Ok(address), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", ":7667", "tls://", "tls://:1", "localhost:", "localhost:70000", "localhost:http", "chat lan"] {
            assert!(server_address(text).is_err(), "{text}");
        }
    }
}
