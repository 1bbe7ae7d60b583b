//! One statement: who does something, who connects, a block, a value, a wait or a setting. Blocks hold statements again.

use std::num::NonZeroU64;
use std::sync::Arc;

use super::act::Act;
use super::opening::Opening;
use super::pace::{Interval, Pause};
use super::setting::Setting;
use super::users::{Name, Users};
use super::value::Value;
use crate::diagnostic::source::{Span, Spanned};

/// One statement; of a block, the opening line and its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The text of its (first) line, without the blanks before it.
    pub span: Span,
    /// That line, counted from 1.
    pub line: usize,
    /// What the statement does.
    pub kind: StatementKind,
    /// `as "search"`: what the figures of a load call it.
    pub label: Option<Spanned<String>>,
}

/// Every statement of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `alice> text`, `bob is silent`: something that these users do, or that is demanded of them.
    By {
        /// The users who act.
        users: Users,
        /// What they do.
        act: Act,
    },
    /// `connect alice, talker[5]`, `open eve`
    Connect(Opening),
    /// A line and all up to its `end`.
    Block(Block),
    /// `let`, `param` and `assert`.
    Value(Value),
    /// `pause 1s..3s`
    Wait(Pause),
    /// `set timeout 5s`
    Set(Setting),
}

impl StatementKind {
    /// The users who carry it out, if it is not a block and names any.
    pub fn users(&self) -> Option<&Users> {
        if let Self::By { users, .. } = self { Some(users) } else { None }
    }

    /// The same for writing.
    pub(crate) fn users_mut(&mut self) -> Option<&mut Users> {
        if let Self::By { users, .. } = self { Some(users) } else { None }
    }

    /// The block that it is, if it is one.
    pub fn block(&self) -> Option<&Block> {
        if let Self::Block(block) = self { Some(block) } else { None }
    }

    /// The users that it connects, if it is `connect` or `open`.
    pub fn opening(&self) -> Option<&Opening> {
        if let Self::Connect(opening) = self { Some(opening) } else { None }
    }
}

/// A block statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// What its first line says.
    pub kind: BlockKind,
    /// The statements between that line and the `end`. The lanes of a `together` share the bodies of the blocks in it.
    pub body: Arc<[Statement]>,
    /// Its `end`.
    pub end: Span,
}

/// Every block of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockKind {
    /// `unordered`. Its body holds [`Act::Expect`](super::Act::Expect) of the mode [`Mode::Next`](super::Mode::Next)
    /// only.
    Unordered,
    /// `together`: the body once more, arranged to be run: all lanes side by side, the statements of each in order.
    Together(Vec<LaneBlock>),
    /// `each talker`: the body for each of these users as `me`, one after another.
    Each(Users),
    /// `repeat 5`: the body 5 times; `{{i}}` counts from 1.
    Repeat(Spanned<NonZeroU64>),
    /// `every ~4s`: the body at these distances; in `run` it is carried out once.
    Every(Spanned<Interval>),
    /// `setup`
    Setup,
    /// `finally`. Stands in the file's order, but is carried out last, and always.
    Finally,
}

impl BlockKind {
    /// The word that the block begins with.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unordered => "unordered",
            Self::Together(_) => "together",
            Self::Each(_) => "each",
            Self::Repeat(_) => "repeat",
            Self::Every(_) => "every",
            Self::Setup => "setup",
            Self::Finally => "finally",
        }
    }
}

/// What one user (or one block) does inside `together`. No user is in two lanes.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneBlock {
    /// Who acts in it.
    pub owner: LaneOwner,
    /// The statements, in order, with their `users` narrowed to the lane's own; their spans still name the place in
    /// the file.
    pub statements: Arc<[Statement]>,
}

/// Whose lane it is. A user that an enclosing `each` calls `me` has its lane under that name, as `all except me` has
/// lanes for all: there a statement may turn out to be for nobody.
#[derive(Clone, Debug, PartialEq)]
pub enum LaneOwner {
    /// Of the user with this label: the statements that stand directly in `together`.
    User(Name),
    /// Of `me`, in a `together` inside of `each`: the statements of `me` that stand directly in it.
    Me,
    /// Of this member of an `each`: the body of it, with the member as `me`.
    Member(Name),
    /// Of the block that opens at this line: exactly this one statement.
    Block(usize),
}

/// Statements one after another, those inside of a block right after the block. See [`Script::statements`](super::Script::statements).
#[derive(Clone, Debug)]
pub struct Statements<'a> {
    /// What is left, the next piece last.
    pieces: Vec<&'a [Statement]>,
}

impl<'a> Statements<'a> {
    /// Of these pieces, of which the last comes first.
    pub(super) fn of(pieces: Vec<&'a [Statement]>) -> Self {
        Self { pieces }
    }
}

impl<'a> Iterator for Statements<'a> {
    type Item = &'a Statement;

    fn next(&mut self) -> Option<&'a Statement> {
        loop {
            let piece = self.pieces.pop()?;
            let Some((statement, rest)) = piece.split_first() else { continue };
            self.pieces.push(rest);
            self.pieces.extend(statement.kind.block().map(|block| &*block.body));
            return Some(statement);
        }
    }
}
