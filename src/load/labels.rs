//! The labels of a script, `as "search"`: which of its lines bears which. Knows nothing of what is measured.

use crate::lang::ast::Script;

/// The most labels of a script: each has histograms of its own in every worker.
pub(super) const MOST_LABELS: usize = 32;

/// The labels of a script.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    /// Each once, in the order of the script.
    names: Vec<String>,
    /// For each line of the script, which of the names it bears.
    by_line: Vec<Option<u8>>,
}

impl Labels {
    /// The labels of this script, of which there are at most [`MOST_LABELS`].
    pub(super) fn of(script: &Script) -> Self {
        let mut labels = Self::default();
        for statement in script.statements() {
            let Some(label) = &statement.label else { continue };
            let known = labels.names.iter().position(|name| *name == label.value);
            let number = known.unwrap_or_else(|| {
                labels.names.push(label.value.clone());
                labels.names.len() - 1
            });
            if labels.by_line.len() <= statement.line {
                labels.by_line.resize(statement.line + 1, None);
            }
            labels.by_line[statement.line] = u8::try_from(number).ok();
        }
        labels
    }

    /// The number of the label that a line bears.
    pub(super) fn at(&self, line: usize) -> Option<usize> {
        self.by_line.get(line).copied().flatten().map(usize::from)
    }

    /// All of them; the place of each is its number.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}
