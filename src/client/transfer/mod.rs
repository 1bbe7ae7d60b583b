//! Files: announced where one chats, brought and fetched on connections of their own, and gone on with after a break.
//!
//! Whoever sends gives a source of bytes; whoever saves takes what comes and checks the hash, or lets a [`PartialFile`] do so.

mod announce;
mod bringing;
mod cancel;
mod download;
mod endurance;
mod error;
mod file;
mod http;
mod part;
mod pipe;
mod upload;

pub use announce::Announcer;
pub use bringing::{Bringing, fetch};
pub use cancel::cancel;
pub use download::Download;
pub use endurance::Endurance;
pub use error::TransferError;
pub use file::ServerFile;
pub use part::{PartialFile, PartialHash, SaveError, check_free};
pub use upload::{WantedUpload, upload};
