//! Files over HTTP, as the web door has them: the head of a request, and what the head of a response tells.

use super::error::TransferError;
use super::file::ServerFile;
use crate::client::address::{ServerDoor, Transport};
use crate::protocol::dialect::TransferRequest;
use crate::protocol::file::{ContentHash, FileId, FileName};
use crate::protocol::refusal::NO_SUCH_FILE;

/// The longest head of a response, in bytes.
pub(super) const MAX_HEAD: usize = 16 * 1024;

/// The head of a request. `length` bytes follow it.
pub(super) fn request(door: &ServerDoor, request: TransferRequest, length: u64) -> String {
    let host = host(door);
    let (method, word, header) = match request {
        TransferRequest::Put(token, from) => {
            let header = format!("Content-Length: {length}\r\nUpload-Offset: {from}\r\n");
            ("PUT", token.map(|token| token.to_string()), header)
        }
        // What it is, without its bytes.
        TransferRequest::Get(id, u64::MAX) => ("HEAD", id.map(|id| id.to_string()), String::new()),
        TransferRequest::Get(id, from) => {
            let header = if from == 0 { String::new() } else { format!("Range: bytes={from}-\r\n") };
            ("GET", id.map(|id| id.to_string()), header)
        }
        TransferRequest::Cancel(token) => ("DELETE", token.map(|token| token.to_string()), String::new()),
        TransferRequest::Admin => ("GET", None, String::new()),
    };
    let word = word.unwrap_or_default();
    format!("{method} /files/{word} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{header}\r\n")
}

/// What the server is asked for by.
fn host(door: &ServerDoor) -> String {
    match (&door.transport, door.addresses.first()) {
        (Transport::WebSocket { host, .. }, _) => host.to_string(),
        (Transport::Tcp, Some(address)) => address.to_string(),
        (Transport::Tcp, None) => "localhost".to_owned(),
    }
}

/// The head of a response.
#[derive(Debug)]
pub(super) struct Head(String);

impl Head {
    /// The head in these bytes.
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The file of this id that it tells of; nothing if the server refuses it, and its reason follows. Of a file that is only
    /// asked about, none does.
    pub(super) fn told(&self, id: FileId) -> Option<Result<ServerFile, TransferError>> {
        match self.0.split(' ').nth(1) {
            Some("200" | "206") => Some(self.file(id)),
            Some("404") => Some(Err(TransferError::Refused { code: NO_SUCH_FILE.to_owned(), detail: id.to_string() })),
            _ => None,
        }
    }

    /// Whether what was asked for is done.
    pub(super) fn is_ok(&self) -> bool {
        self.0.split(' ').nth(1) == Some("200")
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.0.lines().skip(1).filter_map(|line| line.split_once(':'));
        headers.find(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    fn file(&self, id: FileId) -> Result<ServerFile, TransferError> {
        let size = match self.header("content-range") {
            Some(range) => range.rsplit_once('/').map(|(_, size)| size),
            None => self.header("content-length"),
        };
        let size = size.and_then(|size| size.parse().ok());
        let hash = self.header("etag").and_then(|tag| ContentHash::parse(tag.trim_matches('"')));
        let name = self.header("content-disposition").and_then(|value| value.split_once("filename*=UTF-8''"));
        let name = name.map(|(_, name)| percent_decoded(name)).unwrap_or_default();
        let name = FileName::new(&name).or_else(|_| FileName::new(&id.to_string())).ok();
        match (size, hash, name) {
            (Some(size), Some(hash), Some(name)) => Ok(ServerFile { id, size, hash, name }),
            _ => Err(TransferError::Unexpected(self.0.lines().next().unwrap_or_default().to_owned())),
        }
    }
}

/// The text behind `%E6%B8%8A`; what is none is left out.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let digits = rest.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.extend(digits);
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_the_server_writes_it() {
        let name = FileName::new("渊 50%.pdf").unwrap();
        assert_eq!(percent_decoded(&name.percent_encoded()), name.as_str());
        assert_eq!(percent_decoded("a%4"), "a");
    }

    #[test]
    fn a_head_without_a_hash_tells_of_no_file() {
        let head = Head::new(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
        let told = head.told(FileId::new(5)).unwrap();
        assert!(matches!(told, Err(TransferError::Unexpected(line)) if line == "HTTP/1.1 200 OK"));
    }
}
