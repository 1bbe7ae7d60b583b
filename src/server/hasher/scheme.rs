//! How a password becomes a hash. Each hash says how it was made, so that all are understood.

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use blake2::{Blake2s256, Digest};

use crate::hub::PasswordHash;
use crate::protocol::password::Password;

/// KiB of memory that one hash takes.
const MEMORY: u32 = 19 * 1024;

/// How often the memory is gone through.
const PASSES: u32 = 2;

/// What a cheap hash begins with.
const CHEAP: &str = "$cheap$";

/// How passwords are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashing {
    /// By argon2id with 19 MiB: slow for whoever tries passwords.
    Slow,
    /// At once: for servers that end with the script that they were started for.
    Cheap,
}

impl Hashing {
    pub(super) fn hash(self, password: &Password) -> PasswordHash {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).expect("the system has random numbers");
        let text = match self {
            Self::Slow => {
                let hash = argon2().hash_password_with_salt(password.reveal().as_bytes(), &salt);
                hash.expect("the length of salt and password is as argon2 wants it").to_string()
            }
            Self::Cheap => cheap(password, u128::from_ne_bytes(salt)),
        };
        PasswordHash::new(&text)
    }
}

/// Whether this is the hash of the password.
pub(super) fn is_right(password: &Password, hash: &str) -> bool {
    if let Some(rest) = hash.strip_prefix(CHEAP) {
        let salt = rest.split('$').next().and_then(|salt| u128::from_str_radix(salt, 16).ok());
        return salt.is_some_and(|salt| cheap(password, salt) == hash);
    }
    Phc::new(hash).is_ok_and(|hash| argon2().verify_password(password.reveal().as_bytes(), &hash).is_ok())
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY, PASSES, 1, None).expect("argon2 takes these numbers");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn cheap(password: &Password, salt: u128) -> String {
    let digest = Blake2s256::new().chain_update(salt.to_be_bytes()).chain_update(password.reveal()).finalize();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{CHEAP}{salt:x}${digest}")
}
