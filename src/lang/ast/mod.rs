//! What a script is: the whole language as data.
//!
//! A [`Script`] comes from [`parse`](super::parse) alone and is correct: every name in it is declared, every statement
//! stands where it may, every [`Users`] knows its labels and every `together` its lanes. Code that carries a script out
//! looks nothing up again. Each value knows its place in the source. Nothing here knows how a script is read or run.

mod act;
mod dialect;
mod figure;
mod opening;
mod pace;
mod plan;
mod setting;
mod statement;
mod template;
mod transfer;
mod users;
mod value;

pub use act::{Act, BytesExpectation, Expectation, Mode, Pattern, RegexPattern, SendText};
pub use dialect::{AutoReply, Dialogue, DialogueAct, DialogueStep, Fence, ForeignDialect, LineEnd};
pub use figure::{Figure, Latency, Origin, Statistic, Unit};
pub use opening::{Declaration, Opening, OpeningKind, Speech};
pub use pace::{Interval, Pause};
pub use plan::{DEFAULT_WARMUP, Limit, LoadPlan, LoadStage, RateStage, StageKind, TargetRate, Threshold};
pub use setting::{Leftovers, Setting};
pub use statement::{Block, BlockKind, LaneBlock, LaneOwner, Statement, StatementKind, Statements};
pub use template::{CaptureKind, Generator, Insert, Part, PartKind, Template};
pub use transfer::{Download, Recipient, Upload, UploadContent};
pub use users::{Me, Mention, MentionKind, Name, Users};
pub use value::{Assert, Comparison, Let, Param, Value};

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::source::{Source, Span, Spanned};

/// What a script is read with, beside its text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The dialect of users whose dialect the script does not name.
    pub dialect: Option<String>,
    /// The values that override those of `param`, by name: a size may be one.
    pub params: HashMap<String, String>,
}

/// One file, parsed and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// The file's name and text.
    pub source: Source,
    /// What it was read with.
    pub reading: Reading,
    /// `title ...`
    pub title: Option<Spanned<String>>,
    /// `tags a, b`
    pub tags: Vec<Spanned<String>>,
    /// The `dialect` blocks.
    pub dialects: Vec<Arc<ForeignDialect>>,
    /// `set dialect NAME`: what users speak whose statement does not say it.
    pub speaks: Option<Spanned<Name>>,
    /// The `load` block.
    pub plan: Option<LoadPlan>,
    /// The params and constants that are written as sizes.
    pub sizes: Vec<Spanned<Name>>,
    /// The statements before the first `test`. They are carried out for each test, in this order, on fresh connections.
    /// Empty in a file without `test`.
    pub preamble: Vec<Statement>,
    /// The tests, at least one. A file without `test` is one unnamed test that holds all its statements.
    pub tests: Vec<TestBlock>,
}

impl Script {
    /// Every statement in the file's order, those inside of blocks after the block that holds them.
    pub fn statements(&self) -> Statements<'_> {
        let tests = self.tests.iter().rev().map(|test| test.statements.as_slice());
        Statements::of(tests.chain([self.preamble.as_slice()]).collect())
    }
}

/// A script as it was read: its names are not settled, its users have no labels and its `together` blocks no lanes.
/// The checks make a [`Script`] of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unresolved(pub(crate) Script);

/// What one `test "name"` line begins, up to the next one.
#[derive(Clone, Debug, PartialEq)]
pub struct TestBlock {
    /// The `test` line; empty for the unnamed test of a file without `test`.
    pub span: Span,
    /// Its line, counted from 1.
    pub line: usize,
    /// The name in quotes, or `None` for the unnamed test.
    pub name: Option<Spanned<String>>,
    /// The statements that are carried out after the preamble.
    pub statements: Vec<Statement>,
}
