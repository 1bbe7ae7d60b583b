//! What both ends say of a file: its id, name, size, content and kind; and what an upload is begun with. Knows nothing of
//! disks and of who may have it.

mod kind;
mod name;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use kind::FileKind;
pub use name::{BadFileName, FileName, LONGEST_NAME};

use super::token::{bits_of_word, write_word};

/// How long an upload may wait for its first byte, or for the next connection that goes on with it.
pub const PUT_WITHIN: Duration = Duration::from_secs(600);

/// Whoever knows it may have the file. It is shown to those whom the file was sent to, and cannot be guessed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u128);

/// Whoever knows it may upload the file that was announced. It cannot be guessed, and `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileToken(u128);

/// The SHA-256 of all bytes of a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

/// How large a picture is, as its sender says: for whoever leaves room for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pixels {
    /// From left to right.
    pub width: u16,
    /// From top to bottom.
    pub height: u16,
}

/// A file that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// What it is fetched by.
    pub id: FileId,
    /// What its sender calls it.
    pub name: FileName,
    /// Its bytes.
    pub size: u64,
    /// What they are.
    pub hash: ContentHash,
    /// What they look like.
    pub kind: FileKind,
    /// How large the picture is, if its sender says so.
    pub pixels: Option<Pixels>,
    /// Where the web door of the server is, like `http://chat.lan:7668`, if it has one that it knows the address of.
    pub door: Option<Arc<str>>,
}

impl FileInfo {
    /// Where the web door has it, without the host: the name is there for whoever saves it.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/files/{}/{}", self.id, self.name.percent_encoded())
    }
}

macro_rules! word_type {
    ($type:ident) => {
        impl $type {
            /// The one of these bits, which are to be random.
            #[must_use]
            pub const fn new(bits: u128) -> Self {
                Self(bits)
            }

            /// The one that is written so.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                bits_of_word(text).map(Self)
            }

            /// The bits, most significant first.
            #[must_use]
            pub const fn bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_word(self.0, f)
            }
        }
    };
}

word_type!(FileId);
word_type!(FileToken);

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Debug for FileToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl ContentHash {
    /// The hash of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash that is written so: 64 digits, `a` to `f` in lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_hashes_are_read_as_they_are_written() {
        let id = FileId::new(5);
        assert_eq!(FileId::parse(&id.to_string()), Some(id));
        assert_eq!(FileId::parse("../../x"), None);
        let hash = ContentHash::new([0xab; 32]);
        assert_eq!(ContentHash::parse(&hash.to_string()), Some(hash));
        assert_eq!(ContentHash::parse("AB"), None);
        assert_eq!(format!("{:?}", FileToken::new(5)), "***");
    }
}
