//! Who carries a statement out: names, and the users that a statement speaks of, as written and as resolved.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::diagnostic::source::Span;

/// A name of the one name space that labels, groups, captures, constants and parameters share. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

impl Name {
    /// For the parser, which has matched it against the grammar's rule `name`.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &self.0)
    }
}

/// The users of a statement.
///
/// What was written is kept for messages; [`Users::labels`] is what counts. It is settled from the text alone: groups
/// are spread out, `all` is who was connected above the line and has not left since, nobody is named twice. Only `me`
/// stays open, as it differs from turn to turn of an `each`.
#[derive(Clone, Debug, PartialEq)]
pub struct Users {
    /// All that was written.
    pub span: Span,
    /// What was written, piece by piece. Inside a lane still all of it.
    pub mentions: Vec<Mention>,
    /// The labels, in order, without `me`.
    pub(crate) resolved: Vec<Name>,
    /// What `me` does to them.
    pub(crate) me: Me,
}

impl Users {
    /// The labels it speaks of, in order, for the statement that `me` carries out. Outside of `each` there is no `me`,
    /// and no statement that needs one.
    pub fn labels(&self, me: Option<&Name>) -> Vec<Name> {
        let mut labels = self.resolved.clone();
        match self.me {
            Me::Unmentioned => {}
            Me::Excluded => labels.retain(|label| Some(label) != me),
            Me::At(position) => {
                labels.retain(|label| Some(label) != me);
                if let Some(me) = me {
                    labels.insert(position.min(labels.len()), me.clone());
                }
            }
        }
        labels
    }

    /// Whether the labels depend on who `me` is.
    pub fn mentions_me(&self) -> bool {
        self.me != Me::Unmentioned
    }
}

/// What `me` does to the users of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Me {
    /// It is not mentioned.
    Unmentioned,
    /// `me`, `alice, me`: it is one of them, at this place in the order.
    At(usize),
    /// `all except me`: it is not.
    Excluded,
}

/// One piece of what was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// Where it was written.
    pub span: Span,
    /// What was written.
    pub kind: MentionKind,
}

/// The ways to speak of users.
#[derive(Clone, Debug, PartialEq)]
pub enum MentionKind {
    /// `alice`, or the name of a group.
    Name(Name),
    /// `me`
    Me,
    /// `all`, `all except bob, carol`: what is excepted, empty for `all` alone.
    All {
        /// Names, groups and `me`.
        except: Vec<Mention>,
    },
}
