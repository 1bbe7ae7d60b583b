//! The client's end of a connection with TLS, without waiting, and the certificate that it trusts.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use chatctl::net::tls::NewCertificate;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

/// Room that a read of the session may need.
const MOST_OF_A_READ: usize = 32 * 1024;

/// The certificate of this run: its files, and who trusts it.
pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    config: Arc<ClientConfig>,
}

pub(crate) static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| {
    let made = NewCertificate::for_names(vec!["localhost".to_owned()], None).expect("a name");
    let folder = std::env::temp_dir().join(format!("chatctl-fanout-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the certificate");
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    fs::write(&certificate, &made.certificate).expect("a file");
    fs::write(&key, &made.key).expect("a file");
    let mut roots = RootCertStore::empty();
    let trusted = CertificateDer::from_pem_slice(made.certificate.as_bytes()).expect("a certificate");
    roots.add(trusted).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions");
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    Certificate { certificate, key, config }
});

/// Goes through the handshake, on a socket that still waits.
pub(crate) fn shake(stream: &mut TcpStream) -> io::Result<ClientConnection> {
    let name = "localhost".try_into().map_err(io::Error::other)?;
    let mut session = ClientConnection::new(Arc::clone(&CERTIFICATE.config), name).map_err(io::Error::other)?;
    session.set_buffer_limit(None);
    session.complete_io(stream)?;
    Ok(session)
}

/// Hands all of `bytes` over, as far as the socket takes it; whether something is left.
pub(crate) fn flush(session: &mut ClientConnection, stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<bool> {
    session.writer().write_all(bytes)?;
    bytes.clear();
    while session.wants_write() {
        match session.write_tls(stream) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Reads what is there; the number of bytes, 0 at the end.
pub(crate) fn read(session: &mut ClientConnection, stream: &mut TcpStream, buf: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while buf.len() - filled >= MOST_OF_A_READ {
        match session.read_tls(stream) {
            Ok(0) => return Ok(filled),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && filled > 0 => break,
            Err(error) => return Err(error),
        }
        session.process_new_packets().map_err(io::Error::other)?;
        match session.reader().read(&mut buf[filled..]) {
            Ok(bytes) => filled += bytes,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
