//! Who may ask for what: decided by `Host` and `Origin`, the two headers that a browser sets and a page cannot.

use std::net::IpAddr;

use hyper::HeaderMap;
use hyper::header::{HeaderValue, ORIGIN};

use super::Scheme;

/// Whether a request that names this host is meant for us. Whoever lets a name of his own point to our address (DNS
/// rebinding) gives another one.
pub(super) fn is_own_host(host: &str, names: &[String]) -> bool {
    let name = host_name(host).trim_end_matches('.');
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    let is = |own: &str| name.eq_ignore_ascii_case(own);
    is_address || is("localhost") || names.iter().any(|own| is(own) || is(&format!("{own}.local")))
}

/// Whether the page that sends the request is ours: of our scheme, host and port.
fn is_own_origin(origin: &str, host: &str, is_secure: bool) -> bool {
    let scheme = if is_secure { "https://" } else { "http://" };
    origin.strip_prefix(scheme).is_some_and(|rest| rest.eq_ignore_ascii_case(host))
}

/// Whether no page of another site sends it. What is no browser names none.
pub(super) fn comes_from_own_page(headers: &HeaderMap, host: &str, scheme: Scheme) -> bool {
    let is_own =
        |origin: &HeaderValue| origin.to_str().is_ok_and(|origin| is_own_origin(origin, host, scheme == Scheme::Https));
    headers.get_all(ORIGIN).iter().all(is_own)
}

/// Whether the browser takes a page of this host for as safe as one over TLS.
pub(in crate::server) fn is_this_machine(host: &str) -> bool {
    let name = host_name(host);
    name.eq_ignore_ascii_case("localhost")
        || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host without its port.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_own_names_are_known_and_no_others() {
        let names = ["Chat".to_owned()];
        for host in
            ["127.0.0.1:7668", "192.168.1.5", "[::1]:7668", "[::1]", "LOCALHOST:1", "chat", "chat.local:80", "chat."]
        {
            assert!(is_own_host(host, &names), "{host}");
        }
        for host in ["evil.example:7668", "chat.evil.example", "", "127.0.0.1.evil.example", "localhost.evil", ":80"] {
            assert!(!is_own_host(host, &names), "{host}");
        }
    }

    #[test]
    fn an_origin_is_ours_with_scheme_host_and_port() {
        assert!(is_own_origin("http://chat.local:7668", "Chat.local:7668", false));
        assert!(is_own_origin("https://chat.local:7668", "chat.local:7668", true));
        assert!(!is_own_origin("https://chat.local:7668", "chat.local:7668", false));
        for is_secure in [false, true] {
            for origin in ["null", "http://chat.local", "http://chat.local:7668/", "http://evil", "https://evil"] {
                assert!(!is_own_origin(origin, "chat.local:7668", is_secure), "{origin}");
            }
        }
        assert!(!is_own_origin("http://chat.local:7668", "chat.local:7668", true));
    }

    #[test]
    fn only_names_of_this_machine_are_as_safe_as_tls() {
        assert!(is_this_machine("localhost:7668") && is_this_machine("127.0.0.1") && is_this_machine("[::1]:7668"));
        assert!(!is_this_machine("192.168.1.5:7668") && !is_this_machine("chat"));
    }
}
