//! The bytes of a file that is uploaded, and their hash as they are read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use ring::digest::{Context, SHA256};

use crate::protocol::file::ContentHash;

/// What a file has in it.
#[derive(Debug)]
pub(super) enum Content {
    /// What that one has.
    File(File),
    /// Bytes that are made up: the same for the same seed.
    MadeUp {
        /// What they come from.
        seed: u64,
        /// Which of them comes next.
        at: u64,
    },
}

impl Content {
    /// Bytes that are made up from this seed, without end.
    pub(super) fn made_up(seed: u64) -> Self {
        Self::MadeUp { seed, at: 0 }
    }
}

impl Read for Content {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buf),
            Self::MadeUp { seed, at } => {
                for byte in buf.iter_mut() {
                    *byte = word(*seed, *at / 8).to_le_bytes()[(*at % 8) as usize];
                    *at += 1;
                }
                Ok(buf.len())
            }
        }
    }
}

impl Seek for Content {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match (self, to) {
            (Self::File(file), to) => file.seek(to),
            (Self::MadeUp { at, .. }, SeekFrom::Start(start)) => {
                *at = start;
                Ok(start)
            }
            (Self::MadeUp { .. }, SeekFrom::End(_) | SeekFrom::Current(_)) => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

/// The random word of this number: `SplitMix64`, of which any word can be had without those before it.
fn word(seed: u64, number: u64) -> u64 {
    let mixed = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A content of which all that was read since its start is hashed.
pub(super) struct Hashed {
    content: Content,
    digest: Context,
}

impl Hashed {
    /// Nothing is read yet.
    pub(super) fn new(content: Content) -> Self {
        Self { content, digest: Context::new(&SHA256) }
    }

    /// The hash of what was read.
    pub(super) fn hash(&self) -> ContentHash {
        hash(&self.digest)
    }
}

/// The hash so far.
pub(super) fn hash(digest: &Context) -> ContentHash {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.clone().finish().as_ref());
    ContentHash::new(bytes)
}

impl Read for Hashed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buf)?;
        self.digest.update(&buf[..length]);
        Ok(length)
    }
}

impl Seek for Hashed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.digest = Context::new(&SHA256);
        self.content.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(content: &mut Content, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        content.read_exact(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn made_up_bytes_are_the_same_for_the_same_seed_wherever_one_begins() {
        let all = bytes(&mut Content::made_up(7), 1000);
        let mut other = Content::made_up(7);
        other.seek(SeekFrom::Start(123)).unwrap();
        assert_eq!(bytes(&mut other, 877), all[123..]);
        assert_ne!(bytes(&mut Content::made_up(8), 1000), all);
    }
}
