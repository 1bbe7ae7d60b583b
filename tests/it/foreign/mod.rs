//! Servers that are not ours: real ones where they are installed, and strange ones.

mod dialects;
mod planted;
mod real;
mod several;
mod strange;
