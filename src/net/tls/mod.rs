//! TLS for both ends: rustls between a socket and whoever reads and writes it. It knows no files but the text of PEM.

mod fingerprint;
mod identity;
mod provider;
mod stream;
mod trust;

pub use fingerprint::{Fingerprint, FingerprintError};
pub use identity::{Identity, IdentityError, NewCertificate};
pub use stream::TlsStream;
pub use trust::{AuthoritiesError, HandshakeError, Trust};
