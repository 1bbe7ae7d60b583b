//! Finding lines by their words: an index in a file of its own, kept by a thread of its own. What the index has not reached
//! is scanned, and every hit is checked against the line itself, so that the index decides how fast a search is and never
//! what it finds.

mod index;
mod indexer;
mod query;
#[cfg(test)]
mod tests;
mod tokens;

pub(super) use index::IndexFile;
pub(super) use indexer::Indexer;
pub(super) use query::search;
