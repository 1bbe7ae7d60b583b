//! Which ciphers and signatures are used.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

/// Those of `ring`.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
