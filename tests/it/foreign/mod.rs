//! Servers that are not ours: real ones where they are installed, and strange ones.

mod by_hand;
mod bytes;
mod dialects;
mod planted;
mod real;
mod several;
mod slow;
mod spawn;
mod strange;
mod telnet;
mod web_socket;
