//! What Telnet clients such as PuTTY send beside what is typed: option negotiation, and keys as commands.

/// Begins every command ("interpret as command").
const IAC: u8 = 0xff;
/// Ends a subnegotiation.
const SE: u8 = 0xf0;
/// The first and the last command without an option, besides the end of a subnegotiation.
const END_OF_FILE: u8 = 0xec;
const GO_AHEAD: u8 = 0xf9;
/// Begins a subnegotiation.
const SB: u8 = 0xfa;
/// The first and the last of WILL, WONT, DO and DONT, which an option follows.
const WILL: u8 = 0xfb;
const DONT: u8 = 0xfe;

/// The bytes without their Telnet commands. `None` if there are none, or if one of them is not whole: then it is no Telnet.
pub(crate) fn without_commands(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(start) = memchr::memchr(IAC, rest) {
        text.extend_from_slice(&rest[..start]);
        rest = &rest[start..];
        rest = &rest[length_of_command(rest)?..];
    }
    text.extend_from_slice(rest);
    (text.len() < bytes.len()).then_some(text)
}

/// How long the command is with which these bytes begin.
fn length_of_command(bytes: &[u8]) -> Option<usize> {
    match *bytes.get(1)? {
        SB => bytes.windows(2).position(|pair| pair == [IAC, SE]).map(|end| end + 2),
        WILL..=DONT => bytes.get(2).map(|_| 3),
        END_OF_FILE..=GO_AHEAD => Some(2),
        // Twice the same is the byte itself, which no UTF-8 has.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negotiation_is_taken_out_and_text_stays() {
        let putty = b"\xff\xfb\x1f\xff\xfb \xff\xfb\x18\xff\xfb'\xff\xfd\x01\xff\xfb\x03\xff\xfd\x03alice";
        assert_eq!(without_commands(putty).unwrap(), b"alice");
        assert_eq!(without_commands(b"al\xff\xfa\x18\x00xterm\xff\xf0ice\xff\xec").unwrap(), b"alice");
    }

    #[test]
    fn other_bytes_are_no_telnet() {
        for bytes in [b"alice".as_slice(), b"\xff", b"\xff\xfe", b"\xffx", b"\xff\xff", b"\xff\xfa\x18", b""] {
            assert_eq!(without_commands(bytes), None, "{bytes:x?}");
        }
    }
}
