//! `CHATHISTORY`: what a client wants of what was said before.

use std::time::SystemTime;

use super::instruction::{Saying, Step};
use super::line::IrcLine;
use crate::protocol::act::Act;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::recall_request::{NamedMoment, RecallRequest, RecalledPlace, RequestedEnd};

/// Messages that one request gets at most.
pub(super) const MOST: usize = 100;

/// One line of a client; `with_events` says whether it takes what happened beside what was said.
pub(super) fn read(line: &IrcLine<'_>, with_events: bool) -> Step {
    let words: Vec<&str> = line.params.clone();
    let Some(command) = words.first() else { return failed("NEED_MORE_PARAMS", &["*"], "Missing parameters") };
    let upper = command.to_ascii_uppercase();
    let (name, wanted): (&'static str, usize) = match upper.as_str() {
        "LATEST" => ("LATEST", 4),
        "BEFORE" => ("BEFORE", 4),
        "AFTER" => ("AFTER", 4),
        "AROUND" => ("AROUND", 4),
        "BETWEEN" => ("BETWEEN", 5),
        "TARGETS" => ("TARGETS", 4),
        _ => return failed("INVALID_PARAMS", &[&shown(command)], "Unknown command"),
    };
    if words.len() < wanted {
        return failed("NEED_MORE_PARAMS", &[name], "Missing parameters");
    }
    match request(name, &words[1..wanted]) {
        Ok(request) => Step::Do(Act::Recall(Box::new(RecallRequest { with_events, ..request }))),
        Err(PastRequestError::Word(word)) => failed("INVALID_PARAMS", &[name, &shown(word)], "Invalid parameters"),
        Err(PastRequestError::Target(target)) => no_target(name, target),
    }
}

/// `MARKREAD #a [timestamp=T]`: up to when a place is read, or what is known of that.
pub(super) fn mark_read(line: &IrcLine<'_>) -> Step {
    let failed = |code: &str, context: &[&str], why: &str| {
        let params: Vec<&str> = ["MARKREAD", code].into_iter().chain(context.iter().copied()).chain([why]).collect();
        Saying::plain("FAIL", &params)
    };
    let Some(word) = line.param(0) else { return failed("NEED_MORE_PARAMS", &[], "Missing parameters") };
    let Ok(place) = place(word) else { return failed("INVALID_PARAMS", &[&shown(word)], "Invalid target") };
    match line.param(1).map(|word| (word, word.strip_prefix("timestamp=").and_then(time))) {
        None => Step::Do(Act::MarkRead { place, to: None }),
        Some((_, Some(at))) => Step::Do(Act::MarkRead { place, to: Some(at) }),
        Some((at, None)) => failed("INVALID_PARAMS", &[&shown(word), &shown(at)], "Invalid timestamp"),
    }
}

enum PastRequestError<'a> {
    Word(&'a str),
    Target(&'a str),
}

fn request<'a>(asked_as: &'static str, words: &[&'a str]) -> Result<RecallRequest, PastRequestError<'a>> {
    let last = words[words.len() - 1];
    let most = last.parse::<usize>().map_err(|_| PastRequestError::Word(last))?.min(MOST);
    let place = if asked_as == "TARGETS" { None } else { Some(place(words[0])?) };
    let moments = &words[usize::from(place.is_some())..words.len() - 1];
    let at = |index: usize| moment(moments[index]).ok_or(PastRequestError::Word(moments[index]));
    let (after, before, end) = match asked_as {
        "LATEST" if moments[0] == "*" => (None, None, RequestedEnd::Latest),
        "LATEST" => (Some(at(0)?), None, RequestedEnd::Latest),
        "BEFORE" => (None, Some(at(0)?), RequestedEnd::Latest),
        "AFTER" => (Some(at(0)?), None, RequestedEnd::Earliest),
        "AROUND" => (None, None, RequestedEnd::Around(at(0)?)),
        _ => {
            let (from, to) = (at(0)?, at(1)?);
            // Who asks backwards wants the end that was named first.
            if is_later(&from, &to) {
                (Some(to), Some(from), RequestedEnd::Latest)
            } else {
                (Some(from), Some(to), RequestedEnd::Earliest)
            }
        }
    };
    Ok(RecallRequest { asked_as, place, after, before, end, most, with_events: false })
}

fn place(word: &str) -> Result<RecalledPlace, PastRequestError<'_>> {
    if let Some(room) = word.strip_prefix('#') {
        return RoomName::new(room).map(RecalledPlace::Room).map_err(|_| PastRequestError::Target(word));
    }
    UserName::new(word).map(RecalledPlace::With).map_err(|_| PastRequestError::Target(word))
}

/// `timestamp=2026-11-25T22:31:46.455Z` or `msgid=EPOCH-ID`
pub(super) fn moment(word: &str) -> Option<NamedMoment> {
    let (kind, value) = word.split_once('=')?;
    match kind {
        "timestamp" => time(value).map(NamedMoment::Time),
        "msgid" => {
            let (epoch, id) = value.rsplit_once('-')?;
            Some(NamedMoment::Message { epoch: epoch.into(), id: id.parse().ok()? })
        }
        _ => None,
    }
}

/// The time that is spelled so.
pub(super) fn time(value: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339(value).ok()
}

fn is_later(one: &NamedMoment, other: &NamedMoment) -> bool {
    match (one, other) {
        (NamedMoment::Time(one), NamedMoment::Time(other)) => one > other,
        (NamedMoment::Message { id: one, .. }, NamedMoment::Message { id: other, .. }) => one > other,
        (NamedMoment::Time(_), NamedMoment::Message { .. }) | (NamedMoment::Message { .. }, NamedMoment::Time(_)) => {
            false
        }
    }
}

/// Nothing of what was said there is for this client.
pub(super) fn no_target(asked_as: &str, target: &str) -> Step {
    failed("INVALID_TARGET", &[asked_as, &shown(target)], "Messages could not be retrieved")
}

fn failed(code: &str, context: &[&str], why: &str) -> Step {
    let params: Vec<&str> = ["CHATHISTORY", code].into_iter().chain(context.iter().copied()).chain([why]).collect();
    Saying::plain("FAIL", &params)
}

/// A word of a client as it can stand in a line.
fn shown(word: &str) -> String {
    if word.is_empty() || word.starts_with(':') || word.contains(' ') {
        "*".to_owned()
    } else {
        word.chars().take(64).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_line(text: &str) -> Step {
        read(&IrcLine::parse(text).unwrap(), false)
    }

    #[test]
    fn each_way_to_ask_has_its_moments() {
        let asked = |text: &str| match read_line(text) {
            Step::Do(Act::Recall(request)) => *request,
            other => panic!("{text}: {other:?}"),
        };
        let latest = asked("CHATHISTORY latest #tea * 500");
        assert_eq!((latest.most, latest.after, latest.end), (MOST, None, RequestedEnd::Latest));
        let before = asked("CHATHISTORY BEFORE bob msgid=1a-b-17 5");
        assert_eq!(before.before, Some(NamedMoment::Message { epoch: "1a-b".into(), id: 17 }));
        let (early, late) = ("timestamp=2026-11-25T22:31:46.455Z", "timestamp=2026-11-26T00:00:00.000Z");
        let forth = asked(&format!("CHATHISTORY BETWEEN #tea {early} {late} 5"));
        let back = asked(&format!("CHATHISTORY BETWEEN #tea {late} {early} 5"));
        assert_eq!((&forth.after, &forth.before), (&back.after, &back.before));
        assert_eq!((forth.end, back.end), (RequestedEnd::Earliest, RequestedEnd::Latest));
        assert_eq!(asked(&format!("CHATHISTORY TARGETS {early} {late} 5")).place, None);
    }

    #[test]
    fn what_cannot_be_meant_fails_with_what_it_was() {
        for (text, told) in [
            ("CHATHISTORY", ["NEED_MORE_PARAMS", "*"].as_slice()),
            ("CHATHISTORY LATEST #tea *", &["NEED_MORE_PARAMS", "LATEST"]),
            ("CHATHISTORY LATER #tea * 5", &["INVALID_PARAMS", "LATER"]),
            ("CHATHISTORY LATEST #tea * five", &["INVALID_PARAMS", "LATEST", "five"]),
            ("CHATHISTORY BEFORE #tea yesterday 5", &["INVALID_PARAMS", "BEFORE", "yesterday"]),
            ("CHATHISTORY BEFORE #tea msgid=x 5", &["INVALID_PARAMS", "BEFORE", "msgid=x"]),
            ("CHATHISTORY LATEST #c++ * 5", &["INVALID_TARGET", "LATEST", "#c++"]),
        ] {
            let shown = format!("{:?}", read_line(text));
            assert!(told.iter().all(|word| shown.contains(&format!("{word:?}"))), "{text}: {shown}");
        }
    }
}
