//! Which ciphers and signatures are used.

use std::sync::Arc;

use rustls::CipherSuite;
use rustls::crypto::{CryptoProvider, ring};

/// Those of `ring`, AES with 128 bits first: it is as safe here as with 256, and four of its fourteen rounds are saved.
pub(super) fn provider() -> Arc<CryptoProvider> {
    let mut provider = ring::default_provider();
    let is_fast = |suite: CipherSuite| {
        matches!(
            suite,
            CipherSuite::TLS13_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        )
    };
    // A cipher is of one version of TLS, which is agreed on before: only the order within a version counts.
    provider.cipher_suites.sort_by_key(|suite| !is_fast(suite.suite()));
    Arc::new(provider)
}
