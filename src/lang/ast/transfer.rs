//! Files that users send and fetch.

use super::template::Template;
use super::users::Users;

/// `alice upload "x.bin" to lobby`: a file is announced, and its bytes are brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// What it has in it.
    pub content: UploadContent,
    /// Who gets it.
    pub to: Recipient,
}

/// What a file that is sent has in it.
#[derive(Clone, Debug, PartialEq)]
pub enum UploadContent {
    /// `"x.bin"`: the bytes of the file at this path, which is relative to the folder of the script. It keeps its name.
    File(Template),
    /// `64KiB as "x.bin"`: bytes that are made up from the seed.
    MadeUp {
        /// How many bytes.
        size: u64,
        /// What the file is called.
        name: Template,
    },
}

/// Who gets a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipient {
    /// All that was written: the name of a room, if it does not speak of users.
    pub room: Template,
    /// The users, if it speaks of users of the script.
    pub users: Option<Users>,
}

/// `bob download {{id}} as "x.bin"`: a file is fetched, and compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Download {
    /// Its id.
    pub id: Template,
    /// The path of a file with the same bytes, relative to the folder of the script. Without it, the bytes are compared with
    /// what was uploaded, or with the hash that the server tells.
    pub same_as: Option<Template>,
}
