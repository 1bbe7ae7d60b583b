//! Where a statement may stand.

use crate::diagnostic::source::Span;
use crate::lang::ast::{Mode, Statement, StatementKind};

/// What a statement stands in.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    /// Before the first `test` of a file that has some.
    Preamble,
    /// Below a `test`.
    Test,
    /// A file without `test`.
    File,
    Setup,
    Finally,
    Together,
    Unordered,
    Each,
    Repeat,
    Every,
}

impl Place {
    fn is_loop(self) -> bool {
        matches!(self, Self::Each | Self::Repeat | Self::Every)
    }

    fn is_sequence(self) -> bool {
        matches!(self, Self::Preamble | Self::Test | Self::File | Self::Setup)
    }

    /// The word that opens it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Preamble | Self::File => "file",
            Self::Test => "test",
            Self::Setup => "setup",
            Self::Finally => "finally",
            Self::Together => "together",
            Self::Unordered => "unordered",
            Self::Each => "each",
            Self::Repeat => "repeat",
            Self::Every => "every",
        }
    }
}

/// Why a statement may not stand where it does.
pub(super) struct Misplaced {
    pub(super) message: String,
    pub(super) help: &'static str,
    /// The block that is in the way, if one is.
    pub(super) outer: Option<(Place, Span)>,
}

/// Whether `statement` may stand in the innermost of `places`, which begins with the outermost.
pub(super) fn check(statement: &Statement, places: &[(Place, Span)]) -> Result<(), Misplaced> {
    let &(place, span) = places.last().expect("a statement stands somewhere");
    let refuse = |message: String, help| {
        let outer = (!matches!(place, Place::Preamble | Place::File)).then_some((place, span));
        Err(Misplaced { message, help, outer })
    };
    let word = word(&statement.kind);
    if place == Place::Unordered {
        return match &statement.kind {
            StatementKind::Expect(expectation) if expectation.mode == Mode::Next => Ok(()),
            _ => refuse(format!("{word} stands in `unordered`"), "`unordered` holds `<`, `<~` and `<@` only"),
        };
    }
    match &statement.kind {
        StatementKind::Connect(_) | StatementKind::Open(_) => connect(word, place, places),
        StatementKind::Setup(_) | StatementKind::Finally(_) if place == Place::Test => {
            refuse(format!("{word} stands below a `test`"), "it is carried out for each test: write it above the first")
        }
        StatementKind::Param(_) if !matches!(place, Place::Preamble | Place::File) => {
            refuse(format!("{word} stands here"), "parameters stand at the top, before the first `test`")
        }
        StatementKind::Let(_) | StatementKind::Set(_) if !place.is_sequence() => {
            refuse(format!("{word} stands in `{}`", place.word()), "write it above the block")
        }
        StatementKind::Pause(_) | StatementKind::Assert(_) if place == Place::Together => refuse(
            format!("{word} belongs to no lane of `together`"),
            "each lane is a user's or a block's: write it into a block, or outside of `together`",
        ),
        kind if place == Place::Preamble && !belongs_into_preamble(kind) => refuse(
            format!("{word} stands before the first `test`"),
            "write it into `setup` ... `end`, or below a `test`",
        ),
        _ => Ok(()),
    }
}

fn connect(word: &str, place: Place, places: &[(Place, Span)]) -> Result<(), Misplaced> {
    let in_the_way = places.iter().rev().find(|(outer, _)| outer.is_loop() || *outer == Place::Finally);
    match in_the_way {
        None if place.is_sequence() || place == Place::Together => Ok(()),
        None => Err(Misplaced { message: format!("{word} stands here"), help: "write it above", outer: None }),
        Some(&outer) => Err(Misplaced {
            message: format!("{word} stands in `{}`", outer.0.word()),
            help: "connect above it, and use `disconnect` and `reconnect` inside",
            outer: Some(outer),
        }),
    }
}

fn belongs_into_preamble(kind: &StatementKind) -> bool {
    matches!(
        kind,
        StatementKind::Set(_)
            | StatementKind::Let(_)
            | StatementKind::Param(_)
            | StatementKind::Connect(_)
            | StatementKind::Open(_)
            | StatementKind::Ignore(_)
            | StatementKind::Setup(_)
            | StatementKind::Finally(_)
    )
}

/// What messages call a statement.
pub(super) fn word(kind: &StatementKind) -> &'static str {
    match kind {
        StatementKind::Connect(_) => "`connect`",
        StatementKind::Open(_) => "`open`",
        StatementKind::Send(_) => "sending",
        StatementKind::Raw(_) => "`raw`",
        StatementKind::Expect(expectation) => match expectation.mode {
            Mode::Next => "expecting",
            Mode::Later => "`<..`",
            Mode::Optional => "`<?`",
            Mode::Absent => "`<!`",
        },
        StatementKind::Silent(_) => "`is silent`",
        StatementKind::Closed(_) => "`is closed`",
        StatementKind::Drain(_) => "`drain`",
        StatementKind::Ignore(_) => "`ignore`",
        StatementKind::Disconnect(_) => "`disconnect`",
        StatementKind::Reset(_) => "`reset`",
        StatementKind::Reconnect(_) => "`reconnect`",
        StatementKind::Stall(_) => "`stall`",
        StatementKind::Resume(_) => "`resume`",
        StatementKind::Chunk(_) => "`chunk`",
        StatementKind::Unordered(_) => "`unordered`",
        StatementKind::Together(_) => "`together`",
        StatementKind::Each(_) => "`each`",
        StatementKind::Repeat(_) => "`repeat`",
        StatementKind::Every(_) => "`every`",
        StatementKind::Pause(_) => "`pause`",
        StatementKind::Let(_) => "`let`",
        StatementKind::Param(_) => "`param`",
        StatementKind::Assert(_) => "`assert`",
        StatementKind::Setup(_) => "`setup`",
        StatementKind::Finally(_) => "`finally`",
        StatementKind::Set(_) => "`set`",
    }
}
