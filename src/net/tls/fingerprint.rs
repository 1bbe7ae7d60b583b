//! What a key is told by: short enough to read out.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64_NOPAD;
use ring::digest::{SHA256, digest};
use thiserror::Error;

/// What stands in front of it.
const PREFIX: &str = "SHA256:";

/// The SHA-256 of a server's public key, as its certificate has it (`SubjectPublicKeyInfo`): a renewed certificate of the
/// same key has the same one. It is written like those of `ssh`: `SHA256:` and 43 characters of base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// Why a text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected SHA256: and 43 characters, as `chatctl serve` prints it")]
pub struct FingerprintError;

impl Fingerprint {
    pub(super) fn of(public_key: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, public_key).as_ref());
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", BASE64_NOPAD.encode(&self.0))
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    /// The padding of base64 may stand behind it.
    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let digits = text.strip_prefix(PREFIX).ok_or(FingerprintError)?.trim_end_matches('=');
        let bytes = BASE64_NOPAD.decode(digits.as_bytes()).map_err(|_| FingerprintError)?;
        bytes.try_into().map(Self).map_err(|_| FingerprintError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let fingerprint = Fingerprint::of(b"a key");
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert_eq!(format!("{fingerprint}=").parse(), Ok(fingerprint));
        for text in ["", "SHA256:", "SHA256:AAAA", "MD5:00", &fingerprint.to_string()[1..]] {
            assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError), "{text:?}");
        }
    }
}
