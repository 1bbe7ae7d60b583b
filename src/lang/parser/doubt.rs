//! What of a file is in doubt because some of its lines were not understood.

use std::collections::HashSet;

/// What the lines that were not understood may have said. Of a file whose syntax is right, nothing is in doubt.
#[derive(Clone, Debug, Default)]
pub(in crate::lang) struct Doubt {
    /// The words of these lines.
    words: HashSet<String>,
    /// Where blocks or tests begin or end.
    pub(in crate::lang) blocks: bool,
    /// Anything at all.
    pub(in crate::lang) any: bool,
    /// What a file says that could not be read: every name may be given there.
    pub(in crate::lang) names: bool,
}

impl Doubt {
    /// A line was not understood.
    pub(super) fn add_line(&mut self, text: &str) {
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        self.words.extend(text.split(|character| !is_part(character)).map(str::to_owned));
        self.any = true;
    }

    /// Whether such a line may have said what this name means: it has the name, or that of the group of this member.
    pub(in crate::lang) fn is_about(&self, name: &str) -> bool {
        self.names
            || self.words.contains(name)
            || self.words.contains(name.trim_end_matches(|digit: char| digit.is_ascii_digit()))
    }

    /// Whether such a line may have said what becomes of this user.
    pub(in crate::lang) fn is_about_user(&self, name: &str) -> bool {
        self.is_about(name) || ["all", "me"].iter().any(|word| self.words.contains(*word))
    }
}
