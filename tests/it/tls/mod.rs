//! The doors with TLS: what is spoken there, who is trusted, and what happens to those who do not mean well.

mod cli;
mod hostile;
mod stalled;
mod trust;
mod versions;
mod web;
