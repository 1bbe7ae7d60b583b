//! How people reach a server that listens: which programs they start, with which of the machine's addresses. Knows nothing of
//! who is let in.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Addresses that are spelled out; a machine with many networks has more.
const MOST: usize = 6;

/// The addresses of this machine: IPv4 before IPv6, and those that only this machine reaches last. Without those that need
/// the name of an interface beside them.
pub(super) fn own_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut own: Vec<IpAddr> = interfaces.into_iter().map(|interface| interface.ip()).collect();
    own.retain(|ip| !matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local()));
    own.push(Ipv4Addr::LOCALHOST.into());
    own.sort_by_key(|ip| (ip.is_loopback(), ip.is_ipv6(), *ip));
    own.dedup();
    own
}

/// How the doors for text and for browsers are reached by the addresses `own` of this machine, a line for each.
pub(super) fn lines(text: SocketAddr, web: Option<SocketAddr>, own: &[IpAddr]) -> String {
    let ways = |ip: &IpAddr| ways(*ip, text, web).map(|ways| (*ip, ways));
    let known: Vec<_> = own.iter().filter_map(ways).collect();
    let (local, open): (Vec<_>, Vec<_>) = known.into_iter().partition(|(ip, _)| ip.is_loopback());
    let mut lines = String::new();
    for (_, ways) in local.iter().take(1) {
        line(&mut lines, "on this machine", ways);
    }
    for (_, ways) in open.iter().take(MOST) {
        line(&mut lines, "from others", ways);
    }
    if let Some(more) = open.len().checked_sub(MOST).filter(|more| *more > 0) {
        line(&mut lines, "from others", &format!("{more} more addresses of this machine"));
    }
    if open.is_empty() && text.ip().is_unspecified() {
        line(&mut lines, "from others", "not yet; this machine has no address in a network");
    } else if open.is_empty() {
        let port = text.port();
        line(&mut lines, "from others", &format!("not yet; --listen 0.0.0.0:{port} opens it to the network"));
    }
    lines
}

fn line(out: &mut String, who: &str, how: &str) {
    let _ = writeln!(out, "chatctl: {who}: {how}");
}

/// What reaches the doors at one address; `None` if neither listens there.
fn ways(ip: IpAddr, text: SocketAddr, web: Option<SocketAddr>) -> Option<String> {
    let mut ways = Vec::new();
    if is_heard(text, ip) {
        let port = text.port();
        ways.push(format!("nc {ip} {port}"));
        ways.push(format!("chatctl interactive {}", SocketAddr::new(ip, port)));
    }
    if let Some(web) = web.filter(|web| is_heard(*web, ip)) {
        ways.push(format!("http://{}/", SocketAddr::new(ip, web.port())));
    }
    (!ways.is_empty()).then(|| ways.join(", "))
}

/// Whether who listens here hears what comes to this address.
fn is_heard(listener: SocketAddr, ip: IpAddr) -> bool {
    match listener.ip() {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => true,
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => ip.is_ipv4(),
        own => own == ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str, web: Option<&str>) -> String {
        let own = ["192.168.1.5", "fd00::5", "127.0.0.1", "::1"].map(|ip| ip.parse().unwrap());
        lines(text.parse().unwrap(), web.map(|web| web.parse().unwrap()), &own)
    }

    #[test]
    fn every_address_of_the_machine_is_said_for_each_program() {
        insta::assert_snapshot!(lines_of("[::]:7667", Some("0.0.0.0:7668")), @r"
        chatctl: on this machine: nc 127.0.0.1 7667, chatctl interactive 127.0.0.1:7667, http://127.0.0.1:7668/
        chatctl: from others: nc 192.168.1.5 7667, chatctl interactive 192.168.1.5:7667, http://192.168.1.5:7668/
        chatctl: from others: nc fd00::5 7667, chatctl interactive [fd00::5]:7667
        ");
    }

    #[test]
    fn a_server_for_this_machine_says_how_to_open_it() {
        insta::assert_snapshot!(lines_of("127.0.0.1:7667", Some("127.0.0.1:7668")), @r"
        chatctl: on this machine: nc 127.0.0.1 7667, chatctl interactive 127.0.0.1:7667, http://127.0.0.1:7668/
        chatctl: from others: not yet; --listen 0.0.0.0:7667 opens it to the network
        ");
        insta::assert_snapshot!(lines_of("192.168.1.5:7667", None), @"chatctl: from others: nc 192.168.1.5 7667, chatctl interactive 192.168.1.5:7667");
    }

    #[test]
    fn a_machine_without_a_network_is_not_told_to_open_what_is_open() {
        let own = [Ipv4Addr::LOCALHOST.into()];
        insta::assert_snapshot!(lines("[::]:7667".parse().unwrap(), None, &own), @r"
        chatctl: on this machine: nc 127.0.0.1 7667, chatctl interactive 127.0.0.1:7667
        chatctl: from others: not yet; this machine has no address in a network
        ");
    }

    #[test]
    fn a_machine_with_many_addresses_names_some() {
        let own: Vec<IpAddr> = (1..=9).map(|last| Ipv4Addr::new(10, 0, last, 1).into()).collect();
        let lines = lines("0.0.0.0:1".parse().unwrap(), None, &own);
        assert_eq!(lines.lines().count(), MOST + 1, "{lines}");
        assert!(lines.ends_with("chatctl: from others: 3 more addresses of this machine\n"), "{lines}");
    }
}
