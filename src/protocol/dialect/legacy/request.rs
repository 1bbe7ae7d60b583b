//! What an old client says: requests as in the text dialect, each ended by a newline or by silence.

use std::time::Duration;

use super::silence;
use crate::protocol::charset::Charset;
use crate::protocol::command::Command;
use crate::protocol::dialect::{Dialect, Phase, Request, RequestLimits, text};
use crate::protocol::refusal::Refusal;

/// Bytes in, requests out.
#[derive(Debug)]
pub(in crate::protocol::dialect) struct LegacyRequestReader(text::request::RequestReader);

impl LegacyRequestReader {
    pub(in crate::protocol::dialect) fn new(limits: RequestLimits) -> Self {
        Self(text::request::RequestReader::new(limits))
    }

    pub(in crate::protocol::dialect) fn next(
        &mut self,
        input: &mut &[u8],
        phase: Phase,
        charset: Charset,
    ) -> Option<Result<Request, Refusal>> {
        Some(self.0.next(input, phase, charset)?.and_then(|request| match request {
            // What waits in one charset cannot be cut in another, and an old client would not know of the change.
            Request::Command(Command::SetEncoding(_)) => Err(Refusal::CharsetIsFixed(Dialect::Legacy.name())),
            Request::Command(Command::SetNumbers(_)) => Err(Refusal::NoNumbers(Dialect::Legacy.name())),
            Request::Name(_)
            | Request::Password(_)
            | Request::Account(..)
            | Request::Token(_)
            | Request::Transfer(_)
            | Request::Command(_)
            | Request::Instruction(_)
            | Request::Read(_)
            | Request::Nothing => Ok(request),
        }))
    }

    /// How long the server waits until what has begun counts as a whole message; `None` if nothing has begun.
    pub(in crate::protocol::dialect) fn silence(&self, charset: Charset) -> Option<Duration> {
        self.0.begun().map(|begun| silence::in_server(begun, charset))
    }
}
