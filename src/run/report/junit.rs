//! The report that CI systems read: a suite for each file, a case for each test.

use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::failure_text;
use crate::diagnostic::Color;
use crate::run::explain::explain;
use crate::run::outcome::{Failure, FileOutcome, TestOutcome, TestVerdict};

/// Writes the report of these files.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(files: &[FileOutcome], out: impl io::Write) -> io::Result<()> {
    let mut report = Report::new("chatctl");
    report.set_time(files.iter().map(|file| file.elapsed).sum());
    report.add_test_suites(files.iter().map(suite));
    report.serialize(out).map_err(io::Error::other)
}

fn suite(file: &FileOutcome) -> TestSuite {
    let mut suite = TestSuite::new(file.source.name());
    suite.set_time(file.elapsed);
    suite.add_test_cases(file.tests.iter().map(|test| case(file, test)));
    suite
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
    let mut case = TestCase::new(name, status);
    case.set_time(test.elapsed);
    case.set_classname(file.source.name());
    case
}

fn failed(file: &FileOutcome, failures: &[Failure]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    if let Some(first) = failures.first() {
        status.set_message(explain(&file.source, first).message);
    }
    let texts: Vec<String> = failures.iter().map(|failure| failure_text(file, failure, Color::Plain)).collect();
    status.set_description(texts.join("\n"));
    status
}
