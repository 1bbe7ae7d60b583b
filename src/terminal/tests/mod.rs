//! The screen as somebody sees it, in one situation after the other.

mod colors;
mod connection;
mod past;
mod reading;
mod stage;
mod writing;
