//! Addresses on the command line: what cannot be one is an error of usage, found before anything is done.

/// `HOST:PORT`; whether there is such a host is found out when it is used.
pub(crate) fn host_and_port(text: &str) -> Result<String, &'static str> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text.to_owned()),
        _ => Err("expected an address like 127.0.0.1:7667"),
    }
}
