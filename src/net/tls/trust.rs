//! Whom a client believes: a server proves that it has a key, and what is known of the key decides.

use std::fmt;
use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use async_io::Async;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConnection, Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, Connection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use thiserror::Error as ThisError;

use super::fingerprint::Fingerprint;
use super::provider::provider;
use super::stream::TlsStream;

/// Which keys of servers are good. Cheap to clone.
#[derive(Clone)]
pub struct Trust {
    config: Arc<ClientConfig>,
    basis: TrustBasis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TrustBasis {
    /// This key, whatever its certificate says.
    Key(Fingerprint),
    /// What authorities have signed for the server's name.
    Authorities,
    /// No key is known: every server is refused, with its key.
    Nobody,
}

/// Why a text holds no authorities.
#[derive(Debug, ThisError)]
pub enum AuthoritiesError {
    /// It is no PEM of certificates.
    #[error("expected certificates of authorities in PEM: {0}")]
    Pem(#[source] PemError),
    /// None of the certificates can be one of an authority.
    #[error("none of the certificates is one of an authority")]
    None,
    /// The verifier cannot be made.
    #[error("cannot use the authorities: {0}")]
    Unusable(String),
}

/// Why a handshake has come to nothing.
#[derive(Debug, ThisError)]
pub enum HandshakeError {
    /// The server has a key that nobody has vouched for.
    #[error("its key {0} is not known")]
    Unknown(Fingerprint),
    /// The server has another key than the one that is known.
    #[error("it has another key: expected {expected}, found {found}")]
    OtherKey {
        /// The known key.
        expected: Fingerprint,
        /// The server's.
        found: Fingerprint,
    },
    /// It broke off.
    #[error(transparent)]
    Broken(#[from] io::Error),
}

impl Trust {
    /// In the server with this key, whatever it is called.
    #[must_use]
    pub fn key(key: Fingerprint) -> Self {
        Self::whoever_has_a_key(TrustBasis::Key(key))
    }

    /// In nobody: every server is refused, and the error tells its key.
    #[must_use]
    pub fn nobody() -> Self {
        Self::whoever_has_a_key(TrustBasis::Nobody)
    }

    /// In servers for whose name one of these authorities, in PEM, has signed.
    ///
    /// # Errors
    /// If the text holds none.
    pub fn authorities(pem: &[u8]) -> Result<Self, AuthoritiesError> {
        let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        Self::roots(certificates.map_err(AuthoritiesError::Pem)?)
    }

    /// In servers for whose name one of the authorities of this system has signed.
    ///
    /// # Errors
    /// If the system has none.
    pub fn authorities_of_the_system() -> Result<Self, AuthoritiesError> {
        Self::roots(rustls_native_certs::load_native_certs().certs)
    }

    fn roots(certificates: Vec<CertificateDer<'static>>) -> Result<Self, AuthoritiesError> {
        let mut roots = RootCertStore::empty();
        if roots.add_parsable_certificates(certificates).0 == 0 {
            return Err(AuthoritiesError::None);
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
        let verifier = verifier.map_err(|error| AuthoritiesError::Unusable(error.to_string()))?;
        Ok(Self { config: config(verifier), basis: TrustBasis::Authorities })
    }

    fn whoever_has_a_key(basis: TrustBasis) -> Self {
        Self { config: config(Arc::new(HasKey(provider()))), basis }
    }

    /// Goes through the handshake with a server of this name or address, on a connection that begins.
    ///
    /// # Errors
    /// If the server's key is not good, or the handshake breaks off.
    pub async fn connect(&self, socket: Async<TcpStream>, name: &str) -> Result<TlsStream, HandshakeError> {
        let invalid = |error: Error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let session = ClientConnection::new(Arc::clone(&self.config), name).map_err(invalid)?;
        let stream = TlsStream::shake(socket, Connection::Client(session)).await?;
        self.judge(&stream)?;
        Ok(stream)
    }

    fn judge(&self, stream: &TlsStream) -> Result<(), HandshakeError> {
        let expected = match self.basis {
            TrustBasis::Authorities => return Ok(()),
            TrustBasis::Key(key) => Some(key),
            TrustBasis::Nobody => None,
        };
        let certificate = CertificateDer::from(stream.peer_certificate().unwrap_or_default());
        let certificate = ParsedCertificate::try_from(&certificate).map_err(io::Error::other)?;
        let found = Fingerprint::of(certificate.subject_public_key_info().as_ref());
        match expected {
            None => Err(HandshakeError::Unknown(found)),
            Some(expected) if expected == found => Ok(()),
            Some(expected) => Err(HandshakeError::OtherKey { expected, found }),
        }
    }
}

impl Default for Trust {
    fn default() -> Self {
        Self::nobody()
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trust").field(&self.basis).finish()
    }
}

fn config(verifier: Arc<dyn ServerCertVerifier>) -> Arc<ClientConfig> {
    let config = ClientConfig::builder_with_provider(provider()).with_protocol_versions(rustls::ALL_VERSIONS);
    let config = config.expect("the provider has ciphers for every version");
    let mut config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    // Each connection shows the key anew.
    config.resumption = Resumption::disabled();
    Arc::new(config)
}

/// Verifies that a server has the key of its certificate; whose key that is, [`Trust::judge`] asks.
#[derive(Debug)]
struct HasKey(Arc<CryptoProvider>);

impl ServerCertVerifier for HasKey {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
