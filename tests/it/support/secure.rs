//! A client with TLS, and the certificate of a server that it trusts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use chatctl::net::tls::NewCertificate;
use chatctl::server::{CredentialFiles, Credentials};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

use super::{PATIENCE, PROMPT, WELCOME};

/// A certificate of `localhost` and its key, in files.
pub(crate) struct Certificate {
    folder: TempDir,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let certificate = Self { folder: TempDir::new().expect("a folder for a certificate") };
        certificate.renew();
        certificate
    }

    /// Another certificate of another key, in the same files.
    pub(crate) fn renew(&self) {
        let made = NewCertificate::for_names(vec!["localhost".into(), "127.0.0.1".into()], None).expect("names");
        std::fs::write(self.path("cert.pem"), made.certificate).expect("a file");
        std::fs::write(self.path("key.pem"), made.key).expect("a file");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path of `cert.pem` or `key.pem` as an argument.
    pub(crate) fn argument(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path of text").to_owned()
    }

    pub(crate) fn credentials(&self) -> Arc<Credentials> {
        let files = CredentialFiles { certificate: self.path("cert.pem"), key: self.path("key.pem") };
        Arc::new(Credentials::from_files(files).expect("a certificate with its key"))
    }

    /// The client's end of a connection that begins.
    pub(crate) fn session(&self) -> ClientConnection {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.path("cert.pem")).expect("a certificate")).expect("a root");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("the versions of the provider");
        let config = config.with_root_certificates(roots).with_no_client_auth();
        ClientConnection::new(Arc::new(config), "localhost".try_into().expect("a name")).expect("a client")
    }
}

/// One connection with TLS.
pub(crate) struct SecureClient<S: Read + Write = TcpStream> {
    pub(crate) reader: BufReader<StreamOwned<ClientConnection, S>>,
}

impl SecureClient {
    pub(crate) fn connect(addr: SocketAddr, certificate: &Certificate) -> Self {
        Self::over(connected(addr), certificate)
    }

    pub(crate) fn log_in(addr: SocketAddr, certificate: &Certificate, name: &str) -> Self {
        let mut client = Self::connect(addr, certificate);
        client.say(name);
        client.expect(&[PROMPT, WELCOME]);
        client
    }
}

/// A socket without TLS, where nothing waits for ever.
pub(crate) fn connected(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).expect("the server listens");
    stream.set_nodelay(true).expect("a TCP socket");
    stream.set_read_timeout(Some(PATIENCE)).expect("a TCP socket");
    stream.set_write_timeout(Some(PATIENCE)).expect("a TCP socket");
    stream
}

impl<S: Read + Write> SecureClient<S> {
    pub(crate) fn over(stream: S, certificate: &Certificate) -> Self {
        Self { reader: BufReader::new(StreamOwned::new(certificate.session(), stream)) }
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let stream = self.reader.get_mut();
        stream.write_all(bytes).and_then(|()| stream.flush()).expect("the server takes bytes");
    }

    #[track_caller]
    pub(crate) fn say(&mut self, line: &str) {
        self.send(format!("{line}\n").as_bytes());
    }

    /// The next line without its newline; `None` at an end that the server has announced.
    #[track_caller]
    pub(crate) fn next_line(&mut self) -> Option<String> {
        let mut line = String::new();
        let bytes = self.reader.read_line(&mut line).expect("a line or the end in time");
        (bytes > 0).then(|| line.strip_suffix('\n').expect("the server sends whole lines").to_owned())
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, lines: &[&str]) {
        lines.iter().for_each(|line| assert_eq!(self.next_line().as_deref(), Some(*line)));
    }

    #[track_caller]
    pub(crate) fn ask(&mut self, line: &str, answers: &[&str]) {
        self.say(line);
        self.expect(answers);
    }

    /// Says that nothing more comes, in TLS alone.
    pub(crate) fn finish(&mut self) {
        let stream = self.reader.get_mut();
        stream.conn.send_close_notify();
        stream.flush().expect("the server takes bytes");
    }
}
