//! Files: announced where one chats, brought and fetched on connections of their own, and gone on with after a break.
//!
//! It knows nothing of the disk: whoever sends gives a source of bytes, whoever saves takes what comes and checks the hash.

mod announce;
mod download;
mod error;
mod file;
mod http;
mod pipe;
mod upload;

pub use announce::Announcer;
pub use download::Download;
pub use error::TransferError;
pub use file::ServerFile;
pub use upload::{WantedUpload, upload};
