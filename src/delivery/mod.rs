//! Floor 3: stamps, and the accounts of where they arrive; for a test run and for a load alike.
//!
//! A stamp is a short token in the text of a message. A line that bears one is counted where the socket is read, so that
//! every single delivery is accounted for: what was lost, what came twice, out of order or to somebody else.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`token`] | what a stamp looks like on the wire |
//! | [`accounts`] | what a runner asks for and reports, whoever keeps the accounts |
//! | [`ledger`] | the accounts as a pure value, for one conversation |
//! | [`counts`] | the totals of a ledger |
//! | [`finding`] | a single delivery that went wrong |
//! | [`stamps`] | the accounts of one test |

pub mod accounts;
mod bits;
pub mod counts;
pub mod finding;
pub mod ledger;
mod room_order;
pub mod stamps;
pub mod token;
