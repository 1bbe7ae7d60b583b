//! What a script is: the whole language as data.
//!
//! A [`Script`] comes from [`parse`](super::parse) alone and is then correct: every name in it is declared, every
//! statement stands where it may, every [`Users`] knows its labels and every [`Together`] its lanes. Whoever carries
//! it out looks nothing up again. Each value knows its place in the source. Nothing here knows how a script is read
//! or run.

mod plan;
mod template;
mod users;

use std::num::{NonZeroU64, NonZeroUsize};
use std::time::Duration;

pub use plan::{Figure, Latency, Limit, LoadPlan, Origin, Percentile, Stage, StageKind, Threshold};
pub use template::{CaptureKind, Generator, Insert, Part, PartKind, Template};
pub use users::{Me, Mention, MentionKind, Name, Users};

use crate::diagnostic::source::{Source, Span, Spanned};
use crate::protocol::charset::Charset;
use crate::protocol::dialect::Dialect;

/// One file, parsed and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// Where it came from.
    pub source: Source,
    /// `title ...`
    pub title: Option<Spanned<String>>,
    /// `tags a, b`
    pub tags: Vec<Spanned<String>>,
    /// The `load` block.
    pub plan: Option<LoadPlan>,
    /// What stands before the first `test` and is carried out for each of them, in this order, on fresh connections.
    /// Empty in a file without `test`.
    pub preamble: Vec<Statement>,
    /// The tests, at least one. A file without `test` is one unnamed test that holds all its statements.
    pub tests: Vec<TestBlock>,
}

/// What one `test "name"` line begins, up to the next one.
#[derive(Clone, Debug, PartialEq)]
pub struct TestBlock {
    /// The `test` line; empty for the unnamed test of a file without `test`.
    pub span: Span,
    /// Its line, counted from 1.
    pub line: usize,
    /// The name in quotes, or `None` for the unnamed test.
    pub name: Option<Spanned<String>>,
    /// What is carried out after the preamble.
    pub statements: Vec<Statement>,
}

/// One statement; of a block, the opening line and its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The text of its (first) line, without the blanks before it.
    pub span: Span,
    /// That line, counted from 1.
    pub line: usize,
    /// What it says.
    pub kind: StatementKind,
}

/// Every statement of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `connect alice, talker[5]`: open a connection for each and log in, one after another.
    Connect(Opening),
    /// `open eve`: only the TCP connection.
    Open(Opening),
    /// `alice> text`: one line, or a block of lines in one write.
    Send(Send),
    /// `alice raw "\xff\n"`: exactly these bytes.
    Raw(Raw),
    /// `bob< text` and all its forms.
    Expect(Expectation),
    /// `bob is silent`
    Silent(Users),
    /// `bob is closed`
    Closed(Users),
    /// `bob drain`
    Drain(Users),
    /// `ignore bob< pattern`: from here to the end of the test.
    Ignore(Ignore),
    /// `bob disconnect`
    Disconnect(Users),
    /// `bob reset`
    Reset(Users),
    /// `bob reconnect`
    Reconnect(Users),
    /// `bob stall`
    Stall(Users),
    /// `bob resume`
    Resume(Users),
    /// `bob chunk 3`, `bob chunk off`
    Chunk(Chunk),
    /// `unordered` ... `end`. Its body holds [`StatementKind::Expect`] of the mode [`Mode::Next`] only.
    Unordered(Block),
    /// `together` ... `end`
    Together(Together),
    /// `each talker` ... `end`
    Each(Each),
    /// `repeat 5` ... `end`
    Repeat(Repeat),
    /// `every ~4s` ... `end`
    Every(Every),
    /// `pause 1s..3s`
    Pause(Pause),
    /// `let x = text`
    Let(Let),
    /// `param room = lobby`
    Param(Param),
    /// `assert {{n}} > 3`
    Assert(Assert),
    /// `setup` ... `end`
    Setup(Block),
    /// `finally` ... `end`. Stands in the file's order, but is carried out last, and always.
    Finally(Block),
    /// `set timeout 5s`
    Set(Setting),
}

impl StatementKind {
    /// The users who carry it out, if it is not a block and names any.
    pub fn users(&self) -> Option<&Users> {
        match self {
            Self::Send(Send { users, .. })
            | Self::Raw(Raw { users, .. })
            | Self::Expect(Expectation { users, .. })
            | Self::Ignore(Ignore { users, .. })
            | Self::Chunk(Chunk { users, .. })
            | Self::Silent(users)
            | Self::Closed(users)
            | Self::Drain(users)
            | Self::Disconnect(users)
            | Self::Reset(users)
            | Self::Reconnect(users)
            | Self::Stall(users)
            | Self::Resume(users) => Some(users),
            Self::Connect(_)
            | Self::Open(_)
            | Self::Unordered(_)
            | Self::Together(_)
            | Self::Each(_)
            | Self::Repeat(_)
            | Self::Every(_)
            | Self::Pause(_)
            | Self::Let(_)
            | Self::Param(_)
            | Self::Assert(_)
            | Self::Setup(_)
            | Self::Finally(_)
            | Self::Set(_) => None,
        }
    }

    /// The same for writing.
    pub(crate) fn users_mut(&mut self) -> Option<&mut Users> {
        match self {
            Self::Send(Send { users, .. })
            | Self::Raw(Raw { users, .. })
            | Self::Expect(Expectation { users, .. })
            | Self::Ignore(Ignore { users, .. })
            | Self::Chunk(Chunk { users, .. })
            | Self::Silent(users)
            | Self::Closed(users)
            | Self::Drain(users)
            | Self::Disconnect(users)
            | Self::Reset(users)
            | Self::Reconnect(users)
            | Self::Stall(users)
            | Self::Resume(users) => Some(users),
            Self::Connect(_)
            | Self::Open(_)
            | Self::Unordered(_)
            | Self::Together(_)
            | Self::Each(_)
            | Self::Repeat(_)
            | Self::Every(_)
            | Self::Pause(_)
            | Self::Let(_)
            | Self::Param(_)
            | Self::Assert(_)
            | Self::Setup(_)
            | Self::Finally(_)
            | Self::Set(_) => None,
        }
    }

    /// What stands between it and its `end`, if it is a block.
    pub fn block(&self) -> Option<&Block> {
        match self {
            Self::Unordered(block) | Self::Setup(block) | Self::Finally(block) => Some(block),
            Self::Together(Together { block, .. })
            | Self::Each(Each { block, .. })
            | Self::Repeat(Repeat { block, .. })
            | Self::Every(Every { block, .. }) => Some(block),
            Self::Connect(_)
            | Self::Open(_)
            | Self::Send(_)
            | Self::Raw(_)
            | Self::Expect(_)
            | Self::Silent(_)
            | Self::Closed(_)
            | Self::Drain(_)
            | Self::Ignore(_)
            | Self::Disconnect(_)
            | Self::Reset(_)
            | Self::Reconnect(_)
            | Self::Stall(_)
            | Self::Resume(_)
            | Self::Chunk(_)
            | Self::Pause(_)
            | Self::Let(_)
            | Self::Param(_)
            | Self::Assert(_)
            | Self::Set(_) => None,
        }
    }
}

/// The body of a block statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// What stands in it.
    pub statements: Vec<Statement>,
    /// Its `end`.
    pub end: Span,
}

/// The users that a `connect` or `open` declares, and how they connect.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The users, in order. Inside a lane only the lane's own.
    pub users: Vec<Declaration>,
    /// `with encoding NAME`; the dialect's own when absent.
    pub encoding: Option<Spanned<Charset>>,
    /// `with dialect NAME`
    pub dialect: Option<Spanned<Dialect>>,
}

/// `alice`, `bob as "渊渊"` or `talker[5]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// All of it.
    pub span: Span,
    /// The label, or the group's name.
    pub label: Spanned<Name>,
    /// How many a group has, `None` for a single user.
    pub size: Option<Spanned<NonZeroUsize>>,
    /// The labels to connect, in order: the label itself, or `talker1`, `talker2`, ... of a group.
    pub members: Vec<Name>,
    /// `as "..."`: the name on the wire, where it is not the label. Never with a group.
    pub wire_name: Option<Template>,
}

/// `alice> text`
#[derive(Clone, Debug, PartialEq)]
pub struct Send {
    /// Who sends, each in order.
    pub users: Users,
    /// What.
    pub text: SendText,
}

/// What is sent in one write.
#[derive(Clone, Debug, PartialEq)]
pub enum SendText {
    /// One line.
    Line(Template),
    /// The lines between `"""` and `"""`, without the blanks that stand before the closing mark.
    Block {
        /// The lines.
        lines: Vec<Template>,
        /// The closing `"""`.
        end: Span,
    },
}

/// `alice raw "..."`
#[derive(Clone, Debug, PartialEq)]
pub struct Raw {
    /// Who sends, each in order.
    pub users: Users,
    /// The bytes, after escapes; at least one.
    pub bytes: Spanned<Vec<u8>>,
}

/// `bob<.. text`: something that must, may or must not have been received.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Who must have received it: all of them, side by side.
    pub users: Users,
    /// From the `<` to the last character before the blank.
    pub operator: Span,
    /// Which of the unread lines it is about.
    pub mode: Mode,
    /// `@50ms`; only with [`Mode::Next`] and [`Mode::Later`].
    pub deadline: Option<Spanned<Duration>>,
    /// What the line must be.
    pub pattern: Pattern,
}

/// Which of the unread lines an expectation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `<`: the next one.
    Next,
    /// `<..`: some later one; those before it are skipped.
    Later,
    /// `<?`: the next one, if it is this, after a fence.
    Optional,
    /// `<!`: none, after a fence.
    Absent,
}

/// What a received line is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// Text with holes; the whole line must match.
    Text(Template),
    /// `<~`: a regular expression; the whole line must match.
    Regex(RegexPattern),
}

impl Pattern {
    /// Where it stands.
    pub fn span(&self) -> Span {
        self.template().span
    }

    /// Its text, which of a regular expression is the source.
    pub fn template(&self) -> &Template {
        match self {
            Self::Text(template) => template,
            Self::Regex(regex) => &regex.template,
        }
    }

    /// The names it captures, each as often as it is written, with the place.
    pub fn captures(&self) -> Vec<Spanned<Name>> {
        match self {
            Self::Text(template) => template.captures().collect(),
            Self::Regex(regex) => regex.captures.clone(),
        }
    }
}

/// A regular expression with holes. It was compiled once, with placeholders in its holes, so its syntax is right.
#[derive(Clone, Debug, PartialEq)]
pub struct RegexPattern {
    /// Its literals are the expression's source; what its holes insert must be escaped (`regex::escape`). It has no
    /// captures, generators or stamps, and a quoted string is inserted text too.
    pub template: Template,
    /// Its named groups.
    pub captures: Vec<Spanned<Name>>,
}

/// `ignore bob< pattern`
#[derive(Clone, Debug, PartialEq)]
pub struct Ignore {
    /// Whose lines.
    pub users: Users,
    /// Which ones. Captures nothing.
    pub pattern: Pattern,
}

/// `bob chunk 3`
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// Whose writes.
    pub users: Users,
    /// How many bytes a piece has, or `None` for `off`.
    pub size: Option<NonZeroUsize>,
}

/// `together` ... `end`
#[derive(Clone, Debug, PartialEq)]
pub struct Together {
    /// What stands in it, in the file's order.
    pub block: Block,
    /// The same, arranged to be run: all lanes side by side, the statements of each in order.
    pub lanes: Vec<Lane>,
}

/// What one user (or one block) does inside `together`. No user is in two lanes.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Who acts in it.
    pub owner: LaneOwner,
    /// The statements, in order, with their `users` narrowed to the lane's own; their spans still name the place in
    /// the file.
    pub statements: Vec<Statement>,
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

/// `each talker` ... `end`
#[derive(Clone, Debug, PartialEq)]
pub struct Each {
    /// Who is `me`, one after another.
    pub users: Users,
    /// What each does.
    pub block: Block,
}

/// `repeat 5` ... `end`
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// How often; `{{i}}` counts from 1.
    pub count: Spanned<NonZeroU64>,
    /// What.
    pub block: Block,
}

/// `every 4s` ... `end`
#[derive(Clone, Debug, PartialEq)]
pub struct Every {
    /// How far apart.
    pub interval: Spanned<Interval>,
    /// What; in `run` it is carried out once.
    pub block: Block,
}

/// The distance between two starts of an open schedule; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// `4s`
    Fixed(Duration),
    /// `~4s`: exponential with this mean.
    Poisson(Duration),
}

/// `pause ...`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// `200ms`
    Constant(Duration),
    /// `1s..3s`, the first not above the second.
    Uniform(Duration, Duration),
    /// `~2s`: exponential with this mean.
    Exponential(Duration),
}

/// `let x = text`: a constant, evaluated once per test or cast.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Its name.
    pub name: Spanned<Name>,
    /// Its value; generators are allowed, captures and stamps are not.
    pub value: Template,
}

/// `param room = lobby`: a constant that the command line or the environment overrides.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Spanned<Name>,
    /// Its value when nobody overrides it.
    pub default: Template,
}

/// `assert {{n}} > 3`
#[derive(Clone, Debug, PartialEq)]
pub struct Assert {
    /// The text before the operator.
    pub left: Template,
    /// How they compare.
    pub comparison: Spanned<Comparison>,
    /// The text after it.
    pub right: Template,
}

/// How two texts compare: as numbers if both are, else as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `contains`; always as text.
    Contains,
}

impl Comparison {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "contains",
        }
    }
}

/// `set ...`: holds from here to the end of the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `timeout 5s`: the deadline of expectations that have none of their own. Never zero.
    Timeout(Duration),
    /// `settle 150ms`: how long a quiet window is.
    Settle(Duration),
    /// `leftovers fail|allow`: what unread lines at the end of a test mean.
    Leftovers(Leftovers),
}

/// What unread lines at the end of a test mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Leftovers {
    /// The test fails; the default.
    Fail,
    /// Nothing.
    Allow,
}
