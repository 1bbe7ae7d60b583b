//! The report that CI systems read: a suite for each file, a case for each test.
//!
//! Whatever was sent or received, the file is XML: a character that XML 1.0 excludes is spelled out, as `\u{fffe}`.

use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Provenance, failure_text};
use crate::diagnostic::{Color, Renderer};
use crate::run::explain::explain;
use crate::run::outcome::{Failure, FileOutcome, TestOutcome, TestVerdict};

/// Writes the report of these files.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(files: &[FileOutcome], seed: u64, provenance: &Provenance, out: impl io::Write) -> io::Result<()> {
    let mut report = Report::new("chatctl");
    report.set_timestamp(provenance.started);
    report.set_time(files.iter().map(|file| file.elapsed).sum());
    report.add_test_suites(files.iter().map(|file| suite(file, seed, provenance)));
    report.serialize(out).map_err(io::Error::other)
}

fn suite(file: &FileOutcome, seed: u64, provenance: &Provenance) -> TestSuite {
    let mut suite = TestSuite::new(xml(file.source.name()));
    suite.set_timestamp(provenance.started);
    suite.set_time(file.elapsed);
    for (name, value) in properties(seed, provenance) {
        suite.add_property((name, xml(&value).as_str()));
    }
    if !file.server_said.is_empty() {
        suite.set_system_out(xml(&file.server_said.join("\n")));
    }
    if file.errors.is_empty() {
        suite.add_test_cases(file.tests.iter().map(|test| case(file, test)));
    } else {
        suite.add_test_case(broken(file));
    }
    suite
}

fn properties(seed: u64, provenance: &Provenance) -> Vec<(&'static str, String)> {
    let machine = &provenance.machine;
    let mut properties = vec![
        ("seed", seed.to_string()),
        ("chatctl", provenance.version.to_owned()),
        ("arguments", provenance.arguments.join(" ")),
        ("server", provenance.server.clone()),
        ("system", machine.system.clone()),
        ("processors", machine.processors.to_string()),
    ];
    properties.extend(machine.host.clone().map(|host| ("host", host)));
    properties.extend(machine.memory.map(|memory| ("memory", memory.to_string())));
    properties
}

fn case(file: &FileOutcome, test: &TestOutcome) -> TestCase {
    let name = test.name.as_ref().or(file.title.as_ref()).map_or(file.source.name(), String::as_str);
    let status = match &test.verdict {
        TestVerdict::Passed => TestCaseStatus::success(),
        TestVerdict::Failed(failures) => failed(file, failures),
        TestVerdict::Skipped => TestCaseStatus::skipped(),
        TestVerdict::Interrupted => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("interrupted");
            status
        }
    };
    let line = test.failures().first().map_or(test.line, |failure| failure.line);
    let mut case = placed(file, name, status, line);
    case.set_time(test.elapsed);
    case
}

/// The one case of a file that could not be run.
fn broken(file: &FileOutcome) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("script");
    let first = file.errors.first();
    if let Some(first) = first {
        status.set_message(xml(&first.message));
    }
    let renderer = Renderer { color: Color::Plain };
    let texts: Vec<String> = file.errors.iter().map(|error| renderer.render(error)).collect();
    status.set_description(xml(&texts.join("\n")));
    let mark = first.and_then(|error| error.primary.as_ref());
    let line = mark.map_or(1, |mark| file.source.line_of(mark.span.start));
    placed(file, file.source.name(), status, line)
}

fn placed(file: &FileOutcome, name: &str, status: TestCaseStatus, line: usize) -> TestCase {
    let mut case = TestCase::new(xml(name), status);
    case.set_classname(xml(file.source.name()));
    let (place, line) = file.source.place(line);
    case.extra.insert("file".into(), xml(place).into());
    case.extra.insert("line".into(), line.to_string().into());
    case
}

/// That there is no server is an error, anything else a failure.
fn failed(file: &FileOutcome, failures: &[Failure]) -> TestCaseStatus {
    let is_without_server = failures.iter().any(Failure::means_no_server);
    let kind = if is_without_server { NonSuccessKind::Error } else { NonSuccessKind::Failure };
    let mut status = TestCaseStatus::non_success(kind);
    if let Some(first) = failures.first() {
        status.set_message(xml(&explain(&file.source, first).message));
    }
    let texts: Vec<String> = failures.iter().map(|failure| failure_text(file, failure, Color::Plain)).collect();
    status.set_description(xml(&texts.join("\n")));
    status
}

/// The text with every character spelled out that no XML 1.0 document may hold.
fn xml(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'.. => shown.push(character),
            _ => shown.extend(character.escape_unicode()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_excludes_is_spelled_out() {
        assert_eq!(xml("a\u{0}b\u{1b}[1m\u{fffe}\u{ffff}"), "a\\u{0}b\\u{1b}[1m\\u{fffe}\\u{ffff}");
        for text in ["a\tb\r\n", "渊 🦊 \u{fffd}\u{10fffe}"] {
            assert_eq!(xml(text), text);
        }
    }
}
