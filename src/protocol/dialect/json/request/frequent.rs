//! The most frequent message, read in a fraction of what all fields of all requests take.

use crate::protocol::answer::RequestId;
use crate::protocol::command::{Command, SendForm, Text};
use crate::protocol::dialect::json::MAX_NONCE;
use crate::protocol::dialect::{Asked, Request, RequestLimits};
use crate::protocol::name::RoomName;

/// `{"type":"send_room","room":R,"text":T,"nonce":N,"id":I}` to the letter, as the page spells it, without escapes and without
/// anything wrong; the nonce and the id may be missing. This finds nothing that the long way would not find (a test holds that).
pub(super) fn frequent(line: &[u8], limits: RequestLimits) -> Option<Asked> {
    let rest = line.strip_prefix(br#"{"type":"send_room","room":""#)?;
    let rest = std::str::from_utf8(rest).ok()?;
    let (room, rest) = up_to_quote(rest)?;
    let (text, rest) = up_to_quote(rest.strip_prefix(r#","text":""#)?)?;
    let (nonce, rest) = match rest.strip_prefix(r#","nonce":""#) {
        Some(rest) => up_to_quote(rest).map(|(nonce, rest)| (Some(nonce), rest))?,
        None => (None, rest),
    };
    let rest = rest.strip_suffix('}')?;
    let id = match rest.strip_prefix(r#","id":"#) {
        Some(id) => Some(number(id)?),
        None if rest.is_empty() => None,
        None => return None,
    };
    if text.is_empty() || text.len() > limits.max_line || nonce.is_some_and(|nonce| nonce.len() > MAX_NONCE) {
        return None;
    }
    let command =
        Command::SendRoom { room: RoomName::new(room).ok()?, text: Text::new(text).ok()?, form: SendForm::Long };
    Some(Asked { id, nonce: nonce.map(Into::into), had: None, what: Ok(Request::Command(command)) })
}

/// The rest of a text without escapes, and what is behind its closing quote.
fn up_to_quote(rest: &str) -> Option<(&str, &str)> {
    let end = memchr::memchr2(b'"', b'\\', rest.as_bytes()).filter(|end| rest.as_bytes()[*end] == b'"')?;
    let text = &rest[..end];
    (!text.bytes().any(|byte| byte < b' ')).then_some((text, &rest[end + 1..]))
}

fn number(digits: &str) -> Option<RequestId> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    is_number.then(|| digits.parse().ok()).flatten().and_then(RequestId::new)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{asked, long_way};
    use super::*;
    use crate::protocol::dialect::Phase;

    const LIMITS: RequestLimits = RequestLimits { is_control: false, max_line: 12, max_users: 64 };

    #[test]
    fn what_the_page_sends_is_found() {
        for line in [
            r#"{"type":"send_room","room":"lobby","text":"渊 says hi","nonce":"f3a9","id":17}"#,
            r#"{"type":"send_room","room":"r","text":"x","id":1}"#,
            r#"{"type":"send_room","room":"r","text":"x"}"#,
        ] {
            assert!(frequent(line.as_bytes(), LIMITS).is_some(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_long_way_finds(
            room in r#"[a-c ,"渊-]{1,4}"#,
            text in r#"[a \\n"\u{1}\u{7f}渊{}:,]{0,6}"#,
            nonce in r#"(,"nonce":"[a"]{0,3}")?"#,
            id in r#"(,"id":[0-9+ -]{0,18})?"#,
            end in "[}] ?",
        ) {
            let line = format!(r#"{{"type":"send_room","room":"{room}","text":"{text}"{nonce}{id}{end}"#);
            if let Some(found) = frequent(line.as_bytes(), LIMITS) {
                prop_assert_eq!(&found, &long_way(line.as_bytes(), Phase::Chat, LIMITS));
            }
            prop_assert_eq!(asked(line.as_bytes(), Phase::Chat, LIMITS), long_way(line.as_bytes(), Phase::Chat, LIMITS));
        }
    }
}
