//! Where a statement may stand.

use crate::diagnostic::source::Span;
use crate::lang::ast::{Act, BlockKind, Mode, OpeningKind, Statement, StatementKind, Value};

/// What a statement stands in.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum BlockContext {
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

impl BlockContext {
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
    pub(super) outer: Option<(BlockContext, Span)>,
}

/// Whether `statement` may stand in the innermost of `contexts`, which begins with the outermost.
pub(super) fn check(statement: &Statement, contexts: &[(BlockContext, Span)]) -> Result<(), Misplaced> {
    let &(context, span) = contexts.last().expect("a statement stands somewhere");
    let refuse = |message: String, help| {
        let outer = (!matches!(context, BlockContext::Preamble | BlockContext::File)).then_some((context, span));
        Err(Misplaced { message, help, outer })
    };
    let word = word(&statement.kind);
    if context == BlockContext::Unordered {
        return match &statement.kind {
            StatementKind::By { act: Act::Expect(expectation), .. } if expectation.mode == Mode::Next => Ok(()),
            _ => refuse(format!("{word} is not allowed in `unordered`"), "`unordered` holds `<`, `<~` and `<@` only"),
        };
    }
    match &statement.kind {
        StatementKind::Connect(_) => connect(word, context, contexts),
        StatementKind::Block(block)
            if context == BlockContext::Test && matches!(block.kind, BlockKind::Setup | BlockKind::Finally) =>
        {
            refuse(
                format!("{word} is not allowed below a `test`"),
                "it is carried out for each test: write it above the first",
            )
        }
        StatementKind::Value(Value::Param(_)) if !matches!(context, BlockContext::Preamble | BlockContext::File) => {
            refuse(format!("{word} is not allowed here"), "parameters belong at the top, before the first `test`")
        }
        StatementKind::Value(Value::Let(_)) | StatementKind::Set(_) if !context.is_sequence() => {
            refuse(format!("{word} is not allowed in `{}`", context.word()), "write it above the block")
        }
        StatementKind::Wait(_) | StatementKind::Value(Value::Assert(_)) if context == BlockContext::Together => refuse(
            format!("{word} is not allowed directly in `together`"),
            "a lane belongs to one user or one block: write it into a block, or outside of `together`",
        ),
        kind if context == BlockContext::Preamble && !belongs_into_preamble(kind) => refuse(
            format!("{word} is not allowed before the first `test`"),
            "write it into `setup` ... `end`, or below a `test`",
        ),
        _ => Ok(()),
    }
}

fn connect(word: &str, context: BlockContext, contexts: &[(BlockContext, Span)]) -> Result<(), Misplaced> {
    let in_the_way = contexts.iter().rev().find(|(outer, _)| outer.is_loop() || *outer == BlockContext::Finally);
    match in_the_way {
        None if context.is_sequence() || context == BlockContext::Together => Ok(()),
        None => Err(Misplaced { message: format!("{word} is not allowed here"), help: "write it above", outer: None }),
        Some(&outer) => Err(Misplaced {
            message: format!("{word} is not allowed in `{}`", outer.0.word()),
            help: "connect above it, and use `disconnect` and `reconnect` inside",
            outer: Some(outer),
        }),
    }
}

fn belongs_into_preamble(kind: &StatementKind) -> bool {
    match kind {
        StatementKind::By { act, .. } => matches!(act, Act::Ignore(_)),
        StatementKind::Connect(_) | StatementKind::Set(_) => true,
        StatementKind::Block(block) => matches!(block.kind, BlockKind::Setup | BlockKind::Finally),
        StatementKind::Value(value) => matches!(value, Value::Let(_) | Value::Param(_)),
        StatementKind::Wait(_) => false,
    }
}

/// What messages call a statement.
pub(super) fn word(kind: &StatementKind) -> &'static str {
    match kind {
        StatementKind::By { act, .. } => word_of_act(act),
        StatementKind::Connect(opening) => match opening.kind {
            OpeningKind::Connect => "`connect`",
            OpeningKind::Open => "`open`",
        },
        StatementKind::Block(block) => match block.kind {
            BlockKind::Unordered => "`unordered`",
            BlockKind::Together(_) => "`together`",
            BlockKind::Each(_) => "`each`",
            BlockKind::Repeat(_) => "`repeat`",
            BlockKind::Every(_) => "`every`",
            BlockKind::Setup => "`setup`",
            BlockKind::Finally => "`finally`",
        },
        StatementKind::Value(Value::Let(_)) => "`let`",
        StatementKind::Value(Value::Param(_)) => "`param`",
        StatementKind::Value(Value::Assert(_)) => "`assert`",
        StatementKind::Wait(_) => "`pause`",
        StatementKind::Set(_) => "`set`",
    }
}

fn word_of_act(act: &Act) -> &'static str {
    match act {
        Act::Send(_) => "sending",
        Act::Raw(_) => "`raw`",
        Act::ExpectBytes(_) => "expecting bytes",
        Act::Expect(expectation) => match expectation.mode {
            Mode::Next => "expecting",
            Mode::Later => "`<..`",
            Mode::Optional => "`<?`",
            Mode::Absent => "`<!`",
            Mode::Prompt => "`<|`",
        },
        Act::Ignore(_) => "`ignore`",
        Act::Silent => "`is silent`",
        Act::Closed => "`is closed`",
        Act::Drain => "`drain`",
        Act::Disconnect => "`disconnect`",
        Act::Reset => "`reset`",
        Act::Reconnect => "`reconnect`",
        Act::Stall => "`stall`",
        Act::Resume => "`resume`",
        Act::Chunk(_) => "`chunk`",
        Act::Upload(_) => "`upload`",
        Act::Download(_) => "`download`",
    }
}
