//! What a server proves itself with: a certificate and its key.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ParsedCertificate, ServerConnection};
use rustls::{Connection, ServerConfig};
use thiserror::Error;

use super::fingerprint::Fingerprint;
use super::provider::provider;

/// A certificate with its chain, and the key that it is for. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Identity {
    config: Arc<ServerConfig>,
    fingerprint: Fingerprint,
}

/// Why texts are no identity.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The first text is no chain of certificates.
    #[error("expected certificates in PEM: {0}")]
    Certificate(#[source] PemError),
    /// The second text is no private key.
    #[error("expected a private key in PEM: {0}")]
    Key(#[source] PemError),
    /// They do not belong together, or are of a kind that is not known.
    #[error("cannot use the certificate with this key: {0}")]
    Unusable(#[source] rustls::Error),
}

/// A certificate that nobody has signed but its own key, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCertificate {
    /// The certificate.
    pub certificate: String,
    /// Its key, which nobody else may know.
    pub key: String,
}

impl Identity {
    /// Of a chain of certificates and a key, both in PEM.
    ///
    /// # Errors
    /// If they are not, or do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let chain = CertificateDer::pem_slice_iter(certificates).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(IdentityError::Certificate)?;
        let first = chain.first().ok_or(IdentityError::Certificate(PemError::NoItemsFound))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(IdentityError::Key)?;
        let parsed = ParsedCertificate::try_from(first).map_err(IdentityError::Unusable)?;
        let fingerprint = Fingerprint::of(parsed.subject_public_key_info().as_ref());
        let config = ServerConfig::builder_with_provider(provider()).with_protocol_versions(rustls::ALL_VERSIONS);
        let config = config.map_err(IdentityError::Unusable)?.with_no_client_auth();
        let mut config = config.with_single_cert(chain, key).map_err(IdentityError::Unusable)?;
        // The server's order of ciphers counts: most clients would have the slowest first.
        config.ignore_client_order = true;
        Ok(Self { config: Arc::new(config), fingerprint })
    }

    /// What its key is told by.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The server's end of a connection that begins.
    pub(super) fn session(&self) -> Result<Connection, rustls::Error> {
        ServerConnection::new(Arc::clone(&self.config)).map(Connection::Server)
    }
}

impl NewCertificate {
    /// A certificate for these names and addresses, with this key or, if there is none, a new one.
    ///
    /// # Errors
    /// If the key is not one in PEM, or a name cannot stand in a certificate.
    pub fn for_names(names: Vec<String>, key: Option<&str>) -> Result<Self, String> {
        let made = || {
            let key = key.map_or_else(KeyPair::generate, KeyPair::from_pem)?;
            let certificate = CertificateParams::new(names)?.self_signed(&key)?;
            Ok(Self { certificate: certificate.pem(), key: key.serialize_pem() })
        };
        made().map_err(|error: rcgen::Error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(key: Option<&str>) -> NewCertificate {
        NewCertificate::for_names(vec!["localhost".to_owned()], key).unwrap()
    }

    fn identity(made: &NewCertificate) -> Identity {
        Identity::from_pem(made.certificate.as_bytes(), made.key.as_bytes()).unwrap()
    }

    #[test]
    fn a_renewed_certificate_of_the_same_key_has_the_same_fingerprint() {
        let first = made(None);
        let renewed = made(Some(&first.key));
        assert_ne!(first.certificate, renewed.certificate);
        assert_eq!(identity(&first).fingerprint(), identity(&renewed).fingerprint());
        assert_ne!(identity(&first).fingerprint(), identity(&made(None)).fingerprint());
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let (one, other) = (made(None), made(None));
        let refused = |certificate: &str, key: &str| {
            Identity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap_err().to_string()
        };
        insta::assert_snapshot!(
            [
                refused("", &one.key),
                refused(&one.certificate, ""),
                refused(&one.key, &one.key),
                refused(&one.certificate, &one.certificate),
                refused(&one.certificate, &other.key),
            ]
            .join("\n"),
            @r"
        expected certificates in PEM: no items found
        expected a private key in PEM: no items found
        expected certificates in PEM: no items found
        expected a private key in PEM: no items found
        cannot use the certificate with this key: keys may not be consistent: KeyMismatch
        "
        );
    }
}
