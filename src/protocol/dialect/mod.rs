//! How events are spelled on the wire. The commands and events are the same in every dialect.

pub mod text;
