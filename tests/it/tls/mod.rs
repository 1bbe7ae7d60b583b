//! The doors with TLS: what is spoken there, who is trusted, and what happens to those who do not mean well.

mod cli;
mod examined;
mod hostile;
mod stalled;
mod trust;
mod versions;
mod web;
