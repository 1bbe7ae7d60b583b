//! Servers that are not ours: real ones where they are installed, and strange ones.

mod dialects;
mod real;
mod strange;
