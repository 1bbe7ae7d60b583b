//! The flags of a load that are written as in a script's `load` block, and its ranges of addresses.

use std::net::{IpAddr, Ipv4Addr};

use chatctl::diagnostic::Diagnostic;
use chatctl::lang::ast::{LoadStage, TargetRate, Threshold};
use chatctl::lang::parse_rate;
use chatctl::lang::parse_stages;
use chatctl::lang::parse_target_rate;
use chatctl::lang::parse_threshold;
use chatctl::load::resources::Process;

/// The most addresses of a range.
const MOST_IPS: u32 = 4096;

/// `--stages`
#[derive(Clone, Debug)]
pub(super) struct Stages(pub(super) Vec<LoadStage>);

/// `--source-ips`
#[derive(Clone, Debug)]
pub(super) struct SourceIps(pub(super) Vec<IpAddr>);

pub(super) fn stages(text: &str) -> Result<Stages, String> {
    parse_stages(text).map(Stages).map_err(|errors| sentence(errors, "0 -> 500 in 30s, hold 5m, 500 -> 0 in 10s"))
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    parse_rate(text).map_err(|_| "expected a rate such as 200/s or 500/m".to_owned())
}

pub(super) fn target_rate(text: &str) -> Result<TargetRate, String> {
    let example = "500/s, or 0 -> 5000/s in 2m, hold 1m";
    parse_target_rate(text).map_err(|errors| match text.contains("->") {
        true => sentence(errors, example),
        false => format!("expected a rate such as {example}"),
    })
}

pub(super) fn threshold(text: &str) -> Result<Threshold, String> {
    parse_threshold(text).map_err(|errors| sentence(errors, "delivery.p99 > 250ms"))
}

/// A process that can be looked at.
pub(super) fn process(text: &str) -> Result<u32, String> {
    let id: u32 = text.parse().map_err(|_| "expected a process id".to_owned())?;
    match Process::with_id(id).usage() {
        Some(_) => Ok(id),
        None => Err("there is no such process, or it may not be looked at".to_owned()),
    }
}

pub(super) fn percent(text: &str) -> Result<f64, String> {
    let expected = || "expected a percentage from 0% to 100%".to_owned();
    let value: f64 = text.strip_suffix('%').and_then(|number| number.parse().ok()).ok_or_else(expected)?;
    if (0.0..=100.0).contains(&value) { Ok(value / 100.0) } else { Err(expected()) }
}

/// `127.0.0.1`, `127.0.0.1-127.0.0.8` or several of them with commas.
pub(super) fn source_ips(text: &str) -> Result<SourceIps, String> {
    let mut ips = Vec::new();
    for piece in text.split(',') {
        match piece.split_once('-') {
            None => ips.push(piece.parse::<IpAddr>().map_err(|_| format!("'{piece}' is not an address"))?),
            Some((first, last)) => ips.extend(range(first, last)?),
        }
    }
    Ok(SourceIps(ips))
}

fn range(first: &str, last: &str) -> Result<impl Iterator<Item = IpAddr> + use<>, String> {
    let address =
        |text: &str| text.parse::<Ipv4Addr>().map(u32::from).map_err(|_| format!("'{text}' is no IPv4 address"));
    let (first, last) = (address(first)?, address(last)?);
    match last.checked_sub(first) {
        None => Err("the range ends before it begins".to_owned()),
        Some(length) if length >= MOST_IPS => Err(format!("a range has at most {MOST_IPS} addresses")),
        Some(_) => Ok((first..=last).map(|address| IpAddr::from(Ipv4Addr::from(address)))),
    }
}

/// The first finding in one line, and how such a value is written: clap shows the text and its place on the command line.
fn sentence(errors: Vec<Diagnostic>, example: &str) -> String {
    errors.into_iter().next().map_or(String::new(), |error| {
        let mark = error.primary.as_ref().map_or(String::new(), |mark| {
            let rest = error.source.text().get(mark.span.start..).unwrap_or_default();
            mark.text.replace("from here on", &format!("from `{}` on", rest.trim()))
        });
        let found = if mark.is_empty() { error.message } else { format!("{}: {mark}", error.message) };
        format!("{found} (such as: {example})")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_addresses() {
        let ips = |text| source_ips(text).map(|ips| ips.0.len());
        assert_eq!(ips("127.0.0.1-127.0.0.8"), Ok(8));
        assert_eq!(ips("127.0.0.1,::1"), Ok(2));
        assert!(ips("127.0.0.8-127.0.0.1").is_err());
        assert!(ips("0.0.0.0-255.255.255.255").is_err());
        assert!(ips("x").is_err());
    }
}
